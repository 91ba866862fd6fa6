//! What a question of the peer protocol asks of an app and of who holds it, as far as the two can be asked at all.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::callbacks::{self, Set, Unseen};
use peer::operations::*;
use peer::protocol::{Carrier, Data, Operation, Pin, Question, Removed};

/// Why a line that is no question can't be put to an app.
pub(super) const NO_QUESTION: Unseen = "it is about the peer protocol, which no app speaks";
/// What a client of the suite tells of its version; messages for a newer one are refused by it (CLI-9).
pub(super) const APP_VERSION: u32 = 2;
/// Signatures by one application, other than the one that confirms an activation, after which an activation is used up: its
/// server searches ten events ahead.
const MOST_SIGNED: u32 = 9;
/// The application whose factor is the time alone, in each vector of the suite.
const OF_TIME: u32 = 1;

/// What a picture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// AM1.
    License,
    /// AM2.
    Instance,
    /// Something to be signed.
    Request,
    /// The end of an instance.
    Deactivation,
}

/// What an app and its user are to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Nothing: what comes of it is known.
    Nothing,
    /// An app without accounts.
    Fresh,
    /// It scans a picture.
    Scan(Picture, String),
    /// Another app calls it by this URL.
    Follow(String),
    /// Its user decides on what is on display.
    Decide {
        /// Or rejects it.
        approves: bool,
        /// The PIN, where one is asked for.
        right_pin: bool,
    },
    /// Nothing should be on display: can anything be approved?
    LookForMore,
    /// The same, and that was looked at already.
    StillNothing,
    /// Its user leaves what is on display.
    Leave,
    /// It makes a one-time password.
    Respond {
        /// By which application.
        application: u32,
        /// Over what, in the order in which it is typed in.
        data: Vec<String>,
        /// Whether that is a challenge, and not fields.
        is_challenge: bool,
        /// The PIN.
        right_pin: bool,
    },
    /// Its user removes the account.
    Remove,
}

/// What is on display.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Display {
    /// Nothing.
    #[default]
    Empty,
    /// What was scanned.
    Scanned,
    /// What another app called it with.
    Called,
}

/// What is known of the app in a case.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    session: Option<String>,
    /// Of its account.
    serial: Option<String>,
    /// How app-to-app is set up, and with which callbacks.
    configured: Option<(ClientSetApp2App, Set)>,
    pub(super) display: Display,
    /// Handles given so far, and the application of the last message.
    handles: u64,
    application: u32,
    /// Signatures by application.
    signed: BTreeMap<u32, u32>,
    pin_failures: u32,
    /// Whether somebody has looked that nothing is on display.
    has_looked: bool,
    /// Whether its accounts are others than those that the activation left.
    is_changed: bool,
    /// Instances activated, and other sessions begun.
    activations: u32,
}

/// The parameters of an operation.
pub(super) fn parameters<Op: Operation + DeserializeOwned>(question: &Question<'_>) -> Result<Op, Unseen> {
    serde_json::from_str(question.params.get()).map_err(|_| NO_QUESTION)
}

impl Known {
    /// The callbacks that the case has configured, and the rest of its configuration.
    pub(super) fn configured(&self) -> Option<&(ClientSetApp2App, Set)> {
        self.configured.as_ref()
    }

    /// The next handle (CLI-25).
    pub(super) fn next_handle(&self) -> u64 {
        self.handles + 1
    }

    /// Whether another case can go on with this activation.
    pub(super) fn is_as_activated(&self) -> bool {
        let used_up = self.signed.iter().any(|(of, count)| *of != OF_TIME && *count > MOST_SIGNED);
        self.activations == 1 && !self.is_changed && self.pin_failures == 0 && !used_up
    }

    /// The same app in the next case: how often each application has signed.
    pub(super) fn signed(&self) -> &BTreeMap<u32, u32> {
        &self.signed
    }

    /// Signatures of earlier cases on the same activation.
    pub(super) fn has_signed(&mut self, earlier: &BTreeMap<u32, u32>) {
        for (application, count) in earlier {
            *self.signed.entry(*application).or_default() += count;
        }
    }

    /// What a question asks for, or why it can't be asked.
    pub(super) fn want(&self, question: &Question<'_>) -> Result<Want, Unseen> {
        let session = question.session.as_deref();
        match &*question.op {
            Drop::NAME => return Ok(Want::Nothing),
            ClientCreate::NAME => return creates(&parameters(question)?),
            op if op.starts_with("client.single") => {
                return Err("it is about an app for single-device licensing");
            }
            _ if session.is_none() || self.session.as_deref() != session => {
                return Err("it needs a second device, or the one before again");
            }
            _ => {}
        }
        match &*question.op {
            ClientSetApp2App::NAME => callbacks::set_of(&parameters(question)?).map(|_| Want::Nothing),
            ClientActivateLicense::NAME => {
                let ClientActivateLicense { message } = parameters(question)?;
                scans(Picture::License, message)
            }
            ClientActivateInstance::NAME => {
                let ClientActivateInstance { message, pin, .. } = parameters(question)?;
                match pin {
                    Pin::Right => scans(Picture::Instance, message),
                    Pin::Wrong | Pin::Cached => Err("at an activation no PIN of an account is asked for"),
                }
            }
            ClientOpen::NAME => {
                let ClientOpen { message, carrier } = parameters(question)?;
                on_a_picture(carrier).and_then(|()| scans(Picture::Request, message))
            }
            ClientDeactivate::NAME => {
                let ClientDeactivate { message, carrier } = parameters(question)?;
                on_a_picture(carrier).and_then(|()| scans(Picture::Deactivation, message))
            }
            ClientDispatch::NAME => {
                let ClientDispatch { url } = parameters(question)?;
                self.configured.as_ref().ok_or("app-to-app can't be turned off for a case")?;
                callbacks::can_be_followed(&url).map(|()| Want::Follow(url))
            }
            ClientSign::NAME => {
                let ClientSign { handle, approved, pin, .. } = parameters(question)?;
                self.decides(Display::Scanned, handle, approved, pin)
            }
            ClientAnswer::NAME => {
                let ClientAnswer { handle, approved, pin, .. } = parameters(question)?;
                self.decides(Display::Called, handle, approved, pin)
            }
            ClientClose::NAME if self.display == Display::Empty => Ok(Want::Nothing),
            ClientClose::NAME => Ok(Want::Leave),
            ClientGenerateResponse::NAME => {
                let op: ClientGenerateResponse = parameters(question)?;
                match self.serial.as_ref().is_none_or(|serial| *serial == op.serial) {
                    true => responds(op),
                    false => Err("an app can only be asked for its own accounts"),
                }
            }
            ClientRemove::NAME => match parameters::<ClientRemove>(question)?.what {
                Removed::Account => Ok(Want::Remove),
                Removed::Replacement => Err("the app's activation replaces no account"),
            },
            ClientSave::NAME | ClientLoad::NAME => Err("what an app stores can't be read or written"),
            ClientAccounts::NAME => Err("the states of an app's accounts can't be seen"),
            ClientMarkConfirmed::NAME => Err("when an app reports that it is confirmed can't be seen"),
            ClientGenerateInformation::NAME | ClientLoginIdentity::NAME => {
                Err("what an app sends to a gateway doesn't come here")
            }
            ClientGenerateUnlockChallenge::NAME | ClientUnlock::NAME => {
                Err("unlocking is a dialogue of the app's own")
            }
            _ => Err("it asks something that no app shows"),
        }
    }

    fn decides(&self, of: Display, handle: Count, approved: bool, pin: Pin) -> Result<Want, Unseen> {
        match (self.display, pin) {
            (Display::Empty, _) if self.has_looked => Ok(Want::StillNothing),
            (Display::Empty, _) => Ok(Want::LookForMore),
            (display, _) if display != of => Err("where a decision goes to is the app's own affair"),
            _ if handle.0 != self.handles => Err("handles of messages can't be seen"),
            (_, Pin::Cached) if approved => Err("an app can't be told to do without the PIN"),
            (_, pin) => Ok(Want::Decide { approves: approved, right_pin: pin != Pin::Wrong }),
        }
    }

    /// What is known after an answer. `ok` is its result, if it has one; `class` that of its refusal.
    pub(super) fn answered(&mut self, question: &Question<'_>, ok: Option<&Value>, class: Option<&str>) {
        let has = |member: &str| ok.and_then(|ok| ok.get(member)).is_some_and(|value| !value.is_null());
        match (&*question.op, ok.is_some()) {
            (ClientCreate::NAME, true) => {
                // What an earlier session has done to the app is undone with its accounts.
                let activations = self.activations + u32::from(self.session.is_some());
                let session = question.session.as_deref().map(str::to_owned);
                *self = Self { session, activations, ..Self::default() };
            }
            (ClientSetApp2App::NAME, true) => {
                let config = parameters::<ClientSetApp2App>(question).ok();
                self.configured =
                    config.and_then(|config| Some((config.clone(), callbacks::set_of(&config).ok()?)));
            }
            (ClientActivateLicense::NAME, true) => self.is_changed |= self.activations > 0,
            (ClientActivateInstance::NAME, true) => {
                let serial = ok.and_then(|ok| ok.get("serial")).and_then(Value::as_str);
                (self.serial, self.activations) = (serial.map(str::to_owned), self.activations + 1);
            }
            (ClientOpen::NAME, true) if has("handle") => self.shows(Display::Scanned, ok),
            (ClientDispatch::NAME, true) if has("opened") => {
                self.shows(Display::Called, ok.and_then(|ok| ok.get("opened")));
            }
            (ClientSign::NAME, true) => self.decided(has("signature")),
            (ClientAnswer::NAME, true) => self.decided(!has("error") && self.is_approved(question)),
            (ClientClose::NAME, true) => (self.display, self.has_looked) = (Display::Empty, false),
            (ClientGenerateResponse::NAME, true) => {
                let application =
                    parameters(question).map_or(0, |op: ClientGenerateResponse| op.application.get());
                *self.signed.entry(application).or_default() += 1;
                self.pin_failures = 0;
            }
            (ClientDeactivate::NAME | ClientRemove::NAME, true) => {
                (self.display, self.is_changed, self.has_looked) = (Display::Empty, true, false);
            }
            (ClientSign::NAME | ClientAnswer::NAME, false) if self.display == Display::Empty => {
                self.has_looked = true;
            }
            (_, false) if class == Some("wrong-pin") => self.pin_failures += 1,
            _ => {}
        }
    }

    fn is_approved(&self, question: &Question<'_>) -> bool {
        parameters(question).is_ok_and(|answer: ClientAnswer| answer.approved)
    }

    fn shows(&mut self, display: Display, opened: Option<&Value>) {
        let application = opened.and_then(|opened| opened.get("application")).and_then(Value::as_u64);
        (self.display, self.handles, self.has_looked) = (display, self.handles + 1, false);
        self.application = application.and_then(|index| u32::try_from(index).ok()).unwrap_or_default();
    }

    fn decided(&mut self, has_signed: bool) {
        (self.display, self.has_looked) = (Display::Empty, false);
        if has_signed {
            *self.signed.entry(self.application).or_default() += 1;
            self.pin_failures = 0;
        }
    }
}

fn creates(op: &ClientCreate) -> Result<Want, Unseen> {
    match () {
        () if op.static_vector.is_some() => Err("the app would need a static vector of the case's own"),
        () if op.rooted => Err("a device can't be rooted for a case"),
        () if op.replacement => Err("whether an activation may replace another is the app's own setting"),
        () if op.app_version.get() != APP_VERSION => Err("the app's version can't be changed for a case"),
        () => Ok(Want::Fresh),
    }
}

fn on_a_picture(carrier: Carrier) -> Result<(), Unseen> {
    match carrier {
        Carrier::Direct => Ok(()),
        Carrier::Gateway => Err("what comes by a gateway can't be scanned"),
    }
}

/// What a picture of a message can hold: text in hexadecimal.
fn scans(picture: Picture, message: String) -> Result<Want, Unseen> {
    match !message.is_empty()
        && message.len() <= MOST_DRAWN
        && message.bytes().all(|byte| byte.is_ascii_graphic())
    {
        true => Ok(Want::Scan(picture, message)),
        false => Err("no picture holds this text"),
    }
}

/// Why data can't be typed in.
const UNTYPED: Unseen = "not everybody can type this into an app";

/// Characters that the largest symbol holds, in the mode for hexadecimal text.
const MOST_DRAWN: usize = 3_391;

fn responds(op: ClientGenerateResponse) -> Result<Want, Unseen> {
    let right_pin = match op.pin {
        Pin::Right => true,
        Pin::Wrong => false,
        Pin::Cached => return Err("an app can't be told to do without the PIN"),
    };
    let (data, is_challenge) = match op.data {
        Data::ResponseOnly {} => (Vec::new(), false),
        Data::Challenge { challenge } => (vec![challenge], true),
        // Of no field at all nobody can tell that it is not a password over nothing.
        Data::Fields { fields } if fields.is_empty() => return Err(UNTYPED),
        Data::Fields { fields } => (fields, false),
    };
    let is_typed =
        |text: &String| text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim() == text;
    if !data.iter().all(is_typed) {
        return Err(UNTYPED);
    }
    Ok(Want::Respond { application: op.application.get(), data, is_challenge, right_pin })
}
