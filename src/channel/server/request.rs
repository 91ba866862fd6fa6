//! Issuing requests. SPEC section 13.

use super::{IssuedRequest, License};
use crate::crypto::mac::sha256;
use crate::crypto::protect::PayloadChannel;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{REQ_12, REQ_13};
use crate::wire::frame::{Carrier, Kind};
use crate::wire::request::{Content, Request};

/// VER-7: so many of the requests of formats 0 to 2 that were issued last are remembered.
const MAX_ISSUED: usize = 256;

impl License {
    /// Issues a request that fits the carrier.
    ///
    /// Refuses, in this order: REQ-13, REQ-12, then by string REQ-10, REQ-9, REQ-11 or OTP-3, or REQ-4 and what a
    /// gateway string's writer refuses; REQ-11, NON-3.
    pub fn generate_request(
        &mut self,
        request: &Request,
        carrier: Carrier,
        now: u32,
    ) -> Result<Vec<u8>, Refusal> {
        let index = request.application;
        let channel = self.channel_for(index, request.is_challenge())?;
        let body = request.encode(carrier)?;
        let nonce = self.next_nonce(now)?;
        let protection = self.settings.message_vector.policy.messages;
        let frame = self.seal(Kind::Request, protection, channel.keys(), nonce, body);

        self.last = nonce;
        if let Content::Gateway(_) = request.content
            && fault::bent("remembers-format-3", true, false)
        {
            return Ok(frame);
        }
        let hash = sha256(&[&frame]);
        let issued = IssuedRequest { time: nonce.time, hash, application: index, is_accepted: false };
        self.issued.insert(nonce.counter, issued);
        let most = fault::bent("forgets-too-early", MAX_ISSUED, MAX_ISSUED - 1);
        if self.issued.len() > fault::bent("forgets-nothing", most, usize::MAX) {
            self.issued.pop_first();
        }
        Ok(frame)
    }

    /// REQ-13, REQ-12: the channel for a request that this application signs.
    pub(super) fn channel_for(&self, index: u8, is_challenge: bool) -> Result<&PayloadChannel, Refusal> {
        let Some(channel) = &self.channel else {
            return refuse(REQ_13, Found::Nothing);
        };
        let rules = self.vector.application(index);
        let signs = rules.is_some_and(|rules| rules.signs_requests(is_challenge));
        ensure(signs, REQ_12, Found::Number(u64::from(index)))?;
        Ok(channel)
    }
}
