//! The random programs of `check`: how many, what is shown of them, what is left of them.

use std::path::Path;
use std::time::Instant;

use clap::Args;

use super::outcome::Error;
use super::report_folder::write_json;
use super::show::{self, Screen};
use super::subject::Subject;
use super::terminal::Paint;
use crate::io::explore::{self, Exploration, Follow};
use crate::io::rng;
use crate::io::runner::{Options, Said, Then, Watch};
use harness::case::GATEWAY;
use harness::report::{Ended, Explored, Failing, Found, Part, failing_file};
use harness::shard::Shard;
use harness::suite::{Verdict, fnv};
use peer::operations::HelloResult;
use programs::compare::Difference;
use programs::draw::{draw, of_pair};
use programs::finding::Finding;
use programs::step::Program;

/// How many programs are played where nobody says: against one peer, and against a pair of which each was played alone.
const USUAL: u64 = 2_000;
const USUAL_OF_PAIR: u64 = 200;
/// How many steps a program has.
pub(super) const STEPS: usize = 40;

/// How much is to be explored.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Exploring {
    /// Random programs played after the cases, each beside the reference; 2000, and 200 for each pair of peers, unless cases
    /// are selected
    #[arg(long, value_name = "N")]
    pub(super) explore: Option<u64>,
    /// Random programs alone, and none of the cases
    #[arg(long, conflicts_with_all = ["case", "only", "skip", "req", "role", "edition"])]
    pub(super) only_programs: bool,
}

/// A seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed {
    pub(super) number: u64,
    pub(super) is_drawn: bool,
}

/// A number, or one that nobody has chosen: of 32 bits, so that it can be typed.
pub(super) fn seed(text: &str) -> Result<Seed, String> {
    if text == "random" {
        let mut bytes = [0; 4];
        rng::system()(&mut bytes);
        return Ok(Seed { number: u32::from_be_bytes(bytes).into(), is_drawn: true });
    }
    let number = text.parse().map_err(|_| "a whole number, or random".to_owned())?;
    Ok(Seed { number, is_drawn: false })
}

/// The programs of a part, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    numbers: Vec<u64>,
    /// What the peers are asked.
    operations: Vec<String>,
    /// What tells the seeds of a pair from those of one peer.
    of_pair: u64,
    /// Programs that failed before, the first of them number 1; drawn from the seed where there are none.
    stored: Option<Vec<Program>>,
}

/// Where findings are stored, and who was asked.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) folder: &'a Path,
    pub(super) number: Option<u64>,
    pub(super) commands: &'a [String],
}

/// What programs came to: for the report, and what is stored of it.
pub(super) struct Told {
    pub(super) explored: Explored,
    pub(super) findings: Vec<Finding>,
    /// What the specification leaves open; told where several peers are compared.
    pub(super) open: Vec<Finding>,
    /// Where the programs came from.
    pub(super) from: Origin,
}

/// Where programs came from: what to say of one that is no longer as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// They were drawn, each of the seed and its number.
    Drawn,
    /// They failed before.
    Stored,
    /// Some were kept, the others drawn.
    Kept,
}

impl Exploring {
    /// The programs to be played against a peer, or a client and a server. A peer of one operation has no state to explore,
    /// and a gateway has cases that walk at random.
    pub(super) fn drawn(self, claims: &[&HelloResult], is_selection: bool, shard: Option<Shard>) -> Chosen {
        let chosen = Chosen::of(claims);
        let usual = match claims {
            _ if is_selection => 0,
            [_] => USUAL,
            _ => USUAL_OF_PAIR,
        };
        let has_none = |profile: &str| profile.starts_with("primitive:") || profile == GATEWAY;
        let is_for_none = claims.iter().any(|claims| has_none(&claims.profile));
        let all = match is_for_none || chosen.operations.is_empty() {
            true => 0,
            false => self.explore.unwrap_or(usual),
        };
        let numbers = match shard {
            Some(shard) => shard.of(1..=all).collect(),
            None => (1..=all).collect(),
        };
        Chosen { numbers, ..chosen }
    }
}

impl Chosen {
    /// None yet.
    fn of(claims: &[&HelloResult]) -> Self {
        let (operations, of_pair) = match claims {
            [client, server] => (of_pair(&client.operations, &server.operations), fnv("pair")),
            _ => (claims.iter().flat_map(|claims| claims.operations.clone()).collect(), 0),
        };
        Self { operations, of_pair, ..Self::default() }
    }

    /// Programs that failed before, as far as the peers offer what they ask; of a pair those that ask both.
    pub(super) fn stored(programs: &[Program], claims: &[&HelloResult], shard: Option<Shard>) -> Self {
        let chosen = Self::of(claims);
        let offers = |program: &&Program| {
            let asks = |side: &str| program.steps.iter().any(|step| step.op.starts_with(side));
            let asks_all = claims.len() == 1 || (asks("client.") && asks("server."));
            asks_all && program.steps.iter().all(|step| chosen.operations.contains(&step.op))
        };
        let programs: Vec<_> = match shard {
            Some(shard) => shard.of(programs.iter().filter(offers)).cloned().collect(),
            None => programs.iter().filter(offers).cloned().collect(),
        };
        Self { numbers: (1..=count(programs.len())).collect(), stored: Some(programs), ..chosen }
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    fn origin(&self) -> Origin {
        if self.stored.is_some() { Origin::Stored } else { Origin::Drawn }
    }

    /// The program of a number: the same for the same seed and operations.
    fn program(&self, seed: u64, number: u64) -> Program {
        let place = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let stored = self.stored.as_ref().and_then(|stored| stored.get(place)).cloned();
        stored.unwrap_or_else(|| draw(seed ^ self.of_pair ^ fnv(&name(number)), &self.operations, STEPS))
    }
}

impl Told {
    /// What showed a finding.
    fn found_by(&self, finding: &Finding, seed: u64) -> String {
        let Finding { first, count, .. } = finding;
        let program = match self.from {
            Origin::Stored => "a program that failed before".to_owned(),
            Origin::Drawn => format!("program {first} of seed {seed}"),
            Origin::Kept => format!("program {first} of this run"),
        };
        match count.saturating_sub(1) {
            0 => format!("by {program}"),
            more => format!("by {program}, and {more} more"),
        }
    }

    /// Stores what was found, and shows the first that nobody expects.
    pub(super) fn tell(
        &self,
        out: &mut impl Paint,
        part: &Part,
        place: Place<'_>,
        seed: u64,
        show: usize,
        again: impl Fn(&Path) -> String,
    ) -> Result<(), Error> {
        let reports = part.programs.iter().flat_map(|programs| &programs.findings);
        let mut shown = 0;
        for (report, finding) in reports.zip(&self.findings) {
            let path = place.folder.join(failing_file(place.number, &finding.difference.name()));
            let Some(failing) = failing(finding, place.commands, seed) else { continue };
            write_json(&path, &failing)?;
            if report.verdict != Verdict::Xfail && shown < show {
                explain(out, finding, self.found_by(finding, seed), &again(&path))?;
                shown += 1;
            }
        }
        Ok(())
    }
}

/// Plays them against a peer, or a client and a server.
pub(super) fn explored(
    subjects: &[&Subject],
    chosen: &Chosen,
    options: Options,
    open: bool,
    screen: &Screen<'_>,
) -> Result<Told, Error> {
    let begin = Instant::now();
    let peers: Vec<_> = subjects.iter().map(|subject| (&subject.launch, &subject.claims)).collect();
    let draw = |number: u64| chosen.program(options.seed, number);
    let job = Exploration { peers: &peers, numbers: &chosen.numbers, draw: &draw, options, open };
    let explore::Explored { findings, open, played, steps, ended } =
        explore::explore(job, &Following(screen))?;
    screen.clear();
    let explored = Explored {
        selected: count(chosen.len()),
        played,
        steps,
        ended,
        findings: findings.iter().map(found).collect(),
        took: begin.elapsed(),
    };
    Ok(Told { explored, findings, open, from: chosen.origin() })
}

/// Those that were to be played, where the run ended before.
pub(super) fn not_explored(chosen: &Chosen, ended: Ended) -> Told {
    let (selected, took) = (count(chosen.len()), Default::default());
    let explored = Explored { selected, played: 0, steps: 0, ended, findings: Vec::new(), took };
    Told { explored, findings: Vec::new(), open: Vec::new(), from: chosen.origin() }
}

pub(super) fn found(finding: &Finding) -> Found {
    let Finding { program, first, count: programs, .. } = finding;
    Found {
        outcome: finding.outcome(),
        programs: *programs,
        first: *first,
        steps: count(program.steps.len()),
    }
}

pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// As `replay` takes it.
pub(super) fn failing(finding: &Finding, peers: &[String], seed: u64) -> Option<Failing> {
    let program = serde_json::to_value(&finding.program).ok()?.as_object().cloned();
    Some(Failing { program, ..Failing::new(peers, seed, &finding.outcome())? })
}

/// A finding as a person wants it: as a failing case, with the steps that lead to it.
fn explain(out: &mut impl Paint, finding: &Finding, found_by: String, again: &str) -> Result<(), Error> {
    let mut lines = vec![("found", found_by)];
    let steps = finding.program.lines().into_iter().enumerate();
    lines.extend(steps.map(|(at, line)| {
        let did_it = if at == finding.difference.at { "  <-- here" } else { "" };
        (if at == 0 { "steps" } else { "" }, format!("{line}{did_it}"))
    }));
    show::explain_with(out, &finding.outcome(), &lines, again)
}

/// Reads a program of a file.
pub(super) fn stored(failing: &Failing) -> Option<Result<Program, serde_json::Error>> {
    failing.program.clone().map(|program| serde_json::from_value(program.into()))
}

/// Follows programs as it would follow cases.
struct Following<'a>(&'a Screen<'a>);

impl Follow for Following<'_> {
    fn played(&self, number: u64, difference: Option<&Difference>) -> Then {
        let verdict = difference.map_or(Verdict::Pass, |found| self.0.verdict(&found.outcome()));
        self.0.done(&name(number), verdict)
    }

    fn heard(&self, number: u64, peer: usize, said: Said<'_>) {
        self.0.heard(&name(number), peer, said);
    }
}

fn name(number: u64) -> String {
    format!("program-{number}")
}
