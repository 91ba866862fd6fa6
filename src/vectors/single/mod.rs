//! Vectors of single-device licensing (SPEC sections 28 to 30): `activation-code.json`, `full-activation.json`,
//! `event-counter.json`, `derivation-code.json`, `password.json`, `single-state.json`.

mod codes;
mod flows;
mod kit;
mod password;
mod states;

pub(super) use codes::{activation_codes, derivation_codes, event_counters, full_activations};
pub(super) use flows::flows;
pub(super) use password::passwords;
pub(super) use states::states;
