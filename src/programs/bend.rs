//! A parameter made wrong, in one respect. What is sealed is taken apart, bent and sealed again, since the drawer knows the
//! keys: it chose the random fields that they come from. Such a value stands in the program as it is, so it fits a peer
//! that takes the random fields it is given; to any other it is one more value that it must refuse.

use std::ops::Range;

use channel::check_digit::{Radix, check_digit};
use channel::crypto::gcm::Gcm;
use channel::crypto::kdf::{self, Device};
use channel::crypto::keys::{Channel, Key};
use channel::crypto::mac::sha256;
use channel::crypto::single::full_activation as full_activation_key;
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::message_vector::MessageVector;
use harness::forge::file::{Licensed, Sheet};
use harness::forge::{Plain, single, state};
use serde_json::{Value, json};

use crate::luck::Luck;
use crate::records;
use crate::step::{Edit, Reference};
use crate::values;
use crate::world::{Context, Item, Role, World};

/// Numbers that fields of eight bytes change their minds at.
const EDGES: [u64; 13] = [
    0,
    1,
    2,
    10,
    11,
    200,
    201,
    u32::MAX as u64 - 1,
    u32::MAX as u64,
    u32::MAX as u64 + 1,
    (1 << 53) - 2,
    (1 << 53) - 1,
    1 << 53,
];

/// A parameter of an operation, bent. Nothing where it can't be.
pub(crate) fn parameter(w: &mut World, with: &Context, name: &str, value: &Value) -> Option<Value> {
    if w.luck.percent(25)
        && let Some(other) = other(w, name, value)
    {
        return Some(other);
    }
    let sealed = w.luck.percent(75);
    if matches!(name, "code" | "device_code" | "challenge" | "event_reactivation_counter")
        && w.luck.percent(25)
    {
        return Some(code(w, name));
    }
    let forged = match name {
        "data" if value.get("kind").is_some() => data(w, with, value),
        "first" | "second" => attempt(w, with, value),
        "licenses" => log_lines(w, value),
        "file" if lines(w, value).is_some_and(|text| !text.starts_with('{')) => log(w, value),
        "message" if sealed => message(w, with, value),
        "state" if sealed => saved(w, with, value),
        "file" if sealed => license_file(w, with),
        "blob" if sealed => blob(w, value),
        "data" if sealed => full_activation(w, with, value),
        "static_vector" => {
            let bytes = hex::decode(w.value(value).as_str()?).ok()?;
            Some(Value::from(hex::encode(&records::bent(&mut w.luck, &bytes))))
        }
        _ => None,
    };
    forged.or_else(|| plainly(w, name, value))
}

/// What a response is over, not quite as its application wants it.
fn data(w: &mut World, with: &Context, value: &Value) -> Option<Value> {
    let mut bent = value.clone();
    let members = bent.as_object_mut()?;
    if let Some(challenge) = members.get_mut("challenge") {
        let length = w.luck.one(&[9, 16, 17], 17);
        let long = values::digits(w, length);
        *challenge = json!(w.luck.one(&["", "12a4", long.as_str(), long.as_str()], ""));
    } else if let Some(fields) = members.get_mut("fields").and_then(Value::as_array_mut) {
        let (at, which) = (w.luck.below(fields.len()), w.luck.below(5));
        match which {
            0 => drop(fields.pop()),
            1 => fields.push(json!("1")),
            _ => {
                *fields.get_mut(at)? = match which {
                    2 => json!("1".repeat(65)),
                    3 => json!(""),
                    _ => json!(w.luck.one(&["\u{1F}", "\u{7F}", "é"], "é")),
                };
            }
        }
    } else {
        return values::data(w, with).filter(|other| other != value);
    }
    Some(bent)
}

/// One of two responses: what it is over, or its digits.
fn attempt(w: &mut World, with: &Context, value: &Value) -> Option<Value> {
    let mut bent = value.clone();
    let name = if w.luck.percent(50) { "data" } else { "response" };
    let part = bent.get(name)?.clone();
    let part = match name {
        "data" => data(w, with, &part),
        _ => plainly(w, name, &part),
    };
    *bent.get_mut(name)? = part?;
    Some(bent)
}

/// The text of a file of lines.
fn lines(w: &World, value: &Value) -> Option<String> {
    String::from_utf8(hex::decode(w.value(value).as_str()?).ok()?).ok().filter(|text| text.ends_with('\n'))
}

/// An `ACode.log` with a line twice, cut, or of another form.
fn log(w: &mut World, value: &Value) -> Option<Value> {
    let text = lines(w, value)?;
    let first = text.split_inclusive('\n').next()?;
    let bent = match w.luck.below(6) {
        0 | 1 => format!("{text}{first}"),
        2 => text.replacen(' ', "  ", 1),
        3 => format!("{text}\n"),
        4 => text.trim_end().to_owned(),
        _ => format!("{}0\n", text.trim_end()),
    };
    Some(Value::from(hex::encode(bent.as_bytes())))
}

/// Lines of a log to be written, the code of one of which is none.
fn log_lines(w: &mut World, value: &Value) -> Option<Value> {
    let mut bent = value.clone();
    let all = bent.as_array_mut()?;
    let at = w.luck.below(all.len());
    let code = all.get_mut(at)?.get_mut("code")?;
    let right = w.value(code);
    *code = json!(w.luck.one(&["", "0", right.as_str()?.get(1..)?], ""));
    Some(bent)
}

/// The same parameter of something else: older, of another session, of another kind.
fn other(w: &mut World, name: &str, value: &Value) -> Option<Value> {
    let differs = |item: &&Item| item.with.get(name).is_some_and(|other| other != value);
    let all: Vec<&Item> = w.items.iter().filter(differs).collect();
    let at = w.luck.below(all.len());
    all.get(at)?.with.get(name).cloned()
}

/// As anybody could who has no key.
fn plainly(w: &mut World, name: &str, value: &Value) -> Option<Value> {
    let found = w.value(value);
    match &found {
        Value::Bool(is) => Some(Value::Bool(!is)),
        Value::Null => Some(json!(w.luck.one(&["1357", "0", ""], ""))),
        Value::Number(number) => {
            let number = number.as_u64()?;
            let near = [number.saturating_sub(1), number + 1, 0, 1, 8, 99];
            Some(json!(w.luck.one(&near, number)))
        }
        Value::String(text) => {
            let edit = edit(w, name, text);
            let mut reference = match Reference::of(value) {
                Some(reference) => reference,
                None => return edit.of(found).map(|bent| json!(bent)),
            };
            match name == "message" && w.luck.percent(25) {
                true => reference.but.extend(header(&mut w.luck)),
                false => reference.but.push(edit),
            }
            Some(reference.value())
        }
        _ => None,
    }
}

/// A header that the frame itself doesn't allow: a response; a type with a protection of another; a prefix and a suffix
/// that no serial number has.
fn header(luck: &mut Luck) -> impl Iterator<Item = Edit> + use<> {
    let (from, digits) =
        luck.one(&[(0, "0102"), (0, "0001"), (0, "00C0"), (4, "FFFF"), (8, "FFFFFF")], (0, "0102"));
    digits.chars().enumerate().map(move |(at, digit)| Edit::Put(from + at, digit))
}

/// A change of this text that somebody will look at.
fn edit(w: &mut World, name: &str, text: &str) -> Edit {
    let length = text.chars().count();
    let at = w.luck.below(length.max(1));
    let codes = [
        "device_code",
        "code",
        "response",
        "signature",
        "event_reactivation_counter",
        "message_vector",
        "activation_vector",
    ];
    let is_code = codes.contains(&name);
    let heads = ["message", "state", "file", "data"];
    if heads.contains(&name) && w.luck.percent(40) {
        return head(w, name, length);
    }
    let same = text.chars().nth(at).unwrap_or('0');
    match w.luck.below(9) {
        8 => Edit::Put(
            at,
            if same.is_ascii_lowercase() { same.to_ascii_uppercase() } else { same.to_ascii_lowercase() },
        ),
        0..3 if is_code => Edit::Turn(at, if text.chars().all(|c| c.is_ascii_digit()) { 10 } else { 16 }),
        0 | 1 if name == "message" => Edit::Flip(w.luck.below(15 * 8)),
        0..4 if matches!(name, "x_error" | "x_cancel") => Edit::Add("%_OTP_%".to_owned()),
        2 if name == "url" => Edit::Add(
            w.luck
                .one(
                    &[
                        "&state=a",
                        "&x-error=a",
                        "#",
                        "&",
                        "&x-cancel=tp%253Ax",
                        "&secure_message=00",
                        " ",
                        "&STATE=1",
                        "&y=z",
                    ],
                    "#",
                )
                .to_owned(),
        ),
        3 => Edit::Cut(w.luck.one(&[1, 1, 2, length], 1)),
        4 => Edit::Add(w.luck.one(&["0", "00", " ", "\n", "A"], "0").to_owned()),
        5 => Edit::Put(at, w.luck.one(&['0', '9', 'F', 'a', ' ', 'é', '%', '٣'], '0')),
        _ if text.chars().all(|c| c.is_ascii_hexdigit()) => Edit::Flip(w.luck.below((4 * length).max(1))),
        _ => Edit::Put(at, w.luck.one(&['1', '2', 'Z', '=', '/'], '1')),
    }
}

/// A code of a form of its own: short, too great a number, a device type that there isn't.
fn code(w: &mut World, name: &str) -> Value {
    let with_check = |digits: &str, radix| format!("{digits}{}", check_digit(digits, radix));
    let tens = |digits: &str| with_check(digits, Radix::Decimal);
    let short = values::digits(w, 20);
    let all = match name {
        "device_code" => {
            vec![tens(&"9".repeat(25)), tens(&format!("8{}", "0".repeat(24))), tens(&"0".repeat(25))]
        }
        "challenge" => vec!["1234567".into(), "123456789".into(), "12345678".into(), String::new()],
        "event_reactivation_counter" => [22, 32, 41, 51].map(|length| tens(&"9".repeat(length))).to_vec(),
        _ => vec![
            short.clone(),
            short.get(..16).unwrap_or_default().to_owned(),
            "9".repeat(20),
            "F".repeat(16),
            tens(&"9".repeat(39)),
            with_check(&"F".repeat(32), Radix::Hexadecimal),
            tens(&"9".repeat(25)),
        ],
    };
    w.luck.pick(&all).cloned().map(Value::from).unwrap_or_default()
}

/// What is looked at before any key: magic and version, the least and the most length.
fn head(w: &mut World, name: &str, length: usize) -> Edit {
    let (least, most): (usize, &[usize]) = match name {
        "message" => (23, &[535, 536, 2101, 2102]),
        "data" => (13, &[1024, 1025]),
        "state" => (w.luck.one(&[51, 33], 33), &[]),
        _ => (1, &[2048]),
    };
    let most = w.luck.one(most, 0) * 2;
    match w.luck.below(4) {
        0 => Edit::Cut(length.saturating_sub((least - w.luck.below(2)) * 2)),
        1 if most > length => Edit::Add("0".repeat(most - length)),
        _ => Edit::Flip(w.luck.below(10 * 4)),
    }
}

/// A BLOB with another byte, of another length.
fn blob(w: &mut World, value: &Value) -> Option<Value> {
    let mut bytes = channel::license::blob::from_text(w.value(value).as_str()?).ok()?;
    match w.luck.below(6) {
        0 => bytes.truncate(w.luck.one(&[32, 33, 0], 32)),
        1 => bytes.resize(w.luck.one(&[186, 187], 187), 0),
        2 | 3 => *bytes.first_mut()? = w.luck.one(&[0, 1, 3], 1),
        _ => {
            let at = w.luck.below(bytes.len());
            *bytes.get_mut(at)? ^= 1;
        }
    }
    Some(Value::from(channel::license::blob::to_text(&bytes)))
}

/// Full activation data whose content is bent, with a right checksum, or sealed again.
fn full_activation(w: &mut World, with: &Context, value: &Value) -> Option<Value> {
    let bytes = hex::decode(w.value(value).as_str()?).ok()?;
    let (head, rest) = bytes.split_first_chunk::<5>()?;
    let secret: Option<[u8; 16]> = w.array(with, "shared_secret");
    let gcm = secret.map(|secret| Gcm::sealing(&full_activation_key(&Key::new(secret))));
    let (nonce, mut content) = match &gcm {
        None => ([0; 12], rest.get(..rest.len().checked_sub(8)?)?.to_vec()),
        Some(gcm) => {
            let (nonce, sealed) = rest.split_first_chunk::<12>()?;
            let mut content = sealed.get(..sealed.len().checked_sub(16)?)?.to_vec();
            // Counter mode: what seals also opens.
            gcm.seal(nonce, head, &mut content);
            (*nonce, content)
        }
    };
    match w.luck.below(12) {
        8..12 => counter(&mut w.luck, &mut content)?,
        6 | 7 => {
            // Serial number, code and check, then the length of the static vector and the vector.
            let length = content.get(25..27)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            let vector = records::bent(&mut w.luck, content.get(27..27 + length)?);
            let says = u16::try_from(vector.len()).unwrap_or(u16::MAX).to_be_bytes();
            content.splice(25..27 + length, [&says[..], &vector].concat());
        }
        0 => content.truncate(w.luck.below(content.len().max(1))),
        1 => content.push(0),
        2 => *content.first_mut()? = 0xFF,
        3 => content.push(b'0'),
        _ => {
            let at = w.luck.below(content.len().max(1));
            let at = w.luck.one(&[at, 4, 5, 21, 25, content.len().saturating_sub(1)], at);
            *content.get_mut(at)? ^= w.luck.one(&[1, 0x40], 1);
        }
    }
    let sealed = match &gcm {
        None => {
            let sum = sha256(&[head, &content]);
            [&content[..], sum.get(..8)?].concat()
        }
        Some(gcm) => {
            let tag = gcm.seal(&nonce, head, &mut content);
            [&nonce[..], &content, &tag].concat()
        }
    };
    Some(Value::from(hex::encode(&[&head[..], &sealed].concat())))
}

/// The event reactivation counter at the end of full activation data: its digits, its check digit, its length; or another
/// prefix of the serial number, which stands in front.
fn counter(luck: &mut Luck, content: &mut Vec<u8>) -> Option<()> {
    let vector = content.get(25..27)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let at = 27 + vector;
    let mut digits = String::from_utf8(content.get(at + 1..)?.to_vec()).ok()?;
    let last = digits.len().checked_sub(1);
    match (luck.below(5), last) {
        (0, _) | (1, None) => {
            content.get_mut(..2)?.copy_from_slice(&[0, 0]);
            return Some(());
        }
        (1, Some(last)) => digits.truncate(last),
        (2, Some(last)) => {
            let other = if digits.ends_with('0') { "1" } else { "0" };
            digits.replace_range(last.., other);
        }
        (3, Some(last)) => {
            // As many digits, all nines: more bits than there may be.
            digits = "9".repeat(last);
            digits.push(check_digit(&digits, Radix::Decimal));
        }
        (_, Some(last)) => {
            let place = luck.below(last);
            let other = if digits.get(place..=place) == Some("1") { "2" } else { "1" };
            digits.replace_range(place..=place, other);
            digits.truncate(last);
            digits.push(check_digit(&digits, Radix::Decimal));
        }
        (_, None) => {
            let length = luck.one(&[22, 32, 41], 22);
            digits = "0".repeat(length);
            digits.push(check_digit(&digits, Radix::Decimal));
        }
    }
    content.truncate(at);
    content.push(u8::try_from(digits.len()).ok()?);
    content.extend(digits.bytes());
    Some(())
}

/// The key under which a message of this type is sealed.
fn channel(w: &World, with: &Context, kind: u16) -> Option<Key<Channel>> {
    match kind {
        0 => None,
        1 => {
            let serial: Serial = w.text(with, "serial")?.parse().ok()?;
            let device = Device {
                kind: u8::try_from(w.number(with, "device_type")?).ok()?,
                id: w.array(with, "device_id")?,
            };
            let am1 = sha256(&[&w.bytes(with, "am1")?]);
            Some(kdf::am2_channel(&Key::new(w.array(with, "license_key")?), serial, device, &am1))
        }
        _ => Some(Key::new(w.array(with, "payload_key")?)),
    }
}

/// A message with one thing changed, and a right tag.
fn message(w: &mut World, with: &Context, value: &Value) -> Option<Value> {
    let text = w.value(value).as_str()?.to_owned();
    let word = u16::from_str_radix(text.get(..4)?, 16).ok()?;
    let kind = word >> 6 & 0x3F;
    let key = channel(w, with, kind);
    if kind != 0 && key.is_none() {
        return None;
    }
    let mut plain = Plain::of(&text, key.as_ref()).ok()?;
    if kind == 3 && w.luck.percent(65) {
        plain.body = request_body(w, &plain.body);
    } else {
        match w.luck.below(10) {
            0 => plain.word ^= 1 << w.luck.below(16),
            1 | 2 => plain = plain.with_protection(w.luck.one(&[0, 1, 2, 1, 2, 3], 1)),
            7 if kind == 3 => plain = plain.with_type(w.luck.one(&[0, 1, 2, 3, 4, 5, 0x24], 3)),
            3 => *plain.nonce.get_mut(w.luck.below(8))? ^= w.luck.one(&[1, 0x80, 0xFF], 1),
            4 => plain.nonce = w.luck.one(&[[0; 8], [0xFF; 8], [0, 0, 0, 0, 0, 0, 0, 1]], [0; 8]),
            5 => *plain.serial.get_mut(w.luck.below(5))? ^= w.luck.one(&[1, 0xFF], 1),
            6 => bytes(&mut w.luck, &mut plain.body),
            _ => field(&mut w.luck, &mut plain.body, kind),
        }
    }
    Some(Value::from(plain.message(key.as_ref())))
}

/// Any bytes with one thing changed.
fn bytes(luck: &mut Luck, bytes: &mut Vec<u8>) {
    match luck.below(4) {
        0 => drop(bytes.pop()),
        1 => bytes.push(0),
        _ => {
            let at = luck.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = luck.one(&[0, 1, 0xFF, byte.wrapping_add(1), byte.wrapping_sub(1), *byte ^ 0x80], 0);
            }
        }
    }
}

/// The fields of a body of this type that are not just keys.
fn field(luck: &mut Luck, body: &mut Vec<u8>, kind: u16) {
    let (at, value): (usize, u8) = match kind {
        0 => luck.one(
            &[
                (0, 0),
                (0, 1),
                (0, 2),
                (0, 3),
                (0, 4),
                (29, 0),
                (29, 0x0C),
                (30, 1),
                (30, 0x1E),
                (5, 0),
                (31, 0),
            ],
            (0, 0),
        ),
        1 => luck.one(&[(0, 0), (0, 99), (0, 100), (1, 0), (1, 1), (1, 2), (1, 3), (2, 1)], (0, 0)),
        2 => luck.one(&[(0, 0), (0, 1), (0, 2), (0, 99), (0, 100), (1, 1)], (0, 0)),
        _ => luck.one(&[(0, 0), (0, 2), (1, 0xFF), (5, 1)], (0, 0)),
    };
    match body.get_mut(at) {
        Some(byte) => *byte = value,
        None => body.push(value),
    }
    // A length other than its flags say.
    if luck.percent(15) {
        body.truncate(luck.one(&[0, 1, 30, 31], 0));
    }
}

/// A body of a request that the builder would not have written.
fn request_body(w: &mut World, right: &[u8]) -> Vec<u8> {
    let mut control: u16 =
        right.first().map_or(0, |high| u16::from(*high) << 8) | right.get(1).map_or(0, |low| u16::from(*low));
    let string = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap_or(u8::MAX)], bytes].concat();
    let long =
        |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()[..], bytes].concat();
    let c = values::character(w);
    let odd = match w.luck.below(8) {
        0 => w
            .luck
            .one(
                &[
                    &[0xFF][..],
                    &[0xC3],
                    &[0xED, 0xA0, 0x80],
                    &[0xC0, 0x80],
                    &[0xF4, 0x90, 0x80, 0x80],
                    &[0xA4],
                    &[0x80],
                    &[0xE2, 0x82],
                ],
                &[],
            )
            .to_vec(),
        1 => Vec::new(),
        _ => format!("a{c}").into_bytes(),
    };
    match w.luck.below(10) {
        0 => {
            let mut body = right.to_vec();
            bytes(&mut w.luck, &mut body);
            return body;
        }
        1 => return right.iter().copied().take(w.luck.below(3)).collect(),
        2 => {
            // Minimum version, PIN, template, charset, format, index, the last bit.
            control ^= 1 << w.luck.below(16);
            return [&control.to_be_bytes()[..], right.get(2..).unwrap_or_default()].concat();
        }
        _ => {}
    }
    let format = w.luck.one(&[0, 0, 1, 2, 3], 0);
    let charset = w.luck.one(&[0, 0, 0, 1, 2, 5], 0);
    control = control & !0x01F0 | charset << 6 | format << 4;
    let content = match format {
        0 => {
            let count = w.luck.one(&[0, 1, 1, 1, 16, 17], 1);
            let says = u8::try_from(count).unwrap_or(0).wrapping_add(w.luck.one(&[0, 0, 0, 1, 0xFF], 0));
            let [mut key, mut value] = [b"k".to_vec(), b"v".to_vec()];
            let mut title = b"T".to_vec();
            match w.luck.below(3) {
                0 => key = odd,
                1 => value = odd,
                _ => title = odd,
            }
            let items: Vec<u8> = (0..count).flat_map(|_| [string(&key), string(&value)].concat()).collect();
            [string(&title), vec![says], items].concat()
        }
        1 => {
            let challenge = w.luck.one(&["1234", "", "12345678901234567", "12a4", "1234567890123456"], "");
            [string(if w.luck.percent(50) { &odd } else { b"T" }), string(challenge.as_bytes())].concat()
        }
        2 => [string(b"T"), long(&odd)].concat(),
        _ => {
            let index = control >> 1 & 7;
            let with = Context::from_iter([("application".to_owned(), json!(index + 1))]);
            let text = values::gateway_text(w, &with);
            long(text.as_ref().and_then(Value::as_str).unwrap_or_default().as_bytes())
        }
    };
    let mut body = [&control.to_be_bytes()[..], &content].concat();
    if w.luck.percent(8) {
        body.push(0);
    }
    body
}

/// A state with one field changed, under a right MAC.
fn saved(w: &mut World, with: &Context, value: &Value) -> Option<Value> {
    let bytes = hex::decode(w.value(value).as_str()?).ok()?;
    let bent = if with.contains_key(Role::SingleServer.word()) && bytes.starts_with(b"CPL") {
        let mut license = single::License::of(w.array(with, "storage_key")?, &bytes);
        let fields = license.content.fields().to_vec();
        change(&mut w.luck, license.content.bytes(), &fields);
        license.state()
    } else if bytes.starts_with(b"CPD") {
        let mut client = single::Client::of(w.array(with, "platform_key")?, &bytes);
        let fields = client.content.fields().to_vec();
        change(&mut w.luck, client.content.bytes(), &fields);
        client.state()
    } else {
        let mut saved = state::Saved::of(w.array(with, "platform_key")?, &bytes);
        let fields = state_fields(&saved);
        change(&mut w.luck, saved.bytes(), &fields);
        saved.state()
    };
    Some(Value::from(hex::encode(&bent)))
}

/// The fields of an account in a client's state that are bent, beside those of its applications.
const ACCOUNT: [&str; 22] = [
    "serial",
    "flags",
    "sequence",
    "policy",
    "counter",
    "check",
    "pin-failures",
    "unlock-failures",
    "challenge",
    "information-counter",
    "user-length",
    "user",
    "domain",
    "vector",
    "payload-key",
    "waiting-sequence",
    "waiting-policy",
    "waiting-am2",
    "waiting-vector",
    "pre-policy",
    "pre-vector",
    "license-key",
];

/// The fields of a client's state that are there, of its first two accounts.
fn state_fields(saved: &state::Saved) -> Vec<(String, Range<usize>)> {
    let events = (1..=8)
        .flat_map(|index| [format!("event-{index}"), format!("event-{index}"), format!("key-{index}")]);
    let account = ACCOUNT.iter().map(|name| (*name).to_owned()).chain(events);
    let places = account.flat_map(|name| [format!("0/{name}"), format!("1/{name}")]);
    let names = ["device-type", "accounts"].map(str::to_owned).into_iter().chain(places);
    names.map(|name| (name.clone(), saved.at(&name))).filter(|(_, range)| !range.is_empty()).collect()
}

/// One field with another value of its length, or a byte more or less.
fn change(luck: &mut Luck, bytes: &mut Vec<u8>, fields: &[(String, Range<usize>)]) {
    let Some((name, range)) = luck.pick(fields).cloned() else { return };
    let Some(field) = bytes.get(range.clone()) else { return };
    let mut field = field.to_vec();
    if name.ends_with("vector") && luck.percent(60) {
        // Its length stands in the two bytes before it.
        let bent = records::bent(luck, &field);
        let length = u16::try_from(bent.len()).unwrap_or(u16::MAX).to_be_bytes();
        bytes.splice(range.start.saturating_sub(2)..range.end, [&length[..], &bent].concat());
        return;
    } else if let Ok(number) = <[u8; 8]>::try_from(field.as_slice()) {
        let number = u64::from_be_bytes(number);
        let near = [
            number.wrapping_add(1),
            number.wrapping_add(10),
            number.wrapping_add(11),
            number.wrapping_add(200),
            number.wrapping_add(201),
        ];
        let edge = luck.one(&EDGES, 0);
        let next = if luck.percent(60) { luck.one(&near, edge) } else { edge };
        field = next.to_be_bytes().to_vec();
    } else if field.len() == 3 && luck.percent(70) {
        field = luck.one(&[[0xFF; 3], [0xFF, 0xFF, 0xFE], [0; 3]], [0; 3]).to_vec();
    } else {
        let at = if field.len() > 4 { luck.below(field.len()) } else { field.len().saturating_sub(1) };
        if let Some(byte) = field.get_mut(at) {
            let bit = 1 << luck.below(8);
            *byte = luck
                .one(&[byte.wrapping_add(1), byte.wrapping_sub(1), *byte ^ bit, 0, 1, 99, 100, u8::MAX], 0);
        }
    }
    match luck.below(16) {
        0 => field.push(0),
        1 => drop(field.pop()),
        _ => {}
    }
    bytes.splice(range, field);
}

/// A license file with one thing changed, under right keys.
fn license_file(w: &mut World, with: &Context) -> Option<Value> {
    let licenses = w.value(with.get("licenses")?);
    let licensed: Vec<Licensed> = licenses
        .as_array()?
        .iter()
        .filter_map(|license| {
            let key = hex::decode(license.get("license_key")?.as_str()?).ok()?.try_into().ok()?;
            Some(Licensed {
                threshold: u32::try_from(license.get("threshold")?.as_u64()?).ok()?,
                secure_channel: license.get("secure_channel")?.as_bool()?,
                ..Licensed::new(license.get("serial")?.as_str()?, key)
            })
        })
        .collect();
    let mut vector = w.bytes(with, "static_vector")?;
    let mut settings = w.text(with, "message_vector")?;
    if w.luck.percent(20) {
        let digits = if w.luck.percent(50) { "F".repeat(25) } else { settings.chars().take(25).collect() };
        let check = check_digit(&digits, Radix::Hexadecimal);
        let other = if check == '0' { '1' } else { '0' };
        settings = format!("{digits}{}", if digits.starts_with("FFFF") { check } else { other });
    }
    if w.luck.percent(25) {
        vector = records::bent(&mut w.luck, &vector);
    } else if let Ok(mut numbers) = MessageVector::decode(&settings)
        && w.luck.percent(15)
    {
        numbers.policy.post_activation = w.luck.one(&[1, 2, 3, 4, 5, 6, 7, 8], 1);
        settings = numbers.encode();
    }
    let sheet = Sheet::new(w.array(with, "transport_key")?, w.luck.array(), &vector, &settings, &licensed);
    let (line, from, to) = w.luck.one(
        &[
            (1, "version\":1", "version\":2"),
            (1, "version\":1", "version\":01"),
            (1, "\"count\":1", "\"count\":2"),
            (1, "\"count\":2", "\"count\":1"),
            (1, "\"file_id\"", " \"file_id\""),
            (1, "\"check\":\"", "\"check\":\"0"),
            (2, "\"mode\":\"MA\"", "\"mode\":\"MB\""),
            (2, "\"threshold\":", "\"threshold\":0"),
            (2, "\"threshold\":5", "\"threshold\":100"),
            (2, "\"type\":\"MOBILE1\"", "\"type\":\"\""),
            (2, "\"type\":\"MOBILE1\"", "\"type\":\"ABCDEFGHIJKLMNOPQ\""),
            (2, "ACTIVATION  ", "ACTIVATION "),
            (2, "ACTIVATION  ", "            "),
            (2, "\"serial\":\"VDS", "\"serial\":\"ABC"),
            (2, "\"serial\":\"VDS", "\"serial\":\"vds"),
            (3, "\"mode\":\"MA\"", "\"mode\":\"MA\" "),
        ],
        (1, "", ""),
    );
    let sheet = if w.luck.percent(65) { sheet.bent(line, from, to) } else { sheet };
    let mut sheet = sheet;
    if w.luck.percent(10) {
        // A serial number twice, each under its own line.
        let first = sheet.licenses.first().cloned()?;
        sheet.licenses.push(first);
        let count = sheet.licenses.len();
        sheet = sheet.bent(1, &format!("\"count\":{}", count - 1), &format!("\"count\":{count}"));
    }
    let mut lines = sheet.lines();
    match w.luck.below(10) {
        0 => drop(lines.pop()),
        1 => lines.push(lines.last().cloned().unwrap_or_default()),
        2 => lines.reverse(),
        3 => lines.push("x".repeat(w.luck.one(&[2048, 2049], 2049))),
        _ => {}
    }
    let mut file = sheet.closed(&lines);
    if w.luck.percent(12) {
        // The trailer's last digit.
        let at = file.len().saturating_sub(3);
        let other = if file.get(at..=at) == Some("0") { "1" } else { "0" };
        file.replace_range(at..=at, other);
    }
    file.push_str(w.luck.one(&["\n", "\n", "\n", "\n", "", "\n\n", "\nx", "\r\n"], "\n"));
    if w.luck.percent(8) {
        file = file.replace('\n', "\r\n");
    }
    Some(Value::from(hex::encode(file.as_bytes())))
}

#[cfg(test)]
mod tests {
    use channel::bytes::Wire;
    use harness::setup;

    use super::*;

    /// A state of one account that has all that an account can have, with zeros for most of it.
    fn whole() -> state::Saved {
        let vector = setup::vector();
        let (keys, vector) = (vector.applications.len() * 40, vector.to_bytes());
        let length = u16::try_from(vector.len()).unwrap().to_be_bytes();
        let zeros = |count: usize| vec![0; count];
        let (name, with_length) = ([0, 1, b'a'], [&length[..], &vector].concat());
        let parts: [&[u8]; 14] = [
            &zeros(32), // magic, nonce, salt
            &[7, 0, 1], // device type, one account
            &zeros(5),
            &[0xFF], // flags
            &zeros(25 + 8 + 3),
            &name,
            &name,
            &with_length,
            &zeros(32 + keys),
            &zeros(39), // what waits
            &with_length,
            &zeros(32 + keys + 34), // and what is pre-activated
            &with_length,
            &zeros(32 + 16), // a key, and the MAC
        ];
        state::Saved::of([0; 16], &parts.concat())
    }

    #[test]
    fn every_field_that_is_bent_is_one_of_a_state() {
        let saved = whole();
        let fields = state_fields(&saved);
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        for name in ACCOUNT.iter().chain(&["event-1", "key-1"]) {
            assert!(names.contains(&format!("0/{name}").as_str()), "no state has a field {name}");
        }
        assert!(names.contains(&"device-type") && names.contains(&"accounts"), "{names:?}");
    }
}
