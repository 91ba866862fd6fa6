//! A gateway that is killed at random moments, held against what it acknowledged: nothing is lost, nothing decided twice.
//!
//! `COUNTERPROOF_CRASH_ROUNDS=1000 cargo test --features serve --test gateway killed` for more than 25 rounds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gateway::surface::Operation;
use serde_json::{Value, json};

use crate::kit::{Folder, Gateway, Phone};

/// Phones that log in side by side.
const PHONES: u32 = 4;

/// What was acknowledged of a login, and what was asked last without an answer.
struct Told {
    key: String,
    prepared: Option<Value>,
    /// The operation that decides it, its body, and whether that was acknowledged.
    decided: Option<(Operation, Value, bool)>,
}

/// Numbers from 0 to below `n`, the same in every run: what is random is the moment of the kill.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Logs in again and again until the gateway is gone.
fn log_in(gateway: &Gateway, phone: &mut Phone, random: &mut Random, is_over: &AtomicBool) -> Vec<Told> {
    let mut all = Vec::new();
    while !is_over.load(Ordering::Relaxed) && all.len() < 200 {
        let requester = all.len().to_string();
        let body = json!({"userID": phone.user, "service": "myService", "requester": requester});
        let Some((200, _, started)) = gateway.ask(Operation::StartLogin, &body) else { break };
        let key = started["challengeKey"].as_str().unwrap().to_owned();
        let mut told = Told { key: key.clone(), prepared: None, decided: None };
        if let Some((200, _, prepared)) = gateway.ask(Operation::Prepare, &phone.prepares(&key)) {
            let (operation, body) = decision(phone, &prepared, &key, random.below(2) == 0);
            let answer = if random.below(4) > 0 {
                gateway.ask(operation, &body)
            } else {
                Some((0, String::new(), Value::Null))
            };
            told.prepared = Some(prepared);
            told.decided = match answer {
                Some((200, ..)) => Some((operation, body, true)),
                None => Some((operation, body, false)),
                // Left for after the restart.
                Some((0, ..)) => None,
                Some((status, code, _)) => panic!("{status} {code}"),
            };
        }
        all.push(told);
    }
    all
}

fn decision(phone: &mut Phone, prepared: &Value, key: &str, approves: bool) -> (Operation, Value) {
    match approves {
        true => {
            let handle = phone.opens(prepared);
            (Operation::Approve, phone.approves(handle, key))
        }
        false => (Operation::Reject, phone.rejects(key)),
    }
}

/// Holds what is there now against what was told.
fn compare(gateway: &Gateway, phone: &mut Phone, told: &Told) {
    let status = gateway.status(&told.key);
    let word = |operation| if operation == Operation::Approve { "approved" } else { "rejected" };
    let other = |phone: &mut Phone| match status.as_str() {
        "approved" => (Operation::Reject, phone.rejects(&told.key)),
        _ => (
            Operation::Approve,
            json!({"userID": phone.user, "challengeKey": told.key, "signature": "12345678"}),
        ),
    };
    match (&told.prepared, &told.decided) {
        // What was acknowledged is so, and can't be decided a second time, in either way.
        (_, Some((operation, body, true))) => {
            assert_eq!(status, word(*operation), "an acknowledged decision is lost");
            assert!(gateway.ask(*operation, body).unwrap().0 >= 400, "decided twice");
            let (operation, body) = other(phone);
            let code = gateway.refuses(operation, &body);
            assert!(["STAT_ALREADY_APPROVED", "STAT_ALREADY_REJECTED"].contains(&code.as_str()), "{code}");
        }
        // What wasn't is so, or it isn't.
        (Some(prepared), Some((operation, _, false))) => {
            if status == "retrieved" {
                // Made anew: a later message of this phone may have arrived by now.
                let (operation, body) =
                    decision(phone, prepared, &told.key, *operation == Operation::Approve);
                gateway.does(operation, &body);
            }
            assert_eq!(gateway.status(&told.key), word(*operation));
        }
        (Some(prepared), None) => {
            assert_eq!(status, "retrieved", "an acknowledged retrieval is lost");
            let (operation, body) = decision(phone, prepared, &told.key, true);
            gateway.does(operation, &body);
        }
        (None, _) => assert!(["pending", "retrieved"].contains(&status.as_str()), "{status}"),
    }
}

#[test]
fn gtw_6_a_gateway_that_is_killed_has_lost_nothing_that_it_acknowledged() {
    let rounds = std::env::var("COUNTERPROOF_CRASH_ROUNDS").map_or(25, |rounds| rounds.parse().unwrap());
    let folder = Folder::new(PHONES);
    let gateway = folder.serve();
    let mut phones: Vec<_> = (0..PHONES).map(|number| Phone::activate(&gateway, number, 1)).collect();
    drop(gateway);
    let (mut random, mut decided, mut in_flight) = (Random(7), 0, 0);
    for round in 0..rounds {
        let mut gateway = folder.serve();
        let is_over = AtomicBool::new(false);
        let pause = Duration::from_millis(30 + random.below(250));
        let seeds: Vec<_> = phones.iter().map(|_| random.below(u64::from(u32::MAX))).collect();
        let told: Vec<Vec<Told>> = thread::scope(|scope| {
            let threads: Vec<_> = phones
                .iter_mut()
                .zip(seeds)
                .map(|(phone, seed)| {
                    let (gateway, is_over) = (&gateway, &is_over);
                    scope.spawn(move || log_in(gateway, phone, &mut Random(seed), is_over))
                })
                .collect();
            thread::sleep(pause);
            let id = rustix::process::Pid::from_raw(i32::try_from(gateway.id()).unwrap()).unwrap();
            rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
            is_over.store(true, Ordering::Relaxed);
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        gateway.kill();
        let gateway = folder.serve();
        for (phone, told) in phones.iter_mut().zip(&told) {
            for told in told {
                compare(&gateway, phone, told);
                match &told.decided {
                    Some((.., true)) => decided += 1,
                    _ => in_flight += 1,
                }
            }
        }
        assert!(round < 24 || decided > round, "the kill comes too early to see anything: {decided}");
    }
    println!("{rounds} rounds: {decided} decisions acknowledged, {in_flight} logins interrupted");
}
