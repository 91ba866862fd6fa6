//! `qr`: a message or a URL as a QR code, and back.

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::outcome::{Error, Outcome, unreadable};
use super::terminal::show_path;
use super::words::{plural, say};
use crate::io::files;
use carrier::drawing::{self, Pixels};
use carrier::picture;
use carrier::symbol::Symbol;
use channel::error::Refusal;
use channel::text::hex;
use harness::spec;
use peer::printable::Line;

/// Bytes of a picture that is read: one of the most pixels in colours, not packed.
const MAX_PICTURE: u64 = 64 << 20;

const EXIT_CODES: &str = "In a terminal the code is black on white, whatever its colours are. Into a pipe or a file, and where NO_COLOR is set, \
it is drawn in blocks without colours: a reader sees dark on light where the text is dark, and else light on dark, \
which most read, too. The control characters of a text that was read are escaped.\n\n\
Exit codes: 0 done; 1 the text or the picture is refused, or the message is larger than --tier; 2 usage, a file that \
is not there, or a terminal that is too narrow; 3 could not write.";

/// The arguments of `qr`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Qr {
    /// A message in hexadecimal, or a URL: drawn in the terminal
    #[arg(required_unless_present = "read")]
    text: Option<String>,
    /// Draw it into a file instead: .svg or .png
    #[arg(long, value_name = "FILE", conflicts_with = "read")]
    out: Option<PathBuf>,
    /// Pixels of a module in a .png
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(2..=64))]
    scale: u8,
    /// Refuse a message that is larger than this published size of a picture's content
    #[arg(long, value_name = "BYTES", conflicts_with = "read")]
    tier: Option<Tier>,
    /// Read the one QR code on a .png instead: a screenshot, or a photograph if need be
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    read: Option<PathBuf>,
}

/// The published sizes of a picture's content in bytes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tier {
    #[value(name = "100")]
    Small,
    #[value(name = "199")]
    Medium,
    #[value(name = "351")]
    Large,
    #[value(name = "535")]
    Full,
}

impl Tier {
    fn bytes(self) -> usize {
        match self {
            Tier::Small => 100,
            Tier::Medium => 199,
            Tier::Large => 351,
            Tier::Full => 535,
        }
    }
}

/// The format of a file, as the end of its name says.
#[derive(Clone, Copy)]
enum Format {
    Svg,
    Png,
}

impl Format {
    fn of(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "svg" => Ok(Format::Svg),
            "png" => Ok(Format::Png),
            _ => Err(Error::Usage(format!("{}: the name must end with .svg or .png", show_path(path)))),
        }
    }
}

impl Qr {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        match (&self.read, &self.text) {
            (Some(path), _) => {
                let png = files::read_at_most(path, MAX_PICTURE).map_err(unreadable)?;
                match picture::read(&png) {
                    Ok(text) => writeln!(out, "{}", Line(&text))?,
                    Err(refusal) => return Ok(refused(&format!("{}: ", show_path(path)), refusal)),
                }
                Ok(Outcome::Good)
            }
            (None, Some(text)) => self.draw(out, text.trim()),
            (None, None) => Err(Error::Usage("a text to draw, or --read FILE".into())),
        }
    }

    fn draw(&self, out: &mut impl Write, text: &str) -> Result<Outcome, Error> {
        let format = self.out.as_deref().map(Format::of).transpose()?;
        let message = hex::decode(text).ok().filter(|bytes| !bytes.is_empty());
        match (self.tier, &message) {
            (Some(tier), Some(bytes)) if bytes.len() > tier.bytes() => {
                let words = format!("a message of {} bytes, and the tier has {}", bytes.len(), tier.bytes());
                return Ok(no(&words));
            }
            (Some(_), None) => return Err(Error::Usage("--tier: the text is no hexadecimal message".into())),
            _ => (),
        }
        if let Some(other) = text.chars().find(|c| !c.is_ascii()) {
            return Ok(no(&format!(
                "the text has a character that is not ASCII: {}",
                Line(&other.to_string())
            )));
        }
        // CNV-1: upper case, which alphanumeric mode needs.
        let text = if message.is_some() { text.to_ascii_uppercase() } else { text.to_owned() };
        let symbol = match Symbol::write(&text) {
            Ok(symbol) => symbol,
            Err(refusal) => return Ok(refused("", refusal)),
        };
        match (&self.out, format) {
            (Some(path), Some(Format::Svg)) => files::write_whole(path, symbol.to_svg().as_bytes())?,
            (Some(path), _) => {
                let picture = symbol.to_grey(self.scale.into());
                files::write_whole(path, &drawing::encode(&picture, Pixels::BIT))?;
            }
            (None, _) => show(out, &symbol)?,
        }
        let size = symbol.size();
        let carries = match message {
            Some(bytes) => {
                format!("a message of {} byte{}{}", bytes.len(), plural(bytes.len()), tier_of(bytes.len()))
            }
            None => format!("a text of {} character{}", text.len(), plural(text.len())),
        };
        writeln!(out, "{size} × {size} modules: {carries}")?;
        Ok(Outcome::Good)
    }
}

/// Draws into the terminal, if it has room for all of it, or into what takes its place.
fn show(out: &mut impl Write, symbol: &Symbol) -> Result<(), Error> {
    let blocks = symbol.to_blocks();
    let terminal = std::io::stdout();
    if !terminal.is_terminal() {
        return Ok(out.write_all(blocks.as_bytes())?);
    }
    let (columns, lines) =
        (blocks.lines().next().map_or(0, |line| line.chars().count()), blocks.lines().count());
    // A terminal that doesn't know its size says 0.
    let room = rustix::termios::tcgetwinsize(&terminal).ok().filter(|room| room.ws_col > 0);
    if let Some(room) = room {
        if usize::from(room.ws_col) < columns {
            let words = format!(
                "the code is {columns} columns wide and the terminal {}: widen it, or draw into a picture with --out FILE.png",
                room.ws_col
            );
            return Err(Error::Usage(words));
        }
        if usize::from(room.ws_row) < lines + 2 {
            say(&format!(
                "counterproof: the code is {lines} lines high and the terminal {}: make it higher to see all of it, or use --out FILE.png",
                room.ws_row
            ));
        }
    }
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Ok(out.write_all(if is_plain { blocks } else { symbol.to_terminal() }.as_bytes())?)
}

/// The answer is no, with these words.
fn no(words: &str) -> Outcome {
    say(&format!("counterproof: {words}"));
    Outcome::Bad
}

/// The answer is no, by the requirement that decided.
fn refused(of: &str, refusal: Refusal) -> Outcome {
    let id = refusal.rule.id;
    let sentence = spec::find(id).map_or("", |requirement| requirement.text);
    no(&format!("{of}refused: {refusal}\n  {id}: {sentence}"))
}

fn tier_of(bytes: usize) -> String {
    match Tier::value_variants().iter().find(|tier| bytes <= tier.bytes()) {
        Some(tier) => format!(", size tier {}", tier.bytes()),
        None => ", more than any size tier of a picture".into(),
    }
}
