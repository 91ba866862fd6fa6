//! Push and login.

use super::super::operations::*;
use super::super::protocol::{self, GatewayContent, Message, Nothing, Number};
use super::{Engine, Fail, Serve, fault, message_of, sequence_of, serial_of};
use channel::server::{Ask, Progress, Rejection};
use channel::text::charset::ensure_displayable;
use channel::text::gateway_string::{ChallengeKey, Details, GatewayString, Identity};

impl Serve for PushRead {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<PushContent, Fail> {
        ensure_displayable(&self.text)?;
        let content = match GatewayString::read(&self.text, self.application.byte())? {
            GatewayString::Notification { challenge_key } => GatewayContent::Notification { challenge_key },
            GatewayString::Details(details) => {
                let (service, index, user, domain) = parts_of(details);
                GatewayContent::Login { service, index, user, domain }
            }
        };
        Ok(PushContent { content })
    }
}

impl Serve for PushContent {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<TextResult, Fail> {
        let string = match self.content {
            GatewayContent::Notification { challenge_key } => GatewayString::Notification { challenge_key },
            GatewayContent::Login { service, index, user, domain } => login_of(service, index, user, domain),
        };
        let application = match &string {
            GatewayString::Details(details) => details.application,
            GatewayString::Notification { .. } => 1,
        };
        Ok(TextResult { text: string.write(application)? })
    }
}

/// What login details say, as the protocol has it.
pub(super) fn parts_of(details: Details) -> (String, protocol::Index, String, String) {
    let Details { service, application, identity: Identity { user, domain } } = details;
    (service, Number::from(u32::from(application)), user, domain)
}

/// The other way round.
pub(super) fn login_of(
    service: String,
    index: protocol::Index,
    user: String,
    domain: String,
) -> GatewayString {
    let identity = Identity { user, domain };
    GatewayString::Details(Details { service, application: index.byte(), identity })
}

impl Serve for ClientGenerateInformation {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Message, Fail> {
        let client = engine.client(session)?;
        let frame = client.generate_information(serial_of(&self.serial)?, &self.challenge_key, self.now)?;
        Ok(message_of(&frame))
    }
}

impl Serve for ClientLoginIdentity {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<IdentityResult, Fail> {
        let client = engine.client(session)?;
        let identity = client.login_identity(serial_of(&self.serial)?)?.cloned();
        let (user, domain) = identity.map(|Identity { user, domain }| (user, domain)).unzip();
        Ok(IdentityResult { user, domain })
    }
}

fn rejection_result(rejection: Rejection) -> RejectionResult {
    RejectionResult {
        sequence: u32::from(rejection.sequence.number()),
        challenge_key: rejection.challenge_key.to_string(),
    }
}

impl Serve for ServerProcessInformation {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<RejectionResult, Fail> {
        let license = engine.server(session)?;
        Ok(rejection_result(license.process_information(&self.message, self.now)?))
    }
}

fn identity_of(user: String, domain: Option<String>) -> Identity {
    Identity { user, domain: domain.unwrap_or_default() }
}

impl Serve for ServerLoginStart {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<StartedResult, Fail> {
        if !(1..=64).contains(&self.requester.chars().count()) {
            return fault("requester: 1 to 64 characters");
        }
        let given = self.random.and_then(|random| random.challenge_key);
        let challenge_key = ChallengeKey(engine.draw(given.map(|key| key.0)));
        let identity = identity_of(self.user, self.domain);
        let (application, service) = (self.application.byte(), self.service);
        let ask = Ask { application, service, identity, requester: self.requester };
        let (license, logins) = engine.logins(session)?;
        let Message { message } = message_of(&logins.start(license, challenge_key, ask, self.now)?);
        Ok(StartedResult { challenge_key: challenge_key.to_string(), message })
    }
}

impl Serve for ServerLoginRetrieve {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Message, Fail> {
        let asks = (serial_of(&self.serial)?, sequence_of(self.sequence)?);
        let (license, logins) = engine.logins(session)?;
        Ok(message_of(&logins.retrieve(license, &self.challenge_key, asks, self.now)?))
    }
}

impl Serve for ServerLoginApprove {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SignerResult, Fail> {
        let identity = identity_of(self.user, self.domain);
        let (license, logins) = engine.logins(session)?;
        let signer = logins.approve(license, &self.challenge_key, &identity, &self.signature, self.now)?;
        Ok(SignerResult { sequence: u32::from(signer.number()) })
    }
}

impl Serve for ServerLoginReject {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<RejectionResult, Fail> {
        let (license, logins) = engine.logins(session)?;
        Ok(rejection_result(logins.reject(license, &self.message, self.now)?))
    }
}

impl Serve for ServerLoginCancel {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let (license, logins) = engine.logins(session)?;
        logins.cancel(license, &self.challenge_key, self.now)?;
        Ok(Nothing {})
    }
}

impl Serve for ServerLoginStatus {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<StatusResult, Fail> {
        let (license, logins) = engine.logins(session)?;
        let status = match logins.status(license, &self.challenge_key, self.now)? {
            Progress::Pending => LoginStatus::Pending,
            Progress::Retrieved => LoginStatus::Retrieved,
            Progress::Approved => LoginStatus::Approved,
            Progress::Rejected => LoginStatus::Rejected,
            Progress::Cancelled => LoginStatus::Cancelled,
            Progress::Expired => LoginStatus::Expired,
            Progress::Failed => LoginStatus::Failed,
        };
        Ok(StatusResult { status })
    }
}
