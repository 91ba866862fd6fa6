//! Who reads and changes AM1, and the device code on its way back.

use channel::rule::{AM1_13, AM1_16, AM2_17, DVC_10, DVC_11, PRT_4};
use harness::area::Area;
use harness::attack::activation::{Am1, forges_am1};
use harness::attack::{Player, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::instance::Instance;
use harness::play::Play;
use harness::scene::{Show, Stage};
use harness::setup::{CODE_TRIES, Setup};
use harness::trial::Stop;
use peer::protocol::{Pin, Removed};

use super::reader::DEVICE;

/// A client without a vector of its own, and an AM1 that carries one.
fn issued(t: &mut Play<'_, '_>) -> Result<Instance, Stop> {
    user(t, Setup { built_in: false, carried: true, ..Setup::default() }, Stage::Issued)
}

/// A confirmed instance whose account may be replaced.
fn replaceable(t: &mut Play<'_, '_>) -> Result<Instance, Stop> {
    let mut user = user(t, Setup { replacement: true, ..Setup::default() }, Stage::Confirmed)?;
    user.scene_mut().replace = true;
    Ok(user)
}

/// Somebody who read this user's AM1, and made an AM2 of their own for it.
fn forges_replacement(t: &mut Play<'_, '_>, user: &Instance) -> Result<(Player<Am1>, String), Stop> {
    let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
    eve.thinks(t, "shows the phone the same AM1 once more");
    let code = eve.gets(t, "AM1-12", &user.takes_am1(eve.message()))?.device_code;
    let forged = eve.forges_am2(t, &code, eve.message(), 2)?;
    Ok((eve, forged))
}

pub(super) fn cases() -> Vec<Case> {
    let mut courier = Area::of(Attacker::Courier);
    activates(&mut courier);
    bends(&mut courier);
    replaces(&mut courier);
    courier.cases()
}

/// Without the bank, or in the user's place.
fn activates(courier: &mut Area) {
    courier.against(Goal::Activation).refuses(
        DVC_11,
        "forged-am1",
        "a device code that answers an AM1 of somebody else's is refused by the server",
        |t| {
            let user = user(t, Setup::default(), Stage::Issued)?;
            let vector = user.scene().setup.vector.clone();
            let forged = forges_am1(t, &vector, user.am1()?)?;
            let code = forged.gets(t, "AM1-1", &user.takes_am1(forged.message()))?.device_code;
            forged.is_refused(t, DVC_11, &user.takes_code(&code))?;
            let code = t.answers("AM1-1", &user.takes_am1(user.am1()?))?.device_code;
            t.accepts(DVC_11, &user.takes_code(&code))
        },
    );
    courier.against(Goal::Activation).refuses(
        PRT_4,
        "swapped-code",
        "an AM2 that was issued for a device code of the attacker's is refused by the user's phone",
        |t| {
            let mut user = user(t, Setup::default(), Stage::PreActivated)?;
            let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            let mut evil = user.clone();
            evil.scene_mut().device_code = eve.device_code(t, DEVICE)?;
            eve.thinks(t, "sends this code to the server in place of the user's");
            eve.gets(t, "DVC-3", &evil.takes_code(&evil.scene().device_code.clone()))?;
            evil.scene_mut().issue_am2(t)?;
            t.refuses(PRT_4, &user.takes_am2(evil.am2()?))?;
            user.scene_mut().verify_device_code(t)?;
            user.scene_mut().issue_am2(t)?;
            t.accepts(PRT_4, &user.takes_am2(user.am2()?))
        },
    );
}

/// With terms that the bank didn't mean.
fn bends(courier: &mut Area) {
    courier.against(Goal::Intended).refuses(
        DVC_11,
        "bent-terms",
        "terms that were changed in AM1 are noticed by the server, since the device code covers them",
        |t| {
            let user = issued(t)?;
            let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            let bent = eve.bends_vector(t, "99 tries for the PIN", |vector| vector.password.tries = 99)?;
            let code = eve.gets(t, "AM1-1", &user.takes_am1(&bent))?.device_code;
            t.refuses(DVC_11, &user.takes_code(&code))?;
            let code = t.answers("AM1-1", &user.takes_am1(user.am1()?))?.device_code;
            t.accepts(DVC_11, &user.takes_code(&code))
        },
    );
    courier.against(Goal::Intended).refuses(
        PRT_4,
        "bent-terms-mended",
        "a phone that saw bent terms can't open AM2, though the device code was mended so that the server took it",
        |t| {
            let mut user = issued(t)?;
            let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            let bent = eve.bends_vector(t, "99 tries for the PIN", |vector| vector.password.tries = 99)?;
            let code = eve.gets(t, "AM1-1", &user.takes_am1(&bent))?.device_code;
            let mended = eve.mends(t, &code)?;
            eve.gets(t, "DVC-3", &user.takes_code(&mended))?;
            user.scene_mut().device_code = mended;
            user.scene_mut().issue_am2(t)?;
            t.refuses(PRT_4, &user.takes_am2(user.am2()?))?;
            // The same AM2 opens once the phone has seen the AM1 that was issued.
            t.answers("AM1-1", &user.takes_am1(user.am1()?))?;
            t.accepts(PRT_4, &user.takes_am2(user.am2()?))
        },
    );
    courier.against(Goal::Intended).refuses(
        AM1_13,
        "another-vector",
        "a phone with terms of its own takes no others out of AM1",
        |t| {
            let user = user(t, Setup { carried: true, ..Setup::default() }, Stage::Issued)?;
            let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            let bent = eve.bends_vector(t, "99 tries for the PIN", |vector| vector.password.tries = 99)?;
            eve.is_refused(t, AM1_13, &user.takes_am1(&bent))?;
            t.accepts(AM1_13, &user.takes_am1(user.am1()?))
        },
    );
    courier.against(Goal::Guess).refuses(
        DVC_10,
        "codes",
        "after a few wrong device codes even the right one is refused, until a new AM1 is issued",
        |t| {
            let mut user = user(t, Setup::default(), Stage::PreActivated)?;
            let vector = user.scene().setup.vector.clone();
            let forged = forges_am1(t, &vector, user.am1()?)?;
            for _ in 0..CODE_TRIES {
                let guess = forged.device_code(t, DEVICE)?;
                forged.is_refused(t, DVC_11, &user.takes_code(&guess))?;
            }
            t.refuses(DVC_10, &user.takes_code(&user.scene().device_code.clone()))?;
            user.scene_mut().play(t, Stage::PreActivated)?;
            t.accepts(DVC_10, &user.takes_code(&user.scene().device_code.clone()))
        },
    );
    courier.against(Goal::Old).refuses(
        DVC_11,
        "old-code",
        "a device code that was kept back does not answer the AM1 that is issued after it",
        |t| {
            let mut user = user(t, Setup::default(), Stage::PreActivated)?;
            let old = user.scene().device_code.clone();
            let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            eve.thinks(t, "keeps the device code back");
            user.moves_clock(60)?;
            user.scene_mut().play(t, Stage::PreActivated)?;
            eve.is_refused(t, DVC_11, &user.takes_code(&old))?;
            t.accepts(DVC_11, &user.takes_code(&user.scene().device_code.clone()))
        },
    );
    courier.against(Goal::Old).refuses(
        PRT_4,
        "old-am2",
        "an AM2 that was kept back does not open at a phone that has seen a later AM1, not even without a challenge",
        |t| {
            let mut user = user(t, Setup { challenge: false, ..Setup::default() }, Stage::Am2)?;
            let old = user.am2()?.to_owned();
            let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            eve.thinks(t, "keeps AM2 back, so that the user asks for another activation");
            user.scene_mut().play(t, Stage::Am2)?;
            eve.is_refused(t, PRT_4, &user.takes_am2(&old))?;
            t.accepts(PRT_4, &user.takes_am2(user.am2()?))
        },
    );
}

/// An account that is there already.
fn replaces(courier: &mut Area) {
    courier.against(Goal::Intended).refuses(
        AM1_16,
        "replacement-of-another-license",
        "no account is given up for a license key that isn't its own",
        |t| {
            let mut user = replaceable(t)?;
            let forged = forges_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            forged.is_refused(t, AM1_16, &user.takes_am1(forged.message()))?;
            user.scene_mut().issue_am1(t)?;
            t.accepts(AM1_16, &user.takes_am1(user.am1()?))
        },
    );
    courier.against(Goal::Intended).refuses(
        AM2_17,
        "replacement-without-pin",
        "who knows the license key, and forges AM2 with it, replaces no account without its PIN",
        |t| {
            let mut user = replaceable(t)?;
            let (eve, forged) = forges_replacement(t, &user)?;
            let guess = user.takes_am2(&forged).but(|ask| ask.pin = Pin::Wrong);
            eve.is_refused(t, AM2_17, &guess)?;
            user.scene_mut().play(t, Stage::Am2)?;
            let honest = user.takes_am2(user.am2()?);
            t.refuses(AM2_17, &honest.but(|ask| ask.pin = Pin::Wrong))?;
            t.accepts(AM2_17, &honest)
        },
    );
    courier.against(Goal::Leave).follows(
        &["AM2-11", "CLI-19"],
        "replacement-thrown-away",
        "an account that a forged one would replace does everything until the bank has confirmed, and the user throws the forged one away",
        |t| {
            let mut user = replaceable(t)?;
            let (eve, forged) = forges_replacement(t, &user)?;
            eve.thinks(t, "talks the user into typing the PIN");
            eve.gets(t, "AM2-17", &user.takes_am2(&forged))?;
            let (message, signature) = user.signs_request(t, &Show::default())?;
            t.agrees("AM2-11", &user.verify(&message, &signature))?;
            t.agrees("CLI-19", &user.removes(Removed::Replacement))?;
            user.moves_clock(60)?;
            let (message, signature) = user.signs_request(t, &Show::titled("Second"))?;
            t.agrees("CLI-19", &user.verify(&message, &signature))
        },
    );
}
