//! The chapters of what stands around the channel: algorithms of others, other apps, logins, single devices.

use serde_json::{Value, json};

use super::cast::{NOW, PAYLOAD_KEY, PHONE, SERIAL, SERVER, handle_of, text};
use super::guide::{Guide, with};
use crate::cli::outcome::Error;
use channel::bytes::Wire;
use channel::text::hex;
use harness::setup::{otp, otp_vector};

/// Drawn anew for each call; here it is always the same.
const STATE: &str = "h9Qx2vB0aL7tKdPz4WmR1g";

pub(super) fn app_to_app(g: &mut Guide) -> Result<(), Error> {
    g.says(
        "Where the bank's own app runs on the same phone, nothing has to be scanned or typed: it calls the \
         authenticator by a URL and is called back. The callbacks are templates; what is between %_ and _% is \
         filled in. In the URL they are percent-encoded twice, and the authenticator calls only what is on its \
         white list. The state is the bank's own, another one for each call: an app that makes up a callback doesn't \
         know it.",
    );
    let callbacks = [
        "ok?otp=%_OTP_%&from=%_SerialNumber_%&call=%_State_%",
        "error?call=%_State_%",
        "cancel?call=%_State_%",
    ]
    .map(|end| format!("thirdpartyapp://{end}"));
    let [success, error, cancel] = &callbacks;
    g.does(
        "client.set_app2app",
        PHONE,
        json!({"enabled": true, "scheme": "dpnopin", "white_list": callbacks, "platform": "android",
            "platform_name": "Android", "version": "4.2", "device_identifier": "5A".repeat(32)}),
    )?;
    let content = json!({"format": "free-text", "title": "Payment", "text": "1 250,00 € to Zoë Müller"});
    let request = json!({"now": NOW + 4_000, "carrier": "direct", "application": otp::FIELDS, "minimum_version": 0,
        "require_pin": false, "template": 0, "charset": "utf-8", "content": content});
    let message = g.quietly("server.generate_request", SERVER, request)?;
    let templates = json!({"x_success": success, "x_error": error, "x_cancel": cancel});
    let build = with(&with(&templates, "message", text(&message, "message")), "scheme", "dpnopin");
    let build = with(&build, "state", STATE);
    let url = g.does("app2app.build", "", build)?;
    let url = text(&url, "url").to_owned();
    g.explains(&url, None);
    let shown = g.does("client.dispatch", PHONE, json!({"url": url}))?;
    g.says(
        "Meanwhile another app calls, too. The message on display stays there, and that app is told error 1.",
    );
    let other = url.replace(STATE, "of-another-app");
    let busy = g.does("client.dispatch", PHONE, json!({"url": other}))?;
    g.does("app2app.read", "", with(&templates, "url", text(&busy, "callback")))?;
    g.says("The customer approves; the callback says so, and the server accepts the signature as always.");
    let called = g.does(
        "client.answer",
        PHONE,
        json!({"handle": handle_of(&shown), "approved": true, "pin": "right", "now": NOW + 4_010}),
    )?;
    let read = g.does("app2app.read", "", with(&templates, "url", text(&called, "callback")))?;
    let signature = read.pointer("/values/OTP").cloned().unwrap_or_default();
    g.does(
        "server.verify_message_signature",
        SERVER,
        json!({"sequence": 1, "message": text(&message, "message"), "signature": signature, "now": NOW + 4_020}),
    )?;
    g.says("What goes wrong is told by a number: here the message was changed on its way, which is error 7.");
    let bent = match url.split_once("0&state") {
        Some((start, end)) => format!("{start}1&state{end}"),
        None => url
            .split_at_checked(url.find("&state").unwrap_or(url.len()).saturating_sub(1))
            .map_or_else(String::new, |(start, end)| format!("{start}0{}", end.get(1..).unwrap_or_default())),
    };
    let failed = g.does("client.dispatch", PHONE, json!({"url": bent}))?;
    g.does("app2app.read", "", with(&templates, "url", text(&failed, "callback")))?;
    Ok(())
}

pub(super) fn push_and_login(g: &mut Guide) -> Result<(), Error> {
    g.says(
        "Somebody logs in at the bank's web page. The server opens a login session and sends the phone a \
         notification with its name, the challenge key, and nothing else.",
    );
    let started = g.does(
        "server.login_start",
        SERVER,
        json!({"application": otp::FIELDS, "service": "myService", "user": "myUserID", "domain": "myDomain",
            "requester": "the website", "now": NOW + 6_000}),
    )?;
    g.explains(text(&started, "message"), Some(PAYLOAD_KEY));
    let shown =
        g.does("client.open", PHONE, json!({"message": text(&started, "message"), "carrier": "gateway"}))?;
    let key = shown.pointer("/content/challenge_key").cloned().unwrap_or_default();
    g.says("The phone fetches the details. They are handed out once.");
    let retrieve = json!({"challenge_key": key, "serial": SERIAL, "sequence": 1, "now": NOW + 6_010});
    let details = g.does("server.login_retrieve", SERVER, retrieve.clone())?;
    g.is_refused("server.login_retrieve", SERVER, retrieve)?;
    let shown =
        g.does("client.open", PHONE, json!({"message": text(&details, "message"), "carrier": "gateway"}))?;
    g.says("The customer approves: a signature over the details, as over any request.");
    let signed = g.does(
        "client.sign",
        PHONE,
        json!({"handle": handle_of(&shown), "approved": true, "pin": "right", "now": NOW + 6_020}),
    )?;
    g.does(
        "server.login_approve",
        SERVER,
        json!({"challenge_key": key, "user": "myUserID", "domain": "myDomain",
            "signature": text(&signed, "signature"), "now": NOW + 6_030}),
    )?;
    g.does("server.login_status", SERVER, json!({"challenge_key": key, "now": NOW + 6_040}))?;
    g.says(
        "Another login, which is not the customer's. The answer is the one message that goes from phone to \
         server: the challenge key, encrypted.",
    );
    let started = g.quietly(
        "server.login_start",
        SERVER,
        json!({"application": otp::FIELDS, "service": "myService", "user": "myUserID", "domain": "myDomain",
            "requester": "the website", "now": NOW + 6_100}),
    )?;
    let key = text(&started, "challenge_key").to_owned();
    let retrieve = json!({"challenge_key": key, "serial": SERIAL, "sequence": 1, "now": NOW + 6_110});
    let details = g.quietly("server.login_retrieve", SERVER, retrieve)?;
    let open = json!({"message": text(&details, "message"), "carrier": "gateway"});
    let shown = g.quietly("client.open", PHONE, open)?;
    g.quietly(
        "client.sign",
        PHONE,
        json!({"handle": handle_of(&shown), "approved": false, "pin": "right", "now": NOW + 6_120}),
    )?;
    let rejection = g.does(
        "client.generate_information",
        PHONE,
        json!({"serial": SERIAL, "challenge_key": key, "now": NOW + 6_120}),
    )?;
    g.explains(text(&rejection, "message"), Some(PAYLOAD_KEY));
    g.does(
        "server.login_reject",
        SERVER,
        json!({"message": text(&rejection, "message"), "now": NOW + 6_130}),
    )?;
    g.does("server.login_status", SERVER, json!({"challenge_key": key, "now": NOW + 6_140}))?;
    Ok(())
}

pub(super) fn open_algorithms(g: &mut Guide) -> Result<(), Error> {
    g.says(
        "An application may answer by a published algorithm instead of ours, so that authenticators of other \
         makers can be put on the bench. The examples of RFC 4226, RFC 6238 and RFC 6287:",
    );
    let key = hex::encode(b"12345678901234567890");
    g.does("primitive.hotp", "", json!({"key": key, "counter": 1, "digits": 6}))?;
    g.does("primitive.totp", "", json!({"key": key, "time": 59, "step": 30, "digits": 8, "hash": "sha-1"}))?;
    g.does(
        "primitive.ocra",
        "",
        json!({"suite": "OCRA-1:HOTP-SHA1-6:QN08", "key": key, "counter": null, "question": "11111111",
            "password": null, "session": null, "time": null}),
    )?;
    Ok(())
}

/// The server and the phone of somebody whose license allows a single device.
const ISSUER: &str = "issuer";
const DEVICE: &str = "device";
const NEW_DEVICE: &str = "new device";
const SINGLE: &str = "VDS1000777";

pub(super) fn single_device(g: &mut Guide) -> Result<(), Error> {
    g.says(
        "The older way: one serial number, one device, and no channel. The static vector is built into the app; \
         serial number and activation code come by letter.",
    );
    let mut rules = otp_vector();
    rules.binding = true;
    let static_vector = hex::encode(&rules.to_bytes());
    g.does(
        "server.single_create",
        ISSUER,
        json!({"serial": SINGLE, "license_key": "505152535455565758595A5B5C5D5E5F", "static_vector": static_vector,
            "signature_tries": 4, "identification_window": 100, "signature_window": 24, "first_use_s": 10_800,
            "look_ahead": 10}),
    )?;
    let code = g.does("server.single_generate_activation_code", ISSUER, json!({"hexadecimal": false}))?;
    let code = text(&code, "code").to_owned();
    g.explains(&code, None);
    let phone = |platform: &[u8]| {
        json!({"static_vector": static_vector, "platform_data": hex::encode(platform),
            "platform_key": "606162636465666768696A6B6C6D6E6F", "short_codes": false, "rooted": false,
            "root_policy": "block", "reset_policy": "lock", "memory_kib": 64, "iterations": 1})
    };
    g.does("client.single_create", DEVICE, phone(b"that other phone"))?;
    g.says(
        "The customer types both, and chooses a password, under which the key rests. A weak one is refused.",
    );
    let activate = |password: &str| {
        json!({"serial": SINGLE, "suffix": null, "code": code, "event_reactivation_counter": null,
            "password": password})
    };
    g.is_refused("client.single_activate", DEVICE, activate("1234"))?;
    g.does("client.single_activate", DEVICE, activate("8203"))?;
    g.says("From then on it answers, here from a counter of events.");
    for second in [0, 60] {
        otp_of(g, DEVICE, NOW + second)?;
    }
    g.says(
        "The phone is replaced. The new one is activated by the same code, and its counters would begin with 0 \
         again; so the server sends where they are.",
    );
    g.does("client.single_create", NEW_DEVICE, phone(b"the phone after it"))?;
    let counter = g.does("server.single_generate_event_reactivation_counter", ISSUER, json!({}))?;
    let counter = text(&counter, "event_reactivation_counter").to_owned();
    g.explains(&counter, None);
    let again = with(&activate("8203"), "event_reactivation_counter", counter);
    g.does("client.single_activate", NEW_DEVICE, again)?;
    g.says(
        "Last, the phone is bound: it sends a derivation code, which says what phone it is; from then on the \
         server accepts responses of just this phone.",
    );
    let code = g.does(
        "client.single_generate_derivation_code",
        NEW_DEVICE,
        json!({"challenge": null, "password": "8203", "now": NOW + 200}),
    )?;
    g.explains(text(&code, "code"), None);
    g.does(
        "server.single_verify_derivation_code",
        ISSUER,
        json!({"serial": SINGLE, "challenge": null, "code": text(&code, "code"), "replace": false, "now": NOW + 210}),
    )?;
    g.does("client.single_mark_bound", NEW_DEVICE, json!({}))?;
    otp_of(g, NEW_DEVICE, NOW + 300)?;
    g.says("The old one is not accepted any more.");
    let data = json!({"kind": "response-only"});
    let old = g.does("client.single_generate_response", DEVICE, otp_params(&data, NOW + 400))?;
    g.is_refused(
        "server.single_verify_response",
        ISSUER,
        verify_params(&data, text(&old, "response"), NOW + 410),
    )
}

/// A one-time password from events, accepted.
fn otp_of(g: &mut Guide, device: &str, now: u32) -> Result<(), Error> {
    let data = json!({"kind": "response-only"});
    let made = g.does("client.single_generate_response", device, otp_params(&data, now))?;
    g.does("server.single_verify_response", ISSUER, verify_params(&data, text(&made, "response"), now + 10))?;
    Ok(())
}

fn otp_params(data: &Value, now: u32) -> Value {
    json!({"application": otp::EVENT, "data": data, "password": "8203", "now": now})
}

fn verify_params(data: &Value, response: &str, now: u32) -> Value {
    json!({"serial": SINGLE, "application": otp::EVENT, "data": data, "response": response, "now": now})
}
