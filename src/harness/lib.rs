//! One case being run and judged. Pure: no process, file or clock; whatever answers a line with a line can be judged.
//!
//! ```text
//! spec          SPEC.md as data
//! trial         one case being run: asks, compares, blames
//! setup         what a scene begins with                    single_setup   the same of single-device licensing
//! scene         what a case or a flow is played on          single_scene   the same of single-device licensing
//! forge         messages and states that the reference wouldn't make
//! case          what a case is, whom it judges
//! suite         runs cases, one verdict each
//! baseline      what a peer is known to fail
//! report        what a run found, as data                   junit          the same for other people's tools
//! ```

#![warn(unreachable_pub)]

pub mod baseline;
pub mod case;
pub mod forge;
pub mod junit;
pub mod report;
pub mod scene;
pub mod setup;
pub mod single_scene;
pub mod single_setup;
pub mod spec;
pub mod suite;
pub mod trial;
