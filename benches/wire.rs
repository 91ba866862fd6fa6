//! Bytes to messages and back: no key is touched here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a benchmark that can't begin should say so and end

mod common;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};

use channel::bytes::Wire;
use channel::client::App2App;
use channel::crypto::keys::Key;
use channel::serial::Sequence;
use channel::text::hex;
use channel::wire::activation1::Activation1;
use channel::wire::activation2::Activation2;
use channel::wire::callback_url::{self, Callbacks, Parts, Platform, Scheme};
use channel::wire::deactivation::Deactivation;
use channel::wire::device_code::DeviceCode;
use channel::wire::frame::{Carrier, Frame, OVERHEAD};
use channel::wire::request::Request;
use channel::wire::static_vector::StaticVector;
use common::{BODY, NOW};
use harness::setup;

fn wire(c: &mut Criterion) {
    let mut group = c.benchmark_group("wire");
    let request = common::request();
    let body = request.encode(Carrier::Direct).unwrap();
    assert_eq!(body.len(), BODY);
    group.bench_function("request encode", |b| b.iter(|| black_box(&request).encode(Carrier::Direct)));
    group.bench_function("request decode", |b| b.iter(|| Request::decode(black_box(&body), Carrier::Direct)));

    let mut frame = hex::decode("00C2C3E40F42B823B3C20F3291C7BB").unwrap();
    frame.resize(BODY + OVERHEAD, 0);
    assert!(Frame::decode(&frame, Carrier::Direct).is_ok());
    group.bench_function("frame decode", |b| {
        b.iter(|| Frame::decode(black_box(&frame), Carrier::Direct).is_ok());
    });
    let text = hex::encode(&frame);
    group.bench_function("hex encode, 223 bytes", |b| b.iter(|| hex::encode(black_box(&frame))));
    group.bench_function("hex decode, 223 bytes", |b| b.iter(|| hex::decode(black_box(&text))));

    for (name, request) in common::other_requests() {
        let body = request.encode(Carrier::Direct).unwrap();
        group.bench_function(format!("{name} encode"), |b| {
            b.iter(|| black_box(&request).encode(Carrier::Direct))
        });
        group.bench_function(format!("{name} decode"), |b| {
            b.iter(|| Request::decode(black_box(&body), Carrier::Direct))
        });
    }
    let vector = setup::otp_vector();
    let bytes = vector.to_bytes();
    group.bench_function("static vector encode", |b| b.iter(|| black_box(&vector).to_bytes()));
    group.bench_function("static vector decode", |b| b.iter(|| StaticVector::decode(black_box(&bytes))));
    activation(&mut group);
    called(&mut group);
    common::bench_reference(&mut group);
    group.finish();
}

/// The messages of the activation, and of its end.
fn activation(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (mut license, mut client) = common::parties();
    let frame = license.generate_activation1(Some([4; 8]), true, NOW).unwrap();
    let frame = Frame::decode(&frame, Carrier::Direct).unwrap();
    let (body, nonce) = (frame.body, frame.header.nonce);
    let am1 = Activation1::decode(body, nonce).unwrap();
    group.bench_function("AM1 encode", |b| b.iter(|| black_box(&am1).encode()));
    group.bench_function("AM1 decode", |b| b.iter(|| Activation1::decode(black_box(body), nonce)));

    let text = client.activate_license(&hex::encode(frame.bytes)).unwrap();
    let code = DeviceCode::decode(&text).unwrap();
    group.bench_function("device code encode", |b| b.iter(|| black_box(&code).encode()));
    group.bench_function("device code decode", |b| b.iter(|| DeviceCode::decode(black_box(&text))));

    let sequence = Sequence::new(7).unwrap();
    let am2 = Activation2 { sequence, payload_key: Some(Key::new([2; 16])), salt: [6; 13] };
    let body = am2.to_bytes();
    group.bench_function("AM2 encode", |b| b.iter(|| black_box(&am2).to_bytes()));
    group.bench_function("AM2 decode", |b| b.iter(|| Activation2::decode(black_box(&body))));
    let end = Deactivation { sequence };
    let body = end.to_bytes();
    group.bench_function("deactivation encode", |b| b.iter(|| black_box(&end).to_bytes()));
    group.bench_function("deactivation decode", |b| b.iter(|| Deactivation::decode(black_box(&body))));
}

/// Another app calls by a URL: reading it, and all that it takes to show the message.
fn called(group: &mut BenchmarkGroup<'_, WallTime>) {
    let templates =
        ["shop://paid?otp=%_OTP_%&by=%_SerialNumber_%", "shop://failed?app=%_Version_%", "shop://back"];
    let mut parties = common::parties();
    common::activate(&mut parties);
    let (mut license, mut client) = parties;
    let message = license.generate_request(&common::request(), Carrier::Direct, NOW).unwrap();
    let [success, error, cancel] = templates;
    let callbacks = Callbacks::templates(success, error, cancel).unwrap();
    let scheme = Scheme::new("pay").unwrap();
    let url = callback_url::build(&scheme, &callbacks, None, &hex::encode(&message)).unwrap();
    client.set_app2app(App2App {
        enabled: true,
        scheme: scheme.clone(),
        white_list: templates.map(str::to_owned).into(),
        platform: Platform::Android,
        platform_name: "Pixel".into(),
        version: "4.2".into(),
        device_identifier: [0; 32],
    });
    let text = hex::encode(&message);
    group.bench_function("app-to-app URL build", |b| {
        b.iter(|| callback_url::build(&scheme, black_box(&callbacks), None, &text));
    });
    group.bench_function("app-to-app URL parse", |b| {
        b.iter(|| Parts::split(&scheme, Platform::Android, black_box(&url)).and_then(|parts| parts.read()));
    });
    group.bench_function("app-to-app parse and dispatch", |b| {
        b.iter(|| {
            client.close();
            client.dispatch(black_box(&url)).is_ok()
        });
    });
    group.bench_function("open alone, the same message", |b| {
        b.iter(|| client.open(black_box(&text), Carrier::Direct).is_ok());
    });
}

criterion_group! { name = benches; config = common::criterion(); targets = wire }
criterion_main!(benches);
