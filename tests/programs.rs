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
use harness::scene::START;
use harness::spec::order::ROWS;
use harness::trial::{Broken, Exchange, Peer, Reply, question, reply};
use peer::engine::{Engine, operation_names};
use peer::operations::{Hello, HelloResult};
use programs::draw::draw;
use programs::play;
use programs::step::Program;
use serde_json::Value;
use zoo::{Fault, Faulty};

const STEPS: usize = 40;
/// What the programs that are played without `PROGRAMS` find at least; a better drawing raises these.
const FLOOR_OF_FAULTS: usize = 270;
const FLOOR_OF_PAIRS: usize = 252;

/// Pairs of an operation and a rule that no program comes to, and why; beside those that nothing can come to
/// (`src/cases/pairs`). A program that is refused by one of them fails the test: then the reason is wrong.
const BY_NO_PROGRAM: [(&str, &[&str], &str); 7] = [
    (
        "qr.write",
        &["CAR-2"],
        "pictures are not asked: the specification leaves open what a reader makes of most of them",
    ),
    ("qr.read", &["CAR-3", "CAR-4", "CAR-5", "CAR-6"], "as above"),
    ("client.activate_license", &["CLI-22"], "33 serial numbers are more than a program activates"),
    ("server.login_start", &["LGN-23"], "256 logins are more than a program starts"),
    ("server.verify_response", &["VER-20"], "13 signatures over fields within one time step"),
    ("server.single_verify_response", &["VER-20"], "as above"),
    (
        "server.generate_unlock_response",
        &["UNL-3"],
        "a challenge comes from an account with an unlock application",
    ),
];

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

fn claims(peer: &mut dyn Exchange) -> HelloResult {
    let line = question(0, &Hello { protocol: 1.into() }, "").unwrap();
    match reply(&peer.exchange(line.as_bytes()).unwrap(), 0) {
        Ok(Reply::Ok(claims)) => claims,
        other => panic!("hello: {other:?}"),
    }
}

/// The difference that `check` would tell.
fn difference(program: &Program, exchange: &mut dyn Exchange, claims: &HelloResult) -> Option<String> {
    let played = play::play(program, &mut [Peer { exchange, claims }], START).unwrap();
    played.difference.map(|difference| format!("{difference:?}"))
}

/// A program, and which faults can make a difference to it: those that the reference asks for while it plays it.
struct Drawn {
    program: Program,
    asked: BTreeSet<String>,
}

fn drawn(seed: u64) -> Drawn {
    let program = draw(seed, &operations(), STEPS);
    let asked = fault::asked(|| {
        let mut engine = engine();
        let claims = claims(&mut engine);
        assert_eq!(
            difference(&program, &mut engine, &claims),
            None,
            "seed {seed}: the reference, beside itself"
        );
    });
    Drawn { program, asked }
}

/// The first program in which this fault makes a difference, and which.
fn found(fault: &Fault, all: &[Drawn]) -> Option<(usize, String)> {
    let faulty = || Faulty::new(engine(), *fault, || START);
    let claims = claims(&mut faulty());
    all.iter().enumerate().find_map(|(number, Drawn { program, asked })| {
        if fault.hook().is_some_and(|hook| !asked.contains(hook)) {
            return None;
        }
        difference(program, &mut faulty(), &claims).map(|difference| (number, difference))
    })
}

#[test]
fn programs_alone_find_most_of_the_zoo_and_no_control() {
    let all: Vec<Drawn> = (0..programs()).map(drawn).collect();
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
            (None, None) => {}
            (None, Some((program, difference))) => {
                let program = serde_json::to_string(&all[*program].program).unwrap();
                panic!("{}: {difference}\n{program}", fault.name)
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

/// The reference, and by what it refuses.
struct Watched {
    engine: Engine,
    refused: BTreeSet<(String, &'static str)>,
}

impl Exchange for Watched {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let (answer, checks) = fault::checks(|| self.engine.answer(line));
        let op = serde_json::from_slice::<Value>(line).unwrap()["op"].as_str().unwrap().to_owned();
        let by = checks.into_iter().filter(|check| !check.holds).map(|check| (op.clone(), check.rule.id));
        self.refused.extend(by);
        Ok(answer)
    }
}

#[test]
fn programs_alone_are_refused_by_most_rules_of_each_operation() {
    let rules =
        ROWS.iter().flat_map(|(op, row)| row.rules().into_iter().map(|rule| ((*op).to_owned(), rule)));
    let pairs: BTreeSet<(String, &str)> =
        rules.filter(|(op, rule)| cases::pairs::not_asked(op, rule).is_none()).collect();
    let mut watched = Watched { engine: engine(), refused: BTreeSet::new() };
    let claims = claims(&mut watched);
    for seed in 0..programs() {
        assert_eq!(difference(&draw(seed, &operations(), STEPS), &mut watched, &claims), None);
    }
    let reached = pairs.intersection(&watched.refused).count();
    println!("{reached} of {} pairs", pairs.len());
    let excused: BTreeSet<(String, &str)> = BY_NO_PROGRAM
        .iter()
        .flat_map(|(op, rules, _)| rules.iter().map(move |rule| ((*op).to_owned(), *rule)))
        .collect();
    let wrong: Vec<_> =
        excused.iter().filter(|pair| watched.refused.contains(pair) || !pairs.contains(pair)).collect();
    assert!(wrong.is_empty(), "no program comes to it, it is said: {wrong:?}");
    let mut never: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (op, rule) in pairs.difference(&watched.refused).filter(|pair| !excused.contains(pair)) {
        never.entry(op).or_default().push(rule);
    }
    for (op, rules) in never {
        println!("never: {op}: {}", rules.join(" "));
    }
    assert!(reached >= FLOOR_OF_PAIRS, "{reached}");
}
