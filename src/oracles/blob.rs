//! BLOBs: as text, sealed and then bent, and with any content into a license that goes on with it.

use std::sync::OnceLock;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::pairs;
use super::slow::blob::{self, ApplicationBlob};
use super::slow::data::Data;
use super::target::Target;
use super::verdict::{same, twice};
use super::world::{self, APP, App, Apps, EPOCH, Kind, OTHER, START, STORAGE_KEY};
use channel::crypto::keys::Key;
use channel::license::blob::{Epoch, Generation, Place, from_text, to_text};
use harness::setup::otp;

/// A text, or a content that is sealed and bent, or one that is sealed and loaded.
pub const BLOB: Target = Target {
    name: "blob",
    run,
    max_len: 300,
    floor: 500,
    seeds,
    dictionary: &[
        b"==",
        b"=",
        b"AQ",
        b"+/",
        b"\x00\x20\x00\x00\x00\x00\x00\x00",
        b"\xFF\xFF\xFF\xFF\xFF\xFF",
    ],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: sealing again gives the text",
        "opens in its one place alone, under its one key, and not with a bit changed",
        "loaded: the license answers what a second implementation answers, goes forward only, and hands out the same BLOB",
        "a refusal changes nothing",
    ],
};

fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    match choices.below(4) {
        0 => {
            let place = place(&mut choices);
            open(place, &String::from_utf8_lossy(choices.rest()));
        }
        1 => bent(&mut choices),
        _ => load(&mut choices),
    }
}

fn place(choices: &mut Choices<'_>) -> Place {
    let [which, sequence, index] = choices.array();
    let serial = if which & 1 == 0 { OTHER } else { world::LICENSE }.serial();
    Place { serial, epoch: Epoch(EPOCH), sequence: sequence % 100, index: index % 9 }
}

fn slowly(place: Place) -> blob::Place {
    (place.serial.to_bytes(), place.sequence, place.index)
}

fn open(place: Place, text: &str) {
    let open = |key: [u8; 16], place: Place, text: &str| {
        from_text(text)
            .and_then(|bytes| place.open(&Key::new(key), &bytes))
            .map(|opened| (opened.generation.0, opened.content.to_vec()))
    };
    let opened = twice(|| open(STORAGE_KEY, place, text));
    same(opened.clone(), blob::open(&STORAGE_KEY, slowly(place), EPOCH, text));
    let Ok((generation, content)) = opened else { return };
    let bytes = from_text(text).unwrap();
    assert!(text.len() <= 248 && bytes.len() == content.len() + 33);
    let (nonce, generation) = (bytes[5..17].try_into().unwrap(), Generation(generation));
    assert_eq!(to_text(&place.seal(&Key::new(STORAGE_KEY), &nonce, generation, &content)), text);
    // Anywhere else it is nothing.
    let Place { serial, epoch, sequence, index } = place;
    let elsewhere = [
        Place { sequence: (sequence + 1) % 100, ..place },
        Place { index: (index + 1) % 9, ..place },
        Place { sequence: index, index: sequence, serial, epoch },
        Place { epoch: Epoch([0; 8]), ..place },
        Place { serial: "ZZZ0000001".parse().unwrap(), ..place },
    ];
    for other in elsewhere.into_iter().filter(|other| *other != place) {
        assert_eq!(open(STORAGE_KEY, other, text).unwrap_err().rule.id, "BLB-5", "{other:?}");
    }
    let mut key = STORAGE_KEY;
    key[usize::from(nonce[0]) % 16] ^= 1;
    assert_eq!(open(key, place, text).unwrap_err().rule.id, "BLB-5");
}

/// Any content, and then a changed text or changed bytes.
fn bent(choices: &mut Choices<'_>) {
    let (place, nonce, how) = (place(choices), choices.array(), choices.byte());
    let [at, with] = choices.array();
    let content = choices.some(153);
    let generation = u32::from_be_bytes([at, with, how, at]);
    let sealed = place.seal(&Key::new(STORAGE_KEY), &nonce, Generation(generation), content);
    let text = to_text(&sealed);
    assert_eq!(blob::seal(&STORAGE_KEY, slowly(place), EPOCH, nonce, generation, content), text);
    let opened = blob::open(&STORAGE_KEY, slowly(place), EPOCH, &text);
    assert_eq!(opened, Ok((generation, content.to_vec())));
    match how % 4 {
        0 => open(place, &text),
        1 => {
            let mut sealed = sealed;
            let at = usize::from(at) % sealed.len();
            sealed[at] ^= 1 << (with & 7);
            let text = to_text(&sealed);
            let refusal =
                from_text(&text).and_then(|it| place.open(&Key::new(STORAGE_KEY), &it)).unwrap_err();
            assert_eq!(refusal.rule.id, if at == 0 { "BLB-4" } else { "BLB-5" });
            open(place, &text);
        }
        2 => {
            let at = usize::from(at) % text.len();
            let mut text = text;
            text.replace_range(at..=at, &char::from(with & 127).to_string());
            open(place, &text);
        }
        _ => {
            let mut text = text;
            match with % 4 {
                0 => text.truncate(usize::from(at) % text.len()),
                1 => text.push(char::from(at & 127)),
                2 => text = text.trim_end_matches('=').to_owned(),
                _ => text = text.replace(['A', 'a'], "é"),
            }
            open(place, &text);
        }
    }
}

/// A license with three instances, the last of which is unconfirmed; every application has been used by the first.
fn subject() -> &'static ServerPair {
    static SUBJECT: OnceLock<ServerPair> = OnceLock::new();
    SUBJECT.get_or_init(|| {
        let mut server = ServerPair::new(KIND);
        for device in 0..2 {
            let app = App { device, apps: Some(Apps::Otp), ..APP };
            pairs::activate(&mut server, &mut ClientPair::new(app), START);
        }
        let app = App { device: 2, apps: Some(Apps::Otp), ..APP };
        pairs::pre_activate(&mut server, &mut ClientPair::new(app), false, START);
        server.generate_activation2(world::SALT, START).unwrap();
        for application in &Apps::Otp.slow().applications {
            let Some(data) = data_for(application) else { continue };
            let moment = (START, 0);
            let typed = server.slow.answer(1, application, data.mode(), moment, &data.fields());
            if application.index() != otp::FIELD_EVENT {
                server.verify_response(1, application.index(), &data, &typed, START).unwrap();
            }
        }
        server
    })
}

const KIND: Kind = OTHER;

fn data_for(application: &super::slow::vector::Application) -> Option<Data> {
    Some(match application.mode() {
        1 => Data::Nothing,
        2 => Data::Challenge("1234".into()),
        3 | 4 => {
            let field = |(_, most): &(u8, u8)| "x".repeat(usize::from(*most));
            Data::Fields(application.fields.iter().map(field).collect())
        }
        _ => return None,
    })
}

fn load(choices: &mut Choices<'_>) {
    let mut server = subject().clone();
    for _ in 0..4 {
        if choices.is_over() {
            break;
        }
        let [sequence, index, what] = choices.array();
        let (sequence, index) = (sequence % 5, index % 9);
        let nonce = [what; 12];
        let text = match what % 8 {
            0 => match server.seal_blob(sequence, index, nonce) {
                Ok(text) => text,
                Err(_) => continue,
            },
            1 => {
                let length = usize::from(choices.byte());
                String::from_utf8_lossy(choices.some(length)).into_owned()
            }
            // Another place's.
            2 => {
                let [sequence, index] = choices.array();
                server.seal_blob(sequence % 4, index % 9, nonce).unwrap_or_default()
            }
            7 => match with_another_field(&server, (sequence, index), nonce, choices) {
                Some(text) => text,
                None => continue,
            },
            _ => {
                let content = content(&server, sequence, index, what, choices);
                let known = server.slow.generation(sequence, index);
                let generation = match what >> 5 {
                    0..=3 => known,
                    4 => known.saturating_add(1),
                    5 => known - 1,
                    6 => u32::MAX,
                    _ => known.saturating_add(200),
                };
                let place = (KIND.serial_bytes(), sequence, index);
                blob::seal(&STORAGE_KEY, place, server.slow.epoch, nonce, generation, &content)
            }
        };
        if server.load_blob((sequence, index), &text, START).is_ok() {
            let again: [u8; 12] = from_text(&text).unwrap()[5..17].try_into().unwrap();
            let sealed = server.seal_blob(sequence, index, again).unwrap();
            // As it came, unless it was joined with what the row knew; then that one is the newer.
            if sealed != text {
                assert!(sealed == server.seal_blob(sequence, index, again).unwrap());
                let _ = server.load_blob((sequence, index), &text, START);
            }
            server.load_blob((sequence, index), &sealed, START).unwrap_or_else(|id| assert_eq!(id, "BLB-12"));
        }
        use_it(&mut server, sequence, index, choices);
    }
    server.settle();
}

/// What the row has, but for one field, in a newer BLOB.
fn with_another_field(
    server: &ServerPair,
    (sequence, index): (u8, u8),
    nonce: [u8; 12],
    choices: &mut Choices<'_>,
) -> Option<String> {
    KIND.apps.slow().application(index)?;
    let moments = server.slow.instances.get(&sequence)?.moments.get(&index).cloned().unwrap_or_default();
    let mut blob = moments.blob(server.slow.application_key(sequence, index));
    let [field, value] = choices.array();
    match field % 8 {
        0 => blob.used = !blob.used,
        1 => blob.out_of_sync = !blob.out_of_sync,
        2 => blob.shift += i64::from(value % 9) - 4,
        3 => blob.last_step += u64::from(value % 9),
        4 => blob.next_otp += u64::from(value % 9),
        5 => blob.next_event += u64::from(value % 9),
        _ => blob.hashes = (0..value % 13).map(|n| [n, 0, 0, 0, 0, 0, 0, value]).collect(),
    }
    let place = (KIND.serial_bytes(), sequence, index);
    let generation = server.slow.generation(sequence, index).saturating_add(1);
    Some(blob::seal(&STORAGE_KEY, place, server.slow.epoch, nonce, generation, &blob.encode()))
}

/// Of every kind: key and numbers right or at their limits; any bytes; right, and then cut, longer or changed.
fn content(server: &ServerPair, sequence: u8, index: u8, what: u8, choices: &mut Choices<'_>) -> Vec<u8> {
    if what & 0x18 == 0x18 {
        let length = usize::from(choices.byte());
        return choices.some(length.min(153)).to_vec();
    }
    if sequence == 0 {
        let [key, length] = choices.array();
        return vec![key; if length < 192 { 16 } else { usize::from(length - 192) }];
    }
    let exists = server.slow.instances.contains_key(&sequence);
    let [flags, key, shift, step, otp, event, hashes, tail] = choices.array();
    let key = match (exists, key & 7) {
        (true, 1..) => server.slow.application_key(sequence, index),
        _ => [key; 16],
    };
    let near = u64::from(START) / 36;
    let known = server.slow.instances.get(&sequence).and_then(|it| it.moments.get(&index)).cloned();
    let known = known.unwrap_or_default();
    let number = |choice: u8| match choice % 8 {
        7 => u64::try_from(known.last_step).unwrap_or(0),
        0 => 0,
        1 => (1 << 53) - 1 + u64::from(choice >> 7),
        2 => near + 1,
        3 => near - 1,
        4 => u64::from(choice >> 4),
        5 => near + 3 - u64::from(choice >> 4),
        _ => near,
    };
    let shift = match shift % 8 {
        0 | 1 => 0,
        2 => (1 << 40) + i64::from(shift >> 7),
        3 => -(1 << 40) - i64::from(shift >> 7),
        4 => 3,
        5 => -i64::from(shift),
        _ => i64::from(shift) - 128,
    };
    let blob = ApplicationBlob {
        used: flags & 1 == 1,
        out_of_sync: flags & 2 == 2,
        key,
        shift,
        last_step: number(step),
        next_otp: number(otp),
        next_event: number(event),
        hashes: (0..hashes % 16).map(|n| [n, 0, 0, 0, 0, 0, 0, hashes]).collect(),
    };
    let mut content = blob.encode();
    match tail % 16 {
        0 => drop(content.pop()),
        1 => content.push(tail),
        2 => content[0] |= 1 << (tail >> 5),
        3 => content[49] ^= tail >> 4,
        4 if content.len() >= 66 => content[50] = content[58],
        _ => {}
    }
    content
}

/// What an instance would type near its moment, into what was loaded; then the operator.
fn use_it(server: &mut ServerPair, sequence: u8, index: u8, choices: &mut Choices<'_>) {
    let Some(application) = KIND.apps.slow().application(index) else { return };
    let [late, event, how] = choices.array();
    let moments = server.slow.instances.get(&sequence).and_then(|it| it.moments.get(&index)).cloned();
    let next = moments.as_ref().map_or(0, |moments| moments.next_event);
    let shift = moments.map_or(0, |moments| moments.shift);
    let step = i128::from(application.step) * (shift + i128::from(late % 8) - 4);
    let at = u32::try_from(i128::from(START) + step).unwrap_or(START);
    if let Some(data) = data_for(application)
        && server.slow.instances.contains_key(&sequence)
    {
        let moment = (at, next + u64::from(event % 4));
        let typed = server.slow.answer(sequence, application, data.mode(), moment, &data.fields());
        for _ in 0..=how & 1 {
            let _ = server.verify_response(sequence, index, &data, &typed, START);
        }
    }
    if how & 6 == 6 {
        server.restored(3, START);
    }
    if how & 24 == 24 && (1..=99).contains(&sequence) {
        let _ = server.instance(sequence);
        let _ = server.generate_activation2(world::SALT, START);
        server.generate_activation1(None, false, START).unwrap();
        let request = world::request(otp::FIELDS, false, world::list());
        let _ = server.generate_request(&request, false, START);
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let place = Place { serial: OTHER.serial(), epoch: Epoch(EPOCH), sequence: 1, index: 3 };
    let first = Generation::FIRST;
    let key = Key::new(STORAGE_KEY);
    let whole = |length: usize| to_text(&place.seal(&key, &[9; 12], first, &vec![7; length]));
    let raw = |text: &str| [&[0, 0, 1, 3][..], text.as_bytes()].concat();
    let mut seeds: Vec<Vec<u8>> =
        ["", "=", "AQ==", "AR==", "AQ", "\n"].iter().map(|text| raw(text)).collect();
    for length in [0, 1, 2, 16, 50, 146, 153, 154, 160] {
        seeds.push(raw(&whole(length)));
    }
    let text = whole(16);
    for (from, to) in [("=", ""), ("=", "B"), ("A", "\n"), ("A", "-"), ("A", "é"), ("AQ", "Ag")] {
        seeds.push(raw(&text.replacen(from, to, 1)));
    }
    let short = to_text(&place.seal(&key, &[9; 12], first, &[])[..32]);
    seeds.push(raw(&short));
    for how in 0..4 {
        for (at, with) in [(0, 0), (0, 1), (5, 2), (20, 3), (40, 7), (59, 33), (59, 61)] {
            seeds.push([&[1, 0, 1, 3][..], &[8; 12], &[how, at, with], b"sixteen bytes..."].concat());
        }
    }
    // Loaded: place, what; flags, key, shift, step, otp, event, hashes, tail; late, event, how.
    let load = |sequence: u8, index: u8, content: [u8; 8], then: [u8; 3]| {
        [&[2, sequence, index, 3][..], &content, &then].concat()
    };
    for index in 1..9 {
        for flags in 0..4 {
            seeds.push(load(1, index, [flags, 1, 0, 0, 0, 0, 0, 15], [4, 0, 31]));
        }
        for (at, values) in
            [(2, [2, 130, 3, 131, 4, 253]), (3, [1, 129, 2, 3, 6, 5]), (4, [1, 129, 2, 3, 6, 5])]
        {
            for value in values {
                let mut content = [1, 1, 0, 0, 0, 0, 0, 15];
                content[at] = value;
                seeds.push(load(1, index, content, [4, 0, 1]));
            }
        }
        for (at, value) in
            [(5, 1), (5, 129), (5, 2), (6, 12), (6, 13), (6, 1), (1, 0), (7, 0), (7, 1), (7, 3)]
        {
            let mut content = [1, 1, 0, 6, 0, 0, 0, 15];
            content[at] = value;
            seeds.push(load(2, index, content, [4, 0, 1]));
        }
        for tail in [0x42, 0x62, 0xE2, 4] {
            seeds.push(load(1, index, [1, 1, 0, 6, 0, 0, 3, tail], [4, 0, 0]));
        }
        // Older, newer, of the last generation; what comes after that.
        for what in [0xA3, 0x83, 0xC3, 0xE3] {
            for shift in [0, 5] {
                let one = [2, 1, index, what, 3, 1, shift, 5, 6, 0x24, 0, 15, 4, 0, 31];
                seeds.push([&one[..], &[1, index, 3, 1, 1, 0, 6, 5, 4, 2, 15, 4, 0, 1]].concat());
            }
        }
        // As it is, and another's.
        seeds.push([vec![2, 1, index, 0], vec![4, 0, 1], vec![2, index, 0, 4, 1, 0]].concat());
        seeds.push(vec![2, 1, index, 2, 2, index, 4, 0, 0]);
        seeds.push(vec![2, 4, index, 3, 0, 1, 0, 0, 0, 0, 0, 15, 4, 0, 0]); // BLB-6
    }
    for (index, length) in [(0, 0), (1, 0), (2, 0), (0, 207), (1, 209), (0, 192)] {
        seeds.push(vec![2, 0, index, 3, 7, length, 4, 0, 0, 1, 3, 0, 0, 0, 24]);
    }
    seeds.push([&[2, 1, 2, 1, 4][..], b"AQ==", &[0, 0, 0]].concat());
    seeds
}
