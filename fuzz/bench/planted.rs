//! Which planted bugs are switched on, and when each was first reached and triggered. The bench puts this file into its
//! copy of the reference, and nowhere else.

use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// More than there are.
const MOST: usize = 256;

static SWITCHED_ON: OnceLock<[bool; MOST]> = OnceLock::new();
static REACHED: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];
static TRIGGERED: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];

/// Whether this bug is switched on: its number stands in `PLANTED_BUGS`, with commas between them.
fn is_on(bug: usize) -> bool {
    let numbers = || {
        let text = std::env::var("PLANTED_BUGS").unwrap_or_default();
        let numbers: Vec<usize> = text.split(',').filter_map(|number| number.parse().ok()).collect();
        std::array::from_fn(|number| numbers.contains(&number))
    };
    SWITCHED_ON.get_or_init(numbers).get(bug).copied().unwrap_or(false)
}

/// The wrong line runs.
pub fn reached(bug: usize) {
    first(bug, &REACHED, "reached");
}

/// It does something else than the right one would have done.
pub fn triggered(bug: usize) {
    first(bug, &TRIGGERED, "triggered");
}

/// Whether the wrong thing is done: where the bug is on, and it makes a difference.
pub fn slips(bug: usize, makes_a_difference: bool) -> bool {
    reached(bug);
    let slips = makes_a_difference && is_on(bug);
    if slips {
        triggered(bug);
    }
    slips
}

/// What is right, or what is wrong.
pub fn bent<T: PartialEq>(bug: usize, right: T, wrong: T) -> T {
    if slips(bug, right != wrong) { wrong } else { right }
}

/// Milliseconds that this process has had of a processor; where the system doesn't say, those since its first canary.
fn now() -> u64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses: state, … ; the twelfth and thirteenth are ticks of 10 ms.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_ascii_whitespace();
    let ticks: Vec<u64> = fields.skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    match ticks.as_slice() {
        [user, system] => 10 * (user + system),
        _ => u64::try_from(BEGUN.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

/// The first time, a line into the file that `PLANTED_CANARY` names: what happened, to which bug, and when.
fn first(bug: usize, known: &[AtomicBool; MOST], what: &str) {
    let is_known = || known.get(bug).is_none_or(|known| known.swap(true, Ordering::Relaxed));
    if !is_on(bug) || is_known() {
        return;
    }
    let now = now();
    let Some(path) = std::env::var_os("PLANTED_CANARY") else { return };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let _ = file.and_then(|mut file| file.write_all(format!("{what} {bug} {now}\n").as_bytes()));
}
