//! The single-device client.

use super::super::operations::*;
use super::super::protocol::{Bytes, Nothing, Number};
use super::client::{root_policy_of, vector_of};
use super::{Engine, Fail, Serve, Session, data_of, fault};
use channel::client::single::{self, Activation, Name, OnlineActivation, SingleClient, SingleConfig};
use channel::crypto::keys::Key;
use channel::crypto::password::Cost;

/// The parameters that `client.single_create` and `client.single_load` share.
fn config_of(create: ClientSingleCreate) -> Result<SingleConfig, Fail> {
    Ok(SingleConfig {
        static_vector: vector_of(create.static_vector)?,
        platform_data: create.platform_data.0,
        platform_key: Key::new(create.platform_key.0),
        short_codes: create.short_codes,
        rooted: create.rooted,
        root_policy: root_policy_of(create.root_policy),
        reset_policy: match create.reset_policy {
            ResetPolicy::Lock => single::ResetPolicy::Lock,
            ResetPolicy::Reset => single::ResetPolicy::Reset,
        },
        cost: Cost { memory_kib: create.memory_kib.get(), iterations: create.iterations.get() },
    })
}

impl Serve for ClientSingleCreate {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let client = SingleClient::new(config_of(self)?);
        engine.add(session, Session::SingleClient(Box::new(client)));
        Ok(Nothing {})
    }
}

impl ClientSingleLoad {
    /// The parameters that `client.single_create` has, too.
    fn create(&self) -> ClientSingleCreate {
        ClientSingleCreate {
            static_vector: self.static_vector.clone(),
            platform_data: self.platform_data.clone(),
            platform_key: self.platform_key,
            short_codes: self.short_codes,
            rooted: self.rooted,
            root_policy: self.root_policy,
            reset_policy: self.reset_policy,
            memory_kib: self.memory_kib,
            iterations: self.iterations,
        }
    }
}

impl Serve for ClientSingleLoad {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let client = SingleClient::load(&self.state.0, config_of(self.create())?)?;
        engine.add(session, Session::SingleClient(Box::new(client)));
        Ok(Nothing {})
    }
}

fn salt_of(engine: &mut Engine, random: Option<RandomPasswordSalt>) -> [u8; 16] {
    engine.draw(random.and_then(|random| random.password_salt).map(|salt| salt.0))
}

impl Serve for ClientSingleActivate {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SingleActivatedResult, Fail> {
        let name = match (self.serial.as_deref(), self.suffix.as_deref()) {
            (Some(serial), None) => Name::Serial(serial),
            (None, Some(suffix)) => Name::Suffix(suffix),
            _ => return fault("serial, suffix: just one of them is null"),
        };
        let salt = salt_of(engine, self.random);
        let activation = Activation {
            name,
            code: &self.code,
            event_counter: self.event_reactivation_counter.as_deref(),
            password: self.password.as_deref(),
            salt,
        };
        let serial = engine.single_client(session)?.activate(activation)?.to_string();
        let warnings = if name.is_suffix() { vec!["prefix-from-vector".to_owned()] } else { Vec::new() };
        Ok(SingleActivatedResult { serial, warnings })
    }
}

impl Serve for ClientSingleActivateOnline {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SerialResult, Fail> {
        let salt = salt_of(engine, self.random);
        let shared = self.shared_secret.map(|secret| Key::new(secret.0));
        let (shared, password) = (shared.as_ref(), self.password.as_deref());
        let activation = OnlineActivation { data: &self.data, shared, password, salt };
        let serial = engine.single_client(session)?.activate_online(activation)?;
        Ok(SerialResult { serial: serial.to_string() })
    }
}

impl Serve for ClientSingleReport {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.single_client(session)?.report(self.accepted)?;
        Ok(Nothing {})
    }
}

impl Serve for ClientSingleRevert {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.single_client(session)?.revert()?;
        Ok(Nothing {})
    }
}

impl Serve for ClientSingleStatus {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SingleStatusResult, Fail> {
        let status = engine.single_client(session)?.status();
        Ok(SingleStatusResult {
            state: Number::from(u32::from(status.state)),
            serial: status.serial.map(|serial| serial.to_string()),
            password: status.password,
            bound: status.bound,
            proven: status.proven,
            kept: status.kept,
        })
    }
}

impl Serve for ClientSingleChangePassword {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let salt = salt_of(engine, self.random);
        let client = engine.single_client(session)?;
        client.change_password(self.old.as_deref(), self.new.as_deref(), salt)?;
        Ok(Nothing {})
    }
}

impl Serve for ClientSingleGenerateResponse {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<ResponseResult, Fail> {
        let client = engine.single_client(session)?;
        let (application, data) = (self.application.byte(), data_of(self.data)?);
        let password = self.password.as_deref();
        let response = client.generate_response(application, &data, password, self.now)?;
        Ok(ResponseResult { response })
    }
}

impl Serve for ClientSingleGenerateDerivationCode {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<CodeResult, Fail> {
        let client = engine.single_client(session)?;
        let (challenge, password) = (self.challenge.as_deref(), self.password.as_deref());
        Ok(CodeResult { code: client.generate_derivation_code(challenge, password, self.now)? })
    }
}

impl Serve for ClientSingleMarkBound {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.single_client(session)?.mark_bound()?;
        Ok(Nothing {})
    }
}

impl Serve for ClientSingleSave {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SavedResult, Fail> {
        let given = self.random.and_then(|random| random.state_nonce);
        let nonce = engine.draw(given.map(|nonce| nonce.0));
        Ok(SavedResult { state: Bytes(engine.single_client(session)?.save(&nonce)) })
    }
}
