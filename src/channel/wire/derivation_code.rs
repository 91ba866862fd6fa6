//! The derivation code: client to server, typed by a person; it binds a license to a platform. SPEC section 30.
//!
//! ```text
//! 26 decimal digits: diversifier (56 bits) as 17 || MAC as 8 || check digit of these 25
//! ```

use crate::check_digit::{Radix, check_digit, strip_check_digit};
use crate::crypto::single::Diversifier;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{BND_3, BND_4, BND_5, BND_6, BND_8};
use crate::wire::data::ensure_challenge;
use crate::wire::static_vector::{ApplicationRules, Mode, StaticVector};

/// Characters of the text.
pub const LENGTH: usize = 26;
const BITS: u32 = 56;
const MAC_MODULUS: u128 = 100_000_000;

/// The code's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DerivationCode {
    /// Of the platform that asks.
    pub diversifier: Diversifier,
    /// Below 10^8.
    pub mac: u32,
}

/// The application that authenticates derivation codes: the enabled one of mode RO, CR or MM with the lowest index.
/// BND-3, BND-4.
pub fn deriving_application(vector: &StaticVector) -> Result<&ApplicationRules, Refusal> {
    ensure(vector.binding, BND_3, Found::Nothing)?;
    let derives = |rules: &&ApplicationRules| {
        rules.enabled && matches!(rules.mode, Mode::ResponseOnly | Mode::ChallengeResponse | Mode::MultiMode)
    };
    match vector.applications.iter().find(derives) {
        Some(rules) => Ok(rules),
        None => refuse(BND_4, Found::Nothing),
    }
}

/// The challenge that enters the MAC: one for mode CR, none for the others. BND-5.
pub fn challenge_of<'a>(rules: &ApplicationRules, challenge: Option<&'a str>) -> Result<&'a str, Refusal> {
    let takes_one = rules.mode == Mode::ChallengeResponse;
    ensure(challenge.is_some() == takes_one, BND_5, Found::Nothing)?;
    let challenge = challenge.unwrap_or_default();
    if takes_one {
        ensure_challenge(challenge).or_else(|refusal| ensure(false, BND_5, refusal.found))?;
    }
    Ok(challenge)
}

impl DerivationCode {
    /// The 26 digits.
    pub fn encode(&self) -> String {
        let Diversifier([d0, d1, d2, d3, d4, d5, d6]) = self.diversifier;
        let diversifier = u64::from_be_bytes([0, d0, d1, d2, d3, d4, d5, d6]);
        let mut text = format!("{diversifier:017}{:08}", self.mac);
        text.push(check_digit(&text, Radix::Decimal));
        text
    }

    /// Reads a derivation code; refuses other texts than 26 digits, a diversifier of more than 56 bits, a wrong check
    /// digit (BND-6, BND-8).
    pub fn decode(text: &str) -> Result<Self, Refusal> {
        let digits = Radix::Decimal.digits(text, BND_6)?;
        ensure(digits.len() == LENGTH, BND_6, Found::Count(digits.len(), "character"))?;
        let digits = strip_check_digit(&digits, Radix::Decimal, BND_8)?;
        let Ok(n) = digits.parse::<u128>() else {
            return refuse(BND_6, Found::Count(digits.len(), "character"));
        };
        let diversifier = (n / MAC_MODULUS) as u64;
        ensure(diversifier < 1 << BITS, BND_6, Found::Nothing)?;
        let [_, diversifier @ ..] = diversifier.to_be_bytes();
        let mac = u32::try_from(n % MAC_MODULUS).unwrap_or(u32::MAX);
        Ok(Self { diversifier: Diversifier(diversifier), mac })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bnd_2_the_layout_spelled_out() {
        let code = DerivationCode { diversifier: Diversifier([0, 0, 0, 0, 0, 1, 2]), mac: 34 };
        let text = code.encode();
        assert_eq!(text[..25], *"0000000000000025800000034");
        assert_eq!(DerivationCode::decode(&text), Ok(code));
        let most = DerivationCode { diversifier: Diversifier([0xFF; 7]), mac: 99_999_999 };
        assert_eq!(most.encode()[..25], *"7205759403792793599999999");
        assert_eq!(DerivationCode::decode(&most.encode()), Ok(most));
    }

    #[test]
    fn bnd_6_bnd_8_refusals() {
        let with_digit = |text: &str| format!("{text}{}", check_digit(text, Radix::Decimal));
        for text in ["7205759403792793600000000", &"9".repeat(25)] {
            assert_eq!(DerivationCode::decode(&with_digit(text)).unwrap_err().rule, BND_6, "{text}");
        }
        let good = with_digit("7205759403792793500000000");
        assert!(DerivationCode::decode(&good).is_ok());
        for text in
            ["", &good[1..], &format!("0{good}"), &good.replacen('7', "A", 1), &good.replacen('7', "é", 1)]
        {
            assert_eq!(DerivationCode::decode(text).unwrap_err().rule, BND_6, "{text}");
        }
        assert_eq!(DerivationCode::decode(&good.replacen('7', "6", 1)).unwrap_err().rule, BND_8);
    }
}
