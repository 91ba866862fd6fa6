//! Vectors against a peer: asked step by step, compared with what the file says. The reference takes no part
//! in it, so that a file judges the reference as it judges anybody.

use serde_json::Value;

use super::file::{Expected, Step, Vector, line};
use harness::trial::{Broken, Exchange, Reply, reply};
use peer::operations::{HelloResult, is_optional};
use peer::protocol::Refused;

/// What came of a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every step has the result that the file says.
    Agrees,
    /// One has another.
    Disagrees,
    /// The peer doesn't have an operation of the profile it claims.
    Unsupported,
    /// The peer says that a question of the protocol is wrong.
    Fault,
    /// It ended, or closed its pipe.
    Crash,
    /// It did not answer in time.
    Hang,
    /// It answered with something that is not of the peer protocol.
    Protocol,
    /// It draws its own randomness or has its own clock: the bytes of a flow can't be compared.
    NotComparable,
    /// The run was out of time before: says nothing of the peer.
    NotRun,
    /// None of its operations belongs to the profile that the peer claims.
    OutsideProfile,
    /// It asks an optional operation, which the peer doesn't list.
    NotOffered,
    /// No operation: for reading.
    Reading,
}

impl Verdict {
    /// All, in the order of a table.
    pub const ALL: [Verdict; 12] = [
        Verdict::Agrees,
        Verdict::Disagrees,
        Verdict::Unsupported,
        Verdict::Fault,
        Verdict::Crash,
        Verdict::Hang,
        Verdict::Protocol,
        Verdict::NotComparable,
        Verdict::NotRun,
        Verdict::OutsideProfile,
        Verdict::NotOffered,
        Verdict::Reading,
    ];

    /// The word for a person.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Agrees => "agree",
            Verdict::Disagrees => "disagree",
            Verdict::Unsupported => "unsupported",
            Verdict::Fault => "fault",
            Verdict::Crash => "crash",
            Verdict::Hang => "hang",
            Verdict::Protocol => "protocol",
            Verdict::NotComparable => "not comparable",
            Verdict::NotRun => "not run",
            Verdict::OutsideProfile => "outside profile",
            Verdict::NotOffered => "not offered",
            Verdict::Reading => "for reading",
        }
    }

    /// Whether the peer was judged by the vector at all.
    pub fn is_judged(self) -> bool {
        use Verdict::{NotComparable, NotOffered, NotRun, OutsideProfile, Reading};
        !matches!(self, NotComparable | NotRun | OutsideProfile | NotOffered | Reading)
    }
}

/// A vector judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What came of it.
    pub verdict: Verdict,
    /// Where it did not agree.
    pub difference: Option<Difference>,
}

impl Judged {
    /// A run that is out of time gets to no more vectors; those for reading need none.
    pub fn not_run(vector: &Vector) -> Self {
        let verdict = if vector.steps.is_empty() { Verdict::Reading } else { Verdict::NotRun };
        Self { verdict, difference: None }
    }
}

/// The first step that did not have the result it must have. Those after it were not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which step, from 1, and of how many.
    pub step: (usize, usize),
    /// The line sent.
    pub asked: String,
    /// What the file says.
    pub expected: String,
    /// What came.
    pub got: String,
}

/// Asks a peer. One for the whole run, since a question's number must be new.
pub struct Judge<'a> {
    peer: &'a mut dyn Exchange,
    claims: &'a HelloResult,
    seq: u32,
}

/// Why a step did not agree: the verdict, and what came.
type Bad = (Verdict, String);

impl<'a> Judge<'a> {
    /// A judge of one peer.
    pub fn new(peer: &'a mut dyn Exchange, claims: &'a HelloResult) -> Self {
        Self { peer, claims, seq: 0 }
    }

    /// Plays a vector.
    pub fn judge(&mut self, vector: &Vector) -> Judged {
        let without = |verdict| Judged { verdict, difference: None };
        let (steps, profile) = (&vector.steps, self.claims.profile.as_str());
        if steps.is_empty() {
            return without(Verdict::Reading);
        }
        if !steps.iter().any(|step| is_claimed(profile, steps, step)) {
            return without(Verdict::OutsideProfile);
        }
        let is_offered = |step: &Step| {
            let of_sessions = step.op == "state"; // left out by itself
            of_sessions || !is_optional(&step.op) || self.claims.operations.contains(&step.op)
        };
        if !steps.iter().all(is_offered) {
            return without(Verdict::NotOffered);
        }
        let has_sessions = steps.iter().any(|step| step.session.is_some());
        if has_sessions && !(self.claims.injects_time && self.claims.injects_randomness) {
            return without(Verdict::NotComparable);
        }
        let mut is_fresh = !has_sessions;
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| is_claimed(profile, steps, step)) {
            let fresh = if is_fresh { Ok(()) } else { self.reset() };
            is_fresh = true;
            if let Err((verdict, got)) = fresh.and_then(|()| self.step(step)) {
                let step_number = (index + 1, steps.len());
                let asked = line(self.seq, step);
                let expected = words_of(&step.expected);
                let difference = Some(Difference { step: step_number, asked, expected, got });
                return Judged { verdict, difference };
            }
        }
        without(Verdict::Agrees)
    }

    /// Ends the sessions of the vector before.
    fn reset(&mut self) -> Result<(), Bad> {
        let params = Value::Object(serde_json::Map::new());
        let step = Step { op: "reset".into(), session: None, expected: Expected::Ok(params.clone()), params };
        self.step(&step)
    }

    fn step(&mut self, step: &Step) -> Result<(), Bad> {
        let is_optional = step.op == "state";
        if !self.claims.operations.contains(&step.op) {
            let words = format!("{} is not among the operations it has", step.op);
            return if is_optional { Ok(()) } else { Err((Verdict::Unsupported, words)) };
        }
        self.seq = self.seq.wrapping_add(1);
        let line = line(self.seq, step);
        let answer = self.peer.exchange(line.as_bytes()).and_then(|answer| reply::<Value>(&answer, self.seq));
        match answer {
            Ok(Reply::Ok(got)) => match &step.expected {
                Expected::Ok(want) if agree(&step.op, want, &got) => Ok(()),
                _ => Err((Verdict::Disagrees, got.to_string())),
            },
            Ok(Reply::Refused(refused)) => match &step.expected {
                Expected::Refused(class) if *class == refused.class => Ok(()),
                _ => Err((Verdict::Disagrees, refusal(&refused))),
            },
            Ok(Reply::Unsupported) if is_optional => Ok(()),
            Ok(Reply::Unsupported) => Err((Verdict::Unsupported, format!("{} is unsupported", step.op))),
            Ok(Reply::Fault(words)) => Err((Verdict::Fault, format!("fault: {words}"))),
            Err(broken) => {
                self.peer.discard();
                Err(match broken {
                    Broken::Crash(words) => (Verdict::Crash, words),
                    Broken::Hang(words) => (Verdict::Hang, words),
                    Broken::Violation(words) | Broken::Line(_, words) | Broken::Unseen(words) => {
                        (Verdict::Protocol, words)
                    }
                })
            }
        }
    }
}

/// Whether a step belongs to the profile that the peer claims; in a session its first step decides.
fn is_claimed(profile: &str, steps: &[Step], step: &Step) -> bool {
    let first = step.session.as_ref().and_then(|session| {
        steps.iter().find(|other| other.session.as_ref() == Some(session)).map(|other| other.op.as_str())
    });
    let op = first.unwrap_or(&step.op);
    match profile {
        "full" => true,
        "client-core" => op.starts_with("client."),
        "server-core" => op.starts_with("server."),
        other => other.strip_prefix("primitive:") == Some(op),
    }
}

fn words_of(expected: &Expected) -> String {
    match expected {
        Expected::Ok(value) => value.to_string(),
        Expected::Refused(class) => format!("refused with {class}"),
    }
}

fn refusal(refused: &Refused) -> String {
    match &refused.requirement {
        Some(requirement) => format!("refused with {} ({requirement})", refused.class),
        None => format!("refused with {}", refused.class),
    }
}

/// Members of results that are bytes: read in either case, as the suite reads them.
const BYTES: [&str; 14] = [
    "mac",
    "data",
    "key",
    "wrapped",
    "nonce",
    "body",
    "tag",
    "device_id",
    "digest",
    "static_vector",
    "license_key",
    "file",
    "content",
    "state",
];

/// Whether a result is the one that must come. The digest of a state is the peer's own affair.
fn agree(op: &str, want: &Value, got: &Value) -> bool {
    let (Some(want), Some(got)) = (want.as_object(), got.as_object()) else { return want == got };
    let compared = |name: &str| op != "state" || name != "digest";
    let names = |value: &serde_json::Map<String, Value>| value.keys().filter(|name| compared(name)).count();
    names(want) == names(got)
        && want.iter().filter(|(name, _)| compared(name)).all(|(name, want)| match (want, got.get(name)) {
            (Value::String(want), Some(Value::String(got))) if BYTES.contains(&name.as_str()) => {
                want.eq_ignore_ascii_case(got)
            }
            (Value::Array(want), Some(Value::Array(got))) => {
                want.len() == got.len() && want.iter().zip(got).all(|(want, got)| agree(op, want, got))
            }
            (want, got) => got == Some(want),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_compared_whole() {
        let want = json!({"body": "0A", "serial": "VDS1000120"});
        assert!(agree("frame.parse", &want, &json!({"serial": "VDS1000120", "body": "0a"})));
        assert!(!agree("frame.parse", &want, &json!({"serial": "vds1000120", "body": "0A"})));
        assert!(!agree("frame.parse", &want, &json!({"serial": "VDS1000120"})));
        assert!(!agree("frame.parse", &want, &json!({"serial": "VDS1000120", "body": "0A", "more": 1})));
        assert!(!agree("frame.parse", &want, &json!([])));

        let want = json!({"licenses": [{"type": "A1", "license_key": "0A"}]});
        let of = |licenses: Value| agree("license_file.read", &want, &json!({"licenses": licenses}));
        assert!(of(json!([{"type": "A1", "license_key": "0a"}])));
        assert!(!of(json!([{"type": "a1", "license_key": "0A"}])) && !of(json!([])));
    }

    #[test]
    fn a_state_is_compared_by_its_counters() {
        let want = json!({"counters": {"code_failures": 1}});
        assert!(agree("state", &want, &json!({"digest": "00", "counters": {"code_failures": 1}})));
        assert!(!agree("state", &want, &json!({"digest": "00", "counters": {"code_failures": 0}})));
    }
}
