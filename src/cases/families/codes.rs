//! The texts that people type, each right and about to be typed, and what becomes of a bent one.

use std::ops::RangeInclusive;

use super::Role;
use super::site::Question;
use super::steps::{unlock, unlock_response};
use channel::check_digit::{Radix, check_digit};
use channel::rule::{DVC_4, DVC_5, DVC_11, OTP_3, Rule, UNL_5, UNL_7, VER_10, VER_11, VER_12};
use channel::wire;
use channel::wire::request::Request;
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, app, otp};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Content, Data, Number};

/// What is typed, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    DeviceCode,
    Confirmation,
    /// Over a request for this application.
    Signature(u8),
    /// Without a message, of this application.
    Response(u8),
    /// The response that unlocks a client.
    Unlock,
    /// What a locked client shows, at the server.
    UnlockChallenge,
    /// A challenge to be answered, to be verified against, to be sent, as received.
    AnsweredChallenge,
    VerifiedChallenge,
    SentChallenge,
    ReceivedChallenge,
}

/// A kind of text: digits, so many, the last perhaps a check digit.
#[derive(Clone, Debug)]
pub(super) struct Code {
    /// The part of the ids that names it.
    pub name: &'static str,
    pub typed: Typed,
    pub radix: Radix,
    lengths: RangeInclusive<usize>,
    pub check_digit: bool,
}

const fn decimal(name: &'static str, typed: Typed, length: usize, check_digit: bool) -> Code {
    Code { name, typed, radix: Radix::Decimal, lengths: length..=length, check_digit }
}

const fn hexadecimal(name: &'static str, typed: Typed, length: usize, check_digit: bool) -> Code {
    Code { name, typed, radix: Radix::Hexadecimal, lengths: length..=length, check_digit }
}

const fn challenge(name: &'static str, typed: Typed) -> Code {
    Code { name, typed, radix: Radix::Decimal, lengths: 1..=16, check_digit: false }
}

/// Every text of the channel.
pub(super) const CODES: [Code; 15] = [
    decimal("device-code", Typed::DeviceCode, 26, true),
    decimal("confirmation", Typed::Confirmation, 8, false),
    decimal("signature-decimal", Typed::Signature(app::TIME), 8, false),
    hexadecimal("signature-hexadecimal", Typed::Signature(app::BOTH), 10, true),
    decimal("signature-check-digit", Typed::Signature(app::LONG), 16, true),
    decimal("response-time", Typed::Response(otp::TIME), 6, false),
    decimal("response-check-digit", Typed::Response(otp::EVENT), 8, true),
    hexadecimal("response-hexadecimal", Typed::Response(otp::BOTH), 10, false),
    hexadecimal("response-field", Typed::Response(otp::FIELD_EVENT), 10, true),
    decimal("unlock-response", Typed::Unlock, 8, true),
    decimal("unlock-challenge", Typed::UnlockChallenge, 8, false),
    challenge("answered-challenge", Typed::AnsweredChallenge),
    challenge("verified-challenge", Typed::VerifiedChallenge),
    challenge("sent-challenge", Typed::SentChallenge),
    challenge("received-challenge", Typed::ReceivedChallenge),
];

impl Code {
    /// Whom a case about it judges.
    pub(super) fn role(&self) -> Role {
        match self.typed {
            Typed::Unlock | Typed::AnsweredChallenge | Typed::ReceivedChallenge => Role::Client,
            _ => Role::Server,
        }
    }

    /// What refuses its form.
    pub(super) fn form_rule(&self) -> Rule {
        match self.typed {
            Typed::DeviceCode => DVC_4,
            Typed::UnlockChallenge => UNL_5,
            Typed::AnsweredChallenge
            | Typed::VerifiedChallenge
            | Typed::SentChallenge
            | Typed::ReceivedChallenge => OTP_3,
            _ => VER_10,
        }
    }

    /// What refuses a wrong check digit.
    pub(super) fn check_rule(&self) -> Rule {
        if self.typed == Typed::DeviceCode { DVC_5 } else { VER_11 }
    }

    /// What refuses another number of the right form, where that is possible.
    pub(super) fn wrong_rule(&self) -> Option<Rule> {
        match self.typed {
            Typed::DeviceCode => Some(DVC_11),
            Typed::Unlock => Some(UNL_7),
            Typed::Confirmation | Typed::Signature(_) | Typed::Response(_) => Some(VER_12),
            _ => None,
        }
    }

    /// What refuses this text for its form or its check digit.
    fn rule_of(&self, text: &str) -> Option<Rule> {
        let digits = text.chars().all(|c| c.is_digit(self.radix.base()));
        if !digits || !self.lengths.contains(&text.len()) {
            return Some(self.form_rule());
        }
        let body = text.get(..text.len() - 1).unwrap_or_default();
        let given = text.chars().last().map(|c| c.to_ascii_uppercase());
        let wrong = self.check_digit && given != Some(check_digit(body, self.radix));
        wrong.then_some(self.check_rule())
    }

    /// Where it is about to be typed.
    pub(super) fn enter(&self, t: &mut Trial<'_>) -> Result<Desk, Stop> {
        let under = if self.role() == Role::Client { Under::Client } else { Under::Server };
        let (setup, stage) = match self.typed {
            Typed::DeviceCode => (Setup { device_type: 0, ..Setup::default() }, Stage::PreActivated),
            Typed::Confirmation => (Setup::default(), Stage::Active),
            Typed::Signature(_) => (Setup::default(), Stage::Confirmed),
            _ => (Setup { first_use_s: 0, ..Setup::otp() }, Stage::Confirmed),
        };
        let scene = Scene::new(t, under, setup, stage)?;
        let party = if under == Under::Client { scene.client.clone() } else { scene.server.clone() };
        let mut desk =
            Desk { code: self.clone(), scene, party, good: CHALLENGE.into(), extra: String::new() };
        desk.prepare(t)?;
        Ok(desk)
    }
}

/// The right challenge, where that is what is typed.
const CHALLENGE: &str = "03141592";

/// A text about to be typed.
pub(super) struct Desk {
    pub code: Code,
    pub scene: Scene,
    pub party: Party,
    /// The right text.
    pub good: String,
    /// The message that is signed; the response that is verified; the request that is bent.
    extra: String,
}

impl Desk {
    fn prepare(&mut self, t: &mut Trial<'_>) -> Result<(), Stop> {
        let scene = &mut self.scene;
        match self.code.typed {
            Typed::DeviceCode => self.good = scene.device_code.clone(),
            Typed::Confirmation => {
                (self.extra, self.good) = (scene.am2.clone(), scene.confirmation.clone());
            }
            Typed::Signature(application) => {
                self.extra = scene.request(t, &Show { application, ..Show::default() })?;
                scene.open(t, &self.extra)?;
                self.good = scene.sign(t)?;
            }
            Typed::Response(application) => {
                self.good = scene.respond(t, application, &data_of(application), 0)?;
            }
            Typed::Unlock => {
                scene.lock(t)?;
                self.good = unlock_response(t, scene)?;
            }
            Typed::VerifiedChallenge => {
                self.extra = scene.respond(t, otp::CHALLENGE, &challenge_data(CHALLENGE), 0)?;
            }
            Typed::ReceivedChallenge => self.extra = scene.request(t, &show(CHALLENGE))?,
            _ => (),
        }
        Ok(())
    }

    /// The question with this text in its place.
    pub(super) fn question(&self, text: &str) -> Result<Box<dyn Question>, Stop> {
        let scene = &self.scene;
        Ok(match self.code.typed {
            Typed::DeviceCode => Box::new(scene.code_question(text, false)),
            Typed::Confirmation | Typed::Signature(_) => Box::new(scene.verify(&self.extra, text)),
            Typed::Response(application) => {
                Box::new(scene.verify_response(application, &data_of(application), text))
            }
            Typed::Unlock => Box::new(unlock(scene, text)),
            Typed::UnlockChallenge => Box::new(ServerGenerateUnlockResponse {
                sequence: Number::from(scene.sequence),
                challenge: text.into(),
            }),
            Typed::AnsweredChallenge => {
                Box::new(scene.response_question(otp::CHALLENGE, challenge_data(text)))
            }
            Typed::VerifiedChallenge => {
                Box::new(scene.verify_response(otp::CHALLENGE, &challenge_data(text), &self.extra))
            }
            Typed::SentChallenge => Box::new(show(text).question(scene.now)),
            Typed::ReceivedChallenge => Box::new(open(&self.received(text)?.0)),
        })
    }

    /// The request with this challenge, sealed; and its body.
    fn received(&self, text: &str) -> Result<(String, Vec<u8>), Stop> {
        let channel = self.scene.payload_channel();
        let plain = Plain::of(&self.extra, Some(&channel))?;
        let control = plain.body.get(..2).unwrap_or_default();
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        let body = [control, &[0, length], text.as_bytes()].concat();
        Ok((plain.with_body(body.clone()).message(Some(&channel)), body))
    }

    /// What refuses this text for its form or its check digit, if anything.
    pub(super) fn rule_of(&self, text: &str) -> Result<Option<Rule>, Stop> {
        if self.code.typed == Typed::ReceivedChallenge {
            return Ok(Request::decode(&self.received(text)?.1, wire::frame::Carrier::Direct)
                .err()
                .map(|refusal| refusal.rule));
        }
        Ok(self.code.rule_of(text))
    }

    /// Each of these that is malformed is refused; the state stays; then the right one is accepted.
    pub(super) fn refuse_all(&self, t: &mut Trial<'_>, aim: Rule, texts: Vec<String>) -> Result<(), Stop> {
        let before = t.state(aim.id, &self.party)?;
        for text in texts {
            if let Some(rule) = self.rule_of(&text)? {
                self.question(&text)?.refuse(t, rule, &self.party)?;
            }
        }
        t.state_is(aim.id, &self.party, before)?;
        self.question(&self.good)?.accept(t, aim.id, &self.party)
    }
}

fn data_of(application: u8) -> Data {
    match application {
        otp::FIELD_EVENT => Data::Fields { fields: vec!["12.50 EUR".into()] },
        _ => Data::ResponseOnly {},
    }
}

fn challenge_data(challenge: &str) -> Data {
    Data::Challenge { challenge: challenge.into() }
}

fn show(challenge: &str) -> Show {
    let content = Content::Challenge { title: "Code".into(), challenge: challenge.into() };
    Show { application: otp::MULTI, content, ..Show::default() }
}
