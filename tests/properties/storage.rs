//! What rests: message vectors, license files, BLOBs, clients' states. Each against the second implementation of
//! `oracles::slow`, which shares nothing but AES and SHA-256.

use channel::bytes::Wire;
use channel::client::{Client, Config, Installation, Pin, RootPolicy};
use channel::crypto::keys::{Key, Transport};
use channel::error::Refusal;
use channel::license::blob::{Epoch, Generation, MAX_CONTENT, Place, from_text, to_text};
use channel::license::file::{self, Item, MAX_LINE, Reader, Writer, ensure_distinct};
use channel::server::{self, Origin, Settings};
use channel::state;
use channel::text::hex;
use channel::wire::activation_vector;
use channel::wire::activation1::Policy;
use channel::wire::data::Data;
use channel::wire::message_vector::{MessageVector, Windows};
use oracles::slow;
use oracles::slow::license::{File, License};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::config;
use crate::generators::*;

fn message_vector() -> impl Strategy<Value = MessageVector> {
    let windows = (0u16..=100, 0u16..=100, 0u16..=10_800, 0u16..=20);
    let windows = windows.prop_map(|(identification, signature, first_use_s, look_ahead)| Windows {
        identification,
        signature,
        first_use_s,
        look_ahead,
    });
    (policy(), 0u16..=9999, any::<u32>(), 1u8..=99, 1u8..=99, windows).prop_map(
        |(policy, activation_validity_days, message_age_limit_s, code_tries, signature_tries, windows)| {
            MessageVector {
                policy,
                activation_validity_days,
                message_age_limit_s,
                code_tries,
                signature_tries,
                windows,
            }
        },
    )
}

/// Files that are right: the post-activation application confirms, the serial numbers have the vector's prefix.
fn license_file() -> impl Strategy<Value = File> {
    let line =
        (0u32..60, "[A-Z0-9]{1,16}", "[A-Z0-9][A-Z0-9]{0,11}", 1u8..=99, any::<bool>(), any::<[u8; 16]>());
    let vector = static_vector().prop_filter("one confirms", |vector| {
        vector.applications.iter().any(|application| application.confirms())
    });
    (vector, message_vector(), vec(line, 1..8)).prop_map(|(vector, message_vector, lines)| {
        let confirming = vector.applications.iter().find(|application| application.confirms()).unwrap();
        let policy = Policy { post_activation: confirming.form.index, ..message_vector.policy };
        let mut licenses: Vec<License> = Vec::new();
        for (suffix, kind, name, threshold, secure_channel, license_key) in lines {
            let serial = format!("{}{suffix:07}", vector.prefix);
            if licenses.iter().all(|license| license.serial != serial) {
                let application = format!("{name:12}");
                licenses.push(License { serial, kind, application, threshold, secure_channel, license_key });
            }
        }
        let message_vector = MessageVector { policy, ..message_vector }.encode();
        File { static_vector: vector.to_bytes(), message_vector, licenses }
    })
}

fn write(transport: &Key<Transport, 32>, file_id: &[u8; 16], file: &File) -> Result<Vec<u8>, Refusal> {
    let (mut out, count) = (String::new(), u32::try_from(file.licenses.len()).unwrap());
    let mut writer =
        Writer::new(transport, file_id, &file.static_vector, &file.message_vector, count, &mut out)?;
    for license in &file.licenses {
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
    ensure_distinct(file.licenses.iter().map(|license| license.serial.parse().unwrap()))?;
    Ok(out.into_bytes())
}

fn told((header, licenses): &(file::Header, Vec<file::License<'_>>)) -> File {
    let license = |it: &file::License<'_>| License {
        serial: it.serial.to_string(),
        kind: it.kind.to_owned(),
        application: it.application.to_owned(),
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

/// What both readers say of bytes, which must be the same.
fn read(transport: [u8; 32], bytes: &[u8]) -> Result<File, &'static str> {
    let fast = file::read(&Key::new(transport), bytes);
    let verdict = fast.as_ref().map(told).map_err(|refusal| refusal.rule.id);
    assert_eq!(verdict, slow::license::read(&transport, bytes));
    verdict
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn msv_1_one_text_for_each_vector_and_every_wrong_digit_is_refused(
        vector in message_vector(), at in 0usize..26, digit in "[0-9A-F]",
    ) {
        let text = vector.encode();
        prop_assert_eq!(MessageVector::decode(&text), Ok(vector));
        let numbers = slow::license::message_vector(&text).unwrap();
        prop_assert_eq!(slow::license::message_vector_text(&numbers), text.clone());
        let mut wrong = text.clone();
        wrong.replace_range(at..=at, &digit);
        let read = MessageVector::decode(&wrong).map_err(|refusal| refusal.rule.id);
        prop_assert_eq!(read, if wrong == text { Ok(vector) } else { Err("MSV-3") });
    }

    #[test]
    fn msv_any_text_is_what_a_second_decoder_says(text in "[0-9A-FGé]{25,27}", mends in any::<bool>()) {
        let mut text = text;
        if mends && text.is_ascii() && !text.contains('G') {
            text.truncate(25);
            text.push(slow::check_digit(&text, 16));
        }
        let fast = MessageVector::decode(&text);
        prop_assert_eq!(
            fast.map(|_| ()).map_err(|refusal| refusal.rule.id),
            slow::license::message_vector(&text).map(|_| ())
        );
        if let Ok(vector) = fast {
            prop_assert_eq!(vector.encode(), text);
        }
    }

    #[test]
    fn lif_13_the_activation_vector_as_text(wrapped in any::<[u8; 24]>(), at in 0usize..49, digit in "[0-9A-F]") {
        let text = activation_vector::encode(&wrapped);
        prop_assert_eq!(&text, &slow::license::activation_vector(&wrapped));
        let mut other = text.clone();
        other.replace_range(at..=at, &digit);
        prop_assert_eq!(activation_vector::decode(&other), (other == text).then_some(wrapped));
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn lif_1_what_is_written_is_what_is_read_and_there_is_one_form(
        file in license_file(), key in any::<[u8; 32]>(), other in any::<[u8; 32]>(), id in any::<[u8; 16]>(),
    ) {
        let bytes = write(&Key::new(key), &id, &file).unwrap();
        prop_assert_eq!(slow::license::write(&key, &id, &file), Ok(bytes.clone()));
        prop_assert_eq!(read(key, &bytes), Ok(file.clone()));
        prop_assert_eq!(read(other, &bytes), Err("LIF-8"));
        let fast = file::read(&Key::new(key), &bytes).unwrap();
        for (license, line) in fast.1.iter().zip(&file.licenses) {
            prop_assert_eq!(license.activation_vector(&fast.0.static_vector), file.activation_vector(line));
        }
    }

    /// All or nothing.
    #[test]
    fn lif_no_file_that_was_changed_yields_a_license(
        file in license_file(), key in any::<[u8; 32]>(), bend in mutation(), cut in any::<prop::sample::Index>(),
    ) {
        let bytes = write(&Key::new(key), &[1; 16], &file).unwrap();
        let mut changed = bytes.clone();
        bend.apply(&mut changed);
        prop_assert_eq!(read(key, &changed).is_ok(), changed == bytes);
        prop_assert!(read(key, &bytes[..cut.index(bytes.len())]).is_err());
    }

    /// Lines in another order, doubled, left out, from another file; the trailer put right.
    #[test]
    fn lif_9_lif_10_no_line_elsewhere(
        file in license_file(), picks in vec(any::<prop::sample::Index>(), 0..8), foreign in any::<bool>(),
    ) {
        let (key, id) = ([3; 32], [1; 16]);
        let bytes = write(&Key::new(key), &id, &file).unwrap();
        let source = write(&Key::new(key), if foreign { &[2; 16] } else { &id }, &file).unwrap();
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let from: Vec<&[u8]> = source.split_inclusive(|byte| *byte == b'\n').collect();
        let licenses = &from[1..from.len() - 1];
        let mut mixed = lines[0].to_vec();
        let chosen: Vec<&[u8]> = picks.iter().map(|pick| *pick.get(licenses)).collect();
        mixed.extend(chosen.concat());
        mixed.extend(slow::license::trailer_of(&key, &id, &mixed).bytes());
        let is_same = mixed == bytes;
        let said = read(key, &mixed);
        prop_assert_eq!(said.is_ok(), is_same);
        let in_place = chosen.iter().zip(&lines[1..lines.len() - 1]).all(|(a, b)| a == b) && chosen.len() < lines.len() - 1;
        let expected = if in_place { "LIF-10" } else { "LIF-9" };
        prop_assert!(is_same || said == Err(expected), "{:?}", said);
    }

    /// The reader that gets one line at a time, and of a long one no more than it needs.
    #[test]
    fn lif_a_reader_of_lines_says_the_same(file in license_file(), bend in mutation(), longer in 0usize..4, at in 0usize..9) {
        let (key, mut bytes) = (Key::new([3; 32]), write(&Key::new([3; 32]), &[1; 16], &file).unwrap());
        match at.checked_sub(4) {
            None => bend.apply(&mut bytes),
            Some(line) => {
                let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let line = line.min(lines.len() - 1);
                let more = MAX_LINE - 2 + longer - lines[line].len().min(MAX_LINE - 2);
                lines[line].splice(0..0, vec![b'x'; more]);
                bytes = lines.concat();
            }
        }
        let whole = file::read(&key, &bytes).map(|(_, licenses)| licenses.len());
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| &line[..line.len().min(MAX_LINE + 1)]);
        let streamed = Reader::new(&key, lines.next().unwrap_or_default()).and_then(|mut reader| {
            let mut serials = Vec::new();
            for line in lines.chain([&[][..]]) {
                if let Item::License(license) = reader.line(line)? {
                    serials.push(license.serial);
                }
            }
            ensure_distinct(serials.iter().copied())?;
            Ok(serials.len())
        });
        prop_assert_eq!(streamed, whole);
    }

    #[test]
    fn imp_1_an_imported_license_is_the_one_that_its_line_makes(file in license_file(), which in any::<prop::sample::Index>()) {
        let transport = Key::new([3; 32]);
        let bytes = write(&transport, &[1; 16], &file).unwrap();
        let line = which.get(&file.licenses);
        let serial = line.serial.parse().unwrap();
        let payload_key = || Key::new([9; 16]);
        let drawn = (payload_key(), Epoch([4; 8]));
        let imported = server::License::import(&transport, &bytes, serial, drawn);
        let origin = Origin {
            serial,
            license_key: Key::new(line.license_key),
            static_vector: Wire::decode(&file.static_vector).unwrap(),
            static_vector_bytes: file.static_vector.clone(),
            payload_key: line.secure_channel.then(payload_key),
            epoch: Epoch([4; 8]),
            last_counter: 0,
        };
        let message_vector = MessageVector::decode(&file.message_vector).unwrap();
        let made = server::License::new(origin, Settings { message_vector, threshold: line.threshold });
        let digest = |made: Result<server::License, _>| made.map(|license| state::digest(&license));
        prop_assert_eq!(digest(imported), digest(made));
    }

    #[test]
    fn blb_a_blob_opens_in_its_place_and_nowhere_else(
        (serial, elsewhere) in (serial(), serial()),
        (sequence, index) in (0u8..=99, 0u8..=8),
        content in vec(any::<u8>(), 0..=MAX_CONTENT),
        (key, nonce) in (any::<[u8; 16]>(), any::<[u8; 12]>()),
        (epoch, generation) in (any::<[u8; 8]>(), any::<u32>()),
        bend in mutation(),
    ) {
        let place = Place { serial, epoch: Epoch(epoch), sequence, index };
        let slowly = |place: Place| (place.serial.to_bytes(), place.sequence, place.index);
        let text = to_text(&place.seal(&Key::new(key), &nonce, Generation(generation), &content));
        prop_assert_eq!(&text, &slow::blob::seal(&key, slowly(place), epoch, nonce, generation, &content));
        let open = |place: Place, text: &str| {
            let fast = from_text(text).and_then(|blob| place.open(&Key::new(key), &blob));
            let fast = fast.map(|opened| (opened.generation.0, opened.content.to_vec()));
            let fast = fast.map_err(|refusal| refusal.rule.id);
            assert_eq!(fast, slow::blob::open(&key, slowly(place), place.epoch.0, text));
            fast
        };
        prop_assert_eq!(open(place, &text), Ok((generation, content)));
        for other in [
            Place { serial: elsewhere, ..place },
            Place { sequence: (sequence + 1) % 100, ..place },
            Place { index: (index + 1) % 9, ..place },
            Place { epoch: Epoch(epoch.map(|byte| !byte)), ..place },
        ] {
            prop_assert!(other == place || open(other, &text) == Err("BLB-5"));
        }
        let mut changed = text.clone().into_bytes();
        bend.apply(&mut changed);
        if let Ok(changed) = String::from_utf8(changed) {
            prop_assert_eq!(open(place, &changed).is_ok(), changed == text);
        }
    }

    /// A client on any vector that confirms: saved, loaded, changed; and it goes on.
    #[test]
    fn cst_a_state_is_read_back_whole_or_not_at_all(
        file in license_file(), nonce in any::<[u8; 12]>(), key in any::<[u8; 16]>(), bend in mutation(), replaces in any::<bool>(),
    ) {
        let config = || Config {
            static_vector: None,
            platform_data: vec![1],
            app_version: 0,
            rooted: false,
            root_policy: RootPolicy::Allow,
            replacement: true,
        };
        let transport = Key::new([3; 32]);
        let bytes = write(&transport, &[1; 16], &file).unwrap();
        let mut client = Client::new(config(), Installation { salt: [4; 16], device_type: 7 });
        let now = 1_800_000_000;
        for line in file.licenses.iter().take(2) {
            let serial = line.serial.parse().unwrap();
            let drawn = (Key::new([9; 16]), Epoch([4; 8]));
            // Whose settings are weak, or who has nothing to ask.
            let Ok(mut license) = server::License::import(&transport, &bytes, serial, drawn) else { continue };
            // Where a vector leaves room for it, AM1 carries it (FRM-3).
            let am1 = hex::encode(&license.generate_activation1(None, true, now).unwrap());
            let Ok(code) = client.activate_license(&am1) else { continue };
            license.verify_device_code(&code, false, now).unwrap();
            let (_, am2) = license.generate_activation2([6; 13], now).unwrap();
            client.activate_instance(&hex::encode(&am2), Pin::Right, now).unwrap();
            if replaces {
                client.activate_license(&am1).unwrap();
            }
        }
        let saved = client.save(&Key::new(key), &nonce);
        let state = slow::state::decode(&key, &saved).unwrap();
        prop_assert_eq!(&slow::state::encode(&key, nonce, &state), &saved);
        let mut loaded = Client::load(&Key::new(key), &saved, config()).unwrap();
        prop_assert_eq!(state::digest(&loaded), state::digest(&client));
        prop_assert_eq!(loaded.save(&Key::new(key), &nonce), saved.clone());
        for line in &file.licenses {
            for application in 1..=8 {
                let answer = |client: &mut Client| {
                    let serial = line.serial.parse().unwrap();
                    client.generate_response(serial, application, &Data::ResponseOnly, Pin::Right, now)
                };
                prop_assert_eq!(answer(&mut loaded), answer(&mut client));
            }
        }
        let mut changed = saved.clone();
        bend.apply(&mut changed);
        let said = Client::load(&Key::new(key), &changed, config()).map(|_| ()).map_err(|refusal| refusal.rule.id);
        prop_assert_eq!(said, slow::state::decode(&key, &changed).map(|_| ()));
        prop_assert_eq!(said.is_ok(), changed == saved);
    }
}
