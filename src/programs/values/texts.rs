//! What is displayed, and what logins are asked with.

use channel::text::refused::REFUSED;
use channel::wire::static_vector::Mode;
use serde_json::{Value, json};

use super::answers::{challenge, rules};
use crate::world::{Context, World};

/// A character that matters: an end of a range of REQ-9, or its neighbour; one of ISO-8859-15's own.
pub(crate) fn character(w: &mut World) -> char {
    let (from, to, _) = w.luck.pick(&REFUSED).copied().unwrap_or((0, 0, REFUSED[0].2));
    let edge = match w.luck.below(10) {
        0..3 => from,
        3..6 => to,
        6 => from.wrapping_sub(1),
        7 => to + 1,
        8 => u32::from(w.luck.one(&['€', 'Š', 'š', 'Ž', 'ž', 'Œ', 'œ', 'Ÿ', '¤', '¦', '¼'], '€')),
        _ => u32::from(w.luck.one(&['é', '\u{FFFD}', ';', '\u{3FFFD}', 'ع', '7'], 'é')),
    };
    char::from_u32(edge).unwrap_or('\u{E000}')
}

/// A text with an end of a range of REQ-9: of the next range each time.
pub(crate) fn refused(w: &mut World) -> Value {
    let at = w.refused % (2 * REFUSED.len());
    w.refused += 1;
    let (from, to, _) = REFUSED.get(at / 2).copied().unwrap_or(REFUSED[0]);
    let end = char::from_u32(if at.is_multiple_of(2) { from } else { to }).unwrap_or('\u{E000}');
    Value::from(format!("a{end}"))
}

/// A text: short, sometimes with a character that matters, seldom as long as may be.
pub(crate) fn words(w: &mut World, least: usize, most: usize) -> String {
    let mut text = w.luck.one(&["Pay", "12.50 EUR", "Zoë", "To", "x"], "x").to_owned();
    match w.luck.below(30) {
        _ if w.usual => {}
        0..10 => text.push(character(w)),
        10 => text = "a".repeat(most),
        11 => text = "a".repeat(most + 1),
        12 => {
            let letter = w.luck.one(&["é", "€"], "é");
            text = letter.repeat(w.luck.one(&[most / 2, most / 3, most], most));
        }
        13 if least == 0 => text.clear(),
        14 => text = String::new(),
        _ => {}
    }
    text
}

/// What a request shows: as its application, charset and carrier demand, mostly.
pub(crate) fn content(w: &mut World, with: &Context) -> Option<Value> {
    let answers_challenge = rules(w, with).is_some_and(|rules| {
        rules.signs_requests(true) && (rules.mode == Mode::ChallengeResponse || w.luck.percent(50))
    });
    let gateway = w.text(with, "carrier").is_some_and(|carrier| carrier == "gateway");
    if answers_challenge != w.luck.percent(4) {
        return Some(
            json!({"format": "challenge", "title": words(w, 0, 255), "challenge": challenge(w, with)?}),
        );
    }
    Some(match w.luck.below(8) {
        0 if gateway || w.luck.percent(20) => gateway_string(w, with)?,
        0..=2 => {
            // The longest bodies: 512 and 2078 bytes with all that is around the text.
            let most = if gateway { 2078 } else { 512 };
            let mut text = words(w, 1, 300);
            if w.luck.percent(12) {
                text = "a".repeat(most - 8 + w.luck.below(4));
            }
            json!({"format": "free-text", "title": w.luck.one(&["Tit", "Tit", ""], ""), "text": if text.is_empty() { "t".into() } else { text }})
        }
        _ => {
            let count = w.luck.one(&[1, 1, 2, 3, 16], 1);
            let mut items = Vec::new();
            for _ in 0..count {
                let key = words(w, 1, 255);
                let key = if key.is_empty() { "k".to_owned() } else { key };
                items.push(json!([
                    if count > 3 { "k".to_owned() } else { key },
                    if count > 3 { "v".to_owned() } else { words(w, 0, 255) }
                ]));
            }
            json!({"format": "list", "title": words(w, 0, 255), "items": items})
        }
    })
}

/// A challenge key: one that a login has, or another.
pub(crate) fn challenge_key(w: &mut World, with: &Context) -> Option<Value> {
    match with.get("challenge_key").filter(|_| !w.luck.percent(8)) {
        Some(key) => Some(key.clone()),
        None => Some(json!(
            w.luck.one(&["0123456789", "abcdef0123", "012345678", "01234567890", "012345678G", ""], "")
        )),
    }
}

/// What a gateway string says.
pub(crate) fn gateway_string(w: &mut World, with: &Context) -> Option<Value> {
    if w.luck.percent(40) {
        return Some(json!({"format": "notification", "challenge_key": challenge_key(w, with)?}));
    }
    let index = match w.number(with, "application") {
        Some(index) if !w.luck.percent(10) => index,
        _ => u32::try_from(1 + w.luck.below(8)).unwrap_or(1),
    };
    Some(
        json!({"format": "login", "service": words(w, 1, 255), "index": index, "user": user(w, with)?, "domain": words(w, 0, 255)}),
    )
}

/// Now and then all texts of a question are as long as they may be: together they are too long for any message.
fn is_long(w: &World) -> bool {
    w.steps.len() % 23 == 5 && !w.usual
}

/// A user's name.
pub(crate) fn user(w: &mut World, _: &Context) -> Option<Value> {
    Some(Value::from(match w.luck.percent(75) {
        _ if is_long(w) => "€".repeat(255),
        true => w.luck.one(&["zoe", "max"], "max").to_owned(),
        false => words(w, 1, 255),
    }))
}

/// A domain, or none.
pub(crate) fn domain(w: &mut World, _: &Context) -> Option<Value> {
    match w.luck.below(8) {
        _ if is_long(w) => Some(json!("€".repeat(255))),
        0..3 => Some(Value::Null),
        3 => Some(json!("")),
        4 => Some(Value::from(words(w, 0, 255))),
        _ => Some(json!("corp")),
    }
}

/// The name of a service.
pub(crate) fn service(w: &mut World, _: &Context) -> Option<Value> {
    Some(Value::from(match w.luck.percent(80) {
        _ if is_long(w) => "€".repeat(255),
        true => "bank".to_owned(),
        false => words(w, 1, 255),
    }))
}

/// Of whom a login is asked for.
pub(crate) fn requester(w: &mut World, _: &Context) -> Option<Value> {
    Some(Value::from(w.luck.one(&["a", "a", "b", "é"], "a")))
}

/// A gateway string as text, often a wrong one.
pub(crate) fn gateway_text(w: &mut World, with: &Context) -> Option<Value> {
    let index = w.number(with, "application").unwrap_or(1);
    let words = words(w, 1, 255);
    let whole = [
        format!("01;04;{words};{index};zoe;corp"),
        format!("01;04;bank;{index};zoe;"),
        "01;03;0123456789".into(),
    ];
    let bent = [
        format!("02;04;bank;{index};zoe;corp"),
        format!("01;05;bank;{index};zoe;corp"),
        format!("1;04;bank;{index};zoe;corp"),
        format!("01;4;bank;{index};zoe;corp"),
        format!("01;04;;{index};zoe;corp"),
        format!("01;04;bank;{index};;corp"),
        "01;04;bank;9;zoe;corp".into(),
        "01;04;bank;0;zoe;corp".into(),
        format!("01;04;bank;{};zoe;corp", index % 8 + 1),
        format!("01;04;bank;{index};zoe"),
        format!("01;04;bank;{index};zoe;corp;"),
        "01;03;01234567".into(),
        "01;03;012345678G".into(),
        "01;03;abcdef0123".into(),
        "01;03;0123456789;".into(),
        format!("01;04;bank;{index};{};corp", "u".repeat(255)),
        format!("01;04;bank;{index};zoe;{}", "d".repeat(256)),
        "01".into(),
        String::new(),
    ];
    let all: &[String] = if w.luck.percent(40) { &whole } else { &bent };
    Some(Value::from(w.luck.pick(all).cloned().unwrap_or_default()))
}
