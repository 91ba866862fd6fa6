//! From the registration to the device in use. GTW-5, AM1, DVC, AM2, VER.

use channel::class::Class;
use channel::text::hex;
use channel::wire::activation1::Activation1;
use channel::wire::device_code::{DeviceCode, Mac36};
use channel::wire::frame::{Carrier, Frame, Kind};
use gateway::surface::Operation;
use harness::cell::{Attacker, Goal};
use harness::trial::{Stop, fail};
use serde_json::{Value, json};

use crate::area::Area;
use crate::front::Front;
use crate::phone::{Phone, Registration, app, confirms, user_of, wrong};
use crate::strangers::unknown_license;

/// A license whose threshold is above that would need too many devices.
const MOST_DEVICES: u8 = 9;

pub(crate) fn add(area: &mut Area) {
    area.follows(
        &["GTW-5", "AM2-3", "AM2-10"],
        "activation",
        "a phone is activated: registration, device code, signature, device",
        activation,
    );
    area.accepts(
        &["GTW-1"],
        "am1",
        "activation message 1 has a challenge and the static vector",
        first_message,
    );
    area.refuses(
        &["DVC-4", "DVC-5"],
        "device-code-form",
        "a device code has 26 digits, the last a check digit",
        form,
    );
    area.against(Goal::Activation, Attacker::Courier).refuses(
        &["DVC-11"],
        "device-code-wrong",
        "a device code of another message is refused",
        wrong_code,
    );
    area.against(Goal::Guess, Attacker::Courier).refuses(
        &["DVC-10"],
        "device-code-tries",
        "too many wrong device codes are too many",
        code_tries,
    );
    area.accepts(
        &["AM2-5"],
        "device-twice",
        "a device code that is sent again gets the same answer",
        same_again,
    );
    area.refuses(&["GTW-5"], "activate-first", "a signature before the device code is out of order", before);
    area.refuses(
        &["VER-12"],
        "activate-wrong",
        "a wrong signature over activation message 2 is refused",
        wrong_signature,
    );
    area.refuses(&["GTW-5"], "activated", "a registration that has succeeded is over", over);
    area.refuses(
        &["GTW-8"],
        "registration-replaced",
        "a new registration takes the place of the one before",
        replaced,
    );
    area.refuses(&["GTW-5"], "other-user", "a license is one user's", other_user);
    area.refuses(
        &["GTW-5"],
        "unknown-user",
        "who has no license has neither logins nor devices, and what isn't stored is nobody's",
        unknown_user,
    );
    area.refuses(
        &["DVC-12"],
        "same-device",
        "a device that has an instance gets another if the back end says so",
        same_device,
    );
    area.follows(
        &["AM2-18"],
        "device-unconfirmed",
        "a device that has not confirmed ends when another's code comes",
        unconfirmed,
    );
    area.refuses(&["AM2-4"], "threshold", "a license has no more instances than its threshold", threshold);
    area.accepts(&["GTW-2"], "description", "a description is the user's words", description);
}

fn unconfirmed(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let first = Phone::activate(front, 0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let added = front.does("AM2-3", Operation::AddDevice, &registration.adds(&code, "late"))?;
    let name = front.text("GTW-1", &added, "serialNumber")?;
    // That another registration begins ends nothing; that its device code comes does.
    let later = Registration::begins(front, &about, false)?;
    status_is(front, "AM2-18", &first.user, &name, "unconfirmed")?;
    let client = app(front)?;
    let second = Phone::through(front, &about, &later, client)?;
    status_is(front, "AM2-18", &first.user, &name, "deactivated")?;
    for phone in [&first, &second] {
        status_is(front, "AM2-18", &phone.user, &phone.name, "confirmed")?;
    }
    Ok(())
}

/// What a device of a user must be.
fn status_is(
    front: &mut Front<'_, '_>,
    aim: &'static str,
    user: &str,
    name: &str,
    status: &str,
) -> Result<(), Stop> {
    let got = device(front, user, name)?.get("status").cloned().unwrap_or_default();
    front.holds(aim, got == json!(status), &format!("{name} {status}"), got.to_string())
}

fn devices(front: &mut Front<'_, '_>, user: &str) -> Result<Vec<Value>, Stop> {
    let result = front.does("GTW-5", Operation::Devices, &json!({"userID": user}))?;
    let devices = result.get("devices").and_then(Value::as_array).cloned();
    devices.ok_or_else(|| fail("GTW-1", "a list of devices".to_owned(), result.to_string()))
}

/// One of a user's devices, by its name.
pub(crate) fn device(front: &mut Front<'_, '_>, user: &str, name: &str) -> Result<Value, Stop> {
    let all = devices(front, user)?;
    let found = all.iter().find(|device| device.get("serialNumber").and_then(Value::as_str) == Some(name));
    found.cloned().ok_or_else(|| fail("GTW-5", format!("{name} among the devices"), json!(all).to_string()))
}

fn activation(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let phone = Phone::activate(front, 0)?;
    let got = device(front, &phone.user, &phone.name)?;
    let want =
        json!({"serialNumber": phone.name, "description": "mine", "status": "confirmed", "locked": false});
    for (name, want) in want.as_object().into_iter().flatten() {
        let got = got.get(name).cloned().unwrap_or_default();
        front.holds("GTW-5", got == *want, &format!("a device with {name} {want}"), got.to_string())?;
    }
    // Another one gets the next number, and leaves the first alone.
    let second = Phone::activate(front, 0)?;
    let number =
        |name: &str| name.rsplit('-').next().and_then(|number| number.parse::<u8>().ok()).unwrap_or_default();
    let follows = number(&second.name) > number(&phone.name);
    front.holds("AM2-3", follows, &format!("a number above that of {}", phone.name), second.name)?;
    let first = device(front, &phone.user, &phone.name)?;
    let status = first.get("status").cloned().unwrap_or_default();
    front.holds("GTW-5", status == json!("confirmed"), "the first device as it was", status.to_string())
}

fn first_message(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let mut messages = Vec::new();
    for _ in 0..2 {
        let registration = Registration::begins(front, &about, false)?;
        let wrong = |refusal| fail("GTW-1", "an activation message 1".to_owned(), format!("none: {refusal}"));
        let bytes = hex::decode(&registration.message).map_err(wrong)?;
        let frame = Frame::decode(&bytes, Carrier::Direct).map_err(wrong)?;
        let is_first = frame.header.kind == Kind::Activation1;
        front.holds("GTW-1", is_first, "a message of type 0", frame.header.kind.number().to_string())?;
        let serial = frame.header.serial.to_string();
        front.holds(
            "GTW-1",
            serial == about.serial,
            &format!("a message to {}", about.serial),
            serial.clone(),
        )?;
        let message = Activation1::decode(frame.body, frame.header.nonce).map_err(wrong)?;
        front.holds("GTW-1", message.challenge.is_some(), "a challenge", "none".to_owned())?;
        front.holds("GTW-1", message.static_vector.is_some(), "the static vector", "none".to_owned())?;
        messages.push((registration.id, message.challenge, message.time));
    }
    let [(one_id, one, one_time), (other_id, other, other_time)] = messages.as_slice() else { return Ok(()) };
    let differ = one != other && one_id != other_id;
    front.holds(
        "GTW-5",
        differ,
        "a challenge and an identifier of its own each time",
        "the same".to_owned(),
    )?;
    front.holds(
        "AM1-14",
        other_time > one_time,
        "a time above that of the message before",
        other_time.to_string(),
    )
}

fn form(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let short = code.get(1..).unwrap_or_default().to_owned();
    for bad in [
        String::new(),
        "1".into(),
        short,
        format!("{code}0"),
        code.replace(|_| true, "x"),
        format!(" {code}"),
    ] {
        front.refuses("DVC-4", Class::BadCode, Operation::AddDevice, &registration.adds(&bad, ""))?;
    }
    let bad = wrong(&code);
    front.refuses("DVC-5", Class::BadCheckDigit, Operation::AddDevice, &registration.adds(&bad, ""))?;
    front.does("DVC-5", Operation::AddDevice, &registration.adds(&code, ""))?;
    front.accepts("DVC-4");
    Ok(())
}

/// The same device's code, of another message.
fn of_another_message(code: &str) -> Result<String, Stop> {
    let none = |refusal| Stop::Harness(format!("no device code: {refusal}"));
    let right = DeviceCode::decode(code).map_err(none)?;
    let mut mac = [0; 16];
    for (byte, right) in mac.iter_mut().zip(right.mac.to_bytes()) {
        *byte = !right;
    }
    Ok(DeviceCode { device: right.device, mac: Mac36::first_of(mac) }.encode())
}

fn wrong_code(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let bad = of_another_message(&code)?;
    front.refuses("DVC-11", Class::WrongCode, Operation::AddDevice, &registration.adds(&bad, ""))?;
    front.does("DVC-11", Operation::AddDevice, &registration.adds(&code, ""))?;
    Ok(())
}

fn code_tries(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let bad = of_another_message(&code)?;
    for _ in 0..about.code_tries {
        front.refuses("DVC-11", Class::WrongCode, Operation::AddDevice, &registration.adds(&bad, ""))?;
    }
    // The right one, too.
    for code in [&bad, &code] {
        front.refuses(
            "DVC-10",
            Class::AttemptsExhausted,
            Operation::AddDevice,
            &registration.adds(code, ""),
        )?;
    }
    Phone::activate(front, 0)?;
    front.accepts("DVC-10");
    Ok(())
}

fn same_again(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let first = front.does("AM2-5", Operation::AddDevice, &registration.adds(&code, "mine"))?;
    let again = front.does("AM2-5", Operation::AddDevice, &registration.adds(&code, "mine"))?;
    front.holds("AM2-5", first == again, &first.to_string(), again.to_string())?;
    let signature = confirms(front, &mut client, &again)?;
    front.does("AM2-10", Operation::Activate, &registration.activates(&signature))?;
    Ok(())
}

fn before(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    front.refuses("GTW-5", Class::WrongState, Operation::Activate, &registration.activates("00000000"))?;
    let client = app(front)?;
    Phone::through(front, &about, &registration, client)?;
    front.accepts("GTW-5");
    Ok(())
}

fn wrong_signature(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let added = front.does("AM2-3", Operation::AddDevice, &registration.adds(&code, "mine"))?;
    let name = front.text("GTW-1", &added, "serialNumber")?;
    let signature = confirms(front, &mut client, &added)?;
    let bad = registration.activates(&wrong(&signature));
    front.refuses("VER-12", Class::WrongSignature, Operation::Activate, &bad)?;
    front.refuses("VER-10", Class::BadSignature, Operation::Activate, &registration.activates(""))?;
    front.does("VER-12", Operation::Activate, &registration.activates(&signature))?;
    let status = device(front, &user_of(&about), &name)?.get("status").cloned().unwrap_or_default();
    front.holds("AM2-10", status == json!("confirmed"), "a device that is confirmed", status.to_string())
}

fn over(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let added = front.does("AM2-3", Operation::AddDevice, &registration.adds(&code, "mine"))?;
    let signature = confirms(front, &mut client, &added)?;
    front.does("GTW-5", Operation::Activate, &registration.activates(&signature))?;
    let again = registration.activates(&signature);
    front.refuses("GTW-5", Class::AlreadyActive, Operation::Activate, &again)?;
    front.refuses("GTW-5", Class::AlreadyActive, Operation::AddDevice, &registration.adds(&code, "mine"))
}

fn replaced(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let first = Registration::begins(front, &about, false)?;
    let second = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = first.code(&mut client)?;
    front.refuses("GTW-8", Class::UnknownSession, Operation::AddDevice, &first.adds(&code, ""))?;
    front.refuses("GTW-8", Class::UnknownSession, Operation::Activate, &first.activates("00000000"))?;
    // Of the message before: AM1-10.
    front.refuses("DVC-11", Class::WrongCode, Operation::AddDevice, &second.adds(&code, ""))?;
    let client = app(front)?;
    Phone::through(front, &about, &second, client)?;
    front.accepts("GTW-8");
    Ok(())
}

fn other_user(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let first = Phone::activate(front, 0)?;
    for (user, domain) in [("another".to_owned(), None), (first.user.clone(), Some("another"))] {
        let body = json!({"serialNumber": about.serial, "userID": user, "domain": domain});
        front.refuses("GTW-5", Class::AlreadyActive, Operation::Register, &body)?;
    }
    // No domain is the empty one.
    let body = json!({"serialNumber": about.serial, "userID": first.user, "domain": ""});
    front.does("GTW-5", Operation::Register, &body)?;
    Ok(())
}

fn unknown_user(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let phone = Phone::activate(front, 0)?;
    for (user, domain) in
        [("nobody".to_owned(), ""), (phone.user.clone(), "another"), (phone.user.to_uppercase(), "")]
    {
        let body = json!({"userID": user, "domain": domain, "service": "s"});
        front.refuses("GTW-5", Class::UnknownInstance, Operation::StartLogin, &body)?;
        front.refuses("GTW-5", Class::UnknownInstance, Operation::Devices, &body)?;
    }
    let unknown = unknown_license(&front.about(0)?.serial);
    let body = json!({"serialNumber": unknown, "userID": "nobody"});
    front.refuses("GTW-5", Class::UnknownInstance, Operation::Register, &body)?;
    front.does("GTW-5", Operation::Devices, &json!({"userID": phone.user}))?;
    Ok(())
}

fn same_device(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let client = app(front)?;
    let same = client.clone();
    let first = Phone::through(front, &about, &registration, client)?;
    let registration = Registration::begins(front, &about, false)?;
    let code = registration.code(&mut same.clone())?;
    front.refuses("DVC-12", Class::AlreadyActive, Operation::AddDevice, &registration.adds(&code, ""))?;
    let registration = Registration::begins(front, &about, true)?;
    let second = Phone::through(front, &about, &registration, same)?;
    front.accepts("DVC-12");
    let old = device(front, &first.user, &first.name)?.get("status").cloned().unwrap_or_default();
    front.holds("VER-14", old == json!("deactivated"), "the old instance deactivated", old.to_string())?;
    let new = device(front, &second.user, &second.name)?.get("status").cloned().unwrap_or_default();
    front.holds("VER-14", new == json!("confirmed"), "the new instance confirmed", new.to_string())
}

fn threshold(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    if about.threshold > MOST_DEVICES {
        return Err(Stop::NotTestable(
            "the licenses have room for too many instances: a threshold of 9 or less is due",
        ));
    }
    // Of another license: in a later run, this one has no room any more.
    Phone::activate(front, 1)?;
    front.accepts("AM2-4");
    for _ in 0..=about.threshold {
        let registration = Registration::begins(front, &about, false)?;
        let mut client = app(front)?;
        let body = registration.adds(&registration.code(&mut client)?, "");
        let answer = front.answer("AM2-4", Operation::AddDevice, &body)?;
        let name = answer.result.get("serialNumber").and_then(Value::as_str).unwrap_or_default().to_owned();
        if answer.problem.is_some() {
            return front.refuses("AM2-4", Class::ThresholdReached, Operation::AddDevice, &body);
        }
        let number = name.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(u8::MAX);
        front.holds("AM2-4", number <= about.threshold, &format!("at most {}", about.threshold), name)?;
    }
    Err(fail("AM2-4", "STAT_THRESHOLD_REACHED".to_owned(), format!("{} more devices", about.threshold)))
}

fn description(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let words = format!("Zoë's \"phone\" {}", "日".repeat(200));
    let added = front.does("GTW-2", Operation::AddDevice, &registration.adds(&code, &words))?;
    let name = front.text("GTW-1", &added, "serialNumber")?;
    let signature = confirms(front, &mut client, &added)?;
    front.does("GTW-2", Operation::Activate, &registration.activates(&signature))?;
    let got = device(front, &user_of(&about), &name)?.get("description").cloned().unwrap_or_default();
    front.holds("GTW-2", got == json!(words), &words, got.to_string())
}
