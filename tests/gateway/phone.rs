//! `counterproof phone` as a person uses it, over the real sockets.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use channel::crypto::keys::Key;
use channel::serial::Serial;
use channel::server::Store as _;
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::frame::Carrier;
use channel::wire::request::{Content, Request};
use counterproof::io::store::Sqlite;
use gateway::surface::Operation;
use serde_json::json;

use crate::kit::{Folder, Gateway, now, serial, text};

/// Runs a command of `phone`, and types these lines.
fn phone(folder: &Folder, arguments: &[&str], typed: &str) -> (Option<i32>, String, String) {
    let mut command = folder.command(&[&["phone"], arguments].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that needs less doesn't read the rest.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

fn activates(
    folder: &Folder,
    gateway: &Gateway,
    more: &[&str],
    typed: &str,
) -> (Option<i32>, String, String) {
    let body = json!({"serialNumber": serial(0), "userID": "zoe", "domain": "d", "replace": true});
    let begun = gateway.does(Operation::Register, &body);
    let (id, message) = (text(&begun, "registrationIdentifier"), text(&begun, "licenseActivationMessage"));
    let at = ["activate", "--gateway", &gateway.url, "--registration", &id, &message];
    phone(folder, &[&at, more].concat(), typed)
}

/// A login of the user: its challenge key and its notification.
fn login(gateway: &Gateway) -> (String, String) {
    let body = json!({"userID": "zoe", "domain": "d", "service": "myService"});
    let started = gateway.does(Operation::StartLogin, &body);
    (text(&started, "challengeKey"), text(&started, "notificationMessage"))
}

#[test]
fn a_phone_activates_approves_and_rejects() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let (code, _, err) = activates(&folder, &gateway, &[], "1234\n4321\n");
    assert_eq!((code, err.contains("these are two PINs")), (Some(2), true), "{err}");
    let (code, out, err) = activates(&folder, &gateway, &[], "1234\n1234\n");
    assert_eq!((code, out.as_str()), (Some(0), "VDS1000000-1 is activated, in phone.state\n"), "{err}");
    for file in ["phone.state", "phone.state.key"] {
        let mode = std::os::unix::fs::MetadataExt::mode(&folder.path(file).metadata().unwrap());
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }

    let receive = |message: &str, more: &[&str], typed: &str| {
        phone(&folder, &[&["receive", "--gateway", &gateway.url, message], more].concat(), typed)
    };
    let (key, message) = login(&gateway);
    let (code, out, err) = receive(&message, &[], "perhaps\napprove\n9999\n1234\n");
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(out, "log in at myService\n  user: zoe\n  domain: d\napproved\n");
    assert!(err.contains("wrong PIN") && !err.contains("1234"), "{err}");
    assert_eq!(gateway.status(&key), "approved");
    let (code, out, _) = receive(&message, &["--approve"], "1234\n");
    assert_eq!((code, out.as_str()), (Some(1), "the gateway refuses: STAT_ALREADY_APPROVED\n"));

    let (key, message) = login(&gateway);
    assert_eq!(receive(&message, &["--reject"], "").0, Some(0));
    assert_eq!(gateway.status(&key), "rejected");

    // Three wrong PINs lock it, also one after the other.
    let (key, message) = login(&gateway);
    assert_eq!(receive(&message, &["--approve"], "1\n2\n").0, Some(2), "nobody types any more");
    let (_, accounts, _) = phone(&folder, &["accounts"], "");
    assert_eq!(accounts, "VDS1000000  instance 1  wrong PINs 2\n");
    let (_, message_again) = login(&gateway);
    let (code, out, _) = receive(&message_again, &["--approve"], "3\n1234\n");
    assert_eq!((code, out.contains("locked (CLI-16)")), (Some(1), true), "{out}");
    assert_eq!(gateway.status(&key), "retrieved");
    assert_eq!(gateway.stop(), Some(0));
    let (code, _, err) = phone(&folder, &["receive", "--gateway", "http://127.0.0.1:9", &message], "");
    assert_eq!(code, Some(1), "{err}");
}

#[test]
fn an_account_is_replaced_with_its_pin() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    assert_eq!(activates(&folder, &gateway, &[], "1234\n1234\n").0, Some(0));
    let (code, out, _) = activates(&folder, &gateway, &[], "9999\n");
    assert_eq!((code, out.contains("wrong-pin (AM2-17)")), (Some(1), true), "{out}");
    let (code, out, err) = activates(&folder, &gateway, &[], "1234\n");
    assert_eq!(code, Some(0), "{out}{err}");
    let (key, message) = login(&gateway);
    let receive = ["receive", "--gateway", &gateway.url, "--approve", &message];
    assert_eq!(phone(&folder, &receive, "1234\n").0, Some(0));
    assert_eq!(gateway.status(&key), "approved");
}

/// A transaction that the server of the store issues.
fn transaction(folder: &Folder) -> String {
    let key = std::fs::read_to_string(folder.path("s.db.key")).unwrap();
    let key = Key::new(hex::decode(key.trim()).unwrap().try_into().unwrap());
    let mut store = Sqlite::open(Path::new(&folder.path("s.db")), key).unwrap();
    let items = vec![("Amount".to_owned(), "1250".to_owned())];
    let request = Request {
        minimum_version: 0,
        require_pin: true,
        template: 0,
        charset: Charset::Utf8,
        application: 1,
        content: Content::List { title: "Payment".into(), items },
    };
    let serial: Serial = serial(0).parse().unwrap();
    let issued = store.with(serial, |license| license.generate_request(&request, Carrier::Direct, now()));
    hex::encode(&issued.unwrap().unwrap().unwrap())
}

#[test]
fn a_phone_scans_and_answers_another_app() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    assert_eq!(activates(&folder, &gateway, &[], "1234\n1234\n").0, Some(0));
    let (code, out, err) = phone(&folder, &["scan", "--approve", &transaction(&folder)], "1234\n");
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.starts_with("Payment\n  Amount: 1250\nsignature "), "{out}");

    let url = |message: &str| {
        format!(
            "counterproof://app2app_secure_channel?x-success=shop%253A%252F%252Fok%253Fsignature%253D%2525_OTP_%2525\
             &x-error=shop%253A%252F%252Ferror&x-cancel=shop%253A%252F%252Fcancel&secure_message={message}"
        )
    };
    let listed =
        ["--allow", "shop://ok?signature=%_OTP_%", "--allow", "shop://error", "--allow", "shop://cancel"];
    let message = transaction(&folder);
    let calls = |more: &[&str], message: &str, typed: &str| {
        phone(&folder, &[&["app-to-app"], &listed[..], more, &[&url(message)]].concat(), typed)
    };
    let (code, out, err) = calls(&["--approve"], &message, "1234\n");
    assert_eq!(code, Some(0), "{out}{err}");
    let last = out.lines().last().unwrap();
    let signature = last.strip_prefix("shop://ok?signature=").unwrap();
    assert!(signature.len() == 8 && signature.bytes().all(|byte| byte.is_ascii_digit()), "{out}");
    let (code, out, _) = calls(&["--reject"], &message, "");
    assert_eq!((code, out.lines().last()), (Some(0), Some("shop://cancel")));
    let (rest, last) = message.split_at(message.len() - 1);
    let bent = format!("{rest}{}", if last == "0" { "1" } else { "0" });
    let (code, out, _) = calls(&["--approve"], &bent, "1234\n");
    assert_eq!(code, Some(1));
    assert!(out.starts_with("shop://error?ErrorCode="), "{out}");
}
