//! AM1 bent on the way, AM1 with another's license key, and AM2 for an AM1 that this client did not see.

use channel::bytes::Wire;
use channel::crypto::keys::Key;
use channel::rule::{AM1_6, AM1_13, AM1_16, KEY_10, PRT_4};
use channel::serial::Serial;
use harness::area::Area;
use harness::play::{Ask, need};
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use peer::protocol::Pin;

use super::super::at_rest::load;
use super::super::client_state::{Shape, made};
use super::forger::{am1_of, am2_of, bent, code_for};
use super::stage::{ask, replaceable, take_am1, trusted, works};

/// Where a static vector begins in AM1's body.
const VECTOR: usize = 31;

pub(super) fn cases(takeover: &mut Area) {
    takeover.refuses(
        AM1_13,
        "another-vector",
        "a client with a static vector of its own refuses an AM1 that carries another, and takes its own",
        |t| {
            let setup = Setup { carried: true, ..Setup::default() };
            let scene = Scene::new(t, Under::Client, setup, Stage::Issued)?;
            let mut tries = scene.setup.vector.clone();
            tries.password.tries = 99;
            let mut master = scene.setup.vector.clone();
            master.master_key = Key::new([0x77; 16]);
            for other in [tries, master] {
                let bad = bent(&scene.am1, |body| {
                    body.truncate(VECTOR);
                    body.extend(other.to_bytes());
                })?;
                t.refuses(AM1_13, &ask(&scene.client, take_am1(&bad)))?;
            }
            // Before the vector is read: this one is none.
            let bad = bent(&scene.am1, |body| body.truncate(VECTOR + 3))?;
            t.refuses(AM1_13, &ask(&scene.client, take_am1(&bad)))?;
            t.accepts(AM1_13, &ask(&scene.client, take_am1(&scene.am1)))
        },
    );

    takeover.refuses(
        AM1_6,
        "order-policy-before-vector",
        "another vector and a policy that is none: the policy wins",
        |t| {
            let setup = Setup { carried: true, ..Setup::default() };
            let scene = Scene::new(t, Under::Client, setup, Stage::Issued)?;
            let bad = bent(&scene.am1, |body| {
                body.truncate(VECTOR + 3);
                if let Some(last) = body.get_mut(30) {
                    *last |= 1;
                }
            })?;
            t.refuses(AM1_6, &ask(&scene.client, take_am1(&bad)))?;
            t.accepts(AM1_6, &ask(&scene.client, take_am1(&scene.am1)))
        },
    );

    takeover.refuses(
        AM1_16,
        "foreign-license-key",
        "beside an activated account an AM1 with another license key is refused; its own license's is taken",
        |t| {
            let mut scene = replaceable(t)?;
            scene.issue_am1(t)?;
            let serial: Serial = need(scene.setup.serial.parse().ok(), "a serial number")?;
            let bad = am1_of(&scene, &scene.am1, serial, [0x66; 16])?;
            t.refuses(AM1_16, &ask(&scene.client, take_am1(&bad)))?;
            // Locked, it is no easier to take over.
            super::super::client::lock(t, &mut scene)?;
            t.refuses(AM1_16, &ask(&scene.client, take_am1(&bad)))?;
            t.accepts(AM1_16, &ask(&scene.client, take_am1(&scene.am1)))
        },
    );

    takeover.follows(
        &["AM2-13"],
        "check-value-at-rest",
        "an account that was activated elsewhere and saved knows the license key of its license again",
        |t| {
            let (mut scene, platform, state) = made(t, Shape::Activated)?;
            scene.setup.replacement = true;
            scene.client = t.peer_client();
            t.agrees("CST-9", &ask(&scene.client, load(&scene.setup, platform, state)))?;
            scene.issue_am1(t)?;
            t.agrees("AM2-13", &ask(&scene.client, take_am1(&scene.am1)))
        },
    );

    takeover.refuses(
        KEY_10,
        "order-wrapping-before-license",
        "a wrapped license key that does not unwrap is refused as such beside an activated account, too",
        |t| {
            let mut scene = replaceable(t)?;
            scene.issue_am1(t)?;
            let bad = bent(&scene.am1, |body| {
                if let Some(byte) = body.get_mut(5) {
                    *byte ^= 1;
                }
            })?;
            t.refuses(KEY_10, &ask(&scene.client, take_am1(&bad)))?;
            t.accepts(KEY_10, &ask(&scene.client, take_am1(&scene.am1)))
        },
    );

    for (name, carried, at, bits) in
        [("time", false, 4, 1), ("protection", false, 30, 0x30), ("tries", true, VECTOR + 31, 0x60)]
    {
        let about = format!(
            "who bends AM1 ({name}) and mends the device code's MAC leaves a client for which AM2 does not open"
        );
        takeover.refuses(PRT_4, &format!("bent-am1-{name}"), &about, move |t| {
            let setup = Setup { carried, built_in: !carried, ..Setup::default() };
            let mut scene = Scene::new(t, Under::Client, setup, Stage::Issued)?;
            let real = scene.am1.clone();
            // The client sees the bent one and answers it; the attacker, who has the license key out of AM1, makes the
            // code that the server wants.
            scene.am1 = bent(&real, |body| {
                if let Some(byte) = body.get_mut(at) {
                    *byte ^= bits;
                }
            })?;
            scene.activate_license(t)?;
            scene.device_code = code_for(&scene.device_code, &real, scene.license_key)?;
            scene.verify_device_code(t)?;
            let question = scene.am2_question(t);
            let am2 = trusted(t, &scene.server, &question)?.message;
            let answer = |scene: &Scene| ask(&scene.client, scene.take_am2(&am2, Pin::Right));
            t.refuses(PRT_4, &answer(&scene))?;
            // The same client, the same AM2: but for the AM1 that it saw.
            scene.am1 = real;
            scene.activate_license(t)?;
            t.accepts(PRT_4, &answer(&scene))
        });
    }

    takeover.refuses(
        PRT_4,
        "am2-of-earlier-am1-without-challenge",
        "without a challenge, too, an AM2 that answers an earlier AM1 of the same second is refused",
        |t| {
            let setup = Setup { challenge: false, ..Setup::default() };
            let mut scene = Scene::new(t, Under::Client, setup, Stage::Am2)?;
            let earlier = ask(&scene.client, scene.take_am2(&scene.am2, Pin::Right));
            scene.play(t, Stage::Am2)?;
            t.refuses(PRT_4, &earlier)?;
            t.accepts(PRT_4, &ask(&scene.client, scene.take_am2(&scene.am2, Pin::Right)))
        },
    );

    takeover.refuses(
        AM1_16,
        "forged-by-the-thousand",
        "of a thousand forged AM1s and AM2s nothing is left: the account opens and signs, and is then replaced",
        |t| {
            let mut scene = replaceable(t)?;
            scene.issue_am1(t)?;
            let serial: Serial = need(scene.setup.serial.parse().ok(), "a serial number")?;
            let mut forged = Vec::new();
            for n in 0..1_000u32 {
                let [a, b, c, d] = n.to_be_bytes();
                let key = [a, b, c, d, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6];
                forged.push(ask(&scene.client, take_am1(&am1_of(&scene, &scene.am1, serial, key)?)));
            }
            t.refuses_each(AM1_16, &forged)?;
            works(t, "AM1-16", &mut scene)?;
            // Beside the real one that is pre-activated now, AM2s of keys that the attacker guesses.
            scene.activate_license(t)?;
            let forged: Result<Vec<Ask<_>>, _> = (0..1_000u32)
                .map(|n| {
                    let [a, b, c, d] = n.to_be_bytes();
                    let key = [6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, a, b, c, d];
                    let pin = match d % 3 {
                        0 => Pin::Right,
                        1 => Pin::Wrong,
                        _ => Pin::Cached,
                    };
                    let am2 = am2_of(&scene, &scene.am1, key, n)?;
                    Ok::<_, harness::trial::Stop>(ask(&scene.client, scene.take_am2(&am2, pin)))
                })
                .collect();
            t.refuses_each(PRT_4, &forged?)?;
            scene.verify_device_code(t)?;
            scene.issue_am2(t)?;
            t.accepts(AM1_16, &ask(&scene.client, scene.take_am2(&scene.am2, Pin::Right)))?;
            // What waits confirms once more.
            scene.activate_instance(t)?;
            scene.confirm(t)?;
            works(t, "CLI-21", &mut scene)
        },
    );
}
