//! The URL by which another app on the device calls the client, and the URL by which it is called back.
//! SPEC section 26.
//!
//! ```text
//! ${scheme}://app2app_secure_channel?x-success=CALLBACK&x-error=CALLBACK&x-cancel=CALLBACK&secure_message=HEX[&state=STATE]
//! ```
//! CALLBACK is a [`Callback`] percent-encoded twice, STATE a [`CallState`]. The names stand in any order, in either case, among others.

use super::frame::{Carrier, Frame, Kind};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{A2A_1, A2A_2, A2A_4, A2A_5, A2A_24, A2A_25, A2A_27, CLI_2};
use crate::text::callback::{Callback, Mask, Outcome};
use crate::text::hex;
use crate::text::percent::{character_at, is_unreserved};

/// The longest URL that calls the client, in characters.
pub const MAX_URL: usize = 16_384;
/// The longest scheme, in characters.
pub const MAX_SCHEME: usize = 64;
/// The longest state of a call, in characters.
pub const MAX_STATE: usize = 64;

const ACTION: &str = "app2app_secure_channel";
const NAMES: [&str; 5] = ["x-success", "x-error", "x-cancel", "secure_message", "state"];

/// Decides whether schemes are compared exactly (A2A-2) and whether there is a device identifier (A2A-19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Exactly.
    Android,
    /// Without regard to case.
    Ios,
}

/// The scheme of a client: `[a-z][a-z0-9+.-]*`, at most [`MAX_SCHEME`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scheme(String);

impl Scheme {
    /// Refuses by A2A-25.
    pub fn new(text: &str) -> Result<Self, Refusal> {
        let may_follow = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'+' | b'.' | b'-')
        };
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let is_scheme = begins && text.bytes().all(may_follow) && text.len() <= MAX_SCHEME;
        if !is_scheme {
            let of_scheme =
                |(at, byte): (usize, u8)| may_follow(byte) && (at > 0 || byte.is_ascii_lowercase());
            let foreign = text.bytes().enumerate().position(|it| !of_scheme(it));
            let length = Found::Count(text.chars().count(), "character");
            ensure(false, A2A_25, foreign.map_or(length, |at| character_at(text, at)))?;
        }
        Ok(Self(text.to_owned()))
    }
}

/// What a caller gives to one call and gets back with its callback: 1 to [`MAX_STATE`] of `A-Za-z0-9._~-`. Drawn anew for
/// each call, it tells the client's answer from one that another app makes up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallState(String);

impl CallState {
    /// As it stands in the URL, where nothing of it is decoded. Refuses by A2A-27.
    pub fn new(text: &str) -> Result<Self, Refusal> {
        let is_state = (1..=MAX_STATE).contains(&text.len()) && text.bytes().all(is_unreserved);
        if !is_state {
            let foreign = text.bytes().position(|byte| !is_unreserved(byte));
            let length = Found::Count(text.chars().count(), "character");
            ensure(false, A2A_27, foreign.map_or(length, |at| character_at(text, at)))?;
        }
        Ok(Self(text.to_owned()))
    }

    /// As it stands in the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The three callbacks of a caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Callbacks {
    /// Called with the signature.
    pub success: Callback,
    /// Called with an error's number.
    pub error: Callback,
    /// Called when the user cancels.
    pub cancel: Callback,
}

impl Callbacks {
    /// Those of a third-party app. Each refuses by A2A-7, A2A-8, A2A-22, in this order.
    pub fn templates(success: &str, error: &str, cancel: &str) -> Result<Self, Refusal> {
        Ok(Self {
            success: Callback::template(success, Outcome::Success)?,
            error: Callback::template(error, Outcome::Error)?,
            cancel: Callback::template(cancel, Outcome::Cancel)?,
        })
    }

    /// In the order of the specification.
    pub fn all(&self) -> [&Callback; 3] {
        [&self.success, &self.error, &self.cancel]
    }
}

/// A URL that calls the client, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackUrl<'a> {
    /// Decoded.
    pub callbacks: Callbacks,
    /// Of this one call, if the caller gave one.
    pub state: Option<CallState>,
    /// As it stands in the URL.
    pub message: &'a str,
}

/// A URL split into what the client looks for; nothing of it is decoded.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The first value of each name.
    values: [Option<&'a str>; NAMES.len()],
    doubled: [bool; NAMES.len()],
}

impl<'a> Parts<'a> {
    /// Refuses, in this order: A2A-1, A2A-2. A2A-3.
    pub fn split(scheme: &Scheme, platform: Platform, url: &'a str) -> Result<Self, Refusal> {
        ensure(url.len() <= MAX_URL, A2A_1, Found::Count(url.chars().count(), "character"))?;
        let is_foreign = |byte: u8| !(0x21..0x7F).contains(&byte) | (byte == b'#');
        // All of them looked at, so that the processor looks at many at once.
        if url.bytes().fold(false, |any, byte| any | is_foreign(byte)) {
            let at = url.bytes().position(is_foreign).unwrap_or_default();
            ensure(false, A2A_1, character_at(url, at))?;
        }
        let Some(query) = query_of(scheme, platform, url) else {
            return refuse(A2A_2, Found::Nothing);
        };
        let any_case = fault::bent("names-in-lower-case-only", true, false);
        let mut parts = Self { values: [None; NAMES.len()], doubled: [false; NAMES.len()] };
        for part in query.split('&') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let known = |known: &&str| *known == name || any_case && known.eq_ignore_ascii_case(name);
            let places = parts.values.iter_mut().zip(&mut parts.doubled);
            if let Some((_, (place, doubled))) = NAMES.iter().zip(places).find(|(name, _)| known(name)) {
                *doubled = place.is_some();
                place.get_or_insert(value);
            }
        }
        Ok(parts)
    }

    /// Refuses, in this order: A2A-4, A2A-5, A2A-27, then A2A-6, A2A-7, A2A-8 of each callback.
    pub fn read(&self) -> Result<CallbackUrl<'a>, Refusal> {
        let [success, error, cancel, message, state] = self.values;
        ensure(!self.doubled.contains(&true), A2A_4, Found::Nothing)?;
        for value in [success, error, cancel, message] {
            ensure(value.is_some(), A2A_5, Found::Nothing)?;
        }
        let state = state.map(CallState::new).transpose()?;
        let read = |raw: Option<&str>, outcome| Callback::read(raw.unwrap_or_default(), outcome);
        Ok(CallbackUrl {
            callbacks: Callbacks {
                success: read(success, Outcome::Success)?,
                error: read(error, Outcome::Error)?,
                cancel: read(cancel, Outcome::Cancel)?,
            },
            state,
            message: message.unwrap_or_default(),
        })
    }

    /// x-error, if it stands there once and is right by itself (A2A-13).
    pub fn x_error(&self) -> Option<Callback> {
        let [_, raw, ..] = self.values;
        let [_, doubled, ..] = self.doubled;
        Callback::read(raw.filter(|_| !doubled)?, Outcome::Error).ok()
    }

    /// The state, if it stands there once and is right by itself (A2A-29).
    pub fn state(&self) -> Option<CallState> {
        let [.., raw] = self.values;
        let [.., doubled] = self.doubled;
        CallState::new(raw.filter(|_| !doubled)?).ok()
    }
}

/// What stands behind scheme and action. A2A-2.
fn query_of<'a>(scheme: &Scheme, platform: Platform, url: &'a str) -> Option<&'a str> {
    let platform = match platform {
        Platform::Android => fault::bent("android-scheme-in-any-case", platform, Platform::Ios),
        Platform::Ios => fault::bent("ios-scheme-exact", platform, Platform::Android),
    };
    let (begin, rest) = url.split_at_checked(scheme.0.len())?;
    let is_scheme = match platform {
        Platform::Android => begin == scheme.0,
        Platform::Ios => begin.eq_ignore_ascii_case(&scheme.0),
    };
    let (action, rest) = rest.strip_prefix("://")?.split_at_checked(ACTION.len())?;
    let exact = fault::bent("action-exact", false, true);
    let is_action = action == ACTION || !exact && action.eq_ignore_ascii_case(ACTION);
    rest.strip_prefix('?').filter(|_| is_scheme && is_action)
}

/// The URL that calls the client (A2A-21).
///
/// Refuses, in this order: the frame (section 5), CLI-2, A2A-1 for the length. (A2A-25 and the callbacks' own
/// checks come before: [`Scheme::new`], [`CallState::new`], [`Callbacks::templates`].)
pub fn build(
    scheme: &Scheme,
    callbacks: &Callbacks,
    state: Option<&CallState>,
    message: &str,
) -> Result<String, Refusal> {
    let bytes = hex::decode(message)?;
    let kind = Frame::decode(&bytes, Carrier::Direct)?.header.kind;
    ensure(kind == Kind::Request, CLI_2, Found::Number(u64::from(kind.number())))?;
    let mut url = String::with_capacity(256 + 2 * bytes.len());
    url.push_str(&scheme.0);
    url.push_str("://");
    url.push_str(ACTION);
    for (name, (callback, link)) in NAMES.iter().zip(callbacks.all().into_iter().zip(['?', '&', '&'])) {
        url.push(link);
        url.push_str(name);
        url.push('=');
        callback.write(&mut url);
    }
    url.push_str("&secure_message=");
    url.push_str(fault::bent("builds-message-as-given", &hex::encode(&bytes), message));
    if let Some(state) = state {
        url.push_str("&state=");
        url.push_str(state.as_str());
    }
    ensure(url.len() <= MAX_URL, A2A_1, Found::Count(url.chars().count(), "character"))?;
    Ok(url)
}

/// What a called URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Which template it fits.
    pub outcome: Outcome,
    /// 1..=8, of an error.
    pub error: Option<u8>,
    /// The masks of that template, each once, in the order of their first place.
    pub values: Vec<(Mask, String)>,
}

/// Which callback was called, and with what (A2A-23). Refuses by A2A-24.
pub fn read(callbacks: &Callbacks, url: &str) -> Result<Called, Refusal> {
    let Callbacks { success, error, cancel } = callbacks;
    let mut order = [(error, Outcome::Error), (success, Outcome::Success), (cancel, Outcome::Cancel)];
    if fault::bent("reads-success-first", false, true) {
        order.swap(0, 1);
    }
    for (callback, outcome) in order {
        if let Some(fit) = callback.fit(url, outcome == Outcome::Error) {
            return Ok(Called { outcome, error: fit.error, values: fit.values()? });
        }
    }
    refuse(A2A_24, Found::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;

    const SUCCESS: &str = "a%253A%252F%252Fs%253F%2525_OTP_%2525";
    const ERROR: &str = "a%253Ae";
    const CANCEL: &str = "a%253Ac";

    fn scheme() -> Scheme {
        Scheme::new("pay").unwrap()
    }

    fn url(query: &str) -> String {
        format!("pay://app2app_secure_channel?{query}")
    }

    fn right() -> String {
        url(&format!("x-success={SUCCESS}&x-error={ERROR}&x-cancel={CANCEL}&secure_message=00C1"))
    }

    fn parse(url: &str) -> Result<CallbackUrl<'_>, Rule> {
        Parts::split(&scheme(), Platform::Android, url).and_then(|parts| parts.read()).map_err(|it| it.rule)
    }

    #[test]
    fn a2a_3_names_in_any_order_and_case_among_others() {
        let text = right();
        let read = parse(&text).unwrap();
        assert_eq!(read.callbacks.all().map(Callback::as_str), ["a://s?%_OTP_%", "a:e", "a:c"]);
        assert_eq!(read.message, "00C1");
        let other = url(&format!(
            "&&=&x&Secure_Message=00=C1&X-CANCEL={CANCEL}&x%2Derror=1&x-error={ERROR}&X-Success={SUCCESS}&"
        ));
        let again = parse(&other).unwrap();
        assert_eq!((again.callbacks, again.message), (read.callbacks, "00=C1"));
    }

    #[test]
    fn a2a_1_characters_and_length() {
        for bad in ["#", " ", "\u{7F}", "é", "\n"] {
            assert_eq!(parse(&format!("{}{bad}", right())), Err(A2A_1), "{bad:?}");
        }
        let of_length = |length: usize| right() + "&" + &"x".repeat(length - right().len() - 1);
        assert_eq!(parse(&of_length(MAX_URL + 1)), Err(A2A_1));
        assert!(parse(&of_length(MAX_URL)).is_ok());
    }

    #[test]
    fn a2a_2_scheme_and_action() {
        let split = |platform, url: &str| Parts::split(&scheme(), platform, url).is_ok();
        for (begin, android, ios) in [
            ("pay://app2app_secure_channel?", true, true),
            ("pay://APP2APP_Secure_Channel?", true, true),
            ("Pay://app2app_secure_channel?", false, true),
            ("pay:/app2app_secure_channel?", false, false),
            ("pay://app2app_secure_channel", false, false),
            ("pay://app2app_secure_channel/?", false, false),
            ("pay://app2app-secure-channel?", false, false),
            ("payy://app2app_secure_channel?", false, false),
            ("", false, false),
        ] {
            assert_eq!(split(Platform::Android, begin), android, "{begin}");
            assert_eq!(split(Platform::Ios, begin), ios, "{begin}");
        }
    }

    #[test]
    fn a2a_4_a2a_5_each_name_once() {
        for name in &NAMES[..4] {
            assert_eq!(parse(&format!("{}&{}", right(), name.to_uppercase())), Err(A2A_4), "{name}");
            assert_eq!(parse(&right().replace(name, "other")), Err(A2A_5), "{name}");
        }
        let doubled = format!("{}&x-error={ERROR}", right());
        assert_eq!(Parts::split(&scheme(), Platform::Android, &doubled).unwrap().x_error(), None);
        let lonely = url(&format!("x-error={ERROR}"));
        let parts = Parts::split(&scheme(), Platform::Android, &lonely).unwrap();
        assert_eq!(parts.x_error().unwrap().as_str(), "a:e");
    }

    #[test]
    fn a2a_21_built_and_read_back() {
        let callbacks = Callbacks::templates("a:s?%_OTP_%", "a:é", "a:c").unwrap();
        let message = format!("00c1C3E40F42B8{}", "00".repeat(16));
        let built = build(&scheme(), &callbacks, None, &message).unwrap();
        assert_eq!(
            built,
            url(&format!(
                "x-success=a%253As%253F%2525_OTP_%2525&x-error=a%253A%25C3%25A9&x-cancel=a%253Ac&secure_message={}",
                message.to_uppercase()
            ))
        );
        assert_eq!(parse(&built).unwrap().callbacks, callbacks);
        assert_eq!(build(&scheme(), &callbacks, None, "00C2").unwrap_err().class().word(), "bad-length");
        let am2 = message.replace("00c1", "0041");
        assert_eq!(build(&scheme(), &callbacks, None, &am2).unwrap_err().rule, CLI_2);
    }

    #[test]
    fn a2a_23_the_first_that_fits() {
        let callbacks = Callbacks::templates("a:x?%_OTP_%", "a:x", "a:x?").unwrap();
        let outcome = |url: &str| read(&callbacks, url).map(|called| called.outcome).map_err(|it| it.rule);
        assert_eq!(outcome("a:x?ErrorCode=5"), Ok(Outcome::Error));
        assert_eq!(outcome("a:x?12345678"), Ok(Outcome::Success));
        assert_eq!(outcome("a:x?"), Err(A2A_24), "x-success fits, without a signature");
        assert_eq!(outcome("a:x"), Err(A2A_24));
    }

    #[test]
    fn a2a_25_schemes() {
        for (text, ok) in [
            ("a", true),
            ("a1+.-", true),
            ("", false),
            ("1a", false),
            ("A", false),
            ("a_", false),
            ("é", false),
        ] {
            assert_eq!(Scheme::new(text).is_ok(), ok, "{text}");
        }
        assert!(Scheme::new(&"a".repeat(64)).is_ok() && Scheme::new(&"a".repeat(65)).is_err());
    }
}
