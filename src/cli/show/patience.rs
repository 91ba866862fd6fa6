//! When a peer that breaks again and again is given up.

use std::sync::atomic::{AtomicU32, Ordering};

use harness::suite::Verdict;

/// So many hangs, or so many crashes, in a row use it up, and fewer of both: a hang costs a run the whole of `--timeout`, a
/// crash the start of a process.
pub(in crate::cli) struct Patience {
    hangs: u32,
    crashes: u32,
    /// What those since the last answer cost.
    spent: AtomicU32,
}

impl Patience {
    pub(in crate::cli) fn new(hangs: u32, crashes: u32) -> Self {
        Self { hangs, crashes, spent: AtomicU32::new(0) }
    }

    /// Whether this is once too often. A known failure says nothing either way.
    pub(in crate::cli) fn ends_with(&self, verdict: Verdict) -> bool {
        let price = match verdict {
            Verdict::Hang => self.crashes,
            Verdict::Crash => self.hangs,
            Verdict::Xfail => return false,
            _ => {
                self.spent.store(0, Ordering::Relaxed);
                return false;
            }
        };
        let spent = self.spent.fetch_add(price, Ordering::Relaxed).saturating_add(price);
        spent >= self.hangs.saturating_mul(self.crashes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_so_many_in_a_row_or_fewer_of_both_and_an_answer_renews_it() {
        let after = |verdicts: &[Verdict]| {
            let patience = Patience::new(2, 4);
            verdicts.iter().position(|verdict| patience.ends_with(*verdict))
        };
        let [hang, crash, known, pass] = [Verdict::Hang, Verdict::Crash, Verdict::Xfail, Verdict::Pass];
        assert_eq!(after(&[hang; 9]), Some(1));
        assert_eq!(after(&[crash; 9]), Some(3));
        assert_eq!(after(&[crash, crash, known, hang]), Some(3));
        assert_eq!(after(&[hang, pass, crash, crash, pass, hang, crash]), None);
    }
}
