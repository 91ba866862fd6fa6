//! A license: its BLOBs. SPEC.md section 22.

use super::super::slow::blob::{self, ApplicationBlob};
use super::super::slow::vector::Application;
use super::super::slow::{Verdict, crypto, must};
use super::server::{Moments, Server};

/// Which BLOB it is.
enum Which {
    Master,
    Payload,
    /// Its sequence number.
    Application(u8, &'static Application),
}

impl Server {
    /// BLB-6.
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

    /// BLB-1, BLB-2, BLB-6.
    pub fn seal_blob(&self, storage: &[u8; 16], sequence: u8, index: u8, nonce: [u8; 12]) -> Verdict<String> {
        let content = match self.blob(sequence, index)? {
            Which::Master => self.license_key.to_vec(),
            Which::Payload => self.payload_key.unwrap().to_vec(),
            Which::Application(sequence, application) => {
                let moments = self.instances[&sequence].moments.get(&application.index());
                moments.cloned().unwrap_or_default().blob(self.application_key(sequence, index)).encode()
            }
        };
        Ok(blob::seal(storage, (self.kind.serial_bytes(), sequence, index), nonce, &content))
    }

    /// BLB-6, BLB-3 to BLB-5, BLB-7, BLB-8; BLB-9.
    pub fn load_blob(&mut self, storage: &[u8; 16], sequence: u8, index: u8, text: &str) -> Verdict<()> {
        let which = self.blob(sequence, index)?;
        let content = blob::open(storage, (self.kind.serial_bytes(), sequence, index), text)?;
        let key = || content[..].try_into().map_err(|_| "BLB-7");
        match which {
            Which::Master => self.license_key = key()?,
            Which::Payload => self.payload_key = Some(key()?),
            Which::Application(sequence, application) => {
                let blob = ApplicationBlob::decode(&content, application)?;
                must(blob.key == self.application_key(sequence, index), "BLB-8")?;
                let instance = self.instances.get_mut(&sequence).unwrap();
                instance.moments.insert(index, Moments::of(&blob));
            }
        }
        Ok(())
    }

    /// KEY-8.
    pub fn application_key(&self, sequence: u8, index: u8) -> [u8; 16] {
        let instance = &self.instances[&sequence];
        let serial = self.kind.serial_bytes();
        crypto::application_key(&self.license_key, serial, sequence, index, instance.device, &instance.salt)
    }
}

impl Moments {
    fn blob(&self, key: [u8; 16]) -> ApplicationBlob {
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

    fn of(blob: &ApplicationBlob) -> Self {
        let last_step = i128::from(blob.last_step);
        Self {
            shift: blob.shift.into(),
            last_step,
            last_otp: blob.next_otp.checked_sub(1).map(i128::from),
            next_event: blob.next_event,
            used: blob.used,
            signed: blob.hashes.iter().map(|hash| (last_step, *hash)).collect(),
            out_of_sync: blob.out_of_sync,
        }
    }
}
