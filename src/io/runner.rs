//! Runs the suite against peer processes, several at a time, and keeps the order of the cases.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::peer::{CannotRun, Launch, Process};
use super::signals::interrupted;
use crate::harness::cases::{Case, is_profile};
use crate::harness::operations::{Hello, HelloResult};
use crate::harness::protocol::VERSION;
use crate::harness::scene::START;
use crate::harness::suite::{self, Outcome, Verdict};
use crate::harness::trial::{Broken, Ending, Exchange, Failure, Peer, Reply, question, reply};

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

/// What goes over the pipe to a peer.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// The harness asked.
    Question(&'a [u8]),
    /// The peer answered.
    Answer(&'a [u8]),
    /// The peer did not answer as a peer does.
    Broken(&'a Broken),
    /// The harness ended the peer's input.
    EndOfInput(Ending),
}

/// Who follows a run while it goes on. Called from several threads.
pub trait Watch: Sync {
    /// A case has its verdict. After `Break` no later case begins, and none that did counts.
    fn judged(&self, _outcome: &Outcome) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Something was said between a case and a peer (0, or 1 for the second).
    fn heard(&self, _case: &str, _peer: usize, _said: Said<'_>) {}
}

/// Nobody follows.
impl Watch for () {}

/// A peer process, overheard.
struct Overheard<'a> {
    process: &'a mut Process,
    heard: &'a dyn Fn(Said<'_>),
}

impl Exchange for Overheard<'_> {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        (self.heard)(Said::Question(question));
        let answer = self.process.exchange(question);
        match &answer {
            Ok(answer) => (self.heard)(Said::Answer(answer)),
            Err(broken) => (self.heard)(Said::Broken(broken)),
        }
        answer
    }

    fn discard(&mut self) {
        self.process.discard();
    }

    fn end_of_input(&mut self) -> Ending {
        let ending = self.process.end_of_input();
        (self.heard)(Said::EndOfInput(ending));
        ending
    }
}

/// What the workers share.
struct Run<'a> {
    peers: &'a [(&'a Launch, &'a HelloResult)],
    cases: &'a [&'a Case],
    seed: u64,
    until: Instant,
    watch: &'a dyn Watch,
    /// The first case that nobody took yet.
    next: AtomicUsize,
    /// The first case that is not to be run any more.
    end: AtomicUsize,
    outcomes: Mutex<Vec<(usize, Outcome)>>,
}

/// Runs the cases against one peer, or a pair of client and server. Outcomes are in the cases' order; where
/// the watch stopped the run, they end with the first case that made it do so, however many jobs there are.
pub fn run(
    peers: &[(&Launch, &HelloResult)],
    cases: &[&Case],
    options: Options,
    watch: &dyn Watch,
) -> Result<Vec<Outcome>, CannotJudge> {
    let run = Run {
        peers,
        cases,
        seed: options.seed,
        until: Instant::now() + options.deadline,
        watch,
        next: AtomicUsize::new(0),
        end: AtomicUsize::new(cases.len()),
        outcomes: Mutex::new(Vec::with_capacity(cases.len())),
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..options.jobs.clamp(1, cases.len().max(1))).map(|_| scope.spawn(|| work(&run))).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(CannotJudge::NoHello("a worker of the harness died".into())))
        })
    })?;
    let end = run.end.into_inner();
    let mut outcomes = run.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.retain(|(index, _)| *index < end);
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// One worker: processes of its own, cases one after the other until none is left.
fn work(run: &Run<'_>) -> Result<(), CannotJudge> {
    let mut processes =
        run.peers.iter().map(|(launch, _)| Process::spawn(launch)).collect::<Result<Vec<_>, _>>()?;
    loop {
        let index = run.next.fetch_add(1, Ordering::Relaxed);
        if index >= run.end.load(Ordering::Relaxed) || interrupted().is_some() {
            return Ok(());
        }
        let Some(case) = run.cases.get(index) else { return Ok(()) };
        let begin = Instant::now();
        let mut outcome = if begin < run.until { play(run, case, &mut processes) } else { not_begun(case) };
        if interrupted().is_some() {
            // What was cut short says nothing of the peer.
            run.end.fetch_min(index, Ordering::Relaxed);
            return Ok(());
        }
        outcome.took = begin.elapsed();
        if run.watch.judged(&outcome).is_break() {
            run.end.fetch_min(index.saturating_add(1), Ordering::Relaxed);
        }
        run.outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((index, outcome));
    }
}

fn play(run: &Run<'_>, case: &Case, processes: &mut [Process]) -> Outcome {
    let hear: Vec<_> = (0..processes.len())
        .map(|peer| move |said: Said<'_>| run.watch.heard(&case.id, peer, said))
        .collect();
    let mut overheard: Vec<_> =
        processes.iter_mut().zip(&hear).map(|(process, heard)| Overheard { process, heard }).collect();
    let seats = overheard.iter_mut().zip(run.peers);
    let seats = seats.map(|(exchange, (_, claims))| Peer { exchange, claims }).collect();
    suite::run_at(case, seats, run.seed, start(run.peers))
}

/// A peer that does not take the harness's time is met at its own.
pub(crate) fn start(peers: &[(&Launch, &HelloResult)]) -> u32 {
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
        took: Duration::ZERO,
    }
}
