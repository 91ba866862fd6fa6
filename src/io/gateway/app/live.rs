//! An app as a peer: what a case asks, a person and the app answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::board::{Board, Seen, Stopped};
use super::callbacks::{Callbacks, Called};
use super::rehearsal::{ACTIVATION, Script, Step};
use super::task::{Saw, Task};
use super::want::{Display, Known, NO_QUESTION, Picture, Want};
use channel::class::Class;
use harness::trial::{Broken, Exchange};
use peer::operations::*;
use peer::protocol::{Operation, Question};

/// An activation with which other cases can go on: they begin with the same bytes, and so it is not done again.
#[derive(Clone, Debug)]
pub(super) struct Activated {
    /// The bytes with which it was rehearsed.
    pub(super) key: String,
    /// When it began, as the cases have it.
    pub(super) start: u32,
    began: Instant,
    /// When each operation of the activation was asked for, in seconds from then.
    times: BTreeMap<String, u32>,
    /// What was asked of the app, and its results.
    steps: Vec<(Value, Value)>,
    /// Signatures since, by application.
    signed: BTreeMap<u32, u32>,
}

impl Activated {
    fn is_whole(&self) -> bool {
        self.steps.len() == ACTIVATION.len()
    }
}

/// An app in one case.
pub(super) struct App<'a> {
    board: &'a Board,
    callbacks: &'a Callbacks,
    script: &'a Script,
    known: Known,
    /// Questions so far.
    asked: usize,
    activated: Activated,
    /// Questions of an earlier activation that were not asked again; none where this case activates.
    repeats: Option<usize>,
    /// The server has verified the confirmation.
    is_confirmed: bool,
    /// The person stopped the case.
    pub(super) is_stopped: bool,
}

impl<'a> App<'a> {
    /// For a case; with an activation of before, where it begins in the same way.
    pub(super) fn new(
        board: &'a Board,
        callbacks: &'a Callbacks,
        script: &'a Script,
        before: Option<Activated>,
        now: u32,
    ) -> Self {
        let repeats = before.is_some().then_some(0);
        let activated = before.unwrap_or_else(|| Activated {
            key: script.activation.clone().unwrap_or_default(),
            start: now,
            began: Instant::now(),
            times: BTreeMap::new(),
            steps: Vec::new(),
            signed: BTreeMap::new(),
        });
        let known = Known::default();
        Self {
            board,
            callbacks,
            script,
            known,
            asked: 0,
            activated,
            repeats,
            is_confirmed: false,
            is_stopped: false,
        }
    }

    /// The time at which the case begins.
    pub(super) fn start(&self) -> u32 {
        self.activated.start
    }

    /// After the case: clears the display, and gives the activation if another case can go on with it.
    pub(super) fn ends(mut self) -> Option<Activated> {
        if self.known.display != Display::Empty && self.board.ask(Task::clear()).is_err() {
            return None;
        }
        self.known.has_signed(&self.activated.signed);
        let can_go_on =
            self.script.activation.is_some() && self.activated.is_whole() && self.known.is_as_activated();
        self.activated.signed = self.known.signed().clone();
        can_go_on.then_some(self.activated)
    }

    /// What the reference answered to this question.
    fn right(&self) -> Option<&'a Step> {
        self.script.steps.get(self.asked)
    }

    fn answer(&mut self, question: &Question<'_>) -> Result<Answered, Broken> {
        let right = self.right().filter(|step| step.op == question.op);
        if let Some(result) = self.repeated(question)? {
            return Ok(Ok(result));
        }
        let want = self.known.want(question).map_err(|why| Broken::Unseen(why.to_owned()))?;
        let want = match want {
            Want::Follow(url) => Want::Follow(self.callbacks.url(&url)),
            other => other,
        };
        let Some(task) = Task::of(&want, self.known.display, right) else {
            return Ok(unasked(question, &want));
        };
        let seen = self.board.ask(task).map_err(|Stopped| {
            self.is_stopped = true;
            Broken::Unseen("the case was stopped".to_owned())
        })?;
        let answered = self.made_of(&question.op, &want, seen, right)?;
        self.records(question, &answered);
        Ok(answered)
    }

    /// The answer that this activation had, where the case begins as the one before.
    fn repeated(&mut self, question: &Question<'_>) -> Result<Option<Value>, Broken> {
        let Some(done) = self.repeats.filter(|_| is_of_activation(question)) else { return Ok(None) };
        let Some((asked, result)) = self.activated.steps.get(done) else { return Ok(None) };
        if *asked != whole(question) {
            self.known = Known::default();
            return Err(Broken::Unseen(
                "it goes on with another activation than it was rehearsed with".into(),
            ));
        }
        self.repeats = Some(done + 1);
        Ok(Some(result.clone()))
    }

    fn records(&mut self, question: &Question<'_>, answered: &Answered) {
        let due = ACTIVATION.get(self.activated.steps.len());
        let is_due = self.repeats.is_none() && due.is_some_and(|due| *due == question.op);
        if let (true, Ok(result)) = (is_due && is_of_activation(question), answered) {
            self.activated.steps.push((whole(question), result.clone()));
        }
    }

    fn made_of(&self, op: &str, want: &Want, seen: Seen, right: Option<&Step>) -> Result<Answered, Broken> {
        let called = seen.called.as_deref().map(|tail| self.called(tail));
        let refused = |class: Class| Ok(Err(class));
        match seen.saw {
            Some(Saw::Unsure) => {
                return Err(Broken::Unseen("the person who held the app could not tell".into()));
            }
            Some(Saw::Crashed) => {
                return Err(Broken::Crash("the app ended, as the person who held it says".into()));
            }
            Some(Saw::Refused) => {
                let class = seen.reason.and_then(|reason| reason.class(right.and_then(|step| step.class)));
                return class.map_or_else(
                    || Err(Broken::Unseen("the app doesn't say why it refuses".into())),
                    refused,
                );
            }
            _ => {}
        }
        let url = called.as_ref().map(|called| called.url.clone());
        let ok = right.and_then(|step| step.ok.clone()).unwrap_or_default();
        let code = seen.code.trim().to_owned();
        Ok(Ok(match want {
            Want::Fresh | Want::Nothing => json!({}),
            Want::Scan(Picture::License, _) => json!({ "device_code": code }),
            Want::Scan(Picture::Instance, _) => {
                let member = |name: &str, other: Value| ok.get(name).cloned().unwrap_or(other);
                json!({ "serial": member("serial", "".into()), "sequence": member("sequence", 0.into()), "signature": code })
            }
            Want::Scan(Picture::Request, _) => {
                let mut opened = self.opened(seen.saw, ok);
                set(&mut opened, "callback", url.into());
                opened
            }
            Want::Scan(Picture::Deactivation, _) => {
                let member = |name: &str, other: Value| ok.get(name).cloned().unwrap_or(other);
                json!({ "serial": member("serial", "".into()), "sequence": member("sequence", 0.into()), "callback": url })
            }
            Want::Follow(_) => self.followed(seen.saw, called, ok),
            Want::Decide { .. } => match self.known.display {
                Display::Called => answered(called, &ok),
                _ => json!({ "signature": (seen.saw == Some(Saw::Code)).then_some(code) }),
            },
            Want::LookForMore | Want::StillNothing if seen.saw == Some(Saw::Done) => {
                return refused(Class::WrongState);
            }
            Want::LookForMore | Want::StillNothing if op == ClientAnswer::NAME => {
                json!({ "callback": SOMETHING, "error": null })
            }
            Want::LookForMore | Want::StillNothing => json!({ "signature": SOMETHING }),
            Want::Leave | Want::Remove => json!({ "callback": url }),
            Want::Respond { .. } => json!({ "response": code }),
        }))
    }

    fn called(&self, tail: &str) -> Called {
        match self.known.configured() {
            Some((config, _)) => self.callbacks.called(tail, config),
            None => Called { url: tail.to_owned(), error: None },
        }
    }

    /// A message on display.
    fn opened(&self, saw: Option<Saw>, mut right: Value) -> Value {
        let handle = right.get("handle").is_none_or(|handle| !handle.is_null());
        let content = json!({ "format": "free-text", "title": "", "text": SOMETHING });
        if !right.is_object() {
            right =
                json!({ "serial": "", "sequence": 0, "application": 0, "template": 0, "require_pin": false });
        }
        if saw != Some(Saw::Shown) || right.get("content").is_none() {
            set(&mut right, "content", content);
        }
        set(&mut right, "handle", handle.then_some(self.known.next_handle()).into());
        right
    }

    fn followed(&self, saw: Option<Saw>, called: Option<Called>, mut ok: Value) -> Value {
        let right_error = ok.get("error").cloned().unwrap_or_default();
        match (saw, called) {
            (Some(Saw::Shown | Saw::Other), called) => {
                let right = ok.get_mut("opened").map(Value::take).unwrap_or_default();
                let url = called.map(|called| called.url);
                json!({ "opened": self.opened(saw, right), "error": null, "callback": url })
            }
            (_, Some(Called { url, error: Some(number) })) => {
                let error = error_of(number, &right_error);
                json!({ "opened": null, "error": error, "callback": url })
            }
            // Nobody was told a number.
            (_, called) => {
                let error = if right_error.is_null() { error_of(1, &right_error) } else { right_error };
                json!({ "opened": null, "error": error, "callback": called.map(|called| called.url) })
            }
        }
    }
}

/// What stands for what an app shows that it should not show.
const SOMETHING: &str = "(something else, as the person who held the app says)";

/// A result, or the class of a refusal.
type Answered = Result<Value, Class>;

/// What is known without asking anybody.
fn unasked(question: &Question<'_>, want: &Want) -> Answered {
    match (want, &*question.op) {
        (Want::StillNothing, _) => Err(Class::WrongState),
        (_, ClientClose::NAME) => Ok(json!({ "callback": null })),
        _ => Ok(json!({})),
    }
}

/// What was called after a decision.
fn answered(called: Option<Called>, right: &Value) -> Value {
    let right_error = right.get("error").cloned().unwrap_or_default();
    match called {
        Some(Called { url, error }) => {
            json!({ "callback": url, "error": error.map(|number| error_of(number, &right_error)) })
        }
        None => json!({ "callback": "(nobody is called)", "error": null }),
    }
}

/// An error by its number: the class is the right one, where that has this number.
fn error_of(number: u8, right: &Value) -> Value {
    match right.get("number").and_then(Value::as_u64) == Some(u64::from(number)) {
        true => right.clone(),
        false => {
            let class = Class::all().find(|class| class.app_to_app() == Some(number));
            json!({ "number": number, "class": class.unwrap_or(Class::Busy).word() })
        }
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn is_of_activation(question: &Question<'_>) -> bool {
    ACTIVATION.contains(&&*question.op)
}

/// A question without its number.
fn whole(question: &Question<'_>) -> Value {
    let params: Value = serde_json::from_str(question.params.get()).unwrap_or_default();
    let mut params = params;
    if let Some(members) = params.as_object_mut() {
        // The app's clock is its own.
        members.remove("now");
    }
    json!({ "op": question.op, "session": question.session, "params": params })
}

impl Exchange for App<'_> {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let question: Question<'_> =
            serde_json::from_slice(line).map_err(|_| Broken::Unseen(NO_QUESTION.to_owned()))?;
        let answered = self.answer(&question)?;
        let (ok, class) = (answered.as_ref().ok(), answered.as_ref().err().map(|class| class.word()));
        self.known.answered(&question, ok, class);
        if question.op != Drop::NAME {
            self.asked += 1;
        }
        let answer = match &answered {
            Ok(result) => json!({ "seq": question.seq, "ok": result }),
            Err(class) => json!({ "seq": question.seq, "refused": { "class": class.word() } }),
        };
        serde_json::to_vec(&answer).map_err(|error| Broken::Violation(error.to_string()))
    }

    /// Of an activation of before, the times that it had: they stand in its messages.
    fn elapsed(&mut self, operation: &str) -> u32 {
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        let real = seconds(self.activated.began.elapsed());
        let confirms = operation == ServerVerifyMessageSignature::NAME;
        let done = self.repeats.unwrap_or(self.activated.steps.len());
        let is_before = !self.is_confirmed && (done < ACTIVATION.len() || confirms);
        self.is_confirmed |= done >= ACTIVATION.len() && confirms;
        match self.repeats {
            Some(_) if is_before => self.activated.times.get(operation).copied().unwrap_or_default(),
            None if is_before => *self.activated.times.entry(operation.to_owned()).or_insert(real),
            _ => real,
        }
    }

    fn has_no_vector(&self) -> bool {
        true
    }
}
