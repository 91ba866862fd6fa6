//! Files that are either whole or not there.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

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
        write!(f, "{} {}: {}", self.doing, self.path.display(), self.source)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

fn on<T>(doing: &'static str, path: &Path, result: io::Result<T>) -> Result<T, FileError> {
    result.map_err(|source| FileError { doing, path: path.to_owned(), source })
}

/// Writes the file beside its place, then moves it there: a reader sees the old or the new, never a part.
/// Makes the folders above it.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let mut replacement = Replacement::create(path)?;
    on("writing", path, replacement.write_all(content))?;
    replacement.finish()
}

/// The same for a file that only its owner may read.
pub fn write_secret(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let mut replacement = Replacement::create(path)?;
    let guarded = replacement.file.get_ref().set_permissions(owner_only());
    on("guarding", path, guarded)?;
    on("writing", path, replacement.write_all(content))?;
    replacement.finish()
}

#[cfg(unix)]
fn owner_only() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o600)
}

/// A file that is being written beside its place. Until it is finished, what was there is there.
pub struct Replacement {
    file: io::BufWriter<fs::File>,
    part: PathBuf,
    path: PathBuf,
}

impl Replacement {
    /// Begins. Makes the folders above it.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        on("making folder", folder, fs::create_dir_all(folder))?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = folder.join(name);
        let file = on("writing", path, fs::File::create(&part))?;
        Ok(Self { file: io::BufWriter::with_capacity(1 << 16, file), part, path: path.to_owned() })
    }

    /// Moves it to its place, once all of it is on the disk; the move, too.
    pub fn finish(mut self) -> Result<(), FileError> {
        let done = self.file.flush().and_then(|()| {
            self.file.get_ref().sync_all()?;
            fs::rename(&self.part, &self.path)?;
            let folder = self.part.parent().unwrap_or(Path::new("."));
            fs::File::open(folder)?.sync_all()
        });
        on("writing", &self.path, done)
    }
}

impl io::Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // After the move there is none; the first error is the one to tell.
        let _ = fs::remove_file(&self.part);
    }
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

/// Removes a folder and what is in it; none is fine.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => on("removing", path, Err(error)),
        _ => Ok(()),
    }
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
        remove_folder(&folder).unwrap();
        remove_folder(&folder).unwrap();
    }
}
