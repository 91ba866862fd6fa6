//! A state taken apart field by field, and put together again with another value in some of them.

use std::ops::Range;

use serde_json::{Value, json};

use super::super::vector::hex;
use super::stored::platform;
use channel::bytes::Wire;
use channel::crypto::gcm::Gcm;
use channel::crypto::kdf;
use channel::crypto::mac::cmac;
use channel::rule::CST_8;
use channel::serial::Serial;
use channel::wire::static_vector::StaticVector;

/// A part of a state.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) at: Range<usize>,
    /// Of a sealed key: its license, label, place and index (CST-2).
    pub(super) sealed: Option<(Serial, &'static str, u8, u8)>,
}

/// Reads a state that is right; what is not, ends it early.
struct Walk<'a> {
    state: &'a [u8],
    fields: Vec<Field>,
    at: usize,
}

impl Walk<'_> {
    fn take(&mut self, name: &str, length: usize) -> Vec<u8> {
        let at = self.at..self.at + length;
        self.at = at.end;
        let bytes = self.state.get(at.clone()).unwrap_or_default().to_vec();
        self.fields.push(Field { name: name.into(), at, sealed: None });
        bytes
    }

    fn sealed(&mut self, name: &str, serial: Serial, label: &'static str, (place, index): (u8, u8)) {
        self.take(name, 32);
        if let Some(field) = self.fields.last_mut() {
            field.sealed = Some((serial, label, place, index));
        }
    }

    fn number(&mut self, name: &str, length: usize) -> usize {
        self.take(name, length).iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    fn account(&mut self, n: usize) -> Option<()> {
        let of = |name: &str| format!("account {n}: {name}");
        let serial = Serial::from_bytes(self.take(&of("serial"), 5).try_into().ok()?).ok()?;
        let flags = self.number(&of("flags"), 1);
        if flags & 1 != 0 {
            for (name, length) in [("sequence", 1), ("policy", 2), ("counter of AM2", 4)] {
                self.take(&of(name), length);
            }
            self.take(&of("check value"), 16);
            self.take(&of("pin_failures"), 1);
            self.take(&of("unlock_failures"), 1);
            if flags & 8 != 0 {
                self.take(&of("unlock challenge"), 8);
            }
            self.vector_and_keys(&of(""), serial, 0, flags & 4 != 0)?;
        }
        if flags & 64 != 0 {
            for (name, length) in
                [("sequence", 1), ("policy", 2), ("counter of AM2", 4), ("SHA-256 of AM2", 32)]
            {
                self.take(&of(&format!("waiting {name}")), length);
            }
            self.vector_and_keys(&of("waiting "), serial, 1, flags & 128 != 0)?;
        }
        if flags & 2 != 0 {
            self.take(&of("SHA-256 of AM1"), 32);
            self.take(&of("pre-activated policy"), 2);
            let length = self.number(&of("pre-activated length of the static vector"), 2);
            self.take(&of("pre-activated static vector"), length);
            self.sealed(&of("sealed license key"), serial, "client-license", (2, 0));
        }
        Some(())
    }

    /// What every account from AM2 on ends with.
    fn vector_and_keys(&mut self, of: &str, serial: Serial, place: u8, has_channel: bool) -> Option<()> {
        let length = self.number(&format!("{of}length of the static vector"), 2);
        let vector = StaticVector::decode(&self.take(&format!("{of}static vector"), length)).ok()?;
        if has_channel {
            self.sealed(&format!("{of}sealed payload key"), serial, "client-payload", (place, 0));
        }
        for index in vector.applications.iter().map(|rules| rules.form.index) {
            self.take(&format!("{of}event {index}"), 8);
            let name = format!("{of}sealed application key {index}");
            self.sealed(&name, serial, "client-application", (place, index));
        }
        Some(())
    }
}

pub(super) fn fields(state: &[u8]) -> Vec<Field> {
    let mut walk = Walk { state, fields: Vec::new(), at: 0 };
    for (name, length) in
        [("CPC", 3), ("version", 1), ("nonce", 12), ("installation salt", 16), ("device type", 1)]
    {
        walk.take(name, length);
    }
    let accounts = walk.number("number of accounts", 2);
    for n in 1..=accounts {
        if walk.account(n).is_none() {
            return walk.fields;
        }
    }
    walk.take("MAC", 16);
    walk.fields
}

fn salt(state: &[u8]) -> [u8; 16] {
    state.get(16..32).and_then(|salt| salt.try_into().ok()).unwrap_or_default()
}

/// The state with another content before its MAC.
pub(super) fn with_mac(content: &[u8]) -> Vec<u8> {
    let mac = cmac(kdf::client_state(&platform(), &salt(content)).expose(), &[content]);
    [content, &mac].concat()
}

/// Every field, every sealing key with what it opens, the MAC's key.
pub(super) fn between(state: &[u8]) -> Value {
    let fields = fields(state);
    let bytes = |field: &Field| state.get(field.at.clone()).unwrap_or_default();
    let keys = fields.iter().filter_map(|field| {
        let (serial, label, place, index) = field.sealed?;
        let key = kdf::client_key(&platform(), label.as_bytes(), &salt(state), serial, place, index);
        let (sealed, tag) = bytes(field).split_last_chunk::<16>()?;
        let mut opened = sealed.to_vec();
        Gcm::sealing(&key).open(&nonce(state), &[], &mut opened, tag, CST_8).ok()?;
        let context = [&salt(state)[..], &serial.to_bytes(), &[place, index]].concat();
        Some(json!({"field": field.name, "label": label, "context": hex(context),
            "sealing_key": hex(key.expose()), "key": hex(opened)}))
    });
    let keys: Vec<Value> = keys.collect();
    let parts: Vec<Value> = fields.iter().map(|field| json!([field.name, hex(bytes(field))])).collect();
    json!({"fields": parts, "keys": keys,
        "mac_key": hex(kdf::client_state(&platform(), &salt(state)).expose())})
}

fn nonce(state: &[u8]) -> [u8; 12] {
    state.get(4..16).and_then(|nonce| nonce.try_into().ok()).unwrap_or_default()
}

/// A state with another value in a field; the MAC is right.
pub(super) fn bent(state: &[u8], changes: &[(&str, &[u8])]) -> Vec<u8> {
    let fields = fields(state);
    let mut content = state.get(..state.len().saturating_sub(16)).unwrap_or_default().to_vec();
    // From the last to the first, since a change may have another length.
    for field in fields.iter().rev() {
        if let Some((_, bytes)) = changes.iter().find(|(name, _)| *name == field.name) {
            content.splice(field.at.clone(), bytes.iter().copied());
        }
    }
    with_mac(&content)
}

/// The same state with these two of its accounts.
pub(super) fn with_accounts(state: &[u8], picked: [usize; 2]) -> Vec<u8> {
    let fields = fields(state);
    let account = |n: usize| {
        let of = fields.iter().filter(move |field| field.name.starts_with(&format!("account {n}: ")));
        of.flat_map(|field| state.get(field.at.clone()).unwrap_or_default())
    };
    let head = state.get(..35).unwrap_or_default().iter();
    with_mac(&head.chain(picked.into_iter().flat_map(account)).copied().collect::<Vec<_>>())
}

/// The bytes of a field.
pub(super) fn field(state: &[u8], name: &str) -> Vec<u8> {
    let found = fields(state).into_iter().find(|field| field.name == name);
    found.and_then(|field| state.get(field.at)).unwrap_or_default().to_vec()
}
