//! Where the stateful targets begin: licenses and apps. What happens to a pair of them is in [`super::pairs`].

use std::sync::OnceLock;

use super::slow::license;
use super::slow::request::{Content, Request};
use super::slow::vector::{self, Vector};
use channel::bytes::Wire;
use channel::client::{Client, Config, Installation, RootPolicy};
use channel::crypto::keys::Key;
use channel::crypto::protect::Protection;
use channel::license::blob::Epoch;
use channel::serial::{Sequence, Serial};
use channel::server::{License, Origin, Settings};
use channel::wire::activation1::Policy;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::static_vector::StaticVector;
use harness::setup::{self, app, open, otp};

/// The license key of every license here.
pub const LICENSE_KEY: [u8; 16] = *b"the license key!";
/// The payload key of every license that has one.
pub const PAYLOAD_KEY: [u8; 16] = *b"the payload key!";
/// Of every license until it is imported again.
pub const EPOCH: [u8; 8] = *b"an epoch";
/// The instance salt of every AM2 here.
pub const SALT: [u8; 13] = *b"instance salt";
/// What the license files here come with.
pub const TRANSPORT_KEY: [u8; 32] = *b"the transport key of the factory";
/// The id of every file here.
pub const FILE_ID: [u8; 16] = *b"the file's name.";
/// What the servers here seal BLOBs with.
pub const STORAGE_KEY: [u8; 16] = *b"the storage key!";
/// What the clients here save themselves with.
pub const PLATFORM_KEY: [u8; 16] = *b"the platform key";
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
/// Days for which a device code is accepted.
pub const VALIDITY_DAYS: u16 = 7;
/// Version of every app here.
pub const APP_VERSION: u8 = 2;

/// The static vectors here: those of the harness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apps {
    /// [`setup::vector`]: signatures above all, nothing to unlock with.
    Plain,
    /// [`setup::otp_vector`]: one application for every way to respond.
    Otp,
    /// [`setup::open_vector`]: one application for every open algorithm.
    Open,
}

struct Loaded {
    fast: StaticVector,
    bytes: Vec<u8>,
    slow: Vector,
}

impl Apps {
    fn loaded(self) -> &'static Loaded {
        static LOADED: OnceLock<[Loaded; 3]> = OnceLock::new();
        let load = |fast: StaticVector| {
            let bytes = fast.to_bytes();
            Loaded { slow: vector::static_vector(&bytes).unwrap(), fast, bytes }
        };
        &LOADED.get_or_init(|| [setup::vector(), setup::otp_vector(), setup::open_vector()].map(load))
            [self as usize]
    }

    /// For the implementation.
    pub fn fast(self) -> StaticVector {
        self.loaded().fast.clone()
    }

    /// As AM1 carries it.
    pub fn bytes(self) -> &'static [u8] {
        &self.loaded().bytes
    }

    /// For the model.
    pub fn slow(self) -> &'static Vector {
        &self.loaded().slow
    }
}

/// What distinguishes licenses.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The license's name.
    pub serial: &'static str,
    /// The applications.
    pub apps: Apps,
    /// Protection of AM2.
    pub activation: Protection,
    /// Protection of requests and deactivations.
    pub messages: Protection,
    /// Signs AM2.
    pub post_activation: u8,
    /// Whether it has a payload key.
    pub secure_channel: bool,
    /// Most instances.
    pub threshold: u8,
    /// The message counter used last.
    pub last_counter: u32,
    /// How far a response may be off.
    pub windows: Windows,
}

/// The default license: signatures, a first use that reaches further than the window.
pub const LICENSE: Kind = Kind {
    serial: "VDS1000120",
    apps: Apps::Plain,
    activation: Protection::Cmac,
    messages: Protection::Cmac,
    post_activation: app::TIME,
    secure_channel: true,
    threshold: 3,
    last_counter: 0,
    windows: Windows { identification: 4, signature: 6, first_use_s: 360, look_ahead: 2 },
};
/// Another one, for the same clients: every way to respond, confirmations by an application with events.
pub const OTHER: Kind = Kind {
    serial: "VDS0000007",
    apps: Apps::Otp,
    activation: Protection::HmacSha256,
    messages: Protection::HmacSha256,
    post_activation: otp::FIELD_EVENT,
    windows: Windows { identification: 7, signature: 2, first_use_s: 150, look_ahead: 1 },
    ..LICENSE
};

/// One with open algorithms.
pub const OPEN: Kind = Kind {
    serial: "VDS0000008",
    apps: Apps::Open,
    post_activation: open::SIGN,
    windows: Windows { identification: 6, signature: 4, first_use_s: 240, look_ahead: 2 },
    ..LICENSE
};

impl Kind {
    /// The serial number.
    pub fn serial(self) -> Serial {
        self.serial.parse().unwrap()
    }

    /// Its five bytes.
    pub fn serial_bytes(self) -> [u8; 5] {
        self.serial().to_bytes()
    }

    /// A license of this kind.
    pub fn license(self) -> License {
        self.license_of(LICENSE_KEY, self.secure_channel.then_some(PAYLOAD_KEY), EPOCH)
    }

    /// The same with these keys, which may have come out of BLOBs.
    pub fn license_of(self, license_key: [u8; 16], payload_key: Option<[u8; 16]>, epoch: [u8; 8]) -> License {
        let policy = Policy {
            activation: self.activation,
            messages: self.messages,
            post_activation: self.post_activation,
        };
        let origin = Origin {
            serial: self.serial(),
            license_key: Key::new(license_key),
            static_vector: self.apps.fast(),
            static_vector_bytes: self.apps.bytes().to_vec(),
            payload_key: payload_key.map(Key::new),
            epoch: Epoch(epoch),
            last_counter: self.last_counter,
        };
        let settings = Settings {
            message_vector: MessageVector {
                policy,
                activation_validity_days: VALIDITY_DAYS,
                message_age_limit_s: AGE_LIMIT_S,
                code_tries: CODE_TRIES,
                signature_tries: SIGNATURE_TRIES,
                windows: self.windows,
            },
            threshold: self.threshold,
        };
        License::new(origin, settings).unwrap()
    }
}

/// What a file says that is not in a license's line: the rest of its kind. Of the vectors and limits here.
pub fn kind_of(serial: &'static str, static_vector: &[u8], message_vector: &str) -> Kind {
    let apps =
        [Apps::Plain, Apps::Otp, Apps::Open].into_iter().find(|apps| apps.bytes() == static_vector).unwrap();
    let numbers = license::message_vector(message_vector).unwrap();
    let [activation, messages, post_activation, days, age, code_tries, tries, windows @ ..] = numbers;
    let limits = (u32::from(VALIDITY_DAYS), AGE_LIMIT_S, u32::from(CODE_TRIES), u32::from(SIGNATURE_TRIES));
    assert_eq!((days, age, code_tries, tries), limits, "the limits of every license here");
    let [identification, signature, first_use_s, look_ahead] = windows.map(|window| window as u16);
    let protection = |number: u32| if number == 1 { Protection::HmacSha256 } else { Protection::Cmac };
    Kind {
        serial,
        apps,
        activation: protection(activation),
        messages: protection(messages),
        post_activation: post_activation as u8,
        last_counter: 0,
        windows: Windows { identification, signature, first_use_s, look_ahead },
        ..LICENSE
    }
}

/// A file with one license of each of these kinds, which have the first one's vectors.
pub fn file(kinds: &[Kind], license_key: [u8; 16]) -> license::File {
    let Kind { apps, activation, messages, post_activation, windows, .. } = kinds[0];
    let Windows { identification, signature, first_use_s, look_ahead } = windows;
    let windows = [identification, signature, first_use_s, look_ahead].map(u32::from);
    let first = [activation.number(), messages.number(), post_activation].map(u32::from);
    let limits = [u32::from(VALIDITY_DAYS), AGE_LIMIT_S, u32::from(CODE_TRIES), u32::from(SIGNATURE_TRIES)];
    let numbers = [&first[..], &limits, &windows].concat();
    let license = |kind: &Kind| license::License {
        serial: kind.serial.into(),
        kind: "DP4MOBILE".into(),
        application: "MASTER      ".into(),
        threshold: kind.threshold,
        secure_channel: kind.secure_channel,
        license_key,
    };
    license::File {
        static_vector: apps.bytes().to_vec(),
        message_vector: license::message_vector_text(&numbers.try_into().unwrap()),
        licenses: kinds.iter().map(license).collect(),
    }
}

/// What distinguishes clients.
#[derive(Clone, Copy, Debug)]
pub struct App {
    /// Platform data and installation salt are made of it.
    pub device: u8,
    /// 0..=99.
    pub device_type: u8,
    /// The vector built in.
    pub apps: Option<Apps>,
    /// 0..=3.
    pub version: u8,
    /// Whether it is rooted, under a policy that blocks that.
    pub blocked: bool,
    /// Whether an activated account stays beside the new one until AM2 (AM1-12).
    pub replacement: bool,
}

/// The default client.
pub const APP: App = App {
    device: 0,
    device_type: 7,
    apps: Some(Apps::Plain),
    version: APP_VERSION,
    blocked: false,
    replacement: false,
};

impl App {
    /// What is given at each start.
    pub fn config(self) -> Config {
        Config {
            static_vector: self.apps.map(Apps::fast),
            platform_data: vec![self.device],
            app_version: self.version,
            rooted: self.blocked,
            root_policy: RootPolicy::Block,
            replacement: self.replacement,
        }
    }

    /// A client like this, without accounts.
    pub fn client(self) -> Client {
        let salt = [self.device; 16];
        Client::new(self.config(), Installation { salt, device_type: self.device_type })
    }
}

/// A request for this application.
pub fn request(application: u8, require_pin: bool, content: Content) -> Request {
    Request { minimum_version: 0, require_pin, template: 0, charset: 0, application, content }
}

/// Something to pay.
pub fn list() -> Content {
    Content::List("Pay".into(), vec![("To".into(), "Zoë".into())])
}

/// A sequence number.
pub fn sequence(number: u8) -> Sequence {
    Sequence::new(number).unwrap()
}
