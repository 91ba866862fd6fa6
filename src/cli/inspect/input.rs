//! Where the text comes from: an argument, a file, standard input. Nothing is left out of it silently.

use std::io::Read as _;
use std::path::PathBuf;

use clap::Args;

use super::kinds;
use super::single;
use crate::cli::outcome::{Error, unreadable};
use crate::cli::words::plural;
use crate::io::files::read_at_most;
use channel::text::hex;

/// Bytes of an input: more than anything of the protocol has.
const MAX_INPUT: u64 = 1 << 20;

/// What is to be explained.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Input {
    /// A message, an app-to-app URL or callback, a gateway string, a serial number, any code or vector, a BLOB, full
    /// activation data, a state at rest, an OCRA suite, a line of a license file or of ACode.log, or an otpauth URI; - reads
    /// it from standard input
    text: Option<String>,
    /// Read it from a file, which has the text or the bytes themselves
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Input {
    /// The text, and what was done to the input before it was one.
    pub(super) fn read(&self) -> Result<(String, Vec<String>), Error> {
        let (text, mut remarks) = match (&self.file, self.text.as_deref()) {
            (Some(path), _) => text_of(read_at_most(path, MAX_INPUT).map_err(unreadable)?)?,
            (None, Some("-")) => text_of(standard_input()?)?,
            (None, text) => (text.unwrap_or_default().to_owned(), Vec::new()),
        };
        let text = text.trim();
        let Some((joined, count)) = joined(text) else { return Ok((text.to_owned(), remarks)) };
        let s = if count == 1 { "" } else { "s" };
        remarks.push(format!(
            "without {count} blank{s} or line end{s} inside, which a client or a server refuses:"
        ));
        Ok((joined, remarks))
    }
}

fn standard_input() -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= MAX_INPUT => Ok(bytes),
        _ => Err(Error::Usage(format!("standard input: more than {MAX_INPUT} bytes"))),
    }
}

/// Bytes as text: what is no text is the bytes themselves, and read as if it were written in hexadecimal.
fn text_of(bytes: Vec<u8>) -> Result<(String, Vec<String>), Error> {
    if bytes.starts_with(b"\x89PNG") {
        let words = "the input is a picture: `counterproof qr --read FILE` reads the QR code on it";
        return Err(Error::Usage(words.into()));
    }
    if [b"\xFF\xFE", b"\xFE\xFF"].iter().any(|mark| bytes.starts_with(*mark)) {
        return Err(Error::Usage("the input is UTF-16, and UTF-8 is due".into()));
    }
    let is_text = |text: &str| !text.contains(|c: char| c.is_ascii_control() && !c.is_ascii_whitespace());
    match String::from_utf8(bytes) {
        Ok(text) if is_text(&text) => Ok((text, Vec::new())),
        other => {
            let bytes = other.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes);
            let remark = format!("binary, {} byte{}; in hexadecimal:", bytes.len(), plural(bytes.len()));
            Ok((hex::encode(&bytes), vec![remark]))
        }
    }
}

/// A code or a URL without the blanks and line ends that a terminal or a person put into it, and how many those were.
/// Nothing where there are none, or where the rest looks like nothing either. A line of `ACode.log` needs its blank.
fn joined(text: &str) -> Option<(String, usize)> {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let rest: String = text.chars().filter(|c| !is_blank(*c)).collect();
    let count = text.chars().filter(|c| is_blank(*c)).count();
    let is_code = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    let is_url = rest.contains("://") && !text.contains([' ', '\t']);
    let is_joined = count > 0 && (is_code || is_url) && !single::is_acode_line(text);
    (is_joined && kinds::of(&rest).is_some()).then_some((rest, count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MESSAGE: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

    #[test]
    fn codes_and_urls_are_joined_and_nothing_else() {
        let (one, other) = MESSAGE.split_at(40);
        for (text, count) in [(format!("{one}\n{other}"), 1), (format!("{one} \r\n\t{other}"), 4)] {
            assert_eq!(joined(&text), Some((MESSAGE.into(), count)));
        }
        assert_eq!(joined("05639 56546 04399 89778 34239 8").unwrap().0, "05639565460439989778342398");
        assert_eq!(joined("app://back?ErrorCo\nde=7").unwrap().0, "app://back?ErrorCode=7");
        for text in [
            MESSAGE,
            "",
            "hello world",
            "VDS1000777 0419424462371739581578321317656930383862",
            "app://back?a=b c",
            "01;04;my Service;3;me;",
            "{\"serial\":\"VDS 1000120\"}",
        ] {
            assert_eq!(joined(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_read_as_bytes() {
        let read = |bytes: &[u8]| text_of(bytes.to_vec());
        assert_eq!(read(b"0A \r\n\t").unwrap(), ("0A \r\n\t".into(), vec![]));
        assert_eq!(read("Zoë".as_bytes()).unwrap().0, "Zoë");
        for (bytes, digits) in [(&b"\x00\xC1"[..], "00C1"), (b"CPC\x01", "43504301"), (b"\x80", "80")] {
            let (text, remarks) = read(bytes).unwrap();
            assert_eq!((text.as_str(), remarks.len()), (digits, 1));
        }
        for bytes in [&b"\x89PNG\r\n"[..], b"\xFF\xFE0\0", b"\xFE\xFF\x000"] {
            assert!(matches!(read(bytes), Err(Error::Usage(_))));
        }
    }

    proptest! {
        #[test]
        fn however_a_message_is_broken_it_is_whole_again(at in prop::collection::vec(1usize..MESSAGE.len(), 1..6)) {
            let mut at = at;
            at.sort_unstable();
            at.dedup();
            let mut broken = MESSAGE.to_owned();
            at.iter().rev().for_each(|at| broken.insert(*at, '\n'));
            prop_assert_eq!(joined(&broken), Some((MESSAGE.to_owned(), at.len())));
        }
    }
}
