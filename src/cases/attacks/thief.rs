//! Who has the phone: it can press every button, and does not know the PIN.

use channel::rule::{CLI_5, CLI_14, CLI_15, UNL_7, VER_4};
use harness::area::Area;
use harness::attack::phone::Phone;
use harness::attack::{Player, user};
use harness::case::Case;
use harness::cell::{Attacker, Goal};
use harness::instance::Instance;
use harness::play::{Ask, Play};
use harness::scene::{Show, Stage};
use harness::setup::{PIN_TRIES, Setup, otp};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Data, Number, Pin};

const NONE: Data = Data::ResponseOnly {};

/// The thief guesses until the phone is locked.
fn locks(t: &mut Play<'_, '_>, thief: &Player<Phone>) -> Result<(), Stop> {
    (0..PIN_TRIES).try_for_each(|_| thief.is_refused(t, CLI_15, &thief.guesses_pin(otp::TIME)))
}

/// The bank's answer to the challenge that the phone shows.
fn unlocking(t: &mut Play<'_, '_>, user: &Instance, challenge: &str) -> Result<String, Stop> {
    let (party, sequence) = (user.server().clone(), Number::from(user.scene().sequence));
    let op = ServerGenerateUnlockResponse { sequence, challenge: challenge.into() };
    Ok(t.answers("UNL-4", &Ask { party, op })?.response)
}

pub(super) fn cases() -> Vec<Case> {
    let mut area = Area::of(Attacker::Thief);
    area.against(Goal::Guess).refuses(
        CLI_5,
        "pins",
        "a thief who guesses PINs locks the phone, which then answers nobody until the bank unlocks it",
        |t| {
            let user = user(t, Setup::otp(), Stage::Confirmed)?;
            let thief = Player::holding(t, &user);
            locks(t, &thief)?;
            let right = thief.guesses_pin(otp::TIME).but(|ask| ask.pin = Pin::Right);
            thief.thinks(t, "has found the PIN out, too late");
            thief.is_refused(t, CLI_5, &right)?;
            let drawn = t.random();
            let challenge = t.answers("UNL-1", &thief.draws_challenge(drawn))?.challenge;
            let response = unlocking(t, &user, &challenge)?;
            t.agrees("UNL-8", &thief.unlocks(&response))?;
            t.accepts(CLI_5, &right)
        },
    );
    area.against(Goal::Guess).refuses(
        UNL_7,
        "unlock-responses",
        "a guessed answer to the challenge that a locked phone shows is refused and counted",
        |t| {
            let user = user(t, Setup::otp(), Stage::Confirmed)?;
            let thief = Player::holding(t, &user);
            locks(t, &thief)?;
            let drawn = t.random();
            let challenge = thief.gets(t, "UNL-1", &thief.draws_challenge(drawn))?.challenge;
            let response = unlocking(t, &user, &challenge)?;
            for by in 1..PIN_TRIES {
                let guess = guess(&response, by)?;
                thief.is_refused(t, UNL_7, &thief.unlocks(&guess))?;
            }
            t.accepts(UNL_7, &thief.unlocks(&response))
        },
    );
    area.against(Goal::Guess).accepts(
        &["UNL-9"],
        "draws-again",
        "a locked phone shows one challenge however often it is asked, so nobody waits for one whose answer is known",
        |t| {
            let user = user(t, Setup::otp(), Stage::Confirmed)?;
            let thief = Player::holding(t, &user);
            locks(t, &thief)?;
            let drawn = t.random();
            let challenge = thief.gets(t, "UNL-1", &thief.draws_challenge(drawn))?.challenge;
            thief.repeats(t, 20, |t, _| {
                let drawn = t.random();
                let again = thief.gets(t, "UNL-9", &thief.draws_challenge(drawn))?.challenge;
                t.same("UNL-9", &again, Some(&challenge))
            })
        },
    );
    area.against(Goal::Signed).refuses(
        CLI_14,
        "still-unlocked",
        "a phone that is still unlocked signs nothing that requires the PIN",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let thief = Player::holding(t, &user);
            let message = user.request(t, &Show { require_pin: true, ..Show::default() })?;
            user.scene_mut().open(t, &message)?;
            let unlocked = thief.approves_unlocked(t);
            thief.is_refused(t, CLI_14, &unlocked)?;
            let guess = thief.approves_with_a_guess(t);
            thief.is_refused(t, CLI_15, &guess)?;
            let right = user.approves(t, Pin::Right);
            t.accepts(CLI_14, &right)
        },
    );
    area.against(Goal::Login).refuses(
        CLI_14,
        "login-still-unlocked",
        "a phone that is still unlocked approves no login: its details require the PIN",
        |t| {
            let user = user(t, Setup::default(), Stage::Confirmed)?;
            let thief = Player::holding(t, &user);
            let login = user.retrieves_login(t, "website")?;
            thief.gets(t, "CLI-11", &user.opens_pushed(&login.details))?;
            let unlocked = thief.approves_unlocked(t);
            thief.is_refused(t, CLI_14, &unlocked)?;
            let right = user.approves(t, Pin::Right);
            t.accepts(CLI_14, &right)
        },
    );
    area.against(Goal::Leave).refuses(
        VER_4,
        "ended-phone",
        "a phone that the bank has ended signs for nobody, though it never hears of its end",
        |t| {
            let mut user = user(t, Setup::default(), Stage::Confirmed)?;
            let (message, signature) = user.signs_request(t, &Show::default())?;
            t.accepts(VER_4, &user.verify(&message, &signature))?;
            let thief = Player::holding(t, &user);
            let (message, signature) = user.signs_request(t, &Show::default())?;
            t.answers("DEA-4", &user.is_ended())?;
            thief.thinks(t, "keeps the phone away from the network, and has seen the PIN");
            thief.is_refused(t, VER_4, &user.verify(&message, &signature))
        },
    );
    area.against(Goal::Old).refuses(
        UNL_7,
        "old-response",
        "the answer that unlocked a phone does not unlock it again",
        |t| {
            let user = user(t, Setup::otp(), Stage::Confirmed)?;
            let thief = Player::holding(t, &user);
            let mut kept: Option<String> = None;
            for _ in 0..2 {
                locks(t, &thief)?;
                let drawn = t.random();
                let challenge = t.answers("UNL-1", &thief.draws_challenge(drawn))?.challenge;
                if let Some(old) = &kept {
                    thief.thinks(t, "has seen the answer of last time");
                    thief.is_refused(t, UNL_7, &thief.unlocks(old))?;
                }
                let response = unlocking(t, &user, &challenge)?;
                t.accepts(UNL_7, &thief.unlocks(&response))?;
                kept = Some(response);
            }
            t.agrees(
                "UNL-8",
                &thief.guesses_pin(otp::TIME).but(|ask| (ask.pin, ask.data) = (Pin::Right, NONE)),
            )
        },
    );
    area.cases()
}

/// A wrong response with a right check digit: the seven digits before it are turned.
fn guess(response: &str, by: u8) -> Result<String, Stop> {
    use channel::check_digit::Radix;
    use harness::forge::digits::with_digit;
    let turned = harness::instance::turn_digit(response, 0, u32::from(by))?;
    let digits = harness::play::need(turned.get(..turned.len().saturating_sub(1)), "digits of a response")?;
    Ok(with_digit(digits, Radix::Decimal))
}
