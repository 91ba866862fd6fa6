//! Requests of format 3: what a server builds, what a client shows, signs and remembers.

use super::at_rest::{load, save};
use super::client::{resealed, second_account};
use super::{negative, positive, sequence};
use channel::rule::{
    CLI_1, CLI_3, CLI_4, CLI_10, CLI_12, CLI_15, PSH_2, PSH_3, PSH_4, PSH_5, PSH_6, REQ_4, REQ_5, REQ_6,
    REQ_7, REQ_9, REQ_11, REQ_12, REQ_13, Rule, VER_7,
};
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, shown_of};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Carrier, Charset, Content, Number, Pin, ShownContent};

/// Login details of the application that requests are signed by here.
pub(super) fn details(service: &str, user: &str, domain: &str) -> Show {
    let [service, user, domain] = [service, user, domain].map(str::to_owned);
    let index = Number::from(u32::from(app::TIME));
    show(Content::Login { service, index, user, domain })
}

/// A notification.
pub(super) fn notification(challenge_key: &str) -> Show {
    show(Content::Notification { challenge_key: challenge_key.into() })
}

fn show(content: Content) -> Show {
    Show { carrier: Carrier::Gateway, content, ..Show::default() }
}

/// The parameters of `client.open` for what came through the gateway.
pub(super) fn open(message: &str) -> ClientOpen {
    ClientOpen { message: message.into(), carrier: Carrier::Gateway }
}

type Bend = (&'static str, Rule, fn() -> Vec<u8>);

/// A body of format 3 for application 1.
pub(super) fn body(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[0, 3 << 4], &length[..], text].concat()
}

/// So many bytes of it.
fn first(length: usize, text: &[u8]) -> Vec<u8> {
    body(text).into_iter().take(length).collect()
}

/// The same, said to be in ISO-8859-15.
fn latin(text: &[u8]) -> Vec<u8> {
    let mut body = body(text);
    if let Some(control) = body.get_mut(1) {
        *control |= 1 << 6;
    }
    body
}

#[rustfmt::skip] // a table
const BENDS: [Bend; 27] = [
    ("control-only", REQ_5, || first(2, b"")),
    ("length-cut", REQ_5, || first(3, b"")),
    ("empty", REQ_6, || body(b"")),
    ("text-cut", REQ_5, || first(19, b"01;03;0123456789")),
    ("left-over", REQ_5, || [&body(b"01;03;0123456789")[..], &[0]].concat()),
    ("charset-latin", REQ_4, || latin(b"01;03;0123456789")),
    ("ill-formed", REQ_7, || body(b"01;04;s;1;\xC3;d")),
    ("character", REQ_9, || body("01;04;s;1;\u{202E};d".as_bytes())),
    ("character-before-form", REQ_9, || body("\u{202E}".as_bytes())),
    ("form-before-left-over", PSH_4, || [&body(b"01;03;012345678")[..], &[0]].concat()),
    ("version", PSH_2, || body(b"02;03;0123456789")),
    ("version-no-digits", PSH_4, || body(b"xx;03;0123456789")),
    ("type", PSH_3, || body(b"01;05;s;1;u;d")),
    ("type-no-digits", PSH_4, || body(b"01;4;s;1;u;d")),
    ("key-too-short", PSH_4, || body(b"01;03;012345678")),
    ("key-no-digit", PSH_4, || body(b"01;03;012345678x")),
    ("key-field-too-many", PSH_4, || body(b"01;03;0123456789;")),
    ("details-field-missing", PSH_4, || body(b"01;04;s;1;u")),
    ("details-field-too-many", PSH_4, || body(b"01;04;s;1;u;d;")),
    ("service-empty", PSH_4, || body(b"01;04;;1;u;d")),
    ("user-empty", PSH_4, || body(b"01;04;s;1;;d")),
    ("index-0", PSH_4, || body(b"01;04;s;0;u;d")),
    ("index-9", PSH_4, || body(b"01;04;s;9;u;d")),
    ("index-01", PSH_4, || body(b"01;04;s;01;u;d")),
    ("index-of-another", PSH_6, || body(b"01;04;s;3;u;d")),
    ("user-256-characters", PSH_4, || body(format!("01;04;s;1;{};d", "é".repeat(256)).as_bytes())),
    ("domain-256-characters", PSH_4, || body(format!("01;04;s;1;u;{}", "é".repeat(256)).as_bytes())),
];

/// What a server does not build.
type Unbuilt = (&'static str, Rule, fn() -> Show);

#[rustfmt::skip] // a table
const UNBUILT: [Unbuilt; 17] = [
    ("notification-direct", REQ_4, || Show { carrier: Carrier::Direct, ..notification("0123456789") }),
    ("details-direct", REQ_4, || Show { carrier: Carrier::Direct, ..details("s", "u", "d") }),
    ("details-latin", REQ_4, || Show { charset: Charset::Iso8859_15, ..details("s", "u", "d") }),
    ("notification-latin", REQ_4, || Show { charset: Charset::Iso8859_15, ..notification("0123456789") }),
    ("key-too-long", PSH_5, || notification("01234567890")),
    ("key-no-digit", PSH_5, || notification("012345678;")),
    ("service-semicolon", PSH_5, || details("s;", "u", "d")),
    ("user-semicolon", PSH_5, || details("s", ";u", "d")),
    ("domain-semicolon", PSH_5, || details("s", "u", "d;d")),
    ("service-empty", PSH_5, || details("", "u", "d")),
    ("user-empty", PSH_5, || details("s", "", "d")),
    ("domain-256-characters", PSH_5, || details("s", "u", &"d".repeat(256))),
    ("user-character", PSH_5, || details("s", "u\u{200B}", "d")),
    ("index-of-another", PSH_6, || Show { application: app::EVENT, ..details("s", "u", "d") }),
    ("order-carrier-before-fields", REQ_4, || Show { carrier: Carrier::Direct, ..details("", "", ";") }),
    ("order-service-before-index", PSH_5, || Show { application: app::EVENT, ..details(";", "u", "d") }),
    ("order-index-before-user", PSH_6, || Show { application: app::EVENT, ..details("s", ";", "d") }),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let bent = BENDS.into_iter().map(|(name, rule, bend)| {
        let about = format!("a request of format 3 with {name} is refused with {}", rule.class.word());
        negative(format!("push-open-{name}"), Role::Client, rule, about, move |t| bent(t, rule, bend))
    });
    let unbuilt = UNBUILT.into_iter().map(|(name, rule, bad)| {
        let about = format!("a server does not issue {name}: {}", rule.class.word());
        negative(format!("push-build-{name}"), Role::Server, rule, about, move |t| not_built(t, rule, &bad()))
    });
    bent.chain(unbuilt).chain(server()).chain(client()).collect()
}

fn server() -> Vec<Case> {
    use Role::Server;
    vec![
        positive(
            "push-build-both",
            Server,
            &["REQ-1", "PSH-1", "PSH-5"],
            "notifications and login details have the reference's bytes, for each application that signs",
            built,
        ),
        negative(
            "push-build-2079-bytes",
            Server,
            REQ_11,
            "details of a body of 2079 bytes are refused, of 2078 they are not",
            longest,
        ),
        negative(
            "push-build-application",
            Server,
            REQ_12,
            "format 3 is for applications that sign requests, the notification, too",
            application,
        ),
        negative("push-build-no-channel", Server, REQ_13, "without Secure Channel there is none", no_channel),
        negative(
            "push-verify-notification",
            Server,
            VER_7,
            "a notification is not among the requests that can be signed: unknown, though this server issued it",
            |t| not_verified(t, &notification("0123456789")),
        ),
        negative(
            "push-verify-details",
            Server,
            VER_7,
            "verify_message_signature knows no login details, a right signature over them included",
            |t| not_verified(t, &details("s", "u", "d")),
        ),
    ]
}

fn client() -> Vec<Case> {
    use Role::Client;
    vec![
        negative("push-open-direct", Client, REQ_4, "format 3 is for the gateway alone", direct),
        negative(
            "push-open-application",
            Client,
            CLI_10,
            "a notification for an application that signs no requests is refused",
            client_application,
        ),
        positive(
            "push-open-shown",
            Client,
            &["PSH-1", "CLI-11"],
            "a notification is shown with its challenge key, details with service, index, user and domain",
            shown,
        ),
        positive(
            "push-open-key-case",
            Client,
            &["PSH-4"],
            "a challenge key is shown in upper case, whatever its case on the wire was",
            key_case,
        ),
        sequence(
            "push-notification-leaves-display",
            Client,
            &["PSH-7"],
            "a notification is told whatever is on display, and leaves it there",
            leaves,
        ),
        negative("push-notification-unsigned", Client, CLI_12, "a notification is not signed", unsigned)
            .and("PSH-7"),
        sequence(
            "push-identity-remembered",
            Client,
            &["PSH-8"],
            "an account remembers the user and domain whose details it signed last, and no others",
            remembered,
        ),
        sequence(
            "push-identity-saved",
            Client,
            &["PSH-8", "CST-1", "CST-9"],
            "user and domain are part of the state, of any length",
            saved,
        ),
        sequence(
            "push-identity-of-account",
            Client,
            &["PSH-8"],
            "each account has its own; a new activation has none",
            of_account,
        ),
        negative("push-identity-rooted", Client, CLI_1, "a blocked client tells no identity", rooted),
        negative(
            "push-identity-unknown",
            Client,
            CLI_3,
            "a client tells no identity for an account that isn't there",
            unknown,
        ),
        negative(
            "push-identity-pre-activated",
            Client,
            CLI_4,
            "a client tells no identity for a pre-activated account",
            pre_activated,
        ),
    ]
}

fn bent(t: &mut Trial<'_>, rule: Rule, bend: fn() -> Vec<u8>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let goods = [scene.request(t, &notification("0123456789"))?, scene.request(t, &details("s", "u", "d"))?];
    let [good, _] = &goods;
    let bad = resealed(&scene, good, |plain| plain.body = bend())?;
    t.refuses_only(rule, &scene.client, &open(&bad))?;
    goods.iter().try_for_each(|good| t.twin(rule.id, &scene.client, &open(good)).map(|_| ()))
}

fn not_built(t: &mut Trial<'_>, rule: Rule, bad: &Show) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    t.refuses_only(rule, &scene.server, &bad.question(scene.now))?;
    for good in [notification("0123456789"), details("s", "u", "d")] {
        t.twin(rule.id, &scene.server, &good.question(scene.now))?;
    }
    Ok(())
}

fn built(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
        scene.request(t, &Show { application, ..notification("ABCDEF0123") })?;
        let index = Number::from(u32::from(application));
        let [service, user, domain] = ["Shop", "Zoë", ""].map(str::to_owned);
        let content = Content::Login { service, index, user, domain };
        scene.request(t, &Show { application, require_pin: true, template: 9, ..show(content) })?;
    }
    // Written in upper case.
    scene.request(t, &notification("abcdef0123"))?;
    t.implied(&["PSH-1", "PSH-5"])
}

/// Details whose body has 4 + 10 + 1020 + 1020 bytes, and those of the domain.
fn longest(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    let most = "😀".repeat(255);
    let [good, bad] = [24, 25].map(|domain| details(&most, &most, &"d".repeat(domain)).question(scene.now));
    t.refuses(REQ_11, &scene.server, &bad, &good).map(|_| ())
}

fn application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    let good = notification("0123456789");
    for application in [app::MISSING, app::DISABLED, app::OFFLINE, app::RESPONSE_ONLY] {
        for show in [&good, &details("s", "u", "d")] {
            let bad = Show { application, ..show.clone() };
            t.refuses(REQ_12, &scene.server, &bad.question(scene.now), &good.question(scene.now))?;
        }
    }
    Ok(())
}

fn no_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { secure_channel: false, ..Setup::default() };
    let without = Scene::new(t, Under::Server, setup, Stage::Created)?;
    let with = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    for show in [notification("0123456789"), details("s", "u", "d")] {
        t.refuses_only(REQ_13, &without.server, &show.question(without.now))?;
        t.twin(REQ_13.id, &with.server, &show.question(with.now))?;
    }
    Ok(())
}

/// With any signature, before its form is looked at; where the message was not issued, that is said first.
fn not_verified(t: &mut Trial<'_>, show: &Show) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let message = scene.request(t, show)?;
    for signature in ["12345678", "?", ""] {
        t.refuses_only(VER_7, &scene.server, &scene.verify(&message, signature))?;
    }
    if matches!(show.content, Content::Login { .. }) {
        t.agrees("CLI-11", &scene.client, &open(&message))?;
        let signature = scene.sign(t)?;
        t.refuses_only(VER_7, &scene.server, &scene.verify(&message, &signature))?;
    }
    let list = Show { carrier: Carrier::Gateway, ..Show::default() };
    let good = scene.request(t, &list)?;
    scene.open(t, &good)?;
    let signature = scene.sign(t)?;
    t.twin(VER_7.id, &scene.server, &scene.verify(&good, &signature)).map(|_| ())
}

fn direct(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    for show in [notification("0123456789"), details("s", "u", "d")] {
        let message = scene.request(t, &show)?;
        let bad = ClientOpen { message: message.clone(), carrier: Carrier::Direct };
        t.refuses(REQ_4, &scene.client, &bad, &open(&message))?;
    }
    Ok(())
}

fn client_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let good = scene.request(t, &notification("0123456789"))?;
    for index in [app::MISSING, app::DISABLED, app::OFFLINE, app::RESPONSE_ONLY] {
        let bad = resealed(&scene, &good, |plain: &mut Plain| {
            if let Some(control) = plain.body.get_mut(1) {
                *control = *control & !0x0E | (index - 1) << 1;
            }
        })?;
        t.refuses(CLI_10, &scene.client, &open(&bad), &open(&good))?;
    }
    Ok(())
}

fn shown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    for show in [
        notification("0123456789"),
        notification("ABCDEFabcd"),
        details("myService", "myUserID", "myDomain"),
        details("한국어", " ", ""),
        details(&"😀".repeat(255), &"é".repeat(255), &"x".repeat(255)),
    ] {
        let message = scene.request(t, &show)?;
        let got = t.agrees("CLI-11", &scene.client, &open(&message))?;
        t.same("PSH-1", &got.content, Some(&shown_of(show.content)))?;
        scene.close(t)?;
    }
    Ok(())
}

fn key_case(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let upper = scene.request(t, &notification("ABCDEFABCD"))?;
    let lower = resealed(&scene, &upper, |plain| plain.body.make_ascii_lowercase())?;
    let content = ShownContent::Notification { challenge_key: "ABCDEFABCD".into() };
    for message in [lower, upper] {
        let got = t.agrees("PSH-4", &scene.client, &open(&message))?;
        t.same("PSH-4", &got.content, Some(&content))?;
    }
    Ok(())
}

fn leaves(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let told = scene.request(t, &notification("0123456789"))?;
    for show in [details("s", "u", "d"), Show::default()] {
        let message = scene.request(t, &show)?;
        t.agrees("CLI-11", &scene.client, &open(&message))?;
        let before = t.state("PSH-7", &scene.client)?;
        let got = t.agrees("PSH-7", &scene.client, &open(&told))?;
        t.same("PSH-7", &got.handle.map(|handle| handle.0), Some(&None))?;
        t.state_is("PSH-7", &scene.client, before)?;
        let signed = t.accepts("PSH-7", &scene.client, &scene.approve(t, Pin::Right))?;
        t.same("PSH-7", &signed.got, signed.want.as_ref())?;
    }
    // With nothing on display, nothing is there to be signed.
    t.agrees("PSH-7", &scene.client, &open(&told))?;
    let result = t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right));
    super::blaming("PSH-7", result)
}

fn unsigned(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let message = scene.request(t, &notification("0123456789"))?;
    t.agrees("CLI-11", &scene.client, &open(&message))?;
    for pin in [Pin::Right, Pin::Wrong, Pin::Cached] {
        t.refuses_only(CLI_12, &scene.client, &scene.approve(t, pin))?;
    }
    let reject = scene.reject(t);
    t.refuses_only(CLI_12, &scene.client, &reject)?;
    let good = scene.request(t, &details("s", "u", "d"))?;
    t.agrees("CLI-11", &scene.client, &open(&good))?;
    t.twin(CLI_12.id, &scene.client, &scene.approve(t, Pin::Right))?;
    t.implied(&["PSH-7"])
}

/// The parameters of `client.login_identity`.
fn identity(scene: &Scene) -> ClientLoginIdentity {
    ClientLoginIdentity { serial: scene.setup.serial.into() }
}

fn is_told(t: &mut Trial<'_>, scene: &Scene, user: Option<&str>, domain: Option<&str>) -> Result<(), Stop> {
    let got = t.agrees("PSH-8", &scene.client, &identity(scene))?;
    let want = IdentityResult { user: user.map(str::to_owned), domain: domain.map(str::to_owned) };
    t.same("PSH-8", &got, Some(&want))
}

fn sign(t: &mut Trial<'_>, scene: &mut Scene, user: &str, domain: &str) -> Result<(), Stop> {
    let message = scene.request(t, &details("Shop", user, domain))?;
    t.agrees("CLI-11", &scene.client, &open(&message))?;
    scene.sign(t).map(|_| ())
}

fn remembered(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    is_told(t, &scene, None, None)?;
    let message = scene.request(t, &details("Shop", "ann", "shop"))?;
    t.agrees("CLI-11", &scene.client, &open(&message))?;
    is_told(t, &scene, None, None)?;
    t.refuses_only(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong))?;
    is_told(t, &scene, None, None)?;
    scene.sign(t)?;
    is_told(t, &scene, Some("ann"), Some("shop"))?;
    // Neither a rejection nor another request touches it; the next login replaces it.
    let message = scene.request(t, &details("Shop", "bob", ""))?;
    t.agrees("CLI-11", &scene.client, &open(&message))?;
    let reject = scene.reject(t);
    t.agrees("CLI-13", &scene.client, &reject)?;
    is_told(t, &scene, Some("ann"), Some("shop"))?;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    scene.sign(t)?;
    is_told(t, &scene, Some("ann"), Some("shop"))?;
    sign(t, &mut scene, "bob", "")?;
    is_told(t, &scene, Some("bob"), Some(""))
}

fn saved(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    for (user, domain) in [("ann", "shop"), ("Zoë", ""), (&"😀".repeat(255), &"é".repeat(255))] {
        sign(t, &mut scene, user, domain)?;
        let platform = t.random();
        let question = save(t, platform);
        let state = t.agrees("CST-1", &scene.client, &question)?.state.0;
        scene.client = t.peer_client();
        t.agrees("CST-9", &scene.client, &load(&scene.setup, platform, state))?;
        is_told(t, &scene, Some(user), Some(domain))?;
    }
    Ok(())
}

fn of_account(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let mut second = second_account(t, &scene, Stage::Confirmed)?;
    sign(t, &mut scene, "ann", "shop")?;
    is_told(t, &second, None, None)?;
    sign(t, &mut second, "bob", "")?;
    is_told(t, &scene, Some("ann"), Some("shop"))?;
    is_told(t, &second, Some("bob"), Some(""))?;
    super::deactivation::end(t, &scene)?;
    scene.play(t, Stage::Confirmed)?;
    is_told(t, &scene, None, None)?;
    is_told(t, &second, Some("bob"), Some(""))
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let rooted = Setup { rooted: true, ..Setup::default() };
    let client = t.peer_client();
    let create = rooted.client(t);
    t.agrees("PPR-5", &client, &create)?;
    t.refuses_only(CLI_1, &client, &identity(&scene))?;
    t.twin(CLI_1.id, &scene.client, &identity(&scene)).map(|_| ())
}

fn unknown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let bad = ClientLoginIdentity { serial: "VDS1000121".into() };
    t.refuses(CLI_3, &scene.client, &bad, &identity(&scene)).map(|_| ())
}

fn pre_activated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let second = second_account(t, &scene, Stage::Am2)?;
    t.refuses(CLI_4, &scene.client, &identity(&second), &identity(&scene)).map(|_| ())
}
