//! Which cases an app can play, in which order, and one after the other.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use super::board::{Board, Choice, Effort, Row};
use super::callbacks::{Callbacks, SCHEME};
use super::live::{Activated, App};
use super::rehearsal::{self, Script};
use super::routes;
use super::want::APP_VERSION;
use crate::io::gateway::{Hosts, now};
use harness::case::Case;
use harness::spec;
use harness::suite::{self, Outcome, Verdict};
use harness::trial::{Peer, failure};
use peer::operations::HelloResult;

/// What counts as much as an activation of a case's own: an empty app, two pictures.
const ACTIVATING: usize = 3;

/// A case that an app can play.
struct Playable<'c> {
    case: &'c Case,
    script: Script,
    /// What is to be done for it, and whether it activates the app alone.
    actions: usize,
    is_alone: bool,
}

/// What is played, and what can't be.
pub struct Plan<'c> {
    /// In the order in which they are best played.
    playable: Vec<Playable<'c>>,
    not_testable: Vec<(&'c Case, String)>,
    /// Cases that ask for more than is wanted.
    pub left_out: usize,
}

impl<'c> Plan<'c> {
    /// Of all cases that judge an app, those selected that don't ask a person for more than so many things. Those that no app
    /// can be asked at all are in it, too, with the reason.
    pub fn new(all: &[&'c Case], is_selected: impl Fn(&Case) -> bool, most_actions: usize) -> Self {
        let (mut scripts, mut not_testable, mut left_out) = (Vec::new(), Vec::new(), 0);
        for case in all {
            match rehearsal::rehearse(case) {
                Ok(script) => scripts.push((*case, script)),
                Err(why) if is_selected(case) => not_testable.push((*case, why)),
                Err(_) => {}
            }
        }
        let mut sharing: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for (_, script) in &scripts {
            *sharing.entry(script.activation.clone()).or_default() += 1;
        }
        let of = |script: &Script| sharing.get(&script.activation).copied().unwrap_or_default();
        let mut playable = Vec::new();
        for (case, script) in scripts.into_iter().filter(|(case, _)| is_selected(case)) {
            let is_alone = script.activation.is_some() && of(&script) == 1;
            let more = usize::from(is_alone || !script.leaves_it) * ACTIVATING;
            let actions = script.actions + more;
            match actions <= most_actions {
                true => playable.push(Playable { case, script, actions, is_alone }),
                false => left_out += 1,
            }
        }
        // The most that go on with one activation first, those that spoil it last; else as in the suite.
        playable.sort_by_key(|Playable { script, .. }| {
            let others = usize::MAX - of(script);
            (script.activation.is_none(), others, script.activation.clone(), !script.leaves_it)
        });
        Self { playable, not_testable, left_out }
    }

    /// How many can be played.
    pub fn len(&self) -> usize {
        self.playable.len()
    }

    /// Whether none can be.
    pub fn is_empty(&self) -> bool {
        self.playable.is_empty()
    }

    /// What it takes to play all of them in their order.
    pub fn effort(&self) -> Effort {
        let (mut actions, mut activations) = (0, 0);
        let mut before: Option<&String> = None;
        for Playable { script, .. } in &self.playable {
            let goes_on = script.activation.is_some() && before == script.activation.as_ref();
            let shared = usize::from(script.activation.is_some() && !goes_on);
            actions += script.actions + ACTIVATING * shared;
            activations += script.activations + shared;
            before = script.activation.as_ref().filter(|_| script.leaves_it);
        }
        Effort { actions, activations }
    }

    /// All cases of the run, in the order of the outcomes.
    pub fn cases(&self) -> Vec<&'c Case> {
        let playable = self.playable.iter().map(|playable| playable.case);
        playable.chain(self.not_testable.iter().map(|(case, _)| *case)).collect()
    }

    fn rows(&self) -> Vec<Row> {
        let mut numbers: BTreeMap<&String, usize> = BTreeMap::new();
        let row = |playable: &Playable<'_>, number: Option<usize>| Row {
            id: playable.case.id.clone(),
            about: playable.case.about.clone(),
            area: format!("{} {}", playable.case.area(), spec::area_name(playable.case.area())),
            actions: playable.actions,
            activation: number,
            verdict: None,
            why: None,
        };
        let mut rows = Vec::with_capacity(self.playable.len());
        for playable in &self.playable {
            let next = numbers.len() + 1;
            let shared = playable.script.activation.as_ref().filter(|_| !playable.is_alone);
            let number = shared.map(|key| *numbers.entry(key).or_insert(next));
            rows.push(row(playable, number));
        }
        rows
    }
}

/// Where the page is served.
pub struct Place {
    /// Bound already.
    pub listener: TcpListener,
    /// What may stand in `Host`.
    pub hosts: Hosts,
    /// How the app and the person call it: scheme and host.
    pub origin: String,
    /// What nobody else knows, as a part of every path.
    pub token: String,
}

/// A page that is served.
pub struct Page {
    board: Arc<Board>,
    callbacks: Callbacks,
    address: String,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Page {
    /// Serves the page of a plan.
    pub fn serve(place: Place, plan: &Plan<'_>) -> std::io::Result<Self> {
        let Place { listener, hosts, origin, token } = place;
        let address = format!("{origin}/{token}/");
        let callbacks = Callbacks::new(format!("{address}back/"));
        let board =
            Arc::new(Board::new(plan.rows(), plan.effort(), setup(&callbacks), plan.not_testable.len()));
        let thread = routes::serve(listener, hosts, token, Arc::clone(&board))?;
        Ok(Self { board, callbacks, address, thread })
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How the app is to be configured: what, and as what.
    pub fn setup(&self) -> Vec<(String, String)> {
        setup(&self.callbacks)
    }

    /// Plays what the person picks, until the person has enough. The outcomes are in the order of [`Plan::cases`]; what was
    /// not played to its end is `not-run`. `judged` hears of each.
    pub fn play(&self, plan: &Plan<'_>, mut judged: impl FnMut(&Outcome)) -> Vec<Outcome> {
        let mut outcomes: Vec<_> =
            plan.playable.iter().map(|playable| Outcome::not_run(playable.case)).collect();
        let mut activated = None;
        while let Choice::Case(row) = self.board.chosen() {
            let (Some(playable), Some(outcome)) = (plan.playable.get(row), outcomes.get_mut(row)) else {
                continue;
            };
            self.board.begins(row);
            let (played, after) = self.plays(playable, activated.take());
            activated = after;
            let verdict = played.as_ref().map(|played| (played.verdict, why(played)));
            if let Some(played) = played {
                judged(&played);
                *outcome = played;
            }
            self.board.ends(row, verdict);
        }
        outcomes.extend(plan.not_testable.iter().map(|(case, why)| not_testable(case, why)));
        outcomes
    }

    /// An outcome, unless the person stopped it; and the activation with which another case can go on.
    fn plays(
        &self,
        playable: &Playable<'_>,
        before: Option<Activated>,
    ) -> (Option<Outcome>, Option<Activated>) {
        let Playable { case, script, .. } = playable;
        let before = before.filter(|before| script.activation.as_ref() == Some(&before.key));
        let mut app = App::new(&self.board, &self.callbacks, script, before, now());
        let (claims, begin, start) = (claims(""), Instant::now(), app.start());
        let peers = vec![Peer { exchange: &mut app, claims: &claims }];
        let mut outcome = suite::run_at(case, peers, rehearsal::seed(case), start);
        outcome.took = begin.elapsed();
        let is_stopped = app.is_stopped;
        let after = app.ends();
        ((!is_stopped).then_some(outcome), after)
    }

    /// Tells the page where the report is, and ends.
    pub fn ends(self, report: String) -> std::io::Result<()> {
        self.board.is_over(report);
        self.thread
            .join()
            .unwrap_or_else(|_| Err(std::io::Error::other("the thread of the page has panicked")))
    }
}

/// What an app claims, of this version.
pub fn claims(version: &str) -> HelloResult {
    HelloResult { version: version.to_owned(), ..rehearsal::claims() }
}

fn setup(callbacks: &Callbacks) -> Vec<(String, String)> {
    let white_list = callbacks.white_list().into_iter().map(|template| ("White list".to_owned(), template));
    let fixed = [
        ("App-to-app", "on"),
        ("URL scheme", SCHEME),
        ("Platform", "Android: the scheme in just this case"),
        (
            "Activation messages",
            "taken by the Secure Channel action; one does not replace an activated account",
        ),
        ("Static vector", "none built in: it comes with the activation"),
    ];
    let fixed = fixed.map(|(what, value)| (what.to_owned(), value.to_owned()));
    let version = ("Version for messages".to_owned(), APP_VERSION.to_string());
    fixed.into_iter().chain([version]).chain(white_list).collect()
}

/// What was expected and what came.
fn why(outcome: &Outcome) -> Option<String> {
    let failure = outcome.failure.as_ref()?;
    Some(match failure.expected.as_str() {
        "" => failure.got.clone(),
        expected => format!("{}: expected {expected}, got {}", failure.requirement, failure.got),
    })
}

fn not_testable(case: &Case, why: &str) -> Outcome {
    let first = case.covers.first().copied().unwrap_or("PPR-1");
    let failure = Some(failure(first, String::new(), why.to_owned()));
    Outcome { verdict: Verdict::NotTestable, failure, ..Outcome::not_run(case) }
}
