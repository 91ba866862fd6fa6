//! Strings, information messages and logins.

use channel::bytes::Wire;
use channel::client::{Config, RootPolicy};
use channel::crypto::keys::Key;
use channel::rule::*;
use channel::server::{Ask, Logins};
use channel::text::gateway_string::{ChallengeKey, Details, GatewayString, Identity};
use channel::text::hex;
use channel::wire::frame::Carrier;
use channel::wire::information::Information;
use harness::setup::otp_vector;
use oracles::slow::state;

use super::{Client, Decision, Heard, Kind, NOW, Pin, number, otp, pair, serial};

fn config() -> Config {
    Config {
        static_vector: Some(otp_vector()),
        platform_data: b"platform".to_vec(),
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    }
}

fn identity() -> Identity {
    Identity { user: "Zoë".into(), domain: String::new() }
}

fn ask() -> Ask {
    Ask {
        application: otp::FIELDS,
        service: "Shop".into(),
        identity: identity(),
        requester: "website".into(),
    }
}

pub fn strings(heard: &mut Heard) {
    let read = |text: &str| GatewayString::read(text, 3);
    heard.no(PSH_2, read("02;03;0123456789"));
    heard.no(PSH_3, read("01;05;myService;3;myUserID;myDomain"));
    heard.no(PSH_4, read("01;04;myService;3;myUserID"));
    heard.no(PSH_10, ChallengeKey::parse("x"));
    heard.no(PSH_6, read("01;04;myService;4;myUserID;myDomain"));
    let details = Details { service: "my;Service".into(), application: 3, identity: identity() };
    heard.no(PSH_5, GatewayString::Details(details).write(3));
}

pub fn informed(heard: &mut Heard) {
    let (mut license, mut client) = pair();
    let mut inform = || hex::encode(&client.generate_information(serial(), "0123456789", NOW).unwrap());
    let (message, next) = (inform(), inform());
    let am1 = hex::encode(&license.generate_activation1(None, false, NOW).unwrap());
    heard.no(INF_2, license.process_information(&am1, NOW));
    let mut mute = Kind { secure_channel: false, ..Kind::new() }.license().unwrap();
    heard.no(INF_3, mute.process_information(&message, NOW));
    let other = if &message[2..4] == "01" { "02" } else { "01" };
    let downgraded = format!("09{other}{}", &message[4..]);
    heard.no(INF_7, license.process_information(&downgraded, NOW));
    license.process_information(&next, NOW).unwrap();
    heard.no(INF_4, license.process_information(&message, NOW));
    heard.no(INF_5, Information::decode(&[2, 1, 2, 3, 4, 5]));

    // A client that has made them all.
    let platform = [8; 16];
    let mut saved = state::decode(&platform, &client.save(&Key::new(platform), &[1; 12])).unwrap();
    saved.accounts[0].activated.as_mut().unwrap().information_counter = 0xFF_FFFF;
    let all = state::encode(&platform, [2; 12], &saved);
    let mut client = Client::load(&Key::new(platform), &all, config()).unwrap();
    heard.no(NON_5, client.generate_information(serial(), "0123456789", NOW));
}

pub fn logins(heard: &mut Heard) {
    let (mut license, mut client) = pair();
    let mut logins = Logins::default();
    let key = |n: u8| ChallengeKey([0, 0, 0, 0, n]);
    let text = |n: u8| key(n).to_string();
    let asks = (serial(), number(1));
    let notification = hex::encode(&logins.start(&mut license, key(1), ask(), NOW).unwrap());
    heard.no(LGN_2, logins.start(&mut license, key(1), ask(), NOW));
    heard.no(LGN_7, logins.status(&license, &text(9), NOW));
    heard.no(LGN_13, logins.approve(&mut license, &text(1), &identity(), "12345678", NOW));
    heard.no(VER_7, license.verify_message_signature(number(1), &notification, "12345678", NOW));
    let details = hex::encode(&logins.retrieve(&mut license, &text(1), asks, NOW).unwrap());
    heard.no(LGN_8, logins.retrieve(&mut license, &text(1), asks, NOW));
    heard.no(VER_7, license.verify_message_signature(number(1), &details, "12345678", NOW));
    let handle = client.open(&details, Carrier::Gateway).unwrap().handle.unwrap();
    let signature = client.sign(handle, Decision::Approve(Pin::Right), NOW).unwrap().unwrap();
    let wrong = Identity { user: "Zoe".into(), domain: String::new() };
    heard.no(LGN_15, logins.approve(&mut license, &text(1), &wrong, &signature, NOW));
    logins.approve(&mut license, &text(1), &identity(), &signature, NOW).unwrap();
    heard.no(LGN_10, logins.cancel(&license, &text(1), NOW));

    logins.start(&mut license, key(2), ask(), NOW).unwrap();
    logins.retrieve(&mut license, &text(2), asks, NOW).unwrap();
    let message = hex::encode(&client.generate_information(serial(), &text(2), NOW).unwrap());
    logins.reject(&mut license, &message, NOW).unwrap();
    heard.no(LGN_11, logins.cancel(&license, &text(2), NOW));
    logins.start(&mut license, key(3), ask(), NOW).unwrap();
    logins.cancel(&license, &text(3), NOW).unwrap();
    heard.no(LGN_12, logins.cancel(&license, &text(3), NOW));
    logins.start(&mut license, key(4), ask(), NOW).unwrap();
    heard.no(LGN_9, logins.cancel(&license, &text(4), NOW + 61));
    (5..21).for_each(|n| drop(logins.start(&mut license, key(n), ask(), NOW).unwrap()));
    heard.no(LGN_3, logins.start(&mut license, key(99), ask(), NOW));

    let mut logins = Logins::default();
    logins.start(&mut license, key(1), ask(), NOW).unwrap();
    logins.retrieve(&mut license, &text(1), asks, NOW).unwrap();
    for _ in 0..3 {
        heard.no(VER_12, logins.approve(&mut license, &text(1), &identity(), "00000000", NOW));
    }
    heard.no(LGN_22, logins.approve(&mut license, &text(1), &identity(), "00000000", NOW));
    for n in 0..=255 {
        let ask = Ask { requester: format!("website {}", n / 16), ..ask() };
        drop(logins.start(&mut license, ChallengeKey([1, 0, 0, 0, n]), ask, NOW).unwrap());
    }
    heard.no(LGN_23, logins.start(&mut license, key(99), ask(), NOW));
}
