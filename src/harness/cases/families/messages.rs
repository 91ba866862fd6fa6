//! The messages, each valid and about to be received, and what becomes of a bent one.

use std::ops::Range;

use super::Role;
use crate::bytes::Wire;
use crate::crypto::keys::{Channel, Key};
use crate::crypto::{kdf, keywrap};
use crate::harness::forge::Plain;
use crate::harness::operations::*;
use crate::harness::protocol::{Carrier, Content, Number, Operation};
use crate::harness::scene::{Scene, Show, Stage, Under, list};
use crate::harness::setup::{AGE_LIMIT_S, Setup, app};
use crate::harness::trial::{Party, Stop, Trial};
use crate::rule::{
    AM1_7, AM1_8, AM1_9, AM2_7, CLI_2, CLI_3, CLI_7, CLI_8, CLI_9, CLI_10, DEA_6, FRM_12, PRT_4, Rule, VER_1,
    VER_2, VER_4, VER_6, VER_7,
};
use crate::serial::Serial;
use crate::text::hex;
use crate::wire::activation1::Activation1;
use crate::wire::activation2::Activation2;
use crate::wire::deactivation::Deactivation;
use crate::wire::frame::{Carrier as Limit, Frame, Header, Kind, Nonce};
use crate::wire::request::Request;
use crate::wire::static_vector::StaticVector;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// AM1 with a challenge, with a static vector.
    Activation1 {
        challenge: bool,
        vector: bool,
    },
    /// AM2 with a payload key.
    Activation2 {
        key: bool,
    },
    /// A deactivation.
    Deactivation,
    /// Request formats 0, 1 and 2.
    List,
    Challenge,
    Text,
}

/// A kind of message on its way to one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The part of the ids that names it.
    pub name: &'static str,
    pub form: Form,
    /// 1 or 2; 0 for AM1.
    pub protection: u32,
    /// Whether the server verifies it, with its signature; else the client takes it.
    pub at_server: bool,
}

const fn at_client(name: &'static str, form: Form, protection: u32) -> Message {
    Message { name, form, protection, at_server: false }
}

const fn at_server(name: &'static str, form: Form, protection: u32) -> Message {
    Message { name, form, protection, at_server: true }
}

/// Every message of the channel, as received.
pub(super) const MESSAGES: [Message; 19] = [
    at_client("am1-plain", Form::Activation1 { challenge: false, vector: false }, 0),
    at_client("am1-challenge", Form::Activation1 { challenge: true, vector: false }, 0),
    at_client("am1-vector", Form::Activation1 { challenge: true, vector: true }, 0),
    at_client("am2-1", Form::Activation2 { key: true }, 1),
    at_client("am2-2", Form::Activation2 { key: true }, 2),
    at_client("am2-no-key-1", Form::Activation2 { key: false }, 1),
    at_client("am2-no-key-2", Form::Activation2 { key: false }, 2),
    at_client("deactivation-1", Form::Deactivation, 1),
    at_client("deactivation-2", Form::Deactivation, 2),
    at_client("request-list-1", Form::List, 1),
    at_client("request-list-2", Form::List, 2),
    at_client("request-challenge-1", Form::Challenge, 1),
    at_client("request-challenge-2", Form::Challenge, 2),
    at_client("request-text-1", Form::Text, 1),
    at_client("request-text-2", Form::Text, 2),
    at_server("verify-confirmation", Form::Activation2 { key: true }, 1),
    at_server("verify-list", Form::List, 1),
    at_server("verify-challenge", Form::Challenge, 2),
    at_server("verify-text", Form::Text, 1),
];

/// The counter before the first message: with these bits set, many flips give a smaller one.
const LAST_COUNTER: u32 = 0x0F0F_0F0F;

impl Message {
    /// The message of this name.
    pub fn named(name: &str) -> Option<Self> {
        MESSAGES.into_iter().find(|message| message.name == name)
    }

    /// The messages, one protection of each: for families in which the protection plays no part.
    pub fn one_of_each() -> impl Iterator<Item = Self> {
        let others = [
            "am1-challenge",
            "am2-2",
            "am2-no-key-1",
            "deactivation-1",
            "request-list-2",
            "request-challenge-1",
            "request-text-2",
        ];
        MESSAGES.into_iter().filter(move |message| !others.contains(&message.name))
    }

    /// Whom a case about it judges.
    pub fn role(&self) -> Role {
        if self.at_server { Role::Server } else { Role::Client }
    }

    /// Whether it is opened under the payload key, or its signature verified.
    pub fn is_request(&self) -> bool {
        matches!(self.form, Form::List | Form::Challenge | Form::Text)
    }

    /// Whether it is an AM1.
    pub fn is_am1(&self) -> bool {
        matches!(self.form, Form::Activation1 { .. })
    }

    /// What refuses it where its bytes are not the ones that were sent.
    pub fn tag_rule(&self) -> Rule {
        match (self.at_server, self.is_am1()) {
            (true, _) => VER_7,
            (false, true) => FRM_12,
            (false, false) => PRT_4,
        }
    }

    /// Its type.
    pub fn kind(&self) -> Kind {
        match self.form {
            Form::Activation1 { .. } => Kind::Activation1,
            Form::Activation2 { .. } => Kind::Activation2,
            Form::Deactivation => Kind::Deactivation,
            _ => Kind::Request,
        }
    }

    /// The names of the fields of its body.
    pub fn fields(&self) -> &'static [&'static str] {
        match self.form {
            Form::Activation1 { vector: false, .. } => &["flags", "time", "key", "policy"],
            Form::Activation1 { .. } => &["flags", "time", "key", "policy", "vector"],
            Form::Activation2 { .. } => &["sequence", "flags", "payload-key", "salt"],
            Form::Deactivation => &["sequence", "zero"],
            Form::List => &["control", "title", "items"],
            Form::Challenge => &["control", "title", "challenge"],
            Form::Text => &["control", "title", "text"],
        }
    }

    /// Where these fields begin in a valid body; they end where the next begins.
    fn starts(&self, body: &[u8]) -> Vec<usize> {
        match self.form {
            Form::Activation1 { vector: false, .. } => vec![0, 1, 5, 29],
            Form::Activation1 { .. } => vec![0, 1, 5, 29, 31],
            Form::Activation2 { .. } => vec![0, 1, 2, 18],
            Form::Deactivation => vec![0, 1],
            _ => vec![0, 2, 3 + length_at(body, 2)],
        }
    }

    /// The bytes of a field of a valid body.
    pub fn span(&self, body: &[u8], field: &str) -> Range<usize> {
        let starts = self.starts(body);
        let at = self.fields().iter().position(|name| *name == field).unwrap_or(usize::MAX);
        let start = starts.get(at).copied().unwrap_or(body.len());
        start..starts.get(at.saturating_add(1)).copied().unwrap_or(body.len())
    }

    /// Every boundary of the layout of a valid body, its two ends included.
    pub fn boundaries(&self, body: &[u8]) -> Vec<usize> {
        let mut ends = self.starts(body);
        let content = ends.last().copied().unwrap_or(0);
        match self.form {
            Form::List => {
                let mut at = content + 1;
                while at < body.len() {
                    ends.extend([at, at + 1]);
                    at += 1 + length_at(body, at);
                }
            }
            Form::Challenge => ends.push(content + 1),
            Form::Text => ends.extend([content + 1, content + 2]),
            _ => (),
        }
        ends.extend(self.is_request().then_some(3));
        ends.push(body.len());
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    fn setup(&self) -> Setup {
        let setup = Setup { last_counter: LAST_COUNTER, ..Setup::default() };
        match self.form {
            Form::Activation1 { challenge, vector } => {
                Setup { challenge, carried: vector, built_in: !vector, ..setup }
            }
            Form::Activation2 { key } => {
                Setup { secure_channel: key, activation_protection: self.protection, ..setup }
            }
            _ => Setup { message_protection: self.protection, app_version: 0, ..setup },
        }
    }

    fn stage(&self) -> Stage {
        match (self.form, self.at_server) {
            (Form::Activation1 { .. }, _) => Stage::Issued,
            (Form::Activation2 { .. }, false) => Stage::Am2,
            (Form::Activation2 { .. }, true) => Stage::Active,
            _ => Stage::Confirmed,
        }
    }

    /// What is shown, with strings short enough to bend every bit.
    pub fn show(&self) -> Show {
        let title = "Pay".to_owned();
        let (application, content) = match self.form {
            Form::Challenge => (app::BOTH, Content::Challenge { title, challenge: "314159".into() }),
            Form::Text => (app::TIME, Content::FreeText { title, text: "12 €".into() }),
            _ => (app::TIME, list("Pay", &[("To", "Zoë"), ("Sum", "12")])),
        };
        Show { application, content, ..Show::default() }
    }

    /// The scene in which it is about to be received.
    pub fn enter(&self, t: &mut Trial<'_>) -> Result<Site, Stop> {
        let under = if self.at_server { Under::Server } else { Under::Client };
        let mut scene = Scene::new(t, under, self.setup(), self.stage())?;
        let (good, signature) = self.next(t, &mut scene)?;
        Site::new(*self, scene, good, signature)
    }

    /// The same for another license, held by the same client or verified by another server.
    pub fn enter_beside(&self, t: &mut Trial<'_>, first: &Site) -> Result<Site, Stop> {
        let setup = Setup { serial: "VDS1000121", ..self.setup() };
        let under = if self.at_server { Under::Server } else { Under::Client };
        let mut scene = Scene::new(t, under, setup, Stage::Created)?;
        scene.client = first.scene.client.clone();
        scene.play(t, self.stage())?;
        let (good, signature) = self.next(t, &mut scene)?;
        Site::new(*self, scene, good, signature)
    }

    /// Another message of this kind, and its signature where the server is to verify it.
    pub fn next(&self, t: &mut Trial<'_>, scene: &mut Scene) -> Result<(String, String), Stop> {
        let good = match self.form {
            Form::Activation1 { .. } => scene.am1.clone(),
            Form::Activation2 { .. } => return Ok((scene.am2.clone(), scene.confirmation.clone())),
            Form::Deactivation => deactivation(t, scene)?,
            _ => scene.request(t, &self.show())?,
        };
        if !self.at_server {
            return Ok((good, String::new()));
        }
        scene.open(t, &good)?;
        let signature = scene.sign(t)?;
        Ok((good, signature))
    }
}

/// The server ends the instance.
pub(super) fn deactivation(t: &mut Trial<'_>, scene: &Scene) -> Result<String, Stop> {
    let question = ServerGenerateDeactivation { sequence: Number::from(scene.sequence), now: scene.now };
    Ok(t.accepts("DEA-1", &scene.server, &question)?.got.message)
}

fn length_at(body: &[u8], at: usize) -> usize {
    body.get(at).copied().map_or(0, usize::from)
}

/// A message that must be refused.
pub(super) struct Bad {
    pub message: String,
    /// By this requirement.
    pub rule: Rule,
}

/// A valid message about to be received.
pub(super) struct Site {
    pub message: Message,
    pub scene: Scene,
    /// Who receives it.
    pub party: Party,
    /// As sent.
    pub good: String,
    /// The same, taken apart.
    pub plain: Plain,
    pub channel: Option<Key<Channel>>,
    pub carrier: Carrier,
    /// Serial numbers of accounts beside this one.
    pub beside: Vec<Serial>,
    signature: String,
}

impl Site {
    fn new(message: Message, scene: Scene, good: String, signature: String) -> Result<Self, Stop> {
        let channel = match message.form {
            Form::Activation1 { .. } => None,
            Form::Activation2 { .. } => scene.am2_channel(),
            _ => Some(scene.payload_channel()),
        };
        let party = if message.at_server { scene.server.clone() } else { scene.client.clone() };
        let plain = Plain::of(&good, channel.as_ref())?;
        let (carrier, beside) = (Carrier::Direct, Vec::new());
        Ok(Self { message, scene, party, good, plain, channel, carrier, beside, signature })
    }

    /// The bytes as sent.
    pub fn bytes(&self) -> Vec<u8> {
        hex::decode(&self.good).unwrap_or_default()
    }

    /// These bytes as they are, if they must be refused.
    pub fn sent(&self, bytes: &[u8]) -> Option<Bad> {
        let message = hex::encode(bytes);
        if message == self.good {
            return None;
        }
        let limit = match self.carrier {
            Carrier::Direct if !self.message.at_server => Limit::Direct,
            _ => Limit::Gateway,
        };
        let rule = match Frame::decode(bytes, limit) {
            Err(refusal) => refusal.rule,
            Ok(frame) => self.before_tag(&frame.header).unwrap_or(self.message.tag_rule()),
        };
        Some(Bad { message, rule })
    }

    /// The bent message sealed under the right key, if it must be refused.
    pub fn sealed(&self, plain: &Plain) -> Option<Bad> {
        let message = plain.message(self.channel.as_ref());
        let bytes = hex::decode(&message).unwrap_or_default();
        let Bad { rule, .. } = self.sent(&bytes)?;
        let rule = if rule == self.message.tag_rule() { self.after_tag(plain)? } else { rule };
        Some(Bad { message, rule })
    }

    /// What refuses this header, valid in itself, before its tag is looked at.
    fn before_tag(&self, header: &Header) -> Option<Rule> {
        let own = header.serial.to_bytes() == self.plain.serial;
        let known = own || self.beside.contains(&header.serial);
        let agreed = header.protection.map_or(0, |protection| u32::from(protection.number()));
        let checks: &[(bool, Rule)] = if self.message.at_server {
            let late = self.scene.now.saturating_sub(Nonce::decode(header.nonce).time) > AGE_LIMIT_S;
            let signable = matches!(header.kind, Kind::Activation2 | Kind::Request);
            &[(!own, VER_1), (!signable, VER_2), (header.kind != self.message.kind(), VER_4), (late, VER_6)]
        } else {
            let protection = if self.message.kind() == Kind::Activation2 { AM2_7 } else { CLI_7 };
            let has_account = known || self.message.is_am1();
            &[
                (header.kind != self.message.kind(), CLI_2),
                (!has_account, CLI_3),
                (agreed != self.message.protection, protection),
            ]
        };
        checks.iter().find(|(refused, _)| *refused).map(|(_, rule)| *rule)
    }

    /// What refuses this message under a right tag.
    fn after_tag(&self, plain: &Plain) -> Option<Rule> {
        if self.message.at_server {
            return Some(VER_7);
        }
        match self.message.form {
            Form::Activation1 { .. } => self.activation1(plain),
            Form::Activation2 { .. } => Activation2::decode(&plain.body).err().map(|refusal| refusal.rule),
            _ if counter_of(plain.nonce) <= LAST_COUNTER + 1 => Some(CLI_8),
            Form::Deactivation => match Deactivation::decode(&plain.body) {
                Err(refusal) => Some(refusal.rule),
                Ok(body) => (u32::from(body.sequence.number()) != self.scene.sequence).then_some(DEA_6),
            },
            _ => self.request(&plain.body),
        }
    }

    fn activation1(&self, plain: &Plain) -> Option<Rule> {
        let am1 = match Activation1::decode(&plain.body, plain.nonce) {
            Err(refusal) => return Some(refusal.rule),
            Ok(am1) => am1,
        };
        let setup = &self.scene.setup;
        let vector = match &am1.static_vector {
            Some(carried) => match StaticVector::decode(carried) {
                Err(refusal) => return Some(refusal.rule),
                Ok(vector) => vector,
            },
            None if setup.built_in => setup.vector.clone(),
            None => return Some(AM1_7),
        };
        let serial = match Serial::from_bytes(plain.serial) {
            Err(refusal) => return Some(refusal.rule),
            Ok(serial) if serial.prefix() != vector.prefix => return Some(AM1_8),
            Ok(serial) => serial,
        };
        if !vector.application(am1.policy.post_activation).is_some_and(|rules| rules.confirms()) {
            return Some(AM1_9);
        }
        let wrapping = kdf::wrapping(&vector.master_key, serial);
        keywrap::unwrap(&wrapping, &am1.wrapped_key).err().map(|refusal| refusal.rule)
    }

    fn request(&self, body: &[u8]) -> Option<Rule> {
        let request = match Request::decode(body) {
            Err(refusal) => return Some(refusal.rule),
            Ok(request) => request,
        };
        if u32::from(request.minimum_version) > self.scene.setup.app_version {
            return Some(CLI_9);
        }
        let rules = self.scene.setup.vector.application(request.application);
        let signs = rules.is_some_and(|rules| rules.signs_requests(request.is_challenge()));
        (!signs).then_some(CLI_10)
    }

    /// Each of these is refused, for its reason; the state stays as it is; then the good one is accepted.
    pub fn refuse_all(&self, t: &mut Trial<'_>, aim: Rule, bad: Vec<Bad>) -> Result<(), Stop> {
        self.refuse_only(t, aim, bad)?;
        self.accept(t, aim.id, &self.good)
    }

    /// The same without the good one.
    pub fn refuse_only(&self, t: &mut Trial<'_>, aim: Rule, bad: Vec<Bad>) -> Result<(), Stop> {
        if bad.is_empty() {
            return Err(Stop::Harness("a family without members".into()));
        }
        let before = t.state(aim.id, &self.party)?;
        for Bad { message, rule } in bad {
            self.ask(t, message, &mut |t, question| question.refuse(t, rule, &self.party))?;
        }
        t.state_is(aim.id, &self.party, before)
    }

    /// This one is accepted, with the reference's result.
    pub fn accept(&self, t: &mut Trial<'_>, aim: &'static str, message: &str) -> Result<(), Stop> {
        self.ask(t, message.to_owned(), &mut |t, question| question.accept(t, aim, &self.party))
    }

    /// Puts a message to the operation that receives it.
    fn ask(&self, t: &mut Trial<'_>, message: String, put: &mut Put<'_>) -> Result<(), Stop> {
        let (now, carrier) = (self.scene.now, self.carrier);
        match (self.message.at_server, self.message.kind()) {
            (true, _) => put(t, &self.scene.verify(&message, &self.signature)),
            (_, Kind::Activation1) => put(t, &ClientActivateLicense { message }),
            (_, Kind::Activation2) => put(t, &ClientActivateInstance { message, now }),
            (_, Kind::Deactivation) => put(t, &ClientDeactivate { message, carrier }),
            _ => put(t, &ClientOpen { message, carrier }),
        }
    }
}

type Put<'a> = dyn FnMut(&mut Trial<'_>, &dyn Question) -> Result<(), Stop> + 'a;

/// A question of any operation.
pub(super) trait Question {
    /// It must be refused by this requirement, between two looks at the state.
    fn refuse(&self, t: &mut Trial<'_>, rule: Rule, party: &Party) -> Result<(), Stop>;
    /// It must be refused by this requirement, and the state be as it must be after.
    fn refuse_alone(&self, t: &mut Trial<'_>, rule: Rule, party: &Party) -> Result<(), Stop>;
    /// It must be accepted, with the reference's result.
    fn accept(&self, t: &mut Trial<'_>, aim: &'static str, party: &Party) -> Result<(), Stop>;
}

impl<Q: Operation> Question for Q {
    fn refuse(&self, t: &mut Trial<'_>, rule: Rule, party: &Party) -> Result<(), Stop> {
        t.refuses_stateless(rule, party, self)
    }

    fn refuse_alone(&self, t: &mut Trial<'_>, rule: Rule, party: &Party) -> Result<(), Stop> {
        t.refuses_only(rule, party, self)
    }

    fn accept(&self, t: &mut Trial<'_>, aim: &'static str, party: &Party) -> Result<(), Stop> {
        let both = t.twin(aim, party, self)?;
        t.same(aim, &both.got, both.want.as_ref())
    }
}

/// The counter in a nonce.
pub(super) fn counter_of(nonce: [u8; 8]) -> u32 {
    Nonce::decode(nonce).counter
}
