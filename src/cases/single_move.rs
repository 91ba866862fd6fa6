//! Who may move a bound license to another platform, what its platform is called, and what an import leaves of it. SPEC
//! sections 28 and 30.

use super::blaming;
use super::respond::data_challenge;
use channel::bytes::Wire;
use channel::crypto::answer::Algorithm;
use channel::crypto::oath::suite::Suite;
use channel::rule::{BND_5, BND_9, BND_11, VER_12};
use channel::wire::derivation_code::DerivationCode;
use channel::wire::static_vector::{ApplicationRules, Mode};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::play::{Ask, Play, need};
use harness::setup::otp;
use harness::single_scene::{Single, SingleSetup};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data, Operation};

const NONE: Data = Data::ResponseOnly {};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut server = Area::new("bind-move", Role::Server);
    moves(&mut server);
    imported_again(&mut server);
    let mut client = Area::new("derive-platform", Role::Client);
    platforms(&mut client);
    let mut challenges = Area::new("derive-ocra", Role::Both);
    ocra(&mut challenges);
    [server, client, challenges].into_iter().flat_map(Area::cases).collect()
}

fn ask<Op: Operation>(scene: &Single, op: Op) -> Ask<Op> {
    Ask { party: scene.server.clone(), op }
}

/// A license bound to its owner's platform, 36 seconds later; and another platform that was activated by a copy of the
/// code, and its derivation code.
fn bound_and_clone(t: &mut Play<'_, '_>) -> Result<(Single, Single, String), Stop> {
    let under = t.under()?;
    let mut owner = Single::new(t, under, SingleSetup::default())?;
    owner.bind(t)?;
    owner.now += 36;
    let clone = owner.elsewhere(t, under, b"another platform")?;
    clone.activate(t)?;
    let code = clone.derive(t, None)?;
    Ok((owner, clone, code))
}

fn moves(area: &mut Area) {
    area.refuses(
        BND_11,
        "clone",
        "a copy of the app can't take a bound license over by itself; with the operator's replace it is moved",
        |t| {
            let (owner, clone, code) = bound_and_clone(t)?;
            t.refuses(BND_11, &ask(&clone, clone.verify_derivation(None, &code)))?;
            // The owner goes on, and nothing of the code was used up.
            let response = owner.respond(t, otp::BOTH, &NONE)?;
            t.agrees("BND-10", &ask(&owner, owner.verify(otp::BOTH, &NONE, &response)))?;
            t.refuses(BND_11, &ask(&clone, clone.verify_derivation(None, &code)))?;
            t.accepts(BND_11, &ask(&clone, clone.verify_derivation_replacing(None, &code)))
        },
    );

    area.refuses(
        BND_9,
        "wrong-code",
        "the operator's replace moves a license by a right derivation code alone, and a wrong one learns nothing",
        |t| {
            let (_, clone, code) = bound_and_clone(t)?;
            let wrong = wrong_mac(&code)?;
            t.refuses(BND_9, &ask(&clone, clone.verify_derivation_replacing(None, &wrong)))?;
            t.refuses(BND_9, &ask(&clone, clone.verify_derivation(None, &wrong)))?;
            t.accepts(BND_9, &ask(&clone, clone.verify_derivation_replacing(None, &code)))
        },
    );

    area.refuses(
        BND_11,
        "tries-stay",
        "a refused move neither gives wrong codes back nor counts as one",
        |t| {
            let (_, clone, code) = bound_and_clone(t)?;
            let wrong = wrong_mac(&code)?;
            t.refuses(BND_9, &ask(&clone, clone.verify_derivation(None, &wrong)))?;
            for _ in 0..5 {
                t.refuses(BND_11, &ask(&clone, clone.verify_derivation(None, &code)))?;
            }
            t.refuses(BND_9, &ask(&clone, clone.verify_derivation(None, &wrong)))?;
            t.accepts(BND_11, &ask(&clone, clone.verify_derivation_replacing(None, &code)))
        },
    );

    area.follows(
        &["BND-12"],
        "own-platform",
        "the platform that a license is bound to needs no replace, and a license that is not bound doesn't either",
        |t| {
            for first in [false, true] {
                let under = t.under()?;
                let mut scene = Single::new(t, under, SingleSetup::default())?;
                for replace in [first, false, true] {
                    let code = scene.derive(t, None)?;
                    let question = match replace {
                        true => scene.verify_derivation_replacing(None, &code),
                        false => scene.verify_derivation(None, &code),
                    };
                    t.agrees("BND-12", &ask(&scene, question))?;
                    scene.now += 36;
                }
            }
            Ok(())
        },
    );

    area.follows(
        &["BND-12"],
        "loaded",
        "a license that was saved and loaded knows its platform, and is moved from it by replace alone",
        |t| {
            let (mut owner, clone, code) = bound_and_clone(t)?;
            let save =
                ServerSingleSave { storage_key: Array([7; 16]), random: harness::single_scene::nonce(t) };
            let state = t.answers("SDL-30", &ask(&owner, save))?.state;
            owner.server = t.peer_server();
            t.agrees("SDL-30", &ask(&owner, ServerSingleLoad { storage_key: Array([7; 16]), state }))?;
            t.refuses(BND_11, &ask(&owner, clone.verify_derivation(None, &code)))?;
            t.agrees("BND-12", &ask(&owner, clone.verify_derivation_replacing(None, &code)))?;
            owner.now += 36;
            let own = owner.derive(t, None)?;
            t.refuses(BND_11, &ask(&owner, owner.verify_derivation(None, &own)))
        },
    );
}

/// The code with another MAC under a right check digit.
fn wrong_mac(code: &str) -> Result<String, Stop> {
    let mut decoded = need(DerivationCode::decode(code).ok(), "a derivation code")?;
    decoded.mac = (decoded.mac + 1) % 100_000_000;
    Ok(decoded.encode())
}

fn platforms(area: &mut Area) {
    area.accepts(
        &["BND-1"],
        "serial",
        "one platform is called otherwise for each license, so that two servers can't tell that it is one",
        |t| {
            let mut seen = Vec::new();
            for serial in ["VDS1000120", "VDS1000121", "VDS9999999"] {
                let under = t.under()?;
                let scene = Single::new(t, under, SingleSetup { serial, ..SingleSetup::default() })?;
                let question = Ask { party: scene.client.clone(), op: scene.derivation_question(None) };
                let code = t.answers("BND-1", &question)?.code;
                let decoded = need(DerivationCode::decode(&code).ok(), "a derivation code")?;
                let is_new = !seen.contains(&decoded.diversifier);
                t.decided(is_new, "BND-1", "another diversifier for each license", code)?;
                seen.push(decoded.diversifier);
            }
            Ok(())
        },
    );
}

/// The deriving application answers by OCRA, with a question of at most 8 digits.
fn with_ocra() -> Result<SingleSetup, Stop> {
    let suite = need(Suite::read("OCRA-1:HOTP-SHA1-6:QN08-T36S"), "a suite")?;
    Ok(SingleSetup::with(|vector| {
        for rules in vector.applications.iter_mut().filter(|rules| rules.form.index == otp::TIME) {
            rules.mode = Mode::ChallengeResponse;
            rules.form.mode = rules.mode.number();
            rules.algorithm = Algorithm::Ocra(suite.clone());
            rules.secure_channel = false;
        }
    }))
}

fn ocra(area: &mut Area) {
    area.refuses(
        BND_5,
        "challenge",
        "a derivation code is over up to 16 digits, however few the question of an OCRA application has",
        |t| {
            let under = t.under()?;
            let mut scene = Single::new(t, under, with_ocra()?)?;
            t.needs_time(&scene.client)?;
            t.needs_time(&scene.server)?;
            for challenge in ["1", "12345678", "123456789", "1234567890123456"] {
                let question =
                    Ask { party: scene.client.clone(), op: scene.derivation_question(Some(challenge)) };
                let code = t.answers(BND_5, &question)?.code;
                t.accepts(BND_5, &ask(&scene, scene.verify_derivation(Some(challenge), &code)))?;
                scene.now += 36;
            }
            for bad in ["", "12345678901234567", "12A4"] {
                let question = scene.derivation_question(Some(bad));
                t.refuses(BND_5, &Ask { party: scene.client.clone(), op: question })?;
                t.refuses(BND_5, &ask(&scene, scene.verify_derivation(Some(bad), "0")))?;
            }
            Ok(())
        },
    );
}

fn imported_again(area: &mut Area) {
    area.follows(
        &["SDL-29"],
        "reimport-ocra",
        "an OCRA application of the same suite is still the same one, and accepts nothing again",
        |t| {
            let under = t.under()?;
            let scene = Single::new(t, under, with_ocra()?)?;
            t.needs_time(&scene.server)?;
            let data = data_challenge("1");
            let response = scene.accepted(t, otp::TIME, &data)?;
            let again = ServerSingleReimport {
                license_key: Array(scene.license_key),
                static_vector: Bytes(scene.setup.vector.to_bytes()),
            };
            t.agrees("SDL-29", &ask(&scene, again))?;
            let refused = t.refuses(VER_12, &ask(&scene, scene.verify(otp::TIME, &data, &response)));
            blaming("SDL-29", refused)?;
            let later = Single { now: scene.now + 36, ..scene.clone() };
            let response = later.respond(t, otp::TIME, &data)?;
            t.agrees("SDL-29", &ask(&later, later.verify(otp::TIME, &data, &response)))
        },
    );
    area.follows(
        &["SDL-29"],
        "reimport-form",
        "an application of another mode, length or name is still the same one, and accepts nothing again",
        |t| {
            let bends: [fn(&mut ApplicationRules); 3] = [
                |rules| (rules.mode, rules.form.mode) = (Mode::MultiMode, Mode::MultiMode.number()),
                |rules| rules.form.length = 8,
                |rules| rules.name = *b"OTHER     ",
            ];
            for (at, bend) in bends.into_iter().enumerate() {
                let under = t.under()?;
                let mut scene = Single::new(t, under, SingleSetup::default())?;
                scene.accepted(t, otp::TIME, &NONE)?;
                let setup = SingleSetup::with(|vector| {
                    vector
                        .applications
                        .iter_mut()
                        .filter(|rules| rules.form.index == otp::TIME)
                        .for_each(bend);
                    for rules in vector.applications.iter_mut().filter(|rules| rules.mode == Mode::MultiMode)
                    {
                        rules.data_fields = vec![(0, 16)];
                    }
                });
                need((setup.vector != scene.setup.vector).then_some(()), "another vector")?;
                let again = ServerSingleReimport {
                    license_key: Array(scene.license_key),
                    static_vector: Bytes(setup.vector.to_bytes()),
                };
                t.agrees("SDL-29", &ask(&scene, again))?;
                // An app with the new vector, at the step that was accepted before.
                scene.setup = setup;
                let platform = [&b"first"[..], b"second", b"third"];
                let new = scene.elsewhere(t, under, platform.get(at).copied().unwrap_or_default())?;
                new.activate(t)?;
                let response = new.respond(t, otp::TIME, &NONE)?;
                blaming("SDL-29", t.refuses(VER_12, &ask(&new, new.verify(otp::TIME, &NONE, &response))))?;
                let later = Single { now: new.now + 36, ..new.clone() };
                let response = later.respond(t, otp::TIME, &NONE)?;
                t.agrees("SDL-29", &ask(&later, later.verify(otp::TIME, &NONE, &response)))?;
            }
            Ok(())
        },
    );
}
