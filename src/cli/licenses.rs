//! `licenses`: a license file to try things with, its import into a store, and what a store has.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::show::bar;
use super::{Error, Outcome, plural};
use crate::bytes::Wire;
use crate::crypto::keys::{Key, Storage, Transport};
use crate::harness::{setup, spec};
use crate::io::files::{self, Replacement};
use crate::io::rng;
use crate::io::store::{Sqlite, StoreError};
use crate::license::file::{License, MAX_COUNT, Writer};
use crate::serial::{Serial, SerialPrefix};
use crate::server::Overview;
use crate::text::hex;

/// Licenses between two looks at the file and the progress bar.
const CHUNK: u32 = 1_024;
/// Shares no factor with 10 000 000: its multiples meet every suffix once.
const SHUFFLE: u64 = 7_654_321;

/// The commands of `licenses`.
#[derive(Debug, Subcommand)]
pub(super) enum Licenses {
    /// Make a license file with licenses nobody else has, and a key for it beside it (FILE.key)
    Make(Make),
    /// Import a license file into a store: all of it or nothing
    Import(Import),
    /// Show what a store has, or one license of it
    Show(Show),
}

/// The arguments of `licenses make`.
#[derive(Debug, Args)]
pub(super) struct Make {
    /// How many licenses
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_COUNT)))]
    count: u32,
    /// Where the file goes; its transport key goes to FILE.key
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The suffix of the first serial number
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(..=9_999_999))]
    first: u32,
    /// Most instances of a license
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=99))]
    threshold: u8,
    /// Serial numbers in no order
    #[arg(long)]
    shuffle: bool,
}

/// The arguments of `licenses import`.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The license file
    file: PathBuf,
    #[command(flatten)]
    store: StoreArguments,
    /// The transport key: 64 hexadecimal digits in a file [default: FILE.key]
    #[arg(long, value_name = "FILE")]
    transport_key: Option<PathBuf>,
    /// Licenses that are stored already begin anew: bindings and instances go, a new payload key is drawn
    #[arg(long)]
    reimport: bool,
}

/// The arguments of `licenses show`.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// A serial number
    serial: Option<Serial>,
    #[command(flatten)]
    store: StoreArguments,
}

#[derive(Debug, Args)]
struct StoreArguments {
    /// The store
    #[arg(long, value_name = "STORE")]
    store: PathBuf,
    /// The storage key: 32 hexadecimal digits in a file, drawn where a store is made [default: STORE.key]
    #[arg(long, value_name = "FILE")]
    storage_key: Option<PathBuf>,
}

impl Licenses {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        match self {
            Licenses::Make(make) => make.run(out),
            Licenses::Import(import) => import.run(out),
            Licenses::Show(show) => show.run(out),
        }
    }
}

impl Make {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let key_file = beside(&self.out);
        for path in [&self.out, &key_file] {
            if path.exists() {
                return Err(Error::Usage(format!("{} is there already", path.display())));
            }
        }
        let mut random = rng::system();
        let mut transport = Zeroizing::new([0; 32]);
        random(&mut *transport);
        files::write_secret(&key_file, format!("{}\n", hex::encode(&*transport)).as_bytes())?;
        let mut file = Replacement::create(&self.out)?;
        let written =
            self.write(&Key::new(*transport), &mut random, &mut file).and_then(|()| Ok(file.finish()?));
        if written.is_err() {
            files::remove_file(&key_file)?;
        }
        written?;
        writeln!(
            out,
            "{} license{} in {}, their transport key in {}",
            self.count,
            plural(self.count as usize),
            self.out.display(),
            key_file.display()
        )?;
        Ok(Outcome::Good)
    }

    fn write(
        &self,
        transport: &Key<Transport, 32>,
        random: &mut rng::Random,
        file: &mut impl Write,
    ) -> Result<(), Error> {
        let vector = setup::otp_vector();
        let message_vector = setup::message_vector().encode();
        let (mut file_id, mut text) = ([0; 16], String::new());
        random(&mut file_id);
        let refused = |refusal| Error::CannotRun(format!("the file can't be written: {refusal}"));
        let mut writer =
            Writer::new(transport, &file_id, &vector.to_bytes(), &message_vector, self.count, &mut text)
                .map_err(refused)?;
        let bar = bar(self.count as usize);
        for number in 0..self.count {
            let mut license_key = Zeroizing::new([0; 16]);
            random(&mut *license_key);
            let license = License {
                serial: self.serial(vector.prefix, number),
                kind: "MOBILE",
                application: "ACTIVATION  ",
                threshold: self.threshold,
                secure_channel: true,
                license_key: Key::new(*license_key),
            };
            writer.license(&license, &mut text).map_err(refused)?;
            if number % CHUNK == 0 {
                file.write_all(text.as_bytes())?;
                text.clear();
                bar.set_position(number.into());
            }
        }
        writer.finish(&mut text);
        bar.finish_and_clear();
        Ok(file.write_all(text.as_bytes())?)
    }

    /// Each suffix once: there are ten million.
    fn serial(&self, prefix: SerialPrefix, number: u32) -> Serial {
        let number = if self.shuffle { u64::from(number) * SHUFFLE } else { u64::from(number) };
        Serial::new(prefix, u64::from(self.first) + number)
    }
}

impl Import {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let transport = self.transport_key.unwrap_or_else(|| beside(&self.file));
        let transport = Key::<Transport, 32>::new(read_key(&transport, "the transport key")?);
        let file = files::open(&self.file)?;
        let mut store = self.store.create()?;
        let bar = bar(0);
        let imported = store.import(file, &transport, self.reimport, |done, count| {
            bar.set_length(count);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        match imported {
            Ok(done) => {
                let licenses = usize::try_from(done.licenses).unwrap_or(usize::MAX);
                write!(out, "{} license{} imported", done.licenses, plural(licenses))?;
                match done.renewed {
                    0 => writeln!(out)?,
                    renewed => writeln!(out, ", {renewed} of them begin anew")?,
                }
                Ok(Outcome::Good)
            }
            Err(StoreError::Refused(refusal)) => {
                let sentence = spec::find(refusal.rule.id).map_or("", |requirement| requirement.text);
                writeln!(out, "refused: {refusal}\n  {}: {sentence}\nnothing is imported", refusal.rule.id)?;
                Ok(Outcome::Bad)
            }
            Err(error @ StoreError::AlreadyStored { .. }) => {
                writeln!(out, "refused: {error}\nnothing is imported")?;
                Ok(Outcome::Bad)
            }
            Err(error) => Err(self.store.failed(&error)),
        }
    }
}

impl Show {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let mut store = self.store.open()?;
        let failed = |error| self.store.failed(&error);
        let Some(serial) = self.serial else {
            let [files, licenses, used] = store.counts().map_err(failed)?;
            writeln!(out, "store {}", self.store.store.display())?;
            writeln!(out, "  license files  {files}\n  licenses       {licenses}\n  ever used      {used}")?;
            return Ok(Outcome::Good);
        };
        let names = store.names(serial).map_err(failed)?;
        match (names, store.look(serial).map_err(failed)?) {
            (Some(names), Some(overview)) => {
                show(out, &names, &overview)?;
                Ok(Outcome::Good)
            }
            _ => {
                writeln!(out, "{serial} is not in this store")?;
                Ok(Outcome::Bad)
            }
        }
    }
}

fn show(out: &mut impl Write, (kind, application): &(String, String), it: &Overview) -> std::io::Result<()> {
    let (time, counter) = it.last_message;
    writeln!(out, "license {}", it.serial)?;
    writeln!(out, "  type              {kind}")?;
    writeln!(out, "  application       {application:?}, mode MA")?;
    writeln!(out, "  Secure Channel    {}", if it.secure_channel { "yes" } else { "no" })?;
    writeln!(out, "  instances         {} of at most {}", it.last_sequence, it.threshold)?;
    writeln!(out, "  last message      counter {counter}, time {time}")?;
    writeln!(
        out,
        "  requests          {} remembered, highest accepted {}",
        it.requests, it.highest_accepted
    )?;
    writeln!(out, "  waits for a code  {}", if it.activation_out { "yes" } else { "no" })?;
    writeln!(out, "  wrong codes       {}", it.code_failures)?;
    for instance in &it.instances {
        let locked = if instance.locked { ", locked" } else { "" };
        writeln!(
            out,
            "  instance {}       {} {}, wrong signatures {}{locked}",
            instance.sequence, instance.kind, instance.status, instance.signature_failures
        )?;
    }
    Ok(())
}

impl StoreArguments {
    fn key_file(&self) -> PathBuf {
        self.storage_key.clone().unwrap_or_else(|| beside(&self.store))
    }

    /// Opens the store; where there is none, makes one, and its key where that is missing, too.
    fn create(&self) -> Result<Sqlite, Error> {
        self.ensure_no_folder()?;
        let key_file = self.key_file();
        if !key_file.exists() && !self.store.exists() {
            let mut key = Zeroizing::new([0; 16]);
            rng::system()(&mut *key);
            files::write_secret(&key_file, format!("{}\n", hex::encode(&*key)).as_bytes())?;
        }
        let key = Key::<Storage>::new(read_key(&key_file, "the storage key")?);
        Sqlite::create(&self.store, key).map_err(|error| self.failed(&error))
    }

    fn open(&self) -> Result<Sqlite, Error> {
        self.ensure_no_folder()?;
        // That there is no store is to be said before that there is no key.
        if !self.store.exists() {
            return Err(self.failed(&StoreError::Missing));
        }
        let key = Key::<Storage>::new(read_key(&self.key_file(), "the storage key")?);
        Sqlite::open(&self.store, key).map_err(|error| self.failed(&error))
    }

    /// To be said before that there is no key.
    fn ensure_no_folder(&self) -> Result<(), Error> {
        if self.store.is_dir() { Err(self.failed(&StoreError::Folder)) } else { Ok(()) }
    }

    fn failed(&self, error: &StoreError) -> Error {
        Error::CannotRun(format!("store {}: {error}", self.store.display()))
    }
}

/// `FILE.key`.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

/// A key in hexadecimal, alone in its file.
fn read_key<const N: usize>(path: &Path, what: &str) -> Result<[u8; N], Error> {
    let text = Zeroizing::new(files::read_at_most(path, 1_024)?);
    let text = std::str::from_utf8(&text).unwrap_or_default().trim();
    let bytes = hex::decode(text).ok().map(Zeroizing::new).and_then(|bytes| bytes.as_slice().try_into().ok());
    bytes.ok_or_else(|| {
        Error::CannotRun(format!("{what} in {}: {} hexadecimal digits are due", path.display(), 2 * N))
    })
}
