//! The client: one installed app on one device, with one account per license. SPEC sections 9 to 14.
//!
//! Every operation is `(state, input, now) → (state, output)` or a refusal that leaves the state as it was,
//! but for the one counter its rule names. No clock and no randomness of its own. It mirrors
//! [`crate::server`] file by file and never names it.

mod activate;
mod app2app;
mod deactivate;
mod display;
mod information;
mod open;
mod remove;
mod respond;
mod sign;
pub mod single;
mod state;
mod unlock;

use std::collections::BTreeMap;

use zeroize::Zeroizing;

pub use activate::Activated;
pub use app2app::{Answered, Failure, number as app2app_number};
pub use deactivate::Deactivated;
pub use open::{Displayed, Shown};
pub use remove::What;
pub use sign::{Decision, Pin};

use crate::crypto::kdf::Device;
use crate::crypto::keys::{Application, Key, License};
use crate::crypto::mac::hmac_sha256;
use crate::crypto::protect::{PayloadChannel, open};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{CLI_1, CLI_2, CLI_3, CLI_4, CLI_6, CLI_7, CLI_8};
use crate::serial::{Sequence, Serial};
use crate::state::Counter;
use crate::text::gateway_string::Identity;
use crate::wire::activation1::Policy;
use crate::wire::callback_url::{CallState, Callbacks, Platform, Scheme};
use crate::wire::frame::{Carrier, Frame, Kind, Nonce};
use crate::wire::static_vector::StaticVector;

/// What the app does on a rooted device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RootPolicy {
    /// Goes on.
    Allow,
    /// Refuses everything (CLI-1).
    Block,
}

/// What is decided once, when the app is installed (DVC-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Installation {
    /// Random.
    pub salt: [u8; 16],
    /// 0..=99.
    pub device_type: u8,
}

/// The app, and where it runs: given at each start.
#[derive(Clone, Debug)]
pub struct Config {
    /// The vector built into the app, if any.
    pub static_vector: Option<StaticVector>,
    /// What the integrating application knows of the platform; any bytes.
    pub platform_data: Vec<u8>,
    /// 0..=3.
    pub app_version: u8,
    /// Whether the device is rooted.
    pub rooted: bool,
    /// What follows from that.
    pub root_policy: RootPolicy,
    /// Whether activation messages may replace an activated account (AM1-12).
    pub replacement: bool,
}

/// What an app-to-app client is configured with; given at each start.
#[derive(Clone, Debug, Hash)]
pub struct App2App {
    /// Off: every URL is an error (A2A-9).
    pub enabled: bool,
    /// The client's own.
    pub scheme: Scheme,
    /// Templates in decoded form, masks included.
    pub white_list: Vec<String>,
    /// Where it runs.
    pub platform: Platform,
    /// What `%_PlatformName_%` says; at most 64 characters.
    pub platform_name: String,
    /// What `%_Version_%` says; at most 64 characters.
    pub version: String,
    /// What `%_DeviceIdentifier_%` says, on Android.
    pub device_identifier: [u8; 32],
}

/// The count of messages that a client has put on display, from 1: by it the user's decision names the message that was
/// read (CLI-25). It isn't stored, since no dialogue outlives the process that shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(u64);

impl Handle {
    /// A handle that somebody names; whether it is one, the client knows.
    pub fn new(count: u64) -> Self {
        Self(count)
    }

    /// As it is told.
    pub fn count(self) -> u64 {
        self.0
    }
}

/// The state of a client.
#[derive(Clone, Debug, Hash)]
pub struct Client {
    static_vector: Option<StaticVector>,
    installation: Installation,
    platform_data: Vec<u8>,
    app_version: u8,
    blocked: bool,
    replacement: bool,
    accounts: BTreeMap<Serial, Account>,
    /// The message on display.
    opened: Option<Opened>,
    /// The handle given last; none before the first message.
    displayed: Handle,
    /// `None` as long as nobody has given one.
    app2app: Option<Box<App2App>>,
}

/// The most serial numbers that a client has accounts of (CLI-22, CST-10): so its state fits a line of the peer protocol.
pub const MAX_ACCOUNTS: usize = 32;

/// What a client holds of a license: at least one of the two.
#[derive(Clone, Debug, Default, Hash)]
struct Account {
    active: Option<Box<Active>>,
    /// Alone, or to replace the activated one (AM1-12).
    next: Option<Next>,
}

/// An account that is on its way.
#[derive(Clone, Debug, Hash)]
enum Next {
    PreActivated(PreActivated),
    /// Only beside an activated one.
    Waiting(Box<Waiting>),
}

/// An account as [`Client::accounts`] tells it (CLI-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// The license.
    pub serial: Serial,
    /// The activated instance, if there is one.
    pub sequence: Option<Sequence>,
    /// Whether too many PINs were wrong.
    pub locked: bool,
    /// The instance that takes the place of the activated one as soon as the server has confirmed it.
    pub waiting: Option<Sequence>,
    /// Whether an AM1 was accepted that no AM2 has followed yet.
    pub pre_activated: bool,
    /// Wrong PINs.
    pub pin_failures: u8,
    /// Wrong unlock responses.
    pub unlock_failures: u8,
}

/// Between AM1 and AM2.
#[derive(Clone, Debug, Hash)]
struct PreActivated {
    license_key: Key<License>,
    /// SHA-256 of the whole AM1 (KEY-6).
    am1: [u8; 32],
    policy: Policy,
    vector: StaticVector,
}

/// From AM2 on, beside an account that does everything until the server has confirmed this one (AM2-11).
#[derive(Clone, Debug, Hash)]
struct Waiting {
    active: Active,
    /// SHA-256 of the AM2 that it was made from (AM2-14).
    am2: [u8; 32],
}

/// From AM2 on.
#[derive(Clone, Debug, Hash)]
struct Active {
    sequence: Sequence,
    policy: Policy,
    vector: StaticVector,
    /// `None` without Secure Channel.
    channel: Option<PayloadChannel>,
    am2_counter: u32,
    /// Of its license key (AM2-13).
    check: [u8; 16],
    applications: BTreeMap<u8, ApplicationState>,
    pin_failures: Counter,
    /// The challenge shown for unlocking.
    unlock_challenge: Option<String>,
    unlock_failures: Counter,
    /// That of the information message made last; 0 before the first (NON-4).
    information_counter: u32,
    /// Of the login details signed last (PSH-8).
    login_identity: Option<Identity>,
}

#[derive(Clone, Debug, Hash)]
struct ApplicationState {
    key: Key<Application>,
    event: u64,
}

/// A request that is being shown.
#[derive(Clone, Debug, Hash)]
struct Opened {
    serial: Serial,
    application: u8,
    require_pin: bool,
    /// Of login details: remembered once they are signed.
    identity: Option<Identity>,
    frame: Vec<u8>,
    /// Where another app has called the client, what it is told.
    call: Option<Box<Call>>,
}

/// By whom the message on display was brought: what is called in the end, and with which state.
#[derive(Clone, Debug, Hash)]
struct Call {
    callbacks: Callbacks,
    state: Option<CallState>,
    /// That of the message, also once it has ended.
    account: (Serial, Sequence),
}

impl Client {
    /// A client without accounts.
    pub fn new(config: Config, installation: Installation) -> Self {
        Self {
            static_vector: config.static_vector,
            installation,
            platform_data: config.platform_data,
            app_version: config.app_version,
            blocked: config.rooted && config.root_policy == RootPolicy::Block,
            replacement: config.replacement,
            accounts: BTreeMap::new(),
            opened: None,
            displayed: Handle::default(),
            app2app: None,
        }
    }

    /// Every account, ascending by serial number (CLI-18). For a person to see them, CLI-1 comes first:
    /// [`Client::ensure_not_blocked`].
    pub fn accounts(&self) -> impl Iterator<Item = AccountState> {
        self.accounts.iter().map(|(serial, account)| {
            let active = account.active.as_deref();
            AccountState {
                serial: *serial,
                sequence: active.map(|active| active.sequence),
                locked: active.is_some_and(Active::is_locked),
                waiting: account.waiting().map(|waiting| waiting.active.sequence),
                pre_activated: account.pre_activated().is_some(),
                pin_failures: active.map_or(0, |active| active.pin_failures.value()),
                unlock_failures: active.map_or(0, |active| active.unlock_failures.value()),
            }
        })
    }

    /// What this installation is to a license. DVC-2.
    fn device(&self, serial: Serial) -> Device {
        let serial = serial.to_bytes();
        let serial = fault::bent("device-id-of-any-license", &serial[..], &[]);
        let data = [serial, &self.platform_data].concat();
        let [i0, i1, i2, i3, i4, ..] = hmac_sha256(&self.installation.salt, &data);
        Device { kind: self.installation.device_type, id: [i0, i1, i2, i3, i4] }
    }

    /// Refuses on a rooted device whose policy is `block` (CLI-1).
    pub fn ensure_not_blocked(&self) -> Result<(), Refusal> {
        ensure(!self.blocked, CLI_1, Found::Nothing)
    }

    /// The activated account of a serial number; refuses where there is none, or one that is only pre-activated
    /// (CLI-3, CLI-4).
    fn selected(&self, serial: Serial) -> Result<&Active, Refusal> {
        match self.accounts.get(&serial) {
            None => refuse(CLI_3, Found::Nothing),
            Some(Account { active: None, .. }) => refuse(CLI_4, Found::Nothing),
            Some(Account { active: Some(active), .. }) => Ok(active),
        }
    }

    /// The same, to be changed, with what waits for it.
    fn activated(&mut self, serial: Serial) -> Result<&mut Account, Refusal> {
        match self.accounts.get_mut(&serial) {
            None => refuse(CLI_3, Found::Nothing),
            Some(Account { active: None, .. }) => refuse(CLI_4, Found::Nothing),
            Some(account) => Ok(account),
        }
    }

    /// The same, to be changed.
    fn active(&mut self, serial: Serial) -> Result<&mut Active, Refusal> {
        match self.accounts.get_mut(&serial) {
            None => refuse(CLI_3, Found::Nothing),
            Some(Account { active: None, .. }) => refuse(CLI_4, Found::Nothing),
            Some(Account { active: Some(active), .. }) => Ok(active),
        }
    }
}

impl Account {
    fn pre_activated(&self) -> Option<&PreActivated> {
        match &self.next {
            Some(Next::PreActivated(account)) => Some(account),
            _ => None,
        }
    }

    fn waiting(&self) -> Option<&Waiting> {
        match &self.next {
            Some(Next::Waiting(waiting)) => Some(waiting),
            _ => None,
        }
    }

    /// The waiting one takes the place of the activated one, of which nothing is left (CLI-21). Whether there was one.
    fn promote(&mut self) -> bool {
        match self.next.take_if(|next| matches!(next, Next::Waiting(_))) {
            Some(Next::Waiting(waiting)) => {
                self.active = Some(Box::new(waiting.active));
                true
            }
            _ => false,
        }
    }
}

impl Active {
    fn is_locked(&self) -> bool {
        self.pin_failures.value() >= self.vector.password.tries
    }

    /// Opens a message of the payload channel. CLI-6, CLI-7, PRT-4, CLI-8.
    fn open_message(&self, frame: &Frame<'_>) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let body = self.open_payload(frame)?;
        self.ensure_after_activation(frame)?;
        Ok(body)
    }

    /// The body of a request or deactivation, decrypted with the account's payload key once its tag is right (CLI-6,
    /// CLI-7, PRT-4).
    fn open_payload(&self, frame: &Frame<'_>) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let Some(channel) = &self.channel else {
            return refuse(CLI_6, Found::Nothing);
        };
        ensure(self.has_agreed_on(frame), CLI_7, Found::Nothing)?;
        open(channel.keys(), frame.header_bytes, frame.body, frame.tag)
    }

    /// Whether the policy names the frame's protection for types 2 and 3.
    fn has_agreed_on(&self, frame: &Frame<'_>) -> bool {
        frame.header.protection == Some(self.policy.messages)
    }

    /// Refuses a message that was issued before the account's AM2 (CLI-8).
    fn ensure_after_activation(&self, frame: &Frame<'_>) -> Result<(), Refusal> {
        let counter = Nonce::decode(frame.header.nonce).counter;
        ensure(counter > self.am2_counter, CLI_8, Found::Number(u64::from(counter)))
    }
}

/// A frame of the one type that the operation takes. SPEC section 5, then CLI-2.
fn frame_of(bytes: &[u8], carrier: Carrier, kind: Kind) -> Result<Frame<'_>, Refusal> {
    let frame = Frame::decode(bytes, carrier)?;
    ensure(frame.header.kind == kind, CLI_2, Found::Number(u64::from(frame.header.kind.number())))?;
    Ok(frame)
}
