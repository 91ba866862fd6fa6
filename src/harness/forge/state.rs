//! A client's state taken apart into its fields and put together again under a right MAC. SPEC section 23.

use std::ops::Range;

use super::within;
use channel::bytes::Wire;
use channel::crypto::gcm::Gcm;
use channel::crypto::kdf;
use channel::crypto::keys::Key;
use channel::crypto::mac::cmac;
use channel::serial::Serial;
use channel::wire::static_vector::StaticVector;

const MAC_LENGTH: usize = 16;
const SALT: Range<usize> = 16..32;

/// A state whose fields are known by name.
#[derive(Clone, Debug)]
pub struct Saved {
    platform: [u8; 16],
    /// All but the MAC.
    bytes: Vec<u8>,
    /// `device-type`, `accounts`; of each account, after the number of its place: `serial`, `flags`, …
    fields: Vec<(String, Range<usize>)>,
}

impl Saved {
    /// Takes a right state apart.
    pub fn of(platform: [u8; 16], state: &[u8]) -> Self {
        let bytes = state.get(..state.len().saturating_sub(MAC_LENGTH)).unwrap_or_default().to_vec();
        let mut saved = Self { platform, bytes, fields: Vec::new() };
        let mut at = SALT.end;
        for (name, length) in [("device-type", 1), ("accounts", 2)] {
            saved.name(name.into(), &mut at, length);
        }
        let count = saved.field("accounts").last().copied().unwrap_or(0);
        for place in 0..count {
            saved.account(place, &mut at);
        }
        saved
    }

    fn name(&mut self, name: String, at: &mut usize, length: usize) {
        self.fields.push((name, *at..*at + length));
        *at += length;
    }

    fn account(&mut self, place: u8, at: &mut usize) {
        let name = |field: &str| format!("{place}/{field}");
        self.name(name("serial"), at, 5);
        self.name(name("flags"), at, 1);
        let flags = self.field(&name("flags")).first().copied().unwrap_or(0);
        if flags & 1 != 0 {
            for (field, length) in [
                ("sequence", 1),
                ("policy", 2),
                ("counter", 4),
                ("check", 16),
                ("pin-failures", 1),
                ("unlock-failures", 1),
            ] {
                self.name(name(field), at, length);
            }
            if flags & 8 != 0 {
                self.name(name("challenge"), at, 8);
            }
            if flags & 16 != 0 {
                self.name(name("information-counter"), at, 3);
            }
            if flags & 32 != 0 {
                self.text(&name("user"), at);
                self.text(&name("domain"), at);
            }
            self.vector_and_keys(&name(""), flags & 4 != 0, at);
        }
        if flags & 64 != 0 {
            for (field, length) in [("sequence", 1), ("policy", 2), ("counter", 4), ("am2", 32)] {
                self.name(name(&format!("waiting-{field}")), at, length);
            }
            self.vector_and_keys(&name("waiting-"), flags & 128 != 0, at);
        }
        if flags & 2 != 0 {
            self.name(name("pre-am1"), at, 32);
            self.name(name("pre-policy"), at, 2);
            self.vector(&name("pre-vector"), at);
            self.name(name("license-key"), at, 32);
        }
    }

    /// What every account from AM2 on ends with; `before` stands before each name.
    fn vector_and_keys(&mut self, before: &str, has_channel: bool, at: &mut usize) {
        let vector = self.vector(&format!("{before}vector"), at);
        if has_channel {
            self.name(format!("{before}payload-key"), at, 32);
        }
        for rules in vector.map(|vector| vector.applications).unwrap_or_default() {
            let index = rules.form.index;
            self.name(format!("{before}event-{index}"), at, 8);
            self.name(format!("{before}key-{index}"), at, 32);
        }
    }

    /// Its length and itself.
    fn vector(&mut self, name: &str, at: &mut usize) -> Option<StaticVector> {
        self.text(name, at);
        StaticVector::decode(self.field(name)).ok()
    }

    /// Its length and itself.
    fn text(&mut self, name: &str, at: &mut usize) {
        let length = format!("{name}-length");
        self.name(length.clone(), at, 2);
        let length = self.field(&length).iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        self.name(name.into(), at, length);
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

    /// All bytes but the MAC.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Other bytes, perhaps more or fewer, for a field. Fields behind it are not where they were.
    pub fn put(&mut self, name: &str, bytes: &[u8]) {
        self.bytes.splice(self.at(name), bytes.iter().copied());
    }

    /// Of a state with one account: that account again and again behind it, under the serial numbers that follow, until
    /// there are so many. Its keys are sealed for the first.
    pub fn repeat(&mut self, count: u16) {
        let account = self.bytes.split_off(self.at("0/serial").start);
        let (serial, rest) = account.split_at(account.len().min(5));
        let first = serial.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        for number in (first..).take(usize::from(count)) {
            self.bytes.extend(number.to_be_bytes().iter().skip(3));
            self.bytes.extend(rest);
        }
        self.put("accounts", &count.to_be_bytes());
    }

    /// Bytes before a field.
    pub fn insert(&mut self, name: &str, bytes: &[u8]) {
        let at = self.at(name).start;
        self.bytes.splice(at..at, bytes.iter().copied());
    }

    /// Bits bent in a byte of a field.
    pub fn flip(&mut self, name: &str, offset: usize, bits: u8) {
        let at = self.at(name).start + offset;
        if let Some(byte) = self.bytes.get_mut(at) {
            *byte ^= bits;
        }
    }

    /// The bytes of an account, as they stand.
    pub fn account_bytes(&self, place: u8) -> Vec<u8> {
        let start = self.at(&format!("{place}/serial")).start;
        let end = self.at(&format!("{}/serial", place + 1)).start;
        self.bytes.get(start..end).unwrap_or_default().to_vec()
    }

    /// A key sealed as CST-2 says, at this place and index.
    pub fn seal(&self, label: &str, serial: Serial, [place, index]: [u8; 2], key: [u8; 16]) -> Vec<u8> {
        let salt = self.salt();
        let nonce = self.bytes.get(4..16).and_then(|nonce| nonce.try_into().ok()).unwrap_or_default();
        let sealing =
            kdf::client_key(&Key::new(self.platform), label.as_bytes(), &salt, serial, place, index);
        let mut sealed = key;
        let tag = Gcm::sealing(&sealing).seal(&nonce, &[], &mut sealed);
        [sealed, tag].concat()
    }

    fn salt(&self) -> [u8; 16] {
        self.bytes.get(SALT).and_then(|salt| salt.try_into().ok()).unwrap_or_default()
    }

    /// The state, with a right MAC.
    pub fn state(&self) -> Vec<u8> {
        let key = kdf::client_state(&Key::new(self.platform), &self.salt());
        [&self.bytes[..], &cmac(key.expose(), &[&self.bytes])].concat()
    }
}
