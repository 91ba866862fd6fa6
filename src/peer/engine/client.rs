//! The client.

use super::super::operations::*;
use super::super::protocol::{self, Bytes, Nothing, ShownContent};
use super::push::parts_of;
use super::{Engine, Fail, Serve, Session, carrier_of, data_of, serial_of};
use channel::bytes::Wire;
use channel::client::{
    AccountState, Client, Config, Decision, Displayed, Handle, Installation, Pin, RootPolicy, What,
};
use channel::crypto::keys::Key;
use channel::text::gateway_string::GatewayString;
use channel::wire::request::Content;
use channel::wire::static_vector::StaticVector;

impl Serve for ClientCreate {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let config = Config {
            static_vector: vector_of(self.static_vector)?,
            platform_data: self.platform_data.0,
            app_version: self.app_version.byte(),
            rooted: self.rooted,
            root_policy: root_policy_of(self.root_policy),
            replacement: self.replacement,
        };
        let given = self.random.and_then(|random| random.installation_salt);
        let salt = engine.draw(given.map(|salt| salt.0));
        let client = Client::new(config, Installation { salt, device_type: self.device_type.byte() });
        engine.add(session, Session::Client(Box::new(client)));
        Ok(Nothing {})
    }
}

pub(super) fn root_policy_of(policy: protocol::RootPolicy) -> RootPolicy {
    match policy {
        protocol::RootPolicy::Allow => RootPolicy::Allow,
        protocol::RootPolicy::Block => RootPolicy::Block,
    }
}

pub(super) fn vector_of(bytes: Option<Bytes>) -> Result<Option<StaticVector>, Fail> {
    match bytes {
        Some(Bytes(bytes)) => Ok(Some(StaticVector::decode(&bytes)?)),
        None => Ok(None),
    }
}

impl Serve for ClientSave {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SavedResult, Fail> {
        let given = self.random.and_then(|random| random.state_nonce);
        let nonce = engine.draw(given.map(|nonce| nonce.0));
        let state = engine.client(session)?.save(&Key::new(self.platform_key.0), &nonce);
        Ok(SavedResult { state: Bytes(state) })
    }
}

impl Serve for ClientLoad {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let config = Config {
            static_vector: vector_of(self.static_vector)?,
            platform_data: self.platform_data.0,
            app_version: self.app_version.byte(),
            rooted: self.rooted,
            root_policy: root_policy_of(self.root_policy),
            replacement: self.replacement,
        };
        let client = Client::load(&Key::new(self.platform_key.0), &self.state.0, config)?;
        engine.add(session, Session::Client(Box::new(client)));
        Ok(Nothing {})
    }
}

impl Serve for ClientActivateLicense {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<DeviceCodeResult, Fail> {
        let device_code = engine.client(session)?.activate_license(&self.message)?;
        Ok(DeviceCodeResult { device_code })
    }
}

impl Serve for ClientActivateInstance {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<ActivatedResult, Fail> {
        let pin = pin_of(self.pin);
        let activated = engine.client(session)?.activate_instance(&self.message, pin, self.now)?;
        Ok(ActivatedResult {
            serial: activated.serial.to_string(),
            sequence: u32::from(activated.sequence.number()),
            signature: activated.signature,
        })
    }
}

impl Serve for ClientOpen {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<OpenResult, Fail> {
        let Displayed { handle, shown, callback } =
            engine.client(session)?.open(&self.message, carrier_of(self.carrier))?;
        Ok(OpenResult {
            handle: handle.map(|handle| Count(handle.count())),
            serial: shown.serial.to_string(),
            sequence: u32::from(shown.sequence.number()),
            application: u32::from(shown.request.application),
            template: u32::from(shown.request.template),
            require_pin: shown.request.require_pin,
            content: content_of(shown.request.content),
            callback,
        })
    }
}

pub(super) fn content_of(content: Content) -> ShownContent {
    match content {
        Content::List { title, items } => ShownContent::List { title, items },
        Content::Challenge { title: _, challenge } => ShownContent::Challenge { challenge },
        Content::FreeText { title, text } => ShownContent::FreeText { title, text },
        Content::Gateway(GatewayString::Notification { challenge_key }) => {
            ShownContent::Notification { challenge_key }
        }
        Content::Gateway(GatewayString::Details(details)) => {
            let (service, index, user, domain) = parts_of(details);
            ShownContent::Login { service, index, user, domain }
        }
    }
}

impl Serve for ClientClose {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<CloseResult, Fail> {
        Ok(CloseResult { callback: engine.client(session)?.close() })
    }
}

impl Serve for ClientSign {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SignResult, Fail> {
        let (handle, decision) = (Handle::new(self.handle.0), decision_of(self.approved, self.pin));
        let signature = engine.client(session)?.sign(handle, decision, self.now)?;
        Ok(SignResult { signature })
    }
}

pub(super) fn decision_of(approved: bool, pin: protocol::Pin) -> Decision {
    if approved { Decision::Approve(pin_of(pin)) } else { Decision::Reject }
}

fn pin_of(pin: protocol::Pin) -> Pin {
    match pin {
        protocol::Pin::Right => Pin::Right,
        protocol::Pin::Wrong => Pin::Wrong,
        protocol::Pin::Cached => Pin::Cached,
    }
}

impl Serve for ClientDeactivate {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<DeactivatedResult, Fail> {
        let client = engine.client(session)?;
        let ended = client.deactivate(&self.message, carrier_of(self.carrier))?;
        Ok(DeactivatedResult {
            serial: ended.serial.to_string(),
            sequence: u32::from(ended.sequence.number()),
            callback: ended.callback,
        })
    }
}

impl Serve for ClientGenerateResponse {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<ResponseResult, Fail> {
        let client = engine.client(session)?;
        let (serial, data) = (serial_of(&self.serial)?, data_of(self.data)?);
        let pin = pin_of(self.pin);
        let response = client.generate_response(serial, self.application.byte(), &data, pin, self.now)?;
        Ok(ResponseResult { response })
    }
}

impl Serve for ClientGenerateUnlockChallenge {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<UnlockChallengeResult, Fail> {
        let serial = serial_of(&self.serial)?;
        let given = self.random.and_then(|random| random.unlock_challenge);
        let random = engine.draw(given.map(|challenge| challenge.0));
        let challenge = engine.client(session)?.generate_unlock_challenge(serial, random)?;
        Ok(UnlockChallengeResult { challenge })
    }
}

impl Serve for ClientUnlock {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let client = engine.client(session)?;
        client.unlock(serial_of(&self.serial)?, &self.response)?;
        Ok(Nothing {})
    }
}

impl Serve for ClientAccounts {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<AccountsResult, Fail> {
        let client = engine.client(session)?;
        client.ensure_not_blocked()?;
        Ok(AccountsResult { accounts: client.accounts().map(account_result).collect() })
    }
}

impl Serve for ClientMarkConfirmed {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<CloseResult, Fail> {
        Ok(CloseResult { callback: engine.client(session)?.mark_confirmed(&self.message)? })
    }
}

impl Serve for ClientRemove {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<CloseResult, Fail> {
        let client = engine.client(session)?;
        let what = match self.what {
            protocol::Removed::Account => What::Account,
            protocol::Removed::Replacement => What::Replacement,
        };
        Ok(CloseResult { callback: client.remove(serial_of(&self.serial)?, what)? })
    }
}

fn account_result(account: AccountState) -> AccountResult {
    AccountResult {
        serial: account.serial.to_string(),
        state: match (account.sequence, account.locked) {
            (None, _) => StateNumber::PRE_ACTIVATED,
            (Some(_), true) => StateNumber::LOCKED,
            (Some(_), false) => StateNumber::ACTIVATED,
        },
        sequence: account.sequence.map(|sequence| u32::from(sequence.number())),
        waiting: account.waiting.map(|sequence| u32::from(sequence.number())),
        pre_activated: account.pre_activated,
    }
}
