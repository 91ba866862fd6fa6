//! Requests that another app brings: what stands at a limit in one, and in the URL. What is refused is told in the result.

use channel::rule::{
    A2A_1, CLI_5, CLI_8, CLI_9, CLI_15, FRM_2, FRM_3, OTP_3, PRT_4, REQ_6, Rule, UNL_2, UNL_6, UNL_7,
};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{PIN_TRIES, Setup, app, otp};
use harness::trial::{Stop, Trial};
use peer::operations::ClientGenerateResponse;
use peer::protocol::{Data, Pin};

use super::super::app2app::{configuration, dispatch, error_of};
use super::super::app2app_url::{CALLBACKS, Call};
use super::super::client::with_bad_tag;
use super::super::information::question as information;
use super::super::negative;
use super::super::unlock::{another, answered, show, type_in};

/// The URL is an error of this requirement's class.
pub(super) fn told(t: &mut Trial<'_>, rule: Rule, scene: &Scene, url: &str) -> Result<(), Stop> {
    let both = t.accepts(rule.id, &scene.client, &dispatch(url))?;
    t.same(rule.id, &both.got.error, Some(&Some(error_of(rule.class))))?;
    t.same(rule.id, &both.got.opened.is_some(), Some(&false))
}

/// The URL opens its message, which is then closed.
pub(super) fn opens(t: &mut Trial<'_>, rule: Rule, scene: &Scene, url: &str) -> Result<(), Stop> {
    let both = t.twin(rule.id, &scene.client, &dispatch(url))?;
    t.same(rule.id, &both.got.error, Some(&None))?;
    t.same(rule.id, &both.got.opened, both.want.as_ref().map(|want| &want.opened))?;
    scene.close(t).map(drop)
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        negative(
            "ends-call-request",
            Role::Client,
            REQ_6,
            "client.dispatch takes a request with as little and as much in it as there may be, no less and no more",
            requests,
        ),
        negative(
            "ends-call-url",
            Role::Client,
            A2A_1,
            "client.dispatch reads a URL of the greatest length and of each character that there may be, and no other",
            urls,
        ),
        negative(
            "ends-tries-client",
            Role::Client,
            CLI_5,
            "an account is used until its last wrong PIN, and unlocked until its last wrong response, not before and not after",
            tries,
        ),
    ]
}

fn called(t: &mut Trial<'_>, setup: Setup) -> Result<Scene, Stop> {
    let scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    t.agrees("A2A-9", &scene.client, &configuration(CALLBACKS))?;
    Ok(scene)
}

fn requests(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = called(t, Setup::default())?;
    let good = scene.request(t, &Show::default())?;
    let channel = scene.payload_channel();
    let plain = Plain::of(&good, Some(&channel))?;
    let control = |version: u16, format: u16, index: u8| {
        (version << 14 | format << 4 | u16::from(index - 1) << 1).to_be_bytes()
    };
    let list = |items: u8| {
        [&control(0, 0, app::TIME)[..], &[0, items], &[1, b'k', 1, b'v'].repeat(usize::from(items))].concat()
    };
    let challenge = |digits: u8| {
        [&control(0, 1, app::BOTH)[..], &[0, digits], &b"9".repeat(usize::from(digits))].concat()
    };
    let text = |version: u16, length: u16| {
        let [high, low] = length.to_be_bytes();
        let text = b"x".repeat(usize::from(length));
        [&control(version, 2, app::TIME)[..], &[0, high, low], &text].concat()
    };
    let bad = [
        (REQ_6, list(0)),
        (REQ_6, list(17)),
        (REQ_6, text(0, 0)),
        (OTP_3, challenge(0)),
        (OTP_3, challenge(17)),
        (CLI_9, text(3, 1)),
        (FRM_3, text(0, 508)),
    ];
    let url = |plain: &Plain| Call::new(CALLBACKS, &plain.message(Some(&channel))).url();
    for (rule, body) in bad {
        told(t, rule, &scene, &url(&plain.with_body(body)))?;
    }
    let shortest = plain.with_body(Vec::new()).message(Some(&channel));
    told(t, PRT_4, &scene, &Call::new(CALLBACKS, &with_bad_tag(&shortest)).url())?;
    let cut = shortest.get(2..).unwrap_or_default();
    told(t, FRM_2, &scene, &Call::new(CALLBACKS, cut).url())?;
    // The counter of AM2, and the one behind it.
    let am2 = hex::decode(scene.am2.get(22..30).unwrap_or_default()).ok();
    let am2: [u8; 4] = am2.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
    let [first, next] = [0, 1].map(|more| {
        let mut other = plain.clone();
        let [_, _, _, _, counter @ ..] = &mut other.nonce;
        *counter = u32::from_be_bytes(am2).wrapping_add(more).to_be_bytes();
        url(&other)
    });
    told(t, CLI_8, &scene, &first)?;
    for body in [list(1), list(16), text(0, 1), text(2, 1), text(0, 507), challenge(1), challenge(16)] {
        opens(t, REQ_6, &scene, &url(&plain.with_body(body)))?;
    }
    opens(t, CLI_8, &scene, &next)
}

fn urls(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = called(t, Setup::default())?;
    let message = scene.request(t, &Show::default())?;
    let url = Call::new(CALLBACKS, &message).url();
    // Parts of other names are nobody's.
    let of_length = |length: usize| format!("{url}&{}", "x".repeat(length.saturating_sub(url.len() + 1)));
    let with = |character: char| format!("{url}&{character}");
    for bad in [of_length(16_385), with(' '), with('#'), with('\u{7F}')] {
        told(t, A2A_1, &scene, &bad)?;
    }
    for good in [of_length(16_384), with('!'), with('~')] {
        opens(t, A2A_1, &scene, &good)?;
    }
    Ok(())
}

fn tries(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = called(t, Setup::otp())?;
    let show_request = Show { application: otp::FIELDS, ..Show::default() };
    let url = Call::new(CALLBACKS, &scene.request(t, &show_request)?).url();
    let inform = information(&scene, super::frames::KEY);
    let wrong = ClientGenerateResponse {
        pin: Pin::Wrong,
        ..scene.response_question(otp::TIME, Data::ResponseOnly {})
    };
    let challenge = show(&scene, t.random());
    let unlock = type_in(&scene, "00000000");
    for _ in 1..PIN_TRIES {
        t.refuses_only(CLI_15, &scene.client, &wrong)?;
    }
    opens(t, CLI_5, &scene, &url)?;
    t.twin(CLI_5.id, &scene.client, &inform)?;
    t.refuses_only(UNL_2, &scene.client, &challenge)?;
    t.refuses_only(UNL_2, &scene.client, &unlock)?;
    t.refuses_only(CLI_15, &scene.client, &wrong)?;
    told(t, CLI_5, &scene, &url)?;
    t.refuses_only(CLI_5, &scene.client, &inform)?;
    let shown = t.agrees("UNL-1", &scene.client, &challenge)?.challenge;
    let right = answered(t, &scene, &shown)?;
    let wrong = type_in(&scene, &another(&right));
    for _ in 1..PIN_TRIES {
        t.refuses_only(UNL_7, &scene.client, &wrong)?;
    }
    t.agrees(UNL_6.id, &scene.client, &challenge)?;
    t.refuses_only(UNL_7, &scene.client, &wrong)?;
    t.refuses_only(UNL_6, &scene.client, &challenge)?;
    t.refuses_only(UNL_6, &scene.client, &type_in(&scene, &right))
}
