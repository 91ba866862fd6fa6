//! The information message: what a client makes, and what a server takes.

use super::at_rest::{load, save};
use super::client::{resealed, second_account, with_bad_tag};
use super::deactivation::{issue, siblings};
use super::{negative, positive, sequence};
use channel::crypto::kdf;
use channel::crypto::keys::Key;
use channel::crypto::protect::{Direction, Protection};
use channel::rule::{
    CLI_1, CLI_3, CLI_4, CLI_5, CLI_6, CNV_3, FRM_4, FRM_5, INF_2, INF_3, INF_4, INF_5, INF_7, NON_5, PRT_4,
    PSH_10, Rule, VER_1, VER_3, VER_4, VER_5, VER_6, VER_12,
};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::state::Saved;
use harness::forge::{Blame, MacKey, Plain, same_message};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{AGE_LIMIT_S, SIGNATURE_TRIES, Setup};
use harness::trial::{Stop, Trial};
use peer::operations::*;

pub(super) const KEY: &str = "0123456789";

/// A bend of a message in clear, sealed again; then perhaps its tag is bent.
type Bend = (&'static str, Rule, bool, fn(&mut Plain));

/// `VDS1000121`, on the wire.
const UNKNOWN: [u8; 5] = [0xC3, 0xE4, 0x0F, 0x42, 0xB9];

#[rustfmt::skip] // a table
const BENDS: [Bend; 27] = [
    ("version", FRM_5, false, |p| p.word |= 0x1000),
    ("another-serial", VER_1, false, |p| p.serial = UNKNOWN),
    ("type-am2", INF_2, false, |p| *p = p.with_type(1)),
    ("type-deactivation", INF_2, false, |p| *p = p.with_type(2)),
    ("type-request", INF_2, false, |p| *p = p.with_type(3)),
    ("sequence-0", VER_3, false, |p| p.nonce[4] = 0),
    ("sequence-of-nobody", VER_3, false, |p| p.nonce[4] = 2),
    ("sequence-100", VER_3, false, |p| p.nonce[4] = 100),
    ("sequence-255", VER_3, false, |p| p.nonce[4] = 255),
    ("tag", PRT_4, true, |_| ()),
    ("protection", INF_7, false, |p| *p = p.with_protection(1)),
    ("counter-0", INF_4, false, |p| p.nonce[5..].fill(0)),
    ("body-empty", INF_5, false, |p| p.body.clear()),
    ("body-1-byte", INF_5, false, |p| p.body.truncate(1)),
    ("body-5-bytes", INF_5, false, |p| p.body.truncate(5)),
    ("body-7-bytes", INF_5, false, |p| p.body.push(0)),
    ("first-byte-0", INF_5, false, |p| set(p, 0, 0)),
    ("first-byte-2", INF_5, false, |p| set(p, 0, 2)),
    ("first-byte-129", INF_5, false, |p| set(p, 0, 129)),
    ("order-serial-before-type", VER_1, false, |p| *p = Plain { serial: UNKNOWN, ..p.with_type(3) }),
    ("order-type-before-sequence", INF_2, false, |p| { *p = p.with_type(3); p.nonce[4] = 0 }),
    ("order-sequence-before-protection", VER_3, false, |p| { *p = p.with_protection(1); p.nonce[4] = 7 }),
    ("order-time-before-protection", VER_6, false, |p| { *p = p.with_protection(1); p.nonce[..4].fill(0) }),
    ("order-protection-before-tag", INF_7, true, |p| *p = p.with_protection(1)),
    ("order-tag-before-counter", PRT_4, true, |p| p.nonce[5..].fill(0)),
    ("order-tag-before-body", PRT_4, true, |p| p.body.clear()),
    ("order-counter-before-body", INF_4, false, |p| { p.nonce[5..].fill(0); p.body.clear() }),
];

/// One byte of the body set.
fn set(plain: &mut Plain, at: usize, value: u8) {
    if let Some(byte) = plain.body.get_mut(at) {
        *byte = value;
    }
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let bent = BENDS.into_iter().map(|(name, rule, bad_tag, bend)| {
        let about = format!("an information message with {name} is refused with {}", rule.class.word());
        negative(format!("information-{name}"), Role::Server, rule, about, move |t| {
            bent(t, rule, bad_tag, bend)
        })
    });
    bent.chain(server()).chain(client()).collect()
}

fn server() -> Vec<Case> {
    use Role::Server;
    vec![
        positive(
            "information-accepted",
            Server,
            &["INF-6", "INF-1"],
            "a rejection is taken under both protections: who, and which challenge key",
            accepted,
        ),
        negative(
            "information-bits-as-sent",
            Server,
            PRT_4,
            "a bit bent anywhere in the message as sent is refused",
            bits_as_sent,
        ),
        negative(
            "information-bits-of-the-nonce",
            Server,
            INF_4,
            "a message whose counter lost a bit under a right tag is refused where it is not above the last",
            bits_of_counter,
        ),
        negative("information-replayed", Server, INF_4, "each message is taken once", replayed).and("INF-6"),
        negative(
            "information-counter-gap",
            Server,
            INF_4,
            "counters may be left out, but not made up for",
            gap,
        )
        .and("INF-6"),
        sequence(
            "information-counter-last",
            Server,
            &["INF-4"],
            "the last counter is taken, and nothing after it",
            last_counter,
        ),
        negative(
            "information-refused-counts-not",
            Server,
            INF_5,
            "a refused message leaves the counter: the right one with the same is taken",
            refused_leaves,
        )
        .and("INF-6"),
        negative(
            "information-key-of-a-sibling",
            Server,
            PRT_4,
            "a message under the keys of another sequence number is refused",
            keys_of_sibling,
        )
        .and("KEY-3"),
        sequence(
            "information-of-siblings",
            Server,
            &["INF-4", "INF-6"],
            "each instance has a counter of its own",
            of_siblings,
        ),
        negative(
            "information-direction",
            Server,
            PRT_4,
            "a message under the keys from server to client is refused",
            direction,
        )
        .and("KEY-3"),
        negative("information-too-old", Server, VER_6, "a message past the age limit is refused", too_old),
        negative(
            "information-unconfirmed",
            Server,
            VER_4,
            "an unconfirmed instance tells nothing",
            unconfirmed,
        ),
        negative(
            "information-deactivated",
            Server,
            VER_4,
            "the server takes no information message of a deactivated instance",
            deactivated,
        ),
        sequence(
            "information-of-a-locked-instance",
            Server,
            &["INF-8"],
            "an instance that a stranger's guesses have locked on the server can still reject; its signatures are refused",
            locked,
        ),
        negative(
            "information-no-channel",
            Server,
            INF_3,
            "a license without Secure Channel takes none",
            no_channel,
        ),
        negative(
            "information-2102-bytes",
            Server,
            FRM_4,
            "a message too long for the gateway is refused for its length",
            too_long,
        ),
        negative("information-not-hexadecimal", Server, CNV_3, "text that is no message is refused", not_hex),
        negative(
            "information-not-a-request",
            Server,
            INF_2,
            "what this server issued itself is no information",
            own_messages,
        ),
    ]
}

fn client() -> Vec<Case> {
    use Role::Client;
    vec![
        positive(
            "information-layout",
            Client,
            &["INF-1", "NON-4", "KEY-3"],
            "the message has the reference's bytes under both protections, whatever the case of the challenge key",
            layout,
        ),
        sequence(
            "information-counters",
            Client,
            &["NON-4"],
            "each message has the next counter and the client's clock, forwards and backwards",
            counters,
        ),
        sequence(
            "information-counter-saved",
            Client,
            &["NON-4", "CST-1", "CST-9"],
            "the counter goes on in a client that was saved and loaded",
            counter_saved,
        ),
        negative(
            "information-counter-exhausted",
            Client,
            NON_5,
            "16 777 215 is the last counter: after it no message is made",
            exhausted,
        ),
        negative("information-rooted", Client, CLI_1, "a blocked client makes none", rooted),
        negative(
            "information-unknown-account",
            Client,
            CLI_3,
            "a client makes no information message for an account that isn't there",
            unknown,
        ),
        negative(
            "information-pre-activated",
            Client,
            CLI_4,
            "a client makes no information message for a pre-activated account",
            pre_activated,
        ),
        negative(
            "information-locked-account",
            Client,
            CLI_5,
            "a client makes no information message for a locked account",
            locked_account,
        ),
        negative(
            "information-without-channel",
            Client,
            CLI_6,
            "a client makes no information message for an account without payload key",
            without_channel,
        ),
        negative(
            "information-challenge-key",
            Client,
            PSH_10,
            "a challenge key that is not 10 hexadecimal digits is refused, and uses up no counter",
            bad_keys,
        ),
        positive(
            "information-siblings-keys",
            Client,
            &["KEY-3", "INF-1"],
            "two instances say the same at the same time under keys of their own",
            siblings_keys,
        )
        .implies("KEY-12"),
    ]
}

/// The parameters of `client.generate_information`.
pub(super) fn question(scene: &Scene, key: &str) -> ClientGenerateInformation {
    ClientGenerateInformation { serial: scene.setup.serial.into(), challenge_key: key.into(), now: scene.now }
}

/// The client rejects.
pub(super) fn inform(t: &mut Trial<'_>, scene: &Scene, key: &str) -> Result<String, Stop> {
    let both = t.accepts("INF-1", &scene.client, &question(scene, key))?;
    let blame = Blame { layout: "INF-1", time: "NON-4", counter: "NON-4", channel: "KEY-3" };
    let want = both.want.map(|want| want.message);
    same_message(t, &blame, &both.got.message, want.as_ref(), Some(&scene.payload_channel()))?;
    Ok(both.got.message)
}

/// The parameters of `server.process_information`.
pub(super) fn process(scene: &Scene, message: &str) -> ServerProcessInformation {
    ServerProcessInformation { message: message.into(), now: scene.now }
}

fn confirmed(t: &mut Trial<'_>) -> Result<(Scene, String), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let good = inform(t, &scene, KEY)?;
    Ok((scene, good))
}

/// It is taken, as what it is.
fn takes(t: &mut Trial<'_>, scene: &Scene, message: &str, key: &str) -> Result<(), Stop> {
    let got = t.agrees("INF-6", &scene.server, &process(scene, message))?;
    let want = RejectionResult { sequence: scene.sequence, challenge_key: key.into() };
    t.same("INF-6", &got, Some(&want))
}

fn bent(t: &mut Trial<'_>, rule: Rule, bad_tag: bool, bend: fn(&mut Plain)) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, bend)?;
    let bad = if bad_tag { with_bad_tag(&bad) } else { bad };
    t.refuses(rule, &scene.server, &process(&scene, &bad), &process(&scene, &good)).map(|_| ())
}

fn accepted(t: &mut Trial<'_>) -> Result<(), Stop> {
    for message_protection in [1, 2] {
        let setup = Setup { message_protection, ..Setup::default() };
        let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
        for key in ["0123456789", "ABCDEFABCD", "0000000000", "FFFFFFFFFF"] {
            let message = inform(t, &scene, key)?;
            takes(t, &scene, &message, key)?;
        }
        let message = inform(t, &scene, "abcdefabcd")?;
        takes(t, &scene, &message.to_lowercase(), "ABCDEFABCD")?;
    }
    t.implied(&["INF-1"])
}

/// Every bit of a message's bytes, one by one.
fn flips(message: &str) -> impl Iterator<Item = String> {
    let good = hex::decode(message).unwrap_or_default();
    (0..good.len() * 8).map(move |bit| {
        let mut bent = good.clone();
        if let Some(byte) = bent.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        hex::encode(&bent)
    })
}

fn bits_as_sent(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let before = t.state(PRT_4.id, &scene.server)?;
    for bad in flips(&good) {
        t.refuses_as_reference(&scene.server, &process(&scene, &bad))?;
    }
    t.state_is(PRT_4.id, &scene.server, before)?;
    t.refuses(PRT_4, &scene.server, &process(&scene, &with_bad_tag(&good)), &process(&scene, &good))
        .map(|_| ())
}

/// The message with another counter, under a right tag.
fn with_counter(scene: &Scene, good: &str, counter: u32) -> Result<String, Stop> {
    resealed(scene, good, |plain| {
        let [t0, t1, t2, t3, sequence, ..] = plain.nonce;
        let [_, c0, c1, c2] = counter.to_be_bytes();
        plain.nonce = [t0, t1, t2, t3, sequence, c0, c1, c2];
    })
}

fn bits_of_counter(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let last = with_counter(&scene, &good, 0xAA_AAAA)?;
    takes(t, &scene, &last, KEY)?;
    for bit in 0..24 {
        let counter = 0xAA_AAAAu32 & !(1 << bit);
        let bad = with_counter(&scene, &good, counter)?;
        t.refuses_only(INF_4, &scene.server, &process(&scene, &bad))?;
    }
    let next = with_counter(&scene, &good, 0xAA_AAAB)?;
    t.twin(INF_4.id, &scene.server, &process(&scene, &next)).map(|_| ())
}

fn replayed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    takes(t, &scene, &good, KEY)?;
    t.refuses_only(INF_4, &scene.server, &process(&scene, &good))?;
    // In other letters, at another time, with another key: the counter is what counts.
    t.refuses_only(INF_4, &scene.server, &process(&scene, &good.to_lowercase()))?;
    let later = resealed(&scene, &good, |plain| {
        plain.nonce[3] ^= 1;
        set(plain, 5, 0);
    })?;
    t.refuses_only(INF_4, &scene.server, &process(&scene, &later))?;
    scene.now += 1;
    let next = inform(t, &scene, KEY)?;
    t.twin(INF_4.id, &scene.server, &process(&scene, &next)).map(|_| ())
}

fn gap(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, first) = confirmed(t)?;
    let second = inform(t, &scene, KEY)?;
    let third = inform(t, &scene, "FFFFFFFFFF")?;
    takes(t, &scene, &third, "FFFFFFFFFF")?;
    t.refuses_only(INF_4, &scene.server, &process(&scene, &second))?;
    t.refuses_only(INF_4, &scene.server, &process(&scene, &first))?;
    let fourth = inform(t, &scene, KEY)?;
    t.twin(INF_4.id, &scene.server, &process(&scene, &fourth)).map(|_| ())
}

fn last_counter(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    for counter in [0xFF_FFFE, 0xFF_FFFF] {
        takes(t, &scene, &with_counter(&scene, &good, counter)?, KEY)?;
    }
    for counter in [0xFF_FFFF, 0xFF_FFFE, 1, 0] {
        let bad = with_counter(&scene, &good, counter)?;
        t.refuses_only(INF_4, &scene.server, &process(&scene, &bad))?;
    }
    t.implied(&["INF-4"])
}

fn refused_leaves(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let far = with_counter(&scene, &good, 77)?;
    let bad = resealed(&scene, &far, |plain| set(plain, 0, 7))?;
    t.refuses_only(INF_5, &scene.server, &process(&scene, &bad))?;
    t.refuses_only(PRT_4, &scene.server, &process(&scene, &with_bad_tag(&far)))?;
    takes(t, &scene, &good, KEY)?;
    t.twin(INF_5.id, &scene.server, &process(&scene, &far)).map(|_| ())
}

fn server_siblings(t: &mut Trial<'_>) -> Result<(Scene, Scene), Stop> {
    let first = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let mut second = first.another_client(t, Under::Server)?;
    second.play(t, Stage::Confirmed)?;
    Ok((first, second))
}

/// Another number in the nonce of a message as it is: tag and body stay.
fn keys_of_sibling(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = server_siblings(t)?;
    let (good, other) = (inform(t, &first, KEY)?, inform(t, &second, KEY)?);
    for (message, number) in [(&good, "02"), (&other, "01")] {
        let mut bad = message.clone();
        bad.replace_range(22..24, number);
        t.refuses_only(PRT_4, &first.server, &process(&first, &bad))?;
    }
    // Even under a tag that is right with the keys of its maker.
    let channel = first.payload_channel();
    let mut plain = Plain::of(&good, Some(&channel))?;
    plain.nonce[4] = 2;
    let from = Direction::ToServer(1);
    let keys = (kdf::encryption(&channel, Protection::Cmac, from), kdf::cmac_key(&channel, from));
    let bad = plain.message_under(&keys.0, &MacKey::Cmac(*keys.1));
    t.refuses_only(PRT_4, &first.server, &process(&first, &bad))?;
    t.twin(PRT_4.id, &first.server, &process(&first, &good))?;
    t.twin(PRT_4.id, &first.server, &process(&first, &other))?;
    t.implied(&["KEY-3"])
}

fn of_siblings(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = server_siblings(t)?;
    let [one, two, three] = ["0000000001", "0000000002", "0000000003"];
    let of_second = [inform(t, &second, one)?, inform(t, &second, two)?, inform(t, &second, three)?];
    let of_first = inform(t, &first, one)?;
    takes(t, &second, &of_second[2], three)?;
    takes(t, &first, &of_first, one)?;
    for message in &of_second {
        t.refuses_only(INF_4, &second.server, &process(&second, message))?;
    }
    let of_first = inform(t, &first, two)?;
    takes(t, &first, &of_first, two)?;
    t.implied(&["INF-4"])
}

fn direction(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let channel = scene.payload_channel();
    // Sealed as a request would be, then said to be an information message.
    let request = Plain::of(&good, Some(&channel))?.with_type(3).message(Some(&channel));
    let bad = format!("{}{}", good.get(..4).unwrap_or_default(), request.get(4..).unwrap_or_default());
    t.refuses_only(PRT_4, &scene.server, &process(&scene, &bad))?;
    let other = Plain::of(&good, Some(&channel))?.message(Some(&Key::new(scene.license_key)));
    t.refuses_only(PRT_4, &scene.server, &process(&scene, &other))?;
    t.twin(PRT_4.id, &scene.server, &process(&scene, &good))?;
    t.implied(&["KEY-3"])
}

fn too_old(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    t.needs_time(&scene.server)?;
    let at = scene.now;
    scene.now = at + AGE_LIMIT_S + 1;
    let too_late = process(&scene, &good);
    scene.now = at + AGE_LIMIT_S;
    t.refuses(VER_6, &scene.server, &too_late, &process(&scene, &good))?;
    // A clock that is ahead is no reason.
    let ahead = inform(t, &scene, KEY)?;
    scene.now = at - 86_400;
    t.twin(VER_6.id, &scene.server, &process(&scene, &ahead)).map(|_| ())
}

fn unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Active)?;
    let good = inform(t, &scene, KEY)?;
    t.refuses_only(VER_4, &scene.server, &process(&scene, &good))?;
    scene.confirm(t)?;
    t.twin(VER_4.id, &scene.server, &process(&scene, &good)).map(|_| ())
}

fn deactivated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = server_siblings(t)?;
    let (good, other) = (inform(t, &first, KEY)?, inform(t, &second, KEY)?);
    issue(t, &first, first.sequence)?;
    t.refuses_only(VER_4, &first.server, &process(&first, &good))?;
    t.twin(VER_4.id, &second.server, &process(&second, &other)).map(|_| ())
}

/// Locks the server's instance.
pub(super) fn lock(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    let message = scene.request(t, &Show::default())?;
    for _ in 0..SIGNATURE_TRIES {
        t.refuses_only(VER_12, &scene.server, &scene.verify(&message, "00000000"))?;
    }
    Ok(())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    lock(t, &mut scene)?;
    let message = scene.request(t, &Show::default())?;
    t.refuses_only(VER_5, &scene.server, &scene.verify(&message, "00000000"))?;
    let got = t.agrees("INF-8", &scene.server, &process(&scene, &good))?;
    t.same("INF-8", &got.sequence, Some(&scene.sequence))
}

fn no_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let setup = Setup { secure_channel: false, ..Setup::default() };
    let without = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    for message in [&good, &with_bad_tag(&good)] {
        t.refuses_only(INF_3, &without.server, &process(&without, message))?;
    }
    t.twin(INF_3.id, &scene.server, &process(&scene, &good)).map(|_| ())
}

fn too_long(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let [bad, longest] =
        [2102, 2101].map(|length| resealed(&scene, &good, |plain| plain.body.resize(length - 23, 0)));
    t.refuses_only(FRM_4, &scene.server, &process(&scene, &bad?))?;
    t.refuses_only(INF_5, &scene.server, &process(&scene, &longest?))?;
    t.twin(FRM_4.id, &scene.server, &process(&scene, &good)).map(|_| ())
}

fn not_hex(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    for bad in [format!("{good} "), format!("{good}0"), format!("{good}GG"), KEY.replace('0', "x")] {
        t.refuses_only(CNV_3, &scene.server, &process(&scene, &bad))?;
    }
    t.twin(CNV_3.id, &scene.server, &process(&scene, &good)).map(|_| ())
}

fn own_messages(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    let request = scene.request(t, &super::push::notification(KEY))?;
    for bad in [&scene.am1, &scene.am2, &request] {
        t.refuses_only(INF_2, &scene.server, &process(&scene, bad))?;
    }
    t.twin(INF_2.id, &scene.server, &process(&scene, &good)).map(|_| ())
}

fn layout(t: &mut Trial<'_>) -> Result<(), Stop> {
    for message_protection in [1, 2] {
        let setup = Setup { message_protection, ..Setup::default() };
        let scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
        for key in ["0123456789", "ABCDEFABCD", "abcdefabcd", "aBcDeFffff"] {
            let message = inform(t, &scene, key)?;
            let body = Plain::of(&message, Some(&scene.payload_channel()))?.body;
            let want = [&[1], &hex::decode(key).unwrap_or_default()[..]].concat();
            t.same("INF-1", &hex::encode(&body), Some(&hex::encode(&want)))?;
        }
    }
    t.implied(&["NON-4", "KEY-3"])
}

/// The nonce of the client's next message must be this.
fn has_nonce(t: &mut Trial<'_>, scene: &Scene, counter: u32) -> Result<(), Stop> {
    let message = inform(t, scene, KEY)?;
    let nonce = Plain::of(&message, Some(&scene.payload_channel()))?.nonce;
    let want = u64::from(scene.now) << 32 | u64::from(scene.sequence) << 24 | u64::from(counter);
    t.same("NON-4", &u64::from_be_bytes(nonce), Some(&want))
}

fn counters(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    t.needs_time(&scene.client)?;
    let start = scene.now;
    for (counter, now) in (1..).zip([start, start, start + 1, start - 1000, 0, u32::MAX]) {
        scene.now = now;
        has_nonce(t, &scene, counter)?;
    }
    Ok(())
}

/// The scene goes on with the peer's client, loaded from its own state with this counter.
fn with_state(t: &mut Trial<'_>, scene: &mut Scene, counter: Option<[u8; 3]>) -> Result<(), Stop> {
    let platform = t.random();
    let question = save(t, platform);
    let mut state = t.agrees("CST-1", &scene.client, &question)?.state.0;
    if let Some(counter) = counter {
        let mut saved = Saved::of(platform, &state);
        saved.put("0/information-counter", &counter);
        state = saved.state();
    }
    scene.client = t.peer_client();
    t.agrees("CST-9", &scene.client, &load(&scene.setup, platform, state)).map(|_| ())
}

fn counter_saved(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    t.needs_time(&scene.client)?;
    for counter in 1..=4 {
        has_nonce(t, &scene, counter)?;
        with_state(t, &mut scene, None)?;
    }
    Ok(())
}

fn exhausted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    inform(t, &scene, KEY)?;
    with_state(t, &mut scene, Some([0xFF, 0xFF, 0xFE]))?;
    t.twin(NON_5.id, &scene.client, &question(&scene, KEY))?;
    t.refuses_only(NON_5, &scene.client, &question(&scene, KEY))?;
    // A bad challenge key is seen first.
    t.refuses_only(PSH_10, &scene.client, &question(&scene, "012345678"))
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let rooted = Setup { rooted: true, ..Setup::default() };
    let client = t.peer_client();
    let create = rooted.client(t);
    t.agrees("PPR-5", &client, &create)?;
    for key in [KEY, "?"] {
        t.refuses_only(CLI_1, &client, &question(&scene, key))?;
    }
    t.twin(CLI_1.id, &scene.client, &question(&scene, KEY)).map(|_| ())
}

fn unknown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let bad = ClientGenerateInformation { serial: "VDS1000121".into(), ..question(&scene, "?") };
    t.refuses(CLI_3, &scene.client, &bad, &question(&scene, KEY)).map(|_| ())
}

fn pre_activated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let second = second_account(t, &scene, Stage::Am2)?;
    t.refuses(CLI_4, &scene.client, &question(&second, "?"), &question(&scene, KEY)).map(|_| ())
}

fn locked_account(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let second = second_account(t, &scene, Stage::Confirmed)?;
    super::client::lock(t, &mut scene)?;
    for key in [KEY, "?"] {
        t.refuses_only(CLI_5, &scene.client, &question(&scene, key))?;
    }
    t.twin(CLI_5.id, &scene.client, &question(&second, KEY)).map(|_| ())
}

fn without_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { serial: "VDS1000121", secure_channel: false, ..Setup::default() };
    let without = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    for key in [KEY, "?"] {
        t.refuses_only(CLI_6, &without.client, &question(&without, key))?;
    }
    t.twin(CLI_6.id, &scene.client, &question(&scene, KEY)).map(|_| ())
}

fn bad_keys(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    for key in [
        "",
        "012345678",
        "01234567890",
        "012345678g",
        " 123456789",
        "0123456789 ",
        "０123456789",
        "0x23456789",
    ] {
        t.refuses_only(PSH_10, &scene.client, &question(&scene, key))?;
    }
    inform(t, &scene, KEY).map(|_| ())
}

fn siblings_keys(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = siblings(t)?;
    let [one, two] = [inform(t, &first, KEY)?, inform(t, &second, KEY)?];
    let [one, two] = [one, two].map(|message| hex::decode(&message).unwrap_or_default());
    let differ = one.get(15..21) != two.get(15..21);
    t.decided(differ, "KEY-3", "another key stream for each instance", hex::encode(&one))
}
