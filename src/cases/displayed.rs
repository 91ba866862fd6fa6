//! Both ends of each range of REQ-9's table, and their neighbours, wherever a text is built, sent or shown: each such place
//! has a table of its own in some implementation.

use super::request::characters;
use channel::rule::{A2A_7, PSH_5, REQ_9, Rule};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::play::{Ask, Play, need};
use harness::scene::{Scene, Show, Stage, list};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Carrier, Content, GatewayContent, Number, Operation};

use crate::app2app_url::{CALLBACKS, Call, PUBLISHED, SCHEME, parse};

/// Where a text stands.
const REQUESTS: [&str; 9] = [
    "list-title",
    "list-key",
    "list-value",
    "challenge-title",
    "free-text-title",
    "free-text",
    "login-service",
    "login-user",
    "login-domain",
];

/// A request with a text at this place.
fn content(place: &str, text: &str) -> Content {
    let text = text.to_owned();
    let login = |service: &str, user: &str, domain: &str| Content::Login {
        service: service.into(),
        index: Number::from(u32::from(otp::MULTI)),
        user: user.into(),
        domain: domain.into(),
    };
    match place {
        "list-title" => list(&text, &[("key", "value")]),
        "list-key" => list("", &[(&text, "value")]),
        "list-value" => list("", &[("key", &text)]),
        "challenge-title" => Content::Challenge { title: text, challenge: "4711".into() },
        "free-text-title" => Content::FreeText { title: text, text: "text".into() },
        "free-text" => Content::FreeText { title: String::new(), text },
        "login-service" => login(&text, "user", ""),
        "login-user" => login("service", &text, ""),
        _ => login("service", "user", &text),
    }
}

/// The application of mode MM signs them all, and format 3 needs the gateway.
fn show(place: &str, text: &str) -> Show {
    Show { carrier: Carrier::Gateway, content: content(place, text), ..Show::by(otp::MULTI) }
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let (mut shown, mut built) =
        (Area::new("shown-ends", Role::Client), Area::new("built-ends", Role::Server));
    for place in REQUESTS {
        let about = format!(
            "in a {place} the client refuses the first and the last character of each range of REQ-9's table, \
             and shows their neighbours outside it"
        );
        shown.refuses(REQ_9, place, &about, move |t| is_shown(t, place));
        let rule = if place.starts_with("login") { PSH_5 } else { REQ_9 };
        let about = format!(
            "in a {place} the server refuses the first and the last character of each range of REQ-9's \
                 table, and builds requests with their neighbours outside it"
        );
        built.refuses(rule, place, &about, move |t| is_built(t, rule, place));
    }
    for place in ["service", "user", "domain"] {
        let about = format!(
            "in a login's {place} the server refuses the first and the last character of each range of \
             REQ-9's table, and starts logins with their neighbours outside it"
        );
        built.refuses(PSH_5, &format!("start-{place}"), &about, move |t| is_started(t, place));
    }
    let mut texts = Vec::new();
    for (operation, rule) in
        [("push.read", REQ_9), ("push.write", PSH_5), ("app2app.parse", A2A_7), ("app2app.build", A2A_7)]
    {
        let mut area = Area::new("text-ends", Role::Primitive(operation));
        let name = operation.replace('.', "-");
        let about = format!(
            "{operation} refuses the first and the last character of each range of REQ-9's table, and takes \
             their neighbours outside it"
        );
        area.refuses(rule, &name, &about, move |t| is_taken(t, operation, rule));
        texts.extend(area.cases());
    }
    shown.cases().into_iter().chain(built.cases()).chain(texts).collect()
}

/// A question with this text in it.
type Asks<'a, Op> = &'a mut dyn FnMut(&mut Trial<'_>, &str) -> Result<Ask<Op>, Stop>;

/// Each character is allowed or refused, as the table says.
fn each<Op: Operation>(t: &mut Play<'_, '_>, rule: Rule, ask: Asks<'_, Op>) -> Result<(), Stop> {
    // Where the table says nothing, A2A-7 refuses the blank.
    let blank = |c: char| c == ' ' && rule.id == A2A_7.id;
    let mut last = None;
    for (c, allowed) in characters().into_iter().filter(|(c, _)| !blank(*c)) {
        let asked = ask(t, &format!("a{c}b"))?;
        if allowed {
            t.accepts(rule, &asked)?;
        } else {
            Trial::refuses_stateless(t, rule, &asked.party, &asked.op)?;
            last = Some(asked);
        }
    }
    t.refuses_to_make(rule, &need(last, "a character that is refused")?)
}

fn is_built(t: &mut Play<'_, '_>, rule: Rule, place: &str) -> Result<(), Stop> {
    let under = t.under()?;
    let scene = Scene::new(t, under, Setup::otp(), Stage::Created)?;
    each(t, rule, &mut |_, text| {
        Ok(Ask { party: scene.server.clone(), op: show(place, text).question(scene.now) })
    })
}

fn is_started(t: &mut Play<'_, '_>, place: &str) -> Result<(), Stop> {
    let under = t.under()?;
    let scene = Scene::new(t, under, Setup::otp(), Stage::Created)?;
    each(t, PSH_5, &mut |t, text| {
        let or = |name: &str, other: &str| if place == name { text.to_owned() } else { other.to_owned() };
        let key = t.random();
        let op = ServerLoginStart {
            application: Number::from(u32::from(otp::MULTI)),
            service: or("service", "service"),
            user: or("user", "user"),
            domain: Some(or("domain", "")),
            requester: format!("{key:?}"),
            now: scene.now,
            random: Some(RandomChallengeKey { challenge_key: Some(Array(key)) }),
        };
        Ok(Ask { party: scene.server.clone(), op })
    })
}

fn is_shown(t: &mut Play<'_, '_>, place: &str) -> Result<(), Stop> {
    let under = t.under()?;
    let mut scene = Scene::new(t, under, Setup::otp(), Stage::Confirmed)?;
    let channel = scene.payload_channel();
    let message = scene.request(t, &show(place, "|"))?;
    let plain = Plain::of(&message, Some(&channel))?;
    each(t, REQ_9, &mut |t, text| {
        // What is on display would be in the way of the next from the gateway.
        t.accepts("CLI-28", &scene.client, &ClientClose {})?;
        let message = plain.with_body(body(&plain.body, place, text)).message(Some(&channel));
        Ok(Ask { party: scene.client.clone(), op: ClientOpen { message, carrier: Carrier::Gateway } })
    })
}

/// The body with another text in place of its only stroke; the length before it is that of the text.
fn body(body: &[u8], place: &str, text: &str) -> Vec<u8> {
    let at = body.iter().position(|byte| *byte == b'|').unwrap_or_default();
    let (before, after) = (body.get(..at).unwrap_or_default(), body.get(at + 1..).unwrap_or_default());
    let grown = text.len() - 1;
    let mut before = before.to_vec();
    // A gateway string has one length for all, behind the control.
    let length = if place.starts_with("login") { Some(3) } else { at.checked_sub(1) };
    if let Some(byte) = length.and_then(|at| before.get_mut(at)) {
        *byte += u8::try_from(grown).unwrap_or(0);
    }
    [&before, text.as_bytes(), after].concat()
}

fn is_taken(t: &mut Play<'_, '_>, operation: &str, rule: Rule) -> Result<(), Stop> {
    let party = t.peer_client();
    match operation {
        "push.read" => each(t, rule, &mut |_, text| {
            let op = PushRead { text: format!("01;04;{text};1;user;"), application: Number::from(1) };
            Ok(Ask { party: party.clone(), op })
        }),
        "push.write" => each(t, rule, &mut |_, text| {
            let content = GatewayContent::Login {
                service: "service".into(),
                index: Number::from(1),
                user: text.into(),
                domain: String::new(),
            };
            Ok(Ask { party: party.clone(), op: PushContent { content } })
        }),
        "app2app.parse" => each(t, rule, &mut |_, text| {
            let callback = format!("shop:{text}");
            let [success, _, cancel] = CALLBACKS;
            let url = Call::new([success, &callback, cancel], PUBLISHED).url();
            Ok(Ask { party: party.clone(), op: parse(url) })
        }),
        _ => each(t, rule, &mut |_, text| {
            let [success, error, _] = CALLBACKS.map(str::to_owned);
            let op = App2AppBuild {
                scheme: SCHEME.into(),
                x_success: success,
                x_error: error,
                x_cancel: format!("shop:{text}"),
                message: PUBLISHED.into(),
                state: None,
            };
            Ok(Ask { party: party.clone(), op })
        }),
    }
}
