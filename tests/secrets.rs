//! Secrets are shy: a whole life of a license with known secret bytes, in process, and none of them in any
//! `Debug`, refusal, fault or answer. The master key is none: the static vector, which carries it, is public.
//!
//! What the peer protocol carries by design is let out: the question of `server.create`, the primitives and
//! `frame.*`, which are handed their keys. Messages are searched, too: they carry keys wrapped or encrypted.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Debug;

use counterproof::bytes::Wire;
use counterproof::client::{Client, Config, Decision, Pin, RootPolicy};
use counterproof::crypto::kdf::{self, Device};
use counterproof::crypto::keys::{Channel, Key, License as LicenseKey, Payload};
use counterproof::crypto::keywrap;
use counterproof::crypto::mac::{hmac_sha256, sha256};
use counterproof::crypto::protect::{Direction, Protection};
use counterproof::error::Refusal;
use counterproof::harness::engine::{Engine, Fail};
use counterproof::harness::setup::{app, vector};
use counterproof::serial::{Sequence, Serial};
use counterproof::server::{License, Origin, Settings};
use counterproof::text::charset::Charset;
use counterproof::text::hex;
use counterproof::wire::activation1::Policy;
use counterproof::wire::activation2::Activation2;
use counterproof::wire::frame::Carrier;
use counterproof::wire::request::{Content, Request};
use serde_json::{Value, json};

const SERIAL: &str = "VDS1000120";
const NOW: u32 = 1_800_000_000;
const CHALLENGE: [u8; 8] = *b"question";
const PLATFORM: &[u8] = b"platform";
/// So many bytes in a row are no accident.
const WINDOW: usize = 5;

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

fn device() -> Device {
    Device { kind: 7, id: hmac_sha256(&secret::<16>("installation salt"), PLATFORM)[..5].try_into().unwrap() }
}

/// Every secret of the license and its first instance, given or derived.
fn secrets() -> Vec<(String, Vec<u8>)> {
    let (license, sequence) = (license_key(), Sequence::new(1).unwrap());
    let am2 = kdf::am2_channel(&license, serial(), device(), CHALLENGE);
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
    }
    for application in vector().applications {
        let index = application.form.index;
        let key = kdf::application(&license, serial(), sequence, index, device(), &secret("instance salt"));
        all.push((format!("application key {index}"), key.expose().to_vec()));
    }
    all
}

/// The first secret in a text: hexadecimal of either case, or a list of numbers as `Debug` writes it.
fn leak_in(text: &str, secrets: &[(String, Vec<u8>)]) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let upper = text.to_ascii_uppercase();
    secrets.iter().find_map(|(name, bytes)| {
        bytes.windows(WINDOW).find_map(|window| {
            let list = |format: &dyn Fn(&u8) -> String| window.iter().map(format).collect::<Vec<_>>();
            let found = upper.contains(&hex::encode(window))
                || text.contains(&list(&|byte| format!("{byte}")).join(","))
                || upper.contains(&list(&|byte| format!("{byte:X}")).join(","))
                || upper.contains(&list(&|byte| format!("0X{byte:X}")).join(","))
                || text.contains(&window.escape_ascii().to_string());
            found.then(|| name.clone())
        })
    })
}

/// Everything that was said, searched as it comes.
struct Ear {
    secrets: Vec<(String, Vec<u8>)>,
    heard: usize,
}

impl Ear {
    fn new() -> Self {
        Self { secrets: secrets(), heard: 0 }
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

fn license(secure_channel: bool) -> (Origin, Settings) {
    let origin = Origin {
        serial: serial(),
        license_key: license_key(),
        static_vector: vector(),
        static_vector_bytes: vector().to_bytes(),
        payload_key: secure_channel.then(payload_key),
        last_counter: 0,
    };
    let policy =
        Policy { activation: Protection::Cmac, messages: Protection::HmacSha256, post_activation: app::TIME };
    let settings = Settings {
        policy,
        activation_validity_days: 7,
        message_age_limit_s: 3600,
        threshold: 9,
        code_tries: 3,
        signature_tries: 3,
        window: 24,
        look_ahead: 10,
    };
    (origin, settings)
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

/// The text with its last character changed.
fn bent(text: &str) -> String {
    let (head, last) = text.split_at(text.len() - 1);
    format!("{head}{}", if last == "0" { "1" } else { "0" })
}

#[test]
fn the_search_finds_what_leaks() {
    let secrets = secrets();
    assert_eq!(secrets.len(), 5 + 2 * 4 + vector().applications.len());
    for (name, bytes) in &secrets {
        let part = &bytes[3..3 + WINDOW];
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
    let (origin, settings) = license(true);
    ear.debug("origin", &origin);
    ear.debug("settings", &settings);
    let mut server = License::new(origin, settings).unwrap();
    let config = Config {
        static_vector: Some(vector()),
        platform_data: PLATFORM.to_vec(),
        installation_salt: secret("installation salt"),
        device_type: 7,
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
    };
    let mut client = Client::new(config);
    let both = |ear: &mut Ear, client: &Client, server: &License| {
        ear.debug("client", client);
        ear.debug("server", server);
    };

    let am1 = hex::encode(&server.generate_activation1(Some(CHALLENGE), true, NOW));
    ear.refusal("bent AM1", client.activate_license(&bent(&am1)));
    let code = client.activate_license(&am1).unwrap();
    both(&mut ear, &client, &server);
    ear.refusal("bent device code", server.verify_device_code(&bent(&code), NOW));
    let other_code = {
        let mut other = Client::new(Config {
            static_vector: None,
            platform_data: b"other".to_vec(),
            installation_salt: [1; 16],
            device_type: 1,
            app_version: 0,
            rooted: false,
            root_policy: RootPolicy::Allow,
        });
        let another_am1 = server.generate_activation1(None, true, NOW);
        other.activate_license(&hex::encode(&another_am1)).unwrap()
    };
    let am1 = hex::encode(&server.generate_activation1(Some(CHALLENGE), true, NOW));
    let code_again = client.activate_license(&am1).unwrap();
    assert_eq!(code_again, code);
    ear.refusal("a code for an older AM1", server.verify_device_code(&other_code, NOW));
    server.verify_device_code(&code, NOW).unwrap();
    let (sequence, am2) = server.generate_activation2(secret("instance salt"), NOW).unwrap();
    let am2 = hex::encode(&am2);
    both(&mut ear, &client, &server);
    ear.refusal("bent AM2", client.activate_instance(&bent(&am2), NOW));
    let activated = client.activate_instance(&am2, NOW).unwrap();
    ear.debug("activated", &activated);
    ear.refusal(
        "bent confirmation",
        server.verify_message_signature(sequence, &am2, &bent(&activated.signature), NOW),
    );
    server.verify_message_signature(sequence, &am2, &activated.signature, NOW).unwrap();
    both(&mut ear, &client, &server);

    for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
        let message =
            hex::encode(&server.generate_request(&request(application), Carrier::Direct, NOW).unwrap());
        ear.refusal("bent request", client.open(&bent(&message), Carrier::Direct));
        let shown = client.open(&message, Carrier::Direct).unwrap();
        ear.debug("shown", &shown);
        both(&mut ear, &client, &server);
        ear.refusal("wrong PIN", client.sign(Decision::Approve(Pin::Wrong), NOW));
        ear.refusal("cached PIN", client.sign(Decision::Approve(Pin::Cached), NOW));
        let signature = client.sign(Decision::Approve(Pin::Right), NOW).unwrap().unwrap();
        ear.refusal("nothing opened", client.sign(Decision::Approve(Pin::Right), NOW));
        let wrong = bent(&signature);
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
        "static_vector": hex::encode(&vector().to_bytes()), "secure_channel": true,
        "activation_protection": 2, "message_protection": 2, "post_activation": app::TIME,
        "activation_validity_days": 7, "message_age_limit_s": 3600, "threshold": 9, "code_tries": 3,
        "signature_tries": 3, "window": 24, "look_ahead": 10, "last_counter": 0,
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
        "rooted": false, "root_policy": "block",
        "random": {"installation_salt": hex::encode(&secret::<16>("installation salt"))},
    });
    assert!(peer.ask("c", "client.create", client)["ok"].is_object());

    let am1 = json!({"with_challenge": true, "with_static_vector": true, "now": NOW,
        "random": {"challenge": hex::encode(&CHALLENGE)}});
    let am1 = peer.text("s", "server.generate_activation1", am1, "message");
    peer.refused("c", "client.activate_license", json!({"message": bent(&am1)}), "bad-checksum");
    let code = peer.text("c", "client.activate_license", json!({"message": am1}), "device_code");
    let wrong = json!({"device_code": bent(&code), "now": NOW});
    peer.refused("s", "server.verify_device_code", wrong, "bad-check-digit");
    peer.ask("s", "server.verify_device_code", json!({"device_code": code, "now": NOW}));
    let am2 = json!({"now": NOW, "random": {"instance_salt": hex::encode(&secret::<13>("instance salt"))}});
    let am2 = peer.text("s", "server.generate_activation2", am2, "message");
    let wrong = json!({"message": bent(&am2), "now": NOW});
    peer.refused("c", "client.activate_instance", wrong, "corrupted");
    let activate = json!({"message": am2, "now": NOW});
    let confirmation = peer.text("c", "client.activate_instance", activate, "signature");
    let verify = |message: &str, signature: &str| json!({"sequence": 1, "message": message, "signature": signature, "now": NOW});
    let op = "server.verify_message_signature";
    peer.refused("s", op, verify(&am2, &bent(&confirmation)), "wrong-signature");
    assert!(peer.ask("s", op, verify(&am2, &confirmation))["ok"].is_object());

    let ask = json!({"now": NOW, "carrier": "direct", "application": app::BOTH, "minimum_version": 0,
        "require_pin": true, "template": 0, "charset": "utf-8", "title": "t", "items": [["k", "v"]]});
    let message = peer.text("s", "server.generate_request", ask, "message");
    let open = json!({"message": bent(&message), "carrier": "direct"});
    peer.refused("c", "client.open", open, "corrupted");
    peer.text("c", "client.open", json!({"message": message, "carrier": "direct"}), "title");
    let sign = |pin: &str| json!({"approved": true, "pin": pin, "now": NOW});
    peer.refused("c", "client.sign", sign("wrong"), "wrong-pin");
    let signature = peer.text("c", "client.sign", sign("right"), "signature");
    peer.refused("s", op, verify(&message, &bent(&signature)), "bad-check-digit");
    assert!(peer.ask("s", op, verify(&message, &signature))["ok"].is_object());
    peer.refused("s", op, verify(&message, &signature), "replayed");
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
