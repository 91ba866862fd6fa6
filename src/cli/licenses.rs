//! `licenses`: a license file to try things with, its import into a store, and what a store has.

use std::io::{BufRead, ErrorKind, Seek, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::outcome::{Error, Outcome, unreadable};
use super::show::bar;
use super::terminal::show_path;
use super::words::{plural, say};
use crate::io::files::{self, FileError, NewFile};
use crate::io::rng;
use crate::io::store::{Imported, NewStore, Sqlite, StoreError};
use channel::bytes::Wire;
use channel::crypto::keys::{Key, Storage, Transport};
use channel::license::file::{License, MAX_COUNT, Writer};
use channel::serial::{Serial, SerialPrefix};
use channel::server::Overview;
use channel::text::hex;
use harness::{setup, spec};
use peer::json;

/// Licenses between two looks at the file and the progress bar.
const CHUNK: u32 = 1_024;
/// A prime above any number of licenses: its multiples meet each of them once.
const SHUFFLE: u64 = 10_619_863;
/// The largest suffix of a serial number.
const LAST_SUFFIX: u32 = 9_999_999;
/// More than any key takes, in bytes.
const MAX_KEY_FILE: u64 = 1_024;

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
        let transport = Key::<Transport, 32>::new(read_key(&transport, "the transport key")?);
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
                true => (read_key(&key_file, "the storage key")?, false),
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

impl Show {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let Some(key) = self.store.key()? else { return Err(self.store.failed(&StoreError::Missing)) };
        let failed = |error| self.store.failed(&error);
        let path = &self.store.store;
        let Some(serial) = self.serial else {
            let [files, licenses, used] = Sqlite::read(path, &key, |store| store.counts()).map_err(failed)?;
            writeln!(out, "store {}", show_path(path))?;
            writeln!(out, "  license files  {files}\n  licenses       {licenses}\n  ever used      {used}")?;
            return Ok(Outcome::Good);
        };
        let found = Sqlite::read(path, &key, |store| Ok((store.names(serial)?, store.look(serial)?)));
        match found.map_err(failed)? {
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
    writeln!(out, "  application       {}, mode MA", json::show(application))?;
    writeln!(out, "  Secure Channel    {}", if it.secure_channel { "yes" } else { "no" })?;
    writeln!(out, "  instances         {} of at most {}", it.last_sequence, it.threshold)?;
    writeln!(out, "  last message      counter {counter}, time {time}")?;
    writeln!(out, "  requests          {} remembered, {} of them accepted", it.requests, it.accepted)?;
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

    /// The storage key of a store that is there; that there is none is to be said before that there is no key.
    fn key(&self) -> Result<Option<Key<Storage>>, Error> {
        match self.store.metadata() {
            Ok(found) if found.is_dir() => Err(self.failed(&StoreError::Folder)),
            Ok(found) if !found.is_file() => Err(self.failed(&StoreError::NotAFile)),
            Ok(_) => Ok(Some(Key::new(read_key(&self.key_file(), "the storage key")?))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(&error.into())),
        }
    }

    fn failed(&self, error: &StoreError) -> Error {
        let words = format!("store {}: {error}", show_path(&self.store));
        match error {
            StoreError::Folder
            | StoreError::NotAFile
            | StoreError::Missing
            | StoreError::NoFolder
            | StoreError::NotAName(_)
            | StoreError::NotAStore => Error::Usage(words),
            _ => Error::CannotRun(words),
        }
    }
}

/// `FILE.key`.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
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

/// A key in hexadecimal, alone in its file; one line end after it is no matter. Nothing of it is repeated in an error.
fn read_key<const N: usize>(path: &Path, what: &str) -> Result<[u8; N], Error> {
    let wrong = |words: String| Error::Usage(format!("{what} in {}: {words}", show_path(path)));
    let digits = 2 * N;
    // A pipe without a writer would be waited for for ever.
    match path.metadata() {
        Ok(found) if !found.is_file() => return Err(wrong("it is no regular file".into())),
        Ok(found) => warn_if_others_read(path, found.mode()),
        Err(error) => return Err(wrong(error.to_string())),
    }
    let text = Zeroizing::new(
        files::read_at_most(path, MAX_KEY_FILE).map_err(|error| wrong(error.source.to_string()))?,
    );
    let text = text.strip_suffix(b"\n").unwrap_or(&text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let is_digit = |byte: &u8| byte.is_ascii_hexdigit();
    if text.is_empty() {
        return Err(wrong(format!("it is empty; {digits} hexadecimal digits are due")));
    }
    if [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"\xFE\xFF"].iter().any(|mark| text.starts_with(mark)) {
        return Err(wrong(format!(
            "it begins with a byte-order mark; {digits} hexadecimal digits are due, as ASCII"
        )));
    }
    if let Some(at) = text.iter().position(|byte| !is_digit(byte)) {
        let at = at + 1;
        return Err(wrong(format!(
            "character {at} is no hexadecimal digit; {digits} are due and nothing else"
        )));
    }
    let found = text.len();
    let text = std::str::from_utf8(text).unwrap_or_default();
    let bytes = hex::decode(text).ok().map(Zeroizing::new).and_then(|bytes| bytes.as_slice().try_into().ok());
    bytes.ok_or_else(|| wrong(format!("{digits} hexadecimal digits are due, and it has {found}")))
}

/// A warning and no more: secrets that are mounted into a container are often readable by all in it, and can't be
/// changed from inside.
fn warn_if_others_read(path: &Path, mode: u32) {
    if mode & 0o077 != 0 {
        let path = show_path(path);
        let mode = mode & 0o7777;
        say(&format!("counterproof: warning: {path} is open to others (mode {mode:04o}): chmod 600 {path}"));
    }
}
