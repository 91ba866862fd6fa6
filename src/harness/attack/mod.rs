//! Attackers as players. Each stands between a client and a server, any two, and has what such an attacker has: its type
//! says what it knows, and its verbs use nothing else. To write an attack of your own, pick the type that knows as much,
//! or add one, and play it as the cases below `src/cases/attacks` do:
//!
//! | a [`Player`] of | knows | and so can |
//! |---|---|---|
//! | [`Am1`](activation::Am1) | the static vector, an AM1 that it read | unwrap the license key, bend AM1, mend a device code, forge an AM2 |
//! | [`PayloadKey`](traffic::PayloadKey) | the payload key of the license | read, forge and bend requests and deactivations |
//! | [`Frame`](traffic::Frame) | a frame that passed by | replay, hold back and bend it |
//! | [`Phone`](phone::Phone) | the phone, but not its PIN | press every button |
//! | [`Link`](phone::Link) | the URLs of the phone's apps | call the app, with callbacks of its choice |
//! | [`Name`](site::Name) | a user's name | ask the website for logins, and present signatures for them |
//! | [`Copy`](stored::Copy) | stored bytes, new or old, without their key | put them back, bent or not |
//!
//! ```
//! use channel::rule::VER_8;
//! use counterproof_harness::area::Area;
//! use counterproof_harness::attack::{Player, user};
//! use counterproof_harness::cell::{Attacker, Goal};
//! use counterproof_harness::scene::{Show, Stage};
//! use counterproof_harness::setup::Setup;
//!
//! let mut network = Area::of(Attacker::Network);
//! let sentence = "a signature that somebody on the way sends once more is refused";
//! network.against(Goal::Once).refuses(VER_8, "signature-again", sentence, |t| {
//!     let mut user = user(t, Setup::default(), Stage::Confirmed)?;
//!     let (message, signature) = user.signs_request(t, &Show::default())?;
//!     let eve = Player::sees(t, "a request and its signature", &message);
//!     t.accepts(VER_8, &user.verify(&message, &signature))?;
//!     eve.is_refused(t, VER_8, &user.verify(&message, &signature))
//! });
//! assert_eq!(network.cases()[0].id, "attack-network-signature-again");
//! ```
//!
//! What is said and worked out is told by the case's trace, in `report.json` and where a case fails. Names of the players
//! stand there as they are here.

pub mod activation;
mod asks;
pub mod phone;
pub mod site;
pub mod stored;
pub mod traffic;

use channel::rule::Rule;
use peer::protocol::Operation;

use crate::instance::{Instance, at};
use crate::play::{Aim, Ask, Play};
use crate::scene::Stage;
use crate::setup::Setup;
use crate::trial::{Stop, Trial};

/// Who holds licenses, issues messages and verifies.
pub const BANK: &str = "bank's server";
/// The client whose user is attacked.
pub const PHONE: &str = "user's phone";
/// Another client of the same license.
pub const SIBLING: &str = "sibling's phone";
/// Whoever attacks.
pub const ATTACKER: &str = "attacker";

/// An attacker who knows `Knowledge`, and nothing else but what is public.
#[derive(Clone, Debug)]
pub struct Player<Knowledge> {
    knows: Knowledge,
}

impl<Knowledge> Player<Knowledge> {
    /// An attacker who knows this.
    pub fn knowing(knows: Knowledge) -> Self {
        Self { knows }
    }

    /// What it knows.
    pub fn knows(&self) -> &Knowledge {
        &self.knows
    }

    /// It works something out, which the trace tells.
    pub fn thinks(&self, t: &mut Trial<'_>, words: impl Into<String>) {
        t.trace.thinks(ATTACKER, words);
    }

    /// It asks, and must be refused by this rule; the state is left as the rule says.
    pub fn is_refused<Op: Operation>(
        &self,
        t: &mut Play<'_, '_>,
        rule: Rule,
        ask: &Ask<Op>,
    ) -> Result<(), Stop> {
        self.says(t, |t| t.refuses(rule, ask))
    }

    /// It asks for what it may ask for, and gets it.
    pub fn gets<Op: Operation>(
        &self,
        t: &mut Play<'_, '_>,
        aim: impl Into<Aim>,
        ask: &Ask<Op>,
    ) -> Result<Op::Output, Stop> {
        self.says(t, |t| t.answers(aim, ask))
    }

    /// It does something many times. The story tells of the first alone, unless a later one goes wrong.
    pub fn repeats(
        &self,
        t: &mut Play<'_, '_>,
        times: u32,
        mut play: impl FnMut(&mut Play<'_, '_>, u32) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        play(t, 0)?;
        let place = t.trace.place();
        (1..times).try_for_each(|number| play(t, number))?;
        t.trace.sums_up(place, ATTACKER, format!("does the same {} times more", times.saturating_sub(1)));
        Ok(())
    }

    /// Whatever is asked in here, the attacker asks.
    pub fn says<T>(
        &self,
        t: &mut Play<'_, '_>,
        play: impl FnOnce(&mut Play<'_, '_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let before = t.trace.gives_word_to(Some(ATTACKER));
        let result = play(t);
        t.trace.gives_word_to(before);
        result
    }
}

/// The user of a case with an attacker: an instance whose server and phone are players.
pub fn user(t: &mut Play<'_, '_>, setup: Setup, stage: Stage) -> Result<Instance, Stop> {
    let mut user = at(t, setup, Stage::Created)?;
    t.casts(&user.scene().server.clone(), BANK);
    t.casts(&user.scene().client.clone(), PHONE);
    user.scene_mut().play(t, stage)?;
    Ok(user)
}

/// Another instance of the user's license, on somebody's phone.
pub fn sibling(t: &mut Play<'_, '_>, user: &Instance, stage: Stage) -> Result<Instance, Stop> {
    let mut sibling = user.sibling(t, Stage::Created)?;
    t.casts(&sibling.scene().client.clone(), SIBLING);
    sibling.scene_mut().play(t, stage)?;
    Ok(sibling)
}
