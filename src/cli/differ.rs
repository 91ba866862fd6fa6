//! Several peers in one run: in what they are not of one mind, the reference among them. What any of them was found to do
//! otherwise is asked of all, made as short as it gets, and left as a candidate for a new case or vector.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::explore::Told;
use super::outcome::Error;
use super::report_folder::{ReportFolder, write_json};
use super::show::{PLAIN, around, headed};
use super::subject::Subject;
use super::terminal::{Paint, show_path};
use super::words::plural;
use crate::io::peer::Process;
use crate::io::runner::start;
use harness::report::{Candidate, VERSION};
use harness::spec;
use harness::suite::Outcome;
use harness::trial::Peer;
use peer::printable::Line;
use programs::compare::Difference;
use programs::finding::Finding;
use programs::play::{Played, play};
use programs::shrink::shrink;
use programs::step::Program;
use programs::votes::{by_answer, of_questions};

/// How long what the cases found is made shorter: each, and all of it.
const EACH: Duration = Duration::from_secs(5);
const ALL: Duration = Duration::from_secs(60);

/// How much of what a peer says is shown, around the place where it differs from what the reference says.
const ANSWER: usize = 300;

/// What one of the peers does otherwise than the reference.
pub(super) struct Suspect {
    /// Which of the peers.
    pub(super) peer: usize,
    /// How it was found.
    pub(super) by: By,
}

/// How a difference was found.
pub(super) enum By {
    /// By random programs, and made short already.
    Program { program: Program, difference: Difference, is_open: bool },
    /// By a case.
    Case(Outcome),
}

/// What a peer was found to do otherwise than the reference.
pub(super) fn suspected(peer: usize, told: Option<Told>, outcomes: Vec<Outcome>) -> Vec<Suspect> {
    let (decided, open) = told.map(|told| (told.findings, told.open)).unwrap_or_default();
    let program = |is_open: bool| {
        move |Finding { program, difference, .. }: Finding| Suspect {
            peer,
            by: By::Program { program, difference, is_open },
        }
    };
    let failed = outcomes.into_iter().filter(|outcome| outcome.verdict.fails_the_run());
    let by_cases = failed.map(|outcome| Suspect { peer, by: By::Case(outcome) });
    let by_programs = decided.into_iter().map(program(false)).chain(open.into_iter().map(program(true)));
    by_programs.chain(by_cases).collect()
}

/// Peers that can be asked any program.
struct Panel<'a> {
    subjects: &'a [Subject],
    processes: Vec<Process>,
    until: Option<Instant>,
}

/// Asks all peers what one of them was found to do otherwise, tells it, and writes the candidates.
pub(super) fn differ(
    out: &mut impl Paint,
    subjects: &[Subject],
    suspects: Vec<Suspect>,
    folder: &ReportFolder,
    until: Option<Instant>,
) -> Result<(), Error> {
    let processes =
        subjects.iter().map(|subject| Process::spawn(&subject.launch)).collect::<Result<Vec<_>, _>>()?;
    let mut panel = Panel { subjects, processes, until };
    let all = Instant::now() + ALL;
    let mut found: Vec<(Candidate, PathBuf)> = Vec::new();
    let mut left = suspects.len();
    for Suspect { peer, by } in suspects {
        if panel.is_over() {
            break;
        }
        left = left.saturating_sub(1);
        let thing = match by {
            By::Program { program, difference, is_open } => Some((program, difference, is_open)),
            By::Case(outcome) if Instant::now() < all => {
                let is_known = |name: &str| found.iter().any(|(candidate, _)| candidate.candidate == name);
                panel
                    .shortest(peer, &outcome, &is_known)?
                    .map(|(program, difference)| (program, difference, false))
            }
            By::Case(_) => None,
        };
        let Some((program, difference, is_open)) = thing else { continue };
        let name = difference.name();
        if found.iter().any(|(candidate, _)| candidate.candidate == name) {
            continue;
        }
        let candidate = panel.candidate(&program, &difference, is_open)?;
        let path = folder.candidates().join(format!("{}.json", name.replace(':', "-")));
        write_json(&path, &candidate)?;
        found.push((candidate, path));
    }
    tell(out, &found)?;
    if left > 0 {
        writeln!(out, "the run was out of time: {left} more of what was found was not put to all peers\n")?;
    }
    Ok(())
}

fn tell(out: &mut impl Paint, found: &[(Candidate, PathBuf)]) -> Result<(), Error> {
    writeln!(out, "between the peers and the reference: {} difference{}", found.len(), plural(found.len()))?;
    for (candidate, path) in found {
        let decides = match candidate.decides.as_deref().and_then(spec::find) {
            Some(requirement) => {
                format!("the specification decides, {}: {}", requirement.id, requirement.text)
            }
            None => "the specification is silent".to_owned(),
        };
        headed(out, "  ", PLAIN.bold(), &Line(&candidate.candidate).to_string())?;
        headed(out, "    ", PLAIN, &decides)?;
        let reference = candidate.answers.first().map_or("", |voices| &voices.answer);
        for voices in &candidate.answers {
            let [_, answer] = around([reference, &voices.answer], ANSWER);
            headed(out, "    ", PLAIN, &format!("{}: {}", Line(&voices.who.join(", ")), Line(&answer)))?;
        }
        writeln!(out, "    {}", show_path(path))?;
    }
    writeln!(out)?;
    Ok(())
}

impl Panel<'_> {
    /// What a case found, as the shortest program of its questions. Nothing where the questions alone don't show it, or a
    /// candidate of this name is there already.
    fn shortest(
        &mut self,
        peer: usize,
        outcome: &Outcome,
        is_known: &dyn Fn(&str) -> bool,
    ) -> Result<Option<(Program, Difference)>, Error> {
        let Some(program) = of_questions(&outcome.steps) else { return Ok(None) };
        let Some(found) = self.ask(peer, &program)?.difference else { return Ok(None) };
        if is_known(&found.name()) {
            return Ok(None);
        }
        let until = Instant::now() + EACH;
        let mut play = |program: &Program| {
            let in_time = Instant::now() < until;
            in_time.then(|| self.ask(peer, program).ok()).flatten()?.difference
        };
        Ok(Some(shrink(&program, &found, &mut play)))
    }

    /// Who says what at the end of a program.
    fn candidate(
        &mut self,
        program: &Program,
        wanted: &Difference,
        is_open: bool,
    ) -> Result<Candidate, Error> {
        let mut said = Vec::new();
        for peer in 0..self.subjects.len() {
            let played = self.ask(peer, program)?;
            let difference = if is_open { played.difference.or(played.open) } else { played.difference };
            let name = self.subjects.get(peer).map(|subject| subject.name.clone()).unwrap_or_default();
            said.push((name, difference));
        }
        let json = serde_json::to_value(program).map_err(|error| Error::CannotRun(error.to_string()))?;
        Ok(Candidate {
            report: VERSION.into(),
            candidate: wanted.name(),
            decides: (!is_open).then(|| wanted.requirement.to_owned()),
            answers: by_answer(wanted, &said),
            program: json.as_object().cloned().unwrap_or_default(),
        })
    }

    /// Whether the run is out of time.
    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    fn ask(&mut self, peer: usize, program: &Program) -> Result<Played, Error> {
        let (Some(subject), Some(process)) = (self.subjects.get(peer), self.processes.get_mut(peer)) else {
            return Err(Error::CannotRun("no such peer".into()));
        };
        let clock = start(&[(&subject.launch, &subject.claims)]);
        let judged = Peer { exchange: process, claims: &subject.claims };
        play(program, &mut [judged], clock).map_err(Error::CannotRun)
    }
}
