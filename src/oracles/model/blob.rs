//! A license: its BLOBs. SPEC.md section 22.

use std::collections::BTreeMap;

use super::super::slow::blob::{self, ApplicationBlob};
use super::super::slow::vector::Application;
use super::super::slow::{Verdict, crypto, must};
use super::server::{Instance, Moments, Server};

/// Which BLOB it is.
enum Which {
    Master,
    Payload,
    /// Its sequence number.
    Application(u8, &'static Application),
}

impl Server {
    /// Which BLOB two numbers name (BLB-6).
    fn blob(&self, sequence: u8, index: u8) -> Verdict<Which> {
        if (sequence, index) == (0, 0) {
            return Ok(Which::Master);
        }
        if (sequence, index) == (0, 1) && self.payload_key.is_some() {
            return Ok(Which::Payload);
        }
        must(self.instances.contains_key(&sequence), "BLB-6")?;
        Ok(Which::Application(sequence, self.vector.application(index).ok_or("BLB-6")?))
    }

    /// A BLOB as text (BLB-1, BLB-2, BLB-6).
    pub fn seal_blob(&self, storage: &[u8; 16], sequence: u8, index: u8, nonce: [u8; 12]) -> Verdict<String> {
        let content = match self.blob(sequence, index)? {
            Which::Master => self.license_key.to_vec(),
            Which::Payload => self.payload_key.unwrap().to_vec(),
            Which::Application(sequence, application) => {
                let moments = self.instances[&sequence].moments.get(&application.index());
                moments.cloned().unwrap_or_default().blob(self.application_key(sequence, index)).encode()
            }
        };
        let place = (self.kind.serial_bytes(), sequence, index);
        let generation = self.generation(sequence, index);
        Ok(blob::seal(storage, place, self.epoch, nonce, generation, &content))
    }

    /// BLB-6, BLB-3 to BLB-5, BLB-12, BLB-7, BLB-8; BLB-9, BLB-13, BLB-14.
    pub fn load_blob(
        &mut self,
        storage: &[u8; 16],
        (sequence, index): (u8, u8),
        text: &str,
        now: u32,
    ) -> Verdict<()> {
        let which = self.blob(sequence, index)?;
        let place = (self.kind.serial_bytes(), sequence, index);
        let (generation, content) = blob::open(storage, place, self.epoch, text)?;
        let known = self.generation(sequence, index);
        must(generation >= known, "BLB-12")?;
        let key = || content[..].try_into().map_err(|_| "BLB-7");
        let is_same = match which {
            Which::Master => std::mem::replace(&mut self.license_key, key()?) == self.license_key,
            Which::Payload => self.payload_key.replace(key()?) == self.payload_key,
            Which::Application(sequence, application) => {
                let blob = ApplicationBlob::decode(&content, application)?;
                must(blob.key == self.application_key(sequence, index), "BLB-8")?;
                let moments = &mut self.instances.get_mut(&sequence).unwrap().moments;
                let row = moments.get(&index).cloned().unwrap_or_default();
                let is_same = row.blob(blob.key) == blob;
                if generation > known || !is_same {
                    moments.insert(index, row.joined(&blob, application, now));
                }
                is_same
            }
        };
        if generation > known || !is_same {
            self.generations.insert((sequence, index), generation.saturating_add(1));
        }
        Ok(())
    }

    /// BLB-11: one operation, and what it changes counts; what a BLOB brings has its own number.
    pub fn counting<T>(&mut self, operation: impl FnOnce(&mut Self) -> T) -> T {
        let (held, generations) = (self.held(), self.generations.clone());
        let result = operation(self);
        let after = self.held();
        for (place, content) in held {
            let by_blob = generations.get(&place) != self.generations.get(&place);
            if after.get(&place).is_some_and(|now| *now != content) && !by_blob {
                let next = self.generation(place.0, place.1).saturating_add(1);
                self.generations.insert(place, next);
            }
        }
        result
    }

    /// What all BLOBs of instances hold; the license key stands for the keys that are made from it.
    fn held(&self) -> BTreeMap<(u8, u8), ApplicationBlob> {
        let applications = &self.vector.applications;
        let of = |(sequence, instance): (&u8, &Instance)| {
            let sequence = *sequence;
            let all = applications.iter().map(|application| {
                let moments = instance.moments.get(&application.index()).cloned().unwrap_or_default();
                ((sequence, application.index()), moments.blob(self.license_key))
            });
            all.collect::<Vec<_>>()
        };
        self.instances.iter().flat_map(of).collect()
    }

    /// How often the content of a BLOB has become something else (BLB-11).
    pub fn generation(&self, sequence: u8, index: u8) -> u32 {
        self.generations.get(&(sequence, index)).copied().unwrap_or(1)
    }

    /// The key by which one application of an instance responds (KEY-8).
    pub fn application_key(&self, sequence: u8, index: u8) -> [u8; 16] {
        let instance = &self.instances[&sequence];
        let serial = self.kind.serial_bytes();
        crypto::application_key(&self.license_key, serial, sequence, index, instance.device, &instance.salt)
    }
}

impl Moments {
    /// What its BLOB says, with this key.
    pub fn blob(&self, key: [u8; 16]) -> ApplicationBlob {
        let number = |step: i128| u64::try_from(step).unwrap();
        let at_last_step = self.signed.iter().filter(|(step, _)| *step == self.last_step);
        ApplicationBlob {
            used: self.used,
            out_of_sync: self.out_of_sync,
            key,
            shift: i64::try_from(self.shift).unwrap(),
            last_step: number(self.last_step),
            next_otp: self.last_otp.map_or(0, |step| number(step) + 1),
            next_event: self.next_event,
            hashes: at_last_step.map(|(_, hash)| *hash).collect(),
        }
    }

    /// A row and a BLOB from another course of events, the later of both in each value (BLB-14).
    fn joined(self, blob: &ApplicationBlob, application: &Application, now: u32) -> Self {
        let last_step = i128::from(blob.last_step);
        let signed = blob.hashes.iter().map(|hash| (last_step, *hash)).collect();
        let mut joined = Self {
            shift: blob.shift.into(),
            last_step: last_step.max(self.last_step),
            last_otp: self.last_otp.max(blob.next_otp.checked_sub(1).map(i128::from)),
            next_event: self.next_event.max(blob.next_event),
            used: self.used || blob.used,
            signed: if last_step >= self.last_step { signed } else { self.signed },
            out_of_sync: blob.out_of_sync,
        };
        joined.restored(application, now);
        joined
    }

    /// What an application is after a backup was restored (OPR-4, OPR-5).
    pub fn restored(&mut self, application: &Application, now: u32) {
        if let Some(clock) = application.step_at(now) {
            let step = (i128::from(clock) + self.shift + 1).max(0);
            self.last_step = self.last_step.max(step);
        }
        self.out_of_sync |= application.has_events();
    }
}
