//! The frame around every message. SPEC section 5.
//!
//! ```text
//! offset  size  field
//! 0       2     version (4 bits) | type (6) | protection (6)
//! 2       5     serial number
//! 7       8     nonce
//! 15      n     body
//! 15 + n  8     tag
//! ```
//! Both sides write and read it. It knows neither keys nor bodies: whether the tag is right is for
//! [`crate::crypto::protect`] to say.

use crate::crypto::protect::{HEADER_LENGTH, Protection, TAG_LENGTH};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{FRM_2, FRM_3, FRM_4, FRM_5, FRM_6, FRM_7, FRM_8, FRM_9, FRM_10};
use crate::serial::Serial;

/// Bytes of a frame that are not body.
pub const OVERHEAD: usize = HEADER_LENGTH + TAG_LENGTH;

/// How a message travels, which limits its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// Drawn, typed or in a URL: a body of at most 512 bytes.
    Direct,
    /// Carried by the gateway: a body of at most 2078 bytes.
    Gateway,
}

impl Carrier {
    /// The longest body in bytes.
    pub fn max_body(self) -> usize {
        match self {
            Carrier::Direct => 512,
            Carrier::Gateway => 2078,
        }
    }
}

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 0: activation message 1, never protected.
    Activation1,
    /// 1: activation message 2.
    Activation2,
    /// 2: deactivation.
    Deactivation,
    /// 3: request.
    Request,
    /// 0x24: information.
    Information,
}

/// The number of the type that is recognised and refused.
const RESPONSE: u8 = 4;

impl Kind {
    /// The number in the first word.
    pub fn number(self) -> u8 {
        match self {
            Kind::Activation1 => 0,
            Kind::Activation2 => 1,
            Kind::Deactivation => 2,
            Kind::Request => 3,
            Kind::Information => 0x24,
        }
    }

    /// The type of a number in the first word; refuses an unknown one, and a response (FRM-6, FRM-7).
    fn from_number(number: u8) -> Result<Self, Refusal> {
        match number {
            0 => Ok(Kind::Activation1),
            1 => Ok(Kind::Activation2),
            2 => Ok(Kind::Deactivation),
            3 => Ok(Kind::Request),
            0x24 => Ok(Kind::Information),
            RESPONSE => refuse(FRM_7, Found::Number(u64::from(number))),
            _ => refuse(FRM_6, Found::Number(u64::from(number))),
        }
    }
}

/// Everything before the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// What the frame carries.
    pub kind: Kind,
    /// `None` exactly for activation message 1 (FRM-9, FRM-10).
    pub protection: Option<Protection>,
    /// The license.
    pub serial: Serial,
    /// Challenge of AM1, else time and counter.
    pub nonce: [u8; 8],
}

impl Header {
    /// The 15 bytes.
    pub fn encode(&self) -> [u8; HEADER_LENGTH] {
        let protection = self.protection.map_or(0, Protection::number);
        let [w0, w1] = (u16::from(self.kind.number()) << 6 | u16::from(protection)).to_be_bytes();
        let [s0, s1, s2, s3, s4] = self.serial.to_bytes();
        let [n0, n1, n2, n3, n4, n5, n6, n7] = self.nonce;
        [w0, w1, s0, s1, s2, s3, s4, n0, n1, n2, n3, n4, n5, n6, n7]
    }

    /// From the 15 bytes: FRM-5 to FRM-10, SER-2, SER-3 in this order.
    pub fn decode(bytes: &[u8; HEADER_LENGTH]) -> Result<Self, Refusal> {
        let [w0, w1, s0, s1, s2, s3, s4, nonce @ ..] = *bytes;
        let word = u16::from_be_bytes([w0, w1]);
        let [version, kind, protection] =
            [word >> 12, word >> 6 & 0x3F, word & 0x3F].map(|bits| u8::try_from(bits).unwrap_or(u8::MAX));
        ensure(version == 0, FRM_5, Found::Number(u64::from(version)))?;
        let kind = Kind::from_number(kind)?;
        let found = Found::Number(u64::from(protection));
        let protection = match protection {
            0 => None,
            number => match Protection::from_number(number) {
                Some(protection) => Some(protection),
                None => return refuse(FRM_8, found),
            },
        };
        if kind == Kind::Activation1 {
            ensure(protection.is_none(), FRM_9, found)?;
        } else {
            ensure(protection.is_some(), FRM_10, found)?;
        }
        let serial = Serial::from_bytes([s0, s1, s2, s3, s4])?;
        Ok(Self { kind, protection, serial, nonce })
    }
}

/// A frame as received: its fields, and the bytes they were read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The decoded header.
    pub header: Header,
    /// The header's bytes as received.
    pub header_bytes: &'a [u8; HEADER_LENGTH],
    /// The body as received.
    pub body: &'a [u8],
    /// The tag as received.
    pub tag: &'a [u8; TAG_LENGTH],
    /// The whole frame as received.
    pub bytes: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads a frame. FRM-2 to FRM-10, SER-2, SER-3.
    pub fn decode(bytes: &'a [u8], carrier: Carrier) -> Result<Self, Refusal> {
        let length = Found::Length(bytes.len());
        let split = bytes.split_first_chunk::<HEADER_LENGTH>().and_then(|(header, rest)| {
            rest.split_last_chunk::<TAG_LENGTH>().map(|(body, tag)| (header, body, tag))
        });
        let Some((header_bytes, body, tag)) = split else {
            return refuse(FRM_2, length);
        };
        let limit = match carrier {
            Carrier::Direct => FRM_3,
            Carrier::Gateway => FRM_4,
        };
        ensure(body.len() <= carrier.max_body(), limit, length)?;
        let header = Header::decode(header_bytes)?;
        Ok(Self { header, header_bytes, body, tag, bytes })
    }

    /// Puts a frame together.
    pub fn encode(header: &[u8; HEADER_LENGTH], body: &[u8], tag: &[u8; TAG_LENGTH]) -> Vec<u8> {
        [&header[..], body, tag].concat()
    }
}

/// The nonce of a message from server to client: `u32 time || u32 counter`. NON-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce {
    /// Unix seconds.
    pub time: u32,
    /// The license's message counter.
    pub counter: u32,
}

impl Nonce {
    /// The 8 bytes.
    pub fn encode(self) -> [u8; 8] {
        (u64::from(self.time) << 32 | u64::from(self.counter)).to_be_bytes()
    }

    /// Any 8 bytes.
    pub fn decode(bytes: [u8; 8]) -> Self {
        let [t0, t1, t2, t3, c0, c1, c2, c3] = bytes;
        Self { time: u32::from_be_bytes([t0, t1, t2, t3]), counter: u32::from_be_bytes([c0, c1, c2, c3]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

    #[test]
    fn frm_1_the_published_sample_field_by_field() {
        let bytes = hex::decode(PUBLISHED).unwrap();
        let frame = Frame::decode(&bytes, Carrier::Direct).unwrap();
        assert_eq!(frame.header.kind, Kind::Request);
        assert_eq!(frame.header.protection, Some(Protection::HmacSha256));
        assert_eq!(frame.header.serial.to_string(), "VDS1000120");
        assert_eq!(hex::encode(&frame.header.nonce), "23B3C20F3291C7BB");
        assert_eq!(hex::encode(frame.body), "5E3815E25AA4C7A4D8CB266CFA");
        assert_eq!(hex::encode(frame.tag), "56FDA80477CEE081");
        assert_eq!(Frame::encode(&frame.header.encode(), frame.body, frame.tag), bytes);
    }

    #[test]
    fn frm_5_to_frm_10_every_first_word() {
        let mut bytes = hex::decode(PUBLISHED).unwrap();
        for word in 0..=u16::MAX {
            bytes[..2].copy_from_slice(&word.to_be_bytes());
            let (version, kind, protection) = (word >> 12, word >> 6 & 63, word & 63);
            let expected = match (version, kind, protection) {
                (1.., ..) => Some(FRM_5),
                (_, 4, _) => Some(FRM_7),
                (_, 5..=0x23 | 0x25.., _) => Some(FRM_6),
                (_, _, 3..) => Some(FRM_8),
                (_, 0, 1..) => Some(FRM_9),
                (_, 1.., 0) => Some(FRM_10),
                _ => None,
            };
            match Frame::decode(&bytes, Carrier::Direct) {
                Ok(frame) => {
                    assert_eq!(expected, None);
                    assert_eq!(frame.header.encode()[..], bytes[..15]);
                }
                Err(refusal) => assert_eq!(Some(refusal.rule), expected, "{word:04X}"),
            }
        }
    }

    #[test]
    fn frm_2_frm_3_frm_4_every_length() {
        let mut bytes = hex::decode(PUBLISHED).unwrap();
        bytes.resize(2110, 0);
        for length in 0..=2110 {
            for (carrier, limit, rule) in [(Carrier::Direct, 535, FRM_3), (Carrier::Gateway, 2101, FRM_4)] {
                let expected = if length < 23 { Some(FRM_2) } else { (length > limit).then_some(rule) };
                let got = Frame::decode(&bytes[..length], carrier);
                assert_eq!(got.err().map(|refusal| refusal.rule), expected, "{length}");
            }
        }
    }

    #[test]
    fn non_1_the_nonce() {
        let nonce = Nonce { time: 0x01020304, counter: 0x05060708 };
        assert_eq!(nonce.encode(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Nonce::decode(nonce.encode()), nonce);
    }
}
