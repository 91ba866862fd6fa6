//! Sealing, opening, key derivation and responses, against a bare `cmac` over the same bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a benchmark that can't begin should say so and end

mod common;

use std::hint::black_box;

use cmac::{Cmac, KeyInit, Mac};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

use channel::check_digit::Radix;
use channel::crypto::answer::{Algorithm, Answers, Subject};
use channel::crypto::keys::{Channel, Key};
use channel::crypto::lanes::{Kernel, Sealed, open_batch, seal_batch};
use channel::crypto::oath::Hash;
use channel::crypto::oath::suite::Suite;
use channel::crypto::protect::{ChannelKeys, Direction, HEADER_LENGTH, Protection};
use channel::crypto::response::{Form, Moment, Responder, response};
use channel::wire::frame::OVERHEAD;
use common::BODY;

fn batches(c: &mut Criterion) {
    let mut group = c.benchmark_group("crypto/batch");
    for kernel in Kernel::ALL {
        if let Err(not_here) = kernel.ask_for() {
            println!("{not_here}");
            continue;
        }
        for size in [1, 8, 64] {
            group.throughput(Throughput::Elements(size));
            let keys: Vec<_> = (0..size).map(|i| Key::new([i as u8; 16])).collect();
            let mut frames = vec![[3; BODY + OVERHEAD]; size as usize];
            // What is sealed again and again is sealed already: just as many bytes.
            group.bench_function(format!("seal from raw keys, {kernel} x{size}"), |b| {
                b.iter(|| seal_batch(&mut sealed(&keys, &mut frames)));
            });
            seal_batch(&mut sealed(&keys, &mut frames));
            // Includes a copy, so that there is something to open each time.
            group.bench_function(format!("open from raw keys, {kernel} x{size}"), |b| {
                b.iter(|| open_batch(&mut sealed(&keys, &mut frames.clone())));
            });
            assert!(open_batch(&mut sealed(&keys, &mut frames)).iter().all(Result::is_ok));
        }
    }
    let _ = Kernel::best().ask_for();
    references(&mut group);
    group.finish();
}

fn sealed<'a>(keys: &'a [Key<Channel>], frames: &'a mut [[u8; BODY + OVERHEAD]]) -> Vec<Sealed<'a>> {
    let frames = keys.iter().zip(frames);
    frames.filter_map(|(key, frame)| Sealed::new(key, Direction::ToClient, frame)).collect()
}

/// A window search by an open algorithm, beside that of another crate in the same run.
fn open_algorithms(c: &mut Criterion) {
    let mut group = c.benchmark_group("crypto/open");
    let key = Key::new([8; 16]);
    let form = Form { mode: 1, index: 1, length: 8, radix: Radix::Decimal, check_digit: false };
    let wrong = "00000000";
    let now = 50_000_000;
    for (hash, theirs) in [
        (Hash::Sha1, totp_rs::Algorithm::SHA1),
        (Hash::Sha256, totp_rs::Algorithm::SHA256),
        (Hash::Sha512, totp_rs::Algorithm::SHA512),
    ] {
        let totp = Algorithm::Totp(hash);
        for reach in [12, 50] {
            let candidates = 2 * reach + 1;
            let moments = || (now - reach..=now + reach).map(|step| Moment { step, event: 0 });
            let search =
                |key| Answers::new(key, form, &totp, Subject::Data(&[])).find(moments(), black_box(wrong));
            group.bench_function(format!("totp {hash:?}, {candidates} candidates, none right"), |b| {
                b.iter(|| search(black_box(&key)));
            });
            let skew = u8::try_from(reach).unwrap();
            let other = totp_rs::TOTP::new_unchecked(theirs, 8, skew, 30, key.expose().to_vec());
            let name = format!("reference: totp-rs {hash:?}, {candidates} candidates, none right");
            group.bench_function(name, |b| b.iter(|| black_box(&other).check(black_box(wrong), now * 30)));
        }
    }
    for suite in
        ["OCRA-1:HOTP-SHA1-8:QN08-T1M", "OCRA-1:HOTP-SHA256-8:QH64-T1M", "OCRA-1:HOTP-SHA512-8:C-QN08"]
    {
        let algorithm = Algorithm::Ocra(Suite::read(suite).unwrap());
        let subject = Subject::Data(&[b"12345678"]);
        let search = |key| {
            let moments = (0..25).map(|at| Moment { step: now + at, event: at });
            Answers::new(key, form, &algorithm, subject).find(moments, black_box(wrong))
        };
        group.bench_function(format!("{suite}, 25 candidates, none right"), |b| {
            b.iter(|| search(black_box(&key)));
        });
    }
    common::bench_reference(&mut group);
    group.finish();
}

fn references(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.throughput(Throughput::Elements(1));
    common::bench_reference(group);
    let covered = [5; HEADER_LENGTH + BODY];
    group.bench_function("reference: cmac new key, 215 bytes", |b| {
        b.iter(|| {
            let mac = Cmac::<aes::Aes128>::new(black_box(&[9; 16]).into());
            mac.chain_update(black_box(&covered)).finalize().into_bytes()
        });
    });
}

fn singles(c: &mut Criterion) {
    let mut group = c.benchmark_group("crypto/single");
    for protection in [Protection::Cmac, Protection::HmacSha256] {
        group.bench_function(format!("derive sub-keys {protection:?}"), |b| {
            let channel = Key::new([7; 16]);
            b.iter(|| ChannelKeys::new(black_box(&channel), protection, Direction::ToClient));
        });
    }
    let key = Key::new([8; 16]);
    let form = Form { mode: 3, index: 1, length: 8, radix: Radix::Decimal, check_digit: false };
    let frame = [6; BODY + OVERHEAD];
    let moment = |step| Moment { step, event: 0 };
    group.bench_function("response", |b| {
        b.iter(|| response(black_box(&key), form, moment(50_000_000), &[black_box(&frame)]));
    });
    group.bench_function("key schedule of a responder", |b| b.iter(|| Responder::new(black_box(&key), form)));
    // The default window, identification, look-ahead of 10 at one step, first use.
    for candidates in [11, 25, 101, 601] {
        let moments = || (50_000_000..50_000_000 + candidates).map(moment);
        let search = |key| Responder::new(key, form).find(moments(), &[&frame], "wrong");
        group.bench_function(format!("search {candidates} candidates, none right"), |b| {
            b.iter(|| search(black_box(&key)));
        });
        // What it was before one key schedule served all candidates.
        let rekeying = |key| moments().find(|moment| response(key, form, *moment, &[&frame]) == "wrong");
        group.bench_function(format!("search {candidates} candidates, a key schedule each"), |b| {
            b.iter(|| rekeying(black_box(&key)));
        });
    }
    let short = Responder::new(&key, form);
    group.bench_function("candidate over nothing, key schedule there", |b| {
        b.iter(|| short.response(black_box(moment(50_000_000)), &[]));
    });
    group.bench_function("candidate over nothing, a key schedule each", |b| {
        b.iter(|| response(black_box(&key), form, moment(50_000_000), &[]));
    });
    common::bench_reference(&mut group);
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = batches, singles, open_algorithms }
criterion_main!(benches);
