//! Every seed and every regression of all targets. `tests/fuzz_replay.rs` does that and more; this is what mutation
//! testing runs, since it is built without the program (`.cargo/mutants.toml`).

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::TARGETS;

#[test]
fn what_the_targets_hold_holds_for_seeds_and_regressions() {
    let next = AtomicUsize::new(0);
    let ran = AtomicUsize::new(0);
    let work = || {
        while let Some(target) = TARGETS.get(next.fetch_add(1, Ordering::Relaxed)) {
            for input in (target.seeds)().into_iter().chain(regressions(target.name)) {
                (target.run)(&input);
                ran.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    assert!(ran.into_inner() > 400);
}

fn regressions(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions").join(target);
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}
