//! The operations of any peer.

use std::collections::BTreeMap;

use super::super::operations::*;
use super::super::protocol::{Bytes, Nothing, Number, VERSION};
use super::{Engine, Fail, Licensed, Serve, Session, fault, operation_names};
use channel::client::Client;
use channel::state;

/// What the reference says of itself: everything.
pub fn claims() -> HelloResult {
    HelloResult {
        protocol: Number::from(VERSION),
        name: "counterproof".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        language: "rust".into(),
        profile: "full".into(),
        operations: operation_names().map(str::to_owned).collect(),
        injects_time: true,
        injects_randomness: true,
    }
}

impl Serve for Hello {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<HelloResult, Fail> {
        Ok(claims())
    }
}

impl Serve for Ping {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<Nothing, Fail> {
        Ok(Nothing {})
    }
}

impl Serve for Reset {
    const SESSION: bool = false;

    fn serve(self, engine: &mut Engine, _: &str) -> Result<Nothing, Fail> {
        engine.sessions.clear();
        Ok(Nothing {})
    }
}

impl Serve for Drop {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        match engine.sessions.remove(session) {
            Some(_) => Ok(Nothing {}),
            None => fault("no session of this name"),
        }
    }
}

impl Serve for State {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<StateResult, Fail> {
        let (digest, counters) = match engine.sessions.get(session) {
            None => return fault("no session of this name"),
            Some(Session::Client(client)) => (state::digest(client), client_counters(client)),
            Some(Session::Server(server)) => (state::digest(&**server), server_counters(server)),
            Some(Session::SingleClient(client)) => {
                let failures = client.password_failures().map(|n| ("password_failures".to_owned(), n.into()));
                (state::digest(client), failures.into_iter().collect())
            }
            Some(Session::SingleServer(license)) => {
                let failures = u32::from(license.signature_failures());
                (state::digest(license), [("signature_failures".to_owned(), failures)].into())
            }
        };
        Ok(StateResult { digest: Bytes(digest.to_vec()), counters })
    }
}

fn client_counters(client: &Client) -> BTreeMap<String, u32> {
    let active = client.accounts().filter(|account| account.sequence.is_some());
    let named = active.flat_map(|account| {
        [("pin", account.pin_failures), ("unlock", account.unlock_failures)]
            .map(|(what, failures)| (format!("{what}_failures/{}", account.serial), u32::from(failures)))
    });
    named.collect()
}

fn server_counters(Licensed { license, logins }: &Licensed) -> BTreeMap<String, u32> {
    let failures = license.signature_failures();
    let named = failures.map(|(sequence, n)| (format!("signature_failures/{sequence}"), u32::from(n)));
    let of_logins = logins.login_failures(license.serial());
    let of_logins = of_logins.map(|(key, n)| (format!("login_failures/{key}"), u32::from(n)));
    let of_codes = ("code_failures".to_owned(), u32::from(license.code_failures()));
    named.chain(of_logins).chain([of_codes]).collect()
}
