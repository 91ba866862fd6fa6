//! Waiting for what no system call waits for.

use std::thread;
use std::time::{Duration, Instant};

/// Asks again and again, more and more rarely, until there is something or `time` is over.
pub(super) fn patiently<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begin = Instant::now();
    let mut pause = Duration::from_micros(50);
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        let left = time.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return None;
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}
