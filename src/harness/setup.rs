//! What the cases start from: one static vector that has an application of every kind, and a license on it.

use super::trial::Trial;
use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::keys::Key;
use channel::crypto::oath::Hash;
use channel::crypto::oath::suite::Suite;
use channel::crypto::protect::Protection;
use channel::crypto::response::Form;
use channel::serial::SerialPrefix;
use channel::wire::activation1::Policy;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, PasswordRules, StaticVector};
use peer::operations::{ClientCreate, RandomClient, RandomLicense, ServerCreate};
use peer::protocol::{Array, Bytes, Number, RootPolicy};

/// Indices of the applications of [`vector`].
pub mod app {
    /// SG, time steps of 36 s, 8 decimal digits; the post-activation application.
    pub const TIME: u8 = 1;
    /// SG, events, 6 decimal digits.
    pub const EVENT: u8 = 2;
    /// MM, time and event, 10 hexadecimal digits with check digit.
    pub const BOTH: u8 = 3;
    /// RO: can't sign.
    pub const RESPONSE_ONLY: u8 = 4;
    /// SG, but disabled.
    pub const DISABLED: u8 = 5;
    /// SG, but not allowed for Secure Channel.
    pub const OFFLINE: u8 = 6;
    /// SG, events, 16 decimal digits with check digit.
    pub const LONG: u8 = 8;
    /// Not in the vector.
    pub const MISSING: u8 = 7;
}

/// Indices of the applications of [`otp_vector`]: one for every way to respond.
pub mod otp {
    /// SG, time steps of 36 s, 8 decimal digits, three data fields; the post-activation application.
    pub const FIELDS: u8 = 1;
    /// RO, time steps of 36 s, 6 decimal digits.
    pub const TIME: u8 = 2;
    /// RO, events, 8 decimal digits with check digit.
    pub const EVENT: u8 = 3;
    /// RO, time steps of 60 s and events, 10 hexadecimal digits.
    pub const BOTH: u8 = 4;
    /// CR, time steps of 36 s, 8 decimal digits.
    pub const CHALLENGE: u8 = 5;
    /// SG, events, 10 hexadecimal digits with check digit, one data field.
    pub const FIELD_EVENT: u8 = 6;
    /// MM, time steps of 36 s, 8 decimal digits, two data fields.
    pub const MULTI: u8 = 7;
    /// UL, time steps of 36 s, 8 decimal digits with check digit.
    pub const UNLOCK: u8 = 8;
}

/// Indices of the applications of [`open_vector`]: one for every open algorithm.
pub mod open {
    /// SG, OCRA of a hash, time steps of 60 s, 8 digits, two data fields; the post-activation application.
    pub const SIGN: u8 = 1;
    /// RO, HOTP of 6 digits.
    pub const HOTP: u8 = 2;
    /// RO, TOTP with SHA-1, steps of 30 s, 6 digits.
    pub const TOTP: u8 = 3;
    /// RO, TOTP with SHA-256, steps of 36 s, 8 digits.
    pub const TOTP_256: u8 = 4;
    /// RO, TOTP with SHA-512, steps of 60 s, 7 digits.
    pub const TOTP_512: u8 = 5;
    /// CR, OCRA of a number of 8 digits, events; not for Secure Channel.
    pub const NUMBER: u8 = 6;
    /// SG, OCRA of a text of 10 characters, time steps of 30 s and events, 10 digits; not for Secure Channel.
    pub const TEXT: u8 = 7;
    /// CR, OCRA of a hash, events, 9 digits.
    pub const CHALLENGE: u8 = 8;
}

/// Everything a case may want different.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The license's name.
    pub serial: &'static str,
    /// The vector of server and client.
    pub vector: StaticVector,
    /// Whether the client has the vector built in.
    pub built_in: bool,
    /// Whether AM1 carries the vector.
    pub carried: bool,
    /// Whether AM1 carries a challenge.
    pub challenge: bool,
    /// Whether the license has a payload key.
    pub secure_channel: bool,
    /// Protection of AM2.
    pub activation_protection: u32,
    /// Protection of requests.
    pub message_protection: u32,
    /// Index of the application that signs AM2.
    pub post_activation: u8,
    /// Most instances.
    pub threshold: u32,
    /// Seconds searched at the first use of an application.
    pub first_use_s: u32,
    /// Last message counter used.
    pub last_counter: u32,
    /// Seconds for which a message's signature is accepted; 0: for ever.
    pub age_limit_s: u32,
    /// Version of the app.
    pub app_version: u32,
    /// Rooted device.
    pub rooted: bool,
    /// And what follows.
    pub root_policy: RootPolicy,
    /// Whether AM1 may replace an activated account.
    pub replacement: bool,
    /// Given by the integrating application.
    pub platform_data: &'static [u8],
    /// 0..=99.
    pub device_type: u32,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            serial: "VDS1000120",
            vector: vector(),
            built_in: true,
            carried: false,
            challenge: true,
            secure_channel: true,
            activation_protection: 2,
            message_protection: 2,
            post_activation: app::TIME,
            threshold: 9,
            first_use_s: FIRST_USE_S,
            last_counter: 0,
            age_limit_s: AGE_LIMIT_S,
            app_version: 2,
            rooted: false,
            root_policy: RootPolicy::Block,
            replacement: false,
            platform_data: b"platform",
            device_type: 7,
        }
    }
}

impl Setup {
    /// The default on [`otp_vector`].
    pub fn otp() -> Self {
        Self { vector: otp_vector(), ..Self::default() }
    }
}

impl Setup {
    /// The default on [`open_vector`].
    pub fn open() -> Self {
        Self { vector: open_vector(), ..Self::default() }
    }
}

/// Days for which a device code is accepted.
pub const VALIDITY_DAYS: u32 = 7;
/// Seconds for which a message's signature is accepted.
pub const AGE_LIMIT_S: u32 = 3600;
/// Wrong device codes before an AM1 is void.
pub const CODE_TRIES: u32 = 3;
/// Wrong signatures before an instance is locked.
pub const SIGNATURE_TRIES: u32 = 4;
/// Wrong PINs before an account is locked.
pub const PIN_TRIES: u8 = 3;
/// Time steps searched for signatures.
pub const WINDOW: u32 = 24;
/// Time steps searched for one-time passwords.
pub const IDENTIFICATION_WINDOW: u32 = 100;
/// Seconds searched at first use.
pub const FIRST_USE_S: u32 = 10_800;
/// Events searched.
pub const LOOK_AHEAD: u32 = 10;

impl Setup {
    /// The parameters of `server.create`, with this license key.
    pub fn server(&self, trial: &mut Trial<'_>, license_key: [u8; 16]) -> ServerCreate {
        ServerCreate {
            serial: self.serial.into(),
            license_key: Array(license_key),
            static_vector: Bytes(self.vector.to_bytes()),
            secure_channel: self.secure_channel,
            activation_protection: Number::from(self.activation_protection),
            message_protection: Number::from(self.message_protection),
            post_activation: Number::from(u32::from(self.post_activation)),
            activation_validity_days: Number::from(VALIDITY_DAYS),
            message_age_limit_s: self.age_limit_s,
            threshold: Number::from(self.threshold),
            code_tries: Number::from(CODE_TRIES),
            signature_tries: Number::from(SIGNATURE_TRIES),
            identification_window: Number::from(IDENTIFICATION_WINDOW),
            signature_window: Number::from(WINDOW),
            first_use_s: Number::from(self.first_use_s),
            look_ahead: Number::from(LOOK_AHEAD),
            last_counter: self.last_counter,
            random: Some(license_random(trial)),
        }
    }

    /// What of those a license file says in its message vector.
    pub fn message_vector(&self) -> MessageVector {
        let protection = |number: u32| match number {
            1 => Protection::HmacSha256,
            _ => Protection::Cmac,
        };
        let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        MessageVector {
            policy: Policy {
                activation: protection(self.activation_protection),
                messages: protection(self.message_protection),
                post_activation: self.post_activation,
            },
            activation_validity_days: short(VALIDITY_DAYS),
            message_age_limit_s: self.age_limit_s,
            code_tries: byte(CODE_TRIES),
            signature_tries: byte(SIGNATURE_TRIES),
            windows: Windows {
                identification: short(IDENTIFICATION_WINDOW),
                signature: short(WINDOW),
                first_use_s: short(self.first_use_s),
                look_ahead: short(LOOK_AHEAD),
            },
        }
    }

    /// The parameters of `client.create`.
    pub fn client(&self, trial: &mut Trial<'_>) -> ClientCreate {
        ClientCreate {
            static_vector: self.built_in.then(|| Bytes(self.vector.to_bytes())),
            platform_data: Bytes(self.platform_data.to_vec()),
            device_type: Number::from(self.device_type),
            app_version: Number::from(self.app_version),
            rooted: self.rooted,
            root_policy: self.root_policy,
            replacement: self.replacement,
            random: Some(RandomClient { installation_salt: Some(Array(trial.random())) }),
        }
    }
}

/// What is drawn for a license.
pub fn license_random(trial: &mut Trial<'_>) -> RandomLicense {
    RandomLicense { payload_key: Some(Array(trial.random())), epoch: Some(Array(trial.random())) }
}

/// The numbers of [`Setup::server`], as a license file has them.
pub fn message_vector() -> MessageVector {
    let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    MessageVector {
        policy: Policy {
            activation: Protection::Cmac,
            messages: Protection::Cmac,
            post_activation: app::TIME,
        },
        activation_validity_days: short(VALIDITY_DAYS),
        message_age_limit_s: AGE_LIMIT_S,
        code_tries: byte(CODE_TRIES),
        signature_tries: byte(SIGNATURE_TRIES),
        windows: Windows {
            identification: short(IDENTIFICATION_WINDOW),
            signature: short(WINDOW),
            first_use_s: short(FIRST_USE_S),
            look_ahead: short(LOOK_AHEAD),
        },
    }
}

/// A vector with an application of every kind.
pub fn vector() -> StaticVector {
    let prefix = SerialPrefix::from_u16(0xC3E4).unwrap_or_default(); // VDS
    let mut byte = 0u8;
    let master_key = [(); 16].map(|()| {
        byte += 1;
        byte - 1
    });
    StaticVector {
        prefix,
        master_key: Key::new(master_key),
        password: PasswordRules {
            required: true,
            minimum: 4,
            maximum: 8,
            tries: PIN_TRIES,
            refuse_weak: true,
        },
        binding: false,
        applications: vec![
            application(app::TIME, Mode::Signature, Factor::Time(36), (8, Radix::Decimal, false)),
            application(app::EVENT, Mode::Signature, Factor::Event, (6, Radix::Decimal, false)),
            application(app::BOTH, Mode::MultiMode, Factor::TimeAndEvent(60), (10, Radix::Hexadecimal, true)),
            application(app::RESPONSE_ONLY, Mode::ResponseOnly, Factor::Time(36), (6, Radix::Decimal, false)),
            ApplicationRules {
                enabled: false,
                ..application(app::DISABLED, Mode::Signature, Factor::Time(36), (8, Radix::Decimal, false))
            },
            ApplicationRules {
                secure_channel: false,
                ..application(app::OFFLINE, Mode::Signature, Factor::Time(36), (8, Radix::Decimal, false))
            },
            application(app::LONG, Mode::Signature, Factor::Event, (16, Radix::Decimal, true)),
        ],
    }
}

/// A vector with an application for every way to respond.
pub fn otp_vector() -> StaticVector {
    let decimal = |length, check_digit| (length, Radix::Decimal, check_digit);
    let hexadecimal = |length, check_digit| (length, Radix::Hexadecimal, check_digit);
    let with = |rules: ApplicationRules, data_fields: &[(u8, u8)]| ApplicationRules {
        data_fields: data_fields.to_vec(),
        ..rules
    };
    let applications = vec![
        with(
            application(otp::FIELDS, Mode::Signature, Factor::Time(36), decimal(8, false)),
            &[(0, 16), (1, 8), (0, 64)],
        ),
        application(otp::TIME, Mode::ResponseOnly, Factor::Time(36), decimal(6, false)),
        application(otp::EVENT, Mode::ResponseOnly, Factor::Event, decimal(8, true)),
        application(otp::BOTH, Mode::ResponseOnly, Factor::TimeAndEvent(60), hexadecimal(10, false)),
        application(otp::CHALLENGE, Mode::ChallengeResponse, Factor::Time(36), decimal(8, false)),
        application(otp::FIELD_EVENT, Mode::Signature, Factor::Event, hexadecimal(10, true)),
        with(
            application(otp::MULTI, Mode::MultiMode, Factor::Time(36), decimal(8, false)),
            &[(0, 16), (0, 16)],
        ),
        application(otp::UNLOCK, Mode::Unlock, Factor::Time(36), decimal(8, true)),
    ];
    StaticVector { applications, ..vector() }
}

/// A vector with an application for every open algorithm (SPEC section 25).
pub fn open_vector() -> StaticVector {
    let with = |algorithm, rules: ApplicationRules| ApplicationRules { algorithm, ..rules };
    let otp = |index, algorithm, factor, length| ApplicationRules {
        secure_channel: false,
        ..with(algorithm, application(index, Mode::ResponseOnly, factor, (length, Radix::Decimal, false)))
    };
    let ocra = |index, mode, factor, length, suite: &str| {
        let rules = application(index, mode, factor, (length, Radix::Decimal, false));
        // A suite that is none would end in a vector that nobody accepts.
        let algorithm = Suite::read(suite).map_or(Algorithm::Profile, Algorithm::Ocra);
        let secure_channel = suite.contains("QH64");
        ApplicationRules { secure_channel, ..with(algorithm, rules) }
    };
    let (minute, half) = (Factor::Time(60), Factor::TimeAndEvent(30));
    let (sha_256, sha_512) = (Algorithm::Totp(Hash::Sha256), Algorithm::Totp(Hash::Sha512));
    let applications = vec![
        ApplicationRules {
            data_fields: vec![(0, 16), (0, 64)],
            ..ocra(open::SIGN, Mode::Signature, minute, 8, "OCRA-1:HOTP-SHA256-8:QH64-T1M")
        },
        otp(open::HOTP, Algorithm::Hotp, Factor::Event, 6),
        otp(open::TOTP, Algorithm::Totp(Hash::Sha1), Factor::Time(30), 6),
        otp(open::TOTP_256, sha_256, Factor::Time(36), 8),
        otp(open::TOTP_512, sha_512, minute, 7),
        ocra(open::NUMBER, Mode::ChallengeResponse, Factor::Event, 6, "OCRA-1:HOTP-SHA1-6:C-QN08"),
        ApplicationRules {
            data_fields: vec![(1, 10)],
            ..ocra(open::TEXT, Mode::Signature, half, 10, "OCRA-1:HOTP-SHA512-10:C-QA10-T30S")
        },
        ocra(open::CHALLENGE, Mode::ChallengeResponse, Factor::Event, 9, "OCRA-1:HOTP-SHA512-9:C-QH64"),
    ];
    StaticVector { applications, ..vector() }
}

/// [`otp_vector`] for a single device: it may be bound. The deriving application is [`otp::TIME`]; events have
/// [`otp::EVENT`], [`otp::BOTH`] and [`otp::FIELD_EVENT`].
pub fn single_vector() -> StaticVector {
    StaticVector { binding: true, ..otp_vector() }
}

/// One that is enabled and allowed for Secure Channel, with the profile's algorithm and a name by its index. A signing one
/// has one data field.
pub fn application(
    index: u8,
    mode: Mode,
    factor: Factor,
    (length, radix, check_digit): (u8, Radix, bool),
) -> ApplicationRules {
    let mut name = *b"APPL      ";
    if let Some(last) = name.get_mut(4) {
        *last = b'0' + index;
    }
    ApplicationRules {
        form: Form { mode: mode.number(), index, length, radix, check_digit },
        mode,
        algorithm: Algorithm::Profile,
        enabled: true,
        secure_channel: true,
        factor,
        name,
        data_fields: if mode.signs() { vec![(0, 16)] } else { Vec::new() },
    }
}
