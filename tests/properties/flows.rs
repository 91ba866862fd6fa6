//! Any sequence of operations over both roles, in virtual time, against the model: activation messages lost,
//! repeated, bent, late and out of order, several devices, replacing, deactivation, a backup restored;
//! requests and responses of every kind, clocks that differ, replays, locking and unlocking; BLOBs and states of
//! before, a license that comes from a file again.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::config;
use crate::operations::{Op, activation, op, responding, signing, storing, time, unlocking};
use crate::world::World;

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn any_sequence_of_operations_ends_as_the_model_says(ops in vec(op(), 1..80)) {
        let mut world = World::new();
        for op in &ops {
            world.run(op);
            world.check();
        }
    }

    /// Nothing but activation, so that its sequences get long.
    #[test]
    fn any_sequence_of_activations_ends_as_the_model_says(ops in vec(prop_oneof![1 => time(), 8 => activation()], 1..60)) {
        let mut world = World::new();
        for op in &ops {
            world.run(op);
            world.check();
        }
    }

    /// One client is activated first; then responses and clocks.
    #[test]
    fn any_sequence_of_responses_ends_as_the_model_says(
        ops in vec(prop_oneof![2 => time(), 6 => responding(), 1 => signing(), 1 => unlocking(), 1 => storing()], 1..60),
    ) {
        let mut world = World::new();
        world.run(&Op::Activate { client: 0, challenge: [1; 8], replace: false, confirm: true });
        for op in &ops {
            world.run(op);
            world.check();
        }
    }
}

/// Sequences of operations, the same each time.
fn sequences() -> impl Iterator<Item = Vec<Op>> {
    let mut runner = TestRunner::new_with_rng(config(1), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    std::iter::from_fn(move || Some(vec(op(), 80).new_tree(&mut runner).unwrap().current()))
}

/// The model is worth what the sequences reach.
#[test]
fn the_sequences_reach_every_rule_of_the_model() {
    let mut seen = BTreeSet::new();
    let (mut requests, mut otps) = (0, 0);
    for ops in sequences().take(200) {
        let mut world = World::new();
        ops.iter().for_each(|op| world.run(op));
        seen.extend(world.seen);
        requests += world.model.accepted.len();
        otps += world.accepted_otps.len();
    }
    let wanted = "AM1-11 AM1-16 AM1-17 FRM-12 DVC-8 DVC-9 DVC-10 DVC-11 DVC-12 AM2-2 AM2-4 AM2-6 AM2-14 CLI-20 DEA-3 DEA-6 PRT-4 \
        CLI-3 CLI-4 CLI-5 CLI-8 CLI-12 CLI-14 CLI-15 CLI-16 REQ-12 OTP-2 OTP-3 OTP-4 UNL-2 UNL-6 UNL-7 \
        VER-3 VER-4 VER-5 VER-6 VER-7 VER-8 VER-10 VER-11 VER-12 VER-18 VER-19 VER-20 OPR-7 \
        BLB-5 BLB-6 LIF-5 CST-6";
    let reached = [
        "below the last step",
        "outside the window",
        "another event",
        "a step beside the clock's",
        "an OTP again",
        "a first use far away",
        "a message closed by a confirmation",
        "confirmed again",
        "replaced",
        "resynchronised",
        "a backup restored",
        "deactivated",
        "unlocked",
        "BLB-12",
        "a BLOB of now",
        "an old state",
        "imported again",
    ];
    assert_eq!(seen, wanted.split_whitespace().chain(reached).collect());
    assert!(requests > 60 && otps > 100, "{requests} requests, {otps} OTPs accepted");
}

/// And what it notices: each of these checks left out is another end of some sequence. (The others
/// are as well, but later.)
#[test]
fn the_model_notices_every_check_that_is_left_out() {
    use std::cell::Cell;
    use std::panic;

    use channel::fault;

    thread_local! {
        static QUIET: Cell<bool> = const { Cell::new(false) };
    }
    let loud = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !QUIET.get() {
            loud(info);
        }
    }));
    QUIET.set(true);
    let checks = "AM1-11 FRM-12 DVC-9 DVC-10 DVC-11 DVC-12 CLI-5 CLI-8 CLI-15 CLI-16 DEA-6 PRT-4 OTP-2 UNL-2 \
        UNL-6 UNL-7 VER-4 VER-5 VER-6 VER-8 VER-18 VER-19 VER-20 OPR-7 REQ-12 CST-6";
    let sequences: Vec<_> = sequences().take(150).collect();
    let unnoticed: Vec<&str> = checks
        .split_whitespace()
        .filter(|check| {
            sequences.iter().all(|ops| {
                let run = || {
                    let mut world = World::new();
                    ops.iter().for_each(|op| world.run(op));
                };
                panic::catch_unwind(|| fault::with(check, run)).is_ok()
            })
        })
        .collect();
    QUIET.set(false);
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}
