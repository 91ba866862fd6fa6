//! How a client is saved and loaded.

use channel::bytes::Wire;
use harness::setup::Setup;
use harness::trial::Trial;
use peer::operations::{ClientLoad, ClientSave, RandomState};
use peer::protocol::{Array, Bytes, Number};

pub(super) fn save(t: &mut Trial<'_>, platform: [u8; 16]) -> ClientSave {
    let state_nonce = Some(Array(t.random()));
    ClientSave { platform_key: Array(platform), random: Some(RandomState { state_nonce }) }
}

/// The parameters of `client.load` for the client of this setup.
pub(super) fn load(setup: &Setup, platform: [u8; 16], state: Vec<u8>) -> ClientLoad {
    ClientLoad {
        platform_key: Array(platform),
        state: Bytes(state),
        static_vector: setup.built_in.then(|| Bytes(setup.vector.to_bytes())),
        platform_data: Bytes(setup.platform_data.to_vec()),
        app_version: Number::from(setup.app_version),
        rooted: setup.rooted,
        root_policy: setup.root_policy,
        replacement: setup.replacement,
    }
}
