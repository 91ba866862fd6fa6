//! How each check of a static vector is broken, wherever one is read.

use channel::bytes::Wire;
use channel::rule::{STV_1, STV_2, STV_3, STV_4, STV_5, STV_6};
use channel::wire::static_vector::StaticVector;

use super::table::{Defect, World};

/// Where a vector's prefix stands, the values of its password rules, and the flags of its first application.
const PREFIX: usize = 6;
const TRIES: usize = 31;
const BINDING: usize = 35;
const FIRST: usize = 36;

/// A bend of a vector's bytes.
pub(super) type Bend = fn(&mut Vec<u8>);

/// The checks of a static vector, each broken by a bend of its bytes that `with` puts in its place.
pub(super) fn static_vector<W: World, Op>(
    with: impl Fn(Defect<W, Op>, Bend) -> Defect<W, Op>,
) -> Vec<Defect<W, Op>> {
    let bends: [(_, Bend); 6] = [
        (STV_2, |bytes| bytes.resize(482, 0)),
        (STV_1, |bytes| put(bytes, 0, 0x39)),
        (STV_3, cut),
        (STV_4, |bytes| put(bytes, BINDING - 2, 5)),
        (STV_5, |bytes| put(bytes, TRIES, 0)),
        (STV_6, |bytes| put(bytes, FIRST + 5, 2)),
    ];
    bends.into_iter().map(|(rule, bend)| with(super::table::breaks(rule), bend)).collect()
}

/// A serial number of another prefix than all licenses.
pub(super) const OTHER_PREFIX: &str = "ABC1000120";

/// Another prefix, and the rest as it was.
#[expect(clippy::ptr_arg)] // it is given as a bend of bytes
pub(super) fn other_prefix(bytes: &mut Vec<u8>) {
    put(bytes, PREFIX, 1);
}

/// A byte less, and the length that it then has.
fn cut(bytes: &mut Vec<u8>) {
    bytes.pop();
    let length = u16::try_from(bytes.len().saturating_sub(4)).unwrap_or(0);
    if let Some(field) = bytes.get_mut(2..4) {
        field.copy_from_slice(&length.to_be_bytes());
    }
}

/// Another byte at this place, where there is one.
pub(super) fn put(bytes: &mut [u8], at: usize, value: u8) {
    bytes.get_mut(at).into_iter().for_each(|byte| *byte = value);
}

/// The vector with something else in it.
pub(super) fn changed(bytes: &mut Vec<u8>, change: impl Fn(&mut StaticVector)) {
    if let Ok(mut vector) = StaticVector::decode(bytes) {
        change(&mut vector);
        *bytes = vector.to_bytes();
    }
}
