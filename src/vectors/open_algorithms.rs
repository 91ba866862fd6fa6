//! Vectors of HOTP, TOTP and OCRA (SPEC section 25): each with what HMAC is over and what it gives, and static
//! vectors that have such applications.

use serde_json::{Value, json};

use super::formats::static_vector;
use super::vector::{asked, expected, hex, since, with};
use channel::bytes::Wire;
use channel::crypto::oath::ocra::{Input, data_input};
use channel::crypto::oath::suite::Suite;
use channel::crypto::oath::{Hash, Keyed};
use channel::rule::{ALG_5, ALG_6};
use channel::wire::static_vector::{ApplicationRules, Factor, Mode};
use harness::setup::{open, open_vector};

/// `open-algorithm.json`.
pub(super) fn open_algorithms() -> Vec<Value> {
    since(4, [hotp(), totp(), ocra(), bad_suites(), bad_inputs(), static_vectors()].concat())
}

/// The seeds of the RFCs: as long as the hash's value.
fn seed(length: usize) -> Vec<u8> {
    b"1234567890".iter().copied().cycle().take(length).collect()
}

/// What HMAC is over, its value, and the 31 bits of it.
fn between(hash: Hash, key: &[u8], data: &[u8]) -> Value {
    let mut mac = Keyed::new(hash, key);
    mac.update(data);
    let truncated = mac.clone().truncated();
    json!({"hmac_input": hex(data), "hmac": mac.finish(|value| hex(value)), "truncated": truncated})
}

fn hotp() -> Vec<Value> {
    let published = (0..10u64).map(|counter| (format!("rfc-4226-{counter}"), seed(20), counter, 6));
    let others = [
        ("7-digits", seed(20), 1, 7),
        ("8-digits", seed(20), 2, 8),
        ("largest-counter", seed(20), (1 << 53) - 1, 8),
        ("key-1-byte", vec![0x80], 1, 6),
        ("key-64-bytes", seed(64), 1, 6),
        ("key-65-bytes", seed(65), 1, 6),
        ("key-128-bytes", seed(128), 1, 6),
    ];
    let others = others.map(|(id, key, counter, digits)| (id.to_owned(), key, counter, digits));
    published
        .chain(others)
        .map(|(id, key, counter, digits)| {
            let params = json!({"key": hex(&key), "counter": counter, "digits": digits});
            let vector = asked(&format!("hotp-{id}"), "", &["ALG-1"], "primitive.hotp", params);
            with(vector, "intermediate", between(Hash::Sha1, &key, &counter.to_be_bytes()))
        })
        .collect()
}

fn totp() -> Vec<Value> {
    let hashes = [("sha-1", Hash::Sha1, 20), ("sha-256", Hash::Sha256, 32), ("sha-512", Hash::Sha512, 64)];
    let published = [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000u64];
    let published = published.map(|time| (format!("rfc-6238-{time}"), time, 30, 8));
    let others = [
        ("6-digits", 1_800_000_000, 30, 6),
        ("7-digits", 1_800_000_000, 60, 7),
        ("last-second", 29, 30, 8),
        ("next-step", 30, 30, 8),
        ("largest-time", (1 << 53) - 1, 1, 8),
        ("largest-step", 1_800_000_000, 65_535, 8),
    ];
    let all: Vec<_> = published
        .into_iter()
        .chain(others.map(|(id, time, step, n)| (id.to_owned(), time, step, n)))
        .collect();
    hashes
        .into_iter()
        .flat_map(|(name, hash, length)| {
            all.iter().map(move |(id, time, step, digits)| {
                let key = seed(length);
                let params =
                    json!({"key": hex(&key), "time": time, "step": step, "digits": digits, "hash": name});
                let id = format!("totp-{name}-{id}");
                let vector = asked(&id, "", &["ALG-2"], "primitive.totp", params);
                with(vector, "intermediate", between(hash, &key, &(time / step).to_be_bytes()))
            })
        })
        .collect()
}

/// One question to `primitive.ocra`.
#[derive(Clone, Default)]
struct Asked {
    suite: String,
    counter: Option<u64>,
    question: String,
    password: Option<&'static str>,
    session: Option<Vec<u8>>,
    time: Option<u64>,
}

/// RFC 6287 appendix C: 25 March 2008, 12:06:30, in whole minutes.
const TIME: u64 = 0x0132_D0B6 * 60;

impl Asked {
    /// With everything that the suite names.
    fn of(suite: &str, question: &str) -> Self {
        let read = Suite::read(suite);
        let named = read.as_ref();
        Self {
            suite: suite.to_owned(),
            question: question.to_owned(),
            counter: named.filter(|suite| suite.counter).map(|_| 0),
            password: named.and_then(|suite| suite.password).map(|_| "1234"),
            session: named.and_then(|suite| suite.session).map(|_| b"session".to_vec()),
            time: named.and_then(|suite| suite.step_s).map(|_| TIME),
        }
    }

    fn key(&self) -> Vec<u8> {
        let lengths = [("OCRA-1:HOTP-SHA1-", 20), ("OCRA-1:HOTP-SHA256-", 32)];
        seed(
            lengths
                .into_iter()
                .find(|(name, _)| self.suite.starts_with(name))
                .map_or(64, |(_, length)| length),
        )
    }

    fn vector(&self, id: &str, note: &str, requirements: &[&str]) -> Value {
        let key = self.key();
        let params = json!({"suite": self.suite, "key": hex(&key), "counter": self.counter,
            "question": self.question, "password": self.password,
            "session": self.session.as_ref().map(hex), "time": self.time});
        let vector = asked(&format!("ocra-{id}"), note, requirements, "primitive.ocra", params);
        let Some(suite) = Suite::read(&self.suite).filter(|_| vector.get("output").is_some()) else {
            return vector;
        };
        let input = Input {
            counter: self.counter,
            question: &self.question,
            password: self.password,
            session: self.session.as_deref(),
            time: self.time,
        };
        with(vector, "intermediate", between(suite.hash, &key, &data_input(&suite, input)))
    }
}

fn ocra() -> Vec<Value> {
    let repeated = |number: u64| number.to_string().repeat(8);
    let mutual = |first: &str, second: &str, number: u64| format!("{first}{number}{second}{number}");
    let mut vectors = Vec::new();
    let mut published = |name: &str, suite: &str, count, question: &dyn Fn(u64) -> String| {
        for number in 0..count {
            let asked = Asked::of(suite, &question(number));
            let asked = Asked { counter: asked.counter.map(|_| number), ..asked };
            vectors.push(asked.vector(&format!("rfc-6287-{name}-{number}"), "", &["ALG-3"]));
        }
    };
    published("sha1", "OCRA-1:HOTP-SHA1-6:QN08", 10, &repeated);
    published("counter-pin", "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", 10, &|_| "12345678".into());
    published("pin", "OCRA-1:HOTP-SHA256-8:QN08-PSHA1", 5, &repeated);
    published("counter", "OCRA-1:HOTP-SHA512-8:C-QN08", 10, &repeated);
    published("time", "OCRA-1:HOTP-SHA512-8:QN08-T1M", 5, &repeated);
    let [server, client] = [["CLI2222", "SRV1111"], ["SRV1111", "CLI2222"]];
    let mutual = |[first, second]: [&'static str; 2]| move |number| mutual(first, second, number);
    published("mutual-server", "OCRA-1:HOTP-SHA256-8:QA08", 5, &mutual(server));
    published("mutual-client", "OCRA-1:HOTP-SHA256-8:QA08", 5, &mutual(client));
    published("mutual-server-512", "OCRA-1:HOTP-SHA512-8:QA08", 5, &mutual(server));
    published("mutual-client-pin", "OCRA-1:HOTP-SHA512-8:QA08-PSHA1", 5, &mutual(client));
    published("signature", "OCRA-1:HOTP-SHA256-8:QA08", 5, &|number| format!("SIG1{number}000"));
    published("signature-time", "OCRA-1:HOTP-SHA512-8:QA10-T1M", 5, &|number| format!("SIG1{number}00000"));
    vectors.extend(beyond_the_rfc());
    vectors
}

/// What appendix C does not show.
fn beyond_the_rfc() -> Vec<Value> {
    let hexadecimal = "OCRA-1:HOTP-SHA256-8:QH64";
    let number = "OCRA-1:HOTP-SHA1-8:QN64";
    let all = "OCRA-1:HOTP-SHA512-10:C-QA64-PSHA512-S512-T48H";
    [
        ("0-digits-sha1", "the whole value", Asked::of("OCRA-1:HOTP-SHA1-0:QN08", "12345678")),
        ("0-digits-sha512", "the whole value", Asked::of("OCRA-1:HOTP-SHA512-0:QN08", "12345678")),
        ("4-digits", "the shortest", Asked::of("OCRA-1:HOTP-SHA1-4:QN08", "12345678")),
        ("10-digits", "31 bits have ten", Asked::of("OCRA-1:HOTP-SHA1-10:QN08", "12345678")),
        ("hexadecimal-odd", "ABC is AB C0", Asked::of(hexadecimal, "ABC")),
        ("hexadecimal-lower-case", "the same bytes", Asked::of(hexadecimal, "abc")),
        ("hexadecimal-two-parties", "128 digits", Asked::of(hexadecimal, &"0F".repeat(64))),
        ("number-zero", "is the digit 0", Asked::of(number, "00000000")),
        ("number-256", "is 100, an odd number of digits: 10 00", Asked::of(number, "0256")),
        ("number-128-digits", "larger than any machine's", Asked::of(number, &"9".repeat(128))),
        ("session-empty", "64 zeros", {
            Asked { session: Some(Vec::new()), ..Asked::of("OCRA-1:HOTP-SHA1-6:QA08-S064", "abcd") }
        }),
        ("session-full", "no zeros", {
            Asked { session: Some(vec![7; 64]), ..Asked::of("OCRA-1:HOTP-SHA1-6:QA08-S064", "abcd") }
        }),
        ("password-utf-8", "beyond ASCII", {
            Asked { password: Some("Zoë €"), ..Asked::of("OCRA-1:HOTP-SHA1-6:QA08-PSHA256", "abcd") }
        }),
        ("seconds", "a step of 59 seconds", Asked::of("OCRA-1:HOTP-SHA1-6:QA08-T59S", "abcd")),
        ("hours", "a step of 48 hours", Asked::of("OCRA-1:HOTP-SHA1-6:QA08-T48H", "abcd")),
        ("everything", "the longest input", Asked { counter: Some((1 << 53) - 1), ..Asked::of(all, "Az09") }),
    ]
    .map(|(id, note, asked)| asked.vector(id, note, &["ALG-3", "ALG-4"]))
    .into()
}

fn bad_suites() -> Vec<Value> {
    [
        ("empty", ""),
        ("version", "OCRA-2:HOTP-SHA1-6:QN08"),
        ("hash", "OCRA-1:HOTP-SHA384-6:QN08"),
        ("3-digits", "OCRA-1:HOTP-SHA1-3:QN08"),
        ("11-digits", "OCRA-1:HOTP-SHA1-11:QN08"),
        ("leading-zero", "OCRA-1:HOTP-SHA1-06:QN08"),
        ("without-question", "OCRA-1:HOTP-SHA1-6:C"),
        ("question-03", "OCRA-1:HOTP-SHA1-6:QN03"),
        ("question-65", "OCRA-1:HOTP-SHA1-6:QN65"),
        ("question-format", "OCRA-1:HOTP-SHA1-6:QX08"),
        ("lower-case", "OCRA-1:HOTP-SHA1-6:qn08"),
        ("session-000", "OCRA-1:HOTP-SHA1-6:QN08-S000"),
        ("session-513", "OCRA-1:HOTP-SHA1-6:QN08-S513"),
        ("order", "OCRA-1:HOTP-SHA1-6:QN08-T1M-S064"),
        ("0-hours", "OCRA-1:HOTP-SHA1-6:QN08-T0H"),
        ("49-hours", "OCRA-1:HOTP-SHA1-6:QN08-T49H"),
        ("60-seconds", "OCRA-1:HOTP-SHA1-6:QN08-T60S"),
        ("left-over", "OCRA-1:HOTP-SHA1-6:QN08-"),
    ]
    .map(|(id, suite)| {
        let asked = Asked { suite: suite.into(), question: "12345678".into(), ..Asked::default() };
        expected(ALG_5, asked.vector(&format!("suite-{id}"), "no suite", &[]))
    })
    .into()
}

fn bad_inputs() -> Vec<Value> {
    let all = Asked::of("OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1-S008-T1M", "12345678");
    let none = Asked::of("OCRA-1:HOTP-SHA1-6:QN08", "12345678");
    let question = |text: &str| Asked { question: text.into(), ..none.clone() };
    [
        ("counter-missing", Asked { counter: None, ..all.clone() }),
        ("password-missing", Asked { password: None, ..all.clone() }),
        ("session-missing", Asked { session: None, ..all.clone() }),
        ("time-missing", Asked { time: None, ..all.clone() }),
        ("counter-too-much", Asked { counter: Some(0), ..none.clone() }),
        ("password-too-much", Asked { password: Some(""), ..none.clone() }),
        ("session-too-much", Asked { session: Some(Vec::new()), ..none.clone() }),
        ("time-too-much", Asked { time: Some(0), ..none.clone() }),
        ("question-empty", question("")),
        ("question-17-of-8", question("12345678123456781")),
        ("question-letter", question("1234A678")),
        ("session-9-of-8", Asked { session: Some(vec![0; 9]), ..all.clone() }),
    ]
    .map(|(id, asked)| expected(ALG_6, asked.vector(id, "", &[])))
    .into()
}

fn static_vectors() -> Vec<Value> {
    let with = |index: u8, bend: fn(&mut ApplicationRules)| {
        let mut vector = open_vector();
        vector.applications.iter_mut().filter(|rules| rules.form.index == index).for_each(bend);
        vector.to_bytes()
    };
    let algorithm = |number: u8| {
        let mut bytes = open_vector().to_bytes();
        if let Some(byte) = bytes.get_mut(41) {
            *byte = number;
        }
        bytes
    };
    [
        ("good", "eight applications, one for every open algorithm", open_vector().to_bytes()),
        ("algorithm-0", "there is no algorithm 0", algorithm(0)),
        ("algorithm-7", "nor 7", algorithm(7)),
        ("algorithm-1", "and record 11 stands behind OCRA only", algorithm(1)),
        ("hotp-time", "HOTP goes by events", with(open::HOTP, |it| it.factor = Factor::Time(30))),
        ("hotp-signature", "and makes one-time passwords only", {
            with(open::HOTP, |it| (it.mode, it.form.mode) = (Mode::Signature, 3))
        }),
        ("totp-secure-channel", "no message by TOTP", with(open::TOTP, |it| it.secure_channel = true)),
        ("ocra-length", "not the digits of the suite", with(open::SIGN, |it| it.form.length = 7)),
        ("ocra-step", "not the step of the suite", with(open::SIGN, |it| it.factor = Factor::Time(30))),
        ("ocra-message", "no message without QH64", with(open::TEXT, |it| it.secure_channel = true)),
    ]
    .into_iter()
    .map(|(id, note, bytes)| static_vector(&format!("static-vector-open-{id}"), note, bytes))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ought_to_be_refused_is_and_nothing_else() {
        for vector in open_algorithms() {
            let id = vector["id"].as_str().unwrap();
            let open = id.strip_prefix("static-vector-open-");
            let refused = open.is_some_and(|name| name != "good") || vector["requirements"][0] == "ALG-5";
            assert!(vector.get("expected").is_none(), "{vector}");
            assert_eq!(
                vector["result"] == "invalid",
                refused || vector["requirements"][0] == "ALG-6",
                "{id}"
            );
        }
    }
}
