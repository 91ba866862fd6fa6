//! A single-device license: bound, failed once, with applications that have moved; and what an accepted operation does to
//! it.

use super::kit::{Digest, Made, Row, World, add, attempts, row, same_answer};
use crate::respond::{data_challenge, data_fields};
use channel::bytes::Wire;
use harness::area::Area;
use harness::play::{Ask, Play};
use harness::setup::{SIGNATURE_TRIES, otp};
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data, Number};

const STORAGE: [u8; 16] = [0x2A; 16];
const NONE: Data = Data::ResponseOnly {};
/// Of the right form, and wrong but for one time in ten thousand runs.
const WRONG: &str = "12345678";

/// A license that is in use.
struct Licensed {
    scene: Single,
}

impl Licensed {
    fn new(t: &mut Play<'_, '_>) -> Result<Self, Stop> {
        let under = t.under()?;
        let mut scene = Single::new(t, under, SingleSetup::default())?;
        t.needs_time(&scene.server)?;
        t.needs_randomness(&scene.server)?;
        scene.bind(t)?;
        scene.now += 3600;
        for (application, data) in [(otp::EVENT, NONE), (otp::BOTH, NONE), (otp::FIELDS, fields("c"))] {
            scene.accepted(t, application, &data)?;
        }
        let world = Self { scene };
        same_answer(t, "VER-12", &world.wrong())?;
        Ok(world)
    }

    fn asks<Op>(&self, op: Op) -> Ask<Op> {
        Ask { party: self.scene.server.clone(), op }
    }

    fn wrong(&self) -> Ask<ServerSingleVerifyResponse> {
        self.asks(self.scene.verify(otp::CHALLENGE, &data_challenge("4711"), WRONG))
    }

    /// The client responds, and the server is asked to accept.
    fn response(
        &self,
        t: &mut Trial<'_>,
        application: u8,
        data: &Data,
    ) -> Result<Ask<ServerSingleVerifyResponse>, Stop> {
        let response = self.scene.respond(t, application, data)?;
        Ok(self.asks(self.scene.verify(application, data, &response)))
    }

    fn reimport(&self, license_key: [u8; 16]) -> Ask<ServerSingleReimport> {
        let static_vector = Bytes(self.scene.setup.vector.to_bytes());
        self.asks(ServerSingleReimport { license_key: Array(license_key), static_vector })
    }
}

fn fields(last: &str) -> Data {
    data_fields(&["a", "b", last])
}

impl World for Licensed {
    fn party(&self) -> &Party {
        &self.scene.server
    }

    fn is_ready(&self, t: &mut Trial<'_>) -> Result<(), Stop> {
        let random = Some(RandomState { state_nonce: Some(Array([4; 12])) });
        same_answer(t, "VER-14", &self.asks(ServerSingleSave { storage_key: Array(STORAGE), random }))
    }

    fn tells(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
        let random = Some(RandomState { state_nonce: Some(Array([3; 12])) });
        same_answer(t, aim, &self.asks(ServerSingleSave { storage_key: Array(STORAGE), random }))?;
        same_answer(t, aim, &self.asks(ServerSingleGenerateEventReactivationCounter {}))
    }

    fn tries(&self, t: &mut Trial<'_>, aim_of: &dyn Fn(&str) -> &'static str) -> Result<(), Stop> {
        attempts(t, aim_of("signature_failures"), SIGNATURE_TRIES + 1, &self.wrong())?;
        same_answer(t, "OPR-1", &self.asks(ServerSingleUnlock {}))
    }

    fn goes_on(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
        for (application, data) in [(otp::TIME, NONE), (otp::EVENT, NONE), (otp::FIELDS, fields("c"))] {
            let ask = self.response(t, application, &data)?;
            same_answer(t, aim, &ask)?;
        }
        let code = self.scene.derive(t, None)?;
        same_answer(t, aim, &self.asks(self.scene.verify_derivation(None, &code)))
    }
}

const RIGHT: &[(&str, &str)] = &[("signature_failures", "VER-25")];
const ANEW: &[(&str, &str)] = &[("signature_failures", "SDL-29")];

const NEW: Made<Licensed> = Licensed::new;

use Digest::{Changes, Stays};

#[rustfmt::skip] // a table
static ROWS: [Row<Licensed>; 16] = [
    row(NEW, "code", "SDL-3", "an activation code", Stays, &[], |t, w| {
        t.agrees("SDL-3", &w.asks(ServerSingleGenerateActivationCode { hexadecimal: true }))
    }),
    row(NEW, "data", "SDL-18", "full activation data", Stays, &[], |t, w| {
        let random = Some(RandomActivationNonce { activation_nonce: Some(Array([5; 12])) });
        t.agrees("SDL-18", &w.asks(ServerSingleGenerateFullActivationData { shared_secret: Some(Array([6; 16])), with_counter: true, random }))
    }),
    row(NEW, "counter", "ERC-1", "an event reactivation counter", Stays, &[], |t, w| t.agrees("ERC-1", &w.asks(ServerSingleGenerateEventReactivationCounter {}))),
    row(NEW, "response-time", "VER-27", "an accepted one-time password by the clock", Changes, RIGHT, |t, w| accepts(t, "VER-27", w, otp::TIME, &NONE)),
    row(NEW, "response-event", "VER-14", "an accepted one-time password by an event", Changes, RIGHT, |t, w| accepts(t, "VER-14", w, otp::EVENT, &NONE)),
    row(NEW, "response-both", "VER-14", "an accepted one-time password by clock and event", Changes, RIGHT, |t, w| accepts(t, "VER-14", w, otp::BOTH, &NONE)),
    row(NEW, "response-challenge", "VER-14", "an accepted response to a challenge", Changes, RIGHT, |t, w| accepts(t, "VER-14", w, otp::CHALLENGE, &data_challenge("4711"))),
    row(NEW, "response-fields", "VER-26", "an accepted signature over other fields", Changes, RIGHT, |t, w| accepts(t, "VER-26", w, otp::FIELDS, &fields("d"))),
    row(NEW, "derivation", "BND-10", "an accepted derivation code of the platform that is bound", Changes, &[("signature_failures", "BND-10")], |t, w| {
        let code = w.scene.derive(t, None)?;
        t.agrees("BND-10", &w.asks(w.scene.verify_derivation(None, &code)))
    }),
    row(NEW, "derivation-elsewhere", "BND-12", "a derivation code of another platform that replaces the one bound", Changes, &[("signature_failures", "BND-10")], |t, w| {
        let under = t.under()?;
        let mut other = w.scene.elsewhere(t, under, b"another platform")?;
        other.activate(t)?;
        other.now += 72;
        let code = other.derive(t, None)?;
        let ask = Ask { party: other.server.clone(), op: other.verify_derivation_replacing(None, &code) };
        t.agrees("BND-12", &ask)
    }),
    row(NEW, "unlock", "OPR-1", "unlocking", Stays, &[("signature_failures", "OPR-1")], |t, w| t.agrees("OPR-1", &w.asks(ServerSingleUnlock {}))),
    row(NEW, "resynchronise", "OPR-9", "resynchronising", Changes, &[("signature_failures", "OPR-9")], |t, w| {
        let [first, second] = [w.scene.respond(t, otp::EVENT, &NONE)?, w.scene.respond(t, otp::EVENT, &NONE)?];
        let attempt = |response: String| Attempt { data: NONE, response };
        let op = ServerSingleResynchronise {
            application: Number::from(u32::from(otp::EVENT)),
            first: attempt(first),
            second: attempt(second),
            now: w.scene.now,
        };
        t.agrees("OPR-9", &w.asks(op))
    }),
    row(NEW, "reimport-same", "SDL-29", "importing the same license again", Changes, ANEW, |t, w| t.agrees("SDL-29", &w.reimport(w.scene.license_key))),
    row(NEW, "reimport-another", "SDL-29", "importing the license under another key", Changes, ANEW, |t, w| t.agrees("SDL-29", &w.reimport([0x42; 16]))),
    row(NEW, "save", "SDL-30", "saving", Stays, &[], |t, w| {
        let random = Some(RandomState { state_nonce: Some(Array([9; 12])) });
        t.agrees("SDL-30", &w.asks(ServerSingleSave { storage_key: Array(STORAGE), random }))
    }),
    row(NEW, "derivation-next", "BND-10", "an accepted derivation code by a clock ahead", Changes, &[("signature_failures", "BND-10")], |t, w| {
        let ahead = Single { now: w.scene.now + 72, ..w.scene.clone() };
        let code = ahead.derive(t, None)?;
        t.agrees("BND-10", &w.asks(w.scene.verify_derivation(None, &code)))
    }),
];

fn accepts(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    world: &mut Licensed,
    application: u8,
    data: &Data,
) -> Result<(), Stop> {
    let ask = world.response(t, application, data)?;
    t.agrees(aim, &ask)
}

/// Cases of this file.
pub(super) fn cases(area: &mut Area) {
    add(area, &ROWS);
}
