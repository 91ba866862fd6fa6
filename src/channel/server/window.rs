//! Which moments a response may have been made at, and what was accepted before.
//! VER-13 to VER-18, OPR-4, OPR-5.

use std::collections::BTreeSet;

use crate::bytes::Reader;
use crate::crypto::response::Moment;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{BLB_7, VER_18, VER_20};
use crate::wire::data::Data;
use crate::wire::message_vector::Windows;
use crate::wire::static_vector::Factor;

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

    /// How many steps each side of now are looked at, together, for what a response is over (VER-15).
    pub(super) fn window(self, windows: &Windows) -> u16 {
        match self {
            Over::Otp => fault::bent("identification-window", windows.identification, windows.signature),
            Over::Fields | Over::Message => windows.signature,
        }
    }
}

/// What the server remembers of an application of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ApplicationState {
    used: bool,
    shift: i64,
    last_step: u64,
    /// The first step for the next OTP (VER-17).
    next_otp_step: u64,
    pub(super) next_event: u64,
    /// Hashes of the fields that were signed at the last step (VER-18), at most [`MAX_SIGNED`] (VER-20).
    signed: BTreeSet<[u8; 8]>,
    pub(super) is_out_of_sync: bool,
}

/// VER-20: signatures over fields at one step, as many as a BLOB has room for.
pub(super) const MAX_SIGNED: usize = 12;

const USED: u8 = 1;
const OUT_OF_SYNC: u8 = 2;
/// The highest step and event of a BLOB.
const MAX_COUNT: u64 = (1 << 53) - 1;
/// How far a shift of a BLOB may be from 0.
const MAX_SHIFT: u64 = 1 << 40;

/// The part of an application's BLOB (SPEC section 22) behind its key.
///
/// ```text
/// i64 shift || u64 last accepted step || u64 next OTP step || u64 next event || u8 n || n × hash (8)
/// ```
impl ApplicationState {
    /// The flags, which stand before the key.
    pub(super) fn flags(&self) -> u8 {
        (u8::from(self.used) * USED) | (u8::from(self.is_out_of_sync) * OUT_OF_SYNC)
    }

    /// What stands behind the key.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.shift.to_be_bytes());
        for number in [self.last_step, self.next_otp_step, self.next_event] {
            out.extend(number.to_be_bytes());
        }
        out.push(u8::try_from(self.signed.len()).unwrap_or(u8::MAX));
        out.extend(self.signed.iter().flatten());
    }

    /// From both; nothing may be left. BLB-7.
    pub(super) fn decode(flags: u8, factor: Factor, reader: &mut Reader<'_>) -> Result<Self, Refusal> {
        let state = Self::read(flags, factor, reader)?;
        ensure(reader.left() == 0, BLB_7, Found::Offset(reader.offset()))?;
        Ok(state)
    }

    /// From both; more may follow. BLB-7.
    pub(super) fn read(flags: u8, factor: Factor, reader: &mut Reader<'_>) -> Result<Self, Refusal> {
        ensure(flags & !(USED | OUT_OF_SYNC) == 0, BLB_7, Found::Number(flags.into()))?;
        let shift = i64::from_be_bytes(reader.array(BLB_7)?);
        ensure(shift.unsigned_abs() <= MAX_SHIFT, BLB_7, Found::Number(shift.unsigned_abs()))?;
        let mut number = || {
            let number = u64::from_be_bytes(reader.array(BLB_7)?);
            ensure(number <= MAX_COUNT, BLB_7, Found::Number(number))?;
            Ok(number)
        };
        let (last_step, next_otp_step, next_event) = (number()?, number()?, number()?);
        let count = reader.u8(BLB_7)?;
        ensure(usize::from(count) <= MAX_SIGNED, BLB_7, Found::Number(count.into()))?;
        let mut signed = BTreeSet::new();
        for _ in 0..count {
            let hash = reader.array(BLB_7)?;
            if signed.last().is_some_and(|last| *last >= hash) {
                return refuse(BLB_7, Found::Offset(reader.offset()));
            }
            signed.insert(hash);
        }
        let (used, is_out_of_sync) = (flags & USED != 0, flags & OUT_OF_SYNC != 0);
        let used = fault::bent("blob-is-used", used, true);
        let state = Self { used, shift, last_step, next_otp_step, next_event, signed, is_out_of_sync };
        ensure(state.is_of(factor), BLB_7, Found::Nothing)?;
        Ok(state)
    }

    /// Whether what such an application does not use is 0.
    fn is_of(&self, factor: Factor) -> bool {
        let without_event = !self.is_out_of_sync && self.next_event == 0;
        let without_time = self.shift == 0 && self.last_step == 0;
        let without_time_alone = self.next_otp_step == 0 && self.signed.is_empty();
        match factor {
            Factor::Time(_) => without_event,
            Factor::Event => without_time && without_time_alone,
            Factor::TimeAndEvent(_) => without_time_alone,
        }
    }
}

/// VER-16: the most steps searched on each side at first use.
const MAX_FIRST_REACH: u16 = 300;

/// VER-15, VER-16: steps searched on each side.
pub(super) fn reach(factor: Factor, state: &ApplicationState, over: Over, windows: &Windows) -> u16 {
    let usual = over.window(windows) / 2;
    match factor.step_s() {
        Some(step_s) if !fault::bent("first-use", state.used, true) => first_reach(usual, step_s, windows),
        _ => usual,
    }
}

/// VER-16: steps searched on each side at first use, where it is `usual` later.
pub(super) fn first_reach(usual: u16, step_s: u16, windows: &Windows) -> u16 {
    let most = fault::bent("first-use-unbounded", MAX_FIRST_REACH, u16::MAX);
    usual.max((windows.first_use_s / step_s.max(1)).min(most))
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
) -> impl Iterator<Item = Moment> + Clone + use<> {
    let steps = steps(factor, state, over, now, reach(factor, state, over, windows));
    let events = match factor.has_event() {
        false => 0..=0,
        true => state.next_event..=state.next_event.saturating_add(u64::from(windows.look_ahead)),
    };
    steps.into_iter().flat_map(move |step| events.clone().map(move |event| Moment { step, event }))
}

/// VER-18, VER-20: whether fields of this hash may be signed at this step.
pub(super) fn ensure_unsigned(
    factor: Factor,
    state: &ApplicationState,
    moment: Moment,
    fields: [u8; 8],
) -> Result<(), Refusal> {
    if !matches!(factor, Factor::Time(_)) || moment.step != state.last_step {
        return Ok(());
    }
    ensure(!state.signed.contains(&fields), VER_18, Found::Nothing)?;
    ensure(state.signed.len() < MAX_SIGNED, VER_20, Found::Count(state.signed.len(), "signature"))
}

/// VER-14, but for VER-18.
pub(super) fn accept(factor: Factor, state: &mut ApplicationState, over: Over, now: u32, moment: Moment) {
    state.used = true;
    state.is_out_of_sync = false;
    if let Some(step_s) = factor.step_s() {
        let step = i64::try_from(moment.step).unwrap_or(i64::MAX);
        state.shift = step.saturating_sub(clock_step(now, step_s));
        if moment.step != state.last_step {
            state.last_step = moment.step;
            state.signed.clear();
        }
    }
    if over == Over::Otp && matches!(factor, Factor::Time(_)) {
        state.next_otp_step = fault::bent("otp-step", moment.step.saturating_add(1), 0);
    }
    if factor.has_event() {
        state.next_event = moment.event.saturating_add(1);
    }
}

/// VER-18 for the next time: after [`accept`].
pub(super) fn remember_signed(factor: Factor, state: &mut ApplicationState, fields: [u8; 8]) {
    if matches!(factor, Factor::Time(_)) {
        state.signed.insert(fields);
    }
}

/// Moves a time application past what a restored backup may have forgotten, and puts an event application out of sync
/// (OPR-4, OPR-5).
pub(super) fn restore(factor: Factor, state: &mut ApplicationState, now: u32) {
    if let Some(step_s) = factor.step_s() {
        let next = u64::try_from(clock_step(now, step_s) + state.shift + 1).unwrap_or(0);
        if fault::bent("restored-step", next > state.last_step, false) {
            state.last_step = next;
            state.signed.clear();
        }
    }
    state.is_out_of_sync |= factor.has_event();
}

/// BLB-14: what is known of an application from two courses of events: the row's, and that of a BLOB. Forward only.
pub(super) fn join(
    factor: Factor,
    row: &ApplicationState,
    brought: ApplicationState,
    now: u32,
) -> ApplicationState {
    let later = |of_row: u64, of_blob: u64| fault::bent("blob-goes-back", of_row.max(of_blob), of_blob);
    let signed = if brought.last_step >= row.last_step { brought.signed } else { row.signed.clone() };
    let mut state = ApplicationState {
        used: row.used || brought.used,
        shift: brought.shift,
        last_step: later(row.last_step, brought.last_step),
        next_otp_step: later(row.next_otp_step, brought.next_otp_step),
        next_event: later(row.next_event, brought.next_event),
        signed,
        is_out_of_sync: brought.is_out_of_sync,
    };
    if fault::bent("blob-is-trusted", true, false) {
        restore(factor, &mut state, now);
    }
    state
}

fn clock_step(now: u32, step_s: u16) -> i64 {
    i64::from(now) / i64::from(step_s.max(1))
}

#[cfg(test)]
mod tests {
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
}
