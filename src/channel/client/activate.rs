//! AM1 → device code, AM2 → confirmation. SPEC sections 9 to 11.

use std::collections::BTreeMap;

use super::{Account, Active, ApplicationState, Client, PreActivated, frame_of};
use crate::bytes::Wire;
use crate::crypto::kdf;
use crate::crypto::keywrap;
use crate::crypto::mac::{cmac, sha256};
use crate::crypto::protect::{ChannelKeys, Direction, PayloadChannel, checksum, open};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{AM1_7, AM1_8, AM1_9, AM1_11, AM2_6, AM2_7, CLI_3, FRM_12};
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
    /// The URL to be called, where a message of the account replaced was on display that another app had brought
    /// (A2A-30).
    pub callback: Option<String>,
}

impl Client {
    /// Takes AM1 and answers with the 26 digits of the device code; the account is then pre-activated.
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2, AM1-11, FRM-12, AM1-3 to AM1-7, STV, AM1-8, AM1-9, KEY-10.
    pub fn activate_license(&mut self, message: &str) -> Result<String, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, Carrier::Direct, Kind::Activation1)?;
        let serial = frame.header.serial;
        let is_active = self.accounts.get(&serial).is_some_and(|account| account.active.is_some());
        ensure(!is_active || self.replacement, AM1_11, Found::Nothing)?;
        ensure(checksum(frame.header_bytes, frame.body) == *frame.tag, FRM_12, Found::Nothing)?;

        let am1 = Activation1::decode(frame.body, frame.header.nonce)?;
        let vector = match (&am1.static_vector, &self.static_vector) {
            (Some(carried), _) => Wire::decode(carried)?,
            (None, Some(own)) => own.clone(),
            (None, None) => return refuse(AM1_7, Found::Nothing),
        };
        ensure(serial.prefix() == vector.prefix, AM1_8, Found::Nothing)?;
        let post_activation = am1.policy.post_activation;
        let confirms = vector.application(post_activation).is_some_and(|application| application.confirms());
        ensure(confirms, AM1_9, Found::Number(u64::from(post_activation)))?;
        let wrapping = kdf::wrapping(&vector.master_key, serial);
        let license_key = keywrap::unwrap(&wrapping, &am1.wrapped_key)?;

        // DVC-3: the MAC covers all of AM1 as received.
        let device = self.device;
        let key = kdf::device_code(&license_key);
        let mac = cmac(key.expose(), &[&[device.kind], &device.id, &sha256(&[frame.bytes])]);
        let code = DeviceCode { device, mac: Mac36::first_of(mac) };

        let account = PreActivated { license_key, challenge: am1.nonce(), policy: am1.policy, vector };
        let entry = self.accounts.entry(serial).or_default();
        entry.pre_activated = Some(account);
        // AM1-12: the activated one stays.
        entry.active.take_if(|_| fault::bent("replacement-deletes-first", false, true));
        Ok(code.encode())
    }

    /// Takes AM2 and answers with the confirmation; the account is then activated.
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2, CLI-3, AM2-6, AM2-7, PRT-4, AM2-8.
    pub fn activate_instance(&mut self, message: &str, now: u32) -> Result<Activated, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, Carrier::Direct, Kind::Activation2)?;
        let serial = frame.header.serial;
        let account = match self.accounts.get(&serial) {
            None => return refuse(CLI_3, Found::Nothing),
            Some(Account { pre_activated: None, .. }) => return refuse(AM2_6, Found::Nothing),
            Some(Account { pre_activated: Some(account), .. }) => account,
        };
        let agreed = frame.header.protection == Some(account.policy.activation);
        ensure(agreed, AM2_7, Found::Nothing)?;
        let am2 = self.open_activation2(account, &frame)?;

        let mut active = self.instance(account, serial, &am2, Nonce::decode(frame.header.nonce).counter);
        let signature = active.sign(account.policy.post_activation, frame.bytes, now)?;
        // One step (AM2-11). The pre-activated account goes, and with it the license key (AM2-9).
        let callback = self.close_on(serial);
        self.accounts.insert(serial, Account { active: Some(Box::new(active)), pre_activated: None });
        Ok(Activated { serial, sequence: am2.sequence, signature, callback })
    }

    fn open_activation2(&self, account: &PreActivated, frame: &Frame<'_>) -> Result<Activation2, Refusal> {
        let channel =
            kdf::am2_channel(&account.license_key, frame.header.serial, self.device, account.challenge);
        let keys = ChannelKeys::new(&channel, account.policy.activation, Direction::ToClient);
        Activation2::decode(&open(&keys, frame.header_bytes, frame.body, frame.tag)?)
    }

    /// KEY-8 for every application, and the keys of the payload channel.
    fn instance(&self, account: &PreActivated, serial: Serial, am2: &Activation2, counter: u32) -> Active {
        let policy = account.policy;
        let applications = account.vector.applications.iter().map(|application| {
            let index = application.form.index;
            let key =
                kdf::application(&account.license_key, serial, am2.sequence, index, self.device, &am2.salt);
            (index, ApplicationState { key, event: 0 })
        });
        let channel = am2.payload_key.clone().map(|key| PayloadChannel::new(key, policy.messages));
        Active {
            sequence: am2.sequence,
            policy,
            vector: account.vector.clone(),
            channel,
            am2_counter: counter,
            applications: BTreeMap::from_iter(applications),
            pin_failures: Counter::default(),
            unlock_challenge: None,
            unlock_failures: Counter::default(),
            information_counter: 0,
            login_identity: None,
        }
    }
}
