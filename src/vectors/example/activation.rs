//! The rows of AM1, the device code and AM2.

use super::license::{DEVICE_TYPE, Example, PLATFORM_DATA, POLICY, counting, installation_salt};
use super::messages::Message;
use super::table::Table;
use channel::bytes::Wire;
use channel::crypto::kdf;
use channel::crypto::keys::Key;
use channel::crypto::keywrap;
use channel::crypto::mac::{cmac, sha256};
use channel::crypto::protect::checksum;
use channel::wire::activation1::Activation1;
use channel::wire::activation2::Activation2;
use channel::wire::device_code::{DeviceCode, Mac36};
use channel::wire::frame::{Frame, Header, Kind};

const AM1_TIME: u32 = 1_800_000_000;
const AM2_TIME: u32 = 1_800_000_060;
const CHALLENGE: u8 = 0x30;

impl Example {
    pub(super) fn license(&self, table: &mut Table) {
        table.text("serial number", self.serial, "input");
        table.bytes("serial number bytes", self.serial.to_bytes(), "SER-1");
        table.bytes("static vector", self.vector.to_bytes(), "input");
        table.bytes("master key", self.vector.master_key.expose(), "section 8, tag 02");
        table.bytes("license key", self.license_key.expose(), "input");
        table.bytes("payload key", self.payload_key.expose(), "input");
    }

    /// The frame.
    pub(super) fn activation1(&self, table: &mut Table) -> Vec<u8> {
        let wrapping = kdf::wrapping(&self.vector.master_key, self.serial);
        table.bytes("wrapping key", wrapping.expose(), "KEY-2");
        let wrapped_key = keywrap::wrap(&wrapping, &self.license_key);
        table.bytes("activation vector", wrapped_key, "KEY-9");
        let challenge = counting(CHALLENGE);
        table.bytes("challenge", challenge, "input");
        table.text("AM1 time", AM1_TIME, "input");
        table.text("activation protection", POLICY.activation.number(), "input");
        table.text("message protection", POLICY.messages.number(), "input");
        table.text("post-activation application", POLICY.post_activation, "input");
        table.bytes("policy", POLICY.to_u16().to_be_bytes(), "AM1-2");
        table.text("AM1 flags", 1, "input: challenge, no static vector");
        let am1 = Activation1 {
            challenge: Some(challenge),
            time: AM1_TIME,
            wrapped_key,
            policy: POLICY,
            static_vector: None,
        };
        let (kind, serial, nonce) = (Kind::Activation1, self.serial, am1.nonce());
        let header = Header { kind, protection: None, serial, nonce }.encode();
        let body = am1.encode();
        let tag = checksum(&header, &body);
        table.bytes("AM1 header", header, "FRM-1");
        table.bytes("AM1 body", &body, "AM1-1");
        table.bytes("AM1 tag", tag, "FRM-11");
        let frame = Frame::encode(&header, &body, &tag);
        table.bytes("AM1", &frame, "FRM-1");
        frame
    }

    pub(super) fn device_code(&self, table: &mut Table, am1: &[u8]) {
        table.bytes("platform data", PLATFORM_DATA, "input");
        table.bytes("installation salt", installation_salt(), "input");
        table.text("device type", DEVICE_TYPE, "input");
        table.bytes("device id", self.device.id, "DVC-2");
        let key = kdf::device_code(&self.license_key);
        table.bytes("device code key", key.expose(), "KEY-7");
        let input = [&[self.device.kind][..], &self.device.id, &sha256(&[am1])].concat();
        table.bytes("device code MAC input", &input, "DVC-3");
        let mac = cmac(key.expose(), &[&input]);
        table.bytes("device code MAC", mac, "DVC-3, all 16 bytes");
        let code = DeviceCode { device: self.device, mac: Mac36::first_of(mac) };
        table.text("device code", code.encode(), "DVC-1, DVC-3");
    }

    /// The frame.
    pub(super) fn activation2(&self, table: &mut Table, am1: &[u8]) -> Vec<u8> {
        let am1 = sha256(&[am1]);
        table.bytes("SHA-256 of AM1", am1, "KEY-6");
        let channel = kdf::am2_channel(&self.license_key, self.serial, self.device, &am1);
        table.bytes("AM2 channel key", channel.expose(), "KEY-6");
        table.text("sequence number", self.sequence.number(), "input");
        table.bytes("instance salt", self.salt, "input");
        table.text("AM2 time", AM2_TIME, "input");
        table.text("last counter", 0, "input");
        table.text("AM2 counter", 1, "NON-2");
        let payload_key = Some(Key::new(*self.payload_key.expose()));
        let body = Activation2 { sequence: self.sequence, payload_key, salt: self.salt }.to_bytes();
        let (kind, protection) = (Kind::Activation2, POLICY.activation);
        let message = Message { name: "AM2", frame: "AM2", kind, protection, time: AM2_TIME, counter: 1 };
        table.bytes("check value", kdf::client_check(&self.license_key, self.serial), "AM2-13");
        self.sealed(table, &message, &channel, ("AM2-1", body))
    }
}
