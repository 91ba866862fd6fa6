//! Logins of two instances in virtual time: any steps, any clock.

use std::sync::OnceLock;

use super::both::{ClientPair, LoginsPair, ServerPair};
use super::choices::Choices;
use super::model::client::Pin;
use super::model::login::Ask;
use super::pairs;
use super::target::Target;
use super::world::{APP, App, LICENSE, OTHER, START};
use channel::serial::Serial;
use channel::server::License;
use channel::text::hex;
use harness::setup::app;

/// Choices of steps: begin, retrieve, approve, reject, cancel, look; of whom, of which login, and of the time.
pub const LOGIN: Target = Target {
    name: "login",
    run: login,
    max_len: 200,
    floor: 200,
    seeds,
    dictionary: &[b"\x00\x3C", b"\x00\x3D", b"\x00\xB4", b"\x00\xB5", b"\x0E\x10", b"\x0E\x11"],
    oracles: &[
        "a model that remembers every login and every reading of the clock agrees, refusing requirement included",
        "messages are those of a second implementation; what is shown and remembered is what was asked for",
        "a free refusal changes nothing of the license, a counted one exactly one counter",
        "what has ended stays so; details are handed out once, approved once",
        "a restart after any step changes nothing; a bent row is none, or has one form",
    ],
};

/// Steps of one program.
const STEPS: usize = 40;

#[derive(Clone)]
struct World {
    server: ServerPair,
    clients: [ClientPair; 2],
    logins: LoginsPair,
    /// Challenge key as text, details.
    asked: Vec<(String, Vec<u8>)>,
    notifications: Vec<String>,
    /// Signatures and information messages made so far.
    signatures: Vec<String>,
    messages: Vec<String>,
}

fn beginning() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let (mut server, first) = pairs::activated(LICENSE, APP);
        let mut second = ClientPair::new(App { device: 1, ..APP });
        pairs::activate(&mut server, &mut second, START);
        World {
            server,
            clients: [first, second],
            logins: LoginsPair::default(),
            asked: Vec::new(),
            notifications: Vec::new(),
            signatures: Vec::new(),
            messages: Vec::new(),
        }
    })
}

fn login(data: &[u8]) {
    let mut world = beginning().clone();
    let mut choices = Choices::new(data);
    let mut now = START;
    let serial: Serial = LICENSE.serial.parse().unwrap();
    for _ in 0..STEPS {
        if choices.is_over() {
            break;
        }
        let [what, which] = choices.array();
        let late = u32::from(choices.u16());
        now = match what >> 6 {
            0 => now,
            1 => now.saturating_add(late % 4000),
            2 => now.saturating_sub(late % 4000),
            _ => START + late,
        };
        world.step(what & 15, which, now);
        world.logins.restart(serial, 8 * usize::from(which) + late as usize);
    }
    world.settle(now);
}

const TEXTS: [[&str; 3]; 6] = [
    ["Shop", "ann", ""],
    ["Shop", "Zoë", "shop"],
    ["Shop;", "ann", ""],
    ["Shop", "", ""],
    ["Shop", "ann\n", ""],
    ["Shop", "ann", ";"],
];

/// Two, who fill a license's logins apart.
const REQUESTERS: [&str; 2] = ["website", "website "];

impl World {
    fn step(&mut self, what: u8, which: u8, now: u32) {
        let client = usize::from(which >> 7);
        match what {
            0..=2 => self.begin(which, now),
            3..=5 => self.retrieve(which, now),
            6..=8 => self.approve(client, which, now),
            9 | 10 => self.reject(client, which, now),
            11 => {
                let key = self.key(which);
                let _ = self.logins.cancel(&mut self.server, &key, now);
            }
            12 => {
                let key = self.key(which);
                let _ = self.logins.status(&mut self.server, &key, now);
            }
            13 => self.replay(which, now),
            14 => self.sign(client, which, now),
            _ => self.operate(which, now),
        }
    }

    /// Of a login, in either case; or of none; or no key at all.
    fn key(&self, which: u8) -> String {
        let known = self.asked.get(usize::from(which & 31)).map(|(key, _)| key.clone());
        let key =
            known.unwrap_or_else(|| if which & 32 == 0 { "00000000FF".into() } else { "012345678".into() });
        if which & 64 == 0 { key } else { key.to_lowercase() }
    }

    fn begin(&mut self, which: u8, now: u32) {
        let texts = TEXTS[usize::from(which >> 4 & 7) % TEXTS.len()].map(str::to_owned);
        let application = [app::TIME, app::EVENT, app::LONG, app::DISABLED][usize::from(which >> 2 & 3)];
        // Two programs in three get another key each time.
        let number = if which & 3 == 3 { 0 } else { self.asked.len() as u8 };
        let key = [0xAB, 0xCD, 0, 0, number];
        let requester = REQUESTERS[usize::from(which >> 3 & 1)].to_owned();
        let asked = self.logins.start(&mut self.server, key, &Ask { application, texts, requester }, now);
        let Ok(notification) = asked else { return };
        self.asked.push((hex::encode(&key), Vec::new()));
        self.notifications.push(hex::encode(&notification));
        for client in &mut self.clients {
            let before = client.slow.displayed;
            let _ = client.open(&hex::encode(&notification), true);
            assert_eq!(client.slow.displayed, before, "PSH-7");
        }
    }

    fn retrieve(&mut self, which: u8, now: u32) {
        let serial = if which & 0x30 == 0x30 { "VDS1000121" } else { LICENSE.serial };
        let sequence = [1, 2, 1, 3][usize::from(which >> 6)];
        let key = self.key(which & if which & 0x30 == 0x30 { 0x0F } else { 0x3F });
        if let Ok(details) = self.logins.retrieve(&mut self.server, &key, (serial, sequence), now) {
            let at = self.asked.iter().rposition(|(known, _)| *known == key.to_uppercase()).unwrap();
            self.asked[at].1 = details;
        }
    }

    /// A client signs the details, if it has them.
    fn sign(&mut self, client: usize, which: u8, now: u32) {
        let details = self.asked.get(usize::from(which & 31)).map(|(_, details)| details.clone());
        let Some(details) = details.filter(|details| !details.is_empty()) else { return };
        if self.clients[client].open(&hex::encode(&details), true).is_err() {
            // What was on display, such as details that a cached unlock didn't sign, isn't any more the next time.
            self.clients[client].close();
            return;
        }
        let cached = self.clients[client].sign(Pin::Cached, now);
        assert!(cached.is_err(), "LGN-14: the details of a login need the PIN itself");
        let pin = [Pin::Right, Pin::Cached][usize::from(which >> 5 & 1)];
        if let Ok(Some(signature)) = self.clients[client].sign(pin, now) {
            self.signatures.push(signature);
            assert!(self.clients[client].login_identity(LICENSE).unwrap().is_some(), "PSH-8");
        }
    }

    /// With the signature that its client makes now, or made last for another; for the right user, or not.
    fn approve(&mut self, client: usize, which: u8, now: u32) {
        if which & 32 == 0 {
            self.sign(client, which, now);
        }
        let signature = self.signatures.last().cloned().unwrap_or_else(|| "12345678".into());
        for texts in [TEXTS[usize::from(which >> 6 & 1)], TEXTS[0], TEXTS[1]] {
            let identity = (texts[1], texts[2]);
            let key = self.key(which & 0x1F);
            if self.logins.approve(&mut self.server, &key, identity, &signature, now).is_ok() {
                let again = self.logins.approve(&mut self.server, &key, identity, &signature, now);
                assert_eq!(again, Err("LGN-10"));
            }
        }
    }

    fn reject(&mut self, client: usize, which: u8, now: u32) {
        let key = self.key(which & 0x7F);
        if let Ok(message) = self.clients[client].generate_information(LICENSE, &key, now) {
            let message = hex::encode(&message);
            let _ = self.logins.reject(&mut self.server, &message, now);
            self.messages.push(message);
        }
    }

    /// What was said before, or with a bit bent.
    fn replay(&mut self, which: u8, now: u32) {
        let Some(message) = self.messages.get(usize::from(which & 7)).cloned() else { return };
        if which & 8 == 0 {
            let again = self.logins.reject(&mut self.server, &message, now);
            assert!(again.is_err());
        } else {
            let mut bytes = hex::decode(&message).unwrap();
            let at = usize::from(which >> 4) % bytes.len();
            bytes[at] ^= 1 << (which & 7);
            let _ = self.server.process_information(&hex::encode(&bytes), now);
        }
    }

    fn operate(&mut self, which: u8, now: u32) {
        match which & 7 {
            0 => self.logins.restored(&mut self.server, now),
            1 => drop(self.server.generate_deactivation(1 + (which >> 3 & 1), now)),
            2 | 3 => drop(self.server.unlock_instance(1 + (which >> 3 & 1))),
            _ => {
                let Some((_, details)) = self.asked.get(usize::from(which >> 3)) else { return };
                let (message, signature) = (hex::encode(details), self.signatures.last());
                let signature = signature.cloned().unwrap_or_default();
                let verified = self.server.verify_message_signature(1, &message, &signature, now);
                assert!(verified.is_err(), "VER-7");
                let notification = &self.notifications[usize::from(which >> 3)];
                let verified = self.server.verify_message_signature(1, notification, "12345678", now);
                assert!(verified.is_err(), "VER-7");
            }
        }
    }

    fn settle(mut self, now: u32) {
        for at in 0..self.asked.len() {
            let key = self.asked[at].0.clone();
            self.logins.is_unknown_to(another(), &key, now);
            let _ = self.logins.status(&mut self.server, &key, now);
        }
        self.server.settle();
        self.clients.iter().for_each(ClientPair::settle);
    }
}

/// A license that has no login.
fn another() -> &'static License {
    static ANOTHER: OnceLock<License> = OnceLock::new();
    ANOTHER.get_or_init(|| ServerPair::new(OTHER).fast.role().clone())
}

/// A step: what, which, how the clock moves, by how much.
fn step(what: u8, which: u8, clock: u8, late: u16) -> Vec<u8> {
    let [high, low] = late.to_be_bytes();
    vec![what | clock << 6, which, high, low]
}

fn seeds() -> Vec<Vec<u8>> {
    let (begin, retrieve) = (step(0, 0, 0, 0), step(3, 0, 0, 0));
    let approve = |client: u8| step(6, client << 7, 0, 0);
    let reject = |client: u8| step(9, client << 7, 0, 0);
    let (cancel, look) = (step(11, 0, 0, 0), step(12, 0, 0, 0));
    let mut seeds = vec![
        begin.clone(),
        [&begin[..], &approve(0)].concat(),
        [&begin[..], &reject(0)].concat(),
        [&begin[..], &cancel, &retrieve].concat(),
        [&begin[..], &retrieve, &retrieve].concat(),
        [&begin[..], &retrieve, &cancel, &approve(0)].concat(),
        [&begin[..], &retrieve, &step(6, 32, 0, 0).repeat(2)].concat(),
        begin.repeat(18),
        step(0, 3, 0, 0).repeat(2),
    ];
    for client in 0..2 {
        seeds.push([&begin[..], &retrieve, &approve(client), &reject(client), &step(13, 0, 0, 0)].concat());
        seeds.push([&begin[..], &retrieve, &reject(client), &approve(client), &step(13, 0, 0, 0)].concat());
        seeds.push([&begin[..], &retrieve, &approve(client), &step(15, 4, 0, 0)].concat());
    }
    for seconds in [59, 60, 61, 179, 180, 181, 3599, 3600, 3601] {
        for clock in [1, 2] {
            let wait = step(12, 0, clock, seconds);
            let back = step(12, 0, 3 - clock, seconds);
            seeds.push([&begin[..], &wait, &look, &retrieve, &approve(0)].concat());
            seeds.push([&begin[..], &retrieve, &wait, &approve(0), &look].concat());
            seeds.push([&begin[..], &retrieve, &wait, &back, &approve(0), &look].concat());
            seeds.push([&begin[..], &retrieve, &approve(0), &wait, &back, &look, &begin].concat());
        }
    }
    for texts in 0..8 {
        for application in 0..4 {
            seeds.push([step(0, texts << 4 | application << 2, 0, 0), retrieve.clone(), approve(0)].concat());
        }
    }
    for operation in 0..16 {
        let operate = step(15, operation, 0, 0);
        seeds.push(
            [&begin[..], &retrieve, &operate, &approve(0), &approve(1), &reject(0), &reject(1)].concat(),
        );
    }
    for bent in 0..16 {
        seeds.push([&begin[..], &retrieve, &reject(0), &step(13, 8 | bent << 4, 0, 0)].concat());
    }
    seeds.push([&begin[..], &retrieve, &reject(0), &reject(0)].concat());
    for which in [0x30, 62, 63, 64, 127, 128, 192, 32] {
        seeds.push(
            [&begin[..], &step(3, which, 0, 0), &step(11, which, 0, 0), &step(9, which, 0, 0)].concat(),
        );
    }
    // Two side by side, the wrong signature for one of them; wrong ones until the instance is locked.
    let second = |what: u8| step(what, 1, 0, 0);
    seeds.push([&begin[..], &begin, &retrieve, &second(3), &step(14, 0, 0, 0), &step(6, 33, 0, 0)].concat());
    seeds.push(
        [&begin[..], &retrieve, &step(14, 0, 0, 0), &begin, &second(3), &step(6, 33, 0, 0).repeat(6)]
            .concat(),
    );
    // After that, another login: the locked instance retrieves and rejects it.
    let locked =
        [&begin[..], &retrieve, &step(14, 0, 0, 0), &begin, &second(3), &step(6, 33, 0, 0).repeat(6)]
            .concat();
    seeds.push([&locked[..], &begin, &step(3, 2, 0, 0), &step(9, 2, 0, 0)].concat());
    // One requester's logins are full, the other's are not.
    seeds.push([&begin.repeat(17)[..], &step(0, 8, 0, 0), &begin].concat());
    seeds
}
