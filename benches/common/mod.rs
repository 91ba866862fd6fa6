//! What the benchmarks have in common: one activated license, one request with a body of 200 bytes, and the
//! reference point that every group is measured against in the same run.
#![allow(dead_code)] // each benchmark uses its part

use std::hint::black_box;

use cmac::{Cmac, KeyInit, Mac};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};

use channel::client::Client;
use channel::crypto::protect::HEADER_LENGTH;
use channel::serial::{Sequence, Serial};
use channel::server::License;
use channel::wire::request::{Content, Request};
use harness::scene::Show;
use harness::setup::otp;
use peer::protocol;
use perf::scene;
#[allow(unused_imports)] // each benchmark uses its part
pub use perf::scene::{BODY, NOW, request, request_of};

/// The request, as the peer protocol says it.
pub fn show() -> Show {
    let content = protocol::Content::List { title: "Transfer".to_owned(), items: scene::items() };
    Show { content, ..Show::default() }
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
    scene::serial().unwrap()
}

/// AM1, device code, AM2, confirmation.
pub fn activate(parties: &mut (License, Client)) -> Sequence {
    scene::activate(parties).unwrap()
}

/// A license and a client that know nothing of each other yet.
pub fn parties() -> (License, Client) {
    scene::parties().unwrap()
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
