//! App-to-app: what an app builds, the client reads and calls back, and the app reads again. Percent-encoding
//! against a crate that does nothing else.

use channel::bytes::Wire;
use channel::client::{App2App, Client, Config, Decision, Installation, Pin, RootPolicy};
use channel::crypto::keys::Key;
use channel::crypto::protect::Protection;
use channel::license::blob::Epoch;
use channel::rule::{A2A_1, A2A_26};
use channel::server::{License, Origin, Settings};
use channel::text::callback::{Callback, Mask, Outcome};
use channel::text::charset::Charset;
use channel::text::{hex, percent};
use channel::wire::activation1::Policy;
use channel::wire::callback_url::{
    self, CallState, CallbackUrl, Callbacks, MAX_URL, Parts, Platform, Scheme,
};
use channel::wire::frame::Carrier;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::request::{Content, Request};
use harness::setup::{app, vector};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::config;

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encode(text: &str) -> String {
    let mut out = String::new();
    percent::encode(text, &mut out);
    out
}

/// Text that may stand in a callback.
fn words() -> impl Strategy<Value = String> {
    "[!-~éß日€]{0,24}"
}

/// A template with masks, each followed by something that is no value.
fn template(with_otp: bool) -> impl Strategy<Value = String> {
    let masks = [
        "PlatformName",
        "SerialNumber",
        "SequenceNumber",
        "UserIdentifier",
        "Version",
        "DeviceIdentifier",
        "RootingStatus",
        "OTP",
    ];
    let masks: Vec<_> = masks.into_iter().filter(|name| with_otp || *name != "OTP").collect();
    let part =
        (words(), proptest::sample::select(masks), proptest::sample::select(vec!["&", "/", "#", "?", "é"]));
    ("[a-zA-Z][a-z0-9+.-]{0,8}:", vec(part, 0..4), words()).prop_filter_map(
        "x",
        move |(scheme, parts, end)| {
            let parts = parts.into_iter().map(|(words, mask, link)| format!("{words}%_{mask}_%{link}"));
            let text = scheme + &parts.collect::<String>() + &end;
            let outcome = if with_otp { Outcome::Success } else { Outcome::Error };
            Callback::template(text.clone(), outcome).is_ok().then_some(text)
        },
    )
}

/// A client with an account, and its license.
fn activated() -> (License, Client) {
    let origin = Origin {
        serial: "VDS1000120".parse().unwrap(),
        license_key: Key::new([1; 16]),
        static_vector_bytes: vector().to_bytes(),
        static_vector: vector(),
        payload_key: Some(Key::new([2; 16])),
        epoch: Epoch([4; 8]),
        last_counter: 0,
    };
    let policy =
        Policy { activation: Protection::Cmac, messages: Protection::Cmac, post_activation: app::TIME };
    let message_vector = MessageVector {
        policy,
        activation_validity_days: 7,
        message_age_limit_s: 3600,
        code_tries: 3,
        signature_tries: 3,
        windows: Windows { identification: 100, signature: 24, first_use_s: 10_800, look_ahead: 10 },
    };
    let mut license = License::new(origin, Settings { message_vector, threshold: 2 }).unwrap();
    let config = Config {
        static_vector: Some(vector()),
        platform_data: Vec::new(),
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    };
    let mut client = Client::new(config, Installation { salt: [3; 16], device_type: 7 });
    let am1 = hex::encode(&license.generate_activation1(None, false, NOW).unwrap());
    let code = client.activate_license(&am1).unwrap();
    license.verify_device_code(&code, false, NOW).unwrap();
    let (sequence, am2) = license.generate_activation2([6; 13], NOW).unwrap();
    let am2 = hex::encode(&am2);
    let confirmation = client.activate_instance(&am2, Pin::Right, NOW).unwrap().signature;
    license.verify_message_signature(sequence, &am2, &confirmation, NOW).unwrap();
    (license, client)
}

const NOW: u32 = 1_800_000_000;

fn request(license: &mut License) -> String {
    let request = Request {
        minimum_version: 0,
        require_pin: false,
        template: 0,
        charset: Charset::Utf8,
        application: app::TIME,
        content: Content::FreeText { title: String::new(), text: "Pay".into() },
    };
    hex::encode(&license.generate_request(&request, Carrier::Direct, NOW).unwrap())
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a2a_20_encodes_as_the_crate_does(text in ".{0,40}") {
        let encoded = encode(&text);
        prop_assert_eq!(&encoded, &utf8_percent_encode(&text, RESERVED).to_string());
        prop_assert_eq!(percent::decode(&encoded), Ok(text));
    }

    #[test]
    fn a2a_26_decodes_as_the_crate_does(text in "(%[0-9a-fA-F]{2}|%|[ -~]|é|%C3%A9|%E2%82%AC){0,20}") {
        let broken = text.match_indices('%').any(|(at, _)| {
            !text.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
        });
        let crates = percent_decode_str(&text).decode_utf8().ok().filter(|_| !broken);
        let ours = percent::decode(&text);
        prop_assert_eq!(ours.as_deref().ok(), crates.as_deref());
        prop_assert!(ours.is_ok() || ours.unwrap_err().rule == A2A_26);
    }

    #[test]
    fn a2a_21_what_is_built_is_parsed(
        success in template(true), error in template(false), cancel in template(false), ios in any::<bool>(),
        state in proptest::option::of("[A-Za-z0-9._~-]{1,64}"),
    ) {
        let callbacks = Callbacks::templates(&success, &error, &cancel).unwrap();
        let scheme = Scheme::new("pay").unwrap();
        let message = format!("00C1C3E40F42B8{}", "00".repeat(16));
        let state = state.map(|state| CallState::new(&state).unwrap());
        let url = callback_url::build(&scheme, &callbacks, state.as_ref(), &message).unwrap();
        let again = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
        let by_crate = format!("pay://app2app_secure_channel?x-success={}&x-error={}&x-cancel={}&secure_message={message}",
            again(&again(&success)), again(&again(&error)), again(&again(&cancel)));
        let by_crate = by_crate + &state.as_ref().map(|it| format!("&state={}", it.as_str())).unwrap_or_default();
        prop_assert_eq!(&url, &by_crate);
        let platform = if ios { Platform::Ios } else { Platform::Android };
        let parsed = Parts::split(&scheme, platform, &url).and_then(|parts| parts.read());
        prop_assert_eq!(parsed, Ok(CallbackUrl { callbacks, state, message: &message }));
    }

    #[test]
    fn a2a_1_limit_of_any_url(rest in "[!-\"$-~]{0,200}") {
        let scheme = Scheme::new("pay").unwrap();
        let split = |length: usize| {
            let mut url = format!("pay://app2app_secure_channel?{rest}");
            url += &"x".repeat(length - url.len());
            Parts::split(&scheme, Platform::Android, &url).map(|_| ()).map_err(|refusal| refusal.rule)
        };
        prop_assert_eq!(split(MAX_URL), Ok(()));
        prop_assert_eq!(split(MAX_URL + 1), Err(A2A_1));
    }

    /// build → dispatch → answer → read.
    #[test]
    fn a_call_comes_back(
        success in template(true),
        error in template(false),
        cancel in template(false),
        name in ".{0,12}",
        version in "[0-9.%_OTP ]{0,9}",
        approves in any::<bool>(),
        bends in any::<bool>(),
    ) {
        let success = success + "&o=%_OTP_%";
        let Ok(callbacks) = Callbacks::templates(&success, &error, &cancel) else { return Ok(()) };
        let (mut license, mut client) = activated();
        client.set_app2app(App2App {
            enabled: true,
            scheme: Scheme::new("pay").unwrap(),
            white_list: vec![cancel.clone(), error.clone(), success.clone()],
            platform: Platform::Android,
            platform_name: name.clone(),
            version: version.clone(),
            device_identifier: [0xAB; 32],
        });
        let message = request(&mut license);
        let state = CallState::new("A.z_0~-").unwrap();
        let scheme = Scheme::new("pay").unwrap();
        let mut url = callback_url::build(&scheme, &callbacks, Some(&state), &message).unwrap();
        let (called, expected) = if bends {
            url = url.replace("&state", "0&state");
            let failure = client.dispatch(&url).unwrap_err();
            (failure.callback.unwrap(), Outcome::Error)
        } else {
            let (handle, _) = client.dispatch(&url).unwrap();
            let decision = if approves { Decision::Approve(Pin::Right) } else { Decision::Reject };
            let called = client.answer(handle, decision, NOW).unwrap().callback;
            (called, if approves { Outcome::Success } else { Outcome::Cancel })
        };
        let Ok(read) = callback_url::read(&callbacks, &called) else { return Ok(()) };
        // Another template may fit, too, and be the first.
        prop_assume!(read.outcome == expected);
        prop_assert_eq!(read.error, bends.then_some(5));
        for (mask, value) in read.values {
            let known = match mask {
                Mask::PlatformName => &name,
                Mask::Version => &version,
                Mask::SerialNumber if !bends => "VDS1000120",
                Mask::SequenceNumber if !bends => "01",
                Mask::DeviceIdentifier => &"AB".repeat(32),
                Mask::RootingStatus => "false",
                Mask::State => "A.z_0~-",
                Mask::Otp => {
                    prop_assert!(value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit()));
                    continue;
                }
                _ => "",
            };
            prop_assert_eq!(&value, known, "{:?}", mask);
        }
    }
}
