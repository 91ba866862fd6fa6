//! `client-state.json` (SPEC section 23, CST): states that a client loads and writes again just so, and states that
//! it refuses. The state is taken apart here field by field, so that each can be bent by its name; where the bending
//! is not itself what the MAC is for, the MAC is made anew.

use std::ops::Range;

use serde_json::{Value, json};

use super::{expected, flow, hex, since, with};
use crate::bytes::Wire;
use crate::crypto::gcm::Gcm;
use crate::crypto::kdf;
use crate::crypto::keys::{Key, Platform};
use crate::crypto::mac::cmac;
use crate::harness::engine::{Engine, claims};
use crate::harness::operations::{ClientAccounts, ClientLoad, ClientSave, RandomState};
use crate::harness::protocol::{Array, Bytes, Data};
use crate::harness::scene::{START, Scene, Stage, Under};
use crate::harness::setup::{Setup, app, otp};
use crate::harness::suite::fnv;
use crate::harness::trial::{Peer, Stop, Trial};
use crate::rule::{CST_4, CST_5, CST_6, CST_7, CST_8, Rule, STV_1, STV_5};
use crate::serial::Serial;
use crate::wire::static_vector::StaticVector;

/// `client-state.json`.
pub(super) fn states() -> Vec<Value> {
    since(3, [good(), bad_frames(), bad_fields(), bad_keys(), orders()].concat())
}

/// The platform key of the vectors.
const PLATFORM: [u8; 16] = [0x44; 16];
const NONCE: [u8; 12] = [0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xBB];

fn platform() -> Key<Platform> {
    Key::new(PLATFORM)
}

/// The parameters of `client.save`.
pub(super) fn save() -> ClientSave {
    ClientSave {
        platform_key: Array(PLATFORM),
        random: Some(RandomState { state_nonce: Some(Array(NONCE)) }),
    }
}

/// The parameters of `client.load` for the client of this setup.
pub(super) fn load(setup: &Setup, state: &[u8]) -> ClientLoad {
    let Setup { app_version, rooted, root_policy, replacement, platform_data, .. } = setup;
    ClientLoad {
        platform_key: Array(PLATFORM),
        state: Bytes(state.to_vec()),
        static_vector: setup.built_in.then(|| Bytes(setup.vector.to_bytes())),
        platform_data: Bytes(platform_data.to_vec()),
        app_version: (*app_version).into(),
        rooted: *rooted,
        root_policy: *root_policy,
        replacement: *replacement,
    }
}

/// What a scene leaves in the storage of its client, played on the reference.
fn stored(id: &str, play: impl FnOnce(&mut Trial<'_>) -> Result<Scene, Stop>) -> Vec<u8> {
    let claims = claims();
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0)));
    let peer = Peer { exchange: &mut engine, claims: &claims };
    let mut trial = Trial::new(vec![peer], fnv(id), START);
    let saved = play(&mut trial).and_then(|scene| trial.agrees("CST-1", &scene.client, &save()));
    saved.map(|saved| saved.state.0).unwrap_or_default()
}

fn at(stage: Stage, setup: Setup) -> Vec<u8> {
    stored("state", |t| Scene::new(t, Under::Client, setup, stage))
}

/// Applications of every kind, some of them used; wrong PINs until it was locked; an unlock challenge is shown.
fn locked() -> Vec<u8> {
    stored("state-locked", |t| {
        use crate::harness::operations::{ClientGenerateUnlockChallenge, RandomUnlockChallenge};
        let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Active)?;
        for application in [otp::EVENT, otp::EVENT, otp::BOTH] {
            scene.respond(t, application, &Data::ResponseOnly {}, 0)?;
        }
        scene.lock(t)?;
        let random =
            Some(RandomUnlockChallenge { unlock_challenge: Some(Array(*b"\0\0\0\0\x02\xFA\xF0\x80")) });
        let shown = ClientGenerateUnlockChallenge { serial: scene.setup.serial.into(), random };
        t.agrees("UNL-1", &scene.client, &shown)?;
        Ok(scene)
    })
}

/// An activated account and a pre-activated one beside it.
fn both() -> Vec<u8> {
    stored("state-both", |t| {
        let setup = Setup { replacement: true, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
        scene.replace = true;
        scene.play(t, Stage::PreActivated)?;
        Ok(scene)
    })
}

/// An activated account, and a pre-activated one of another license.
fn two() -> Vec<u8> {
    stored("state-two", |t| {
        let first = Scene::new(t, Under::Client, Setup::default(), Stage::Active)?;
        let setup = Setup { serial: "VDS0000007", challenge: false, ..Setup::default() };
        let mut second = Scene::new(t, Under::Client, setup, Stage::Issued)?;
        second.client = first.client;
        second.activate_license(t)?;
        Ok(second)
    })
}

fn active() -> Vec<u8> {
    at(Stage::Active, Setup::default())
}

fn pre_activated() -> Vec<u8> {
    at(Stage::PreActivated, Setup::default())
}

// Taken apart.

/// A part of a state.
struct Field {
    name: String,
    at: Range<usize>,
    /// Of a sealed key: its license, label and index (CST-2).
    sealed: Option<(Serial, &'static str, u8)>,
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

    fn sealed(&mut self, name: &str, serial: Serial, label: &'static str, index: u8) {
        self.take(name, 32);
        if let Some(field) = self.fields.last_mut() {
            field.sealed = Some((serial, label, index));
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
            self.take(&of("pin_failures"), 1);
            self.take(&of("unlock_failures"), 1);
            if flags & 8 != 0 {
                self.take(&of("unlock challenge"), 8);
            }
            let length = self.number(&of("length of the static vector"), 2);
            let vector = StaticVector::decode(&self.take(&of("static vector"), length)).ok()?;
            if flags & 4 != 0 {
                self.sealed(&of("sealed payload key"), serial, "client-payload", 0);
            }
            for index in vector.applications.iter().map(|rules| rules.form.index) {
                self.take(&of(&format!("event {index}")), 8);
                self.sealed(
                    &of(&format!("sealed application key {index}")),
                    serial,
                    "client-application",
                    index,
                );
            }
        }
        if flags & 2 != 0 {
            self.take(&of("challenge"), 8);
            self.take(&of("pre-activated policy"), 2);
            let length = self.number(&of("pre-activated length of the static vector"), 2);
            self.take(&of("pre-activated static vector"), length);
            self.sealed(&of("sealed license key"), serial, "client-license", 0);
        }
        Some(())
    }
}

fn fields(state: &[u8]) -> Vec<Field> {
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
fn with_mac(content: &[u8]) -> Vec<u8> {
    let mac = cmac(kdf::client_state(&platform(), &salt(content)).expose(), &[content]);
    [content, &mac].concat()
}

/// Every field, every sealing key with what it opens, the MAC's key.
fn between(state: &[u8]) -> Value {
    let fields = fields(state);
    let bytes = |field: &Field| state.get(field.at.clone()).unwrap_or_default();
    let keys = fields.iter().filter_map(|field| {
        let (serial, label, index) = field.sealed?;
        let key = kdf::client_key(&platform(), label.as_bytes(), &salt(state), serial, index);
        let (sealed, tag) = bytes(field).split_last_chunk::<16>()?;
        let opened = Gcm::sealing(&key).open(&nonce(state), &[], sealed, tag, CST_8).ok()?;
        let context = [&salt(state)[..], &serial.to_bytes(), &[index]].concat();
        Some(json!({"field": field.name, "label": label, "context": hex(context),
            "sealing_key": hex(key.expose()), "key": hex(&*opened)}))
    });
    let keys: Vec<Value> = keys.collect();
    let parts: Vec<Value> = fields.iter().map(|field| json!([field.name, hex(bytes(field))])).collect();
    json!({"fields": parts, "keys": keys,
        "mac_key": hex(kdf::client_state(&platform(), &salt(state)).expose())})
}

fn nonce(state: &[u8]) -> [u8; 12] {
    state.get(4..16).and_then(|nonce| nonce.try_into().ok()).unwrap_or_default()
}

// Loaded.

fn good() -> Vec<Value> {
    let of = |id: &str, note: &str, setup: Setup, state: Vec<u8>| {
        let play = |t: &mut Trial<'_>| {
            let client = t.peer_client();
            t.agrees("CST-9", &client, &load(&setup, &state))?;
            t.agrees("CST-9", &client, &ClientAccounts {})?;
            let again = t.agrees("CST-1", &client, &save())?;
            t.same("CST-1", &again.state.0, Some(&state))
        };
        let vector = flow(&format!("client-state-{id}"), note, &["CST-1", "CST-2", "CST-3", "CST-9"], play);
        with(with(vector, "input", json!({"state": hex(&state)})), "intermediate", between(&state))
    };
    let without = Setup { secure_channel: false, ..Setup::default() };
    vec![
        of("empty", "no account: 51 bytes", Setup::default(), at(Stage::Created, Setup::default())),
        of("pre-activated", "between AM1 and AM2", Setup::default(), pre_activated()),
        of("activated", "after AM2", Setup::default(), active()),
        of("no-payload-key", "without Secure Channel", without.clone(), at(Stage::Active, without)),
        of("locked", "events, wrong PINs, an unlock challenge", Setup::otp(), locked()),
        of("both", "a pre-activated account beside the activated one", Setup::default(), both()),
        of("two", "two licenses, by serial number", Setup::default(), two()),
    ]
}

/// A state that is refused, by whichever client.
fn refused(id: &str, note: &str, rule: Rule, state: &[u8]) -> Value {
    refused_by(id, note, rule, load(&Setup::default(), state))
}

fn refused_by(id: &str, note: &str, rule: Rule, question: ClientLoad) -> Value {
    let play = |t: &mut Trial<'_>| {
        let client = t.peer_client();
        t.refuses_stateless(rule, &client, &question)
    };
    let vector = flow(&format!("client-state-{id}"), note, &[rule.id], play);
    let vector = with(vector, "input", json!({"state": hex(&question.state.0)}));
    expected(rule, vector)
}

fn bad_frames() -> Vec<Value> {
    let empty = at(Stage::Created, Setup::default());
    let state = active();
    let flipped = |state: &[u8], at: usize| {
        let mut state = state.to_vec();
        if let Some(byte) = state.get_mut(at) {
            *byte ^= 1;
        }
        state
    };
    let versioned = |version: u8| {
        let mut state = state.clone();
        state.splice(3..4, [version]);
        state
    };
    let last = state.len() - 1;
    let bad = |id, note, rule, state: &[u8]| refused(id, note, rule, state);
    let other_key = ClientLoad { platform_key: Array([0x45; 16]), ..load(&Setup::default(), &state) };
    vec![
        bad("nothing", "no byte", CST_4, &[]),
        bad("magic", "another first byte", CST_4, &flipped(&state, 0)),
        bad("magic-third", "another third byte, and version 0", CST_4, &flipped(&flipped(&state, 2), 3)),
        bad("50-bytes", "a byte too short", CST_4, empty.get(..50).unwrap_or_default()),
        bad("version-0", "version 0; the MAC comes later", CST_5, &versioned(0)),
        bad("version-2", "version 2", CST_5, &versioned(2)),
        refused_by("another-key", "another platform key", CST_6, other_key),
        bad("mac", "the last bit of the MAC", CST_6, &flipped(&state, last)),
        bad("salt", "a bit of the salt: another MAC key", CST_6, &flipped(&state, 16)),
        bad("nonce", "a bit of the nonce", CST_6, &flipped(&state, 4)),
        bad("device-type", "another device type", CST_6, &flipped(&state, 32)),
        bad("cut", "the last byte cut off", CST_6, state.get(..last).unwrap_or_default()),
        bad("extended", "a byte more", CST_6, &[&state[..], &[0]].concat()),
        bad("two-states", "two states in one", CST_6, &[&state[..], &state].concat()),
    ]
}

/// A state with another value in a field; the MAC is right.
fn bent(state: &[u8], changes: &[(&str, &[u8])]) -> Vec<u8> {
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
fn with_accounts(state: &[u8], picked: [usize; 2]) -> Vec<u8> {
    let fields = fields(state);
    let account = |n: usize| {
        let of = fields.iter().filter(move |field| field.name.starts_with(&format!("account {n}: ")));
        of.flat_map(|field| state.get(field.at.clone()).unwrap_or_default())
    };
    let head = state.get(..35).unwrap_or_default().iter();
    with_mac(&head.chain(picked.into_iter().flat_map(account)).copied().collect::<Vec<_>>())
}

/// The bytes of a field.
fn field(state: &[u8], name: &str) -> Vec<u8> {
    let found = fields(state).into_iter().find(|field| field.name == name);
    found.and_then(|field| state.get(field.at)).unwrap_or_default().to_vec()
}

fn bad_fields() -> Vec<Value> {
    let of = |id: &str, note: &str, state: &[u8], changes: &[(&str, &[u8])]| {
        refused(id, note, CST_7, &bent(state, changes))
    };
    let (active, pre, locked, both, two) = (active(), pre_activated(), locked(), both(), two());
    let beyond = (1u64 << 53).to_be_bytes();
    let one = 1u64.to_be_bytes();
    let foreign = foreign_vector();
    let cut = |length: usize| with_mac(active.get(..length).unwrap_or_default());
    let left_over = with_mac(&[active.get(..active.len() - 16).unwrap_or_default(), &[0]].concat());
    let mut vectors = vec![
        of("device-type-100", "the first device type that is too large", &active, &[("device type", &[100])]),
        of("accounts-2", "an account fewer than it says", &active, &[("number of accounts", &[0, 2])]),
        of("accounts-0", "an account more", &active, &[("number of accounts", &[0, 0])]),
        of("serial", "a serial number that is none", &active, &[("account 1: serial", &[0xFA, 0, 0, 0, 0])]),
        of("flags-0", "neither activated nor pre-activated", &active, &[("account 1: flags", &[0])]),
        of("flags-16", "a reserved flag", &active, &[("account 1: flags", &[0x15])]),
        of("flags-payload-key", "a payload key without an instance", &pre, &[("account 1: flags", &[6])]),
        of("flags-challenge", "an unlock challenge without one", &pre, &[("account 1: flags", &[10])]),
        of("sequence-0", "sequence number 0", &active, &[("account 1: sequence", &[0])]),
        of("sequence-100", "sequence number 100", &active, &[("account 1: sequence", &[100])]),
        of(
            "policy-protection",
            "a policy with protection 3",
            &active,
            &[("account 1: policy", &[0x0C, 0x20])],
        ),
        of(
            "policy-last-bit",
            "a policy with its last bit set",
            &active,
            &[("account 1: policy", &[0x08, 0x21])],
        ),
        of("pin-failures", "more wrong PINs than tries", &active, &[("account 1: pin_failures", &[4])]),
        of("unlock-failures", "more wrong responses", &locked, &[("account 1: unlock_failures", &[4])]),
        of(
            "challenge",
            "an unlock challenge with a letter",
            &locked,
            &[("account 1: unlock challenge", b"1234567A")],
        ),
        of("event-of-time", "an event where there are none", &active, &[("account 1: event 1", &one)]),
        of("event-2-53", "an event of 2^53", &active, &[("account 1: event 2", &beyond)]),
        of(
            "prefix",
            "another prefix than the serial number's",
            &active,
            &[("account 1: static vector", &foreign)],
        ),
        of(
            "pre-activated-prefix",
            "so in a pre-activated one",
            &pre,
            &[("account 1: pre-activated static vector", &foreign)],
        ),
        of(
            "pre-activated-policy",
            "a post-activation application that can't confirm",
            &pre,
            &[("account 1: pre-activated policy", &[0x08, 0x20 | (app::RESPONSE_ONLY - 1) << 1])],
        ),
        of(
            "pre-activated-policy-protection",
            "protection 0",
            &both,
            &[("account 1: pre-activated policy", &[0x00, 0x20])],
        ),
        refused("order", "two accounts in the other order", CST_7, &with_accounts(&two, [2, 1])),
        refused("twice", "an account twice", CST_7, &with_accounts(&two, [1, 1])),
        refused("left-over", "a byte left over", CST_7, &left_over),
        refused("cut-in-account", "an account cut off, the MAC right", CST_7, &cut(active.len() - 17)),
        refused("cut-in-serial", "cut in the serial number", CST_7, &cut(38)),
        refused("cut-in-vector", "cut in the static vector", CST_7, &cut(60)),
    ];
    vectors.push(refused(
        "static-vector-magic",
        "a static vector that is none",
        STV_1,
        &bent(
            &active,
            &[("account 1: static vector", &without_magic(&field(&active, "account 1: static vector")))],
        ),
    ));
    vectors.push(refused(
        "static-vector-tries",
        "a static vector without tries",
        STV_5,
        &bent(&pre, &[("account 1: pre-activated static vector", &without_tries())]),
    ));
    vectors
}

/// The vector of most scenes for another prefix, of the same length.
fn foreign_vector() -> Vec<u8> {
    let mut vector = Setup::default().vector.to_bytes();
    vector.splice(6..8, [0, 0]);
    vector
}

fn without_magic(vector: &[u8]) -> Vec<u8> {
    [&[0x39], vector.get(1..).unwrap_or_default()].concat()
}

fn without_tries() -> Vec<u8> {
    let mut vector = Setup::default().vector.to_bytes();
    vector.splice(31..32, [0]);
    vector
}

/// CST-8: each of these has a right MAC.
fn bad_keys() -> Vec<Value> {
    let (active, pre) = (active(), pre_activated());
    let flipped = |state: &[u8], name: &str, at: usize| {
        let mut bytes = field(state, name);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
        bent(state, &[(name, &bytes)])
    };
    let of = |id: &str, note: &str, state: &[u8]| refused(id, note, CST_8, state);
    let first = "account 1: sealed application key 1";
    let second = "account 1: sealed application key 2";
    let other_salt = {
        let content = active.get(..active.len() - 16).unwrap_or_default();
        let mut content = content.to_vec();
        content.splice(16..32, [0; 16]);
        with_mac(&content)
    };
    vec![
        of(
            "sealed-payload-key",
            "a bit of a sealed key",
            &flipped(&active, "account 1: sealed payload key", 0),
        ),
        of("sealed-application-key", "a bit of a tag", &flipped(&active, second, 31)),
        of(
            "sealed-license-key",
            "a bit of a sealed license key",
            &flipped(&pre, "account 1: sealed license key", 15),
        ),
        of(
            "sealed-keys-swapped",
            "two applications' keys in each other's place",
            &bent(&active, &[(first, &field(&active, second)), (second, &field(&active, first))]),
        ),
        of("sealed-under-another-nonce", "another nonce", &bent(&active, &[("nonce", &[0; 12])])),
        of("sealed-under-another-salt", "another salt", &other_salt),
        of(
            "sealed-for-another-serial",
            "another serial number of the same prefix",
            &bent(&active, &[("account 1: serial", &[0xC3, 0xE4, 0, 0, 7])]),
        ),
    ]
}

/// Two defects: the one further left decides.
fn orders() -> Vec<Value> {
    let (active, two) = (active(), two());
    let zeros = [0; 32];
    let of = |id: &str, note: &str, rule: Rule, state: &[u8], changes: &[(&str, &[u8])]| {
        refused(&format!("order-{id}"), note, rule, &bent(state, changes))
    };
    let payload_key = ("account 1: sealed payload key", &zeros[..]);
    let event = ("account 1: event 1", &[0, 0, 0, 0, 0, 0, 0, 1][..]);
    vec![
        of(
            "key-before-event",
            "a payload key that does not open, then an event where there are none",
            CST_8,
            &active,
            &[payload_key, event],
        ),
        of(
            "event-before-key",
            "an event where there are none, then a key that does not open",
            CST_7,
            &active,
            &[event, ("account 1: sealed application key 1", &zeros)],
        ),
        of(
            "vector-before-failures",
            "too many wrong PINs for a static vector that is none",
            STV_1,
            &active,
            &[
                ("account 1: pin_failures", &[99]),
                ("account 1: static vector", &without_magic(&field(&active, "account 1: static vector"))),
            ],
        ),
        of(
            "failures-before-key",
            "too many wrong PINs, then a payload key that does not open",
            CST_7,
            &active,
            &[("account 1: pin_failures", &[4]), payload_key],
        ),
        of(
            "serial-before-account",
            "serial numbers descending, then a key that does not open",
            CST_7,
            &two,
            &[("account 2: serial", &[0xC3, 0xE4, 0, 0, 1]), ("account 2: sealed payload key", &zeros)],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_decided_by_what_it_is_about() {
        for vector in states() {
            assert!(vector.get("result").is_some(), "{vector}");
        }
    }

    #[test]
    fn cst_1_the_fields_are_all_of_the_state() {
        for state in [active(), pre_activated(), locked(), both(), two()] {
            assert!(state.len() > 51);
            let fields = fields(&state);
            assert_eq!(fields.iter().map(|field| field.at.len()).sum::<usize>(), state.len());
            assert_eq!(bent(&state, &[]), state);
            let keys = between(&state)["keys"].as_array().unwrap().len();
            assert_eq!(keys, fields.iter().filter(|field| field.sealed.is_some()).count(), "each key opens");
        }
    }
}
