//! The folder of `--report`: tried before a run, held while it runs, and cleared of what an earlier run left there.
//! Nothing of anybody else's is touched: a folder with a stranger's file in it is refused. And what is read of one later.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read as _, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::outcome::{Error, unreadable};
use super::terminal::show_path;
use super::words::{AN_APP, BUILT_IN, again, check_app_again};
use crate::io::files::{FileError, NewFile, read_text, remove_file, write_whole};
use harness::junit;
use harness::report::{Candidate, Failing, Part, Report};
use peer::json;
use peer::printable::Line;

/// What a run leaves in the folder.
pub(super) const REPORT: &str = "report.json";
pub(super) const JUNIT: &str = "junit.xml";
/// The page that `report html` makes of it.
const PAGE: &str = "report.html";
/// The folder in it with a file per failing case, and the one with what divides several peers.
const FAILING: &str = "failing";
const CANDIDATES: &str = "candidates";

/// How the files of this program begin. `tests/report.rs` holds this against what is written.
const JSON_BEGINS: &[u8] = b"{\n  \"report\": ";
const XML_BEGINS: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"counterproof\"";

/// A folder that this run alone writes to.
pub(super) struct ReportFolder {
    path: PathBuf,
    /// Where this run made it, it goes again if nothing was written.
    is_new: bool,
    /// Locked until it is closed.
    _held: File,
}

impl ReportFolder {
    /// Makes the folder, or takes it over from an earlier run, whose files go: what it left must not pass for this
    /// run's, should this one come to no end.
    ///
    /// `named` is how the command line calls it, for errors.
    pub(super) fn claim(named: &str, path: &Path) -> Result<Self, Error> {
        let no = |words: String| Error::Usage(format!("{named} {}: {words}", show_path(path)));
        if path.exists() && !path.is_dir() {
            return Err(no("it is no folder".into()));
        }
        let is_new = !path.exists();
        let cannot = |error: std::io::Error| {
            Error::CannotRun(format!("{named} {}: can't be written: {error}", show_path(path)))
        };
        fs::create_dir_all(path).map_err(cannot)?;
        let held = File::open(path).map_err(cannot)?;
        match held.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let words = "another run is writing there; name another folder";
                return Err(Error::CannotRun(format!("{named} {}: {words}", show_path(path))));
            }
            // A file system without locks.
            Err(TryLockError::Error(_)) => {}
        }
        let folder = Self { path: path.to_owned(), is_new, _held: held };
        let ours = folder.files_of_an_earlier_run().map_err(cannot)?.map_err(|stranger| {
            no(format!(
                "{} is not a file of this program, and would stand among its reports: name a folder of its own",
                show_path(&stranger)
            ))
        })?;
        // Tried with a part file, which goes at once.
        drop(NewFile::create(&path.join(REPORT)).map_err(|error| cannot(error.source))?);
        for file in ours {
            remove_file(&file)?;
        }
        for path in [folder.failing(), folder.candidates()] {
            match fs::remove_dir(&path) {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    return Err(FileError { doing: "removing", path, source }.into());
                }
                _ => {}
            }
        }
        Ok(folder)
    }

    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder of the failing cases.
    pub(super) fn failing(&self) -> PathBuf {
        self.path.join(FAILING)
    }

    /// The folder of what divides several peers.
    pub(super) fn candidates(&self) -> PathBuf {
        self.path.join(CANDIDATES)
    }

    /// What an earlier run left here; or the first that is of somebody else. Names that begin with a dot are left
    /// alone: they keep folders in version control, or are a desktop's.
    fn files_of_an_earlier_run(&self) -> std::io::Result<Result<Vec<PathBuf>, PathBuf>> {
        let mut ours = Vec::new();
        for path in visible(&self.path)? {
            let is_ours = match path.file_name().and_then(|name| name.to_str()) {
                Some(REPORT) => begins_with(&path, JSON_BEGINS)?,
                Some(JUNIT) => begins_with(&path, XML_BEGINS)?,
                Some(PAGE) => begins_with(&path, page::BEGINS.as_bytes())?,
                Some(FAILING | CANDIDATES) if path.symlink_metadata()?.is_dir() => {
                    for path in visible(&path)? {
                        let is_json = path.extension().is_some_and(|extension| extension == "json");
                        if !is_json || !begins_with(&path, JSON_BEGINS)? {
                            return Ok(Err(path));
                        }
                        ours.push(path);
                    }
                    continue;
                }
                _ => false,
            };
            match is_ours {
                true => ours.push(path),
                false => return Ok(Err(path)),
            }
        }
        Ok(Ok(ours))
    }
}

impl Drop for ReportFolder {
    fn drop(&mut self) {
        if self.is_new {
            let _ = fs::remove_dir(&self.path); // only if nothing is in it
        }
    }
}

/// A report that was stored, and its folder.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) report: Report,
    pub(super) folder: PathBuf,
    /// The file, for words about it.
    pub(super) path: PathBuf,
}

impl Stored {
    /// Reads the report of a folder, or a file that is one.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let path = if path.is_dir() { path.join(REPORT) } else { path.to_owned() };
        let text = read_text(&path).map_err(unreadable)?;
        let report = serde_json::from_str(&text).map_err(|error| {
            let words = json::error_words(text.as_bytes(), &error);
            Error::Usage(format!("{}: not a report of a run: {}", show_path(&path), Line(&words)))
        })?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { report, folder, path })
    }

    /// The folder, as a path that can be opened.
    pub(super) fn place(&self) -> &Path {
        if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder }
    }

    /// The failing cases that are stored beside it, by the names of their files; none is fine.
    pub(super) fn failing(&self) -> Result<Vec<(PathBuf, Failing)>, Error> {
        stored_in(&self.failing_folder())
    }

    /// Where they are.
    pub(super) fn failing_folder(&self) -> PathBuf {
        self.folder.join(FAILING)
    }

    /// The same for what divides several peers.
    pub(super) fn candidates(&self) -> Result<Vec<(PathBuf, Candidate)>, Error> {
        stored_in(&self.folder.join(CANDIDATES))
    }
}

/// The files of JSON in a folder, with their names.
fn stored_in<T: DeserializeOwned>(folder: &Path) -> Result<Vec<(PathBuf, T)>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let read = |path: PathBuf| {
        let text = read_text(&path).map_err(unreadable)?;
        let value = serde_json::from_str(&text).map_err(|error| {
            let words = json::error_words(text.as_bytes(), &error);
            Error::Usage(format!("{}: not a file of a report: {}", show_path(&path), Line(&words)))
        })?;
        Ok((path.file_name().map(PathBuf::from).unwrap_or_default(), value))
    };
    let paths = visible(folder)
        .map_err(|source| unreadable(FileError { doing: "reading", path: folder.to_owned(), source }))?;
    paths.into_iter().map(read).collect()
}

/// Writes the report of a run, for this program and for others.
pub(super) fn store(out: &mut impl Write, folder: &ReportFolder, report: &Report) -> Result<(), Error> {
    let path = folder.file(REPORT);
    write_json(&path, report)?;
    let replay = |part: &Part, id: &str| again_of(&folder.path, part, id);
    write_whole(&folder.file(JUNIT), junit::document(report, &replay).as_bytes())?;
    writeln!(out, "report: {}", show_path(&path))?;
    Ok(())
}

/// The command that plays a failing case of a report again, whose files are in this folder.
pub(super) fn again_of(folder: &Path, part: &Part, id: &str) -> String {
    if part.client == AN_APP {
        return check_app_again(id);
    }
    let peers = [&part.client, &part.server];
    let named = peers.into_iter().take(part.claims.len()).filter(|peer| *peer != BUILT_IN).cloned();
    again(&folder.join(FAILING).join(part.failing_file(id)), &named.collect::<Vec<_>>(), Vec::new())
}

/// A file of JSON, for people and programs.
pub(super) fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), Error> {
    let mut json = serde_json::to_vec_pretty(value).map_err(|error| Error::CannotRun(error.to_string()))?;
    json.push(b'\n');
    Ok(write_whole(path, &json)?)
}

fn visible(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let is_visible =
        |path: &PathBuf| path.file_name().is_none_or(|name| !name.as_encoded_bytes().starts_with(b"."));
    let mut paths: Vec<_> = paths.collect::<std::io::Result<_>>()?;
    paths.retain(is_visible);
    paths.sort();
    Ok(paths)
}

/// Whether it is a file, and no link to one, with these bytes first.
fn begins_with(path: &Path, bytes: &[u8]) -> std::io::Result<bool> {
    if !path.symlink_metadata()?.is_file() {
        return Ok(false);
    }
    let mut first = Vec::new();
    File::open(path)?.take(bytes.len() as u64).read_to_end(&mut first)?;
    Ok(first == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("counterproof-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn refused(path: &Path) -> String {
        match ReportFolder::claim("--report", path) {
            Ok(_) => panic!("{} was taken", path.display()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_this_program_wrote_goes_and_what_begins_with_a_dot_stays() {
        let scratch = Scratch::new("report-ours");
        let files = ["report.json", "failing/a.json"].map(|name| scratch.0.join(name));
        files.iter().for_each(|file| write_whole(file, b"{\n  \"report\": 1\n}\n").unwrap());
        write_whole(&scratch.0.join("junit.xml"), XML_BEGINS).unwrap();
        write_whole(&scratch.0.join(".gitkeep"), b"").unwrap();
        let folder = ReportFolder::claim("--report", &scratch.0).unwrap();
        assert!(!folder.failing().exists());
        let left: Vec<_> =
            fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [".gitkeep"]);
    }

    #[test]
    fn a_stranger_is_named_and_everything_stays() {
        for stranger in
            ["notes.txt", "junit.xml", "report.json", "failing/notes.txt", "failing/a.json", "failing"]
        {
            let scratch = Scratch::new("report-stranger");
            let ours = scratch.0.join("report.json");
            write_whole(&ours, b"{\n  \"report\": 1\n}\n").unwrap();
            write_whole(&scratch.0.join(stranger), b"<testsuites/>").unwrap();
            let words = refused(&scratch.0);
            assert!(words.contains(stranger), "{words}");
            assert!(ours.exists() && scratch.0.join(stranger).exists());
        }
    }

    #[test]
    fn a_link_is_a_stranger() {
        let scratch = Scratch::new("report-link");
        let elsewhere = Scratch::new("report-link-to");
        write_whole(&elsewhere.0.join("a.json"), b"{\n  \"report\": 1\n}\n").unwrap();
        fs::create_dir_all(&scratch.0).unwrap();
        std::os::unix::fs::symlink(&elsewhere.0, scratch.0.join("failing")).unwrap();
        assert!(refused(&scratch.0).contains("failing"));
        assert!(elsewhere.0.join("a.json").exists());
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let scratch = Scratch::new("report-two");
        let first = ReportFolder::claim("--report", &scratch.0).unwrap();
        assert!(refused(&scratch.0).contains("another run"));
        drop(first);
        assert!(!scratch.0.exists(), "nothing was written, so nothing is left");
        drop(ReportFolder::claim("--report", &scratch.0).unwrap());
    }

    #[test]
    fn a_file_is_no_folder() {
        let scratch = Scratch::new("report-file");
        write_whole(&scratch.0.join("x"), b"").unwrap();
        assert!(refused(&scratch.0.join("x")).contains("no folder"));
        assert!(refused(&scratch.0.join("x/y")).contains("can't be written"));
    }
}
