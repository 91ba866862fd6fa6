//! What is asked without a session, or makes it itself.

use channel::crypto::keys::Key;
use harness::forge::Plain;
use harness::play::Play;
use harness::trial::{Party, Stop};

use super::table::{Defect, Table, World};

/// No session, or one that the question makes.
#[derive(Clone)]
pub(super) struct Alone {
    pub(super) party: Party,
}

impl World for Alone {
    type Begin = ();

    fn build(t: &mut Play<'_, '_>, (): ()) -> Result<Self, Stop> {
        Ok(Self { party: t.peer_client() })
    }
}

pub(super) fn alone<Op>(
    ask: fn(&mut Play<'_, '_>, &mut Alone) -> Result<Op, Stop>,
    defects: Vec<Defect<Alone, Op>>,
) -> Table<Alone, Op> {
    Table { name: "", begin: || (), ask, party: |world| &world.party, letter: None, told: |_| false, defects }
}

/// The key of frames that belong to no license.
pub(super) const KEY: [u8; 16] = [0x4B; 16];

/// A request without a body, of no license.
pub(super) fn request() -> String {
    let serial = [0xC3, 0xE4, 0x0F, 0x42, 0xB8];
    Plain { word: 0x00C2, serial, nonce: [1; 8], body: Vec::new() }.message(Some(&Key::new(KEY)))
}
