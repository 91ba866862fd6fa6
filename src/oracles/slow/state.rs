//! A client's state at rest again: SPEC.md section 23.

use std::sync::Arc;

use super::gcm::Gcm;
use super::push::must_be_writable;
use super::vector::{Application, Vector, static_vector};
use super::{Verdict, bits, crypto, must};

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Installation salt.
    pub salt: [u8; 16],
    /// 0..=99.
    pub device_type: u8,
    /// Ascending by serial number.
    pub accounts: Vec<Account>,
}

/// What is kept of a license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The serial number on the wire (SER-1).
    pub serial: [u8; 5],
    /// State 1 or 2.
    pub activated: Option<Activated>,
    /// Beside it, with the SHA-256 of its AM2. It has the same check.
    pub waiting: Option<(Activated, [u8; 32])>,
    /// State 4, or beside the first.
    pub pre_activated: Option<PreActivated>,
}

/// A static vector: as bytes, and what they say.
pub type Both = (Vec<u8>, Arc<Vector>);

/// The table's second row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// 1..=99.
    pub sequence: u8,
    /// Protections and post-activation index.
    pub policy: [u8; 3],
    /// The counter of the account's AM2, which later messages are above (CLI-8).
    pub am2_counter: u32,
    /// By which an account knows its license key again (AM2-13).
    pub check: [u8; 16],
    /// Wrong PINs since the last right one (CLI-15).
    pub pin_failures: u8,
    /// Wrong unlock responses since the last right one (UNL-7).
    pub unlock_failures: u8,
    /// 8 digits.
    pub challenge: Option<String>,
    /// NON-4; 0 where none was made.
    pub information_counter: u32,
    /// PSH-8: user and domain.
    pub identity: Option<(String, String)>,
    /// Of AM1, or the client's own.
    pub vector: Both,
    /// Of AM2.
    pub payload: Option<[u8; 16]>,
    /// By application, in the order of the vector: next event, key.
    pub applications: Vec<(u64, [u8; 16])>,
}

/// The third.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreActivated {
    /// SHA-256 of AM1.
    pub am1: [u8; 32],
    /// Protections and post-activation index.
    pub policy: [u8; 3],
    /// Of AM1, or the client's own.
    pub vector: Both,
    /// Of AM1.
    pub license: [u8; 16],
}

/// CST-2: what seals one key; the nonce is the file's.
struct Sealing<'a> {
    platform: &'a [u8; 16],
    salt: [u8; 16],
    nonce: [u8; 12],
}

impl Sealing<'_> {
    fn gcm(&self, label: &str, serial: [u8; 5], at: [u8; 2]) -> Gcm {
        let context = [&self.salt[..], &serial, &at].concat();
        Gcm::new(&crypto::key16(self.platform, label, &context))
    }

    fn seal(&self, label: &str, serial: [u8; 5], at: [u8; 2], key: &[u8; 16]) -> Vec<u8> {
        self.gcm(label, serial, at).seal(&self.nonce, &[], key)
    }

    /// A key that is sealed in the state (CST-8).
    fn open(&self, label: &str, serial: [u8; 5], at: [u8; 2], sealed: &[u8]) -> Verdict<[u8; 16]> {
        let key = self.gcm(label, serial, at).open(&self.nonce, &[], sealed).ok_or("CST-8")?;
        Ok(key.try_into().unwrap())
    }
}

/// CST-3, for all bytes before it.
pub fn mac(platform: &[u8; 16], before: &[u8]) -> [u8; 16] {
    crypto::cmac(&crypto::key16(platform, "client-state", &before[16..32]), before)
}

/// As in AM1.
fn policy_bytes(policy: [u8; 3]) -> [u8; 2] {
    (u16::from(policy[0]) << 10 | u16::from(policy[1]) << 4 | u16::from(policy[2] - 1) << 1).to_be_bytes()
}

/// A client's state as a file (CST-1 to CST-3).
pub fn encode(platform: &[u8; 16], nonce: [u8; 12], state: &State) -> Vec<u8> {
    let sealing = Sealing { platform, salt: state.salt, nonce };
    let mut out = vec![0x43, 0x50, 0x43, 2];
    out.extend(nonce);
    out.extend(state.salt);
    out.push(state.device_type);
    out.extend((state.accounts.len() as u16).to_be_bytes());
    for account in &state.accounts {
        account.encode(&sealing, &mut out);
    }
    out.extend(mac(platform, &out));
    out
}

impl Account {
    fn encode(&self, sealing: &Sealing<'_>, out: &mut Vec<u8>) {
        let Account { serial, activated, waiting, pre_activated } = self;
        let flags = [
            activated.is_some(),
            pre_activated.is_some(),
            activated.as_ref().is_some_and(|it| it.payload.is_some()),
            activated.as_ref().is_some_and(|it| it.challenge.is_some()),
            activated.as_ref().is_some_and(|it| it.information_counter != 0),
            activated.as_ref().is_some_and(|it| it.identity.is_some()),
            waiting.is_some(),
            waiting.as_ref().is_some_and(|(it, _)| it.payload.is_some()),
        ];
        out.extend(serial);
        out.push(flags.iter().rev().fold(0, |sum, flag| sum * 2 + u8::from(*flag)));
        if let Some(it) = activated {
            it.encode_head(out);
            out.extend(it.check);
            out.extend([it.pin_failures, it.unlock_failures]);
            out.extend(it.challenge.iter().flat_map(|challenge| challenge.bytes()));
            if it.information_counter != 0 {
                out.extend(&it.information_counter.to_be_bytes()[1..]);
            }
            for text in it.identity.iter().flat_map(|(user, domain)| [user, domain]) {
                put_vector(text.as_bytes(), out);
            }
            it.encode_keys(*serial, 0, sealing, out);
        }
        if let Some((it, am2)) = waiting {
            it.encode_head(out);
            out.extend(am2);
            it.encode_keys(*serial, 1, sealing, out);
        }
        if let Some(it) = pre_activated {
            out.extend(it.am1);
            out.extend(policy_bytes(it.policy));
            put_vector(&it.vector.0, out);
            out.extend(sealing.seal("client-license", *serial, [2, 0], &it.license));
        }
    }
}

impl Activated {
    fn encode_head(&self, out: &mut Vec<u8>) {
        out.push(self.sequence);
        out.extend(policy_bytes(self.policy));
        out.extend(self.am2_counter.to_be_bytes());
    }

    fn encode_keys(&self, serial: [u8; 5], place: u8, sealing: &Sealing<'_>, out: &mut Vec<u8>) {
        put_vector(&self.vector.0, out);
        if let Some(payload) = &self.payload {
            out.extend(sealing.seal("client-payload", serial, [place, 0], payload));
        }
        for (application, (event, key)) in self.vector.1.applications.iter().zip(&self.applications) {
            out.extend(event.to_be_bytes());
            out.extend(sealing.seal("client-application", serial, [place, application.index()], key));
        }
    }
}

fn put_vector(vector: &[u8], out: &mut Vec<u8>) {
    out.extend((vector.len() as u16).to_be_bytes());
    out.extend(vector);
}

/// What is left of the bytes before the MAC.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Verdict<&'a [u8]> {
        must(length <= self.0.len(), "CST-7")?;
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, length: usize) -> Verdict<u64> {
        Ok(bits(self.take(length)?, 0, 8 * length))
    }

    /// The three values of a policy (AM1-6).
    fn policy(&mut self) -> Verdict<[u8; 3]> {
        let policy = self.number(2)?;
        let (activation, messages) = (policy >> 10, policy >> 4 & 0x3F);
        let is_right = |protection: u64| protection == 1 || protection == 2;
        must(is_right(activation) && is_right(messages) && policy % 2 == 0, "CST-7")?;
        Ok([activation as u8, messages as u8, (policy >> 1 & 7) as u8 + 1])
    }

    /// A text of at least so many bytes, of characters that a gateway string takes (PSH-5, REQ-9).
    fn text(&mut self, least: usize) -> Verdict<String> {
        let length = self.number(2)? as usize;
        let text = String::from_utf8(self.take(length)?.to_vec()).map_err(|_| "CST-7")?;
        must_be_writable(&text, least).map_err(|_| "CST-7")?;
        Ok(text)
    }

    /// Section 8, then AM1-8.
    fn vector(&mut self, serial: [u8; 5]) -> Verdict<Both> {
        let length = self.number(2)? as usize;
        let bytes = self.take(length)?.to_vec();
        let vector = static_vector(&bytes)?;
        must(super::prefix(bits(&serial, 0, 16)).as_ref() == Some(&vector.prefix), "CST-7")?;
        Ok((bytes, Arc::new(vector)))
    }
}

/// Reads a client's state (CST-4 to CST-8).
pub fn decode(platform: &[u8; 16], bytes: &[u8]) -> Verdict<State> {
    must(bytes.starts_with(b"CPC") && bytes.len() >= 51, "CST-4")?;
    must(bytes[3] == 2, "CST-5")?;
    let (before, tag) = bytes.split_at(bytes.len() - 16);
    must(mac(platform, before) == tag, "CST-6")?;
    let salt = bytes[16..32].try_into().unwrap();
    let sealing = Sealing { platform, salt, nonce: bytes[4..16].try_into().unwrap() };
    let mut rest = Rest(&before[32..]);
    let device_type = rest.number(1)? as u8;
    must(device_type <= 99, "CST-7")?;
    let count = rest.number(2)?;
    must(count <= 32, "CST-10")?;
    let mut accounts: Vec<Account> = Vec::new();
    for _ in 0..count {
        let before = accounts.last().map(|account| account.serial);
        accounts.push(account(&mut rest, before, &sealing)?);
    }
    must(rest.0.is_empty(), "CST-7")?;
    Ok(State { salt, device_type, accounts })
}

fn account(rest: &mut Rest<'_>, before: Option<[u8; 5]>, sealing: &Sealing<'_>) -> Verdict<Account> {
    let serial: [u8; 5] = rest.take(5)?.try_into().unwrap();
    super::serial(bits(&serial, 0, 16), bits(&serial, 16, 24)).map_err(|_| "CST-7")?;
    must(before.is_none_or(|before| before < serial), "CST-7")?;
    let flags = rest.number(1)?;
    let flag = |bit: u64| flags >> bit & 1 == 1;
    must(if flag(0) { !(flag(1) && flag(6)) } else { flags == 2 }, "CST-7")?;
    must(flag(2) || !flag(4) && !flag(5), "CST-7")?;
    must(flag(6) || !flag(7), "CST-7")?;
    let activated = if flag(0) { Some(activated(rest, flags, serial, sealing)?) } else { None };
    let check = activated.as_ref().map(|it| it.check).unwrap_or_default();
    Ok(Account {
        serial,
        activated,
        waiting: if flag(6) { Some(waiting(rest, flag(7), (serial, check), sealing)?) } else { None },
        pre_activated: if flag(1) { Some(pre_activated(rest, serial, sealing)?) } else { None },
    })
}

fn activated(rest: &mut Rest<'_>, flags: u64, serial: [u8; 5], sealing: &Sealing<'_>) -> Verdict<Activated> {
    let [has_payload, has_challenge, has_counter, has_identity] =
        [2, 3, 4, 5].map(|bit| flags >> bit & 1 == 1);
    let (sequence, policy, am2_counter) = head(rest)?;
    let check = rest.take(16)?.try_into().unwrap();
    let [pin_failures, unlock_failures] = rest.take(2)?.try_into().unwrap();
    let mut challenge = None;
    if has_challenge {
        let digits = rest.take(8)?;
        must(digits.iter().all(u8::is_ascii_digit), "CST-7")?;
        challenge = Some(String::from_utf8(digits.to_vec()).unwrap());
    }
    let mut information_counter = 0;
    if has_counter {
        information_counter = rest.number(3)? as u32;
        must(information_counter != 0, "CST-7")?;
    }
    let mut identity = None;
    if has_identity {
        identity = Some((rest.text(1)?, rest.text(0)?));
    }
    let vector = rest.vector(serial)?;
    let tries = vector.1.password[3];
    must(pin_failures <= tries && unlock_failures <= tries, "CST-7")?;
    if challenge.is_some() {
        must(pin_failures == tries && vector.1.unlock_application().is_some(), "CST-11")?;
    }
    let (payload, applications) = keys(rest, has_payload, &vector, (serial, 0), sealing)?;
    Ok(Activated {
        sequence,
        policy,
        am2_counter,
        check,
        pin_failures,
        unlock_failures,
        challenge,
        information_counter,
        identity,
        vector,
        payload,
        applications,
    })
}

/// What sections of a serial number begin with from AM2 on.
fn head(rest: &mut Rest<'_>) -> Verdict<(u8, [u8; 3], u32)> {
    let sequence = rest.number(1)? as u8;
    must((1..=99).contains(&sequence), "CST-7")?;
    Ok((sequence, rest.policy()?, rest.number(4)? as u32))
}

/// Payload key; events and keys of applications.
type Keys = (Option<[u8; 16]>, Vec<(u64, [u8; 16])>);

fn keys(
    rest: &mut Rest<'_>,
    has_payload: bool,
    vector: &Both,
    (serial, place): ([u8; 5], u8),
    sealing: &Sealing<'_>,
) -> Verdict<Keys> {
    let mut payload = None;
    if has_payload {
        payload = Some(sealing.open("client-payload", serial, [place, 0], rest.take(32)?)?);
    }
    let mut applications = Vec::new();
    for application in &vector.1.applications {
        let event = rest.number(8)?;
        must(event < 1 << 53 && (application.has_events() || event == 0), "CST-7")?;
        let (at, sealed) = ([place, application.index()], rest.take(32)?);
        applications.push((event, sealing.open("client-application", serial, at, sealed)?));
    }
    Ok((payload, applications))
}

fn waiting(
    rest: &mut Rest<'_>,
    has_payload: bool,
    (serial, check): ([u8; 5], [u8; 16]),
    sealing: &Sealing<'_>,
) -> Verdict<(Activated, [u8; 32])> {
    let (sequence, policy, am2_counter) = head(rest)?;
    let am2 = rest.take(32)?.try_into().unwrap();
    let vector = rest.vector(serial)?;
    must(vector.1.application(policy[2]).is_some_and(Application::confirms), "CST-7")?;
    let (payload, applications) = keys(rest, has_payload, &vector, (serial, 1), sealing)?;
    let activated = Activated {
        sequence,
        policy,
        am2_counter,
        check,
        pin_failures: 0,
        unlock_failures: 0,
        challenge: None,
        information_counter: 0,
        identity: None,
        vector,
        payload,
        applications,
    };
    Ok((activated, am2))
}

fn pre_activated(rest: &mut Rest<'_>, serial: [u8; 5], sealing: &Sealing<'_>) -> Verdict<PreActivated> {
    let am1 = rest.take(32)?.try_into().unwrap();
    let policy = rest.policy()?;
    let vector = rest.vector(serial)?;
    must(vector.1.application(policy[2]).is_some_and(Application::confirms), "CST-7")?;
    let license = sealing.open("client-license", serial, [2, 0], rest.take(32)?)?;
    Ok(PreActivated { am1, policy, vector, license })
}
