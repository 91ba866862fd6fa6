//! How an account goes without a message: the app reports that the server accepted its successor, or the user removes
//! it. SPEC section 12.

use super::Client;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{CLI_3, CLI_20};
use crate::serial::Serial;

/// What the user removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// All that there is under the serial number.
    Account,
    /// What stands beside an activated account, to replace it.
    Replacement,
}

impl Client {
    /// The server has accepted the confirmation: the waiting account takes the place of the activated one (CLI-21). Where
    /// none waits, nothing changes.
    ///
    /// Refuses, in this order: CLI-1, CLI-3, CLI-4.
    pub fn mark_confirmed(&mut self, serial: Serial) -> Result<(), Refusal> {
        self.ensure_not_blocked()?;
        self.selected(serial)?;
        if self.accounts.get_mut(&serial).is_some_and(|account| account.promote()) {
            self.close(serial);
        }
        Ok(())
    }

    /// The user's way out (CLI-19).
    ///
    /// Refuses, in this order: CLI-1, CLI-3, CLI-20.
    pub fn remove(&mut self, serial: Serial, what: What) -> Result<(), Refusal> {
        self.ensure_not_blocked()?;
        let Some(account) = self.accounts.get_mut(&serial) else {
            return refuse(CLI_3, Found::Nothing);
        };
        match what {
            What::Account => {
                self.accounts.remove(&serial);
                self.close(serial);
            }
            What::Replacement => {
                ensure(account.active.is_some() && account.next.is_some(), CLI_20, Found::Nothing)?;
                account.next = None;
            }
        }
        Ok(())
    }
}
