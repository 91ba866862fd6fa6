//! A multi-device license at play: the world of the tables of client, server and login.

use channel::crypto::keys::{Channel, Key};
use channel::rule::{CLI_15, Rule, VER_12};
use channel::serial::Serial;
use harness::forge::Plain;
use harness::forge::state::Saved;
use harness::logins::Login;
use harness::play::{Play, need};
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{PIN_TRIES, SIGNATURE_TRIES, Setup, app};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Data, Number, Operation, Pin};

use super::super::at_rest;
use super::table::World;

/// Who logs in.
pub(super) const USER: &str = "Zoë";
/// Where.
pub(super) const DOMAIN: &str = "shop";

/// With what it begins.
pub(super) struct Begin {
    pub(super) setup: Setup,
    pub(super) stage: Stage,
    /// A second activation goes so far beside the first.
    pub(super) second: Option<Stage>,
    /// Wrong PINs have locked the client's account.
    pub(super) is_locked: bool,
    /// Logins that were started, each by its challenge key and by who asked.
    pub(super) logins: Vec<([u8; 5], String)>,
    /// The message counter ends so many messages after AM2 and these logins.
    pub(super) left: Option<u32>,
    /// Messages that are needed besides.
    pub(super) spare: u32,
    /// The login isn't retrieved.
    pub(super) is_pending: bool,
    /// What is wrong with a BLOB before it is sealed: with its generation, with its content.
    pub(super) blob: Vec<fn(&mut u32, &mut Vec<u8>)>,
}

impl Begin {
    /// A confirmed instance.
    pub(super) fn new() -> Self {
        Self {
            setup: Setup::default(),
            stage: Stage::Confirmed,
            second: None,
            is_locked: false,
            logins: Vec::new(),
            left: None,
            spare: 0,
            is_pending: false,
            blob: Vec::new(),
        }
    }
}

/// A license, its server and a client.
#[derive(Clone)]
pub(super) struct Licensed {
    pub(super) scene: Scene,
    /// What was signed, and how.
    pub(super) signed: (String, String),
    /// The login in question; its details, once it is retrieved.
    pub(super) login: Login,
    /// Whether it is to be retrieved.
    pub(super) is_pending: bool,
    /// What is wrong with a BLOB.
    pub(super) blob: Vec<fn(&mut u32, &mut Vec<u8>)>,
}

impl World for Licensed {
    type Begin = Begin;

    fn build(t: &mut Play<'_, '_>, mut begin: Begin) -> Result<Self, Stop> {
        let under = t.under()?;
        // As many sessions as a license has at most.
        begin.logins.truncate(256);
        if let Some(left) = begin.left {
            let needed = u32::try_from(begin.logins.len()).unwrap_or(0) + begin.spare + left;
            begin.setup.last_counter = u32::MAX - 1 - needed;
        }
        let mut scene = Scene::new(t, under, begin.setup, begin.stage)?;
        if begin.is_locked {
            lock(t, &scene)?;
        }
        if let Some(stage) = begin.second {
            scene.replace = true;
            scene.play(t, stage)?;
        }
        let login = Login { key: String::new(), details: String::new() };
        let world =
            Self { scene, signed: Default::default(), login, is_pending: begin.is_pending, blob: begin.blob };
        // Without Secure Channel there are none.
        let has_channel = world.scene.setup.secure_channel;
        for (key, requester) in begin.logins.into_iter().filter(|_| has_channel) {
            done(t, world.server(), &world.login_start(key, &requester))?;
        }
        Ok(world)
    }
}

impl Licensed {
    pub(super) fn client(&self) -> &Party {
        &self.scene.client
    }

    pub(super) fn server(&self) -> &Party {
        &self.scene.server
    }

    pub(super) fn payload_key(&self) -> Result<Option<Key<Channel>>, Stop> {
        Ok(Some(self.scene.payload_channel()))
    }

    pub(super) fn serial(&self) -> Result<[u8; 5], Stop> {
        let serial: Option<Serial> = self.scene.setup.serial.parse().ok();
        need(serial.map(Serial::to_bytes), "a serial number")
    }

    /// A message of this type and body, with a counter that nobody has used.
    pub(super) fn forged(&self, kind: u16, body: &[u8]) -> Result<String, Stop> {
        let nonce = (u64::from(self.scene.now) << 32 | 99).to_be_bytes();
        let plain = Plain { word: kind << 6 | 2, serial: self.serial()?, nonce, body: body.to_vec() };
        Ok(plain.message(Some(&self.scene.payload_channel())))
    }

    /// The same client after a restart, with something else in its state or in what is given at a start.
    pub(super) fn restarts(
        &mut self,
        t: &mut Play<'_, '_>,
        bend: impl Fn(&mut Saved),
        change: impl Fn(&mut ClientLoad),
    ) -> Result<(), Stop> {
        let platform = t.random();
        let save = at_rest::save(t, platform);
        let state = done(t, &self.scene.client, &save)?.state.0;
        let mut saved = Saved::of(platform, &state);
        bend(&mut saved);
        let mut load = at_rest::load(&self.scene.setup, platform, saved.state());
        change(&mut load);
        self.scene.client = t.peer_client();
        done(t, &self.scene.client, &load).map(drop)
    }

    /// The parameters of `server.login_start`, by the application of all factors.
    pub(super) fn login_start(&self, key: [u8; 5], requester: &str) -> ServerLoginStart {
        ServerLoginStart {
            application: Number::from(u32::from(app::BOTH)),
            service: "Shop".into(),
            user: USER.into(),
            domain: Some(DOMAIN.into()),
            requester: requester.into(),
            now: self.scene.now,
            random: Some(RandomChallengeKey { challenge_key: Some(Array(key)) }),
        }
    }

    /// This client has another account, which is activated.
    pub(super) fn has_another(&self, t: &mut Play<'_, '_>, serial: &'static str) -> Result<Scene, Stop> {
        let setup = Setup { serial, ..Setup::default() };
        let mut other = Scene::new(t, Under::Client, setup, Stage::Created)?;
        other.client = self.scene.client.clone();
        other.play(t, Stage::Confirmed)?;
        Ok(other)
    }

    /// A message of another account of this client is on display.
    pub(super) fn shows_another(&mut self, t: &mut Play<'_, '_>) -> Result<(), Stop> {
        let mut other = self.has_another(t, "VDS1000122")?;
        let message = other.request(t, &Show::default())?;
        done(t, &other.client, &open(&message)).map(drop)
    }

    /// An application of this instance is out of sync: a BLOB was brought that is newer than what the server has.
    pub(super) fn out_of_sync(&mut self, t: &mut Play<'_, '_>, index: u8) -> Result<(), Stop> {
        let load = self.blob(t, index, |generation, _| *generation += 1)?;
        done(t, self.server(), &load).map(drop)
    }

    /// The server is asked to take its own BLOB of an application, changed before it was sealed.
    pub(super) fn blob(
        &self,
        t: &mut Play<'_, '_>,
        index: u8,
        change: impl Fn(&mut u32, &mut Vec<u8>),
    ) -> Result<ServerLoadBlob, Stop> {
        let scene = &self.scene;
        t.needs_randomness(&scene.server)?;
        let (storage_key, reference) = (Array(t.random()), t.reference_party());
        let (sequence, index) = (Number::from(scene.sequence), Number::from(u32::from(index)));
        let random = Some(RandomBlob { blob_nonce: Some(Array(t.random())) });
        let blob = ServerSealBlob { storage_key, sequence, index, random: random.clone() };
        let blob = done(t, &scene.server, &blob)?.blob;
        let (serial, epoch) = (scene.setup.serial.to_owned(), Array(scene.epoch));
        let open = BlobOpen { storage_key, serial: serial.clone(), sequence, index, epoch, blob };
        let ContentResult { mut generation, mut content } = done(t, &reference, &open)?;
        change(&mut generation, &mut content.0);
        let seal = BlobSeal { storage_key, serial, sequence, index, epoch, generation, content, random };
        let blob = done(t, &reference, &seal)?.blob;
        Ok(ServerLoadBlob { storage_key, sequence, index, blob, now: scene.now })
    }

    /// Another instance of the same device takes the place of this one, which is deactivated.
    pub(super) fn is_replaced(&mut self, t: &mut Play<'_, '_>) -> Result<(), Stop> {
        let mut other = Scene { replace: true, ..self.scene.clone() };
        other.play(t, Stage::Confirmed)
    }

    /// A message is on display.
    pub(super) fn opens(&mut self, t: &mut Play<'_, '_>, require_pin: bool) -> Result<(), Stop> {
        let message = self.scene.request(t, &Show { require_pin, ..Show::default() })?;
        done(t, &self.scene.client, &open(&message)).map(drop)
    }
}

/// What only prepares: done, and not looked at.
pub(super) fn done<Op: Operation>(t: &mut Play<'_, '_>, party: &Party, op: &Op) -> Result<Op::Output, Stop> {
    let trial: &mut Trial<'_> = t;
    Ok(trial.accepts("PPR-5", party, op)?.got)
}

/// The same of what is refused.
fn refused<Op: Operation>(t: &mut Play<'_, '_>, rule: Rule, party: &Party, op: &Op) -> Result<(), Stop> {
    t.refuses_stateless(rule, party, op)
}

/// Wrong PINs lock the account.
pub(super) fn lock(t: &mut Play<'_, '_>, scene: &Scene) -> Result<(), Stop> {
    let responding = scene.setup.vector.applications.iter().find(|rules| rules.mode.number() == 1);
    let application = need(responding, "an application of mode RO")?.form.index;
    let wrong = ClientGenerateResponse {
        pin: Pin::Wrong,
        ..scene.response_question(application, Data::ResponseOnly {})
    };
    (0..PIN_TRIES).try_for_each(|_| refused(t, CLI_15, &scene.client, &wrong))
}

/// Wrong signatures lock the instance at its server.
pub(super) fn lock_at_server(t: &mut Play<'_, '_>, world: &mut Licensed) -> Result<(), Stop> {
    let scene = &mut world.scene;
    let responding = scene.setup.vector.applications.iter().find(|rules| rules.mode.number() == 1);
    let rules = need(responding, "an application of mode RO")?.form;
    let zeros = "0".repeat(rules.length.into());
    let wrong = scene.verify_response(rules.index, &Data::ResponseOnly {}, &zeros);
    match refused(t, VER_12, &scene.server, &wrong) {
        // It is locked already.
        Err(Stop::Harness(_)) => Ok(()),
        first => first
            .and_then(|()| (1..SIGNATURE_TRIES).try_for_each(|_| refused(t, VER_12, &scene.server, &wrong))),
    }
}

/// An instance that no license here has.
pub(super) const NOBODY: u32 = 77;
