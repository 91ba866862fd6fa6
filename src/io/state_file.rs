//! A client's state as a file: the old one or the new one, whatever happens in between. STO-1, STO-2.

use std::fmt;
use std::path::Path;

use super::files::{self, FileError};
use super::rng;
use channel::client::{Client, Config};
use channel::crypto::keys::{Key, Platform};
use channel::error::Refusal;

/// More than any state: 65 535 accounts would not fit, but no phone has them.
const MAX_LENGTH: u64 = 16 << 20;

/// Why there is no client.
#[derive(Debug)]
pub enum StateError {
    /// The file can't be read.
    File(FileError),
    /// What stands in it is refused.
    Refused(Refusal),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::File(error) => error.fmt(f),
            StateError::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for StateError {}

/// Writes the state. When it returns, the state is on the disk: only then may what depends on it be shown.
pub fn save(path: &Path, client: &Client, platform: &Key<Platform>) -> Result<(), FileError> {
    let mut nonce = [0; 12];
    rng::system()(&mut nonce);
    files::write_secret(path, &client.save(platform, &nonce))
}

/// The client of a state that was saved.
pub fn load(path: &Path, platform: &Key<Platform>, config: Config) -> Result<Client, StateError> {
    let state = files::read_at_most(path, MAX_LENGTH).map_err(StateError::File)?;
    Client::load(platform, &state, config).map_err(StateError::Refused)
}
