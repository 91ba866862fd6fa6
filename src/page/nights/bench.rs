//! What the targets made of planted bugs, and whether that is good enough.

use night::bench::{Behind, Bench, Bug, MEDIAN_S, Run, WORST_S};

use crate::words::{Count, counted, date, slug};

/// How many are to be planted, and how many of them by what stands before them.
const PLANTED: u64 = 40;
const PLANTED_BEHIND: [(Behind, u64, &str); 3] = [
    (Behind::Mac, 15, "behind a MAC"),
    (Behind::TwoMessages, 10, "behind two messages"),
    (Behind::Counter, 5, "on a counter or time"),
];

/// The bench, as the page shows it.
pub(crate) struct BenchView<'a> {
    pub(crate) goals: Vec<Goal>,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) rows: Vec<Row<'a>>,
}

/// Something that is wanted, and whether it is so.
pub(crate) struct Goal {
    pub(crate) wanted: String,
    pub(crate) got: String,
    pub(crate) is_met: bool,
}

/// A planted bug.
pub(crate) struct Row<'a> {
    pub(crate) bug: &'a Bug,
    pub(crate) anchor: String,
    pub(crate) behind: String,
    /// In how many runs its line ran, did something else, was noticed.
    pub(crate) reached: String,
    pub(crate) triggered: String,
    pub(crate) detected: String,
    pub(crate) median: String,
    pub(crate) worst: String,
    pub(crate) control: String,
    pub(crate) marks: Vec<&'static str>,
}

impl Row<'_> {
    /// By what it is filtered.
    pub(crate) fn words(&self) -> &'static str {
        if self.marks.is_empty() { "bug" } else { "bug missed" }
    }

    /// Its class in the style sheet, where it has this mark.
    pub(crate) fn class(&self, mark: &str) -> &'static str {
        if self.marks.contains(&mark) { "fail" } else { "pass" }
    }
}

impl<'a> BenchView<'a> {
    pub(crate) fn new(bench: &'a Bench) -> Self {
        let seeds = bench.bugs.iter().map(|bug| bug.runs.len()).max().unwrap_or_default();
        let mut facts = vec![("Run at", date(bench.time))];
        facts.extend(bench.commit.clone().map(|commit| ("Commit", commit)));
        facts.push((
            "How",
            format!(
                "{}, {} each, no longer than {} a run",
                counted(Count::of(bench.bugs.len()).0, "planted bug"),
                counted(Count::of(seeds).0, "seed"),
                seconds(Some(bench.limit_s))
            ),
        ));
        let mut rows: Vec<_> = bench.bugs.iter().map(Row::new).collect();
        // What is not as it should be is seen first.
        rows.sort_by_key(|row| row.marks.is_empty());
        Self { goals: goals(bench), facts, rows }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.goals.iter().all(|goal| goal.is_met)
    }

    /// The bench in a sentence.
    pub(crate) fn sentence(&self) -> String {
        match self.goals.iter().filter(|goal| !goal.is_met).count() {
            0 => "The fuzz bench meets its goals".to_owned(),
            missed => format!(
                "The fuzz bench misses {missed} of {}",
                counted(Count::of(self.goals.len()).0, "goal")
            ),
        }
    }
}

impl<'a> Row<'a> {
    fn new(bug: &'a Bug) -> Self {
        let of = |count: usize, runs: &[Run]| format!("{count} of {}", runs.len());
        let [reached, triggered, detected] = bug.counts().map(|count| of(count, &bug.runs));
        let [median, worst] = bug.median_and_worst().map(|time| match bug.runs.as_slice() {
            [] => "not run".to_owned(),
            _ => seconds(time),
        });
        let mut marks = Vec::new();
        if !is_found(bug) {
            marks.push("missed");
        }
        if bug.is_behind_mac() && bug.leaks() > 0 {
            marks.push("plain bytes get to it");
        }
        Self {
            bug,
            anchor: format!("bug-{}", slug(&bug.name)),
            behind: behind(bug),
            reached,
            triggered,
            detected,
            median,
            worst,
            control: if bug.control.is_empty() {
                "not run".to_owned()
            } else {
                of(bug.leaks(), &bug.control)
            },
            marks,
        }
    }
}

/// Whether every run found it, and not something else.
fn is_found(bug: &Bug) -> bool {
    let is_found = |run: &Run| run.triggered_s.is_some() && run.detected_s.is_some();
    !bug.runs.is_empty() && bug.runs.iter().all(is_found)
}

fn goals(bench: &Bench) -> Vec<Goal> {
    let [median, worst] = bench.median_and_worst();
    let found = bench.bugs.iter().filter(|bug| is_found(bug)).count();
    let count =
        |what: Behind| Count::of(bench.bugs.iter().filter(|bug| bug.behind.contains(&what)).count()).0;
    let controlled: Vec<_> =
        bench.bugs.iter().filter(|bug| bug.is_behind_mac() && !bug.control.is_empty()).collect();
    let by_control = controlled.iter().filter(|bug| bug.leaks() > 0).count();
    let planted = Count::of(bench.bugs.len()).0;
    let mut goals = vec![
        Goal {
            wanted: "Every planted bug is found, from every seed".to_owned(),
            got: format!("{found} of {planted}"),
            is_met: planted > 0 && Count::of(found).0 == planted,
        },
        Goal {
            wanted: format!("The median is at most {}", seconds(Some(MEDIAN_S))),
            got: seconds(median),
            is_met: median.is_some_and(|median| median <= MEDIAN_S),
        },
        Goal {
            wanted: format!("The worst run takes at most {}", seconds(Some(WORST_S))),
            got: seconds(worst),
            is_met: worst.is_some_and(|worst| worst <= WORST_S),
        },
        Goal {
            wanted: "Plain bytes don't get to what is behind a MAC".to_owned(),
            got: match controlled.len() {
                0 => "no control was run".to_owned(),
                all => format!("got to {by_control} of {all}"),
            },
            is_met: !controlled.is_empty() && by_control == 0,
        },
        Goal {
            wanted: format!("At least {PLANTED} are planted"),
            got: planted.to_string(),
            is_met: planted >= PLANTED,
        },
    ];
    goals.extend(PLANTED_BEHIND.map(|(what, least, words)| Goal {
        wanted: format!("At least {least} of them {words}"),
        got: count(what).to_string(),
        is_met: count(what) >= least,
    }));
    goals
}

fn behind(bug: &Bug) -> String {
    let word = |behind: &Behind| match behind {
        Behind::Mac => "a MAC",
        Behind::TwoMessages => "two messages",
        Behind::Counter => "a counter or time",
        Behind::Plain => "nothing",
    };
    bug.behind.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Seconds, as a person reads them.
fn seconds(seconds: Option<f64>) -> String {
    match seconds {
        None => "never".to_owned(),
        Some(short) if short < 10.0 => format!("{short:.1} s"),
        Some(long) => format!("{long:.0} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, detected_s: Option<f64>) -> Run {
        Run {
            seed,
            executions: 1,
            seconds: 1.0,
            reached_s: Some(0.1),
            triggered_s: detected_s,
            detected_s,
            said: None,
        }
    }

    fn bench(bugs: usize, times: [Option<f64>; 5], control: Option<f64>) -> Bench {
        let bug = |number| Bug {
            name: format!("bug-{number}"),
            about: "wrong".into(),
            behind: vec![Behind::Mac, Behind::TwoMessages, Behind::Counter],
            target: "frame".into(),
            runs: (0..).zip(times).map(|(seed, time)| run(seed, time)).collect(),
            control: vec![run(0, control)],
        };
        Bench {
            bench: serde_json::from_str("1").unwrap(),
            counterproof: "0.1.0".into(),
            commit: None,
            time: 0,
            limit_s: 60.0,
            bugs: (0..bugs).map(bug).collect(),
        }
    }

    fn missed(bench: &Bench) -> Vec<String> {
        let view = BenchView::new(bench);
        let goals = view.goals.iter().filter(|goal| !goal.is_met);
        goals.map(|goal| format!("{}: {}", goal.wanted, goal.got)).collect()
    }

    #[test]
    fn a_bench_is_judged_by_its_goals() {
        let good = [Some(0.5), Some(1.0), Some(4.9), Some(5.0), Some(60.0)];
        assert_eq!(missed(&bench(40, good, None)), [""; 0]);
        assert!(BenchView::new(&bench(40, good, None)).is_good());
        let slow = [Some(0.5), Some(1.0), Some(5.1), Some(6.0), Some(61.0)];
        assert_eq!(
            missed(&bench(40, slow, None)),
            ["The median is at most 5.0 s: 5.1 s", "The worst run takes at most 60 s: 61 s"]
        );
        let one_never = [Some(0.5), Some(1.0), Some(1.0), Some(1.0), None];
        assert_eq!(
            missed(&bench(40, one_never, Some(9.0))),
            [
                "Every planted bug is found, from every seed: 0 of 40",
                "The worst run takes at most 60 s: never",
                "Plain bytes don't get to what is behind a MAC: got to 40 of 40"
            ]
        );
        let few = bench(4, good, None);
        assert_eq!(missed(&few).len(), 4, "{:?}", missed(&few));
        // Nothing planted is nothing shown.
        assert_eq!(missed(&bench(0, good, None)).len(), 8);
    }

    #[test]
    fn what_is_missed_stands_first() {
        let mut bench = bench(3, [Some(1.0); 5], None);
        bench.bugs[2].runs[1].detected_s = None;
        let view = BenchView::new(&bench);
        let rows: Vec<_> = view
            .rows
            .iter()
            .map(|row| (row.bug.name.as_str(), row.detected.as_str(), row.worst.as_str()))
            .collect();
        assert_eq!(rows[0], ("bug-2", "4 of 5", "never"));
        assert_eq!(rows[1], ("bug-0", "5 of 5", "1.0 s"));
        assert_eq!(view.rows[0].marks, ["missed"]);
        assert_eq!(view.sentence(), "The fuzz bench misses 6 of 8 goals");
    }
}
