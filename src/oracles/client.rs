//! Anything, sealed under the right keys, into real clients.

use std::sync::OnceLock;

use super::slow::{self, Verdict};
use super::wire::fields_of;
use super::world::{
    self, APP_VERSION, CHALLENGE, Kind, LICENSE, LICENSE_KEY, OTHER, PAYLOAD_KEY, SALT, START, Watched,
};
use super::{Choices, Target, model, same, slow_crypto};
use crate::bytes::Wire;
use crate::client::{Activated, Client, Config, Decision, Pin, RootPolicy, Shown};
use crate::crypto::keys::Key;
use crate::crypto::keywrap;
use crate::harness::setup::{self, app};
use crate::text::hex;
use crate::wire::frame::Carrier;

/// Choices of a client, an operation, a frame's fields and a body.
pub const REMAC_CLIENT: Target = Target {
    name: "remac_client",
    run: remac_client,
    max_len: 1200,
    seeds,
    dictionary: &[
        b"\x20\x00",
        b"\x00\x40",
        b"\x01\x01k\x00",
        "\u{202E}".as_bytes(),
        b"\xED\xA0\x80",
        b"\x38\x08",
    ],
    oracles: &[
        "a second implementation agrees on the outcome, refusing requirement included",
        "accepted: displayed is what was sealed; the signature is over just these bytes, once",
        "a refusal leaves the state, but for the one counter that its requirement names",
        "what was not refused gives the same answer and the same state twice",
    ],
};

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Nothing,
    PreActivated,
    Active,
    Locked,
    /// And nothing else: it refuses everything.
    Rooted,
}

/// A client, and what is known of it.
struct Subject {
    client: Client,
    kind: Kind,
    stage: Stage,
    has_vector: bool,
}

/// All on device number 0, so that one device id fits all.
fn subjects() -> &'static [Subject] {
    static SUBJECTS: OnceLock<Vec<Subject>> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        let offline = Kind { secure_channel: false, ..LICENSE };
        let config = |static_vector, rooted| Config {
            static_vector,
            platform_data: vec![0],
            installation_salt: [0; 16],
            device_type: 7,
            app_version: APP_VERSION,
            rooted,
            root_policy: RootPolicy::Block,
        };
        let bare = Client::new(config(None, false));
        let rooted = Client::new(config(Some(setup::vector()), true));
        let subject = |client, kind, stage| Subject { client, kind, stage, has_vector: true };
        let activated = |kind: Kind| world::activate(kind, kind.license(), 0);
        vec![
            subject(activated(LICENSE).client, LICENSE, Stage::Active),
            subject(activated(OTHER).client, OTHER, Stage::Active),
            subject(activated(offline).client, offline, Stage::Active),
            subject(world::lock(world::world()), LICENSE, Stage::Locked),
            subject(activated(LICENSE).pre_activated, LICENSE, Stage::PreActivated),
            subject(activated(OTHER).pre_activated, OTHER, Stage::PreActivated),
            subject(world::client(0), LICENSE, Stage::Nothing),
            Subject { has_vector: false, ..subject(bare, LICENSE, Stage::Nothing) },
            subject(rooted, LICENSE, Stage::Rooted),
        ]
    })
}

fn device() -> [u8; 6] {
    slow_crypto::device(7, &[0; 16], &[0])
}

fn remac_client(data: &[u8]) {
    let mut choices = Choices::new(data);
    let subject = &subjects()[choices.below(9)];
    let operation = choices.below(4);
    let frame = frame(&mut choices, subject, operation);
    let message = hex::encode(&frame);
    let mut client = Watched::new(subject.client.clone());
    match operation {
        0 | 1 => open(subject, &mut client, &frame, operation == 1, &mut choices),
        2 => {
            let now = choices.u32();
            let activated = client.ask(|client| client.activate_instance(&message, now));
            let fields = |Activated { serial, sequence, signature }| {
                (serial.to_string(), sequence.number(), signature)
            };
            same(activated.map(fields), activate_instance(subject, &frame, now));
        }
        _ => {
            let code = client.ask(|client| client.activate_license(&message));
            same(code, activate_license(subject, &frame));
        }
    }
    client.settle();
}

/// A frame for this client: right but for what the choices change, and sealed after that.
fn frame(choices: &mut Choices<'_>, subject: &Subject, operation: usize) -> Vec<u8> {
    let tweaks = choices.byte();
    let tweak = |bit: u8| tweaks >> bit & 1 == 1;
    let mut word = match operation {
        0 | 1 => 3 << 6 | u16::from(subject.kind.messages.number()),
        2 => 1 << 6 | 2,
        _ => 0,
    };
    if tweak(0) {
        word = choices.u16();
    }
    let mut serial = subject.kind.serial_bytes();
    if tweak(1) {
        serial = choices.array();
    }
    let mut nonce = [0, 0, 0, 1, 0, 0, 0, choices.byte()];
    if tweak(2) {
        nonce = choices.array();
    } else if operation == 3 && nonce[7] > 1 {
        nonce = CHALLENGE;
    }
    let channel = match (tweak(3), word >> 6 & 0x3F) {
        (true, _) => choices.array(),
        (_, 1) => slow_crypto::am2_channel(&LICENSE_KEY, serial, device(), CHALLENGE),
        _ => PAYLOAD_KEY,
    };
    let flip = if tweak(4) { Some(usize::from(choices.u16())) } else { None };
    let body = match (tweak(5), operation) {
        (true, _) => choices.rest().to_vec(),
        (_, 0 | 1) => request_body(choices),
        (_, 2) => activation2_body(choices),
        _ => activation1_body(choices),
    };
    let header: [u8; 15] = [&word.to_be_bytes()[..], &serial, &nonce].concat().try_into().unwrap();
    let mut frame = slow_crypto::seal(&channel, header, &body);
    if let Some(bit) = flip {
        let bit = bit % (8 * frame.len());
        frame[bit / 8] ^= 1 << (bit % 8);
    }
    frame
}

/// Strings that end where they say, whatever they hold.
fn request_body(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut body = choices.array::<2>().to_vec();
    let count = choices.byte();
    let mut string = |body: &mut Vec<u8>| {
        let length = usize::from(choices.byte());
        let text = choices.some(length);
        body.push(text.len() as u8);
        body.extend(text);
    };
    string(&mut body);
    body.push(count);
    for _ in 0..count.min(18) {
        string(&mut body);
        string(&mut body);
    }
    body.extend(choices.some(usize::from(count > 100)));
    body
}

fn activation2_body(choices: &mut Choices<'_>) -> Vec<u8> {
    let [sequence, flags, key, longer] = choices.array();
    let key = if key & 1 == 0 { PAYLOAD_KEY } else { [key >> 1; 16] };
    let mut body = [&[sequence, flags][..], &key, &SALT].concat();
    body.resize((31 + usize::from(longer)).saturating_sub(usize::from(longer > 31) * 62), 0);
    body
}

fn activation1_body(choices: &mut Choices<'_>) -> Vec<u8> {
    let [flags, time, which, at, value] = choices.array();
    let serial = LICENSE.serial_bytes();
    let wrapping = slow_crypto::wrapping_key(&world::vector().master, serial);
    let wrapped = keywrap::wrap(&Key::new(wrapping), &Key::new(LICENSE_KEY));
    let policy = if which & 1 == 0 { [0x08, 0x20] } else { choices.array() };
    let mut body = [&[flags, 0, 0, 0, time][..], &wrapped, &policy].concat();
    if flags & 2 != 0 || which & 2 != 0 {
        body.extend(setup::vector().to_bytes());
    }
    if which & 4 != 0 {
        let at = usize::from(at) % body.len();
        body[at] = value;
    }
    body
}

/// Section 12: CLI-1, the frame, CLI-2 to CLI-7, PRT-4, CLI-8, the body, CLI-9, CLI-10.
fn opened(subject: &Subject, bytes: &[u8], is_gateway: bool) -> Verdict<(String, u8, slow::Request)> {
    check(subject.stage != Stage::Rooted, "CLI-1")?;
    let frame = slow::frame(bytes, is_gateway)?;
    check(frame.kind == 3, "CLI-2")?;
    check(frame.serial == subject.kind.serial && subject.stage != Stage::Nothing, "CLI-3")?;
    check(subject.stage != Stage::PreActivated, "CLI-4")?;
    check(subject.stage != Stage::Locked, "CLI-5")?;
    check(subject.kind.secure_channel, "CLI-6")?;
    check(frame.protection == subject.kind.messages.number(), "CLI-7")?;
    let body = slow_crypto::open(&PAYLOAD_KEY, &frame)?;
    check(frame.counter() > 1, "CLI-8")?;
    let request = slow::request(&body)?;
    check(request.minimum_version <= APP_VERSION, "CLI-9")?;
    let signs = world::vector().application(request.application).is_some_and(|it| it.signs(true));
    check(signs, "CLI-10")?;
    Ok((frame.serial, 1, request))
}

fn check(holds: bool, requirement: &'static str) -> Verdict<()> {
    if holds { Ok(()) } else { Err(requirement) }
}

fn open(
    subject: &Subject,
    client: &mut Watched<Client>,
    frame: &[u8],
    is_gateway: bool,
    choices: &mut Choices<'_>,
) {
    let carrier = if is_gateway { Carrier::Gateway } else { Carrier::Direct };
    let message = hex::encode(frame);
    let shown = client.ask(|client| client.open(&message, carrier));
    let fields =
        |Shown { serial, sequence, request }| (serial.to_string(), sequence.number(), fields_of(request));
    let expected = opened(subject, frame, is_gateway);
    same(shown.map(fields), expected.clone());

    let [decision, time] = choices.array();
    let now = START + u32::from(time);
    let decision = match decision % 4 {
        0 => Decision::Reject,
        1 => Decision::Approve(Pin::Right),
        2 => Decision::Approve(Pin::Wrong),
        _ => Decision::Approve(Pin::Cached),
    };
    let signed = client.ask(|client| client.sign(decision, now));
    let refused = |requirement| Err::<Option<String>, _>(requirement);
    let Ok((.., request)) = expected else {
        let requirement = match subject.stage {
            Stage::Rooted => "CLI-1",
            // It still has the message open on which it was locked: a refused `open` leaves it.
            Stage::Locked => "CLI-16",
            _ => "CLI-12",
        };
        return same(signed, refused(requirement));
    };
    let application = world::vector().application(request.application).unwrap();
    let index = request.application;
    let key =
        slow_crypto::application_key(&LICENSE_KEY, subject.kind.serial_bytes(), 1, index, device(), &SALT);
    let step = if model::has_time(application) { u64::from(now / u32::from(application.step)) } else { 0 };
    // The confirmation was application 1's; each other's first event is 0.
    let signature = || Ok(Some(slow_crypto::response(&key, application, step, 0, frame)));
    let closed = signed.is_ok();
    same(
        signed,
        match decision {
            Decision::Reject => Ok(None),
            Decision::Approve(Pin::Cached) if request.require_pin => refused("CLI-14"),
            Decision::Approve(Pin::Wrong) => refused("CLI-15"),
            Decision::Approve(_) => signature(),
        },
    );
    let again = client.ask(|client| client.sign(Decision::Approve(Pin::Right), now));
    same(again, if closed { refused("CLI-12") } else { signature() });
}

/// Section 11: CLI-1, the frame, CLI-2, CLI-3, AM2-6, AM2-7, PRT-4, AM2-8; then the confirmation.
fn activate_instance(subject: &Subject, bytes: &[u8], now: u32) -> Verdict<(String, u8, String)> {
    check(subject.stage != Stage::Rooted, "CLI-1")?;
    let frame = slow::frame(bytes, false)?;
    check(frame.kind == 1, "CLI-2")?;
    check(frame.serial == subject.kind.serial && subject.stage != Stage::Nothing, "CLI-3")?;
    check(subject.stage == Stage::PreActivated, "AM2-6")?;
    check(frame.protection == 2, "AM2-7")?;
    let serial = subject.kind.serial_bytes();
    let channel = slow_crypto::am2_channel(&LICENSE_KEY, serial, device(), CHALLENGE);
    let (sequence, _, salt) = slow::activation2(&slow_crypto::open(&channel, &frame)?)?;
    let key = slow_crypto::application_key(&LICENSE_KEY, serial, sequence, app::TIME, device(), &salt);
    let application = world::vector().application(app::TIME).unwrap();
    let step = u64::from(now / u32::from(application.step));
    Ok((frame.serial, sequence, slow_crypto::response(&key, application, step, 0, bytes)))
}

/// Section 9: CLI-1, the frame, CLI-2, AM1-11, FRM-12, AM1-3 to AM1-9, KEY-10; then the device code.
fn activate_license(subject: &Subject, bytes: &[u8]) -> Verdict<String> {
    check(subject.stage != Stage::Rooted, "CLI-1")?;
    let frame = slow::frame(bytes, false)?;
    check(frame.kind == 0, "CLI-2")?;
    let is_active = matches!(subject.stage, Stage::Active | Stage::Locked);
    check(!is_active || frame.serial != subject.kind.serial, "AM1-11")?;
    check(slow_crypto::checksum(&frame.header, &frame.body) == frame.tag, "FRM-12")?;
    let (_, _, wrapped, [_, _, post_activation], carried) = slow::activation1(&frame.body, frame.nonce)?;
    check(carried.is_some() || subject.has_vector, "AM1-7")?;
    let vector = match carried {
        Some(bytes) => slow::static_vector(&bytes)?,
        None => world::vector().clone(),
    };
    check(frame.serial[..3] == vector.prefix, "AM1-8")?;
    check(vector.application(post_activation).is_some_and(|it| it.signs(false)), "AM1-9")?;
    let wrapping = slow_crypto::wrapping_key(&vector.master, bytes[2..7].try_into().unwrap());
    let license = keywrap::unwrap(&Key::new(wrapping), &wrapped).map_err(|_| "KEY-10")?;
    Ok(slow_crypto::device_code(license.expose(), device(), bytes))
}

fn seeds() -> Vec<Vec<u8>> {
    let text = "\u{3}Pay\u{2}To\u{4}Zoë\u{6}Amount\u{0}".as_bytes();
    let open = |client: u8, operation: u8, counter: u8, control: [u8; 2], decision: u8| {
        [&[client, operation, 0, counter][..], &control, &[2], text, &[decision, 30]].concat()
    };
    let mut seeds = others(text);
    for (client, decision) in [(0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (2, 1), (3, 1), (4, 1), (6, 1)] {
        for application in [0, 1, 2, 3, 7] {
            seeds.push(open(client, application % 2, 2, [0x20, application << 1], decision));
        }
        seeds.push(open(client, 0, 1, [0, 0], decision));
    }
    for client in [0, 2, 4, 5, 6] {
        seeds.push(vec![client, 2, 0, 1, 1, 1, 0, 0, 0, 0, 0, 9]);
        seeds.push(vec![client, 2, 0, 1, 2, 0, 1, 0, 0, 0, 0, 9]);
    }
    for client in [0, 4, 6, 7] {
        for flags in 0..4 {
            seeds.push(vec![client, 3, 0, (flags & 1) * 7, flags, 9, 0, 0, 0]);
            seeds.push(vec![client, 3, 0, (flags & 1) * 7, flags, 9, 4, 30, 0x22]);
        }
    }
    seeds
}

/// One for each check that the honest ones don't come near.
fn others(text: &[u8]) -> Vec<Vec<u8>> {
    let other_serial = [0x00, 0x01, 0x0F, 0x42, 0xB8];
    let request =
        |first: &[u8], control: [u8; 2], text: &[u8]| [first, &control, &[2], text, &[1, 30]].concat();
    let mut seeds = vec![
        request(&[0, 0, 1, 0x00, 0xC1, 2], [0x20, 0], text), // CLI-7: protection 1
        request(&[0, 0, 1, 0x00, 0x82, 2], [0x20, 0], text), // CLI-2: type 2
        request(&[0, 0, 1, 0x00, 0x42, 2], [0x20, 0], text), // CLI-2: type 1
        request(&[0, 0, 1, 0x00, 0xC0, 2], [0x20, 0], text), // FRM-10
        request(&[0, 0, 1, 0x10, 0xC2, 2], [0x20, 0], text), // FRM-5
        request(&[0, 0, 0, 2], [0xE0, 0], text),             // CLI-9: version 3
        request(&[0, 0, 0, 2], [0x20, 0x40], &text[..5]),    // REQ-8
        request(&[0, 0, 0, 2], [0x20, 0x80], text),          // REQ-3
        request(&[0, 0, 0, 2], [0x20, 0x01], text),          // REQ-2
        request(&[0, 0, 0, 2], [0x20, 0x10], text),          // REQ-4
        request(&[0, 0, 0, 2], [0, 0], b"\x01\x07\x01k\x00"), // REQ-9
        request(&[0, 0, 0, 2], [0, 0], b"\x01\xFF\x01k\x00"), // REQ-7
        request(&[0, 0, 0, 2], [0x20, 6], text),             // CLI-10: application 4
        request(&[8, 0, 0, 2], [0x20, 0], text),             // CLI-1
        vec![8, 2, 0, 1, 1, 1, 0, 0, 0, 0, 0, 9],            // CLI-1
        vec![8, 3, 0, 7, 1, 9, 0, 0, 0],                     // CLI-1
        vec![4, 2, 1, 0x00, 0x41, 1, 1, 1, 0, 0, 0, 0, 0, 9], // AM2-7: protection 1
        vec![4, 2, 1, 0x00, 0xC2, 1, 1, 1, 0, 0, 0, 0, 0, 9], // CLI-2
        vec![6, 3, 0, 7, 1, 9, 1, 0, 0, 0x08, 0x26],         // AM1-9: application 4
        vec![6, 3, 16, 7, 0, 120, 1, 9, 0, 0, 0],            // FRM-12: a bit of the body
        vec![6, 3, 16, 7, 1, 240, 1, 9, 0, 0, 0],            // FRM-12: a bit of the tag
        vec![6, 3, 1, 0x00, 0x01, 7, 1, 9, 0, 0, 0],         // FRM-9
        vec![6, 3, 1, 0x00, 0x42, 7, 1, 9, 0, 0, 0],         // CLI-2
        vec![6, 3, 0, 7, 3, 9, 4, 40, 1],                    // STV-5 in a carried vector
    ];
    for client in [0, 6] {
        let operation = if client == 0 { 0 } else { 3 };
        seeds.push([&[client, operation, 2][..], &other_serial, &[7, 1, 9, 0, 0, 0]].concat()); // CLI-3, AM1-8
    }
    seeds
}
