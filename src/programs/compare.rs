//! What a peer answered beside what the reference answers: whether they differ, in what, and which requirement that
//! violates.
//!
//! | differs | where | the requirement |
//! |---|---|---|
//! | the answer | accepted, refused with another class, or a fault where the reference says otherwise | by which the reference refuses; where it accepts, or is asked later, the one that the peer names if it may |
//! | a value | in the result of what both accept | that says what this member is |
//! | a counter | in what `state` says | that says how the counter changes |
//! | the digest | equal where the reference's differ, or the other way round | PPR-9, or by which the reference refuses: see `digests` below |
//! | no answer | a crash, a hang, a line that is none | that this question is about |

use std::collections::BTreeMap;

use harness::baseline::PROGRAM;
use harness::blame;
use harness::reply::{Broken, Reply};
use harness::spec;
use harness::suite::Verdict;
use peer::json;
use peer::protocol::Refused;
use serde_json::Value;

/// An answer of a peer, or none.
pub(crate) type Said = Result<Reply<Value>, Broken>;

/// In what a peer differs from the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Accepted, refused, or how.
    Answer,
    /// This member of the result.
    Value(String),
    /// Whether a session is there.
    Session,
    /// This counter, without the name of what it counts for.
    Counter(String),
    /// The digest of the state.
    Digest,
    /// The peer ended.
    Crash,
    /// The peer was silent.
    Hang,
    /// What came is no answer.
    Violation,
}

impl Kind {
    /// Whether it was seen in a state, so that an earlier step made it.
    pub(crate) fn is_of_state(&self) -> bool {
        matches!(self, Kind::Session | Kind::Counter(_) | Kind::Digest)
    }
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The step of the program that made it: where it is one of a state, the last that its session was asked.
    pub at: usize,
    /// The operation of that step.
    pub op: String,
    /// In what.
    pub kind: Kind,
    /// The requirement violated.
    pub requirement: &'static str,
    /// What the reference says.
    pub expected: String,
    /// What the peer says.
    pub got: String,
}

impl Difference {
    /// Its stable name, by which a baseline lists it.
    pub fn name(&self) -> String {
        format!("{PROGRAM}{}:{}", self.op, self.requirement)
    }

    /// As a verdict on the peer.
    pub fn verdict(&self) -> Verdict {
        let must = spec::find(self.requirement).is_none_or(|requirement| requirement.level == "MUST");
        match self.kind {
            Kind::Crash => Verdict::Crash,
            Kind::Hang => Verdict::Hang,
            Kind::Violation => Verdict::ProtocolViolation,
            _ if must => Verdict::Fail,
            _ => Verdict::Warn,
        }
    }

    /// Whether another has the same cause, as far as can be seen. What differs in a state is made by an earlier step,
    /// and which that is may look different in a shorter program.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind
            && (self.kind.is_of_state() || (&self.op, self.requirement) == (&other.op, other.requirement))
    }
}

/// Two looks at one session that differ in another way than the reference's.
pub(crate) enum Looks {
    /// The specification says which is right.
    Decided(Found),
    /// It leaves that open.
    Open(Found),
}

/// A difference, not yet of a step.
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) requirement: &'static str,
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// Answers to the same question; `exact` where the values can be compared.
pub(crate) fn answers(op: &'static str, got: &Said, want: &Reply<Value>, exact: bool) -> Option<Found> {
    let got = match got {
        Ok(got) => got,
        Err(broken) => return Some(no_answer(op, broken, want)),
    };
    let requirement = match (want, got) {
        (Reply::Ok(want), Reply::Ok(got)) => return values(op, got, want).filter(|_| exact),
        (Reply::Refused(want), Reply::Refused(got)) if want.class == got.class => return None,
        // Digits that are no check digit in one world may be one in the other.
        (Reply::Refused(want), Reply::Refused(got))
            if !exact && [want, got].iter().all(|it| is_of_digits(it)) =>
        {
            return None;
        }
        (Reply::Fault(_), Reply::Fault(_)) => return None,
        (_, Reply::Unsupported) => "PPR-4",
        (Reply::Refused(want), Reply::Refused(got)) => {
            blame::refused_otherwise(op, got, of_refusal(op, want))
        }
        (Reply::Refused(want), _) => of_refusal(op, want),
        (Reply::Ok(_), Reply::Refused(refused)) => blame::refused(op, refused, blame::accepted(op)),
        (Reply::Ok(_), _) => blame::accepted(op),
        _ => "PPR-5",
    };
    let (expected, got) = (want.words(), got.words());
    Some(Found { kind: Kind::Answer, requirement, expected, got })
}

/// Whether the digits of a signature or response are refused, which depends on what is random.
fn is_of_digits(refused: &Refused) -> bool {
    matches!(refused.class.as_str(), "bad-check-digit" | "wrong-signature")
}

/// The requirement by which the reference refuses.
fn of_refusal(op: &'static str, refused: &Refused) -> &'static str {
    let named = refused.requirement.as_deref().and_then(spec::find);
    named.map_or_else(|| blame::accepted(op), |requirement| requirement.id)
}

fn no_answer(op: &'static str, broken: &Broken, want: &Reply<Value>) -> Found {
    let (kind, expected, got) = match broken {
        Broken::Crash(got) => (Kind::Crash, "an answer", got),
        Broken::Hang(got) => (Kind::Hang, "an answer in time", got),
        Broken::Violation(got) | Broken::Line(_, got) | Broken::Unseen(got) => {
            (Kind::Violation, "an answer of the peer protocol", got)
        }
    };
    let requirement = match (broken, want) {
        (Broken::Line(requirement, _), _) => requirement,
        (_, Reply::Refused(refused)) => of_refusal(op, refused),
        (_, Reply::Ok(_)) => blame::accepted(op),
        _ => "PPR-5",
    };
    let expected = format!("{expected}: {}", want.words());
    Found { kind, requirement, expected, got: got.clone() }
}

/// The first member that differs.
fn values(op: &'static str, got: &Value, want: &Value) -> Option<Found> {
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (got, want) = (members(got), members(want));
    // Both were read as results of this operation, so that they have the same members.
    let (name, want) = want.iter().find(|(name, value)| got.get(*name) != Some(*value))?;
    let say = |value: Option<&Value>| format!("{name} {}", value.map_or("not there".into(), json::show));
    Some(Found {
        kind: Kind::Value(name.clone()),
        requirement: blame::difference(op, name, got.get(name).unwrap_or(&Value::Null), want),
        expected: say(Some(want)),
        got: say(got.get(name)),
    })
}

/// What a session was asked last, before somebody looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Last {
    pub(crate) at: usize,
    pub(crate) op: &'static str,
    /// The requirement by which the reference refused it.
    pub(crate) refused: Option<&'static str>,
}

/// What came of looking at a session that one of the two doesn't have.
pub(crate) fn looks(last: &Last, got: &Said, want: &Reply<Value>) -> Option<Found> {
    let found = answers("state", got, want, false)?;
    match found.kind {
        Kind::Answer => {
            let requirement = last.refused.unwrap_or(found.requirement);
            Some(Found { kind: Kind::Session, requirement, ..found })
        }
        _ => Some(found),
    }
}

/// The counters of two states; `exact` where what they count for has the same name in both.
pub(crate) fn counters(last: &Last, got: &Value, want: &Value, exact: bool) -> Option<Found> {
    let [got, want] = [got, want].map(|state| counters_of(state, exact));
    let mut names = want.keys().chain(got.keys());
    let name = names.find(|name| got.get(*name) != want.get(*name))?;
    // Whether a login is still known is said by what forgets it, not by what was asked last.
    let is_known = got.contains_key(name) && want.contains_key(name);
    let say = |counts: Option<&Vec<u64>>| {
        let counts = counts.map(|counts| counts.iter().map(u64::to_string).collect::<Vec<_>>().join(", "));
        format!("{name} {}", counts.as_deref().unwrap_or("not there"))
    };
    let counter = name.split('/').next().unwrap_or_default();
    Some(Found {
        kind: Kind::Counter(counter.to_owned()),
        requirement: match counter {
            "login_failures" if !is_known => "LGN-6",
            _ => blame::counter(last.op, last.refused, counter),
        },
        expected: say(want.get(name)),
        got: say(got.get(name)),
    })
}

/// By name. A challenge key is drawn by the server, so those of a peer that draws its own have no name in common with the
/// reference's.
fn counters_of(state: &Value, exact: bool) -> BTreeMap<String, Vec<u64>> {
    let mut counters: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (name, count) in state.get("counters").and_then(Value::as_object).into_iter().flatten() {
        let drawn = !exact && name.starts_with("login_failures/");
        let name = if drawn { "login_failures" } else { name };
        counters.entry(name.to_owned()).or_default().extend(count.as_u64());
    }
    counters.values_mut().for_each(|counts| counts.sort_unstable());
    counters
}

/// The operations whose row of SPEC section 34 says that the digest stays.
const STAYS: [&str; 14] = [
    "client.accounts",
    "client.login_identity",
    "client.save",
    "client.single_status",
    "client.single_save",
    "server.generate_unlock_response",
    "server.instance",
    "server.seal_blob",
    "server.unlock_instance",
    "server.single_generate_activation_code",
    "server.single_generate_full_activation_data",
    "server.single_generate_event_reactivation_counter",
    "server.single_save",
    "server.single_unlock",
];

/// Whether an accepted operation leaves the digest of its session as it was, whatever it was asked.
pub fn stays(op: &str) -> bool {
    STAYS.contains(&op)
}

/// A look at a session: both digests, and how much that can change one it had accepted by then.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) got: Value,
    pub(crate) want: Value,
    pub(crate) changing: usize,
}

/// Two looks at one session, the earlier first. Digests are equal if and only if the states are (PPR-9), a refusal leaves
/// them as they were, and so does what [`stays`]. Where the reference's is the same although something was accepted that
/// may change it, the peer may count as state what expired or was forgotten by the clock, so that nothing is decided.
pub(crate) fn digests(last: &Last, before: &Look, now: &Look) -> Option<Looks> {
    let [got, want] = [before.got == now.got, before.want == now.want];
    let stays = before.changing == now.changing;
    let found = |requirement, expected: &str, got: &str| {
        let [expected, got] = [expected, got].map(str::to_owned);
        Found { kind: Kind::Digest, requirement, expected, got }
    };
    match (want, got) {
        (true, false) if stays => {
            let rule = last.refused.unwrap_or("PPR-9");
            Some(Looks::Decided(found(rule, "the state as it was", "another state")))
        }
        (true, false) => Some(Looks::Open(found("PPR-9", "the digest of an earlier look", "another digest"))),
        (false, true) => {
            Some(Looks::Decided(found("PPR-9", "another state, with another digest", "the digest of before")))
        }
        _ => None,
    }
}
