//! The last line of defence between foreign text and a terminal: whatever a command writes passes through here, and
//! leaves as text in which nothing but the line end has an effect.
//!
//! It can't know which line ends are ours: where foreign text is written, it is written by [`Line`], and stays on its
//! line. Colours are put around a text here, behind the escaping, so that no text can bring any ([`Paint`]).

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anstyle::Style;

use peer::printable::{Line, is_harmless};

/// A reader that has gone (`counterproof check | head -1`) has what it wanted: the command goes on to its end, its report
/// and its exit code, and the rest of its words goes nowhere.
fn unless_gone(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Where a command writes what may be coloured.
pub(super) trait Paint: Write {
    /// Writes a text in this style, if colours are wanted.
    fn paint(&mut self, style: Style, text: &str) -> io::Result<()>;
}

impl<P: Paint + ?Sized> Paint for &mut P {
    fn paint(&mut self, style: Style, text: &str) -> io::Result<()> {
        (**self).paint(style, text)
    }
}

/// What is written as it is has no colours but its own.
impl Paint for io::StdoutLock<'_> {
    fn paint(&mut self, _: Style, text: &str) -> io::Result<()> {
        self.write_all(text.as_bytes())
    }
}

/// Writes text to `inner` with everything escaped that a terminal could obey or nobody would see, tabulators among it;
/// line ends pass. What is not UTF-8 is written as `\xff`.
pub(super) struct Guarded<W: Write> {
    inner: W,
    /// The beginning of a character whose end has not been written yet.
    begun: Vec<u8>,
    is_coloured: bool,
}

impl<W: Write> Guarded<W> {
    pub(super) fn new(inner: W, is_coloured: bool) -> Self {
        Self { inner, begun: Vec::new(), is_coloured }
    }

    /// Writes what is left of a character that has no end, and sends all of it on its way.
    pub(super) fn finish(mut self) -> io::Result<()> {
        unless_gone(self.inner.write_all(self.begun.escape_ascii().to_string().as_bytes()))?;
        unless_gone(self.inner.flush())
    }
}

impl<W: Write> Write for Guarded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let whole: Vec<u8>;
        let all = match self.begun.as_slice() {
            [] => bytes,
            begun => {
                whole = [begun, bytes].concat();
                &whole
            }
        };
        let (text, begun) = split(all);
        unless_gone(self.inner.write_all(escaped(text).as_bytes()))?;
        self.begun = begun.to_vec();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        unless_gone(self.inner.flush())
    }
}

impl<W: Write> Paint for Guarded<W> {
    fn paint(&mut self, style: Style, text: &str) -> io::Result<()> {
        if !self.is_coloured || style.is_plain() || text.is_empty() {
            return self.write_all(text.as_bytes());
        }
        unless_gone(write!(self.inner, "{style}"))?;
        self.write_all(text.as_bytes())?;
        unless_gone(write!(self.inner, "{style:#}"))
    }
}

/// Without the beginning of a character at the end, and that.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(_) => (bytes, &[]),
        Err(_) => {
            let last = bytes.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
            // An error at the end that more bytes could still mend.
            let unfinished = std::str::from_utf8(last).is_err_and(|error| error.error_len().is_none());
            bytes.split_at(if unfinished { bytes.len() - last.len() } else { bytes.len() })
        }
    }
}

/// A whole text, escaped as [`Guarded`] does it.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c == '\n' || is_harmless(c) {
                true => out.push(c),
                false => out.extend(c.escape_default()),
            }
        }
        let _ = write!(out, "{}", chunk.invalid().escape_ascii());
    }
    out
}

/// A path as it is shown: a name of a file may hold anything.
pub(super) fn show_path(path: &Path) -> String {
    Line(&path.display().to_string()).to_string()
}

/// The words of an error as they go to standard error: escaped, and each line but the first indented, so that nothing in
/// them can pass for a line of a report.
pub(super) fn error_words(words: &str) -> String {
    let escaped = escaped(words.as_bytes());
    let mut lines = escaped.lines();
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        if !line.is_empty() {
            out.push_str("  ");
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What comes out when the bytes come in these portions.
    fn guarded(portions: &[&[u8]]) -> String {
        let mut out = Vec::new();
        let mut writer = Guarded::new(&mut out, true);
        for portion in portions {
            writer.write_all(portion).unwrap();
            writer.flush().unwrap();
        }
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_but_the_line_end_has_an_effect() {
        for (bytes, shown) in [
            (&b"plain\nline\n"[..], "plain\nline\n"),
            (b"\x1b]0;t\x07\r\t\x7f", "\\u{1b}]0;t\\u{7}\\r\\t\\u{7f}"),
            ("é·…\u{9B}\u{202E}".as_bytes(), "é·…\\u{9b}\\u{202e}"),
            (b"\x9b31m\xffx", "\\x9b31m\\xffx"),
            (b"cut \xe2\x80", "cut \\xe2\\x80"),
            (b"\xe2\x80", "\\xe2\\x80"),
            (b"\xe2\x80\n", "\\xe2\\x80\n"),
            (b"", ""),
        ] {
            assert_eq!(guarded(&[bytes]), shown);
        }
    }

    #[test]
    fn colours_are_ours_alone() {
        let shown = |is_coloured| {
            let mut out = Vec::new();
            let mut writer = Guarded::new(&mut out, is_coloured);
            writer.paint(Style::new().bold(), "a\u{1b}[31mb\u{1b}[0m").unwrap();
            writer.paint(Style::new(), "c").unwrap();
            writer.finish().unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(true), "\u{1b}[1ma\\u{1b}[31mb\\u{1b}[0m\u{1b}[0mc");
        assert_eq!(shown(false), "a\\u{1b}[31mb\\u{1b}[0mc");
    }

    #[test]
    fn a_character_in_two_portions_is_one() {
        assert_eq!(guarded(&[b"a\xc3", b"\xa9b"]), "aéb");
        assert_eq!(guarded(&[b"\xc2", b"\x9b"]), "\\u{9b}");
        assert_eq!(guarded(&[b"\xf0", b"\x9f", b"\x98", b"\x80"]), "😀");
        assert_eq!(guarded(&[b"\xe2", b"x"]), "\\xe2x");
    }

    #[test]
    fn an_error_has_one_line_at_the_margin() {
        let words = "peer: \u{1B}[31m\nconforms to profile full\n\nIt was sent\r";
        let shown = "peer: \\u{1b}[31m\n  conforms to profile full\n\n  It was sent\\r";
        assert_eq!(error_words(words), shown);
        assert_eq!(error_words(""), "");
    }

    #[test]
    fn a_path_stays_on_its_line() {
        assert_eq!(show_path(Path::new("a/\u{1B}b\nc")), "a/\\u{1b}b\\nc");
    }

    proptest! {
        #[test]
        fn the_portions_make_no_difference(bytes: Vec<u8>, cuts in prop::collection::vec(0usize..6, 0..20)) {
            let mut portions = Vec::new();
            let mut rest = &bytes[..];
            for cut in cuts {
                let (portion, after) = rest.split_at(cut.min(rest.len()));
                portions.push(portion);
                rest = after;
            }
            portions.push(rest);
            let shown = guarded(&portions);
            prop_assert_eq!(&shown, &escaped(&bytes));
            prop_assert!(shown.chars().all(|c| c == '\n' || is_harmless(c)), "{}", shown);
        }

        #[test]
        fn harmless_text_is_left_alone(text in "[ -~\nà-ÿ一-龥]{0,80}") {
            prop_assert_eq!(guarded(&[text.as_bytes()]), text);
        }
    }
}
