//! What a response without a message is over, as a person types it. SPEC section 14, OTP-1 to OTP-4, ALG-8.

use crate::crypto::answer::Algorithm;
use crate::crypto::response::Form;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{ALG_8, OTP_2, OTP_3, OTP_4, UNL_5};
use crate::wire::static_vector::{ApplicationRules, Mode, StaticVector};

/// The longest challenge in digits.
const MAX_CHALLENGE: usize = 16;
/// Digits of the challenge that a locked client shows.
const UNLOCK_CHALLENGE: usize = 8;

/// The data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// None: a one-time password.
    ResponseOnly,
    /// 1 to 16 decimal digits.
    Challenge(String),
    /// As many as the application has data fields.
    Fields(Vec<String>),
}

/// Refuses a challenge that is not 1 to 16 decimal digits (OTP-3).
pub fn ensure_challenge(challenge: &str) -> Result<(), Refusal> {
    for (position, c) in challenge.chars().enumerate() {
        ensure(c.is_ascii_digit(), OTP_3, Found::Character(c, position))?;
    }
    ensure((1..=MAX_CHALLENGE).contains(&challenge.len()), OTP_3, Found::Count(challenge.len(), "character"))
}

/// UNL-1: 8 decimal digits from 8 random bytes.
pub fn unlock_challenge(random: [u8; 8]) -> String {
    format!("{:08}", u64::from_be_bytes(random) % 100_000_000)
}

/// Refuses an unlock challenge that is not 8 decimal digits (UNL-5).
pub fn ensure_unlock_challenge(challenge: &str) -> Result<(), Refusal> {
    for (position, c) in challenge.chars().enumerate() {
        ensure(c.is_ascii_digit(), UNL_5, Found::Character(c, position))?;
    }
    ensure(challenge.len() == UNLOCK_CHALLENGE, UNL_5, Found::Count(challenge.len(), "character"))
}

impl Data {
    /// The mode that makes it, and that enters the input (OTP-1).
    fn mode(&self) -> Mode {
        match self {
            Data::ResponseOnly => Mode::ResponseOnly,
            Data::Challenge(_) => Mode::ChallengeResponse,
            Data::Fields(_) => Mode::Signature,
        }
    }

    /// The application that answers it: OTP-2.
    pub fn application<'a>(
        &self,
        vector: &'a StaticVector,
        index: u8,
    ) -> Result<&'a ApplicationRules, Refusal> {
        let found = Found::Number(u64::from(index));
        let Some(rules) = vector.application(index) else {
            return refuse(OTP_2, found);
        };
        let answers = rules.mode == self.mode() || rules.mode == Mode::MultiMode;
        ensure(rules.enabled && answers, OTP_2, found)?;
        Ok(rules)
    }

    /// Refuses a challenge or fields that the application doesn't take (OTP-3, OTP-4, ALG-8).
    pub fn ensure_fits(&self, rules: &ApplicationRules) -> Result<(), Refusal> {
        self.ensure_form(rules)?;
        self.ensure_question(rules)
    }

    /// Refuses what an OCRA suite can't have as its question (ALG-8).
    fn ensure_question(&self, rules: &ApplicationRules) -> Result<(), Refusal> {
        let Algorithm::Ocra(suite) = &rules.algorithm else { return Ok(()) };
        match self {
            Data::Challenge(challenge) => {
                let fits = challenge.len() <= usize::from(suite.length);
                ensure(fits, ALG_8, Found::Count(challenge.len(), "character"))
            }
            Data::Fields(fields) if !suite.takes_hash() => {
                let mut characters = fields.iter().flat_map(|field| field.chars()).enumerate();
                characters.try_for_each(|(position, c)| {
                    ensure(suite.format.has(c), ALG_8, Found::Character(c, position))
                })
            }
            Data::Fields(_) | Data::ResponseOnly => Ok(()),
        }
    }

    /// Refuses a challenge or fields of a wrong form: number, lengths, characters (OTP-3, OTP-4).
    fn ensure_form(&self, rules: &ApplicationRules) -> Result<(), Refusal> {
        match self {
            Data::ResponseOnly => Ok(()),
            Data::Challenge(challenge) => ensure_challenge(challenge),
            Data::Fields(fields) => {
                let as_many = !fields.is_empty() && fields.len() == rules.data_fields.len();
                ensure(as_many, OTP_4, Found::Count(fields.len(), "field"))?;
                fields.iter().zip(&rules.data_fields).try_for_each(|(field, limits)| fits(field, *limits))
            }
        }
    }

    /// How the application forms this response: its own form, with the mode of the kind (OTP-1).
    pub fn form(&self, rules: &ApplicationRules) -> Form {
        Form { mode: fault::bent("mode-of-vector", self.mode().number(), rules.form.mode), ..rules.form }
    }

    /// The fields of the input (OTP-1).
    pub fn fields(&self) -> Vec<&[u8]> {
        match self {
            Data::ResponseOnly => Vec::new(),
            Data::Challenge(challenge) => vec![challenge.as_bytes()],
            Data::Fields(fields) => fields.iter().map(String::as_bytes).collect(),
        }
    }
}

/// OTP-4 for one field.
fn fits(field: &str, (minimum, maximum): (u8, u8)) -> Result<(), Refusal> {
    for (position, c) in field.chars().enumerate() {
        ensure((' '..='~').contains(&c), OTP_4, Found::Character(c, position))?;
    }
    let allowed = usize::from(minimum)..=usize::from(maximum);
    ensure(allowed.contains(&field.len()), OTP_4, Found::Count(field.len(), "character"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otp_3_challenges() {
        for good in ["0", "0123456789", "0000000000000000"] {
            assert_eq!(ensure_challenge(good), Ok(()), "{good}");
        }
        for bad in ["", "00000000000000000", "12A4", "12 4", "１２", "-1"] {
            assert_eq!(ensure_challenge(bad).unwrap_err().rule, OTP_3, "{bad}");
        }
    }

    #[test]
    fn otp_4_one_field() {
        for (field, limits, good) in [
            ("", (0, 1), true),
            ("", (1, 1), false),
            ("ab", (1, 2), true),
            ("abc", (1, 2), false),
            (" ~", (0, 64), true),
            ("\u{7f}", (0, 64), false),
            ("é", (0, 64), false),
            ("\t", (0, 64), false),
        ] {
            assert_eq!(fits(field, limits).is_ok(), good, "{field:?}");
        }
    }
}
