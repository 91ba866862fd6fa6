//! App-to-app in cases that one person plays in a minute: one thing wrong with a URL, then the same URL right. What they decide
//! others decide more thoroughly, in more steps than anybody follows by hand (`app2app_url`, `app2app_errors`).

use channel::class::Class;
use channel::rule::{A2A_4, A2A_5, A2A_6, A2A_7, A2A_10, CLI_2, CLI_3, CLI_15, PRT_4, Rule};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::forge::digits::with_another_last;
use harness::play::Play;
use harness::scene::{Scene, Show};
use harness::setup::PIN_TRIES;
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::Pin;

use super::app2app::{VERSION, answer, dispatch, error_of, opens, scene};
use super::app2app_call::ask;
use super::app2app_url::{CALLBACKS, Call, NAMES, encoded};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut app = Area::new("app", Role::Client);
    encodings(&mut app);
    parameters(&mut app);
    messages(&mut app);
    decisions(&mut app);
    app.cases()
}

/// What makes a call wrong.
type Bend = fn(Call) -> Call;

/// A call that is an error of this class, and the same call as it should be.
fn refuses(app: &mut Area, rule: Rule, class: Class, name: &str, about: &str, bend: Bend) {
    app.refuses(rule, name, about, move |t| {
        let mut scene = scene(t)?;
        let message = scene.request(t, &Show::default())?;
        let right = Call::new(CALLBACKS, &message);
        told(t, rule, &scene, &bend(right.clone()).url(), class)?;
        twin(t, rule, &scene, &right.url())
    });
}

/// The URL is an error, and its number is called back.
fn told(t: &mut Play<'_, '_>, rule: Rule, scene: &Scene, url: &str, class: Class) -> Result<(), Stop> {
    let got = t.tells(rule, &ask(scene, dispatch(url)))?;
    let error = error_of(class);
    let callback = format!("shop://failed?app={}&ErrorCode={}", VERSION.1, error.number.get());
    let want = DispatchResult { opened: None, error: Some(error), callback: Some(callback) };
    t.same(rule.id, &got, Some(&want))
}

/// The URL opens its message.
fn twin(t: &mut Play<'_, '_>, rule: Rule, scene: &Scene, url: &str) -> Result<(), Stop> {
    let got = t.answers(rule, &ask(scene, dispatch(url)))?;
    t.same("A2A-12", &got.error, Some(&None))?;
    t.same("A2A-15", &got.opened.is_some(), Some(&true))
}

fn encodings(app: &mut Area) {
    let (rule, class) = (A2A_6, Class::BadCallback);
    let bad: [(&str, &str, Bend); 3] = [
        ("encoded-once", "x-success is encoded once: an error, and x-error is called", |call| {
            call.with(0, &encoded(CALLBACKS[0], 1))
        }),
        (
            "encoded-never",
            "x-cancel stands there as it is, without its encoding: an error, and x-error is called",
            |call| call.with(2, CALLBACKS[2]),
        ),
        (
            "plus",
            "a plus in x-success, which nobody may take for a blank: an error, and x-error is called",
            |call| call.with(0, &(encoded(CALLBACKS[0], 2) + "+")),
        ),
    ];
    for (name, about, bend) in bad {
        refuses(app, rule, class, name, about, bend);
    }
    refuses(
        app,
        A2A_7,
        class,
        "encoded-thrice",
        "x-cancel is encoded three times: an error, and x-error is called",
        |call| call.with(2, &encoded(CALLBACKS[2], 3)),
    );
    refuses(
        app,
        A2A_10,
        class,
        "unlisted-x-success",
        "x-success has one character more than the white list: an error, and x-error is called",
        |call| call.with(0, &encoded(&format!("{}x", CALLBACKS[0]), 2)),
    );
    refuses(
        app,
        A2A_10,
        class,
        "unlisted-x-cancel",
        "x-cancel is on no white list: an error, and x-error is called",
        |call| call.with(2, &encoded("shop://elsewhere", 2)),
    );
    app.refuses(
        A2A_10,
        "unlisted-x-error",
        "x-error is on no white list: an error, and nobody is called",
        |t| {
            let mut scene = scene(t)?;
            let message = scene.request(t, &Show::default())?;
            let right = Call::new(CALLBACKS, &message);
            let url = right.clone().with(1, &encoded("shop://elsewhere", 2)).url();
            let got = t.tells(A2A_10, &ask(&scene, dispatch(url)))?;
            let error = Some(error_of(Class::BadCallback));
            t.same("A2A-13", &got, Some(&DispatchResult { opened: None, error, callback: None }))?;
            twin(t, A2A_10, &scene, &right.url())
        },
    );
}

fn parameters(app: &mut Area) {
    let class = Class::BadUrl;
    refuses(
        app,
        A2A_4,
        class,
        "parameter-twice",
        "x-cancel stands there twice, the same both times: an error, and x-error is called",
        |mut call| {
            call.parts.extend(call.parts.get(2).cloned());
            call
        },
    );
    refuses(
        app,
        A2A_5,
        class,
        "parameter-missing",
        "x-success is missing: an error, and x-error is called",
        |call| call.without(0),
    );
    app.accepts(
        &["A2A-3"],
        "names-in-capitals",
        "names of parameters in capitals, in another order, and one that means nothing",
        |t| {
            let mut scene = scene(t)?;
            let message = scene.request(t, &Show::default())?;
            let mut call = Call::new(CALLBACKS, &message);
            for ((name, _), known) in call.parts.iter_mut().zip(NAMES) {
                *name = known.to_uppercase();
            }
            call.parts.reverse();
            call.parts.push(("utm".to_owned(), "1".to_owned()));
            let got = t.answers("A2A-3", &ask(&scene, dispatch(call.url())))?;
            t.same("A2A-3", &got.opened.is_some(), Some(&true))
        },
    );
}

fn messages(app: &mut Area) {
    refuses(
        app,
        PRT_4,
        Class::Corrupted,
        "message-damaged",
        "the message's last byte is another: error 7",
        |call| with_message(call, with_another_last),
    );
    refuses(
        app,
        CLI_3,
        Class::WrongAccount,
        "message-for-another",
        "the message is for another serial number: error 6",
        |call| with_message(call, |message| message.replacen("C3E40F42B8", "C3E40F42B9", 1)),
    );
    refuses(
        app,
        CLI_2,
        Class::UnexpectedType,
        "message-of-activation",
        "the message is one of an activation, which no other app brings: error 5",
        |call| with_message(call, |message| format!("0000{}", message.get(4..).unwrap_or_default())),
    );
}

fn with_message(call: Call, bend: fn(&str) -> String) -> Call {
    let message = call.parts.get(3).map(|(_, message)| bend(message)).unwrap_or_default();
    call.with(3, &message)
}

fn decisions(app: &mut Area) {
    app.follows(
        &["A2A-18"],
        "blocked",
        "after too many wrong PINs the caller is told by error 8, and the message is closed",
        |t| {
            let mut scene = scene(t)?;
            let message = scene.request(t, &Show::default())?;
            opens(t, "A2A-15", &scene, &Call::new(CALLBACKS, &message).url(), &Show::default())?;
            for _ in 0..PIN_TRIES {
                let wrong = answer(t, &scene, true, Pin::Wrong);
                t.refuses_only(CLI_15, &scene.client, &wrong)?;
            }
            let decision = answer(t, &scene, true, Pin::Right);
            let got = t.answers("A2A-18", &ask(&scene, decision))?;
            let callback = format!("shop://failed?app={}&ErrorCode=8", VERSION.1);
            t.same("A2A-18", &got, Some(&AnswerResult { callback, error: Some(error_of(Class::Locked)) }))
        },
    );
}
