//! The page to try it with: what it asks, and how a login changes before its eyes. `tests/browser.rs` looks at it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use gateway::surface::Operation;
use serde_json::{Value, json};

use crate::kit::{Folder, Gateway, Phone, serial, text};

/// What a page of ours asks.
fn asks(gateway: &Gateway, what: &str, body: &Value) -> (String, Value) {
    let (body, address) = (body.to_string(), gateway.address());
    let answer = gateway.raw(
        format!(
            "POST /site/{what} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    );
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), serde_json::from_str(body).unwrap())
}

fn site(folder: &Folder) -> Gateway {
    folder.serve_with(&["--address-rate", "0", "--license-rate", "0", "--site"])
}

fn get(gateway: &Gateway, path: &str) -> String {
    let address = gateway.address();
    gateway.raw(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())
}

/// The stream of a login's states.
fn events(gateway: &Gateway, key: &str) -> impl Iterator<Item = String> + use<> {
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "GET /site/events/{key} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
        gateway.address()
    )
    .unwrap();
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned))
}

#[test]
fn gtw_13_the_page_stands_alone_and_is_only_there_when_asked_for() {
    let folder = Folder::new(1);
    let without = folder.serve();
    for path in ["/", "/site.js", "/site/events/0123456789"] {
        assert!(get(&without, path).starts_with("HTTP/1.1 404"), "{path}");
    }
    let gateway = site(&folder);
    for (path, media) in [("/", "text/html"), ("/site.js", "text/javascript"), ("/site.css", "text/css")] {
        let answer = get(&gateway, path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}");
        assert!(answer.contains(&format!("content-type: {media}; charset=utf-8")), "{answer}");
        let policy = answer.lines().find(|line| line.starts_with("content-security-policy: ")).unwrap();
        assert!(
            policy.contains("script-src 'self'; style-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.matches("content-security-policy").count(), 1);
        assert!(
            !answer.contains("style=") && !answer.contains("onclick=\"") && !answer.contains("://"),
            "{path}"
        );
    }
}

#[test]
fn gtw_13_a_login_changes_before_the_eyes_of_its_user() {
    let folder = Folder::new(1);
    let gateway = site(&folder);
    let user = json!({"userID": "user-0"});
    let (status, reply) =
        asks(&gateway, "registration", &json!({"serialNumber": serial(0), "userID": "user-0"}));
    assert!(status.contains("200") && reply["picture"].as_str().unwrap().starts_with("<svg"), "{reply}");
    let mut phone = Phone::activate(&gateway, 0, 1);
    let login = || asks(&gateway, "login", &json!({"userID": "user-0", "service": "s"})).1["result"].clone();
    for approves in [true, false] {
        let key = text(&login(), "challengeKey");
        let mut states = events(&gateway, &key);
        assert_eq!(states.next().unwrap(), "pending");
        let prepared = gateway.does(Operation::Prepare, &phone.prepares(&key));
        assert_eq!(states.next().unwrap(), "retrieved");
        if approves {
            let handle = phone.opens(&prepared);
            gateway.does(Operation::Approve, &phone.approves(handle, &key));
        } else {
            gateway.does(Operation::Reject, &phone.rejects(&key));
        }
        assert_eq!(states.next().unwrap(), if approves { "approved" } else { "rejected" });
        assert_eq!(states.next(), None, "it is over");
    }
    let key = text(&login(), "challengeKey");
    let mut states = events(&gateway, &key);
    assert_eq!(states.next().unwrap(), "pending");
    asks(&gateway, "cancel", &json!({"challengeKey": key}));
    assert_eq!(states.next().unwrap(), "cancelled");
    let devices = asks(&gateway, "devices", &user).1["result"]["devices"].clone();
    assert_eq!(
        devices,
        json!([{"serialNumber": "VDS1000000-1", "description": "mine", "status": "confirmed", "locked": false}])
    );
    assert_eq!(devices, gateway.does(Operation::Devices, &user)["devices"]);
    assert!(get(&gateway, "/site/events/0000000000").starts_with("HTTP/1.1 404"));
    // Sixteen that wait, from one address, whatever the page says of its requester.
    let waiting = |n: u32| json!({"userID": "user-0", "service": "s", "requester": n.to_string()});
    let codes: Vec<_> = (0..17)
        .map(|n| text(&asks(&gateway, "login", &waiting(n)).1["resultCodes"], "statusCodeEnum"))
        .collect();
    assert!(codes[..16].iter().all(|code| code == "STAT_SUCCESS"));
    assert_eq!(codes[16], "STAT_THRESHOLD_REACHED");
    gateway.stop();
    assert!(!folder.log().contains(&key), "a path may have it, the log may not");
}

#[test]
fn gtw_13_watchers_are_bounded() {
    let folder = Folder::new(1);
    let gateway = site(&folder);
    let phone = Phone::activate(&gateway, 0, 1);
    let key = gateway.starts(&phone.user);
    let mut watching: Vec<_> = (0..64).map(|_| events(&gateway, &key)).collect();
    assert!(watching.iter_mut().all(|states| states.next().unwrap() == "pending"));
    assert!(get(&gateway, &format!("/site/events/{key}")).starts_with("HTTP/1.1 503"));
    gateway.does(Operation::CancelLogin, &json!({"challengeKey": key}));
    assert!(watching.iter_mut().all(|states| states.next().unwrap() == "cancelled"));
}
