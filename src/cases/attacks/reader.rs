//! Who reads AM1: with the public vector it is the license key.

use channel::crypto::kdf::Device;
use channel::rule::{PRT_4, VER_12};
use harness::area::Area;
use harness::attack::{Player, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::scene::{Show, Stage};
use harness::setup::Setup;

/// A device of the attacker's.
pub(super) const DEVICE: Device = Device { kind: 7, id: *b"EVIL!" };

pub(super) fn cases() -> Vec<Case> {
    let mut reader = Area::of(Attacker::Reader);
    reader.against(Goal::Activation).follows(
        &["PRT-4", "VER-12"],
        "own-device",
        "who read AM1 can register a device, but not confirm it without the AM2 that goes to the user, who activates after it",
        |t| {
            let mut user = user(t, Setup::default(), Stage::PreActivated)?;
            let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            let mut evil = user.clone();
            evil.scene_mut().device_code = eve.device_code(t, DEVICE)?;
            eve.gets(t, "DVC-3", &user.takes_code(&evil.scene().device_code.clone()))?;
            evil.scene_mut().issue_am2(t)?;
            // It went by the other channel: the user has it, and the attacker has to guess.
            t.refuses(PRT_4, &user.takes_am2(evil.am2()?))?;
            eve.thinks(t, "guesses a confirmation, for the salt of the application keys is in AM2");
            eve.is_refused(t, VER_12, &evil.verify(evil.am2()?, "12345678"))?;
            // The user answers the same AM1, and is activated.
            t.agrees("DVC-3", &user.takes_code(&user.scene().device_code.clone()))?;
            user.scene_mut().issue_am2(t)?;
            user.activates(t)?;
            t.accepts("PRT-4", &user.confirmation()?)
        },
    );
    reader.against(Goal::Displayed).refuses(
        PRT_4,
        "forged-request",
        "who read AM1 has no payload key, so a request of its own is refused by the phone",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let eve = Player::reads_am1(t, &user.scene().setup.vector.clone(), user.am1()?)?;
            let message = user.request(t, &Show::default())?;
            let body = user.plain(&message)?.body;
            let forged = eve.forges_request(t, &message, &body)?;
            eve.is_refused(t, PRT_4, &user.opens(&forged))?;
            t.accepts(PRT_4, &user.opens(&message))
        },
    );
    reader.cases()
}
