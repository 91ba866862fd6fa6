//! A single-device client and license at rest: saved, loaded, bent. SPEC section 28.

use super::respond::data_fields;
use super::{blaming, negative, positive, sequence};
use channel::rule::{
    CLI_1, PWD_6, Rule, SDL_31, SDL_32, SDL_33, SDL_34, STV_1, STV_3, VER_12, VER_18, VER_19,
};
use harness::case::{Case, Role};
use harness::forge::single::{Client, Fields, License};
use harness::scene::Under;
use harness::setup::otp;
use harness::single_scene::{Single, SingleSetup, WRONG_PASSWORD, nonce};
use harness::trial::{Stop, Trial};
use peer::json::show;
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data};

const NONE: Data = Data::ResponseOnly {};

/// A client to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Empty,
    Activated,
    WithoutPassword,
    /// Events, wrong passwords, bound, proven.
    Used,
    Invalid,
    /// A proven account that was used, kept beside one of another key.
    Kept,
}

const SHAPES: [(&str, Shape); 6] = [
    ("empty", Shape::Empty),
    ("activated", Shape::Activated),
    ("without-password", Shape::WithoutPassword),
    ("used", Shape::Used),
    ("invalid", Shape::Invalid),
    ("kept", Shape::Kept),
];

/// A change of a content, field by field.
type Bend = fn(&mut Fields);

/// What a client that is authentic but not right has wrong.
const CLIENT_BENDS: [(&str, Rule, Bend); 33] = [
    ("flags-64", SDL_34, |it| it.put("flags", &[67])),
    ("kept-missing", SDL_34, |it| it.put("flags", &[35])),
    ("flags-without-account", SDL_34, |it| it.put("flags", &[34])),
    ("flags-of-no-account-and-account", SDL_34, |it| it.put("flags", &[2])),
    ("flags-bits-without-account", SDL_34, |it| *it.bytes() = vec![8]),
    ("flags-proven-and-invalid", SDL_34, |it| it.put("flags", &[27])),
    ("flags-none-and-account", SDL_34, |it| it.put("flags", &[0])),
    ("flags-account-missing", SDL_34, |it| it.bytes().truncate(1)),
    ("serial-prefix", SDL_34, |it| it.put("serial", &[0xFA, 0, 0, 0, 1])),
    ("serial-suffix", SDL_34, |it| it.put("serial", &[0xC3, 0xE4, 0xFF, 0xFF, 0xFF])),
    ("serial-of-another-vector", SDL_34, |it| it.put("serial", &[0xC3, 0xE5, 0, 0, 1])),
    ("vector-length", SDL_34, |it| it.put("vector-length", &[0xFF, 0xFF])),
    ("vector-empty", STV_1, |it| {
        it.put("vector", &[]);
        it.put("vector-length", &[0, 0]);
    }),
    ("vector-bent", STV_1, |it| bend_byte(it, "vector", 0)),
    ("vector-record-length", STV_3, |it| bend_byte(it, "vector", 5)),
    ("failures", SDL_34, |it| it.put("failures", &[4])),
    ("failures-255", SDL_34, |it| it.put("failures", &[255])),
    ("memory-7", SDL_34, |it| it.put("memory", &[0, 0, 0, 7])),
    ("memory-65537", SDL_34, |it| it.put("memory", &[0, 1, 0, 1])),
    ("memory-most", SDL_34, |it| it.put("memory", &[0xFF; 4])),
    ("iterations-0", SDL_34, |it| it.put("iterations", &[0, 0, 0, 0])),
    ("iterations-17", SDL_34, |it| it.put("iterations", &[0, 0, 0, 17])),
    ("iterations-most", SDL_34, |it| it.put("iterations", &[0xFF; 4])),
    ("event-of-none", SDL_34, |it| it.put("event-2", &[0, 0, 0, 0, 0, 0, 0, 1])),
    ("event-of-unlock", SDL_34, |it| it.put("event-8", &[0, 0, 0, 0, 0, 0, 0, 1])),
    ("event-2-to-the-53", SDL_34, |it| it.put("event-3", &[0, 0x20, 0, 0, 0, 0, 0, 0])),
    ("event-most", SDL_34, |it| it.put("event-3", &[0xFF; 8])),
    ("left-over", SDL_34, |it| it.bytes().push(0)),
    ("cut", SDL_34, cut),
    ("cut-key", SDL_34, |it| it.put("license-key", &[])),
    ("cut-serial", SDL_34, |it| it.bytes().truncate(4)),
    ("cut-cost", SDL_34, |it| {
        let at = it.at("iterations").start + 1;
        it.bytes().truncate(at);
    }),
    ("cut-event", SDL_34, |it| {
        let at = it.at("event-4").start;
        it.bytes().truncate(at);
    }),
];

/// What the state of a client has wrong where one account is kept beside another.
const KEPT_BENDS: [(&str, Rule, Bend); 15] = [
    ("flags-proven", SDL_34, |it| it.put("flags", &[1 | 2 | 8 | 32])),
    ("flags-none", SDL_34, |it| it.put("flags", &[3])),
    ("flags-of-none", SDL_34, |it| it.put("kept-flags", &[2])),
    ("flags-0", SDL_34, |it| it.put("kept-flags", &[0])),
    ("flags-of-a-third", SDL_34, |it| it.put("kept-flags", &[35])),
    ("flags-proven-and-invalid", SDL_34, |it| it.put("kept-flags", &[27])),
    ("order-flags-before-vector", SDL_34, |it| {
        bend_byte(it, "kept-vector", 0);
        it.put("kept-flags", &[2]);
    }),
    ("order-flags-before-rest", SDL_34, |it| {
        bend_byte(it, "kept-vector", 0);
        it.put("kept-flags", &[27]);
    }),
    ("vector-bent", STV_1, |it| bend_byte(it, "kept-vector", 0)),
    ("vector-of-another-prefix", SDL_34, |it| bend_byte(it, "kept-vector", 7)),
    ("failures", SDL_34, |it| it.put("kept-failures", &[4])),
    ("one-salt", SDL_34, |it| {
        let salt = it.field("salt").to_vec();
        it.put("kept-salt", &salt);
    }),
    ("memory-7", SDL_34, |it| it.put("kept-memory", &[0, 0, 0, 7])),
    ("event-of-none", SDL_34, |it| it.put("kept-event-2", &[0, 0, 0, 0, 0, 0, 0, 1])),
    ("cut", SDL_34, cut),
];

/// So of a license.
const LICENSE_BENDS: [(&str, Rule, Bend); 34] = [
    ("serial-prefix", SDL_34, |it| it.put("serial", &[0xFA, 0, 0, 0, 1])),
    ("serial-suffix", SDL_34, |it| it.put("serial", &[0xC3, 0xE4, 0xFF, 0xFF, 0xFF])),
    ("serial-of-another-vector", SDL_34, |it| it.put("serial", &[0xC3, 0xE5, 0, 0, 1])),
    ("vector-length", SDL_34, |it| it.put("vector-length", &[0xFF, 0xFF])),
    ("vector-bent", STV_1, |it| bend_byte(it, "vector", 0)),
    ("vector-record-length", STV_3, |it| bend_byte(it, "vector", 5)),
    ("tries-0", SDL_34, |it| it.put("tries", &[0])),
    ("tries-100", SDL_34, |it| it.put("tries", &[100])),
    ("identification-101", SDL_34, |it| it.put("identification", &[101])),
    ("signature-101", SDL_34, |it| it.put("signature", &[101])),
    ("first-use-10801", SDL_34, |it| it.put("first-use", &[0x2A, 0x31])),
    ("look-ahead-21", SDL_34, |it| it.put("look-ahead", &[21])),
    ("failures-5", SDL_34, |it| it.put("failures", &[5])),
    ("bound-2", SDL_34, |it| it.put("bound", &[2])),
    ("bound-without", SDL_34, |it| it.put("bound", &[0])),
    ("flags-4", SDL_34, |it| it.put("flags-2", &[4])),
    ("out-of-sync-without-events", SDL_34, |it| it.put("flags-2", &[2])),
    ("shift-of-events", SDL_34, |it| it.put("shift-3", &[0, 0, 0, 0, 0, 0, 0, 1])),
    ("shift-2-to-the-40-and-1", SDL_34, |it| it.put("shift-2", &[0, 0, 1, 0, 0, 0, 0, 1])),
    ("shift-least", SDL_34, |it| it.put("shift-2", &[0x80, 0, 0, 0, 0, 0, 0, 0])),
    ("step-of-events", SDL_34, |it| it.put("step-3", &[0, 0, 0, 0, 0, 0, 0, 1])),
    ("step-2-to-the-53", SDL_34, |it| it.put("step-2", &[0, 0x20, 0, 0, 0, 0, 0, 0])),
    ("otp-of-both", SDL_34, |it| it.put("otp-4", &[0, 0, 0, 0, 0, 0, 0, 1])),
    ("otp-2-to-the-53", SDL_34, |it| it.put("otp-2", &[0, 0x20, 0, 0, 0, 0, 0, 0])),
    ("event-of-time", SDL_34, |it| it.put("event-2", &[0, 0, 0, 0, 0, 0, 0, 1])),
    ("event-2-to-the-53", SDL_34, |it| it.put("event-3", &[0, 0x20, 0, 0, 0, 0, 0, 0])),
    ("hashes-13", SDL_34, |it| it.put("n-1", &[13])),
    ("hashes-more", SDL_34, |it| it.put("n-8", &[1])),
    ("hashes-of-events", SDL_34, |it| {
        it.put("hashes-3", &[1; 8]);
        it.put("n-3", &[1]);
    }),
    ("hashes-twice", SDL_34, |it| {
        it.put("hashes-1", &[1; 16]);
        it.put("n-1", &[2]);
    }),
    ("hashes-descending", SDL_34, |it| {
        it.put("hashes-1", &[[2; 8], [1; 8]].concat());
        it.put("n-1", &[2]);
    }),
    ("left-over", SDL_34, |it| it.bytes().push(0)),
    ("cut", SDL_34, cut),
    ("cut-key", SDL_34, |it| it.bytes().truncate(20)),
];

fn bend_byte(fields: &mut Fields, name: &str, offset: usize) {
    let at = fields.at(name).start + offset;
    if let Some(byte) = fields.bytes().get_mut(at) {
        *byte ^= 1;
    }
}

fn cut(fields: &mut Fields) {
    fields.bytes().pop();
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::{Client, Server};
    let mut cases = vec![
        negative("single-load-magic", Client, SDL_31, "another beginning, or too short", client_magic),
        negative("single-load-version", Client, SDL_32, "any other version", client_version),
        negative("single-load-bytes", Client, SDL_33, "each byte bent", client_bytes),
        negative("single-load-platform-key", Client, SDL_33, "another platform's key", client_key),
        negative(
            "single-load-license-key",
            Client,
            SDL_33,
            "without a password a bent license key shows",
            bent_key,
        ),
        negative(
            "single-load-license-key-before-events",
            Client,
            SDL_33,
            "a bent license key of an account without password shows before what is wrong with its events",
            key_before_events,
        )
        .and("SDL-34"),
        positive(
            "single-load-limits",
            Client,
            &["SDL-34"],
            "each value of a client's account is taken at its limits",
            client_limits,
        ),
        negative("single-load-sealed-key", Client, PWD_6, "with one it is a wrong password", bent_sealed),
        negative(
            "single-load-failures-without-password",
            Client,
            SDL_34,
            "no password, no failures",
            idle_failures,
        ),
        negative("single-load-own-vector", Client, STV_1, "the vector given is looked at first", own_vector),
        negative("single-load-rooted", Client, CLI_1, "root policy and state are those given", rooted),
        sequence("single-load-goes-on", Client, &["SDL-30"], "a loaded client goes on", goes_on),
        sequence("single-load-twice", Client, &["SDL-30"], "two clients of one state are two", twice),
        negative("single-license-magic", Server, SDL_31, "another beginning, or too short", license_magic),
        negative("single-license-version", Server, SDL_32, "any other version", license_version),
        negative("single-license-bytes", Server, SDL_33, "each byte bent", license_bytes),
        negative("single-license-storage-key", Server, SDL_33, "another storage key", license_key),
        positive("single-license-limits", Server, &["SDL-34"], "each value at its limits", license_limits),
        sequence("single-license-goes-on", Server, &["SDL-30"], "a loaded license goes on", license_goes_on),
        negative(
            "single-license-replayed",
            Server,
            VER_12,
            "a loaded license accepts nothing that was accepted before",
            license_replayed,
        ),
        negative(
            "single-license-out-of-sync",
            Server,
            VER_19,
            "out of sync it verifies nothing",
            out_of_sync,
        ),
    ];
    cases.extend(SHAPES.map(|(name, shape)| {
        let about = format!("{name}: such a client is saved in just this form, and loaded again");
        positive(format!("single-save-{name}"), Client, &["SDL-30"], about, move |t| saves(t, shape))
    }));
    cases.extend([("fresh", false), ("used", true)].map(|(name, used)| {
        let about = format!("{name}: such a license is saved in just this form, and loaded again");
        positive(format!("single-license-save-{name}"), Server, &["SDL-30"], about, move |t| {
            license_saves(t, used)
        })
    }));
    cases.extend(CLIENT_BENDS.map(|(name, rule, bend)| {
        let about = format!("{name}: such a state is refused with {}", rule.class.word());
        negative(format!("single-load-{name}"), Client, rule, about, move |t| {
            client_refused(t, rule, Shape::Activated, bend)
        })
    }));
    cases.extend(KEPT_BENDS.map(|(name, rule, bend)| {
        let about = format!("{name}: such a state with a kept account is refused with {}", rule.class.word());
        negative(format!("single-load-kept-{name}"), Client, rule, about, move |t| {
            client_refused(t, rule, Shape::Kept, bend)
        })
    }));
    cases.extend(LICENSE_BENDS.map(|(name, rule, bend)| {
        let about = format!("{name}: such a state is refused with {}", rule.class.word());
        negative(format!("single-license-{name}"), Server, rule, about, move |t| {
            license_refused(t, rule, bend)
        })
    }));
    cases
}

fn play(t: &mut Trial<'_>, under: Under, shape: Shape) -> Result<Single, Stop> {
    match shape {
        Shape::Empty => Single::created(t, under, SingleSetup::default()),
        Shape::Activated => Single::new(t, under, SingleSetup::default()),
        Shape::WithoutPassword => Single::new(t, under, SingleSetup::without_password()),
        Shape::Invalid => {
            let scene = Single::new(t, under, SingleSetup::default())?;
            scene.report(t, false)?;
            Ok(scene)
        }
        Shape::Kept => {
            let scene = play(t, under, Shape::Used)?;
            let wrong = scene.wrong_code(t)?;
            let question = scene.activation(t, &wrong);
            t.agrees("SDL-35", &scene.client, &question)?;
            scene.respond(t, otp::EVENT, &NONE)?;
            scene.report(t, false)?;
            Ok(scene)
        }
        Shape::Used => {
            let scene = Single::new(t, under, SingleSetup { cost: (9, 2), ..SingleSetup::default() })?;
            for (application, data) in [(otp::EVENT, NONE), (otp::EVENT, NONE), (otp::BOTH, NONE)] {
                scene.respond(t, application, &data)?;
            }
            scene.report(t, true)?;
            t.agrees("BND-7", &scene.client, &ClientSingleMarkBound {})?;
            let wrong = Single {
                setup: SingleSetup { password: Some(WRONG_PASSWORD), ..scene.setup.clone() },
                ..scene.clone()
            };
            t.refuses_only(PWD_6, &scene.client, &wrong.response_question(otp::TIME, &NONE))?;
            Ok(scene)
        }
    }
}

/// A state of this shape that the reference has made.
pub(super) fn made(t: &mut Trial<'_>, shape: Shape) -> Result<(Single, Vec<u8>), Stop> {
    let scene = play(t, Under::Neither, shape)?;
    let save = Single::save(t);
    let state = t.agrees("SDL-30", &scene.client, &save)?.state.0;
    Ok((scene, state))
}

fn saves(t: &mut Trial<'_>, shape: Shape) -> Result<(), Stop> {
    let scene = play(t, Under::Client, shape)?;
    let save = Single::save(t);
    let before = t.state("SDL-30", &scene.client)?;
    let state = t.agrees("SDL-30", &scene.client, &save)?.state.0;
    t.state_is("SDL-30", &scene.client, before)?;
    // The reference loads it, whatever nonce was drawn; and the peer what the reference has made.
    let reference = t.reference_party();
    t.agrees("SDL-30", &reference, &scene.setup.load(scene.platform_key, state))?;
    let (made, state) = made(t, shape)?;
    let loaded = Single { client: t.peer_client(), ..made.clone() };
    t.agrees("SDL-30", &loaded.client, &made.setup.load(made.platform_key, state))?;
    let want = made.status(t, "SDL-30")?;
    let got = loaded.status(t, "SDL-30")?;
    t.same("SDL-30", &got, Some(&want))?;
    if shape != Shape::Empty {
        blaming("SDL-30", loaded.respond(t, otp::EVENT, &NONE))?;
    }
    Ok(())
}

/// A bent state refused, the right one loaded.
fn refused(t: &mut Trial<'_>, rule: Rule, scene: &Single, bad: Vec<u8>, good: &[u8]) -> Result<(), Stop> {
    let client = t.peer_client();
    t.refuses_stateless(rule, &client, &scene.setup.load(scene.platform_key, bad))?;
    t.twin(rule.id, &client, &scene.setup.load(scene.platform_key, good.to_vec())).map(|_| ())
}

fn client_refused(t: &mut Trial<'_>, rule: Rule, shape: Shape, bend: Bend) -> Result<(), Stop> {
    let (scene, state) = made(t, shape)?;
    let mut bent = Client::of(scene.platform_key, &state);
    bend(&mut bent.content);
    refused(t, rule, &scene, bent.state(), &state)
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    bytes.iter().enumerate().map(|(place, byte)| if place == at { byte ^ 1 } else { *byte }).collect()
}

fn client_magic(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::Activated)?;
    let head = |length: usize| state.get(..length).unwrap_or_default().to_vec();
    for bad in [Vec::new(), head(3), head(32), flipped(&state, 0), flipped(&state, 1), flipped(&state, 2)] {
        refused(t, SDL_31, &scene, bad, &state)?;
    }
    // A license's state is none of a client.
    let mut license = b"CPL".to_vec();
    license.extend(state.get(3..).unwrap_or_default());
    refused(t, SDL_31, &scene, license, &state)
}

fn with_version(state: &[u8], version: u8) -> Vec<u8> {
    state.iter().enumerate().map(|(at, byte)| if at == 3 { version } else { *byte }).collect()
}

fn client_version(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::Activated)?;
    [0, 1, 3, 255]
        .into_iter()
        .try_for_each(|version| refused(t, SDL_32, &scene, with_version(&state, version), &state))
}

fn client_bytes(t: &mut Trial<'_>) -> Result<(), Stop> {
    for shape in [Shape::Empty, Shape::Activated] {
        let (scene, state) = made(t, shape)?;
        let client = t.peer_client();
        for at in 4..state.len() {
            let bad = scene.setup.load(scene.platform_key, flipped(&state, at));
            t.refuses_stateless(SDL_33, &client, &bad)?;
        }
        let longer = [&state[..], &[0]].concat();
        refused(t, SDL_33, &scene, longer, &state)?;
    }
    Ok(())
}

fn client_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::Activated)?;
    let other = ClientSingleLoad {
        platform_key: Array(t.random()),
        ..scene.setup.load(scene.platform_key, state.clone())
    };
    let client = t.peer_client();
    t.refuses_stateless(SDL_33, &client, &other)?;
    t.twin("SDL-33", &client, &scene.setup.load(scene.platform_key, state)).map(|_| ())
}

fn bent_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::WithoutPassword)?;
    for (field, offset) in [("license-key", 0), ("license-key", 31), ("salt", 0), ("serial", 4)] {
        let mut bent = Client::of(scene.platform_key, &state);
        bend_byte(&mut bent.content, field, offset);
        refused(t, SDL_33, &scene, bent.state(), &state)?;
    }
    Ok(())
}

fn bent_sealed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::Activated)?;
    for (field, offset) in
        [("license-key", 0), ("license-key", 31), ("salt", 0), ("memory", 3), ("iterations", 3)]
    {
        let mut bent = Client::of(scene.platform_key, &state);
        match field {
            "memory" => bent.content.put("memory", &[0, 0, 0, 9]),
            "iterations" => bent.content.put("iterations", &[0, 0, 0, 2]),
            _ => bend_byte(&mut bent.content, field, offset),
        }
        let client = t.peer_client();
        t.agrees("SDL-33", &client, &scene.setup.load(scene.platform_key, bent.state()))?;
        t.refuses_only(PWD_6, &client, &scene.response_question(otp::TIME, &NONE))?;
    }
    let client = t.peer_client();
    t.agrees("SDL-33", &client, &scene.setup.load(scene.platform_key, state))?;
    t.twin("PWD-6", &client, &scene.response_question(otp::TIME, &NONE)).map(|_| ())
}

/// The key of an account without password is opened before its events are looked at.
fn key_before_events(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::WithoutPassword)?;
    let bend = |key: bool| {
        let mut bent = Client::of(scene.platform_key, &state);
        bent.content.put("event-2", &[0, 0, 0, 0, 0, 0, 0, 1]);
        if key {
            bend_byte(&mut bent.content, "license-key", 0);
        }
        bent.state()
    };
    refused(t, SDL_33, &scene, bend(true), &state)?;
    refused(t, SDL_34, &scene, bend(false), &state)
}

/// What a client's account can have at most and at least.
fn client_limits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::Activated)?;
    let limits: [(&str, &[u8]); 6] = [
        ("memory", &[0, 0, 0, 8]),
        ("memory", &[0, 1, 0, 0]),
        ("iterations", &[0, 0, 0, 1]),
        ("iterations", &[0, 0, 0, 16]),
        ("failures", &[3]),
        ("event-3", &[0, 0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    ];
    for (field, value) in limits {
        let mut bent = Client::of(scene.platform_key, &state);
        bent.content.put(field, value);
        let client = t.peer_client();
        t.agrees("SDL-34", &client, &scene.setup.load(scene.platform_key, bent.state()))?;
        let save = Single::save(t);
        t.agrees("SDL-34", &client, &save)?;
    }
    Ok(())
}

fn idle_failures(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::WithoutPassword)?;
    let mut bent = Client::of(scene.platform_key, &state);
    bent.content.put("failures", &[1]);
    refused(t, SDL_34, &scene, bent.state(), &state)
}

fn own_vector(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::Activated)?;
    let good = scene.setup.load(scene.platform_key, state);
    let bad =
        ClientSingleLoad { static_vector: Some(Bytes(Vec::new())), state: Bytes(Vec::new()), ..good.clone() };
    let client = t.peer_client();
    t.refuses_stateless(STV_1, &client, &bad)?;
    t.twin("STV-1", &client, &ClientSingleLoad { static_vector: None, ..good }).map(|_| ())
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::Activated)?;
    let setup = SingleSetup { rooted: true, ..scene.setup.clone() };
    let client = t.peer_client();
    t.agrees("SDL-30", &client, &setup.load(scene.platform_key, state.clone()))?;
    t.refuses_only(CLI_1, &client, &scene.response_question(otp::TIME, &NONE))?;
    let save = Single::save(t);
    t.agrees("SDL-30", &client, &save)?;
    let client = t.peer_client();
    t.agrees("SDL-30", &client, &scene.setup.load(scene.platform_key, state))?;
    t.twin("CLI-1", &client, &scene.response_question(otp::TIME, &NONE)).map(|_| ())
}

/// The client saved and loaded between each step of its life.
fn goes_on(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let reload = |t: &mut Trial<'_>, scene: &mut Single| {
        let save = Single::save(t);
        let state = t.accepts("SDL-30", &scene.client, &save)?.got.state.0;
        scene.client = t.peer_client();
        t.agrees("SDL-30", &scene.client, &scene.setup.load(scene.platform_key, state)).map(|_| ())
    };
    for application in [otp::EVENT, otp::BOTH, otp::EVENT] {
        reload(t, &mut scene)?;
        blaming("SDL-30", scene.accepted(t, application, &NONE))?;
    }
    scene.report(t, true)?;
    reload(t, &mut scene)?;
    let code = scene.derive(t, None)?;
    t.agrees("BND-10", &scene.server, &scene.verify_derivation(None, &code))?;
    reload(t, &mut scene)?;
    t.agrees("BND-7", &scene.client, &ClientSingleMarkBound {})?;
    reload(t, &mut scene)?;
    let status = scene.status(t, "SDL-30")?;
    t.decided(status.bound && status.proven, "SDL-30", "bound and proven", show(&status))?;
    blaming("SDL-30", scene.accepted(t, otp::EVENT, &NONE)).map(|_| ())
}

fn twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = made(t, Shape::Activated)?;
    let clients = [t.peer_client(), t.peer_client()];
    for client in &clients {
        t.agrees("SDL-30", client, &scene.setup.load(scene.platform_key, state.clone()))?;
    }
    let want = scene.respond(t, otp::EVENT, &NONE)?;
    for client in clients {
        let loaded = Single { client, ..scene.clone() };
        let got = blaming("SDL-30", loaded.respond(t, otp::EVENT, &NONE))?;
        t.same("SDL-30", &got, Some(&want))?;
    }
    Ok(())
}

const STORAGE: [u8; 16] = [0x57; 16];

pub(super) fn save_license(t: &mut Trial<'_>) -> ServerSingleSave {
    ServerSingleSave { storage_key: Array(STORAGE), random: nonce(t) }
}

pub(super) fn load_license(state: Vec<u8>) -> ServerSingleLoad {
    ServerSingleLoad { storage_key: Array(STORAGE), state: Bytes(state) }
}

/// A license of each kind of memory, bound.
fn used(t: &mut Trial<'_>, under: Under) -> Result<Single, Stop> {
    let scene = Single::new(t, under, SingleSetup::default())?;
    scene.bind(t)?;
    for (application, data) in [
        (otp::EVENT, NONE),
        (otp::BOTH, NONE),
        (otp::FIELDS, data_fields(&["", "b", ""])),
        (otp::FIELDS, data_fields(&["", "c", ""])),
    ] {
        scene.accepted(t, application, &data)?;
    }
    t.refuses_only(VER_12, &scene.server, &scene.verify(otp::BOTH, &NONE, "0000000000"))?;
    Ok(scene)
}

fn license_saves(t: &mut Trial<'_>, is_used: bool) -> Result<(), Stop> {
    let scene = match is_used {
        true => used(t, Under::Server)?,
        false => Single::created(t, Under::Server, SingleSetup::default())?,
    };
    let save = save_license(t);
    let before = t.state("SDL-30", &scene.server)?;
    let state = t.agrees("SDL-30", &scene.server, &save)?.state.0;
    t.state_is("SDL-30", &scene.server, before)?;
    let reference = t.reference_party();
    t.agrees("SDL-30", &reference, &load_license(state.clone()))?;
    let again = t.peer_server();
    t.agrees("SDL-30", &again, &load_license(state))?;
    let save = save_license(t);
    t.agrees("SDL-30", &again, &save).map(|_| ())
}

/// A state of a license that the reference has made.
pub(super) fn license_made(t: &mut Trial<'_>) -> Result<(Single, Vec<u8>), Stop> {
    let scene = used(t, Under::Neither)?;
    let save = save_license(t);
    let state = t.agrees("SDL-30", &scene.server, &save)?.state.0;
    Ok((scene, state))
}

fn bad_license(t: &mut Trial<'_>, rule: Rule, bad: Vec<u8>, good: &[u8]) -> Result<(), Stop> {
    let server = t.peer_server();
    t.refuses_stateless(rule, &server, &load_license(bad))?;
    t.twin(rule.id, &server, &load_license(good.to_vec())).map(|_| ())
}

fn license_refused(t: &mut Trial<'_>, rule: Rule, bend: Bend) -> Result<(), Stop> {
    let (_, state) = license_made(t)?;
    let mut bent = License::of(STORAGE, &state);
    bend(&mut bent.content);
    bad_license(t, rule, bent.state(), &state)
}

fn license_magic(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (_, state) = license_made(t)?;
    let head = |length: usize| state.get(..length).unwrap_or_default().to_vec();
    for bad in [Vec::new(), head(3), head(32), flipped(&state, 0), flipped(&state, 1), flipped(&state, 2)] {
        bad_license(t, SDL_31, bad, &state)?;
    }
    Ok(())
}

fn license_version(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (_, state) = license_made(t)?;
    [0, 1, 3, 255]
        .into_iter()
        .try_for_each(|version| bad_license(t, SDL_32, with_version(&state, version), &state))
}

fn license_bytes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (_, state) = license_made(t)?;
    let server = t.peer_server();
    for at in 4..state.len() {
        t.refuses_stateless(SDL_33, &server, &load_license(flipped(&state, at)))?;
    }
    bad_license(t, SDL_33, [&state[..], &[0]].concat(), &state)
}

fn license_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (_, state) = license_made(t)?;
    let other = ServerSingleLoad { storage_key: Array(t.random()), ..load_license(state.clone()) };
    let server = t.peer_server();
    t.refuses_stateless(SDL_33, &server, &other)?;
    t.twin("SDL-33", &server, &load_license(state)).map(|_| ())
}

fn license_limits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (_, state) = license_made(t)?;
    let limits: [(&str, &[u8]); 16] = [
        ("tries", &[1]),
        ("tries", &[99]),
        ("identification", &[0]),
        ("identification", &[100]),
        ("signature", &[0]),
        ("signature", &[100]),
        ("first-use", &[0, 0]),
        ("first-use", &[0x2A, 0x30]),
        ("look-ahead", &[0]),
        ("look-ahead", &[20]),
        ("failures", &[4]),
        ("shift-2", &[0, 0, 1, 0, 0, 0, 0, 0]),
        ("shift-2", &[0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0]),
        ("step-2", &[0, 0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ("event-3", &[0, 0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ("flags-3", &[3]),
    ];
    for (field, value) in limits {
        let mut bent = License::of(STORAGE, &state);
        bent.content.put(field, value);
        let server = t.peer_server();
        t.agrees("SDL-34", &server, &load_license(bent.state()))?;
        let save = save_license(t);
        t.agrees("SDL-34", &server, &save)?;
    }
    Ok(())
}

/// A license loaded by the peer from what the reference has made.
fn license_loaded(t: &mut Trial<'_>) -> Result<Single, Stop> {
    let (scene, state) = license_made(t)?;
    let server = t.peer_server();
    t.agrees("SDL-30", &server, &load_license(state))?;
    Ok(Single { server, ..scene })
}

fn license_goes_on(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = license_loaded(t)?;
    scene.now += 36;
    for application in [otp::EVENT, otp::BOTH, otp::TIME] {
        blaming("SDL-30", scene.accepted(t, application, &NONE))?;
    }
    t.implied(&["SDL-30"])
}

fn license_replayed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = used(t, Under::Neither)?;
    let event = scene.accepted(t, otp::EVENT, &NONE)?;
    let fields = data_fields(&["", "d", ""]);
    let signed = scene.accepted(t, otp::FIELDS, &fields)?;
    let save = save_license(t);
    let state = t.agrees("SDL-30", &scene.server, &save)?.state.0;
    let scene = Single { server: t.peer_server(), ..scene };
    t.agrees("SDL-30", &scene.server, &load_license(state))?;
    t.refuses_only(VER_12, &scene.server, &scene.verify(otp::EVENT, &NONE, &event))?;
    t.refuses_only(VER_18, &scene.server, &scene.verify(otp::FIELDS, &fields, &signed))?;
    blaming("VER-12", scene.accepted(t, otp::EVENT, &NONE)).map(|_| ())
}

fn out_of_sync(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, state) = license_made(t)?;
    let mut bent = License::of(STORAGE, &state);
    bent.content.put("flags-3", &[3]);
    let scene = Single { server: t.peer_server(), ..scene };
    t.agrees("SDL-30", &scene.server, &load_license(bent.state()))?;
    let response = scene.respond(t, otp::EVENT, &NONE)?;
    let question = scene.verify(otp::EVENT, &NONE, &response);
    t.refuses_only(VER_19, &scene.server, &question)?;
    let other = Single { server: t.peer_server(), ..scene };
    t.agrees("SDL-30", &other.server, &load_license(state))?;
    t.twin("VER-19", &other.server, &question).map(|_| ())
}
