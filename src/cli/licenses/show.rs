//! `licenses show`: what a store has. No secret is in it, as words or as a document.

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::store::StoreArguments;
use crate::cli::json;
use crate::cli::outcome::{Error, Outcome};
use crate::cli::terminal::show_path;
use crate::io::store::{Sqlite, StoreError};
use channel::serial::Serial;
use channel::server::{InstanceOverview, Overview};
use peer::json::show;

/// The arguments of `licenses show`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// A serial number
    serial: Option<Serial>,
    #[command(flatten)]
    store: StoreArguments,
    /// One JSON document instead, of the form that reports/licenses.schema.json describes
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let found = self.look()?;
        let path = show_path(&self.store.store);
        match (self.json, &found) {
            (true, found) => {
                let version = env!("CARGO_PKG_VERSION");
                json::write(out, &Document { licenses: 1, counterproof: version, store: &path, found })?;
            }
            (false, Found::Counts(Counts { license_files, licenses, ever_used })) => {
                writeln!(out, "store {path}\n  license files  {license_files}")?;
                writeln!(out, "  licenses       {licenses}\n  ever used      {ever_used}")?;
            }
            (false, Found::License(license)) => license.write(out)?,
            (false, Found::Missing(serial)) => writeln!(out, "{serial} is not in this store")?,
        }
        Ok(if matches!(found, Found::Missing(_)) { Outcome::Bad } else { Outcome::Good })
    }

    fn look(&self) -> Result<Found, Error> {
        let Some(key) = self.store.key()? else { return Err(self.store.failed(&StoreError::Missing)) };
        let failed = |error| self.store.failed(&error);
        let path = &self.store.store;
        let Some(serial) = self.serial else {
            let counts = Sqlite::read(path, &key, |store| store.counts()).map_err(failed)?;
            let [license_files, licenses, ever_used] = counts;
            return Ok(Found::Counts(Counts { license_files, licenses, ever_used }));
        };
        let found = Sqlite::read(path, &key, |store| Ok((store.names(serial)?, store.look(serial)?)));
        Ok(match found.map_err(failed)? {
            (Some(names), Some(overview)) => Found::License(License::of(names, &overview)),
            _ => Found::Missing(serial.to_string()),
        })
    }
}

/// What `--json` writes: `reports/licenses.schema.json`.
#[derive(Serialize)]
struct Document<'a> {
    licenses: u32,
    counterproof: &'static str,
    store: &'a str,
    #[serde(flatten)]
    found: &'a Found,
}

/// What was found in the store.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Found {
    Counts(Counts),
    License(License),
    /// A license that it doesn't have.
    Missing(String),
}

#[derive(Serialize)]
struct Counts {
    license_files: u64,
    licenses: u64,
    ever_used: u64,
}

#[derive(Serialize)]
struct License {
    serial: String,
    #[serde(rename = "type")]
    kind: String,
    application: String,
    mode: &'static str,
    secure_channel: bool,
    last_sequence: u8,
    threshold: u8,
    last_message: LastMessage,
    requests: usize,
    accepted: usize,
    waits_for_code: bool,
    code_failures: u8,
    instances: Vec<Instance>,
}

#[derive(Serialize)]
struct LastMessage {
    counter: u32,
    time: u32,
}

#[derive(Serialize)]
struct Instance {
    sequence: String,
    #[serde(rename = "type")]
    kind: String,
    status: &'static str,
    signature_failures: u8,
    locked: bool,
}

impl License {
    fn of((kind, application): (String, String), it: &Overview) -> Self {
        let instance = |it: &InstanceOverview| Instance {
            sequence: it.sequence.to_string(),
            kind: it.kind.clone(),
            status: it.status,
            signature_failures: it.signature_failures,
            locked: it.locked,
        };
        Self {
            serial: it.serial.to_string(),
            kind,
            application,
            mode: "MA",
            secure_channel: it.secure_channel,
            last_sequence: it.last_sequence,
            threshold: it.threshold,
            last_message: LastMessage { counter: it.last_message.1, time: it.last_message.0 },
            requests: it.requests,
            accepted: it.accepted,
            waits_for_code: it.activation_out,
            code_failures: it.code_failures,
            instances: it.instances.iter().map(instance).collect(),
        }
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let yes_or_no = |it: bool| if it { "yes" } else { "no" };
        let LastMessage { counter, time } = self.last_message;
        writeln!(out, "license {}", self.serial)?;
        writeln!(out, "  type              {}", self.kind)?;
        writeln!(out, "  application       {}, mode {}", show(&self.application), self.mode)?;
        writeln!(out, "  Secure Channel    {}", yes_or_no(self.secure_channel))?;
        writeln!(out, "  instances         {} of at most {}", self.last_sequence, self.threshold)?;
        writeln!(out, "  last message      counter {counter}, time {time}")?;
        writeln!(
            out,
            "  requests          {} remembered, {} of them accepted",
            self.requests, self.accepted
        )?;
        writeln!(out, "  waits for a code  {}", yes_or_no(self.waits_for_code))?;
        writeln!(out, "  wrong codes       {}", self.code_failures)?;
        for Instance { sequence, kind, status, signature_failures, locked } in &self.instances {
            let locked = if *locked { ", locked" } else { "" };
            writeln!(
                out,
                "  instance {sequence}       {kind} {status}, wrong signatures {signature_failures}{locked}"
            )?;
        }
        Ok(())
    }
}
