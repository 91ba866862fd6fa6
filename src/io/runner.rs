//! Runs the suite against peer processes, several at a time, and keeps the order of the cases.
//!
//! A run that ends before its last case, for whatever reason, says so ([`Ended`]), and gives the cases that it did not
//! come to the verdict `not-run`: slowness is never taken for a failure.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::peer::{CannotRun, Launch, Process};
use super::signals::interrupted;
use harness::case::{Case, is_profile};
use harness::report::Ended;
use harness::scene::START;
use harness::suite::{self, Outcome, Verdict};
use harness::trial::{Broken, Ending, Exchange, Peer, Reply, failure, question, reply};
use peer::operations::{Hello, HelloResult};
use peer::printable::Cut;
use peer::protocol::VERSION;

/// Why a peer can't be judged at all.
#[derive(Debug)]
pub enum CannotJudge {
    /// It could not be started.
    Run(CannotRun),
    /// It did not answer `hello` as a peer does.
    NoHello(String),
    /// The harness is at fault.
    Harness(String),
}

impl std::fmt::Display for CannotJudge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CannotJudge::Run(error) => write!(f, "{error}"),
            CannotJudge::NoHello(words) => write!(f, "no usable answer to hello: {words}"),
            CannotJudge::Harness(words) => write!(f, "a fault of the harness: {words}"),
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
    /// When the run ends at the latest; never where `None`. [`deadline`] makes one.
    pub until: Option<Instant>,
}

/// So long from now. A time that the clock can't count to never comes.
pub fn deadline(time: Duration) -> Option<Instant> {
    Instant::now().checked_add(time)
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Run {
    /// In the order of the cases. Those that the run did not come to are [`Verdict::NotRun`].
    ///
    /// [`Verdict::NotRun`]: harness::suite::Verdict::NotRun
    pub outcomes: Vec<Outcome>,
    /// How it ended.
    pub ended: Ended,
}

/// Starts the peer, asks what it claims, and ends it. How long that took bounds its later starts.
pub fn meet(launch: Launch) -> Result<(Launch, HelloResult), CannotJudge> {
    let begin = Instant::now();
    let claims = hello(&launch)?;
    Ok((launch.started_in(begin.elapsed()), claims))
}

fn hello(launch: &Launch) -> Result<HelloResult, CannotJudge> {
    let mut process = Process::spawn(launch)?;
    let no_hello = |words: String| Err(CannotJudge::NoHello(words));
    let Ok(line) = question(0, &Hello { protocol: VERSION.into() }, "") else {
        return no_hello("the harness can't ask".into());
    };
    match process.exchange(line.as_bytes()).and_then(|answer| reply::<HelloResult>(&answer, 0)) {
        Ok(Reply::Ok(claims)) if is_profile(&claims.profile) => Ok(claims),
        Ok(Reply::Ok(claims)) => no_hello(format!("unknown profile \"{}\"", Cut(&claims.profile, SHOWN))),
        Ok(other) => no_hello(Cut(&other.words(), SHOWN).to_string()),
        Err(
            Broken::Crash(words)
            | Broken::Hang(words)
            | Broken::Violation(words)
            | Broken::Line(_, words)
            | Broken::Unseen(words),
        ) => no_hello(words),
    }
}

/// How much of a peer's text is shown.
const SHOWN: usize = 300;

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
    EndOfInput(&'a Ending),
}

/// What a watch wants after a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The next one.
    GoOn,
    /// No later case: none begins, and none that did counts.
    Stop,
    /// No other case begins: the peer is broken.
    GiveUp,
}

/// Who follows a run while it goes on. Called from several threads.
pub trait Watch: Sync {
    /// A case has its verdict.
    fn judged(&self, _outcome: &Outcome) -> Then {
        Then::GoOn
    }

    /// Something was said between a case and a peer (0, or 1 for the second).
    fn heard(&self, _case: &str, _peer: usize, _said: Said<'_>) {}
}

/// Nobody follows.
impl Watch for () {}

/// Lets these processes play, each as its place among the peers, while somebody hears what each says. What came of it, and
/// whether it was cut off.
pub(super) fn overheard<T>(
    processes: &mut [Process],
    peers: &[(&Launch, &HelloResult)],
    until: Option<Instant>,
    heard: &dyn Fn(usize, Said<'_>),
    play: impl FnOnce(Vec<Peer<'_>>) -> T,
) -> (T, bool) {
    let cut = Cell::new(false);
    let places = processes.iter_mut().enumerate();
    let mut seats: Vec<_> =
        places.map(|(peer, process)| Overheard { peer, process, until, cut: &cut, heard }).collect();
    let seated = seats.iter_mut().zip(peers);
    let played = play(seated.map(|(exchange, (_, claims))| Peer { exchange, claims }).collect());
    (played, cut.get())
}

/// A peer process, overheard, as long as there is time.
struct Overheard<'a> {
    peer: usize,
    process: &'a mut Process,
    until: Option<Instant>,
    /// Set when a question was not asked any more.
    cut: &'a Cell<bool>,
    heard: &'a dyn Fn(usize, Said<'_>),
}

impl Exchange for Overheard<'_> {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        if early_end(self.until).is_some() {
            self.cut.set(true);
            // Nobody sees this: the outcome of a case that was cut off is thrown away.
            return Err(Broken::Hang("the run is over".into()));
        }
        (self.heard)(self.peer, Said::Question(question));
        let answer = self.process.exchange(question);
        if answer.is_err() && interrupted().is_some() {
            self.cut.set(true);
        }
        match &answer {
            Ok(answer) => (self.heard)(self.peer, Said::Answer(answer)),
            Err(broken) => (self.heard)(self.peer, Said::Broken(broken)),
        }
        answer
    }

    fn discard(&mut self) {
        self.process.discard();
    }

    fn end_of_input(&mut self, rest: &[u8]) -> Ending {
        let ending = self.process.end_of_input(rest);
        (self.heard)(self.peer, Said::EndOfInput(&ending));
        ending
    }
}

/// Whether a case that was cut off had failed before, and was only cleaning up.
fn is_found(outcome: &Outcome) -> bool {
    let was_answered = outcome.steps.last().is_some_and(|step| !step.answer.is_empty());
    outcome.verdict == Verdict::Fail && was_answered
}

/// Whether a run is over before its last case.
pub(super) fn early_end(until: Option<Instant>) -> Option<Ended> {
    match (interrupted(), until) {
        (Some(_), _) => Some(Ended::Interrupted),
        (None, Some(until)) if Instant::now() >= until => Some(Ended::OutOfTime),
        _ => None,
    }
}

/// What the workers share.
struct Work<'a> {
    peers: &'a [(&'a Launch, &'a HelloResult)],
    cases: &'a [&'a Case],
    options: Options,
    watch: &'a dyn Watch,
    /// The first case that nobody took yet.
    next: AtomicUsize,
    /// The first case that is not to be run any more.
    end: AtomicUsize,
    /// How it ended, if not with the last case. The first reason counts.
    ended: OnceLock<Ended>,
    outcomes: Mutex<Vec<(usize, Outcome)>>,
}

/// Runs the cases against one peer, or a pair of client and server. Where the watch stopped the run, the outcomes end
/// with the first case that made it do so, however many jobs there are.
pub fn run(
    peers: &[(&Launch, &HelloResult)],
    cases: &[&Case],
    options: Options,
    watch: &dyn Watch,
) -> Result<Run, CannotJudge> {
    let work = Work {
        peers,
        cases,
        options,
        watch,
        next: AtomicUsize::new(0),
        end: AtomicUsize::new(cases.len()),
        ended: OnceLock::new(),
        outcomes: Mutex::new(Vec::with_capacity(cases.len())),
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs.clamp(1, cases.len().max(1)))
            .map(|_| scope.spawn(|| work.until_none_is_left()))
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(CannotJudge::NoHello("a worker of the harness died".into())))
        })
    })?;
    Ok(work.finish())
}

impl Work<'_> {
    /// One worker: processes of its own, cases one after the other until none is left.
    fn until_none_is_left(&self) -> Result<(), CannotJudge> {
        let mut processes =
            self.peers.iter().map(|(launch, _)| Process::spawn(launch)).collect::<Result<Vec<_>, _>>()?;
        let mut last = None;
        loop {
            if let Some(early) = early_end(self.options.until) {
                let _ = self.ended.set(early);
            }
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let is_over = index >= self.end.load(Ordering::Relaxed) || self.ended.get().is_some();
            let Some(case) = self.cases.get(index).filter(|_| !is_over) else { break };
            let begin = Instant::now();
            // Where it was cut off, the next look says why.
            let Some(mut outcome) = self.play(case, &mut processes) else { continue };
            outcome.took = begin.elapsed();
            match self.watch.judged(&outcome) {
                Then::GoOn => {}
                Then::Stop => {
                    self.end.fetch_min(index.saturating_add(1), Ordering::Relaxed);
                }
                Then::GiveUp => {
                    let _ = self.ended.set(Ended::GaveUp);
                }
            }
            self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((index, outcome));
            last = Some(index);
        }
        self.end_all(&mut processes, last);
        Ok(())
    }

    /// Ends the input of a worker's processes. What one of them says that nobody asked for is told of the last case that
    /// it played, where nothing is wrong with that otherwise: no later question would find it.
    fn end_all(&self, processes: &mut [Process], last: Option<usize>) {
        let said = processes.iter_mut().map(|process| process.end_of_input(&[]));
        let said: Vec<_> = said
            .filter_map(|ending| match ending {
                Ending::Said(words) => Some(words),
                Ending::InTime | Ending::Late | Ending::NotAProcess => None,
            })
            .collect();
        let (Some(got), Some(last)) = (said.first(), last) else { return };
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let played = outcomes.iter_mut().find(|(index, _)| *index == last);
        if let Some((_, outcome)) = played.filter(|(_, outcome)| outcome.verdict.conforms()) {
            outcome.verdict = Verdict::ProtocolViolation;
            let expected = "nothing after the last answer".to_owned();
            outcome.failure = Some(failure("PPR-2", expected, got.clone()));
        }
    }

    /// A case's outcome; `None` where there was no time to end it.
    fn play(&self, case: &Case, processes: &mut [Process]) -> Option<Outcome> {
        let heard = |peer, said: Said<'_>| self.watch.heard(&case.id, peer, said);
        let (outcome, is_cut) = overheard(processes, self.peers, self.options.until, &heard, |peers| {
            suite::run_at(case, peers, self.options.seed, start(self.peers))
        });
        (!is_cut || is_found(&outcome)).then_some(outcome)
    }

    /// All outcomes in order; where the run was not stopped on purpose, the cases that it did not come to as well.
    fn finish(self) -> Run {
        let end = self.end.into_inner();
        let mut played = self.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        played.sort_by_key(|(index, _)| *index);
        let mut played = played.into_iter().peekable();
        let outcomes: Vec<_> = (0..end)
            .zip(self.cases)
            .map(|(index, case)| match played.next_if(|(played, _)| *played == index) {
                Some((_, outcome)) => outcome,
                None => Outcome::not_run(case),
            })
            .collect();
        let ended = match self.ended.into_inner() {
            Some(ended) if outcomes.iter().any(|outcome| outcome.verdict == Verdict::NotRun) => ended,
            _ if end < self.cases.len() => Ended::FailFast,
            _ => Ended::Whole,
        };
        Run { outcomes, ended }
    }
}

/// A peer that does not take the harness's time is met at its own.
pub(crate) fn start(peers: &[(&Launch, &HelloResult)]) -> u32 {
    if peers.iter().all(|(_, claims)| claims.injects_time) {
        return START;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}
