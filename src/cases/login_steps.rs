//! Every step of a login in every state of it.

use super::case;
use super::information::inform;
use super::login::{
    Login, approval, cancellation, confirmed, has_status, is_approved, rejection, retrieval, retrieve,
    retrieved, sign, start, unlock, wrong,
};
use channel::rule::{LGN_8, LGN_9, LGN_10, LGN_11, LGN_12, LGN_13, LGN_22, Rule, VER_12};
use harness::case::{Case, Kind, Role};
use harness::scene::Scene;
use harness::setup::SIGNATURE_TRIES;
use harness::trial::{Stop, Trial};
use peer::operations::LoginStatus;

/// How far a login has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Pending,
    Retrieved,
    Approved,
    Rejected,
    Cancelled,
    /// By wrong signatures.
    Failed,
    /// While it was pending.
    ExpiredPending,
    /// While it was retrieved.
    ExpiredRetrieved,
}

const STATES: [(&str, State); 8] = [
    ("pending", State::Pending),
    ("retrieved", State::Retrieved),
    ("approved", State::Approved),
    ("rejected", State::Rejected),
    ("cancelled", State::Cancelled),
    ("failed", State::Failed),
    ("expired-pending", State::ExpiredPending),
    ("expired-retrieved", State::ExpiredRetrieved),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Retrieve,
    Approve,
    Reject,
    Cancel,
}

const STEPS: [(&str, Step); 4] = [
    ("retrieve", Step::Retrieve),
    ("approve", Step::Approve),
    ("reject", Step::Reject),
    ("cancel", Step::Cancel),
];

/// What refuses a step in a state.
fn refusal(state: State, step: Step) -> Option<Rule> {
    match (state, step) {
        (State::Pending, Step::Retrieve | Step::Cancel) => None,
        (State::Pending, Step::Approve | Step::Reject) => Some(LGN_13),
        (State::Retrieved, Step::Retrieve) => Some(LGN_8),
        (State::Retrieved, _) => None,
        (State::Approved, _) => Some(LGN_10),
        (State::Rejected, _) => Some(LGN_11),
        (State::Cancelled, _) => Some(LGN_12),
        (State::Failed, _) => Some(LGN_22),
        (State::ExpiredPending | State::ExpiredRetrieved, _) => Some(LGN_9),
    }
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (state_name, state) in STATES {
        for (step_name, step) in STEPS {
            let id = format!("login-{step_name}-when-{state_name}");
            let Some(rule) = refusal(state, step) else { continue };
            let about =
                format!("{step_name} of a login that is {state_name} is refused with {}", rule.class.word());
            cases.push(case(id, Role::Server, Kind::Negative, &[rule.id], about, move |t| {
                refused(t, state, step, rule)
            }));
        }
    }
    cases
}

/// A login in this state, and the signature over its details where it has some.
fn reach(t: &mut Trial<'_>, scene: &mut Scene, state: State) -> Result<(Login, String), Stop> {
    let mut login = start(t, scene)?;
    let mut signature = "12345678".to_owned();
    if !matches!(state, State::Pending | State::ExpiredPending) {
        retrieve(t, scene, &mut login)?;
        signature = sign(t, scene, &login)?;
    }
    match state {
        State::Pending | State::Retrieved => {}
        State::Approved => is_approved(t, scene, &approval(scene, &login, &signature))?,
        State::Rejected => {
            let message = inform(t, scene, &login.key)?;
            t.agrees("LGN-18", &scene.server, &rejection(scene, &message))?;
        }
        State::Cancelled => {
            t.agrees("LGN-19", &scene.server, &cancellation(scene, &login.key))?;
        }
        State::Failed => {
            let bad = approval(scene, &login, &wrong(&signature));
            for _ in 0..SIGNATURE_TRIES {
                t.refuses_counting_both(VER_12, "login_failures", &scene.server, &bad)?;
            }
            // The instance is free again: what refuses is the login alone.
            t.agrees("OPR-1", &scene.server, &unlock(scene))?;
            has_status(t, scene, &login.key, LoginStatus::Failed)?;
        }
        State::ExpiredPending | State::ExpiredRetrieved => {
            t.needs_time(&scene.server)?;
            scene.now += if state == State::ExpiredPending { 61 } else { 181 };
            // What the clock does is seen here, so that the refusal itself leaves the state as it is.
            has_status(t, scene, &login.key, LoginStatus::Expired)?;
        }
    }
    Ok((login, signature))
}

fn refused(t: &mut Trial<'_>, state: State, step: Step, rule: Rule) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let (login, signature) = reach(t, &mut scene, state)?;
    match step {
        Step::Retrieve => t.refuses_only(rule, &scene.server, &retrieval(&scene, &login.key))?,
        Step::Approve => {
            let bad = approval(&scene, &login, &signature);
            t.refuses_only(rule, &scene.server, &bad)?;
            // Before the user and the signature are looked at.
            let worse = peer::operations::ServerLoginApprove { user: "nobody".into(), ..bad };
            t.refuses_only(rule, &scene.server, &worse)?;
        }
        Step::Reject => {
            // The message itself is used up (LGN-18).
            let message = inform(t, &scene, &login.key)?;
            t.refuses_using_up(rule, &scene.server, &rejection(&scene, &message))?;
        }
        Step::Cancel => t.refuses_only(rule, &scene.server, &cancellation(&scene, &login.key))?,
    }
    twin(t, &mut scene, step, rule)
}

/// The same step for a login that it is due for.
fn twin(t: &mut Trial<'_>, scene: &mut Scene, step: Step, rule: Rule) -> Result<(), Stop> {
    let login = if step == Step::Retrieve { start(t, scene)? } else { retrieved(t, scene)? };
    match step {
        Step::Retrieve => t.twin(rule.id, &scene.server, &retrieval(scene, &login.key)).map(|_| ()),
        Step::Approve => {
            let signature = sign(t, scene, &login)?;
            t.twin(rule.id, &scene.server, &approval(scene, &login, &signature)).map(|_| ())
        }
        Step::Reject => {
            let message = inform(t, scene, &login.key)?;
            t.twin(rule.id, &scene.server, &rejection(scene, &message)).map(|_| ())
        }
        Step::Cancel => t.twin(rule.id, &scene.server, &cancellation(scene, &login.key)).map(|_| ()),
    }
}
