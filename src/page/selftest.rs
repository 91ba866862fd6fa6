//! The page of a selftest: fault × requirement blamed.

use askama::Template;
use harness::spec;
use zoo::record::{Fate, FaultRecord, Selftest};

use crate::Error;
use crate::shell::Shell;
use crate::verdict::{Sentence, Tone};
use crate::words::{Count, counted, date, duration, slug};

/// How many of the cases that blame a fault are named.
const NAMED: usize = 12;

#[derive(Template)]
#[template(path = "selftest.html")]
struct Page<'a> {
    shell: Shell,
    sentence: Sentence,
    facts: Vec<(&'static str, String)>,
    areas: Vec<Area<'a>>,
    controls: Vec<Row<'a>>,
    /// The fates that occur.
    fates: Vec<&'static str>,
}

/// The faults that violate requirements of one area.
struct Area<'a> {
    letters: &'a str,
    name: &'static str,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    fault: &'a FaultRecord,
    anchor: String,
    fate: &'static str,
    class: &'static str,
    sentence: &'static str,
    right: Count,
    named: Vec<&'a str>,
    unnamed: usize,
    /// How many besides the first.
    more: usize,
    other: String,
    took: String,
}

/// The page of a selftest.
pub fn selftest(result: &Selftest) -> Result<String, Error> {
    let mut areas: Vec<Area<'_>> = Vec::new();
    let mut controls = Vec::new();
    for fault in &result.faults {
        let Some(blame) = &fault.blame else {
            controls.push(Row::new(fault));
            continue;
        };
        let letters = blame.split('-').next().unwrap_or_default();
        match areas.iter_mut().find(|area| area.letters == letters) {
            Some(area) => area.rows.push(Row::new(fault)),
            None => areas.push(Area { letters, name: spec::area_name(letters), rows: vec![Row::new(fault)] }),
        }
    }
    let place = |id: &str| spec::requirements().iter().position(|it| it.id.split('-').next() == Some(id));
    areas.sort_by_key(|area| place(area.letters).unwrap_or(usize::MAX));
    let fates = [Fate::Killed, Fate::Survived, Fate::Unharmed, Fate::ControlKilled];
    let page = Page {
        shell: Shell::new(vec![("summary", "Summary"), ("faults", "Faults"), ("controls", "Controls")]),
        sentence: sentence(result),
        facts: facts(result),
        areas,
        controls,
        fates: fates.into_iter().filter(|fate| result.count(*fate) > 0).map(Fate::word).collect(),
    };
    Ok(page.render()?)
}

impl<'a> Row<'a> {
    fn new(fault: &'a FaultRecord) -> Self {
        let other: Vec<_> = fault.other.iter().map(|(id, count)| format!("{id} ({count})")).collect();
        Self {
            fault,
            anchor: format!("fault-{}", slug(&fault.name)),
            fate: fault.fate.word(),
            class: if fault.fate.is_right() { "pass" } else { "fail" },
            sentence: fault.blame.as_deref().and_then(spec::find).map_or("", |requirement| requirement.text),
            right: Count::of(fault.right.len()),
            named: fault.right.iter().take(NAMED).map(String::as_str).collect(),
            more: fault.right.len().saturating_sub(1),
            unnamed: fault.right.len().saturating_sub(NAMED),
            other: other.join(", "),
            took: duration(fault.took_ms),
        }
    }
}

fn sentence(result: &Selftest) -> Sentence {
    let [killed, survived, unharmed, wronged] =
        [Fate::Killed, Fate::Survived, Fate::Unharmed, Fate::ControlKilled].map(|fate| result.count(fate));
    let faults = counted(Count::of(killed + survived).0, "fault");
    let controls = counted(Count::of(unharmed + wronged).0, "control");
    let words =
        format!("{} of {faults} killed, {} of {controls} unharmed", Count::of(killed), Count::of(unharmed));
    Sentence { tone: if survived + wronged == 0 { Tone::Good } else { Tone::Bad }, words }
}

fn facts(result: &Selftest) -> Vec<(&'static str, String)> {
    let runs = result.faults.iter().map(|fault| fault.cases).sum();
    let how = if result.quick {
        "quick: the cases of the fault's own requirement first, the rest only if they miss it"
    } else {
        "every case against every fault"
    };
    vec![
        ("Run at", date(result.time)),
        ("Took", duration(result.took_ms)),
        ("Rate", format!("{:.1} %: killed, of killed and survived", result.rate())),
        ("Cases", format!("{}, {} runs of one", Count(result.cases), Count(runs))),
        ("How", how.to_owned()),
        ("Filters", result.filters.as_ref().map_or_else(|| "none".to_owned(), |it| it.arguments().join(" "))),
        ("Made by", format!("counterproof {}", result.counterproof)),
    ]
}
