//! A record: lines of JSON, appended, such as those of a night. They are one write; what an earlier write left torn is named.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::IgnoredAny;

use crate::io::files::{FileError, on};

/// Ends the last line where a write was cut short, so that the next line is one of its own. Gives what stands on it
/// if that is no JSON: it stays in the file, and readers pass over it by name.
pub fn mend(path: &Path) -> Result<Option<String>, FileError> {
    if !path.is_file() {
        return Ok(None);
    }
    let torn = || {
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        // A line is a few thousand bytes; the last one begins somewhere in these.
        let from = file.metadata()?.len().saturating_sub(1 << 20);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        if tail.last().is_none_or(|last| *last == b'\n') {
            return Ok(None);
        }
        let begin = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = tail.get(begin..).unwrap_or_default();
        file.write_all(b"\n")?;
        let is_whole = serde_json::from_slice::<IgnoredAny>(line).is_ok();
        Ok((!is_whole).then(|| String::from_utf8_lossy(line).into_owned()))
    };
    on("mending", path, torn())
}

/// Appends lines in one write: all of them, or none where the disk is full.
pub fn append(path: &Path, lines: &[impl Serialize]) -> Result<(), FileError> {
    let append = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        let before = file.metadata()?.len();
        let written = file.write_all(&text).and_then(|()| synced(&file));
        if written.is_err() {
            // Half a night is none. A stream has no length, and can't be cut.
            let _ = file.set_len(before);
        }
        written
    };
    on("writing", path, append())
}

/// A stream has nothing to be synced.
fn synced(file: &File) -> std::io::Result<()> {
    if file.metadata()?.is_file() { file.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use night::record::{Coverage, Entry, VERSION, What};

    #[test]
    fn a_line_that_was_cut_short_spoils_no_other() {
        let folder = std::env::temp_dir().join(format!("counterproof-record-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder); // of a run that died
        let path = folder.join("deep/record.jsonl");
        let what = What::Coverage(Coverage { floors: Vec::new() });
        let (night, counterproof) = (VERSION.into(), "0".to_owned());
        let entry = Entry { night, begun: 1, counterproof, commit: None, what };
        let line = serde_json::to_string(&entry).unwrap();
        assert_eq!(mend(&path).unwrap(), None);
        append(&path, std::slice::from_ref(&entry)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{line}\n"));
        assert_eq!(mend(&path).unwrap(), None);
        fs::write(&path, format!("{line}\n{{\"ni")).unwrap();
        assert_eq!(mend(&path).unwrap().as_deref(), Some("{\"ni"));
        append(&path, &[entry]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{line}\n{{\"ni\n{line}\n"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
