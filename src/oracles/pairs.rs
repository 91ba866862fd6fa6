//! What happens to a license and an app until the app is activated, and locked.

use super::both::{ClientPair, ServerPair};
use super::model::client::Pin;
use super::world::{APP, App, CHALLENGE, Kind, LICENSE, SALT, START, list, request};
use channel::text::hex;
use harness::setup::{self, app};

/// Gives a client an account of this license up to AM1, with the device code verified.
pub fn pre_activate(server: &mut ServerPair, client: &mut ClientPair, replace: bool, now: u32) {
    let carries = client.slow.app.apps != Some(server.slow.kind.apps);
    let am1 = server.generate_activation1(Some(CHALLENGE), carries, now).unwrap();
    let code = client.activate_license(&hex::encode(&am1)).unwrap();
    server.verify_device_code(&code, replace, now).unwrap();
}

/// Activates it. The sequence number and AM2.
pub fn activate(server: &mut ServerPair, client: &mut ClientPair, now: u32) -> (u8, Vec<u8>) {
    pre_activate(server, client, true, now);
    let (sequence, am2) = server.generate_activation2(SALT, now).unwrap();
    let message = hex::encode(&am2);
    let (_, activated, confirmation) = client.activate_instance(&message, Pin::Right, now).unwrap();
    assert_eq!(activated, sequence);
    server.verify_message_signature(sequence, &message, &confirmation, now).unwrap();
    client.mark_confirmed(&message).unwrap();
    (sequence, am2)
}

/// This app without a vector of its own, if its own is not the license's: it would take no other (AM1-13).
pub fn taking(kind: Kind, app: App) -> App {
    let apps = app.apps.filter(|apps| *apps == kind.apps);
    App { apps, ..app }
}

/// An activated pair.
pub fn activated(kind: Kind, app: App) -> (ServerPair, ClientPair) {
    let (mut server, mut client) = (ServerPair::new(kind), ClientPair::new(taking(kind, app)));
    activate(&mut server, &mut client, START);
    (server, client)
}

/// Real messages of every type that this edition issues.
pub fn frames() -> Vec<Vec<u8>> {
    let mut server = ServerPair::new(LICENSE);
    let mut client = ClientPair::new(App { device: 1, ..APP });
    let carrying = server.generate_activation1(Some(CHALLENGE), true, START).unwrap();
    let (sequence, am2) = activate(&mut server, &mut client, START);
    let bare = server.generate_activation1(None, false, START).unwrap();
    let mut frames = vec![carrying, am2, bare];
    frames.push(server.generate_request(&request(app::TIME, true, list()), false, START).unwrap());
    frames.push(server.generate_deactivation(sequence, START).unwrap());
    frames
}

/// Locks an account by wrong PINs, on a request that stays open.
pub fn lock(server: &mut ServerPair, client: &mut ClientPair, application: u8) {
    let message = server.generate_request(&request(application, false, list()), false, START).unwrap();
    client.open(&hex::encode(&message), false).unwrap();
    for _ in 0..setup::PIN_TRIES {
        client.sign(Pin::Wrong, START).unwrap_err();
    }
}
