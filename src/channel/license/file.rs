//! The license file: one line for the header, one for each license, one for the trailer. SPEC section 21.
//!
//! ```text
//! {"format":"counterproof-licenses","version":1,"file_id":"<32>","static_vector":"<n>","message_vector":"<26>",
//!  "check":"<32>","count":<c>}                                                            (one line)
//! {"serial":"<10>","type":"<t>","application":"<12>","mode":"MA","threshold":<1..99>,"secure_channel":<b>,"secret":"<64>"}
//! {"mac":"<64>"}
//! ```
//! One content has one form. Whoever reads must not act on a license before the trailer was right: all or nothing.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use aes_gcm::Aes256Gcm;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::bytes::Wire;
use crate::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::kdf;
use crate::crypto::keys::{Key, License as LicenseKey, Transport};
use crate::crypto::keywrap;
use crate::crypto::mac::HmacSha256;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{AM1_8, AM1_9, LIF_5, LIF_6, LIF_7, LIF_8, LIF_9, LIF_10, LIF_11, LIF_12};
use crate::serial::Serial;
use crate::text::hex;
use crate::wire::activation_vector;
use crate::wire::message_vector::{self, MessageVector};
use crate::wire::static_vector::{StaticVector, is_name};

/// The longest line, without its LF.
pub const MAX_LINE: usize = 2_048;
/// The most licenses of a file: as many as a prefix has serial numbers.
pub const MAX_COUNT: u32 = 10_000_000;
/// Characters of the name of a master activation application.
const APPLICATION_LENGTH: usize = 12;
/// Bytes of a secret: a license key and a tag.
const SECRET_LENGTH: usize = 16 + TAG_LENGTH;

const BEFORE_VERSION: &str = "{\"format\":\"counterproof-licenses\",\"version\":";
const BEFORE_MAC: &str = "{\"mac\":";

/// What all licenses of a file have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Drawn for each file.
    pub file_id: [u8; 16],
    /// Decoded.
    pub static_vector: StaticVector,
    /// As it stands there.
    pub static_vector_bytes: Vec<u8>,
    /// Protections, limits, windows.
    pub message_vector: MessageVector,
    /// How many licenses follow, 1..=[`MAX_COUNT`].
    pub count: u32,
}

/// A license as its line tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License<'a> {
    /// Its name.
    pub serial: Serial,
    /// Master activation type, informational: 1 to 16 characters of `A-Z0-9`.
    pub kind: &'a str,
    /// Name of the master activation application: 12 characters of `A-Z0-9`, blanks at the end.
    pub application: &'a str,
    /// Most instances, 1..=99.
    pub threshold: u8,
    /// Whether Secure Channel was ordered.
    pub secure_channel: bool,
    /// Its key.
    pub license_key: Key<LicenseKey>,
}

impl License<'_> {
    /// The activation vector as text (LIF-13).
    pub fn activation_vector(&self, static_vector: &StaticVector) -> String {
        let wrapping = kdf::wrapping(&static_vector.master_key, self.serial);
        activation_vector::encode(&keywrap::wrap(&wrapping, &self.license_key))
    }
}

/// Whether this can be a master activation type.
pub fn is_type(text: &str) -> bool {
    (1..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether this can be the name of a master activation application.
pub fn is_application(text: &str) -> bool {
    text.len() == APPLICATION_LENGTH && is_name(text.as_bytes())
}

/// The keys of a file.
struct FileKeys {
    lines: Gcm<Aes256Gcm>,
    /// All that was read or written so far.
    mac: HmacSha256,
}

impl FileKeys {
    fn new(transport: &Key<Transport, 32>, file_id: &[u8; 16]) -> Self {
        Self {
            lines: Gcm::file_line(&kdf::file_line(transport, file_id)),
            mac: HmacSha256::new(kdf::file_trailer(transport, file_id).expose()),
        }
    }
}

/// LIF-3: the number of the line.
fn nonce(line: u64) -> [u8; NONCE_LENGTH] {
    let line = fault::bent("file-line-number", line, line.saturating_sub(1));
    let [n0, n1, n2, n3, n4, n5, n6, n7] = line.to_be_bytes();
    [0, 0, 0, 0, n0, n1, n2, n3, n4, n5, n6, n7]
}

/// STV, MSV, AM1-9.
fn vectors(static_vector: &[u8], message_vector: &str) -> Result<(StaticVector, MessageVector), Refusal> {
    let vector = StaticVector::decode(static_vector)?;
    let message = MessageVector::decode(message_vector)?;
    let index = message.policy.post_activation;
    let confirms = vector.application(index).is_some_and(|application| application.confirms());
    ensure(confirms, AM1_9, Found::Number(index.into()))?;
    Ok((vector, message))
}

/// LIF-12: refuses where a serial number stands twice; the first license stands in line 2.
pub fn ensure_distinct(serials: impl IntoIterator<Item = Serial>) -> Result<(), Refusal> {
    let mut numbered: Vec<(Serial, u64)> = serials.into_iter().zip(2..).collect();
    numbered.sort_unstable();
    match numbered.windows(2).find(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
        Some([first, second]) => ensure(false, LIF_12, Found::Lines(first.1, second.1)),
        _ => Ok(()),
    }
}

/// Writes a file, line by line.
pub struct Writer {
    keys: FileKeys,
    vector: StaticVector,
    line: u64,
}

impl Writer {
    /// Begins: the header goes to `out`. STV, MSV, AM1-9. Of the promised licenses, `count` must follow.
    pub fn new(
        transport: &Key<Transport, 32>,
        file_id: &[u8; 16],
        static_vector: &[u8],
        message_vector: &str,
        count: u32,
        out: &mut String,
    ) -> Result<Self, Refusal> {
        let (vector, _) = vectors(static_vector, message_vector)?;
        let start = out.len();
        let _ = writeln!(
            out,
            "{BEFORE_VERSION}1,\"file_id\":\"{}\",\"static_vector\":\"{}\",\"message_vector\":\"{message_vector}\",\"check\":\"{}\",\"count\":{count}}}",
            hex::encode(file_id),
            hex::encode(static_vector),
            hex::encode(&kdf::file_check(transport, file_id)),
        );
        let mut keys = FileKeys::new(transport, file_id);
        keys.mac.update(out.get(start..).unwrap_or_default().as_bytes());
        Ok(Self { keys, vector, line: 1 })
    }

    /// The next license's line goes to `out`. AM1-8. That no serial number comes twice is the caller's to see.
    pub fn license(&mut self, license: &License<'_>, out: &mut String) -> Result<(), Refusal> {
        ensure(license.serial.prefix() == self.vector.prefix, AM1_8, Found::Line(self.line + 1, 0))?;
        self.line += 1;
        let License { serial, kind, application, threshold, secure_channel, license_key } = license;
        let start = out.len();
        let _ = write!(
            out,
            "{{\"serial\":\"{serial}\",\"type\":\"{kind}\",\"application\":\"{application}\",\"mode\":\"MA\",\"threshold\":{threshold},\"secure_channel\":{secure_channel},\"secret\":\""
        );
        let mut secret = *license_key.expose();
        let associated = out.get(start..).unwrap_or_default().as_bytes();
        let tag = self.keys.lines.seal(&nonce(self.line), associated, &mut secret);
        out.push_str(&hex::encode(&secret));
        out.push_str(&hex::encode(&tag));
        out.push_str("\"}\n");
        self.keys.mac.update(out.get(start..).unwrap_or_default().as_bytes());
        Ok(())
    }

    /// The trailer goes to `out`.
    pub fn finish(self, out: &mut String) {
        let _ = writeln!(out, "{BEFORE_MAC}\"{}\"}}", hex::encode(&self.keys.mac.finalize()));
    }
}

/// What a line after the header is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A license.
    License(License<'a>),
    /// The trailer, and after it the end of the file.
    End,
}

/// Reads a file, line by line.
pub struct Reader {
    header: Header,
    keys: FileKeys,
    /// The number of the line read last.
    line: u64,
    ended: bool,
}

impl Reader {
    /// Reads the header. `line` is the first line with its LF; a line that is too long may be cut off behind
    /// [`MAX_LINE`] + 1 bytes; the end of the file is an empty line without LF.
    ///
    /// Refuses, in this order: LIF-6 for the length, LIF-5, LIF-7, LIF-6, LIF-8, STV, MSV, AM1-9.
    pub fn new(transport: &Key<Transport, 32>, line: &[u8]) -> Result<Self, Refusal> {
        let mut cursor = Cursor::new(line, 1)?;
        cursor.expect(BEFORE_VERSION)?;
        cursor.version()?;
        cursor.expect(",\"file_id\":\"")?;
        let file_id: [u8; 16] = cursor.bytes()?;
        cursor.expect("\",\"static_vector\":\"")?;
        let static_vector_bytes = cursor.hex_to_quote()?;
        cursor.expect("\",\"message_vector\":\"")?;
        let message_vector = cursor.upper_hex(message_vector::LENGTH)?;
        cursor.expect("\",\"check\":\"")?;
        let check: [u8; 16] = cursor.bytes()?;
        cursor.expect("\",\"count\":")?;
        let count = cursor.number(1..=MAX_COUNT)?;
        cursor.expect("}")?;
        cursor.end()?;

        let right = bool::from(kdf::file_check(transport, &file_id).ct_eq(&check));
        ensure(right, LIF_8, Found::Nothing)?;
        let (static_vector, message_vector) = vectors(&static_vector_bytes, message_vector)?;
        let mut keys = FileKeys::new(transport, &file_id);
        keys.mac.update(line);
        let header = Header { file_id, static_vector, static_vector_bytes, message_vector, count };
        Ok(Self { header, keys, line: 1, ended: false })
    }

    /// What the header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads the next line, given as in [`Reader::new`]; after the trailer, the end of the file.
    ///
    /// Refuses, in this order: LIF-6 for the length, LIF-5, LIF-6; for a license AM1-8, LIF-9; for the trailer
    /// LIF-10, LIF-11; after the trailer anything by LIF-6. LIF-12 is left to the caller.
    pub fn line<'a>(&mut self, line: &'a [u8]) -> Result<Item<'a>, Refusal> {
        self.line += 1;
        if self.ended {
            ensure(line.is_empty(), LIF_6, Found::Line(self.line, 0))?;
            return Ok(Item::End);
        }
        let mut cursor = Cursor::new(line, self.line)?;
        if cursor.rest.starts_with(BEFORE_MAC.as_bytes()) {
            self.trailer(cursor)?;
            self.ended = true;
            return Ok(Item::End);
        }
        cursor.expect("{\"serial\":\"")?;
        let serial = cursor.serial()?;
        cursor.expect("\",\"type\":\"")?;
        let kind = cursor.text_to_quote(is_type)?;
        cursor.expect("\",\"application\":\"")?;
        let application = cursor.text_to_quote(is_application)?;
        cursor.expect("\",\"mode\":\"MA\",\"threshold\":")?;
        let threshold = u8::try_from(cursor.number(1..=99)?).unwrap_or(u8::MAX);
        cursor.expect(",\"secure_channel\":")?;
        let secure_channel = cursor.boolean()?;
        cursor.expect(",\"secret\":\"")?;
        let associated = line.get(..cursor.at).unwrap_or_default();
        let secret: [u8; SECRET_LENGTH] = cursor.bytes()?;
        cursor.expect("\"}")?;
        cursor.end()?;

        ensure(serial.prefix() == self.header.static_vector.prefix, AM1_8, Found::Line(self.line, 0))?;
        let license_key = self.open(associated, &secret)?;
        self.keys.mac.update(line);
        Ok(Item::License(License { serial, kind, application, threshold, secure_channel, license_key }))
    }

    /// The license key of a line; refuses a line that was changed, moved or put in from elsewhere (LIF-9).
    fn open(&self, associated: &[u8], secret: &[u8; SECRET_LENGTH]) -> Result<Key<LicenseKey>, Refusal> {
        let nonce = nonce(self.line);
        let associated = fault::bent("file-line-alone", associated, &[]);
        let (key, tag) = secret.split_at(16);
        let mut key = Zeroizing::new(<[u8; 16]>::try_from(key).unwrap_or_default());
        let tag = tag.try_into().unwrap_or(&[0; TAG_LENGTH]);
        match self.keys.lines.open(&nonce, associated, &mut *key, tag, LIF_9) {
            Ok(()) => Ok(Key::new(*key)),
            Err(_) => refuse(LIF_9, Found::Line(self.line, 0)),
        }
    }

    fn trailer(&mut self, mut cursor: Cursor<'_>) -> Result<(), Refusal> {
        cursor.expect(BEFORE_MAC)?;
        cursor.expect("\"")?;
        let mac: [u8; 32] = cursor.bytes()?;
        cursor.expect("\"}")?;
        cursor.end()?;
        let licenses = self.line - 2;
        ensure(licenses == u64::from(self.header.count), LIF_10, Found::Number(licenses))?;
        let right = bool::from(self.keys.mac.clone().finalize().ct_eq(&mac));
        ensure(right, LIF_11, Found::Line(self.line, 0))
    }
}

/// The lines of a file that is in memory, as [`Reader`] takes them; after the last one the end of the file.
pub fn lines(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    file.split_inclusive(|byte| *byte == b'\n').chain(std::iter::once(Default::default()))
}

/// All of a file that is in memory, once all of it is right.
pub fn read<'a>(
    transport: &Key<Transport, 32>,
    file: &'a [u8],
) -> Result<(Header, Vec<License<'a>>), Refusal> {
    let mut lines = lines(file);
    let mut reader = Reader::new(transport, lines.next().unwrap_or_default())?;
    let mut licenses = Vec::new();
    for line in lines {
        if let Item::License(license) = reader.line(line)? {
            licenses.push(license);
        }
    }
    ensure_distinct(licenses.iter().map(|license| license.serial))?;
    Ok((reader.header().clone(), licenses))
}

/// Reads a line of just one form from left to right. What is not of it is LIF-6.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    rest: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Cursor<'a> {
    /// LIF-6 for the length, LIF-5.
    fn new(line: &'a [u8], number: u64) -> Result<Self, Refusal> {
        let (rest, whole) = match line.strip_suffix(b"\n") {
            Some(rest) => {
                (fault::bent("file-line-ends", rest, rest.strip_suffix(b"\r").unwrap_or(rest)), true)
            }
            None => (line, false),
        };
        ensure(rest.len() <= MAX_LINE, LIF_6, Found::Line(number, MAX_LINE))?;
        ensure(whole, LIF_5, Found::Line(number, rest.len()))?;
        Ok(Self { rest, at: 0, line: number })
    }

    fn found(&self) -> Found {
        match (self.line, self.at) {
            (1, 0) if self.rest.starts_with("\u{FEFF}".as_bytes()) => {
                Found::Words("the file begins with a byte-order mark (U+FEFF)")
            }
            _ => Found::Line(self.line, self.at),
        }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Refusal> {
        match self.rest.split_at_checked(n) {
            Some((head, tail)) => {
                self.rest = tail;
                self.at += n;
                Ok(head)
            }
            None => refuse(LIF_6, self.found()),
        }
    }

    fn expect(&mut self, text: &str) -> Result<(), Refusal> {
        match self.rest.strip_prefix(text.as_bytes()) {
            Some(rest) => {
                self.rest = rest;
                self.at += text.len();
                Ok(())
            }
            None => refuse(LIF_6, self.found()),
        }
    }

    fn end(&self) -> Result<(), Refusal> {
        ensure(self.rest.is_empty(), LIF_6, self.found())
    }

    /// Whole ASCII characters.
    fn text(&mut self, n: usize) -> Result<&'a str, Refusal> {
        let found = self.found();
        let bytes = self.take(n)?;
        match std::str::from_utf8(bytes) {
            Ok(text) if text.is_ascii() => Ok(text),
            _ => refuse(LIF_6, found),
        }
    }

    /// What stands before the next quote, of this form.
    fn text_to_quote(&mut self, is_right: fn(&str) -> bool) -> Result<&'a str, Refusal> {
        let found = self.found();
        let length = self.rest.iter().position(|byte| *byte == b'"').unwrap_or(self.rest.len());
        let text = self.text(length)?;
        ensure(is_right(text), LIF_6, found)?;
        Ok(text)
    }

    fn digits(&mut self) -> Result<&'a str, Refusal> {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.text(length)
    }

    /// Reads past the version; refuses another one, whatever follows it (LIF-7).
    fn version(&mut self) -> Result<(), Refusal> {
        let found = self.found();
        let digits = self.digits()?;
        if !(1..=9).contains(&digits.len()) || !self.rest.starts_with(b",") {
            return refuse(LIF_6, found);
        }
        ensure(digits == "1", LIF_7, Found::Number(digits.parse().unwrap_or(u64::MAX)))
    }

    fn number(&mut self, range: RangeInclusive<u32>) -> Result<u32, Refusal> {
        let found = self.found();
        let digits = self.digits()?;
        match digits.parse() {
            Ok(number) if range.contains(&number) && !digits.starts_with('0') => Ok(number),
            _ => refuse(LIF_6, found),
        }
    }

    fn boolean(&mut self) -> Result<bool, Refusal> {
        let is_true = self.rest.starts_with(b"true");
        self.expect(if is_true { "true" } else { "false" })?;
        Ok(is_true)
    }

    fn serial(&mut self) -> Result<Serial, Refusal> {
        let found = self.found();
        match self.text(10)?.parse() {
            Ok(serial) => Ok(serial),
            Err(_) => refuse(LIF_6, found),
        }
    }

    /// `N` bytes in upper-case hexadecimal.
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let found = self.found();
        let digits = self.take(2 * N)?;
        let mut bytes = [0; N];
        match hex::decode_upper(digits, &mut bytes) {
            true => Ok(bytes),
            false => refuse(LIF_6, found),
        }
    }

    /// So many upper-case hexadecimal digits.
    fn upper_hex(&mut self, n: usize) -> Result<&'a str, Refusal> {
        let found = self.found();
        let text = self.text(n)?;
        let right = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
        ensure(right, LIF_6, found)?;
        Ok(text)
    }

    /// The bytes in upper-case hexadecimal before the next quote.
    fn hex_to_quote(&mut self) -> Result<Vec<u8>, Refusal> {
        let found = self.found();
        let length = self.rest.iter().position(|byte| *byte == b'"').unwrap_or(self.rest.len());
        let digits = self.take(length)?;
        let mut bytes = vec![0; length / 2];
        let right = length.is_multiple_of(2) && hex::decode_upper(digits, &mut bytes);
        ensure(right, LIF_6, found)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::mac::hmac_sha256;

    const VECTOR: &str = "380800370102C3E40210000102030405060708090A0B0C0D0E0F0305010408030104010010150103030101002408\
                          4150504C312020202020010040";

    fn transport() -> Key<Transport, 32> {
        Key::new([0x77; 32])
    }

    fn message_vector() -> String {
        use crate::crypto::protect::Protection;
        use crate::wire::activation1::Policy;
        use crate::wire::message_vector::Windows;
        let protection = Protection::Cmac;
        MessageVector {
            policy: Policy { activation: protection, messages: protection, post_activation: 1 },
            activation_validity_days: 7,
            message_age_limit_s: 3600,
            code_tries: 3,
            signature_tries: 4,
            windows: Windows { identification: 100, signature: 24, first_use_s: 10_800, look_ahead: 10 },
        }
        .encode()
    }

    fn license(suffix: u32) -> License<'static> {
        License {
            serial: format!("VDS{suffix:07}").parse().unwrap(),
            kind: "MOBILE",
            application: "ACTIVATION  ",
            threshold: 5,
            secure_channel: true,
            license_key: Key::new([suffix as u8; 16]),
        }
    }

    fn file_of(suffixes: &[u32]) -> String {
        let mut out = String::new();
        let vector = hex::decode(VECTOR).unwrap();
        let count = u32::try_from(suffixes.len()).unwrap();
        let mut writer =
            Writer::new(&transport(), &[0x11; 16], &vector, &message_vector(), count, &mut out).unwrap();
        for suffix in suffixes {
            writer.license(&license(*suffix), &mut out).unwrap();
        }
        writer.finish(&mut out);
        out
    }

    fn rule_of(file: impl AsRef<[u8]>) -> Option<&'static str> {
        read(&transport(), file.as_ref()).err().map(|refusal| refusal.rule.id)
    }

    #[test]
    fn lif_1_to_lif_4_the_file_spelled_out() {
        let file = file_of(&[120, 7]);
        let (id, context) = ("11".repeat(16), [0x11; 16]);
        let key = |label: &[u8]| kdf::kdf_256::<2>(&transport(), label, &context).as_flattened().to_vec();
        let check = hex::encode(&kdf::kdf_256::<1>(&transport(), b"file-check", &context)[0]);
        let mut expected = format!(
            "{{\"format\":\"counterproof-licenses\",\"version\":1,\"file_id\":\"{id}\",\"static_vector\":\"{VECTOR}\",\"message_vector\":\"{}\",\"check\":\"{check}\",\"count\":2}}\n",
            message_vector()
        );
        let lines = Gcm::file_line(&Key::new(key(b"file-line").try_into().unwrap()));
        for (line, suffix) in [(2u8, 120u32), (3, 7)] {
            let before = format!(
                "{{\"serial\":\"VDS{suffix:07}\",\"type\":\"MOBILE\",\"application\":\"ACTIVATION  \",\"mode\":\"MA\",\"threshold\":5,\"secure_channel\":true,\"secret\":\""
            );
            let mut secret = [suffix as u8; 16];
            let tag = lines.seal(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, line], before.as_bytes(), &mut secret);
            expected += &format!("{before}{}{}\"}}\n", hex::encode(&secret), hex::encode(&tag));
        }
        let mac = hmac_sha256(&key(b"file-trailer"), expected.as_bytes());
        expected += &format!("{{\"mac\":\"{}\"}}\n", hex::encode(&mac));
        assert_eq!(file, expected);

        let key = transport();
        let (header, licenses) = read(&key, file.as_bytes()).unwrap();
        assert_eq!(header.count, 2);
        assert_eq!(licenses, [license(120), license(7)]);
        let vector = &licenses[0].activation_vector(&header.static_vector);
        let wrapped = activation_vector::decode(vector).unwrap();
        let wrapping = kdf::wrapping(&header.static_vector.master_key, licenses[0].serial);
        assert_eq!(keywrap::unwrap(&wrapping, &wrapped), Ok(licenses[0].license_key.clone()));
    }

    #[test]
    fn lif_5_every_cut() {
        let file = file_of(&[1, 2]);
        for length in 0..file.len() {
            assert_eq!(rule_of(&file[..length]), Some("LIF-5"), "{length}");
        }
        assert_eq!(rule_of(&file), None);
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let file = file_of(&[1, 2]);
        for at in 0..file.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut bent = file.clone().into_bytes();
                bent[at] ^= bit;
                assert!(rule_of(bent).is_some(), "byte {at} ^ {bit}");
            }
        }
    }

    #[test]
    fn lif_6_to_lif_12_whole_lines() {
        let file = file_of(&[1, 2, 3]);
        let lines: Vec<&str> = file.split_inclusive('\n').collect();
        let of = |order: &[usize]| order.iter().map(|line| lines[*line]).collect::<String>();
        assert_eq!(rule_of(of(&[0, 2, 1, 3, 4])), Some("LIF-9"), "reordered");
        assert_eq!(rule_of(of(&[0, 1, 3, 4])), Some("LIF-9"), "one left out");
        assert_eq!(rule_of(of(&[0, 1, 2, 4])), Some("LIF-10"), "the last left out");
        assert_eq!(rule_of(of(&[0, 1, 2, 3, 3, 4])), Some("LIF-9"), "one twice");
        assert_eq!(rule_of(of(&[0, 1, 2, 3, 4, 4])), Some("LIF-6"), "two trailers");
        assert_eq!(rule_of(format!("{file}{file}")), Some("LIF-6"), "two files");
        assert_eq!(rule_of(of(&[1, 2, 3, 4])), Some("LIF-6"), "no header");
        assert_eq!(rule_of(file.replace('\n', "\r\n")), Some("LIF-6"), "other line ends");
        assert_eq!(rule_of(file.replace("\"count\":3", "\"count\":4")), Some("LIF-10"));
        assert_eq!(rule_of(file.replace("\"count\":3", "\"count\":03")), Some("LIF-6"));
        assert_eq!(rule_of(file.replace("\"version\":1,", "\"version\":2,")), Some("LIF-7"));
        assert_eq!(rule_of(file.replace("\"version\":1,", "\"version\":,")), Some("LIF-6"));
        assert_eq!(rule_of(file.replace("threshold\":5", "threshold\":6")), Some("LIF-9"));
        assert_eq!(rule_of(file_of(&[1, 2, 1])), Some("LIF-12"));
        assert_eq!(rule_of(format!("{}\n", "x".repeat(MAX_LINE + 1))), Some("LIF-6"));
        let long = rule_of("x".repeat(MAX_LINE + 1));
        assert_eq!((long, rule_of("x".repeat(MAX_LINE))), (Some("LIF-6"), Some("LIF-5")));
        let other = read(&Key::new([0x78; 32]), file.as_bytes()).unwrap_err();
        assert_eq!(other.rule, LIF_8);
        let mac = file.len() - 5;
        let mut bent = file.clone().into_bytes();
        bent[mac] = if bent[mac] == b'0' { b'1' } else { b'0' };
        assert_eq!(rule_of(bent), Some("LIF-11"));
    }

    #[test]
    fn am1_8_am1_9_of_a_file() {
        let mut out = String::new();
        let vector = hex::decode(VECTOR).unwrap();
        let mut writer =
            Writer::new(&transport(), &[0; 16], &vector, &message_vector(), 1, &mut out).unwrap();
        let foreign = License { serial: "ABC0000001".parse().unwrap(), ..license(1) };
        assert_eq!(writer.license(&foreign, &mut out).unwrap_err().rule, AM1_8);
        let mut message = MessageVector::decode(&message_vector()).unwrap();
        message.policy.post_activation = 2;
        let begun = Writer::new(&transport(), &[0; 16], &vector, &message.encode(), 1, &mut out);
        assert_eq!(begun.err().map(|refusal| refusal.rule), Some(AM1_9));
    }
}
