//! The states of a single-device client and license: any bytes, any content rightly sealed, a right one bent.

use std::sync::LazyLock;

use super::choices::Choices;
use super::slow::crypto::key16;
use super::slow::single as slow;
use super::slow::vector::static_vector;
use super::target::Target;
use super::verdict::same;
use channel::bytes::Wire;
use channel::client::RootPolicy;
use channel::client::single::{Activation, Name, ResetPolicy, SingleClient, SingleConfig};
use channel::crypto::keys::Key;
use channel::crypto::password::Cost;
use channel::crypto::single::{client_state, license_state};
use channel::license::single_state::{CLIENT, LICENSE, seal};
use channel::server::single::{SingleLicense, SingleSettings};
use channel::state;
use channel::wire::data::Data;
use channel::wire::message_vector::Windows;
use channel::wire::static_vector::PasswordRules;
use harness::setup::{otp, single_vector};

const KEY: [u8; 16] = [0x44; 16];
const NONCE: [u8; 12] = [0x0C; 12];

/// A client's state or a license's.
pub const SINGLE_STATE: Target = Target {
    name: "single_state",
    run,
    max_len: 1_200,
    floor: 1_000,
    seeds,
    dictionary: &[
        b"CPD\x02",
        b"CPL\x02",
        b"\x38\x08",
        b"\0\0\0\x08\0\0\0\x01",
        b"\x00\x20\x00\x00\x00\x00\x00\x00",
    ],
    oracles: &[
        "an independent reader agrees, refusing requirement included",
        "loaded: saved again under the same nonce, the bytes are the same",
        "a loaded one gives the same digest as what loads its own state",
        "a client that goes back to its kept account has the higher events of both, if they have one key",
    ],
};

fn seeds() -> Vec<Vec<u8>> {
    let (client, license) = made();
    let (client_key, license_key) = (client_state(&Key::new(KEY)), license_state(&Key::new(KEY)));
    let state = client.save(&NONCE);
    let content = channel::license::single_state::open(CLIENT, &client_key, &state).unwrap().to_vec();
    let mut seeds = vec![[&[0][..], &state].concat(), [&[2][..], &content].concat(), vec![2, 0]];
    let state = license.save(&Key::new(KEY), &NONCE);
    let content = channel::license::single_state::open(LICENSE, &license_key, &state).unwrap().to_vec();
    seeds.extend([[&[1][..], &state].concat(), [&[3][..], &content].concat()]);
    for cut in [1, 8, 40] {
        seeds.push([&[3][..], &content[..content.len() - cut]].concat());
    }
    let content = channel::license::single_state::open(CLIENT, &client_key, &kept().save(&NONCE)).unwrap();
    seeds.push([&[2][..], &content].concat());
    let without = SingleClient::new(config());
    seeds.push([&[0][..], &without.save(&NONCE)].concat());
    // Numbers of right contents, each at limits and beyond: flags, failures, memory, iterations, events.
    let vector = single_vector().to_bytes().len();
    for (subject, base) in [(0, 6), (1, 6), (3, 6)] {
        let account = base + 2 + vector;
        for (at, width) in [(0, 0), (4, 0), (21, 1), (25, 1), (61, 2), (69, 2)] {
            let place = if at == 0 { 0 } else { account + at };
            let [high, low] = u16::try_from(place).unwrap_or(u16::MAX).to_be_bytes();
            seeds
                .extend((0..LIMITS.len() as u8).map(|value| vec![4 | subject << 3, high, low, width, value]));
        }
    }
    // Tries, windows, failures, binding of a license; of its first application flags, shift, step.
    let settings = 5 + 16 + 2 + vector;
    for (at, width) in
        [(0, 0), (1, 0), (2, 0), (4, 0), (5, 0), (6, 0), (7, 0), (9, 2), (17, 2), (25, 2), (33, 2), (41, 0)]
    {
        let [high, low] = u16::try_from(settings + at).unwrap_or(u16::MAX).to_be_bytes();
        seeds.extend((0..LIMITS.len() as u8).map(|value| vec![4 | 2 << 3, high, low, width, value]));
    }
    seeds
}

/// Numbers at which something begins or ends.
const LIMITS: [u64; 16] =
    [0, 1, 3, 4, 7, 8, 16, 17, 20, 99, 100, 65_536, 65_537, (1 << 53) - 1, 1 << 53, u64::MAX];

/// A right content with a few of its numbers changed: where, how wide, to what.
fn changed(how: u8, choices: &mut Choices<'_>) -> (bool, Vec<u8>) {
    static CONTENTS: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
        let (client, license) = made();
        let (client_key, license_key) = (client_state(&Key::new(KEY)), license_state(&Key::new(KEY)));
        let open = |magic, key, state: &[u8]| {
            channel::license::single_state::open(magic, key, state).unwrap().to_vec()
        };
        [
            open(CLIENT, &client_key, &client.save(&NONCE)),
            open(CLIENT, &client_key, &kept().save(&NONCE)),
            open(LICENSE, &license_key, &license.save(&Key::new(KEY), &NONCE)),
            open(CLIENT, &client_key, &kept_of([7; 16]).save(&NONCE)),
        ]
    });
    let subject = usize::from(how >> 3) % 4;
    let mut content = CONTENTS[subject].clone();
    for _ in 0..3 {
        if choices.is_over() {
            break;
        }
        let at = usize::from(choices.u16()) % content.len();
        let [width, value] = choices.array();
        let bytes = LIMITS[usize::from(value) % LIMITS.len()].to_be_bytes();
        let width = [1, 4, 8][usize::from(width) % 3].min(content.len() - at);
        content[at..at + width].copy_from_slice(&bytes[8 - width..]);
    }
    (subject != 2, content)
}

pub(super) fn config() -> SingleConfig {
    SingleConfig {
        static_vector: Some(single_vector()),
        platform_data: b"platform".to_vec(),
        platform_key: Key::new(KEY),
        short_codes: true,
        rooted: false,
        root_policy: RootPolicy::Block,
        reset_policy: ResetPolicy::Lock,
        cost: Cost { memory_kib: 8, iterations: 1 },
    }
}

pub(super) fn settings() -> SingleSettings {
    let windows = Windows { identification: 100, signature: 24, first_use_s: 10_800, look_ahead: 10 };
    SingleSettings { signature_tries: 4, windows }
}

/// Of each one that is in use.
fn made() -> (SingleClient, SingleLicense) {
    let serial: channel::serial::Serial = "VDS1000120".parse().unwrap();
    let vector = single_vector().to_bytes();
    let mut license = SingleLicense::new(serial, Key::new([7; 16]), &vector, settings()).unwrap();
    let mut client = SingleClient::new(config());
    let code = license.generate_activation_code(channel::check_digit::Radix::Decimal);
    let activation = Activation {
        name: Name::Serial("VDS1000120"),
        code: &code,
        event_counter: None,
        password: Some("1357"),
        salt: [5; 16],
    };
    client.activate(activation).unwrap();
    for application in [otp::EVENT, otp::TIME] {
        let response =
            client.generate_response(application, &Data::ResponseOnly, Some("1357"), 9_000).unwrap();
        license.verify_response(serial, application, &Data::ResponseOnly, &response, 9_000).unwrap();
    }
    (client, license)
}

/// One with an account that is kept beside one of another key, without a password.
fn kept() -> SingleClient {
    let serial = "VDS1000120".parse().unwrap();
    let license = channel::crypto::single::license_of_code(&single_vector().master_key, serial, 7);
    kept_of(*license.expose())
}

/// The same beside one of this key.
fn kept_of(license: [u8; 16]) -> SingleClient {
    let (mut client, _) = made();
    let serial = "VDS1000120".parse().unwrap();
    let master = single_vector().master_key;
    let n = channel::crypto::single::code_of_license(&master, serial, &Key::new(license));
    let code = channel::wire::activation_code::encode(n, channel::check_digit::Radix::Decimal);
    let activation = Activation {
        name: Name::Serial("VDS1000120"),
        code: &code,
        event_counter: None,
        password: Some("2468ace"),
        salt: [6; 16],
    };
    client.activate(activation).unwrap();
    client
}

/// A password for a new account, under rules that are chosen, too: PWD-1 to PWD-4, in the order of SPEC.md section 32.
pub(super) fn new_password(choices: &mut Choices<'_>) {
    let [rules, minimum, maximum, first, step, length, at, other] = choices.array();
    let minimum = 1 + minimum % 64;
    let maximum = minimum + maximum % (65 - minimum);
    let (required, refuse_weak) = (rules & 1 == 1, rules & 2 == 2);
    // One that goes by a step, and breaks in one place or nowhere.
    let step = [0, 1, -1, 2][usize::from(step) % 4];
    let goes = |n: u8| char::from((i16::from(first) + i16::from(n) * step).rem_euclid(128) as u8);
    let mut letters: Vec<char> = (0..length % 70).map(goes).collect();
    if let Some(letter) = letters.get_mut(usize::from(at)) {
        *letter = char::from(other);
    }
    let password: Option<String> = (rules & 12 != 12).then(|| letters.iter().collect());
    let slowly = match &password {
        None if required => Err("PWD-1"),
        None => Ok(()),
        Some(_) if letters.iter().any(|letter| !(' '..='~').contains(letter)) => Err("PWD-3"),
        Some(_) if !(usize::from(minimum)..=usize::from(maximum)).contains(&letters.len()) => Err("PWD-2"),
        Some(_) => {
            let codes: Vec<i64> = letters.iter().map(|letter| i64::from(u32::from(*letter))).collect();
            let by = |step: i64| (0..).zip(&codes).all(|(n, code)| *code == codes[0] + n * step);
            if refuse_weak && (by(0) || by(1) || by(-1)) { Err("PWD-4") } else { Ok(()) }
        }
    };
    let mut vector = single_vector();
    vector.password = PasswordRules { required, minimum, maximum, refuse_weak, ..vector.password };
    let mut client = SingleClient::new(SingleConfig { static_vector: Some(vector), ..config() });
    let code = channel::wire::activation_code::encode(7, channel::check_digit::Radix::Decimal);
    let activation = Activation {
        name: Name::Serial("VDS1000120"),
        code: &code,
        event_counter: None,
        password: password.as_deref(),
        salt: [5; 16],
    };
    same(client.activate(activation).map(|_| ()), slowly);
    assert_eq!(client.status().password, slowly.is_ok() && password.is_some());
}

/// An account in a content, at its vector's length: check, events, where it ends.
fn account(content: &[u8], at: usize) -> (&[u8], Vec<u64>, usize) {
    let vector = at + 2 + usize::from(u16::from_be_bytes([content[at], content[at + 1]]));
    let applications = static_vector(&content[at + 2..vector]).unwrap().applications.len();
    let events = &content[vector + 61..vector + 61 + 8 * applications];
    let events: Vec<u64> =
        events.chunks(8).map(|event| u64::from_be_bytes(event.try_into().unwrap())).collect();
    (&content[vector..vector + 4], events, vector + 61 + 8 * applications)
}

/// SDL-39, SDL-40: the kept account answers again. Of one key, no event comes twice, and what was bound stays bound.
fn reverts(mut client: SingleClient, content: &[u8]) {
    let kept = content[0] & 32 != 0;
    assert_eq!(client.revert().is_ok(), kept, "SDL-38");
    if !kept {
        return;
    }
    let (check, gone, end) = account(content, 6);
    let (kept_check, mut events, _) = account(content, end + 1);
    let mut bound = content[end] & 4;
    if check == kept_check {
        events.iter_mut().zip(gone).for_each(|(event, gone)| *event = gone.max(*event));
        bound |= content[0] & 4;
    }
    let key = client_state(&Key::new(KEY));
    let saved = channel::license::single_state::open(CLIENT, &key, &client.save(&NONCE)).unwrap();
    assert_eq!(account(&saved, 6).1, events, "SDL-40: events");
    assert_eq!(saved[0] & 4, bound, "SDL-40: bound");
}

fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let how = choices.byte();
    let (is_client, content) = match how & 7 {
        0..4 => (how & 1 == 0, choices.rest().to_vec()),
        _ => changed(how, &mut choices),
    };
    let state = match (how & 7, is_client) {
        (0 | 1, _) => content,
        (_, true) => seal(CLIENT, &client_state(&Key::new(KEY)), &NONCE, &content),
        (_, false) => seal(LICENSE, &license_state(&Key::new(KEY)), &NONCE, &content),
    };
    let nonce = state.get(4..16).and_then(|nonce| nonce.try_into().ok()).unwrap_or(NONCE);
    if is_client {
        let slowly = slow::open_state(b"CPD", key16(&KEY, "single-state", &[]), &state);
        let loaded = SingleClient::load(&state, config());
        let judged = slowly.clone().and_then(|content| slow::client_content(&KEY, &content));
        same(loaded.as_ref().map(|_| ()).map_err(|refusal| *refusal), judged);
        let Ok(client) = loaded else { return };
        assert_eq!(client.save(&nonce), state);
        let again = SingleClient::load(&client.save(&NONCE), config()).unwrap();
        assert_eq!(state::digest(&client), state::digest(&again));
        assert_eq!(client.status(), again.status());
        reverts(client, &slowly.unwrap());
    } else {
        let slowly = slow::open_state(b"CPL", key16(&KEY, "single-license", &[]), &state);
        let slowly = slowly.and_then(|content| slow::license_content(&content));
        let loaded = SingleLicense::load(&Key::new(KEY), &state);
        same(loaded.as_ref().map(|_| ()).map_err(|refusal| *refusal), slowly);
        let Ok(license) = loaded else { return };
        assert_eq!(license.save(&Key::new(KEY), &nonce), state);
        let again = SingleLicense::load(&Key::new(KEY), &license.save(&Key::new(KEY), &NONCE)).unwrap();
        assert_eq!(state::digest(&license), state::digest(&again));
        assert_eq!(license.signature_failures(), again.signature_failures());
    }
}
