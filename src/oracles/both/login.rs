//! Login sessions and their model, over the licenses of [`ServerPair`]s.

use std::cell::RefCell;

use super::super::model::login::{Ask, Logins as Model, State};
use super::super::slow::Verdict;
use super::super::verdict::same;
use super::{ServerPair, said};
use channel::error::Refusal;
use channel::rule::LGN_7;
use channel::serial::{Sequence, Serial};
use channel::server::{self, License, Logins, Progress};
use channel::text::gateway_string::{ChallengeKey, Identity};

/// The sessions, twice.
#[derive(Clone, Debug, Default)]
pub struct LoginsPair {
    fast: Logins,
    slow: Model,
}

/// How far, as the model has it.
fn state_of(progress: Progress) -> State {
    match progress {
        Progress::Pending => State::Pending,
        Progress::Retrieved => State::Retrieved,
        Progress::Approved => State::Approved,
        Progress::Rejected => State::Rejected,
        Progress::Cancelled => State::Cancelled,
        Progress::Expired => State::Expired,
        Progress::Failed => State::Failed,
    }
}

impl LoginsPair {
    /// The server starts again with what it has stored, and goes on where it was. A row with one bit bent is none, or
    /// says what it is read as.
    pub fn restart(&mut self, serial: Serial, bit: usize) {
        let rows: Vec<_> = self.fast.rows().collect();
        let mut again = Logins::default();
        for row in &rows {
            assert_eq!(again.take_up(serial, &row.bytes), Ok(row.challenge_key));
            let (mut bent, mut other) = (row.bytes.clone(), Logins::default());
            let bit = bit % (8 * bent.len());
            bent[bit / 8] ^= 1 << (bit % 8);
            if other.take_up(serial, &bent).is_ok() {
                assert!(other.rows().map(|row| row.bytes).eq([bent]), "a row has one form");
            }
        }
        assert!(again.rows().eq(rows), "what is taken up is what was there");
        self.fast = again;
    }

    /// One operation. What the clock has ended stays ended, whatever is refused: so the sessions go on with the answer.
    fn both<T: PartialEq + std::fmt::Debug + Clone>(
        &mut self,
        server: &mut ServerPair,
        fast: impl Fn(&mut Logins, &mut License) -> Result<T, Refusal>,
        slow: impl FnOnce(&mut Model, &mut super::model::Server) -> Verdict<T>,
    ) -> Verdict<T> {
        let after = RefCell::new(self.fast.clone());
        let (before, model) = (&self.fast, &mut self.slow);
        let result = server.both(
            |license| {
                let mut logins = before.clone();
                let result = fast(&mut logins, license);
                after.replace(logins);
                result
            },
            |server| slow(model, server),
        );
        self.fast = after.into_inner();
        let failures = self.fast.login_failures(server.slow.kind.serial());
        let failures: Vec<_> = failures.map(|(key, n)| (key.0, usize::from(n))).collect();
        assert_eq!(failures, self.slow.failures(server.slow.kind.serial), "LGN-17");
        result
    }

    /// The notification.
    pub fn start(&mut self, server: &mut ServerPair, key: [u8; 5], ask: &Ask, now: u32) -> Verdict<Vec<u8>> {
        let [service, user, domain] = ask.texts.clone();
        let (identity, requester) = (Identity { user, domain }, ask.requester.clone());
        let given = server::Ask { application: ask.application, service, identity, requester };
        self.both(
            server,
            |logins, license| logins.start(license, ChallengeKey(key), given.clone(), now),
            |logins, server| logins.start(server, key, ask, now),
        )
    }

    /// The details, for a sequence number of 1..=99.
    pub fn retrieve(
        &mut self,
        server: &mut ServerPair,
        key: &str,
        (serial, sequence): (&str, u8),
        now: u32,
    ) -> Verdict<Vec<u8>> {
        let asks = (serial.parse().unwrap(), Sequence::new(sequence).unwrap());
        self.both(
            server,
            |logins, license| logins.retrieve(license, key, asks, now),
            |logins, server| logins.retrieve(server, key, (serial, sequence), now),
        )
    }

    /// Who signed.
    pub fn approve(
        &mut self,
        server: &mut ServerPair,
        key: &str,
        (user, domain): (&str, &str),
        typed: &str,
        now: u32,
    ) -> Verdict<u8> {
        let identity = Identity { user: user.into(), domain: domain.into() };
        self.both(
            server,
            |logins, license| logins.approve(license, key, &identity, typed, now).map(Sequence::number),
            |logins, server| logins.approve(server, key, (user, domain), typed, now),
        )
    }

    /// Sequence number and challenge key. A refusal of the session's is no free one: the message is used up.
    pub fn reject(&mut self, server: &mut ServerPair, message: &str, now: u32) -> Verdict<(u8, [u8; 5])> {
        let refusal = RefCell::new(None);
        let result = self.both(
            server,
            |logins, license| {
                let result = logins.reject(license, message, now).map(said);
                refusal.replace(result.err());
                Ok(result.map_err(|refusal| refusal.rule.id))
            },
            |logins, server| Ok(logins.reject(server, message, now)),
        );
        let result = result.unwrap();
        if let Some(refusal) = refusal.into_inner() {
            same::<()>(Err(refusal), Err(result.unwrap_err()));
        }
        result
    }

    /// Given up.
    pub fn cancel(&mut self, server: &mut ServerPair, key: &str, now: u32) -> Verdict<()> {
        self.both(
            server,
            |logins, license| logins.cancel(license, key, now),
            |logins, server| logins.cancel(server, key, now),
        )
    }

    /// How far.
    pub fn status(&mut self, server: &mut ServerPair, key: &str, now: u32) -> Verdict<State> {
        self.both(
            server,
            |logins, license| logins.status(license, key, now).map(state_of),
            |logins, server| logins.status(server, key, now),
        )
    }

    /// No login of this license is one of another (LGN-7).
    pub fn is_unknown_to(&mut self, other: &License, key: &str, now: u32) {
        let found = self.fast.clone().status(other, key, now);
        assert!(found.is_err_and(|refusal| refusal.rule == LGN_7), "LGN-7");
    }

    /// Restored.
    pub fn restored(&mut self, server: &mut ServerPair, now: u32) {
        server.restored(0, now);
        self.fast.forget(server.slow.kind.serial());
        self.slow.forget(server.slow.kind.serial);
    }
}
