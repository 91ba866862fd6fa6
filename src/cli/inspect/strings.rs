//! Strings of push and login, and OCRA suites.

use std::fmt::Write as _;

use super::wrong::Wrong;
use channel::crypto::oath::Hash;
use channel::crypto::oath::suite::{Format, Suite};
use channel::text::gateway_string::{Details, GatewayString};
use peer::json::show;

/// Two fields of two digits: whatever version and type they name.
pub(super) fn is_gateway_string(text: &str) -> bool {
    let mut fields = text.split(';');
    let two = |field: Option<&str>| {
        field.is_some_and(|field| field.len() == 2 && field.bytes().all(|byte| byte.is_ascii_digit()))
    };
    two(fields.next()) && two(fields.next())
}

pub(super) fn explain_gateway_string(out: &mut String, text: &str) -> Result<(), Wrong> {
    let index = text.split(';').nth(3).and_then(|index| index.parse().ok()).unwrap_or(1);
    match GatewayString::read(text, index).map_err(Wrong::in_text)? {
        GatewayString::Notification { challenge_key } => {
            let _ = writeln!(out, "push notification (version 01, type 03)\n  challenge key {challenge_key}");
            let _ = writeln!(out, "  never signed: the details are retrieved with it");
        }
        GatewayString::Details(Details { service, application, identity }) => {
            let _ = writeln!(out, "login details (version 01, type 04)\n  service       {}", show(&service));
            let _ = writeln!(out, "  signed by     application {application}");
            let _ = writeln!(out, "  user          {}", show(&identity.user));
            let _ = match identity.domain.as_str() {
                "" => writeln!(out, "  domain        none"),
                domain => writeln!(out, "  domain        {}", show(domain)),
            };
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

pub(super) fn explain_suite(out: &mut String, text: &str) -> Result<(), Wrong> {
    let suite = Suite::parse(text).map_err(Wrong::in_text)?;
    let _ = writeln!(out, "OCRA suite (RFC 6287)\n  function  HMAC with {}", of_hash(suite.hash));
    let _ = match suite.digits {
        0 => writeln!(out, "  response  the whole HMAC, hexadecimal"),
        digits => writeln!(out, "  response  {digits} digits"),
    };
    let format = match suite.format {
        Format::Alphanumeric => "letters and digits",
        Format::Numeric => "decimal digits",
        Format::Hexadecimal => "hexadecimal digits",
    };
    let _ = writeln!(out, "  question  {}, at most {} characters of each party", format, suite.length);
    let mut of = |named: bool, words: String| {
        if named {
            let _ = writeln!(out, "  and       {words}");
        }
    };
    of(suite.counter, "a counter".into());
    of(
        suite.password.is_some(),
        format!("the hash of a password, {}", of_hash(suite.password.unwrap_or(suite.hash))),
    );
    of(suite.session.is_some(), format!("session information of {} bytes", suite.session.unwrap_or(0)));
    of(suite.step_s.is_some(), format!("the time, in steps of {} s", suite.step_s.unwrap_or(0)));
    Ok(())
}
