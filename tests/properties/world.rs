//! Both roles, everything that was ever said between them, and the model: each operation is done and compared.

mod storage;

use std::collections::{BTreeMap, BTreeSet};

use channel::bytes::Wire as _;
use channel::check_digit::check_digit;
use channel::client::{self, AccountState, Client, Config, Decision, Handle, Pin, RootPolicy, Shown};
use channel::crypto::kdf::Device;
use channel::crypto::keys::Key;
use channel::crypto::mac::hmac_sha256;
use channel::crypto::protect::Protection;
use channel::error::Refusal;
use channel::license::blob::Epoch;
use channel::serial::{Sequence, Serial};
use channel::server::{Attempt, License, Origin, Settings};
use channel::state;
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::activation1::Policy;
use channel::wire::data::{Data, unlock_challenge};
use channel::wire::device_code::DeviceCode;
use channel::wire::frame::{Carrier, Nonce};
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::request::{Content, Request};
use channel::wire::static_vector::{Mode, StaticVector};
use harness::setup::{PIN_TRIES, otp, otp_vector};

use crate::model::*;
use crate::operations::{CLIENTS, Op, Pick};

const SERIAL: &str = "VDS1000120";

/// A role, with the names and values of its counters.
trait Role: Clone + std::hash::Hash {
    fn counters(&self) -> BTreeMap<String, u8>;
}

impl Role for Client {
    fn counters(&self) -> BTreeMap<String, u8> {
        let active = self.accounts().filter(|account| account.sequence.is_some());
        let named = active.flat_map(|account| {
            [("pin", account.pin_failures), ("unlock", account.unlock_failures)]
                .map(|(what, failures)| (format!("{what}_failures/{}", account.serial), failures))
        });
        named.collect()
    }
}

impl Role for License {
    fn counters(&self) -> BTreeMap<String, u8> {
        let failures = self.signature_failures();
        let named = failures.map(|(sequence, failures)| (format!("signature_failures/{sequence}"), failures));
        named.chain([("code_failures".to_owned(), self.code_failures())]).collect()
    }
}

/// Calls a role. A refusal leaves its digest equal, and its counters too, but for the one that the rule names.
fn call<R: Role, T>(
    seen: &mut BTreeSet<&'static str>,
    role: &mut R,
    operation: impl FnOnce(&mut R) -> Result<T, Refusal>,
) -> Verdict<T> {
    let (digest, mut counters) = (state::digest(role), role.counters());
    let refusal = match operation(role) {
        Ok(value) => return Ok(value),
        Err(refusal) => refusal,
    };
    seen.insert(refusal.rule.id);
    assert_eq!(state::digest(role), digest, "{refusal} changed the state");
    let after = role.counters();
    if let Some(counted) = refusal.rule.counts {
        let changed: Vec<_> =
            counters.iter().filter(|(name, value)| after.get(*name) != Some(*value)).collect();
        let [(name, value)] = changed[..] else { panic!("{refusal} counted {changed:?}") };
        assert!(name.starts_with(counted), "{refusal} counted {name}");
        let (name, value) = (name.clone(), value + 1);
        counters.insert(name, value);
    }
    assert_eq!(after, counters, "{refusal}");
    Err(refusal.rule.id)
}

/// AM2 as issued, and for whom.
#[derive(Clone)]
struct Am2 {
    bytes: Vec<u8>,
    sequence: u8,
    import: u8,
    device: Device,
    am1: Vec<u8>,
}

struct Issued {
    bytes: Vec<u8>,
    import: u8,
    application: u8,
    require_pin: bool,
}

/// An unlock response, and what it answers.
#[derive(Clone)]
struct Unlocking {
    text: String,
    sequence: u8,
    import: u8,
    challenge: String,
}

/// What is given at each start.
fn config(vector: &StaticVector, replacement: bool) -> Config {
    Config {
        static_vector: Some(vector.clone()),
        platform_data: b"platform".to_vec(),
        app_version: 0,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement,
    }
}

/// A client, its clock, and what the model knows of it.
struct Installation {
    client: Client,
    device: Device,
    replacement: bool,
    skew: i32,
    account: Account,
    /// The opened message, its application, and whether it requires the PIN.
    opened: Option<(Vec<u8>, u8, bool)>,
    /// Of the message opened last.
    handle: Handle,
    /// What it was saved as, and what the model knew then.
    saved: Vec<(Vec<u8>, Account)>,
}

impl Installation {
    fn new(number: usize, vector: &StaticVector) -> Self {
        let kind = u8::try_from(number).unwrap();
        let (salt, replacement) = ([kind % 2; 16], number == 0);
        let client =
            Client::new(config(vector, replacement), client::Installation { salt, device_type: kind });
        let data = [&serial().to_bytes()[..], b"platform"].concat();
        let id = *hmac_sha256(&salt, &data).first_chunk().unwrap();
        let (account, device) = (Account::default(), Device { kind, id });
        Self {
            client,
            device,
            replacement,
            skew: 0,
            account,
            opened: None,
            handle: Handle::default(),
            saved: Vec::new(),
        }
    }
}

/// Both roles, everything that was ever said, and the model.
pub struct World {
    now: u32,
    license: License,
    pub model: Server,
    backup: Option<(License, Server)>,
    devices: Vec<Installation>,
    am1s: Vec<Am1>,
    codes: Vec<Code>,
    am2s: Vec<Am2>,
    requests: Vec<Issued>,
    /// Bytes, sequence number, import.
    deactivations: Vec<(Vec<u8>, u8, u8)>,
    signatures: Vec<Made>,
    responses: Vec<Made>,
    unlockings: Vec<Unlocking>,
    blobs: Vec<storage::Kept>,
    imports: u8,
    /// Whether anything was ever lost: then an OTP may be accepted again (OPR-4).
    lost: bool,
    nonces: BTreeSet<[u8; 8]>,
    highest_sequence: u8,
    accepted_messages: BTreeSet<String>,
    /// By instance, application and text.
    pub accepted_otps: BTreeSet<(u8, u8, String)>,
    /// The rules that refused something, and what else is worth reaching.
    pub seen: BTreeSet<&'static str>,
}

/// [`otp_vector`] with 16 digits each, so that no two candidates ever have the same response, and with an
/// application of time and events that signs everything.
fn vector() -> StaticVector {
    let mut vector = otp_vector();
    for application in &mut vector.applications {
        application.form.length = 16;
        if application.form.index == otp::BOTH {
            application.mode = Mode::MultiMode;
            application.form.mode = Mode::MultiMode.number();
            application.data_fields = vec![(0, 16)];
        }
    }
    vector
}

fn message_vector() -> MessageVector {
    MessageVector {
        policy: Policy {
            activation: Protection::HmacSha256,
            messages: Protection::Cmac,
            post_activation: otp::BOTH,
        },
        activation_validity_days: VALIDITY_DAYS,
        message_age_limit_s: AGE_LIMIT_S,
        code_tries: CODE_TRIES,
        signature_tries: SIGNATURE_TRIES,
        windows: Windows {
            identification: IDENTIFICATION,
            signature: SIGNATURE,
            first_use_s: FIRST_USE_S,
            look_ahead: LOOK_AHEAD,
        },
    }
}

fn bent_hex(bytes: &[u8], bend: bool) -> String {
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= u8::from(bend);
    }
    hex::encode(&bytes)
}

fn nonce_of(frame: &[u8]) -> Nonce {
    Nonce::decode(frame[7..15].try_into().unwrap())
}

fn number(sequence: u8) -> Sequence {
    Sequence::new(sequence).unwrap()
}

fn serial() -> Serial {
    SERIAL.parse().unwrap()
}

impl World {
    pub fn new() -> Self {
        let vector = vector();
        let settings = Settings { message_vector: message_vector(), threshold: THRESHOLD };
        let origin = Origin {
            serial: serial(),
            license_key: Key::new([1; 16]),
            static_vector: vector.clone(),
            static_vector_bytes: vector.to_bytes(),
            payload_key: Some(Key::new([2; 16])),
            epoch: Epoch([4; 8]),
            last_counter: 41,
        };
        Self {
            now: 1_800_000_000,
            license: License::new(origin, settings).unwrap(),
            devices: (0..CLIENTS).map(|number| Installation::new(number, &vector)).collect(),
            model: Server {
                vector,
                post_activation: otp::BOTH,
                import: 0,
                last: Nonce { time: 0, counter: 41 },
                next_am1_time: 0,
                am1: None,
                verified: None,
                instances: BTreeMap::new(),
                last_sequence: 0,
                issued: BTreeMap::new(),
                accepted: BTreeSet::new(),
                code_failures: 0,
            },
            backup: None,
            am1s: Vec::new(),
            codes: Vec::new(),
            am2s: Vec::new(),
            requests: Vec::new(),
            deactivations: Vec::new(),
            signatures: Vec::new(),
            responses: Vec::new(),
            unlockings: Vec::new(),
            blobs: Vec::new(),
            imports: 0,
            lost: false,
            nonces: BTreeSet::new(),
            highest_sequence: 0,
            accepted_messages: BTreeSet::new(),
            accepted_otps: BTreeSet::new(),
            seen: BTreeSet::new(),
        }
    }

    pub fn run(&mut self, op: &Op) {
        match op {
            Op::Wait(seconds) => self.now += seconds,
            Op::Back(seconds) => self.now -= seconds,
            Op::Skew(client, seconds) => self.devices[*client].skew = *seconds,
            Op::IssueAm1 { challenge, with_vector } => self.issue_am1(*challenge, *with_vector),
            Op::ReceiveAm1 { client, am1, bend } => self.receive_am1(*client, am1, *bend),
            Op::VerifyCode { code, bend, replace, times } => {
                (0..*times).for_each(|_| self.verify_code(code, *bend, *replace));
            }
            Op::IssueAm2 { salt } => self.issue_am2(*salt),
            Op::ReceiveAm2 { client, am2, bend } => self.receive_am2(*client, am2, *bend),
            Op::IssueRequest { application, format, require_pin, times } => {
                (0..*times).for_each(|_| self.issue_request(*application, *format, *require_pin));
            }
            Op::Open { client, request, bend } => self.open(*client, request, *bend),
            Op::Sign { client, decision, times } => {
                (0..*times).for_each(|_| self.sign(*client, *decision));
            }
            Op::Verify { signature, bend, sequence, times } => {
                (0..*times).for_each(|_| self.verify(signature, *bend, *sequence));
            }
            Op::Respond { client, application, data, pin, times } => {
                (0..*times).for_each(|_| self.respond(*client, *application, data, *pin));
            }
            Op::VerifyResponse { response, data, bend, sequence, times } => {
                (0..*times).for_each(|_| self.verify_response(response, data.as_ref(), *bend, *sequence));
            }
            Op::Resynchronise { first, second, bend, sequence } => {
                self.resynchronise(first, second, *bend, *sequence);
            }
            Op::IssueDeactivation { sequence } => self.issue_deactivation(*sequence),
            Op::Deactivate { client, deactivation, bend } => self.deactivate(*client, deactivation, *bend),
            Op::UnlockChallenge { client, random } => self.show_unlock_challenge(*client, *random),
            Op::UnlockResponse { sequence, client } => self.answer_unlock_challenge(*sequence, *client),
            Op::Unlock { client, response, bend, times } => {
                (0..*times).for_each(|_| self.unlock(*client, response, *bend));
            }
            Op::UnlockInstance { sequence } => self.unlock_instance(*sequence),
            Op::MarkConfirmed(client) => self.mark_confirmed(*client),
            Op::Remove { client, just_the_replacement: true } => {
                self.remove(*client, client::What::Replacement)
            }
            Op::Remove { client, .. } => self.remove(*client, client::What::Account),
            Op::Backup => self.backup = Some((self.license.clone(), self.model.clone())),
            Op::Restore { to_backup } => self.restore(*to_backup),
            Op::Reinstall(client) => self.devices[*client] = Installation::new(*client, &self.model.vector),
            Op::Keep { sequence, application } => self.keep(*sequence, *application),
            Op::Bring { blob, bend, elsewhere } => self.bring(blob, *bend, *elsewhere),
            Op::Import { bend } => self.import(*bend),
            Op::Save { client, restart } => self.save(*client, *restart),
            Op::Load { client, saved, bend } => self.load(*client, saved, *bend),
            _ => self.run_all(op),
        }
    }

    /// Operations that are several.
    fn run_all(&mut self, op: &Op) {
        match op {
            Op::Activate { client, challenge, replace, confirm } => {
                // Of an import before, or locked: it can't be replaced.
                let import = self.model.import;
                let goes = |it: &Active| it.import != import || it.pin_failures >= PIN_TRIES;
                if self.devices[*client].account.active.as_ref().is_some_and(goes) {
                    self.remove(*client, client::What::Account);
                }
                self.issue_am1(Some(*challenge), false);
                self.receive_am1(*client, &Pick::Last, false);
                self.verify_code(&Pick::Last, false, *replace);
                self.issue_am2([7; 13]);
                self.receive_am2(*client, &Pick::Last, false);
                if *confirm {
                    self.verify(&Pick::Last, Bend::Not, None);
                    self.mark_confirmed(*client);
                }
            }
            Op::Use { client, application, format, verify } => {
                self.issue_request(*application, *format, true);
                self.open(*client, &Pick::Last, false);
                self.sign(*client, Decision::Approve(Pin::Right));
                if *verify {
                    self.verify(&Pick::Last, Bend::Not, None);
                }
            }
            Op::Behind { client, application } => {
                let begin = self.signatures.len();
                let one = Op::Use { client: *client, application: *application, format: 2, verify: false };
                self.run_all(&one);
                (0..70).for_each(|_| self.issue_request(*application, 2, false));
                self.run_all(&one);
                if self.signatures.len() == begin + 2 {
                    self.verify(&Pick::Last, Bend::Not, None);
                    let behind = self.signatures.remove(begin);
                    self.signatures.push(behind);
                    self.verify(&Pick::Last, Bend::Not, None);
                }
            }
            Op::Answer { client, application, data, lost } => {
                (0..=*lost).for_each(|_| self.respond(*client, *application, data, Pin::Right));
                self.verify_response(&Pick::Last, None, Bend::Not, None);
            }
            Op::Lose { client, application, data, lost } => {
                let before = self.responses.len();
                (0..*lost + 2).for_each(|_| self.respond(*client, *application, data, Pin::Right));
                if self.responses.len() > before + 1 {
                    self.resynchronise(&Pick::Last, &Pick::Last, Bend::Not, None);
                }
            }
            Op::LockAndUnlock { client, random, wrong } => {
                let data = Data::ResponseOnly;
                (0..PIN_TRIES).for_each(|_| self.respond(*client, otp::TIME, &data, Pin::Wrong));
                self.show_unlock_challenge(*client, *random);
                if let Some(active) = &self.devices[*client].account.active {
                    self.answer_unlock_challenge(active.sequence, *client);
                    (0..*wrong).for_each(|_| self.unlock(*client, &Pick::Last, Bend::Digit));
                    self.unlock(*client, &Pick::Last, Bend::Not);
                }
            }
            Op::Stale { client, application } => {
                let activate = |challenge| Op::Activate {
                    client: *client,
                    challenge: [challenge; 8],
                    replace: true,
                    confirm: true,
                };
                self.run_all(&activate(1));
                self.keep(self.model.last_sequence.max(1), *application);
                self.import(false);
                (0..self.blobs.last().map_or(1, storage::Kept::sequence)).for_each(|at| {
                    self.run_all(&activate(at + 2));
                });
                self.bring(&Pick::Last, false, false);
            }
            Op::SignMany { client, count } => {
                for number in 0..*count {
                    let data = Data::Fields(vec![number.to_string(), String::new()]);
                    self.respond(*client, otp::MULTI, &data, Pin::Right);
                    self.verify_response(&Pick::Last, None, Bend::Not, None);
                }
            }
            Op::End { sequence, client } => {
                self.issue_deactivation(*sequence);
                self.deactivate(*client, &Pick::Last, false);
            }
            _ => unreachable!(),
        }
    }

    fn client_now(&self, client: usize) -> u32 {
        self.now.checked_add_signed(self.devices[client].skew).unwrap()
    }

    /// What holds at any time: counters and accounts are the model's, and of a device's instances at most
    /// one is confirmed.
    pub fn check(&self) {
        let instances = &self.model.instances;
        let mut counters: BTreeMap<_, _> = instances
            .iter()
            .map(|(sequence, instance)| (format!("signature_failures/{sequence:02}"), instance.failures))
            .collect();
        counters.insert("code_failures".to_owned(), self.model.code_failures);
        assert_eq!(self.license.counters(), counters);
        let confirmed = || instances.values().filter(|it| it.status == Status::Confirmed);
        let ids: BTreeSet<_> = confirmed().map(|instance| instance.device.id).collect();
        assert_eq!(ids.len(), confirmed().count(), "two instances of one device");
        for device in &self.devices {
            let Account { active, waiting, pre_activated } = &device.account;
            let want = (active.is_some() || pre_activated.is_some()).then(|| AccountState {
                serial: serial(),
                sequence: active.as_ref().map(|active| number(active.sequence)),
                locked: active.as_ref().is_some_and(|active| active.pin_failures >= PIN_TRIES),
                waiting: waiting.as_ref().map(|(waiting, _)| number(waiting.sequence)),
                pre_activated: pre_activated.is_some(),
                pin_failures: active.as_ref().map_or(0, |active| active.pin_failures),
                unlock_failures: active.as_ref().map_or(0, |active| active.unlock_failures),
            });
            assert_eq!(device.client.accounts().collect::<Vec<_>>(), Vec::from_iter(want));
        }
    }
}

// ---------------------------------------------------------------------------------------------------------
// Activation

impl World {
    fn issue_am1(&mut self, challenge: Option<[u8; 8]>, with_vector: bool) {
        let bytes = self.license.generate_activation1(challenge, with_vector, self.now).unwrap();
        let import = self.model.import;
        let time = u32::from_be_bytes(bytes[16..20].try_into().unwrap());
        let am1 = Am1 { bytes, import, time };
        self.am1s.push(am1.clone());
        self.model.issue_am1(am1, self.now);
    }

    fn receive_am1(&mut self, client: usize, am1: &Pick, bend: bool) {
        let Some(am1) = am1.of(&self.am1s) else { return };
        let device = &mut self.devices[client];
        let message = bent_hex(&am1.bytes, bend);
        let got = call(&mut self.seen, &mut device.client, |client| client.activate_license(&message));
        let want = match &device.account.active {
            Some(_) if !device.replacement => Err("AM1-11"),
            _ if device.account.waiting.is_some() => Err("AM1-17"),
            _ if bend => Err("FRM-12"),
            Some(active) if active.import != am1.import => Err("AM1-16"),
            _ => Ok(()),
        };
        assert_eq!(got.as_ref().map(|_| ()), want.as_ref().map(|_| ()));
        if let Ok(text) = got {
            device.account.pre_activated = Some((am1.bytes.clone(), am1.import));
            self.codes.push(Code { text, device: device.device, am1: am1.bytes.clone() });
        }
    }

    fn verify_code(&mut self, code: &Pick, bend: bool, replace: bool) {
        let Some(code) = code.of(&self.codes).cloned() else { return };
        let mut decoded = DeviceCode::decode(&code.text).unwrap();
        if bend {
            decoded.device.id[4] ^= 1;
        }
        let (text, now) = (decoded.encode(), self.now);
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.verify_device_code(&text, replace, now)
        });
        assert_eq!(got, self.model.verify_code(&code, bend, replace, now));
    }

    /// NON-1 and NON-2; and a nonce is never used twice, whatever was lost.
    fn check_nonce(&mut self, frame: &[u8]) {
        let nonce = nonce_of(frame);
        assert_eq!(nonce, self.model.next_nonce(self.now));
        self.model.last = nonce;
        assert!(self.nonces.insert(nonce.encode()), "a nonce twice");
    }

    fn issue_am2(&mut self, salt: [u8; 13]) {
        let now = self.now;
        let got = call(&mut self.seen, &mut self.license, |license| license.generate_activation2(salt, now));
        let got = got.map(|(sequence, bytes)| (sequence.number(), bytes));
        match self.model.issue_am2() {
            Err(id) => assert_eq!(got, Err(id)),
            Ok(Ok(again)) => assert_eq!(got, Ok(again), "issued again"),
            Ok(Err(next)) => {
                let (sequence, bytes) = got.unwrap();
                assert_eq!(sequence, next);
                assert!(sequence > self.highest_sequence, "sequence numbers are never used twice");
                self.highest_sequence = sequence;
                self.check_nonce(&bytes);
                let Verified { device, .. } = self.model.issued_am2(sequence, bytes.clone());
                let am1 = self.model.am1.as_ref().unwrap().bytes.clone();
                self.am2s.push(Am2 { bytes, sequence, import: self.model.import, device, am1 });
            }
        }
    }

    fn receive_am2(&mut self, client: usize, am2: &Pick, bend: bool) {
        let Some(am2) = am2.of(&self.am2s).cloned() else { return };
        let (now, message) = (self.client_now(client), bent_hex(&am2.bytes, bend));
        let device = &mut self.devices[client];
        let got = call(&mut self.seen, &mut device.client, |client| {
            client.activate_instance(&message, Pin::Right, now)
        });
        let answers = (am2.am1.clone(), am2.import);
        let is_for = |pre_activated: &_| am2.device == device.device && answers == *pre_activated;
        let locked = |active: &Active| active.pin_failures >= PIN_TRIES;
        let want = match &device.account {
            Account { active: None, pre_activated: None, .. } => Err("CLI-3"),
            Account { waiting: Some((_, own)), .. } if bend || *own != am2.bytes => Err("AM2-14"),
            Account { waiting: None, pre_activated: None, .. } => Err("AM2-6"),
            Account { pre_activated: Some(it), .. } if bend || !is_for(it) => Err("PRT-4"),
            Account { active: Some(active), waiting: None, .. } if locked(active) => Err("AM2-15"),
            _ => Ok(am2.sequence),
        };
        assert_eq!(got.as_ref().map(|activated| activated.sequence.number()), want.as_ref().copied());
        if let Ok(activated) = got {
            let fresh = Active {
                sequence: am2.sequence,
                import: am2.import,
                counter: nonce_of(&am2.bytes).counter,
                pin_failures: 0,
                unlock_failures: 0,
                unlock_challenge: None,
                events: BTreeMap::new(),
            };
            let account = &mut device.account;
            account.pre_activated = None;
            let new = match (&mut account.active, &mut account.waiting) {
                (_, Some((waiting, _))) => {
                    self.seen.insert("confirmed again");
                    waiting
                }
                (Some(active), waiting) => {
                    active.pin_failures = 0;
                    &mut waiting.insert((fresh, am2.bytes.clone())).0
                }
                (active, None) => active.insert(fresh),
            };
            let rules = self.model.vector.application(otp::BOTH).unwrap();
            let (step, event) = new.moment(rules, now);
            let (sequence, import) = (am2.sequence, am2.import);
            let (what, text) = (What::Message(am2.bytes), activated.signature);
            self.signatures.push(Made { text, what, sequence, import, application: otp::BOTH, step, event });
        }
    }

    /// The app reports that the server accepted the confirmation of the AM2 issued last, whether it did or not.
    fn mark_confirmed(&mut self, client: usize) {
        let Some(am2) = self.am2s.last() else { return };
        let (device, message) = (&mut self.devices[client], bent_hex(&am2.bytes, false));
        let got = call(&mut self.seen, &mut device.client, |client| client.mark_confirmed(&message));
        let is_another = device.account.waiting.as_ref().is_some_and(|(_, own)| *own != am2.bytes);
        let want = device.account.active().and(if is_another { Err("CLI-23") } else { Ok(None) });
        assert_eq!(got, want);
        if got.is_err() {
            return;
        }
        if let Some((waiting, _)) = device.account.waiting.take() {
            device.account.active = Some(waiting);
            if device.opened.take().is_some() {
                self.seen.insert("a message closed by a confirmation");
            }
        }
    }

    /// The user removes all, or what stands beside.
    fn remove(&mut self, client: usize, what: client::What) {
        let device = &mut self.devices[client];
        let got = call(&mut self.seen, &mut device.client, |client| client.remove(serial(), what));
        let Account { active, waiting, pre_activated } = &mut device.account;
        let beside = waiting.is_some() || pre_activated.is_some();
        let want = match what {
            _ if active.is_none() && !beside => Err("CLI-3"),
            client::What::Replacement if active.is_none() || !beside => Err("CLI-20"),
            _ => Ok(None),
        };
        assert_eq!(got, want);
        if got.is_ok() {
            (*waiting, *pre_activated) = (None, None);
            if what == client::What::Account {
                (*active, device.opened) = (None, None);
            }
        }
    }

    fn issue_deactivation(&mut self, sequence: u8) {
        let now = self.now;
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.generate_deactivation(number(sequence), now)
        });
        assert_eq!(got.as_ref().map(|_| ()), self.model.deactivate(sequence).as_ref().map(|_| ()));
        if let Ok(bytes) = got {
            self.check_nonce(&bytes);
            self.deactivations.push((bytes, sequence, self.model.import));
        }
    }

    fn deactivate(&mut self, client: usize, deactivation: &Pick, bend: bool) {
        let Some((bytes, sequence, import)) = deactivation.of(&self.deactivations) else { return };
        let device = &mut self.devices[client];
        let message = bent_hex(bytes, bend);
        let got = call(&mut self.seen, &mut device.client, |client| {
            client.deactivate(&message, Carrier::Direct).map(|ended| ended.sequence.number())
        });
        let none = device.account.active().err();
        let Account { active, waiting, .. } = &mut device.account;
        let both = [active.as_ref(), waiting.as_ref().map(|(waiting, _)| waiting)];
        let authentic = both.map(|it| it.filter(|it| !bend && it.import == *import));
        let named = authentic.map(|it| it.filter(|it| it.sequence == *sequence));
        let hit = named.iter().position(Option::is_some);
        let is_new = |at: usize| named[at].is_some_and(|it| nonce_of(bytes).counter > it.counter);
        let want = match hit {
            _ if none.is_some() => Err(none.unwrap()),
            _ if authentic.iter().all(Option::is_none) => Err("PRT-4"),
            None => Err("DEA-6"),
            Some(at) if !is_new(at) => Err("CLI-8"),
            Some(_) => Ok(*sequence),
        };
        assert_eq!(got, want);
        if got.is_ok() && hit == Some(0) {
            self.seen.insert("deactivated");
            *active = waiting.take().map(|(waiting, _)| waiting);
            device.opened = None;
        } else if got.is_ok() {
            self.seen.insert("the waiting one deactivated");
            *waiting = None;
        }
    }

    fn restore(&mut self, to_backup: bool) {
        if to_backup && let Some((license, model)) = self.backup.take() {
            (self.license, self.model) = (license, model);
            self.lost = true;
            self.seen.insert("a backup restored");
        }
        // An older backup would know less than OPR-2 bridges.
        self.backup = None;
        self.license.restored(self.highest_sequence, self.now);
        self.model.restored(self.highest_sequence, self.now);
    }
}

// ---------------------------------------------------------------------------------------------------------
// Requests and responses

impl World {
    /// Remembers a response and what it was made from.
    fn made(&mut self, client: usize, text: String, what: What, application: u8) -> Made {
        let now = self.client_now(client);
        let active = self.devices[client].account.active().unwrap();
        let (sequence, import) = (active.sequence, active.import);
        let (step, event) = active.moment(self.model.vector.application(application).unwrap(), now);
        Made { text, what, sequence, import, application, step, event }
    }

    fn issue_request(&mut self, application: u8, format: u8, require_pin: bool) {
        let content = match format {
            0 => Content::List { title: "Pay".into(), items: vec![("To".into(), "Zoë".into())] },
            1 => Content::Challenge { title: "Log in".into(), challenge: "0123456789".into() },
            _ => Content::FreeText { title: String::new(), text: "Sign this".into() },
        };
        let request = Request {
            minimum_version: 0,
            require_pin,
            template: 3,
            charset: Charset::Utf8,
            application,
            content,
        };
        let now = self.now;
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.generate_request(&request, Carrier::Direct, now)
        });
        let mode = self.model.vector.application(application).unwrap().mode;
        let signs = match mode {
            Mode::MultiMode => true,
            Mode::Signature => format != 1,
            Mode::ChallengeResponse => format == 1,
            _ => false,
        };
        if !signs {
            return assert_eq!(got, Err("REQ-12"));
        }
        let bytes = got.unwrap();
        self.check_nonce(&bytes);
        self.model.issued.insert(nonce_of(&bytes).counter, (bytes.clone(), application));
        self.requests.push(Issued { bytes, import: self.model.import, application, require_pin });
    }

    fn open(&mut self, client: usize, request: &Pick, bend: bool) {
        let Some(request) = request.of(&self.requests) else { return };
        let device = &mut self.devices[client];
        let message = bent_hex(&request.bytes, bend);
        let got = call(&mut self.seen, &mut device.client, |client| client.open(&message, Carrier::Direct));
        let want = match device.account.active() {
            Err(id) => Err(id),
            Ok(active) if active.pin_failures >= PIN_TRIES => Err("CLI-5"),
            Ok(active) if bend || active.import != request.import => Err("PRT-4"),
            Ok(active) if nonce_of(&request.bytes).counter <= active.counter => Err("CLI-8"),
            Ok(active) => Ok((active.sequence, request.application, request.require_pin)),
        };
        if let Ok(displayed) = &got {
            device.handle = displayed.handle.unwrap();
        }
        let fields =
            |Shown { sequence, request, .. }| (sequence.number(), request.application, request.require_pin);
        let shown = got.map(|displayed| fields(displayed.shown));
        assert_eq!(shown, want);
        if shown.is_ok() {
            device.opened = Some((request.bytes.clone(), request.application, request.require_pin));
        }
    }

    fn sign(&mut self, client: usize, decision: Decision) {
        let now = self.client_now(client);
        let device = &mut self.devices[client];
        let handle = device.handle;
        let got = call(&mut self.seen, &mut device.client, |client| client.sign(handle, decision, now));
        let (Ok(active), Some((message, application, require_pin))) =
            (device.account.active(), device.opened.clone())
        else {
            return assert_eq!(got, Err("CLI-12"));
        };
        match decision {
            _ if active.pin_failures >= PIN_TRIES => return assert_eq!(got, Err("CLI-16")),
            Decision::Reject => {
                device.opened = None;
                return assert_eq!(got, Ok(None));
            }
            Decision::Approve(Pin::Cached) if require_pin => return assert_eq!(got, Err("CLI-14")),
            Decision::Approve(Pin::Wrong) => {
                active.pin_failures += 1;
                return assert_eq!(got, Err("CLI-15"));
            }
            Decision::Approve(Pin::Right) => active.pin_failures = 0,
            Decision::Approve(Pin::Cached) => {}
        }
        device.opened = None;
        let text = got.unwrap().expect("a signature");
        let made = self.made(client, text, What::Message(message), application);
        self.signatures.push(made);
    }

    fn respond(&mut self, client: usize, application: u8, data: &Data, pin: Pin) {
        let now = self.client_now(client);
        let device = &mut self.devices[client];
        let got = call(&mut self.seen, &mut device.client, |client| {
            client.generate_response(serial(), application, data, pin, now)
        });
        let active = match device.account.active() {
            Err(id) => return assert_eq!(got, Err(id)),
            Ok(active) if active.pin_failures >= PIN_TRIES => return assert_eq!(got, Err("CLI-5")),
            Ok(active) => active,
        };
        if let Err(id) = is_answered(&self.model.vector, application, data) {
            return assert_eq!(got, Err(id));
        }
        match pin {
            Pin::Wrong => {
                active.pin_failures += 1;
                return assert_eq!(got, Err("CLI-15"));
            }
            Pin::Right => active.pin_failures = 0,
            Pin::Cached => {}
        }
        let made = self.made(client, got.unwrap(), What::Data(data.clone()), application);
        self.responses.push(made);
    }

    fn bend(&self, made: &Made, bend: Bend) -> String {
        bent(&made.text, bend, &self.model.vector, made.application)
    }

    fn verify(&mut self, signature: &Pick, bend: Bend, sequence: Option<u8>) {
        let Some(made) = signature.of(&self.signatures).cloned() else { return };
        let What::Message(message) = &made.what else { panic!() };
        let sequence = sequence.unwrap_or(made.sequence);
        let (message, text, now) = (hex::encode(message), self.bend(&made, bend), self.now);
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.verify_message_signature(number(sequence), &message, &text, now)
        });
        let want = self.model.verify_message(&made, bend, sequence, now, &mut self.seen);
        assert_eq!(got, want);
        if got.is_ok() {
            assert!(self.accepted_messages.insert(message), "a message accepted twice, whatever was lost");
        }
    }

    fn verify_response(&mut self, response: &Pick, data: Option<&Data>, bend: Bend, sequence: Option<u8>) {
        let Some(made) = response.of(&self.responses).cloned() else { return };
        let What::Data(own) = &made.what else { panic!() };
        let data = data.unwrap_or(own);
        let sequence = sequence.unwrap_or(made.sequence);
        let (text, now) = (self.bend(&made, bend), self.now);
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.verify_response(number(sequence), made.application, data, &text, now)
        });
        assert_eq!(got, self.model.verify_response(&made, data, bend, sequence, now, &mut self.seen));
        if got.is_ok() && !matches!(data, Data::Fields(_)) {
            let first = self.accepted_otps.insert((sequence, made.application, made.text));
            assert!(first || self.lost, "an OTP accepted twice");
        }
    }

    /// `second` is one that the same application made; the last two where both are the last.
    fn resynchronise(&mut self, first: &Pick, second: &Pick, bend: Bend, sequence: Option<u8>) {
        let Some(last) = first.of(&self.responses).cloned() else { return };
        let same: Vec<_> =
            self.responses.iter().filter(|made| made.application == last.application).cloned().collect();
        let Some(second) = second.of(&same) else { return };
        let before = |made: &&Made| {
            (made.import, made.sequence, made.event + 1) == (second.import, second.sequence, second.event)
        };
        let first = same.iter().rfind(before).unwrap_or(&last);
        let sequence = sequence.unwrap_or(second.sequence);
        let texts = [self.bend(first, bend), second.text.clone()];
        let attempts = [(first, &texts[0]), (second, &texts[1])].map(|(made, response)| match &made.what {
            What::Data(data) => Attempt { data: data.clone(), response },
            What::Message(_) => panic!(),
        });
        let now = self.now;
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.resynchronise(number(sequence), first.application, attempts, now)
        });
        assert_eq!(got, self.model.resynchronise([first, second], bend, sequence, now, &mut self.seen));
    }
}

fn bent(text: &str, bend: Bend, vector: &StaticVector, application: u8) -> String {
    let form = vector.application(application).unwrap().form;
    let (digits, last) = text.split_at(text.len() - 1);
    let other = |digit: &str| if digit == "0" { "1" } else { "0" };
    match bend {
        Bend::Not => text.to_owned(),
        Bend::Length => digits.to_owned(),
        // Without check digit this is just another digit.
        Bend::CheckDigit => format!("{digits}{}", other(last)),
        Bend::Digit => {
            let digits = format!("{}{}", other(&digits[..1]), &digits[1..]);
            let last =
                if form.check_digit { check_digit(&digits, form.radix).to_string() } else { last.into() };
            format!("{digits}{last}")
        }
    }
}

// ---------------------------------------------------------------------------------------------------------
// Locking and unlocking

impl World {
    fn show_unlock_challenge(&mut self, client: usize, random: [u8; 8]) {
        let device = &mut self.devices[client];
        let got = call(&mut self.seen, &mut device.client, |client| {
            client.generate_unlock_challenge(serial(), random)
        });
        let want = match device.account.active() {
            Err(id) => Err(id),
            Ok(active) if active.pin_failures < PIN_TRIES => Err("UNL-2"),
            Ok(active) if active.unlock_failures >= PIN_TRIES => Err("UNL-6"),
            Ok(active) => Ok(active.unlock_challenge.get_or_insert(unlock_challenge(random)).clone()),
        };
        assert_eq!(got, want);
    }

    /// The server answers what the client shows, or some challenge.
    fn answer_unlock_challenge(&mut self, sequence: u8, client: usize) {
        let shown = self.devices[client].account.active.as_ref();
        let challenge = shown.and_then(|active| active.unlock_challenge.clone());
        let challenge = challenge.unwrap_or("00000000".to_owned());
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.generate_unlock_response(number(sequence), &challenge)
        });
        assert_eq!(got.as_ref().err(), self.model.confirmed(sequence).map(|_| ()).as_ref().err());
        if let Ok(text) = got {
            self.unlockings.push(Unlocking { text, sequence, import: self.model.import, challenge });
        }
    }

    fn unlock(&mut self, client: usize, response: &Pick, bend: Bend) {
        let Some(response) = response.of(&self.unlockings) else { return };
        let text = bent(&response.text, bend, &self.model.vector, otp::UNLOCK);
        let device = &mut self.devices[client];
        let got = call(&mut self.seen, &mut device.client, |client| client.unlock(serial(), &text));
        let want = match device.account.active() {
            Err(id) => Err(id),
            Ok(active) if active.pin_failures < PIN_TRIES || active.unlock_challenge.is_none() => {
                Err("UNL-2")
            }
            Ok(active) if active.unlock_failures >= PIN_TRIES => Err("UNL-6"),
            Ok(_) if bend == Bend::Length => Err("VER-10"),
            Ok(_) if bend == Bend::CheckDigit => Err("VER-11"),
            Ok(active) => {
                let shown = active.unlock_challenge.as_ref() == Some(&response.challenge);
                let is_own = (response.import, response.sequence) == (active.import, active.sequence);
                if bend == Bend::Not && shown && is_own {
                    self.seen.insert("unlocked");
                    (active.pin_failures, active.unlock_failures) = (0, 0);
                    active.unlock_challenge = None;
                    Ok(())
                } else {
                    active.unlock_failures += 1;
                    Err("UNL-7")
                }
            }
        };
        assert_eq!(got, want);
    }

    fn unlock_instance(&mut self, sequence: u8) {
        let got =
            call(&mut self.seen, &mut self.license, |license| license.unlock_instance(number(sequence)));
        assert_eq!(got, self.model.unlock_instance(sequence));
    }
}
