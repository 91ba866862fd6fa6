//! What a client tells its server: that the user rejects a login. And whose logins it has approved.
//! SPEC section 27.

use super::Client;
use crate::bytes::Wire;
use crate::crypto::protect::seal;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{CLI_5, CLI_6, NON_5};
use crate::serial::Serial;
use crate::text::gateway_string::{ChallengeKey, Identity};
use crate::wire::frame::{Frame, Header, Kind};
use crate::wire::information::{Information, InformationNonce, MAX_COUNTER};

impl Client {
    /// The message that rejects the login of this challenge key (INF-1). Its counter is to be stored before it leaves.
    ///
    /// Refuses, in this order: CLI-1, CLI-3 to CLI-6, PSH-4, NON-5.
    pub fn generate_information(
        &mut self,
        serial: Serial,
        challenge_key: &str,
        now: u32,
    ) -> Result<Vec<u8>, Refusal> {
        self.ensure_not_blocked()?;
        let account = self.active(serial)?;
        ensure(!account.is_locked(), CLI_5, Found::Nothing)?;
        let Some(channel) = &account.channel else {
            return refuse(CLI_6, Found::Nothing);
        };
        let challenge_key = ChallengeKey::parse(challenge_key)?;
        let last = account.information_counter;
        ensure(last < MAX_COUNTER, NON_5, Found::Nothing)?;

        let counter = last.saturating_add(1);
        let sequence = account.sequence.number();
        let nonce = InformationNonce { time: now, sequence, counter };
        let protection = account.policy.messages;
        let header =
            Header { kind: Kind::Information, protection: Some(protection), serial, nonce: nonce.encode() };
        let header = header.encode();
        let keys = channel.keys_to_server(protection, sequence);
        let (body, tag) = seal(&keys, &header, Information { challenge_key }.to_bytes());
        account.information_counter = fault::bent("information-counter-stays", counter, last);
        Ok(Frame::encode(&header, &body, &tag))
    }

    /// User and domain of the login details signed last (PSH-8), if there were any.
    ///
    /// Refuses, in this order: CLI-1, CLI-3, CLI-4.
    pub fn login_identity(&mut self, serial: Serial) -> Result<Option<&Identity>, Refusal> {
        self.ensure_not_blocked()?;
        Ok(self.active(serial)?.login_identity.as_ref())
    }
}
