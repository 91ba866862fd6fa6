//! States that a client must not be made of: cut, edited, and under a right MAC with a field that is none.

use super::at_rest::{load, save};
use super::client_state::{Shape, made};
use super::{negative, positive};
use channel::bytes::Wire;
use channel::rule::{CST_4, CST_5, CST_6, CST_7, CST_8, CST_10, CST_11, Rule, STV_1, STV_3, STV_4, STV_5};
use channel::wire::static_vector::StaticVector;
use harness::case::{Case, Role};
use harness::forge::state::Saved;
use harness::setup::{PIN_TRIES, otp};
use harness::trial::{Stop, Trial};
use peer::operations::ClientLoad;
use peer::protocol::Bytes;

/// A field bent under a right MAC.
type Bend = (&'static str, Rule, Shape, fn(&mut Saved));

/// The same, taken.
type Limit = (&'static str, Shape, fn(&mut Saved));

const ACTIVE: Shape = Shape::Activated;
const BESIDE: Shape = Shape::ReplacingUnlocking;
const WAITING: Shape = Shape::Waiting;

#[rustfmt::skip] // a table
const FIELDS: [Bend; 87] = [
    ("device-type-100", CST_7, Shape::Empty, |s| s.put("device-type", &[100])),
    ("device-type-255", CST_7, ACTIVE, |s| s.put("device-type", &[255])),
    ("accounts-too-few", CST_7, Shape::Two, |s| s.put("accounts", &[0, 1])),
    ("accounts-too-many", CST_7, ACTIVE, |s| s.put("accounts", &[0, 2])),
    ("accounts-33", CST_10, ACTIVE, |s| s.put("accounts", &[0, 33])),
    ("accounts-256-more", CST_10, ACTIVE, |s| s.put("accounts", &[1, 1])),
    ("accounts-none-said", CST_7, ACTIVE, |s| s.put("accounts", &[0, 0])),
    ("accounts-one-said", CST_7, Shape::Empty, |s| s.put("accounts", &[0, 1])),
    ("serial-prefix", CST_7, ACTIVE, |s| s.put("0/serial", &[0xFF, 0xFF, 0, 0, 1])),
    ("serial-suffix", CST_7, ACTIVE, |s| s.put("0/serial", &[0xC3, 0xE4, 0x98, 0x96, 0x80])),
    ("flags-none", CST_7, ACTIVE, |s| s.put("0/flags", &[0])),
    ("flags-none-and-nothing-more", CST_7, ACTIVE, |s| { s.put("0/flags", &[0]); let end = s.at("0/flags").end; s.bytes().truncate(end) }),
    ("flags-payload-key-alone", CST_7, ACTIVE, |s| s.put("0/flags", &[4])),
    ("flags-challenge-alone", CST_7, ACTIVE, |s| s.put("0/flags", &[8])),
    ("flags-payload-key-of-pre-activated", CST_7, Shape::PreActivated, |s| s.put("0/flags", &[2 | 4])),
    ("flags-challenge-of-pre-activated", CST_7, Shape::PreActivated, |s| s.put("0/flags", &[2 | 8])),
    ("flags-16", CST_7, ACTIVE, |s| s.flip("0/flags", 0, 16)),
    ("flags-128", CST_7, ACTIVE, |s| s.flip("0/flags", 0, 128)),
    ("flags-16-of-pre-activated", CST_7, Shape::PreActivated, |s| s.flip("0/flags", 0, 16)),
    ("flags-pre-activated-not-there", CST_7, ACTIVE, |s| s.flip("0/flags", 0, 2)),
    ("flags-activated-left-out", CST_7, BESIDE, |s| s.put("0/flags", &[1 | 4 | 8])),
    ("flags-waiting-alone", CST_7, Shape::PreActivated, |s| s.put("0/flags", &[64])),
    ("flags-waiting-with-pre-activated", CST_7, BESIDE, |s| s.flip("0/flags", 0, 64)),
    ("flags-pre-activated-beside-waiting", CST_7, WAITING, |s| beside_waiting(s)),
    ("flags-waiting-left-out", CST_7, WAITING, |s| s.flip("0/flags", 0, 64 | 128)),
    ("waiting-sequence-0", CST_7, WAITING, |s| s.put("0/waiting-sequence", &[0])),
    ("waiting-sequence-100", CST_7, WAITING, |s| s.put("0/waiting-sequence", &[100])),
    ("waiting-policy-last-bit", CST_7, WAITING, |s| s.flip("0/waiting-policy", 1, 1)),
    ("waiting-application-that-cannot-sign", CST_7, WAITING, |s| s.put("0/waiting-policy", &[0x08, 0x20 | (otp::TIME - 1) << 1])),
    ("waiting-vector-binding-2", STV_5, WAITING, |s| s.flip("0/waiting-vector", 35, 2)),
    ("waiting-event-without-events", CST_7, WAITING, |s| s.flip("0/waiting-event-2", 7, 1)),
    ("waiting-cut", CST_7, WAITING, |s| { let end = s.at("0/waiting-vector-length").start; s.bytes().truncate(end); }),
    ("challenge-not-locked", CST_11, Shape::Unlocking, |s| s.put("0/pin-failures", &[PIN_TRIES - 1])),
    ("challenge-without-unlock-application", CST_11, Shape::Unlocking, |s| disable_unlocking(s)),
    ("sequence-0", CST_7, ACTIVE, |s| s.put("0/sequence", &[0])),
    ("sequence-100", CST_7, ACTIVE, |s| s.put("0/sequence", &[100])),
    ("policy-last-bit", CST_7, ACTIVE, |s| s.flip("0/policy", 1, 1)),
    ("policy-protection-0", CST_7, ACTIVE, |s| s.flip("0/policy", 0, 2 << 2)),
    ("policy-protection-3", CST_7, ACTIVE, |s| s.flip("0/policy", 0, 1 << 2)),
    ("policy-protection-of-messages-0", CST_7, ACTIVE, |s| s.flip("0/policy", 1, 2 << 4)),
    ("pin-failures-above-tries", CST_7, ACTIVE, |s| s.put("0/pin-failures", &[PIN_TRIES + 1])),
    ("pin-failures-255", CST_7, ACTIVE, |s| s.put("0/pin-failures", &[255])),
    ("unlock-failures-above-tries", CST_7, ACTIVE, |s| s.put("0/unlock-failures", &[PIN_TRIES + 1])),
    ("unlock-failures-255", CST_7, ACTIVE, |s| s.put("0/unlock-failures", &[255])),
    ("challenge-letter", CST_7, Shape::Unlocking, |s| s.put("0/challenge", b"1234567A")),
    ("challenge-blank", CST_7, Shape::Unlocking, |s| s.put("0/challenge", b" 1234567")),
    ("challenge-number", CST_7, Shape::Unlocking, |s| s.put("0/challenge", &[0, 1, 2, 3, 4, 5, 6, 7])),
    ("vector-past-the-end", CST_7, ACTIVE, |s| s.put("0/vector-length", &[0x7F, 0xFF])),
    ("vector-empty", STV_1, ACTIVE, |s| s.put("0/vector-length", &[0, 0])),
    ("vector-shorter", STV_1, ACTIVE, |s| s.flip("0/vector-length", 1, 1)),
    ("vector-magic", STV_1, ACTIVE, |s| s.flip("0/vector", 0, 1)),
    ("vector-record-length", STV_3, ACTIVE, |s| s.flip("0/vector", 5, 1)),
    ("vector-tag", STV_4, ACTIVE, |s| s.flip("0/vector", 33, 1)),
    ("vector-binding-2", STV_5, ACTIVE, |s| s.flip("0/vector", 35, 2)),
    ("vector-of-pre-activated", STV_5, Shape::PreActivated, |s| s.flip("0/pre-vector", 35, 2)),
    ("event-without-events", CST_7, ACTIVE, |s| s.flip("0/event-2", 7, 1)),
    ("event-too-high", CST_7, ACTIVE, |s| s.put("0/event-3", &(1u64 << 53).to_be_bytes())),
    ("event-highest", CST_7, ACTIVE, |s| s.put("0/event-3", &u64::MAX.to_be_bytes())),
    ("pre-policy-last-bit", CST_7, Shape::PreActivated, |s| s.flip("0/pre-policy", 1, 1)),
    ("pre-policy-protection-0", CST_7, BESIDE, |s| s.flip("0/pre-policy", 0, 2 << 2)),
    ("pre-vector-past-the-end", CST_7, Shape::PreActivated, |s| s.put("0/pre-vector-length", &[2, 0])),
    ("accounts-out-of-order", CST_7, Shape::Two, |s| swapped(s)),
    ("account-twice", CST_7, ACTIVE, |s| twice(s)),
    ("byte-left-over", CST_7, ACTIVE, |s| s.bytes().push(0)),
    ("byte-left-over-of-empty", CST_7, Shape::Empty, |s| s.bytes().push(0)),
    ("byte-missing", CST_7, ACTIVE, |s| { s.bytes().pop(); }),
    ("byte-missing-of-pre-activated", CST_7, Shape::PreActivated, |s| { s.bytes().pop(); }),
    ("account-cut", CST_7, ACTIVE, |s| { let end = s.at("0/policy").start; s.bytes().truncate(end); }),
    ("accounts-cut", CST_7, Shape::Two, |s| { let end = s.at("1/serial").start; s.bytes().truncate(end); }),
    ("payload-key-cut", CST_7, ACTIVE, |s| { let end = s.at("0/payload-key").start + 31; s.bytes().truncate(end); }),
    ("event-cut", CST_7, ACTIVE, |s| { let end = s.at("0/event-1").start + 7; s.bytes().truncate(end); }),
    ("flags-64", CST_7, ACTIVE, |s| s.flip("0/flags", 0, 64)),
    ("flags-32-of-pre-activated", CST_7, Shape::PreActivated, |s| s.flip("0/flags", 0, 32)),
    ("flags-16-without-channel", CST_7, Shape::WithoutChannel, |s| { s.flip("0/flags", 0, 16); s.insert("0/vector-length", &[0, 0, 1]) }),
    ("flags-32-without-channel", CST_7, Shape::WithoutChannel, |s| { s.flip("0/flags", 0, 32); s.insert("0/vector-length", &[0, 1, b'u', 0, 0]) }),
    ("information-counter-0", CST_7, Shape::LoggedIn, |s| s.put("0/information-counter", &[0; 3])),
    ("user-empty", CST_7, Shape::LoggedIn, |s| { s.put("0/user", &[]); s.put("0/user-length", &[0, 0]) }),
    ("user-past-the-end", CST_7, Shape::LoggedIn, |s| s.put("0/user-length", &[0xFF, 0xFF])),
    ("user-ill-formed", CST_7, Shape::LoggedIn, |s| s.flip("0/user", 0, 0x80)),
    ("user-semicolon", CST_7, Shape::LoggedIn, |s| s.put("0/user", b"a;n")),
    ("user-character", CST_7, Shape::LoggedIn, |s| s.put("0/user", b"a\nn")),
    ("user-256-characters", CST_7, Shape::LoggedIn, |s| { s.put("0/user", &[b'u'; 256]); s.put("0/user-length", &[1, 0]) }),
    ("domain-past-the-end", CST_7, Shape::LoggedIn, |s| s.put("0/domain-length", &[0xFF, 0xFF])),
    ("domain-semicolon", CST_7, Shape::LoggedIn, |s| s.put("0/domain", b"sh;p")),
    ("domain-character", CST_7, Shape::LoggedIn, |s| s.put("0/domain", b"s\xE2\x80\xAE")),
    ("domain-256-characters", CST_7, Shape::LoggedIn, |s| { s.put("0/domain", &[b'd'; 256]); s.put("0/domain-length", &[1, 0]) }),
    ("identity-left-out", STV_1, Shape::LoggedIn, |s| s.flip("0/flags", 0, 32)),
];

#[rustfmt::skip] // a table
const SEALED: [Bend; 15] = [
    ("payload-key", CST_8, ACTIVE, |s| s.flip("0/payload-key", 0, 1)),
    ("payload-key-tag", CST_8, ACTIVE, |s| s.flip("0/payload-key", 31, 0x80)),
    ("application-key", CST_8, ACTIVE, |s| s.flip("0/key-1", 15, 1)),
    ("application-key-tag", CST_8, ACTIVE, |s| s.flip("0/key-8", 16, 1)),
    ("license-key", CST_8, Shape::PreActivated, |s| s.flip("0/license-key", 0, 1)),
    ("license-key-tag", CST_8, Shape::Two, |s| s.flip("1/license-key", 31, 1)),
    ("waiting-payload-key", CST_8, WAITING, |s| s.flip("0/waiting-payload-key", 0, 1)),
    ("waiting-application-key", CST_8, WAITING, |s| s.flip("0/waiting-key-8", 16, 1)),
    ("waiting-key-of-the-activated", CST_8, WAITING, |s| { let key = s.field("0/key-1").to_vec(); s.put("0/waiting-key-1", &key) }),
    ("payload-key-of-the-waiting", CST_8, WAITING, |s| { let key = s.field("0/waiting-payload-key").to_vec(); s.put("0/payload-key", &key) }),
    ("nonce", CST_8, ACTIVE, |s| if let Some(byte) = s.bytes().get_mut(4) { *byte ^= 1 }),
    ("of-another-application", CST_8, ACTIVE, |s| { let key = s.field("0/key-1").to_vec(); s.put("0/key-2", &key) }),
    ("payload-key-as-application-key", CST_8, ACTIVE, |s| { let key = s.field("0/payload-key").to_vec(); s.put("0/key-1", &key) }),
    ("under-another-serial-number", CST_8, ACTIVE, |s| s.flip("0/serial", 4, 1)),
    ("under-another-label", CST_8, ACTIVE, |s| relabelled(s)),
];

#[rustfmt::skip] // a table
const ORDERS: [Bend; 18] = [
    ("device-type-before-accounts", CST_7, ACTIVE, |s| { s.put("device-type", &[100]); s.flip("0/vector", 0, 1) }),
    ("sequence-before-vector", CST_7, ACTIVE, |s| { s.put("0/sequence", &[0]); s.flip("0/vector", 0, 1) }),
    ("challenge-before-vector", CST_7, Shape::Unlocking, |s| { s.flip("0/challenge", 0, 0x80); s.flip("0/vector", 0, 1) }),
    ("vector-before-payload-key", STV_1, ACTIVE, |s| { s.flip("0/vector", 0, 1); s.flip("0/payload-key", 0, 1) }),
    ("failures-before-payload-key", CST_7, ACTIVE, |s| { s.put("0/pin-failures", &[PIN_TRIES + 1]); s.flip("0/payload-key", 0, 1) }),
    ("challenge-before-payload-key", CST_11, Shape::Unlocking, |s| { s.put("0/pin-failures", &[0]); s.flip("0/payload-key", 0, 1) }),
    ("failures-before-challenge", CST_7, Shape::Unlocking, |s| { s.put("0/pin-failures", &[0]); s.put("0/unlock-failures", &[PIN_TRIES + 1]) }),
    ("number-before-accounts", CST_10, ACTIVE, |s| { s.put("accounts", &[0, 33]); s.put("0/flags", &[0]) }),
    ("number-before-sealed-keys", CST_10, ACTIVE, |s| { s.put("accounts", &[0, 33]); s.flip("0/payload-key", 0, 1) }),
    ("number-before-vector", CST_10, ACTIVE, |s| { s.put("accounts", &[0, 33]); s.flip("0/vector", 0, 1) }),
    ("flags-before-vector", CST_7, ACTIVE, |s| { s.flip("0/flags", 0, 128); s.flip("0/vector", 0, 1) }),
    ("flags-before-sealed-keys", CST_7, ACTIVE, |s| { s.flip("0/flags", 0, 128); s.flip("0/payload-key", 0, 1) }),
    ("waiting-application-before-keys", CST_7, WAITING, |s| { s.put("0/waiting-policy", &[0x08, 0x20 | (otp::TIME - 1) << 1]); s.flip("0/waiting-payload-key", 0, 1) }),
    ("pre-application-before-license-key", CST_7, Shape::PreActivated, |s| { s.put("0/pre-policy", &[0x08, 0x20 | (otp::TIME - 1) << 1]); s.flip("0/license-key", 0, 1) }),
    ("payload-key-before-event", CST_8, ACTIVE, |s| { s.flip("0/payload-key", 0, 1); s.flip("0/event-1", 7, 1) }),
    ("event-before-its-key", CST_7, ACTIVE, |s| { s.flip("0/event-1", 7, 1); s.flip("0/key-1", 0, 1) }),
    ("key-before-next-event", CST_8, ACTIVE, |s| { s.flip("0/key-1", 0, 1); s.flip("0/event-2", 7, 1) }),
    ("keys-before-what-is-left-over", CST_8, ACTIVE, |s| { s.flip("0/key-8", 0, 1); s.bytes().push(0) }),
];

/// Fields at their limits, which are taken.
#[rustfmt::skip] // a table
const LIMITS: [Limit; 13] = [
    ("device-type-0", Shape::Empty, |s| s.put("device-type", &[0])),
    ("device-type-99", ACTIVE, |s| s.put("device-type", &[99])),
    ("sequence-99", ACTIVE, |s| s.put("0/sequence", &[99])),
    ("counter-highest", ACTIVE, |s| s.put("0/counter", &[0xFF; 4])),
    ("pin-failures-tries", ACTIVE, |s| s.put("0/pin-failures", &[PIN_TRIES])),
    ("unlock-failures-tries", Shape::Unlocking, |s| s.put("0/unlock-failures", &[PIN_TRIES])),
    ("challenge-zeros", Shape::Unlocking, |s| s.put("0/challenge", b"00000000")),
    ("event-highest", ACTIVE, |s| s.put("0/event-3", &((1u64 << 53) - 1).to_be_bytes())),
    ("information-counter-2", Shape::LoggedIn, |s| s.put("0/information-counter", &[0, 0, 2])),
    ("information-counter-highest", Shape::LoggedIn, |s| s.put("0/information-counter", &[0xFF; 3])),
    ("domain-empty", Shape::LoggedIn, |s| { s.put("0/domain", &[]); s.put("0/domain-length", &[0, 0]) }),
    ("user-255-characters", Shape::LoggedIn, |s| { s.put("0/user", "é".repeat(255).as_bytes()); s.put("0/user-length", &[1, 0xFE]) }),
    ("policy-other-protections", ACTIVE, |s| { s.flip("0/policy", 0, 3 << 2); s.flip("0/policy", 1, 3 << 4) }),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    let mut cases = vec![
        negative("client-state-magic", Client, CST_4, "what does not begin with CPC is no state", magic),
        negative("client-state-50-bytes", Client, CST_4, "50 bytes are no state, 51 may be one", shortest),
        negative(
            "client-state-version",
            Client,
            CST_5,
            "every version but 2 is refused, that of before as well",
            versions,
        ),
        negative("client-state-bits", Client, CST_6, "a bit bent anywhere is refused", bits),
        negative("client-state-cut", Client, CST_6, "a state that ends early is refused, wherever", cut),
        negative("client-state-platform-key", Client, CST_6, "another platform key is refused", another_key),
        negative(
            "client-state-mac-of-another",
            Client,
            CST_6,
            "the MAC of another state is refused",
            another_mac,
        ),
        negative(
            "client-state-order-vector-given-before-state",
            Client,
            STV_5,
            "a malformed vector as a parameter and no state: the vector wins",
            |t| {
                order(t, STV_5, |load| {
                    set(&mut load.static_vector, 35, 2);
                    load.state.0.clear()
                })
            },
        ),
        negative(
            "client-state-order-magic-before-version",
            Client,
            CST_4,
            "another beginning and another version: the beginning wins",
            |t| {
                order(t, CST_4, |load| {
                    flip(&mut load.state, 0, 1);
                    flip(&mut load.state, 3, 1)
                })
            },
        ),
        negative(
            "client-state-order-length-before-version",
            Client,
            CST_4,
            "50 bytes of another version: the length wins",
            |t| {
                order(t, CST_4, |load| {
                    load.state.0.truncate(50);
                    flip(&mut load.state, 3, 1)
                })
            },
        ),
        negative(
            "client-state-order-version-before-mac",
            Client,
            CST_5,
            "another version and a wrong MAC: the version wins",
            |t| order(t, CST_5, |load| flip(&mut load.state, 3, 1)),
        ),
        negative(
            "client-state-order-mac-before-fields",
            Client,
            CST_6,
            "a field out of its range and a wrong MAC: the MAC wins",
            |t| order(t, CST_6, |load| flip(&mut load.state, 32, 0x80)),
        ),
    ];
    let bent = |prefix: &'static str, (name, rule, shape, bend): Bend| {
        let about = format!("{prefix} {name}: refused under a right MAC, too");
        negative(format!("client-state-{prefix}-{name}"), Client, rule, about, move |t| {
            refused(t, rule, shape, bend)
        })
    };
    cases.extend(FIELDS.map(|row| bent("field", row)));
    cases.extend(SEALED.map(|row| bent("sealed", row)));
    cases.extend(ORDERS.map(|row| bent("order", row)));
    cases.extend(LIMITS.map(|(name, shape, bend)| {
        let about = format!("{name}: a field at its limit is taken");
        positive(format!("client-state-limit-{name}"), Client, &["CST-9"], about, move |t| {
            let (good, saved) = right(t, shape)?;
            let client = t.peer_client();
            t.agrees("CST-9", &client, &bent_question(&good, saved, bend)?)?;
            // It is what was loaded that is saved again.
            let question = save(t, good.platform_key.0);
            t.agrees("CST-9", &client, &question).map(|_| ())
        })
    }));
    cases
}

/// The parameters of `client.load` for a right state, and the state taken apart.
fn right(t: &mut Trial<'_>, shape: Shape) -> Result<(ClientLoad, Saved), Stop> {
    let (scene, platform, state) = made(t, shape)?;
    let saved = Saved::of(platform, &state);
    Ok((load(&scene.setup, platform, state), saved))
}

fn bent_question(good: &ClientLoad, mut saved: Saved, bend: fn(&mut Saved)) -> Result<ClientLoad, Stop> {
    bend(&mut saved);
    let state = Bytes(saved.state());
    match state == good.state {
        true => Err(Stop::Harness("a bend that bends nothing".into())),
        false => Ok(ClientLoad { state, ..good.clone() }),
    }
}

fn refused(t: &mut Trial<'_>, rule: Rule, shape: Shape, bend: fn(&mut Saved)) -> Result<(), Stop> {
    let (good, saved) = right(t, shape)?;
    let bad = bent_question(&good, saved, bend)?;
    let client = t.peer_client();
    // The twin makes a session of the same name, so the refusal has made none.
    t.refuses_stateless(rule, &client, &bad)?;
    t.twin(rule.id, &client, &good).map(|_| ())
}

/// The vector's unlock application is there, but disabled.
fn disable_unlocking(saved: &mut Saved) {
    let Ok(mut vector) = StaticVector::decode(saved.field("0/vector")) else { return };
    for rules in vector.applications.iter_mut().filter(|rules| rules.form.index == otp::UNLOCK) {
        rules.enabled = false;
    }
    saved.put("0/vector", &vector.to_bytes());
}

fn swapped(saved: &mut Saved) {
    let accounts = [saved.account_bytes(1), saved.account_bytes(0)].concat();
    let start = saved.at("0/serial").start;
    saved.bytes().truncate(start);
    saved.bytes().extend(accounts);
}

fn twice(saved: &mut Saved) {
    let account = saved.account_bytes(0);
    saved.put("accounts", &[0, 2]);
    saved.bytes().extend(account);
}

/// Beside the account that waits a pre-activated one, all of it right but for that (CST-7).
fn beside_waiting(saved: &mut Saved) {
    let serial = saved.field("0/serial").try_into().ok();
    let Some(serial) = serial.and_then(|bytes| channel::serial::Serial::from_bytes(bytes).ok()) else {
        return;
    };
    let mut pre = vec![1; 32];
    for name in ["waiting-policy", "waiting-vector-length", "waiting-vector"] {
        pre.extend(saved.field(&format!("0/{name}")));
    }
    pre.extend(saved.seal("client-license", serial, [2, 0], [7; 16]));
    saved.flip("0/flags", 0, 2);
    saved.bytes().extend(pre);
}

/// The key of an application, sealed as if it were the payload key's place.
fn relabelled(saved: &mut Saved) {
    let serial = saved.field("0/serial").try_into().ok();
    let serial = serial.and_then(|bytes| channel::serial::Serial::from_bytes(bytes).ok());
    if let Some(serial) = serial {
        let sealed = saved.seal("client-payload", serial, [0, otp::FIELDS], [7; 16]);
        saved.put("0/key-1", &sealed);
    }
}

fn flip(bytes: &mut Bytes, at: usize, bits: u8) {
    if let Some(byte) = bytes.0.get_mut(at) {
        *byte ^= bits;
    }
}

fn set(bytes: &mut Option<Bytes>, at: usize, to: u8) {
    if let Some(byte) = bytes.as_mut().and_then(|bytes| bytes.0.get_mut(at)) {
        *byte = to;
    }
}

/// States, each refused; then the right one is loaded.
fn all_refused(
    t: &mut Trial<'_>,
    rule: Rule,
    good: &ClientLoad,
    states: impl Iterator<Item = Vec<u8>>,
) -> Result<(), Stop> {
    let client = t.peer_client();
    for state in states {
        t.refuses_stateless(rule, &client, &ClientLoad { state: Bytes(state), ..good.clone() })?;
    }
    t.twin(rule.id, &client, good).map(|_| ())
}

fn order(t: &mut Trial<'_>, rule: Rule, bend: fn(&mut ClientLoad)) -> Result<(), Stop> {
    let (good, _) = right(t, ACTIVE)?;
    let mut bad = good.clone();
    bend(&mut bad);
    let client = t.peer_client();
    t.refuses_stateless(rule, &client, &bad)?;
    t.twin(rule.id, &client, &good).map(|_| ())
}

fn magic(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (good, saved) = right(t, ACTIVE)?;
    // With a right MAC, and with that of before.
    let bent = |at: usize, bits: u8| {
        let (mut closed, mut open) = (saved.clone(), good.state.clone());
        if let Some(byte) = closed.bytes().get_mut(at) {
            *byte ^= bits;
        }
        flip(&mut open, at, bits);
        [closed.state(), open.0]
    };
    let bends = [(0, 1), (0, 0x20), (1, 0x80), (2, 1)];
    let states: Vec<_> = bends.into_iter().flat_map(|(at, bits)| bent(at, bits)).collect();
    all_refused(t, CST_4, &good, states.into_iter())
}

fn shortest(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (good, _) = right(t, Shape::Empty)?;
    let state = good.state.0.clone();
    let cuts = [0, 2, 3, 4, 16, 34, 35, 50].map(|length| state.get(..length).unwrap_or_default().to_vec());
    all_refused(t, CST_4, &good, cuts.into_iter())
}

fn versions(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (good, saved) = right(t, ACTIVE)?;
    let states = [0, 1, 3, 0x82, 0xFF].map(|version| {
        let mut saved = saved.clone();
        if let Some(byte) = saved.bytes().get_mut(3) {
            *byte = version;
        }
        saved.state()
    });
    all_refused(t, CST_5, &good, states.into_iter())
}

fn bits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (good, _) = right(t, ACTIVE)?;
    let length = good.state.0.len();
    // All of the nonce, the salt and the MAC; the fields between them here and there.
    let looked_at = |at: &usize| *at < 36 || at.is_multiple_of(7) || *at + 16 >= length;
    let states: Vec<_> = (4..length)
        .filter(looked_at)
        .map(|at| {
            let mut state = good.state.clone();
            flip(&mut state, at, 1 << (at % 8));
            state.0
        })
        .collect();
    all_refused(t, CST_6, &good, states.into_iter())
}

fn cut(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (good, _) = right(t, ACTIVE)?;
    let state = &good.state.0;
    let near = |length: &usize| length.is_multiple_of(13) || *length < 54 || *length + 18 > state.len();
    let mut states: Vec<_> = (51..state.len())
        .filter(near)
        .map(|length| state.get(..length).unwrap_or_default().to_vec())
        .collect();
    states.push([&state[..], &[0]].concat());
    states.push(state.repeat(2));
    all_refused(t, CST_6, &good, states.into_iter())
}

fn another_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (good, _) = right(t, ACTIVE)?;
    let client = t.peer_client();
    for at in [0, 7, 15] {
        let mut bad = good.clone();
        if let Some(byte) = bad.platform_key.0.get_mut(at) {
            *byte ^= 1;
        }
        t.refuses_stateless(CST_6, &client, &bad)?;
    }
    t.twin(CST_6.id, &client, &good).map(|_| ())
}

fn another_mac(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (good, saved) = right(t, ACTIVE)?;
    let mut other = saved.clone();
    other.put("device-type", &[8]);
    let (state, other) = (&good.state.0, other.state());
    let length = state.len() - 16;
    let mixed = [state.get(..length), other.get(length..)].map(Option::unwrap_or_default).concat();
    let halves = [state.get(..length + 8), other.get(length + 8..)].map(Option::unwrap_or_default).concat();
    all_refused(t, CST_6, &good, [mixed, halves].into_iter())
}
