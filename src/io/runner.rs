//! Runs the suite against peer processes, several at a time, and keeps the order of the cases.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::peer::{CannotRun, Launch, Process};
use crate::harness::cases::{Case, is_profile};
use crate::harness::operations::{Hello, HelloResult};
use crate::harness::protocol::VERSION;
use crate::harness::scene::START;
use crate::harness::suite::{self, Outcome, Verdict};
use crate::harness::trial::{Broken, Exchange, Failure, Peer, Reply, question, reply};

/// Why a peer can't be judged at all.
#[derive(Debug)]
pub enum CannotJudge {
    /// It could not be started.
    Run(CannotRun),
    /// It did not answer `hello` as a peer does.
    NoHello(String),
}

impl std::fmt::Display for CannotJudge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CannotJudge::Run(error) => write!(f, "{error}"),
            CannotJudge::NoHello(words) => write!(f, "no usable answer to hello: {words}"),
        }
    }
}

impl std::error::Error for CannotJudge {}

impl From<CannotRun> for CannotJudge {
    fn from(error: CannotRun) -> Self {
        CannotJudge::Run(error)
    }
}

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Peer processes side by side.
    pub jobs: usize,
    /// Same seed, same bytes.
    pub seed: u64,
    /// For the whole run; a case that has not begun by then is a hang.
    pub deadline: Duration,
}

/// Starts the peer and asks what it claims.
pub fn hello(launch: &Launch) -> Result<HelloResult, CannotJudge> {
    let mut process = Process::spawn(launch)?;
    let no_hello = |words: String| Err(CannotJudge::NoHello(words));
    let Ok(line) = question(0, &Hello { protocol: VERSION.into() }, "") else {
        return no_hello("the harness can't ask".into());
    };
    match process.exchange(line.as_bytes()).and_then(|answer| reply::<HelloResult>(&answer, 0)) {
        Ok(Reply::Ok(claims)) if is_profile(&claims.profile) => Ok(claims),
        Ok(Reply::Ok(claims)) => no_hello(format!("unknown profile {:?}", claims.profile)),
        Ok(other) => no_hello(format!("{other:?}")),
        Err(Broken::Crash(words) | Broken::Hang(words) | Broken::Violation(words)) => no_hello(words),
    }
}

/// Runs the cases against one peer, or a pair of client and server. Outcomes are in the cases' order.
pub fn run(
    peers: &[(&Launch, &HelloResult)],
    cases: &[&Case],
    options: Options,
    done: &(dyn Fn(&Outcome) + Sync),
) -> Result<Vec<Outcome>, CannotJudge> {
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<Vec<(usize, Outcome)>> = Mutex::new(Vec::with_capacity(cases.len()));
    let until = Instant::now() + options.deadline;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs.clamp(1, cases.len().max(1)))
            .map(|_| scope.spawn(|| work(peers, cases, options.seed, until, &next, &outcomes, done)))
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(CannotJudge::NoHello("a worker of the harness died".into())))
        })
    })?;
    let mut outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// One worker: processes of its own, cases one after the other until none is left.
fn work(
    peers: &[(&Launch, &HelloResult)],
    cases: &[&Case],
    seed: u64,
    until: Instant,
    next: &AtomicUsize,
    outcomes: &Mutex<Vec<(usize, Outcome)>>,
    done: &(dyn Fn(&Outcome) + Sync),
) -> Result<(), CannotJudge> {
    let mut processes =
        peers.iter().map(|(launch, _)| Process::spawn(launch)).collect::<Result<Vec<_>, _>>()?;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(case) = cases.get(index) else { return Ok(()) };
        let outcome = if Instant::now() < until {
            let seats = processes.iter_mut().zip(peers);
            let seats = seats.map(|(process, (_, claims))| Peer { exchange: process, claims }).collect();
            suite::run_at(case, seats, seed, start(peers))
        } else {
            not_begun(case)
        };
        done(&outcome);
        outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, outcome));
    }
}

/// A peer that does not take the harness's time is met at its own.
fn start(peers: &[(&Launch, &HelloResult)]) -> u32 {
    if peers.iter().all(|(_, claims)| claims.injects_time) {
        return START;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

fn not_begun(case: &Case) -> Outcome {
    let requirement = case.covers.first().copied().unwrap_or("PPR-2");
    let expected = "a run that ends before its deadline".to_owned();
    let failure = Failure { requirement, expected, got: "the case was not begun".into() };
    Outcome {
        id: case.id.clone(),
        area: case.area(),
        verdict: Verdict::Hang,
        failure: Some(failure),
        witnessed: Default::default(),
        steps: Vec::new(),
    }
}
