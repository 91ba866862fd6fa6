//! `inspect`: any text of the protocol, field by field, and what is wrong with it.
//!
//! ```text
//! input                       where the text comes from, and what is left out of it before it is read
//! kinds                       what a text can be: the first that it looks like
//! message message_vector static_vector codes single blob state license_file strings url otpauth   each kind
//! explained wrong             what is found in a text, and what is wrong with it
//! findings table              both as words, and as a document
//! ```

mod blob;
mod codes;
pub(in crate::cli) mod explained;
mod findings;
mod input;
mod kinds;
mod license_file;
pub(in crate::cli) mod message;
mod message_vector;
mod otpauth;
mod single;
mod state;
mod static_vector;
mod strings;
mod table;
mod url;
mod wrong;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use super::json;
use super::key_file;
use super::outcome::{Error, Outcome};
use channel::crypto::keys::{Channel, Key};
use channel::text::hex;
use input::Input;

/// The arguments of `inspect`.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    #[command(flatten)]
    input: Input,
    /// The payload key, or another channel key: checks the tag of a message and decrypts its body. Others on this machine
    /// can see it among the running commands, and it stays in the shell's history: --key-file is for keys that matter
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
    /// The same key, as 32 hexadecimal digits in a file
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    key_file: Option<PathBuf>,
    /// One JSON document instead, of the form that reports/inspect.schema.json describes
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let channel = self.channel()?;
        let (text, remarks) = self.input.read()?;
        let mut found = findings::explain(&text, channel.as_ref());
        found.remarks.splice(..0, remarks);
        match self.json {
            true => json::write(out, &found.document())?,
            false => out.write_all(found.text().as_bytes())?,
        }
        Ok(if found.is_right { Outcome::Good } else { Outcome::Bad })
    }

    fn channel(&self) -> Result<Option<Key<Channel>>, Error> {
        let wrong = || Error::Usage("--key: 32 hexadecimal digits".into());
        match (&self.key, &self.key_file) {
            (Some(digits), _) => Ok(Some(key_of(digits).ok_or_else(wrong)?)),
            (None, Some(file)) => Ok(Some(Key::new(key_file::read(file, "the key")?))),
            (None, None) => Ok(None),
        }
    }
}

fn key_of(digits: &str) -> Option<Key<Channel>> {
    let bytes = Zeroizing::new(hex::decode(digits).ok()?);
    Some(Key::new(bytes.as_slice().try_into().ok()?))
}

/// What `tour` shows of a text; the key as hexadecimal digits.
pub(super) fn explained(text: &str, key: Option<&str>) -> String {
    findings::explain(text, key.and_then(key_of).as_ref()).text()
}
