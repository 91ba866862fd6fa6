//! The one thread that has the store. What waits when it is free is one transaction: a reply leaves when that is on the
//! disk. GTW-6.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::now;
use crate::io::rng;
use crate::io::store::{Sqlite, StoreError};
use gateway::code::Problem;
use gateway::operate::{Performed, Place, Random, Request};

/// Requests that may wait; a further one is told to come again.
const MOST_WAITING: usize = 1_024;
/// The most that one transaction takes.
const MOST_AT_ONCE: usize = 256;
/// Between two looks for what nobody asks for any more.
const BETWEEN: Duration = Duration::from_secs(10);

/// A request, and who waits for its end.
type Job = (Request, oneshot::Sender<Performed>);

/// Where requests are handed in; the thread ends with the last of them.
#[derive(Clone)]
pub(super) struct Desk(SyncSender<Job>);

/// Opens the desk.
pub(super) fn open(store: Sqlite) -> std::io::Result<(Desk, JoinHandle<()>)> {
    let (sender, jobs) = sync_channel(MOST_WAITING);
    let thread = thread::Builder::new().name("store".into()).spawn(move || work(store, &jobs))?;
    Ok((Desk(sender), thread))
}

impl Desk {
    /// What a request comes to, once that is kept.
    pub(super) async fn ask(&self, request: Request) -> Performed {
        let (sender, answer) = oneshot::channel();
        match self.0.try_send((request, sender)) {
            Ok(()) => answer.await.unwrap_or(Err(Problem::Unavailable)),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Problem::Unavailable),
        }
    }
}

fn work(mut store: Sqlite, jobs: &Receiver<Job>) {
    let mut random = rng::system();
    let mut swept = Instant::now();
    loop {
        match jobs.recv_timeout(BETWEEN) {
            Ok(first) => {
                let waiting = jobs.try_iter().take(MOST_AT_ONCE - 1);
                at_once(&mut store, std::iter::once(first).chain(waiting), &mut random);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if swept.elapsed() >= BETWEEN {
            swept = Instant::now();
            if let Err(error) = store.forget_old_sessions(now()) {
                tracing::warn!(%error, "old sessions stay");
            }
        }
    }
}

/// One transaction. Who waits is answered when it has ended, one way or the other.
fn at_once(store: &mut Sqlite, jobs: impl Iterator<Item = Job>, random: &mut rng::Random) {
    let (requests, waiting): (Vec<_>, Vec<_>) = jobs.unzip();
    let now = now();
    let works = requests.into_iter().map(|request| {
        let drawn = draw(random);
        (request.target(), move |place: Option<Place<'_>>| request.perform(place, now, drawn))
    });
    let failed = |error: &StoreError| {
        tracing::error!(%error, "the store");
        Err(Problem::Unavailable)
    };
    match store.batch_with_sessions(works) {
        Ok(done) => {
            for (performed, sender) in done.into_iter().zip(waiting) {
                // Who has gone meanwhile needs no answer.
                let _ = sender.send(performed.unwrap_or_else(|error| failed(&error)));
            }
        }
        Err(error) => {
            for sender in waiting {
                let _ = sender.send(failed(&error));
            }
        }
    }
}

fn draw(random: &mut rng::Random) -> Random {
    let (mut challenge, mut salt, mut id) = ([0; 8], [0; 13], [0; 10]);
    while challenge == [0; 8] {
        random(&mut challenge);
    }
    random(&mut salt);
    random(&mut id);
    Random { challenge, salt, id }
}
