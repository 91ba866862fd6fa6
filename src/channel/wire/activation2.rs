//! Activation message 2: server to client, type 1, protected under the AM2 channel key. SPEC section 11.
//!
//! ```text
//! offset  size  field
//! 0       1     sequence number, 1..=99
//! 1       1     flags: 1 payload key present
//! 2       16    payload key, or zeros
//! 18      13    instance salt
//! ```

use crate::bytes::{Reader, Wire};
use crate::crypto::keys::{Key, Payload};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::AM2_8;
use crate::serial::Sequence;

const PAYLOAD_KEY: u8 = 1;

/// The body, in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation2 {
    /// The number of the new instance.
    pub sequence: Sequence,
    /// `None` where the license has no Secure Channel.
    pub payload_key: Option<Key<Payload>>,
    /// Diversifies the application keys.
    pub salt: [u8; 13],
}

impl Wire for Activation2 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.sequence.number());
        out.push(if self.payload_key.is_some() { PAYLOAD_KEY } else { 0 });
        out.extend(self.payload_key.as_ref().map_or(&[0; 16], Key::expose));
        out.extend(self.salt);
    }

    fn decode(body: &[u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(body);
        let number = reader.u8(AM2_8)?;
        let flags = reader.u8(AM2_8)?;
        let key: [u8; 16] = reader.array(AM2_8)?;
        let salt = reader.array(AM2_8)?;
        ensure(reader.left() == 0, AM2_8, Found::Length(body.len()))?;
        let Some(sequence) = Sequence::new(number) else {
            return refuse(AM2_8, Found::Number(u64::from(number)));
        };
        ensure(flags & !PAYLOAD_KEY == 0, AM2_8, Found::Number(u64::from(flags)))?;
        let has_key = flags & PAYLOAD_KEY != 0;
        ensure(has_key || key == [0; 16], AM2_8, Found::Offset(2))?;
        Ok(Self { sequence, payload_key: has_key.then(|| Key::new(key)), salt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn am2_1_the_layout_spelled_out() {
        let message = Activation2 {
            sequence: Sequence::new(3).unwrap(),
            payload_key: Some(Key::new([5; 16])),
            salt: [6; 13],
        };
        let spelled = [&[3, 1][..], &[5; 16], &[6; 13]].concat();
        assert_eq!(message.to_bytes(), spelled);
        assert_eq!(Activation2::decode(&spelled), Ok(message));
    }

    #[test]
    fn am2_8_refusals() {
        let good = [&[3, 1][..], &[5; 16], &[6; 13]].concat();
        for length in 0..31 {
            assert_eq!(Activation2::decode(&good[..length]).unwrap_err().rule, AM2_8);
        }
        assert_eq!(Activation2::decode(&[&good[..], &[0]].concat()).unwrap_err().rule, AM2_8);
        for (at, value) in [(0, 0), (0, 100), (1, 0), (1, 2), (1, 3)] {
            let mut bent = good.clone();
            bent[at] = value;
            assert_eq!(Activation2::decode(&bent).unwrap_err().rule, AM2_8, "{at} {value}");
        }
    }
}
