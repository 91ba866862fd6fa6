//! What is on display: the user approves the message that was read, and no other. SPEC sections 12 and 26.

use std::ops::DerefMut;

use channel::rule::{A2A_16, CLI_10, CLI_12, CLI_15, CLI_26, PRT_4};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::play::{Play, need};
use harness::scene::{Scene, Show, Stage, open};
use harness::setup::{Setup, app};
use peer::operations::*;
use peer::protocol::{Carrier, Content, Pin};

use super::app2app::{answer, dispatch};
use super::app2app_call::{STATE, ask, call, callable, confirmed, url};
use super::at_rest::{load, save};
use super::client::{resealed, with_bad_tag};
use super::push;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut display = Area::new("display", Role::Client);
    handles(&mut display);
    pushed(&mut display);
    closed(&mut display);
    display.cases()
}

/// The message comes on the other carrier.
fn by_gateway(message: &str) -> ClientOpen {
    ClientOpen { carrier: Carrier::Gateway, ..open(message) }
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
        "a message opened twice has two handles, and its first one is over",
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
