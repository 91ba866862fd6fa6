//! The reference implementation behind the peer protocol: a line in, a line out.
//!
//! `counterproof peer` serves it over a pipe, the harness asks it in process: as the other side of a case,
//! and as the shadow whose answers the peer's are compared with.

mod app2app;
mod carrier;
mod client;
mod formats;
mod oath;
mod peer;
mod primitive;
mod push;
mod server;
mod single_client;
mod single_formats;
mod single_server;

pub use peer::claims;

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use super::json::error_words;
use super::operations::*;
use super::protocol::{self, Answer, MAX_QUESTION, Message, Operation, Question, Refused};
use super::shape::Shape;
use channel::client::Client;
use channel::client::single::SingleClient;
use channel::crypto::protect::Protection;
use channel::error::Refusal;
use channel::serial::{Sequence, Serial};
use channel::server::single::SingleLicense;
use channel::server::{License, Logins};
use channel::text::hex;
use channel::wire::data;
use channel::wire::frame::Carrier;

/// Bytes that hold nearly every answer, so that it is not moved while it grows.
const USUAL_ANSWER: usize = 1024;

/// Fills a buffer with random bytes.
pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;

/// The reference: any number of independent sessions.
pub struct Engine {
    sessions: HashMap<String, Session>,
    random: Random,
}

#[derive(Clone)]
enum Session {
    Client(Box<Client>),
    Server(Box<Licensed>),
    SingleClient(Box<SingleClient>),
    SingleServer(Box<SingleLicense>),
}

/// A license, and the logins asked of it.
#[derive(Clone, Hash)]
struct Licensed {
    license: License,
    logins: Logins,
}

impl Session {
    fn server(license: License) -> Self {
        Session::Server(Box::new(Licensed { license, logins: Logins::default() }))
    }
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
    shape: Shape,
    session: bool,
    serve: fn(&mut Engine, &str, &RawValue, &mut Vec<u8>) -> Result<(), Fail>,
}

const fn entry<Op: Serve>() -> Entry {
    Entry { shape: Shape::of::<Op>(), session: Op::SESSION, serve: serve::<Op> }
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

/// A static: a constant would be compiled again wherever it is looked at, with all that it names.
static OPERATIONS: &[Entry] = &[
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
    entry::<PrimitiveHotp>(),
    entry::<PrimitiveTotp>(),
    entry::<PrimitiveOcra>(),
    entry::<PrimitivePercentDecode>(),
    entry::<FrameParse>(),
    entry::<FrameSeal>(),
    entry::<FrameOpen>(),
    entry::<MessageVectorEncode>(),
    entry::<MessageVectorText>(),
    entry::<LicenseFileWrite>(),
    entry::<LicenseFileRead>(),
    entry::<BlobSeal>(),
    entry::<BlobOpen>(),
    entry::<QrWrite>(),
    entry::<QrRead>(),
    entry::<App2AppBuild>(),
    entry::<App2AppParse>(),
    entry::<App2AppRead>(),
    entry::<ClientCreate>(),
    entry::<ClientActivateLicense>(),
    entry::<ClientActivateInstance>(),
    entry::<ClientOpen>(),
    entry::<ClientClose>(),
    entry::<ClientSign>(),
    entry::<ClientDeactivate>(),
    entry::<ClientGenerateResponse>(),
    entry::<ClientGenerateUnlockChallenge>(),
    entry::<ClientUnlock>(),
    entry::<ClientAccounts>(),
    entry::<ClientMarkConfirmed>(),
    entry::<ClientRemove>(),
    entry::<ClientSave>(),
    entry::<ClientLoad>(),
    entry::<ClientSetApp2App>(),
    entry::<ClientDispatch>(),
    entry::<ClientAnswer>(),
    entry::<ServerCreate>(),
    entry::<ServerGenerateActivation1>(),
    entry::<ServerVerifyDeviceCode>(),
    entry::<ServerGenerateActivation2>(),
    entry::<ServerGenerateRequest>(),
    entry::<ServerVerifyMessageSignature>(),
    entry::<ServerGenerateDeactivation>(),
    entry::<ServerVerifyResponse>(),
    entry::<ServerGenerateUnlockResponse>(),
    entry::<ServerUnlockInstance>(),
    entry::<ServerRestored>(),
    entry::<ServerResynchronise>(),
    entry::<ServerImport>(),
    entry::<ServerReimport>(),
    entry::<ServerInstance>(),
    entry::<ServerSealBlob>(),
    entry::<ServerLoadBlob>(),
    entry::<PushRead>(),
    entry::<PushContent>(),
    entry::<ClientGenerateInformation>(),
    entry::<ClientLoginIdentity>(),
    entry::<ServerProcessInformation>(),
    entry::<ServerLoginStart>(),
    entry::<ServerLoginRetrieve>(),
    entry::<ServerLoginApprove>(),
    entry::<ServerLoginReject>(),
    entry::<ServerLoginCancel>(),
    entry::<ServerLoginStatus>(),
    entry::<ActivationCodeWrite>(),
    entry::<ActivationCodeRead>(),
    entry::<ExportSvfRead>(),
    entry::<AcodeLogRead>(),
    entry::<AcodeLogWrite>(),
    entry::<ClientSingleCreate>(),
    entry::<ClientSingleActivate>(),
    entry::<ClientSingleActivateOnline>(),
    entry::<ClientSingleReport>(),
    entry::<ClientSingleRevert>(),
    entry::<ClientSingleStatus>(),
    entry::<ClientSingleChangePassword>(),
    entry::<ClientSingleGenerateResponse>(),
    entry::<ClientSingleGenerateDerivationCode>(),
    entry::<ClientSingleMarkBound>(),
    entry::<ClientSingleSave>(),
    entry::<ClientSingleLoad>(),
    entry::<ServerSingleCreate>(),
    entry::<ServerSingleReimport>(),
    entry::<ServerSingleGenerateActivationCode>(),
    entry::<ServerSingleGenerateFullActivationData>(),
    entry::<ServerSingleGenerateEventReactivationCounter>(),
    entry::<ServerSingleVerifyResponse>(),
    entry::<ServerSingleVerifyDerivationCode>(),
    entry::<ServerSingleUnlock>(),
    entry::<ServerSingleResynchronise>(),
    entry::<ServerSingleSave>(),
    entry::<ServerSingleLoad>(),
];

/// The names of all operations of this edition.
pub fn operation_names() -> impl Iterator<Item = &'static str> {
    shapes().map(|shape| shape.name)
}

/// The shapes of all operations of this edition.
pub fn shapes() -> impl Iterator<Item = &'static Shape> {
    OPERATIONS.iter().map(|entry| &entry.shape)
}

/// The shape of an operation.
pub fn shape(name: &str) -> Option<&'static Shape> {
    entry_of(name).map(|entry| &entry.shape)
}

/// Whether an operation belongs to no session.
pub fn is_without_session(name: &str) -> bool {
    entry_of(name).is_some_and(|entry| !entry.session)
}

fn entry_of(name: &str) -> Option<&'static Entry> {
    OPERATIONS.iter().find(|entry| entry.shape.name == name)
}

impl Engine {
    /// An engine without sessions, drawing what nobody supplies from `random`.
    pub fn new(random: Random) -> Self {
        Self { sessions: HashMap::new(), random }
    }

    /// Another engine that has this session alone, if there is one, as it is now: what is asked of it changes nothing here.
    /// What nobody supplies it counts up, so that whoever draws until something is new or is not zero comes to an end.
    pub fn fork(&self, session: &str) -> Self {
        let same = self.sessions.get_key_value(session);
        let sessions = same.map(|(name, session)| (name.clone(), session.clone())).into_iter().collect();
        let mut drawn = 0u64;
        let random = Box::new(move |bytes: &mut [u8]| {
            drawn += 1;
            bytes.iter_mut().zip(drawn.to_le_bytes().iter().cycle()).for_each(|(byte, new)| *byte = *new);
        });
        Self { sessions, random }
    }

    /// Answers a line with a line; neither has its line end. Of a question that is too long it need not be given all
    /// (PPR-1).
    pub fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        if line.len() > MAX_QUESTION {
            let words = format!("the question is longer than {MAX_QUESTION} bytes");
            return to_line(&Answer { fault: Some(words), ..Answer::default() });
        }
        let question: Question<'_> = match protocol::read(line) {
            Ok(question) => question,
            Err(error) => {
                let seq = readable_seq(line);
                return to_line(&Answer { seq, fault: Some(error_words(line, &error)), ..Answer::default() });
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
        let entry = entry_of(&question.op)?;
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
        self.logins(name).map(|(license, _)| license)
    }

    fn logins(&mut self, name: &str) -> Result<(&mut License, &mut Logins), Fail> {
        match self.sessions.get_mut(name) {
            Some(Session::Server(server)) => Ok((&mut server.license, &mut server.logins)),
            _ => fault("no server session of this name"),
        }
    }

    fn single_client(&mut self, name: &str) -> Result<&mut SingleClient, Fail> {
        match self.sessions.get_mut(name) {
            Some(Session::SingleClient(client)) => Ok(client),
            _ => fault("no single-device client session of this name"),
        }
    }

    fn single_server(&mut self, name: &str) -> Result<&mut SingleLicense, Fail> {
        match self.sessions.get_mut(name) {
            Some(Session::SingleServer(license)) => Ok(license),
            _ => fault("no single-device server session of this name"),
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

/// The number of a line that is no question, where it is one JSON object that has one; of a doubled one the last. The
/// other members aren't looked into: a number among them that no type can hold doesn't hide this one.
fn readable_seq(line: &[u8]) -> Option<u32> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(line).ok()?;
    serde_json::from_str(members.get("seq")?.get()).ok()
}

fn sequence_of(sequence: protocol::Number<1, 99>) -> Result<Sequence, Fail> {
    Sequence::new(sequence.byte()).ok_or_else(|| Fail::Fault("sequence is 1..=99".into()))
}

fn data_of(data: protocol::Data) -> Result<data::Data, Fail> {
    match data {
        protocol::Data::ResponseOnly {} => Ok(data::Data::ResponseOnly),
        protocol::Data::Challenge { challenge } => Ok(data::Data::Challenge(challenge)),
        protocol::Data::Fields { fields } if fields.len() > 8 => fault("at most 8 fields"),
        protocol::Data::Fields { fields } => Ok(data::Data::Fields(fields)),
    }
}
