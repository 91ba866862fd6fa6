//! The cases: what is asked of a peer, area by area.
//!
//! A case covers requirements of `SPEC.md`, plays one role, and is a function over a [`Trial`]; the rules of
//! a trustworthy verdict are the trial's. Ids are stable and never used again.

mod accounts;
mod activation1;
mod activation2;
mod app2app;
mod app2app_errors;
mod app2app_third;
mod app2app_url;
mod blob;
mod builder;
mod carrier;
mod client;
mod client_state;
mod client_state_bent;
mod deactivated;
mod deactivation;
mod device_code;
mod ending;
mod families;
mod flow;
mod formats;
mod frame;
mod gateway_string;
mod import;
mod information;
mod instance;
mod license_file;
mod license_file_bent;
mod login;
mod login_decide;
mod login_steps;
mod login_time;
mod message_vector;
mod open_application;
mod open_primitive;
mod open_vector;
mod operate;
mod peer;
mod primitive;
mod push;
mod reimport;
mod replaced;
mod replacement;
mod request;
mod respond;
mod resynchronise;
mod server_blob;
mod server_blob_bent;
mod single_activate;
mod single_bind;
mod single_codes;
mod single_counter;
mod single_online;
mod single_password;
mod single_respond;
mod single_state;
mod static_vector;
mod swap;
mod unlock;
mod verify;
mod verify_response;
mod windows;

use super::engine;
use super::operations::{HelloResult, is_optional};
use super::trial::{Failure, Stop, Trial};
use crate::rule::Rule;

/// Which role of a peer a case judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Client and server, talking to each other.
    Both,
    /// One operation without a session.
    Primitive(&'static str),
    /// The peer protocol itself.
    Peer,
}

/// Whether SPEC section 18 knows this profile. A claim of another would be judged by next to nothing.
pub fn is_profile(profile: &str) -> bool {
    let names_operation = |operation: &str| {
        let known = engine::operation_names().any(|name| name == operation);
        known && engine::is_without_session(operation) && operation.contains('.')
    };
    matches!(profile, "full" | "client-core" | "server-core")
        || profile.strip_prefix("primitive:").is_some_and(names_operation)
}

/// The optional operations of the profile that a peer claims, as far as it doesn't list them.
pub fn not_offered(claims: &HelloResult) -> Vec<&'static str> {
    let is_of_profile = |name: &&str| {
        is_optional(name)
            && match claims.profile.as_str() {
                "full" => true,
                "client-core" | "server-core" => *name == "state",
                _ => false,
            }
    };
    let is_listed = |name: &&str| claims.operations.iter().any(|listed| listed == name);
    engine::operation_names().filter(is_of_profile).filter(|name| !is_listed(name)).collect()
}

impl Role {
    /// The word for `list` and reports.
    pub fn word(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
            Role::Both => "both",
            Role::Primitive(_) => "primitive",
            Role::Peer => "peer",
        }
    }

    /// Whether a claim of this profile includes it, for a peer that lists these operations.
    pub fn belongs_to(self, profile: &str, operations: &[String]) -> bool {
        match (profile, self) {
            ("full", Role::Primitive(operation)) if is_optional(operation) => {
                operations.iter().any(|name| name == operation)
            }
            (_, Role::Peer) | ("full", _) | ("client-core", Role::Client) | ("server-core", Role::Server) => {
                true
            }
            (_, Role::Primitive(operation)) => profile.strip_prefix("primitive:") == Some(operation),
            _ => false,
        }
    }
}

/// What a case shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something right is accepted, with the right result.
    Positive,
    /// Something wrong is refused, rightly, and its twin accepted.
    Negative,
    /// Several steps in an order that matters.
    Sequence,
}

impl Kind {
    /// The word for `list` and reports.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Positive => "positive",
            Kind::Negative => "negative",
            Kind::Sequence => "sequence",
        }
    }
}

type Run = Box<dyn Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync>;

/// A case.
pub struct Case {
    /// Stable, never used again.
    pub id: String,
    /// The requirements it decides.
    pub covers: Vec<&'static str>,
    /// Whom it judges.
    pub role: Role,
    /// What it shows.
    pub kind: Kind,
    /// What must happen, in a sentence.
    pub about: String,
    /// Plays it.
    pub run: Run,
}

impl Case {
    /// A requirement that it decides, too.
    fn and(mut self, id: &'static str) -> Self {
        self.covers.push(id);
        self
    }

    /// The area: that of its first requirement.
    pub fn area(&self) -> &'static str {
        self.covers.first().and_then(|id| id.split('-').next()).unwrap_or("???")
    }
}

/// All cases: primitives, frame, activation, requests, verifying, the end of an
/// instance and its replacing, flows, peer.
pub fn all() -> Vec<Case> {
    [
        primitive::cases(),
        frame::cases(),
        static_vector::cases(),
        message_vector::cases(),
        blob::cases(),
        license_file::cases(),
        license_file_bent::cases(),
        carrier::cases(),
        activation1::cases(),
        device_code::cases(),
        activation2::cases(),
        request::cases(),
        formats::cases(),
        builder::cases(),
        client::cases(),
        verify::cases(),
        respond::cases(),
        verify_response::cases(),
        windows::cases(),
        unlock::cases(),
        operate::cases(),
        resynchronise::cases(),
        deactivation::cases(),
        deactivated::cases(),
        ending::cases(),
        replacement::cases(),
        swap::cases(),
        replaced::cases(),
        accounts::cases(),
        import::cases(),
        reimport::cases(),
        instance::cases(),
        server_blob::cases(),
        server_blob_bent::cases(),
        client_state::cases(),
        client_state_bent::cases(),
        open_primitive::cases(),
        open_vector::cases(),
        open_application::cases(),
        app2app_url::cases(),
        app2app_third::cases(),
        app2app::cases(),
        app2app_errors::cases(),
        gateway_string::cases(),
        push::cases(),
        information::cases(),
        login::cases(),
        login_decide::cases(),
        login_steps::cases(),
        login_time::cases(),
        single_codes::cases(),
        single_activate::cases(),
        single_online::cases(),
        single_counter::cases(),
        single_password::cases(),
        single_respond::cases(),
        single_bind::cases(),
        single_state::cases(),
        families::cases(),
        flow::cases(),
        peer::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn case(
    id: impl Into<String>,
    role: Role,
    kind: Kind,
    covers: &[&'static str],
    about: impl Into<String>,
    run: impl Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    Case { id: id.into(), covers: covers.to_vec(), role, kind, about: about.into(), run: Box::new(run) }
}

fn positive(
    id: impl Into<String>,
    role: Role,
    covers: &[&'static str],
    about: impl Into<String>,
    run: impl Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    case(id, role, Kind::Positive, covers, about, run)
}

fn negative(
    id: impl Into<String>,
    role: Role,
    rule: Rule,
    about: impl Into<String>,
    run: impl Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    case(id, role, Kind::Negative, &[rule.id], about, run)
}

fn sequence(
    id: impl Into<String>,
    role: Role,
    covers: &[&'static str],
    about: impl Into<String>,
    run: impl Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    case(id, role, Kind::Sequence, covers, about, run)
}

/// A failure seen through another requirement violates `aim`.
fn blaming<T>(aim: &'static str, result: Result<T, Stop>) -> Result<T, Stop> {
    result.map_err(|stop| match stop {
        Stop::Fail(failure) => Stop::Fail(Failure { requirement: aim, ..failure }),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_profiles_of_the_specification_are_judged() {
        for profile in
            ["full", "client-core", "server-core", "primitive:primitive.cmac", "primitive:frame.parse"]
        {
            assert!(is_profile(profile), "{profile}");
            assert!(
                all().iter().any(|case| case.role != Role::Peer && case.role.belongs_to(profile, &[])),
                "{profile}"
            );
        }
        for profile in
            ["", "none", "Full", "primitive:", "primitive:made.up", "primitive:client.open", "primitive:ping"]
        {
            assert!(!is_profile(profile), "{profile}");
        }
    }
}
