//! Single-device licensing: license key, code, password, and what they rest under, in no `Debug`, refusal or answer.

use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::client::RootPolicy;
use channel::client::single::{Activation, Name, OnlineActivation, ResetPolicy, SingleClient, SingleConfig};
use channel::crypto::gcm::NONCE_LENGTH;
use channel::crypto::keys::{Key, Platform, Shared, Storage};
use channel::crypto::password::{Cost, password_key, sealing};
use channel::crypto::single;
use channel::license::acode_log;
use channel::server::single::{SingleLicense, SingleSettings};
use channel::text::hex;
use channel::wire::activation_code::ActivationCode;
use channel::wire::data::Data;
use channel::wire::message_vector::Windows;
use harness::forge::digits::with_another_last;
use harness::setup::{otp, single_vector};

use super::{Ear, NOW, SERIAL, Secret, license_key, secret, serial};

const PASSWORD: &str = "k7#Qz!w2";
const COST: Cost = Cost { memory_kib: 8, iterations: 1 };
const NONCE: [u8; NONCE_LENGTH] = [0x0C; NONCE_LENGTH];

fn platform() -> Key<Platform> {
    Key::new(secret("platform"))
}

fn storage() -> Key<Storage> {
    Key::new(secret("storage"))
}

fn shared() -> Key<Shared> {
    Key::new(secret("shared"))
}

fn ear() -> Ear {
    let (salt, license) = (secret("password salt"), license_key());
    let n = single::code_of_license(&single_vector().master_key, serial(), &license);
    let mut all = vec![
        ("code".to_owned(), n.to_be_bytes().to_vec()),
        ("platform key".to_owned(), platform().expose().to_vec()),
        ("storage key".to_owned(), storage().expose().to_vec()),
        ("shared secret".to_owned(), shared().expose().to_vec()),
        ("password".to_owned(), PASSWORD.as_bytes().to_vec()),
        ("password key".to_owned(), password_key(Some(PASSWORD), &salt, COST).to_vec()),
        (
            "sealing key".to_owned(),
            sealing(&platform(), &salt, serial(), Some(PASSWORD), COST).expose().to_vec(),
        ),
        ("key of full data".to_owned(), single::full_activation(&shared()).expose().to_vec()),
        ("key of the state".to_owned(), single::client_state(&platform()).expose().to_vec()),
        ("key of the license".to_owned(), single::license_state(&storage()).expose().to_vec()),
    ];
    for bound in [None, Some(single::Diversifier::of_platform(serial(), b"platform"))] {
        let key = single::application(&license, serial(), otp::EVENT, bound);
        all.push((format!("application key {bound:?}"), key.expose().to_vec()));
    }
    let mut ear = Ear::new();
    ear.secrets.extend(all.into_iter().map(Secret::new));
    ear
}

fn config() -> SingleConfig {
    SingleConfig {
        static_vector: Some(single_vector()),
        platform_data: b"platform".to_vec(),
        platform_key: platform(),
        short_codes: false,
        rooted: false,
        root_policy: RootPolicy::Block,
        reset_policy: ResetPolicy::Lock,
        cost: COST,
    }
}

#[test]
fn no_debug_of_a_single_device_shows_a_secret() {
    let mut ear = ear();
    let windows = Windows { identification: 100, signature: 24, first_use_s: 10_800, look_ahead: 10 };
    let settings = SingleSettings { signature_tries: 4, windows };
    let mut license =
        SingleLicense::new(serial(), license_key(), &single_vector().to_bytes(), settings).unwrap();
    ear.debug("config", &config());
    let mut client = SingleClient::new(config());
    let code = license.generate_activation_code(Radix::Decimal);
    ear.debug("code", &ActivationCode::decode(&code, false));
    let log = format!("{SERIAL} {}\n", license.generate_activation_code(Radix::Hexadecimal));
    ear.debug("log", &acode_log::read(log.as_bytes()));
    ear.refusal("log", acode_log::read(log.replace(' ', "  ").as_bytes()));

    let activation = Activation {
        name: Name::Serial(SERIAL),
        code: &code,
        event_counter: None,
        password: Some(PASSWORD),
        salt: secret("password salt"),
    };
    ear.refusal("bent code", client.activate(Activation { code: &with_another_last(&code), ..activation }));
    for password in [None, Some("k7#"), Some("k7#Qz!w2k7#Qz!w2"), Some("k7#Qz!é"), Some("kkkk")] {
        ear.refusal("bad password", client.activate(Activation { password, ..activation }));
    }
    ear.refusal("bad counter", client.activate(Activation { event_counter: Some("1"), ..activation }));
    client.activate(activation).unwrap();
    for with_secret in [false, true] {
        let secret = with_secret.then(shared);
        let data = hex::encode(&license.generate_full_activation(secret.as_ref(), true, &NONCE).unwrap());
        let online = OnlineActivation {
            data: &data,
            shared: secret.as_ref(),
            password: Some(PASSWORD),
            salt: super::secret("password salt"),
        };
        ear.refusal(
            "bent data",
            client.activate_online(OnlineActivation { data: &with_another_last(&data), ..online }),
        );
        client.activate_online(online).unwrap();
        if with_secret {
            ear.hear("encrypted data", &data);
        }
        ear.debug("client", &client);
    }
    let wrong = client.generate_response(otp::EVENT, &Data::ResponseOnly, Some("k7#Qz!w3"), NOW);
    ear.refusal("wrong password", wrong);
    ear.refusal("bad change", client.change_password(Some(PASSWORD), Some("1111"), [1; 16]));
    for _ in 0..2 {
        let data = Data::ResponseOnly;
        let response = client.generate_response(otp::EVENT, &data, Some(PASSWORD), NOW).unwrap();
        ear.refusal("bent", license.verify_response(serial(), otp::BOTH, &data, "0000000000", NOW));
        license.verify_response(serial(), otp::EVENT, &data, &response, NOW).unwrap();
        let code = client.generate_derivation_code(None, Some(PASSWORD), NOW).unwrap();
        ear.refusal(
            "bent",
            license.verify_derivation_code(serial(), None, &with_another_last(&code), false, NOW),
        );
        license.verify_derivation_code(serial(), None, &code, false, NOW).ok();
        client.mark_bound().unwrap();
        ear.debug("client", &client);
        ear.debug("license", &license);
        ear.debug("status", &client.status());
    }
    let state = client.save(&NONCE);
    ear.hear("state", &hex::encode(&state));
    ear.debug("loaded", &SingleClient::load(&state, config()).unwrap());
    let state = license.save(&storage(), &NONCE);
    ear.hear("state", &hex::encode(&state));
    ear.debug("loaded", &SingleLicense::load(&storage(), &state).unwrap());
    ear.refusal("other key", SingleLicense::load(&Key::new([1; 16]), &state));
    assert!(ear.heard > 80, "{}", ear.heard);
}
