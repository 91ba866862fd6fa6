//! Programs that somebody could have meant.

use super::super::world::{Kind, OTHER};
use harness::setup::otp;

/// The license that programs play on. Wide enough to tell the kinds of windows apart, small enough to be quick.
pub(super) const KIND: Kind = Kind { threshold: 5, ..OTHER };

/// Those of `operator` end with a byte that keeps them from the other target.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // respond: instance, application - 1, kind of data, then how, late, event.
    let otp = |application: u8, late: u8, event: u8| vec![0, 0, application - 1, 0, 0, late, event];
    let challenge = |late: u8| vec![0, 0, otp::CHALLENGE - 1, 1, 9, 3, 0, late, 0];
    let fields = |instance: u8, index: u8, late: u8| {
        let count = KIND.apps.slow().application(index).unwrap().fields.len();
        [&[0, instance, index - 1, 2][..], &[1, 40].repeat(count), &[0, late, 0]].concat()
    };
    let multi = |kind: &[u8], late: u8| [&[0, 0, otp::MULTI - 1][..], kind, &[0, late, 0]].concat();
    let (clock, again) = (|sign: u8, amount: u8| vec![4, sign, amount], || vec![3]);
    // The first use, the window, replays: each time factor and kind, forwards and back.
    let mut seeds = vec![
        [otp(otp::TIME, 3, 0), again(), clock(2, 1), otp(otp::TIME, 0, 0)].concat(),
        [otp(otp::TIME, 4, 0), otp(otp::TIME, 5, 0)].concat(),
        [otp(otp::TIME, 0, 0), otp(otp::TIME, 3, 0), otp(otp::TIME, 0x20, 0), otp(otp::TIME, 4, 0)].concat(),
        [otp(otp::EVENT, 0, 0), otp(otp::EVENT, 0, 1), again(), otp(otp::EVENT, 0, 2)].concat(),
        [otp(otp::BOTH, 2, 1), otp(otp::BOTH, 2, 0), again(), otp(otp::BOTH, 9, 0)].concat(),
        [challenge(0), again(), challenge(3), challenge(15)].concat(),
        [fields(0, otp::FIELDS, 0), again(), fields(0, otp::FIELDS, 1), fields(1, otp::FIELDS, 2)].concat(),
        [fields(0, otp::FIELD_EVENT, 0), again(), fields(0, otp::FIELD_EVENT, 1)].concat(),
        [multi(&[0], 0), multi(&[1, 9, 3], 0), multi(&[2, 1, 40, 1, 40], 0), again(), multi(&[0], 1)]
            .concat(),
        [multi(&[2, 1, 40, 1, 40], 1), multi(&[2, 1, 40, 1, 40], 0), multi(&[2, 1, 40, 1, 41], 1)].concat(),
        // Out of the window, until locked; of an instance that doesn't exist.
        otp(otp::TIME, 15, 0).repeat(6),
        [&[0, 7][..], &otp(otp::TIME, 0, 0)[2..]].concat(),
        // Not the application's kind, not its fields, no application that answers.
        [vec![0, 0, 128 + otp::TIME - 1, 1, 9, 3, 0, 0, 0], vec![0, 0, 128 + otp::FIELDS - 1, 0, 0, 0, 0]]
            .concat(),
        vec![0, 0, otp::UNLOCK - 1, 0, 0, 0, 0],
        vec![0, 0, otp::CHALLENGE - 1, 65, 2, b'1', b'A', 0, 0, 0],
        vec![0, 0, otp::FIELDS - 1, 2 + 64 + 4, 1, b'x', 0, 0, 0],
        // A letter, a lower-case one, a wrong check digit, too short.
        vec![0, 0, otp::TIME - 1, 0, 1, 0, 0, 2, b'A'],
        vec![0, 0, otp::BOTH - 1, 0, 2, 0, 0],
        vec![0, 0, otp::EVENT - 1, 0, 1, 0, 0, 7, b'0', 0, 0, otp::EVENT - 1, 0, 1, 0, 0, 7, b'1'],
        vec![0, 0, otp::TIME - 1, 0, 12, 0, 0, 3, b'1', b'2', b'3'],
        // Requests between: the same steps for all, accepted once each.
        [vec![5, 0, 0, 0, 0, 5, 0, 0, 0, 0, 5, 1, 1, 0, 0], fields(0, otp::FIELDS, 0), vec![5, 0, 2, 1, 0]]
            .concat(),
    ];
    // VER-20: thirteen different ones at one step, the first again, one at the next step.
    let signed =
        |value: u8, late: u8| [vec![0, 0, otp::MULTI - 1, 2], vec![1, value, 1, value], vec![0, late, 0]];
    let many: Vec<u8> = (0..13).flat_map(|value| signed(value, 0).concat()).collect();
    seeds.push([&many[..], &signed(0, 0).concat(), &signed(13, 1).concat(), &signed(0, 1).concat()].concat());
    // The operator's, in the numbers of `operator`; the byte behind the program keeps them from the other target.
    let restored = || vec![7, 0];
    let resync = |instance: u8, index: u8, data: &[u8], ahead: u8, how: u8| {
        [&[8, instance, index - 1][..], data, &[0, 0, ahead, how]].concat()
    };
    let unlock = || vec![6, 0];
    let mut operator = vec![
        [restored(), otp(otp::EVENT, 0, 0), resync(0, otp::EVENT, &[0], 5, 0), otp(otp::EVENT, 0, 0)]
            .concat(),
        [otp(otp::TIME, 0, 0), fields(0, otp::FIELDS, 0), restored(), again(), otp(otp::TIME, 0, 0)].concat(),
        [restored(), otp(otp::TIME, 0, 0), otp(otp::TIME, 1, 0), fields(0, otp::FIELDS, 0)].concat(),
        [otp(otp::TIME, 15, 0).repeat(4), unlock(), otp(otp::TIME, 0, 0)].concat(),
        [vec![5, 0, 0, 0, 0], restored(), vec![5, 0, 0, 0, 0, 5, 0, 1, 0, 0, 12, 0, 5, 0, 3, 1, 0]].concat(),
        [vec![10, 0], otp(otp::TIME, 0, 0), vec![10, 0, 10, 7], otp(otp::TIME, 0, 0)].concat(),
        // New instances: one that replaces, one that may not, one unconfirmed, until none is left.
        [vec![11, 0, 0, 11, 0, 0], otp(otp::TIME, 0, 0), vec![0, 5], otp(otp::TIME, 0, 0)[2..].to_vec()]
            .concat(),
        vec![11, 0, 1, 11, 0, 4, 11, 0, 0, 11, 1, 0, 11, 1, 0],
        [vec![11, 0, 4], restored(), vec![11, 0, 2, 7, 5, 11, 0, 0]].concat(),
        vec![13, 0, 8, b'1', b'2', b'3', b'4', b'5', b'6', b'7', b'8', 13, 0, 3, b'1', b'2', b'3', 13, 7, 0],
        [vec![13, 0, 8], b"1234567A".to_vec()].concat(),
        // The clock runs ahead, is mended, and goes on.
        [clock(6, 200), vec![12, 0], clock(7, 200), restored(), vec![12, 0, 5, 0, 3, 0, 0]].concat(),
    ];
    for index in [otp::EVENT, otp::BOTH, otp::FIELD_EVENT, otp::TIME] {
        let data: &[u8] = if index == otp::FIELD_EVENT { &[2, 1, 40] } else { &[0] };
        for (ahead, how) in [(0, 0), (199, 0), (200, 0), (201, 0), (3, 1), (3, 2), (3, 10), (3, 4)] {
            operator.push(resync(0, index, data, ahead, how));
        }
        operator.push([restored(), resync(1, index, data, 7, 0), resync(0, index, data, 7, 4)].concat());
    }
    operator.extend(storage_seeds(&many, &signed(13, 0).concat()));
    operator.iter_mut().for_each(|program| program.push(u8::MAX));
    seeds.extend(operator);
    seeds
}

/// BLOBs that come back at once and later, in their place and not; files.
fn storage_seeds(many: &[u8], one_more: &[u8]) -> Vec<Vec<u8>> {
    let otp = |application: u8, late: u8, event: u8| vec![0, 0, application - 1, 0, 0, late, event];
    let (seal, load) =
        (|sequence: u8, index: u8| vec![14, sequence, index], |back: u8, how: u8| vec![15, back, how]);
    let mut seeds = vec![
        // VER-20 and VER-18 after a BLOB.
        [many, &seal(1, otp::MULTI)[..], &load(0, 0), one_more, &many[..11]].concat(),
        // Keys: the license's, the payload key; elsewhere.
        [
            seal(0, 0),
            seal(0, 1),
            load(0, 0),
            load(1, 0),
            load(0, 2),
            load(1, 3),
            load(0, 1),
            otp(otp::TIME, 0, 0),
        ]
        .concat(),
        // A key of before the file came, and what is made with it.
        [seal(0, 0), seal(0, 1), vec![16, 4, 9, 11, 0, 0], load(1, 0), otp(otp::TIME, 0, 0), vec![11, 0, 0]]
            .concat(),
        [vec![16, 20, 9, 12, 0, 10, 0, 14, 0, 1, 11, 0, 0], otp(otp::TIME, 0, 0)].concat(),
        [vec![16, 0, 8, 11, 0, 0, 11, 1, 0, 12, 0, 5, 0, 3, 0, 0], otp(otp::TIME, 0, 0)].concat(),
        vec![16, 64, 8, 16, 32, 8, 16, 3, 8, 17, 0, 17, 7],
        vec![17, 0, 17, 1, 17, 7],
        // Locked stays locked, deactivated stays deactivated.
        [seal(1, otp::TIME), otp(otp::TIME, 15, 0).repeat(4), load(0, 0), otp(otp::TIME, 0, 0)].concat(),
        [seal(1, otp::TIME), vec![10, 0], load(0, 0), otp(otp::TIME, 0, 0)].concat(),
        // Out of sync, and back in sync by an old BLOB.
        [seal(1, otp::EVENT), vec![7, 0], seal(1, otp::EVENT), otp(otp::EVENT, 0, 0), load(1, 0)].concat(),
    ];
    for index in 1..9 {
        let use_it = otp(index, 0, 0);
        seeds.push(
            [seal(1, index), use_it.clone(), seal(1, index), load(1, 0), use_it.clone(), load(0, 0), use_it]
                .concat(),
        );
        seeds
            .push([seal(1, index), seal(2, index), load(0, 2), load(0, 3), load(1, 1), load(1, 66)].concat());
    }
    seeds
}
