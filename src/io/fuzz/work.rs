//! The folder of the nights.
//!
//! ```text
//! given/TARGET/        what the program gives to a target: seeds, dict, flags, floor; written anew each night
//! corpus/TARGET/       the corpus
//! tonight/TARGET/      what this night finds, until it is merged into the corpus
//! minimal/  former/    a corpus that is made from scratch, and the one whose place it takes
//! artifacts/TARGET/    inputs that just failed, until they are findings
//! findings/TARGET/KEY/ findings
//! slowest/TARGET/      the slowest input of the last night
//! state.json           the night that runs, or that was killed; minimised: when corpora were last made from scratch
//! ```

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::engine::Engine;
use super::error::Error;
use crate::io::files::{FileError, on, read_text, write_whole};
use night::record::Change;
use night::state::State;

/// The folder, held by this night.
#[derive(Debug)]
pub struct Work {
    /// Where it is.
    pub folder: PathBuf,
    _held: File,
}

/// What a target is given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) floor: u64,
    pub(super) flags: Vec<String>,
    /// None where it has no words: libFuzzer refuses an empty one.
    pub(super) dictionary: Option<PathBuf>,
    pub(super) seeds: PathBuf,
}

impl Work {
    /// Makes the folder, and holds it.
    pub fn hold(folder: &Path) -> Result<Self, Error> {
        on("making folder", folder, fs::create_dir_all(folder))?;
        let folder = on("finding folder", folder, fs::canonicalize(folder))?;
        let held = on("opening", &folder, File::open(&folder))?;
        match held.try_lock() {
            Err(TryLockError::WouldBlock) => Err(Error::Busy(folder)),
            // A file system without locks has none that are held.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { folder, _held: held }),
        }
    }

    /// The folder with the corpora, by target.
    pub fn corpora(&self) -> PathBuf {
        self.folder.join("corpus")
    }

    /// A folder of a target.
    pub(super) fn of(&self, what: &str, target: &str) -> PathBuf {
        self.folder.join(what).join(target)
    }

    /// Makes it where it isn't.
    pub(super) fn made(&self, what: &str, target: &str) -> Result<PathBuf, FileError> {
        let folder = self.of(what, target);
        on("making folder", &folder, fs::create_dir_all(&folder))?;
        Ok(folder)
    }

    /// Lets the program write what it gives to its targets, and reads that.
    pub(super) fn given(&self, engine: &Engine) -> Result<Vec<Given>, Error> {
        let folder = self.folder.join("given");
        remove(&folder)?;
        on("making folder", &folder, fs::create_dir_all(&folder))?;
        engine.write(&folder)?;
        let mut given = Vec::new();
        for name in names(&folder)? {
            let file = |name_of: &str| folder.join(&name).join(name_of);
            let dictionary = file("dict");
            given.push(Given {
                floor: read_text(&file("floor"))?.trim().parse().unwrap_or(0),
                flags: read_text(&file("flags"))?.split_ascii_whitespace().map(str::to_owned).collect(),
                dictionary: fs::metadata(&dictionary).is_ok_and(|it| it.len() > 0).then_some(dictionary),
                seeds: file("seeds"),
                name,
            });
        }
        Ok(given)
    }

    fn state_file(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// The night that was killed, where one was; one that can't be read is none.
    pub fn state(&self) -> Option<State> {
        serde_json::from_str(&read_text(&self.state_file()).ok()?).ok()
    }

    /// Writes it down. A full disk shows here first.
    pub fn save(&self, state: &State) -> Result<(), FileError> {
        let path = self.state_file();
        let json = on("writing", &path, serde_json::to_vec(state).map_err(std::io::Error::from))?;
        write_whole(&path, &json)
    }

    /// The night is over.
    pub fn forget(&self) -> Result<(), FileError> {
        crate::io::files::remove_file(&self.state_file())
    }

    /// Days since the corpora were last made from scratch; none where they never were.
    pub(super) fn minimised(&self) -> Option<u64> {
        let time: u64 = read_text(&self.folder.join("minimised")).ok()?.trim().parse().ok()?;
        Some(now().saturating_sub(time) / 86_400)
    }

    pub(super) fn has_minimised(&self) -> Result<(), FileError> {
        write_whole(&self.folder.join("minimised"), format!("{}\n", now()).as_bytes())
    }

    /// A path as the record has it: below the work folder.
    pub(super) fn below(&self, path: &Path) -> String {
        path.strip_prefix(&self.folder).unwrap_or(path).to_string_lossy().into_owned()
    }
}

/// Seconds since the epoch.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The names in a folder; those that are no text are none of ours.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    let entries = on("reading", folder, fs::read_dir(folder))?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

/// The files of a folder; none where there is none.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// How many inputs are in a folder, and how many bytes.
pub(super) fn counted(folder: &Path) -> (u64, u64) {
    let sizes = files(folder).into_iter().filter_map(|path| Some(fs::metadata(path).ok()?.len()));
    sizes.fold((0, 0), |(inputs, bytes), size| (inputs + 1, bytes + size))
}

/// Before and after: nothing has changed yet.
pub(super) fn unchanged(number: u64) -> Change {
    Change { before: number, after: number }
}

/// Removes a folder; none is fine.
pub(super) fn remove(folder: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => on("removing", folder, Err(error)),
        _ => Ok(()),
    }
}

/// Moves the files of a folder into another one, over those of the same name: a corpus names its files by their content.
pub(super) fn move_all(from: &Path, to: &Path) -> Result<(), FileError> {
    on("making folder", to, fs::create_dir_all(to))?;
    for file in files(from) {
        let Some(name) = file.file_name() else { continue };
        on("moving", &file, fs::rename(&file, to.join(name)))?;
    }
    remove(from)
}
