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
pub mod ladder;
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

use channel::rule::Rule;
use harness::case::{Case, Kind, Role};
use harness::trial::{Failure, Stop, Trial};

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
