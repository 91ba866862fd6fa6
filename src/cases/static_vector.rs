//! The static vector: bent at `client.create` and `server.create`, where it is read first.

use super::{negative, positive};
use channel::bytes::Wire;
use channel::rule::{Rule, STV_1, STV_2, STV_3, STV_4, STV_5};
use harness::case::{Case, Role};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::{ClientCreate, ServerCreate};
use peer::protocol::Bytes;

/// Offsets in the vector of `Setup::default`: magic 0, length 2, then the records.
const PREFIX: usize = 4;
const MASTER_KEY: usize = 8;
const PASSWORD: usize = 26;
const BINDING: usize = 33;
const APPLICATION: usize = 36;
/// Inside an application record, counted from its tag.
const FLAGS: usize = APPLICATION + 3;
const MODE: usize = APPLICATION + 4;
const ALGORITHM: usize = APPLICATION + 5;
const FACTOR: usize = APPLICATION + 6;
const STEP: usize = APPLICATION + 7;
const LENGTH: usize = APPLICATION + 9;
const NAME: usize = APPLICATION + 10;
const FIELDS: usize = APPLICATION + 20;
/// The second application record.
const SECOND: usize = APPLICATION + 23;

type Bend = (&'static str, Rule, fn(&mut Vec<u8>));

const BENDS: [Bend; 46] = [
    ("empty", STV_1, |v| v.clear()),
    ("magic", STV_1, |v| set(v, 0, 0x39)),
    ("cut", STV_1, |v| v.truncate(v.len() - 1)),
    ("one-byte-more", STV_1, |v| v.push(0)),
    ("length-field", STV_1, |v| set(v, 3, 0)),
    ("482-bytes", STV_2, |v| {
        v.resize(482, 0);
        relength(v);
    }),
    ("record-past-end", STV_3, |v| {
        v.extend([0x10, 200, 1]);
        relength(v);
    }),
    ("half-header", STV_3, |v| {
        v.push(0x10);
        relength(v);
    }),
    ("prefix-length", STV_3, |v| resize_record(v, PREFIX, 3)),
    ("master-key-length", STV_3, |v| resize_record(v, MASTER_KEY, 15)),
    ("password-length", STV_3, |v| resize_record(v, PASSWORD, 4)),
    ("binding-length", STV_3, |v| resize_record(v, BINDING, 2)),
    ("application-18-bytes", STV_3, |v| resize_record(v, APPLICATION, 18)),
    ("application-length", STV_3, |v| resize_record(v, APPLICATION, 20)),
    ("unknown-tag", STV_4, |v| set(v, BINDING, 0x05)),
    ("first-tag-missing", STV_4, |v| {
        v.drain(PREFIX..MASTER_KEY);
        relength(v);
    }),
    ("head-doubled", STV_4, |v| {
        let record: Vec<u8> = v.get(BINDING..APPLICATION).unwrap_or_default().to_vec();
        v.splice(APPLICATION..APPLICATION, record);
        relength(v);
    }),
    ("no-application", STV_4, |v| {
        v.truncate(APPLICATION);
        relength(v);
    }),
    ("nothing-but-magic", STV_4, |v| {
        v.truncate(4);
        relength(v);
    }),
    ("application-doubled", STV_4, |v| set(v, SECOND + 2, 1)),
    ("applications-descending", STV_4, |v| set(v, APPLICATION + 2, 3)),
    ("prefix-value", STV_5, |v| set(v, PREFIX + 2, 0xFF)),
    ("required-2", STV_5, |v| set(v, PASSWORD + 2, 2)),
    ("minimum-0", STV_5, |v| set(v, PASSWORD + 3, 0)),
    ("maximum-below-minimum", STV_5, |v| set(v, PASSWORD + 4, 3)),
    ("maximum-65", STV_5, |v| set(v, PASSWORD + 4, 65)),
    ("tries-0", STV_5, |v| set(v, PASSWORD + 5, 0)),
    ("tries-100", STV_5, |v| set(v, PASSWORD + 5, 100)),
    ("weak-2", STV_5, |v| set(v, PASSWORD + 6, 2)),
    ("binding-2", STV_5, |v| set(v, BINDING + 2, 2)),
    ("index-0", STV_5, |v| set(v, APPLICATION + 2, 0)),
    ("reserved-flag", STV_5, |v| set(v, FLAGS, 0x13)),
    ("mode-0", STV_5, |v| set(v, MODE, 0)),
    ("mode-6", STV_5, |v| set(v, MODE, 6)),
    ("algorithm-0", STV_5, |v| set(v, ALGORITHM, 0)),
    ("algorithm-7", STV_5, |v| set(v, ALGORITHM, 7)),
    ("factor-4", STV_5, |v| set(v, FACTOR, 4)),
    ("step-0", STV_5, |v| set(v, STEP + 1, 0)),
    ("event-with-step", STV_5, |v| set(v, SECOND + 8, 1)),
    ("response-length-5", STV_5, |v| set(v, LENGTH, 5)),
    ("response-length-17", STV_5, |v| set(v, LENGTH, 17)),
    ("name-lower-case", STV_5, |v| set(v, NAME, b'a')),
    ("name-of-blanks", STV_5, |v| {
        v.get_mut(NAME..NAME + 10).into_iter().for_each(|name| name.fill(b' '));
    }),
    ("name-begins-with-blank", STV_5, |v| set(v, NAME, b' ')),
    // A tab is no blank; found by fuzzing.
    ("name-ends-with-tab", STV_5, |v| set(v, NAME + 9, b'\t')),
    ("field-maximum-0", STV_5, |v| set(v, FIELDS + 2, 0)),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive(
            "vector-accepted",
            Role::Client,
            &["STV-1"],
            "vectors at the limits of every value are accepted",
            limits,
        ),
        negative(
            "vector-name-blank-inside",
            Role::Client,
            STV_5,
            "a blank before the end of a name is refused",
            |t| refused_by_client(t, STV_5, |v| set(v, NAME + 1, b' ')),
        ),
        negative("vector-nine-fields", Role::Client, STV_5, "nine data fields are refused", |t| {
            refused_by_client(t, STV_5, |v| {
                resize_record(v, APPLICATION, 19 + 18);
                set(v, FIELDS, 9);
            })
        }),
    ];
    for (name, rule, bend) in BENDS {
        let about = format!("at client.create: {name} is refused with bad-vector");
        cases.push(negative(format!("vector-client-{name}"), Role::Client, rule, about, move |t| {
            refused_by_client(t, rule, bend)
        }));
        let about = format!("at server.create: {name} is refused with bad-vector");
        cases.push(negative(format!("vector-server-{name}"), Role::Server, rule, about, move |t| {
            refused_by_server(t, rule, bend)
        }));
    }
    cases
}

fn set(vector: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = vector.get_mut(at) {
        *byte = value;
    }
}

/// Makes the length field right again.
fn relength(vector: &mut [u8]) {
    let [high, low] = u16::try_from(vector.len().saturating_sub(4)).unwrap_or(u16::MAX).to_be_bytes();
    set(vector, 2, high);
    set(vector, 3, low);
}

/// Gives the record at `at` another length, cutting or filling its value.
fn resize_record(vector: &mut Vec<u8>, at: usize, length: u8) {
    let old = usize::from(vector.get(at + 1).copied().unwrap_or(0));
    let mut value: Vec<u8> = vector.get(at + 2..at + 2 + old).unwrap_or_default().to_vec();
    value.resize(usize::from(length), 0);
    vector.splice(at + 2..at + 2 + old, value);
    set(vector, at + 1, length);
    relength(vector);
}

fn refused_by_client(t: &mut Trial<'_>, rule: Rule, bend: fn(&mut Vec<u8>)) -> Result<(), Stop> {
    let party = t.peer_client();
    let good = Setup::default().client(t);
    let mut vector = Setup::default().vector.to_bytes();
    bend(&mut vector);
    let bad = ClientCreate { static_vector: Some(Bytes(vector)), ..good.clone() };
    // The twin makes a session of the same name, so the refusal has made none.
    t.refuses_stateless(rule, &party, &bad)?;
    t.twin(rule.id, &party, &good).map(|_| ())
}

fn refused_by_server(t: &mut Trial<'_>, rule: Rule, bend: fn(&mut Vec<u8>)) -> Result<(), Stop> {
    let party = t.peer_server();
    let key = t.random();
    let good = Setup::default().server(t, key);
    let mut vector = Setup::default().vector.to_bytes();
    bend(&mut vector);
    let bad = ServerCreate { static_vector: Bytes(vector), ..good.clone() };
    t.refuses_stateless(rule, &party, &bad)?;
    t.twin(rule.id, &party, &good).map(|_| ())
}

fn limits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let bends: [fn(&mut Vec<u8>); 12] = [
        |_| (),
        |v| set(v, PASSWORD + 3, 1),
        |v| set(v, PASSWORD + 4, 64),
        |v| set(v, PASSWORD + 5, 99),
        |v| set(v, BINDING + 2, 1),
        |v| set(v, FLAGS, 0x0F),
        |v| set(v, MODE, 5),
        |v| set(v, STEP, 0xFF),
        |v| set(v, LENGTH, 16),
        |v| set(v, LENGTH, 6),
        |v| set(v, FIELDS + 2, 64),
        |v| {
            // Eight applications with eight data fields each: 36 + 8 · 37 = 332 bytes.
            let record: Vec<u8> = v.get(APPLICATION..SECOND).unwrap_or_default().to_vec();
            v.truncate(APPLICATION);
            for index in 1..=8 {
                let at = v.len();
                v.extend(&record);
                set(v, at + 2, index);
                resize_record(v, at, 19 + 16);
                set(v, at + 20, 8);
                for field in 0..8 {
                    set(v, at + 22 + 2 * field, 9);
                }
                set(v, at + 21, 0);
            }
            relength(v);
        },
    ];
    for bend in bends {
        let party = t.peer_client();
        let mut vector = Setup::default().vector.to_bytes();
        bend(&mut vector);
        let question = ClientCreate { static_vector: Some(Bytes(vector)), ..Setup::default().client(t) };
        t.agrees("STV-1", &party, &question)?;
    }
    Ok(())
}
