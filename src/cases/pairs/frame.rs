//! How each check of a frame is broken, and nothing that stands before it.

use channel::rule::{CNV_3, FRM_2, FRM_3, FRM_4, FRM_5, FRM_6, FRM_7, FRM_8, FRM_9, FRM_10, SER_2, SER_3};

use super::table::{Defect, World, breaks};

/// `VDS1000121` on the wire: in the tables that use it, no license has this serial number.
pub(super) const STRANGER: [u8; 5] = [0xC3, 0xE4, 0x0F, 0x42, 0xB9];
/// The same as text.
pub(super) const STRANGER_TEXT: &str = "VDS1000121";

/// The checks of a frame; those of its length at the upper end are given.
pub(super) fn frame<W: World, Op>(too_long: impl IntoIterator<Item = Defect<W, Op>>) -> Vec<Defect<W, Op>> {
    let foreign = |text: &mut String| {
        text.pop();
        text.push('G');
    };
    let begin = [breaks(CNV_3).text(foreign), breaks(FRM_2).bytes(|bytes| bytes.truncate(22))];
    let end = [
        breaks(FRM_5).plain(|plain| plain.word |= 0x1000),
        breaks(FRM_6).plain(|plain| *plain = plain.with_type(5)),
        breaks(FRM_7).plain(|plain| *plain = plain.with_type(4)),
        breaks(FRM_8).plain(|plain| *plain = plain.with_protection(9)),
        breaks(FRM_9).plain(|plain| *plain = plain.with_type(0).with_protection(1)),
        breaks(FRM_10).plain(|plain| *plain = plain.with_type(in_the_channel(plain.word)).with_protection(0)),
        breaks(SER_2).plain(|plain| plain.serial[0] = 0xFF),
        breaks(SER_3).plain(|plain| plain.serial[2..].fill(0xFF)),
    ];
    begin.into_iter().chain(too_long).chain(end).collect()
}

/// The type in a first word; of AM1, which needs no protection, that of a request.
fn in_the_channel(word: u16) -> u16 {
    match word >> 6 & 0x3F {
        0 => 3,
        kind => kind,
    }
}

/// Too long for a message that is drawn, typed, or in a URL.
pub(super) fn too_long_direct<W: World, Op>() -> Defect<W, Op> {
    breaks(FRM_3).plain(|plain| plain.body.resize(513, 0))
}

/// Too long for a gateway.
pub(super) fn too_long_gateway<W: World, Op>() -> Defect<W, Op> {
    breaks(FRM_4).plain(|plain| plain.body.resize(2079, 0))
}

/// The last byte of the tag is another.
#[expect(clippy::ptr_arg)] // it is given as a bend of bytes
pub(super) fn wrong_tag(bytes: &mut Vec<u8>) {
    bytes.last_mut().into_iter().for_each(|last| *last ^= 1);
}
