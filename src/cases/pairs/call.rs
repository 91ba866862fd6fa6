//! App-to-app: URLs alone, and the client that is called.

use channel::crypto::keys::Key;
use channel::rule::*;
use harness::play::Play;
use harness::setup::app;
use peer::operations::*;
use peer::protocol::Pin;

use super::super::app2app::configuration;
use super::super::app2app_url::{CALLBACKS, Call, SCHEME};
use super::alone::{Alone, KEY, alone, request};
use super::client::{REQUEST, locked, request_body, rooted};
use super::frame::{STRANGER, frame, too_long_direct, wrong_tag};
use super::license::{Begin, Licensed, done};
use super::table::{Built, Defect, Letter, Table, World, breaks};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![builds().build(), parses().build(), dispatches().build(), answers().build()]
}

fn builds() -> Table<Alone, App2AppBuild> {
    let broken = breaks::<Alone, App2AppBuild>;
    let mut defects = vec![
        broken(A2A_25).asked(|op| op.scheme = "1app".into()),
        broken(A2A_27).asked(|op| op.state = Some("%".into())),
        broken(A2A_7).asked(|op| op.x_success = "no scheme".into()),
        broken(A2A_8).asked(|op| op.x_error = "shop://failed?otp=%_OTP_%".into()),
        broken(A2A_22).asked(|op| op.x_cancel = "shop://back?%_Version_%x".into()),
    ];
    defects.extend(frame([too_long_direct()]));
    defects.extend([
        broken(CLI_2).plain(|plain| *plain = plain.with_type(2)),
        broken(A2A_1).asked(|op| op.x_success = format!("{}&{}", op.x_success, "x".repeat(16_384))),
    ]);
    let ask = |_: &mut Play<'_, '_>, _: &mut Alone| {
        let [x_success, x_error, x_cancel] = CALLBACKS.map(str::to_owned);
        Ok(App2AppBuild {
            scheme: SCHEME.into(),
            x_success,
            x_error,
            x_cancel,
            message: request(),
            state: None,
        })
    };
    let letter = Letter {
        get: |op: &App2AppBuild| op.message.clone(),
        put: |op, message| op.message = message,
        key: |_| Ok(Some(Key::new(KEY))),
    };
    Table { letter: Some(letter), ..alone(ask, defects) }
}

/// What stands before the message in a URL; a state stands first.
const MESSAGE: &str = "&secure_message=";

/// What a URL is refused by, in order.
fn of_url<W: World, Op: 'static>(url: fn(&mut Op) -> &mut String) -> Vec<Defect<W, Op>> {
    let put = |rule: Rule, change: fn(&str) -> String| {
        breaks(rule).asked(move |op: &mut Op| *url(op) = change(url(op)))
    };
    // The value of a parameter, as it stands.
    fn value(url: &str, name: &str, change: impl Fn(&str) -> String) -> String {
        let parts = url.split('&').map(|part| match part.split_once(&format!("{name}=")) {
            Some((before, value)) => format!("{before}{name}={}", change(value)),
            None => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("&")
    }
    vec![
        put(A2A_1, |url| format!("{url}#")),
        put(A2A_2, |url| url.replacen(SCHEME, "otherapp", 1)),
        put(A2A_4, |url| url.replacen(MESSAGE, &format!("&state=a&state=b{MESSAGE}"), 1)),
        put(A2A_5, |url| url.replacen("x-cancel=", "x-gone=", 1)),
        put(A2A_27, |url| url.replacen(MESSAGE, &format!("&state=%{MESSAGE}"), 1)),
        put(A2A_6, |url| value(url, "x-success", |value| format!("{value}:"))),
        put(A2A_7, |url| value(url, "x-success", |_| "back".into())),
        put(A2A_8, |url| value(url, "x-error", |value| format!("{value}%2525_OTP_%2525"))),
    ]
}

fn parses() -> Table<Alone, App2AppParse> {
    let mut defects = vec![breaks::<Alone, App2AppParse>(A2A_25).asked(|op: &mut App2AppParse| {
        op.url = op.url.replacen(SCHEME, "1app", 1);
        op.scheme = "1app".into();
    })];
    defects.extend(of_url(|op: &mut App2AppParse| &mut op.url));
    let ask = |_: &mut Play<'_, '_>, _: &mut Alone| {
        let url = Call::new(CALLBACKS, &request()).url();
        Ok(App2AppParse { scheme: SCHEME.into(), platform: Platform::Android, url })
    };
    alone(ask, defects)
}

/// The client's configuration. Its white list has the callbacks that are refused for what they are, so that it is not
/// for being on no list.
fn configured() -> ClientSetApp2App {
    let [success, error, _] = CALLBACKS;
    let mut configuration = configuration(CALLBACKS);
    configuration.white_list.extend([format!("{success}:"), "back".into(), format!("{error}%_OTP_%")]);
    configuration
}

/// The message at the end of a URL.
fn message(op: &ClientDispatch) -> String {
    op.url.split(MESSAGE).nth(1).unwrap_or_default().to_owned()
}

fn put_message(op: &mut ClientDispatch, message: String) {
    let before = op.url.split(MESSAGE).next().unwrap_or_default();
    op.url = format!("{before}{MESSAGE}{message}");
}

fn dispatches() -> Table<Licensed, ClientDispatch> {
    let broken = breaks::<Licensed, ClientDispatch>;
    let mut defects = vec![broken(A2A_9).late(|t, world| {
        let off = ClientSetApp2App { enabled: false, ..configured() };
        done(t, world.client(), &off).map(drop)
    })];
    defects.extend(of_url(|op: &mut ClientDispatch| &mut op.url));
    defects.extend([
        broken(A2A_10).asked(|op| op.url = op.url.replacen("x-cancel=", "x-cancel=x", 1)),
        // Configured at each start.
        rooted().late(|t, world: &mut Licensed| done(t, world.client(), &configured()).map(drop)),
        broken(A2A_11).begin(|begin| begin.stage = harness::scene::Stage::PreActivated),
    ]);
    defects.extend(frame([too_long_direct()]));
    defects.extend([
        broken(CLI_2).plain(|plain| *plain = plain.with_type(2)),
        broken(CLI_3).plain(|plain| plain.serial = STRANGER),
        // Another account of this client is activated.
        broken(CLI_4)
            .begin(|begin| begin.stage = harness::scene::Stage::PreActivated)
            .past(|t, world| world.has_another(t, "VDS1000123").map(drop))
            .unless(&[A2A_11]),
        locked(CLI_5),
        broken(CLI_6).begin(|begin| begin.setup.secure_channel = false),
        broken(CLI_7).plain(|plain| *plain = plain.with_protection(1)),
        broken(PRT_4).bytes(wrong_tag),
        broken(CLI_8).plain(|plain| plain.nonce[4..].fill(0)),
    ]);
    defects.extend(
        request_body(|_: &mut ClientDispatch| ())
            .into_iter()
            .filter(|defect| !defect.is_of(&[PSH_2, PSH_3, PSH_4, PSH_6])),
    );
    defects.extend([
        broken(CLI_9).plain(|plain| plain.body.first_mut().into_iter().for_each(|byte| *byte |= 0xC0)),
        broken(CLI_10).plain(|plain| {
            let index = (app::MISSING - 1) << 1;
            plain.body.get_mut(1).into_iter().for_each(|byte| *byte = *byte & !0xE | index);
        }),
        broken(A2A_28).past(|t, world| world.shows_another(t)),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        done(t, world.client(), &configured())?;
        let message = world.forged(3, &REQUEST)?;
        Ok(ClientDispatch { url: Call::new(CALLBACKS, &message).url() })
    };
    let letter = Letter { get: message, put: put_message, key: Licensed::payload_key };
    Table {
        name: "",
        begin: Begin::new,
        ask,
        party: Licensed::client,
        letter: Some(letter),
        told: |_| true,
        defects,
    }
}

fn answers() -> Table<Licensed, ClientAnswer> {
    let broken = breaks::<Licensed, ClientAnswer>;
    let defects = vec![
        rooted(),
        broken(A2A_16).asked(|op| op.handle = Count(77)),
        // Which closes the message.
        locked(CLI_16).spends(),
        broken(CLI_14).asked(|op| op.pin = Pin::Cached),
        broken(CLI_15).asked(|op| op.pin = Pin::Wrong),
    ];
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        done(t, world.client(), &configuration(CALLBACKS))?;
        let mut body = REQUEST;
        body[0] |= 0x20;
        let message = world.forged(3, &body)?;
        done(t, world.client(), &ClientDispatch { url: Call::new(CALLBACKS, &message).url() })?;
        Ok(ClientAnswer {
            handle: t.handle(world.client()),
            approved: true,
            pin: Pin::Right,
            now: world.scene.now,
        })
    };
    Table {
        name: "",
        begin: Begin::new,
        ask,
        party: Licensed::client,
        letter: None,
        told: |rule| rule.id == CLI_16.id,
        defects,
    }
}
