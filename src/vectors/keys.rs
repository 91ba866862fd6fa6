//! Vectors of the keys and of protection (SPEC sections 6 and 7).

use serde_json::{Value, json};

use super::vector::{asked, hex, made, since, with};
use channel::crypto::kdf::{self, Device};
use channel::crypto::keys::{Channel, Key};
use channel::crypto::mac::{cmac, hmac_sha256};
use channel::crypto::protect::{self, Direction, HEADER_LENGTH, Protection, TAG_LENGTH};
use channel::serial::{Sequence, Serial};
use channel::wire::information::InformationNonce;
use harness::forge::Plain;

/// The channel key, or whatever key there is.
const KEY: [u8; 16] = [0x11; 16];

/// A derivation: the formula's own function against `primitive.kdf`.
fn derivation(id: &str, requirement: &str, label: &str, context: &[u8], output: &[u8]) -> Value {
    let bits = u16::try_from(output.len() * 8).unwrap_or_default();
    let blocks: Vec<Vec<u8>> = (1..=u8::try_from(output.len() / 16).unwrap_or_default())
        .map(|i| [&[i], label.as_bytes(), &[0], context, &bits.to_be_bytes()].concat())
        .collect();
    let macs: Vec<String> = blocks.iter().map(|block| hex(cmac(&KEY, &[block]))).collect();
    let inputs: Vec<String> = blocks.iter().map(hex).collect();
    let between = json!({"cmac_inputs": inputs, "cmacs": macs});
    let input = json!({"key": hex(KEY), "label": label, "context": hex(context), "bits": bits});
    let output = json!({"key": hex(output)});
    let vector = made(&format!("kdf-{id}"), "", &["KEY-1", requirement], input, between, output);
    with(vector, "operation", json!("primitive.kdf"))
}

/// `kdf.json`.
pub(super) fn derivations() -> Vec<Value> {
    let Ok(serial) = "VDS1000120".parse::<Serial>() else { return Vec::new() };
    let Some(sequence) = Sequence::new(3) else { return Vec::new() };
    let (am1, salt) = ([0x22; 32], [0x33; 13]);
    let device = Device { kind: 7, id: [0x44; 5] };
    let channel = Key::new(KEY);
    let to_client = Direction::ToClient;
    let bytes = serial.to_bytes();
    let am2 = [&bytes[..], &[device.kind], &device.id, &am1].concat();
    let app = [&bytes[..], &[sequence.number(), 5, device.kind], &device.id, &salt].concat();
    let encryption = |protection| kdf::encryption(&channel, protection, to_client);
    let am2_channel = kdf::am2_channel(&Key::new(KEY), serial, device, &am1);
    let check = kdf::client_check(&Key::new(KEY), serial);
    let application = kdf::application(&Key::new(KEY), serial, sequence, 5, device, &salt);
    let hmac_key = kdf::hmac_key(&channel, to_client);
    let mut vectors = vec![
        derivation("wrapping", "KEY-2", "wrap", &bytes, kdf::wrapping(&Key::new(KEY), serial).expose()),
        derivation("encryption-1", "KEY-3", "enc", &[1, 0], &*encryption(Protection::HmacSha256)),
        derivation("encryption-2", "KEY-3", "enc", &[2, 0], &*encryption(Protection::Cmac)),
        derivation("mac-2", "KEY-4", "mac", &[2, 0], &*kdf::cmac_key(&channel, to_client)),
        derivation("mac-1", "KEY-5", "mac", &[1, 0], hmac_key.as_flattened()),
        derivation("am2", "KEY-6", "am2", &am2, am2_channel.expose()),
        derivation("device-code", "KEY-7", "device-code", &[], kdf::device_code(&Key::new(KEY)).expose()),
        derivation("client-check", "AM2-13", "client-check", &bytes, &check),
        derivation("application", "KEY-8", "app", &app, application.expose()),
    ];
    vectors.extend(to_server(&channel, sequence));
    vectors
}

/// Of an information message.
fn to_server(channel: &Key<Channel>, sequence: Sequence) -> Vec<Value> {
    let direction = Direction::ToServer(sequence.number());
    let context = |protection: u8| [protection, 1, sequence.number()];
    let encryption = |protection| kdf::encryption(channel, protection, direction);
    let [one, two] = [encryption(Protection::HmacSha256), encryption(Protection::Cmac)];
    let hmac_key = kdf::hmac_key(channel, direction);
    since(
        4,
        [
            derivation("encryption-1-to-server", "KEY-3", "enc", &context(1), &*one),
            derivation("encryption-2-to-server", "KEY-3", "enc", &context(2), &*two),
            derivation("mac-2-to-server", "KEY-4", "mac", &context(2), &*kdf::cmac_key(channel, direction)),
            derivation("mac-1-to-server", "KEY-5", "mac", &context(1), hmac_key.as_flattened()),
        ],
    )
}

/// What stands between a channel key and a message: keys, first counter block, keystream, MAC. `None` where
/// the text is not a protected frame.
pub(super) fn between(channel: &Key<Channel>, message: &str) -> Option<Value> {
    let bytes = channel::text::hex::decode(message).ok()?;
    let (header, rest) = bytes.split_first_chunk::<HEADER_LENGTH>()?;
    let (body, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
    let [w0, w1, _, _, _, _, _, nonce @ ..] = *header;
    let protection = Protection::from_number(w1 & 0x3F)?;
    let direction = match u16::from_be_bytes([w0, w1]) >> 6 & 0x3F {
        0x24 => Direction::ToServer(InformationNonce::decode(nonce).sequence),
        _ => Direction::ToClient,
    };
    let encryption = kdf::encryption(channel, protection, direction);
    let mut block = [0; 16];
    for (to, from) in block.iter_mut().zip(nonce.into_iter().chain([w0, w1])) {
        *to = from;
    }
    let mut keystream = vec![0; body.len()];
    protect::ctr(&encryption, block, &mut keystream);
    let clear: Vec<u8> = body.iter().zip(&keystream).map(|(sent, stream)| sent ^ stream).collect();
    let input = [&header[..], body].concat();
    let (mac_key, mac) = match protection {
        Protection::HmacSha256 => {
            let key = kdf::hmac_key(channel, direction);
            (hex(key.as_flattened()), hex(hmac_sha256(key.as_flattened(), &input)))
        }
        Protection::Cmac => {
            let key = kdf::cmac_key(channel, direction);
            (hex(*key), hex(cmac(&key, &[&input])))
        }
    };
    Some(json!({"encryption_key": hex(*encryption), "mac_key": mac_key, "counter_block": hex(block),
        "keystream": hex(keystream), "body_in_clear": hex(clear), "body_as_sent": hex(body),
        "mac_input": hex(input), "mac": mac, "tag": hex(tag)}))
}

/// With the values between, of the message in this member.
fn explained(vector: Value, message: &str) -> Value {
    match between(&Key::new(KEY), message) {
        Some(values) => with(vector, "intermediate", values),
        None => vector,
    }
}

/// `protection.json`.
pub(super) fn protections() -> Vec<Value> {
    [seals(), opens()].concat()
}

fn seals() -> Vec<Value> {
    let mut vectors = Vec::new();
    for protection in [1, 2] {
        for length in [0usize, 1, 15, 16, 17, 48, 512] {
            let body: Vec<u8> = (0..=255u8).cycle().take(length).collect();
            let params = json!({"key": hex(KEY), "type": 3, "protection": protection,
                "serial": "VDS1000120", "nonce": "0102030405060708", "body": hex(&body)});
            let requirement = if protection == 1 { "PRT-2" } else { "PRT-3" };
            let id = format!("seal-{protection}-{length}");
            let note = format!("body length {length}");
            let vector = asked(&id, &note, &["PRT-1", requirement, "KEY-3"], "frame.seal", params);
            let message = vector.pointer("/output/message").and_then(Value::as_str).unwrap_or_default();
            let message = message.to_owned();
            vectors.push(explained(vector, &message));
        }
    }
    vectors
}

fn opens() -> Vec<Value> {
    let mut vectors = Vec::new();
    let channel = Key::new(KEY);
    let plain = Plain {
        word: 0x00C2,
        serial: [0xC3, 0xE4, 0x0F, 0x42, 0xB8],
        nonce: [1, 2, 3, 4, 5, 6, 7, 8],
        body: b"body".to_vec(),
    };
    let good = plain.message(Some(&channel));
    let last = |digit: &str| format!("{}{digit}", good.get(..good.len() - 1).unwrap_or_default());
    let bent = if good.ends_with('0') { last("1") } else { last("0") };
    let downgraded = plain.with_protection(1).message(Some(&channel));
    let relabelled = format!("00C1{}", good.get(4..).unwrap_or_default());
    for (id, note, message) in [
        ("good", "protection 2", good.clone()),
        ("tag-last-bit", "the tag's last digit", bent),
        ("protection-1", "protection 1 under the same channel key opens, too", downgraded),
        ("protection-relabelled", "the protection in the header is authenticated", relabelled),
        ("cut", "the last byte missing", good.get(..good.len() - 2).unwrap_or_default().to_owned()),
        ("extended", "a byte more", format!("{good}00")),
    ] {
        let params = json!({"key": hex(KEY), "message": message});
        let vector = asked(&format!("open-{id}"), note, &["PRT-1"], "frame.open", params);
        vectors.push(explained(vector, &message));
    }
    vectors
}
