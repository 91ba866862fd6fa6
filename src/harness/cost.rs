//! What a peer takes for each operation of a transaction. For people who want to know: no verdict comes of it.
//!
//! ```text
//! ping                                                      an operation that does nothing: the way there and back
//! server.create … server.verify_message_signature           a license is activated
//! ping, generate_request, open, sign, verify   (again)      transactions
//! ping, generate_response, verify_response     (again)      responses
//! ```
//! What the role that isn't the peer's does is the reference's, in this process, and no part of any figure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::scene::{Scene, Show, Stage, Under};
use crate::setup::{Setup, app, otp};
use crate::trial::{Broken, Ending, Exchange, Stop, Trial};
use peer::operations::{Drop, Ping};
use peer::protocol::{Data, Operation, present};

/// What is taken off all others.
const EMPTY: &str = Ping::NAME;
/// What belongs to the measuring.
const ASIDE: &str = Drop::NAME;
/// Transactions of one activated license.
const TRANSACTIONS: u32 = 16;

/// What the operations of a peer took, asked one after the other. Microseconds on the wall's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// The median of `ping`, which does nothing: the way there and back. The figures below are without it.
    pub way_us: f64,
    /// By name.
    pub operations: Vec<Cost>,
    /// Why no more was measured, where the peer did not do what it was asked.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// What one operation took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Its name.
    pub operation: String,
    /// How often it was asked.
    pub asked: u64,
    /// Half of them took no longer.
    pub median_us: f64,
    /// 19 of 20 took no longer.
    pub p95_us: f64,
    /// How many a second holds by the median; absent where that is less than the way varies.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub per_second: Option<f64>,
}

/// An exchange whose answers are timed.
pub struct Timed<'e> {
    exchange: &'e mut dyn Exchange,
    clock: &'e dyn Fn() -> Duration,
    took: BTreeMap<String, Vec<Duration>>,
}

impl<'e> Timed<'e> {
    /// By a clock that never goes back, whatever it counts from.
    pub fn new(exchange: &'e mut dyn Exchange, clock: &'e dyn Fn() -> Duration) -> Self {
        Self { exchange, clock, took: BTreeMap::new() }
    }

    /// What each operation took, and why there is no more.
    pub fn costs(self, stopped: Option<String>) -> Costs {
        let mut took = self.took;
        took.remove(ASIDE);
        let mut of_way = took.remove(EMPTY).unwrap_or_default();
        of_way.sort_unstable();
        let way = share(&of_way, 50);
        // Where half of all pings are nearer to each other than that, an operation can't be told from one.
        let noise = share(&of_way, 75).saturating_sub(share(&of_way, 25));
        let cost = |(operation, mut took): (String, Vec<Duration>)| {
            took.sort_unstable();
            let [median, p95] = [50, 95].map(|percent| share(&took, percent).saturating_sub(way));
            Cost {
                operation,
                asked: u64::try_from(took.len()).unwrap_or(u64::MAX),
                median_us: micros(median),
                p95_us: micros(p95),
                per_second: (median > noise).then(|| (1.0 / median.as_secs_f64()).round()),
            }
        };
        Costs { way_us: micros(way), operations: took.into_iter().map(cost).collect(), stopped }
    }
}

/// The first that so many in a hundred don't exceed, of ascending ones.
fn share(ascending: &[Duration], percent: usize) -> Duration {
    let at = (ascending.len() * percent).div_ceil(100).saturating_sub(1);
    ascending.get(at).copied().unwrap_or_default()
}

/// To a tenth.
fn micros(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e7).round() / 10.0
}

impl Exchange for Timed<'_> {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        let begun = (self.clock)();
        let answer = self.exchange.exchange(question)?;
        let took = (self.clock)().saturating_sub(begun);
        if let Some(name) = operation_of(question) {
            self.took.entry(name.to_owned()).or_default().push(took);
        }
        Ok(answer)
    }

    fn discard(&mut self) {
        self.exchange.discard();
    }

    fn end_of_input(&mut self, rest: &[u8]) -> Ending {
        self.exchange.end_of_input(rest)
    }
}

fn operation_of(question: &[u8]) -> Option<&str> {
    #[derive(Deserialize)]
    struct Named<'q> {
        op: &'q str,
    }
    serde_json::from_slice(question).ok().map(|Named { op }| op)
}

/// One license is activated and signs what it is asked for, another one responds. As a case would, and stops where one
/// would fail.
pub fn transactions(trial: &mut Trial<'_>, under: Under) -> Result<(), Stop> {
    let anyone = trial.peer_client();
    let mut scene = Scene::new(trial, under, Setup::default(), Stage::Confirmed)?;
    for _ in 0..TRANSACTIONS {
        trial.accepts("PPR-2", &anyone, &Ping {})?;
        let message = scene.request(trial, &Show::by(app::EVENT))?;
        scene.open(trial, &message)?;
        let signature = scene.sign(trial)?;
        scene.accept(trial, &message, &signature)?;
    }
    let mut scene = Scene::new(trial, under, Setup::otp(), Stage::Confirmed)?;
    for _ in 0..TRANSACTIONS {
        trial.accepts("PPR-2", &anyone, &Ping {})?;
        let response = scene.respond(trial, otp::EVENT, &Data::ResponseOnly {}, 0)?;
        let verify = scene.verify_response(otp::EVENT, &Data::ResponseOnly {}, &response);
        trial.agrees("VER-13", &scene.server, &verify)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use peer::engine::Engine;
    use std::cell::Cell;

    #[test]
    fn the_way_is_taken_off_and_what_drowns_in_it_has_no_rate() {
        let (now, step) = (Cell::new(Duration::ZERO), Cell::new(0));
        // Each look at the clock is so many microseconds after the one before.
        let clock = || {
            now.set(now.get() + Duration::from_micros(step.get()));
            now.get()
        };
        let mut engine = Engine::new(Box::new(|bytes| bytes.fill(7)));
        let mut timed = Timed::new(&mut engine, &clock);
        let mut ask = |name: &str, took| {
            step.set(took);
            timed.exchange(format!(r#"{{"seq":1,"op":"{name}","params":{{}}}}"#).as_bytes()).unwrap();
        };
        (1..=20).for_each(|_| ask("ping", 10));
        (1..=19).for_each(|_| ask("reset", 35));
        ask("reset", 500);
        ask("hello", 9);
        let costs = timed.costs(None);
        assert_eq!((costs.way_us, costs.stopped), (10.0, None));
        let [hello, reset] = costs.operations.try_into().unwrap();
        assert_eq!((hello.asked, hello.median_us, hello.per_second), (1, 0.0, None));
        assert_eq!((reset.asked, reset.median_us, reset.p95_us), (20, 25.0, 25.0));
        assert_eq!(reset.per_second, Some(40_000.0));
    }
}
