//! Counterproof's batches beside what a user could pick instead, in one process: every operation in turn, round by round, in
//! processor time of this thread. What the others come to is compared before anything is timed.
//!
//! ```text
//! cargo run --release [-- ROUNDS [FILE]]      a table, the goals, and all figures as JSON in FILE
//! ```

mod goals;
mod ours;
mod theirs;

use std::collections::BTreeMap;
use std::process::ExitCode;

use channel::crypto::lanes::Kernel;
use counterproof::io::bench::in_turn;
use perf::path::Operation;

/// Messages at once, each with a key of its own.
pub(crate) const MANY: usize = 64;
/// Bytes that a tag covers: the header and a body of 200.
pub(crate) const COVERED: usize = 215;

/// An operation, by what is done and who does it.
pub(crate) struct Item {
    pub(crate) what: &'static str,
    pub(crate) who: String,
    pub(crate) operation: Operation,
}

impl Item {
    pub(crate) fn new<T>(what: &'static str, who: &str, of: usize, work: impl Fn() -> T + 'static) -> Self {
        Self { what, who: who.to_owned(), operation: perf::path::same(what, of as u32, work) }
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments.next().map_or(Ok(201), |rounds| rounds.parse());
    let (Ok(rounds @ 1..), file, None) = (rounds, arguments.next(), arguments.next()) else {
        eprintln!("usage: counterproof-bench-peers [ROUNDS [FILE]]");
        return ExitCode::from(2);
    };
    for missing in theirs::MISSING {
        println!("not measured, since it isn't installed: {missing}");
    }
    for kernel in Kernel::ALL.into_iter().filter(|kernel| !kernel.is_here()) {
        println!("not measured, since this processor doesn't have its instructions: the kernel {kernel}");
    }
    let mut items = theirs::items();
    items.extend(ours::items());
    let operations: Vec<&Operation> = items.iter().map(|item| &item.operation).collect();
    let samples = in_turn(&operations, rounds);
    let measured: Vec<_> =
        items.iter().zip(&samples).map(|(item, samples)| (item, median(samples))).collect();

    println!("\n{:<44} {:<34} {:>9}", "what", "who", "ns");
    for (item, ns) in &measured {
        println!("{:<44} {:<34} {ns:>9.1}", item.what, item.who);
    }
    let ratio = |ours: (&str, &str), peer: (&str, &str)| {
        let place = |(what, who)| items.iter().position(|item| item.what == what && item.who == who);
        let (ours, peer) = (samples.get(place(ours)?)?, samples.get(place(peer)?)?);
        Some(median(&peer.iter().zip(ours).map(|(peer, ours)| peer / ours).collect::<Vec<_>>()))
    };
    let reached = goals::table(ratio);
    if let Some(file) = file {
        let figures: Vec<_> = measured
            .iter()
            .map(|(item, ns)| serde_json::json!({ "what": item.what, "who": item.who, "ns": ns }))
            .collect();
        let all = serde_json::json!({ "rounds": rounds, "figures": figures, "goals": reached });
        if let Err(error) = std::fs::write(&file, format!("{all:#}\n")) {
            eprintln!("{file}: {error}");
            return ExitCode::from(3);
        }
    }
    ExitCode::SUCCESS
}

/// The middle one, of at least one.
fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Of each message a key, and bytes that are its own.
pub(crate) fn keys() -> Vec<[u8; 16]> {
    (0..MANY as u8).map(|i| std::array::from_fn(|at| i ^ (at as u8 * 17))).collect()
}

pub(crate) fn messages() -> Vec<[u8; COVERED]> {
    (0..MANY as u8).map(|i| std::array::from_fn(|at| i.wrapping_mul(3) ^ at as u8)).collect()
}

/// Ours and theirs, by what is done: who didn't come to the same as the first.
pub(crate) fn ensure_equal<T: PartialEq>(what: &str, results: BTreeMap<String, T>) {
    let mut results = results.into_iter();
    let Some((first, right)) = results.next() else { return };
    for (who, result) in results {
        assert!(result == right, "{what}: {who} and {first} don't agree");
    }
}
