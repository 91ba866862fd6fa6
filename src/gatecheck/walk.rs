//! Many steps at random, beside a small model of what a login is: the net under the cases. Another seed walks elsewhere
//! (`--seed random`). The model knows states and counters, and nothing of HTTP, keys or messages.

use channel::class::Class;
use gateway::surface::Operation;
use harness::trial::Stop;
use serde_json::{Value, json};

use crate::area::Area;
use crate::front::Front;
use crate::phone::{Phone, wrong};

/// Steps of a walk.
const STEPS: usize = 50;
/// Logins of a walk; fewer than one requester may have (LGN-3).
const LOGINS: usize = 12;
/// Seconds after which a walk ends: before its first login expires (LGN-5).
const LONGEST_S: u32 = 45;

pub(crate) fn add(area: &mut Area) {
    for name in ["walk-1", "walk-2", "walk-3", "walk-4"] {
        let about = "many steps at random are answered as a small model of logins says";
        area.follows(&["LGN-16", "LGN-18"], name, about, walk);
    }
}

/// What a login is, by the model.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    /// By this phone.
    Retrieved(usize),
    Approved,
    Rejected,
    Cancelled,
    Failed,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Retrieved(_) => "retrieved",
            State::Approved => "approved",
            State::Rejected => "rejected",
            State::Cancelled => "cancelled",
            State::Failed => "failed",
        }
    }

    /// What every step is told of a login that is over.
    fn over(self) -> Option<(&'static str, Class)> {
        match self {
            State::Pending | State::Retrieved(_) => None,
            State::Approved => Some(("LGN-10", Class::AlreadyApproved)),
            State::Rejected => Some(("LGN-11", Class::AlreadyRejected)),
            State::Cancelled => Some(("LGN-12", Class::AlreadyCancelled)),
            State::Failed => Some(("LGN-22", Class::AttemptsExhausted)),
        }
    }
}

/// A login, as the model knows it.
struct Login {
    key: String,
    state: State,
    /// Wrong signatures.
    failures: u8,
    /// The right signature, once the details are there.
    signature: String,
}

/// Two phones of one license, and its logins.
struct Walk {
    phones: [Phone; 2],
    /// Wrong signatures of each.
    failures: [u8; 2],
    logins: Vec<Login>,
    tries: u8,
}

fn walk(front: &mut Front<'_, '_>) -> Result<(), Stop> {
    let tries = front.about(0)?.signature_tries;
    let phones = [Phone::activate(front, 0)?, Phone::activate(front, 0)?];
    let mut walk = Walk { phones, failures: [0; 2], logins: Vec::new(), tries };
    // So that every walk has decided something, whatever chance says.
    walk.approves_one(front)?;
    walk.rejects_one(front)?;
    let begun = front.now;
    for _ in 0..STEPS {
        if front.now.saturating_sub(begun) > LONGEST_S {
            break;
        }
        walk.step(front)?;
    }
    for login in &walk.logins {
        front.login_is("LGN-16", &login.key, login.state.word())?;
    }
    Ok(())
}

/// The phone that has retrieved a login, if one has, or the other one.
fn index(which: u8) -> usize {
    usize::from(which % 2)
}

impl Walk {
    fn approves_one(&mut self, front: &mut Front<'_, '_>) -> Result<(), Stop> {
        let at = self.starts(front)?;
        self.retrieves(front, at, 0)?;
        self.approves(front, at, Try::Right)
    }

    fn rejects_one(&mut self, front: &mut Front<'_, '_>) -> Result<(), Stop> {
        let at = self.starts(front)?;
        self.retrieves(front, at, 1)?;
        self.rejects(front, at, 0)
    }

    /// One step at random; the likeliest is one that goes on.
    fn step(&mut self, front: &mut Front<'_, '_>) -> Result<(), Stop> {
        let [what, which, who] = front.random::<3>();
        if self.logins.len() < LOGINS && what < 50 {
            return self.starts(front).map(drop);
        }
        let at = usize::from(which) % self.logins.len().max(1);
        match what {
            0..=109 => self.retrieves(front, at, index(who)),
            110..=159 => self.approves(front, at, Try::Right),
            160..=184 => self.approves(front, at, Try::Wrong),
            185..=199 => self.approves(front, at, Try::OtherUser),
            200..=209 => self.approves(front, at, Try::NoSignature),
            210..=234 => self.rejects(front, at, index(who)),
            235..=245 => self.cancels(front, at),
            _ => self.is_asked_for_by_nobody(front, at),
        }
    }

    fn starts(&mut self, front: &mut Front<'_, '_>) -> Result<usize, Stop> {
        let [phone, _] = &mut self.phones;
        let key = phone.is_asked(front)?;
        self.logins.push(Login { key, state: State::Pending, failures: 0, signature: "00000000".into() });
        Ok(self.logins.len() - 1)
    }

    /// What the gateway must say, and whether it is done.
    fn asks(
        front: &mut Front<'_, '_>,
        aim: &'static str,
        refused: Option<(&'static str, Class)>,
        ask: (Operation, Value),
    ) -> Result<Option<Value>, Stop> {
        match refused {
            Some((aim, class)) => front.refuses(aim, class, ask.0, &ask.1).map(|()| None),
            None => front.does(aim, ask.0, &ask.1).map(Some),
        }
    }

    fn retrieves(&mut self, front: &mut Front<'_, '_>, at: usize, who: usize) -> Result<(), Stop> {
        let (Some(login), Some(phone)) = (self.logins.get_mut(at), self.phones.get_mut(who)) else {
            return Ok(());
        };
        let refused = match login.state {
            State::Pending => None,
            State::Retrieved(_) => Some(("LGN-8", Class::AlreadyRetrieved)),
            over => over.over(),
        };
        let ask = (Operation::Prepare, phone.prepares(&login.key));
        let Some(result) = Self::asks(front, "LGN-14", refused, ask)? else { return Ok(()) };
        let message = front.text("GTW-1", &result, "requestMessage")?;
        let displayed = phone.displays(&message)?;
        login.signature = phone.signs(front, displayed)?;
        login.state = State::Retrieved(who);
        front.follows(&login.key, login.state.word());
        Ok(())
    }

    fn approves(&mut self, front: &mut Front<'_, '_>, at: usize, how: Try) -> Result<(), Stop> {
        let Some(login) = self.logins.get_mut(at) else { return Ok(()) };
        let who = if let State::Retrieved(who) = login.state { who } else { 0 };
        let (Some(phone), Some(failures)) = (self.phones.get(who), self.failures.get_mut(who)) else {
            return Ok(());
        };
        let is_locked = *failures >= self.tries;
        let refused = match (login.state, how) {
            (State::Pending, _) => Some(("LGN-13", Class::WrongState)),
            (State::Retrieved(_), Try::OtherUser) => Some(("LGN-15", Class::WrongUser)),
            (State::Retrieved(_), _) if is_locked => Some(("VER-5", Class::Locked)),
            (State::Retrieved(_), Try::NoSignature) => Some(("VER-10", Class::BadSignature)),
            (State::Retrieved(_), Try::Wrong) => Some(("VER-12", Class::WrongSignature)),
            (State::Retrieved(_), Try::Right) => None,
            (over, _) => over.over(),
        };
        if refused.is_some_and(|(aim, _)| aim == "VER-12") {
            (login.failures, *failures) = (login.failures + 1, *failures + 1);
            if login.failures >= self.tries {
                login.state = State::Failed;
                front.follows(&login.key, login.state.word());
            }
        }
        let mut body = match how {
            Try::Wrong => phone.approves(&login.key, &wrong(&login.signature)),
            Try::NoSignature => phone.approves(&login.key, "12"),
            Try::Right | Try::OtherUser => phone.approves(&login.key, &login.signature),
        };
        if let (Try::OtherUser, Some(user)) = (how, body.get_mut("userID")) {
            *user = json!("nobody");
        }
        if Self::asks(front, "LGN-16", refused, (Operation::Approve, body))?.is_some() {
            *failures = 0;
            login.state = State::Approved;
            front.follows(&login.key, login.state.word());
        }
        Ok(())
    }

    fn rejects(&mut self, front: &mut Front<'_, '_>, at: usize, who: usize) -> Result<(), Stop> {
        let (Some(login), Some(phone)) = (self.logins.get_mut(at), self.phones.get_mut(who)) else {
            return Ok(());
        };
        let refused = match login.state {
            State::Pending => Some(("LGN-13", Class::WrongState)),
            State::Retrieved(_) => None,
            over => over.over(),
        };
        let body = phone.rejects(front, &login.key)?;
        if Self::asks(front, "LGN-18", refused, (Operation::Reject, body.clone()))?.is_some() {
            login.state = State::Rejected;
            front.follows(&login.key, login.state.word());
        }
        // Whatever was said, the message is used up.
        front.refuses("INF-4", Class::Replayed, Operation::Reject, &body)
    }

    fn cancels(&mut self, front: &mut Front<'_, '_>, at: usize) -> Result<(), Stop> {
        let Some(login) = self.logins.get_mut(at) else { return Ok(()) };
        let ask = (Operation::CancelLogin, json!({"challengeKey": login.key}));
        if Self::asks(front, "LGN-19", login.state.over(), ask)?.is_some() {
            login.state = State::Cancelled;
            front.follows(&login.key, login.state.word());
        }
        Ok(())
    }

    /// A stranger with a key that no login has: nothing comes of it.
    fn is_asked_for_by_nobody(&mut self, front: &mut Front<'_, '_>, at: usize) -> Result<(), Stop> {
        let (Some(login), [phone, _]) = (self.logins.get(at), &self.phones) else { return Ok(()) };
        let body = phone.approves("0000000000", &login.signature);
        front.refuses("LGN-7", Class::UnknownSession, Operation::Approve, &body)
    }
}

/// How an approval is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Try {
    Right,
    Wrong,
    OtherUser,
    NoSignature,
}
