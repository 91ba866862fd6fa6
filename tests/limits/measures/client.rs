//! What a client knows, of one device and of several.

use channel::bytes::Wire;
use channel::wire::static_vector::StaticVector;
use serde_json::json;

use super::*;
use crate::asked::{Asked, number, serial_of};

/// Failures of an account against the tries of its vector.
pub(crate) fn client_failures(a: &Asked<'_>, counter: &str) -> Vec<i128> {
    if a.op.starts_with("client.single_") {
        let content = single_content(a);
        let tries = content.map(|vector| i128::from(vector.password.tries));
        return one(a.counter(counter).zip(tries).map(|(failures, tries)| failures - tries));
    }
    let Some(saved) = a.saved() else { return Vec::new() };
    let place = a.place().or_else(|| on_display(a));
    let Some(place) = place else { return Vec::new() };
    let failures = saved.field(&format!("{place}/{}", counter.replace('_', "-")));
    let tries = StaticVector::decode(saved.field(&format!("{place}/vector"))).ok();
    one(failures
        .first()
        .zip(tries)
        .map(|(failures, vector)| i128::from(*failures) - i128::from(vector.password.tries)))
}

/// The account of the message on display: the one account that there is.
pub(crate) fn on_display(a: &Asked<'_>) -> Option<u8> {
    let shown = a.past.steps.iter().rev().find(|(op, _, result)| {
        ["client.open", "client.dispatch"].contains(op)
            && (result.get("serial").is_some() || result.pointer("/opened/serial").is_some())
    })?;
    let serial = shown.2.get("serial").or(shown.2.pointer("/opened/serial"))?.as_str()?;
    let five = serial.parse::<channel::serial::Serial>().ok()?.to_bytes();
    let saved = a.saved()?;
    a.places().into_iter().find(|place| saved.field(&format!("{place}/serial")) == five)
}

/// The vector of the single-device account that answers.
pub(crate) fn single_content(a: &Asked<'_>) -> Option<StaticVector> {
    use channel::text::hex;
    let key: [u8; 16] = hex::decode(a.made("platform_key")?.as_str()?).ok()?.try_into().ok()?;
    let state = a.would("client.single_save", json!({}))?;
    let state = hex::decode(state.get("state")?.as_str()?).ok()?;
    let fields = harness::forge::single::Client::of(key, &state).content;
    StaticVector::decode(fields.field("vector")).ok()
}

/// The vector that the password of a question is measured by.
pub(crate) fn password_rules(a: &Asked<'_>) -> Option<channel::wire::static_vector::PasswordRules> {
    let vector = match a.op {
        "client.single_activate" => {
            let made = a.made("static_vector")?.as_str()?;
            StaticVector::decode(&channel::text::hex::decode(made).ok()?).ok()
        }
        "client.single_activate_online" => {
            let content = plain_content(a)?;
            let vector = usize::try_from(number(content.get(25..27)?)).ok()?;
            StaticVector::decode(content.get(27..27 + vector)?).ok()
        }
        _ => single_content(a),
    };
    Some(vector?.password)
}

pub(crate) fn new_password<'a>(a: &Asked<'a>) -> Option<&'a str> {
    a.text("new").or(a.text("password")).filter(|_| {
        ["client.single_activate", "client.single_activate_online", "client.single_change_password"]
            .contains(&a.op)
    })
}

pub(crate) fn password_length(a: &Asked<'_>, least: bool) -> Vec<i128> {
    let rules = password_rules(a);
    one(new_password(a).zip(rules).map(|(password, rules)| {
        chars(password) - i128::from(if least { rules.minimum } else { rules.maximum })
    }))
}

pub(crate) fn password_character(a: &Asked<'_>) -> Vec<i128> {
    new_password(a).unwrap_or_default().chars().map(|c| i128::from(u32::from(c))).collect()
}

/// Serial numbers of the client, this one counted.
pub(crate) fn serials(a: &Asked<'_>) -> Vec<i128> {
    let known =
        a.would("client.accounts", json!({})).and_then(|all| Some(all.get("accounts")?.as_array()?.clone()));
    let Some(known) = known else { return Vec::new() };
    let five = a.frame().and_then(|frame| frame.get(2..7)?.try_into().ok()).and_then(serial_of);
    let name = five.map(|serial| serial.to_string());
    let is_new = !known.iter().any(|account| account["serial"].as_str() == name.as_deref());
    vec![length(known.len()) + i128::from(is_new)]
}

/// The counter of a message against that of the account's AM2.
pub(crate) fn above_am2(a: &Asked<'_>) -> Vec<i128> {
    let am2 = match (a.saved_number("counter"), a.saved_number("waiting-counter"), a.op) {
        (None, Some(waiting), "client.deactivate") => Some(waiting),
        (counter, ..) => counter,
    };
    one(a.message_counter().zip(am2).map(|(counter, am2)| counter - am2))
}

pub(crate) fn version_above(a: &Asked<'_>) -> Vec<i128> {
    let version = a.made_number("app_version");
    one(request(a).zip(version).map(|((control, ..), version)| i128::from(control >> 14) - version))
}

pub(crate) fn code_length(a: &Asked<'_>, hexadecimal: bool) -> Vec<i128> {
    let code = a.text("code").filter(|code| {
        let decimal = code.bytes().all(|c| c.is_ascii_digit());
        if hexadecimal { !decimal && code.bytes().all(|c| c.is_ascii_hexdigit()) } else { decimal }
    });
    one(code.map(chars))
}

pub(crate) fn code_number(a: &Asked<'_>, short: bool) -> Vec<i128> {
    let wanted = if short { 20 } else { 40 };
    let code = a.text("code").filter(|code| code.len() == wanted);
    let digits = code.map(|code| if short { code } else { &code[..39] });
    // Against the first that is too great: 2^64, or 2^128, which is split since it fits no number here.
    one(digits.and_then(|digits| match short {
        true => Some(digits.parse::<i128>().ok()? - (1 << 64)),
        false => {
            let most = "340282366920938463463374607431768211456";
            let (a, b) = (digits.split_at(9), most.split_at(9));
            let high = a.0.parse::<i128>().ok()? - b.0.parse::<i128>().ok()?;
            let low = a.1.parse::<i128>().ok()? - b.1.parse::<i128>().ok()?;
            (high == 0).then_some(low)
        }
    }))
}

pub(crate) fn data_length(a: &Asked<'_>) -> Vec<i128> {
    one(a.bytes("data").map(|data| length(data.len())))
}

/// Full activation data's content, plain or opened.
pub(crate) fn plain_content(a: &Asked<'_>) -> Option<Vec<u8>> {
    use channel::crypto::{gcm::Gcm, keys::Key, single::full_activation};
    let data = a.bytes("data")?;
    let (head, rest) = data.split_first_chunk::<5>()?;
    match a.bytes("shared_secret") {
        None => Some(rest.get(..rest.len().checked_sub(8)?)?.to_vec()),
        Some(secret) => {
            let (nonce, sealed) = rest.split_first_chunk::<12>()?;
            let mut content = sealed.get(..sealed.len().checked_sub(16)?)?.to_vec();
            let key = full_activation(&Key::new(secret.try_into().ok()?));
            Gcm::sealing(&key).seal(nonce, head, &mut content);
            Some(content)
        }
    }
}

/// The length of the event reactivation counter that stands at the end of full activation data.
pub(crate) fn online_counter(a: &Asked<'_>) -> Vec<i128> {
    let content = plain_content(a);
    one(content.and_then(|content| {
        let vector = usize::try_from(number(content.get(25..27)?)).ok()?;
        let said = *content.get(27 + vector)?;
        (content.len() == 28 + vector + usize::from(said)).then_some(i128::from(said))
    }))
}

/// The event reactivation counter of a question against the length that it must have.
pub(crate) fn counter_length(a: &Asked<'_>) -> Vec<i128> {
    let Some((text, vector)) = reactivation(a) else { return Vec::new() };
    let events = vector.applications.iter().filter(|rules| rules.factor.has_event()).count();
    let digits = [0, 23, 33, 42, 52, 62, 71, 81, 91];
    one(digits.get(events).filter(|_| events > 0).map(|digits| chars(&text) - digits))
}

pub(crate) fn reactivation(a: &Asked<'_>) -> Option<(String, StaticVector)> {
    match a.op {
        "client.single_activate" => {
            let made = channel::text::hex::decode(a.made("static_vector")?.as_str()?).ok()?;
            Some((a.text("event_reactivation_counter")?.to_owned(), StaticVector::decode(&made).ok()?))
        }
        _ => {
            let content = plain_content(a)?;
            let vector = usize::try_from(number(content.get(25..27)?)).ok()?;
            let text = String::from_utf8(content.get(28 + vector..)?.to_vec()).ok()?;
            Some((text, StaticVector::decode(content.get(27..27 + vector)?).ok()?))
                .filter(|(text, _)| !text.is_empty())
        }
    }
}

/// The highest event counter of the license, as its state has it.
pub(crate) fn next_event(a: &Asked<'_>) -> Vec<i128> {
    let storage = [0u8; 16];
    let saved = a.would("server.single_save", json!({"storage_key": channel::text::hex::encode(&storage)}));
    let state = saved.and_then(|saved| channel::text::hex::decode(saved.get("state")?.as_str()?).ok());
    let Some(state) = state else { return Vec::new() };
    let content = harness::forge::single::License::of(storage, &state).content;
    let events = content.fields().iter().filter(|(name, _)| name.starts_with("event-"));
    one(events.map(|(name, _)| number(content.field(name))).max())
}

/// What is signed by a derivation code, against 2^56.
pub(crate) fn diversifier(a: &Asked<'_>) -> Vec<i128> {
    let code = a.text("code").filter(|code| code.len() == 26 && code.bytes().all(|c| c.is_ascii_digit()));
    one(code.and_then(|code| code.get(..17)?.parse().ok()))
}
