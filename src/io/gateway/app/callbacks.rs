//! The callbacks of the suite's cases, and those by which an app calls this server.
//!
//! A white list compares to the last character (A2A-10), and an app under test has one for all cases. So the templates are
//! the same in each: those of the suite, with this server in place of the scheme of its shop. In the URL that calls the app
//! and in the one that it calls nothing else differs, however often it is encoded.

use std::borrow::Cow;

use channel::text::callback::{Callback, Mask, Outcome};
use channel::text::percent;
use peer::operations::{ClientSetApp2App, Platform};

/// Why a question can't be put to an app.
pub(super) type Unseen = &'static str;

/// By what the suite's cases call an app.
pub(super) const SCHEME: &str = "mobileapp";
/// By what it calls them.
const SHOP: &str = "shop://";

/// Which templates a case has configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    /// Those of most cases.
    Plain,
    /// Those with a state.
    WithState,
}

/// x-success, x-error and x-cancel of each set.
const SETS: [(Set, [&str; 3]); 2] = [
    (
        Set::Plain,
        ["shop://paid?otp=%_OTP_%&by=%_SerialNumber_%", "shop://failed?app=%_Version_%", "shop://back"],
    ),
    (
        Set::WithState,
        [
            "shop://paid?otp=%_OTP_%&call=%_State_%",
            "shop://failed?call=%_State_%",
            "shop://back?call=%_State_%&by=%_SerialNumber_%,%_SequenceNumber_%",
        ],
    ),
];
const OUTCOMES: [Outcome; 3] = [Outcome::Success, Outcome::Error, Outcome::Cancel];

/// The set that a case configures; not every configuration is one that an app under test has.
pub(super) fn set_of(config: &ClientSetApp2App) -> Result<Set, Unseen> {
    if !config.enabled {
        return Err("app-to-app can't be turned off for a case");
    }
    let found = SETS.iter().find(|(_, templates)| config.white_list == *templates);
    match found.filter(|_| config.scheme == SCHEME && config.platform == Platform::Android) {
        Some((set, _)) => Ok(*set),
        None => Err("the app's configuration of app-to-app can't be changed for a case"),
    }
}

/// Whether what calls the app is certain to reach it as it stands: links pass a browser and an operating system.
pub(super) fn can_be_followed(url: &str) -> Result<(), Unseen> {
    let is_left_alone = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    match url {
        _ if url.strip_prefix(SCHEME).is_none_or(|rest| !rest.starts_with("://")) => {
            Err("a URL of another scheme doesn't reach the app")
        }
        _ if !url.bytes().all(is_left_alone) => Err("a browser writes this URL otherwise"),
        _ if url.len() > MOST_FOLLOWED => Err("a URL of this length doesn't reach the app"),
        _ => Ok(()),
    }
}

/// Characters of a link; browsers take more, what is between them and an app may not.
const MOST_FOLLOWED: usize = 8_000;

/// Where an app calls back.
#[derive(Clone, Debug)]
pub(super) struct Callbacks {
    /// Up to what a template of the suite has behind its scheme.
    base: String,
}

/// What an app called, in the words of the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Called {
    /// The URL that the case expects, where it is right.
    pub(super) url: String,
    /// The number of an error.
    pub(super) error: Option<u8>,
}

impl Callbacks {
    /// At this address, which ends with a slash.
    pub(super) fn new(base: String) -> Self {
        Self { base }
    }

    /// The white list of an app under test.
    pub(super) fn white_list(&self) -> Vec<String> {
        SETS.iter().flat_map(|(_, templates)| templates).map(|template| self.here(template)).collect()
    }

    fn here(&self, text: &str) -> String {
        text.replace(SHOP, &self.base)
    }

    /// A URL of a case, with this server in it.
    pub(super) fn url(&self, url: &str) -> String {
        (0..=3).fold(url.to_owned(), |url, times| {
            url.replace(&encoded(SHOP, times), &encoded(&self.base, times))
        })
    }

    /// What was called, `tail` being what stands behind the base. What an app says of itself is its own, so that the values
    /// of the case's configuration stand for any; all else is as it came.
    pub(super) fn called(&self, tail: &str, config: &ClientSetApp2App) -> Called {
        let url = format!("{}{tail}", self.base);
        let templates = SETS.iter().flat_map(|(_, templates)| OUTCOMES.into_iter().zip(templates));
        let found =
            templates.into_iter().find_map(|(outcome, template)| self.fits(&url, outcome, template, config));
        found.unwrap_or_else(|| Called { url: format!("{SHOP}{tail}"), error: None })
    }

    fn fits(&self, url: &str, outcome: Outcome, template: &str, config: &ClientSetApp2App) -> Option<Called> {
        let here = Callback::template(self.here(template), outcome).ok()?;
        let fit = here.fit(url, outcome == Outcome::Error)?;
        let (values, error) = (fit.values().ok()?, fit.error);
        let value = |mask: Mask| {
            let value = values.iter().find(|(of, _)| *of == mask).map(|(_, value)| value.as_str());
            Cow::Borrowed(value.unwrap_or_default())
        };
        // Written otherwise than A2A-20 says: told as it came.
        if here.fill(value, error) != url {
            return None;
        }
        let own = |mask: Mask| match mask {
            Mask::Version => Cow::Borrowed(config.version.as_str()),
            Mask::PlatformName => Cow::Borrowed(config.platform_name.as_str()),
            _ => value(mask),
        };
        let theirs = Callback::template(template, outcome).ok()?;
        Some(Called { url: theirs.fill(own, error), error })
    }
}

fn encoded(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |text, _| {
        let mut out = String::new();
        percent::encode(&text, &mut out);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use peer::protocol::Array;

    fn here() -> Callbacks {
        Callbacks::new("http://127.0.0.1:1/token/back/".to_owned())
    }

    fn config() -> ClientSetApp2App {
        ClientSetApp2App {
            enabled: true,
            scheme: SCHEME.into(),
            white_list: SETS[0].1.map(str::to_owned).into(),
            platform: Platform::Android,
            platform_name: "of the case".into(),
            version: "4.2 (7)".into(),
            device_identifier: Array([0; 32]),
        }
    }

    #[test]
    fn a_call_has_this_server_in_place_of_the_shop_however_it_is_encoded() {
        let url =
            "x?a=shop://y&b=shop%3A%2F%2Fy&c=shop%253A%252F%252Fy&d=shop%25253A%25252F%25252Fy&e=shopping";
        let base = ["http://h/t/", "http%3A%2F%2Fh%2Ft%2F", "http%253A%252F%252Fh%252Ft%252F"];
        let thrice = "http%25253A%25252F%25252Fh%25252Ft%25252F";
        let [never, once, twice] = base;
        let expected = format!("x?a={never}y&b={once}y&c={twice}y&d={thrice}y&e=shopping");
        assert_eq!(Callbacks::new(never.to_owned()).url(url), expected);
    }

    #[test]
    fn what_is_called_is_told_in_the_words_of_the_case() {
        for (tail, url, error) in [
            ("paid?otp=123&by=VDS1000120", "shop://paid?otp=123&by=VDS1000120", None),
            ("back", "shop://back", None),
            // Its own version, whatever that is.
            ("failed?app=9%20x&ErrorCode=5", "shop://failed?app=4.2%20%287%29&ErrorCode=5", Some(5)),
            ("failed?call=&ErrorCode=7", "shop://failed?call=&ErrorCode=7", Some(7)),
            // What is none of the templates, filled in as A2A-20 says, is told as it came.
            ("failed?app=9%2ex&ErrorCode=5", "shop://failed?app=9%2ex&ErrorCode=5", None),
            ("failed?app=9?ErrorCode=5", "shop://failed?app=9?ErrorCode=5", None),
            ("failed?app=9&ErrorCode=9", "shop://failed?app=9&ErrorCode=9", None),
            ("paid?otp=&by=VDS1000120", "shop://paid?otp=&by=VDS1000120", None),
            ("elsewhere", "shop://elsewhere", None),
        ] {
            assert_eq!(here().called(tail, &config()), Called { url: url.to_owned(), error }, "{tail}");
        }
    }

    #[test]
    fn an_app_has_one_configuration() {
        assert_eq!(set_of(&config()), Ok(Set::Plain));
        let with_state = ClientSetApp2App { white_list: SETS[1].1.map(str::to_owned).into(), ..config() };
        assert_eq!(set_of(&with_state), Ok(Set::WithState));
        for other in [
            ClientSetApp2App { enabled: false, ..config() },
            ClientSetApp2App { scheme: "other".into(), ..config() },
            ClientSetApp2App { platform: Platform::Ios, ..config() },
            ClientSetApp2App { white_list: vec!["shop://back".into()], ..config() },
        ] {
            assert!(set_of(&other).is_err(), "{other:?}");
        }
        assert!(
            here().white_list().iter().all(|template| template.starts_with("http://127.0.0.1:1/token/back/"))
        );
    }

    #[test]
    fn a_link_reaches_the_app_as_it_stands() {
        for url in ["mobileapp://app2app_secure_channel?x=%25", "mobileapp://A?a&b=~"] {
            assert_eq!(can_be_followed(url), Ok(()), "{url}");
        }
        let long = format!("mobileapp://{}", "x".repeat(MOST_FOLLOWED));
        for url in [
            "",
            "shop://x",
            "mobileapp:x",
            "MOBILEAPP://x",
            "mobileapp://a b",
            "mobileapp://\"",
            "mobileapp://é",
            &long,
        ] {
            assert!(can_be_followed(url).is_err(), "{url}");
        }
    }
}
