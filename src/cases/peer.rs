//! The peer protocol itself.

use super::{case, positive, sequence};
use harness::case::{Case, Kind, Role};
use harness::scene::{Scene, Show, Stage, Under, default_items, open};
use harness::setup::Setup;
use harness::trial::{Ending, Raw, Stop, Trial, fail};
use peer::operations::*;
use peer::protocol::{Operation, Pin, ShownContent};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let peer = Role::Peer;
    vec![
        positive("peer-hello", peer, &["PPR-3"], "hello may be asked again and says the same", hello),
        positive(
            "peer-one-answer-per-line",
            peer,
            &["PPR-1", "PPR-2"],
            "each question gets one line with its seq, whatever the seq",
            echoes,
        ),
        positive(
            "peer-long-question",
            peer,
            &["PPR-1"],
            "a question of 262 144 bytes is read",
            long_question,
        ),
        positive(
            "peer-made-up-operation",
            peer,
            &["PPR-4"],
            "a made-up operation is unsupported, and so is one that hello doesn't name",
            unsupported,
        ),
        case(
            "peer-malformed-questions",
            peer,
            Kind::Negative,
            &["PPR-5"],
            "malformed questions are faults, and the peer goes on",
            malformed,
        ),
        case(
            "peer-malformed-client-questions",
            Role::Client,
            Kind::Negative,
            &["PPR-5"],
            "malformed questions to a client are faults and change nothing",
            malformed_client,
        ),
        case(
            "peer-malformed-server-questions",
            Role::Server,
            Kind::Negative,
            &["PPR-5"],
            "malformed questions to a server are faults and change nothing",
            malformed_server,
        ),
        sequence(
            "peer-answers-are-not-stale",
            Role::Client,
            &["PPR-2"],
            "an operation that is asked twice with different parameters gives different answers",
            not_stale,
        ),
        sequence(
            "peer-client-sessions",
            Role::Client,
            &["PPR-6"],
            "what one client does another doesn't see",
            client_sessions,
        ),
        sequence(
            "peer-server-sessions",
            Role::Server,
            &["PPR-6"],
            "what one server does another doesn't see",
            server_sessions,
        ),
        sequence(
            "peer-drop",
            Role::Client,
            &["PPR-7"],
            "a dropped session is gone, its name free again, the others stay",
            dropped,
        ),
        sequence("peer-reset", Role::Client, &["PPR-7"], "reset ends all sessions", reset),
        sequence(
            "peer-half-a-line",
            peer,
            &["PPR-1"],
            "what stands behind the last line end is no question, though it looks like one: nothing answers it",
            half_a_line,
        ),
        sequence(
            "peer-silent-at-its-end",
            Role::Client,
            &["PPR-2"],
            "a client that has done all it can says nothing that nobody asked for, until it exits",
            silent,
        ),
        case(
            "peer-ends-with-its-input",
            peer,
            Kind::Positive,
            &["PPR-8"],
            "the peer exits within two seconds of the end of its input",
            ends,
        ),
    ]
}

fn expect(t: &mut Trial<'_>, aim: &'static str, line: &str, want: Raw) -> Result<(), Stop> {
    expect_of(t, aim, 0, line, want)
}

fn expect_of(t: &mut Trial<'_>, aim: &'static str, peer: usize, line: &str, want: Raw) -> Result<(), Stop> {
    let got = t.raw(aim, peer, line)?;
    t.decided(got == want, aim, &want.words(), got.words())
}

fn hello(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let claims = t.peer_claims(0).cloned();
    let again = t.accepts("PPR-3", &party, &Hello { protocol: 1.into() })?.got;
    t.same("PPR-3", &again, claims.as_ref())?;
    // What every peer has is among the names, hello itself too.
    let missing: Vec<_> = ["hello", "ping", "reset", "drop"]
        .into_iter()
        .filter(|name| !again.operations.iter().any(|has| has == name))
        .collect();
    t.decided(
        missing.is_empty(),
        "PPR-3",
        "hello, ping, reset and drop among the operations",
        missing.join(", "),
    )?;
    let wrong = r#"{"seq":1,"op":"hello","params":{"protocol":2}}"#;
    expect(t, "PPR-3", wrong, Raw { seq: Some(1), kind: "fault" })
}

fn echoes(t: &mut Trial<'_>) -> Result<(), Stop> {
    for seq in [0, 1, 7, 7, 6, 65_536, u32::MAX] {
        let line = format!(r#"{{"seq":{seq},"op":"ping","params":{{}}}}"#);
        expect(t, "PPR-2", &line, Raw { seq: Some(seq), kind: "ok" })?;
    }
    // Blanks, another order of members, escapes: all JSON.
    for line in
        [r#"  { "params" : { } , "op" : "ping" , "seq" : 3 }  "#, r#"{"op":"p\u0069ng","seq":3,"params":{}}"#]
    {
        expect(t, "PPR-1", line, Raw { seq: Some(3), kind: "ok" })?;
    }
    Ok(())
}

fn long_question(t: &mut Trial<'_>) -> Result<(), Stop> {
    let start = r#"{"seq":5,"op":"ping","params":{}"#;
    let line = format!("{start}{}}}", " ".repeat(262_144 - start.len() - 1));
    expect(t, "PPR-1", &line, Raw { seq: Some(5), kind: "ok" })
}

fn unsupported(t: &mut Trial<'_>) -> Result<(), Stop> {
    let claims = t.peer_claims(0).map(|claims| claims.operations.clone()).unwrap_or_default();
    let made_up = ["counterproof.made_up", "Ping", "ping ", "client", ""].map(str::to_owned);
    let disclaimed = peer::engine::operation_names().map(str::to_owned).filter(|name| !claims.contains(name));
    for name in made_up.into_iter().chain(disclaimed) {
        for session in ["", r#","session":"none""#] {
            let line = format!(r#"{{"seq":9,"op":"{name}"{session},"params":{{"a":1}}}}"#);
            expect(t, "PPR-4", &line, Raw { seq: Some(9), kind: "unsupported" })?;
        }
    }
    Ok(())
}

fn malformed(t: &mut Trial<'_>) -> Result<(), Stop> {
    for line in [
        r#"{"seq":4,"op":"ping","params":{"extra":1}}"#,
        r#"{"seq":4,"op":"ping","params":{},"extra":1}"#,
        r#"{"seq":4,"op":"ping"}"#,
        r#"{"seq":4,"params":{}}"#,
        r#"{"seq":4,"op":7,"params":{}}"#,
        r#"{"seq":4,"op":"ping","params":[]}"#,
        r#"{"seq":4,"op":"ping","params":null}"#,
        r#"{"seq":4,"op":"ping","session":"a","params":{}}"#,
        r#"{"seq":4,"op":"drop","params":{}}"#,
        r#"{"seq":4,"op":"drop","session":"","params":{}}"#,
        r#"{"seq":4,"op":"drop","session":7,"params":{}}"#,
        r#"{"seq":4,"op":"drop","session":"no such session","params":{}}"#,
    ] {
        expect(t, "PPR-5", line, Raw { seq: Some(4), kind: "fault" })?;
        expect(t, "PPR-5", r#"{"seq":5,"op":"ping","params":{}}"#, Raw { seq: Some(5), kind: "ok" })?;
    }
    for line in [
        "",
        "{",
        "null",
        "[]",
        "7",
        r#""ping""#,
        "{}",
        r#"{"seq":-1,"op":"ping","params":{}}"#,
        r#"{"seq":"1","op":"ping","params":{}}"#,
        r#"{"op":"ping","params":{}}"#,
        r#"{"seq":4294967296,"op":"ping","params":{}}"#,
        r#"{"seq":4,"op":"ping","params":{}} {}"#,
        r#"[{"seq":4,"op":"ping","params":{}}]"#,
        r#"{"seq":4,"op":"ping","params":{},}"#,
    ] {
        expect(t, "PPR-5", line, Raw { seq: None, kind: "fault" })?;
        expect(t, "PPR-5", r#"{"seq":5,"op":"ping","params":{}}"#, Raw { seq: Some(5), kind: "ok" })?;
    }
    Ok(())
}

/// Every way in which one member of a good question's parameters can be ill-typed, missing or doubled.
fn spoiled(question: &serde_json::Value) -> Vec<serde_json::Value> {
    use serde_json::{Value, json};
    let mut spoiled = Vec::new();
    let Some(params) = question.get("params").and_then(Value::as_object) else { return spoiled };
    let with = |params: serde_json::Map<String, Value>| {
        let mut question = question.clone();
        if let Some(member) = question.get_mut("params") {
            *member = Value::Object(params);
        }
        question
    };
    for (name, value) in params {
        if name != "random" {
            let mut without = params.clone();
            without.remove(name);
            spoiled.push(with(without));
        }
        for wrong in [json!(null), json!(-1), above(name), json!([7]), json!({"a": 1})] {
            let allowed_null = wrong.is_null() && ["static_vector", "domain"].contains(&name.as_str());
            if wrong != *value && !allowed_null {
                let mut bent = params.clone();
                bent.insert(name.clone(), wrong);
                spoiled.push(with(bent));
            }
        }
        if !value.is_boolean() {
            let mut bent = params.clone();
            bent.insert(name.clone(), json!(true));
            spoiled.push(with(bent));
        }
    }
    let mut more = params.clone();
    more.insert("extra".into(), json!(1));
    spoiled.push(with(more));
    spoiled
}

/// The first number that this parameter doesn't take, of those that are the last of some type.
fn above(name: &str) -> serde_json::Value {
    if name == "handle" { serde_json::json!(1_u64 << 53) } else { serde_json::json!(1_u64 << 32) }
}

fn faults<Op: Operation>(
    t: &mut Trial<'_>,
    party: &harness::trial::Party,
    peer: usize,
    op: &Op,
) -> Result<(), Stop> {
    let line = harness::trial::question(11, op, party.session())?;
    let question: serde_json::Value =
        serde_json::from_str(&line).map_err(|error| Stop::Harness(error.to_string()))?;
    for bad in spoiled(&question) {
        expect_of(t, "PPR-5", peer, &bad.to_string(), Raw { seq: Some(11), kind: "fault" })?;
    }
    Ok(())
}

fn malformed_client(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let message = scene.request(t, &Show::default())?;
    let before = t.state("PPR-5", &scene.client)?;
    faults(t, &scene.client, 0, &open(&message))?;
    let take = ClientActivateLicense { message: scene.am1.clone() };
    faults(t, &scene.client, 0, &take)?;
    let instance = ClientActivateInstance { message: scene.am2.clone(), pin: Pin::Right, now: scene.now };
    faults(t, &scene.client, 0, &instance)?;
    let sign = scene.approve(t, peer::protocol::Pin::Right);
    faults(t, &scene.client, 0, &sign)?;
    let fresh = t.peer_client();
    let create = scene.setup.client(t);
    faults(t, &fresh, 0, &create)?;
    // A session that exists can't be made again.
    faults_once(t, &scene.client, 0, &create)?;
    t.state_is("PPR-5", &scene.client, before)?;
    t.twin("PPR-5", &fresh, &create)?;
    scene.open(t, &message)?;
    scene.sign(t).map(|_| ())
}

fn malformed_server(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let peer = t.server_seat();
    let before = t.state("PPR-5", &scene.server)?;
    let am1 = scene.am1_question(t);
    faults(t, &scene.server, peer, &am1)?;
    let code = scene.code_question(&scene.device_code, false);
    faults(t, &scene.server, peer, &code)?;
    let am2 = scene.am2_question(t);
    faults(t, &scene.server, peer, &am2)?;
    faults(t, &scene.server, peer, &Show::default().question(scene.now))?;
    faults(t, &scene.server, peer, &scene.verify(&scene.am2, &scene.confirmation))?;
    let login = super::login::ask(t, &scene);
    faults(t, &scene.server, peer, &login)?;
    for requester in [String::new(), "é".repeat(65)] {
        faults_once(t, &scene.server, peer, &ServerLoginStart { requester, ..login.clone() })?;
    }
    let fresh = t.peer_server();
    let create = scene.setup.server(t, scene.license_key);
    faults(t, &fresh, peer, &create)?;
    faults_once(t, &scene.server, peer, &create)?;
    // An operation of the other role.
    faults_once(t, &scene.server, peer, &open(&scene.am2)).or_else(only_if_supported)?;
    t.state_is("PPR-5", &scene.server, before)?;
    t.twin("PPR-5", &fresh, &create)?;
    t.twin("PPR-5", &scene.server, &ServerLoginStart { requester: "é".repeat(64), ..login })?;
    scene.request(t, &Show::default()).map(|_| ())
}

fn faults_once<Op: Operation>(
    t: &mut Trial<'_>,
    party: &harness::trial::Party,
    peer: usize,
    op: &Op,
) -> Result<(), Stop> {
    let line = harness::trial::question(12, op, party.session())?;
    expect_of(t, "PPR-5", peer, &line, Raw { seq: Some(12), kind: "fault" })
}

/// A server that has no client operations says so, rightly.
fn only_if_supported(stop: Stop) -> Result<(), Stop> {
    match stop {
        Stop::Fail(failure) if failure.got.contains("unsupported") => Ok(()),
        other => Err(other),
    }
}

fn not_stale(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    for title in ["first", "second", "second", "third"] {
        let message = scene.request(t, &Show::titled(title))?;
        let shown = t.accepts("PPR-2", &scene.client, &open(&message))?.got;
        let content = ShownContent::List { title: title.into(), items: default_items() };
        t.same("PPR-2", &shown.content, Some(&content))?;
    }
    Ok(())
}

fn client_sessions(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut first = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let second = first.another_client(t, Under::Client)?;
    let before = t.state("PPR-6", &first.client)?;
    let message = first.request(t, &Show::default())?;
    t.refuses_only(channel::rule::CLI_3, &second.client, &open(&message))?;
    t.state_is("PPR-6", &first.client, before)?;
    first.open(t, &message)?;
    first.sign(t)?;
    t.implied(&["PPR-6"])
}

fn server_sessions(t: &mut Trial<'_>) -> Result<(), Stop> {
    // Two servers for one serial number: each has its own AM1, codes, counters.
    let first = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    let before = t.state("PPR-6", &first.server)?;
    let second = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    t.state_is("PPR-6", &first.server, before)?;
    let code = |scene: &Scene| scene.code_question(&scene.device_code, false);
    t.refuses_only(channel::rule::DVC_11, &second.server, &code(&first))?;
    t.twin("PPR-6", &first.server, &code(&first))?;
    t.implied(&["PPR-6"])
}

fn dropped(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = (t.peer_client(), t.peer_client());
    let create = Setup::default().client(t);
    t.agrees("PPR-7", &first, &create)?;
    t.agrees("PPR-7", &second, &create)?;
    t.agrees("PPR-7", &first, &Drop {})?;
    faults_once(t, &first, 0, &Drop {})?;
    faults_once(t, &second, 0, &create)?;
    t.agrees("PPR-7", &first, &create).map(|_| ())
}

fn reset(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = (t.peer_client(), t.peer_client());
    let create = Setup::default().client(t);
    t.agrees("PPR-7", &first, &create)?;
    t.agrees("PPR-7", &second, &create)?;
    t.agrees("PPR-7", &first, &Reset {})?;
    for party in [&first, &second] {
        faults_once(t, party, 0, &Drop {})?;
        t.agrees("PPR-7", party, &create)?;
    }
    Ok(())
}

fn ends(t: &mut Trial<'_>) -> Result<(), Stop> {
    expect(t, "PPR-8", r#"{"seq":1,"op":"ping","params":{}}"#, Raw { seq: Some(1), kind: "ok" })?;
    match t.end_of_input(0, &[]) {
        Ending::InTime => t.implied(&["PPR-8"]),
        Ending::Said(words) => Err(said(words)),
        Ending::Late => {
            let expected = "an exit, or the end of the connection, within 2 seconds";
            Err(fail("PPR-8", expected.into(), "still there; ended by the harness".into()))
        }
        Ending::NotAProcess => Err(Stop::NotTestable("not a process")),
    }
}

fn said(words: String) -> Stop {
    fail("PPR-2", "nothing that nobody asked for, until the peer exits".into(), words)
}

fn half_a_line(t: &mut Trial<'_>) -> Result<(), Stop> {
    for rest in ["", r#"{"seq":2,"op":"ping","params":{}}"#, r#"{"seq":2,"#, "{", " "] {
        expect(t, "PPR-1", r#"{"seq":1,"op":"ping","params":{}}"#, Raw { seq: Some(1), kind: "ok" })?;
        match t.end_of_input(0, rest.as_bytes()) {
            Ending::InTime | Ending::Late => {}
            // It does so without half a line as well.
            Ending::Said(words) if rest.is_empty() => return Err(said(words)),
            Ending::Said(words) => {
                return Err(fail("PPR-1", format!("no answer to {rest} without a line end"), words));
            }
            Ending::NotAProcess => return Err(Stop::NotTestable("not a process")),
        }
    }
    t.implied(&["PPR-1"])
}

/// Each kind of answer, and then the end.
fn silent(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    scene.sign(t)?;
    t.refuses_only(channel::rule::CLI_12, &scene.client, &scene.approve(t, Pin::Right))?;
    let again = scene.setup.client(t);
    faults_once(t, &scene.client, 0, &again)?;
    match t.end_of_input(0, &[]) {
        Ending::InTime | Ending::Late => t.implied(&["PPR-2"]),
        Ending::Said(words) => Err(said(words)),
        Ending::NotAProcess => Err(Stop::NotTestable("not a process")),
    }
}
