//! Lines for people: as wide as the terminal, and of a long text the part that matters.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::super::outcome::Error;
use super::super::terminal::Paint;
use anstyle::{AnsiColor, Color, Style};

/// Columns where nobody says how many there are, and the bounds within which a line is pleasant to read.
const USUAL: usize = 100;
const BOUNDS: [usize; 2] = [40, 200];

/// Characters before what a row says.
pub(in crate::cli) const MARGIN: usize = 12;

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

/// What is as it must be, what isn't, and what says nothing either way.
pub(in crate::cli) const GOOD: Style = colour(AnsiColor::Green);
pub(in crate::cli) const BAD: Style = colour(AnsiColor::Red);
pub(in crate::cli) const OPEN: Style = colour(AnsiColor::Yellow);
/// What is said of what: the head of a row.
pub(in crate::cli) const HEAD: Style = Style::new().dimmed();
pub(in crate::cli) const PLAIN: Style = Style::new();

/// The columns of a line.
pub(in crate::cli) fn width() -> usize {
    known_width().unwrap_or(USUAL)
}

/// What `COLUMNS` says, or else the terminal, if it is one.
fn known_width() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    };
    let [least, most] = BOUNDS;
    Some(said.or_else(terminal)?.clamp(least, most))
}

/// A text in lines of this width, the first indented by so many blanks and the others by so many. It is broken between
/// words, JSON also after a comma, and what is longer than a line anywhere.
pub(in crate::cli) fn wrapped(text: &str, width: usize, indents: [usize; 2]) -> Vec<String> {
    let [first, others] = indents.map(|indent| " ".repeat(indent));
    let options = Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&others)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// Words end with their blanks, or with a comma that no blank follows.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        let ends = |(at, _): &(usize, char)| {
            let (before, after) = rest.split_at(*at);
            (before.ends_with(' ') || before.ends_with(',')) && !after.starts_with(' ')
        };
        let end = rest.char_indices().find(ends).map_or(rest.len(), |(at, _)| at);
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then(|| Word::from(word))
    }))
}

/// A row of what is told of something: its head, and behind it what there is to say.
pub(in crate::cli) fn row(out: &mut impl Paint, head: &str, style: Style, text: &str) -> Result<(), Error> {
    headed(out, &format!("  {head:<9} "), style, text)
}

/// The same with a head that is written as it is.
pub(in crate::cli) fn headed(
    out: &mut impl Paint,
    head: &str,
    style: Style,
    text: &str,
) -> Result<(), Error> {
    let margin = head.chars().count();
    out.paint(if head.trim().is_empty() { PLAIN } else { HEAD }, head)?;
    for (number, line) in wrapped(text, width(), [margin; 2]).iter().enumerate() {
        if number > 0 {
            write!(out, "\n{:margin$}", "")?;
        }
        out.paint(style, line.get(margin..).unwrap_or_default())?;
    }
    writeln!(out)?;
    Ok(())
}

/// A line of its own, which goes on indented. Where there is no terminal it stays whole: a script may look for it.
pub(in crate::cli) fn line(out: &mut impl Paint, style: Style, text: &str) -> Result<(), Error> {
    for line in wrapped(text, known_width().unwrap_or(usize::MAX), [0, 2]) {
        out.paint(style, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Two texts that differ, each with at most so many characters around the place where they begin to.
pub(in crate::cli) fn around([first, second]: [&str; 2], most: usize) -> [String; 2] {
    let same = first.chars().zip(second.chars()).take_while(|(a, b)| a == b).count();
    [first, second].map(|text| {
        let all = text.chars().count();
        if all <= most {
            return text.to_owned();
        }
        // A quarter of what is shown leads to the difference.
        let from = same.saturating_sub(most / 4).min(all - most);
        let part: String = text.chars().skip(from).take(most).collect();
        let (before, after) = (if from > 0 { "…" } else { "" }, if from + most < all { "…" } else { "" });
        match from {
            0 => format!("{part}{after} ({all} characters)"),
            _ => format!("{before}{part}{after} (characters {} to {} of {all})", from + 1, from + most),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_after_commas() {
        let text = "accepted: {\"version\":0,\"type\":3,\"serial\":\"VDS1000120\"}, and so on";
        let lines = wrapped(text, 30, [0, 4]);
        assert_eq!(
            lines,
            [
                "accepted: {\"version\":0,",
                "    \"type\":3,",
                "    \"serial\":\"VDS1000120\"},",
                "    and so on"
            ]
        );
        assert_eq!(wrapped("a, b, c", 80, [0, 2]), ["a, b, c"]);
        assert_eq!(wrapped("0123456789abcdef", 10, [0, 2]), ["01234567", "  89abcdef"]);
        assert_eq!(wrapped("", 10, [0, 2]), [""]);
    }

    #[test]
    fn what_is_shown_of_two_texts_is_where_they_differ() {
        let long = "0".repeat(100);
        let [first, second] = [format!("{long}A{long}"), format!("{long}B{long}")];
        let [a, b] = around([&first, &second], 40);
        assert_eq!(a, format!("…{}A{}… (characters 91 to 130 of 201)", "0".repeat(10), "0".repeat(29)));
        assert_eq!(a.replace('A', "B"), b);
        assert_eq!(
            around(["abc", &first], 40),
            ["abc".to_owned(), format!("{}… (201 characters)", "0".repeat(40))]
        );
        assert_eq!(
            around([&long, &first], 40)[0],
            format!("…{} (characters 61 to 100 of 100)", "0".repeat(40))
        );
    }
}
