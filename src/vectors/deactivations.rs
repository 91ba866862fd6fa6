//! `deactivation.json`: the message that ends an instance (SPEC section 11). A valid one is issued by a server
//! and taken by its client; an invalid one is sent to the client, rightly sealed, and refused.

use serde_json::{Value, json};

use super::flow;
use super::keys::between;
use super::vector::{hex, since, with};
use channel::bytes::Wire;
use channel::rule::{DEA_6, Rule};
use channel::wire::deactivation::Deactivation;
use harness::forge::Plain;
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::{ClientDeactivate, ServerGenerateDeactivation, ServerRestored};
use peer::protocol::{Carrier, Number};

/// `deactivation.json`.
pub(super) fn deactivations() -> Vec<Value> {
    let mut vectors = vec![
        issued("protection-1", "protection 1", 1),
        issued("protection-2", "protection 2", 2),
        last_number(),
        bent("another-sequence", "another instance's number", "0200", DEA_6),
    ];
    vectors.extend(
        [
            ("empty", "no body", ""),
            ("1-byte", "the second byte is missing", "01"),
            ("3-bytes", "a byte too many", "010000"),
            ("sequence-0", "numbers begin with 1", "0000"),
            ("sequence-100", "and end with 99", "6400"),
            ("second-byte", "the second byte is 00", "0101"),
            ("second-byte-of-another", "the form comes before the number", "0280"),
        ]
        .map(|(id, note, body)| bad_body(id, note, body)),
    );
    since(2, vectors)
}

fn take(message: &str) -> ClientDeactivate {
    ClientDeactivate { message: message.into(), carrier: Carrier::Direct }
}

/// The server's deactivation of the scene's instance.
fn issue(t: &mut Trial<'_>, scene: &Scene) -> Result<String, Stop> {
    let question = ServerGenerateDeactivation { sequence: Number::from(scene.sequence), now: scene.now };
    Ok(t.agrees("DEA-1", &scene.server, &question)?.message)
}

/// With the instance, the body, the message and what stands between.
fn explained(vector: Value, sequence: u32, scene: Option<&Scene>, message: &str) -> Value {
    let Some(channel) = scene.map(Scene::payload_channel) else { return vector };
    let body = Plain::of(message, Some(&channel)).map(|plain| hex(plain.body)).unwrap_or_default();
    let input = json!({"sequence": sequence, "payload_key": hex(channel.expose())});
    let vector = with(with(vector, "input", input), "output", json!({"body": body, "message": message}));
    with(vector, "intermediate", between(&channel, message).unwrap_or_default())
}

fn issued(id: &str, note: &str, message_protection: u32) -> Value {
    let (mut played, mut message) = (None, String::new());
    let play = |t: &mut Trial<'_>| {
        let setup = Setup { message_protection, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Both, setup, Stage::Confirmed)?;
        scene.now += 60;
        message = issue(t, &scene)?;
        t.agrees("DEA-7", &scene.client, &take(&message))?;
        played = Some(scene);
        Ok(())
    };
    let requirements = ["DEA-1", "KEY-3", if message_protection == 1 { "PRT-2" } else { "PRT-3" }];
    let vector = flow(&format!("deactivation-{id}"), note, &requirements, play);
    explained(vector, 1, played.as_ref(), &message)
}

/// The last instance that a license can have.
fn last_number() -> Value {
    let (mut played, mut message) = (None, String::new());
    let play = |t: &mut Trial<'_>| {
        let setup = Setup { threshold: 99, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Client, setup, Stage::Created)?;
        let lost = ServerRestored { highest_sequence: Number::from(98), now: scene.now };
        t.agrees("OPR-3", &scene.server, &lost)?;
        scene.play(t, Stage::Confirmed)?;
        message = issue(t, &scene)?;
        t.agrees("DEA-7", &scene.client, &take(&message))?;
        played = Some(scene);
        Ok(())
    };
    let vector = flow("deactivation-sequence-99", "the last sequence number", &["DEA-1", "DEA-7"], play);
    explained(vector, 99, played.as_ref(), &message)
}

fn bad_body(id: &str, note: &str, body: &str) -> Value {
    let bytes = channel::text::hex::decode(body).unwrap_or_default();
    match Deactivation::decode(&bytes) {
        Err(refusal) => bent(id, note, body, refusal.rule),
        Ok(_) => json!({"id": id}),
    }
}

/// A deactivation with another body, rightly sealed.
fn bent(id: &str, note: &str, body: &str, rule: Rule) -> Value {
    let bytes = channel::text::hex::decode(body).unwrap_or_default();
    let mut explained = Value::Null;
    let play = |t: &mut Trial<'_>| {
        let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
        let channel = scene.payload_channel();
        let good = issue(t, &scene)?;
        let bad = Plain::of(&good, Some(&channel))?.with_body(bytes).message(Some(&channel));
        explained = between(&channel, &bad).unwrap_or_default();
        t.refuses_only(rule, &scene.client, &take(&bad))
    };
    let vector = flow(&format!("deactivation-{id}"), note, &[rule.id], play);
    with(with(vector, "input", json!({"body": body})), "intermediate", explained)
}
