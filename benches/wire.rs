//! Bytes to messages and back: no key is touched here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a benchmark that can't begin should say so and end

mod common;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

use common::{BODY, NOW};
use counterproof::bytes::Wire;
use counterproof::harness::setup;
use counterproof::text::hex;
use counterproof::wire::device_code::DeviceCode;
use counterproof::wire::frame::{Carrier, Frame, OVERHEAD};
use counterproof::wire::request::Request;
use counterproof::wire::static_vector::StaticVector;

fn wire(c: &mut Criterion) {
    let mut group = c.benchmark_group("wire");
    let request = common::request();
    let body = request.encode(Carrier::Direct).unwrap();
    assert_eq!(body.len(), BODY);
    group.bench_function("request encode", |b| b.iter(|| black_box(&request).encode(Carrier::Direct)));
    group.bench_function("request decode", |b| b.iter(|| Request::decode(black_box(&body))));

    let mut frame = hex::decode("00C2C3E40F42B823B3C20F3291C7BB").unwrap();
    frame.resize(BODY + OVERHEAD, 0);
    assert!(Frame::decode(&frame, Carrier::Direct).is_ok());
    group.bench_function("frame decode", |b| {
        b.iter(|| Frame::decode(black_box(&frame), Carrier::Direct).is_ok());
    });
    let text = hex::encode(&frame);
    group.bench_function("hex encode, 223 bytes", |b| b.iter(|| hex::encode(black_box(&frame))));
    group.bench_function("hex decode, 223 bytes", |b| b.iter(|| hex::decode(black_box(&text))));

    let vector = setup::vector().to_bytes();
    group.bench_function("static vector decode", |b| b.iter(|| StaticVector::decode(black_box(&vector))));

    let (mut license, mut client) = common::parties();
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, NOW));
    let code = client.activate_license(&am1).unwrap();
    group.bench_function("device code decode", |b| b.iter(|| DeviceCode::decode(black_box(&code))));
    common::bench_reference(&mut group);
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = wire }
criterion_main!(benches);
