//! One license and one client, always with the same keys, nonces and times; and a request with a body of 200 bytes.

use std::fmt;

use channel::bytes::Wire;
use channel::client::{Client, Config, Installation, Pin, RootPolicy};
use channel::crypto::keys::Key;
use channel::crypto::protect::Protection;
use channel::error::Refusal;
use channel::license::blob::Epoch;
use channel::serial::{NotASerial, Sequence, Serial};
use channel::server::{License, Origin, Settings};
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::activation1::Policy;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::request::{Content, Request};
use harness::scene::START;
use harness::setup::{
    AGE_LIMIT_S, FIRST_USE_S, IDENTIFICATION_WINDOW, LOOK_AHEAD, Setup, VALIDITY_DAYS, WINDOW, otp,
};

/// Bytes of the body that is sealed, opened, encoded and decoded everywhere.
pub const BODY: usize = 200;
/// When the license is activated: seconds since the epoch.
pub const NOW: u32 = START;

/// What an operation came to wasn't right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(pub(crate) String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not measured, since it isn't right: {}", self.0)
    }
}

impl std::error::Error for Wrong {}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.to_string())
    }
}

impl From<NotASerial> for Wrong {
    fn from(error: NotASerial) -> Self {
        Self(error.to_string())
    }
}

/// The license's name.
pub fn serial() -> Result<Serial, Wrong> {
    Ok(Setup::otp().serial.parse()?)
}

/// The items of the list, of which the body of the request is [`BODY`] bytes long.
pub fn items() -> Vec<(String, String)> {
    let reference: String = "Invoice 2027-0117 ".chars().cycle().take(113).collect();
    vec![
        ("Amount".to_owned(), "1250.00 EUR".to_owned()),
        ("To".to_owned(), "Zoë Example, DE89 3704 0044 0532 0130 00".to_owned()),
        ("Reference".to_owned(), reference),
    ]
}

/// The request: a list.
pub fn request() -> Request {
    request_of(otp::FIELDS, Content::List { title: "Transfer".to_owned(), items: items() })
}

/// A request for an application.
pub fn request_of(application: u8, content: Content) -> Request {
    Request {
        minimum_version: 0,
        require_pin: false,
        template: 0,
        charset: Charset::Utf8,
        application,
        content,
    }
}

/// AM1, device code, AM2, confirmation.
pub fn activate((license, client): &mut (License, Client)) -> Result<Sequence, Wrong> {
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, NOW)?);
    let code = client.activate_license(&am1)?;
    license.verify_device_code(&code, false, NOW)?;
    let (sequence, am2) = license.generate_activation2([6; 13], NOW)?;
    let am2 = hex::encode(&am2);
    let activated = client.activate_instance(&am2, Pin::Right, NOW)?;
    license.verify_message_signature(sequence, &am2, &activated.signature, NOW)?;
    Ok(sequence)
}

/// A license and a client that know nothing of each other yet.
pub fn parties() -> Result<(License, Client), Wrong> {
    let vector = Setup::otp().vector;
    let origin = Origin {
        serial: serial()?,
        license_key: Key::new([1; 16]),
        static_vector_bytes: vector.to_bytes(),
        static_vector: vector.clone(),
        payload_key: Some(Key::new([2; 16])),
        epoch: Epoch([4; 8]),
        last_counter: 0,
    };
    let settings = Settings {
        message_vector: MessageVector {
            policy: Policy {
                activation: Protection::Cmac,
                messages: Protection::Cmac,
                post_activation: otp::FIELDS,
            },
            activation_validity_days: VALIDITY_DAYS as u16,
            message_age_limit_s: AGE_LIMIT_S,
            code_tries: 3,
            signature_tries: 99,
            windows: Windows {
                identification: IDENTIFICATION_WINDOW as u16,
                signature: WINDOW as u16,
                first_use_s: FIRST_USE_S as u16,
                look_ahead: LOOK_AHEAD as u16,
            },
        },
        threshold: 9,
    };
    let config = Config {
        static_vector: Some(vector),
        platform_data: b"platform".to_vec(),
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    };
    let client = Client::new(config, Installation { salt: [3; 16], device_type: 7 });
    // As a store reads one, which judges no settings (VER-24): what is measured are the widest windows.
    Ok((License::kept(origin, settings)?, client))
}
