//! A client that is called by a URL: what it is configured with, what it calls back.

use channel::client::{App2App, Client, Decision, Pin};
use channel::server::License;
use channel::text::hex;
use channel::wire::callback_url::{self, CallState, Callbacks, Parts, Platform, Scheme};
use channel::wire::frame::Carrier;
use harness::setup::{app, vector};

use super::{Ear, NOW, activate, config, installation, license, request};

const TEMPLATES: [&str; 3] = ["a:s?%_OTP_%&%_SerialNumber_%", "a:e?%_DeviceIdentifier_%", "a:c"];

#[test]
fn no_url_and_no_debug_of_a_call_shows_a_secret() {
    let mut ear = Ear::new();
    let (origin, settings) = license(vector());
    let mut server = License::new(origin, settings).unwrap();
    let mut client = Client::new(config(vector()), installation());
    activate(&mut client, &mut server);
    let given = App2App {
        enabled: true,
        scheme: Scheme::new("pay").unwrap(),
        white_list: TEMPLATES.map(str::to_owned).into(),
        platform: Platform::Android,
        platform_name: "name".into(),
        version: "1".into(),
        device_identifier: [0x11; 32],
    };
    ear.debug("configuration", &given);
    client.set_app2app(given);
    let [success, error, cancel] = TEMPLATES;
    let callbacks = Callbacks::templates(success, error, cancel).unwrap();
    let (scheme, state) = (Scheme::new("pay").unwrap(), CallState::new("s").unwrap());
    for decision in [Decision::Approve(Pin::Right), Decision::Reject] {
        let message =
            hex::encode(&server.generate_request(&request(app::TIME), Carrier::Direct, NOW).unwrap());
        let url = callback_url::build(&scheme, &callbacks, Some(&state), &message).unwrap();
        ear.hear("URL", &url);
        ear.debug("parsed", &Parts::split(&scheme, Platform::Android, &url).unwrap().read());
        let failure = client.dispatch(&url.replace("C3E4", "c3e5")).unwrap_err();
        ear.debug("failure", &failure);
        ear.hear("x-error", failure.callback.as_deref().unwrap());
        let shown = client.dispatch(&url).unwrap();
        ear.debug("shown", &shown);
        ear.debug("client that was called", &client);
        ear.refusal("wrong PIN", client.answer(shown.0, Decision::Approve(Pin::Wrong), NOW));
        let answered = client.answer(shown.0, decision, NOW).unwrap();
        ear.debug("answered", &answered);
        ear.hear("callback", &answered.callback);
        ear.refusal("nobody called", client.answer(shown.0, decision, NOW));
        ear.debug("read", &callback_url::read(&callbacks, &answered.callback));
    }
    assert!(ear.heard > 50, "{}", ear.heard);
}
