//! The gateway of push, login and provisioning, as data: what is asked over HTTP, what is answered, and what that does
//! to a license and its sessions. SPEC section 27, GTW.
//!
//! ```text
//! instance      VDS1000120-1, as the published surface names an instance
//! surface       the bodies of requests and replies, and the table of operations: path, who may ask, what
//! code          result codes, their numbers and HTTP statuses
//! registration  an activation in two steps over HTTP: what is kept of it
//! sessions      what is kept beside a license: logins, the registration, whose it is, its devices; and as rows
//! operate       what each request does with license and sessions
//! limits        how often somebody may ask
//! openapi       the document, from the types and the table
//! ```
//! Pure: the time is passed in, random fields are drawn by the caller, nothing is stored or sent here. An operation
//! changes license and sessions together; whoever stores them does so in one step, before the reply leaves.

pub mod code;
pub mod instance;
pub mod limits;
pub mod openapi;
pub mod operate;
pub mod registration;
pub mod sessions;
pub mod surface;
