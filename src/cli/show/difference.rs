//! In which members two answers differ.

use harness::blame;
use harness::trial::Step;
use peer::json::show;
use peer::printable::Line;
use serde_json::{Map, Value};

use super::super::outcome::Error;
use super::super::terminal::Paint;
use super::layout::{BAD, GOOD, HEAD, MARGIN, PLAIN, around, headed, row, width};

/// How many members are shown, and how much of the value of one.
const MEMBERS: usize = 6;
const VALUE: usize = 160;

/// A member that is another in the two answers, or in one of them only.
#[derive(Debug, PartialEq)]
struct Member<'a> {
    path: String,
    expected: Option<&'a Value>,
    got: Option<&'a Value>,
}

/// The members in which the answer of a peer differs from the reference's, where both accept.
pub(in crate::cli) fn tell(out: &mut impl Paint, step: &Step) -> Result<(), Error> {
    let [expected, got] = [&step.reference, &step.answer].map(|line| accepted(step, line));
    let (Some(expected), Some(got)) = (expected, got) else { return Ok(()) };
    let mut members = Vec::new();
    compare("ok".to_owned(), Some(&expected), Some(&got), &mut members);
    members
        .iter()
        .take(MEMBERS)
        .enumerate()
        .try_for_each(|(at, member)| member.tell(out, if at == 0 { "differs" } else { "" }))?;
    match members.len().saturating_sub(MEMBERS) {
        0 => Ok(()),
        more => row(out, "", HEAD, &format!("… and in {more} more")),
    }
}

/// The result that a line tells, without what two right peers may give differently.
fn accepted(step: &Step, line: &str) -> Option<Value> {
    let question: Value = serde_json::from_str(&step.question).ok()?;
    let operation = question.get("op")?.as_str()?;
    let answer: Map<String, Value> = serde_json::from_str(line).ok()?;
    let mut result = answer.get("ok")?.clone();
    blame::keep_comparable(operation, &mut result);
    Some(result)
}

/// Adds what differs at this path.
fn compare<'a>(
    path: String,
    expected: Option<&'a Value>,
    got: Option<&'a Value>,
    members: &mut Vec<Member<'a>>,
) {
    match (expected, got) {
        (Some(expected), Some(got)) if expected == got => {}
        (Some(Value::Object(expected)), Some(Value::Object(got))) => {
            let only_got = got.keys().filter(|name| !expected.contains_key(*name));
            for name in expected.keys().chain(only_got) {
                compare(format!("{path}.{}", step_of(name)), expected.get(name), got.get(name), members);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(got))) => {
            for at in 0..expected.len().max(got.len()) {
                compare(format!("{path}[{at}]"), expected.get(at), got.get(at), members);
            }
        }
        (expected, got) => members.push(Member { path, expected, got }),
    }
}

/// A name as a step of a path: in quotes where it isn't a plain one.
fn step_of(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_/-".contains(c);
    match !name.is_empty() && name.chars().all(is_plain) {
        true => name.to_owned(),
        false => show(name),
    }
}

impl Member<'_> {
    /// The character from which on two texts differ.
    fn begins(&self) -> Option<usize> {
        let (expected, got) = (self.expected?.as_str()?, self.got?.as_str()?);
        Some(expected.chars().zip(got.chars()).take_while(|(a, b)| a == b).count() + 1)
    }

    /// On one line if that is wide enough, or else on three.
    fn tell(&self, out: &mut impl Paint, head: &str) -> Result<(), Error> {
        let value = |value: Option<&Value>| value.map_or("not there".to_owned(), show);
        let whole = [self.expected, self.got].map(value);
        let [expected, got] = around(whole.each_ref().map(String::as_str), VALUE);
        let is_cut = [&expected, &got] != whole.each_ref();
        let from = self.begins().filter(|_| is_cut);
        let path = match from {
            Some(from) => format!("{}, from character {from} on", Line(&self.path)),
            None => Line(&self.path).to_string(),
        };
        let all = path.chars().count() + expected.chars().count() + got.chars().count();
        if MARGIN + all + "  expected   got ".len() > width() {
            row(out, head, PLAIN, &path)?;
            let blanks = " ".repeat(MARGIN);
            headed(out, &format!("{blanks}expected  "), GOOD, &expected)?;
            return headed(out, &format!("{blanks}got       "), BAD, &got);
        }
        out.paint(HEAD, &format!("  {head:<9} "))?;
        write!(out, "{path}  expected ")?;
        out.paint(GOOD, &expected)?;
        write!(out, "  got ")?;
        out.paint(BAD, &got)?;
        writeln!(out)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_named_with_its_path() {
        let expected = json!({"a": 1, "b": {"c": [1, {"d": "x"}], "e f": null}, "g": [1]});
        let got = json!({"a": 1, "b": {"c": [1, {"d": "y"}], "h": true}, "g": [1, 2]});
        let mut members = Vec::new();
        compare("ok".into(), Some(&expected), Some(&got), &mut members);
        let told: Vec<_> = members
            .iter()
            .map(|member| (member.path.as_str(), member.expected.map(show), member.got.map(show)))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("ok.b.c[1].d", some("\"x\""), some("\"y\"")),
                ("ok.b.\"e f\"", some("null"), None),
                ("ok.b.h", None, some("true")),
                ("ok.g[1]", None, some("2")),
            ]
        );
    }
}
