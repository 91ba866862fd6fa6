//! Who is on another device of the license: it has the payload key that all of them share.

use channel::rule::{PRT_4, REQ_9, VER_7, VER_8, VER_12};
use harness::area::Area;
use harness::attack::{Player, sibling, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::forge::Plain;
use harness::scene::{Show, Stage};
use harness::setup::{Setup, app};

use super::caller::LOGIN_FAILURES;

/// The amount that is displayed: 12.50 becomes 92.50.
fn raises_amount(plain: &mut Plain) {
    let at = plain.body.windows(5).position(|part| part == b"12.50");
    if let Some(digit) = at.and_then(|at| plain.body.get_mut(at)) {
        *digit = b'9';
    }
}

/// The three bytes `12.` of the amount become one character of three bytes.
fn puts_before_amount(plain: &mut Plain, character: &str) {
    let at = plain.body.windows(5).position(|part| part == b"12.50");
    if let Some(place) = at.and_then(|at| plain.body.get_mut(at..at + character.len())) {
        place.copy_from_slice(character.as_bytes());
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut area = Area::of(Attacker::Sibling);
    area.against(Goal::Displayed).refuses(
        VER_7,
        "forged-request",
        "a request that a sibling forged can be opened and signed, but the server accepts only its own",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let other = sibling(t, &user, Stage::Confirmed)?;
            let eve = Player::on_device_of(t, &other);
            let message = user.request(t, &Show::default())?;
            let forged = eve.forges(t, &message, "the amount", raises_amount)?;
            let signature = user.signs(t, &forged)?;
            t.refuses(VER_7, &user.verify(&forged, &signature))?;
            // What was signed there is not what the server meant.
            t.refuses(VER_12, &user.verify(&message, &signature))?;
            let signature = user.signs(t, &message)?;
            t.accepts(VER_7, &user.verify(&message, &signature))
        },
    );
    area.against(Goal::Displayed).refuses(
        REQ_9,
        "hidden-characters",
        "a text in which a sibling hides or reorders characters is not displayed",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let other = sibling(t, &user, Stage::Confirmed)?;
            let eve = Player::on_device_of(t, &other);
            let message = user.request(t, &Show::default())?;
            for (what, bytes) in
                [("the amount runs backwards", "\u{202E}"), ("a digit can't be seen", "\u{200B}")]
            {
                let forged = eve.forges(t, &message, what, |plain| puts_before_amount(plain, bytes))?;
                eve.is_refused(t, REQ_9, &user.opens(&forged))?;
            }
            t.accepts(REQ_9, &user.opens(&message))
        },
    );
    area.against(Goal::Signed).refuses(
        VER_12,
        "signs-for-user",
        "a sibling's signature is not the user's, whatever the sequence number with which it is sent",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let mut other = sibling(t, &user, Stage::Confirmed)?;
            let eve = Player::on_device_of(t, &other);
            let message = user.request(t, &Show::default())?;
            let signature = other.signs(t, &message)?;
            eve.thinks(t, "sends its own signature under the user's sequence number");
            eve.is_refused(t, VER_12, &user.verify(&message, &signature))?;
            let signature = user.signs(t, &message)?;
            t.accepts(VER_12, &user.verify(&message, &signature))
        },
    );
    area.against(Goal::Once).refuses(
        VER_8,
        "signs-again",
        "a request that the user has signed is not accepted again from a sibling",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let mut other = sibling(t, &user, Stage::Confirmed)?;
            let eve = Player::on_device_of(t, &other);
            let message = user.request(t, &Show::default())?;
            let [by_user, by_other] = [user.signs(t, &message)?, other.signs(t, &message)?];
            t.accepts(VER_8, &user.verify(&message, &by_user))?;
            eve.is_refused(t, VER_8, &other.verify(&message, &by_other))
        },
    );
    area.against(Goal::Intended).refuses(
        PRT_4,
        "forged-am2",
        "the payload key is not the key of AM2, so a sibling can't forge one",
        |t| {
            let first = user(t, Setup::default(), Stage::Confirmed)?;
            let other = sibling(t, &first, Stage::Am2)?;
            let eve = Player::on_device_of(t, &first);
            let forged = eve.forges(t, other.am2()?, "the payload key to one of its own", |plain| {
                plain.body = [&[2, 1][..], &[0xEE; 29]].concat();
            })?;
            eve.is_refused(t, PRT_4, &other.takes_am2(&forged))?;
            t.accepts(PRT_4, &other.takes_am2(other.am2()?))
        },
    );
    area.against(Goal::Login).refuses(
        VER_12,
        "approves-what-another-retrieved",
        "a login that the user retrieved is not approved by a sibling's signature over its details",
        |t| {
            let user = user(t, Setup::default(), Stage::Confirmed)?;
            let other = sibling(t, &user, Stage::Confirmed)?;
            let eve = Player::on_device_of(t, &other);
            let login = user.retrieves_login(t, "website")?;
            eve.thinks(t, "reads the details with the payload key, and signs them on its own device");
            let theirs = user.approval(&login, &other.signs_login(t, &login)?);
            eve.says(t, |t| t.refuses_counting_both(VER_12, LOGIN_FAILURES, &theirs))?;
            let signature = user.signs_login(t, &login)?;
            t.accepts(VER_12, &user.approval(&login, &signature))
        },
    );
    area.against(Goal::Pending).follows(
        &["VER-8"],
        "signs-seventy",
        "seventy requests that a sibling signs push out none that waits for the user",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let mut other = sibling(t, &user, Stage::Confirmed)?;
            let eve = Player::on_device_of(t, &other);
            let waiting = user.request(t, &Show::default())?;
            eve.thinks(t, "has the bank issue request after request, and signs them");
            eve.repeats(t, 70, |t, _| {
                let (message, signature) = other.signs_request(t, &Show::by(app::LONG))?;
                eve.gets(t, "VER-13", &other.verify(&message, &signature)).map(drop)
            })?;
            let signature = user.signs(t, &waiting)?;
            t.agrees("VER-8", &user.verify(&waiting, &signature))
        },
    );
    area.cases()
}
