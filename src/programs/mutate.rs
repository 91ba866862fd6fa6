//! A program made of another one, in which something is changed. What comes out is a program like any other: its steps
//! take only from steps before them, and it is judged by the reference beside it.
//!
//! | change | how |
//! |---|---|
//! | another end | what was reached stays, and what follows is drawn |
//! | more | a step that is drawn for what was reached in the middle |
//! | less | a run of steps goes, and all that takes something from it |
//! | again | a step comes a second time, there or later |
//! | order | a step comes earlier or later |
//! | other | a parameter is bent, or drawn anew |
//! | clock | from here on it is another time |
//! | splice | the end of another program, about the sessions and values of this one |
//!
//! Salts and nonces must not come twice (KEY-11): then nothing need hold, and a difference would say nothing. So what is
//! random and was there before is drawn anew, whatever the change.

use std::collections::{BTreeMap, BTreeSet};

use harness::bend::makes_a_session;
use serde_json::{Value, json};

use crate::draw::resume;
use crate::luck::Luck;
use crate::step::{Program, Step};

/// The most steps of a program, as a multiple of those of a drawn one.
const LONGEST: usize = 3;
/// Names of random fields that may come twice: what a device is, and what a server refuses the second time.
const MAY_COME_TWICE: [&str; 2] = ["installation_salt", "challenge_key"];
/// By how many seconds a clock is moved: time steps, and a second before and behind what limits there are.
const MOVES: [i64; 22] = [
    1, 1, 2, 30, 35, 36, 37, 59, 60, 61, 179, 180, 181, 300, 3_599, 3_600, 3_601, 10_800, 86_400, -1, -36,
    -3_600,
];

/// A program made of `program` by chances of this seed, with parts of `other`. Of about so many steps, for a peer with these
/// operations.
pub fn mutate(
    seed: u64,
    operations: &[String],
    program: &Program,
    other: &Program,
    length: usize,
) -> Program {
    let mut luck = Luck::new(seed ^ 0x3A_7A7E);
    let mut made = program.clone();
    for _ in 0..luck.one(&[1, 1, 1, 2, 2, 3], 1) {
        made = changed(&mut luck, operations, &made, other, length);
    }
    if made == *program {
        made = other_end(&mut luck, operations, program, length);
    }
    made.steps.truncate(LONGEST * length);
    with_fresh_randomness(&mut luck, made)
}

fn changed(
    luck: &mut Luck,
    operations: &[String],
    program: &Program,
    other: &Program,
    length: usize,
) -> Program {
    let at = luck.below(program.steps.len());
    match luck.below(20) {
        0..5 => other_end(luck, operations, program, length),
        5..9 => {
            let more = resume::one_more(luck.next(), operations, program, at);
            let mut made = Rebuilt::default();
            made.take_all(program, 0..at);
            made.insert(more);
            made.take_all(program, at..program.steps.len());
            made.program()
        }
        9 => {
            let run = 1 + luck.below(4);
            program.without(|place| (at..at + run).contains(&place))
        }
        10..13 => again(luck, program, at),
        13 => {
            let to = luck.below(program.steps.len());
            let mut order: Vec<usize> = (0..program.steps.len()).filter(|place| *place != at).collect();
            order.insert(to.min(order.len()), at);
            let mut made = Rebuilt::default();
            order.into_iter().for_each(|place| made.take_all(program, place..place + 1));
            made.program()
        }
        14..17 => {
            let bent = luck.percent(50);
            let step = resume::other_parameter(luck.next(), operations, program, at, bent);
            let mut made = program.clone();
            if let (Some(step), Some(place)) = (step, made.steps.get_mut(at)) {
                *place = step;
            }
            made
        }
        17 => clock(luck, program, at),
        _ => splice(luck, program, other, at),
    }
}

fn other_end(luck: &mut Luck, operations: &[String], program: &Program, length: usize) -> Program {
    // What is at the end was reached last: mostly it stays.
    let keep = match luck.percent(50) {
        true => program.steps.len(),
        false => luck.below(program.steps.len() + 1),
    };
    let begins = program.steps.get(..keep).unwrap_or_default();
    let length = length.max(keep + 1 + luck.below(10));
    Program { steps: resume::with_another_end(luck.next(), operations, begins, length) }
}

/// The step a second time, at once or later, or several times.
fn again(luck: &mut Luck, program: &Program, at: usize) -> Program {
    let Some(step) = program.steps.get(at).filter(|step| !makes_a_session(&step.op)) else {
        return program.clone();
    };
    let count = luck.one(&[1, 1, 1, 2, 3, 9], 1);
    let left = program.steps.len() - at;
    let to = at + 1 + if luck.percent(50) { 0 } else { luck.below(left) };
    let mut made = Rebuilt::default();
    made.take_all(program, 0..to);
    made.insert((0..count).map(|_| step.clone()).collect());
    made.take_all(program, to..program.steps.len());
    made.program()
}

fn clock(luck: &mut Luck, program: &Program, at: usize) -> Program {
    let by = luck.one(&MOVES, 1);
    let mut made = program.clone();
    for now in made.steps.iter_mut().skip(at).filter_map(|step| step.params.get_mut("now")) {
        let then = now.as_u64().and_then(|now| i64::try_from(now).ok()).map(|now| now + by);
        if let Some(then) = then.and_then(|then| u32::try_from(then).ok()) {
            *now = json!(then);
        }
    }
    made
}

/// The end of another program behind the beginning of this one: its sessions are those of the same kind here, and what it
/// takes from its own beginning it takes from the same operation here.
fn splice(luck: &mut Luck, program: &Program, other: &Program, at: usize) -> Program {
    let from = luck.below(other.steps.len());
    let (Some(begins), Some(before), Some(ends)) =
        (program.steps.get(..at), other.steps.get(..from), other.steps.get(from..))
    else {
        return program.clone();
    };
    let here: BTreeMap<&str, usize> =
        begins.iter().enumerate().map(|(at, step)| (step.op.as_str(), at)).collect();
    let places = before.iter().map(|step| here.get(step.op.as_str()).copied()).collect();
    let sessions: BTreeMap<&str, &str> = makers(begins).collect();
    let mut names: BTreeMap<String, String> = makers(before)
        .filter_map(|(kind, name)| Some((name.to_owned(), (*sessions.get(kind)?).to_owned())))
        .collect();
    for (number, (_, name)) in makers(ends).enumerate() {
        names.insert(name.to_owned(), format!("t{at}x{number}"));
    }
    let here = |step: &Step| {
        let session = step.session.as_ref().map(|name| names.get(name).unwrap_or(name).clone());
        Step { session, ..step.clone() }
    };
    let other = Program { steps: other.steps.iter().map(here).collect() };
    let mut made = Rebuilt { places, steps: begins.to_vec() };
    made.take_all(&other, from..other.steps.len());
    made.program()
}

/// The kinds of sessions that are made, and their names.
fn makers(steps: &[Step]) -> impl Iterator<Item = (&str, &str)> {
    let made = steps.iter().filter(|step| makes_a_session(&step.op));
    made.filter_map(|step| {
        let (role, name) = step.op.split_once('.')?;
        let kind = match (role, name.starts_with("single_")) {
            ("client", true) => "single client",
            ("server", true) => "single server",
            (role, _) => role,
        };
        Some((kind, step.session.as_deref()?))
    })
}

/// A program that is put together again from steps of others.
#[derive(Default)]
struct Rebuilt {
    /// Where each step of the program that it is taken from stands now.
    places: Vec<Option<usize>>,
    steps: Vec<Step>,
}

impl Rebuilt {
    /// These steps of the program that it is taken from, in whichever order it is called; without those that take something
    /// from one that is not there.
    fn take_all(&mut self, program: &Program, places: std::ops::Range<usize>) {
        for at in places {
            let Some(step) = program.steps.get(at) else { continue };
            let here = step.with_places(&|from| self.places.get(from).copied().flatten());
            if self.places.len() <= at {
                self.places.resize(at + 1, None);
            }
            if let Some(place) = self.places.get_mut(at) {
                *place = here.is_some().then_some(self.steps.len());
            }
            self.steps.extend(here);
        }
    }

    /// Steps that take something from what is there already, at the places where it is.
    fn insert(&mut self, steps: Vec<Step>) {
        self.steps.extend(steps);
    }

    fn program(self) -> Program {
        Program { steps: self.steps }
    }
}

/// The program without random fields that come twice.
fn with_fresh_randomness(luck: &mut Luck, mut program: Program) -> Program {
    let mut seen = BTreeSet::new();
    for step in &mut program.steps {
        let fields = step.params.get_mut("random").and_then(Value::as_object_mut);
        for (name, value) in fields.into_iter().flatten() {
            let Some(text) = value.as_str().filter(|_| !MAY_COME_TWICE.contains(&name.as_str())) else {
                continue;
            };
            if !seen.insert((name.clone(), text.to_owned())) {
                *value = json!(channel::text::hex::encode(&luck.bytes(text.len() / 2)));
            }
        }
    }
    program
}

#[cfg(test)]
mod tests {
    use peer::engine::operation_names;

    use super::*;
    use crate::draw::draw;

    const STEPS: usize = 20;

    fn all() -> Vec<String> {
        operation_names().map(str::to_owned).collect()
    }

    /// Generations of programs, each made of the one before and its neighbour.
    fn generations(seed: u64, count: u64) -> Vec<Program> {
        let mut made = vec![draw(seed, &all(), STEPS), draw(seed + 1, &all(), STEPS)];
        for number in 0..count {
            let [.., other, last] = made.as_slice() else { unreachable!() };
            let next = mutate(seed * 1000 + number, &all(), last, other, STEPS);
            made.push(next);
        }
        made
    }

    #[test]
    fn what_is_made_is_a_program_that_takes_from_earlier_steps_alone() {
        for seed in 0..12 {
            for program in generations(seed, 25) {
                assert!(program.steps.len() <= LONGEST * STEPS, "{}", program.steps.len());
                let text = serde_json::to_string(&program).unwrap();
                assert_eq!(serde_json::from_str::<Program>(&text).unwrap(), program, "{text}");
                for (at, step) in program.steps.iter().enumerate() {
                    assert!(step.takes_from().iter().all(|from| *from < at), "{at} of {text}");
                    assert!(operation_names().any(|name| name == step.op), "{text}");
                }
            }
        }
    }

    #[test]
    fn nothing_random_comes_twice() {
        for seed in 0..12 {
            let drawn = generations(seed, 25);
            for program in drawn.iter().skip(2) {
                let mut seen = BTreeSet::new();
                let fields = program.steps.iter().filter_map(|step| step.params.get("random"));
                for (name, value) in fields.flat_map(|fields| fields.as_object().unwrap()) {
                    let is_new = seen.insert((name, value.as_str().unwrap()));
                    assert!(is_new || MAY_COME_TWICE.contains(&name.as_str()), "{name} {value}");
                }
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_and_another_one_something_else() {
        let [one, other] = [draw(1, &all(), STEPS), draw(2, &all(), STEPS)];
        let made = |seed| mutate(seed, &all(), &one, &other, STEPS);
        assert_eq!(made(3), made(3));
        let different = (0..40).filter(|seed| made(*seed) != one).count();
        assert!(different > 36, "{different}");
    }

    #[test]
    fn the_end_of_another_program_is_about_what_is_here() {
        let step = |op: &str, session: &str, params: Value| Step {
            op: op.into(),
            session: Some(session.into()),
            by: None,
            params: params.as_object().unwrap().clone(),
        };
        let program = |session: &str| Program {
            steps: vec![
                step("client.create", session, json!({})),
                step("client.save", session, json!({})),
                step("client.accounts", session, json!({"state": {"from": 1, "at": "/state"}})),
            ],
        };
        let made = |seed| splice(&mut Luck::new(seed), &program("a"), &program("b"), 2);
        let is_about_here = |made: &Program| {
            let sessions: BTreeSet<_> = made.steps.iter().filter_map(|step| step.session.clone()).collect();
            made.steps.len() == 3 && sessions.len() == 1
        };
        let made: Vec<Program> = (0..40).map(made).collect();
        assert!(made.iter().any(is_about_here), "from its last step on");
        let anew = made.iter().filter(|made| made.steps.len() == 5);
        assert!(anew.into_iter().any(|made| made.steps[3].session.as_deref() == Some("t2x0")));
    }
}
