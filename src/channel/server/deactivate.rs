//! The end of an instance, on the server. SPEC section 11, deactivation.

use super::{License, Status};
use crate::bytes::Wire;
use crate::error::{Found, Refusal, refuse};
use crate::fault;
use crate::rule::{DEA_2, DEA_3};
use crate::serial::Sequence;
use crate::wire::deactivation::Deactivation;
use crate::wire::frame::Kind;

impl License {
    /// Deactivates an instance for good and issues the message that tells its client (DEA-4).
    ///
    /// Refuses, in this order: DEA-2, DEA-3, NON-3.
    pub fn generate_deactivation(&mut self, sequence: Sequence, now: u32) -> Result<Vec<u8>, Refusal> {
        let Some(channel) = &self.channel else {
            return refuse(DEA_2, Found::Nothing);
        };
        if !self.instances.contains_key(&sequence) {
            return refuse(DEA_3, Found::Number(u64::from(sequence.number())));
        }
        let nonce = self.next_nonce(now)?;
        let body = Deactivation { sequence }.to_bytes();
        let protection = self.settings.message_vector.policy.messages;
        let frame = self.seal(Kind::Deactivation, protection, channel.keys(), nonce, body);

        self.last = nonce;
        if let Some(instance) = self.instances.get_mut(&sequence) {
            instance.status = fault::bent("deactivates-nothing", Status::Deactivated, instance.status);
            if instance.status == Status::Deactivated {
                instance.forget_am2();
            }
        }
        let ended = fault::bent("deactivation-leaves-verified", Some(sequence), None);
        self.verified.take_if(|verified| ended.is_some() && verified.instance == ended);
        Ok(frame)
    }
}
