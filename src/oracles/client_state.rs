//! A client's state at rest: of clients in every state, bent and under the right key again, and what they do then.

use std::sync::OnceLock;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::client;
use super::model::client::Pin;
use super::pairs;
use super::slow::data::Data;
use super::slow::request::Content;
use super::slow::state::{self, State};
use super::target::Target;
use super::verdict::{same, twice};
use super::world::{self, APP, App, Apps, LICENSE, OTHER, PLATFORM_KEY, START};
use channel::client::Client;
use channel::crypto::keys::Key;
use channel::text::hex;
use harness::setup::otp;

/// Bytes as a state; or a client's, with fields changed and sealed, or bytes changed, and the MAC put right.
pub const CLIENT_STATE: Target = Target {
    name: "client_state",
    run: client_state,
    max_len: 1_200,
    floor: 200,
    seeds,
    dictionary: &[b"CPC\x02", b"\x38\x08", b"\x08\x20", b"\x00\x00\x00\x00\x00\x00\x00\x00", b"12345678"],
    oracles: &[
        "an independent decoder agrees, refusing requirement included; a second encoder writes the same",
        "accepted: saving what was loaded, with the same nonce, gives the state",
        "another platform key, a changed bit, a cut: refused as such",
        "a loaded client does what the saved one does, but that no message is open",
    ],
};

/// Clients in every state. All are on device number 0.
fn subjects() -> &'static [(ClientPair, App)] {
    static SUBJECTS: OnceLock<Vec<(ClientPair, App)>> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        let mut subjects: Vec<_> =
            client::subjects().iter().map(|(pair, _)| (pair.clone(), pair.slow.app)).collect();
        let app = App { apps: None, replacement: true, ..APP };
        let (mut server, mut asks) = pairs::activated(OTHER, app);
        let events = |client: &mut ClientPair, index| {
            client.generate_response(OTHER, index, &Data::Nothing, Pin::Right, START).unwrap();
        };
        events(&mut asks, otp::EVENT);
        subjects.push((asks.clone(), app));
        pairs::lock(&mut server, &mut asks, otp::FIELDS);
        asks.generate_unlock_challenge(OTHER, [7; 8]).unwrap();
        subjects.push((asks.clone(), app));
        for _ in 0..3 {
            asks.unlock(OTHER, "00000000").unwrap_err();
            asks.unlock(OTHER, "00000019").unwrap_err();
        }
        pairs::pre_activate(&mut server, &mut asks, true, START);
        pairs::activate(&mut ServerPair::new(LICENSE), &mut asks, START);
        subjects.push((asks, app));
        subjects
    })
}

fn client_state(data: &[u8]) {
    let mut choices = Choices::new(data);
    let how = choices.below(8);
    if how == 0 {
        return judge(APP, choices.rest(), &mut Choices::new(&[]));
    }
    let subjects = subjects();
    let (client, app) = &subjects[choices.below(subjects.len())];
    let nonce = [choices.byte(); 12];
    let saved = client.save(nonce);
    match how {
        1 => saved_and_loaded(client, *app, &saved, &mut choices),
        2..=4 => {
            let mut state = state::decode(&PLATFORM_KEY, &saved).unwrap();
            for _ in 0..=choices.byte() % 3 {
                change(&mut state, &mut choices);
            }
            judge(*app, &state::encode(&PLATFORM_KEY, nonce, &state), &mut choices);
        }
        _ => {
            let mut bytes = saved;
            let is_sealed = how < 7;
            for _ in 0..=choices.byte() % 3 {
                edit(&mut bytes, &mut choices);
            }
            if is_sealed && bytes.len() >= 48 {
                let end = bytes.len() - 16;
                let mac = state::mac(&PLATFORM_KEY, &bytes[..end]);
                bytes[end..].copy_from_slice(&mac);
            }
            judge(*app, &bytes, &mut choices);
        }
    }
}

/// Whatever it is: both say the same of it; and what loads can be used.
fn judge(app: App, state: &[u8], choices: &mut Choices<'_>) {
    let fast = twice(|| Client::load(&Key::new(PLATFORM_KEY), state, app.config()).map(|_| ()));
    let slow = state::decode(&PLATFORM_KEY, state);
    same(fast, slow.as_ref().map(|_| ()).map_err(|id| *id));
    let Ok(slow) = slow else { return };
    let nonce: [u8; 12] = state[4..16].try_into().unwrap();
    assert!(state::encode(&PLATFORM_KEY, nonce, &slow) == state, "one state has one form");
    let mut loaded = ClientPair::load(app, state).unwrap();
    assert!(loaded.save(nonce) == state, "saved as it was");
    tamper(app, state, choices);
    act(&mut loaded, choices);
    loaded.settle();
}

/// CST-6, and nothing that is shorter.
fn tamper(app: App, state: &[u8], choices: &mut Choices<'_>) {
    let load = |key: [u8; 16], state: &[u8]| {
        Client::load(&Key::new(key), state, app.config()).map(|_| ()).map_err(|refusal| refusal.rule.id)
    };
    let at = usize::from(choices.u16()) % state.len();
    let mut key = PLATFORM_KEY;
    key[at % 16] ^= 1;
    assert_eq!(load(key, state), Err("CST-6"));
    let mut changed = state.to_vec();
    changed[at] ^= 1 << (at % 8);
    let rule = [(0..3, "CST-4"), (3..4, "CST-5")].into_iter().find(|(range, _)| range.contains(&at));
    assert_eq!(load(PLATFORM_KEY, &changed), Err(rule.map_or("CST-6", |(_, id)| id)), "byte {at}");
    assert_eq!(load(PLATFORM_KEY, &state[..at]), Err(if at < 51 { "CST-4" } else { "CST-6" }));
}

/// The client itself, and the one that was saved and loaded: the same answers, but for an opened message.
fn saved_and_loaded(client: &ClientPair, app: App, saved: &[u8], choices: &mut Choices<'_>) {
    let mut loaded = ClientPair::load(app, saved).unwrap();
    assert_eq!(loaded.clone().sign(Pin::Right, START), Err(if app.blocked { "CLI-1" } else { "CLI-12" }));
    let mut client = client.clone();
    let _ = client.sign(Pin::Reject, START); // of a locked account the message stays open
    if client.slow.opened.is_none() {
        let rest = choices.rest();
        let [answers, again] = [&mut client, &mut loaded].map(|it| act(it, &mut Choices::new(rest)));
        assert_eq!(answers, again);
        assert!(client.save([1; 12]) == loaded.save([1; 12]));
    }
    judge(app, saved, choices);
}

/// A few operations on it. Their answers.
fn act(client: &mut ClientPair, choices: &mut Choices<'_>) -> Vec<String> {
    let mut said = Vec::new();
    for _ in 0..8 {
        if choices.is_over() {
            break;
        }
        let [what, index, late] = choices.array();
        let kind = if what & 128 == 0 { LICENSE } else { OTHER };
        let now = START + 36 * u32::from(late);
        let pin = [Pin::Right, Pin::Wrong, Pin::Cached, Pin::Reject][usize::from(what >> 3) % 4];
        let answer = match what % 8 {
            _ if what & 64 != 0 => {
                format!("{:?}", client.generate_information(kind, "00000000FF", now))
            }
            0 | 1 => {
                let data = [Data::Nothing, Data::Challenge("1234".into())][usize::from(what % 2)].clone();
                format!("{:?}", client.generate_response(kind, 1 + index % 8, &data, pin, now))
            }
            2 => format!("{:?}", client.open(&hex::encode(&messages()[usize::from(index) % 4]), false)),
            3 => format!("{:?}", client.sign(pin, now)),
            4 => format!(
                "{:?}",
                client.activate_instance(&hex::encode(&messages()[4 + usize::from(index) % 2]), pin, now)
            ),
            5 => format!("{:?}", client.generate_unlock_challenge(kind, [index; 8])),
            6 => {
                let digits = format!("{:07}", u32::from(index) * 39_062);
                let digit = super::slow::check_digit(&digits, 10);
                format!("{:?}", client.unlock(kind, &format!("{digits}{digit}")))
            }
            _ => format!(
                "{:?}",
                client.deactivate(&hex::encode(&messages()[6 + usize::from(index) % 2]), false)
            ),
        };
        said.push(answer);
    }
    said
}

/// Requests, AM2s and deactivations of the two licenses, for device number 0.
fn messages() -> &'static [Vec<u8>] {
    static MESSAGES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let mut servers = [LICENSE, OTHER].map(|kind| pairs::activated(kind, APP).0);
        let [one, other] = &mut servers;
        let asked = |index, content: Content| world::request(index, false, content);
        let challenge = || Content::Challenge("Log in".into(), "1234".into());
        let mut messages = vec![
            one.generate_request(&asked(1, world::list()), false, START).unwrap(),
            other.generate_request(&asked(1, world::list()), false, START).unwrap(),
            one.generate_request(&asked(3, challenge()), false, START).unwrap(),
            other.generate_request(&asked(otp::CHALLENGE, challenge()), false, START).unwrap(),
        ];
        for kind in [LICENSE, OTHER] {
            let mut server = ServerPair::new(kind);
            pairs::pre_activate(&mut server, &mut ClientPair::new(pairs::taking(kind, APP)), false, START);
            messages.push(server.generate_activation2(world::SALT, START).unwrap().1);
        }
        messages.extend([one, other].map(|server| server.generate_deactivation(1, START).unwrap()));
        messages
    })
}

/// A field, to another value or one that it must not have.
fn change(state: &mut State, choices: &mut Choices<'_>) {
    let [what, value, which] = choices.array();
    let count = state.accounts.len();
    match what % 26 {
        0 => state.device_type = value,
        1 => state.salt[0] ^= value,
        2 if count > 0 => drop(state.accounts.remove(usize::from(which) % count)),
        3 if count > 1 => state.accounts.swap(0, 1),
        4 if count > 0 => {
            let mut account = state.accounts[usize::from(which) % count].clone();
            account.serial[4] = account.serial[4].wrapping_add(value);
            state.accounts.push(account);
        }
        5.. if count > 0 => {
            let account = &mut state.accounts[usize::from(which) % count];
            change_account(account, what % 26, value, choices);
        }
        _ => {}
    }
}

fn change_account(account: &mut state::Account, what: u8, value: u8, choices: &mut Choices<'_>) {
    let vector = |value: u8, choices: &mut Choices<'_>| {
        let mut bytes = if value & 1 == 0 { Apps::Plain } else { Apps::Otp }.bytes().to_vec();
        if value & 2 != 0 {
            let at = usize::from(choices.u16()) % bytes.len();
            bytes[at] = choices.byte();
        }
        let slow = super::slow::vector::static_vector(&bytes).unwrap_or_else(|_| Apps::Plain.slow().clone());
        (bytes, std::sync::Arc::new(slow))
    };
    match (what, &mut account.activated, &mut account.pre_activated) {
        (5, ..) => account.serial[usize::from(value) % 5] = choices.byte(),
        (6, active, _) => *active = None,
        (7, _, pre) => *pre = None,
        (8, Some(it), _) => it.sequence = value,
        (9, Some(it), _) => it.policy = [value >> 6, value >> 4 & 3, 1 + (value & 7)],
        (10, Some(it), _) => it.am2_counter = u32::from(value) << (value & 24),
        (11, Some(it), _) => it.pin_failures = value % 6,
        (12, Some(it), _) => it.unlock_failures = value % 6,
        (13, Some(it), _) => {
            it.challenge = (value & 1 == 0).then(|| format!("{:08}", u32::from(value) * 390_000))
        }
        (14, Some(it), _) => {
            let letter = char::from(value & 127);
            it.challenge = Some(format!("1234567{letter}"));
        }
        (15, Some(it), _) => it.payload = (value & 1 == 0).then_some([value; 16]),
        (16, Some(it), _) => {
            let at = usize::from(value >> 4) % it.applications.len();
            let events = [0, 1, 77, (1 << 53) - 1, 1 << 53, u64::MAX, 1 << 32, 2];
            it.applications[at].0 = events[usize::from(value) % 8];
        }
        (17, Some(it), _) => it.applications.swap(0, 1),
        (18, Some(it), _) => it.vector = vector(value, choices),
        (19, Some(it), _) => {
            // With as many keys as the vector has applications.
            it.vector = vector(value, choices);
            it.applications.resize(it.vector.1.applications.len(), (0, [value; 16]));
            it.applications.iter_mut().for_each(|application| application.0 = 0);
        }
        (20, _, Some(it)) => it.policy = [value >> 6, value >> 4 & 3, 1 + (value & 7)],
        (21, _, Some(it)) => it.vector = vector(value, choices),
        (22, _, Some(it)) => (it.am1[0], it.license[0]) = (value, value),
        (24, Some(it), _) => {
            let counters = [0, 1, 0xFF, 0x100, 0xFF_FFFE, 0xFF_FFFF];
            it.information_counter = counters[usize::from(value) % counters.len()];
        }
        (25, Some(it), _) => {
            let texts = ["", "ann", "Zo\u{eb}", ";", "ann\n", &"u".repeat(255), &"u".repeat(256)];
            let text = |number: u8| texts[usize::from(number) % texts.len()].to_owned();
            it.identity = (value & 128 == 0).then(|| (text(value & 15), text(value >> 4)));
        }
        (_, active, pre @ None) if active.is_some() => {
            let vector = vector(value & 1, choices);
            let policy = [1 + (value >> 6 & 1), 2, 1 + (value >> 1 & 7)];
            *pre = Some(state::PreActivated { am1: [value; 32], policy, vector, license: [value; 16] });
        }
        _ => {}
    }
}

fn edit(bytes: &mut Vec<u8>, choices: &mut Choices<'_>) {
    let what = choices.byte();
    let at = usize::from(choices.u16()) % (bytes.len() + 1);
    let end = bytes.len();
    match what & 7 {
        0 if at < end => bytes[at] ^= 1 << (what >> 5),
        1 if at < end => bytes[at] = choices.byte(),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, choices.byte()),
        4 => drop(bytes.drain(at..end.min(at + 1 + usize::from(what >> 4)))),
        // The head: magic, version, device type, number of accounts, first serial number, first flags.
        _ => {
            let at = [0, 3, 32, 33, 34, 35, 39, 40][usize::from(what >> 5)];
            if at < end {
                bytes[at] = choices.byte();
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let subjects = subjects();
    let last = subjects.len() as u8 - 1;
    let mut seeds: Vec<Vec<u8>> = vec![vec![0], b"\0CPC\x02".to_vec()];
    let saved = |at: u8| subjects[usize::from(at)].0.save([3; 12]);
    seeds.extend([0, 4, 6].map(|at| [&[0][..], &saved(at)].concat()));
    seeds.push([&[0][..], &saved(6)[..50]].concat());
    // Every client, saved, loaded and used.
    let operations = (0..8).map(|what| [what, 0, 1]).collect::<Vec<_>>();
    for subject in 0..=last {
        for of in [0, 128] {
            let used: Vec<u8> =
                operations.iter().flat_map(|[what, index, late]| [what | of, *index, *late]).collect();
            seeds.push([&[1, subject, 5][..], &used].concat());
            seeds.push([&[2, subject, 5, 0, 40, 0, 0, 0, 9][..], &used].concat());
        }
    }
    // Each field of some clients: in range, at its limits, beyond.
    for subject in [0, 9, last - 1, last] {
        for what in 0..26 {
            for value in [0, 3, 4, 0x91, 255] {
                seeds.push(vec![2, subject, 5, 0, what, value, 0, 0, 9]);
            }
        }
        seeds.push(vec![2, subject, 5, 0, 19, 1, 0, 0, 9, 2, 0, 1]);
        // Information messages up to the last counter.
        for counter in 0..6 {
            seeds.push([&[2, subject, 5, 0, 24, counter, 0, 0, 9][..], &[64, 0, 1].repeat(3)].concat());
        }
    }
    // The head, bytes of two states, cuts and more; with the MAC put right, and without.
    for how in [5, 7] {
        for head in 0..8 {
            for value in [0, 4, 16, 99, 100, 255] {
                seeds.push(vec![how, last, 5, 0, 5 | head << 5, 0, 0, value]);
            }
        }
        for at in [5, 20, 42, 45, 52, 70, 350, 400, 450] {
            let [high, low] = u16::to_be_bytes(at);
            for what in 0..5 {
                seeds.push(vec![how, 0, 5, 0, what, high, low, 9]);
                seeds.push(vec![how, 4, 5, 0, what, high, low, 9]);
            }
        }
    }
    seeds
}
