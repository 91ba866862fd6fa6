//! How an account goes without a message: the app reports that the server accepted its successor, or the user removes
//! it. SPEC section 12.

use super::{Client, frame_of};
use crate::crypto::mac::sha256;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{CLI_3, CLI_20, CLI_23};
use crate::serial::Serial;
use crate::text::hex;
use crate::wire::frame::{Carrier, Kind};

/// What the user removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// All that there is under the serial number.
    Account,
    /// What stands beside an activated account, to replace it.
    Replacement,
}

impl Client {
    /// The server has accepted the confirmation of this AM2: the account made from it, which waits, takes the place of the
    /// activated one (CLI-21). Where none waits, nothing changes. The URL to be called, where a message of the old account
    /// was on display that another app had brought (A2A-30).
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2 to CLI-4, CLI-23.
    pub fn mark_confirmed(&mut self, message: &str) -> Result<Option<String>, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let serial = frame_of(&bytes, Carrier::Direct, Kind::Activation2)?.header.serial;
        let account = self.activated(serial)?;
        let Some(waiting) = account.waiting() else { return Ok(None) };
        ensure(waiting.am2 == sha256(&[&bytes]), CLI_23, Found::Nothing)?;
        account.promote();
        Ok(self.close_on(serial))
    }

    /// The user's way out (CLI-19). The URL to be called, where a message of this account was on display that another app
    /// had brought (A2A-30).
    ///
    /// Refuses, in this order: CLI-1, CLI-3, CLI-20.
    pub fn remove(&mut self, serial: Serial, what: What) -> Result<Option<String>, Refusal> {
        self.ensure_not_blocked()?;
        let Some(account) = self.accounts.get_mut(&serial) else {
            return refuse(CLI_3, Found::Nothing);
        };
        match what {
            What::Account => {
                self.accounts.remove(&serial);
                Ok(self.close_on(serial))
            }
            What::Replacement => {
                ensure(account.active.is_some() && account.next.is_some(), CLI_20, Found::Nothing)?;
                account.next = None;
                Ok(None)
            }
        }
    }
}
