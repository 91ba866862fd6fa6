//! What failed, by the requirement that is violated: what the case does, what was expected, what came, and how it came to
//! that.

use harness::report::{CaseReport, Failing, FindingReport, Report, StepReport};
use harness::spec;
use harness::suite::Verdict;

use crate::difference::{self, Line};
use crate::escape::spelled_out;
use crate::matrix::class;
use crate::sequence::Sequence;
use crate::words::slug;

/// How many cases of a requirement are told with all their steps; how many in a line each. The rest is in the matrix.
const TOLD: usize = 3;
const LINES: usize = 50;
/// How many bytes of steps a page shows: with more of them it would open slowly, and nobody reads them there.
const STEPS: usize = 600_000;
/// How many characters of a step are shown.
const STEP: usize = 6_000;

/// A failing case, as its file has it, and what only the program can say of it.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What is in the file.
    pub failing: Failing,
    /// The file's name, by which it belongs to a case of a part.
    pub file: String,
    /// The command that plays it again.
    pub again: String,
    /// The message in the question that did it, decoded.
    pub message: Option<Message>,
}

/// A message, field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub what: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its bytes, as hexadecimal digits.
    pub bytes: String,
    /// What they say.
    pub meaning: String,
    /// Whether the requirement that is violated is about it.
    pub is_it: bool,
}

/// Everything that violates one requirement.
pub(crate) struct Group<'a> {
    pub(crate) requirement: &'a str,
    pub(crate) sentence: &'static str,
    pub(crate) failures: Vec<Failure<'a>>,
    /// Those that have no room, in a line each, and how many more there are.
    pub(crate) lines: Vec<Brief<'a>>,
    pub(crate) more: usize,
}

impl Group<'_> {
    /// Where its failures are on the page.
    pub(crate) fn anchors(&self) -> impl Iterator<Item = &str> {
        let told = self.failures.iter().map(|failure| failure.anchor.as_str());
        told.chain(self.lines.iter().map(|line| line.anchor.as_str()))
    }
}

/// A failure in a line.
pub(crate) struct Brief<'a> {
    pub(crate) id: &'a str,
    pub(crate) anchor: String,
    pub(crate) part: &'a str,
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// A failure: a case, or what random programs found.
pub(crate) struct Failure<'a> {
    pub(crate) id: &'a str,
    pub(crate) anchor: String,
    /// Where its row in the matrix is, if it has one.
    pub(crate) row: Option<String>,
    pub(crate) part: &'a str,
    pub(crate) verdict: &'static str,
    pub(crate) class: &'static str,
    pub(crate) about: &'a str,
    pub(crate) listed: Option<String>,
    pub(crate) also: String,
    pub(crate) expected: String,
    pub(crate) got: String,
    pub(crate) question: Option<String>,
    pub(crate) difference: Option<Vec<Line>>,
    pub(crate) message: Option<&'a Message>,
    pub(crate) sequence: Option<Sequence>,
    pub(crate) steps: Vec<StepView>,
    pub(crate) again: Option<&'a str>,
}

/// A step, as it stood on the wire.
pub(crate) struct StepView {
    pub(crate) question: String,
    pub(crate) answer: String,
    /// What the reference says, where that is something else.
    pub(crate) reference: Option<String>,
    pub(crate) is_it: bool,
}

/// What is to be told of, from whichever list.
struct Item<'a> {
    part: usize,
    id: &'a str,
    requirement: &'a str,
    verdict: Verdict,
    about: &'a str,
    expected: &'a str,
    got: &'a str,
    also: &'a [String],
    listed: Option<&'a harness::report::ListedReport>,
    trace: &'a [harness::trace::Turn],
    is_case: bool,
    /// Whether the peers take time and randomness, so that their answers are those of the reference, byte for byte.
    is_exact: bool,
    evidence: Option<&'a Evidence>,
}

/// The failures of all parts, those of the likely causes first. `names` are the parts' own, where there are several.
pub(crate) fn groups<'a>(
    report: &'a Report,
    names: &'a [String],
    evidence: &'a [Evidence],
) -> Vec<Group<'a>> {
    let mut room = STEPS;
    let mut groups: Vec<(&str, Vec<Item<'_>>)> = Vec::new();
    let causes = report.parts.iter().flat_map(|part| part.causes.iter().flatten());
    groups.extend(causes.map(|cause| (cause.requirement.as_str(), Vec::new())));
    for item in items(report, evidence) {
        match groups.iter_mut().find(|(requirement, _)| *requirement == item.requirement) {
            Some((_, items)) => items.push(item),
            None => groups.push((item.requirement, vec![item])),
        }
    }
    groups.retain(|(_, items)| !items.is_empty());
    let group = |(requirement, items): (&'a str, Vec<Item<'a>>)| {
        let mut group = Group {
            requirement,
            sentence: spec::find(requirement).map_or("", |requirement| requirement.text),
            failures: Vec::new(),
            lines: Vec::new(),
            more: 0,
        };
        for item in items {
            let part = names.get(item.part).map_or("", String::as_str);
            if group.failures.len() < TOLD && room > 0 {
                room = room.saturating_sub(item.evidence.map_or(0, |it| bytes(&it.failing.steps)));
                group.failures.push(failure(&item, part));
            } else if group.lines.len() < LINES {
                group.lines.push(brief(&item, part));
            } else {
                group.more += 1;
            }
        }
        group
    };
    groups.into_iter().map(group).collect()
}

/// How much of a page steps take. What the reference says is shown where it differs.
fn bytes(steps: &[StepReport]) -> usize {
    let of = |text: &str| text.len().min(STEP);
    let reference = |step: &StepReport| if step.reference == step.answer { 0 } else { of(&step.reference) };
    steps.iter().map(|step| of(&step.question) + of(&step.answer) + reference(step)).sum()
}

fn items<'a>(report: &'a Report, evidence: &'a [Evidence]) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    for (place, part) in report.parts.iter().enumerate() {
        let is_exact = part.claims.iter().all(|it| it.injects_time && it.injects_randomness);
        let found = |id: &str| evidence.iter().find(|it| it.file == part.failing_file(id));
        let failed =
            |verdict: Verdict| !matches!(verdict, Verdict::Pass | Verdict::NotTestable | Verdict::NotRun);
        let cases = part.cases.iter().filter(|case| failed(case.verdict));
        items.extend(cases.map(|case| Item { is_exact, ..of_case(place, case, found(&case.id)) }));
        let findings = part.programs.iter().flat_map(|programs| &programs.findings);
        items.extend(
            findings.map(|finding| Item { is_exact, ..of_finding(place, finding, found(&finding.id)) }),
        );
    }
    items
}

fn of_case<'a>(part: usize, case: &'a CaseReport, evidence: Option<&'a Evidence>) -> Item<'a> {
    Item {
        part,
        id: &case.id,
        requirement: case
            .requirement
            .as_deref()
            .or(case.covers.first().map(String::as_str))
            .unwrap_or_default(),
        verdict: case.verdict,
        about: &case.about,
        expected: case.expected.as_deref().unwrap_or_default(),
        got: case.got.as_deref().unwrap_or_default(),
        also: case.also.as_deref().unwrap_or_default(),
        listed: case.listed.as_ref(),
        trace: case.trace.as_deref().unwrap_or_default(),
        is_case: true,
        is_exact: true,
        evidence,
    }
}

fn of_finding<'a>(part: usize, finding: &'a FindingReport, evidence: Option<&'a Evidence>) -> Item<'a> {
    Item {
        part,
        id: &finding.id,
        requirement: &finding.requirement,
        verdict: finding.verdict,
        about: "Random programs found that the peer differs from the reference; the steps are the shortest that show it.",
        expected: &finding.expected,
        got: &finding.got,
        also: finding.also.as_deref().unwrap_or_default(),
        listed: finding.listed.as_ref(),
        trace: &[],
        is_case: false,
        is_exact: true,
        evidence,
    }
}

fn brief<'a>(item: &Item<'a>, part: &'a str) -> Brief<'a> {
    let [expected, got] = [item.expected, item.got].map(|text| spelled_out(text, 200));
    Brief { id: item.id, anchor: anchor(item), part, expected, got }
}

/// Where a failure is on the page.
fn anchor(item: &Item<'_>) -> String {
    format!("failure-{}-{}", item.part.saturating_add(1), slug(item.id))
}

fn failure<'a>(item: &Item<'a>, part: &'a str) -> Failure<'a> {
    let failing = item.evidence.map(|evidence| &evidence.failing);
    let steps = failing.map_or(&[][..], |failing| failing.steps.as_slice());
    let at = failing.and_then(|failing| failing.at).or(steps.len().checked_sub(1));
    let step = at.and_then(|at| steps.get(at));
    let sequence = match item.trace {
        [] if steps.is_empty() => None,
        [] => Some(Sequence::of_steps(steps, at)),
        trace => Some(Sequence::of_turns(trace, item.verdict != Verdict::Xpass)),
    };
    let comparable =
        step.filter(|step| item.is_exact || difference::is_of_kind(&step.reference, &step.answer));
    let difference =
        comparable.and_then(|step| difference::lines(&step.question, &step.reference, &step.answer));
    Failure {
        id: item.id,
        anchor: anchor(item),
        row: item.is_case.then(|| format!("case-{}", slug(item.id))),
        part,
        verdict: item.verdict.word(),
        class: class(item.verdict),
        about: failing.and_then(|failing| failing.about.as_deref()).unwrap_or(item.about),
        listed: item.listed.map(listed),
        also: item.also.join(", "),
        expected: spelled_out(item.expected, STEP),
        got: spelled_out(item.got, STEP),
        question: step.map(|step| spelled_out(&step.question, STEP)),
        difference: difference.filter(|lines| !lines.is_empty()),
        message: item.evidence.and_then(|evidence| evidence.message.as_ref()),
        sequence,
        steps: steps.iter().enumerate().map(|(place, step)| StepView::new(place, step, at)).collect(),
        again: item.evidence.map(|evidence| evidence.again.as_str()),
    }
}

/// What the baseline says.
fn listed(listed: &harness::report::ListedReport) -> String {
    let link = listed.link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
    format!("{}: {}{link}", listed.verdict.word(), listed.reason)
}

impl StepView {
    fn new(place: usize, step: &StepReport, at: Option<usize>) -> Self {
        let same = difference::lines(&step.question, &step.reference, &step.answer)
            .is_some_and(|lines| lines.is_empty());
        let is_other = !step.reference.is_empty() && !same && step.reference != step.answer;
        Self {
            question: spelled_out(&step.question, STEP),
            answer: if step.answer.is_empty() { "(nothing)".into() } else { spelled_out(&step.answer, STEP) },
            reference: is_other.then(|| spelled_out(&step.reference, STEP)),
            is_it: at == Some(place),
        }
    }
}
