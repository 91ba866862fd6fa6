//! What the benchmarks have in common: one activated license, one request with a body of 200 bytes, and the
//! reference point that every group is measured against in the same run.
#![allow(dead_code)] // each benchmark uses its part

use std::hint::black_box;

use cmac::{Cmac, KeyInit, Mac};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};

use channel::bytes::Wire;
use channel::client::{Client, Config, Installation, Pin, RootPolicy};
use channel::crypto::keys::Key;
use channel::crypto::protect::{HEADER_LENGTH, Protection};
use channel::license::blob::Epoch;
use channel::serial::{Sequence, Serial};
use channel::server::{License, Origin, Settings};
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::activation1::Policy;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::request::{Content, Request};
use harness::scene::{START, Show};
use harness::setup::{
    AGE_LIMIT_S, FIRST_USE_S, IDENTIFICATION_WINDOW, LOOK_AHEAD, Setup, VALIDITY_DAYS, WINDOW, otp,
};
use peer::protocol;

/// Bytes of the body that is sealed, opened, encoded and decoded everywhere.
pub const BODY: usize = 200;
/// The time at which everything happens.
pub const NOW: u32 = START;

/// The items of the list, of which the body of the request is [`BODY`] bytes long.
fn items() -> Vec<(String, String)> {
    vec![
        ("Amount".to_owned(), "1250.00 EUR".to_owned()),
        ("To".to_owned(), "Zoë Example, DE89 3704 0044 0532 0130 00".to_owned()),
        ("Reference".to_owned(), "Invoice 2027-0117 ".repeat(7)[..113].to_owned()),
    ]
}

/// What is shown, as the peer protocol says it.
pub fn show() -> Show {
    let content = protocol::Content::List { title: "Transfer".to_owned(), items: items() };
    Show { content, ..Show::default() }
}

/// The same as the server wants it.
pub fn request() -> Request {
    request_of(otp::FIELDS, Content::List { title: "Transfer".to_owned(), items: items() })
}

/// A request for an application.
pub fn request_of(application: u8, content: Content) -> Request {
    Request {
        minimum_version: 0,
        require_pin: false,
        template: 0,
        charset: Charset::Utf8,
        application,
        content,
    }
}

/// The other formats: the usual challenge, and a free text of as many bytes as make the body [`BODY`] long.
pub fn other_requests() -> [(&'static str, Request); 2] {
    let challenge = Content::Challenge { title: "Log in".to_owned(), challenge: "0123456789".to_owned() };
    let text =
        Content::FreeText { title: "Transfer".to_owned(), text: "Sign this. ".repeat(18)[..187].to_owned() };
    [("challenge", request_of(otp::CHALLENGE, challenge)), ("free text", request_of(otp::FIELDS, text))]
}

/// The license's name.
pub fn serial() -> Serial {
    Setup::otp().serial.parse().unwrap()
}

/// AM1, device code, AM2, confirmation.
pub fn activate((license, client): &mut (License, Client)) -> Sequence {
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, NOW).unwrap());
    let code = client.activate_license(&am1).unwrap();
    license.verify_device_code(&code, false, NOW).unwrap();
    let (sequence, am2) = license.generate_activation2([6; 13], NOW).unwrap();
    let am2 = hex::encode(&am2);
    let activated = client.activate_instance(&am2, Pin::Right, NOW).unwrap();
    license.verify_message_signature(sequence, &am2, &activated.signature, NOW).unwrap();
    sequence
}

/// A license and a client that know nothing of each other yet.
pub fn parties() -> (License, Client) {
    let vector = Setup::otp().vector;
    let origin = Origin {
        serial: serial(),
        license_key: Key::new([1; 16]),
        static_vector_bytes: vector.to_bytes(),
        static_vector: vector.clone(),
        payload_key: Some(Key::new([2; 16])),
        epoch: Epoch([4; 8]),
        last_counter: 0,
    };
    let settings = Settings {
        message_vector: MessageVector {
            policy: Policy {
                activation: Protection::Cmac,
                messages: Protection::Cmac,
                post_activation: otp::FIELDS,
            },
            activation_validity_days: VALIDITY_DAYS as u16,
            message_age_limit_s: AGE_LIMIT_S,
            code_tries: 3,
            signature_tries: 99,
            windows: Windows {
                identification: IDENTIFICATION_WINDOW as u16,
                signature: WINDOW as u16,
                first_use_s: FIRST_USE_S as u16,
                look_ahead: LOOK_AHEAD as u16,
            },
        },
        threshold: 9,
    };
    let config = Config {
        static_vector: Some(vector),
        platform_data: b"platform".to_vec(),
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    };
    let client = Client::new(config, Installation { salt: [3; 16], device_type: 7 });
    // As a store reads one, which judges no settings (VER-24): what is measured are the widest windows.
    (License::kept(origin, settings).unwrap(), client)
}

/// A bare `cmac` over the bytes that a tag covers, its key schedule there already: the unit of every ratio.
pub fn bench_reference(group: &mut BenchmarkGroup<'_, WallTime>) {
    let prekeyed = Cmac::<aes::Aes128>::new(&[9; 16].into());
    let covered = [5; HEADER_LENGTH + BODY];
    group.bench_function("reference: cmac clone, 215 bytes", |b| {
        b.iter(|| prekeyed.clone().chain_update(black_box(&covered)).finalize().into_bytes());
    });
}

/// Enough for stable medians, short enough to be run.
pub fn criterion() -> Criterion {
    use std::time::Duration;
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args()
}
