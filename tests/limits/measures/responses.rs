//! Responses: what they are over, and what they look like.

use channel::crypto::oath::suite::Suite;
use serde_json::{Value, json};

use super::*;
use crate::asked::Asked;

/// The data that a response is over: of the question, or of both of two.
pub(crate) fn data<'a>(a: &'a Asked<'_>) -> Vec<&'a Value> {
    let own = a.params.get("data").into_iter();
    own.chain(["/first/data", "/second/data"].iter().filter_map(|place| a.params.pointer(place))).collect()
}

/// Characters of a challenge, wherever it stands; those in it that are no digits make it none.
pub(crate) fn challenge(a: &Asked<'_>) -> Vec<i128> {
    let own = data(a).into_iter().filter_map(|data| data.get("challenge"));
    let plain = a.params.get("challenge").into_iter();
    let asked = a.params.pointer("/content/challenge").into_iter();
    let texts = own.chain(plain).chain(asked).filter_map(Value::as_str);
    let mut found: Vec<i128> =
        texts.filter(|text| text.bytes().all(|c| c.is_ascii_digit())).map(chars).collect();
    found.extend(behind_title(a, 1).and_then(|rest| {
        let (said, rest) = rest.split_first()?;
        let digits = rest.iter().all(|c| c.is_ascii_digit()) && rest.len() == usize::from(*said);
        digits.then_some(i128::from(*said))
    }));
    found
}

/// The application that a question names, as the license or account has it.
pub(crate) fn rules(a: &Asked<'_>) -> Option<channel::wire::static_vector::ApplicationRules> {
    let index = u8::try_from(a.number("application")?).ok()?;
    a.vector()?.application(index).cloned()
}

pub(crate) fn fields<'a>(a: &'a Asked<'_>) -> Vec<Vec<&'a str>> {
    let all = data(a).into_iter().filter_map(|data| data.get("fields")?.as_array());
    all.map(|fields| fields.iter().filter_map(Value::as_str).collect()).collect()
}

pub(crate) fn field_count(a: &Asked<'_>) -> Vec<i128> {
    let Some(wanted) = rules(a).map(|rules| rules.data_fields.len()) else { return Vec::new() };
    fields(a).iter().filter(|_| wanted > 0).map(|fields| length(fields.len()) - length(wanted)).collect()
}

/// Against the field's most, or its least where that is above 0.
pub(crate) fn field_length(a: &Asked<'_>, least: bool) -> Vec<i128> {
    let Some(rules) = rules(a) else { return Vec::new() };
    let right = fields(a).into_iter().filter(|fields| fields.len() == rules.data_fields.len());
    let pairs =
        right.flat_map(|fields| fields.into_iter().zip(rules.data_fields.clone()).collect::<Vec<_>>());
    let pairs = pairs.filter(|(_, (minimum, _))| !least || *minimum > 0);
    pairs
        .map(|(text, (minimum, maximum))| chars(text) - i128::from(if least { minimum } else { maximum }))
        .collect()
}

pub(crate) fn field_character(a: &Asked<'_>) -> Vec<i128> {
    fields(a).concat().iter().flat_map(|text| text.chars()).map(|c| i128::from(u32::from(c))).collect()
}

/// A challenge of an application of algorithm 4 against the most that its suite takes.
pub(crate) fn question_length(a: &Asked<'_>) -> Vec<i128> {
    use channel::crypto::answer::Algorithm;
    let Some(rules) = rules(a) else { return Vec::new() };
    let Algorithm::Ocra(suite) = &rules.algorithm else { return Vec::new() };
    let xx = xx_of(suite.text());
    data(a)
        .iter()
        .filter_map(|data| data.get("challenge")?.as_str())
        .filter_map(|text| Some(chars(text) - xx?))
        .collect()
}

/// xx of `Qfxx`.
pub(crate) fn xx_of(suite: &str) -> Option<i128> {
    let at = suite.rfind('Q')?;
    suite.get(at + 2..at + 4)?.parse().ok()
}

pub(crate) fn suite(a: &Asked<'_>, part: char) -> Vec<i128> {
    let Some(text) = a.text("suite") else { return Vec::new() };
    let found = match part {
        't' => text.split(':').nth(1).and_then(|f| f.rsplit('-').next()?.parse().ok()),
        'x' => xx_of(text),
        'n' => text.split("-S").filter_map(|rest| rest.get(..3)?.parse().ok()).last(),
        _ => text.rsplit_once("-T").and_then(|(_, g)| {
            let unit = g.chars().last()?;
            g.get(..g.len() - 1)?.parse().ok().filter(|_: &i128| unit == part)
        }),
    };
    one(found)
}

pub(crate) fn ocra_question(a: &Asked<'_>) -> Vec<i128> {
    let xx = a.text("suite").filter(|text| Suite::read(text).is_some()).and_then(xx_of);
    one(a.text("question").zip(xx).map(|(question, xx)| chars(question) - 2 * xx))
}

pub(crate) fn ocra_session(a: &Asked<'_>) -> Vec<i128> {
    let nnn = suite(a, 'n').first().copied();
    one(a.bytes("session").zip(nnn).map(|(session, nnn)| length(session.len()) - nnn))
}

/// The hashes that the BLOB of the application has before a signature over other fields at the same step.
pub(crate) fn signatures_at_step(a: &Asked<'_>) -> Vec<i128> {
    let Some(index) = a.number("application") else { return Vec::new() };
    let key = channel::text::hex::encode(&[0; 16]);
    if a.op.starts_with("server.single_") {
        let saved = a.would("server.single_save", json!({"storage_key": key}));
        let state = saved.and_then(|saved| channel::text::hex::decode(saved.get("state")?.as_str()?).ok());
        let content = state.map(|state| harness::forge::single::License::of([0; 16], &state).content);
        return one(
            content.and_then(|content| Some(i128::from(*content.field(&format!("n-{index}")).first()?)))
        );
    }
    let Some(sequence) = a.number("sequence") else { return Vec::new() };
    let params = json!({"storage_key": key, "sequence": sequence as u64, "index": index as u64});
    let sealed = a.would("server.seal_blob", params);
    let found = sealed.and_then(|sealed| {
        use channel::crypto::keys::Key;
        use channel::license::blob::{Epoch, Place, from_text};
        let serial = a.made("serial")?.as_str()?.parse().ok()?;
        let epoch = channel::text::hex::decode(a.made("random/epoch")?.as_str()?).ok()?;
        let epoch = Epoch(epoch.try_into().ok()?);
        let place =
            Place { serial, epoch, sequence: u8::try_from(sequence).ok()?, index: u8::try_from(index).ok()? };
        let opened = place.open(&Key::new([0; 16]), &from_text(sealed.get("blob")?.as_str()?).ok()?).ok()?;
        Some(i128::from(*opened.content.get(49)?))
    });
    one(found)
}

/// Digits of a response against those that the application has.
pub(crate) fn response_digits(a: &Asked<'_>) -> Vec<i128> {
    let own = ["response", "signature"].iter().filter_map(|name| a.text(name));
    let two = ["/first/response", "/second/response"];
    let two = two.iter().filter_map(|place| a.params.pointer(place)?.as_str());
    let wanted = match a.op {
        "client.unlock" => a.vector().and_then(|vector| Some(vector.unlock_application().ok()?.form.length)),
        "server.verify_message_signature" => signed_with(a, a.message()),
        "server.login_approve" => {
            let key = login_key(a);
            let retrieved = a.past.steps.iter().rev().find(|(op, params, _)| {
                *op == "server.login_retrieve"
                    && params["challenge_key"].as_str().map(str::to_ascii_uppercase) == key
            });
            signed_with(
                a,
                retrieved.and_then(|(_, _, result)| Some(result.get("message")?.as_str()?.to_owned())),
            )
        }
        _ => rules(a).map(|rules| rules.form.length),
    };
    let Some(wanted) = wanted else { return Vec::new() };
    own.chain(two).map(|text| chars(text) - i128::from(wanted)).collect()
}

/// The response length of the application that signs a message.
pub(crate) fn signed_with(a: &Asked<'_>, message: Option<String>) -> Option<u8> {
    let message = message?;
    let issued = a.past.steps.iter().find(|(_, _, result)| {
        result.get("message").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(&message))
    })?;
    let index = match issued.0 {
        "server.generate_activation2" => a.made_number("post_activation")?,
        "server.login_retrieve" => {
            let key = issued.1.get("challenge_key")?.as_str()?.to_ascii_uppercase();
            let start = a.past.steps.iter().rev().find(|(op, _, result)| {
                *op == "server.login_start" && result["challenge_key"].as_str() == Some(&key)
            })?;
            start.1.get("application")?.as_u64()?.into()
        }
        _ => issued.1.get("application")?.as_u64()?.into(),
    };
    Some(a.vector()?.application(u8::try_from(index).ok()?)?.form.length)
}
