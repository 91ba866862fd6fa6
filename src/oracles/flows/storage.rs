//! What is written and comes back: clients' states, BLOBs, license files.

use super::super::both::ClientPair;
use super::super::slow::license;
use super::super::world::{self, FILE_ID, Kind, LICENSE_KEY, TRANSPORT_KEY};
use super::seeds::LICENSES;
use super::{APPS, Play, pick};
use channel::wire::message_vector::Windows;

impl Play<'_> {
    /// Kept; and the client ends and starts again, or goes on.
    pub(super) fn save_client(&mut self) {
        let [at, ends] = self.choices.array();
        let (at, nonce) = (usize::from(at) % 4, [self.storage.states.len() as u8; 12]);
        self.storage.states.push((at, self.apps[at].save(nonce)));
        if ends & 1 == 1 {
            self.apps[at].settle();
            self.apps[at].restart(nonce);
            self.shown[at] = None;
        }
    }

    /// A state of now or before, its own or of another; platform data are the device's.
    pub(super) fn load_client(&mut self) {
        let at = self.choices.below(4);
        let Some((of, state)) = pick(&self.storage.states, &mut self.choices).cloned() else { return };
        let at = if APPS[at].device == APPS[of].device { at } else { of };
        self.apps[at].settle();
        (self.apps[at], self.shown[at]) = (ClientPair::load(APPS[at], &state).unwrap(), None);
    }

    pub(super) fn seal_blob(&mut self) {
        let [at, sequence, index] = self.choices.array();
        let (at, sequence, index) = (usize::from(at) % 2, sequence % 4, index % 9);
        let nonce = [self.storage.blobs.len() as u8; 12];
        let blob = self.servers[at].pair.seal_blob(sequence, index, nonce);
        self.storage.blobs.extend(blob.map(|text| (at, sequence, index, text)));
    }

    /// To its place; or to another license, instance or application.
    pub(super) fn load_blob(&mut self) {
        let how = self.choices.byte();
        let Some((at, sequence, index, text)) = pick(&self.storage.blobs, &mut self.choices).cloned() else {
            return;
        };
        let (other, sequence) = (usize::from(how & 1), sequence ^ (how >> 1 & 1));
        let index = index ^ (how >> 2 & 1);
        let server = &mut self.servers[at ^ other];
        if server.pair.load_blob((sequence, index), &text, self.now).is_ok() {
            assert!(how & 7 == 0, "BLB-5");
        }
    }

    /// A file with the license, other windows, another threshold; another key perhaps.
    pub(super) fn reimport(&mut self) {
        let [at, how] = self.choices.array();
        let at = usize::from(at) % 2;
        let kind = Kind {
            threshold: 1 + (how & 3),
            secure_channel: how & 12 != 12,
            windows: Windows { look_ahead: u16::from(how >> 4 & 1), ..LICENSES[at].windows },
            ..LICENSES[at]
        };
        let content = world::file(&[kind], if how & 32 == 0 { LICENSE_KEY } else { [how; 16] });
        let file = license::write_anything(&TRANSPORT_KEY, &FILE_ID, &content);
        let server = &mut self.servers[at];
        server.pair.reimport(&file, [how; 16]).unwrap();
        server.long.clear();
        self.memories[at].sequences.clear(); // IMP-3
    }
}
