//! License files, message vectors, BLOBs, a client's state.

use channel::bytes::Wire;
use channel::client::{Client, Config, Pin, RootPolicy};
use channel::crypto::kdf;
use channel::crypto::keys::{Key, Payload, Platform, Storage, Transport};
use channel::crypto::mac::cmac;
use channel::error::Refusal;
use channel::license::blob::{Epoch, Generation, MAX_LENGTH, Place, from_text, to_text};
use channel::license::file::{self, MAX_LINE, Writer, ensure_distinct};
use channel::rule::*;
use channel::serial::Serial;
use channel::server::License;
use channel::wire::data::Data;
use channel::wire::message_vector::MessageVector;
use harness::forge::digits::with_another_last;
use harness::setup::{PIN_TRIES, otp, otp_vector};

use super::{Heard, Kind, NOW, number, pair, serial};

fn transport() -> Key<Transport, 32> {
    Key::new([5; 32])
}

/// Lines of a file with a license for each of these serial numbers.
fn written(serials: &[&str]) -> Vec<String> {
    let (mut out, message_vector) = (String::new(), Kind::new().message_vector().encode());
    let vector = otp_vector().to_bytes();
    let count = u32::try_from(serials.len()).unwrap();
    let begun = Writer::new(&transport(), &[1; 16], &vector, &message_vector, count, &mut out);
    let mut writer = begun.unwrap();
    for serial in serials {
        let license = file::License {
            serial: serial.parse().unwrap(),
            kind: "DP4MOBILE",
            application: "MASTER      ",
            threshold: 2,
            secure_channel: true,
            license_key: Key::new([1; 16]),
        };
        writer.license(&license, &mut out).unwrap();
    }
    writer.finish(&mut out);
    out.split_inclusive('\n').map(str::to_owned).collect()
}

fn read(lines: &[String]) -> Result<usize, Refusal> {
    file::read(&transport(), lines.concat().as_bytes()).map(|(_, licenses)| licenses.len())
}

pub(super) fn files(heard: &mut Heard) {
    let right = written(&["VDS1000120", "VDS1000121"]);
    assert_eq!(read(&right), Ok(2));
    let with = |at: usize, line: &str| {
        let mut lines = right.clone();
        lines[at] = line.to_owned();
        read(&lines)
    };
    heard.no(LIF_5, read(&right[..2]));
    heard.no(LIF_5, with(3, right[3].trim_end()));
    heard.no(LIF_6, with(1, &right[1].replace(",\"threshold\"", ", \"threshold\"")));
    heard.no(LIF_6, with(1, &format!("{}\n", " ".repeat(MAX_LINE + 1))));
    heard.no(LIF_6, read(&[&right[..], &["\n".to_owned()]].concat()));
    heard.no(LIF_7, with(0, &right[0].replace("\"version\":1,", "\"version\":2,")));
    heard.no(LIF_8, file::read(&Key::new([6; 32]), right.concat().as_bytes()));
    heard.no(LIF_9, with(1, &right[1].replace("\"threshold\":2", "\"threshold\":3")));
    let swapped = [&right[0], &right[2], &right[1], &right[3]].map(Clone::clone);
    heard.no(LIF_9, read(&swapped));
    heard.no(LIF_10, with(2, &right[3]));
    let other = right[3].replace(&right[3][8..10], if &right[3][8..10] == "00" { "01" } else { "00" });
    heard.no(LIF_11, with(3, &other));
    heard.no(LIF_12, read(&written(&["VDS1000120", "VDS1000121", "VDS1000120"])));
    heard.no(LIF_12, ensure_distinct([serial(); 2]));
    let elsewhere: Serial = "VDS9999999".parse().unwrap();
    let file = right.concat();
    heard.no(IMP_2, License::import(&transport(), file.as_bytes(), elsewhere, drawn()));
    let mut license = Kind { serial: "VDS9999999", ..Kind::new() }.license().unwrap();
    heard.no(IMP_2, license.reimport(&transport(), file.as_bytes(), drawn()));

    let text = Kind::new().message_vector().encode();
    heard.no(MSV_2, MessageVector::decode(&text.replacen(|_| true, "é", 1)));
    heard.no(MSV_2, MessageVector::decode(&text[1..]));
    heard.no(MSV_3, MessageVector::decode(&with_another_last(&text)));
    heard.no(
        MSV_4,
        MessageVector::decode(&MessageVector { code_tries: 0, ..Kind::new().message_vector() }.encode()),
    );
}

fn drawn() -> (Key<Payload>, Epoch) {
    (Key::new([2; 16]), Epoch([2; 8]))
}

pub(super) fn blobs(heard: &mut Heard) {
    let storage: Key<Storage> = Key::new([8; 16]);
    let (mut license, _) = pair();
    let seal = |license: &License, sequence: u8, index: u8| {
        to_text(&license.seal_blob(&storage, sequence, index, &[9; 12]).unwrap())
    };
    let text = seal(&license, 1, otp::EVENT);
    let place = license.place(1, otp::EVENT);
    let open =
        |place: Place, text: &str| from_text(text).and_then(|blob| place.open(&storage, &blob).map(|_| ()));
    heard.no(BLB_3, open(place, text.trim_end_matches('=')));
    heard.no(BLB_3, open(place, &to_text(&[1; MAX_LENGTH + 1])));
    heard.no(BLB_3, open(place, &to_text(&[2; 32])));
    heard.no(BLB_4, open(place, &to_text(&[1; 33])));
    heard.no(BLB_5, open(license.place(2, otp::EVENT), &text));
    heard.no(BLB_6, license.seal_blob(&storage, 2, otp::EVENT, &[9; 12]));
    heard.no(BLB_6, license.load_blob(&storage, (0, 2), &text, 0));
    let opened = place.open(&storage, &from_text(&text).unwrap()).unwrap();
    let stale = place.seal(&storage, &[9; 12], Generation(opened.generation.0 - 1), &opened.content);
    heard.no(BLB_12, license.load_blob(&storage, (1, otp::EVENT), &to_text(&stale), 0));
    let mut load = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut content = opened.content.to_vec();
        change(&mut content);
        let blob = to_text(&place.seal(&storage, &[9; 12], opened.generation, &content));
        license.load_blob(&storage, (1, otp::EVENT), &blob, 0)
    };
    heard.no(BLB_7, load(&|content| content[0] = 4));
    heard.no(BLB_7, load(&|content| content[17] = 0x7F));
    heard.no(BLB_7, load(&|content| content[41] = 0xFF));
    heard.no(BLB_7, load(&|content| content.truncate(49)));
    heard.no(BLB_7, load(&|content| content.push(0)));
    heard.no(BLB_7, load(&|content| content[49] = 13));
    heard.no(BLB_7, load(&|content| content[32] = 1)); // a step, of an application without time
    heard.no(BLB_8, load(&|content| content[1] ^= 1));
    load(&|_| ()).unwrap();
}

pub(super) fn states(heard: &mut Heard) {
    let (_, client) = pair();
    let platform: Key<Platform> = Key::new([10; 16]);
    let right = client.save(&platform, &[11; 12]);
    let config = || Config {
        static_vector: None,
        platform_data: b"platform".to_vec(),
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    };
    // An unlock challenge shown, and no wrong PIN any more.
    let (_, mut locked) = pair();
    for _ in 0..PIN_TRIES {
        let wrong = locked.generate_response(serial(), otp::TIME, &Data::ResponseOnly, Pin::Wrong, NOW);
        wrong.unwrap_err();
    }
    locked.generate_unlock_challenge(serial(), [5; 8]).unwrap();
    let mut shows = locked.save(&platform, &[11; 12]);
    shows[64] = 0;
    let (content, mac) = shows.split_last_chunk_mut::<16>().unwrap();
    *mac = cmac(kdf::client_state(&platform, &[3; 16]).expose(), &[content]);
    heard.no(CST_11, Client::load(&platform, &shows, config()).map(|_| ()));
    let load = |state: &[u8]| Client::load(&platform, state, config()).map(|_| ());
    // With a byte changed, and the MAC put right.
    let changed = |at: usize, byte: u8| {
        let mut state = right.clone();
        state[at] = byte;
        let (content, mac) = state.split_last_chunk_mut::<16>().unwrap();
        *mac = cmac(kdf::client_state(&platform, &[3; 16]).expose(), &[content]);
        state
    };
    load(&right).unwrap();
    load(&changed(0, b'C')).unwrap();
    heard.no(CST_4, load(b"no state"));
    heard.no(CST_4, load(&right[1..]));
    heard.no(CST_5, load(&changed(3, 1)));
    heard.no(CST_6, load(&right[..right.len() - 1]));
    heard.no(CST_6, Client::load(&Key::new([12; 16]), &right, config()).map(|_| ()));
    heard.no(CST_7, load(&changed(32, 100)));
    heard.no(CST_7, load(&changed(34, 2)));
    heard.no(CST_7, load(&changed(34, 0)));
    heard.no(CST_7, load(&changed(40, 16)));
    heard.no(CST_10, load(&changed(34, 33)));
    heard.no(CST_7, load(&changed(64, 99))); // wrong PINs
    heard.no(CST_8, load(&changed(right.len() - 17, right[right.len() - 17] ^ 1)));
}

/// VER-20: the thirteenth at one step.
pub(super) fn many(heard: &mut Heard) {
    let (mut license, mut client) = pair();
    for value in 0..13 {
        let fields = Data::Fields(vec![format!("{value}.00"), String::new()]);
        let response = client.generate_response(serial(), otp::MULTI, &fields, Pin::Right, NOW).unwrap();
        let verified = license.verify_response(number(1), otp::MULTI, &fields, &response, NOW);
        if value < 12 {
            verified.unwrap();
        } else {
            heard.no(VER_20, verified);
        }
    }
}
