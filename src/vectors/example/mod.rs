//! The worked example of SPEC section 20: one activation, two requests, a response of each kind, one unlocking
//! and the deactivation, with every value between. `counterproof vectors write` puts it into SPEC.md,
//! `vectors check` compares.
//!
//! ```text
//! activation   AM1, device code, AM2
//! messages     what AM2, the requests and the deactivation have alike; the latter
//! responses    from the confirmation to the unlock response
//! ```

use std::fmt::Write as _;

use channel::crypto::kdf::{self, Device};
use channel::crypto::keys::{Application, Channel, Key, License};
use channel::crypto::protect::Protection;
use channel::serial::{Sequence, Serial};
use channel::text::hex;
use channel::wire::activation1::Policy;
use channel::wire::static_vector::{ApplicationRules, StaticVector};
use harness::setup::{Setup, otp, otp_vector};

mod activation;
mod messages;
mod responses;

/// A row: name, value, and `input` or the requirement that makes it.
pub struct Row {
    /// What it is.
    pub name: String,
    /// Bytes in hexadecimal, numbers in decimal, texts as they are.
    pub value: String,
    /// `input`, or how it is made from rows above.
    pub how: String,
}

/// Rows being added.
#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
    fn text(&mut self, name: impl Into<String>, value: impl ToString, how: impl Into<String>) {
        self.0.push(Row { name: name.into(), value: value.to_string(), how: how.into() });
    }

    fn bytes(&mut self, name: impl Into<String>, value: impl AsRef<[u8]>, how: impl Into<String>) {
        self.text(name, hex::encode(value.as_ref()), how);
    }
}

const POLICY: Policy =
    Policy { activation: Protection::Cmac, messages: Protection::HmacSha256, post_activation: 1 };
/// Index of the unlock application.
const UNLOCK: u8 = 7;

/// The license, the device and the instance of the example.
struct Example {
    vector: StaticVector,
    serial: Serial,
    license_key: Key<License>,
    payload_key: Key<Channel>,
    device: Device,
    sequence: Sequence,
    salt: [u8; 13],
}

impl Example {
    fn new() -> Option<Self> {
        Some(Self {
            vector: vector()?,
            serial: "VDS1000120".parse().ok()?,
            license_key: Key::new(counting(0x10)),
            payload_key: Key::new(counting(0x20)),
            device: activation::device(),
            sequence: Sequence::new(1)?,
            salt: counting(0x60),
        })
    }

    /// KEY-8.
    fn key(&self, index: u8) -> Key<Application> {
        kdf::application(&self.license_key, self.serial, self.sequence, index, self.device, &self.salt)
    }

    fn rows(&self) -> Option<Vec<Row>> {
        let mut table = Table::default();
        self.license(&mut table);
        let am1 = self.activation1(&mut table);
        self.device_code(&mut table, &am1);
        let am2 = self.activation2(&mut table);
        self.confirmation(&mut table, &am2)?;
        let request = self.list_request(&mut table);
        self.signature(&mut table, &request)?;
        self.responses(&mut table)?;
        let request = self.challenge_request(&mut table);
        self.challenge_signature(&mut table, &request)?;
        self.unlocking(&mut table)?;
        self.deactivation(&mut table);
        Some(table.0)
    }
}

/// That of the cases, with an unlock application in its gap.
fn vector() -> Option<StaticVector> {
    let mut vector = Setup::default().vector;
    let mut unlock: ApplicationRules = otp_vector().application(otp::UNLOCK)?.clone();
    unlock.form.index = UNLOCK;
    unlock.name = *b"APPL7     ";
    vector.applications.push(unlock);
    vector.applications.sort_by_key(|rules| rules.form.index);
    Some(vector)
}

/// All rows. Deterministic.
pub fn rows() -> Vec<Row> {
    Example::new().and_then(|example| example.rows()).unwrap_or_default()
}

/// The table as it stands in SPEC.md.
pub fn markdown() -> String {
    let mut out = String::from("| name | value | how |\n|---|---|---|\n");
    for Row { name, value, how } in rows() {
        let _ = writeln!(out, "| {name} | `{value}` | {how} |");
    }
    out
}

fn counting<const N: usize>(first: u8) -> [u8; N] {
    let mut next = first;
    [(); N].map(|()| {
        let byte = next;
        next = next.wrapping_add(1);
        byte
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_stands_once() {
        let rows = rows();
        let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names.len(), rows.len());
        assert!(names.contains("deactivation frame"), "the last row is there, so all are");
    }
}
