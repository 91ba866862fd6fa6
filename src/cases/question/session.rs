//! For which session a question is, and what ends one.

use harness::area::Area;
use harness::bend::{Line, Question, makes_a_session};
use harness::case::{Case, Role};
use harness::play::{Ask, Play};
use harness::setup::Setup;
use harness::single_scene::SingleSetup;
use harness::trial::{Party, Stop, Trial, question};
use peer::engine;
use peer::operations::*;
use peer::protocol::Operation;

use super::held::{PPR_5, about, all_are_faults, is_fault, is_held};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    sessions().into_iter().chain(ended()).collect()
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

/// What any session can be asked: `state`, where the peer has it, and `drop`.
fn ended() -> Vec<Case> {
    let case = |role, name, create: &'static str| {
        let mut area = Area::new("question", role);
        area.follows(&[PPR_5], name, &about(Drop::NAME), move |t| {
            let party = t.peer_client();
            make(t, create, &party)?;
            let claims = t.peer_claims(0);
            if claims.is_some_and(|claims| claims.operations.iter().any(|name| name == State::NAME)) {
                let state = Question::of(&question(0, &State {}, party.session())?)?;
                all_are_faults(t, State::NAME, &party, &state.bent()?)?;
            }
            is_held(t, &Ask { party, op: Drop {} }, &[])
        });
        area.cases()
    };
    let client = case(Role::Client, "drop", "client.create");
    client.into_iter().chain(case(Role::Server, "drop-of-a-server", "server.create")).collect()
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
