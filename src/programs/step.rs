//! A program: questions one after the other, as explicit JSON. It needs no seed to be played again.
//!
//! A parameter, or a part of one, may be taken from an earlier answer and then be bent:
//!
//! ```text
//! {"from": 3, "at": "/message"}                            the member `message` of what step 3 (of 0…) was answered with
//! {"from": 3, "at": "/message", "but": [{"flip": 17}]}     the same with bit 17 of its hexadecimal text flipped
//! ```
//!
//! So a program goes on by the answers of whom it is played against, and steps can be left out of it: one that takes
//! something from a step that is not there, or was not answered so, is passed over.

use channel::check_digit::{Radix, check_digit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Questions one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// In their order.
    pub steps: Vec<Step>,
}

impl Program {
    /// The program without some of its steps, and without those that take something from them.
    pub fn without(&self, drops: impl Fn(usize) -> bool) -> Self {
        let mut places: Vec<Option<usize>> = Vec::with_capacity(self.steps.len());
        let mut steps = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            let place = |from: usize| places.get(from).copied().flatten();
            let kept = if drops(at) { None } else { step.with_places(&place) };
            places.push(kept.is_some().then_some(steps.len()));
            steps.extend(kept);
        }
        Self { steps }
    }

    /// The program with another name for a session.
    pub(crate) fn renamed(&self, old: &str, new: &str) -> Self {
        let mut other = self.clone();
        let sessions = other.steps.iter_mut().filter_map(|step| step.session.as_mut());
        sessions.filter(|name| *name == old).for_each(|name| new.clone_into(name));
        other
    }

    /// The program with another value in this place.
    pub(crate) fn with(&self, at: usize, name: &str, value: Value) -> Self {
        let mut other = self.clone();
        if let Some(step) = other.steps.get_mut(at) {
            step.params.insert(name.to_owned(), value);
        }
        other
    }
}

/// A question of the peer protocol (SPEC section 18), whose parameters may refer to earlier answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The operation.
    pub op: String,
    /// Where the operation has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Who is asked, where it is not the peer: the other side of a peer that has one side alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// Values, and references where a value is taken from an earlier answer.
    pub params: Map<String, Value>,
}

/// Who is asked, if not the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The reference alone. Its answer is the one that later steps refer to; there is nothing to compare.
    Reference,
}

impl Step {
    /// The parameters with each reference replaced by what it refers to; `answers` are the results of the steps before,
    /// `None` for one that was not accepted. Nothing where a reference leads nowhere.
    pub fn resolved(&self, answers: &[Option<Value>]) -> Option<Map<String, Value>> {
        let value = |(name, value): (&String, &Value)| Some((name.clone(), resolve(value, answers)?));
        self.params.iter().map(value).collect()
    }

    /// The steps from which it takes something.
    pub fn takes_from(&self) -> Vec<usize> {
        let mut found = Vec::new();
        each_reference(&self.params, &mut |reference| found.push(reference.from));
        found
    }

    /// Whether something that it takes is bent.
    pub fn is_bent(&self) -> bool {
        let mut bent = false;
        each_reference(&self.params, &mut |reference| bent |= !reference.but.is_empty());
        bent
    }

    /// The same where the steps that it takes something from stand elsewhere; nothing where one is gone.
    pub(crate) fn with_places(&self, place: &dyn Fn(usize) -> Option<usize>) -> Option<Self> {
        let moved = |(name, value): (&String, &Value)| Some((name.clone(), with_places(value, place)?));
        let params = self.params.iter().map(moved).collect::<Option<_>>()?;
        Some(Self { params, ..self.clone() })
    }
}

fn each_reference(params: &Map<String, Value>, see: &mut dyn FnMut(&Reference)) {
    fn look(value: &Value, see: &mut dyn FnMut(&Reference)) {
        match (Reference::of(value), value) {
            (Some(reference), _) => see(&reference),
            (None, Value::Array(items)) => items.iter().for_each(|item| look(item, see)),
            (None, Value::Object(members)) => members.values().for_each(|value| look(value, see)),
            _ => {}
        }
    }
    params.values().for_each(|value| look(value, see));
}

/// A value with each reference in it replaced; nothing where there is nothing to replace one with.
fn replaced(value: &Value, with: &dyn Fn(Reference) -> Option<Value>) -> Option<Value> {
    if let Some(reference) = Reference::of(value) {
        return with(reference);
    }
    match value {
        Value::Array(items) => items.iter().map(|item| replaced(item, with)).collect(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| Some((name.clone(), replaced(value, with)?));
            members.iter().map(member).collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        plain => Some(plain.clone()),
    }
}

fn with_places(value: &Value, place: &dyn Fn(usize) -> Option<usize>) -> Option<Value> {
    replaced(value, &|reference| Some(Reference { from: place(reference.from)?, ..reference }.value()))
}

pub(crate) fn resolve(value: &Value, answers: &[Option<Value>]) -> Option<Value> {
    replaced(value, &|reference| reference.resolve(answers))
}

/// A value that is taken from an earlier answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Which step, from 0 on.
    pub from: usize,
    /// Where in its result: a JSON pointer (RFC 6901).
    pub at: String,
    /// What is changed of it, one after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub but: Vec<Edit>,
}

impl Reference {
    /// A value that is a reference: an object with a member `from`, as no parameter of the peer protocol has one.
    pub fn of(value: &Value) -> Option<Self> {
        value.get("from")?;
        serde_json::from_value(value.clone()).ok()
    }

    /// As it stands in a program.
    pub fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn resolve(&self, answers: &[Option<Value>]) -> Option<Value> {
        let found = answers.get(self.from)?.as_ref()?.pointer(&self.at)?;
        self.but.iter().try_fold(found.clone(), |value, edit| edit.of(value))
    }
}

/// A change of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// One bit of hexadecimal text, counted from the first digit's highest, modulo its length.
    Flip(usize),
    /// So many characters less at its end, at most all.
    Cut(usize),
    /// This text behind it.
    Add(String),
    /// Another character in this place, modulo its length.
    Put(usize, char),
    /// The digit in this place one higher, modulo the length without a check digit, and the check digit at the end made
    /// anew: 10 for decimal digits, 16 for hexadecimal ones.
    Turn(usize, u32),
}

impl Edit {
    /// The text with this change; what is no text stays as it is.
    pub(crate) fn of(&self, value: Value) -> Option<Value> {
        let Value::String(text) = value else { return Some(value) };
        let mut chars: Vec<char> = text.chars().collect();
        match self {
            Edit::Flip(bit) => {
                let at = (bit / 4).checked_rem(chars.len())?;
                let place = chars.get_mut(at)?;
                let digit = place.to_digit(16)? ^ (8 >> (bit % 4));
                *place = char::from_digit(digit, 16)?.to_ascii_uppercase();
            }
            Edit::Cut(count) => chars.truncate(chars.len().saturating_sub(*count)),
            Edit::Add(more) => chars.extend(more.chars()),
            Edit::Put(at, other) => {
                let at = at.checked_rem(chars.len())?;
                *chars.get_mut(at)? = *other;
            }
            Edit::Turn(at, base) => {
                let radix = if *base == 16 { Radix::Hexadecimal } else { Radix::Decimal };
                chars.pop();
                let at = at.checked_rem(chars.len())?;
                let place = chars.get_mut(at)?;
                *place = radix.character(place.to_digit(radix.base())? + 1);
                let check = check_digit(&chars.iter().collect::<String>(), radix);
                chars.push(check);
            }
        }
        Some(Value::String(chars.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_parameter_is_taken_from_an_earlier_answer() {
        let text = r#"{"op":"client.open","session":"c","params":{"carrier":"direct","message":{"at":"/message","from":1}}}"#;
        let step: Step = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&step).unwrap(), text);
        let answers = [None, Some(json!({"message": "00C2"}))];
        assert_eq!(
            Value::from(step.resolved(&answers).unwrap()),
            json!({"message": "00C2", "carrier": "direct"})
        );
        assert_eq!(step.resolved(&answers[..1]), None, "no such step yet");
        assert_eq!(step.resolved(&[None, None]), None, "the step was refused");
    }

    #[test]
    fn what_is_taken_can_be_bent() {
        let answers = [Some(json!({"text": "0A"}))];
        let bent = |edit: Edit| {
            let reference = Reference { from: 0, at: "/text".into(), but: vec![edit] };
            resolve(&json!([reference.value()]), &answers).map(|found| found[0].as_str().unwrap().to_owned())
        };
        assert_eq!(bent(Edit::Flip(0)).as_deref(), Some("8A"));
        assert_eq!(bent(Edit::Flip(7)).as_deref(), Some("0B"));
        assert_eq!(bent(Edit::Flip(8)).as_deref(), Some("8A"), "modulo its length");
        assert_eq!(bent(Edit::Cut(1)).as_deref(), Some("0"));
        assert_eq!(bent(Edit::Cut(9)).as_deref(), Some(""));
        assert_eq!(bent(Edit::Add("!".into())).as_deref(), Some("0A!"));
        assert_eq!(bent(Edit::Put(3, 'é')).as_deref(), Some("0é"));
        assert_eq!(bent(Edit::Turn(1, 10)).as_deref(), Some("19"), "9 is the check digit of 1");
    }
}
