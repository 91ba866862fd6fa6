//! Findings on the disk: `findings/TARGET/KEY/` with the input, what the fuzzer printed, and `finding.json`. They stay from
//! night to night, so that what fails again is known; somebody who is done with one removes its folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::io::files::{FileError, on, read_text, write_whole};
use night::finding::Failure;
use night::record::{Finding, Kind};
use night::state::State;

const INPUT: &str = "input";
const LOG: &str = "log";
const FINDING: &str = "finding.json";

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its key.
    pub key: String,
    /// How it failed when it was found.
    pub kind: Kind,
    /// What was said.
    pub said: String,
    /// The requirement that was named.
    pub rule: Option<String>,
    /// The innermost functions of ours.
    pub frames: Vec<String>,
    /// The night that found it: when that began.
    pub first: u64,
    /// The seed of the fuzzer that found it; none where it was an input of the repository.
    pub seed: Option<u64>,
    /// The commit that was fuzzed then.
    pub commit: Option<String>,
    /// Whether it was tried to shrink its input.
    pub is_shrunk: bool,
    /// The night in which it didn't fail any more, where there was one.
    pub mended: Option<u64>,
    /// The night in which it failed again after that, as long as it does.
    pub returned: Option<u64>,
    /// Where it is.
    #[serde(skip)]
    pub folder: PathBuf,
}

impl Kept {
    /// A new one, of a night that began then.
    pub fn new(folder: PathBuf, key: String, failure: &Failure, seed: Option<u64>, state: &State) -> Self {
        let Failure { kind, said, rule, frames } = failure.clone();
        let (first, commit) = (state.begun, state.plan.commit.clone());
        let (is_shrunk, mended, returned) = (false, None, None);
        Self { key, kind, said, rule, frames, first, seed, commit, is_shrunk, mended, returned, folder }
    }

    /// Reads one.
    pub fn read(folder: &Path) -> Result<Self, FileError> {
        let path = folder.join(FINDING);
        let text = read_text(&path)?;
        let kept: Self = on("reading", &path, serde_json::from_str(&text).map_err(std::io::Error::from))?;
        Ok(Self { folder: folder.to_owned(), ..kept })
    }

    /// All below a target's folder; one that was cut short while it was written has no `finding.json`, and is found anew.
    pub fn all(target: &Path) -> Result<Vec<Self>, FileError> {
        let mut folders: Vec<PathBuf> =
            fs::read_dir(target).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        folders.retain(|folder| folder.join(FINDING).is_file() && folder.join(INPUT).is_file());
        folders.sort();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    /// Its input.
    pub fn input(&self) -> PathBuf {
        self.folder.join(INPUT)
    }

    /// Writes it for the first time, its input and what was printed first.
    pub fn keep(&self, input: &[u8], log: &str) -> Result<(), FileError> {
        write_whole(&self.input(), input)?;
        write_whole(&self.folder.join(LOG), log.as_bytes())?;
        self.save()
    }

    /// Writes what has changed.
    pub fn save(&self) -> Result<(), FileError> {
        let path = self.folder.join(FINDING);
        let json = on("writing", &path, serde_json::to_vec_pretty(self).map_err(std::io::Error::from))?;
        write_whole(&path, &[&json[..], b"\n"].concat())
    }

    /// How it is reported in a night that began then: what was mended and fails again is a regression.
    pub fn report(&self, begun: u64, count: u64, input: String, again: String) -> Finding {
        let kind = if self.returned.is_some() { Kind::Regression } else { self.kind };
        Finding {
            key: self.key.clone(),
            kind,
            said: self.said.clone(),
            rule: self.rule.clone(),
            frames: self.frames.clone(),
            count,
            is_new: self.first == begun,
            length: fs::metadata(self.input()).map_or(0, |found| found.len()),
            input,
            again,
        }
    }
}
