//! Questions and answers: a `client.open` of a 200-byte body through the reference in this process and in
//! processes of their own, one question outstanding each, built and opened by the harness's typed API.
//!
//! A process shares one processor with the thread that asks it, because a wake-up across processors costs
//! many times what is measured here; two jobs therefore need two processors. What is left to the scheduler
//! is measured beside it, to show what that costs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a benchmark that can't begin should say so and end
#![allow(clippy::panic)]

mod common;

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

use counterproof::io::peer::{Launch, Process};
use harness::scene::{START, Scene, Stage, Under, open};
use harness::setup::Setup;
use harness::trial::{Exchange, Peer, Reply, Trial, question, reply};
use peer::engine::Engine;
use peer::operations::{ClientOpen, Hello, OpenResult};

/// Somebody with an activated client, and what is asked of it again and again.
struct Job<E> {
    peer: E,
    session: String,
    open: ClientOpen,
    seq: u32,
}

impl<E: Exchange> Job<E> {
    /// Plays a whole activation with the peer as client.
    fn new(mut peer: E) -> Self {
        let hello = question(0, &Hello { protocol: 1.into() }, "").unwrap();
        let Reply::Ok(claims) = reply(&peer.exchange(hello.as_bytes()).unwrap(), 0).unwrap() else {
            panic!("hello is always answered")
        };
        let mut trial = Trial::new(vec![Peer { exchange: &mut peer, claims: &claims }], 0, START);
        let mut scene = Scene::new(&mut trial, Under::Client, Setup::default(), Stage::Confirmed).unwrap();
        let message = scene.request(&mut trial, &common::show()).unwrap();
        Self { session: scene.client.session().to_owned(), open: open(&message), peer, seq: 0 }
    }

    fn question(&mut self) -> String {
        self.seq = self.seq.wrapping_add(1);
        question(self.seq, &self.open, &self.session).unwrap()
    }

    /// Builds a question, asks it, opens the answer.
    fn round_trip(&mut self) {
        let line = self.question();
        let answer = self.peer.exchange(line.as_bytes()).unwrap();
        let Reply::Ok(OpenResult { sequence: 1, .. }) = reply(&answer, self.seq).unwrap() else {
            panic!("not what was shown: {}", String::from_utf8_lossy(&answer))
        };
    }
}

fn spawn(command: &[&str]) -> Process {
    let command = command.iter().map(|&word| word.to_owned()).collect();
    Process::spawn(&Launch::new(command)).unwrap()
}

/// Keeps this thread, and the processes it starts from here on, on one of the processors there are.
#[cfg(target_os = "linux")]
fn pin(job: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    thread_local! {
        static ALL: CpuSet = sched_getaffinity(None).unwrap();
    }
    let all = ALL.with(CpuSet::clone);
    let cpus: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|cpu| all.is_set(*cpu)).collect();
    let mut one = CpuSet::new();
    one.set(cpus[job % cpus.len()]);
    sched_setaffinity(None, &one).unwrap();
}

#[cfg(not(target_os = "linux"))]
fn pin(_: usize) {}

/// Leaves it to the scheduler.
fn leave(_: usize) {}

/// The time of `rounds` in each of `jobs`, all at once, each in a thread of its own; the slowest counts.
fn at_once<T: Send>(
    place: fn(usize),
    jobs: &mut [T],
    rounds: u64,
    round: impl Fn(&mut T) + Sync,
) -> Duration {
    let together = Barrier::new(jobs.len());
    let run = |(index, job): (usize, &mut T)| {
        place(index);
        together.wait();
        let begin = Instant::now();
        (0..rounds).for_each(|_| round(job));
        begin.elapsed()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = jobs.iter_mut().enumerate().map(|job| scope.spawn(|| run(job))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).max().unwrap()
    })
}

/// Each in a thread placed as it will be later, so that the processes are too.
fn prepare<T: Send>(place: fn(usize), jobs: usize, make: impl Fn() -> T + Sync) -> Vec<T> {
    let make = &make;
    let one = move |index| {
        place(index);
        make()
    };
    let prepare = |index| thread::scope(|scope| scope.spawn(move || one(index)).join().unwrap());
    (0..jobs).map(prepare).collect()
}

/// Throughput is that of all jobs together.
fn bench_at_once<T: Send>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    (place, jobs): (fn(usize), usize),
    make: impl Fn() -> T + Sync,
    round: impl Fn(&mut T) + Sync,
) {
    let mut all = prepare(place, jobs, make);
    group.throughput(Throughput::Elements(jobs as u64));
    group.bench_function(format!("{name}, {jobs} at once"), |b| {
        b.iter_custom(|rounds| at_once(place, &mut all, rounds, &round));
    });
}

fn roundtrip(c: &mut Criterion) {
    let mut group = c.benchmark_group("roundtrip");
    group.throughput(Throughput::Elements(1));
    let mut job = Job::new(Engine::new(Box::new(|bytes| bytes.fill(0x5A))));
    let line = job.question();
    group.bench_function("engine alone", |b| b.iter(|| job.peer.answer(line.as_bytes())));
    group.bench_function("engine in process", |b| b.iter(|| job.round_trip()));

    let peer = || Job::new(spawn(&[env!("CARGO_BIN_EXE_counterproof"), "peer"]));
    // The floor: the same line there and back, looked at by nobody.
    let cat = || spawn(&["cat"]);
    let echo = |cat: &mut Process| assert!(cat.ask(line.as_bytes()).is_ok());
    for jobs in [1, 2] {
        bench_at_once(&mut group, "process", (pin, jobs), peer, Job::round_trip);
        bench_at_once(&mut group, "reference: cat", (pin, jobs), cat, echo);
    }
    bench_at_once(&mut group, "process, unpinned", (leave, 2), peer, Job::round_trip);
    bench_at_once(&mut group, "reference: cat, unpinned", (leave, 2), cat, echo);
    common::bench_reference(&mut group);
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = roundtrip }
criterion_main!(benches);
