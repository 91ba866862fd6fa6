//! Programs that somebody could have meant.

use super::super::world::{Kind, LICENSE, OTHER};
use channel::crypto::protect::Protection;

/// The licenses that programs play on. The second one has few messages left, and protects AM2 in one way and what comes
/// after that in another.
pub(super) const LICENSES: [Kind; 2] =
    [LICENSE, Kind { last_counter: u32::MAX - 9, activation: Protection::Cmac, ..OTHER }];

const RIGHT: u8 = 4;
const WRONG: u8 = 1;

/// AM1, device code, AM2, confirmation of app `a` on server `s`; `replace` as the device code is verified.
fn activate(s: u8, a: u8, replace: bool) -> Vec<u8> {
    // With its vector, since some apps have none.
    vec![0, s, 2, 1, a, 0, 2, s, u8::from(replace) * 2, 0, 3, s, 4, a, 0, 8, 0, 29, a, s]
}

/// A request for application number `what`, opened, signed, verified.
fn transact(s: u8, a: u8, what: u8) -> Vec<u8> {
    vec![5, s, what, 6, a, 0, 7, a, RIGHT, 8, 0]
}

/// A response, made and verified.
fn respond(s: u8, a: u8, index: u8, data: &[u8]) -> Vec<u8> {
    [&[14, a, s, index - 1, RIGHT][..], data, &[8, 0]].concat()
}

fn join(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

/// All of them.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    [activations(), transactions(), responses(), ends(), operator(), storage()].concat()
}

fn activations() -> Vec<Vec<u8>> {
    let both = join(&[activate(0, 0, false), activate(0, 1, false)]);
    vec![
        activate(0, 0, false),
        both,
        // DVC-12; the same replaced; by another type on the same device.
        join(&[activate(0, 1, false), activate(0, 2, false)]),
        join(&[
            activate(0, 1, false),
            transact(0, 1, 0),
            activate(0, 2, true),
            transact(0, 1, 0),
            transact(0, 2, 0),
        ]),
        join(&[activate(0, 1, false), activate(0, 3, false), activate(0, 3, true), transact(0, 1, 0)]),
        // A client replaces its own account, with a message open; a client that may not.
        join(&[activate(1, 2, false), vec![5, 1, 0, 6, 2, 0], activate(1, 2, true), vec![7, 2, RIGHT]]),
        join(&[activate(0, 0, false), activate(0, 0, true)]),
        // A new installation while the old one is active.
        join(&[activate(0, 0, false), vec![11, 0], activate(0, 0, false), activate(0, 2, false)]),
        // Wrong codes until exhausted, a right one after, a new AM1.
        join(&[
            vec![0, 0, 0, 1, 0, 0],
            [2, 0, 5, 0].repeat(4),
            vec![2, 0, 0, 0, 0, 0, 1],
            activate(0, 0, false)[3..].to_vec(),
        ]),
        // A code too late; the same AM2 again; instances abandoned until none is left.
        vec![0, 0, 0, 1, 0, 0, 10, 2, 152, 2, 0, 0, 0],
        vec![0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 3, 0, 3, 0, 2, 0, 2, 0, 3, 0],
        [0, 1, 2, 1, 0, 0, 2, 1, 0, 0, 3, 1].repeat(3),
        // The replaced one's confirmation comes late; it was replaced by then.
        join(&[
            vec![0, 0, 0, 1, 2, 0, 2, 0, 2, 0, 3, 0, 4, 2, 0],
            activate(0, 2, true),
            vec![8, 1],
            transact(0, 2, 0),
        ]),
    ]
}

fn transactions() -> Vec<Vec<u8>> {
    let both = join(&[activate(0, 0, false), activate(0, 1, false)]);
    vec![
        join(&[both.clone(), activate(1, 0, false), transact(0, 0, 0), transact(1, 0, 1), transact(0, 1, 2)]),
        join(&[activate(0, 0, false), transact(0, 0, 3), vec![8, 0, 8, 0], transact(0, 0, 7)]),
        // Wrong PINs until locked, a right one after; unlocked by the server, where it can.
        join(&[
            activate(0, 0, false),
            vec![5, 0, 4, 6, 0, 0],
            [7, 0, WRONG].repeat(3),
            vec![7, 0, RIGHT, 6, 0, 0],
        ]),
        join(&[
            activate(1, 0, false),
            vec![5, 1, 0, 6, 0, 0],
            [7, 0, WRONG].repeat(3),
            vec![15, 0, 1, 7, 16, 0, 17, 0, 1, 0, 17, 0, 0, 0, 7, 0, RIGHT, 8, 0, 17, 0, 0, 0],
        ]),
        // Wrong signatures until locked; the operator.
        join(&[
            activate(0, 0, false),
            transact(0, 0, 0)[..9].to_vec(),
            [9, 0, 8].repeat(5),
            vec![8, 0, 18, 0, 0, 8, 0],
        ]),
        // The same again with the clock set forward, far, and back.
        join(&[
            activate(0, 0, false),
            vec![10, 0, 9],
            transact(0, 0, 2),
            vec![10, 2, 200],
            transact(0, 0, 0),
            vec![10, 3, 200],
            transact(0, 0, 1),
        ]),
        // One message more than the license has.
        join(&[
            activate(1, 0, false),
            transact(1, 0, 0),
            transact(1, 0, 1),
            [5, 1, 0].repeat(9),
            vec![12, 1, 0],
        ]),
        join(&[activate(1, 0, false), [5, 1, 0].repeat(9), activate(1, 1, false)]),
        // Requests of every format for every application.
        (0..8).flat_map(|application| vec![5, 0, 4 + application * 8]).collect(),
        (0..8).flat_map(|application| vec![5, 1, 132 + application * 8]).collect(),
        join(&[
            activate(1, 0, false),
            vec![5, 1, 164, 6, 0, 0, 7, 0, RIGHT, 8, 0, 5, 1, 192, 6, 0, 0, 7, 0, RIGHT, 8, 0],
        ]),
        // Signatures taken to other messages, instances and servers.
        join(&[both, transact(0, 0, 3), transact(0, 1, 3), vec![9, 0, 1, 1, 9, 1, 18, 9, 0, 4]]),
    ]
}

fn responses() -> Vec<Vec<u8>> {
    let count = |index: u8| LICENSES[1].apps.slow().application(index).unwrap().fields.len();
    let fields = |index: u8| [vec![2], [1, 40].repeat(count(index))].concat();
    let mut all = activate(1, 0, false);
    for (index, data) in [
        (2, vec![0]),
        (3, vec![0]),
        (4, vec![0]),
        (5, vec![1, 9, 3]),
        (1, fields(1)),
        (6, fields(6)),
        (7, vec![0]),
    ] {
        all.extend(respond(1, 0, index, &data));
        all.extend([8, 0]);
    }
    vec![
        all,
        join(&[
            activate(0, 0, false),
            respond(0, 0, 8, &[2, 1, 40]),
            vec![8, 0],
            respond(0, 0, 3, &[1, 9, 3]),
        ]),
        join(&[activate(0, 0, false), [14, 0, 0, 3, WRONG, 0].repeat(4), respond(0, 0, 4, &[0])]),
        join(&[activate(1, 0, false), respond(1, 0, 2, &[0]), vec![9, 0, 8, 9, 0, 2, 9, 0, 4]]),
    ]
}

fn ends() -> Vec<Vec<u8>> {
    let both = join(&[activate(0, 0, false), activate(0, 1, false)]);
    vec![
        // Deactivated on the server, and on the client; the sibling's; again.
        join(&[activate(0, 0, false), vec![12, 0, 0], transact(0, 0, 0), vec![13, 0, 1, 13, 0, 0, 6, 0, 0]]),
        join(&[
            both.clone(),
            vec![12, 0, 1, 13, 0, 0, 13, 1, 0, 12, 0, 1],
            transact(0, 0, 0),
            transact(0, 1, 0),
        ]),
        // With a message open; with an account on the other license; with the next one pre-activated.
        join(&[
            activate(0, 0, false),
            activate(1, 0, false),
            vec![5, 0, 0, 6, 0, 0, 12, 0, 0, 13, 0, 0, 7, 0, RIGHT],
        ]),
        join(&[
            activate(0, 2, false),
            vec![0, 0, 0, 1, 2, 0, 12, 0, 0, 13, 2, 0, 2, 0, 0, 0, 3, 0, 4, 2, 0, 8, 0],
        ]),
        // While it is unconfirmed; one that nobody has.
        vec![0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 3, 0, 4, 0, 0, 12, 0, 0, 8, 0, 3, 0, 12, 0, 3],
    ]
}

fn operator() -> Vec<Vec<u8>> {
    vec![
        // A backup, more of everything, and back.
        join(&[
            activate(0, 0, false),
            vec![20, 0],
            transact(0, 0, 0),
            transact(0, 0, 3),
            activate(0, 1, false),
            vec![21, 0, 8, 1, 8, 2],
            transact(0, 0, 0),
            activate(0, 1, false),
        ]),
        // Out of sync, and in sync again.
        join(&[
            activate(1, 0, false),
            respond(1, 0, 3, &[0]),
            vec![22, 1, 0],
            respond(1, 0, 3, &[0]),
            respond(1, 0, 3, &[0]),
            vec![19, 1, 1, 0],
            respond(1, 0, 3, &[0]),
            vec![19, 1, 0, 0, 8, 0],
        ]),
        join(&[activate(0, 0, false), vec![22, 0, 3], activate(0, 1, false), transact(0, 0, 0)]),
        join(&[vec![10, 2, 200], activate(0, 0, false), vec![10, 3, 200, 22, 0, 0], transact(0, 0, 0)]),
    ]
}

fn storage() -> Vec<Vec<u8>> {
    let (save, load) = (|a: u8, ends: u8| vec![23, a, ends], |a: u8, back: u8| vec![24, a, back]);
    let (seal, bring) = (
        |s: u8, sequence: u8, index: u8| vec![25, s, sequence, index],
        |how: u8, back: u8| vec![26, how, back],
    );
    vec![
        // A client ends between any two steps; on another app of the same device; a license is taken apart.
        join(&[
            vec![0, 0, 0, 1, 0, 0],
            save(0, 1),
            vec![2, 0, 0, 0, 28, 0, 3, 0, 28, 0, 4, 0, 0],
            save(0, 1),
            vec![8, 0, 28, 0, 5, 0, 0, 6, 0, 0],
            save(0, 0),
            vec![7, 0, RIGHT, 28, 0, 8, 0, 28, 0, 8, 0],
        ]),
        join(&[activate(0, 1, false), save(1, 0), load(2, 0), transact(0, 2, 3), transact(0, 1, 3)]),
        // An old state: the same events again, the wrong PINs forgotten; not even activated.
        join(&[
            save(0, 0),
            activate(0, 0, false),
            save(0, 0),
            transact(0, 0, 3),
            load(0, 0),
            transact(0, 0, 3),
            transact(0, 0, 3),
            load(0, 1),
            vec![6, 0, 0],
        ]),
        join(&[
            activate(1, 0, false),
            save(0, 0),
            vec![5, 1, 0, 6, 0, 0],
            [7, 0, WRONG].repeat(3),
            vec![15, 0, 1, 7],
            save(0, 1),
            vec![16, 0, 17, 0, 1, 0, 17, 0, 0, 0],
            load(0, 1),
            respond(1, 0, 2, &[0]),
        ]),
        // BLOBs of before: the same event is accepted again; another's, another key's.
        join(&[
            activate(0, 0, false),
            seal(0, 1, 8),
            transact(0, 0, 3),
            bring(0, 0),
            vec![8, 0],
            respond(0, 0, 8, &[2, 1, 40]),
            bring(1, 0),
            bring(2, 0),
            bring(4, 0),
        ]),
        join(&[
            activate(0, 0, false),
            seal(0, 0, 0),
            seal(0, 0, 1),
            bring(0, 0),
            bring(0, 1),
            transact(0, 0, 0),
        ]),
        // Imported again: what was out is unknown, counters go on; with another key, without a channel.
        join(&[
            activate(0, 0, false),
            vec![5, 0, 3, 6, 0, 0, 7, 0, RIGHT, 27, 0, 1, 8, 0],
            transact(0, 0, 3),
            activate(0, 1, false),
            transact(0, 1, 3),
            activate(0, 0, true),
        ]),
        join(&[
            activate(0, 0, false),
            seal(0, 0, 0),
            vec![20, 0, 27, 0, 35],
            activate(0, 1, false),
            bring(0, 0),
            transact(0, 1, 3),
            vec![21, 0],
            transact(0, 0, 0),
        ]),
        join(&[
            vec![27, 1, 15],
            activate(1, 0, false),
            respond(1, 0, 3, &[0]),
            vec![5, 1, 0, 12, 1, 0, 28, 1],
        ]),
        join(&[activate(1, 0, false), [5, 1, 0].repeat(9), vec![27, 1, 3, 5, 1, 0]]),
    ]
}
