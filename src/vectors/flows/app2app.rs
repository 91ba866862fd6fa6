//! App-to-app: a client called by URLs.

use serde_json::Value;

use super::super::flow;
use super::steps::{by, deactivation, otp_scene, take};
use channel::rule::{A2A_16, A2A_25, CLI_12, CLI_14, CLI_15, CLI_26};
use channel::text::percent;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{PIN_TRIES, Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::{ClientAnswer, ClientClose, ClientDispatch, ClientOpen, ClientSetApp2App, Platform};
use peer::protocol::{Array, Carrier, Pin};

const TEMPLATES: [&str; 3] = [
    "shop://paid?otp=%_OTP_%&by=%_SerialNumber_%-%_SequenceNumber_%",
    "shop://failed?on=%_PlatformName_%&app=%_Version_%#%_SerialNumber_%",
    "shop://back?%_DeviceIdentifier_%,%_RootingStatus_%,%_UserIdentifier_%,%_Other_%",
];

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [answers(), errors()].concat()
}

fn configuration() -> ClientSetApp2App {
    ClientSetApp2App {
        enabled: true,
        scheme: "pay".into(),
        white_list: TEMPLATES.map(str::to_owned).into(),
        platform: Platform::Android,
        platform_name: "Pixel \u{e9}/%_OTP_%".into(),
        version: "4.2 (7)".into(),
        device_identifier: Array([0xA5; 32]),
    }
}

fn configured(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    let scene = otp_scene(t, Under::Client)?;
    t.agrees("A2A-9", &scene.client, &configuration())?;
    Ok(scene)
}

/// A URL with these callbacks, encoded twice.
fn url(callbacks: [&str; 3], message: &str) -> String {
    let twice = |text: &str| {
        let (mut once, mut twice) = (String::new(), String::new());
        percent::encode(text, &mut once);
        percent::encode(&once, &mut twice);
        twice
    };
    let [success, error, cancel] = callbacks.map(twice);
    format!(
        "pay://app2app_secure_channel?x-success={success}&x-error={error}&x-cancel={cancel}&secure_message={message}"
    )
}

fn dispatch(t: &mut Trial<'_>, scene: &Scene, url: String) -> Result<(), Stop> {
    t.agrees("A2A-12", &scene.client, &ClientDispatch { url }).map(|_| ())
}

/// A request, brought by another app.
fn called(t: &mut Trial<'_>, scene: &mut Scene, show: &Show) -> Result<String, Stop> {
    let message = scene.request(t, show)?;
    dispatch(t, scene, url(TEMPLATES, &message))?;
    Ok(message)
}

fn answer(t: &Trial<'_>, scene: &Scene, approved: bool, pin: Pin) -> ClientAnswer {
    ClientAnswer { handle: t.handle(&scene.client), approved, pin, now: scene.now }
}

fn answers() -> Vec<Value> {
    let shown = || by(otp::FIELDS);
    vec![
        flow("flow-app2app-approved", "x-success with the signature", &["A2A-17", "A2A-19", "A2A-20"], |t| {
            let mut scene = configured(t)?;
            called(t, &mut scene, &shown())?;
            t.agrees("A2A-17", &scene.client, &answer(t, &scene, true, Pin::Right)).map(|_| ())
        }),
        flow("flow-app2app-cancelled", "x-cancel; then nothing is open", &["A2A-16", "A2A-17"], |t| {
            let mut scene = configured(t)?;
            called(t, &mut scene, &shown())?;
            t.agrees("A2A-17", &scene.client, &answer(t, &scene, false, Pin::Right))?;
            t.refuses_only(A2A_16, &scene.client, &answer(t, &scene, true, Pin::Right))
        }),
        flow("flow-app2app-ios", "no device identifier on ios", &["A2A-2", "A2A-19"], |t| {
            let mut scene = configured(t)?;
            t.agrees(
                "A2A-19",
                &scene.client,
                &ClientSetApp2App { platform: Platform::Ios, ..configuration() },
            )?;
            let message = scene.request(t, &shown())?;
            dispatch(t, &scene, url(TEMPLATES, &message).replacen("pay:", "PAY:", 1))?;
            t.agrees("A2A-19", &scene.client, &answer(t, &scene, false, Pin::Right)).map(|_| ())
        }),
        flow("flow-app2app-pins", "a wrong PIN, a cached unlock, then the right PIN", &["A2A-17"], |t| {
            let mut scene = configured(t)?;
            called(t, &mut scene, &Show { require_pin: true, ..shown() })?;
            t.refuses_only(CLI_15, &scene.client, &answer(t, &scene, true, Pin::Wrong))?;
            t.refuses_only(CLI_14, &scene.client, &answer(t, &scene, true, Pin::Cached))?;
            t.agrees("A2A-17", &scene.client, &answer(t, &scene, true, Pin::Right)).map(|_| ())
        }),
        flow(
            "flow-app2app-locked",
            "x-error with error 8, and the message is closed",
            &["A2A-16", "A2A-18"],
            |t| {
                let mut scene = configured(t)?;
                called(t, &mut scene, &shown())?;
                for _ in 0..PIN_TRIES {
                    t.refuses_only(CLI_15, &scene.client, &answer(t, &scene, true, Pin::Wrong))?;
                }
                t.agrees("A2A-18", &scene.client, &answer(t, &scene, true, Pin::Right))?;
                t.refuses_only(A2A_16, &scene.client, &answer(t, &scene, true, Pin::Right))
            },
        ),
        flow("flow-app2app-signed", "sign does not take the message", &["CLI-12", "A2A-17"], |t| {
            let mut scene = configured(t)?;
            called(t, &mut scene, &shown())?;
            t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))?;
            t.agrees("A2A-17", &scene.client, &answer(t, &scene, true, Pin::Right)).map(|_| ())
        }),
        flow("flow-app2app-opened", "a message that no app has sent", &["A2A-16"], |t| {
            let mut scene = configured(t)?;
            let message = scene.request(t, &shown())?;
            scene.open(t, &message)?;
            t.refuses_only(A2A_16, &scene.client, &answer(t, &scene, true, Pin::Right))
        }),
    ]
}

/// What is on display: handles, another call meanwhile, what ends a call, its state.
pub(super) fn flows_of_edition_5() -> Vec<Value> {
    const STATED: [&str; 3] =
        ["shop://paid?%_OTP_%&%_State_%", "shop://failed?%_State_%", "shop://back?%_State_%"];
    let configured = |t: &mut Trial<'_>| -> Result<Scene, Stop> {
        let scene = otp_scene(t, Under::Client)?;
        let white_list = STATED.map(str::to_owned).into();
        t.agrees("A2A-9", &scene.client, &ClientSetApp2App { white_list, ..configuration() })?;
        Ok(scene)
    };
    let of = |message: &str, state: &str| format!("{}&state={state}", url(STATED, message));
    vec![
        flow(
            "flow-app2app-busy",
            "another app calls meanwhile: error 1, and the first call goes on",
            &["A2A-28", "A2A-29", "CLI-25", "CLI-26"],
            move |t| {
                let mut scene = configured(t)?;
                let [first, second] =
                    [scene.request(t, &by(otp::FIELDS))?, scene.request(t, &by(otp::FIELDS))?];
                dispatch(t, &scene, of(&first, "1"))?;
                dispatch(t, &scene, of(&second, "2"))?;
                let pushed = ClientOpen { carrier: Carrier::Gateway, ..open(&second) };
                t.refuses_only(CLI_26, &scene.client, &pushed)?;
                t.agrees("A2A-17", &scene.client, &answer(t, &scene, true, Pin::Right))?;
                dispatch(t, &scene, of(&second, "2"))?;
                t.agrees("A2A-17", &scene.client, &answer(t, &scene, false, Pin::Right)).map(|_| ())
            },
        ),
        flow(
            "flow-app2app-ended",
            "a scanned message, closing and deactivating end a call: x-cancel",
            &["A2A-30", "CLI-27", "CLI-28", "DEA-7"],
            move |t| {
                let mut scene = configured(t)?;
                let message = scene.request(t, &by(otp::FIELDS))?;
                dispatch(t, &scene, of(&message, "1"))?;
                scene.open(t, &message)?;
                t.agrees("CLI-28", &scene.client, &ClientClose {})?;
                dispatch(t, &scene, of(&message, "2"))?;
                t.agrees("CLI-28", &scene.client, &ClientClose {})?;
                dispatch(t, &scene, url(STATED, &message))?;
                let message = deactivation(t, &scene)?;
                t.agrees("DEA-7", &scene.client, &take(&message)).map(|_| ())
            },
        ),
        flow(
            "flow-app2app-handles",
            "an answer that was meant for the call before",
            &["A2A-16", "CLI-25"],
            move |t| {
                let mut scene = configured(t)?;
                let message = scene.request(t, &by(otp::FIELDS))?;
                dispatch(t, &scene, of(&message, "1"))?;
                let early = answer(t, &scene, true, Pin::Right);
                t.agrees("CLI-28", &scene.client, &ClientClose {})?;
                dispatch(t, &scene, of(&message, "2"))?;
                t.refuses_only(A2A_16, &scene.client, &early)?;
                t.agrees("A2A-17", &scene.client, &answer(t, &scene, true, Pin::Right)).map(|_| ())
            },
        ),
    ]
}

fn errors() -> Vec<Value> {
    let broken = |message: &str, at: usize, digit: &str| {
        let mut message = message.to_owned();
        message.replace_range(at..=at, digit);
        message
    };
    vec![
        flow("flow-app2app-off", "never configured, off, on", &["A2A-9", "A2A-13"], move |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            let message = scene.request(t, &by(otp::FIELDS))?;
            dispatch(t, &scene, url(TEMPLATES, &message))?;
            t.agrees("A2A-9", &scene.client, &ClientSetApp2App { enabled: false, ..configuration() })?;
            dispatch(t, &scene, url(TEMPLATES, &message))?;
            t.agrees("A2A-9", &scene.client, &configuration())?;
            dispatch(t, &scene, url(TEMPLATES, &message))
        }),
        flow("flow-app2app-scheme", "what is no scheme", &["A2A-25"], |t| {
            let scene = configured(t)?;
            let bad = ClientSetApp2App { scheme: "Pay".into(), ..configuration() };
            t.refuses_only(A2A_25, &scene.client, &bad)
        }),
        flow("flow-app2app-urls", "forms, duplicates, absences", &["A2A-12", "A2A-13"], |t| {
            let scene = configured(t)?;
            let right = url(TEMPLATES, "00");
            for url in [
                String::new(),
                format!("{right}#"),
                format!("{right}&x-success"),
                format!("{right}&x-error"),
                right.replacen("x-cancel", "cancel", 1),
                right.replacen("x-error", "error", 1),
                right.replacen("x-success=", "x-success=%", 1),
                right.replacen("x-error=", "x-error=%", 1),
            ] {
                dispatch(t, &scene, url)?;
            }
            Ok(())
        }),
        flow("flow-app2app-white-list", "each callback off the list", &["A2A-10", "A2A-13"], |t| {
            let scene = configured(t)?;
            let [success, error, cancel] = TEMPLATES;
            for callbacks in [
                ["shop://paid", error, cancel],
                [success, "shop://failed", cancel],
                [success, error, "Shop://back"],
                ["javascript:alert(1)", error, cancel],
            ] {
                dispatch(t, &scene, url(callbacks, "00"))?;
            }
            Ok(())
        }),
        flow(
            "flow-app2app-numbers",
            "4, 5, 6, 7, 8 in their order",
            &["A2A-11", "A2A-12", "A2A-31"],
            move |t| {
                let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Issued)?;
                t.agrees("A2A-11", &scene.client, &configuration())?;
                let early = scene.request(t, &by(otp::FIELDS))?;
                dispatch(t, &scene, url(TEMPLATES, &early))?;
                scene.play_from_code(t)?;
                let message = scene.request(t, &by(otp::FIELDS))?;
                let last = if message.ends_with('0') { "1" } else { "0" };
                for bad in [
                    early,
                    format!("{message}0"),
                    broken(&message, 0, "1"),
                    broken(&message, 13, "9"),
                    broken(&message, message.len() - 1, last),
                ] {
                    dispatch(t, &scene, url(TEMPLATES, &bad))?;
                }
                scene.lock(t)?;
                dispatch(t, &scene, url(TEMPLATES, &broken(&message, message.len() - 1, last)))
            },
        ),
        flow("flow-app2app-leaves-open", "an error leaves the message that is open", &["A2A-15"], |t| {
            let mut scene = configured(t)?;
            called(t, &mut scene, &by(otp::FIELDS))?;
            dispatch(t, &scene, url(TEMPLATES, "0"))?;
            t.agrees("A2A-17", &scene.client, &answer(t, &scene, true, Pin::Right)).map(|_| ())
        }),
    ]
}
