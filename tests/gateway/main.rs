//! The gateway through real sockets: `counterproof serve` as a process of its own, asked by phones and back ends that are
//! this test. Needs feature `serve`.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod app;
mod app_browser;
mod browser;
mod check;
mod crash;
mod faults;
mod flows;
mod hook;
mod kit;
mod model;
mod phone;
mod security;
mod site;
#[path = "../tools/mod.rs"]
mod tools;
