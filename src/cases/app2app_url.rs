//! App-to-app, the URL alone: what calls the client. SPEC section 26.

use super::{negative, positive};
use channel::rule::{A2A_1, A2A_2, A2A_4, A2A_5, A2A_6, A2A_7, A2A_8, A2A_25, A2A_26, Rule};
use channel::text::percent;
use harness::case::{Case, Role};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;

const PARSE: Role = Role::Primitive("app2app.parse");
const DECODE: Role = Role::Primitive("primitive.percent_decode");

/// SPEC FRM-1.
pub(super) const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";
/// Names of the callbacks in a URL.
pub(super) const NAMES: [&str; 3] = ["x-success", "x-error", "x-cancel"];
/// What the cases call back.
pub(super) const CALLBACKS: [&str; 3] =
    ["shop://paid?otp=%_OTP_%&by=%_SerialNumber_%", "shop://failed?app=%_Version_%", "shop://back"];
/// The client's scheme.
pub(super) const SCHEME: &str = "mobileapp";

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive(
            "a2a-parse",
            PARSE,
            &["A2A-3"],
            "names in any order and case, among other parameters",
            names,
        ),
        positive("a2a-parse-split", PARSE, &["A2A-3"], "split first, then decoded; at the first =", split),
        positive(
            "a2a-parse-scheme",
            PARSE,
            &["A2A-2"],
            "scheme and action, in either case where that is right",
            schemes,
        ),
        positive(
            "a2a-parse-decodes-twice",
            PARSE,
            &["A2A-7"],
            "two decodings: percent signs, pluses, any character",
            decodes,
        ),
        positive(
            "a2a-parse-escapes",
            PARSE,
            &["A2A-6"],
            "escapes in either case; what may stand for itself",
            escapes,
        ),
        negative(
            "a2a-published",
            PARSE,
            A2A_6,
            "the published example: only its form encoded twice is right",
            published,
        )
        .and("A2A-7"),
        negative(
            "a2a-parse-length",
            PARSE,
            A2A_1,
            "one character more than 16 384, and a line nearly full",
            lengths,
        ),
        negative(
            "a2a-parse-characters",
            PARSE,
            A2A_1,
            "characters that no URL has, and a fragment",
            characters,
        ),
        negative(
            "a2a-parse-not-called",
            PARSE,
            A2A_2,
            "another scheme, another action, no query",
            not_called,
        ),
        negative("a2a-parse-form", PARSE, A2A_25, "what is no scheme", bad_scheme),
        negative("a2a-parse-order", PARSE, A2A_1, "two defects: the earlier one decides", order)
            .and("A2A-4")
            .and("A2A-25"),
        positive("percent-decode", DECODE, &["A2A-26"], "escapes in either case; a plus is a plus", decode),
        negative(
            "percent-decode-broken",
            DECODE,
            A2A_26,
            "broken escapes, and bytes that are no UTF-8",
            decode_broken,
        ),
    ];
    for (at, name) in NAMES.into_iter().chain(["secure_message"]).enumerate() {
        let id = name.replace('_', "-");
        cases.push(negative(
            format!("a2a-parse-{id}-twice"),
            PARSE,
            A2A_4,
            format!("{name} a second time, empty or the same, in any case and place"),
            move |t| twice(t, at),
        ));
        cases.push(negative(
            format!("a2a-parse-{id}-missing"),
            PARSE,
            A2A_5,
            format!("no {name}, or something that is nearly that"),
            move |t| missing(t, at),
        ));
    }
    for (at, name) in NAMES.into_iter().enumerate() {
        cases.push(negative(
            format!("a2a-parse-{name}-encoding"),
            PARSE,
            A2A_6,
            format!("{name} not encoded, encoded once, broken"),
            move |t| encodings(t, at),
        ));
        cases.push(negative(
            format!("a2a-parse-{name}-text"),
            PARSE,
            A2A_7,
            format!("{name} encoded three times, without a scheme, with what no text has"),
            move |t| texts(t, at),
        ));
        if at != 0 {
            cases.push(negative(
                format!("a2a-parse-{name}-otp"),
                PARSE,
                A2A_8,
                format!("{name} asks for the signature"),
                move |t| asks_for_otp(t, at),
            ));
        }
    }
    cases
}

/// A URL that calls the client, to be bent.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Up to the question mark.
    pub begin: String,
    /// Names and values as they stand there.
    pub parts: Vec<(String, String)>,
}

impl Call {
    /// With these callbacks, decoded, and this message.
    pub(super) fn new(callbacks: [&str; 3], message: &str) -> Self {
        let parts = NAMES.iter().zip(callbacks).map(|(name, text)| ((*name).to_owned(), encoded(text, 2)));
        let message = ("secure_message".to_owned(), message.to_owned());
        Self { begin: format!("{SCHEME}://app2app_secure_channel?"), parts: parts.chain([message]).collect() }
    }

    /// With another value at a place.
    pub(super) fn with(mut self, at: usize, value: &str) -> Self {
        if let Some((_, old)) = self.parts.get_mut(at) {
            value.clone_into(old);
        }
        self
    }

    /// Without a part.
    pub(super) fn without(mut self, at: usize) -> Self {
        self.parts.remove(at);
        self
    }

    /// As text.
    pub(super) fn url(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.begin.clone() + &parts.join("&")
    }
}

/// Percent-encoded so many times.
pub(super) fn encoded(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |text, _| {
        let mut out = String::new();
        percent::encode(&text, &mut out);
        out
    })
}

fn right() -> Call {
    Call::new(CALLBACKS, PUBLISHED)
}

pub(super) fn parse(url: impl Into<String>) -> App2AppParse {
    App2AppParse { scheme: SCHEME.into(), platform: Platform::Android, url: url.into() }
}

fn result(callbacks: [&str; 3], message: &str) -> ParsedUrl {
    let [x_success, x_error, x_cancel] = callbacks.map(str::to_owned);
    ParsedUrl { x_success, x_error, x_cancel, secure_message: message.into(), state: None }
}

/// Accepted, with just this result.
fn gives(
    t: &mut Trial<'_>,
    aim: &'static str,
    party: &Party,
    op: &App2AppParse,
    want: &ParsedUrl,
) -> Result<(), Stop> {
    let got = t.agrees(aim, party, op)?;
    t.same(aim, &got, Some(want))
}

/// All refused by one rule, and then the twin accepted.
fn refused(t: &mut Trial<'_>, rule: Rule, urls: impl IntoIterator<Item = String>) -> Result<(), Stop> {
    let party = t.peer_client();
    for url in urls {
        t.refuses_stateless(rule, &party, &parse(url))?;
    }
    t.twin(rule.id, &party, &parse(right().url())).map(|_| ())
}

fn names(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (party, want) = (t.peer_client(), result(CALLBACKS, PUBLISHED));
    for turn in 0..4 {
        for swap in 0..3 {
            let mut call = right();
            call.parts.rotate_left(turn);
            call.parts.swap(swap, swap + 1);
            gives(t, "A2A-3", &party, &parse(call.url()), &want)?;
        }
    }
    for change in
        [str::to_uppercase, |name: &str| name.replace('s', "S"), |name: &str| name.replace('x', "X")]
    {
        let mut call = right();
        call.parts.iter_mut().for_each(|(name, _)| *name = change(name));
        gives(t, "A2A-3", &party, &parse(call.url()), &want)?;
    }
    let others = [
        "",
        "&",
        "=",
        "=x",
        "x",
        "x-success2=a",
        "x-succes",
        "x-success%20=a",
        "x%2Dsuccess=a",
        "x%252Derror=a",
        "securemessage=00",
        "OTP=%_OTP_%",
        "%=%",
        "?=?",
        "a=b=c",
        "%26x-success=a",
    ];
    for other in others {
        let (url, begin) = (right().url(), right().begin);
        gives(t, "A2A-3", &party, &parse(format!("{url}&{other}")), &want)?;
        gives(t, "A2A-3", &party, &parse(url.replacen(&begin, &format!("{begin}{other}&"), 1)), &want)?;
    }
    Ok(())
}

fn split(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let callbacks = ["a:?x-error=b&secure_message=c&x-success=d", "a:&x-cancel=%26=", "a:=&="];
    gives(t, "A2A-3", &party, &parse(Call::new(callbacks, PUBLISHED).url()), &result(callbacks, PUBLISHED))?;
    for message in ["", "=", "00=C1=", "00c1", "%30%30", "%2530", "?", "zz+"] {
        gives(t, "A2A-3", &party, &parse(Call::new(CALLBACKS, message).url()), &result(CALLBACKS, message))?;
    }
    let bare = right().without(3).url() + "&secure_message";
    gives(t, "A2A-3", &party, &parse(bare), &result(CALLBACKS, ""))
}

fn schemes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (party, want) = (t.peer_client(), result(CALLBACKS, PUBLISHED));
    let both = [Platform::Android, Platform::Ios];
    let in_any_case = [("MobileApp", Platform::Ios), ("MOBILEAPP", Platform::Ios)];
    let exact = both.map(|platform| (SCHEME, platform));
    for (begin, platform) in exact.into_iter().chain(in_any_case) {
        for action in ["app2app_secure_channel", "APP2APP_SECURE_CHANNEL", "App2App_Secure_Channel"] {
            let call = Call { begin: format!("{begin}://{action}?"), ..right() };
            gives(t, "A2A-2", &party, &App2AppParse { platform, ..parse(call.url()) }, &want)?;
        }
    }
    for scheme in ["a", "dp-nopin+1.2", &"z".repeat(64)] {
        let call = Call { begin: format!("{scheme}://app2app_secure_channel?"), ..right() };
        gives(t, "A2A-2", &party, &App2AppParse { scheme: scheme.into(), ..parse(call.url()) }, &want)?;
    }
    Ok(())
}

fn decodes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for text in [
        "a:+",
        "a:%41",
        "a:%2541",
        "a:%25",
        "a:%",
        "a:100%25%",
        "a:é",
        "a:日本",
        "a:\u{1F600}",
        "a:/?#[]@!$&'()*+,;=",
        "a:\"<>\\^`{|}",
        "javascript:alert(1)",
        "data:text/html,x",
        "A1+.-:",
        "a:%_OTP_%%_Version_%",
        "a:%_",
        "a:_%_",
    ] {
        let callbacks = [text, "a:e", "a:c"];
        gives(t, "A2A-7", &party, &parse(Call::new(callbacks, "").url()), &result(callbacks, ""))?;
        if !text.contains("OTP") {
            let callbacks = ["a:s", text, text];
            gives(t, "A2A-7", &party, &parse(Call::new(callbacks, "").url()), &result(callbacks, ""))?;
        }
    }
    Ok(())
}

fn escapes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (raw, text) in [
        ("a%253a%252f%252F%25c3%25A9%25e2%2582%25AC", "a://é€"),
        ("%2561%253A%2562", "a:b"),
        ("a%253A-._~!'()*", "a:-._~!'()*"),
        ("a%253A%252B%252b", "a:++"),
        ("a%253A%25252", "a:%2"),
        ("a%253A%25252541", "a:%2541"),
    ] {
        for at in 0..3 {
            let mut callbacks = CALLBACKS;
            if let Some(place) = callbacks.get_mut(at) {
                *place = text;
            }
            gives(t, "A2A-6", &party, &parse(right().with(at, raw).url()), &result(callbacks, PUBLISHED))?;
        }
    }
    Ok(())
}

/// The example of the vendor's page, whose line breaks and one blank are the page's.
const EXAMPLE: [&str; 3] = [
    "http://10.10.10.10:8080/TestServer/test.jsp?action=success&signature=%_OTP_%",
    "http://10.10.10.10:8080/TestServer/test.jsp?action=error",
    "http://10.10.10.10:8080/TestServer/test.jsp?action=cancel",
];

/// Its three forms: not encoded, encoded once, encoded twice.
const FORMS: [&str; 3] = [
    "dpnopin://app2app_secure_channel?x-success=http://10.10.10.10:8080/TestServer/test.jsp?action=success&signature=%_OTP_%&x-error=http://10.10.10.10:8080/TestServer/test.jsp?action=error&x-cancel=http://10.10.10.10:8080/TestServer/test.jsp?action=cancel&secure_message=00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081",
    "dpnopin://app2app_secure_channel?x-success=http%3A%2F%2F10.10.10.10%3A8080%2FTestServer%2Ftest.jsp%3Faction%3Dsuccess%26signature%3D%25_OTP_%25&x-error=http%3A%2F%2F10.10.10.10%3A8080%2FTestServer%2Ftest.jsp%3Faction%3Derror&x-cancel=http%3A%2F%2F10.10.10.10%3A8080%2FTestServer%2Ftest.jsp%3Faction%3Dcancel&secure_message=00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081",
    "dpnopin://app2app_secure_channel?x-success=http%253A%252F%252F10.10.10.10%253A8080%252FTestServer%252Ftest.jsp%253Faction%253Dsuccess%2526signature%253D%2525_OTP_%2525&x-error=http%253A%252F%252F10.10.10.10%253A8080%252FTestServer%252Ftest.jsp%253Faction%253Derror&x-cancel=http%253A%252F%252F10.10.10.10%253A8080%252FTestServer%252Ftest.jsp%253Faction%253Dcancel&secure_message=00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081",
];

fn published(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let [plain, once, twice] = FORMS.map(|url| App2AppParse { scheme: "dpnopin".into(), ..parse(url) });
    t.refuses_stateless(A2A_6, &party, &plain)?;
    t.refuses_stateless(A2A_6, &party, &once)?;
    gives(t, "A2A-7", &party, &twice, &result(EXAMPLE, PUBLISHED))
}

/// A URL of so many characters, by a parameter that is ignored.
fn of_length(length: usize) -> String {
    let url = right().url() + "&fill=";
    let fill = length.saturating_sub(url.len());
    url + &"x".repeat(fill)
}

fn lengths(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for length in [16_385, 16_386, 32_768, 65_000] {
        t.refuses_stateless(A2A_1, &party, &parse(of_length(length)))?;
    }
    for length in [16_384, 16_383] {
        t.twin(A2A_1.id, &party, &parse(of_length(length)))?;
    }
    let long = format!("a:{}", "s".repeat(16_000));
    let call = Call::new([&long, "a:e", "a:c"], "");
    gives(t, "A2A-1", &party, &parse(call.url()), &result([&long, "a:e", "a:c"], ""))
}

fn characters(t: &mut Trial<'_>) -> Result<(), Stop> {
    let foreign = [
        "#",
        "#fragment",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\0",
        "\u{7F}",
        "\u{A0}",
        "é",
        "日本",
        "\u{202E}",
        "&x=#&",
    ];
    let url = right().url();
    let middle = foreign.map(|bad| url.replacen("&x-cancel", &format!("&other={bad}&x-cancel"), 1));
    refused(t, A2A_1, foreign.map(|bad| format!("{url}{bad}")).into_iter().chain(middle))
}

fn not_called(t: &mut Trial<'_>) -> Result<(), Stop> {
    let begins = ["mobileap", "mobileappp", "nobileapp", "", "mobileapp%20", "http"];
    let actions = [
        "app2app_secure_channe",
        "app2app_secure_channels",
        "app2app-secure-channel",
        "app2app%5Fsecure_channel",
        "",
    ];
    let links = [":", ":/", ":///", "//", ":\\\\", "://x@", "://./"];
    let with = |begin: String| Call { begin, ..right() }.url();
    let begins = begins.map(|scheme| with(format!("{scheme}://app2app_secure_channel?")));
    let actions = actions.map(|action| with(format!("{SCHEME}://{action}?")));
    let links = links.map(|link| with(format!("{SCHEME}{link}app2app_secure_channel?")));
    let ends = ["", "/?", "&", "%3F", "/x?", ":80?"]
        .map(|end| with(format!("{SCHEME}://app2app_secure_channel{end}")));
    let any_case =
        ["Mobileapp", "MOBILEAPP"].map(|scheme| with(format!("{scheme}://app2app_secure_channel?")));
    let all = begins.into_iter().chain(actions).chain(links).chain(ends).chain(any_case);
    refused(t, A2A_2, all.chain(["".to_owned(), SCHEME.to_owned()]))?;
    let party = t.peer_client();
    for begin in ["mobileap", "mobileappp"] {
        let url = with(format!("{begin}://app2app_secure_channel?"));
        t.refuses_stateless(A2A_2, &party, &App2AppParse { platform: Platform::Ios, ..parse(url) })?;
    }
    Ok(())
}

/// What is no scheme, and is none of a third-party app either.
pub(super) const NO_SCHEMES: [&str; 10] = ["", "A", "mobileApp", "1a", "-a", "a_b", "a:", "a b", "é", "aé"];

fn bad_scheme(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let long = "a".repeat(65);
    for scheme in NO_SCHEMES.into_iter().chain([long.as_str()]) {
        let call = Call { begin: format!("{scheme}://app2app_secure_channel?"), ..right() };
        t.refuses_stateless(A2A_25, &party, &App2AppParse { scheme: scheme.into(), ..parse(call.url()) })?;
    }
    t.twin(A2A_25.id, &party, &parse(right().url())).map(|_| ())
}

fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let doubled = |url: &str| format!("{url}&x-cancel=a%253Ac");
    let no_scheme = App2AppParse { scheme: "A".into(), ..parse(right().url() + "#") };
    t.refuses_stateless(A2A_25, &party, &no_scheme)?;
    t.refuses_stateless(A2A_1, &party, &parse("#"))?;
    t.refuses_stateless(A2A_2, &party, &parse(doubled("http://x?x-cancel=")))?;
    let without_error = right().without(1).with(0, "a:b");
    t.refuses_stateless(A2A_4, &party, &parse(doubled(&without_error.url())))?;
    t.refuses_stateless(A2A_5, &party, &parse(without_error.url()))?;
    let callbacks = [("%", "ab", A2A_6), ("ab", "%", A2A_7), ("a%253A%2525_OTP_%2525", "%", A2A_6)];
    for (success, error, rule) in callbacks {
        t.refuses_stateless(rule, &party, &parse(right().with(0, success).with(1, error).url()))?;
    }
    for (error, cancel, rule) in [("a%253A%2525_OTP_%2525", "%", A2A_8), ("ab%2525_OTP_%2525", "%", A2A_7)] {
        t.refuses_stateless(rule, &party, &parse(right().with(1, error).with(2, cancel).url()))?;
    }
    t.twin(A2A_1.id, &party, &parse(right().url())).map(|_| ())
}

fn twice(t: &mut Trial<'_>, at: usize) -> Result<(), Stop> {
    let call = right();
    let Some((name, value)) = call.parts.get(at).cloned() else { return Ok(()) };
    let (url, begin) = (call.url(), &call.begin);
    let mut urls = Vec::new();
    for again in [
        format!("{name}={value}"),
        format!("{name}="),
        name.clone(),
        format!("{}={value}", name.to_uppercase()),
        format!("{name}={value}&{name}={value}"),
    ] {
        urls.push(format!("{url}&{again}"));
        urls.push(url.replacen(begin, &format!("{begin}{again}&"), 1));
    }
    refused(t, A2A_4, urls)
}

fn missing(t: &mut Trial<'_>, at: usize) -> Result<(), Stop> {
    let Some((name, value)) = right().parts.get(at).cloned() else { return Ok(()) };
    let without = right().without(at).url();
    let nearly = [
        format!("{name}x={value}"),
        format!(
            "%{:02X}{}={value}",
            name.bytes().next().unwrap_or_default(),
            name.get(1..).unwrap_or_default()
        ),
        format!("={name}={value}"),
        format!("{}={value}", name.replace(['-', '_'], "")),
        format!("other={name}={value}"),
    ];
    let nearly = nearly.map(|part| format!("{without}&{part}"));
    refused(t, A2A_5, [without.clone(), right().begin].into_iter().chain(nearly))
}

fn encodings(t: &mut Trial<'_>, at: usize) -> Result<(), Stop> {
    let text = ["shop://paid", "shop://failed", "shop://back"].get(at).copied().unwrap_or_default();
    let mut raws = vec![encoded(text, 0), encoded(text, 1), String::new()];
    let broken = [
        "+",
        "%",
        "%2",
        "%25",
        "%254",
        "%25G0",
        "%250G",
        "%2B",
        "%20",
        "%41",
        "%252",
        "%25%34%31",
        "%2520%25",
        "%26",
        "%u0041",
    ];
    raws.extend(broken.map(|end| encoded(text, 2) + end));
    let others =
        (0x21..0x7Fu8).map(char::from).filter(|c| !c.is_ascii_alphanumeric() && !"._~!'()*-#&%".contains(*c));
    raws.extend(others.map(|c| format!("{}{c}", encoded(text, 2))));
    // Only its first letter is not encoded twice, but it is encoded once: still no colon of the first level.
    raws.push(encoded(text, 2).replacen("%253A", "%3A", 1));
    raws.push(encoded(text, 2).replacen("%253A", ":", 1));
    refused(t, A2A_6, raws.into_iter().map(|raw| right().with(at, &raw).url()))
}

fn texts(t: &mut Trial<'_>, at: usize) -> Result<(), Stop> {
    let text = "shop://paid?é";
    let mut raws = vec![encoded(text, 3), encoded(text, 4)];
    raws.extend(
        ["ab", "%253Ab", "1a%253Ab", "-a%253Ab", "a_b%253Ac", "%25C3%25A9%253Ab", "a%252Fb%253Ac"]
            .map(str::to_owned),
    );
    let bytes =
        ["%25C3", "%25FF", "%25C0%2580", "%25ED%25A0%2580", "%25F4%2590%2580%2580", "%25E2%2582", "%2580"];
    raws.extend(bytes.map(|bytes| format!("a%253A{bytes}b")));
    let refused_text = [
        "a b",
        "a\n",
        "a\r\n",
        "\0",
        "\u{7F}",
        "\u{85}",
        "\u{AD}",
        "\u{200B}",
        "\u{202E}",
        "\u{2066}",
        "\u{FEFF}",
        "\u{E000}",
        "\u{FFFE}",
        "\u{40000}",
    ];
    raws.extend(refused_text.map(|text| encoded(&format!("a:{text}"), 2)));
    refused(t, A2A_7, raws.into_iter().map(|raw| right().with(at, &raw).url()))
}

fn asks_for_otp(t: &mut Trial<'_>, at: usize) -> Result<(), Stop> {
    let texts = ["a:%_OTP_%", "a:?x=%_OTP_%&y", "a:#%_OTP_%", "a:%_Version_%_OTP_%", "a:%%_OTP_%%"];
    refused(t, A2A_8, texts.map(|text| right().with(at, &encoded(text, 2)).url()))?;
    let party = t.peer_client();
    for text in ["a:%_otp_%", "a:%_OTP_", "a:_OTP_%", "a:%_OTP%_", "a:%25_OTP_%25"] {
        t.twin(A2A_8.id, &party, &parse(right().with(at, &encoded(text, 2)).url()))?;
    }
    Ok(())
}

fn percent_decode(text: &str) -> PrimitivePercentDecode {
    PrimitivePercentDecode { text: text.into() }
}

fn decode(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let mut texts = vec![
        ("".to_owned(), "".to_owned()),
        ("a+b%2B%2b".into(), "a+b++".into()),
        ("%2541".into(), "%41".into()),
        ("%00%7F".into(), "\0\u{7F}".into()),
        ("é%C3%a9%E2%82%AC%F0%9F%98%80".into(), "éé€\u{1F600}".into()),
        (" \n&=?#".into(), " \n&=?#".into()),
    ];
    texts.extend(
        (0..0x80u8).map(|byte| (format!("%{byte:02X}%{byte:02x}"), char::from(byte).to_string().repeat(2))),
    );
    for (text, want) in texts {
        let got = t.agrees("A2A-26", &party, &percent_decode(&text))?;
        t.same("A2A-26", &got.text, Some(&want))?;
    }
    Ok(())
}

fn decode_broken(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for text in [
        "%",
        "a%",
        "%4",
        "a%4",
        "%G1",
        "%1G",
        "%%41",
        "%é",
        "%+1",
        "% 1",
        "%-1",
        "%u0041",
        "%0x",
        "%C3",
        "%FF",
        "%C0%80",
        "%ED%A0%80",
        "%F4%90%80%80",
        "%C3é",
        "%E2%82",
        "%80",
        "%４１",
    ] {
        t.refuses_stateless(A2A_26, &party, &percent_decode(text))?;
    }
    t.twin(A2A_26.id, &party, &percent_decode("%41")).map(|_| ())
}
