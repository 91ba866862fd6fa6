//! What a part of a report comes to, in words: the same in a terminal, in a comment and on a page. Only a run of the whole
//! profile says that a peer conforms; any run can say that it doesn't.

use peer::printable::Cut;

use super::report::{Part, Programs};
use super::standing::Standing;
use super::suite::Verdict;

/// How much is shown of a profile's name, which a report may have from anybody.
const NAME: usize = 200;

impl Part {
    /// By what it is judged: `profile full`, or `each other`.
    pub fn judged_by(&self) -> String {
        match self.claims.as_slice() {
            [claims] => format!("profile {}", Cut(&claims.profile, NAME)),
            _ => "each other".to_owned(),
        }
    }

    /// Whose cases judge it: those of `profile full`, or of `a pair`.
    pub fn cases_of(&self) -> String {
        if self.claims.len() == 1 { self.judged_by() } else { "a pair".to_owned() }
    }

    /// What it comes to, in one sentence without a subject: `does not conform to profile full: 2 of 8 cases failed`.
    pub fn conclusion(&self) -> String {
        let (what, counts) = (self.judged_by(), Counts::of(self));
        let words = match self.standing() {
            Standing::Fails => format!("does not conform to {what}: {}", failures(self, &counts)),
            Standing::HarnessFault => {
                let cases = format!("{} of {}", self.count(Verdict::HarnessError), some(counts.run, "case"));
                return format!("no verdict: in {cases} the case or the reference is at fault, not the peer");
            }
            Standing::NoVerdict => return format!("no verdict: {}", unfinished(self, &counts)),
            Standing::KnownToFail => format!("does not conform to {what}, as expected: {}", known(&counts)),
            Standing::Conforms | Standing::Passed => passed(&what, self, &counts),
        };
        let stale = if self.baseline_is_stale() { "; the baseline is out of date" } else { "" };
        format!("{words}{stale}")
    }
}

/// What the sentence counts.
struct Counts {
    /// Cases that were run.
    run: u64,
    /// Those of them that failed, and differences that random programs found, though nobody lists that.
    failed: u64,
    found: u64,
    /// The same as far as the baseline lists it.
    known_failed: u64,
    known_found: u64,
    /// Random programs that were played, and those that were to be, but weren't.
    played: u64,
    not_played: u64,
}

impl Counts {
    fn of(part: &Part) -> Self {
        let known = part.findings().iter().filter(|finding| finding.verdict == Verdict::Xfail);
        let programs = |count: fn(&Programs) -> u64| part.programs.as_ref().map_or(0, count);
        Self {
            run: part.cases_run(),
            failed: part.failed_cases().count() as u64,
            found: part.failed_findings().len() as u64,
            known_failed: part.count(Verdict::Xfail),
            known_found: known.count() as u64,
            played: programs(|programs| programs.played),
            not_played: programs(|programs| programs.selected.saturating_sub(programs.played)),
        }
    }
}

/// So many of these.
fn some(count: u64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// What failed though nobody lists it, and how much more is listed.
fn failures(part: &Part, counts: &Counts) -> String {
    let Counts { run, failed, found, known_failed, known_found, .. } = *counts;
    let in_cases = (run > 0).then(|| format!("{failed} of {} failed{}", some(run, "case"), broken(part)));
    let in_programs = (found > 0).then(|| format!("{} in random programs", some(found, "difference")));
    let known = known_failed + known_found;
    let known = (known > 0).then(|| format!("{known} more failed as the baseline lists"));
    in_cases.into_iter().chain(in_programs).chain(known).collect::<Vec<_>>().join(", ")
}

/// What failed as the baseline lists.
fn known(counts: &Counts) -> String {
    let Counts { run, known_failed, known_found, .. } = *counts;
    let in_cases = (run > 0).then(|| format!("{known_failed} of {} failed", some(run, "case")));
    let differences = || format!("{} in random programs", some(known_found, "difference"));
    let words: Vec<_> = in_cases.into_iter().chain((known_found > 0).then(differences)).collect();
    format!("{} as the baseline lists", words.join(", "))
}

/// What passed, and whether that was all.
fn passed(what: &str, part: &Part, counts: &Counts) -> String {
    let Counts { run, played, .. } = *counts;
    let programs = some(played, "random program");
    let conforms = if part.claims.len() == 1 { "that it conforms" } else { "that they conform" };
    if part.of_profile == Some(0) {
        return format!("passed: {programs}; no case is for {} of these profiles", part.cases_of());
    }
    if run == 0 {
        return format!("passed: {programs}; only the cases of {} show {conforms}", part.cases_of());
    }
    let programs = if played == 0 { String::new() } else { format!(", {programs}") };
    match part.of_profile.filter(|whole| *whole != run) {
        None => format!("conforms to {what}: {}{}{programs}", some(run, "case"), not_passed(part)),
        Some(all) => {
            let pass = part.count(Verdict::Pass) + part.count(Verdict::Xpass);
            let of = part.cases_of();
            let cases = format!("{pass} of the {all} cases of {of}{}{programs}", not_passed(part));
            format!("passed: {cases}; only all of them show {conforms}")
        }
    }
}

/// How many of the cases that failed have another verdict than `fail`.
fn broken(part: &Part) -> String {
    let others = [Verdict::Unsupported, Verdict::Crash, Verdict::Hang, Verdict::ProtocolViolation];
    in_brackets(part, others.map(|verdict| (verdict, verdict.word())))
}

/// Which of the cases that conform did not pass.
fn not_passed(part: &Part) -> String {
    in_brackets(part, [(Verdict::NotTestable, "not testable"), (Verdict::Warn, "with a warning")])
}

/// How many cases have each of these verdicts; nothing where none has.
fn in_brackets<const N: usize>(part: &Part, named: [(Verdict, &str); N]) -> String {
    let counted = named.map(|(verdict, words)| (part.count(verdict), words));
    let some =
        counted.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}"));
    let words = some.collect::<Vec<_>>().join(", ");
    if words.is_empty() { words } else { format!(" ({words})") }
}

/// How far a run came that found nothing, but wasn't finished.
fn unfinished(part: &Part, counts: &Counts) -> String {
    let Counts { run, not_played, .. } = *counts;
    let mut words = vec![format!("{run} of {} cases were run", part.selected)];
    let left = part.count(Verdict::NotRun);
    words.extend((left > 0).then(|| format!("{left} were not")));
    words.extend((not_played > 0).then(|| format!("{} not played", some(not_played, "random program"))));
    format!("{}; nothing unexpected in what was run", words.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is said of a profile of eight cases.
    fn said(totals: &[(Verdict, u64)]) -> String {
        let of = |fits: fn(Verdict) -> bool| -> u64 {
            totals.iter().filter(|(verdict, _)| fits(*verdict)).map(|(_, count)| count).sum()
        };
        let conforms = of(|verdict| verdict.fails_the_run() && verdict != Verdict::Xpass)
            + of(|verdict| verdict == Verdict::Xfail)
            == 0;
        let case = |verdict: Verdict| {
            json!({"id": "a", "area": "A", "about": "", "covers": [], "role": "server", "kind": "positive",
                "verdict": verdict.word(), "took_ms": 0.0})
        };
        let cases = totals.iter().flat_map(|(verdict, count)| (0..*count).map(move |_| case(*verdict)));
        let claims = json!([{"name": "", "version": "", "language": "", "profile": "full", "operations": [],
            "injects_time": true, "injects_randomness": true}]);
        let part = json!({"client": "", "server": "", "claims": claims, "of_profile": 8, "selected": of(|_| true),
            "conforms": conforms, "as_expected": true, "totals": {}, "cases": cases.collect::<Vec<_>>(), "stale": []});
        let totals = totals.iter().copied().collect();
        Part { totals, ..serde_json::from_value(part).unwrap() }.conclusion()
    }

    #[test]
    fn a_verdict_says_of_how_many_cases_it_is() {
        use Verdict::*;
        for (totals, words) in [
            (&[(Pass, 8)][..], "conforms to profile full: 8 cases"),
            (
                &[(Pass, 6), (NotTestable, 1), (Warn, 1)],
                "conforms to profile full: 8 cases (1 not testable, 1 with a warning)",
            ),
            (&[(Pass, 7), (Xpass, 1)], "conforms to profile full: 8 cases; the baseline is out of date"),
            (
                &[(Pass, 2), (NotTestable, 1)],
                "passed: 2 of the 8 cases of profile full (1 not testable); only all of them show that it conforms",
            ),
            (&[(Fail, 1)], "does not conform to profile full: 1 of 1 case failed"),
            (
                &[(Pass, 5), (Fail, 1), (Crash, 1), (Hang, 1)],
                "does not conform to profile full: 3 of 8 cases failed (1 crash, 1 hang)",
            ),
            (
                &[(Pass, 5), (Fail, 1), (Xfail, 2)],
                "does not conform to profile full: 1 of 8 cases failed, 2 more failed as the baseline lists",
            ),
            (
                &[(Pass, 6), (Xfail, 2)],
                "does not conform to profile full, as expected: 2 of 8 cases failed as the baseline lists",
            ),
            (
                &[(Pass, 5), (NotRun, 3)],
                "no verdict: 5 of 8 cases were run, 3 were not; nothing unexpected in what was run",
            ),
            (
                &[(Pass, 7), (HarnessError, 1)],
                "no verdict: in 1 of 8 cases the case or the reference is at fault, not the peer",
            ),
        ] {
            assert_eq!(said(totals), words);
        }
    }
}
