//! Issuing requests. SPEC section 13.

use super::{IssuedRequest, License};
use crate::crypto::mac::sha256;
use crate::error::{Found, Refusal, ensure, fault, refuse};
use crate::rule::{REQ_12, REQ_13};
use crate::wire::frame::{Carrier, Kind};
use crate::wire::request::Request;

/// VER-7: so many of the requests issued last are remembered.
const MAX_ISSUED: usize = 256;

impl License {
    /// Issues a request that fits the carrier.
    ///
    /// Refuses, in this order: REQ-13, REQ-12, then by string REQ-10, REQ-9, REQ-11 or OTP-3, REQ-11, NON-3.
    pub fn generate_request(
        &mut self,
        request: &Request,
        carrier: Carrier,
        now: u32,
    ) -> Result<Vec<u8>, Refusal> {
        let Some(channel) = &self.channel else {
            return refuse(REQ_13, Found::Nothing);
        };
        let index = request.application;
        let rules = self.vector.application(index);
        let signs = rules.is_some_and(|rules| rules.signs_requests(request.is_challenge()));
        ensure(signs, REQ_12, Found::Number(u64::from(index)))?;
        let body = request.encode(carrier)?;
        let nonce = self.next_nonce(now)?;
        let protection = self.settings.message_vector.policy.messages;
        let frame = self.seal(Kind::Request, protection, channel.keys(), nonce, body);

        self.last = nonce;
        let request = IssuedRequest { time: nonce.time, hash: sha256(&[&frame]), application: index };
        self.issued.insert(nonce.counter, request);
        let most = fault::bent("forgets-too-early", MAX_ISSUED, MAX_ISSUED - 1);
        if self.issued.len() > fault::bent("forgets-nothing", most, usize::MAX) {
            self.issued.pop_first();
        }
        Ok(frame)
    }
}
