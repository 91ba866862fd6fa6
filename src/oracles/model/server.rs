//! A license: what it issues, byte for byte. SPEC.md sections 7, 9 to 11 and 13; import of section 21.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::slow::floor;
use super::super::slow::push;
use super::super::slow::request::{self, Content, Request};
use super::super::slow::vector::Vector;
use super::super::slow::{self, Verdict, crypto, license, must};
use super::super::world::{self, EPOCH, Kind, LICENSE_KEY, PAYLOAD_KEY};

/// A license.
#[derive(Clone, Debug)]
pub struct Server {
    /// What it was created with.
    pub kind: Kind,
    /// Its key: drawn by whoever made the license, or out of a BLOB.
    pub license_key: [u8; 16],
    /// The same, with Secure Channel.
    pub payload_key: Option<[u8; 16]>,
    /// The applications.
    pub vector: &'static Vector,
    /// The counter of the last message issued (NON-2).
    pub last_counter: u32,
    /// The time in the last message issued, Unix seconds (NON-1).
    pub last_time: u32,
    /// The time of the latest AM1.
    pub am1_time: Option<u32>,
    /// The AM1 that is out, and when it was issued.
    pub am1: Option<(Arc<Vec<u8>>, u32)>,
    /// The verified device.
    pub verified: Option<Verified>,
    /// By sequence number.
    pub instances: BTreeMap<u8, Instance>,
    /// The highest sequence number that may have been issued.
    pub highest_sequence: u8,
    /// Requests of formats 0 to 2, by counter.
    pub issued: BTreeMap<u32, Issued>,
    /// Counters of all requests accepted.
    pub accepted: BTreeSet<u32>,
    /// Wrong device codes.
    pub code_failures: u8,
    /// Drawn anew whenever the license is created or imported (BLB-10).
    pub epoch: [u8; 8],
    /// BLB-11, by sequence number and index; 1 where there is none.
    pub generations: BTreeMap<(u8, u8), u32>,
}

/// The bytes, and the application.
pub type Issued = (Arc<Vec<u8>>, u8);

/// The device whose code was verified last, and what AM2 is to do with it (DVC-12, AM2-5, AM2-12).
#[derive(Clone, Debug)]
pub struct Verified {
    /// Device type and device id.
    pub device: [u8; 6],
    /// `replace`, the last time.
    pub replaces: bool,
    /// Made for it.
    pub instance: Option<u8>,
}

/// Section 17.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// AM2 is out.
    Unconfirmed,
    /// Usable.
    Confirmed,
    /// For good.
    Deactivated,
}

/// An instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Device type and device id.
    pub device: [u8; 6],
    /// As drawn.
    pub salt: [u8; 13],
    /// Its AM2.
    pub am2: Arc<Vec<u8>>,
    /// The time of its AM1.
    pub am1_time: u32,
    /// Whether the instance takes the place of an older one of its device (AM2-12).
    pub replaces: bool,
    /// What it may do.
    pub state: State,
    /// Wrong signatures.
    pub failures: u8,
    /// By application.
    pub moments: BTreeMap<u8, Moments>,
    /// All counters of information messages taken.
    pub informed: BTreeSet<u32>,
}

/// What VER-13 to VER-20 remember of an application of an instance.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    /// How many steps the device's clock is ahead of the server's (VER-14).
    pub shift: i128,
    /// The time step accepted last (VER-14).
    pub last_step: i128,
    /// The time step of the one-time password accepted last (VER-17).
    pub last_otp: Option<i128>,
    /// The event counter that is due next (VER-14).
    pub next_event: u64,
    /// Whether anything was ever accepted (VER-16).
    pub used: bool,
    /// VER-18: every step and hash of fields accepted; of a BLOB that was loaded, those in it.
    pub signed: BTreeSet<(i128, [u8; 8])>,
    /// Whether a restored backup has left its event counter unknown (OPR-5).
    pub out_of_sync: bool,
}

/// INS-1: the type; index, name and mode of each application.
pub type Called = (String, Vec<(u8, String, u8)>);

impl Server {
    /// Without instances.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            license_key: LICENSE_KEY,
            payload_key: kind.secure_channel.then_some(PAYLOAD_KEY),
            vector: kind.apps.slow(),
            last_counter: kind.last_counter,
            last_time: 0,
            am1_time: None,
            am1: None,
            verified: None,
            instances: BTreeMap::new(),
            highest_sequence: 0,
            issued: BTreeMap::new(),
            accepted: BTreeSet::new(),
            code_failures: 0,
            epoch: EPOCH,
            generations: BTreeMap::new(),
        }
    }

    /// IMP-1, IMP-2, STV-7, VER-21, VER-22: the license of this serial number, as a file of the licenses here has it.
    pub fn import(
        transport: &[u8; 32],
        file: &[u8],
        serial: &'static str,
        payload_key: [u8; 16],
        epoch: [u8; 8],
    ) -> Verdict<Self> {
        let file = license::read(transport, file)?;
        let line = file.licenses.iter().find(|license| license.serial == serial).ok_or("IMP-2")?;
        let kind = Kind {
            threshold: line.threshold,
            secure_channel: line.secure_channel,
            ..world::kind_of(serial, &file.static_vector, &file.message_vector)
        };
        let payload_key = line.secure_channel.then_some(payload_key);
        floor::judge(kind.apps.slow(), world::SIGNATURE_TRIES, kind.windows, kind.secure_channel)?;
        Ok(Self { license_key: line.license_key, payload_key, epoch, ..Self::new(kind) })
    }

    /// Takes a license from a file in place of one that exists (IMP-3).
    pub fn reimport(
        &mut self,
        transport: &[u8; 32],
        file: &[u8],
        payload_key: [u8; 16],
        epoch: [u8; 8],
    ) -> Verdict<()> {
        let fresh = Self::import(transport, file, self.kind.serial, payload_key, epoch)?;
        let Self { last_counter, last_time, am1_time, .. } = *self;
        *self = Self { last_counter, last_time, am1_time, ..fresh };
        Ok(())
    }

    /// What an instance is called.
    pub fn instance(&self, sequence: u8) -> Verdict<Called> {
        let instance = self.instances.get(&sequence).ok_or("VER-3")?;
        let name = |name: [u8; 10]| format!("{}{sequence:02}", String::from_utf8(name.to_vec()).unwrap());
        let applications = self.vector.applications.iter();
        let told = applications.map(|it| (it.index(), name(it.name), it.mode())).collect();
        Ok((format!("TYP{:02}", instance.device[0]), told))
    }

    /// NON-1 to NON-3, then the frame (FRM-1), sealed under this key.
    fn issue(&mut self, kind: u8, channel: &[u8; 16], now: u32, body: &[u8]) -> Verdict<Vec<u8>> {
        must(self.last_counter < u32::MAX, "NON-3")?;
        self.last_counter += 1;
        self.last_time = self.last_time.max(now);
        let protection = if kind == 1 { self.kind.activation } else { self.kind.messages };
        let mut header = vec![0, kind << 6 | protection.number()];
        header.extend(self.kind.serial_bytes());
        header.extend(self.last_time.to_be_bytes());
        header.extend(self.last_counter.to_be_bytes());
        Ok(crypto::seal(channel, header.try_into().unwrap(), body))
    }

    /// Issues an AM1, which cancels the one before (AM1-1, AM1-2, AM1-10, AM1-14, AM1-15).
    pub fn generate_activation1(
        &mut self,
        challenge: Option<[u8; 8]>,
        with_vector: bool,
        now: u32,
    ) -> Verdict<Vec<u8>> {
        must(self.am1_time != Some(u32::MAX), "AM1-15")?;
        let time = self.am1_time.map_or(now, |latest| now.max(latest + 1));
        let serial = self.kind.serial_bytes();
        let wrapping = crypto::wrapping_key(&self.vector.master, serial);
        let (activation, messages) = (self.kind.activation.number(), self.kind.messages.number());
        let policy = [activation << 2, messages << 4 | (self.kind.post_activation - 1) << 1];
        let mut body = vec![u8::from(challenge.is_some()) + 2 * u8::from(with_vector)];
        body.extend(time.to_be_bytes());
        body.extend(crypto::wrap(&wrapping, &self.license_key));
        body.extend(policy);
        if with_vector {
            body.extend(self.kind.apps.bytes());
        }
        let header = [&[0, 0][..], &serial, &challenge.unwrap_or_default()].concat();
        let am1 = crypto::seal(&[0; 16], header.try_into().unwrap(), &body);
        self.am1 = Some((Arc::new(am1.clone()), time));
        self.am1_time = Some(time);
        self.verified = None;
        self.code_failures = 0;
        Ok(am1)
    }

    /// Verifies a device code; the next sequence number and the device id (DVC-4 to DVC-12).
    pub fn verify_device_code(&mut self, code: &str, replace: bool, now: u32) -> Verdict<(u8, [u8; 5])> {
        let (kind, id, _) = slow::device_code(code)?;
        let [_, _, _, id @ ..] = id.to_be_bytes();
        let mut device = [kind; 6];
        device[1..].copy_from_slice(&id);
        let (am1, time) = self.am1.as_ref().ok_or("DVC-8")?;
        must(u64::from(now) <= u64::from(*time) + 86_400 * u64::from(world::VALIDITY_DAYS), "DVC-9")?;
        must(self.code_failures < world::CODE_TRIES, "DVC-10")?;
        if crypto::device_code(&self.license_key, device, am1) != code {
            self.code_failures += 1;
            return Err("DVC-11");
        }
        must(replace || self.confirmed_on(&id).next().is_none(), "DVC-12")?;
        self.code_failures = 0;
        for instance in self.instances.values_mut() {
            if instance.state == State::Unconfirmed && instance.am1_time < *time {
                instance.state = State::Deactivated; // AM2-18
            }
        }
        match &mut self.verified {
            Some(verified) if verified.device == device => {
                if verified.instance.is_none() {
                    verified.replaces = replace;
                }
            }
            other => *other = Some(Verified { device, replaces: replace, instance: None }),
        }
        Ok((kind, id))
    }

    /// Sequence numbers of the confirmed instances of a device id.
    pub fn confirmed_on(&self, id: &[u8]) -> impl Iterator<Item = u8> {
        let confirmed = |it: &Instance| it.state == State::Confirmed && it.device[1..] == *id;
        self.instances.iter().filter(move |(_, it)| confirmed(it)).map(|(sequence, _)| *sequence)
    }

    /// AM2-1 to AM2-5, AM2-12: sequence number and AM2.
    pub fn generate_activation2(&mut self, salt: [u8; 13], now: u32) -> Verdict<(u8, Vec<u8>)> {
        let Verified { device, replaces, instance } = self.verified.clone().ok_or("AM2-2")?;
        if let Some(sequence) = instance {
            return Ok((sequence, self.instances[&sequence].am2.to_vec()));
        }
        let sequence = self.highest_sequence + 1;
        must(sequence <= self.kind.threshold, "AM2-4")?;
        let mut body = vec![sequence, u8::from(self.payload_key.is_some())];
        body.extend(self.payload_key.unwrap_or_default());
        body.extend(salt);
        let (am1, am1_time) = self.am1.clone().unwrap();
        let am1 = crypto::hash(&am1);
        let channel = crypto::am2_channel(&self.license_key, self.kind.serial_bytes(), device, &am1);
        let am2 = self.issue(1, &channel, now, &body)?;

        self.highest_sequence = sequence;
        self.verified = Some(Verified { device, replaces, instance: Some(sequence) });
        let instance = Instance {
            device,
            salt,
            am2: Arc::new(am2.clone()),
            am1_time,
            replaces,
            state: State::Unconfirmed,
            failures: 0,
            moments: BTreeMap::new(),
            informed: BTreeSet::new(),
        };
        assert!(self.instances.insert(sequence, instance).is_none(), "AM2-3: never used twice");
        Ok((sequence, am2))
    }

    /// REQ-13, REQ-12, the texts, NON-3.
    pub fn generate_request(&mut self, asked: &Request, is_gateway: bool, now: u32) -> Verdict<Vec<u8>> {
        let payload_key = self.payload_key.ok_or("REQ-13")?;
        let application = self.vector.application(asked.application);
        let signs = application.is_some_and(|it| it.takes_request(asked.content.format()));
        must(signs, "REQ-12")?;
        let body = request::encode(asked, is_gateway)?;
        let message = self.issue(3, &payload_key, now, &body)?;
        if matches!(asked.content, Content::Gateway(_)) {
            return Ok(message);
        }
        self.issued.insert(self.last_counter, (Arc::new(message.clone()), asked.application));
        while self.issued.len() > 256 {
            self.issued.pop_first(); // VER-7
        }
        Ok(message)
    }

    /// INF-2 to INF-7: sequence number and challenge key.
    pub fn process_information(&mut self, message: &str, now: u32) -> Verdict<(u8, [u8; 5])> {
        let bytes = slow::hex(message)?;
        let frame = slow::frame(&bytes, true)?;
        must(frame.serial == self.kind.serial, "VER-1")?;
        must(frame.kind == 0x24, "INF-2")?;
        let payload_key = self.payload_key.ok_or("INF-3")?;
        let (sequence, counter, time) = push::information_nonce(frame.nonce);
        self.confirmed(sequence)?; // locked or not: INF-8
        must(i64::from(now) - i64::from(time) <= i64::from(world::AGE_LIMIT_S), "VER-6")?;
        must(frame.protection == self.kind.messages.number(), "INF-7")?;
        let body = crypto::open(&payload_key, &frame)?;
        let informed = &mut self.instances.get_mut(&sequence).unwrap().informed;
        must(counter != 0 && informed.iter().all(|taken| *taken < counter), "INF-4")?;
        let key = push::information(&body)?;
        informed.insert(counter);
        Ok((sequence, key))
    }

    /// Issues a deactivation, and ends the instance (DEA-1 to DEA-4).
    pub fn generate_deactivation(&mut self, sequence: u8, now: u32) -> Verdict<Vec<u8>> {
        let payload_key = self.payload_key.ok_or("DEA-2")?;
        must(self.instances.contains_key(&sequence), "DEA-3")?;
        let message = self.issue(2, &payload_key, now, &[sequence, 0])?;
        self.instances.get_mut(&sequence).unwrap().state = State::Deactivated;
        if self.verified.as_ref().is_some_and(|verified| verified.instance == Some(sequence)) {
            self.verified = None;
        }
        Ok(message)
    }
}
