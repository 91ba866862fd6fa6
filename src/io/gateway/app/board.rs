//! What the page shows and what comes back from it, between the thread that plays and those that serve the page.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::task::{Reason, Saw, Task};
use crate::io::signals::interrupted;
use harness::suite::Verdict;

/// Between two looks whether the program was told to end.
const LOOK: Duration = Duration::from_millis(100);
/// How long a call of the app is waited for after the person has said what is to be seen.
const LATE_CALL: Duration = Duration::from_secs(3);
/// Characters of a code that is typed in: more than the longest response.
const MOST_TYPED: usize = 64;

/// A case in the list of the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) about: String,
    pub(super) area: String,
    /// What is to be done for it.
    pub(super) actions: usize,
    /// Which activation it goes on with; none where it needs its own.
    pub(super) activation: Option<usize>,
    pub(super) verdict: Option<&'static str>,
    /// What was expected and what came, where it did not pass.
    pub(super) why: Option<String>,
}

/// What it takes to play all cases in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Effort {
    /// What a person is to do.
    pub actions: usize,
    /// How often the app is activated.
    pub activations: usize,
}

/// What the person wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// This case.
    Case(usize),
    /// The report.
    Finish,
}

/// What came of a task.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// What the person said; nothing where a call ended it.
    pub(super) saw: Option<Saw>,
    /// What was typed in.
    pub(super) code: String,
    /// Why the app refused.
    pub(super) reason: Option<Reason>,
    /// What the app called, behind the base.
    pub(super) called: Option<String>,
}

/// What the page sends of a task.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    task: u64,
    saw: Saw,
    #[serde(default)]
    code: String,
    #[serde(default)]
    reason: Option<Reason>,
}

/// The case is stopped, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    /// Grows with each change.
    version: u64,
    /// The number of the task.
    number: u64,
    task: Option<Task>,
    /// The case that is played.
    playing: Option<usize>,
    /// What was done of it.
    done: usize,
    /// The case that was judged last.
    last: Option<usize>,
    /// What an app under test is configured with.
    setup: Vec<(String, String)>,
    /// What all is, in its order.
    #[serde(flatten)]
    effort: Effort,
    /// Cases of the run that can't be played this way.
    not_testable: usize,
    rows: Vec<Row>,
    /// The run is over: where its report is.
    over: Option<String>,
    #[serde(skip)]
    seen: Option<(Seen, Instant)>,
    #[serde(skip)]
    called: Option<String>,
    #[serde(skip)]
    choice: Option<Choice>,
    #[serde(skip)]
    is_stopped: bool,
}

/// The board.
pub(super) struct Board {
    inner: Mutex<Inner>,
    changed: Condvar,
    versions: watch::Sender<u64>,
}

impl Board {
    pub(super) fn new(
        rows: Vec<Row>,
        effort: Effort,
        setup: Vec<(String, String)>,
        not_testable: usize,
    ) -> Self {
        let inner = Inner {
            version: 0,
            number: 0,
            task: None,
            playing: None,
            done: 0,
            last: None,
            setup,
            effort,
            not_testable,
            rows,
            over: None,
            seen: None,
            called: None,
            choice: None,
            is_stopped: false,
        };
        Self { inner: Mutex::new(inner), changed: Condvar::new(), versions: watch::Sender::new(0) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.inner();
        let result = change(&mut inner);
        inner.version += 1;
        self.versions.send_replace(inner.version);
        self.changed.notify_all();
        result
    }

    /// Waits until there is a `T`, or the program is told to end.
    fn wait<T>(&self, mut look: impl FnMut(&mut Inner) -> Option<T>) -> Option<T> {
        let mut inner = self.inner();
        loop {
            if let Some(found) = look(&mut inner) {
                return Some(found);
            }
            if interrupted().is_some() {
                return None;
            }
            (inner, _) = self.changed.wait_timeout(inner, LOOK).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What the person wants to play.
    pub(super) fn chosen(&self) -> Choice {
        self.wait(|inner| inner.choice.take()).unwrap_or(Choice::Finish)
    }

    /// A case begins.
    pub(super) fn begins(&self, row: usize) {
        self.change(|inner| {
            (inner.playing, inner.done, inner.is_stopped) = (Some(row), 0, false);
        });
    }

    /// A case is over; without a verdict it can be played again.
    pub(super) fn ends(&self, row: usize, verdict: Option<(Verdict, Option<String>)>) {
        self.change(|inner| {
            inner.playing = None;
            if let (Some(judged), Some((verdict, why))) = (inner.rows.get_mut(row), verdict) {
                (judged.verdict, judged.why) = (Some(verdict.word()), why);
                inner.last = Some(row);
            }
        });
    }

    /// The run is over.
    pub(super) fn is_over(&self, report: String) {
        self.change(|inner| inner.over = Some(report));
    }

    /// Shows a task and waits for what comes of it.
    pub(super) fn ask(&self, task: Task) -> Result<Seen, Stopped> {
        let (ends_with_call, expects_call) = (task.ends_with_call, task.expects_call);
        self.change(|inner| {
            inner.number += 1;
            (inner.task, inner.seen, inner.called) = (Some(task), None, None);
        });
        let ended = self.wait(|inner| {
            if inner.is_stopped {
                return Some(Err(Stopped));
            }
            if let Some(called) = inner.called.clone().filter(|_| ends_with_call && inner.seen.is_none()) {
                return Some(Ok(Seen { called: Some(called), ..Seen::default() }));
            }
            let (seen, when) = inner.seen.clone()?;
            let called = inner.called.clone();
            let is_waited_for = expects_call && called.is_none() && when.elapsed() < LATE_CALL;
            (!is_waited_for).then_some(Ok(Seen { called, ..seen }))
        });
        self.change(|inner| {
            (inner.task, inner.done) = (None, inner.done + 1);
        });
        ended.unwrap_or(Err(Stopped))
    }

    /// The page says what came of a task. False, where that is not the one, or can't come of it.
    pub(super) fn says(&self, said: Said) -> bool {
        let Said { task: number, saw, code, reason } = said;
        let is_right = |inner: &Inner| {
            let task = inner.task.as_ref().filter(|_| inner.number == number && inner.seen.is_none());
            let is_whole = match saw {
                Saw::Code => !code.is_empty() && code.len() <= MOST_TYPED,
                Saw::Refused => reason.is_some(),
                _ => true,
            };
            is_whole && task.is_some_and(|task| task.can_be(saw))
        };
        if !is_right(&self.inner()) {
            return false;
        }
        self.change(|inner| {
            inner.seen = Some((Seen { saw: Some(saw), code, reason, called: None }, Instant::now()));
        });
        true
    }

    /// The app calls back. False, where nothing is asked of it.
    pub(super) fn called(&self, tail: String) -> bool {
        self.change(|inner| {
            let is_asked = inner.task.is_some();
            if is_asked && inner.called.is_none() {
                inner.called = Some(tail);
            }
            is_asked
        })
    }

    /// The page wants a case, the next one, or the end. False, where that can't be now.
    pub(super) fn wants(&self, choice: Choice) -> bool {
        self.change(|inner| {
            let is_there = match choice {
                Choice::Case(row) => inner.rows.get(row).is_some() && inner.playing.is_none(),
                Choice::Finish => true,
            };
            let is_free = is_there && inner.over.is_none();
            if is_free {
                inner.choice = Some(choice);
                inner.is_stopped |= choice == Choice::Finish;
            }
            is_free
        })
    }

    /// The case that is played is given up for now.
    pub(super) fn stops(&self) -> bool {
        self.change(|inner| {
            inner.is_stopped = inner.playing.is_some();
            inner.is_stopped
        })
    }

    /// All that the page shows.
    pub(super) fn state(&self) -> String {
        serde_json::to_string(&*self.inner()).unwrap_or_default()
    }

    /// Whether the run is over, and nothing changes any more.
    pub(super) fn has_ended(&self) -> bool {
        self.inner().over.is_some()
    }

    /// The version, whenever it changes.
    pub(super) fn versions(&self) -> watch::Receiver<u64> {
        self.versions.subscribe()
    }
}
