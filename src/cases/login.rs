//! Login sessions: each step where it is due, and what it says. What decides one is in [`super::login_decide`], steps out
//! of order in [`super::login_steps`], time in [`super::login_time`].

use super::information::{inform, lock};
use super::push::{details, notification, open};
use super::{negative, positive, sequence};
use channel::rule::{
    LGN_2, LGN_3, LGN_7, LGN_8, LGN_15, NON_3, PSH_5, PSH_10, REQ_11, REQ_12, REQ_13, Rule, VER_3, VER_4,
};
use harness::case::{Case, Role};
use harness::forge::{Blame, same_message};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Number};

/// Who logs in here.
pub(super) const USER: &str = "Zoë";
pub(super) const DOMAIN: &str = "shop";

/// A login as its website has it.
#[derive(Clone, Debug)]
pub(super) struct Login {
    /// The challenge key.
    pub key: String,
    /// The first message.
    pub notification: String,
    /// The second one, once retrieved.
    pub details: String,
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    steps().into_iter().chain(starting()).collect()
}

fn steps() -> Vec<Case> {
    use Role::Server;
    vec![
        positive(
            "login-start",
            Server,
            &["LGN-1", "REQ-1"],
            "a login begins with a notification, for each application that signs; it is pending",
            starts,
        ),
        positive(
            "login-retrieve",
            Server,
            &["LGN-14", "REQ-1"],
            "the details are what the website asked for, and require the PIN; the login is retrieved",
            retrieves,
        ),
        positive(
            "login-approve",
            Server,
            &["LGN-16", "VER-14"],
            "a right signature approves; it says whose it is",
            approves,
        ),
        positive("login-reject", Server, &["LGN-18"], "an information message rejects", rejects),
        positive(
            "login-cancel",
            Server,
            &["LGN-19"],
            "a website gives up a login that is pending, and one that is retrieved",
            cancels,
        ),
        positive(
            "login-key-case",
            Server,
            &["LGN-7", "PSH-4"],
            "challenge keys are compared without regard to case, in every step",
            key_case,
        )
        .implies("LGN-25"),
        negative("login-key-form", Server, PSH_10, "every step refuses what is no challenge key", key_form),
        negative("login-key-unknown", Server, LGN_7, "every step refuses a challenge key of nobody", unknown),
        negative(
            "login-retrieve-other-serial",
            Server,
            LGN_7,
            "with another license's serial number a login is not found; nothing is consumed",
            other_serial,
        ),
        negative("login-retrieve-no-instance", Server, VER_3, "only an instance retrieves", no_instance),
        negative("login-retrieve-unconfirmed", Server, VER_4, "only a confirmed one does", unconfirmed),
        sequence(
            "login-retrieve-by-a-locked-instance",
            Server,
            &["LGN-24"],
            "an instance that a stranger's guesses have locked on the server still gets the details",
            locked,
        ),
        negative(
            "login-retrieve-once",
            Server,
            LGN_8,
            "details are handed out once, to a sibling neither",
            once,
        ),
        negative(
            "login-retrieve-counter-exhausted",
            Server,
            NON_3,
            "without a message counter left there are no details, and no login is begun",
            exhausted,
        ),
    ]
}

/// What a login must not be begun with: its name, what refuses it, and the bend.
type BadAsk = (&'static str, Rule, fn(&mut ServerLoginStart));

fn starting() -> Vec<Case> {
    use Role::Server;
    let texts: [BadAsk; 10] = [
        ("service-empty", PSH_5, |ask| ask.service.clear()),
        ("service-semicolon", PSH_5, |ask| ask.service.push(';')),
        ("service-character", PSH_5, |ask| ask.service.push('\u{202E}')),
        ("service-256-characters", PSH_5, |ask| ask.service = "é".repeat(256)),
        ("user-empty", PSH_5, |ask| ask.user.clear()),
        ("user-semicolon", PSH_5, |ask| ask.user.push(';')),
        ("user-character", PSH_5, |ask| ask.user.push('\n')),
        ("domain-semicolon", PSH_5, |ask| ask.domain = Some(";".into())),
        ("domain-256-characters", PSH_5, |ask| ask.domain = Some("d".repeat(256))),
        ("order-application-before-texts", REQ_12, |ask| {
            (ask.application, ask.service) = (Number::from(u32::from(app::DISABLED)), String::new());
        }),
    ];
    let texts = texts.into_iter().map(|(name, rule, bend)| {
        let about = format!("a login with {name} is refused with {}", rule.class.word());
        negative(format!("login-start-{name}"), Server, rule, about, move |t| not_started(t, rule, bend))
            .and("LGN-4")
    });
    let others = [
        negative(
            "login-start-too-long",
            Server,
            REQ_11,
            "a login whose details fit no message is refused when it is begun; one byte less is not",
            too_long,
        )
        .and("LGN-4"),
        negative(
            "login-start-application",
            Server,
            REQ_12,
            "the application must sign requests",
            application,
        ),
        negative(
            "login-start-no-channel",
            Server,
            REQ_13,
            "without Secure Channel there is no login",
            no_channel,
        ),
        negative(
            "login-start-known-key",
            Server,
            LGN_2,
            "a challenge key that is known is refused",
            known_key,
        ),
        negative(
            "login-start-17",
            Server,
            LGN_3,
            "16 logins of a requester may wait, the 17th is refused",
            seventeen,
        ),
        sequence(
            "login-start-domain-null",
            Server,
            &["LGN-1", "LGN-15"],
            "no domain is the empty one, when a login is begun and when it is approved",
            domain_null,
        ),
    ];
    texts.chain(others).collect()
}

/// The parameters of `server.login_start`.
pub(super) fn ask(t: &mut Trial<'_>, scene: &Scene) -> ServerLoginStart {
    let challenge_key = Some(Array(t.random()));
    ServerLoginStart {
        application: Number::from(u32::from(app::TIME)),
        service: "Shop".into(),
        user: USER.into(),
        domain: Some(DOMAIN.into()),
        requester: "website".into(),
        now: scene.now,
        random: Some(RandomChallengeKey { challenge_key }),
    }
}

/// A login is asked for.
pub(super) fn start(t: &mut Trial<'_>, scene: &Scene) -> Result<Login, Stop> {
    let question = ask(t, scene);
    started(t, scene, &question)
}

pub(super) fn started(t: &mut Trial<'_>, scene: &Scene, question: &ServerLoginStart) -> Result<Login, Stop> {
    let both = t.accepts("LGN-1", &scene.server, question)?;
    let want = both.want.as_ref();
    t.same("LGN-1", &both.got.challenge_key, want.map(|want| &want.challenge_key))?;
    let StartedResult { challenge_key: key, message } = both.got;
    let want = want.map(|want| want.message.clone());
    same_message(t, &BLAME, &message, want.as_ref(), Some(&scene.payload_channel()))?;
    Ok(Login { key, notification: message, details: String::new() })
}

const BLAME: Blame = Blame { layout: "LGN-1", time: "NON-1", counter: "NON-2", channel: "KEY-3" };

/// The parameters of `server.login_retrieve`, for the scene's instance.
pub(super) fn retrieval(scene: &Scene, key: &str) -> ServerLoginRetrieve {
    ServerLoginRetrieve {
        challenge_key: key.into(),
        serial: scene.setup.serial.into(),
        sequence: Number::from(scene.sequence),
        now: scene.now,
    }
}

/// The scene's instance retrieves the details.
pub(super) fn retrieve(t: &mut Trial<'_>, scene: &Scene, login: &mut Login) -> Result<(), Stop> {
    let both = t.accepts("LGN-14", &scene.server, &retrieval(scene, &login.key))?;
    let want = both.want.map(|want| want.message);
    let blame = Blame { layout: "LGN-14", ..BLAME };
    same_message(t, &blame, &both.got.message, want.as_ref(), Some(&scene.payload_channel()))?;
    login.details = both.got.message;
    Ok(())
}

/// A login whose details are retrieved.
pub(super) fn retrieved(t: &mut Trial<'_>, scene: &Scene) -> Result<Login, Stop> {
    let mut login = start(t, scene)?;
    retrieve(t, scene, &mut login)?;
    Ok(login)
}

/// The scene's client signs the details.
pub(super) fn sign(t: &mut Trial<'_>, scene: &mut Scene, login: &Login) -> Result<String, Stop> {
    t.agrees("CLI-11", &scene.client, &open(&login.details))?;
    scene.sign(t)
}

/// The parameters of `server.login_approve`.
pub(super) fn approval(scene: &Scene, login: &Login, signature: &str) -> ServerLoginApprove {
    ServerLoginApprove {
        challenge_key: login.key.clone(),
        user: USER.into(),
        domain: Some(DOMAIN.into()),
        signature: signature.into(),
        now: scene.now,
    }
}

/// It is approved by this instance.
pub(super) fn is_approved(
    t: &mut Trial<'_>,
    scene: &Scene,
    question: &ServerLoginApprove,
) -> Result<(), Stop> {
    let got = t.agrees("LGN-16", &scene.server, question)?;
    t.same("LGN-16", &got.sequence, Some(&scene.sequence))?;
    has_status(t, scene, &question.challenge_key, LoginStatus::Approved)
}

/// The parameters of `server.login_reject`.
pub(super) fn rejection(scene: &Scene, message: &str) -> ServerLoginReject {
    ServerLoginReject { message: message.into(), now: scene.now }
}

/// The parameters of `server.login_cancel`.
pub(super) fn cancellation(scene: &Scene, key: &str) -> ServerLoginCancel {
    ServerLoginCancel { challenge_key: key.into(), now: scene.now }
}

/// The parameters of `server.login_status`.
pub(super) fn status(scene: &Scene, key: &str) -> ServerLoginStatus {
    ServerLoginStatus { challenge_key: key.into(), now: scene.now }
}

/// The parameters of `server.unlock_instance`.
pub(super) fn unlock(scene: &Scene) -> ServerUnlockInstance {
    ServerUnlockInstance { sequence: Number::from(scene.sequence) }
}

/// A signature that has another first digit.
pub(super) fn wrong(signature: &str) -> String {
    let first = if signature.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", signature.get(1..).unwrap_or_default())
}

/// It has come so far.
pub(super) fn has_status(t: &mut Trial<'_>, scene: &Scene, key: &str, want: LoginStatus) -> Result<(), Stop> {
    let aim = match want {
        LoginStatus::Pending => "LGN-1",
        LoginStatus::Retrieved => "LGN-14",
        LoginStatus::Approved => "LGN-16",
        LoginStatus::Rejected => "LGN-18",
        LoginStatus::Cancelled => "LGN-19",
        LoginStatus::Expired => "LGN-5",
        LoginStatus::Failed => "LGN-22",
    };
    let got = t.agrees(aim, &scene.server, &status(scene, key))?;
    t.same(aim, &got.status, Some(&want))
}

/// A server to be judged, with an instance of the reference.
pub(super) fn confirmed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)
}

/// Two instances.
pub(super) fn siblings(t: &mut Trial<'_>) -> Result<(Scene, Scene), Stop> {
    let first = confirmed(t)?;
    let mut second = first.another_client(t, Under::Server)?;
    second.play(t, Stage::Confirmed)?;
    Ok((first, second))
}

fn starts(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
        let question =
            ServerLoginStart { application: Number::from(u32::from(application)), ..ask(t, &scene) };
        let login = started(t, &scene, &question)?;
        let got = t.agrees("LGN-1", &scene.client, &open(&login.notification))?;
        let content = harness::scene::shown_of(notification(&login.key).content);
        t.same("LGN-1", &got.content, Some(&content))?;
        t.same("LGN-1", &(got.template, got.require_pin), Some(&(0, false)))?;
        has_status(t, &scene, &login.key, LoginStatus::Pending)?;
    }
    t.implied(&["REQ-1"])
}

fn retrieves(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    for domain in [Some(DOMAIN.to_owned()), None] {
        let question = ServerLoginStart { domain: domain.clone(), ..ask(t, &scene) };
        let mut login = started(t, &scene, &question)?;
        retrieve(t, &scene, &mut login)?;
        has_status(t, &scene, &login.key, LoginStatus::Retrieved)?;
        let got = t.agrees("LGN-14", &scene.client, &open(&login.details))?;
        let Show { content, .. } = details("Shop", USER, domain.as_deref().unwrap_or_default());
        t.same("LGN-14", &got.content, Some(&harness::scene::shown_of(content)))?;
        t.same("LGN-14", &got.require_pin, Some(&true))?;
        scene.close(t)?;
    }
    t.implied(&["REQ-1"])
}

fn approves(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for application in [app::TIME, app::EVENT, app::EVENT, app::BOTH, app::LONG] {
        let question =
            ServerLoginStart { application: Number::from(u32::from(application)), ..ask(t, &scene) };
        let mut login = started(t, &scene, &question)?;
        retrieve(t, &scene, &mut login)?;
        let signature = sign(t, &mut scene, &login)?;
        is_approved(t, &scene, &approval(&scene, &login, &signature))?;
    }
    t.implied(&["VER-14"])
}

pub(super) fn is_rejected(t: &mut Trial<'_>, scene: &Scene, login: &Login) -> Result<(), Stop> {
    let message = inform(t, scene, &login.key)?;
    let got = t.agrees("LGN-18", &scene.server, &rejection(scene, &message))?;
    let want = RejectionResult { sequence: scene.sequence, challenge_key: login.key.clone() };
    t.same("LGN-18", &got, Some(&want))?;
    has_status(t, scene, &login.key, LoginStatus::Rejected)
}

fn rejects(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    for _ in 0..2 {
        let login = retrieved(t, &scene)?;
        is_rejected(t, &scene, &login)?;
    }
    Ok(())
}

fn cancels(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    for login in [start(t, &scene)?, retrieved(t, &scene)?] {
        t.agrees("LGN-19", &scene.server, &cancellation(&scene, &login.key))?;
        has_status(t, &scene, &login.key, LoginStatus::Cancelled)?;
    }
    Ok(())
}

fn key_case(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for fold in [str::to_lowercase, str::to_uppercase] {
        let login = start(t, &scene)?;
        let mut folded = Login { key: fold(&login.key), ..login.clone() };
        has_status(t, &scene, &folded.key, LoginStatus::Pending)?;
        retrieve(t, &scene, &mut folded)?;
        let signature = sign(t, &mut scene, &folded)?;
        is_approved(t, &scene, &approval(&scene, &folded, &signature))?;
        let other = start(t, &scene)?;
        t.agrees("LGN-19", &scene.server, &cancellation(&scene, &fold(&other.key)))?;
    }
    t.implied(&["LGN-7", "PSH-4"])
}

/// Each step by challenge key, refused.
fn refused_by_key(t: &mut Trial<'_>, scene: &Scene, rule: Rule, key: &str) -> Result<(), Stop> {
    let login = Login { key: key.into(), notification: String::new(), details: String::new() };
    t.refuses_only(rule, &scene.server, &retrieval(scene, key))?;
    t.refuses_only(rule, &scene.server, &approval(scene, &login, "?"))?;
    t.refuses_only(rule, &scene.server, &cancellation(scene, key))?;
    t.refuses_only(rule, &scene.server, &status(scene, key))
}

fn key_form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let login = start(t, &scene)?;
    for bad in ["", "012345678", "01234567890", "012345678x", " 123456789", "０123456789"] {
        refused_by_key(t, &scene, PSH_10, bad)?;
    }
    // Before its serial number and its instance.
    let bad = ServerLoginRetrieve {
        serial: "VDS1000121".into(),
        sequence: Number::from(99),
        ..retrieval(&scene, "")
    };
    t.refuses_only(PSH_10, &scene.server, &bad)?;
    t.twin(PSH_10.id, &scene.server, &retrieval(&scene, &login.key)).map(|_| ())
}

/// Another key, whatever the first was.
fn another_key(key: &str) -> String {
    let last = if key.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", key.get(..9).unwrap_or_default())
}

fn unknown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let login = start(t, &scene)?;
    refused_by_key(t, &scene, LGN_7, &another_key(&login.key))?;
    let rejects_nothing = inform(t, &scene, &another_key(&login.key))?;
    t.refuses_using_up(LGN_7, &scene.server, &rejection(&scene, &rejects_nothing))?;
    t.twin(LGN_7.id, &scene.server, &retrieval(&scene, &login.key)).map(|_| ())
}

fn other_serial(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let login = start(t, &scene)?;
    for serial in ["VDS1000121", "AAA0000000"] {
        // Before what an instance of that number would be.
        for sequence in [1, 99] {
            let sequence = Number::from(sequence);
            let bad =
                ServerLoginRetrieve { serial: serial.into(), sequence, ..retrieval(&scene, &login.key) };
            t.refuses_only(LGN_7, &scene.server, &bad)?;
        }
    }
    // What one license's server knows, another's does not.
    let setup = Setup { serial: "VDS1000121", ..Setup::default() };
    let other = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    t.refuses_only(LGN_7, &other.server, &retrieval(&other, &login.key))?;
    t.twin(LGN_7.id, &scene.server, &retrieval(&scene, &login.key)).map(|_| ())
}

fn no_instance(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let login = start(t, &scene)?;
    for sequence in [2, 99] {
        let bad = ServerLoginRetrieve { sequence: Number::from(sequence), ..retrieval(&scene, &login.key) };
        t.refuses_only(VER_3, &scene.server, &bad)?;
    }
    t.twin(VER_3.id, &scene.server, &retrieval(&scene, &login.key)).map(|_| ())
}

fn unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let first = confirmed(t)?;
    let mut second = first.another_client(t, Under::Server)?;
    second.play(t, Stage::Active)?;
    let login = start(t, &first)?;
    t.refuses_only(VER_4, &second.server, &retrieval(&second, &login.key))?;
    second.confirm(t)?;
    t.twin(VER_4.id, &second.server, &retrieval(&second, &login.key)).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let login = start(t, &scene)?;
    lock(t, &mut scene)?;
    t.accepts("LGN-24", &scene.server, &retrieval(&scene, &login.key))?;
    has_status(t, &scene, &login.key, LoginStatus::Retrieved)?;
    t.implied(&["LGN-24"])
}

fn once(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = siblings(t)?;
    let login = start(t, &first)?;
    t.twin(LGN_8.id, &second.server, &retrieval(&second, &login.key))?;
    for scene in [&second, &first] {
        t.refuses_only(LGN_8, &scene.server, &retrieval(scene, &login.key))?;
    }
    let next = start(t, &first)?;
    t.twin(LGN_8.id, &first.server, &retrieval(&first, &next.key)).map(|_| ())
}

/// Two messages are left after AM2.
fn exhausted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { last_counter: u32::MAX - 3, ..Setup::default() };
    let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    let [first, second] = [start(t, &scene)?, start(t, &scene)?];
    t.refuses_only(NON_3, &scene.server, &retrieval(&scene, &first.key))?;
    let question = ask(t, &scene);
    t.refuses_only(NON_3, &scene.server, &question)?;
    has_status(t, &scene, &first.key, LoginStatus::Pending)?;
    t.agrees("LGN-19", &scene.server, &cancellation(&scene, &second.key))?;
    let with = confirmed(t)?;
    let login = start(t, &with)?;
    t.twin(NON_3.id, &with.server, &retrieval(&with, &login.key)).map(|_| ())
}

fn not_started(t: &mut Trial<'_>, rule: Rule, bend: fn(&mut ServerLoginStart)) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    let good = ask(t, &scene);
    let mut bad = good.clone();
    bend(&mut bad);
    t.refuses(rule, &scene.server, &bad, &good)?;
    t.implied(&["LGN-4"])
}

fn too_long(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let most = "😀".repeat(255);
    let good = ask(t, &scene);
    let [good, bad] = [24, 25].map(|domain| ServerLoginStart {
        service: most.clone(),
        user: most.clone(),
        domain: Some("d".repeat(domain)),
        ..good.clone()
    });
    t.refuses_only(REQ_11, &scene.server, &bad)?;
    let mut login = started(t, &scene, &good)?;
    retrieve(t, &scene, &mut login)?;
    t.implied(&["REQ-11", "LGN-4"])
}

fn application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    for application in [app::MISSING, app::DISABLED, app::OFFLINE, app::RESPONSE_ONLY] {
        let good = ask(t, &scene);
        let bad = ServerLoginStart { application: Number::from(u32::from(application)), ..good.clone() };
        t.refuses(REQ_12, &scene.server, &bad, &good)?;
    }
    Ok(())
}

fn no_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { secure_channel: false, ..Setup::default() };
    let without = Scene::new(t, Under::Server, setup, Stage::Created)?;
    let question = ask(t, &without);
    let bad = ServerLoginStart { application: Number::from(u32::from(app::DISABLED)), ..question.clone() };
    t.refuses_only(REQ_13, &without.server, &question)?;
    t.refuses_only(REQ_13, &without.server, &bad)?;
    let with = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    t.twin(REQ_13.id, &with.server, &question).map(|_| ())
}

fn known_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    t.needs_randomness(&scene.server)?;
    let question = ask(t, &scene);
    let mut login = started(t, &scene, &question)?;
    t.refuses_only(LGN_2, &scene.server, &question)?;
    // Whatever has become of it, and before all that is wrong with the new one.
    let bad = ServerLoginStart { service: String::new(), ..question.clone() };
    t.refuses_only(LGN_2, &scene.server, &bad)?;
    retrieve(t, &scene, &mut login)?;
    t.refuses_only(LGN_2, &scene.server, &question)?;
    t.agrees("LGN-19", &scene.server, &cancellation(&scene, &login.key))?;
    t.refuses_only(LGN_2, &scene.server, &question)?;
    let good = ask(t, &scene);
    t.twin(LGN_2.id, &scene.server, &good).map(|_| ())
}

fn seventeen(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let mut logins = Vec::new();
    for number in 0..16 {
        logins.push(if number % 2 == 0 { start(t, &scene)? } else { retrieved(t, &scene)? });
    }
    let question = ask(t, &scene);
    t.refuses_only(LGN_3, &scene.server, &question)?;
    t.refuses_only(LGN_3, &scene.server, &ServerLoginStart { user: String::new(), ..question.clone() })?;
    // Each that has ended makes room for one.
    for login in logins.iter().take(2) {
        t.agrees("LGN-19", &scene.server, &cancellation(&scene, &login.key))?;
        let good = ask(t, &scene);
        t.twin(LGN_3.id, &scene.server, &good)?;
        t.refuses_only(LGN_3, &scene.server, &question)?;
    }
    Ok(())
}

fn domain_null(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for (asked, approved) in [(None, None), (None, Some("")), (Some(""), None), (Some(""), Some(""))] {
        let question = ServerLoginStart { domain: asked.map(str::to_owned), ..ask(t, &scene) };
        let mut login = started(t, &scene, &question)?;
        retrieve(t, &scene, &mut login)?;
        let signature = sign(t, &mut scene, &login)?;
        let good = ServerLoginApprove {
            domain: approved.map(str::to_owned),
            ..approval(&scene, &login, &signature)
        };
        t.refuses_only(
            LGN_15,
            &scene.server,
            &ServerLoginApprove { domain: Some(" ".into()), ..good.clone() },
        )?;
        is_approved(t, &scene, &good)?;
    }
    t.implied(&["LGN-15"])
}
