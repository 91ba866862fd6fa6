//! The question itself (PPR-5): for each operation all that is nearly a question of it, one change at a time and at any
//! depth, where the question itself would be accepted; and what is at the edge and still a question. What is asked comes
//! from the types of the parameters ([`harness::bend`]); the rows here say what a good question is.
//!
//! ```text
//! (here)   how an operation is held to it, and its sessions
//! line     what is no JSON, or has no number, and is too long
//! plain    operations without a session         client single_client    those of clients
//!                                                server single_server    those of servers
//! ```

mod client;
mod line;
mod plain;
mod server;
mod single_client;
mod single_server;

use harness::area::Area;
use harness::bend::{Line, Question, makes_a_session};
use harness::case::{Case, Role};
use harness::play::{Ask, Play};
use harness::setup::Setup;
use harness::single_scene::SingleSetup;
use harness::trial::{Party, Raw, Stop, Trial, fail, question};
use peer::engine;
use peer::operations::*;
use peer::protocol::{Answer, Operation};

const PPR_5: &str = "PPR-5";

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    [
        line::cases(),
        plain::cases(),
        client::cases(),
        server::cases(),
        single_client::cases(),
        single_server::cases(),
        sessions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The case of an operation: `good` prepares what makes a question acceptable, and says it.
fn of<Op: Operation>(
    role: Role,
    good: impl Fn(&mut Play<'_, '_>) -> Result<Ask<Op>, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    of_with(role, &[], good)
}

/// The same, where members depend on each other: parameters besides that make no question.
fn of_with<Op: Operation>(
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

fn about(op: &str) -> String {
    format!(
        "what is nearly a question of `{op}` is a fault and changes nothing, the question itself is answered"
    )
}

/// An operation is held to its parameters.
fn is_held<Op: Operation>(t: &mut Play<'_, '_>, ask: &Ask<Op>, besides: &[(&str, &str)]) -> Result<(), Stop> {
    let question = Question::of(&question(0, &ask.op, ask.party.session())?)?;
    let mut bent = question.bent()?;
    bent.extend(besides.iter().map(|(what, params)| question.with_params(what, params)));
    all_are_faults(t, Op::NAME, &ask.party, &bent)?;
    t.accepts(PPR_5, ask)?;
    t.implied(&[PPR_5])?;
    if makes_a_session(Op::NAME) {
        let again = Line { what: "session: one that exists".into(), ..question.line() };
        is_fault(t, &again)?;
    }
    // What has ended its session can't be asked for it again.
    if Op::NAME == Drop::NAME {
        Ok(())
    } else {
        none_is_a_fault(t, Op::NAME, &ask.party, &question.at_the_edge()?)
    }
}

/// Each of these lines is a fault, and all of them leave the session as it was; or without one, where it was not made.
fn all_are_faults(t: &mut Trial<'_>, op: &str, party: &Party, lines: &[Line]) -> Result<(), Stop> {
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
fn is_fault(t: &mut Trial<'_>, line: &Line) -> Result<(), Stop> {
    let got = t.raw(PPR_5, 0, &line.text)?;
    if !is_fault_for_reference(t) {
        return Err(Stop::Harness(format!("the reference takes {} for a question", line.what)));
    }
    judge(t, line, &got)
}

fn judge(t: &mut Trial<'_>, line: &Line, got: &Raw) -> Result<(), Stop> {
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
            // Just one of two members is null there: what says that of one alone is none.
            if op == ClientSingleActivate::NAME {
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

/// What makes a session of each kind, and what all operations on it begin with.
const KINDS: [(&str, &str); 4] = [
    ("client.create", "client."),
    ("server.create", "server."),
    ("client.single_create", "client.single_"),
    ("server.single_create", "server.single_"),
];

fn kind_of(op: &str) -> Option<&'static str> {
    let prefixes = KINDS.iter().rev().map(|(_, prefix)| *prefix);
    prefixes.into_iter().find(|prefix| op.starts_with(prefix))
}

fn sessions() -> Vec<Case> {
    let mut client = Area::new("question", Role::Client);
    client.accepts(&[PPR_5], "session-names", "a session's name has 1 to 64 characters, whichever", names);
    let kinds = |t: &mut Play<'_, '_>, side: &'static str| of_another_kind(t, |kind| kind.starts_with(side));
    let mut server = Area::new("question", Role::Server);
    let mut both = Area::new("question", Role::Both);
    let about =
        "a question for a session of another kind is a fault, and so is one to make a session that exists";
    client.follows(&[PPR_5], "session-of-another-client", about, move |t| kinds(t, "client."));
    server.follows(&[PPR_5], "session-of-another-server", about, move |t| kinds(t, "server."));
    both.follows(&[PPR_5], "session-of-another-kind", about, |t| of_another_kind(t, |_| true));
    [client.cases(), server.cases(), both.cases()].into_iter().flatten().collect()
}

/// A session of each kind, and all operations of the others for it.
fn of_another_kind(t: &mut Play<'_, '_>, judged: impl Fn(&str) -> bool) -> Result<(), Stop> {
    let claims = t.peer_claims(0).map(|claims| claims.operations.clone()).unwrap_or_default();
    let has = |op: &str| claims.iter().any(|name| name == op);
    for (create, prefix) in KINDS.into_iter().filter(|(create, prefix)| judged(prefix) && has(create)) {
        let party = t.peer_client();
        make(t, create, &party)?;
        let others = engine::operation_names().filter(|op| {
            let kind = kind_of(op).filter(|_| !engine::is_without_session(op));
            has(op) && kind.is_some_and(|kind| judged(kind) && (kind != prefix || makes_a_session(op)))
        });
        let lines: Vec<_> = others
            .map(|op| {
                let line = Question::about_nothing(op, party.session())?.line();
                Ok(Line { what: format!("session: one made by {create}, asked {op}"), ..line })
            })
            .collect::<Result<_, Stop>>()?;
        all_are_faults(t, Drop::NAME, &party, &lines)?;
        t.accepts(PPR_5, &Ask { party, op: Drop {} })?;
        t.implied(&[PPR_5])?;
    }
    Ok(())
}

fn make(t: &mut Trial<'_>, create: &str, party: &Party) -> Result<(), Stop> {
    match create {
        "client.create" => {
            let create = Setup::default().client(t);
            t.agrees(PPR_5, party, &create).map(drop)
        }
        "server.create" => {
            let create = Setup::default().server(t, [7; 16]);
            t.agrees(PPR_5, party, &create).map(drop)
        }
        "client.single_create" => t.agrees(PPR_5, party, &SingleSetup::default().client([7; 16])).map(drop),
        _ => t.agrees(PPR_5, party, &SingleSetup::default().server([7; 16])).map(drop),
    }
}

/// Sessions whose names are nearly alike are sessions of their own.
fn names(t: &mut Play<'_, '_>) -> Result<(), Stop> {
    let create = Setup::default().client(t);
    let create = Question::of(&question(0, &create, "")?)?;
    let longest = "\u{1D538}".repeat(64);
    let names = ["a", "A", " a", "a ", "\u{E9}", "e\u{301}", "\u{0}", "\u{7F}", "\"\\", "null", &longest];
    let mut lines: Vec<_> = names
        .map(|name| Line {
            what: format!("session: {}", name.escape_unicode()),
            ..create.in_session(name).line()
        })
        .into();
    for line in &lines {
        let got = t.raw(PPR_5, 0, &line.text)?;
        t.decided(got.kind == "ok", PPR_5, &format!("a new session, for {}", line.what), got.words())?;
    }
    lines.iter_mut().for_each(|line| line.what.push_str(", which exists"));
    lines.iter().try_for_each(|line| is_fault(t, line))?;
    for name in names {
        let got = t.raw(PPR_5, 0, &question(0, &Drop {}, name)?)?;
        t.decided(got.kind == "ok", PPR_5, "the end of a session that exists", got.words())?;
    }
    let op = Hello { protocol: 1.into() };
    let ask = Ask { party: t.peer_client(), op };
    t.accepts(PPR_5, &ask)?;
    t.implied(&[PPR_5])
}
