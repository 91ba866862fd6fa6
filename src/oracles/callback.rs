//! App-to-app: the URL that calls the client, and the one by which an app is called back.

use super::slow::callback as slow;
use super::target::Target;
use super::verdict::{same, twice};
use channel::text::callback::{Callback, Outcome};
use channel::text::percent;
use channel::wire::callback_url::{self, CallState, CallbackUrl, Callbacks, Parts, Platform, Scheme};

const SCHEME: &str = "pay";

/// The first byte chooses the platform; the rest is a URL. The same text is percent-decoded, too.
pub const APP2APP_URL: Target = Target {
    name: "app2app_url",
    run: url,
    max_len: 17_000,
    floor: 200,
    seeds: url_seeds,
    dictionary: &[
        b"pay://app2app_secure_channel?",
        b"&x-success=",
        b"&x-error=",
        b"&x-cancel=",
        b"&secure_message=",
        b"&state=a1",
        b"%2525_State_%2525",
        b"a%253A",
        b"%2525_OTP_%2525",
        b"%2525_Version_%2525",
        b"%25C3%25A9",
        b"%2520",
        b"%250A",
        b"%25",
        b"%2B",
        b"#",
    ],
    oracles: &[
        "an independent parser, which decodes one time after the other, agrees, refusing requirement included",
        "accepted: the callbacks, encoded twice, are accepted again and the same",
        "x-error is called where the independent parser says, with the number where it says and the state that it finds",
        "percent-decoding: an independent decoder agrees; any text survives encoding",
    ],
};

fn url(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let is_ios = choice & 1 == 1;
    let platform = if is_ios { Platform::Ios } else { Platform::Android };
    let text = &*String::from_utf8_lossy(bytes);
    let scheme = Scheme::new(SCHEME).unwrap();

    let split = || Parts::split(&scheme, platform, text);
    let parsed = twice(|| split().and_then(|parts| parts.read()));
    let text_of = |state: CallState| state.as_str().to_owned();
    let fields = |CallbackUrl { callbacks, state, message }: CallbackUrl<'_>| {
        let callbacks = callbacks.all().map(|callback| callback.as_str().to_owned());
        (callbacks, state.map(text_of), message.to_owned())
    };
    same(parsed.clone().map(fields), slow::parse(SCHEME, is_ios, text));
    let x_error = split().ok().and_then(|parts| parts.x_error());
    assert_eq!(x_error.as_ref().map(Callback::as_str), slow::x_error(SCHEME, is_ios, text).as_deref());
    let state = split().ok().and_then(|parts| parts.state());
    assert_eq!(state.map(text_of), slow::state(SCHEME, is_ios, text), "A2A-29");
    if let Some(callback) = x_error {
        let called = callback.fill(|mask| mask.name().into(), Some(5));
        assert_eq!(called, slow::fill(callback.as_str(), str::to_owned, Some(5)));
    }
    if let Ok(CallbackUrl { callbacks, .. }) = parsed {
        for (callback, outcome) in
            callbacks.all().into_iter().zip([Outcome::Success, Outcome::Error, Outcome::Cancel])
        {
            let mut raw = String::new();
            callback.write(&mut raw);
            assert_eq!(Callback::read(&raw, outcome).as_ref(), Ok(callback));
        }
    }

    same(twice(|| percent::decode(text)), slow::decode(text));
    let mut encoded = String::new();
    percent::encode(text, &mut encoded);
    assert_eq!(encoded, slow::encode(text));
    assert_eq!(percent::decode(&encoded).as_deref(), Ok(text));
}

fn right() -> String {
    "pay://app2app_secure_channel?x-success=a%253A%252F%252Fs%253F%2525_OTP_%2525&x-error=a%253Ae%253Fv%2523f\
     &x-cancel=a%253A%25C3%25A9&secure_message=00C1"
        .into()
}

fn url_seeds() -> Vec<Vec<u8>> {
    let right = right();
    let long = |length: usize| format!("{right}&{}", "x".repeat(length - right.len() - 1));
    let change = |from: &str, to: &str| right.replacen(from, to, 1);
    let mut urls = vec![
        right.clone(),
        right.to_uppercase(),
        long(16_384),
        long(16_385),
        format!("{right}#"),
        format!("{right}&"),
        format!("{right}&X-Error=a%253A"),
        format!("{right}&secure_message"),
        format!("{right}&state=A.z_0~-"),
        format!("{right}&State=1&state=1"),
        format!("{right}&state"),
        format!("{right}&state=%41"),
        format!("{right}&state={}", "s".repeat(64)),
        format!("{right}&state={}", "s".repeat(65)),
        change("?", "/?"),
        change("pay", "Pay"),
        change("app2app", "App2App"),
        change("x-cancel", "x-cance1"),
        change("_OTP_", "_otp_"),
    ];
    for (from, to) in [
        ("a%253Ae", "a%253A%2525_OTP_%2525"),
        ("a%253Ae", "a%3Ae"),
        ("a%253Ae", "a:e"),
        ("a%253Ae", "a%25253Ae"),
    ] {
        urls.push(change(from, to));
    }
    for end in [
        "%",
        "%25",
        "%254",
        "%25G1",
        "+",
        "%2B",
        "%252B",
        "%25FF",
        "%2520",
        "%250A",
        "%25E2%2580%25AE",
        "!'()*",
        "%c3",
    ] {
        urls.push(change("%25A9", &format!("%25A9{end}")));
    }
    urls.extend(["", "%41%zz", "é%C3%A9+", "100%25"].map(str::to_owned));
    urls.iter().flat_map(|url| [0, 1].map(|platform| [&[platform], url.as_bytes()].concat())).collect()
}

/// Five lines: three templates, a URL that was called, and a value for every mask.
pub const APP2APP_READ: Target = Target {
    name: "app2app_read",
    run: read,
    max_len: 400,
    floor: 500,
    seeds: read_seeds,
    dictionary: &[
        b"%_OTP_%",
        b"%_Version_%",
        b"%_SerialNumber_%",
        b"%_State_%",
        b"ErrorCode=5",
        b"?",
        b"&",
        b"#",
        b"%41",
        b"\n",
    ],
    oracles: &[
        "an independent reader, which tries every length of a value, agrees, refusing requirement included",
        "what the client calls is read back: the same callback, number and values",
        "what is built, is parsed again",
    ],
};

fn read(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(5, '\n');
    let [success, error, cancel, url, value] = [(); 5].map(|()| lines.next().unwrap_or_default());
    let texts = [success, error, cancel];
    let callbacks = twice(|| Callbacks::templates(success, error, cancel));
    same(callbacks.clone().map(|_| ()), slow::templates(texts));
    let Ok(callbacks) = callbacks else { return };

    let told = |url: &str| {
        let called = callback_url::read(&callbacks, url)?;
        let values = called.values.into_iter().map(|(mask, value)| (mask.name().to_owned(), value));
        Ok((called.outcome as usize, called.error, values.collect::<Vec<_>>()))
    };
    same(twice(|| told(url)), slow::read(texts, url));
    for (callback, number) in callbacks.all().into_iter().zip([None, Some(1 + value.len() as u8 % 8), None]) {
        let called = callback.fill(|_| value.into(), number);
        assert_eq!(called, slow::fill(callback.as_str(), |_| value.to_owned(), number));
        let read = told(&called);
        same(read.clone(), slow::read(texts, &called));
        if let (Some(number), Ok((outcome, error, values))) = (number, read) {
            assert_eq!((outcome, error), (1, Some(number)), "x-error comes first");
            assert!(values.iter().all(|(_, read)| read == value));
        }
    }

    let message = format!("00C1C3E40F42B8{}", "00".repeat(16));
    let scheme = Scheme::new(SCHEME).unwrap();
    let state = twice(|| CallState::new(value));
    same(state.clone().map(|_| ()), slow::must_be_state(value));
    let state = state.ok();
    let built = twice(|| callback_url::build(&scheme, &callbacks, state.as_ref(), &message.to_lowercase()));
    same(built.clone(), slow::build(SCHEME, texts, state.as_ref().map(CallState::as_str), &message));
    if let Ok(url) = built {
        let parsed = Parts::split(&scheme, Platform::Android, &url).and_then(|parts| parts.read());
        assert_eq!(parsed, Ok(CallbackUrl { callbacks, state, message: &message }));
    }
}

fn read_seeds() -> Vec<Vec<u8>> {
    let of = |lines: [&str; 5]| lines.join("\n").into_bytes();
    let templates = ["a:s?%_OTP_%&%_Version_%", "a:e?%_Version_%#%_SerialNumber_%", "a:c"];
    let [success, error, cancel] = templates;
    let mut seeds: Vec<_> =
        ["a:s?123456&1", "a:e?1&ErrorCode=5#2", "a:c", "a:s?&1", "a:s?%FF&", "a:e?%c3%A9&ErrorCode=9#"]
            .into_iter()
            .flat_map(|url| {
                ["1 é", "", "%_OTP_%", "A.z_0~-"].map(|value| of([success, error, cancel, url, value]))
            })
            .collect();
    for (success, error, url) in [
        ("a:x?%_OTP_%", "a:x", "a:x?"),
        ("a:%_OTP_%/%_OTP_%", "a:e&", "a:1/%31"),
        ("a:%_OTP_%%_OTP_%", "a:e?", "a:e?ErrorCode=1"),
        ("a:%_OTP_%x", "a:#", "a:?ErrorCode=8#"),
        ("a:s", "a:%_OTP_%", "a:s"),
        ("as", "a:é%_UserIdentifier_%", ""),
        ("a:%%_UserIdentifier_%_OTP_%", "a:?%_UserIdentifier_%", "a:?&ErrorCode=3"),
    ] {
        seeds.push(of([success, error, "a:x?", url, "1"]));
    }
    seeds
}
