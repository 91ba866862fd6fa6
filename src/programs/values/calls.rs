//! Callbacks and URLs of other apps.

use channel::text::percent;
use serde_json::{Value, json};

use crate::step::Edit;
use crate::world::{Context, World};

const SUCCESS: [&str; 5] = [
    "tp://ok?otp=%_OTP_%&s=%_State_%",
    "tp://ok?otp=%_OTP_%",
    "tp:ok/%_SerialNumber_%/%_SequenceNumber_%?o=%_OTP_%#f",
    "tp://ok?%_PlatformName_%+%_Version_%!%_DeviceIdentifier_%(%_RootingStatus_%)*%_UserIdentifier_%&%_OTP_%",
    "tp://ok",
];
const ERROR: [&str; 6] = [
    "tp://err?%_SerialNumber_%=%_SequenceNumber_%",
    "tp://err",
    "tp://err?s=%_State_%#f",
    "tp://err?",
    "tp://err?a=%_Version_%&",
    "tp://err?%_SerialNumber_%",
];
const CANCEL: [&str; 4] = [
    "tp://no",
    "tp://no?s=%_State_%",
    "tp://no?%_SerialNumber_%=%_SequenceNumber_%",
    "tp://no?ü=%_PlatformName_%",
];
/// None of these is right.
const TEMPLATES: [&str; 8] = [
    "",
    "no-colon",
    "tp://a b",
    "tp://x\u{200B}",
    "1tp:",
    "tp://%_OTP_%%_State_%",
    "tp://x?%_OTP_%",
    "tp://%_State_%x",
];

fn template(w: &mut World, all: &[&str]) -> Value {
    if !w.luck.percent(6) {
        return json!(w.luck.one(all, ""));
    }
    // As long as no URL may be, or none of these.
    let longest = TEMPLATES.len();
    match w.luck.below(longest + 1) {
        at if at == longest => json!(format!("tp://{}", "a".repeat(16_384))),
        at => json!(TEMPLATES.get(at).copied().unwrap_or_default()),
    }
}

/// x-success.
pub(crate) fn success(w: &mut World, _: &Context) -> Option<Value> {
    Some(template(w, &SUCCESS))
}

/// x-error.
pub(crate) fn error(w: &mut World, _: &Context) -> Option<Value> {
    Some(template(w, &ERROR))
}

/// x-cancel.
pub(crate) fn cancel(w: &mut World, _: &Context) -> Option<Value> {
    Some(template(w, &CANCEL))
}

/// All templates, but now and then one.
pub(crate) fn white_list(w: &mut World, _: &Context) -> Option<Value> {
    let mut all: Vec<&str> = [&SUCCESS[..], &ERROR, &CANCEL].concat();
    for _ in 0..w.luck.below(3) {
        all.swap_remove(w.luck.below(all.len()));
    }
    Some(json!(all))
}

/// A callback of a URL: mostly as a list has it, encoded twice; else nearly so.
fn callback(w: &mut World, template: &str) -> String {
    let text = match w.luck.below(24) {
        0 => template.replacen('k', "K", 1).replacen('e', "E", 1),
        1 => format!("{template}x"),
        2 => format!("{template}%_OTP_%"),
        3 => template.replace("_State_", "_state_"),
        _ => template.to_owned(),
    };
    let times = w.luck.one(&[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 0, 3], 2);
    let mut encoded = text;
    for _ in 0..times {
        let mut next = String::new();
        percent::encode(&encoded, &mut next);
        encoded = next;
    }
    match w.luck.below(40) {
        0 => format!("{encoded}+"),
        1 => format!("{encoded}%252B"),
        2 => format!("{encoded}%25"),
        3 => format!("{encoded}%25FF"),
        4 => encoded.to_lowercase(),
        _ => encoded,
    }
}

/// A URL as another app could write it, for the message of the context: with its parts in any order and case, doubled,
/// missing, and with others between them.
pub(crate) fn url(w: &mut World, with: &Context) -> Option<Value> {
    let mut message = w.text(with, "message")?;
    let is_bent = w.luck.percent(40);
    if is_bent {
        // Of what is read before the key; half of them make it a message of another license.
        let serial = 7 * 8 - 1 - w.luck.below(16);
        let bit = if w.luck.percent(50) { serial } else { w.luck.below(15 * 8) };
        let bent = Edit::Flip(bit).of(Value::from(message))?;
        message = bent.as_str()?.to_owned();
    }
    let scheme = w.text(with, "scheme").unwrap_or_else(|| "bank-app".into());
    // Whose error it is matters most where the account isn't known yet.
    let error = if is_bent { "tp://err?%_SerialNumber_%" } else { w.luck.one(&ERROR, "") };
    let templates = [w.luck.one(&SUCCESS, ""), error, w.luck.one(&CANCEL, "")];
    let names = ["x-success", "x-error", "x-cancel"];
    let mut parts: Vec<(String, String)> = Vec::new();
    for (name, template) in names.iter().zip(templates) {
        parts.push(((*name).to_owned(), callback(w, template)));
    }
    parts.push(("secure_message".into(), if w.luck.percent(15) { message.to_lowercase() } else { message }));
    if w.luck.percent(60) {
        let state = call_state(w, with)?;
        parts.push(("state".into(), state.as_str().unwrap_or("s").to_owned()));
    }
    let at = w.luck.below(parts.len());
    match w.luck.below(16) {
        0 => drop(parts.remove(at)),
        1 => parts.push(parts.get(at).cloned()?),
        2 => parts.reverse(),
        3 | 4 => parts.iter_mut().for_each(|part| part.0 = part.0.to_uppercase()),
        5 => parts.insert(at, ("other".into(), "%zz".into())),
        6 => parts.get_mut(at)?.1.clear(),
        _ => {}
    }
    let scheme = if w.luck.percent(10) { scheme.to_uppercase() } else { scheme };
    let action = w.luck.one(
        &[
            "app2app_secure_channel",
            "app2app_secure_channel",
            "App2App_SECURE_Channel",
            "app2app_secure_channel",
        ],
        "",
    );
    let action = if w.luck.percent(3) { "app2app" } else { action };
    let query: Vec<String> = parts.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut url = format!("{scheme}://{action}?{}", query.join("&"));
    match w.luck.below(40) {
        0 => url.push('#'),
        1 => url.push(' '),
        2 => url.push_str(&"&".repeat(16_384usize.saturating_sub(url.len()))),
        3 => url.push_str(&"&".repeat(16_385usize.saturating_sub(url.len()))),
        4 => url = url.replacen("://", ":", 1),
        _ => {}
    }
    Some(Value::from(url))
}

/// The scheme of the client.
pub(crate) fn scheme(w: &mut World, with: &Context) -> Option<Value> {
    let known = with.get("scheme").filter(|_| !w.luck.percent(4)).cloned();
    let long = "a".repeat(64);
    let longer = "a".repeat(65);
    Some(known.unwrap_or_else(|| {
        json!(match w.luck.below(30) {
            0 => "A2a",
            1 => "",
            2 => "1a",
            3 => longer.as_str(),
            4 => long.as_str(),
            5 => "a_b",
            _ => "bank-app",
        })
    }))
}

/// The state of a call.
pub(crate) fn call_state(w: &mut World, _: &Context) -> Option<Value> {
    Some(match w.luck.below(12) {
        0..4 => Value::Null,
        4 => json!("a".repeat(64)),
        5 => json!(w.luck.one(&["", "a+b", "a%20"], "")),
        6 => json!("a".repeat(65)),
        _ => json!(w.luck.one(&["Zx9._~-", "1"], "1")),
    })
}

/// A text of at most 64 characters.
pub(crate) fn label(w: &mut World, _: &Context) -> Option<Value> {
    Some(json!(match w.luck.below(8) {
        0 => "é".repeat(64),
        1 => String::new(),
        2 => "a b&c=%_OTP_%".to_owned(),
        _ => "7.1".to_owned(),
    }))
}

/// Text with percent-encodings, right and wrong.
pub(crate) fn escaped(w: &mut World, _: &Context) -> Option<Value> {
    Some(json!(
        w.luck.one(&["a%20b+c", "%C3%A9", "%c3%a9%", "%2", "%FF", "%25%32", "", "%E2%82%AC", "%zz", "é"], "")
    ))
}
