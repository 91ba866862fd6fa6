//! One application of a static vector: what it does, with which algorithm, and what the algorithm allows of it.
//! SPEC sections 8 and 25.

use crate::check_digit::Radix;
use crate::crypto::answer::Algorithm;
use crate::crypto::oath::suite::Suite;
use crate::crypto::response::Form;

/// What an application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// 1 RO: a response without input.
    ResponseOnly,
    /// 2 CR: a response to a challenge.
    ChallengeResponse,
    /// 3 SG: a signature over data.
    Signature,
    /// 4 MM: all three.
    MultiMode,
    /// 5 UL: unlocks a client.
    Unlock,
}

impl Mode {
    /// The number in the vector and in the input of a response.
    pub fn number(self) -> u8 {
        match self {
            Mode::ResponseOnly => 1,
            Mode::ChallengeResponse => 2,
            Mode::Signature => 3,
            Mode::MultiMode => 4,
            Mode::Unlock => 5,
        }
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Mode::ResponseOnly),
            2 => Some(Mode::ChallengeResponse),
            3 => Some(Mode::Signature),
            4 => Some(Mode::MultiMode),
            5 => Some(Mode::Unlock),
            _ => None,
        }
    }

    /// Whether it signs messages.
    pub fn signs(self) -> bool {
        matches!(self, Mode::Signature | Mode::MultiMode)
    }
}

/// What moves between two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Factor {
    /// 1: time, in steps of so many seconds.
    Time(u16),
    /// 2: an event counter.
    Event,
    /// 3: both.
    TimeAndEvent(u16),
}

impl Factor {
    /// Seconds per step where time takes part.
    pub fn step_s(self) -> Option<u16> {
        match self {
            Factor::Time(step) | Factor::TimeAndEvent(step) => Some(step),
            Factor::Event => None,
        }
    }

    /// Whether an event counter takes part.
    pub fn has_event(self) -> bool {
        matches!(self, Factor::Event | Factor::TimeAndEvent(_))
    }
}

/// One application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApplicationRules {
    /// Index, mode, and how responses are written.
    pub form: Form,
    /// [`Form::mode`] as a type.
    pub mode: Mode,
    /// How it makes responses.
    pub algorithm: Algorithm,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// Whether requests may name it.
    pub secure_channel: bool,
    /// What moves.
    pub factor: Factor,
    /// 10 characters of `A-Z0-9`, blanks at the end.
    pub name: [u8; 10],
    /// Minimum and maximum length of each data field, at most 8.
    pub data_fields: Vec<(u8, u8)>,
}

impl ApplicationRules {
    /// Whether it can sign AM2 as post-activation application (AM1-9).
    pub fn confirms(&self) -> bool {
        self.enabled && self.mode.signs() && self.takes_messages()
    }

    /// Whether it can answer a whole message: of OCRA only with a question that is a hash.
    fn takes_messages(&self) -> bool {
        match &self.algorithm {
            Algorithm::Ocra(suite) => suite.takes_hash(),
            Algorithm::Profile | Algorithm::Hotp | Algorithm::Totp(_) => true,
        }
    }

    /// Whether a request may name it, one with a challenge or another (CLI-10).
    pub fn signs_requests(&self, with_challenge: bool) -> bool {
        let of_this_mode = match with_challenge {
            true => matches!(self.mode, Mode::ChallengeResponse | Mode::MultiMode),
            false => self.mode.signs(),
        };
        self.enabled && self.secure_channel && of_this_mode
    }

    /// STV-6: whether the algorithm allows the other values.
    pub(super) fn allows_its_values(&self) -> bool {
        let plain = self.form.radix == Radix::Decimal && !self.form.check_digit;
        let otp = plain
            && self.mode == Mode::ResponseOnly
            && self.form.length <= 8
            && self.data_fields.is_empty()
            && !self.secure_channel;
        match &self.algorithm {
            Algorithm::Profile => true,
            Algorithm::Hotp => otp && self.factor == Factor::Event,
            Algorithm::Totp(_) => otp && matches!(self.factor, Factor::Time(_)),
            Algorithm::Ocra(suite) => plain && self.allows_suite(suite),
        }
    }

    /// STV-6: whether the suite is one for this application.
    fn allows_suite(&self, suite: &Suite) -> bool {
        // Without C and T nothing would move, and no factor says so.
        let factor = match suite.step_s {
            Some(step_s) => self.factor.step_s().map(u32::from) == Some(step_s),
            None => self.factor == Factor::Event,
        };
        let counter = suite.counter == self.factor.has_event();
        let data_fields = match (self.mode, self.data_fields.as_slice()) {
            (Mode::ChallengeResponse, fields) => fields.is_empty(),
            (Mode::Signature, _) if suite.takes_hash() => true,
            (Mode::Signature, [(minimum, maximum)]) => *minimum >= 1 && *maximum <= suite.length,
            _ => false,
        };
        let without_secrets = suite.password.is_none() && suite.session.is_none();
        factor
            && counter
            && data_fields
            && without_secrets
            && suite.digits == self.form.length
            && (suite.takes_hash() || !self.secure_channel)
    }
}
