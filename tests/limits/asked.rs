//! A question beside what is known of its session: what it measures, in the unit of a limit.

use std::cell::OnceCell;
use std::cell::RefCell;

use channel::crypto::kdf::{self, Device};
use channel::crypto::keys::{Channel, Key};
use channel::crypto::mac::hmac_sha256;
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::static_vector::StaticVector;
use harness::forge::state::Saved;
use harness::forge::{Plain, single};
use peer::engine::Engine;
use serde_json::{Value, json};

/// Under which a fork saves what it has.
const OWN_KEY: [u8; 16] = [0; 16];

/// What a session has accepted since it was made.
#[derive(Default)]
pub(crate) struct Past {
    pub(crate) steps: Vec<(&'static str, Value, Value)>,
}

impl Past {
    pub(crate) fn takes(&mut self, op: &'static str, params: Value, result: Value) {
        let makes = ["create", "load", "import"].iter().any(|end| op.ends_with(end));
        if makes && !op.ends_with("reimport") && op != "server.load_blob" {
            self.steps.clear();
        }
        if op != "state" {
            self.steps.push((op, params, result));
        }
    }
}

/// A question, before it is answered.
pub(crate) struct Asked<'a> {
    pub(crate) op: &'static str,
    pub(crate) params: &'a Value,
    pub(crate) past: &'a Past,
    before: RefCell<Engine>,
    session: Option<&'a Value>,
    saved: OnceCell<Option<Saved>>,
    plain: OnceCell<Option<Plain>>,
    vectors: OnceCell<Vec<Vec<u8>>>,
    loaded: OnceCell<Option<Saved>>,
    content: OnceCell<Option<single::Fields>>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(
        op: &'static str,
        params: &'a Value,
        past: &'a Past,
        before: Engine,
        session: Option<&'a Value>,
    ) -> Self {
        Self {
            op,
            params,
            past,
            before: RefCell::new(before),
            session,
            saved: OnceCell::new(),
            plain: OnceCell::new(),
            vectors: OnceCell::new(),
            loaded: OnceCell::new(),
            content: OnceCell::new(),
        }
    }

    /// A parameter that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.params.get(name)?.as_str()
    }

    /// A parameter that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<i128> {
        Some(self.params.get(name)?.as_u64()?.into())
    }

    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        hex::decode(self.text(name)?).ok()
    }

    /// What the session would answer now.
    pub(crate) fn would(&self, op: &str, params: Value) -> Option<Value> {
        let mut line = json!({"seq": 0, "op": op, "params": params});
        line["session"] = self.session?.clone();
        let answer = self.before.borrow_mut().answer(line.to_string().as_bytes());
        serde_json::from_slice::<Value>(&answer).ok()?.get("ok").cloned()
    }

    /// The counter of the session with this name, or which begins so.
    pub(crate) fn counter(&self, name: &str) -> Option<i128> {
        Some(self.would("state", json!({}))?.pointer("/counters")?.get(name)?.as_u64()?.into())
    }

    /// The last parameter of this name by which the session was made, or made anew.
    pub(crate) fn made(&self, name: &str) -> Option<&'a Value> {
        let makes = |op: &str| ["create", "load", "import", "reimport"].iter().any(|end| op.ends_with(end));
        let all = self.past.steps.iter().rev().filter(|(op, ..)| makes(op) && *op != "server.load_blob");
        all.filter_map(|(_, params, _)| params.pointer(&format!("/{name}"))).next()
    }

    pub(crate) fn made_number(&self, name: &str) -> Option<i128> {
        Some(self.made(name)?.as_u64()?.into())
    }

    /// The frame that the question brings.
    pub(crate) fn frame(&self) -> Option<Vec<u8>> {
        hex::decode(&self.message()?).ok()
    }

    pub(crate) fn message(&self) -> Option<String> {
        if let Some(text) = self.text("message") {
            return Some(text.to_owned());
        }
        let (_, query) = self.text("url")?.split_once('?')?;
        let message = query.split('&').filter_map(|part| part.split_once('='));
        let mut found = message.filter(|(name, _)| name.eq_ignore_ascii_case("secure_message"));
        Some(found.next()?.1.to_owned())
    }

    /// The state of the client, as it is saved.
    pub(crate) fn saved(&self) -> Option<&Saved> {
        self.saved
            .get_or_init(|| {
                let saved = self.would("client.save", json!({"platform_key": hex::encode(&OWN_KEY)}))?;
                let state = hex::decode(saved.get("state")?.as_str()?).ok()?;
                Some(Saved::of(OWN_KEY, &state))
            })
            .as_ref()
    }

    /// The accounts of the saved client, by place.
    pub(crate) fn places(&self) -> Vec<u8> {
        let Some(saved) = self.saved() else { return Vec::new() };
        (0..saved.field("accounts").last().copied().unwrap_or(0)).collect()
    }

    /// Channel keys that the session might open the message with.
    fn keys(&self, kind: u16) -> Vec<Key<Channel>> {
        let mut keys: Vec<Key<Channel>> = Vec::new();
        let literal = self.bytes("key").and_then(|key| <[u8; 16]>::try_from(key).ok());
        keys.extend(literal.map(Key::new));
        if self.op.starts_with("server.") {
            let key = self.made("random/payload_key").and_then(Value::as_str);
            let key =
                key.and_then(|key| hex::decode(key).ok()).and_then(|key| <[u8; 16]>::try_from(key).ok());
            keys.extend(key.map(Key::new));
        } else if let Some(saved) = self.saved() {
            for place in self.places() {
                let serial = saved.field(&format!("{place}/serial")).try_into().ok();
                let Some(serial) = serial.and_then(|five: [u8; 5]| serial_of(five)) else { continue };
                let opened = |field: &str, label: &str, number: u8| {
                    let sealed = saved.field(&format!("{place}/{field}")).get(..16)?.try_into().ok()?;
                    // Counter mode: what seals also opens.
                    saved.seal(label, serial, [number, 0], sealed).get(..16)?.try_into().ok()
                };
                match kind {
                    1 => keys.extend(opened("license-key", "client-license", 2).and_then(|key| {
                        let am1 = saved.field(&format!("{place}/pre-am1")).try_into().ok()?;
                        let device = self.device(serial)?;
                        Some(kdf::am2_channel(&Key::new(key), serial, device, &am1))
                    })),
                    _ => {
                        keys.extend(opened("payload-key", "client-payload", 0).map(Key::new));
                        keys.extend(opened("waiting-payload-key", "client-payload", 1).map(Key::new));
                    }
                }
            }
        }
        keys
    }

    /// DVC-2, of this client.
    fn device(&self, serial: Serial) -> Option<Device> {
        let saved = self.saved()?;
        let state = saved.state();
        let platform = hex::decode(self.made("platform_data")?.as_str()?).ok()?;
        let mac = hmac_sha256(state.get(16..32)?, &[&serial.to_bytes()[..], &platform].concat());
        let kind = *saved.field("device-type").first()?;
        Some(Device { kind, id: mac.get(..5)?.try_into().ok()? })
    }

    /// The message in clear, where it is authentic.
    pub(crate) fn plain(&self) -> Option<&Plain> {
        self.plain
            .get_or_init(|| {
                let message = self.message()?;
                let frame = hex::decode(&message).ok()?;
                if !(23..=2101).contains(&frame.len()) {
                    return None;
                }
                let word = u16::from_be_bytes([*frame.first()?, *frame.get(1)?]);
                let kind = word >> 6 & 0x3F;
                let upper = message.to_ascii_uppercase();
                if kind == 0 {
                    return Plain::of(&message, None).ok().filter(|plain| plain.message(None) == upper);
                }
                let all = self.keys(kind);
                all.iter().find_map(|key| {
                    let plain = Plain::of(&message, Some(key)).ok()?;
                    (plain.message(Some(key)) == upper).then_some(plain)
                })
            })
            .as_ref()
    }

    pub(crate) fn body(&self) -> Option<&[u8]> {
        self.plain().map(|plain| &plain.body[..])
    }

    /// The counter in the nonce of its message.
    pub(crate) fn message_counter(&self) -> Option<i128> {
        let [_, _, _, _, counter @ ..] = self.plain()?.nonce;
        Some(u32::from_be_bytes(counter).into())
    }

    /// The account of a client that the serial number in the message, or the parameter, names.
    pub(crate) fn place(&self) -> Option<u8> {
        let five = match self.text("serial") {
            Some(serial) => serial.parse::<Serial>().ok()?.to_bytes(),
            None => self.frame()?.get(2..7)?.try_into().ok()?,
        };
        let saved = self.saved()?;
        self.places().into_iter().find(|place| saved.field(&format!("{place}/serial")) == five)
    }

    /// A number in the account of [`Self::place`].
    pub(crate) fn saved_number(&self, name: &str) -> Option<i128> {
        let field = self.saved()?.field(&format!("{}/{name}", self.place()?));
        if field.is_empty() { None } else { Some(number(field)) }
    }

    /// A client's state in the question.
    pub(crate) fn loaded(&self) -> Option<&Saved> {
        let load = || {
            let key = self.bytes("platform_key")?.try_into().ok()?;
            let state = self.bytes("state")?;
            let saved = Saved::of(key, &state);
            (saved.state() == state).then_some(saved)
        };
        if self.op != "client.load" {
            return None;
        }
        self.loaded.get_or_init(load).as_ref()
    }

    /// The fields of a single-device state in the question.
    pub(crate) fn content(&self) -> Option<&single::Fields> {
        let open = || {
            let state = self.bytes("state")?;
            let key = |name: &str| self.bytes(name)?.try_into().ok();
            match self.op {
                "client.single_load" => Some(single::Client::of(key("platform_key")?, &state).content),
                _ => Some(single::License::of(key("storage_key")?, &state).content),
            }
        };
        if !["client.single_load", "server.single_load"].contains(&self.op) {
            return None;
        }
        self.content.get_or_init(open).as_ref()
    }

    /// The static vectors that the question brings, as bytes.
    pub(crate) fn vectors(&self) -> &[Vec<u8>] {
        self.vectors.get_or_init(|| {
            let carried = self.carried_vectors().unwrap_or_default();
            self.bytes("static_vector").into_iter().chain(carried).collect()
        })
    }

    /// Those that stand in a message, a state or a file.
    fn carried_vectors(&self) -> Option<Vec<Vec<u8>>> {
        let mut all = Vec::new();
        match self.op {
            "client.activate_license" => all.push(self.body()?.get(31..)?.to_vec()),
            "client.load" => {
                let saved = self.loaded()?;
                let names = ["vector", "waiting-vector", "pre-vector"];
                all.extend(names.map(|name| saved.field(&format!("0/{name}")).to_vec()));
            }
            "client.single_load" | "server.single_load" => {
                let content = self.content()?;
                all.extend(["vector", "kept-vector"].map(|name| content.field(name).to_vec()));
            }
            "client.single_activate_online" => {
                let content = crate::measures::plain_content(self)?;
                let length = usize::try_from(number(content.get(25..27)?)).ok()?;
                all.push(content.get(27..27 + length)?.to_vec());
            }
            "export_svf.read" => {
                let text = String::from_utf8(self.bytes("file")?).ok()?;
                all.push(hex::decode(text.strip_suffix('\n')?).ok()?);
            }
            "license_file.read" | "server.import" | "server.reimport" => {
                let lines = self.lines()?;
                let (_, rest) = lines.first()?.split_once("\"static_vector\":\"")?;
                all.push(hex::decode(rest.split_once('"')?.0).ok()?);
            }
            _ => {}
        }
        Some(all)
    }

    /// The lines of a file.
    pub(crate) fn lines(&self) -> Option<Vec<String>> {
        let text = String::from_utf8(self.bytes("file")?).ok()?;
        Some(text.split_terminator('\n').map(str::to_owned).collect())
    }

    /// The static vector by which an account or license answers.
    pub(crate) fn vector(&self) -> Option<StaticVector> {
        use channel::bytes::Wire;
        let made = self.made("static_vector").and_then(Value::as_str).and_then(|text| hex::decode(text).ok());
        let bytes = match (self.op, self.place()) {
            (op, Some(place)) if op.starts_with("client.") => {
                self.saved()?.field(&format!("{place}/vector")).to_vec()
            }
            _ => made?,
        };
        StaticVector::decode(&bytes).ok()
    }
}

pub(crate) fn serial_of(five: [u8; 5]) -> Option<Serial> {
    Serial::from_bytes(five).ok()
}

/// Bytes as one number.
pub(crate) fn number(bytes: &[u8]) -> i128 {
    bytes.iter().fold(0, |number, byte| number << 8 | i128::from(*byte))
}
