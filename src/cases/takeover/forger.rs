//! What somebody can make who knows the static vector, as everybody does, and some license key.

use channel::bytes::Wire;
use channel::crypto::keys::Key;
use channel::crypto::mac::{cmac, sha256};
use channel::crypto::{kdf, keywrap};
use channel::serial::{Sequence, Serial};
use channel::text::hex;
use channel::wire::activation1::Activation1;
use channel::wire::activation2::Activation2;
use channel::wire::device_code::{DeviceCode, Mac36};
use harness::forge::Plain;
use harness::play::need;
use harness::scene::Scene;
use harness::trial::Stop;

/// An AM1 like this one, for this serial number, with another license key, rightly wrapped.
pub(crate) fn am1_of(scene: &Scene, like: &str, serial: Serial, key: [u8; 16]) -> Result<String, Stop> {
    let mut plain = Plain::of(like, None)?;
    let mut am1 = need(Activation1::decode(&plain.body, plain.nonce).ok(), "an AM1 to go by")?;
    am1.wrapped_key = keywrap::wrap(&kdf::wrapping(&scene.setup.vector.master_key, serial), &Key::new(key));
    plain.serial = serial.to_bytes();
    plain.body = am1.encode();
    Ok(plain.message(None))
}

/// This AM1 with other bytes in its body, under a right checksum.
pub(super) fn bent(am1: &str, bend: impl FnOnce(&mut Vec<u8>)) -> Result<String, Stop> {
    let mut plain = Plain::of(am1, None)?;
    bend(&mut plain.body);
    Ok(plain.message(None))
}

/// The device code of this one's device for another AM1: whoever has the license key can make its MAC.
pub(super) fn code_for(device_code: &str, am1: &str, key: [u8; 16]) -> Result<String, Stop> {
    let device = need(DeviceCode::decode(device_code).ok(), "a device code")?.device;
    let hash = sha256(&[&need(hex::decode(am1).ok(), "an AM1")?]);
    let mac = cmac(kdf::device_code(&Key::new(key)).expose(), &[&[device.kind], &device.id, &hash]);
    Ok(DeviceCode { device, mac: Mac36::first_of(mac) }.encode())
}

/// An AM2 for the device that answered this AM1, under this license key.
pub(super) fn am2_of(scene: &Scene, am1: &str, key: [u8; 16], counter: u32) -> Result<String, Stop> {
    let device = need(DeviceCode::decode(&scene.device_code).ok(), "a device code")?.device;
    let serial: Serial = need(scene.setup.serial.parse().ok(), "a serial number")?;
    let hash = sha256(&[&need(hex::decode(am1).ok(), "an AM1")?]);
    let channel = kdf::am2_channel(&Key::new(key), serial, device, &hash);
    let sequence = need(Sequence::new(7), "a sequence number")?;
    let payload_key = Some(Key::new([0x66; 16]));
    let body = Activation2 { sequence, payload_key, salt: [0x66; 13] }.to_bytes();
    let nonce = (u64::from(scene.now) << 32 | u64::from(counter)).to_be_bytes();
    let plain = Plain { word: 0x0042, serial: serial.to_bytes(), nonce, body };
    Ok(plain.message(Some(&channel)))
}
