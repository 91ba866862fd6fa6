//! Information: client to server, type 0x24, under the payload key. SPEC section 27.
//!
//! ```text
//! nonce  u32 time || u8 sequence number || u24 information counter
//! body   01: rejection || challenge key (5)
//! ```
//! Siblings share the payload key: the sequence number in the nonce is in the context of the keys, too, so that no
//! key stream is used twice.

use crate::bytes::{Reader, Wire};
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::INF_5;
use crate::text::gateway_string::ChallengeKey;

/// The last information counter (NON-5).
pub const MAX_COUNTER: u32 = 0xFF_FFFF;
const REJECTION: u8 = 1;

/// The body, in clear: the user rejects a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Information {
    /// Which login.
    pub challenge_key: ChallengeKey,
}

impl Wire for Information {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(fault::bent("information-first-byte", REJECTION, 0));
        out.extend(self.challenge_key.0);
    }

    fn decode(body: &[u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(body);
        let what = reader.u8(INF_5)?;
        let challenge_key = ChallengeKey(reader.array(INF_5)?);
        ensure(reader.left() == 0, INF_5, Found::Length(body.len()))?;
        ensure(what == REJECTION, INF_5, Found::Number(u64::from(what)))?;
        Ok(Self { challenge_key })
    }
}

/// The nonce of an information message (NON-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InformationNonce {
    /// The client's clock.
    pub time: u32,
    /// The instance that sends, 1..=99; as received it may be any.
    pub sequence: u8,
    /// How many it has sent, this one included.
    pub counter: u32,
}

impl InformationNonce {
    /// The 8 bytes; of the counter the lower three bytes.
    pub fn encode(self) -> [u8; 8] {
        let low = u64::from(self.sequence) << 24 | u64::from(self.counter & MAX_COUNTER);
        (u64::from(self.time) << 32 | low).to_be_bytes()
    }

    /// Any 8 bytes.
    pub fn decode(bytes: [u8; 8]) -> Self {
        let [t0, t1, t2, t3, sequence, c0, c1, c2] = bytes;
        let time = u32::from_be_bytes([t0, t1, t2, t3]);
        Self { time, sequence, counter: u32::from_be_bytes([0, c0, c1, c2]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: [u8; 6] = [1, 0x01, 0x23, 0x45, 0x67, 0x89];

    #[test]
    fn inf_1_the_body_spelled_out() {
        let message = Information { challenge_key: ChallengeKey([0x01, 0x23, 0x45, 0x67, 0x89]) };
        assert_eq!(message.to_bytes(), BODY);
        assert_eq!(Information::decode(&BODY), Ok(message));
    }

    #[test]
    fn inf_5_another_length_or_first_byte() {
        for length in (0..6).chain([7]) {
            let body: Vec<u8> = BODY.into_iter().chain([0]).take(length).collect();
            assert_eq!(Information::decode(&body).unwrap_err().rule, INF_5);
        }
        for what in (0..=255).filter(|what| *what != 1) {
            let body = [&[what], &BODY[1..]].concat();
            assert_eq!(Information::decode(&body).unwrap_err().rule, INF_5);
        }
    }

    #[test]
    fn non_4_the_nonce_spelled_out() {
        let nonce = InformationNonce { time: 0x01020304, sequence: 5, counter: 0x060708 };
        assert_eq!(nonce.encode(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(InformationNonce::decode([1, 2, 3, 4, 5, 6, 7, 8]), nonce);
        let last = InformationNonce { time: u32::MAX, sequence: 99, counter: MAX_COUNTER };
        assert_eq!(last.encode(), [255, 255, 255, 255, 99, 255, 255, 255]);
        assert_eq!(InformationNonce::decode(last.encode()), last);
    }
}
