//! What decides a login session: approval by the instance that retrieved, rejection by an information message of any.

use super::information::{inform, process};
use super::login::*;
use super::push::open;
use super::{negative, sequence};
use channel::rule::{INF_4, LGN_7, LGN_15, VER_4, VER_5, VER_7, VER_10, VER_11, VER_12};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup, app};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Content, Number, Pin};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    deciding().into_iter().chain(both()).collect()
}

fn deciding() -> Vec<Case> {
    use Role::Server;
    vec![
        negative("login-approve-wrong-user", Server, LGN_15, "user and domain are the login's", wrong_user),
        negative(
            "login-approve-wrong-signature",
            Server,
            VER_12,
            "a wrong signature counts for the instance that retrieved and for the login, for no sibling; the login goes on",
            wrong_signature,
        )
        .and("LGN-17"),
        negative(
            "login-approve-form",
            Server,
            VER_10,
            "a signature of another form is refused and counts for nobody",
            form,
        )
        .and("LGN-17"),
        negative(
            "login-approve-check-digit",
            Server,
            VER_11,
            "a signature with a wrong check digit is refused and counts for nobody",
            check_digit,
        )
        .and("LGN-17"),
        negative(
            "login-approve-signature-of-another-login",
            Server,
            VER_12,
            "a signature over the details of another login is wrong",
            of_another,
        )
        .and("LGN-16"),
        negative(
            "login-approve-tries",
            Server,
            VER_5,
            "an instance that its wrong signatures have locked approves nothing; the same login goes on once it is unlocked",
            tries,
        )
        .and("LGN-17"),
        negative(
            "login-approve-deactivated",
            Server,
            VER_4,
            "a deactivated retriever approves nothing, and nor does a sibling",
            deactivated,
        )
        .and("LGN-16"),
        negative(
            "login-approve-by-sibling",
            Server,
            VER_12,
            "a sibling's right signature is a wrong one: only the instance that retrieved the details approves",
            by_sibling,
        )
        .and("LGN-16"),
        sequence(
            "login-approve-long-after",
            Server,
            &["LGN-16"],
            "details are approved although 256 requests were issued since, and 64 accepted",
            long_after,
        ),
        negative(
            "login-approve-not-by-verify",
            Server,
            VER_7,
            "verify_message_signature takes no signature over a login's details, before and after",
            not_by_verify,
        ),
        sequence(
            "login-reject-by-sibling",
            Server,
            &["LGN-18"],
            "any instance of the license rejects",
            by_sibling_rejected,
        ),
        negative(
            "login-reject-replayed",
            Server,
            INF_4,
            "a rejection is used up even where its login refuses it",
            replayed,
        )
        .and("LGN-18"),
        sequence(
            "login-two",
            Server,
            &["LGN-16", "LGN-18"],
            "two logins side by side go their own ways",
            two,
        ),
        sequence(
            "login-restored",
            Server,
            &["LGN-21", "INF-4"],
            "restoring forgets all logins, and no information counter",
            restored,
        ),
    ]
}

fn both() -> Vec<Case> {
    use Role::Both;
    vec![
        sequence(
            "login-flow-approved",
            Both,
            &["LGN-16", "PSH-8"],
            "notification, details, approval: client and server with each other",
            |t| flow(t, true),
        ),
        sequence(
            "login-flow-rejected",
            Both,
            &["LGN-18"],
            "notification, details, rejection: client and server with each other",
            |t| flow(t, false),
        ),
    ]
}

fn wrong_user(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let login = retrieved(t, &scene)?;
    let signature = sign(t, &mut scene, &login)?;
    let good = approval(&scene, &login, &signature);
    let bad = |user: &str, domain: Option<&str>| ServerLoginApprove {
        user: user.into(),
        domain: domain.map(str::to_owned),
        ..good.clone()
    };
    for bad in [
        bad("Zoe", Some(DOMAIN)),
        bad("zoë", Some(DOMAIN)),
        bad("", Some(DOMAIN)),
        bad(USER, Some("Shop")),
        bad(USER, Some("")),
        bad(USER, None),
        bad(DOMAIN, Some(USER)),
        // Composed otherwise: the same to the eye, another name.
        bad("Zoe\u{308}", Some(DOMAIN)),
    ] {
        t.refuses_only(LGN_15, &scene.server, &bad)?;
        t.refuses_only(LGN_15, &scene.server, &ServerLoginApprove { signature: "?".into(), ..bad })?;
    }
    t.twin(LGN_15.id, &scene.server, &good).map(|_| ())
}

fn wrong_signature(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, mut second) = siblings(t)?;
    let login = retrieved(t, &second)?;
    let signature = sign(t, &mut second, &login)?;
    let bad = approval(&second, &login, &wrong(&signature));
    t.refuses_counting_both(VER_12, "login_failures", &second.server, &bad)?;
    if let Some(state) = t.state(VER_12.id, &second.server)? {
        let failures = |scene: &Scene| {
            state.counters.get(&format!("signature_failures/{:02}", scene.sequence)).copied().unwrap_or(0)
        };
        t.same("LGN-17", &(failures(&first), failures(&second)), Some(&(0, 1)))?;
    }
    is_approved(t, &second, &approval(&second, &login, &signature))?;
    t.implied(&["LGN-17"])
}

fn form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let login = retrieved(t, &scene)?;
    let signature = sign(t, &mut scene, &login)?;
    for bad in ["", "1234567", "123456789", "1234567x", "１2345678"] {
        t.refuses_only(VER_10, &scene.server, &approval(&scene, &login, bad))?;
    }
    is_approved(t, &scene, &approval(&scene, &login, &signature))?;
    t.implied(&["LGN-17"])
}

fn check_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let long = Number::from(u32::from(app::LONG));
    let question = ServerLoginStart { application: long, ..ask(t, &scene) };
    let mut login = started(t, &scene, &question)?;
    retrieve(t, &scene, &mut login)?;
    let signature = sign(t, &mut scene, &login)?;
    t.refuses_only(VER_11, &scene.server, &approval(&scene, &login, &wrong(&signature)))?;
    is_approved(t, &scene, &approval(&scene, &login, &signature))?;
    t.implied(&["LGN-17"])
}

fn of_another(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let [one, other] = [retrieved(t, &scene)?, retrieved(t, &scene)?];
    let signatures = [sign(t, &mut scene, &one)?, sign(t, &mut scene, &other)?];
    let [of_one, of_other] = &signatures;
    let both = "login_failures";
    t.refuses_counting_both(VER_12, both, &scene.server, &approval(&scene, &one, of_other))?;
    t.refuses_counting_both(VER_12, both, &scene.server, &approval(&scene, &other, of_one))?;
    is_approved(t, &scene, &approval(&scene, &one, of_one))?;
    is_approved(t, &scene, &approval(&scene, &other, of_other))
}

fn tries(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let [first, second] = [retrieved(t, &scene)?, retrieved(t, &scene)?];
    let signatures = [sign(t, &mut scene, &first)?, sign(t, &mut scene, &second)?];
    let [of_first, of_second] = &signatures;
    for attempt in 0..SIGNATURE_TRIES {
        // Two logins share the tries of one instance.
        let (login, signature) = if attempt % 2 == 0 { (&first, of_first) } else { (&second, of_second) };
        let bad = approval(&scene, login, &wrong(signature));
        t.refuses_counting_both(VER_12, "login_failures", &scene.server, &bad)?;
    }
    for signature in [&wrong(of_first), of_first] {
        t.refuses_only(VER_5, &scene.server, &approval(&scene, &first, signature))?;
    }
    t.agrees("OPR-1", &scene.server, &unlock(&scene))?;
    is_approved(t, &scene, &approval(&scene, &first, of_first))?;
    is_approved(t, &scene, &approval(&scene, &second, of_second))?;
    t.implied(&["VER-5", "LGN-17"])
}

fn deactivated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut first, mut second) = siblings(t)?;
    let login = retrieved(t, &first)?;
    let (signature, of_second) = (sign(t, &mut first, &login)?, sign(t, &mut second, &login)?);
    super::deactivation::issue(t, &first, first.sequence)?;
    for signature in [&signature, &of_second] {
        t.refuses_only(VER_4, &first.server, &approval(&first, &login, signature))?;
    }
    // Asked for again, the sibling retrieves it.
    let login = retrieved(t, &second)?;
    let of_second = sign(t, &mut second, &login)?;
    is_approved(t, &second, &approval(&second, &login, &of_second))?;
    t.implied(&["VER-4", "LGN-16"])
}

fn by_sibling(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut first, mut second) = siblings(t)?;
    for application in [app::TIME, app::EVENT, app::EVENT] {
        let question =
            ServerLoginStart { application: Number::from(u32::from(application)), ..ask(t, &first) };
        let mut login = started(t, &first, &question)?;
        retrieve(t, &first, &mut login)?;
        let of_second = sign(t, &mut second, &login)?;
        let bad = approval(&second, &login, &of_second);
        t.refuses_counting_both(VER_12, "login_failures", &second.server, &bad)?;
        let signature = sign(t, &mut first, &login)?;
        is_approved(t, &first, &approval(&first, &login, &signature))?;
    }
    t.implied(&["VER-12", "LGN-16"])
}

fn long_after(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let login = retrieved(t, &scene)?;
    let signature = sign(t, &mut scene, &login)?;
    for _ in 0..256 {
        scene.request(t, &Show::default())?;
    }
    for _ in 0..64 {
        let message = scene.request(t, &Show::by(app::EVENT))?;
        scene.open(t, &message)?;
        let signature = scene.sign(t)?;
        scene.accept(t, &message, &signature)?;
    }
    is_approved(t, &scene, &approval(&scene, &login, &signature))
}

fn not_by_verify(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let login = retrieved(t, &scene)?;
    let signature = sign(t, &mut scene, &login)?;
    t.refuses_only(VER_7, &scene.server, &scene.verify(&login.details, &signature))?;
    is_approved(t, &scene, &approval(&scene, &login, &signature))?;
    t.refuses_only(VER_7, &scene.server, &scene.verify(&login.details, &signature))?;
    let cancelled = retrieved(t, &scene)?;
    let signature = sign(t, &mut scene, &cancelled)?;
    t.agrees("LGN-19", &scene.server, &cancellation(&scene, &cancelled.key))?;
    t.refuses_only(VER_7, &scene.server, &scene.verify(&cancelled.details, &signature))?;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    t.twin(VER_7.id, &scene.server, &scene.verify(&message, &signature)).map(|_| ())
}

fn by_sibling_rejected(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = siblings(t)?;
    let login = retrieved(t, &first)?;
    is_rejected(t, &second, &login)?;
    let login = retrieved(t, &second)?;
    is_rejected(t, &first, &login)
}

fn replayed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let mut login = start(t, &scene)?;
    let early = inform(t, &scene, &login.key)?;
    t.refuses_using_up(channel::rule::LGN_13, &scene.server, &rejection(&scene, &early))?;
    retrieve(t, &scene, &mut login)?;
    t.refuses_only(INF_4, &scene.server, &rejection(&scene, &early))?;
    t.refuses_only(INF_4, &scene.server, &process(&scene, &early))?;
    is_rejected(t, &scene, &login)?;
    // Taken by the other operation, it is no rejection any more.
    let login = retrieved(t, &scene)?;
    let message = inform(t, &scene, &login.key)?;
    t.agrees("INF-6", &scene.server, &process(&scene, &message))?;
    has_status(t, &scene, &login.key, LoginStatus::Retrieved)?;
    t.refuses_only(INF_4, &scene.server, &rejection(&scene, &message))?;
    is_rejected(t, &scene, &login)
}

fn two(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for approved_first in [true, false] {
        let [one, other] = [retrieved(t, &scene)?, retrieved(t, &scene)?];
        let (yes, no) = if approved_first { (&one, &other) } else { (&other, &one) };
        is_rejected(t, &scene, no)?;
        has_status(t, &scene, &yes.key, LoginStatus::Retrieved)?;
        let signature = sign(t, &mut scene, yes)?;
        is_approved(t, &scene, &approval(&scene, yes, &signature))?;
        has_status(t, &scene, &no.key, LoginStatus::Rejected)?;
    }
    Ok(())
}

fn restored(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let logins @ [first, _] = &[start(t, &scene)?, retrieved(t, &scene)?];
    let taken = inform(t, &scene, &first.key)?;
    t.agrees("INF-6", &scene.server, &process(&scene, &taken))?;
    t.agrees("OPR-2", &scene.server, &ServerRestored { highest_sequence: Number::from(0), now: scene.now })?;
    for login in logins {
        let gone = t.refuses_only(LGN_7, &scene.server, &status(&scene, &login.key));
        super::blaming("LGN-21", gone)?;
    }
    super::blaming("LGN-21", t.refuses_only(INF_4, &scene.server, &process(&scene, &taken)))?;
    let login = retrieved(t, &scene)?;
    is_rejected(t, &scene, &login)?;
    t.implied(&["LGN-21", "INF-4"])
}

fn flow(t: &mut Trial<'_>, approved: bool) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)?;
    let mut login = start(t, &scene)?;
    t.agrees("PSH-7", &scene.client, &open(&login.notification))?;
    retrieve(t, &scene, &mut login)?;
    t.agrees("CLI-11", &scene.client, &open(&login.details))?;
    if approved {
        let signature = t.agrees("SIG-1", &scene.client, &scene.approve(t, Pin::Right))?.signature;
        is_approved(t, &scene, &approval(&scene, &login, &signature.unwrap_or_default()))?;
        let identity = ClientLoginIdentity { serial: scene.setup.serial.into() };
        t.agrees("PSH-8", &scene.client, &identity)?;
    } else {
        let reject = scene.reject(t);
        t.agrees("CLI-13", &scene.client, &reject)?;
        is_rejected(t, &scene, &login)?;
    }
    scene.now += 1;
    let content = Content::FreeText { title: String::new(), text: "and all else goes on".into() };
    let message = scene.request(t, &Show { content, ..Show::default() })?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)
}
