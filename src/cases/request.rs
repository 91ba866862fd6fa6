//! The request body: built by the server, read by the client.

use std::collections::BTreeSet;

use super::{negative, positive};
use channel::rule::{REQ_2, REQ_3, REQ_4, REQ_5, REQ_6, REQ_7, REQ_9, REQ_10, REQ_11, REQ_12, REQ_13, Rule};
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, list, open};
use harness::setup::{Setup, app};
use harness::spec;
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Carrier, Charset, Content};

/// A request body from its control word and its content.
fn body(control: u16, content: &[u8]) -> Vec<u8> {
    [&control.to_be_bytes(), content].concat()
}

const LIST: &[u8] = &[1, b't', 1, 1, b'k', 1, b'v'];

type Bend = (&'static str, Rule, fn() -> Vec<u8>);

const BENDS: [Bend; 30] = [
    ("empty", REQ_2, Vec::new),
    ("one-byte", REQ_2, || vec![0]),
    ("last-control-bit", REQ_2, || body(1, LIST)),
    ("charset-katakana", REQ_3, || body(2 << 6, LIST)),
    ("charset-central-european", REQ_3, || body(3 << 6, LIST)),
    ("charset-greek", REQ_3, || body(4 << 6, LIST)),
    ("charset-unassigned", REQ_3, || body(7 << 6, LIST)),
    ("format-gateway", REQ_4, || body(3 << 4, LIST)), // on the direct carrier
    ("control-only", REQ_5, || body(0, &[])),
    ("title-past-end", REQ_5, || body(0, &[200, b't', 1, 1, b'k', 1, b'v'])),
    ("no-count", REQ_5, || body(0, &[1, b't'])),
    ("list-past-end", REQ_5, || body(0, &[1, b't', 2, 1, b'k', 1, b'v'])),
    ("key-past-end", REQ_5, || body(0, &[1, b't', 1, 9, b'k', 1, b'v'])),
    ("value-past-end", REQ_5, || body(0, &[1, b't', 1, 1, b'k', 2, b'v'])),
    ("value-missing", REQ_5, || body(0, &[1, b't', 1, 1, b'k'])),
    ("left-over", REQ_5, || body(0, &[1, b't', 1, 1, b'k', 1, b'v', 0])),
    ("no-items", REQ_6, || body(0, &[1, b't', 0])),
    ("17-items", REQ_6, || body(0, &[&[0, 17][..], &[1, b'k', 0].repeat(17)].concat())),
    ("255-items", REQ_6, || body(0, &[0, 255, 1, b'k', 0])),
    ("empty-key", REQ_6, || body(0, &[0, 1, 0, 1, b'v'])),
    ("title-ill-formed", REQ_7, || body(0, &[1, 0xC3, 1, 1, b'k', 1, b'v'])),
    ("key-overlong", REQ_7, || body(0, &[0, 1, 2, 0xC1, 0x81, 1, b'v'])),
    ("value-surrogate", REQ_7, || body(0, &[0, 1, 1, b'k', 3, 0xED, 0xA0, 0x80])),
    ("value-above-10ffff", REQ_7, || body(0, &[0, 1, 1, b'k', 4, 0xF4, 0x90, 0x80, 0x80])),
    ("title-control", REQ_9, || body(0, &[1, 0x0A, 1, 1, b'k', 1, b'v'])),
    ("key-right-to-left-override", REQ_9, || body(0, &[0, 1, 3, 0xE2, 0x80, 0xAE, 1, b'v'])),
    ("value-zero-width", REQ_9, || body(0, &[0, 1, 1, b'k', 3, 0xE2, 0x80, 0x8B])),
    ("latin-control", REQ_9, || body(1 << 6, &[0, 1, 1, b'k', 1, 0x85])),
    ("latin-soft-hyphen", REQ_9, || body(1 << 6, &[0, 1, 1, b'k', 1, 0xAD])),
    ("latin-no-break-space", REQ_9, || body(1 << 6, &[0, 1, 1, b'k', 1, 0xA0])),
];

/// First, last and neighbours of the refused ranges, and whether they are allowed.
pub(super) fn characters() -> Vec<(char, bool)> {
    let refused = spec::refused_characters();
    let ends = refused.iter().flat_map(|(first, last)| {
        [first.checked_sub(1), Some(*first), Some(*last), last.checked_add(1)].into_iter().flatten()
    });
    let ends: BTreeSet<char> = ends.chain([0x20, 0xFFFD]).filter_map(char::from_u32).collect();
    let is_allowed = |c: char| !refused.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)));
    ends.into_iter().map(|c| (c, is_allowed(c))).collect()
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = BENDS
        .into_iter()
        .map(|(name, rule, bend)| {
            let about = format!("a request body with {name} is refused with {}", rule.class.word());
            negative(format!("request-{name}"), Role::Client, rule, about, move |t| bent(t, rule, bend))
        })
        .collect();
    cases.extend([
        positive(
            "request-layout",
            Role::Server,
            &["REQ-1"],
            "bodies have the reference's bytes for every field's range",
            layout,
        ),
        positive(
            "request-latin",
            Role::Server,
            &["REQ-8"],
            "ISO-8859-15 text is encoded by its table",
            latin_encode,
        ),
        positive(
            "request-latin-shown",
            Role::Client,
            &["REQ-8"],
            "every displayable byte of ISO-8859-15 is shown as its character",
            latin_decode,
        ),
        negative(
            "request-characters",
            Role::Client,
            REQ_9,
            "each refused range begins and ends where it should, at the client",
            client_characters,
        ),
        negative(
            "request-builder-characters",
            Role::Server,
            REQ_9,
            "each refused range begins and ends where it should, at the server",
            server_characters,
        ),
        negative(
            "request-not-in-charset",
            Role::Server,
            REQ_10,
            "a character that ISO-8859-15 doesn't have is refused",
            not_in_charset,
        ),
        negative(
            "request-string-256-bytes",
            Role::Server,
            REQ_11,
            "a string of 256 bytes is refused, one of 255 is not",
            long_string,
        ),
        negative(
            "request-body-513-bytes",
            Role::Server,
            REQ_11,
            "a body of 513 bytes is refused on the direct carrier, one of 512 is not",
            |t| long_body(t, Carrier::Direct),
        ),
        negative(
            "request-body-2079-bytes",
            Role::Server,
            REQ_11,
            "a body of 2079 bytes is refused on the gateway carrier, one of 2078 is not",
            |t| long_body(t, Carrier::Gateway),
        ),
        negative(
            "request-application",
            Role::Server,
            REQ_12,
            "a request for an application that may not sign it is refused",
            application,
        ),
        negative(
            "request-no-channel",
            Role::Server,
            REQ_13,
            "without Secure Channel no request is issued",
            no_channel,
        ),
        positive(
            "request-longest-opens",
            Role::Client,
            &["FRM-3", "FRM-4"],
            "the longest request of each carrier opens",
            longest,
        ),
        positive(
            "request-both-protections",
            Role::Server,
            &["NON-2", "PRT-2", "PRT-3"],
            "requests have the reference's bytes under both protections, counters rising by one",
            protections,
        ),
    ]);
    cases
}

fn bent(t: &mut Trial<'_>, rule: Rule, bend: fn() -> Vec<u8>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let good = scene.request(t, &Show::default())?;
    let channel = scene.payload_channel();
    let bad = Plain::of(&good, Some(&channel))?.with_body(bend()).message(Some(&channel));
    t.refuses(rule, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn layout(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    for minimum_version in 0..=3 {
        scene.request(t, &Show { minimum_version, ..Show::default() })?;
    }
    for template in 0..=15 {
        scene.request(t, &Show { template, require_pin: template % 2 == 1, ..Show::default() })?;
    }
    for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
        scene.request(t, &Show { application, ..Show::default() })?;
    }
    for count in 1..=16 {
        let items = (0..count).map(|i| (format!("key {i}"), "v".repeat(i))).collect();
        scene.request(
            t,
            &Show { content: Content::List { title: String::new(), items }, ..Show::default() },
        )?;
    }
    Ok(())
}

fn protections(t: &mut Trial<'_>) -> Result<(), Stop> {
    for message_protection in [1, 2] {
        let setup = Setup { message_protection, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
        for _ in 0..3 {
            scene.now += 1;
            scene.request(t, &Show::default())?;
        }
    }
    t.implied(&["NON-2", "PRT-2", "PRT-3"])
}

fn latin_encode(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let show = Show {
        charset: Charset::Iso8859_15,
        content: list("€ŠšŽžŒœŸ ÿ¡£", &[("Größe", "naïve ± ÷ þ")]),
        ..Show::default()
    };
    let message = scene.request(t, &show)?;
    let body = Plain::of(&message, Some(&scene.payload_channel()))?.body;
    let title = [0xA4, 0xA6, 0xA8, 0xB4, 0xB8, 0xBC, 0xBD, 0xBE, 0x20, 0xFF, 0xA1, 0xA3];
    t.same("REQ-8", &body.get(3..15), Some(&Some(&title[..])))
}

fn latin_decode(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let good = scene.request(t, &Show::default())?;
    let channel = scene.payload_channel();
    let displayable = (0x20..=0x7E).chain(0xA1..=0xFF).filter(|byte| *byte != 0xAD);
    let bytes: Vec<u8> = displayable.collect();
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let content = [&[0, 1, 1, b'k', length][..], &bytes].concat();
    let message = Plain::of(&good, Some(&channel))?.with_body(body(1 << 6, &content)).message(Some(&channel));
    t.agrees("REQ-8", &scene.client, &open(&message)).map(|_| ())
}

fn client_characters(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let good = scene.request(t, &Show::default())?;
    let channel = scene.payload_channel();
    for (c, allowed) in characters() {
        let text = format!("a{c}b");
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        let content = [&[0, 1, 1, b'k', length][..], text.as_bytes()].concat();
        let message = Plain::of(&good, Some(&channel))?.with_body(body(0, &content)).message(Some(&channel));
        if allowed {
            t.agrees("REQ-9", &scene.client, &open(&message))?;
        } else {
            t.refuses_only(REQ_9, &scene.client, &open(&message))?;
        }
    }
    t.twin(REQ_9.id, &scene.client, &open(&good)).map(|_| ())
}

fn server_characters(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    for (c, allowed) in characters() {
        let show = Show::titled(&format!("a{c}b"));
        if allowed {
            scene.request(t, &show)?;
        } else {
            t.refuses_only(REQ_9, &scene.server, &show.question(scene.now))?;
            let in_value = Show { content: list("", &[("key", &c.to_string())]), ..Show::default() };
            t.refuses_only(REQ_9, &scene.server, &in_value.question(scene.now))?;
        }
    }
    scene.request(t, &Show::default()).map(|_| ())
}

fn not_in_charset(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    for c in ['¤', '¦', '½', 'Ω', '한', '😀', '\u{202E}'] {
        let bad = Show { charset: Charset::Iso8859_15, ..Show::titled(&c.to_string()) };
        t.refuses_only(REQ_10, &scene.server, &bad.question(scene.now))?;
        if c != '\u{202E}' {
            let twin = Show { charset: Charset::Utf8, ..bad };
            t.twin(REQ_10.id, &scene.server, &twin.question(scene.now))?;
        }
    }
    Ok(())
}

fn long_string(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let with = |text: &str| Show { content: list("", &[("k", text)]), ..Show::default() }.question(scene.now);
    t.refuses(REQ_11, &scene.server, &with(&"v".repeat(256)), &with(&"v".repeat(255)))?;
    // Bytes count, not characters.
    let (bad, good) = ("é".repeat(128), format!("{}v", "é".repeat(127)));
    t.refuses(REQ_11, &scene.server, &with(&bad), &with(&good)).map(|_| ())
}

/// A request whose body has exactly this length.
fn of_length(length: usize, carrier: Carrier) -> Show {
    let mut items = Vec::new();
    // Control, empty title, count: 4 bytes; each item: key 2, value 1 + n.
    let mut left = length - 4;
    while left > 0 {
        let value = (left - 3).min(250);
        // An item needs 3 bytes: leave either none or enough.
        let value = if (1..=3).contains(&(left - 3 - value)) { value - 4 } else { value };
        items.push(("k".to_owned(), "v".repeat(value)));
        left -= 3 + value;
    }
    Show { carrier, content: Content::List { title: String::new(), items }, ..Show::default() }
}

fn long_body(t: &mut Trial<'_>, carrier: Carrier) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let limit = if carrier == Carrier::Direct { 512 } else { 2078 };
    let [bad, good] = [limit + 1, limit].map(|length| of_length(length, carrier).question(scene.now));
    t.refuses(REQ_11, &scene.server, &bad, &good).map(|_| ())
}

fn application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    for application in [app::MISSING, app::DISABLED, app::OFFLINE, app::RESPONSE_ONLY] {
        let bad = Show { application, ..Show::default() }.question(scene.now);
        t.refuses(REQ_12, &scene.server, &bad, &Show::default().question(scene.now))?;
    }
    Ok(())
}

fn no_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let without =
        Scene::new(t, Under::Server, Setup { secure_channel: false, ..Setup::default() }, Stage::Confirmed)?;
    let question = Show::default().question(without.now);
    t.refuses_only(REQ_13, &without.server, &question)?;
    let with = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    t.twin(REQ_13.id, &with.server, &question).map(|_| ())
}

fn longest(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    for (carrier, length, aim) in [(Carrier::Direct, 512, "FRM-3"), (Carrier::Gateway, 2078, "FRM-4")] {
        let message = scene.request(t, &of_length(length, carrier))?;
        t.agrees(aim, &scene.client, &ClientOpen { message, carrier })?;
        scene.sign(t)?;
    }
    Ok(())
}
