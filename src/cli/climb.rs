//! A peer on the ladder: what is known of each case, and the table that `check-peer` shows of it.

use std::io::Write;

use super::outcome::Error;
use super::words::plural;
use cases::ladder::{Ladder, Rung, Stage};
use harness::case::Case;
use harness::spec;
use harness::suite::{self, Verdict};
use peer::engine;
use peer::operations::{HelloResult, is_optional};
use peer::printable::Line;

/// How many of the operations that a claim lacks are named.
const NAMED: usize = 6;

/// What is known of a case.
pub(super) enum Now {
    /// It needs an operation that the peer doesn't name.
    Lacks,
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

    /// The operations of a profile that the peer lacks, the optional ones left out.
    pub(super) fn lacking(&self, profile: &str) -> Vec<&'static str> {
        let belongs = |name: &str| match profile {
            _ if Stage::of(name) == Stage::Protocol => true,
            "full" => !is_optional(name),
            "client-core" => Stage::of(name) == Stage::Client,
            "server-core" => Stage::of(name) == Stage::Server,
            one => one.strip_prefix("primitive:") == Some(name),
        };
        engine::operation_names().filter(|name| belongs(name) && !self.has(name)).collect()
    }

    pub(super) fn conforms_to(&self, profile: &str) -> bool {
        self.of_profile(profile).all(|(_, now)| now.conforms())
    }

    /// A row for each step that is at hand.
    pub(super) fn table(&self, out: &mut impl Write) -> Result<(), Error> {
        writeln!(out, "   {:<48}{:>6}{:>6}", "operation", "cases", "pass")?;
        let is_at_hand = |rung: &&Rung| match rung.stage {
            Stage::Both => !rung.cases.is_empty(),
            _ => rung.operations.iter().any(|name| self.has(name)),
        };
        let mut stage = None;
        for rung in self.ladder.rungs.iter().filter(is_at_hand) {
            if stage != Some(rung.stage) {
                writeln!(out, "{}", rung.stage.words())?;
                stage = Some(rung.stage);
            }
            self.row(out, rung)?;
        }
        let optional = engine::operation_names().filter(|name| is_optional(name) && !self.has(name));
        let optional: Vec<&str> = optional.collect();
        if !optional.is_empty() {
            writeln!(out, "\nnot there, and optional: {}", optional.join(" "))?;
        }
        writeln!(out)?;
        Ok(())
    }

    fn row(&self, out: &mut impl Write, rung: &Rung) -> Result<(), Error> {
        let name = match rung.stage {
            Stage::Both => "both, talking to each other".to_owned(),
            _ => rung.operations.join(" "),
        };
        let pass = self.on(rung).filter(|(_, now)| now.conforms()).count();
        let (cases, status) = (rung.cases.len(), self.status(rung));
        writeln!(out, "   {name:<48}{cases:>6}{pass:>6}  {status}")?;
        if let Some((outcome, failure)) =
            self.first_failing(rung).and_then(|outcome| Some((outcome, outcome.failure.as_ref()?)))
        {
            let sentence = spec::find(failure.requirement).map_or("", |requirement| requirement.text);
            writeln!(out, "     {}: {}", outcome.verdict.word(), outcome.id)?;
            writeln!(out, "     {}: {sentence}", failure.requirement)?;
        }
        Ok(())
    }

    /// What a row of the table ends with.
    fn status(&self, rung: &Rung) -> String {
        let missing: Vec<&str> = rung.operations.iter().copied().filter(|name| !self.has(name)).collect();
        let failing = self.on(rung).filter(|(_, now)| now.failing().is_some()).count();
        let untestable = |now: &Now| matches!(now, Now::Played(it) if it.verdict == Verdict::NotTestable);
        let untestable = self.on(rung).filter(|(_, now)| untestable(now)).count();
        let not_begun = self.on(rung).any(|(_, now)| matches!(now, Now::NotBegun));
        let optional = rung.operations.iter().any(|name| is_optional(name));
        let words = match rung.stage {
            _ if !missing.is_empty() => format!("missing {}", missing.join(" ")),
            _ if failing > 0 => format!("{failing} failing"),
            _ if not_begun => "not played: it hangs below, or there was no time".into(),
            Stage::State => format!("done; {} cases above look at it", self.ladder.looking_at_state()),
            _ if rung.cases.is_empty() => "its cases wait for other operations".into(),
            _ if untestable > 0 => format!("done, {untestable} not testable"),
            _ => "done".into(),
        };
        if optional { format!("{words} (optional)") } else { words }
    }

    /// Names in `hello` that are no operation are mostly slips of the pen.
    pub(super) fn unknown(&self, out: &mut impl Write) -> Result<(), Error> {
        let known: Vec<&str> = engine::operation_names().collect();
        for name in self.claims.operations.iter().filter(|name| !known.contains(&name.as_str())) {
            writeln!(out, "hello names \"{}\", which is no operation of this edition", Line(name))?;
        }
        Ok(())
    }

    pub(super) fn profiles(&self, out: &mut impl Write) -> Result<(), Error> {
        let profile = &self.claims.profile;
        let total = self.of_profile(profile).count();
        let pass = self.of_profile(profile).filter(|(_, now)| now.conforms()).count();
        let lacking = self.lacking(profile);
        writeln!(out, "claims {}: {pass} of {total} case{} pass", Line(profile), plural(total))?;
        if let Some(named) = lacking.get(..NAMED.min(lacking.len())).filter(|named| !named.is_empty()) {
            let more = match lacking.len() - named.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            writeln!(out, "  it needs {}{more}", named.join(" "))?;
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
