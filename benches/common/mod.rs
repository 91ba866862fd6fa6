//! What the benchmarks have in common: one activated license, one request with a body of 200 bytes, and the
//! reference point that every group is measured against in the same run.
#![allow(dead_code)] // each benchmark uses its part

use std::hint::black_box;

use cmac::{Cmac, KeyInit, Mac};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};

use counterproof::bytes::Wire;
use counterproof::client::{Client, Config, RootPolicy};
use counterproof::crypto::keys::Key;
use counterproof::crypto::protect::{HEADER_LENGTH, Protection};
use counterproof::harness::scene::{START, Show};
use counterproof::harness::setup::{AGE_LIMIT_S, LOOK_AHEAD, Setup, VALIDITY_DAYS, WINDOW, app};
use counterproof::server::{License, Origin, Settings};
use counterproof::text::charset::Charset;
use counterproof::wire::activation1::Policy;
use counterproof::wire::request::{Content, Request};

/// Bytes of the body that is sealed, opened, encoded and decoded everywhere.
pub const BODY: usize = 200;
/// The time at which everything happens.
pub const NOW: u32 = START;

/// What is shown: the body of the request is [`BODY`] bytes long.
pub fn show() -> Show {
    let items = vec![
        ("Amount".to_owned(), "1250.00 EUR".to_owned()),
        ("To".to_owned(), "Zoë Example, DE89 3704 0044 0532 0130 00".to_owned()),
        ("Reference".to_owned(), "Invoice 2027-0117 ".repeat(7)[..113].to_owned()),
    ];
    Show { items, ..Show::default() }
}

/// The same as the server wants it.
pub fn request() -> Request {
    let Show { title, items, .. } = show();
    Request {
        minimum_version: 0,
        require_pin: false,
        template: 0,
        charset: Charset::Utf8,
        application: app::TIME,
        content: Content::List { title, items },
    }
}

/// A license and a client that know nothing of each other yet.
pub fn parties() -> (License, Client) {
    let vector = Setup::default().vector;
    let origin = Origin {
        serial: Setup::default().serial.parse().unwrap(),
        license_key: Key::new([1; 16]),
        static_vector_bytes: vector.to_bytes(),
        static_vector: vector.clone(),
        payload_key: Some(Key::new([2; 16])),
        last_counter: 0,
    };
    let settings = Settings {
        policy: Policy {
            activation: Protection::Cmac,
            messages: Protection::Cmac,
            post_activation: app::TIME,
        },
        activation_validity_days: VALIDITY_DAYS as u16,
        message_age_limit_s: AGE_LIMIT_S,
        threshold: 9,
        code_tries: 3,
        signature_tries: 3,
        window: WINDOW as u16,
        look_ahead: LOOK_AHEAD as u16,
    };
    let client = Client::new(Config {
        static_vector: Some(vector),
        platform_data: b"platform".to_vec(),
        installation_salt: [3; 16],
        device_type: 7,
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
    });
    (License::new(origin, settings).unwrap(), client)
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
