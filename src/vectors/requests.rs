//! `request.json`: bodies of requests (SPEC section 13). A valid one is built by a server; an invalid one is
//! refused by the client that is sent it, rightly sealed, or by the server that should build it.

use serde_json::{Value, json};

use super::flow;
use super::keys::between;
use super::vector::{hex, since, with};
use channel::rule::{OTP_3, REQ_9, REQ_10, REQ_11, Rule};
use channel::wire;
use channel::wire::request::Request;
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, list, open};
use harness::setup::{Setup, app};
use harness::trial::Trial;
use peer::protocol::{Carrier, Charset, Content};

/// `request.json`.
pub(super) fn requests() -> Vec<Value> {
    [
        lists(),
        bad_lists(),
        since(2, challenges()),
        since(2, free_texts()),
        since(2, bad_challenges()),
        since(2, bad_free_texts()),
        since(2, not_built()),
    ]
    .concat()
}

fn lists() -> Vec<Value> {
    let everything =
        Show { minimum_version: 3, require_pin: true, template: 15, application: 8, ..Show::default() };
    let content = list("€Šž", &[("Größe", "ÿ")]);
    let latin = Show { charset: Charset::Iso8859_15, content, ..Show::default() };
    let empty = Show { content: list("", &[("k", "")]), ..Show::default() };
    vec![
        built("plain", "as it is built most of the time", &Show::default()),
        built("every-control-bit", "every field of the control word at its most", &everything),
        built("latin", "characters that ISO-8859-15 has where ISO-8859-1 has others", &latin),
        built("empty-texts", "title and value may be empty", &empty),
    ]
}

fn bad_lists() -> Vec<Value> {
    bad_bodies([
        ("empty", "no control word", ""),
        ("last-bit", "the last control bit", "0001 00 01 01 6B 00"),
        ("charset-2", "Katakana", "0080 00 01 01 6B 00"),
        ("format-3", "the gateway string is not for this carrier", "0030 00 01 01 6B 00"),
        ("past-end", "the key runs past the end", "0000 00 01 01"),
        ("left-over", "a byte after the last item", "0000 00 01 01 6B 00 00"),
        ("no-items", "a list of none", "0000 00 00"),
        ("empty-key", "a key without characters", "0000 00 01 00 00"),
        ("ill-formed", "half a character", "0000 00 01 01 6B 01 C3"),
        ("override", "U+202E turns the text around", "0000 00 01 01 6B 03 E280AE"),
    ])
}

/// A challenge for the application of mode MM.
fn challenge(title: &str, challenge: &str) -> Show {
    let content = Content::Challenge { title: title.into(), challenge: challenge.into() };
    Show { application: app::BOTH, content, ..Show::default() }
}

fn free_text(title: &str, text: &str) -> Show {
    Show { content: Content::FreeText { title: title.into(), text: text.into() }, ..Show::default() }
}

fn challenges() -> Vec<Value> {
    let latin = Show { charset: Charset::Iso8859_15, ..challenge("für 5 €", "0815") };
    let everything = Show { minimum_version: 3, require_pin: true, template: 15, ..challenge("Login", "1") };
    vec![
        built("challenge", "format 1", &challenge("Login", "12345678")),
        built("challenge-1-digit", "the shortest, every other field at its most", &everything),
        built("challenge-16-digits", "the longest", &challenge("Login", "0123456789012345")),
        built("challenge-empty-title", "the title may be empty", &challenge("", "00000000")),
        built("challenge-latin", "the title is in the charset", &latin),
    ]
}

fn free_texts() -> Vec<Value> {
    let latin = Show { charset: Charset::Iso8859_15, ..free_text("Žofie", "Œuvre für 5 €") };
    let gateway = Show { carrier: Carrier::Gateway, ..free_text("", &"x".repeat(2078 - 5)) };
    let words = "Please confirm that you want to pay 12.50 EUR to Zoë.";
    let fields = "01;04;Amount;12.50 EUR;To;Zoë";
    vec![
        built("free-text", "format 2", &free_text("Confirm", words)),
        built("free-text-latin", "title and text in the charset", &latin),
        built(
            "free-text-empty-title",
            "the title may be empty, one character is a text",
            &free_text("", "?"),
        ),
        built(
            "free-text-256-bytes",
            "a text is no string: more than 255 bytes",
            &free_text("", &"ü".repeat(128)),
        ),
        built(
            "free-text-512-byte-body",
            "the longest on the direct carrier",
            &free_text("", &"x".repeat(512 - 5)),
        ),
        built("free-text-2078-byte-body", "the longest on the gateway carrier", &gateway),
        built("free-text-gateway-string", "means nothing here: text like any other", &free_text("", fields)),
        built(
            "free-text-allowed",
            "U+FFFD, unassigned characters and right-to-left text are allowed",
            &free_text("", "\u{FFFD}\u{2FFFD} שלום 1250"),
        ),
    ]
}

fn bad_challenges() -> Vec<Value> {
    bad_bodies([
        ("challenge-empty", "no digit", "0014 00 00"),
        ("challenge-17-digits", "a digit too many", "0014 00 11 3031323334353637383930313233343536"),
        ("challenge-letter", "a letter", "0014 00 02 3141"),
        ("challenge-blank", "a blank", "0014 00 03 312032"),
        ("challenge-full-width", "U+FF11 is a digit, but not of ASCII", "0014 00 03 EFBC91"),
        ("challenge-past-end", "the challenge runs past the end", "0014 00 03 3132"),
        ("challenge-missing", "only a title", "0014 00"),
        ("challenge-title-past-end", "the title runs past the end", "0014 05 4C6F67"),
        ("challenge-left-over", "a byte after the challenge", "0014 00 01 31 00"),
        ("challenge-letter-and-left-over", "the challenge comes first", "0014 00 01 41 00"),
        ("challenge-ill-formed", "no text at all comes before no digits", "0014 00 01 C3"),
        ("challenge-override", "so does what can't be shown", "0014 00 03 E280AE"),
        ("challenge-bad-title", "the title is not shown, but is text", "0014 01 07 01 31"),
    ])
}

fn bad_free_texts() -> Vec<Value> {
    let gateway = format!("0030 00 0006 {}", hex("01;04;"));
    bad_bodies([
        ("free-text-empty", "no text", "0020 00 0000"),
        ("free-text-past-end", "the text runs past the end", "0020 00 0003 6162"),
        ("free-text-length-cut", "half a length", "0020 00 00"),
        ("free-text-missing", "only a title", "0020 00"),
        ("free-text-one-byte-length", "its length is two bytes", "0020 00 02 6162"),
        ("free-text-left-over", "a byte after the text", "0020 00 0001 61 00"),
        ("free-text-empty-and-left-over", "the empty text comes first", "0020 00 0000 61"),
        ("free-text-ill-formed", "half a character", "0020 00 0001 C3"),
        ("free-text-line-end", "a line end is a control", "0020 00 0003 610A62"),
        ("free-text-latin-control", "ISO-8859-15 has controls, too", "0060 00 0001 85"),
        ("free-text-latin-no-break-space", "a blank other than U+0020", "0060 00 0001 A0"),
        ("free-text-no-break-space", "U+202F, as formatting for French writes it", "0020 00 0003 E280AF"),
        ("free-text-ideographic-space", "U+3000", "0020 00 0003 E38080"),
        ("free-text-joiner", "U+200C, as Persian is written", "0020 00 0003 E2808C"),
        ("free-text-variation-selector", "U+FE0F behind a heart", "0020 00 0006 E29DA4EFB88F"),
        ("free-text-hieroglyph-format", "U+13430, a format character", "0020 00 0004 F09390B0"),
        ("free-text-hieroglyph-blank", "U+13441, a blank that no property names", "0020 00 0004 F0939181"),
        ("free-text-null-notehead", "U+1D159, another", "0020 00 0004 F09D8599"),
        ("free-text-object", "U+FFFC, where an object would be", "0020 00 0003 EFBFBC"),
        ("free-text-noncharacter", "U+2FFFE, in a plane of letters", "0020 00 0004 F0AFBFBE"),
        ("free-text-private", "U+E000", "0020 00 0003 EE8080"),
        ("free-text-charset-3", "central European", "00E0 00 0001 61"),
        ("format-3-gateway-string", "nor with its own text", &gateway),
        ("format-3-charset-2", "the charset comes first", "00B0 00 0001 61"),
    ])
}

/// What a server refuses to build.
fn not_built() -> Vec<Value> {
    let latin = Show { charset: Charset::Iso8859_15, ..free_text("", "Ω") };
    let gateway = Show { carrier: Carrier::Gateway, ..free_text("", &"x".repeat(2078 - 4)) };
    let long_title = |length: usize| challenge(&"t".repeat(length), "1");
    [
        ("challenge-letter", "a letter in the challenge", OTP_3, challenge("", "12A4")),
        ("challenge-17-digits", "a digit too many", OTP_3, challenge("", "01234567890123456")),
        ("challenge-empty", "none", OTP_3, challenge("", "")),
        ("challenge-control", "for a challenge one rule alone", OTP_3, challenge("", "1\u{7}")),
        ("challenge-long-title", "256 bytes", REQ_11, long_title(256)),
        ("challenge-title-first", "title and challenge bad: the title wins", REQ_9, challenge("\u{7}", "A")),
        ("free-text-charset", "a character that the charset does not have", REQ_10, latin),
        ("free-text-line-end", "a line end", REQ_9, free_text("", "one\ntwo")),
        (
            "free-text-no-break-space",
            "an amount formatted for French",
            REQ_9,
            free_text("", "12\u{202F}345,67\u{A0}€"),
        ),
        ("free-text-513-byte-body", "a byte too long", REQ_11, free_text("", &"x".repeat(512 - 4))),
        ("free-text-2079-byte-body", "on the gateway carrier", REQ_11, gateway),
    ]
    .into_iter()
    .map(|(id, note, rule, show)| refused(&format!("request-built-{id}"), note, rule, &show))
    .collect()
}

/// The parameters that say what is shown.
fn asked_for(show: &Show) -> Value {
    json!({"minimum_version": show.minimum_version, "require_pin": show.require_pin,
        "template": show.template, "charset": u8::from(show.charset != Charset::Utf8),
        "application": show.application, "content": show.content})
}

/// A server builds it.
fn built(id: &str, note: &str, show: &Show) -> Value {
    let (mut output, mut explained) = (Value::Null, Value::Null);
    let play = |t: &mut Trial<'_>| {
        let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
        let message = scene.request(t, show)?;
        let channel = scene.payload_channel();
        output = json!({"body": hex(Plain::of(&message, Some(&channel))?.body)});
        explained = between(&channel, &message).unwrap_or_default();
        Ok(())
    };
    let vector = flow(&format!("request-{id}"), note, &["REQ-1", "REQ-8"], play);
    let vector = with(with(vector, "input", asked_for(show)), "output", output);
    with(vector, "intermediate", explained)
}

/// A server refuses to build it.
fn refused(id: &str, note: &str, rule: Rule, show: &Show) -> Value {
    let play = |t: &mut Trial<'_>| {
        let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
        t.refuses_only(rule, &scene.server, &show.question(scene.now))
    };
    with(flow(id, note, &[rule.id], play), "input", asked_for(show))
}

fn bad_bodies<const N: usize>(bodies: [(&str, &str, &str); N]) -> Vec<Value> {
    bodies.map(|(id, note, body)| bad_body(id, note, &body.replace(' ', ""))).into()
}

/// A client that shares the key is sent it, rightly sealed, and refuses.
fn bad_body(id: &str, note: &str, body: &str) -> Value {
    let id = format!("request-{id}");
    let bytes = channel::text::hex::decode(body).unwrap_or_default();
    let Err(refusal) = Request::decode(&bytes, wire::frame::Carrier::Direct) else {
        return json!({"id": id});
    };
    let rule = refusal.rule;
    let mut explained = Value::Null;
    let play = |t: &mut Trial<'_>| {
        let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
        let channel = scene.payload_channel();
        let good = scene.request(t, &Show::default())?;
        let bad = Plain::of(&good, Some(&channel))?.with_body(bytes).message(Some(&channel));
        explained = between(&channel, &bad).unwrap_or_default();
        t.refuses_only(rule, &scene.client, &open(&bad))
    };
    let vector = flow(&id, note, &[rule.id], play);
    with(with(vector, "input", json!({"body": body})), "intermediate", explained)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_vector_is_of_an_input_that_should_be_refused_but_is_not() {
        for vector in requests() {
            assert!(vector.get("result").is_some(), "{vector}");
        }
    }
}
