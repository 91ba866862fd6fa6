//! Activation message 1: server to client, type 0, in clear with a checksum. SPEC section 9.
//!
//! ```text
//! nonce of the frame: the challenge, or zeros
//! offset  size  field
//! 0       1     flags: 1 challenge present, 2 static vector present
//! 1       4     time of issue
//! 5       24    activation vector: the wrapped license key
//! 29      2     policy
//! 31      n     static vector, if present
//! ```
//! It must never carry anything but the wrapped key: whoever holds it and the static vector holds the license.

use crate::bytes::Reader;
use crate::crypto::keywrap::WRAPPED_LENGTH;
use crate::crypto::protect::Protection;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{AM1_3, AM1_4, AM1_5, AM1_6};

const CHALLENGE: u8 = 1;
const STATIC_VECTOR: u8 = 2;

/// What the client has to know of the license's message vector, which it never sees.
///
/// ```text
/// u16: protection of type 1 (6 bits) | of types 2, 3, 0x24 (6) | post-activation index - 1 (3) | 0
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// The one protection of AM2.
    pub activation: Protection,
    /// The one protection of every later message.
    pub messages: Protection,
    /// Index of the application that signs AM2, 1..=8.
    pub post_activation: u8,
}

impl Policy {
    /// The 16 bits.
    pub fn to_u16(self) -> u16 {
        let post_activation = u16::from(self.post_activation.saturating_sub(1) & 7);
        u16::from(self.activation.number()) << 10
            | u16::from(self.messages.number()) << 4
            | post_activation << 1
    }

    /// The protections and the application of a policy; refuses what is none (AM1-6).
    pub fn from_u16(bits: u16) -> Result<Self, Refusal> {
        let protection = |bits: u16| Protection::from_number(u8::try_from(bits & 0x3F).unwrap_or(0));
        match (protection(bits >> 10), protection(bits >> 4), bits & 1) {
            (Some(activation), Some(messages), 0) => {
                let post_activation = 1 + u8::try_from(bits >> 1 & 7).unwrap_or(0);
                Ok(Self { activation, messages, post_activation })
            }
            _ => refuse(AM1_6, Found::Number(u64::from(bits))),
        }
    }
}

/// The body, and with it the meaning of the frame's nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation1 {
    /// Not zero where present.
    pub challenge: Option<[u8; 8]>,
    /// Unix seconds.
    pub time: u32,
    /// The activation vector.
    pub wrapped_key: [u8; WRAPPED_LENGTH],
    /// Protections and post-activation application.
    pub policy: Policy,
    /// The bytes of a static vector, as sent.
    pub static_vector: Option<Vec<u8>>,
}

impl Activation1 {
    /// The nonce of the frame.
    pub fn nonce(&self) -> [u8; 8] {
        self.challenge.unwrap_or_default()
    }

    /// The body.
    pub fn encode(&self) -> Vec<u8> {
        let mut flags = 0;
        if self.challenge.is_some() {
            flags |= CHALLENGE;
        }
        if self.static_vector.is_some() {
            flags |= STATIC_VECTOR;
        }
        let mut out = vec![flags];
        out.extend(self.time.to_be_bytes());
        out.extend(self.wrapped_key);
        out.extend(self.policy.to_u16().to_be_bytes());
        out.extend(self.static_vector.iter().flatten());
        out
    }

    /// From body and nonce: AM1-3, AM1-4, AM1-5, AM1-6. The static vector is not looked into.
    pub fn decode(body: &[u8], nonce: [u8; 8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(body);
        let flags = reader.u8(AM1_3)?;
        let time = reader.u32(AM1_3)?;
        let wrapped_key = reader.array(AM1_3)?;
        let policy = reader.u16(AM1_3)?;
        let has_vector = flags & STATIC_VECTOR != 0;
        ensure(has_vector == (reader.left() > 0), AM1_3, Found::Length(body.len()))?;
        ensure(flags & !(CHALLENGE | STATIC_VECTOR) == 0, AM1_4, Found::Number(u64::from(flags)))?;
        let has_challenge = flags & CHALLENGE != 0;
        ensure(has_challenge == (nonce != [0; 8]), AM1_5, Found::Number(u64::from(flags)))?;
        let policy = Policy::from_u16(policy)?;
        let static_vector = match reader.left() {
            0 => None,
            length => Some(reader.take(length, AM1_3)?.to_vec()),
        };
        Ok(Self { challenge: has_challenge.then_some(nonce), time, wrapped_key, policy, static_vector })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Activation1 {
        Activation1 {
            challenge: Some([9; 8]),
            time: 0x01020304,
            wrapped_key: [7; 24],
            policy: Policy {
                activation: Protection::Cmac,
                messages: Protection::HmacSha256,
                post_activation: 8,
            },
            static_vector: None,
        }
    }

    #[test]
    fn am1_1_the_layout_spelled_out() {
        let spelled = [&[1][..], &[1, 2, 3, 4], &[7; 24], &[0b0000_1000, 0b0001_1110]].concat();
        assert_eq!(message().encode(), spelled);
        assert_eq!(Activation1::decode(&spelled, [9; 8]), Ok(message()));
        let with_vector = Activation1 { static_vector: Some(vec![1]), ..message() };
        assert_eq!(Activation1::decode(&with_vector.encode(), [9; 8]), Ok(with_vector));
    }

    #[test]
    fn am1_3_am1_4_am1_5_refusals() {
        let good = message().encode();
        for length in 0..31 {
            assert_eq!(Activation1::decode(&good[..length], [9; 8]).unwrap_err().rule, AM1_3);
        }
        let flags = |flags: u8| [&[flags][..], &good[1..]].concat();
        assert_eq!(Activation1::decode(&[&good[..], &[0]].concat(), [9; 8]).unwrap_err().rule, AM1_3);
        assert_eq!(Activation1::decode(&flags(3), [9; 8]).unwrap_err().rule, AM1_3);
        assert_eq!(Activation1::decode(&flags(5), [9; 8]).unwrap_err().rule, AM1_4);
        assert_eq!(Activation1::decode(&flags(0), [9; 8]).unwrap_err().rule, AM1_5);
        assert_eq!(Activation1::decode(&flags(1), [0; 8]).unwrap_err().rule, AM1_5);
        assert!(Activation1::decode(&flags(0), [0; 8]).is_ok());
    }

    #[test]
    fn am1_6_every_policy() {
        for bits in 0..=u16::MAX {
            match Policy::from_u16(bits) {
                Ok(policy) => assert_eq!(policy.to_u16(), bits),
                Err(refusal) => assert_eq!(refusal.rule, AM1_6),
            }
        }
        assert_eq!((0..=u16::MAX).filter(|bits| Policy::from_u16(*bits).is_ok()).count(), 2 * 2 * 8);
    }
}
