//! A program of bytes drives two licenses and three clients in any order, with a clock of its own and a postman
//! who may keep, repeat, bend and misdirect everything.

use std::collections::BTreeMap;

use super::model::Model;
use super::slow::{self, Verdict};
use super::world::Watched;
use super::world::{
    self, CHALLENGE, CODE_TRIES, Kind, LICENSE, LICENSE_KEY, OTHER, PAYLOAD_KEY, SALT, START,
};
use super::{Choices, Target, model, same, slow_crypto};
use crate::client::{Client, Decision, Pin};
use crate::error::Class;
use crate::harness::setup::{PIN_TRIES, app};
use crate::server::License;
use crate::text::hex;
use crate::wire::frame::Carrier;

/// A program: an operation's byte, then its choices.
pub const FLOWS: Target = Target {
    name: "flows",
    run: flows,
    max_len: 320,
    seeds,
    dictionary: &[],
    oracles: &[
        "message counters rise by one, times never fall, sequence numbers are never used twice",
        "a signature is accepted exactly when a second implementation says so, a request at most once",
        "a long signature that is accepted was made by that client for just that message",
        "locked stays locked: codes, instances, accounts",
        "a free refusal changes nothing, a counted one exactly one counter",
        "what was not refused gives the same answer and the same state twice",
    ],
};

/// The second one has few messages left.
const LICENSES: [Kind; 2] = [LICENSE, Kind { last_counter: u32::MAX - 6, ..OTHER }];
/// The third client is on the second's device.
const DEVICES: [u8; 3] = [0, 1, 1];
const STEPS: usize = 60;

/// A license, and what is remembered of it.
struct Server {
    license: Watched<License>,
    model: Model,
    last_counter: u32,
    last_time: u32,
    challenge: [u8; 8],
    /// The last AM1, and when it was issued.
    am1: Option<(Vec<u8>, u32)>,
    /// The verified device, and the instance made for it.
    verified: Option<([u8; 6], Option<u8>)>,
}

/// A client, and what is remembered of it.
struct App {
    client: Watched<Client>,
    /// Server and message of the opened request.
    opened: Option<(usize, Vec<u8>)>,
    /// Sequence number by server.
    instances: BTreeMap<usize, u8>,
    /// Signatures made, by server and application.
    events: BTreeMap<(usize, u8), u64>,
}

/// A signature that a client made.
#[derive(Clone)]
struct Signed {
    server: usize,
    sequence: u8,
    message: Vec<u8>,
    text: String,
}

/// Everything that was ever sent.
#[derive(Default)]
struct Post {
    am1: Vec<Vec<u8>>,
    codes: Vec<(usize, String)>,
    messages: Vec<(usize, Vec<u8>)>,
    signed: Vec<Signed>,
}

struct Play<'a> {
    choices: Choices<'a>,
    now: u32,
    servers: [Server; 2],
    apps: [App; 3],
    post: Post,
}

fn flows(data: &[u8]) {
    let servers = LICENSES.map(|kind| Server {
        license: Watched::new(kind.license()),
        model: Model::new(kind),
        last_counter: kind.last_counter,
        last_time: 0,
        challenge: [0; 8],
        am1: None,
        verified: None,
    });
    let apps = DEVICES.map(app_on);
    let mut play = Play { choices: Choices::new(data), now: START, servers, apps, post: Post::default() };
    for _ in 0..STEPS {
        if play.choices.is_over() {
            break;
        }
        play.step();
    }
    play.servers.iter().for_each(|server| server.license.settle());
    play.apps.iter().for_each(|app| app.client.settle());
}

fn app_on(device: u8) -> App {
    App {
        client: Watched::new(world::client(device)),
        opened: None,
        instances: BTreeMap::new(),
        events: BTreeMap::new(),
    }
}

/// One of what was sent; the first choice is the last sent.
fn pick<'a, T>(all: &'a [T], choices: &mut Choices<'_>) -> Option<&'a T> {
    let back = choices.below(8);
    all.get(all.len().checked_sub(1 + back)?)
}

impl Play<'_> {
    fn step(&mut self) {
        match self.choices.byte() % 12 {
            0 => self.generate_activation1(),
            1 => self.activate_license(),
            2 => self.verify_device_code(),
            3 => self.generate_activation2(),
            4 => self.activate_instance(),
            5 => self.generate_request(),
            6 => self.open(),
            7 => self.sign(),
            8 => self.verify(false),
            9 => self.verify(true),
            10 => {
                let [sign, amount] = self.choices.array();
                let amount = u32::from(amount) * if sign & 2 == 0 { 7 } else { 4000 };
                self.now = if sign & 1 == 0 { self.now + amount } else { self.now - amount };
            }
            _ => {
                let app = self.choices.below(3);
                self.apps[app].client.settle();
                self.apps[app] = app_on(DEVICES[app]);
            }
        }
    }

    fn generate_activation1(&mut self) {
        let (at, flags, now) = (self.choices.below(2), self.choices.byte(), self.now);
        let server = &mut self.servers[at];
        server.challenge = if flags & 1 == 0 { CHALLENGE } else { [0; 8] };
        let challenge = Some(server.challenge).filter(|challenge| *challenge != [0; 8]);
        let issued =
            server.license.ask(|license| Ok(license.generate_activation1(challenge, flags & 2 != 0, now)));
        let am1 = issued.unwrap();
        let frame = slow::frame(&am1, false).unwrap();
        assert_eq!(
            (frame.nonce, frame.tag),
            (server.challenge, slow_crypto::checksum(&frame.header, &frame.body))
        );
        assert_eq!(server.license.role().code_failures(), 0, "AM1-10");
        server.verified = None;
        server.am1 = Some((am1.clone(), now));
        self.post.am1.push(am1);
    }

    fn activate_license(&mut self) {
        let at = self.choices.below(3);
        let Some(am1) = pick(&self.post.am1, &mut self.choices).cloned() else { return };
        let serial = slow::frame(&am1, false).unwrap().serial;
        let server = LICENSES.iter().position(|kind| kind.serial == serial).unwrap();
        let app = &mut self.apps[at];
        let code = app.client.ask(|client| client.activate_license(&hex::encode(&am1)));
        assert_eq!(code.is_ok(), !app.instances.contains_key(&server), "AM1-11");
        if let Ok(code) = code {
            let device = device(at);
            assert_eq!(code, slow_crypto::device_code(&LICENSE_KEY, device, &am1));
            self.post.codes.push((server, code));
        }
    }

    fn verify_device_code(&mut self) {
        let (at, bend, now) = (self.choices.below(2), self.choices.byte(), self.now);
        let Some((_, code)) = pick(&self.post.codes, &mut self.choices) else { return };
        let mut code = code.clone();
        if bend & 1 == 1 {
            let digit = char::from(b'0' + bend / 2 % 10).to_string();
            code.replace_range(20..21, &digit);
            let check = slow::check_digit(&code[..25], 10).to_string();
            code.replace_range(25..26, &check);
        }
        let server = &mut self.servers[at];
        let expected = server.device_of(&code, now);
        let known = server.license.ask(|license| license.verify_device_code(&code, now));
        same(known.map(|device| (device.kind, device.id)), expected);
        if let Ok(known) = known {
            let [a, b, c, d, e] = known.id;
            let device = [known.kind, a, b, c, d, e];
            assert_eq!(server.license.role().code_failures(), 0);
            assert!((0..3).any(|app| self::device(app) == device), "nobody else has the keys");
            if server.verified.is_none_or(|(verified, _)| verified != device) {
                server.verified = Some((device, None));
            }
        }
    }

    fn generate_activation2(&mut self) {
        let (at, now) = (self.choices.below(2), self.now);
        let server = &mut self.servers[at];
        let issued = server.license.ask(|license| license.generate_activation2(SALT, now));
        let expected = if server.verified.is_none() {
            Some("AM2-2")
        } else if server.verified.is_some_and(|(_, instance)| instance.is_some()) {
            None // AM2-5
        } else if server.model.instances.len() == usize::from(LICENSES[at].threshold) {
            Some("AM2-4")
        } else {
            (server.last_counter == u32::MAX).then_some("NON-3")
        };
        assert_eq!(issued.as_ref().err().map(|refusal| refusal.rule.id), expected);
        let Ok((sequence, am2)) = issued else { return };
        let (sequence, (device, made)) = (sequence.number(), server.verified.unwrap());
        server.verified = Some((device, Some(sequence)));
        assert!(sequence <= LICENSES[at].threshold, "AM2-4");
        if let Some(instance) = server.model.instances.get(&sequence) {
            assert!(instance.am2 == am2 && !instance.confirmed && instance.device == device, "AM2-5");
            assert_eq!(made, Some(sequence), "AM2-5");
        } else {
            assert_eq!(usize::from(sequence), server.model.instances.len() + 1, "AM2-3");
            let frame = server.issued(&am2, now);
            let serial = LICENSES[at].serial_bytes();
            let channel = slow_crypto::am2_channel(&LICENSE_KEY, serial, device, server.challenge);
            let body = slow::activation2(&slow_crypto::open(&channel, &frame).unwrap());
            assert_eq!(body, Ok((sequence, Some(PAYLOAD_KEY), SALT)));
            server.model.add_instance(sequence, device, am2.clone());
        }
        self.post.messages.push((at, am2));
    }

    fn activate_instance(&mut self) {
        let (at, now) = (self.choices.below(3), self.now);
        let Some((server, message)) = pick(&self.post.messages, &mut self.choices).cloned() else { return };
        let app = &mut self.apps[at];
        let text = hex::encode(&message);
        let activated = app.client.ask(|client| client.activate_instance(&text, now));
        let Ok(activated) = activated else { return };
        let sequence = activated.sequence.number();
        let instance = &self.servers[server].model.instances[&sequence];
        assert!(instance.device == device(at) && instance.am2 == message, "an AM2 for another device");
        assert_eq!(app.instances.insert(server, sequence), None, "AM2-6");
        self.post.signed.push(Signed { server, sequence, message, text: activated.signature });
    }

    fn generate_request(&mut self) {
        let (at, what, now) = (self.choices.below(2), self.choices.byte(), self.now);
        let application = match what % 8 {
            4.. => 1 + what / 8 % 8,
            known => [app::TIME, app::EVENT, app::BOTH, app::LONG][usize::from(known)],
        };
        let request = world::request(application, what & 64 != 0);
        let server = &mut self.servers[at];
        let issued = server.license.ask(|license| license.generate_request(&request, Carrier::Direct, now));
        let signs = world::vector().application(application).is_some_and(|it| it.signs(true));
        let expected =
            if signs { (server.last_counter == u32::MAX).then_some("NON-3") } else { Some("REQ-12") };
        assert_eq!(issued.as_ref().err().map(|refusal| refusal.rule.id), expected);
        let Ok(message) = issued else { return };
        let frame = server.issued(&message, now);
        let body = slow::request(&slow_crypto::open(&PAYLOAD_KEY, &frame).unwrap());
        assert_eq!(body, Ok(super::wire::fields_of(request)));
        server.model.issued.insert(message.clone(), application);
        self.post.messages.push((at, message));
    }

    fn open(&mut self) {
        let at = self.choices.below(3);
        let Some((server, message)) = pick(&self.post.messages, &mut self.choices).cloned() else { return };
        let is_locked = self.is_locked(at, server);
        let app = &mut self.apps[at];
        let shown = app.client.ask(|client| client.open(&hex::encode(&message), Carrier::Direct));
        assert!(!(is_locked && shown.is_ok()), "CLI-5");
        if let Ok(shown) = shown {
            assert_eq!(app.instances.get(&server), Some(&shown.sequence.number()));
            app.opened = Some((server, message));
        }
    }

    fn sign(&mut self) {
        let (at, decision, now) = (self.choices.below(3), self.choices.byte(), self.now);
        let decision = match decision % 8 {
            0 => Decision::Reject,
            1 => Decision::Approve(Pin::Wrong),
            2 | 3 => Decision::Approve(Pin::Cached),
            _ => Decision::Approve(Pin::Right),
        };
        let opened = self.apps[at].opened.clone();
        let is_locked = opened.as_ref().is_some_and(|(server, _)| self.is_locked(at, *server));
        let app = &mut self.apps[at];
        let signed = app.client.ask(|client| client.sign(decision, now));
        match (signed, opened) {
            (Ok(signature), Some((server, message))) => {
                assert!(!is_locked, "CLI-16");
                assert_eq!(signature.is_some(), decision != Decision::Reject, "CLI-13");
                app.opened = None;
                let sequence = app.instances[&server];
                let index = self.servers[server].model.issued[&message];
                if let Some(text) = &signature {
                    let event = app.events.entry((server, index)).or_default();
                    let serial = LICENSES[server].serial_bytes();
                    assert_eq!(
                        *text,
                        slow_signature(serial, sequence, index, at, now, *event, &message),
                        "SIG-5"
                    );
                    *event += 1;
                }
                self.post.signed.extend(signature.map(|text| Signed { server, sequence, message, text }));
            }
            (Ok(_), None) => panic!("CLI-12: signed without an opened message"),
            (Err(refusal), opened) => {
                assert_eq!(refusal.class() == Class::WrongState, opened.is_none());
                assert_eq!(refusal.class() == Class::Locked, is_locked);
            }
        }
    }

    /// `mixed`: message, signature and instance each from somewhere else.
    fn verify(&mut self, mixed: bool) {
        let Some(mut signed) = pick(&self.post.signed, &mut self.choices).cloned() else { return };
        if mixed {
            let choice = self.choices.byte();
            if let Some((_, message)) =
                pick(&self.post.messages, &mut self.choices).filter(|_| choice & 1 == 1)
            {
                signed.message = message.clone();
            }
            if choice & 2 != 0 {
                signed.sequence = 1 + choice / 16 % 3;
            }
            if choice & 4 != 0 {
                signed.server = 1 - signed.server;
            }
            if choice & 8 != 0 {
                let digit = if signed.text.ends_with('0') { "1" } else { "0" };
                signed.text.replace_range(signed.text.len() - 1.., digit);
            }
        }
        let now = self.now;
        let Signed { server: at, sequence, message, text } = signed;
        let server = &mut self.servers[at];
        let hex = hex::encode(&message);
        let verified = server
            .license
            .ask(|license| license.verify_message_signature(world::sequence(sequence), &hex, &text, now));
        let accepted_before = server.model.accepted.clone();
        same(verified, server.model.verify(sequence, &hex, &text, now));
        let failures = server.license.role().signature_failures().map(|(sequence, n)| (sequence.number(), n));
        assert!(failures.eq(server.model.instances.iter().map(|(sequence, it)| (*sequence, it.failures))));
        if verified.is_err() {
            return;
        }
        let frame = slow::frame(&message, false).unwrap();
        if frame.kind == 3 {
            assert!(!accepted_before.contains(&frame.counter()), "VER-8");
        } else {
            server.verified.take_if(|(_, instance)| *instance == Some(sequence)); // VER-14
        }
        if server.model.issued.get(&message) == Some(&app::LONG) {
            let made = |it: &Signed| {
                (it.server, it.sequence, &it.message, &it.text) == (at, sequence, &message, &text)
            };
            assert!(self.post.signed.iter().any(made), "agreement");
        }
    }

    /// Whether a client's account on a server is locked.
    fn is_locked(&self, app: usize, server: usize) -> bool {
        let mut failures = self.apps[app].client.role().pin_failures();
        failures.any(|(serial, n)| serial.to_string() == LICENSES[server].serial && n >= PIN_TRIES)
    }
}

impl Server {
    /// DVC-4 to DVC-12.
    fn device_of(&self, code: &str, now: u32) -> Verdict<(u8, [u8; 5])> {
        let (kind, id, _) = slow::device_code(code)?;
        let [_, _, _, id @ ..] = id.to_be_bytes();
        let [a, b, c, d, e] = id;
        let device = [kind, a, b, c, d, e];
        let (am1, time) = self.am1.as_ref().ok_or("DVC-8")?;
        check(u64::from(now) <= u64::from(*time) + 7 * 86_400, "DVC-9")?;
        check(self.license.role().code_failures() < CODE_TRIES, "DVC-10")?;
        check(slow_crypto::device_code(&LICENSE_KEY, device, am1) == code, "DVC-11")?;
        let mut instances = self.model.instances.values();
        check(!instances.any(|it| it.confirmed && it.device[1..] == id), "DVC-12")?;
        Ok((kind, id))
    }

    /// NON-1, NON-2: what every message with a counter must keep to.
    fn issued(&mut self, message: &[u8], now: u32) -> slow::Frame {
        let frame = slow::frame(message, true).unwrap();
        assert_eq!(frame.counter(), self.last_counter + 1, "NON-2");
        assert_eq!(frame.time(), now.max(self.last_time), "NON-1");
        (self.last_counter, self.last_time) = (frame.counter(), frame.time());
        frame
    }
}

/// SIG-1 to SIG-5: what this app's next signature must be.
fn slow_signature(
    serial: [u8; 5],
    sequence: u8,
    index: u8,
    app: usize,
    now: u32,
    event: u64,
    message: &[u8],
) -> String {
    let key = slow_crypto::application_key(&LICENSE_KEY, serial, sequence, index, device(app), &SALT);
    let application = world::vector().application(index).unwrap();
    let step = if model::has_time(application) { u64::from(now / u32::from(application.step)) } else { 0 };
    let event = if model::has_events(application) { event } else { 0 };
    slow_crypto::response(&key, application, step, event, message)
}

fn check(holds: bool, requirement: &'static str) -> Verdict<()> {
    if holds { Ok(()) } else { Err(requirement) }
}

fn device(app: usize) -> [u8; 6] {
    slow_crypto::device(7, &[DEVICES[app]; 16], &[DEVICES[app]])
}

fn seeds() -> Vec<Vec<u8>> {
    // AM1, device code, AM2, confirmation of app `a` on server `s`.
    let activate = |s: u8, a: u8| vec![0, s, 0, 1, a, 0, 2, s, 0, 0, 3, s, 4, a, 0, 8, 0];
    // A request for application number `what`, opened, signed, verified.
    let transact = |s: u8, a: u8, what: u8| vec![5, s, what, 6, a, 0, 7, a, 4, 8, 0];
    let join = |parts: &[Vec<u8>]| parts.concat();
    let both = join(&[activate(0, 0), activate(0, 1)]);
    vec![
        activate(0, 0),
        both.clone(),
        join(&[activate(0, 1), activate(0, 2)]),
        join(&[both.clone(), activate(1, 0), transact(0, 0, 0), transact(1, 0, 1), transact(0, 1, 2)]),
        join(&[activate(0, 0), transact(0, 0, 3), vec![8, 0, 8, 0], transact(0, 0, 7)]),
        // Wrong PINs until locked, a right one after.
        join(&[activate(0, 0), vec![5, 0, 4, 6, 0, 0, 7, 0, 1, 7, 0, 1, 7, 0, 1, 7, 0, 4, 6, 0, 0]]),
        // Wrong signatures until locked.
        join(&[activate(0, 0), transact(0, 0, 0)[..9].to_vec(), [9, 0, 8, 0].repeat(5), vec![8, 0]]),
        // Wrong codes until exhausted, a right one after, a new AM1.
        join(&[
            vec![0, 0, 0, 1, 0, 0],
            [2, 0, 3, 0].repeat(4),
            vec![2, 0, 0, 0, 0, 0, 1],
            activate(0, 0)[3..].to_vec(),
        ]),
        // The same again with the clock set forward, far, and back.
        join(&[
            activate(0, 0),
            vec![10, 0, 9],
            transact(0, 0, 2),
            vec![10, 2, 200],
            transact(0, 0, 0),
            vec![10, 3, 200],
            transact(0, 0, 1),
        ]),
        // Signatures taken to other messages, instances and servers.
        // A code too late; one message more than the license has.
        vec![0, 0, 0, 1, 0, 0, 10, 2, 152, 2, 0, 0, 0],
        join(&[activate(1, 0), transact(1, 0, 0), transact(1, 0, 1), transact(1, 0, 0).repeat(5)]),
        join(&[activate(1, 0), [5, 1, 0].repeat(7), activate(1, 1)]),
        // Instances abandoned until none is left.
        [0, 1, 0, 1, 0, 0, 2, 1, 0, 0, 3, 1].repeat(3),
        // Requests for every application.
        (0..8).flat_map(|application| vec![5, 0, 4 + application * 8]).collect(),
        join(&[both, transact(0, 0, 3), transact(0, 1, 3), vec![9, 0, 1, 1, 9, 1, 18, 0, 9, 0, 4, 0]]),
        // A new installation while the old one is active.
        join(&[activate(0, 0), vec![11, 0], activate(0, 0), activate(0, 2)]),
    ]
}
