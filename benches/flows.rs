//! What a person waits for, on the two roles in one process: no JSON, no pipe, message text included.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a benchmark that can't begin should say so and end

mod common;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

use common::NOW;
use counterproof::client::{Client, Decision, Pin};
use counterproof::serial::Sequence;
use counterproof::server::License;
use counterproof::text::hex;
use counterproof::wire::frame::Carrier;
use counterproof::wire::request::Request;

/// AM1, device code, AM2, confirmation.
fn activate((license, client): &mut (License, Client)) -> Sequence {
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, NOW));
    let code = client.activate_license(&am1).unwrap();
    license.verify_device_code(&code, NOW).unwrap();
    let (sequence, am2) = license.generate_activation2([6; 13], NOW).unwrap();
    let am2 = hex::encode(&am2);
    let activated = client.activate_instance(&am2, NOW).unwrap();
    license.verify_message_signature(sequence, &am2, &activated.signature, NOW).unwrap();
    sequence
}

fn issue(license: &mut License, request: &Request) -> String {
    hex::encode(&license.generate_request(request, Carrier::Direct, NOW).unwrap())
}

/// Request, open, sign, verify.
fn transact((license, client): &mut (License, Client), sequence: Sequence, request: &Request) {
    let message = issue(license, request);
    client.open(&message, Carrier::Direct).unwrap();
    let signature = client.sign(Decision::Approve(Pin::Right), NOW).unwrap().unwrap();
    license.verify_message_signature(sequence, &message, &signature, NOW).unwrap();
}

fn flows(c: &mut Criterion) {
    let mut group = c.benchmark_group("flows");
    let strangers = common::parties();
    group.bench_function("activation", |b| {
        b.iter_batched_ref(|| strangers.clone(), activate, BatchSize::SmallInput);
    });

    let mut parties = strangers;
    let sequence = activate(&mut parties);
    let request = common::request();
    group.bench_function("signed transaction", |b| {
        let transact = |parties: &mut _| transact(parties, sequence, &request);
        b.iter_batched_ref(|| parties.clone(), transact, BatchSize::SmallInput);
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

criterion_group! { name = benches; config = common::criterion(); targets = flows }
criterion_main!(benches);
