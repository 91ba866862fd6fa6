//! Golden vectors: what the reference computes from fixed inputs, as JSON files under `vectors/`.
//!
//! Each file is an area; each vector has its inputs, the values in between, and `valid` or `invalid` with a
//! class and a requirement. Generated, committed, and compared by `counterproof vectors check`; run against a
//! peer by `counterproof vectors run`.
//!
//! ```text
//! frames keys formats requests deactivations responses   one generator per area, edition 1 and 2
//! message_vectors license_files blobs states             licenses and storage, edition 3
//! pictures open_algorithms callback_urls                 carriers, HOTP, TOTP and OCRA, app-to-app, edition 4
//! gateway_strings information single                     push and login, single-device licensing, edition 4
//! flows     whole flows, one generator per part of the protocol
//! example   the worked example of SPEC.md
//! vector    what all generators write alike
//! flow      plays a scene on the reference and keeps its steps
//! file      reads a vector file, ours or somebody else's, strictly
//! judge     asks a peer what a vector asks, compares
//! ```

#![warn(unreachable_pub)]

use serde_json::json;

mod blobs;
mod callback_urls;
mod deactivations;
pub mod example;
pub mod file;
mod flow;
mod flows;
mod formats;
mod frames;
mod gateway_strings;
mod information;
pub mod judge;
mod keys;
mod license_files;
mod message_vectors;
mod open_algorithms;
mod pictures;
mod requests;
mod responses;
mod single;
mod states;
mod vector;

pub use flow::flow;

/// A file to be written: its name and its content.
pub struct File {
    /// Below `vectors/`.
    pub name: String,
    /// JSON, ended by a line end.
    pub content: String,
}

/// All vector files. Deterministic.
pub fn files() -> Vec<File> {
    [
        ("frame", frames::frames()),
        ("kdf", keys::derivations()),
        ("protection", keys::protections()),
        ("static-vector", formats::static_vectors()),
        ("device-code", formats::device_codes()),
        ("request", requests::requests()),
        ("deactivation", deactivations::deactivations()),
        ("response", responses::responses()),
        ("check-digit", responses::check_digits()),
        ("message-vector", message_vectors::message_vectors()),
        ("license-file", license_files::license_files()),
        ("blob", blobs::blobs()),
        ("client-state", states::states()),
        ("qr", pictures::pictures()),
        ("open-algorithm", open_algorithms::open_algorithms()),
        ("callback-url", callback_urls::callback_urls()),
        ("gateway-string", gateway_strings::gateway_strings()),
        ("information", information::information()),
        ("activation-code", single::activation_codes()),
        ("full-activation", single::full_activations()),
        ("event-counter", single::event_counters()),
        ("derivation-code", single::derivation_codes()),
        ("password", single::passwords()),
        ("single-state", single::states()),
        ("flows", flows::flows()),
        ("worked-example", responses::worked_example()),
    ]
    .map(|(area, vectors)| {
        let about = "made by `counterproof vectors write`; do not edit";
        let file = json!({"area": area, "about": about, "vectors": vectors});
        let content = serde_json::to_string_pretty(&file).unwrap_or_default() + "\n";
        File { name: format!("{area}.json"), content }
    })
    .into()
}
