//! Responses without messages into a server, and the operator and a caller with BLOBs beside it: programs over two
//! instances of a license that has an application for every way to respond.

pub(super) mod seeds;

use std::sync::OnceLock;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::model::client::Pin;
use super::pairs;
use super::responses;
use super::slow::crypto::MESSAGE;
use super::slow::data::Data;
use super::slow::license;
use super::slow::vector::Application;
use super::target::Target;
use super::world::{self, APP, App, Apps, FILE_ID, Kind, LICENSE_KEY, SALT, START, TRANSPORT_KEY};
use channel::text::hex;
use channel::wire::message_vector::Windows;
use harness::setup::otp;
use seeds::KIND;

/// Responses of every kind, true and wrong, in and out of the windows, in any order.
pub const SERVER_RESPOND: Target = Target {
    name: "server_respond",
    run: |data| program(data, 6, 0),
    max_len: 240,
    floor: 500,
    seeds: || seeds::seeds().into_iter().filter(|seed| !seed.contains(&u8::MAX)).collect(),
    dictionary: &[b"0000", b"36080595", b"abcdef"],
    oracles: &[
        "a second implementation agrees, refusing requirement included: windows, first use, replays, locking",
        "accepted once: the same response again is refused where the step or event decides it",
        "a free refusal changes nothing, a counted one exactly one counter",
        "what was not refused gives the same answer and the same state twice",
    ],
};

/// The same, with an operator who restores, resynchronises, unlocks, deactivates, activates and imports in between,
/// and a caller who brings BLOBs back, old ones, too.
pub const OPERATOR: Target = Target {
    name: "operator",
    run: |data| program(data, 18, 0),
    max_len: 240,
    floor: 200,
    seeds: seeds::seeds,
    dictionary: &[],
    oracles: &[
        "a second implementation agrees, refusing requirement included: what restoring and resynchronising leave",
        "BLOBs are what a second implementation seals; whatever comes back, states and counters don't go back",
        "no message counter and no sequence number comes twice; a request is accepted once, restored or not",
        "a deactivated instance stays deactivated",
        "a free refusal changes nothing, a counted one exactly one counter",
        "what was not refused gives the same answer and the same state twice",
    ],
};

/// Longer ones only cost time.
const STEPS: usize = 24;

struct Subject {
    server: ServerPair,
    /// An app for each instance, to be activated again.
    clients: [ClientPair; 2],
    requests: Vec<Vec<u8>>,
}

fn subject() -> &'static Subject {
    static SUBJECT: OnceLock<Subject> = OnceLock::new();
    SUBJECT.get_or_init(|| {
        let mut server = ServerPair::new(KIND);
        let mut clients = [0, 1]
            .map(|device| ClientPair::new(App { device, apps: Some(Apps::Otp), replacement: true, ..APP }));
        for client in &mut clients {
            pairs::activate(&mut server, client, START);
        }
        let asked = |index| world::request(index, false, world::list());
        let mut requests: Vec<_> = [otp::FIELDS, otp::FIELD_EVENT]
            .map(|index| server.generate_request(&asked(index), false, START).unwrap())
            .to_vec();
        let challenge = super::slow::request::Content::Challenge("Log in".into(), "1234".into());
        let asked = world::request(otp::CHALLENGE, true, challenge);
        requests.push(server.generate_request(&asked, false, START).unwrap());
        Subject { server, clients, requests }
    })
}

struct Session<'a> {
    choices: Choices<'a>,
    server: ServerPair,
    clients: [ClientPair; 2],
    requests: Vec<Vec<u8>>,
    accepted: Vec<Vec<u8>>,
    /// Handed out: sequence number, index, text.
    blobs: Vec<(u8, u8, String)>,
    last: Option<(u8, u8, Data, String)>,
    now: u32,
}

/// A program of [`OPERATOR`] on a license that is taken apart into row and BLOBs, after every step that has its bit.
pub(super) fn apart(data: &[u8], steps: u8) {
    program(data, 18, steps);
}

fn program(data: &[u8], operations: usize, restarts: u8) {
    let Subject { server, clients, requests } = subject();
    let mut session = Session {
        choices: Choices::new(data),
        server: server.clone(),
        clients: clients.clone(),
        requests: requests.clone(),
        accepted: Vec::new(),
        blobs: Vec::new(),
        last: None,
        now: START,
    };
    for step in 0..STEPS {
        if session.choices.is_over() {
            break;
        }
        session.step(operations);
        if restarts >> (step % 8) & 1 == 1 {
            session.server.restart();
        }
    }
    session.server.settle();
}

impl Session<'_> {
    fn step(&mut self, operations: usize) {
        let mut ended = self.deactivated();
        let counter = self.server.slow.last_counter;
        match self.choices.below(operations) {
            0..=2 => self.respond(),
            3 => self.again(),
            4 => self.clock(),
            5 => self.verify_request(),
            6 => {
                let sequence = self.sequence();
                let _ = self.server.unlock_instance(sequence);
            }
            7 => {
                let highest = self.choices.byte() % 100;
                self.server.restored(if highest > 6 { 0 } else { highest }, self.now);
            }
            8 | 9 => self.resynchronise(),
            10 => {
                let (sequence, now) = (self.sequence(), self.now);
                let _ = self.server.generate_deactivation(sequence, now);
            }
            11 => self.activate(),
            12 => {
                let index = 1 + self.choices.byte() % 8;
                let request = world::request(index, false, world::list());
                self.requests.extend(self.server.generate_request(&request, false, self.now));
            }
            14 => self.seal_blob(),
            15 => self.load_blob(),
            16 => {
                if self.reimport() {
                    ended.clear();
                }
            }
            17 => {
                let sequence = self.sequence();
                let _ = self.server.instance(sequence);
            }
            _ => {
                let sequence = self.sequence();
                let length = self.choices.below(10);
                let challenge = String::from_utf8_lossy(self.choices.some(length)).into_owned();
                let _ = self.server.generate_unlock_response(sequence, &challenge);
            }
        }
        assert!(self.server.slow.last_counter >= counter, "NON-2");
        assert!(ended.iter().all(|sequence| self.deactivated().contains(sequence)), "DEA-4");
    }

    /// Of the license, or of an instance.
    fn seal_blob(&mut self) {
        let [sequence, index] = self.choices.array();
        let (sequence, index) = ([0, 1, 2, 3][usize::from(sequence) % 4], index % 9);
        let nonce = [self.blobs.len() as u8; 12];
        let blob = self.server.seal_blob(sequence, index, nonce);
        self.blobs.extend(blob.map(|text| (sequence, index, text)));
    }

    /// One that was handed out, to its place or to another's, whole or not.
    fn load_blob(&mut self) {
        let [back, how] = self.choices.array();
        let back = self.blobs.len().checked_sub(1 + usize::from(back % 8));
        let Some((sequence, index, mut text)) = back.map(|at| self.blobs[at].clone()) else { return };
        let kept = |session: &Self| {
            let server = &session.server.slow;
            let instances = server.instances.iter().map(|(sequence, it)| (*sequence, it.state, it.failures));
            (
                instances.collect::<Vec<_>>(),
                server.highest_sequence,
                server.issued.len(),
                server.accepted.len(),
            )
        };
        let before = kept(self);
        if how & 1 != 0 {
            let at = usize::from(how >> 2) % text.len();
            text.remove(at);
        }
        let place = if how & 2 == 0 { (sequence, index) } else { (sequence ^ 3, index ^ (how >> 6)) };
        let _ = self.server.load_blob(place, &text, self.now);
        assert_eq!(kept(self), before, "what must never go back");
    }

    /// IMP-3: with another threshold and other windows; or a file that isn't right. Whether it was done.
    fn reimport(&mut self) -> bool {
        let [how, key] = self.choices.array();
        let kind = Kind {
            threshold: 1 + how % 8,
            secure_channel: how & 16 == 0,
            windows: Windows { look_ahead: u16::from(how & 3), ..KIND.windows },
            ..KIND
        };
        let other = Kind { serial: "VDS0000008", ..kind };
        let kinds =
            if how & 32 == 0 { [other, kind] } else { [other, Kind { serial: "VDS0000009", ..kind }] };
        let license_key = if key & 1 == 0 { LICENSE_KEY } else { [key; 16] };
        let content = world::file(&kinds, license_key);
        let mut file = license::write_anything(&TRANSPORT_KEY, &FILE_ID, &content);
        if how & 64 != 0 {
            file.pop();
        }
        let is_done = self.server.reimport(&file, [key; 16]).is_ok();
        if is_done {
            self.last = None;
            assert!(self.server.slow.instances.is_empty());
        }
        is_done
    }

    fn deactivated(&self) -> Vec<u8> {
        let instances = self.server.slow.instances.iter();
        let ended = instances.filter(|(_, it)| it.state == super::model::server::State::Deactivated);
        ended.map(|(sequence, _)| *sequence).collect()
    }

    fn sequence(&mut self) -> u8 {
        [1, 2, 1, 2, 3, 4, 5, 99][self.choices.below(8)]
    }

    /// What instance `sequence` would type near its moment: `how` says where, and whether it is bent.
    fn typed(&mut self, sequence: u8, application: &Application, data: &Data) -> String {
        let [how, late, event] = self.choices.array();
        let moments =
            self.server.slow.instances.get(&sequence).and_then(|it| it.moments.get(&application.index()));
        let next = moments.map_or(0, |moments| moments.next_event);
        let step = u32::from(application.step);
        let now = (self.now + step * u32::from(late & 15)).saturating_sub(step * u32::from(late >> 4));
        let event = (next + u64::from(event & 15)).saturating_sub(u64::from(event >> 4));
        let event = if how & 16 == 0 { event } else { event + 196 };
        let mut text =
            self.server.slow.answer(sequence, application, data.mode(), (now, event), &data.fields());
        if how & 1 != 0 {
            let [at, digit] = self.choices.array();
            let at = usize::from(at) % text.len();
            text.replace_range(at..=at, &char::from(digit & 127).to_string());
        }
        if how & 2 != 0 {
            text = text.to_lowercase();
        }
        if how & 12 == 12 {
            let length = self.choices.below(20);
            text = String::from_utf8_lossy(self.choices.some(length)).into_owned();
        }
        text
    }

    /// An application and data, mostly such that they fit.
    fn attempt(&mut self) -> (u8, &'static Application, Data) {
        let index = self.choices.byte();
        let application = KIND.apps.slow().application(1 + index % 8).unwrap();
        let mut data = responses::data(&mut self.choices, &application.fields);
        // What an application of one mode answers, unless the choice says otherwise.
        if index & 128 == 0 {
            data = match (application.mode(), data) {
                (1, _) => Data::Nothing,
                (2, Data::Nothing | Data::Fields(_)) => Data::Challenge("1234".into()),
                (3, Data::Nothing | Data::Challenge(_)) => Data::Fields(
                    application.fields.iter().map(|(_, most)| "x".repeat(usize::from(*most))).collect(),
                ),
                (_, data) => data,
            };
        }
        (application.index(), application, data)
    }

    fn respond(&mut self) {
        let sequence = self.sequence();
        let (index, application, data) = self.attempt();
        let typed = self.typed(sequence, application, &data);
        self.verify(sequence, index, data, typed);
    }

    fn verify(&mut self, sequence: u8, index: u8, data: Data, typed: String) {
        let verified = self.server.verify_response(sequence, index, &data, &typed, self.now);
        if verified.is_ok() {
            self.last = Some((sequence, index, data, typed));
        }
    }

    /// What was accepted last, once more at once. One in 10^6 at least is a stroke of luck, and the model's, too.
    fn again(&mut self) {
        let Some((sequence, index, data, typed)) = self.last.clone() else { return };
        let application = KIND.apps.slow().application(index).unwrap();
        let moments = |session: &Self| {
            session.server.slow.instances[&sequence]
                .moments
                .get(&index)
                .map(|it| (it.last_step, it.next_event))
        };
        let before = moments(self);
        self.verify(sequence, index, data, typed);
        if let (Some(before), Some(after)) = (before, moments(self)) {
            assert!(after >= before, "steps and events never go back");
            assert!(application.has_events() || before.1 == after.1);
        }
    }

    fn clock(&mut self) {
        let [sign, amount] = self.choices.array();
        let amount = u32::from(amount) * [7, 36, 600, 4000][usize::from(sign >> 1) % 4];
        self.now =
            if sign & 1 == 0 { self.now.saturating_add(amount) } else { self.now.saturating_sub(amount) };
    }

    fn verify_request(&mut self) {
        let (sequence, which) = (self.sequence(), self.choices.byte());
        let message = self.requests[usize::from(which) % self.requests.len()].clone();
        let counter = u32::from_be_bytes(message[11..15].try_into().unwrap());
        let index = self.server.slow.issued.get(&counter).map_or(otp::FIELDS, |(_, index)| *index);
        let application = KIND.apps.slow().application(index).unwrap();
        let [late, event] = self.choices.array();
        let at = self.now + u32::from(late & 3) * u32::from(application.step);
        let moments = self.server.slow.instances.get(&sequence).and_then(|it| it.moments.get(&index));
        let event = moments.map_or(0, |it| it.next_event) + u64::from(event & 3);
        let typed = self.server.slow.answer(sequence, application, MESSAGE, (at, event), &[&message]);
        let text = hex::encode(&message);
        if self.server.verify_message_signature(sequence, &text, &typed, self.now).is_ok() {
            assert!(!self.accepted.contains(&message), "VER-8, restored or not");
            self.accepted.push(message);
        }
    }

    fn resynchronise(&mut self) {
        let sequence = self.sequence();
        let (index, application, first) = self.attempt();
        let second = if self.choices.byte() & 1 == 0 { first.clone() } else { self.attempt().2 };
        let [late, ahead, how] = self.choices.array();
        let moments = self.server.slow.instances.get(&sequence).and_then(|it| it.moments.get(&index));
        let next = moments.map_or(0, |moments| moments.next_event);
        let at = self.now + u32::from(late & 3) * u32::from(application.step);
        let event = next + u64::from(ahead % 208);
        let answer = |data: &Data, event: u64| {
            self.server.slow.answer(sequence, application, data.mode(), (at, event), &data.fields())
        };
        let mut texts = [answer(&first, event), answer(&second, event + if how & 4 == 0 { 1 } else { 2 })];
        if how & 3 == 1 {
            texts.swap(0, 1);
        }
        if how & 3 == 2 {
            texts[usize::from(how >> 3 & 1)].pop();
        }
        let [one, other] = &texts;
        let attempts = [(&first, one.as_str()), (&second, other.as_str())];
        let _ = self.server.resynchronise(sequence, index, attempts, self.now);
    }

    /// A new instance on the device of one that may be active; its confirmation may come late or never.
    fn activate(&mut self) {
        let [which, how] = self.choices.array();
        let (server, client) = (&mut self.server, &mut self.clients[usize::from(which) % 2]);
        let kind = server.slow.kind;
        let am1 = server.generate_activation1(Some(world::CHALLENGE), true, self.now).unwrap();
        // Of a BLOB with another license key the client takes nothing (AM1-16).
        let Ok(code) = client.activate_license(&hex::encode(&am1)) else { return };
        if server.verify_device_code(&code, how & 1 == 0, self.now).is_err() || how & 2 != 0 {
            return;
        }
        let known: Vec<u8> = server.slow.instances.keys().copied().collect();
        let Ok((sequence, am2)) = server.generate_activation2(SALT, self.now) else { return };
        assert!(!known.contains(&sequence) && known.iter().all(|other| *other < sequence), "AM2-3");
        let message = hex::encode(&am2);
        let confirmation = client.activate_instance(&message, Pin::Right, self.now);
        let accepted = confirmation.is_ok_and(|(_, _, text)| {
            how & 4 == 0 && server.verify_message_signature(sequence, &message, &text, self.now).is_ok()
        });
        if accepted {
            client.mark_confirmed(&message).unwrap();
        } else {
            // Of a locked account what was pre-activated, of another one what waits; none beside a first one.
            let _ = client.remove(kind, true);
        }
    }
}
