//! `flows.json`: the protocol as whole flows, a file for each part of it.
//!
//! ```text
//! activation · signature                     edition 1
//! content · response · window · unlock       edition 2: challenges and texts, answers without a message
//! deactivation · replacement · operator      edition 2: what ends, replaces and mends an instance
//! import · blob · state                      edition 3: license files, BLOBs, a client's storage
//! open                                       edition 4: applications with HOTP, TOTP and OCRA
//! app2app                                    edition 4: a client called by URLs
//! login                                      edition 4: push and login
//! [`single`]                                 edition 4: single-device licensing
//! ```

use serde_json::Value;

use super::{since, single};
use channel::rule::VER_12;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::{
    AccountResult, Attempt, ClientAccounts, ClientDeactivate, ServerGenerateDeactivation, ServerRestored,
    ServerResynchronise, ServerVerifyResponse, StateNumber,
};
use peer::protocol::{Carrier, Data, Number};

mod activation;
mod app2app;
mod blob;
mod content;
mod deactivation;
mod import;
mod login;
mod open;
mod operator;
mod replacement;
mod response;
mod signature;
mod state;
mod unlock;
mod window;

/// `flows.json`.
pub(super) fn flows() -> Vec<Value> {
    let edition_2 = [
        content::flows(),
        response::flows(),
        window::flows(),
        unlock::flows(),
        deactivation::flows(),
        replacement::flows(),
        operator::flows(),
    ];
    let edition_3 = [window::flows_of_edition_3(), import::flows(), blob::flows(), state::flows()];
    let edition_4 = [open::flows(), app2app::flows(), login::flows(), single::flows()].concat();
    [
        activation::flows(),
        signature::flows(),
        since(2, edition_2.concat()),
        since(3, edition_3.concat()),
        since(4, edition_4),
    ]
    .concat()
}

fn confirmed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)
}

/// Confirmed, with an application for every way to respond.
fn otp_scene(t: &mut Trial<'_>, under: Under) -> Result<Scene, Stop> {
    Scene::new(t, under, Setup::otp(), Stage::Confirmed)
}

fn by(application: u8) -> Show {
    Show { application, ..Show::default() }
}

/// A request, opened and signed, 40 seconds later.
fn signed(t: &mut Trial<'_>, scene: &mut Scene, show: &Show) -> Result<(String, String), Stop> {
    scene.now += 40;
    let message = scene.request(t, show)?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    Ok((message, signature))
}

/// The same, and accepted.
fn accepted(t: &mut Trial<'_>, scene: &mut Scene, show: &Show) -> Result<(String, String), Stop> {
    let (message, signature) = signed(t, scene, show)?;
    scene.accept(t, &message, &signature)?;
    Ok((message, signature))
}

/// The same digits but the last.
fn wrong(text: &str) -> String {
    let (head, last) = text.split_at(text.len().saturating_sub(1));
    format!("{head}{}", if last == "0" { "1" } else { "0" })
}

/// Response-only.
const NONE: Data = Data::ResponseOnly {};
/// The length of a time step of most applications.
const STEP_S: i64 = 36;

fn challenge(challenge: &str) -> Data {
    Data::Challenge { challenge: challenge.into() }
}

fn fields(fields: &[&str]) -> Data {
    Data::Fields { fields: fields.iter().map(|field| (*field).into()).collect() }
}

/// A response, so many seconds off the server's clock, and the question that verifies it.
fn answer(
    t: &mut Trial<'_>,
    scene: &mut Scene,
    application: u8,
    data: &Data,
    seconds: i64,
) -> Result<ServerVerifyResponse, Stop> {
    let response = scene.respond(t, application, data, seconds)?;
    Ok(scene.verify_response(application, data, &response))
}

/// The server accepts a response.
fn passes(t: &mut Trial<'_>, scene: &Scene, question: &ServerVerifyResponse) -> Result<(), Stop> {
    t.agrees("VER-13", &scene.server, question).map(|_| ())
}

/// It is refused as the response of no candidate, and counted.
fn fails(t: &mut Trial<'_>, scene: &Scene, question: &ServerVerifyResponse) -> Result<(), Stop> {
    t.refuses_only(VER_12, &scene.server, question)
}

/// Made and accepted.
fn logged_in(
    t: &mut Trial<'_>,
    scene: &mut Scene,
    application: u8,
    data: &Data,
    seconds: i64,
) -> Result<ServerVerifyResponse, Stop> {
    let question = answer(t, scene, application, data, seconds)?;
    passes(t, scene, &question)?;
    Ok(question)
}

/// The server ends the scene's instance; the message for its client.
fn deactivation(t: &mut Trial<'_>, scene: &Scene) -> Result<String, Stop> {
    let question = ServerGenerateDeactivation { sequence: Number::from(scene.sequence), now: scene.now };
    Ok(t.agrees("DEA-1", &scene.server, &question)?.message)
}

/// The parameters of `client.deactivate`.
fn take(message: &str) -> ClientDeactivate {
    ClientDeactivate { message: message.into(), carrier: Carrier::Direct }
}

/// The client names these accounts: serial number, state, sequence number, whether one is pre-activated.
fn accounts_are(
    t: &mut Trial<'_>,
    scene: &Scene,
    accounts: &[(&str, StateNumber, Option<u32>, bool)],
) -> Result<(), Stop> {
    let got = t.agrees("CLI-18", &scene.client, &ClientAccounts {})?.accounts;
    let account = |&(serial, state, sequence, pre_activated): &(&str, StateNumber, Option<u32>, bool)| {
        AccountResult { serial: serial.into(), state, sequence, pre_activated }
    };
    t.same("CLI-18", &got, Some(&accounts.iter().map(account).collect()))
}

/// The parameters of `server.restored`.
fn restored(scene: &Scene, highest_sequence: u32) -> ServerRestored {
    ServerRestored { highest_sequence: Number::from(highest_sequence), now: scene.now }
}

/// The parameters of `server.resynchronise`.
fn resynchronise(
    scene: &Scene,
    application: u8,
    data: &Data,
    [first, second]: [&str; 2],
) -> ServerResynchronise {
    let attempt = |response: &str| Attempt { data: data.clone(), response: response.into() };
    ServerResynchronise {
        sequence: Number::from(scene.sequence),
        application: Number::from(u32::from(application)),
        first: attempt(first),
        second: attempt(second),
        now: scene.now,
    }
}

/// A new AM1 for the same client, played to the accepted confirmation of an instance that replaces.
fn replaced(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    scene.replace = true;
    scene.play(t, Stage::Confirmed)
}
