//! One random program against a process, or two of a client and a server: played beside the reference, and what it shows
//! made as short as it gets.

use std::time::{Duration, Instant};

use super::peer::{Launch, Process};
use super::runner::{CannotJudge, Said, Then, early_end, overheard, start};
use harness::trial::{Peer, Step};
use peer::operations::HelloResult;
use programs::compare::{Difference, Kind};
use programs::features::Seen;
use programs::finding::Finding;
use programs::play::{Played, play, play_and_see};
use programs::shrink::shrink;
use programs::step::Program;

/// How long one finding is made shorter at most.
pub(super) const SHRINKING: Duration = Duration::from_secs(10);
/// How often a fresh process is looked at for a difference.
const LOOKS: usize = 8;

/// Who follows while programs are played. Called from several threads.
pub trait Follow: Sync {
    /// A program was played.
    fn played(&self, _number: u64, _difference: Option<&Difference>) -> Then {
        Then::GoOn
    }

    /// Something was said between a program and a peer (0, or 1 for the second).
    fn heard(&self, _number: u64, _peer: usize, _said: Said<'_>) {}
}

/// Nobody follows.
impl Follow for () {}

/// A program that showed a difference.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) number: u64,
    /// The specification leaves it open.
    pub(super) is_open: bool,
    pub(super) program: Program,
    pub(super) difference: Difference,
    /// What was asked and answered.
    pub(super) steps: Vec<Step>,
}

impl Shown {
    /// Whether another is the same thing, found again.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let thing = |shown: &Self| (shown.is_open, shown.difference.name(), shown.difference.kind.clone());
        thing(self) == thing(other)
    }
}

/// Plays programs against one process after the other of a peer, or of client and server.
#[derive(Clone, Copy)]
pub(super) struct Player<'a> {
    pub(super) peers: &'a [(&'a Launch, &'a HelloResult)],
    pub(super) follow: &'a dyn Follow,
    /// No question is asked later.
    pub(super) until: Option<Instant>,
}

impl Player<'_> {
    /// Plays a program; `None` where there was no time to end it.
    pub(super) fn play(
        &self,
        number: u64,
        program: &Program,
        processes: &mut [Process],
    ) -> Result<Option<Played>, CannotJudge> {
        self.played(number, processes, |peers, clock| play(program, peers, clock))
    }

    /// The same, with what is seen of the peer on the way.
    pub(super) fn play_and_see(
        &self,
        number: u64,
        program: &Program,
        processes: &mut [Process],
        seen: &mut Seen,
    ) -> Result<Option<Played>, CannotJudge> {
        self.played(number, processes, |peers, clock| play_and_see(program, peers, clock, seen))
    }

    fn played(
        &self,
        number: u64,
        processes: &mut [Process],
        play: impl FnOnce(&mut [Peer<'_>], u32) -> Result<Played, String>,
    ) -> Result<Option<Played>, CannotJudge> {
        let heard = |peer, said: Said<'_>| self.follow.heard(number, peer, said);
        let (played, is_cut) = overheard(processes, self.peers, self.until, &heard, |mut peers| {
            play(&mut peers, start(self.peers))
        });
        let played = played.map_err(|words| CannotJudge::Harness(format!("program {number}: {words}")))?;
        Ok((!is_cut).then_some(played))
    }

    pub(super) fn sees(
        &self,
        is_open: bool,
        number: u64,
        program: &Program,
        processes: &mut [Process],
    ) -> Option<Difference> {
        seen(&self.play(number, program, processes).ok().flatten()?, is_open).cloned()
    }

    /// The shortest program for what this one showed, found by `all` at the latest. Where no fresh process shows it again it
    /// is as it was. Where a peer goes by a clock or randomness of its own it may have been chance (a digit of a wrong
    /// signature may be its check digit): then each of them has to show it, or it is nothing.
    pub(super) fn shortened(
        &self,
        shown: &Shown,
        count: u64,
        all: Instant,
        processes: &mut [Process],
    ) -> Result<Option<Finding>, CannotJudge> {
        let Shown { number: first, is_open, program, difference, steps } = shown;
        let first = *first;
        let as_it_was = Finding {
            difference: difference.clone(),
            program: program.clone(),
            steps: steps.clone(),
            first,
            count,
            again: true,
        };
        let is_late = Instant::now() >= all || early_end(self.until).is_some();
        let hangs = difference.kind == Kind::Hang;
        if is_late || hangs {
            return Ok(Some(as_it_was));
        }
        let until = all.min(Instant::now() + SHRINKING);
        let certain = |claims: &HelloResult| claims.injects_time && claims.injects_randomness;
        let is_certain = self.peers.iter().all(|(_, claims)| certain(claims));
        let mut again = None;
        for _ in 0..LOOKS {
            processes.iter_mut().for_each(Process::discard);
            let seen = self.sees(*is_open, first, program, processes);
            again = seen.filter(|seen| seen.name() == difference.name() && seen.kind == difference.kind);
            if again.is_some() == is_certain {
                break;
            }
        }
        let Some(again) = again else {
            return Ok((is_certain || difference.kind == Kind::Crash)
                .then_some(Finding { again: false, ..as_it_was }));
        };
        let (program, difference) = shrink(program, &again, &mut |program| {
            (Instant::now() < until).then(|| self.sees(*is_open, first, program, processes)).flatten()
        });
        let last = self.play(first, &program, processes)?;
        let difference = last.as_ref().and_then(|last| seen(last, *is_open)).cloned().unwrap_or(difference);
        let steps = last.map_or_else(|| steps.clone(), |last| last.steps);
        Ok(Some(Finding { difference, program, steps, first, count, again: true }))
    }
}

/// What a program showed: a difference, or one in what the specification leaves open.
pub(super) fn seen(played: &Played, is_open: bool) -> Option<&Difference> {
    if is_open { played.open.as_ref() } else { played.difference.as_ref() }
}
