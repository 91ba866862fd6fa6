//! The client: one installed app on one device, with one account per license. SPEC sections 9 to 14.
//!
//! Every operation is `(state, input, now) → (state, output)` or a refusal that leaves the state as it was,
//! but for the one counter its rule names. No clock and no randomness of its own. It mirrors
//! [`crate::server`] file by file and never names it.

mod activate;
mod open;
mod sign;

use std::collections::BTreeMap;

pub use activate::Activated;
pub use open::Shown;
pub use sign::{Decision, Pin};

use crate::crypto::kdf::Device;
use crate::crypto::keys::{Application, Key, License};
use crate::crypto::mac::hmac_sha256;
use crate::crypto::protect::ChannelKeys;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{CLI_1, CLI_2, CLI_3};
use crate::serial::{Sequence, Serial};
use crate::state::{Cached, Counter};
use crate::wire::activation1::Policy;
use crate::wire::frame::{Carrier, Frame, Kind};
use crate::wire::static_vector::StaticVector;

/// What the app does on a rooted device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RootPolicy {
    /// Goes on.
    Allow,
    /// Refuses everything (CLI-1).
    Block,
}

/// How a client is made.
#[derive(Clone, Debug)]
pub struct Config {
    /// The vector built into the app, if any.
    pub static_vector: Option<StaticVector>,
    /// What the integrating application knows of the platform; any bytes.
    pub platform_data: Vec<u8>,
    /// Random, drawn once per installation.
    pub installation_salt: [u8; 16],
    /// 0..=99.
    pub device_type: u8,
    /// 0..=3.
    pub app_version: u8,
    /// Whether the device is rooted.
    pub rooted: bool,
    /// What follows from that.
    pub root_policy: RootPolicy,
}

/// The state of a client.
#[derive(Clone, Debug, Hash)]
pub struct Client {
    static_vector: Option<StaticVector>,
    device: Device,
    app_version: u8,
    blocked: bool,
    accounts: BTreeMap<Serial, Account>,
    opened: Option<Opened>,
}

#[derive(Clone, Debug, Hash)]
enum Account {
    PreActivated(PreActivated),
    Active(Box<Active>),
}

/// Between AM1 and AM2.
#[derive(Clone, Debug, Hash)]
struct PreActivated {
    license_key: Key<License>,
    challenge: [u8; 8],
    policy: Policy,
    vector: StaticVector,
}

/// From AM2 on.
#[derive(Clone, Debug, Hash)]
struct Active {
    sequence: Sequence,
    policy: Policy,
    vector: StaticVector,
    /// Keys of the payload channel; `None` without Secure Channel.
    channel: Option<Cached<ChannelKeys>>,
    am2_counter: u32,
    applications: BTreeMap<u8, ApplicationState>,
    pin_failures: Counter,
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
    frame: Vec<u8>,
}

impl Client {
    /// A client without accounts. DVC-2.
    pub fn new(config: Config) -> Self {
        let [i0, i1, i2, i3, i4, ..] = hmac_sha256(&config.installation_salt, &config.platform_data);
        Self {
            static_vector: config.static_vector,
            device: Device { kind: config.device_type, id: [i0, i1, i2, i3, i4] },
            app_version: config.app_version,
            blocked: config.rooted && config.root_policy == RootPolicy::Block,
            accounts: BTreeMap::new(),
            opened: None,
        }
    }

    /// Wrong PINs per activated account.
    pub fn pin_failures(&self) -> impl Iterator<Item = (Serial, u8)> {
        self.accounts.iter().filter_map(|(serial, account)| match account {
            Account::PreActivated(_) => None,
            Account::Active(active) => Some((*serial, active.pin_failures.value())),
        })
    }

    /// CLI-1.
    fn ensure_not_blocked(&self) -> Result<(), Refusal> {
        ensure(!self.blocked, CLI_1, Found::Nothing)
    }

    /// CLI-3.
    fn account(&self, serial: Serial) -> Result<&Account, Refusal> {
        match self.accounts.get(&serial) {
            Some(account) => Ok(account),
            None => refuse(CLI_3, Found::Nothing),
        }
    }
}

impl Active {
    fn is_locked(&self) -> bool {
        self.pin_failures.value() >= self.vector.password.tries
    }
}

/// A frame of the one type that the operation takes. SPEC section 5, then CLI-2.
fn frame_of(bytes: &[u8], carrier: Carrier, kind: Kind) -> Result<Frame<'_>, Refusal> {
    let frame = Frame::decode(bytes, carrier)?;
    ensure(frame.header.kind == kind, CLI_2, Found::Number(u64::from(frame.header.kind.number())))?;
    Ok(frame)
}
