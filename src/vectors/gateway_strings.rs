//! `gateway-string.json`: the strings of push and login, read and written (SPEC section 27).

use serde_json::{Value, json};

use super::vector::{asked, expected, since};
use channel::rule::{PSH_2, PSH_3, PSH_4, PSH_5, PSH_6, REQ_9, Rule};

/// `gateway-string.json`.
pub(super) fn gateway_strings() -> Vec<Value> {
    since(4, [read(), unread(), written(), unwritten()].concat())
}

fn reading(id: &str, note: &str, text: &str, application: u8) -> Value {
    let params = json!({"text": text, "application": application});
    asked(&format!("push-read-{id}"), note, &["PSH-1"], "push.read", params)
}

fn read() -> Vec<Value> {
    let long = "é".repeat(255);
    vec![
        reading("notification", "the published one", "01;03;0123456789", 1),
        reading("notification-lower-case", "told in upper case", "01;03;abcdef0123", 8),
        reading("details", "the published ones", "01;04;myService;3;myUserID;myDomain", 3),
        reading("details-without-domain", "it may be empty", "01;04;Shop;1;ann;", 1),
        reading("details-index-8", "the last index", "01;04;Shop;8;ann;shop", 8),
        reading("details-255-characters", "510 bytes each", &format!("01;04;{long};1;{long};{long}"), 1),
        reading("details-any-character", "blanks are characters", "01;04; ;1;😀;01", 1),
    ]
}

fn refused(id: &str, note: &str, rule: Rule, text: &str) -> Value {
    expected(rule, reading(id, note, text, 3))
}

fn unread() -> Vec<Value> {
    let long = "é".repeat(256);
    vec![
        refused("empty", "no first field of two digits", PSH_4, ""),
        refused("version-1", "not two digits", PSH_4, "1;03;0123456789"),
        refused("version-02", "of whatever form the rest", PSH_2, "02;|"),
        refused("version-full-width", "no decimal digits", PSH_4, "０１;03;0123456789"),
        refused("type-missing", "a missing field", PSH_4, "01"),
        refused("type-3", "not two digits", PSH_4, "01;3;0123456789"),
        refused("type-05", "push and sign", PSH_3, "01;05;myService;3;myUserID;myDomain"),
        refused("type-00", "", PSH_3, "01;00"),
        refused("key-missing", "a missing field", PSH_4, "01;03"),
        refused("key-9-digits", "", PSH_4, "01;03;012345678"),
        refused("key-11-digits", "", PSH_4, "01;03;01234567890"),
        refused("key-letter", "not hexadecimal", PSH_4, "01;03;012345678g"),
        refused("key-and-more", "a field too many", PSH_4, "01;03;0123456789;"),
        refused("domain-missing", "details always have six fields", PSH_4, "01;04;myService;3;myUserID"),
        refused("domain-and-more", "a field too many", PSH_4, "01;04;myService;3;myUserID;myDomain;"),
        refused("service-empty", "", PSH_4, "01;04;;3;myUserID;myDomain"),
        refused("user-empty", "", PSH_4, "01;04;myService;3;;myDomain"),
        refused("index-0", "", PSH_4, "01;04;myService;0;myUserID;myDomain"),
        refused("index-9", "", PSH_4, "01;04;myService;9;myUserID;myDomain"),
        refused("index-03", "two digits", PSH_4, "01;04;myService;03;myUserID;myDomain"),
        refused(
            "index-of-another",
            "the request is application 3's",
            PSH_6,
            "01;04;myService;4;myUserID;myDomain",
        ),
        refused("index-before-user", "from left to right", PSH_6, "01;04;myService;4;;myDomain"),
        refused("user-256-characters", "one too many", PSH_4, &format!("01;04;s;3;{long};d")),
        refused("character", "before the form", REQ_9, "02;\u{202E}"),
    ]
}

fn writing(id: &str, note: &str, content: &Value) -> Value {
    asked(&format!("push-write-{id}"), note, &["PSH-1", "PSH-5"], "push.write", json!({"content": content}))
}

fn login(service: &str, user: &str, domain: &str) -> Value {
    json!({"format": "login", "service": service, "index": 3, "user": user, "domain": domain})
}

fn notification(key: &str) -> Value {
    json!({"format": "notification", "challenge_key": key})
}

fn written() -> Vec<Value> {
    vec![
        writing("notification", "in upper case", &notification("abcdef0123")),
        writing("details", "the published ones", &login("myService", "myUserID", "myDomain")),
        writing("details-without-domain", "six fields all the same", &login("Shop", "Zoë", "")),
    ]
}

fn unwritten() -> Vec<Value> {
    [
        ("key-9-digits", PSH_5, notification("012345678")),
        ("service-semicolon", PSH_5, login("a;b", "u", "d")),
        ("user-semicolon", PSH_5, login("s", "u;", "d")),
        ("domain-semicolon", PSH_5, login("s", "u", ";")),
        ("user-empty", PSH_5, login("s", "", "d")),
        ("domain-256-characters", PSH_5, login("s", "u", &"d".repeat(256))),
        ("domain-character", PSH_5, login("s", "u", "\u{200B}")),
    ]
    .map(|(id, rule, content)| expected(rule, writing(id, "", &content)))
    .into()
}
