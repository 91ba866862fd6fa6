//! AM1 → device code, AM2 → confirmation. SPEC sections 9 to 11.

use std::collections::BTreeMap;

use subtle::ConstantTimeEq;

use super::{
    Account, Active, ApplicationState, Client, MAX_ACCOUNTS, Next, Pin, PreActivated, Waiting, frame_of,
};
use crate::bytes::Wire;
use crate::crypto::kdf::{self, Device};
use crate::crypto::keywrap;
use crate::crypto::mac::{cmac, sha256};
use crate::crypto::protect::{ChannelKeys, Direction, PayloadChannel, checksum, open};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{
    AM1_7, AM1_8, AM1_9, AM1_11, AM1_13, AM1_16, AM1_17, AM2_6, AM2_7, AM2_14, AM2_15, AM2_16, AM2_17, CLI_3,
    CLI_22, FRM_12,
};
use crate::serial::{Sequence, Serial};
use crate::state::Counter;
use crate::text::hex;
use crate::wire::activation1::Activation1;
use crate::wire::activation2::Activation2;
use crate::wire::device_code::{DeviceCode, Mac36};
use crate::wire::frame::{Carrier, Frame, Kind, Nonce};

/// What [`Client::activate_instance`] answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// The license.
    pub serial: Serial,
    /// The new instance.
    pub sequence: Sequence,
    /// The confirmation: the signature over AM2 (AM2-10).
    pub signature: String,
}

impl Client {
    /// Takes AM1 and answers with the 26 digits of the device code; the account is then pre-activated.
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2, AM1-11, AM1-17, FRM-12, AM1-3 to AM1-7, AM1-13, STV, AM1-8,
    /// AM1-9, KEY-10, AM1-16, CLI-22.
    pub fn activate_license(&mut self, message: &str) -> Result<String, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, Carrier::Direct, Kind::Activation1)?;
        let serial = frame.header.serial;
        let account = self.accounts.get(&serial);
        let is_active = account.is_some_and(|account| account.active.is_some());
        ensure(!is_active || self.replacement, AM1_11, Found::Nothing)?;
        let waits = account.is_some_and(|account| account.waiting().is_some());
        ensure(!waits, AM1_17, Found::Nothing)?;
        ensure(checksum(frame.header_bytes, frame.body) == *frame.tag, FRM_12, Found::Nothing)?;

        let am1 = Activation1::decode(frame.body, frame.header.nonce)?;
        let vector = match (&am1.static_vector, &self.static_vector) {
            (Some(carried), Some(own)) => {
                ensure(own.to_bytes() == *carried, AM1_13, Found::Nothing)?;
                Wire::decode(carried)?
            }
            (Some(carried), None) => Wire::decode(carried)?,
            (None, Some(own)) => own.clone(),
            (None, None) => return refuse(AM1_7, Found::Nothing),
        };
        ensure(serial.prefix() == vector.prefix, AM1_8, Found::Nothing)?;
        let post_activation = am1.policy.post_activation;
        let confirms = vector.application(post_activation).is_some_and(|application| application.confirms());
        ensure(confirms, AM1_9, Found::Number(u64::from(post_activation)))?;
        let wrapping = kdf::wrapping(&vector.master_key, serial);
        let license_key = keywrap::unwrap(&wrapping, &am1.wrapped_key)?;
        if let Some(active) = account.and_then(|account| account.active.as_deref()) {
            let same = kdf::client_check(&license_key, serial).ct_eq(&active.check);
            ensure(bool::from(same), AM1_16, Found::Nothing)?;
        }
        let room = account.is_some() || self.accounts.len() < MAX_ACCOUNTS;
        ensure(room, CLI_22, Found::Length(self.accounts.len()))?;

        // DVC-3: the MAC covers all of AM1 as received.
        let device = self.device(serial);
        let hash = sha256(&[frame.bytes]);
        let key = kdf::device_code(&license_key);
        let mac = cmac(key.expose(), &[&[device.kind], &device.id, &hash]);
        let code = DeviceCode { device, mac: Mac36::first_of(mac) };

        let account = PreActivated { license_key, am1: hash, policy: am1.policy, vector };
        let entry = self.accounts.entry(serial).or_default();
        entry.next = Some(Next::PreActivated(account));
        // AM1-12: the activated one stays.
        entry.active.take_if(|_| fault::bent("replacement-deletes-first", false, true));
        Ok(code.encode())
    }

    /// Takes AM2 and answers with the confirmation. The account is then activated, or, beside an activated one, waits
    /// (AM2-11); one that waits confirms its own AM2 again (AM2-14). `pin` is looked at where another would be replaced.
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2, CLI-3, AM2-6; while one waits AM2-14; else AM2-7, PRT-4, AM2-8,
    /// then AM2-15, AM2-16, AM2-17 (which counts).
    pub fn activate_instance(&mut self, message: &str, pin: Pin, now: u32) -> Result<Activated, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, Carrier::Direct, Kind::Activation2)?;
        let serial = frame.header.serial;
        let device = self.device(serial);
        let Some(account) = self.accounts.get_mut(&serial) else {
            return refuse(CLI_3, Found::Nothing);
        };
        let from = match &mut account.next {
            None => return refuse(AM2_6, Found::Nothing),
            Some(Next::Waiting(waiting)) => return waiting.confirm_again(serial, &frame, now),
            Some(Next::PreActivated(from)) => from,
        };
        let agreed = frame.header.protection == Some(from.policy.activation);
        ensure(agreed, AM2_7, Found::Nothing)?;
        let am2 = from.open(device, &frame)?;
        if let Some(active) = &mut account.active {
            active.release_for_another(pin)?;
        }

        // From here the license key goes with the pre-activated account (AM2-9).
        let mut new = from.instance(device, serial, &am2, Nonce::decode(frame.header.nonce).counter);
        let signature = new.sign(from.policy.post_activation, frame.bytes, now)?;
        if account.active.is_some() && fault::bent("replaces-at-once", true, false) {
            let waiting = Waiting { active: new, am2: sha256(&[frame.bytes]) };
            account.next = Some(Next::Waiting(Box::new(waiting)));
        } else {
            *account = Account { active: Some(Box::new(new)), next: None };
        }
        Ok(Activated { serial, sequence: am2.sequence, signature })
    }
}

impl Waiting {
    /// The confirmation got lost: once more for the same AM2. AM2-14.
    fn confirm_again(&mut self, serial: Serial, frame: &Frame<'_>, now: u32) -> Result<Activated, Refusal> {
        ensure(sha256(&[frame.bytes]) == self.am2, AM2_14, Found::Nothing)?;
        let signature = self.active.sign(self.active.policy.post_activation, frame.bytes, now)?;
        Ok(Activated { serial, sequence: self.active.sequence, signature })
    }
}

impl Active {
    /// The user lets another account take the place of this one. AM2-15, AM2-16, AM2-17.
    fn release_for_another(&mut self, pin: Pin) -> Result<(), Refusal> {
        ensure(!self.is_locked(), AM2_15, Found::Nothing)?;
        ensure(pin != Pin::Cached, AM2_16, Found::Nothing)?;
        if pin == Pin::Wrong {
            self.pin_failures.count();
            ensure(false, AM2_17, Found::Nothing)?;
        }
        self.pin_failures.clear();
        Ok(())
    }
}

impl PreActivated {
    fn open(&self, device: Device, frame: &Frame<'_>) -> Result<Activation2, Refusal> {
        let channel = kdf::am2_channel(&self.license_key, frame.header.serial, device, &self.am1);
        let keys = ChannelKeys::new(&channel, self.policy.activation, Direction::ToClient);
        Activation2::decode(&open(&keys, frame.header_bytes, frame.body, frame.tag)?)
    }

    /// KEY-8 for every application, and the keys of the payload channel.
    fn instance(&self, device: Device, serial: Serial, am2: &Activation2, counter: u32) -> Active {
        let policy = self.policy;
        let applications = self.vector.applications.iter().map(|application| {
            let index = application.form.index;
            let key = kdf::application(&self.license_key, serial, am2.sequence, index, device, &am2.salt);
            (index, ApplicationState { key, event: 0 })
        });
        let channel = am2.payload_key.clone().map(|key| PayloadChannel::new(key, policy.messages));
        Active {
            sequence: am2.sequence,
            policy,
            vector: self.vector.clone(),
            channel,
            am2_counter: counter,
            check: kdf::client_check(&self.license_key, serial),
            applications: BTreeMap::from_iter(applications),
            pin_failures: Counter::default(),
            unlock_challenge: None,
            unlock_failures: Counter::default(),
            information_counter: 0,
            login_identity: None,
        }
    }
}
