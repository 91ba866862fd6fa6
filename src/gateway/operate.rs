//! What each request does with a license and its sessions.
//!
//! A request is read in two steps: [`Request::read`] needs the body alone, and says by what the license is found
//! ([`Request::target`]); [`Request::perform`] changes license and sessions, or refuses. What isn't found is refused as
//! what is found and doesn't know the session is: an answer tells nobody which licenses and sessions there are (GTW-8).

use channel::class::Class;
use channel::error::Refusal;
use channel::serial::{Sequence, Serial};
use channel::server::{Ask, License, Progress};
use channel::text::charset::is_displayable;
use channel::text::gateway_string::{ChallengeKey, Identity};
use channel::text::hex;
use serde::de::DeserializeOwned;

use crate::code::Problem;
use crate::instance::Instance;
use crate::registration::{Added, KNOWN_S, MAX_DESCRIPTION, Registration, RegistrationId};
use crate::sessions::{Account, Name, Sessions};
use crate::surface::{
    self, Activated, Device, DeviceAdded, Devices, Operation, Outcome, Prepared, Registered, Started, Status,
};

/// Characters of a requester, as of `server.login_start`.
const MAX_REQUESTER: usize = 64;

/// A request whose body is well formed.
pub enum Request {
    /// Of the details of a login.
    Prepare {
        /// Who asks.
        instance: Instance,
        /// For which.
        challenge_key: ChallengeKey,
    },
    /// The user approves.
    Approve {
        /// Which login.
        challenge_key: ChallengeKey,
        /// Whose.
        identity: Identity,
        /// Over its details.
        signature: String,
    },
    /// The user rejects.
    Reject {
        /// By whose license.
        instance: Instance,
        /// The information message.
        message: String,
    },
    /// A device answers AM1.
    AddDevice {
        /// Of which registration.
        id: RegistrationId,
        /// 26 digits.
        device_code: String,
        /// The user's words.
        description: String,
    },
    /// A device confirms AM2.
    Activate {
        /// Of which registration.
        id: RegistrationId,
        /// Over AM2.
        signature: String,
    },
    /// A user is to get a device.
    Register {
        /// Of which license.
        serial: Serial,
        /// Who.
        identity: Identity,
        /// Whether the device may have an instance.
        replace: bool,
    },
    /// A user is to log in.
    StartLogin(Ask),
    /// How far it is.
    LoginStatus(ChallengeKey),
    /// Nobody waits for it.
    CancelLogin(ChallengeKey),
    /// What devices a user has.
    Devices(Identity),
}

/// By what the license of a request is found.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// By its serial number.
    License(Serial),
    /// By a record beside it.
    Record(Name),
}

/// What a request may need at random.
#[derive(Clone)]
pub struct Random {
    /// Of AM1; not zero.
    pub challenge: [u8; 8],
    /// Of AM2.
    pub salt: [u8; 13],
    /// Of a new registration.
    pub id: [u8; 10],
}

/// A license and what is kept beside it.
pub struct Place<'a> {
    /// The license.
    pub license: &'a mut License,
    /// What is beside it.
    pub sessions: &'a mut Sessions,
    /// Drawn for a new login, where an account was asked for: no session has it, of this license or another.
    pub fresh_key: Option<ChallengeKey>,
}

/// What a request comes to: nothing to say, something, or a problem.
pub type Performed = Result<Option<Outcome>, Problem>;

fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // The derived types alone would take an array of the same values for an object.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    let read = is_object.then(|| serde_json::from_slice(bytes).ok()).flatten();
    read.ok_or(Problem::BadRequest)
}

fn instance(text: &str) -> Result<Instance, Problem> {
    text.parse().map_err(|_| Problem::BadRequest)
}

fn identity(user: String, domain: Option<String>) -> Result<Identity, Problem> {
    let identity = Identity { user, domain: domain.unwrap_or_default() };
    identity.ensure_writable()?;
    Ok(identity)
}

fn registration_id(text: &str) -> Result<RegistrationId, Problem> {
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(RegistrationId).ok_or(Problem::BadRequest)
}

/// Words that somebody is shown.
fn words(text: String, most: usize) -> Result<String, Problem> {
    match text.chars().count() <= most && text.chars().all(is_displayable) {
        true => Ok(text),
        false => Err(Problem::BadRequest),
    }
}

impl Request {
    /// Reads the body of an operation.
    pub fn read(operation: Operation, bytes: &[u8]) -> Result<Self, Problem> {
        Ok(match operation {
            Operation::Prepare => {
                let surface::Prepare { serial_number, challenge_key } = body(bytes)?;
                let instance = instance(&serial_number)?;
                Self::Prepare { instance, challenge_key: ChallengeKey::parse(&challenge_key)? }
            }
            Operation::Approve => {
                let surface::Approve { user_id, domain, challenge_key, signature } = body(bytes)?;
                let challenge_key = ChallengeKey::parse(&challenge_key)?;
                let identity = Identity { user: user_id, domain: domain.unwrap_or_default() };
                Self::Approve { challenge_key, identity, signature }
            }
            Operation::Reject => {
                let surface::Reject { serial_number, challenge_key: message } = body(bytes)?;
                Self::Reject { instance: instance(&serial_number)?, message }
            }
            Operation::AddDevice => {
                let surface::AddDevice { registration_identifier, device_code, description } = body(bytes)?;
                let description = words(description, MAX_DESCRIPTION)?;
                Self::AddDevice { id: registration_id(&registration_identifier)?, device_code, description }
            }
            Operation::Activate => {
                let surface::Activate { registration_identifier, signature } = body(bytes)?;
                Self::Activate { id: registration_id(&registration_identifier)?, signature }
            }
            Operation::Register => {
                let surface::Register { serial_number, user_id, domain, replace } = body(bytes)?;
                let serial = serial_number.parse().map_err(|_| Problem::BadRequest)?;
                Self::Register { serial, identity: identity(user_id, domain)?, replace }
            }
            Operation::StartLogin => {
                let surface::StartLogin { user_id, domain, service, application, requester } = body(bytes)?;
                let requester = words(requester, MAX_REQUESTER)?;
                let identity = identity(user_id, domain)?;
                Self::StartLogin(Ask { application, service, identity, requester })
            }
            Operation::LoginStatus => Self::LoginStatus(login(bytes)?),
            Operation::CancelLogin => Self::CancelLogin(login(bytes)?),
            Operation::Devices => {
                let surface::User { user_id, domain } = body(bytes)?;
                Self::Devices(identity(user_id, domain)?)
            }
        })
    }

    /// By what its license is found.
    pub fn target(&self) -> Target {
        match self {
            Self::Prepare { challenge_key, .. }
            | Self::Approve { challenge_key, .. }
            | Self::LoginStatus(challenge_key)
            | Self::CancelLogin(challenge_key) => Target::Record(Name::login(*challenge_key)),
            Self::Reject { instance, .. } => Target::License(instance.serial),
            Self::AddDevice { id, .. } | Self::Activate { id, .. } => Target::Record(Name::registration(*id)),
            Self::Register { serial, .. } => Target::License(*serial),
            Self::StartLogin(Ask { identity, .. }) | Self::Devices(identity) => {
                Target::Record(Name::account(identity))
            }
        }
    }

    /// The license that a stranger can make work by naming it: it is asked of no more often than its limit says (GTW-10).
    pub fn names(&self) -> Option<Serial> {
        match self {
            Self::Prepare { instance, .. } | Self::Reject { instance, .. } => Some(instance.serial),
            _ => None,
        }
    }

    /// Does it, where its license was found.
    pub fn perform(self, place: Option<Place<'_>>, now: u32, random: Random) -> Performed {
        let Some(Place { license, sessions, fresh_key }) = place else {
            return Err(self.of_nothing());
        };
        match self {
            Self::Prepare { instance, challenge_key } => {
                let who = (instance.serial, instance.sequence);
                let message = sessions.logins.retrieve(license, &challenge_key.to_string(), who, now)?;
                Ok(Some(Outcome::Prepared(Prepared { request_message: hex::encode(&message) })))
            }
            Self::Approve { challenge_key, identity, signature } => {
                let key = challenge_key.to_string();
                sessions.logins.approve(license, &key, &identity, &signature, now)?;
                Ok(None)
            }
            Self::Reject { message, .. } => {
                sessions.logins.reject(license, &message, now).map_err(of_rejection)?;
                Ok(None)
            }
            Self::AddDevice { id, device_code, description } => {
                add_device(license, sessions, id, (&device_code, description), (now, random.salt))
            }
            Self::Activate { id, signature } => activate(license, sessions, id, &signature, now),
            Self::Register { identity, replace, .. } => {
                register(license, sessions, (identity, replace), now, &random)
            }
            Self::StartLogin(ask) => {
                let key = fresh_key.ok_or(Problem::Unavailable)?;
                let message = sessions.logins.start(license, key, ask, now)?;
                Ok(Some(Outcome::Started(Started {
                    challenge_key: key.to_string(),
                    serial_number: license.serial().to_string(),
                    notification_message: hex::encode(&message),
                })))
            }
            Self::LoginStatus(key) => {
                let progress = sessions.logins.status(license, &key.to_string(), now)?;
                Ok(Some(Outcome::Status(Status { login_status: word(progress).to_owned() })))
            }
            Self::CancelLogin(key) => {
                sessions.logins.cancel(license, &key.to_string(), now)?;
                Ok(None)
            }
            Self::Devices(_) => Ok(Some(Outcome::Devices(devices(license, sessions)))),
        }
    }

    /// What is said where no license was found: the same as where it has no such session.
    fn of_nothing(&self) -> Problem {
        Problem::Refused(match self {
            Self::Reject { .. } => Class::Corrupted,
            Self::Register { .. } | Self::StartLogin(_) | Self::Devices(_) => Class::UnknownInstance,
            _ => Class::UnknownSession,
        })
    }
}

fn login(bytes: &[u8]) -> Result<ChallengeKey, Problem> {
    let surface::Login { challenge_key } = body(bytes)?;
    Ok(ChallengeKey::parse(&challenge_key)?)
}

/// Who can't make an information message learns nothing of the license that he has named: all that is refused before the
/// message is authentic is `corrupted`.
fn of_rejection(refusal: Refusal) -> Problem {
    let is_authentic = refusal.rule.id.starts_with("LGN-") || ["INF-4", "INF-5"].contains(&refusal.rule.id);
    if is_authentic { refusal.into() } else { Problem::Refused(Class::Corrupted) }
}

/// In the words of `server.login_status`.
pub fn word(progress: Progress) -> &'static str {
    match progress {
        Progress::Pending => "pending",
        Progress::Retrieved => "retrieved",
        Progress::Approved => "approved",
        Progress::Rejected => "rejected",
        Progress::Cancelled => "cancelled",
        Progress::Expired => "expired",
        Progress::Failed => "failed",
    }
}

/// A license is one user's, from the first activation until it is imported again.
fn register(
    license: &mut License,
    sessions: &mut Sessions,
    (identity, replace): (Identity, bool),
    now: u32,
    random: &Random,
) -> Performed {
    if sessions.account.as_ref().is_some_and(|account| account.identity != identity) {
        return Err(Problem::Refused(Class::AlreadyActive));
    }
    let message = license.generate_activation1(Some(random.challenge), true, now)?;
    let id = RegistrationId(random.id);
    let is_activated = false;
    sessions.registration =
        Some(Registration { id, identity, start: now, replace, added: None, is_activated });
    Ok(Some(Outcome::Registered(Registered {
        registration_identifier: hex::encode(&random.id),
        license_activation_message: hex::encode(&message),
    })))
}

/// The registration, if it is the one begun last, and not so long ago.
fn registration(sessions: &mut Sessions, id: RegistrationId, now: u32) -> Result<&mut Registration, Problem> {
    let is_it = |registration: &&mut Registration| {
        registration.id == id && now.saturating_sub(registration.start) <= KNOWN_S
    };
    let registration = sessions.registration.as_mut().filter(is_it);
    let registration = registration.ok_or(Problem::Refused(Class::UnknownSession))?;
    match registration.is_activated {
        true => Err(Problem::Refused(Class::AlreadyActive)),
        false => Ok(registration),
    }
}

fn add_device(
    license: &mut License,
    sessions: &mut Sessions,
    id: RegistrationId,
    (device_code, description): (&str, String),
    (now, salt): (u32, [u8; 13]),
) -> Performed {
    let registration = registration(sessions, id, now)?;
    license.verify_device_code(device_code, registration.replace, now)?;
    let (sequence, message) = license.generate_activation2(salt, now)?;
    let text = hex::encode(&message);
    registration.added = Some(Added { sequence, message, description });
    Ok(Some(Outcome::DeviceAdded(DeviceAdded {
        serial_number: name(license, sequence),
        instance_activation_message: text,
    })))
}

fn activate(
    license: &mut License,
    sessions: &mut Sessions,
    id: RegistrationId,
    signature: &str,
    now: u32,
) -> Performed {
    let registration = registration(sessions, id, now)?;
    let Some(Added { sequence, message, description }) = registration.added.clone() else {
        return Err(Problem::Refused(Class::WrongState));
    };
    license.verify_message_signature(sequence, &hex::encode(&message), signature, now)?;
    registration.is_activated = true;
    let identity = registration.identity.clone();
    let account = sessions.account.get_or_insert_with(|| Account { identity, devices: [].into() });
    account.devices.insert(sequence, description);
    Ok(Some(Outcome::Activated(Activated { activated_serial_number: name(license, sequence) })))
}

fn devices(license: &License, sessions: &Sessions) -> Devices {
    let words = |sequence| sessions.account.as_ref().and_then(|account| account.devices.get(&sequence));
    let instances = license.overview().instances.into_iter();
    let devices = instances.map(|instance| Device {
        serial_number: name(license, instance.sequence),
        description: words(instance.sequence).cloned().unwrap_or_default(),
        status: instance.status.to_owned(),
        locked: instance.locked,
    });
    Devices { devices: devices.collect() }
}

fn name(license: &License, sequence: Sequence) -> String {
    Instance { serial: license.serial(), sequence }.to_string()
}
