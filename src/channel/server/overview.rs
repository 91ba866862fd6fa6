//! A license as an operator sees it: numbers and names, no secret.

use super::{License, Status};
use crate::serial::{Sequence, Serial};

/// What a license is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Its name.
    pub serial: Serial,
    /// Whether it has a payload key.
    pub secure_channel: bool,
    /// Most instances.
    pub threshold: u8,
    /// The highest sequence number used.
    pub last_sequence: u8,
    /// Time and counter of the last message issued.
    pub last_message: (u32, u32),
    /// Whether device codes are waited for.
    pub activation_out: bool,
    /// Requests that are remembered.
    pub requests: usize,
    /// How many of them were accepted.
    pub accepted: usize,
    /// Wrong device codes.
    pub code_failures: u8,
    /// Ascending.
    pub instances: Vec<InstanceOverview>,
}

/// What an instance is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceOverview {
    /// Its number.
    pub sequence: Sequence,
    /// `TYPxx`.
    pub kind: String,
    /// In words.
    pub status: &'static str,
    /// Wrong signatures, and whether they lock it.
    pub signature_failures: u8,
    /// Whether it is locked.
    pub locked: bool,
}

impl License {
    /// What it is at.
    pub fn overview(&self) -> Overview {
        let instances = self.instances.iter().map(|(sequence, instance)| InstanceOverview {
            sequence: *sequence,
            kind: instance.kind(),
            status: match instance.status {
                Status::Unconfirmed => "unconfirmed",
                Status::Confirmed => "confirmed",
                Status::Deactivated => "deactivated",
            },
            signature_failures: instance.signature_failures.value(),
            locked: self.ensure_unlocked(instance).is_err(),
        });
        Overview {
            serial: self.serial,
            secure_channel: self.channel.is_some(),
            threshold: self.settings.threshold,
            last_sequence: self.last_sequence,
            last_message: (self.last.time, self.last.counter),
            activation_out: self.activation.is_some(),
            requests: self.issued.len(),
            accepted: self.issued.values().filter(|request| request.is_accepted).count(),
            code_failures: self.code_failures.value(),
            instances: instances.collect(),
        }
    }
}
