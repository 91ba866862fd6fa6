//! The static vector: parameters common to many licenses, known to server and client. No secret.
//! SPEC section 8.
//!
//! ```text
//! 38 08 || u16 length of what follows || records: u8 tag || u8 length || value
//! 01   2        serial prefix
//! 02   16       master key
//! 03   5        password rules: required, minimum, maximum, tries, weak passwords refused
//! 04   1        platform binding
//! 10   19 + 2k  application: index, flags, mode, algorithm, factor, u16 step, response length,
//!               name (10), k, k × (minimum, maximum)
//! 11   1 + n    OCRA suite of the application before it: index, n characters
//! ```

pub use super::application::{ApplicationRules, Factor, Mode};

use super::open_algorithm::{OCRA, algorithm_number, algorithm_of, decode_suite};
use crate::bytes::{Reader, Wire};
use crate::check_digit::Radix;
use crate::crypto::answer::Algorithm;
use crate::crypto::keys::{Key, Master};
use crate::crypto::response::Form;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{STV_1, STV_2, STV_3, STV_4, STV_5, STV_6, UNL_3};
use crate::serial::SerialPrefix;

const MAGIC: [u8; 2] = [0x38, 0x08];
/// The longest static vector in bytes.
pub const MAX_LENGTH: usize = 481;

const SERIAL_PREFIX: u8 = 0x01;
const MASTER_KEY: u8 = 0x02;
const PASSWORD: u8 = 0x03;
const BINDING: u8 = 0x04;
const APPLICATION: u8 = 0x10;
const SUITE: u8 = 0x11;
/// The length of an application record without data fields.
const APPLICATION_LENGTH: usize = 19;

const ENABLED: u8 = 1;
const SECURE_CHANNEL: u8 = 2;
const HEXADECIMAL: u8 = 4;
const CHECK_DIGIT: u8 = 8;

/// The parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StaticVector {
    /// The prefix of every serial number it belongs to.
    pub prefix: SerialPrefix,
    /// Wraps the license keys.
    pub master_key: Key<Master>,
    /// The rules for passwords.
    pub password: PasswordRules,
    /// Whether responses may be bound to a platform.
    pub binding: bool,
    /// 1 to 8 applications, ascending by index.
    pub applications: Vec<ApplicationRules>,
}

/// The rules for passwords (PINs).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PasswordRules {
    /// Whether there must be one.
    pub required: bool,
    /// 1..=64.
    pub minimum: u8,
    /// `minimum`..=64.
    pub maximum: u8,
    /// Wrong ones before the account is locked, 1..=99.
    pub tries: u8,
    /// Whether weak ones are refused.
    pub refuse_weak: bool,
}

impl StaticVector {
    /// The application with this index.
    pub fn application(&self, index: u8) -> Option<&ApplicationRules> {
        self.applications.iter().find(|application| application.form.index == index)
    }

    /// The unlock application: the enabled one of mode UL with the lowest index. UNL-3.
    pub fn unlock_application(&self) -> Result<&ApplicationRules, Refusal> {
        let unlocks = |rules: &&ApplicationRules| rules.enabled && rules.mode == Mode::Unlock;
        match self.applications.iter().find(unlocks) {
            Some(rules) => Ok(rules),
            None => refuse(UNL_3, Found::Nothing),
        }
    }
}

impl Wire for StaticVector {
    fn encode(&self, out: &mut Vec<u8>) {
        let PasswordRules { required, minimum, maximum, tries, refuse_weak } = self.password;
        let mut records = Vec::new();
        record(&mut records, SERIAL_PREFIX, &self.prefix.to_u16().to_be_bytes());
        record(&mut records, MASTER_KEY, self.master_key.expose());
        record(&mut records, PASSWORD, &[required.into(), minimum, maximum, tries, refuse_weak.into()]);
        record(&mut records, BINDING, &[self.binding.into()]);
        for application in &self.applications {
            record(&mut records, APPLICATION, &encode_application(application));
            if let Algorithm::Ocra(suite) = &application.algorithm {
                let index = [application.form.index];
                record(&mut records, SUITE, &[&index, suite.text().as_bytes()].concat());
            }
        }
        out.extend(MAGIC);
        out.extend(u16::try_from(records.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(records);
    }

    fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        ensure(bytes.len() <= MAX_LENGTH, STV_2, Found::Length(bytes.len()))?;
        let mut reader = Reader::new(bytes);
        ensure(reader.array::<2>(STV_1)? == MAGIC, STV_1, Found::Offset(0))?;
        let length = reader.u16(STV_1)?;
        ensure(usize::from(length) == reader.left(), STV_1, Found::Number(u64::from(length)))?;

        let prefix = decode_prefix(&mut record_value(&mut reader, SERIAL_PREFIX, 2)?)?;
        let master_key = Key::new(record_value(&mut reader, MASTER_KEY, 16)?.array(STV_3)?);
        let password = decode_password(&mut record_value(&mut reader, PASSWORD, 5)?)?;
        let binding = decode_flag(&mut record_value(&mut reader, BINDING, 1)?)?;
        let mut applications: Vec<ApplicationRules> = Vec::new();
        while reader.left() > 0 || applications.is_empty() {
            let (mut application, number) = decode_application(next_record(&mut reader, APPLICATION)?)?;
            if number == OCRA {
                application.algorithm =
                    Algorithm::Ocra(decode_suite(next_record(&mut reader, SUITE)?, application.form.index)?);
            }
            ensure(application.allows_its_values(), STV_6, Found::Number(number.into()))?;
            let index = application.form.index;
            let ascends = applications.last().is_none_or(|before| before.form.index < index);
            ensure(ascends, STV_4, Found::Number(u64::from(index)))?;
            applications.push(application);
        }
        Ok(Self { prefix, master_key, password, binding, applications })
    }
}

/// The value of the next record, which must have this tag. STV-3, then STV-4.
fn next_record<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<Reader<'a>, Refusal> {
    let offset = reader.offset();
    if reader.left() == 0 {
        return refuse(STV_4, Found::Offset(offset));
    }
    let found = reader.u8(STV_3)?;
    let length = reader.u8(STV_3)?;
    let value = reader.take(usize::from(length), STV_3)?;
    if found != tag {
        return refuse(STV_4, Found::Offset(offset));
    }
    Ok(Reader::new(value))
}

/// The same, with the one length that the tag demands. STV-3.
fn record_value<'a>(reader: &mut Reader<'a>, tag: u8, length: usize) -> Result<Reader<'a>, Refusal> {
    let value = next_record(reader, tag)?;
    if value.left() != length {
        return refuse(STV_3, Found::Length(value.left()));
    }
    Ok(value)
}

/// Refuses a value outside its range. STV-5.
fn in_range(value: u8, range: std::ops::RangeInclusive<u8>) -> Result<u8, Refusal> {
    ensure(range.contains(&value), STV_5, Found::Number(u64::from(value)))?;
    Ok(value)
}

fn decode_flag(value: &mut Reader<'_>) -> Result<bool, Refusal> {
    Ok(in_range(value.u8(STV_3)?, 0..=1)? == 1)
}

fn decode_prefix(value: &mut Reader<'_>) -> Result<SerialPrefix, Refusal> {
    let p = value.u16(STV_3)?;
    match SerialPrefix::from_u16(p) {
        Some(prefix) => Ok(prefix),
        None => refuse(STV_5, Found::Number(u64::from(p))),
    }
}

fn decode_password(value: &mut Reader<'_>) -> Result<PasswordRules, Refusal> {
    let required = decode_flag(value)?;
    let minimum = in_range(value.u8(STV_3)?, 1..=64)?;
    let maximum = in_range(value.u8(STV_3)?, minimum..=64)?;
    let tries = in_range(value.u8(STV_3)?, 1..=99)?;
    Ok(PasswordRules { required, minimum, maximum, tries, refuse_weak: decode_flag(value)? })
}

/// An application, and the number of its algorithm; the suite of OCRA is yet to come.
fn decode_application(mut value: Reader<'_>) -> Result<(ApplicationRules, u8), Refusal> {
    let length = value.left();
    if length < APPLICATION_LENGTH {
        return refuse(STV_3, Found::Length(length));
    }
    let mut ahead = value.clone();
    ahead.take(APPLICATION_LENGTH - 1, STV_3)?;
    let k = in_range(ahead.u8(STV_3)?, 0..=8)?;
    if length != APPLICATION_LENGTH + 2 * usize::from(k) {
        return refuse(STV_3, Found::Length(length));
    }

    let index = in_range(value.u8(STV_3)?, 1..=8)?;
    let flags = in_range(value.u8(STV_3)?, 0..=ENABLED | SECURE_CHANNEL | HEXADECIMAL | CHECK_DIGIT)?;
    let mode_number = value.u8(STV_3)?;
    let Some(mode) = Mode::from_number(mode_number) else {
        return refuse(STV_5, Found::Number(u64::from(mode_number)));
    };
    let number = in_range(value.u8(STV_3)?, 1..=6)?;
    let factor = decode_factor(value.u8(STV_3)?, value.u16(STV_3)?)?;
    let response_length = in_range(value.u8(STV_3)?, 6..=16)?;
    let name = value.array::<10>(STV_3)?;
    ensure(is_name(&name), STV_5, Found::Offset(8))?;
    value.u8(STV_3)?; // k, read ahead
    let mut data_fields = Vec::new();
    for _ in 0..k {
        let minimum = value.u8(STV_3)?;
        let maximum = in_range(value.u8(STV_3)?, minimum.max(1)..=64)?;
        data_fields.push((minimum, maximum));
    }
    let radix = if flags & HEXADECIMAL == 0 { Radix::Decimal } else { Radix::Hexadecimal };
    let check_digit = flags & CHECK_DIGIT != 0;
    let rules = ApplicationRules {
        form: Form { mode: mode.number(), index, length: response_length, radix, check_digit },
        mode,
        algorithm: algorithm_of(number),
        enabled: flags & ENABLED != 0,
        secure_channel: flags & SECURE_CHANNEL != 0,
        factor,
        name,
        data_fields,
    };
    Ok((rules, number))
}

fn decode_factor(number: u8, step: u16) -> Result<Factor, Refusal> {
    match (number, step) {
        (1, 1..) => Ok(Factor::Time(step)),
        (2, 0) => Ok(Factor::Event),
        (3, 1..) => Ok(Factor::TimeAndEvent(step)),
        _ => refuse(STV_5, Found::Number(u64::from(number))),
    }
}

/// `A-Z0-9`, then blanks; not all blank.
pub fn is_name(name: &[u8]) -> bool {
    // Not trim_ascii_end: that takes tabs and line ends for blanks.
    let mut text = name.iter().rev().skip_while(|byte| **byte == b' ').peekable();
    text.peek().is_some() && text.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn record(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.extend([tag, u8::try_from(value.len()).unwrap_or(u8::MAX)]);
    out.extend_from_slice(value);
}

fn encode_application(application: &ApplicationRules) -> Vec<u8> {
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    let form = application.form;
    let factor = match application.factor {
        Factor::Time(_) => 1,
        Factor::Event => 2,
        Factor::TimeAndEvent(_) => 3,
    };
    let mut out = vec![
        form.index,
        flag(application.enabled, ENABLED)
            | flag(application.secure_channel, SECURE_CHANNEL)
            | flag(form.radix == Radix::Hexadecimal, HEXADECIMAL)
            | flag(form.check_digit, CHECK_DIGIT),
        application.mode.number(),
        algorithm_number(&application.algorithm),
        factor,
    ];
    out.extend(application.factor.step_s().unwrap_or(0).to_be_bytes());
    out.push(form.length);
    out.extend(application.name);
    out.push(u8::try_from(application.data_fields.len()).unwrap_or(u8::MAX));
    out.extend(application.data_fields.iter().flat_map(|(minimum, maximum)| [*minimum, *maximum]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    /// One application with one data field, each byte written out.
    fn spelled() -> Vec<u8> {
        [
            "3808 0037 0102C3E4",
            "0210 000102030405060708090A0B0C0D0E0F",
            "0305 01 04 08 03 01",
            "0401 00",
            "1015 01 03 03 01 01 0024 08 4150504C312020202020 01 0040",
        ]
        .map(|part| hex::decode(&part.replace(' ', "")).unwrap())
        .concat()
    }

    #[test]
    fn the_layout_spelled_out() {
        let bytes = spelled();
        let vector = StaticVector::decode(&bytes).unwrap();
        assert_eq!(vector.to_bytes(), bytes);
        assert_eq!(vector.prefix.to_string(), "VDS");
        assert_eq!(vector.password.tries, 3);
        let application = vector.application(1).unwrap();
        assert_eq!(&application.name, b"APPL1     ");
        assert_eq!(application.factor, Factor::Time(36));
        assert_eq!(application.data_fields, [(0, 64)]);
        assert!(application.signs_requests(false) && !application.signs_requests(true));
    }

    #[test]
    fn stv_1_stv_3_every_cut() {
        let bytes = spelled();
        for length in 0..bytes.len() {
            assert_eq!(StaticVector::decode(&bytes[..length]).unwrap_err().rule, STV_1, "{length}");
        }
    }

    /// Found by the fuzz target `remac_client`: a tab was taken for a blank.
    #[test]
    fn stv_5_names() {
        for name in [b"A         ", b"APPL1     ", b"0123456789"] {
            assert!(is_name(name), "{name:?}");
        }
        for name in
            [b"          ", b" A        ", b"A B       ", b"APPL1    \t", b"APPL1   \r\n", b"APPLa     "]
        {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn every_single_byte_change_has_one_encoding_or_is_refused() {
        let bytes = spelled();
        for at in 0..bytes.len() {
            for value in 0..=255 {
                let mut changed = bytes.clone();
                changed[at] = value;
                if let Ok(vector) = StaticVector::decode(&changed) {
                    assert_eq!(vector.to_bytes(), changed, "byte {at} = {value}");
                }
            }
        }
    }
}
