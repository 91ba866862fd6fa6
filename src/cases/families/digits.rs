//! Numbers that people type: leading zeros, lengths, digits of other scripts, blanks and signs, check digits,
//! overflow, other numbers.

use super::codes::{CODES, Code, Desk, Typed};
use super::{Case, negative};
use channel::check_digit::{Radix, check_digit};
use channel::rule::{DVC_6, Rule};
use harness::trial::{Stop, Trial};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for code in CODES {
        for (family, about, bend) in FORMS {
            add(&mut cases, &code, family, code.form_rule(), about, bend);
        }
        if code.check_digit {
            let about = "of wrong check digits, single wrong digits and exchanged neighbours each is noticed";
            add(&mut cases, &code, "check-digit", code.check_rule(), about, check_digits);
        }
        if let Some(rule) = code.wrong_rule() {
            let (id, name) = (format!("family-text-{}-other-number", code.name), code.name);
            let about = format!("{name}: another number of the right form is refused and counted");
            cases.push(negative(id, code.role(), rule, about, move |t| other_numbers(t, &code, rule)));
        }
    }
    if let Some(code) = CODES.into_iter().find(|code| code.typed == Typed::DeviceCode) {
        let about = "device-code: a number that is the right one modulo 2^83 is refused";
        cases.push(negative("family-text-device-code-overflow", code.role(), DVC_6, about, move |t| {
            overflow(t, &code)
        }));
    }
    cases
}

type Bends = fn(&Code, &str) -> Vec<String>;

const FORMS: [(&str, &str, Bends); 2] = [
    ("form", "with digits missing, doubled, zeros before, blanks, signs or separators it is refused", form),
    ("foreign-digits", "with a letter or a digit of another script in any place it is refused", foreign),
];

fn add(cases: &mut Vec<Case>, code: &Code, family: &str, aim: Rule, about: &str, bend: Bends) {
    let (id, about) = (format!("family-text-{}-{family}", code.name), format!("{}: {about}", code.name));
    let code = code.clone();
    cases.push(negative(id, code.role(), aim, about, move |t| {
        let desk = code.enter(t)?;
        let texts = bend(&code, &desk.good);
        desk.refuse_all(t, aim, texts)
    }));
}

fn form(_: &Code, good: &str) -> Vec<String> {
    [lengths(good), blanks(good)].concat()
}

/// Shorter and longer, with leading zeros and without.
fn lengths(good: &str) -> Vec<String> {
    let zeros = "0".repeat(good.len());
    let cut = |from: usize, to: usize| good.get(from..to).unwrap_or_default().to_owned();
    let last = good.len() - 1;
    vec![
        String::new(),
        "0".into(),
        cut(1, good.len()),
        cut(0, last),
        cut(1, last),
        cut(0, good.len() / 2),
        good.trim_start_matches('0').to_owned(),
        format!("0{good}"),
        format!("{good}0"),
        format!("{good}{}", cut(last, good.len())),
        format!("{zeros}{good}"),
        format!("{good}{zeros}"),
        format!("{good}{good}"),
        format!("{}{good}", "0".repeat(100)),
        "0".repeat(200),
        "9".repeat(17),
    ]
}

/// The zeros of scripts that have ten digits in a row, and of digits that only look so.
const ZEROS: [char; 9] = ['٠', '۰', '०', '๐', '０', '𝟎', '𝟬', '〇', '⓪'];

/// A digit of each other script in one place, the whole in each; letters for digits.
fn foreign(code: &Code, good: &str) -> Vec<String> {
    let foreign = |c: char, zero: char| match c.to_digit(10) {
        Some(digit) => char::from_u32(u32::from(zero) + digit).unwrap_or(zero),
        // Full-width letters for hexadecimal ones.
        None => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
    };
    let mut texts: Vec<String> =
        ZEROS.iter().map(|zero| good.chars().map(|c| foreign(c, *zero)).collect()).collect();
    for at in 0..good.len() {
        let zero = ZEROS.get(at % ZEROS.len()).copied().unwrap_or('٠');
        let own = good.chars().nth(at).unwrap_or('0');
        texts.push(with(good, at, &foreign(own, zero).to_string()));
        texts.push(with(good, at, &foreign(own, '０').to_string()));
    }
    let letter = if code.radix == Radix::Decimal { "A" } else { "G" };
    for at in [0, good.len() / 2, good.len() - 1] {
        texts.extend(["O", "l", letter].map(|letter| with(good, at, letter)));
    }
    texts.extend(["²", "½", "Ⅷ", "①", "é", "👍"].map(|c| with(good, good.len() - 1, c)));
    texts
}

const MARKS: [&str; 16] = [
    " ", "\t", "\n", "\r\n", "\u{A0}", "\u{2009}", "\u{200B}", "\u{FEFF}", "\0", "+", "-", ".", ",", "_",
    "'", "%",
];

/// A mark before, after, inside, and in the place of a digit; other ways to write a number.
fn blanks(good: &str) -> Vec<String> {
    let (left, right) = good.split_at(good.len() / 2);
    let mut texts = Vec::new();
    for mark in MARKS {
        texts.extend([
            format!("{mark}{good}"),
            format!("{good}{mark}"),
            format!("{left}{mark}{right}"),
            with(good, 0, mark),
        ]);
    }
    texts.extend([format!("0x{good}"), format!("{good}.0"), format!("\"{good}\""), with(good, 1, "e")]);
    texts
}

/// The text with one character replaced.
fn with(good: &str, at: usize, replacement: &str) -> String {
    let after = good.get(at + 1..).unwrap_or_default();
    format!("{}{replacement}{after}", good.get(..at).unwrap_or_default())
}

/// Every other check digit, one other digit in each place, each two neighbours exchanged. What a check digit
/// doesn't notice (some exchanges) is left out by the desk.
fn check_digits(code: &Code, good: &str) -> Vec<String> {
    let last = good.len() - 1;
    let base = code.radix.base();
    let mut texts: Vec<String> =
        (0..base).map(|digit| with(good, last, &code.radix.character(digit).to_string())).collect();
    for (at, c) in good.chars().enumerate() {
        let digit = c.to_digit(base).unwrap_or(0);
        for other in [digit + 1, digit + base - 1] {
            texts.push(with(good, at, &code.radix.character(other).to_string()));
        }
        if let Some(next) = good.chars().nth(at + 1) {
            texts.push(with(&with(good, at, &next.to_string()), at + 1, &c.to_string()));
        }
    }
    texts
}

/// The number one higher, and that of its digits backwards; fewer than it takes to lock anything.
fn other_numbers(t: &mut Trial<'_>, code: &Code, rule: Rule) -> Result<(), Stop> {
    let desk = code.enter(t)?;
    let body = desk.good.get(..desk.good.len() - usize::from(code.check_digit)).unwrap_or_default();
    let base = code.radix.base();
    let first = body.chars().next().and_then(|c| c.to_digit(base)).unwrap_or(0);
    // A device code begins with the device type, which a wrong code needs right.
    let higher = match code.typed {
        Typed::DeviceCode => bump(code, body, body.len() - 1),
        _ => with(body, 0, &code.radix.character(first + 1).to_string()),
    };
    for body in [higher, bump(code, body, body.len() - 2)] {
        let text = match code.check_digit {
            true => format!("{body}{}", check_digit(&body, code.radix)),
            false => body,
        };
        desk.question(&text)?.refuse_alone(t, rule, &desk.party)?;
    }
    desk.question(&desk.good)?.accept(t, rule.id, &desk.party)
}

fn bump(code: &Code, body: &str, at: usize) -> String {
    let base = code.radix.base();
    let digit = body.chars().nth(at).and_then(|c| c.to_digit(base)).unwrap_or(0);
    with(body, at, &code.radix.character(digit + 1).to_string())
}

fn overflow(t: &mut Trial<'_>, code: &Code) -> Result<(), Stop> {
    let desk: Desk = code.enter(t)?;
    let n: u128 = desk.good.get(..25).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    let digits = format!("{:025}", n + (1 << 83));
    let text = format!("{digits}{}", check_digit(&digits, code.radix));
    desk.question(&text)?.refuse_alone(t, DVC_6, &desk.party)?;
    desk.question(&desk.good)?.accept(t, DVC_6.id, &desk.party)
}
