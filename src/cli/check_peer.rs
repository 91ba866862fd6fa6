//! `check-peer`: for the author of a peer who is not done: what is there, what is next.
//!
//! It climbs the ladder of [`cases::ladder`], whatever profile the peer claims; the claim decides the
//! exit code alone.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::check::default_jobs;
use super::climb::{Climb, Now};
use super::limits::Limits;
use super::next_step;
use super::outcome::{Error, Outcome, not_interrupted};
use super::report_folder::ReportFolder;
use super::show::{Screen, explain, introduce};
use super::surroundings::Surroundings;
use super::terminal::Paint;
use super::words::again;
use crate::io::files::write_whole;
use crate::io::peer::Launch;
use crate::io::runner::{self, CannotJudge, Options};
use cases::ladder::{Ladder, Needs, Stage};
use harness::baseline::Baseline;
use harness::case::Case;
use harness::report::{Ended, Failing};
use harness::suite::Verdict;
use harness::trial::question;
use peer::engine;
use peer::operations::{Hello, HelloResult};
use peer::printable::Line;
use peer::protocol::VERSION;

/// One more process is started for so many cases.
const A_START: usize = 50;

/// The arguments of `check-peer`.
#[derive(Debug, Args)]
pub(super) struct CheckPeer {
    /// The command that starts the peer, as a shell would split it, or where it listens: tcp:HOST:PORT, unix:PATH
    #[arg(long, value_name = "CMD")]
    peer: String,
    /// Peer processes, or connections, side by side
    #[arg(long, value_name = "N", default_value_t = default_jobs())]
    jobs: NonZeroUsize,
    /// Go on, whatever happens: without it a peer that hangs or crashes again and again is given up
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    surroundings: Surroundings,
    /// Where the failing cases are written, for `replay`
    #[arg(long, value_name = "DIR", default_value = "reports/check-peer")]
    report: PathBuf,
}

impl CheckPeer {
    pub(super) fn run(self, out: &mut impl Paint) -> Result<Outcome, Error> {
        let launch = self.launch()?;
        let (launch, claims) = runner::meet(launch).map_err(|error| no_hello(&self.peer, error))?;
        let folder = ReportFolder::claim("--report", &self.report)?;
        let cases = cases::all();
        let ladder = Ladder::new(&cases, &claims.operations);
        let (now, ended) = self.play(&launch, &claims, &cases, &ladder)?;
        not_interrupted()?;
        let climb = Climb { cases: &cases, ladder: &ladder, claims: &claims, now };
        writeln!(out, "peer {}\n", introduce(&self.peer, &claims))?;
        climb.table(out)?;
        climb.unknown(out)?;
        climb.profiles(out)?;
        self.first_failure(out, &folder, &climb)?;
        next_step::write(out, &climb)?;
        if ended == Ended::GaveUp {
            writeln!(
                out,
                "\nthe peer was given up, since it hung or crashed again and again; --keep-going goes on"
            )?;
        }
        if climb.now.iter().filter_map(Now::failing).any(|it| it.verdict == Verdict::HarnessError) {
            return Err(Error::CannotRun("a case or the reference is at fault, see above".into()));
        }
        if climb.conforms_to(&claims.profile) {
            return Ok(Outcome::Good);
        }
        let fails = climb.now.iter().any(|now| now.failing().is_some());
        match ended {
            Ended::OutOfTime if !fails => Err(Error::CannotRun(format!(
                "the run was out of time after {} s, and nothing failed until then: see --deadline and --jobs",
                self.limits.deadline.as_secs()
            ))),
            _ => Ok(Outcome::Bad),
        }
    }

    fn launch(&self) -> Result<Launch, Error> {
        self.surroundings.of(self.limits.timeout.of(Launch::parse(&self.peer)?))
    }

    /// Plays every case for which the peer has all operations: first those of the lowest rung, then, unless it
    /// hangs there, which it would do again and again, all others.
    fn play(
        &self,
        launch: &Launch,
        claims: &HelloResult,
        cases: &[Case],
        ladder: &Ladder,
    ) -> Result<(Vec<Now>, Ended), Error> {
        let until = self.limits.until();
        let mut ended = Ended::Whole;
        let begins = |needs: &Needs| if needs.lacks.is_empty() { Now::NotBegun } else { Now::Lacks };
        let mut now: Vec<Now> = ladder.needs.iter().map(begins).collect();
        let lowest = ladder.rungs.first().map(|rung| rung.cases.clone()).unwrap_or_default();
        let (low, high): (Vec<_>, Vec<_>) = (0..cases.len()).partition(|index| lowest.contains(index));
        for places in [low, high] {
            let hangs = |now: &Now| now.failing().is_some_and(|it| it.verdict == Verdict::Hang);
            if now.iter().any(hangs) {
                break;
            }
            let begun = |index: &usize| matches!(now.get(*index), Some(Now::NotBegun));
            let places: Vec<usize> = places.into_iter().filter(begun).collect();
            let chosen: Vec<&Case> = places.iter().filter_map(|index| cases.get(*index)).collect();
            let nothing_known = Baseline::default();
            let screen =
                Screen::new(chosen.len(), "cases", until, &nothing_known).keep_going(self.keep_going);
            // Some peers take longer to start than for a few cases.
            let jobs = self.jobs.get().min(chosen.len().div_ceil(A_START));
            let options = Options { jobs, seed: 0, until };
            let run = runner::run(&[(launch, claims)], &chosen, options, &screen)?;
            screen.clear();
            ended = run.ended;
            for (index, outcome) in places.into_iter().zip(run.outcomes) {
                match now.get_mut(index) {
                    Some(now) if outcome.verdict != Verdict::NotRun => *now = Now::Played(Box::new(outcome)),
                    _ => {}
                }
            }
            if ended != Ended::Whole {
                break;
            }
        }
        Ok((now, ended))
    }

    /// Stores the first failing case of each rung and explains the lowest.
    fn first_failure(
        &self,
        out: &mut impl Paint,
        folder: &ReportFolder,
        climb: &Climb<'_>,
    ) -> Result<(), Error> {
        let peers = std::slice::from_ref(&self.peer);
        let mut explained = false;
        for outcome in climb.ladder.rungs.iter().filter_map(|rung| climb.first_failing(rung)) {
            let path = folder.failing().join(format!("{}.json", outcome.id));
            let Some(failing) = Failing::new(peers, 0, outcome) else { continue };
            let json =
                serde_json::to_vec_pretty(&failing).map_err(|error| Error::CannotRun(error.to_string()))?;
            write_whole(&path, &json)?;
            if !explained {
                explain(out, outcome, &again(&path, peers, Vec::new()))?;
                explained = true;
            }
        }
        Ok(())
    }
}

/// No ladder to climb: what was sent, and what a right answer looks like.
fn no_hello(peer: &str, error: CannotJudge) -> Error {
    let CannotJudge::NoHello(words) = &error else { return Error::of_peer(peer, error) };
    let (peer, words) = (Line(peer), Line(words));
    let sent = question(0, &Hello { protocol: VERSION.into() }, "").unwrap_or_default();
    let first: Vec<&str> =
        engine::operation_names().filter(|name| Stage::of(name) == Stage::Protocol).collect();
    let claims = HelloResult {
        protocol: VERSION.into(),
        name: "my peer".into(),
        version: "1".into(),
        language: "my language".into(),
        profile: "primitive:primitive.check_digit".into(),
        operations: first.iter().map(|name| (*name).to_owned()).collect(),
        injects_time: true,
        injects_randomness: true,
    };
    let right = serde_json::to_string(&claims).unwrap_or_default();
    Error::CannotRun(format!(
        "{peer}: no usable answer to hello: {words}\n\n\
         It was sent this line, ended by LF, on its standard input:\n  {sent}\n\
         A right answer is one line on its standard output, flushed at once, such as:\n  \
         {{\"seq\":0,\"ok\":{right}}}\n\
         Mostly it is one of these: the answer is not flushed; something else is printed there, too (standard\n\
         error is free); a member is missing, or one too many; the profile is none of full, client-core,\n\
         server-core, primitive:<operation>. By hand:\n  \
         echo '{sent}' | {peer}\n\
         tests/peers/skeleton has peers that answer it; tests/peers/README.md is the way on."
    ))
}
