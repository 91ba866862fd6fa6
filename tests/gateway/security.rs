//! What strangers may not learn and not do: the list of SPEC section 27, each with its test.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use gateway::surface::{Operation, Side};
use serde_json::json;

use crate::kit::{Folder, Phone, serial, text};

fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}

const JSON: &str = "content-type: application/json\r\n";

#[test]
fn gtw_7_the_back_end_shows_its_key() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let host = format!("host: {}\r\n", gateway.address());
    for (operation, path, side, _) in Operation::TABLE {
        let ask = |headers: &str| gateway.raw(&post(path, &[JSON, &host, headers].concat(), "{}"));
        let (right, wrong) =
            (format!("authorization: Bearer {}\r\n", gateway.key), "authorization: Bearer 00\r\n");
        let expected = if side == Side::BackEnd { "HTTP/1.1 401" } else { "HTTP/1.1 400" };
        assert!(ask("").starts_with(expected) && ask(wrong).starts_with(expected), "{operation:?}");
        assert!(ask(&right).starts_with("HTTP/1.1 400"), "{operation:?}");
    }
    let mode = std::os::unix::fs::MetadataExt::mode(&folder.path("s.db.api-key").metadata().unwrap());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn gtw_8_an_answer_tells_no_stranger_what_there_is() {
    let folder = Folder::new(3);
    let gateway = folder.serve();
    let (mut phone, other) = (Phone::activate(&gateway, 0, 1), Phone::activate(&gateway, 1, 2));
    let key = gateway.starts(&phone.user);
    // Which licenses, instances and challenge keys there are.
    for (name, key) in [
        (other.name.as_str(), key.as_str()), // another license
        ("VDS1000002-1", key.as_str()),      // one without instances
        ("VDS1000009-1", key.as_str()),      // one that there isn't
        (&phone.name, "0000000000"),
        ("VDS1000009-1", "0000000000"),
    ] {
        let body = json!({"serialNumber": name, "challengeKey": key});
        assert_eq!(gateway.refuses(Operation::Prepare, &body), "STAT_UNKNOWN_SESSION", "{name} {key}");
    }
    assert_eq!(gateway.status(&key), "pending", "nothing is consumed");
    // Which users there are.
    for user in [&phone.user, &other.user, "nobody"] {
        let body = json!({"userID": user, "challengeKey": "0000000000", "signature": "12345678"});
        assert_eq!(gateway.refuses(Operation::Approve, &body), "STAT_UNKNOWN_SESSION");
    }
    // Which licenses and instances there are, by information messages that nobody authentic has made.
    let mut refused = BTreeSet::new();
    let right = text(&phone.rejects(&key), "challengeKey");
    let bent = |at: usize| {
        let other = if right[at..].starts_with('0') { "1" } else { "0" };
        [&right[..at], other, &right[at + 1..]].concat()
    };
    for name in [&phone.name, &other.name, "VDS1000009-1"] {
        // A header that names another type, license or instance, another body, another tag, half a message, none.
        let messages = [bent(1), bent(12), bent(23), bent(right.len() - 20), bent(right.len() - 1)];
        for message in messages.iter().map(String::as_str).chain([&right[..right.len() / 2], "", "zz"]) {
            let body = json!({"serialNumber": name, "challengeKey": message});
            refused.insert(gateway.refuses(Operation::Reject, &body));
        }
    }
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), ["STAT_CORRUPTED"]);
    // Which registrations there are.
    for id in ["00112233445566778899", "FFFFFFFFFFFFFFFFFFFF"] {
        let add = json!({"registrationIdentifier": id, "deviceCode": "1"});
        assert_eq!(gateway.refuses(Operation::AddDevice, &add), "STAT_UNKNOWN_SESSION");
        let activate = json!({"registrationIdentifier": id, "signature": "1"});
        assert_eq!(gateway.refuses(Operation::Activate, &activate), "STAT_UNKNOWN_SESSION");
    }
}

#[test]
fn gtw_9_pages_of_others_are_not_served() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let port = gateway.address().port();
    let get = |headers: &str| {
        gateway.raw(format!("GET /healthz HTTP/1.1\r\nconnection: close\r\n{headers}\r\n").as_bytes())
    };
    assert!(get(&format!("host: localhost:{port}\r\n")).starts_with("HTTP/1.1 200"));
    assert!(get("host: evil.example\r\n").starts_with("HTTP/1.1 421"), "DNS rebinding");
    assert!(get("").starts_with("HTTP/1.1 421"));
    let own = format!("host: 127.0.0.1:{port}\r\n");
    assert!(get(&format!("{own}origin: http://127.0.0.1:{port}\r\n")).starts_with("HTTP/1.1 200"));
    assert!(get(&format!("{own}origin: http://evil.example\r\n")).starts_with("HTTP/1.1 403"));
    assert!(get(&format!("{own}origin: null\r\n")).starts_with("HTTP/1.1 403"));
    // What a form of another site can send, without an origin even.
    for media in ["", "content-type: text/plain\r\n", "content-type: application/x-www-form-urlencoded\r\n"] {
        let form = post(Operation::Prepare.path(), &[&own, media].concat(), "{}");
        assert!(gateway.raw(&form).starts_with("HTTP/1.1 415"), "{media}");
    }
}

#[test]
fn gtw_9_only_loopback_needs_no_name() {
    let folder = Folder::new(1);
    let refused = folder.command(&["serve", "--store", "s.db", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--host NAME"));
    let gateway = folder.serve_with(&["--host", "login.example"]);
    let answer = gateway.raw(b"GET /healthz HTTP/1.1\r\nhost: Login.example\r\nconnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn gtw_10_who_asks_too_often_waits() {
    let folder = Folder::new(2);
    let gateway = folder.serve_with(&["--address-rate", "0", "--license-rate", "2"]);
    let prepare = |number: u32| {
        let body = json!({"serialNumber": format!("{}-1", serial(number)), "challengeKey": "0000000000"});
        gateway.refuses(Operation::Prepare, &body)
    };
    let answers: Vec<_> = (0..6).map(|_| prepare(0)).collect();
    assert_eq!(answers[..4], ["STAT_UNKNOWN_SESSION"; 4]);
    assert!(answers[4..].contains(&"STAT_TOO_MANY".to_owned()), "{answers:?}");
    assert_eq!(prepare(1), "STAT_UNKNOWN_SESSION", "another license");
    thread::sleep(Duration::from_millis(1_100));
    assert_eq!(prepare(0), "STAT_UNKNOWN_SESSION", "later");
    drop(gateway);
    let gateway = folder.serve_with(&["--address-rate", "3"]);
    let answers: Vec<_> = (0..12)
        .map(|_| {
            gateway.raw(
                format!("GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", gateway.address())
                    .as_bytes(),
            )
        })
        .collect();
    assert!(answers[..6].iter().all(|answer| answer.starts_with("HTTP/1.1 200")));
    let late = answers.iter().find(|answer| answer.starts_with("HTTP/1.1 429")).unwrap();
    assert!(late.contains("retry-after: 1"), "{late}");
}

#[test]
fn gtw_10_one_requester_can_not_keep_others_out() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let phone = Phone::activate(&gateway, 0, 1);
    let start = |requester: &str| {
        let body = json!({"userID": phone.user, "service": "s", "requester": requester});
        gateway.ask(Operation::StartLogin, &body).unwrap().1
    };
    assert!((0..16).all(|_| start("192.0.2.1") == "STAT_SUCCESS"));
    assert_eq!(start("192.0.2.1"), "STAT_THRESHOLD_REACHED");
    assert_eq!(start("192.0.2.2"), "STAT_SUCCESS");
}

#[test]
fn gtw_11_no_secret_is_in_the_log_and_every_reply_guards_itself() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let mut secrets = vec![gateway.key.clone()];
    let user = "user-0".to_owned();
    let begun = gateway.does(Operation::Register, &json!({"serialNumber": serial(0), "userID": user}));
    secrets.extend([text(&begun, "registrationIdentifier"), text(&begun, "licenseActivationMessage")]);
    let mut phone = Phone::activate(&gateway, 0, 1);
    let key = gateway.starts(&phone.user);
    let prepared = gateway.does(Operation::Prepare, &phone.prepares(&key));
    let handle = phone.opens(&prepared);
    let approves = phone.approves(handle, &key);
    gateway.does(Operation::Approve, &approves);
    gateway.refuses(Operation::Reject, &phone.rejects(&key));
    secrets.extend([key, text(&prepared, "requestMessage"), text(&approves, "signature"), user]);
    let host = gateway.address();
    let query = format!(
        "GET /healthz?{0} HTTP/1.1\r\nhost: {host}\r\nx-a: {0}\r\nconnection: close\r\n\r\n",
        secrets[0]
    );
    let answer = gateway.raw(query.as_bytes());
    let path = format!("GET /{} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n", secrets[0]);
    let another = gateway.raw(path.as_bytes());
    for name in [
        "cache-control: no-store",
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(answer.contains(name) && another.contains(name), "{name}: {answer}");
    }
    gateway.stop();
    let log = folder.log();
    assert!(log.lines().count() > 10 && log.contains(Operation::Approve.path()), "{log}");
    for secret in secrets {
        assert!(!log.to_lowercase().contains(&secret.to_lowercase()), "{secret} in {log}");
    }
}
