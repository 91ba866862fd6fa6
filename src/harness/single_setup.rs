//! What a scene of single-device licensing begins with.

use super::setup::{FIRST_USE_S, IDENTIFICATION_WINDOW, LOOK_AHEAD, SIGNATURE_TRIES, WINDOW, single_vector};
use channel::bytes::Wire;
use channel::wire::static_vector::StaticVector;
use peer::operations::{ClientSingleCreate, ClientSingleLoad, ResetPolicy, ServerSingleCreate};
use peer::protocol::{Array, Bytes, Number, RootPolicy};

/// The password of every scene: within the rules of the vector, and not weak.
pub const PASSWORD: &str = "1357";

/// Everything a case may want different.
#[derive(Clone, Debug)]
pub struct SingleSetup {
    /// The license's name.
    pub serial: &'static str,
    /// The vector of server and client.
    pub vector: StaticVector,
    /// Whether the client has one built in.
    pub built_in: bool,
    /// Given by the integrating application.
    pub platform_data: &'static [u8],
    /// Whether the client takes short codes.
    pub short_codes: bool,
    /// Rooted device.
    pub rooted: bool,
    /// And what follows.
    pub root_policy: RootPolicy,
    /// What follows from wrong passwords.
    pub reset_policy: ResetPolicy,
    /// Argon2id: as little as there may be.
    pub cost: (u32, u32),
    /// Chosen at activation.
    pub password: Option<&'static str>,
}

impl Default for SingleSetup {
    fn default() -> Self {
        Self {
            serial: "VDS1000120",
            vector: single_vector(),
            built_in: true,
            platform_data: b"platform",
            short_codes: false,
            rooted: false,
            root_policy: RootPolicy::Block,
            reset_policy: ResetPolicy::Lock,
            cost: (8, 1),
            password: Some(PASSWORD),
        }
    }
}

impl SingleSetup {
    /// The default on a vector that was changed.
    pub fn with(change: impl FnOnce(&mut StaticVector)) -> Self {
        let mut setup = Self::default();
        change(&mut setup.vector);
        setup
    }

    /// The default on a vector that requires no password, and without one.
    pub fn without_password() -> Self {
        Self { password: None, ..Self::with(|vector| vector.password.required = false) }
    }

    /// The parameters of `client.single_create`, with this platform key.
    pub fn client(&self, platform_key: [u8; 16]) -> ClientSingleCreate {
        let (memory_kib, iterations) = self.cost;
        ClientSingleCreate {
            static_vector: self.built_in.then(|| Bytes(self.vector.to_bytes())),
            platform_data: Bytes(self.platform_data.to_vec()),
            platform_key: Array(platform_key),
            short_codes: self.short_codes,
            rooted: self.rooted,
            root_policy: self.root_policy,
            reset_policy: self.reset_policy,
            memory_kib: Number::from(memory_kib),
            iterations: Number::from(iterations),
        }
    }

    /// The parameters of `client.single_load` for the same.
    pub fn load(&self, platform_key: [u8; 16], state: Vec<u8>) -> ClientSingleLoad {
        let create = self.client(platform_key);
        ClientSingleLoad {
            state: Bytes(state),
            static_vector: create.static_vector,
            platform_data: create.platform_data,
            platform_key: create.platform_key,
            short_codes: create.short_codes,
            rooted: create.rooted,
            root_policy: create.root_policy,
            reset_policy: create.reset_policy,
            memory_kib: create.memory_kib,
            iterations: create.iterations,
        }
    }

    /// The parameters of `server.single_create`, with this license key.
    pub fn server(&self, license_key: [u8; 16]) -> ServerSingleCreate {
        ServerSingleCreate {
            serial: self.serial.into(),
            license_key: Array(license_key),
            static_vector: Bytes(self.vector.to_bytes()),
            signature_tries: Number::from(SIGNATURE_TRIES),
            identification_window: Number::from(IDENTIFICATION_WINDOW),
            signature_window: Number::from(WINDOW),
            first_use_s: Number::from(FIRST_USE_S),
            look_ahead: Number::from(LOOK_AHEAD),
        }
    }
}
