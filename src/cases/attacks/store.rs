//! Who reads and changes what is stored, without the key under which it lies.

use channel::license::blob;
use channel::rule::{BLB_5, CST_6};
use harness::area::Area;
use harness::attack::{Player, sibling, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::forge::state::Saved;
use harness::play::Ask;
use harness::scene::Stage;
use harness::setup::{Setup, app, otp};
use harness::trial::Stop;
use peer::protocol::Array;

use crate::at_rest::{load, save};
use crate::server_blob::{load as load_blob, sealed};

/// The keys of the platforms of user and attacker.
const PLATFORM: [u8; 16] = [0xA1; 16];
const ANOTHER: [u8; 16] = [0xB2; 16];
const STORAGE: [u8; 16] = [0xC3; 16];

pub(super) fn cases() -> Vec<Case> {
    let mut area = Area::of(Attacker::Store);
    area.against(Goal::Guess).refuses(
        CST_6,
        "wrong-pins-forgotten",
        "a stored state in which the wrong PINs were set back to none is refused, and so is one with any other change",
        |t| {
            let user = user(t, Setup::otp(), Stage::Confirmed)?;
            let thief = Player::holding(t, &user);
            thief.is_refused(t, channel::rule::CLI_15, &thief.guesses_pin(otp::TIME))?;
            let (party, op) = (user.scene().client.clone(), save(t, PLATFORM));
            let state = t.answers("CST-1", &Ask { party, op })?.state.0;
            let saved = Saved::of(PLATFORM, &state);
            let eve = Player::copies(t, "the state of the user's app", &state);
            let party = t.peer_client();
            t.casts(&party, harness::attack::PHONE);
            for (what, field) in [("the count of wrong PINs", "0/pin-failures"), ("a sealed key", "0/key-1")] {
                let bent = eve.flips(t, what, saved.at(field).start, 1)?;
                let op = load(&user.scene().setup, PLATFORM, bent);
                eve.is_refused(t, CST_6, &Ask { party: party.clone(), op })?;
            }
            let op = load(&user.scene().setup, PLATFORM, eve.puts_back());
            t.accepts(CST_6, &Ask { party, op })
        },
    );
    area.against(Goal::Signed).refuses(
        CST_6,
        "state-on-another-phone",
        "a state that was copied to another phone is worth nothing without the platform's key",
        |t| {
            let user = user(t, Setup::otp(), Stage::Confirmed)?;
            let (party, op) = (user.scene().client.clone(), save(t, PLATFORM));
            let state = t.answers("CST-1", &Ask { party, op })?.state.0;
            let eve = Player::copies(t, "the state of the user's app to a phone of its own", &state);
            let party = t.peer_client();
            t.casts(&party, "attacker's phone");
            let good = Ask { party, op: load(&user.scene().setup, PLATFORM, eve.puts_back()) };
            eve.is_refused(t, CST_6, &good.but(|ask| ask.platform_key = Array(ANOTHER)))?;
            t.accepts(CST_6, &good)
        },
    );
    area.against(Goal::Intended).refuses(
        BLB_5,
        "blob-of-a-sibling",
        "a BLOB of one instance is refused in the place of another's, and so is a changed one",
        |t| {
            let user = user(t, Setup::default(), Stage::Confirmed)?;
            let other = sibling(t, &user, Stage::Confirmed)?;
            let (party, now) = (user.server().clone(), user.scene().now);
            let of = |sequence, blob: &str| Ask {
                party: party.clone(),
                op: load_blob(now, STORAGE, sequence, app::TIME, blob),
            };
            let [first, second] = [user.scene(), other.scene()].map(|scene| scene.sequence);
            let (mine, _) = sealed(t, user.scene(), STORAGE, first, app::TIME)?;
            let (theirs, _) = sealed(t, other.scene(), STORAGE, second, app::TIME)?;
            let bytes = blob::from_text(&theirs).map_err(|refusal| Stop::Harness(refusal.to_string()))?;
            let eve = Player::copies(t, "the BLOB of a sibling into the place of the user's", &bytes);
            eve.is_refused(t, BLB_5, &of(first, &theirs))?;
            let bent = eve.flips(t, "its last", bytes.len().saturating_sub(1), 1)?;
            eve.is_refused(t, BLB_5, &of(second, &blob::to_text(&bent)))?;
            t.accepts(BLB_5, &of(first, &mine))
        },
    );
    area.cases()
}
