//! The chapters. Each begins where the one before it ended.

use serde_json::{Value, json};

use super::around;
use super::cast::{NOW, PAYLOAD_KEY, PHONE, SERIAL, SERVER, handle_of, text};
use super::guide::Guide;
use crate::cli::outcome::Error;
use carrier::symbol::Symbol;
use channel::bytes::Wire;
use channel::text::hex;
use harness::setup::{Setup, otp, otp_vector};

type Chapter = fn(&mut Guide) -> Result<(), Error>;

/// In their order.
pub(super) const ALL: [(&str, Chapter); 10] = [
    ("Who is who", who_is_who),
    ("Activation in two steps", activation),
    ("A transaction is shown and signed", transaction),
    ("What the channel does not let through", refusals),
    ("Responses without a message", responses),
    ("Another app calls", around::app_to_app),
    ("Push and login", around::push_and_login),
    ("Locked, unlocked, ended", ending),
    ("Algorithms of others", around::open_algorithms),
    ("One serial number, one device", around::single_device),
];

fn vector() -> String {
    hex::encode(&otp_vector().to_bytes())
}

fn who_is_who(g: &mut Guide) -> Result<(), Error> {
    g.says(
        "A bank wants its customers to confirm payments on their phones, so that a page that shows one thing and \
         sends another gains nothing. It buys licenses. A license has a name, the serial number, and a secret, the \
         license key; it allows up to 99 devices, its instances. Two things are known to both sides from the start \
         and are no secret: the serial number, and the static vector, which says what the applications on the \
         device can do.",
    );
    g.explains(SERIAL, None);
    g.explains(&vector(), None);
    g.says(
        "The bank's server is told of the license (in earnest it imports a license file: `licenses make`).",
    );
    let numbers = serde_json::to_value(message_vector()).unwrap_or_default();
    let mut license = json!({"serial": SERIAL, "license_key": "101112131415161718191A1B1C1D1E1F",
        "static_vector": vector(), "secure_channel": true, "threshold": 2, "last_counter": 0,
        "random": {"payload_key": PAYLOAD_KEY}});
    if let (Some(all), Some(numbers)) = (license.as_object_mut(), numbers.as_object()) {
        all.extend(numbers.clone());
    }
    g.does("server.create", SERVER, license)?;
    g.says("And somebody installs the app, which knows nothing of any license yet.");
    g.does(
        "client.create",
        PHONE,
        json!({"static_vector": vector(), "platform_data": hex::encode(b"this very phone"), "device_type": 7,
            "app_version": 2, "rooted": false, "root_policy": "block", "replacement": false}),
    )?;
    Ok(())
}

/// The numbers of a license that the tour needs, as `message_vector.encode` names them.
fn message_vector() -> Value {
    let windows = Setup::otp().message_vector();
    json!({"activation_protection": 2, "message_protection": 2, "post_activation": otp::FIELDS,
        "activation_validity_days": windows.activation_validity_days,
        "message_age_limit_s": windows.message_age_limit_s, "code_tries": windows.code_tries,
        "signature_tries": windows.signature_tries, "identification_window": windows.windows.identification,
        "signature_window": windows.windows.signature, "first_use_s": windows.windows.first_use_s,
        "look_ahead": windows.windows.look_ahead})
}

fn activation(g: &mut Guide) -> Result<(), Error> {
    g.says(
        "Step one. The server writes activation message 1: the license key, wrapped under a key that follows from \
         the static vector. It travels by letter, as a QR code, say. Nothing protects it but that way.",
    );
    let am1 = g.does(
        "server.generate_activation1",
        SERVER,
        json!({"with_challenge": true, "with_static_vector": false, "now": NOW}),
    )?;
    g.explains(text(&am1, "message"), None);
    g.says(
        "The phone unwraps the key and answers with a device code: which device it is, and a MAC that only \
         somebody with the license key and with just this message can make. The customer types its 26 digits into \
         the bank's web page.",
    );
    let code = g.does("client.activate_license", PHONE, json!({"message": text(&am1, "message")}))?;
    let code = text(&code, "device_code").to_owned();
    g.explains(&code, None);
    g.does(
        "server.verify_device_code",
        SERVER,
        json!({"device_code": code, "replace": false, "now": NOW + 60}),
    )?;
    g.says(
        "Step two. Now the server knows the device, gives it a sequence number, and writes activation message 2, \
         encrypted for this very device. It brings the payload key, which protects all later messages of this \
         license, and a salt, from which both sides make the keys of this instance.",
    );
    let am2 = g.does("server.generate_activation2", SERVER, json!({"now": NOW + 90}))?;
    g.explains(text(&am2, "message"), None);
    g.says(
        "The phone opens it, makes its keys, wipes the license key, and shows a signature over the message.",
    );
    let confirmation = g.does(
        "client.activate_instance",
        PHONE,
        json!({"message": text(&am2, "message"), "pin": "right", "now": NOW + 120}),
    )?;
    g.says("Only when the server has verified that, is the instance usable.");
    g.does(
        "server.verify_message_signature",
        SERVER,
        json!({"sequence": 1, "message": text(&am2, "message"), "signature": text(&confirmation, "signature"),
            "now": NOW + 150}),
    )?;
    Ok(())
}

/// The server issues a request for a payment.
fn request(g: &mut Guide, now: u32) -> Result<String, Error> {
    let content = json!({"format": "list", "title": "Payment",
        "items": [["To", "Zoë Müller"], ["Amount", "1 250,00 €"]]});
    let params = json!({"now": now, "carrier": "direct", "application": otp::FIELDS, "minimum_version": 0,
        "require_pin": true, "template": 0, "charset": "utf-8", "content": content});
    Ok(text(&g.does("server.generate_request", SERVER, params)?, "message").to_owned())
}

fn transaction(g: &mut Guide) -> Result<(), Error> {
    g.says(
        "The customer pays. The server writes what is to be paid into a request, encrypted and authenticated \
         under the payload key. Whoever carries it, can neither read nor change it.",
    );
    let message = request(g, NOW + 1_000)?;
    g.explains(&message, Some(PAYLOAD_KEY));
    g.says("On the bank's page it is a picture (`counterproof qr MESSAGE`):");
    if let Ok(symbol) = Symbol::write(&message) {
        g.shows(&symbol.to_blocks());
    }
    g.says("The phone opens it and shows all that is in it.");
    let shown = g.does("client.open", PHONE, json!({"message": message, "carrier": "direct"}))?;
    g.says(
        "The customer compares, approves, and enters the PIN. The signature is short enough to be typed; it is \
         made from the whole message, the time, and a key that this instance alone has.",
    );
    let signed = g.does(
        "client.sign",
        PHONE,
        json!({"handle": handle_of(&shown), "approved": true, "pin": "right", "now": NOW + 1_030}),
    )?;
    let verify = json!({"sequence": 1, "message": message, "signature": text(&signed, "signature"),
        "now": NOW + 1_060});
    g.does("server.verify_message_signature", SERVER, verify.clone())?;
    g.says("A signature is accepted once.");
    g.is_refused("server.verify_message_signature", SERVER, verify)
}

fn refusals(g: &mut Guide) -> Result<(), Error> {
    g.says(
        "Every refusal has a class of a closed list and a requirement in SPEC.md, and leaves everything as it was, \
         or exactly one counter one higher. A changed digit of the body:",
    );
    let message = request(g, NOW + 2_000)?;
    let at = 40;
    let other = if message.get(at..=at) == Some("0") { "1" } else { "0" };
    let mut bent = message.clone();
    bent.replace_range(at..=at, other);
    g.is_refused("client.open", PHONE, json!({"message": bent, "carrier": "direct"}))?;
    g.says("A digit that is missing, and another account's message:");
    let cut = message.get(1..).unwrap_or_default();
    g.is_refused("client.open", PHONE, json!({"message": cut, "carrier": "direct"}))?;
    let foreign = "00C1C3E40F42B923B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";
    g.is_refused("client.open", PHONE, json!({"message": foreign, "carrier": "direct"}))?;
    g.says("A signature that is not the right one counts; after so many the instance is locked.");
    g.quietly("client.open", PHONE, json!({"message": message, "carrier": "direct"}))?;
    g.is_refused(
        "server.verify_message_signature",
        SERVER,
        json!({"sequence": 1, "message": message, "signature": "00000000", "now": NOW + 2_030}),
    )?;
    g.does("state", SERVER, json!({}))?;
    g.says("The customer puts the phone away without a decision. What was on display is closed.");
    g.does("client.close", PHONE, json!({}))?;
    Ok(())
}

/// What the phone answers to `data`, and that the server accepts it.
fn response(g: &mut Guide, application: u8, data: &Value, now: u32) -> Result<(), Error> {
    let made = g.does(
        "client.generate_response",
        PHONE,
        json!({"serial": SERIAL, "application": application, "data": data, "pin": "right", "now": now}),
    )?;
    let verify = json!({"sequence": 1, "application": application, "data": data,
        "response": text(&made, "response"), "now": now + 20});
    g.does("server.verify_response", SERVER, verify)?;
    Ok(())
}

fn responses(g: &mut Guide) -> Result<(), Error> {
    g.says("Applications also answer without a message. A one-time password, from the time:");
    response(g, otp::TIME, &json!({"kind": "response-only"}), NOW + 3_000)?;
    g.says("The same from a counter of events, with a check digit:");
    response(g, otp::EVENT, &json!({"kind": "response-only"}), NOW + 3_100)?;
    g.says("An answer to a challenge that the customer reads off the page:");
    response(g, otp::CHALLENGE, &json!({"kind": "challenge", "challenge": "478913"}), NOW + 3_200)?;
    g.says("And a signature over fields that the customer types:");
    response(g, otp::FIELDS, &json!({"kind": "fields", "fields": ["NL91ABNA0417", "1250", ""]}), NOW + 3_300)
}

fn ending(g: &mut Guide) -> Result<(), Error> {
    g.says("Three wrong PINs lock the account on the phone.");
    let guess = |now| {
        json!({"serial": SERIAL, "application": otp::TIME, "data": {"kind": "response-only"}, "pin": "wrong",
            "now": now})
    };
    g.is_refused("client.generate_response", PHONE, guess(NOW + 7_000))?;
    g.is_refused("client.generate_response", PHONE, guess(NOW + 7_000))?;
    g.is_refused("client.generate_response", PHONE, guess(NOW + 7_000))?;
    g.is_refused("client.generate_response", PHONE, guess(NOW + 7_000))?;
    g.says(
        "The customer calls the bank, reads a challenge to somebody there, and types what that one answers.",
    );
    let challenge = g.does("client.generate_unlock_challenge", PHONE, json!({"serial": SERIAL}))?;
    let answer = g.does(
        "server.generate_unlock_response",
        SERVER,
        json!({"sequence": 1, "challenge": text(&challenge, "challenge")}),
    )?;
    g.does("client.unlock", PHONE, json!({"serial": SERIAL, "response": text(&answer, "response")}))?;
    g.says("A phone that is given away is deactivated: the server first, then the phone by a message.");
    let message =
        g.does("server.generate_deactivation", SERVER, json!({"sequence": 1, "now": NOW + 8_000}))?;
    g.explains(text(&message, "message"), Some(PAYLOAD_KEY));
    g.does("client.deactivate", PHONE, json!({"message": text(&message, "message"), "carrier": "direct"}))?;
    Ok(())
}
