//! The cases: what is asked of a peer, area by area.
//!
//! A case covers requirements of `SPEC.md`, plays one role, and is a function over a
//! [`Trial`](harness::trial::Trial); the rules of a trustworthy verdict are the trial's. Ids are stable and never used
//! again.
//!
//! Two forms stand beside each other: a table of rows above the functions that play them (`row`), and rows that have
//! their play with them ([`Area`](harness::area::Area)), as in `verify`, the model for what is written from now on.
//!
//! ```text
//! primitive open_primitive                                  one function of the protocol, without a session
//! frame static_vector message_vector open_vector            formats, bent at whatever reads them
//! blob license_file license_file_bent carrier               the same of what is stored, or drawn
//! activation1 device_code activation2                       activation, both roles
//! request characters builder formats client display verify  transactions: built, shown, signed, verified
//! respond verify_response windows resynchronise             responses without a message
//! unlock operate accounts instance                          locked and unlocked, what an operator does, who is who
//! deactivation deactivated ending                           the end of an instance, at the client and at the server
//! replacement swap replaced                                 one instance in another's place, at both
//! takeover                                                  by whom, and by whom not; the account that waits
//! floor                                                     what a license is not made with
//! import reimport server_blob server_blob_bent generation   a server's storage
//! client_state client_state_bent                            a client's
//! open_application                                          HOTP, TOTP and OCRA
//! app2app_url app2app_third app2app app2app_errors          app-to-app
//! app2app_call                                              the same: a call, its state and its end
//! app2app_short                                             the same: one thing wrong, for an app that a person holds
//! gateway_string push information                           push
//! login login_decide login_steps login_time login_attacked  login
//! single_codes single_activate single_online single_counter single-device licensing
//! single_password single_respond single_bind single_state   the same
//! single_kept single_move                                   what no activation may cost, and who may move a license
//! families                                                  one change each from a valid message, for every message
//! order                                                     two defects at once, cut vectors everywhere
//! effects ties                                              what an accepted operation does besides; two that fit
//! limits ends displayed                                     both ends of each range: parameters, all else, characters
//! drawn                                                     random fields that a question leaves out
//! pairs                                                     the order of checks of each operation, from tables
//! attacks                                                   somebody between a client and a server
//! flow peer                                                 whole flows of two parties, and the peer protocol itself
//! question                                                  what is nearly a question, for every operation
//!
//! ladder   what a peer that is not done can play, and what most of the rest waits for
//! row      how an area of the old form says a case          at_rest   how several areas save and load a client
//! ```

#![warn(unreachable_pub)]

mod accounts;
mod activation1;
mod activation2;
mod app2app;
mod app2app_call;
mod app2app_errors;
mod app2app_short;
mod app2app_third;
mod app2app_url;
mod at_rest;
mod attacks;
mod blob;
mod builder;
mod carrier;
mod characters;
mod client;
mod client_state;
mod client_state_bent;
mod deactivated;
mod deactivation;
mod device_code;
mod display;
mod displayed;
mod drawn;
mod effects;
mod ending;
mod ends;
mod families;
mod floor;
mod flow;
mod formats;
mod frame;
mod gateway_string;
mod generation;
mod import;
mod information;
mod instance;
pub mod ladder;
mod license_file;
mod license_file_bent;
mod limits;
mod login;
mod login_attacked;
mod login_decide;
mod login_steps;
mod login_time;
mod message_vector;
mod open_application;
mod open_primitive;
mod open_vector;
mod operate;
mod order;
pub mod pairs;
mod peer;
mod primitive;
mod push;
mod question;
mod reimport;
mod replaced;
mod replacement;
mod request;
mod respond;
mod resynchronise;
mod row;
mod server_blob;
mod server_blob_bent;
mod single_activate;
mod single_bind;
mod single_codes;
mod single_counter;
mod single_kept;
mod single_move;
mod single_online;
mod single_password;
mod single_respond;
mod single_state;
mod static_vector;
mod swap;
mod takeover;
mod ties;
mod unlock;
mod verify;
mod verify_response;
mod windows;

use harness::case::Case;
use row::{blaming, case, negative, positive, seen_by, sequence};

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
        characters::cases(),
        client::cases(),
        display::cases(),
        verify::cases(),
        floor::cases(),
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
        takeover::cases(),
        accounts::cases(),
        import::cases(),
        reimport::cases(),
        instance::cases(),
        server_blob::cases(),
        generation::cases(),
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
        app2app_call::cases(),
        app2app_short::cases(),
        gateway_string::cases(),
        push::cases(),
        information::cases(),
        login::cases(),
        login_decide::cases(),
        login_steps::cases(),
        login_time::cases(),
        login_attacked::cases(),
        single_codes::cases(),
        single_activate::cases(),
        single_online::cases(),
        single_counter::cases(),
        single_password::cases(),
        single_respond::cases(),
        single_kept::cases(),
        single_bind::cases(),
        single_move::cases(),
        single_state::cases(),
        families::cases(),
        order::cases(),
        effects::cases(),
        limits::cases(),
        ends::cases(),
        displayed::cases(),
        ties::cases(),
        drawn::cases(),
        pairs::cases(),
        attacks::cases(),
        flow::cases(),
        peer::cases(),
        question::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
