//! What of a license file is in clear, and what the cases of a gateway have to know of it: which licenses there are, and
//! how often one may be wrong. The keys stay sealed, so no transport key is needed.

use std::fmt;

use serde::Deserialize;

use channel::bytes::Wire as _;
use channel::text::hex;
use channel::wire::message_vector::MessageVector;
use channel::wire::static_vector::StaticVector;
use gatecheck::LICENSES;
use gatecheck::bridge::About;
use peer::protocol::Array;

/// The application that signs a login where nobody names one.
const USUAL: u8 = 1;

/// Why a file isn't of use.
#[derive(Debug, PartialEq, Eq)]
pub enum Unprepared {
    /// It isn't of this form, in words.
    NoFile(String),
    /// So many licenses are too few.
    TooFew(usize),
    /// Logins aren't signed by application 1 with digits alone, or AM2 isn't.
    OtherApplications,
    /// The licenses have no Secure Channel, or none is wrong twice.
    OtherSettings,
}

impl fmt::Display for Unprepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile(words) => write!(f, "not a license file: {words}"),
            Self::TooFew(count) => write!(f, "it has {count} licenses, and {LICENSES} are due"),
            Self::OtherApplications => {
                write!(
                    f,
                    "application {USUAL} doesn't sign logins and activation message 2 without a check digit"
                )
            }
            Self::OtherSettings => {
                f.write_str("each license needs Secure Channel and room for 3 instances, and 2 tries or more")
            }
        }
    }
}

impl std::error::Error for Unprepared {}

#[derive(Deserialize)]
struct Header {
    static_vector: String,
    message_vector: String,
}

#[derive(Deserialize)]
struct Line {
    serial: String,
    threshold: u8,
    secure_channel: bool,
}

/// The licenses of a file, each with what a case is told of it.
pub fn licenses(file: &str, wait_s: u32, restarts: bool) -> Result<Vec<About>, Unprepared> {
    let no_file = |words: &dyn fmt::Display| Unprepared::NoFile(words.to_string());
    let mut lines = file.lines();
    let header: Header =
        serde_json::from_str(lines.next().unwrap_or_default()).map_err(|error| no_file(&error))?;
    let vector = hex::decode(&header.static_vector).and_then(|bytes| StaticVector::decode(&bytes));
    let vector = vector.map_err(|refusal| no_file(&refusal))?;
    let message = MessageVector::decode(&header.message_vector).map_err(|refusal| no_file(&refusal))?;
    let plain = |index: u8| vector.application(index).is_some_and(|rules| !rules.form.check_digit);
    let signs = |index: u8| vector.application(index).is_some_and(|rules| rules.signs_requests(false));
    if !(signs(USUAL) && plain(USUAL) && plain(message.policy.post_activation)) {
        return Err(Unprepared::OtherApplications);
    }
    let unsuited = (1..=8).find(|index| !signs(*index));
    let about = |line: Line| {
        let is_fit = line.secure_channel
            && line.threshold > 2
            && message.code_tries > 1
            && message.signature_tries > 1;
        is_fit.then_some(About {
            serial: line.serial,
            threshold: line.threshold,
            application: USUAL,
            unsuited,
            code_tries: message.code_tries,
            signature_tries: message.signature_tries,
            wait_s,
            restarts,
            // Drawn when it is told.
            fresh: Array([0; 16]),
        })
    };
    let licenses = lines.take_while(|line| !line.starts_with("{\"mac\":"));
    let licenses = licenses.map(|line| {
        let line = serde_json::from_str(line).map_err(|error| no_file(&error))?;
        about(line).ok_or(Unprepared::OtherSettings)
    });
    let licenses = licenses.collect::<Result<Vec<_>, _>>()?;
    match licenses.len() < usize::try_from(LICENSES).unwrap_or(usize::MAX) {
        true => Err(Unprepared::TooFew(licenses.len())),
        false => Ok(licenses),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::setup;

    /// A file with so many licenses, each with this line behind its serial number.
    fn file(count: u32, rest: &str) -> String {
        let header = format!(
            r#"{{"static_vector":"{}","message_vector":"{}"}}"#,
            hex::encode(&setup::otp_vector().to_bytes()),
            setup::message_vector().encode()
        );
        let lines = (0..count).map(|number| format!(r#"{{"serial":"VDS{}",{rest}}}"#, 1_000_000 + number));
        let trailer = r#"{"mac":"00"}"#.to_owned();
        let all: Vec<_> = std::iter::once(header).chain(lines).chain([trailer]).collect();
        all.join("\n")
    }

    #[test]
    fn gtw_1_what_the_cases_are_told_of_a_license_file() {
        let right = r#""threshold":5,"secure_channel":true"#;
        let read = licenses(&file(LICENSES, right), 15, true).unwrap();
        assert_eq!(read.len(), LICENSES as usize);
        let About {
            serial,
            threshold,
            application,
            unsuited,
            code_tries,
            signature_tries,
            wait_s,
            restarts,
            ..
        } = read[1].clone();
        assert_eq!((serial.as_str(), threshold, application, unsuited), ("VDS1000001", 5, 1, Some(2)));
        let tries = (u32::from(code_tries), u32::from(signature_tries));
        assert_eq!(tries, (setup::CODE_TRIES, setup::SIGNATURE_TRIES));
        assert_eq!((wait_s, restarts), (15, true));
        let fails = |text: &str| licenses(text, 15, true).unwrap_err();
        assert_eq!(fails(&file(3, right)), Unprepared::TooFew(3));
        let no_channel = r#""threshold":5,"secure_channel":false"#;
        assert_eq!(fails(&file(LICENSES, no_channel)), Unprepared::OtherSettings);
        assert!(matches!(fails("no file"), Unprepared::NoFile(_)));
        assert!(matches!(fails(&file(3, "\"x\":1")), Unprepared::NoFile(_)));
    }
}
