//! A license: three instances on three devices, requests, logins, failures of each kind; and what an accepted operation of
//! its server does to them.

use super::kit::{Digest, Made, Row, World, add, attempts, row, same_answer};
use crate::device_code::with_another_mac;
use crate::import::sheet_of;
use crate::respond::{data_challenge, data_fields};
use crate::server_blob::{Values, application_key, forged, generation_of, load, places, seal, told};
use harness::area::Area;
use harness::instance::{Instance, at};
use harness::logins::Login;
use harness::play::{Ask, Play, need};
use harness::scene::{Scene, Show, Stage};
use harness::setup::{CODE_TRIES, SIGNATURE_TRIES, Setup, license_random, otp};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Carrier, Content, Data, Number, Operation};

const STORAGE: [u8; 16] = [0x2A; 16];
const NONE: Data = Data::ResponseOnly {};
/// Of the right form, and wrong but for one time in ten thousand runs.
const WRONG: &str = "12345678";

/// A license on which everything is.
struct Licensed {
    /// Has failed, and has retrieved a login that failed once.
    first: Instance,
    /// Has failed, too.
    second: Instance,
    /// Has answered AM2; its confirmation is on its way.
    third: Instance,
    /// A request that was accepted.
    accepted: (String, String),
    /// Another one, signed and on its way.
    signed: (String, String),
    login: Login,
    /// The signature under it.
    approval: String,
    /// The challenge key of one that nobody has retrieved.
    pending: String,
    /// Information messages of the first, one of which was accepted.
    informed: [String; 2],
}

fn challenge() -> Data {
    data_challenge("4711")
}

impl Licensed {
    fn new(t: &mut Play<'_, '_>) -> Result<Self, Stop> {
        let mut first = at(t, Setup::otp(), Stage::Confirmed)?;
        t.needs_time(first.server())?;
        t.needs_randomness(first.server())?;
        let mut second = first.sibling(t, Stage::Confirmed)?;
        first.moves_clock(3600)?;
        second.moves_clock(3600)?;
        // Its clock is two steps ahead; of each kind something was accepted.
        for (application, data, seconds) in [
            (otp::FIELDS, data_fields(&["a", "b", "c"]), 72),
            (otp::TIME, NONE, 72),
            (otp::EVENT, NONE, 0),
            (otp::BOTH, NONE, 120),
            (otp::CHALLENGE, challenge(), -36),
        ] {
            let response = first.responds_at(t, application, &data, seconds)?;
            let ask = first.verify_response(application, &data, &response);
            Trial::agrees(t, "VER-14", &ask.party, &ask.op)?;
        }
        let message = first.request(t, &Show::by(otp::FIELDS))?;
        let accepted = (message.clone(), first.signs_at(t, &message, 72)?);
        let ask = first.verify(&accepted.0, &accepted.1);
        Trial::agrees(t, "VER-14", &ask.party, &ask.op)?;
        let message = first.request(t, &Show::by(otp::FIELDS))?;
        let signed = (message.clone(), first.signs_at(t, &message, 108)?);
        let third = first.sibling(t, Stage::Active)?;

        let pending = first.starts_login(t, "shop")?;
        let login = first.retrieves_login(t, "shop")?;
        first.moves_clock(108)?;
        let approval = first.signs_login(t, &login)?;
        first.moves_clock(-108)?;
        let informed = [first.informs(t, &login.key)?, first.informs(t, &login.key)?];
        let world = Self { first, second, third, accepted, signed, login, approval, pending, informed };
        same_answer(t, "INF-6", &world.information(&world.informed[0]))?;
        same_answer(t, "DVC-11", &world.wrong_code())?;
        same_answer(t, "VER-12", &world.wrong(&world.first))?;
        same_answer(t, "VER-12", &world.wrong(&world.second))?;
        same_answer(t, "LGN-17", &world.first.approval(&world.login, WRONG))?;
        Ok(world)
    }

    /// What BLOBs hold.
    fn stored(&self, t: &mut Trial<'_>, aim: &'static str, instances: u32) -> Result<(), Stop> {
        for (sequence, index) in places(self.first.scene(), instances) {
            let random = Some(RandomBlob { blob_nonce: Some(Array([7; 12])) });
            let op = ServerSealBlob { random, ..seal(t, STORAGE, sequence, index) };
            same_answer(t, aim, &self.asks(op))?;
        }
        Ok(())
    }

    fn asks<Op>(&self, op: Op) -> Ask<Op> {
        Ask { party: self.first.server().clone(), op }
    }

    fn wrong(&self, instance: &Instance) -> Ask<ServerVerifyResponse> {
        instance.verify_response(otp::CHALLENGE, &challenge(), WRONG)
    }

    fn wrong_code(&self) -> Ask<ServerVerifyDeviceCode> {
        let scene = self.third.scene();
        self.asks(scene.code_question(&with_another_mac(&scene.device_code, 3), false))
    }

    fn code(&self) -> Ask<ServerVerifyDeviceCode> {
        let scene = self.third.scene();
        self.asks(scene.code_question(&scene.device_code, false))
    }

    fn am2(&self) -> Ask<ServerGenerateActivation2> {
        let random = Some(RandomSalt { instance_salt: Some(Array([0x5A; 13])) });
        self.asks(ServerGenerateActivation2 { now: self.first.now(), random })
    }

    fn deactivation(&self, instance: &Instance) -> Ask<ServerGenerateDeactivation> {
        let (sequence, now) = (Number::from(instance.sequence()), self.first.now());
        self.asks(ServerGenerateDeactivation { sequence, now })
    }

    fn information(&self, message: &str) -> Ask<ServerProcessInformation> {
        self.asks(ServerProcessInformation { message: message.into(), now: self.first.now() })
    }

    fn request(&self) -> Ask<ServerGenerateRequest> {
        self.asks(Show::by(otp::FIELDS).question(self.first.now()))
    }
}

impl World for Licensed {
    fn party(&self) -> &Party {
        self.first.server()
    }

    fn is_ready(&self, t: &mut Trial<'_>) -> Result<(), Stop> {
        self.stored(t, "VER-14", 3)?;
        same_answer(t, "VER-8", &self.first.verify(&self.accepted.0, &self.accepted.1))
    }

    fn tells(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
        self.stored(t, aim, 4)?;
        for sequence in 1..=4 {
            same_answer(t, aim, &self.asks(ServerInstance { sequence: Number::from(sequence) }))?;
        }
        for key in [&self.login.key, &self.pending] {
            same_answer(t, aim, &self.first.status(key))?;
        }
        Ok(())
    }

    fn tries(&self, t: &mut Trial<'_>, aim_of: &dyn Fn(&str) -> &'static str) -> Result<(), Stop> {
        attempts(t, aim_of("code_failures"), CODE_TRIES + 1, &self.wrong_code())?;
        attempts(t, aim_of("login_failures"), 1, &self.first.approval(&self.login, WRONG))?;
        attempts(t, aim_of("signature_failures"), SIGNATURE_TRIES, &self.wrong(&self.first))?;
        attempts(t, aim_of("signature_failures"), SIGNATURE_TRIES + 1, &self.wrong(&self.second))?;
        for instance in [&self.first, &self.second] {
            same_answer(t, aim_of("signature_failures"), &instance.unlocking())?;
        }
        let guess = self.first.approval(&self.login, WRONG);
        attempts(t, aim_of("login_failures"), SIGNATURE_TRIES, &guess)?;
        same_answer(t, aim_of("signature_failures"), &self.first.unlocking())
    }

    fn goes_on(&self, t: &mut Trial<'_>, aim: &'static str) -> Result<(), Stop> {
        let Self { first, second, third, .. } = self;
        same_answer(t, aim, &self.code())?;
        same_answer(t, aim, &self.am2())?;
        for message in &self.informed {
            same_answer(t, aim, &self.information(message))?;
        }
        for (message, signature) in [&self.accepted, &self.signed] {
            same_answer(t, aim, &first.verify(message, signature))?;
        }
        same_answer(t, aim, &third.confirmation()?)?;
        same_answer(t, aim, &second.retrieval(&self.pending))?;
        same_answer(t, aim, &self.request())?;
        same_answer(t, aim, &self.deactivation(second))?;
        let op = ServerGenerateActivation1 {
            with_challenge: false,
            with_static_vector: false,
            now: first.now(),
            random: None,
        };
        same_answer(t, aim, &self.asks(op))
    }
}

/// The first responds, and the server accepts.
fn responds(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    world: &mut Licensed,
    application: u8,
    data: &Data,
    seconds: i64,
) -> Result<(), Stop> {
    let response = world.first.responds_at(t, application, data, seconds)?;
    t.agrees(aim, &world.first.verify_response(application, data, &response))
}

fn accepts<Op: Operation>(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    world: &Licensed,
    op: Op,
) -> Result<(), Stop> {
    t.agrees(aim, &world.asks(op))
}

/// A BLOB that the server takes: its own, or one of a higher generation with another content.
fn loads(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    world: &Licensed,
    (sequence, index): (u32, u8),
    content: Option<Vec<u8>>,
) -> Result<(), Stop> {
    let scene: &Scene = world.first.scene();
    let (own, _) = told(t, scene, STORAGE, sequence, index)?;
    let blob = match content {
        None => own,
        Some(content) => forged(t, scene, STORAGE, (sequence, index), generation_of(&own) + 5, &content)?,
    };
    accepts(t, aim, world, load(scene.now, STORAGE, sequence, index, &blob))
}

const FIRST: &[(&str, &str)] = &[("signature_failures", "VER-25")];

const NEW: Made<Licensed> = Licensed::new;

use Digest::{Changes, Stays};

#[rustfmt::skip] // a table
static ROWS: [Row<Licensed>; 35] = [
    row(NEW, "am1", "AM1-10", "a new AM1", Changes, &[("code_failures", "AM1-10")], |t, w| {
        let op = w.first.scene().am1_question(t);
        accepts(t, "AM1-10", w, op)
    }),
    row(NEW, "code-again", "DVC-15", "a device code that is given twice", Stays, &[("code_failures", "DVC-13")], |t, w| {
        t.agrees("DVC-15", &w.code())
    }),
    row(NEW, "code-of-another", "DVC-16", "the device code of another device", Changes, &[("code_failures", "DVC-13")], |t, w| {
        let other = fourth(t, w)?;
        accepts(t, "DVC-16", w, other.code_question(&other.device_code, false))
    }),
    row(NEW, "am2-again", "AM2-5", "AM2 that is issued again", Stays, &[], |t, w| t.agrees("AM2-5", &w.am2())),
    row(NEW, "am2-new", "AM2-3", "a new AM2", Changes, &[], |t, w| {
        let other = fourth(t, w)?;
        accepts(t, "DVC-11", w, other.code_question(&other.device_code, false))?;
        same_answer(t, "DVC-11", &w.wrong_code())?;
        t.agrees("AM2-3", &w.am2())
    }),
    row(NEW, "request", "NON-2", "a request", Changes, &[], |t, w| t.agrees("NON-2", &w.request())),
    row(NEW, "notification", "VER-7", "a request of format 3", Changes, &[], |t, w| {
        let content = Content::Notification { challenge_key: "0123456789".into() };
        let show = Show { carrier: Carrier::Gateway, content, ..Show::by(otp::FIELDS) };
        accepts(t, "VER-7", w, show.question(w.first.now()))
    }),
    row(NEW, "signature", "VER-14", "an accepted signature over a request", Changes, FIRST, |t, w| {
        t.agrees("VER-14", &w.first.verify(&w.signed.0, &w.signed.1))
    }),
    row(NEW, "confirmation", "VER-28", "an accepted confirmation", Changes, &[], |t, w| {
        t.agrees("VER-28", &w.third.confirmation()?)
    }),
    row(NEW, "deactivation", "DEA-4", "the deactivation of a confirmed instance", Changes, &[], |t, w| {
        t.agrees("DEA-4", &w.deactivation(&w.second))
    }),
    row(NEW, "deactivation-unconfirmed", "DEA-4", "the deactivation of the instance that waits for its confirmation", Changes, &[], |t, w| {
        t.agrees("DEA-4", &w.deactivation(&w.third))
    }),
    row(NEW, "response-time", "VER-27", "an accepted one-time password by the clock", Changes, FIRST, |t, w| responds(t, "VER-27", w, otp::TIME, &NONE, 144)),
    row(NEW, "response-event", "VER-14", "an accepted one-time password by an event", Changes, FIRST, |t, w| responds(t, "VER-14", w, otp::EVENT, &NONE, 0)),
    row(NEW, "response-both", "VER-14", "an accepted one-time password by clock and event", Changes, FIRST, |t, w| responds(t, "VER-14", w, otp::BOTH, &NONE, 180)),
    row(NEW, "response-challenge", "VER-14", "an accepted response to a challenge", Changes, FIRST, |t, w| responds(t, "VER-14", w, otp::CHALLENGE, &challenge(), 36)),
    row(NEW, "response-fields", "VER-26", "an accepted signature over other fields at the same step", Changes, FIRST, |t, w| responds(t, "VER-26", w, otp::FIELDS, &data_fields(&["a", "b", "d"]), 72)),
    row(NEW, "response-fields-later", "VER-26", "an accepted signature over fields at a later step", Changes, FIRST, |t, w| responds(t, "VER-26", w, otp::FIELDS, &data_fields(&["a", "b", "c"]), 108)),
    row(NEW, "unlock-response", "UNL-4", "an unlock response", Stays, &[], |t, w| {
        let (sequence, challenge) = (Number::from(w.first.sequence()), WRONG.to_owned());
        accepts(t, "UNL-4", w, ServerGenerateUnlockResponse { sequence, challenge })
    }),
    row(NEW, "unlock", "OPR-1", "unlocking an instance", Stays, &[("signature_failures", "OPR-1")], |t, w| t.agrees("OPR-1", &w.first.unlocking())),
    row(NEW, "restored", "OPR-3", "a restored backup", Changes, &[], |t, w| t.agrees("OPR-3", &w.first.restoring())),
    row(NEW, "restored-higher", "OPR-3", "a restored backup with a higher sequence number", Changes, &[], |t, w| {
        accepts(t, "OPR-3", w, ServerRestored { highest_sequence: Number::from(7), now: w.first.now() + 50 })
    }),
    row(NEW, "resynchronise", "OPR-9", "resynchronising", Changes, &[("signature_failures", "OPR-9")], |t, w| {
        let first = w.first.responds_at(t, otp::EVENT, &NONE, 0)?;
        let second = w.first.responds_at(t, otp::EVENT, &NONE, 0)?;
        t.agrees("OPR-9", &w.first.resynchronise(otp::EVENT, &NONE, [&first, &second]))
    }),
    row(NEW, "reimport", "IMP-3", "importing the license again", Changes, &[("code_failures", "IMP-3"), ("signature_failures", "IMP-3"), ("login_failures", "LGN-21")], |t, w| {
        let scene = w.first.scene();
        let sheet = sheet_of(t, scene, &scene.setup.message_vector());
        let random = Some(license_random(t));
        accepts(t, "IMP-3", w, ServerReimport { transport_key: Array(sheet.transport), file: Bytes(sheet.file().into_bytes()), random })
    }),
    row(NEW, "load-own", "BLB-13", "a BLOB as the server has it", Stays, &[], |t, w| loads(t, "BLB-13", w, (1, otp::TIME), None)),
    row(NEW, "load-license-key", "BLB-9", "a BLOB with another license key", Changes, &[], |t, w| loads(t, "BLB-9", w, (0, 0), Some(vec![0x33; 16]))),
    row(NEW, "load-payload-key", "BLB-9", "a BLOB with another payload key", Changes, &[], |t, w| loads(t, "BLB-9", w, (0, 1), Some(vec![0x44; 16]))),
    row(NEW, "load-application", "BLB-14", "a BLOB of an application that is ahead of the server", Changes, &[], |t, w| {
        let key = need(application_key(w.first.scene(), otp::EVENT), "the key of an application")?;
        let values = Values { flags: 1, next_event: 40, ..Values::default() };
        loads(t, "BLB-14", w, (1, otp::EVENT), Some(values.content(key)))
    }),
    row(NEW, "information", "INF-6", "an accepted information message", Changes, &[], |t, w| t.agrees("INF-6", &w.information(&w.informed[1]))),
    row(NEW, "login-start", "LGN-1", "a login that is started", Changes, &[], |t, w| {
        let ask = w.first.login(t, "another");
        t.agrees("LGN-1", &ask)
    }),
    row(NEW, "login-retrieve", "LGN-14", "a login that is retrieved", Changes, &[], |t, w| t.agrees("LGN-14", &w.second.retrieval(&w.pending))),
    row(NEW, "login-approve", "LGN-16", "a login that is approved", Changes, FIRST, |t, w| t.agrees("LGN-16", &w.first.approval(&w.login, &w.approval))),
    row(NEW, "login-reject", "LGN-18", "a login that is rejected", Changes, &[], |t, w| t.agrees("LGN-18", &w.first.rejection(&w.informed[1]))),
    row(NEW, "login-cancel", "LGN-19", "a login that is cancelled", Changes, &[], |t, w| t.agrees("LGN-19", &w.first.cancellation(&w.login.key))),
    row(NEW, "login-cancel-pending", "LGN-19", "a login that is cancelled before it was retrieved", Changes, &[], |t, w| t.agrees("LGN-19", &w.first.cancellation(&w.pending))),
    row(NEW, "login-status", "LGN-5", "the status of a login", Stays, &[], |t, w| t.agrees("LGN-5", &w.first.status(&w.login.key))),
];

/// A client that has answered the AM1 of the third, on another device.
fn fourth(t: &mut Play<'_, '_>, world: &Licensed) -> Result<Scene, Stop> {
    let under = t.under()?;
    let mut scene = world.third.scene().another_client(t, under)?;
    scene.activate_license(t)?;
    Ok(scene)
}

/// Cases of this file.
pub(super) fn cases(area: &mut Area) {
    add(area, &ROWS);
}
