//! The license, the device and the instance of the example.

use channel::crypto::kdf::{self, Device};
use channel::crypto::keys::{Application, Channel, Key, License};
use channel::crypto::mac::hmac_sha256;
use channel::crypto::protect::Protection;
use channel::serial::{Sequence, Serial};
use channel::wire::activation1::Policy;
use channel::wire::static_vector::{ApplicationRules, StaticVector};
use harness::setup::{Setup, otp, otp_vector};

pub(super) const POLICY: Policy =
    Policy { activation: Protection::Cmac, messages: Protection::HmacSha256, post_activation: 1 };

/// Index of the unlock application.
pub(super) const UNLOCK: u8 = 7;

/// The license, the device and the instance of the example.
pub(super) struct Example {
    pub(super) vector: StaticVector,
    pub(super) serial: Serial,
    pub(super) license_key: Key<License>,
    pub(super) payload_key: Key<Channel>,
    pub(super) device: Device,
    pub(super) sequence: Sequence,
    pub(super) salt: [u8; 13],
}

/// That of the cases, with an unlock application in its gap.
pub(super) fn vector() -> Option<StaticVector> {
    let mut vector = Setup::default().vector;
    let mut unlock: ApplicationRules = otp_vector().application(otp::UNLOCK)?.clone();
    unlock.form.index = UNLOCK;
    unlock.name = *b"APPL7     ";
    vector.applications.push(unlock);
    vector.applications.sort_by_key(|rules| rules.form.index);
    Some(vector)
}

pub(super) fn counting<const N: usize>(first: u8) -> [u8; N] {
    let mut next = first;
    [(); N].map(|()| {
        let byte = next;
        next = next.wrapping_add(1);
        byte
    })
}

impl Example {
    pub(super) fn new() -> Option<Self> {
        let serial = "VDS1000120".parse().ok()?;
        Some(Self {
            vector: vector()?,
            serial,
            license_key: Key::new(counting(0x10)),
            payload_key: Key::new(counting(0x20)),
            device: device(serial),
            sequence: Sequence::new(1)?,
            salt: counting(0x60),
        })
    }

    /// The key by which one application of the example's instance responds (KEY-8).
    pub(super) fn key(&self, index: u8) -> Key<Application> {
        kdf::application(&self.license_key, self.serial, self.sequence, index, self.device, &self.salt)
    }
}

/// Index of the application of mode MM, by time and event.
pub(super) const MULTI: u8 = 3;

pub(super) const PLATFORM_DATA: &[u8] = b"platform";

pub(super) const DEVICE_TYPE: u8 = 7;

pub(super) fn installation_salt() -> [u8; 16] {
    counting(0x40)
}

/// The example's device, with its id under a license (DVC-2).
pub(super) fn device(serial: Serial) -> Device {
    let data = [&serial.to_bytes()[..], PLATFORM_DATA].concat();
    let [i0, i1, i2, i3, i4, ..] = hmac_sha256(&installation_salt(), &data);
    Device { kind: DEVICE_TYPE, id: [i0, i1, i2, i3, i4] }
}
