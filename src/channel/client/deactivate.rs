//! The end of an instance, on its device. SPEC section 11, deactivation.

use super::{Client, frame_of};
use crate::bytes::Wire;
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::{CLI_5, DEA_6};
use crate::serial::{Sequence, Serial};
use crate::text::hex;
use crate::wire::deactivation::Deactivation;
use crate::wire::frame::{Carrier, Kind};

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
    /// Takes a deactivation and wipes the account it names (DEA-7).
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2 to CLI-4, CLI-6, CLI-7, PRT-4, CLI-8, DEA-5, DEA-6.
    pub fn deactivate(&mut self, message: &str, carrier: Carrier) -> Result<Deactivated, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, carrier, Kind::Deactivation)?;
        let serial = frame.header.serial;
        let account = self.active(serial)?;
        // DEA-7: a locked account, too.
        ensure(fault::bent("deactivates-locked-not", true, !account.is_locked()), CLI_5, Found::Nothing)?;
        let Deactivation { sequence } = Deactivation::decode(&account.open_message(&frame)?)?;
        let number = Found::Number(u64::from(sequence.number()));
        ensure(sequence == account.sequence, DEA_6, number)?;

        let callback = self.close_on(serial);
        if let Some(account) = self.accounts.get_mut(&serial) {
            account.active = None;
            if account.pre_activated.is_none() || fault::bent("deactivation-wipes-both", false, true) {
                self.accounts.remove(&serial);
            }
        }
        Ok(Deactivated { serial, sequence, callback })
    }
}
