//! An `otpauth` URI: what authenticator apps scan when an account is added. It is no part of the protocol, but people have
//! them and paste them. Its form is the Key URI Format of Google Authenticator; what a URI is, RFC 3986. The secret in it
//! is never shown, nor is the text around a mistake, which may be the secret.

use std::ops::RangeInclusive;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, DecodeKind};
use fluent_uri::Uri;
use fluent_uri::pct_enc::EStr;
use zeroize::Zeroizing;

use super::explained::{Explained, Field};
use super::wrong::Wrong;
use crate::cli::words::plural;

/// Bytes that a secret should have at least: RFC 4226, section 4, R6.
const ENOUGH: usize = 16;

pub(super) fn is_one(text: &str) -> bool {
    text.get(..10).is_some_and(|begin| begin.eq_ignore_ascii_case("otpauth://"))
}

pub(super) fn explain(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    out.part("otpauth URI, no part of this protocol: an account of an authenticator app (Key URI Format)");
    out.note("whoever sees the URI has the secret, which is not shown here, and can make the same passwords");
    let uri = Uri::parse(text).map_err(|error| {
        wrong(
            "URI",
            format!("it is none (RFC 3986) from character {} on", 1 + text_before(text, error.index())),
        )
    })?;
    let kind = uri.authority().map_or("", |authority| authority.as_str()).to_ascii_lowercase();
    out.field("type", &kind);
    if !["hotp", "totp"].contains(&kind.as_str()) {
        return Err(wrong("type", "it is neither totp nor hotp"));
    }
    let label = decoded("label", uri.path().decode().to_string())?;
    let of_label = explain_label(out, label.trim_start_matches('/'))?;
    if uri.has_fragment() {
        return Err(wrong("parameters", "they end at a #; in a value it is written %23"));
    }
    let mut parameters = Vec::new();
    for part in uri.query().into_iter().flat_map(|query| query.split('&')).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, EStr::EMPTY));
        let name = decoded("parameters", name.decode().to_string())?;
        parameters.push((name, decoded("parameters", value.decode().to_string())?));
    }
    Parameters(parameters).explain(out, kind == "hotp", of_label.as_deref())
}

/// What stands before the account, and the account; the first of them.
fn explain_label(out: &mut Explained, label: &str) -> Result<Option<String>, Wrong> {
    let (issuer, account) = match label.split_once(':') {
        Some((issuer, account)) => (Some(issuer), account.trim_start_matches(' ')),
        None => (None, label),
    };
    if let Some(issuer) = issuer {
        out.add(Field::quoted("issuer of the label", issuer));
    }
    out.add(Field::quoted("account", account));
    match () {
        () if account.is_empty() => Err(wrong("account", "the label names none")),
        () if account.contains(':') => Err(wrong("account", "a colon in it or in the issuer is not allowed")),
        () => Ok(issuer.map(str::to_owned)),
    }
}

/// Names and values, decoded.
struct Parameters(Vec<(Zeroizing<String>, Zeroizing<String>)>);

/// All that the format knows.
const NAMES: [&str; 6] = ["secret", "issuer", "algorithm", "digits", "period", "counter"];

impl Parameters {
    fn explain(&self, out: &mut Explained, is_hotp: bool, of_label: Option<&str>) -> Result<(), Wrong> {
        let issuer = self.one("issuer")?;
        match issuer {
            Some(issuer) => out.add(Field::quoted("issuer", issuer)),
            None => out.field("issuer", "none: accounts of one name can't be told apart"),
        }
        if let (Some(issuer), Some(other)) = (issuer, of_label)
            && issuer != other
        {
            out.note("the issuer and that of the label differ, and apps show either");
        }
        let secret = secret(self.one("secret")?.unwrap_or_default())?;
        out.field("secret", format!("{secret} byte{}, not shown", plural(secret)));
        if secret < ENOUGH {
            out.note(format!("a secret of less than {ENOUGH} bytes is too short (RFC 4226, section 4)"));
        }
        let algorithm = self.one("algorithm")?;
        if algorithm.is_some_and(|name| !["SHA1", "SHA256", "SHA512"].contains(&name)) {
            return Err(wrong("algorithm", "it is none of SHA1, SHA256 and SHA512"));
        }
        out.field("algorithm", algorithm.unwrap_or("SHA1, since none is named"));
        let digits = self.number("digits", 6..=8u8)?;
        out.field("digits", digits.map_or("6, since none are named".into(), |digits| digits.to_string()));
        match is_hotp {
            true => {
                let counter = self.number("counter", 0..=u64::MAX)?;
                let counter = counter.ok_or_else(|| wrong("counter", "it is missing, and hotp needs it"))?;
                out.field("counter", counter.to_string());
            }
            false => {
                let period = self.number("period", 1..=u32::MAX)?;
                out.field("period", period.map_or("30 s, since none is named".into(), |s| format!("{s} s")));
            }
        }
        let other = if is_hotp { "period" } else { "counter" };
        let is_ignored = |name: &str| name == other || !NAMES.contains(&name);
        for (name, _) in self.0.iter().filter(|(name, _)| is_ignored(name)) {
            out.field(name, "ignored");
        }
        Ok(())
    }

    /// The value of a parameter, which may stand there once.
    fn one(&self, name: &'static str) -> Result<Option<&str>, Wrong> {
        let mut values = self.0.iter().filter(|(found, _)| **found == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(wrong(name, "it stands there twice")),
            (value, None) => Ok(value),
        }
    }

    fn number<T: FromStr + PartialOrd + std::fmt::Display>(
        &self,
        name: &'static str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, Wrong> {
        let read = |text: &str| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|number| is_plain && range.contains(number));
            number.ok_or_else(|| {
                wrong(name, format!("it is no number from {} to {}", range.start(), range.end()))
            })
        };
        self.one(name)?.map(read).transpose()
    }
}

/// How many bytes a secret has. Small letters and padding are against the format, but common, and apps take them.
fn secret(text: &str) -> Result<usize, Wrong> {
    let text = Zeroizing::new(text.trim_end_matches('=').to_ascii_uppercase());
    if text.is_empty() {
        return Err(wrong("secret", "it is missing or empty"));
    }
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|error| {
        let words = match error.kind {
            DecodeKind::Symbol => {
                format!("its character {} is none of base32: A to Z and 2 to 7", error.position + 1)
            }
            DecodeKind::Trailing => "its last character has bits that belong to no byte".into(),
            _ => format!("{} characters of base32 are no whole number of bytes", text.len()),
        };
        wrong("secret", words)
    })?;
    Ok(Zeroizing::new(bytes).len())
}

/// A text that was decoded from its escapes.
fn decoded(
    field: &'static str,
    text: Result<std::borrow::Cow<'_, str>, Vec<u8>>,
) -> Result<Zeroizing<String>, Wrong> {
    match text {
        Ok(text) => Ok(Zeroizing::new(text.into_owned())),
        Err(_) => Err(wrong(field, "its escapes are not UTF-8")),
    }
}

/// Characters before a byte.
fn text_before(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |before| before.chars().count())
}

fn wrong(field: &'static str, words: impl std::fmt::Display) -> Wrong {
    Wrong { words: format!("wrong: {field}: {words}"), field: Some(field), ..Wrong::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a URI says, and what is wrong with it.
    fn read(text: &str) -> (Vec<(String, String)>, Vec<String>, Option<String>) {
        let mut out = Explained::default();
        let wrong = explain(&mut out, text).err().map(|wrong| wrong.words);
        let part = out.parts.pop().unwrap();
        let fields = part.fields.into_iter().map(|field| (field.name, field.meaning)).collect();
        (fields, part.notes, wrong)
    }

    fn value(fields: &[(String, String)], name: &str) -> String {
        fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    #[test]
    fn the_examples_of_the_format() {
        let (fields, notes, wrong) =
            read("otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example");
        assert_eq!((wrong, notes.len()), (None, 2), "10 bytes are too short: {notes:?}");
        assert_eq!(value(&fields, "account"), "\"alice@google.com\"");
        assert_eq!(value(&fields, "secret"), "10 bytes, not shown");
        let (fields, notes, wrong) = read(
            "otpauth://totp/ACME%20Co:john.doe@email.com?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ&issuer=ACME%20Co\
             &algorithm=SHA1&digits=6&period=30",
        );
        assert_eq!((wrong, notes.len()), (None, 1));
        assert_eq!(value(&fields, "issuer"), "\"ACME Co\"");
        assert_eq!((value(&fields, "period"), value(&fields, "digits")), ("30 s".into(), "6".into()));
        // RFC 4226's key.
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let (fields, _, wrong) = read(&format!("OTPAUTH://HOTP/a%3A%20b?secret={secret}&counter=0&image=x"));
        assert_eq!((wrong, value(&fields, "counter")), (None, "0".into()));
        assert_eq!((value(&fields, "account"), value(&fields, "image")), ("\"b\"".into(), "ignored".into()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = "otpauth://totp/b?secret=GEZDGNBVGY3TQOJQ";
        assert_eq!(read(good).2, None);
        for (uri, words) in [
            ("otpauth://totp/a b?secret=AA", "URI: it is none (RFC 3986) from character 17 on"),
            ("otpauth://steam/a?secret=AA", "type: it is neither"),
            ("otpauth://totp", "account: the label names none"),
            ("otpauth://totp/a:b:c?secret=AA", "account: a colon"),
            ("otpauth://totp/%FF?secret=AA", "label: its escapes are not UTF-8"),
            ("otpauth://totp/a", "secret: it is missing"),
            ("otpauth://totp/a?secret=", "secret: it is missing"),
            ("otpauth://totp/a?secret=A1", "secret: its character 2 is none of base32"),
            ("otpauth://totp/a?secret=AAA", "secret: 3 characters of base32"),
            ("otpauth://totp/a?secret=AB", "secret: its last character"),
            ("otpauth://totp/a?secret=AA&secret=AA", "secret: it stands there twice"),
            ("otpauth://totp/a?secret=AA&algorithm=MD5", "algorithm: it is none of"),
            ("otpauth://totp/a?secret=AA&digits=5", "digits: it is no number from 6 to 8"),
            ("otpauth://totp/a?secret=AA&digits=%2B6", "digits: it is no number"),
            ("otpauth://totp/a?secret=AA&period=0", "period: it is no number from 1"),
            ("otpauth://totp/a?secret=AA&period=30s", "period: it is no number"),
            ("otpauth://hotp/a?secret=AA", "counter: it is missing"),
            ("otpauth://hotp/a?secret=AA&counter=18446744073709551616", "counter: it is no number"),
            ("otpauth://totp/a?secret=AA&issuer=A#B", "parameters: they end at a #"),
        ] {
            let found = read(uri).2.unwrap_or_default();
            assert!(found.starts_with(&format!("wrong: {words}")), "{uri}: {found:?}");
        }
    }

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        channel::text::percent::encode(text, &mut out);
        out
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            issuer in "[^:]{1,20}", account in "[^: ][^:]{0,20}", secret in prop::collection::vec(any::<u8>(), 1..64),
            digits in 6u8..=8, period in 1u32..,
        ) {
            let text = format!(
                "otpauth://totp/{0}:{1}?secret={2}&issuer={0}&digits={digits}&period={period}",
                escaped(&issuer), escaped(&account), BASE32_NOPAD.encode(&secret),
            );
            let (fields, _, wrong) = read(&text);
            prop_assert_eq!(wrong, None);
            prop_assert_eq!(value(&fields, "issuer"), peer::json::show(&issuer));
            prop_assert_eq!(value(&fields, "period"), format!("{period} s"));
            prop_assert!(value(&fields, "secret").starts_with(&secret.len().to_string()));
        }

        /// A secret is in no word about it, right or wrong.
        #[test]
        fn no_secret_is_shown(secret in "[A-Z2-7]{8,40}1?", rest in "(&digits=x|&counter=|&period=9|#|)") {
            let mut out = Explained::default();
            let found = explain(&mut out, &format!("otpauth://totp/a?secret={secret}{rest}"));
            let wrong = found.err();
            let said = format!("{out:?}{wrong:?}");
            prop_assert!(!said.contains(&secret), "{}", said);
            prop_assert!(wrong.is_none_or(|wrong| wrong.at.is_none()));
        }

        #[test]
        fn nothing_panics(text in "(otpauth://(totp|hotp)/[ -~é]{0,20}\\?)?[ -~é]{0,60}") {
            let _ = explain(&mut Explained::default(), &text);
        }
    }
}
