//! `message-vector.json` (SPEC section 21, MSV): numbers to text, text to numbers. The bits are put together here
//! as the table of the section has them, so that they check the reference and not itself.

use serde_json::{Map, Value, json};

use super::vector::{asked, expected, since, with};
use channel::check_digit::{Radix, check_digit};
use channel::rule::{MSV_2, MSV_3, MSV_4, Rule};
use harness::forge::digits::with_another_last;

/// `message-vector.json`.
pub(super) fn message_vectors() -> Vec<Value> {
    since(3, [encoded(), read(), ranges(), forms(), orders()].concat())
}

/// A number: its name in the peer protocol, its bits, what is taken off before it is written, its range.
struct Number {
    name: &'static str,
    width: usize,
    less: u32,
    lowest: u32,
    highest: u32,
}

const fn number(name: &'static str, width: usize, less: u32, lowest: u32, highest: u32) -> Number {
    Number { name, width, less, lowest, highest }
}

const NUMBERS: [Number; 11] = [
    number("activation_protection", 1, 1, 1, 2),
    number("message_protection", 1, 1, 1, 2),
    number("post_activation", 3, 1, 1, 8),
    number("activation_validity_days", 14, 0, 0, 9_999),
    number("message_age_limit_s", 32, 0, 0, u32::MAX),
    number("code_tries", 7, 0, 1, 99),
    number("signature_tries", 7, 0, 1, 99),
    number("identification_window", 7, 0, 0, 100),
    number("signature_window", 7, 0, 0, 100),
    number("first_use_s", 14, 0, 0, 10_800),
    number("look_ahead", 5, 0, 0, 20),
];

/// What most files have.
const USUAL: [u32; 11] = [2, 2, 1, 7, 3_600, 3, 4, 100, 24, 10_800, 10];

const LOWEST: [u32; 11] = [1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0];
const HIGHEST: [u32; 11] = [2, 2, 8, 9_999, u32::MAX, 99, 99, 100, 100, 10_800, 20];

/// The usual numbers with another.
fn usual_but(name: &str, value: u32) -> [u32; 11] {
    let mut values = USUAL;
    let place = NUMBERS.iter().zip(&mut values).find(|(number, _)| number.name == name);
    if let Some((_, place)) = place {
        *place = value;
    }
    values
}

/// A message vector taken apart: mark and numbers in bits, with a blank between; 25 digits; all 26.
struct Written {
    bits: String,
    digits: String,
    text: String,
}

/// Numbers of any size, as long as they have room.
fn write(mark: &str, values: [u32; 11]) -> Written {
    let fields = NUMBERS.iter().zip(values).map(|(Number { width, less, .. }, value)| {
        let value = value.saturating_sub(*less);
        format!("{value:0width$b}")
    });
    let bits = std::iter::once(mark.to_owned()).chain(fields).collect::<Vec<_>>().join(" ");
    let whole = u128::from_str_radix(&bits.replace(' ', ""), 2).unwrap_or_default();
    let digits = format!("{whole:025X}");
    let text = format!("{digits}{}", check_digit(&digits, Radix::Hexadecimal));
    Written { bits, digits, text }
}

fn explained(vector: Value, Written { bits, digits, .. }: &Written) -> Value {
    with(vector, "intermediate", json!({"bits": bits, "digits": digits}))
}

fn params(values: [u32; 11]) -> Value {
    Value::Object(Map::from_iter(
        NUMBERS.iter().zip(values).map(|(number, value)| (number.name.to_owned(), json!(value))),
    ))
}

fn encoded() -> Vec<Value> {
    let of = |id: &str, note: &str, values: [u32; 11]| {
        let id = format!("message-vector-encode-{id}");
        let vector = asked(&id, note, &["MSV-1", "CNV-5"], "message_vector.encode", params(values));
        explained(vector, &write("11", values))
    };
    let mut vectors = vec![
        of("usual", "as most files have it", USUAL),
        of("lowest", "every number at its lowest", LOWEST),
        of("highest", "every number at its highest", HIGHEST),
    ];
    vectors.extend(NUMBERS.iter().enumerate().map(|(at, Number { name, highest, .. })| {
        let mut values = LOWEST;
        if let Some(value) = values.get_mut(at) {
            *value = *highest;
        }
        let note = format!("{name} at its highest, the others at their lowest");
        of(&name.replace('_', "-"), &note, values)
    }));
    vectors
}

fn decode(id: &str, note: &str, text: &str) -> Value {
    let id = format!("message-vector-decode-{id}");
    asked(&id, note, &["MSV-1"], "message_vector.decode", json!({"message_vector": text}))
}

fn read() -> Vec<Value> {
    [("usual", USUAL), ("lowest", LOWEST), ("highest", HIGHEST)]
        .map(|(id, values)| {
            let written = write("11", values);
            explained(decode(id, "the way back", &written.text), &written)
        })
        .into()
}

/// MSV-4: each mark that is none, and each number one beyond its range where the bits have room for that.
fn ranges() -> Vec<Value> {
    let bad = |id: &str, note: &str, written: Written| {
        expected(MSV_4, explained(decode(id, note, &written.text), &written))
    };
    let mut vectors = vec![
        bad("mark-00", "another mark", write("00", USUAL)),
        bad("mark-01", "another mark", write("01", USUAL)),
        bad("mark-10", "another mark: the first digit is 8 to B", write("10", USUAL)),
    ];
    for Number { name, width, less, lowest, highest } in &NUMBERS {
        let id = |value: u32| format!("{}-{value}", name.replace('_', "-"));
        let room = u32::MAX >> (32 - width);
        if highest - less < room {
            let written = write("11", usual_but(name, highest + 1));
            vectors.push(bad(&id(highest + 1), "one above its highest", written));
            let written = write("11", usual_but(name, room));
            vectors.push(bad(&id(room), "all its bits set", written));
        }
        if lowest > less {
            let written = write("11", usual_but(name, lowest - 1));
            vectors.push(bad(&id(lowest - 1), "one below its lowest", written));
        }
    }
    vectors
}

/// Texts that are no message vector, by length, digits and values (MSV-2 and MSV-3).
fn forms() -> Vec<Value> {
    let good = write("11", USUAL).text;
    let cut = good.get(1..).unwrap_or_default();
    let swapped = |at: usize| {
        let mut digits: Vec<char> = good.chars().collect();
        digits.swap(at, at + 1);
        digits.into_iter().collect::<String>()
    };
    let rows: [(&str, &str, Rule, String); 13] = [
        ("empty", "nothing", MSV_2, String::new()),
        ("25-characters", "the first is missing", MSV_2, cut.to_owned()),
        ("27-characters", "one too many", MSV_2, format!("{good}0")),
        ("lower-case", "this text has upper case only", MSV_2, good.to_lowercase()),
        ("letter-g", "no digit", MSV_2, format!("G{cut}")),
        ("blank-before", "a blank is none", MSV_2, format!(" {cut}")),
        ("line-end", "a line end is none", MSV_2, format!("{good}\n")),
        ("full-width", "U+FF21 is a letter, but not of ASCII", MSV_2, format!("{cut}\u{FF21}")),
        ("device-code", "26 digits, a device code", MSV_3, "05639565460439989778342398".into()),
        ("check-digit", "another check digit", MSV_3, with_another_last(&good)),
        ("transposed-first", "the first two digits in the other order", MSV_3, swapped(0)),
        ("transposed-last", "the last two in the other order", MSV_3, swapped(24)),
        ("digit", "another digit inside", MSV_3, good.replacen("F0", "F1", 1)),
    ];
    rows.map(|(id, note, rule, text)| expected(rule, decode(id, note, &text))).into()
}

/// Two defects: the earlier check decides.
fn orders() -> Vec<Value> {
    let wrong_mark = write("10", USUAL).text;
    let lower = with_another_last(&wrong_mark).to_lowercase();
    vec![
        expected(
            MSV_3,
            decode(
                "check-digit-before-mark",
                "another mark and a wrong check digit",
                &with_another_last(&wrong_mark),
            ),
        ),
        expected(
            MSV_2,
            decode("form-before-check-digit", "lower case, another mark and a wrong check digit", &lower),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn msv_1_the_bits_put_together_here_are_those_of_the_reference() {
        for vector in encoded() {
            let digits = vector["intermediate"]["digits"].as_str().unwrap();
            let text = vector["output"]["message_vector"].as_str().unwrap();
            assert_eq!(text[..25], *digits, "{vector}");
            assert_eq!(vector["intermediate"]["bits"].as_str().unwrap().replace(' ', "").len(), 100);
        }
        for vector in message_vectors() {
            assert!(vector.get("result").is_some(), "{vector}");
        }
    }
}
