//! Notifications go to the integrator's push service, again and again, and no login waits for it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use gateway::surface::Operation;
use serde_json::{Value, json};

use crate::kit::{Folder, Phone, text};
use channel::wire::frame::Carrier;

/// One request that comes in, answered with a status.
fn receive(listener: &TcpListener, status: &str) -> Value {
    let (mut stream, _) = listener.accept().unwrap();
    let body = read(&mut stream);
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    serde_json::from_str(&body).unwrap()
}

fn read(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        text.push(char::from(byte[0]));
    }
    let length = text.to_lowercase();
    let length =
        length.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn gtw_12_a_notification_is_tried_again_and_holds_up_no_login() {
    let folder = Folder::new(1);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/push", listener.local_addr().unwrap());
    let gateway = folder.serve_with(&["--address-rate", "0", "--license-rate", "0", "--push-hook", &url]);
    let mut phone = Phone::activate(&gateway, 0, 1);
    // Nobody takes anything: logins go on all the same.
    let begun = Instant::now();
    let keys: Vec<_> = (0..3).map(|_| gateway.starts(&phone.user)).collect();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // The first of each is not taken, and comes again.
    let first: Vec<Value> = (0..3).map(|_| receive(&listener, "503 Busy")).collect();
    let again: Vec<Value> = (0..3).map(|_| receive(&listener, "200 OK")).collect();
    let sorted = |mut all: Vec<Value>| {
        all.sort_by_key(Value::to_string);
        all
    };
    assert_eq!(sorted(first), sorted(again.clone()));
    // The phone that is told so has all that it needs.
    let mut told: Vec<_> = again
        .iter()
        .map(|pushed| {
            assert_eq!(pushed["serialNumber"], "VDS1000000");
            let shown = phone.client.open(&text(pushed, "notificationMessage"), Carrier::Gateway).unwrap();
            assert!(shown.handle.is_none());
            format!("{:?}", shown.shown.request.content)
        })
        .collect();
    told.sort();
    let mut keys = keys;
    keys.sort();
    assert!(told.iter().zip(&keys).all(|(told, key)| told.contains(key)), "{told:?} {keys:?}");
    gateway.does(Operation::CancelLogin, &json!({"challengeKey": keys[0]}));
    assert_eq!(gateway.stop(), Some(0));
}
