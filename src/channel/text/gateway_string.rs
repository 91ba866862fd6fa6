//! The two gateway strings of push and login. SPEC section 27.
//!
//! ```text
//! notification   01;03;K                       K: challenge key, 10 hexadecimal digits
//! details        01;04;SERVICE;I;USER;DOMAIN   I: application index, 1..=8; DOMAIN may be empty
//! ```
//! What characters they may have is for [`super::charset`] to say, when a request is read or written.

use std::fmt;

use super::charset::is_displayable;
use super::hex;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{PSH_2, PSH_3, PSH_4, PSH_5, PSH_6, PSH_10, Rule};

const VERSION: u8 = 1;
const NOTIFICATION: u8 = 3;
const DETAILS: u8 = 4;
const KEY_DIGITS: usize = 10;
/// Of service, user and domain, in characters.
pub const MAX_CHARACTERS: usize = 255;

/// What names a login session: 5 bytes, written as 10 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChallengeKey(pub [u8; 5]);

impl ChallengeKey {
    /// From 10 hexadecimal digits, either case. PSH-10.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        ensure_key(text, PSH_10)?;
        let bytes = hex::decode(text).unwrap_or_default();
        Ok(Self(bytes.first_chunk().copied().unwrap_or_default()))
    }
}

impl fmt::Display for ChallengeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// One of the two strings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GatewayString {
    /// A login is asked for.
    Notification {
        /// 10 hexadecimal digits; upper case where it was read.
        challenge_key: String,
    },
    /// What is asked for.
    Details(Details),
}

/// What a user is asked to approve.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Details {
    /// Who asks, 1 to 255 characters.
    pub service: String,
    /// Index of the application that signs, 1..=8.
    pub application: u8,
    /// Whose login it is.
    pub identity: Identity,
}

/// Whose login it is; the client remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// 1 to 255 characters.
    pub user: String,
    /// At most 255 characters, or none.
    pub domain: String,
}

impl GatewayString {
    /// The string, for a request that this application signs: field by field PSH-5, and PSH-6 at the index.
    pub fn write(&self, application: u8) -> Result<String, Refusal> {
        match self {
            GatewayString::Notification { challenge_key } => {
                ensure_key(challenge_key, PSH_5)?;
                let upper = challenge_key.to_ascii_uppercase();
                Ok(format!(
                    "01;03;{}",
                    fault::bent("challenge-key-case", &upper, &upper.to_ascii_lowercase())
                ))
            }
            GatewayString::Details(Details { service, application: index, identity }) => {
                ensure_writable(service, 1)?;
                ensure(*index == application, PSH_6, Found::Number(u64::from(*index)))?;
                identity.ensure_writable()?;
                let Identity { user, domain } = identity;
                Ok(match fault::bent("writes-user-after-domain", false, true) {
                    false => format!("01;04;{service};{index};{user};{domain}"),
                    true => format!("01;04;{service};{index};{domain};{user}"),
                })
            }
        }
    }

    /// From the string in a request that this application signs. PSH-4, PSH-2, PSH-3, then by field PSH-4, PSH-6.
    pub fn read(text: &str, application: u8) -> Result<Self, Refusal> {
        let mut fields = text.split(';');
        let version = two_digits(fields.next())?;
        ensure(version == VERSION, PSH_2, Found::Number(u64::from(version)))?;
        let kind = two_digits(fields.next())?;
        let kind = fault::bent("reads-later-types", kind, kind.min(DETAILS));
        let rest: Vec<&str> = fields.collect();
        match (kind, rest.as_slice()) {
            (NOTIFICATION, [key]) => {
                ensure_key(key, PSH_4)?;
                Ok(GatewayString::Notification { challenge_key: key.to_ascii_uppercase() })
            }
            (DETAILS, [service, index, user, domain]) => {
                ensure_length(service, 1, PSH_4)?;
                let index = match index.as_bytes() {
                    [digit @ b'1'..=b'8'] => digit - b'0',
                    _ => return refuse(PSH_4, Found::Words("the index is not 1 to 8")),
                };
                ensure(index == application, PSH_6, Found::Number(u64::from(index)))?;
                ensure_length(user, 1, PSH_4)?;
                ensure_length(domain, 0, PSH_4)?;
                let identity = Identity { user: (*user).into(), domain: (*domain).into() };
                Ok(GatewayString::Details(Details {
                    service: (*service).into(),
                    application: index,
                    identity,
                }))
            }
            (NOTIFICATION | DETAILS, rest) => refuse(PSH_4, Found::Count(rest.len() + 2, "field")),
            _ => refuse(PSH_3, Found::Number(u64::from(kind))),
        }
    }

    /// Whether it is a notification, which nobody signs.
    pub fn is_notification(&self) -> bool {
        matches!(self, GatewayString::Notification { .. })
    }
}

impl Identity {
    /// PSH-5, for the user and then for the domain.
    pub fn ensure_writable(&self) -> Result<(), Refusal> {
        ensure_writable(&self.user, 1)?;
        ensure_writable(&self.domain, 0)
    }
}

/// Two decimal digits; no more than that is known of the later versions and types. PSH-4.
fn two_digits(field: Option<&str>) -> Result<u8, Refusal> {
    match field.map(str::as_bytes) {
        Some([tens @ b'0'..=b'9', ones @ b'0'..=b'9']) => Ok((tens - b'0') * 10 + (ones - b'0')),
        _ => refuse(PSH_4, Found::Words("version and type are not two digits each")),
    }
}

fn ensure_key(text: &str, rule: Rule) -> Result<(), Refusal> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = match digits {
        true => Found::Count(text.len(), "character"),
        false => Found::Words("the challenge key is not hexadecimal"),
    };
    ensure(digits && text.len() == KEY_DIGITS, rule, found)
}

/// At least so many characters, at most 255: they count, not their bytes.
fn ensure_length(field: &str, least: usize, rule: Rule) -> Result<(), Refusal> {
    let characters = field.chars().count();
    let counted = fault::bent("counts-bytes-of-fields", characters, field.len());
    ensure((least..=MAX_CHARACTERS).contains(&counted), rule, Found::Count(characters, "character"))
}

/// A service, a user or a domain, of characters that a reader shows (REQ-9). PSH-5.
pub fn ensure_writable(field: &str, least: usize) -> Result<(), Refusal> {
    if let Some(position) = field.chars().position(|c| c == ';') {
        ensure(false, PSH_5, Found::Character(';', position))?;
    }
    ensure_length(field, least, PSH_5)?;
    let refused = field.chars().enumerate().find(|(_, c)| !is_displayable(*c));
    let found = refused.map_or(Found::Nothing, |(position, c)| Found::Character(c, position));
    ensure(refused.is_none(), PSH_5, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(service: &str, user: &str, domain: &str) -> GatewayString {
        let identity = Identity { user: user.into(), domain: domain.into() };
        GatewayString::Details(Details { service: service.into(), application: 3, identity })
    }

    #[test]
    fn psh_1_the_published_strings() {
        let notification = GatewayString::Notification { challenge_key: "0123456789".into() };
        assert_eq!(GatewayString::read("01;03;0123456789", 5), Ok(notification.clone()));
        assert_eq!(notification.write(5).unwrap(), "01;03;0123456789");
        let login = details("myService", "myUserID", "myDomain");
        assert_eq!(GatewayString::read("01;04;myService;3;myUserID;myDomain", 3), Ok(login.clone()));
        assert_eq!(login.write(3).unwrap(), "01;04;myService;3;myUserID;myDomain");
        assert_eq!(details("s", "u", "").write(3).unwrap(), "01;04;s;3;u;");
        assert!(notification.is_notification() && !login.is_notification());
    }

    #[test]
    fn psh_2_to_psh_6_what_is_not_read() {
        let long = "é".repeat(256);
        for (text, rule) in [
            ("", PSH_4),
            ("1;03;0123456789", PSH_4),
            ("001;03;0123456789", PSH_4),
            ("+1;03;0123456789", PSH_4),
            ("０１;03;0123456789", PSH_4),
            ("02;xx", PSH_2),
            ("00;03;0123456789", PSH_2),
            ("99;03;0123456789", PSH_2),
            ("01", PSH_4),
            ("01;", PSH_4),
            ("01;3;0123456789", PSH_4),
            ("01;05;0123456789", PSH_3),
            ("01;00", PSH_3),
            ("01;03", PSH_4),
            ("01;03;0123456789;", PSH_4),
            ("01;03;012345678", PSH_4),
            ("01;03;01234567890", PSH_4),
            ("01;03;012345678g", PSH_4),
            ("01;04;s;3;u", PSH_4),
            ("01;04;s;3;u;d;", PSH_4),
            ("01;04;;3;u;d", PSH_4),
            ("01;04;s;;u;d", PSH_4),
            ("01;04;s;0;u;d", PSH_4),
            ("01;04;s;9;u;d", PSH_4),
            ("01;04;s;03;u;d", PSH_4),
            ("01;04;s;3;;d", PSH_4),
            ("01;04;s;4;;d", PSH_6),
            ("01;04;;4;u;d", PSH_4),
            (&format!("01;04;{long};3;u;d"), PSH_4),
            (&format!("01;04;s;3;{long};d"), PSH_4),
            (&format!("01;04;s;3;u;{long}"), PSH_4),
        ] {
            assert_eq!(GatewayString::read(text, 3).unwrap_err().rule, rule, "{text}");
        }
        for (text, found) in [
            ("99;03;0123456789", Found::Number(99)),
            ("01;20;0123456789", Found::Number(20)),
            ("01;04;s;3;u", Found::Count(5, "field")),
        ] {
            assert_eq!(GatewayString::read(text, 3).unwrap_err().found, found, "{text}");
        }
        let longest = "é".repeat(255);
        assert!(GatewayString::read(&format!("01;04;{longest};3;{longest};{longest}"), 3).is_ok());
    }

    #[test]
    fn psh_5_what_is_not_written() {
        let long = "é".repeat(256);
        let refused = |string: GatewayString| string.write(3).unwrap_err().rule;
        for (service, user, domain, rule) in [
            ("a;b", "u", "d", PSH_5),
            ("s", "u;", "d", PSH_5),
            ("s", "u", ";", PSH_5),
            ("", "u", "d", PSH_5),
            ("s", "", "d", PSH_5),
            (&long, "u", "d", PSH_5),
            ("s", &long, "d", PSH_5),
            ("s", "u", &long, PSH_5),
            ("s\u{202E}", "u", "d", PSH_5),
            ("s", "u", "\0", PSH_5),
        ] {
            assert_eq!(refused(details(service, user, domain)), rule, "{service} {user} {domain}");
        }
        assert_eq!(details("s", "u", "d").write(4).unwrap_err().rule, PSH_6);
        let key = |text: &str| GatewayString::Notification { challenge_key: text.into() };
        assert_eq!(key("abcdef0123").write(1).unwrap(), "01;03;ABCDEF0123");
        assert_eq!(refused(key("abcdef012")), PSH_5);
        assert_eq!(refused(key("abcdef012;")), PSH_5);
    }

    #[test]
    fn challenge_keys_are_read_in_either_case() {
        let key = ChallengeKey::parse("abCDef0123").unwrap();
        assert_eq!(key, ChallengeKey([0xAB, 0xCD, 0xEF, 0x01, 0x23]));
        assert_eq!(key.to_string(), "ABCDEF0123");
        for text in ["", "abcdef012", "abcdef01234", "abcdef012g", "abcdéf012"] {
            assert_eq!(ChallengeKey::parse(text).unwrap_err().rule, PSH_10, "{text}");
        }
    }
}
