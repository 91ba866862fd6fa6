//! What the bridge is asked, and what it answers: operations that no other peer has.
//!
//! | operation | asks | answers |
//! |---|---|---|
//! | `gateway.about` | a license, by its number | which it is, and what the bridge may do |
//! | `gateway.ask` | one request | what came |
//! | `gateway.at_once` | one request, several times at the same time | what came, each time |
//! | `gateway.wait` | seconds | the time then |
//! | `gateway.restart` | | what `/healthz` says then |

use std::collections::BTreeMap;

use peer::protocol::{Array, Bytes};
use serde::{Deserialize, Serialize};

/// `gateway.about`
pub const ABOUT: &str = "gateway.about";
/// `gateway.ask`
pub const ASK: &str = "gateway.ask";
/// `gateway.at_once`
pub const AT_ONCE: &str = "gateway.at_once";
/// `gateway.wait`
pub const WAIT: &str = "gateway.wait";
/// `gateway.restart`
pub const RESTART: &str = "gateway.restart";

/// All of them.
pub const OPERATIONS: [&str; 5] = [ABOUT, ASK, AT_ONCE, WAIT, RESTART];

/// The most seconds of one `gateway.wait`: less than a peer has for an answer.
pub const WAIT_AT_ONCE_S: u32 = 5;

/// Asks about a license.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskAbout {
    /// Counted from 0, in the order of the license file.
    pub license: u32,
}

/// A license, and what the bridge may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The license.
    pub serial: String,
    /// Most instances.
    pub threshold: u8,
    /// The first application that may sign logins, 1 to 8.
    pub application: u8,
    /// One that may not, if there is one.
    pub unsuited: Option<u8>,
    /// Wrong device codes before AM1 is void.
    pub code_tries: u8,
    /// Wrong signatures before an instance is locked, and a login over.
    pub signature_tries: u8,
    /// How many seconds a case may wait in all.
    pub wait_s: u32,
    /// Whether the gateway can be restarted.
    pub restarts: bool,
    /// Drawn for each answer. The gateway remembers devices and requesters of earlier runs, so they are others each time,
    /// whatever the seed.
    pub fresh: Array<16>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Of HTTP.
    pub method: String,
    /// From its slash on.
    pub path: String,
    /// Another `Host` than the gateway's; none at all where it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Whether an `Origin` is the gateway's own, which the bridge knows.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_origin: bool,
    /// Further ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What is shown as the back end's key.
    #[serde(default)]
    pub key: Key,
    /// What follows the head.
    #[serde(default)]
    pub body: Body,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// What is shown as the back end's key, which only the bridge knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// Nothing.
    #[default]
    None,
    /// The key.
    Right,
    /// The key, with another digit at its end.
    Wrong,
}

/// What follows the head of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// A text.
    Text {
        /// All of it.
        text: String,
    },
    /// What is no text.
    Bytes {
        /// All of them.
        bytes: Bytes,
    },
    /// Nothing but its length, before anything else.
    Announced {
        /// As the head says it.
        length: u64,
    },
    /// Blanks in chunks, without a length in the head.
    Chunks {
        /// How many bytes.
        length: u32,
    },
    /// A length in the head, half of the body, and then nothing.
    Stalled,
    /// Half a head, and then nothing.
    HalfHead,
}

/// The same request several times at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskAtOnce {
    /// What is asked.
    pub ask: Ask,
    /// How often.
    pub times: u8,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The time when it came, in seconds since 1970.
    pub now: u32,
    /// How long it took.
    pub took_ms: u32,
    /// What it was.
    pub came: Came,
}

/// A reply, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    /// One of HTTP.
    Reply(Reply),
    /// Nothing in time.
    Silence(String),
    /// No connection, or one that ended before a whole reply had come.
    Closed(String),
}

/// A reply of HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// By name in lower case; what stands there twice is joined by commas.
    pub headers: BTreeMap<String, String>,
    /// As text; what is no UTF-8 is replaced.
    pub body: String,
}

/// What came, each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllTold {
    /// In no order.
    pub told: Vec<Told>,
}

/// Asks for patience.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskWait {
    /// At most [`WAIT_AT_ONCE_S`].
    pub seconds: u32,
}

/// Asks for a restart.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskRestart {}

/// The time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Now {
    /// In seconds since 1970.
    pub now: u32,
}
