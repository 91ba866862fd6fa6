//! Deactivation: server to client, type 2, under the payload key. SPEC section 11.
//!
//! ```text
//! offset  size  field
//! 0       1     sequence number, 1..=99
//! 1       1     00
//! ```
//! It wipes the instance it names and must never touch another.

use crate::bytes::{Reader, Wire};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::DEA_5;
use crate::serial::Sequence;

/// The body, in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deactivation {
    /// The instance that ends.
    pub sequence: Sequence,
}

impl Wire for Deactivation {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.sequence.number(), fault::bent("deactivation-last-byte", 0, 1)]);
    }

    fn decode(body: &[u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(body);
        let number = reader.u8(DEA_5)?;
        let zero = reader.u8(DEA_5)?;
        ensure(reader.left() == 0, DEA_5, Found::Length(body.len()))?;
        let Some(sequence) = Sequence::new(number) else {
            return refuse(DEA_5, Found::Number(u64::from(number)));
        };
        ensure(zero == 0, DEA_5, Found::Offset(1))?;
        Ok(Self { sequence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dea_1_dea_5_every_two_bytes() {
        for word in 0..=u16::MAX {
            let [number, zero] = word.to_be_bytes();
            match Deactivation::decode(&[number, zero]) {
                Ok(message) => assert_eq!(message.to_bytes(), [number, zero]),
                Err(refusal) => {
                    assert_eq!(refusal.rule, DEA_5);
                    assert!(number == 0 || number > 99 || zero != 0);
                }
            }
        }
        for body in [&[][..], &[1], &[1, 0, 0]] {
            assert_eq!(Deactivation::decode(body).unwrap_err().rule, DEA_5);
        }
    }
}
