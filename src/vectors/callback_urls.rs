//! `callback-url.json` (SPEC section 26): URLs that call the client, and those by which an app is called back. What
//! is in them is put together here by hand, so that it checks the reference and not itself.

use serde_json::{Value, json};

use super::vector::{PUBLISHED, asked, expected, since};
use channel::rule::{
    A2A_1, A2A_2, A2A_4, A2A_5, A2A_6, A2A_7, A2A_8, A2A_22, A2A_24, A2A_25, A2A_26, A2A_27, CLI_2, CNV_3,
    Rule,
};

/// `callback-url.json`.
pub(super) fn callback_urls() -> Vec<Value> {
    since(4, [decoded(), parsed(), refused(), built(), read(), misread()].concat())
        .into_iter()
        .chain(since(5, states()))
        .collect()
}

fn decoded() -> Vec<Value> {
    let decode = |(id, note, text): (&str, &str, &str)| {
        let id = format!("percent-decode-{id}");
        asked(&id, note, &["A2A-26"], "primitive.percent_decode", json!({"text": text}))
    };
    let mut vectors: Vec<Value> = [
        ("empty", "nothing", ""),
        ("escapes", "digits in either case", "%41%4a%4A"),
        ("plus", "a plus is no blank", "a+b%2B"),
        ("percent", "decoded once", "%2541%25"),
        ("utf-8", "bytes of a character, and the character", "%C3%a9\u{e9}%E2%82%AC"),
    ]
    .map(decode)
    .into();
    let broken = [
        ("lone", "a percent sign at the end", "a%"),
        ("short", "one digit", "%4"),
        ("letter", "no digit", "%4G"),
        ("doubled", "a percent sign is no digit", "%%41"),
        ("latin-1", "a byte that is no UTF-8", "%E9"),
        ("overlong", "NUL in two bytes", "%C0%80"),
    ];
    vectors.extend(broken.map(|row| expected(A2A_26, decode(row))));
    vectors
}

const BEGIN: &str = "pay://app2app_secure_channel?";
const SUCCESS: &str = "shop%253A%252F%252Fpaid%253Fotp%253D%2525_OTP_%2525";
const ERROR: &str = "shop%253A%252F%252Ffailed";
const CANCEL: &str = "shop%253A%252F%252Fback%2523%25C3%25A9";

fn url(success: &str, error: &str, cancel: &str) -> String {
    format!("{BEGIN}x-success={success}&x-error={error}&x-cancel={cancel}&secure_message={PUBLISHED}")
}

fn right() -> String {
    url(SUCCESS, ERROR, CANCEL)
}

fn parse(id: &str, note: &str, requirement: &str, platform: &str, url: &str) -> Value {
    let params = json!({"scheme": "pay", "platform": platform, "url": url});
    asked(&format!("app2app-parse-{id}"), note, &[requirement], "app2app.parse", params)
}

fn parsed() -> Vec<Value> {
    let order = format!(
        "{BEGIN}&SECURE_MESSAGE=00=C1&X-Cancel={CANCEL}&=&other=%_OTP_%&x%2Dsuccess=1&x-error={ERROR}&x-success={SUCCESS}&"
    );
    let upper = right().replacen("pay://app2app", "PAY://App2App", 1);
    let page = "http%253A%252F%252F10.10.10.10%253A8080%252FTestServer%252Ftest.jsp%253Faction%253D";
    let published = format!(
        "dpnopin://app2app_secure_channel?x-success={page}success%2526signature%253D%2525_OTP_%2525\
         &x-error={page}error&x-cancel={page}cancel&secure_message={PUBLISHED}"
    );
    let params = json!({"scheme": "dpnopin", "platform": "android", "url": published});
    let length = right().len();
    vec![
        parse("usual", "as an app builds it", "A2A-7", "android", &right()),
        parse("order", "another order and case, other parameters", "A2A-3", "android", &order),
        parse("ios", "a scheme in another case, on ios", "A2A-2", "ios", &upper),
        parse(
            "raw",
            "characters that need no encoding",
            "A2A-6",
            "android",
            &url("a%253A!'()*-._~", "a%253a", CANCEL),
        ),
        parse(
            "percent",
            "percent sign and plus",
            "A2A-7",
            "android",
            &url("a%253A%252541%252B", ERROR, CANCEL),
        ),
        parse(
            "longest",
            "16 384 characters",
            "A2A-1",
            "android",
            &format!("{}&{}", right(), "x".repeat(16_383 - length)),
        ),
        asked(
            "app2app-parse-published",
            "the published example, encoded twice",
            &["A2A-7"],
            "app2app.parse",
            params,
        ),
    ]
}

fn refused() -> Vec<Value> {
    let right = right();
    let bad = |rule: Rule, id: &str, note: &str, url: &str| {
        expected(rule, parse(id, note, rule.id, "android", url))
    };
    let callback =
        |rule: Rule, id: &str, note: &str, raw: &str| bad(rule, id, note, &url(SUCCESS, raw, CANCEL));
    let page = "http://10.10.10.10:8080/TestServer/test.jsp?action=";
    let plain = format!(
        "{BEGIN}x-success={page}success&signature=%_OTP_%&x-error={page}error&x-cancel={page}cancel&secure_message={PUBLISHED}"
    );
    let once = url("shop%3A%2F%2Fpaid", "shop%3A%2F%2Ffailed", "shop%3A%2F%2Fback");
    vec![
        bad(A2A_1, "fragment", "a fragment", &format!("{right}#")),
        bad(A2A_1, "blank", "a blank", &format!("{right} ")),
        bad(A2A_1, "too-long", "16 385 characters", &format!("{right}&{}", "x".repeat(16_384 - right.len()))),
        bad(A2A_2, "scheme-case", "a scheme in another case, on android", &right.replacen("pay", "Pay", 1)),
        bad(A2A_2, "action", "another action", &right.replacen("app2app", "app2web", 1)),
        bad(A2A_2, "no-query", "no question mark", "pay://app2app_secure_channel"),
        bad(A2A_4, "twice", "a name twice, in another case", &format!("{right}&X-Cancel=")),
        bad(
            A2A_5,
            "missing",
            "a name that is encoded is another one",
            &right.replacen("x-error", "x%2Derror", 1),
        ),
        bad(A2A_6, "not-encoded", "the published example as written", &plain),
        bad(A2A_6, "encoded-once", "encoded once", &once),
        callback(A2A_6, "plus", "a plus", "shop%253A+"),
        callback(A2A_6, "plus-once", "a plus encoded once", "shop%253A%2B"),
        callback(A2A_6, "broken", "a broken escape", "shop%253A%254"),
        callback(A2A_6, "empty", "nothing", ""),
        callback(A2A_7, "encoded-thrice", "encoded three times: no colon yet", "shop%25253A"),
        callback(A2A_7, "line-end", "a line end", "shop%253A%250A"),
        callback(A2A_7, "bidirectional", "U+202E", "shop%253A%25E2%2580%25AE"),
        callback(A2A_7, "utf-8", "a cut character", "shop%253A%25C3"),
        callback(A2A_7, "no-scheme", "no colon", "shop"),
        callback(A2A_8, "otp", "the signature in x-error", "shop%253A%2525_OTP_%2525"),
        bad(
            A2A_4,
            "twice-before-missing",
            "one name twice, another missing",
            &format!("{BEGIN}x-error={ERROR}&x-error={ERROR}"),
        ),
        bad(A2A_6, "success-before-error", "x-success is looked at first", &url("%", "shop", CANCEL)),
    ]
}

fn build(id: &str, note: &str, scheme: &str, callbacks: [&str; 3], message: &str) -> Value {
    build_with(id, note, scheme, callbacks, message, None)
}

fn build_with(
    id: &str,
    note: &str,
    scheme: &str,
    callbacks: [&str; 3],
    message: &str,
    state: Option<&str>,
) -> Value {
    let [success, error, cancel] = callbacks;
    let params = json!({"scheme": scheme, "x_success": success, "x_error": error, "x_cancel": cancel,
        "message": message, "state": state});
    asked(&format!("app2app-build-{id}"), note, &["A2A-21"], "app2app.build", params)
}

/// The state of a call: in the URL, and what comes back of it.
fn states() -> Vec<Value> {
    let parse = |id: &str, note: &str, end: &str| {
        parse(&format!("state-{id}"), note, "A2A-27", "android", &(right() + end))
    };
    let with = |id: &str, note: &str, state: &str| {
        build_with(&format!("state-{id}"), note, "pay", TEMPLATES, PUBLISHED, Some(state))
    };
    let longest = "s".repeat(64);
    let mut vectors = vec![
        parse("usual", "a state, told as it stands", "&state=A.z_0~-"),
        parse("longest", "64 characters, in a name in another case", &format!("&STATE={longest}")),
        with("usual", "the URL that app2app-parse-state-usual reads", "A.z_0~-"),
        called(
            "state",
            "the state that came back",
            ["a:s?%_OTP_%&%_State_%", "a:e?%_State_%", "a:c"],
            "a:s?1&A.z_0~-",
        ),
        called(
            "state-none",
            "an error of a call without a state",
            ["a:s", "a:e?%_State_%", "a:c"],
            "a:e?&ErrorCode=1",
        ),
        expected(A2A_27, with("empty", "an empty state is none", "")),
        expected(A2A_27, with("percent", "a percent sign", "%41")),
    ];
    for (id, note, end) in [
        ("empty", "an empty state is none", "&state="),
        ("percent", "nothing of it is decoded", "&state=%41"),
        ("too-long", "65 characters", &format!("&state=s{longest}")),
    ] {
        vectors.push(expected(A2A_27, parse(id, note, end)));
    }
    vectors.push(expected(A2A_4, parse("twice", "a state twice", "&state=1&State=1")));
    vectors
}

const TEMPLATES: [&str; 3] = ["shop://paid?otp=%_OTP_%", "shop://failed", "shop://back#\u{e9}"];

fn built() -> Vec<Value> {
    let lower = PUBLISHED.to_lowercase();
    let [success, error, cancel] = TEMPLATES;
    let am2 = PUBLISHED.replacen("00C1", "0041", 1);
    vec![
        build("usual", "the URL that app2app-parse-usual reads", "pay", TEMPLATES, &lower),
        build(
            "ascii",
            "what is encoded and what is not",
            "a+b.c-1",
            ["A:!\"$%&'()*+,-./;<=>?@[\\]^_`{|}~", error, cancel],
            PUBLISHED,
        ),
        expected(A2A_25, build("scheme", "no scheme", "Pay", TEMPLATES, PUBLISHED)),
        expected(A2A_7, build("blank", "a blank", "pay", ["shop: ", error, cancel], PUBLISHED)),
        expected(
            A2A_8,
            build("otp", "the signature in x-cancel", "pay", [success, error, success], PUBLISHED),
        ),
        expected(
            A2A_22,
            build(
                "joined",
                "a value could not be told from what follows",
                "pay",
                ["shop:%_OTP_%x", error, cancel],
                PUBLISHED,
            ),
        ),
        expected(
            A2A_22,
            build(
                "masks",
                "two masks side by side",
                "pay",
                ["shop:%_OTP_%%_Version_%", error, cancel],
                PUBLISHED,
            ),
        ),
        expected(CNV_3, build("message", "not hexadecimal", "pay", TEMPLATES, "0")),
        expected(CLI_2, build("type", "an activation message", "pay", TEMPLATES, &am2)),
    ]
}

fn called(id: &str, note: &str, callbacks: [&str; 3], url: &str) -> Value {
    let [success, error, cancel] = callbacks;
    let params = json!({"x_success": success, "x_error": error, "x_cancel": cancel, "url": url});
    asked(&format!("app2app-read-{id}"), note, &["A2A-23"], "app2app.read", params)
}

const MASKED: [&str; 3] = ["shop:s?%_OTP_%&%_SerialNumber_%", "shop:e?%_Version_%#%_Version_%", "shop:c"];

fn read() -> Vec<Value> {
    let every = "shop:%_OTP_%,%_PlatformName_%,%_SerialNumber_%,%_SequenceNumber_%,%_UserIdentifier_%,%_Version_%,%_DeviceIdentifier_%,%_RootingStatus_%";
    vec![
        called("success", "a signature, and an empty serial number", MASKED, "shop:s?01234567&"),
        called("escapes", "values are decoded, in either case", MASKED, "shop:s?%31%4a%4A&%C3%a9%20"),
        called("error", "the number before the fragment", MASKED, "shop:e?1.0&ErrorCode=8#%31.0"),
        called(
            "error-no-query",
            "the number after a question mark",
            ["a:s", "a:e", "a:c"],
            "a:e?ErrorCode=1",
        ),
        called("cancel", "no masks", MASKED, "shop:c"),
        called("every-mask", "all of them", [every, "a:e", "a:c"], "shop:1,2,3,4,,6,7,false"),
        called("error-first", "x-success fits, too", ["a:x?%_OTP_%", "a:x", "a:c"], "a:x?ErrorCode=5"),
    ]
}

fn misread() -> Vec<Value> {
    let bad = |id: &str, note: &str, callbacks, url| expected(A2A_24, called(id, note, callbacks, url));
    vec![
        bad("other", "another URL", MASKED, "shop:d"),
        bad("case", "another case", MASKED, "Shop:c"),
        bad("number-9", "no number of an error", MASKED, "shop:e?1&ErrorCode=9#1"),
        bad("number-late", "the number after the fragment", MASKED, "shop:e?1#1?ErrorCode=5"),
        bad("empty-otp", "no signature", MASKED, "shop:s?&VDS1000120"),
        bad("two-values", "one mask with two values", MASKED, "shop:e?1&ErrorCode=5#2"),
        bad("latin-1", "a value that is no UTF-8", MASKED, "shop:s?%E9&"),
        bad(
            "first-decides",
            "x-success fits without a signature, x-cancel would",
            ["a:x?%_OTP_%", "a:e", "a:x?"],
            "a:x?",
        ),
    ]
}
