//! Who is between gateway and phone: it sees frames pass by, and can keep, bend and replay them.

use channel::rule::{CLI_26, DEA_6, FRM_10, INF_4, PRT_4, VER_5, VER_8, VER_12};
use harness::area::Area;
use harness::attack::{Player, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::instance::{turn_digit, wrong};
use harness::play::{Ask, need};
use harness::scene::{Show, Stage};
use harness::setup::{SIGNATURE_TRIES, Setup};
use peer::operations::ServerUnlockInstance;
use peer::protocol::{Number, Pin};

pub(super) fn cases() -> Vec<Case> {
    let mut area = Area::of(Attacker::Network);
    area.against(Goal::Displayed).refuses(
        PRT_4,
        "bent-request",
        "a request that was changed on its way, in header, body or tag, is not displayed",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let message = user.request(t, &Show::default())?;
            let eve = Player::sees(t, "a request", &message);
            let last = message.len() / 2 - 1;
            for (what, at) in [("in its time", 7), ("in its body", 20), ("in its tag", last)] {
                let bent = eve.flips(t, what, at, 1)?;
                eve.is_refused(t, PRT_4, &user.opens(&bent))?;
            }
            t.accepts(PRT_4, &user.opens(&message))
        },
    );
    area.against(Goal::Displayed).refuses(
        CLI_26,
        "pushed-while-reading",
        "what is pushed while the user reads does not take the place of what is read",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let [held, read] =
                [user.request(t, &Show::titled("Another"))?, user.request(t, &Show::default())?];
            let eve = Player::sees(t, "a request", &held);
            t.answers("CLI-11", &user.opens(&read))?;
            eve.thinks(t, "pushes it while the user's finger is on its way");
            eve.is_refused(t, CLI_26, &user.opens_pushed(eve.frame()))?;
            let tap = user.approves(t, Pin::Right);
            let signature = need(t.answers("CLI-12", &tap)?.signature, "a signature")?;
            t.agrees("CLI-12", &user.verify(&read, &signature))?;
            t.accepts(CLI_26, &user.opens_pushed(&held))
        },
    );
    area.against(Goal::Intended).refuses(
        PRT_4,
        "bent-am2",
        "an AM2 that was changed on its way activates nothing, and the one that was issued still does",
        |t| {
            let user = user(t, Setup::default(), Stage::Am2)?;
            let eve = Player::sees(t, "AM2", user.am2()?);
            for (what, at) in [("in its counter", 14), ("its sequence number", 15), ("its payload key", 20)] {
                let bent = eve.flips(t, what, at, 1)?;
                eve.is_refused(t, PRT_4, &user.takes_am2(&bent))?;
            }
            t.accepts(PRT_4, &user.takes_am2(user.am2()?))
        },
    );
    area.against(Goal::Guess).refuses(
        VER_5,
        "signatures",
        "after a few wrong signatures even the right one is refused, until the operator unlocks the instance",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let (message, signature) = user.signs_request(t, &Show::default())?;
            let eve = Player::sees(t, "a request", &message);
            for by in 1..=SIGNATURE_TRIES {
                let guess = turn_digit(&signature, 3, by)?;
                eve.is_refused(t, VER_12, &user.verify(&message, &guess))?;
            }
            eve.is_refused(t, VER_5, &user.verify(&message, &signature))?;
            let op = ServerUnlockInstance { sequence: Number::from(user.scene().sequence) };
            t.agrees("OPR-1", &Ask { party: user.server().clone(), op })?;
            t.accepts(VER_5, &user.verify(&message, &signature))
        },
    );
    area.against(Goal::Signed).refuses(
        VER_12,
        "bent-signature",
        "a signature that was changed on its way is refused and counted",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let (message, signature) = user.signs_request(t, &Show::default())?;
            let eve = Player::sees(t, "a request", &message);
            for bent in [wrong(&signature)?, turn_digit(&signature, 0, 5)?] {
                eve.is_refused(t, VER_12, &user.verify(&message, &bent))?;
            }
            t.accepts(VER_12, &user.verify(&message, &signature))
        },
    );
    area.against(Goal::Once).refuses(
        VER_8,
        "signature-again",
        "a signature that is sent once more is refused, and so is one that the phone makes anew over the same request",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let (message, signature) = user.signs_request(t, &Show::default())?;
            let eve = Player::sees(t, "a request", &message);
            t.accepts(VER_8, &user.verify(&message, &signature))?;
            eve.is_refused(t, VER_8, &user.verify(&message, &signature))?;
            eve.thinks(t, "shows the phone the request once more, and the user signs it");
            let anew = user.signs_at(t, eve.frame(), 120)?;
            t.refuses(VER_8, &user.verify(&message, &anew))
        },
    );
    area.against(Goal::Login).refuses(
        INF_4,
        "rejection-again",
        "a rejection that is sent once more is refused: it can't reject another login",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let login = user.retrieves_login(t, "website")?;
            let message = user.informs(t, &login.key)?;
            let eve = Player::sees(t, "the rejection of a login", &message);
            t.accepts(INF_4, &user.rejection(&message))?;
            user.moves_clock(60)?;
            user.retrieves_login(t, "website")?;
            eve.is_refused(t, INF_4, &user.rejection(eve.frame()))
        },
    );
    area.against(Goal::Old).refuses(
        DEA_6,
        "old-deactivation",
        "the deactivation of an earlier instance does not end the one after it",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let end = t.answers("DEA-4", &user.is_ended())?.message;
            let eve = Player::sees(t, "a deactivation", &end);
            t.accepts(DEA_6, &user.takes_deactivation(&end))?;
            user.scene_mut().play(t, Stage::Confirmed)?;
            eve.is_refused(t, DEA_6, &user.takes_deactivation(eve.frame()))
        },
    );
    area.against(Goal::Secret).refuses(
        FRM_10,
        "in-clear",
        "a request with its protection taken away is refused: nothing talks the phone out of it",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let message = user.request(t, &Show::default())?;
            let eve = Player::sees(t, "a request", &message);
            let bent = eve.flips(t, "the number of its protection", 1, 2)?;
            eve.is_refused(t, FRM_10, &user.opens(&bent))?;
            t.accepts(FRM_10, &user.opens(&message))
        },
    );
    area.cases()
}
