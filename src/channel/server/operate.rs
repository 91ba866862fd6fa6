//! What an operator does: after a backup was restored, and with an event counter that ran away.
//! SPEC section 15, the operator's actions.

use super::License;
use super::verify::Verifier;
use super::window::{self, Over};
use crate::crypto::answer::{Answers, Subject};
use crate::crypto::keys::{Application, Key};
use crate::crypto::response::Moment;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{OPR_7, VER_12};
use crate::serial::Sequence;
use crate::wire::data::Data;
use crate::wire::frame::Nonce;
use crate::wire::static_vector::{ApplicationRules, StaticVector};

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
        let latest = self.last_activation.map_or(now, |latest| latest.max(now));
        self.last_activation = fault::bent("restored-am1-time", Some(latest), self.last_activation);
        self.activation = None;
        self.verified = None;
        if fault::bent("restored-requests", true, false) {
            // With their marks (VER-8): what was accepted is unknown from here.
            self.issued.clear();
        }
        self.last_sequence = self.last_sequence.max(highest_sequence);
        for instance in self.instances.values_mut() {
            for rules in &self.vector.applications {
                let index = rules.form.index;
                let mut state = instance.applications.state(index);
                window::restore(rules.factor, &mut state, now);
                instance.applications.insert(index, state);
            }
        }
    }

    /// Finds the event counter of an application again, by two consecutive responses (OPR-6).
    ///
    /// Refuses, in this order: VER-3 to VER-5, OTP-2 of both, OPR-7, OTP-3 or OTP-4 of both, VER-10 and VER-11
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
        Attempt::application([&first, &second], &self.vector, application)?;
        let key = self.application_key(sequence, instance, application);
        match self.verifier(sequence, application) {
            Some(mut verifier) => verifier.resynchronise(&key, [first, second], now),
            None => refuse(VER_12, Found::Nothing),
        }
    }
}

impl Attempt<'_> {
    /// The application of both. OTP-2 of both, OPR-7, OTP-3 or OTP-4 and ALG-8 of each.
    pub(super) fn application<'a>(
        [first, second]: [&Self; 2],
        vector: &'a StaticVector,
        application: u8,
    ) -> Result<&'a ApplicationRules, Refusal> {
        let rules = first.data.application(vector, application)?;
        second.data.application(vector, application)?;
        ensure(rules.factor.has_event(), OPR_7, Found::Number(u64::from(application)))?;
        first.data.ensure_fits(rules)?;
        second.data.ensure_fits(rules)?;
        Ok(rules)
    }
}

impl Verifier<'_> {
    /// OPR-6: VER-10 and VER-11 of each, VER-12.
    pub(super) fn resynchronise(
        &mut self,
        key: &Key<Application>,
        [first, second]: [Attempt<'_>; 2],
        now: u32,
    ) -> Result<(), Refusal> {
        let fields = [first.data.fields(), second.data.fields()];
        let first = self.tracker(key, &first, &fields[0], now)?;
        let second = self.tracker(key, &second, &fields[1], now)?;
        let index = self.rules.form.index;
        let next = self.applications.get(index).map_or(0, |state| state.next_event);
        let found = (next..=next + RESYNC_LOOK_AHEAD)
            .find_map(|event| first.at(event).and_then(|_| second.at(event + 1)));
        let Some(moment) = found else {
            self.signature_failures.count();
            return refuse(VER_12, Found::Nothing);
        };
        let mut state = self.applications.state(index);
        window::accept(self.rules.factor, &mut state, second.over, now, moment);
        self.applications.insert(index, state);
        self.signature_failures.clear();
        Ok(())
    }

    /// VER-10, VER-11; then what [`Tracker::at`] needs.
    fn tracker<'a>(
        &self,
        key: &Key<Application>,
        attempt: &Attempt<'_>,
        fields: &'a [&'a [u8]],
        now: u32,
    ) -> Result<Tracker<'a>, Refusal> {
        let form = attempt.data.form(self.rules);
        let typed = form.read(attempt.response)?;
        let over = Over::of(&attempt.data);
        let state = self.applications.state(form.index);
        // OPR-6: the reach of VER-15 alone, at first use as well.
        let reach = match fault::bent("resynchronises-as-at-first-use", false, true) {
            false => over.window(self.windows) / 2,
            true => window::reach(self.rules.factor, &state, over, self.windows),
        };
        let steps = window::steps(self.rules.factor, &state, over, now, reach);
        let answers = Answers::new(key, form, &self.rules.algorithm, Subject::Data(fields));
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
