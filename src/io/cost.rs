//! What a peer takes for its operations, measured with a process of its own.

use std::time::{Duration, Instant};

use super::peer::{Launch, Process};
use super::runner::{CannotJudge, early_end, start};
use harness::cost::{Costs, Timed, transactions};
use harness::scene::Under;
use harness::trial::{Peer, Trial};
use peer::operations::HelloResult;

/// Plays transactions with a peer that nobody else asks anything, for so long, at least once, and not after `until`.
///
/// # Errors
///
/// The peer can't be started. `None` where its profile has no transactions.
pub fn measure(
    (launch, claims): (&Launch, &HelloResult),
    long: Duration,
    until: Option<Instant>,
) -> Result<Option<Costs>, CannotJudge> {
    let under = match claims.profile.as_str() {
        "full" => Under::Both,
        "client-core" => Under::Client,
        "server-core" => Under::Server,
        _ => return Ok(None),
    };
    let mut process = Process::spawn(launch)?;
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let mut timed = Timed::new(&mut process, &clock);
    let mut stopped = None;
    for seed in 0.. {
        let peer = Peer { exchange: &mut timed, claims };
        let mut trial = Trial::new(vec![peer], seed, start(&[(launch, claims)]));
        let played = transactions(&mut trial, under);
        let _ = trial.clean_up();
        stopped = played.err().map(|stop| stop.to_string());
        if stopped.is_some() || begun.elapsed() >= long || early_end(until).is_some() {
            break;
        }
    }
    Ok(Some(timed.costs(stopped)))
}
