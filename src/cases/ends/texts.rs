//! Texts that are shown, sent and drawn, at their shortest and their longest.

use channel::rule::{A2A_25, CAR_2, PSH_4, PSH_5, REQ_6, REQ_7, REQ_11};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under, list};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::operations::{ClientSetApp2App, QrWrite, ServerLoginStart};
use peer::protocol::{Content, Number};

use super::super::app2app::configuration;
use super::super::app2app_url::CALLBACKS;
use super::super::client::resealed;
use super::super::push::{body, details, notification, open};
use super::super::{login, negative};

pub(super) fn cases() -> Vec<Case> {
    vec![
        negative(
            "ends-texts-client-open",
            Role::Client,
            PSH_4,
            "client.open takes a gateway string with fields as short and as long as they may be, no others",
            opened,
        ),
        negative(
            "ends-texts-server-generate-request",
            Role::Server,
            PSH_5,
            "server.generate_request takes texts as short and as long as they may be, no others",
            requested,
        ),
        negative(
            "ends-texts-server-login-start",
            Role::Server,
            PSH_5,
            "server.login_start takes texts as short and as long as they may be, no others",
            started,
        ),
        negative(
            "ends-scheme-client-set-app2app",
            Role::Client,
            A2A_25,
            "client.set_app2app takes the shortest and the longest scheme, none beside them",
            |t| {
                let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Created)?;
                let ask = |scheme: String| ClientSetApp2App { scheme, ..configuration(CALLBACKS) };
                for bad in ["".to_owned(), "a".repeat(65)] {
                    t.refuses_only(A2A_25, &scene.client, &ask(bad))?;
                }
                ["a".to_owned(), "a".repeat(64)]
                    .into_iter()
                    .try_for_each(|good| t.twin(A2A_25.id, &scene.client, &ask(good)).map(drop))
            },
        ),
        negative(
            "ends-text-qr-write",
            Role::Primitive("qr.write"),
            CAR_2,
            "qr.write draws a single character, and nothing for none",
            |t| {
                let party = t.peer_client();
                let ask = |text: &str| QrWrite { text: text.into() };
                t.refuses_stateless(CAR_2, &party, &ask(""))?;
                ["0", "a"].iter().try_for_each(|good| t.twin(CAR_2.id, &party, &ask(good)).map(drop))
            },
        ),
    ]
}

/// Details of the application with the greatest index.
fn of_last() -> Show {
    let [service, user, domain] = ["s", "u", ""].map(str::to_owned);
    let index = Number::from(u32::from(app::LONG));
    Show {
        application: app::LONG,
        content: Content::Login { service, index, user, domain },
        ..details("", "", "")
    }
}

/// Login details within their limits.
fn good_details() -> [Show; 4] {
    let most = "é".repeat(255);
    [details("s", "u", ""), details(&most, "u", "d"), details("s", &most, "d"), details("s", "u", &most)]
}

fn opened(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let sent = scene.request(t, &notification("0123456789"))?;
    let long = "é".repeat(256);
    let bad = [
        (REQ_6, Vec::new()),
        (REQ_7, b"\xC3".to_vec()),
        (PSH_4, b"01;03;012345678".to_vec()),
        (PSH_4, b"01;03;01234567890".to_vec()),
        (PSH_4, b"01;04;s;9;u;d".to_vec()),
        (PSH_4, format!("01;04;{long};1;u;d").into_bytes()),
        (PSH_4, format!("01;04;s;1;{long};d").into_bytes()),
        (PSH_4, format!("01;04;s;1;u;{long}").into_bytes()),
    ];
    for (rule, text) in bad {
        let bad = resealed(&scene, &sent, |plain| plain.body = body(&text))?;
        t.refuses_only(rule, &scene.client, &open(&bad))?;
    }
    t.twin(PSH_4.id, &scene.client, &open(&sent))?;
    for show in good_details().into_iter().chain([of_last()]) {
        let good = scene.request(t, &show)?;
        t.twin(PSH_4.id, &scene.client, &open(&good))?;
        scene.close(t)?;
    }
    Ok(())
}

fn requested(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    let long = "é".repeat(256);
    let key =
        |length: usize| Show { content: list("", &[("k".repeat(length).as_str(), "")]), ..Show::default() };
    let bad = [
        (PSH_5, notification("012345678")),
        (PSH_5, notification("01234567890")),
        (PSH_5, details(&long, "u", "d")),
        (PSH_5, details("s", &long, "d")),
        (PSH_5, details("s", "u", &long)),
        (REQ_11, key(256)),
    ];
    for (rule, show) in bad {
        t.refuses_only(rule, &scene.server, &show.question(scene.now))?;
    }
    good_details()
        .into_iter()
        .chain([notification("0123456789"), of_last(), key(255)])
        .try_for_each(|show| t.twin(PSH_5.id, &scene.server, &show.question(scene.now)).map(drop))
}

fn started(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let mut with = |service: &str, user: &str, domain: &str| ServerLoginStart {
        service: service.into(),
        user: user.into(),
        domain: Some(domain.into()),
        ..login::ask(t, &scene)
    };
    let (long, most) = ("é".repeat(256), "é".repeat(255));
    let bad = [with(&long, "u", "d"), with("s", &long, "d"), with("s", "u", &long)];
    let good = [with("s", "u", ""), with(&most, "u", "d"), with("s", &most, "d"), with("s", "u", &most)];
    bad.iter().try_for_each(|bad| t.refuses_only(PSH_5, &scene.server, bad))?;
    good.iter().try_for_each(|good| t.twin(PSH_5.id, &scene.server, good).map(drop))
}
