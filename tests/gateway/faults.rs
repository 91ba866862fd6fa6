//! Slow clients, half requests, huge bodies, wrong types, floods: bounded memory, a status that says what is wrong, and
//! an end in time.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use gateway::surface::Operation;
use serde_json::{Value, json};

use crate::kit::{Folder, Gateway, Phone};

fn head(gateway: &Gateway, path: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{more}\r\n",
        gateway.address()
    )
}

/// KiB in memory.
fn memory(gateway: &Gateway) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn gtw_4_a_body_is_neither_huge_nor_anything() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let path = Operation::Prepare.path();
    let sends = |body: &[u8], more: &str| {
        let head = head(&gateway, path, &format!("connection: close\r\n{more}"));
        gateway.raw(&[head.as_bytes(), body].concat())
    };
    let with_length = |body: &str| sends(body.as_bytes(), &format!("content-length: {}\r\n", body.len()));
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\u{0}",
        r#"{"serialNumber":"VDS1000000-1"}"#,
        r#"{"serialNumber":"VDS1000000-1","challengeKey":1}"#,
        r#"{"serialNumber":["VDS1000000-1"],"challengeKey":"0123456789"}"#,
        r#"{"serialNumber":"VDS1000000-100","challengeKey":"0123456789"}"#,
        r#"{"serialNumber":"VDS1000000-1","challengeKey":"0123456789"}{}"#,
        r#"{"serialNumber":"VDS1000000-1","challengeKey":"0123456789","challengeKey":"0123456789"}"#,
    ] {
        let answer = with_length(body);
        assert!(
            answer.starts_with("HTTP/1.1 400") && answer.contains("STAT_BAD_REQUEST"),
            "{body}: {answer}"
        );
    }
    assert!(sends(b"\xFF\xFE", "content-length: 2\r\n").starts_with("HTTP/1.1 400"));
    let deep = "[".repeat(10_000);
    assert!(with_length(&deep).starts_with("HTTP/1.1 400"));
    let unknown = r#"{"serialNumber":"VDS1000000-1","challengeKey":"0123456789","more":{"a":[1]}}"#;
    assert!(with_length(unknown).contains("STAT_UNKNOWN_SESSION"), "members that aren't known are ignored");
    let bad_key = r#"{"serialNumber":"VDS1000000-1","challengeKey":"012345678"}"#;
    assert!(with_length(bad_key).contains("STAT_BAD_STRING"));
    // Announced as huge, and sent in endless pieces.
    assert!(sends(b"", "content-length: 99999999999\r\n").starts_with("HTTP/1.1 413"));
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000)).repeat(4);
    assert!(sends(chunk.as_bytes(), "transfer-encoding: chunked\r\n").starts_with("HTTP/1.1 413"));
    let long =
        format!("GET /healthz HTTP/1.1\r\nhost: {}\r\nx: {}\r\n\r\n", gateway.address(), "y".repeat(40_000));
    let answer = gateway.raw(long.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let gets = gateway.raw(
        format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", gateway.address()).as_bytes(),
    );
    assert!(gets.starts_with("HTTP/1.1 405") && gets.contains("STAT_BAD_METHOD"), "{gets}");
}

#[test]
fn gtw_4_who_is_slow_keeps_nobody_waiting() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let begun = Instant::now();
    let connect = || TcpStream::connect(gateway.address()).unwrap();
    // Nothing at all, half a head, a head without its body.
    let mut slow: Vec<TcpStream> = (0..60).map(|_| connect()).collect();
    for (at, stream) in slow.iter_mut().enumerate() {
        let head = head(&gateway, Operation::Prepare.path(), "content-length: 9\r\n");
        let sent = [&b""[..], &head.as_bytes()[..40], head.as_bytes()][at % 3];
        stream.write_all(sent).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    }
    // Others are served meanwhile.
    Phone::activate(&gateway, 0, 1);
    assert!(begun.elapsed() < Duration::from_secs(8));
    let mut timed_out = 0;
    for stream in &mut slow {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        timed_out += usize::from(answer.starts_with("HTTP/1.1 408"));
    }
    assert_eq!(timed_out, 20, "those whose head was there");
    let took = begun.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(19)).contains(&took), "{took:?}");
}

#[test]
fn gtw_4_a_flood_of_sessions_and_of_bodies_stays_bounded() {
    let folder = Folder::new(4);
    let gateway = folder.serve();
    let phones: Vec<_> = (0..4).map(|number| Phone::activate(&gateway, number, 1)).collect();
    let before = memory(&gateway);
    thread::scope(|scope| {
        for phone in &phones {
            let gateway = &gateway;
            scope.spawn(move || {
                let mut codes: Vec<String> = Vec::new();
                for requester in 0..300 {
                    let service = "s".repeat(255);
                    let body =
                        json!({"userID": phone.user, "service": service, "requester": requester.to_string()});
                    codes.push(gateway.ask(Operation::StartLogin, &body).unwrap().1);
                    let body = json!({"serialNumber": phone.name, "challengeKey": "x".repeat(15_000)});
                    assert_eq!(gateway.refuses(Operation::Reject, &body), "STAT_CORRUPTED");
                }
                assert_eq!(codes.iter().filter(|code| *code == "STAT_SUCCESS").count(), 256, "LGN-23");
                assert!(codes[256..].iter().all(|code| code == "STAT_THRESHOLD_REACHED"));
            });
        }
    });
    let grown = memory(&gateway).saturating_sub(before);
    assert!(grown < 32 * 1024, "{grown} KiB more");
}

#[test]
fn gtw_4_what_has_begun_ends_when_the_gateway_stops() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let phone = Phone::activate(&gateway, 0, 1);
    let key = gateway.starts(&phone.user);
    let body = phone.prepares(&key).to_string();
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    let head = head(&gateway, Operation::Prepare.path(), &format!("content-length: {}\r\n", body.len()));
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..10]).unwrap();
    let idle = TcpStream::connect(gateway.address()).unwrap();
    thread::sleep(Duration::from_millis(200));
    let begun = Instant::now();
    let stopping = thread::spawn(move || gateway.stop());
    thread::sleep(Duration::from_millis(300));
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(stopping.join().unwrap(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(9));
    drop(idle);
    // What was acknowledged is kept.
    let gateway = folder.serve();
    assert_eq!(gateway.status(&key), "retrieved");
}

#[test]
fn gtw_1_the_document_is_served() {
    let folder = Folder::new(1);
    let gateway = folder.serve();
    let get = |path: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", gateway.address());
        let answer = gateway.raw(request.as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        serde_json::from_str::<Value>(body).unwrap()
    };
    assert_eq!(get("/openapi.json"), serde_json::from_str::<Value>(&gateway::openapi::text()).unwrap());
    assert_eq!(get("/healthz")["status"], "ok");
}
