//! A valid message about to be received, and what becomes of a bent one: which requirement decides about it,
//! said here a second time, without keys and state, so that a witness is asked for each.

use super::messages::{Form, LAST_COUNTER, Message, counter_of};
use channel::bytes::Wire;
use channel::crypto::keys::{Channel, Key};
use channel::crypto::{kdf, keywrap};
use channel::rule::{
    AM1_7, AM1_8, AM1_9, AM2_7, CLI_2, CLI_3, CLI_7, CLI_8, CLI_9, CLI_10, DEA_6, Rule, VER_1, VER_2, VER_4,
    VER_6, VER_7,
};
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::activation1::Activation1;
use channel::wire::activation2::Activation2;
use channel::wire::deactivation::Deactivation;
use channel::wire::frame::{Carrier as Limit, Frame, Header, Kind, Nonce};
use channel::wire::request::Request;
use channel::wire::static_vector::StaticVector;
use harness::forge::Plain;
use harness::scene::{Scene, Stage, Under};
use harness::setup::{AGE_LIMIT_S, Setup};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Carrier, Operation, Pin};

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

impl Message {
    /// The scene in which it is about to be received.
    pub(super) fn enter(&self, t: &mut Trial<'_>) -> Result<Site, Stop> {
        let under = if self.at_server { Under::Server } else { Under::Client };
        let mut scene = Scene::new(t, under, self.setup(), self.stage())?;
        let (good, signature) = self.next(t, &mut scene)?;
        Site::new(*self, scene, good, signature)
    }

    /// The same for another license, held by the same client or verified by another server.
    pub(super) fn enter_beside(&self, t: &mut Trial<'_>, first: &Site) -> Result<Site, Stop> {
        let setup = Setup { serial: "VDS1000121", ..self.setup() };
        let under = if self.at_server { Under::Server } else { Under::Client };
        let mut scene = Scene::new(t, under, setup, Stage::Created)?;
        scene.client = first.scene.client.clone();
        scene.play(t, self.stage())?;
        let (good, signature) = self.next(t, &mut scene)?;
        Site::new(*self, scene, good, signature)
    }
}

impl Site {
    pub(super) fn new(message: Message, scene: Scene, good: String, signature: String) -> Result<Self, Stop> {
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
    pub(super) fn bytes(&self) -> Vec<u8> {
        hex::decode(&self.good).unwrap_or_default()
    }

    /// These bytes as they are, if they must be refused.
    pub(super) fn sent(&self, bytes: &[u8]) -> Option<Bad> {
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
    pub(super) fn sealed(&self, plain: &Plain) -> Option<Bad> {
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
        let request = match Request::decode(body, self.limit()) {
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

    fn limit(&self) -> Limit {
        match self.carrier {
            Carrier::Direct => Limit::Direct,
            Carrier::Gateway => Limit::Gateway,
        }
    }

    /// Each of these is refused, for its reason; the state stays as it is; then the good one is accepted.
    pub(super) fn refuse_all(&self, t: &mut Trial<'_>, aim: Rule, bad: Vec<Bad>) -> Result<(), Stop> {
        self.refuse_only(t, aim, bad)?;
        self.accept(t, aim.id, &self.good)
    }

    /// The same without the good one.
    pub(super) fn refuse_only(&self, t: &mut Trial<'_>, aim: Rule, bad: Vec<Bad>) -> Result<(), Stop> {
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
    pub(super) fn accept(&self, t: &mut Trial<'_>, aim: &'static str, message: &str) -> Result<(), Stop> {
        // What is pushed doesn't take the place of what is on display.
        if self.carrier == Carrier::Gateway && !self.message.at_server {
            self.scene.close(t)?;
        }
        self.ask(t, message.to_owned(), &mut |t, question| question.accept(t, aim, &self.party))
    }

    /// Puts a message to the operation that receives it.
    fn ask(&self, t: &mut Trial<'_>, message: String, put: &mut Put<'_>) -> Result<(), Stop> {
        let (now, carrier) = (self.scene.now, self.carrier);
        match (self.message.at_server, self.message.kind()) {
            (true, _) => put(t, &self.scene.verify(&message, &self.signature)),
            (_, Kind::Activation1) => put(t, &ClientActivateLicense { message }),
            (_, Kind::Activation2) => put(t, &ClientActivateInstance { message, pin: Pin::Right, now }),
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
