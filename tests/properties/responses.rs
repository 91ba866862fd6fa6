//! Data, challenges and responses as a person types them.

use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::keys::Key;
use channel::crypto::oath::suite::Format;
use channel::crypto::response::{Form, Moment, Responder, response};
use channel::rule::{ALG_8, OTP_2, OTP_3, OTP_4, Rule, UNL_5, VER_10, VER_11};
use channel::wire::data::{Data, ensure_challenge, ensure_unlock_challenge, unlock_challenge};
use channel::wire::static_vector::{ApplicationRules, Mode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::config;
use crate::generators::*;

/// OTP-3 again, from its sentence.
pub fn is_challenge(text: &str) -> bool {
    (1..=16).contains(&text.chars().count()) && text.chars().all(|c| c.is_ascii_digit())
}

/// Digits, and what looks like some.
fn nearly_digits() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[0-9]{0,20}", 1 => "[0-9]{0,7}[0-9a-f ٣１-]{1}[0-9]{0,8}", 1 => ".{0,18}"]
}

/// Data for an application with these data fields: each as long as allowed, one less, one more.
fn nearly_fields(limits: &[(u8, u8)]) -> impl Strategy<Value = Vec<String>> + use<> {
    let one = |(minimum, maximum): (u8, u8)| {
        let (minimum, maximum) = (usize::from(minimum), usize::from(maximum));
        let around = minimum.saturating_sub(1)..=maximum + 1;
        let printable = vec(0x20u8..=0x7E, around)
            .prop_map(|bytes| bytes.into_iter().map(char::from).collect::<String>());
        let foreign = select(vec!["\u{1F}", "\u{7F}", "é", "€", "\t"]).prop_map(str::to_owned);
        prop_oneof![19 => printable, 1 => foreign]
    };
    let right: Vec<_> = limits.iter().map(|limits| one(*limits).boxed()).collect();
    prop_oneof![9 => right.clone(), 1 => (right, any::<String>()).prop_map(|(mut fields, more)| {
        fields.push(more);
        fields
    })]
}

/// OTP-4 again, from its sentence.
pub fn are_fields(fields: &[String], limits: &[(u8, u8)]) -> bool {
    let fits = |(field, (minimum, maximum)): (&String, &(u8, u8))| {
        let length = field.chars().count();
        length >= usize::from(*minimum)
            && length <= usize::from(*maximum)
            && field.chars().all(|c| (0x20..=0x7E).contains(&u32::from(c)))
    };
    !fields.is_empty() && fields.len() == limits.len() && fields.iter().zip(limits).all(fits)
}

/// ALG-8 again, from its sentence: of a challenge, or of the one field.
pub fn is_question(rules: &ApplicationRules, text: &str, is_challenge: bool) -> bool {
    let Algorithm::Ocra(suite) = &rules.algorithm else { return true };
    let in_format = |c: char| match suite.format {
        Format::Alphanumeric => c.is_ascii_alphanumeric(),
        Format::Numeric => c.is_ascii_digit(),
        Format::Hexadecimal => c.is_ascii_hexdigit(),
    };
    match is_challenge {
        true => text.len() <= usize::from(suite.length),
        false => suite.text().contains("QH64") || text.chars().all(in_format),
    }
}

/// OTP-2 again, from its sentence.
pub fn answers(rules: &ApplicationRules, data: &Data) -> bool {
    let modes = match data {
        Data::ResponseOnly => [Mode::MultiMode, Mode::ResponseOnly],
        Data::Challenge(_) => [Mode::MultiMode, Mode::ChallengeResponse],
        Data::Fields(_) => [Mode::MultiMode, Mode::Signature],
    };
    rules.enabled && modes.contains(&rules.mode)
}

fn rule<T>(result: Result<T, channel::error::Refusal>) -> Result<T, Rule> {
    result.map_err(|refusal| refusal.rule)
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn otp_3_unl_5_challenges(text in nearly_digits()) {
        let want = if is_challenge(&text) { Ok(()) } else { Err(OTP_3) };
        prop_assert_eq!(rule(ensure_challenge(&text)), want);
        let is_unlock_challenge = is_challenge(&text) && text.len() == 8;
        let want = if is_unlock_challenge { Ok(()) } else { Err(UNL_5) };
        prop_assert_eq!(rule(ensure_unlock_challenge(&text)), want);
    }

    #[test]
    fn unl_1_every_random_field_makes_a_challenge(random in any::<[u8; 8]>()) {
        let challenge = unlock_challenge(random);
        prop_assert_eq!(challenge.parse::<u64>().unwrap(), u64::from_be_bytes(random) % 100_000_000);
        prop_assert_eq!(rule(ensure_unlock_challenge(&challenge)), Ok(()));
        for other in [&challenge[1..], &format!("0{challenge}")] {
            prop_assert_eq!(rule(ensure_unlock_challenge(other)), Err(UNL_5));
        }
    }

    #[test]
    fn otp_2_otp_4_data_of_any_application(
        (vector, at, fields) in (static_vector(), any::<Index>()).prop_flat_map(|(vector, at)| {
            let fields = nearly_fields(&at.get(&vector.applications).data_fields);
            (Just(vector), Just(at), fields)
        }),
        challenge in nearly_digits(),
        missing in 1u8..=8,
    ) {
        let rules = at.get(&vector.applications);
        let data = [Data::ResponseOnly, Data::Challenge(challenge.clone()), Data::Fields(fields.clone())];
        for (data, fits) in data.iter().zip([
            Ok(()),
            match is_challenge(&challenge) {
                true if is_question(rules, &challenge, true) => Ok(()),
                true => Err(ALG_8),
                false => Err(OTP_3),
            },
            match are_fields(&fields, &rules.data_fields) {
                true if is_question(rules, &fields[0], false) => Ok(()),
                true => Err(ALG_8),
                false => Err(OTP_4),
            },
        ]) {
            let found = data.application(&vector, rules.form.index).map(|rules| rules.form.index);
            let want = if answers(rules, data) { Ok(rules.form.index) } else { Err(OTP_2) };
            prop_assert_eq!(rule(found), want);
            prop_assert_eq!(rule(data.ensure_fits(rules)), fits);
            if vector.application(missing).is_none() {
                prop_assert_eq!(rule(data.application(&vector, missing)).err(), Some(OTP_2));
            }
            // The form is the application's, the mode that of the kind: OTP-1.
            let mode = match data {
                Data::ResponseOnly => 1,
                Data::Challenge(_) => 2,
                Data::Fields(_) => 3,
            };
            prop_assert_eq!(data.form(rules), Form { mode, ..rules.form });
        }
    }

    /// What is shown is read back, in either case; a digit more or less, or another one, is not it.
    #[test]
    fn ver_10_ver_11_a_response_as_typed(
        key in any::<[u8; 16]>(),
        form in form(),
        moment in moment(),
        field in vec(any::<u8>(), 0..40),
        at in any::<Index>(),
        by in 1u32..10,
    ) {
        let text = response(&Key::new(key), form, moment, &[&field]);
        prop_assert_eq!(text.len(), usize::from(form.length));
        prop_assert_eq!(rule(form.read(&text)), Ok(text.clone()));
        prop_assert_eq!(rule(form.read(&text.to_lowercase())), Ok(text.clone()));
        let more = format!("{text}0");
        for other in ["", &text[1..], &more, &format!(" {}", &text[1..]), &format!("é{}", &text[1..])] {
            prop_assert_eq!(rule(form.read(other)), Err(VER_10));
        }
        // One digit changed: noticed where there is a check digit, whichever it was.
        let place = at.index(text.len());
        let base = form.radix.base();
        let digit = text[place..=place].chars().next().unwrap().to_digit(base).unwrap();
        let changed = char::from_digit((digit + by) % base, base).unwrap().to_ascii_uppercase();
        let bent = format!("{}{changed}{}", &text[..place], &text[place + 1..]);
        let want = if form.check_digit { Err(VER_11) } else { Ok(bent.clone()) };
        prop_assert_eq!(rule(form.read(&bent)), want);
    }

    #[test]
    fn ver_10_any_text_as_a_response(form in form(), text in "[0-9A-Fa-f]{5,17}|.{0,17}") {
        let base = if form.radix == Radix::Decimal { 10 } else { 16 };
        let digits = text.chars().all(|c| c.is_ascii() && c.is_digit(base));
        let well_formed = digits && text.len() == usize::from(form.length);
        match form.read(&text) {
            Ok(read) => {
                prop_assert!(well_formed);
                prop_assert_eq!(read, text.to_uppercase());
            }
            Err(refusal) if refusal.rule == VER_11 => prop_assert!(well_formed && form.check_digit),
            Err(refusal) => prop_assert!(refusal.rule == VER_10 && !well_formed),
        }
    }

    /// A search finds the first candidate that fits, and nothing where none does.
    #[test]
    fn ver_13_a_search_is_the_first_of_its_candidates(
        key in any::<[u8; 16]>(),
        form in form(),
        steps in vec(0u64..40, 0..30),
        right in 0u64..40,
    ) {
        let key = Key::new(key);
        let responder = Responder::new(&key, form);
        let moments: Vec<Moment> = steps.iter().map(|step| Moment { step: *step, event: 0 }).collect();
        let given = response(&key, form, Moment { step: right, event: 0 }, &[b"x"]);
        let first = moments.iter().find(|moment| response(&key, form, **moment, &[b"x"]) == given);
        prop_assert_eq!(responder.find(moments.iter().copied(), &[b"x"], &given), first.copied());
        prop_assert_eq!(responder.find(moments, &[b"x"], &given[1..]), None);
    }
}
