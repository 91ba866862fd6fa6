//! What is over stays so: each end of a login refuses every step.

use channel::class::Class;
use gateway::surface::Operation;
use harness::trial::Stop;
use serde_json::json;

use crate::area::Area;
use crate::front::Front;
use crate::phone::Phone;

pub(crate) fn add(area: &mut Area) {
    area.refuses(&["LGN-10"], "decided-approved", "an approved login refuses every step", |front| {
        over(front, "LGN-10", "approved", Class::AlreadyApproved)
    });
    area.refuses(&["LGN-11"], "decided-rejected", "a rejected login refuses every step", |front| {
        over(front, "LGN-11", "rejected", Class::AlreadyRejected)
    });
    area.refuses(&["LGN-12"], "decided-cancelled", "a cancelled login refuses every step", |front| {
        over(front, "LGN-12", "cancelled", Class::AlreadyCancelled)
    });
}

/// Every step of a login that is over, by who could have done it before.
pub(crate) fn refuses_all(
    front: &mut Front<'_, '_>,
    aim: &'static str,
    class: Class,
    phone: &mut Phone,
    (key, signature): (&str, &str),
) -> Result<(), Stop> {
    front.refuses(aim, class, Operation::Approve, &phone.approves(key, signature))?;
    let rejects = phone.rejects(front, key)?;
    front.refuses(aim, class, Operation::Reject, &rejects)?;
    front.refuses(aim, class, Operation::Prepare, &phone.prepares(key))?;
    front.refuses(aim, class, Operation::CancelLogin, &json!({"challengeKey": key}))
}

fn over(front: &mut Front<'_, '_>, aim: &'static str, end: &'static str, class: Class) -> Result<(), Stop> {
    let mut phone = Phone::activate(front, 0)?;
    let key = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &key)?;
    let signature = phone.signs(front, displayed)?;
    match end {
        "approved" => front.does(aim, Operation::Approve, &phone.approves(&key, &signature))?,
        "rejected" => {
            let body = phone.rejects(front, &key)?;
            front.does(aim, Operation::Reject, &body)?
        }
        _ => front.does(aim, Operation::CancelLogin, &json!({"challengeKey": key}))?,
    };
    front.login_is(aim, &key, end)?;
    refuses_all(front, aim, class, &mut phone, (&key, &signature))?;
    // Another login goes its way.
    let other = phone.is_asked(front)?;
    let displayed = phone.retrieves(front, &other)?;
    let signature = phone.signs(front, displayed)?;
    front.does("LGN-16", Operation::Approve, &phone.approves(&other, &signature))?;
    front.login_is("LGN-16", &other, "approved")
}
