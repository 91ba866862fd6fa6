//! What an instance tells its server. SPEC section 27, INF.

use super::License;
use crate::bytes::Wire;
use crate::crypto::protect::open;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{INF_2, INF_3, INF_4, INF_7, VER_1, VER_3};
use crate::serial::Sequence;
use crate::text::gateway_string::ChallengeKey;
use crate::text::hex;
use crate::wire::frame::{Carrier, Frame, Kind};
use crate::wire::information::{Information, InformationNonce};

/// A login that an instance rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Who.
    pub sequence: Sequence,
    /// Which.
    pub challenge_key: ChallengeKey,
}

impl License {
    /// Takes an information message, of a locked instance, too (INF-8); its counter is then the instance's last (INF-6).
    ///
    /// Refuses, in this order: the frame, VER-1, INF-2, INF-3, VER-3, VER-4, VER-6, INF-7, PRT-4, INF-4, INF-5.
    pub fn process_information(&mut self, message: &str, now: u32) -> Result<Rejection, Refusal> {
        let bytes = hex::decode(message)?;
        let frame = Frame::decode(&bytes, Carrier::Gateway)?;
        ensure(frame.header.serial == self.serial, VER_1, Found::Nothing)?;
        let kind = frame.header.kind;
        ensure(kind == Kind::Information, INF_2, Found::Number(u64::from(kind.number())))?;
        let Some(channel) = &self.channel else {
            return refuse(INF_3, Found::Nothing);
        };
        let InformationNonce { time, sequence: number, counter } =
            InformationNonce::decode(frame.header.nonce);
        let Some(sequence) = Sequence::new(number) else {
            return refuse(VER_3, Found::Number(u64::from(number)));
        };
        let instance = self.confirmed(sequence)?;
        self.ensure_recent(time, now)?;
        let protection = self.settings.message_vector.policy.messages;
        ensure(frame.header.protection == Some(protection), INF_7, Found::Nothing)?;
        let used = frame.header.protection.unwrap_or(protection);
        let keys = channel.keys_to_server(used, number);
        let body = open(&keys, frame.header_bytes, frame.body, frame.tag)?;
        let last = instance.information_counter;
        ensure(counter > last, INF_4, Found::Number(u64::from(counter)))?;
        let Information { challenge_key } = Information::decode(&body)?;

        if let Some(instance) = self.instances.get_mut(&sequence) {
            instance.information_counter = fault::bent("information-accepted-again", counter, last);
        }
        Ok(Rejection { sequence, challenge_key })
    }
}
