//! A call by another app: what ends it, what another one is told meanwhile, and the state that is its own. SPEC
//! section 26.

use channel::class::Class;
use channel::rule::{A2A_4, A2A_5, A2A_6, A2A_22, A2A_25, A2A_27, PRT_4};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::play::{Ask, Play, need};
use harness::scene::{Scene, Show, Stage, list, open};
use harness::setup::Setup;
use harness::trial::{Party, Stop};
use peer::operations::*;
use peer::protocol::{Operation, Pin, Removed};

use super::app2app::{answer, configuration, dispatch, error_of, opens};
use super::app2app_third::{build, read};
use super::app2app_url::{Call, PUBLISHED, parse};
use super::client::{second_account, with_bad_tag};
use super::deactivation::{deactivate, issue};
use super::replacement;

/// What the calls of these cases call back.
const CALLBACKS: [&str; 3] = [
    "shop://paid?otp=%_OTP_%&call=%_State_%",
    "shop://failed?call=%_State_%",
    "shop://back?call=%_State_%&by=%_SerialNumber_%,%_SequenceNumber_%",
];
/// The state of the call.
pub(super) const STATE: &str = "A.z_0~-";
/// Its x-cancel, filled in.
const BACK: &str = "shop://back?call=A.z_0~-&by=VDS1000120,01";

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut calls = Area::new("call", Role::Client);
    ended(&mut calls);
    called(&mut calls);
    states(&mut calls);
    let mut parses = Area::new("a2a-parse", Role::Primitive("app2app.parse"));
    read_alone(&mut parses);
    let mut builds = Area::new("a2a-build", Role::Primitive("app2app.build"));
    built(&mut builds);
    let mut reads = Area::new("a2a-read", Role::Primitive("app2app.read"));
    read_back(&mut reads);
    [calls, parses, builds, reads].into_iter().flat_map(Area::cases).collect()
}

pub(super) fn ask<Op: Operation>(scene: &Scene, op: Op) -> Ask<Op> {
    Ask { party: scene.client.clone(), op }
}

pub(super) fn confirmed(t: &mut Play<'_, '_>) -> Result<Scene, Stop> {
    let under = t.under()?;
    Scene::new(t, under, Setup::default(), Stage::Confirmed)
}

/// A confirmed instance that other apps may call.
pub(super) fn callable(t: &mut Play<'_, '_>) -> Result<Scene, Stop> {
    let scene = confirmed(t)?;
    t.agrees("A2A-9", &ask(&scene, configuration(CALLBACKS)))?;
    Ok(scene)
}

/// Another app's call with a state, and the message that it brings, which is on display.
pub(super) fn call(t: &mut Play<'_, '_>, scene: &mut Scene, show: &Show) -> Result<String, Stop> {
    let message = scene.request(t, show)?;
    opens(t, "A2A-15", scene, &url(&message, STATE), show)?;
    Ok(message)
}

pub(super) fn url(message: &str, state: &str) -> String {
    format!("{}&state={state}", Call::new(CALLBACKS, message).url())
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

/// What ends a call gives this callback.
fn gives(t: &mut Play<'_, '_>, got: &Option<String>, want: &str) -> Result<(), Stop> {
    t.same("A2A-30", &got.as_deref(), Some(&Some(want)))
}

/// What `open` has put on display is nobody's call.
fn gives_none(t: &mut Play<'_, '_>, got: &Option<String>) -> Result<(), Stop> {
    t.same("A2A-30", &got.as_deref(), Some(&None))
}

fn ended(calls: &mut Area) {
    calls.follows(&["A2A-30"], "ended-by-scan", "a call that a scanned message ends is cancelled", |t| {
        let mut scene = callable(t)?;
        call(t, &mut scene, &Show::default())?;
        let message = scene.request(t, &Show::titled("Scanned"))?;
        t.refuses(PRT_4, &ask(&scene, open(&with_bad_tag(&message))))?;
        let got = t.answers("A2A-30", &ask(&scene, open(&message)))?;
        gives(t, &got.callback, BACK)?;
        let got = t.answers("A2A-30", &ask(&scene, open(&message)))?;
        gives_none(t, &got.callback)
    });

    calls.follows(
        &["A2A-30"],
        "ended-by-close",
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

    calls.follows(
        &["A2A-30"],
        "ended-by-deactivation",
        "a call whose account is deactivated is cancelled, and names the account that ended",
        |t| {
            let mut scene = callable(t)?;
            let second = second_account(t, &scene, Stage::Confirmed)?;
            call(t, &mut scene, &Show::default())?;
            let other = issue(t, &second, second.sequence)?;
            let got = t.answers("A2A-30", &ask(&scene, deactivate(&other)))?;
            gives_none(t, &got.callback)?;
            let message = issue(t, &scene, scene.sequence)?;
            let got = t.answers("A2A-30", &ask(&scene, deactivate(&message)))?;
            gives(t, &got.callback, BACK)
        },
    );

    calls.follows(
        &["A2A-30"],
        "ended-by-replacement",
        "a call whose account is replaced is cancelled when the app reports it, and names the account that ended",
        |t| {
            let mut scene = replacement::client(t)?;
            t.agrees("A2A-9", &ask(&scene, configuration(CALLBACKS)))?;
            call(t, &mut scene, &Show::default())?;
            scene.play(t, Stage::Am2)?;
            t.answers("AM2-11", &ask(&scene, scene.take_am2(&scene.am2, Pin::Right)))?;
            let got = t.answers("A2A-30", &ask(&scene, scene.mark_question()))?;
            gives(t, &got.callback, BACK)
        },
    );

    calls.follows(
        &["A2A-30"],
        "ended-by-removal",
        "a call whose account the user removes is cancelled, and names the account that ended",
        |t| {
            let mut scene = callable(t)?;
            let second = second_account(t, &scene, Stage::Confirmed)?;
            call(t, &mut scene, &Show::default())?;
            let got = t.answers("A2A-30", &ask(&scene, second.remove_question(Removed::Account)))?;
            gives_none(t, &got.callback)?;
            let got = t.answers("A2A-30", &ask(&scene, scene.remove_question(Removed::Account)))?;
            gives(t, &got.callback, BACK)
        },
    );

    calls.accepts(
        &["A2A-30"],
        "none-ended",
        "a message that was scanned ends without a callback, however it ends",
        |t| {
            let mut scene = replacement::client(t)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let got = t.answers("A2A-30", &ask(&scene, ClientClose {}))?;
            gives_none(t, &got.callback)?;
            scene.open(t, &message)?;
            scene.play(t, Stage::Am2)?;
            t.answers("AM2-11", &ask(&scene, scene.take_am2(&scene.am2, Pin::Right)))?;
            let got = t.answers("A2A-30", &ask(&scene, scene.mark_question()))?;
            gives_none(t, &got.callback)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let end = issue(t, &scene, scene.sequence)?;
            let got = t.answers("A2A-30", &ask(&scene, deactivate(&end)))?;
            gives_none(t, &got.callback)
        },
    );
}

fn called(calls: &mut Area) {
    calls.follows(
        &["A2A-28"],
        "two-at-once",
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

    calls.follows(
        &["A2A-28"],
        "while-scanned",
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

    calls.accepts(
        &["A2A-12", "A2A-28"],
        "busy-last",
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

fn states(calls: &mut Area) {
    calls.follows(
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

    calls.accepts(
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

    calls.accepts(
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

/// What is no state of a call, but for the empty text.
fn no_states() -> [String; 9] {
    let long = "s".repeat(65);
    ["%41", "%2541", "a/b", "a+b", "a=b", "a b", "é", "a%", &long].map(str::to_owned)
}

fn read_alone(parses: &mut Area) {
    let right = || Call::new(CALLBACKS, PUBLISHED).url();
    let of = |party: &Party, url: String| Ask { party: party.clone(), op: parse(url) };

    parses.accepts(
        &["A2A-3", "A2A-27"],
        "state",
        "a state is told as it stands, whatever the case of its name and wherever it stands; none is null",
        move |t| {
            let party = t.peer_client();
            let long = "-".repeat(64);
            for state in ["0", ".", "~", "A.z_0~-", &long] {
                let (right, first) = (right(), format!("?state={state}&"));
                for url in [
                    format!("{right}&state={state}"),
                    format!("{right}&STATE={state}&x"),
                    format!("{right}&State={state}&states=1&x-state=2&state%20=3"),
                    right.replacen('?', &first, 1),
                ] {
                    let got = t.answers("A2A-27", &of(&party, url))?;
                    t.same("A2A-27", &got.state.as_deref(), Some(&Some(state)))?;
                }
            }
            for url in [right(), right() + "&states=1&%73tate=1"] {
                let got = t.answers("A2A-3", &of(&party, url))?;
                t.same("A2A-3", &got.state, Some(&None))?;
            }
            Ok(())
        },
    );

    parses.refuses(A2A_27, "state-form", "what is no state, is not decoded until it is one", move |t| {
        let party = t.peer_client();
        for state in no_states().iter().filter(|state| !state.contains(' ') && state.is_ascii()) {
            t.refuses(A2A_27, &of(&party, format!("{}&state={state}", right())))?;
        }
        for end in ["&state=", "&state", "&state==", "&STATE="] {
            t.refuses(A2A_27, &of(&party, right() + end))?;
        }
        t.accepts(A2A_27, &of(&party, right() + "&state=1"))
    });

    parses.refuses(
        A2A_4,
        "state-twice",
        "a state stands once at most, whichever of them is right",
        move |t| {
            let party = t.peer_client();
            for end in [
                "&state=1&state=1",
                "&state=1&State=2",
                "&state&state=1",
                "&state=1&state",
                "&state=%&STATE=%",
            ] {
                t.refuses(A2A_4, &of(&party, right() + end))?;
            }
            t.accepts(A2A_4, &of(&party, right() + "&state=1"))
        },
    );

    parses.refuses(
        A2A_27,
        "state-order",
        "a state is looked at after the names and before the callbacks",
        move |t| {
            let party = t.peer_client();
            let bad = Call::new(CALLBACKS, PUBLISHED).with(0, "a:b");
            t.refuses(A2A_27, &of(&party, bad.url() + "&state=%"))?;
            t.refuses(A2A_5, &of(&party, bad.clone().without(3).url() + "&state=%"))?;
            t.refuses(A2A_6, &of(&party, bad.url() + "&state=1"))?;
            t.accepts(A2A_27, &of(&party, right() + "&state=1"))
        },
    );
}

fn built(builds: &mut Area) {
    let with = |party: &Party, state: &str| {
        let op = App2AppBuild { state: Some(state.to_owned()), ..build(CALLBACKS, PUBLISHED) };
        Ask { party: party.clone(), op }
    };

    builds.accepts(&["A2A-21"], "state", "the state stands at the end of the URL, as it is", move |t| {
        let party = t.peer_client();
        let long = "s".repeat(64);
        for state in ["0", "A.z_0~-", &long] {
            let got = t.answers("A2A-21", &with(&party, state))?;
            t.same("A2A-21", &got.url, Some(&url(PUBLISHED, state)))?;
        }
        Ok(())
    });

    builds.refuses(A2A_27, "state-form", "what is no state, is written into no URL", move |t| {
        let party = t.peer_client();
        for state in no_states().iter().map(String::as_str).chain([""]) {
            t.refuses(A2A_27, &with(&party, state))?;
        }
        t.accepts(A2A_27, &with(&party, "1"))
    });

    builds.refuses(
        A2A_27,
        "state-order",
        "a state is looked at after the scheme and before the callbacks",
        move |t| {
            let party = t.peer_client();
            t.refuses(A2A_25, &with(&party, "%").but(|op| op.scheme = String::new()))?;
            t.refuses(A2A_27, &with(&party, "%").but(|op| op.x_success = "a:%_State_%x".to_owned()))?;
            t.refuses(A2A_22, &with(&party, "1").but(|op| op.x_success = "a:%_State_%x".to_owned()))?;
            t.accepts(A2A_27, &with(&party, "1"))
        },
    );
}

fn read_back(reads: &mut Area) {
    reads.accepts(&["A2A-23"], "state", "the state that comes back is told among the values", |t| {
        let party = t.peer_client();
        for (url, state) in [
            ("shop://paid?otp=1&call=A.z_0~-", "A.z_0~-"),
            ("shop://failed?call=&ErrorCode=5", ""),
            ("shop://back?call=%41.&by=,", "A."),
        ] {
            let got = t.answers("A2A-23", &Ask { party: party.clone(), op: read(CALLBACKS, url) })?;
            t.same("A2A-23", &got.values.state.as_deref(), Some(&Some(state)))?;
        }
        Ok(())
    });
}
