//! Steps that several parts have in common.

use channel::rule::VER_12;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::{
    AccountResult, Attempt, ClientAccounts, ClientDeactivate, ServerGenerateDeactivation, ServerRestored,
    ServerResynchronise, ServerVerifyResponse, StateNumber,
};
use peer::protocol::{Carrier, Data, Number};

pub(super) fn confirmed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)
}

/// Confirmed, with an application for every way to respond.
pub(super) fn otp_scene(t: &mut Trial<'_>, under: Under) -> Result<Scene, Stop> {
    Scene::new(t, under, Setup::otp(), Stage::Confirmed)
}

pub(super) fn by(application: u8) -> Show {
    Show { application, ..Show::default() }
}

/// A request, opened and signed, 40 seconds later.
pub(super) fn signed(t: &mut Trial<'_>, scene: &mut Scene, show: &Show) -> Result<(String, String), Stop> {
    scene.now += 40;
    let message = scene.request(t, show)?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    Ok((message, signature))
}

/// The same, and accepted.
pub(super) fn accepted(t: &mut Trial<'_>, scene: &mut Scene, show: &Show) -> Result<(String, String), Stop> {
    let (message, signature) = signed(t, scene, show)?;
    scene.accept(t, &message, &signature)?;
    Ok((message, signature))
}

/// Response-only.
pub(super) const NONE: Data = Data::ResponseOnly {};
/// The length of a time step of most applications.
pub(super) const STEP_S: i64 = 36;

pub(super) fn challenge(challenge: &str) -> Data {
    Data::Challenge { challenge: challenge.into() }
}

pub(super) fn fields(fields: &[&str]) -> Data {
    Data::Fields { fields: fields.iter().map(|field| (*field).into()).collect() }
}

/// A response, so many seconds off the server's clock, and the question that verifies it.
pub(super) fn answer(
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
pub(super) fn passes(t: &mut Trial<'_>, scene: &Scene, question: &ServerVerifyResponse) -> Result<(), Stop> {
    t.agrees("VER-13", &scene.server, question).map(|_| ())
}

/// It is refused as the response of no candidate, and counted.
pub(super) fn fails(t: &mut Trial<'_>, scene: &Scene, question: &ServerVerifyResponse) -> Result<(), Stop> {
    t.refuses_only(VER_12, &scene.server, question)
}

/// Made and accepted.
pub(super) fn logged_in(
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
pub(super) fn deactivation(t: &mut Trial<'_>, scene: &Scene) -> Result<String, Stop> {
    let question = ServerGenerateDeactivation { sequence: Number::from(scene.sequence), now: scene.now };
    Ok(t.agrees("DEA-1", &scene.server, &question)?.message)
}

/// The parameters of `client.deactivate`.
pub(super) fn take(message: &str) -> ClientDeactivate {
    ClientDeactivate { message: message.into(), carrier: Carrier::Direct }
}

/// The client names these accounts: serial number, state, sequence number, whether one is pre-activated.
pub(super) fn accounts_are(
    t: &mut Trial<'_>,
    scene: &Scene,
    accounts: &[(&str, StateNumber, Option<u32>, bool)],
) -> Result<(), Stop> {
    let got = t.agrees("CLI-18", &scene.client, &ClientAccounts {})?.accounts;
    let account = |&(serial, state, sequence, pre_activated): &(&str, StateNumber, Option<u32>, bool)| {
        AccountResult { serial: serial.into(), state, sequence, waiting: None, pre_activated }
    };
    t.same("CLI-18", &got, Some(&accounts.iter().map(account).collect()))
}

/// The parameters of `server.restored`.
pub(super) fn restored(scene: &Scene, highest_sequence: u32) -> ServerRestored {
    ServerRestored { highest_sequence: Number::from(highest_sequence), now: scene.now }
}

/// The parameters of `server.resynchronise`.
pub(super) fn resynchronise(
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
pub(super) fn replaced(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    scene.replace = true;
    scene.play(t, Stage::Confirmed)
}
