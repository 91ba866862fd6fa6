//! A single-device client: an account that answers, perhaps with a kept one beside it; and what an accepted operation does
//! to them.

use super::kit::{Digest, Made, Row, World, add, attempts, row, same_answer};
use harness::area::Area;
use harness::play::{Ask, Play};
use harness::setup::otp;
use harness::single_scene::{OTHER_PASSWORD, PASSWORD, Single, SingleSetup, WRONG_PASSWORD};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Data};

const NONE: Data = Data::ResponseOnly {};

/// How the account came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum In {
    /// Its response was accepted.
    Proven,
    /// Nothing was reported.
    Unproven,
    /// Proven, then activated again by the right code: that one is kept.
    Kept,
    /// The same, and locked.
    KeptLocked,
}

/// A client on which all of it is.
struct Installed {
    scene: Single,
    /// A code of another license key.
    wrong_code: String,
    /// Full activation data.
    data: String,
    /// Which password is the right one.
    password: &'static str,
}

impl Installed {
    fn made(t: &mut Play<'_, '_>, which: In) -> Result<Self, Stop> {
        let under = t.under()?;
        let scene = Single::new(t, under, SingleSetup::default())?;
        t.needs_time(&scene.client)?;
        t.needs_randomness(&scene.client)?;
        scene.accepted(t, otp::EVENT, &NONE)?;
        let (wrong_code, data) = (scene.wrong_code(t)?, scene.data(t, None, false)?);
        let mut made = Self { scene, wrong_code, data, password: PASSWORD };
        if which != In::Unproven {
            made.scene.report(t, true)?;
        }
        if matches!(which, In::Kept | In::KeptLocked) {
            // The kept one has failed once, and has a password of its own.
            same_answer(t, "PWD-6", &made.wrong())?;
            made.password = OTHER_PASSWORD;
            let code = made.scene.code.clone();
            let activation = made.activation(t, &code);
            Trial::agrees(t, "SDL-35", &activation.party, &activation.op)?;
            // Its event counter is ahead of the kept one's.
            same_answer(t, "SDL-26", &made.responds(otp::EVENT))?;
        }
        attempts(t, "PWD-6", if which == In::KeptLocked { 3 } else { 1 }, &made.wrong())?;
        Ok(made)
    }

    fn asks<Op>(&self, op: Op) -> Ask<Op> {
        Ask { party: self.scene.client.clone(), op }
    }

    fn activation(&self, t: &mut Trial<'_>, code: &str) -> Ask<ClientSingleActivate> {
        let password = Some(self.password.to_owned());
        let op = ClientSingleActivate { password, ..self.scene.activation(t, code) };
        self.asks(op)
    }

    fn with(&self, application: u8, password: &str) -> Ask<ClientSingleGenerateResponse> {
        let password = Some(password.to_owned());
        self.asks(ClientSingleGenerateResponse {
            password,
            ..self.scene.response_question(application, &NONE)
        })
    }

    fn responds(&self, application: u8) -> Ask<ClientSingleGenerateResponse> {
        self.with(application, self.password)
    }

    fn wrong(&self) -> Ask<ClientSingleGenerateResponse> {
        self.with(otp::TIME, WRONG_PASSWORD)
    }

    fn report(&self, accepted: bool) -> Ask<ClientSingleReport> {
        self.asks(ClientSingleReport { accepted })
    }
}

impl World for Installed {
    fn party(&self) -> &Party {
        &self.scene.client
    }

    fn is_ready(&self, t: &mut Trial<'_>) -> Result<(), Stop> {
        let random = Some(RandomState { state_nonce: Some(Array([4; 12])) });
        same_answer(t, "PWD-6", &self.asks(ClientSingleSave { random }))
    }

    fn tells(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
        let random = Some(RandomState { state_nonce: Some(Array([3; 12])) });
        same_answer(t, aim, &self.asks(ClientSingleSave { random }))?;
        same_answer(t, aim, &self.asks(ClientSingleStatus {}))
    }

    fn tries(&self, t: &mut Trial<'_>, aim_of: &dyn Fn(&str) -> &'static str) -> Result<(), Stop> {
        attempts(t, aim_of("password_failures"), 4, &self.wrong())
    }

    fn goes_on(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
        same_answer(t, aim, &self.asks(ClientSingleRevert {}))?;
        for password in [PASSWORD, OTHER_PASSWORD] {
            same_answer(t, aim, &self.with(otp::BOTH, password))?;
        }
        same_answer(t, aim, &self.asks(ClientSingleStatus {}))
    }
}

const PROVEN: Made<Installed> = |t| Installed::made(t, In::Proven);
const UNPROVEN: Made<Installed> = |t| Installed::made(t, In::Unproven);
const KEPT: Made<Installed> = |t| Installed::made(t, In::Kept);
const KEPT_LOCKED: Made<Installed> = |t| Installed::made(t, In::KeptLocked);

const RIGHT: &[(&str, &str)] = &[("password_failures", "PWD-6")];
const NEW: &[(&str, &str)] = &[("password_failures", "SDL-46")];
const BACK: &[(&str, &str)] = &[("password_failures", "SDL-39")];

use Digest::{Changes, Stays};

#[rustfmt::skip] // a table
static ROWS: [Row<Installed>; 20] = [
    row(PROVEN, "activate", "SDL-35", "activation by the right code", Changes, NEW, |t, w| {
        let ask = w.activation(t, &w.scene.code);
        t.agrees("SDL-35", &ask)
    }),
    row(PROVEN, "activate-wrongly", "SDL-35", "activation by a wrong code", Changes, NEW, |t, w| {
        let ask = w.activation(t, &w.wrong_code);
        t.agrees("SDL-35", &ask)
    }),
    row(KEPT, "activate-again", "SDL-40", "another activation while an account is kept", Changes, NEW, |t, w| {
        let ask = w.activation(t, &w.wrong_code);
        t.agrees("SDL-40", &ask)
    }),
    row(KEPT_LOCKED, "activate-locked", "SDL-16", "activation in place of a locked account", Changes, NEW, |t, w| {
        let ask = w.activation(t, &w.scene.code);
        t.agrees("SDL-16", &ask)
    }),
    row(KEPT, "activate-online", "SDL-37", "activation with a check of the key", Changes, NEW, |t, w| {
        let op = ClientSingleActivateOnline { password: Some(w.password.to_owned()), ..w.scene.online(t, &w.data, None) };
        t.agrees("SDL-37", &w.asks(op))
    }),
    row(PROVEN, "report-of-proven", "SDL-44", "a report for a proven account", Stays, &[], |t, w| t.agrees("SDL-44", &w.report(false))),
    row(UNPROVEN, "report-accepted", "SDL-15", "the report of an accepted response", Changes, &[], |t, w| t.agrees("SDL-15", &w.report(true))),
    row(UNPROVEN, "report-refused", "SDL-15", "the report of a refused response", Changes, &[], |t, w| t.agrees("SDL-15", &w.report(false))),
    row(KEPT, "report-drops", "SDL-37", "the report by which the kept account is dropped", Changes, &[], |t, w| t.agrees("SDL-37", &w.report(true))),
    row(KEPT, "report-refused-keeps", "SDL-37", "the report of a refused response while an account is kept", Changes, &[], |t, w| t.agrees("SDL-37", &w.report(false))),
    row(KEPT, "revert", "SDL-39", "going back", Changes, BACK, |t, w| t.agrees("SDL-39", &w.asks(ClientSingleRevert {}))),
    row(KEPT_LOCKED, "revert-locked", "SDL-39", "going back from a locked account", Changes, BACK, |t, w| t.agrees("SDL-39", &w.asks(ClientSingleRevert {}))),
    row(KEPT, "change-password", "PWD-11", "another password", Changes, RIGHT, |t, w| {
        let change = w.scene.change(t, Some(w.password), Some("135790"));
        t.agrees("PWD-11", &w.asks(change))
    }),
    row(KEPT, "respond", "PWD-6", "a response by the clock", Stays, RIGHT, |t, w| t.agrees("PWD-6", &w.responds(otp::TIME))),
    row(KEPT, "respond-event", "SDL-26", "a response by an event", Changes, RIGHT, |t, w| t.agrees("SDL-26", &w.responds(otp::EVENT))),
    row(KEPT, "derive", "BND-2", "a derivation code", Stays, RIGHT, |t, w| {
        let op = ClientSingleGenerateDerivationCode { password: Some(w.password.to_owned()), ..w.scene.derivation_question(None) };
        t.agrees("BND-2", &w.asks(op))
    }),
    row(KEPT, "mark-bound", "BND-7", "the mark of a bound account", Changes, &[], |t, w| t.agrees("BND-7", &w.asks(ClientSingleMarkBound {}))),
    row(KEPT, "status", "SDL-35", "the status", Stays, &[], |t, w| t.agrees("SDL-35", &w.asks(ClientSingleStatus {}))),
    row(KEPT_LOCKED, "status-locked", "SDL-35", "the status of a locked account", Stays, &[], |t, w| t.agrees("SDL-35", &w.asks(ClientSingleStatus {}))),
    row(KEPT, "save", "SDL-30", "saving", Stays, &[], |t, w| {
        let op = Single::save(t);
        t.agrees("SDL-30", &w.asks(op))
    }),
];

/// Cases of this file.
pub(super) fn cases(area: &mut Area) {
    add(area, &ROWS);
}
