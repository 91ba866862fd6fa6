//! The peer protocol, as types: envelopes, then one struct per operation with its result beside it.
//! SPEC section 18; the same as a schema: `vectors/peer-protocol.schema.json` (a test holds them together).
//!
//! Deserialising is strict: a missing, unknown or ill-typed field is an error, in both directions.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::json::{self, error_words};
use channel::class::Class;
use channel::text::hex;

/// The version of this protocol.
pub const VERSION: u32 = 1;
/// The longest question in bytes, without its line end.
pub const MAX_QUESTION: usize = 262_144;
/// The longest answer in bytes, without its line end.
pub const MAX_ANSWER: usize = 1_048_576;

/// A question, its parameters not looked into.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question<'a> {
    /// Echoed by the answer.
    pub seq: u32,
    /// The operation's name.
    #[serde(borrow)]
    pub op: Cow<'a, str>,
    /// Where the operation has one.
    #[serde(borrow, default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub session: Option<Cow<'a, str>>,
    /// An object.
    #[serde(borrow)]
    pub params: &'a RawValue,
}

/// An answer, its result not looked into. Exactly one of the four is there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer<'a> {
    /// That of the question; null where it couldn't be read.
    #[serde(deserialize_with = "nullable")]
    pub seq: Option<u32>,
    /// Done.
    #[serde(borrow, default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub ok: Option<&'a RawValue>,
    /// Refused.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// The peer does not have this operation.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
    /// The question itself was wrong.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl<'a> Answer<'a> {
    /// Reads a line. Strict: what is not an answer of the protocol is an error, in words.
    pub fn read(line: &'a [u8]) -> Result<Self, String> {
        let answer: Self = read(line)
            .map_err(|error| format!("not an answer of the peer protocol: {}", error_words(line, &error)))?;
        let Self { seq, ok, refused, unsupported, fault } = &answer;
        let said = [ok.is_some(), refused.is_some(), unsupported.is_some(), fault.is_some()];
        if said.iter().filter(|said| **said).count() != 1 {
            return Err("an answer has exactly one of ok, refused, unsupported, fault".into());
        }
        if seq.is_none() && fault.is_none() {
            return Err("only a fault answers a line without seq".into());
        }
        Ok(answer)
    }
}

/// A refusal as a peer tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// A word of SPEC section 16.
    #[serde(deserialize_with = "class")]
    pub class: String,
    /// The requirement that decided: the witness.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// Words for a person.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// An operation: its parameters are the type itself.
pub trait Operation: Serialize + DeserializeOwned + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Its result.
    type Output: Serialize + DeserializeOwned + PartialEq + fmt::Debug + 'static;
}

/// Reads a JSON object and nothing after it. Every message of the protocol is one; the derived types alone
/// would take an array of the same values for it.
pub fn read<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, serde_json::Error> {
    whole(serde_json::Deserializer::from_slice(text))
}

/// The same for what an envelope carries, which is known to be UTF-8 already.
pub fn read_raw<'de, T: Deserialize<'de>>(value: &'de RawValue) -> Result<T, serde_json::Error> {
    whole(serde_json::Deserializer::from_str(value.get()))
}

fn whole<'de, R: serde_json::de::Read<'de>, T: Deserialize<'de>>(
    mut json: serde_json::Deserializer<R>,
) -> Result<T, serde_json::Error> {
    let value = object(&mut json)?;
    json.end()?;
    Ok(value)
}

/// An object, not an array.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Members<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    deserializer.deserialize_map(Members(PhantomData))
}

/// An optional object, but never null.
pub fn present_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    object(deserializer).map(Some)
}

/// An array of objects.
pub(super) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let all = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(all.into_iter().map(|Object(one)| one).collect())
}

/// An object, or null.
pub(super) fn nullable_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(one)| one))
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Object)
    }
}

/// A word of an enumeration: a string. The derived types alone would also take `{"word": null}`.
pub(super) fn word<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    T::deserialize(text.into_deserializer())
}

/// A refusal class of the closed list.
pub(super) fn class<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let class = String::deserialize(deserializer)?;
    match Class::from_word(&class) {
        Some(_) => Ok(class),
        None => Err(D::Error::custom(format!("unknown refusal class {}", json::show(&class)))),
    }
}

/// Optional, but never null.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Required, but may be null.
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Bytes, as hexadecimal text.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// Exactly `N` bytes, as hexadecimal text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Array<const N: usize>(pub [u8; N]);

/// A number in `MIN..=MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Number<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Number<MIN, MAX> {
    /// The value.
    pub fn get(self) -> u32 {
        self.0
    }

    /// The value as a byte; the type's range is within it wherever this is used.
    pub fn byte(self) -> u8 {
        u8::try_from(self.0).unwrap_or(u8::MAX)
    }
}

impl<const MIN: u32, const MAX: u32> From<u32> for Number<MIN, MAX> {
    /// The nearest number in the range.
    fn from(value: u32) -> Self {
        Self(value.clamp(MIN, MAX))
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Number<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = u32::deserialize(deserializer)?;
        match (MIN..=MAX).contains(&value) {
            true => Ok(Self(value)),
            false => Err(D::Error::custom(format!("{value} is not in {MIN}..={MAX}"))),
        }
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl<const N: usize> fmt::Debug for Array<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<const N: usize> Serialize for Array<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        hex::decode(&text).map(Bytes).map_err(|_| D::Error::custom("not hexadecimal"))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Array<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Bytes(bytes) = Bytes::deserialize(deserializer)?;
        bytes.try_into().map(Array).map_err(|_| D::Error::custom(format!("not {N} bytes")))
    }
}

/// A result without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A point in time: Unix seconds.
pub type Time = u32;
/// An index of an application.
pub type Index = Number<1, 8>;
/// A protection.
pub type ProtectionNumber = Number<1, 2>;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    /// Drawn, typed, in a URL.
    Direct,
    /// Through the gateway.
    Gateway,
}

/// A charset of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charset {
    /// 0
    #[serde(rename = "utf-8")]
    Utf8,
    /// 1
    #[serde(rename = "iso-8859-15")]
    Iso8859_15,
}

/// What the app does on a rooted device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RootPolicy {
    /// Goes on.
    Allow,
    /// Refuses.
    Block,
}

/// The answer to the PIN dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// Entered rightly.
    Right,
    /// Entered wrongly.
    Wrong,
    /// Not asked for.
    Cached,
}

/// What the user removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Removed {
    /// All of a serial number.
    Account,
    /// What stands beside an activated account.
    Replacement,
}

/// A key and a value of a list.
pub type Item = (String, String);

/// What a request is to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)] // SPEC section 18
pub enum Content {
    List { title: String, items: Vec<Item> },
    Challenge { title: String, challenge: String },
    FreeText { title: String, text: String },
    Notification { challenge_key: String },
    Login { service: String, index: Index, user: String, domain: String },
}

/// What is shown of it: the title of a challenge is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)] // SPEC section 18
pub enum ShownContent {
    List { title: String, items: Vec<Item> },
    Challenge { challenge: String },
    FreeText { title: String, text: String },
    Notification { challenge_key: String },
    Login { service: String, index: Index, user: String, domain: String },
}

/// What a gateway string says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)] // SPEC section 18
pub enum GatewayContent {
    Notification { challenge_key: String },
    Login { service: String, index: Index, user: String, domain: String },
}

/// What a response without a message is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)] // SPEC section 18
pub enum Data {
    ResponseOnly {},
    Challenge { challenge: String },
    Fields { fields: Vec<String> },
}

/// A message as a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Upper-case hexadecimal text.
    pub message: String,
}
