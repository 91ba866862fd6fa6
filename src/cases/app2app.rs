//! App-to-app, the client: called by a URL, and calling back. SPEC section 26.

use super::app2app_url::{CALLBACKS, Call, NO_SCHEMES, SCHEME};
use super::{negative, positive, sequence};
use channel::class::Class;
use channel::rule::{A2A_16, A2A_25, CLI_12, CLI_14, CLI_15};
use harness::case::{Case, Role};
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Show, Stage, Under, list, open, shown_of};
use harness::setup::{PIN_TRIES, Setup};
use harness::trial::{Stop, Trial, fail};
use peer::operations::*;
use peer::protocol::{Array, Carrier, Pin};

/// What the client says of its platform and of itself, and how that is written in a URL.
pub(super) const PLATFORM_NAME: (&str, &str) = ("Pixel é/%", "Pixel%20%C3%A9%2F%25");
pub(super) const VERSION: (&str, &str) = ("4.2 (7)", "4.2%20%287%29");

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    vec![
        sequence(
            "a2a-success",
            Client,
            &["A2A-15", "A2A-17"],
            "called, shown, approved: x-success has the signature",
            success,
        ),
        sequence(
            "a2a-cancel",
            Client,
            &["A2A-17"],
            "called, shown, cancelled: x-cancel, and nothing is open",
            cancel,
        ),
        negative(
            "a2a-answer-wrong-pin",
            Client,
            CLI_15,
            "a wrong PIN counts, and the message stays open",
            wrong_pin,
        )
        .and("A2A-17"),
        negative(
            "a2a-answer-cached",
            Client,
            CLI_14,
            "a cached unlock is not enough, and the message stays open",
            cached,
        )
        .and("A2A-17"),
        sequence(
            "a2a-answer-locked",
            Client,
            &["A2A-18"],
            "locked by wrong PINs: error 8, whatever the user decides",
            locked,
        ),
        negative("a2a-answer-nobody", Client, A2A_16, "no message, or one that no app has sent", nobody),
        sequence(
            "a2a-reconfigured",
            Client,
            &["A2A-17"],
            "another configuration leaves the message that is open",
            reconfigured,
        )
        .implies("A2A-32")
        .implies("A2A-34"),
        negative("a2a-configured-wrongly", Client, A2A_25, "what is no scheme changes nothing", bad_scheme),
        positive(
            "a2a-masks",
            Client,
            &["A2A-19", "A2A-31"],
            "every mask in every callback, on both platforms",
            masks,
        ),
        sequence(
            "a2a-masks-locked",
            Client,
            &["A2A-31"],
            "what a locked account calls back says whose it is",
            masks_of_locked,
        ),
        positive("a2a-masks-alike", Client, &["A2A-33"], "what is nearly a mask stays", nearly_masks),
        positive(
            "a2a-masks-one-pass",
            Client,
            &["A2A-20"],
            "values are encoded, and never searched",
            one_pass,
        ),
        positive("a2a-error-code", Client, &["A2A-14"], "where the number of an error stands", error_codes),
        sequence(
            "a2a-error-leaves-open",
            Client,
            &["A2A-15"],
            "an error leaves the message that was opened before",
            leaves_open,
        ),
        sequence(
            "a2a-not-saved",
            Client,
            &["A2A-9"],
            "a client that starts again has to be configured again",
            not_saved,
        ),
    ]
}

/// The parameters of `client.set_app2app` with these callbacks on the list.
pub(super) fn configuration(callbacks: [&str; 3]) -> ClientSetApp2App {
    ClientSetApp2App {
        enabled: true,
        scheme: SCHEME.into(),
        white_list: callbacks.map(str::to_owned).into(),
        platform: Platform::Android,
        platform_name: PLATFORM_NAME.0.into(),
        version: VERSION.0.into(),
        device_identifier: Array([0xA5; 32]),
    }
}

/// A client with an account, not configured yet.
pub(super) fn activated(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)
}

/// And configured.
pub(super) fn scene(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    let scene = activated(t)?;
    t.agrees("A2A-9", &scene.client, &configuration(CALLBACKS))?;
    Ok(scene)
}

pub(super) fn dispatch(url: impl Into<String>) -> ClientDispatch {
    ClientDispatch { url: url.into() }
}

/// The user's decision on what is on display.
pub(super) fn answer(t: &Trial<'_>, scene: &Scene, approved: bool, pin: Pin) -> ClientAnswer {
    ClientAnswer { handle: t.handle(&scene.client), approved, pin, now: scene.now }
}

/// The URL opens a message that shows this.
pub(super) fn opens(
    t: &mut Trial<'_>,
    aim: &'static str,
    scene: &Scene,
    url: &str,
    show: &Show,
) -> Result<(), Stop> {
    let both = t.accepts(aim, &scene.client, &dispatch(url))?;
    let opened = OpenedResult {
        // That no handle is wrong, is what its own cases are about.
        handle: t.handle(&scene.client),
        serial: scene.setup.serial.into(),
        sequence: scene.sequence,
        application: u32::from(show.application),
        template: show.template,
        require_pin: show.require_pin,
        content: shown_of(show.content.clone()),
    };
    let aim = t.blames::<ClientDispatch>(aim);
    t.same(aim, &both.got, Some(&DispatchResult { opened: Some(opened), error: None, callback: None }))
}

/// A request, and the URL by which another app brings it.
pub(super) fn called(
    t: &mut Trial<'_>,
    scene: &mut Scene,
    callbacks: [&str; 3],
    show: &Show,
) -> Result<String, Stop> {
    let message = scene.request(t, show)?;
    opens(t, "A2A-15", scene, &Call::new(callbacks, &message).url(), show)?;
    Ok(message)
}

/// The URL opens nothing: an error of this class with its number, this callback, and the state as it was.
pub(super) fn fails(
    t: &mut Trial<'_>,
    aim: &'static str,
    scene: &Scene,
    url: &str,
    class: Class,
    callback: Option<&str>,
) -> Result<(), Stop> {
    let before = t.state(aim, &scene.client)?;
    let both = t.accepts(aim, &scene.client, &dispatch(url))?;
    // Another error than the right one says nothing of what an error leaves.
    let is_another = both.got.error.as_ref().is_some_and(|told| *told != error_of(class));
    let aim = if aim == "A2A-15" && is_another { "A2A-12" } else { aim };
    let error = Some(error_of(class));
    let want = DispatchResult { opened: None, error, callback: callback.map(str::to_owned) };
    t.same(aim, &both.got, Some(&want))?;
    t.state_is("A2A-15", &scene.client, before)
}

pub(super) fn error_of(class: Class) -> App2AppError {
    let number = u32::from(class.app_to_app().unwrap_or_default());
    App2AppError { number: number.into(), class: class.word().into() }
}

/// The user approves; the signature that x-success has between these two texts.
fn signature(
    t: &mut Trial<'_>,
    scene: &Scene,
    aim: &'static str,
    before: &str,
    after: &str,
) -> Result<String, Stop> {
    let both = t.accepts(aim, &scene.client, &answer(t, scene, true, Pin::Right))?;
    t.same(aim, &both.got.error, Some(&None))?;
    let signature = both.got.callback.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    let signature =
        signature.ok_or_else(|| fail(aim, format!("{before}…{after}"), both.got.callback.clone()))?;
    t.same(aim, &both.got, both.want.as_ref())?;
    Ok(signature.to_owned())
}

/// The user approves, and the server accepts.
fn approved(t: &mut Trial<'_>, scene: &mut Scene, message: &str) -> Result<(), Stop> {
    let after = format!("&by={}", scene.setup.serial);
    let signature = signature(t, scene, "A2A-17", "shop://paid?otp=", &after)?;
    scene.accept(t, message, &signature)
}

/// Nothing is open: neither for a caller nor for `sign`.
fn nothing_open(t: &mut Trial<'_>, scene: &Scene) -> Result<(), Stop> {
    t.refuses_only(A2A_16, &scene.client, &answer(t, scene, true, Pin::Right))?;
    t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))
}

/// The user cancels, and this is called.
fn cancelled(t: &mut Trial<'_>, scene: &Scene, aim: &'static str, callback: &str) -> Result<(), Stop> {
    let both = t.accepts(aim, &scene.client, &answer(t, scene, false, Pin::Wrong))?;
    t.same(aim, &both.got, Some(&AnswerResult { callback: callback.into(), error: None }))
}

fn success(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    for show in [Show::default(), Show { require_pin: true, template: 3, ..Show::titled("Again") }] {
        scene.now += 40;
        let message = called(t, &mut scene, CALLBACKS, &show)?;
        approved(t, &mut scene, &message)?;
        nothing_open(t, &scene)?;
    }
    Ok(())
}

fn cancel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    called(t, &mut scene, CALLBACKS, &Show::default())?;
    cancelled(t, &scene, "A2A-17", "shop://back")?;
    nothing_open(t, &scene)
}

fn wrong_pin(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let message = called(t, &mut scene, CALLBACKS, &Show::default())?;
    t.refuses_only(CLI_15, &scene.client, &answer(t, &scene, true, Pin::Wrong))?;
    approved(t, &mut scene, &message)
}

fn cached(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let message = called(t, &mut scene, CALLBACKS, &Show { require_pin: true, ..Show::default() })?;
    t.refuses_only(CLI_14, &scene.client, &answer(t, &scene, true, Pin::Cached))?;
    approved(t, &mut scene, &message)?;
    scene.now += 40;
    called(t, &mut scene, CALLBACKS, &Show::default())?;
    t.agrees("A2A-17", &scene.client, &answer(t, &scene, true, Pin::Cached)).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (approved, pin) in [(true, Pin::Right), (true, Pin::Wrong), (true, Pin::Cached), (false, Pin::Right)]
    {
        let mut scene = scene(t)?;
        called(t, &mut scene, CALLBACKS, &Show { require_pin: true, ..Show::default() })?;
        for _ in 0..PIN_TRIES {
            t.refuses_only(CLI_15, &scene.client, &answer(t, &scene, true, Pin::Wrong))?;
        }
        let both = t.accepts("A2A-18", &scene.client, &answer(t, &scene, approved, pin))?;
        let callback = format!("shop://failed?app={}&ErrorCode=8", VERSION.1);
        let want = AnswerResult { callback, error: Some(error_of(Class::Locked)) };
        t.same("A2A-18", &both.got, Some(&want))?;
        let aim = |stop| match stop {
            Stop::Fail(failure) => fail("A2A-18", failure.expected, failure.got),
            other => other,
        };
        nothing_open(t, &scene).map_err(aim)?;
    }
    Ok(())
}

fn nobody(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let decisions = [(true, Pin::Right), (true, Pin::Wrong), (true, Pin::Cached), (false, Pin::Right)];
    let message = scene.request(t, &Show::default())?;
    for (approved, pin) in decisions {
        t.refuses_only(A2A_16, &scene.client, &answer(t, &scene, approved, pin))?;
    }
    scene.open(t, &message)?;
    for (approved, pin) in decisions {
        t.refuses_only(A2A_16, &scene.client, &answer(t, &scene, approved, pin))?;
    }
    scene.close(t)?;
    opens(t, "A2A-16", &scene, &Call::new(CALLBACKS, &message).url(), &Show::default())?;
    approved(t, &mut scene, &message)
}

fn reconfigured(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let callbacks =
        ["shop://paid?otp=%_OTP_%&by=%_SerialNumber_%", "shop://failed", "shop://back?v=%_Version_%"];
    t.agrees("A2A-17", &scene.client, &configuration(callbacks))?;
    for approves in [true, false] {
        let message = called(t, &mut scene, callbacks, &Show::default())?;
        let off = ClientSetApp2App {
            enabled: false,
            white_list: Vec::new(),
            version: "5&".into(),
            ..configuration(CALLBACKS)
        };
        t.agrees("A2A-17", &scene.client, &off)?;
        match approves {
            true => approved(t, &mut scene, &message)?,
            false => cancelled(t, &scene, "A2A-17", "shop://back?v=5%26")?,
        }
        t.agrees("A2A-17", &scene.client, &configuration(callbacks))?;
        scene.now += 40;
    }
    Ok(())
}

fn bad_scheme(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let right = configuration(CALLBACKS);
    let long = "a".repeat(65);
    for scheme in NO_SCHEMES.into_iter().chain([long.as_str()]) {
        for enabled in [true, false] {
            let bad =
                ClientSetApp2App { scheme: scheme.into(), enabled, white_list: Vec::new(), ..right.clone() };
            t.refuses_only(A2A_25, &scene.client, &bad)?;
        }
    }
    called(t, &mut scene, CALLBACKS, &Show::default())?;
    t.twin(A2A_25.id, &scene.client, &right).map(|_| ())
}

/// Each mask but that of the signature, and what stands for it.
fn values(scene: &Scene, platform: Platform) -> [(&'static str, String); 7] {
    let identifier = if platform == Platform::Android { "A5".repeat(32) } else { String::new() };
    [
        ("%_PlatformName_%", PLATFORM_NAME.1.into()),
        ("%_SerialNumber_%", scene.setup.serial.into()),
        ("%_SequenceNumber_%", format!("{:02}", scene.sequence)),
        ("%_UserIdentifier_%", String::new()),
        ("%_Version_%", VERSION.1.into()),
        ("%_DeviceIdentifier_%", identifier),
        ("%_RootingStatus_%", "false".into()),
    ]
}

fn masks(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = activated(t)?;
    for platform in [Platform::Android, Platform::Ios] {
        for (mask, value) in values(&scene, platform) {
            let callbacks = [
                format!("a:s{mask}?%_OTP_%{mask}#{mask}"),
                format!("a:{mask}{mask}#x"),
                format!("a:c?{mask}"),
            ];
            let callbacks = callbacks.each_ref().map(String::as_str);
            let config = ClientSetApp2App { platform, ..configuration(callbacks) };
            t.agrees("A2A-19", &scene.client, &config)?;
            scene.now += 40;
            let message = called(t, &mut scene, callbacks, &Show::default())?;
            let signature =
                signature(t, &scene, "A2A-19", &format!("a:s{value}?"), &format!("{value}#{value}"))?;
            scene.accept(t, &message, &signature)?;
            called(t, &mut scene, callbacks, &Show::default())?;
            cancelled(t, &scene, "A2A-19", &format!("a:c?{value}"))?;
            // Wrong at its last byte: the account is known by then.
            let called = format!("a:{value}{value}?ErrorCode=7#x");
            let url = Call::new(callbacks, &with_another_last(&message)).url();
            fails(t, "A2A-31", &scene, &url, Class::Corrupted, Some(&called))?;
            let is_account = ["%_SerialNumber_%", "%_SequenceNumber_%"].contains(&mask);
            let early = if is_account { "" } else { value.as_str() };
            let called = format!("a:{early}{early}?ErrorCode=5#x");
            fails(t, "A2A-31", &scene, &Call::new(callbacks, "0").url(), Class::BadHex, Some(&called))?;
        }
    }
    Ok(())
}

fn masks_of_locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = activated(t)?;
    let values = values(&scene, Platform::Android);
    let [masks, told] = [values.each_ref().map(|row| row.0), values.each_ref().map(|row| row.1.as_str())];
    let failed = format!("a:{}", masks.join(","));
    let callbacks = ["a:s?%_OTP_%", &failed, "a:c"];
    t.agrees("A2A-31", &scene.client, &configuration(callbacks))?;
    called(t, &mut scene, callbacks, &Show::default())?;
    for _ in 0..PIN_TRIES {
        t.refuses_only(CLI_15, &scene.client, &answer(t, &scene, true, Pin::Wrong))?;
    }
    let callback = format!("a:{}?ErrorCode=8", told.join(","));
    let want = AnswerResult { callback, error: Some(error_of(Class::Locked)) };
    let both = t.accepts("A2A-31", &scene.client, &answer(t, &scene, true, Pin::Right))?;
    t.same("A2A-31", &both.got, Some(&want))
}

fn nearly_masks(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = activated(t)?;
    for text in [
        "%_otp_%",
        "%_version_%",
        "%_VERSION_%",
        "%_Otp_%",
        "%_Version%",
        "_Version_%",
        "%Version%",
        "%_Name_%",
        "%__%",
        "%_",
        "_%",
        "%25_Version_%25",
        "%_PlatformName%_",
        "${OTP}",
    ] {
        let text = format!("a:?{text}/{text}");
        let callbacks = [text.as_str(), "a:e", text.as_str()];
        t.agrees("A2A-33", &scene.client, &configuration(callbacks))?;
        called(t, &mut scene, callbacks, &Show::default())?;
        cancelled(t, &scene, "A2A-33", &text)?;
    }
    Ok(())
}

fn one_pass(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = activated(t)?;
    let (name, version) = ("%_Version_%", "%_OTP_%/%25?&#é");
    for (template, text) in [
        ("a:%_PlatformName_%", "a:%25_Version_%25"),
        (
            "a:%_PlatformName_%%_Version_%%_PlatformName_%",
            "a:%25_Version_%25%25_OTP_%25%2F%2525%3F%26%23%C3%A9%25_Version_%25",
        ),
        ("a:%_UserIdentifier_%%_UserIdentifier_%", "a:"),
        // Left and right of the empty value there is the text of another mask.
        ("a:%%_UserIdentifier_%_Version_%", "a:%_Version_%"),
        ("a:%_%_UserIdentifier_%Version_%", "a:%_Version_%"),
        ("a:%_RootingStatus_%_RootingStatus_%", "a:false_RootingStatus_%"),
        ("a:%%_RootingStatus_%%", "a:%false%"),
        ("a:%_%_RootingStatus_%", "a:%_false"),
    ] {
        let callbacks = ["a:s", "a:e", template];
        let config = ClientSetApp2App {
            platform_name: name.into(),
            version: version.into(),
            ..configuration(callbacks)
        };
        t.agrees("A2A-20", &scene.client, &config)?;
        called(t, &mut scene, callbacks, &Show::default())?;
        cancelled(t, &scene, "A2A-20", text)?;
    }
    Ok(())
}

fn error_codes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = activated(t)?;
    for (template, text) in [
        ("a:e", "a:e?ErrorCode=5"),
        ("a:", "a:?ErrorCode=5"),
        ("a:e?", "a:e?ErrorCode=5"),
        ("a:e?x", "a:e?x&ErrorCode=5"),
        ("a:e?x=1&y=2", "a:e?x=1&y=2&ErrorCode=5"),
        ("a:e?x&", "a:e?x&ErrorCode=5"),
        ("a:e&", "a:e&ErrorCode=5"),
        ("a:e&x", "a:e&x?ErrorCode=5"),
        ("a:e??", "a:e??ErrorCode=5"),
        ("a:e?ErrorCode=1", "a:e?ErrorCode=1&ErrorCode=5"),
        ("a:e#f", "a:e?ErrorCode=5#f"),
        ("a:e#", "a:e?ErrorCode=5#"),
        ("a:e?#", "a:e?ErrorCode=5#"),
        ("a:e?x#f", "a:e?x&ErrorCode=5#f"),
        ("a:e#f?x", "a:e?ErrorCode=5#f?x"),
        ("a:e#f?", "a:e?ErrorCode=5#f?"),
        ("a:e?x&#f#g&", "a:e?x&ErrorCode=5#f#g&"),
        ("a:e%3Fx", "a:e%3Fx?ErrorCode=5"),
        // The template decides, not the value, which is empty here.
        ("a:e?%_UserIdentifier_%", "a:e?&ErrorCode=5"),
        ("a:e?%_RootingStatus_%#%_RootingStatus_%", "a:e?false&ErrorCode=5#false"),
    ] {
        let callbacks = ["a:s", template, "a:c"];
        t.agrees("A2A-14", &scene.client, &configuration(callbacks))?;
        fails(t, "A2A-14", &scene, &Call::new(callbacks, "x").url(), Class::BadHex, Some(text))?;
    }
    Ok(())
}

fn leaves_open(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let failed = format!("shop://failed?app={}&ErrorCode=", VERSION.1);
    let show = Show { content: list("Kept", &[("a", "b")]), ..Show::default() };
    let message = called(t, &mut scene, CALLBACKS, &show)?;
    let other = scene.request(t, &Show::default())?;
    let bad = Call::new(CALLBACKS, &with_another_last(&other)).url();
    fails(t, "A2A-15", &scene, &bad, Class::Corrupted, Some(&format!("{failed}7")))?;
    fails(t, "A2A-15", &scene, "", Class::BadUrl, None)?;
    approved(t, &mut scene, &message)?;
    scene.now += 40;
    let message = scene.request(t, &Show::default())?;
    t.agrees("A2A-15", &scene.client, &ClientOpen { carrier: Carrier::Gateway, ..open(&message) })?;
    fails(t, "A2A-15", &scene, &bad, Class::Corrupted, Some(&format!("{failed}7")))?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)
}

fn not_saved(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let message = called(t, &mut scene, CALLBACKS, &Show::default())?;
    let platform_key = Array(t.random());
    let state = t.accepts("A2A-9", &scene.client, &ClientSave { platform_key, random: None })?.got.state;
    let create = scene.setup.client(t);
    scene.client = t.peer_client();
    let load = ClientLoad {
        platform_key,
        state,
        static_vector: create.static_vector,
        platform_data: create.platform_data,
        app_version: create.app_version,
        rooted: create.rooted,
        root_policy: create.root_policy,
        replacement: create.replacement,
    };
    t.accepts("A2A-9", &scene.client, &load)?;
    let url = Call::new(CALLBACKS, &message).url();
    nothing_open(t, &scene)?;
    fails(t, "A2A-9", &scene, &url, Class::NotConfigured, None)?;
    t.agrees("A2A-9", &scene.client, &configuration(CALLBACKS))?;
    opens(t, "A2A-9", &scene, &url, &Show::default())?;
    approved(t, &mut scene, &message)
}
