//! `replay`: one stored failing case again. The case itself is played once more and judged as `check` judges it: the
//! answers alone would not say whether the state is right, and some failures have none. A file of a random program has the
//! program itself, which is played beside the reference.
//!
//! The file may come from somebody else, and it names commands. None of them is run unless the user says so.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::explore;
use super::limits::Timeout;
use super::outcome::{Error, Outcome, not_interrupted, unreadable};
use super::show::{self, BAD, GOOD, PLAIN, colour, headed};
use super::surroundings::Surroundings;
use super::terminal::{Paint, show_path};
use super::words::{every_case, own_peer, plural};
use crate::io::files::read_text;
use crate::io::peer::{Launch, Process};
use crate::io::runner;
use harness::case::Role;
use harness::report::Failing;
use harness::spec;
use harness::suite::{self, Verdict};
use harness::trial::{Peer, Step};
use peer::json;
use peer::operations::HelloResult;
use peer::printable::Line;
use programs::play;
use programs::step::Program;

/// How much of what was expected and of what came is shown.
const DETAIL: usize = 1_000;

/// The arguments of `replay`.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// A file that `check` left under failing/
    file: PathBuf,
    /// The command that starts the peer, as a shell would split it, or where it listens: tcp:HOST:PORT, unix:PATH; twice for
    /// client and server
    #[arg(long, value_name = "CMD")]
    peer: Vec<String>,
    /// Start the peer with the command that stands in the file; look at it first, it may be anything
    #[arg(long, conflicts_with = "peer")]
    run_recorded_command: bool,
    #[command(flatten)]
    timeout: Timeout,
    #[command(flatten)]
    surroundings: Surroundings,
}

/// A peer that plays the case again.
struct Again {
    /// As its command was given; `None` for the built-in reference.
    command: Option<String>,
    launch: Launch,
}

impl Replay {
    pub(super) fn run(self, out: &mut impl Paint) -> Result<Outcome, Error> {
        let text = read_text(&self.file).map_err(unreadable)?;
        let failing: Failing = serde_json::from_str(&text).map_err(|error| {
            let words = json::error_words(text.as_bytes(), &error);
            self.usage(&format!("not a failing case: {}", Line(&words)))
        })?;
        if let Some(program) = explore::stored(&failing) {
            let program = program.map_err(|error| self.usage(&format!("not a program: {error}")))?;
            return self.program(out, &failing, &program);
        }
        let all = every_case();
        let case = all.iter().find(|case| case.id == failing.case).ok_or_else(|| {
            let id = Line(&failing.case);
            self.usage(&format!(
                "no case of this program is called {id}: was the file written by another version?"
            ))
        })?;
        let peers = self.meet(out, &failing, &case.id, case.role == Role::Both)?;
        let seed = failing.seed.unwrap_or_default();
        let now = seated(&peers, |seats, clock| suite::run_at(case, seats, seed, clock))?;
        not_interrupted()?;
        headed(out, "", PLAIN, &format!("case {}, seed {seed}: {}", case.id, case.about))?;
        writeln!(out)?;
        steps(out, &now.steps, is_exact(&peers))?;
        then(out, &failing)?;
        conclude(out, &now)
    }

    /// A random program again.
    fn program(&self, out: &mut impl Paint, failing: &Failing, program: &Program) -> Result<Outcome, Error> {
        let met = self.meet(out, failing, &failing.case, true)?;
        let played = seated(&met, |mut seats, clock| play::play(program, &mut seats, clock))?
            .map_err(Error::CannotRun)?;
        not_interrupted()?;
        writeln!(out, "{}", Line(&failing.case))?;
        program.lines().iter().try_for_each(|line| writeln!(out, "  {}", Line(line)))?;
        writeln!(out)?;
        steps(out, &played.steps, is_exact(&met))?;
        then(out, failing)?;
        match played.difference {
            Some(difference) => {
                conclude(out, &suite::Outcome { steps: played.steps, ..difference.outcome() })
            }
            None => passes(out),
        }
    }

    /// Those who play, as they say who they are.
    fn meet(
        &self,
        out: &mut impl Write,
        failing: &Failing,
        id: &str,
        for_two: bool,
    ) -> Result<Vec<(Launch, HelloResult)>, Error> {
        let mut peers = Vec::new();
        for Again { command, launch } in self.peers(failing, id, for_two)? {
            let name = command.as_deref().unwrap_or("built-in reference");
            peers.push(runner::meet(launch).map_err(|error| Error::of_peer(name, error))?);
            let name = Line(name);
            writeln!(out, "peer {name}")?;
        }
        Ok(peers)
    }

    fn usage(&self, words: &str) -> Error {
        Error::Usage(format!("{}: {words}", show_path(&self.file)))
    }

    /// Who plays: those of the command line, or else, if the user agrees, those of the file.
    fn peers(&self, failing: &Failing, id: &str, for_two: bool) -> Result<Vec<Again>, Error> {
        let recorded = failing.peers.as_slice();
        let seats = recorded.len().max(1);
        if seats > 2 || (seats == 2 && !for_two) {
            return Err(self.usage(&format!("{seats} peers can't play the case {}", Line(id))));
        }
        let named = match self.peer.as_slice() {
            [] if recorded.is_empty() => Vec::new(),
            [] if self.run_recorded_command => recorded.to_vec(),
            [] => return Err(self.unseen(recorded)),
            named if named.len() == seats => named.to_vec(),
            named => {
                let were = if seats == 2 {
                    "two peers, client and server: give --peer twice"
                } else {
                    "one peer: give --peer once"
                };
                let is = format!("{} peer{} named", named.len(), plural(named.len()));
                return Err(self.usage(&format!("it failed with {were} ({is})")));
            }
        };
        let launch = |launch: Launch| self.surroundings.of(self.timeout.of(launch));
        if named.is_empty() {
            return Ok(vec![Again { command: None, launch: launch(Launch::new(own_peer()?))? }]);
        }
        let start = |command: String| {
            let parsed = Launch::parse(&command)?;
            Ok(Again { command: Some(command), launch: launch(parsed)? })
        };
        named.into_iter().map(start).collect()
    }

    /// The file names commands, and nobody said that they may be run.
    fn unseen(&self, recorded: &[String]) -> Error {
        let commands: Vec<_> = recorded.iter().map(|command| format!("  {}\n", Line(command))).collect();
        self.usage(&format!(
            "not run, since it would start what the file says:\n\n{}\n\
             If you trust that, add --run-recorded-command; or name the peer yourself with --peer CMD",
            commands.concat()
        ))
    }
}

/// What they play with processes of their own, as the runner would have them play it.
fn seated<T>(
    peers: &[(Launch, HelloResult)],
    play: impl FnOnce(Vec<Peer<'_>>, u32) -> T,
) -> Result<T, Error> {
    let peers: Vec<_> = peers.iter().map(|(launch, claims)| (launch, claims)).collect();
    let processes = peers.iter().map(|(launch, _)| Process::spawn(launch));
    let mut processes = processes.collect::<Result<Vec<_>, _>>()?;
    let seats = processes.iter_mut().zip(&peers);
    let seats = seats.map(|(exchange, (_, claims))| Peer { exchange, claims }).collect();
    Ok(play(seats, runner::start(&peers)))
}

/// Whether they take the harness's time and randomness, so that values can be compared.
fn is_exact(peers: &[(Launch, HelloResult)]) -> bool {
    peers.iter().all(|(_, claims)| claims.injects_randomness && claims.injects_time)
}

/// What was asked and answered, and where the reference says something else.
fn steps(out: &mut impl Paint, steps: &[Step], exact: bool) -> Result<(), Error> {
    let mut differences = 0;
    for (number, step) in steps.iter().enumerate() {
        let same = agrees(step, exact);
        differences += usize::from(!same);
        let (mark, style) = if same { (' ', PLAIN) } else { ('!', BAD) };
        let answer = if step.answer.is_empty() { "(nothing)" } else { &step.answer };
        writeln!(out, "{mark} {}. asked      {}", number + 1, Line(&step.question))?;
        write!(out, "{mark}    answered   ")?;
        out.paint(style, &format!("{}\n", Line(answer)))?;
        if !same {
            write!(out, "{mark}    reference  ")?;
            out.paint(GOOD, &format!("{}\n", Line(&step.reference)))?;
        }
        if !same && exact {
            show::differences(out, step)?;
        }
    }
    let all = steps.len();
    match (all, differences) {
        (0, _) => writeln!(out, "nothing was asked\n")?,
        (_, 0) => writeln!(out, "\nno answer differs from the reference's\n")?,
        (_, _) => writeln!(out, "\nanswers that differ from the reference's: {differences} of {all}\n")?,
    }
    Ok(())
}

/// What the file says.
fn then(out: &mut impl Paint, failing: &Failing) -> Result<(), Error> {
    violated(out, "then", failing.verdict, &failing.requirement)?;
    details(out, [&failing.expected, &failing.got], failing.at, failing.steps.len())
}

fn violated(out: &mut impl Paint, when: &str, verdict: Verdict, requirement: &str) -> Result<(), Error> {
    let sentence = spec::find(requirement).map_or("", |requirement| requirement.text);
    let does = match verdict {
        Verdict::NotTestable | Verdict::HarnessError => "asks about",
        _ => "violates",
    };
    let words = format!("{}, {does} {}: {sentence}", verdict.word(), Line(requirement));
    headed(out, &format!("{when:<5} "), colour(verdict), &words)
}

/// What had to come back, what did, and which of the steps did it.
fn details(out: &mut impl Paint, texts: [&str; 2], at: Option<usize>, steps: usize) -> Result<(), Error> {
    let [expected, got] =
        show::around(texts.map(|text| Line(text).to_string()).each_ref().map(String::as_str), DETAIL);
    headed(out, "      expected  ", GOOD, &expected)?;
    headed(out, "      got       ", BAD, &got)?;
    match at {
        Some(at) if steps > 1 => headed(out, "      step      ", PLAIN, &format!("{} of {steps}", at + 1)),
        _ => Ok(()),
    }
}

fn passes(out: &mut impl Paint) -> Result<Outcome, Error> {
    headed(out, "now   ", GOOD, Verdict::Pass.word())?;
    Ok(Outcome::Good)
}

/// What became of it now. That decides.
fn conclude(out: &mut impl Paint, now: &suite::Outcome) -> Result<Outcome, Error> {
    let Some(failure) = &now.failure else { return passes(out) };
    violated(out, "now", now.verdict, failure.requirement)?;
    details(out, [&failure.expected, &failure.got], now.at(), now.steps.len())?;
    match now.verdict {
        Verdict::HarnessError => {
            Err(Error::CannotRun("the case or the reference is at fault, see above".into()))
        }
        verdict if verdict.conforms() => Ok(Outcome::Good),
        _ => Ok(Outcome::Bad),
    }
}

/// Whether an answer says what the reference says: a refusal of the same class, the same kind of no, or, where the peer
/// takes the harness's time and randomness, the same result. A state's digest is the peer's own affair. What the reference
/// can't be asked is the case's to judge.
fn agrees(step: &Step, exact: bool) -> bool {
    if step.reference.is_empty() {
        return true;
    }
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(got), Some(want)) = (parse(&step.answer), parse(&step.reference)) else { return false };
    let operation = parse(&step.question);
    let operation = operation.as_ref().and_then(|question| question.get("op")?.as_str());
    let result = match operation {
        Some("hello") => "/ok/protocol",
        Some("state") => "/ok/counters",
        _ if exact => "/ok",
        _ => "/none",
    };
    let same = |place: &str| got.pointer(place) == want.pointer(place);
    let both = |member: &str| got.get(member).is_some() == want.get(member).is_some();
    same("/seq")
        && both("ok")
        && same(result)
        && same("/refused/class")
        && both("unsupported")
        && both("fault")
}
