//! Expired: at the limit, a second before and a second after; and limits beyond the end of time, where a sum
//! that wraps would call the newest message too old.

use super::messages::Message;
use super::{Case, Role, negative, positive};
use channel::rule::{DVC_9, VER_6};
use harness::scene::{Scene, Stage, Under, open};
use harness::setup::{AGE_LIMIT_S, Setup, VALIDITY_DAYS};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Number, Pin};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in ["verify-list", "verify-challenge", "verify-text"] {
        let Some(message) = Message::named(name) else { continue };
        let about =
            format!("{name}: at the age limit it is accepted, a second before, too, a second after not");
        cases.push(negative(format!("family-{name}-expired"), Role::Server, VER_6, about, move |t| {
            request(t, message)
        }));
        let about = format!("{name}: an age limit that ends after the end of time never ends");
        let id = format!("family-{name}-never-expires");
        cases.push(positive(id, Role::Server, &["VER-6"], about, move |t| endless_request(t, message)));
    }
    cases.extend([
        positive(
            "family-verify-confirmation-never-expires",
            Role::Server,
            &["VER-6"],
            "confirmation: an age limit that ends after the end of time never ends",
            endless_confirmation,
        ),
        negative(
            "family-device-code-expired",
            Role::Server,
            DVC_9,
            "device code: at the end of the validity it is accepted, a second before, too, a second after not",
            device_code,
        ),
        negative(
            "family-device-code-expired-today",
            Role::Server,
            DVC_9,
            "device code: a validity of 0 days ends with the second of AM1",
            device_code_today,
        ),
        positive(
            "family-device-code-never-expires",
            Role::Server,
            &["DVC-9"],
            "device code: a validity that ends after the end of time never ends",
            endless_device_code,
        ),
    ]);
    cases
}

/// The question with the signature that the client makes at `now`.
fn signed(
    t: &mut Trial<'_>,
    scene: &Scene,
    message: &str,
    now: u32,
) -> Result<ServerVerifyMessageSignature, Stop> {
    t.agrees("CLI-11", &scene.client, &open(message))?;
    let approve = ClientSign { now, ..scene.approve(t, Pin::Right) };
    let signature = t.accepts("SIG-1", &scene.client, &approve)?.got.signature;
    Ok(ServerVerifyMessageSignature { now, ..scene.verify(message, &signature.unwrap_or_default()) })
}

fn request(t: &mut Trial<'_>, message: Message) -> Result<(), Stop> {
    let mut scene = message.enter(t)?.scene;
    t.needs_time(&scene.server)?;
    let limit = scene.now + AGE_LIMIT_S;
    let at = |t: &mut Trial<'_>, now| {
        let issued = t.accepts("REQ-1", &scene.server, &message.show().question(scene.now))?.got.message;
        signed(t, &scene, &issued, now)
    };
    let before = at(t, limit - 1)?;
    let last = at(t, limit)?;
    let late = at(t, limit + 1)?;
    scene.now = limit;
    t.twin(VER_6.id, &scene.server, &before)?;
    t.refuses(VER_6, &scene.server, &late, &last).map(|_| ())
}

/// The last second of the clock; messages issued so late that their limit lies behind it.
const END: u32 = u32::MAX;

fn at_the_end(t: &mut Trial<'_>, setup: Setup, before_end: u32, stage: Stage) -> Result<Scene, Stop> {
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Created)?;
    t.needs_time(&scene.server)?;
    scene.now = END - before_end;
    scene.play(t, stage)?;
    Ok(scene)
}

fn endless_request(t: &mut Trial<'_>, message: Message) -> Result<(), Stop> {
    for before_end in [AGE_LIMIT_S, AGE_LIMIT_S - 1, 0] {
        let setup = Setup { message_protection: message.protection, ..Setup::default() };
        let mut scene = at_the_end(t, setup, before_end, Stage::Confirmed)?;
        let issued = scene.request(t, &message.show())?;
        let question = signed(t, &scene, &issued, END)?;
        t.agrees("VER-6", &scene.server, &question)?;
    }
    t.implied(&["VER-6"])
}

fn endless_confirmation(t: &mut Trial<'_>) -> Result<(), Stop> {
    for before_end in [AGE_LIMIT_S, AGE_LIMIT_S - 1, 0] {
        let mut scene = at_the_end(t, Setup::default(), before_end, Stage::Am2)?;
        scene.now = END;
        scene.activate_instance(t)?;
        let question = scene.verify(&scene.am2, &scene.confirmation);
        t.agrees("VER-6", &scene.server, &question)?;
    }
    t.implied(&["VER-6"])
}

fn device_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    t.needs_time(&scene.server)?;
    let limit = scene.now + 86_400 * VALIDITY_DAYS;
    let at = |now| ServerVerifyDeviceCode { now, ..scene.code_question(&scene.device_code, false) };
    t.twin(DVC_9.id, &scene.server, &at(limit - 1))?;
    t.refuses(DVC_9, &scene.server, &at(limit + 1), &at(limit)).map(|_| ())
}

fn device_code_today(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    t.needs_time(&scene.server)?;
    let license = scene.setup.server(t, scene.license_key);
    scene.server = t.peer_server();
    let create = ServerCreate { activation_validity_days: Number::from(0), ..license };
    t.agrees("PPR-5", &scene.server, &create)?;
    scene.play(t, Stage::PreActivated)?;
    let at = |now| ServerVerifyDeviceCode { now, ..scene.code_question(&scene.device_code, false) };
    t.refuses(DVC_9, &scene.server, &at(scene.now + 1), &at(scene.now)).map(|_| ())
}

fn endless_device_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let days = 86_400 * VALIDITY_DAYS;
    for before_end in [days, days - 1, 0] {
        let scene = at_the_end(t, Setup::default(), before_end, Stage::PreActivated)?;
        let question = ServerVerifyDeviceCode { now: END, ..scene.code_question(&scene.device_code, false) };
        t.agrees("DVC-9", &scene.server, &question)?;
    }
    t.implied(&["DVC-9"])
}
