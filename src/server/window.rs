//! Which moments a signature may have been made at, and which requests were accepted. VER-8, VER-9, VER-13.

use super::ApplicationState;
use crate::crypto::response::Moment;
use crate::wire::static_vector::Factor;

/// The requests of a license that were accepted: the highest counter, and a bit for each of the 64 up to it.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub(super) struct Accepted {
    highest: u32,
    /// Bit i: counter `highest - i` was accepted.
    bits: u64,
}

impl Accepted {
    /// VER-8.
    pub(super) fn contains(&self, counter: u32) -> bool {
        self.highest.checked_sub(counter).and_then(|age| self.bits.checked_shr(age)).unwrap_or(0) & 1 == 1
    }

    /// VER-9.
    pub(super) fn is_too_old(&self, counter: u32) -> bool {
        self.highest.saturating_sub(counter) >= u64::BITS
    }

    /// Remembers a counter that is not too old.
    pub(super) fn insert(&mut self, counter: u32) {
        if let Some(ahead) = counter.checked_sub(self.highest) {
            self.bits = self.bits.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = counter;
        } else {
            self.bits |= 1u64.checked_shl(self.highest - counter).unwrap_or(0);
        }
    }
}

/// VER-13: the candidates in their order, those below 0 or below the last accepted step left out.
pub(super) fn candidates(
    factor: Factor,
    state: ApplicationState,
    now: u32,
    window: u16,
    look_ahead: u16,
) -> impl Iterator<Item = Moment> {
    let half = i64::from(window / 2);
    let steps: Vec<u64> = match factor.step_s() {
        None => vec![0],
        Some(step_s) => {
            let centre = clock_step(now, step_s) + state.shift;
            let away = (1..=half).flat_map(|distance| [-distance, distance]);
            std::iter::once(0)
                .chain(away)
                .filter_map(|offset| u64::try_from(centre + offset).ok())
                .filter(|step| *step >= state.last_step)
                .collect()
        }
    };
    let events = match factor.has_event() {
        false => 0..=0,
        true => state.next_event..=state.next_event.saturating_add(u64::from(look_ahead)),
    };
    steps.into_iter().flat_map(move |step| events.clone().map(move |event| Moment { step, event }))
}

/// VER-14.
pub(super) fn accept(factor: Factor, state: &mut ApplicationState, now: u32, moment: Moment) {
    if let Some(step_s) = factor.step_s() {
        let step = i64::try_from(moment.step).unwrap_or(i64::MAX);
        state.shift = step.saturating_sub(clock_step(now, step_s));
        state.last_step = moment.step;
    }
    if factor.has_event() {
        state.next_event = moment.event.saturating_add(1);
    }
}

fn clock_step(now: u32, step_s: u16) -> i64 {
    i64::from(now) / i64::from(step_s.max(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ver_13_the_order_spelled_out() {
        let state = ApplicationState { shift: 2, last_step: 9, next_event: 4 };
        let steps = |factor| -> Vec<_> {
            candidates(factor, state, 100, 6, 1).map(|moment| (moment.step, moment.event)).collect()
        };
        assert_eq!(steps(Factor::Time(10)), [(12, 0), (11, 0), (13, 0), (10, 0), (14, 0), (9, 0), (15, 0)]);
        assert_eq!(steps(Factor::Event), [(0, 4), (0, 5)]);
        assert_eq!(steps(Factor::TimeAndEvent(10))[..3], [(12, 4), (12, 5), (11, 4)]);
        let early = candidates(Factor::Time(10), ApplicationState::default(), 5, 6, 0);
        assert_eq!(early.map(|moment| moment.step).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    proptest! {
        /// VER-8 and VER-9 against a set that remembers everything.
        #[test]
        fn ver_8_ver_9_against_a_plain_set(counters in prop::collection::vec(1u32..300, 1..200)) {
            let (mut accepted, mut all) = (Accepted::default(), BTreeSet::new());
            for counter in counters {
                let highest = all.last().copied().unwrap_or(0u32);
                prop_assert_eq!(accepted.is_too_old(counter), counter + 64 <= highest);
                if accepted.is_too_old(counter) {
                    continue;
                }
                prop_assert_eq!(accepted.contains(counter), all.contains(&counter));
                accepted.insert(counter);
                all.insert(counter);
            }
        }
    }
}
