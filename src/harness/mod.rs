//! The harness: cases, verdicts, faults, reports. Pure: no process, file or clock; [`crate::io`] has those.
//!
//! ```text
//! protocol    the messages between harness and peer         engine   the reference, answering them
//! trial       one case being run: asks, compares, blames    cases/   what is asked, area by area
//! suite       runs cases, one verdict each                  faults   deliberately wrong engines
//! spec        SPEC.md as data                               report   what a run found, as data
//! baseline    what a peer is known to fail                  junit    the same for other people's tools
//! vectors/    golden vectors: written, read, judged with    scene    what a case or a flow is played on
//! ladder      in which order a peer is built                json     values and errors of JSON, in words
//! ```

pub mod baseline;
pub mod cases;
pub mod engine;
pub mod example;
#[cfg(feature = "zoo")]
pub mod faults;
pub mod forge;
pub mod json;
pub mod junit;
pub mod ladder;
pub mod operations;
pub mod protocol;
pub mod report;
pub mod scene;
pub mod setup;
pub mod single_scene;
pub mod spec;
pub mod suite;
pub mod trial;
pub mod vectors;
