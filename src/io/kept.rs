//! The corpus of a peer: programs that showed something new, a file each in a folder of their own.
//!
//! ```text
//! program-<16 digits>.json    {"kept": 1, "program": {"steps": […]}}, on one line; the digits are its hash
//! found-<16 digits>.json      the same; it showed a difference, and is played first the next time
//! ```
//!
//! What else is in the folder is somebody's, or broken: it is named and left alone. Names that begin with a dot don't
//! count.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{FileError, read_at_most, remove_file, write_whole};
use harness::suite::fnv;
use peer::protocol::Number;
use programs::step::Program;

/// The version of the files.
const VERSION: u32 = 1;
/// No program of ours is longer, in bytes and in steps.
const MOST_BYTES: u64 = 4 << 20;
const MOST_STEPS: usize = 1_000;

/// A file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    kept: Number<1, VERSION>,
    program: Program,
}

/// Why a program is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It showed a difference.
    Found,
    /// It showed something new.
    New,
}

impl Why {
    fn word(self) -> &'static str {
        match self {
            Why::Found => "found",
            Why::New => "program",
        }
    }
}

/// A folder that this run alone writes to.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    /// The names of the files that are ours.
    ours: BTreeSet<String>,
    /// The names of others, which are left alone even where a program would be called so.
    others: BTreeSet<String>,
    /// Locked until it is closed.
    _held: File,
}

/// What is in a folder.
#[derive(Debug)]
pub struct Opened {
    /// The folder.
    pub kept: Kept,
    /// The programs in it, those that showed a difference first.
    pub programs: Vec<Program>,
    /// What is no such program, and why.
    pub others: Vec<(PathBuf, String)>,
}

impl Kept {
    /// Makes the folder, or reads what is there.
    pub fn open(path: &Path) -> Result<Opened, FileError> {
        let on =
            |doing: &'static str| move |source: io::Error| FileError { doing, path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(on("making folder"))?;
        let held = File::open(path).map_err(on("opening folder"))?;
        if let Err(TryLockError::WouldBlock) = held.try_lock() {
            return Err(on("opening folder")(io::Error::other("another run is using it")));
        }
        let paths = fs::read_dir(path).map_err(on("reading folder"))?;
        let mut paths: Vec<PathBuf> =
            paths.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>().map_err(on("reading folder"))?;
        paths.sort();
        let mut kept =
            Self { path: path.to_owned(), ours: BTreeSet::new(), others: BTreeSet::new(), _held: held };
        let (mut programs, mut others) = (Vec::new(), Vec::new());
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            match read(&path, &name) {
                Ok(program) => {
                    programs.push(program);
                    kept.ours.insert(name);
                }
                Err(why) => {
                    others.push((path, why));
                    kept.others.insert(name);
                }
            }
        }
        Ok(Opened { kept, programs, others })
    }

    /// Stores a program, as a whole or not at all. The name of its file.
    pub fn store(&mut self, why: Why, program: &Program) -> Result<String, FileError> {
        let (name, text) = file(why, program);
        if !self.ours.contains(&name) && !self.others.contains(&name) {
            write_whole(&self.path.join(&name), text.as_bytes())?;
            self.ours.insert(name.clone());
        }
        Ok(name)
    }

    /// Removes what showed something new once, but for these. What showed a difference stays.
    pub fn only(&mut self, programs: &[&Program]) -> Result<(), FileError> {
        let mut stay = BTreeSet::new();
        for program in programs {
            stay.insert(self.store(Why::New, program)?);
        }
        let go = |name: &String| name.starts_with(Why::New.word()) && !stay.contains(name);
        for name in self.ours.iter().filter(|name| go(name)).cloned().collect::<Vec<_>>() {
            remove_file(&self.path.join(&name))?;
            self.ours.remove(&name);
        }
        Ok(())
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.ours.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ours.is_empty()
    }
}

fn file(why: Why, program: &Program) -> (String, String) {
    let stored = Stored { kept: VERSION.into(), program: program.clone() };
    // A program is plain JSON: it can be written.
    let text = serde_json::to_string(&stored).unwrap_or_default();
    (format!("{}-{:016X}.json", why.word(), fnv(&text)), format!("{text}\n"))
}

/// A program, or why the file is none of ours.
fn read(path: &Path, name: &str) -> Result<Program, String> {
    let why = [Why::Found, Why::New].into_iter().find(|why| name.starts_with(&format!("{}-", why.word())));
    let why = why.filter(|_| name.ends_with(".json")).ok_or("not a file of this program")?;
    let text = read_at_most(path, MOST_BYTES).map_err(|error| error.source.to_string())?;
    let stored: Stored =
        serde_json::from_slice(&text).map_err(|error| format!("not a program that was kept: {error}"))?;
    if stored.program.steps.len() > MOST_STEPS {
        return Err(format!("more than {MOST_STEPS} steps"));
    }
    let (right, _) = file(why, &stored.program);
    if right == name { Ok(stored.program) } else { Err(format!("its content is that of {right}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use programs::draw::draw;

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

    fn program(seed: u64) -> Program {
        draw(seed, &["ping".into(), "primitive.hotp".into()], 4)
    }

    #[test]
    fn what_is_kept_is_there_the_next_time_and_goes_when_it_is_not_needed() {
        let scratch = Scratch::new("kept");
        let mut kept = Kept::open(&scratch.0).unwrap().kept;
        kept.store(Why::New, &program(1)).unwrap();
        kept.store(Why::New, &program(2)).unwrap();
        kept.store(Why::Found, &program(3)).unwrap();
        assert!(Kept::open(&scratch.0).unwrap_err().to_string().contains("another run"));
        drop(kept);
        let mut opened = Kept::open(&scratch.0).unwrap();
        assert_eq!((opened.programs.len(), &opened.programs[0]), (3, &program(3)), "what was found first");
        opened.kept.only(&[&program(2), &program(4)]).unwrap();
        drop(opened);
        let programs = Kept::open(&scratch.0).unwrap().programs;
        assert_eq!(programs.len(), 3);
        assert!([2, 3, 4].iter().all(|seed| programs.contains(&program(*seed))));
    }

    #[test]
    fn what_is_foreign_or_broken_is_named_and_left_alone() {
        let scratch = Scratch::new("kept-others");
        let mut kept = Kept::open(&scratch.0).unwrap().kept;
        kept.store(Why::New, &program(1)).unwrap();
        let (name, text) = file(Why::New, &program(2));
        let others = [
            ("notes.txt", "mine".to_owned()),
            ("program-.json", text.clone()),
            (name.as_str(), text.replace("\"kept\":1", "\"kept\":2")),
            ("found-0000000000000000.json", text[..text.len() / 2].to_owned()),
        ];
        others.iter().for_each(|(name, text)| fs::write(scratch.0.join(name), text).unwrap());
        fs::write(scratch.0.join(".gitkeep"), "").unwrap();
        drop(kept);
        let mut opened = Kept::open(&scratch.0).unwrap();
        assert_eq!((opened.programs.len(), opened.others.len()), (1, 4), "{:?}", opened.others);
        opened.kept.store(Why::New, &program(2)).unwrap(); // whose file is broken
        opened.kept.only(&[]).unwrap();
        assert!(others.iter().all(|(name, text)| fs::read_to_string(scratch.0.join(name)).unwrap() == *text));
        assert!(opened.kept.is_empty());
    }
}
