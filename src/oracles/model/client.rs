//! A client, as SPEC.md sections 9 to 14 and 23 have it. What it holds of a license is what section 23 writes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use super::super::slow::callback;
use super::super::slow::crypto::{self, ApplicationKey};
use super::super::slow::data::{self, Data};
use super::super::slow::push::{self, Gateway};
use super::super::slow::request::{self, Content, Request};
use super::super::slow::state::{self, Account, Activated, Both, PreActivated, State};
use super::super::slow::vector::Application;
use super::super::slow::{self, Frame, Verdict, must};
use super::super::world::App;
use harness::spec;

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    /// What it was created with.
    pub app: App,
    /// The installation salt, by which device ids are made (DVC-2).
    pub salt: [u8; 16],
    /// Chosen when the app was installed.
    device_type: u8,
    /// Its own.
    vector: Option<Both>,
    /// By serial number.
    pub accounts: BTreeMap<String, Account>,
    /// The message on display.
    pub opened: Option<Opened>,
    /// How many there were, which is the handle of the last (CLI-25).
    pub displayed: u64,
    /// What app-to-app was configured with, if it was.
    pub app2app: Option<App2App>,
}

/// The configuration of app-to-app.
#[derive(Clone, Debug)]
pub struct App2App {
    /// Whether it is on.
    pub enabled: bool,
    /// The client's scheme.
    pub scheme: &'static str,
    /// Templates.
    pub white_list: &'static [&'static str],
    /// Else it is Android.
    pub is_ios: bool,
    /// For `%_PlatformName_%`.
    pub platform_name: &'static str,
    /// For `%_Version_%`.
    pub version: &'static str,
    /// For `%_DeviceIdentifier_%`.
    pub device_identifier: [u8; 32],
}

impl App2App {
    /// A2A-19, of these account, signature and state.
    fn fill(
        &self,
        template: &str,
        account: &Selected,
        (otp, state): (&str, &str),
        error: Option<u8>,
    ) -> String {
        let value = |mask: &str| match mask {
            "OTP" => otp.to_owned(),
            "State" => state.to_owned(),
            "PlatformName" => self.platform_name.to_owned(),
            "SerialNumber" => account.clone().map(|(serial, _)| serial).unwrap_or_default(),
            "SequenceNumber" => {
                account.as_ref().map(|(_, sequence)| format!("{sequence:02}")).unwrap_or_default()
            }
            "Version" => self.version.to_owned(),
            "DeviceIdentifier" if !self.is_ios => {
                self.device_identifier.iter().map(|byte| format!("{byte:02X}")).collect()
            }
            "RootingStatus" => "false".to_owned(),
            _ => String::new(),
        };
        callback::fill(template, value, error)
    }
}

/// Serial number and sequence number of the account that a message selected.
type Selected = Option<(String, u8)>;

/// A request that is shown.
#[derive(Clone, Debug)]
pub struct Opened {
    serial: String,
    index: u8,
    require_pin: bool,
    /// User and domain of the details signed last (PSH-8).
    identity: Option<(String, String)>,
    /// What will be signed.
    pub frame: Vec<u8>,
    /// Of the app that sent it.
    call: Option<Call>,
}

/// What is told to the app that has called.
#[derive(Clone, Debug)]
struct Call {
    /// Success, error, cancel.
    callbacks: [String; 3],
    /// Empty where there is none.
    state: String,
    account: Selected,
}

/// What is shown: serial number, sequence number, the request.
pub type Shown = (String, u8, Request);

/// What was opened: its handle, unless it is only told; and the URL to be called for the message before.
pub type Opening = (Option<u64>, Shown, Option<String>);

/// The user's decision: what was entered, or a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// The right PIN.
    Right,
    /// A wrong one.
    Wrong,
    /// An earlier unlock.
    Cached,
    /// The user rejects.
    Reject,
}

/// An account as CLI-18 and the counters of section 18 name it: serial number, sequence number, locked,
/// waiting, pre-activated, wrong PINs, wrong unlock responses.
pub type Told = (String, Option<u8>, bool, Option<u8>, bool, u8, u8);

impl Client {
    /// Without accounts.
    pub fn new(app: App) -> Self {
        Self::installed(app, [app.device; 16], app.device_type)
    }

    fn installed(app: App, salt: [u8; 16], device_type: u8) -> Self {
        let vector = app.apps.map(|apps| (apps.bytes().to_vec(), Arc::new(apps.slow().clone())));
        Self {
            app,
            salt,
            device_type,
            vector,
            accounts: BTreeMap::new(),
            opened: None,
            displayed: 0,
            app2app: None,
        }
    }

    /// The state as a file (CST-1 to CST-3).
    pub fn save(&self, platform: &[u8; 16], nonce: [u8; 12]) -> Vec<u8> {
        let accounts = self.accounts.values().cloned().collect();
        let state = State { salt: self.salt, device_type: self.device_type, accounts };
        state::encode(platform, nonce, &state)
    }

    /// CST-4 to CST-9: this app, with what the state says.
    pub fn load(app: App, platform: &[u8; 16], state: &[u8]) -> Verdict<Self> {
        let State { salt, device_type, accounts } = state::decode(platform, state)?;
        let accounts = accounts.into_iter().map(|account| (account.name(), account)).collect();
        Ok(Self { accounts, ..Self::installed(app, salt, device_type) })
    }

    /// Device type and device id, for this license. DVC-2.
    pub fn device(&self, serial: [u8; 5]) -> [u8; 6] {
        crypto::device(self.device_type, &self.salt, serial, &[self.app.device])
    }

    /// CLI-1, then the frame, then CLI-2.
    fn frame(&self, message: &str, is_gateway: bool, kind: u8) -> Verdict<(Vec<u8>, Frame)> {
        self.must_work()?;
        let bytes = slow::hex(message)?;
        let frame = slow::frame(&bytes, is_gateway)?;
        must(frame.kind == kind, "CLI-2")?;
        Ok((bytes, frame))
    }

    fn must_work(&self) -> Verdict<()> {
        must(!self.app.blocked, "CLI-1")
    }

    /// The activated account of a serial number (CLI-3, CLI-4).
    fn active(&mut self, serial: &str) -> Verdict<&mut Activated> {
        self.accounts.get_mut(serial).ok_or("CLI-3")?.activated.as_mut().ok_or("CLI-4")
    }

    /// CLI-28, A2A-30: the URL to be called.
    pub fn close(&mut self) -> Option<String> {
        let Call { callbacks, state, account } = self.opened.take()?.call?;
        Some(self.app2app.as_ref()?.fill(&callbacks[2], &account, ("", &state), None))
    }

    fn close_on(&mut self, serial: &str) -> Option<String> {
        if self.opened.as_ref().is_some_and(|opened| opened.serial == serial) { self.close() } else { None }
    }

    /// AM1 → device code.
    pub fn activate_license(&mut self, message: &str) -> Verdict<String> {
        let (bytes, frame) = self.frame(message, false, 0)?;
        let is_active = self.accounts.get(&frame.serial).is_some_and(|account| account.activated.is_some());
        must(self.app.replacement || !is_active, "AM1-11")?;
        let waits = self.accounts.get(&frame.serial).is_some_and(|account| account.waiting.is_some());
        must(!waits, "AM1-17")?;
        must(crypto::checksum(&frame.header, &frame.body) == frame.tag, "FRM-12")?;
        let (_, _, wrapped, policy, carried) = slow::activation1(&frame.body, frame.nonce)?;
        must(carried.is_some() || self.vector.is_some(), "AM1-7")?;
        let vector = match carried {
            Some(bytes) => {
                must(self.vector.as_ref().is_none_or(|own| own.0 == bytes), "AM1-13")?;
                let vector = Arc::new(slow::vector::static_vector(&bytes)?);
                (bytes, vector)
            }
            None => self.vector.clone().unwrap(),
        };
        must(frame.serial[..3] == vector.1.prefix, "AM1-8")?;
        must(vector.1.application(policy[2]).is_some_and(Application::confirms), "AM1-9")?;
        let serial = bytes[2..7].try_into().unwrap();
        let license = crypto::unwrap(&crypto::wrapping_key(&vector.1.master, serial), &wrapped)?;
        let known = self.accounts.get(&frame.serial);
        let check = known.and_then(|account| account.activated.as_ref()).map(|active| active.check);
        must(check.is_none_or(|check| check == crypto::client_check(&license, serial)), "AM1-16")?;
        must(known.is_some() || self.accounts.len() < 32, "CLI-22")?;

        let account = PreActivated { license, am1: crypto::hash(&bytes), policy, vector };
        let nothing = Account { serial, activated: None, waiting: None, pre_activated: None };
        self.accounts.entry(frame.serial).or_insert(nothing).pre_activated = Some(account);
        Ok(crypto::device_code(&license, self.device(serial), &bytes))
    }

    /// AM2 → serial number, sequence number, confirmation.
    pub fn activate_instance(&mut self, message: &str, pin: Pin, now: u32) -> Verdict<(String, u8, String)> {
        let (bytes, frame) = self.frame(message, false, 1)?;
        let account = self.accounts.get_mut(&frame.serial).ok_or("CLI-3")?;
        if let Some((waiting, am2)) = &mut account.waiting {
            must(crypto::hash(&bytes) == *am2, "AM2-14")?;
            let confirmation = waiting.respond(waiting.policy[2], crypto::MESSAGE, &[&bytes], now);
            return Ok((frame.serial, waiting.sequence, confirmation));
        }
        let (serial, from) = (account.serial, account.pre_activated.clone().ok_or("AM2-6")?);
        let device = self.device(serial);
        must(frame.protection == from.policy[0], "AM2-7")?;
        let channel = crypto::am2_channel(&from.license, serial, device, &from.am1);
        let (sequence, payload, salt) = slow::activation2(&crypto::open(&channel, &frame)?)?;
        let account = self.accounts.get_mut(&frame.serial).unwrap();
        if let Some(old) = &mut account.activated {
            must(!old.is_locked(), "AM2-15")?;
            must(matches!(pin, Pin::Right | Pin::Wrong), "AM2-16")?;
            old.enter(pin).map_err(|_| "AM2-17")?;
        }

        let key = |application: &Application| {
            let index = application.index();
            crypto::application_key(&from.license, serial, sequence, index, device, &salt)
        };
        let mut active = Activated {
            sequence,
            policy: from.policy,
            am2_counter: frame.counter(),
            check: crypto::client_check(&from.license, serial),
            pin_failures: 0,
            unlock_failures: 0,
            challenge: None,
            information_counter: 0,
            identity: None,
            payload,
            applications: from
                .vector
                .1
                .applications
                .iter()
                .map(|application| (0, key(application)))
                .collect(),
            vector: from.vector.clone(),
        };
        let index = from.policy[2];
        let confirmation = active.respond(index, crypto::MESSAGE, &[&bytes], now);
        account.pre_activated = None;
        match account.activated {
            None => account.activated = Some(active),
            Some(_) => account.waiting = Some((active, crypto::hash(&bytes))),
        }
        Ok((frame.serial, sequence, confirmation))
    }

    /// Section 12, and PSH-7.
    pub fn open(&mut self, message: &str, is_gateway: bool) -> Verdict<Opening> {
        let (shown, opened) = self.read(message, is_gateway, &mut None)?;
        if matches!(&shown.2.content, Content::Gateway(Gateway::Notification(_))) {
            return Ok((None, shown, None));
        }
        must(!is_gateway || self.opened.is_none(), "CLI-26")?;
        let callback = self.close();
        (self.opened, self.displayed) = (Some(opened), self.displayed + 1);
        Ok((Some(self.displayed), shown, callback))
    }

    fn read(&mut self, message: &str, is_gateway: bool, selected: &mut Selected) -> Verdict<(Shown, Opened)> {
        let (bytes, frame) = self.frame(message, is_gateway, 3)?;
        let version = self.app.version;
        let active = self.active(&frame.serial)?;
        *selected = Some((frame.serial.clone(), active.sequence));
        must(!active.is_locked(), "CLI-5")?;
        let request = request::decode(&active.open(&frame)?, is_gateway)?;
        must(request.minimum_version <= version, "CLI-9")?;
        let application = active.vector.1.application(request.application);
        must(application.is_some_and(|it| it.takes_request(request.content.format())), "CLI-10")?;
        let sequence = active.sequence;
        let identity = match &request.content {
            Content::Gateway(Gateway::Details(_, _, user, domain)) => Some((user.clone(), domain.clone())),
            _ => None,
        };
        let opened = Opened {
            serial: frame.serial.clone(),
            index: request.application,
            require_pin: request.require_pin,
            identity,
            frame: bytes,
            call: None,
        };
        Ok(((frame.serial, sequence, request), opened))
    }

    /// Another app calls: handle and what is shown, or what refuses and the URL to be called. A2A-9 to A2A-15, A2A-28.
    pub fn dispatch(&mut self, url: &str) -> Result<(u64, Shown), (&'static str, Option<String>)> {
        let mut selected = None;
        self.called(url, &mut selected).map_err(|id| {
            let number = number(id);
            let listed = self.app2app.as_ref().and_then(|config| {
                let error = callback::x_error(config.scheme, config.is_ios, url)?;
                let is_listed = config.white_list.contains(&error.as_str());
                let state = callback::state(config.scheme, config.is_ios, url).unwrap_or_default();
                is_listed.then(|| config.fill(&error, &selected, ("", &state), Some(number)))
            });
            (id, listed)
        })
    }

    fn called(&mut self, url: &str, selected: &mut Selected) -> Verdict<(u64, Shown)> {
        let config = self.app2app.clone().ok_or("A2A-9")?;
        must(config.enabled, "A2A-9")?;
        let (callbacks, state, message) = callback::parse(config.scheme, config.is_ios, url)?;
        let listed = |text: &String| config.white_list.contains(&text.as_str());
        must(callbacks.iter().all(listed), "A2A-10")?;
        self.must_work()?;
        must(self.accounts.values().any(|account| account.activated.is_some()), "A2A-11")?;
        let (shown, opened) = self.read(&message, false, selected)?;
        must(self.opened.is_none(), "A2A-28")?;
        let call = Call { callbacks, state: state.unwrap_or_default(), account: selected.clone() };
        (self.opened, self.displayed) = (Some(Opened { call: Some(call), ..opened }), self.displayed + 1);
        Ok((self.displayed, shown))
    }

    /// The decision for a caller: the URL to be called, and whether the account was locked. A2A-16 to A2A-18.
    pub fn answer(&mut self, handle: u64, pin: Pin, now: u32) -> Verdict<(String, bool)> {
        self.must_work()?;
        let opened = self.opened.clone().ok_or("A2A-16")?;
        must(handle == self.displayed, "A2A-16")?;
        let Call { callbacks: [success, error, cancel], state, account } = opened.call.ok_or("A2A-16")?;
        let config = self.app2app.clone().unwrap();
        match self.decide(pin, now) {
            Ok(Some(otp)) => Ok((config.fill(&success, &account, (&otp, &state), None), false)),
            Ok(None) => Ok((config.fill(&cancel, &account, ("", &state), None), false)),
            Err("CLI-16") => {
                self.opened = None;
                Ok((config.fill(&error, &account, ("", &state), Some(8)), true))
            }
            Err(id) => Err(id),
        }
    }

    /// Answers a message that is on display: with a signature, or none where the user rejects (CLI-1, CLI-12, CLI-16,
    /// CLI-13, CLI-14, CLI-15).
    pub fn sign(&mut self, handle: u64, pin: Pin, now: u32) -> Verdict<Option<String>> {
        self.must_work()?;
        let is_called = self.opened.as_ref().ok_or("CLI-12")?.call.is_some();
        must(!is_called && handle == self.displayed, "CLI-12")?;
        self.decide(pin, now)
    }

    fn decide(&mut self, pin: Pin, now: u32) -> Verdict<Option<String>> {
        let Opened { serial, index, require_pin, identity, frame, .. } = self.opened.clone().unwrap();
        let active = self.active(&serial)?;
        must(!active.is_locked(), "CLI-16")?;
        if pin == Pin::Reject {
            self.opened = None;
            return Ok(None);
        }
        must(pin != Pin::Cached || !require_pin, "CLI-14")?;
        active.enter(pin)?;
        let signature = active.respond(index, crypto::MESSAGE, &[&frame], now);
        active.identity = identity.or(active.identity.take());
        self.opened = None;
        Ok(Some(signature))
    }

    /// DEA-5 to DEA-7: serial number and sequence number, and the URL to be called.
    pub fn deactivate(&mut self, message: &str, is_gateway: bool) -> Verdict<(String, u8, Option<String>)> {
        let (_, frame) = self.frame(message, is_gateway, 2)?;
        self.active(&frame.serial)?;
        let account = self.accounts.get_mut(&frame.serial).unwrap();
        let mut both: Vec<&Activated> = account.activated.iter().collect();
        both.extend(account.waiting.iter().map(|(waiting, _)| waiting));
        both.retain(|it| it.payload.is_some());
        must(!both.is_empty(), "CLI-6")?;
        both.retain(|it| it.policy[1] == frame.protection);
        must(!both.is_empty(), "CLI-7")?;
        both.retain(|it| crypto::open(&it.payload.unwrap(), &frame).is_ok());
        let first = both.first().ok_or("PRT-4")?;
        let sequence = slow::deactivation(&crypto::open(&first.payload.unwrap(), &frame)?)?;
        both.retain(|it| it.sequence == sequence);
        let hit = *both.first().ok_or("DEA-6")?;
        must(frame.counter() > hit.am2_counter, "CLI-8")?;
        if account.waiting.as_ref().is_some_and(|(waiting, _)| std::ptr::eq(hit, waiting)) {
            account.waiting = None;
            return Ok((frame.serial, sequence, None));
        }
        account.activated = account.waiting.take().map(|(waiting, _)| waiting);
        if account.activated.is_none() && account.pre_activated.is_none() {
            self.accounts.remove(&frame.serial);
        }
        let callback = self.close_on(&frame.serial);
        Ok((frame.serial, sequence, callback))
    }

    /// CLI-21: CLI-1, the frame, CLI-2, CLI-3, CLI-4, CLI-23; the URL to be called.
    pub fn mark_confirmed(&mut self, message: &str) -> Verdict<Option<String>> {
        let (bytes, frame) = self.frame(message, false, 1)?;
        self.active(&frame.serial)?;
        let account = self.accounts.get_mut(&frame.serial).unwrap();
        let Some((_, am2)) = &account.waiting else { return Ok(None) };
        must(crypto::hash(&bytes) == *am2, "CLI-23")?;
        account.activated = account.waiting.take().map(|(waiting, _)| waiting);
        Ok(self.close_on(&frame.serial))
    }

    /// CLI-19: CLI-1, CLI-3, CLI-20; the URL to be called.
    pub fn remove(&mut self, serial: &str, just_the_replacement: bool) -> Verdict<Option<String>> {
        self.must_work()?;
        let account = self.accounts.get_mut(serial).ok_or("CLI-3")?;
        if just_the_replacement {
            let beside = account.waiting.is_some() || account.pre_activated.is_some();
            must(account.activated.is_some() && beside, "CLI-20")?;
            (account.waiting, account.pre_activated) = (None, None);
            return Ok(None);
        }
        self.accounts.remove(serial);
        Ok(self.close_on(serial))
    }

    /// CLI-1, CLI-3, CLI-4, CLI-5, OTP-2, OTP-3 or OTP-4, ALG-8, CLI-15.
    pub fn generate_response(
        &mut self,
        serial: &str,
        index: u8,
        data: &Data,
        pin: Pin,
        now: u32,
    ) -> Verdict<String> {
        self.must_work()?;
        let active = self.active(serial)?;
        must(!active.is_locked(), "CLI-5")?;
        data.must_fit(data.application(&active.vector.1, index)?)?;
        active.enter(pin)?;
        Ok(active.respond(index, data.mode(), &data.fields(), now))
    }

    /// INF-1: CLI-1, CLI-3, CLI-4, CLI-5, CLI-6, PSH-10, NON-5.
    pub fn generate_information(&mut self, serial: &str, key: &str, now: u32) -> Verdict<Vec<u8>> {
        self.must_work()?;
        self.active(serial)?;
        let Account { serial, activated, .. } = self.accounts.get_mut(serial).unwrap();
        let active = activated.as_mut().unwrap();
        must(!active.is_locked(), "CLI-5")?;
        let payload = active.payload.ok_or("CLI-6")?;
        let key = push::challenge_key(key)?;
        must(active.information_counter != 0xFF_FFFF, "NON-5")?;
        active.information_counter += 1;
        // Type 0x24 in the middle of the first word.
        let mut header = vec![0x09, active.policy[1]];
        header.extend(*serial);
        header.extend(now.to_be_bytes());
        header.extend((u32::from(active.sequence) << 24 | active.information_counter).to_be_bytes());
        let body = [&[1][..], &key].concat();
        Ok(crypto::seal(&payload, header.try_into().unwrap(), &body))
    }

    /// PSH-8: CLI-1, CLI-3, CLI-4.
    pub fn login_identity(&mut self, serial: &str) -> Verdict<Option<(String, String)>> {
        self.must_work()?;
        Ok(self.active(serial)?.identity.clone())
    }

    /// The unlock challenge that is shown, 8 digits (UNL-1 to UNL-3, UNL-6, UNL-9).
    pub fn generate_unlock_challenge(&mut self, serial: &str, random: [u8; 8]) -> Verdict<String> {
        self.must_work()?;
        let active = self.active(serial)?;
        must(active.is_locked(), "UNL-2")?;
        must(active.unlock_failures < active.tries(), "UNL-6")?;
        must(active.vector.1.unlock_application().is_some(), "UNL-3")?;
        if let Some(shown) = &active.challenge {
            return Ok(shown.clone());
        }
        let challenge = format!("{:08}", u64::from_be_bytes(random) % 100_000_000);
        active.challenge = Some(challenge.clone());
        Ok(challenge)
    }

    /// Takes the response to the unlock challenge that was shown (UNL-2, UNL-6, VER-10, VER-11, UNL-7, UNL-8).
    pub fn unlock(&mut self, serial: &str, typed: &str) -> Verdict<()> {
        self.must_work()?;
        let active = self.active(serial)?;
        must(active.is_locked() && active.challenge.is_some(), "UNL-2")?;
        must(active.unlock_failures < active.tries(), "UNL-6")?;
        let application = active.vector.1.unlock_application().unwrap(); // CST-11
        let typed = data::response(application, typed)?;
        let (key, challenge) = (active.key(application.index()), active.challenge.clone().unwrap());
        if crypto::response(&key, application, 5, (0, 0), &[challenge.as_bytes()]) != typed {
            active.unlock_failures += 1;
            return Err("UNL-7");
        }
        (active.pin_failures, active.unlock_failures, active.challenge) = (0, 0, None);
        Ok(())
    }

    /// What is told of each account, by serial number (CLI-18).
    pub fn accounts(&self) -> impl Iterator<Item = Told> {
        self.accounts.iter().map(|(serial, account)| {
            let active = account.activated.as_ref();
            let failures = active.map_or((0, 0), |active| (active.pin_failures, active.unlock_failures));
            (
                serial.clone(),
                active.map(|active| active.sequence),
                active.is_some_and(Activated::is_locked),
                account.waiting.as_ref().map(|(waiting, _)| waiting.sequence),
                account.pre_activated.is_some(),
                failures.0,
                failures.1,
            )
        })
    }
}

/// The number of section 16, by the class of a requirement.
fn number(id: &str) -> u8 {
    static NUMBERS: OnceLock<HashMap<&'static str, u8>> = OnceLock::new();
    let numbers = NUMBERS.get_or_init(|| {
        let number = |class: &str| spec::classes().iter().find(|(word, _)| *word == class)?.1;
        let all = spec::requirements().iter();
        all.filter_map(|requirement| Some((requirement.id, number(requirement.class?)?))).collect()
    });
    numbers[id]
}

impl Account {
    /// As text.
    fn name(&self) -> String {
        slow::serial(slow::bits(&self.serial, 0, 16), slow::bits(&self.serial, 16, 24)).unwrap()
    }
}

impl Activated {
    fn tries(&self) -> u8 {
        self.vector.1.password[3]
    }

    /// Section 12.
    pub fn is_locked(&self) -> bool {
        self.pin_failures >= self.tries()
    }

    /// The body of a message, decrypted (CLI-6, CLI-7, PRT-4, CLI-8).
    fn open(&self, frame: &Frame) -> Verdict<Vec<u8>> {
        let payload = self.payload.as_ref().ok_or("CLI-6")?;
        must(frame.protection == self.policy[1], "CLI-7")?;
        let body = crypto::open(payload, frame)?;
        must(frame.counter() > self.am2_counter, "CLI-8")?;
        Ok(body)
    }

    /// Counts a wrong PIN, and forgets the count with a right one (CLI-15).
    fn enter(&mut self, pin: Pin) -> Verdict<()> {
        match pin {
            Pin::Wrong => {
                self.pin_failures += 1;
                return Err("CLI-15");
            }
            Pin::Right => self.pin_failures = 0,
            Pin::Cached | Pin::Reject => {}
        }
        Ok(())
    }

    fn position(&self, index: u8) -> usize {
        self.vector.1.applications.iter().position(|it| it.index() == index).unwrap()
    }

    fn key(&self, index: u8) -> ApplicationKey {
        ApplicationKey::new(&self.applications[self.position(index)].1)
    }

    /// A response at the time and event that it is due at; the event counter moves on (SIG-4, SIG-5).
    fn respond(&mut self, index: u8, mode: u8, fields: &[&[u8]], now: u32) -> String {
        let (key, position) = (self.key(index), self.position(index));
        let application = &self.vector.1.applications[position];
        let next = &mut self.applications[position].0;
        let mut event = 0;
        if application.has_events() {
            event = *next;
            *next += 1;
        }
        crypto::response(&key, application, mode, (application.step_at(now).unwrap_or(0), event), fields)
    }
}
