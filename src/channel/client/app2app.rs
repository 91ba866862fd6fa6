//! App-to-app: another app on the device calls the client by a URL and is called back. SPEC section 26.

use std::borrow::Cow;

use super::{App2App, Call, Client, Decision, Handle, Opened, Shown};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{A2A_9, A2A_10, A2A_11, A2A_16, A2A_28, CLI_16};
use crate::serial::{Sequence, Serial};
use crate::text::callback::{Callback, Mask};
use crate::text::hex;
use crate::wire::callback_url::{CallState, Callbacks, Parts, Platform};
use crate::wire::frame::Carrier;

/// A URL that opened nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why. The number for the caller is that of its class.
    pub refusal: Refusal,
    /// The URL to be called, if there is one that may be (A2A-13).
    pub callback: Option<String>,
}

/// The end of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The URL to be called.
    pub callback: String,
    /// Why it is x-error that is called.
    pub error: Option<Refusal>,
}

impl Failure {
    /// The number that the caller is told.
    pub fn number(&self) -> u8 {
        number(&self.refusal)
    }
}

/// The published number of a refusal, 1..=8; 1 is an internal error, for which there is no cause.
pub fn number(refusal: &Refusal) -> u8 {
    refusal.class().app_to_app().unwrap_or(1)
}

/// The account that a message selected.
type Selected = Option<(Serial, Sequence)>;

impl Client {
    /// Takes the place of an earlier configuration, and changes nothing else.
    pub fn set_app2app(&mut self, config: App2App) {
        self.app2app = Some(Box::new(config));
    }

    /// Another app calls: opens the message that the URL carries, as [`Client::open`] does.
    ///
    /// Fails, in this order, by: A2A-9, A2A-1, A2A-2, A2A-4, A2A-5, A2A-27, A2A-6 to A2A-8, A2A-10, CLI-1, A2A-11, then as
    /// [`Client::open`] from the frame on, last by A2A-28 (A2A-12). Then nothing has changed (A2A-15).
    pub fn dispatch(&mut self, url: &str) -> Result<(Handle, Shown), Failure> {
        let mut selected = None;
        match self.called_by(url, &mut selected) {
            Ok((shown, opened)) => {
                // Nothing was on display (A2A-28), so no other call ends here.
                let (handle, _) = self.display(opened);
                Ok((handle, shown))
            }
            Err(refusal) => {
                if fault::bent("failed-dispatch-closes", false, true) {
                    self.opened = None;
                }
                let callback = self.error_callback(url, &refusal, selected);
                Err(Failure { refusal, callback })
            }
        }
    }

    fn called_by(&self, url: &str, selected: &mut Selected) -> Result<(Shown, Opened), Refusal> {
        let Some(config) = self.app2app.as_deref() else {
            return refuse(A2A_9, Found::Nothing);
        };
        ensure(config.enabled, A2A_9, Found::Nothing)?;
        let called = Parts::split(&config.scheme, config.platform, url)?.read()?;
        for callback in called.callbacks.all() {
            ensure(config.lists(callback), A2A_10, Found::Nothing)?;
        }
        self.ensure_not_blocked()?;
        let is_late = fault::bent("message-before-activation", false, true);
        let any_active = || self.accounts.values().any(|account| account.active.is_some());
        ensure(is_late || any_active(), A2A_11, Found::Nothing)?;
        let (shown, mut opened) = self.read_message(called.message, Carrier::Direct, selected)?;
        ensure(self.opened.is_none(), A2A_28, Found::Nothing)?;
        let (callbacks, state) = (called.callbacks, called.state);
        opened.call = Some(Box::new(Call { callbacks, state, account: (shown.serial, shown.sequence) }));
        Ok((shown, opened))
    }

    /// The x-error callback with its error code and values, or none where the URL has no usable one (A2A-13).
    fn error_callback(&self, url: &str, refusal: &Refusal, selected: Selected) -> Option<String> {
        let config = self.app2app.as_deref()?;
        let parts = Parts::split(&config.scheme, config.platform, url).ok()?;
        let callback = parts.x_error()?;
        let listed = fault::bent("calls-what-is-not-listed", config.lists(&callback), true);
        let account = fault::bent("errors-name-no-account", selected, None);
        let state = fault::bent("errors-tell-no-state", parts.state(), None);
        let values = Values { config, account, otp: "", state: state.as_ref() };
        listed.then(|| callback.fill(|mask| values.of(mask), Some(number(refusal))))
    }

    /// The user's decision on a message that [`Client::dispatch`] opened, and the URL to be called.
    ///
    /// Refuses, in this order: CLI-1, A2A-16, CLI-14, CLI-15 (which counts). A locked account is no refusal here:
    /// the caller is told (A2A-18).
    pub fn answer(&mut self, handle: Handle, decision: Decision, now: u32) -> Result<Answered, Refusal> {
        self.ensure_not_blocked()?;
        ensure(self.displays(handle).is_some(), A2A_16, Found::Number(handle.count()))?;
        let Some(call) = self.opened.as_ref().and_then(|opened| opened.call.clone()) else {
            return refuse(A2A_16, Found::Nothing);
        };
        let Callbacks { success, error, cancel } = &call.callbacks;
        let (otp, callback, why) = match self.decide(decision, now) {
            Ok(Some(otp)) => (otp, fault::bent("cancels-on-approval", success, cancel), None),
            Ok(None) => (String::new(), cancel, None),
            Err(refusal) if refusal.rule == CLI_16 => (String::new(), error, Some(refusal)),
            Err(refusal) => return Err(refusal),
        };
        // There is a configuration, since `dispatch` opened the message with it.
        let Some(callback) = call.fill(callback, self.app2app.as_deref(), &otp, why.as_ref().map(number))
        else {
            return refuse(A2A_16, Found::Nothing);
        };
        self.opened.take_if(|_| why.is_none() || fault::bent("locked-answer-stays-open", true, false));
        Ok(Answered { callback, error: why })
    }
}

impl Call {
    /// x-cancel, where something else than the user's answer ends the call (A2A-30).
    pub(super) fn cancel(&self, config: Option<&App2App>) -> Option<String> {
        self.fill(&self.callbacks.cancel, config, "", None)
    }

    /// A2A-19, with the configuration as it is now.
    fn fill(
        &self,
        callback: &Callback,
        config: Option<&App2App>,
        otp: &str,
        error: Option<u8>,
    ) -> Option<String> {
        let values = Values { config: config?, account: Some(self.account), otp, state: self.state.as_ref() };
        Some(callback.fill(|mask| values.of(mask), error))
    }
}

impl App2App {
    /// Whether the white list has this callback, character by character (A2A-10).
    fn lists(&self, callback: &Callback) -> bool {
        let callback = callback.as_str();
        let by_prefix = fault::bent("white-list-by-prefix", false, true);
        let any_case = fault::bent("white-list-in-any-case", false, true);
        self.white_list.iter().any(|listed| {
            listed == callback
                || by_prefix && callback.starts_with(listed.as_str())
                || any_case && callback.eq_ignore_ascii_case(listed)
        })
    }
}

/// Where the values of masks come from.
struct Values<'a> {
    config: &'a App2App,
    account: Selected,
    otp: &'a str,
    state: Option<&'a CallState>,
}

impl<'a> Values<'a> {
    /// What takes the place of a mask in a callback that is called (A2A-19).
    fn of(&self, mask: Mask) -> Cow<'a, str> {
        let config = self.config;
        let owned = |text: Option<String>| Cow::Owned(text.unwrap_or_default());
        match mask {
            Mask::Otp => Cow::Borrowed(self.otp),
            Mask::PlatformName => Cow::Borrowed(&config.platform_name),
            Mask::SerialNumber => owned(self.account.map(|(serial, _)| serial.to_string())),
            Mask::SequenceNumber => owned(self.account.map(|(_, sequence)| sequence.to_string())),
            Mask::UserIdentifier => Cow::Borrowed(""),
            Mask::Version => Cow::Borrowed(&config.version),
            Mask::DeviceIdentifier => {
                let everywhere = fault::bent("device-identifier-on-ios", false, true);
                let told = everywhere || config.platform == Platform::Android;
                owned(told.then(|| hex::encode(&config.device_identifier)))
            }
            Mask::RootingStatus => Cow::Borrowed("false"),
            Mask::State => {
                let told = fault::bent("tells-no-state", self.state, None);
                Cow::Borrowed(told.map_or("", CallState::as_str))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Config, Installation, RootPolicy};
    use crate::rule::{A2A_1, A2A_5, CLI_1, CLI_3, CNV_3, Rule};
    use crate::wire::callback_url::Scheme;

    const QUERY: &str =
        "x-success=a%253As&x-error=a%253Ae%253Fv%253D%2525_Version_%2525&x-cancel=a%253Ac&secure_message=";

    fn client(rooted: bool) -> Client {
        let config = Config {
            static_vector: None,
            platform_data: Vec::new(),
            app_version: 0,
            rooted,
            root_policy: RootPolicy::Block,
            replacement: false,
        };
        Client::new(config, Installation { salt: [0; 16], device_type: 7 })
    }

    fn given(client: &mut Client, enabled: bool, white_list: &[&str]) {
        client.set_app2app(App2App {
            enabled,
            scheme: Scheme::new("pay").unwrap(),
            white_list: white_list.iter().map(|text| (*text).to_owned()).collect(),
            platform: Platform::Ios,
            platform_name: String::new(),
            version: "1 0".into(),
            device_identifier: [0; 32],
        });
    }

    const LIST: [&str; 3] = ["a:s", "a:e?v=%_Version_%", "a:c"];

    fn fails(client: &mut Client, query: &str) -> (Rule, u8, Option<String>) {
        let failure = client.dispatch(&format!("pay://app2app_secure_channel?{query}")).unwrap_err();
        (failure.refusal.rule, failure.number(), failure.callback)
    }

    #[test]
    fn a2a_12_a2a_13_the_first_error_and_its_callback() {
        let called = |number: u8| Some(format!("a:e?v=1%200&ErrorCode={number}"));
        let mut client = client(false);
        assert_eq!(fails(&mut client, QUERY), (A2A_9, 2, None), "never given");
        given(&mut client, false, &LIST);
        assert_eq!(fails(&mut client, QUERY), (A2A_9, 2, called(2)));
        assert_eq!(
            fails(&mut client, "x-error=a%253Ae%253Fv%253D%2525_Version_%2525"),
            (A2A_9, 2, called(2))
        );
        given(&mut client, true, &LIST);
        assert_eq!(fails(&mut client, &QUERY.replace("x-cancel", "y")), (A2A_5, 2, called(2)));
        assert_eq!(fails(&mut client, &format!("{QUERY}#")), (A2A_1, 2, None));
        assert_eq!(fails(&mut client, QUERY), (A2A_11, 4, called(4)));
        given(&mut client, true, &["a:s", "a:c"]);
        assert_eq!(fails(&mut client, QUERY), (A2A_10, 2, None));
    }

    #[test]
    fn a2a_12_rooted_comes_before_activation() {
        let mut client = client(true);
        given(&mut client, true, &LIST);
        assert_eq!(fails(&mut client, QUERY).0, CLI_1);
        assert_eq!(client.answer(Handle::new(1), Decision::Reject, 0).unwrap_err().rule, CLI_1);
    }

    #[test]
    fn a2a_16_nobody_has_called() {
        let mut client = client(false);
        assert_eq!(client.answer(Handle::new(1), Decision::Reject, 0).unwrap_err().rule, A2A_16);
        assert_eq!(number(&refuse::<()>(CNV_3, Found::Nothing).unwrap_err()), 5);
        assert_eq!(number(&refuse::<()>(CLI_3, Found::Nothing).unwrap_err()), 6);
    }
}
