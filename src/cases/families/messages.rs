//! The messages, their fields and boundaries, and the scenes in which they are received.

use std::ops::Range;

use super::Role;
use channel::rule::{FRM_12, PRT_4, Rule, VER_7};
use channel::wire::frame::{Kind, Nonce};
use harness::scene::{Scene, Show, Stage, list};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::operations::ServerGenerateDeactivation;
use peer::protocol::{Content, Number};

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
pub(super) const LAST_COUNTER: u32 = 0x0F0F_0F0F;

impl Message {
    /// The message of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        MESSAGES.into_iter().find(|message| message.name == name)
    }

    /// The messages, one protection of each: for families in which the protection plays no part.
    pub(super) fn one_of_each() -> impl Iterator<Item = Self> {
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
    pub(super) fn role(&self) -> Role {
        if self.at_server { Role::Server } else { Role::Client }
    }

    /// Whether it is a request, of any format.
    pub(super) fn is_request(&self) -> bool {
        matches!(self.form, Form::List | Form::Challenge | Form::Text)
    }

    /// Whether it is an AM1.
    pub(super) fn is_am1(&self) -> bool {
        matches!(self.form, Form::Activation1 { .. })
    }

    /// What refuses it where its bytes are not the ones that were sent.
    pub(super) fn tag_rule(&self) -> Rule {
        match (self.at_server, self.is_am1()) {
            (true, _) => VER_7,
            (false, true) => FRM_12,
            (false, false) => PRT_4,
        }
    }

    /// Its type.
    pub(super) fn kind(&self) -> Kind {
        match self.form {
            Form::Activation1 { .. } => Kind::Activation1,
            Form::Activation2 { .. } => Kind::Activation2,
            Form::Deactivation => Kind::Deactivation,
            _ => Kind::Request,
        }
    }

    /// The names of the fields of its body.
    pub(super) fn fields(&self) -> &'static [&'static str] {
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
    pub(super) fn span(&self, body: &[u8], field: &str) -> Range<usize> {
        let starts = self.starts(body);
        let at = self.fields().iter().position(|name| *name == field).unwrap_or(usize::MAX);
        let start = starts.get(at).copied().unwrap_or(body.len());
        start..starts.get(at.saturating_add(1)).copied().unwrap_or(body.len())
    }

    /// Every boundary of the layout of a valid body, its two ends included.
    pub(super) fn boundaries(&self, body: &[u8]) -> Vec<usize> {
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

    pub(super) fn setup(&self) -> Setup {
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

    pub(super) fn stage(&self) -> Stage {
        match (self.form, self.at_server) {
            (Form::Activation1 { .. }, _) => Stage::Issued,
            (Form::Activation2 { .. }, false) => Stage::Am2,
            (Form::Activation2 { .. }, true) => Stage::Active,
            _ => Stage::Confirmed,
        }
    }

    /// What is shown, with strings short enough to bend every bit.
    pub(super) fn show(&self) -> Show {
        let title = "Pay".to_owned();
        let (application, content) = match self.form {
            Form::Challenge => (app::BOTH, Content::Challenge { title, challenge: "314159".into() }),
            Form::Text => (app::TIME, Content::FreeText { title, text: "12 €".into() }),
            _ => (app::TIME, list("Pay", &[("To", "Zoë"), ("Sum", "12")])),
        };
        Show { application, content, ..Show::default() }
    }

    /// Another message of this kind, and its signature where the server is to verify it.
    pub(super) fn next(&self, t: &mut Trial<'_>, scene: &mut Scene) -> Result<(String, String), Stop> {
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

/// The counter in a nonce.
pub(super) fn counter_of(nonce: [u8; 8]) -> u32 {
    Nonce::decode(nonce).counter
}
