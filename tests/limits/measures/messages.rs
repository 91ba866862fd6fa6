//! What stands in messages, and in what makes one.

use serde_json::Value;

use super::*;
use crate::asked::{Asked, number};

pub(crate) fn frame_length(a: &Asked<'_>) -> Vec<i128> {
    one(a.frame().map(|frame| length(frame.len())))
}

/// The serial number, wherever it stands.
pub(crate) fn serial_bytes(a: &Asked<'_>) -> Option<Vec<u8>> {
    match a.op {
        "client.load" => a.loaded().map(|saved| saved.field("0/serial").to_vec()),
        "client.single_load" | "server.single_load" => a.content().map(|c| c.field("serial").to_vec()),
        "client.single_activate_online" => plain_content(a).and_then(|c| Some(c.get(..5)?.to_vec())),
        _ => a.frame().and_then(|frame| Some(frame.get(2..7)?.to_vec())),
    }
}

/// The characters of the prefix, as numbers, where the others are right.
pub(crate) fn prefix(a: &Asked<'_>) -> Vec<i128> {
    let p = serial_bytes(a).as_ref().and_then(|five| five.get(..2)).map(number);
    one(p.filter(|p| *p < 64_000)).into_iter().flat_map(|p| [p / 1600, p / 40 % 40, p % 40]).collect()
}

pub(crate) fn suffix(a: &Asked<'_>) -> Vec<i128> {
    one(serial_bytes(a).as_ref().and_then(|five| five.get(2..5)).map(number))
}

pub(crate) fn vector_length(a: &Asked<'_>) -> Vec<i128> {
    a.vectors().iter().map(|vector| length(vector.len())).collect()
}

/// The value of the first record with this tag in each vector, as its bytes.
pub(crate) fn record(a: &Asked<'_>, tag: u8) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for vector in a.vectors() {
        let mut rest = vector.get(4..).unwrap_or_default();
        while let [kind, length, behind @ ..] = rest {
            let Some((value, behind)) = behind.split_at_checked(usize::from(*length)) else { break };
            if *kind == tag {
                found.push(value.to_vec());
            }
            rest = behind;
        }
    }
    found
}

pub(crate) fn at(a: &Asked<'_>, tag: u8, place: usize) -> Vec<i128> {
    record(a, tag).iter().filter_map(|value| Some(i128::from(*value.get(place)?))).collect()
}

/// A byte of applications whose factor has time, or whose factor is the event.
pub(crate) fn step(a: &Asked<'_>, time: bool) -> Vec<i128> {
    let all = record(a, 0x10);
    let fits = all.iter().filter(|value| value.get(4).is_some_and(|factor| (*factor != 2) == time));
    fits.filter_map(|value| Some(number(value.get(5..7)?))).collect()
}

pub(crate) fn data_fields(a: &Asked<'_>, of: fn(i128, i128) -> i128) -> Vec<i128> {
    let all = record(a, 0x10);
    let pairs = all.iter().flat_map(|value| value.get(19..).unwrap_or_default().chunks_exact(2));
    pairs.map(|pair| of(pair[0].into(), pair[1].into())).collect()
}

/// The response length of applications of this algorithm.
pub(crate) fn response_length(a: &Asked<'_>, algorithms: &[u8]) -> Vec<i128> {
    let all = record(a, 0x10);
    let fits = all.iter().filter(|value| value.get(3).is_some_and(|a| algorithms.contains(a)));
    fits.filter_map(|value| Some(i128::from(*value.get(7)?))).collect()
}

pub(crate) fn body_length(a: &Asked<'_>, kind: u16) -> Vec<i128> {
    let plain = a.plain().filter(|plain| plain.word >> 6 & 0x3F == kind);
    one(plain.map(|plain| length(plain.body.len())))
}

pub(crate) fn body_at(a: &Asked<'_>, kind: u16, place: usize) -> Vec<i128> {
    let plain = a.plain().filter(|plain| plain.word >> 6 & 0x3F == kind);
    one(plain.and_then(|plain| Some(i128::from(*plain.body.get(place)?))))
}

pub(crate) fn policy(a: &Asked<'_>, from: u32) -> Vec<i128> {
    let body = a.body().filter(|_| a.plain().is_some_and(|plain| plain.word >> 6 & 0x3F == 0));
    one(body.and_then(|body| Some(number(body.get(29..31)?) >> from & 0x3F)))
}

/// A request in clear: format, and what stands behind the control field.
pub(crate) fn request<'a>(a: &'a Asked<'_>) -> Option<(u16, u16, &'a [u8])> {
    let body = a.body().filter(|_| a.plain().is_some_and(|plain| plain.word >> 6 & 0x3F == 3))?;
    let control = u16::from_be_bytes([*body.first()?, *body.get(1)?]);
    Some((control, control >> 4 & 3, body.get(2..)?))
}

/// The strings of a request, as far as they are whole; the number of items behind the title of a list.
pub(crate) fn strings<'a>(a: &'a Asked<'_>) -> Vec<&'a [u8]> {
    let Some((_, format, mut rest)) = request(a) else { return Vec::new() };
    let mut found = Vec::new();
    if format == 3 {
        return found;
    }
    while let [length, behind @ ..] = rest {
        let Some((string, behind)) = behind.split_at_checked(usize::from(*length)) else { break };
        found.push(string);
        rest = match (found.len(), format, behind) {
            (1, 0, [_, behind @ ..]) => behind,
            (1, 2, _) => break,
            _ => behind,
        };
    }
    found
}

pub(crate) fn behind_title<'a>(a: &'a Asked<'_>, wanted: u16) -> Option<&'a [u8]> {
    let (_, format, rest) = request(a)?;
    let (title, rest) = rest.split_first().filter(|_| format == wanted)?;
    rest.get(usize::from(*title)..)
}

pub(crate) fn items(a: &Asked<'_>) -> Vec<i128> {
    one(behind_title(a, 0).and_then(|rest| Some(i128::from(*rest.first()?))))
}

/// Strings of the content that the server is asked to send.
pub(crate) fn content(a: &Asked<'_>, names: &[&str]) -> Vec<i128> {
    let Some(content) = a.params.get("content").or(Some(a.params)) else { return Vec::new() };
    let latin = a.text("charset") == Some("iso-8859-15");
    let of = |text: &str| if latin { chars(text) } else { length(text.len()) };
    let own = names.iter().filter_map(|name| content.get(name)?.as_str()).map(of);
    let items = content.get("items").and_then(Value::as_array).into_iter().flatten();
    let place = |name: &&&str| match **name {
        "key" => Some(0),
        "value" => Some(1),
        _ => None,
    };
    let items = items.flat_map(|item| names.iter().filter_map(move |name| item.get(place(&name)?)?.as_str()));
    own.chain(items.map(of)).collect()
}

/// The length of the body that the server would make.
pub(crate) fn sent_body(a: &Asked<'_>, carrier: &str) -> Vec<i128> {
    let is_login = a.op == "server.login_start";
    if a.text("carrier").unwrap_or("gateway") != carrier {
        return Vec::new();
    }
    let content = if is_login { a.params } else { &a.params["content"] };
    let of = |text: &str| {
        if a.text("charset") == Some("iso-8859-15") { chars(text) } else { length(text.len()) }
    };
    let text = |name: &str| content.get(name).and_then(Value::as_str).map_or(0, of);
    let format = if is_login { "login" } else { content["format"].as_str().unwrap_or_default() };
    one(match format {
        "list" => {
            let items = content["items"].as_array().into_iter().flatten();
            let items = items.flat_map(|item| item.as_array().into_iter().flatten());
            let items: i128 = items.filter_map(Value::as_str).map(|text| 1 + of(text)).sum();
            Some(2 + 1 + text("title") + 1 + items)
        }
        "challenge" => Some(2 + 1 + text("title") + 1 + text("challenge")),
        "free-text" => Some(2 + 1 + text("title") + 2 + text("text")),
        "login" => Some(2 + 2 + 6 + text("service") + 3 + text("user") + 1 + text("domain")),
        _ => None,
    })
}

/// A field of a gateway string: of a text, a content, or a message.
pub(crate) fn gateway(a: &Asked<'_>, place: usize, name: &str) -> Vec<i128> {
    let content = a.params.get("content").unwrap_or(a.params).get(name);
    let content = content.filter(|_| a.op != "client.load");
    if let Some(value) = content {
        return match value {
            Value::String(text) => vec![chars(text)],
            other => one(other.as_u64().map(i128::from)),
        };
    }
    let in_message = || {
        let (_, _, rest) = request(a).filter(|(_, format, _)| *format == 3)?;
        String::from_utf8(rest.get(2..)?.to_vec()).ok()
    };
    let text = a.text("text").map(str::to_owned).or_else(in_message);
    let fields: Vec<String> = text.unwrap_or_default().split(';').map(str::to_owned).collect();
    let is_login = fields.get(1).map(String::as_str) == Some("04");
    let field = fields.get(place).filter(|_| is_login == (name != "challenge_key"));
    one(field.map(|field| match name {
        "index" => field.parse().unwrap_or(-1),
        _ => chars(field),
    }))
}

pub(crate) fn key_length(a: &Asked<'_>) -> Vec<i128> {
    if ["client.open", "client.dispatch", "push.read", "push.write", "server.generate_request"]
        .contains(&a.op)
    {
        return gateway(a, 2, "challenge_key");
    }
    text_length(a, "challenge_key")
}

/// The counter of an information message against the last that was accepted of its instance.
pub(crate) fn information_counter(a: &Asked<'_>) -> Vec<i128> {
    let Some(nonce) = a.frame().and_then(|frame| Some(frame.get(7..15)?.to_vec())) else { return Vec::new() };
    let taken = a
        .past
        .steps
        .iter()
        .filter(|(op, ..)| ["server.process_information", "server.login_reject"].contains(op));
    let same = taken.filter_map(|(_, params, _)| {
        let frame = channel::text::hex::decode(params.get("message")?.as_str()?).ok()?;
        let other = frame.get(7..15)?.to_vec();
        (other[4] == nonce[4]).then(|| number(&other[5..]))
    });
    vec![number(&nonce[5..]) - same.max().unwrap_or(0)]
}

/// Of the URL that the question brings, or that is to be built.
pub(crate) fn url_length(a: &Asked<'_>) -> Vec<i128> {
    if let Some(url) = a.text("url") {
        return vec![chars(url)];
    }
    let text = |name: &str| a.text(name).unwrap_or_default();
    let twice = |text: &str| -> String {
        let (mut once, mut twice) = (String::new(), String::new());
        channel::text::percent::encode(text, &mut once);
        channel::text::percent::encode(&once, &mut twice);
        twice
    };
    let parts = ["x_success", "x_error", "x_cancel"].map(|name| chars(&twice(text(name))));
    let names = chars("://app2app_secure_channel?x-success=&x-error=&x-cancel=&secure_message=");
    let state = a.text("state").map_or(0, |state| 7 + chars(state));
    vec![chars(text("scheme")) + names + parts.iter().sum::<i128>() + chars(text("message")) + state]
}

pub(crate) fn url_character(a: &Asked<'_>) -> Vec<i128> {
    a.text("url").unwrap_or_default().chars().map(|c| i128::from(u32::from(c))).collect()
}

pub(crate) fn call_state(a: &Asked<'_>) -> Vec<i128> {
    let own = a.text("state");
    let of_url = || a.text("url")?.split('&').find_map(|part| part.strip_prefix("state="));
    one(own.or_else(of_url).map(chars))
}
