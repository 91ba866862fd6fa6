//! What is written: license files, BLOBs, a client's state; and what is said while they are read.

use channel::bytes::Wire;
use channel::client::Client;
use channel::crypto::kdf;
use channel::crypto::keys::{Key, Payload, Platform, Storage, Transport};
use channel::license::blob::{Epoch, from_text, to_text};
use channel::license::file::{self, Item, Reader, Writer};
use channel::serial::Sequence;
use channel::server::License;
use channel::text::hex;
use harness::setup::{otp, otp_vector};
use peer::engine::Engine;
use serde_json::{Value, json};

use super::{
    Ear, NOW, PLATFORM, Peer, SERIAL, Secret, activate, config, installation, license, license_key, secret,
    serial,
};

const FILE_ID: [u8; 16] = *b"name of the file";

fn transport() -> Key<Transport, 32> {
    Key::new(secret("transport"))
}

fn storage() -> Key<Storage> {
    Key::new(secret("storage"))
}

fn platform() -> Key<Platform> {
    Key::new(secret("platform"))
}

/// The keys that files, BLOBs and states are made with. (The check of a file is in its header.)
fn secrets() -> Vec<(String, Vec<u8>)> {
    let salt = secret("installation salt");
    let mut all = vec![
        ("transport key".to_owned(), transport().expose().to_vec()),
        ("storage key".to_owned(), storage().expose().to_vec()),
        ("platform key".to_owned(), platform().expose().to_vec()),
        ("line key".to_owned(), kdf::file_line(&transport(), &FILE_ID).expose().to_vec()),
        ("trailer key".to_owned(), kdf::file_trailer(&transport(), &FILE_ID).expose().to_vec()),
        ("key of the state".to_owned(), kdf::client_state(&platform(), &salt).expose().to_vec()),
    ];
    for (sequence, index) in [(0, 0), (0, 1), (1, otp::EVENT), (1, otp::MULTI)] {
        let key = kdf::blob(&storage(), serial(), sequence, index);
        all.push((format!("key of BLOB {sequence}/{index}"), key.expose().to_vec()));
    }
    for (label, place, index) in [
        (&b"client-payload"[..], 0, 0),
        (b"client-payload", 1, 0),
        (b"client-license", 2, 0),
        (b"client-application", 0, otp::EVENT),
    ] {
        let key = kdf::client_key(&platform(), label, &salt, serial(), place, index);
        all.push((format!("sealing key {index}"), key.expose().to_vec()));
    }
    all
}

fn ear() -> Ear {
    let mut ear = Ear::new();
    ear.secrets.extend(secrets().into_iter().map(Secret::new));
    ear
}

/// A file with this one license.
fn license_file() -> String {
    let (origin, settings) = license(otp_vector());
    let (mut out, text) = (String::new(), settings.message_vector.encode());
    let begun = Writer::new(&transport(), &FILE_ID, &origin.static_vector_bytes, &text, 1, &mut out);
    let mut writer = begun.unwrap();
    let line = file::License {
        serial: serial(),
        kind: "DP4MOBILE",
        application: "MASTER      ",
        threshold: 9,
        secure_channel: true,
        license_key: license_key(),
    };
    writer.license(&line, &mut out).unwrap();
    writer.finish(&mut out);
    out
}

#[test]
fn no_file_and_nothing_said_of_it_shows_a_secret() {
    let mut ear = ear();
    let text = license_file();
    ear.hear("license file", &text);
    ear.debug("transport key", &transport());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut reader = Reader::new(&transport(), lines[0].as_bytes()).unwrap();
    ear.debug("header", reader.header());
    let item = reader.line(lines[1].as_bytes()).unwrap();
    ear.debug("item", &item);
    let Item::License(license) = item else { panic!("{item:?}") };
    ear.hear("activation vector", &license.activation_vector(&reader.header().static_vector));
    ear.debug("whole file", &file::read(&transport(), text.as_bytes()).unwrap());
    for (from, to) in [
        ("\"version\":1", "\"version\":2"),
        ("\"threshold\":9", "\"threshold\":8"),
        ("\"count\":1", "\"count\":2"),
        ("DP4MOBILE", "dp4mobile"),
        ("{\"mac\":\"", "{\"mac\":\"F"),
        ("VDS", "VDT"),
    ] {
        let bent = text.replace(from, to);
        ear.refusal(from, file::read(&transport(), bent.as_bytes()).map(|_| ()));
        ear.refusal(
            from,
            License::import(&transport(), bent.as_bytes(), serial(), (Key::new([1; 16]), Epoch([1; 8]))),
        );
    }
    ear.refusal("another key", file::read(&Key::new([1; 32]), text.as_bytes()).map(|_| ()));
    let mut server = License::import(&transport(), text.as_bytes(), serial(), drawn()).unwrap();
    ear.debug("server imported", &server);
    ear.refusal("cut", server.reimport(&transport(), &text.as_bytes()[..99], drawn()));
    server.reimport(&transport(), text.as_bytes(), drawn()).unwrap();
    ear.debug("server imported again", &server);
    assert!(ear.heard > 60, "{}", ear.heard);
}

fn drawn() -> (Key<Payload>, Epoch) {
    (super::payload_key(), Epoch([1; 8]))
}

#[test]
fn no_blob_row_or_state_and_nothing_said_of_it_shows_a_secret() {
    let mut ear = ear();
    let (origin, settings) = license(otp_vector());
    let mut server = License::new(origin, settings).unwrap();
    let mut client = Client::new(config(otp_vector()), installation());
    activate(&mut client, &mut server);
    ear.debug("storage key", &storage());
    ear.debug("platform key", &platform());
    for (sequence, index) in [(0, 0), (0, 1), (1, otp::EVENT), (1, otp::MULTI)] {
        let blob = server.seal_blob(&storage(), sequence, index, &[9; 12]).unwrap();
        let text = to_text(&blob);
        ear.hear("BLOB", &text);
        ear.hear("bytes of a BLOB", &hex::encode(&blob));
        ear.debug("place", &server.place(sequence, index));
        let mut changed = blob.clone();
        changed[20] ^= 1;
        let changed = to_text(&changed);
        ear.refusal("bent BLOB", server.load_blob(&storage(), (sequence, index), &changed, 0));
        ear.refusal("BLOB elsewhere", server.load_blob(&storage(), (1, otp::TIME), &text, 0));
        ear.refusal("another key", server.load_blob(&Key::new([1; 16]), (sequence, index), &text, 0));
        // Authentic, and wrong: a key too short, a key of nobody.
        let place = server.place(sequence, index);
        let opened = place.open(&storage(), &from_text(&text).unwrap()).unwrap();
        ear.debug("what was in it", &opened);
        let short = &opened.content[..opened.content.len() - 1];
        let part = place.seal(&storage(), &[9; 12], opened.generation, short);
        ear.refusal("short content", server.load_blob(&storage(), (sequence, index), &to_text(&part), 0));
        server.load_blob(&storage(), (sequence, index), &text, 0).unwrap();
        ear.debug("server", &server);
    }
    ear.debug("overview", &server.overview());
    ear.debug("applications", &server.instance(Sequence::new(1).unwrap()).unwrap());
    ear.hear("row", &hex::encode(&server.row()));

    let state = client.save(&platform(), &[9; 12]);
    ear.hear("state", &hex::encode(&state));
    let load = |key: &Key<Platform>, state: &[u8]| Client::load(key, state, config(otp_vector()));
    for at in [0, 3, 20, 40, 60, state.len() - 1] {
        let mut changed = state.clone();
        changed[at] ^= 0x10;
        ear.refusal("bent state", load(&platform(), &changed));
    }
    ear.refusal("another key", load(&Key::new([1; 16]), &state));
    ear.debug("loaded client", &load(&platform(), &state).unwrap());
    client.activate_license(&hex::encode(&server.generate_activation1(None, true, NOW).unwrap())).unwrap();
    let state = client.save(&platform(), &[10; 12]);
    ear.hear("state with a license key", &hex::encode(&state));
    ear.debug("loaded client", &load(&platform(), &state).unwrap());
    assert!(ear.heard > 120, "{}", ear.heard);
}

#[test]
fn no_answer_about_storage_tells_a_secret() {
    let mut peer = Peer { engine: Engine::new(Box::new(|bytes| bytes.fill(0x5A))), ear: ear() };
    let (_, settings) = license(otp_vector());
    let key = |bytes: &[u8]| hex::encode(bytes);
    let line = json!({"serial": SERIAL, "type": "DP4MOBILE", "application": "MASTER      ", "threshold": 9,
        "secure_channel": true, "license_key": key(license_key().expose())});
    let write = json!({"transport_key": key(transport().expose()), "static_vector": key(&otp_vector().to_bytes()),
        "message_vector": settings.message_vector.encode(), "licenses": [line],
        "random": {"file_id": key(&FILE_ID)}});
    // These have no session.
    let ask = |peer: &mut Peer, op: &str, params: Value| -> Value {
        let question = json!({"seq": 1, "op": op, "params": params}).to_string();
        let answer = String::from_utf8(peer.engine.answer(question.as_bytes())).unwrap();
        peer.ear.hear(op, &answer);
        serde_json::from_str(&answer).unwrap()
    };
    let file = ask(&mut peer, "license_file.write", write)["ok"]["file"].as_str().unwrap().to_owned();
    let import = |file: &str| {
        json!({"transport_key": key(transport().expose()), "file": file, "serial": SERIAL,
            "random": {"payload_key": key(super::payload_key().expose())}})
    };
    let answer = peer.ask("s", "server.import", import(&file[..file.len() - 2]));
    assert_eq!(answer["refused"]["class"], "cut-file", "{answer}");
    assert!(peer.ask("s", "server.import", import(&file))["ok"].is_object());
    let place = json!({"storage_key": key(storage().expose()), "sequence": 0, "index": 0});
    let blob = peer.text("s", "server.seal_blob", place.clone(), "blob");
    let mut load = place;
    load["now"] = json!(1000);
    load["blob"] = json!(blob.replacen('A', "B", 1));
    assert!(peer.ask("s", "server.load_blob", load.clone())["refused"].is_object());
    load["blob"] = json!(blob);
    assert!(peer.ask("s", "server.load_blob", load)["ok"].is_object());

    let create = json!({"static_vector": null, "platform_data": key(PLATFORM), "device_type": 7, "app_version": 2,
        "rooted": false, "root_policy": "block", "replacement": true,
        "random": {"installation_salt": key(&secret::<16>("installation salt"))}});
    assert!(peer.ask("c", "client.create", create)["ok"].is_object());
    let am1 = json!({"with_challenge": false, "with_static_vector": true, "now": NOW});
    let am1 = peer.text("s", "server.generate_activation1", am1, "message");
    peer.text("c", "client.activate_license", json!({"message": am1}), "device_code");
    let platform_key = key(platform().expose());
    let state = peer.text("c", "client.save", json!({"platform_key": platform_key}), "state");
    let load = |state: &str| {
        json!({"platform_key": platform_key, "state": state, "static_vector": null, "platform_data": key(PLATFORM),
            "app_version": 2, "rooted": false, "root_policy": "block", "replacement": true})
    };
    let answer = peer.ask("d", "client.load", load(&state[..state.len() - 2]));
    assert_eq!(answer["refused"]["class"], "corrupted", "{answer}");
    assert!(peer.ask("d", "client.load", load(&state))["ok"].is_object());
    // A key of the wrong length is a fault that doesn't repeat it.
    for (op, member) in [("server.import", "transport_key"), ("client.load", "platform_key")] {
        let mut params = if op == "server.import" { import(&file) } else { load(&state) };
        params[member] = json!(format!("{}00", params[member].as_str().unwrap()));
        assert!(peer.ask("e", op, params)["fault"].is_string());
    }
}
