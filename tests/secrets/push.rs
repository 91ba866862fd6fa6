//! Logins: what is said on their way, and what is left of them in memory.

use channel::client::{Client, Decision, Pin};
use channel::server::{Ask, License, Logins};
use channel::text::gateway_string::{ChallengeKey, Identity};
use channel::text::hex;
use channel::wire::frame::Carrier;
use harness::forge::digits::with_another_last;
use harness::setup::{otp, otp_vector};

use super::{Ear, NOW, activate, config, installation, license, serial};

#[test]
fn nothing_said_of_a_login_shows_a_secret() {
    let mut ear = Ear::new();
    let (origin, settings) = license(otp_vector());
    let (mut server, mut client) =
        (License::new(origin, settings).unwrap(), Client::new(config(otp_vector()), installation()));
    let sequence = activate(&mut client, &mut server);
    let mut logins = Logins::default();
    let identity = Identity { user: "ann".into(), domain: "shop".into() };
    for approved in [true, false] {
        let key = ChallengeKey([7, 7, 7, 7, u8::from(approved)]);
        let text = key.to_string();
        let ask = Ask {
            application: otp::FIELDS,
            service: "Shop".into(),
            identity: identity.clone(),
            requester: "website".into(),
        };
        let notification = hex::encode(&logins.start(&mut server, key, ask.clone(), NOW).unwrap());
        ear.hear("notification", &notification);
        ear.refusal("known", logins.start(&mut server, key, ask, NOW));
        ear.debug("shown", &client.open(&notification, Carrier::Gateway).unwrap());
        let asks = (serial(), sequence);
        let details = hex::encode(&logins.retrieve(&mut server, &text, asks, NOW).unwrap());
        ear.hear("details", &details);
        ear.refusal("retrieved", logins.retrieve(&mut server, &text, asks, NOW));
        let shown = client.open(&details, Carrier::Gateway).unwrap();
        ear.debug("shown", &shown);
        let handle = shown.handle.unwrap();
        if approved {
            let signature = client.sign(handle, Decision::Approve(Pin::Right), NOW).unwrap().unwrap();
            ear.refusal(
                "bent",
                logins.approve(&mut server, &text, &identity, &with_another_last(&signature), NOW),
            );
            logins.approve(&mut server, &text, &identity, &signature, NOW).unwrap();
        } else {
            client.sign(handle, Decision::Reject, NOW).unwrap();
            let message = hex::encode(&client.generate_information(serial(), &text, NOW).unwrap());
            ear.hear("information", &message);
            ear.refusal("bent", server.process_information(&with_another_last(&message), NOW));
            ear.debug("rejection", &logins.reject(&mut server, &message, NOW).unwrap());
            ear.refusal("again", logins.reject(&mut server, &message, NOW));
        }
        ear.refusal("ended", logins.cancel(&server, &text, NOW));
        ear.debug("client", &client);
        ear.debug("server", &server);
        ear.debug("logins", &logins);
        ear.debug("identity", &client.login_identity(serial()).unwrap());
    }
    assert!(ear.heard > 20, "{}", ear.heard);
}
