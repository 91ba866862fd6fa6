//! Secrets are shy: a whole life of a license with known secret bytes, in process, and none of them in any
//! `Debug`, refusal, fault or answer. The master key is none: the static vector, which carries it, is public.
//!
//! What the peer protocol carries by design is let out: the question of `server.create`, the primitives and
//! `frame.*`, which are handed their keys; `license_file.read` and `blob.open`, which are asked for them. Messages are searched, too: they carry keys wrapped or encrypted.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Debug;

use channel::bytes::Wire;
use channel::client::{Client, Config, Decision, Installation, Pin, RootPolicy};
use channel::crypto::kdf::{self, Device};
use channel::crypto::keys::{Channel, Key, License as LicenseKey, Payload};
use channel::crypto::keywrap;
use channel::crypto::mac::{hmac_sha256, sha256};
use channel::crypto::protect::{Direction, Protection};
use channel::error::Refusal;
use channel::license::blob::Epoch;
use channel::serial::{Sequence, Serial};
use channel::server::{Attempt, License, Origin, Settings};
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::activation1::Policy;
use channel::wire::activation2::Activation2;
use channel::wire::data::Data;
use channel::wire::frame::Carrier;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::request::{Content, Request};
use channel::wire::static_vector::StaticVector;
use harness::forge::digits::with_another_last;
use harness::setup::{PIN_TRIES, app, open, open_vector, otp, otp_vector, vector};
use peer::engine::{Engine, Fail};
use serde_json::{Value, json};

#[path = "secrets/app2app.rs"]
mod app2app;
#[path = "secrets/push.rs"]
mod push;
#[path = "secrets/single.rs"]
mod single;
#[path = "secrets/storage.rs"]
mod storage;

const SERIAL: &str = "VDS1000120";
const NOW: u32 = 1_800_000_000;
const CHALLENGE: [u8; 8] = *b"question";
const PLATFORM: &[u8] = b"platform";
/// So many bytes in a row are no accident.
const WINDOW: usize = 5;
/// Half a key has one of these rows.
const STRIDE: usize = 4;

/// Bytes that occur nowhere else.
fn secret<const N: usize>(name: &str) -> [u8; N] {
    sha256(&[b"secret ", name.as_bytes()])[..N].try_into().unwrap()
}

fn serial() -> Serial {
    SERIAL.parse().unwrap()
}

fn license_key() -> Key<LicenseKey> {
    Key::new(secret("license"))
}

fn payload_key() -> Key<Payload> {
    Key::new(secret("payload"))
}

/// The bytes of the first AM1 of the license.
fn first_am1() -> [u8; 32] {
    let (origin, settings) = license(vector());
    let mut server = License::new(origin, settings).unwrap();
    sha256(&[&server.generate_activation1(Some(CHALLENGE), true, NOW).unwrap()])
}

fn device() -> Device {
    let data = [&serial().to_bytes()[..], PLATFORM].concat();
    Device { kind: 7, id: hmac_sha256(&secret::<16>("installation salt"), &data)[..5].try_into().unwrap() }
}

/// Every secret of the license and its first two instances, given or derived.
fn secrets() -> Vec<(String, Vec<u8>)> {
    let license = license_key();
    let am2 = kdf::am2_channel(&license, serial(), device(), &first_am1());
    let wrapping = kdf::wrapping(&vector().master_key, serial());
    let mut all = vec![
        ("license key".to_owned(), license.expose().to_vec()),
        ("payload key".to_owned(), payload_key().expose().to_vec()),
        ("wrapping key".to_owned(), wrapping.expose().to_vec()),
        ("device code key".to_owned(), kdf::device_code(&license).expose().to_vec()),
        ("AM2 channel key".to_owned(), am2.expose().to_vec()),
    ];
    for (name, channel) in [("AM2", am2), ("payload", payload_key().as_channel())] {
        for protection in [Protection::HmacSha256, Protection::Cmac] {
            let encryption = kdf::encryption(&channel, protection, Direction::ToClient);
            all.push((format!("{name} encryption key {protection:?}"), encryption.to_vec()));
        }
        all.push((format!("{name} CMAC key"), kdf::cmac_key(&channel, Direction::ToClient).to_vec()));
        let hmac = kdf::hmac_key(&channel, Direction::ToClient).as_flattened().to_vec();
        all.push((format!("{name} HMAC key"), hmac));
        for sequence in 1..=2 {
            let to_server = Direction::ToServer(sequence);
            for protection in [Protection::HmacSha256, Protection::Cmac] {
                let encryption = kdf::encryption(&channel, protection, to_server);
                all.push((
                    format!("{name} encryption key of instance {sequence} {protection:?}"),
                    encryption.to_vec(),
                ));
            }
            all.push((
                format!("{name} CMAC key of instance {sequence}"),
                kdf::cmac_key(&channel, to_server).to_vec(),
            ));
        }
    }
    for (sequence, index) in (1..=2).flat_map(|sequence| (1..=8).map(move |index| (sequence, index))) {
        let number = Sequence::new(sequence).unwrap();
        let key = kdf::application(&license, serial(), number, index, device(), &secret("instance salt"));
        all.push((format!("application key {index} of instance {sequence}"), key.expose().to_vec()));
    }
    all
}

/// How bytes may stand in a text: hexadecimal of either case, or a list of numbers as `Debug` writes it.
struct Secret {
    name: String,
    /// As they stand in a text.
    exact: Vec<String>,
    /// As they stand in a text in upper case.
    upper: Vec<String>,
}

impl Secret {
    fn new((name, bytes): (String, Vec<u8>)) -> Self {
        let (mut exact, mut upper) = (Vec::new(), Vec::new());
        for window in bytes.windows(WINDOW).step_by(STRIDE) {
            let list = |format: &dyn Fn(&u8) -> String| window.iter().map(format).collect::<Vec<_>>();
            exact.push(list(&|byte| format!("{byte}")).join(","));
            exact.push(window.escape_ascii().to_string());
            upper.push(hex::encode(window));
            upper.push(list(&|byte| format!("{byte:X}")).join(","));
            upper.push(list(&|byte| format!("0X{byte:X}")).join(","));
        }
        Self { name, exact, upper }
    }
}

/// The first secret in a text.
fn leak_in(text: &str, secrets: &[Secret]) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let upper = text.to_ascii_uppercase();
    let leaks = |secret: &&Secret| {
        secret.exact.iter().any(|pattern| text.contains(pattern))
            || secret.upper.iter().any(|pattern| upper.contains(pattern))
    };
    secrets.iter().find(leaks).map(|secret| secret.name.clone())
}

/// Everything that was said, searched as it comes.
struct Ear {
    secrets: Vec<Secret>,
    heard: usize,
}

impl Ear {
    fn new() -> Self {
        Self { secrets: secrets().into_iter().map(Secret::new).collect(), heard: 0 }
    }

    fn hear(&mut self, what: &str, text: &str) {
        self.heard += 1;
        if let Some(name) = leak_in(text, &self.secrets) {
            panic!("{what} tells the {name}: {text}");
        }
    }

    fn debug(&mut self, what: &str, value: &impl Debug) {
        for text in
            [format!("{value:?}"), format!("{value:#?}"), format!("{value:x?}"), format!("{value:X?}")]
        {
            self.hear(what, &text);
        }
    }

    fn refusal<T: Debug>(&mut self, what: &str, result: Result<T, Refusal>) {
        let refusal = result.expect_err(what);
        self.debug(what, &refusal);
        self.hear(what, &refusal.to_string());
        self.debug(what, &Fail::from(refusal));
    }
}

fn license(vector: StaticVector) -> (Origin, Settings) {
    let origin = Origin {
        serial: serial(),
        license_key: license_key(),
        static_vector_bytes: vector.to_bytes(),
        static_vector: vector,
        payload_key: Some(payload_key()),
        epoch: Epoch([4; 8]),
        last_counter: 0,
    };
    let policy =
        Policy { activation: Protection::Cmac, messages: Protection::HmacSha256, post_activation: app::TIME };
    let settings = Settings {
        message_vector: MessageVector {
            policy,
            activation_validity_days: 7,
            message_age_limit_s: 3600,
            code_tries: 3,
            signature_tries: 3,
            windows: Windows { identification: 100, signature: 24, first_use_s: 10_800, look_ahead: 10 },
        },
        threshold: 9,
    };
    (origin, settings)
}

fn installation() -> Installation {
    Installation { salt: secret("installation salt"), device_type: 7 }
}

fn config(vector: StaticVector) -> Config {
    Config {
        static_vector: Some(vector),
        platform_data: PLATFORM.to_vec(),
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: true,
    }
}

fn request(application: u8) -> Request {
    Request {
        minimum_version: 0,
        require_pin: true,
        template: 0,
        charset: Charset::Utf8,
        application,
        content: Content::List { title: "Transfer".into(), items: vec![("Amount".into(), "12".into())] },
    }
}

#[test]
fn the_search_finds_what_leaks() {
    let known = secrets();
    assert_eq!(known.len(), 5 + 2 * (4 + 6) + 2 * 8);
    let secrets: Vec<Secret> = known.iter().cloned().map(Secret::new).collect();
    for (name, bytes) in &known {
        let part = &bytes[5..13];
        for text in [
            hex::encode(part),
            hex::encode(part).to_lowercase(),
            format!("{part:?}"),
            format!("{part:#?}"),
            format!("{part:x?}"),
            format!("{part:#X?}"),
            format!("a {bytes:?} b"),
        ] {
            assert_eq!(leak_in(&text, &secrets).as_ref(), Some(name), "{text}");
        }
    }
    assert_eq!(leak_in(&hex::encode(vector().master_key.expose()), &secrets), None);
}

#[test]
fn no_debug_of_a_role_a_key_or_a_refusal_shows_a_secret() {
    let mut ear = Ear::new();
    let (origin, settings) = license(vector());
    ear.debug("origin", &origin);
    ear.debug("settings", &settings);
    let mut server = License::new(origin, settings).unwrap();
    let mut client = Client::new(config(vector()), installation());
    let both = |ear: &mut Ear, client: &Client, server: &License| {
        ear.debug("client", client);
        ear.debug("server", server);
    };

    let am1 = hex::encode(&server.generate_activation1(Some(CHALLENGE), true, NOW).unwrap());
    ear.refusal("bent AM1", client.activate_license(&with_another_last(&am1)));
    let code = client.activate_license(&am1).unwrap();
    both(&mut ear, &client, &server);
    ear.refusal("bent device code", server.verify_device_code(&with_another_last(&code), false, NOW));
    let other_code = {
        let other_config = Config {
            static_vector: None,
            platform_data: b"other".to_vec(),
            app_version: 0,
            root_policy: RootPolicy::Allow,
            ..config(vector())
        };
        let mut other = Client::new(other_config, Installation { salt: [1; 16], device_type: 1 });
        let another_am1 = server.generate_activation1(None, true, NOW).unwrap();
        other.activate_license(&hex::encode(&another_am1)).unwrap()
    };
    let am1 = hex::encode(&server.generate_activation1(Some(CHALLENGE), true, NOW).unwrap());
    let code_again = client.activate_license(&am1).unwrap();
    assert_ne!(code_again, code, "no two AM1s are equal");
    let code = code_again;
    ear.refusal("a code for an older AM1", server.verify_device_code(&other_code, false, NOW));
    server.verify_device_code(&code, false, NOW).unwrap();
    let (sequence, am2) = server.generate_activation2(secret("instance salt"), NOW).unwrap();
    let am2 = hex::encode(&am2);
    both(&mut ear, &client, &server);
    ear.refusal("bent AM2", client.activate_instance(&with_another_last(&am2), Pin::Right, NOW));
    let activated = client.activate_instance(&am2, Pin::Right, NOW).unwrap();
    ear.debug("activated", &activated);
    ear.refusal(
        "bent confirmation",
        server.verify_message_signature(sequence, &am2, &with_another_last(&activated.signature), NOW),
    );
    server.verify_message_signature(sequence, &am2, &activated.signature, NOW).unwrap();
    both(&mut ear, &client, &server);

    for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
        let message =
            hex::encode(&server.generate_request(&request(application), Carrier::Direct, NOW).unwrap());
        ear.refusal("bent request", client.open(&with_another_last(&message), Carrier::Direct));
        let shown = client.open(&message, Carrier::Direct).unwrap();
        ear.debug("shown", &shown);
        both(&mut ear, &client, &server);
        let handle = shown.handle.unwrap();
        ear.refusal("wrong PIN", client.sign(handle, Decision::Approve(Pin::Wrong), NOW));
        ear.refusal("cached PIN", client.sign(handle, Decision::Approve(Pin::Cached), NOW));
        let signature = client.sign(handle, Decision::Approve(Pin::Right), NOW).unwrap().unwrap();
        ear.refusal("nothing opened", client.sign(handle, Decision::Approve(Pin::Right), NOW));
        let wrong = with_another_last(&signature);
        ear.refusal("bent signature", server.verify_message_signature(sequence, &message, &wrong, NOW));
        server.verify_message_signature(sequence, &message, &signature, NOW).unwrap();
        let again = server.verify_message_signature(sequence, &message, &signature, NOW);
        ear.refusal("replayed", again);
        both(&mut ear, &client, &server);
    }
    ear.refusal(
        "no such application",
        server.generate_request(&request(app::DISABLED), Carrier::Direct, NOW),
    );
    assert!(ear.heard > 200, "{}", ear.heard);
}

/// Activates the client, once more if it is already.
fn activate(client: &mut Client, server: &mut License) -> Sequence {
    let am1 = hex::encode(&server.generate_activation1(Some(CHALLENGE), true, NOW).unwrap());
    let code = client.activate_license(&am1).unwrap();
    server.verify_device_code(&code, true, NOW).unwrap();
    let (sequence, am2) = server.generate_activation2(secret("instance salt"), NOW).unwrap();
    let am2 = hex::encode(&am2);
    let activated = client.activate_instance(&am2, Pin::Right, NOW).unwrap();
    server.verify_message_signature(sequence, &am2, &activated.signature, NOW).unwrap();
    client.mark_confirmed(&am2).unwrap();
    sequence
}

/// Responses, locking and unlocking, the operator, replacing and deactivating.
#[test]
fn no_debug_or_refusal_on_the_way_of_a_response_shows_a_secret() {
    let mut ear = Ear::new();
    let (origin, settings) = license(otp_vector());
    let (mut server, mut client) =
        (License::new(origin, settings).unwrap(), Client::new(config(otp_vector()), installation()));
    let sequence = activate(&mut client, &mut server);
    let all = [
        (otp::TIME, Data::ResponseOnly),
        (otp::EVENT, Data::ResponseOnly),
        (otp::BOTH, Data::ResponseOnly),
        (otp::CHALLENGE, Data::Challenge("0123456789".into())),
        (otp::MULTI, Data::Fields(vec!["1250.00".into(), "DE89".into()])),
        (otp::FIELD_EVENT, Data::Fields(vec!["1250.00".into()])),
    ];
    for (application, data) in &all {
        let wrong = client.generate_response(serial(), *application, data, Pin::Wrong, NOW);
        ear.refusal("wrong PIN", wrong);
        let response = client.generate_response(serial(), *application, data, Pin::Right, NOW).unwrap();
        let given = with_another_last(&response);
        ear.refusal("bent response", server.verify_response(sequence, *application, data, &given, NOW));
        server.verify_response(sequence, *application, data, &response, NOW).unwrap();
        ear.refusal("again", server.verify_response(sequence, *application, data, &response, NOW));
        server.unlock_instance(sequence).unwrap();
        let misfit = client.generate_response(serial(), otp::UNLOCK, data, Pin::Right, NOW);
        ear.refusal("no such application", misfit);
        ear.debug("client", &client);
        ear.debug("server", &server);
    }

    ear.refusal("not locked", client.generate_unlock_challenge(serial(), [9; 8]));
    let (application, data) = &all[0];
    for _ in 0..PIN_TRIES {
        client.generate_response(serial(), *application, data, Pin::Wrong, NOW).unwrap_err();
    }
    let challenge = client.generate_unlock_challenge(serial(), [9; 8]).unwrap();
    let response = server.generate_unlock_response(sequence, &challenge).unwrap();
    ear.secrets.push(Secret::new(("unlock response".into(), response.clone().into_bytes())));
    ear.debug("client that shows a challenge", &client);
    ear.debug("server that answered it", &server);
    ear.refusal("bent unlock response", client.unlock(serial(), &with_another_last(&response)));
    let wrong = format!("{}{}", &response[1..], &response[..1]);
    ear.refusal("another unlock response", client.unlock(serial(), &wrong));
    ear.refusal("not a challenge", server.generate_unlock_response(sequence, "x"));
    client.unlock(serial(), &response).unwrap();
    ear.debug("client unlocked", &client);
    ear.secrets.pop();

    server.restored(5, NOW);
    let mut events = || client.generate_response(serial(), otp::EVENT, data, Pin::Cached, NOW).unwrap();
    let (first, second) = (events(), events());
    let attempt = |response| Attempt { data: Data::ResponseOnly, response };
    let [right, swapped] = [[&first, &second], [&second, &first]].map(|two| two.map(|it| attempt(it)));
    ear.refusal("out of sync", server.verify_response(sequence, otp::EVENT, data, &first, NOW));
    ear.refusal("swapped", server.resynchronise(sequence, otp::EVENT, swapped, NOW));
    server.resynchronise(sequence, otp::EVENT, right, NOW).unwrap();
    ear.debug("server resynchronised", &server);

    let am1 = hex::encode(&server.generate_activation1(Some(CHALLENGE), true, NOW).unwrap());
    client.activate_license(&am1).unwrap();
    ear.debug("client with two accounts in one", &client);
    ear.debug("accounts", &client.accounts().collect::<Vec<_>>());
    let next = activate(&mut client, &mut server);
    ear.debug("client replaced", &client);
    ear.debug("server replaced", &server);

    let end = hex::encode(&server.generate_deactivation(sequence, NOW).unwrap());
    ear.refusal("deactivation of another", client.deactivate(&end, Carrier::Direct));
    let end = hex::encode(&server.generate_deactivation(next, NOW).unwrap());
    ear.refusal("bent deactivation", client.deactivate(&with_another_last(&end), Carrier::Direct));
    client.deactivate(&end, Carrier::Direct).unwrap();
    ear.debug("client deactivated", &client);
    ear.debug("server deactivated", &server);
    ear.refusal("nothing left", client.generate_response(serial(), *application, data, Pin::Right, NOW));
    assert!(ear.heard > 200, "{}", ear.heard);
}

/// The same with HOTP, TOTP and OCRA, whose keys go into another crate's states.
#[test]
fn no_debug_or_refusal_on_the_way_of_an_open_response_shows_a_secret() {
    let mut ear = Ear::new();
    let (origin, settings) = license(open_vector());
    let (mut server, mut client) =
        (License::new(origin, settings).unwrap(), Client::new(config(open_vector()), installation()));
    let sequence = activate(&mut client, &mut server);
    for (application, data) in [
        (open::HOTP, Data::ResponseOnly),
        (open::TOTP, Data::ResponseOnly),
        (open::TOTP_256, Data::ResponseOnly),
        (open::TOTP_512, Data::ResponseOnly),
        (open::NUMBER, Data::Challenge("12345678".into())),
        (open::TEXT, Data::Fields(vec!["DE89".into()])),
        (open::SIGN, Data::Fields(vec!["1250.00".into(), "DE89".into()])),
    ] {
        let misfit = Data::Challenge("0123456789".into());
        let refused = client.generate_response(serial(), open::NUMBER, &misfit, Pin::Right, NOW);
        ear.refusal("no question", refused);
        let response = client.generate_response(serial(), application, &data, Pin::Right, NOW).unwrap();
        let given = with_another_last(&response);
        ear.refusal("bent response", server.verify_response(sequence, application, &data, &given, NOW));
        server.verify_response(sequence, application, &data, &response, NOW).unwrap();
        ear.refusal("again", server.verify_response(sequence, application, &data, &response, NOW));
        server.unlock_instance(sequence).unwrap();
        ear.debug("client", &client);
        ear.debug("server", &server);
    }
}

#[test]
fn no_refusal_or_fault_of_the_open_primitives_repeats_their_input() {
    let mut peer = Peer { engine: Engine::new(Box::new(|bytes| bytes.fill(0x5A))), ear: Ear::new() };
    let key = hex::encode(license_key().expose());
    let ocra = json!({"suite": "OCRA-1:HOTP-SHA1-6:QN08-PSHA1", "key": key, "counter": null,
        "question": "12A4", "password": hex::encode(payload_key().expose()), "session": null, "time": null});
    let mut ask = |op: &str, params: Value| -> Value {
        let question = json!({"seq": 1, "op": op, "params": params}).to_string();
        let answer = String::from_utf8(peer.engine.answer(question.as_bytes())).unwrap();
        peer.ear.hear(op, &answer);
        serde_json::from_str(&answer).unwrap()
    };
    assert_eq!(ask("primitive.ocra", ocra.clone())["refused"]["class"], "bad-data");
    for (op, params) in [
        ("primitive.ocra", ocra),
        ("primitive.hotp", json!({"key": key, "counter": 1, "digits": 6})),
        ("primitive.totp", json!({"key": key, "time": 1, "step": 30, "digits": 6, "hash": "sha-1"})),
    ] {
        for wrong in [json!(key.repeat(9)), json!(format!("{key}G")), json!([key])] {
            let mut params = params.clone();
            params["key"] = wrong;
            assert!(ask(op, params)["fault"].is_string(), "{op}");
        }
    }
}

#[test]
fn no_debug_of_a_key_or_a_message_with_a_key_shows_it() {
    let mut ear = Ear::new();
    let (license, payload) = (license_key(), payload_key());
    let wrapping = kdf::wrapping(&vector().master_key, serial());
    let channel: Key<Channel> = payload.as_channel();
    let salt = secret("instance salt");
    let sequence = Sequence::new(1).unwrap();
    ear.debug("license key", &license);
    ear.debug("payload key", &payload);
    ear.debug("channel key", &channel);
    ear.debug("wrapping key", &wrapping);
    ear.debug("device code key", &kdf::device_code(&license));
    ear.debug("application key", &kdf::application(&license, serial(), sequence, 1, device(), &salt));
    ear.debug("AM2 in clear", &Activation2 { sequence, payload_key: Some(payload), salt });
    ear.debug("wrapped", &keywrap::wrap(&wrapping, &license));
    ear.refusal("unwrapping", keywrap::unwrap(&wrapping, &[7; 24]));
}

/// The reference behind the peer protocol; every answer is searched.
struct Peer {
    engine: Engine,
    ear: Ear,
}

impl Peer {
    fn ask(&mut self, session: &str, op: &str, params: Value) -> Value {
        let question = json!({"seq": 1, "op": op, "session": session, "params": params}).to_string();
        let answer = String::from_utf8(self.engine.answer(question.as_bytes())).unwrap();
        self.ear.hear(op, &answer);
        serde_json::from_str(&answer).unwrap()
    }

    fn text(&mut self, session: &str, op: &str, params: Value, member: &str) -> String {
        let answer = self.ask(session, op, params);
        answer["ok"][member].as_str().unwrap_or_else(|| panic!("{op}: {answer}")).to_owned()
    }

    fn refused(&mut self, session: &str, op: &str, params: Value, class: &str) {
        let answer = self.ask(session, op, params);
        assert_eq!(answer["refused"]["class"], class, "{op}: {answer}");
        self.ask("s", "state", json!({}));
        self.ask("c", "state", json!({}));
    }
}

fn server_create() -> Value {
    json!({
        "serial": SERIAL, "license_key": hex::encode(license_key().expose()),
        "static_vector": hex::encode(&otp_vector().to_bytes()), "secure_channel": true,
        "activation_protection": 2, "message_protection": 2, "post_activation": otp::FIELDS,
        "activation_validity_days": 7, "message_age_limit_s": 3600, "threshold": 9, "code_tries": 3,
        "signature_tries": 3, "identification_window": 100, "signature_window": 24, "first_use_s": 10800,
        "look_ahead": 10, "last_counter": 0,
        "random": {"payload_key": hex::encode(payload_key().expose())},
    })
}

#[test]
fn no_answer_of_the_engine_tells_a_secret() {
    let mut peer = Peer { engine: Engine::new(Box::new(|bytes| bytes.fill(0x5A))), ear: Ear::new() };
    assert!(leak_in(&server_create().to_string(), &peer.ear.secrets).is_some(), "the question has the key");
    assert!(peer.ask("s", "server.create", server_create())["ok"].is_object());
    let client = json!({
        "static_vector": null, "platform_data": hex::encode(PLATFORM), "device_type": 7, "app_version": 2,
        "rooted": false, "root_policy": "block", "replacement": true,
        "random": {"installation_salt": hex::encode(&secret::<16>("installation salt"))},
    });
    assert!(peer.ask("c", "client.create", client)["ok"].is_object());

    let am1 = json!({"with_challenge": true, "with_static_vector": true, "now": NOW,
        "random": {"challenge": hex::encode(&CHALLENGE)}});
    let am1 = peer.text("s", "server.generate_activation1", am1, "message");
    peer.refused("c", "client.activate_license", json!({"message": with_another_last(&am1)}), "bad-checksum");
    let code = peer.text("c", "client.activate_license", json!({"message": am1}), "device_code");
    let wrong = json!({"device_code": with_another_last(&code), "replace": false, "now": NOW});
    peer.refused("s", "server.verify_device_code", wrong, "bad-check-digit");
    peer.ask("s", "server.verify_device_code", json!({"device_code": code, "replace": false, "now": NOW}));
    let am2 = json!({"now": NOW, "random": {"instance_salt": hex::encode(&secret::<13>("instance salt"))}});
    let am2 = peer.text("s", "server.generate_activation2", am2, "message");
    let wrong = json!({"message": with_another_last(&am2), "pin": "right", "now": NOW});
    peer.refused("c", "client.activate_instance", wrong, "corrupted");
    let activate = json!({"message": am2, "pin": "right", "now": NOW});
    let confirmation = peer.text("c", "client.activate_instance", activate, "signature");
    let verify = |message: &str, signature: &str| json!({"sequence": 1, "message": message, "signature": signature, "now": NOW});
    let op = "server.verify_message_signature";
    peer.refused("s", op, verify(&am2, &with_another_last(&confirmation)), "wrong-signature");
    assert!(peer.ask("s", op, verify(&am2, &confirmation))["ok"].is_object());

    let ask = json!({"now": NOW, "carrier": "direct", "application": otp::FIELD_EVENT,
        "minimum_version": 0, "require_pin": true, "template": 0, "charset": "utf-8",
        "content": {"format": "list", "title": "t", "items": [["k", "v"]]}});
    let message = peer.text("s", "server.generate_request", ask, "message");
    let open = json!({"message": with_another_last(&message), "carrier": "direct"});
    peer.refused("c", "client.open", open, "corrupted");
    let opened = peer.ask("c", "client.open", json!({"message": message, "carrier": "direct"}));
    assert!(opened["ok"]["content"].is_object(), "{opened}");
    let sign = |pin: &str| json!({"handle": 1, "approved": true, "pin": pin, "now": NOW});
    peer.refused("c", "client.sign", sign("wrong"), "wrong-pin");
    let signature = peer.text("c", "client.sign", sign("right"), "signature");
    peer.refused("s", op, verify(&message, &with_another_last(&signature)), "bad-check-digit");
    assert!(peer.ask("s", op, verify(&message, &signature))["ok"].is_object());
    peer.refused("s", op, verify(&message, &signature), "replayed");
    without_a_message(&mut peer);
}

/// Responses, locking and unlocking, the operator, deactivating.
fn without_a_message(peer: &mut Peer) {
    let op = "client.generate_response";
    let respond = |application: u8, pin: &str| {
        json!({"serial": SERIAL, "application": application, "data": {"kind": "response-only"}, "pin": pin,
            "now": NOW})
    };
    let response = peer.text("c", op, respond(otp::EVENT, "right"), "response");
    let verify = |response: &str| {
        json!({"sequence": 1, "application": otp::EVENT, "data": {"kind": "response-only"},
            "response": response, "now": NOW})
    };
    peer.refused("s", "server.verify_response", verify(&with_another_last(&response)), "bad-check-digit");
    assert!(peer.ask("s", "server.verify_response", verify(&response))["ok"].is_object());
    for _ in 0..PIN_TRIES {
        peer.refused("c", op, respond(otp::TIME, "wrong"), "wrong-pin");
    }
    peer.refused("c", op, respond(otp::TIME, "right"), "locked");
    let challenge = json!({"serial": SERIAL, "random": {"unlock_challenge": "0909090909090909"}});
    let challenge = peer.text("c", "client.generate_unlock_challenge", challenge, "challenge");
    let params = json!({"sequence": 1, "challenge": challenge});
    let response = peer.text("s", "server.generate_unlock_response", params, "response");
    let unlock = |response: &str| json!({"serial": SERIAL, "response": response});
    peer.ear.secrets.push(Secret::new(("unlock response".into(), response.clone().into_bytes())));
    peer.refused("c", "client.unlock", unlock(&with_another_last(&response)), "bad-check-digit");
    assert!(peer.ask("c", "client.unlock", unlock(&response))["ok"].is_object());
    peer.ear.secrets.pop();

    assert!(peer.ask("s", "server.restored", json!({"highest_sequence": 1, "now": NOW}))["ok"].is_object());
    let [first, second] = [(); 2].map(|()| peer.text("c", op, respond(otp::EVENT, "right"), "response"));
    let attempt = |response: &str| json!({"data": {"kind": "response-only"}, "response": response});
    let both = |first: &str, second: &str| {
        json!({"sequence": 1, "application": otp::EVENT, "first": attempt(first), "second": attempt(second),
            "now": NOW})
    };
    peer.refused("s", "server.verify_response", verify(&first), "out-of-sync");
    peer.refused("s", "server.resynchronise", both(&second, &first), "wrong-signature");
    assert!(peer.ask("s", "server.resynchronise", both(&first, &second))["ok"].is_object());
    let end = json!({"sequence": 1, "now": NOW});
    let end = peer.text("s", "server.generate_deactivation", end, "message");
    let deactivate = |message: &str| json!({"message": message, "carrier": "direct"});
    peer.refused("c", "client.deactivate", deactivate(&with_another_last(&end)), "corrupted");
    assert!(peer.ask("c", "client.deactivate", deactivate(&end))["ok"].is_object());
    assert_eq!(peer.ask("c", "client.accounts", json!({}))["ok"]["accounts"], json!([]));
}

#[test]
fn no_fault_repeats_the_key_that_was_given() {
    let mut peer = Peer { engine: Engine::new(Box::new(|bytes| bytes.fill(0x5A))), ear: Ear::new() };
    let key = hex::encode(license_key().expose());
    for wrong in [
        json!(format!("{key}00")),
        json!(key[..30]),
        json!(format!("{}G", &key[..31])),
        json!(license_key().expose()),
        json!({"hex": key}),
        json!([key]),
        json!(null),
    ] {
        for member in ["/license_key", "/random/payload_key"] {
            let mut params = server_create();
            *params.pointer_mut(member).unwrap() = wrong.clone();
            let answer = peer.ask("s", "server.create", params);
            assert!(answer["fault"].is_string(), "{member} {wrong}: {answer}");
        }
    }
    let mut surplus = server_create();
    surplus["surplus"] = json!(key);
    assert!(peer.ask("s", "server.create", surplus)["fault"].is_string());
    let mut other = server_create();
    other["serial"] = json!("VDT1000120");
    assert_eq!(peer.ask("s", "server.create", other)["refused"]["class"], "wrong-account");
}
