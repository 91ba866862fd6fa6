//! Push and login, at the server.

use channel::rule::*;
use harness::play::Play;
use harness::setup::{SIGNATURE_TRIES, app};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Carrier, Number, Pin};

use super::digit::{unlikely, wrong};
use super::frame::STRANGER_TEXT;
use super::license::{Begin, DOMAIN, Licensed, NOBODY, USER, done};
use super::server::{
    Server, asked, ended, exhausted, information, locked, out_of_sync, rejecting, without_channel,
};
use super::table::{Built, Letter, Table, breaks};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![
        starts().build(),
        retrieves().build(),
        approves().build(),
        rejects().build(),
        cancels().build(),
        status().build(),
    ]
}

/// The challenge key of the login in question.
const KEY: [u8; 5] = [1, 2, 3, 4, 5];
const KEY_TEXT: &str = "0102030405";
/// One that no session has.
const NO_KEY: &str = "0102030406";
/// Who asks for it.
const REQUESTER: &str = "192.0.2.1";

fn starts() -> Table<Licensed, ServerLoginStart> {
    let broken = breaks::<Licensed, ServerLoginStart>;
    let others = |begin: &mut Begin, number: u8, requester: fn(u8) -> String| {
        begin.logins.extend((0..number).map(|n| ([9, 9, 9, 9, n], requester(n))));
    };
    let defects = vec![
        without_channel(REQ_13),
        broken(REQ_12).asked(|op| op.application = Number::from(u32::from(app::MISSING))),
        broken(LGN_2).begin(|begin| begin.logins.insert(0, (KEY, "198.51.100.1".into()))),
        broken(LGN_3).begin(move |begin| {
            begin.logins.splice(0..0, (0..16).map(|n| ([8, 8, 8, 8, n], REQUESTER.to_owned())));
        }),
        broken(LGN_23).begin(move |begin| {
            others(begin, 255, |n| format!("203.0.113.{n}"));
            begin.logins.push(([7; 5], "198.51.100.2".into()));
        }),
        broken(PSH_5).asked(|op| op.user.push(';')),
        broken(REQ_11).asked(|op| {
            let long = "😀".repeat(254);
            op.service.clone_from(&long);
            op.user = format!("{}{long}", op.user);
            op.domain = Some(long);
        }),
        exhausted(),
    ];
    asked(
        "",
        Begin::new,
        |_, world| Ok(ServerLoginStart { user: "Z".into(), ..world.login_start(KEY, REQUESTER) }),
        defects,
    )
}

/// A license with a login.
fn begins() -> Begin {
    let mut begin = Begin::new();
    begin.logins.push((KEY, REQUESTER.into()));
    begin
}

/// The same, and it is retrieved later.
fn begins_retrieved() -> Begin {
    Begin { spare: 1, ..begins() }
}

/// The instance has the details.
fn retrieve(t: &mut Play<'_, '_>, world: &mut Licensed) -> Result<(), Stop> {
    let can_be = world.scene.setup.secure_channel && !world.is_pending;
    if world.login.details.is_empty() && can_be {
        let ask = retrieval(world);
        world.login.details = done(t, world.server(), &ask)?.message;
    }
    Ok(())
}

fn retrieval(world: &Licensed) -> ServerLoginRetrieve {
    ServerLoginRetrieve {
        challenge_key: KEY_TEXT.into(),
        serial: world.scene.setup.serial.into(),
        sequence: Number::from(world.scene.sequence),
        now: world.scene.now,
    }
}

/// The user approves the details.
fn sign(t: &mut Play<'_, '_>, world: &mut Licensed) -> Result<(), Stop> {
    if world.signed.1.is_empty() {
        let open = ClientOpen { message: world.login.details.clone(), carrier: Carrier::Gateway };
        done(t, world.client(), &open)?;
        let approve = world.scene.approve(t, Pin::Right);
        world.signed.1 = done(t, world.client(), &approve)?.signature.unwrap_or_default();
    }
    Ok(())
}

fn approval(world: &Licensed) -> ServerLoginApprove {
    ServerLoginApprove {
        challenge_key: KEY_TEXT.into(),
        user: USER.into(),
        domain: Some(DOMAIN.into()),
        signature: world.signed.1.clone(),
        now: world.scene.now,
    }
}

/// The session is over, in each way in which it can be; nobody has looked at it since.
fn over<Op: 'static>(later: fn(&mut Op, u32)) -> Vec<Server<Op>> {
    vec![
        breaks(LGN_9).asked(move |op| later(op, 181)),
        breaks(LGN_10).begin(needs_details).past(|t, world: &mut Licensed| {
            retrieve(t, world)?;
            sign(t, world)?;
            done(t, world.server(), &approval(world)).map(drop)
        }),
        breaks(LGN_11).begin(needs_details).past(|t, world: &mut Licensed| {
            retrieve(t, world)?;
            // One before the message in question, which stays as good as it is.
            let message = rejecting(world, KEY, 8)?;
            done(t, world.server(), &ServerLoginReject { message, now: world.scene.now }).map(drop)
        }),
        breaks(LGN_12).past(|t, world: &mut Licensed| {
            let cancel = ServerLoginCancel { challenge_key: KEY_TEXT.into(), now: world.scene.now };
            done(t, world.server(), &cancel).map(drop)
        }),
        breaks(LGN_22).begin(needs_details).past(|t, world: &mut Licensed| {
            retrieve(t, world)?;
            let wrong = ServerLoginApprove { signature: unlikely(), ..approval(world) };
            (0..SIGNATURE_TRIES).try_for_each(|_| t.refuses_stateless(VER_12, world.server(), &wrong))
        }),
    ]
}

/// The details are needed, which are a message.
fn needs_details(begin: &mut Begin) {
    begin.spare += 1;
    begin.is_pending = false;
}

fn retrieves() -> Table<Licensed, ServerLoginRetrieve> {
    let broken = breaks::<Licensed, ServerLoginRetrieve>;
    let mut defects = vec![
        broken(PSH_10).asked(|op| op.challenge_key = "X".into()),
        broken(LGN_7).asked(|op| op.serial = STRANGER_TEXT.into()),
        broken(VER_3).asked(|op| op.sequence = Number::from(NOBODY)),
        ended(),
    ];
    defects.extend(over(|op: &mut ServerLoginRetrieve, seconds| op.now += seconds));
    defects.extend([broken(LGN_8).begin(needs_details).past(retrieve), exhausted()]);
    asked("", begins, |_, world| Ok(retrieval(world)), defects)
}

fn cancels() -> Table<Licensed, ServerLoginCancel> {
    let broken = breaks::<Licensed, ServerLoginCancel>;
    let mut defects = vec![
        broken(PSH_10).asked(|op| op.challenge_key = "X".into()),
        broken(LGN_7).asked(|op| op.challenge_key = NO_KEY.into()),
    ];
    defects.extend(over(|op: &mut ServerLoginCancel, seconds| op.now += seconds));
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        Ok(ServerLoginCancel { challenge_key: KEY_TEXT.into(), now: world.scene.now })
    };
    asked("", begins, ask, defects)
}

/// Nobody has the details yet.
fn pending<Op>() -> Server<Op> {
    breaks(LGN_13).begin(|begin: &mut Begin| begin.is_pending = true)
}

fn approves() -> Table<Licensed, ServerLoginApprove> {
    let broken = breaks::<Licensed, ServerLoginApprove>;
    let mut defects = vec![
        broken(PSH_10).asked(|op| op.challenge_key = "X".into()),
        broken(LGN_7).asked(|op| op.challenge_key = NO_KEY.into()),
    ];
    defects.extend(over(|op: &mut ServerLoginApprove, seconds| op.now += seconds));
    defects.extend([
        pending(),
        broken(LGN_15).asked(|op| op.user.push('x')),
        ended(),
        locked(),
        // Too old before the session expires.
        broken(VER_6).begin(|begin| begin.setup.age_limit_s = 100).asked(|op| op.now += 101),
        out_of_sync(app::BOTH),
    ]);
    defects.extend(wrong(|op: &mut ServerLoginApprove| &mut op.signature));
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        if world.is_pending {
            world.signed.1 = unlikely();
        } else {
            retrieve(t, world)?;
            sign(t, world)?;
        }
        Ok(approval(world))
    };
    asked("", begins_retrieved, ask, defects)
}

fn rejects() -> Table<Licensed, ServerLoginReject> {
    let mut defects = information();
    defects.push(breaks(LGN_7).plain(|plain| plain.body.iter_mut().skip(1).for_each(|byte| *byte = 0xEE)));
    defects.extend(over(|op: &mut ServerLoginReject, seconds| op.now += seconds));
    defects.push(pending());
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        retrieve(t, world)?;
        Ok(ServerLoginReject { message: rejecting(world, KEY, 9)?, now: world.scene.now })
    };
    let letter = Letter {
        get: |op: &ServerLoginReject| op.message.clone(),
        put: |op, message| op.message = message,
        key: Licensed::payload_key,
    };
    Table { letter: Some(letter), ..asked("", begins_retrieved, ask, defects) }
}

fn status() -> Table<Licensed, ServerLoginStatus> {
    let broken = breaks::<Licensed, ServerLoginStatus>;
    let defects = vec![
        broken(PSH_10).asked(|op| op.challenge_key = "X".into()),
        broken(LGN_7).asked(|op| op.challenge_key = NO_KEY.into()),
    ];
    let ask = |_: &mut Play<'_, '_>, world: &mut Licensed| {
        Ok(ServerLoginStatus { challenge_key: KEY_TEXT.into(), now: world.scene.now })
    };
    asked("", begins, ask, defects)
}
