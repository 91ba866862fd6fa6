//! What a single-device client writes to its storage, sealed as a whole under the platform's key. SPEC section 28.
//!
//! ```text
//! u8 flags || [serial (5) || account || [u8 flags of the kept account || kept account]]
//!
//! account: u16 length || static vector || check of the license key (4) || u8 password_failures || password salt (16)
//!          || u32 memory_kib || u32 iterations || sealed license key (32) || per application of the vector: u64 event
//! ```

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::vault::Vault;
use super::{Account, Kept, SingleClient, SingleConfig, Standing};
use crate::bytes::{Reader, Wire};
use crate::crypto::gcm::NONCE_LENGTH;
use crate::crypto::keys::{Key, Platform};
use crate::crypto::password::Cost;
use crate::crypto::single::client_state;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::license::single_state::{CLIENT, open, seal};
use crate::rule::{SDL_33, SDL_34};
use crate::serial::Serial;
use crate::state::Counter;
use crate::wire::static_vector::StaticVector;

const ACTIVATED: u8 = 1;
const PASSWORD: u8 = 2;
const BOUND: u8 = 4;
const PROVEN: u8 = 8;
const INVALID: u8 = 16;
const KEPT: u8 = 32;
const MAX_EVENT: u64 = (1 << 53) - 1;

impl SingleClient {
    /// The state, to be written in one step. The nonce is drawn for it.
    pub fn save(&self, nonce: &[u8; NONCE_LENGTH]) -> Vec<u8> {
        let mut content = Zeroizing::new(Vec::new());
        match (self.account.as_deref(), fault::bent("saves-no-kept-account", self.kept.as_ref(), None)) {
            (None, _) => content.push(0),
            (Some(account), None) => {
                content.push(account.flags());
                content.extend(account.serial.to_bytes());
                account.encode(account.password_failures.value(), &mut content);
            }
            (Some(account), Some(kept)) => {
                content.push(account.flags() | KEPT);
                content.extend(account.serial.to_bytes());
                account.encode(account.password_failures.value(), &mut content);
                content.push(kept.account.flags());
                kept.account.encode(kept.password_failures, &mut content);
            }
        }
        seal(CLIENT, &client_state(&self.platform), nonce, &content)
    }

    /// The client that was saved; `config` is given anew.
    ///
    /// Refuses, in this order: SDL-31, SDL-32, SDL-33, then from left to right SDL-34, STV, SDL-33.
    pub fn load(state: &[u8], config: SingleConfig) -> Result<Self, Refusal> {
        let mut client = Self::new(config);
        let content = open(CLIENT, &client_state(&client.platform), state)?;
        let mut reader = Reader::new(&content);
        let flags = reader.u8(SDL_34)?;
        let has = |bit: u8| flags & bit != 0;
        let possible = flags <= ACTIVATED | PASSWORD | BOUND | PROVEN | INVALID | KEPT
            && (has(ACTIVATED) || flags == 0)
            && !(has(PROVEN) && has(INVALID | KEPT));
        ensure(possible, SDL_34, Found::Number(flags.into()))?;
        if has(ACTIVATED) {
            let found = Found::Offset(reader.offset());
            let serial = Serial::from_bytes(reader.array(SDL_34)?).or_else(|_| refuse(SDL_34, found))?;
            let account = Account::decode(serial, flags, None, &client.platform, &mut reader)?;
            if has(KEPT) {
                let flags = reader.u8(SDL_34)?;
                let has = |bit: u8| flags & bit != 0;
                let possible = flags <= ACTIVATED | PASSWORD | BOUND | PROVEN | INVALID
                    && has(ACTIVATED)
                    && !(has(PROVEN) && has(INVALID));
                ensure(possible, SDL_34, Found::Number(flags.into()))?;
                let other = Some(&account.vault.salt);
                let kept = Account::decode(serial, flags, other, &client.platform, &mut reader)?;
                client.kept = Some(Kept::new(Box::new(kept)));
            }
            client.account = Some(Box::new(account));
        }
        ensure(reader.left() == 0, SDL_34, Found::Offset(reader.offset()))?;
        Ok(client)
    }
}

impl Account {
    fn flags(&self) -> u8 {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        ACTIVATED
            | flag(self.vault.has_password(), PASSWORD)
            | flag(fault::bent("single-saves-unbound", self.bound, false), BOUND)
            | flag(self.standing == Standing::Proven, PROVEN)
            | flag(self.standing == Standing::Invalid, INVALID)
    }

    /// All but flags and serial number.
    fn encode(&self, password_failures: u8, out: &mut Vec<u8>) {
        let vector = self.vector.to_bytes();
        out.extend(u16::try_from(vector.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(vector);
        out.extend(self.check);
        out.push(password_failures);
        out.extend(self.vault.salt);
        out.extend(self.vault.cost.memory_kib.to_be_bytes());
        out.extend(self.vault.cost.iterations.to_be_bytes());
        out.extend(self.vault.sealed);
        for rules in &self.vector.applications {
            out.extend(self.events.get(&rules.form.index).copied().unwrap_or(0).to_be_bytes());
        }
    }

    /// From left to right: SDL-34, STV, SDL-33. The salt must not be that of the account beside it, if there is one.
    fn decode(
        serial: Serial,
        flags: u8,
        other: Option<&[u8; 16]>,
        platform: &Key<Platform>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Refusal> {
        let length = usize::from(reader.u16(SDL_34)?);
        let vector = StaticVector::decode(reader.take(length, SDL_34)?)?;
        ensure(vector.prefix == serial.prefix(), SDL_34, Found::Offset(reader.offset()))?;
        let check = reader.array(SDL_34)?;
        let password = flags & PASSWORD != 0;
        let failures = reader.u8(SDL_34)?;
        let most = if password { vector.password.tries } else { 0 };
        ensure(failures <= most, SDL_34, Found::Number(failures.into()))?;
        let salt = reader.array(SDL_34)?;
        ensure(other != Some(&salt), SDL_34, Found::Offset(reader.offset()))?;
        let memory_kib = reader.u32(SDL_34)?;
        ensure(Cost { memory_kib, iterations: 1 }.is_in_range(), SDL_34, Found::Number(memory_kib.into()))?;
        let cost = Cost { memory_kib, iterations: reader.u32(SDL_34)? };
        ensure(cost.is_in_range(), SDL_34, Found::Number(cost.iterations.into()))?;
        let vault = Vault::of(password, salt, cost, reader.array(SDL_34)?);
        let opens = password || vault.open(platform, serial, None).is_some();
        ensure(opens, SDL_33, Found::Nothing)?;
        let standing = match (flags & PROVEN != 0, flags & INVALID != 0) {
            (true, _) => Standing::Proven,
            (_, true) => Standing::Invalid,
            _ => Standing::Unproven,
        };
        let events = decode_events(&vector, reader)?;
        Ok(Self {
            serial,
            vector,
            check,
            vault,
            events,
            password_failures: Counter::of(fault::bent("load-forgets-passwords", failures, 0)),
            bound: flags & BOUND != 0,
            standing,
        })
    }
}

fn decode_events(vector: &StaticVector, reader: &mut Reader<'_>) -> Result<BTreeMap<u8, u64>, Refusal> {
    let mut events = BTreeMap::new();
    for rules in &vector.applications {
        let event = u64::from_be_bytes(reader.array(SDL_34)?);
        let most = if rules.factor.has_event() { MAX_EVENT } else { 0 };
        ensure(event <= most, SDL_34, Found::Number(event))?;
        if rules.factor.has_event() {
            events.insert(rules.form.index, event);
        }
    }
    Ok(events)
}
