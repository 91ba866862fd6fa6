//! OCRA, RFC 6287: responses to questions, by what a suite names. SPEC ALG-3, ALG-4, ALG-6.
//!
//! ```text
//! HMAC over: suite || 00 || [u64 counter] || question (128) || [password hash] || [session (nnn)] || [u64 step]
//! ```

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use super::suite::{Format, Suite};
use super::{Hash, Keyed, decimal, hexadecimal};
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::ALG_6;

/// Bytes of a question in the input.
const QUESTION: usize = 128;

/// What a person or a program answers with.
#[derive(Clone, Copy, Default)]
pub struct Input<'a> {
    /// C.
    pub counter: Option<u64>,
    /// Q.
    pub question: &'a str,
    /// P, as it is typed.
    pub password: Option<&'a str>,
    /// S.
    pub session: Option<&'a [u8]>,
    /// T: seconds since the epoch.
    pub time: Option<u64>,
}

impl Input<'_> {
    /// Refuses data that the suite doesn't name, lacks, or doesn't allow (RFC 6287) (ALG-6).
    fn ensure_of(&self, suite: &Suite) -> Result<(), Refusal> {
        for (given, named) in [
            (self.counter.is_some(), suite.counter),
            (self.password.is_some(), suite.password.is_some()),
            (self.session.is_some(), suite.session.is_some()),
            (self.time.is_some(), suite.step_s.is_some()),
        ] {
            ensure(given == named, ALG_6, Found::Nothing)?;
        }
        let length = self.question.chars().count();
        let most = fault::bent("question-of-one-party", 2, 1) * usize::from(suite.length);
        ensure((1..=most).contains(&length), ALG_6, Found::Count(length, "character"))?;
        for (position, c) in self.question.chars().enumerate() {
            ensure(suite.format.has(c), ALG_6, Found::Character(c, position))?;
        }
        let session = self.session.map_or(0, <[u8]>::len);
        ensure(session <= usize::from(suite.session.unwrap_or(0)), ALG_6, Found::Length(session))
    }
}

/// The response to an input, as the suite writes it. Refuses with ALG-6.
pub fn ocra(suite: &Suite, key: &[u8], input: Input<'_>) -> Result<String, Refusal> {
    input.ensure_of(suite)?;
    let mut mac = Keyed::new(suite.hash, key);
    mac.update(&data_input(suite, input));
    Ok(match suite.digits {
        0 => mac.finish(|value| {
            let text = hexadecimal(value);
            if fault::bent("ocra-lower-case", true, false) { text } else { text.to_lowercase() }
        }),
        digits => decimal(mac.truncated(), digits),
    })
}

/// What HMAC is over: ALG-3. The input is one that ALG-6 allows.
pub fn data_input(suite: &Suite, input: Input<'_>) -> Zeroizing<Vec<u8>> {
    // As long as it gets, so that no piece of a password's hash stays behind where it grew.
    let mut out = Zeroizing::new(Vec::with_capacity(1024));
    out.extend(head(suite));
    out.extend(input.counter.into_iter().flat_map(u64::to_be_bytes));
    out.extend(question_bytes(suite.format, input.question));
    if let (Some(password), Some(hash)) = (input.password, suite.password) {
        match fault::bent("password-in-clear", true, false) {
            true => out.extend(digest(hash, password.as_bytes()).iter()),
            false => out.extend(password.bytes()),
        }
    }
    if let (Some(session), Some(length)) = (input.session, suite.session) {
        out.extend(pad(session, length));
    }
    if let (Some(time), Some(step_s)) = (input.time, suite.step_s) {
        let step_s = fault::bent("ocra-time-in-seconds", step_s.max(1), 1);
        out.extend((time / u64::from(step_s)).to_be_bytes());
    }
    out
}

/// The suite and its 00.
fn head(suite: &Suite) -> Vec<u8> {
    [suite.text().as_bytes(), fault::bent("suite-without-zero", &[0], &[])].concat()
}

/// Session information: zeros in front. At most `length` bytes.
fn pad(session: &[u8], length: u16) -> Vec<u8> {
    let zeros = vec![0; usize::from(length).saturating_sub(session.len())];
    match fault::bent("session-zeros-behind", true, false) {
        true => [&zeros, session].concat(),
        false => [session, &zeros].concat(),
    }
}

fn digest(hash: Hash, data: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(match hash {
        Hash::Sha1 => Sha1::digest(data).to_vec(),
        Hash::Sha256 => Sha256::digest(data).to_vec(),
        Hash::Sha512 => Sha512::digest(data).to_vec(),
    })
}

/// ALG-4: the question's 128 bytes. Characters outside the format count as 0.
fn question_bytes(format: Format, question: &str) -> [u8; QUESTION] {
    let nibbles = match format {
        Format::Alphanumeric => question.bytes().flat_map(|byte| [byte >> 4, byte & 15]).collect(),
        Format::Numeric if fault::bent("number-as-ascii", false, true) => {
            question.bytes().flat_map(|byte| [byte >> 4, byte & 15]).collect()
        }
        Format::Numeric => hexadecimal_of(question),
        Format::Hexadecimal => question.chars().map(nibble).collect(),
    };
    let mut bytes = [0; QUESTION];
    let odd = nibbles.len() % 2;
    // The high half comes first; the faults put all of it, or an odd last digit, to the right.
    let zeros = fault::bent("question-zeros-in-front", 0, (2 * QUESTION).saturating_sub(nibbles.len()));
    let zeros = fault::bent("odd-digit-low-half", zeros, odd);
    for (at, nibble) in nibbles.into_iter().enumerate() {
        let at = at + zeros;
        if let Some(byte) = bytes.get_mut(at / 2) {
            *byte |= if at % 2 == 0 { nibble << 4 } else { nibble };
        }
    }
    bytes
}

fn nibble(c: char) -> u8 {
    c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0)
}

/// The hexadecimal digits of a decimal number of any length, most significant first, without leading zeros.
fn hexadecimal_of(decimal: &str) -> Vec<u8> {
    // Least significant first; each decimal digit multiplies all of them by 10.
    let mut digits = vec![0u8];
    for c in decimal.chars() {
        let mut carry = nibble(c);
        for digit in &mut digits {
            let value = *digit * 10 + carry;
            (*digit, carry) = (value & 15, value >> 4);
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    digits.reverse();
    digits
}

/// A key and a question: what all candidates of a window have in common.
#[derive(Clone)]
pub struct Questioned {
    /// Has taken the suite, its 00, and, without a counter, the question.
    begun: Keyed,
    counter: bool,
    time: bool,
    question: [u8; QUESTION],
}

impl Questioned {
    /// An application's: the suite has neither P nor S. Characters outside the question's format count as 0, and
    /// what is longer than 128 bytes is cut (ALG-8 refuses both before).
    pub fn new(suite: &Suite, key: &[u8], question: &str) -> Self {
        let question = question_bytes(suite.format, question);
        let mut begun = Keyed::new(suite.hash, key);
        begun.update(&head(suite));
        if !suite.counter {
            begun.update(&question);
        }
        Self { begun, counter: suite.counter, time: suite.step_s.is_some(), question }
    }

    /// The 31 bits at this counter and time step, each where the suite names it.
    pub fn truncated(&self, counter: u64, step: u64) -> u32 {
        let mut mac = self.begun.clone();
        if self.counter {
            mac.update(&counter.to_be_bytes());
            mac.update(&self.question);
        }
        if self.time {
            mac.update(&step.to_be_bytes());
        }
        mac.truncated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(length: usize) -> Vec<u8> {
        b"1234567890".iter().copied().cycle().take(length).collect()
    }

    const PIN: Option<&str> = Some("1234");
    /// 25 March 2008, 12:06:30: 132d0b6 minutes.
    const TIME: Option<u64> = Some(0x0132_d0b6 * 60);

    #[track_caller]
    fn says(suite: &str, key: usize, input: Input<'_>, response: &str) {
        let suite = Suite::parse(suite).unwrap();
        assert_eq!(ocra(&suite, &seed(key), input).unwrap(), response, "{} {}", suite.text(), input.question);
    }

    fn asked(question: &str) -> Input<'_> {
        Input { question, ..Input::default() }
    }

    #[test]
    fn alg_3_rfc_6287_appendix_c_1_one_way() {
        let plain = [
            "237653", "243178", "653583", "740991", "608993", "388898", "816933", "224598", "750600",
            "294470",
        ];
        for (digit, response) in (0..10).zip(plain) {
            says("OCRA-1:HOTP-SHA1-6:QN08", 20, asked(&digit.to_string().repeat(8)), response);
        }
        let counted = [
            "65347737", "86775851", "78192410", "71565254", "10104329", "65983500", "70069104", "91771096",
            "75011558", "08522129",
        ];
        for (counter, response) in (0..10).zip(counted) {
            let input = Input { counter: Some(counter), password: PIN, ..asked("12345678") };
            says("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", 32, input, response);
        }
        for (question, response) in [
            ("00000000", "83238735"),
            ("11111111", "01501458"),
            ("22222222", "17957585"),
            ("33333333", "86776967"),
            ("44444444", "86807031"),
        ] {
            says("OCRA-1:HOTP-SHA256-8:QN08-PSHA1", 32, Input { password: PIN, ..asked(question) }, response);
        }
        let counted = [
            "07016083", "63947962", "70123924", "25341727", "33203315", "34205738", "44343969", "51946085",
            "20403879", "31409299",
        ];
        for (counter, response) in (0..10).zip(counted) {
            let question = counter.to_string().repeat(8);
            says(
                "OCRA-1:HOTP-SHA512-8:C-QN08",
                64,
                Input { counter: Some(counter), ..asked(&question) },
                response,
            );
        }
        for (question, response) in [
            ("00000000", "95209754"),
            ("11111111", "55907591"),
            ("22222222", "22048402"),
            ("33333333", "24218844"),
            ("44444444", "36209546"),
        ] {
            says("OCRA-1:HOTP-SHA512-8:QN08-T1M", 64, Input { time: TIME, ..asked(question) }, response);
        }
    }

    #[test]
    fn alg_3_rfc_6287_appendix_c_2_mutual() {
        let server = ["28247970", "01984843", "65387857", "03351211", "83412541"];
        let client = ["15510767", "90175646", "33777207", "95285278", "28934924"];
        for (i, (server, client)) in server.into_iter().zip(client).enumerate() {
            let suite = "OCRA-1:HOTP-SHA256-8:QA08";
            says(suite, 32, asked(&format!("CLI2222{i}SRV1111{i}")), server);
            says(suite, 32, asked(&format!("SRV1111{i}CLI2222{i}")), client);
        }
        let server = ["79496648", "76831980", "12250499", "90856481", "12761449"];
        let client = ["18806276", "70020315", "01600026", "18951020", "32528969"];
        for (i, (server, client)) in server.into_iter().zip(client).enumerate() {
            says("OCRA-1:HOTP-SHA512-8:QA08", 64, asked(&format!("CLI2222{i}SRV1111{i}")), server);
            let question = format!("SRV1111{i}CLI2222{i}");
            says("OCRA-1:HOTP-SHA512-8:QA08-PSHA1", 64, Input { password: PIN, ..asked(&question) }, client);
        }
    }

    #[test]
    fn alg_3_rfc_6287_appendix_c_3_signatures() {
        for (i, response) in
            ["53095496", "04110475", "31331128", "76028668", "46554205"].into_iter().enumerate()
        {
            says("OCRA-1:HOTP-SHA256-8:QA08", 32, asked(&format!("SIG1{i}000")), response);
        }
        for (i, response) in
            ["77537423", "31970405", "10235557", "95213541", "65360607"].into_iter().enumerate()
        {
            let question = format!("SIG1{i}00000");
            says("OCRA-1:HOTP-SHA512-8:QA10-T1M", 64, Input { time: TIME, ..asked(&question) }, response);
        }
    }

    #[test]
    fn alg_4_questions() {
        let bytes = |format, question| {
            hexadecimal(&question_bytes(format, question)).trim_end_matches("00").to_owned()
        };
        assert_eq!(bytes(Format::Alphanumeric, "az09"), "617A3039");
        assert_eq!(bytes(Format::Numeric, "12345678"), "BC614E");
        assert_eq!(bytes(Format::Numeric, "0017"), "11");
        assert_eq!(bytes(Format::Numeric, "256"), "10");
        assert_eq!(bytes(Format::Numeric, "0000"), "");
        assert_eq!(bytes(Format::Hexadecimal, "aBc"), "ABC0");
        let nines = "9".repeat(128);
        assert_eq!(hexadecimal_of(&nines).len(), 107); // 128 · log2(10) = 425.2 bits
        assert_eq!(question_bytes(Format::Hexadecimal, &"F".repeat(300)), [0xFF; 128]);
    }

    #[test]
    fn alg_4_sessions_have_their_zeros_in_front() {
        assert_eq!(pad(b"ab", 4), [0, 0, b'a', b'b']);
        assert_eq!(pad(b"", 1), [0]);
    }

    #[test]
    fn alg_6_what_the_suite_names() {
        let suite = Suite::parse("OCRA-1:HOTP-SHA1-6:QN04-S002").unwrap();
        let good = Input { session: Some(b"ab"), ..asked("12345678") };
        assert!(ocra(&suite, b"k", good).is_ok());
        for bad in [
            Input { counter: Some(0), ..good },
            Input { password: Some(""), ..good },
            Input { session: None, ..good },
            Input { time: Some(0), ..good },
            Input { question: "", ..good },
            Input { question: "123456789", ..good },
            Input { question: "12A4", ..good },
            Input { session: Some(b"abc"), ..good },
        ] {
            assert_eq!(ocra(&suite, b"k", bad).unwrap_err().rule, ALG_6);
        }
    }
}
