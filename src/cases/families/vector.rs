//! The static vector: every value of every byte that has a range, and each record cut and extended.

use super::{Case, Role, negative};
use channel::bytes::Wire;
use channel::rule::{Rule, STV_1, STV_4, STV_5};
use channel::wire::static_vector::StaticVector;
use harness::setup::Setup;
use harness::trial::{Party, Stop, Trial};
use peer::operations::{ClientCreate, ServerCreate};
use peer::protocol::Bytes;

/// Where the bytes stand that have ranges, in the vector of `Setup::default`: prefix to binding, and the first
/// application with one data field.
const GROUPS: [(&str, &[usize], Rule); 2] = [
    ("head", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35], STV_5),
    ("application", &[36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 55, 56, 57, 58], STV_5),
];

/// Values at and beside the limits of the ranges, and single bits.
const VALUES: [u8; 24] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 20, 32, 48, 63, 64, 65, 99, 100, 128, 255];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (word, role) in [("client", Role::Client), ("server", Role::Server)] {
        for (group, places, aim) in GROUPS {
            let about = format!("static vector: a value outside its range in the {group} is refused");
            let id = format!("family-vector-{word}-{group}");
            cases.push(negative(id, role, aim, about, move |t| refuse_all(t, role, aim, values(places))));
        }
        let about = "static vector: every cut of it is refused";
        cases.push(negative(format!("family-vector-{word}-every-cut"), role, STV_1, about, move |t| {
            let good = Setup::default().vector.to_bytes();
            let cuts = (0..good.len()).map(|length| good.get(..length).unwrap_or_default().to_vec());
            refuse_all(t, role, STV_1, cuts.collect())
        }));
        let about = "static vector: records missing, doubled, exchanged, cut and extended are refused";
        cases.push(negative(format!("family-vector-{word}-records"), role, STV_4, about, move |t| {
            refuse_all(t, role, STV_4, records())
        }));
    }
    cases
}

/// The valid vector with each of the values in each of these places.
fn values(places: &[usize]) -> Vec<Vec<u8>> {
    let bent = |(at, value): (usize, u8)| {
        let mut vector = Setup::default().vector.to_bytes();
        vector.iter_mut().skip(at).take(1).for_each(|byte| *byte = value);
        vector
    };
    places.iter().flat_map(|at| VALUES.map(|value| bent((*at, value)))).collect()
}

/// The valid vector with its records left out, doubled, exchanged with the next, cut and extended by a byte
/// with the lengths right.
fn records() -> Vec<Vec<u8>> {
    let good = Setup::default().vector.to_bytes();
    let mut all = Vec::new();
    let mut rest = good.get(4..).unwrap_or_default();
    while let Some((head, after)) = rest.split_at_checked(2) {
        let length = head.last().copied().map_or(0, usize::from);
        let (value, next) = after.split_at_checked(length).unwrap_or((after, &[]));
        all.push([head, value].concat());
        rest = next;
    }
    let mut bent = Vec::new();
    for at in 0..all.len() {
        let mut missing = all.clone();
        let record = missing.remove(at);
        let mut doubled = all.clone();
        doubled.insert(at, record.clone());
        let mut exchanged = missing.clone();
        exchanged.insert((at + 1).min(missing.len()), record.clone());
        let resized = [record.len() - 1, record.len() + 1].map(|length| {
            let mut resized = record.clone();
            resized.resize(length, 0);
            let count = u8::try_from(length - 2).unwrap_or(u8::MAX);
            resized.iter_mut().skip(1).take(1).for_each(|byte| *byte = count);
            let mut records = missing.clone();
            records.insert(at, resized);
            records
        });
        bent.extend([missing, doubled, exchanged]);
        bent.extend(resized);
    }
    bent.into_iter().map(|records| with_head(&records.concat())).collect()
}

fn with_head(records: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(records.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[0x38, 0x08, high, low], records].concat()
}

/// Those of these vectors that are malformed are refused, each for its reason; the right one is not.
fn refuse_all(t: &mut Trial<'_>, role: Role, aim: Rule, vectors: Vec<Vec<u8>>) -> Result<(), Stop> {
    let party = if role == Role::Client { t.peer_client() } else { t.peer_server() };
    let key = t.random();
    let (client, server) = (Setup::default().client(t), Setup::default().server(t, key));
    for vector in vectors {
        let Err(refusal) = StaticVector::decode(&vector) else { continue };
        if role == Role::Client {
            let bad = ClientCreate { static_vector: Some(Bytes(vector)), ..client.clone() };
            t.refuses_stateless(refusal.rule, &party, &bad)?;
        } else {
            let bad = ServerCreate { static_vector: Bytes(vector), ..server.clone() };
            t.refuses_stateless(refusal.rule, &party, &bad)?;
        }
    }
    // The twin makes a session of the same name, so the refusals have made none.
    twin(t, role, aim, &party, &client, &server)
}

fn twin(
    t: &mut Trial<'_>,
    role: Role,
    aim: Rule,
    party: &Party,
    client: &ClientCreate,
    server: &ServerCreate,
) -> Result<(), Stop> {
    match role {
        Role::Client => t.twin(aim.id, party, client).map(|_| ()),
        _ => t.twin(aim.id, party, server).map(|_| ()),
    }
}
