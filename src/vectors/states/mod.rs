//! `client-state.json` (SPEC section 23, CST): states that a client loads and writes again just so, and states that
//! it refuses. The state is taken apart here field by field, so that each can be bent by its name; where the bending
//! is not itself what the MAC is for, the MAC is made anew.

mod apart;
mod refused;

use serde_json::{Value, json};

use super::{flow, hex, since, with};
use apart::between;
use channel::bytes::Wire;
use channel::crypto::keys::{Key, Platform};
use harness::scene::{START, Scene, Stage, Under};
use harness::setup::{Setup, otp};
use harness::suite::fnv;
use harness::trial::{Peer, Stop, Trial};
use peer::engine::{Engine, claims};
use peer::operations::{
    ClientAccounts, ClientGenerateUnlockChallenge, ClientLoad, ClientSave, RandomState, RandomUnlockChallenge,
};
use peer::protocol::{Array, Bytes, Data};

/// `client-state.json`.
pub(super) fn states() -> Vec<Value> {
    since(
        3,
        [good(), refused::bad_frames(), refused::bad_fields(), refused::bad_keys(), refused::orders()]
            .concat(),
    )
}

/// The platform key of the vectors.
const PLATFORM: [u8; 16] = [0x44; 16];
const NONCE: [u8; 12] = [0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xBB];

fn platform() -> Key<Platform> {
    Key::new(PLATFORM)
}

/// The parameters of `client.save`.
pub(super) fn save() -> ClientSave {
    ClientSave {
        platform_key: Array(PLATFORM),
        random: Some(RandomState { state_nonce: Some(Array(NONCE)) }),
    }
}

/// The parameters of `client.load` for the client of this setup.
pub(super) fn load(setup: &Setup, state: &[u8]) -> ClientLoad {
    let Setup { app_version, rooted, root_policy, replacement, platform_data, .. } = setup;
    ClientLoad {
        platform_key: Array(PLATFORM),
        state: Bytes(state.to_vec()),
        static_vector: setup.built_in.then(|| Bytes(setup.vector.to_bytes())),
        platform_data: Bytes(platform_data.to_vec()),
        app_version: (*app_version).into(),
        rooted: *rooted,
        root_policy: *root_policy,
        replacement: *replacement,
    }
}

/// What a scene leaves in the storage of its client, played on the reference.
fn stored(id: &str, play: impl FnOnce(&mut Trial<'_>) -> Result<Scene, Stop>) -> Vec<u8> {
    let claims = claims();
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0)));
    let peer = Peer { exchange: &mut engine, claims: &claims };
    let mut trial = Trial::new(vec![peer], fnv(id), START);
    let saved = play(&mut trial).and_then(|scene| trial.agrees("CST-1", &scene.client, &save()));
    saved.map(|saved| saved.state.0).unwrap_or_default()
}

fn at(stage: Stage, setup: Setup) -> Vec<u8> {
    stored("state", |t| Scene::new(t, Under::Client, setup, stage))
}

/// Applications of every kind, some of them used; wrong PINs until it was locked; an unlock challenge is shown.
fn locked() -> Vec<u8> {
    stored("state-locked", |t| {
        let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Active)?;
        for application in [otp::EVENT, otp::EVENT, otp::BOTH] {
            scene.respond(t, application, &Data::ResponseOnly {}, 0)?;
        }
        scene.lock(t)?;
        let random =
            Some(RandomUnlockChallenge { unlock_challenge: Some(Array(*b"\0\0\0\0\x02\xFA\xF0\x80")) });
        let shown = ClientGenerateUnlockChallenge { serial: scene.setup.serial.into(), random };
        t.agrees("UNL-1", &scene.client, &shown)?;
        Ok(scene)
    })
}

/// An activated account and a pre-activated one beside it.
fn both() -> Vec<u8> {
    stored("state-both", |t| {
        let setup = Setup { replacement: true, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
        scene.replace = true;
        scene.play(t, Stage::PreActivated)?;
        Ok(scene)
    })
}

/// An activated account, and a pre-activated one of another license.
fn two() -> Vec<u8> {
    stored("state-two", |t| {
        let first = Scene::new(t, Under::Client, Setup::default(), Stage::Active)?;
        let setup = Setup { serial: "VDS0000007", challenge: false, ..Setup::default() };
        let mut second = Scene::new(t, Under::Client, setup, Stage::Issued)?;
        second.client = first.client;
        second.activate_license(t)?;
        Ok(second)
    })
}

fn active() -> Vec<u8> {
    at(Stage::Active, Setup::default())
}

fn pre_activated() -> Vec<u8> {
    at(Stage::PreActivated, Setup::default())
}

fn good() -> Vec<Value> {
    let of = |id: &str, note: &str, setup: Setup, state: Vec<u8>| {
        let play = |t: &mut Trial<'_>| {
            let client = t.peer_client();
            t.agrees("CST-9", &client, &load(&setup, &state))?;
            t.agrees("CST-9", &client, &ClientAccounts {})?;
            let again = t.agrees("CST-1", &client, &save())?;
            t.same("CST-1", &again.state.0, Some(&state))
        };
        let vector = flow(&format!("client-state-{id}"), note, &["CST-1", "CST-2", "CST-3", "CST-9"], play);
        with(with(vector, "input", json!({"state": hex(&state)})), "intermediate", between(&state))
    };
    let without = Setup { secure_channel: false, ..Setup::default() };
    vec![
        of("empty", "no account: 51 bytes", Setup::default(), at(Stage::Created, Setup::default())),
        of("pre-activated", "between AM1 and AM2", Setup::default(), pre_activated()),
        of("activated", "after AM2", Setup::default(), active()),
        of("no-payload-key", "without Secure Channel", without.clone(), at(Stage::Active, without)),
        of("locked", "events, wrong PINs, an unlock challenge", Setup::otp(), locked()),
        of("both", "a pre-activated account beside the activated one", Setup::default(), both()),
        of("two", "two licenses, by serial number", Setup::default(), two()),
    ]
}

#[cfg(test)]
mod tests {
    use super::apart::{bent, between, fields};
    use super::*;

    #[test]
    fn each_is_decided_by_what_it_is_about() {
        for vector in states() {
            assert!(vector.get("result").is_some(), "{vector}");
        }
    }

    #[test]
    fn cst_1_the_fields_are_all_of_the_state() {
        for state in [active(), pre_activated(), locked(), both(), two()] {
            assert!(state.len() > 51);
            let fields = fields(&state);
            assert_eq!(fields.iter().map(|field| field.at.len()).sum::<usize>(), state.len());
            assert_eq!(bent(&state, &[]), state);
            let keys = between(&state)["keys"].as_array().unwrap().len();
            assert_eq!(keys, fields.iter().filter(|field| field.sealed.is_some()).count(), "each key opens");
        }
    }
}
