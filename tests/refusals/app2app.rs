//! App-to-app: URLs and callbacks.

use channel::client::{App2App, Client, Decision, Handle};
use channel::error::Refusal;
use channel::rule::*;
use channel::text::callback::{Callback, Outcome};
use channel::text::percent;
use channel::wire::callback_url::{self, CallState, Callbacks, Parts, Platform, Scheme};

use channel::wire::frame::Carrier;
use harness::setup::otp;

use super::{Heard, NOW, client_with, issue, pair, request};

const TEMPLATES: [&str; 3] = ["a:s?%_OTP_%", "a:e", "a:c"];

fn configured(client: &mut Client, white_list: &[&str]) {
    client.set_app2app(App2App {
        enabled: true,
        scheme: Scheme::new("pay").unwrap(),
        white_list: white_list.iter().map(|text| (*text).to_owned()).collect(),
        platform: Platform::Android,
        platform_name: String::new(),
        version: String::new(),
        device_identifier: [0; 32],
    });
}

pub(super) fn urls(heard: &mut Heard) {
    heard.no(A2A_25, Scheme::new("Pay"));
    heard.no(A2A_26, percent::decode("ab%4"));
    let read = |raw: &str, outcome| Callback::read(raw, outcome);
    heard.no(A2A_6, read("a%253A+", Outcome::Success));
    heard.no(A2A_7, read("a%253A%250A", Outcome::Success));
    heard.no(A2A_8, read("a%253A%2525_OTP_%2525", Outcome::Error));
    heard.no(A2A_22, Callback::template("a:%_Version_%x", Outcome::Error));
    let [success, error, cancel] = TEMPLATES;
    let callbacks = Callbacks::templates(success, error, cancel).unwrap();
    heard.no(A2A_24, callback_url::read(&callbacks, "a:x"));

    let scheme = Scheme::new("pay").unwrap();
    let message = format!("00C1C3E40F42B8{}", "00".repeat(16));
    let url = callback_url::build(&scheme, &callbacks, None, &message).unwrap();
    let parse = |url: &str| -> Result<(), Refusal> {
        Parts::split(&scheme, Platform::Android, url)?.read().map(|_| ())
    };
    assert_eq!(parse(&url), Ok(()));
    heard.no(A2A_1, parse(&format!("{url}#")));
    heard.no(A2A_2, parse(&url.replace("pay", "Pay")));
    heard.no(A2A_4, parse(&format!("{url}&x-cancel")));
    heard.no(A2A_27, parse(&format!("{url}&state=%41")));
    heard.no(A2A_5, parse(&url.replace("x-cancel", "cancel")));

    let dispatch = |client: &mut Client| client.dispatch(&url).map_err(|failure| failure.refusal);
    let mut client = client_with(|_| ());
    heard.no(A2A_9, dispatch(&mut client));
    configured(&mut client, &[success, error]);
    heard.no(A2A_10, dispatch(&mut client));
    configured(&mut client, &TEMPLATES);
    heard.no(A2A_11, dispatch(&mut client));
    heard.no(A2A_16, pair().1.answer(Handle::new(1), Decision::Reject, NOW));

    let (mut license, mut client) = pair();
    configured(&mut client, &TEMPLATES);
    let state = CallState::new("s").unwrap();
    let message = issue(&mut license, &request(otp::FIELDS));
    let url = callback_url::build(&scheme, &callbacks, Some(&state), &message).unwrap();
    client.dispatch(&url).unwrap();
    heard.no(A2A_28, client.dispatch(&url).map_err(|failure| failure.refusal));
    heard.no(CLI_26, client.open(&message, Carrier::Gateway));
}
