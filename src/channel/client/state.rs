//! What a client writes to its storage, under the platform's key. SPEC section 23.
//!
//! ```text
//! 43 50 43 || 02 || nonce 12 || installation salt 16 || u8 device type || u16 accounts || accounts || MAC 16
//! account:         serial 5 || u8 flags || [activated] || [waiting] || [pre-activated]
//! activated:       u8 sequence || u16 policy || u32 counter of AM2 || check value 16 || u8 pin_failures
//!                  || u8 unlock_failures || [unlock challenge 8] || [u24 information counter]
//!                  || [u16 length || user || u16 length || domain] || vector and keys
//! waiting:         u8 sequence || u16 policy || u32 counter of AM2 || SHA-256 of AM2 (32) || vector and keys
//! vector and keys: u16 length || static vector || [sealed payload key 32]
//!                  || per application: u64 event || sealed application key 32
//! pre-activated:   SHA-256 of AM1 (32) || u16 policy || u16 length || static vector || sealed license key 32
//! ```
//! The opened message is not in it: what is shown when the app ends, is not shown when it starts.

use std::collections::BTreeMap;

use aes_gcm::Aes128Gcm;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    Account, Active, ApplicationState, Client, Config, Installation, MAX_ACCOUNTS, Next, PreActivated,
    Waiting,
};
use crate::bytes::{Reader, Wire};
use crate::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::kdf;
use crate::crypto::keys::{Key, Platform};
use crate::crypto::mac::cmac;
use crate::crypto::protect::PayloadChannel;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{CST_4, CST_5, CST_6, CST_7, CST_8, CST_10, CST_11};
use crate::serial::{Sequence, Serial};
use crate::state::Counter;
use crate::text::gateway_string::{Identity, ensure_writable};
use crate::wire::activation1::Policy;
use crate::wire::static_vector::StaticVector;

const MAGIC: &[u8; 3] = b"CPC";
const VERSION: u8 = 2;
const MAC_LENGTH: usize = 16;
/// Without accounts.
const MIN_LENGTH: usize = 3 + 1 + NONCE_LENGTH + 16 + 1 + 2 + MAC_LENGTH;

const ACTIVATED: u8 = 1;
const PRE_ACTIVATED: u8 = 2;
const PAYLOAD_KEY: u8 = 4;
const UNLOCK_CHALLENGE: u8 = 8;
const INFORMATION: u8 = 16;
const IDENTITY: u8 = 32;
const WAITING: u8 = 64;
const WAITING_PAYLOAD_KEY: u8 = 128;

const MAX_EVENT: u64 = (1 << 53) - 1;

impl Client {
    /// The state, to be written in one step. The nonce is drawn for it. CST-1 to CST-3.
    pub fn save(&self, platform: &Key<Platform>, nonce: &[u8; NONCE_LENGTH]) -> Vec<u8> {
        let Installation { salt, device_type } = &self.installation;
        let nonce = fault::bent("saves-under-one-nonce", nonce, &[0; NONCE_LENGTH]);
        let mut out = [&MAGIC[..], &[VERSION], nonce, salt, &[*device_type]].concat();
        out.extend(u16::try_from(self.accounts.len()).unwrap_or(u16::MAX).to_be_bytes());
        let vault = Vault { platform, salt, nonce };
        for (serial, account) in &self.accounts {
            account.encode(*serial, &vault, &mut out);
        }
        let mac = cmac(kdf::client_state(platform, salt).expose(), &[&out]);
        out.extend(mac);
        out
    }

    /// The client that was saved, without an opened message; `config` is given anew. CST-9.
    ///
    /// Refuses, in this order: CST-4, CST-5, CST-6, then from left to right CST-7, CST-10, STV, CST-11, CST-8.
    pub fn load(platform: &Key<Platform>, state: &[u8], config: Config) -> Result<Self, Refusal> {
        let begins = state.starts_with(fault::bent("state-of-any-magic", MAGIC, &[]));
        let known = state.len() >= MIN_LENGTH && begins;
        let parts = state.split_last_chunk::<MAC_LENGTH>().filter(|_| known);
        let Some((content, mac)) = parts else {
            return refuse(CST_4, Found::Length(state.len()));
        };
        let mut reader = Reader::new(content);
        reader.array::<3>(CST_4)?;
        let version = reader.u8(CST_4)?;
        ensure(version == VERSION, CST_5, Found::Number(version.into()))?;
        let nonce = reader.array(CST_4)?;
        let salt = reader.array(CST_4)?;
        let right = cmac(kdf::client_state(platform, &salt).expose(), &[content]).ct_eq(mac);
        ensure(bool::from(right), CST_6, Found::Nothing)?;

        let device_type = within(reader.u8(CST_7)?, 0, 99)?;
        let count = reader.u16(CST_7)?;
        ensure(usize::from(count) <= MAX_ACCOUNTS, CST_10, Found::Number(count.into()))?;
        let own = fault::bent("load-draws-a-salt", salt, [0; 16]);
        let mut client = Self::new(config, Installation { salt: own, device_type });
        let vault = Vault { platform, salt: &salt, nonce: &nonce };
        for _ in 0..count {
            let serial = decode_serial(&mut reader)?;
            let ascends = client.accounts.last_key_value().is_none_or(|(last, _)| *last < serial);
            ensure(ascends, CST_7, Found::Offset(reader.offset()))?;
            client.accounts.insert(serial, Account::decode(serial, &vault, &mut reader)?);
        }
        ensure(reader.left() == 0, CST_7, Found::Offset(reader.offset()))?;
        Ok(client)
    }
}

/// What keys are sealed with (CST-2).
struct Vault<'a> {
    platform: &'a Key<Platform>,
    salt: &'a [u8; 16],
    nonce: &'a [u8; NONCE_LENGTH],
}

/// What a key is sealed as: no two of a state alike (CST-2).
struct Slot<'a> {
    label: &'a [u8],
    serial: Serial,
    place: Place,
    index: u8,
}

/// Which account of a serial number a key belongs to.
#[derive(Clone, Copy)]
enum Place {
    Activated = 0,
    Waiting = 1,
    PreActivated = 2,
}

impl Vault<'_> {
    fn seal<Purpose>(&self, slot: &Slot<'_>, key: &Key<Purpose>, out: &mut Vec<u8>) {
        let mut sealed = *key.expose();
        let tag = self.gcm(slot).seal(self.nonce, &[], &mut sealed);
        out.extend(sealed);
        out.extend(tag);
    }

    /// CST-7 for its length, CST-8.
    fn open<Purpose>(&self, slot: &Slot<'_>, reader: &mut Reader<'_>) -> Result<Key<Purpose>, Refusal> {
        let mut key = Zeroizing::new(reader.array::<16>(CST_7)?);
        let tag: [u8; TAG_LENGTH] = reader.array(CST_7)?;
        self.gcm(slot).open(self.nonce, &[], &mut *key, &tag, CST_8)?;
        Ok(Key::new(*key))
    }

    fn gcm(&self, Slot { label, serial, place, index }: &Slot<'_>) -> Gcm<Aes128Gcm> {
        Gcm::sealing(&kdf::client_key(self.platform, label, self.salt, *serial, *place as u8, *index))
    }
}

const PAYLOAD: &[u8] = b"client-payload";
const APPLICATION: &[u8] = b"client-application";
const LICENSE: &[u8] = b"client-license";

impl Account {
    fn encode(&self, serial: Serial, vault: &Vault<'_>, out: &mut Vec<u8>) {
        let active = self.active.as_deref();
        let waiting = self.waiting();
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let flags = flag(active.is_some(), ACTIVATED)
            | flag(self.pre_activated().is_some(), PRE_ACTIVATED)
            | flag(active.is_some_and(|active| active.channel.is_some()), PAYLOAD_KEY)
            | flag(active.is_some_and(|active| active.unlock_challenge.is_some()), UNLOCK_CHALLENGE)
            | flag(active.is_some_and(|active| active.information_counter > 0), INFORMATION)
            | flag(active.is_some_and(|active| active.login_identity.is_some()), IDENTITY)
            | flag(waiting.is_some(), WAITING)
            | flag(waiting.is_some_and(|waiting| waiting.active.channel.is_some()), WAITING_PAYLOAD_KEY);
        out.extend(serial.to_bytes());
        out.push(flags);
        if let Some(active) = active {
            active.encode(serial, vault, out);
        }
        match &self.next {
            Some(Next::Waiting(waiting)) => waiting.encode(serial, vault, out),
            Some(Next::PreActivated(account)) => account.encode(serial, vault, out),
            None => (),
        }
    }

    fn decode(serial: Serial, vault: &Vault<'_>, reader: &mut Reader<'_>) -> Result<Self, Refusal> {
        let flags = reader.u8(CST_7)?;
        let has = |bit: u8| flags & bit != 0;
        let only_with = |bits: u8, other: u8| has(other) || flags & bits == 0;
        let possible = (has(ACTIVATED) || has(PRE_ACTIVATED))
            && only_with(PAYLOAD_KEY | UNLOCK_CHALLENGE | WAITING, ACTIVATED)
            && only_with(INFORMATION | IDENTITY, PAYLOAD_KEY)
            && !(has(WAITING) && has(PRE_ACTIVATED))
            && only_with(WAITING_PAYLOAD_KEY, WAITING);
        ensure(possible, CST_7, Found::Number(flags.into()))?;
        let active = match has(ACTIVATED) {
            true => Some(Box::new(Active::decode(serial, flags, vault, reader)?)),
            false => None,
        };
        let next = match (&active, has(WAITING), has(PRE_ACTIVATED)) {
            (Some(active), true, _) => {
                let has_channel = has(WAITING_PAYLOAD_KEY);
                let waiting = Waiting::decode((serial, active.check), has_channel, vault, reader)?;
                Some(Next::Waiting(Box::new(waiting)))
            }
            (_, _, true) => Some(Next::PreActivated(PreActivated::decode(serial, vault, reader)?)),
            _ => None,
        };
        let next = fault::bent("load-forgets-waiting", next, None);
        Ok(Self { active, next })
    }
}

impl Active {
    fn encode(&self, serial: Serial, vault: &Vault<'_>, out: &mut Vec<u8>) {
        self.encode_head(out);
        out.extend(self.check);
        out.extend([self.pin_failures.value(), self.unlock_failures.value()]);
        out.extend(self.unlock_challenge.iter().flat_map(|challenge| challenge.bytes()));
        if let [0, counter @ ..] = self.information_counter.to_be_bytes()
            && self.information_counter > 0
        {
            out.extend(counter);
        }
        if let Some(Identity { user, domain }) = &self.login_identity {
            encode_text(user, out);
            encode_text(domain, out);
        }
        self.encode_vector_and_keys((serial, Place::Activated), vault, out);
    }

    fn encode_head(&self, out: &mut Vec<u8>) {
        out.push(self.sequence.number());
        out.extend(self.policy.to_u16().to_be_bytes());
        out.extend(self.am2_counter.to_be_bytes());
    }

    fn encode_vector_and_keys(&self, (serial, place): (Serial, Place), vault: &Vault<'_>, out: &mut Vec<u8>) {
        encode_vector(&self.vector, out);
        if let Some(channel) = &self.channel {
            vault.seal(&Slot { label: PAYLOAD, serial, place, index: 0 }, channel.payload_key(), out);
        }
        for (index, state) in &self.applications {
            out.extend(fault::bent("saved-event", state.event, 0).to_be_bytes());
            vault.seal(&Slot { label: APPLICATION, serial, place, index: *index }, &state.key, out);
        }
    }

    fn decode(
        serial: Serial,
        flags: u8,
        vault: &Vault<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Refusal> {
        let head = Head::decode(reader)?;
        let check = reader.array(CST_7)?;
        let (pin_failures, unlock_failures) = (reader.u8(CST_7)?, reader.u8(CST_7)?);
        let unlock_challenge = match flags & UNLOCK_CHALLENGE != 0 {
            true => Some(decode_challenge(reader)?),
            false => None,
        };
        let information_counter = match flags & INFORMATION != 0 {
            true => decode_counter(reader)?,
            false => 0,
        };
        let login_identity = match flags & IDENTITY != 0 {
            true => Some(decode_identity(reader)?),
            false => None,
        };
        let vector = decode_vector(serial, reader)?;
        within(pin_failures, 0, vector.password.tries)?;
        within(unlock_failures, 0, vector.password.tries)?;
        if unlock_challenge.is_some() {
            let is_locked = pin_failures == vector.password.tries;
            ensure(is_locked && vector.unlock_application().is_ok(), CST_11, Found::Nothing)?;
        }
        let has_channel = flags & PAYLOAD_KEY != 0;
        let place = (serial, Place::Activated);
        let fresh = head.with_keys(vector, check, has_channel, place, vault, reader)?;
        Ok(Self {
            am2_counter: fault::bent("load-forgets-am2", fresh.am2_counter, 0),
            pin_failures: Counter::of(fault::bent("load-forgets-pins", pin_failures, 0)),
            unlock_challenge: fault::bent("load-forgets-challenge", unlock_challenge, None),
            unlock_failures: Counter::of(fault::bent("load-forgets-unlocking", unlock_failures, 0)),
            information_counter: fault::bent("load-forgets-information", information_counter, 0),
            login_identity: fault::bent("load-forgets-identity", login_identity, None),
            ..fresh
        })
    }
}

/// What every account from AM2 on begins with.
struct Head {
    sequence: Sequence,
    policy: Policy,
    am2_counter: u32,
}

impl Head {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refusal> {
        let sequence = reader.u8(CST_7)?;
        let Some(sequence) = Sequence::new(sequence) else {
            return refuse(CST_7, Found::Number(sequence.into()));
        };
        Ok(Self { sequence, policy: decode_policy(reader)?, am2_counter: reader.u32(CST_7)? })
    }

    /// The account that nobody has used yet, with its payload key and the keys and events of its applications.
    fn with_keys(
        self,
        vector: StaticVector,
        check: [u8; 16],
        has_channel: bool,
        (serial, place): (Serial, Place),
        vault: &Vault<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Active, Refusal> {
        let Self { sequence, policy, am2_counter } = self;
        let channel = match has_channel {
            true => {
                let key = vault.open(&Slot { label: PAYLOAD, serial, place, index: 0 }, reader)?;
                Some(PayloadChannel::new(key, policy.messages))
            }
            false => None,
        };
        let mut applications = BTreeMap::new();
        for rules in &vector.applications {
            let [high, low] = [reader.u32(CST_7)?, reader.u32(CST_7)?];
            let event = u64::from(high) << 32 | u64::from(low);
            let most = if rules.factor.has_event() { MAX_EVENT } else { 0 };
            ensure(event <= most, CST_7, Found::Number(event))?;
            let index = rules.form.index;
            let key = vault.open(&Slot { label: APPLICATION, serial, place, index }, reader)?;
            applications.insert(index, ApplicationState { key, event });
        }
        Ok(Active {
            sequence,
            policy,
            vector,
            channel,
            am2_counter,
            check,
            applications,
            pin_failures: Counter::default(),
            unlock_challenge: None,
            unlock_failures: Counter::default(),
            information_counter: 0,
            login_identity: None,
        })
    }
}

impl Waiting {
    fn encode(&self, serial: Serial, vault: &Vault<'_>, out: &mut Vec<u8>) {
        self.active.encode_head(out);
        out.extend(self.am2);
        self.active.encode_vector_and_keys((serial, Place::Waiting), vault, out);
    }

    /// The check value is that of the account it will replace (AM2-13).
    fn decode(
        (serial, check): (Serial, [u8; 16]),
        has_channel: bool,
        vault: &Vault<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Refusal> {
        let head = Head::decode(reader)?;
        let am2 = reader.array(CST_7)?;
        let vector = decode_vector(serial, reader)?;
        ensure_confirms(&vector, head.policy)?;
        let active = head.with_keys(vector, check, has_channel, (serial, Place::Waiting), vault, reader)?;
        Ok(Self { active, am2 })
    }
}

impl PreActivated {
    const fn slot(serial: Serial) -> Slot<'static> {
        Slot { label: LICENSE, serial, place: Place::PreActivated, index: 0 }
    }

    fn encode(&self, serial: Serial, vault: &Vault<'_>, out: &mut Vec<u8>) {
        out.extend(self.am1);
        out.extend(self.policy.to_u16().to_be_bytes());
        encode_vector(&self.vector, out);
        vault.seal(&Self::slot(serial), &self.license_key, out);
    }

    fn decode(serial: Serial, vault: &Vault<'_>, reader: &mut Reader<'_>) -> Result<Self, Refusal> {
        let am1 = reader.array(CST_7)?;
        let policy = decode_policy(reader)?;
        let vector = decode_vector(serial, reader)?;
        ensure_confirms(&vector, policy)?;
        Ok(Self { am1, policy, vector, license_key: vault.open(&Self::slot(serial), reader)? })
    }
}

/// By AM1-9, but a state that can't have been written.
fn ensure_confirms(vector: &StaticVector, policy: Policy) -> Result<(), Refusal> {
    let index = policy.post_activation;
    let confirms = vector.application(index).is_some_and(|application| application.confirms());
    ensure(confirms, CST_7, Found::Number(index.into()))
}

fn decode_serial(reader: &mut Reader<'_>) -> Result<Serial, Refusal> {
    let found = Found::Offset(reader.offset());
    Serial::from_bytes(reader.array(CST_7)?).or_else(|_| refuse(CST_7, found))
}

fn within(value: u8, low: u8, high: u8) -> Result<u8, Refusal> {
    ensure((low..=high).contains(&value), CST_7, Found::Number(value.into()))?;
    Ok(value)
}

/// By AM1-6, but a state that can't have been written.
fn decode_policy(reader: &mut Reader<'_>) -> Result<Policy, Refusal> {
    let bits = reader.u16(CST_7)?;
    Policy::from_u16(bits).or_else(|_| refuse(CST_7, Found::Number(bits.into())))
}

fn decode_challenge(reader: &mut Reader<'_>) -> Result<String, Refusal> {
    let found = Found::Offset(reader.offset());
    let digits: [u8; 8] = reader.array(CST_7)?;
    ensure(digits.iter().all(u8::is_ascii_digit), CST_7, found)?;
    Ok(digits.map(char::from).iter().collect())
}

/// Not 0: before the first message there is none.
fn decode_counter(reader: &mut Reader<'_>) -> Result<u32, Refusal> {
    let [high, middle, low] = reader.array(CST_7)?;
    let counter = u32::from_be_bytes([0, high, middle, low]);
    ensure(counter > 0, CST_7, Found::Offset(reader.offset()))?;
    Ok(counter)
}

/// By PSH-5, but a state that can't have been written.
fn decode_identity(reader: &mut Reader<'_>) -> Result<Identity, Refusal> {
    let mut text = |least| {
        let length = usize::from(reader.u16(CST_7)?);
        let found = Found::Offset(reader.offset());
        let bytes = reader.take(length, CST_7)?;
        let text = std::str::from_utf8(bytes).ok();
        match text.filter(|text| ensure_writable(text, least).is_ok()) {
            Some(text) => Ok(text.to_owned()),
            None => refuse(CST_7, found),
        }
    };
    Ok(Identity { user: text(1)?, domain: text(0)? })
}

fn encode_text(text: &str, out: &mut Vec<u8>) {
    out.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(text.as_bytes());
}

fn encode_vector(vector: &StaticVector, out: &mut Vec<u8>) {
    let bytes = vector.to_bytes();
    out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(bytes);
}

/// Its own rules (STV), then that it is the license's.
fn decode_vector(serial: Serial, reader: &mut Reader<'_>) -> Result<StaticVector, Refusal> {
    let length = usize::from(reader.u16(CST_7)?);
    let vector = StaticVector::decode(reader.take(length, CST_7)?)?;
    ensure(vector.prefix == serial.prefix(), CST_7, Found::Offset(reader.offset()))?;
    Ok(vector)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_digit::Radix;
    use crate::client::RootPolicy;
    use crate::crypto::answer::Algorithm;
    use crate::crypto::protect::Protection;
    use crate::crypto::response::Form;
    use crate::wire::static_vector::{ApplicationRules, Factor, Mode, PasswordRules};

    /// Eight applications that count events, with all data fields: 332 bytes, of 481 that a vector may have.
    fn vector() -> StaticVector {
        let rules = |index: u8| {
            let mode = if index == 8 { Mode::Unlock } else { Mode::Signature };
            ApplicationRules {
                form: Form {
                    mode: mode.number(),
                    index,
                    length: 8,
                    radix: Radix::Decimal,
                    check_digit: false,
                },
                mode,
                algorithm: Algorithm::Profile,
                enabled: true,
                secure_channel: true,
                factor: Factor::Event,
                name: *b"APPL      ",
                data_fields: vec![(0, 64); 8],
            }
        };
        StaticVector {
            prefix: "VDS0000000".parse::<Serial>().unwrap().prefix(),
            master_key: Key::new([1; 16]),
            password: PasswordRules { required: true, minimum: 4, maximum: 8, tries: 99, refuse_weak: false },
            binding: false,
            applications: (1..=8).map(rules).collect(),
        }
    }

    fn active(vector: &StaticVector) -> Active {
        let policy = Policy { activation: Protection::Cmac, messages: Protection::Cmac, post_activation: 1 };
        let key = |index: u8| (index, ApplicationState { key: Key::new([index; 16]), event: MAX_EVENT });
        // Of 4 bytes each.
        let letters = "\u{1D4B3}".repeat(255);
        Active {
            sequence: Sequence::new(99).unwrap(),
            policy,
            vector: vector.clone(),
            channel: Some(PayloadChannel::new(Key::new([2; 16]), Protection::Cmac)),
            am2_counter: u32::MAX,
            check: [3; 16],
            applications: (1..=8).map(key).collect(),
            pin_failures: Counter::of(99),
            unlock_challenge: Some("12345678".into()),
            unlock_failures: Counter::of(99),
            information_counter: 0xFF_FFFF,
            login_identity: Some(Identity { user: letters.clone(), domain: letters }),
        }
    }

    /// Section 23: the largest account, and 32 of them in one question of 262 144 bytes (PPR-1).
    #[test]
    fn cli_22_the_largest_state_is_read_and_fits_a_question() {
        let config = || Config {
            static_vector: None,
            platform_data: Vec::new(),
            app_version: 3,
            rooted: false,
            root_policy: RootPolicy::Allow,
            replacement: true,
        };
        let mut client = Client::new(config(), Installation { salt: [4; 16], device_type: 99 });
        let (vector, platform) = (vector(), Key::new([5; 16]));
        let unused = 481 - vector.to_bytes().len();
        for number in 0..32 {
            let waiting = Waiting { active: active(&vector), am2: [6; 32] };
            let account = Account {
                active: Some(Box::new(active(&vector))),
                next: Some(Next::Waiting(Box::new(waiting))),
            };
            client.accounts.insert(format!("VDS{number:07}").parse().unwrap(), account);
        }
        let state = client.save(&platform, &[7; NONCE_LENGTH]);
        let largest = state.len() + 32 * 2 * unused;
        assert_eq!((largest, (largest - MIN_LENGTH) / 32), (121_491, 3795));
        assert_eq!(262_144 - 2 * largest, 19_162);
        let again = Client::load(&platform, &state, config()).unwrap();
        assert_eq!(again.save(&platform, &[7; NONCE_LENGTH]), state);
    }
}
