//! The test page for apps over plain HTTP: an app that is right passes, one that is wrong fails with the right requirement,
//! and what nobody has seen passes never.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use channel::class::Class;
use harness::trial::Exchange;
use peer::engine::Engine;
use serde_json::{Value, json};
use zoo::Faulty;

use crate::kit::now;

/// A run of `check-app` as a process of its own.
pub struct Run {
    process: Child,
    out: BufReader<ChildStdout>,
    /// What it said before the page was there.
    pub said: String,
    /// Of the page.
    pub url: String,
    folder: PathBuf,
    agent: ureq::Agent,
}

impl Run {
    pub fn start(arguments: &[&str]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("counterproof-app-{}-{number}", std::process::id()));
        let mut process = Command::new(env!("CARGO_BIN_EXE_counterproof"))
            .args(["check-app", "--listen", "127.0.0.1:0", "--app-version", "1.2", "--report"])
            .arg(&folder)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut said = String::new();
        let url = loop {
            let begin = said.len();
            assert!(out.read_line(&mut said).unwrap() > 0, "{said}");
            if let Some(url) = said[begin..].strip_prefix("the page: ") {
                break url.trim().to_owned();
            }
        };
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = config.timeout_global(Some(Duration::from_secs(20))).build().new_agent();
        Self { process, out, said, url, folder, agent }
    }

    pub fn state(&self) -> Value {
        let mut response = self.agent.get(format!("{}state", self.url)).call().unwrap();
        serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
    }

    pub fn post(&self, what: &str, body: &Value) -> u16 {
        let request = self.agent.post(format!("{}{what}", self.url)).content_type("application/json");
        request.send(body.to_string()).unwrap().status().as_u16()
    }

    /// The app calls.
    fn calls(&self, url: &str) {
        assert_eq!(self.agent.get(url).call().unwrap().status().as_u16(), 303, "{url}");
    }

    /// Waits for a task, or until no case is played.
    fn task(&self) -> Option<(u64, Value)> {
        let begin = Instant::now();
        loop {
            let state = self.state();
            if !state["task"].is_null() {
                return Some((state["number"].as_u64().unwrap(), state["task"].clone()));
            }
            if state["playing"].is_null() {
                return None;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "{state}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Plays a case with an app.
    fn plays(&self, row: usize, app: &mut App) {
        assert_eq!(self.post("play", &json!({ "row": row })), 200);
        while self.state()["playing"].is_null() && self.state()["rows"][row]["verdict"].is_null() {
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut last = 0;
        while let Some((number, task)) = self.task() {
            if number == last {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            }
            last = number;
            app.does(self, number, &task);
        }
    }

    /// Plays all, in their order.
    pub fn plays_all(&self, app: &mut App) {
        let rows = self.state()["rows"].as_array().unwrap().len();
        (0..rows).for_each(|row| self.plays(row, app));
    }

    /// Ends it: its exit code, its report, what it said.
    pub fn finish(mut self) -> (i32, Value, String) {
        // Where the page has finished it, nobody listens any more.
        let _ = self.agent.post(format!("{}finish", self.url)).content_type("application/json").send("{}");
        let mut said = std::mem::take(&mut self.said);
        self.out.read_to_string(&mut said).unwrap();
        let code = self.process.wait().unwrap().code().unwrap();
        let report = fs::read_to_string(self.folder.join("report.json")).unwrap();
        (code, serde_json::from_str(&report).unwrap(), said)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// An app and the person who holds it, who says what is to be seen.
pub struct App {
    peer: Box<dyn Exchange>,
    /// Bends what the app calls.
    bend: fn(String) -> String,
    session: u32,
    handle: Value,
    is_called: bool,
    /// How often it was activated.
    pub activations: u32,
}

/// What the person or the app does.
pub enum Does {
    Says(Value),
    Calls(String, Option<Value>),
}

impl App {
    /// The reference, which draws what it needs.
    pub fn right() -> Self {
        Self::new(Box::new(Engine::new(Box::new(counted()))))
    }

    /// The reference with a fault of the zoo.
    fn with(fault: &str) -> Self {
        let fault = zoo::find(fault).unwrap_or_else(|| panic!("{fault}"));
        Self::new(Box::new(Faulty::new(Engine::new(Box::new(counted())), fault, now)))
    }

    fn new(peer: Box<dyn Exchange>) -> Self {
        Self { peer, bend: |url| url, session: 0, handle: 0.into(), is_called: false, activations: 0 }
    }

    fn ask(&mut self, op: &str, params: &Value) -> Value {
        let question =
            json!({"seq": 1, "op": op, "session": format!("app-{}", self.session), "params": params});
        let answer = self.peer.exchange(question.to_string().as_bytes()).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer.get("fault").is_none(), "{question} {answer}");
        answer
    }

    fn does(&mut self, run: &Run, number: u64, task: &Value) {
        let white_list = run.state()["setup"].clone();
        let said = |mut body: Value| {
            body["task"] = number.into();
            assert_eq!(run.post("said", &body), 200, "{body} {task}");
        };
        match self.acts(task, &white_list) {
            Does::Says(body) => said(body),
            Does::Calls(url, then) => {
                run.calls(&url);
                then.into_iter().for_each(said);
            }
        }
    }

    /// What comes of a task.
    pub fn acts(&mut self, task: &Value, setup: &Value) -> Does {
        let message = || task["message"].as_str().unwrap().to_owned();
        let kind = task["kind"].as_str().unwrap();
        let answer = match kind {
            "empty" => return self.begins(setup),
            "scan-license" => self.ask("client.activate_license", &json!({"message": message()})),
            "scan-instance" => {
                let params = json!({"message": message(), "pin": "right", "now": now()});
                self.ask("client.activate_instance", &params)
            }
            "scan-request" => self.ask("client.open", &json!({"message": message(), "carrier": "direct"})),
            "scan-deactivation" => {
                self.ask("client.deactivate", &json!({"message": message(), "carrier": "direct"}))
            }
            "follow" => self.ask("client.dispatch", &json!({"url": task["link"]})),
            "approve" => self.decides(true, "right"),
            "approve-wrongly" => self.decides(true, "wrong"),
            "reject" => self.decides(false, "right"),
            "look" => self.decides(true, "right"),
            "leave" | "clear" => self.ask("client.close", &json!({})),
            "remove" => self.ask("client.remove", &json!({"serial": "VDS1000120", "what": "account"})),
            "respond" => self.responds(task),
            other => panic!("{other}"),
        };
        if let Some(class) = answer["refused"]["class"].as_str() {
            return Does::Says(if kind == "look" { json!({"saw": "done"}) } else { refused(kind, class) });
        }
        let ok = &answer["ok"];
        let code = ["device_code", "signature", "response"].iter().find_map(|name| ok[*name].as_str());
        let opened = if kind == "scan-request" { ok } else { &ok["opened"] };
        if !opened.is_null() {
            (self.handle, self.is_called) = (opened["handle"].clone(), kind == "follow");
        }
        let said = match (kind, code) {
            ("look", _) => json!({"saw": "other"}),
            (_, Some(code)) => json!({"saw": "code", "code": code}),
            _ if !opened.is_null() => json!({"saw": if shows(opened, task) { "shown" } else { "other" }}),
            ("follow" | "approve", None) => json!({"saw": "nothing"}),
            _ => json!({"saw": "done"}),
        };
        match ok["callback"].as_str() {
            Some(url) => {
                let ends = matches!(kind, "follow" | "approve" | "reject" | "leave") && opened.is_null();
                Does::Calls((self.bend)(url.to_owned()), (!ends).then_some(said))
            }
            None => Does::Says(said),
        }
    }

    fn begins(&mut self, setup: &Value) -> Does {
        self.session += 1;
        self.activations += 1;
        let create = json!({"static_vector": null, "platform_data": "00", "device_type": 7, "app_version": 2,
            "rooted": false, "root_policy": "block", "replacement": false});
        self.ask("client.create", &create);
        let named = setup.as_array().unwrap().iter().filter(|row| row[0] == "White list");
        let white_list: Vec<_> = named.map(|row| row[1].clone()).collect();
        assert_eq!(white_list.len(), 6);
        let config = json!({"enabled": true, "scheme": "mobileapp", "white_list": white_list,
            "platform": "android", "platform_name": "x", "version": "7 (beta)", "device_identifier": "5A".repeat(32)});
        self.ask("client.set_app2app", &config);
        Does::Says(json!({"saw": "done"}))
    }

    fn decides(&mut self, approved: bool, pin: &str) -> Value {
        let op = if self.is_called { "client.answer" } else { "client.sign" };
        let handle = self.handle.clone();
        self.ask(op, &json!({"handle": handle, "approved": approved, "pin": pin, "now": now()}))
    }

    fn responds(&mut self, task: &Value) -> Value {
        let words = task["words"].as_str().unwrap();
        let application: u32 = words["By application ".len()..].split(',').next().unwrap().parse().unwrap();
        let data = task["data"].as_array().unwrap();
        let pin = if words.contains("not yours") { "wrong" } else { "right" };
        let data = match data.as_slice() {
            [] => json!({"kind": "response-only"}),
            [one] if words.contains("challenge") => json!({"kind": "challenge", "challenge": one}),
            _ => json!({"kind": "fields", "fields": data}),
        };
        self.ask(
            "client.generate_response",
            &json!({"serial": "VDS1000120", "application": application, "data": data, "pin": pin, "now": now()}),
        )
    }
}

fn counted() -> impl FnMut(&mut [u8]) + Send {
    let mut next = 7_u8;
    move |bytes| {
        bytes.iter_mut().for_each(|byte| (*byte, next) = (next, next.wrapping_mul(5).wrapping_add(3)))
    }
}

/// What an app says of a refusal.
fn refused(kind: &str, class: &str) -> Value {
    let number = Class::from_word(class).unwrap().app_to_app();
    let reason = match (class, number) {
        ("wrong-pin", _) => "pin",
        ("locked", _) => "locked",
        ("bad-data", _) if kind == "respond" => "data",
        ("bad-application", _) if kind == "respond" => "application",
        (_, Some(6)) => "not-mine",
        (_, Some(4)) => "not-activated",
        (_, Some(5 | 7)) => "wrong",
        _ => "unsaid",
    };
    json!({"saw": "refused", "reason": reason})
}

/// Whether the app shows what the page says it must.
fn shows(opened: &Value, task: &Value) -> bool {
    let content = opened["content"].as_object().unwrap();
    let items = content.get("items").and_then(Value::as_array).into_iter().flatten();
    let mut texts: Vec<_> = items.map(|item| item[1].clone()).collect();
    texts.extend(
        content
            .iter()
            .filter(|(name, _)| !["format", "items", "index"].contains(&name.as_str()))
            .map(|(_, text)| text.clone()),
    );
    let mut shown: Vec<_> = task["shown"].as_array().unwrap().iter().map(|row| row[1].clone()).collect();
    texts.sort_by_key(Value::to_string);
    shown.sort_by_key(Value::to_string);
    texts == shown
}

fn verdicts(report: &Value) -> Vec<(String, String)> {
    let cases = report["parts"][0]["cases"].as_array().unwrap();
    let text = |case: &Value, name: &str| case[name].as_str().unwrap().to_owned();
    cases.iter().map(|case| (text(case, "id"), text(case, "verdict"))).collect()
}

#[test]
fn an_app_that_is_right_passes() {
    let run = Run::start(&[
        "--only",
        "a2a-",
        "--only",
        "app-",
        "--only",
        "call-",
        "--only",
        "open-",
        "--only",
        "deactivate-t",
        "--only",
        "respond-",
        "--only",
        "am1-body",
    ]);
    let mut app = App::right();
    run.plays_all(&mut app);
    let rows = run.state()["rows"].as_array().unwrap().len();
    assert!(rows >= 60, "{rows}");
    let (code, report, said) = run.finish();
    let verdicts = verdicts(&report);
    let wrong: Vec<_> = verdicts
        .iter()
        .filter(|(_, verdict)| !["pass", "not-testable"].contains(&verdict.as_str()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?} {said}");
    assert_eq!(code, 0, "{said}");
    let passed = verdicts.iter().filter(|(_, verdict)| verdict == "pass").count();
    assert_eq!(passed, rows, "what was not played is not passed");
    assert!(said.contains(&format!("and {} activation", app.activations)), "{} {said}", app.activations);
    assert_eq!(report["parts"][0]["claims"][0]["version"], "1.2");
}

#[test]
fn an_app_that_is_wrong_fails_with_the_requirement() {
    let as_it_is: fn(String) -> String = |url| url;
    for (fault, bend, case, requirement) in [
        ("skips-A2A-10", as_it_is, "app-unlisted-x-success", "A2A-10"),
        ("white-list-by-prefix", as_it_is, "app-unlisted-x-success", "A2A-10"),
        ("skips-A2A-6", as_it_is, "app-encoded-never", "A2A-6"),
        ("tells-no-state", as_it_is, "call-state", "A2A-29"),
        ("", |url| url.replace("ErrorCode=7", "ErrorCode=5"), "app-message-damaged", "PRT-4"),
        ("", |url| url.replace("&ErrorCode", "?ErrorCode"), "app-message-damaged", "PRT-4"),
        ("", |url| url.replace("/paid?", "/back?"), "a2a-success", "A2A-17"),
        ("", |url| url.replace("/back/back", "/back/failed"), "a2a-cancel", "A2A-17"),
    ] {
        let run = Run::start(&["--case", case]);
        let mut app = if fault.is_empty() { App::right() } else { App::with(fault) };
        app.bend = bend;
        run.plays_all(&mut app);
        let (code, report, said) = run.finish();
        let found = &report["parts"][0]["cases"][0];
        assert_eq!((code, found["verdict"].as_str()), (1, Some("fail")), "{fault} {case} {said}");
        assert_eq!(found["requirement"].as_str(), Some(requirement), "{fault} {case} {said}");
        assert!(said.contains(&format!("check-app --case {case}")), "{said}");
    }
}

#[test]
fn what_nobody_has_seen_is_not_passed() {
    let cases =
        ["--case", "app-plus", "--case", "app-blocked", "--case", "app-message-damaged", "--case", "a2a-off"];
    let run = Run::start(&cases);
    let row = |id: &str| {
        let rows = run.state()["rows"].as_array().unwrap().clone();
        rows.iter().position(|row| row["id"] == id).unwrap()
    };
    let says = |id: &str, saw: &str| {
        assert_eq!(run.post("play", &json!({ "row": row(id) })), 200);
        let number = loop {
            match run.task() {
                Some((number, _)) => break number,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        assert_eq!(run.post("said", &json!({"task": number + 1, "saw": saw})), 409, "another task");
        assert_eq!(run.post("said", &json!({"task": number, "saw": "shown"})), 409, "not of an empty app");
        assert_eq!(run.post("said", &json!({"task": number, "saw": saw})), 200);
        while run.task().is_some() {}
    };
    says("app-plus", "unsure");
    says("app-blocked", "crashed");
    // Stopped, it can be played again, and isn't.
    assert_eq!(run.post("play", &json!({ "row": row("app-message-damaged") })), 200);
    while run.task().is_none() {}
    assert_eq!(run.post("stop", &json!({})), 200);
    while run.task().is_some() {}
    let (code, report, said) = run.finish();
    let expected = [
        ("app-plus", "not-testable"),
        ("app-blocked", "crash"),
        ("app-message-damaged", "not-run"),
        ("a2a-off", "not-testable"),
    ];
    let mut found = verdicts(&report);
    found.sort();
    let mut expected: Vec<_> = expected.map(|(id, verdict)| (id.to_owned(), verdict.to_owned())).into();
    expected.sort();
    assert_eq!(found, expected, "{said}");
    assert_eq!(code, 1);
    let run = Run::start(&["--case", "app-plus"]);
    let (code, report, said) = run.finish();
    assert_eq!((code, verdicts(&report)[0].1.as_str()), (3, "not-run"), "{said}");
}

#[test]
fn a_stranger_finds_nothing_and_changes_nothing() {
    let run = Run::start(&["--case", "app-plus"]);
    let (origin, path) = run.url.trim_end_matches('/').rsplit_once('/').unwrap();
    let host = origin.strip_prefix("http://").unwrap();
    let status = |request: ureq::RequestBuilder<ureq::typestate::WithoutBody>| {
        request.call().unwrap().status().as_u16()
    };
    let get = |url: String| run.agent.get(url);
    for other in ["", "state", &"0".repeat(path.len()), &path[1..], &format!("{path}0")] {
        for tail in ["", "/", "/state", "/back/paid?otp=1"] {
            assert_eq!(status(get(format!("{origin}/{other}{tail}"))), 404, "{other}{tail}");
        }
    }
    assert_eq!(status(get(run.url.clone()).header("host", "evil.example")), 421);
    assert_eq!(status(get(run.url.clone()).header("origin", "http://evil.example")), 403);
    assert_eq!(status(get(run.url.clone()).header("host", host).header("origin", origin)), 200);
    let form =
        run.agent.post(format!("{}play", run.url)).content_type("text/plain").send("{\"row\":0}").unwrap();
    assert_eq!(form.status().as_u16(), 415);
    assert_eq!(run.post("play", &json!({"row": 7})), 409);
    assert_eq!(run.post("play", &json!({"row": "0"})), 400);
    assert!(run.state()["playing"].is_null());
    let page = get(run.url.clone()).call().unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
    // A call that nobody waits for is no answer to a later question.
    run.calls(&format!("{}back/paid?otp=1", run.url));
    let (code, ..) = run.finish();
    assert_eq!(code, 3);
}

#[test]
fn what_makes_no_sense_is_said_before_anything_is_served() {
    for (arguments, words) in [
        (&["--listen", "0.0.0.0:0"][..], "--host NAME is due"),
        (&["--token", "short"], "22 to 128 letters"),
        (&["--case", "a2a-off"], "none of the selected cases can be seen on an app"),
        (&["--case", "a2a-success", "--actions", "1"], "each asks for more than --actions 1"),
        (&["--case", "a2a-succes"], "the nearest are a2a-success"),
    ] {
        let program = env!("CARGO_BIN_EXE_counterproof");
        let folder = std::env::temp_dir().join(format!("counterproof-app-{}-none", std::process::id()));
        let output = Command::new(program)
            .args(["check-app", "--report"])
            .arg(&folder)
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {said}");
        assert!(said.contains(words), "{arguments:?} {said}");
        assert!(!folder.exists());
    }
}
