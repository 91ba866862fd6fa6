//! A key in a file of its own.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::outcome::Error;
use super::terminal::show_path;
use super::words::say;
use crate::io::files;
use channel::text::hex;

/// More than any key takes, in bytes.
const MAX_KEY_FILE: u64 = 1_024;

/// A key in hexadecimal, alone in its file; one line end after it is no matter. Nothing of it is repeated in an error.
pub(super) fn read<const N: usize>(path: &Path, what: &str) -> Result<[u8; N], Error> {
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
