//! The shortest program that still shows a difference: what a person would write to show it.
//!
//! Whatever is tried is played, so nothing here needs to know what an operation means. In this order, each as long as it
//! helps: what the failing step has nothing to do with goes; runs of steps go, long ones first; what is bent is left as it
//! was; values become simpler. A step that takes something from one that is gone goes with it.

use std::collections::BTreeSet;

use harness::setup;
use serde_json::{Map, Value, json};

use crate::compare::Difference;
use crate::step::{Program, Reference};

/// The most programs that are played to shrink one.
pub const PLAYS: usize = 400;
/// Longer texts than this that are hexadecimal are messages and keys: half of one is no simpler.
const A_KEY: usize = 16;
/// As long as a session's name needs to be.
const A_NAME: usize = 4;

/// Plays a program; nothing where there is no time for it, or nothing differs.
pub type Play<'a> = dyn FnMut(&Program) -> Option<Difference> + 'a;

/// A program that shows the same difference as this one, and the difference as it shows it.
pub fn shrink(program: &Program, found: &Difference, play: &mut Play<'_>) -> (Program, Difference) {
    let mut shrinking =
        Shrinking { program: program.clone(), found: found.clone(), play, left: PLAYS, settings: settings() };
    shrinking.slice();
    loop {
        let before = shrinking.program.clone();
        shrinking.steps();
        shrinking.values();
        shrinking.names();
        if shrinking.program == before || shrinking.left == 0 {
            return (shrinking.program, shrinking.found);
        }
    }
}

/// The shortest beginning of a program that shows a difference. What is seen in a state was made before, by the last step
/// of that beginning: it is looked for by halves, so that it takes a few plays, whatever the length. And where an answer
/// differs since a state did before, it is the state's difference that is told.
pub fn first_steps(program: &Program, found: &Difference, play: &mut Play<'_>) -> (Program, Difference) {
    if !found.kind.is_of_state() {
        let before = program.without(|at| at >= found.at);
        return match play(&before).filter(|seen| seen.kind.is_of_state()) {
            Some(cause) => first_steps(&before, &cause, play),
            None => (program.without(|at| at > found.at), found.clone()),
        };
    }
    let (mut whole, mut last) = (program.clone(), found.clone());
    let (mut without, mut with) = (0, program.steps.len());
    while without < with {
        let middle = without + (with - without) / 2;
        let beginning = program.without(|at| at >= middle);
        match play(&beginning).filter(|seen| seen.is_like(found)) {
            Some(seen) => (with, whole, last) = (middle, beginning, seen),
            None => without = middle + 1,
        }
    }
    (whole, last)
}

struct Shrinking<'a, 'p> {
    program: Program,
    found: Difference,
    play: &'a mut Play<'p>,
    left: usize,
    /// The usual parameters of what makes a server.
    settings: Map<String, Value>,
}

impl Shrinking<'_, '_> {
    /// Whether this shows the difference as well. Then it is the program from now on.
    fn does(&mut self, other: Program) -> bool {
        if self.left == 0 || other == self.program {
            return false;
        }
        self.left -= 1;
        let Some(seen) = (self.play)(&other).filter(|seen| seen.is_like(&self.found)) else { return false };
        (self.program, self.found) = (other, seen);
        true
    }

    /// Only what the last step has to do with: its session, those from which it takes something, and so on.
    fn slice(&mut self) {
        let steps = &self.program.steps;
        let (mut kept, mut sessions) = (BTreeSet::from([self.found.at]), BTreeSet::new());
        loop {
            let size = kept.len();
            for at in kept.clone() {
                let Some(step) = steps.get(at) else { continue };
                sessions.extend(step.session.as_deref());
                kept.extend(step.takes_from());
            }
            let of_session =
                |session: &Option<String>| session.as_deref().is_some_and(|it| sessions.contains(it));
            let places = steps.iter().enumerate().filter(|(_, step)| of_session(&step.session));
            kept.extend(places.map(|(at, _)| at));
            if kept.len() == size {
                break;
            }
        }
        self.does(self.program.without(|at| !kept.contains(&at)));
    }

    /// Runs of steps, from the end on: what comes late is needed by the fewest.
    fn steps(&mut self) {
        let mut run = self.program.steps.len() / 2;
        while run > 0 {
            let mut end = self.program.steps.len();
            while end > 0 {
                let begin = end.saturating_sub(run);
                if self.does(self.program.without(|at| (begin..end).contains(&at))) {
                    end = end.min(self.program.steps.len());
                } else {
                    end = begin;
                }
            }
            run /= 2;
        }
    }

    /// Sessions with long names.
    fn names(&mut self) {
        let names: BTreeSet<_> = self.program.steps.iter().filter_map(|step| step.session.clone()).collect();
        for name in &names {
            let short: String = name.chars().take_while(char::is_ascii_alphanumeric).take(A_NAME).collect();
            if !short.is_empty() && !names.contains(&short) {
                self.does(self.program.renamed(name, &short));
            }
        }
    }

    /// Each parameter of each step.
    fn values(&mut self) {
        for at in 0..self.program.steps.len() {
            let names =
                self.program.steps.get(at).map(|step| step.params.keys().cloned().collect::<Vec<_>>());
            for name in names.unwrap_or_default() {
                if name == "random" {
                    continue;
                }
                while self.simpler(at, &name) && self.left > 0 {}
            }
        }
    }

    /// Whether a parameter could be made simpler.
    fn simpler(&mut self, at: usize, name: &str) -> bool {
        let Some(value) = self.program.steps.get(at).and_then(|step| step.params.get(name)) else {
            return false;
        };
        let mut simpler = simpler(value);
        let makes = self.program.steps.get(at).is_some_and(|step| step.op.ends_with("create"));
        let usual = self.settings.get(name).filter(|usual| makes && *usual != value);
        match usual {
            Some(usual) => simpler = vec![usual.clone()],
            None if makes && self.settings.contains_key(name) => return false,
            None => {}
        }
        if name == "now" {
            simpler = self.time_before(at).into_iter().filter(|time| time != value).collect();
        }
        simpler.into_iter().any(|value| self.does(self.program.with(at, name, value)))
    }

    /// The time of the step before, so that the clock stands still unless it matters.
    fn time_before(&self, at: usize) -> Option<Value> {
        let before = self.program.steps.get(..at)?;
        before.iter().rev().find_map(|step| step.params.get("now").cloned())
    }
}

/// Simpler values than this one, the simplest first.
fn simpler(value: &Value) -> Vec<Value> {
    if let Some(reference) = Reference::of(value) {
        let without = |at: usize| {
            let mut less = reference.clone();
            less.but.remove(at);
            less.value()
        };
        return (0..reference.but.len()).map(without).collect();
    }
    match value {
        Value::Bool(true) => vec![json!(false)],
        Value::Number(number) => match number.as_u64() {
            Some(0) | None => Vec::new(),
            Some(1) => vec![json!(0)],
            Some(number) => vec![json!(0), json!(1), json!(number / 2)],
        },
        Value::String(text) => shorter(text).into_iter().map(Value::String).collect(),
        Value::Array(items) => {
            let without = |at: usize| {
                let mut less = items.clone();
                less.remove(at);
                Value::Array(less)
            };
            (0..items.len())
                .map(without)
                .chain(inside(items.iter().enumerate(), |at, item| {
                    let mut other = items.clone();
                    other.get_mut(*at).into_iter().for_each(|old| *old = item.clone());
                    Value::Array(other)
                }))
                .collect()
        }
        Value::Object(members) => {
            inside(members.iter().filter(|(name, _)| *name != "format" && *name != "kind"), |name, value| {
                let mut other = members.clone();
                other.insert((*name).clone(), value.clone());
                Value::Object(other)
            })
        }
        _ => Vec::new(),
    }
}

/// With one part simpler.
fn inside<'a, At>(
    parts: impl Iterator<Item = (At, &'a Value)>,
    with: impl Fn(&At, &Value) -> Value,
) -> Vec<Value> {
    parts
        .flat_map(|(at, part)| simpler(part).iter().map(|part| with(&at, part)).collect::<Vec<_>>())
        .collect()
}

fn shorter(text: &str) -> Vec<String> {
    let length = text.chars().count();
    let hexadecimal = text.chars().all(|c| c.is_ascii_hexdigit());
    if length == 0 || (hexadecimal && length >= A_KEY) {
        return Vec::new();
    }
    let lengths = BTreeSet::from([0, 1, length / 2]);
    let first = |count: usize| text.chars().take(count).collect();
    lengths.into_iter().filter(|count| *count < length).map(first).collect()
}

/// What a server is made with where nobody wants it otherwise.
pub(crate) fn settings() -> Map<String, Value> {
    let usual = json!({
        "secure_channel": true, "activation_protection": 2, "message_protection": 2, "post_activation": 1,
        "activation_validity_days": setup::VALIDITY_DAYS, "message_age_limit_s": setup::AGE_LIMIT_S,
        "threshold": 9, "code_tries": setup::CODE_TRIES, "signature_tries": setup::SIGNATURE_TRIES,
        "identification_window": setup::IDENTIFICATION_WINDOW, "signature_window": setup::WINDOW,
        "first_use_s": setup::FIRST_USE_S, "look_ahead": setup::LOOK_AHEAD, "last_counter": 0
    });
    usual.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Kind;
    use crate::step::{Edit, Step};

    fn step(op: &str, session: &str, params: Value) -> Step {
        let params = params.as_object().unwrap().clone();
        Step { op: op.into(), session: Some(session.into()), by: None, params }
    }

    fn taken(from: usize, but: Vec<Edit>) -> Value {
        Reference { from, at: "/x".into(), but }.value()
    }

    fn found(at: usize, op: &str) -> Difference {
        let (op, kind, requirement) = (op.to_owned(), Kind::Answer, "VER-6");
        Difference { at, op, kind, requirement, expected: String::new(), got: String::new() }
    }

    /// A peer that is wrong where `b` is asked with a number above 9 after an `a` of the same session.
    fn wrong(program: &Program) -> Option<Difference> {
        let at = program.steps.iter().position(|step| {
            step.op == "b" && step.params["n"].as_u64().is_some_and(|n| n > 9) && step.takes_from().len() == 1
        })?;
        let from = program.steps[at].takes_from()[0];
        (program.steps[from].op == "a").then(|| found(at, "b"))
    }

    #[test]
    fn what_is_left_is_what_a_person_would_write() {
        let long = "a-name-of-many-characters";
        let program = Program {
            steps: vec![
                step("noise", "other", json!({})),
                step("a", long, json!({"text": "four words and more", "random": {"x": "00"}})),
                step("noise", long, json!({"y": taken(1, vec![])})),
                step("a", long, json!({"text": "another", "now": 1_800_000_000})),
                step(
                    "b",
                    long,
                    json!({"n": 1000, "y": taken(3, vec![Edit::Flip(3)]), "list": [1, 2], "now": 1_900_000_000}),
                ),
                step("noise", long, json!({"y": taken(4, vec![])})),
            ],
        };
        let (shortest, difference) = shrink(&program, &wrong(&program).unwrap(), &mut wrong);
        assert_eq!(difference.at, 1);
        let [first, second] = shortest.steps.as_slice() else { panic!("{shortest:?}") };
        assert_eq!(first, &step("a", "a", json!({"text": "", "now": 1_800_000_000})));
        let wanted = json!({"n": 15, "y": taken(0, vec![]), "list": [], "now": 1_800_000_000});
        assert_eq!(second, &step("b", "a", wanted));
        assert_eq!(
            shrink(&program, &wrong(&program).unwrap(), &mut wrong),
            (shortest, difference),
            "always the same"
        );
    }

    #[test]
    fn without_time_it_stays_as_it_was() {
        let program = Program { steps: vec![step("a", "s", json!({})), step("b", "s", json!({}))] };
        assert_eq!(shrink(&program, &found(1, "b"), &mut |_| None), (program.clone(), found(1, "b")));
    }

    #[test]
    fn a_state_is_blamed_on_what_made_it() {
        let of_state = |at| Difference { kind: Kind::Counter("code_failures".into()), ..found(at, "b") };
        let program = Program { steps: (0..40).map(|n| step("b", "s", json!({"n": n}))).collect() };
        // Step 17 spoils a counter, step 30 is refused for it.
        let mut plays = 0;
        let mut play = |program: &Program| {
            plays += 1;
            match program.steps.len() {
                31.. => Some(found(30, "b")),
                length @ 18..31 => Some(of_state(length - 1)),
                _ => None,
            }
        };
        let (beginning, difference) = first_steps(&program, &found(30, "b"), &mut play);
        assert_eq!((beginning.steps.len(), difference), (18, of_state(17)));
        assert!(plays < 10, "by halves: {plays}");
    }
}
