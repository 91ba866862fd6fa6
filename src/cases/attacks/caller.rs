//! Who asks the website for logins: it knows a user's name.

use channel::rule::{LGN_3, LGN_15, LGN_22, PSH_5, VER_12};
use harness::area::Area;
use harness::attack::{Player, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::instance::{turn_digit, wrong};
use harness::scene::{Show, Stage};
use harness::setup::{SIGNATURE_TRIES, Setup};
use peer::operations::LoginStatus;

use crate::login::{DOMAIN, USER};

/// The counter of a login's own.
pub(super) const LOGIN_FAILURES: &str = "login_failures";

pub(super) fn cases() -> Vec<Case> {
    let mut area = Area::of(Attacker::Caller);
    decides(&mut area);
    floods(&mut area);
    area.cases()
}

/// What gets approved, and by what signature.
fn decides(area: &mut Area) {
    area.against(Goal::Displayed).refuses(
        PSH_5,
        "hidden-characters",
        "a caller's name for himself can't hide or reorder what the user will read",
        |t| {
            let user = user(t, Setup::default(), Stage::Confirmed)?;
            for name in ["Zo\u{200B}e", "eoZ\u{202E}", "Zoe\u{2028}for 1 EUR", "Zoe;shop"] {
                let eve = Player::asking(t, &user, name, None);
                let login = eve.starts(t, "198.51.100.7");
                eve.is_refused(t, PSH_5, &login)?;
            }
            let login = user.login(t, "website");
            t.accepts(PSH_5, &login)
        },
    );
    area.against(Goal::Once).refuses(
        VER_12,
        "signature-of-another-login",
        "the signature that approved one login does not approve the next",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let eve = Player::asking(t, &user, USER, Some(DOMAIN));
            let first = user.retrieves_login(t, "website")?;
            let old = user.signs_login(t, &first)?;
            t.accepts(VER_12, &user.approval(&first, &old))?;
            user.moves_clock(60)?;
            let second = user.retrieves_login(t, "198.51.100.7")?;
            eve.thinks(t, "has seen the signature of before");
            let again = user.approval(&second, &old);
            eve.says(t, |t| t.refuses_counting_both(VER_12, LOGIN_FAILURES, &again))?;
            let new = user.signs_login(t, &second)?;
            t.accepts(VER_12, &user.approval(&second, &new))
        },
    );
    area.against(Goal::Login).refuses(
        LGN_15,
        "another-user",
        "a login that was begun for one user can't be turned into that of another",
        |t| {
            let user = user(t, Setup::default(), Stage::Confirmed)?;
            let eve = Player::asking(t, &user, "Mallory", Some(DOMAIN));
            let login = user.retrieves_login(t, "website")?;
            let signature = user.signs_login(t, &login)?;
            eve.is_refused(t, LGN_15, &eve.approves(&login.key, &signature))?;
            t.accepts(LGN_15, &user.approval(&login, &signature))
        },
    );
    area.against(Goal::Guess).refuses(
        LGN_22,
        "approvals",
        "after a few wrong signatures a login is over, for the right one as well, whatever the operator unlocks",
        |t| {
            let user = user(t, Setup::default(), Stage::Confirmed)?;
            let eve = Player::asking(t, &user, USER, Some(DOMAIN));
            let login = user.retrieves_login(t, "198.51.100.7")?;
            let signature = user.signs_login(t, &login)?;
            for by in 1..=SIGNATURE_TRIES {
                let guess = eve.approves(&login.key, &turn_digit(&signature, 2, by)?);
                eve.says(t, |t| t.refuses_counting_both(VER_12, LOGIN_FAILURES, &guess))?;
            }
            let right = eve.approves(&login.key, &signature);
            eve.is_refused(t, LGN_22, &right)?;
            t.agrees("OPR-1", &user.unlocking())?;
            eve.is_refused(t, LGN_22, &right)?;
            let another = user.retrieves_login(t, "website")?;
            let signature = user.signs_login(t, &another)?;
            t.accepts(LGN_22, &user.approval(&another, &signature))
        },
    );
}

/// What many logins cost the user.
fn floods(area: &mut Area) {
    area.against(Goal::Pending).follows(
        &["VER-7", "VER-8"],
        "flood",
        "hundreds of messages of logins, which anybody can start, push out no request that waits for a signature",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let [first, second] =
                [user.request(t, &Show::default())?, user.request(t, &Show::titled("Second"))?];
            let eve = Player::asking(t, &user, USER, Some(DOMAIN));
            eve.repeats(t, 130, |t, number| {
                // Sixteen may wait for each address.
                let login = eve.starts(t, &format!("198.51.100.{}", number / 16));
                let key = eve.gets(t, "LGN-1", &login)?.challenge_key;
                t.answers("LGN-14", &user.retrieval(&key)).map(drop)
            })?;
            for message in [first, second] {
                let signature = user.signs(t, &message)?;
                t.agrees("VER-7", &user.verify(&message, &signature))?;
            }
            t.implied(&["VER-8"])
        },
    );
    area.against(Goal::Pending).refuses(
        LGN_3,
        "one-address",
        "who has sixteen logins wait gets no more, and others get theirs all the same",
        |t| {
            let user = user(t, Setup::default(), Stage::Confirmed)?;
            let eve = Player::asking(t, &user, USER, Some(DOMAIN));
            eve.repeats(t, 16, |t, _| {
                let login = eve.starts(t, "198.51.100.7");
                eve.gets(t, "LGN-1", &login).map(drop)
            })?;
            let login = eve.starts(t, "198.51.100.7");
            eve.is_refused(t, LGN_3, &login)?;
            let login = user.login(t, "192.0.2.1");
            t.accepts(LGN_3, &login)
        },
    );
    area.against(Goal::Leave).follows(
        &["INF-8", "LGN-24"],
        "rejects-while-locked",
        "a user whose instance a stranger's guesses have locked still sees logins, and rejects them",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let eve = Player::asking(t, &user, USER, Some(DOMAIN));
            let (message, signature) = user.signs_request(t, &Show::default())?;
            let guess = user.verify(&message, &wrong(&signature)?);
            for _ in 0..SIGNATURE_TRIES {
                eve.is_refused(t, VER_12, &guess)?;
            }
            let login = eve.starts(t, "198.51.100.7");
            let key = eve.gets(t, "LGN-1", &login)?.challenge_key;
            t.answers("LGN-24", &user.retrieval(&key))?;
            let rejection = user.informs(t, &key)?;
            t.agrees("INF-8", &user.rejection(&rejection))?;
            user.login_is(t, "LGN-18", &key, LoginStatus::Rejected)
        },
    );
}
