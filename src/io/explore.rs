//! Plays random programs against peer processes, several at a time. First all of them; then what they found is made as
//! short as it gets, once for each thing found. In the order of the programs, however many jobs there are.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::peer::{Launch, Process};
use super::runner::{CannotJudge, Options, Overheard, Said, Then, early_end, start};
use harness::report::Ended;
use harness::trial::Peer;
use peer::operations::HelloResult;
use programs::compare::{Difference, Kind};
use programs::finding::{Finding, merged};
use programs::play::{Played, play};
use programs::shrink::{first_steps, shrink};
use programs::step::Program;

/// How long one finding is made shorter at most, and all of them together.
const SHRINKING: Duration = Duration::from_secs(10);
const SHRINKING_ALL: Duration = Duration::from_secs(60);
/// How often a difference that a fresh process doesn't show is looked for.
const LOOKS: usize = 3;

/// Who follows while programs are played. Called from several threads.
pub trait Follow: Sync {
    /// A program was played.
    fn played(&self, _number: u64, _difference: Option<&Difference>) -> Then {
        Then::GoOn
    }

    /// Something was said between a program and the peer.
    fn heard(&self, _number: u64, _said: Said<'_>) {}
}

/// Nobody follows.
impl Follow for () {}

/// What is to be played.
#[derive(Clone, Copy)]
pub struct Exploration<'a> {
    /// The peer.
    pub launch: &'a Launch,
    /// What it claims.
    pub claims: &'a HelloResult,
    /// The numbers of the programs.
    pub numbers: &'a [u64],
    /// The program of a number.
    pub draw: &'a (dyn Fn(u64) -> Program + Sync),
    /// How.
    pub options: Options,
    /// Whether what the specification leaves open is told, too.
    pub open: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Explored {
    /// In the order of the programs that showed them first.
    pub findings: Vec<Finding>,
    /// The same for what the specification leaves open.
    pub open: Vec<Finding>,
    /// How many programs were played.
    pub played: u64,
    /// How many of their steps the peer was asked.
    pub steps: u64,
    /// How it ended.
    pub ended: Ended,
}

/// A program that showed a difference.
struct Shown {
    index: usize,
    /// The specification leaves it open.
    is_open: bool,
    program: Program,
    difference: Difference,
    played: Played,
}

/// What the workers share.
struct Work<'a> {
    job: Exploration<'a>,
    follow: &'a dyn Follow,
    next: AtomicUsize,
    end: AtomicUsize,
    played: AtomicU64,
    steps: AtomicU64,
    ended: OnceLock<Ended>,
    shown: Mutex<Vec<Shown>>,
}

/// Plays them. An error is no finding: the peer can't be run, or the harness is at fault.
pub fn explore(job: Exploration<'_>, follow: &dyn Follow) -> Result<Explored, CannotJudge> {
    let work = Work {
        job,
        follow,
        next: AtomicUsize::new(0),
        end: AtomicUsize::new(job.numbers.len()),
        played: AtomicU64::new(0),
        steps: AtomicU64::new(0),
        ended: OnceLock::new(),
        shown: Mutex::new(Vec::new()),
    };
    work.side_by_side(job.numbers.len(), Work::until_none_is_left)?;
    let end = work.end.load(Ordering::Relaxed);
    let mut shown = std::mem::take(&mut *work.shown.lock().unwrap_or_else(PoisonError::into_inner));
    shown.retain(|shown| shown.index < end);
    shown.sort_by_key(|shown| shown.index);
    let (findings, open) = work.shorten(shown)?;
    let ended = match work.ended.get() {
        Some(ended) => *ended,
        None if end < job.numbers.len() => Ended::FailFast,
        None => Ended::Whole,
    };
    let (played, steps) = (work.played.into_inner(), work.steps.into_inner());
    Ok(Explored { findings: merged(findings), open: merged(open), played, steps, ended })
}

impl Work<'_> {
    /// Several workers, each with a process of its own.
    fn side_by_side(
        &self,
        things: usize,
        worker: impl Fn(&Self, &mut Process) -> Result<(), CannotJudge> + Sync,
    ) -> Result<(), CannotJudge> {
        std::thread::scope(|scope| {
            let begin = || {
                let mut process = Process::spawn(self.job.launch)?;
                worker(self, &mut process)
            };
            let workers: Vec<_> =
                (0..self.job.options.jobs.min(things)).map(|_| scope.spawn(begin)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(died())))
        })
    }

    /// One worker: programs one after the other until none is left.
    fn until_none_is_left(&self, process: &mut Process) -> Result<(), CannotJudge> {
        loop {
            if let Some(early) = early_end(self.job.options.until) {
                let _ = self.ended.set(early);
            }
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.end.load(Ordering::Relaxed) || self.ended.get().is_some() {
                return Ok(());
            }
            let Some(number) = self.job.numbers.get(index).copied() else { return Ok(()) };
            let program = (self.job.draw)(number);
            // Where it was cut off, the next look says why.
            let Some(played) = self.play(number, &program, process)? else { continue };
            self.played.fetch_add(1, Ordering::Relaxed);
            self.steps.fetch_add(u64::try_from(played.asked).unwrap_or(u64::MAX), Ordering::Relaxed);
            let is_open = played.difference.is_none();
            let seen = seen(&played, is_open).filter(|_| self.job.open || !is_open).cloned();
            let shown = seen.map(|found| {
                let mut play = |program: &Program| self.sees(is_open, number, program, process);
                let (program, difference) = first_steps(&program, &found, &mut play);
                Shown { index, is_open, program, difference, played }
            });
            let decided = shown.as_ref().filter(|shown| !shown.is_open);
            match self.follow.played(number, decided.map(|shown| &shown.difference)) {
                Then::GoOn => {}
                Then::Stop => {
                    self.end.fetch_min(index.saturating_add(1), Ordering::Relaxed);
                }
                Then::GiveUp => {
                    let _ = self.ended.set(Ended::GaveUp);
                }
            }
            self.shown.lock().unwrap_or_else(PoisonError::into_inner).extend(shown);
        }
    }

    /// Plays a program; `None` where there was no time to end it.
    fn play(
        &self,
        number: u64,
        program: &Program,
        process: &mut Process,
    ) -> Result<Option<Played>, CannotJudge> {
        let (cut, until, claims) = (Cell::new(false), self.job.options.until, self.job.claims);
        let heard = |said: Said<'_>| self.follow.heard(number, said);
        let mut exchange = Overheard { process, until, cut: &cut, heard: &heard };
        let clock = start(&[(self.job.launch, claims)]);
        let played = play(program, &mut Peer { exchange: &mut exchange, claims }, clock);
        let played = played.map_err(|words| CannotJudge::Harness(format!("program {number}: {words}")))?;
        Ok((!cut.get()).then_some(played))
    }

    fn sees(
        &self,
        is_open: bool,
        number: u64,
        program: &Program,
        process: &mut Process,
    ) -> Option<Difference> {
        seen(&self.play(number, program, process).ok().flatten()?, is_open).cloned()
    }

    /// Each thing found once, as short as it gets.
    fn shorten(&self, shown: Vec<Shown>) -> Result<(Vec<Finding>, Vec<Finding>), CannotJudge> {
        let mut things: Vec<(Shown, u64)> = Vec::new();
        for shown in shown {
            let same = |(first, _): &&mut (Shown, u64)| {
                (first.is_open, first.difference.name(), &first.difference.kind)
                    == (shown.is_open, shown.difference.name(), &shown.difference.kind)
            };
            match things.iter_mut().find(same) {
                Some((_, count)) => *count += 1,
                None => things.push((shown, 1)),
            }
        }
        let (next, findings) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let all = Instant::now() + SHRINKING_ALL;
        self.side_by_side(things.len(), |work, process| {
            while let Some((shown, count)) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                let found = work.shortened(shown, *count, all, process)?;
                let found = found.map(|found| (shown.is_open, found));
                findings.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
            }
            Ok(())
        })?;
        let findings = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (open, decided): (Vec<_>, Vec<_>) = findings.into_iter().partition(|(is_open, _)| *is_open);
        let alone =
            |findings: Vec<(bool, Finding)>| findings.into_iter().map(|(_, finding)| finding).collect();
        Ok((alone(decided), alone(open)))
    }

    /// The shortest program for what this one showed. Where a fresh process doesn't show it again it is as it was; and
    /// nothing where the peer goes by a clock or randomness of its own, since then it may have been chance.
    fn shortened(
        &self,
        shown: &Shown,
        count: u64,
        all: Instant,
        process: &mut Process,
    ) -> Result<Option<Finding>, CannotJudge> {
        let Shown { index, is_open, program, difference, played } = shown;
        let first = self.job.numbers.get(*index).copied().unwrap_or_default();
        let as_it_was = Finding {
            difference: difference.clone(),
            program: program.clone(),
            steps: played.steps.clone(),
            first,
            count,
            again: true,
        };
        let is_late = Instant::now() >= all || early_end(self.job.options.until).is_some();
        let hangs = difference.kind == Kind::Hang;
        if is_late || hangs {
            return Ok(Some(as_it_was));
        }
        let until = all.min(Instant::now() + SHRINKING);
        let mut again = None;
        for _ in 0..LOOKS {
            process.discard();
            let seen = self.sees(*is_open, first, program, process);
            again = seen.filter(|seen| seen.name() == difference.name() && seen.kind == difference.kind);
            if again.is_some() {
                break;
            }
        }
        let Some(again) = again else {
            let claims = self.job.claims;
            let is_certain = claims.injects_time && claims.injects_randomness;
            return Ok((is_certain || difference.kind == Kind::Crash)
                .then_some(Finding { again: false, ..as_it_was }));
        };
        let (program, difference) = shrink(program, &again, &mut |program| {
            (Instant::now() < until).then(|| self.sees(*is_open, first, program, process)).flatten()
        });
        let last = self.play(first, &program, process)?;
        let difference = last.as_ref().and_then(|last| seen(last, *is_open)).cloned().unwrap_or(difference);
        let steps = last.map_or_else(|| played.steps.clone(), |last| last.steps);
        Ok(Some(Finding { difference, program, steps, first, count, again: true }))
    }
}

/// What a program showed: a difference, or one in what the specification leaves open.
fn seen(played: &Played, is_open: bool) -> Option<&Difference> {
    if is_open { played.open.as_ref() } else { played.difference.as_ref() }
}

fn died() -> CannotJudge {
    CannotJudge::Harness("a worker died".into())
}
