//! Plays random programs against peer processes, or pairs of them, several at a time. First all of them; then what they
//! found is made as short as it gets, once for each thing found. In the order of the programs, however many jobs there are.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::peer::{Launch, Process};
pub use super::player::Follow;
use super::player::{Player, Shown, seen};
use super::runner::{CannotJudge, Options, Then, early_end};
use harness::report::Ended;
use peer::operations::HelloResult;
use programs::finding::{Finding, merged};
use programs::shrink::first_steps;
use programs::step::Program;

/// How long all findings together are made shorter at most.
const SHRINKING_ALL: Duration = Duration::from_secs(60);

/// What is to be played.
#[derive(Clone, Copy)]
pub struct Exploration<'a> {
    /// The peer and what it claims, or the client and the server.
    pub peers: &'a [(&'a Launch, &'a HelloResult)],
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
    /// How many of their steps were put to the peers.
    pub steps: u64,
    /// How it ended.
    pub ended: Ended,
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
    /// By their places among the programs.
    shown: Mutex<Vec<(usize, Shown)>>,
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
    shown.retain(|(index, _)| *index < end);
    shown.sort_by_key(|(index, _)| *index);
    let (findings, open) = work.shorten(shown.into_iter().map(|(_, shown)| shown))?;
    let ended = match work.ended.get() {
        Some(ended) => *ended,
        None if end < job.numbers.len() => Ended::FailFast,
        None => Ended::Whole,
    };
    let (played, steps) = (work.played.into_inner(), work.steps.into_inner());
    Ok(Explored { findings: merged(findings), open: merged(open), played, steps, ended })
}

impl Work<'_> {
    /// Several workers, each with processes of its own.
    fn side_by_side(
        &self,
        things: usize,
        worker: impl Fn(&Self, &mut [Process]) -> Result<(), CannotJudge> + Sync,
    ) -> Result<(), CannotJudge> {
        std::thread::scope(|scope| {
            let begin = || {
                let processes = self.job.peers.iter().map(|(launch, _)| Process::spawn(launch));
                worker(self, &mut processes.collect::<Result<Vec<_>, _>>()?)
            };
            let workers: Vec<_> =
                (0..self.job.options.jobs.min(things)).map(|_| scope.spawn(begin)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(died())))
        })
    }

    /// One worker: programs one after the other until none is left.
    fn until_none_is_left(&self, processes: &mut [Process]) -> Result<(), CannotJudge> {
        let player = self.player();
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
            let Some(played) = player.play(number, &program, processes)? else { continue };
            self.played.fetch_add(1, Ordering::Relaxed);
            self.steps.fetch_add(u64::try_from(played.asked).unwrap_or(u64::MAX), Ordering::Relaxed);
            let is_open = played.difference.is_none();
            let seen = seen(&played, is_open).filter(|_| self.job.open || !is_open).cloned();
            let shown = seen.map(|found| {
                let mut play = |program: &Program| player.sees(is_open, number, program, processes);
                let (program, difference) = first_steps(&program, &found, &mut play);
                Shown { number, is_open, program, difference, steps: played.steps }
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
            self.shown
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(shown.map(|shown| (index, shown)));
        }
    }

    fn player(&self) -> Player<'_> {
        let Exploration { peers, options, .. } = self.job;
        Player { peers, follow: self.follow, until: options.until }
    }

    /// Each thing found once, as short as it gets.
    fn shorten(
        &self,
        shown: impl Iterator<Item = Shown>,
    ) -> Result<(Vec<Finding>, Vec<Finding>), CannotJudge> {
        let mut things: Vec<(Shown, u64)> = Vec::new();
        for shown in shown {
            let same = |(first, _): &&mut (Shown, u64)| first.is_same(&shown);
            match things.iter_mut().find(same) {
                Some((_, count)) => *count += 1,
                None => things.push((shown, 1)),
            }
        }
        let (next, findings) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let all = Instant::now() + SHRINKING_ALL;
        let player = self.player();
        self.side_by_side(things.len(), |_, processes| {
            while let Some((shown, count)) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                let found = player.shortened(shown, *count, all, processes)?;
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
}

pub(super) fn died() -> CannotJudge {
    CannotJudge::Harness("a worker died".into())
}
