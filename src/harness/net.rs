//! What a case can't forget to look at: whatever an accepted answer says, and the counters that it leaves. A
//! [`Trial`](crate::trial::Trial) keeps it, and says when it looks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Map;
use serde_json::value::Value as Json;

use peer::engine::Random;
use peer::json;
use peer::operations::StateResult;
use peer::shape::Value;

use crate::asking::Asking;
use crate::blame;
use crate::stop::{Failure, failure};

/// What the net knows.
#[derive(Default)]
pub(crate) struct Net {
    /// Whether the reference drew something by itself.
    drew: Arc<AtomicBool>,
    /// A difference that the case hasn't found yet.
    pub(crate) found: Option<Difference>,
    /// The step that each session had last: what was asked, and by which rule the reference refused.
    pub(crate) last: BTreeMap<String, (&'static str, Option<&'static str>)>,
}

impl Net {
    /// Randomness of the reference that tells when it is used.
    pub(crate) fn tells(&self, mut random: impl FnMut(&mut [u8]) + Send + 'static) -> Random {
        let drew = Arc::clone(&self.drew);
        Box::new(move |bytes| {
            drew.store(true, Ordering::Relaxed);
            random(bytes);
        })
    }

    /// The requirement that the last result violates, where its case is about `aim`.
    pub(crate) fn blames(&self, op: &str, aim: &'static str) -> &'static str {
        let found = self.found.as_ref();
        found.map_or(aim, |Difference { member, got, want, .. }| blame::aimed(op, member, got, want, aim))
    }

    /// Whether the reference had to draw something that the case left open, so that nothing can be compared.
    pub(crate) fn is_off(&self) -> bool {
        self.drew.load(Ordering::Relaxed)
    }
}

/// A member of a result that is another than the reference's.
pub(crate) struct Difference {
    op: &'static str,
    member: &'static str,
    got: Json,
    want: Json,
}

impl Difference {
    pub(crate) fn failure(self) -> Failure {
        let Self { op, member, got, want } = self;
        let words = |value: &Json| format!("{op} with {member} {}", json::show(value));
        failure(blame::difference(op, member, &got, &want), words(&want), words(&got))
    }
}

/// A session, seen from outside.
pub(crate) type Look = (StateResult, StateResult);

/// A counter that isn't the reference's.
pub(crate) fn wrong_counter(
    op: &'static str,
    refused_by: Option<&'static str>,
    (got, want): &Look,
) -> Option<Failure> {
    let names = want.counters.keys().chain(got.counters.keys());
    let wrong = names.into_iter().find(|name| got.counters.get(*name) != want.counters.get(*name))?;
    let words =
        |look: &StateResult| format!("{{{}:{}}}", json::show(wrong), json::or_null(look.counters.get(wrong)));
    let did = if refused_by.is_some() { "refused" } else { "accepted" };
    let expected = format!("{} after {op}, {did}", words(want));
    Some(failure(blame::counter(op, refused_by, wrong), expected, words(got)))
}

/// A free refusal that left something behind, or an accepted operation that left nothing.
pub(crate) fn wrong_digest(
    op: &'static str,
    refused_by: Option<&'static str>,
    (got_before, want_before): &Look,
    (got, want): &Look,
) -> Option<Failure> {
    let [got, want] = [got.digest != got_before.digest, want.digest != want_before.digest];
    let words = |changed| if changed { "another state" } else { "the state as it was" };
    let requirement = match refused_by {
        Some(rule) if got && !want => rule,
        None if want && !got => blame::left_behind(op),
        _ => return None,
    };
    let did = if refused_by.is_some() { "refused" } else { "accepted" };
    let expected = format!("{} after {op}, {did}", words(want));
    Some(failure(requirement, expected, words(got).to_owned()))
}

/// The first member in which two results differ.
pub(crate) fn difference(op: Asking<'_>, got: &Value, want: &Value) -> Option<Difference> {
    let [got, want] =
        [got, want].map(|value| serde_json::from_str::<Map<String, Json>>(&op.shape.show(value)).ok());
    let (got, want) = (got?, want?);
    let differs = |member: &&str| got.get(*member) != want.get(*member) && !blame::is_free(op.name(), member);
    // An error says more than what is missing because of it.
    let member = blame::members(op.name()).filter(|name| *name == "error").find(differs);
    let member = member.or_else(|| blame::members(op.name()).find(differs))?;
    let [got, want] = [&got, &want].map(|result| result.get(member).cloned().unwrap_or(Json::Null));
    Some(Difference { op: op.name(), member, got, want })
}
