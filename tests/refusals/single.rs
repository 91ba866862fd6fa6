//! Single-device licensing, passwords, binding.

use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::client::RootPolicy;
use channel::client::single::{Activation, Name, OnlineActivation, ResetPolicy, SingleClient, SingleConfig};
use channel::crypto::keys::Key;
use channel::crypto::password::Cost;
use channel::crypto::single::client_state;
use channel::error::Refusal;
use channel::license::single_state::{CLIENT, seal};
use channel::license::{acode_log, export_svf};
use channel::rule::*;
use channel::serial::Serial;
use channel::server::single::{SingleLicense, SingleSettings};
use channel::text::hex;
use channel::wire::activation_code::{self, ActivationCode};
use channel::wire::data::Data;
use channel::wire::event_counter::EventCounter;
use channel::wire::full_activation::plain;
use channel::wire::message_vector::Windows;
use channel::wire::static_vector::StaticVector;
use harness::forge::digits::with_another_last;
use harness::setup::{otp, single_vector};

use super::{Heard, NOW};

const SERIAL: &str = "VDS1000120";
const KEY: [u8; 16] = [0x44; 16];

fn serial() -> Serial {
    SERIAL.parse().unwrap()
}

fn with_digit(digits: &str) -> String {
    format!("{digits}{}", check_digit(digits, Radix::Decimal))
}

fn config(vector: Option<StaticVector>) -> SingleConfig {
    SingleConfig {
        static_vector: vector,
        platform_data: Vec::new(),
        platform_key: Key::new(KEY),
        short_codes: false,
        rooted: false,
        root_policy: RootPolicy::Block,
        reset_policy: ResetPolicy::Lock,
        cost: Cost { memory_kib: 8, iterations: 1 },
    }
}

fn license(vector: &StaticVector) -> SingleLicense {
    let windows = Windows { identification: 100, signature: 24, first_use_s: 10_800, look_ahead: 10 };
    let settings = SingleSettings { signature_tries: 4, windows };
    SingleLicense::new(serial(), Key::new([7; 16]), &vector.to_bytes(), settings).unwrap()
}

/// A license, its code, and a client that is to be activated.
fn pair(vector: &StaticVector) -> (SingleClient, SingleLicense, String) {
    let license = license(vector);
    let code = license.generate_activation_code(Radix::Decimal);
    (SingleClient::new(config(Some(vector.clone()))), license, code)
}

fn with_code(code: &str) -> Activation<'_> {
    let name = Name::Serial(SERIAL);
    Activation { name, code, event_counter: None, password: Some("1357"), salt: [1; 16] }
}

pub(super) fn codes(heard: &mut Heard) {
    let code = activation_code::encode(7, Radix::Decimal);
    heard.no(SDL_4, ActivationCode::decode("1", true));
    heard.no(SDL_5, ActivationCode::decode(&with_another_last(&code), false));
    heard.no(SDL_6, ActivationCode::decode(&with_digit(&"9".repeat(39)), false));
    heard.no(SDL_7, export_svf::read(b"3808"));
    heard.no(SDL_8, acode_log::read(b""));
    heard.no(SDL_9, acode_log::read(b"\n"));
    let line = format!("{SERIAL} {code}\n");
    heard.no(SDL_10, acode_log::read((line.clone() + &line).as_bytes()));
    heard.no(ERC_4, EventCounter::decode("1", 1));
    let counter = EventCounter { counters: vec![1], mac: [0; 5] }.encode();
    heard.no(ERC_5, EventCounter::decode(&with_another_last(&counter), 1));
}

pub(super) fn activation(heard: &mut Heard) {
    let vector = single_vector();
    let (mut client, license, code) = pair(&vector);
    heard.no(SDL_27, client.report(true));
    heard.no(SDL_38, client.revert());
    heard.no(SDL_17, SingleClient::new(config(None)).activate(with_code(&code)));
    let named = |name| Activation { name, ..with_code(&code) };
    heard.no(SDL_12, client.activate(named(Name::Suffix("1"))));
    heard.no(SDL_13, client.activate(named(Name::Serial("VDT1000120"))));
    client.activate(with_code(&code)).unwrap();
    heard.no(SDL_14, client.activate(named(Name::Serial("VDS1000121"))));

    let data = license.generate_full_activation(None, false, &[0; 12]).unwrap();
    let mut online = |data: &[u8]| -> Result<Serial, Refusal> {
        let data = hex::encode(data);
        let password = Some("1357");
        client.activate_online(OnlineActivation { data: &data, shared: None, password, salt: [1; 16] })
    };
    let with = |at: usize, byte: u8| {
        let mut data = data.clone();
        data[at] = byte;
        data
    };
    heard.no(SDL_19, online(&data[..12]));
    heard.no(SDL_20, online(&with(0, 0)));
    heard.no(SDL_21, online(&with(3, 2)));
    heard.no(SDL_22, online(&with(4, 1)));
    let shared = Key::new([9; 16]);
    let short = hex::encode(&[b"FAD\x01\x01", &[0; 27][..]].concat());
    let short =
        OnlineActivation { data: &short, shared: Some(&shared), password: Some("1357"), salt: [1; 16] };
    heard.no(SDL_42, SingleClient::new(config(None)).activate_online(short));
    heard.no(SDL_23, online(&with(9, 0xFF)));
    heard.no(SDL_24, online(&plain(&with(20, 0xAA)[5..data.len() - 8])));
    heard.no(SDL_25, online(&plain(&data[5..40])));

    let foreign = EventCounter { counters: vec![1; 3], mac: [0; 5] }.encode();
    heard.no(ERC_6, client.activate(Activation { event_counter: Some(&foreign), ..with_code(&code) }));
    let counter = license.generate_event_counter().unwrap();
    client.generate_response(otp::EVENT, &Data::ResponseOnly, Some("1357"), NOW).unwrap();
    heard.no(ERC_7, client.activate(Activation { event_counter: Some(&counter), ..with_code(&code) }));
    let mut without = single_vector();
    without.applications.retain(|rules| !rules.factor.has_event());
    heard.no(ERC_2, self::license(&without).generate_event_counter());
    heard.no(ERC_3, exhausted(&license).generate_event_counter());
}

/// The license with an event of 2^32.
fn exhausted(license: &SingleLicense) -> SingleLicense {
    use channel::crypto::single::license_state;
    use channel::license::single_state::{LICENSE, open};
    let key = license_state(&Key::new(KEY));
    let mut content = open(LICENSE, &key, &license.save(&Key::new(KEY), &[0; 12])).unwrap().to_vec();
    let length = content.len();
    // The last application but two is FIELD_EVENT: flags, shift, step, OTP, event.
    let at = length - 3 * 34 + 25;
    content[at..at + 8].copy_from_slice(&(1u64 << 32).to_be_bytes());
    SingleLicense::load(&Key::new(KEY), &seal(LICENSE, &key, &[0; 12], &content)).unwrap()
}

pub(super) fn passwords(heard: &mut Heard) {
    let (mut client, _, code) = pair(&single_vector());
    let mut with = |password| client.activate(Activation { password, ..with_code(&code) });
    heard.no(PWD_1, with(None));
    heard.no(PWD_2, with(Some("135")));
    heard.no(PWD_3, with(Some("13é7")));
    heard.no(PWD_4, with(Some("1234")));
    with(Some("1357")).unwrap();
    let mut respond = |password| client.generate_response(otp::TIME, &Data::ResponseOnly, password, NOW);
    heard.no(PWD_5, respond(None));
    for _ in 0..3 {
        heard.no(PWD_6, respond(Some("1358")));
    }
    heard.no(PWD_7, respond(Some("1357")));
}

pub(super) fn binding(heard: &mut Heard) {
    let (mut client, mut license, code) = pair(&single_vector());
    client.activate(with_code(&code)).unwrap();
    heard.no(BND_5, client.generate_derivation_code(Some("1"), Some("1357"), NOW));
    let code = client.generate_derivation_code(None, Some("1357"), NOW).unwrap();
    heard.no(BND_6, license.verify_derivation_code(serial(), None, "1", false, NOW));
    heard.no(BND_8, license.verify_derivation_code(serial(), None, &with_another_last(&code), false, NOW));
    let wrong = with_digit(&with_another_last(&code[..25]));
    heard.no(BND_9, license.verify_derivation_code(serial(), None, &wrong, false, NOW));
    license.verify_derivation_code(serial(), None, &code, false, NOW).unwrap();
    let mut elsewhere =
        SingleClient::new(SingleConfig { platform_data: vec![1], ..config(Some(single_vector())) });
    elsewhere.activate(with_code(&license.generate_activation_code(Radix::Decimal))).unwrap();
    let later = NOW + 36;
    let other = elsewhere.generate_derivation_code(None, Some("1357"), later).unwrap();
    heard.no(BND_11, license.verify_derivation_code(serial(), None, &other, false, later));
    let mut vector = single_vector();
    vector.applications.retain(|rules| rules.mode.signs() && rules.form.index != otp::MULTI);
    heard.no(BND_4, self::license(&vector).verify_derivation_code(serial(), None, &code, false, NOW));
    vector.binding = false;
    heard.no(BND_3, self::license(&vector).verify_derivation_code(serial(), None, &code, false, NOW));
}

pub(super) fn states(heard: &mut Heard) {
    let load = |state: &[u8]| SingleClient::load(state, config(None));
    let mut state = SingleClient::new(config(None)).save(&[0; 12]);
    heard.no(SDL_31, load(&state[..32]));
    state[4] ^= 1;
    heard.no(SDL_33, load(&state));
    state[3] = 1;
    heard.no(SDL_32, load(&state));
    heard.no(SDL_34, load(&seal(CLIENT, &client_state(&Key::new(KEY)), &[0; 12], &[0, 0])));
}
