//! The zoo in process: the suite kills every fault on the requirement that is its own, and no control. A control has
//! no case that ends its run, so each of them plays a part of the cases here, and together they play all;
//! `counterproof selftest --quick`, which CI runs, plays all with each.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use harness::case::Case;
use harness::scene::START;
use harness::suite;
use harness::trial::{Exchange, Peer, Reply, question, reply};
use peer::engine::Engine;
use peer::operations::{Hello, HelloResult};
use zoo::Faulty;

/// The reference; what nobody supplies is different each time (a case starts hundreds of logins).
fn engine() -> Engine {
    let mut drawn = 0u64;
    Engine::new(Box::new(move |bytes| {
        bytes.iter_mut().for_each(|byte| {
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (drawn >> 56) as u8;
        });
    }))
}

/// What the faulty peer says of itself.
fn claims(fault: &zoo::Fault) -> HelloResult {
    let line = question(0, &Hello { protocol: 1.into() }, "").unwrap();
    match reply(&Faulty::new(engine(), *fault, || START).exchange(line.as_bytes()).unwrap(), 0) {
        Ok(Reply::Ok(claims)) => claims,
        other => panic!("hello: {other:?}"),
    }
}

#[test]
fn every_fault_is_killed_and_no_control() {
    let all = cases::all();
    let faults: Vec<_> = zoo::all().collect();
    let controls: Vec<_> =
        faults.iter().filter(|fault| fault.blame.is_none()).map(|fault| fault.name).collect();
    let survives = |fault: &zoo::Fault| match controls.iter().position(|name| *name == fault.name) {
        Some(turn) => survives(fault, all.iter().skip(turn).step_by(controls.len())),
        None => survives(fault, all.iter()),
    };
    let halves = faults.chunks(faults.len().div_ceil(2));
    let survivors: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            halves.map(|half| scope.spawn(|| half.iter().filter_map(survives).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(survivors.is_empty(), "{} of {}:\n{}", survivors.len(), faults.len(), survivors.join("\n"));
}

fn survives<'a>(fault: &zoo::Fault, all: impl Iterator<Item = &'a Case>) -> Option<String> {
    let claims = claims(fault);
    let mut blamed = std::collections::BTreeMap::new();
    // The cases that cover the requirement first: most faults are killed by one of them.
    let (covering, rest): (Vec<_>, Vec<_>) =
        all.partition(|case| fault.blame.is_some_and(|blame| case.covers.contains(&blame)));
    for case in covering.into_iter().chain(rest) {
        // A fresh peer each: in process a crashed one is not started anew.
        let mut peer = Faulty::new(engine(), *fault, || START);
        let outcome = suite::run(case, vec![Peer { exchange: &mut peer, claims: &claims }], 0);
        if !outcome.verdict.conforms() {
            let requirement = outcome.failure.map_or("none", |failure| failure.requirement);
            *blamed.entry((outcome.verdict, requirement)).or_insert(0) += 1;
            if fault.blame == Some(requirement) && outcome.verdict == fault.verdict {
                return None; // killed; `counterproof selftest` counts how often
            }
        }
    }
    (fault.blame.is_some() || !blamed.is_empty())
        .then(|| format!("{} ({:?}): {blamed:?}", fault.name, fault.blame))
}
