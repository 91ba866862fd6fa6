//! License files: read whole and line by line, written, bent with and without the keys.

mod seeds;

use super::choices::Choices;
use super::license::numbers;
use super::slow::license::{self, File, License};
use super::slow::{floor, vector};
use super::target::Target;
use super::verdict::{known, same};
use super::world::{self, FILE_ID, Kind, LICENSE, OTHER, TRANSPORT_KEY};
use channel::crypto::keys::Key;
use channel::error::Refusal;
use channel::license::blob::Epoch;
use channel::license::file::{self, Item, MAX_LINE, Reader, Writer};
use channel::server;
use channel::state;
use channel::text::hex;

/// Bytes as a file, or licenses that are written, the lines bent and sealed again.
pub const LICENSE_FILE: Target = Target {
    name: "license_file",
    run: license_file,
    max_len: 4_000,
    floor: 150,
    seeds: seeds::seeds,
    dictionary: &[
        b"{\"format\":\"counterproof-licenses\",\"version\":",
        b"{\"mac\":\"",
        b"\"}\n",
        b"\",\"type\":\"",
        b",\"secure_channel\":",
        b"\"count\":",
        b"true",
        b"VDS",
        b"\r\n",
    ],
    oracles: &[
        "an independent reader agrees, refusing requirement included",
        "all or nothing: of a file that was right, no bit can be changed and no end be cut",
        "accepted: writing what was read gives the file; a second writer writes the same",
        "another key reads nothing",
        "line by line, long lines cut off, it says what it says of the whole",
        "an imported license is the one that its parameters make",
    ],
};

fn license_file(data: &[u8]) {
    let mut choices = Choices::new(data);
    match choices.below(4) {
        0 => read(choices.rest(), &mut Choices::new(&[])),
        1 => written(&mut choices),
        _ => {
            let file = bent(&mut choices);
            read(&file, &mut choices);
        }
    }
}

fn transport() -> Key<channel::crypto::keys::Transport, 32> {
    Key::new(TRANSPORT_KEY)
}

/// What the implementation read, as the slow reader has it.
fn told(file: &(file::Header, Vec<file::License<'_>>)) -> File {
    let (header, licenses) = file;
    let license = |it: &file::License<'_>| License {
        serial: it.serial.to_string(),
        kind: it.kind.into(),
        application: it.application.into(),
        threshold: it.threshold,
        secure_channel: it.secure_channel,
        license_key: *it.license_key.expose(),
    };
    File {
        static_vector: header.static_vector_bytes.clone(),
        message_vector: header.message_vector.encode(),
        licenses: licenses.iter().map(license).collect(),
    }
}

fn read(bytes: &[u8], choices: &mut Choices<'_>) {
    let fast = file::read(&transport(), bytes);
    let slow = license::read(&TRANSPORT_KEY, bytes);
    let streamed = stream(bytes);
    same(fast.as_ref().map(told).map_err(|refusal| *refusal), slow);
    assert_eq!(streamed.err(), fast.as_ref().err().copied(), "line by line");
    let Ok(read) = &fast else { return };
    let (header, licenses) = read;
    let file = told(read);
    assert_eq!(write(&header.file_id, &file).unwrap().as_bytes(), bytes, "one content has one form");
    assert!(license::write_anything(&TRANSPORT_KEY, &header.file_id, &file) == bytes);
    assert_eq!(header.count as usize, licenses.len());
    for (fast, slow) in licenses.iter().zip(&file.licenses) {
        assert_eq!(fast.activation_vector(&header.static_vector), file.activation_vector(slow), "LIF-13");
    }
    tamper(bytes, choices);
    import(bytes, &file);
}

/// Nothing of a file that was right can be changed without the key, and no other key reads it.
fn tamper(bytes: &[u8], choices: &mut Choices<'_>) {
    let at = choices.u16();
    let mut key = TRANSPORT_KEY;
    key[usize::from(at) % 32] ^= 1 << (at >> 5 & 7);
    let refusal = file::read(&Key::new(key), bytes).expect_err("another key");
    assert_eq!(refusal.rule.id, "LIF-8");

    let mut changed = bytes.to_vec();
    let place = usize::from(at) % bytes.len();
    changed[place] ^= 1 << (choices.byte() & 7);
    known(file::read(&transport(), &changed).expect_err("a changed bit"));
    known(file::read(&transport(), &bytes[..place]).expect_err("cut"));
    let longer = [bytes, b"\n"].concat();
    assert_eq!(file::read(&transport(), &longer).unwrap_err().rule.id, "LIF-6");
}

/// As [`Reader`] wants it, each line with its LF, and of a long one no more than it needs.
fn stream(bytes: &[u8]) -> Result<usize, Refusal> {
    let cut = |line: &[u8]| line[..line.len().min(MAX_LINE + 1)].to_vec();
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').map(cut);
    let mut reader = Reader::new(&transport(), &lines.next().unwrap_or_default())?;
    let mut serials = Vec::new();
    let mut ended = false;
    // The end of the file is an empty line.
    for line in lines.chain([Vec::new()]) {
        match reader.line(&line)? {
            Item::License(license) => {
                assert!(!ended);
                serials.push(license.serial);
            }
            Item::End => ended = true,
        }
    }
    assert!(ended && serials.len() == reader.header().count as usize);
    file::ensure_distinct(serials.iter().copied())?;
    Ok(serials.len())
}

/// Imports a file's first license: it is as one that was created (IMP-1, IMP-2).
fn import(bytes: &[u8], file: &File) {
    let payload = || Key::new(world::PAYLOAD_KEY);
    let Some(line) = file.licenses.last() else { panic!("a file has a license at least") };
    let serial = line.serial.parse().unwrap();
    let drawn = || (payload(), Epoch(world::EPOCH));
    let imported = server::License::import(&transport(), bytes, serial, drawn());
    let origin = server::Origin {
        serial,
        license_key: Key::new(line.license_key),
        static_vector: channel::bytes::Wire::decode(&file.static_vector).unwrap(),
        static_vector_bytes: file.static_vector.clone(),
        payload_key: line.secure_channel.then(payload),
        epoch: Epoch(world::EPOCH),
        last_counter: 0,
    };
    let message_vector = channel::wire::message_vector::MessageVector::decode(&file.message_vector).unwrap();
    let settings = server::Settings { message_vector, threshold: line.threshold };
    let made = server::License::new(origin, settings);
    let vector = vector::static_vector(&file.static_vector).unwrap();
    let (tries, windows) = (message_vector.signature_tries, message_vector.windows);
    let judged = floor::judge(&vector, tries, windows, line.secure_channel);
    same(made.as_ref().map(|_| ()).map_err(|refusal| *refusal), judged);
    let digest = |made: Result<server::License, Refusal>| made.map(|license| state::digest(&license));
    assert_eq!(digest(imported), digest(made), "IMP-1");
    let elsewhere = "ZZZ9999999";
    if file.licenses.iter().all(|license| license.serial != elsewhere) {
        let other = server::License::import(&transport(), bytes, elsewhere.parse().unwrap(), drawn());
        assert_eq!(other.unwrap_err().rule.id, "IMP-2");
    }
}

/// By the implementation.
fn write(file_id: &[u8; 16], file: &File) -> Result<String, Refusal> {
    let mut out = String::new();
    let File { static_vector, message_vector, licenses } = file;
    let count = u32::try_from(licenses.len()).unwrap();
    let mut writer = Writer::new(&transport(), file_id, static_vector, message_vector, count, &mut out)?;
    for license in licenses {
        let license = file::License {
            serial: license.serial.parse().unwrap(),
            kind: &license.kind,
            application: &license.application,
            threshold: license.threshold,
            secure_channel: license.secure_channel,
            license_key: Key::new(license.license_key),
        };
        writer.license(&license, &mut out)?;
    }
    writer.finish(&mut out);
    file::ensure_distinct(licenses.iter().map(|license| license.serial.parse().unwrap()))?;
    Ok(out)
}

/// Both writers refuse and write alike, whatever the content.
fn written(choices: &mut Choices<'_>) {
    let (file, file_id) = (content(choices), choices.array());
    let fast = write(&file_id, &file);
    let slow = license::write(&TRANSPORT_KEY, &file_id, &file);
    same(fast.clone().map(String::into_bytes), slow);
    if let Ok(text) = fast
        && !file.licenses.is_empty()
    {
        read(text.as_bytes(), choices);
    }
}

/// A file's content, mostly right.
fn content(choices: &mut Choices<'_>) -> File {
    let [vectors, count] = choices.array();
    let kind = if vectors & 1 == 0 { LICENSE } else { OTHER };
    let File { mut static_vector, mut message_vector, .. } = world::file(&[kind], [0; 16]);
    if vectors & 14 == 14 {
        let at = usize::from(choices.u16()) % static_vector.len();
        static_vector[at] = choices.byte();
    }
    if vectors & 16 != 0 {
        message_vector = license::message_vector_text(&numbers(choices));
    }
    if vectors & 0xE0 == 0xE0 {
        let at = choices.below(26);
        let digit = choices.below(16);
        message_vector.replace_range(at..=at, &"0123456789ABCDEF"[digit..=digit]);
    }
    let mut licenses: Vec<License> = Vec::new();
    for number in 0..count % 7 {
        licenses.push(one_license(choices, kind, number));
    }
    File { static_vector, message_vector, licenses }
}

fn one_license(choices: &mut Choices<'_>, kind: Kind, number: u8) -> License {
    let [what, suffix, threshold, letters, key] = choices.array();
    let prefix = if what & 15 == 15 { "ZZ9" } else { &kind.serial[..3] };
    // Two alike are rare, but happen.
    let suffix = 1000 * u32::from(number % (1 + what / 32)) + u32::from(suffix);
    let letter = |by: u8| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[usize::from(letters ^ by) % 36]);
    let kind = (0..1 + what / 16).map(letter).collect();
    let filled = usize::from(letters % 12) + 1;
    let application = (0..12).map(|at| if usize::from(at) < filled { letter(at) } else { ' ' }).collect();
    License {
        serial: format!("{prefix}{suffix:07}"),
        kind,
        application,
        threshold: 1 + threshold % 99,
        secure_channel: key & 1 == 0,
        license_key: [key; 16],
    }
}

/// A file whose lines were changed; secrets and trailer are sealed again or not.
fn bent(choices: &mut Choices<'_>) -> Vec<u8> {
    let file = content(choices);
    let bytes = license::write_anything(&TRANSPORT_KEY, &FILE_ID, &file);
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let how = choices.byte();
    for _ in 0..how >> 4 & 3 {
        edit(&mut lines, choices);
    }
    if how & 1 == 0 {
        seal_again(&mut lines, &file);
    }
    if how & 2 == 0 {
        mac_again(&mut lines);
    }
    let mut bytes = lines.concat();
    match how & 12 {
        4 => bytes.truncate(usize::from(choices.u16()) % (bytes.len() + 1)),
        8 => bytes.extend(choices.some(3)),
        _ => {}
    }
    bytes
}

fn edit(lines: &mut Vec<Vec<u8>>, choices: &mut Choices<'_>) {
    if lines.is_empty() {
        return;
    }
    let what = choices.byte();
    let [a, b] = [choices.below(lines.len()), choices.below(lines.len())];
    match what % 14 {
        0 => lines.swap(a, b),
        1 => lines.insert(a, lines[b].clone()),
        2 => drop(lines.remove(a)),
        3 => {
            let at = usize::from(choices.u16()) % lines[a].len().max(1);
            let byte = choices.byte();
            let end = lines[a].len().min(at + 1);
            lines[a].splice(at..end, [byte]);
        }
        4 => {
            let at = usize::from(choices.u16()) % (lines[a].len() + 1);
            let more = choices.some(usize::from(what >> 4) + 1).to_vec();
            lines[a].splice(at..at, more);
        }
        // As long as a line may be, or about so.
        5 => {
            let length = 2047 + choices.below(4);
            let end = lines[a].pop();
            lines[a].resize(length, b' ');
            lines[a].extend(end.filter(|_| what & 16 == 0));
        }
        6 => {
            let [high, low] = choices.array();
            let counts = ["0", "01", "1e1", "10000000", "10000001", "99999999999999999999", "-1", " 1"];
            let count = if high < 128 { low.to_string() } else { counts[usize::from(low) % 8].to_owned() };
            replace_value(&mut lines[0], "\"count\":", "}", &count);
        }
        7 => {
            let versions = ["2", "0", "01", "1.0", "999999999", "1000000000", "", "x", "4294967296", "11"];
            replace_value(&mut lines[0], "\"version\":", ",", versions[choices.below(versions.len())]);
        }
        8 => {
            let thresholds = ["0", "100", "07", "99", "1", "", "-1", "255", "1.5"];
            let threshold = thresholds[choices.below(thresholds.len())];
            replace_value(&mut lines[a], "\"threshold\":", ",", threshold);
        }
        9 => {
            let words = ["false", "true", "True", "0", "null", "falsetrue", ""];
            let word = words[choices.below(words.len())];
            replace_value(&mut lines[a], "\"secure_channel\":", ",", word);
        }
        10 => {
            let serials =
                ["VDS0000001", "ZZZ0000001", "vds0000001", "VDS000000", "VDS00000010", "VDS000000A"];
            let serial = serials[choices.below(serials.len())];
            replace_value(&mut lines[a], "\"serial\":\"", "\"", serial);
        }
        11 => {
            let names = [
                "",
                "A",
                "A B",
                "            ",
                " BCDEFGHIJKL",
                "ABCDEFGHIJK ",
                "AB CDEFGHIJK",
                "ABCDEFGHIJKLM",
            ];
            let fields = ["\"type\":\"", "\"application\":\""];
            let name = names[choices.below(names.len())];
            replace_value(&mut lines[a], fields[usize::from(what & 16 != 0)], "\"", name);
        }
        12 => lines[a].make_ascii_lowercase(),
        // The header's keys: another id, another check.
        _ => {
            let name = ["\"file_id\":\"", "\"check\":\"", "\"message_vector\":\"", "\"static_vector\":\""];
            let value = choices.some(40);
            let value =
                if what & 16 == 0 { hex::encode(value) } else { String::from_utf8_lossy(value).into() };
            replace_value(&mut lines[0], name[usize::from(what >> 6)], "\"", &value);
        }
    }
}

/// What stands between these two, if they are there.
fn replace_value(line: &mut Vec<u8>, before: &str, after: &str, value: &str) {
    let find = |line: &[u8], word: &str| line.windows(word.len()).position(|it| it == word.as_bytes());
    let Some(start) = find(line, before).map(|at| at + before.len()) else { return };
    let Some(length) = find(&line[start..], after) else { return };
    line.splice(start..start + length, value.bytes());
}

/// Every secret under the key of the place where its line stands now, over what stands before it now.
fn seal_again(lines: &mut [Vec<u8>], file: &File) {
    let word = b"\"secret\":\"";
    for (line, number) in lines.iter_mut().zip(1..) {
        let Some(at) = line.windows(word.len()).position(|it| it == word) else { continue };
        let start = at + word.len();
        let key = file.licenses.first().map_or([0; 16], |license| license.license_key);
        let secret = license::secret(&TRANSPORT_KEY, &FILE_ID, number, &line[..start], &key);
        if line.len() >= start + secret.len() {
            line.splice(start..start + secret.len(), secret.bytes());
        }
    }
}

/// The trailer over all that stands before it now.
fn mac_again(lines: &mut [Vec<u8>]) {
    let Some(at) = lines.iter().position(|line| line.starts_with(b"{\"mac\":\"")) else { return };
    let right = license::trailer_of(&TRANSPORT_KEY, &FILE_ID, &lines[..at].concat()).into_bytes();
    if lines[at].len() == right.len() {
        lines[at] = right;
    }
}
