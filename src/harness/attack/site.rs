//! An attacker at the website: whoever knows a user's name can ask for a login.

use peer::operations::*;
use peer::protocol::{Array, Number};

use super::Player;
use crate::instance::Instance;
use crate::play::Ask;
use crate::setup::app;
use crate::trial::{Party, Trial};

/// A user's name at a website.
#[derive(Clone, Debug)]
pub struct Name {
    server: Party,
    user: String,
    domain: Option<String>,
    now: u32,
}

impl Player<Name> {
    /// Whoever knows this name, and where its user logs in.
    pub fn asking(t: &mut Trial<'_>, user: &Instance, name: &str, domain: Option<&str>) -> Self {
        let (server, domain) = (user.server().clone(), domain.map(str::to_owned));
        let caller = Self::knowing(Name { server, user: name.to_owned(), domain, now: user.now() });
        caller.thinks(t, format!("asks the website as {}", name.escape_debug()));
        caller
    }

    /// Asks for a login, from this address.
    pub fn starts(&self, t: &mut Trial<'_>, requester: &str) -> Ask<ServerLoginStart> {
        let op = ServerLoginStart {
            application: Number::from(u32::from(app::TIME)),
            service: "Shop".into(),
            user: self.knows.user.clone(),
            domain: self.knows.domain.clone(),
            requester: requester.into(),
            now: self.knows.now,
            random: Some(RandomChallengeKey { challenge_key: Some(Array(t.random())) }),
        };
        Ask { party: self.knows.server.clone(), op }
    }

    /// Presents a signature for a login whose challenge key has become known.
    pub fn approves(&self, challenge_key: &str, signature: &str) -> Ask<ServerLoginApprove> {
        let op = ServerLoginApprove {
            challenge_key: challenge_key.into(),
            user: self.knows.user.clone(),
            domain: self.knows.domain.clone(),
            signature: signature.into(),
            now: self.knows.now,
        };
        Ask { party: self.knows.server.clone(), op }
    }

    /// Gives a login up.
    pub fn cancels(&self, challenge_key: &str) -> Ask<ServerLoginCancel> {
        let op = ServerLoginCancel { challenge_key: challenge_key.into(), now: self.knows.now };
        Ask { party: self.knows.server.clone(), op }
    }
}
