//! Strings of push and login, and OCRA suites.

use super::explained::{Explained, Field};
use super::wrong::Wrong;
use channel::crypto::oath::Hash;
use channel::crypto::oath::suite::{Format, Suite};
use channel::text::gateway_string::{Details, GatewayString};

/// Two fields of two digits: whatever version and type they name.
pub(super) fn is_gateway_string(text: &str) -> bool {
    let mut fields = text.split(';');
    let two = |field: Option<&str>| {
        field.is_some_and(|field| field.len() == 2 && field.bytes().all(|byte| byte.is_ascii_digit()))
    };
    two(fields.next()) && two(fields.next())
}

pub(super) fn explain_gateway_string(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let index = text.split(';').nth(3).and_then(|index| index.parse().ok()).unwrap_or(1);
    match GatewayString::read(text, index).map_err(Wrong::in_text)? {
        GatewayString::Notification { challenge_key } => {
            out.part("push notification (version 01, type 03)");
            out.field("challenge key", challenge_key.to_string());
            out.note("never signed: the details are retrieved with it");
        }
        GatewayString::Details(Details { service, application, identity }) => {
            out.part("login details (version 01, type 04)");
            out.add(Field::quoted("service", &service));
            out.field("signed by", format!("application {application}"));
            out.add(Field::quoted("user", &identity.user));
            match identity.domain.as_str() {
                "" => out.field("domain", "none"),
                domain => out.add(Field::quoted("domain", domain)),
            }
        }
    }
    Ok(())
}

pub(super) fn is_suite(text: &str) -> bool {
    text.starts_with("OCRA-")
}

/// The name of a hash.
pub(super) fn of_hash(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha1 => "SHA-1",
        Hash::Sha256 => "SHA-256",
        Hash::Sha512 => "SHA-512",
    }
}

pub(super) fn explain_suite(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let suite = Suite::parse(text).map_err(Wrong::in_text)?;
    out.part("OCRA suite (RFC 6287)");
    out.field("function", format!("HMAC with {}", of_hash(suite.hash)));
    match suite.digits {
        0 => out.field("response", "the whole HMAC, hexadecimal"),
        digits => out.field("response", format!("{digits} digits")),
    }
    let format = match suite.format {
        Format::Alphanumeric => "letters and digits",
        Format::Numeric => "decimal digits",
        Format::Hexadecimal => "hexadecimal digits",
    };
    out.field("question", format!("{format}, at most {} characters of each party", suite.length));
    let also = [
        suite.counter.then(|| "a counter".to_owned()),
        suite.password.map(|hash| format!("the hash of a password, {}", of_hash(hash))),
        suite.session.map(|length| format!("session information of {length} bytes")),
        suite.step_s.map(|step| format!("the time, in steps of {step} s")),
    ];
    also.into_iter().flatten().for_each(|words| out.field("and", words));
    Ok(())
}
