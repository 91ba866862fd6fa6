//! No false alarms: a correct peer passes every case, whatever the seed, with or without randomness and clock of its own,
//! slow, one at a time and eight at a time.
//!
//! Longer: `COUNTERPROOF_SEEDS=10 cargo test --release --test no_false_alarms`.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod tools;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use counterproof::io::peer::{Launch, Process};
use harness::scene::START;
use harness::suite;
use harness::trial::{Broken, Exchange, Peer, Reply, question, reply};
use peer::operations::{Hello, HelloResult};
use peer::protocol::VERSION;
use zoo::{at_its_own_time, without_injection, without_random};

/// How a peer is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    AsItIs,
    /// It draws its random fields, and says so.
    OwnRandomness,
    /// It takes the time from its own clock, and says so.
    OwnClock,
    /// 20 ms for each answer.
    Slow,
}

/// A peer that is used in some way.
struct Used {
    process: Process,
    how: How,
}

impl Exchange for Used {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        match self.how {
            How::AsItIs => self.process.exchange(line),
            How::OwnRandomness => {
                let answer = self.process.exchange(&without_random(line))?;
                Ok(without_injection(answer, "/ok/injects_randomness"))
            }
            How::OwnClock => {
                let answer = self.process.exchange(&at_its_own_time(line, clock()))?;
                Ok(without_injection(answer, "/ok/injects_time"))
            }
            How::Slow => {
                thread::sleep(Duration::from_millis(20));
                self.process.exchange(line)
            }
        }
    }

    fn discard(&mut self) {
        self.process.discard();
    }
}

fn clock() -> u32 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// Peers that nobody has found a fault in.
fn correct() -> Vec<(&'static str, String)> {
    let mut peers = vec![("the reference", format!("{} peer", env!("CARGO_BIN_EXE_counterproof")))];
    if tools::is_here("false alarms on the second implementation", &[tools::PYTHON, tools::ARGON2ID]) {
        peers.push(("Python", "python3 tests/peers/python/peer.py".into()));
    }
    if tools::is_here("false alarms on the third implementation", &[tools::NODE]) {
        peers.push(("Node", "node tests/peers/node_core/peer.mjs".into()));
    }
    peers
}

fn claims(peer: &mut Used) -> HelloResult {
    let line = question(0, &Hello { protocol: VERSION.into() }, "").unwrap();
    match reply(&peer.exchange(line.as_bytes()).unwrap(), 0) {
        Ok(Reply::Ok(claims)) => claims,
        other => panic!("hello: {other:?}"),
    }
}

/// Plays each n-th case of the peer's profile, with so many processes side by side, and tells what did not conform.
fn alarms(command: &str, how: How, seed: u64, nth: usize, jobs: usize) -> Vec<String> {
    let all = cases::all();
    let (next, played, alarms) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        let mut peer = Used { process: Process::spawn(&Launch::parse(command).unwrap()).unwrap(), how };
        let claims = claims(&mut peer);
        loop {
            // Other cases for each way of using a peer, and for each seed.
            let at = next.fetch_add(1, Ordering::Relaxed) * nth + (how as usize + seed as usize) % nth;
            let Some(case) = all.get(at) else { return };
            if !case.role.belongs_to(&claims.profile, &claims.operations) {
                continue;
            }
            played.fetch_add(1, Ordering::Relaxed);
            let start = if how == How::OwnClock { clock() } else { START };
            let peers = vec![Peer { exchange: &mut peer, claims: &claims }];
            let outcome = suite::run_at(case, peers, seed, start);
            if !outcome.verdict.conforms() {
                let words =
                    format!("{how:?}, seed {seed}: {} {:?} {:?}", case.id, outcome.verdict, outcome.failure);
                alarms.lock().unwrap().push(words);
            }
        }
    };
    thread::scope(|scope| (0..jobs).for_each(|_| drop(scope.spawn(work))));
    // A peer need not have the optional operations.
    assert!(played.into_inner() * nth * 10 > all.len() * 9, "{command}, {how:?}: too few cases were played");
    alarms.into_inner().unwrap()
}

#[test]
fn a_correct_peer_passes_however_it_is_used() {
    let seeds: u64 = std::env::var("COUNTERPROOF_SEEDS").map_or(1, |seeds| seeds.parse().unwrap());
    let nth = if seeds == 1 { 20 } else { 1 };
    // 20 ms for each answer of all cases would take half an hour: a part of them is enough.
    let slow = (How::Slow, 1, if seeds == 1 { 100 } else { 10 }, 8);
    let each = [How::AsItIs, How::OwnRandomness, How::OwnClock]
        .into_iter()
        .flat_map(|how| (1..=seeds).flat_map(move |seed| [1, 8].map(|jobs| (how, seed, nth, jobs))));
    let ways: Vec<_> = each.chain([slow]).collect();
    let mut wrong = Vec::new();
    for (name, command) in correct() {
        for (how, seed, nth, jobs) in &ways {
            let alarms = alarms(&command, *how, *seed, *nth, *jobs);
            println!("{name}, {how:?}, seed {seed}, {jobs} at a time: {} false alarms", alarms.len());
            wrong.extend(alarms.into_iter().map(|words| format!("{name}: {words}")));
        }
    }
    assert!(wrong.is_empty(), "{} false alarms:\n{}", wrong.len(), wrong.join("\n"));
}
