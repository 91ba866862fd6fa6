//! Each operation in a row: on whose session, what it is about, where its parameters come from, and what its result is good
//! for.

use serde_json::{Value, json};

use crate::values as v;
use crate::world::{Context, Item, Pool, Role, World};

/// Where a parameter comes from.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// What goes with the thing that the question is about, by the parameter's own name.
    Own,
    /// The same by another name.
    As(&'static str),
    /// Made for it.
    Made(fn(&mut World, &Context) -> Option<Value>),
    /// So many bytes that nobody has seen.
    Bytes(usize),
    /// True so many times in a hundred.
    Bool(u8),
    /// One of these.
    Number(&'static [u32]),
    /// One of these.
    Word(&'static [&'static str]),
}
use Source::{As, Bool, Bytes, Made, Number, Own, Word};

/// What a program is mostly about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// Sessions, activation: in every program.
    Common,
    Request,
    Respond,
    Login,
    Unlock,
    Call,
    State,
    Blob,
    File,
    Replace,
    Operate,
    Single,
    Bind,
    Keep,
    Primitive,
    /// Looks at a session, and changes nothing.
    Look,
}

/// The areas that a program can be about, those of multi-device licensing and those of single-device licensing.
pub(crate) const MULTI: [Area; 16] = [
    // Each as often as it stands here: where most rules are.
    Area::Request,
    Area::Request,
    Area::Request,
    Area::Respond,
    Area::Respond,
    Area::Login,
    Area::Login,
    Area::Login,
    Area::Unlock,
    Area::Call,
    Area::Call,
    Area::State,
    Area::Blob,
    Area::File,
    Area::Replace,
    Area::Operate,
];
pub(crate) const SINGLE: [Area; 3] = [Area::Single, Area::Bind, Area::Keep];

/// A row.
pub(crate) struct Row {
    pub(crate) op: &'static str,
    /// Whose session; none for an operation that has none.
    pub(crate) on: Option<Role>,
    pub(crate) area: Area,
    /// Against the others of its area.
    pub(crate) weight: u32,
    /// What it can be about; nothing: whatever session there is.
    pub(crate) about: &'static [Pool],
    /// In this order: those behind see those before. `random/…` are members of `random`.
    pub(crate) params: &'static [(&'static str, Source)],
    /// What an accepted one gives: the pool, and what is new in its context, by name and place in the result.
    pub(crate) gives: &'static [(Pool, &'static [(&'static str, &'static str)])],
}

const fn row(
    op: &'static str,
    on: Option<Role>,
    (area, weight): (Area, u32),
    about: &'static [Pool],
    params: &'static [(&'static str, Source)],
    gives: &'static [(Pool, &'static [(&'static str, &'static str)])],
) -> Row {
    Row { op, on, area, weight, about, params, gives }
}

const CLIENT: Option<Role> = Some(Role::Client);
const SERVER: Option<Role> = Some(Role::Server);
const SINGLE_CLIENT: Option<Role> = Some(Role::SingleClient);
const SINGLE_SERVER: Option<Role> = Some(Role::SingleServer);
const NOBODY: Option<Role> = None;

const NOW: Source = Made(v::now);
const CLOCK: Source = Made(v::clock);
const PIN: Source = Word(&["right", "right", "right", "right", "right", "right", "right", "wrong", "cached"]);
const CARRIER: Source = Word(&["direct", "direct", "gateway"]);
const POLICY: Source = Word(&["allow", "block", "block"]);
const VERSION: Source = Number(&[0, 1, 2, 3, 2, 3]);
const PROTECTION: Source = Number(&[1, 2, 2]);
const TRIES: Source = Number(&[1, 2, 3, 3, 4]);
const WINDOW: Source = Number(&[0, 1, 2, 3, 24, 24, 100]);
const FIRST_USE: Source = Number(&[0, 35, 36, 71, 360, 3600, 10_800, 10_800]);
const AHEAD: Source = Number(&[0, 1, 2, 2, 5, 10, 20]);
const AGE: Source = Number(&[0, 1, 60, 3600, 3600, u32::MAX]);
const DAYS: Source = Number(&[0, 1, 7, 7, 9999]);
const PLATFORM: Source = Made(platform_data);
const PLATFORM_KEY: Source = Made(platform_key);
const STORAGE_KEY: Source = Made(storage_key);

/// The rows of the peer protocol's operations; one can have several, where it is about different things.
pub(crate) static ROWS: &[Row] = &[
    // --- licenses and clients ---
    row(
        "server.create",
        SERVER,
        (Area::Common, 2),
        &[],
        &[
            ("static_vector", Made(v::static_vector)),
            ("serial", Made(v::serial)),
            ("license_key", Bytes(16)),
            ("secure_channel", Bool(90)),
            ("activation_protection", PROTECTION),
            ("message_protection", PROTECTION),
            ("post_activation", Made(v::post_activation)),
            ("activation_validity_days", DAYS),
            ("message_age_limit_s", AGE),
            ("threshold", Number(&[1, 2, 2, 3, 9, 99])),
            ("code_tries", TRIES),
            ("identification_window", WINDOW),
            ("signature_window", WINDOW),
            ("first_use_s", FIRST_USE),
            ("look_ahead", AHEAD),
            ("signature_tries", Made(v::signature_tries)),
            ("last_counter", Made(last_counter)),
            ("random/payload_key", Bytes(16)),
            ("random/epoch", Bytes(8)),
        ],
        &[(Pool::Session(Role::Server), &[])],
    ),
    row(
        "client.create",
        CLIENT,
        (Area::Common, 3),
        &[Pool::Session(Role::Server)],
        &[
            ("static_vector", Made(v::built_in)),
            ("platform_data", PLATFORM),
            ("device_type", Number(&[0, 7, 7, 7, 99])),
            ("app_version", VERSION),
            ("rooted", Bool(3)),
            ("root_policy", POLICY),
            ("replacement", Bool(75)),
            ("random/installation_salt", Made(installation_salt)),
        ],
        &[(Pool::Session(Role::Client), &[])],
    ),
    // --- activation ---
    row(
        "server.generate_activation1",
        SERVER,
        (Area::Common, 4),
        &[Pool::Session(Role::Server), Pool::Account],
        &[
            ("with_challenge", Bool(60)),
            ("with_static_vector", Made(with_static_vector)),
            ("now", NOW),
            ("random/challenge", Bytes(8)),
        ],
        &[(Pool::Am1, &[("message", "/message"), ("am1", "/message")])],
    ),
    row(
        "client.activate_license",
        CLIENT,
        (Area::Common, 5),
        &[Pool::Am1],
        &[("message", Own)],
        &[(Pool::Code, &[("device_code", "/device_code")])],
    ),
    row(
        "server.verify_device_code",
        SERVER,
        (Area::Common, 5),
        &[Pool::Code],
        &[("device_code", Own), ("replace", Bool(65)), ("now", NOW)],
        &[(Pool::Verified, &[("device_type", "/device_type"), ("device_id", "/device_id")])],
    ),
    row(
        "server.generate_activation2",
        SERVER,
        (Area::Common, 5),
        &[Pool::Verified],
        &[("now", NOW), ("random/instance_salt", Bytes(13))],
        &[(Pool::Am2, &[("message", "/message"), ("am2", "/message"), ("sequence", "/sequence")])],
    ),
    row(
        "client.activate_instance",
        CLIENT,
        (Area::Common, 5),
        &[Pool::Am2],
        &[
            ("message", As("am2")),
            ("pin", Word(&["right", "right", "right", "cached", "wrong"])),
            ("now", CLOCK),
        ],
        &[
            (Pool::Account, &[("serial", "/serial"), ("sequence", "/sequence")]),
            (Pool::Signature, &[("signature", "/signature"), ("sequence", "/sequence")]),
        ],
    ),
    // --- requests ---
    row(
        "server.generate_request",
        SERVER,
        (Area::Request, 5),
        &[Pool::Account, Pool::Session(Role::Server)],
        &[
            ("carrier", CARRIER),
            ("application", Made(v::signing)),
            ("minimum_version", VERSION),
            ("require_pin", Bool(40)),
            ("template", Number(&[0, 5, 15])),
            ("charset", Word(&["utf-8", "utf-8", "iso-8859-15"])),
            ("content", Made(v::content)),
            ("now", NOW),
        ],
        &[(Pool::Request, &[("message", "/message")])],
    ),
    row(
        "client.open",
        CLIENT,
        (Area::Request, 5),
        &[Pool::Request],
        &[("message", Own), ("carrier", Made(carrier))],
        &[(Pool::Display, &[("handle", "/handle"), ("sequence", "/sequence")])],
    ),
    row("client.close", CLIENT, (Area::Request, 1), &[Pool::Display, Pool::Called], &[], &[]),
    row(
        "client.sign",
        CLIENT,
        (Area::Request, 5),
        &[Pool::Display],
        &[("handle", Own), ("approved", Bool(88)), ("pin", PIN), ("now", CLOCK)],
        &[(Pool::Signature, &[("signature", "/signature")])],
    ),
    row(
        "server.verify_message_signature",
        SERVER,
        (Area::Request, 6),
        &[Pool::Signature],
        &[("sequence", Own), ("message", Own), ("signature", Own), ("now", NOW)],
        &[],
    ),
    // --- responses without a message ---
    row(
        "client.generate_response",
        CLIENT,
        (Area::Respond, 6),
        &[Pool::Account],
        &[
            ("serial", Own),
            ("application", Made(v::responding)),
            ("data", Made(v::data)),
            ("pin", PIN),
            ("now", CLOCK),
        ],
        &[(Pool::Response, &[("response", "/response")])],
    ),
    row(
        "client.generate_response",
        CLIENT,
        (Area::Respond, 5),
        &[Pool::Response],
        &[("serial", Own), ("application", Own), ("data", Made(again)), ("pin", PIN), ("now", CLOCK)],
        &[(Pool::Response, &[("response", "/response")])],
    ),
    row(
        "server.verify_response",
        SERVER,
        (Area::Respond, 8),
        &[Pool::Response],
        &[("sequence", Own), ("application", Own), ("data", Own), ("response", Own), ("now", NOW)],
        &[],
    ),
    row(
        "server.resynchronise",
        SERVER,
        (Area::Respond, 3),
        &[Pool::Response],
        &[
            ("sequence", Own),
            ("application", Own),
            ("first", Made(before)),
            ("second", Made(attempt)),
            ("now", NOW),
        ],
        &[],
    ),
    // --- logins ---
    row(
        "server.login_start",
        SERVER,
        (Area::Login, 5),
        &[Pool::Account],
        &[
            ("application", Made(v::logging_in)),
            ("service", Made(v::service)),
            ("user", Made(v::user)),
            ("domain", Made(v::domain)),
            ("requester", Made(v::requester)),
            ("now", NOW),
            ("random/challenge_key", Made(challenge_key)),
        ],
        &[(Pool::Login, &[("challenge_key", "/challenge_key"), ("message", "/message")])],
    ),
    row(
        "client.open",
        CLIENT,
        (Area::Login, 1),
        &[Pool::Login],
        &[("message", Own), ("carrier", Word(&["gateway"]))],
        &[],
    ),
    row(
        "server.login_retrieve",
        SERVER,
        (Area::Login, 7),
        &[Pool::Login],
        &[("challenge_key", Own), ("serial", Own), ("sequence", Own), ("now", NOW)],
        &[(Pool::Request, &[("message", "/message")])],
    ),
    row(
        "server.login_approve",
        SERVER,
        (Area::Login, 6),
        &[Pool::Signature],
        &[("challenge_key", Own), ("user", Own), ("domain", Own), ("signature", Own), ("now", NOW)],
        &[],
    ),
    row(
        "client.generate_information",
        CLIENT,
        (Area::Login, 4),
        &[Pool::Login, Pool::Request, Pool::Account],
        &[("serial", Own), ("challenge_key", Made(v::challenge_key)), ("now", CLOCK)],
        &[(Pool::Information, &[("message", "/message")])],
    ),
    row(
        "server.login_reject",
        SERVER,
        (Area::Login, 4),
        &[Pool::Information],
        &[("message", Own), ("now", NOW)],
        &[],
    ),
    row(
        "server.process_information",
        SERVER,
        (Area::Login, 3),
        &[Pool::Information],
        &[("message", Own), ("now", NOW)],
        &[],
    ),
    row(
        "server.login_cancel",
        SERVER,
        (Area::Login, 2),
        &[Pool::Login],
        &[("challenge_key", Own), ("now", NOW)],
        &[],
    ),
    row(
        "server.login_status",
        SERVER,
        (Area::Look, 2),
        &[Pool::Login],
        &[("challenge_key", Own), ("now", NOW)],
        &[],
    ),
    row("client.login_identity", CLIENT, (Area::Look, 2), &[Pool::Account], &[("serial", Own)], &[]),
    // --- locks ---
    row(
        "client.generate_unlock_challenge",
        CLIENT,
        (Area::Unlock, 5),
        &[Pool::Account],
        &[("serial", Own), ("random/unlock_challenge", Bytes(8))],
        &[(Pool::Challenge, &[("challenge", "/challenge")])],
    ),
    row(
        "server.generate_unlock_response",
        SERVER,
        (Area::Unlock, 5),
        &[Pool::Challenge],
        &[("sequence", Own), ("challenge", Own)],
        &[(Pool::Unlock, &[("response", "/response")])],
    ),
    row(
        "client.unlock",
        CLIENT,
        (Area::Unlock, 6),
        &[Pool::Unlock],
        &[("serial", Own), ("response", Own)],
        &[],
    ),
    row("server.unlock_instance", SERVER, (Area::Unlock, 2), &[Pool::Am2], &[("sequence", Own)], &[]),
    // --- another app ---
    row(
        "client.set_app2app",
        CLIENT,
        (Area::Call, 4),
        &[Pool::Account],
        &[
            ("enabled", Bool(92)),
            ("scheme", Made(v::scheme)),
            ("white_list", Made(v::white_list)),
            ("platform", Word(&["android", "ios"])),
            ("platform_name", Made(v::label)),
            ("version", Made(v::label)),
            ("device_identifier", Bytes(32)),
        ],
        &[(Pool::Configured, &[])],
    ),
    row(
        "app2app.build",
        NOBODY,
        (Area::Call, 5),
        &[Pool::Request],
        &[
            ("scheme", Made(v::scheme)),
            ("x_success", Made(v::success)),
            ("x_error", Made(v::error)),
            ("x_cancel", Made(v::cancel)),
            ("message", Own),
            ("state", Made(v::call_state)),
        ],
        &[(Pool::Url, &[("url", "/url")])],
    ),
    row(
        "client.dispatch",
        CLIENT,
        (Area::Call, 7),
        &[Pool::Url],
        &[("url", Own)],
        &[
            (Pool::Called, &[("handle", "/opened/handle"), ("sequence", "/opened/sequence")]),
            (Pool::Callback, &[("callback", "/callback")]),
        ],
    ),
    row(
        "client.answer",
        CLIENT,
        (Area::Call, 6),
        &[Pool::Called],
        &[("handle", Own), ("approved", Bool(80)), ("pin", PIN), ("now", CLOCK)],
        &[(Pool::Callback, &[("callback", "/callback")])],
    ),
    row(
        "client.dispatch",
        CLIENT,
        (Area::Call, 6),
        &[Pool::Request],
        &[("url", Made(v::url))],
        &[
            (Pool::Called, &[("handle", "/opened/handle"), ("sequence", "/opened/sequence")]),
            (Pool::Callback, &[("callback", "/callback")]),
        ],
    ),
    row(
        "app2app.parse",
        NOBODY,
        (Area::Call, 2),
        &[Pool::Request],
        &[("scheme", Made(v::scheme)), ("platform", Word(&["android", "ios"])), ("url", Made(v::url))],
        &[],
    ),
    row(
        "app2app.read",
        NOBODY,
        (Area::Call, 3),
        &[Pool::Callback],
        &[("x_success", Own), ("x_error", Own), ("x_cancel", Own), ("url", As("callback"))],
        &[],
    ),
    row(
        "app2app.parse",
        NOBODY,
        (Area::Call, 2),
        &[Pool::Url],
        &[("scheme", Own), ("platform", Word(&["android", "ios"])), ("url", Own)],
        &[],
    ),
    // --- a client's storage ---
    row(
        "client.save",
        CLIENT,
        (Area::State, 5),
        &[Pool::Account, Pool::Account, Pool::Session(Role::Client)],
        &[("platform_key", PLATFORM_KEY), ("random/state_nonce", Bytes(12))],
        &[(Pool::State, &[("state", "/state")])],
    ),
    row(
        "client.load",
        CLIENT,
        (Area::State, 6),
        &[Pool::State],
        &[
            ("platform_key", Own),
            ("state", Own),
            ("static_vector", Own),
            ("platform_data", PLATFORM),
            ("app_version", VERSION),
            ("rooted", Bool(15)),
            ("root_policy", POLICY),
            ("replacement", Bool(75)),
        ],
        &[(Pool::Session(Role::Client), &[])],
    ),
    row("client.login_identity", CLIENT, (Area::Login, 2), &[Pool::Signature], &[("serial", Own)], &[]),
    row("client.accounts", CLIENT, (Area::Replace, 2), &[Pool::Account], &[], &[]),
    row("client.accounts", CLIENT, (Area::Look, 3), &[Pool::Account], &[], &[]),
    row("server.instance", SERVER, (Area::Look, 2), &[Pool::Am2], &[("sequence", Own)], &[]),
    // --- what callers keep ---
    row(
        "server.seal_blob",
        SERVER,
        (Area::Blob, 6),
        &[Pool::Account, Pool::Account, Pool::Session(Role::Server)],
        &[
            ("storage_key", STORAGE_KEY),
            ("index", Made(blob_index)),
            ("sequence", Made(blob_sequence)),
            ("random/blob_nonce", Bytes(12)),
        ],
        &[(Pool::Blob, &[("blob", "/blob")])],
    ),
    row(
        "server.load_blob",
        SERVER,
        (Area::Blob, 7),
        &[Pool::Blob],
        &[("storage_key", Own), ("sequence", Own), ("index", Own), ("blob", Own), ("now", NOW)],
        &[],
    ),
    row(
        "blob.open",
        NOBODY,
        (Area::Blob, 4),
        &[Pool::Blob],
        &[
            ("storage_key", Own),
            ("serial", Own),
            ("sequence", Own),
            ("index", Own),
            ("epoch", Own),
            ("blob", Own),
        ],
        &[(Pool::Content, &[("content", "/content"), ("generation", "/generation")])],
    ),
    row(
        "blob.seal",
        NOBODY,
        (Area::Blob, 6),
        &[Pool::Content],
        &[
            ("storage_key", Own),
            ("serial", Own),
            ("sequence", Own),
            ("index", Own),
            ("epoch", Own),
            ("generation", Made(generation)),
            ("content", Made(blob_content)),
            ("random/blob_nonce", Bytes(12)),
        ],
        &[(Pool::Blob, &[("blob", "/blob")])],
    ),
    // --- license files ---
    row(
        "license_file.write",
        NOBODY,
        (Area::File, 5),
        &[Pool::Session(Role::Server), Pool::Account],
        &[
            ("transport_key", Made(transport_key)),
            ("static_vector", As("license_vector")),
            ("message_vector", Made(v::message_vector)),
            ("licenses", Made(v::licenses)),
            ("random/file_id", Bytes(16)),
        ],
        &[(Pool::File, &[("file", "/file")])],
    ),
    row(
        "license_file.read",
        NOBODY,
        (Area::File, 4),
        &[Pool::File],
        &[("transport_key", Own), ("file", Own)],
        &[],
    ),
    row(
        "server.import",
        SERVER,
        (Area::File, 5),
        &[Pool::File],
        &[
            ("transport_key", Own),
            ("file", Own),
            ("serial", Own),
            ("random/payload_key", Bytes(16)),
            ("random/epoch", Bytes(8)),
        ],
        &[(Pool::Session(Role::Server), &[])],
    ),
    row(
        "server.reimport",
        SERVER,
        (Area::File, 5),
        &[Pool::File],
        &[
            ("transport_key", Own),
            ("file", Own),
            ("random/payload_key", Bytes(16)),
            ("random/epoch", Bytes(8)),
        ],
        &[(Pool::Session(Role::Server), &[])],
    ),
    // --- the end of an account, and another in its place ---
    row(
        "server.generate_deactivation",
        SERVER,
        (Area::Replace, 4),
        &[Pool::Am2],
        &[("sequence", Own), ("now", NOW)],
        &[(Pool::Deactivation, &[("message", "/message")])],
    ),
    row(
        "client.deactivate",
        CLIENT,
        (Area::Replace, 6),
        &[Pool::Deactivation],
        &[("message", Own), ("carrier", CARRIER)],
        &[],
    ),
    row(
        "client.mark_confirmed",
        CLIENT,
        (Area::Replace, 5),
        &[Pool::Account],
        &[("message", As("am2"))],
        &[],
    ),
    row(
        "client.remove",
        CLIENT,
        (Area::Replace, 3),
        &[Pool::Account],
        &[("serial", Own), ("what", Word(&["replacement", "replacement", "account"]))],
        &[],
    ),
    // --- the operator ---
    row(
        "server.restored",
        SERVER,
        (Area::Operate, 3),
        &[Pool::Account, Pool::Session(Role::Server)],
        &[("highest_sequence", Number(&[0, 0, 1, 2, 3, 98, 99])), ("now", NOW)],
        &[],
    ),
    // --- looks ---
    row("state", CLIENT, (Area::Look, 3), &[], &[], &[]),
    row("state", SERVER, (Area::Look, 3), &[], &[], &[]),
    row("state", SINGLE_CLIENT, (Area::Look, 3), &[], &[], &[]),
    row("state", SINGLE_SERVER, (Area::Look, 3), &[], &[], &[]),
    row("client.single_status", SINGLE_CLIENT, (Area::Look, 3), &[], &[], &[]),
    // --- single-device licensing ---
    row(
        "server.single_create",
        SINGLE_SERVER,
        (Area::Single, 2),
        &[],
        &[
            ("static_vector", Made(v::static_vector)),
            ("serial", Made(v::serial)),
            ("license_key", Bytes(16)),
            ("identification_window", WINDOW),
            ("signature_window", WINDOW),
            ("first_use_s", FIRST_USE),
            ("look_ahead", AHEAD),
            ("signature_tries", Made(v::signature_tries)),
        ],
        &[(Pool::Session(Role::SingleServer), &[])],
    ),
    row(
        "client.single_create",
        SINGLE_CLIENT,
        (Area::Single, 2),
        &[Pool::Session(Role::SingleServer)],
        &[
            ("static_vector", Made(v::built_in_single)),
            ("platform_data", PLATFORM),
            ("platform_key", PLATFORM_KEY),
            ("short_codes", Bool(30)),
            ("rooted", Bool(3)),
            ("root_policy", POLICY),
            ("reset_policy", Word(&["lock", "reset"])),
            ("memory_kib", Made(v::memory)),
            ("iterations", Number(&[1, 1, 1, 2])),
        ],
        &[(Pool::Session(Role::SingleClient), &[])],
    ),
    row(
        "server.single_generate_activation_code",
        SINGLE_SERVER,
        (Area::Single, 3),
        &[Pool::Session(Role::SingleServer), Pool::Single],
        &[("hexadecimal", Bool(50))],
        &[(Pool::ActivationCode, &[("code", "/code")])],
    ),
    row(
        "server.single_generate_event_reactivation_counter",
        SINGLE_SERVER,
        (Area::Keep, 4),
        &[Pool::Single],
        &[],
        &[(Pool::Counter, &[("event_reactivation_counter", "/event_reactivation_counter")])],
    ),
    row(
        "client.single_activate",
        SINGLE_CLIENT,
        (Area::Single, 4),
        &[Pool::ActivationCode],
        &[
            ("suffix", Made(v::suffix)),
            ("serial", Made(v::serial_or_none)),
            ("code", Own),
            ("event_reactivation_counter", Made(no_text)),
            ("password", Made(v::new_password)),
            ("random/password_salt", Bytes(16)),
        ],
        &[(Pool::Single, &[("serial", "/serial")])],
    ),
    row(
        "client.single_activate",
        SINGLE_CLIENT,
        (Area::Keep, 6),
        &[Pool::Counter],
        &[
            ("suffix", Made(v::suffix)),
            ("serial", Made(v::serial_or_none)),
            ("code", Own),
            ("event_reactivation_counter", Own),
            ("password", Made(v::new_password)),
            ("random/password_salt", Bytes(16)),
        ],
        &[(Pool::Single, &[("serial", "/serial")])],
    ),
    row(
        "server.single_generate_full_activation_data",
        SINGLE_SERVER,
        (Area::Keep, 4),
        &[Pool::Session(Role::SingleServer), Pool::Single],
        &[
            ("shared_secret", Made(v::shared_secret)),
            ("with_counter", Bool(50)),
            ("random/activation_nonce", Bytes(12)),
        ],
        &[(Pool::Online, &[("data", "/data")])],
    ),
    row(
        "client.single_activate_online",
        SINGLE_CLIENT,
        (Area::Keep, 6),
        &[Pool::Online],
        &[
            ("data", Own),
            ("shared_secret", Own),
            ("password", Made(v::new_password)),
            ("random/password_salt", Bytes(16)),
        ],
        &[(Pool::Single, &[("serial", "/serial")])],
    ),
    row(
        "client.single_report",
        SINGLE_CLIENT,
        (Area::Keep, 4),
        &[Pool::Single],
        &[("accepted", Bool(65))],
        &[],
    ),
    row("client.single_revert", SINGLE_CLIENT, (Area::Keep, 3), &[Pool::Single], &[], &[]),
    row(
        "client.single_change_password",
        SINGLE_CLIENT,
        (Area::Keep, 3),
        &[Pool::Single],
        &[("old", Made(v::password)), ("new", Made(v::new_password)), ("random/password_salt", Bytes(16))],
        &[(Pool::Single, &[])],
    ),
    row(
        "client.single_generate_response",
        SINGLE_CLIENT,
        (Area::Single, 6),
        &[Pool::Single],
        &[
            ("application", Made(v::responding)),
            ("data", Made(v::data)),
            ("password", Made(v::password)),
            ("now", CLOCK),
        ],
        &[(Pool::Response, &[("response", "/response")])],
    ),
    row(
        "client.single_generate_response",
        SINGLE_CLIENT,
        (Area::Single, 5),
        &[Pool::Response],
        &[("application", Own), ("data", Made(again)), ("password", Made(v::password)), ("now", CLOCK)],
        &[(Pool::Response, &[("response", "/response")])],
    ),
    row(
        "server.single_verify_response",
        SINGLE_SERVER,
        (Area::Single, 8),
        &[Pool::Response],
        &[("serial", Own), ("application", Own), ("data", Own), ("response", Own), ("now", NOW)],
        &[],
    ),
    row(
        "server.single_resynchronise",
        SINGLE_SERVER,
        (Area::Single, 3),
        &[Pool::Response],
        &[("application", Own), ("first", Made(before)), ("second", Made(attempt)), ("now", NOW)],
        &[],
    ),
    row(
        "client.single_generate_derivation_code",
        SINGLE_CLIENT,
        (Area::Bind, 5),
        &[Pool::Single],
        &[("challenge", Made(v::derivation_challenge)), ("password", Made(v::password)), ("now", CLOCK)],
        &[(Pool::Derivation, &[("code", "/code")])],
    ),
    row(
        "server.single_verify_derivation_code",
        SINGLE_SERVER,
        (Area::Bind, 6),
        &[Pool::Derivation],
        &[("serial", Own), ("challenge", Own), ("code", Own), ("replace", Bool(35)), ("now", NOW)],
        &[],
    ),
    row("client.single_mark_bound", SINGLE_CLIENT, (Area::Bind, 3), &[Pool::Single], &[], &[]),
    row("server.single_unlock", SINGLE_SERVER, (Area::Single, 1), &[Pool::Single], &[], &[]),
    row(
        "server.single_reimport",
        SINGLE_SERVER,
        (Area::Bind, 2),
        &[Pool::Single],
        &[("license_key", Made(license_key)), ("static_vector", Made(reimported))],
        &[],
    ),
    row(
        "client.single_save",
        SINGLE_CLIENT,
        (Area::Keep, 3),
        &[Pool::Single, Pool::Session(Role::SingleClient)],
        &[("random/state_nonce", Bytes(12))],
        &[(Pool::SingleState(Role::SingleClient), &[("state", "/state")])],
    ),
    row(
        "client.single_load",
        SINGLE_CLIENT,
        (Area::Keep, 4),
        &[Pool::SingleState(Role::SingleClient)],
        &[
            ("state", Own),
            ("static_vector", Own),
            ("platform_data", PLATFORM),
            ("platform_key", Own),
            ("short_codes", Bool(30)),
            ("rooted", Bool(15)),
            ("root_policy", POLICY),
            ("reset_policy", Word(&["lock", "reset"])),
            ("memory_kib", Made(v::memory)),
            ("iterations", Number(&[1, 1, 2])),
        ],
        &[(Pool::Session(Role::SingleClient), &[])],
    ),
    row(
        "server.single_save",
        SINGLE_SERVER,
        (Area::Bind, 3),
        &[Pool::Single, Pool::Session(Role::SingleServer)],
        &[("storage_key", STORAGE_KEY), ("random/state_nonce", Bytes(12))],
        &[(Pool::SingleState(Role::SingleServer), &[("state", "/state")])],
    ),
    row(
        "server.single_load",
        SINGLE_SERVER,
        (Area::Bind, 4),
        &[Pool::SingleState(Role::SingleServer)],
        &[("storage_key", Own), ("state", Own)],
        &[(Pool::Session(Role::SingleServer), &[])],
    ),
    // --- formats alone ---
    row(
        "frame.parse",
        NOBODY,
        (Area::Primitive, 3),
        &[Pool::Request, Pool::Am1, Pool::Am2, Pool::Information, Pool::Deactivation, Pool::Sealed],
        &[("message", Own), ("carrier", CARRIER)],
        &[(
            Pool::Frame,
            &[
                ("type", "/type"),
                ("protection", "/protection"),
                ("nonce", "/nonce"),
                ("body", "/body"),
                ("serial", "/serial"),
            ],
        )],
    ),
    row(
        "frame.open",
        NOBODY,
        (Area::Primitive, 6),
        &[Pool::Request, Pool::Am2, Pool::Information, Pool::Deactivation],
        &[("key", As("payload_key")), ("message", Own)],
        &[],
    ),
    row(
        "frame.seal",
        NOBODY,
        (Area::Primitive, 2),
        &[Pool::Frame],
        &[
            ("key", As("payload_key")),
            ("type", Number(&[1, 2, 3, 36])),
            ("protection", PROTECTION),
            ("serial", Own),
            ("nonce", Own),
            ("body", Made(v::some_bytes)),
        ],
        &[(Pool::Sealed, &[("message", "/message")])],
    ),
    row(
        "message_vector.encode",
        NOBODY,
        (Area::Primitive, 2),
        &[],
        &[
            ("activation_protection", PROTECTION),
            ("message_protection", PROTECTION),
            ("post_activation", Number(&[1, 2, 8])),
            ("activation_validity_days", DAYS),
            ("message_age_limit_s", AGE),
            ("code_tries", Number(&[1, 99])),
            ("signature_tries", Number(&[1, 99])),
            ("identification_window", WINDOW),
            ("signature_window", WINDOW),
            ("first_use_s", FIRST_USE),
            ("look_ahead", AHEAD),
        ],
        &[(Pool::Vector, &[("message_vector", "/message_vector")])],
    ),
    row(
        "message_vector.decode",
        NOBODY,
        (Area::Primitive, 4),
        &[Pool::Vector],
        &[("message_vector", Own)],
        &[],
    ),
    row(
        "push.read",
        NOBODY,
        (Area::Primitive, 8),
        &[],
        &[("application", Number(&[1, 3, 8])), ("text", Made(v::gateway_text))],
        &[],
    ),
    row(
        "push.write",
        NOBODY,
        (Area::Primitive, 6),
        &[],
        &[("content", Made(v::gateway_string))],
        &[(Pool::Gateway, &[("text", "/text")])],
    ),
    row(
        "activation_code.write",
        NOBODY,
        (Area::Primitive, 3),
        &[Pool::Session(Role::SingleServer), Pool::Session(Role::Server)],
        &[("master_key", Made(master_key)), ("serial", Own), ("license_key", Own), ("hexadecimal", Bool(50))],
        &[(Pool::Log, &[("code", "/code")])],
    ),
    row(
        "activation_code.read",
        NOBODY,
        (Area::Primitive, 4),
        &[Pool::Log],
        &[("master_key", Own), ("serial", Own), ("code", Own), ("short", Bool(50))],
        &[],
    ),
    row(
        "acode_log.write",
        NOBODY,
        (Area::Primitive, 3),
        &[Pool::Log],
        &[("licenses", Made(log_lines))],
        &[(Pool::Log, &[("file", "/file")])],
    ),
    row("acode_log.read", NOBODY, (Area::Primitive, 4), &[Pool::Log], &[("file", Own)], &[]),
    row(
        "export_svf.read",
        NOBODY,
        (Area::Primitive, 9),
        &[Pool::Session(Role::Server), Pool::Session(Role::SingleServer)],
        &[("file", Made(export))],
        &[],
    ),
    row(
        "primitive.cmac",
        NOBODY,
        (Area::Primitive, 1),
        &[],
        &[("key", Bytes(16)), ("data", Made(v::some_bytes))],
        &[],
    ),
    row(
        "primitive.ctr",
        NOBODY,
        (Area::Primitive, 1),
        &[],
        &[
            ("key", Bytes(16)),
            ("block", Word(&["000102030405060708090A0B0C0D0E0F", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"])),
            ("data", Made(v::some_bytes)),
        ],
        &[],
    ),
    row(
        "primitive.kdf",
        NOBODY,
        (Area::Primitive, 1),
        &[],
        &[
            ("key", Bytes(16)),
            ("label", Word(&["", "enc", "mac"])),
            ("context", Made(v::some_bytes)),
            ("bits", Number(&[128, 256])),
        ],
        &[],
    ),
    row(
        "primitive.key_wrap",
        NOBODY,
        (Area::Primitive, 1),
        &[],
        &[("kek", Bytes(16)), ("key", Bytes(16))],
        &[(Pool::Wrapped, &[("wrapped", "/wrapped")])],
    ),
    row(
        "primitive.key_unwrap",
        NOBODY,
        (Area::Primitive, 2),
        &[Pool::Wrapped],
        &[("kek", Own), ("wrapped", Own)],
        &[],
    ),
    row(
        "primitive.check_digit",
        NOBODY,
        (Area::Primitive, 1),
        &[],
        &[("hexadecimal", Bool(50)), ("digits", Made(v::some_digits))],
        &[],
    ),
    row(
        "primitive.response",
        NOBODY,
        (Area::Primitive, 2),
        &[],
        &[
            ("key", Bytes(16)),
            ("mode", Number(&[1, 2, 3, 4, 5])),
            ("application", Number(&[1, 8])),
            ("step", Number(&[0, 1, u32::MAX])),
            ("event", Number(&[0, 1, u32::MAX])),
            ("length", Number(&[6, 8, 16])),
            ("hexadecimal", Bool(50)),
            ("check_digit", Bool(50)),
            ("fields", Made(v::byte_fields)),
        ],
        &[],
    ),
    row(
        "primitive.hotp",
        NOBODY,
        (Area::Primitive, 1),
        &[],
        &[("key", Made(v::open_key)), ("counter", Number(&[0, 1, u32::MAX])), ("digits", Number(&[6, 7, 8]))],
        &[],
    ),
    row(
        "primitive.totp",
        NOBODY,
        (Area::Primitive, 1),
        &[],
        &[
            ("key", Made(v::open_key)),
            ("time", Number(&[0, 59, u32::MAX])),
            ("step", Number(&[1, 30, 65_535])),
            ("digits", Number(&[6, 7, 8])),
            ("hash", Word(&["sha-1", "sha-256", "sha-512"])),
        ],
        &[],
    ),
    row(
        "primitive.ocra",
        NOBODY,
        (Area::Primitive, 3),
        &[],
        &[
            ("suite", Made(v::suite)),
            ("key", Made(v::open_key)),
            ("counter", Made(v::ocra_counter)),
            ("question", Made(v::question)),
            ("password", Made(v::ocra_password)),
            ("session", Made(v::ocra_session)),
            ("time", Made(v::ocra_time)),
        ],
        &[],
    ),
    row("primitive.percent_decode", NOBODY, (Area::Primitive, 2), &[], &[("text", Made(v::escaped))], &[]),
];

// --- parameters that only one or two rows have ---

/// Now and then so that few messages are left.
fn last_counter(w: &mut World, with: &Context) -> Option<Value> {
    // As many as there can be instances, so that both run out at once; or any few.
    let threshold = w.number(with, "threshold").filter(|threshold| *threshold < 4);
    let left = match threshold.filter(|_| w.luck.percent(60)) {
        Some(threshold) => threshold,
        None => w.luck.one(&[0, 1, 2, 2, 3, 4], 2),
    };
    let chance = if threshold.is_some() { 16 } else { 6 };
    Some(json!(if w.luck.percent(chance) { u32::MAX - left } else { 0 }))
}

fn platform_data(w: &mut World, with: &Context) -> Option<Value> {
    let same = with.get("platform_data").filter(|_| !w.luck.percent(25)).cloned();
    Some(same.unwrap_or_else(|| json!(w.luck.one(&["706C6174666F726D", "706C6174666F726D", "", "FF"], ""))))
}

fn installation_salt(w: &mut World, _: &Context) -> Option<Value> {
    Some(if w.luck.percent(40) { json!("5A".repeat(16)) } else { w.drawn(16) })
}

fn platform_key(w: &mut World, with: &Context) -> Option<Value> {
    let same = with.get("platform_key").filter(|_| !w.luck.percent(4)).cloned();
    Some(same.unwrap_or_else(|| json!(w.luck.one(&["11", "11", "11", "22"], "11").repeat(16))))
}

fn storage_key(w: &mut World, with: &Context) -> Option<Value> {
    let same = with.get("storage_key").filter(|_| !w.luck.percent(4)).cloned();
    Some(same.unwrap_or_else(|| json!(w.luck.one(&["33", "33", "33", "44"], "33").repeat(16))))
}

fn transport_key(w: &mut World, _: &Context) -> Option<Value> {
    Some(json!(w.luck.one(&["55", "55", "55", "66"], "55").repeat(32)))
}

/// Mostly where the client has none.
fn with_static_vector(w: &mut World, with: &Context) -> Option<Value> {
    let needed = with.get("static_vector").is_none_or(Value::is_null);
    Some(json!(w.luck.percent(if needed { 85 } else { 65 })))
}

fn carrier(w: &mut World, with: &Context) -> Option<Value> {
    if w.usual && with.contains_key("challenge_key") {
        return Some(json!("gateway"));
    }
    let same = with.get("carrier").filter(|_| !w.luck.percent(10)).cloned();
    let login = with.contains_key("challenge_key");
    Some(
        same.filter(|_| !login)
            .unwrap_or_else(|| json!(w.luck.one(&["gateway", "gateway", "gateway", "direct"], "gateway"))),
    )
}

fn challenge_key(w: &mut World, _: &Context) -> Option<Value> {
    Some(if w.luck.percent(15) { json!("AB".repeat(5)) } else { w.drawn(5) })
}

/// Mostly what was answered before.
fn again(w: &mut World, with: &Context) -> Option<Value> {
    match with.get("data").filter(|_| !w.luck.percent(25)) {
        Some(data) => Some(data.clone()),
        None => v::data(w, with),
    }
}

/// The response of the context, as one of two.
fn attempt(_: &mut World, with: &Context) -> Option<Value> {
    Some(json!({"data": with.get("data")?, "response": with.get("response")?}))
}

/// A response of the same application that came before the one of the context: mostly the one just before it.
fn before(w: &mut World, with: &Context) -> Option<Value> {
    let same = |name: &str, other: &Context| with.get(name) == other.get(name);
    let alike = |item: &&Item| {
        let names = ["application", "client", "single_client"];
        item.pool == Pool::Response
            && names.iter().all(|name| same(name, &item.with))
            && !same("response", &item.with)
    };
    let this = w.items.iter().position(|item| item.pool == Pool::Response && same("response", &item.with));
    let earlier: Vec<Context> =
        w.items.iter().take(this.unwrap_or(0)).filter(alike).map(|item| item.with.clone()).collect();
    let found = if w.luck.percent(85) { earlier.last() } else { w.luck.pick(&earlier) };
    attempt(w, found.unwrap_or(with))
}

fn blob_index(w: &mut World, with: &Context) -> Option<Value> {
    if !with.contains_key("sequence") || w.luck.percent(20) {
        return Some(json!(w.luck.one(&[0, 0, 1, 2], 0)));
    }
    v::index(w, with)
}

fn blob_sequence(w: &mut World, with: &Context) -> Option<Value> {
    let of_license = w.number(with, "index").is_some_and(|index| index == 0) || w.luck.percent(8);
    Some(with.get("sequence").filter(|_| !of_license).cloned().unwrap_or_else(|| json!(0)))
}

/// A generation near the one that there was.
fn generation(w: &mut World, with: &Context) -> Option<Value> {
    let there = w.number(with, "generation")?;
    Some(json!(
        w.luck.one(&[there, there, there.saturating_add(1), there.saturating_sub(1), u32::MAX, 0], there)
    ))
}

/// A content with one field at an edge: flags, shift, last step, next OTP step, next event, hashes.
fn blob_content(w: &mut World, with: &Context) -> Option<Value> {
    let mut content = w.bytes(with, "content")?;
    if w.luck.percent(20) {
        // The longest that there may be, and one byte more.
        let length = w.luck.one(&[0, 153, 153, 154, 154], 153);
        return Some(w.drawn(length));
    }
    if content.len() < 50 {
        return if w.luck.percent(60) { Some(w.drawn(content.len())) } else { with.get("content").cloned() };
    }
    let at = w.luck.one(&[0, 17, 25, 33, 41, 49, 1], 0);
    let field =
        content.get_mut(at..at + 8).map(|field| (<[u8; 8]>::try_from(&*field).unwrap_or_default(), field));
    match (at, field) {
        (17 | 25 | 33 | 41, Some((old, field))) => {
            let old = u64::from_be_bytes(old);
            let edges = [
                0,
                1,
                old.wrapping_add(1),
                old.wrapping_add(3),
                old.wrapping_sub(1),
                (1 << 53) - 1,
                1 << 53,
                1 << 40,
                (1 << 40) + 1,
            ];
            let new = w.luck.one(&edges, 0);
            field.copy_from_slice(
                &(if at == 17 && w.luck.percent(30) { new.wrapping_neg() } else { new }).to_be_bytes(),
            );
        }
        _ => {
            let bits = w.luck.one(&[1, 2, 3, 4], 1);
            if at == 49 {
                let count = w.luck.one(&[0, 1, 2, 12, 13], 1);
                content.truncate(49);
                content.push(u8::try_from(count).unwrap_or(0));
                for number in 0..count {
                    content.extend([u8::try_from(number).unwrap_or(0); 8]);
                }
                if w.luck.percent(20) {
                    content.push(0);
                }
            } else if let Some(byte) = content.get_mut(at) {
                *byte ^= bits;
            }
        }
    }
    Some(Value::from(channel::text::hex::encode(&content)))
}

fn no_text(_: &mut World, _: &Context) -> Option<Value> {
    Some(Value::Null)
}

fn license_key(w: &mut World, with: &Context) -> Option<Value> {
    let same = with.get("license_key").filter(|_| w.luck.percent(70)).cloned();
    Some(same.unwrap_or_else(|| w.drawn(16)))
}

fn reimported(w: &mut World, with: &Context) -> Option<Value> {
    match with.get("license_vector").filter(|_| w.luck.percent(70)) {
        Some(same) => Some(same.clone()),
        None => v::static_vector(w, with),
    }
}

fn master_key(w: &mut World, with: &Context) -> Option<Value> {
    let vector = w.vector(with)?;
    Some(Value::from(channel::text::hex::encode(vector.master_key.expose())))
}

fn log_lines(w: &mut World, with: &Context) -> Option<Value> {
    let line = json!({"serial": with.get("serial")?, "code": with.get("code")?});
    let other = w
        .items
        .iter()
        .filter(|item| item.pool == Pool::Log)
        .find(|item| item.with.get("serial") != with.get("serial"));
    let other = other
        .and_then(|item| Some(json!({"serial": item.with.get("serial")?, "code": item.with.get("code")?})));
    let mut lines = vec![line.clone()];
    lines.extend(other);
    if w.luck.percent(10) {
        lines.push(line);
    }
    Some(Value::from(lines))
}

fn export(w: &mut World, with: &Context) -> Option<Value> {
    let vector = w.text(with, "license_vector")?;
    let text = w.luck.one(&["\n", "\n", "\n", "\n", "", "\r\n", "0\n"], "\n");
    let bytes = channel::text::hex::decode(&vector).ok()?;
    let bent = crate::records::bent(&mut w.luck, &bytes);
    let vector = if w.luck.percent(60) { channel::text::hex::encode(&bent) } else { vector };
    Some(Value::from(channel::text::hex::encode(format!("{vector}{text}").as_bytes())))
}
