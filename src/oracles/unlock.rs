//! A locked client and its server: challenges shown, responses typed, until it is unlocked or nothing goes any more.

use std::sync::OnceLock;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::model::client::Pin;
use super::pairs;
use super::slow;
use super::slow::data::Data;
use super::target::Target;
use super::world::{self, APP, App, Kind, LICENSE, OTHER, START};
use channel::text::hex;
use harness::setup::otp;

/// A program of challenges, responses and PINs.
pub const UNLOCK: Target = Target {
    name: "unlock",
    run: unlock,
    max_len: 160,
    floor: 1_000,
    seeds,
    dictionary: &[b"00000000", b"99999999"],
    oracles: &[
        "a second implementation agrees, refusing requirement included",
        "unlocked only by the server's response to the challenge shown last, which is then used up",
        "locked: nothing is signed and no response is made",
        "a free refusal changes nothing, a counted one exactly one counter",
        "what was not refused gives the same answer and the same state twice",
    ],
};

struct Subject {
    server: ServerPair,
    client: ClientPair,
    kind: Kind,
}

/// Of a license that can unlock, locked and not; of one that can't; one that is to be replaced; one without channel.
fn subjects() -> &'static [Subject] {
    static SUBJECTS: OnceLock<Vec<Subject>> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        let subject = |kind: Kind, replacement: bool, is_locked: bool| {
            let app = App { apps: Some(kind.apps), replacement, ..APP };
            let (mut server, mut client) = pairs::activated(kind, app);
            if is_locked {
                pairs::lock(&mut server, &mut client, otp::FIELDS);
            }
            if replacement {
                pairs::pre_activate(&mut server, &mut client, true, START);
            }
            Subject { server, client, kind }
        };
        vec![
            subject(OTHER, false, true),
            subject(OTHER, false, false),
            subject(LICENSE, false, true),
            subject(OTHER, true, true),
            subject(Kind { secure_channel: false, ..OTHER }, false, false),
        ]
    })
}

fn unlock(data: &[u8]) {
    let mut choices = Choices::new(data);
    let Subject { server, client, kind } = &subjects()[choices.below(5)];
    let (mut server, mut client, kind) = (server.clone(), client.clone(), *kind);
    let mut shown: Vec<String> = Vec::new();
    let mut given: Vec<String> = Vec::new();
    let locked = |client: &ClientPair| client.slow.accounts().any(|it| it.0 == kind.serial && it.2);
    for _ in 0..24 {
        if choices.is_over() {
            break;
        }
        let was_locked = locked(&client);
        match choices.below(10) {
            0 => {
                let random = choices.array();
                shown.extend(client.generate_unlock_challenge(kind, random));
            }
            1 => {
                let [back, sequence] = choices.array();
                let back = shown.len().checked_sub(1 + usize::from(back % 3));
                let Some(challenge) = back.map(|at| shown[at].clone()) else { continue };
                let response = server.generate_unlock_response(1 + sequence % 2, &challenge);
                given.extend(response);
            }
            2 => {
                let length = choices.below(12);
                let typed = String::from_utf8_lossy(choices.some(length)).into_owned();
                let _ = server.generate_unlock_response(1, &typed);
            }
            3 | 4 => {
                let [back, bend] = choices.array();
                let back = given.len().checked_sub(1 + usize::from(back % 3));
                let Some(mut typed) = back.map(|at| given[at].clone()) else { continue };
                if bend & 1 != 0 {
                    let at = usize::from(bend >> 1) % 7;
                    let digit = if &typed[at..=at] == "0" { "1" } else { "0" };
                    typed.replace_range(at..=at, digit);
                    if bend & 128 == 0 {
                        let check = slow::check_digit(&typed[..7], 10).to_string();
                        typed.replace_range(7.., &check);
                    }
                }
                if client.unlock(kind, &typed).is_ok() {
                    // (Two challenges may have the same response.)
                    let right = server.slow.generate_unlock_response(1, shown.last().unwrap());
                    assert_eq!(right.as_ref(), Ok(&typed), "UNL-7");
                    assert!(was_locked && !locked(&client), "UNL-8");
                    assert_eq!(client.unlock(kind, &typed), Err("UNL-2"), "used up");
                }
            }
            5 => {
                let length = choices.below(12);
                let typed = String::from_utf8_lossy(choices.some(length)).into_owned();
                let _ = client.unlock(kind, &typed);
            }
            6 => {
                let pin = [Pin::Wrong, Pin::Wrong, Pin::Right, Pin::Cached][choices.below(4)];
                let response = client.generate_response(kind, otp::TIME, &Data::Nothing, pin, START);
                assert!(response.is_err() || !was_locked, "CLI-5");
            }
            7 => {
                let pin = [Pin::Right, Pin::Wrong, Pin::Cached, Pin::Reject][choices.below(4)];
                let signed = client.sign(pin, START);
                assert!(signed.is_err() || !was_locked, "CLI-16");
            }
            8 => {
                let request = world::request(otp::FIELDS, false, world::list());
                let Ok(message) = server.generate_request(&request, false, START) else { continue };
                let opened = client.open(&hex::encode(&message), false);
                assert!(opened.is_err() || !was_locked, "CLI-5");
            }
            _ => {
                let sequence = 1 + choices.byte() % 2;
                let Ok(message) = server.generate_deactivation(sequence, START) else { continue };
                // A locked account is wiped like any other.
                if client.deactivate(&hex::encode(&message), false).is_ok() {
                    assert!(!locked(&client), "DEA-7");
                }
            }
        }
    }
    client.settle();
    server.settle();
}

fn seeds() -> Vec<Vec<u8>> {
    let challenge = |last: u8| vec![0, 0, 0, 0, 0, 0, 0, 1, last];
    let (ask, give) = (vec![1, 0, 0], |bend: u8| vec![3, 0, bend]);
    let whole = [challenge(7), ask.clone(), give(0)].concat();
    let begin = |subject: u8, rest: &[&[u8]]| [&[subject][..], &rest.concat()].concat();
    let mut seeds = Vec::new();
    for subject in 0..5 {
        seeds.push(begin(subject, &[&whole, &[6, 2, 7, 0]]));
        seeds.push(begin(subject, &[&challenge(7), &ask, &give(1).repeat(4), &give(0), &challenge(8)]));
        seeds.push(begin(subject, &[&[6, 0, 6, 0, 6, 0, 6, 2], &whole, &[8, 7, 0]]));
        // The response to the challenge before; none shown; the challenge's form; typed anyhow.
        seeds.push(begin(subject, &[&challenge(7), &ask, &challenge(8), &give(0), &ask, &give(0)]));
        seeds.push(begin(subject, &[&whole, &give(0), &whole, &[6, 0, 6, 0, 6, 0, 5, 8], b"12345678"]));
        seeds.push(begin(subject, &[&[2, 8], b"12345678", &[2, 8], b"1234567A", &[2, 7], b"1234567"]));
        seeds.push(begin(
            subject,
            &[&challenge(1), &[5, 8], b"12345678", &[5, 8], b"1234567A", &[5, 2], b"12"],
        ));
        seeds.push(begin(subject, &[&challenge(1), &[5, 8], b"00000002", &[5, 8], b"00000019"]));
        seeds.push(begin(subject, &[&[8, 9, 1, 9, 0, 9, 0, 8], &challenge(7), &ask, &give(0), &[6, 2]]));
        seeds.push(begin(subject, &[&challenge(7), &ask, &give(129), &give(3), &give(5), &give(0)]));
    }
    seeds
}
