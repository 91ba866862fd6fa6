//! How much random programs find by themselves: each fault of the zoo beside the reference, in process, and each place of
//! SPEC section 32's rows at which they come to be refused. `PROGRAMS=1000 cargo test --test programs -- --nocapture` plays
//! more, and tells what was found when, and what was not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)] // a test fails by panicking

use std::collections::{BTreeMap, BTreeSet};

use channel::fault;
use peer::engine::{Engine, operation_names};
use programs::draw::draw;
use programs::step::Program;
use serde_json::{Value, json};
use zoo::{Fault, Faulty};

const STEPS: usize = 40;
/// What the programs that are played without `PROGRAMS` find at least; a better drawing raises these.
const FLOOR_OF_FAULTS: usize = 255;
const FLOOR_OF_PAIRS: usize = 240;

fn programs() -> u64 {
    std::env::var("PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(60)
}

fn operations() -> Vec<String> {
    operation_names().map(str::to_owned).collect()
}

/// The reference; what a program does not give is the same each time.
fn engine() -> Engine {
    let mut drawn = 0u64;
    Engine::new(Box::new(move |bytes| {
        bytes.iter_mut().for_each(|byte| {
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (drawn >> 56) as u8;
        });
    }))
}

/// What of an answer is compared: class and result, not the words of a refusal.
fn compared(answer: Option<Vec<u8>>) -> Value {
    let Some(answer) = answer else { return json!("the peer ended") };
    let Ok(mut answer) = serde_json::from_slice::<Value>(&answer) else { return json!("no JSON") };
    if let Some(refused) = answer.get_mut("refused") {
        *refused = json!(refused.get("class"));
    }
    if let Some(fault) = answer.get_mut("fault") {
        *fault = Value::Null;
    }
    // Digests are compared within a session, not between peers.
    if let Some(state) =
        answer.get_mut("ok").and_then(Value::as_object_mut).filter(|state| state.contains_key("counters"))
    {
        state.remove("digest");
    }
    answer
}

fn question(seq: usize, op: &str, session: Option<&str>, params: &Value) -> Vec<u8> {
    let mut question = json!({"seq": seq, "op": op, "params": params});
    if let Some(session) = session {
        question["session"] = json!(session);
    }
    question.to_string().into_bytes()
}

/// The sessions of a program, in their order.
fn sessions(program: &Program) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    program
        .steps
        .iter()
        .filter_map(|step| step.session.as_deref())
        .filter(|name| seen.insert(*name))
        .collect()
}

/// What is answered to each step, and at the end to a look at each session.
fn play(
    program: &Program,
    mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>>,
    expected: Option<&[Value]>,
) -> Vec<Value> {
    let mut results: Vec<Option<Value>> = Vec::new();
    let mut all = Vec::new();
    for step in &program.steps {
        let told = match step.resolved(&results) {
            Some(params) => compared(answer(&question(
                all.len(),
                &step.op,
                step.session.as_deref(),
                &Value::from(params),
            ))),
            None => Value::Null,
        };
        results.push(told.get("ok").cloned());
        all.push(told);
        if expected.is_some_and(|expected| expected.get(all.len() - 1) != all.last()) {
            return all;
        }
    }
    for name in sessions(program) {
        all.push(compared(answer(&question(all.len(), "state", Some(name), &json!({})))));
    }
    all
}

/// A program, what the reference answers, and which faults can make a difference to it.
struct Played {
    program: Program,
    answers: Vec<Value>,
    asked: BTreeSet<String>,
}

fn played(seed: u64) -> Played {
    let program = draw(seed, &operations(), STEPS);
    let mut answers = Vec::new();
    let asked = fault::asked(|| {
        let mut engine = engine();
        answers = play(&program, |line| Some(engine.answer(line)), None);
    });
    Played { program, answers, asked }
}

/// The first program in which this fault makes a difference, and at which step.
fn found(fault: &Fault, all: &[Played]) -> Option<(usize, usize)> {
    all.iter().enumerate().find_map(|(number, played)| {
        if fault.hook().is_some_and(|hook| !played.asked.contains(hook)) {
            return None;
        }
        let mut faulty = Faulty::new(engine(), *fault, || 1_800_000_000);
        let answers = play(&played.program, |line| faulty.answer(line), Some(&played.answers));
        let at = answers.iter().zip(&played.answers).position(|(got, want)| got != want)?;
        Some((number, at))
    })
}

#[test]
fn programs_alone_find_most_of_the_zoo_and_no_control() {
    let all: Vec<Played> = (0..programs()).map(played).collect();
    let faults: Vec<Fault> = zoo::all().collect();
    let found: Vec<_> = std::thread::scope(|scope| {
        let halves: Vec<_> = faults.chunks(faults.len().div_ceil(2)).collect();
        let threads: Vec<_> = halves
            .iter()
            .map(|half| scope.spawn(|| half.iter().map(|fault| found(fault, &all)).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut missed = Vec::new();
    let mut when = Vec::new();
    for (fault, found) in faults.iter().zip(&found) {
        match (fault.blame, found) {
            // Says that it takes no time or no random fields: its answers are others.
            (None, _) if fault.name.starts_with("control-own-") => {}
            (None, None) => {}
            (None, Some((program, at))) => {
                let Played { program, answers, .. } = &all[*program];
                let mut faulty = Faulty::new(engine(), *fault, || 1_800_000_000);
                let got = play(program, |line| faulty.answer(line), Some(answers));
                panic!(
                    "{} at step {at}: {:?} instead of {}\n{}",
                    fault.name,
                    got.get(*at),
                    answers[*at],
                    serde_json::to_string(program).unwrap()
                );
            }
            (Some(_), None) => missed.push(format!("{} ({})", fault.name, fault.about)),
            (Some(_), Some((program, _))) => when.push(*program),
        }
    }
    when.sort_unstable();
    let within = |count: usize| when.iter().filter(|program| **program < count).count();
    println!("{} found of {}", when.len(), when.len() + missed.len());
    for count in [10, 30, 60, 100, 200, 300, 1000] {
        println!("within {count} programs: {}", within(count));
    }
    println!("missed:\n{}", missed.join("\n"));
    assert!(when.len() >= FLOOR_OF_FAULTS, "{}", when.len());
}

/// The pairs of operation and refusing rule that section 32 has, groups resolved.
fn pairs() -> BTreeSet<(String, String)> {
    let text = include_str!("../SPEC.md");
    let section = text.split("\n## ").find(|part| part.starts_with("32. ")).unwrap();
    let cells =
        |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    let group = |row: &&Vec<String>| row[0].starts_with('*');
    let groups: BTreeMap<String, String> =
        rows.iter().filter(group).map(|row| (row[0].clone(), row[1].clone())).collect();
    let mut pairs = BTreeSet::new();
    for row in rows.iter().filter(|row| row[0].starts_with('`')) {
        let mut checks = row[1].clone();
        // Groups within groups: *static vector* in *license file*.
        for _ in 0..3 {
            groups.iter().for_each(|(name, inner)| checks = checks.replace(name, inner));
        }
        for op in row[0].split(", ").map(|op| op.trim_matches('`')) {
            let words = checks.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let rules =
                words.filter(|word| harness::spec::find(word).is_some_and(|rule| rule.class.is_some()));
            pairs.extend(rules.map(|rule| (op.to_owned(), rule.to_owned())));
        }
    }
    pairs
}

#[test]
fn programs_alone_are_refused_by_most_rules_of_each_operation() {
    let pairs = pairs();
    let mut refused = BTreeSet::new();
    for seed in 0..programs() {
        let program = draw(seed, &operations(), STEPS);
        let mut engine = engine();
        play(
            &program,
            |line| {
                let (answer, checks) = fault::checks(|| engine.answer(line));
                let op = serde_json::from_slice::<Value>(line).unwrap()["op"].as_str().unwrap().to_owned();
                let by =
                    checks.into_iter().filter(|check| !check.holds).map(|check| check.rule.id.to_owned());
                refused.extend(by.map(|rule| (op.clone(), rule)));
                Some(answer)
            },
            None,
        );
    }
    let reached = pairs.intersection(&refused).count();
    println!("{reached} of {} pairs", pairs.len());
    let mut never: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (op, rule) in pairs.difference(&refused) {
        never.entry(op).or_default().push(rule);
    }
    for (op, rules) in never {
        println!("never: {op}: {}", rules.join(" "));
    }
    assert!(reached >= FLOOR_OF_PAIRS, "{reached}");
}
