//! One case being run and judged. Pure: no process, file or clock; whatever answers a line with a line can be judged.
//!
//! ```text
//! spec          SPEC.md as data                           cell           who attacks what, as in SPEC's table
//! trial         one case being run: asks, compares, blames  trace         who said what to whom, for people
//! asking        a question of some operation, and its line  reply          what comes back
//! stop          why a case did not pass
//! setup         what a scene begins with                    single_setup   the same of single-device licensing
//! scene         what a case or a flow is played on          single_scene   the same of single-device licensing
//! forge         messages and states that the reference wouldn't make
//! case          what a case is, whom it judges              area           cases as rows: a verb, an id, a play
//! instance      what most cases are about, and its verbs    play           a trial that knows what must be decided
//! logins        the verbs of an instance that are about logins
//! edition       what an edition asked for, frozen
//! bend          questions that are nearly ones
//! attack        attackers as players, each with what it knows
//! suite         runs cases, one verdict each
//! baseline      what a peer is known to fail
//! blame         which requirement a difference violates  evidence       what a wrong value was made of
//! report        what a run found, as data                   junit          the same for other people's tools
//! causes        which requirements explain what failed  net            what a case can't forget to look at
//! cost          what a peer takes for an operation; no verdict comes of it
//! again         a failed case, played again             shard          one of several parts of a run
//! merge         the reports of shards as one            diff           what changed from one report to another
//! standing      what a part of a report comes to; conclusion says so in words
//! ```

#![warn(unreachable_pub)]

mod again;
pub mod area;
mod asking;
pub mod attack;
pub mod baseline;
pub mod bend;
pub mod blame;
pub mod case;
pub mod causes;
pub mod cell;
mod conclusion;
pub mod cost;
pub mod diff;
pub mod edition;
mod evidence;
pub mod forge;
pub mod instance;
pub mod junit;
pub mod logins;
pub mod merge;
mod net;
pub mod play;
pub mod reply;
pub mod report;
pub mod scene;
pub mod setup;
pub mod shard;
pub mod single_scene;
pub mod single_setup;
pub mod spec;
pub mod standing;
mod stop;
pub mod suite;
pub mod trace;
pub mod trial;
