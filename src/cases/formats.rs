//! Requests of the formats challenge and free text, at the client.

use super::client::resealed;
use super::{negative, positive, sequence};
use channel::rule::{CLI_9, CLI_10, OTP_3, REQ_2, REQ_3, REQ_4, REQ_5, REQ_6, REQ_7, REQ_9, Rule};
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open, shown_of};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Carrier, Charset, Content, Pin};

/// Control words: format and application, the rest 0.
const CHALLENGE: u16 = 1 << 4 | (otp::CHALLENGE as u16 - 1) << 1;
const FREE_TEXT: u16 = 2 << 4;
const LATIN: u16 = 1 << 6;

fn body(control: u16, parts: &[&[u8]]) -> Vec<u8> {
    [&control.to_be_bytes(), parts.concat().as_slice()].concat()
}

type Bend = (&'static str, Rule, fn() -> Vec<u8>);

const CHALLENGES: [Bend; 24] = [
    ("nothing", REQ_5, || body(CHALLENGE, &[])),
    ("title-past-end", REQ_5, || body(CHALLENGE, &[b"\x09t\x011"])),
    ("missing", REQ_5, || body(CHALLENGE, &[b"\x01t"])),
    ("past-end", REQ_5, || body(CHALLENGE, &[b"\x01t\x031"])),
    ("left-over", REQ_5, || body(CHALLENGE, &[b"\x01t\x011\x00"])),
    ("empty", OTP_3, || body(CHALLENGE, &[b"\x01t\x00"])),
    ("17-digits", OTP_3, || body(CHALLENGE, &[b"\x01t\x1112345678901234567"])),
    ("letter", OTP_3, || body(CHALLENGE, &[b"\x01t\x0412A4"])),
    ("blank", OTP_3, || body(CHALLENGE, &[b"\x01t\x0412 4"])),
    ("minus", OTP_3, || body(CHALLENGE, &[b"\x01t\x02-1"])),
    ("wide-digit", OTP_3, || body(CHALLENGE, &[b"\x01t\x03", "１".as_bytes()])),
    ("arabic-digit", OTP_3, || body(CHALLENGE, &[b"\x01t\x02", "٣".as_bytes()])),
    ("latin-superscript", OTP_3, || body(CHALLENGE | LATIN, &[b"\x01t\x01\xB2"])),
    ("title-ill-formed", REQ_7, || body(CHALLENGE, &[b"\x01\xC3\x011"])),
    ("title-bidirectional", REQ_9, || body(CHALLENGE, &[b"\x03", "\u{202E}".as_bytes(), b"\x011"])),
    ("title-latin-control", REQ_9, || body(CHALLENGE | LATIN, &[b"\x01\x85\x011"])),
    ("ill-formed", REQ_7, || body(CHALLENGE, &[b"\x01t\x021\xFF"])),
    ("zero-width", REQ_9, || body(CHALLENGE, &[b"\x01t\x041", "\u{200B}".as_bytes()])),
    ("line-feed", REQ_9, || body(CHALLENGE, &[b"\x01t\x021\n"])),
    ("order-control-before-charset", REQ_2, || body(CHALLENGE | 3 << 6 | 1, &[])),
    ("order-charset-before-content", REQ_3, || body(CHALLENGE | 2 << 6, &[])),
    ("order-title-before-challenge", REQ_7, || body(CHALLENGE, &[b"\x01\xFF\x01A"])),
    ("order-text-before-digits", REQ_9, || body(CHALLENGE, &[b"\x01t\x02A\x07"])),
    ("order-digits-before-left-over", OTP_3, || body(CHALLENGE, &[b"\x01t\x01A\x00"])),
];

const TEXTS: [Bend; 17] = [
    ("nothing", REQ_5, || body(FREE_TEXT, &[])),
    ("title-past-end", REQ_5, || body(FREE_TEXT, &[b"\x09t\x00\x01a"])),
    ("length-missing", REQ_5, || body(FREE_TEXT, &[b"\x01t"])),
    ("length-cut", REQ_5, || body(FREE_TEXT, &[b"\x01t\x00"])),
    ("missing", REQ_5, || body(FREE_TEXT, &[b"\x01t\x00\x01"])),
    ("past-end", REQ_5, || body(FREE_TEXT, &[b"\x01t\x00\x03ab"])),
    ("length-255-of-one", REQ_5, || body(FREE_TEXT, &[b"\x01t\xFF\xFFa"])),
    ("left-over", REQ_5, || body(FREE_TEXT, &[b"\x01t\x00\x01ab"])),
    ("empty", REQ_6, || body(FREE_TEXT, &[b"\x01t\x00\x00"])),
    ("empty-and-left-over", REQ_6, || body(FREE_TEXT, &[b"\x01t\x00\x00a"])),
    ("title-ill-formed", REQ_7, || body(FREE_TEXT, &[b"\x01\xFF\x00\x01a"])),
    ("ill-formed", REQ_7, || body(FREE_TEXT, &[b"\x01t\x00\x02a\xC3"])),
    ("line-feed", REQ_9, || body(FREE_TEXT, &[b"\x01t\x00\x03a\nb"])),
    ("tag-character", REQ_9, || body(FREE_TEXT, &[b"\x01t\x00\x04", "\u{E0041}".as_bytes()])),
    ("latin-soft-hyphen", REQ_9, || body(FREE_TEXT | LATIN, &[b"\x01t\x00\x01\xAD"])),
    ("order-title-before-length", REQ_9, || body(FREE_TEXT, &[b"\x01\x07\x00\x00"])),
    ("order-text-before-left-over", REQ_7, || body(FREE_TEXT, &[b"\x01t\x00\x01\xFFa"])),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let table = |format: &'static str, bends: Vec<Bend>| {
        bends.into_iter().map(move |(name, rule, bend)| {
            let about =
                format!("a request of format {format} with {name} is refused with {}", rule.class.word());
            negative(format!("{format}-{name}"), Role::Client, rule, about, move |t| bent(t, rule, bend))
        })
    };
    let bent = table("challenge", CHALLENGES.to_vec()).chain(table("free-text", TEXTS.to_vec()));
    bent.chain(others()).collect()
}

fn others() -> Vec<Case> {
    use Role::Client;
    vec![
        positive(
            "challenge-shown",
            Client,
            &["CLI-11", "CLI-10"],
            "a challenge of 1 to 16 digits is shown without its title, for applications of mode CR and MM",
            challenge_shown,
        ),
        positive(
            "free-text-shown",
            Client,
            &["CLI-11"],
            "a text is shown with its title, exactly, however long, in both charsets",
            text_shown,
        ),
        positive(
            "free-text-of-numbers",
            Client,
            &["REQ-4", "CLI-11"],
            "a text that looks like a gateway string is shown as it is in every format that shows texts",
            looks_like_gateway,
        ),
        negative(
            "gateway-string",
            Client,
            REQ_4,
            "format 3 on the direct carrier is refused whatever its content; the same content as a free text is shown",
            gateway_string,
        ),
        positive(
            "free-text-longest",
            Client,
            &["FRM-3", "FRM-4"],
            "the longest text of each carrier opens",
            longest,
        ),
        negative(
            "challenge-application",
            Client,
            CLI_10,
            "a challenge for an application that is neither CR nor MM is refused",
            |t| application(t, true),
        ),
        negative(
            "free-text-application",
            Client,
            CLI_10,
            "a free text for an application that is neither SG nor MM is refused, a list too",
            |t| application(t, false),
        ),
        negative(
            "challenge-order-version-before-application",
            Client,
            CLI_9,
            "a challenge for a newer app and a wrong application: the version wins",
            |t| order(t, CLI_9, |control| control & !0x0E | 0xC000),
        ),
        negative(
            "challenge-order-content-before-application",
            Client,
            OTP_3,
            "a malformed challenge for a wrong application: the challenge wins",
            order_content,
        ),
        sequence(
            "challenge-signed",
            Client,
            &["SIG-4", "CLI-12", "CLI-14"],
            "a challenge and a text are signed like a list: over the frame, once, with the mode of the vector",
            signed,
        ),
    ]
}

/// A challenge for an application.
pub(super) fn challenge(title: &str, challenge: &str, application: u8) -> Show {
    let content = Content::Challenge { title: title.into(), challenge: challenge.into() };
    Show { application, content, ..Show::default() }
}

/// A text for the signing application.
pub(super) fn free_text(title: &str, text: &str) -> Show {
    Show { content: Content::FreeText { title: title.into(), text: text.into() }, ..Show::default() }
}

fn confirmed(t: &mut Trial<'_>) -> Result<(Scene, String), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
    let good = scene.request(t, &challenge("Log in", "12345678", otp::CHALLENGE))?;
    Ok((scene, good))
}

fn bent(t: &mut Trial<'_>, rule: Rule, bend: fn() -> Vec<u8>) -> Result<(), Stop> {
    let (mut scene, challenge) = confirmed(t)?;
    let text = scene.request(t, &free_text("Title", "Text"))?;
    let bad = resealed(&scene, &challenge, |plain| plain.body = bend())?;
    t.refuses(rule, &scene.client, &open(&bad), &open(&text))?;
    t.twin(rule.id, &scene.client, &open(&challenge)).map(|_| ())
}

/// The client shows what was sent.
fn shows(t: &mut Trial<'_>, scene: &mut Scene, show: Show) -> Result<(), Stop> {
    let message = scene.request(t, &show)?;
    let question = ClientOpen { message, carrier: show.carrier };
    let shown = t.agrees("CLI-11", &scene.client, &question)?;
    t.same("CLI-11", &shown.application, Some(&u32::from(show.application)))?;
    t.same("CLI-11", &shown.content, Some(&shown_of(show.content)))
}

fn challenge_shown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, _) = confirmed(t)?;
    for digits in ["0", "00000000", "12345678", "9999999999999999", "0000000000000001"] {
        for application in [otp::CHALLENGE, otp::MULTI] {
            for charset in [Charset::Utf8, Charset::Iso8859_15] {
                for title in ["", "Zoë", "4711"] {
                    shows(t, &mut scene, Show { charset, ..challenge(title, digits, application) })?;
                }
            }
        }
    }
    t.implied(&["CLI-10"])
}

fn text_shown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, _) = confirmed(t)?;
    let long = "0123456789".repeat(40);
    for text in ["a", " ", "  a  b ", "€ Zoë", "\\n", "<b>&amp;</b>", "\"", long.as_str()] {
        for (template, charset) in [(0, Charset::Utf8), (15, Charset::Iso8859_15)] {
            for application in [otp::FIELDS, otp::MULTI] {
                let show = Show { template, charset, application, ..free_text("Žádost", text) };
                shows(t, &mut scene, show)?;
            }
        }
    }
    for text in ["한국어", "עברית", "𝄞", "é"] {
        shows(t, &mut scene, free_text(text, text))?;
    }
    Ok(())
}

const GATEWAY_LIKE: [&str; 4] = ["01;04;myService;3;a;b", "01;01;", "00;", "01;04;ü;1;"];

fn looks_like_gateway(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, _) = confirmed(t)?;
    for text in GATEWAY_LIKE {
        shows(t, &mut scene, free_text("", text))?;
        shows(t, &mut scene, free_text(text, text))?;
        shows(
            t,
            &mut scene,
            Show { content: harness::scene::list(text, &[(text, text)]), ..Show::default() },
        )?;
    }
    t.implied(&["REQ-4"])
}

fn gateway_string(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, _) = confirmed(t)?;
    for text in GATEWAY_LIKE {
        let good = scene.request(t, &free_text("", text))?;
        let bad = resealed(&scene, &good, |plain| {
            if let Some(control) = plain.body.get_mut(1) {
                *control |= 3 << 4;
            }
        })?;
        t.refuses(REQ_4, &scene.client, &open(&bad), &open(&good))?;
        // Without the title and length that a free text has, too.
        let bare = resealed(&scene, &good, |plain| plain.body = body(3 << 4, &[text.as_bytes()]))?;
        t.refuses_only(REQ_4, &scene.client, &open(&bare))?;
    }
    Ok(())
}

fn longest(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, _) = confirmed(t)?;
    for (carrier, length, aim) in [(Carrier::Direct, 512, "FRM-3"), (Carrier::Gateway, 2078, "FRM-4")] {
        let show = Show { carrier, ..free_text("", &"t".repeat(length - 5)) };
        let message = scene.request(t, &show)?;
        let shown = t.agrees(aim, &scene.client, &ClientOpen { message, carrier })?;
        t.same(aim, &shown.content, Some(&shown_of(show.content)))?;
        scene.sign(t)?;
    }
    Ok(())
}

/// The good message, naming another application.
fn naming(scene: &Scene, good: &str, index: u8) -> Result<String, Stop> {
    resealed(scene, good, |plain| {
        if let Some(control) = plain.body.get_mut(1) {
            *control = *control & !0x0E | (index - 1) << 1;
        }
    })
}

fn application(t: &mut Trial<'_>, with_challenge: bool) -> Result<(), Stop> {
    let (mut scene, of_challenge) = confirmed(t)?;
    let (text, list) = (scene.request(t, &free_text("", "text"))?, scene.request(t, &Show::default())?);
    let (goods, wrong) = match with_challenge {
        true => (vec![of_challenge], [otp::FIELDS, otp::TIME, otp::FIELD_EVENT, otp::UNLOCK]),
        false => (vec![text, list], [otp::CHALLENGE, otp::TIME, otp::BOTH, otp::UNLOCK]),
    };
    for good in goods {
        for index in wrong {
            let bad = naming(&scene, &good, index)?;
            t.refuses(CLI_10, &scene.client, &open(&bad), &open(&good))?;
        }
        let by_multi = naming(&scene, &good, otp::MULTI)?;
        t.twin(CLI_10.id, &scene.client, &open(&by_multi))?;
    }
    not_allowed(t, with_challenge)
}

/// The application of the right mode, but disabled, or not for Secure Channel.
fn not_allowed(t: &mut Trial<'_>, with_challenge: bool) -> Result<(), Stop> {
    for disabled in [true, false] {
        let mut setup = Setup::otp();
        let right = if with_challenge { otp::CHALLENGE } else { otp::FIELD_EVENT };
        for rules in setup.vector.applications.iter_mut().filter(|rules| rules.form.index == right) {
            rules.enabled = !disabled;
            rules.secure_channel = disabled;
        }
        let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
        let good = match with_challenge {
            true => challenge("", "1", otp::MULTI),
            false => free_text("", "text"),
        };
        let good = scene.request(t, &good)?;
        let bad = naming(&scene, &good, right)?;
        t.refuses(CLI_10, &scene.client, &open(&bad), &open(&good))?;
    }
    Ok(())
}

fn order(t: &mut Trial<'_>, rule: Rule, bend: fn(u16) -> u16) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain: &mut Plain| {
        if let Some((control, _)) = plain.body.split_first_chunk_mut::<2>() {
            *control = bend(u16::from_be_bytes(*control)).to_be_bytes();
        }
    })?;
    t.refuses(rule, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn order_content(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain| plain.body = body(1 << 4, &[b"\x00\x01A"]))?;
    t.refuses(OTP_3, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn signed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, _) = confirmed(t)?;
    for show in [
        challenge("Log in", "4711", otp::CHALLENGE),
        challenge("Log in", "4711", otp::MULTI),
        Show { application: otp::MULTI, ..free_text("Title", "Text") },
        free_text("Title", "Text"),
    ] {
        let message = scene.request(t, &Show { require_pin: true, ..show })?;
        scene.open(t, &message)?;
        t.refuses_only(channel::rule::CLI_14, &scene.client, &scene.approve(t, Pin::Cached))?;
        let signature = scene.sign(t)?;
        t.refuses_only(channel::rule::CLI_12, &scene.client, &scene.approve(t, Pin::Right))?;
        scene.accept(t, &message, &signature)?;
    }
    t.implied(&["SIG-4"])
}
