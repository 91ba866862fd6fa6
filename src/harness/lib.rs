//! One case being run and judged. Pure: no process, file or clock; whatever answers a line with a line can be judged.
//!
//! ```text
//! trial       one case being run: asks, compares, blames    scene    what a case or a flow is played on
//! case        what a case is, whom it judges                setup    what a scene begins with
//! suite       runs cases, one verdict each                  forge    messages that the reference wouldn't make
//! spec        SPEC.md as data                               report   what a run found, as data
//! baseline    what a peer is known to fail                  junit    the same for other people's tools
//! ```

pub mod baseline;
pub mod case;
pub mod forge;
pub mod junit;
pub mod report;
pub mod scene;
pub mod setup;
pub mod single_scene;
pub mod spec;
pub mod suite;
pub mod trial;
