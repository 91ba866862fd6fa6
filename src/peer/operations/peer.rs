//! The operations of any peer: who it is, whether it lives, its sessions.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::super::json::show;
use super::super::protocol::{Bytes, Nothing, Number, Operation};
use channel::serial::Serial;

/// `hello`: Says who the peer is and what it claims.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    pub protocol: Number<1, 1>,
}

/// Result of `hello`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HelloResult {
    pub protocol: Number<1, 1>,
    pub name: String,
    pub version: String,
    pub language: String,
    pub profile: String,
    pub operations: Vec<String>,
    pub injects_time: bool,
    pub injects_randomness: bool,
}

impl Operation for Hello {
    const NAME: &'static str = "hello";
    type Output = HelloResult;
}

/// `ping`: Liveness.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ping {}

impl Operation for Ping {
    const NAME: &'static str = "ping";
    type Output = Nothing;
}

/// `reset`: Ends all sessions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {}

impl Operation for Reset {
    const NAME: &'static str = "reset";
    type Output = Nothing;
}

/// `drop`: Ends one session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drop {}

impl Operation for Drop {
    const NAME: &'static str = "drop";
    type Output = Nothing;
}

/// `state`: What a session's state is, opaquely.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {}

/// Result of `state`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateResult {
    #[serde(deserialize_with = "digest")]
    pub digest: Bytes,
    #[serde(deserialize_with = "counters")]
    pub counters: BTreeMap<String, u32>,
}

/// 1 to 64 bytes.
fn digest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let digest = Bytes::deserialize(deserializer)?;
    if (1..=64).contains(&digest.0.len()) { Ok(digest) } else { Err(D::Error::custom("not 1 to 64 bytes")) }
}

/// Only counters that sections 10, 12, 14 and 15 name, none twice.
fn counters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, u32>, D::Error> {
    struct Counters;

    impl<'de> Visitor<'de> for Counters {
        type Value = BTreeMap<String, u32>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of counters")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut counters = BTreeMap::new();
            while let Some((name, count)) = members.next_entry::<String, u32>()? {
                if !is_counter(&name) {
                    return Err(A::Error::custom(format!("unknown counter {}", show(&name))));
                }
                if counters.contains_key(&name) {
                    return Err(A::Error::custom(format!("counter {} twice", show(&name))));
                }
                counters.insert(name, count);
            }
            Ok(counters)
        }
    }

    deserializer.deserialize_map(Counters)
}

fn is_counter(name: &str) -> bool {
    match name.split_once('/') {
        None => matches!(name, "code_failures" | "password_failures" | "signature_failures"),
        Some(("pin_failures" | "unlock_failures", serial)) => serial.parse::<Serial>().is_ok(),
        Some(("signature_failures", sequence)) => {
            sequence.len() == 2 && sequence.bytes().all(|byte| byte.is_ascii_digit())
        }
        Some(("login_failures", key)) => {
            key.len() == 10 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
        }
        Some(_) => false,
    }
}

impl Operation for State {
    const NAME: &'static str = "state";
    type Output = StateResult;
}
