//! What people type and apps take: activation codes, full activation data, event reactivation counters, derivation
//! codes.

use serde_json::{Value, json};

use super::kit::{clock, of_4, of_5, rule_of};
use crate::flow;
use crate::vector::{asked, expected};
use crate::vector::{hex, with};
use channel::check_digit::Radix;
use channel::crypto::kdf::kdf;
use channel::crypto::keys::Key;
use channel::crypto::single;
use channel::rule::{
    BND_5, BND_6, BND_8, BND_9, BND_11, CNV_3, ERC_4, ERC_5, ERC_6, ERC_7, Rule, SDL_4, SDL_5, SDL_6, SDL_19,
    SDL_20, SDL_21, SDL_22, SDL_23, SDL_24, SDL_25,
};
use channel::serial::Serial;
use channel::text;
use channel::wire::activation_code;
use channel::wire::event_counter::EventCounter;
use harness::forge::digits::{with_another_last, with_digit};
use harness::scene::Under;
use harness::setup::otp;
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Stop, Trial};
use peer::protocol::Data;

const MASTER: [u8; 16] = [0x0A; 16];
const LICENSE: [u8; 16] = [0x11; 16];
const SERIAL: &str = "VDS1000120";
const SECRET: [u8; 16] = [0x5E; 16];

fn serial() -> Serial {
    SERIAL.parse().unwrap_or(Serial::new(Default::default(), 0))
}

/// `activation-code.json`.
pub(in super::super) fn activation_codes() -> Vec<Value> {
    let write = |id: &str, note: &str, license: [u8; 16], hexadecimal: bool| {
        let input = json!({"master_key": hex(MASTER), "serial": SERIAL, "license_key": hex(license),
            "hexadecimal": hexadecimal});
        let vector = asked(
            &format!("activation-code-{id}"),
            note,
            &["SDL-1", "SDL-3"],
            "activation_code.write",
            input,
        );
        let key = kdf::<1>(&MASTER, b"acode", &serial().to_bytes());
        let n = single::code_of_license(&Key::new(MASTER), serial(), &Key::new(license));
        with(
            vector,
            "intermediate",
            json!({"code_key": hex(key.as_flattened()), "n": hex(n.to_be_bytes()),
            "n_decimal": n.to_string()}),
        )
    };
    let read = |id: &str, note: &str, code: &str, short: bool| {
        let input = json!({"master_key": hex(MASTER), "serial": SERIAL, "code": code, "short": short});
        asked(&format!("activation-code-{id}"), note, &["SDL-1", "SDL-4"], "activation_code.read", input)
    };
    let bad = |rule: Rule, id: &str, note: &str, code: &str| expected(rule, read(id, note, code, false));
    let n = single::code_of_license(&Key::new(MASTER), serial(), &Key::new(LICENSE));
    let [decimal, hexadecimal] =
        [Radix::Decimal, Radix::Hexadecimal].map(|radix| activation_code::encode(n, radix));
    let too_large = with_digit("340282366920938463463374607431768211456", Radix::Decimal);
    of_4(vec![
        write("decimal", "39 digits and their check digit", LICENSE, false),
        write("hexadecimal", "32 digits and theirs", LICENSE, true),
        write("zero", "a license key of zeros", [0; 16], false),
        write("ones", "a license key of ones", [0xFF; 16], true),
        read("read-decimal", "read again", &decimal, false),
        read("read-hexadecimal", "in lower case", &hexadecimal.to_lowercase(), false),
        read("largest", "2^128 - 1", &with_digit(&u128::MAX.to_string(), Radix::Decimal), false),
        read("short-decimal", "a short code of 20 decimal digits", "00000000000000000258", true),
        read("short-hexadecimal", "the same as 16 hexadecimal digits", "0000000000000102", true),
        read("short-largest", "2^64 - 1", "18446744073709551615", true),
        expected(SDL_6, read("short-too-large", "2^64", "18446744073709551616", true)),
        bad(SDL_4, "short-not-taken", "a short code, unless it is taken", "0000000000000102"),
        bad(SDL_4, "cut", "39 digits", decimal.get(1..).unwrap_or_default()),
        bad(SDL_4, "letter", "a letter in a decimal code", &decimal.replacen('0', "A", 1)),
        bad(SDL_5, "check-digit", "another check digit", &with_another_last(&decimal)),
        bad(SDL_5, "check-digit-hexadecimal", "another check digit", &with_another_last(&hexadecimal)),
        bad(SDL_5, "order", "a number too large, and another check digit", &with_another_last(&too_large)),
        bad(SDL_6, "too-large", "2^128", &too_large),
        read(
            "of-another-license",
            "a wrong code whose check digit fits gives a wrong key",
            &activation_code::encode(n ^ 1, Radix::Decimal),
            false,
        ),
    ])
}

/// Plain data without a counter, of a scene that has just begun, as bytes.
fn plain_data(t: &mut Trial<'_>) -> Result<(Single, Vec<u8>), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let data = scene.data(t, None, false)?;
    Ok((scene, text::hex::decode(&data).unwrap_or_default()))
}

/// `full-activation.json`.
pub(in super::super) fn full_activations() -> Vec<Value> {
    let good = |id: &str, note: &str, secret: Option<[u8; 16]>, with_counter: bool| {
        let mut between = Value::Null;
        let vector = flow(&format!("full-activation-{id}"), note, &["SDL-18", "SDL-43"], |t| {
            let scene = Single::created(t, Under::Both, SingleSetup::default())?;
            let data = scene.data(t, secret, with_counter)?;
            let license = Key::new(scene.license_key);
            let check = single::key_check(&license, serial());
            let key = secret.map(|secret| hex(single::full_activation(&Key::new(secret)).expose()));
            between = json!({"license_key": hex(scene.license_key), "check": hex(check), "sealing_key": key});
            let question = scene.online(t, &data, secret);
            t.agrees("SDL-18", &scene.client, &question)?;
            scene.status(t, "SDL-43").map(|_| ())
        });
        with(vector, "intermediate", between)
    };
    let bad = |rule: Rule, id: &str, note: &str, bend: fn(Vec<u8>) -> String| {
        flow(&format!("full-activation-{id}"), note, &rule_of(rule), |t| {
            let (scene, data) = plain_data(t)?;
            let question = scene.online(t, &bend(data), None);
            t.refuses_only(rule, &scene.client, &question)
        })
    };
    of_4(vec![
        good("plain", "plain, without a counter", None, false),
        good("plain-counter", "plain, with a counter", None, true),
        good("encrypted", "under a shared secret", Some(SECRET), false),
        good("encrypted-counter", "under a shared secret, with a counter", Some(SECRET), true),
        bad(CNV_3, "odd", "an odd number of digits", |data| hex(data) + "0"),
        bad(SDL_19, "12-bytes", "12 bytes", |data| hex(data.get(..12).unwrap_or_default())),
        bad(SDL_19, "1025-bytes", "1025 bytes", |data| {
            hex([&data[..], &[0; 1025]].concat().get(..1025).unwrap_or_default())
        }),
        bad(SDL_20, "magic", "another beginning", |data| hex(put(data, 0, 0x47))),
        bad(SDL_21, "version", "version 2", |data| hex(put(data, 3, 2))),
        bad(SDL_22, "kind", "an unknown kind", |data| hex(put(data, 4, 2))),
        bad(SDL_23, "checksum", "a byte of the content bent", |data| hex(put(data, 12, 0xAA))),
        bad(SDL_25, "left-over", "a byte behind the content, checksum right", |data| {
            let content = data.get(5..data.len().saturating_sub(8)).unwrap_or_default();
            hex(channel::wire::full_activation::plain(&[content, &[0]].concat()).as_slice())
        }),
        bad(SDL_24, "check", "another license key, checksum right", |data| {
            let content = data.get(5..data.len().saturating_sub(8)).unwrap_or_default();
            hex(channel::wire::full_activation::plain(&put(content.to_vec(), 20, 0xAA)).as_slice())
        }),
        flow("full-activation-downgrade", "plain data where a secret was given", &["SDL-22"], |t| {
            let (scene, data) = plain_data(t)?;
            let question = scene.online(t, &hex(data), Some(SECRET));
            t.refuses_only(SDL_22, &scene.client, &question)
        }),
        flow("full-activation-wrong-secret", "another shared secret", &["SDL-24"], |t| {
            let scene = Single::created(t, Under::Client, SingleSetup::default())?;
            let data = scene.data(t, Some(SECRET), false)?;
            let question = scene.online(t, &data, Some([0x5F; 16]));
            t.refuses_only(SDL_24, &scene.client, &question)
        }),
    ])
}

fn put(mut data: Vec<u8>, at: usize, value: u8) -> Vec<u8> {
    if let Some(byte) = data.get_mut(at) {
        *byte = value;
    }
    data
}

/// A counter of this license, MAC right, for the usual three applications.
fn counter(scene: &Single, counters: [u32; 3]) -> String {
    let indices = [otp::EVENT, otp::BOTH, otp::FIELD_EVENT];
    let named: Vec<(u8, u32)> = indices.into_iter().zip(counters).collect();
    let mac = single::event_counter_mac(&Key::new(scene.license_key), serial(), &named);
    EventCounter { counters: counters.into(), mac }.encode()
}

/// `event-counter.json`.
pub(in super::super) fn event_counters() -> Vec<Value> {
    let made = |events: usize| {
        let mut between = Value::Null;
        let id = format!("event-counter-made-{events}");
        let vector = flow(&id, "three applications with events, one of them used", &["ERC-1"], |t| {
            let scene = Single::new(t, Under::Both, SingleSetup::default())?;
            for _ in 0..events {
                scene.accepted(t, otp::EVENT, &Data::ResponseOnly {})?;
            }
            scene.counter(t)?;
            let key = kdf::<1>(&scene.license_key, b"erc", &serial().to_bytes());
            let next = u32::try_from(events).unwrap_or(0).to_be_bytes();
            let input = [&[otp::EVENT, otp::BOTH, otp::FIELD_EVENT][..], &next, &[0; 8]].concat();
            between = json!({"license_key": hex(scene.license_key), "erc_key": hex(key.as_flattened()),
                "mac_input": hex(&input), "now": clock()});
            Ok(())
        });
        with(vector, "intermediate", between)
    };
    let taken = |id: &str, note: &str, counters: [u32; 3]| {
        flow(&format!("event-counter-{id}"), note, &["ERC-8"], |t| {
            let scene = Single::new(t, Under::Client, SingleSetup::default())?;
            let question = scene.with_counter(t, &counter(&scene, counters));
            t.agrees("ERC-8", &scene.client, &question)?;
            scene.respond(t, otp::EVENT, &Data::ResponseOnly {}).map(|_| ())
        })
    };
    let bad = |rule: Rule, id: &str, note: &str, bend: fn(&Single) -> String| {
        flow(&format!("event-counter-{id}"), note, &rule_of(rule), |t| {
            let scene = Single::new(t, Under::Client, SingleSetup::default())?;
            let first = scene.with_counter(t, &counter(&scene, [5, 5, 5]));
            t.agrees("ERC-8", &scene.client, &first)?;
            let question = scene.with_counter(t, &bend(&scene));
            t.refuses_only(rule, &scene.client, &question)
        })
    };
    let lengths = (1usize..=8).map(|count| {
        flow(&format!("event-counter-length-{count}"), "so many applications with events", &["ERC-1"], |t| {
            let setup = SingleSetup::with(|vector| {
                for (at, rules) in vector.applications.iter_mut().enumerate() {
                    use channel::wire::static_vector::Factor;
                    rules.factor = if at < count { Factor::Event } else { Factor::Time(36) };
                }
            });
            Single::created(t, Under::Server, setup)?.counter(t).map(|_| ())
        })
    });
    let mut all = vec![
        made(0),
        made(3),
        taken("equal", "zeros move nothing", [0; 3]),
        taken("forward", "each its own", [1, 1000, u32::MAX]),
        bad(ERC_4, "cut", "a digit missing", |scene| {
            counter(scene, [6; 3]).get(1..).unwrap_or_default().into()
        }),
        bad(ERC_4, "bits", "2^136", |_| {
            with_digit("87112285931760246646623899502532662132736", Radix::Decimal)
        }),
        bad(ERC_5, "check-digit", "another check digit", |scene| with_another_last(&counter(scene, [6; 3]))),
        bad(ERC_6, "mac", "of another license", |scene| {
            counter(&Single { license_key: [1; 16], ..scene.clone() }, [6; 3])
        }),
        bad(ERC_7, "stale", "one of three is below the client's", |scene| counter(scene, [6, 6, 4])),
    ];
    all.extend(lengths);
    of_4(all)
}

/// `derivation-code.json`.
pub(in super::super) fn derivation_codes() -> Vec<Value> {
    let good = |id: &str, note: &str, platform_data: &'static [u8]| {
        let mut between = Value::Null;
        let vector = flow(&format!("derivation-code-{id}"), note, &["BND-1", "BND-2", "BND-10"], |t| {
            let scene = Single::new(t, Under::Both, SingleSetup { platform_data, ..SingleSetup::default() })?;
            let code = scene.derive(t, None)?;
            t.agrees("BND-10", &scene.server, &scene.verify_derivation(None, &code))?;
            let context = [&serial().to_bytes()[..], &[otp::TIME]].concat();
            let [key] = *kdf::<1>(&scene.license_key, b"single-derive", &context);
            let diversifier = single::Diversifier::of_platform(serial(), platform_data);
            let step = u64::from(scene.now) / 36;
            let input =
                [&b"derive"[..], &diversifier.0, &[otp::TIME], &step.to_be_bytes(), &0u64.to_be_bytes()]
                    .concat();
            between = json!({"license_key": hex(scene.license_key), "derivation_key": hex(key),
                "diversifier": hex(diversifier.0), "mac_input": hex(&input),
                "mac": hex(channel::crypto::mac::cmac(&key, &[&input]))});
            Ok(())
        });
        with(vector, "intermediate", between)
    };
    let bad = |rule: Rule, id: &str, note: &str, bend: fn(&str) -> String| {
        flow(&format!("derivation-code-{id}"), note, &rule_of(rule), |t| {
            let scene = Single::new(t, Under::Server, SingleSetup::default())?;
            let code = bend(&scene.derive(t, None)?);
            t.refuses_only(rule, &scene.server, &scene.verify_derivation(None, &code))
        })
    };
    of_5(vec![
        good("played", "made and verified", b"platform"),
        good("no-platform-data", "no byte of platform data", b""),
        bad(BND_6, "cut", "25 digits", |code| code.get(1..).unwrap_or_default().into()),
        bad(BND_6, "too-large", "a diversifier of 2^56", |code| {
            with_digit(&format!("72057594037927936{}", code.get(17..25).unwrap_or_default()), Radix::Decimal)
        }),
        bad(BND_8, "check-digit", "another check digit", with_another_last),
        bad(BND_9, "mac", "another MAC", |code| {
            with_digit(&with_another_last(code.get(..25).unwrap_or_default()), Radix::Decimal)
        }),
        flow("derivation-code-elsewhere", "of another platform than the license's", &["BND-11"], |t| {
            let mut scene = Single::new(t, Under::Server, SingleSetup::default())?;
            scene.bind(t)?;
            scene.now += 36;
            let other = scene.elsewhere(t, Under::Server, b"another")?;
            other.activate(t)?;
            let code = other.derive(t, None)?;
            t.refuses_only(BND_11, &other.server, &other.verify_derivation(None, &code))?;
            t.agrees("BND-12", &other.server, &other.verify_derivation_replacing(None, &code)).map(|_| ())
        }),
        flow("derivation-code-challenge", "a challenge for mode RO", &["BND-5"], |t| {
            let scene = Single::new(t, Under::Client, SingleSetup::default())?;
            t.refuses_only(BND_5, &scene.client, &scene.derivation_question(Some("1234")))
        }),
        flow("derivation-code-replayed", "accepted once", &["BND-9"], |t| {
            let scene = Single::new(t, Under::Server, SingleSetup::default())?;
            let code = scene.derive(t, None)?;
            let question = scene.verify_derivation(None, &code);
            t.agrees("BND-10", &scene.server, &question)?;
            t.refuses_only(BND_9, &scene.server, &question)
        }),
    ])
}
