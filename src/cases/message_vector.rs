//! The message vector: written, read, and bent under a right check digit.

use super::blob::Text;
use super::{negative, positive};
use channel::check_digit::Radix;
use channel::rule::{MSV_2, MSV_3, MSV_4, Rule};
use harness::case::{Case, Role};
use harness::forge::digits::with_digit;
use harness::trial::{Stop, Trial};
use peer::operations::{MessageVectorEncode, MessageVectorText};
use peer::protocol::Number;

const DECODE: Role = Role::Primitive("message_vector.decode");

/// The numbers: first bit, bits, lowest, highest.
const FIELDS: [(&str, u32, u32, u32, u32); 8] = [
    ("mark", 0, 2, 3, 3),
    ("activation-validity", 7, 14, 0, 9_999),
    ("code-tries", 53, 7, 1, 99),
    ("signature-tries", 60, 7, 1, 99),
    ("identification-window", 67, 7, 0, 100),
    ("signature-window", 74, 7, 0, 100),
    ("first-use", 81, 14, 0, 10_800),
    ("look-ahead", 95, 5, 0, 20),
];

/// What are no 26 hexadecimal digits in upper case; `%` stands for the right ones.
const BAD_TEXTS: [Text; 11] = [
    ("empty", |_| String::new()),
    ("25-characters", |text| text.get(1..).unwrap_or_default().into()),
    ("27-characters", |text| format!("{text}0")),
    ("lower-case", |text| text.to_ascii_lowercase()),
    ("letter-g", |text| replaced(text, 7, 'G')),
    ("blank-inside", |text| replaced(text, 7, ' ')),
    ("blank-before", |text| format!(" {text}")),
    ("line-end", |text| format!("{text}\n")),
    ("full-width", |text| replaced(text, 7, '０')),
    ("sign", |text| replaced(text, 0, '+')),
    ("nul", |text| replaced(text, 25, '\0')),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let encode = Role::Primitive("message_vector.encode");
    let mut cases = vec![
        positive(
            "message-vector-encode",
            encode,
            &["MSV-1"],
            "each number at both of its limits, written as 26 characters",
            encodes,
        ),
        positive("message-vector-decode", DECODE, &["MSV-1"], "what was written is read", decodes),
        negative(
            "message-vector-check-digit",
            DECODE,
            MSV_3,
            "each wrong check digit is refused",
            wrong_digit,
        ),
        negative(
            "message-vector-digit",
            DECODE,
            MSV_3,
            "each digit changed is seen by the check digit, the mark's too",
            changed_digit,
        ),
        negative(
            "message-vector-order-form-before-check-digit",
            DECODE,
            MSV_2,
            "lower case and a wrong check digit: the form wins",
            |t| refused(t, MSV_2, &wrong(&good()).to_ascii_lowercase()),
        ),
        negative(
            "message-vector-order-check-digit-before-values",
            DECODE,
            MSV_3,
            "a number out of range and a wrong check digit: the check digit wins",
            |t| refused(t, MSV_3, &wrong(&bad_mark())),
        ),
    ];
    cases.extend(BAD_TEXTS.map(|(name, bend)| {
        let about = format!("{name}: what is not 26 characters of 0-9, A-F is refused");
        negative(format!("message-vector-{name}"), DECODE, MSV_2, about, move |t| {
            refused(t, MSV_2, &bend(&good()))
        })
    }));
    cases.extend(FIELDS.map(|(name, from, width, low, high)| {
        let about = format!("{name}: {low} and {high} are accepted, what is beyond is refused");
        negative(format!("message-vector-range-{name}"), DECODE, MSV_4, about, move |t| {
            range(t, from, width, low, high)
        })
    }));
    cases
}

/// Those of the usual license, with different protections.
fn numbers() -> MessageVectorEncode {
    MessageVectorEncode {
        activation_protection: Number::from(2),
        message_protection: Number::from(1),
        post_activation: Number::from(3),
        activation_validity_days: Number::from(7),
        message_age_limit_s: 3_600,
        code_tries: Number::from(3),
        signature_tries: Number::from(4),
        identification_window: Number::from(100),
        signature_window: Number::from(24),
        first_use_s: Number::from(10_800),
        look_ahead: Number::from(10),
    }
}

/// [`numbers`], and each of them at a limit.
fn many() -> Vec<MessageVectorEncode> {
    let limit = |highest: bool, low: u32, high: u32| if highest { high } else { low };
    let all = |high: bool| MessageVectorEncode {
        activation_protection: Number::from(limit(high, 1, 2)),
        message_protection: Number::from(limit(high, 1, 2)),
        post_activation: Number::from(limit(high, 1, 8)),
        activation_validity_days: Number::from(limit(high, 0, 9_999)),
        message_age_limit_s: limit(high, 0, u32::MAX),
        code_tries: Number::from(limit(high, 1, 99)),
        signature_tries: Number::from(limit(high, 1, 99)),
        identification_window: Number::from(limit(high, 0, 100)),
        signature_window: Number::from(limit(high, 0, 100)),
        first_use_s: Number::from(limit(high, 0, 10_800)),
        look_ahead: Number::from(limit(high, 0, 20)),
    };
    let (low, high) = (all(false), all(true));
    vec![
        numbers(),
        MessageVectorEncode { activation_protection: high.activation_protection, ..low.clone() },
        MessageVectorEncode { message_protection: high.message_protection, ..low.clone() },
        MessageVectorEncode { post_activation: high.post_activation, ..low.clone() },
        MessageVectorEncode { activation_validity_days: high.activation_validity_days, ..low.clone() },
        MessageVectorEncode { message_age_limit_s: high.message_age_limit_s, ..low.clone() },
        MessageVectorEncode { code_tries: high.code_tries, ..low.clone() },
        MessageVectorEncode { signature_tries: high.signature_tries, ..low.clone() },
        MessageVectorEncode { identification_window: high.identification_window, ..low.clone() },
        MessageVectorEncode { signature_window: high.signature_window, ..low.clone() },
        MessageVectorEncode { first_use_s: high.first_use_s, ..low.clone() },
        MessageVectorEncode { look_ahead: high.look_ahead, ..low.clone() },
        low,
        high,
    ]
}

fn encodes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    many().iter().try_for_each(|numbers| t.agrees("MSV-1", &party, numbers).map(|_| ()))
}

fn decodes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (party, reference) = (t.peer_client(), t.reference_party());
    for numbers in many() {
        let text = t.agrees("MSV-1", &reference, &numbers)?;
        let got = t.agrees("MSV-1", &party, &text)?;
        t.same("MSV-1", &got, Some(&numbers))?;
    }
    Ok(())
}

/// The 100 bits of [`numbers`].
fn bits() -> u128 {
    // mark, both protections, index, days
    let head = 0b11 << 19 | 1 << 18 | 2 << 14 | 7;
    let tail = [(3_600, 32), (3, 7), (4, 7), (100, 7), (24, 7), (10_800, 14), (10, 5)];
    tail.iter().fold(head, |bits, (value, width)| bits << width | value)
}

fn text_of(bits: u128) -> String {
    with_digit(&format!("{bits:025X}"), Radix::Hexadecimal)
}

fn good() -> String {
    text_of(bits())
}

/// [`good`] with another value of so many bits, and its check digit.
fn with_bits(from: u32, width: u32, value: u32) -> String {
    let shift = 100 - from - width;
    let mask = ((1 << width) - 1) << shift;
    text_of(bits() & !mask | u128::from(value) << shift)
}

/// Another mark, under a right check digit.
pub(super) fn bad_mark() -> String {
    with_bits(0, 2, 0b10)
}

fn replaced(text: &str, at: usize, by: char) -> String {
    text.chars().enumerate().map(|(i, c)| if i == at { by } else { c }).collect()
}

/// The next digit in the last place.
fn wrong(text: &str) -> String {
    next_digit(text, text.len().saturating_sub(1), 1)
}

/// The digit that comes so many places later, at a place.
fn next_digit(text: &str, at: usize, steps: u32) -> String {
    let digit = text.chars().nth(at).and_then(|c| c.to_digit(16)).unwrap_or(0);
    replaced(text, at, Radix::Hexadecimal.character((digit + steps) % 16))
}

fn question(text: &str) -> MessageVectorText {
    MessageVectorText { message_vector: text.into() }
}

fn refused(t: &mut Trial<'_>, rule: Rule, bad: &str) -> Result<(), Stop> {
    let party = t.peer_client();
    t.refuses_stateless(rule, &party, &question(bad))?;
    twin(t, rule.id)
}

/// The right one is read.
fn twin(t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
    let party = t.peer_client();
    let both = t.twin(aim, &party, &question(&good()))?;
    t.same(aim, &both.got, Some(&numbers()))
}

fn wrong_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for steps in 1..16 {
        t.refuses_stateless(MSV_3, &party, &question(&next_digit(&good(), 25, steps)))?;
    }
    twin(t, MSV_3.id)
}

fn changed_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for at in 0..25 {
        for steps in [1, 8, 15] {
            t.refuses_stateless(MSV_3, &party, &question(&next_digit(&good(), at, steps)))?;
        }
    }
    twin(t, MSV_3.id)
}

fn range(t: &mut Trial<'_>, from: u32, width: u32, low: u32, high: u32) -> Result<(), Stop> {
    let party = t.peer_client();
    for value in [low, high] {
        t.twin(MSV_4.id, &party, &question(&with_bits(from, width, value)))?;
    }
    let most = (1 << width) - 1;
    for value in [0, low.saturating_sub(1), high + 1, most - 1, most] {
        if value <= most && !(low..=high).contains(&value) {
            t.refuses_stateless(MSV_4, &party, &question(&with_bits(from, width, value)))?;
        }
    }
    twin(t, MSV_4.id)
}
