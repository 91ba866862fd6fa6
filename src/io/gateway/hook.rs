//! Notifications on their way to the integrator's push service: a POST for each, tried again for as long as the login can
//! wait. Whatever becomes of them, no login waits for it. GTW-12.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gateway::surface::Started;

/// Threads, so that one that hangs holds up nobody.
const THREADS: usize = 4;
/// Notifications that may wait; a further one is dropped, and the user can still scan it.
const MOST_WAITING: usize = 1_024;
/// LGN-5: later than this nobody can retrieve.
const OF_USE: Duration = Duration::from_secs(60);
/// Before the second try; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// For one try.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where notifications go: `http://` and a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookUrl(String);

/// The text is no URL that a notification can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAHook;

impl HookUrl {
    /// Of a text.
    pub fn parse(text: &str) -> Result<Self, NotAHook> {
        let uri: axum::http::Uri = text.parse().map_err(|_| NotAHook)?;
        let is_http = uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| !host.is_empty());
        if is_http { Ok(Self(text.to_owned())) } else { Err(NotAHook) }
    }
}

/// A notification, and when it was made.
type Waiting = (Vec<u8>, Instant);

/// Where notifications are handed in.
#[derive(Clone)]
pub(super) struct Hook(SyncSender<Waiting>);

impl Hook {
    /// Starts the threads; they end when nobody can hand in any more.
    pub(super) fn start(url: &HookUrl) -> std::io::Result<Self> {
        let (sender, waiting) = sync_channel(MOST_WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..THREADS {
            let (url, waiting) = (url.clone(), Arc::clone(&waiting));
            thread::Builder::new().name("hook".into()).spawn(move || work(&url, &waiting))?;
        }
        Ok(Self(sender))
    }

    /// Hands a notification in, with what a push service needs to find the phone.
    pub(super) fn send(&self, started: &Started) {
        let Ok(body) = serde_json::to_vec(&serde_json::json!({
            "serialNumber": started.serial_number,
            "notificationMessage": started.notification_message,
        })) else {
            return;
        };
        if self.0.try_send((body, Instant::now())).is_err() {
            tracing::warn!("too many notifications wait; one is dropped");
        }
    }
}

fn work(url: &HookUrl, waiting: &Mutex<Receiver<Waiting>>) {
    let agent =
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).build().new_agent();
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((body, made)) = next else { return };
        deliver(&agent, url, &body, made);
    }
}

/// Tries until it is taken, or too late. Of what is sent, nothing is logged.
fn deliver(agent: &ureq::Agent, url: &HookUrl, body: &[u8], made: Instant) {
    let mut pause = FIRST_PAUSE;
    let mut tries = 0u32;
    loop {
        tries += 1;
        let sent = agent.post(&url.0).header("content-type", "application/json").send(body);
        let Err(error) = sent else {
            tracing::debug!(tries, "notification delivered");
            return;
        };
        if made.elapsed() + pause >= OF_USE {
            tracing::warn!(tries, %error, "notification given up");
            return;
        }
        tracing::debug!(tries, %error, "notification not taken");
        thread::sleep(pause);
        pause *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtw_12_where_notifications_may_go() {
        for text in ["http://127.0.0.1:9/push", "http://push.example"] {
            assert!(HookUrl::parse(text).is_ok(), "{text}");
        }
        for text in ["", "push.example", "https://push.example", "ftp://push.example", "http://", "/push"] {
            assert_eq!(HookUrl::parse(text), Err(NotAHook), "{text}");
        }
    }
}
