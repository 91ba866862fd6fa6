//! What a refusal says: each one of `src/channel/rule.rs` really provoked, and its words as a snapshot.
//!
//! `INSTA_UPDATE=always cargo test --test refusals` writes them anew.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Debug;

use carrier::drawing::{self, Pixels};
use carrier::picture::{self, Grey};
use carrier::symbol::Symbol;
use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::client::{Client, Config, Decision, Handle, Installation, Pin, RootPolicy, What};
use channel::crypto::keys::Key;
use channel::crypto::keywrap;
use channel::crypto::oath::ocra::{Input, ocra};
use channel::crypto::oath::suite::Suite;
use channel::crypto::protect::Protection;
use channel::crypto::response::Form;
use channel::error::Refusal;
use channel::license::blob::Epoch;
use channel::rule::*;
use channel::serial::{Sequence, Serial};
use channel::server::{Attempt, License, Origin, Settings};
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::activation1::{Activation1, Policy};
use channel::wire::activation2::Activation2;
use channel::wire::data::{Data, ensure_challenge};
use channel::wire::deactivation::Deactivation;
use channel::wire::device_code::DeviceCode;
use channel::wire::frame::{Carrier, Frame};
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::request::{Content, Request};
use channel::wire::static_vector::{ApplicationRules, Mode, StaticVector};
use harness::forge::digits::with_another_last;
use harness::setup::{PIN_TRIES, open, open_vector, otp, otp_vector, vector};

#[path = "refusals/app2app.rs"]
mod app2app;
#[path = "refusals/push.rs"]
mod push;
#[path = "refusals/single.rs"]
mod single;
#[path = "refusals/storage.rs"]
mod storage;

const NOW: u32 = 1_800_000_000;
const RULES: &str = include_str!("../src/channel/rule.rs");

/// The refusals so far.
#[derive(Default)]
struct Heard(Vec<Refusal>);

impl Heard {
    #[track_caller]
    fn no<T: Debug>(&mut self, rule: Rule, result: Result<T, Refusal>) {
        let refusal = result.expect_err(rule.id);
        assert_eq!(refusal.rule.id, rule.id);
        self.0.push(refusal);
    }
}

#[test]
fn every_refusal_says_what_decided_and_what_it_found() {
    let mut heard = Heard::default();
    frames(&mut heard);
    vectors(&mut heard);
    bodies(&mut heard);
    typed(&mut heard);
    activation(&mut heard);
    clients(&mut heard);
    replacing(&mut heard);
    unlocking(&mut heard);
    messages(&mut heard);
    responses(&mut heard);
    push::strings(&mut heard);
    push::informed(&mut heard);
    push::logins(&mut heard);
    storage::files(&mut heard);
    storage::blobs(&mut heard);
    storage::states(&mut heard);
    storage::many(&mut heard);
    heard.no(CAR_2, Symbol::write(""));
    heard.no(CAR_3, picture::read(b"GIF89a"));
    let png = |picture: &Grey| drawing::encode(picture, Pixels::BIT);
    heard.no(CAR_4, picture::read(&png(&Grey::drawn(16_385, 1, |_, _| 255))));
    heard.no(CAR_5, picture::read(&png(&Grey::drawn(8, 8, |_, _| 255))));
    heard.no(CAR_6, picture::read(&png(&Symbol::write("café").unwrap().to_grey(2))));
    app2app::urls(&mut heard);
    single::codes(&mut heard);
    single::activation(&mut heard);
    single::passwords(&mut heard);
    single::binding(&mut heard);
    single::states(&mut heard);
    let names = RULES.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    let said: Vec<String> = names
        .map(|name| {
            let id = name.replace('_', "-");
            let one = heard.0.iter().find(|refusal| refusal.rule.id == id);
            one.unwrap_or_else(|| panic!("{id} is not provoked")).to_string()
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

/// A frame of 23 bytes with this first word and serial number.
fn frame(word: u16, serial: [u8; 5]) -> Vec<u8> {
    [&word.to_be_bytes()[..], &serial, &[0; 16]].concat()
}

fn frames(heard: &mut Heard) {
    let decode = |bytes: &[u8], carrier| Frame::decode(bytes, carrier).map(|_| ());
    let serial = "VDS1000120".parse::<Serial>().unwrap().to_bytes();
    heard.no(CNV_3, hex::decode("00C1 C3"));
    heard.no(FRM_2, decode(&[0; 22], Carrier::Direct));
    heard.no(FRM_3, decode(&[0; 536], Carrier::Direct));
    heard.no(FRM_4, decode(&[0; 2102], Carrier::Gateway));
    for (rule, word, serial) in [
        (FRM_5, 0x10C1, serial),
        (FRM_6, 0x0141, serial),
        (FRM_7, 0x0101, serial),
        (FRM_8, 0x00C3, serial),
        (FRM_9, 0x0001, serial),
        (FRM_10, 0x00C0, serial),
        (SER_2, 0x00C1, [0xFF; 5]),
        (SER_3, 0x00C1, [0xC3, 0xE4, 0xFF, 0xFF, 0xFF]),
    ] {
        heard.no(rule, decode(&frame(word, serial), Carrier::Direct));
    }
    heard.no(KEY_10, keywrap::unwrap(&Key::new([1; 16]), &[0; 24]));
}

fn vectors(heard: &mut Heard) {
    let right = vector().to_bytes();
    let with_length = |mut bytes: Vec<u8>| {
        let length = u16::try_from(bytes.len() - 4).unwrap();
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        StaticVector::decode(&bytes)
    };
    heard.no(STV_1, StaticVector::decode(&right[..right.len() - 1]));
    heard.no(STV_2, StaticVector::decode(&[0; 482]));
    heard.no(STV_3, with_length(right[..right.len() - 1].to_vec()));
    heard.no(STV_4, with_length(right[..36].to_vec()));
    let mut no_tries = right.clone();
    no_tries[31] = 0;
    heard.no(STV_5, StaticVector::decode(&no_tries));
    let mut open = open_vector();
    open.applications[1].secure_channel = true;
    heard.no(STV_6, StaticVector::decode(&open.to_bytes()));
}

fn bodies(heard: &mut Heard) {
    let am1 = |flags: u8, nonce| {
        let mut body = [0; 31];
        body[0] = flags;
        Activation1::decode(&body, nonce)
    };
    heard.no(AM1_3, Activation1::decode(&[0; 30], [0; 8]));
    heard.no(AM1_4, am1(4, [0; 8]));
    heard.no(AM1_5, am1(0, [1; 8]));
    heard.no(AM1_6, am1(0, [0; 8]));
    heard.no(AM2_8, Activation2::decode(&[0; 31]));
    heard.no(DEA_5, Deactivation::decode(&[100, 0]));
    for (rule, body) in [
        (REQ_2, &[0][..]),
        (REQ_3, &[0, 2 << 6]),
        (REQ_4, &[0, 3 << 4]),
        (REQ_5, &[0, 0, 3, b'P', b'a']),
        (REQ_6, &[0, 0, 0, 17]),
        (REQ_7, &[0, 0, 2, b'P', 0xFF]),
        (REQ_9, &[0, 0, 2, b'P', 0x07]),
        (OTP_3, &[0, 1 << 4, 0, 2, b'1', b'x']),
    ] {
        heard.no(rule, Request::decode(body, Carrier::Direct));
    }
    let titled = |title: &str| {
        let items = vec![("To".to_owned(), String::new())];
        let content = Content::List { title: title.to_owned(), items };
        Request { charset: Charset::Iso8859_15, content, ..request(otp::FIELDS) }.encode(Carrier::Direct)
    };
    heard.no(REQ_10, titled("Pay Ж"));
    heard.no(REQ_11, titled(&"t".repeat(256)));
}

fn typed(heard: &mut Heard) {
    heard.no(DVC_4, DeviceCode::decode("0563956546043998977834239"));
    heard.no(DVC_5, DeviceCode::decode("05639565460439989778342399"));
    let code = |n: u128| {
        let digits = format!("{n:025}");
        DeviceCode::decode(&format!("{digits}{}", check_digit(&digits, Radix::Decimal)))
    };
    heard.no(DVC_6, code(1 << 83));
    heard.no(DVC_7, code(100 << 76));
    let form = Form { mode: 1, index: 1, length: 8, radix: Radix::Decimal, check_digit: true };
    heard.no(VER_10, form.read("1234567A"));
    heard.no(VER_10, form.read("123"));
    let right = check_digit("1234567", Radix::Decimal).to_digit(10).unwrap();
    heard.no(VER_11, form.read(&format!("1234567{}", (right + 1) % 10)));
    heard.no(OTP_3, ensure_challenge("12345678901234567"));
    let vector = otp_vector();
    heard.no(OTP_2, Data::ResponseOnly.application(&vector, otp::CHALLENGE));
    let fields = Data::Fields(vec!["12.50 €".into()]);
    open_algorithms(heard);
    heard.no(OTP_4, fields.ensure_fits(vector.application(otp::FIELD_EVENT).unwrap()));
}

fn open_algorithms(heard: &mut Heard) {
    heard.no(ALG_5, Suite::parse("OCRA-1:HOTP-SHA1-6:QN03"));
    let suite = Suite::parse("OCRA-1:HOTP-SHA1-6:QN08").unwrap();
    let asked = |question| ocra(&suite, b"key", Input { question, ..Input::default() });
    heard.no(ALG_6, asked("12A4"));
    heard.no(ALG_6, asked("12345678123456789"));
    let vector = open_vector();
    let challenge = Data::Challenge("123456789".into());
    heard.no(ALG_8, challenge.ensure_fits(vector.application(open::NUMBER).unwrap()));
    let field = Data::Fields(vec!["DE02 1250".into()]);
    heard.no(ALG_8, field.ensure_fits(vector.application(open::TEXT).unwrap()));
}

/// What may be different about a license.
#[derive(Clone)]
struct Kind {
    serial: &'static str,
    vector: StaticVector,
    secure_channel: bool,
    protections: [Protection; 2],
    post_activation: u8,
    last_counter: u32,
    threshold: u8,
    license_key: u8,
}

impl Kind {
    fn new() -> Self {
        Self {
            serial: "VDS1000120",
            vector: otp_vector(),
            secure_channel: true,
            protections: [Protection::Cmac; 2],
            post_activation: otp::FIELDS,
            last_counter: 0,
            threshold: 2,
            license_key: 1,
        }
    }

    fn message_vector(&self) -> MessageVector {
        let [activation, messages] = self.protections;
        MessageVector {
            policy: Policy { activation, messages, post_activation: self.post_activation },
            activation_validity_days: 7,
            message_age_limit_s: 3600,
            code_tries: 3,
            signature_tries: 3,
            windows: Windows { identification: 100, signature: 24, first_use_s: 10_800, look_ahead: 10 },
        }
    }

    fn license(self) -> Result<License, Refusal> {
        let settings = Settings { message_vector: self.message_vector(), threshold: self.threshold };
        let origin = Origin {
            serial: self.serial.parse().unwrap(),
            license_key: Key::new([self.license_key; 16]),
            static_vector_bytes: self.vector.to_bytes(),
            static_vector: self.vector,
            payload_key: self.secure_channel.then(|| Key::new([2; 16])),
            epoch: Epoch([4; 8]),
            last_counter: self.last_counter,
        };
        License::new(origin, settings)
    }
}

fn client_with(change: impl FnOnce(&mut Config)) -> Client {
    let mut config = Config {
        static_vector: Some(otp_vector()),
        platform_data: b"platform".to_vec(),
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    };
    change(&mut config);
    Client::new(config, Installation { salt: [3; 16], device_type: 7 })
}

fn serial() -> Serial {
    "VDS1000120".parse().unwrap()
}

fn number(sequence: u8) -> Sequence {
    Sequence::new(sequence).unwrap()
}

fn request(application: u8) -> Request {
    let content = Content::FreeText { title: String::new(), text: "Sign this".into() };
    Request {
        minimum_version: 0,
        require_pin: true,
        template: 0,
        charset: Charset::Utf8,
        application,
        content,
    }
}

/// AM1, device code, AM2, confirmation. AM2.
fn activate(license: &mut License, client: &mut Client) -> String {
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, NOW).unwrap());
    let code = client.activate_license(&am1).unwrap();
    license.verify_device_code(&code, true, NOW).unwrap();
    let (sequence, am2) = license.generate_activation2([6; 13], NOW).unwrap();
    let am2 = hex::encode(&am2);
    let activated = client.activate_instance(&am2, Pin::Right, NOW).unwrap();
    license.verify_message_signature(sequence, &am2, &activated.signature, NOW).unwrap();
    am2
}

fn pair() -> (License, Client) {
    let (mut license, mut client) = (Kind::new().license().unwrap(), client_with(|_| ()));
    activate(&mut license, &mut client);
    (license, client)
}

fn issue(license: &mut License, request: &Request) -> String {
    hex::encode(&license.generate_request(request, Carrier::Direct, NOW).unwrap())
}

fn activation(heard: &mut Heard) {
    heard.no(AM1_8, Kind { serial: "ABC1000120", ..Kind::new() }.license());
    heard.no(AM1_9, Kind { post_activation: otp::TIME, ..Kind::new() }.license());
    let changed = |change: fn(&mut ApplicationRules)| {
        let mut vector = otp_vector();
        vector.applications.iter_mut().for_each(change);
        Kind { vector, ..Kind::new() }.license()
    };
    heard.no(STV_7, changed(|rules| rules.secure_channel = false));
    // Three tries in 101 candidates of a thousand responses; at first use in 601, of ten thousand.
    heard.no(VER_21, changed(|rules| rules.form.length = 3 + u8::from(rules.form.check_digit)));
    heard.no(
        VER_22,
        changed(|rules| {
            if rules.form.index == otp::FIELDS {
                rules.form.length = 4;
            }
        }),
    );
    let mut license = Kind { threshold: 1, ..Kind::new() }.license().unwrap();
    let mut client = client_with(|_| ());
    let code = "05639565460439989778342398";
    heard.no(DVC_8, license.verify_device_code(code, false, NOW));
    heard.no(AM2_2, license.generate_activation2([0; 13], NOW));
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, NOW).unwrap());
    heard.no(AM1_7, client_with(|config| config.static_vector = None).activate_license(&am1));
    heard.no(FRM_12, client.activate_license(&with_another_last(&am1)));
    heard.no(CLI_1, client_with(|config| config.rooted = true).activate_license(&am1));
    let right = client.activate_license(&am1).unwrap();
    heard.no(DVC_9, license.verify_device_code(&right, false, NOW + 7 * 86_400 + 1));
    for _ in 0..3 {
        heard.no(DVC_11, license.verify_device_code(code, false, NOW));
    }
    heard.no(DVC_10, license.verify_device_code(&right, false, NOW));

    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, NOW).unwrap());
    let right = client.activate_license(&am1).unwrap();
    license.verify_device_code(&right, false, NOW).unwrap();
    let (_, am2) = license.generate_activation2([6; 13], NOW).unwrap();
    let am2 = hex::encode(&am2);
    heard.no(CLI_2, client.activate_license(&am2));
    heard.no(CLI_3, client_with(|_| ()).activate_instance(&am2, Pin::Right, NOW));
    let protections = [Protection::HmacSha256, Protection::Cmac];
    let mut other = Kind { protections, ..Kind::new() }.license().unwrap();
    heard.no(AM2_7, client.activate_instance(&foreign_am2(&mut other), Pin::Right, NOW));
    heard.no(PRT_4, client.activate_instance(&with_another_last(&am2), Pin::Right, NOW));
    let message = issue(&mut license, &request(otp::FIELDS));
    heard.no(CLI_4, client.open(&message, Carrier::Direct));
    let activated = client.activate_instance(&am2, Pin::Right, NOW).unwrap();
    heard.no(AM2_6, client.activate_instance(&am2, Pin::Right, NOW));
    heard.no(AM1_11, client.activate_license(&am1));
    license.verify_message_signature(number(1), &am2, &activated.signature, NOW).unwrap();
    heard.no(DVC_12, license.verify_device_code(&right, false, NOW));
    license.verify_device_code(&right, true, NOW).unwrap();
    heard.no(AM2_4, license.generate_activation2([0; 13], NOW));
    heard.no(DEA_3, license.generate_deactivation(number(9), NOW));
    let mut last = Kind { last_counter: u32::MAX, ..Kind::new() }.license().unwrap();
    heard.no(NON_3, last.generate_request(&request(otp::FIELDS), Carrier::Direct, NOW));
}

/// A client that replaces its account, and what it refuses until the server has confirmed.
fn replacing(heard: &mut Heard) {
    let am1 = |license: &mut License, with_vector: bool| {
        hex::encode(&license.generate_activation1(Some([4; 8]), with_vector, NOW).unwrap())
    };
    let (mut license, mut client) = (Kind::new().license().unwrap(), client_with(|it| it.replacement = true));
    let mut tries = otp_vector();
    tries.password.tries = 99;
    let foreign = client_with(|it| it.static_vector = Some(tries)).activate_license(&am1(&mut license, true));
    heard.no(AM1_13, foreign);
    activate(&mut license, &mut client);
    heard.no(CLI_20, client.remove(serial(), What::Replacement));
    let mut other = Kind { license_key: 0x66, ..Kind::new() }.license().unwrap();
    heard.no(AM1_16, client.activate_license(&am1(&mut other, false)));
    let code = client.activate_license(&am1(&mut license, false)).unwrap();
    license.verify_device_code(&code, true, NOW).unwrap();
    let am2 = hex::encode(&license.generate_activation2([6; 13], NOW).unwrap().1);
    heard.no(AM2_16, client.activate_instance(&am2, Pin::Cached, NOW));
    let mut locked = client.clone();
    for _ in 0..PIN_TRIES {
        heard.no(AM2_17, locked.activate_instance(&am2, Pin::Wrong, NOW));
    }
    heard.no(AM2_15, locked.activate_instance(&am2, Pin::Right, NOW));
    client.activate_instance(&am2, Pin::Right, NOW).unwrap();
    heard.no(AM2_14, client.activate_instance(&with_another_last(&am2), Pin::Right, NOW));
    heard.no(CLI_23, client.mark_confirmed(&with_another_last(&am2)));
    heard.no(AM1_17, client.activate_license(&am1(&mut license, false)));
    for suffix in 0..32 {
        let named = format!("VDS{suffix:07}");
        let mut another =
            Kind { serial: Box::leak(named.into_boxed_str()), ..Kind::new() }.license().unwrap();
        let taken = client.activate_license(&am1(&mut another, false));
        if suffix == 31 {
            heard.no(CLI_22, taken);
        }
    }
    license.generate_activation1(None, false, u32::MAX).unwrap();
    heard.no(AM1_15, license.generate_activation1(None, false, NOW));
}

/// AM2 of a license of its own, for some device.
fn foreign_am2(license: &mut License) -> String {
    let am1 = hex::encode(&license.generate_activation1(None, false, NOW).unwrap());
    let code = client_with(|_| ()).activate_license(&am1).unwrap();
    license.verify_device_code(&code, false, NOW).unwrap();
    hex::encode(&license.generate_activation2([0; 13], NOW).unwrap().1)
}

fn clients(heard: &mut Heard) {
    let without = Kind { secure_channel: false, ..Kind::new() };
    let mut mute = without.license().unwrap();
    heard.no(REQ_13, mute.generate_request(&request(otp::FIELDS), Carrier::Direct, NOW));
    heard.no(DEA_2, mute.generate_deactivation(number(1), NOW));
    let mut deaf = client_with(|_| ());
    activate(&mut mute, &mut deaf);

    let mut license = Kind::new().license().unwrap();
    let mut client = client_with(|_| ());
    let stale = issue(&mut license, &request(otp::FIELDS));
    activate(&mut license, &mut client);
    heard.no(CLI_6, deaf.open(&stale, Carrier::Direct));
    heard.no(CLI_8, client.open(&stale, Carrier::Direct));
    let protections = [Protection::Cmac, Protection::HmacSha256];
    let mut other = Kind { protections, last_counter: 9, ..Kind::new() }.license().unwrap();
    heard.no(CLI_7, client.open(&issue(&mut other, &request(otp::FIELDS)), Carrier::Direct));
    let newer = Request { minimum_version: 3, ..request(otp::FIELDS) };
    heard.no(CLI_9, client.open(&issue(&mut license, &newer), Carrier::Direct));
    heard.no(REQ_12, license.generate_request(&request(otp::TIME), Carrier::Direct, NOW));
    let mut vector = otp_vector();
    for application in &mut vector.applications {
        application.mode = Mode::MultiMode;
    }
    let mut other = Kind { vector, last_counter: 9, ..Kind::new() }.license().unwrap();
    heard.no(CLI_10, client.open(&issue(&mut other, &request(otp::TIME)), Carrier::Direct));

    heard.no(CLI_12, client.sign(Handle::new(1), Decision::Approve(Pin::Right), NOW));
    let message = issue(&mut license, &request(otp::FIELDS));
    let handle = client.open(&message, Carrier::Direct).unwrap().handle.unwrap();
    heard.no(CLI_14, client.sign(handle, Decision::Approve(Pin::Cached), NOW));
    for _ in 0..PIN_TRIES {
        heard.no(CLI_15, client.sign(handle, Decision::Approve(Pin::Wrong), NOW));
    }
    heard.no(CLI_16, client.sign(handle, Decision::Approve(Pin::Right), NOW));
    heard.no(CLI_5, client.open(&message, Carrier::Direct));
    // The old instance's, after the client was replaced by another.
    let mut again = client_with(|_| ());
    activate(&mut license, &mut again);
    let end = hex::encode(&license.generate_deactivation(number(1), NOW).unwrap());
    heard.no(DEA_6, again.deactivate(&end, Carrier::Direct));
}

fn unlocking(heard: &mut Heard) {
    let (license, mut client) = pair();
    heard.no(UNL_2, client.generate_unlock_challenge(serial(), [9; 8]));
    let wrong = |client: &mut Client| {
        client.generate_response(serial(), otp::TIME, &Data::ResponseOnly, Pin::Wrong, NOW)
    };
    (0..PIN_TRIES).for_each(|_| drop(wrong(&mut client)));
    let challenge = client.generate_unlock_challenge(serial(), [9; 8]).unwrap();
    heard.no(UNL_5, license.generate_unlock_response(number(1), "1234567"));
    let other = license.generate_unlock_response(number(1), "00000000").unwrap();
    let right = license.generate_unlock_response(number(1), &challenge).unwrap();
    for _ in 0..PIN_TRIES {
        heard.no(UNL_7, client.unlock(serial(), &other));
    }
    heard.no(UNL_6, client.unlock(serial(), &right));

    let kind = Kind { vector: vector(), post_activation: 1, ..Kind::new() };
    let (mut license, mut client) =
        (kind.license().unwrap(), client_with(|config| config.static_vector = Some(vector())));
    activate(&mut license, &mut client);
    heard.no(UNL_3, license.generate_unlock_response(number(1), &challenge));
}

fn messages(heard: &mut Heard) {
    let (mut license, mut client) = pair();
    let am1 = hex::encode(&license.generate_activation1(None, false, NOW).unwrap());
    let message = issue(&mut license, &request(otp::FIELDS));
    let handle = client.open(&message, Carrier::Direct).unwrap().handle.unwrap();
    let signature = client.sign(handle, Decision::Approve(Pin::Right), NOW).unwrap().unwrap();
    let verify = |license: &mut License, sequence: u8, message: &str, now: u32| {
        license.verify_message_signature(number(sequence), message, &signature, now)
    };
    let mut another = Kind { serial: "VDS0000007", ..Kind::new() }.license().unwrap();
    heard.no(VER_1, verify(&mut another, 1, &message, NOW));
    heard.no(VER_2, verify(&mut license, 1, &am1, NOW));
    heard.no(VER_3, verify(&mut license, 7, &message, NOW));
    heard.no(VER_6, verify(&mut license, 1, &message, NOW + 3601));
    heard.no(VER_7, verify(&mut license, 1, &with_another_last(&message), NOW));
    let mut unconfirmed = Kind::new().license().unwrap();
    foreign_am2(&mut unconfirmed);
    heard.no(VER_4, verify(&mut unconfirmed, 1, &message, NOW));
    let another_message = issue(&mut license, &request(otp::FIELDS));
    let mut locked = license.clone();
    for _ in 0..3 {
        heard.no(VER_12, verify(&mut locked, 1, &another_message, NOW));
    }
    heard.no(VER_5, verify(&mut locked, 1, &message, NOW));
    verify(&mut license, 1, &message, NOW).unwrap();
    heard.no(VER_8, verify(&mut license, 1, &message, NOW));
}

fn responses(heard: &mut Heard) {
    let (mut license, mut client) = pair();
    let mut respond = |application: u8, data: &Data| {
        client.generate_response(serial(), application, data, Pin::Right, NOW).unwrap()
    };
    let fields = Data::Fields(vec!["1250.00".into(), String::new()]);
    let signed = respond(otp::MULTI, &fields);
    license.verify_response(number(1), otp::MULTI, &fields, &signed, NOW).unwrap();
    heard.no(VER_18, license.verify_response(number(1), otp::MULTI, &fields, &signed, NOW));
    let attempts = || [&signed; 2].map(|response| Attempt { data: fields.clone(), response });
    heard.no(OPR_7, license.resynchronise(number(1), otp::MULTI, attempts(), NOW));
    license.restored(1, NOW);
    let data = Data::ResponseOnly;
    let response = respond(otp::EVENT, &data);
    heard.no(VER_19, license.verify_response(number(1), otp::EVENT, &data, &response, NOW));
}
