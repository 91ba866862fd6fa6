//! Files that are either whole or not there.
//!
//! What is written goes to a part file in the same folder first: made exclusively under a name that nobody can guess,
//! so that nothing that somebody put there is written through, and a secret readable by its owner alone from the
//! moment it exists. Then it is moved into place. A process that is killed may leave its part
//! (`.counterproof-<digits>.part`) behind; nothing ever reads or removes one that is not its own.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::rng;
use channel::text::hex;
use peer::printable::Line;

/// Why a file could not be read or written, with its path.
#[derive(Debug)]
pub struct FileError {
    /// What was being done.
    pub doing: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.doing, Line(&self.path.to_string_lossy()), self.source)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Names what was being done, and with which file.
pub(super) fn on<T>(doing: &'static str, path: &Path, result: io::Result<T>) -> Result<T, FileError> {
    result.map_err(|source| FileError { doing, path: path.to_owned(), source })
}

/// Of a secret: its owner reads and writes it, nobody else.
const OWNER_ONLY: u32 = 0o600;
/// Of any other new file: what the umask leaves of it.
const ANYBODY: u32 = 0o666;

/// Writes a file as a whole: a reader sees the old or the new, never a part. Makes the folders above it.
///
/// A file that was there keeps its mode, and where the system lets us, its owner. A symbolic link stays one: the file
/// that it leads to is replaced. What is no regular file (a pipe, `/dev/stdout`) is written into as it is.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), FileError> {
    on("making folder", folder_of(path), fs::create_dir_all(folder_of(path)))?;
    on("writing", path, replace(path, content, ANYBODY))
}

/// The same for a file that only its owner may read, whatever it was before.
pub fn write_secret(path: &Path, content: &[u8]) -> Result<(), FileError> {
    on("making folder", folder_of(path), fs::create_dir_all(folder_of(path)))?;
    on("writing", path, replace(path, content, OWNER_ONLY))
}

fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let (target, before) = match standing(path)? {
        Standing::Nothing(target) => (target, None),
        Standing::File(target, before) => (target, Some(before)),
        Standing::Stream => {
            return fs::OpenOptions::new().write(true).truncate(true).open(path)?.write_all(content);
        }
    };
    let mut new = NewPart::create(&target, if before.is_some() { OWNER_ONLY } else { mode })?;
    new.file.write_all(content)?;
    if let Some(before) = before {
        // Root may give it back to its owner, others its group at most: neither is a reason to fail.
        let _ = std::os::unix::fs::fchown(&new.file, Some(before.uid()), Some(before.gid()));
        let kept = if mode == OWNER_ONLY { OWNER_ONLY } else { before.mode() & 0o7777 };
        new.file.set_permissions(fs::Permissions::from_mode(kept))?;
    }
    new.file.sync_all()?;
    new.part.replace(&target)
}

/// What stands at a path.
enum Standing {
    /// Nothing; it would be made here, where a link may lead.
    Nothing(PathBuf),
    /// A regular file, where it really is.
    File(PathBuf, fs::Metadata),
    /// Something that is written into.
    Stream,
}

fn standing(path: &Path) -> io::Result<Standing> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if found.is_file() => match fs::canonicalize(path) {
            Ok(target) => Ok(Standing::File(target, found)),
            // It is open, and has no name any more: `/dev/stdout` of a file that was removed.
            Err(_) => Ok(Standing::Stream),
        },
        Ok(_) => Ok(Standing::Stream),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Standing::Nothing(end_of_links(path)?)),
        Err(error) => Err(error),
    }
}

/// Where a path leads whose last part may be a link to something that isn't there.
pub(super) fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MOST: u32 = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) if path.file_name().is_some() => return Ok(path),
            Err(_) => return Err(io::ErrorKind::InvalidFilename.into()),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name that nobody else has, for a file on its way to its place. What never gets there is removed.
pub(super) struct Part(PathBuf);

/// A part, open.
struct NewPart {
    part: Part,
    file: fs::File,
}

impl NewPart {
    /// Makes one in the folder of its place.
    fn create(target: &Path, mode: u32) -> io::Result<Self> {
        let mut random = rng::system();
        loop {
            let mut number = [0; 8];
            random(&mut number);
            let path = folder_of(target).join(format!(".counterproof-{}.part", hex::encode(&number)));
            // Exclusively: a link that somebody put there is not followed either.
            match fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => {
                    let new = Self { part: Part(path), file };
                    if mode == OWNER_ONLY {
                        // No umask takes it from its owner.
                        new.file.set_permissions(fs::Permissions::from_mode(mode))?;
                    }
                    return Ok(new);
                }
            }
        }
    }
}

impl Part {
    /// Makes an empty one, a secret, in the folder of its place.
    pub(super) fn secret(target: &Path) -> io::Result<Self> {
        Ok(NewPart::create(target, OWNER_ONLY)?.part)
    }

    /// Where it is for now.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Moves it to its place, over what is there; the move is on the disk, too.
    fn replace(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.0, target)?;
        sync_folder(target)
    }

    /// Moves it to its place if that is free; else [`io::ErrorKind::AlreadyExists`]. Of several who do this at the
    /// same time just one succeeds.
    pub(super) fn publish(self, target: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match fs::hard_link(&self.0, target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // There are file systems without links to files.
            Err(error) => match renameat_with(CWD, &self.0, CWD, target, RenameFlags::NOREPLACE) {
                Ok(()) => {}
                Err(rustix::io::Errno::EXIST) => return Err(io::ErrorKind::AlreadyExists.into()),
                Err(_) => return Err(error),
            },
        }
        sync_folder(target)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After a move there is none; the first error is the one to tell.
        let _ = fs::remove_file(&self.0);
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(folder_of(path))?.sync_all()
}

/// A file that is being made in a place where nothing is. Until it is finished, nothing is there.
pub struct NewFile {
    part: Part,
    file: io::BufWriter<fs::File>,
    path: PathBuf,
    target: PathBuf,
}

impl NewFile {
    /// Begins. Makes no folders.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        Self::with_mode(path, ANYBODY)
    }

    /// The same for a file that only its owner may read.
    pub fn secret(path: &Path) -> Result<Self, FileError> {
        Self::with_mode(path, OWNER_ONLY)
    }

    fn with_mode(path: &Path, mode: u32) -> Result<Self, FileError> {
        let target = on("writing", path, end_of_links(path))?;
        on("finding folder", folder_of(&target), fs::metadata(folder_of(&target)))?;
        let NewPart { part, file } = on("writing", path, NewPart::create(&target, mode))?;
        Ok(Self { part, file: io::BufWriter::with_capacity(1 << 16, file), path: path.to_owned(), target })
    }

    /// Writes what comes next.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        on("writing", &self.path, self.file.write_all(bytes))
    }

    /// Moves it to its place, once all of it is on the disk. [`io::ErrorKind::AlreadyExists`] where something is
    /// there by now, which stays.
    pub fn finish(mut self) -> Result<(), FileError> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        on("writing", &self.path, written.and_then(|()| self.part.publish(&self.target)))
    }
}

/// Makes a file that only its owner may read, if there is none: a reader sees none or the whole.
pub fn create_secret(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let mut new = NewFile::secret(path)?;
    new.write(content)?;
    new.finish()
}

/// Reads a text file.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    on("reading", path, fs::read_to_string(path))
}

/// Opens a file to be read as it comes.
pub fn open(path: &Path) -> Result<io::BufReader<fs::File>, FileError> {
    let open = || {
        let file = fs::File::open(path)?;
        match file.metadata()?.is_dir() {
            true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            false => Ok(io::BufReader::with_capacity(1 << 16, file)),
        }
    };
    on("reading", path, open())
}

/// Reads a file of somebody else's: no more than `most` bytes of it.
pub fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>, FileError> {
    let read = || {
        let mut content = Vec::new();
        fs::File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut content)?;
        match u64::try_from(content.len()) {
            Ok(length) if length <= most => Ok(content),
            _ => Err(io::Error::other(format!("more than {most} bytes"))),
        }
    };
    on("reading", path, read())
}

/// Removes a file; none is fine.
pub fn remove_file(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => on("removing", path, Err(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = std::env::temp_dir().join(format!("counterproof-files-{}", std::process::id()));
        let path = folder.join("deep").join("report.json");
        write_whole(&path, b"first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(read_text(&path).unwrap(), "second");
        assert_eq!(fs::read_dir(folder.join("deep")).unwrap().count(), 1);
        let error = write_whole(&path.join("below a file"), b"x").unwrap_err();
        assert!(error.to_string().contains("report.json"), "{error}");
        assert_eq!(read_at_most(&path, 6).unwrap(), b"second");
        assert!(read_at_most(&path, 5).unwrap_err().to_string().contains("more than 5 bytes"));
        assert!(read_at_most(&folder, 5).is_err());
        remove_file(&path).unwrap();
        remove_file(&path).unwrap();
        assert!(remove_file(&folder).is_err() && !path.exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
