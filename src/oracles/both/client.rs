//! A client and its model.

use std::fmt::Debug;

use super::super::model;
use super::super::model::client::{Pin, Shown};
use super::super::request::fields_of;
use super::super::slow::Verdict;
use super::super::slow::data::Data;
use super::super::verdict::same;
use super::super::world::{App, Kind, PLATFORM_KEY};
use super::{Role, Watched, agreed, carrier, data_of};
use channel::client::{self, Activated, App2App, Client, Deactivated, Decision, Displayed, Handle, What};
use channel::crypto::keys::Key;
use channel::error::Refusal;
use channel::text::gateway_string::Identity;
use channel::wire::callback_url::{Platform, Scheme};

/// A client and its model.
#[derive(Clone)]
pub struct ClientPair {
    /// The implementation.
    pub fast: Watched<Client>,
    /// The model.
    pub slow: model::Client,
    /// By which the user decides: that of the last message on display.
    handle: u64,
}

impl ClientPair {
    /// Without accounts.
    pub fn new(app: App) -> Self {
        Self { fast: Watched::new(app.client()), slow: model::Client::new(app), handle: 0 }
    }

    /// The end.
    pub fn settle(&self) {
        self.fast.settle();
    }

    fn both<T: PartialEq + Debug + Clone>(
        &mut self,
        fast: impl Fn(&mut Client) -> Result<T, Refusal>,
        slow: impl FnOnce(&mut model::Client) -> Verdict<T>,
    ) -> Verdict<T> {
        let result = agreed(self.fast.ask(fast), slow(&mut self.slow));
        let accounts = self.fast.role().accounts().map(|it| {
            let sequence = it.sequence.map(|sequence| sequence.number());
            let failures = (it.pin_failures, it.unlock_failures);
            let waiting = it.waiting.map(|sequence| sequence.number());
            (it.serial.to_string(), sequence, it.locked, waiting, it.pre_activated, failures.0, failures.1)
        });
        assert!(accounts.eq(self.slow.accounts()), "CLI-18, and the counters");
        result
    }

    /// What is written to storage.
    pub fn save(&self, nonce: [u8; 12]) -> Vec<u8> {
        let state = self.slow.save(&PLATFORM_KEY, nonce);
        assert_eq!(self.fast.role().save(&Key::new(PLATFORM_KEY), &nonce), state, "CST-1");
        state
    }

    /// The app ends and starts again.
    pub fn restart(&mut self, nonce: [u8; 12]) {
        let again = Self::load(self.slow.app, &self.save(nonce)).expect("its own state");
        let displayed = self.slow.displayed;
        assert!(again.slow.accounts == self.slow.accounts, "CST-9");
        assert_eq!(again.fast.role.counters(), self.fast.role.counters());
        assert!(displayed > 0 || again.fast.role.digest() == self.fast.role.digest(), "the same client");
        *self = again;
    }

    /// An app that starts with this.
    pub fn load(app: App, state: &[u8]) -> Verdict<Self> {
        let fast = Client::load(&Key::new(PLATFORM_KEY), state, app.config());
        let slow = model::Client::load(app, &PLATFORM_KEY, state);
        let nothing = |_: &_| ();
        same(
            fast.as_ref().map(nothing).map_err(|refusal| *refusal),
            slow.as_ref().map(|_| ()).map_err(|id| *id),
        );
        Ok(Self { fast: Watched::new(fast.map_err(|refusal| refusal.rule.id)?), slow: slow?, handle: 0 })
    }

    /// AM1 → device code.
    pub fn activate_license(&mut self, message: &str) -> Verdict<String> {
        self.both(|client| client.activate_license(message), |model| model.activate_license(message))
    }

    /// AM2 → serial number, sequence number, confirmation.
    pub fn activate_instance(&mut self, message: &str, pin: Pin, now: u32) -> Verdict<(String, u8, String)> {
        // Nothing is rejected here: not entered is cached.
        let entered = fast_pin(pin).unwrap_or(client::Pin::Cached);
        let fields =
            |Activated { serial, sequence, signature }| (serial.to_string(), sequence.number(), signature);
        self.both(
            |client| client.activate_instance(message, entered, now).map(fields),
            |model| model.activate_instance(message, pin, now),
        )
    }

    /// The server has confirmed what was made from this AM2. The URL to be called.
    pub fn mark_confirmed(&mut self, message: &str) -> Verdict<Option<String>> {
        self.both(|client| client.mark_confirmed(message), |model| model.mark_confirmed(message))
    }

    /// An account, or what stands beside it, goes. The URL to be called.
    pub fn remove(&mut self, kind: Kind, just_the_replacement: bool) -> Verdict<Option<String>> {
        let serial = kind.serial.parse().unwrap();
        let what = if just_the_replacement { What::Replacement } else { What::Account };
        self.both(
            |client| client.remove(serial, what),
            |model| model.remove(kind.serial, just_the_replacement),
        )
    }

    /// What is shown.
    pub fn open(&mut self, message: &str, is_gateway: bool) -> Verdict<Shown> {
        let fields = |Displayed { handle, shown, callback }| {
            (handle.map(Handle::count), shown_fields(shown), callback)
        };
        let (handle, shown, _) = self.both(
            |client| client.open(message, carrier(is_gateway)).map(fields),
            |model| model.open(message, is_gateway),
        )?;
        self.displays(handle);
        Ok(shown)
    }

    fn displays(&mut self, handle: Option<u64>) {
        assert!(handle.is_none_or(|handle| handle == self.handle + 1), "CLI-25");
        self.handle = handle.unwrap_or(self.handle);
    }

    /// The URL to be called.
    pub fn close(&mut self) -> Option<String> {
        self.both(|client| Ok(client.close()), |model| Ok(model.close())).unwrap()
    }

    /// The signature, unless the user rejects.
    pub fn sign(&mut self, pin: Pin, now: u32) -> Verdict<Option<String>> {
        let decision = fast_pin(pin).map_or(Decision::Reject, Decision::Approve);
        for other in [0, self.handle.wrapping_sub(1), self.handle + 1] {
            let stale = |client: &mut Client| client.sign(Handle::new(other), decision, now);
            let refused = self.both(stale, |model| model.sign(other, pin, now));
            assert!(other == self.handle || matches!(refused, Err("CLI-1" | "CLI-12")), "another handle");
        }
        let handle = self.handle;
        self.both(
            |client| client.sign(Handle::new(handle), decision, now),
            |model| model.sign(handle, pin, now),
        )
    }

    /// Configures app-to-app.
    pub fn set_app2app(&mut self, config: model::client::App2App) {
        let fast = App2App {
            enabled: config.enabled,
            scheme: Scheme::new(config.scheme).unwrap(),
            white_list: config.white_list.iter().map(|text| (*text).to_owned()).collect(),
            platform: if config.is_ios { Platform::Ios } else { Platform::Android },
            platform_name: config.platform_name.to_owned(),
            version: config.version.to_owned(),
            device_identifier: config.device_identifier,
        };
        self.both(
            |client| {
                client.set_app2app(fast.clone());
                Ok(())
            },
            |model| {
                model.app2app = Some(config);
                Ok(())
            },
        )
        .unwrap();
    }

    /// What is shown, or the URL to be called.
    pub fn dispatch(&mut self, url: &str) -> Result<Shown, Option<String>> {
        let fields = |(handle, shown): (Handle, client::Shown)| (handle.count(), shown_fields(shown));
        let fast = self.fast.role().clone().dispatch(url).err().and_then(|failure| failure.callback);
        let mut callback = None;
        let shown = self.both(
            |client| client.dispatch(url).map(fields).map_err(|failure| failure.refusal),
            |model| {
                model.dispatch(url).map_err(|(id, called)| {
                    callback = called;
                    id
                })
            },
        );
        assert_eq!(fast, callback, "A2A-13, A2A-14, A2A-19");
        let (handle, shown) = shown.map_err(|_| callback)?;
        self.displays(Some(handle));
        Ok(shown)
    }

    /// The URL to be called, and whether the account was locked.
    pub fn answer(&mut self, pin: Pin, now: u32) -> Verdict<(String, bool)> {
        self.answer_to(self.handle, pin, now)
    }

    /// The same by a handle that need not be the right one.
    pub fn answer_to(&mut self, handle: u64, pin: Pin, now: u32) -> Verdict<(String, bool)> {
        let decision = fast_pin(pin).map_or(Decision::Reject, Decision::Approve);
        self.both(
            |client| {
                let answered = client.answer(Handle::new(handle), decision, now)?;
                Ok((answered.callback, answered.error.is_some()))
            },
            |model| model.answer(handle, pin, now),
        )
    }

    /// The message.
    pub fn generate_information(&mut self, kind: Kind, key: &str, now: u32) -> Verdict<Vec<u8>> {
        self.both(
            |client| client.generate_information(kind.serial(), key, now),
            |model| model.generate_information(kind.serial, key, now),
        )
    }

    /// User and domain.
    pub fn login_identity(&mut self, kind: Kind) -> Verdict<Option<(String, String)>> {
        let parts = |identity: &Identity| (identity.user.clone(), identity.domain.clone());
        self.both(
            |client| client.login_identity(kind.serial()).map(|identity| identity.map(parts)),
            |model| model.login_identity(kind.serial),
        )
    }

    /// Serial number and sequence number.
    pub fn deactivate(&mut self, message: &str, is_gateway: bool) -> Verdict<(String, u8)> {
        let fields =
            |Deactivated { serial, sequence, callback }| (serial.to_string(), sequence.number(), callback);
        let (serial, sequence, _) = self.both(
            |client| client.deactivate(message, carrier(is_gateway)).map(fields),
            |model| model.deactivate(message, is_gateway),
        )?;
        Ok((serial, sequence))
    }

    /// Without a message. A rejection is no PIN: it counts as cached.
    pub fn generate_response(
        &mut self,
        kind: Kind,
        application: u8,
        data: &Data,
        pin: Pin,
        now: u32,
    ) -> Verdict<String> {
        let (given, entered) = (data_of(data), fast_pin(pin).unwrap_or(client::Pin::Cached));
        self.both(
            |client| client.generate_response(kind.serial(), application, &given, entered, now),
            |model| model.generate_response(kind.serial, application, data, pin, now),
        )
    }

    /// 8 digits.
    pub fn generate_unlock_challenge(&mut self, kind: Kind, random: [u8; 8]) -> Verdict<String> {
        self.both(
            |client| client.generate_unlock_challenge(kind.serial(), random),
            |model| model.generate_unlock_challenge(kind.serial, random),
        )
    }

    /// With the server's response.
    pub fn unlock(&mut self, kind: Kind, typed: &str) -> Verdict<()> {
        self.both(|client| client.unlock(kind.serial(), typed), |model| model.unlock(kind.serial, typed))
    }
}

fn shown_fields(shown: client::Shown) -> Shown {
    (shown.serial.to_string(), shown.sequence.number(), fields_of(shown.request))
}

fn fast_pin(pin: Pin) -> Option<client::Pin> {
    match pin {
        Pin::Right => Some(client::Pin::Right),
        Pin::Wrong => Some(client::Pin::Wrong),
        Pin::Cached => Some(client::Pin::Cached),
        Pin::Reject => None,
    }
}
