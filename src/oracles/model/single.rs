//! A single-device client and its license, over what SPEC.md says alone: keys made anew for each use, candidates
//! listed one by one, passwords as they are. Sections 28 to 30.

use std::collections::{BTreeMap, BTreeSet};

use super::super::slow::crypto::{ApplicationKey, response};
use super::super::slow::single as slow;
use super::super::slow::vector::{Application, Vector};
use super::super::slow::{Verdict, must};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whatever the code gave.
    pub license: [u8; 16],
    /// As chosen.
    pub password: Option<&'static str>,
    /// By index.
    pub events: BTreeMap<u8, u64>,
    /// Wrong passwords since the last right one (PWD-6).
    pub failures: u8,
    /// Whether responses are bound to the platform (BND-7).
    pub bound: bool,
    /// SDL-15: 0 unproven, 1 proven, 3 invalid.
    pub standing: u8,
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    /// What stands for the platform (BND-1).
    pub diversifier: [u8; 7],
    /// Whether the last wrong password wipes the account in place of locking it (PWD-8).
    pub resets: bool,
    /// The one that answers, if there is one.
    pub account: Option<Account>,
    /// The account that answers again if the new one was a mistake (SDL-35).
    pub kept: Option<Account>,
}

/// What a license remembers of an application.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    used: bool,
    shift: i64,
    last_step: i64,
    next_otp: i64,
    /// The event counter that is due next (VER-14).
    pub next_event: u64,
    signed: BTreeSet<(i64, Vec<u8>)>,
}

/// A license.
#[derive(Clone, Debug)]
pub struct License {
    /// Its key.
    pub license: [u8; 16],
    /// Wrong responses since the last right one (VER-5).
    pub failures: u8,
    /// The platform that the license is bound to (BND-10).
    pub bound: Option<[u8; 7]>,
    /// By index.
    pub moments: BTreeMap<u8, Moments>,
}

/// The numbers of the license.
pub const TRIES: u8 = 4;
const SERIAL: [u8; 5] = [0xC3, 0xE4, 0x0F, 0x42, 0xB8];

fn steps_of(application: &Application) -> i64 {
    i64::from(application.step.max(1))
}

/// The response under a key, over these fields (none: response-only).
fn answer(key: [u8; 16], application: &Application, moment: (u64, u64), fields: &[&[u8]]) -> String {
    let mode = if fields.is_empty() { 1 } else { 3 };
    response(&ApplicationKey::new(&key), application, mode, moment, fields)
}

impl Account {
    /// SDL-40, from an account that goes.
    fn take_over(&mut self, gone: Account) {
        if self.license == gone.license {
            self.bound = self.bound || gone.bound;
            for (index, event) in gone.events {
                self.events.entry(index).and_modify(|own| *own = event.max(*own));
            }
        }
    }
}

impl Client {
    /// SDL-16, with event counters to go to, if there are some (ERC-7). A proven account keeps none beside it.
    pub fn activate(
        &mut self,
        vector: &Vector,
        license: [u8; 16],
        password: Option<&'static str>,
        counters: Option<&[(u8, u32)]>,
        standing: u8,
    ) -> Verdict<()> {
        // SDL-40.
        let same: Vec<&Account> =
            self.account.iter().chain(&self.kept).filter(|before| before.license == license).collect();
        let highest = |index: u8| same.iter().filter_map(|before| before.events.get(&index)).max().copied();
        let with_events = vector.applications.iter().filter(|application| application.has_events());
        let mut events: BTreeMap<u8, u64> = with_events
            .map(|application| (application.index(), highest(application.index()).unwrap_or(0)))
            .collect();
        for (index, to) in counters.into_iter().flatten() {
            must(u64::from(*to) >= events[index], "ERC-7")?;
            events.insert(*index, u64::from(*to));
        }
        let bound = same.iter().any(|before| before.bound);
        let before =
            self.account.replace(Account { license, password, events, failures: 0, bound, standing });
        if standing == 1 {
            self.kept = None;
        } else if let Some(kept) = &mut self.kept {
            before.into_iter().for_each(|before| kept.take_over(before));
        } else {
            self.kept = before;
        }
        Ok(())
    }

    /// Drops the account; the kept one answers again, if there is one (SDL-39, SDL-41).
    fn fall_back(&mut self) {
        let gone = self.account.take();
        self.account = self.kept.take();
        if let (Some(account), Some(gone)) = (&mut self.account, gone) {
            account.take_over(gone);
        }
    }

    /// Goes back to the kept account (SDL-38).
    pub fn revert(&mut self) -> Verdict<()> {
        must(self.kept.is_some(), "SDL-38")?;
        self.fall_back();
        Ok(())
    }

    /// Refuses without an account, and for a locked one (SDL-27, PWD-7).
    pub fn unlocked(&self, vector: &Vector) -> Verdict<()> {
        let account = self.account.as_ref().ok_or("SDL-27")?;
        must(account.failures < vector.password[3], "PWD-7")
    }

    /// Tries a password, which counts before it is known to be right (PWD-5, PWD-6, PWD-8).
    pub fn unseal(&mut self, vector: &Vector, password: Option<&str>) -> Verdict<()> {
        let account = self.account.as_mut().ok_or("SDL-27")?;
        must(account.password.is_some() == password.is_some(), "PWD-5")?;
        if account.password == password {
            account.failures = 0;
            return Ok(());
        }
        account.failures += 1;
        if account.failures >= vector.password[3] && self.resets {
            self.fall_back();
        }
        Err("PWD-6")
    }

    fn moment(&self, application: &Application, now: u32) -> (u64, u64) {
        let account = self.account.as_ref().unwrap();
        let event = account.events.get(&application.index()).copied().unwrap_or(0);
        (application.step_at(now).unwrap_or(0), event)
    }

    fn move_on(&mut self, application: &Application) {
        if let Some(event) = self.account.as_mut().unwrap().events.get_mut(&application.index()) {
            *event += 1;
        }
    }

    /// A response under the application key, bound or unbound as the account is marked (SDL-26).
    pub fn respond(
        &mut self,
        vector: &Vector,
        index: u8,
        fields: &[&[u8]],
        password: Option<&str>,
        now: u32,
    ) -> Verdict<String> {
        self.unlocked(vector)?;
        let application = vector.application(index).unwrap();
        self.unseal(vector, password)?;
        let account = self.account.as_ref().unwrap();
        let bound = account.bound.then_some(self.diversifier);
        let key = slow::application_key(&account.license, SERIAL, index, bound);
        let text = answer(key, application, self.moment(application, now), fields);
        self.move_on(application);
        Ok(text)
    }

    /// BND-2, with the application of this index.
    pub fn derive(
        &mut self,
        vector: &Vector,
        index: u8,
        password: Option<&str>,
        now: u32,
    ) -> Verdict<String> {
        self.unlocked(vector)?;
        self.unseal(vector, password)?;
        let application = vector.application(index).unwrap();
        let (step, event) = self.moment(application, now);
        let license = self.account.as_ref().unwrap().license;
        let code = slow::derive(&license, SERIAL, index, self.diversifier, [step, event], "");
        self.move_on(application);
        Ok(code)
    }

    /// Takes note of whether the server accepted a response (SDL-15).
    pub fn report(&mut self, accepted: bool) -> Verdict<()> {
        let account = self.account.as_mut().ok_or("SDL-27")?;
        account.standing = match (accepted, account.standing) {
            (true, _) | (_, 1) => 1,
            _ => 3,
        };
        if account.standing == 1 {
            self.kept = None;
        }
        Ok(())
    }

    /// The state that is told.
    pub fn state(&self, vector: &Vector) -> u8 {
        match &self.account {
            None => 0,
            Some(account) if account.failures >= vector.password[3] => 2,
            Some(account) if account.standing == 3 => 3,
            Some(_) => 1,
        }
    }
}

impl License {
    /// VER-13 to VER-17: candidates in their order; `otp` for responses without fields.
    fn candidates(&self, application: &Application, otp: bool, now: u32) -> Vec<(i64, u64)> {
        let moments = self.moments.get(&application.index()).cloned().unwrap_or_default();
        let mut steps = vec![0];
        if application.has_time() {
            let usual = if otp { 50 } else { 12 };
            let first = (10_800 / steps_of(application)).min(300);
            let reach = if moments.used { usual } else { first.max(usual) };
            let centre = i64::from(now) / steps_of(application) + moments.shift;
            let mut least = moments.last_step;
            if otp && !application.has_events() {
                least = least.max(moments.next_otp);
            }
            steps = (centre - reach..=centre + reach).filter(|step| *step >= least.max(0)).collect();
            steps.sort_by_key(|step| ((step - centre).abs(), *step > centre));
        }
        let events: Vec<u64> = match application.has_events() {
            true => (moments.next_event..=moments.next_event + 10).collect(),
            false => vec![0],
        };
        steps.iter().flat_map(|step| events.iter().map(|event| (*step, *event))).collect()
    }

    fn accept(&mut self, application: &Application, otp: bool, now: u32, (step, event): (i64, u64)) {
        let moments = self.moments.entry(application.index()).or_default();
        moments.used = true;
        if application.has_time() {
            moments.shift = step - i64::from(now) / steps_of(application);
            moments.last_step = step;
            if otp && !application.has_events() {
                moments.next_otp = step + 1;
            }
        }
        if application.has_events() {
            moments.next_event = event + 1;
        }
        self.failures = 0;
    }

    /// Verifies a response (SDL-28).
    pub fn verify(
        &mut self,
        vector: &Vector,
        index: u8,
        fields: &[&[u8]],
        typed: &str,
        now: u32,
    ) -> Verdict<()> {
        must(self.failures < TRIES, "VER-5")?;
        let application = vector.application(index).unwrap();
        let otp = fields.is_empty();
        let key = slow::application_key(&self.license, SERIAL, index, self.bound);
        let found = self
            .candidates(application, otp, now)
            .into_iter()
            .find(|(step, event)| answer(key, application, (*step as u64, *event), fields) == typed);
        let Some(found) = found else {
            self.failures += 1;
            return Err("VER-12");
        };
        if !otp && !application.has_events() {
            let signed = (found.0, fields.concat());
            let moments = self.moments.entry(index).or_default();
            must(!moments.signed.contains(&signed), "VER-18")?;
            must(moments.signed.iter().filter(|(step, _)| *step == found.0).count() < 12, "VER-20")?;
            moments.signed.insert(signed);
        }
        self.accept(application, otp, now, found);
        Ok(())
    }

    /// Verifies a derivation code, and binds the license (BND-9 to BND-12).
    pub fn verify_derivation(
        &mut self,
        vector: &Vector,
        index: u8,
        code: &str,
        replace: bool,
        now: u32,
    ) -> Verdict<()> {
        must(self.failures < TRIES, "VER-5")?;
        let (diversifier, _) = slow::derivation_code(code)?;
        let application = vector.application(index).unwrap();
        let found = self.candidates(application, true, now).into_iter().find(|(step, event)| {
            slow::derive(&self.license, SERIAL, index, diversifier, [*step as u64, *event], "") == code
        });
        let Some(found) = found else {
            self.failures += 1;
            return Err("BND-9");
        };
        must(replace || self.bound.is_none_or(|own| own == diversifier), "BND-11")?;
        self.accept(application, true, now, found);
        self.bound = Some(diversifier);
        Ok(())
    }

    /// ERC-1, as counters.
    pub fn counters(&self, vector: &Vector) -> Vec<(u8, u32)> {
        let next = |index: u8| self.moments.get(&index).map_or(0, |moments| moments.next_event as u32);
        let with_events = vector.applications.iter().filter(|application| application.has_events());
        with_events.map(|application| (application.index(), next(application.index()))).collect()
    }
}
