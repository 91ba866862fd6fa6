//! The worked example of SPEC section 20: one activation and one signed request with every value between.
//! `counterproof vectors write` puts it into SPEC.md, `vectors check` compares.

use std::fmt::Write as _;

use super::setup::Setup;
use crate::bytes::Wire;
use crate::crypto::kdf::{self, Device};
use crate::crypto::keys::{Application, Channel, Key};
use crate::crypto::mac::{cmac, hmac_sha256, sha256};
use crate::crypto::protect::{ChannelKeys, Direction, Protection, checksum};
use crate::crypto::response::{Form, Moment, response};
use crate::crypto::{keywrap, protect};
use crate::serial::Sequence;
use crate::text::charset::Charset;
use crate::text::hex;
use crate::wire::activation1::{Activation1, Policy};
use crate::wire::activation2::Activation2;
use crate::wire::device_code::{DeviceCode, Mac36};
use crate::wire::frame::{Carrier, Frame, Header, Kind, Nonce};
use crate::wire::request::{Content, Request};

/// A row: name, value, and `input` or the requirement that makes it.
pub struct Row {
    /// What it is.
    pub name: &'static str,
    /// Bytes in hexadecimal, numbers in decimal, texts as they are.
    pub value: String,
    /// `input`, or how it is made from rows above.
    pub how: &'static str,
}

/// Rows being added.
#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
    fn text(&mut self, name: &'static str, value: impl ToString, how: &'static str) {
        self.0.push(Row { name, value: value.to_string(), how });
    }

    fn bytes(&mut self, name: &'static str, value: impl AsRef<[u8]>, how: &'static str) {
        self.text(name, hex::encode(value.as_ref()), how);
    }
}

const AM1_TIME: u32 = 1_800_000_000;
const AM2_TIME: u32 = 1_800_000_060;
const CONFIRMATION_TIME: u32 = 1_800_000_090;
const REQUEST_TIME: u32 = 1_800_003_600;
const SIGNING_TIME: u32 = 1_800_003_630;
const POLICY: Policy =
    Policy { activation: Protection::Cmac, messages: Protection::HmacSha256, post_activation: 1 };

/// All rows. Deterministic.
pub fn rows() -> Vec<Row> {
    let mut table = Table::default();
    let vector = Setup::default().vector;
    let form = vector.applications.first().map(|application| application.form);
    let (Ok(serial), Some(form)) = ("VDS1000120".parse::<crate::serial::Serial>(), form) else {
        return Vec::new();
    };
    let license_key = Key::new(counting(0x10));
    let payload_key = counting(0x20);

    table.text("serial number", serial, "input");
    table.bytes("serial number bytes", serial.to_bytes(), "SER-1");
    table.bytes("static vector", vector.to_bytes(), "input");
    table.bytes("master key", vector.master_key.expose(), "section 8, tag 02");
    table.bytes("license key", license_key.expose(), "input");
    table.bytes("payload key", payload_key, "input");

    let wrapping = kdf::wrapping(&vector.master_key, serial);
    table.bytes("wrapping key", wrapping.expose(), "KEY-2");
    let wrapped_key = keywrap::wrap(&wrapping, &license_key);
    table.bytes("activation vector", wrapped_key, "KEY-9");

    let challenge = counting(0x30);
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
    let header = Header { kind: Kind::Activation1, protection: None, serial, nonce: am1.nonce() }.encode();
    let (body, tag) = (am1.encode(), checksum(&header, &am1.encode()));
    table.bytes("AM1 header", header, "FRM-1");
    table.bytes("AM1 body", &body, "AM1-1");
    table.bytes("AM1 tag", tag, "FRM-11");
    let frame = Frame::encode(&header, &body, &tag);
    table.bytes("AM1", &frame, "FRM-1");

    let device = device_code(&mut table, &license_key, &frame);
    let channel = kdf::am2_channel(&license_key, serial, device, challenge);
    table.bytes("AM2 channel key", channel.expose(), "KEY-6");
    let Some(sequence) = Sequence::new(1) else { return Vec::new() };
    let salt: [u8; 13] = counting(0x60);
    table.text("sequence number", sequence.number(), "input");
    table.bytes("instance salt", salt, "input");
    table.text("AM2 time", AM2_TIME, "input");
    table.text("last counter", 0, "input");
    table.text("AM2 counter", 1, "NON-2");
    let am2 = Activation2 { sequence, payload_key: Some(Key::new(payload_key)), salt }.to_bytes();
    let nonce = Nonce { time: AM2_TIME, counter: 1 }.encode();
    let header = Header { kind: Kind::Activation2, protection: Some(POLICY.activation), serial, nonce };
    let names = [
        "AM2 nonce",
        "AM2 header",
        "AM2 encryption key",
        "AM2 MAC key",
        "AM2 body in clear",
        "AM2 keystream",
        "AM2 body as sent",
        "AM2 tag",
        "AM2",
    ];
    let am2_frame = sealed(&mut table, names, "AM2-1", &channel, header, am2);

    let key = kdf::application(&license_key, serial, sequence, form.index, device, &salt);
    table.bytes("application key", key.expose(), "KEY-8");
    table.text("confirmation time", CONFIRMATION_TIME, "input");
    let names = ["confirmation step", "confirmation input", "confirmation R", "confirmation"];
    signature(&mut table, names, &key, form, CONFIRMATION_TIME, &am2_frame);

    let request = Request {
        minimum_version: 0,
        require_pin: true,
        template: 0,
        charset: Charset::Utf8,
        application: form.index,
        content: Content::List {
            title: "Transfer".into(),
            items: vec![("Amount".into(), "12.50 EUR".into()), ("To".into(), "Zoë".into())],
        },
    };
    table.text("request minimum version", request.minimum_version, "input");
    table.text("request requires PIN", u8::from(request.require_pin), "input");
    table.text("request template", request.template, "input");
    table.text("request charset", request.charset.number(), "input");
    table.text("request application", request.application, "input");
    if let Content::List { title, items } = &request.content {
        table.text("request title", title, "input");
        table.text("request items", serde_json::json!(items), "input");
    }
    table.text("request time", REQUEST_TIME, "input");
    table.text("request counter", 2, "NON-2");
    let body = request.encode(Carrier::Direct).unwrap_or_default();
    let nonce = Nonce { time: REQUEST_TIME, counter: 2 }.encode();
    let header = Header { kind: Kind::Request, protection: Some(POLICY.messages), serial, nonce };
    let names = [
        "request nonce",
        "request header",
        "request encryption key",
        "request MAC key",
        "request body in clear",
        "request keystream",
        "request body as sent",
        "request tag",
        "request frame",
    ];
    let frame = sealed(&mut table, names, "REQ-1", &Key::<Channel>::new(payload_key), header, body);

    table.text("signing time", SIGNING_TIME, "input");
    let names = ["signature step", "signature input", "signature R", "signature"];
    signature(&mut table, names, &key, form, SIGNING_TIME, &frame);
    table.0
}

/// The table as it stands in SPEC.md.
pub fn markdown() -> String {
    let mut out = String::from("| name | value | how |\n|---|---|---|\n");
    for Row { name, value, how } in rows() {
        let _ = writeln!(out, "| {name} | `{value}` | {how} |");
    }
    out
}

fn counting<const N: usize>(first: u8) -> [u8; N] {
    let mut next = first;
    [(); N].map(|()| {
        let byte = next;
        next = next.wrapping_add(1);
        byte
    })
}

fn device_code(table: &mut Table, license_key: &Key<crate::crypto::keys::License>, am1: &[u8]) -> Device {
    let (salt, platform_data, kind): ([u8; 16], _, _) = (counting(0x40), b"platform", 7);
    table.bytes("platform data", platform_data, "input");
    table.bytes("installation salt", salt, "input");
    table.text("device type", kind, "input");
    let [i0, i1, i2, i3, i4, ..] = hmac_sha256(&salt, platform_data);
    let device = Device { kind, id: [i0, i1, i2, i3, i4] };
    table.bytes("device id", device.id, "DVC-2");
    let key = kdf::device_code(license_key);
    table.bytes("device code key", key.expose(), "KEY-7");
    let input = [&[kind][..], &device.id, &sha256(&[am1])].concat();
    table.bytes("device code MAC input", &input, "DVC-3");
    let mac = cmac(key.expose(), &[&input]);
    table.bytes("device code MAC", mac, "DVC-3, all 16 bytes");
    table.text("device code", DeviceCode { device, mac: Mac36::first_of(mac) }.encode(), "DVC-1, DVC-3");
    device
}

fn sealed(
    table: &mut Table,
    names: [&'static str; 9],
    layout: &'static str,
    channel: &Key<Channel>,
    header: Header,
    clear: Vec<u8>,
) -> Vec<u8> {
    let [
        nonce_name,
        header_name,
        enc_name,
        mac_name,
        clear_name,
        stream_name,
        sent_name,
        tag_name,
        frame_name,
    ] = names;
    let (nonce, protection) = (header.nonce, header.protection.unwrap_or(Protection::Cmac));
    let header = header.encode();
    let direction = Direction::ToClient;
    let encryption = kdf::encryption(channel, protection, direction);
    table.bytes(nonce_name, nonce, "NON-1");
    table.bytes(header_name, header, "FRM-1");
    table.bytes(enc_name, *encryption, "KEY-3");
    match protection {
        Protection::HmacSha256 => {
            table.bytes(mac_name, kdf::hmac_key(channel, direction).as_flattened(), "KEY-5")
        }
        Protection::Cmac => table.bytes(mac_name, *kdf::cmac_key(channel, direction), "KEY-4"),
    }
    table.bytes(clear_name, &clear, layout);
    let [w0, w1, ..] = header;
    let mut block = [0; 16];
    for (to, from) in block.iter_mut().zip(nonce.into_iter().chain([w0, w1])) {
        *to = from;
    }
    let mut keystream = vec![0; clear.len()];
    protect::ctr(&encryption, block, &mut keystream);
    table.bytes(stream_name, &keystream, "PRT-1");
    let sent: Vec<u8> = clear.iter().zip(&keystream).map(|(a, b)| a ^ b).collect();
    table.bytes(sent_name, &sent, "PRT-1");
    let tag = ChannelKeys::new(channel, protection, direction).tag(&header, &sent);
    table.bytes(tag_name, tag, if protection == Protection::Cmac { "PRT-3" } else { "PRT-2" });
    let frame = Frame::encode(&header, &sent, &tag);
    table.bytes(frame_name, &frame, "FRM-1");
    frame
}

fn signature(
    table: &mut Table,
    names: [&'static str; 4],
    key: &Key<Application>,
    form: Form,
    now: u32,
    frame: &[u8],
) {
    let [step_name, input_name, r_name, name] = names;
    let step = u64::from(now) / 36;
    table.text(step_name, step, "SIG-4, 36 seconds");
    let length = u16::try_from(frame.len()).unwrap_or_default();
    let input = [
        &[0x01, form.mode, form.index][..],
        &step.to_be_bytes(),
        &0u64.to_be_bytes(),
        &[form.length],
        &length.to_be_bytes(),
        frame,
    ]
    .concat();
    table.bytes(input_name, &input, "SIG-1");
    table.bytes(r_name, cmac(key.expose(), &[&input]), "SIG-1");
    table.text(name, response(key, form, Moment { step, event: 0 }, &[frame]), "SIG-1");
}
