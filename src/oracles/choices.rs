//! An input as choices.

use arbitrary::Unstructured;

/// Reads choices from the front of an input; zeros when it is used up.
pub(super) struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self(Unstructured::new(input))
    }

    pub(super) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_buffer(&mut bytes).expect("zeros when it is used up");
        bytes
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub(super) fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// 0..n, from one byte.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    /// At most `n` bytes.
    pub(super) fn some(&mut self, n: usize) -> &'a [u8] {
        self.0.bytes(n.min(self.0.len())).expect("no more than there are")
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        self.some(usize::MAX)
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}
