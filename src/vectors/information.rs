//! `information.json`: the message from an instance to its server (SPEC section 27). A valid one is made by a client
//! and taken by its server; an invalid one is sent to the server, rightly sealed, and refused.

use serde_json::{Value, json};

use super::flow;
use super::keys::between;
use super::vector::{hex, since, with};
use channel::rule::{INF_2, INF_4, INF_5, INF_7, Rule, VER_3, VER_6};
use harness::forge::Plain;
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::{ClientGenerateInformation, ServerProcessInformation};

const KEY: &str = "0123456789";

/// `information.json`.
pub(super) fn information() -> Vec<Value> {
    let mut vectors = vec![
        made("protection-1", "protection 1", 1, 1),
        made("protection-2", "protection 2", 2, 1),
        made("counter-3", "the third one", 2, 3),
        replayed(),
    ];
    vectors.extend(BENDS.map(|(id, note, rule, bend)| bent(id, note, rule, bend)));
    since(4, vectors)
}

type Bend = (&'static str, &'static str, Rule, fn(&mut Plain));

const BENDS: [Bend; 10] = [
    ("empty", "no body", INF_5, |p| p.body.clear()),
    ("5-bytes", "a byte is missing", INF_5, |p| p.body.truncate(5)),
    ("7-bytes", "a byte too many", INF_5, |p| p.body.push(0)),
    ("first-byte", "01 is the only thing to say", INF_5, |p| p.body = vec![2, 1, 0x23, 0x45, 0x67, 0x89]),
    ("type-3", "a request from a client", INF_2, |p| *p = p.with_type(3)),
    ("protection", "not the one agreed on", INF_7, |p| *p = p.with_protection(1)),
    ("sequence-0", "numbers begin with 1", VER_3, |p| p.nonce[4] = 0),
    ("sequence-100", "and end with 99", VER_3, |p| p.nonce[4] = 100),
    ("counter-0", "counters begin with 1", INF_4, |p| p.nonce[5..].fill(0)),
    ("too-old", "from 1970", VER_6, |p| p.nonce[..4].fill(0)),
];

fn ask(scene: &Scene) -> ClientGenerateInformation {
    ClientGenerateInformation { serial: scene.setup.serial.into(), challenge_key: KEY.into(), now: scene.now }
}

fn take(scene: &Scene, message: &str) -> ServerProcessInformation {
    ServerProcessInformation { message: message.into(), now: scene.now }
}

fn make(t: &mut Trial<'_>, scene: &Scene) -> Result<String, Stop> {
    Ok(t.agrees("INF-1", &scene.client, &ask(scene))?.message)
}

fn made(id: &str, note: &str, message_protection: u32, count: usize) -> Value {
    let (mut played, mut message) = (None, String::new());
    let play = |t: &mut Trial<'_>| {
        let setup = Setup { message_protection, ..Setup::default() };
        let scene = Scene::new(t, Under::Both, setup, Stage::Confirmed)?;
        for _ in 0..count {
            message = make(t, &scene)?;
            t.agrees("INF-6", &scene.server, &take(&scene, &message))?;
        }
        played = Some(scene);
        Ok(())
    };
    let vector = flow(&format!("information-{id}"), note, &["INF-1", "INF-6", "NON-4", "KEY-3"], play);
    let Some(scene) = played else { return vector };
    let channel = scene.payload_channel();
    let body = Plain::of(&message, Some(&channel)).map(|plain| hex(plain.body)).unwrap_or_default();
    let input =
        json!({"sequence": scene.sequence, "payload_key": hex(channel.expose()), "challenge_key": KEY});
    let vector = with(with(vector, "input", input), "output", json!({"body": body, "message": message}));
    with(vector, "intermediate", between(&channel, &message).unwrap_or_default())
}

fn replayed() -> Value {
    flow("information-replayed", "each is taken once", &["INF-4"], |t| {
        let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
        let message = make(t, &scene)?;
        t.agrees("INF-6", &scene.server, &take(&scene, &message))?;
        t.refuses_only(INF_4, &scene.server, &take(&scene, &message))
    })
}

/// A message with something else in it, rightly sealed.
fn bent(id: &str, note: &str, rule: Rule, bend: fn(&mut Plain)) -> Value {
    let mut explained = Value::Null;
    let play = |t: &mut Trial<'_>| {
        let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
        let channel = scene.payload_channel();
        let mut plain = Plain::of(&make(t, &scene)?, Some(&channel))?;
        bend(&mut plain);
        let bad = plain.message(Some(&channel));
        explained = between(&channel, &bad).unwrap_or_default();
        t.refuses_only(rule, &scene.server, &take(&scene, &bad))
    };
    let vector = flow(&format!("information-{id}"), note, &[rule.id], play);
    with(vector, "intermediate", explained)
}
