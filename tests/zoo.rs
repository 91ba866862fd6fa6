//! The zoo in process: the suite kills every fault on the requirement that is its own, and no control.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use channel::fault;
use harness::case::Case;
use harness::scene::START;
use harness::suite;
use harness::trial::{Exchange, Peer, Reply, question, reply};
use peer::engine::Engine;
use peer::operations::{Hello, HelloResult};
use zoo::Faulty;

/// The reference; what nobody supplies is different each time.
fn engine() -> Engine {
    let mut drawn = 0u8;
    Engine::new(Box::new(move |bytes| {
        bytes.iter_mut().for_each(|byte| {
            drawn = drawn.wrapping_mul(5).wrapping_add(41);
            *byte = drawn;
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

/// A case, and the faults inside the reference that can make a difference to it.
struct Asking<'a> {
    case: &'a Case,
    asks: BTreeSet<String>,
}

impl Asking<'_> {
    /// Whether the case can notice a fault: one that it never asks for makes no difference.
    fn may_notice(&self, fault: &zoo::Fault) -> bool {
        fault.hook().is_none_or(|hook| self.asks.contains(hook))
    }
}

/// Both halves at once.
fn in_two<'a, T: Sync, U: Send>(all: &'a [T], work: impl Fn(&'a T) -> U + Sync) -> Vec<U> {
    std::thread::scope(|scope| {
        let halves = all.chunks(all.len().div_ceil(2));
        let threads: Vec<_> =
            halves.map(|half| scope.spawn(|| half.iter().map(&work).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn every_fault_is_killed_and_no_control() {
    let all = cases::all();
    let line = question(0, &Hello { protocol: 1.into() }, "").unwrap();
    let Ok(Reply::Ok(claims)) = reply(&engine().answer(line.as_bytes()), 0) else { panic!("hello") };
    let all = in_two(&all, |case| {
        let mut peer = engine();
        let play = || drop(suite::run(case, vec![Peer { exchange: &mut peer, claims: &claims }], 0));
        Asking { case, asks: fault::asked(play) }
    });
    let faults: Vec<_> = zoo::all().collect();
    let survivors: Vec<String> =
        in_two(&faults, |fault| survives(fault, &all)).into_iter().flatten().collect();
    assert!(survivors.is_empty(), "{} of {}:\n{}", survivors.len(), faults.len(), survivors.join("\n"));
}

fn survives(fault: &zoo::Fault, all: &[Asking<'_>]) -> Option<String> {
    let claims = claims(fault);
    let mut blamed = BTreeMap::new();
    // The cases that cover the requirement first: most faults are killed by one of them.
    let noticing = all.iter().filter(|asking| asking.may_notice(fault)).map(|asking| asking.case);
    let (covering, rest): (Vec<_>, Vec<_>) =
        noticing.partition(|case| fault.blame.is_some_and(|blame| case.covers.contains(&blame)));
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
