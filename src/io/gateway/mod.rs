//! The gateway at a socket: HTTP/1.1 in front of a store. SPEC section 27, GTW. Behind feature `serve`.
//!
//! ```text
//! listen   connections: how many, how long, and the end of all
//! routes   a request from its head to its reply
//! shared   what all requests have in common          reply   what is told
//! site     a page to try it with
//! guard    what is asked before a body is read: host, origin, key, how often
//! app      the test page for phones and apps, which has no store
//! desk     the one thread that has the store: what waits is one transaction
//! hook     notifications on their way to the integrator's push service
//! client   the other end: what a phone asks
//! bridge   somebody else's gateway, asked line by line
//! prepared what is known of the licenses that it has imported
//! ```
//! Plain HTTP: TLS is a proxy's business.

pub mod app;
mod bridge;
mod client;
mod desk;
mod guard;
mod hook;
mod listen;
mod prepared;
mod reply;
mod routes;
mod shared;
mod site;

pub use bridge::{Bridge, Crossing, NoPlace, Place};
pub use client::{Address, NoResult};
pub use guard::Hosts;
pub use hook::{HookUrl, NotAHook};
pub use listen::{CannotServe, Gateway, serve};
pub use prepared::{Unprepared, licenses};

use std::time::{SystemTime, UNIX_EPOCH};

use gateway::limits::Rate;

/// What a gateway is told when it starts.
pub struct Settings {
    /// What may stand in `Host`, and in `Origin`.
    pub hosts: Hosts,
    /// What the back end shows, as text.
    pub api_key: zeroize::Zeroizing<String>,
    /// Where notifications go.
    pub hook: Option<HookUrl>,
    /// Whether the address that asks is the last of `X-Forwarded-For`: a proxy of one's own is in front.
    pub behind_proxy: bool,
    /// Whether the site is served, which asks what a back end asks for whoever reaches it.
    pub site: bool,
    /// How often an address may ask.
    pub address_rate: Rate,
    /// How often a license may be named by who knows nothing of it but its number.
    pub license_rate: Rate,
}

/// The time, in seconds since 1970.
fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}
