//! The verbs of a play: what a back end and phones ask, and what must come back.
//!
//! As with any case, what it covers must be decided by what the gateway answered: a negative one sees a refusal by each of
//! its requirements *and* the twin that is accepted, or it is at fault. After each refusal, every login that the case
//! follows is looked at: it is what it was.

use std::collections::{BTreeMap, BTreeSet};

use channel::class::Class;
use gateway::code::Problem;
use gateway::surface::{Operation, Side};
use harness::case::Kind;
use harness::trial::{Broken, Stop, Trial, fail};
use serde_json::{Value, json};

use crate::bridge::{
    self, About, AllTold, Ask, AskAbout, AskAtOnce, AskRestart, AskWait, Body, Came, Key, Now, Reply, Told,
};
use crate::reading::{self, Answer};

/// How often a gateway may say that it is asked too often, and is asked again a second later.
const PATIENT: usize = 20;

/// What a case does.
pub(crate) type Play = fn(&mut Front<'_, '_>) -> Result<(), Stop>;

/// A case at play.
pub(crate) struct Front<'t, 'p> {
    trial: &'t mut Trial<'p>,
    /// The number of the first license of the case.
    licenses: u32,
    /// The time of the last reply.
    pub(crate) now: u32,
    /// The logins that the case follows, and what each is.
    logins: BTreeMap<String, &'static str>,
    decided: BTreeSet<&'static str>,
    refused: BTreeSet<&'static str>,
    accepted: BTreeSet<&'static str>,
}

/// A request of the surface, as it should be.
pub(crate) fn post(operation: Operation, body: &Value) -> Ask {
    let is_ours =
        Operation::TABLE.iter().any(|(row, _, side, _)| *row == operation && *side == Side::BackEnd);
    Ask {
        method: "POST".into(),
        path: operation.path().into(),
        host: None,
        own_origin: false,
        headers: vec![("content-type".into(), "application/json".into())],
        key: if is_ours { Key::Right } else { Key::None },
        body: Body::Text { text: body.to_string() },
    }
}

/// A look at a path.
pub(crate) fn get(path: &str) -> Ask {
    Ask {
        method: "GET".into(),
        path: path.into(),
        host: None,
        own_origin: false,
        headers: Vec::new(),
        key: Key::None,
        body: Body::None,
    }
}

impl<'t, 'p> Front<'t, 'p> {
    /// Plays a case, and sees whether it decided what it covers.
    pub(crate) fn play(
        trial: &'t mut Trial<'p>,
        licenses: u32,
        kind: Kind,
        covers: &[&'static str],
        play: Play,
    ) -> Result<(), Stop> {
        let now = trial.start();
        let (logins, decided, refused, accepted) = Default::default();
        let mut front = Self { trial, licenses, now, logins, decided, refused, accepted };
        play(&mut front)?;
        let Self { trial, decided, refused, accepted, .. } = front;
        for id in covers {
            let (is_decided, what) = match kind {
                Kind::Negative if !refused.contains(id) => (false, "nothing was refused by"),
                Kind::Negative => (accepted.contains(id), "no twin was accepted for"),
                Kind::Positive | Kind::Sequence => (decided.contains(id), "nothing was asked that decides"),
            };
            if !is_decided {
                return Err(Stop::Harness(format!("{what} {id}")));
            }
        }
        trial.witnessed.extend(decided);
        Ok(())
    }

    /// The next bytes of this case.
    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        self.trial.random()
    }

    /// One of the licenses of the case, 0 or 1.
    pub(crate) fn about(&mut self, which: u32) -> Result<About, Stop> {
        let license = self.licenses + which;
        self.trial.asks_alone("GTW-1", bridge::ABOUT, &AskAbout { license })
    }

    /// What came of a request, whatever it is. Who is asked too often is asked again.
    pub(crate) fn told(&mut self, aim: &'static str, ask: &Ask) -> Result<Told, Stop> {
        for _ in 0..PATIENT {
            let told: Told = self.trial.asks_alone(aim, bridge::ASK, ask)?;
            self.now = told.now;
            match &told.came {
                Came::Reply(Reply { status: 429, .. }) => self.wait(1)?,
                _ => return Ok(told),
            }
        }
        Err(Stop::NotTestable(
            "the gateway says again and again that it is asked too often: raise its limits",
        ))
    }

    /// The same, once, whatever limits there are.
    pub(crate) fn told_once(&mut self, aim: &'static str, ask: &Ask) -> Result<Told, Stop> {
        let told: Told = self.trial.asks_alone(aim, bridge::ASK, ask)?;
        self.now = told.now;
        Ok(told)
    }

    /// A reply; where none comes, the gateway is broken.
    pub(crate) fn reply(&mut self, aim: &'static str, ask: &Ask) -> Result<Reply, Stop> {
        replied(aim, self.told(aim, ask)?)
    }

    /// The replies to the same request, asked so often at the same time.
    pub(crate) fn at_once(
        &mut self,
        aim: &'static str,
        operation: Operation,
        body: &Value,
        times: u8,
    ) -> Result<Vec<Answer>, Stop> {
        let ask = AskAtOnce { ask: post(operation, body), times };
        let AllTold { told } = self.trial.asks_alone(aim, bridge::AT_ONCE, &ask)?;
        told.into_iter().map(|told| reading::read(&replied(aim, told)?)).collect()
    }

    /// Asks for something of the surface.
    pub(crate) fn answer(
        &mut self,
        aim: &'static str,
        operation: Operation,
        body: &Value,
    ) -> Result<Answer, Stop> {
        reading::read(&self.reply(aim, &post(operation, body))?)
    }

    /// Must be done: its result.
    pub(crate) fn does(
        &mut self,
        aim: &'static str,
        operation: Operation,
        body: &Value,
    ) -> Result<Value, Stop> {
        let Answer { problem, result, words } = self.answer(aim, operation, body)?;
        if problem.is_some() {
            return Err(fail(aim, format!("{} done: {}", operation.path(), reading::expected(None)), words));
        }
        self.decides(aim);
        self.accepted.insert(aim);
        Ok(result)
    }

    /// Must be refused, and leave the logins as they are.
    pub(crate) fn refuses(
        &mut self,
        aim: &'static str,
        class: Class,
        operation: Operation,
        body: &Value,
    ) -> Result<(), Stop> {
        self.errs(aim, Problem::Refused(class), &post(operation, body))
    }

    /// Must be an error, or a refusal, and leave the logins as they are.
    pub(crate) fn errs(&mut self, aim: &'static str, problem: Problem, ask: &Ask) -> Result<(), Stop> {
        let reply = self.reply(aim, ask)?;
        self.is_problem(aim, problem, &reply)?;
        self.logins_are(aim)
    }

    /// This reply must tell of that problem.
    pub(crate) fn is_problem(
        &mut self,
        aim: &'static str,
        problem: Problem,
        reply: &Reply,
    ) -> Result<(), Stop> {
        let want = reading::expected(Some(problem));
        // What was wrongly done has no codes that say otherwise, and belongs to the requirement that was asked about.
        let answer = match reading::read(reply) {
            Err(_) if reply.status == 200 => return Err(fail(aim, want, reading::words(reply))),
            read => read?,
        };
        if answer.problem != Some(problem) {
            return Err(fail(aim, want, answer.words));
        }
        self.decides(aim);
        self.refused.insert(aim);
        Ok(())
    }

    /// A comparison that a case makes itself.
    pub(crate) fn holds(
        &mut self,
        aim: &'static str,
        holds: bool,
        expected: &str,
        got: String,
    ) -> Result<(), Stop> {
        self.trial.decided(holds, aim, expected, got)?;
        self.decides(aim);
        Ok(())
    }

    /// Marks a requirement as decided: what was answered could not have been otherwise.
    pub(crate) fn decides(&mut self, aim: &'static str) {
        self.decided.insert(aim);
    }

    /// A twin that was accepted, though it isn't asked by [`Front::does`].
    pub(crate) fn accepts(&mut self, aim: &'static str) {
        self.decides(aim);
        self.accepted.insert(aim);
    }

    /// A member of a result, as text.
    pub(crate) fn text(&mut self, aim: &'static str, result: &Value, name: &str) -> Result<String, Stop> {
        let found = result.get(name).and_then(Value::as_str).map(str::to_owned);
        found.ok_or_else(|| fail(aim, format!("a result with the text {name}"), result.to_string()))
    }

    /// A login is followed from here on.
    pub(crate) fn follows(&mut self, key: &str, status: &'static str) {
        self.logins.insert(key.to_owned(), status);
    }

    /// A login must be this now, and is followed as that.
    pub(crate) fn login_is(
        &mut self,
        aim: &'static str,
        key: &str,
        status: &'static str,
    ) -> Result<(), Stop> {
        self.follows(key, status);
        let result = self.does("GTW-1", Operation::LoginStatus, &json!({"challengeKey": key}))?;
        let got = self.text("GTW-1", &result, "loginStatus")?;
        self.holds(aim, got == status, &format!("a login that is {status}"), format!("it is {got}"))
    }

    /// All that are followed must be what they were.
    fn logins_are(&mut self, aim: &'static str) -> Result<(), Stop> {
        for (key, status) in self.logins.clone() {
            // What ends a login is its own affair, whatever was asked.
            let aim = if status == "failed" { "LGN-22" } else { aim };
            self.login_is(aim, &key, status)?;
        }
        Ok(())
    }

    /// A case that takes so many seconds: where that is more than it may, it can't be judged.
    pub(crate) fn may_take(&mut self, seconds: u32) -> Result<(), Stop> {
        match self.about(0)?.wait_s >= seconds {
            true => Ok(()),
            false => Err(Stop::NotTestable("it takes longer than a case may wait: see --wait")),
        }
    }

    /// Waits, as long as [`Front::may_take`] has asked for.
    pub(crate) fn wait(&mut self, seconds: u32) -> Result<(), Stop> {
        let mut left = seconds;
        while left > 0 {
            let part = left.min(bridge::WAIT_AT_ONCE_S);
            let Now { now } = self.trial.asks_alone("GTW-1", bridge::WAIT, &AskWait { seconds: part })?;
            self.now = now;
            left -= part;
        }
        Ok(())
    }

    /// The gateway is stopped and started. Where nobody can do that, the case can't be judged.
    pub(crate) fn restarts(&mut self) -> Result<(), Stop> {
        if !self.about(0)?.restarts {
            return Err(Stop::NotTestable("nobody can restart the gateway: see --restart"));
        }
        let told: Told = self.trial.asks_alone("GTW-6", bridge::RESTART, &AskRestart {})?;
        self.now = told.now;
        let reply = replied("GTW-6", told)?;
        self.holds(
            "GTW-6",
            reply.status == 200,
            "/healthz with 200 after a restart",
            reply.status.to_string(),
        )
    }
}

/// A reply; silence is no refusal.
fn replied(aim: &'static str, told: Told) -> Result<Reply, Stop> {
    match told.came {
        Came::Reply(reply) => Ok(reply),
        Came::Silence(words) => Err(Stop::Broken(Broken::Hang(words), aim)),
        Came::Closed(words) => Err(Stop::Broken(Broken::Crash(words), aim)),
    }
}
