//! Text of somebody else on its way to a terminal, a log or a report: nothing in it is obeyed, and it stays on its
//! line. Peers, scanned pictures, file names and whatever `inspect` is given are shown through this and nothing else.

use std::fmt::{self, Write as _};

use super::charset;

/// Shows a text on one line. A character that a terminal could obey, or that nobody would see, is escaped as in
/// Rust: `\n`, `\u{1b}`, `\u{202e}`. A backslash stays as it is, so this is for people, not to be read back.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a>(pub &'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match is_harmless(c) {
            true => f.write_char(c),
            false => write!(f, "{}", c.escape_default()),
        })
    }
}

/// Whether a terminal shows the character, and does nothing else.
pub fn is_harmless(c: char) -> bool {
    charset::is_displayable(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        for (text, shown) in [
            ("plain, é, 日本", "plain, é, 日本"),
            ("\u{1B}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9B}31m\u{202E}\u{2066}", "\\u{9b}31m\\u{202e}\\u{2066}"),
        ] {
            assert_eq!(Line(text).to_string(), shown);
        }
    }
}
