//! A vector of many steps: a scene, played on the reference and written down.
//!
//! The scene is played as a case plays it, with [`Scene`](harness::scene::Scene) and [`Trial`], so
//! that whatever a case can do, a golden flow can. The vector's id is the seed: same id, same bytes.

use serde_json::{Map, Value, json};

use super::vector::FIRST;
use harness::scene::START;
use harness::suite::fnv;
use harness::trial::{Peer, Stop, Trial};
use peer::engine::{Engine, claims};

/// Plays a scene on the reference and keeps what was asked of the peer and answered, as the vector's steps.
/// Sessions of the reference party are not kept: a flow under `Under::Client` asks nothing of a server.
///
/// The vector is `valid` where the last step is done (looks at the state apart), else `invalid` with its
/// class. Where the scene itself stops, the vector says so instead and fits no schema, which a test notices.
///
/// ```
/// use harness::scene::{Scene, Show, Stage, Under};
/// use harness::setup::Setup;
/// use counterproof_vectors::flow;
///
/// let vector = flow("flow-open", "a request is opened", &["CLI-11"], |t| {
///     let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
///     let message = scene.request(t, &Show::default())?;
///     scene.open(t, &message).map(|_| ())
/// });
/// assert_eq!(vector["result"], "valid");
/// assert_eq!(vector["steps"][3]["op"], "client.open");
/// ```
pub fn flow(
    id: &str,
    note: &str,
    requirements: &[&str],
    play: impl FnOnce(&mut Trial<'_>) -> Result<(), Stop>,
) -> Value {
    let mut play = Some(play);
    played(id, note, requirements, &mut |trial| play.take().map_or(Ok(()), |play| play(trial)))
}

/// The same for any play: there are hundreds of flows, and this is compiled once.
fn played(
    id: &str,
    note: &str,
    requirements: &[&str],
    play: &mut dyn FnMut(&mut Trial<'_>) -> Result<(), Stop>,
) -> Value {
    let claims = claims();
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0)));
    let peer = Peer { exchange: &mut engine, claims: &claims };
    let mut trial = Trial::new(vec![peer], fnv(id), START);
    if let Err(stop) = play(&mut trial) {
        return json!({"id": id, "stopped": stop.to_string()});
    }
    let steps: Vec<Value> =
        trial.steps.iter().filter_map(|step| written(&step.question, &step.answer)).collect();
    let last = steps.iter().rev().find(|step| step.get("op").is_none_or(|op| op != "state"));
    let class = last.and_then(|step| step.pointer("/refused/class")).cloned();
    let mut vector = json!({"id": id, "note": note, "requirements": requirements, "since": FIRST,
        "result": if class.is_some() { "invalid" } else { "valid" }, "steps": steps});
    if let Some((class, members)) = class.zip(vector.as_object_mut()) {
        members.insert("class".to_owned(), class);
    }
    vector
}

/// A step without what is a peer's own affair: the number of the question, the words of a refusal, the
/// digest of a state.
fn written(question: &str, answer: &str) -> Option<Value> {
    let question: Map<String, Value> = serde_json::from_str(question).ok()?;
    let answer: Map<String, Value> = serde_json::from_str(answer).ok()?;
    let mut step: Map<String, Value> = question.into_iter().filter(|(name, _)| name != "seq").collect();
    for (name, mut value) in answer.into_iter().filter(|(name, _)| name != "seq") {
        if let Some(members) = value.as_object_mut() {
            members.remove("detail");
            members.remove("digest");
        }
        step.insert(name, value);
    }
    Some(Value::Object(step))
}
