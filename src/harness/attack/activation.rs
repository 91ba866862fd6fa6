//! Attackers on the way of activation: who reads AM1, and who can change it besides.

use channel::bytes::Wire;
use channel::crypto::kdf::{self, Device};
use channel::crypto::keys::{Channel, Key, License};
use channel::crypto::keywrap;
use channel::crypto::mac::{cmac, sha256};
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::activation1::Activation1;
use channel::wire::device_code::{DeviceCode, Mac36};
use channel::wire::static_vector::StaticVector;

use super::Player;
use crate::forge::Plain;
use crate::play::need;
use crate::trial::{Stop, Trial};

/// The static vector, which is public, and an AM1 with all that follows from the two.
#[derive(Clone, Debug)]
pub struct Am1 {
    vector: StaticVector,
    /// As it was issued.
    message: String,
    serial: Serial,
    license_key: Key<License>,
}

impl Player<Am1> {
    /// Somebody reads AM1, in the letter, on the screen or over a shoulder.
    pub fn reads_am1(t: &mut Trial<'_>, vector: &StaticVector, message: &str) -> Result<Self, Stop> {
        let plain = Plain::of(message, None)?;
        let body = Activation1::decode(&plain.body, plain.nonce).map_err(unsound)?;
        let serial = Serial::from_bytes(plain.serial).map_err(unsound)?;
        let wrapping = kdf::wrapping(&vector.master_key, serial);
        let license_key = keywrap::unwrap(&wrapping, &body.wrapped_key).map_err(unsound)?;
        let vector = vector.clone();
        let eve = Self::knowing(Am1 { vector, message: message.to_owned(), serial, license_key });
        eve.thinks(t, "reads AM1: the public vector has the master key, which unwraps the license key");
        Ok(eve)
    }

    /// The license key.
    pub fn license_key(&self) -> &Key<License> {
        &self.knows.license_key
    }

    /// AM1 with one change and a checksum that fits.
    pub fn bends(
        &self,
        t: &mut Trial<'_>,
        what: &str,
        change: impl FnOnce(&mut Plain),
    ) -> Result<String, Stop> {
        let mut plain = Plain::of(&self.knows.message, None)?;
        change(&mut plain);
        self.thinks(t, format!("changes AM1, {what}, and mends its checksum"));
        Ok(plain.message(None))
    }

    /// AM1 with terms of the attacker's: another static vector.
    pub fn bends_vector(
        &self,
        t: &mut Trial<'_>,
        what: &str,
        change: impl FnOnce(&mut StaticVector),
    ) -> Result<String, Stop> {
        let mut vector = self.knows.vector.clone();
        change(&mut vector);
        let vector = vector.to_bytes();
        self.bends(t, what, |plain| {
            plain.body.truncate(31);
            plain.body.extend(vector);
            if let Some(flags) = plain.body.first_mut() {
                *flags |= 2;
            }
        })
    }

    /// A device code for the AM1 that was issued, as a device of the attacker's would answer.
    pub fn device_code(&self, t: &mut Trial<'_>, device: Device) -> Result<String, Stop> {
        self.thinks(t, "answers the AM1 that was issued with a device code of a device of its own");
        self.code_of(device)
    }

    /// A device code that answers a bent AM1, made to answer the one that was issued.
    pub fn mends(&self, t: &mut Trial<'_>, code: &str) -> Result<String, Stop> {
        let device = DeviceCode::decode(code).map_err(unsound)?.device;
        self.thinks(t, "puts the MAC over the AM1 that was issued into the user's device code");
        self.code_of(device)
    }

    /// DVC-3, under the license key that was read.
    fn code_of(&self, device: Device) -> Result<String, Stop> {
        let issued = hex::decode(&self.knows.message).map_err(unsound)?;
        let key = kdf::device_code(&self.knows.license_key);
        let mac = cmac(key.expose(), &[&[device.kind], &device.id, &sha256(&[&issued])]);
        Ok(DeviceCode { device, mac: Mac36::first_of(mac) }.encode())
    }

    /// An AM2 for the device of a device code, which travels in clear: with a payload key and a salt of the attacker's
    /// choice, sealed as for the AM1 that this device saw.
    pub fn forges_am2(
        &self,
        t: &mut Trial<'_>,
        code: &str,
        seen: &str,
        sequence: u8,
    ) -> Result<String, Stop> {
        let device = DeviceCode::decode(code).map_err(unsound)?.device;
        let channel = self.am2_channel(device, seen)?;
        self.thinks(
            t,
            "makes the key of AM2 from license key and device code, and an AM2 with a payload key of its own",
        );
        let body = [&[sequence, 1][..], &[0xEE; 16], &[0xEE; 13]].concat();
        let am1 = Plain::of(&self.knows.message, None)?;
        let nonce = [0x6B, 0x49, 0xD2, 0x00, 0, 0, 0, 1];
        // Type 1, in the protection that the policy of AM1 names.
        let protection = am1.body.get(29).map_or(2, |policy| u16::from(policy >> 2));
        let plain = Plain { word: 1 << 6 | protection, serial: self.knows.serial.to_bytes(), nonce, body };
        Ok(plain.message(Some(&channel)))
    }

    /// A request under the only key that it has, with the header of one that passed by.
    pub fn forges_request(&self, t: &mut Trial<'_>, like: &str, body: &[u8]) -> Result<String, Stop> {
        self.thinks(t, "seals a request of its own under the license key, for it has no payload key");
        let plain = Plain::of(like, None)?.with_body(body.to_vec());
        Ok(plain.message(Some(&Key::new(*self.knows.license_key.expose()))))
    }

    fn am2_channel(&self, device: Device, seen: &str) -> Result<Key<Channel>, Stop> {
        let seen = sha256(&[&hex::decode(seen).map_err(unsound)?]);
        Ok(kdf::am2_channel(&self.knows.license_key, self.knows.serial, device, &seen))
    }
}

/// AM1 of another license key: what somebody sends who has none, under the public master key.
pub fn forges_am1(t: &mut Trial<'_>, vector: &StaticVector, like: &str) -> Result<Player<Am1>, Stop> {
    let mut plain = Plain::of(like, None)?;
    let serial = Serial::from_bytes(plain.serial).map_err(unsound)?;
    let license_key = Key::new(t.random());
    let wrapped = keywrap::wrap(&kdf::wrapping(&vector.master_key, serial), &license_key);
    let place = need(plain.body.get_mut(5..29), "the activation vector of AM1")?;
    place.copy_from_slice(&wrapped);
    let message = plain.message(None);
    let eve = Player::knowing(Am1 { vector: vector.clone(), message, serial, license_key });
    eve.thinks(
        t,
        "wraps a license key of its own under the public master key, into an AM1 of the same serial number",
    );
    Ok(eve)
}

impl Player<Am1> {
    /// The AM1 that it knows, or forged.
    pub fn message(&self) -> &str {
        &self.knows.message
    }
}

/// What an attacker finds unreadable is a fault of the case.
fn unsound(refusal: channel::error::Refusal) -> Stop {
    Stop::Harness(refusal.to_string())
}
