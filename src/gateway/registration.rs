//! An activation in two steps over HTTP: what is kept between them. GTW-5.
//!
//! ```text
//! (begun: AM1) ── device code ──► (added: AM2) ── signature ──► (activated)
//! ```
//! One of a license at a time: a new one takes the place of the one before, as its AM1 does (AM1-10). What codes and
//! signatures are right, and how often they may be wrong, is the license's affair.

use channel::serial::Sequence;
use channel::text::gateway_string::Identity;
use serde::{Deserialize, Serialize};

/// How long a registration is known, in seconds: no AM1 is valid for longer than the user needs to find the letter.
pub const KNOWN_S: u32 = 7 * 86_400;
/// Characters of a device's description.
pub const MAX_DESCRIPTION: usize = 255;

/// What names a registration: 10 random bytes, written as 20 hexadecimal digits. Who has it and AM1 is the user.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegistrationId(pub [u8; 10]);

/// A registration, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Registration {
    /// Which.
    pub id: RegistrationId,
    /// Whose the license is to be.
    pub identity: Identity,
    /// When it began.
    pub start: u32,
    /// Whether the device may have an instance already (AM2-12).
    pub replace: bool,
    /// From the device code on: the instance, its AM2, and what the user calls the device.
    pub added: Option<Added>,
    /// Whether the signature was right.
    pub is_activated: bool,
}

/// A device whose code was right.
#[derive(Clone, PartialEq, Eq)]
pub struct Added {
    /// Its instance.
    pub sequence: Sequence,
    /// AM2, as it was issued.
    pub message: Vec<u8>,
    /// What the user calls it.
    pub description: String,
}

/// The same in JSON, under a version.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    version: u8,
    id: [u8; 10],
    user: String,
    domain: String,
    start: u32,
    replace: bool,
    added: Option<(u8, Vec<u8>, String)>,
    activated: bool,
}

const VERSION: u8 = 1;

impl Registration {
    /// As bytes.
    pub fn row(&self) -> Vec<u8> {
        let Self { id, identity, start, replace, added, is_activated } = self.clone();
        let added = added.map(|added| (added.sequence.number(), added.message, added.description));
        let Identity { user, domain } = identity;
        let row =
            Row { version: VERSION, id: id.0, user, domain, start, replace, added, activated: is_activated };
        serde_json::to_vec(&row).unwrap_or_default()
    }

    /// From bytes; `None` where they are none of this version.
    pub fn read(row: &[u8]) -> Option<Self> {
        let row: Row = serde_json::from_slice(row).ok().filter(|row: &Row| row.version == VERSION)?;
        let added = match row.added {
            None => None,
            Some((number, message, description)) => {
                Some(Added { sequence: Sequence::new(number)?, message, description })
            }
        };
        Some(Self {
            id: RegistrationId(row.id),
            identity: Identity { user: row.user, domain: row.domain },
            start: row.start,
            replace: row.replace,
            added,
            is_activated: row.activated,
        })
    }
}
