//! States that a client refuses.

use serde_json::{Value, json};

use super::super::flow;
use super::super::vector::{expected, hex, with};
use super::apart::{bent, field, with_accounts, with_mac};
use super::stored::{active, at, both, load, locked, pre_activated, two};
use channel::bytes::Wire;
use channel::rule::{CST_4, CST_5, CST_6, CST_7, CST_8, Rule, STV_1, STV_5};
use harness::scene::Stage;
use harness::setup::{Setup, app};
use harness::trial::Trial;
use peer::operations::ClientLoad;
use peer::protocol::Array;

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

pub(super) fn bad_frames() -> Vec<Value> {
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
        bad("magic-third", "another third byte, and version 3", CST_4, &flipped(&flipped(&state, 2), 3)),
        bad("50-bytes", "a byte too short", CST_4, empty.get(..50).unwrap_or_default()),
        bad("version-0", "version 0; the MAC comes later", CST_5, &versioned(0)),
        bad("version-1", "version 1, of before", CST_5, &versioned(1)),
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

pub(super) fn bad_fields() -> Vec<Value> {
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
pub(super) fn bad_keys() -> Vec<Value> {
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
pub(super) fn orders() -> Vec<Value> {
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
