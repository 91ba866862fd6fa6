//! The limits: what is measured, the last that is allowed and the first that is refused, and how it is measured.

use harness::spec::order::Row;

use crate::asked::{Asked, number};
use crate::measures::*;

type Measure = fn(&Asked<'_>) -> Vec<i128>;

/// A limit on one side.
pub(crate) struct Limit {
    /// What refuses beyond it: in some operations it is another requirement that tells it.
    pub(crate) rules: &'static [&'static str],
    pub(crate) what: &'static str,
    pub(crate) last: i128,
    pub(crate) first: i128,
    /// Operations that have it; none named: all that ask the first of the rules.
    only: &'static [&'static str],
    pub(crate) measure: Measure,
}

impl Limit {
    pub(crate) fn is_of(&self, op: &str, row: &Row) -> bool {
        let asks = row.rules().iter().any(|rule| self.rules.contains(rule));
        asks && (self.only.is_empty() || self.only.contains(&op))
    }

    /// Whether an answer shows that the limit was met: accepted, or refused by what is asked later and shows it.
    pub(crate) fn is_met(&self, row: &Row, by: Option<&str>) -> bool {
        let Some(by) = by else { return true };
        let rules = row.rules();
        let place = |id: &str| rules.iter().position(|rule| *rule == id);
        let own: Vec<_> = self.rules.iter().filter(|rule| rules.contains(rule)).collect();
        let first = own.iter().filter_map(|rule| place(rule)).min();
        place(by).is_some_and(|at| Some(at) > first)
            && own.iter().all(|rule| row.shows(rule).0 != row.shows(by).0)
    }
}

const fn most(rules: &'static [&'static str], what: &'static str, last: i128, measure: Measure) -> Limit {
    Limit { rules, what, last, first: last + 1, only: &[], measure }
}

const fn least(rules: &'static [&'static str], what: &'static str, last: i128, measure: Measure) -> Limit {
    Limit { rules, what, last, first: last - 1, only: &[], measure }
}

impl Limit {
    const fn of(self, only: &'static [&'static str]) -> Self {
        Self { only, ..self }
    }
}

const U32: i128 = u32::MAX as i128;
const EVENT: i128 = (1 << 53) - 1;

pub(crate) static LIMITS: &[Limit] = &[
    // the frame
    least(&["FRM-2"], "bytes of a frame", 23, frame_length),
    most(&["FRM-3"], "bytes of a frame on the direct carrier", 535, frame_length).of(DIRECT),
    most(&["FRM-4"], "bytes of a frame on the gateway carrier", 2101, frame_length).of(GATEWAY),
    most(&["SER-2", "CST-7", "SDL-34", "SDL-25"], "a character of the prefix", 35, prefix).of(SERIALS),
    most(&["SER-3", "CST-7", "SDL-34", "SDL-25"], "the suffix of a serial number", 9_999_999, suffix)
        .of(SERIALS),
    // the static vector
    most(&["STV-2"], "bytes of a static vector", 481, vector_length),
    most(&["STV-5"], "passwords required", 1, |a| at(a, 3, 0)),
    least(&["STV-5"], "minimum length of a password", 1, |a| at(a, 3, 1)),
    most(&["STV-5"], "maximum length of a password", 64, |a| at(a, 3, 2)),
    least(&["STV-5"], "maximum length of a password above its minimum", 0, |a| {
        record(a, 3).iter().filter(|r| r.len() == 5).map(|r| i128::from(r[2]) - i128::from(r[1])).collect()
    }),
    least(&["STV-5"], "tries of a password", 1, |a| at(a, 3, 3)),
    most(&["STV-5"], "tries of a password", 99, |a| at(a, 3, 3)),
    most(&["STV-5"], "weak passwords refused", 1, |a| at(a, 3, 4)),
    most(&["STV-5"], "platform binding", 1, |a| at(a, 4, 0)),
    least(&["STV-5"], "index of an application", 1, |a| at(a, 0x10, 0)),
    most(&["STV-5"], "index of an application", 8, |a| at(a, 0x10, 0)),
    most(&["STV-5"], "flags of an application", 15, |a| at(a, 0x10, 1)),
    least(&["STV-5"], "mode", 1, |a| at(a, 0x10, 2)),
    most(&["STV-5"], "mode", 5, |a| at(a, 0x10, 2)),
    least(&["STV-5"], "algorithm", 1, |a| at(a, 0x10, 3)),
    most(&["STV-5"], "algorithm", 6, |a| at(a, 0x10, 3)),
    least(&["STV-5"], "factor", 1, |a| at(a, 0x10, 4)),
    most(&["STV-5"], "factor", 3, |a| at(a, 0x10, 4)),
    least(&["STV-5"], "seconds of a time step", 1, |a| step(a, true)),
    most(&["STV-5"], "seconds of a time step without time", 0, |a| step(a, false)),
    least(&["STV-5"], "response length", 6, |a| at(a, 0x10, 7)),
    most(&["STV-5"], "response length", 16, |a| at(a, 0x10, 7)),
    most(&["STV-5"], "number of data fields", 8, |a| at(a, 0x10, 18)),
    most(&["STV-5"], "maximum of a data field", 64, |a| data_fields(a, |_, most| most)),
    least(&["STV-5"], "maximum of a data field", 1, |a| data_fields(a, |_, most| most)),
    least(&["STV-5"], "maximum of a data field above its minimum", 0, |a| {
        data_fields(a, |least, most| most - least)
    }),
    most(&["STV-6"], "digits of HOTP and TOTP", 8, |a| response_length(a, &[2, 3, 5, 6])),
    // activation
    least(&["AM1-3"], "bytes of a body without a vector", 31, |a| body_length(a, 0)),
    most(&["AM1-3"], "bytes of a body without a vector", 31, |a| body_length(a, 0)),
    most(&["AM1-4"], "flags of AM1", 3, |a| body_at(a, 0, 0)),
    most(&["AM1-6"], "protection of type 1 in the policy", 2, |a| policy(a, 10)),
    least(&["AM1-6"], "protection of type 1 in the policy", 1, |a| policy(a, 10)),
    most(&["AM1-6"], "protection of types 2 and 3 in the policy", 2, |a| policy(a, 4)),
    least(&["AM1-6"], "protection of types 2 and 3 in the policy", 1, |a| policy(a, 4)),
    most(&["AM1-15"], "time of the latest AM1", U32 - 1, last_am1),
    least(&["DVC-4"], "digits of a device code", 26, |a| text_length(a, "device_code")),
    most(&["DVC-4"], "digits of a device code", 26, |a| text_length(a, "device_code")),
    most(&["DVC-7"], "device type in a code", 99, |a| one(device_code(a).map(|n| n >> 76))),
    most(&["DVC-9"], "seconds after the validity of AM1", 0, code_age),
    most(&["DVC-10"], "wrong device codes beyond those that are allowed", -1, |a| {
        tries_left(a, "code_failures", "code_tries")
    }),
    most(&["AM2-4"], "sequence number above the threshold", 0, next_sequence),
    least(&["AM2-8"], "bytes of the body of AM2", 31, |a| body_length(a, 1)),
    most(&["AM2-8"], "bytes of the body of AM2", 31, |a| body_length(a, 1)),
    least(&["AM2-8"], "sequence number in AM2", 1, |a| body_at(a, 1, 0)),
    most(&["AM2-8"], "sequence number in AM2", 99, |a| body_at(a, 1, 0)),
    most(&["AM2-8"], "flags of AM2", 1, |a| body_at(a, 1, 1)),
    most(&["AM2-15"], "wrong PINs beyond those that are allowed", -1, |a| client_failures(a, "pin_failures")),
    most(&["NON-3"], "message counter last used", U32 - 1, last_counter),
    most(&["NON-5"], "information counter last used", 16_777_214, |a| {
        one(a.saved_number("information-counter"))
    }),
    least(&["DEA-5"], "bytes of the body of a deactivation", 2, |a| body_length(a, 2)),
    most(&["DEA-5"], "bytes of the body of a deactivation", 2, |a| body_length(a, 2)),
    least(&["DEA-5"], "sequence number in a deactivation", 1, |a| body_at(a, 2, 0)),
    most(&["DEA-5"], "sequence number in a deactivation", 99, |a| body_at(a, 2, 0)),
    most(&["DEA-5"], "second byte of a deactivation", 0, |a| body_at(a, 2, 1)),
    // the client
    most(&["CLI-22"], "serial numbers of a client", 32, serials),
    least(&["CLI-8"], "message counter above that of AM2", 1, above_am2),
    most(&["CLI-9"], "app version demanded above the client's", 0, version_above),
    most(&["CLI-5"], "wrong PINs beyond those that are allowed", -1, |a| client_failures(a, "pin_failures")),
    most(&["CLI-16"], "wrong PINs beyond those that are allowed", -1, |a| client_failures(a, "pin_failures")),
    least(&["UNL-2"], "wrong PINs of a locked account", 0, |a| client_failures(a, "pin_failures")),
    most(&["UNL-6"], "wrong unlock responses beyond those that are allowed", -1, |a| {
        client_failures(a, "unlock_failures")
    }),
    least(&["UNL-5"], "digits of an unlock challenge", 8, |a| text_length(a, "challenge")),
    most(&["UNL-5"], "digits of an unlock challenge", 8, |a| text_length(a, "challenge")),
    // requests
    most(&["REQ-3"], "charset", 1, |a| one(request(a).map(|(control, ..)| (control >> 6 & 7).into())))
        .of(OPENS),
    least(&["REQ-6"], "items of a list", 1, items).of(OPENS),
    most(&["REQ-6"], "items of a list", 16, items).of(OPENS),
    least(&["REQ-6"], "bytes of a key", 1, |a| {
        let keys = strings(a).into_iter().skip(1).step_by(2).map(|key| length(key.len()));
        keys.filter(|_| request(a).is_some_and(|(_, format, _)| format == 0)).collect()
    })
    .of(OPENS),
    least(&["REQ-6"], "bytes of a free text", 1, |a| {
        one(behind_title(a, 2).and_then(|rest| Some(number(rest.get(..2)?))))
    })
    .of(OPENS),
    least(&["REQ-6"], "bytes of a gateway string", 1, |a| {
        one(request(a)
            .filter(|(_, format, _)| *format == 3)
            .and_then(|(_, _, rest)| Some(number(rest.get(..2)?))))
    })
    .of(OPENS),
    most(&["REQ-11"], "bytes of a title", 255, |a| content(a, &["title"])).of(&["server.generate_request"]),
    most(&["REQ-11"], "bytes of a key", 255, |a| content(a, &["key"])).of(&["server.generate_request"]),
    most(&["REQ-11"], "bytes of a value", 255, |a| content(a, &["value"])).of(&["server.generate_request"]),
    most(&["REQ-11"], "bytes of a body on the direct carrier", 512, |a| sent_body(a, "direct"))
        .of(&["server.generate_request"]),
    most(&["REQ-11"], "bytes of a body on the gateway carrier", 2078, |a| sent_body(a, "gateway")),
    // responses
    least(&["OTP-3", "BND-5"], "digits of a challenge", 1, challenge),
    most(&["OTP-3", "BND-5"], "digits of a challenge", 16, challenge),
    most(&["OTP-4"], "data fields more than the application has", 0, field_count),
    least(&["OTP-4"], "data fields less than the application has", 0, field_count),
    most(&["OTP-4"], "characters of a data field beyond its most", 0, |a| field_length(a, false)),
    least(&["OTP-4"], "characters of a data field below its least", 0, |a| field_length(a, true)),
    least(&["OTP-4"], "character of a data field", 0x20, field_character),
    most(&["OTP-4"], "character of a data field", 0x7E, field_character),
    most(&["ALG-8"], "digits of a challenge beyond its suite's", 0, question_length),
    most(&["VER-10"], "characters of a response beyond its length", 0, response_digits),
    least(&["VER-10"], "characters of a response below its length", 0, response_digits),
    most(&["VER-5"], "wrong signatures beyond those that are allowed", -1, signature_failures),
    most(&["VER-6"], "seconds after the age limit", 0, message_age),
    most(&["VER-7"], "requests issued since, itself counted", 256, requests_since),
    most(&["VER-20"], "signatures accepted at one step", 11, signatures_at_step),
    most(&["VER-21"], "tries beyond the floor", 0, |a| floor(a, "VER-21")),
    most(&["VER-22"], "tries beyond the floor at the first use", 0, |a| floor(a, "VER-22")),
    // license files, message vectors
    most(&["LIF-6"], "bytes of a line", 2048, line_length),
    least(&["LIF-6"], "licenses by the header", 1, |a| member_number(a, "count")),
    most(&["LIF-6"], "licenses by the header", 10_000_000, |a| member_number(a, "count")),
    least(&["LIF-6"], "threshold", 1, |a| member_number(a, "threshold")),
    most(&["LIF-6"], "threshold", 99, |a| member_number(a, "threshold")),
    least(&["LIF-6"], "characters of a type", 1, |a| member_length(a, "type")),
    most(&["LIF-6"], "characters of a type", 16, |a| member_length(a, "type")),
    least(&["LIF-6"], "characters of an application's name", 12, |a| member_length(a, "application")),
    most(&["LIF-6"], "characters of an application's name", 12, |a| member_length(a, "application")),
    least(&["LIF-6"], "digits of a file id", 32, |a| member_length(a, "file_id")),
    most(&["LIF-6"], "digits of a file id", 32, |a| member_length(a, "file_id")),
    most(&["LIF-6"], "digits of a version beyond those by which it is one", 9, |a| {
        member_length(a, "version")
    }),
    least(&["MSV-2"], "characters of a message vector", 26, message_vector_length)
        .of(&["message_vector.decode", "license_file.write"]),
    most(&["MSV-2"], "characters of a message vector", 26, message_vector_length)
        .of(&["message_vector.decode", "license_file.write"]),
    least(&["MSV-4"], "the mark of a message vector", 3, |a| vector_number(a, 0, 2)),
    most(&["MSV-4"], "activation_validity_days", 9999, |a| vector_number(a, 7, 14)),
    least(&["MSV-4"], "code_tries", 1, |a| vector_number(a, 53, 7)),
    most(&["MSV-4"], "code_tries", 99, |a| vector_number(a, 53, 7)),
    least(&["MSV-4"], "signature_tries", 1, |a| vector_number(a, 60, 7)),
    most(&["MSV-4"], "signature_tries", 99, |a| vector_number(a, 60, 7)),
    most(&["MSV-4"], "identification_window", 100, |a| vector_number(a, 67, 7)),
    most(&["MSV-4"], "signature_window", 100, |a| vector_number(a, 74, 7)),
    most(&["MSV-4"], "first_use_s", 10_800, |a| vector_number(a, 81, 14)),
    most(&["MSV-4"], "look_ahead", 20, |a| vector_number(a, 95, 5)),
    // BLOBs
    least(&["BLB-3"], "bytes of a BLOB", 33, blob_length),
    most(&["BLB-3"], "bytes of a BLOB", 186, blob_length),
    least(&["BLB-12"], "generation above the server's", 0, generation),
    most(&["BLB-7", "SDL-34"], "shift", 1 << 40, |a| content_number(a, "shift")).of(CONTENTS),
    least(&["BLB-7", "SDL-34"], "shift", -(1 << 40), |a| content_number(a, "shift")).of(CONTENTS),
    most(&["BLB-7", "SDL-34"], "last accepted step", EVENT, |a| content_number(a, "step")).of(CONTENTS),
    most(&["BLB-7", "SDL-34"], "next OTP step", EVENT, |a| content_number(a, "otp")).of(CONTENTS),
    most(&["BLB-7", "SDL-34"], "next event", EVENT, |a| content_number(a, "event")).of(CONTENTS),
    most(&["BLB-7", "SDL-34"], "hashes", 12, hashes).of(CONTENTS),
    // a client's state
    least(&["CST-4"], "bytes of a state", 51, state_length),
    most(&["CST-10"], "serial numbers of a state", 32, |a| loaded_number(a, "accounts")),
    most(&["CST-7"], "device type", 99, |a| loaded_number(a, "device-type")),
    least(&["CST-7"], "sequence number of the activated account", 1, |a| loaded_number(a, "sequence")),
    most(&["CST-7"], "sequence number of the activated account", 99, |a| loaded_number(a, "sequence")),
    least(&["CST-7"], "sequence number of the waiting account", 1, |a| loaded_number(a, "waiting-sequence")),
    most(&["CST-7"], "sequence number of the waiting account", 99, |a| loaded_number(a, "waiting-sequence")),
    most(&["CST-7"], "pin_failures beyond the tries", 0, |a| loaded_failures(a, "pin-failures")),
    most(&["CST-7"], "unlock_failures beyond the tries", 0, |a| loaded_failures(a, "unlock-failures")),
    least(&["CST-11"], "pin_failures of an account with an unlock challenge", 0, |a| {
        let has = a.loaded().is_some_and(|saved| !saved.field("0/challenge").is_empty());
        loaded_failures(a, "pin-failures").into_iter().filter(|_| has).collect()
    }),
    least(&["CST-7"], "information counter", 1, |a| loaded_number(a, "information-counter")),
    most(&["CST-7"], "event", EVENT, loaded_events),
    least(&["CST-7"], "characters of a user", 1, |a| loaded_text(a, "user")),
    most(&["CST-7"], "characters of a user", 255, |a| loaded_text(a, "user")),
    most(&["CST-7"], "characters of a domain", 255, |a| loaded_text(a, "domain")),
    // open algorithms
    most(&["ALG-5"], "digits of a suite", 10, |a| suite(a, 't')),
    least(&["ALG-5"], "digits of a suite but 0", 4, |a| suite(a, 't')),
    most(&["ALG-5"], "digits of a suite that are none", 0, |a| suite(a, 't')),
    least(&["ALG-5"], "characters of a question", 4, |a| suite(a, 'x')),
    most(&["ALG-5"], "characters of a question", 64, |a| suite(a, 'x')),
    least(&["ALG-5"], "bytes of session information", 1, |a| suite(a, 'n')),
    most(&["ALG-5"], "bytes of session information", 512, |a| suite(a, 'n')),
    least(&["ALG-5"], "a suite's seconds", 1, |a| suite(a, 'S')),
    most(&["ALG-5"], "a suite's seconds", 59, |a| suite(a, 'S')),
    least(&["ALG-5"], "a suite's minutes", 1, |a| suite(a, 'M')),
    most(&["ALG-5"], "a suite's minutes", 59, |a| suite(a, 'M')),
    least(&["ALG-5"], "a suite's hours", 1, |a| suite(a, 'H')),
    most(&["ALG-5"], "a suite's hours", 48, |a| suite(a, 'H')),
    least(&["ALG-6"], "characters of the question asked", 1, |a| text_length(a, "question")),
    most(&["ALG-6"], "characters of the question asked beyond twice the suite's", 0, ocra_question),
    most(&["ALG-6"], "bytes of the session asked beyond the suite's", 0, ocra_session),
    // another app
    most(&["A2A-1"], "characters of a URL", 16_384, url_length),
    least(&["A2A-1"], "character of a URL", 0x21, url_character).of(URLS),
    most(&["A2A-1"], "character of a URL", 0x7E, url_character).of(URLS),
    least(&["A2A-25"], "characters of a scheme", 1, |a| text_length(a, "scheme")),
    most(&["A2A-25"], "characters of a scheme", 64, |a| text_length(a, "scheme")),
    least(&["A2A-27"], "characters of a state", 1, call_state),
    most(&["A2A-27"], "characters of a state", 64, call_state),
    // push and login
    least(&["PSH-4", "PSH-5", "PSH-10"], "digits of a challenge key", 10, key_length).of(KEYS),
    most(&["PSH-4", "PSH-5", "PSH-10"], "digits of a challenge key", 10, key_length).of(KEYS),
    least(&["PSH-4"], "application index", 1, |a| gateway(a, 3, "index")).of(READS),
    most(&["PSH-4"], "application index", 8, |a| gateway(a, 3, "index")).of(READS),
    least(&["PSH-4", "PSH-5"], "characters of a service", 1, |a| gateway(a, 2, "service")).of(STRINGS),
    most(&["PSH-4", "PSH-5"], "characters of a service", 255, |a| gateway(a, 2, "service")).of(STRINGS),
    least(&["PSH-4", "PSH-5"], "characters of a user", 1, |a| gateway(a, 4, "user")).of(STRINGS),
    most(&["PSH-4", "PSH-5"], "characters of a user", 255, |a| gateway(a, 4, "user")).of(STRINGS),
    most(&["PSH-4", "PSH-5"], "characters of a domain", 255, |a| gateway(a, 5, "domain")).of(STRINGS),
    least(&["INF-4"], "information counter above the last one", 1, information_counter),
    least(&["INF-5"], "bytes of the body of an information message", 6, |a| body_length(a, 0x24)),
    most(&["INF-5"], "bytes of the body of an information message", 6, |a| body_length(a, 0x24)),
    least(&["INF-5"], "first byte of an information message", 1, |a| body_at(a, 0x24, 0)),
    most(&["INF-5"], "first byte of an information message", 1, |a| body_at(a, 0x24, 0)),
    most(&["LGN-3"], "logins of one requester that go on", 15, logins_of_requester),
    most(&["LGN-23"], "logins that go on", 255, logins_known),
    most(&["LGN-9"], "seconds of a login that is pending", 60, |a| login_age(a, Some(false))),
    most(&["LGN-9"], "seconds of a login that is retrieved", 180, |a| login_age(a, Some(true))),
    most(&["LGN-7"], "seconds for which a login is known", 3600, |a| login_age(a, None)),
    most(&["LGN-22"], "wrong signatures over a login beyond those that are allowed", -1, login_failures),
    // single-device licensing
    least(&["SDL-4"], "digits of a decimal code", 40, |a| code_length(a, false)).of(CODES),
    most(&["SDL-4"], "digits of a decimal code", 40, |a| code_length(a, false)).of(CODES),
    least(&["SDL-4"], "digits of a hexadecimal code", 33, |a| code_length(a, true)).of(CODES),
    most(&["SDL-4"], "digits of a hexadecimal code", 33, |a| code_length(a, true)).of(CODES),
    least(&["SDL-4"], "digits of a short decimal code", 20, |a| code_length(a, false)).of(CODES),
    most(&["SDL-4"], "digits of a short decimal code", 20, |a| code_length(a, false)).of(CODES),
    least(&["SDL-4"], "digits of a short hexadecimal code", 16, |a| code_length(a, true)).of(CODES),
    most(&["SDL-4"], "digits of a short hexadecimal code", 16, |a| code_length(a, true)).of(CODES),
    most(&["SDL-6"], "a decimal code beyond 128 bits", -1, |a| code_number(a, false)).of(CODES),
    most(&["SDL-6"], "a short decimal code beyond 64 bits", -1, |a| code_number(a, true)).of(CODES),
    least(&["SDL-12"], "digits of a suffix", 7, |a| text_length(a, "suffix")),
    most(&["SDL-12"], "digits of a suffix", 7, |a| text_length(a, "suffix")),
    least(&["SDL-12"], "characters of a serial number", 10, |a| text_length(a, "serial")),
    most(&["SDL-12"], "characters of a serial number", 10, |a| text_length(a, "serial")),
    least(&["SDL-19"], "bytes of full activation data", 13, data_length),
    most(&["SDL-19"], "bytes of full activation data", 1024, data_length),
    least(&["SDL-42"], "bytes of encrypted full activation data", 33, data_length),
    most(&["SDL-25"], "characters of the event reactivation counter", 91, online_counter),
    least(&["SDL-31"], "bytes of a single-device state", 33, state_length),
    most(&["SDL-34"], "password_failures beyond the tries", 0, |a| loaded_failures(a, "failures")),
    most(&["SDL-34"], "password_failures of a kept account beyond the tries", 0, |a| {
        loaded_failures(a, "kept-failures")
    })
    .of(&["client.single_load"]),
    most(&["SDL-34"], "event", EVENT, loaded_events).of(&["client.single_load"]),
    least(&["SDL-34"], "memory_kib", 8, |a| loaded_number(a, "memory")).of(&["client.single_load"]),
    most(&["SDL-34"], "memory_kib", 65_536, |a| loaded_number(a, "memory")).of(&["client.single_load"]),
    least(&["SDL-34"], "iterations", 1, |a| loaded_number(a, "iterations")).of(&["client.single_load"]),
    most(&["SDL-34"], "iterations", 16, |a| loaded_number(a, "iterations")).of(&["client.single_load"]),
    least(&["SDL-34"], "signature_tries", 1, |a| loaded_number(a, "tries")).of(&["server.single_load"]),
    most(&["SDL-34"], "signature_tries", 99, |a| loaded_number(a, "tries")).of(&["server.single_load"]),
    most(&["SDL-34"], "identification_window", 100, |a| loaded_number(a, "identification"))
        .of(&["server.single_load"]),
    most(&["SDL-34"], "signature_window", 100, |a| loaded_number(a, "signature")).of(&["server.single_load"]),
    most(&["SDL-34"], "first_use_s", 10_800, |a| loaded_number(a, "first-use")).of(&["server.single_load"]),
    most(&["SDL-34"], "look_ahead", 20, |a| loaded_number(a, "look-ahead")).of(&["server.single_load"]),
    most(&["SDL-34"], "bound", 1, |a| loaded_number(a, "bound")).of(&["server.single_load"]),
    most(&["ERC-3"], "event counter to be sent", U32, next_event),
    most(&["ERC-4"], "digits of an event reactivation counter beyond its length", 0, counter_length),
    least(&["ERC-4"], "digits of an event reactivation counter below its length", 0, counter_length),
    most(&["PWD-2"], "characters of a password beyond its maximum", 0, |a| password_length(a, false)),
    least(&["PWD-2"], "characters of a password below its minimum", 0, |a| password_length(a, true)),
    least(&["PWD-3"], "character of a password", 0x20, password_character),
    most(&["PWD-3"], "character of a password", 0x7E, password_character),
    most(&["PWD-7"], "wrong passwords beyond those that are allowed", -1, |a| {
        client_failures(a, "password_failures")
    }),
    least(&["BND-6"], "digits of a derivation code", 26, |a| text_length(a, "code")),
    most(&["BND-6"], "digits of a derivation code", 26, |a| text_length(a, "code")),
    most(&["BND-6"], "the diversifier in a derivation code", (1 << 56) - 1, diversifier),
    // pictures
    most(&["CAR-2"], "characters in alphanumeric mode", 4296, |a| qr(a, true)),
    most(&["CAR-2"], "characters in byte mode", 2953, |a| qr(a, false)),
    least(&["CAR-2"], "characters to be drawn", 1, |a| text_length(a, "text")),
    most(&["CAR-4"], "width or height of a picture", 16_384, |a| {
        picture(a, |width, height| vec![width, height])
    }),
    // The next number that is the product of two sides.
    Limit {
        first: 16_777_219,
        ..most(&["CAR-4"], "pixels of a picture", 16_777_216, |a| {
            picture(a, |width, height| vec![width * height])
        })
    },
];

const SERIALS: &[&str] = &[
    "frame.parse",
    "frame.open",
    "client.activate_license",
    "client.activate_instance",
    "client.open",
    "client.deactivate",
    "client.mark_confirmed",
    "client.dispatch",
    "server.verify_message_signature",
    "server.process_information",
    "server.login_reject",
    "app2app.build",
    "client.load",
    "client.single_load",
    "server.single_load",
    "client.single_activate_online",
];
const DIRECT: &[&str] = &[
    "frame.parse",
    "client.open",
    "client.deactivate",
    "client.activate_license",
    "client.activate_instance",
    "client.mark_confirmed",
    "client.dispatch",
    "app2app.build",
];
const GATEWAY: &[&str] = &[
    "frame.parse",
    "frame.open",
    "client.open",
    "client.deactivate",
    "server.verify_message_signature",
    "server.process_information",
    "server.login_reject",
];
const OPENS: &[&str] = &["client.open", "client.dispatch"];
const URLS: &[&str] = &["app2app.parse", "client.dispatch"];
const READS: &[&str] = &["client.open", "client.dispatch", "push.read"];
const STRINGS: &[&str] = &[
    "client.open",
    "client.dispatch",
    "push.read",
    "push.write",
    "server.login_start",
    "server.generate_request",
];
const KEYS: &[&str] = &[
    "client.open",
    "client.dispatch",
    "push.read",
    "push.write",
    "server.generate_request",
    "client.generate_information",
    "server.login_retrieve",
    "server.login_approve",
    "server.login_cancel",
    "server.login_status",
];
const CODES: &[&str] = &["activation_code.read", "client.single_activate"];
const CONTENTS: &[&str] = &["server.load_blob", "server.single_load"];
