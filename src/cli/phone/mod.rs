//! `phone`: an app on a phone, with its state in a file and a gateway at the other end of a socket.
//!
//! ```text
//! kept       the state, the keys beside it, whether a PIN is right
//! dialogue   what is shown and asked
//! ```
//! The state is on the disk before anything leaves that depends on it.

mod dialogue;
mod kept;

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};

use self::dialogue::{Decided, new_pin, pin, released, show};
use self::kept::{Kept, PhoneFile, outcome};
use super::outcome::{Error, Outcome};
use super::terminal::show_path;
use super::words::say;
use crate::io::gateway::{Address, NoResult};
use ::gateway::instance::Instance;
use ::gateway::surface::{self, Operation, Outcome as Brought};
use ::peer::printable::Line;
use channel::client::{App2App, Decision, Shown};
use channel::error::Refusal;
use channel::serial::{Sequence, Serial};
use channel::text::gateway_string::{Details, GatewayString, Identity};
use channel::text::hex;
use channel::wire::callback_url::{Platform, Scheme};
use channel::wire::frame::Carrier;
use channel::wire::request::Content;

/// The commands of `phone`.
#[derive(Debug, Subcommand)]
pub(super) enum Phone {
    /// Activate an account through a gateway: activation message 1 and the registration, as the user was given them
    Activate(Activate),
    /// Receive the notification of a login: its details are fetched and shown, and approved with the PIN or rejected
    Receive(Receive),
    /// Answer another app's URL: what it brings is shown, and the callback printed that a phone would open
    AppToApp(AppToApp),
    /// Scan a transaction: it is shown, and its signature printed
    Scan(Scan),
    /// Show the accounts of the phone
    Accounts(PhoneFile),
}

/// Which gateway.
#[derive(Debug, Args)]
struct AtGateway {
    /// The gateway
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8420")]
    gateway: String,
}

/// The arguments of `phone activate`.
#[derive(Debug, Args)]
pub(super) struct Activate {
    #[command(flatten)]
    phone: PhoneFile,
    #[command(flatten)]
    at: AtGateway,
    /// The registration identifier: 20 hexadecimal digits
    #[arg(long, value_name = "ID")]
    registration: String,
    /// What the device is called
    #[arg(long, value_name = "WORDS", default_value = "phone")]
    description: String,
    /// Activation message 1, in hexadecimal
    message: String,
}

/// The arguments of `phone receive`.
#[derive(Debug, Args)]
pub(super) struct Receive {
    #[command(flatten)]
    phone: PhoneFile,
    #[command(flatten)]
    at: AtGateway,
    #[command(flatten)]
    decided: Decided,
    /// The notification, in hexadecimal
    message: String,
}

/// The arguments of `phone app-to-app`.
#[derive(Debug, Args)]
pub(super) struct AppToApp {
    #[command(flatten)]
    phone: PhoneFile,
    #[command(flatten)]
    decided: Decided,
    /// The scheme that this app answers to
    #[arg(long, value_name = "SCHEME", default_value = "counterproof")]
    scheme: String,
    /// A callback that may be called, in decoded form, masks included; may be repeated
    #[arg(long = "allow", value_name = "TEMPLATE")]
    white_list: Vec<String>,
    /// The URL by which the other app calls
    url: String,
}

/// The arguments of `phone scan`.
#[derive(Debug, Args)]
pub(super) struct Scan {
    #[command(flatten)]
    phone: PhoneFile,
    #[command(flatten)]
    decided: Decided,
    /// The message, in hexadecimal
    message: String,
}

fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// A step that was refused, by the phone or by the gateway: said, and the exit code is 1.
enum Stopped {
    Refused(String),
    Failed(Error),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(format!("the phone refuses: {refusal}"))
    }
}

impl From<NoResult> for Stopped {
    fn from(error: NoResult) -> Self {
        let words = Line(&error.to_string()).to_string();
        match error {
            NoResult::Refused(_) => Self::Refused(words),
            NoResult::NoAnswer(_) => Self::Failed(Error::CannotRun(words)),
        }
    }
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

fn unexpected<T>() -> Result<T, Stopped> {
    Err(NoResult::NoAnswer("a result of another operation".into()).into())
}

impl Phone {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let done = match self {
            Phone::Activate(activate) => activate.run(out),
            Phone::Receive(receive) => receive.run(out),
            Phone::AppToApp(call) => call.run(out),
            Phone::Scan(scan) => scan.run(out),
            Phone::Accounts(phone) => accounts(&phone, out),
        };
        match done {
            Ok(outcome) => Ok(outcome),
            Err(Stopped::Refused(words)) => {
                writeln!(out, "{words}")?;
                Ok(Outcome::Bad)
            }
            Err(Stopped::Failed(error)) => Err(error),
        }
    }
}

impl Activate {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Stopped> {
        let mut kept = match self.phone.is_there() {
            true => self.phone.load()?,
            false => self.phone.create(&new_pin()?)?,
        };
        let gateway = Address::new(&self.at.gateway);
        let device_code = kept.client.activate_license(&self.message)?;
        kept.save()?;
        let add = surface::AddDevice {
            registration_identifier: self.registration.clone(),
            device_code,
            description: self.description,
        };
        let Some(Brought::DeviceAdded(added)) = gateway.ask(Operation::AddDevice, &add)? else {
            return unexpected();
        };
        // AM2-15 to AM2-17: beside an activated account its PIN is asked.
        let message = &added.instance_activation_message;
        let is_beside =
            kept.client.accounts().any(|account| account.sequence.is_some() && account.pre_activated);
        let activated = match is_beside {
            true => {
                let right = kept.judge(&pin("PIN of the account that is replaced")?);
                let activated = kept.client.activate_instance(message, right, now());
                kept.save()?;
                activated?
            }
            false => kept.client.activate_instance(message, channel::client::Pin::Right, now())?,
        };
        kept.save()?;
        let confirm =
            surface::Activate { registration_identifier: self.registration, signature: activated.signature };
        let Some(Brought::Activated(done)) = gateway.ask(Operation::Activate, &confirm)? else {
            return unexpected();
        };
        if kept
            .client
            .accounts()
            .any(|account| account.serial == activated.serial && account.waiting.is_some())
        {
            kept.client.mark_confirmed(message)?;
            kept.save()?;
        }
        writeln!(out, "{} is activated, in {}", done.activated_serial_number, show_path(kept.path()))?;
        Ok(Outcome::Good)
    }
}

impl Receive {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Stopped> {
        let mut kept = self.phone.load()?;
        let gateway = Address::new(&self.at.gateway);
        let told = kept.client.open(&self.message, Carrier::Gateway)?.shown;
        let Content::Gateway(GatewayString::Notification { challenge_key }) = &told.request.content else {
            return Err(Stopped::Refused("this is no notification of a login".into()));
        };
        let serial_number = name(told.serial, told.sequence);
        let prepare = surface::Prepare { serial_number, challenge_key: challenge_key.clone() };
        let Some(Brought::Prepared(prepared)) = gateway.ask(Operation::Prepare, &prepare)? else {
            return unexpected();
        };
        let displayed = kept.client.open(&prepared.request_message, Carrier::Gateway)?;
        show(&displayed.shown, out)?;
        let (Some(handle), Some(identity)) = (displayed.handle, identity(&displayed.shown)) else {
            return Err(Stopped::Refused("what the gateway sends are no details of a login".into()));
        };
        if !self.decided.approves()? {
            return reject(&mut kept, &gateway, prepare, told.serial, out);
        }
        let signature = released(&mut kept, |kept, decision| kept.client.sign(handle, decision, now()))??;
        let approve = surface::Approve {
            user_id: identity.user,
            domain: Some(identity.domain),
            challenge_key: challenge_key.clone(),
            signature: signature.unwrap_or_default(),
        };
        gateway.ask(Operation::Approve, &approve)?;
        writeln!(out, "approved")?;
        Ok(Outcome::Good)
    }
}

fn name(serial: Serial, sequence: Sequence) -> String {
    Instance { serial, sequence }.to_string()
}

/// Whose login is on display.
fn identity(shown: &Shown) -> Option<Identity> {
    match &shown.request.content {
        Content::Gateway(GatewayString::Details(Details { identity, .. })) => Some(identity.clone()),
        _ => None,
    }
}

fn reject(
    kept: &mut Kept,
    gateway: &Address,
    prepare: surface::Prepare,
    serial: Serial,
    out: &mut impl Write,
) -> Result<Outcome, Stopped> {
    kept.client.close();
    let message = kept.client.generate_information(serial, &prepare.challenge_key, now())?;
    kept.save()?;
    let serial_number = prepare.serial_number;
    let reject = surface::Reject { serial_number, challenge_key: hex::encode(&message) };
    gateway.ask(Operation::Reject, &reject)?;
    writeln!(out, "rejected")?;
    Ok(Outcome::Good)
}

impl AppToApp {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Stopped> {
        let mut kept = self.phone.load()?;
        let scheme =
            Scheme::new(&self.scheme).map_err(|refusal| Error::Usage(format!("--scheme: {refusal}")))?;
        kept.client.set_app2app(App2App {
            enabled: true,
            scheme,
            white_list: self.white_list,
            platform: Platform::Ios,
            platform_name: "counterproof phone".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            device_identifier: [0; 32],
        });
        let (handle, shown) = match kept.client.dispatch(&self.url) {
            Ok(called) => called,
            Err(failure) => {
                say(&format!("the phone refuses: {}, error {}", failure.refusal, failure.number()));
                failure.callback.map_or(Ok(()), |callback| writeln!(out, "{callback}"))?;
                return Ok(Outcome::Bad);
            }
        };
        show(&shown, out)?;
        let answered = match self.decided.approves()? {
            true => released(&mut kept, |kept, decision| kept.client.answer(handle, decision, now()))??,
            false => kept.client.answer(handle, Decision::Reject, now())?,
        };
        writeln!(out, "{}", answered.callback)?;
        Ok(outcome(answered.error.is_none()))
    }
}

impl Scan {
    fn run(self, out: &mut impl Write) -> Result<Outcome, Stopped> {
        let mut kept = self.phone.load()?;
        let displayed = kept.client.open(&self.message, Carrier::Direct)?;
        show(&displayed.shown, out)?;
        let Some(handle) = displayed.handle else { return Ok(Outcome::Good) };
        if !self.decided.approves()? {
            kept.client.sign(handle, Decision::Reject, now())?;
            writeln!(out, "rejected")?;
            return Ok(Outcome::Good);
        }
        let signature = released(&mut kept, |kept, decision| kept.client.sign(handle, decision, now()))??;
        writeln!(out, "signature {}", signature.unwrap_or_default())?;
        Ok(Outcome::Good)
    }
}

fn accounts(phone: &PhoneFile, out: &mut impl Write) -> Result<Outcome, Stopped> {
    for account in phone.load()?.client.accounts() {
        let state = match (account.sequence, account.locked) {
            (None, _) => "pre-activated".to_owned(),
            (Some(sequence), true) => format!("instance {}, locked", sequence.number()),
            (Some(sequence), false) => format!("instance {}", sequence.number()),
        };
        writeln!(out, "{}  {state}  wrong PINs {}", account.serial, account.pin_failures)?;
    }
    Ok(Outcome::Good)
}
