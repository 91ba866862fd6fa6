//! A license, its server and its client, brought to a stage of activation: the stage on which a case plays.
//!
//! Each step is checked against the reference on the way, so that a peer that goes wrong early is blamed
//! where it goes wrong.

use super::blame;
use super::evidence::{self, Made};
use super::forge::{Blame, Plain, same_message};
use super::setup::{PIN_TRIES, Setup};
use super::trial::{Party, Stop, Trial};
use channel::bytes::Wire;
use channel::crypto::answer::Algorithm;
use channel::crypto::kdf;
use channel::crypto::keys::{Channel, Key};
use channel::crypto::mac::sha256;
use channel::crypto::response::Moment;
use channel::rule::CLI_15;
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::activation2::Activation2;
use channel::wire::device_code::DeviceCode;
use peer::operations::*;
use peer::protocol::{Array, Carrier, Charset, Content, Data, Item, Number, Pin, Removed, ShownContent};

/// Which role the peer under test plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// The client; the reference is the server.
    Client,
    /// The server; the reference is the client.
    Server,
    /// Both, the same peer or two.
    Both,
    /// None: both are the reference, which makes what a peer is given.
    Neither,
}

impl Under {
    pub(super) fn server(self, trial: &mut Trial<'_>) -> Party {
        match self {
            Under::Client | Under::Neither => trial.reference_party(),
            Under::Server | Under::Both => trial.peer_server(),
        }
    }

    pub(super) fn client(self, trial: &mut Trial<'_>) -> Party {
        match self {
            Under::Server | Under::Neither => trial.reference_party(),
            Under::Client | Under::Both => trial.peer_client(),
        }
    }
}

/// How far the activation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Both sessions exist.
    Created,
    /// AM1 is issued.
    Issued,
    /// The client has answered AM1 with a device code.
    PreActivated,
    /// The server has accepted the device code.
    Verified,
    /// AM2 is issued.
    Am2,
    /// The client has answered AM2 with the confirmation.
    Active,
    /// The server has accepted the confirmation.
    Confirmed,
}

/// The time at which every scene begins, for peers that take the harness's.
pub const START: u32 = 1_800_000_000;

/// What is played with.
#[derive(Clone, Debug)]
pub struct Scene {
    /// How it was set up.
    pub setup: Setup,
    /// The server's session.
    pub server: Party,
    /// The client's session.
    pub client: Party,
    /// The clock.
    pub now: u32,
    /// The license key.
    pub license_key: [u8; 16],
    /// The payload key given to the server.
    pub payload_key: [u8; 16],
    /// The epoch given to the server.
    pub epoch: [u8; 8],
    /// Whether the server is to replace the device's instance, if it has one.
    pub replace: bool,
    /// From [`Stage::Issued`] on.
    pub am1: String,
    /// From [`Stage::PreActivated`] on.
    pub device_code: String,
    /// From [`Stage::Am2`] on.
    pub am2: String,
    /// From [`Stage::Am2`] on.
    pub sequence: u32,
    /// From [`Stage::Active`] on.
    pub confirmation: String,
}

impl Scene {
    /// A scene at a stage.
    pub fn new(trial: &mut Trial<'_>, under: Under, setup: Setup, stage: Stage) -> Result<Self, Stop> {
        let mut scene = Self::created(trial, under, setup)?;
        scene.play(trial, stage)?;
        Ok(scene)
    }

    /// Plays on to a stage.
    pub fn play(&mut self, trial: &mut Trial<'_>, stage: Stage) -> Result<(), Stop> {
        if stage >= Stage::Issued {
            self.issue_am1(trial)?;
        }
        if stage >= Stage::PreActivated {
            self.activate_license(trial)?;
        }
        if stage >= Stage::Verified {
            self.verify_device_code(trial)?;
        }
        if stage >= Stage::Am2 {
            self.issue_am2(trial)?;
        }
        if stage >= Stage::Active {
            self.activate_instance(trial)?;
        }
        if stage >= Stage::Confirmed {
            self.confirm(trial)?;
        }
        Ok(())
    }

    /// Plays on from an AM1 that is out to the accepted confirmation.
    pub fn play_from_code(&mut self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        self.activate_license(trial)?;
        self.verify_device_code(trial)?;
        self.issue_am2(trial)?;
        self.activate_instance(trial)?;
        self.confirm(trial)
    }

    fn created(trial: &mut Trial<'_>, under: Under, setup: Setup) -> Result<Self, Stop> {
        let setup = match trial.needs_vector_in_am1() && setup.built_in && !setup.carried {
            true => Setup { built_in: false, carried: true, ..setup },
            false => setup,
        };
        let (server, client) = (under.server(trial), under.client(trial));
        let license_key = trial.random();
        let create = setup.server(trial, license_key);
        let RandomLicense { payload_key, epoch } = create.random.clone().unwrap_or_default();
        trial.agrees("PPR-5", &server, &create)?;
        let create = setup.client(trial);
        trial.agrees("PPR-5", &client, &create)?;
        Ok(Self {
            setup,
            server,
            client,
            now: trial.start(),
            license_key,
            payload_key: payload_key.map(|key| key.0).unwrap_or_default(),
            epoch: epoch.map(|epoch| epoch.0).unwrap_or_default(),
            replace: false,
            am1: String::new(),
            device_code: String::new(),
            am2: String::new(),
            sequence: 0,
            confirmation: String::new(),
        })
    }

    /// A second client of the same peer or of the reference, with a device of its own; the server stays.
    pub fn another_client(&self, trial: &mut Trial<'_>, under: Under) -> Result<Self, Stop> {
        let client = under.client(trial);
        let create = self.setup.client(trial);
        trial.agrees("PPR-5", &client, &create)?;
        Ok(Self { client, ..self.clone() })
    }

    /// The parameters of `server.generate_activation1` in this scene.
    pub fn am1_question(&self, trial: &mut Trial<'_>) -> ServerGenerateActivation1 {
        let challenge = Some(Challenge(trial.random()));
        ServerGenerateActivation1 {
            with_challenge: self.setup.challenge,
            with_static_vector: self.setup.carried,
            now: self.now,
            random: Some(RandomChallenge { challenge }),
        }
    }

    /// The server issues AM1.
    pub fn issue_am1(&mut self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        let question = self.am1_question(trial);
        let both = trial.accepts("AM1-1", &self.server, &question)?;
        let blame = Blame { layout: "AM1-1", time: "AM1-1", counter: "AM1-1", channel: "KEY-2" };
        let want = both.want.map(|want| want.message);
        let blame = match am1_fault(&both.got.message, want.as_deref()) {
            Some(layout) => Blame { layout, ..blame },
            None => blame,
        };
        same_message(trial, &blame, &both.got.message, want.as_ref(), None)?;
        self.am1 = both.got.message;
        Ok(())
    }

    /// The client answers AM1.
    pub fn activate_license(&mut self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        let question = ClientActivateLicense { message: self.am1.clone() };
        let both = trial.accepts("AM1-1", &self.client, &question)?;
        self.device_code = both.got.device_code;
        if let Some(want) = both.want.map(|want| want.device_code) {
            let aim = self.device_code_fault(&want);
            trial.same(aim, &self.device_code, Some(&want))?;
        }
        Ok(())
    }

    fn device_code_fault(&self, want: &str) -> &'static str {
        let found = blame::device_code(&self.device_code, want).unwrap_or("DVC-1");
        let known = hex::decode(&self.am1).ok().zip(DeviceCode::decode(&self.device_code).ok());
        match known.filter(|_| found == "DVC-3") {
            Some((am1, got)) => evidence::device_code(&Key::new(self.license_key), &am1, got),
            None => found,
        }
    }

    /// The server verifies the device code.
    pub fn verify_device_code(&mut self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        let aim = if self.replace { "DVC-12" } else { "DVC-3" };
        let question = self.code_question(&self.device_code, self.replace);
        trial.agrees(aim, &self.server, &question).map(|_| ())
    }

    /// The parameters of `server.verify_device_code`.
    pub fn code_question(&self, code: &str, replace: bool) -> ServerVerifyDeviceCode {
        ServerVerifyDeviceCode { device_code: code.into(), replace, now: self.now }
    }

    /// The server issues AM2.
    pub fn issue_am2(&mut self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        let question = self.am2_question(trial);
        let both = trial.accepts("AM2-1", &self.server, &question)?;
        let (channel, want) = (self.am2_channel(), both.want);
        trial.same("AM2-3", &both.got.sequence, want.as_ref().map(|want| &want.sequence))?;
        let blame = Blame { layout: "AM2-1", time: "NON-1", counter: "NON-2", channel: "KEY-6" };
        let want = want.map(|want| want.message);
        same_message(trial, &blame, &both.got.message, want.as_ref(), channel.as_ref())?;
        self.am2 = both.got.message;
        self.sequence = both.got.sequence;
        // A peer that draws its own payload key has told it here.
        let body = Plain::of(&self.am2, channel.as_ref())?.body;
        if let Some(key) = body.get(2..18).and_then(|key| key.try_into().ok()) {
            self.payload_key = key;
        }
        Ok(())
    }

    /// The parameters of `server.generate_activation2`.
    pub fn am2_question(&self, trial: &mut Trial<'_>) -> ServerGenerateActivation2 {
        let instance_salt = Some(Array(trial.random()));
        ServerGenerateActivation2 { now: self.now, random: Some(RandomSalt { instance_salt }) }
    }

    /// The client answers AM2.
    pub fn activate_instance(&mut self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        let question = self.take_am2(&self.am2, Pin::Right);
        let both = trial.accepts("KEY-6", &self.client, &question)?;
        let want = both.want.as_ref();
        trial.same("AM2-10", &both.got.serial, want.map(|want| &want.serial))?;
        trial.same("AM2-10", &both.got.sequence, want.map(|want| &want.sequence))?;
        let wanted = want.map(|want| &want.signature).filter(|wanted| **wanted != both.got.signature);
        let aim = wanted
            .and_then(|wanted| self.confirmation_fault(&both.got.signature, wanted))
            .unwrap_or("AM2-10");
        trial.same(aim, &both.got.signature, want.map(|want| &want.signature))?;
        self.confirmation = both.got.signature;
        Ok(())
    }

    /// What is wrong with a confirmation, the first event of its application.
    fn confirmation_fault(&self, got: &str, want: &str) -> Option<&'static str> {
        if let Some(shown) = blame::response(got, want) {
            return Some(shown);
        }
        let confirms = |index: u8| index == self.setup.post_activation;
        let rules = self.setup.vector.applications.iter().find(|rules| confirms(rules.form.index))?;
        if !matches!(rules.algorithm, Algorithm::Profile) {
            return None;
        }
        let body = Plain::of(&self.am2, self.am2_channel().as_ref()).ok()?.body;
        let am2 = Activation2::decode(&body).ok()?;
        let device = DeviceCode::decode(&self.device_code).ok()?.device;
        let license = Key::new(self.license_key);
        let index = rules.form.index;
        let key = kdf::application(&license, self.serial()?, am2.sequence, index, device, &am2.salt);
        let step_s = rules.factor.step_s();
        let step = step_s.map_or(0, |seconds| u64::from(self.now / u32::from(seconds)));
        let frame = hex::decode(&self.am2).ok()?;
        let at = Moment { step, event: 0 };
        let (of_key, of_mode) = ("KEY-8", "SIG-4");
        Some(Made { key: &key, of_key, form: rules.form, of_mode, at, fields: vec![&frame] }.wrongly(got))
    }

    /// The parameters of `client.activate_instance`.
    pub fn take_am2(&self, message: &str, pin: Pin) -> ClientActivateInstance {
        ClientActivateInstance { message: message.into(), pin, now: self.now }
    }

    /// The app reports that the server has accepted the confirmation: what waits takes its place.
    pub fn mark_confirmed(&self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        trial.agrees("CLI-21", &self.client, &self.mark_question()).map(|_| ())
    }

    /// The parameters of `client.mark_confirmed`, for the AM2 issued last.
    pub fn mark_question(&self) -> ClientMarkConfirmed {
        ClientMarkConfirmed { message: self.am2.clone() }
    }

    /// The parameters of `client.remove`.
    pub fn remove_question(&self, what: Removed) -> ClientRemove {
        ClientRemove { serial: self.setup.serial.into(), what }
    }

    /// The server verifies the confirmation; the app of a client that replaces reports it.
    pub fn confirm(&mut self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        let question = self.verify(&self.am2.clone(), &self.confirmation.clone());
        trial.agrees("AM2-10", &self.server, &question)?;
        if self.setup.replacement { self.mark_confirmed(trial) } else { Ok(()) }
    }

    /// The server issues a request.
    pub fn request(&mut self, trial: &mut Trial<'_>, show: &Show) -> Result<String, Stop> {
        let both = trial.accepts("REQ-1", &self.server, &show.question(self.now))?;
        let blame = Blame { layout: "REQ-1", time: "NON-1", counter: "NON-2", channel: "KEY-3" };
        let want = both.want.map(|want| want.message);
        let channel = self.payload_channel();
        same_message(trial, &blame, &both.got.message, want.as_ref(), Some(&channel))?;
        Ok(both.got.message)
    }

    /// The client opens a message and shows what the server wanted shown.
    pub fn open(&mut self, trial: &mut Trial<'_>, message: &str) -> Result<OpenResult, Stop> {
        let both = trial.accepts("CLI-11", &self.client, &open(message))?;
        let want = both.want.as_ref();
        trial.same("CLI-25", &both.got.handle, want.map(|want| &want.handle))?;
        trial.same("A2A-30", &both.got.callback, want.map(|want| &want.callback))?;
        trial.same("CLI-11", &both.got, want)?;
        Ok(both.got)
    }

    /// The client signs what is open.
    pub fn sign(&mut self, trial: &mut Trial<'_>) -> Result<String, Stop> {
        let question = self.approve(trial, Pin::Right);
        let result = trial.agrees("SIG-1", &self.client, &question)?;
        result.signature.ok_or_else(|| super::trial::fail("CLI-13", "a signature".into(), "null".into()))
    }

    /// The parameters of `client.sign` of a user who approves what is on display.
    pub fn approve(&self, trial: &Trial<'_>, pin: Pin) -> ClientSign {
        ClientSign { handle: trial.handle(&self.client), approved: true, pin, now: self.now }
    }

    /// The parameters of `client.sign` of a user who rejects what is on display.
    pub fn reject(&self, trial: &Trial<'_>) -> ClientSign {
        ClientSign { approved: false, ..self.approve(trial, Pin::Right) }
    }

    /// The client's user leaves what is on display; the URL that is called then, if another app has brought it.
    pub fn close(&self, trial: &mut Trial<'_>) -> Result<Option<String>, Stop> {
        Ok(trial.agrees("CLI-28", &self.client, &ClientClose {})?.callback)
    }

    /// The server accepts the signature.
    pub fn accept(&mut self, trial: &mut Trial<'_>, message: &str, signature: &str) -> Result<(), Stop> {
        let question = self.verify(message, signature);
        trial.agrees("VER-13", &self.server, &question).map(|_| ())
    }

    /// The parameters of `server.verify_message_signature`.
    pub fn verify(&self, message: &str, signature: &str) -> ServerVerifyMessageSignature {
        ServerVerifyMessageSignature {
            sequence: Number::from(self.sequence),
            message: message.into(),
            signature: signature.into(),
            now: self.now,
        }
    }

    /// The parameters of `client.generate_response`, with the right PIN.
    pub fn response_question(&self, application: u8, data: Data) -> ClientGenerateResponse {
        ClientGenerateResponse {
            serial: self.setup.serial.into(),
            application: Number::from(u32::from(application)),
            data,
            pin: Pin::Right,
            now: self.now,
        }
    }

    /// The client responds at the scene's clock, plus so many seconds.
    pub fn respond(
        &mut self,
        trial: &mut Trial<'_>,
        application: u8,
        data: &Data,
        seconds: i64,
    ) -> Result<String, Stop> {
        let now = u32::try_from(i64::from(self.now) + seconds).unwrap_or(0);
        let question = ClientGenerateResponse { now, ..self.response_question(application, data.clone()) };
        Ok(trial.agrees("OTP-1", &self.client, &question)?.response)
    }

    /// The parameters of `server.verify_response`.
    pub fn verify_response(&self, application: u8, data: &Data, response: &str) -> ServerVerifyResponse {
        ServerVerifyResponse {
            sequence: Number::from(self.sequence),
            application: Number::from(u32::from(application)),
            data: data.clone(),
            response: response.into(),
            now: self.now,
        }
    }

    /// The client's user enters wrong PINs until the account is locked.
    pub fn lock(&mut self, trial: &mut Trial<'_>) -> Result<(), Stop> {
        let wrong = ClientGenerateResponse {
            pin: Pin::Wrong,
            ..self.response_question(super::setup::otp::TIME, Data::ResponseOnly {})
        };
        (0..PIN_TRIES).try_for_each(|_| trial.refuses_only(CLI_15, &self.client, &wrong))
    }

    /// The channel key of AM2, known to the harness from the license key and the device code.
    pub fn am2_channel(&self) -> Option<Key<Channel>> {
        let device = DeviceCode::decode(&self.device_code).ok()?.device;
        let am1 = sha256(&[&hex::decode(&self.am1).ok()?]);
        Some(kdf::am2_channel(&Key::new(self.license_key), self.serial()?, device, &am1))
    }

    /// The channel key of requests.
    pub fn payload_channel(&self) -> Key<Channel> {
        Key::new(self.payload_key)
    }

    fn serial(&self) -> Option<Serial> {
        self.setup.serial.parse().ok()
    }
}

/// Which requirement the first difference of two AM1 violates, beyond the frame.
fn am1_fault(got: &str, want: Option<&str>) -> Option<&'static str> {
    let want = want?;
    let differs = |from: usize, to: usize| got.get(from * 2..to * 2) != want.get(from * 2..to * 2);
    match () {
        () if differs(15, 16) => None,
        () if differs(16, 20) => Some("AM1-14"),
        () if differs(20, 44) => Some("KEY-9"),
        () if differs(44, 46) => Some("AM1-2"),
        () => None,
    }
}

/// What a request shows.
#[derive(Clone, Debug)]
pub struct Show {
    /// Index of the signing application.
    pub application: u8,
    /// 0..=3.
    pub minimum_version: u32,
    /// No cached unlock.
    pub require_pin: bool,
    /// 0..=15.
    pub template: u32,
    /// Of the strings.
    pub charset: Charset,
    /// How it travels.
    pub carrier: Carrier,
    /// What is shown.
    pub content: Content,
}

impl Default for Show {
    fn default() -> Self {
        Self {
            application: super::setup::app::TIME,
            minimum_version: 0,
            require_pin: false,
            template: 0,
            charset: Charset::Utf8,
            carrier: Carrier::Direct,
            content: Content::List { title: "Transfer".into(), items: default_items() },
        }
    }
}

/// The items of [`Show::default`].
pub fn default_items() -> Vec<Item> {
    vec![("Amount".into(), "12.50 EUR".into()), ("To".into(), "Zoë".into())]
}

impl Show {
    /// A request to be signed with this application.
    pub fn by(application: u8) -> Self {
        Self { application, ..Self::default() }
    }

    /// The default list under another title.
    pub fn titled(title: &str) -> Self {
        Self { content: Content::List { title: title.into(), items: default_items() }, ..Self::default() }
    }

    /// The parameters of `server.generate_request`.
    pub fn question(&self, now: u32) -> ServerGenerateRequest {
        ServerGenerateRequest {
            now,
            carrier: self.carrier,
            application: Number::from(u32::from(self.application)),
            minimum_version: Number::from(self.minimum_version),
            require_pin: self.require_pin,
            template: Number::from(self.template),
            charset: self.charset,
            content: self.content.clone(),
        }
    }
}

/// What a client shows of a content (CLI-11).
pub fn shown_of(content: Content) -> ShownContent {
    match content {
        Content::List { title, items } => ShownContent::List { title, items },
        Content::Challenge { title: _, challenge } => ShownContent::Challenge { challenge },
        Content::FreeText { title, text } => ShownContent::FreeText { title, text },
        Content::Notification { challenge_key } => {
            ShownContent::Notification { challenge_key: challenge_key.to_ascii_uppercase() }
        }
        Content::Login { service, index, user, domain } => {
            ShownContent::Login { service, index, user, domain }
        }
    }
}

/// A list to be shown.
pub fn list(title: &str, items: &[(&str, &str)]) -> Content {
    let items = items.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    Content::List { title: title.into(), items }
}

/// The parameters of `client.open`.
pub fn open(message: &str) -> ClientOpen {
    ClientOpen { message: message.into(), carrier: Carrier::Direct }
}
