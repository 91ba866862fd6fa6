//! The server's verification again (SPEC.md section 15), over sets that remember everything.

use std::collections::{BTreeMap, BTreeSet};

use super::slow::{self, Application, Verdict};
use super::slow_crypto;
use super::world::{self, AGE_LIMIT_S, Kind, LICENSE_KEY, LOOK_AHEAD, SALT, SIGNATURE_TRIES, WINDOW};
use crate::harness::setup::app;

/// What VER-14 remembers of an application of an instance.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    shift: i128,
    last_step: i128,
    next_event: u64,
}

/// An instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Device type and device id.
    pub device: [u8; 6],
    /// Its AM2.
    pub am2: Vec<u8>,
    /// Whether its confirmation was accepted.
    pub confirmed: bool,
    /// Wrong signatures.
    pub failures: u8,
    moments: BTreeMap<u8, Moments>,
}

/// What a server has to know to verify.
#[derive(Clone, Debug)]
pub struct Model {
    /// Which license.
    pub kind: Kind,
    /// By sequence number.
    pub instances: BTreeMap<u8, Instance>,
    /// Every request ever issued, and its application.
    pub issued: BTreeMap<Vec<u8>, u8>,
    /// Counters of all requests accepted.
    pub accepted: BTreeSet<u32>,
}

impl Model {
    /// Of a license without instances.
    pub fn new(kind: Kind) -> Self {
        Self { kind, instances: BTreeMap::new(), issued: BTreeMap::new(), accepted: BTreeSet::new() }
    }

    /// An AM2 was issued.
    pub fn add_instance(&mut self, sequence: u8, device: [u8; 6], am2: Vec<u8>) {
        let instance = Instance { device, am2, confirmed: false, failures: 0, moments: BTreeMap::new() };
        assert!(self.instances.insert(sequence, instance).is_none(), "AM2-3: never used twice");
    }

    /// VER-1 to VER-14.
    pub fn verify(&mut self, sequence: u8, message: &str, signature: &str, now: u32) -> Verdict<()> {
        let bytes = slow::hex(message)?;
        let frame = slow::frame(&bytes, true)?;
        check(frame.serial == self.kind.serial, "VER-1")?;
        check(frame.kind == 1 || frame.kind == 3, "VER-2")?;
        let instance = self.instances.get(&sequence).ok_or("VER-3")?;
        let is_request = frame.kind == 3;
        let taken = self.instances.values().any(|it| it.confirmed && it.device[1..] == instance.device[1..]);
        check(if is_request { instance.confirmed } else { !taken }, "VER-4")?;
        check(instance.failures < SIGNATURE_TRIES, "VER-5")?;
        check(i64::from(now) <= i64::from(frame.time()) + i64::from(AGE_LIMIT_S), "VER-6")?;
        let mut index = app::TIME;
        if is_request {
            index = *self.issued.get(&bytes).ok_or("VER-7")?;
            // VER-8 comes first, but nobody has to remember what VER-9 refuses anyway, in the same words.
            let highest = self.accepted.last().copied().unwrap_or(0);
            check(u64::from(frame.counter()) + 64 > u64::from(highest), "VER-9")?;
            check(!self.accepted.contains(&frame.counter()), "VER-8")?;
        } else {
            check(instance.am2 == bytes, "VER-7")?;
        }

        let application = world::vector().application(index).unwrap();
        let signature = well_formed(application, signature)?;
        let key = slow_crypto::application_key(
            &LICENSE_KEY,
            self.kind.serial_bytes(),
            sequence,
            index,
            instance.device,
            &SALT,
        );
        let instance = self.instances.get_mut(&sequence).unwrap();
        let moments = instance.moments.entry(index).or_default();
        let fits = |(step, event): &(i128, u64)| {
            let step = u64::try_from(*step).unwrap();
            slow_crypto::response(&key, application, step, *event, &bytes) == signature
        };
        let Some((step, event)) = candidates(application, moments, now).into_iter().find(fits) else {
            instance.failures += 1;
            return Err("VER-12");
        };
        if has_time(application) {
            *moments = Moments { shift: step - clock(application, now), last_step: step, ..*moments };
        }
        if has_events(application) {
            moments.next_event = event + 1;
        }
        instance.failures = 0;
        if is_request {
            self.accepted.insert(frame.counter());
        } else {
            instance.confirmed = true;
        }
        Ok(())
    }
}

fn check(holds: bool, requirement: &'static str) -> Verdict<()> {
    if holds { Ok(()) } else { Err(requirement) }
}

/// Whether time takes part.
pub fn has_time(application: &Application) -> bool {
    application.head[4] != 2
}

/// Whether events take part.
pub fn has_events(application: &Application) -> bool {
    application.head[4] != 1
}

fn clock(application: &Application, now: u32) -> i128 {
    i128::from(now / u32::from(application.step))
}

/// VER-13.
fn candidates(application: &Application, moments: &Moments, now: u32) -> Vec<(i128, u64)> {
    let mut steps = vec![0];
    if has_time(application) {
        let c = clock(application, now) + moments.shift;
        let half = i128::from(WINDOW / 2);
        steps = (c - half..=c + half).filter(|step| *step >= moments.last_step.max(0)).collect();
        steps.sort_by_key(|step| ((step - c).abs(), *step));
    }
    let last = if has_events(application) { u64::from(LOOK_AHEAD) } else { 0 };
    let first = if has_events(application) { moments.next_event } else { 0 };
    steps.iter().flat_map(|step| (0..=last).map(move |ahead| (*step, first + ahead))).collect()
}

/// VER-10, VER-11.
fn well_formed(application: &Application, signature: &str) -> Verdict<String> {
    let (flags, length) = (application.head[1], usize::from(application.length));
    let (digits, base) = if flags & 4 == 0 { ("0123456789", 10) } else { ("0123456789ABCDEFabcdef", 16) };
    check(signature.chars().count() == length && signature.chars().all(|c| digits.contains(c)), "VER-10")?;
    let signature = signature.to_uppercase();
    let (rest, last) = signature.split_at(length - 1);
    check(flags & 8 == 0 || last == slow::check_digit(rest, base).to_string(), "VER-11")?;
    Ok(signature)
}
