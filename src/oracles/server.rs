//! Anything as message and signature into a server that has issued and accepted some.

use std::sync::OnceLock;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::pairs;
use super::slow::{self, crypto};
use super::target::Target;
use super::world::{self, APP, App, LICENSE, PAYLOAD_KEY, START};
use channel::text::hex;
use harness::setup::app;

/// Choices of an instance, a message, a signature and a time, again and again.
pub const SERVER_VERIFY: Target = Target {
    name: "server_verify",
    run: server_verify,
    max_len: 256,
    floor: 1_000,
    seeds,
    dictionary: &[b"36080595", b"00C1", b"0042"],
    oracles: &[
        "accepted: a true signature over an issued message that was not accepted before; refused: it is not",
        "a second implementation agrees, refusing requirement included",
        "a free refusal changes nothing, a counted one exactly one counter",
        "what was not refused gives the same answer and the same state twice",
    ],
};

const APPLICATIONS: [u8; 4] = [app::TIME, app::EVENT, app::BOTH, app::LONG];
const REQUESTS: u8 = 70;

/// A server with two confirmed instances and an unconfirmed one, and with requests: some accepted, some older
/// than the window remembers.
struct Subject {
    server: ServerPair,
    am2: Vec<Vec<u8>>,
    requests: Vec<Vec<u8>>,
}

fn subject() -> &'static Subject {
    static SUBJECT: OnceLock<Subject> = OnceLock::new();
    SUBJECT.get_or_init(|| {
        let (mut server, mut am2) = (ServerPair::new(LICENSE), Vec::new());
        for device in 0..2 {
            let mut client = ClientPair::new(App { device, ..APP });
            am2.push(pairs::activate(&mut server, &mut client, START).1);
        }
        pairs::pre_activate(&mut server, &mut ClientPair::new(App { device: 2, ..APP }), false, START);
        am2.push(server.generate_activation2(world::SALT, START).unwrap().1);
        let mut requests = Vec::new();
        for number in 0..REQUESTS {
            let request = world::request(APPLICATIONS[usize::from(number) % 4], false, world::list());
            requests.push(server.generate_request(&request, false, START).unwrap());
        }
        for (sequence, number, event) in [(1, 1, 0), (1, 2, 1), (2, 40, 0), (2, REQUESTS - 1, 2)] {
            let message = &requests[usize::from(number)];
            let application = APPLICATIONS[usize::from(number) % 4];
            let signature = signature(&server, sequence, application, message, START + 60, event);
            server.verify_message_signature(sequence, &hex::encode(message), &signature, START).unwrap();
        }
        Subject { server, am2, requests }
    })
}

/// The true signature of an instance at a moment.
fn signature(server: &ServerPair, sequence: u8, index: u8, message: &[u8], now: u32, event: u64) -> String {
    let application = LICENSE.apps.slow().application(index).unwrap();
    server.slow.answer(sequence, application, crypto::MESSAGE, (now, event), &[message])
}

fn server_verify(data: &[u8]) {
    let Subject { server, am2, requests } = subject();
    let mut server = server.clone();
    let mut choices = Choices::new(data);
    for _ in 0..4 {
        if choices.is_over() {
            break;
        }
        let sequence = [1, 2, 3, 4, 99][choices.below(5)];
        let signer = [sequence, 1, 2][choices.below(3)];
        let (index, mut bytes) = match choices.byte() {
            number @ ..REQUESTS => {
                (APPLICATIONS[usize::from(number) % 4], requests[usize::from(number)].clone())
            }
            number @ 70..=79 => (app::TIME, am2[usize::from(number) % 3].clone()),
            80..=99 => (app::TIME, forged(&mut choices)),
            _ => (app::EVENT, choices.some(40).to_vec()),
        };
        let how = choices.byte();
        if how & 1 == 1 && !bytes.is_empty() {
            let bit = usize::from(choices.u16()) % (8 * bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let [late, event, time] = choices.array();
        let at = START + 36 * u32::from(late % 16);
        let mut text = signature(&server, signer, index, &bytes, at, u64::from(event % 5));
        if how & 2 != 0 {
            let [at, digit] = choices.array();
            let at = usize::from(at) % text.len();
            text.replace_range(at..=at, &char::from(digit & 127).to_string());
        }
        if how & 4 != 0 {
            let length = usize::from(choices.byte() % 20);
            text = String::from_utf8_lossy(choices.some(length)).into_owned();
        }
        let mut message = hex::encode(&bytes);
        if how & 8 != 0 {
            (text, message) = (text.to_lowercase(), message.to_lowercase());
        }
        if how & 16 != 0 {
            message = String::from_utf8_lossy(choices.some(60)).into_owned();
        }
        let now = START + u32::from(time) * 18;
        let before = server.slow.accepted.len();
        let verified = server.verify_message_signature(sequence, &message, &text, now);
        if verified.is_ok()
            && slow::hex(&message).is_ok_and(|bytes| slow::frame(&bytes, true).unwrap().kind == 3)
        {
            assert_eq!(server.slow.accepted.len(), before + 1, "VER-8");
        }
    }
    server.settle();
}

/// A message under the right keys that was never issued.
fn forged(choices: &mut Choices<'_>) -> Vec<u8> {
    let [kind, counter, time] = choices.array();
    let header = [
        &[0, (kind % 5) << 6 | 2][..],
        &LICENSE.serial_bytes(),
        &(START - u32::from(time) * 60).to_be_bytes(),
        &[0, 0, 0, counter],
    ];
    let frame = crypto::seal(&PAYLOAD_KEY, header.concat().try_into().unwrap(), choices.some(20));
    assert!(slow::frame(&frame, true).is_ok() || kind % 5 == 4 || kind % 5 == 0);
    frame
}

fn seeds() -> Vec<Vec<u8>> {
    let step = |sequence: u8, message: u8, how: u8, late: u8, event: u8, time: u8| {
        vec![sequence - 1, 0, message, how, late, event, time]
    };
    let mut seeds = vec![
        step(1, 10, 0, 2, 0, 4),
        step(3, 72, 0, 0, 0, 0),
        step(3, 72, 0, 0, 0, 0).repeat(2),
        step(2, 69, 0, 2, 0, 4),
        step(1, 3, 0, 0, 0, 0),
        step(4, 20, 0, 0, 0, 0),
        step(1, 20, 8, 0, 0, 0),
        step(1, 20, 16, 0, 0, 0),
        step(1, 90, 0, 3, 200, 0),
        step(1, 20, 0, 0, 0, 255),
        step(1, 12, 0, 12, 0, 20),
    ];
    for kind in 1..4 {
        seeds.push([&[0, 0, 90, kind, 4, 0][..], &[7; 20], &[0; 4]].concat()); // VER-2, VER-7
    }
    for number in 12..28 {
        seeds.push(
            [step(1, number, 0, 1, 1, 2), step(1, number, 0, 1, 1, 2), step(2, number + 1, 0, 1, 0, 2)]
                .concat(),
        );
        seeds.push([step(1, number, 2, 1, 1, 2), vec![3, b'9']].concat().repeat(5));
    }
    seeds
}
