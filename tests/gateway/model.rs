//! A gateway without sockets, files and a clock: the surface in front of licenses in memory, behind the bridge's operations.
//! Time passes when somebody waits, so that what takes minutes takes none; and it can be wrong on purpose.

use std::cell::Cell;
use std::collections::HashMap;

use channel::bytes::Wire as _;
use channel::class::Class;
use channel::crypto::keys::Key as ChannelKey;
use channel::fault;
use channel::license::blob::Epoch;
use channel::serial::Serial;
use channel::server::{License, Logins, Origin, Settings};
use channel::text::gateway_string::{ChallengeKey, Identity};
use channel::text::hex;
use gatecheck::bridge::{
    self, About, AllTold, Ask, AskAbout, AskAtOnce, AskRestart, AskWait, Body, Came, Key, Now, Reply, Told,
};
use gateway::code::{Problem, ResultCodes};
use gateway::limits::{Limits, Rate};
use gateway::openapi;
use gateway::operate::{Performed, Place, Random, Request, Target};
use gateway::registration::RegistrationId;
use gateway::sessions::{Name, Sessions};
use gateway::surface::{Operation, Outcome, Side};
use harness::case::GATEWAY;
use harness::setup;
use harness::trial::{Broken, Exchange};
use peer::operations::HelloResult;
use peer::protocol::{Answer, Array, Question, read, read_raw};
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

/// When it begins.
pub const BEGIN: u32 = 1_800_000_000;
const HOST: &str = "127.0.0.1:8420";
const MAX_BODY: usize = 16 * 1024;

/// In what it is wrong.
#[derive(Clone, Copy)]
pub enum Wrong {
    /// In nothing.
    Nowhere,
    /// By a check or value of the reference.
    Inside(&'static str),
    /// It takes what is asked for something else.
    Asked(fn(&mut Ask)),
    /// It says something else.
    Says(fn(&Ask, &mut Reply)),
    /// It comes back with less than it had; the second are the sessions before the last change.
    Restarted(fn(&mut Sessions, &Sessions)),
    /// It looks before it locks: what comes at once is done each time.
    Races,
    /// It waits for a head for ever, or nearly.
    WaitsForHeads,
    /// It has no limits. (None is due by these cases.)
    Unlimited,
}

/// A license, and what is beside it.
struct Held {
    license: License,
    sessions: Sessions,
    before: Sessions,
}

pub struct Model {
    serials: Vec<Serial>,
    held: HashMap<Serial, Held>,
    names: HashMap<Vec<u8>, Serial>,
    clock: u32,
    drawn: u64,
    limits: Limits<Serial>,
    wrong: Wrong,
}

pub fn claims() -> HelloResult {
    HelloResult {
        protocol: 1.into(),
        name: "a model".into(),
        version: "1".into(),
        language: "Rust".into(),
        profile: GATEWAY.into(),
        operations: bridge::OPERATIONS.map(str::to_owned).into(),
        injects_time: false,
        injects_randomness: false,
    }
}

/// A reply that tells of a problem.
pub fn problem(problem: Problem) -> Reply {
    answered(problem.http(), json!({"resultCodes": problem.codes()}))
}

fn answered(status: u16, body: Value) -> Reply {
    let guards = [
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ];
    let headers = guards.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Reply { status, headers: headers.collect(), body: body.to_string() }
}

impl Model {
    pub fn new(wrong: Wrong) -> Self {
        let rate = if matches!(wrong, Wrong::Unlimited) { 0 } else { 100 };
        let limits = Limits::new(Rate { burst: 350, per_second: rate });
        let vector = setup::otp_vector();
        let serials = (0..gatecheck::LICENSES).map(|n| Serial::new(vector.prefix, u64::from(1_000_000 + n)));
        let serials: Vec<_> = serials.collect();
        let (held, names) = (HashMap::new(), HashMap::new());
        Self { serials, held, names, clock: BEGIN, drawn: 1, limits, wrong }
    }

    fn draw<const N: usize>(&mut self) -> [u8; N] {
        [(); N].map(|()| {
            self.drawn =
                self.drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.drawn >> 56) as u8
        })
    }

    /// Licenses are made when somebody asks for them: a case needs two.
    fn make(&mut self, serial: Serial) {
        if self.held.contains_key(&serial) || !self.serials.contains(&serial) {
            return;
        }
        let vector = setup::otp_vector();
        let origin = Origin {
            serial,
            license_key: ChannelKey::new(self.draw()),
            static_vector_bytes: vector.to_bytes(),
            static_vector: vector,
            payload_key: Some(ChannelKey::new(self.draw())),
            epoch: Epoch(self.draw()),
            last_counter: 0,
        };
        let settings = Settings { message_vector: setup::message_vector(), threshold: 5 };
        let license = License::new(origin, settings).unwrap();
        let (sessions, before) = Default::default();
        self.held.insert(serial, Held { license, sessions, before });
    }

    fn about(&mut self, number: u32) -> About {
        About {
            serial: self.serials[number as usize].to_string(),
            threshold: 5,
            application: 1,
            unsuited: Some(2),
            code_tries: setup::CODE_TRIES as u8,
            signature_tries: setup::SIGNATURE_TRIES as u8,
            wait_s: 4_000,
            restarts: true,
            fresh: Array(self.draw()),
        }
    }

    fn told(&mut self, ask: &Ask) -> Told {
        let mut took_ms = 1;
        let came = match &ask.body {
            Body::HalfHead => {
                took_ms = if matches!(self.wrong, Wrong::WaitsForHeads) { 14_000 } else { 10_000 };
                Came::Closed("closed without a reply".into())
            }
            _ => {
                let mut taken = ask.clone();
                if let Wrong::Asked(bend) = self.wrong {
                    bend(&mut taken);
                }
                let mut reply = self.reply(&taken);
                if let Wrong::Says(bend) = self.wrong {
                    bend(ask, &mut reply);
                }
                Came::Reply(reply)
            }
        };
        Told { now: self.clock, took_ms, came }
    }

    fn reply(&mut self, ask: &Ask) -> Reply {
        match self.guarded(ask) {
            Ok(reply) => reply,
            Err(refused) => problem(refused),
        }
    }

    /// In the order of the gateway: whom it is for, where it comes from, path, method, key, type, length, content.
    fn guarded(&mut self, ask: &Ask) -> Result<Reply, Problem> {
        if ask.host.as_deref().is_some_and(|host| host != HOST) {
            return Err(Problem::Misdirected);
        }
        let header =
            |name: &str| ask.headers.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str());
        if header("origin").is_some() {
            return Err(Problem::ForeignOrigin);
        }
        let row = Operation::TABLE.into_iter().find(|(_, path, ..)| *path == ask.path);
        let Some((operation, _, side, _)) = row else {
            return match ask.path.as_str() {
                "/healthz" | "/openapi.json" if ask.method != "GET" => Err(Problem::BadMethod),
                "/healthz" => Ok(answered(200, json!({"status": "ok"}))),
                "/openapi.json" => Ok(answered(200, serde_json::from_str(&openapi::text()).unwrap())),
                _ => Err(Problem::NotFound),
            };
        };
        if ask.method != "POST" {
            return Err(Problem::BadMethod);
        }
        if side == Side::BackEnd && ask.key != Key::Right {
            return Err(Problem::NotAllowed);
        }
        let media = header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/json") {
            return Err(Problem::BadMedia);
        }
        let body = match &ask.body {
            Body::None | Body::HalfHead => Vec::new(),
            Body::Text { text } => text.clone().into_bytes(),
            Body::Bytes { bytes } => bytes.0.clone(),
            Body::Announced { length } => vec![b' '; usize::try_from(*length).unwrap().min(MAX_BODY + 1)],
            Body::Chunks { length } => vec![b' '; *length as usize],
            Body::Stalled => {
                self.clock += 10;
                return Err(Problem::TimedOut);
            }
        };
        if body.len() > MAX_BODY {
            return Err(Problem::TooLarge);
        }
        let request = Request::read(operation, &body)?;
        if request.names().is_some_and(|serial| !self.limits.admits(serial, u64::from(self.clock) * 1000)) {
            return Err(Problem::TooMany);
        }
        let result = self.perform(request)?;
        let codes = ResultCodes::success();
        Ok(match result {
            None => answered(200, json!({"resultCodes": codes})),
            Some(outcome) => answered(200, json!({"resultCodes": codes, "result": outcome})),
        })
    }

    fn perform(&mut self, request: Request) -> Performed {
        let target = request.target();
        let serial = match &target {
            Target::License(serial) => {
                self.make(*serial);
                Some(*serial)
            }
            Target::Record(name) => self.names.get(&name.to_bytes()).copied(),
        };
        let random = Random { challenge: self.draw(), salt: self.draw(), id: self.draw() };
        let (now, fresh_key) = (self.clock, Some(ChallengeKey(self.draw())));
        let held = serial.and_then(|serial| self.held.get_mut(&serial).map(|held| (serial, held)));
        let Some((serial, held)) = held else { return request.perform(None, now, random) };
        let before = held.sessions.clone();
        let place = Place { license: &mut held.license, sessions: &mut held.sessions, fresh_key };
        let performed = match self.wrong {
            Wrong::Inside(name) => fault::with(name, || request.perform(Some(place), now, random)),
            _ => request.perform(Some(place), now, random),
        };
        if let Ok(outcome) = &performed {
            if !matches!(outcome, Some(Outcome::Status(_) | Outcome::Devices(_))) {
                held.before = before;
            }
            let name = match outcome {
                Some(Outcome::Started(started)) => {
                    Some(Name::login(ChallengeKey::parse(&started.challenge_key).unwrap()))
                }
                Some(Outcome::Registered(registered)) => {
                    let id = hex::decode(&registered.registration_identifier).unwrap();
                    Some(Name::registration(RegistrationId(id.try_into().unwrap())))
                }
                Some(Outcome::Activated(_)) => {
                    let identity: &Identity = &held.sessions.account.as_ref().unwrap().identity;
                    Some(Name::account(identity))
                }
                _ => None,
            };
            self.names.extend(name.map(|name| (name.to_bytes(), serial)));
        }
        performed
    }

    /// At once, and one after the other all the same, unless it races.
    fn at_once(&mut self, AskAtOnce { ask, times }: &AskAtOnce) -> AllTold {
        let one = |model: &mut Self| {
            if !matches!(model.wrong, Wrong::Races) {
                return model.told(ask);
            }
            let kept: Vec<_> = model
                .held
                .iter()
                .map(|(serial, held)| (*serial, held.license.clone(), held.sessions.clone()))
                .collect();
            let told = model.told(ask);
            for (serial, license, sessions) in kept {
                let held = model.held.get_mut(&serial).unwrap();
                (held.license, held.sessions) = (license, sessions);
            }
            told
        };
        AllTold { told: (0..*times).map(|_| one(self)).collect() }
    }

    /// What is beside the licenses is written and read again.
    fn restart(&mut self) -> Told {
        for (serial, held) in &mut self.held {
            let mut read = Sessions::default();
            for record in held.sessions.records() {
                assert!(read.take_up(*serial, record.name.kind(), &record.content).is_ok());
            }
            if let Wrong::Restarted(spoil) = self.wrong {
                spoil(&mut read, &held.before);
            }
            held.sessions = read;
        }
        Told { now: self.clock, took_ms: 100, came: Came::Reply(answered(200, json!({}))) }
    }

    fn answer(&mut self, question: &Question<'_>) -> Value {
        fn params<P: DeserializeOwned>(question: &Question<'_>) -> P {
            read_raw(question.params).unwrap()
        }
        match &*question.op {
            bridge::ABOUT => json!(self.about(params::<AskAbout>(question).license)),
            bridge::ASK => json!(self.told(&params(question))),
            bridge::AT_ONCE => json!(self.at_once(&params(question))),
            bridge::WAIT => {
                self.clock += params::<AskWait>(question).seconds;
                json!(Now { now: self.clock })
            }
            bridge::RESTART => {
                let AskRestart {} = params(question);
                json!(self.restart())
            }
            other => panic!("{other}"),
        }
    }
}

impl Exchange for Model {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let question: Question<'_> = read(line).unwrap();
        let result = to_raw_value(&self.answer(&question)).unwrap();
        let answer = Answer { seq: Some(question.seq), ok: Some(&result), ..Answer::default() };
        Ok(serde_json::to_vec(&answer).unwrap())
    }
}

/// A deliberate fault, and the requirement that must be blamed.
pub type Fault = (&'static str, &'static str, Wrong);

fn is(ask: &Ask, operation: Operation) -> bool {
    ask.path == operation.path()
}

/// The body of a request as text.
fn text(ask: &Ask) -> &str {
    if let Body::Text { text } = &ask.body { text } else { "" }
}

fn bend_text(ask: &mut Ask, from: &str, to: &str) {
    if let Body::Text { text } = &mut ask.body {
        *text = text.replace(from, to);
    }
}

fn bend_body(reply: &mut Reply, bend: impl FnOnce(&mut Value)) {
    if let Ok(mut body) = serde_json::from_str(&reply.body) {
        bend(&mut body);
        reply.body = body.to_string();
    }
}

fn has(reply: &Reply, class: Class) -> bool {
    reply.body.contains(&format!("\"{}\"", Problem::Refused(class).codes().status_code_enum))
}

thread_local! {
    /// Whether a device that is locked was told of.
    static LOCKED: Cell<bool> = const { Cell::new(false) };
}

/// Another class than is due.
fn says(reply: &mut Reply, due: Class, said: Class) {
    if has(reply, due) {
        *reply = problem(Problem::Refused(said));
    }
}

/// Faults in how requests are read.
const READING: [Fault; 14] = [
    (
        "any-method",
        "GTW-1",
        Wrong::Asked(|ask| {
            if ask.path.starts_with("/rest/") {
                ask.method = "POST".into()
            }
        }),
    ),
    (
        "any-case-of-paths",
        "GTW-1",
        Wrong::Asked(|ask| {
            let known =
                Operation::TABLE.into_iter().find(|(_, path, ..)| path.eq_ignore_ascii_case(&ask.path));
            ask.path = known.map_or(ask.path.clone(), |(_, path, ..)| path.to_owned());
        }),
    ),
    (
        "arrays-for-objects",
        "GTW-2",
        Wrong::Asked(|ask| {
            if text(ask).starts_with("[\"") {
                bend_text(ask, "[", "{\"challengeKey\":");
                bend_text(ask, "]", "}");
            }
        }),
    ),
    (
        "members-twice",
        "GTW-2",
        Wrong::Asked(|ask| {
            if let Ok(value) = serde_json::from_str::<Value>(text(ask)) {
                ask.body = Body::Text { text: value.to_string() };
            }
        }),
    ),
    ("leading-zeros", "GTW-2", Wrong::Asked(|ask| bend_text(ask, "-01\"", "-1\""))),
    (
        "unknown-members",
        "GTW-2",
        Wrong::Asked(|ask| {
            if text(ask).contains("\"more\"") {
                ask.body = Body::None
            }
        }),
    ),
    (
        "any-length",
        "GTW-4",
        Wrong::Asked(|ask| {
            let is_long = matches!(ask.body, Body::Announced { .. } | Body::Chunks { .. });
            if is_long || text(ask).len() > MAX_BODY {
                ask.body = Body::Text { text: "{\"challengeKey\":\"0000000000\"}".into() };
            }
        }),
    ),
    (
        "any-media",
        "GTW-4",
        Wrong::Asked(|ask| {
            ask.headers.retain(|(name, _)| name != "content-type");
            ask.headers.push(("content-type".into(), "application/json".into()));
        }),
    ),
    ("no-key", "GTW-7", Wrong::Asked(|ask| ask.key = Key::Right)),
    (
        "any-key",
        "GTW-7",
        Wrong::Asked(|ask| {
            if ask.key == Key::Wrong {
                ask.key = Key::Right
            }
        }),
    ),
    ("any-host", "GTW-9", Wrong::Asked(|ask| ask.host = None)),
    ("any-origin", "GTW-9", Wrong::Asked(|ask| ask.headers.retain(|(name, _)| name != "origin"))),
    ("users-of-any-case", "GTW-5", Wrong::Asked(|ask| bend_text(ask, "\"USER-VDS", "\"user-VDS"))),
    (
        "blanks-around-keys",
        "PSH-4",
        Wrong::Asked(|ask| bend_text(ask, "\"challengeKey\":\" ", "\"challengeKey\":\"")),
    ),
];

/// Faults in what is said.
const SAYING: [Fault; 26] = [
    ("always-200", "GTW-3", Wrong::Says(|_, reply| reply.status = 200)),
    (
        "gone-for-expired",
        "GTW-3",
        Wrong::Says(|_, reply| {
            if has(reply, Class::Expired) {
                reply.status = 410
            }
        }),
    ),
    (
        "numbers-from-0",
        "GTW-3",
        Wrong::Says(|_, reply| {
            bend_body(reply, |body| {
                if let Some(code) =
                    body["resultCodes"]["statusCode"].as_u64().filter(|code| (1..1000).contains(code))
                {
                    body["resultCodes"]["statusCode"] = json!(code - 1);
                }
            });
        }),
    ),
    (
        "result-of-nothing",
        "GTW-3",
        Wrong::Says(|_, reply| {
            if reply.status == 403 {
                bend_body(reply, |body| body["result"] = json!({}))
            }
        }),
    ),
    (
        "html",
        "GTW-3",
        Wrong::Says(|_, reply| {
            if reply.status == 404 {
                reply.body = "<html></html>".into()
            }
        }),
    ),
    (
        "document-without-a-path",
        "GTW-1",
        Wrong::Says(|ask, reply| {
            if ask.path == "/openapi.json" {
                reply.body = reply.body.replace("/rest/v2/backend/devices", "/rest/v2/backend/device");
            }
        }),
    ),
    (
        "health-without-200",
        "GTW-1",
        Wrong::Says(|ask, reply| {
            if ask.path == "/healthz" {
                reply.status = 204
            }
        }),
    ),
    (
        "result-of-an-approval",
        "GTW-1",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::Approve) && reply.status == 200 {
                bend_body(reply, |body| body["result"] = json!({"user": 1}));
            }
        }),
    ),
    (
        "two-digits",
        "GTW-2",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::AddDevice) || is(ask, Operation::Activate) {
                reply.body = reply.body.replace("-1\"", "-01\"");
            }
        }),
    ),
    (
        "short-identifiers",
        "GTW-2",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::Register) && reply.status == 200 {
                bend_body(reply, |body| body["result"]["registrationIdentifier"] = json!("0011223344"));
            }
        }),
    ),
    (
        "bad-request-for-late",
        "GTW-4",
        Wrong::Says(|_, reply| {
            if reply.status == 408 {
                *reply = problem(Problem::BadRequest)
            }
        }),
    ),
    (
        "no-description",
        "GTW-5",
        Wrong::Says(|_, reply| {
            reply.body = reply.body.replace("\"description\":\"mine\"", "\"description\":\"\"")
        }),
    ),
    (
        "licenses-are-told",
        "GTW-8",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::Prepare) && text(ask).contains("ZZZ") {
                *reply = problem(Problem::Refused(Class::UnknownInstance));
            }
        }),
    ),
    (
        "users-are-told",
        "GTW-8",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::Approve)
                && text(ask).contains("\"nobody\"")
                && has(reply, Class::UnknownSession)
            {
                *reply = problem(Problem::Refused(Class::WrongUser));
            }
        }),
    ),
    (
        "rejections-tell-of-licenses",
        "GTW-8",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::Reject) && text(ask).contains("ZZZ") {
                *reply = problem(Problem::Refused(Class::UnknownInstance));
            }
        }),
    ),
    (
        "codes-before-registrations",
        "GTW-8",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::AddDevice)
                && text(ask).contains("\"deviceCode\":\"1\"")
                && reply.status == 404
            {
                *reply = problem(Problem::Refused(Class::BadCode));
            }
        }),
    ),
    (
        "served-for-ever",
        "GTW-10",
        Wrong::Says(|_, reply| {
            if reply.status == 429 {
                *reply = problem(Problem::Unavailable)
            }
        }),
    ),
    (
        "wrong-signatures-are-right",
        "VER-12",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::Approve) && has(reply, Class::WrongSignature) {
                *reply = answered(200, json!({"resultCodes": ResultCodes::success()}));
            }
        }),
    ),
    (
        "one-word-for-signatures",
        "VER-10",
        Wrong::Says(|_, reply| says(reply, Class::BadSignature, Class::WrongSignature)),
    ),
    ("one-word-for-codes", "DVC-4", Wrong::Says(|_, reply| says(reply, Class::BadCode, Class::WrongCode))),
    ("one-word-for-order", "LGN-13", Wrong::Says(|_, reply| says(reply, Class::WrongState, Class::Expired))),
    (
        "locked-retrieve-not",
        "LGN-24",
        Wrong::Says(|ask, reply| {
            let is_second = is(ask, Operation::Prepare) && LOCKED.with(|locked| locked.get());
            LOCKED.with(|locked| locked.set(locked.get() || reply.body.contains("\"locked\":true")));
            if is_second {
                *reply = problem(Problem::Refused(Class::Locked));
            }
        }),
    ),
    (
        "no-time",
        "NON-1",
        Wrong::Says(|ask, reply| {
            // Nobody opens it any more, but the time is looked at first.
            if is(ask, Operation::StartLogin) {
                bend_body(reply, |body| {
                    if let Some(message) = body["result"]["notificationMessage"].as_str().map(str::to_owned) {
                        let bent = [&message[..14], "00000000", &message[22..]].concat();
                        body["result"]["notificationMessage"] = json!(bent);
                    }
                });
            }
        }),
    ),
    (
        "kept-by-browsers",
        "GTW-11",
        Wrong::Says(|_, reply| {
            reply.headers.insert("cache-control".into(), "max-age=60".into());
        }),
    ),
    (
        "keys-in-lower-case",
        "LGN-1",
        Wrong::Says(|ask, reply| {
            if is(ask, Operation::StartLogin) {
                bend_body(reply, |body| {
                    if let Some(key) = body["result"]["challengeKey"].as_str().map(str::to_lowercase) {
                        body["result"]["challengeKey"] = json!(key);
                    }
                });
            }
        }),
    ),
    (
        "nobody-is-locked",
        "VER-5",
        Wrong::Says(|_, reply| reply.body = reply.body.replace("\"locked\":true", "\"locked\":false")),
    ),
];

/// Faults in what outlives what.
const KEEPING: [Fault; 6] = [
    ("forgets-logins", "GTW-6", Wrong::Restarted(|sessions, _| sessions.logins = Logins::default())),
    ("forgets-the-registration", "GTW-6", Wrong::Restarted(|sessions, _| sessions.registration = None)),
    (
        "forgets-devices",
        "GTW-6",
        Wrong::Restarted(|sessions, _| {
            sessions.registration = None;
            sessions.account = None;
        }),
    ),
    (
        "answers-before-it-keeps",
        "GTW-6",
        Wrong::Restarted(|sessions, before| sessions.logins = before.logins.clone()),
    ),
    ("races", "LGN-8", Wrong::Races),
    ("waits-for-heads", "GTW-4", Wrong::WaitsForHeads),
];

/// Checks and values of the reference, with what must be blamed.
const INSIDE: [(&str, &str); 31] = [
    ("AM2-4", "AM2-4"),
    ("DVC-5", "DVC-5"),
    ("DVC-10", "DVC-10"),
    ("DVC-11", "DVC-11"),
    ("DVC-12", "DVC-12"),
    ("INF-4", "INF-4"),
    ("LGN-3", "LGN-3"),
    ("LGN-7", "LGN-7"),
    ("LGN-8", "LGN-8"),
    ("LGN-9", "LGN-9"),
    ("LGN-10", "LGN-10"),
    ("LGN-11", "LGN-11"),
    ("LGN-12", "LGN-12"),
    ("LGN-15", "LGN-15"),
    ("LGN-22", "LGN-22"),
    ("LGN-23", "LGN-23"),
    ("PSH-5", "PSH-5"),
    ("REQ-12", "REQ-12"),
    ("VER-5", "VER-5"),
    ("approves-any-domain", "LGN-15"),
    ("am1-of-the-clock", "AM1-14"),
    ("cancels-nothing", "LGN-19"),
    ("decides-in-60-seconds", "LGN-5"),
    ("information-accepted-again", "INF-4"),
    ("login-counts-nothing", "LGN-22"),
    ("forgets-no-login", "LGN-6"),
    ("logins-without-pin", "LGN-14"),
    ("unconfirmed-go-on", "AM2-18"),
    ("never-expires", "LGN-9"),
    ("requesters-are-one", "LGN-3"),
    ("siblings-approve", "LGN-16"),
];

/// All faults.
pub fn faults() -> impl Iterator<Item = Fault> {
    let inside = INSIDE.into_iter().map(|(name, blame)| (name, blame, Wrong::Inside(name)));
    READING.into_iter().chain(SAYING).chain(KEEPING).chain(inside)
}
