//! A case played with the reference in the app's place: it shows what the case will ask of an app, whether all of that can
//! be asked, and what each step should bring.

use serde_json::Value;

use super::want::{Known, NO_QUESTION, Want};
use channel::class::Class;
use harness::case::{Case, Role};
use harness::scene::START;
use harness::suite::{self, Verdict, fnv};
use harness::trial::{Broken, Exchange, Peer};
use peer::engine::{self, Engine};
use peer::operations::{
    ClientActivateInstance, ClientActivateLicense, ClientCreate, ClientSetApp2App, HelloResult,
};
use peer::protocol::{Answer, Operation, Question, VERSION};

/// The seed of all cases: where they begin alike, they begin with the same bytes, and one activation is enough for them.
const SEED: u64 = 18;

/// How an app is activated.
pub(super) const ACTIVATION: [&str; 3] =
    [ClientCreate::NAME, ClientActivateLicense::NAME, ClientActivateInstance::NAME];

/// The seed by which a case begins with the bytes of every other.
pub(super) fn seed(case: &Case) -> u64 {
    SEED ^ fnv(&case.id)
}

/// What an app claims.
pub(super) fn claims() -> HelloResult {
    let operations = engine::operation_names().filter(|name| name.starts_with("client.") || *name == "drop");
    HelloResult {
        protocol: VERSION.into(),
        name: "an app".into(),
        version: String::new(),
        language: String::new(),
        profile: "client-core".into(),
        operations: operations.map(str::to_owned).collect(),
        injects_time: false,
        injects_randomness: false,
    }
}

/// A question of a case, and what the reference answers.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The operation.
    pub(super) op: String,
    /// The result.
    pub(super) ok: Option<Value>,
    /// The class of a refusal.
    pub(super) class: Option<Class>,
}

/// What is known of a case before anybody is asked.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// Its questions.
    pub(super) steps: Vec<Step>,
    /// How it activates the app, where that is the first that it does: cases of the same way can share an activation.
    pub(super) activation: Option<String>,
    /// What is to be done by hand, the activation that can be shared left out.
    pub(super) actions: usize,
    /// Activations of its own.
    pub(super) activations: usize,
    /// Whether another case can go on where it ends.
    pub(super) leaves_it: bool,
}

/// The reference in the app's place.
struct Stand {
    engine: Engine,
    known: Known,
    steps: Vec<Step>,
    wants: Vec<Want>,
    /// What was done first, app-to-app left out, up to the first AM2.
    begin: Vec<String>,
    unseen: Option<&'static str>,
}

impl Exchange for Stand {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let question: Question<'_> =
            serde_json::from_slice(line).map_err(|_| Broken::Unseen(NO_QUESTION.into()))?;
        let want = self.known.want(&question).map_err(|why| {
            self.unseen = Some(why);
            Broken::Unseen(why.to_owned())
        })?;
        let line = self.engine.answer(line);
        let answer = Answer::read(&line).map_err(Broken::Violation)?;
        let ok = answer.ok.and_then(|ok| serde_json::from_str(ok.get()).ok());
        let class = answer.refused.as_ref().and_then(|refused| Class::from_word(&refused.class));
        self.known.answered(&question, ok.as_ref(), class.map(Class::word));
        let is_done = ok.is_some() && self.steps.iter().all(|step| step.ok.is_some());
        if is_done && self.begin.len() < ACTIVATION.len() && question.op != ClientSetApp2App::NAME {
            self.begin.push(format!("{} {}", question.op, question.params.get()));
        }
        self.steps.push(Step { op: question.op.to_string(), ok, class });
        self.wants.push(want);
        Ok(line)
    }

    fn has_no_vector(&self) -> bool {
        true
    }
}

impl Stand {
    /// The bytes of the activation with which the case begins.
    fn activation(&self) -> Option<String> {
        let is = |(line, way): (&String, &str)| line.split(' ').next() == Some(way);
        let is_activation = self.begin.len() == ACTIVATION.len() && self.begin.iter().zip(ACTIVATION).all(is);
        is_activation.then(|| self.begin.join("\n"))
    }
}

/// Plays a case; an error says why no app can be asked it.
pub(super) fn rehearse(case: &Case) -> Result<Script, String> {
    match case.role {
        Role::Client if case.area() != "PPR" => {}
        Role::Client | Role::Peer => return Err(NO_QUESTION.to_owned()),
        _ => return Err("it is not about a client".to_owned()),
    }
    let mut bytes = 0_u8;
    let random = move |out: &mut [u8]| {
        for byte in out {
            bytes = bytes.wrapping_add(1);
            *byte = bytes;
        }
    };
    let engine = Engine::new(Box::new(random));
    let (known, steps, wants, begin) = (Known::default(), Vec::new(), Vec::new(), Vec::new());
    let mut stand = Stand { engine, known, steps, wants, begin, unseen: None };
    let claims = claims();
    let outcome =
        suite::run_at(case, vec![Peer { exchange: &mut stand, claims: &claims }], seed(case), START);
    match (stand.unseen, outcome.verdict) {
        (Some(why), _) => return Err(why.to_owned()),
        (None, Verdict::Pass) => {}
        (None, Verdict::NotTestable) => {
            return Err(outcome.failure.map(|failure| failure.got).unwrap_or_default());
        }
        (None, _) => return Err("it is another case where the static vector comes with AM1".to_owned()),
    }
    let activation = stand.activation();
    let asked = |want: &&Want| !matches!(want, Want::Nothing | Want::StillNothing);
    let (all, fresh) = (
        stand.wants.iter().filter(asked).count(),
        stand.wants.iter().filter(|want| matches!(want, Want::Fresh)).count(),
    );
    let shared = usize::from(activation.is_some());
    Ok(Script {
        activation,
        actions: all.saturating_sub(3 * shared),
        activations: fresh.saturating_sub(shared),
        leaves_it: stand.known.is_as_activated(),
        steps: stand.steps,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> Result<Script, String> {
        rehearse(cases::all().iter().find(|case| case.id == id).unwrap())
    }

    #[test]
    fn a_rehearsal_tells_what_a_case_asks_for() {
        let (success, cancel, scanned) =
            (of("a2a-success").unwrap(), of("a2a-cancel").unwrap(), of("open-sign").unwrap());
        assert!(success.activation.is_some() && success.activation == cancel.activation);
        assert!(scanned.activation.is_some() && scanned.activation != cancel.activation);
        // The link, the decision, a look whether anything is left, which is looked at once.
        assert_eq!((cancel.actions, cancel.activations, cancel.leaves_it), (3, 0, true));
        let blocked = of("app-blocked").unwrap();
        assert_eq!((blocked.actions, blocked.leaves_it), (5, false));
        let answered = scanned.steps.iter().filter(|step| step.op == "client.open").count();
        assert!(answered > 0 && scanned.steps.iter().all(|step| step.ok.is_some() != step.class.is_some()));
        let forged = of("am1-body-30-bytes").unwrap();
        assert_eq!((forged.activation, forged.activations), (None, 1));
    }

    #[test]
    fn what_no_app_shows_has_a_reason() {
        for (id, why) in [
            ("peer-answers-are-not-stale", NO_QUESTION),
            ("verify-twice-by-sibling", "it is not about a client"),
            ("a2a-off", "app-to-app can't be turned off for a case"),
            ("a2a-order-rooted", "what an app stores can't be read or written"),
            ("a2a-masks", "the app's configuration of app-to-app can't be changed for a case"),
        ] {
            assert_eq!(of(id).unwrap_err(), why, "{id}");
        }
    }
}
