//! `password.json`: what a license key rests under, with the password key P and the sealing key; passwords that are
//! no passwords.

use serde_json::{Value, json};

use super::kit::{client, of_4, rule_of};
use crate::flow;
use crate::vector::made;
use crate::vector::{hex, with};
use channel::crypto::gcm::Gcm;
use channel::crypto::kdf::kdf;
use channel::crypto::keys::Key;
use channel::crypto::password::{Cost, password_key, sealing};
use channel::rule::{PWD_1, PWD_2, PWD_3, PWD_4, PWD_5, PWD_6, PWD_7, Rule};
use channel::serial::Serial;
use harness::forge::single::Client;
use harness::scene::Under;
use harness::setup::{PIN_TRIES, otp};
use harness::single_scene::{OTHER_PASSWORD, PASSWORD, Single, SingleSetup, WRONG_PASSWORD};
use peer::operations::ClientSingleActivate;
use peer::protocol::Data;

const NONE: Data = Data::ResponseOnly {};

/// `password.json`.
pub(in super::super) fn passwords() -> Vec<Value> {
    of_4([sealed(), played(), refused()].concat())
}

/// For reading: each formula from fixed inputs.
fn sealed() -> Vec<Value> {
    let of = |id: &str, note: &str, password: Option<&str>, cost: Cost| {
        let (platform, salt, license) = ([0x44; 16], [0x55; 16], [0x11; 16]);
        let Ok(serial) = "VDS1000120".parse::<Serial>() else { return Value::Null };
        let key = password_key(password, &salt, cost);
        let sealing_key = sealing(&Key::new(platform), &salt, serial, password, cost);
        let context = [&salt[..], &serial.to_bytes(), &*key].concat();
        let same = kdf::<1>(&platform, b"single-key", &context);
        let mut secret = license;
        let tag = Gcm::sealing(&sealing_key).seal(&[0; 12], &[], &mut secret);
        made(
            &format!("password-{id}"),
            note,
            &["PWD-9"],
            json!({"password": password, "salt": hex(salt), "memory_kib": cost.memory_kib,
                "iterations": cost.iterations, "platform_key": hex(platform), "serial": serial.to_string(),
                "license_key": hex(license)}),
            json!({"password_key": hex(*key), "kdf_context": hex(&context), "sealing_key": hex(same.as_flattened())}),
            json!({"sealed": hex([&secret[..], &tag].concat())}),
        )
    };
    let cost = |memory_kib, iterations| Cost { memory_kib, iterations };
    vec![
        of("8-kib", "as little as there may be", Some(PASSWORD), cost(8, 1)),
        of("9-kib", "a number that is no multiple of 4", Some(PASSWORD), cost(9, 1)),
        of("64-kib-3", "three iterations", Some(OTHER_PASSWORD), cost(64, 3)),
        of("longest", "64 characters", Some(&"~".repeat(64)), cost(16, 2)),
        of("recommended", "19456 KiB, 2 iterations", Some(PASSWORD), Cost::RECOMMENDED),
        of("none", "no password: zeros", None, cost(8, 1)),
    ]
}

/// What a client seals, in its state.
fn played() -> Vec<Value> {
    let of = |id: &str, note: &str, setup: SingleSetup| {
        let mut between = Value::Null;
        let vector = flow(&format!("password-{id}"), note, &["PWD-9", "PWD-10", "SDL-30"], |t| {
            let scene = Single::new(t, Under::Client, setup)?;
            let save = Single::save(t);
            let state = t.agrees("PWD-9", &scene.client, &save)?.state.0;
            let content = Client::of(scene.platform_key, &state).content;
            let salt: [u8; 16] = content.field("salt").try_into().unwrap_or_default();
            let cost = Cost { memory_kib: scene.setup.cost.0, iterations: scene.setup.cost.1 };
            let key = password_key(scene.setup.password, &salt, cost);
            between = json!({"salt": hex(salt), "password_key": hex(*key), "license_key": hex(scene.license_key),
                "sealed": hex(content.field("license-key"))});
            Ok(())
        });
        with(vector, "intermediate", between)
    };
    vec![
        of("sealed", "with a password", SingleSetup { cost: (12, 2), ..SingleSetup::default() }),
        of("sealed-without", "without one", SingleSetup::without_password()),
    ]
}

fn refused() -> Vec<Value> {
    let new = |rule: Rule, id: &str, password: Option<&'static str>| {
        client(
            &format!("password-{id}"),
            "refused at activation and change",
            &rule_of(rule),
            SingleSetup::default(),
            |t, scene| {
                let right = scene.right(t);
                let question = ClientSingleActivate { password: password.map(str::to_owned), ..right };
                t.refuses_only(rule, &scene.client, &question)?;
                let question = scene.change(t, Some(PASSWORD), password);
                t.refuses_only(rule, &scene.client, &question)
            },
        )
    };
    let wrong = |scene: &Single| {
        let setup = SingleSetup { password: Some(WRONG_PASSWORD), ..scene.setup.clone() };
        Single { setup, ..scene.clone() }.response_question(otp::TIME, &NONE)
    };
    vec![
        new(PWD_1, "null", None),
        new(PWD_2, "short", Some("135")),
        new(PWD_2, "long", Some("135791357")),
        new(PWD_3, "accent", Some("13é7")),
        new(PWD_3, "order", Some("é")),
        new(PWD_4, "same", Some("1111")),
        new(PWD_4, "up", Some("1234")),
        new(PWD_4, "down", Some("dcba")),
        client(
            "password-missing",
            "null for an account with one",
            &["PWD-5"],
            SingleSetup::default(),
            |t, scene| {
                let question = scene.change(t, None, Some(OTHER_PASSWORD));
                t.refuses_only(PWD_5, &scene.client, &question)
            },
        ),
        client("password-wrong", "counted", &["PWD-6"], SingleSetup::default(), |t, scene| {
            t.refuses_only(PWD_6, &scene.client, &wrong(scene))
        }),
        client(
            "password-locked",
            "after so many wrong ones",
            &["PWD-7", "PWD-6"],
            SingleSetup::default(),
            |t, scene| {
                (0..PIN_TRIES).try_for_each(|_| t.refuses_only(PWD_6, &scene.client, &wrong(scene)))?;
                scene.status(t, "PWD-7")?;
                t.refuses_only(PWD_7, &scene.client, &scene.response_question(otp::TIME, &NONE))
            },
        ),
    ]
}
