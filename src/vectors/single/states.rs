//! `single-state.json`: states of a client and of a license, loaded and saved again just so, and bent.

use serde_json::{Value, json};

use super::kit::{of_5, rule_of};
use crate::flow;
use crate::vector::{hex, with};
use channel::rule::{Rule, SDL_31, SDL_32, SDL_33, SDL_34};
use harness::forge::single::{Client, Fields, License};
use harness::scene::Under;
use harness::setup::otp;
use harness::single_scene::{Single, SingleSetup, nonce};
use harness::trial::{Stop, Trial};
use peer::operations::{ClientSingleMarkBound, ServerSingleLoad, ServerSingleSave};
use peer::protocol::{Array, Bytes, Data};

const NONE: Data = Data::ResponseOnly {};
const STORAGE: [u8; 16] = [0x57; 16];

/// `single-state.json`.
pub(in super::super) fn states() -> Vec<Value> {
    of_5([clients(), licenses()].concat())
}

/// The fields of a content, by name.
fn parts(content: &Fields) -> Value {
    content.fields().iter().map(|(name, _)| json!([name, hex(content.field(name))])).collect()
}

/// A client that responded, reported, and is bound.
fn used(t: &mut Trial<'_>, under: Under) -> Result<Single, Stop> {
    let scene = Single::new(t, under, SingleSetup::default())?;
    scene.respond(t, otp::EVENT, &NONE)?;
    scene.report(t, true)?;
    t.agrees("BND-7", &scene.client, &ClientSingleMarkBound {})?;
    Ok(scene)
}

/// The same, kept beside one of another key.
fn kept(t: &mut Trial<'_>, under: Under) -> Result<Single, Stop> {
    let scene = used(t, under)?;
    let code = scene.wrong_code(t)?;
    let question = scene.activation(t, &code);
    t.agrees("SDL-35", &scene.client, &question)?;
    scene.report(t, false)?;
    Ok(scene)
}

fn state_of(t: &mut Trial<'_>, scene: &Single) -> Result<Vec<u8>, Stop> {
    let save = Single::save(t);
    Ok(t.agrees("SDL-30", &scene.client, &save)?.state.0)
}

fn clients() -> Vec<Value> {
    type Play = fn(&mut Trial<'_>) -> Result<Single, Stop>;
    let good = |id: &str, note: &str, play: Play| {
        let mut between = Value::Null;
        let vector = flow(&format!("single-state-{id}"), note, &["SDL-30"], |t| {
            let scene = play(t)?;
            let state = state_of(t, &scene)?;
            between = json!({"platform_key": hex(scene.platform_key),
                "content": parts(&Client::of(scene.platform_key, &state).content)});
            let loaded = Single { client: t.peer_client(), ..scene.clone() };
            t.agrees("SDL-30", &loaded.client, &scene.setup.load(scene.platform_key, state))?;
            loaded.status(t, "SDL-30")?;
            state_of(t, &loaded).map(|_| ())
        });
        with(vector, "intermediate", between)
    };
    let bad = |rule: Rule, id: &str, note: &str, bend: fn(&mut Fields)| {
        flow(&format!("single-state-{id}"), note, &rule_of(rule), |t| {
            let scene = used(t, Under::Neither)?;
            let state = state_of(t, &scene)?;
            let mut bent = Client::of(scene.platform_key, &state);
            bend(&mut bent.content);
            let client = t.peer_client();
            t.refuses_stateless(rule, &client, &scene.setup.load(scene.platform_key, bent.state()))
        })
    };
    let bad_kept = |id: &str, note: &str, bend: fn(&mut Fields)| {
        flow(&format!("single-state-{id}"), note, &["SDL-34"], |t| {
            let scene = kept(t, Under::Neither)?;
            let state = state_of(t, &scene)?;
            let mut bent = Client::of(scene.platform_key, &state);
            bend(&mut bent.content);
            let client = t.peer_client();
            t.refuses_stateless(SDL_34, &client, &scene.setup.load(scene.platform_key, bent.state()))
        })
    };
    let frame = |rule: Rule, id: &str, note: &str, bend: fn(&mut Vec<u8>)| {
        flow(&format!("single-state-{id}"), note, &rule_of(rule), |t| {
            let scene = used(t, Under::Neither)?;
            let mut state = state_of(t, &scene)?;
            bend(&mut state);
            let client = t.peer_client();
            t.refuses_stateless(rule, &client, &scene.setup.load(scene.platform_key, state))
        })
    };
    vec![
        good("empty", "no account", |t| Single::created(t, Under::Client, SingleSetup::default())),
        good("activated", "after activation", |t| Single::new(t, Under::Client, SingleSetup::default())),
        good("without-password", "no password", |t| {
            Single::new(t, Under::Client, SingleSetup::without_password())
        }),
        good("used", "an event, proven, bound", |t| used(t, Under::Client)),
        good("kept", "the same, kept beside an account in state 3", |t| kept(t, Under::Client)),
        bad_kept("kept-proven", "kept beside a proven account", |it| it.put("flags", &[0x2B])),
        bad_kept("kept-third", "a third account", |it| it.put("kept-flags", &[0x23])),
        bad_kept("kept-one-salt", "two accounts with one salt", |it| {
            let salt = it.field("salt").to_vec();
            it.put("kept-salt", &salt);
        }),
        frame(SDL_31, "magic", "a license's three bytes", |state| flip(state, 2, 0x08)),
        frame(SDL_31, "cut", "32 bytes", |state| state.truncate(32)),
        frame(SDL_32, "version", "version 1, that of edition 4", |state| flip(state, 3, 3)),
        frame(SDL_33, "bent", "a byte bent", |state| flip(state, 40, 1)),
        bad(SDL_34, "flags", "a reserved flag", |it| it.put("flags", &[0x4F])),
        bad(SDL_34, "proven-and-invalid", "two flags that exclude each other", |it| it.put("flags", &[0x1B])),
        bad(SDL_34, "failures", "more than the tries", |it| it.put("failures", &[4])),
        bad(SDL_34, "memory", "7 KiB", |it| it.put("memory", &[0, 0, 0, 7])),
        bad(SDL_34, "event", "an event without events", |it| it.put("event-2", &[0, 0, 0, 0, 0, 0, 0, 1])),
        bad(SDL_34, "left-over", "a byte more", |it| it.bytes().push(0)),
    ]
}

fn flip(state: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = state.get_mut(at) {
        *byte ^= bits;
    }
}

fn license(t: &mut Trial<'_>, under: Under) -> Result<(Single, Vec<u8>), Stop> {
    let scene = Single::new(t, under, SingleSetup::default())?;
    scene.bind(t)?;
    scene.accepted(t, otp::EVENT, &NONE)?;
    let fields = Data::Fields { fields: ["", "b", ""].map(str::to_owned).into() };
    scene.accepted(t, otp::FIELDS, &fields)?;
    let save = ServerSingleSave { storage_key: Array(STORAGE), random: nonce(t) };
    let state = t.agrees("SDL-30", &scene.server, &save)?.state.0;
    Ok((scene, state))
}

fn load(state: Vec<u8>) -> ServerSingleLoad {
    ServerSingleLoad { storage_key: Array(STORAGE), state: Bytes(state) }
}

fn licenses() -> Vec<Value> {
    let mut between = Value::Null;
    let good = flow("single-license-used", "bound, events, fields", &["SDL-30"], |t| {
        let (_, state) = license(t, Under::Server)?;
        between =
            json!({"storage_key": hex(STORAGE), "content": parts(&License::of(STORAGE, &state).content)});
        let server = t.peer_server();
        t.agrees("SDL-30", &server, &load(state))?;
        let save = ServerSingleSave { storage_key: Array(STORAGE), random: nonce(t) };
        t.agrees("SDL-30", &server, &save).map(|_| ())
    });
    let bad = |rule: Rule, id: &str, note: &str, bend: fn(&mut Fields)| {
        flow(&format!("single-license-{id}"), note, &rule_of(rule), |t| {
            let (_, state) = license(t, Under::Neither)?;
            let mut bent = License::of(STORAGE, &state);
            bend(&mut bent.content);
            let server = t.peer_server();
            t.refuses_stateless(rule, &server, &load(bent.state()))
        })
    };
    vec![
        with(good, "intermediate", between),
        bad(SDL_34, "tries", "no tries", |it| it.put("tries", &[0])),
        bad(SDL_34, "bound", "bound to two", |it| it.put("bound", &[2])),
        bad(SDL_34, "shift", "a shift without time", |it| it.put("shift-3", &[0, 0, 0, 0, 0, 0, 0, 1])),
        bad(SDL_34, "hashes", "13 hashes", |it| it.put("n-1", &[13])),
        bad(SDL_34, "serial", "of another vector", |it| it.put("serial", &[0xC3, 0xE5, 0, 0, 1])),
    ]
}
