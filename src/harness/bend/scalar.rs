//! Values without parts: what is none of their type, what is at the edge of it.

use peer::parameters::Form;

use super::bent::Bent;
use super::json::{Json, quoted};

fn bent(what: impl Into<String>, text: impl Into<String>) -> Bent {
    Bent::of(what, Json::Raw(text.into()))
}

/// A number of the range, written as none may be, and the numbers beside the range.
pub(super) fn numbers(value: &str, min: u64, max: u64) -> Vec<Bent> {
    let mut all = written_otherwise(value);
    let below = min.checked_sub(1).map_or("-1".to_owned(), |below| below.to_string());
    all.push(bent(format!("{below}, below {min}"), below));
    let above = max.saturating_add(1).to_string();
    all.push(bent(format!("{above}, above {max}"), above));
    all.push(bent("2^64", "18446744073709551616"));
    all
}

/// One of these numbers, written as none may be, and those beside and between them.
pub(super) fn choices(value: &str, choices: &[u64]) -> Vec<Bent> {
    let mut all = written_otherwise(value);
    let beside = choices.iter().flat_map(|choice| [choice.checked_sub(1), choice.checked_add(1)]).flatten();
    let between = choices.iter().zip(choices.iter().skip(1)).map(|(low, high)| low.midpoint(*high));
    let mut others: Vec<u64> = beside.chain(between).filter(|other| !choices.contains(other)).collect();
    others.sort_unstable();
    others.dedup();
    all.extend(others.iter().map(|other| bent(format!("{other}, which is none of them"), other.to_string())));
    all.push(bent("-1, which is none of them", "-1"));
    all
}

fn written_otherwise(value: &str) -> Vec<Bent> {
    vec![
        bent("a number with a fraction", format!("{value}.0")),
        bent("a number and a half", format!("{value}.5")),
        bent("a number with an exponent", format!("{value}e0")),
        bent("a number with an exponent", format!("{value}E+0")),
        bent("zero with a sign", "-0"),
        bent("a number as a text", quoted(value)),
    ]
}

/// What is hexadecimal text nearly, or of another length.
pub(super) fn bytes(value: &str, min: usize, max: usize) -> Vec<Bent> {
    // At least one byte, so that there is something to bend.
    let value = if value.is_empty() { "0A" } else { value };
    let (head, one) = (value.get(2..).unwrap_or_default(), value.get(..1).unwrap_or_default());
    let instead = |what: &str, first: &str| bent(what, quoted(&format!("{first}{head}")));
    let mut all = vec![
        bent("an odd number of digits", quoted(&format!("{value}0"))),
        instead("an odd number of digits", one),
        instead("a letter that is no digit", &format!("{one}G")),
        instead("a blank instead of a digit", &format!(" {one}")),
        instead("0x instead of two digits", "0x"),
        instead("a sign instead of a digit", &format!("+{one}")),
        instead("an underscore instead of a digit", &format!("{one}_")),
        instead("a full-width digit", &format!("{one}\u{FF11}")),
        bent("a line end behind", quoted(&format!("{value}\n"))),
        bent("blanks between bytes", quoted(&format!("{value} 00"))),
    ];
    if min > 0 {
        all.push(bent("no bytes", "\"\""));
        all.push(bent(format!("{} bytes", min - 1), quoted(&"0A".repeat(min - 1))));
    }
    if max < usize::MAX {
        all.push(bent(format!("{} bytes", max + 1), quoted(&"0A".repeat(max + 1))));
    }
    all
}

/// What is no serial number.
pub(super) fn serial(value: &str) -> Vec<Bent> {
    let (prefix, number) = value.split_at_checked(3).unwrap_or(("VDS", "1000120"));
    let (start, end) = (number.get(1..).unwrap_or_default(), number.get(..6).unwrap_or_default());
    let all = [
        ("lower case", value.to_lowercase()),
        ("nine characters", format!("{prefix}{end}")),
        ("eleven characters", format!("{value}0")),
        ("a letter among the digits", format!("{prefix}{end}A")),
        ("a letter in front of the digits", format!("{prefix}A{start}")),
        ("a dash in the prefix", format!("V-S{number}")),
        ("another script's letter in the prefix", format!("V\u{C4}S{number}")),
        ("another script's digit", format!("{prefix}{end}\u{0661}")),
        ("a line end behind", format!("{value}\n")),
        ("a blank instead of a digit", format!("{prefix} {start}")),
        ("no characters", String::new()),
    ];
    all.into_iter().map(|(what, text)| bent(format!("a serial number of {what}"), quoted(&text))).collect()
}

/// What is none of these words.
pub(super) fn words(value: &str, words: &[&str]) -> Vec<Bent> {
    let (upper, mut others) = (value.to_uppercase(), Vec::new());
    let first = value.chars().next().map_or(0, char::len_utf8);
    let (head, tail) = value.split_at_checked(first).unwrap_or_default();
    others.push(("in capital letters", upper));
    others.push(("with a capital letter", format!("{}{tail}", head.to_uppercase())));
    others.push(("with a blank behind", format!("{value} ")));
    others.push(("with a line end behind", format!("{value}\n")));
    others.push((
        "without its last letter",
        value.get(..value.len().saturating_sub(1)).unwrap_or_default().into(),
    ));
    others.push(("that nobody knows", "made-up".into()));
    others.push(("without letters", String::new()));
    let is_other = |text: &str| !words.contains(&text);
    let others = others.into_iter().filter(|(_, text)| is_other(text));
    let mut all: Vec<_> = others.map(|(what, text)| bent(format!("a word {what}"), quoted(&text))).collect();
    let at = words.iter().position(|word| *word == value).unwrap_or_default();
    all.push(bent("the place of a word", at.to_string()));
    all
}

/// What has not this form.
pub(super) fn texts(value: &str, min: usize, max: usize, form: Form) -> Vec<Bent> {
    let foreign: &[&str] = match form {
        Form::Any => &[],
        Form::Ascii => &["\u{80}", "\u{E9}", "\u{1D538}"],
        Form::Digits => &["G", " ", "\n", "-", "\u{FF11}", "\u{0661}"],
        Form::Label => &["a", " ", "\n", "_", "\u{C4}", "\u{FF11}"],
        Form::Name => &["a", "\n", "_", "\u{C4}", "\u{FF11}"],
    };
    // One character is replaced, so that the length isn't wrong as well.
    let rest: String = value.chars().take(value.chars().count().saturating_sub(1)).collect();
    let mut all: Vec<_> = foreign
        .iter()
        .map(|other| {
            bent(format!("a text with {}", other.escape_unicode()), quoted(&format!("{rest}{other}")))
        })
        .collect();
    if form == Form::Name {
        let blanks = [("in front", " ABCDEFGHIJK"), ("inside", "ABCDE FGHIJK"), ("only", "            ")];
        all.extend(blanks.map(|(where_, name)| bent(format!("a name with blanks {where_}"), quoted(name))));
    }
    let filled = |length: usize| match form {
        Form::Any => "\u{1D538}".repeat(length),
        _ => "A".repeat(length),
    };
    if min > 0 {
        let short = min - 1;
        all.push(bent(format!("a text of {short} characters"), quoted(&filled(short))));
    }
    if max < usize::MAX {
        let long = max + 1;
        all.push(bent(format!("a text of {long} characters"), quoted(&filled(long))));
    }
    let half = [("\\ud800", "the first"), ("\\udfff", "the second")];
    all.extend(half.map(|(escape, which)| {
        let bent = bent(format!("a text with {which} half of a surrogate pair"), format!("\"{escape}\""));
        Bent { may_hide_seq: true, ..bent }
    }));
    all
}

/// Texts at the edge of the form that are of it.
pub(super) fn edges_of_texts(min: usize, max: usize, form: Form) -> Vec<Bent> {
    let mut all = Vec::new();
    if form == Form::Any {
        all.push(bent("a text with an escape and U+0000", "\"\\u0041\\u0000\\/\""));
        all.push(bent("a text with a whole surrogate pair", "\"\\ud835\\udd38\""));
    }
    if form == Form::Ascii {
        all.push(bent("a text with U+007F and U+0000", "\"\\u007f\\u0000\""));
    }
    let filled = |length: usize| match form {
        Form::Any => "\u{1D538}".repeat(length),
        _ => "0".repeat(length),
    };
    all.push(bent(format!("a text of {min} characters"), quoted(&filled(min))));
    if max < usize::MAX {
        all.push(bent(format!("a text of {max} characters"), quoted(&filled(max))));
    }
    all
}

/// Bytes at the edge of the form that are of it.
pub(super) fn edges_of_bytes(value: &str, min: usize, max: usize) -> Vec<Bent> {
    let mut all = vec![bent("digits in lower case", quoted(&value.to_lowercase()))];
    if min != max {
        all.push(bent(format!("{min} bytes"), quoted(&"0a".repeat(min))));
    }
    if min != max && max < usize::MAX {
        all.push(bent(format!("{max} bytes"), quoted(&"0a".repeat(max))));
    }
    all
}
