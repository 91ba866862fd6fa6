//! What one peer, or one pair, came to.

use harness::cost::{Cost, Costs};
use harness::report::{Claims, Part, Programs};
use harness::spec;

use crate::Error;
use crate::areas::Areas;
use crate::verdict::{Counts, Sentence, ended, of_part};
use crate::words::{Count, counted, duration};

/// A part, as the page shows it.
pub(crate) struct PartView {
    /// Its anchor.
    pub(crate) id: String,
    pub(crate) heading: String,
    /// What stands at the head of its column in the matrix.
    pub(crate) short: String,
    pub(crate) sentence: Sentence,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) counts: Counts,
    pub(crate) areas: Areas,
    pub(crate) causes: Vec<CauseView>,
    pub(crate) costs: Option<CostsView>,
    pub(crate) stale: Vec<String>,
}

/// What a peer takes for its operations.
pub(crate) struct CostsView {
    /// The way there and back.
    pub(crate) way: String,
    /// Operation, how often it was asked, median, 95 %, how many a second.
    pub(crate) rows: Vec<(String, [String; 4])>,
    pub(crate) stopped: Option<String>,
}

/// A requirement that explains several failures.
pub(crate) struct CauseView {
    pub(crate) requirement: String,
    pub(crate) sentence: &'static str,
    pub(crate) cases: String,
    pub(crate) own: String,
}

impl PartView {
    /// The `number`th part, counted from 1.
    pub(crate) fn new(number: usize, part: &Part) -> Result<Self, Error> {
        let sentence = of_part(part);
        let heading = match part.claims.as_slice() {
            [_, _] => format!("Client {}, server {}", part.client, part.server),
            _ => part.client.clone(),
        };
        let stale =
            part.stale.iter().map(|stale| format!("entry {}, {}: {}", stale.entry, stale.case, stale.why));
        Ok(Self {
            id: format!("part-{number}"),
            heading,
            short: short(part),
            sentence,
            facts: facts(part),
            counts: Counts::of(part),
            areas: Areas::new(part)?,
            causes: causes(part),
            costs: part.costs.as_ref().map(costs),
            stale: stale.collect(),
        })
    }
}

fn costs(costs: &Costs) -> CostsView {
    let micros = |micros: f64| format!("{micros:.1} µs");
    let row = |cost: &Cost| {
        let rate = cost.per_second.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.0}"));
        let asked = Count(cost.asked).to_string();
        (cost.operation.clone(), [asked, micros(cost.median_us), micros(cost.p95_us), rate])
    };
    let rows = costs.operations.iter().map(row).collect();
    CostsView { way: micros(costs.way_us), rows, stopped: costs.stopped.clone() }
}

/// What peers call themselves.
fn short(part: &Part) -> String {
    let names = part.claims.iter().map(|claims| claims.name.as_str()).collect::<Vec<_>>();
    if names.is_empty() { part.client.clone() } else { names.join(" → ") }
}

fn facts(part: &Part) -> Vec<(&'static str, String)> {
    let counts = Counts::of(part);
    let mut facts = Vec::new();
    match part.claims.as_slice() {
        [client, server] => {
            facts.push(("Client", format!("{}: {}", part.client, says(client))));
            facts.push(("Server", format!("{}: {}", part.server, says(server))));
        }
        claims => {
            facts.push(("Command", part.client.clone()));
            facts.extend(claims.iter().map(|claims| ("Says it is", says(claims))));
        }
    }
    let run = match part.of_profile {
        Some(whole) if whole == counts.run => format!("all {} of the profile", Count(whole)),
        Some(whole) => format!("{} of the {} of the profile", Count(counts.run), Count(whole)),
        None => Count(counts.run).to_string(),
    };
    facts.push(("Cases run", run));
    if counts.not_testable > 0 {
        let why = "they need time or randomness that the peer doesn't take, or what it need not have";
        facts.push(("Not testable", format!("{}: {why}", counted(counts.not_testable, "case"))));
    }
    let left = part.selected.saturating_sub(counts.run);
    if left > 0 {
        facts.push(("Not run", counted(left, "case")));
    }
    facts.extend(ended(part).map(|why| ("Ended", why.to_owned())));
    let not_offered = part.not_offered.as_deref().unwrap_or_default();
    if !not_offered.is_empty() {
        let names = not_offered.join(", ");
        facts.push(("Left out", format!("the cases of {names}: optional, and the peer doesn't list it")));
    }
    facts.extend(part.programs.as_ref().map(|programs| ("Random programs", played(programs))));
    facts
}

/// How many random programs were played, and what they found.
fn played(programs: &Programs) -> String {
    let Programs { selected, played, steps, findings, took_ms, .. } = programs;
    let of = if played < selected { format!(" of {}", Count(*selected)) } else { String::new() };
    let found = match findings.len() {
        0 => "no difference from the reference".to_owned(),
        found => counted(Count::of(found).0, "difference") + " from the reference",
    };
    format!("{}{of}, {}, {}: {found}", Count(*played), counted(*steps, "step"), duration(*took_ms))
}

/// Who a peer says it is.
fn says(claims: &Claims) -> String {
    let Claims { name, version, language, profile, operations, injects_time, injects_randomness } = claims;
    let own = match (injects_time, injects_randomness) {
        (true, true) => "",
        (true, false) => ", with its own randomness",
        (false, true) => ", with its own clock",
        (false, false) => ", with its own clock and randomness",
    };
    format!("{name} {version}, {language}, profile {profile}, {} operations{own}", operations.len())
}

fn causes(part: &Part) -> Vec<CauseView> {
    let view = |cause: &harness::causes::Cause| CauseView {
        requirement: cause.requirement.clone(),
        sentence: spec::find(&cause.requirement).map_or("", |requirement| requirement.text),
        cases: counted(cause.cases, "failing case"),
        own: format!("{} of {}", Count(cause.own_failing), Count(cause.own)),
    };
    part.causes.iter().flatten().map(view).collect()
}
