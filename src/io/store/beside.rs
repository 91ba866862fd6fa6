//! What of a gateway's table of sessions is held in memory.

use std::collections::{BTreeMap, HashMap};

use channel::serial::Serial;
use gateway::sessions::{Name, Sessions};

/// By license.
#[derive(Default)]
pub(super) struct Beside(pub(super) HashMap<Serial, Held>);

impl Beside {
    /// Another process may have changed it.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What is beside a license, and what of it is on the disk.
#[derive(Default)]
pub(super) struct Held {
    pub(super) sessions: Sessions,
    pub(super) kept: BTreeMap<Name, Vec<u8>>,
}
