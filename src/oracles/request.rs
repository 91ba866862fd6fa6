//! The body of a request, read and built.

use super::choices::Choices;
use super::slow::push::Gateway;
use super::slow::request::{self as slowly, Content as Slow};
use super::slow::{self, text};
use super::target::Target;
use super::verdict::{same, twice};
use channel::text::charset::Charset;
use channel::text::gateway_string::{Details, GatewayString, Identity};
use channel::wire::frame::Carrier;
use channel::wire::request::{Content, Request};

/// Bytes as the body of a request, or choices from which one is built.
pub const REQUEST: Target = Target {
    name: "request",
    run: request,
    max_len: 2200,
    floor: 6_000,
    seeds: request_seeds,
    dictionary: &[
        "€".as_bytes(),
        "Ÿ".as_bytes(),
        "\u{202E}".as_bytes(),
        "\u{FEFF}".as_bytes(),
        "\u{E0041}".as_bytes(),
        b"\xED\xA0\x80",
        b"\xC0\x80",
        b"\xF4\x90\x80\x80",
        b"\x20\x00",
        b"\x20\x10",
        b"\x20\x20",
        b"\x20\x40",
        b"\x100123456789012345",
        b"\x01\x00",
    ],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: re-encoding gives the input, or is refused for its length",
        "what is displayed holds no refused character",
        "what is built is read back, and is what a second builder builds; what can't be built is refused in its order",
    ],
};

fn request(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice & 1 {
        0 => read_request(rest, choice & 2 == 0),
        _ => build_request(rest, choice & 2 != 0),
    }
}

fn read_request(body: &[u8], is_gateway: bool) {
    let carrier = if is_gateway { Carrier::Gateway } else { Carrier::Direct };
    let decoded = twice(|| Request::decode(body, carrier));
    same(decoded.clone().map(fields_of), slowly::decode(body, is_gateway));
    let Ok(request) = decoded else { return };
    match request.encode(Carrier::Gateway) {
        // A challenge key is read in either case, and written in upper case.
        Ok(encoded) => assert!(encoded == body || encoded.eq_ignore_ascii_case(body)),
        Err(refusal) => {
            assert_eq!(refusal.rule.id, "REQ-11");
            assert!(body.len() > 2078);
        }
    }
    let application = request.application;
    let shown = fields_of(request).content;
    assert!(shown.texts().iter().flat_map(|text| text.chars()).all(text::is_displayable));
    match shown {
        Slow::List(_, items) => {
            assert!((1..=16).contains(&items.len()) && items.iter().all(|(key, _)| !key.is_empty()));
        }
        Slow::Challenge(_, challenge) => assert!(slow::data::is_challenge(&challenge)),
        Slow::Text(_, text) => assert!(!text.is_empty()),
        Slow::Gateway(string) => assert_eq!(slow::push::write(&string, application).map(|_| ()), Ok(())),
    }
}

/// A request as the slow decoder has it.
pub(super) fn fields_of(request: Request) -> slowly::Request {
    slowly::Request {
        minimum_version: request.minimum_version,
        require_pin: request.require_pin,
        template: request.template,
        charset: request.charset.number(),
        application: request.application,
        content: match request.content {
            Content::List { title, items } => Slow::List(title, items),
            Content::Challenge { title, challenge } => Slow::Challenge(title, challenge),
            Content::FreeText { title, text } => Slow::Text(title, text),
            Content::Gateway(string) => Slow::Gateway(slow_string(string)),
        },
    }
}

/// A gateway string as the slow reader has it.
pub(super) fn slow_string(string: GatewayString) -> Gateway {
    match string {
        GatewayString::Notification { challenge_key } => Gateway::Notification(challenge_key),
        GatewayString::Details(Details { service, application, identity }) => {
            Gateway::Details(service, application, identity.user, identity.domain)
        }
    }
}

/// As the implementation has it.
pub(super) fn fast_string(string: Gateway) -> GatewayString {
    match string {
        Gateway::Notification(challenge_key) => GatewayString::Notification { challenge_key },
        Gateway::Details(service, application, user, domain) => {
            GatewayString::Details(Details { service, application, identity: Identity { user, domain } })
        }
    }
}

/// The request as the implementation has it.
pub(super) fn request_of(request: &slowly::Request) -> Request {
    Request {
        minimum_version: request.minimum_version,
        require_pin: request.require_pin,
        template: request.template,
        charset: if request.charset == 0 { Charset::Utf8 } else { Charset::Iso8859_15 },
        application: request.application,
        content: match request.content.clone() {
            Slow::List(title, items) => Content::List { title, items },
            Slow::Challenge(title, challenge) => Content::Challenge { title, challenge },
            Slow::Text(title, text) => Content::FreeText { title, text },
            Slow::Gateway(string) => Content::Gateway(fast_string(string)),
        },
    }
}

fn build_request(data: &[u8], is_gateway: bool) {
    let mut choices = Choices::new(data);
    let asked = built(&mut choices);
    let request = request_of(&asked);
    let body = twice(|| request.encode(if is_gateway { Carrier::Gateway } else { Carrier::Direct }));
    same(body.clone(), slowly::encode(&asked, is_gateway));
    if let Ok(body) = body {
        let read = Request::decode(&body, Carrier::Gateway).unwrap();
        match request.content {
            Content::Gateway(_) => assert_eq!(read.encode(Carrier::Gateway), Ok(body)),
            _ => assert_eq!(read, request),
        }
    }
}

/// A request that the peer protocol lets a server be asked for.
pub(super) fn built(choices: &mut Choices<'_>) -> slowly::Request {
    let [control, low, count] = choices.array();
    let mut text = |least: usize, longer: usize| {
        let length = (usize::from(choices.byte()) << longer).max(least);
        let text = String::from_utf8_lossy(choices.some(length)).into_owned();
        if text.len() < least { "k".repeat(least) } else { text }
    };
    let title = text(0, 0);
    slowly::Request {
        minimum_version: control >> 6,
        require_pin: control & 32 != 0,
        template: control >> 1 & 15,
        charset: control & 1,
        application: 1 + (low & 7),
        content: match low >> 3 & 3 {
            1 => Slow::Challenge(title, text(0, 0)),
            2 => Slow::Text(title, text(1, 4)),
            3 if count & 1 == 0 => Slow::Gateway(Gateway::Notification(title)),
            3 => Slow::Gateway(Gateway::Details(title, 1 + (count >> 1 & 7), text(0, 2), text(0, 2))),
            _ => Slow::List(title, (0..=count % 16).map(|_| (text(1, 0), text(0, 0))).collect()),
        },
    }
}

fn request_seeds() -> Vec<Vec<u8>> {
    let list = [
        &b"\x03Pay\x02\x02To\x04Zo\xC3\xAB\x06Amount\x00"[..],
        b"\x00\x01\x01k\x00",
        b"\x03Pay\x01\x01\xA4\x0212",
    ];
    let controls = [[0x20, 0x00], [0x00, 0x40], [0x00, 0x80], [0x00, 0x30], [0xFE, 0x0E], [0x00, 0x01]];
    let bodies = controls.iter().flat_map(|control| list.map(|list| [&control[..], list].concat()));
    let mut seeds: Vec<_> = bodies.map(|body| [&[0][..], &body].concat()).collect();
    let lists = [&b"\x00\x00"[..], b"\x00\x01\x00\x00", b"\x00\x01\x01k\x00\x00", b"\x05Pay", b"\x00", b""];
    seeds.extend(lists.map(|list| [&[0, 0, 0][..], list].concat()));
    seeds.push([&b"\x00\x00\x00\x00\x11"[..], &b"\x01k\x00".repeat(17)].concat());
    // Format 1: the longest challenge, one longer, none, letters, left-over bytes; format 2: empty, cut, whole.
    let challenges =
        ["\u{10}0123456789012345", "\u{11}01234567890123456", "\0", "\u{2}1A", "\u{1}50", "\u{2}１"];
    seeds.extend(challenges.map(|text| [b"\x00\x00\x10\x03Pay", text.as_bytes()].concat()));
    let texts = [&b"\x00\x00"[..], b"\x00\x03Pa", b"\x00\x03Pay", b"\x00\x02Pay", b"\x00\x01\x07", b"\x00"];
    seeds.extend(texts.map(|text| [b"\x00\x00\x20\x00", text].concat()));
    // Format 3: each string, another index, a key in lower case; as it is read and as it is built.
    for string in
        ["01;03;0123abcdef", "01;04;Shop;1;ann;de", "01;04;Shop;2;ann;", "01;05;", "02;03;", "01;04;;1;a;b"]
    {
        let length = [0, string.len() as u8];
        seeds.push([b"\x00\x20\x30", &length[..], string.as_bytes()].concat());
        seeds.push([b"\x02\x20\x30", &length[..], string.as_bytes()].concat());
    }
    seeds.push(b"\x03\x00\x18\x00\x0A0123456789".to_vec());
    seeds.push(b"\x03\x00\x18\x01\x04Shop\x01ann\xC3\x01d".to_vec());
    seeds.push([&b"\x00\x00\x60\x01\xA4\x01\x2C"[..], &[0xA4; 300]].concat());
    seeds.push(b"\x01\x20\x00\x01\x03Pay\x02To\x04Zo\xC3\xAB\x06Amount\x00".to_vec());
    seeds.push(b"\x01\x21\x00\x00\x03\xE2\x82\xAC\x01k\x00".to_vec());
    seeds.push([&b"\x01\x00\x00\x02\xFF"[..], &[b'v'; 800]].concat());
    seeds.push(b"\x01\x00\x08\x00\x03Pay\x10012345678901234567".to_vec());
    seeds.push(b"\x01\x00\x08\x00\x03Pay\x01A".to_vec());
    seeds.push([&b"\x01\x00\x10\x00\x03Pay\x1F"[..], &[b'v'; 496]].concat());
    seeds.push([&b"\x03\x00\x10\x00\x03Pay\xFF"[..], &[b'v'; 2100]].concat());
    seeds
}
