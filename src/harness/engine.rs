//! The reference implementation behind the peer protocol: a line in, a line out.
//!
//! `counterproof peer` serves it over a pipe, the harness asks it in process: as the other side of a case,
//! and as the shadow whose answers the peer's are compared with.

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use super::operations::*;
use super::protocol::{
    self, Answer, Array, Bytes, Message, Nothing, Number, Operation, Question, Refused, VERSION,
};
use crate::bytes::Wire;
use crate::check_digit::{Radix, check_digit};
use crate::client::{Client, Config, Decision, Pin, RootPolicy};
use crate::crypto::keys::Key;
use crate::crypto::keywrap;
use crate::crypto::protect::{ChannelKeys, Direction, Protection, open, seal};
use crate::crypto::response::{Form, Moment, response};
use crate::crypto::{kdf, mac, protect};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::CLI_2;
use crate::serial::{Sequence, Serial};
use crate::server::{License, Origin, Settings};
use crate::state;
use crate::text::charset::Charset;
use crate::text::hex;
use crate::wire::activation1::Policy;
use crate::wire::frame::{Carrier, Frame, Header, Kind};
use crate::wire::request::{Content, Request};
use crate::wire::static_vector::StaticVector;

/// Bytes that hold nearly every answer, so that it is not moved while it grows.
const USUAL_ANSWER: usize = 1024;

/// Fills a buffer with random bytes.
pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;

/// The reference: any number of independent sessions.
pub struct Engine {
    sessions: HashMap<String, Session>,
    random: Random,
}

enum Session {
    Client(Box<Client>),
    Server(Box<License>),
}

/// Why an operation has no result.
#[derive(Clone, Debug)]
pub enum Fail {
    /// The protocol refuses.
    Refused(Refusal),
    /// The question is wrong.
    Fault(String),
}

impl From<Refusal> for Fail {
    fn from(refusal: Refusal) -> Self {
        Fail::Refused(refusal)
    }
}

fn fault<T>(words: impl Into<String>) -> Result<T, Fail> {
    Err(Fail::Fault(words.into()))
}

/// An operation that the reference serves.
trait Serve: Operation {
    /// Whether it belongs to a session.
    const SESSION: bool = true;

    /// Answers it.
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Self::Output, Fail>;
}

/// A row of the table of operations.
struct Entry {
    name: &'static str,
    session: bool,
    serve: fn(&mut Engine, &str, &RawValue, &mut Vec<u8>) -> Result<(), Fail>,
}

const fn entry<Op: Serve>() -> Entry {
    Entry { name: Op::NAME, session: Op::SESSION, serve: serve::<Op> }
}

fn serve<Op: Serve>(
    engine: &mut Engine,
    session: &str,
    params: &RawValue,
    out: &mut Vec<u8>,
) -> Result<(), Fail> {
    let op: Op = protocol::read_raw(params).map_err(|error| Fail::Fault(error.to_string()))?;
    let output = op.serve(engine, session)?;
    serde_json::to_writer(out, &output).map_err(|error| Fail::Fault(error.to_string()))
}

const OPERATIONS: [Entry; 26] = [
    entry::<Hello>(),
    entry::<Ping>(),
    entry::<Reset>(),
    entry::<Drop>(),
    entry::<State>(),
    entry::<PrimitiveCmac>(),
    entry::<PrimitiveCtr>(),
    entry::<PrimitiveKdf>(),
    entry::<PrimitiveKeyWrap>(),
    entry::<PrimitiveKeyUnwrap>(),
    entry::<PrimitiveCheckDigit>(),
    entry::<PrimitiveResponse>(),
    entry::<FrameParse>(),
    entry::<FrameSeal>(),
    entry::<FrameOpen>(),
    entry::<ClientCreate>(),
    entry::<ClientActivateLicense>(),
    entry::<ClientActivateInstance>(),
    entry::<ClientOpen>(),
    entry::<ClientSign>(),
    entry::<ServerCreate>(),
    entry::<ServerGenerateActivation1>(),
    entry::<ServerVerifyDeviceCode>(),
    entry::<ServerGenerateActivation2>(),
    entry::<ServerGenerateRequest>(),
    entry::<ServerVerifyMessageSignature>(),
];

/// The names of all operations of this edition.
pub fn operation_names() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|entry| entry.name)
}

impl Engine {
    /// An engine without sessions, drawing what nobody supplies from `random`.
    pub fn new(random: Random) -> Self {
        Self { sessions: HashMap::new(), random }
    }

    /// Answers a line with a line; neither has its line end.
    pub fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        let question: Question<'_> = match protocol::read(line) {
            Ok(question) => question,
            Err(error) => {
                let seq = serde_json::from_slice::<serde_json::Value>(line)
                    .ok()
                    .and_then(|value| u32::try_from(value.get("seq")?.as_u64()?).ok());
                return to_line(&Answer { seq, fault: Some(error.to_string()), ..Answer::default() });
            }
        };
        let seq = Some(question.seq);
        let mut out = Vec::with_capacity(USUAL_ANSWER);
        out.extend_from_slice(format!("{{\"seq\":{},\"ok\":", question.seq).as_bytes());
        match self.serve(&question, &mut out) {
            None => {
                to_line(&Answer { seq, unsupported: Some(question.op.into_owned()), ..Answer::default() })
            }
            Some(Ok(())) => {
                out.push(b'}');
                out
            }
            Some(Err(Fail::Refused(refusal))) => {
                to_line(&Answer { seq, refused: Some(told(&refusal)), ..Answer::default() })
            }
            Some(Err(Fail::Fault(words))) => {
                to_line(&Answer { seq, fault: Some(words), ..Answer::default() })
            }
        }
    }

    fn serve(&mut self, question: &Question<'_>, out: &mut Vec<u8>) -> Option<Result<(), Fail>> {
        let entry = OPERATIONS.iter().find(|entry| entry.name == question.op)?;
        let session = match (entry.session, question.session.as_deref()) {
            (true, Some(name)) if (1..=64).contains(&name.chars().count()) => name,
            (false, None) => "",
            _ => {
                return Some(fault(
                    "session: exactly the operations of a session name one, 1 to 64 characters",
                ));
            }
        };
        Some((entry.serve)(self, session, question.params, out))
    }

    fn draw<const N: usize>(&mut self, given: Option<[u8; N]>) -> [u8; N] {
        given.unwrap_or_else(|| {
            let mut bytes = [0; N];
            (self.random)(&mut bytes);
            bytes
        })
    }

    fn add(&mut self, name: &str, session: Session) {
        self.sessions.insert(name.to_owned(), session);
    }

    fn ensure_free(&self, name: &str) -> Result<(), Fail> {
        if self.sessions.contains_key(name) { fault("this session exists") } else { Ok(()) }
    }

    fn client(&mut self, name: &str) -> Result<&mut Client, Fail> {
        match self.sessions.get_mut(name) {
            Some(Session::Client(client)) => Ok(client),
            _ => fault("no client session of this name"),
        }
    }

    fn server(&mut self, name: &str) -> Result<&mut License, Fail> {
        match self.sessions.get_mut(name) {
            Some(Session::Server(license)) => Ok(license),
            _ => fault("no server session of this name"),
        }
    }
}

/// A refusal as the protocol tells it, witness included.
pub fn told(refusal: &Refusal) -> Refused {
    Refused {
        class: refusal.class().word().to_owned(),
        requirement: Some(refusal.rule.id.to_owned()),
        detail: Some(refusal.to_string()),
    }
}

fn to_line(answer: &Answer<'_>) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap_or_default()
}

fn serial_of(text: &str) -> Result<Serial, Fail> {
    text.parse().map_err(|error| Fail::Fault(format!("serial: {error}")))
}

fn protection_of(number: protocol::ProtectionNumber) -> Protection {
    Protection::from_number(number.byte()).unwrap_or(Protection::Cmac)
}

fn carrier_of(carrier: protocol::Carrier) -> Carrier {
    match carrier {
        protocol::Carrier::Direct => Carrier::Direct,
        protocol::Carrier::Gateway => Carrier::Gateway,
    }
}

fn message_of(frame: &[u8]) -> Message {
    Message { message: hex::encode(frame) }
}

impl Serve for Hello {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<HelloResult, Fail> {
        Ok(HelloResult {
            protocol: Number::from(VERSION),
            name: "counterproof".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            language: "rust".into(),
            profile: "full".into(),
            operations: operation_names().map(str::to_owned).collect(),
            injects_time: true,
            injects_randomness: true,
        })
    }
}

impl Serve for Ping {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<Nothing, Fail> {
        Ok(Nothing {})
    }
}

impl Serve for Reset {
    const SESSION: bool = false;

    fn serve(self, engine: &mut Engine, _: &str) -> Result<Nothing, Fail> {
        engine.sessions.clear();
        Ok(Nothing {})
    }
}

impl Serve for Drop {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        match engine.sessions.remove(session) {
            Some(_) => Ok(Nothing {}),
            None => fault("no session of this name"),
        }
    }
}

impl Serve for State {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<StateResult, Fail> {
        let (digest, counters): (_, BTreeMap<String, u32>) = match engine.sessions.get(session) {
            None => return fault("no session of this name"),
            Some(Session::Client(client)) => {
                let failures = client.pin_failures();
                let named = failures.map(|(serial, n)| (format!("pin_failures/{serial}"), u32::from(n)));
                (state::digest(client), named.collect())
            }
            Some(Session::Server(license)) => {
                let failures = license.signature_failures();
                let named =
                    failures.map(|(sequence, n)| (format!("signature_failures/{sequence}"), u32::from(n)));
                let codes = ("code_failures".to_owned(), u32::from(license.code_failures()));
                (state::digest(license), named.chain([codes]).collect())
            }
        };
        Ok(StateResult { digest: Bytes(digest.to_vec()), counters })
    }
}

impl Serve for PrimitiveCmac {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<MacResult, Fail> {
        Ok(MacResult { mac: Array(mac::cmac(&self.key.0, &[&self.data.0])) })
    }
}

impl Serve for PrimitiveCtr {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<DataResult, Fail> {
        let Bytes(mut data) = self.data;
        protect::ctr(&self.key.0, self.block.0, &mut data);
        Ok(DataResult { data: Bytes(data) })
    }
}

impl Serve for PrimitiveKdf {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<KdfResult, Fail> {
        if !self.label.is_ascii() {
            return fault("label is ASCII");
        }
        let label = self.label.as_bytes();
        let key = match self.bits {
            Bits::B128 => kdf::kdf::<1>(&self.key.0, label, &self.context.0).as_flattened().to_vec(),
            Bits::B256 => kdf::kdf::<2>(&self.key.0, label, &self.context.0).as_flattened().to_vec(),
        };
        Ok(KdfResult { key: Bytes(key) })
    }
}

impl Serve for PrimitiveKeyWrap {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<WrapResult, Fail> {
        Ok(WrapResult { wrapped: Array(keywrap::wrap(&Key::new(self.kek.0), &Key::new(self.key.0))) })
    }
}

impl Serve for PrimitiveKeyUnwrap {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<UnwrapResult, Fail> {
        let key = keywrap::unwrap(&Key::new(self.kek.0), &self.wrapped.0)?;
        Ok(UnwrapResult { key: Array(*key.expose()) })
    }
}

fn radix_of(hexadecimal: bool) -> Radix {
    if hexadecimal { Radix::Hexadecimal } else { Radix::Decimal }
}

impl Serve for PrimitiveCheckDigit {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<DigitResult, Fail> {
        let radix = radix_of(self.hexadecimal);
        let are_digits = self.digits.chars().all(|c| c.is_digit(radix.base()));
        if !are_digits || !(1..=64).contains(&self.digits.len()) {
            return fault("digits: 1 to 64 digits");
        }
        Ok(DigitResult { digit: check_digit(&self.digits, radix).to_string() })
    }
}

impl Serve for PrimitiveResponse {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<ResponseResult, Fail> {
        if self.fields.len() > 8 {
            return fault("at most 8 fields");
        }
        let form = Form {
            mode: self.mode.byte(),
            index: self.application.byte(),
            length: self.length.byte(),
            radix: radix_of(self.hexadecimal),
            check_digit: self.check_digit,
        };
        let moment = Moment { step: self.step.0, event: self.event.0 };
        let fields: Vec<&[u8]> = self.fields.iter().map(|field| field.0.as_slice()).collect();
        Ok(ResponseResult { response: response(&Key::new(self.key.0), form, moment, &fields) })
    }
}

impl Serve for FrameParse {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<FrameResult, Fail> {
        let bytes = hex::decode(&self.message)?;
        let frame = Frame::decode(&bytes, carrier_of(self.carrier))?;
        let Header { kind, protection, serial, nonce } = frame.header;
        Ok(FrameResult {
            version: 0, // FRM-5: any other is refused
            r#type: u32::from(kind.number()),
            protection: protection.map_or(0, |protection| u32::from(protection.number())),
            serial: serial.to_string(),
            nonce: Array(nonce),
            body: Bytes(frame.body.to_vec()),
            tag: Array(*frame.tag),
        })
    }
}

impl Serve for FrameSeal {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<Message, Fail> {
        let Bytes(body) = self.body;
        if body.len() > Carrier::Gateway.max_body() {
            return fault("body: at most 2078 bytes");
        }
        let kind = match self.r#type.get() {
            1 => Kind::Activation2,
            2 => Kind::Deactivation,
            _ => Kind::Request,
        };
        let protection = protection_of(self.protection);
        let serial = serial_of(&self.serial)?;
        let header = Header { kind, protection: Some(protection), serial, nonce: self.nonce.0 }.encode();
        let keys = ChannelKeys::new(&Key::new(self.key.0), protection, Direction::ToClient);
        let (body, tag) = seal(&keys, &header, body);
        Ok(message_of(&Frame::encode(&header, &body, &tag)))
    }
}

impl Serve for FrameOpen {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<BodyResult, Fail> {
        let bytes = hex::decode(&self.message)?;
        let frame = Frame::decode(&bytes, Carrier::Gateway)?;
        let kind = frame.header.kind;
        let found = Found::Number(u64::from(kind.number()));
        ensure(!matches!(kind, Kind::Activation1 | Kind::Information), CLI_2, found)?;
        let Some(protection) = frame.header.protection else {
            return Ok(refuse(CLI_2, found)?);
        };
        let keys = ChannelKeys::new(&Key::new(self.key.0), protection, Direction::ToClient);
        let body = open(&keys, frame.header_bytes, frame.body, frame.tag)?;
        Ok(BodyResult { body: Bytes(body.to_vec()) })
    }
}

impl Serve for ClientCreate {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let static_vector = match &self.static_vector {
            Some(Bytes(bytes)) => Some(StaticVector::decode(bytes)?),
            None => None,
        };
        let given = self.random.and_then(|random| random.installation_salt);
        let installation_salt = engine.draw(given.map(|salt| salt.0));
        let client = Client::new(Config {
            static_vector,
            platform_data: self.platform_data.0,
            installation_salt,
            device_type: self.device_type.byte(),
            app_version: self.app_version.byte(),
            rooted: self.rooted,
            root_policy: match self.root_policy {
                protocol::RootPolicy::Allow => RootPolicy::Allow,
                protocol::RootPolicy::Block => RootPolicy::Block,
            },
        });
        engine.add(session, Session::Client(Box::new(client)));
        Ok(Nothing {})
    }
}

impl Serve for ClientActivateLicense {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<DeviceCodeResult, Fail> {
        let device_code = engine.client(session)?.activate_license(&self.message)?;
        Ok(DeviceCodeResult { device_code })
    }
}

impl Serve for ClientActivateInstance {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<ActivatedResult, Fail> {
        let activated = engine.client(session)?.activate_instance(&self.message, self.now)?;
        Ok(ActivatedResult {
            serial: activated.serial.to_string(),
            sequence: u32::from(activated.sequence.number()),
            signature: activated.signature,
        })
    }
}

impl Serve for ClientOpen {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<OpenResult, Fail> {
        let shown = engine.client(session)?.open(&self.message, carrier_of(self.carrier))?;
        let Content::List { title, items } = shown.request.content;
        Ok(OpenResult {
            serial: shown.serial.to_string(),
            sequence: u32::from(shown.sequence.number()),
            application: u32::from(shown.request.application),
            template: u32::from(shown.request.template),
            require_pin: shown.request.require_pin,
            title,
            items,
        })
    }
}

impl Serve for ClientSign {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SignResult, Fail> {
        let pin = match self.pin {
            protocol::Pin::Right => Pin::Right,
            protocol::Pin::Wrong => Pin::Wrong,
            protocol::Pin::Cached => Pin::Cached,
        };
        let decision = if self.approved { Decision::Approve(pin) } else { Decision::Reject };
        let signature = engine.client(session)?.sign(decision, self.now)?;
        Ok(SignResult { signature })
    }
}

impl Serve for ServerCreate {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let serial = serial_of(&self.serial)?;
        let static_vector = StaticVector::decode(&self.static_vector.0)?;
        let given = self.random.and_then(|random| random.payload_key);
        let payload_key = self.secure_channel.then(|| Key::new(engine.draw(given.map(|key| key.0))));
        let origin = Origin {
            serial,
            license_key: Key::new(self.license_key.0),
            static_vector,
            static_vector_bytes: self.static_vector.0,
            payload_key,
            last_counter: self.last_counter,
        };
        let settings = Settings {
            policy: Policy {
                activation: protection_of(self.activation_protection),
                messages: protection_of(self.message_protection),
                post_activation: self.post_activation.byte(),
            },
            activation_validity_days: u16::try_from(self.activation_validity_days.get()).unwrap_or(u16::MAX),
            message_age_limit_s: self.message_age_limit_s,
            threshold: self.threshold.byte(),
            code_tries: self.code_tries.byte(),
            signature_tries: self.signature_tries.byte(),
            window: u16::try_from(self.window.get()).unwrap_or(u16::MAX),
            look_ahead: u16::try_from(self.look_ahead.get()).unwrap_or(u16::MAX),
        };
        let license = License::new(origin, settings)?;
        engine.add(session, Session::Server(Box::new(license)));
        Ok(Nothing {})
    }
}

impl Serve for ServerGenerateActivation1 {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Message, Fail> {
        let given = self.random.and_then(|random| random.challenge);
        let mut challenge = engine.draw(given.map(|challenge| challenge.0));
        while challenge == [0; 8] {
            challenge = engine.draw(None);
        }
        let challenge = self.with_challenge.then_some(challenge);
        let frame =
            engine.server(session)?.generate_activation1(challenge, self.with_static_vector, self.now);
        Ok(message_of(&frame))
    }
}

impl Serve for ServerVerifyDeviceCode {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<DeviceResult, Fail> {
        let device = engine.server(session)?.verify_device_code(&self.device_code, self.now)?;
        Ok(DeviceResult { device_type: u32::from(device.kind), device_id: Array(device.id) })
    }
}

impl Serve for ServerGenerateActivation2 {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Activation2Result, Fail> {
        let given = self.random.and_then(|random| random.instance_salt);
        let salt = engine.draw(given.map(|salt| salt.0));
        let (sequence, frame) = engine.server(session)?.generate_activation2(salt, self.now)?;
        Ok(Activation2Result { message: hex::encode(&frame), sequence: u32::from(sequence.number()) })
    }
}

impl Serve for ServerGenerateRequest {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Message, Fail> {
        if !(1..=16).contains(&self.items.len()) || self.items.iter().any(|(key, _)| key.is_empty()) {
            return fault("items: 1 to 16, each with a key");
        }
        let request = Request {
            minimum_version: self.minimum_version.byte(),
            require_pin: self.require_pin,
            template: self.template.byte(),
            charset: match self.charset {
                protocol::Charset::Utf8 => Charset::Utf8,
                protocol::Charset::Iso8859_15 => Charset::Iso8859_15,
            },
            application: self.application.byte(),
            content: Content::List { title: self.title, items: self.items },
        };
        let frame = engine.server(session)?.generate_request(&request, carrier_of(self.carrier), self.now)?;
        Ok(message_of(&frame))
    }
}

impl Serve for ServerVerifyMessageSignature {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let Some(sequence) = Sequence::new(self.sequence.byte()) else {
            return fault("sequence is 1..=99");
        };
        engine.server(session)?.verify_message_signature(
            sequence,
            &self.message,
            &self.signature,
            self.now,
        )?;
        Ok(Nothing {})
    }
}
