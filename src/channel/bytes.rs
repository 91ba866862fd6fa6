//! Reading bytes from left to right, and the trait of everything that has a byte form.

use crate::error::{Found, Refusal, refuse};
use crate::rule::Rule;

/// A value with exactly one byte form.
///
/// `decode` refuses bytes left over, so that `decode(x) = Ok(m)` implies `encode(m) = x`.
pub trait Wire: Sized {
    /// Appends the byte form.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads the byte form; `bytes` must be nothing else.
    fn decode(bytes: &[u8]) -> Result<Self, Refusal>;

    /// The byte form as a vector of its own.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// Reads from left to right; where too little is left, refuses with the rule its caller names.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Begins at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
    }

    /// How many bytes have been read.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize, rule: Rule) -> Result<&'a [u8], Refusal> {
        match self.rest.split_at_checked(n) {
            Some((head, tail)) => {
                self.rest = tail;
                self.offset += n;
                Ok(head)
            }
            None => refuse(rule, Found::Offset(self.offset)),
        }
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self, rule: Rule) -> Result<[u8; N], Refusal> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                self.offset += N;
                Ok(*head)
            }
            None => refuse(rule, Found::Offset(self.offset)),
        }
    }

    /// The next byte.
    pub fn u8(&mut self, rule: Rule) -> Result<u8, Refusal> {
        self.array::<1>(rule).map(|[byte]| byte)
    }

    /// The next two bytes, big-endian.
    pub fn u16(&mut self, rule: Rule) -> Result<u16, Refusal> {
        self.array(rule).map(u16::from_be_bytes)
    }

    /// The next four bytes, big-endian.
    pub fn u32(&mut self, rule: Rule) -> Result<u32, Refusal> {
        self.array(rule).map(u32::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::CST_7;

    #[test]
    fn a_reader_knows_where_it_is_and_a_refused_read_takes_nothing() {
        let mut reader = Reader::new(&[1, 2, 3, 4, 5]);
        assert_eq!((reader.offset(), reader.left()), (0, 5));
        assert_eq!(reader.u16(CST_7).unwrap(), 0x0102);
        assert_eq!(reader.take(2, CST_7).unwrap(), [3, 4]);
        assert_eq!((reader.offset(), reader.left()), (4, 1));
        assert_eq!(reader.take(2, CST_7).unwrap_err().found, Found::Offset(4));
        assert_eq!(reader.u32(CST_7).unwrap_err().found, Found::Offset(4));
        assert_eq!(reader.u8(CST_7).unwrap(), 5);
        assert_eq!((reader.offset(), reader.left()), (5, 0));
    }
}
