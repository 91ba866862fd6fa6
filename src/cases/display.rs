//! What is on display: the user approves the message that was read, and no other. SPEC sections 12 and 26.

use std::ops::DerefMut;

use channel::class::Class;
use channel::rule::{A2A_16, CLI_10, CLI_12, CLI_15, CLI_26, PRT_4};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::play::{Ask, Play, need};
use harness::scene::{Scene, Show, Stage, list, open};
use harness::setup::{Setup, app};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Carrier, Content, Operation, Pin};

use super::app2app::{answer, configuration, dispatch, error_of, opens};
use super::app2app_url::Call;
use super::at_rest::{load, save};
use super::client::{resealed, with_bad_tag};
use super::deactivation::{deactivate, issue};
use super::{push, replacement};

/// What the calls of these cases call back.
const CALLBACKS: [&str; 3] = [
    "shop://paid?otp=%_OTP_%&call=%_State_%",
    "shop://failed?call=%_State_%",
    "shop://back?call=%_State_%&by=%_SerialNumber_%,%_SequenceNumber_%",
];
/// The state of the call.
const STATE: &str = "A.z_0~-";
/// Its x-cancel, filled in.
const BACK: &str = "shop://back?call=A.z_0~-&by=VDS1000120,01";

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut display = Area::new("display", Role::Client);
    handles(&mut display);
    pushed(&mut display);
    closed(&mut display);
    ended(&mut display);
    called(&mut display);
    states(&mut display);
    display.cases()
}

fn ask<Op: Operation>(scene: &Scene, op: Op) -> Ask<Op> {
    Ask { party: scene.client.clone(), op }
}

fn confirmed(t: &mut Play<'_, '_>) -> Result<Scene, Stop> {
    let under = t.under()?;
    Scene::new(t, under, Setup::default(), Stage::Confirmed)
}

/// A confirmed instance that other apps may call.
fn callable(t: &mut Play<'_, '_>) -> Result<Scene, Stop> {
    let scene = confirmed(t)?;
    t.agrees("A2A-9", &ask(&scene, configuration(CALLBACKS)))?;
    Ok(scene)
}

/// Another app's call with a state, and the message that it brings, which is on display.
fn call(t: &mut Play<'_, '_>, scene: &mut Scene, show: &Show) -> Result<String, Stop> {
    let message = scene.request(t, show)?;
    opens(t, "A2A-15", scene, &url(&message, STATE), show)?;
    Ok(message)
}

fn url(message: &str, state: &str) -> String {
    format!("{}&state={state}", Call::new(CALLBACKS, message).url())
}

/// The message comes on the other carrier.
fn by_gateway(message: &str) -> ClientOpen {
    ClientOpen { carrier: Carrier::Gateway, ..open(message) }
}

/// A URL is an error of this class, which calls this.
fn fails(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Scene,
    url: &str,
    class: Class,
    callback: &str,
) -> Result<(), Stop> {
    let before = t.state("A2A-15", &scene.client)?;
    let got = t.answers(aim, &ask(scene, dispatch(url)))?;
    let want =
        DispatchResult { opened: None, error: Some(error_of(class)), callback: Some(callback.to_owned()) };
    t.same(aim, &got, Some(&want))?;
    t.state_is("A2A-15", &scene.client, before)
}

fn handles(display: &mut Area) {
    display.refuses(
        CLI_12,
        "tap-for-another",
        "a tap that was meant for the message before signs nothing",
        |t| {
            let mut scene = confirmed(t)?;
            let [first, second] =
                [scene.request(t, &Show::default())?, scene.request(t, &Show::titled("B"))?];
            for _ in 0..2 {
                scene.open(t, &first)?;
                let early = scene.approve(t, Pin::Right);
                scene.open(t, &second)?;
                t.refuses(CLI_12, &ask(&scene, early.clone()))?;
                t.refuses(CLI_12, &ask(&scene, ClientSign { approved: false, ..early }))?;
                t.accepts(CLI_12, &ask(&scene, scene.approve(t, Pin::Right)))?;
            }
            Ok(())
        },
    );

    display.refuses(CLI_12, "other-handles", "no handle but that of the message on display signs it", |t| {
        let mut scene = confirmed(t)?;
        let message = scene.request(t, &Show::default())?;
        for _ in 0..3 {
            scene.open(t, &message)?;
        }
        let right = ask(&scene, scene.approve(t, Pin::Right));
        for handle in [0, 1, 2, 4, u64::from(u32::MAX) + 4, (1 << 53) - 1] {
            t.refuses(CLI_12, &right.but(|sign| sign.handle = Count(handle)))?;
        }
        t.accepts(CLI_12, &right)
    });

    display.refuses(
        CLI_12,
        "opened-again",
        "the same message opened again has another handle; the one before is over",
        |t| {
            let mut scene = confirmed(t)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let early = ask(&scene, scene.approve(t, Pin::Right));
            scene.close(t)?;
            t.refuses(CLI_12, &early)?;
            scene.open(t, &message)?;
            t.refuses(CLI_12, &early)?;
            t.accepts(CLI_12, &ask(&scene, scene.approve(t, Pin::Right)))
        },
    );

    display.refuses(
        CLI_12,
        "sign-of-a-call",
        "sign does not take what another app has brought: it would not be called back",
        |t| {
            let mut scene = callable(t)?;
            let message = call(t, &mut scene, &Show::default())?;
            for sign in [scene.approve(t, Pin::Right), scene.approve(t, Pin::Wrong), scene.reject(t)] {
                t.refuses(CLI_12, &ask(&scene, sign))?;
            }
            scene.close(t)?;
            scene.open(t, &message)?;
            t.accepts(CLI_12, &ask(&scene, scene.approve(t, Pin::Right)))
        },
    );

    display.refuses(
        A2A_16,
        "answer-for-another",
        "an answer that was meant for an earlier call answers nothing",
        |t| {
            let mut scene = callable(t)?;
            call(t, &mut scene, &Show::default())?;
            let early = ask(&scene, answer(t, &scene, true, Pin::Right));
            scene.close(t)?;
            t.refuses(A2A_16, &early)?;
            call(t, &mut scene, &Show::titled("Another"))?;
            t.refuses(A2A_16, &early)?;
            t.refuses(A2A_16, &early.but(|answer| answer.approved = false))?;
            t.refuses(A2A_16, &early.but(|answer| answer.handle = Count(0)))?;
            t.accepts(A2A_16, &ask(&scene, answer(t, &scene, true, Pin::Right)))
        },
    );

    display.refuses(
        A2A_16,
        "answer-of-opened",
        "answer does not take what open has put on display, since nobody waits for it",
        |t| {
            let mut scene = callable(t)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            t.refuses(A2A_16, &ask(&scene, answer(t, &scene, true, Pin::Right)))?;
            t.refuses(A2A_16, &ask(&scene, answer(t, &scene, false, Pin::Right)))?;
            t.accepts("CLI-12", &ask(&scene, scene.approve(t, Pin::Right)))?;
            call(t, &mut scene, &Show::default())?;
            t.accepts(A2A_16, &ask(&scene, answer(t, &scene, true, Pin::Right)))
        },
    );

    display.follows(
        &["CLI-25"],
        "handles-count",
        "handles count what was put on display: no refused message, no notification, no error of a call",
        |t| {
            let mut scene = callable(t)?;
            let message = scene.request(t, &Show::default())?;
            let told = scene.request(t, &push::notification("0123456789"))?;
            let shows = |t: &mut Play<'_, '_>, op: ClientOpen, handle: Option<u64>| {
                let got = t.answers("CLI-25", &ask(&scene, op))?;
                t.same("CLI-25", &got.handle.map(|handle| handle.0), Some(&handle))
            };
            shows(t, by_gateway(&told), None)?;
            shows(t, open(&message), Some(1))?;
            shows(t, open(&message), Some(2))?;
            t.refuses(PRT_4, &ask(&scene, open(&with_bad_tag(&message))))?;
            t.refuses(CLI_26, &ask(&scene, by_gateway(&message)))?;
            t.agrees("A2A-28", &ask(&scene, dispatch(url(&message, STATE))))?;
            shows(t, by_gateway(&told), None)?;
            shows(t, open(&message), Some(3))?;
            scene.close(t)?;
            shows(t, by_gateway(&message), Some(4))?;
            scene.close(t)?;
            let called = t.answers("CLI-25", &ask(&scene, dispatch(url(&message, STATE))))?;
            t.same("CLI-25", &called.opened.map(|opened| opened.handle.0), Some(&Some(5)))
        },
    );

    display.follows(
        &["CLI-25"],
        "handles-of-each-start",
        "a client that starts again has nothing on display, and its handles begin with 1",
        |t| {
            let mut scene = callable(t)?;
            let message = call(t, &mut scene, &Show::default())?;
            let early = scene.approve(t, Pin::Right);
            let platform = t.random();
            let question = save(t, platform);
            let state = t.deref_mut().accepts("CST-1", &scene.client, &question)?.got.state;
            scene.client = t.peer_client();
            let setup = scene.setup.clone();
            t.agrees("CST-9", &ask(&scene, load(&setup, platform, state.0)))?;
            t.refuses(CLI_12, &ask(&scene, early))?;
            let got = t.answers("CLI-25", &ask(&scene, open(&message)))?;
            t.same("CLI-25", &got.handle.map(|handle| handle.0), Some(&Some(1)))?;
            t.agrees("SIG-1", &ask(&scene, scene.approve(t, Pin::Right)))
        },
    );
}

fn pushed(display: &mut Area) {
    display.refuses(
        CLI_26,
        "pushed",
        "what comes over the gateway does not take the place of what the user reads",
        |t| {
            let mut scene = callable(t)?;
            let challenge = Content::Challenge { title: "Log in".into(), challenge: "1234".into() };
            let text = Content::FreeText { title: "Read".into(), text: "this".into() };
            let shows = [
                Show::default(),
                Show { application: app::BOTH, content: challenge, ..Show::default() },
                Show { content: text, ..Show::default() },
                push::details("Shop", "ann", ""),
            ];
            let shown = scene.request(t, &Show::titled("Shown"))?;
            for show in shows {
                let message = scene.request(t, &show)?;
                scene.open(t, &shown)?;
                t.refuses(CLI_26, &ask(&scene, by_gateway(&message)))?;
                t.agrees("SIG-1", &ask(&scene, scene.approve(t, Pin::Right)))?;
                call(t, &mut scene, &Show::default())?;
                t.refuses(CLI_26, &ask(&scene, by_gateway(&message)))?;
                t.agrees("A2A-17", &ask(&scene, answer(t, &scene, true, Pin::Right)))?;
                t.accepts(CLI_26, &ask(&scene, by_gateway(&message)))?;
                t.refuses(CLI_26, &ask(&scene, by_gateway(&message)))?;
                scene.close(t)?;
            }
            Ok(())
        },
    );

    display.refuses(CLI_26, "pushed-last", "that another message is on display is found last", |t| {
        let mut scene = confirmed(t)?;
        let message = scene.request(t, &Show::default())?;
        scene.open(t, &message)?;
        t.refuses(PRT_4, &ask(&scene, by_gateway(&with_bad_tag(&message))))?;
        let disabled = resealed(&scene, &message, |plain| {
            if let Some(control) = plain.body.get_mut(1) {
                *control = *control & !0x0E | (app::DISABLED - 1) << 1;
            }
        })?;
        t.refuses(CLI_10, &ask(&scene, by_gateway(&disabled)))?;
        t.refuses(CLI_26, &ask(&scene, by_gateway(&message)))?;
        scene.close(t)?;
        t.accepts(CLI_26, &ask(&scene, by_gateway(&message)))
    });

    display.follows(
        &["CLI-27"],
        "scanned",
        "what the user scans takes the place of what is on display; nobody is called where nobody had called",
        |t| {
            let mut scene = confirmed(t)?;
            for carrier in [Carrier::Direct, Carrier::Gateway] {
                let [first, second] =
                    [scene.request(t, &Show::titled("A"))?, scene.request(t, &Show::titled("B"))?];
                t.agrees("CLI-27", &ask(&scene, ClientOpen { carrier, ..open(&first) }))?;
                let got = t.answers("CLI-27", &ask(&scene, open(&second)))?;
                t.same("CLI-27", &got.callback, Some(&None))?;
                let signed = t.answers("CLI-27", &ask(&scene, scene.approve(t, Pin::Right)))?;
                let signature = need(signed.signature, "a signature from a user who approved")?;
                scene.accept(t, &second, &signature)?;
                scene.now += 40;
            }
            Ok(())
        },
    );
}

fn closed(display: &mut Area) {
    display.follows(
        &["CLI-28"],
        "close",
        "closing is always allowed, and is nothing where nothing is on display",
        |t| {
            let mut scene = callable(t)?;
            let before = t.state("CLI-28", &scene.client)?;
            let close = ask(&scene, ClientClose {});
            t.agrees("CLI-28", &close)?;
            t.state_is("CLI-28", &scene.client, before)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let got = t.answers("CLI-28", &close)?;
            t.same("CLI-28", &got.callback, Some(&None))?;
            let sign = scene.approve(t, Pin::Right);
            super::blaming("CLI-28", t.refuses(CLI_12, &ask(&scene, sign)))?;
            t.agrees("CLI-28", &close)
        },
    );

    display.accepts(&["CLI-28"], "close-rooted", "a blocked client closes as well", |t| {
        let under = t.under()?;
        let setup =
            Setup { rooted: true, root_policy: peer::protocol::RootPolicy::Block, ..Setup::default() };
        let scene = Scene::new(t, under, setup, Stage::Created)?;
        t.agrees("CLI-28", &ask(&scene, ClientClose {}))
    });

    display.follows(
        &["CLI-28"],
        "background",
        "what was closed because the app went to the background is opened again, signed and accepted",
        |t| {
            let mut scene = confirmed(t)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            t.refuses(CLI_15, &ask(&scene, scene.approve(t, Pin::Wrong)))?;
            t.agrees("CLI-28", &ask(&scene, ClientClose {}))?;
            t.agrees("CLI-28", &ask(&scene, by_gateway(&message)))?;
            let signed = t.answers("CLI-28", &ask(&scene, scene.approve(t, Pin::Right)))?;
            let signature = need(signed.signature, "a signature from a user who approved")?;
            scene.accept(t, &message, &signature)
        },
    );

    display.follows(
        &["CLI-28"],
        "close-locked",
        "a message of a locked account is closed, so that it blocks no other",
        |t| {
            let mut scene = confirmed(t)?;
            super::client::lock(t, &mut scene)?;
            let mut second = super::client::second_account(t, &scene, Stage::Confirmed)?;
            let message = second.request(t, &Show::default())?;
            t.refuses(CLI_26, &ask(&second, by_gateway(&message)))?;
            t.agrees("CLI-28", &ask(&second, ClientClose {}))?;
            t.agrees("CLI-28", &ask(&second, by_gateway(&message)))?;
            second.sign(t).map(drop)
        },
    );
}

/// What ends a call gives this callback.
fn gives(t: &mut Play<'_, '_>, got: &Option<String>, want: &str) -> Result<(), Stop> {
    t.same("A2A-30", &got.as_deref(), Some(&Some(want)))
}

/// What `open` has put on display is nobody's call.
fn gives_none(t: &mut Play<'_, '_>, got: &Option<String>) -> Result<(), Stop> {
    t.same("A2A-30", &got.as_deref(), Some(&None))
}

fn ended(display: &mut Area) {
    display.follows(
        &["A2A-30"],
        "call-ended-by-scan",
        "a call that a scanned message ends is cancelled",
        |t| {
            let mut scene = callable(t)?;
            call(t, &mut scene, &Show::default())?;
            let message = scene.request(t, &Show::titled("Scanned"))?;
            t.refuses(PRT_4, &ask(&scene, open(&with_bad_tag(&message))))?;
            let got = t.answers("A2A-30", &ask(&scene, open(&message)))?;
            gives(t, &got.callback, BACK)?;
            let got = t.answers("A2A-30", &ask(&scene, open(&message)))?;
            gives_none(t, &got.callback)
        },
    );

    display.follows(
        &["A2A-30"],
        "call-ended-by-close",
        "a call that the user leaves is cancelled, with the configuration as it is then",
        |t| {
            let mut scene = callable(t)?;
            call(t, &mut scene, &Show::default())?;
            let off = ClientSetApp2App { enabled: false, white_list: Vec::new(), ..configuration(CALLBACKS) };
            t.agrees("A2A-30", &ask(&scene, off))?;
            let got = t.answers("A2A-30", &ask(&scene, ClientClose {}))?;
            gives(t, &got.callback, BACK)?;
            let got = t.answers("A2A-30", &ask(&scene, ClientClose {}))?;
            gives_none(t, &got.callback)
        },
    );

    display.follows(
        &["A2A-30"],
        "call-ended-by-deactivation",
        "a call whose account is deactivated is cancelled, and names the account that ended",
        |t| {
            let mut scene = callable(t)?;
            let second = super::client::second_account(t, &scene, Stage::Confirmed)?;
            call(t, &mut scene, &Show::default())?;
            let other = issue(t, &second, second.sequence)?;
            let got = t.answers("A2A-30", &ask(&scene, deactivate(&other)))?;
            gives_none(t, &got.callback)?;
            let message = issue(t, &scene, scene.sequence)?;
            let got = t.answers("A2A-30", &ask(&scene, deactivate(&message)))?;
            gives(t, &got.callback, BACK)
        },
    );

    display.follows(
        &["A2A-30"],
        "call-ended-by-replacement",
        "a call whose account is replaced is cancelled, and names the account that ended",
        |t| {
            let mut scene = replacement::client(t)?;
            t.agrees("A2A-9", &ask(&scene, configuration(CALLBACKS)))?;
            call(t, &mut scene, &Show::default())?;
            scene.play(t, Stage::Am2)?;
            let take = replacement::take_am2(&scene, &scene.am2);
            let got = t.answers("A2A-30", &ask(&scene, take))?;
            gives(t, &got.callback, BACK)
        },
    );

    display.accepts(
        &["A2A-30"],
        "no-call-ended",
        "a message that was scanned ends without a callback, however it ends",
        |t| {
            let mut scene = replacement::client(t)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let got = t.answers("A2A-30", &ask(&scene, ClientClose {}))?;
            gives_none(t, &got.callback)?;
            scene.open(t, &message)?;
            scene.play(t, Stage::Am2)?;
            let take = replacement::take_am2(&scene, &scene.am2);
            let got = t.answers("A2A-30", &ask(&scene, take))?;
            gives_none(t, &got.callback)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let end = issue(t, &scene, scene.sequence)?;
            let got = t.answers("A2A-30", &ask(&scene, deactivate(&end)))?;
            gives_none(t, &got.callback)
        },
    );
}

fn called(display: &mut Area) {
    display.follows(
        &["A2A-28"],
        "two-calls",
        "of two apps that call at once the first is served, and the second can call again",
        |t| {
            let mut scene = callable(t)?;
            let first = call(t, &mut scene, &Show::titled("First"))?;
            let second = scene.request(t, &Show::titled("Second"))?;
            let told = "shop://failed?call=2&ErrorCode=1";
            fails(t, "A2A-28", &scene, &url(&second, "2"), Class::Busy, told)?;
            fails(t, "A2A-28", &scene, &url(&first, "2"), Class::Busy, told)?;
            let got = t.answers("A2A-28", &ask(&scene, answer(t, &scene, true, Pin::Right)))?;
            let end = "&call=A.z_0~-";
            let signature = got.callback.strip_prefix("shop://paid?otp=").and_then(|it| it.strip_suffix(end));
            let signature = need(signature, "x-success of the first call, with its signature")?;
            scene.accept(t, &first, signature)?;
            scene.now += 40;
            opens(t, "A2A-28", &scene, &url(&second, "2"), &Show::titled("Second"))?;
            t.agrees("A2A-28", &ask(&scene, answer(t, &scene, true, Pin::Right)))
        },
    );

    display.follows(
        &["A2A-28"],
        "call-while-scanned",
        "an app that calls while a scanned message is on display is told, and the user goes on",
        |t| {
            let mut scene = callable(t)?;
            let [scanned, other] =
                [scene.request(t, &Show::titled("A"))?, scene.request(t, &Show::titled("B"))?];
            scene.open(t, &scanned)?;
            let told = "shop://failed?call=A.z_0~-&ErrorCode=1";
            fails(t, "A2A-28", &scene, &url(&other, STATE), Class::Busy, told)?;
            let signed = t.answers("A2A-28", &ask(&scene, scene.approve(t, Pin::Right)))?;
            let signature = need(signed.signature, "a signature from a user who approved")?;
            scene.accept(t, &scanned, &signature)
        },
    );

    display.accepts(
        &["A2A-12", "A2A-28"],
        "call-busy-last",
        "that another message is on display is the last error of a call that is found",
        |t| {
            let mut scene = callable(t)?;
            let show = Show { content: list("Kept", &[("a", "b")]), ..Show::default() };
            let shown = call(t, &mut scene, &show)?;
            let back = |number: u8| format!("shop://failed?call=A.z_0~-&ErrorCode={number}");
            let bent = with_bad_tag(&shown);
            for (url, class, number) in [
                (url(&bent, STATE), Class::Corrupted, 7),
                (url("0", STATE), Class::BadHex, 5),
                (url(&shown, STATE).replace("x-cancel", "cancel"), Class::BadUrl, 2),
                (url(&shown, STATE).replace("shop%253A%252F%252Fback", "shop%253A"), Class::BadCallback, 2),
                (url(&shown, STATE), Class::Busy, 1),
            ] {
                fails(t, "A2A-12", &scene, &url, class, &back(number))?;
            }
            t.agrees("A2A-28", &ask(&scene, answer(t, &scene, false, Pin::Right)))
        },
    );
}

fn states(display: &mut Area) {
    display.follows(
        &["A2A-29"],
        "state",
        "the state of a call stands in whichever of its callbacks is called, and no other call's does",
        |t| {
            let mut scene = callable(t)?;
            for (state, approved) in [("1", true), (STATE, false), (&"s".repeat(64), true), ("1", false)] {
                let message = scene.request(t, &Show::default())?;
                opens(t, "A2A-29", &scene, &url(&message, state), &Show::default())?;
                let got = t.answers("A2A-29", &ask(&scene, answer(t, &scene, approved, Pin::Right)))?;
                let is_told = match approved {
                    true => got.callback.ends_with(&format!("&call={state}")),
                    false => got.callback == format!("shop://back?call={state}&by=VDS1000120,01"),
                };
                t.decided(is_told, "A2A-29", "the state of the call", got.callback)?;
                let failed = format!("shop://failed?call={state}&ErrorCode=5");
                fails(t, "A2A-29", &scene, &url("0", state), Class::BadHex, &failed)?;
                scene.now += 40;
            }
            Ok(())
        },
    );

    display.accepts(
        &["A2A-29"],
        "state-absent",
        "a call without a state is answered as ever, with nothing in the state's place",
        |t| {
            let mut scene = callable(t)?;
            let message = scene.request(t, &Show::default())?;
            let url = Call::new(CALLBACKS, &message).url();
            let failed = "shop://failed?call=&ErrorCode=5";
            fails(t, "A2A-29", &scene, &Call::new(CALLBACKS, "0").url(), Class::BadHex, failed)?;
            opens(t, "A2A-29", &scene, &url, &Show::default())?;
            let got = t.answers("A2A-29", &ask(&scene, ClientClose {}))?;
            let want = "shop://back?call=&by=VDS1000120,01".to_owned();
            t.same("A2A-29", &got.callback, Some(&Some(want)))
        },
    );

    display.accepts(
        &["A2A-27", "A2A-29"],
        "state-wrong",
        "a state that is none is an error, and nothing of it is called back",
        |t| {
            let mut scene = callable(t)?;
            let message = scene.request(t, &Show::default())?;
            let failed = "shop://failed?call=&ErrorCode=2";
            for state in ["", "%41", "a/b", "a+b", "a=b", "s%", &"s".repeat(65)] {
                fails(t, "A2A-27", &scene, &url(&message, state), Class::BadUrl, failed)?;
            }
            let twice = format!("{}&STATE=2", url(&message, "1"));
            fails(t, "A2A-29", &scene, &twice, Class::BadUrl, failed)?;
            opens(t, "A2A-27", &scene, &url(&message, "1"), &Show::default())
        },
    );
}
