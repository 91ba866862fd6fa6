//! The implementation and its model, asked together: every operation of both roles, once each. Their answers
//! must be the same, and so must the counters; what refuses must leave no trace.

mod client;
mod login;

use std::fmt::Debug;

pub use client::ClientPair;
pub use login::LoginsPair;

use super::model;
use super::model::server::Called;
use super::request::request_of;
use super::slow::Verdict;
use super::slow::data::Data;
use super::slow::request::Request;
use super::verdict::{known, same};
use super::world::{self, EPOCH, Kind, STORAGE_KEY, TRANSPORT_KEY};
use channel::client::Client;
use channel::crypto::keys::Key;
use channel::error::Refusal;
use channel::license::blob::{self, Epoch};
use channel::server::{ApplicationName, Attempt, License, Rejection};
use channel::state;
use channel::wire::data;
use channel::wire::frame::Carrier;

/// A role's state, as the peer protocol sees it.
pub trait Role: Clone {
    /// All of it but the counters.
    fn digest(&self) -> [u8; 32];
    /// The counters of refusals that count.
    fn counters(&self) -> Vec<u8>;
}

impl Role for Client {
    fn digest(&self) -> [u8; 32] {
        state::digest(self)
    }

    fn counters(&self) -> Vec<u8> {
        self.accounts().flat_map(|account| [account.pin_failures, account.unlock_failures]).collect()
    }
}

impl Role for License {
    fn digest(&self) -> [u8; 32] {
        state::digest(self)
    }

    fn counters(&self) -> Vec<u8> {
        std::iter::once(self.code_failures()).chain(self.signature_failures().map(|(_, n)| n)).collect()
    }
}

/// A role, and a twin that is asked only what the role did not refuse for free: section 1 says that nobody can
/// tell them apart. (Digests before and after each question say the same, more slowly.)
#[derive(Clone)]
pub struct Watched<T> {
    role: T,
    twin: T,
}

impl<T: Role> Watched<T> {
    /// Begins here.
    pub fn new(role: T) -> Self {
        Self { twin: role.clone(), role }
    }

    /// The role.
    pub fn role(&self) -> &T {
        &self.role
    }

    /// One operation: a refusal is free, or counts exactly its one counter; all else the twin answers alike.
    pub fn ask<Out: PartialEq + Debug>(
        &mut self,
        operation: impl Fn(&mut T) -> Result<Out, Refusal>,
    ) -> Result<Out, Refusal> {
        let before = self.role.counters();
        let result = operation(&mut self.role);
        let is_free = matches!(&result, Err(refusal) if refusal.rule.counts.is_none());
        if !is_free {
            assert_eq!(operation(&mut self.twin), result, "the same answer twice");
        }
        if let Err(refusal) = &result {
            known(*refusal);
            let after = self.role.counters();
            assert_eq!(before.len(), after.len(), "{refusal}");
            let grown =
                before.iter().zip(&after).map(|(before, after)| i16::from(*after) - i16::from(*before));
            let moved: Vec<i16> = grown.filter(|n| *n != 0).collect();
            let counted: &[i16] = if is_free { &[] } else { &[1] };
            assert_eq!(moved, counted, "{refusal}");
        }
        result
    }

    /// The end: no free refusal left a trace.
    pub fn settle(&self) {
        assert_eq!(self.role.digest(), self.twin.digest(), "a free refusal changed the state");
        assert_eq!(self.role.counters(), self.twin.counters(), "a free refusal changed a counter");
    }
}

fn carrier(is_gateway: bool) -> Carrier {
    if is_gateway { Carrier::Gateway } else { Carrier::Direct }
}

/// Sequence number and challenge key.
fn said(rejection: Rejection) -> (u8, [u8; 5]) {
    (rejection.sequence.number(), rejection.challenge_key.0)
}

/// The data as the implementation has it.
pub fn data_of(data: &Data) -> data::Data {
    match data {
        Data::Nothing => data::Data::ResponseOnly,
        Data::Challenge(challenge) => data::Data::Challenge(challenge.clone()),
        Data::Fields(fields) => data::Data::Fields(fields.clone()),
    }
}

/// What both say.
fn agreed<T: PartialEq + Debug + Clone>(fast: Result<T, Refusal>, slow: Verdict<T>) -> Verdict<T> {
    same(fast, slow.clone());
    slow
}

/// A license and its model.
#[derive(Clone)]
pub struct ServerPair {
    /// The implementation.
    pub fast: Watched<License>,
    /// The model.
    pub slow: model::Server,
}

impl ServerPair {
    /// Without instances.
    pub fn new(kind: Kind) -> Self {
        Self { fast: Watched::new(kind.license()), slow: model::Server::new(kind) }
    }

    /// The end.
    pub fn settle(&self) {
        self.fast.settle();
    }

    fn both<T: PartialEq + Debug + Clone>(
        &mut self,
        fast: impl Fn(&mut License) -> Result<T, Refusal>,
        slow: impl FnOnce(&mut model::Server) -> Verdict<T>,
    ) -> Verdict<T> {
        let result = agreed(self.fast.ask(fast), self.slow.counting(slow));
        let license = self.fast.role();
        assert_eq!(license.code_failures(), self.slow.code_failures, "code_failures");
        let failures = license.signature_failures().map(|(sequence, n)| (sequence.number(), n));
        let expected = self.slow.instances.iter().map(|(sequence, instance)| (*sequence, instance.failures));
        assert!(failures.eq(expected), "signature_failures");
        result
    }

    /// AM1.
    pub fn generate_activation1(
        &mut self,
        challenge: Option<[u8; 8]>,
        with_vector: bool,
        now: u32,
    ) -> Verdict<Vec<u8>> {
        self.both(
            |license| license.generate_activation1(challenge, with_vector, now),
            |model| model.generate_activation1(challenge, with_vector, now),
        )
    }

    /// Device type and device id.
    pub fn verify_device_code(&mut self, code: &str, replace: bool, now: u32) -> Verdict<(u8, [u8; 5])> {
        self.both(
            |license| license.verify_device_code(code, replace, now).map(|device| (device.kind, device.id)),
            |model| model.verify_device_code(code, replace, now),
        )
    }

    /// Sequence number and AM2.
    pub fn generate_activation2(&mut self, salt: [u8; 13], now: u32) -> Verdict<(u8, Vec<u8>)> {
        self.both(
            |license| license.generate_activation2(salt, now).map(|(number, am2)| (number.number(), am2)),
            |model| model.generate_activation2(salt, now),
        )
    }

    /// A request.
    pub fn generate_request(&mut self, request: &Request, is_gateway: bool, now: u32) -> Verdict<Vec<u8>> {
        let asked = request_of(request);
        self.both(
            |license| license.generate_request(&asked, carrier(is_gateway), now),
            |model| model.generate_request(request, is_gateway, now),
        )
    }

    /// Sequence number and challenge key.
    pub fn process_information(&mut self, message: &str, now: u32) -> Verdict<(u8, [u8; 5])> {
        self.both(
            |license| license.process_information(message, now).map(said),
            |model| model.process_information(message, now),
        )
    }

    /// A deactivation.
    pub fn generate_deactivation(&mut self, sequence: u8, now: u32) -> Verdict<Vec<u8>> {
        self.both(
            |license| license.generate_deactivation(world::sequence(sequence), now),
            |model| model.generate_deactivation(sequence, now),
        )
    }

    /// Over AM2 or a request.
    pub fn verify_message_signature(
        &mut self,
        sequence: u8,
        message: &str,
        typed: &str,
        now: u32,
    ) -> Verdict<()> {
        self.both(
            |license| license.verify_message_signature(world::sequence(sequence), message, typed, now),
            |model| model.verify_message_signature(sequence, message, typed, now),
        )
    }

    /// Without a message.
    pub fn verify_response(
        &mut self,
        sequence: u8,
        application: u8,
        data: &Data,
        typed: &str,
        now: u32,
    ) -> Verdict<()> {
        let given = data_of(data);
        self.both(
            |license| license.verify_response(world::sequence(sequence), application, &given, typed, now),
            |model| model.verify_response(sequence, application, data, typed, now),
        )
    }

    /// For a locked client.
    pub fn generate_unlock_response(&mut self, sequence: u8, challenge: &str) -> Verdict<String> {
        self.both(
            |license| license.generate_unlock_response(world::sequence(sequence), challenge),
            |model| model.generate_unlock_response(sequence, challenge),
        )
    }

    /// A BLOB as text.
    pub fn seal_blob(&mut self, sequence: u8, index: u8, nonce: [u8; 12]) -> Verdict<String> {
        let storage = Key::new(STORAGE_KEY);
        self.both(
            |license| license.seal_blob(&storage, sequence, index, &nonce).map(|blob| blob::to_text(&blob)),
            |model| model.seal_blob(&STORAGE_KEY, sequence, index, nonce),
        )
    }

    /// In place of what was there.
    pub fn load_blob(&mut self, place: (u8, u8), blob: &str, now: u32) -> Verdict<()> {
        let storage = Key::new(STORAGE_KEY);
        self.both(
            |license| license.load_blob(&storage, place, blob, now),
            |model| model.load_blob(&STORAGE_KEY, place, blob, now),
        )
    }

    /// A license of a file.
    pub fn import(file: &[u8], serial: &'static str, payload_key: [u8; 16]) -> Verdict<Self> {
        let name = serial.parse().unwrap();
        let drawn = (Key::new(payload_key), Epoch(EPOCH));
        let fast = License::import(&Key::new(TRANSPORT_KEY), file, name, drawn);
        let slow = model::Server::import(&TRANSPORT_KEY, file, serial, payload_key, EPOCH);
        same(
            fast.as_ref().map(|_| ()).map_err(|refusal| *refusal),
            slow.as_ref().map(|_| ()).map_err(|id| *id),
        );
        Ok(Self { fast: Watched::new(fast.map_err(|refusal| refusal.rule.id)?), slow: slow? })
    }

    /// What a store does: the row and the BLOBs, and a license that is made of them again.
    pub fn restart(&mut self) {
        let (license, storage) = (self.fast.role(), Key::new(STORAGE_KEY));
        let used: Vec<_> = license.used_applications().map(|(place, _)| place).collect();
        let row = license.row();
        let model::Server { kind, license_key, payload_key, epoch, .. } = &self.slow;
        let fresh = kind.license_of(*license_key, *payload_key, *epoch);
        let mut again = fresh.with_row(&row).expect("its own row");
        assert_eq!(again.row() == row, used.is_empty(), "a BLOB that is missing is missed");
        for place in used {
            let blob = license.seal_blob(&storage, place.0, place.1, &[7; 12]).expect("BLB-6");
            for other in [(0, 0), (place.0, place.1 ^ 1), (0, 1), (99, 1)] {
                assert!(again.load_kept_blob(&storage, other, &blob).is_err(), "a BLOB of another place");
            }
            again.load_kept_blob(&storage, place, &blob).expect("its own BLOB");
        }
        assert!(again.row() == row, "one state has one row");
        assert_eq!(again.digest(), license.digest(), "the same license");
        assert_eq!(again.counters(), license.counters());
        self.fast.role = again;
    }

    /// From anywhere to no instances.
    pub fn reimport(&mut self, file: &[u8], payload_key: [u8; 16]) -> Verdict<()> {
        let (transport, before) = (Key::new(TRANSPORT_KEY), self.fast.role().row());
        // Never one of before.
        let epoch = (u64::from_be_bytes(self.slow.epoch) + 1).to_be_bytes();
        self.both(
            |license| license.reimport(&transport, file, (Key::new(payload_key), Epoch(epoch))),
            |model| model.reimport(&TRANSPORT_KEY, file, payload_key, epoch),
        )?;
        assert_eq!(License::renewed_row(&before), Ok(self.fast.role().row()), "IMP-3");
        Ok(())
    }

    /// What it is called.
    pub fn instance(&mut self, sequence: u8) -> Verdict<Called> {
        let told = |(kind, applications): (String, Vec<ApplicationName>)| {
            (kind, applications.into_iter().map(|it| (it.index, it.name, it.mode.number())).collect())
        };
        self.both(
            |license| license.instance(world::sequence(sequence)).map(told),
            |model| model.instance(sequence),
        )
    }

    /// The operator's.
    pub fn unlock_instance(&mut self, sequence: u8) -> Verdict<()> {
        self.both(
            |license| license.unlock_instance(world::sequence(sequence)),
            |model| model.unlock_instance(sequence),
        )
    }

    /// The operator's.
    pub fn restored(&mut self, highest_sequence: u8, now: u32) {
        let fast = |license: &mut License| {
            license.restored(highest_sequence, now);
            Ok(())
        };
        let slow = |model: &mut model::Server| {
            model.restored(highest_sequence, now);
            Ok(())
        };
        self.both(fast, slow).unwrap();
    }

    /// The operator's.
    pub fn resynchronise(
        &mut self,
        sequence: u8,
        application: u8,
        attempts: [(&Data, &str); 2],
        now: u32,
    ) -> Verdict<()> {
        self.both(
            |license| {
                let attempts = attempts.map(|(data, response)| Attempt { data: data_of(data), response });
                license.resynchronise(world::sequence(sequence), application, attempts, now)
            },
            |model| model.resynchronise(sequence, application, attempts, now),
        )
    }
}
