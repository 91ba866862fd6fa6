//! App-to-app, the third-party app: the URL that it builds, and the one by which it is called back.
//! SPEC section 26.

use super::app2app_url::{CALLBACKS, Call, NO_SCHEMES, PUBLISHED, SCHEME};
use super::{negative, positive};
use channel::rule::{
    A2A_1, A2A_7, A2A_8, A2A_22, A2A_24, A2A_25, CLI_2, CNV_3, FRM_2, FRM_3, FRM_5, FRM_6, FRM_7, FRM_8,
    Rule, SER_3,
};
use harness::case::{Case, Role};
use harness::trial::{Stop, Trial};
use peer::operations::*;

const BUILD: Role = Role::Primitive("app2app.build");
const READ: Role = Role::Primitive("app2app.read");

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive("a2a-build", BUILD, &["A2A-21"], "the URL, to the last character", builds),
        positive(
            "a2a-build-published",
            BUILD,
            &["A2A-21"],
            "the published example, encoded twice",
            builds_published,
        ),
        negative("a2a-build-scheme", BUILD, A2A_25, "what is no scheme", bad_scheme),
        negative("a2a-build-length", BUILD, A2A_1, "longer than a client reads", lengths),
        negative("a2a-build-message", BUILD, CLI_2, "what is no request", messages),
        negative("a2a-build-order", BUILD, A2A_25, "two defects: the earlier one decides", order)
            .and("A2A-22"),
        positive("a2a-read", READ, &["A2A-23"], "which callback it was, and its values", reads),
        positive(
            "a2a-read-error-code",
            READ,
            &["A2A-23"],
            "an error's number where A2A-14 puts it",
            reads_errors,
        ),
        positive(
            "a2a-read-first",
            READ,
            &["A2A-23"],
            "of several that fit the first: error, success, cancel",
            reads_first,
        ),
        negative("a2a-read-nothing", READ, A2A_24, "a URL that fits none of the three", fits_nothing),
        negative("a2a-read-values", READ, A2A_24, "values that can't be", bad_values),
        negative(
            "a2a-read-first-decides",
            READ,
            A2A_24,
            "the first that fits decides, though another fits, too",
            first_decides,
        ),
    ];
    for (at, name) in ["success", "error", "cancel"].into_iter().enumerate() {
        for (role, word) in [(BUILD, "build"), (READ, "read")] {
            cases.push(negative(
                format!("a2a-{word}-{name}-callback"),
                role,
                A2A_22,
                format!(
                    "x-{name} in which a mask is followed by what could be its value, or no callback at all"
                ),
                move |t| callbacks(t, at, role),
            ));
        }
    }
    cases
}

pub(super) fn build(callbacks: [&str; 3], message: &str) -> App2AppBuild {
    let [x_success, x_error, x_cancel] = callbacks.map(str::to_owned);
    App2AppBuild { scheme: SCHEME.into(), x_success, x_error, x_cancel, message: message.into(), state: None }
}

pub(super) fn read(callbacks: [&str; 3], url: &str) -> App2AppRead {
    let [x_success, x_error, x_cancel] = callbacks.map(str::to_owned);
    App2AppRead { x_success, x_error, x_cancel, url: url.into() }
}

fn with(at: usize, text: &str) -> [String; 3] {
    let mut callbacks = CALLBACKS.map(str::to_owned);
    if let Some(place) = callbacks.get_mut(at) {
        text.clone_into(place);
    }
    callbacks
}

fn builds(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let every: String = (0x21..0x7Fu8).map(char::from).collect();
    let every = format!("a:{every}é日\u{1F600}");
    for callbacks in
        [CALLBACKS, [&every, "a:e", "a:c"], ["a:%_OTP_%", &every, &every], ["a:", "B+.-1:", "a::"]]
    {
        for message in [PUBLISHED.to_owned(), PUBLISHED.to_lowercase()] {
            let got = t.agrees("A2A-21", &party, &build(callbacks, &message))?;
            t.same("A2A-21", &got.url, Some(&Call::new(callbacks, PUBLISHED).url()))?;
        }
    }
    Ok(())
}

fn builds_published(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let page = "http://10.10.10.10:8080/TestServer/test.jsp?action=";
    let callbacks =
        [format!("{page}success&signature=%_OTP_%"), format!("{page}error"), format!("{page}cancel")];
    let op = App2AppBuild {
        scheme: "dpnopin".into(),
        ..build(callbacks.each_ref().map(String::as_str), PUBLISHED)
    };
    let page = "http%253A%252F%252F10.10.10.10%253A8080%252FTestServer%252Ftest.jsp%253Faction%253D";
    let want = format!(
        "dpnopin://app2app_secure_channel?x-success={page}success%2526signature%253D%2525_OTP_%2525\
         &x-error={page}error&x-cancel={page}cancel&secure_message={PUBLISHED}"
    );
    let got = t.agrees("A2A-21", &party, &op)?;
    t.same("A2A-21", &got.url, Some(&want))
}

fn bad_scheme(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let long = "a".repeat(65);
    for scheme in NO_SCHEMES.into_iter().chain([long.as_str()]) {
        t.refuses_stateless(
            A2A_25,
            &party,
            &App2AppBuild { scheme: scheme.into(), ..build(CALLBACKS, PUBLISHED) },
        )?;
    }
    for scheme in ["a", &"a".repeat(64)] {
        t.twin(A2A_25.id, &party, &App2AppBuild { scheme: scheme.into(), ..build(CALLBACKS, PUBLISHED) })?;
    }
    Ok(())
}

fn lengths(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let short = Call::new(["a:", "a:e", "a:c"], PUBLISHED).url().len();
    let of_length = |length: usize| format!("a:{}", "s".repeat(length - short));
    for length in [16_385, 16_386, 30_000] {
        t.refuses_stateless(A2A_1, &party, &build([&of_length(length), "a:e", "a:c"], PUBLISHED))?;
    }
    for length in [16_384, 16_383] {
        let got = t.twin(A2A_1.id, &party, &build([&of_length(length), "a:e", "a:c"], PUBLISHED))?.got;
        t.same("A2A-1", &got.url.len(), Some(&length))?;
    }
    Ok(())
}

fn messages(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (_, rest) = PUBLISHED.split_at_checked(4).unwrap_or_default();
    let long = format!("{PUBLISHED}{}", "00".repeat(536));
    let bent = |word: &str| format!("{word}{rest}");
    let serial = PUBLISHED.replacen("0F42B8", "989680", 1); // its suffix 10 000 000
    for (rule, message) in [
        (CNV_3, "0"),
        (CNV_3, "00C1 "),
        (FRM_2, ""),
        (FRM_3, &long),
        (FRM_5, &bent("10C1")),
        (FRM_6, &bent("0141")),
        (FRM_7, &bent("0101")),
        (FRM_8, &bent("00C9")),
        (SER_3, &serial),
        (CLI_2, &bent("0000")),
        (CLI_2, &bent("0041")),
        (CLI_2, &bent("0081")),
        (CLI_2, &bent("0901")),
    ] {
        t.refuses_stateless(rule, &party, &build(CALLBACKS, message))?;
    }
    t.twin(CLI_2.id, &party, &build(CALLBACKS, PUBLISHED)).map(|_| ())
}

fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let joined = "a:%_Version_%x";
    t.refuses_stateless(A2A_25, &party, &App2AppBuild { scheme: String::new(), ..build(["", "", ""], "") })?;
    for (rule, callbacks, message) in [
        (A2A_7, ["ab%_OTP_%x", "a:%_OTP_%", ""], "0"),
        (A2A_22, [joined, "ab", ""], "0"),
        (A2A_8, ["a:", "a:%_OTP_%x", ""], "0"),
        (A2A_7, ["a:", "a:", "%_OTP_%x"], "0"),
        (CNV_3, ["a:", "a:", "a:"], "0"),
    ] {
        t.refuses_stateless(rule, &party, &build(callbacks, message))?;
    }
    let long = format!("a:{}", "s".repeat(20_000));
    t.refuses_stateless(CNV_3, &party, &build([&long, "a:", "a:"], "0"))?;
    t.twin(A2A_25.id, &party, &build(CALLBACKS, PUBLISHED)).map(|_| ())
}

fn callbacks(t: &mut Trial<'_>, at: usize, role: Role) -> Result<(), Stop> {
    let party = t.peer_client();
    let mut bad: Vec<(Rule, String)> =
        ["x", "0", "Z", "-", ".", "_", "~", "%", "%41", "%_Version_%", "%_Other_%", "_OTP"]
            .map(|end| (A2A_22, format!("a:?v=%_PlatformName_%{end}")))
            .into();
    bad.extend(["", "ab", ":", "1:", "a: ", "a:\n", "a:\u{202E}"].map(|text| (A2A_7, text.to_owned())));
    if at != 0 {
        bad.extend(["a:%_OTP_%", "a:%_OTP_%&x"].map(|text| (A2A_8, text.to_owned())));
    }
    let good = ["&", "/", "#", "!", "(", "é", "+", "", ":%_Version_%", "?%", "&_Version_%", "'%_Other_%x"]
        .map(|end| format!("a:%_PlatformName_%{end}"));
    if role == BUILD {
        for (rule, text) in bad {
            t.refuses_stateless(
                rule,
                &party,
                &build(with(at, &text).each_ref().map(String::as_str), PUBLISHED),
            )?;
        }
        for text in good {
            t.twin(A2A_22.id, &party, &build(with(at, &text).each_ref().map(String::as_str), PUBLISHED))?;
        }
        return Ok(());
    }
    // A template of the others is what is called, so that only this one can be at fault.
    let url = if at == 2 { "shop://failed?app=&ErrorCode=2" } else { "shop://back" };
    for (rule, text) in bad {
        t.refuses_stateless(rule, &party, &read(with(at, &text).each_ref().map(String::as_str), url))?;
    }
    for text in good {
        t.twin(A2A_22.id, &party, &read(with(at, &text).each_ref().map(String::as_str), url))?;
    }
    Ok(())
}

fn success(values: MaskValues) -> CalledResult {
    CalledResult { outcome: Outcome::Success, error: None, values }
}

fn otp(otp: &str) -> MaskValues {
    MaskValues { otp: Some(otp.into()), ..MaskValues::default() }
}

fn version(version: &str) -> MaskValues {
    MaskValues { version: Some(version.into()), ..MaskValues::default() }
}

fn gives(t: &mut Trial<'_>, op: &App2AppRead, want: &CalledResult) -> Result<(), Stop> {
    let party = t.peer_client();
    let got = t.agrees("A2A-23", &party, op)?;
    t.same("A2A-23", &got, Some(want))
}

fn reads(t: &mut Trial<'_>) -> Result<(), Stop> {
    let values = MaskValues { serial_number: Some("VDS1000120".into()), ..otp("01234567") };
    let paid = "shop://paid?otp=01234567&by=VDS1000120";
    gives(t, &read(CALLBACKS, paid), &success(values))?;
    let values = MaskValues { serial_number: Some(String::new()), ..otp("A%_OTP_%é +") };
    gives(t, &read(CALLBACKS, "shop://paid?otp=A%25_OTP_%25%C3%a9%20%2B&by="), &success(values))?;
    let cancel = CalledResult { outcome: Outcome::Cancel, ..success(MaskValues::default()) };
    gives(t, &read(CALLBACKS, "shop://back"), &cancel)?;
    let all = "a:%_OTP_%,%_PlatformName_%,%_SerialNumber_%,%_SequenceNumber_%,%_UserIdentifier_%,%_Version_%,%_DeviceIdentifier_%,%_RootingStatus_%";
    let values = MaskValues {
        platform_name: Some("2".into()),
        serial_number: Some("3".into()),
        sequence_number: Some("4".into()),
        user_identifier: Some("5".into()),
        version: Some("6".into()),
        device_identifier: Some("7".into()),
        rooting_status: Some("8".into()),
        ..otp("1")
    };
    gives(t, &read([all, "a:e", "a:c"], "a:1,2,3,4,5,6,7,8"), &success(values))?;
    let again = "a:%_OTP_%/%_otp_%/%_Other_%/%_OTP_%";
    gives(t, &read([again, "a:e", "a:c"], "a:%31-._~/%_otp_%/%_Other_%/1%2D%2e_~"), &success(otp("1-._~")))
}

fn reads_errors(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (template, url) in [
        ("a:e", "a:e?ErrorCode="),
        ("a:e?", "a:e?ErrorCode="),
        ("a:e?x", "a:e?x&ErrorCode="),
        ("a:e?x&", "a:e?x&ErrorCode="),
        ("a:e&", "a:e&ErrorCode="),
    ] {
        for (fragment, number) in [("", 1), ("#", 2), ("#f?g#h", 3), ("", 8)] {
            let error = CalledResult {
                outcome: Outcome::Error,
                error: Some(number.into()),
                values: MaskValues::default(),
            };
            let (template, url) = (format!("{template}{fragment}"), format!("{url}{number}{fragment}"));
            gives(t, &read(["a:s", &template, "a:c"], &url), &error)?;
        }
    }
    let error = CalledResult { outcome: Outcome::Error, error: Some(5.into()), values: version("1 0") };
    let template = "a:e?v=%_Version_%#%_Version_%";
    gives(t, &read(["a:s", template, "a:c"], "a:e?v=1%200&ErrorCode=5#1%200"), &error)?;
    gives(t, &read(["a:s", "a:e?%_Version_%", "a:c"], "a:e?1%200&ErrorCode=5"), &error)?;
    let error = CalledResult { values: version(""), ..error };
    gives(t, &read(["a:s", "a:e?%_Version_%", "a:c"], "a:e?&ErrorCode=5"), &error)
}

fn reads_first(t: &mut Trial<'_>) -> Result<(), Stop> {
    let any = ["a:x%3FErrorCode=5", "a:x", "a:x?ErrorCode=5"];
    let error =
        CalledResult { outcome: Outcome::Error, error: Some(5.into()), values: MaskValues::default() };
    gives(t, &read(any, "a:x?ErrorCode=5"), &error)?;
    let both = ["a:x?ErrorCode=%_OTP_%", "a:x", "a:x?ErrorCode=5"];
    gives(t, &read(both, "a:x?ErrorCode=5"), &error)?;
    gives(t, &read(both, "a:x?ErrorCode=9"), &success(otp("9")))?;
    gives(t, &read(["a:x", "a:e", "a:x"], "a:x"), &success(MaskValues::default()))
}

fn refused(t: &mut Trial<'_>, callbacks: [&str; 3], urls: &[&str]) -> Result<(), Stop> {
    let party = t.peer_client();
    urls.iter().try_for_each(|url| t.refuses_stateless(A2A_24, &party, &read(callbacks, url)))
}

fn twin(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    t.twin(A2A_24.id, &party, &read(CALLBACKS, "shop://back")).map(|_| ())
}

fn fits_nothing(t: &mut Trial<'_>) -> Result<(), Stop> {
    refused(
        t,
        CALLBACKS,
        &[
            "",
            "shop://",
            "shop://back?",
            "shop://back#",
            "Shop://back",
            "shop://BACK",
            "shop://bac",
            " shop://back",
            "shop%3A//back",
            "shop://paid?otp=1",
            "shop://paid?otp=1&by=2&",
            "shop://paid?otp=1 &by=2",
            "shop://paid?otp=1+&by=2",
            "shop://paid?otp=%&by=2",
            "shop://paid?otp=%4&by=2",
            "shop://paid?otp=%4G&by=2",
            "shop://paid?otp=é&by=2",
            "shop://paid?by=2&otp=1",
            "shop://paid?otp=1%26by=2",
            "shop://failed?app=1",
            "shop://failed?app=1&ErrorCode=",
            "shop://failed?app=1&ErrorCode=0",
            "shop://failed?app=1&ErrorCode=9",
            "shop://failed?app=1&ErrorCode=55",
            "shop://failed?app=1&errorcode=5",
            "shop://failed?app=1?ErrorCode=5",
            "shop://failed?ErrorCode=5&app=1",
            "shop://failed?app=1&ErrorCode=%35",
            "shop://failed?app=1&ErrorCode=5&",
            "shop://failed?app=1&ErrorCode=\u{0665}",
        ],
    )?;
    refused(
        t,
        ["a:s", "a:e#f", "a:c"],
        &["a:e#f?ErrorCode=5", "a:e?ErrorCode=5", "a:e?ErrorCode=5#", "a:e#f"],
    )?;
    twin(t)
}

fn bad_values(t: &mut Trial<'_>) -> Result<(), Stop> {
    refused(
        t,
        CALLBACKS,
        &[
            "shop://paid?otp=&by=2",
            "shop://paid?otp=%FF&by=2",
            "shop://paid?otp=1&by=%C3",
            "shop://paid?otp=1&by=%C0%80",
            "shop://failed?app=%FF&ErrorCode=5",
        ],
    )?;
    let again = ["a:%_OTP_%/%_Version_%/%_OTP_%/%_Version_%", "a:e", "a:c"];
    refused(t, again, &["a:1/2/3/2", "a:1/2/1/3", "a:1/2/1/", "a:1//1/2", "a:a/2/A/2"])?;
    twin(t)
}

fn first_decides(t: &mut Trial<'_>) -> Result<(), Stop> {
    refused(t, ["a:x?%_OTP_%", "a:e", "a:x?"], &["a:x?"])?;
    refused(t, ["a:x?%_OTP_%", "a:e", "a:x?%_Version_%"], &["a:x?", "a:x?%FF"])?;
    refused(t, ["a:s?%_OTP_%", "a:s?%_Version_%,%_Version_%", "a:c"], &["a:s?1,2&ErrorCode=5"])?;
    twin(t)
}
