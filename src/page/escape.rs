//! How text of somebody else gets into a page: as text. Every template escapes whatever it is given, unless it says
//! `safe`, which only what is made here does: style, script, plots.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};
use peer::printable::{Cut, Line};

/// Escapes for HTML, and shows what nobody would see, or what reorders text, as `\u{202e}`: a page must not be fooled by
/// what a terminal isn't.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, dest: W, text: &str) -> fmt::Result {
        let mut escaped = Escaped(dest);
        write!(escaped, "{}", Line(text))
    }
}

/// Escapes what is written through it.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        Html.write_escaped_str(&mut self.0, text)
    }
}

/// A text as [`Visible`] shows it, before HTML, and no more than so many characters of it.
pub(crate) fn spelled_out(text: &str, most: usize) -> String {
    Cut(text, most).to_string()
}
