//! The open algorithms: suites as text, the primitives, and pairs of roles that answer with them.

use std::sync::OnceLock;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::model::client::Pin;
use super::pairs;
use super::responses;
use super::slow::crypto::{self, ApplicationKey, MESSAGE};
use super::slow::data::Data;
use super::slow::oath;
use super::slow::request::Content;
use super::target::Target;
use super::verdict::{same, twice};
use super::world::{self, APP, App, Apps, OPEN, START};
use channel::crypto::answer::{Answers, Subject};
use channel::crypto::keys::Key;
use channel::crypto::oath::ocra::{Input, ocra};
use channel::crypto::oath::suite::{Format, Suite};
use channel::crypto::oath::{Hash, hotp, totp};
use channel::crypto::response::Moment;
use channel::text::hex;
use harness::setup::open;

/// A suite as text; a counter or time; a suite and an input for it.
pub const OCRA: Target = Target {
    name: "ocra",
    run: ocra_target,
    max_len: 400,
    floor: 300,
    seeds: ocra_seeds,
    dictionary: &[
        b"OCRA-1:HOTP-SHA1-",
        b"OCRA-1:HOTP-SHA256-",
        b"OCRA-1:HOTP-SHA512-",
        b":C-Q",
        b"QA08",
        b"QN64",
        b"QH64",
        b"-PSHA1",
        b"-PSHA256",
        b"-PSHA512",
        b"-S064",
        b"-S512",
        b"-T1M",
        b"-T59S",
        b"-T48H",
        b"-T0H",
    ],
    oracles: &[
        "a second parser, which tries all that may stand there, agrees on every text",
        "a suite says its text again",
        "a second implementation makes the same response, or refuses by the same requirement",
    ],
};

/// A program for a client and a server with applications of every open algorithm.
pub const OPEN_RESPOND: Target = Target {
    name: "open_respond",
    run: |input| drop(program(input)),
    max_len: 400,
    floor: 200,
    seeds: program_seeds,
    dictionary: &[b"12345678", b"123456789", b"Az09", b"DE02 1250"],
    oracles: &[
        "a model of both roles answers alike, refusing requirement and counters included",
        "the signature over a message is the one of the formula",
        "what is saved and loaded on the way goes on alike",
    ],
};

fn ocra_target(input: &[u8]) {
    let mut choices = Choices::new(input);
    match choices.below(3) {
        0 => parse(&String::from_utf8_lossy(choices.rest())),
        1 => counters(&mut choices),
        _ => respond(&mut choices),
    }
}

fn hash_of(hash: Hash) -> oath::Hash {
    match hash {
        Hash::Sha1 => 1,
        Hash::Sha256 => 256,
        Hash::Sha512 => 512,
    }
}

/// A suite as the slow parser has it.
fn slowly(suite: &Suite) -> oath::Suite {
    oath::Suite {
        text: suite.text().to_owned(),
        hash: hash_of(suite.hash),
        digits: suite.digits,
        counter: suite.counter,
        format: match suite.format {
            Format::Alphanumeric => 'A',
            Format::Numeric => 'N',
            Format::Hexadecimal => 'H',
        },
        length: suite.length.into(),
        password: suite.password.map(hash_of),
        session: suite.session.map(usize::from),
        step: suite.step_s,
    }
}

fn parse(text: &str) {
    let parsed = twice(|| Suite::parse(text));
    same(parsed.as_ref().map(slowly).map_err(|refusal| *refusal), oath::suite(text));
    if let Ok(suite) = parsed {
        assert_eq!(suite.text(), text);
        assert_eq!(suite.takes_hash(), slowly(&suite).is_qh64());
    }
}

fn counters(choices: &mut Choices<'_>) {
    let [which, digits, length, seed] = choices.array();
    let (counter, step) = (u64::from_be_bytes(choices.array()) >> 11, choices.u16().max(1));
    let key = vec![seed; usize::from(length % 128) + 1];
    let digits = 6 + digits % 3;
    assert_eq!(hotp(&key, counter, digits), oath::hotp(1, &key, counter, digits));
    let hash = [Hash::Sha1, Hash::Sha256, Hash::Sha512][usize::from(which) % 3];
    let slow = oath::hotp(hash_of(hash), &key, counter / u64::from(step), digits);
    assert_eq!(totp(hash, &key, counter, step, digits), slow);
}

/// One of many suites, with an input that names what it names where the bits of `named` say so.
fn respond(choices: &mut Choices<'_>) {
    let [a, b, c, named, key] = choices.array();
    let hash = ["1", "256", "512"][usize::from(a) % 3];
    let digits = [0, 4, 5, 6, 7, 8, 9, 10][usize::from(a >> 2) % 8];
    let counter = if a & 32 == 0 { "" } else { "C-" };
    let format = ["A", "N", "H"][usize::from(b) % 3];
    let length = [4, 8, 10, 64][usize::from(b >> 2) % 4];
    let password = ["", "-PSHA1", "-PSHA256", "-PSHA512"][usize::from(b >> 4) % 4];
    let session = ["", "-S001", "-S064", "-S512"][usize::from(c) % 4];
    let step = ["", "-T1S", "-T59M", "-T48H"][usize::from(c >> 2) % 4];
    let text =
        format!("OCRA-1:HOTP-SHA{hash}-{digits}:{counter}Q{format}{length:02}{password}{session}{step}");
    parse(&text);
    let (suite, slow) = (Suite::parse(&text).unwrap(), oath::suite(&text).unwrap());

    let number = u64::from_be_bytes(choices.array()) >> 11;
    let count = choices.below(140);
    let question = match named & 64 {
        0 => slow.characters().chars().cycle().skip(count).take(count % (2 * slow.length) + 1).collect(),
        _ => String::from_utf8_lossy(choices.some(count)).into_owned(),
    };
    let count = choices.below(70);
    let given = choices.some(count);
    let typed = String::from_utf8_lossy(given);
    // Each is there if the suite names it, unless a bit says otherwise.
    let is_given = |bit: u8, named_by: bool| named_by != (named & bit != 0);
    let input = Input {
        counter: is_given(1, suite.counter).then_some(number),
        question: &question,
        password: is_given(2, suite.password.is_some()).then_some(&typed),
        session: is_given(4, suite.session.is_some()).then_some(given),
        time: is_given(8, suite.step_s.is_some()).then_some(number),
    };
    let key = vec![key; usize::from(key % 128) + 1];
    let slowly =
        oath::ocra(&slow, &key, &question, (input.counter, input.password, input.session, input.time));
    same(twice(|| ocra(&suite, &key, input)), slowly);
}

fn ocra_seeds() -> Vec<Vec<u8>> {
    let suites = [
        "OCRA-1:HOTP-SHA1-6:QN08",
        "OCRA-1:HOTP-SHA256-0:C-QA64-PSHA1",
        "OCRA-1:HOTP-SHA512-10:C-QH04-PSHA512-S512-T48H",
        "OCRA-1:HOTP-SHA1-4:QH64-S001",
        "OCRA-1:HOTP-SHA1-6:QN08-T59S",
        "OCRA-1:HOTP-SHA1-6:QN08-T60S",
        "OCRA-1:HOTP-SHA1-6:QN08-T0H",
        "OCRA-1:HOTP-SHA1-6:QN08-T01M",
        "OCRA-1:HOTP-SHA1-6:QN08-S000",
        "OCRA-1:HOTP-SHA1-6:QN08-S513",
        "OCRA-1:HOTP-SHA1-6:QN03",
        "OCRA-1:HOTP-SHA1-6:QN65",
        "OCRA-1:HOTP-SHA1-3:QN08",
        "OCRA-1:HOTP-SHA1-11:QN08",
        "OCRA-1:HOTP-SHA1-6:QN08-",
        "OCRA-1:HOTP-SHA1-6:QN08-T1M-PSHA1",
        "",
    ];
    let mut seeds: Vec<Vec<u8>> = suites.map(|suite| [&[0], suite.as_bytes()].concat()).into();
    for which in 0..3 {
        seeds.push([&[1, which, which, 19, 49][..], &[0, 0, 0, 0, 0, 0, 8, 0], &[0, 30]].concat());
    }
    for (a, b, c) in [(12, 1, 0), (44, 0, 0), (0, 18, 0), (13, 4, 1), (46, 62, 15), (12, 13, 4), (12, 2, 2)] {
        for named in [0, 1, 2, 4, 8, 64] {
            let input = [&[0, 0, 1, 0, 0, 0, 0, 0][..], &[7], &[3], b"pin"].concat();
            seeds.push([&[2, a, b, c, named, 20][..], &input].concat());
        }
    }
    // Questions and sessions that are too long, and characters of other formats.
    seeds.push([&[2, 12, 0, 0, 64, 20][..], &[0; 8], &[9], b"123456789", &[0]].concat());
    seeds.push([&[2, 12, 1, 0, 64, 20][..], &[0; 8], &[4], b"12A4", &[0]].concat());
    seeds.push([&[2, 12, 1, 1, 0, 20][..], &[0; 8], &[3], &[2], b"ab"].concat());
    seeds
}

type Pair = (ServerPair, ClientPair);

fn activated() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| pairs::activated(OPEN, App { apps: Some(Apps::Open), ..APP }))
}

/// Each step: an application, data, and what is done with the answer.
fn program(input: &[u8]) -> Pair {
    let (mut server, mut client) = activated().clone();
    let mut choices = Choices::new(input);
    let mut now = START;
    for _ in 0..12 {
        if choices.is_over() {
            break;
        }
        let [what, late] = choices.array();
        now += u32::from(late & 15) * 10;
        let index = 1 + what % 8;
        match what >> 3 & 3 {
            0 => message(&mut server, &mut client, index, late, now),
            1 if late & 128 != 0 => {
                server.restart();
                client.restart([late; 12]);
            }
            2 if late & 128 != 0 => resynchronise(&mut server, &mut client, &mut choices, index, now),
            _ => answered(&mut server, &mut client, &mut choices, index, late, now),
        }
    }
    server.settle();
    client.settle();
    (server, client)
}

/// A request, signed and verified.
fn message(server: &mut ServerPair, client: &mut ClientPair, index: u8, late: u8, now: u32) {
    let content = match late >> 4 & 1 {
        0 => world::list(),
        _ => Content::Challenge("Login".into(), "20301".into()),
    };
    let Ok(message) = server.generate_request(&world::request(index, false, content), false, now) else {
        return;
    };
    let text = hex::encode(&message);
    if client.open(&text, false).is_err() {
        return;
    }
    let Ok(Some(signature)) = client.sign(Pin::Right, now) else { return };
    let _ = server.verify_message_signature(1, &text, &signature, now + u32::from(late >> 5));
    assert_eq!(answer_by_hand(server, index, &message, now).is_some(), index == open::SIGN);
}

/// The signature of [`open::SIGN`] is the one of the formula, whatever window search says.
fn answer_by_hand(server: &ServerPair, index: u8, message: &[u8], now: u32) -> Option<()> {
    let application = server.slow.kind.apps.slow().application(index).filter(|it| !it.has_events())?;
    let rules = server.slow.kind.apps.fast().application(index)?.clone();
    let key = [7; 16];
    let moment = Moment { step: application.step_at(now)?, event: 0 };
    let fast = Answers::new(&Key::new(key), rules.form, &rules.algorithm, Subject::Message(message));
    let given = fast.at(moment);
    let slow_key = ApplicationKey::new(&key);
    assert_eq!(given, crypto::response(&slow_key, application, MESSAGE, (moment.step, 0), &[message]));
    assert_eq!(fast.find([moment], &given), Some(moment));
    Some(())
}

/// A response, made by the client or by hand, and verified, twice.
fn answered(
    server: &mut ServerPair,
    client: &mut ClientPair,
    choices: &mut Choices<'_>,
    index: u8,
    late: u8,
    now: u32,
) {
    let application = OPEN.apps.slow().application(index).unwrap();
    let data = responses::data(choices, &application.fields);
    let made = client.generate_response(OPEN, index, &data, Pin::Right, now);
    let typed = made.clone().unwrap_or_else(|_| "12345678".into());
    let later = now + u32::from(late >> 4 & 7) * 7;
    // Again, for what is accepted once. (That a response of 6 digits fits another candidate by chance is no fault, so
    // that only the model says what is right.)
    for _ in 0..2 {
        let _ = server.verify_response(1, index, &data, &typed, later);
    }
}

fn resynchronise(
    server: &mut ServerPair,
    client: &mut ClientPair,
    choices: &mut Choices<'_>,
    index: u8,
    now: u32,
) {
    let application = OPEN.apps.slow().application(index).unwrap();
    let data = responses::data(choices, &application.fields);
    let mut make = || client.generate_response(OPEN, index, &data, Pin::Right, now);
    for _ in 0..choices.below(8) {
        let _ = make();
    }
    let typed = [make(), make()].map(|made| made.unwrap_or_else(|_| "123456".into()));
    let attempts: [(&Data, &str); 2] = typed.each_ref().map(|typed| (&data, typed.as_str()));
    let _ = server.resynchronise(1, index, attempts, now);
}

fn program_seeds() -> Vec<Vec<u8>> {
    // Data of each kind, and what the suites refuse: nine digits, a blank.
    let nothing: &[u8] = &[0];
    let challenge: &[u8] = &[1, 7, 3];
    let nine: &[u8] = &[65, 9, b'1', b'2', b'3', b'4', b'5', b'6', b'7', b'8', b'9'];
    let field: &[u8] = &[2, 3, 0x21];
    let fields: &[u8] = &[2, 3, 40, 5, 60];
    let blank: &[u8] = &[70, 3, b'a', b' ', b'b'];
    let mut seeds = Vec::new();
    for index in 0..8u8 {
        for data in [nothing, challenge, nine, field, fields, blank] {
            let answer = [&[24 + index, 3][..], data].concat();
            seeds.push([&answer[..], &[8, 128], &answer].concat());
            seeds.push([&[16 + index, 128][..], data, &[3]].concat());
        }
        seeds.push(vec![index, 0, index, 16, 8, 130, index, 3]);
    }
    seeds
}
