//! The states that clients of several scenes leave in their storage.

use channel::bytes::Wire;
use channel::crypto::keys::{Key, Platform};
use harness::scene::{START, Scene, Stage, Under};
use harness::setup::{Setup, otp};
use harness::suite::fnv;
use harness::trial::{Peer, Stop, Trial};
use peer::engine::{Engine, claims};
use peer::operations::{
    ClientGenerateUnlockChallenge, ClientLoad, ClientSave, RandomState, RandomUnlockChallenge,
};
use peer::protocol::{Array, Bytes, Data};

/// The platform key of the vectors.
pub(super) const PLATFORM: [u8; 16] = [0x44; 16];

pub(super) const NONCE: [u8; 12] = [0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xBB];

pub(super) fn platform() -> Key<Platform> {
    Key::new(PLATFORM)
}

/// The parameters of `client.save`.
pub(in super::super) fn save() -> ClientSave {
    ClientSave {
        platform_key: Array(PLATFORM),
        random: Some(RandomState { state_nonce: Some(Array(NONCE)) }),
    }
}

/// The parameters of `client.load` for the client of this setup.
pub(in super::super) fn load(setup: &Setup, state: &[u8]) -> ClientLoad {
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
pub(super) fn stored(id: &str, play: impl FnOnce(&mut Trial<'_>) -> Result<Scene, Stop>) -> Vec<u8> {
    let claims = claims();
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0)));
    let peer = Peer { exchange: &mut engine, claims: &claims };
    let mut trial = Trial::new(vec![peer], fnv(id), START);
    let saved = play(&mut trial).and_then(|scene| trial.agrees("CST-1", &scene.client, &save()));
    saved.map(|saved| saved.state.0).unwrap_or_default()
}

pub(super) fn at(stage: Stage, setup: Setup) -> Vec<u8> {
    stored("state", |t| Scene::new(t, Under::Client, setup, stage))
}

/// Applications of every kind, some of them used; wrong PINs until it was locked; an unlock challenge is shown.
pub(super) fn locked() -> Vec<u8> {
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
pub(super) fn both() -> Vec<u8> {
    stored("state-both", |t| {
        let setup = Setup { replacement: true, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
        scene.replace = true;
        scene.play(t, Stage::PreActivated)?;
        Ok(scene)
    })
}

/// An activated account, and a pre-activated one of another license.
pub(super) fn two() -> Vec<u8> {
    stored("state-two", |t| {
        let first = Scene::new(t, Under::Client, Setup::default(), Stage::Active)?;
        let setup = Setup { serial: "VDS0000007", challenge: false, ..Setup::default() };
        let mut second = Scene::new(t, Under::Client, setup, Stage::Issued)?;
        second.client = first.client;
        second.activate_license(t)?;
        Ok(second)
    })
}

pub(super) fn active() -> Vec<u8> {
    at(Stage::Active, Setup::default())
}

pub(super) fn pre_activated() -> Vec<u8> {
    at(Stage::PreActivated, Setup::default())
}
