//! A login at play: what its website, its attackers and an instance of its license ask of the server.

use channel::rule::VER_12;
use peer::operations::{
    ClientGenerateInformation, ClientOpen, ClientSign, LoginStatus, RandomChallengeKey, ServerLoginApprove,
    ServerLoginCancel, ServerLoginReject, ServerLoginRetrieve, ServerLoginStart, ServerLoginStatus,
    ServerUnlockInstance,
};
use peer::protocol::{Array, Carrier, Number, Pin};

use crate::forge::{Blame, same_message};
use crate::instance::{Instance, wrong};
use crate::play::{Ask, Play, need};
use crate::scene::Show;
use crate::setup::{SIGNATURE_TRIES, app};
use crate::trial::{Stop, Trial};

/// Who logs in.
const USER: &str = "Zoë";
/// Where.
const DOMAIN: &str = "shop";

/// A login whose details were retrieved.
#[derive(Clone, Debug)]
pub struct Login {
    /// Its challenge key.
    pub key: String,
    /// The message to be signed.
    pub details: String,
}

impl Instance {
    fn asks<Op>(&self, op: Op) -> Ask<Op> {
        Ask { party: self.server().clone(), op }
    }

    /// Somebody asks for a login of this license's user; a key of its own each time.
    pub fn login(&self, t: &mut Trial<'_>, requester: &str) -> Ask<ServerLoginStart> {
        self.asks(ServerLoginStart {
            application: Number::from(u32::from(app::TIME)),
            service: "Shop".into(),
            user: USER.into(),
            domain: Some(DOMAIN.into()),
            requester: requester.into(),
            now: self.now(),
            random: Some(RandomChallengeKey { challenge_key: Some(Array(t.random())) }),
        })
    }

    /// A login is pending: its challenge key.
    pub fn starts_login(&self, t: &mut Trial<'_>, requester: &str) -> Result<String, Stop> {
        let ask = self.login(t, requester);
        let both = t.accepts("LGN-1", &ask.party, &ask.op)?;
        let want = both.want.as_ref();
        t.same("LGN-1", &both.got.challenge_key, want.map(|want| &want.challenge_key))?;
        self.is_message(t, "LGN-1", &both.got.message, want.map(|want| &want.message))?;
        Ok(both.got.challenge_key)
    }

    /// This instance asks for the details.
    pub fn retrieval(&self, key: &str) -> Ask<ServerLoginRetrieve> {
        self.asks(ServerLoginRetrieve {
            challenge_key: key.into(),
            serial: self.serial().into(),
            sequence: Number::from(self.sequence()),
            now: self.now(),
        })
    }

    /// It has them, of a login that was started for it.
    pub fn retrieves_login(&self, t: &mut Trial<'_>, requester: &str) -> Result<Login, Stop> {
        let key = self.starts_login(t, requester)?;
        let ask = self.retrieval(&key);
        let both = t.accepts("LGN-14", &ask.party, &ask.op)?;
        self.is_message(t, "LGN-14", &both.got.message, both.want.map(|want| want.message).as_ref())?;
        Ok(Login { key, details: both.got.message })
    }

    /// A message to this license is the one that the reference issues: what is wrong with it is found here, and not
    /// where somebody reads it.
    fn is_message(
        &self,
        t: &mut Trial<'_>,
        layout: &'static str,
        got: &str,
        want: Option<&String>,
    ) -> Result<(), Stop> {
        let blame = Blame { layout, time: "NON-1", counter: "NON-2", channel: "KEY-3" };
        same_message(t, &blame, got, want, Some(&self.scene().payload_channel()))
    }

    /// The client shows the details, and its user approves them.
    pub fn signs_login(&self, t: &mut Trial<'_>, login: &Login) -> Result<String, Stop> {
        let open = ClientOpen { message: login.details.clone(), carrier: Carrier::Gateway };
        t.agrees("CLI-11", self.client(), &open)?;
        let signs =
            ClientSign { handle: t.handle(self.client()), approved: true, pin: Pin::Right, now: self.now() };
        let signed = t.accepts("SIG-1", self.client(), &signs)?;
        need(signed.got.signature, "a signature from a user who approved")
    }

    /// The server is asked to take a signature for a login.
    pub fn approval(&self, login: &Login, signature: &str) -> Ask<ServerLoginApprove> {
        self.asks(ServerLoginApprove {
            challenge_key: login.key.clone(),
            user: USER.into(),
            domain: Some(DOMAIN.into()),
            signature: signature.into(),
            now: self.now(),
        })
    }

    /// The client says that its user rejects a login: the message.
    pub fn informs(&self, t: &mut Trial<'_>, key: &str) -> Result<String, Stop> {
        let op = ClientGenerateInformation {
            serial: self.serial().into(),
            challenge_key: key.into(),
            now: self.now(),
        };
        let both = t.accepts("INF-1", self.client(), &op)?;
        let blame = Blame { layout: "INF-1", time: "NON-4", counter: "NON-4", channel: "KEY-3" };
        let (got, want) = (both.got.message, both.want.map(|want| want.message));
        same_message(t, &blame, &got, want.as_ref(), Some(&self.scene().payload_channel()))?;
        Ok(got)
    }

    /// The server is asked to take that.
    pub fn rejection(&self, message: &str) -> Ask<ServerLoginReject> {
        self.asks(ServerLoginReject { message: message.into(), now: self.now() })
    }

    /// The website gives a login up.
    pub fn cancellation(&self, key: &str) -> Ask<ServerLoginCancel> {
        self.asks(ServerLoginCancel { challenge_key: key.into(), now: self.now() })
    }

    /// The website asks how far a login has come.
    pub fn status(&self, key: &str) -> Ask<ServerLoginStatus> {
        self.asks(ServerLoginStatus { challenge_key: key.into(), now: self.now() })
    }

    /// A login has come so far.
    pub fn login_is(
        &self,
        t: &mut Play<'_, '_>,
        aim: &'static str,
        key: &str,
        want: LoginStatus,
    ) -> Result<(), Stop> {
        let got = t.answers(aim, &self.status(key))?;
        t.same(aim, &got.status, Some(&want))
    }

    /// The operator unlocks this instance.
    pub fn unlocking(&self) -> Ask<ServerUnlockInstance> {
        self.asks(ServerUnlockInstance { sequence: Number::from(self.sequence()) })
    }

    /// A stranger's guesses lock it on the server; none of a login.
    pub fn gets_locked(&mut self, t: &mut Trial<'_>) -> Result<(), Stop> {
        let (message, signature) = self.signs_request(t, &Show::default())?;
        let bad = self.verify(&message, &wrong(&signature)?);
        (0..SIGNATURE_TRIES).try_for_each(|_| t.refuses_only(VER_12, &bad.party, &bad.op))
    }
}
