//! Whether settings leave a response to be guessed: tries, windows and look-ahead against the length of a response.
//! SPEC section 15, VER-21 to VER-23, and STV-7. Asked when a license is made, never of one that is kept (VER-24).

use super::window::first_reach;
use crate::check_digit::Radix;
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::{STV_7, VER_21, VER_22};
use crate::wire::message_vector::Windows;
use crate::wire::static_vector::{ApplicationRules, Mode, StaticVector};

/// VER-21: one run of tries may be right once in so many.
const USUAL: u128 = 100;
/// VER-22: the same at the first use of an application.
const FIRST: u128 = 20;
/// VER-23: a warning is due where a run is right more often than once in ten times as many.
const WARNING: u128 = 10;

/// What decides how well responses can be guessed.
#[derive(Clone, Copy, Debug)]
pub struct Floor<'a> {
    /// The applications.
    pub vector: &'a StaticVector,
    /// `signature_tries`.
    pub tries: u8,
    /// How far is searched.
    pub windows: &'a Windows,
    /// Of the license; a single-device license has none.
    pub secure_channel: bool,
}

/// How many responses are right at one moment.
struct Candidates {
    usual: u128,
    first: u128,
}

impl Floor<'_> {
    /// Refuses settings without an application for requests, and settings by which a response can be guessed (STV-7,
    /// VER-21, VER-22).
    pub fn ensure(&self) -> Result<(), Refusal> {
        let signs = |rules: &ApplicationRules| rules.signs_requests(false) || rules.signs_requests(true);
        let has_one = !self.secure_channel || self.vector.applications.iter().any(signs);
        ensure(has_one, STV_7, Found::Nothing)?;
        let holds = |parts: u128, which: fn(Candidates) -> u128| {
            self.judged().find(|rules| !self.is_rare(rules, which(self.candidates(rules)), parts))
        };
        let weak = holds(USUAL, |candidates| candidates.usual);
        ensure(weak.is_none(), VER_21, found(weak))?;
        let weak = holds(FIRST, |candidates| candidates.first);
        ensure(weak.is_none(), VER_22, found(weak))
    }

    /// VER-23: the indices of applications to warn of.
    pub fn warnings(&self) -> Vec<u8> {
        let is_strong = |rules: &&ApplicationRules| {
            let Candidates { usual, first } = self.candidates(rules);
            self.is_rare(rules, usual, USUAL * WARNING) && self.is_rare(rules, first, FIRST * WARNING)
        };
        self.judged().filter(|rules| !is_strong(rules)).map(|rules| rules.form.index).collect()
    }

    fn judged(&self) -> impl Iterator<Item = &ApplicationRules> {
        let is_judged = |rules: &&ApplicationRules| {
            (rules.enabled || fault::bent("floor-of-disabled", false, true)) && rules.mode != Mode::Unlock
        };
        self.vector.applications.iter().filter(is_judged)
    }

    /// Whether `tries · candidates` is at most `b^n div parts`.
    fn is_rare(&self, rules: &ApplicationRules, candidates: u128, parts: u128) -> bool {
        let form = rules.form;
        let base: u128 = match form.radix {
            Radix::Decimal => 10,
            Radix::Hexadecimal => fault::bent("floor-all-decimal", 16, 10),
        };
        let digit = fault::bent("floor-with-check-digit", form.check_digit, false);
        let digits = u32::from(form.length).saturating_sub(digit.into());
        let tries = fault::bent("floor-without-tries", self.tries, 1);
        u128::from(tries) * candidates <= base.saturating_pow(digits) / parts
    }

    /// VER-13 with the reach of VER-15, and with that of VER-16.
    fn candidates(&self, rules: &ApplicationRules) -> Candidates {
        let Windows { identification, signature, look_ahead, .. } = *self.windows;
        let over_message = self.secure_channel && rules.secure_channel;
        let reach = match rules.mode {
            Mode::ResponseOnly => identification,
            Mode::ChallengeResponse if over_message => identification.max(signature),
            Mode::ChallengeResponse => identification,
            Mode::Signature => signature,
            Mode::MultiMode => identification.max(signature),
            Mode::Unlock => 0,
        } / 2;
        let events = match rules.factor.has_event() {
            true => fault::bent("floor-without-events", u128::from(look_ahead) + 1, 1),
            false => 1,
        };
        let steps = |reach: u16| (2 * u128::from(reach) + 1) * events;
        match rules.factor.step_s() {
            None => Candidates { usual: events, first: events },
            Some(step_s) => {
                Candidates { usual: steps(reach), first: steps(first_reach(reach, step_s, self.windows)) }
            }
        }
    }
}

fn found(weak: Option<&ApplicationRules>) -> Found {
    weak.map_or(Found::Nothing, |rules| Found::Number(rules.form.index.into()))
}
