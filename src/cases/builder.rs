//! Requests of the formats challenge and free text, at the server: what it builds, and what it refuses to.

use super::formats::{challenge, free_text};
use super::{negative, positive, sequence};
use channel::rule::{NON_3, OTP_3, REQ_9, REQ_10, REQ_11, REQ_12, REQ_13, Rule, VER_12};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under, list};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::protocol::{Carrier, Charset, Content, Data};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let orders = ORDERS.into_iter().map(|(name, rule, bad)| {
        let about = format!("two defects in one request, {name}: it is refused with {}", rule.class.word());
        negative(format!("builder-order-{name}"), Role::Server, rule, about, move |t| {
            refused(t, Setup::otp(), rule, &bad(), &challenge("", "4711", otp::CHALLENGE))
        })
    });
    built().into_iter().chain(refusals()).chain(orders).collect()
}

/// What is refused although another defect stands beside it.
type Order = (&'static str, Rule, fn() -> Show);

const ORDERS: [Order; 10] = [
    ("application-before-title", REQ_12, || challenge("\n", "1", otp::FIELDS)),
    ("application-before-challenge", REQ_12, || challenge("", "A", otp::FIELDS)),
    ("application-before-text", REQ_12, || Show { application: otp::CHALLENGE, ..free_text("", "\n") }),
    ("title-before-challenge", REQ_9, || challenge("\n", "A", otp::CHALLENGE)),
    ("long-title-before-challenge", REQ_11, || challenge(&"t".repeat(256), "A", otp::CHALLENGE)),
    ("title-before-text", REQ_9, || latin(free_text("\n", "Ω"))),
    ("long-title-before-text", REQ_11, || free_text(&"t".repeat(256), "\n")),
    ("charset-before-display", REQ_10, || latin(free_text("", "\nΩ"))),
    ("display-before-length", REQ_9, || free_text(&"t".repeat(255), &format!("{}\n", "t".repeat(600)))),
    ("charset-before-length", REQ_10, || latin(free_text("", &"Ω".repeat(600)))),
];

fn built() -> Vec<Case> {
    use Role::Server;
    vec![
        positive(
            "challenge-layout",
            Server,
            &["REQ-1"],
            "requests of format 1 have the reference's bytes for every field's range",
            challenge_layout,
        ),
        positive(
            "free-text-layout",
            Server,
            &["REQ-1"],
            "requests of format 2 have the reference's bytes for every field's range, in both charsets",
            text_layout,
        ),
        positive(
            "free-text-over-255-bytes",
            Server,
            &["REQ-11"],
            "a text is no string: 256 bytes and more are taken, up to what the carrier's body holds",
            long_text,
        ),
        sequence(
            "challenge-verified",
            Server,
            &["SIG-4", "VER-13"],
            "signatures over challenges and texts are accepted, with the mode of the vector",
            verified,
        ),
    ]
}

fn refusals() -> Vec<Case> {
    use Role::Server;
    vec![
        negative(
            "challenge-builder-digits",
            Server,
            OTP_3,
            "a challenge that is not 1 to 16 decimal digits is refused, for that alone",
            digits,
        ),
        negative(
            "free-text-builder-characters",
            Server,
            REQ_9,
            "a character that can't be displayed is refused in titles and texts",
            characters,
        ),
        negative(
            "free-text-builder-charset",
            Server,
            REQ_10,
            "a character that ISO-8859-15 doesn't have is refused in titles and texts",
            not_in_charset,
        ),
        negative(
            "challenge-builder-title",
            Server,
            REQ_11,
            "a title of 256 bytes is refused before a challenge and before a text, one of 255 is not",
            long_title,
        ),
        negative(
            "free-text-body-513-bytes",
            Server,
            REQ_11,
            "a text whose body has 513 bytes is refused on the direct carrier, one of 512 is not",
            |t| long_body(t, Carrier::Direct, 512),
        ),
        negative(
            "free-text-body-2079-bytes",
            Server,
            REQ_11,
            "a text whose body has 2079 bytes is refused on the gateway carrier, one of 2078 is not",
            |t| long_body(t, Carrier::Gateway, 2078),
        ),
        negative(
            "challenge-builder-application",
            Server,
            REQ_12,
            "a challenge is issued for applications of mode CR and MM, texts and lists for SG and MM",
            application,
        ),
        negative(
            "challenge-builder-no-channel",
            Server,
            REQ_13,
            "without Secure Channel no format is issued, whatever else is wrong",
            no_channel,
        ),
        negative(
            "challenge-builder-counter-exhausted",
            Server,
            NON_3,
            "after the last counter neither challenge nor text is issued",
            exhausted,
        ),
        negative(
            "builder-order-length-before-counter",
            Server,
            REQ_11,
            "a body too long and no counter left: the length wins",
            order_counter,
        ),
        negative(
            "challenge-response-is-no-signature",
            Server,
            VER_12,
            "the response to a challenge's digits is not the signature over the request that carries it",
            no_signature,
        ),
    ]
}

fn latin(show: Show) -> Show {
    Show { charset: Charset::Iso8859_15, ..show }
}

fn confirmed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)
}

fn refused(t: &mut Trial<'_>, setup: Setup, rule: Rule, bad: &Show, good: &Show) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    t.refuses(rule, &scene.server, &bad.question(scene.now), &good.question(scene.now)).map(|_| ())
}

fn challenge_layout(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for length in 1..=16 {
        let digits = "9081726354098172".get(..length).unwrap_or_default();
        for application in [otp::CHALLENGE, otp::MULTI] {
            scene.request(t, &challenge(&"t".repeat(length - 1), digits, application))?;
        }
    }
    for minimum_version in 0..=3 {
        let show = challenge("Zoë", "0", otp::CHALLENGE);
        let template = 5 * minimum_version;
        scene.request(t, &Show { minimum_version, template, require_pin: true, ..show.clone() })?;
        scene.request(t, &latin(show))?;
    }
    let carrier = Carrier::Gateway;
    scene.request(t, &Show { carrier, ..challenge(&"t".repeat(255), "0", otp::MULTI) }).map(|_| ())
}

fn text_layout(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for text in ["a", "01;04;myService;3;a;b", "€ Zoë Žádost", " "] {
        for title in ["", "Œuvre"] {
            for minimum_version in 0..=3 {
                let show = Show { minimum_version, template: 15, ..free_text(title, text) };
                scene.request(t, &latin(show.clone()))?;
                scene.request(t, &Show { application: otp::MULTI, require_pin: true, ..show })?;
            }
        }
    }
    scene.request(t, &free_text("한국어", "𝄞 עברית")).map(|_| ())
}

fn long_text(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for length in [255, 256, 257, 507] {
        scene.request(t, &free_text("", &"t".repeat(length)))?;
    }
    for length in [511, 512, 1024, 2073] {
        let carrier = Carrier::Gateway;
        scene.request(t, &Show { carrier, ..free_text("", &"t".repeat(length)) })?;
    }
    // In bytes: 253 times two, and one.
    scene.request(t, &free_text("", &format!("{}t", "é".repeat(253))))?;
    scene.request(t, &latin(free_text("", &"é".repeat(507))))?;
    t.implied(&["REQ-11"])
}

fn verified(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for show in [
        challenge("Log in", "4711", otp::CHALLENGE),
        challenge("Log in", "4711", otp::MULTI),
        Show { application: otp::MULTI, ..free_text("Title", "Text") },
        Show { application: otp::FIELD_EVENT, ..free_text("Title", "Text") },
    ] {
        scene.now += 40;
        let message = scene.request(t, &show)?;
        scene.open(t, &message)?;
        let signature = scene.sign(t)?;
        scene.accept(t, &message, &signature)?;
    }
    t.implied(&["SIG-4"])
}

fn digits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let ask = |digits: &str| challenge("Log in", digits, otp::CHALLENGE);
    let long = "0".repeat(300);
    for bad in ["", "12345678901234567", "12A4", "12 4", " 1", "1\n", "-1", "+1", "１", "٣", "²", "Ω", &long]
    {
        for show in [ask(bad), latin(ask(bad)), Show { application: otp::MULTI, ..ask(bad) }] {
            t.refuses_only(OTP_3, &scene.server, &show.question(scene.now))?;
        }
    }
    t.twin(OTP_3.id, &scene.server, &ask("1234567890123456").question(scene.now)).map(|_| ())
}

const HIDDEN: [char; 8] =
    ['\n', '\u{7F}', '\u{AD}', '\u{200B}', '\u{202E}', '\u{2060}', '\u{E000}', '\u{E0041}'];

fn characters(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    for c in HIDDEN {
        let hidden = format!("a{c}b");
        for bad in
            [free_text("", &hidden), free_text(&hidden, "text"), challenge(&hidden, "4711", otp::CHALLENGE)]
        {
            t.refuses_only(REQ_9, &scene.server, &bad.question(scene.now))?;
        }
    }
    for good in [free_text("ab", "ab"), challenge("ab", "4711", otp::CHALLENGE)] {
        t.twin(REQ_9.id, &scene.server, &good.question(scene.now))?;
    }
    Ok(())
}

fn not_in_charset(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    for c in ["¤", "½", "Ω", "한", "😀", "\u{202E}"] {
        for bad in [free_text("", c), free_text(c, "text"), challenge(c, "4711", otp::CHALLENGE)] {
            t.refuses_only(REQ_10, &scene.server, &latin(bad.clone()).question(scene.now))?;
            if c != "\u{202E}" {
                t.twin(REQ_10.id, &scene.server, &bad.question(scene.now))?;
            }
        }
    }
    Ok(())
}

fn long_title(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let asks: [fn(&str) -> Show; 2] =
        [|title| challenge(title, "4711", otp::CHALLENGE), |title| free_text(title, "text")];
    for ask in asks {
        for (bad, good) in [("t".repeat(256), "t".repeat(255)), ("é".repeat(128), "é".repeat(127))] {
            let [bad, good] = [bad, good].map(|title| ask(&title).question(scene.now));
            t.refuses(REQ_11, &scene.server, &bad, &good)?;
        }
    }
    Ok(())
}

fn long_body(t: &mut Trial<'_>, carrier: Carrier, limit: usize) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let ask = |length: usize| Show { carrier, ..free_text("Title", &"t".repeat(length - 10)) };
    t.refuses_only(REQ_11, &scene.server, &ask(70_000 / 2).question(scene.now))?;
    let [bad, good] = [limit + 1, limit].map(|length| ask(length).question(scene.now));
    t.refuses(REQ_11, &scene.server, &bad, &good).map(|_| ())
}

fn application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let by = |content: &Content, application| {
        Show { application, content: content.clone(), ..Show::default() }.question(scene.now)
    };
    let challenge = challenge("Log in", "4711", otp::CHALLENGE).content;
    for index in [otp::FIELDS, otp::TIME, otp::FIELD_EVENT, otp::UNLOCK] {
        t.refuses_only(REQ_12, &scene.server, &by(&challenge, index))?;
    }
    for index in [otp::CHALLENGE, otp::MULTI] {
        t.twin(REQ_12.id, &scene.server, &by(&challenge, index))?;
    }
    for content in [free_text("", "text").content, list("", &[("k", "v")])] {
        for index in [otp::CHALLENGE, otp::TIME, otp::BOTH, otp::UNLOCK] {
            t.refuses_only(REQ_12, &scene.server, &by(&content, index))?;
        }
        for index in [otp::FIELDS, otp::MULTI] {
            t.twin(REQ_12.id, &scene.server, &by(&content, index))?;
        }
    }
    Ok(())
}

fn no_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { secure_channel: false, ..Setup::otp() };
    let without = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    let good = challenge("Log in", "4711", otp::CHALLENGE);
    let also_wrong = challenge("\n", "A", otp::FIELDS);
    for bad in [&good, &free_text("", "text"), &also_wrong] {
        t.refuses_only(REQ_13, &without.server, &bad.question(without.now))?;
    }
    let with = confirmed(t)?;
    t.twin(REQ_13.id, &with.server, &good.question(with.now)).map(|_| ())
}

/// A license with one counter left.
fn nearly_exhausted(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    let setup = Setup { last_counter: u32::MAX - 2, ..Setup::otp() };
    Scene::new(t, Under::Server, setup, Stage::Confirmed)
}

fn exhausted(t: &mut Trial<'_>) -> Result<(), Stop> {
    for show in [challenge("", "4711", otp::CHALLENGE), free_text("", "text")] {
        let scene = nearly_exhausted(t)?;
        t.twin(NON_3.id, &scene.server, &show.question(scene.now))?;
        t.refuses_only(NON_3, &scene.server, &show.question(scene.now))?;
    }
    Ok(())
}

fn order_counter(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = nearly_exhausted(t)?;
    let good = free_text("", "text").question(scene.now);
    t.twin(REQ_11.id, &scene.server, &good)?;
    t.refuses_only(NON_3, &scene.server, &good)?;
    t.refuses_only(REQ_11, &scene.server, &free_text("", &"t".repeat(508)).question(scene.now))?;
    let malformed = challenge("", "A", otp::CHALLENGE);
    t.refuses_only(OTP_3, &scene.server, &malformed.question(scene.now))
}

fn no_signature(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for application in [otp::CHALLENGE, otp::MULTI] {
        let message = scene.request(t, &challenge("", "4711", application))?;
        let data = Data::Challenge { challenge: "4711".into() };
        let response = scene.respond(t, application, &data, 0)?;
        scene.open(t, &message)?;
        let signature = scene.sign(t)?;
        let bad = scene.verify(&message, &response);
        t.refuses(VER_12, &scene.server, &bad, &scene.verify(&message, &signature))?;
    }
    Ok(())
}
