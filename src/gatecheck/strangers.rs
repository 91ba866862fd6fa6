//! Who has no session, and asks all the same: what he may not learn, and how often he may ask.

use channel::class::Class;
use gateway::code::Problem;
use gateway::surface::Operation;
use harness::trial::Stop;
use serde_json::json;

use crate::area::Area;
use crate::bridge::{Came, Reply, Told};
use crate::front::{Front, post};
use crate::phone::Phone;

/// How many requests are made to meet a limit.
const MOST_ASKED: usize = 400;

pub(crate) fn add(area: &mut Area) {
    area.refuses(
        &["GTW-8"],
        "strangers-logins",
        "a stranger can't tell licenses, instances and keys of logins",
        logins,
    );
    area.refuses(&["GTW-8"], "strangers-users", "a stranger can't tell users", users);
    area.refuses(
        &["GTW-8"],
        "strangers-rejections",
        "a message that isn't authentic tells nothing of a license",
        rejections,
    );
    area.refuses(&["GTW-8"], "strangers-registrations", "a stranger can't tell registrations", registrations);
    area.refuses(
        &["GTW-10"],
        "strangers-rate",
        "who asks too often for a license is refused, and served later",
        rate,
    );
}

/// A serial number that the gateway can't have: with another prefix's letters.
pub(crate) fn unknown_license(serial: &str) -> String {
    let other = if serial.starts_with("ZZZ") { "AAA" } else { "ZZZ" };
    format!("{other}{}", serial.get(3..).unwrap_or("0000000"))
}

fn logins(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let [known, not_activated] = [front.about(0)?.serial, front.about(1)?.serial];
    let (unknown, none) = (unknown_license(&known), "0000000000");
    for (name, key) in [
        (phone.name.clone(), none),
        (format!("{known}-99"), none),
        (format!("{not_activated}-1"), none),
        (format!("{unknown}-1"), none),
        (format!("{not_activated}-1"), &key),
        (format!("{unknown}-1"), &key),
    ] {
        let body = json!({"serialNumber": name, "challengeKey": key});
        front.refuses("GTW-8", Class::UnknownSession, Operation::Prepare, &body)?;
    }
    phone.retrieves(front, &key)?;
    front.accepts("GTW-8");
    Ok(())
}

fn users(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    let signature = phone.signs(front, displayed)?;
    for user in [phone.user.as_str(), "nobody", ""] {
        for signature in [signature.as_str(), "00000000", "x"] {
            let body = json!({"userID": user, "challengeKey": "0000000000", "signature": signature});
            front.refuses("GTW-8", Class::UnknownSession, Operation::Approve, &body)?;
        }
    }
    front.does("GTW-8", Operation::Approve, &phone.approves(&key, &signature))?;
    Ok(())
}

/// The same text with another digit at this place.
fn bent(text: &str, at: usize) -> String {
    let other = |digit: char| if digit == '0' { '1' } else { '0' };
    text.chars().enumerate().map(|(place, digit)| if place == at { other(digit) } else { digit }).collect()
}

fn rejections(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    phone.retrieves(front, &key)?;
    let right = phone.rejects(front, &key)?;
    let message = front.text("GTW-8", &right, "challengeKey")?;
    let [known, other] = [front.about(0)?.serial, front.about(1)?.serial];
    let unknown = unknown_license(&known);
    let half = message.get(..message.len() / 2).unwrap_or_default().to_owned();
    // Another type, license, instance, body and tag; half a message, none, and no hexadecimal digits.
    let places = [1, 12, 23, message.len().saturating_sub(20), message.len().saturating_sub(1)];
    let wrong: Vec<String> =
        places.iter().map(|at| bent(&message, *at)).chain([half, String::new(), "zz".into()]).collect();
    for name in [phone.name.clone(), format!("{other}-1"), format!("{unknown}-1")] {
        for message in &wrong {
            let body = json!({"serialNumber": name, "challengeKey": message});
            front.refuses("GTW-8", Class::Corrupted, Operation::Reject, &body)?;
        }
    }
    // The right message under another license's name.
    for name in [format!("{other}-1"), format!("{unknown}-1")] {
        let body = json!({"serialNumber": name, "challengeKey": message});
        front.refuses("GTW-8", Class::Corrupted, Operation::Reject, &body)?;
    }
    // Of the name, only the license is looked at (GTW-2).
    let body = json!({"serialNumber": format!("{known}-99"), "challengeKey": message});
    front.does("GTW-8", Operation::Reject, &body)?;
    front.login_is("LGN-18", &key, "rejected")
}

fn registrations(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    for id in ["00112233445566778899", "FFFFFFFFFFFFFFFFFFFF"] {
        let add = json!({"registrationIdentifier": id, "deviceCode": "1"});
        front.refuses("GTW-8", Class::UnknownSession, Operation::AddDevice, &add)?;
        let activate = json!({"registrationIdentifier": id, "signature": "1"});
        front.refuses("GTW-8", Class::UnknownSession, Operation::Activate, &activate)?;
    }
    Phone::activate(front, 0)?;
    front.accepts("GTW-8");
    Ok(())
}

fn rate(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let serial = front.about(0)?.serial;
    let body = json!({"serialNumber": format!("{serial}-1"), "challengeKey": "0000000000"});
    let ask = post(Operation::Prepare, &body);
    let mut met: Option<Reply> = None;
    for _ in 0..MOST_ASKED {
        let Told { came: Came::Reply(reply), .. } = front.told_once("GTW-10", &ask)? else { break };
        if reply.status == 429 {
            met = Some(reply);
            break;
        }
        front.is_problem("GTW-10", Problem::Refused(Class::UnknownSession), &reply)?;
    }
    let Some(reply) = met else {
        return Err(Stop::NotTestable("no limit is met by 400 requests one after the other"));
    };
    front.is_problem("GTW-10", Problem::TooMany, &reply)?;
    // Later, it is served: which asks again after a second, and again.
    let answer = front.reply("GTW-10", &ask)?;
    front.is_problem("GTW-8", Problem::Refused(Class::UnknownSession), &answer)?;
    front.accepts("GTW-10");
    Ok(())
}
