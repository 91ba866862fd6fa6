//! `qr`: a message or a URL as a QR code, and back.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Error, Outcome};
use crate::carrier::picture::{self, Pixels};
use crate::carrier::symbol::Symbol;
use crate::io::files;
use crate::text::hex;

/// Bytes of a picture that is read: one of the largest sides, not packed.
const MAX_PICTURE: u64 = 32 << 20;

/// The arguments of `qr`.
#[derive(Debug, Args)]
pub(super) struct Qr {
    /// A message in hexadecimal, or a URL: drawn in the terminal
    #[arg(required_unless_present = "read")]
    text: Option<String>,
    /// Draw it into a file instead: .svg or .png
    #[arg(long, value_name = "FILE", conflicts_with = "read")]
    out: Option<PathBuf>,
    /// Pixels of a module in a .png
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=11))]
    scale: u8,
    /// Refuse a message that is larger than this published size of a picture's content
    #[arg(long, value_name = "BYTES", conflicts_with = "read")]
    tier: Option<Tier>,
    /// Read the QR code on a .png instead
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

impl Qr {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        match (&self.read, &self.text) {
            (Some(path), _) => {
                let text = picture::read(&files::read_at_most(path, MAX_PICTURE)?)
                    .map_err(|refusal| Error::CannotRun(format!("{}: {refusal}", path.display())))?;
                writeln!(out, "{text}")?;
                Ok(Outcome::Good)
            }
            (None, Some(text)) => self.draw(out, text.trim()),
            (None, None) => Err(Error::Usage("a text to draw, or --read FILE".into())),
        }
    }

    fn draw(&self, out: &mut impl Write, text: &str) -> Result<Outcome, Error> {
        let message = hex::decode(text).ok().filter(|bytes| !bytes.is_empty());
        if let (Some(tier), Some(bytes)) = (self.tier, &message)
            && bytes.len() > tier.bytes()
        {
            let words = format!("a message of {} bytes, and the tier has {}", bytes.len(), tier.bytes());
            return Err(Error::Usage(words));
        }
        if self.tier.is_some() && message.is_none() {
            return Err(Error::Usage("--tier: the text is no hexadecimal message".into()));
        }
        // CNV-1: upper case, which alphanumeric mode needs.
        let text = if message.is_some() { text.to_ascii_uppercase() } else { text.to_owned() };
        if !text.is_ascii() {
            return Err(Error::Usage("the text has characters that are not ASCII".into()));
        }
        let symbol = Symbol::write(&text).map_err(|refusal| Error::Usage(refusal.to_string()))?;
        match &self.out {
            None => out.write_all(symbol.to_terminal().as_bytes())?,
            Some(path) => files::write_whole(path, &self.picture(path, &symbol)?)?,
        }
        let size = symbol.size();
        let carries = match message {
            Some(bytes) => format!("a message of {} bytes{}", bytes.len(), tier_of(bytes.len())),
            None => format!("a text of {} characters", text.len()),
        };
        writeln!(out, "{size} × {size} modules: {carries}")?;
        Ok(Outcome::Good)
    }

    fn picture(&self, path: &Path, symbol: &Symbol) -> Result<Vec<u8>, Error> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Ok(symbol.to_svg().into_bytes()),
            Some("png") => Ok(picture::encode(&symbol.to_grey(self.scale.into()), Pixels::Bit)),
            _ => Err(Error::Usage(format!("{}: the name must end with .svg or .png", path.display()))),
        }
    }
}

fn tier_of(bytes: usize) -> String {
    match Tier::value_variants().iter().find(|tier| bytes <= tier.bytes()) {
        Some(tier) => format!(", size tier {}", tier.bytes()),
        None => ", more than any size tier of a picture".into(),
    }
}
