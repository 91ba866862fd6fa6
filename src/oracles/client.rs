//! Anything, sealed under the right keys, into real clients.

use std::sync::OnceLock;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::model::client::{App2App, Pin};
use super::pairs;
use super::slow::callback;
use super::slow::crypto;
use super::slow::request;
use super::target::Target;
use super::world::{
    self, APP, App, Apps, CHALLENGE, Kind, LICENSE, LICENSE_KEY, OTHER, PAYLOAD_KEY, SALT, START,
};
use channel::text::hex;
use harness::setup::app;

/// Choices of a client, an operation, a frame's fields and a body.
pub const REMAC_CLIENT: Target = Target {
    name: "remac_client",
    run: remac_client,
    max_len: 1200,
    floor: 800,
    seeds,
    dictionary: &[
        b"\x20\x00",
        b"\x20\x10",
        b"\x20\x20",
        b"\x00\x40",
        b"\x01\x01k\x00",
        "\u{202E}".as_bytes(),
        b"\xED\xA0\x80",
        b"\x38\x08",
    ],
    oracles: &[
        "a second implementation agrees on the outcome, refusing requirement included",
        "accepted: displayed is what was sealed; the signature is over just these bytes, once",
        "called by a URL: the app hears of it by the right one of its callbacks, once",
        "a deactivation wipes the account that it names, and no other",
        "a refusal leaves the state, but for the one counter that its requirement names",
        "what was not refused gives the same answer and the same state twice",
    ],
};

const OFFLINE: Kind = Kind { secure_channel: false, ..LICENSE };

/// All on device number 0, so that one device id fits all, and beside each its license.
pub(super) fn subjects() -> &'static [(ClientPair, Kind)] {
    static SUBJECTS: OnceLock<Vec<(ClientPair, Kind)>> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        let activated = |kind: Kind| (pairs::activated(kind, APP).1, kind);
        let pre_activated = |kind: Kind| {
            let mut client = ClientPair::new(pairs::taking(kind, APP));
            pairs::pre_activate(&mut ServerPair::new(kind), &mut client, false, START);
            (client, kind)
        };
        let fresh = |app: App| (ClientPair::new(app), LICENSE);
        let (mut server, mut locked) = pairs::activated(LICENSE, APP);
        pairs::lock(&mut server, &mut locked, app::TIME);
        // One that replaces an account on which a message is open; the same, locked.
        let replacing = |is_locked: bool| {
            let (mut server, mut client) = pairs::activated(LICENSE, App { replacement: true, ..APP });
            if is_locked {
                pairs::lock(&mut server, &mut client, app::TIME);
            } else {
                let request = world::request(app::EVENT, true, world::list());
                let message = server.generate_request(&request, false, START).unwrap();
                client.open(&hex::encode(&message), false).unwrap();
            }
            pairs::pre_activate(&mut server, &mut client, true, START);
            (client, LICENSE)
        };
        // Two accounts, and a message open on the other.
        let (mut server, mut two) = pairs::activated(OTHER, APP);
        pairs::activate(&mut ServerPair::new(LICENSE), &mut two, START);
        let request = world::request(1, false, world::list());
        let message = server.generate_request(&request, false, START).unwrap();
        two.open(&hex::encode(&message), false).unwrap();
        // One that replaces an account whose PIN was wrong the last time.
        let (mut failed, kind) = replacing(false);
        failed.sign(Pin::Wrong, START).unwrap_err();
        // The second instance of its license.
        let mut server = ServerPair::new(LICENSE);
        pairs::activate(&mut server, &mut ClientPair::new(App { device: 1, ..APP }), START);
        let mut second = ClientPair::new(APP);
        pairs::activate(&mut server, &mut second, START);
        vec![
            activated(LICENSE),
            activated(OTHER),
            activated(OFFLINE),
            (locked, LICENSE),
            pre_activated(LICENSE),
            pre_activated(OTHER),
            fresh(APP),
            fresh(App { apps: None, ..APP }),
            fresh(App { blocked: true, ..APP }),
            replacing(false),
            replacing(true),
            (two, LICENSE),
            (second, LICENSE),
            (failed, kind),
        ]
    })
}

fn device(serial: [u8; 5]) -> [u8; 6] {
    crypto::device(APP.device_type, &[0; 16], serial, &[0])
}

fn remac_client(data: &[u8]) {
    let mut choices = Choices::new(data);
    let subjects = subjects();
    let (subject, kind) = &subjects[choices.below(subjects.len())];
    let operation = choices.below(7);
    let (frame, body) = frame(&mut choices, (subject, *kind), operation);
    let message = hex::encode(&frame);
    let mut client = subject.clone();
    match operation {
        0 | 1 => {
            if let Ok((.., shown)) = client.open(&message, operation == 1) {
                assert_eq!(request::encode(&shown, true), Ok(body), "displayed is what was sealed");
            }
            sign(&mut client, &message, &mut choices);
        }
        6 => call(&mut client, &message, &mut choices),
        2 => {
            let now = choices.u32();
            let pin = [Pin::Right, Pin::Right, Pin::Wrong, Pin::Cached][now as usize % 4];
            drop(client.activate_instance(&message, pin, now));
        }
        3 => drop(client.activate_license(&message)),
        _ => {
            let before: Vec<_> = client.slow.accounts().collect();
            let deactivated = client.deactivate(&message, operation == 5);
            if let Ok((serial, sequence)) = deactivated {
                assert_eq!(body, [sequence, 0]);
                let others = |all: &mut dyn Iterator<Item = super::model::client::Told>| {
                    all.filter(|it| it.0 != serial).collect::<Vec<_>>()
                };
                let left = others(&mut client.slow.accounts());
                assert_eq!(left, others(&mut before.into_iter()), "DEA-7");
            }
            sign(&mut client, &message, &mut choices);
        }
    }
    client.settle();
}

/// Another app brings the message; then the user's decision, for that app or without it.
fn call(client: &mut ClientPair, message: &str, choices: &mut Choices<'_>) {
    let [how, decision, time] = choices.array();
    client.set_app2app(App2App { enabled: how & 1 == 0, is_ios: how & 2 != 0, ..APP2APP });
    let mut callbacks = CALLBACKS;
    let listed = callbacks[usize::from(how >> 5) % 3];
    // What is not on the list, but for the first near to what is.
    let other = match decision >> 4 & 7 {
        0 => "shop:other".to_owned(),
        1 => format!("{listed}#here"),
        2 => listed.split('#').next().unwrap_or_default().to_owned(),
        3 => format!("{listed}&"),
        4 => format!("{listed}/"),
        5 => listed[..listed.len() - 1].to_owned(),
        6 => listed.replacen("shop", "SHOP", 1),
        _ => listed.replacen("shop", "shops", 1),
    };
    if how & 4 != 0 {
        callbacks[usize::from(how >> 5) % 3] = &other;
    }
    let state = (how & 16 != 0).then_some("A.z_0~-");
    let url = callback::build(APP2APP.scheme, callbacks, state, message).unwrap();
    if how & 32 != 0 {
        client.close();
    }
    match client.dispatch(&url) {
        Err(Some(called)) => assert_eq!(callback::read(CALLBACKS, &called).unwrap().0, 1, "{called}"),
        Err(None) => assert_ne!(callbacks[1], CALLBACKS[1], "A2A-13"),
        Ok(_) => assert!(client.dispatch(&url).is_err(), "A2A-28: nothing takes the place of another call"),
    }
    let pin = [Pin::Reject, Pin::Right, Pin::Wrong, Pin::Cached][usize::from(decision % 4)];
    let now = START + u32::from(time);
    if how & 8 != 0 {
        // What a URL has brought stays for `answer`; what was on display before is signed.
        drop(client.sign(pin, now));
    }
    if decision & 4 != 0 {
        assert!(client.answer_to(u64::MAX, pin, now).is_err(), "another handle");
    }
    let first = client.answer(pin, now);
    if let Ok((called, is_locked)) = &first {
        let outcome = callback::read(CALLBACKS, called).unwrap().0;
        let expected = if *is_locked {
            1
        } else if pin == Pin::Reject {
            2
        } else {
            0
        };
        assert_eq!(outcome, expected, "A2A-17, A2A-18: {called}");
        assert!(state.is_none() || called.contains("A.z_0~-"), "A2A-29: {called}");
    }
    let again = client.answer(Pin::Right, now);
    assert!(first.is_err() || again == Err("A2A-16"), "answered once: {message}");
}

const CALLBACKS: [&str; 3] = [
    "shop://paid?otp=%_OTP_%&by=%_SerialNumber_%,%_SequenceNumber_%&%_State_%",
    "shop://failed?app=%_Version_%/%_PlatformName_%&u=%_UserIdentifier_%&s=%_State_%#%_SerialNumber_%",
    "shop://back?%_DeviceIdentifier_%&%_RootingStatus_%&%_State_%",
];

const APP2APP: App2App = App2App {
    enabled: true,
    scheme: "pay",
    white_list: &CALLBACKS,
    is_ios: false,
    platform_name: "%_OTP_% é",
    version: "4.2",
    device_identifier: [0x5A; 32],
};

/// The user's decision, and the right PIN after that: a message is signed at most once.
fn sign(client: &mut ClientPair, message: &str, choices: &mut Choices<'_>) {
    let [decision, time] = choices.array();
    let now = START + u32::from(time);
    let pin = [Pin::Reject, Pin::Right, Pin::Wrong, Pin::Cached][usize::from(decision % 4)];
    let first = client.sign(pin, now);
    let again = client.sign(Pin::Right, now);
    assert!(first.is_err() || again == Err("CLI-12"), "signed once: {message}");
}

/// SHA-256 of the AM1 that this client waits to go on from.
fn am1_of(subject: &ClientPair, kind: Kind) -> [u8; 32] {
    let account = subject.slow.accounts.get(kind.serial);
    account.and_then(|account| account.pre_activated.as_ref()).map(|account| account.am1).unwrap_or_default()
}

/// A frame for this client, right but for what the choices change, and sealed after that; and its body in clear.
fn frame(
    choices: &mut Choices<'_>,
    (subject, kind): (&ClientPair, Kind),
    operation: usize,
) -> (Vec<u8>, Vec<u8>) {
    let tweaks = choices.byte();
    let tweak = |bit: u8| tweaks >> bit & 1 == 1;
    let mut word = match operation {
        0 | 1 | 6 => 3 << 6 | u16::from(kind.messages.number()),
        2 => 1 << 6 | u16::from(kind.activation.number()),
        3 => 0,
        _ => 2 << 6 | u16::from(kind.messages.number()),
    };
    if tweak(0) {
        word = choices.u16();
    }
    let mut serial = kind.serial_bytes();
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
        (_, 1) => crypto::am2_channel(&LICENSE_KEY, serial, device(serial), &am1_of(subject, kind)),
        _ => PAYLOAD_KEY,
    };
    let flip = if tweak(4) { Some(usize::from(choices.u16())) } else { None };
    let body = match (tweak(5), operation) {
        (true, _) => choices.rest().to_vec(),
        (_, 0 | 1 | 6) => request_body(choices),
        (_, 2) => activation2_body(choices),
        (_, 3) => activation1_body(choices),
        _ => choices.array::<2>().to_vec(),
    };
    let header: [u8; 15] = [&word.to_be_bytes()[..], &serial, &nonce].concat().try_into().unwrap();
    let mut frame = crypto::seal(&channel, header, &body);
    if let Some(bit) = flip {
        let bit = bit % (8 * frame.len());
        frame[bit / 8] ^= 1 << (bit % 8);
    }
    (frame, body)
}

/// Strings that end where they say, whatever they hold, by the format in the control bits.
fn request_body(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut body = choices.array::<2>().to_vec();
    let format = body[1] >> 4 & 3;
    let count = choices.byte();
    let mut string = |body: &mut Vec<u8>| {
        let length = usize::from(choices.byte());
        let text = choices.some(length);
        body.push(text.len() as u8);
        body.extend(text);
    };
    string(&mut body);
    match format {
        1 => string(&mut body),
        2 => {
            body.push(0);
            string(&mut body);
        }
        _ => {
            body.push(count);
            for _ in 0..count.min(18) {
                string(&mut body);
                string(&mut body);
            }
        }
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
    let wrapping = crypto::wrapping_key(&Apps::Plain.slow().master, serial);
    let wrapped = crypto::wrap(&wrapping, &LICENSE_KEY);
    let policy = if which & 1 == 0 { [0x08, 0x20] } else { choices.array() };
    let mut body = [&[flags, 0, 0, 0, time][..], &wrapped, &policy].concat();
    if flags & 2 != 0 || which & 2 != 0 {
        body.extend(if which & 8 == 0 { Apps::Plain } else { Apps::Otp }.bytes());
    }
    if which & 4 != 0 {
        let at = usize::from(at) % body.len();
        body[at] = value;
    }
    body
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
    for client in 0..14 {
        for how in [0, 1, 2, 4, 8, 0x24, 0x30, 0x20] {
            let tail = [how, how % 4, 30];
            let begin = [client, 6, 0, 9, 0x20, [0, 2, 4][usize::from(how) % 3], 2];
            seeds.push([&begin[..], text, &tail].concat());
        }
    }
    for client in [0, 2, 4, 5, 6, 9, 10, 11, 13] {
        seeds.push(vec![client, 2, 0, 1, 1, 1, 0, 0, 0, 0, 0, 9]);
        seeds.push(vec![client, 2, 0, 1, 2, 0, 1, 0, 0, 0, 0, 9]);
    }
    for client in [0, 4, 6, 7, 9, 10] {
        for flags in 0..4 {
            seeds.push(vec![client, 3, 0, (flags & 1) * 7, flags, 9, 0, 0, 0]);
            seeds.push(vec![client, 3, 0, (flags & 1) * 7, flags, 9, 4, 30, 0x22]);
        }
    }
    // Format 1 for each application, of a client with each vector; format 2.
    for client in [0, 1, 9, 11] {
        for index in 0..8 {
            for content in [&b"\x06Log in\x041234"[..], b"\x00\x0212A", b"\x00\x00"] {
                seeds.push([&[client, 0, 0, 9, 0, 0x10 | index << 1, 0][..], content, &[1, 30]].concat());
            }
        }
        for content in [&b"\x03Pay\x04text"[..], b"\x00\x00", b"\x00\x01\x07"] {
            seeds.push([&[client, 1, 0, 9, 0, 0x20, 0][..], content, &[1, 30]].concat());
        }
    }
    // Deactivation: its own, a sibling's, malformed, stale; with a message open, with another account beside.
    for client in 0..14 {
        for body in [[1, 0], [2, 0], [1, 1], [0, 0], [100, 0]] {
            seeds.push([&[client, 4 + client % 2, 0, 9][..], &body, &[1, 30]].concat());
        }
        seeds.push(vec![client, 4, 0, 1, 1, 0, 1, 30]);
        seeds.push(vec![client, 4, 32, 9, 1]);
        seeds.push(vec![client, 5, 16, 9, 0, 130, 1, 0, 1, 30]);
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
        request(&[0, 0, 0, 2], [0x20, 0x30], text),          // REQ-4
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
