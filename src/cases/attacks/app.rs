//! Another app on the user's phone: it calls the client by URLs of its own.

use channel::rule::A2A_16;
use harness::area::Area;
use harness::attack::{Player, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::forge::Plain;
use harness::instance::Instance;
use harness::play::{Ask, Play, need};
use harness::scene::{Show, Stage};
use harness::setup::Setup;
use harness::trial::Stop;
use peer::json;
use peer::operations::*;
use peer::protocol::Pin;

use crate::app2app::configuration;
use crate::app2app_url::{CALLBACKS, SCHEME};

/// The user's phone takes calls of the shop.
fn called(t: &mut Play<'_, '_>) -> Result<Instance, Stop> {
    let user = user(t, Setup::default(), Stage::Confirmed)?;
    let (party, op) = (user.scene().client.clone(), configuration(CALLBACKS));
    t.agrees("A2A-9", &Ask { party, op })?;
    Ok(user)
}

/// The call ended in this error.
fn is_error(got: &DispatchResult, aim: &'static str, number: u32, class: &str) -> Result<(), Stop> {
    let found = got.error.as_ref().map(|error| (error.number.get(), error.class.as_str()));
    match found == Some((number, class)) && got.opened.is_none() {
        true => Ok(()),
        false => Err(harness::trial::fail(aim, format!("error {number}, {class}"), json::show(got))),
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut area = Area::of(Attacker::App);
    area.against(Goal::Secret).follows(
        &["A2A-10", "A2A-15"],
        "callback-of-its-own",
        "an app that would be called back with the signature, and is not on the list, gets nothing opened and no call",
        |t| {
            let mut user = called(t)?;
            let message = user.request(t, &Show::default())?;
            let evil = ["evil://paid?otp=%_OTP_%", "evil://failed", "evil://back"];
            let eve = Player::installed(t, SCHEME, evil);
            eve.thinks(t, "has a message of the bank's, and asks to be called back itself");
            let got = eve.gets(t, "A2A-10", &eve.calls(&user, &eve.url(&message)))?;
            is_error(&got, "A2A-10", 2, "bad-callback")?;
            let shop = Player::installed(t, SCHEME, CALLBACKS);
            t.agrees("A2A-15", &shop.calls(&user, &shop.url(&message)))
        },
    );
    area.against(Goal::Displayed).follows(
        &["A2A-12", "A2A-15"],
        "message-of-its-own",
        "a message that an app made up is displayed to nobody",
        |t| {
            let mut user = called(t)?;
            let message = user.request(t, &Show::default())?;
            let eve = Player::installed(t, SCHEME, CALLBACKS);
            eve.thinks(t, "takes a message of the bank's and puts a text of its own in its place");
            let bent = Plain::of(&message, None)?
                .with_body(b"pay me".to_vec())
                .message_under(&[0; 16], &harness::forge::MacKey::Cmac([0; 16]));
            let got = eve.gets(t, "A2A-12", &eve.calls(&user, &eve.url(&bent)))?;
            is_error(&got, "A2A-12", 7, "corrupted")?;
            t.agrees("A2A-15", &eve.calls(&user, &eve.url(&message)))
        },
    );
    area.against(Goal::Intended).follows(
        &["A2A-12", "A2A-15"],
        "am1-by-url",
        "an activation message that an app hands over by URL activates nothing",
        |t| {
            let mut user = called(t)?;
            let eve = Player::installed(t, SCHEME, CALLBACKS);
            eve.thinks(t, "has an activation message, and hands it over as if it were a request");
            let got = eve.gets(t, "A2A-12", &eve.calls(&user, &eve.url(user.am1()?)))?;
            is_error(&got, "A2A-12", 5, "unexpected-type")?;
            let message = user.request(t, &Show::default())?;
            t.agrees("A2A-15", &eve.calls(&user, &eve.url(&message)))
        },
    );
    area.against(Goal::Displayed).follows(
        &["A2A-28", "CLI-12"],
        "call-while-reading",
        "an app that calls while the user reads gets nothing on display, and the tap signs what was read",
        |t| {
            let mut user = called(t)?;
            let [read, other] =
                [user.request(t, &Show::default())?, user.request(t, &Show::titled("Another"))?];
            t.answers("CLI-11", &user.opens(&read))?;
            let eve = Player::installed(t, SCHEME, CALLBACKS);
            eve.thinks(t, "has another message of the bank's, and waits for the user's finger");
            let got = eve.gets(t, "A2A-28", &eve.calls(&user, &eve.url(&other)))?;
            is_error(&got, "A2A-28", 1, "busy")?;
            let tap = user.approves(t, Pin::Right);
            let signature = need(t.answers("CLI-12", &tap)?.signature, "a signature")?;
            t.agrees("CLI-12", &user.verify(&read, &signature))
        },
    );
    area.against(Goal::Displayed).refuses(
        A2A_16,
        "tap-meant-for-another",
        "a tap that was meant for the message before signs nothing of what an app has put there since",
        |t| {
            let mut user = called(t)?;
            let [read, other] =
                [user.request(t, &Show::default())?, user.request(t, &Show::titled("Another"))?];
            t.answers("CLI-11", &user.opens(&read))?;
            let before = t.handle(&user.scene().client);
            t.agrees("CLI-28", &user.closes())?;
            let eve = Player::installed(t, SCHEME, CALLBACKS);
            eve.thinks(t, "calls in the moment in which the display is free");
            eve.gets(t, "A2A-15", &eve.calls(&user, &eve.url(&other)))?;
            let tap = user.answers_call(t, Pin::Right);
            t.refuses(A2A_16, &tap.but(|ask| ask.handle = before))?;
            t.accepts(A2A_16, &tap)
        },
    );
    area.against(Goal::Leave).follows(
        &["CLI-28", "A2A-30"],
        "closed",
        "whatever an app has put on display, the user closes it and goes on",
        |t| {
            let mut user = called(t)?;
            let [other, own] =
                [user.request(t, &Show::titled("Another"))?, user.request(t, &Show::default())?];
            let eve = Player::installed(t, SCHEME, CALLBACKS);
            for _ in 0..3 {
                eve.gets(t, "A2A-15", &eve.calls(&user, &eve.url(&other)))?;
                let callback = t.answers("CLI-28", &user.closes())?.callback;
                let [_, _, cancel] = CALLBACKS;
                t.same("A2A-30", &callback.as_deref(), Some(&Some(cancel)))?;
            }
            t.agrees("A2A-30", &user.opens(&own))?;
            let tap = user.approves(t, Pin::Right);
            let signature = need(t.answers("CLI-28", &tap)?.signature, "a signature")?;
            t.agrees("CLI-28", &user.verify(&own, &signature))
        },
    );
    area.against(Goal::Once).follows(
        &["A2A-29"],
        "answer-of-another-call",
        "the answer to a call carries its state, so an app can't sell an earlier answer to the shop",
        |t| {
            let callbacks = ["shop://paid?otp=%_OTP_%&call=%_State_%", "shop://failed", "shop://back"];
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let (party, op) = (user.scene().client.clone(), configuration(callbacks));
            t.agrees("A2A-9", &Ask { party, op })?;
            let shop = Player::installed(t, SCHEME, callbacks);
            for state in ["first-4711", "second-0815"] {
                let message = user.request(t, &Show::default())?;
                let url = format!("{}&state={state}", shop.url(&message));
                t.answers("A2A-15", &shop.calls(&user, &url))?;
                let answer = user.answers_call(t, Pin::Right);
                let callback = t.answers("A2A-29", &answer)?.callback;
                let carries = callback.ends_with(&format!("&call={state}"));
                t.decided(carries, "A2A-29", &format!("a callback that ends with {state}"), callback)?;
            }
            shop.thinks(t, "keeps the first answer, which names a call that the shop no longer waits for");
            Ok(())
        },
    );
    area.cases()
}
