//! A license: what it accepts. SPEC.md section 15, the operator's actions included, and the server's part of
//! unlocking a client.

use super::super::slow::crypto::{self, ApplicationKey};
use super::super::slow::data::{self, Data};
use super::super::slow::license::fields_hash;
use super::super::slow::vector::Application;
use super::super::slow::{self, Verdict, must};
use super::super::world::{AGE_LIMIT_S, SALT, SIGNATURE_TRIES};
use super::server::{Instance, Moments, Server, State};

/// What a response is over.
#[derive(Clone, Copy, PartialEq)]
enum Over {
    /// Response-only or challenge.
    Otp,
    Fields,
    Message,
}

impl Over {
    fn of(data: &Data) -> Self {
        if matches!(data, Data::Fields(_)) { Over::Fields } else { Over::Otp }
    }
}

impl Server {
    /// VER-3, VER-4 for all but confirmations.
    pub fn confirmed(&self, sequence: u8) -> Verdict<&Instance> {
        let instance = self.instances.get(&sequence).ok_or("VER-3")?;
        must(instance.state == State::Confirmed, "VER-4")?;
        Ok(instance)
    }

    /// KEY-8; of an instance that doesn't exist, something.
    pub fn key(&self, sequence: u8, index: u8) -> ApplicationKey {
        let instance = self.instances.get(&sequence);
        let (device, salt) = instance.map_or(([0; 6], SALT), |it| (it.device, it.salt));
        let serial = self.kind.serial_bytes();
        ApplicationKey::new(&crypto::application_key(
            &self.license_key,
            serial,
            sequence,
            index,
            device,
            &salt,
        ))
    }

    /// What an instance answers at a moment, the factors that take no part left out (SIG-4).
    pub fn answer(
        &self,
        sequence: u8,
        application: &Application,
        mode: u8,
        (now, event): (u32, u64),
        fields: &[&[u8]],
    ) -> String {
        let event = if application.has_events() { event } else { 0 };
        let moment = (application.step_at(now).unwrap_or(0), event);
        crypto::response(&self.key(sequence, application.index()), application, mode, moment, fields)
    }

    /// VER-1 to VER-14 for a message.
    pub fn verify_message_signature(
        &mut self,
        sequence: u8,
        message: &str,
        typed: &str,
        now: u32,
    ) -> Verdict<()> {
        let bytes = slow::hex(message)?;
        let frame = slow::frame(&bytes, true)?;
        must(frame.serial == self.kind.serial, "VER-1")?;
        must([1, 3].contains(&frame.kind), "VER-2")?;
        let instance = self.instances.get(&sequence).ok_or("VER-3")?;
        let is_request = frame.kind == 3;
        if is_request {
            must(instance.state == State::Confirmed, "VER-4")?;
        } else {
            let is_free = self.confirmed_on(&instance.device[1..]).next().is_none();
            must(instance.state == State::Unconfirmed && (instance.replaces || is_free), "VER-4")?;
        }
        must(instance.failures < SIGNATURE_TRIES, "VER-5")?;
        must(i64::from(now) <= i64::from(frame.time()) + i64::from(AGE_LIMIT_S), "VER-6")?;
        let mut index = self.kind.post_activation;
        if is_request {
            let issued = self.issued.get(&frame.counter()).filter(|(issued, ..)| **issued == bytes);
            let (_, application) = issued.ok_or("VER-7")?;
            index = *application;
            must(!self.accepted.contains(&frame.counter()), "VER-8")?;
        } else {
            must(*instance.am2 == bytes, "VER-7")?;
        }
        let application = self.vector.application(index).unwrap();
        self.accept(sequence, application, crypto::MESSAGE, Over::Message, &[&bytes], typed, now)?;
        if is_request {
            self.accepted.insert(frame.counter());
        } else {
            self.confirm(sequence);
        }
        Ok(())
    }

    /// Refuses for an instance that is unknown, ended or locked (VER-3 to VER-5).
    pub fn must_be_unlocked(&self, sequence: u8) -> Verdict<()> {
        must(self.confirmed(sequence)?.failures < SIGNATURE_TRIES, "VER-5")
    }

    /// LGN-16: whether the one that retrieved the details signed them.
    pub fn verify_login(
        &mut self,
        retriever: u8,
        index: u8,
        details: &[u8],
        typed: &str,
        now: u32,
    ) -> Verdict<()> {
        self.must_be_unlocked(retriever)?;
        let (application, frame) =
            (self.vector.application(index).unwrap(), slow::frame(details, true).unwrap());
        must(i64::from(now) - i64::from(frame.time()) <= i64::from(AGE_LIMIT_S), "VER-6")?;
        self.accept(retriever, application, application.mode(), Over::Message, &[details], typed, now)
    }

    /// VER-14 for AM2.
    fn confirm(&mut self, sequence: u8) {
        let instance = self.instances.get_mut(&sequence).unwrap();
        instance.state = State::Confirmed;
        let (id, replaces) = (instance.device[1..].to_vec(), instance.replaces);
        if self.verified.as_ref().is_some_and(|verified| verified.device[1..] == id) {
            self.verified = None;
        }
        let others: Vec<u8> = self.confirmed_on(&id).filter(|other| *other != sequence).collect();
        assert!(replaces || others.is_empty(), "VER-4");
        for other in others {
            self.instances.get_mut(&other).unwrap().state = State::Deactivated;
        }
        for of_this_id in self.instances.values_mut().filter(|it| it.device[1..] == id) {
            of_this_id.replaces = false;
        }
    }

    /// VER-3 to VER-20 for a response without a message.
    pub fn verify_response(
        &mut self,
        sequence: u8,
        index: u8,
        data: &Data,
        typed: &str,
        now: u32,
    ) -> Verdict<()> {
        must(self.confirmed(sequence)?.failures < SIGNATURE_TRIES, "VER-5")?;
        let application = data.application(self.vector, index)?;
        data.must_fit(application)?;
        self.accept(sequence, application, data.mode(), Over::of(data), &data.fields(), typed, now)
    }

    /// VER-19, VER-10 to VER-13; nothing is counted.
    #[allow(clippy::too_many_arguments)] // what section 15 names
    fn moment(
        &self,
        sequence: u8,
        application: &Application,
        mode: u8,
        over: Over,
        fields: &[&[u8]],
        typed: &str,
        now: u32,
    ) -> Verdict<(i128, u64)> {
        let moments = self.moments(sequence, application.index());
        must(!moments.out_of_sync, "VER-19")?;
        let typed = data::response(application, typed)?;
        let mut reach = self.reach(over);
        if !moments.used && application.has_time() {
            reach = reach.max(i128::from(self.kind.windows.first_use_s / application.step).min(300));
        }
        let ahead = u64::from(self.kind.windows.look_ahead);
        let events = if application.has_events() { moments.next_event + ahead } else { moments.next_event };
        let key = self.key(sequence, application.index());
        let fits = |(step, event): &(i128, u64)| {
            let moment = (u64::try_from(*step).unwrap(), *event);
            crypto::response(&key, application, mode, moment, fields) == typed
        };
        let steps = steps(application, &moments, over, now, reach);
        let mut candidates =
            steps.iter().flat_map(|step| (moments.next_event..=events).map(move |event| (*step, event)));
        candidates.find(fits).ok_or("VER-12")
    }

    /// Looks for the time and event of a response, and takes note of them (VER-19, VER-10 to VER-18, VER-20).
    #[allow(clippy::too_many_arguments)] // what section 15 names
    fn accept(
        &mut self,
        sequence: u8,
        application: &Application,
        mode: u8,
        over: Over,
        fields: &[&[u8]],
        typed: &str,
        now: u32,
    ) -> Verdict<()> {
        let found = self.moment(sequence, application, mode, over, fields, typed, now);
        if found == Err("VER-12") {
            self.instances.get_mut(&sequence).unwrap().failures += 1;
        }
        let (moment, moments) = (found?, self.moments(sequence, application.index()));
        let remembers = over == Over::Fields && !application.has_events();
        let signed = (moment.0, fields_hash(fields));
        if remembers {
            must(!moments.signed.contains(&signed), "VER-18")?;
            must(moments.signed.iter().filter(|(step, _)| *step == moment.0).count() < 12, "VER-20")?;
        }
        self.accepted_at(sequence, application, over, now, moment);
        if remembers {
            self.moments_mut(sequence, application.index()).signed.insert(signed);
        }
        Ok(())
    }

    /// How many steps each side of now are looked at (VER-15).
    fn reach(&self, over: Over) -> i128 {
        let windows = self.kind.windows;
        i128::from(if over == Over::Otp { windows.identification / 2 } else { windows.signature / 2 })
    }

    fn moments(&self, sequence: u8, index: u8) -> Moments {
        self.instances[&sequence].moments.get(&index).cloned().unwrap_or_default()
    }

    fn moments_mut(&mut self, sequence: u8, index: u8) -> &mut Moments {
        self.instances.get_mut(&sequence).unwrap().moments.entry(index).or_default()
    }

    /// Takes note of what was accepted (VER-14).
    fn accepted_at(
        &mut self,
        sequence: u8,
        application: &Application,
        over: Over,
        now: u32,
        (step, event): (i128, u64),
    ) {
        self.instances.get_mut(&sequence).unwrap().failures = 0;
        let moments = self.moments_mut(sequence, application.index());
        moments.used = true;
        if let Some(clock) = application.step_at(now) {
            moments.shift = step - i128::from(clock);
            moments.last_step = step;
            if over == Over::Otp && !application.has_events() {
                moments.last_otp = Some(step);
            }
        }
        if application.has_events() {
            moments.next_event = event + 1;
        }
    }

    /// Finds the event counter again by two responses in a row (OPR-6, OPR-7).
    pub fn resynchronise(
        &mut self,
        sequence: u8,
        index: u8,
        attempts: [(&Data, &str); 2],
        now: u32,
    ) -> Verdict<()> {
        must(self.confirmed(sequence)?.failures < SIGNATURE_TRIES, "VER-5")?;
        let mut application = None;
        for (data, _) in attempts {
            application = Some(data.application(self.vector, index)?);
        }
        let application = application.unwrap();
        must(application.has_events(), "OPR-7")?;
        for (data, _) in attempts {
            data.must_fit(application)?;
        }
        let mut typed = vec![];
        for (_, text) in attempts {
            typed.push(data::response(application, text)?);
        }
        let moments = self.moments(sequence, index);
        let key = self.key(sequence, index);
        let candidates = attempts
            .map(|(data, _)| steps(application, &moments, Over::of(data), now, self.reach(Over::of(data))));
        let step_of = |which: usize, event: u64| {
            let (data, steps) = (attempts[which].0, &candidates[which]);
            steps.iter().copied().find(|step| {
                let moment = (u64::try_from(*step).unwrap(), event);
                crypto::response(&key, application, data.mode(), moment, &data.fields()) == typed[which]
            })
        };
        let first = moments.next_event;
        let found = (first..=first + 200)
            .filter(|i| step_of(0, *i).is_some())
            .find_map(|i| step_of(1, i + 1).map(|step| (step, i + 1)));
        let Some(moment) = found else {
            self.instances.get_mut(&sequence).unwrap().failures += 1;
            return Err("VER-12");
        };
        self.accepted_at(sequence, application, Over::of(attempts[1].0), now, moment);
        self.moments_mut(sequence, index).out_of_sync = false;
        Ok(())
    }

    /// Goes on after a backup was restored (OPR-2 to OPR-5).
    pub fn restored(&mut self, highest_sequence: u8, now: u32) {
        self.last_counter = u32::try_from(u64::from(self.last_counter) + 1_048_576).unwrap_or(u32::MAX);
        self.last_time = now;
        self.am1_time = Some(self.am1_time.map_or(now, |latest| latest.max(now)));
        self.am1 = None;
        self.verified = None;
        self.issued.clear();
        self.highest_sequence = self.highest_sequence.max(highest_sequence);
        for instance in self.instances.values_mut() {
            for application in &self.vector.applications {
                let moments = instance.moments.entry(application.index()).or_default();
                moments.restored(application, now);
            }
        }
    }

    /// Begins an instance's count of wrong signatures anew (OPR-1).
    pub fn unlock_instance(&mut self, sequence: u8) -> Verdict<()> {
        self.instances.get_mut(&sequence).ok_or("VER-3")?.failures = 0;
        Ok(())
    }

    /// VER-3, VER-4, UNL-3, UNL-5; UNL-4.
    pub fn generate_unlock_response(&self, sequence: u8, challenge: &str) -> Verdict<String> {
        self.confirmed(sequence)?;
        let application = self.vector.unlock_application().ok_or("UNL-3")?;
        data::unlock_challenge(challenge)?;
        let key = self.key(sequence, application.index());
        Ok(crypto::response(&key, application, 5, (0, 0), &[challenge.as_bytes()]))
    }
}

/// VER-13: the candidates for the step, nearest first, the earlier of two.
fn steps(application: &Application, moments: &Moments, over: Over, now: u32, reach: i128) -> Vec<i128> {
    let Some(clock) = application.step_at(now) else { return vec![0] };
    let centre = i128::from(clock) + moments.shift;
    let least = moments.last_step.max(0);
    let mut steps: Vec<i128> = (centre - reach..=centre + reach).filter(|step| *step >= least).collect();
    if over == Over::Otp && !application.has_events() {
        steps.retain(|step| moments.last_otp.is_none_or(|last| *step > last));
    }
    steps.sort_by_key(|step| ((step - centre).abs(), *step));
    steps
}
