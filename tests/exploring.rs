//! Random programs against a peer: what they find is shrunk, grouped, stored, listed and replayed; and nobody is asked
//! what it doesn't offer.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code)] // some of it is for other tests
mod program;

use std::collections::BTreeSet;
use std::fs;

use harness::report::{Candidate, Ended, Failing, FindingReport, Programs, Report};
use harness::scene::START;
use harness::suite::Verdict;
use harness::trial::{Broken, Exchange, Peer};
use peer::engine::{Engine, operation_names};
use peer::operations::HelloResult;
use program::{Folder, own_peer};
use programs::compare;
use programs::draw::draw;
use programs::play::play;
use programs::step::Program;
use serde_json::{Value, json};
use zoo::{Faulty, without_random};

const ALONE: [&str; 4] = ["check", "--only-programs", "--jobs", "2"];

fn faulty(fault: &str) -> String {
    format!("{} --fault {fault}", own_peer())
}

fn programs(folder: &Folder) -> Programs {
    folder.report().parts[0].programs.clone().expect("programs were played")
}

fn finding<'a>(programs: &'a Programs, id: &str) -> &'a FindingReport {
    let found = programs.findings.iter().find(|finding| finding.id == id);
    found.unwrap_or_else(|| panic!("{id} is not in {:?}", programs.findings))
}

fn stored(folder: &Folder, id: &str) -> (String, Failing) {
    let path = format!("reports/last/failing/{}.json", id.replace(':', "-"));
    let failing = serde_json::from_slice(&fs::read(folder.path(&path)).unwrap()).unwrap();
    (path, failing)
}

/// The steps of a stored program, by operation.
fn operations(failing: &Failing) -> Vec<String> {
    let program: Program = serde_json::from_value(failing.program.clone().unwrap().into()).unwrap();
    program.steps.into_iter().map(|step| step.op).collect()
}

#[test]
fn the_reference_differs_from_itself_in_nothing() {
    let folder = Folder::new("explore-none");
    folder
        .run(&[&ALONE[..], &["--explore", "300"]].concat())
        .exits(0)
        .says("no difference from the reference")
        .says("only the cases of");
    let programs = programs(&folder);
    assert_eq!((programs.played, programs.ended), (programs.selected, Ended::Whole));
    assert!(programs.steps > 20 * programs.played, "{programs:?}");
    let junit = fs::read_to_string(folder.path("reports/last/junit.xml")).unwrap();
    assert!(
        junit.contains(r#"<testcase classname="counterproof.program" name="random programs""#),
        "{junit}"
    );
}

#[test]
fn a_finding_is_what_a_person_would_write_and_is_replayed_for_any_peer() {
    let folder = Folder::new("explore-found");
    let id = "program:server.verify_message_signature:VER-6";
    let (arguments, peer) = (["--explore", "500", "--peer"], faulty("age-limit-0"));
    let ended = folder.run(&[&ALONE[..], &arguments, &[&peer]].concat()).exits(1);
    let ended =
        ended.says(&format!("fail  {id}")).says("violates VER-6: ").says("got       refused with expired");
    let ended =
        ended.says(" of seed 0, and ").says("7. server.verify_message_signature [").says("again     ");
    ended.says("in random programs");
    let found = programs(&folder);
    let finding = finding(&found, id);
    assert!(finding.verdict == Verdict::Fail && finding.programs > 1, "one of several: {finding:?}");
    let names: BTreeSet<_> = found.findings.iter().map(|finding| &finding.id).collect();
    assert_eq!(names.len(), found.findings.len(), "each once");
    let (path, failing) = stored(&folder, id);
    let activation = [
        "server.create",
        "client.create",
        "server.generate_activation1",
        "client.activate_license",
        "server.verify_device_code",
        "server.generate_activation2",
        "client.activate_instance",
        "server.verify_message_signature",
    ];
    // It is the activation's own message that is too old, or a request's.
    let request =
        ["server.generate_request", "client.open", "client.sign", "server.verify_message_signature"];
    let steps = operations(&failing);
    let (head, tail) = steps.split_at(activation.len());
    assert_eq!(head, activation, "nothing that doesn't matter is left");
    assert!(tail.is_empty() || tail == request, "{tail:?}");
    assert_eq!(finding.steps, u64::try_from(steps.len()).unwrap());
    folder.run(&["replay", &path]).exits(2).complains("--run-recorded-command");
    let again = folder.run(&["replay", &path, "--peer", &peer]).exits(1).says("now   fail, violates VER-6");
    again.says("\n! ").says("!    reference  {");
    folder.run(&["replay", &path, "--peer", &own_peer()]).exits(0).says("then  fail").says("now   pass");
    fs::write(folder.path("no.json"), json!({"steps": 1}).to_string()).unwrap();
    let mut torn = serde_json::to_value(&failing).unwrap();
    torn["program"] = json!({"steps": [{"op": 1}]});
    fs::write(folder.path("torn.json"), torn.to_string()).unwrap();
    folder.run(&["replay", "torn.json", "--peer", &own_peer()]).exits(2).complains("not a program");
}

#[test]
fn what_is_wrong_in_a_state_is_blamed_on_the_step_that_made_it() {
    let folder = Folder::new("explore-state");
    let arguments = ["--explore", "200", "--peer", &faulty("password-tries-stay")];
    folder.run(&[&ALONE[..], &arguments].concat()).exits(1).says("got       password_failures 1");
    // Later the account is locked too early, which shows in many operations, and that is told of none of them.
    let found = programs(&folder);
    let right = found.findings.iter().filter(|finding| finding.requirement == "PWD-6");
    assert!(right.map(|finding| finding.programs).sum::<u64>() > 10, "{found:?}");
    assert!(found.findings.iter().all(|finding| finding.requirement != "PWD-7"), "{found:?}");
}

#[test]
fn what_shows_itself_later_names_the_steps_that_may_have_done_it() {
    let folder = Folder::new("explore-later");
    let arguments = ["--explore", "300", "--peer", &faulty("restored-counter-stays")];
    // The message counter is in no state: the next message shows that `server.restored` left it (OPR-2).
    let ended = folder.run(&[&ALONE[..], &arguments].concat()).exits(1);
    ended.says("  or else   ").says("OPR-2").says("server.restored [");
}

#[test]
fn a_peer_that_crashes_within_programs_is_a_finding_and_the_run_goes_on() {
    let folder = Folder::new("explore-crash");
    let arguments = ["--explore", "40", "--keep-going", "--peer", &faulty("crash-on-negative")];
    folder.run(&[&ALONE[..], &arguments].concat()).exits(1).says("crash  program:");
    let found = programs(&folder);
    assert_eq!((found.played, found.ended), (40, Ended::Whole));
    assert!(!found.findings.is_empty());
    assert!(found.findings.iter().all(|finding| finding.verdict == Verdict::Crash), "{found:?}");
    let shortest = found.findings.iter().min_by_key(|finding| finding.steps).unwrap();
    let (path, failing) = stored(&folder, &shortest.id);
    assert!(operations(&failing).len() <= 3, "{:?}", operations(&failing));
    folder.run(&["replay", &path, "--run-recorded-command"]).exits(1).says("now   crash");
}

#[test]
fn the_same_seed_gives_the_same_bytes_however_many_jobs() {
    let run = |name: &str, jobs: &str| {
        let folder = Folder::new(name);
        let peer = faulty("password-tries-stay");
        let arguments = ["check", "--only-programs", "--jobs", jobs, "--seed", "7", "--explore", "200"];
        folder.run(&[&arguments[..], &["--peer", &peer]].concat());
        let mut programs = programs(&folder);
        programs.took_ms = 0.0;
        let files =
            |id: &str| fs::read(folder.path(&format!("reports/last/failing/{}.json", id.replace(':', "-"))));
        let files: Vec<_> = programs.findings.iter().map(|finding| files(&finding.id).unwrap()).collect();
        (programs, files)
    };
    let first = run("explore-seed-1", "1");
    assert!(!first.1.is_empty(), "there is something to be the same");
    assert_eq!(first, run("explore-seed-2", "3"));
}

#[test]
fn a_fresh_seed_is_told() {
    let folder = Folder::new("explore-fresh");
    let ended = folder.run(&[&ALONE[..], &["--seed", "random", "--explore", "3"]].concat()).exits(0);
    ended.says(&format!("seed {}\n", folder.report().seed));
    folder.run(&[&ALONE[..], &["--seed", "rand"]].concat()).exits(2).complains("a whole number, or random");
}

#[test]
fn who_selects_cases_plays_no_programs_unless_told() {
    let folder = Folder::new("explore-selected");
    let only = ["check", "--only", "frame-parse-version"];
    folder.run(&only).exits(0);
    assert_eq!(folder.report().parts[0].programs, None);
    folder.run(&[&only[..], &["--explore", "4", "--shard", "2/3"]].concat()).exits(0);
    assert_eq!(programs(&folder).played, 1, "the second of each three");
    folder.run(&["check", "--list", "--shard", "1/5000"]).exits(0).says("1 random program\n");
    folder.run(&["check", "--only-programs", "--req", "VER"]).exits(2);
}

#[test]
fn a_known_finding_fails_no_run() {
    let folder = Folder::new("explore-known");
    let peer = faulty("password-tries-stay");
    let arguments = ["--explore", "30", "--peer", &peer, "--expect", "known.json"];
    folder.run(&[&ALONE[..], &arguments, &["--update-expect"]].concat()).exits(0);
    let known = fs::read_to_string(folder.path("known.json")).unwrap();
    assert!(known.contains(r#""case": "program:client.single_"#) && known.contains(":PWD-6"), "{known}");
    let ended = folder.run(&[&ALONE[..], &arguments].concat()).exits(0);
    ended.says("does not conform to profile full, as expected: ");
    // Another seed need not find it; that is no reason to take it off the list.
    folder.run(&[&ALONE[..], &arguments[..1], &["1"], &arguments[2..]].concat()).exits(0);
    // Known in another way, it is news.
    fs::write(folder.path("known.json"), known.replace("\"fail\"", "\"crash\"")).unwrap();
    folder.run(&[&ALONE[..], &arguments].concat()).exits(1).says("stale  entry 1");
}

#[test]
fn the_first_finding_can_end_the_run() {
    let folder = Folder::new("explore-fast");
    let arguments = ["--explore", "100", "--fail-fast", "--peer", &faulty("skips-PRT-4")];
    folder.run(&[&ALONE[..], &arguments].concat()).exits(1);
    let found = programs(&folder);
    assert_eq!((found.findings.len(), found.ended), (1, Ended::FailFast));
}

#[test]
fn a_peer_that_hangs_is_given_up() {
    let folder = Folder::new("explore-hang");
    fs::write(folder.path("peer.sh"), program::after_hello("sleep 60")).unwrap();
    let arguments = ["--timeout", "1", "--peer", "sh peer.sh"];
    let ended = folder.run(&[&ALONE[..], &arguments].concat()).exits(1);
    ended.says("the peer was given up").says("hang  program:reset:PPR-7");
}

#[test]
fn several_peers_are_told_apart_by_what_they_say() {
    let folder = Folder::new("explore-several");
    let (right, wrong) = (own_peer(), faulty("age-limit-0"));
    let peers = ["--peer", &right, "--peer", &wrong, "--peer", &right];
    let ended = folder.run(&[&ALONE[..], &["--explore", "300"], &peers].concat()).exits(1);
    let name = "program:server.verify_message_signature:VER-6";
    ended.says("between the peers and the reference: ").says(name).says("the specification decides, VER-6: ");
    let path = format!("reports/last/candidates/{}.json", name.replace(':', "-"));
    let candidate: Candidate = serde_json::from_slice(&fs::read(folder.path(&path)).unwrap()).unwrap();
    let who: Vec<_> = candidate.answers.iter().map(|voices| voices.who.len()).collect();
    assert_eq!(who, [3, 1], "the reference and two that are right, one that is not: {candidate:?}");
    assert_eq!(candidate.answers[1].who, std::slice::from_ref(&wrong));
    assert_eq!(candidate.answers[1].answer, "refused with expired");
    assert_eq!(candidate.decides.as_deref(), Some("VER-6"));
    // A case's questions are asked of all as well, and made shorter.
    let only = ["check", "--only", "verify-age-limit-0", "--peer", &right, "--peer", &wrong];
    let ended = folder.run(&only).exits(1);
    let told = ended
        .says("between the peers and the reference: 1 difference\n")
        .says("the specification decides, VER-6");
    told.says("refused with expired");
    assert_eq!(fs::read_dir(folder.path("reports/last/candidates")).unwrap().count(), 1, "the others went");
}

#[test]
fn a_pair_plays_programs_of_its_own_in_which_each_has_one_side() {
    let folder = Folder::new("explore-pair");
    // One is wrong as a server, the other as a client.
    let (server, client) = (faulty("age-limit-0"), faulty("password-tries-stay"));
    let peers = ["--peer", &client, "--peer", &server];
    let ended = folder.run(&[&ALONE[..], &["--explore", "150"], &peers].concat()).exits(1);
    ended.says("does not conform to each other").says("only the cases of a pair show that they conform");
    let [.., wrong, right] = &folder.report().parts[..] else { panic!("four parts") };
    assert_eq!((&wrong.client, &wrong.server), (&client, &server));
    assert_eq!((right.programs.as_ref().unwrap().played, right.findings().len()), (150, 0));
    let rules: BTreeSet<_> = wrong.findings().iter().map(|finding| finding.requirement.as_str()).collect();
    assert!(rules.is_superset(&BTreeSet::from(["PWD-6", "VER-6"])), "{rules:?}");
    // What is stored names both, and is asked of both again.
    let (path, failing) = stored(&folder, "3-program:server.verify_message_signature:VER-6");
    assert_eq!(failing.peers, [client.clone(), server.clone()]);
    let asked: Vec<Value> =
        failing.steps.iter().map(|step| serde_json::from_str(&step.question).unwrap()).collect();
    for (step, asked) in failing.steps.iter().zip(&asked) {
        let op = asked["op"].as_str().unwrap();
        assert!(op == "reset" || step.peer == usize::from(op.starts_with("server.")), "{op}: {}", step.peer);
    }
    assert!(BTreeSet::from_iter(failing.steps.iter().map(|step| step.peer)).len() == 2);
    folder.run(&["replay", &path, "--run-recorded-command"]).exits(1).says("now   fail, violates VER-6");
    let own = own_peer();
    let again = folder.run(&["replay", &path, "--peer", &client, "--peer", &own]).exits(0);
    again.says("then  fail").says("now   pass");
    folder.run(&["replay", &path, "--peer", &own]).exits(2).complains("it failed with two peers");
    let failed = ["check", "--failed", "--report", "again"];
    folder.run(&[&failed[..], &["--peer", &own, "--peer", &server]].concat()).exits(1);
    let again: Report = serde_json::from_slice(&fs::read(folder.path("again/report.json")).unwrap()).unwrap();
    assert!(!again.parts[2].findings().is_empty(), "what failed is asked of pairs again");
    assert_eq!(again.parts[3].findings(), []);
}

#[test]
fn what_a_peer_of_its_own_randomness_does_now_and_then_is_chance() {
    let folder = Folder::new("explore-chance");
    let peer = |fault: &str| format!("exec {}", faulty(fault));
    let script = |second: &str| {
        let count = "n=$(($(cat starts 2>/dev/null || echo 0) + 1)); echo $n > starts";
        let [first, second] = ["control-own-randomness", second].map(peer);
        format!("{count}\nif [ $((n % 2)) = 1 ]; then {first}; else {second}; fi\n")
    };
    let arguments = ["check", "--only-programs", "--jobs", "1", "--explore", "60", "--peer", "sh peer.sh"];
    fs::write(folder.path("peer.sh"), script("password-tries-stay")).unwrap();
    folder.run(&arguments).exits(0).says("no difference from the reference");
    fs::remove_file(folder.path("starts")).unwrap();
    fs::write(folder.path("peer.sh"), script("password-tries-stay").replace("n % 2", "n == 1")).unwrap();
    folder.run(&arguments).exits(1).says("PWD-6"); // always, but for the start in which it says who it is
}

#[test]
fn a_client_and_a_server_that_are_nothing_else_are_a_pair() {
    let folder = Folder::new("explore-cores");
    let one_side = |profile: &str, other: &str, fault: &str| {
        let profile = format!("s/\"profile\":\"full\"/\"profile\":\"{profile}\"/");
        let without = format!("/\"operations\"/s/\"{other}\\.[a-z0-9_]*\",//g");
        let file = format!("not-{other}.sh");
        let text = format!("{}{fault} | sed -u '{profile}; {without}'\n", own_peer());
        fs::write(folder.path(&file), text).unwrap();
        format!("sh {file}")
    };
    let client = one_side("client-core", "server", "");
    let run = |server: &str| {
        folder.run(&[&ALONE[..], &["--explore", "60", "--peer", &client, "--peer", server]].concat())
    };
    let ended = run(&one_side("server-core", "client", "")).exits(0);
    ended
        .says("no case is for a pair of these profiles")
        .says("no selected case is for a pair of these profiles");
    let played: Vec<_> = folder.report().parts.into_iter().map(|part| part.programs.unwrap().steps).collect();
    let [client_alone, server_alone, both] = played[..] else { panic!("{played:?}") };
    assert!(both > client_alone && both > server_alone, "no step is left to the reference: {played:?}");
    run(&one_side("server-core", "client", " --fault replay-accepted")).exits(1);
    assert!(!folder.report().parts[2].findings().is_empty());
}

/// It draws its random fields itself.
struct OwnRandomness<E>(E);

impl<E: Exchange> Exchange for OwnRandomness<E> {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        self.0.exchange(&without_random(question))
    }
}

fn engine(seed: u64) -> Engine {
    let mut drawn = seed;
    Engine::new(Box::new(move |bytes| {
        bytes.iter_mut().for_each(|byte| {
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (drawn >> 56) as u8;
        });
    }))
}

#[test]
fn a_pair_shows_what_one_peer_does_alike_on_both_sides() {
    let all: Vec<String> = operation_names().map(str::to_owned).collect();
    let claims = HelloResult { injects_randomness: false, ..claims("full", all.clone()) };
    let wrong = || OwnRandomness(Faulty::new(engine(1), zoo::find("wrong-kdf-label").unwrap(), || START));
    let right = || OwnRandomness(engine(2));
    let plays = |peers: &mut [&mut dyn Exchange]| -> BTreeSet<String> {
        let programs = (0..20).map(|seed| draw(seed, &all, 40));
        let mut found = BTreeSet::new();
        for program in programs {
            let seats = peers.iter_mut().map(|exchange| Peer { exchange: *exchange, claims: &claims });
            let played = play(&program, &mut seats.collect::<Vec<_>>(), START).unwrap();
            found.extend(played.difference.map(|difference| difference.name()));
        }
        found
    };
    assert_eq!(plays(&mut [&mut wrong()]), BTreeSet::new(), "alone it understands itself");
    assert_eq!(plays(&mut [&mut right(), &mut right()]), BTreeSet::new());
    let found = plays(&mut [&mut right(), &mut wrong()]);
    assert!(found.iter().any(|name| name.contains(":client.")), "{found:?}");
}

/// Writes down what it is asked.
struct Listening {
    engine: Engine,
    asked: BTreeSet<String>,
}

impl Exchange for Listening {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        let parsed: Value = serde_json::from_slice(question).unwrap();
        self.asked.insert(parsed["op"].as_str().unwrap().to_owned());
        Ok(self.engine.answer(question))
    }
}

fn claims(profile: &str, operations: Vec<String>) -> HelloResult {
    HelloResult {
        protocol: 1.into(),
        name: "listening".into(),
        version: "1".into(),
        language: "none".into(),
        profile: profile.into(),
        operations,
        injects_time: true,
        injects_randomness: true,
    }
}

/// Its digests show what it was asked, whether it matters or not.
struct Remembering {
    engine: Engine,
    asked: u8,
    /// Whether refusals are remembered, too.
    refusals: bool,
}

impl Exchange for Remembering {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut answer: Value = serde_json::from_slice(&self.engine.answer(question)).unwrap();
        if answer.pointer("/ok/digest").is_some() {
            answer["ok"]["digest"] = json!(format!("{:02X}", self.asked));
        } else if answer.get("ok").is_some() || self.refusals {
            self.asked += 1;
        }
        Ok(answer.to_string().into_bytes())
    }
}

#[test]
fn what_changes_nothing_leaves_the_digest_and_what_may_change_something_is_open() {
    let create = json!({"static_vector": null, "platform_data": "", "device_type": 0, "app_version": 0,
        "rooted": false, "root_policy": "allow", "replacement": false});
    let program = |middle: &str, params: Value| -> Program {
        let step = |op: &str, params: Value| json!({"op": op, "session": "c", "params": params});
        let steps = [
            step("client.create", create.clone()),
            step(middle, params.clone()),
            step("state", json!({})),
            step(middle, params),
            step("state", json!({})),
        ];
        serde_json::from_value(json!({"steps": steps})).unwrap()
    };
    let claims = claims("full", operation_names().map(str::to_owned).collect());
    let plays = |program: &Program, refusals: bool| {
        let engine = Engine::new(Box::new(|bytes| bytes.fill(5)));
        let mut peer = Remembering { engine, asked: 0, refusals };
        play(program, &mut [Peer { exchange: &mut peer, claims: &claims }], 0).unwrap()
    };
    // What leaves the digest, by section 34, changes nothing.
    let found = plays(&program("client.accounts", json!({})), true).difference.unwrap();
    assert_eq!((found.name(), found.at), ("program:client.accounts:PPR-9".to_owned(), 3));
    // What may change something has changed nothing here, as far as the reference sees.
    let configuration = json!({"enabled": false, "scheme": "app", "white_list": [], "version": "",
        "device_identifier": "00".repeat(32), "platform": "ios", "platform_name": ""});
    let accepted = plays(&program("client.set_app2app", configuration), true);
    assert_eq!(accepted.difference, None);
    assert_eq!(accepted.open.unwrap().name(), "program:client.set_app2app:PPR-9");
    // A refusal changes nothing.
    let refused = program("client.login_identity", json!({"serial": "VDS1000120"}));
    let found = plays(&refused, true).difference.unwrap();
    assert_eq!((found.name(), found.at), ("program:client.login_identity:CLI-3".to_owned(), 3));
    assert_eq!(plays(&refused, false).difference, None);
}

#[test]
fn what_leaves_the_digest_is_what_section_34_says() {
    let section = include_str!("../SPEC.md").split("\n## ").find(|part| part.starts_with("34. "));
    let mut rows = 0;
    for line in section.unwrap().lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split(" |").map(str::trim).collect();
        for op in cells[0].split(", ").map(|op| op.trim_matches('`')) {
            assert_eq!(compare::stays(op), cells[2] == "stays", "{op}");
            rows += 1;
        }
    }
    assert!(rows > 60, "{rows}");
}

#[test]
fn no_program_asks_what_is_not_listed() {
    let is_listed = |name: &&str| !name.starts_with("server.") && *name != "client.close" && *name != "state";
    let listed: Vec<String> = operation_names().filter(is_listed).map(str::to_owned).collect();
    let claims = claims("client-core", listed.clone());
    let mut peer = Listening { engine: Engine::new(Box::new(|bytes| bytes.fill(5))), asked: BTreeSet::new() };
    for seed in 0..60 {
        let program = draw(seed, &listed, 40);
        let judged = Peer { exchange: &mut peer, claims: &claims };
        assert_eq!(play(&program, &mut [judged], 0).unwrap().difference, None);
        // Drawn for somebody who has all, it leaves out what this one hasn't.
        let all: Vec<String> = operation_names().map(str::to_owned).collect();
        let program = draw(seed, &all, 40);
        let judged = Peer { exchange: &mut peer, claims: &claims };
        assert_eq!(play(&program, &mut [judged], 0).unwrap().difference, None);
    }
    let unlisted: Vec<_> = peer.asked.iter().filter(|name| !listed.contains(name)).collect();
    assert!(unlisted.is_empty(), "{unlisted:?}");
    assert!(peer.asked.contains("client.open") && peer.asked.len() > 30, "{:?}", peer.asked);
}
