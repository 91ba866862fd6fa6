//! App-to-app, the errors: what is found, in which order, and whether the caller hears of it. SPEC section 26.

use super::app2app::{VERSION, activated, configuration, dispatch, fails, opens, scene};
use super::app2app_url::{CALLBACKS, Call, NAMES, encoded};
use super::{positive, sequence};
use channel::class::Class;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, RootPolicy};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    let mut cases = vec![
        positive("a2a-off", Client, &["A2A-9"], "off, or never configured: every URL is an error", off),
        sequence(
            "a2a-not-activated",
            Client,
            &["A2A-11"],
            "no account, one that is only pre-activated, one that is",
            not_activated,
        ),
        positive("a2a-numbers", Client, &["A2A-12"], "each number with each of its causes", numbers),
        positive("a2a-order", Client, &["A2A-12"], "two causes: the earlier one is told", order),
        positive(
            "a2a-order-rooted",
            Client,
            &["A2A-12"],
            "a rooted device comes after the URL and before all else",
            order_rooted,
        ),
        positive("a2a-x-error", Client, &["A2A-13"], "x-error is called if it is right by itself", x_error),
        positive(
            "a2a-x-error-wrong",
            Client,
            &["A2A-13"],
            "nobody is called if x-error is not right by itself",
            x_error_wrong,
        ),
        positive(
            "a2a-case-of-url",
            Client,
            &["A2A-2"],
            "a client is called as its platform calls it",
            platforms,
        ),
    ];
    for (at, name) in NAMES.into_iter().enumerate() {
        cases.push(positive(
            format!("a2a-white-list-{name}"),
            Client,
            &["A2A-10"],
            format!("{name} has to be on the list to the last character"),
            move |t| white_list(t, at),
        ));
        cases.push(positive(
            format!("a2a-hostile-{name}"),
            Client,
            &["A2A-10"],
            format!("a website calls with {name} of its own"),
            move |t| hostile(t, at),
        ));
    }
    cases
}

/// What is called where an error has this number.
fn failed(number: u8) -> String {
    format!("shop://failed?app={}&ErrorCode={number}", VERSION.1)
}

/// An error of this class, and the caller hears of it.
fn told(t: &mut Trial<'_>, aim: &'static str, scene: &Scene, call: &Call, class: Class) -> Result<(), Stop> {
    let callback = failed(class.app_to_app().unwrap_or_default());
    fails(t, aim, scene, &call.url(), class, Some(&callback))
}

/// A request of the scene, which no case here opens before the end.
fn right(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(Call, String), Stop> {
    let message = scene.request(t, &Show::default())?;
    Ok((Call::new(CALLBACKS, &message), message))
}

/// The same URL is right.
fn twin(t: &mut Trial<'_>, aim: &'static str, scene: &Scene, call: &Call) -> Result<(), Stop> {
    opens(t, aim, scene, &call.url(), &Show::default())
}

fn off(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = activated(t)?;
    let (call, _) = right(t, &mut scene)?;
    for url in [call.url().as_str(), "", "#", "shop://back", "mobileapp://app2app_secure_channel?"] {
        fails(t, "A2A-9", &scene, url, Class::NotConfigured, None)?;
    }
    t.agrees("A2A-9", &scene.client, &ClientSetApp2App { enabled: false, ..configuration(CALLBACKS) })?;
    let callback = Some(failed(2));
    for call in
        [call.clone(), call.clone().with(0, "a:b"), call.clone().without(3), call.clone().with(3, "0")]
    {
        fails(t, "A2A-9", &scene, &call.url(), Class::NotConfigured, callback.as_deref())?;
    }
    for url in ["", "#", "shop://back", &call.without(1).url()] {
        fails(t, "A2A-9", &scene, url, Class::NotConfigured, None)?;
    }
    let (call, _) = right(t, &mut scene)?;
    t.agrees("A2A-9", &scene.client, &configuration(CALLBACKS))?;
    twin(t, "A2A-9", &scene, &call)
}

fn not_activated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Issued)?;
    t.agrees("A2A-11", &scene.client, &configuration(CALLBACKS))?;
    let (call, message) = right(t, &mut scene)?;
    let calls = [
        call.clone(),
        call.clone().with(3, &with_another_last(&message)),
        call.clone().with(3, ""),
        call.with(3, "00C2"),
    ];
    for call in &calls {
        told(t, "A2A-11", &scene, call, Class::NotActivated)?;
    }
    scene.activate_license(t)?;
    for call in &calls {
        told(t, "A2A-11", &scene, call, Class::NotActivated)?;
    }
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    scene.activate_instance(t)?;
    let (call, _) = right(t, &mut scene)?;
    twin(t, "A2A-11", &scene, &call)?;
    scene.lock(t)?;
    told(t, "A2A-11", &scene, &call, Class::Locked)
}

/// The message with its first word replaced.
fn with_word(message: &str, word: &str) -> String {
    format!("{word}{}", message.get(4..).unwrap_or_default())
}

/// The message with the serial number of another license.
fn of_another(message: &str) -> String {
    let (word, rest) = (message.get(..4).unwrap_or_default(), message.get(14..).unwrap_or_default());
    format!("{word}C3E40F42B9{rest}")
}

fn numbers(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let (call, message) = right(t, &mut scene)?;
    let short = message.get(..44).unwrap_or_default().to_owned();
    let long = format!("{message}{}", "00".repeat(535));
    for (bad, class) in [
        (String::new(), Class::BadLength),
        ("0".into(), Class::BadHex),
        (format!("{message}%30"), Class::BadHex),
        (format!("+{message}"), Class::BadHex),
        (short, Class::BadLength),
        (long, Class::BadLength),
        (with_word(&message, "10C2"), Class::BadVersion),
        (with_word(&message, "0142"), Class::BadType),
        (with_word(&message, "0102"), Class::BadType),
        (with_word(&message, "00C0"), Class::BadProtection),
        (with_word(&message, "00C3"), Class::BadProtection),
        (with_word(&message, "0082"), Class::UnexpectedType),
        (with_word(&message, "0000"), Class::UnexpectedType),
        (message.replacen("C3E4", "FFFF", 1), Class::BadSerial),
        (of_another(&message), Class::WrongAccount),
        (with_word(&message, "00C1"), Class::WrongProtection),
        (with_another_last(&message), Class::Corrupted),
    ] {
        told(t, "A2A-12", &scene, &call.clone().with(3, &bad), class)?;
    }
    let sealed = Plain::of(&message, Some(&scene.payload_channel()))?;
    let control = |format: u16| format << 4 | (u16::from(otp::CHALLENGE) - 1) << 1;
    let challenge = |text: &[u8]| [&control(1).to_be_bytes(), b"\0".as_slice(), text].concat();
    for (bad, class) in [
        ((control(1) | 2 << 6).to_be_bytes().to_vec(), Class::BadCharset),
        (challenge(b"\x01\xFF"), Class::BadText),
        (challenge(b"\x01A"), Class::BadData),
    ] {
        let bad = sealed.with_body(bad).message(Some(&scene.payload_channel()));
        told(t, "A2A-12", &scene, &call.clone().with(3, &bad), class)?;
    }
    let newer = scene.request(t, &Show { minimum_version: 3, ..Show::default() })?;
    told(t, "A2A-12", &scene, &call.clone().with(3, &newer), Class::VersionTooLow)?;
    twin(t, "A2A-12", &scene, &Call::new(CALLBACKS, &message.to_lowercase()))?;
    let other = Setup { serial: "VDS1000121", ..Setup::otp() };
    let mut other = Scene::new(t, Under::Client, other, Stage::Issued)?;
    t.agrees("A2A-12", &scene.client, &ClientActivateLicense { message: other.am1.clone() })?;
    let (pending, _) = right(t, &mut other)?;
    told(t, "A2A-12", &scene, &pending, Class::WrongState)?;
    scene.lock(t)?;
    told(t, "A2A-12", &scene, &call, Class::Locked)?;
    let mute = Setup { secure_channel: false, ..Setup::otp() };
    let mute = Scene::new(t, Under::Client, mute, Stage::Confirmed)?;
    t.agrees("A2A-12", &mute.client, &configuration(CALLBACKS))?;
    told(t, "A2A-12", &mute, &call, Class::NoChannel)
}

fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let (call, message) = right(t, &mut scene)?;
    let unlisted = |call: &Call| call.clone().with(0, &encoded("shop://other", 2));
    // 2 before 5, 6 and 7; among those of 2 the form before the list.
    for bad in ["0".to_owned(), of_another(&message), with_another_last(&message)] {
        let call = call.clone().with(3, &bad);
        told(t, "A2A-12", &scene, &unlisted(&call), Class::BadCallback)?;
        told(t, "A2A-12", &scene, &call.without(2), Class::BadUrl)?;
    }
    told(t, "A2A-12", &scene, &unlisted(&call).without(3), Class::BadUrl)?;
    // 5 before 6 and 7, 6 before 7.
    told(
        t,
        "A2A-12",
        &scene,
        &call.clone().with(3, &with_word(&of_another(&message), "10C2")),
        Class::BadVersion,
    )?;
    told(
        t,
        "A2A-12",
        &scene,
        &call.clone().with(3, &with_word(&with_another_last(&message), "0082")),
        Class::UnexpectedType,
    )?;
    told(
        t,
        "A2A-12",
        &scene,
        &call.clone().with(3, &of_another(&with_another_last(&message))),
        Class::WrongAccount,
    )?;
    // The same for a locked account: 2, 5 and 6 before 8, 8 before 7.
    scene.lock(t)?;
    told(t, "A2A-12", &scene, &unlisted(&call), Class::BadCallback)?;
    told(t, "A2A-12", &scene, &call.clone().with(3, &format!("{message}0")), Class::BadHex)?;
    told(t, "A2A-12", &scene, &call.clone().with(3, &with_word(&message, "0082")), Class::UnexpectedType)?;
    told(t, "A2A-12", &scene, &call.clone().with(3, &of_another(&message)), Class::WrongAccount)?;
    told(t, "A2A-12", &scene, &call.clone().with(3, &with_another_last(&message)), Class::Locked)?;
    told(t, "A2A-12", &scene, &call.clone().with(3, &with_word(&message, "00C1")), Class::Locked)?;
    told(t, "A2A-12", &scene, &call, Class::Locked)?;
    // 2 before 4; 4 before 5 and 6. (7 and 8 need an account.)
    let empty = Scene::new(t, Under::Client, Setup::otp(), Stage::Created)?;
    t.agrees("A2A-12", &empty.client, &configuration(CALLBACKS))?;
    told(t, "A2A-12", &empty, &unlisted(&call), Class::BadCallback)?;
    for bad in
        ["0".to_owned(), with_word(&message, "10C2"), of_another(&message), with_another_last(&message)]
    {
        told(t, "A2A-12", &empty, &call.clone().with(3, &bad), Class::NotActivated)?;
    }
    Ok(())
}

fn order_rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let (call, message) = right(t, &mut scene)?;
    let rooted = |t: &mut Trial<'_>, scene: &Scene| -> Result<Scene, Stop> {
        let platform_key = Array(t.random());
        let save = ClientSave { platform_key, random: None };
        let state = t.accepts("A2A-12", &scene.client, &save)?.got.state;
        let create = scene.setup.client(t);
        let load = ClientLoad {
            platform_key,
            state,
            static_vector: create.static_vector,
            platform_data: create.platform_data,
            app_version: create.app_version,
            rooted: true,
            root_policy: RootPolicy::Block,
            replacement: create.replacement,
        };
        let scene = Scene { client: t.peer_client(), ..scene.clone() };
        t.accepts("A2A-12", &scene.client, &load)?;
        fails(t, "A2A-12", &scene, &call.url(), Class::NotConfigured, None)?;
        t.agrees("A2A-12", &scene.client, &configuration(CALLBACKS))?;
        Ok(scene)
    };
    let mut blocked = vec![rooted(t, &scene)?];
    scene.lock(t)?;
    blocked.push(rooted(t, &scene)?);
    let empty = Scene::new(t, Under::Client, Setup::otp(), Stage::Created)?;
    blocked.push(rooted(t, &empty)?);
    for scene in &blocked {
        told(t, "A2A-12", scene, &call.clone().with(0, &encoded("shop://other", 2)), Class::BadCallback)?;
        told(t, "A2A-12", scene, &call.clone().without(0), Class::BadUrl)?;
        for message in [message.clone(), "0".into(), of_another(&message), with_another_last(&message)] {
            told(t, "A2A-12", scene, &call.clone().with(3, &message), Class::Rooted)?;
        }
    }
    let allowed = Setup { rooted: true, root_policy: RootPolicy::Allow, ..Setup::otp() };
    let mut allowed = Scene::new(t, Under::Client, allowed, Stage::Confirmed)?;
    t.agrees("A2A-12", &allowed.client, &configuration(CALLBACKS))?;
    let (call, _) = right(t, &mut allowed)?;
    twin(t, "A2A-12", &allowed, &call)
}

fn x_error(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let (call, _) = right(t, &mut scene)?;
    for at in [0, 2] {
        for raw in ["a:b", "%", "ab", &encoded("shop://other", 2), &encoded("shop://paid", 1)] {
            told(t, "A2A-13", &scene, &call.clone().with(at, raw), Class::BadCallback)?;
        }
    }
    for at in [0, 2, 3] {
        told(t, "A2A-13", &scene, &call.clone().without(at), Class::BadUrl)?;
        let mut twice = call.clone();
        twice.parts.extend(twice.parts.get(at).cloned());
        told(t, "A2A-13", &scene, &twice, Class::BadUrl)?;
    }
    let mut alone = call.clone();
    alone.parts.retain(|(name, _)| name == "x-error");
    told(t, "A2A-13", &scene, &alone, Class::BadUrl)?;
    twin(t, "A2A-13", &scene, &call)
}

fn x_error_wrong(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let mut config = configuration(CALLBACKS);
    config.white_list.push("shop://failed?otp=%_OTP_%".into());
    t.agrees("A2A-13", &scene.client, &config)?;
    let (call, _) = right(t, &mut scene)?;
    let listed = CALLBACKS[1];
    let raws = [
        String::new(),
        listed.into(),
        encoded(listed, 1),
        encoded(listed, 3),
        encoded(listed, 2) + "%25",
        encoded(listed, 2) + "%25FF",
        encoded("shop://other", 2),
        encoded("shop://failed", 2),
        encoded("shop://failed?otp=%_OTP_%", 2),
    ];
    for raw in raws {
        fails(t, "A2A-13", &scene, &call.clone().with(1, &raw).url(), Class::BadCallback, None)?;
    }
    let mut twice = call.clone();
    twice.parts.extend(twice.parts.get(1).cloned());
    let url = call.url();
    let long = format!("{url}&{}", "x".repeat(16_384));
    let other = url.replacen("mobileapp", "mobileapq", 1);
    for url in [twice.url(), call.clone().without(1).url(), format!("{url}#"), long, other] {
        fails(t, "A2A-13", &scene, &url, Class::BadUrl, None)?;
    }
    twin(t, "A2A-13", &scene, &call)
}

fn platforms(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let (call, _) = right(t, &mut scene)?;
    let upper = Call { begin: "MobileApp://APP2APP_Secure_Channel?".into(), ..call.clone() };
    let lower = Call { begin: "mobileapp://APP2APP_Secure_Channel?".into(), ..call };
    fails(t, "A2A-2", &scene, &upper.url(), Class::BadUrl, None)?;
    twin(t, "A2A-2", &scene, &lower)?;
    scene.close(t)?;
    t.agrees(
        "A2A-2",
        &scene.client,
        &ClientSetApp2App { platform: Platform::Ios, ..configuration(CALLBACKS) },
    )?;
    twin(t, "A2A-2", &scene, &upper)?;
    scene.close(t)?;
    twin(t, "A2A-2", &scene, &lower)
}

/// Not listed; who is called depends on whether it is x-error.
fn unlisted(t: &mut Trial<'_>, scene: &Scene, call: &Call, at: usize, text: &str) -> Result<(), Stop> {
    let callback = (at != 1).then(|| failed(2));
    let url = call.clone().with(at, &encoded(text, 2)).url();
    fails(t, "A2A-10", scene, &url, Class::BadCallback, callback.as_deref())
}

fn white_list(t: &mut Trial<'_>, at: usize) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let (call, _) = right(t, &mut scene)?;
    let listed = CALLBACKS.get(at).copied().unwrap_or_default();
    let mut others = vec![
        format!("{listed}x"),
        format!("{listed}?"),
        format!("{listed}#"),
        format!("{listed}/../x"),
        format!("x{listed}"),
        listed.get(..listed.len() - 1).unwrap_or_default().to_owned(),
        listed.replacen("shop", "Shop", 1),
        listed.replacen("shop", "SHOP", 1),
        listed.replacen("://", ":", 1),
        listed.replacen("://", "://user@", 1),
        "shop:".to_owned(),
        "shop://".to_owned(),
        "other://x".to_owned(),
    ];
    others.extend(["%_SerialNumber_%", "%_Version_%"].map(|mask| listed.replace(mask, "%_RootingStatus_%")));
    others.extend(["%_SerialNumber_%", "%_Version_%"].map(|mask| listed.replace(mask, "")));
    others.extend(["%_SerialNumber_%", "%_Version_%"].map(|mask| listed.replace(mask, "4")));
    others.retain(|other| other != listed);
    for other in &others {
        unlisted(t, &scene, &call, at, other)?;
    }
    let with = |white_list: Vec<String>| ClientSetApp2App { white_list, ..configuration(CALLBACKS) };
    let without = CALLBACKS.iter().filter(|text| **text != listed).map(|text| (*text).to_owned());
    let mut nearly: Vec<String> = without.collect();
    nearly.extend(others.into_iter().take(12));
    t.agrees("A2A-10", &scene.client, &with(nearly))?;
    unlisted(t, &scene, &call, at, listed)?;
    t.agrees("A2A-10", &scene.client, &with(Vec::new()))?;
    fails(t, "A2A-10", &scene, &call.url(), Class::BadCallback, None)?;
    // The last of sixteen, and all three the same one.
    let mut full: Vec<String> = (0..13).map(|number| format!("other{number}:")).collect();
    full.extend(CALLBACKS.map(str::to_owned));
    t.agrees("A2A-10", &scene.client, &with(full))?;
    twin(t, "A2A-10", &scene, &call)?;
    scene.close(t)?;
    let (call, _) = right(t, &mut scene)?;
    let back = encoded(CALLBACKS[2], 2);
    twin(t, "A2A-10", &scene, &call.with(0, &back).with(1, &back))
}

fn hostile(t: &mut Trial<'_>, at: usize) -> Result<(), Stop> {
    let mut scene = scene(t)?;
    let (call, _) = right(t, &mut scene)?;
    let listed = CALLBACKS.get(at).copied().unwrap_or_default();
    for text in [
        "javascript:alert(document.cookie)//",
        "data:text/html,<script>1</script>",
        "intent://x#Intent;scheme=shop;end",
        "file:///etc/passwd",
        "https://shop.example.evil.example/",
        "mobileapp://app2app_secure_channel?",
        // Letters of other alphabets that look alike.
        &listed.replacen("://", "://\u{0440}", 1),
        &listed.replacen('a', "\u{0430}", 1),
        &listed.replacen("://", ":\u{2215}\u{2215}", 1),
    ] {
        unlisted(t, &scene, &call, at, text)?;
    }
    // A line end, a blank, a letter from right to left: no callback at all.
    for end in ["%250A", "%250D%250Ax", "%2500", "%2520", "%25E2%2580%25AE", "%0A"] {
        let callback = (at != 1).then(|| failed(2));
        let url = call.clone().with(at, &(encoded(listed, 2) + end)).url();
        fails(t, "A2A-10", &scene, &url, Class::BadCallback, callback.as_deref())?;
    }
    let before = t.state("A2A-10", &scene.client)?;
    t.accepts("A2A-10", &scene.client, &dispatch("javascript:alert(1)"))?;
    t.state_is("A2A-15", &scene.client, before)?;
    twin(t, "A2A-10", &scene, &call)
}
