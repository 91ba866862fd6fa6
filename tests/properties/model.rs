//! Both roles as SPEC.md has them, in sets that remember everything: no windows of bits, no pruning, no keys.
//! Nothing here knows `channel::server` or `channel::client`; a verdict is a value, or the id of what refuses.

use std::collections::{BTreeMap, BTreeSet};

use channel::crypto::kdf::Device;
use channel::wire::data::Data;
use channel::wire::frame::Nonce;
use channel::wire::static_vector::{ApplicationRules, Factor, StaticVector};

use crate::responses::{answers, are_fields, is_challenge};

pub const VALIDITY_DAYS: u16 = 7;
pub const AGE_LIMIT_S: u32 = 3600;
pub const THRESHOLD: u8 = 5;
pub const CODE_TRIES: u8 = 3;
pub const SIGNATURE_TRIES: u8 = 3;
pub const IDENTIFICATION: u16 = 20;
pub const SIGNATURE: u16 = 12;
pub const FIRST_USE_S: u16 = 1800;
pub const LOOK_AHEAD: u16 = 2;

pub type Verdict<T> = Result<T, &'static str>;

/// What a response is over.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Message(Vec<u8>),
    Data(Data),
}

impl What {
    fn is_otp(&self) -> bool {
        matches!(self, What::Data(Data::ResponseOnly | Data::Challenge(_)))
    }

    fn window(&self) -> u16 {
        if self.is_otp() { IDENTIFICATION } else { SIGNATURE }
    }
}

/// A response, and what it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub text: String,
    pub what: What,
    pub sequence: u8,
    /// Of the license: its key, and what its sequence numbers mean.
    pub import: u8,
    pub application: u8,
    pub step: i64,
    pub event: u64,
}

/// What is wrong with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bend {
    Not,
    Length,
    CheckDigit,
    Digit,
}

/// AM1 as issued.
#[derive(Clone)]
pub struct Am1 {
    pub bytes: Vec<u8>,
    pub import: u8,
    pub time: u32,
}

/// A device code, and what it answers.
#[derive(Clone)]
pub struct Code {
    pub text: String,
    pub device: Device,
    pub am1: Vec<u8>,
}

/// The verified device.
#[derive(Clone)]
pub struct Verified {
    pub device: Device,
    pub replaces: bool,
    pub instance: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Unconfirmed,
    Confirmed,
    Deactivated,
}

#[derive(Clone)]
pub struct Instance {
    pub am2: Vec<u8>,
    pub am1_time: u32,
    pub device: Device,
    pub replaces: bool,
    pub status: Status,
    pub failures: u8,
    usage: BTreeMap<u8, Usage>,
}

/// Everything that was accepted of an application of an instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    accepted: Vec<Made>,
    /// The client's clock step less the server's, when it was seen last.
    shift: i64,
    /// OPR-4: nothing below.
    floor: Option<i64>,
    is_out_of_sync: bool,
}

impl Usage {
    fn next_event(&self) -> u64 {
        self.accepted.iter().map(|made| made.event + 1).max().unwrap_or(0)
    }

    /// VER-16, where nothing was accepted yet; else VER-15.
    fn reach(&self, factor: Factor, what: &What) -> i64 {
        let usual = i64::from(what.window() / 2);
        match factor.step_s() {
            Some(step_s) if self.accepted.is_empty() => usual.max(i64::from(FIRST_USE_S / step_s).min(300)),
            _ => usual,
        }
    }

    /// VER-13, VER-17, as far as they concern the step. What decided is noted.
    fn may_be_step(
        &self,
        factor: Factor,
        made: &Made,
        now: u32,
        reach: i64,
        seen: &mut BTreeSet<&'static str>,
    ) -> bool {
        let Some(step_s) = factor.step_s() else { return true };
        let away = made.step - (clock(now, step_s) + self.shift);
        let last = self.accepted.iter().map(|made| made.step).chain(self.floor).max();
        let otps = self.accepted.iter().filter(|made| made.what.is_otp()).map(|made| made.step);
        let is_otp_again = made.what.is_otp()
            && matches!(factor, Factor::Time(_))
            && otps.max().is_some_and(|step| made.step <= step);
        let note = match () {
            () if away.abs() > reach => "outside the window",
            () if last.is_some_and(|last| made.step < last) => "below the last step",
            () if is_otp_again => "an OTP again",
            () if self.accepted.is_empty() && away.abs() > i64::from(made.what.window() / 2) => {
                seen.insert("a first use far away");
                return true;
            }
            () if away != 0 => {
                seen.insert("a step beside the clock's");
                return true;
            }
            () => return true,
        };
        seen.insert(note);
        false
    }
}

/// SIG-4.
pub fn clock(now: u32, step_s: u16) -> i64 {
    i64::from(now) / i64::from(step_s)
}

/// OTP-2, then OTP-3 or OTP-4.
pub fn is_answered(vector: &StaticVector, application: u8, data: &Data) -> Verdict<()> {
    applies(vector, application, data)?;
    fits(vector, application, data)
}

fn applies(vector: &StaticVector, application: u8, data: &Data) -> Verdict<()> {
    match vector.application(application) {
        Some(rules) if answers(rules, data) => Ok(()),
        _ => Err("OTP-2"),
    }
}

fn fits(vector: &StaticVector, application: u8, data: &Data) -> Verdict<()> {
    let Some(rules) = vector.application(application) else { return Err("OTP-2") };
    match data {
        Data::Challenge(challenge) if !is_challenge(challenge) => Err("OTP-3"),
        Data::Fields(fields) if !are_fields(fields, &rules.data_fields) => Err("OTP-4"),
        _ => Ok(()),
    }
}

/// A license.
#[derive(Clone)]
pub struct Server {
    pub vector: StaticVector,
    pub post_activation: u8,
    /// How often the license came from a file; each time with other keys.
    pub import: u8,
    /// Time and counter of the message issued last.
    pub last: Nonce,
    /// The lowest time of the next AM1.
    pub next_am1_time: u32,
    pub am1: Option<Am1>,
    pub verified: Option<Verified>,
    pub instances: BTreeMap<u8, Instance>,
    pub last_sequence: u8,
    pub issued: BTreeMap<u32, (Vec<u8>, u8)>,
    pub accepted: BTreeSet<u32>,
    pub code_failures: u8,
}

impl Server {
    fn rules(&self, application: u8) -> &ApplicationRules {
        self.vector.application(application).unwrap()
    }

    fn has_confirmed(&self, id: [u8; 5]) -> bool {
        self.instances.values().any(|it| it.status == Status::Confirmed && it.device.id == id)
    }

    /// NON-1, NON-2.
    pub fn next_nonce(&self, now: u32) -> Nonce {
        Nonce { time: now.max(self.last.time), counter: self.last.counter + 1 }
    }

    pub fn issue_am1(&mut self, am1: Am1, now: u32) {
        assert_eq!(am1.time, now.max(self.next_am1_time), "AM1-14");
        self.next_am1_time = am1.time + 1;
        self.am1 = Some(am1);
        self.verified = None;
        self.code_failures = 0;
    }

    pub fn verify_code(&mut self, code: &Code, bend: bool, replace: bool, now: u32) -> Verdict<Device> {
        let Some(am1) = &self.am1 else { return Err("DVC-8") };
        if u64::from(now) > u64::from(am1.time) + 86_400 * u64::from(VALIDITY_DAYS) {
            return Err("DVC-9");
        } else if self.code_failures >= CODE_TRIES {
            return Err("DVC-10");
        } else if bend || code.am1 != am1.bytes {
            self.code_failures += 1;
            return Err("DVC-11");
        } else if !replace && self.has_confirmed(code.device.id) {
            return Err("DVC-12");
        }
        self.code_failures = 0;
        let time = am1.time;
        for instance in self.instances.values_mut() {
            if instance.status == Status::Unconfirmed && instance.am1_time < time {
                instance.status = Status::Deactivated;
            }
        }
        let has_instance = |it: &Verified| it.device == code.device && it.instance.is_some();
        if !self.verified.as_ref().is_some_and(has_instance) {
            let device = code.device;
            self.verified = Some(Verified { device, replaces: replace, instance: None });
        }
        Ok(code.device)
    }

    /// The AM2 that is issued again, or the sequence number of a new one.
    pub fn issue_am2(&self) -> Verdict<Result<(u8, Vec<u8>), u8>> {
        match &self.verified {
            None => Err("AM2-2"),
            Some(Verified { instance: Some(sequence), .. }) => {
                Ok(Ok((*sequence, self.instances[sequence].am2.clone())))
            }
            Some(_) if self.last_sequence >= THRESHOLD => Err("AM2-4"),
            Some(_) => Ok(Err(self.last_sequence + 1)),
        }
    }

    /// The new instance.
    pub fn issued_am2(&mut self, sequence: u8, am2: Vec<u8>) -> Verified {
        let verified = self.verified.as_mut().unwrap();
        verified.instance = Some(sequence);
        let Verified { device, replaces, .. } = *verified;
        let (status, usage) = (Status::Unconfirmed, BTreeMap::new());
        let am1_time = self.am1.as_ref().unwrap().time;
        let instance = Instance { am2, am1_time, device, replaces, status, failures: 0, usage };
        assert!(self.instances.insert(sequence, instance).is_none(), "a sequence number twice");
        self.last_sequence = sequence;
        verified.clone()
    }

    pub fn deactivate(&mut self, sequence: u8) -> Verdict<()> {
        let Some(instance) = self.instances.get_mut(&sequence) else { return Err("DEA-3") };
        instance.status = Status::Deactivated;
        self.verified.take_if(|verified| verified.instance == Some(sequence));
        Ok(())
    }

    pub fn unlock_instance(&mut self, sequence: u8) -> Verdict<()> {
        let Some(instance) = self.instances.get_mut(&sequence) else { return Err("VER-3") };
        instance.failures = 0;
        Ok(())
    }

    pub fn confirmed(&self, sequence: u8) -> Verdict<&Instance> {
        match self.instances.get(&sequence) {
            None => Err("VER-3"),
            Some(instance) if instance.status != Status::Confirmed => Err("VER-4"),
            Some(instance) => Ok(instance),
        }
    }

    fn unlocked(&self, sequence: u8) -> Verdict<()> {
        if self.confirmed(sequence)?.failures >= SIGNATURE_TRIES { Err("VER-5") } else { Ok(()) }
    }

    /// VER-3 to VER-14 for a message and its signature.
    pub fn verify_message(
        &mut self,
        made: &Made,
        bend: Bend,
        sequence: u8,
        now: u32,
        seen: &mut BTreeSet<&'static str>,
    ) -> Verdict<()> {
        let What::Message(message) = &made.what else { panic!() };
        let nonce = Nonce::decode(*message[7..].first_chunk().unwrap());
        let is_request = u16::from_be_bytes([message[0], message[1]]) >> 6 & 0x3F == 3;
        let Some(instance) = self.instances.get(&sequence) else { return Err("VER-3") };
        let id = instance.device.id;
        let usable = match is_request {
            true => instance.status == Status::Confirmed,
            false => instance.status == Status::Unconfirmed && (instance.replaces || !self.has_confirmed(id)),
        };
        if !usable {
            return Err("VER-4");
        } else if instance.failures >= SIGNATURE_TRIES {
            return Err("VER-5");
        } else if u64::from(now) > u64::from(nonce.time) + u64::from(AGE_LIMIT_S) {
            return Err("VER-6");
        }
        let application = if is_request {
            let issued = self.issued.get(&nonce.counter).filter(|(bytes, _)| bytes == message);
            let Some((_, application)) = issued else { return Err("VER-7") };
            if self.accepted.contains(&nonce.counter) {
                return Err("VER-8");
            }
            *application
        } else if instance.am2 != *message {
            return Err("VER-7");
        } else {
            self.post_activation
        };
        self.accept(made, bend, sequence, application, now, seen)?;
        if is_request {
            assert!(self.accepted.insert(nonce.counter), "each request is accepted at most once");
        } else {
            for (other, instance) in self.instances.iter_mut().filter(|(_, it)| it.device.id == id) {
                instance.replaces = false;
                if *other == sequence {
                    instance.status = Status::Confirmed;
                } else if instance.status == Status::Confirmed {
                    seen.insert("replaced");
                    instance.status = Status::Deactivated;
                }
            }
            self.verified.take_if(|verified| verified.device.id == id);
        }
        Ok(())
    }

    /// The same without a message.
    pub fn verify_response(
        &mut self,
        made: &Made,
        data: &Data,
        bend: Bend,
        sequence: u8,
        now: u32,
        seen: &mut BTreeSet<&'static str>,
    ) -> Verdict<()> {
        self.unlocked(sequence)?;
        is_answered(&self.vector, made.application, data)?;
        let over = Made { what: What::Data(data.clone()), ..made.clone() };
        // Over other data it is another response.
        let bend = if over.what != made.what && bend == Bend::Not { Bend::Digit } else { bend };
        self.accept(&over, bend, sequence, made.application, now, seen)
    }

    /// VER-19, VER-10 to VER-14, VER-18, VER-20.
    fn accept(
        &mut self,
        made: &Made,
        bend: Bend,
        sequence: u8,
        application: u8,
        now: u32,
        seen: &mut BTreeSet<&'static str>,
    ) -> Verdict<()> {
        let rules = self.rules(application).clone();
        let instance = self.instances.get_mut(&sequence).unwrap();
        let usage = instance.usage.entry(application).or_default();
        if usage.is_out_of_sync {
            return Err("VER-19");
        } else if bend == Bend::Length {
            return Err("VER-10");
        } else if bend == Bend::CheckDigit && rules.form.check_digit {
            return Err("VER-11");
        }
        // Without a check digit that is just another digit.
        let is_own = sequence == made.sequence && self.import == made.import;
        let genuine = bend == Bend::Not && is_own && application == made.application;
        let events = usage.next_event()..=usage.next_event() + u64::from(LOOK_AHEAD);
        let reach = usage.reach(rules.factor, &made.what);
        let in_events = !rules.factor.has_event() || events.contains(&made.event);
        if genuine && !in_events {
            seen.insert("another event");
        }
        if !genuine || !usage.may_be_step(rules.factor, made, now, reach, seen) || !in_events {
            instance.failures += 1;
            return Err("VER-12");
        }
        let signed_before = |before: &Made| before.step == made.step && before.what == made.what;
        let is_fields = matches!(made.what, What::Data(Data::Fields(_)));
        if is_fields && matches!(rules.factor, Factor::Time(_)) {
            if usage.accepted.iter().any(signed_before) {
                return Err("VER-18");
            }
            let is_fields = |before: &&Made| matches!(before.what, What::Data(Data::Fields(_)));
            let at_step = usage.accepted.iter().filter(|before| before.step == made.step);
            if at_step.filter(is_fields).count() >= 12 {
                return Err("VER-20");
            }
        }
        instance.note_accepted(rules.factor, made, now);
        Ok(())
    }

    /// OPR-6: two responses of one application, both as they were made but for `bend`.
    pub fn resynchronise(
        &mut self,
        [first, second]: [&Made; 2],
        bend: Bend,
        sequence: u8,
        now: u32,
        seen: &mut BTreeSet<&'static str>,
    ) -> Verdict<()> {
        self.unlocked(sequence)?;
        let application = first.application;
        let rules = self.rules(application).clone();
        for made in [first, second] {
            let What::Data(data) = &made.what else { panic!() };
            applies(&self.vector, application, data)?;
        }
        if !rules.factor.has_event() {
            return Err("OPR-7");
        } else if bend == Bend::Length {
            return Err("VER-10");
        } else if bend == Bend::CheckDigit && rules.form.check_digit {
            return Err("VER-11");
        }
        let instance = self.instances.get_mut(&sequence).unwrap();
        let usage = instance.usage.entry(application).or_default();
        let events = usage.next_event()..=usage.next_event() + 200;
        let is_own = |made: &Made| sequence == made.sequence && self.import == made.import;
        let genuine = bend == Bend::Not && is_own(first) && is_own(second);
        let mut fits =
            |made: &Made| usage.may_be_step(rules.factor, made, now, i64::from(made.what.window() / 2), seen);
        let right = genuine
            && events.contains(&first.event)
            && second.event == first.event + 1
            && fits(first)
            && fits(second);
        if !right {
            instance.failures += 1;
            return Err("VER-12");
        }
        seen.insert("resynchronised");
        instance.note_accepted(rules.factor, second, now);
        Ok(())
    }

    /// OPR-2 to OPR-5.
    pub fn restored(&mut self, highest: u8, now: u32) {
        self.last = Nonce { time: now, counter: self.last.counter.saturating_add(1_048_576) };
        self.next_am1_time = self.next_am1_time.max(now + 1);
        (self.am1, self.verified) = (None, None);
        self.issued.clear();
        self.last_sequence = self.last_sequence.max(highest);
        for instance in self.instances.values_mut() {
            for rules in &self.vector.applications {
                let usage = instance.usage.entry(rules.form.index).or_default();
                if let Some(step_s) = rules.factor.step_s() {
                    let next = (clock(now, step_s) + usage.shift + 1).max(0);
                    usage.floor = usage.floor.max(Some(next));
                }
                usage.is_out_of_sync |= rules.factor.has_event();
            }
        }
    }
}

/// What comes back: SPEC.md sections 21 and 22.
impl Server {
    /// IMP-3: keys of its own, and only the message counter and the last time go on.
    pub fn reimport(&mut self, import: u8) {
        *self = Self {
            vector: self.vector.clone(),
            post_activation: self.post_activation,
            import,
            last: self.last,
            next_am1_time: self.next_am1_time,
            am1: None,
            verified: None,
            instances: BTreeMap::new(),
            last_sequence: 0,
            issued: BTreeMap::new(),
            accepted: BTreeSet::new(),
            code_failures: 0,
        };
    }

    /// BLB-6: what a BLOB of this application holds.
    pub fn usage(&mut self, sequence: u8, application: u8) -> Verdict<&mut Usage> {
        let instance = self.instances.get_mut(&sequence).ok_or("BLB-6")?;
        self.vector.application(application).ok_or("BLB-6")?;
        Ok(instance.usage.entry(application).or_default())
    }
}

impl Instance {
    /// VER-14.
    fn note_accepted(&mut self, factor: Factor, made: &Made, now: u32) {
        let usage = self.usage.entry(made.application).or_default();
        if let Some(step_s) = factor.step_s() {
            usage.shift = made.step - clock(now, step_s);
        }
        usage.is_out_of_sync = false;
        usage.accepted.push(made.clone());
        self.failures = 0;
    }
}

/// An account of a client: what is activated, what waits with its AM2, the AM1 that is out.
#[derive(Clone, Default)]
pub struct Account {
    pub active: Option<Active>,
    pub waiting: Option<(Active, Vec<u8>)>,
    /// And of which import.
    pub pre_activated: Option<(Vec<u8>, u8)>,
}

#[derive(Clone)]
pub struct Active {
    pub sequence: u8,
    pub import: u8,
    /// Of AM2.
    pub counter: u32,
    pub pin_failures: u8,
    pub unlock_failures: u8,
    pub unlock_challenge: Option<String>,
    pub events: BTreeMap<u8, u64>,
}

impl Account {
    /// CLI-3, CLI-4.
    pub fn active(&mut self) -> Verdict<&mut Active> {
        match (&mut self.active, &self.pre_activated) {
            (Some(active), _) => Ok(active),
            (None, Some(_)) => Err("CLI-4"),
            (None, None) => Err("CLI-3"),
        }
    }
}

impl Active {
    /// The response's moment; SIG-4, SIG-5.
    pub fn moment(&mut self, rules: &ApplicationRules, now: u32) -> (i64, u64) {
        let step = rules.factor.step_s().map_or(0, |step_s| clock(now, step_s));
        if !rules.factor.has_event() {
            return (step, 0);
        }
        let next = self.events.entry(rules.form.index).or_default();
        *next += 1;
        (step, *next - 1)
    }
}
