//! Files, and choices that write and bend them.

use super::super::slow::license::{self, File};
use super::super::world::{self, FILE_ID, Kind, LICENSE, TRANSPORT_KEY};

/// Raw ones, written ones, and an edit of each kind on each line.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let other = Kind { serial: "VDS1000121", secure_channel: false, threshold: 99, ..LICENSE };
    let file = world::file(&[LICENSE, other], world::LICENSE_KEY);
    let whole = license::write_anything(&TRANSPORT_KEY, &FILE_ID, &file);
    let mut seeds: Vec<Vec<u8>> = vec![[&[0][..], &whole].concat(), vec![0]];
    seeds.push([&[0][..], &whole[..whole.len() - 1]].concat());
    seeds.push([&[0][..], &whole, b"\n"].concat());
    seeds.push([&[0][..], "\u{FEFF}".as_bytes(), &whole].concat());
    // Not ASCII at each place of the first lines, and an odd number of digits.
    seeds.extend((0..whole.len().min(200)).step_by(9).map(|at| {
        let (head, tail) = whole.split_at(at);
        [&[0][..], head, "é".as_bytes(), tail.get(2..).unwrap_or_default()].concat()
    }));
    seeds.extend((0..whole.len().min(400)).step_by(17).map(|at| {
        let (head, tail) = whole.split_at(at);
        [&[0][..], head, b"0", tail].concat()
    }));
    seeds.extend(raw_seeds(&file));
    // Written: vectors, count, per license 5 choices, file id.
    let license = |number: u8| [0, number, 9, number, number];
    let content = |vectors: u8, count: u8| -> Vec<u8> {
        [&[vectors, count][..], (0..count).map(license).collect::<Vec<_>>().as_flattened()].concat()
    };
    seeds.push([&[1][..], &content(0, 3), &[9; 19]].concat());
    seeds.push([&[1][..], &content(1, 1), &[9; 19]].concat());
    seeds.push([&[1, 0, 2], &[0, 5, 9, 1, 1, 0, 5, 9, 1, 1][..], &[9; 19]].concat()); // LIF-12
    seeds.push([&[1, 0, 1, 15, 5, 9, 1, 1][..], &[9; 19]].concat()); // AM1-8
    seeds.push([&[1, 14, 0, 9, 0xFF, 1, 0, 5, 9, 1, 1][..], &[9; 19]].concat()); // STV
    seeds.push([&[1, 0xE0, 1, 5, 0, 0, 5, 9, 1, 1][..], &[9; 19]].concat()); // MSV-3
    seeds.push([&[1, 16, 1, 0, 3][..], &[0; 32], &[0, 5, 9, 1, 1], &[9; 19]].concat()); // AM1-9
    // Bent: how, then what, the lines, and what it needs.
    for how in [0x10, 0x11, 0x12, 0x13] {
        for what in 0..14 {
            for [a, b, c] in [[1, 2, 0], [2, 1, 1], [0, 1, 2], [3, 0, 3]] {
                seeds.push([&[2][..], &content(0, 3), &[how, what, a, b, c, c, 65, 66]].concat());
            }
        }
    }
    for which in 0..10 {
        for what in [6, 7, 8, 9, 10, 11, 27] {
            let values = if what == 6 { vec![200, which] } else { vec![which] };
            seeds.push([&[2][..], &content(0, 2), &[0x10, what, 1, 0], &values].concat());
        }
    }
    for length in 0..4 {
        for line in 0..4 {
            seeds.push([&[2][..], &content(0, 2), &[0x10, 5, line, 0, length]].concat());
            seeds.push([&[2][..], &content(0, 2), &[0x10, 21, line, 0, length]].concat());
        }
    }
    seeds.push([&[2][..], &content(0, 2), &[4, 2, 0]].concat());
    seeds.push([&[2][..], &content(0, 2), &[8, b'x']].concat());
    seeds.push([&[2][..], &content(0, 0), &[0]].concat()); // a count of 0
    seeds
}

/// Headers that nobody could write but with the key: the check is right, what it stands beside is not.
fn raw_seeds(file: &File) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let mut long = vec![0; 482];
    long[..4].copy_from_slice(&[0x38, 0x08, 0x01, 0xDE]);
    for static_vector in [vec![], vec![0x38], long] {
        let bent = File { static_vector, ..file.clone() };
        seeds.push(license::write_anything(&TRANSPORT_KEY, &FILE_ID, &bent));
    }
    let letter = file.message_vector.replace('0', "G");
    let wrong = [&file.message_vector[..25], "!"].concat();
    for message_vector in [letter, wrong, file.message_vector.to_lowercase(), "7".repeat(26)] {
        let bent = File { message_vector, ..file.clone() };
        seeds.push(license::write_anything(&TRANSPORT_KEY, &FILE_ID, &bent));
    }
    let mut numbers = license::message_vector(&file.message_vector).unwrap();
    numbers[2] = 4;
    let bent = File { message_vector: license::message_vector_text(&numbers), ..file.clone() };
    seeds.push(license::write_anything(&TRANSPORT_KEY, &FILE_ID, &bent)); // AM1-9
    seeds.push(license::write_anything(&[1; 32], &FILE_ID, file)); // LIF-8
    seeds.iter().map(|file| [&[0][..], file].concat()).collect()
}
