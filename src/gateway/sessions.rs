//! What a gateway keeps beside a license: its logins, its registration, whose it is, and what its devices are called.
//!
//! Each of these is a record of its own, so that a change writes that one alone: [`Sessions::records`] has them, and
//! [`Sessions::take_up`] takes one up again.

use std::collections::BTreeMap;

use channel::serial::{Sequence, Serial};
use channel::server::{Logins, NotARow};
use channel::text::gateway_string::{ChallengeKey, Identity};
use serde::{Deserialize, Serialize};

use crate::registration::{KNOWN_S, Registration, RegistrationId};

/// How long a login session is known, in seconds (LGN-6).
const LOGIN_KNOWN_S: u32 = 3600;

/// What finds a record, and with it the license.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A login session.
    Login([u8; 5]),
    /// A registration.
    Registration([u8; 10]),
    /// An account: user and domain.
    Account(String, String),
}

impl Name {
    /// Of a session.
    pub fn login(key: ChallengeKey) -> Self {
        Self::Login(key.0)
    }

    /// Of a registration.
    pub fn registration(id: RegistrationId) -> Self {
        Self::Registration(id.0)
    }

    /// Of an account.
    pub fn account(identity: &Identity) -> Self {
        Self::Account(identity.user.clone(), identity.domain.clone())
    }

    /// Of which kind: 1 to 3.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Login(_) => 1,
            Self::Registration(_) => 2,
            Self::Account(..) => 3,
        }
    }

    /// Bytes that no other name has: its kind first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let kind = &[self.kind()][..];
        match self {
            Self::Login(key) => [kind, key].concat(),
            Self::Registration(id) => [kind, id].concat(),
            // A user has no NUL (REQ-9).
            Self::Account(user, domain) => [kind, user.as_bytes(), &[0], domain.as_bytes()].concat(),
        }
    }
}

/// Something to be stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// What finds it.
    pub name: Name,
    /// From when on it is of no use to anybody; never, of an account.
    pub until: u32,
    /// All of it, for nobody else to read.
    pub content: Vec<u8>,
}

/// Whose a license is, and what its devices are called.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub identity: Identity,
    /// The user's words for each device.
    pub devices: BTreeMap<Sequence, String>,
}

/// What is kept beside a license.
#[derive(Clone, Default)]
pub struct Sessions {
    /// Its login sessions.
    pub logins: Logins,
    /// The registration begun last.
    pub registration: Option<Registration>,
    /// Whose it is, once a device is activated.
    pub account: Option<Account>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRow {
    version: u8,
    user: String,
    domain: String,
    devices: Vec<(u8, String)>,
}

const VERSION: u8 = 1;

impl Sessions {
    /// All of it.
    pub fn records(&self) -> Vec<Record> {
        let logins = self.logins.rows().map(|row| Record {
            name: Name::login(row.challenge_key),
            until: row.start.saturating_add(LOGIN_KNOWN_S),
            content: row.bytes,
        });
        let registration = self.registration.iter().map(|registration| Record {
            name: Name::registration(registration.id),
            until: registration.start.saturating_add(KNOWN_S),
            content: registration.row(),
        });
        let account = self.account.iter().map(|account| Record {
            name: Name::account(&account.identity),
            until: u32::MAX,
            content: account.row(),
        });
        logins.chain(registration).chain(account).collect()
    }

    /// Takes a record of this license up again, by the kind of its name: what it is called.
    pub fn take_up(&mut self, serial: Serial, kind: u8, content: &[u8]) -> Result<Name, NotARow> {
        match kind {
            1 => self.logins.take_up(serial, content).map(Name::login),
            2 => {
                let registration = Registration::read(content).ok_or(NotARow)?;
                let name = Name::registration(registration.id);
                self.registration = Some(registration);
                Ok(name)
            }
            3 => {
                let account = Account::read(content).ok_or(NotARow)?;
                let name = Name::account(&account.identity);
                self.account = Some(account);
                Ok(name)
            }
            _ => Err(NotARow),
        }
    }
}

impl Account {
    fn row(&self) -> Vec<u8> {
        let Identity { user, domain } = self.identity.clone();
        let devices = self.devices.iter().map(|(sequence, words)| (sequence.number(), words.clone()));
        let row = AccountRow { version: VERSION, user, domain, devices: devices.collect() };
        serde_json::to_vec(&row).unwrap_or_default()
    }

    fn read(row: &[u8]) -> Option<Self> {
        let row: AccountRow =
            serde_json::from_slice(row).ok().filter(|row: &AccountRow| row.version == VERSION)?;
        let device = |(number, words)| Some((Sequence::new(number)?, words));
        let devices = row.devices.into_iter().map(device).collect::<Option<_>>()?;
        Some(Self { identity: Identity { user: row.user, domain: row.domain }, devices })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registration::Added;

    #[test]
    fn gtw_6_what_is_taken_up_again_is_what_was_there() {
        let identity = Identity { user: "zoë".into(), domain: "d".into() };
        let sequence = Sequence::new(2).unwrap();
        let added = Added { sequence, message: vec![1, 2, 255], description: "my \"phone\"".into() };
        let registration = Registration {
            id: RegistrationId([7; 10]),
            identity: identity.clone(),
            start: 1_000,
            replace: true,
            added: Some(added),
            is_activated: false,
        };
        let account = Account { identity, devices: [(sequence, "a".to_owned())].into() };
        let before =
            Sessions { registration: Some(registration), account: Some(account), ..Sessions::default() };
        let records = before.records();
        let mut after = Sessions::default();
        let serial = "VDS1000120".parse().unwrap();
        for record in &records {
            let kind = record.name.kind();
            assert!(after.take_up(serial, kind, &record.content) == Ok(record.name.clone()));
            assert!(after.take_up(serial, 4, &record.content) == Err(NotARow));
            assert!(after.take_up(serial, kind, &record.content[1..]) == Err(NotARow));
        }
        assert!((after.registration, after.account) == (before.registration, before.account));
        assert_eq!(records.iter().map(|record| record.until).collect::<Vec<_>>(), [605_800, u32::MAX]);
    }
}
