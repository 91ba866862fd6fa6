//! Random programs against a peer, for hours: first those that showed something new on earlier nights, then others. What
//! they find is made as short as it gets as soon as it is found, and told at once, so that whatever ends the run, it is kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::explore::died;
use super::files::FileError;
use super::kept::{Kept, Why};
use super::peer::{Launch, Process};
use super::player::{Follow, Player, Shown};
use super::runner::{CannotJudge, Options, Then, early_end};
use harness::report::Ended;
use harness::suite::fnv;
use harness::trial::{Exchange, Reply, reply};
use peer::operations::{Coverage, CoverageResult, HelloResult};
use peer::protocol::Operation;
use programs::compare::Difference;
use programs::corpus::Corpus;
use programs::draw::draw;
use programs::features::Seen;
use programs::finding::{Finding, merged};
use programs::play::Played;
use programs::shrink::first_steps;
use programs::step::Program;
use serde_json::json;

/// A thing that is found so often is only counted from then on: it is not looked for a cause before it.
const LOOKED_AT: u32 = 20;
/// So many answers to `coverage` that are none, and it is asked no more.
const PATIENCE: u32 = 3;
/// The number of the question for coverage. Those of a program begin with 1.
const SEQ: u32 = 0;

/// Who follows a run of hours. Called from several threads.
pub trait FollowHours: Follow {
    /// Something was found, and made shorter.
    fn found(&self, _finding: &Finding) {}

    /// How it stands, after each program.
    fn stands(&self, _now: Standing) {}
}

/// How a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Programs played.
    pub played: u64,
    /// Steps of them that the peer was asked.
    pub steps: u64,
    /// What was seen of the peer, by kinds.
    pub features: usize,
    /// Programs that showed something new.
    pub kept: usize,
    /// Things found.
    pub found: usize,
}

/// What is to be done.
#[derive(Clone, Copy)]
pub struct Hours<'a> {
    /// The peer.
    pub launch: &'a Launch,
    /// What it claims.
    pub claims: &'a HelloResult,
    /// Jobs, seed, and when it ends.
    pub options: Options,
    /// How many programs there are at most, besides those that were kept.
    pub programs: Option<u64>,
    /// About how many steps a program has.
    pub steps: usize,
    /// How long all findings together are made shorter at most.
    pub shrinking: Duration,
    /// Whether the first finding ends it.
    pub fail_fast: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Fuzzed {
    /// In the order of the programs that showed them first.
    pub findings: Vec<Finding>,
    /// How it stood when the kept programs had been played, and in the end.
    pub standing: [Standing; 2],
    /// How it ended: whole, where its time was over or its programs were played.
    pub ended: Ended,
    /// Why it ended, where the peer could not be run any more or the harness is at fault.
    pub broken: Option<CannotJudge>,
    /// Why a program could not be stored; the first time.
    pub not_stored: Option<FileError>,
    /// Whether the peer offered coverage, and did not answer the question for it.
    pub no_coverage: bool,
}

/// What several workers share.
struct Work<'a> {
    job: Hours<'a>,
    follow: &'a dyn FollowHours,
    /// Those that were kept are played first.
    before: &'a [Program],
    next: AtomicU64,
    played: AtomicU64,
    steps: AtomicU64,
    ended: OnceLock<Ended>,
    /// How it stood once the kept programs had been played.
    began: OnceLock<Standing>,
    corpus: Mutex<Corpus>,
    kept: Mutex<&'a mut Kept>,
    things: Mutex<Things>,
    not_stored: Mutex<Option<FileError>>,
    /// Answers to `coverage` that were none.
    uncovered: AtomicU32,
    broken: Mutex<Option<CannotJudge>>,
    /// The time for making findings shorter, from the first on.
    shrinks_until: OnceLock<Instant>,
    found: AtomicBool,
}

/// What was found.
#[derive(Default)]
struct Things {
    /// Each once, with how many programs showed it, and as short as it got.
    all: Vec<(Shown, u64, Option<Finding>)>,
    /// By what a program showed at first: how often, and which of them it was the last time.
    at_first: HashMap<String, (u32, usize)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Plays the programs that were kept, and then others until the time is over. What shows something new is kept; in the end
/// as few as are enough.
pub fn fuzz(job: Hours<'_>, kept: &mut Kept, before: &[Program], follow: &dyn FollowHours) -> Fuzzed {
    let work = Work {
        job,
        follow,
        before,
        next: AtomicU64::new(0),
        played: AtomicU64::new(0),
        steps: AtomicU64::new(0),
        ended: OnceLock::new(),
        began: OnceLock::new(),
        corpus: Mutex::default(),
        kept: Mutex::new(kept),
        things: Mutex::default(),
        not_stored: Mutex::default(),
        uncovered: AtomicU32::new(0),
        broken: Mutex::default(),
        shrinks_until: OnceLock::new(),
        found: AtomicBool::new(false),
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..job.options.jobs.max(1)).map(|_| scope.spawn(|| work.works())).collect();
        for worker in workers {
            if let Err(broken) = worker.join().unwrap_or_else(|_| Err(died())) {
                work.breaks(broken);
            }
        }
    });
    work.ends()
}

impl Work<'_> {
    /// One worker: a process, and programs one after the other.
    fn works(&self) -> Result<(), CannotJudge> {
        let mut process = Process::spawn(self.job.launch)?;
        while let Some(index) = self.takes_one() {
            if let Err(broken) = self.plays(index, &mut process) {
                self.breaks(broken);
            }
        }
        Ok(())
    }

    fn breaks(&self, broken: CannotJudge) {
        let _ = self.ended.set(Ended::GaveUp);
        locked(&self.broken).get_or_insert(broken);
    }

    /// The place of the next program, unless it is over.
    fn takes_one(&self) -> Option<u64> {
        let over = match early_end(self.job.options.until) {
            // It was to end then.
            Some(Ended::OutOfTime) => Some(Ended::Whole),
            early => early,
        };
        if let Some(over) = over {
            let _ = self.ended.set(over);
        }
        if self.job.fail_fast && self.found.load(Ordering::Relaxed) {
            let _ = self.ended.set(Ended::FailFast);
        }
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let before = count(self.before.len());
        if index == before {
            let _ = self.began.set(Standing { kept: self.before.len(), ..self.stands() });
        }
        let is_left = self.job.programs.is_none_or(|programs| index < before.saturating_add(programs));
        (is_left && self.ended.get().is_none()).then_some(index)
    }

    /// The program at a place: a kept one, or one of those that `check` plays with this seed.
    fn program(&self, index: u64) -> Program {
        let kept = usize::try_from(index).ok().and_then(|at| self.before.get(at)).cloned();
        let Hours { claims, options, steps, .. } = self.job;
        let number = index.saturating_sub(count(self.before.len())).saturating_add(1);
        let seed = || options.seed ^ fnv(&format!("program-{number}"));
        kept.unwrap_or_else(|| draw(seed(), &claims.operations, steps))
    }

    fn plays(&self, index: u64, process: &mut Process) -> Result<(), CannotJudge> {
        let Hours { launch, claims, options, .. } = self.job;
        let peers = [(launch, claims)];
        let player = Player { peers: &peers, follow: self.follow, until: options.until };
        let number = index.saturating_add(1);
        let program = self.program(index);
        let mut seen = Seen::default();
        // Where it was cut off, the next look says why.
        let processes = std::slice::from_mut(process);
        let Some(played) = player.play_and_see(number, &program, processes, &mut seen)? else {
            return Ok(());
        };
        self.played.fetch_add(1, Ordering::Relaxed);
        self.steps.fetch_add(count(played.asked), Ordering::Relaxed);
        self.asks_for_coverage(process, &mut seen, program.steps.len());
        let kept = locked(&self.corpus).takes(&program, &seen).cloned();
        if let Some(kept) = kept {
            self.stores(Why::New, &kept);
        }
        let difference = played.difference.clone();
        if let Some(difference) = &difference {
            self.finds(number, &program, difference, &played, process)?;
        }
        self.follow.stands(self.stands());
        match self.follow.played(number, difference.as_ref()) {
            Then::GoOn => {}
            Then::Stop | Then::GiveUp => {
                let _ = self.ended.set(Ended::GaveUp);
            }
        }
        Ok(())
    }

    /// What the peer says it reached, where it offers that. Whatever it answers, it is not judged by it.
    fn asks_for_coverage(&self, process: &mut Process, seen: &mut Seen, steps: usize) {
        let offers = self.job.claims.operations.iter().any(|name| name == Coverage::NAME);
        if !offers || self.uncovered.load(Ordering::Relaxed) >= PATIENCE {
            return;
        }
        // The reference hasn't it, so no type asks it.
        let line = json!({"seq": SEQ, "op": Coverage::NAME, "params": Coverage {}});
        let answer = process.exchange(line.to_string().as_bytes());
        match answer.and_then(|answer| reply(&answer, SEQ)) {
            Ok(Reply::Ok(CoverageResult { reached })) => seen.own(&reached, steps.saturating_sub(1)),
            _ => {
                process.discard();
                self.uncovered.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn stores(&self, why: Why, program: &Program) {
        if let Err(error) = locked(&self.kept).store(why, program) {
            locked(&self.not_stored).get_or_insert(error);
        }
    }

    /// A program showed a difference: it is looked for where that begins, and made shorter where it is news.
    fn finds(
        &self,
        number: u64,
        program: &Program,
        difference: &Difference,
        played: &Played,
        process: &mut Process,
    ) -> Result<(), CannotJudge> {
        let Hours { launch, claims, shrinking, .. } = self.job;
        // A finding of the last second is made shorter, too.
        let peers = [(launch, claims)];
        let player = Player { peers: &peers, follow: self.follow, until: None };
        let processes = std::slice::from_mut(process);
        let at_first = format!("{} {:?}", difference.name(), difference.kind);
        let known = locked(&self.things).counts(&at_first);
        if known {
            return Ok(());
        }
        let mut play = |program: &Program| player.sees(false, number, program, processes);
        let (program, difference) = first_steps(program, difference, &mut play);
        let shown = Shown { number, is_open: false, program, difference, steps: played.steps.clone() };
        let Some(place) = locked(&self.things).takes(&shown, at_first) else { return Ok(()) };
        self.found.store(true, Ordering::Relaxed);
        let until = *self.shrinks_until.get_or_init(|| Instant::now() + shrinking);
        let finding = player.shortened(&shown, 1, until, processes)?;
        if let Some(finding) = &finding {
            self.stores(Why::Found, &finding.program);
            self.follow.found(finding);
        }
        if let Some((_, _, shortest)) = locked(&self.things).all.get_mut(place) {
            *shortest = finding;
        }
        Ok(())
    }

    fn stands(&self) -> Standing {
        let (features, kept) = {
            let corpus = locked(&self.corpus);
            (corpus.features(), corpus.len())
        };
        let played = self.played.load(Ordering::Relaxed);
        let steps = self.steps.load(Ordering::Relaxed);
        Standing { played, steps, features, kept, found: locked(&self.things).all.len() }
    }

    fn ends(self) -> Fuzzed {
        let ended = self.ended.get().copied().unwrap_or(Ended::Whole);
        let last = self.stands();
        // Who was stopped while the kept programs were played doesn't know what they all show.
        let first = self.began.get().copied();
        let corpus = self.corpus.into_inner().unwrap_or_else(PoisonError::into_inner);
        let kept = self.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut not_stored = self.not_stored.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Who was interrupted has little time; then all of it stays, and goes the next time.
        let is_interrupted = ended == Ended::Interrupted;
        if let Some(Err(error)) = first.filter(|_| !is_interrupted).map(|_| kept.only(&corpus.minimised())) {
            not_stored.get_or_insert(error);
        }
        let things = self.things.into_inner().unwrap_or_else(PoisonError::into_inner);
        let findings =
            things.all.into_iter().filter_map(|(_, count, finding)| Some(Finding { count, ..finding? }));
        Fuzzed {
            findings: merged(findings.collect()),
            standing: [first.unwrap_or_default(), Standing { kept: kept.len(), ..last }],
            ended,
            broken: self.broken.into_inner().unwrap_or_else(PoisonError::into_inner),
            not_stored,
            no_coverage: self.uncovered.into_inner() >= PATIENCE,
        }
    }
}

impl Things {
    /// Counts what was shown so often that it need not be looked at, and says whether it was.
    fn counts(&mut self, at_first: &str) -> bool {
        let Some((_, place)) = self.at_first.get(at_first).filter(|(times, _)| *times >= LOOKED_AT) else {
            return false;
        };
        if let Some((_, count, _)) = self.all.get_mut(*place) {
            *count += 1;
        }
        true
    }

    /// Counts what was shown. Its place, where it is news.
    fn takes(&mut self, shown: &Shown, at_first: String) -> Option<usize> {
        let known = self.all.iter().position(|(known, ..)| known.is_same(shown));
        let place = known.unwrap_or(self.all.len());
        match self.all.get_mut(place) {
            Some((_, count, _)) => *count += 1,
            None => self.all.push((shown.clone(), 1, None)),
        }
        let (times, last) = self.at_first.entry(at_first).or_default();
        (*times, *last) = (*times + 1, place);
        known.is_none().then_some(place)
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
