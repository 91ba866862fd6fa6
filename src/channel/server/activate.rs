//! AM1, the device code, AM2. SPEC sections 9 to 11.

use subtle::ConstantTimeEq;

use super::applications::Applications;
use super::{Instance, IssuedActivation, License, Status, Verified};
use crate::bytes::Wire;
use crate::crypto::kdf::{self, Device};
use crate::crypto::keywrap;
use crate::crypto::mac::{cmac, sha256};
use crate::crypto::protect::{ChannelKeys, Direction, checksum};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{AM1_15, AM2_2, AM2_4, DVC_8, DVC_9, DVC_10, DVC_11, DVC_12};
use crate::serial::Sequence;
use crate::state::Counter;
use crate::wire::activation1::Activation1;
use crate::wire::activation2::Activation2;
use crate::wire::device_code::{DeviceCode, Mac36};
use crate::wire::frame::{Frame, Header, Kind};

const SECONDS_PER_DAY: u64 = 86_400;

impl License {
    /// Issues AM1 and cancels the one before (AM1-10). `challenge` is random and not zero, or absent. Its time is above
    /// that of every AM1 before (AM1-14).
    ///
    /// Refuses by AM1-15.
    pub fn generate_activation1(
        &mut self,
        challenge: Option<[u8; 8]>,
        with_static_vector: bool,
        now: u32,
    ) -> Result<Vec<u8>, Refusal> {
        let above = fault::bent("am1-of-the-clock", self.last_activation, None);
        let least = above.map_or(Some(0), |latest| latest.checked_add(1));
        let Some(least) = least else {
            return refuse(AM1_15, Found::Nothing);
        };
        let time = now.max(least);
        let wrapping = kdf::wrapping(&self.vector.master_key, self.serial);
        let am1 = Activation1 {
            challenge,
            time,
            wrapped_key: keywrap::wrap(&wrapping, &self.license_key),
            policy: self.settings.message_vector.policy,
            static_vector: with_static_vector.then(|| self.vector_bytes.clone()),
        };
        let header =
            Header { kind: Kind::Activation1, protection: None, serial: self.serial, nonce: am1.nonce() };
        let (header, body) = (header.encode(), am1.encode());
        let frame = Frame::encode(&header, &body, &checksum(&header, &body));

        self.activation = Some(IssuedActivation { hash: sha256(&[&frame]), time });
        self.last_activation = Some(time);
        self.verified = None;
        self.code_failures.clear();
        Ok(frame)
    }

    /// Verifies the answer to AM1: which device it is. It is then the verified device.
    ///
    /// Refuses, in this order: DVC-4 to DVC-12 (DVC-11 counts).
    /// With `replace`, the device may have an instance that the new one will replace (AM2-12).
    pub fn verify_device_code(&mut self, code: &str, replace: bool, now: u32) -> Result<Device, Refusal> {
        let code = DeviceCode::decode(code)?;
        let Some(am1) = &self.activation else {
            return refuse(DVC_8, Found::Nothing);
        };
        let valid_until = u64::from(am1.time)
            + SECONDS_PER_DAY * u64::from(self.settings.message_vector.activation_validity_days);
        ensure(u64::from(now) <= valid_until, DVC_9, Found::Number(u64::from(now)))?;
        ensure(self.code_failures.value() < self.settings.message_vector.code_tries, DVC_10, Found::Nothing)?;

        let device = code.device;
        let key = kdf::device_code(&self.license_key);
        let mac = Mac36::first_of(cmac(key.expose(), &[&[device.kind], &device.id, &am1.hash]));
        if !bool::from(mac.to_bytes().ct_eq(&code.mac.to_bytes())) {
            self.code_failures.count();
            ensure(false, DVC_11, Found::Nothing)?;
        }
        let in_use = |it: &Instance| it.status == Status::Confirmed && it.device.id == device.id;
        ensure(replace || !self.instances.values().any(in_use), DVC_12, Found::Nothing)?;

        let time = am1.time;
        self.code_failures.clear();
        self.end_earlier(time);
        let has_instance = |verified: &Verified| verified.device == device && verified.instance.is_some();
        if !self.verified.as_ref().is_some_and(has_instance) {
            // AM2-12.
            let replaces = fault::bent("replaces-never", replace, false);
            self.verified = Some(Verified { device, replaces, instance: None });
        }
        Ok(device)
    }

    /// AM2-18: what was never confirmed of AM1s before the one of this time.
    fn end_earlier(&mut self, time: u32) {
        let abandoned = self.instances.values_mut().filter(|instance| {
            instance.status == Status::Unconfirmed
                && instance.am1_time < time
                && fault::bent("unconfirmed-go-on", true, false)
        });
        for instance in abandoned {
            instance.status = Status::Deactivated;
            instance.forget_am2();
        }
    }

    /// Issues AM2 for the verified device; again the same bytes while its instance is unconfirmed (AM2-5).
    ///
    /// Refuses, in this order: AM2-2, AM2-4, NON-3. `salt` is random.
    pub fn generate_activation2(&mut self, salt: [u8; 13], now: u32) -> Result<(Sequence, Vec<u8>), Refusal> {
        let (Some(verified), Some(am1)) = (&self.verified, &self.activation) else {
            return refuse(AM2_2, Found::Nothing);
        };
        if let Some((sequence, instance)) = verified.instance.and_then(|s| self.instances.get_key_value(&s)) {
            return Ok((*sequence, instance.am2.clone()));
        }
        let used = Found::Number(u64::from(self.last_sequence));
        ensure(self.last_sequence < self.settings.threshold, AM2_4, used)?;
        let Some(sequence) = Sequence::new(self.last_sequence.saturating_add(1)) else {
            return refuse(AM2_4, used);
        };
        let nonce = self.next_nonce(now)?;

        let device = verified.device;
        let payload_key = self.channel.as_ref().map(|channel| channel.payload_key().clone());
        let body = Activation2 { sequence, payload_key, salt }.to_bytes();
        let protection = self.settings.message_vector.policy.activation;
        let channel = kdf::am2_channel(&self.license_key, self.serial, device, &am1.hash);
        let keys = ChannelKeys::new(&channel, protection, Direction::ToClient);
        let am2 = self.seal(Kind::Activation2, protection, &keys, nonce, body);

        self.last = nonce;
        self.last_sequence = sequence.number();
        let (replaces, am1_time) = (verified.replaces, am1.time);
        self.verified = Some(Verified { instance: Some(sequence), ..verified.clone() });
        let instance = Instance {
            device,
            salt,
            am2: am2.clone(),
            am1_time,
            replaces,
            status: Status::Unconfirmed,
            applications: Applications::default(),
            signature_failures: Counter::default(),
            information_counter: 0,
        };
        self.instances.insert(sequence, instance);
        Ok((sequence, am2))
    }
}
