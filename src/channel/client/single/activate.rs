//! Activation in one step: by a code that a person types, or by full activation data. SPEC sections 28 and 29.

use std::collections::BTreeMap;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::password::ensure_new;
use super::vault::Vault;
use super::{Account, SingleClient, Standing};
use crate::crypto::gcm::Gcm;
use crate::crypto::keys::{Key, License, Shared};
use crate::crypto::single;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{AM1_8, ERC_6, ERC_7, SDL_12, SDL_13, SDL_14, SDL_17, SDL_24};
use crate::serial::{Serial, SerialPrefix};
use crate::state::Counter;
use crate::text::hex;
use crate::wire::activation_code::ActivationCode;
use crate::wire::event_counter::{self, EventCounter};
use crate::wire::full_activation::{Content, FullActivation};
use crate::wire::static_vector::StaticVector;

/// What a person types for the license's name.
#[derive(Clone, Copy, Debug)]
pub enum Name<'a> {
    /// All of it.
    Serial(&'a str),
    /// Its seven digits: allowed, but not recommended (SDL-11).
    Suffix(&'a str),
}

/// An activation by a code.
#[derive(Clone, Copy)]
pub struct Activation<'a> {
    /// The license's name.
    pub name: Name<'a>,
    /// As typed.
    pub code: &'a str,
    /// As typed, if there is one.
    pub event_counter: Option<&'a str>,
    /// The one chosen, if any.
    pub password: Option<&'a str>,
    /// Random.
    pub salt: [u8; 16],
}

/// An activation by full activation data.
#[derive(Clone, Copy)]
pub struct OnlineActivation<'a> {
    /// Hexadecimal text.
    pub data: &'a str,
    /// What was agreed on, where encrypted data are awaited.
    pub shared: Option<&'a Key<Shared>>,
    /// The one chosen, if any.
    pub password: Option<&'a str>,
    /// Random.
    pub salt: [u8; 16],
}

impl Name<'_> {
    /// The serial number that the user gave, whole or as its suffix (SDL-11, SDL-12).
    fn serial(self, own: SerialPrefix) -> Result<Serial, Refusal> {
        let parsed = match self {
            Name::Serial(text) => text.parse(),
            Name::Suffix(suffix) => format!("{own}{suffix}").parse(),
        };
        match parsed {
            Ok(serial) => Ok(serial),
            Err(_) => refuse(SDL_12, Found::Nothing),
        }
    }

    /// Whether its prefix is taken on trust.
    pub fn is_suffix(self) -> bool {
        fault::bent("suffix-without-warning", matches!(self, Name::Suffix(_)), false)
    }
}

impl SingleClient {
    /// Activates by a code. The account of before is kept until the new one is proven (SDL-35).
    ///
    /// Refuses, in this order: CLI-1, SDL-17, SDL-12, SDL-13, SDL-14, SDL-4, SDL-5, SDL-6, the password (PWD-1,
    /// PWD-3, PWD-2, PWD-4), the event reactivation counter (ERC-2, ERC-4, ERC-5, ERC-4, ERC-6, ERC-7).
    pub fn activate(&mut self, activation: Activation<'_>) -> Result<Serial, Refusal> {
        self.ensure_not_blocked()?;
        let Some(vector) = self.static_vector.clone() else {
            return refuse(SDL_17, Found::Nothing);
        };
        let serial = activation.name.serial(vector.prefix)?;
        ensure(serial.prefix() == vector.prefix, SDL_13, Found::Nothing)?;
        self.ensure_own(serial)?;
        let code = ActivationCode::decode(activation.code, self.short_codes)?;
        let license = license_of(&vector, serial, &code);
        let Activation { event_counter, password, salt, .. } = activation;
        let account = self.account_of(serial, vector, &license, event_counter, password, salt)?;
        self.keep();
        self.account = Some(Box::new(account));
        Ok(serial)
    }

    /// Activates by full activation data. Their check proves the account, so none of before is kept (SDL-37).
    ///
    /// Refuses, in this order: CLI-1, CNV-3, SDL-19 to SDL-22, SDL-23 or SDL-42 and SDL-24, SDL-25 and the static
    /// vector from left to right, AM1-8, SDL-24, SDL-14, the password, the event reactivation counter.
    pub fn activate_online(&mut self, activation: OnlineActivation<'_>) -> Result<Serial, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = Zeroizing::new(hex::decode(activation.data)?);
        let content = match FullActivation::decode(&bytes, activation.shared.is_some())? {
            FullActivation::Plain { content } => Content::decode(content)?,
            FullActivation::Encrypted { head, nonce, ciphertext, tag } => {
                let Some(shared) = activation.shared else {
                    return refuse(SDL_24, Found::Nothing);
                };
                let mut content = Zeroizing::new(ciphertext.to_vec());
                let key = single::full_activation(shared);
                Gcm::sealing(&key).open(nonce, head, &mut content, tag, SDL_24)?;
                Content::decode(&content)?
            }
        };
        let Content { serial, code, check, vector, event_counter } = content;
        ensure(serial.prefix() == vector.prefix, AM1_8, Found::Nothing)?;
        let license = license_of(&vector, serial, &code);
        let right = single::key_check(&license, serial).ct_eq(&check);
        ensure(bool::from(right), SDL_24, Found::Nothing)?;
        self.ensure_own(serial)?;
        let event_counter = Some(event_counter.as_str()).filter(|digits| !digits.is_empty());
        let OnlineActivation { password, salt, .. } = activation;
        let account = self.account_of(serial, vector, &license, event_counter, password, salt)?;
        self.account = Some(Box::new(Account { standing: Standing::Proven, ..account }));
        if fault::bent("kept-after-proof", true, false) {
            self.kept = None;
        }
        Ok(serial)
    }

    /// Refuses the serial number of another license than the account's (SDL-14).
    fn ensure_own(&self, serial: Serial) -> Result<(), Refusal> {
        let own = self.account.as_ref().is_none_or(|account| account.serial == serial);
        ensure(own, SDL_14, Found::Nothing)
    }

    /// SDL-16, SDL-40: the new account. The password, the event reactivation counter.
    fn account_of(
        &self,
        serial: Serial,
        vector: StaticVector,
        license: &Key<License>,
        event_counter: Option<&str>,
        password: Option<&str>,
        salt: [u8; 16],
    ) -> Result<Account, Refusal> {
        ensure_new(&vector.password, password)?;
        let check = single::key_check(license, serial);
        let same: Vec<&Account> = self.accounts().filter(|before| before.has_key(check)).collect();
        let highest = |index: u8| same.iter().filter_map(|before| before.events.get(&index)).max();
        let with_events = vector.applications.iter().filter(|rules| rules.factor.has_event());
        let mut events: BTreeMap<u8, u64> = with_events
            .map(|rules| {
                let before = fault::bent("reactivation-forgets-events", highest(rules.form.index), None);
                (rules.form.index, before.copied().unwrap_or(0))
            })
            .collect();
        if let Some(text) = event_counter {
            events = moved(&events, &vector, serial, license, text)?;
        }
        Ok(Account {
            serial,
            check,
            vault: Vault::new(&self.platform, serial, license, password, salt, self.cost),
            vector,
            events,
            password_failures: Counter::default(),
            bound: same.iter().any(|before| before.bound),
            standing: Standing::Unproven,
        })
    }
}

fn license_of(vector: &StaticVector, serial: Serial, code: &ActivationCode) -> Key<License> {
    match code {
        ActivationCode::Long(n) => single::license_of_code(&vector.master_key, serial, *n),
        ActivationCode::Short(k) => single::license_of_short_code(&vector.master_key, serial, *k),
    }
}

/// The event counters that an event reactivation counter sends. ERC-2, ERC-4, ERC-5, ERC-4, ERC-6, ERC-7.
fn moved(
    events: &BTreeMap<u8, u64>,
    vector: &StaticVector,
    serial: Serial,
    license: &Key<License>,
    text: &str,
) -> Result<BTreeMap<u8, u64>, Refusal> {
    let indices = event_counter::indices(vector)?;
    let EventCounter { counters, mac } = EventCounter::decode(text, indices.len())?;
    let counters: Vec<(u8, u32)> = indices.into_iter().zip(counters).collect();
    let right = single::event_counter_mac(license, serial, &counters).ct_eq(&mac);
    ensure(bool::from(right), ERC_6, Found::Nothing)?;
    let forward =
        counters.iter().all(|(index, to)| events.get(index).is_none_or(|from| *from <= u64::from(*to)));
    let strict =
        counters.iter().all(|(index, to)| events.get(index).is_none_or(|from| *from < u64::from(*to)));
    ensure(fault::bent("erc-strictly-forward", forward, strict), ERC_7, Found::Nothing)?;
    Ok(counters.into_iter().map(|(index, to)| (index, u64::from(to))).collect())
}
