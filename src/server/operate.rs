//! What an operator does: after a backup was restored, and with an event counter that ran away.
//! SPEC section 15, the operator's actions.

use super::window::{self, Over};
use super::{Instance, License};
use crate::crypto::answer::{Answers, Subject};
use crate::crypto::response::Moment;
use crate::error::{Found, Refusal, ensure, fault, refuse};
use crate::rule::{OPR_7, VER_12};
use crate::serial::Sequence;
use crate::wire::data::Data;
use crate::wire::frame::Nonce;
use crate::wire::static_vector::ApplicationRules;

/// OPR-2: how far the message counter moves, past all that may have been issued since the backup.
const COUNTER_GAP: u32 = 1 << 20;
/// OPR-6: how far a client's event counter may be ahead.
const RESYNC_LOOK_AHEAD: u64 = 200;

/// One of the two responses that resynchronise an application.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// What it is over.
    pub data: Data,
    /// As typed.
    pub response: &'a str,
}

impl License {
    /// To be run after a backup was restored: nothing that may have happened since happens again.
    /// OPR-2 to OPR-5. `highest_sequence` may have been issued.
    pub fn restored(&mut self, highest_sequence: u8, now: u32) {
        let gap = fault::bent("restored-counter", COUNTER_GAP, 0);
        self.last = Nonce { time: now, counter: self.last.counter.saturating_add(gap) };
        self.activation = None;
        self.verified = None;
        if fault::bent("restored-requests", true, false) {
            self.issued.clear();
        }
        self.last_sequence = self.last_sequence.max(highest_sequence);
        for instance in self.instances.values_mut() {
            for rules in &self.vector.applications {
                let index = rules.form.index;
                let mut state = instance.applications.remove(&index).unwrap_or_default();
                window::restore(rules.factor, &mut state, now);
                instance.keep(index, state);
            }
        }
    }

    /// Finds the event counter of an application again, by two consecutive responses (OPR-6).
    ///
    /// Refuses, in this order: VER-3 to VER-5, OTP-2 of both, OPR-7, OTP-3 or OTP-4 and ALG-8 of both, VER-10 and VER-11
    /// of each, VER-12 (which counts).
    pub fn resynchronise(
        &mut self,
        sequence: Sequence,
        application: u8,
        [first, second]: [Attempt<'_>; 2],
        now: u32,
    ) -> Result<(), Refusal> {
        let instance = self.confirmed(sequence)?;
        self.ensure_unlocked(instance)?;
        let rules = first.data.application(&self.vector, application)?;
        second.data.application(&self.vector, application)?;
        ensure(rules.factor.has_event(), OPR_7, Found::Number(u64::from(application)))?;
        first.data.ensure_fits(rules)?;
        second.data.ensure_fits(rules)?;
        let fields = [first.data.fields(), second.data.fields()];
        let [first, second] = [
            self.tracker((sequence, instance), rules, &first, &fields[0], now)?,
            self.tracker((sequence, instance), rules, &second, &fields[1], now)?,
        ];
        let next = instance.applications.get(&application).map_or(0, |state| state.next_event);
        let found = (next..=next + RESYNC_LOOK_AHEAD)
            .find_map(|event| first.at(event).and_then(|_| second.at(event + 1)));

        let factor = rules.factor;
        let Some(instance) = self.instances.get_mut(&sequence) else {
            return refuse(VER_12, Found::Nothing);
        };
        let Some(moment) = found else {
            instance.signature_failures.count();
            return refuse(VER_12, Found::Nothing);
        };
        let state = instance.applications.entry(application).or_default();
        window::accept(factor, state, second.over, now, moment);
        instance.signature_failures.clear();
        Ok(())
    }

    /// VER-10, VER-11; then what [`Tracker::at`] needs. `fields` are those of the attempt's data.
    fn tracker<'a>(
        &self,
        (sequence, instance): (Sequence, &Instance),
        rules: &ApplicationRules,
        attempt: &Attempt<'_>,
        fields: &'a [&'a [u8]],
        now: u32,
    ) -> Result<Tracker<'a>, Refusal> {
        let form = attempt.data.form(rules);
        let typed = form.read(attempt.response)?;
        let over = Over::of(&attempt.data);
        let state = instance.applications.get(&form.index).cloned().unwrap_or_default();
        let reach = over.window(&self.settings.message_vector.windows) / 2;
        let steps = window::steps(rules.factor, &state, over, now, reach);
        let answers = self.answers((sequence, instance), rules, form, Subject::Data(fields));
        Ok(Tracker { answers, over, steps, typed })
    }
}

/// One of the two responses, ready to be tried at any event.
struct Tracker<'a> {
    answers: Answers<'a>,
    over: Over,
    steps: Vec<u64>,
    typed: String,
}

impl Tracker<'_> {
    fn at(&self, event: u64) -> Option<Moment> {
        let moments = self.steps.iter().map(|step| Moment { step: *step, event });
        self.answers.find(moments, &self.typed)
    }
}
