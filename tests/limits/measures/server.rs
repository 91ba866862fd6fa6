//! What a server knows: of its messages, its instances and their logins.

use channel::bytes::Wire;
use channel::server::Floor;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::static_vector::StaticVector;
use serde_json::{Value, json};

use super::*;
use crate::asked::{Asked, number};

/// What is issued: the message counter last used.
pub(crate) fn last_counter(a: &Asked<'_>) -> Vec<i128> {
    let mut last: Option<i128> = None;
    for (op, params, result) in &a.past.steps {
        let counter = |result: &Value| {
            let message = result.get("message")?.as_str()?;
            i128::from_str_radix(message.get(22..30)?, 16).ok()
        };
        match *op {
            "server.create" => last = params.get("last_counter").and_then(Value::as_u64).map(i128::from),
            "server.import" => last = Some(0),
            "server.restored" => last = last.map(|last| (last + 1_048_576).min(u32::MAX.into())),
            "server.generate_activation2"
            | "server.generate_request"
            | "server.generate_deactivation"
            | "server.login_start"
            | "server.login_retrieve" => last = counter(result).max(last),
            _ => {}
        }
    }
    one(last)
}

/// The next sequence number against the threshold.
pub(crate) fn next_sequence(a: &Asked<'_>) -> Vec<i128> {
    let all = a.past.steps.iter();
    let known = all.filter_map(|(op, params, result)| match *op {
        "server.generate_activation2" => result.get("sequence")?.as_u64(),
        "server.restored" => params.get("highest_sequence")?.as_u64(),
        _ => None,
    });
    let next = i128::from(known.max().unwrap_or(0)) + 1;
    one(a.made_number("threshold").map(|threshold| next - threshold))
}

/// The time of the latest AM1.
pub(crate) fn last_am1(a: &Asked<'_>) -> Vec<i128> {
    let times = a.past.steps.iter().filter(|(op, ..)| *op == "server.generate_activation1");
    let times = times.filter_map(|(_, _, result)| {
        i128::from_str_radix(result.get("message")?.as_str()?.get(32..40)?, 16).ok()
    });
    one(times.max())
}

pub(crate) fn code_age(a: &Asked<'_>) -> Vec<i128> {
    let since = last_am1(a).first().copied();
    let days = a.made_number("activation_validity_days");
    one(since.zip(days).zip(a.number("now")).map(|((since, days), now)| now - since - 86_400 * days))
}

pub(crate) fn device_code(a: &Asked<'_>) -> Option<i128> {
    let code = a.text("device_code").filter(|code| code.len() == 26)?;
    code.get(..25)?.parse().ok()
}

/// The time in the nonce of the message, or of the details of a login, against the age limit.
pub(crate) fn message_age(a: &Asked<'_>) -> Vec<i128> {
    let time = match a.op {
        "server.login_approve" => login(a).and_then(|login| login.details_time),
        _ => a.frame().and_then(|frame| Some(number(frame.get(7..11)?))),
    };
    let limit = a.made_number("message_age_limit_s").filter(|limit| *limit > 0);
    one(time.zip(limit).zip(a.number("now")).map(|((time, limit), now)| now - time - limit))
}

/// How many requests of formats 0 to 2 were issued since this one, itself counted.
pub(crate) fn requests_since(a: &Asked<'_>) -> Vec<i128> {
    let Some(message) = a.message() else { return Vec::new() };
    let issued = a.past.steps.iter().filter(|(op, params, _)| {
        let format = params.pointer("/content/format").and_then(Value::as_str).unwrap_or_default();
        *op == "server.generate_request" && !["login", "notification"].contains(&format)
    });
    let issued: Vec<_> = issued.filter_map(|(_, _, result)| result.get("message")?.as_str()).collect();
    let place = issued.iter().rposition(|other| other.eq_ignore_ascii_case(&message));
    one(place.map(|place| length(issued.len() - place)))
}

/// What is known of the login that a question is about.
pub(crate) struct Login {
    started: i128,
    retrieved: bool,
    over: bool,
    details_time: Option<i128>,
}

pub(crate) fn login_key(a: &Asked<'_>) -> Option<String> {
    let own = a.text("challenge_key").map(str::to_ascii_uppercase);
    own.or_else(|| Some(channel::text::hex::encode(a.body()?.get(1..6)?)))
}

pub(crate) fn login(a: &Asked<'_>) -> Option<Login> {
    let key = login_key(a)?;
    let mut login: Option<Login> = None;
    for (op, params, result) in &a.past.steps {
        let named = [params, result].iter().any(|from| {
            from.get("challenge_key")
                .and_then(Value::as_str)
                .is_some_and(|own| own.eq_ignore_ascii_case(&key))
        });
        if !named {
            continue;
        }
        match (*op, &mut login) {
            ("server.login_start", login) => {
                let started = params.get("now")?.as_u64()?.into();
                *login = Some(Login { started, retrieved: false, over: false, details_time: None });
            }
            ("server.login_retrieve", Some(login)) => {
                login.retrieved = true;
                let message = result.get("message")?.as_str()?;
                login.details_time = i128::from_str_radix(message.get(14..22)?, 16).ok();
            }
            ("server.login_approve" | "server.login_reject" | "server.login_cancel", Some(login)) => {
                login.over = true
            }
            _ => {}
        }
    }
    login
}

pub(crate) fn login_age(a: &Asked<'_>, retrieved: Option<bool>) -> Vec<i128> {
    let login = login(a).filter(|login| retrieved.is_none_or(|is| !login.over && login.retrieved == is));
    one(login.zip(a.number("now")).map(|(login, now)| now - login.started))
}

/// Whether a login is pending or retrieved at the time of the question.
pub(crate) fn goes_on(a: &Asked<'_>, key: &Value) -> bool {
    let status = a.would("server.login_status", json!({"challenge_key": key, "now": a.params["now"]}));
    let status = status.as_ref().and_then(|status| status.get("status")?.as_str());
    ["pending", "retrieved"].contains(&status.unwrap_or_default())
}

/// Logins of the same requester that go on, before this start.
pub(crate) fn logins_of_requester(a: &Asked<'_>) -> Vec<i128> {
    let Some(requester) = a.text("requester") else { return Vec::new() };
    let starts = a.past.steps.iter().filter(|(op, params, _)| {
        *op == "server.login_start" && params.get("requester").and_then(Value::as_str) == Some(requester)
    });
    vec![length(starts.filter(|(_, _, result)| goes_on(a, &result["challenge_key"])).count())]
}

/// Logins that are known and go on.
pub(crate) fn logins_known(a: &Asked<'_>) -> Vec<i128> {
    let starts = || a.past.steps.iter().filter(|(op, ..)| *op == "server.login_start");
    one((starts().count() >= 255)
        .then(|| length(starts().filter(|(_, _, result)| goes_on(a, &result["challenge_key"])).count())))
}

pub(crate) fn tries_left(a: &Asked<'_>, counter: &str, tries: &str) -> Vec<i128> {
    one(a.counter(counter).zip(a.made_number(tries)).map(|(failures, tries)| failures - tries))
}

/// The instance that a question of a server is about.
pub(crate) fn instance(a: &Asked<'_>) -> Option<i128> {
    if let Some(sequence) = a.number("sequence") {
        return Some(sequence);
    }
    let key = login_key(a)?;
    let retrieved = a.past.steps.iter().rev().find(|(op, params, _)| {
        *op == "server.login_retrieve"
            && params["challenge_key"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(&key))
    });
    Some(retrieved?.1["sequence"].as_u64()?.into())
}

pub(crate) fn signature_failures(a: &Asked<'_>) -> Vec<i128> {
    if a.op.starts_with("server.single_") {
        return tries_left(a, "signature_failures", "signature_tries");
    }
    let Some(instance) = instance(a) else { return Vec::new() };
    tries_left(a, &format!("signature_failures/{instance:02}"), "signature_tries")
}

pub(crate) fn login_failures(a: &Asked<'_>) -> Vec<i128> {
    let Some(key) = login_key(a) else { return Vec::new() };
    tries_left(a, &format!("login_failures/{key}"), "signature_tries")
}

/// Tries against the most that the floor allows, by what refuses at one more.
pub(crate) fn floor(a: &Asked<'_>, rule: &str) -> Vec<i128> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let vector = a.vectors().first().cloned();
    let Some(vector) = vector.and_then(|bytes| StaticVector::decode(&bytes).ok()) else { return Vec::new() };
    let own = |name: &str| u16::try_from(a.number(name).or_else(|| a.made_number(name))?).ok();
    let file = member(a, "message_vector").first().and_then(|text| MessageVector::decode(text).ok());
    let wanted = text(a.params.get("serial")).or_else(|| text(a.made("serial")));
    let channels = member(a, "secure_channel");
    let line = member(a, "serial").iter().position(|serial| Some(serial) == wanted.as_ref());
    let secure_channel = match (a.params.get("secure_channel"), line.and_then(|line| channels.get(line))) {
        (Some(own), _) => own.as_bool().unwrap_or(false),
        (None, Some(word)) => word == "true",
        (None, None) => false,
    };
    let (tries, windows) = match &file {
        Some(file) => (file.signature_tries, file.windows),
        None => {
            let windows = (|| {
                Some(Windows {
                    identification: own("identification_window")?,
                    signature: own("signature_window")?,
                    first_use_s: own("first_use_s")?,
                    look_ahead: own("look_ahead")?,
                })
            })();
            let tries = own("signature_tries").and_then(|tries| u8::try_from(tries).ok());
            let (Some(windows), Some(tries)) = (windows, tries) else { return Vec::new() };
            (tries, windows)
        }
    };
    let refusal = |tries: u8| {
        let floor = Floor { vector: &vector, tries, windows: &windows, secure_channel };
        floor.ensure().err().map(|refusal| refusal.rule.id)
    };
    let most = (1..=99u8).take_while(|tries| refusal(*tries).is_none()).last().unwrap_or(0);
    // Where the other of the two rules says it, it is no limit of this one.
    let is_this = most < 99 && refusal(most + 1) == Some(rule);
    one(is_this.then(|| i128::from(tries) - i128::from(most)))
}
