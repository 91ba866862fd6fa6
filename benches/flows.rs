//! What a person waits for, on the two roles in one process: no JSON, no pipe, message text included.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a benchmark that can't begin should say so and end

mod common;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};

use channel::client::{Client, Decision, Pin};
use channel::serial::Sequence;
use channel::server::License;
use channel::text::hex;
use channel::wire::data::Data;
use channel::wire::frame::Carrier;
use channel::wire::request::Request;
use common::{NOW, activate, serial};
use harness::setup::{FIRST_USE_S, IDENTIFICATION_WINDOW, LOOK_AHEAD, WINDOW, otp};

/// Seconds per time step of every application here.
const STEP_S: u32 = 36;
/// When what was activated at [`NOW`] is long ago.
const LATER: u32 = NOW + 1_000_000;

fn issue(license: &mut License, request: &Request) -> String {
    hex::encode(&license.generate_request(request, Carrier::Direct, LATER).unwrap())
}

/// Request, open, sign, verify.
fn transact((license, client): &mut (License, Client), sequence: Sequence, request: &Request) {
    let message = issue(license, request);
    let handle = client.open(&message, Carrier::Direct).unwrap().handle.unwrap();
    let signature = client.sign(handle, Decision::Approve(Pin::Right), LATER).unwrap().unwrap();
    license.verify_message_signature(sequence, &message, &signature, LATER).unwrap();
}

/// One-time password shown and verified.
fn log_in((license, client): &mut (License, Client), sequence: Sequence) {
    let otp = respond(client, otp::TIME, &Data::ResponseOnly, LATER);
    license.verify_response(sequence, otp::TIME, &Data::ResponseOnly, &otp, LATER).unwrap();
}

fn respond(client: &mut Client, application: u8, data: &Data, now: u32) -> String {
    client.generate_response(serial(), application, data, Pin::Right, now).unwrap()
}

fn flows(c: &mut Criterion) {
    let mut group = c.benchmark_group("flows");
    let strangers = common::parties();
    group.bench_function("activation", |b| {
        b.iter_batched_ref(|| strangers.clone(), activate, BatchSize::SmallInput);
    });

    let mut parties = strangers;
    let sequence = activate(&mut parties);
    log_in(&mut parties.clone(), sequence);
    let request = common::request();
    group.bench_function("signed transaction", |b| {
        let transact = |parties: &mut _| transact(parties, sequence, &request);
        b.iter_batched_ref(|| parties.clone(), transact, BatchSize::SmallInput);
    });
    group.bench_function("one-time password", |b| {
        let log_in = |parties: &mut _| log_in(parties, sequence);
        b.iter_batched_ref(|| parties.clone(), log_in, BatchSize::SmallInput);
    });
    group.bench_function("server issues a request", |b| {
        b.iter_batched_ref(|| parties.0.clone(), |license| issue(license, &request), BatchSize::SmallInput);
    });
    let (license, client) = &mut parties;
    let message = issue(license, &request);
    group.bench_function("client opens a request", |b| {
        b.iter(|| client.open(&message, Carrier::Direct).unwrap());
    });
    common::bench_reference(&mut group);
    group.finish();
}

/// One verification: refused for free where nothing may change, else on a clone of the license.
fn verifies(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    license: &License,
    verify: impl Fn(&mut License) -> bool,
    hits: bool,
) {
    assert_eq!(verify(&mut license.clone()), hits, "{name}");
    group.bench_function(name, |b| {
        b.iter_batched_ref(|| license.clone(), |license| verify(black_box(license)), BatchSize::SmallInput);
    });
}

/// Windows: the clock right, the far edge (the last candidate but one, or the last), nothing found.
fn windows(c: &mut Criterion) {
    let mut group = c.benchmark_group("flows/windows");
    let mut parties = common::parties();
    let sequence = activate(&mut parties);
    let (license, client) = &mut parties;
    let message = issue(license, &common::request());
    let mut sign = |off: u32| {
        let handle = client.open(&message, Carrier::Direct).unwrap().handle.unwrap();
        client.sign(handle, Decision::Approve(Pin::Right), LATER + off * STEP_S).unwrap().unwrap()
    };
    let edge = WINDOW / 2;
    for (name, off, hits) in
        [("hit at once", 0, true), ("hit at the far edge of 24 steps", edge, true), ("miss", edge + 1, false)]
    {
        let signature = sign(off);
        let verify = |license: &mut License| {
            license.verify_message_signature(sequence, &message, &signature, LATER).is_ok()
        };
        verifies(&mut group, &format!("message signature, {name}"), license, verify, hits);
    }

    // The same for responses: first use, and then with the identification window.
    let data = Data::ResponseOnly;
    let (first, edge) = (FIRST_USE_S / STEP_S, IDENTIFICATION_WINDOW / 2);
    let mut used = license.clone();
    let one = respond(client, otp::TIME, &data, NOW);
    used.verify_response(sequence, otp::TIME, &data, &one, NOW).unwrap();
    for (name, license, off, hits) in [
        ("OTP, first use, hit at the far edge of 600 steps", &*license, first, true),
        ("OTP, first use, miss", license, first + 1, false),
        ("OTP, hit at once", &used, 0, true),
        ("OTP, hit at the far edge of 100 steps", &used, edge, true),
        ("OTP, miss", &used, edge + 1, false),
    ] {
        let response = respond(client, otp::TIME, &data, LATER + off * STEP_S);
        let verify = |license: &mut License| {
            license.verify_response(sequence, otp::TIME, &data, &response, LATER).is_ok()
        };
        verifies(&mut group, name, license, verify, hits);
    }
    for (name, lost, hits) in [("hit at the end of 10", LOOK_AHEAD, true), ("miss", LOOK_AHEAD + 1, false)] {
        let mut client = client.clone();
        let responses: Vec<String> =
            (0..=lost).map(|_| respond(&mut client, otp::EVENT, &data, LATER)).collect();
        let verify = |license: &mut License| {
            let last = responses.last().unwrap();
            license.verify_response(sequence, otp::EVENT, &data, last, LATER).is_ok()
        };
        verifies(&mut group, &format!("OTP, look-ahead, {name}"), license, verify, hits);
    }
    // What cloning and dropping the license alone takes is not in the times; what is refused at once shows the rest.
    let verify =
        |license: &mut License| license.verify_response(sequence, otp::TIME, &data, "", LATER).is_ok();
    verifies(&mut group, "OTP refused for its form", license, verify, false);
    common::bench_reference(&mut group);
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = flows, windows }
criterion_main!(benches);
