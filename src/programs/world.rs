//! What a program has come to so far: its steps, what the reference answered, and what of it can be used again.
//!
//! An [`Item`] is something that was given, with all that goes with it by the names of the parameters that want it: a
//! signature with its message, the instance that signed, the session of its server, and what that one was made with. So
//! the next question about it is a sensible one, without anybody knowing all operations.

use channel::bytes::Wire;
use channel::text::hex;
use channel::wire::static_vector::StaticVector;
use peer::engine::Engine;
use serde_json::{Map, Value, json};

use crate::luck::Luck;
use crate::step::{Step, resolve};

/// Values by the names of parameters, as they stand in a program. The sessions that belong to them by the word of their
/// [`Role`]; `time` is when it was issued.
pub(crate) type Context = Map<String, Value>;

/// What kind of thing was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pool {
    /// A session of a role.
    Session(Role),
    /// An account of a client, and its instance at the server.
    Account,
    /// The same of single-device licensing.
    Single,
    /// An activation message 1.
    Am1,
    /// A device code.
    Code,
    /// A server has verified a device.
    Verified,
    /// An activation message 2, and so an instance.
    Am2,
    /// A request of formats 0 to 2, or login details.
    Request,
    /// A message on display.
    Display,
    /// The same, by a URL.
    Called,
    /// A signature over a message.
    Signature,
    /// A response without a message.
    Response,
    /// A deactivation.
    Deactivation,
    /// An unlock challenge.
    Challenge,
    /// The response to it.
    Unlock,
    /// A client's state.
    State,
    /// That of a single-device client, or license.
    SingleState(Role),
    /// What a caller keeps for the server.
    Blob,
    /// A BLOB's content.
    Content,
    /// A license file.
    File,
    /// A login session.
    Login,
    /// An information message.
    Information,
    /// A client that another app may call.
    Configured,
    /// A URL of another app.
    Url,
    /// A callback that was called.
    Callback,
    /// A gateway string.
    Gateway,
    /// An activation code.
    ActivationCode,
    /// Full activation data.
    Online,
    /// A derivation code.
    Derivation,
    /// An event reactivation counter.
    Counter,
    /// A message taken apart.
    Frame,
    /// Any message, put together again.
    Sealed,
    /// A message vector.
    Vector,
    /// A file of activation codes.
    Log,
    /// A wrapped key.
    Wrapped,
}

/// Who keeps a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Multi-device.
    Client,
    /// Multi-device.
    Server,
    /// Single-device.
    SingleClient,
    /// Single-device.
    SingleServer,
}

impl Role {
    /// All of them.
    pub(crate) const ALL: [Role; 4] = [Role::Client, Role::Server, Role::SingleClient, Role::SingleServer];

    /// Whose operation it is, by its name.
    pub(crate) fn of(op: &str) -> Option<Self> {
        let (side, name) = op.split_once('.')?;
        match (side, name.starts_with("single_")) {
            ("client", false) => Some(Role::Client),
            ("server", false) => Some(Role::Server),
            ("client", true) => Some(Role::SingleClient),
            ("server", true) => Some(Role::SingleServer),
            _ => None,
        }
    }

    /// The name of its session in a context.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
            Role::SingleClient => "single_client",
            Role::SingleServer => "single_server",
        }
    }

    /// The operation that makes it.
    pub(crate) fn maker(self) -> &'static str {
        match self {
            Role::Client => "client.create",
            Role::Server => "server.create",
            Role::SingleClient => "client.single_create",
            Role::SingleServer => "server.single_create",
        }
    }

    /// The other side.
    pub(crate) fn other(self) -> Self {
        match self {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
            Role::SingleClient => Role::SingleServer,
            Role::SingleServer => Role::SingleClient,
        }
    }

    /// Where it stands with the other side.
    pub(crate) fn account(self) -> Pool {
        match self {
            Role::Client | Role::Server => Pool::Account,
            Role::SingleClient | Role::SingleServer => Pool::Single,
        }
    }
}

/// Something that was given.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) pool: Pool,
    pub(crate) with: Context,
}

impl Item {
    /// Whether both can be about the same: no session of one role is another.
    pub(crate) fn fits(&self, with: &Context) -> bool {
        let same = |role: &Role| match (self.with.get(role.word()), with.get(role.word())) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        Role::ALL.iter().all(same)
    }
}

/// A program in the making.
pub(crate) struct World {
    pub(crate) luck: Luck,
    /// The clock of servers.
    pub(crate) now: u32,
    pub(crate) steps: Vec<Step>,
    /// The result of each step, where it was accepted.
    answers: Vec<Option<Value>>,
    pub(crate) items: Vec<Item>,
    /// Whether it is about unlocking, for which not every static vector has an application.
    pub(crate) unlocks: bool,
    /// Whether what is drawn is usual: while a program begins that is to get deep.
    pub(crate) usual: bool,
    /// By how much the clocks of clients are ahead.
    pub(crate) ahead: i64,
    /// The end of a range of refused characters that is asked next.
    pub(crate) refused: usize,
    /// Where those begin that the last accepted step gave.
    pub(crate) fresh: usize,
    /// The highest number in the name of a session.
    pub(crate) sessions: usize,
    engine: Engine,
}

/// When a program begins: far from both ends of what 32 bits hold.
const START: u32 = 1_790_000_000;

impl World {
    /// Nothing yet.
    pub(crate) fn new(mut luck: Luck, usual: bool) -> Self {
        let mut own = luck.clone();
        let engine =
            Engine::new(Box::new(move |bytes: &mut [u8]| bytes.copy_from_slice(&own.bytes(bytes.len()))));
        let now = match luck.below(20) {
            0 if !usual => luck.one(&[0, 1, 50_000, u32::MAX, u32::MAX - 1, u32::MAX - 5_000], 0),
            _ => START + u32::from(luck.array::<1>()[0]) * 7,
        };
        Self {
            refused: luck.below(1000),
            luck,
            now,
            steps: Vec::new(),
            answers: Vec::new(),
            items: Vec::new(),
            unlocks: false,
            usual,
            ahead: 0,
            fresh: 0,
            sessions: 0,
            engine,
        }
    }

    /// The reference plays a step, which is the next of the program. Its result, if it is accepted.
    pub(crate) fn play(&mut self, step: Step) -> Option<&Value> {
        let answer = step.resolved(&self.answers).and_then(|params| {
            let mut question = json!({"seq": self.steps.len(), "op": step.op, "params": params});
            if let (Some(session), Some(members)) = (&step.session, question.as_object_mut()) {
                members.insert("session".into(), json!(session));
            }
            let answer = self.engine.answer(question.to_string().as_bytes());
            let mut answer: Value = serde_json::from_slice(&answer).ok()?;
            answer.get_mut("ok").map(Value::take)
        });
        self.steps.push(step);
        self.answers.push(answer);
        self.answers.last()?.as_ref()
    }

    /// What a value of the program is by the reference's answers.
    pub(crate) fn value(&self, value: &Value) -> Value {
        resolve(value, &self.answers).unwrap_or_default()
    }

    /// The same of a name in a context, where it is a text.
    pub(crate) fn text(&self, with: &Context, name: &str) -> Option<String> {
        match self.value(with.get(name)?) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The same, where it is a number.
    pub(crate) fn number(&self, with: &Context, name: &str) -> Option<u32> {
        u32::try_from(self.value(with.get(name)?).as_u64()?).ok()
    }

    /// The same, where it is bytes.
    pub(crate) fn bytes(&self, with: &Context, name: &str) -> Option<Vec<u8>> {
        hex::decode(&self.text(with, name)?).ok()
    }

    /// The same, where it is so many of them.
    pub(crate) fn array<const N: usize>(&self, with: &Context, name: &str) -> Option<[u8; N]> {
        self.bytes(with, name)?.try_into().ok()
    }

    /// The static vector of a context.
    pub(crate) fn vector(&self, with: &Context) -> Option<StaticVector> {
        let name = if with.get("license_vector").is_some() { "license_vector" } else { "static_vector" };
        StaticVector::decode(&self.bytes(with, name)?).ok()
    }

    /// The answer of the last step, where it was accepted.
    pub(crate) fn last(&self) -> Option<&Value> {
        self.answers.last()?.as_ref()
    }

    /// An item of these pools: mostly a late one.
    pub(crate) fn item(&mut self, pools: &[Pool], fits: impl Fn(&Item) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..self.items.len())
            .filter(|at| self.items.get(*at).is_some_and(|item| pools.contains(&item.pool) && fits(item)))
            .collect();
        match self.luck.percent(55) {
            true => all.last().copied(),
            false => self.luck.pick(&all).copied(),
        }
    }

    /// A name that no session has.
    pub(crate) fn session(&mut self) -> String {
        self.sessions += 1;
        let name = format!("s{}", self.sessions);
        match self.luck.below(24) {
            0 => format!("{name:é<64}"),
            1 => format!("{name:-<64}"),
            _ => name,
        }
    }

    /// Bytes that nobody has seen, as hexadecimal text.
    pub(crate) fn drawn(&mut self, length: usize) -> Value {
        let bytes = self.luck.bytes(length);
        Value::from(hex::encode(&bytes))
    }
}
