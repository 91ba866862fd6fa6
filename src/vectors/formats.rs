//! Vectors of the formats that an operation of a session reads or writes: each has the bytes to look at, and
//! the short flow in which a peer meets them.

use serde_json::{Value, json};

use super::flow;
use super::vector::{hex, made, with};
use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::crypto::kdf::{self, Device};
use channel::crypto::keys::Key;
use channel::crypto::mac::cmac;
use channel::wire::device_code::{DeviceCode, Mac36};
use channel::wire::static_vector::StaticVector;
use harness::scene::{Scene, Stage, Under};
use harness::setup::{self, Setup};
use harness::trial::{Stop, Trial};
use peer::operations::{ClientCreate, RandomClient};
use peer::protocol::{Array, Bytes, Number, RootPolicy};

/// `static-vector.json`.
pub(super) fn static_vectors() -> Vec<Value> {
    let good = setup::vector().to_bytes();
    let bend = |at: usize, value: u8| {
        let mut bytes = good.clone();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
        bytes
    };
    [
        ("good", "seven applications", good.clone()),
        ("magic", "another first byte", bend(0, 0x39)),
        ("length", "the length field off by one", bend(3, good.get(3).map_or(0, |byte| byte ^ 1))),
        ("tag-length", "a master key of another length", bend(9, 17)),
        ("unknown-tag", "tag 05", bend(33, 5)),
        ("tries-0", "no tries", bend(31, 0)),
        ("reserved-flag", "a reserved flag", bend(39, 0x13)),
        ("name", "a lower-case name", bend(46, b'a')),
        ("name-tab", "a tab at the end of a name is no blank", bend(55, b'\t')),
    ]
    .into_iter()
    .map(|(id, note, bytes)| static_vector(&format!("static-vector-{id}"), note, bytes))
    .collect()
}

/// A client is created with it, or refuses it.
pub(super) fn static_vector(id: &str, note: &str, bytes: Vec<u8>) -> Value {
    let decided = StaticVector::decode(&bytes).map(|_| ());
    let input = json!({"static_vector": hex(&bytes)});
    let create = ClientCreate {
        static_vector: Some(Bytes(bytes)),
        platform_data: Bytes(b"platform".to_vec()),
        device_type: Number::from(7),
        app_version: Number::from(0),
        rooted: false,
        root_policy: RootPolicy::Allow,
        replacement: false,
        random: Some(RandomClient { installation_salt: Some(Array([0x40; 16])) }),
    };
    let play = |t: &mut Trial<'_>| {
        let client = t.peer_client();
        match decided {
            Ok(()) => t.accepts("STV-1", &client, &create).map(|_| ()),
            Err(refusal) => t.refuses_stateless(refusal.rule, &client, &create),
        }
    };
    let deciding = decided.as_ref().map_or_else(|refusal| refusal.rule.id, |()| "STV-1");
    with(flow(id, note, &[deciding], play), "input", input)
}

/// `device-code.json`.
pub(super) fn device_codes() -> Vec<Value> {
    let mut vectors: Vec<Value> =
        [(0, [0; 5], [0u8; 54]), (7, [1, 2, 3, 4, 5], [0x5A; 54]), (99, [0xFF; 5], [0xFF; 54])]
            .map(|(kind, id, am1)| device_code(Device { kind, id }, &am1))
            .into();
    vectors.push(played_device_code());
    let good = DeviceCode { device: Device { kind: 7, id: [1, 2, 3, 4, 5] }, mac: Mac36::first_of([9; 16]) }
        .encode();
    let with_digit = |n: u128| format!("{n:025}{}", check_digit(&format!("{n:025}"), Radix::Decimal));
    let head = good.get(..25).unwrap_or_default();
    vectors.extend([
        bad_device_code("short", "25 characters", good.get(1..).unwrap_or_default()),
        bad_device_code("letter", "a letter in place of the check digit", &format!("{head}A")),
        bad_device_code(
            "check-digit",
            "another check digit",
            &format!("{head}{}", if good.ends_with('0') { 1 } else { 0 }),
        ),
        bad_device_code("2-to-the-83", "the first number that is too large", &with_digit(1 << 83)),
        bad_device_code("type-100", "the first device type that is too large", &with_digit(100 << 76)),
    ]);
    vectors
}

/// Made from any bytes in the place of AM1, so that each part can have its extreme: for reading.
fn device_code(device: Device, am1: &[u8]) -> Value {
    let key = kdf::device_code(&Key::new([0x11; 16]));
    let input = [&[device.kind][..], &device.id, &channel::crypto::mac::sha256(&[am1])].concat();
    let mac = cmac(key.expose(), &[&input]);
    let code = DeviceCode { device, mac: Mac36::first_of(mac) };
    made(
        &format!("device-code-type-{}", device.kind),
        "the license key is 11 sixteen times; AM1 stands for any bytes",
        &["DVC-1", "DVC-3", "KEY-7", "CNV-4"],
        json!({"license_key": hex([0x11; 16]), "device_type": device.kind, "device_id": hex(device.id),
            "am1": hex(am1)}),
        json!({"device_code_key": hex(key.expose()), "mac_input": hex(&input), "mac": hex(mac)}),
        json!({"device_code": code.encode()}),
    )
}

/// What a client answers to an AM1, and what its server says to that.
fn played_device_code() -> Value {
    let mut explained = Value::Null;
    let play = |t: &mut Trial<'_>| {
        let scene = Scene::new(t, Under::Both, Setup::default(), Stage::Verified)?;
        let key = kdf::device_code(&Key::new(scene.license_key));
        let device = DeviceCode::decode(&scene.device_code).map(|code| code.device);
        let Ok(Device { kind, id }) = device else { return Err(Stop::Harness("no device code".into())) };
        let am1 = channel::text::hex::decode(&scene.am1).unwrap_or_default();
        let input = [&[kind][..], &id, &channel::crypto::mac::sha256(&[&am1])].concat();
        explained = json!({"license_key": hex(scene.license_key), "device_code_key": hex(key.expose()),
            "mac_input": hex(&input), "mac": hex(cmac(key.expose(), &[&input]))});
        Ok(())
    };
    let note = "a client's answer to AM1, verified";
    let vector = flow("device-code-played", note, &["DVC-1", "DVC-2", "DVC-3", "KEY-7"], play);
    with(vector, "intermediate", explained)
}

fn bad_device_code(id: &str, note: &str, code: &str) -> Value {
    let id = format!("device-code-{id}");
    let Err(refusal) = DeviceCode::decode(code) else { return json!({"id": id}) };
    let rule = refusal.rule;
    let play = |t: &mut Trial<'_>| {
        let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Issued)?;
        t.refuses_only(rule, &scene.server, &scene.code_question(code, false))
    };
    with(flow(&id, note, &[rule.id], play), "input", json!({"device_code": code}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_vector_is_of_an_input_that_should_be_refused_but_is_not() {
        let all = [static_vectors(), device_codes()].concat();
        for vector in all {
            assert!(vector.get("result").is_some(), "{vector}");
            assert_eq!(vector["since"], crate::vector::FIRST, "{vector}");
        }
    }
}
