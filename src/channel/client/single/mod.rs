//! A client of single-device licensing: one app with one account, activated in one step. SPEC sections 28 to 30.
//!
//! ```text
//! activate   by a code, or by full activation data          password   what is taken for one, tries, changing
//! keep       the account of before, until the new one is proven
//! respond    responses, and what came of them               derive     the derivation code, binding
//! state      what it writes to its storage                  vault      the license key at rest
//! ```
//! The license key is at rest in memory, too: it is unsealed for one operation and wiped. It mirrors
//! [`crate::server::single`] file by file and never names it.

mod activate;
mod derive;
mod keep;
mod password;
mod respond;
mod state;
mod vault;

use std::collections::BTreeMap;

pub use activate::{Activation, Name, OnlineActivation};

use super::RootPolicy;
use crate::crypto::keys::{Key, Platform};
use crate::crypto::password::Cost;
use crate::crypto::response::Moment;
use crate::crypto::single::Diversifier;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{CLI_1, PWD_7, SDL_27};
use crate::serial::Serial;
use crate::state::Counter;
use crate::wire::static_vector::{ApplicationRules, StaticVector};
use vault::Vault;

/// What happens at the wrong password that reaches the tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResetPolicy {
    /// The account is locked until it is activated again (PWD-7).
    Lock,
    /// The account is wiped (PWD-8).
    Reset,
}

/// The app, and where it runs: given at each start.
#[derive(Clone, Debug)]
pub struct SingleConfig {
    /// The vector built into the app, if any.
    pub static_vector: Option<StaticVector>,
    /// What the integrating application knows of the platform; any bytes.
    pub platform_data: Vec<u8>,
    /// Of this installation, held by its platform.
    pub platform_key: Key<Platform>,
    /// Whether short activation codes are taken.
    pub short_codes: bool,
    /// Whether the device is rooted.
    pub rooted: bool,
    /// What follows from that.
    pub root_policy: RootPolicy,
    /// What follows from wrong passwords.
    pub reset_policy: ResetPolicy,
    /// What a new password costs.
    pub cost: Cost,
}

/// The state of a single-device client.
#[derive(Clone, Debug, Hash)]
pub struct SingleClient {
    static_vector: Option<StaticVector>,
    /// What the diversifier is made of, with the serial number (BND-1).
    platform_data: Vec<u8>,
    platform: Key<Platform>,
    short_codes: bool,
    blocked: bool,
    reset_policy: ResetPolicy,
    cost: Cost,
    /// The one that answers.
    account: Option<Box<Account>>,
    /// Beside one that answers and isn't proven (SDL-35).
    kept: Option<Kept>,
}

#[derive(Clone, Debug, Hash)]
struct Account {
    serial: Serial,
    vector: StaticVector,
    /// Of the license key (SDL-2): it tells whether two accounts have the same one (SDL-40).
    check: [u8; 4],
    vault: Vault,
    /// By index, of the applications that have events.
    events: BTreeMap<u8, u64>,
    password_failures: Counter,
    /// Whether responses are bound to the platform, because the server has accepted its derivation code (BND-7).
    bound: bool,
    standing: Standing,
}

/// An account that doesn't answer (SDL-35).
#[derive(Clone, Debug, Hash)]
struct Kept {
    account: Box<Account>,
    /// Its wrong passwords: here they are no counter that the client tells, but a part of its state.
    password_failures: u8,
}

/// What is known of the license key (SDL-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Standing {
    /// No response was accepted yet.
    Unproven,
    /// The last one was refused: state 3.
    Invalid,
    /// It is right.
    Proven,
}

/// What a client tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SingleStatus {
    /// 0 not activated, 1 activated, 2 locked, 3 generates invalid responses.
    pub state: u8,
    /// Of the account.
    pub serial: Option<Serial>,
    /// Whether it has a password.
    pub password: bool,
    /// Whether its responses are bound.
    pub bound: bool,
    /// Whether its license key is known to be right.
    pub proven: bool,
    /// Whether the account of before is kept beside it.
    pub kept: bool,
}

impl SingleClient {
    /// A client without an account.
    pub fn new(config: SingleConfig) -> Self {
        Self {
            static_vector: config.static_vector,
            platform_data: config.platform_data,
            platform: config.platform_key,
            short_codes: config.short_codes,
            blocked: config.rooted && config.root_policy == RootPolicy::Block,
            reset_policy: config.reset_policy,
            cost: config.cost,
            account: None,
            kept: None,
        }
    }

    /// What it is at. Refuses nothing.
    pub fn status(&self) -> SingleStatus {
        let account = self.account.as_deref();
        SingleStatus {
            state: match account {
                None => 0,
                Some(account) if account.is_locked() => 2,
                Some(account) if account.standing == Standing::Invalid => 3,
                Some(_) => 1,
            },
            serial: account.map(|account| account.serial),
            password: account.is_some_and(|account| account.vault.has_password()),
            bound: account.is_some_and(|account| account.bound),
            proven: account.is_some_and(|account| account.standing == Standing::Proven),
            kept: self.kept.is_some(),
        }
    }

    /// Wrong passwords of the account that answers, where there is one.
    pub fn password_failures(&self) -> Option<u8> {
        self.account.as_ref().map(|account| account.password_failures.value())
    }

    /// Whether the server accepted a response. An accepted one proves the account, and the kept one is dropped
    /// (SDL-37). CLI-1, SDL-27.
    pub fn report(&mut self, accepted: bool) -> Result<(), Refusal> {
        let account = self.account()?;
        account.standing = match (account.standing, accepted) {
            (Standing::Proven, false) => fault::bent("report-of-proven", Standing::Proven, Standing::Invalid),
            (_, true) => Standing::Proven,
            (_, false) => Standing::Invalid,
        };
        if account.standing == Standing::Proven && fault::bent("kept-after-proof", true, false) {
            self.kept = None;
        }
        Ok(())
    }

    /// Refuses on a rooted device whose policy is `block` (CLI-1).
    fn ensure_not_blocked(&self) -> Result<(), Refusal> {
        ensure(!self.blocked, CLI_1, Found::Nothing)
    }

    /// The account, whatever its lock; refuses where there is none (CLI-1, SDL-27).
    fn account(&mut self) -> Result<&mut Account, Refusal> {
        self.ensure_not_blocked()?;
        match self.account.as_deref_mut() {
            Some(account) => Ok(account),
            None => refuse(SDL_27, Found::Nothing),
        }
    }

    /// The account; refuses where there is none, or it is locked (CLI-1, SDL-27, PWD-7).
    fn unlocked(&mut self) -> Result<&mut Account, Refusal> {
        let account = self.account()?;
        ensure(!account.is_locked(), PWD_7, Found::Nothing)?;
        Ok(account)
    }
}

impl Account {
    fn is_locked(&self) -> bool {
        self.password_failures.value() >= self.vector.password.tries
    }

    /// BND-1: what this account's keys are bound to on this platform.
    fn diversifier(&self, platform_data: &[u8]) -> Diversifier {
        Diversifier::of_platform(self.serial, platform_data)
    }

    /// SIG-4: the moment of a response made now.
    fn moment(&self, rules: &ApplicationRules, now: u32) -> Moment {
        let step = rules.factor.step_s().map_or(0, |step_s| u64::from(now) / u64::from(step_s.max(1)));
        Moment { step, event: self.events.get(&rules.form.index).copied().unwrap_or(0) }
    }

    /// SIG-5: the event counter of an application that has one moves on.
    fn move_on(&mut self, index: u8) {
        if let Some(event) = self.events.get_mut(&index) {
            *event += 1;
        }
    }
}
