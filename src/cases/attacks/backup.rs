//! Who has an old copy of what is stored, and puts it back.

use channel::license::blob;
use channel::rule::{BLB_5, BLB_12, VER_7, VER_12};
use harness::area::Area;
use harness::attack::stored::Copy;
use harness::attack::{Player, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::instance::Instance;
use harness::play::{Ask, need};
use harness::scene::{Show, Stage};
use harness::setup::{Setup, otp};
use harness::trial::Stop;
use peer::operations::{RandomLicense, ServerRestored};
use peer::protocol::{Data, Number};

use crate::import::sheet_of;
use crate::reimport::question;
use crate::server_blob::{load, sealed};

const NONE: Data = Data::ResponseOnly {};
const STORAGE: [u8; 16] = [0xC3; 16];

pub(super) fn cases() -> Vec<Case> {
    let mut area = Area::of(Attacker::Backup);
    area.against(Goal::Once).refuses(
        VER_7,
        "restored-server",
        "a signature of before a backup was restored is refused afterwards, accepted then or not",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            t.needs_time(user.server())?;
            t.needs_time(user.client())?;
            let (first, by_first) = user.signs_request(t, &Show::default())?;
            let (second, by_second) = user.signs_request(t, &Show::titled("Other"))?;
            t.accepts(VER_7, &user.verify(&first, &by_first))?;
            let eve: Player<Copy> = Player::copies(t, "the bank's backup, and has the bank restore it", &[]);
            let op = ServerRestored { highest_sequence: Number::from(1), now: user.scene().now };
            t.agrees("OPR-3", &Ask { party: user.server().clone(), op })?;
            user.moves_clock(360)?;
            eve.is_refused(t, VER_7, &user.verify(&first, &by_first))?;
            eve.is_refused(t, VER_7, &user.verify(&second, &by_second))?;
            let (third, by_third) = user.signs_request(t, &Show::default())?;
            t.accepts(VER_7, &user.verify(&third, &by_third))
        },
    );
    area.against(Goal::Old).refuses(
        BLB_12,
        "old-blob",
        "a BLOB of before a one-time password was accepted is stale, so the password is not accepted again",
        |t| {
            let mut user = user(t, Setup::otp(), Stage::Confirmed)?;
            let at = (user.scene().sequence, otp::EVENT);
            let of = |user: &Instance, blob: &str| Ask {
                party: user.server().clone(),
                op: load(user.scene().now, STORAGE, at.0, at.1, blob),
            };
            let (old, _) = sealed(t, user.scene(), STORAGE, at.0, at.1)?;
            let bytes = blob::from_text(&old).map_err(|refusal| Stop::Harness(refusal.to_string()))?;
            let eve = Player::copies(t, "a BLOB out of a backup", &bytes);
            let response = user.scene_mut().respond(t, at.1, &NONE, 0)?;
            let used = Ask {
                party: user.server().clone(),
                op: user.scene().verify_response(at.1, &NONE, &response),
            };
            t.accepts("VER-13", &used)?;
            eve.thinks(t, "has seen the password, and puts the BLOB back");
            eve.is_refused(t, BLB_12, &of(&user, &blob::to_text(&eve.puts_back())))?;
            eve.is_refused(t, VER_12, &used)?;
            let (new, _) = sealed(t, user.scene(), STORAGE, at.0, at.1)?;
            t.accepts(BLB_12, &of(&user, &new))
        },
    );
    area.against(Goal::Old).refuses(
        BLB_5,
        "blob-of-before-reimport",
        "after a license was imported again, the BLOB of its payload key of before does not open",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let of = |user: &Instance, blob: &str| Ask {
                party: user.server().clone(),
                op: load(user.scene().now, STORAGE, 0, 1, blob),
            };
            let (old, _) = sealed(t, user.scene(), STORAGE, 0, 1)?;
            let bytes = blob::from_text(&old).map_err(|refusal| Stop::Harness(refusal.to_string()))?;
            let eve =
                Player::copies(t, "the BLOB of the payload key, which it knows from a lost phone", &bytes);
            let sheet = sheet_of(t, user.scene(), &user.scene().setup.message_vector());
            let op = question(t, &sheet, sheet.file());
            let RandomLicense { payload_key, epoch } = op.random.clone().unwrap_or_default();
            t.agrees("IMP-3", &Ask { party: user.server().clone(), op })?;
            let scene = user.scene_mut();
            scene.payload_key = need(payload_key, "a payload key")?.0;
            scene.epoch = need(epoch, "an epoch")?.0;
            eve.is_refused(t, BLB_5, &of(&user, &blob::to_text(&eve.puts_back())))?;
            let (new, _) = sealed(t, user.scene(), STORAGE, 0, 1)?;
            t.accepts(BLB_5, &of(&user, &new))
        },
    );
    area.cases()
}
