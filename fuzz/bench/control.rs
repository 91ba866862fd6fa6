//! The control of the bench: bytes as the fuzzer makes them, straight into what opens them, with the operations around
//! that need no key. Nothing is sealed here; so a bug behind a MAC must be out of reach, or the bench proves nothing.
//!
//! An input is a sequence of steps: operation, a byte, how many bytes follow, the bytes.

use std::cell::LazyCell;

use channel::client::single::{Activation, Name, OnlineActivation, ResetPolicy, SingleClient, SingleConfig};
use channel::client::{Client, Decision, Handle, Pin, RootPolicy, What};
use channel::crypto::keys::Key;
use channel::crypto::password::Cost;
use channel::license::{blob, file};
use channel::server::single::SingleLicense;
use channel::server::{Ask, License, Logins};
use channel::text::gateway_string::{ChallengeKey, Identity};
use channel::text::hex;
use channel::wire::data::Data;
use channel::wire::frame::Carrier;
use oracles::Target;
use oracles::world::{
    APP, App, CHALLENGE, LICENSE, PLATFORM_KEY, SALT, START, STORAGE_KEY, TRANSPORT_KEY, sequence,
};

/// The control as a target.
pub const TARGET: Target = Target {
    name: "control",
    run,
    max_len: 2_000,
    floor: 5_000,
    seeds,
    dictionary: &[],
    oracles: &["nothing is opened that nobody sealed"],
};

#[derive(Clone)]
struct Session {
    license: License,
    logins: Logins,
    /// Activated.
    client: Client,
    /// Waits for its AM2.
    waits: Client,
    /// The same beside an account.
    replaces: Client,
    am2: String,
}

fn session() -> Session {
    let mut license = LICENSE.license();
    let mut activated = |app: App| {
        let mut client = app.client();
        let am1 = license.generate_activation1(Some(CHALLENGE), false, START).unwrap();
        let code = client.activate_license(&hex::encode(&am1)).unwrap();
        license.verify_device_code(&code, true, START).unwrap();
        let (sequence, am2) = license.generate_activation2(SALT, START).unwrap();
        let am2 = hex::encode(&am2);
        let done = client.activate_instance(&am2, Pin::Right, START).unwrap();
        license.verify_message_signature(sequence, &am2, &done.signature, START).unwrap();
        (client, am2)
    };
    let (client, am2) = activated(APP);
    let (mut replaces, _) = activated(App { device: 1, replacement: true, ..APP });
    let am1 = hex::encode(&license.generate_activation1(Some(CHALLENGE), false, START).unwrap());
    replaces.activate_license(&am1).unwrap();
    let mut waits = App { device: 2, ..APP }.client();
    waits.activate_license(&am1).unwrap();
    Session { license, logins: Logins::default(), client, waits, replaces, am2 }
}

/// One input.
fn run(mut data: &[u8]) {
    thread_local! {
        static SESSION: LazyCell<Session> = const { LazyCell::new(session) };
    }
    let mut session = SESSION.with(|session| Session::clone(session));
    let mut forged = false;
    while let [operation, choice, length, rest @ ..] = data {
        let (bytes, after) = rest.split_at(rest.len().min(usize::from(*length)));
        forged |= session.step(*operation, *choice, bytes);
        data = after;
    }
    assert!(!forged, "what nobody sealed was opened");
}

impl Session {
    /// Whether something was opened that is under a key.
    fn step(&mut self, operation: u8, choice: u8, bytes: &[u8]) -> bool {
        let text = hex::encode(bytes);
        let digits: String = bytes.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
        let now = START + u32::from(choice);
        let carrier = if choice & 1 == 0 { Carrier::Direct } else { Carrier::Gateway };
        let pin = [Pin::Right, Pin::Wrong, Pin::Cached][usize::from(choice) % 3];
        let handle = Handle::new(u64::from(choice >> 4));
        match operation % 20 {
            0 => self.client.open(&text, carrier).is_ok(),
            1 => self.client.deactivate(&text, carrier).is_ok(),
            2 => self.waits.activate_instance(&text, pin, now).is_ok(),
            3 => self.replaces.activate_instance(&text, pin, now).is_ok(),
            4 => self.license.process_information(&text, now).is_ok(),
            5 => self.logins.reject(&mut self.license, &text, now).is_ok(),
            6 => {
                let text = if choice & 1 == 0 { &self.am2 } else { &text };
                self.license.verify_message_signature(sequence(1), text, &digits, now).is_ok()
            }
            7 => Client::load(&Key::new(PLATFORM_KEY), bytes, APP.config()).is_ok(),
            8 => SingleClient::load(bytes, single()).is_ok(),
            9 => SingleLicense::load(&Key::new(STORAGE_KEY), bytes).is_ok(),
            10 => {
                let place = (choice % 3, choice >> 4 & 7);
                self.license.load_blob(&Key::new(STORAGE_KEY), place, &blob::to_text(bytes), now).is_ok()
            }
            11 => file::read(&Key::new(TRANSPORT_KEY), bytes).is_ok(),
            12 => {
                let shared = Key::new([9; 16]);
                let (data, password) = (text.as_str(), Some("1357"));
                let activation = OnlineActivation { data, shared: Some(&shared), password, salt: [5; 16] };
                SingleClient::new(single()).activate_online(activation).is_ok()
            }
            _ => {
                self.without_a_key(operation % 20, (handle, pin, now), &digits, bytes);
                false
            }
        }
    }

    /// What needs no message that is sealed.
    fn without_a_key(
        &mut self,
        operation: u8,
        (handle, pin, now): (Handle, Pin, u32),
        digits: &str,
        bytes: &[u8],
    ) {
        let serial = LICENSE.serial();
        let identity = || Identity { user: "user".into(), domain: String::new() };
        match operation {
            13 => drop(self.client.sign(handle, Decision::Approve(pin), now)),
            14 => drop(self.client.sign(handle, Decision::Reject, now)),
            15 => drop(self.client.generate_response(
                serial,
                1 + bytes.len() as u8 % 8,
                &Data::ResponseOnly,
                pin,
                now,
            )),
            16 => drop(self.client.remove(serial, What::Replacement)),
            17 => {
                let key = ChallengeKey([bytes.len() as u8; 5]);
                let ask = Ask {
                    application: 1,
                    service: "shop".into(),
                    identity: identity(),
                    requester: "shop".into(),
                };
                drop(self.logins.start(&mut self.license, key, ask, now));
                let asks = (serial, sequence(1));
                drop(self.logins.retrieve(&mut self.license, &key.to_string(), asks, now));
                let _ = self.logins.approve(&mut self.license, &key.to_string(), &identity(), digits, now);
            }
            18 => drop(self.license.verify_device_code(digits, true, now)),
            _ => {
                let mut client = SingleClient::new(single());
                let name = Name::Serial("VDS1000120");
                let activation = Activation {
                    name,
                    code: digits,
                    event_counter: None,
                    password: Some("1357"),
                    salt: [5; 16],
                };
                let _ = client.activate(activation);
            }
        }
    }
}

/// For each operation the bytes that it takes, in clear and with a tag of zeros.
fn seeds() -> Vec<Vec<u8>> {
    let frame = |word: u16, counter: u8, body: &[u8]| {
        let nonce = [0x6B, 0x49, 0xD2, 0x3C, 0, 0, 0, counter];
        [&word.to_be_bytes()[..], &LICENSE.serial_bytes(), &nonce, body, &[0; 8]].concat()
    };
    let request = frame(0x00C2, 9, b"\x20\x00\x03Pay\x01\x02To\x03Zoe");
    let deactivation = frame(0x0082, 9, &[1, 0]);
    let am2 = frame(0x0042, 9, &[1; 31]);
    let information = frame(0x0902, 1, &[1, 0, 0, 0, 0, 0]);
    let state = [&b"CPC\x02"[..], &[0; 12], &[0; 16], &[7, 0, 0], &[0; 16]].concat();
    let sealed = |magic: &[u8]| [magic, &[0; 12], &[0], &[0; 16]].concat();
    let blob = [&[2, 0, 0, 0, 1][..], &[0; 12], &[0; 16], &[0; 16]].concat();
    let full = [&b"FAD\x01\x01"[..], &[0; 12], &[0; 40], &[0; 16]].concat();
    let all = [
        request,
        deactivation,
        am2.clone(),
        am2,
        information.clone(),
        information.clone(),
        vec![],
        state,
        sealed(b"CPD\x02"),
        sealed(b"CPL\x02"),
        blob,
        b"{\"mac\":\n".to_vec(),
        full,
    ];
    let step = |operation: u8, bytes: &[u8]| [&[operation, 0, bytes.len() as u8][..], bytes].concat();
    let mut seeds: Vec<Vec<u8>> = (0..).zip(&all).map(|(operation, bytes)| step(operation, bytes)).collect();
    seeds.extend((13..20).map(|operation| step(operation, &[0; 8])));
    seeds.push([step(0, &all[0]), step(13, &[]), step(14, &[])].concat());
    seeds.push([step(17, &[]), step(5, &information)].concat());
    seeds
}

fn single() -> SingleConfig {
    SingleConfig {
        static_vector: Some(harness::setup::single_vector()),
        platform_data: b"platform".to_vec(),
        platform_key: Key::new(PLATFORM_KEY),
        short_codes: true,
        rooted: false,
        root_policy: RootPolicy::Block,
        reset_policy: ResetPolicy::Lock,
        cost: Cost { memory_kib: 8, iterations: 1 },
    }
}
