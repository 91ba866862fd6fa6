//! The device code: made by the client, verified by the server.

use super::{negative, positive, sequence};
use channel::check_digit::Radix;
use channel::rule::{DVC_4, DVC_5, DVC_6, DVC_7, DVC_8, DVC_9, DVC_10, DVC_11, DVC_12, Rule};
use harness::case::{Case, Role};
use harness::forge::digits;
use harness::scene::{Scene, Stage, Under};
use harness::setup::{CODE_TRIES, Setup, VALIDITY_DAYS};
use harness::trial::{Stop, Trial};
use peer::operations::ServerVerifyDeviceCode;

type Bend = (&'static str, Rule, fn(&str) -> String);

const BENDS: [Bend; 13] = [
    ("empty", DVC_4, |_| String::new()),
    ("25-digits", DVC_4, |code| code.get(1..).unwrap_or_default().to_owned()),
    ("27-digits", DVC_4, |code| format!("0{code}")),
    ("letter", DVC_4, |code| format!("{}A", code.get(..25).unwrap_or_default())),
    ("blank-before", DVC_4, |code| format!(" {code}")),
    ("blank-inside", DVC_4, |code| {
        format!("{} {}", code.get(..12).unwrap_or_default(), code.get(13..).unwrap_or_default())
    }),
    ("minus", DVC_4, |code| format!("-{}", code.get(1..).unwrap_or_default())),
    ("foreign-digit", DVC_4, |code| format!("{}٣", code.get(..25).unwrap_or_default())),
    ("check-digit", DVC_5, |code| {
        let last = code.chars().last().and_then(|c| c.to_digit(10)).unwrap_or(0);
        format!("{}{}", code.get(..25).unwrap_or_default(), (last + 1) % 10)
    }),
    ("2-to-the-83", DVC_6, |_| with_digit(1 << 83)),
    ("all-nines", DVC_6, |_| with_digit(9_999_999_999_999_999_999_999_999)),
    ("type-100", DVC_7, |_| with_digit(100 << 76)),
    ("type-127", DVC_7, |_| with_digit((1 << 83) - 1)),
];

fn with_digit(n: u128) -> String {
    digits::with_digit(&format!("{n:025}"), Radix::Decimal)
}

/// The code with another MAC, check digit right.
pub(super) fn with_another_mac(code: &str, bit: u32) -> String {
    let n: u128 = code.get(..25).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    with_digit(n ^ 1 << bit)
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = BENDS
        .into_iter()
        .map(|(name, rule, bend)| {
            let about = format!("a device code with {name} is refused with {}", rule.class.word());
            negative(format!("device-code-{name}"), Role::Server, rule, about, move |t| {
                let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
                let bad = question(&scene, &bend(&scene.device_code));
                t.refuses(rule, &scene.server, &bad, &question(&scene, &scene.device_code)).map(|_| ())
            })
        })
        .collect();
    cases.extend([
        positive(
            "device-code-made",
            Role::Client,
            &["DVC-1", "DVC-2", "DVC-3", "KEY-7"],
            "device codes of several types, platforms and salts are the reference's",
            made,
        )
        .implies("AM1-18"),
        positive(
            "device-code-type-and-id",
            Role::Server,
            &["DVC-1"],
            "the server reads device type and id",
            read,
        ),
        negative(
            "device-code-one-digit",
            Role::Server,
            DVC_5,
            "every single wrong digit is noticed by the check digit",
            one_digit,
        ),
        negative(
            "device-code-mac-every-bit",
            Role::Server,
            DVC_11,
            "a bent MAC, type or id is a wrong code, and counted",
            every_bit,
        ),
        negative(
            "device-code-before-am1",
            Role::Server,
            DVC_8,
            "without AM1 no device code is accepted",
            before_am1,
        ),
        negative(
            "device-code-of-another-client",
            Role::Server,
            DVC_11,
            "a code made for another license is a wrong code",
            another_license,
        ),
        negative(
            "device-code-expired",
            Role::Server,
            DVC_9,
            "a second after the validity is too late, the last second is not",
            expired,
        ),
        negative(
            "device-code-attempts",
            Role::Server,
            DVC_10,
            "after too many wrong codes the right one is refused until a new AM1",
            attempts,
        ),
        sequence(
            "device-code-resets-failures",
            Role::Server,
            &["DVC-11"],
            "a right code clears the failures before it",
            resets,
        )
        .implies("DVC-13"),
        sequence(
            "device-code-in-use-keeps-failures",
            Role::Server,
            &["DVC-10", "DVC-12"],
            "a right code of a device that has an instance leaves the count of wrong codes",
            in_use_keeps,
        ),
        negative(
            "device-code-device-in-use",
            Role::Server,
            DVC_12,
            "a device id that has a confirmed instance is refused; another device is not",
            in_use,
        ),
    ]);
    cases
}

fn question(scene: &Scene, code: &str) -> ServerVerifyDeviceCode {
    scene.code_question(code, false)
}

fn made(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (device_type, platform_data) in [
        (0, &b""[..]),
        (7, b"platform"),
        (99, b"a longer description of the platform, over sixty-four bytes, so hashed twice"),
    ] {
        Scene::new(
            t,
            Under::Client,
            Setup { device_type, platform_data, ..Setup::default() },
            Stage::PreActivated,
        )?;
    }
    t.implied(&["DVC-1", "DVC-2", "DVC-3", "KEY-7"])
}

fn read(t: &mut Trial<'_>) -> Result<(), Stop> {
    for device_type in [0, 1, 50, 99] {
        let scene =
            Scene::new(t, Under::Server, Setup { device_type, ..Setup::default() }, Stage::PreActivated)?;
        let got = t.agrees("DVC-1", &scene.server, &question(&scene, &scene.device_code))?;
        t.same("DVC-1", &got.device_type, Some(&device_type))?;
    }
    Ok(())
}

fn one_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    let before = t.state(DVC_5.id, &scene.server)?;
    let code: Vec<char> = scene.device_code.chars().collect();
    for at in 0..code.len() {
        for digit in ['0', '3', '5', '9'] {
            let mut wrong = code.clone();
            let Some(c) = wrong.get_mut(at).filter(|c| **c != digit) else { continue };
            *c = digit;
            t.refuses_as_reference(&scene.server, &question(&scene, &String::from_iter(wrong)))?;
        }
    }
    t.state_is(DVC_5.id, &scene.server, before)?;
    t.twin(DVC_5.id, &scene.server, &question(&scene, &scene.device_code)).map(|_| ())
}

fn every_bit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    let good = question(&scene, &scene.device_code);
    for bit in (0..76).step_by(5).chain([35, 36, 75, 76]) {
        let bad = question(&scene, &with_another_mac(&scene.device_code, bit));
        t.refuses(DVC_11, &scene.server, &bad, &good)?;
    }
    Ok(())
}

fn before_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    t.refuses_only(DVC_8, &scene.server, &question(&scene, &with_digit(7 << 76)))?;
    scene.play(t, Stage::PreActivated)?;
    t.twin(DVC_8.id, &scene.server, &question(&scene, &scene.device_code)).map(|_| ())
}

fn another_license(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    let other = Setup { serial: "VDS1000121", ..Setup::default() };
    let other = Scene::new(t, Under::Server, other, Stage::PreActivated)?;
    let good = question(&scene, &scene.device_code);
    t.refuses(DVC_11, &scene.server, &question(&scene, &other.device_code), &good).map(|_| ())
}

fn expired(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    t.needs_time(&scene.server)?;
    let last = scene.now + VALIDITY_DAYS * 86_400;
    let at = |now| ServerVerifyDeviceCode { now, ..question(&scene, &scene.device_code) };
    t.refuses_only(DVC_9, &scene.server, &at(u32::MAX))?;
    t.refuses(DVC_9, &scene.server, &at(last + 1), &at(last)).map(|_| ())
}

fn attempts(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    for try_number in 0..CODE_TRIES {
        t.refuses_only(
            DVC_11,
            &scene.server,
            &question(&scene, &with_another_mac(&scene.device_code, try_number)),
        )?;
    }
    t.refuses_only(DVC_10, &scene.server, &question(&scene, &scene.device_code))?;
    scene.issue_am1(t)?;
    scene.activate_license(t)?;
    t.twin(DVC_10.id, &scene.server, &question(&scene, &scene.device_code)).map(|_| ())
}

fn resets(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    let good = question(&scene, &scene.device_code);
    for _ in 0..3 {
        for try_number in 1..CODE_TRIES {
            t.refuses_only(
                DVC_11,
                &scene.server,
                &question(&scene, &with_another_mac(&scene.device_code, try_number)),
            )?;
        }
        t.twin(DVC_11.id, &scene.server, &good)?;
    }
    Ok(())
}

fn in_use(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = used_twice(t)?;
    t.refuses_only(DVC_12, &scene.server, &question(&scene, &scene.device_code))?;
    let mut other = scene.another_client(t, Under::Server)?;
    other.activate_license(t)?;
    t.twin(DVC_12.id, &scene.server, &question(&other, &other.device_code)).map(|_| ())
}

/// Nobody looks at the state in between.
fn in_use_keeps(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = used_twice(t)?;
    let wrong = |bit| question(&scene, &with_another_mac(&scene.device_code, bit));
    for bit in 1..CODE_TRIES {
        t.refuses_stateless(DVC_11, &scene.server, &wrong(bit))?;
    }
    let right = question(&scene, &scene.device_code);
    t.refuses_stateless(DVC_12, &scene.server, &right)?;
    t.refuses_stateless(DVC_11, &scene.server, &wrong(0))?;
    t.refuses_stateless(DVC_10, &scene.server, &right)
}

/// A device that has an instance, and the code of its second client.
fn used_twice(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    // Two clients on one device: same platform data, same salt.
    let create = scene.setup.client(t);
    for _ in 0..2 {
        scene.client = t.reference_party();
        t.agrees("PPR-5", &scene.client, &create)?;
        scene.issue_am1(t)?;
        scene.activate_license(t)?;
        if scene.confirmation.is_empty() {
            scene.verify_device_code(t)?;
            scene.issue_am2(t)?;
            scene.activate_instance(t)?;
            scene.confirm(t)?;
        }
    }
    Ok(scene)
}
