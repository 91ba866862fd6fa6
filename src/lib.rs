//! Counterproof: a reference implementation of both sides of a multi-device secure channel for
//! authenticators, and the conformance harness around it. The protocol is `SPEC.md`.
//!
//! # The map
//!
//! A workspace whose members live in `src/`, each with a manifest that names the members it may use: the compiler keeps
//! the floors between them. Reading order is from the bottom up. (`tests/house.rs` compares this table with the
//! manifests.)
//!
//! | member | uses | what it is |
//! |---|---|---|
//! | `counterproof` | gatecheck gateway page perf night zoo programs vectors cases harness peer carrier channel | the program: [`cli`] over [`io`], and nothing else touches the world |
//! | `oracles` | programs harness peer carrier channel | what the fuzz targets hold, beside a second slow implementation; for `fuzz/` and tests |
//! | `gatecheck` | gateway harness peer channel | what is asked of somebody else's gateway over HTTP, case by case; behind feature `serve` |
//! | `gateway` | channel | push, login and provisioning as data: what is asked over HTTP, and what that does; behind feature `serve` |
//! | [`page`] | perf night zoo harness peer | reports, selftests, nights and trends as HTML that stands alone |
//! | [`perf`] | night harness peer channel | the hot path measured, as data: what is done, its record, what got slower |
//! | [`night`] | peer | a night of fuzzing as data: its record, its findings, how its time is shared |
//! | [`programs`] | harness peer channel | random programs, played against a peer and the reference side by side: the net under the cases |
//! | [`zoo`] | harness peer carrier channel | deliberately wrong peers, by which the suite is tested |
//! | [`vectors`] | harness peer carrier channel | golden vectors: written, read, and judged with |
//! | [`cases`] | harness peer carrier channel | what is asked of a peer, area by area, and in which order one is built |
//! | [`harness`] | peer channel | one case being run and judged: trials, scenes, verdicts, reports, baselines |
//! | [`peer`] | carrier channel | the peer protocol, and the reference behind it |
//! | [`carrier`] | channel | QR codes: drawn, found and read |
//! | [`channel`] | | the reference: both roles of the protocol, without serialisation and without pictures |
//!
//! Each has a map of its own on its first page; [`channel`]'s has the floors of the protocol: words, crypto, wire and
//! text, license, client and server. A member is called by its short name in code (`channel::wire`), its package is
//! `counterproof-channel`. The package `counterproof` is the program; this library is its two floors, [`io`] below
//! [`cli`], so that tests and benchmarks can use them. Who wants the reference alone depends on `counterproof-channel`.
//!
//! Data travels one way: cli → io (bytes, now, randomness) → role → wire decodes → crypto opens → wire decodes →
//! decision → encode → seal → bytes → io. Roles are plain functions `(state, input, now, random) → (state,
//! output)` or a refusal, so that vectors, properties, fuzzers, benchmarks and the harness are each one call.
//!
//! # Where is …
//!
//! | | |
//! |---|---|
//! | the byte layout of a message | the head of its file in [`channel::wire`], and SPEC sections 5 to 13, 21 to 23, 25 to 30 |
//! | many messages at once; which AES instructions do it | [`channel::crypto::lanes`]; the one module with unsafe code, `src/channel/crypto/lanes/x86.rs` |
//! | a key's formula | [`channel::crypto::kdf`], one function per formula of SPEC section 6 |
//! | how an application answers, whatever its algorithm | [`channel::crypto::answer`]; an OCRA suite, [`channel::crypto::oath::suite`] |
//! | the license file, line by line | [`channel::license::file`] |
//! | what a password protects, and how | `src/channel/client/single/vault.rs`, [`channel::crypto::password`] |
//! | what a caller keeps for the server, and what never leaves it | `src/channel/server/blob.rs` and `src/channel/server/row.rs` |
//! | when a change is on the disk | [`channel::server::Store`], and [`io::store`] for the one in SQLite |
//! | the order of a client's checks | [`channel::client::Client`]'s operations, read top to bottom |
//! | what decides a refusal | its constant in [`channel::rule`]; all are made by [`channel::error::ensure`] and [`channel::error::refuse`] |
//! | an operation of the peer protocol | its struct in [`peer::operations`], its `Serve` in [`peer::engine`] |
//! | what an accepted operation changes | SPEC section 34; `tests/effects.rs` compares it with counters and digests, `src/cases/effects/` shows it |
//! | the order of checks | SPEC section 32, read by [`harness::spec::order`]; `tests/order.rs` compares it with what [`channel::fault::checks()`] saw |
//! | two checks, and which of them wins | `src/cases/pairs/`; [`zoo::coverage`] measures what is decided |
//! | what makes a verdict trustworthy | [`harness::trial`] |
//! | a case | `src/cases/`, one file per area; the head of [`cases`] says which |
//! | an attacker, and what it knows | [`harness::attack`]; its cases, `src/cases/attacks/` |
//! | what a run leaves behind | [`harness::report`], `reports/`; the folder, `src/cli/report_folder.rs` |
//! | what is made of reports | `src/cli/report/`; [`harness::merge`], [`harness::diff`] |
//! | the gateway over HTTP | its surface, `src/gateway/surface.rs`; what a request does, `src/gateway/operate.rs`; its socket, `src/io/gateway/`; its sessions on the disk, `src/io/store/sessions.rs` |
//! | somebody else's gateway | its cases and why they are its own, `src/gatecheck/`; the bridge to it, `src/io/gateway/bridge.rs` |
//! | an app as a peer: what a person is told to do, what comes of it | `src/io/gateway/app/`, `src/cli/check_app.rs`; SPEC section 18, "Behind a screen" |
//! | a peer behind a socket | [`io::peer::Address`], and the end of SPEC section 18 |
//! | what ends a run early, and what becomes of the rest | [`io::runner`], [`io::signals`] |
//! | the page of a run, its style, its plots | [`page`]; `src/page/templates/` |
//! | how foreign text is shown | [`peer::printable`]; behind it `src/cli/terminal.rs`, on pages `src/page/escape.rs` |
//! | a golden vector | its generator in `src/vectors/`, by area; a whole flow by [`vectors::flow()`] |
//! | a deliberate fault | [`zoo`]; the switch in the reference, [`channel::fault`] |
//! | a random program, and what it is in JSON; how one is drawn | [`programs::step`], [`programs::draw`]; where each parameter comes from, `src/programs/table.rs` |
//! | how one is played, compared, shrunk | [`programs::play`], [`programs::compare`], [`programs::shrink`]; with processes, [`io::explore`] |
//! | which of them are kept for the next night | [`programs::features`], [`programs::corpus`]; for hours, [`io::hours`] |
//! | a fuzz target | its `Target` in `src/oracles/`, its program in `fuzz/` |
//! | what the targets reach, and what of planted bugs they find | [`io::fuzz::coverage`], [`io::fuzz::bench`], `fuzz/bench/` |
//! | a night of fuzzing | [`io::fuzz`]; who has the next slice of time, [`night::share`]; what makes two failures one, [`night::finding`] |
//! | what the hot path takes, and what got slower | [`perf`], `src/cli/bench.rs`, `reports/perf.schema.json` |
//! | the record of nights | [`night::record`], `reports/fuzz.schema.json` |
//!
//! # Features
//!
//! `serve` of `counterproof`: the gateway over HTTP, the page for apps, and the web stack below them. Off by default, so that the first verdict needs
//! none.
//!
//! `zoo` of `counterproof-channel`, by which a single check can be left out. The program has it on, since it serves
//! wrong peers, too; who depends on `counterproof-channel` alone has it off, and the switch is compiled away.

#![warn(unreachable_pub)]

pub mod cli;
pub mod io;
