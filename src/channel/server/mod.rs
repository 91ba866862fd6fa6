//! The server's side of one license: it issues messages and verifies codes and signatures.
//! SPEC sections 7, 9 to 11, 13 and 15.
//!
//! Every operation is `(state, input, now, random fields) → (state, output)` or a refusal that leaves the
//! state as it was, but for the one counter its rule names. It mirrors [`crate::client`] file by file and
//! never names it.

mod activate;
mod applications;
mod blob;
mod deactivate;
mod floor;
mod import;
mod information;
mod login;
mod login_row;
mod operate;
mod overview;
mod request;
mod respond;
mod row;
pub mod single;
mod store;
mod unlock;
mod verify;
mod window;

use std::collections::BTreeMap;

use applications::Applications;
pub use blob::ApplicationName;
pub use floor::Floor;
pub use information::Rejection;
pub use login::{Ask, Logins, Progress};
pub use login_row::LoginRow;
pub use operate::Attempt;
pub use overview::{InstanceOverview, Overview};
pub use row::NotARow;
pub use store::{Memory, Store};
pub use window::ApplicationState;

use crate::crypto::answer::{Answers, Subject};
use crate::crypto::kdf::{self, Device};
use crate::crypto::keys::{Application, Key, License as LicenseKey, Payload};
use crate::crypto::protect::{ChannelKeys, PayloadChannel, Protection, seal};
use crate::crypto::response::Form;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::license::blob::{Epoch, Generation};
use crate::rule::{AM1_8, AM1_9, NON_3, VER_3, VER_4, VER_5, VER_6};
use crate::serial::{Sequence, Serial};
use crate::state::Counter;
use crate::wire::frame::{Frame, Header, Kind, Nonce};
use crate::wire::message_vector::MessageVector;
use crate::wire::static_vector::{ApplicationRules, StaticVector};

/// The numbers that a license is created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Those that it has in common with all of its file.
    pub message_vector: MessageVector,
    /// Most instances, 1..=99.
    pub threshold: u8,
}

/// Where a license comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The license's name.
    pub serial: Serial,
    /// Its key.
    pub license_key: Key<LicenseKey>,
    /// The parameters of its file.
    pub static_vector: StaticVector,
    /// The bytes of the vector, as AM1 carries them.
    pub static_vector_bytes: Vec<u8>,
    /// Random, once per license; `None` without Secure Channel.
    pub payload_key: Option<Key<Payload>>,
    /// Random, with each import anew (BLB-10).
    pub epoch: Epoch,
    /// The message counter used last; 0 for a new license.
    pub last_counter: u32,
}

/// The state of a license.
#[derive(Clone, Debug, Hash)]
pub struct License {
    serial: Serial,
    settings: Settings,
    license_key: Key<LicenseKey>,
    vector: StaticVector,
    vector_bytes: Vec<u8>,
    channel: Option<PayloadChannel>,
    epoch: Epoch,
    /// Of the BLOBs of license key and payload key.
    generations: [Generation; 2],
    /// Counter and time of the last message issued (NON-1, NON-2).
    last: Nonce,
    /// The time of the latest AM1 (AM1-14); `None` before the first.
    last_activation: Option<u32>,
    activation: Option<IssuedActivation>,
    verified: Option<Verified>,
    instances: BTreeMap<Sequence, Instance>,
    /// The highest sequence number that may have been used (AM2-3, OPR-3).
    last_sequence: u8,
    /// Requests of formats 0 to 2, by counter (VER-7).
    issued: BTreeMap<u32, IssuedRequest>,
    code_failures: Counter,
}

/// The AM1 that device codes must answer.
#[derive(Clone, Debug, Hash)]
struct IssuedActivation {
    hash: [u8; 32],
    time: u32,
}

/// The device whose code was right last, and the instance made for it.
#[derive(Clone, Debug, Hash)]
struct Verified {
    device: Device,
    /// Whether its instance will replace a confirmed one (AM2-12).
    replaces: bool,
    instance: Option<Sequence>,
}

#[derive(Clone, Debug, Hash)]
struct Instance {
    device: Device,
    salt: [u8; 13],
    /// The bytes that were issued, and are issued again (AM2-5), while unconfirmed; then none.
    am2: Vec<u8>,
    /// The time of the AM1 it answers, while unconfirmed (AM2-18).
    am1_time: u32,
    replaces: bool,
    status: Status,
    applications: Applications,
    signature_failures: Counter,
    /// The last accepted one (INF-4); 0 before the first.
    information_counter: u32,
}

impl Instance {
    /// The type of an instance, as it is told: `TYP` and two digits (INS-1).
    fn kind(&self) -> String {
        format!("TYP{:02}", self.device.kind)
    }

    /// It is not issued again, and ends with no AM1: it is confirmed, or deactivated.
    fn forget_am2(&mut self) {
        self.am2.clear();
        self.am1_time = 0;
    }
}

/// What an instance may do (SPEC section 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Status {
    /// AM2 is out; only its confirmation is accepted.
    Unconfirmed,
    /// Usable.
    Confirmed,
    /// Ended for good.
    Deactivated,
}

#[derive(Clone, Debug, Hash)]
struct IssuedRequest {
    time: u32,
    hash: [u8; 32],
    application: u8,
    /// Whether a signature over it was accepted, by whichever instance (VER-8).
    is_accepted: bool,
}

impl License {
    /// A license without instances. AM1-8 for the serial number, AM1-9 for the post-activation application, then STV-7,
    /// VER-21, VER-22.
    pub fn new(origin: Origin, settings: Settings) -> Result<Self, Refusal> {
        let license = Self::kept(origin, settings)?;
        license.floor().ensure()?;
        Ok(license)
    }

    /// The same for one that was made before: its settings are not judged again (VER-24). AM1-8, AM1-9.
    pub fn kept(origin: Origin, settings: Settings) -> Result<Self, Refusal> {
        let Origin {
            serial,
            license_key,
            static_vector,
            static_vector_bytes,
            payload_key,
            epoch,
            last_counter,
        } = origin;
        ensure(serial.prefix() == static_vector.prefix, AM1_8, Found::Nothing)?;
        let index = settings.message_vector.policy.post_activation;
        let confirms = static_vector.application(index).is_some_and(|application| application.confirms());
        ensure(confirms, AM1_9, Found::Number(u64::from(index)))?;
        let channel =
            payload_key.map(|key| PayloadChannel::new(key, settings.message_vector.policy.messages));
        Ok(Self {
            serial,
            settings,
            license_key,
            vector: static_vector,
            vector_bytes: static_vector_bytes,
            channel,
            epoch,
            generations: [Generation::FIRST; 2],
            last: Nonce { time: 0, counter: last_counter },
            last_activation: None,
            activation: None,
            verified: None,
            instances: BTreeMap::new(),
            last_sequence: 0,
            issued: BTreeMap::new(),
            code_failures: Counter::default(),
        })
    }

    /// How well its responses can be guessed.
    fn floor(&self) -> Floor<'_> {
        let MessageVector { signature_tries: tries, windows, .. } = &self.settings.message_vector;
        Floor { vector: &self.vector, tries: *tries, windows, secure_channel: self.channel.is_some() }
    }

    /// Its name.
    pub fn serial(&self) -> Serial {
        self.serial
    }

    /// Wrong device codes since the last AM1 or right one.
    pub fn code_failures(&self) -> u8 {
        self.code_failures.value()
    }

    /// Wrong signatures per instance.
    pub fn signature_failures(&self) -> impl Iterator<Item = (Sequence, u8)> {
        self.instances.iter().map(|(sequence, instance)| (*sequence, instance.signature_failures.value()))
    }

    /// VER-3, then VER-4 for all but confirmations.
    fn confirmed(&self, sequence: Sequence) -> Result<&Instance, Refusal> {
        let Some(instance) = self.instances.get(&sequence) else {
            return refuse(VER_3, Found::Number(u64::from(sequence.number())));
        };
        ensure(instance.status == Status::Confirmed, VER_4, Found::Nothing)?;
        Ok(instance)
    }

    /// Refuses once as many signatures of the instance were wrong as the license allows (VER-5).
    fn ensure_unlocked(&self, instance: &Instance) -> Result<(), Refusal> {
        let failures = instance.signature_failures.value();
        ensure(failures < self.settings.message_vector.signature_tries, VER_5, Found::Nothing)
    }

    /// VER-6 for a message of this time; a limit of 0 is none.
    fn ensure_recent(&self, time: u32, now: u32) -> Result<(), Refusal> {
        let age = now.saturating_sub(time);
        let limit = self.settings.message_vector.message_age_limit_s;
        let is_limited = limit > 0 || fault::bent("age-limit-0", false, true);
        ensure(!is_limited || age <= limit, VER_6, Found::Number(u64::from(age)))
    }

    /// What an application answers in this form.
    fn answers<'a>(
        &self,
        (sequence, instance): (Sequence, &Instance),
        rules: &ApplicationRules,
        form: Form,
        subject: Subject<'a>,
    ) -> Answers<'a> {
        let key = self.application_key(sequence, instance, form.index);
        Answers::new(&key, form, &rules.algorithm, subject)
    }

    /// The key by which one application of an instance responds (KEY-8).
    fn application_key(&self, sequence: Sequence, instance: &Instance, index: u8) -> Key<Application> {
        let Instance { device, salt, .. } = instance;
        kdf::application(&self.license_key, self.serial, sequence, index, *device, salt)
    }

    /// NON-1, NON-2, NON-3: the nonce of the next message; to be stored before the message leaves.
    fn next_nonce(&self, now: u32) -> Result<Nonce, Refusal> {
        match self.last.counter.checked_add(1) {
            Some(counter) => Ok(Nonce { time: now.max(self.last.time), counter }),
            None => refuse(NON_3, Found::Nothing),
        }
    }

    /// Seals a body into a frame.
    fn seal(
        &self,
        kind: Kind,
        protection: Protection,
        keys: &ChannelKeys,
        nonce: Nonce,
        body: Vec<u8>,
    ) -> Vec<u8> {
        let header =
            Header { kind, protection: Some(protection), serial: self.serial, nonce: nonce.encode() };
        let header = header.encode();
        let (body, tag) = seal(keys, &header, body);
        Frame::encode(&header, &body, &tag)
    }
}
