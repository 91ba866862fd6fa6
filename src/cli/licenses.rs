//! `licenses`: a license file to try things with, its import into a store, and what a store has.

mod show;
mod store;

use std::io::{BufRead, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::key_file;
use super::outcome::{Error, Outcome, unreadable};
use super::show::bar;
use super::terminal::show_path;
use super::words::plural;
use crate::io::files::{self, FileError, NewFile};
use crate::io::rng;
use crate::io::store::{Imported, NewStore, Sqlite, StoreError};
use channel::bytes::Wire;
use channel::crypto::keys::{Key, Transport};
use channel::license::file::{License, MAX_COUNT, Writer};
use channel::serial::{Serial, SerialPrefix};
use channel::text::hex;
use harness::{setup, spec};
pub(super) use store::StoreArguments;
use store::beside;

/// Licenses between two looks at the file and the progress bar.
const CHUNK: u32 = 1_024;
/// A prime above any number of licenses: its multiples meet each of them once.
const SHUFFLE: u64 = 10_619_863;
/// The largest suffix of a serial number.
const LAST_SUFFIX: u32 = 9_999_999;

/// The commands of `licenses`.
#[derive(Debug, Subcommand)]
pub(super) enum Licenses {
    /// Make a license file with licenses nobody else has, and a key for it beside it (FILE.key)
    Make(Make),
    /// Import a license file into a store: all of it or nothing
    Import(Import),
    /// Show what a store has, or one license of it
    Show(show::Show),
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
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(..=i64::from(LAST_SUFFIX)))]
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
    /// Licenses that are stored already begin anew: bindings and instances go, a new payload key is drawn, BLOBs of before don't open any more
    #[arg(long)]
    reimport: bool,
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
        self.ensure_serials()?;
        let key_file = beside(&self.out);
        for path in [&self.out, &key_file] {
            if path.exists() {
                return Err(is_there(path));
            }
        }
        let mut random = rng::system();
        let mut transport = Zeroizing::new([0; 32]);
        random(&mut *transport);
        let mut key = NewFile::secret(&key_file).map_err(unwritable)?;
        key.write(Zeroizing::new(format!("{}\n", hex::encode(&*transport))).as_bytes())?;
        let mut file = NewFile::create(&self.out).map_err(unwritable)?;
        self.write(&Key::new(*transport), &mut random, &mut file)?;
        // The key first: a file that nobody can read is of no use. Of two that do this at the same time, one gets no
        // further than the key.
        key.finish().map_err(unwritable)?;
        if let Err(error) = file.finish() {
            // A file that is there all the same needs its key, unless it is another's.
            if error.source.kind() == ErrorKind::AlreadyExists || !self.out.exists() {
                files::remove_file(&key_file)?;
            }
            return Err(unwritable(error));
        }
        writeln!(
            out,
            "{} license{} in {}, their transport key in {}",
            self.count,
            plural(self.count as usize),
            show_path(&self.out),
            show_path(&key_file)
        )?;
        Ok(Outcome::Good)
    }

    /// A prefix has ten million serial numbers.
    fn ensure_serials(&self) -> Result<(), Error> {
        let last = u64::from(self.first) + u64::from(self.count) - 1;
        if last <= u64::from(LAST_SUFFIX) {
            return Ok(());
        }
        let room = LAST_SUFFIX - self.first + 1;
        Err(Error::Usage(format!(
            "--first {} --count {}: the last serial number would be {last}, and there is none above {LAST_SUFFIX}; from \
             there on it can be {room} license{}",
            self.first,
            self.count,
            plural(room as usize)
        )))
    }

    fn write(
        &self,
        transport: &Key<Transport, 32>,
        random: &mut rng::Random,
        file: &mut NewFile,
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
                file.write(text.as_bytes())?;
                text.clear();
                bar.set_position(number.into());
            }
        }
        writer.finish(&mut text);
        bar.finish_and_clear();
        Ok(file.write(text.as_bytes())?)
    }

    /// Each suffix from the first on once, as many as there are licenses.
    fn serial(&self, prefix: SerialPrefix, number: u32) -> Serial {
        let number = if self.shuffle {
            u64::from(number) * SHUFFLE % u64::from(self.count)
        } else {
            u64::from(number)
        };
        Serial::new(prefix, u64::from(self.first) + number)
    }
}

impl Import {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        // That there is no file is to be said before that there is no key.
        let mut file = files::open(&self.file).map_err(unreadable)?;
        let transport = self.transport_key.clone().unwrap_or_else(|| beside(&self.file));
        let transport = Key::<Transport, 32>::new(key_file::read(&transport, "the transport key")?);
        match self.import(&mut file, &transport)? {
            Ok(done) => {
                let licenses = usize::try_from(done.licenses).unwrap_or(usize::MAX);
                write!(out, "{} license{} imported", done.licenses, plural(licenses))?;
                match done.renewed {
                    0 => writeln!(out)?,
                    renewed => writeln!(out, ", {renewed} of them begin anew")?,
                }
                for index in done.warnings {
                    writeln!(
                        out,
                        "warning: responses of application {index} are easier to guess than they should be (VER-23): \
                         fewer tries, narrower windows or more digits"
                    )?;
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
            Err(StoreError::Unreadable(source)) => {
                Err(unreadable(FileError { doing: "reading", path: self.file, source }))
            }
            Err(error) => Err(self.store.failed(&error)),
        }
    }

    /// Imports into the store; where there is none, makes one, and its key where that is missing, too. Another process
    /// may be doing the same: who comes second throws away what nobody has seen yet, and begins again with what the
    /// first one made.
    fn import(
        &self,
        file: &mut (impl BufRead + Seek + Send),
        transport: &Key<Transport, 32>,
    ) -> Result<Result<Imported, StoreError>, Error> {
        let key_file = self.store.key_file();
        loop {
            if let Some(key) = self.store.key()? {
                match Sqlite::open(&self.store.store, key) {
                    Ok(mut store) => {
                        return Ok(with_bar(|progress| {
                            store.import(&mut *file, transport, self.reimport, progress)
                        }));
                    }
                    // Removed just now.
                    Err(StoreError::Missing) => {}
                    Err(error) => return Ok(Err(error)),
                }
            }
            let (key, drawn) = match key_file.exists() {
                true => (key_file::read(&key_file, "the storage key")?, false),
                false => {
                    let mut key = [0; 16];
                    rng::system()(&mut key);
                    (key, true)
                }
            };
            let key = Zeroizing::new(key);
            let made = NewStore::create(&self.store.store, Key::new(*key)).and_then(|mut new| {
                let done = with_bar(|progress| new.import(&mut *file, transport, progress))?;
                Ok((new, done))
            });
            let (new, done) = match made {
                Ok(made) => made,
                Err(error) => return Ok(Err(error)),
            };
            // The key first, as nothing may be seen that is sealed under one nobody has.
            let text = Zeroizing::new(format!("{}\n", hex::encode(&*key)));
            let kept = if drawn { files::create_secret(&key_file, text.as_bytes()) } else { Ok(()) };
            match kept {
                Ok(()) => match new.publish() {
                    Err(StoreError::Exists) => {}
                    published => return Ok(published.map(|()| done)),
                },
                Err(error) if error.source.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(error)),
            }
            file.rewind().map_err(|_| {
                Error::CannotRun(format!(
                    "store {}: another process made it just now, and {} can't be read twice: start again",
                    show_path(&self.store.store),
                    show_path(&self.file)
                ))
            })?;
        }
    }
}

/// Runs an import with a progress bar.
fn with_bar<T>(import: impl FnOnce(&mut dyn FnMut(u64, u64)) -> T) -> T {
    let bar = bar(0);
    let done = import(&mut |done, count| {
        bar.set_length(count);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    done
}

fn is_there(path: &Path) -> Error {
    Error::Usage(format!("{} is there already", show_path(path)))
}

/// A file that can't be made: a name that makes no sense, or a disk that doesn't take it.
fn unwritable(error: FileError) -> Error {
    match error.source.kind() {
        ErrorKind::AlreadyExists => is_there(&error.path),
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::InvalidFilename => Error::Usage(error.to_string()),
        _ => error.into(),
    }
}
