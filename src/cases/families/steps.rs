//! Steps out of order or twice, and replays: each operation where the state does not allow it, then where it
//! does; each message and response once more.

use super::messages::deactivation;
use super::site::Question;
use super::strangers::RESPONSES;
use super::{Case, Role, negative};
use channel::rule::{
    AM1_11, AM2_2, CLI_3, CLI_4, CLI_8, CLI_12, DEA_3, DEA_6, Rule, UNL_2, VER_3, VER_4, VER_8, VER_12,
    VER_18,
};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Carrier, Data, Number, Pin};

/// What is asked too early, too late or twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Open,
    Sign,
    Deactivate,
    Respond,
    ShowUnlockChallenge,
    Unlock,
    Verify,
    Confirm,
    VerifyResponse,
    UnlockResponse,
    UnlockInstance,
    Resynchronise,
    IssueActivation2,
    IssueDeactivation,
}

/// Where it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Before AM1.
    BeforeLicense,
    /// Before AM2.
    BeforeInstance,
    /// Before the confirmation.
    BeforeConfirmation,
    /// On an account that is not locked, or a license whose instances exist.
    Active,
    /// On a locked account that shows no challenge.
    Locked,
    /// After the end of the instance.
    Deactivated,
}

type Step = (&'static str, Act, When, Rule);

const CLIENT: [Step; 15] = [
    ("open-before-am1", Act::Open, When::BeforeLicense, CLI_3),
    ("open-after-deactivation", Act::Open, When::Deactivated, CLI_3),
    ("sign-after-deactivation", Act::Sign, When::Deactivated, CLI_12),
    ("deactivate-before-am1", Act::Deactivate, When::BeforeLicense, CLI_3),
    ("deactivate-before-am2", Act::Deactivate, When::BeforeInstance, CLI_4),
    ("deactivate-twice", Act::Deactivate, When::Deactivated, CLI_3),
    ("respond-before-am1", Act::Respond, When::BeforeLicense, CLI_3),
    ("respond-before-am2", Act::Respond, When::BeforeInstance, CLI_4),
    ("respond-after-deactivation", Act::Respond, When::Deactivated, CLI_3),
    ("unlock-challenge-before-am2", Act::ShowUnlockChallenge, When::BeforeInstance, CLI_4),
    ("unlock-challenge-before-lock", Act::ShowUnlockChallenge, When::Active, UNL_2),
    ("unlock-before-am1", Act::Unlock, When::BeforeLicense, CLI_3),
    ("unlock-before-am2", Act::Unlock, When::BeforeInstance, CLI_4),
    ("unlock-before-lock", Act::Unlock, When::Active, UNL_2),
    ("unlock-before-challenge", Act::Unlock, When::Locked, UNL_2),
];

const SERVER: [Step; 15] = [
    ("verify-request-before-am2", Act::Verify, When::BeforeInstance, VER_3),
    ("verify-request-after-deactivation", Act::Verify, When::Deactivated, VER_4),
    ("confirm-after-deactivation", Act::Confirm, When::Deactivated, VER_4),
    ("verify-response-before-am2", Act::VerifyResponse, When::BeforeInstance, VER_3),
    ("verify-response-before-confirmation", Act::VerifyResponse, When::BeforeConfirmation, VER_4),
    ("verify-response-after-deactivation", Act::VerifyResponse, When::Deactivated, VER_4),
    ("unlock-response-before-am2", Act::UnlockResponse, When::BeforeInstance, VER_3),
    ("unlock-response-before-confirmation", Act::UnlockResponse, When::BeforeConfirmation, VER_4),
    ("unlock-response-after-deactivation", Act::UnlockResponse, When::Deactivated, VER_4),
    ("unlock-instance-before-am2", Act::UnlockInstance, When::BeforeInstance, VER_3),
    ("resynchronise-before-am2", Act::Resynchronise, When::BeforeInstance, VER_3),
    ("resynchronise-before-confirmation", Act::Resynchronise, When::BeforeConfirmation, VER_4),
    ("resynchronise-after-deactivation", Act::Resynchronise, When::Deactivated, VER_4),
    ("activation2-after-deactivation", Act::IssueActivation2, When::Deactivated, AM2_2),
    ("deactivation-before-am2", Act::IssueDeactivation, When::BeforeInstance, DEA_3),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (steps, role, under) in [(CLIENT, Role::Client, Under::Client), (SERVER, Role::Server, Under::Server)]
    {
        for (name, act, when, rule) in steps {
            let about = format!("{name}: refused with {}; in its place it is accepted", rule.class.word());
            cases.push(negative(format!("family-step-{name}"), role, rule, about, move |t| {
                out_of_order(t, under, act, when, rule)
            }));
        }
    }
    cases.extend([
        negative(
            "family-step-unlock-twice",
            Role::Client,
            UNL_2,
            "unlock-twice: an unlock response is used once, also when locked again",
            unlock_twice,
        ),
        negative(
            "family-replay-am1",
            Role::Client,
            AM1_11,
            "am1: the very AM1 that led to the account is refused by it",
            replayed_am1,
        ),
        negative(
            "family-replay-after-new-activation",
            Role::Client,
            CLI_8,
            "request, deactivation: the new one takes none of the instance before",
            replayed_after_activation,
        ),
        negative(
            "family-replay-challenge",
            Role::Server,
            VER_8,
            "challenge: a request of this format is accepted once, an older one after it, too",
            |t| replayed_request(t, "verify-challenge"),
        ),
        negative(
            "family-replay-text",
            Role::Server,
            VER_8,
            "text: a request of this format is accepted once, an older one after it, too",
            |t| replayed_request(t, "verify-text"),
        ),
    ]);
    for (name, application, data) in RESPONSES {
        let rule = if name == "fields" { VER_18 } else { VER_12 };
        let about = format!("response {name}: accepted once; an older one after it not at all");
        let id = format!("family-replay-response-{name}");
        cases.push(negative(id, Role::Server, rule, about, move |t| {
            replayed_response(t, application, &data(), rule)
        }));
    }
    cases
}

fn out_of_order(t: &mut Trial<'_>, under: Under, act: Act, when: When, rule: Rule) -> Result<(), Stop> {
    let stage = match when {
        When::BeforeLicense => Stage::Created,
        When::BeforeInstance => Stage::PreActivated,
        When::BeforeConfirmation => Stage::Active,
        When::Active | When::Locked => Stage::Confirmed,
        // Deactivated before it was confirmed, where it is the confirmation that comes too late.
        When::Deactivated if matches!(act, Act::Confirm | Act::IssueActivation2) => Stage::Active,
        When::Deactivated => Stage::Confirmed,
    };
    let mut scene = Scene::new(t, under, Setup::otp(), stage)?;
    scene.sequence = scene.sequence.max(1);
    if when == When::Deactivated {
        end(t, &mut scene, act)?;
    }
    if when == When::Locked {
        scene.lock(t)?;
    }
    let party = if under == Under::Client { scene.client.clone() } else { scene.server.clone() };
    let early = early(t, &scene, act)?;
    early.refuse_alone(t, rule, &party)?;
    if matches!(when, When::BeforeConfirmation) {
        scene.confirm(t)?;
    } else if !matches!(when, When::Active | When::Locked) {
        scene.play(t, if act == Act::Confirm { Stage::Active } else { Stage::Confirmed })?;
    }
    let right = in_place(t, &mut scene, act, when)?;
    right.accept(t, rule.id, &party)
}

/// The instance ends on both sides; what was opened before is closed.
fn end(t: &mut Trial<'_>, scene: &mut Scene, act: Act) -> Result<(), Stop> {
    if act == Act::Sign {
        let message = scene.request(t, &Show::default())?;
        scene.open(t, &message)?;
    }
    let message = deactivation(t, scene)?;
    let question = ClientDeactivate { message, carrier: Carrier::Direct };
    t.accepts("DEA-7", &scene.client, &question).map(|_| ())
}

type Asked = Box<dyn Question>;

/// A message of this type under the payload key, valid but for the state.
fn forged(scene: &Scene, kind: u16, body: &[u8]) -> Result<String, Stop> {
    let nonce = (u64::from(scene.now) << 32 | 1 << 24).to_be_bytes();
    let serial = scene.setup.serial.parse::<channel::serial::Serial>();
    let serial = serial.map_err(|_| Stop::Harness("serial".into()))?.to_bytes();
    let plain = Plain { word: kind << 6 | 2, serial, nonce, body: body.to_vec() };
    Ok(plain.message(Some(&scene.payload_channel())))
}

fn early(t: &mut Trial<'_>, scene: &Scene, act: Act) -> Result<Asked, Stop> {
    const BODY: [u8; 8] = [0, 0, 0, 1, 1, b'k', 1, b'v'];
    let sequence = Number::from(scene.sequence);
    Ok(match act {
        Act::Open => Box::new(open(&forged(scene, 3, &BODY)?)),
        Act::Deactivate => {
            Box::new(ClientDeactivate { message: forged(scene, 2, &[1, 0])?, carrier: Carrier::Direct })
        }
        Act::Unlock => Box::new(unlock(scene, "00000000")),
        Act::Verify => {
            let message =
                t.accepts("REQ-1", &scene.server, &Show::default().question(scene.now))?.got.message;
            Box::new(scene.verify(&message, "00000000"))
        }
        Act::Confirm => Box::new(scene.verify(&scene.am2, &scene.confirmation)),
        Act::VerifyResponse => Box::new(scene.verify_response(otp::TIME, &Data::ResponseOnly {}, "000000")),
        Act::Resynchronise => Box::new(resynchronise(scene, ["00000000".into(), "00000000".into()])),
        Act::IssueDeactivation => Box::new(ServerGenerateDeactivation { sequence, now: scene.now }),
        Act::IssueActivation2 => Box::new(scene.am2_question(t)),
        _ => always(t, scene, act),
    })
}

/// Questions that are the same wherever they are asked.
fn always(t: &mut Trial<'_>, scene: &Scene, act: Act) -> Asked {
    let sequence = Number::from(scene.sequence);
    match act {
        Act::Sign => Box::new(scene.approve(t, Pin::Right)),
        Act::Respond => Box::new(scene.response_question(otp::TIME, Data::ResponseOnly {})),
        Act::UnlockResponse => {
            Box::new(ServerGenerateUnlockResponse { sequence, challenge: "01234567".into() })
        }
        Act::UnlockInstance => Box::new(ServerUnlockInstance { sequence }),
        _ => Box::new(unlock_challenge(t, scene)),
    }
}

/// The same where the state allows it.
fn in_place(t: &mut Trial<'_>, scene: &mut Scene, act: Act, when: When) -> Result<Asked, Stop> {
    let only = Data::ResponseOnly {};
    match act {
        Act::Open => Ok(Box::new(open(&scene.request(t, &Show::default())?))),
        Act::Sign => {
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            Ok(always(t, scene, act))
        }
        Act::Deactivate => {
            let message = deactivation(t, scene)?;
            Ok(Box::new(ClientDeactivate { message, carrier: Carrier::Direct }))
        }
        Act::ShowUnlockChallenge | Act::Unlock => unlocking(t, scene, act, when),
        Act::Verify => {
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let signature = scene.sign(t)?;
            Ok(Box::new(scene.verify(&message, &signature)))
        }
        Act::VerifyResponse => {
            let response = scene.respond(t, otp::TIME, &only, 0)?;
            Ok(Box::new(scene.verify_response(otp::TIME, &only, &response)))
        }
        Act::Resynchronise => {
            let mut next = || scene.respond(t, otp::EVENT, &only, 0);
            let both = [next()?, next()?];
            Ok(Box::new(resynchronise(scene, both)))
        }
        Act::IssueActivation2 => {
            *scene = scene.another_client(t, Under::Server)?;
            scene.play(t, Stage::Verified)?;
            Ok(Box::new(scene.am2_question(t)))
        }
        _ => early(t, scene, act),
    }
}

/// On a locked account.
fn unlocking(t: &mut Trial<'_>, scene: &mut Scene, act: Act, when: When) -> Result<Asked, Stop> {
    if when != When::Locked {
        scene.lock(t)?;
    }
    if act == Act::ShowUnlockChallenge {
        return Ok(always(t, scene, act));
    }
    Ok(Box::new(unlock(scene, &unlock_response(t, scene)?)))
}

fn resynchronise(scene: &Scene, [first, second]: [String; 2]) -> ServerResynchronise {
    let attempt = |response| Attempt { data: Data::ResponseOnly {}, response };
    ServerResynchronise {
        sequence: Number::from(scene.sequence),
        application: Number::from(u32::from(otp::EVENT)),
        first: attempt(first),
        second: attempt(second),
        now: scene.now,
    }
}

fn unlock_challenge(t: &mut Trial<'_>, scene: &Scene) -> ClientGenerateUnlockChallenge {
    let random = Some(RandomUnlockChallenge { unlock_challenge: Some(Array(t.random())) });
    ClientGenerateUnlockChallenge { serial: scene.setup.serial.into(), random }
}

pub(super) fn unlock(scene: &Scene, response: &str) -> ClientUnlock {
    ClientUnlock { serial: scene.setup.serial.into(), response: response.into() }
}

/// The client shows a challenge, the server answers it.
pub(super) fn unlock_response(t: &mut Trial<'_>, scene: &Scene) -> Result<String, Stop> {
    let question = unlock_challenge(t, scene);
    let challenge = t.accepts("UNL-1", &scene.client, &question)?.got.challenge;
    let sequence = Number::from(scene.sequence);
    let question = ServerGenerateUnlockResponse { sequence, challenge };
    Ok(t.agrees("UNL-4", &scene.server, &question)?.response)
}

fn unlock_twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
    scene.lock(t)?;
    let question = unlock(&scene, &unlock_response(t, &scene)?);
    t.twin(UNL_2.id, &scene.client, &question)?;
    t.refuses_only(UNL_2, &scene.client, &question)?;
    scene.lock(t)?;
    t.refuses_only(UNL_2, &scene.client, &question)?;
    let anew = unlock(&scene, &unlock_response(t, &scene)?);
    t.twin(UNL_2.id, &scene.client, &anew).map(|_| ())
}

fn replayed_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Active)?;
    let take = |scene: &Scene| ClientActivateLicense { message: scene.am1.clone() };
    let other = Setup { serial: "VDS1000121", ..Setup::default() };
    let other = Scene::new(t, Under::Client, other, Stage::Issued)?;
    t.refuses(AM1_11, &scene.client, &take(&scene), &take(&other)).map(|_| ())
}

fn replayed_after_activation(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let request = scene.request(t, &Show::default())?;
    let ended = deactivation(t, &scene)?;
    let take = |message: &str| ClientDeactivate { message: message.into(), carrier: Carrier::Direct };
    t.twin(CLI_8.id, &scene.client, &take(&ended))?;
    scene.play(t, Stage::Confirmed)?;
    t.refuses_only(DEA_6, &scene.client, &take(&ended))?;
    t.refuses_only(CLI_8, &scene.client, &open(&request))?;
    let request = scene.request(t, &Show::default())?;
    t.twin(CLI_8.id, &scene.client, &open(&request))?;
    let ended = deactivation(t, &scene)?;
    t.twin(CLI_8.id, &scene.client, &take(&ended)).map(|_| ())
}

fn replayed_request(t: &mut Trial<'_>, name: &str) -> Result<(), Stop> {
    let message = super::messages::Message::named(name).ok_or(Stop::Harness("no such message".into()))?;
    let mut site = message.enter(t)?;
    let mut questions = Vec::new();
    for _ in 0..3 {
        let (message, signature) = message.next(t, &mut site.scene)?;
        questions.push(site.scene.verify(&message, &signature));
    }
    for question in &questions {
        t.twin(VER_8.id, &site.party, question)?;
        t.refuses_only(VER_8, &site.party, question)?;
    }
    questions.iter().try_for_each(|question| t.refuses_only(VER_8, &site.party, question))
}

fn replayed_response(t: &mut Trial<'_>, application: u8, data: &Data, rule: Rule) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
    t.needs_time(&scene.server)?;
    scene.now += 600;
    let older = scene.respond(t, application, data, -120)?;
    let same = scene.respond(t, application, data, 0)?;
    let newer = scene.respond(t, application, data, 120)?;
    let question = |response: &str| scene.verify_response(application, data, response);
    t.twin(rule.id, &scene.server, &question(&same))?;
    t.refuses_only(rule, &scene.server, &question(&same))?;
    t.refuses_only(VER_12, &scene.server, &question(&older))?;
    t.twin(rule.id, &scene.server, &question(&newer))?;
    t.refuses_only(VER_12, &scene.server, &question(&same)).map(|_| ())
}
