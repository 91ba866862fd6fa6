//! What a response without a message is over, and responses as a person types them: OTP-1 to OTP-4, UNL-5,
//! VER-10, VER-11.

use super::vector::{Application, Vector};
use super::{Verdict, check_digit, must};

/// The data, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Response-only.
    Nothing,
    /// A challenge.
    Challenge(String),
    /// Data fields.
    Fields(Vec<String>),
}

impl Data {
    /// OTP-1: the mode in the input.
    pub fn mode(&self) -> u8 {
        match self {
            Data::Nothing => 1,
            Data::Challenge(_) => 2,
            Data::Fields(_) => 3,
        }
    }

    /// OTP-1: the fields of the input.
    pub fn fields(&self) -> Vec<&[u8]> {
        match self {
            Data::Nothing => vec![],
            Data::Challenge(challenge) => vec![challenge.as_bytes()],
            Data::Fields(fields) => fields.iter().map(|field| field.as_bytes()).collect(),
        }
    }

    /// The application of an index, if it answers data of this kind (OTP-2).
    pub fn application<'a>(&self, vector: &'a Vector, index: u8) -> Verdict<&'a Application> {
        let application = vector.application(index).ok_or("OTP-2")?;
        let answers = application.mode() == 4 || application.mode() == self.mode();
        must(application.head[1] % 2 == 1 && answers, "OTP-2")?;
        Ok(application)
    }

    /// Refuses data that the application doesn't take (OTP-3, OTP-4, ALG-8).
    pub fn must_fit(&self, application: &Application) -> Verdict<()> {
        match self {
            Data::Nothing => Ok(()),
            Data::Challenge(challenge) => {
                must(is_challenge(challenge), "OTP-3")?;
                must(application.suite.as_ref().is_none_or(|suite| challenge.len() <= suite.length), "ALG-8")
            }
            Data::Fields(fields) => {
                must(!fields.is_empty() && fields.len() == application.fields.len(), "OTP-4")?;
                for (field, (minimum, maximum)) in fields.iter().zip(&application.fields) {
                    let length = field.chars().count();
                    must(usize::from(*minimum) <= length && length <= usize::from(*maximum), "OTP-4")?;
                    must(field.chars().all(|c| (0x20..=0x7E).contains(&u32::from(c))), "OTP-4")?;
                }
                match &application.suite {
                    Some(suite) if !suite.is_qh64() => {
                        must(fields[0].chars().all(|c| suite.characters().contains(c)), "ALG-8")
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

/// Whether a text is 1 to 16 decimal digits (OTP-3).
pub fn is_challenge(text: &str) -> bool {
    !text.is_empty() && text.len() <= 16 && text.chars().all(|c| "0123456789".contains(c))
}

/// Refuses what is not 8 decimal digits (UNL-5).
pub fn unlock_challenge(text: &str) -> Verdict<()> {
    must(text.len() == 8 && text.chars().all(|c| "0123456789".contains(c)), "UNL-5")
}

/// VER-10, VER-11: the response as it would have been written.
pub fn response(application: &Application, typed: &str) -> Verdict<String> {
    let (flags, length) = (application.head[1], usize::from(application.length));
    let (digits, base) = if flags & 4 == 0 { ("0123456789", 10) } else { ("0123456789ABCDEFabcdef", 16) };
    must(typed.chars().count() == length && typed.chars().all(|c| digits.contains(c)), "VER-10")?;
    let typed = typed.to_uppercase();
    let (rest, last) = typed.split_at(length - 1);
    must(flags & 8 == 0 || last == check_digit(rest, base).to_string(), "VER-11")?;
    Ok(typed)
}
