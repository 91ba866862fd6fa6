//! The row of a license: bytes as one, and licenses taken apart into row and BLOBs at every turn of a program.

use std::sync::OnceLock;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::pairs;
use super::session;
use super::target::Target;
use super::verdict::twice;
use super::world::{self, APP, App, LICENSE, START};
use channel::server::License;
use channel::text::hex;

/// Bytes as a row, rows of real licenses bent, or a program of `operator` on a license that is taken apart on the way.
pub const ROW: Target = Target {
    name: "row",
    run: row,
    max_len: 300,
    floor: 100,
    seeds,
    dictionary: &[b"\x01", b"\x00\x01", b"\x63", b"\x64", b"\xFF\xFF\xFF\xFF"],
    oracles: &[
        "accepted: the row of what was read is the row",
        "a shortened or lengthened row is refused",
        "same answer twice",
        "taken apart and put together, it is the same license, and does what a second implementation does",
    ],
};

/// Licenses in several states.
fn subjects() -> &'static [License] {
    static SUBJECTS: OnceLock<Vec<License>> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        let mut server = ServerPair::new(LICENSE);
        let mut stages = vec![server.clone()];
        server.generate_activation1(Some(world::CHALLENGE), false, START).unwrap();
        stages.push(server.clone());
        let mut client = ClientPair::new(APP);
        pairs::pre_activate(&mut server, &mut client, true, START);
        stages.push(server.clone());
        server.generate_activation2(world::SALT, START).unwrap();
        stages.push(server);
        let (mut server, mut client) = pairs::activated(LICENSE, APP);
        let request = world::request(1, false, world::list());
        let message = hex::encode(&server.generate_request(&request, false, START).unwrap());
        server.generate_request(&request, false, START).unwrap();
        client.open(&message, false).unwrap();
        let signature = client.sign(super::model::client::Pin::Right, START).unwrap().unwrap();
        server.verify_message_signature(1, &message, &signature, START).unwrap();
        let mut other = ClientPair::new(App { device: 1, ..APP });
        pairs::activate(&mut server, &mut other, START);
        server.generate_deactivation(2, START).unwrap();
        stages.push(server);
        stages.into_iter().map(|pair| pair.fast.role().clone()).collect()
    })
}

fn row(data: &[u8]) {
    let mut choices = Choices::new(data);
    match choices.below(4) {
        0 => read(choices.rest()),
        1 => {
            let subjects = subjects();
            let mut row = subjects[choices.below(subjects.len())].row();
            read(&row);
            for _ in 0..=choices.byte() % 3 {
                let what = choices.byte();
                let at = usize::from(choices.u16()) % (row.len() + 1);
                let end = row.len();
                match what % 5 {
                    0 if at < end => row[at] ^= 1 << (what >> 5),
                    1 if at < end => row[at] = choices.byte(),
                    2 => row.truncate(at),
                    3 => row.insert(at, choices.byte()),
                    _ => drop(row.drain(at..end.min(at + 1 + usize::from(what >> 4)))),
                }
            }
            read(&row);
        }
        _ => {
            let steps = choices.byte();
            session::apart(choices.rest(), steps);
        }
    }
}

/// Of the first instance.
fn am2() -> &'static str {
    static AM2: OnceLock<String> = OnceLock::new();
    AM2.get_or_init(|| hex::encode(&pairs::frames()[1]))
}

fn read(row: &[u8]) {
    let fresh = || subjects()[0].clone();
    let read = twice(|| fresh().with_row(row).map(|license| license.row()));
    let renewed = License::renewed_row(row);
    let Ok(again) = read else { return };
    // One state has one row; but which applications were used is told again only once their BLOBs are there.
    let differ = row.iter().zip(&again).filter(|(read, again)| read != again);
    assert!(again.len() == row.len() && differ.map(|(_, again)| *again).all(|used| used == 0));
    assert!(fresh().with_row(&again).unwrap().row() == again, "one state has one row");
    for shorter in [0, row.len() / 2, row.len() - 1] {
        assert!(fresh().with_row(&row[..shorter]).is_err());
    }
    assert!(fresh().with_row(&[row, &[0]].concat()).is_err());
    let renewed = fresh().with_row(&renewed.expect("of a row")).expect("a row");
    let (shown, new) = (fresh().with_row(row).unwrap().overview(), renewed.overview());
    assert_eq!((new.last_message, new.last_sequence, new.requests), (shown.last_message, 0, 0), "IMP-3");
    assert!(new.instances.is_empty() && !new.activation_out);
    // What was read can be used: nothing panics, whatever it is.
    let mut license = fresh().with_row(row).unwrap();
    license.forget_expired();
    let _ = license.generate_activation2(world::SALT, START);
    for number in 1..=3 {
        let sequence = world::sequence(number);
        let _ = license.verify_message_signature(sequence, am2(), "12345678", START);
        let _ = license.generate_deactivation(sequence, START);
    }
    license.restored(99, START);
    let _ = license.generate_activation1(None, false, START);
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = vec![vec![0], vec![0, 1], vec![0, 2]];
    for at in 0..subjects().len() as u8 {
        let row = subjects()[usize::from(at)].row();
        seeds.push([&[0][..], &row].concat());
        for what in 0..5 {
            for place in [0, 8, 10, 22, 23, 24, 30, 70, 110, 200] {
                seeds.push(vec![1, at, 0, what, 0, place, 9]);
                seeds.push(vec![1, at, 0, what | 32, 0, place, 100]);
            }
        }
    }
    // Times and counters at their ends.
    seeds.extend((1..30).map(|at| {
        let mut row = subjects()[1].row();
        row.iter_mut().skip(at).take(4).for_each(|byte| *byte = 0xFF);
        [&[0][..], &row].concat()
    }));
    seeds.extend(session::seeds::seeds().into_iter().map(|seed| [&[2, 0xA5][..], &seed].concat()));
    seeds
}
