//! The states of a single-device client and license taken apart into their fields, bent, and sealed again.
//! SPEC section 28.

use std::ops::Range;

use super::super::single_setup::SingleSetup;
use super::within;
use channel::bytes::Wire;
use channel::crypto::keys::Key;
use channel::crypto::single::{client_state, license_state};
use channel::license::single_state;
use channel::serial::Serial;
use channel::wire::static_vector::StaticVector;
use peer::operations::ServerSingleLoad;
use peer::protocol::{Array, Bytes};

/// The storage key of forged states.
const STORAGE: [u8; 16] = [0x57; 16];
const NONCE: [u8; 12] = [0x0C; 12];

/// A content whose fields are known by name.
#[derive(Clone, Debug)]
pub struct Fields {
    bytes: Vec<u8>,
    fields: Vec<(String, Range<usize>)>,
}

impl Fields {
    fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, fields: Vec::new() }
    }

    /// The next field, of so many bytes.
    fn name(&mut self, name: impl Into<String>, length: usize) -> Range<usize> {
        let from = self.fields.last().map_or(0, |(_, range)| range.end);
        self.fields.push((name.into(), from..from + length));
        from..from + length
    }

    fn vector(&mut self, of: &str) -> Option<StaticVector> {
        let length = self.name(format!("{of}vector-length"), 2);
        let length =
            self.bytes.get(length).unwrap_or_default().iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
        let at = self.name(format!("{of}vector"), length);
        StaticVector::decode(self.bytes.get(at).unwrap_or_default()).ok()
    }

    /// Where a field stands; past the end where there is none of this name.
    pub fn at(&self, name: &str) -> Range<usize> {
        let length = self.bytes.len();
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or(length..length, |(_, range)| within(range.clone(), length))
    }

    /// A field's bytes.
    pub fn field(&self, name: &str) -> &[u8] {
        self.bytes.get(self.at(name)).unwrap_or_default()
    }

    /// Other bytes, perhaps more or fewer, for a field. Fields behind it are not where they were.
    pub fn put(&mut self, name: &str, bytes: &[u8]) {
        self.bytes.splice(self.at(name), bytes.iter().copied());
    }

    /// All of it.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The names and places.
    pub fn fields(&self) -> &[(String, Range<usize>)] {
        &self.fields
    }
}

/// A client's state.
#[derive(Clone, Debug)]
pub struct Client {
    platform: [u8; 16],
    /// What is sealed.
    pub content: Fields,
}

impl Client {
    /// Takes a right state apart.
    pub fn of(platform: [u8; 16], state: &[u8]) -> Self {
        let key = client_state(&Key::new(platform));
        let bytes = single_state::open(single_state::CLIENT, &key, state);
        let mut content = Fields::new(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default());
        content.name("flags", 1);
        if content.field("flags") != [0] {
            content.name("serial", 5);
            Self::account(&mut content, "");
        }
        if content.field("flags").first().is_some_and(|flags| flags & 32 != 0) {
            content.name("kept-flags", 1);
            Self::account(&mut content, "kept-");
        }
        Self { platform, content }
    }

    /// The fields of the account that answers, or, with `kept-` before their names, of the kept one.
    fn account(content: &mut Fields, of: &str) {
        let vector = content.vector(of);
        for (name, length) in [
            ("check", 4),
            ("failures", 1),
            ("salt", 16),
            ("memory", 4),
            ("iterations", 4),
            ("license-key", 32),
        ] {
            content.name(format!("{of}{name}"), length);
        }
        for rules in vector.map(|vector| vector.applications).unwrap_or_default() {
            content.name(format!("{of}event-{}", rules.form.index), 8);
        }
    }

    /// Sealed again.
    pub fn state(&self) -> Vec<u8> {
        let key = client_state(&Key::new(self.platform));
        single_state::seal(single_state::CLIENT, &key, &NONCE, &self.content.bytes)
    }
}

/// A license's state.
#[derive(Clone, Debug)]
pub struct License {
    storage: [u8; 16],
    /// What is sealed.
    pub content: Fields,
}

impl License {
    /// Takes a right state apart.
    pub fn of(storage: [u8; 16], state: &[u8]) -> Self {
        let key = license_state(&Key::new(storage));
        let bytes = single_state::open(single_state::LICENSE, &key, state);
        let mut content = Fields::new(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default());
        content.name("serial", 5);
        content.name("license-key", 16);
        let vector = content.vector("");
        for (name, length) in [
            ("tries", 1),
            ("identification", 1),
            ("signature", 1),
            ("first-use", 2),
            ("look-ahead", 1),
            ("failures", 1),
            ("bound", 1),
        ] {
            content.name(name, length);
        }
        if content.field("bound") == [1] {
            content.name("diversifier", 7);
        }
        for rules in vector.map(|vector| vector.applications).unwrap_or_default() {
            let index = rules.form.index;
            for (name, length) in
                [("flags", 1), ("shift", 8), ("step", 8), ("otp", 8), ("event", 8), ("n", 1)]
            {
                content.name(format!("{name}-{index}"), length);
            }
            let n = content.field(&format!("n-{index}")).first().map_or(0, |n| usize::from(*n));
            content.name(format!("hashes-{index}"), 8 * n);
        }
        Self { storage, content }
    }

    /// The state of the license of a setup that nobody has used.
    pub fn fresh(setup: &SingleSetup, license_key: [u8; 16]) -> Self {
        let vector = setup.vector.to_bytes();
        let serial: Option<Serial> = setup.serial.parse().ok();
        let create = setup.server(license_key);
        let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        let mut content = serial.map(Serial::to_bytes).unwrap_or_default().to_vec();
        content.extend(license_key);
        content.extend(u16::try_from(vector.len()).unwrap_or(u16::MAX).to_be_bytes());
        content.extend(vector);
        content.extend([create.signature_tries.byte(), byte(create.identification_window.get())]);
        content.push(byte(create.signature_window.get()));
        content.extend(u16::try_from(create.first_use_s.get()).unwrap_or(u16::MAX).to_be_bytes());
        content.extend([byte(create.look_ahead.get()), 0, 0]);
        content.extend(vec![0; setup.vector.applications.len() * 34]);
        let key = license_state(&Key::new(STORAGE));
        Self::of(STORAGE, &single_state::seal(single_state::LICENSE, &key, &NONCE, &content))
    }

    /// The next event of an application.
    pub fn put_event(&mut self, index: u8, event: u64) {
        self.content.put(&format!("event-{index}"), &event.to_be_bytes());
    }

    /// Sealed again.
    pub fn state(&self) -> Vec<u8> {
        let key = license_state(&Key::new(self.storage));
        single_state::seal(single_state::LICENSE, &key, &NONCE, &self.content.bytes)
    }

    /// The parameters of `server.single_load`.
    pub fn load(&self) -> ServerSingleLoad {
        ServerSingleLoad { storage_key: Array(self.storage), state: Bytes(self.state()) }
    }
}
