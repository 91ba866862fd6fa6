//! Characters that nobody would see, or that look like a blank: refused by whoever builds a message and by whoever shows
//! it (REQ-9). The ends of each range are in `request`; here is what people meet.

use channel::rule::REQ_9;
use harness::area::Area;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::play::{Ask, Play};
use harness::scene::{Scene, Show, Stage, list, open};
use harness::setup::Setup;
use harness::trial::Stop;
use peer::operations::{ClientOpen, ServerGenerateRequest};
use peer::protocol::{Charset, Content};

/// What is wrong, texts with it, and the same without.
const WRITTEN: [(&str, &str, &[&str], &str); 6] = [
    (
        "french-amount",
        "an amount with the no-break blanks of French is refused; with U+0020 it is not",
        &["12\u{202F}345,67\u{A0}€", "12\u{202F}345,67 €", "12 345,67\u{A0}€"],
        "12 345,67 €",
    ),
    (
        "wide-blank",
        "a text with an ideographic or a typographic blank is refused; with U+0020 it is not",
        &["山田\u{3000}太郎", "山田\u{2003}太郎", "山田\u{205F}太郎", "山田\u{1680}太郎"],
        "山田 太郎",
    ),
    (
        "joiner",
        "a Persian word with a joiner or non-joiner is refused; without it is not",
        &["می\u{200C}خواهم", "می\u{200D}خواهم"],
        "می خواهم",
    ),
    (
        "variation-selector",
        "a sign with a variation selector is refused; alone it is not",
        &["❤\u{FE0F}", "❤\u{FE0E}", "葛\u{E0100}"],
        "❤",
    ),
    (
        "direction",
        "a right-to-left text with a control of direction is refused; without any it is not",
        &["\u{202E}שלום", "שלום\u{200F}", "\u{2067}שלום\u{2069}", "\u{61C}שלום"],
        "שלום 1250",
    ),
    (
        "blank-glyph",
        "a character that has no glyph is refused, whatever Unicode calls it",
        &[
            "a\u{2800}b",
            "a\u{FFFC}b",
            "a\u{13430}b",
            "a\u{13440}b",
            "a\u{13441}b",
            "a\u{13442}b",
            "a\u{16FE4}b",
            "a\u{1BC9D}b",
            "a\u{1D159}b",
        ],
        "a\u{FFFD}b",
    ),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut shown = Area::new("shown-text", Role::Client);
    let mut built = Area::new("built-text", Role::Server);
    for (name, about, bad, good) in WRITTEN {
        shown.refuses(REQ_9, name, &format!("the client: {about}"), move |t| is_shown(t, bad, good));
        built.refuses(REQ_9, name, &format!("the server: {about}"), move |t| is_built(t, bad, good));
    }
    shown.cases().into_iter().chain(built.cases()).collect()
}

/// A value, a key and a title with it.
fn texts(text: &str) -> [Content; 3] {
    [list("", &[("key", text)]), list("", &[(text, "value")]), list(text, &[("key", "value")])]
}

fn is_built(t: &mut Play<'_, '_>, bad: &[&str], good: &str) -> Result<(), Stop> {
    let under = t.under()?;
    let scene = Scene::new(t, under, Setup::default(), Stage::Confirmed)?;
    let ask = |content: Content| -> Ask<ServerGenerateRequest> {
        let show = Show { charset: Charset::Utf8, content, ..Show::default() };
        Ask { party: scene.server.clone(), op: show.question(scene.now) }
    };
    for content in bad.iter().flat_map(|text| texts(text)) {
        t.refuses(REQ_9, &ask(content))?;
    }
    texts(good).into_iter().try_for_each(|content| t.accepts(REQ_9, &ask(content)))
}

fn is_shown(t: &mut Play<'_, '_>, bad: &[&str], good: &str) -> Result<(), Stop> {
    let under = t.under()?;
    let mut scene = Scene::new(t, under, Setup::default(), Stage::Confirmed)?;
    let request = scene.request(t, &Show::default())?;
    let channel = scene.payload_channel();
    let plain = Plain::of(&request, Some(&channel))?;
    let ask = |body: Vec<u8>| -> Ask<ClientOpen> {
        Ask { party: scene.client.clone(), op: open(&plain.with_body(body).message(Some(&channel))) }
    };
    for body in bad.iter().flat_map(|text| bodies(text)) {
        t.refuses(REQ_9, &ask(body))?;
    }
    bodies(good).into_iter().try_for_each(|body| t.accepts(REQ_9, &ask(body)))
}

/// The same as bodies of format 0, in UTF-8.
fn bodies(text: &str) -> [Vec<u8>; 3] {
    let body = |strings: [&str; 3]| {
        let [title, key, value] =
            strings.map(|text| [&[u8::try_from(text.len()).unwrap_or(0)], text.as_bytes()].concat());
        [vec![0, 0], title, vec![1], key, value].concat()
    };
    [body(["", "key", text]), body(["", text, "value"]), body([text, "key", "value"])]
}
