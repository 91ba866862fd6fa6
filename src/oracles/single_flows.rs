//! Two single-device clients and their license in virtual time, any sequence of operations: each answers what the
//! model answers.

use std::sync::LazyLock;

use super::choices::Choices;
use super::model::single::{Client, License, TRIES};
use super::slow::single as slow;
use super::slow::vector::{Vector, static_vector};
use super::target::Target;
use super::verdict::known;
use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::client::single::{Activation, Name, OnlineActivation, ResetPolicy, SingleClient, SingleConfig};
use channel::crypto::keys::Key;
use channel::error::Refusal;
use channel::serial::Serial;
use channel::server::single::SingleLicense;
use channel::state;
use channel::text::hex;
use channel::wire::activation_code;
use channel::wire::data::Data;
use harness::setup::{otp, single_vector};

const LICENSE: [u8; 16] = [0x11; 16];
const KEY: [u8; 16] = [0x44; 16];
const SERIAL: &str = "VDS1000120";
const PLATFORMS: [&[u8]; 2] = [b"one", b"two"];
const PASSWORDS: [&str; 3] = ["1357", "2468ace", "9!aZ"];
const START: u32 = 1_800_000_000;

/// A program of operations, a few bytes each.
pub const SINGLE_FLOWS: Target = Target {
    name: "single_flows",
    run: single_flows,
    max_len: 200,
    floor: 20,
    seeds: || {
        vec![
            // Activated, responses of each kind, accepted.
            vec![0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 2, 1, 0, 3, 1, 0, 4],
            // Bound, the other client refused, bound there.
            vec![0, 0, 0, 4, 0, 7, 1, 0, 1, 0, 1, 0, 1, 1, 1, 4, 1, 7, 1, 1, 1, 1, 0, 1],
            // Wrong passwords, saved and loaded between.
            vec![0, 0, 0, 12, 0, 5, 0, 12, 0, 5, 0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1],
            // A counter to the other client; a wrong code and reports.
            vec![0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 4, 1, 1, 1, 0, 1, 2, 13, 1, 1, 13, 1, 0],
            // Changed passwords, imported again, locked license, unlocked.
            vec![0, 0, 0, 3, 0, 1, 1, 0, 0, 8, 0, 1, 0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 9, 6, 1, 0, 2, 7, 0, 3],
            // A wrong code over a used account, saved and loaded, and back; a right one and a report.
            vec![
                0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 5, 0, 14, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 14, 0, 1, 0, 1,
                0, 0, 0, 13, 0, 1, 14, 0,
            ],
            // A bound license, another platform without and with the operator.
            vec![0, 0, 0, 4, 0, 7, 10, 40, 0, 1, 0, 4, 1, 9, 4, 1, 3, 1, 1, 1, 12, 1, 12, 1, 12, 1],
        ]
    },
    dictionary: &[b"\x00\x00\x00", b"\x01\x00\x01", b"\x04\x00\x07", b"\x0A\x24"],
    oracles: &[
        "both roles answer what a second implementation of them answers",
        "a refusal changes nothing but its counter",
        "states go out and come back without a difference",
    ],
};

static VECTOR: LazyLock<Vector> = LazyLock::new(|| static_vector(&single_vector().to_bytes()).unwrap());

struct World {
    clients: [(SingleClient, Client); 2],
    license: (SingleLicense, License),
    now: u32,
    salt: u8,
}

fn config(platform: usize) -> SingleConfig {
    let reset_policy = if platform == 0 { ResetPolicy::Lock } else { ResetPolicy::Reset };
    SingleConfig {
        platform_data: PLATFORMS[platform].to_vec(),
        reset_policy,
        ..super::single_state::config()
    }
}

/// The same answer: a value, or a refusal by the same requirement.
fn agree<T: PartialEq + std::fmt::Debug>(
    fast: Result<T, Refusal>,
    slow: Result<T, &'static str>,
) -> Option<T> {
    match (fast, slow) {
        (Ok(fast), Ok(slow)) => {
            assert_eq!(fast, slow);
            Some(fast)
        }
        (Err(refusal), Err(id)) => {
            assert_eq!(refusal.rule.id, id, "{refusal}");
            known(refusal);
            None
        }
        (fast, slow) => panic!("{fast:?}, in the model {slow:?}"),
    }
}

fn serial() -> Serial {
    SERIAL.parse().unwrap()
}

fn vector() -> &'static Vector {
    &VECTOR
}

/// Application, data, fields.
fn kind(choice: u8) -> (u8, Data, Vec<&'static [u8]>) {
    let fields = |fields: &[&str]| Data::Fields(fields.iter().map(|field| (*field).to_owned()).collect());
    match choice % 5 {
        0 => (otp::TIME, Data::ResponseOnly, vec![]),
        1 => (otp::EVENT, Data::ResponseOnly, vec![]),
        2 => (otp::BOTH, Data::ResponseOnly, vec![]),
        3 => (otp::FIELDS, fields(&["", "b", ""]), vec![b"", b"b", b""]),
        _ => (otp::FIELD_EVENT, fields(&["a"]), vec![b"a"]),
    }
}

impl World {
    fn new() -> Self {
        let fast = SingleLicense::new(
            serial(),
            Key::new(LICENSE),
            &single_vector().to_bytes(),
            super::single_state::settings(),
        );
        let license = License { license: LICENSE, failures: 0, bound: None, moments: Default::default() };
        let client = |platform: usize| {
            let diversifier = slow::diversifier(&serial().to_bytes(), PLATFORMS[platform]);
            let model = Client { diversifier, resets: platform == 1, account: None, kept: None };
            (SingleClient::new(config(platform)), model)
        };
        Self { clients: [client(0), client(1)], license: (fast.unwrap(), license), now: START, salt: 0 }
    }

    fn salt(&mut self) -> [u8; 16] {
        self.salt = self.salt.wrapping_add(1);
        [self.salt; 16]
    }

    /// How: bit 0 a wrong code, bit 1 (with 2) a counter.
    fn activate(&mut self, which: usize, how: u8) {
        let (salt, password) = (self.salt(), PASSWORDS[usize::from(how / 8) % 3]);
        let (_, license) = &self.license;
        let master = vector().master;
        let own = slow::code_of_license(&master, serial().to_bytes(), license.license);
        let n = if how & 1 == 1 { [0x99; 16] } else { own };
        let key = slow::license_of_code(&master, serial().to_bytes(), &n);
        let counters = (how & 2 == 2).then(|| license.counters(vector()));
        let code = activation_code::encode(u128::from_be_bytes(n), Radix::Decimal);
        let counter = counters
            .as_ref()
            .map(|counters| slow::event_counter(&license.license, serial().to_bytes(), counters));
        let (client, model) = &mut self.clients[which];
        let activation = Activation {
            name: Name::Serial(SERIAL),
            code: &code,
            event_counter: counter.as_deref(),
            password: Some(password),
            salt,
        };
        let slowly = match &counters {
            Some(_) if key != license.license => Err("ERC-6"),
            _ => model.activate(vector(), key, Some(password), counters.as_deref(), 0),
        };
        agree(client.activate(activation).map(|_| ()), slowly);
    }

    fn activate_online(&mut self, which: usize, how: u8) {
        let (salt, password) = (self.salt(), PASSWORDS[usize::from(how / 8) % 3]);
        let (fast, license) = &self.license;
        let secret = (how & 1 == 1).then_some(Key::new([0x5E; 16]));
        let counters = (how & 2 == 2).then(|| license.counters(vector()));
        let data = fast.generate_full_activation(secret.as_ref(), how & 2 == 2, &[self.salt; 12]).unwrap();
        let read = slow::full_activation(&data, secret.as_ref().map(|_| [0x5E; 16])).unwrap();
        assert_eq!(slow::license_of_code(&vector().master, read.serial, &read.n), license.license);
        let (client, model) = &mut self.clients[which];
        let slowly = model.activate(vector(), license.license, Some(password), counters.as_deref(), 1);
        let data = hex::encode(&data);
        let online =
            OnlineActivation { data: &data, shared: secret.as_ref(), password: Some(password), salt };
        agree(client.activate_online(online).map(|_| ()), slowly);
    }

    /// What the account has, or something.
    fn password(&self, which: usize) -> Option<&'static str> {
        self.clients[which].1.account.as_ref().map_or(Some(PASSWORDS[0]), |account| account.password)
    }

    fn respond(&mut self, which: usize, choice: u8) {
        let (index, data, fields) = kind(choice);
        let (password, seconds) = (self.password(which), i64::from(choice / 32) * 36 - 72);
        let now = u32::try_from(i64::from(self.now) + seconds).unwrap();
        let (client, model) = &mut self.clients[which];
        let fast = client.generate_response(index, &data, password, now);
        let slowly = model.respond(vector(), index, &fields, password, now);
        let Some(response) = agree(fast, slowly) else { return };
        if choice & 16 == 16 {
            return; // lost on the way
        }
        let (license, model) = &mut self.license;
        let before = state::digest(&*license);
        let fast = license.verify_response(serial(), index, &data, &response, self.now);
        let accepted = agree(fast, model.verify(vector(), index, &fields, &response, self.now)).is_some();
        assert!(accepted || before == state::digest(&*license), "a refusal changes nothing");
        if accepted {
            // Once.
            let fast = license.verify_response(serial(), index, &data, &response, self.now);
            agree(fast, model.verify(vector(), index, &fields, &response, self.now));
        }
    }

    fn wrong_response(&mut self, choice: u8) {
        let (index, data, fields) = kind(choice);
        let form = single_vector().application(index).unwrap().form;
        let digits = usize::from(form.length) - usize::from(form.check_digit);
        let mut typed = format!("{:0digits$}", choice);
        if form.check_digit {
            typed.push(channel::check_digit::check_digit(&typed, form.radix));
        }
        let (license, model) = &mut self.license;
        let fast = license.verify_response(serial(), index, &data, &typed, self.now);
        agree(fast, model.verify(vector(), index, &fields, &typed, self.now));
    }

    /// How: bit 0 the server is asked, bit 1 the client is told, if it accepted; bit 3 the operator has not decided for
    /// another platform.
    fn derive(&mut self, which: usize, how: u8) {
        let password = self.password(which);
        let (client, model) = &mut self.clients[which];
        let fast = client.generate_derivation_code(None, password, self.now);
        let Some(code) = agree(fast, model.derive(vector(), otp::TIME, password, self.now)) else { return };
        if how & 1 == 0 {
            return;
        }
        let (license, server) = &mut self.license;
        let (before, replace) = (state::digest(&*license), how & 8 == 0);
        let fast = license.verify_derivation_code(serial(), None, &code, replace, self.now);
        let slowly = server.verify_derivation(vector(), otp::TIME, &code, replace, self.now);
        let accepted = agree(fast, slowly).is_some();
        assert!(accepted || before == state::digest(&*license), "a refusal changes nothing");
        if accepted && how & 2 == 2 {
            client.mark_bound().unwrap();
            model.account.as_mut().unwrap().bound = true;
        }
    }

    fn wrong_password(&mut self, which: usize) {
        let (client, model) = &mut self.clients[which];
        let (before, kept) = (state::digest(&*client), model.kept.is_some());
        let fast = client.generate_response(otp::EVENT, &Data::ResponseOnly, Some("0246"), self.now);
        let slowly = model.respond(vector(), otp::EVENT, &[], Some("0246"), self.now);
        agree(fast, slowly);
        let same = state::digest(&*client) == before;
        let wiped = kept || model.account.is_none();
        assert!(same || (model.resets && wiped), "a refusal changes nothing but its counter");
    }

    fn change_password(&mut self, which: usize, how: u8) {
        let (salt, new) = (self.salt(), PASSWORDS[usize::from(how) % 3]);
        let old = if how & 16 == 16 { Some("0246") } else { self.password(which) };
        let (client, model) = &mut self.clients[which];
        let slowly = model.unlocked(vector()).and_then(|()| model.unseal(vector(), old));
        if slowly.is_ok() {
            model.account.as_mut().unwrap().password = Some(new);
        }
        agree(client.change_password(old, Some(new), salt), slowly);
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let op = choices.byte() % 15;
        let which = match op {
            2 | 6 | 8..=11 => 0,
            _ => choices.below(2),
        };
        match op {
            0 => self.activate(which, choices.byte()),
            1 => self.respond(which, choices.byte()),
            2 => self.wrong_response(choices.byte()),
            3 => self.change_password(which, choices.byte()),
            4 => self.derive(which, choices.byte()),
            5 => {
                let (client, _) = &mut self.clients[which];
                let before = state::digest(&*client);
                *client = SingleClient::load(&client.save(&[7; 12]), config(which)).unwrap();
                assert_eq!(state::digest(&*client), before);
            }
            6 => {
                let (license, _) = &mut self.license;
                let before = state::digest(&*license);
                *license =
                    SingleLicense::load(&Key::new(KEY), &license.save(&Key::new(KEY), &[7; 12])).unwrap();
                assert_eq!(state::digest(&*license), before);
            }
            7 => self.activate_online(which, choices.byte()),
            8 => {
                let (license, model) = &mut self.license;
                license.reimport(Key::new(model.license), &single_vector().to_bytes()).unwrap();
                (model.failures, model.bound) = (0, None);
            }
            9 => {
                self.license.0.unlock();
                self.license.1.failures = 0;
            }
            10 => self.now += u32::from(choices.byte()),
            11 => self.now -= u32::from(choices.byte()) / 4,
            12 => self.wrong_password(which),
            14 => {
                let (client, model) = &mut self.clients[which];
                agree(client.revert(), model.revert());
            }
            _ => {
                let accepted = choices.byte() & 1 == 1;
                let (client, model) = &mut self.clients[which];
                agree(client.report(accepted), model.report(accepted));
            }
        }
    }

    /// What is told after each step.
    fn compare(&self) {
        for (client, model) in &self.clients {
            let status = client.status();
            assert_eq!(status.state, model.state(vector()));
            let account = model.account.as_ref();
            assert_eq!(status.kept, model.kept.is_some());
            assert_eq!(status.bound, account.is_some_and(|account| account.bound));
            assert_eq!(status.proven, account.is_some_and(|account| account.standing == 1));
            assert_eq!(client.password_failures(), account.map(|account| account.failures));
        }
        let (license, model) = &self.license;
        assert_eq!(license.signature_failures(), model.failures);
        assert!(model.failures <= TRIES);
        let counters = model.counters(vector());
        let want = slow::event_counter(&model.license, serial().to_bytes(), &counters);
        assert_eq!(license.generate_event_counter(), Ok(want));
    }
}

fn single_flows(data: &[u8]) {
    let mut choices = Choices::new(data);
    let mut world = World::new();
    for _ in 0..40 {
        if choices.is_over() {
            break;
        }
        world.step(&mut choices);
        world.compare();
    }
}
