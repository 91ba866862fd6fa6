//! `replay`: one stored failing case again, as the list of steps that it is.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::{Error, Outcome, own_peer};
use crate::harness::report::{Failing, StepReport};
use crate::harness::spec;
use crate::harness::trial::{Broken, Exchange};
use crate::io::files::read_text;
use crate::io::peer::{Launch, Process};

/// The arguments of `replay`.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// A file that `check` left under failing/
    file: PathBuf,
    /// Another peer than the one that failed; twice for client and server
    #[arg(long, value_name = "CMD")]
    peer: Vec<String>,
    /// Seconds for one answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,
}

impl Replay {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let text = read_text(&self.file)?;
        let failing: Failing = serde_json::from_str(&text)
            .map_err(|error| Error::Usage(format!("{}: not a failing case: {error}", self.file.display())))?;
        let mut peers = self.start(&failing)?;
        let sentence = spec::find(&failing.requirement).map_or("", |requirement| requirement.text);
        writeln!(
            out,
            "{} ({}), violates {}: {sentence}\n",
            failing.case,
            failing.verdict.word(),
            failing.requirement
        )?;
        let mut differences = 0;
        for (number, step) in failing.steps.iter().enumerate() {
            let Some(peer) = peers.get_mut(step.peer) else {
                return Err(Error::Usage("the file asks more peers than there are".into()));
            };
            let answer = answer(peer, &step.question);
            let same = agrees(step, &answer);
            differences += usize::from(!same);
            let mark = if same { ' ' } else { '!' };
            writeln!(out, "{mark} {}. asked      {}", number + 1, step.question)?;
            writeln!(out, "{mark}    answered   {answer}")?;
            if !same {
                writeln!(out, "{mark}    reference  {}", step.reference)?;
            }
        }
        writeln!(out, "\nthen expected  {}\nthen got       {}", failing.expected, failing.got)?;
        if differences == 0 {
            writeln!(out, "\nnow every answer agrees with the reference's")?;
            return Ok(Outcome::Good);
        }
        writeln!(
            out,
            "\n{differences} of {} answers still differ from the reference's",
            failing.steps.len()
        )?;
        Ok(Outcome::Bad)
    }

    fn start(&self, failing: &Failing) -> Result<Vec<Process>, Error> {
        let commands = if self.peer.is_empty() { &failing.peers } else { &self.peer };
        let timeout = Duration::from_secs(self.timeout);
        let own = Launch { command: own_peer()?, cwd: None, env: Vec::new(), timeout };
        let mut launches = Vec::new();
        for command in commands {
            let launch = Launch::parse(command).map_err(|error| Error::CannotRun(error.to_string()))?;
            launches.push(Launch { timeout, ..launch });
        }
        if launches.is_empty() {
            launches.push(own);
        }
        let start =
            |launch: &Launch| Process::spawn(launch).map_err(|error| Error::CannotRun(error.to_string()));
        launches.iter().map(start).collect()
    }
}

fn answer(peer: &mut Process, question: &str) -> String {
    match peer.exchange(question.as_bytes()) {
        Ok(answer) => String::from_utf8_lossy(&answer).into_owned(),
        Err(Broken::Crash(words)) => format!("(crash: {words})"),
        Err(Broken::Hang(words)) => format!("(hang: {words})"),
        Err(Broken::Violation(words)) => format!("(protocol violation: {words})"),
    }
}

/// Whether an answer says what the reference says: the same result, or a refusal of the same class, or both
/// the same kind of no. A state's digest is the peer's own affair.
fn agrees(step: &StepReport, answer: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(got), Some(want)) = (parse(answer), parse(&step.reference)) else { return false };
    if parse(&step.question)
        .is_some_and(|question| question.get("op").is_some_and(|op| op == "state" || op == "hello"))
    {
        return got.get("ok").is_some() == want.get("ok").is_some();
    }
    let same = |member: &str| got.get(member) == want.get(member);
    let both = |member: &str| got.get(member).is_some() == want.get(member).is_some();
    same("seq")
        && same("ok")
        && got.pointer("/refused/class") == want.pointer("/refused/class")
        && both("unsupported")
        && both("fault")
}
