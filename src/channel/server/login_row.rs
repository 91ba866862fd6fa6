//! A login session as bytes, for a server that goes on where it was when it starts again. Like the [`super::row`] of a
//! license it is its server's own, never leaves it, and isn't in SPEC.md.
//!
//! ```text
//! 01, the version || challenge key 5 || u8 application || service || user || domain || requester
//! || u32 start || u64 order || u8 progress || u8 failures || u8 tries || u8 sequence, 0 before the retrieval || details
//! each text and the details message: u16 length || bytes
//! ```
//! A server that has lost the row of a session has lost the session (LGN-7). An older row would let a decision be taken
//! back, as an older row of a license would: whoever stores them keeps the newest, and both in one step.

use super::login::{Ask, Login, Logins, Progress};
use super::row::NotARow;
use crate::bytes::Reader;
use crate::rule::BLB_7;
use crate::serial::{Sequence, Serial};
use crate::state::Counter;
use crate::text::gateway_string::{ChallengeKey, Identity};

const VERSION: u8 = 1;

/// How far a session has come, by number. `Failed` follows from the failures.
const PROGRESS: [Progress; 6] = [
    Progress::Pending,
    Progress::Retrieved,
    Progress::Approved,
    Progress::Rejected,
    Progress::Cancelled,
    Progress::Expired,
];

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRow {
    /// Which.
    pub challenge_key: ChallengeKey,
    /// When it was started.
    pub start: u32,
    /// The row, with both in it; its details and its user are nobody else's to read.
    pub bytes: Vec<u8>,
}

impl Logins {
    /// The rows of all sessions, ascending by challenge key.
    pub fn rows(&self) -> impl Iterator<Item = LoginRow> {
        self.sessions.iter().map(|(challenge_key, login)| LoginRow {
            challenge_key: *challenge_key,
            start: login.start,
            bytes: login.encode(*challenge_key),
        })
    }

    /// Takes up a session of this license again, as [`Logins::rows`] has written it.
    pub fn take_up(&mut self, serial: Serial, row: &[u8]) -> Result<ChallengeKey, NotARow> {
        let (challenge_key, login) = Login::decode(serial, row)?;
        match self.sessions.insert(challenge_key, login) {
            None => Ok(challenge_key),
            Some(_) => Err(NotARow),
        }
    }
}

impl Login {
    fn encode(&self, challenge_key: ChallengeKey) -> Vec<u8> {
        let Ask { application, service, identity, requester } = &self.ask;
        let mut out = vec![VERSION];
        out.extend(challenge_key.0);
        out.push(*application);
        for text in [service, &identity.user, &identity.domain, requester] {
            write_bytes(text.as_bytes(), &mut out);
        }
        out.extend(self.start.to_be_bytes());
        out.extend(self.order.to_be_bytes());
        let progress = PROGRESS.iter().position(|progress| *progress == self.progress);
        out.push(progress.and_then(|number| u8::try_from(number).ok()).unwrap_or(u8::MAX));
        out.extend([self.failures.value(), self.tries]);
        let (sequence, message) = match &self.retrieved {
            Some((sequence, message)) => (sequence.number(), message.as_slice()),
            None => (0, &[][..]),
        };
        out.push(sequence);
        write_bytes(message, &mut out);
        out
    }

    fn decode(serial: Serial, row: &[u8]) -> Result<(ChallengeKey, Self), NotARow> {
        let mut reader = Reader::new(row);
        if reader.u8(BLB_7)? != VERSION {
            return Err(NotARow);
        }
        let challenge_key = ChallengeKey(reader.array(BLB_7)?);
        let application = reader.u8(BLB_7)?;
        let mut text = || read_text(&mut reader);
        let (service, user, domain, requester) = (text()?, text()?, text()?, text()?);
        let ask = Ask { application, service, identity: Identity { user, domain }, requester };
        let start = reader.u32(BLB_7)?;
        let order = u64::from_be_bytes(reader.array(BLB_7)?);
        let progress = *PROGRESS.get(usize::from(reader.u8(BLB_7)?)).ok_or(NotARow)?;
        let (failures, tries) = (Counter::of(reader.u8(BLB_7)?), reader.u8(BLB_7)?);
        let sequence = reader.u8(BLB_7)?;
        let message = read_bytes(&mut reader)?;
        let retrieved = match (sequence, message) {
            (0, []) => None,
            (number, message) => Some((Sequence::new(number).ok_or(NotARow)?, message.to_vec())),
        };
        match reader.left() {
            0 => {
                Ok((challenge_key, Self { serial, ask, start, order, progress, failures, tries, retrieved }))
            }
            _ => Err(NotARow),
        }
    }
}

/// Texts are at most 255 characters and messages at most 2,101 bytes: the length fits.
fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(bytes);
}

fn read_bytes<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], NotARow> {
    let length = usize::from(reader.u16(BLB_7)?);
    Ok(reader.take(length, BLB_7)?)
}

fn read_text(reader: &mut Reader<'_>) -> Result<String, NotARow> {
    String::from_utf8(read_bytes(reader)?.to_vec()).map_err(|_| NotARow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(progress: Progress, retrieved: Option<(Sequence, Vec<u8>)>) -> Login {
        let identity = Identity { user: "zoë".into(), domain: String::new() };
        let ask = Ask { application: 4, service: "Bank".into(), identity, requester: "192.0.2.1".into() };
        let (start, order, tries) = (1_800_000_000, 7, 5);
        let serial = "VDS1000120".parse().unwrap();
        Login { serial, ask, start, order, progress, failures: Counter::of(2), tries, retrieved }
    }

    fn logins(login: Login) -> Logins {
        Logins { sessions: [(ChallengeKey([1, 2, 3, 4, 5]), login)].into() }
    }

    #[test]
    fn the_row_field_by_field() {
        let login = login(Progress::Retrieved, Some((Sequence::new(3).unwrap(), vec![0xAB, 0xCD])));
        let row = logins(login).rows().next().unwrap();
        assert_eq!(
            crate::text::hex::encode(&row.bytes),
            concat!(
                "01",         // version
                "0102030405", // challenge key
                "04",         // application
                "000442616E6B",
                "00047A6FC3AB",
                "0000", // no domain
                "00093139322E302E322E31",
                "6B49D200",         // start
                "0000000000000007", // order
                "01",               // retrieved
                "02",               // failures
                "05",               // tries
                "03",               // by this instance
                "0002ABCD"          // details
            )
        );
        assert_eq!((row.challenge_key, row.start), (ChallengeKey([1, 2, 3, 4, 5]), 1_800_000_000));
    }

    #[test]
    fn what_is_taken_up_is_what_was_there() {
        let retrieved = || Some((Sequence::new(99).unwrap(), vec![7; 2101]));
        for progress in PROGRESS {
            for retrieved in [None, retrieved()] {
                let before = logins(login(progress, retrieved));
                let row = before.rows().next().unwrap();
                let mut after = Logins::default();
                let serial = "VDS1000120".parse().unwrap();
                assert_eq!(after.take_up(serial, &row.bytes), Ok(row.challenge_key));
                assert_eq!(crate::state::digest(&before), crate::state::digest(&after));
                assert_eq!(after.take_up(serial, &row.bytes), Err(NotARow), "it is there already");
            }
        }
    }

    #[test]
    fn what_is_no_row_is_refused_at_every_length() {
        let serial = "VDS1000120".parse().unwrap();
        let bytes = logins(login(Progress::Pending, None)).rows().next().unwrap().bytes;
        for length in 0..bytes.len() {
            assert_eq!(Logins::default().take_up(serial, &bytes[..length]), Err(NotARow), "{length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Logins::default().take_up(serial, &longer), Err(NotARow));
        for (at, value) in [(0, 2), (bytes.len() - 6, 6), (bytes.len() - 3, 1), (bytes.len() - 3, 100)] {
            let mut bent = bytes.clone();
            bent[at] = value;
            let taken = Logins::default().take_up(serial, &bent);
            assert_eq!(taken.is_err(), value != 1, "byte {at} as {value}");
        }
    }
}
