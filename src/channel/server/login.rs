//! Login sessions: from the website's wish to the user's decision. SPEC section 27, LGN.
//!
//! ```text
//! pending ── retrieve ──► retrieved ── approve ──► approved
//!    │                        ├─────── reject ───► rejected
//!    │                        ├── wrong signatures ► failed
//!    ├──── cancel ────────────┴─────── cancel ───► cancelled
//!    └──── 60 s ──► expired ◄───────── 180 s ─────┘
//! ```
//! Kept beside the licenses and not in their rows: a server that restarts has none, unless it stores them as
//! [`super::login_row`] writes them. One [`Logins`] can serve one
//! license or all of a store; challenge keys are told apart by their bytes alone, and a session is its license's.
//! Time passes only as the caller says; what expired stays so.
//!
//! An operation changes the license and the sessions. Where the store can't keep the license, its caller goes on with
//! the [`Logins`] of before (they are `Clone`), and nothing may leave.

use std::collections::BTreeMap;

use super::{License, Rejection};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{
    LGN_2, LGN_3, LGN_7, LGN_8, LGN_9, LGN_10, LGN_11, LGN_12, LGN_13, LGN_15, LGN_22, LGN_23, REQ_11, Rule,
    VER_12,
};
use crate::serial::{Sequence, Serial};
use crate::state::Counter;
use crate::text::charset::Charset;
use crate::text::gateway_string::{ChallengeKey, Details, GatewayString, Identity, ensure_writable};
use crate::wire::frame::Carrier;
use crate::wire::request::{Content, Request};

/// LGN-5: how long a session waits for its retrieval, in seconds.
const PENDING_S: u32 = 60;
/// LGN-5: how long it waits for a decision.
const RETRIEVED_S: u32 = 180;
/// LGN-6: how long it is known.
const KNOWN_S: u32 = 3600;
/// LGN-3: so many of a license may wait for one requester.
const MAX_WAITING: usize = 16;
/// LGN-23: so many of a license are known.
const MAX_KNOWN: usize = 256;

/// What a website asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// Index of the application that signs, 1..=8.
    pub application: u8,
    /// Who asks.
    pub service: String,
    /// Who logs in.
    pub identity: Identity,
    /// What is known of who asks, an address or a back end: told apart, and shown to nobody (LGN-3).
    pub requester: String,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the states of SPEC section 27
pub enum Progress {
    Pending,
    Retrieved,
    Approved,
    Rejected,
    Cancelled,
    Expired,
    Failed,
}

#[derive(Clone, Debug, Hash)]
pub(super) struct Login {
    pub(super) serial: Serial,
    pub(super) ask: Ask,
    pub(super) start: u32,
    /// Above that of every session of this license that was started before (LGN-23).
    pub(super) order: u64,
    /// Never [`Progress::Failed`], which follows from `failures`.
    pub(super) progress: Progress,
    /// Wrong signatures, and how many end it (LGN-17, LGN-22).
    pub(super) failures: Counter,
    pub(super) tries: u8,
    /// Who retrieved the details, and their message.
    pub(super) retrieved: Option<(Sequence, Vec<u8>)>,
}

impl Login {
    /// Where the session stands; one with too many wrong signatures has failed (LGN-22).
    fn progress(&self) -> Progress {
        let has_failed = self.progress == Progress::Retrieved && self.failures.value() >= self.tries;
        if has_failed { Progress::Failed } else { self.progress }
    }

    fn waits(&self) -> bool {
        matches!(self.progress(), Progress::Pending | Progress::Retrieved)
    }

    /// Whoever asks for a step: LGN-9 to LGN-12, LGN-22.
    fn ensure_waits(&self) -> Result<(), Refusal> {
        let ended = |progress, rule: Rule| ensure(self.progress() != progress, rule, Found::Nothing);
        ended(Progress::Expired, LGN_9)?;
        ended(Progress::Approved, LGN_10)?;
        ended(Progress::Rejected, LGN_11)?;
        ended(Progress::Cancelled, LGN_12)?;
        ended(Progress::Failed, LGN_22)
    }

    /// LGN-13: who retrieved the details, and their message.
    fn details(&self) -> Result<(Sequence, &[u8]), Refusal> {
        match &self.retrieved {
            Some((sequence, message)) => Ok((*sequence, message)),
            None => refuse(LGN_13, Found::Nothing),
        }
    }

    /// Expires a session that waits and is older than its limit (LGN-5).
    fn grow_old(&mut self, age: u32) {
        let limit = match self.progress {
            Progress::Pending => PENDING_S,
            _ => fault::bent("decides-in-60-seconds", RETRIEVED_S, PENDING_S),
        };
        if self.waits() && age > fault::bent("never-expires", limit, u32::MAX) {
            self.progress = Progress::Expired;
        }
    }
}

/// The notification, or the details: a request of format 3 (LGN-1, LGN-14).
fn request(application: u8, require_pin: bool, string: GatewayString) -> Request {
    Request {
        minimum_version: 0,
        require_pin: fault::bent("logins-without-pin", require_pin, false),
        template: 0,
        charset: Charset::Utf8,
        application,
        content: Content::Gateway(string),
    }
}

impl Ask {
    fn details(&self) -> Request {
        let Ask { application, service, identity, .. } = self.clone();
        request(application, true, GatewayString::Details(Details { service, application, identity }))
    }

    /// LGN-4: service, user and domain, and the length of the details.
    fn ensure_fits(&self) -> Result<(), Refusal> {
        ensure_writable(&self.service, 1)?;
        self.identity.ensure_writable()?;
        match self.details().encode(Carrier::Gateway) {
            Err(refusal) if refusal.rule == REQ_11 && fault::bent("starts-what-is-too-long", false, true) => {
                Ok(())
            }
            encoded => encoded.map(|_| ()),
        }
    }
}

/// The login sessions.
#[derive(Clone, Debug, Default, Hash)]
pub struct Logins {
    pub(super) sessions: BTreeMap<ChallengeKey, Login>,
}

impl Logins {
    /// Starts a session: the notification. The challenge key is drawn for it.
    ///
    /// Refuses, in this order: REQ-13, REQ-12, LGN-2, LGN-3, LGN-23, PSH-5 for service, user and domain, REQ-11, NON-3.
    pub fn start(
        &mut self,
        license: &mut License,
        challenge_key: ChallengeKey,
        ask: Ask,
        now: u32,
    ) -> Result<Vec<u8>, Refusal> {
        self.grow_old(now);
        license.channel_for(ask.application, false)?;
        ensure(!self.sessions.contains_key(&challenge_key), LGN_2, Found::Nothing)?;
        let serial = license.serial();
        let known = || self.sessions.iter().filter(|(_, login)| login.serial == serial);
        let same = |login: &Login| {
            fault::bent("requesters-are-one", login.ask.requester == ask.requester, true) && login.waits()
        };
        let waiting = known().filter(|(_, login)| same(login)).count();
        ensure(waiting < MAX_WAITING, LGN_3, Found::Count(waiting, "login"))?;
        let is_full = known().count() >= MAX_KNOWN;
        let over = known().filter(|(_, login)| !login.waits()).min_by_key(|(_, login)| login.order);
        let makes_room = over.map(|(key, _)| *key).filter(|_| is_full);
        ensure(!is_full || makes_room.is_some(), LGN_23, Found::Count(MAX_KNOWN, "login"))?;
        let order = known().map(|(_, login)| login.order + 1).max().unwrap_or(0);
        ask.ensure_fits()?;
        let notification = GatewayString::Notification { challenge_key: challenge_key.to_string() };
        let notification = request(ask.application, false, notification);
        let message = license.generate_request(&notification, Carrier::Gateway, now)?;
        let tries = license.settings.message_vector.signature_tries;
        if let Some(over) = makes_room {
            self.sessions.remove(&over);
        }
        let login = Login {
            serial,
            ask,
            start: now,
            order,
            progress: Progress::Pending,
            failures: Counter::default(),
            tries,
            retrieved: None,
        };
        self.sessions.insert(challenge_key, login);
        Ok(message)
    }

    /// The details, for an instance of this serial number that has the challenge key (LGN-14), locked or not (LGN-24).
    ///
    /// Refuses, in this order: PSH-4, LGN-7, VER-3, VER-4, LGN-9 to LGN-12, LGN-22, LGN-8, NON-3.
    pub fn retrieve(
        &mut self,
        license: &mut License,
        challenge_key: &str,
        (serial, sequence): (Serial, Sequence),
        now: u32,
    ) -> Result<Vec<u8>, Refusal> {
        self.grow_old(now);
        let challenge_key = ChallengeKey::parse(challenge_key)?;
        let login = self.login(license, challenge_key)?;
        ensure(serial == license.serial(), LGN_7, Found::Nothing)?;
        license.confirmed(sequence)?;
        login.ensure_waits()?;
        ensure(login.progress == Progress::Pending, LGN_8, Found::Nothing)?;
        let message = license.generate_request(&login.ask.details(), Carrier::Gateway, now)?;
        login.retrieved = Some((sequence, message.clone()));
        login.progress = Progress::Retrieved;
        Ok(message)
    }

    /// The user approves, with a signature of the instance that retrieved the details: which one (LGN-16).
    ///
    /// Refuses, in this order: PSH-4, LGN-7, LGN-9 to LGN-12, LGN-22, LGN-13, LGN-15, then for that instance VER-4 to
    /// VER-6, VER-19, VER-10 to VER-12 (which counts for the instance and for the session, LGN-17).
    pub fn approve(
        &mut self,
        license: &mut License,
        challenge_key: &str,
        identity: &Identity,
        signature: &str,
        now: u32,
    ) -> Result<Sequence, Refusal> {
        self.grow_old(now);
        let challenge_key = ChallengeKey::parse(challenge_key)?;
        let login = self.login(license, challenge_key)?;
        login.ensure_waits()?;
        let (sequence, message) = login.details()?;
        let given = fault::bent("approves-any-domain", &identity.domain, &login.ask.identity.domain);
        let is_the_user = identity.user == login.ask.identity.user && *given == login.ask.identity.domain;
        ensure(is_the_user, LGN_15, Found::Nothing)?;
        let details = (login.ask.application, message);
        let mut verdict = license.verify_login(sequence, details, signature, now).map(|()| sequence);
        if verdict.is_err() && fault::bent("siblings-approve", false, true) {
            verdict = license.verify_login_of_any(details, signature, now);
        }
        match &verdict {
            Ok(_) => login.progress = Progress::Approved,
            Err(refusal) if refusal.rule == VER_12 && fault::bent("login-counts-nothing", true, false) => {
                login.failures.count();
            }
            Err(_) => {}
        }
        verdict
    }

    /// The user rejects: who did. What the message said is processed even where its session refuses (LGN-18).
    ///
    /// Refuses, in this order: as [`License::process_information`], then LGN-7, LGN-9 to LGN-12, LGN-22, LGN-13.
    pub fn reject(&mut self, license: &mut License, message: &str, now: u32) -> Result<Rejection, Refusal> {
        self.grow_old(now);
        let rejection = license.process_information(message, now)?;
        let login = self.login(license, rejection.challenge_key)?;
        login.ensure_waits()?;
        login.details()?;
        login.progress = Progress::Rejected;
        Ok(rejection)
    }

    /// The website gives up (LGN-19).
    ///
    /// Refuses, in this order: PSH-4, LGN-7, LGN-9 to LGN-12, LGN-22.
    pub fn cancel(&mut self, license: &License, challenge_key: &str, now: u32) -> Result<(), Refusal> {
        self.grow_old(now);
        let login = self.login(license, ChallengeKey::parse(challenge_key)?)?;
        login.ensure_waits()?;
        login.progress = fault::bent("cancels-nothing", Progress::Cancelled, login.progress);
        Ok(())
    }

    /// How far it has come. PSH-4, LGN-7.
    pub fn status(&mut self, license: &License, challenge_key: &str, now: u32) -> Result<Progress, Refusal> {
        self.grow_old(now);
        Ok(self.login(license, ChallengeKey::parse(challenge_key)?)?.progress())
    }

    /// All sessions of a license that was restored or imported again are forgotten.
    pub fn forget(&mut self, serial: Serial) {
        let forgets = fault::bent("remembers-logins", true, false);
        self.sessions.retain(|_, login| login.serial != serial || !forgets);
    }

    /// Whose a session is, for whoever holds those of several licenses.
    pub fn serial(&self, challenge_key: ChallengeKey) -> Option<Serial> {
        self.sessions.get(&challenge_key).map(|login| login.serial)
    }

    /// Wrong signatures per session of a license, as far as it is known.
    pub fn login_failures(&self, serial: Serial) -> impl Iterator<Item = (ChallengeKey, u8)> {
        let its = self.sessions.iter().filter(move |(_, login)| login.serial == serial);
        its.map(|(key, login)| (*key, login.failures.value()))
    }

    /// LGN-5, LGN-6, for all of them. A clock that goes back ages nothing.
    fn grow_old(&mut self, now: u32) {
        self.sessions.retain(|_, login| {
            let age = now.saturating_sub(login.start);
            login.grow_old(age);
            age <= fault::bent("forgets-no-login", KNOWN_S, u32::MAX)
        });
    }

    /// The session of a challenge key; refuses one that is unknown, or another license's (LGN-7).
    fn login(&mut self, license: &License, challenge_key: ChallengeKey) -> Result<&mut Login, Refusal> {
        let serial = license.serial();
        match self.sessions.get_mut(&challenge_key) {
            Some(login) if login.serial == serial => Ok(login),
            _ => refuse(LGN_7, Found::Nothing),
        }
    }
}
