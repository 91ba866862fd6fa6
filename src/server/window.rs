//! Which moments a response may have been made at, what was accepted before, and which requests were.
//! VER-8, VER-9, VER-13 to VER-18, OPR-4, OPR-5.

use std::collections::BTreeSet;

use super::Windows;
use crate::crypto::response::Moment;
use crate::error::fault;
use crate::wire::data::Data;
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

/// What a response is over, as far as windows and replays care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Nothing, or a challenge.
    Otp,
    /// Data fields.
    Fields,
    /// A message.
    Message,
}

impl Over {
    pub(super) fn of(data: &Data) -> Self {
        match data {
            Data::ResponseOnly | Data::Challenge(_) => Over::Otp,
            Data::Fields(_) => Over::Fields,
        }
    }

    /// VER-15.
    pub(super) fn window(self, windows: &Windows) -> u16 {
        match self {
            Over::Otp => fault::bent("identification-window", windows.identification, windows.signature),
            Over::Fields | Over::Message => windows.signature,
        }
    }
}

/// What the server remembers of an application of an instance.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct ApplicationState {
    used: bool,
    shift: i64,
    last_step: u64,
    /// The first step for the next OTP (VER-17).
    next_otp_step: u64,
    pub(super) next_event: u64,
    /// Steps and hashes of fields that were signed, as far as the step may come again (VER-18).
    signed: BTreeSet<(u64, [u8; 32])>,
    pub(super) is_out_of_sync: bool,
}

/// VER-16: the most steps searched on each side at first use.
const MAX_FIRST_REACH: u16 = 300;

/// VER-15, VER-16: steps searched on each side.
pub(super) fn reach(factor: Factor, state: &ApplicationState, over: Over, windows: &Windows) -> u16 {
    let usual = over.window(windows) / 2;
    match factor.step_s() {
        Some(step_s) if !fault::bent("first-use", state.used, true) => {
            usual.max((windows.first_use_s / step_s.max(1)).min(MAX_FIRST_REACH))
        }
        _ => usual,
    }
}

/// VER-13: the candidates for the step, in their order.
pub(super) fn steps(factor: Factor, state: &ApplicationState, over: Over, now: u32, reach: u16) -> Vec<u64> {
    let Some(step_s) = factor.step_s() else { return vec![0] };
    let first = match (over, factor) {
        (Over::Otp, Factor::Time(_)) => state.last_step.max(state.next_otp_step),
        _ => state.last_step,
    };
    let centre = clock_step(now, step_s) + state.shift;
    let away = (1..=i64::from(reach)).flat_map(|distance| [-distance, distance]);
    std::iter::once(0)
        .chain(away)
        .filter_map(|offset| u64::try_from(centre + offset).ok())
        .filter(|step| *step >= first)
        .collect()
}

/// VER-13: the candidates in their order.
pub(super) fn candidates(
    factor: Factor,
    state: &ApplicationState,
    over: Over,
    now: u32,
    windows: &Windows,
) -> impl Iterator<Item = Moment> + use<> {
    let steps = steps(factor, state, over, now, reach(factor, state, over, windows));
    let events = match factor.has_event() {
        false => 0..=0,
        true => state.next_event..=state.next_event.saturating_add(u64::from(windows.look_ahead)),
    };
    steps.into_iter().flat_map(move |step| events.clone().map(move |event| Moment { step, event }))
}

/// VER-18: whether fields of this hash were signed at this step before.
pub(super) fn was_signed(factor: Factor, state: &ApplicationState, moment: Moment, fields: [u8; 32]) -> bool {
    matches!(factor, Factor::Time(_)) && state.signed.contains(&(moment.step, fields))
}

/// VER-14, but for VER-18.
pub(super) fn accept(factor: Factor, state: &mut ApplicationState, over: Over, now: u32, moment: Moment) {
    state.used = true;
    state.is_out_of_sync = false;
    if let Some(step_s) = factor.step_s() {
        let step = i64::try_from(moment.step).unwrap_or(i64::MAX);
        state.shift = step.saturating_sub(clock_step(now, step_s));
        state.last_step = moment.step;
        state.signed.retain(|(step, _)| *step >= moment.step);
    }
    if over == Over::Otp && matches!(factor, Factor::Time(_)) {
        state.next_otp_step = fault::bent("otp-step", moment.step.saturating_add(1), 0);
    }
    if factor.has_event() {
        state.next_event = moment.event.saturating_add(1);
    }
}

/// VER-18 for the next time.
pub(super) fn remember_signed(
    factor: Factor,
    state: &mut ApplicationState,
    moment: Moment,
    fields: [u8; 32],
) {
    if matches!(factor, Factor::Time(_)) {
        state.signed.insert((moment.step, fields));
    }
}

/// OPR-4, OPR-5.
pub(super) fn restore(factor: Factor, state: &mut ApplicationState, now: u32) {
    if let Some(step_s) = factor.step_s() {
        let next = u64::try_from(clock_step(now, step_s) + state.shift + 1).unwrap_or(0);
        state.last_step = fault::bent("restored-step", state.last_step.max(next), state.last_step);
    }
    state.is_out_of_sync |= factor.has_event();
}

fn clock_step(now: u32, step_s: u16) -> i64 {
    i64::from(now) / i64::from(step_s.max(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const WINDOWS: Windows = Windows { identification: 2, signature: 6, first_use_s: 45, look_ahead: 1 };

    fn moments(factor: Factor, state: &ApplicationState, over: Over, now: u32) -> Vec<(u64, u64)> {
        let all = candidates(factor, state, over, now, &WINDOWS);
        all.map(|moment| (moment.step, moment.event)).collect()
    }

    #[test]
    fn ver_13_ver_15_the_order_spelled_out() {
        let state =
            ApplicationState { used: true, shift: 2, last_step: 9, next_event: 4, ..Default::default() };
        let steps = |factor, over| moments(factor, &state, over, 100);
        assert_eq!(
            steps(Factor::Time(10), Over::Message),
            [(12, 0), (11, 0), (13, 0), (10, 0), (14, 0), (9, 0), (15, 0)]
        );
        assert_eq!(steps(Factor::Time(10), Over::Otp), [(12, 0), (11, 0), (13, 0)]);
        assert_eq!(steps(Factor::Event, Over::Otp), [(0, 4), (0, 5)]);
        assert_eq!(steps(Factor::TimeAndEvent(10), Over::Fields)[..3], [(12, 4), (12, 5), (11, 4)]);
        let early = ApplicationState { used: true, ..Default::default() };
        assert_eq!(moments(Factor::Time(10), &early, Over::Fields, 5), [(0, 0), (1, 0), (2, 0), (3, 0)]);
    }

    #[test]
    fn ver_16_first_use_reaches_further_never_less() {
        let state = ApplicationState::default();
        assert_eq!(reach(Factor::Time(10), &state, Over::Otp, &WINDOWS), 4);
        assert_eq!(reach(Factor::Time(20), &state, Over::Fields, &WINDOWS), 3);
        assert_eq!(reach(Factor::Event, &state, Over::Otp, &WINDOWS), 1);
        let far = Windows { first_use_s: 10_800, ..WINDOWS };
        assert_eq!(reach(Factor::Time(36), &state, Over::Otp, &far), 300);
        assert_eq!(reach(Factor::Time(1), &state, Over::Otp, &far), 300);
        let used = ApplicationState { used: true, ..state };
        assert_eq!(reach(Factor::Time(10), &used, Over::Otp, &far), 1);
    }

    #[test]
    fn ver_17_otps_strictly_above_signatures_not_below() {
        let factor = Factor::Time(10);
        let mut state = ApplicationState::default();
        accept(factor, &mut state, Over::Otp, 100, Moment { step: 10, event: 0 });
        assert_eq!(moments(factor, &state, Over::Otp, 100), [(11, 0)]);
        assert_eq!(moments(factor, &state, Over::Fields, 100), [(10, 0), (11, 0), (12, 0), (13, 0)]);
        accept(factor, &mut state, Over::Message, 120, Moment { step: 12, event: 0 });
        assert_eq!(moments(factor, &state, Over::Otp, 120), [(12, 0), (13, 0)]);
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
