//! What a part of a report comes to, in words.

use super::super::words::plural;
use harness::report::{Claims, Ended, Part};
use harness::standing::Standing;
use harness::suite::Verdict;
use peer::printable::Cut;

/// How much is shown of a name that somebody else chose.
const NAME: usize = 200;

/// Who was judged.
pub(super) fn who(part: &Part) -> String {
    match part.claims.as_slice() {
        [_, _] => format!("{} with {}", Cut(&part.client, NAME), Cut(&part.server, NAME)),
        _ => Cut(&part.client, NAME).to_string(),
    }
}

/// What each says of itself.
pub(super) fn claims(part: &Part) -> String {
    let told = |claims: &Claims| {
        let Claims { name, version, language, .. } = claims;
        format!("{} {}, {}", Cut(name, NAME), Cut(version, NAME), Cut(language, NAME))
    };
    part.claims.iter().map(told).collect::<Vec<_>>().join("; ")
}

/// By what it is judged.
pub(super) fn profile(part: &Part) -> String {
    match part.claims.as_slice() {
        [claims] => format!("profile {}", Cut(&claims.profile, NAME)),
        _ => "each other".to_owned(),
    }
}

/// The verdict on a part. Only a run of the whole profile says that a peer conforms; any run can say that it doesn't.
pub(super) fn verdict(part: &Part) -> String {
    let run = (part.cases.len() as u64).saturating_sub(part.count(Verdict::NotRun));
    let (what, cases) = (profile(part), counted(run, "case"));
    let stale = if part.baseline_is_stale() { "; the baseline is out of date" } else { "" };
    let is_known = |verdict: Verdict| verdict == Verdict::Xfail;
    let known = part.cases.iter().map(|case| case.verdict).filter(|verdict| is_known(*verdict)).count()
        + part.findings().iter().filter(|finding| is_known(finding.verdict)).count();
    let played = part.programs.as_ref().map_or(0, |programs| programs.played);
    let programs =
        if played > 0 { format!(", {}", counted(played, "random program")) } else { String::new() };
    let words = match part.standing() {
        Standing::Conforms => format!("conforms to {what}: {cases}{programs}"),
        Standing::Passed if part.selected == 0 => {
            format!("passed: {}, and no cases", programs.trim_start_matches(", "))
        }
        Standing::Passed => {
            let all = part.of_profile.unwrap_or(part.selected);
            format!("passed: {run} of the {} of {what}{programs}", counted(all, "case"))
        }
        Standing::KnownToFail => format!("does not conform to {what}, as expected: {known} known of {cases}"),
        Standing::Fails => {
            let (bad, found) = (part.failures().count(), part.failed_findings().len());
            let of_cases = (bad > 0).then(|| format!("{bad} of {cases} failed"));
            let of_programs = (found > 0).then(|| format!("{found} found by random programs"));
            let known = (known > 0).then(|| format!("{known} known"));
            let parts: Vec<_> = [of_cases, of_programs, known].into_iter().flatten().collect();
            format!("does not conform to {what}: {}", parts.join(", "))
        }
        Standing::NoVerdict => {
            let left = part.count(Verdict::NotRun);
            let programs = part.programs.as_ref().map_or(0, |it| it.selected.saturating_sub(it.played));
            let (cases, programs) = (counted(left, "case"), counted(programs, "random program"));
            format!("no verdict: {cases} and {programs} were not run")
        }
        Standing::HarnessFault => "no verdict: a case or the reference is at fault".to_owned(),
    };
    format!("{words}{stale}{}", part.ended.map_or("", early))
}

/// Why a run ended before its last case, if it did.
fn early(ended: Ended) -> &'static str {
    match ended {
        Ended::Whole => "",
        Ended::FailFast => "; stopped at the first unexpected result",
        Ended::GaveUp => "; the peer was given up",
        Ended::OutOfTime => "; out of time",
        Ended::Interrupted => "; interrupted",
    }
}

/// A number of things.
pub(super) fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", plural(usize::try_from(count).unwrap_or(usize::MAX)))
}
