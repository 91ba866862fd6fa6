//! Login sessions as SPEC.md section 27 has them: every login that was ever begun, and every time the clock was ever
//! read. What has become of a login follows from these alone.

use super::super::slow;
use super::super::slow::push::{self, Gateway};
use super::super::slow::request::{Content, Request};
use super::super::slow::{Verdict, must};
use super::super::world::SIGNATURE_TRIES;
use super::Server;

/// All logins of all licenses.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    /// Every `now`, in the order of the operations.
    clock: Vec<u32>,
    all: Vec<Login>,
}

/// What a website asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// 1..=8.
    pub application: u8,
    /// Service, user, domain.
    pub texts: [String; 3],
    /// Who asks.
    pub requester: String,
}

#[derive(Clone, Debug)]
struct Login {
    serial: String,
    key: [u8; 5],
    ask: Ask,
    start: u32,
    /// How many times had been read when it began.
    begun: usize,
    /// The same when the details were retrieved; by whom, and their message.
    retrieved: Option<(usize, u8, Vec<u8>)>,
    /// The same when it ended, and how.
    ended: Option<(usize, State)>,
    /// Wrong signatures, each of them.
    misses: Vec<String>,
    /// Its license was restored or imported again, or it made room for another.
    lost: bool,
}

/// How far a login has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // section 27
pub enum State {
    Pending,
    Retrieved,
    Approved,
    Rejected,
    Cancelled,
    Expired,
    Failed,
}

impl Logins {
    /// Whether the clock, between these readings, was ever so many seconds past the beginning.
    fn was_past(&self, login: &Login, from: usize, to: usize, seconds: u64) -> bool {
        let start = u64::from(login.start);
        self.clock[from..to].iter().any(|now| u64::from(*now) > start + seconds)
    }

    /// `None` where it is forgotten. LGN-5, LGN-6.
    fn state(&self, login: &Login) -> Option<State> {
        let now = self.clock.len();
        if login.lost || self.was_past(login, login.begun, now, 3600) {
            return None;
        }
        let end = login.ended.map_or(now, |(at, _)| at);
        let retrieval = login.retrieved.as_ref().map(|(at, ..)| *at);
        let waited_too_long = self.was_past(login, login.begun, retrieval.unwrap_or(end), 60)
            || retrieval.is_some_and(|at| self.was_past(login, at, end, 180));
        Some(match (waited_too_long, login.ended, retrieval) {
            (true, ..) => State::Expired,
            (_, Some((_, state)), _) => state, // failed at its last miss, too
            (_, None, Some(_)) => State::Retrieved,
            _ => State::Pending,
        })
    }

    /// The place of the session with a challenge key (LGN-7).
    fn find(&self, serial: &str, key: [u8; 5]) -> Verdict<usize> {
        let known = |login: &Login| login.key == key && self.state(login).is_some();
        let at = self.all.iter().rposition(known).ok_or("LGN-7")?;
        must(self.all[at].serial == serial, "LGN-7")?;
        Ok(at)
    }

    /// Refuses where the session is over; else where it stands (LGN-9 to LGN-12, LGN-22).
    fn must_wait(&self, at: usize) -> Verdict<State> {
        match self.state(&self.all[at]).unwrap() {
            State::Expired => Err("LGN-9"),
            State::Approved => Err("LGN-10"),
            State::Rejected => Err("LGN-11"),
            State::Cancelled => Err("LGN-12"),
            State::Failed => Err("LGN-22"),
            state => Ok(state),
        }
    }

    fn end(&mut self, at: usize, state: State) {
        self.all[at].ended = Some((self.clock.len(), state));
    }

    /// LGN-1 to LGN-4, LGN-23: the notification.
    pub fn start(&mut self, server: &mut Server, key: [u8; 5], ask: &Ask, now: u32) -> Verdict<Vec<u8>> {
        self.clock.push(now);
        must(server.payload_key.is_some(), "REQ-13")?;
        let application = server.vector.application(ask.application);
        must(application.is_some_and(|it| it.takes_request(0)), "REQ-12")?;
        let known: Vec<(&Login, State)> =
            self.all.iter().filter_map(|login| Some((login, self.state(login)?))).collect();
        must(known.iter().all(|(login, _)| login.key != key), "LGN-2")?;
        let serial = server.kind.serial;
        let is_over = |state: State| !matches!(state, State::Pending | State::Retrieved);
        let its: Vec<_> = known.iter().filter(|(login, _)| login.serial == serial).collect();
        let of_this =
            |(login, state): &&&(&Login, State)| login.ask.requester == ask.requester && !is_over(*state);
        must(its.iter().filter(of_this).count() < 16, "LGN-3")?;
        let leaves = match its.len() {
            256.. => Some(its.iter().find(|(_, state)| is_over(*state)).ok_or("LGN-23")?.0.key),
            _ => None,
        };
        let [service, user, domain] = &ask.texts;
        for (text, least) in [(service, 1), (user, 1), (domain, 0)] {
            push::must_be_writable(text, least)?;
        }
        slow::request::encode(&details(ask), true)?;
        let written: String = key.iter().map(|byte| format!("{byte:02X}")).collect();
        let request = request(ask.application, false, Gateway::Notification(written));
        let message = server.generate_request(&request, true, now)?;
        for login in self.all.iter_mut().filter(|login| login.serial == serial && Some(login.key) == leaves) {
            login.lost = true;
        }
        self.all.push(Login {
            serial: serial.into(),
            key,
            ask: ask.clone(),
            start: now,
            begun: self.clock.len(),
            retrieved: None,
            ended: None,
            misses: Vec::new(),
            lost: false,
        });
        Ok(message)
    }

    /// LGN-14: the details.
    pub fn retrieve(
        &mut self,
        server: &mut Server,
        key: &str,
        (serial, sequence): (&str, u8),
        now: u32,
    ) -> Verdict<Vec<u8>> {
        self.clock.push(now);
        let at = self.find(server.kind.serial, push::challenge_key(key)?)?;
        must(serial == server.kind.serial, "LGN-7")?;
        server.confirmed(sequence)?; // locked or not: LGN-24
        must(self.must_wait(at)? == State::Pending, "LGN-8")?;
        let message = server.generate_request(&details(&self.all[at].ask), true, now)?;
        self.all[at].retrieved = Some((self.clock.len(), sequence, message.clone()));
        Ok(message)
    }

    /// LGN-15 to LGN-17, LGN-22: who signed.
    pub fn approve(
        &mut self,
        server: &mut Server,
        key: &str,
        (user, domain): (&str, &str),
        typed: &str,
        now: u32,
    ) -> Verdict<u8> {
        self.clock.push(now);
        let at = self.find(server.kind.serial, push::challenge_key(key)?)?;
        self.must_wait(at)?;
        let login = self.all[at].clone();
        let (_, retriever, message) = login.retrieved.ok_or("LGN-13")?;
        must(login.ask.texts[1..] == [user, domain], "LGN-15")?;
        let verdict = server.verify_login(retriever, login.ask.application, &message, typed, now);
        if verdict == Err("VER-12") {
            self.all[at].misses.push(typed.into());
            if self.all[at].misses.len() == usize::from(SIGNATURE_TRIES) {
                self.end(at, State::Failed);
            }
        }
        verdict?;
        self.end(at, State::Approved);
        Ok(retriever)
    }

    /// Takes an information message that rejects a login (LGN-18).
    pub fn reject(&mut self, server: &mut Server, message: &str, now: u32) -> Verdict<(u8, [u8; 5])> {
        self.clock.push(now);
        let (sequence, key) = server.process_information(message, now)?;
        let at = self.find(server.kind.serial, key)?;
        self.must_wait(at)?;
        must(self.all[at].retrieved.is_some(), "LGN-13")?;
        self.end(at, State::Rejected);
        Ok((sequence, key))
    }

    /// Ends a session that the website gave up (LGN-19).
    pub fn cancel(&mut self, server: &Server, key: &str, now: u32) -> Verdict<()> {
        self.clock.push(now);
        let at = self.find(server.kind.serial, push::challenge_key(key)?)?;
        self.must_wait(at)?;
        self.end(at, State::Cancelled);
        Ok(())
    }

    /// How far.
    pub fn status(&mut self, server: &Server, key: &str, now: u32) -> Verdict<State> {
        self.clock.push(now);
        let at = self.find(server.kind.serial, push::challenge_key(key)?)?;
        Ok(self.state(&self.all[at]).unwrap())
    }

    /// LGN-17: wrong signatures by key, of the logins that are known.
    pub fn failures(&self, serial: &str) -> Vec<([u8; 5], usize)> {
        let known = self.all.iter().filter(|login| login.serial == serial && self.state(login).is_some());
        let mut failures: Vec<_> = known.map(|login| (login.key, login.misses.len())).collect();
        failures.sort_unstable();
        failures
    }

    /// Forgets all sessions of a license (LGN-21).
    pub fn forget(&mut self, serial: &str) {
        self.all.iter_mut().filter(|login| login.serial == serial).for_each(|login| login.lost = true);
    }
}

/// A gateway string as the request it travels in (LGN-1, LGN-14).
fn request(application: u8, require_pin: bool, string: Gateway) -> Request {
    let content = Content::Gateway(string);
    Request { minimum_version: 0, require_pin, template: 0, charset: 0, application, content }
}

fn details(ask: &Ask) -> Request {
    let [service, user, domain] = ask.texts.clone();
    request(ask.application, true, Gateway::Details(service, ask.application, user, domain))
}
