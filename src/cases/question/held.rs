//! How an operation is held to its parameters.

use harness::area::Area;
use harness::bend::{Line, Question, makes_a_session};
use harness::case::{Case, Role};
use harness::play::{Ask, Play};
use harness::trial::{Party, Raw, Stop, Trial, fail, question};
use peer::engine;
use peer::operations::{ClientSingleActivate, Drop};
use peer::protocol::{Answer, Operation};

pub(super) const PPR_5: &str = "PPR-5";

/// The case of an operation: `good` prepares what makes a question acceptable, and says it.
pub(super) fn of<Op: Operation>(
    role: Role,
    good: impl Fn(&mut Play<'_, '_>) -> Result<Ask<Op>, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    of_with(role, &[], good)
}

/// The same, where members depend on each other: parameters besides that make no question.
pub(super) fn of_with<Op: Operation>(
    role: Role,
    besides: &'static [(&'static str, &'static str)],
    good: impl Fn(&mut Play<'_, '_>) -> Result<Ask<Op>, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    let mut area = Area::new("question", role);
    let (name, about) = (Op::NAME.replace(['.', '_'], "-"), about(Op::NAME));
    area.follows(&[PPR_5], &name, &about, move |t| {
        let ask = good(t)?;
        is_held(t, &ask, besides)
    });
    area.cases()
}

pub(super) fn about(op: &str) -> String {
    format!(
        "what is nearly a question of `{op}` is a fault and changes nothing, the question itself is answered"
    )
}

/// An operation is held to its parameters.
pub(super) fn is_held<Op: Operation>(
    t: &mut Play<'_, '_>,
    ask: &Ask<Op>,
    besides: &[(&str, &str)],
) -> Result<(), Stop> {
    let question = Question::of(&question(0, &ask.op, ask.party.session())?)?;
    are_told_apart(t, (Op::NAME, &ask.party), &question, besides, &|t| t.accepts(PPR_5, ask))
}

/// The same, compiled once; `accepts` asks the question itself.
fn are_told_apart(
    t: &mut Play<'_, '_>,
    (op, party): (&str, &Party),
    question: &Question,
    besides: &[(&str, &str)],
    accepts: &dyn Fn(&mut Play<'_, '_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut bent = question.bent()?;
    bent.extend(besides.iter().map(|(what, params)| question.with_params(what, params)));
    all_are_faults(t, op, party, &bent)?;
    accepts(t)?;
    t.implied(&[PPR_5])?;
    if makes_a_session(op) {
        let again = Line { what: "session: one that exists".into(), ..question.line() };
        is_fault(t, &again)?;
    }
    // What has ended its session can't be asked for it again.
    if op == Drop::NAME { Ok(()) } else { none_is_a_fault(t, op, party, &question.at_the_edge()?) }
}

/// Each of these lines is a fault, and all of them leave the session as it was; or without one, where it was not made.
pub(super) fn all_are_faults(t: &mut Trial<'_>, op: &str, party: &Party, lines: &[Line]) -> Result<(), Stop> {
    if engine::is_without_session(op) {
        return lines.iter().try_for_each(|line| is_fault(t, line));
    }
    let before = t.state(PPR_5, party)?;
    lines.iter().try_for_each(|line| is_fault(t, line))?;
    match (makes_a_session(op), t.state(PPR_5, party)?) {
        (true, Some(_)) => {
            Err(fail(PPR_5, "no session, after nothing but faults".into(), "one that has a state".into()))
        }
        (true, None) => Ok(()),
        (false, after) => {
            t.decided(after == before, PPR_5, "the state as it was before the faults", "another state".into())
        }
    }
}

/// A line that is no question.
pub(super) fn is_fault(t: &mut Trial<'_>, line: &Line) -> Result<(), Stop> {
    let got = t.raw(PPR_5, 0, &line.text)?;
    if !is_fault_for_reference(t) {
        return Err(Stop::Harness(format!("the reference takes {} for a question", line.what)));
    }
    judge(t, line, &got)
}

pub(super) fn judge(t: &mut Trial<'_>, line: &Line, got: &Raw) -> Result<(), Stop> {
    let seqs: Vec<_> = line.seqs.iter().map(|seq| peer::json::or_null(*seq)).collect();
    let expected = format!("a fault with seq {}, for {}", seqs.join(" or "), line.what);
    t.decided(got.kind == "fault", PPR_5, &expected, got.words())?;
    // A number that stands there in full is echoed, whatever else is wrong.
    let aim = if line.seqs.first() == Some(&None) { PPR_5 } else { "PPR-2" };
    t.decided(line.seqs.contains(&got.seq), aim, &expected, got.words())
}

/// Lines that are questions, whatever comes of them.
fn none_is_a_fault(t: &mut Trial<'_>, op: &str, party: &Party, lines: &[Line]) -> Result<(), Stop> {
    for line in lines {
        if makes_a_session(op) {
            t.raw(PPR_5, 0, &question(0, &Drop {}, party.session())?)?;
        }
        let got = t.raw(PPR_5, 0, &line.text)?;
        if is_fault_for_reference(t) {
            // Just one of these two is null there: what says that of one alone is none.
            let ends = ["params.serial:", "params.suffix:"];
            if op == ClientSingleActivate::NAME && ends.iter().any(|name| line.what.starts_with(name)) {
                continue;
            }
            return Err(Stop::Harness(format!("the reference takes {} for no question", line.what)));
        }
        let expected = format!("no fault, for {}", line.what);
        t.decided(got.kind != "fault", PPR_5, &expected, got.words())?;
    }
    Ok(())
}

/// Whether the reference's last answer was a fault.
fn is_fault_for_reference(t: &Trial<'_>) -> bool {
    let answer = t.steps.last().map(|step| Answer::read(step.reference.as_bytes()));
    matches!(answer, Some(Ok(Answer { fault: Some(_), .. })))
}
