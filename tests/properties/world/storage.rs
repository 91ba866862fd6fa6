//! What is written and comes back: BLOBs, license files, clients' states.

use channel::bytes::Wire as _;
use channel::client::{Client, Handle};
use channel::crypto::keys::{Key, Platform, Storage, Transport};
use channel::license::blob::{Epoch, to_text};
use channel::license::file::{self, Writer};
use channel::state;

use super::{World, call, config, message_vector, serial};
use crate::model::*;
use crate::operations::Pick;

/// A BLOB that was handed out, and what the model knew then.
#[derive(Clone, Debug)]
pub struct Kept {
    sequence: u8,
    application: u8,
    import: u8,
    blob: Vec<u8>,
    usage: Usage,
}

impl Kept {
    pub fn sequence(&self) -> u8 {
        self.sequence
    }
}

fn storage() -> Key<Storage> {
    Key::new([21; 16])
}

fn platform() -> Key<Platform> {
    Key::new([22; 16])
}

fn transport() -> Key<Transport, 32> {
    Key::new([23; 32])
}

impl World {
    pub(super) fn keep(&mut self, sequence: u8, application: u8) {
        let nonce = [u8::try_from(self.blobs.len()).unwrap(); 12];
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.seal_blob(&storage(), sequence, application, &nonce)
        });
        let usage = self.model.usage(sequence, application).map(|usage| usage.clone());
        assert_eq!(got.as_ref().map(|_| ()), usage.as_ref().map(|_| ()));
        if let (Ok(blob), Ok(usage)) = (got, usage) {
            self.blobs.push(Kept { sequence, application, import: self.model.import, blob, usage });
        }
    }

    pub(super) fn bring(&mut self, blob: &Pick, bend: bool, elsewhere: bool) {
        let Some(mut kept) = blob.of(&self.blobs).cloned() else { return };
        if bend {
            kept.blob[30] ^= 1;
        }
        let application = kept.application % 8 + 1;
        let application = if elsewhere { application } else { kept.application };
        let now = self.now;
        let of = |blob: &[u8]| <[u8; 4]>::try_from(&blob[1..5]).map(u32::from_be_bytes).unwrap();
        let sealed = self.license.seal_blob(&storage(), kept.sequence, application, &[0; 12]);
        let known = sealed.map(|blob| of(&blob));
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.load_blob(&storage(), (kept.sequence, application), &to_text(&kept.blob), now)
        });
        let import = self.model.import;
        let want = match self.model.usage(kept.sequence, application) {
            Err(id) => Err(id),
            Ok(_) if bend || elsewhere => Err("BLB-5"),
            Ok(_) if kept.import != import => Err("BLB-5"),
            Ok(_) if of(&kept.blob) < known.unwrap() => Err("BLB-12"),
            // What was never changed since.
            Ok(usage) => {
                assert_eq!(*usage, kept.usage);
                Ok(())
            }
        };
        assert_eq!(got, want);
        if got.is_ok() {
            self.seen.insert("a BLOB of now");
        }
    }

    /// With keys of its own each time; or cut.
    pub(super) fn import(&mut self, bend: bool) {
        let import = self.imports + 1;
        let (vector, mut file) = (self.model.vector.to_bytes(), String::new());
        let text = message_vector().encode();
        let begun = Writer::new(&transport(), &[import; 16], &vector, &text, 1, &mut file);
        let mut writer = begun.unwrap();
        let license = file::License {
            serial: serial(),
            kind: "A",
            application: "B           ",
            threshold: THRESHOLD,
            secure_channel: true,
            license_key: Key::new([import; 16].map(|byte| byte + 100)),
        };
        writer.license(&license, &mut file).unwrap();
        writer.finish(&mut file);
        if bend {
            file.pop();
        }
        let payload_key = [import; 16].map(|byte| byte + 50);
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.reimport(&transport(), file.as_bytes(), (Key::new(payload_key), Epoch([import; 8])))
        });
        assert_eq!(got, if bend { Err("LIF-5") } else { Ok(()) });
        if got.is_ok() {
            self.seen.insert("imported again");
            self.imports = import;
            self.model.reimport(import);
            self.highest_sequence = 0;
            // Who restores one of before, doesn't know what was issued since.
            self.backup = None;
            self.accepted_otps.clear();
        }
    }

    pub(super) fn save(&mut self, client: usize, restart: bool) {
        let device = &mut self.devices[client];
        let nonce = [u8::try_from(device.saved.len()).unwrap(); 12];
        let saved = device.client.save(&platform(), &nonce);
        if restart {
            let config = config(&self.model.vector, device.replacement);
            let again = Client::load(&platform(), &saved, config).unwrap();
            device.opened = None;
            // Handles begin anew (CLI-25).
            if std::mem::take(&mut device.handle) == Handle::default() {
                assert_eq!(state::digest(&again), state::digest(&device.client));
            }
            device.client = again;
            assert_eq!(device.client.save(&platform(), &nonce), saved);
        }
        device.saved.push((saved, device.account.clone()));
    }

    pub(super) fn load(&mut self, client: usize, saved: &Pick, bend: bool) {
        let device = &mut self.devices[client];
        let Some((mut state, account)) = saved.of(&device.saved).cloned() else { return };
        if bend {
            state[35] ^= 1;
        }
        let loaded = Client::load(&platform(), &state, config(&self.model.vector, device.replacement));
        assert_eq!(loaded.as_ref().err().map(|refusal| refusal.rule.id), bend.then_some("CST-6"));
        match loaded {
            Ok(loaded) => {
                self.seen.insert("an old state");
                (device.client, device.account, device.opened) = (loaded, account, None);
                device.handle = Handle::default();
            }
            Err(refusal) => drop(self.seen.insert(refusal.rule.id)),
        }
    }
}
