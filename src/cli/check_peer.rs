//! `check-peer`: for the author of a peer who is not done: what is there, what is next.
//!
//! It climbs the ladder of [`cases::ladder`], whatever profile the peer claims; the claim decides the
//! exit code alone.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::check::{default_jobs, environment};
use super::limits::Limits;
use super::report_folder::ReportFolder;
use super::show::{Screen, explain, introduce};
use super::{Error, Outcome, again, next_step, not_interrupted, plural};
use crate::io::files::write_whole;
use crate::io::peer::Launch;
use crate::io::runner::{self, CannotJudge, Options};
use cases::ladder::{Ladder, Rung, Stage};
use harness::baseline::Baseline;
use harness::case::Case;
use harness::report::{Ended, Failing};
use harness::spec;
use harness::suite::{self, Verdict};
use harness::trial::question;
use peer::engine;
use peer::operations::{Hello, HelloResult, is_optional};
use peer::printable::Line;
use peer::protocol::VERSION;

/// The arguments of `check-peer`.
#[derive(Debug, Args)]
pub(super) struct CheckPeer {
    /// The command that starts the peer, as a shell would split it
    #[arg(long, value_name = "CMD")]
    peer: String,
    /// Peer processes side by side
    #[arg(long, value_name = "N", default_value_t = default_jobs())]
    jobs: NonZeroUsize,
    /// Go on, whatever happens: without it a peer that hangs or crashes again and again is given up
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    limits: Limits,
    /// An environment variable for the peer, NAME=VALUE
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The folder in which the peer runs
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
    /// Where the failing cases are written, for `replay`
    #[arg(long, value_name = "DIR", default_value = "reports/check-peer")]
    report: PathBuf,
}

/// What is known of a case.
pub(super) enum Now {
    /// It needs this operation, which the peer doesn't name.
    Lacks(&'static str),
    /// It was played.
    Played(Box<suite::Outcome>),
    /// It was not: the peer hangs below, or the run ended before.
    NotBegun,
}

impl Now {
    pub(super) fn conforms(&self) -> bool {
        matches!(self, Now::Played(outcome) if outcome.verdict.conforms())
    }

    pub(super) fn failing(&self) -> Option<&suite::Outcome> {
        match self {
            Now::Played(outcome) if !outcome.verdict.conforms() => Some(outcome),
            _ => None,
        }
    }
}

/// The peer on the ladder.
pub(super) struct Climb<'a> {
    pub(super) cases: &'a [Case],
    pub(super) ladder: &'a Ladder,
    pub(super) claims: &'a HelloResult,
    /// In the order of the cases.
    pub(super) now: Vec<Now>,
}

impl CheckPeer {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let launch = self.launch()?;
        let (launch, claims) = runner::meet(launch).map_err(|error| no_hello(&self.peer, error))?;
        let folder = ReportFolder::claim(&self.report)?;
        let cases = cases::all();
        let ladder = Ladder::new(&cases).map_err(Error::CannotRun)?;
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
        let env = environment(&self.env)?;
        let launch = Launch::parse(&self.peer)?;
        Ok(Launch { cwd: self.cwd.clone(), env, ..self.limits.of(launch) })
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
        let lacks = |index| match ladder.lacking(index, &claims.operations) {
            Some(operation) => Now::Lacks(operation),
            None => Now::NotBegun,
        };
        let mut now: Vec<Now> = (0..cases.len()).map(lacks).collect();
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
            let screen = Screen::new(chosen.len(), until, &nothing_known).keep_going(self.keep_going);
            let options = Options { jobs: self.jobs.get(), seed: 0, until };
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
        out: &mut impl Write,
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

impl Climb<'_> {
    /// Whether `hello` names an operation.
    pub(super) fn has(&self, operation: &str) -> bool {
        self.claims.operations.iter().any(|name| name == operation)
    }

    /// The cases of a rung, each with what is known of it.
    pub(super) fn on<'s>(&'s self, rung: &'s Rung) -> impl Iterator<Item = (&'s Case, &'s Now)> {
        rung.cases.iter().filter_map(|index| Some((self.cases.get(*index)?, self.now.get(*index)?)))
    }

    /// The first failing case of a rung.
    pub(super) fn first_failing(&self, rung: &Rung) -> Option<&suite::Outcome> {
        rung.cases.iter().filter_map(|index| self.now.get(*index)?.failing()).next()
    }

    /// The cases by which a claim of `profile` is judged.
    fn of_profile<'s>(&'s self, profile: &'s str) -> impl Iterator<Item = (&'s Case, &'s Now)> {
        self.cases
            .iter()
            .zip(&self.now)
            .filter(|(case, _)| case.role.belongs_to(profile, &self.claims.operations))
    }

    /// The operations that a profile's cases need and the peer lacks, from the ladder's foot.
    pub(super) fn lacking(&self, profile: &str) -> Vec<&'static str> {
        let needed = |name: &&'static str| {
            let of = self.cases.iter().zip(&self.ladder.needs);
            let mut of = of.filter(|(case, _)| case.role.belongs_to(profile, &self.claims.operations));
            of.any(|(_, needs)| needs.operations.contains(name))
        };
        let all = self.ladder.rungs.iter().flat_map(|rung| &rung.operations).copied();
        all.filter(|name| !self.has(name)).filter(needed).collect()
    }

    fn conforms_to(&self, profile: &str) -> bool {
        self.of_profile(profile).all(|(_, now)| now.conforms())
    }

    fn table(&self, out: &mut impl Write) -> Result<(), Error> {
        writeln!(out, "     {:<40}{:>6}{:>6}", "step", "cases", "pass")?;
        let mut stage = None;
        for (number, rung) in self.ladder.rungs.iter().enumerate() {
            if stage != Some(rung.stage) {
                writeln!(out, "   {}", rung.stage.words())?;
                stage = Some(rung.stage);
            }
            let name = match rung.stage {
                Stage::Both => "both, talking to each other".to_owned(),
                _ => rung.operations.join(" "),
            };
            let pass = self.on(rung).filter(|(_, now)| now.conforms()).count();
            let (cases, status) = (rung.cases.len(), self.status(rung));
            writeln!(out, "{:>3}  {name:<40}{cases:>6}{pass:>6}  {status}", number + 1)?;
            if let Some((outcome, failure)) =
                self.first_failing(rung).and_then(|outcome| Some((outcome, outcome.failure.as_ref()?)))
            {
                let sentence = spec::find(failure.requirement).map_or("", |requirement| requirement.text);
                writeln!(out, "       {}: {}", outcome.verdict.word(), outcome.id)?;
                writeln!(out, "       {}: {sentence}", failure.requirement)?;
            }
        }
        writeln!(out)?;
        Ok(())
    }

    /// What a row of the table ends with.
    fn status(&self, rung: &Rung) -> String {
        let missing: Vec<&str> = rung.operations.iter().copied().filter(|name| !self.has(name)).collect();
        let failing = self.on(rung).filter(|(_, now)| now.failing().is_some()).count();
        let untestable = |now: &Now| matches!(now, Now::Played(it) if it.verdict == Verdict::NotTestable);
        let untestable = self.on(rung).filter(|(_, now)| untestable(now)).count();
        let waits = self.on(rung).find_map(|(_, now)| match now {
            Now::Lacks(operation) => Some(*operation),
            _ => None,
        });
        let not_begun = self.on(rung).any(|(_, now)| matches!(now, Now::NotBegun));
        let looking = self.ladder.looking_at_state();
        match (missing.as_slice(), waits) {
            ([], _) if failing > 0 => format!("{failing} failing"),
            ([], _) if not_begun => "not played: it hangs below, or there was no time".into(),
            ([], Some(operation)) => format!("waits for {operation}"),
            ([], None) if rung.stage == Stage::State => format!("done; {looking} cases above look at it"),
            ([], None) if untestable > 0 => format!("done, {untestable} not testable"),
            ([], None) => "done".into(),
            (_, _) if rung.stage == Stage::State => format!("missing (optional): {looking} cases look at it"),
            (missing, _) if missing.len() < rung.operations.len() => format!("missing {}", missing.join(" ")),
            (missing, _) if missing.iter().all(|name| is_optional(name)) => "missing (optional)".into(),
            _ => "missing".into(),
        }
    }

    /// Names in `hello` that are no operation are mostly slips of the pen.
    fn unknown(&self, out: &mut impl Write) -> Result<(), Error> {
        let known: Vec<&str> = engine::operation_names().collect();
        for name in self.claims.operations.iter().filter(|name| !known.contains(&name.as_str())) {
            writeln!(out, "hello names \"{}\", which is no operation of this edition", Line(name))?;
        }
        Ok(())
    }

    fn profiles(&self, out: &mut impl Write) -> Result<(), Error> {
        let profile = &self.claims.profile;
        let total = self.of_profile(profile).count();
        let pass = self.of_profile(profile).filter(|(_, now)| now.conforms()).count();
        let lacking = self.lacking(profile);
        writeln!(out, "claims {}: {pass} of {total} case{} pass", Line(profile), plural(total))?;
        if !lacking.is_empty() {
            writeln!(out, "  it needs {}", lacking.join(" "))?;
        }
        let one = engine::operation_names().map(|name| format!("primitive:{name}"));
        let all = ["full", "client-core", "server-core"].map(str::to_owned).into_iter().chain(one);
        let fits =
            |name: &String| name != profile && harness::case::is_profile(name) && self.conforms_to(name);
        let also: Vec<String> = all.filter(fits).collect();
        if !also.is_empty() && profile != "full" {
            writeln!(out, "could claim {}", also.join(", "))?;
        }
        writeln!(out)?;
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
