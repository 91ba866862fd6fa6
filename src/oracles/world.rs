//! Where the stateful targets begin: licenses, and clients activated on them, made once and cloned.

use std::sync::OnceLock;

use super::slow::{self, Vector};
use super::slow_crypto;
use crate::bytes::Wire;
use crate::client::{Client, Config, Decision, Pin, RootPolicy};
use crate::crypto::keys::Key;
use crate::crypto::protect::Protection;
use crate::error::Refusal;
use crate::harness::setup::{self, app};
use crate::serial::Sequence;
use crate::server::{License, Origin, Settings};
use crate::state;
use crate::text::charset::Charset;
use crate::text::hex;
use crate::wire::activation1::Policy;
use crate::wire::frame::Carrier;
use crate::wire::request::{Content, Request};

/// The license key of every license here.
pub const LICENSE_KEY: [u8; 16] = *b"the license key!";
/// The payload key of every license that has one.
pub const PAYLOAD_KEY: [u8; 16] = *b"the payload key!";
/// The instance salt of every AM2 here.
pub const SALT: [u8; 13] = *b"instance salt";
/// The challenge of every AM1 here.
pub const CHALLENGE: [u8; 8] = *b"challeng";
/// When it all begins.
pub const START: u32 = 1_800_000_000;
/// Wrong signatures before an instance is locked.
pub const SIGNATURE_TRIES: u8 = 4;
/// Wrong device codes before an AM1 is void.
pub const CODE_TRIES: u8 = 3;
/// Seconds for which a message's signature is accepted.
pub const AGE_LIMIT_S: u32 = 3600;
/// Time steps searched.
pub const WINDOW: u16 = 6;
/// Events searched.
pub const LOOK_AHEAD: u16 = 2;
/// Version of every app here.
pub const APP_VERSION: u8 = 2;

/// What distinguishes licenses.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The license's name.
    pub serial: &'static str,
    /// Protection of requests.
    pub messages: Protection,
    /// Whether it has a payload key.
    pub secure_channel: bool,
    /// Most instances.
    pub threshold: u8,
    /// The message counter used last.
    pub last_counter: u32,
}

/// The default license.
pub const LICENSE: Kind = Kind {
    serial: "VDS1000120",
    messages: Protection::Cmac,
    secure_channel: true,
    threshold: 3,
    last_counter: 0,
};
/// Another one, for the same clients.
pub const OTHER: Kind =
    Kind { serial: "VDS0000007", messages: Protection::HmacSha256, threshold: 2, ..LICENSE };

impl Kind {
    /// The five bytes of the serial number.
    pub fn serial_bytes(self) -> [u8; 5] {
        self.serial.parse::<crate::serial::Serial>().unwrap().to_bytes()
    }

    /// A license of this kind.
    pub fn license(self) -> License {
        let policy =
            Policy { activation: Protection::Cmac, messages: self.messages, post_activation: app::TIME };
        let origin = Origin {
            serial: self.serial.parse().unwrap(),
            license_key: Key::new(LICENSE_KEY),
            static_vector: setup::vector(),
            static_vector_bytes: setup::vector().to_bytes(),
            payload_key: self.secure_channel.then(|| Key::new(PAYLOAD_KEY)),
            last_counter: self.last_counter,
        };
        let settings = Settings {
            policy,
            activation_validity_days: 7,
            message_age_limit_s: AGE_LIMIT_S,
            threshold: self.threshold,
            code_tries: CODE_TRIES,
            signature_tries: SIGNATURE_TRIES,
            window: WINDOW,
            look_ahead: LOOK_AHEAD,
        };
        License::new(origin, settings).unwrap()
    }
}

/// A client without accounts, on device number `device`.
pub fn client(device: u8) -> Client {
    Client::new(Config {
        static_vector: Some(setup::vector()),
        platform_data: vec![device],
        installation_salt: [device; 16],
        device_type: 7,
        app_version: APP_VERSION,
        rooted: false,
        root_policy: RootPolicy::Block,
    })
}

/// The vector of every license here.
pub fn vector() -> &'static Vector {
    static VECTOR: OnceLock<Vector> = OnceLock::new();
    VECTOR.get_or_init(|| slow::static_vector(&setup::vector().to_bytes()).unwrap())
}

/// An activated pair, and the messages that made it one.
#[derive(Clone)]
pub struct World {
    /// Which license.
    pub kind: Kind,
    /// The server.
    pub server: License,
    /// The client after AM1.
    pub pre_activated: Client,
    /// The client after AM2.
    pub client: Client,
    /// Device type and device id.
    pub device: [u8; 6],
    /// AM1.
    pub am1: Vec<u8>,
    /// AM2.
    pub am2: Vec<u8>,
    /// Its instance.
    pub sequence: u8,
}

/// Activates a client on device number `device`.
pub fn activate(kind: Kind, mut server: License, device: u8) -> World {
    let mut pre_activated = client(device);
    let am1 = server.generate_activation1(Some(CHALLENGE), device % 2 == 1, START);
    let code = pre_activated.activate_license(&hex::encode(&am1)).unwrap();
    let known = server.verify_device_code(&code, START).unwrap();
    let (sequence, am2) = server.generate_activation2(SALT, START).unwrap();
    let mut client = pre_activated.clone();
    let activated = client.activate_instance(&hex::encode(&am2), START).unwrap();
    assert_eq!(activated.sequence, sequence);
    server.verify_message_signature(sequence, &hex::encode(&am2), &activated.signature, START).unwrap();
    let mut device = [known.kind; 6];
    device[1..].copy_from_slice(&known.id);
    World { kind, server, pre_activated, client, device, am1, am2, sequence: sequence.number() }
}

impl World {
    /// The key of one application of this instance, derived slowly.
    pub fn application_key(&self, index: u8) -> [u8; 16] {
        let serial = self.kind.serial_bytes();
        slow_crypto::application_key(&LICENSE_KEY, serial, self.sequence, index, self.device, &SALT)
    }
}

/// The default world.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| activate(LICENSE, LICENSE.license(), 0))
}

/// A request for this application.
pub fn request(application: u8, require_pin: bool) -> Request {
    Request {
        minimum_version: 0,
        require_pin,
        template: 0,
        charset: Charset::Utf8,
        application,
        content: Content::List { title: "Pay".into(), items: vec![("To".into(), "Zoë".into())] },
    }
}

/// Real messages of every type that this edition issues.
pub fn frames() -> Vec<Vec<u8>> {
    let mut world = activate(OTHER, OTHER.license(), 1);
    let mut frames = vec![world.am1.clone(), world.am2.clone()];
    frames.push(world.server.generate_activation1(None, false, START));
    frames.push(world.server.generate_request(&request(app::TIME, true), Carrier::Direct, START).unwrap());
    frames
}

/// A role's state, as the peer protocol sees it.
pub trait Role: Clone {
    /// All of it but the counters.
    fn digest(&self) -> [u8; 32];
    /// The counters of refusals that count.
    fn counters(&self) -> Vec<u8>;
}

impl Role for Client {
    fn digest(&self) -> [u8; 32] {
        state::digest(self)
    }

    fn counters(&self) -> Vec<u8> {
        self.pin_failures().map(|(_, n)| n).collect()
    }
}

impl Role for License {
    fn digest(&self) -> [u8; 32] {
        state::digest(self)
    }

    fn counters(&self) -> Vec<u8> {
        std::iter::once(self.code_failures()).chain(self.signature_failures().map(|(_, n)| n)).collect()
    }
}

/// A role, and a twin that is asked only what the role did not refuse for free: section 1 says that nobody can
/// tell them apart. (A digest before and after each question says the same, ten times slower.)
#[derive(Clone)]
pub struct Watched<T> {
    role: T,
    twin: T,
}

impl<T: Role> Watched<T> {
    /// Begins here.
    pub fn new(role: T) -> Self {
        Self { twin: role.clone(), role }
    }

    /// The role.
    pub fn role(&self) -> &T {
        &self.role
    }

    /// One operation: a refusal is free, or counts exactly its one counter; all else the twin answers alike.
    pub fn ask<Out: PartialEq + std::fmt::Debug>(
        &mut self,
        operation: impl Fn(&mut T) -> Result<Out, Refusal>,
    ) -> Result<Out, Refusal> {
        let before = self.role.counters();
        let result = operation(&mut self.role);
        let is_free = matches!(&result, Err(refusal) if refusal.rule.counts.is_none());
        if !is_free {
            assert_eq!(operation(&mut self.twin), result, "the same answer twice");
        }
        if let Err(refusal) = &result {
            super::known(*refusal);
            let after = self.role.counters();
            let grown: Vec<u8> = before.iter().zip(&after).map(|(b, a)| a.wrapping_sub(*b)).collect();
            assert_eq!(before.len(), after.len(), "{refusal}");
            assert_eq!(grown.iter().filter(|n| **n == 1).count(), usize::from(!is_free), "{refusal}");
            assert_eq!(grown.iter().filter(|n| **n > 1).count(), 0, "{refusal}");
        }
        result
    }

    /// The end: no free refusal left a trace.
    pub fn settle(&self) {
        assert_eq!(self.role.digest(), self.twin.digest(), "a free refusal changed the state");
        assert_eq!(self.role.counters(), self.twin.counters(), "a free refusal changed a counter");
    }
}

/// Locks a client's account by wrong PINs.
pub fn lock(world: &World) -> Client {
    let (mut client, mut server) = (world.client.clone(), world.server.clone());
    let message = server.generate_request(&request(app::TIME, false), Carrier::Direct, START).unwrap();
    client.open(&hex::encode(&message), Carrier::Direct).unwrap();
    for _ in 0..setup::PIN_TRIES {
        client.sign(Decision::Approve(Pin::Wrong), START).unwrap_err();
    }
    client
}

/// A sequence number.
pub fn sequence(number: u8) -> Sequence {
    Sequence::new(number).unwrap()
}
