//! What the keys of a channel depend on beside the channel key: how a frame is protected, and who sends it. The
//! contexts of KEY-3 to KEY-5, SPEC section 6.

use crate::fault;

/// How a protected frame is protected; the numbers are those of the frame's first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protection {
    /// 1: AES-128-CTR and HMAC-SHA-256.
    HmacSha256,
    /// 2: AES-128-CTR and AES-CMAC. The default.
    Cmac,
}

impl Protection {
    /// The number in the first word.
    pub fn number(self) -> u8 {
        match self {
            Protection::HmacSha256 => 1,
            Protection::Cmac => 2,
        }
    }

    /// `None` for any number but 1 and 2.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Protection::HmacSha256),
            2 => Some(Protection::Cmac),
            _ => None,
        }
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// 0: types 1, 2 and 3.
    ToClient,
    /// 1: type 0x24, from the instance of this sequence number.
    ToServer(u8),
}

impl Direction {
    /// The number in the contexts of KEY-3 to KEY-5.
    pub fn number(self) -> u8 {
        match self {
            Direction::ToClient => 0,
            Direction::ToServer(_) => 1,
        }
    }

    /// The contexts of KEY-3 to KEY-5: siblings have one payload key, so each sends under keys of its own.
    pub fn context(self, protection: Protection) -> Vec<u8> {
        let mut context = vec![protection.number(), self.number()];
        if let Direction::ToServer(sequence) = self {
            context.extend(fault::bent("information-keys-of-all", Some(sequence), None));
        }
        context
    }
}
