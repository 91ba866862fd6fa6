//! What takes time, or a restart. A case says first how long it takes; where that is more than it may, it isn't judged.

use channel::class::Class;
use gateway::code::Problem;
use gateway::surface::Operation;
use harness::trial::Stop;
use serde_json::json;

use crate::area::Area;
use crate::bridge::{Ask, Body, Came, Told};
use crate::decided::refuses_all;
use crate::front::{Front, post};
use crate::phone::{Phone, Registration, app};

/// Seconds between what is due and what is looked for: clocks count whole ones, and replies take time.
const SLACK_S: u32 = 3;

pub(crate) fn add(area: &mut Area) {
    area.refuses(&["GTW-4"], "slow-body", "a body that doesn't come is refused after 10 s", slow_body);
    area.accepts(
        &["GTW-4"],
        "slow-head",
        "a connection on which no head comes is closed after 10 s",
        slow_head,
    );
    area.refuses(&["LGN-9"], "expired-pending", "a login that nobody retrieves expires after 60 s", pending);
    area.refuses(
        &["LGN-9"],
        "expired-retrieved",
        "a login that nobody decides expires after 180 s",
        retrieved,
    );
    area.accepts(
        &["LGN-5"],
        "expired-not-yet",
        "a login can be retrieved for 60 s, and decided for 180 s",
        not_yet,
    );
    area.accepts(
        &["LGN-6"],
        "forgotten",
        "a login is forgotten after an hour, whatever became of it",
        forgotten,
    );
    area.follows(
        &["GTW-6"],
        "restarted-logins",
        "a login goes on where it was when the gateway restarts",
        restarted,
    );
    area.follows(&["GTW-6"], "restarted-ends", "what was decided before a restart is so after it", ends);
    area.follows(
        &["GTW-6"],
        "restarted-registration",
        "an activation goes on when the gateway restarts",
        registration,
    );
}

fn slow(body: Body) -> Ask {
    Ask { body, ..post(Operation::LoginStatus, &json!({"challengeKey": "0000000000"})) }
}

fn slow_body(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    front.may_take(10 + SLACK_S)?;
    front.errs("GTW-4", Problem::TimedOut, &slow(Body::Stalled))?;
    let reply =
        front.reply("GTW-4", &post(Operation::LoginStatus, &json!({"challengeKey": "0000000000"})))?;
    front.is_problem("LGN-7", Problem::Refused(Class::UnknownSession), &reply)?;
    front.accepts("GTW-4");
    Ok(())
}

fn slow_head(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    front.may_take(10 + SLACK_S)?;
    let Told { took_ms, came, .. } = front.told("GTW-4", &slow(Body::HalfHead))?;
    let (is_closed, how) = match came {
        Came::Closed(words) => (true, words),
        Came::Reply(reply) => (reply.status >= 400, format!("a reply with {}", reply.status)),
        Came::Silence(words) => (false, words),
    };
    front.holds("GTW-4", is_closed, "a connection that is closed within 13 s", how)?;
    let in_time = (8_000..=13_000).contains(&took_ms);
    front.holds(
        "GTW-4",
        in_time,
        "closed after 10 s, not earlier and not later",
        format!("after {took_ms} ms"),
    )
}

fn pending(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    front.may_take(60 + SLACK_S)?;
    let mut phone = Phone::activate(front, 0)?;
    // Each step is asked of one that nobody has looked at since: a look may be what ends it.
    let keys: Vec<String> = (0..4).map(|_| phone.is_asked(front)).collect::<Result<_, _>>()?;
    front.wait(60 + SLACK_S)?;
    keys.iter().for_each(|key| front.follows(key, "expired"));
    let bodies = [
        (Operation::Prepare, phone.prepares("")),
        (Operation::Approve, phone.approves("", "00000000")),
        (Operation::CancelLogin, json!({"challengeKey": ""})),
    ];
    for ((operation, mut body), key) in bodies.into_iter().zip(&keys) {
        if let Some(member) = body.get_mut("challengeKey") {
            *member = json!(key);
        }
        front.refuses("LGN-9", Class::Expired, operation, &body)?;
    }
    if let Some(key) = keys.last() {
        let body = phone.rejects(front, key)?;
        front.refuses("LGN-9", Class::Expired, Operation::Reject, &body)?;
    }
    let key = phone.is_asked(front)?;
    phone.retrieves(front, &key)?;
    front.accepts("LGN-9");
    Ok(())
}

fn retrieved(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    front.may_take(180 + SLACK_S)?;
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    front.wait(180 + SLACK_S)?;
    front.follows(&key, "expired");
    let signature = phone.signs(front, displayed)?;
    refuses_all(front, "LGN-9", Class::Expired, &mut phone, (&key, &signature))?;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    let signature = phone.signs(front, displayed)?;
    front.does("LGN-9", Operation::Approve, &phone.approves(&key, &signature))?;
    front.login_is("LGN-16", &key, "approved")
}

fn not_yet(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    front.may_take(180)?;
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    front.wait(60 - SLACK_S)?;
    let displayed = phone.retrieves(front, &key)?;
    front.decides("LGN-5");
    front.wait(120 - SLACK_S)?;
    let signature = phone.signs(front, displayed)?;
    front.does("LGN-5", Operation::Approve, &phone.approves(&key, &signature))?;
    front.login_is("LGN-16", &key, "approved")
}

fn forgotten(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    front.may_take(3600 + SLACK_S)?;
    let mut phone = Phone::activate(front, 0)?;
    let [cancelled, expired] = [phone.is_asked(front)?, phone.is_asked(front)?];
    front.does("LGN-19", Operation::CancelLogin, &json!({"challengeKey": cancelled}))?;
    front.wait(3600 - 60)?;
    front.login_is("LGN-6", &cancelled, "cancelled")?;
    front.login_is("LGN-6", &expired, "expired")?;
    front.wait(60 + SLACK_S)?;
    for key in [&cancelled, &expired] {
        let answer = front.answer("LGN-6", Operation::LoginStatus, &json!({"challengeKey": key}))?;
        let is_gone = answer.problem == Some(Problem::Refused(Class::UnknownSession));
        front.holds("LGN-6", is_gone, "STAT_UNKNOWN_SESSION after an hour", answer.words)?;
    }
    Ok(())
}

fn restarted(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let [waits, shown] = [phone.is_asked(front)?, phone.is_asked(front)?];
    let displayed = phone.retrieves(front, &shown)?;
    let signature = phone.signs(front, displayed)?;
    front.restarts()?;
    front.refuses("GTW-6", Class::AlreadyRetrieved, Operation::Prepare, &phone.prepares(&shown))?;
    front.does("GTW-6", Operation::Approve, &phone.approves(&shown, &signature))?;
    front.login_is("GTW-6", &shown, "approved")?;
    let displayed = phone.retrieves(front, &waits)?;
    let signature = phone.signs(front, displayed)?;
    front.does("GTW-6", Operation::Approve, &phone.approves(&waits, &signature))?;
    front.login_is("GTW-6", &waits, "approved")
}

fn ends(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let [approved, rejected, cancelled] =
        [phone.is_asked(front)?, phone.is_asked(front)?, phone.is_asked(front)?];
    let displayed = phone.retrieves(front, &approved)?;
    let signature = phone.signs(front, displayed)?;
    let approves = phone.approves(&approved, &signature);
    front.does("LGN-16", Operation::Approve, &approves)?;
    front.follows(&approved, "approved");
    phone.retrieves(front, &rejected)?;
    let rejects = phone.rejects(front, &rejected)?;
    front.does("LGN-18", Operation::Reject, &rejects)?;
    front.follows(&rejected, "rejected");
    front.does("LGN-19", Operation::CancelLogin, &json!({"challengeKey": cancelled}))?;
    front.follows(&cancelled, "cancelled");
    front.restarts()?;
    front.refuses("GTW-6", Class::AlreadyApproved, Operation::Approve, &approves)?;
    front.refuses("GTW-6", Class::Replayed, Operation::Reject, &rejects)?;
    front.refuses("GTW-6", Class::AlreadyRejected, Operation::Prepare, &phone.prepares(&rejected))?;
    front.refuses("GTW-6", Class::AlreadyCancelled, Operation::Prepare, &phone.prepares(&cancelled))
}

fn registration(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let about = front.about(0)?;
    let registration = Registration::begins(front, &about, false)?;
    let mut client = app(front)?;
    let code = registration.code(&mut client)?;
    let added = front.does("GTW-6", Operation::AddDevice, &registration.adds(&code, "mine"))?;
    front.restarts()?;
    let again = front.does("GTW-6", Operation::AddDevice, &registration.adds(&code, "mine"))?;
    front.holds("GTW-6", added == again, &added.to_string(), again.to_string())?;
    let signature = crate::phone::confirms(front, &mut client, &again)?;
    front.does("GTW-6", Operation::Activate, &registration.activates(&signature))?;
    front.restarts()?;
    let again = registration.activates(&signature);
    front.refuses("GTW-6", Class::AlreadyActive, Operation::Activate, &again)?;
    let name = front.text("GTW-1", &added, "serialNumber")?;
    crate::activation::device(front, &crate::phone::user_of(&about), &name).map(drop)
}
