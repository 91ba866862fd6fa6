//! The end of an instance, on its device. SPEC section 11, deactivation.

use super::{Account, Client, frame_of};
use crate::bytes::Wire;
use crate::crypto::protect::open;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{CLI_5, CLI_6, CLI_7, DEA_6, PRT_4};
use crate::serial::{Sequence, Serial};
use crate::text::hex;
use crate::wire::deactivation::Deactivation;
use crate::wire::frame::{Carrier, Frame, Kind};

/// What [`Client::deactivate`] ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deactivated {
    /// The license.
    pub serial: Serial,
    /// The instance.
    pub sequence: Sequence,
    /// The URL to be called, where a message of this account was on display that another app had brought (A2A-30).
    pub callback: Option<String>,
}

impl Client {
    /// Takes a deactivation and wipes the account it hits, the activated one or the one that waits (DEA-7).
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2 to CLI-4, CLI-6, CLI-7, PRT-4, DEA-5, DEA-6, CLI-8.
    pub fn deactivate(&mut self, message: &str, carrier: Carrier) -> Result<Deactivated, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, carrier, Kind::Deactivation)?;
        let serial = frame.header.serial;
        // DEA-7: a locked account, too.
        let account = self.activated(serial)?;
        let is_locked = account.active.as_ref().is_some_and(|active| active.is_locked());
        ensure(fault::bent("deactivates-locked-not", true, !is_locked), CLI_5, Found::Nothing)?;
        let (sequence, hit) = account.named_by(&frame)?;

        let callback = match hit {
            Hit::Waiting => {
                account.next = None;
                None
            }
            Hit::Active => {
                if !account.promote() {
                    account.active = None;
                }
                if account.active.is_none() && account.next.is_none()
                    || fault::bent("deactivation-wipes-both", false, true)
                {
                    self.accounts.remove(&serial);
                }
                self.close_on(serial)
            }
        };
        Ok(Deactivated { serial, sequence, callback })
    }
}

#[derive(Clone, Copy)]
enum Hit {
    Active,
    Waiting,
}

impl Account {
    /// Which of the two a deactivation is for: the first that it is authentic for and that it names.
    ///
    /// Refuses, in this order: CLI-6, CLI-7, PRT-4, DEA-5, DEA-6, CLI-8.
    fn named_by(&self, frame: &Frame<'_>) -> Result<(Sequence, Hit), Refusal> {
        let active = self.active.as_deref().map(|active| (active, Hit::Active));
        let waiting = self.waiting().map(|waiting| (&waiting.active, Hit::Waiting));
        let waiting = waiting.filter(|_| fault::bent("deactivates-the-old-one-only", true, false));
        let accounts = active.into_iter().chain(waiting);
        let keyed = accounts.filter_map(|(account, hit)| Some((account, hit, account.channel.as_ref()?)));
        let mut meant: Vec<_> = keyed.collect();
        if meant.is_empty() {
            return refuse(CLI_6, Found::Nothing);
        }
        meant.retain(|(account, ..)| account.has_agreed_on(frame));
        ensure(!meant.is_empty(), CLI_7, Found::Nothing)?;
        let mut refused = None;
        let mut authentic = Vec::new();
        for (account, hit, channel) in meant {
            match open(channel.keys(), frame.header_bytes, frame.body, frame.tag) {
                Ok(body) => authentic.push((account, hit, body)),
                Err(refusal) => refused = Some(refusal),
            }
        }
        let Some(first) = authentic.first() else {
            return refused.map_or_else(|| refuse(PRT_4, Found::Nothing), Err);
        };
        let sequence = Deactivation::decode(&first.2)?.sequence;
        let named = authentic.iter().find(|(account, ..)| account.sequence == sequence);
        ensure(named.is_some(), DEA_6, Found::Number(u64::from(sequence.number())))?;
        let (account, hit, _) = named.unwrap_or(first);
        account.ensure_after_activation(frame)?;
        Ok((sequence, *hit))
    }
}
