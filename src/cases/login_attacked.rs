//! Logins under attack: guessed, started by strangers, and retrieved by whoever saw the key. Beside each attack stands
//! what an honest user goes on doing.

use super::seen_by;
use channel::rule::{LGN_3, LGN_7, LGN_11, LGN_22, LGN_23, NON_3, PSH_5, VER_5, VER_8, VER_10, VER_12};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::instance::{Instance, at, confirmed, siblings, turn_digit, wrong};
use harness::logins::Login;
use harness::play::{Ask, Play};
use harness::scene::{Show, Stage};
use harness::setup::{SIGNATURE_TRIES, Setup};
use harness::trial::Stop;
use peer::operations::{LoginStatus, ServerLoginApprove};

/// The counter of a login, beside that of its instance.
const OF_THE_LOGIN: &str = "login_failures";

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut login = Area::new("login", Role::Server);
    guessed(&mut login);
    flooded(&mut login);
    exhausted(&mut login);
    fatigued(&mut login);
    login.cases()
}

/// An attacker's guess: it counts for the instance and for the login.
fn guess(t: &mut Play<'_, '_>, ask: &Ask<ServerLoginApprove>) -> Result<(), Stop> {
    t.refuses_counting_both(VER_12, OF_THE_LOGIN, ask)
}

fn guessed(login: &mut Area) {
    login.refuses(
        LGN_22,
        "guessed",
        "a login whose signature was guessed too often has failed for good, although the operator unlocks the instance",
        |t| {
            let first = confirmed(t)?;
            let login = first.retrieves_login(t, "stranger")?;
            let signature = first.signs_login(t, &login)?;
            for digit in 1..=SIGNATURE_TRIES {
                let bad = turn_digit(&signature, 0, digit)?;
                guess(t, &first.approval(&login, &bad))?;
                // So that it is not the instance that ends it.
                t.agrees("OPR-1", &first.unlocking())?;
            }
            first.login_is(t, "LGN-22", &login.key, LoginStatus::Failed)?;
            t.refuses(LGN_22, &first.approval(&login, &signature))?;
            t.refuses(LGN_22, &first.approval(&login, "?"))?;
            let next = first.retrieves_login(t, "website")?;
            let signature = first.signs_login(t, &next)?;
            t.accepts(LGN_22, &first.approval(&next, &signature))
        },
    );

    login.refuses(
        VER_5,
        "guessed-behind-a-locked-instance",
        "behind a locked instance no sibling is tried: a login can't be guessed for the others, free of charge",
        |t| {
            let [mut first, second] = siblings(t)?;
            let login = first.retrieves_login(t, "stranger")?;
            let by_sibling = second.signs_login(t, &login)?;
            first.gets_locked(t)?;
            // Among the guesses would be one that is right for the sibling.
            for bad in [&by_sibling, &wrong(&by_sibling)?] {
                t.refuses(VER_5, &first.approval(&login, bad))?;
            }
            first.login_is(t, "LGN-16", &login.key, LoginStatus::Retrieved)?;
            let own = second.retrieves_login(t, "website")?;
            let signature = second.signs_login(t, &own)?;
            t.accepts(VER_5, &second.approval(&own, &signature))
        },
    );

    login.refuses(
        VER_12,
        "mistyped",
        "who mistypes a signature all times but the last is let in, and the login's count is not the next one's",
        |t| {
            let first = confirmed(t)?;
            for _ in 0..2 {
                let login = first.retrieves_login(t, "website")?;
                let signature = first.signs_login(t, &login)?;
                for _ in 1..SIGNATURE_TRIES {
                    guess(t, &first.approval(&login, &wrong(&signature)?))?;
                }
                // What can't be a signature at all counts for neither.
                t.refuses(VER_10, &first.approval(&login, "1234567"))?;
                t.accepts(VER_12, &first.approval(&login, &signature))?;
            }
            Ok(())
        },
    );

    login.follows(
        &["LGN-22"],
        "failed-does-not-expire",
        "a login that has failed is known as that until it is forgotten",
        |t| {
            let mut first = confirmed(t)?;
            t.needs_time(first.server())?;
            let login = fails(t, &first)?;
            for seconds in [1, 180, 3419] {
                first.moves_clock(seconds)?;
                first.login_is(t, "LGN-22", &login.key, LoginStatus::Failed)?;
            }
            Ok(())
        },
    );
}

/// A login that has failed.
fn fails(t: &mut Play<'_, '_>, first: &Instance) -> Result<Login, Stop> {
    let login = first.retrieves_login(t, "stranger")?;
    let signature = first.signs_login(t, &login)?;
    for _ in 0..SIGNATURE_TRIES {
        guess(t, &first.approval(&login, &wrong(&signature)?))?;
    }
    t.agrees("OPR-1", &first.unlocking())?;
    Ok(login)
}

fn flooded(login: &mut Area) {
    login.refuses(
        LGN_3,
        "start-17-of-another-requester",
        "who starts 16 logins keeps himself out and nobody else; names are compared to the character",
        |t| {
            let first = confirmed(t)?;
            for _ in 0..16 {
                first.starts_login(t, "203.0.113.7")?;
            }
            let same = first.login(t, "203.0.113.7");
            t.refuses(LGN_3, &same)?;
            for other in ["203.0.113.70", "203.0.113.7 ", "é", "e\u{301}"] {
                let ask = first.login(t, other);
                t.accepts(LGN_3, &ask)?;
            }
            t.refuses(LGN_3, &same)
        },
    );

    login.follows(
        &["VER-7", "VER-8"],
        "flood-leaves-transactions",
        "however many logins strangers start and end, a request that waits for its signature is accepted, once",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            for stranger in 0..300 {
                let key = first.starts_login(t, &format!("stranger {stranger}"))?;
                t.agrees("LGN-19", &first.cancellation(&key))?;
            }
            let login = first.retrieves_login(t, "website")?;
            let of_login = first.signs_login(t, &login)?;
            t.agrees("LGN-16", &first.approval(&login, &of_login))?;
            t.agrees("VER-7", &first.verify(&message, &signature))?;
            t.refuses(VER_8, &first.verify(&message, &signature))
        },
    );

    login.refuses(
        LGN_23,
        "start-257",
        "256 logins are known, and another is refused while all of them wait; one that is over makes room",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            let mut keys = Vec::new();
            for stranger in 0..256 {
                keys.push(first.starts_login(t, &format!("stranger {}", stranger / 16))?);
            }
            let [one, two, ..] = keys.as_slice() else {
                return Err(Stop::Harness("missing: 256 logins".into()));
            };
            let refused = first.login(t, "website");
            t.refuses(LGN_23, &refused)?;
            // Known, so forgotten by no refusal; then two are over, the younger one first.
            t.agrees("LGN-19", &first.cancellation(two))?;
            t.agrees("LGN-19", &first.cancellation(one))?;
            t.accepts(LGN_23, &refused)?;
            // The one that was started first is gone, not the one that ended first.
            seen_by(&[LGN_7.id], LGN_23.id, t.refuses(LGN_7, &first.status(one)))?;
            first.login_is(t, "LGN-23", two, LoginStatus::Cancelled)?;
            let ask = first.login(t, "website");
            t.accepts(LGN_23, &ask)?;
            seen_by(&[LGN_7.id], LGN_23.id, t.refuses(LGN_7, &first.status(two)))?;
            let ask = first.login(t, "website");
            t.refuses(LGN_23, &ask)?;
            // What it can't cost: a transaction.
            t.agrees("VER-7", &first.verify(&message, &signature))
        },
    );

    login.follows(
        &["LGN-23"],
        "start-257-refused-forgets-none",
        "a start that is refused for its texts forgets no login that is over",
        |t| {
            let first = confirmed(t)?;
            let over = first.starts_login(t, "website")?;
            t.agrees("LGN-19", &first.cancellation(&over))?;
            for stranger in 0..255 {
                first.starts_login(t, &format!("stranger {}", stranger / 16))?;
            }
            let bad = first.login(t, "website").but(|ask| ask.user = "a;b".into());
            t.refuses(PSH_5, &bad)?;
            first.login_is(t, "LGN-23", &over, LoginStatus::Cancelled)?;
            let ask = first.login(t, "website");
            t.agrees("LGN-23", &ask)
        },
    );
}

fn exhausted(login: &mut Area) {
    login.follows(
        &["LGN-23"],
        "start-257-exhausted-forgets-none",
        "a start that is refused because no message counter is left forgets no login that is over",
        |t| {
            // AM2, 256 logins, and no more.
            let setup = Setup { last_counter: u32::MAX - 257, ..Setup::default() };
            let first = at(t, setup, Stage::Confirmed)?;
            let over = first.starts_login(t, "website")?;
            t.agrees("LGN-19", &first.cancellation(&over))?;
            for stranger in 0..255 {
                first.starts_login(t, &format!("stranger {}", stranger / 16))?;
            }
            let ask = first.login(t, "website");
            t.refuses(NON_3, &ask)?;
            t.agrees("LGN-23", &first.status(&over))
        },
    );
}

fn fatigued(login: &mut Area) {
    login.follows(
        &["LGN-24", "INF-8"],
        "rejected-by-a-locked-instance",
        "a user whose instance was locked by a stranger's guesses sees a login that isn't his, and rejects it",
        |t| {
            let mut first = confirmed(t)?;
            first.gets_locked(t)?;
            let key = first.starts_login(t, "stranger")?;
            t.agrees("LGN-24", &first.retrieval(&key))?;
            let message = first.informs(t, &key)?;
            t.agrees("INF-8", &first.rejection(&message))?;
            first.login_is(t, "LGN-18", &key, LoginStatus::Rejected)
        },
    );

    login.follows(
        &["LGN-18"],
        "rejected-whoever-retrieved",
        "a login that a sibling retrieved first, guessing or not, can be rejected by any instance of the user",
        |t| {
            let [first, second] = siblings(t)?;
            let login = second.retrieves_login(t, "stranger")?;
            let signature = second.signs_login(t, &login)?;
            guess(t, &second.approval(&login, &wrong(&signature)?))?;
            let message = first.informs(t, &login.key)?;
            t.agrees("LGN-18", &first.rejection(&message))?;
            t.refuses(LGN_11, &second.approval(&login, &signature))
        },
    );
}
