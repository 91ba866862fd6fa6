//! App-to-app: URLs alone, and the client that is called by them.

use super::super::operations::{self, *};
use super::super::protocol::{Nothing, Number};
use super::client::{content_of, decision_of};
use super::{Engine, Fail, Serve, fault};
use channel::client::{App2App, Handle, app2app_number};
use channel::error::Refusal;
use channel::text::callback::{self, Callback, Mask};
use channel::text::percent;
use channel::wire::callback_url::{self, CallState, CallbackUrl, Callbacks, Parts, Platform, Scheme};

/// The most templates of a white list.
const MAX_WHITE_LIST: usize = 16;
/// The most characters of a platform's name and of a version.
const MAX_WORDS: usize = 64;

impl Serve for PrimitivePercentDecode {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<TextResult, Fail> {
        Ok(TextResult { text: percent::decode(&self.text)? })
    }
}

impl Serve for App2AppBuild {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<UrlResult, Fail> {
        let scheme = Scheme::new(&self.scheme)?;
        let state = self.state.as_deref().map(CallState::new).transpose()?;
        let callbacks = Callbacks::templates(&self.x_success, &self.x_error, &self.x_cancel)?;
        Ok(UrlResult { url: callback_url::build(&scheme, &callbacks, state.as_ref(), &self.message)? })
    }
}

fn platform_of(platform: operations::Platform) -> Platform {
    match platform {
        operations::Platform::Android => Platform::Android,
        operations::Platform::Ios => Platform::Ios,
    }
}

impl Serve for App2AppParse {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<ParsedUrl, Fail> {
        let scheme = Scheme::new(&self.scheme)?;
        let CallbackUrl { callbacks, state, message } =
            Parts::split(&scheme, platform_of(self.platform), &self.url)?.read()?;
        let [x_success, x_error, x_cancel] = callbacks.all().map(Callback::as_str).map(str::to_owned);
        let state = state.as_ref().map(CallState::as_str).map(str::to_owned);
        Ok(ParsedUrl { x_success, x_error, x_cancel, secure_message: message.to_owned(), state })
    }
}

impl Serve for App2AppRead {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<CalledResult, Fail> {
        let callbacks = Callbacks::templates(&self.x_success, &self.x_error, &self.x_cancel)?;
        let called = callback_url::read(&callbacks, &self.url)?;
        let outcome = match called.outcome {
            callback::Outcome::Success => Outcome::Success,
            callback::Outcome::Error => Outcome::Error,
            callback::Outcome::Cancel => Outcome::Cancel,
        };
        let error = called.error.map(|number| Number::from(u32::from(number)));
        let mut values = MaskValues::default();
        for (mask, value) in called.values {
            let place = match mask {
                Mask::Otp => &mut values.otp,
                Mask::PlatformName => &mut values.platform_name,
                Mask::SerialNumber => &mut values.serial_number,
                Mask::SequenceNumber => &mut values.sequence_number,
                Mask::UserIdentifier => &mut values.user_identifier,
                Mask::Version => &mut values.version,
                Mask::DeviceIdentifier => &mut values.device_identifier,
                Mask::RootingStatus => &mut values.rooting_status,
                Mask::State => &mut values.state,
            };
            *place = Some(value);
        }
        Ok(CalledResult { outcome, error, values })
    }
}

impl Serve for ClientSetApp2App {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let client = engine.client(session)?;
        let is_long = |text: &str| text.chars().count() > MAX_WORDS;
        if self.white_list.len() > MAX_WHITE_LIST || is_long(&self.platform_name) || is_long(&self.version) {
            return fault("white_list: at most 16; platform_name and version: at most 64 characters");
        }
        client.set_app2app(App2App {
            enabled: self.enabled,
            scheme: Scheme::new(&self.scheme)?,
            white_list: self.white_list,
            platform: platform_of(self.platform),
            platform_name: self.platform_name,
            version: self.version,
            device_identifier: self.device_identifier.0,
        });
        Ok(Nothing {})
    }
}

impl Serve for ClientDispatch {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<DispatchResult, Fail> {
        Ok(match engine.client(session)?.dispatch(&self.url) {
            Ok((handle, shown)) => {
                let opened = OpenedResult {
                    handle: Count(handle.count()),
                    serial: shown.serial.to_string(),
                    sequence: u32::from(shown.sequence.number()),
                    application: u32::from(shown.request.application),
                    template: u32::from(shown.request.template),
                    require_pin: shown.request.require_pin,
                    content: content_of(shown.request.content),
                };
                DispatchResult { opened: Some(opened), error: None, callback: None }
            }
            Err(failure) => DispatchResult {
                opened: None,
                error: Some(error_of(&failure.refusal)),
                callback: failure.callback,
            },
        })
    }
}

fn error_of(refusal: &Refusal) -> App2AppError {
    let number = Number::from(u32::from(app2app_number(refusal)));
    App2AppError { number, class: refusal.class().word().to_owned() }
}

impl Serve for ClientAnswer {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<AnswerResult, Fail> {
        let (handle, decision) = (Handle::new(self.handle.0), decision_of(self.approved, self.pin));
        let answered = engine.client(session)?.answer(handle, decision, self.now)?;
        Ok(AnswerResult { callback: answered.callback, error: answered.error.as_ref().map(error_of) })
    }
}
