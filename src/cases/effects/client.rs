//! A client: an account with a message on display, or locked, or with another beside it, and a second account; and what an
//! accepted operation does to them.

use super::kit::{Digest, Made, Row, World, add, attempts, row, same_answer};
use crate::app2app::configuration;
use crate::app2app_url::{CALLBACKS, Call};
use harness::area::Area;
use harness::instance::{Instance, at};
use harness::play::{Ask, Play};
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{PIN_TRIES, Setup, otp};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Carrier, Content, Data, Number, Pin, Removed};

const PLATFORM: [u8; 16] = [0x77; 16];
const NONE: Data = Data::ResponseOnly {};
/// Of the form of an unlock response, check digit and all, and wrong but for one time in ten million runs.
const WRONG: &str = "00000007";

/// In which of its states the account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum In {
    /// A request on display that `open` put there.
    Use,
    /// A request on display that another app sent.
    Call,
    /// The same, and the account is locked.
    LockedCall,
    /// Locked, with a challenge that was tried.
    Locked,
    /// Something pre-activated beside it.
    Beside,
    /// Something waiting beside it.
    Waiting,
    /// Both: it was locked while the other waited.
    LockedWaiting,
}

/// A client with all that may be on it.
struct Installed {
    user: Instance,
    /// The client's account of another license.
    other: Scene,
    /// What stands beside the account.
    new: Option<Instance>,
    /// A request that was not opened yet.
    request: String,
    /// The same of a login.
    details: String,
    challenge: String,
}

impl Installed {
    fn asks<Op>(&self, op: Op) -> Ask<Op> {
        Ask { party: self.user.client().clone(), op }
    }

    fn made(t: &mut Play<'_, '_>, which: In) -> Result<Self, Stop> {
        let setup = Setup { replacement: true, ..Setup::otp() };
        let mut user = at(t, setup.clone(), Stage::Confirmed)?;
        t.needs_time(user.client())?;
        t.needs_randomness(user.client())?;
        let mut other =
            Scene::new(t, Under::Neither, Setup { serial: "VDS1000121", ..setup }, Stage::Issued)?;
        other.client = user.client().clone();
        other.play_from_code(t)?;
        Trial::agrees(t, "A2A-9", user.client(), &configuration(CALLBACKS))?;

        let login = user.retrieves_login(t, "shop")?;
        user.signs_login(t, &login)?;
        let details = user.retrieves_login(t, "another")?.details;
        user.responds_at(t, otp::EVENT, &NONE, 0)?;
        user.informs(t, &login.key)?;
        let new = match which {
            In::Beside | In::Waiting | In::LockedWaiting => Some(beside(t, &user, which != In::Beside)?),
            _ => None,
        };
        let (shown, request) =
            (user.request(t, &Show::by(otp::FIELDS))?, user.request(t, &Show::by(otp::FIELDS))?);
        let call = Call::new(CALLBACKS, &shown).url();
        let mut made = Self { user, other, new, request, details, challenge: "none".into() };
        match which {
            In::Call | In::LockedCall => {
                Trial::agrees(t, "A2A-15", made.user.client(), &ClientDispatch { url: call }).map(drop)?;
            }
            _ => made.user.scene_mut().open(t, &shown).map(drop)?,
        }
        same_answer(t, "CLI-15", &made.wrong_of_other())?;
        let locked = matches!(which, In::Locked | In::LockedCall | In::LockedWaiting);
        attempts(t, "CLI-15", if locked { u32::from(PIN_TRIES) } else { 1 }, &made.wrong())?;
        if locked {
            made.challenge = Trial::agrees(t, "UNL-1", made.user.client(), &made.shows().op)?.challenge;
            same_answer(t, "UNL-7", &made.unlocks(WRONG))?;
        }
        Ok(made)
    }

    fn wrong(&self) -> Ask<ClientGenerateResponse> {
        let question = self.user.scene().response_question(otp::TIME, NONE);
        self.asks(ClientGenerateResponse { pin: Pin::Wrong, ..question })
    }

    fn wrong_of_other(&self) -> Ask<ClientGenerateResponse> {
        let question = self.other.response_question(otp::TIME, NONE);
        self.asks(ClientGenerateResponse { pin: Pin::Wrong, ..question })
    }

    fn shows(&self) -> Ask<ClientGenerateUnlockChallenge> {
        let random = Some(RandomUnlockChallenge { unlock_challenge: Some(Array([0x13; 8])) });
        self.asks(ClientGenerateUnlockChallenge { serial: self.user.serial().into(), random })
    }

    fn unlocks(&self, response: &str) -> Ask<ClientUnlock> {
        self.asks(ClientUnlock { serial: self.user.serial().into(), response: response.into() })
    }

    fn responds(&self, application: u8, pin: Pin) -> Ask<ClientGenerateResponse> {
        let question = self.user.scene().response_question(application, NONE);
        self.asks(ClientGenerateResponse { pin, ..question })
    }

    fn signs(&self, t: &Trial<'_>, approved: bool, pin: Pin) -> Ask<ClientSign> {
        let handle = t.handle(self.user.client());
        self.asks(ClientSign { handle, approved, pin, now: self.user.now() })
    }

    fn answers(&self, t: &Trial<'_>, approved: bool, pin: Pin) -> Ask<ClientAnswer> {
        let handle = t.handle(self.user.client());
        self.asks(ClientAnswer { handle, approved, pin, now: self.user.now() })
    }

    fn removes(&self, what: Removed) -> Ask<ClientRemove> {
        self.asks(ClientRemove { serial: self.user.serial().into(), what })
    }

    fn information(&self) -> Ask<ClientGenerateInformation> {
        let (serial, challenge_key) = (self.user.serial().into(), "0123456789".into());
        self.asks(ClientGenerateInformation { serial, challenge_key, now: self.user.now() })
    }

    /// What stands beside the account.
    fn beside(&self) -> &Instance {
        self.new.as_ref().unwrap_or(&self.user)
    }

    fn takes(&self, pin: Pin) -> Result<Ask<ClientActivateInstance>, Stop> {
        Ok(self.asks(self.user.scene().take_am2(self.beside().am2()?, pin)))
    }

    /// The reference's server ends one of the two.
    fn ends(&self, t: &mut Trial<'_>, instance: &Instance) -> Result<Ask<ClientDeactivate>, Stop> {
        let (sequence, now) = (Number::from(instance.sequence()), self.user.now());
        let op = ServerGenerateDeactivation { sequence, now };
        let message = t.accepts("DEA-1", self.user.server(), &op)?.got.message;
        Ok(self.asks(ClientDeactivate { message, carrier: Carrier::Direct }))
    }
}

/// A new instance of the same client, as far as AM1 or AM2.
fn beside(t: &mut Play<'_, '_>, user: &Instance, waits: bool) -> Result<Instance, Stop> {
    let mut new = user.clone();
    let scene = new.scene_mut();
    scene.replace = true;
    scene.issue_am1(t)?;
    scene.activate_license(t)?;
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    if waits {
        scene.activate_instance(t)?;
    }
    Ok(new)
}

impl World for Installed {
    fn party(&self) -> &Party {
        self.user.client()
    }

    fn is_ready(&self, t: &mut Trial<'_>) -> Result<(), Stop> {
        same_answer(t, "PSH-8", &self.asks(ClientLoginIdentity { serial: self.user.serial().into() }))?;
        let random = Some(RandomState { state_nonce: Some(Array([4; 12])) });
        same_answer(t, "CST-1", &self.asks(ClientSave { platform_key: Array(PLATFORM), random }))
    }

    fn tells(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
        let random = Some(RandomState { state_nonce: Some(Array([3; 12])) });
        same_answer(t, aim, &self.asks(ClientSave { platform_key: Array(PLATFORM), random }))?;
        same_answer(t, aim, &self.asks(ClientAccounts {}))?;
        for serial in [self.user.serial(), self.other.setup.serial] {
            same_answer(t, aim, &self.asks(ClientLoginIdentity { serial: serial.into() }))?;
        }
        Ok(())
    }

    fn tries(&self, t: &mut Trial<'_>, aim_of: &dyn Fn(&str) -> &'static str) -> Result<(), Stop> {
        attempts(t, aim_of("unlock_failures"), u32::from(PIN_TRIES), &self.unlocks(WRONG))?;
        let pins = u32::from(PIN_TRIES) + 1;
        attempts(t, aim_of("pin_failures"), pins, &self.wrong())?;
        attempts(t, "CLI-15", pins, &self.wrong_of_other())?;
        // And once more, now that it is locked: what a lock before has used up doesn't come back.
        same_answer(t, aim_of("unlock_failures"), &self.shows())?;
        attempts(t, aim_of("unlock_failures"), u32::from(PIN_TRIES) + 1, &self.unlocks(WRONG))
    }

    fn goes_on(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
        // What is on display, under the handle of before or the one that was given now; by whom it was sent.
        for handle in 0..=t.handle(self.user.client()).0 {
            let (approved, pin, now) = (false, Pin::Cached, self.user.now());
            let handle = Count(handle);
            same_answer(t, aim, &self.asks(ClientSign { handle, approved, pin, now }))?;
            same_answer(t, aim, &self.asks(ClientAnswer { handle, approved, pin, now }))?;
        }
        // How app-to-app is configured, and which handle comes next.
        let busy = Call::new(CALLBACKS, "00").url();
        same_answer(t, aim, &self.asks(ClientDispatch { url: busy }))?;
        same_answer(t, aim, &self.asks(ClientClose {}))?;
        same_answer(t, aim, &self.asks(open(&self.request)))?;
        if let Some(new) = &self.new {
            same_answer(t, aim, &self.asks(self.user.scene().take_am2(new.am2()?, Pin::Cached)))?;
            same_answer(t, aim, &self.asks(new.scene().mark_question()))?;
        }
        same_answer(t, aim, &self.asks(open(&self.request)))?;
        same_answer(t, aim, &self.asks(ClientAccounts {}))
    }
}

const USE: Made<Installed> = |t| Installed::made(t, In::Use);
const CALL: Made<Installed> = |t| Installed::made(t, In::Call);
const LOCKED_CALL: Made<Installed> = |t| Installed::made(t, In::LockedCall);
const LOCKED: Made<Installed> = |t| Installed::made(t, In::Locked);
const BESIDE: Made<Installed> = |t| Installed::made(t, In::Beside);
const WAITING: Made<Installed> = |t| Installed::made(t, In::Waiting);
const LOCKED_WAITING: Made<Installed> = |t| Installed::made(t, In::LockedWaiting);

const PIN: &[(&str, &str)] = &[("pin_failures", "CLI-29")];
const PIN_OF_AM2: &[(&str, &str)] = &[("pin_failures", "AM2-17")];
const UNLOCKED: &[(&str, &str)] = &[("pin_failures", "UNL-8"), ("unlock_failures", "UNL-8")];
const CONFIRMED: &[(&str, &str)] = &[("pin_failures", "CLI-21"), ("unlock_failures", "CLI-21")];
const ENDED: &[(&str, &str)] = &[("pin_failures", "DEA-7"), ("unlock_failures", "DEA-7")];
const REMOVED: &[(&str, &str)] = &[("pin_failures", "CLI-19"), ("unlock_failures", "CLI-19")];

use Digest::{Changes, Stays};

#[rustfmt::skip] // a table
static ROWS: [Row<Installed>; 59] = [
    row(USE, "accounts", "CLI-18", "the list of accounts", Stays, &[], |t, w| t.agrees("CLI-18", &w.asks(ClientAccounts {}))),
    row(LOCKED, "accounts-locked", "CLI-18", "the list of accounts, one of them locked", Stays, &[], |t, w| t.agrees("CLI-18", &w.asks(ClientAccounts {}))),
    row(USE, "am1-beside", "AM1-12", "AM1 for another instance", Changes, &[], am1),
    row(LOCKED, "am1-beside-locked", "AM1-12", "AM1 for another instance beside a locked account", Changes, &[], am1),
    row(BESIDE, "am1-again", "AM1-11", "an AM1 that is taken twice", Stays, &[], |t, w| {
        let op = ClientActivateLicense { message: w.beside().am1()?.to_owned() };
        t.agrees("AM1-11", &w.asks(op))
    }),
    row(BESIDE, "am2-beside", "AM2-17", "AM2 for an instance beside the account", Changes, PIN_OF_AM2, |t, w| t.agrees("AM2-17", &w.takes(Pin::Right)?)),
    row(WAITING, "am2-again", "AM2-14", "the AM2 of the account that waits", Stays, &[], |t, w| t.agrees("AM2-14", &w.takes(Pin::Right)?)),
    row(LOCKED_WAITING, "am2-again-locked", "AM2-14", "the AM2 of the account that waits beside a locked one", Stays, &[], |t, w| t.agrees("AM2-14", &w.takes(Pin::Right)?)),
    row(USE, "open", "CLI-27", "a message that takes the place of another", Changes, &[], |t, w| t.agrees("CLI-27", &w.asks(open(&w.request)))),
    row(CALL, "open-ends-call", "CLI-27", "a message that takes the place of a call's", Changes, &[], |t, w| t.agrees("CLI-27", &w.asks(open(&w.request)))),
    row(USE, "open-notification", "PSH-7", "a notification", Stays, &[], |t, w| {
        let content = Content::Notification { challenge_key: "0123456789".into() };
        let show = Show { carrier: Carrier::Gateway, content, ..Show::by(otp::FIELDS) };
        let message = Trial::accepts(t, "REQ-1", w.user.server(), &show.question(w.user.now()))?.got.message;
        t.agrees("PSH-7", &w.asks(ClientOpen { message, carrier: Carrier::Gateway }))
    }),
    row(USE, "close", "CLI-28", "closing", Changes, &[], |t, w| t.agrees("CLI-28", &w.asks(ClientClose {}))),
    row(CALL, "close-call", "CLI-28", "closing a call's message", Changes, &[], |t, w| t.agrees("CLI-28", &w.asks(ClientClose {}))),
    row(LOCKED, "close-locked", "CLI-28", "closing on a locked account", Changes, &[], |t, w| t.agrees("CLI-28", &w.asks(ClientClose {}))),
    row(USE, "sign", "CLI-29", "signing with the right PIN", Changes, PIN, |t, w| {
        let ask = w.signs(t, true, Pin::Right);
        t.agrees("CLI-29", &ask)
    }),
    row(USE, "sign-cached", "CLI-29", "signing on a cached unlock", Changes, &[], |t, w| {
        let ask = w.signs(t, true, Pin::Cached);
        t.agrees("CLI-29", &ask)
    }),
    row(USE, "reject", "CLI-29", "rejecting", Changes, &[], |t, w| {
        let ask = w.signs(t, false, Pin::Right);
        t.agrees("CLI-29", &ask)
    }),
    row(USE, "sign-login", "PSH-8", "signing a login", Changes, PIN, |t, w| {
        let scene = w.user.scene_mut();
        let opens = ClientOpen { message: w.details.clone(), carrier: Carrier::Gateway };
        Trial::accepts(t, "CLI-28", &scene.client, &ClientClose {})?;
        Trial::accepts(t, "CLI-11", &scene.client, &opens)?;
        let ask = w.signs(t, true, Pin::Right);
        t.agrees("PSH-8", &ask)
    }),
    row(CALL, "answer", "CLI-29", "answering with the right PIN", Changes, PIN, |t, w| {
        let ask = w.answers(t, true, Pin::Right);
        t.agrees("CLI-29", &ask)
    }),
    row(CALL, "answer-cached", "CLI-29", "answering on a cached unlock", Changes, &[], |t, w| {
        let ask = w.answers(t, true, Pin::Cached);
        t.agrees("CLI-29", &ask)
    }),
    row(CALL, "answer-rejects", "CLI-29", "an answer that rejects", Changes, &[], |t, w| {
        let ask = w.answers(t, false, Pin::Right);
        t.agrees("CLI-29", &ask)
    }),
    row(LOCKED_CALL, "answer-locked", "A2A-18", "an answer of a locked account", Changes, &[], |t, w| {
        let ask = w.answers(t, true, Pin::Right);
        t.agrees("A2A-18", &ask)
    }),
    row(USE, "deactivate", "DEA-7", "deactivation", Changes, ENDED, deactivates),
    row(CALL, "deactivate-ends-call", "DEA-7", "deactivation while a call is on display", Changes, ENDED, deactivates),
    row(LOCKED, "deactivate-locked", "DEA-7", "deactivation of a locked account", Changes, ENDED, deactivates),
    row(BESIDE, "deactivate-beside", "DEA-7", "deactivation beside a pre-activated account", Changes, ENDED, deactivates),
    row(WAITING, "deactivate-old", "DEA-7", "deactivation of the account beside which one waits", Changes, ENDED, deactivates),
    row(LOCKED_WAITING, "deactivate-old-locked", "DEA-7", "deactivation of a locked account beside which one waits", Changes, ENDED, deactivates),
    row(WAITING, "deactivate-waiting", "DEA-7", "deactivation of the account that waits", Changes, &[], |t, w| {
        let ask = w.ends(t, w.beside())?;
        t.agrees("DEA-7", &ask)
    }),
    row(USE, "respond", "CLI-29", "a response with the right PIN", Stays, PIN, |t, w| t.agrees("CLI-29", &w.responds(otp::TIME, Pin::Right))),
    row(USE, "respond-cached", "CLI-29", "a response on a cached unlock", Stays, &[], |t, w| t.agrees("CLI-29", &w.responds(otp::TIME, Pin::Cached))),
    row(USE, "respond-event", "SIG-5", "a response by an event", Changes, PIN, |t, w| t.agrees("SIG-5", &w.responds(otp::EVENT, Pin::Right))),
    row(USE, "respond-both", "SIG-5", "a response by clock and event", Changes, PIN, |t, w| t.agrees("SIG-5", &w.responds(otp::BOTH, Pin::Right))),
    row(LOCKED, "challenge-again", "UNL-9", "the challenge that is shown already", Stays, &[], |t, w| { t.agrees("UNL-9", &w.shows().but(|op| op.random = Some(RandomUnlockChallenge { unlock_challenge: Some(Array([0x31; 8])) }))) }),
    row(LOCKED, "unlock", "UNL-8", "unlocking", Changes, UNLOCKED, |t, w| {
        let op = ServerGenerateUnlockResponse { sequence: Number::from(w.user.sequence()), challenge: w.challenge.clone() };
        let response = Trial::accepts(t, "UNL-4", w.user.server(), &op)?.got.response;
        t.agrees("UNL-8", &w.unlocks(&response))
    }),
    row(USE, "mark-confirmed-none", "CLI-21", "a confirmation where none waits", Stays, &[], |t, w| {
        let op = w.user.scene().mark_question();
        t.agrees("CLI-21", &w.asks(op))
    }),
    row(LOCKED, "mark-confirmed-none-locked", "CLI-21", "a confirmation where none waits beside the locked account", Stays, &[], |t, w| {
        let op = w.user.scene().mark_question();
        t.agrees("CLI-21", &w.asks(op))
    }),
    row(WAITING, "mark-confirmed", "CLI-21", "the confirmation of the account that waits", Changes, CONFIRMED, marks),
    row(LOCKED_WAITING, "mark-confirmed-locked", "CLI-21", "the confirmation of the account that waits beside a locked one", Changes, CONFIRMED, marks),
    row(USE, "remove", "CLI-19", "removing an account", Changes, REMOVED, |t, w| t.agrees("CLI-19", &w.removes(Removed::Account))),
    row(LOCKED, "remove-locked", "CLI-19", "removing a locked account", Changes, REMOVED, |t, w| t.agrees("CLI-19", &w.removes(Removed::Account))),
    row(WAITING, "remove-both", "CLI-19", "removing an account beside which one waits", Changes, REMOVED, |t, w| t.agrees("CLI-19", &w.removes(Removed::Account))),
    row(BESIDE, "remove-beside", "CLI-19", "removing what is pre-activated", Changes, &[], |t, w| t.agrees("CLI-19", &w.removes(Removed::Replacement))),
    row(LOCKED_WAITING, "remove-waiting", "CLI-19", "removing what waits beside a locked account", Changes, &[], |t, w| t.agrees("CLI-19", &w.removes(Removed::Replacement))),
    row(USE, "save", "CST-1", "saving", Stays, &[], saves),
    row(LOCKED, "save-locked", "CST-1", "saving a locked account", Stays, &[], saves),
    row(CALL, "configure", "A2A-17", "another configuration of app-to-app", Changes, &[], configures),
    row(LOCKED, "configure-locked", "A2A-17", "another configuration while an account is locked", Changes, &[], configures),
    row(USE, "dispatch-busy", "A2A-15", "a call while something is on display", Stays, &[], |t, w| {
        t.agrees("A2A-15", &w.asks(ClientDispatch { url: Call::new(CALLBACKS, &w.request).url() }))
    }),
    row(LOCKED, "dispatch-locked", "A2A-15", "a call for a locked account", Stays, &[], |t, w| {
        t.agrees("A2A-15", &w.asks(ClientDispatch { url: Call::new(CALLBACKS, &w.request).url() }))
    }),
    row(USE, "dispatch", "CLI-25", "a call", Changes, &[], |t, w| {
        Trial::accepts(t, "CLI-28", w.user.client(), &ClientClose {})?;
        t.agrees("CLI-25", &w.asks(ClientDispatch { url: Call::new(CALLBACKS, &w.request).url() }))
    }),
    row(USE, "information", "NON-4", "an information message", Changes, &[], |t, w| t.agrees("NON-4", &w.information())),
    row(LOCKED_WAITING, "deactivate-waiting-locked", "DEA-7", "deactivation of the account that waits beside a locked one", Changes, &[], |t, w| {
        let ask = w.ends(t, w.beside())?;
        t.agrees("DEA-7", &ask)
    }),
    row(LOCKED, "open-other", "CLI-27", "a message for another account than the locked one", Changes, &[], |t, w| {
        let message = w.other.request(t, &Show::by(otp::FIELDS))?;
        t.agrees("CLI-27", &w.asks(open(&message)))
    }),
    row(LOCKED, "sign-other", "CLI-29", "signing on another account than the locked one", Changes, &[], |t, w| {
        let message = w.other.request(t, &Show::by(otp::FIELDS))?;
        w.other.open(t, &message)?;
        let ask = w.signs(t, true, Pin::Right);
        t.agrees("CLI-29", &ask)
    }),
    row(LOCKED, "respond-other", "CLI-29", "a response of another account than the locked one", Changes, &[], |t, w| {
        let op = w.other.response_question(otp::EVENT, NONE);
        t.agrees("CLI-29", &w.asks(op))
    }),
    row(LOCKED, "information-other", "NON-4", "an information message of another account than the locked one", Changes, &[], |t, w| {
        let serial = w.other.setup.serial.to_owned();
        t.agrees("NON-4", &Ask { op: ClientGenerateInformation { serial, ..w.information().op }, ..w.information() })
    }),
    row(USE, "identity", "PSH-8", "telling the user of a login", Stays, &[], identity),
    row(LOCKED, "identity-locked", "PSH-8", "telling the user of a login while the account is locked", Stays, &[], identity),
];

fn am1(t: &mut Play<'_, '_>, world: &mut Installed) -> Result<(), Stop> {
    let mut scene = world.user.scene().clone();
    let question = scene.am1_question(t);
    scene.am1 = Trial::accepts(t, "AM1-1", &scene.server, &question)?.got.message;
    t.agrees("AM1-12", &world.asks(ClientActivateLicense { message: scene.am1 }))
}

fn deactivates(t: &mut Play<'_, '_>, world: &mut Installed) -> Result<(), Stop> {
    let ask = world.ends(t, &world.user)?;
    t.agrees("DEA-7", &ask)
}

fn marks(t: &mut Play<'_, '_>, world: &mut Installed) -> Result<(), Stop> {
    t.agrees("CLI-21", &world.asks(world.beside().scene().mark_question()))
}

fn saves(t: &mut Play<'_, '_>, world: &mut Installed) -> Result<(), Stop> {
    let random = Some(RandomState { state_nonce: Some(Array([9; 12])) });
    t.agrees("CST-1", &world.asks(ClientSave { platform_key: Array(PLATFORM), random }))
}

fn configures(t: &mut Play<'_, '_>, world: &mut Installed) -> Result<(), Stop> {
    let [success, error, _] = CALLBACKS;
    t.agrees("A2A-17", &world.asks(configuration([success, error, "shop://elsewhere"])))
}

fn identity(t: &mut Play<'_, '_>, world: &mut Installed) -> Result<(), Stop> {
    t.agrees("PSH-8", &world.asks(ClientLoginIdentity { serial: world.user.serial().into() }))
}

/// Cases of this file.
pub(super) fn cases(area: &mut Area) {
    add(area, &ROWS);
}
