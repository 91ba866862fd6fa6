//! Where `serve` and `check-app` listen, and by which names they may be called.

use std::net::{SocketAddr, TcpListener};

use super::outcome::Error;
use crate::io::gateway::Hosts;

/// Listens, if the names by which it is called are known there: those of loopback are, all others are to be said. `whom` ends
/// the sentence that says so.
pub(super) fn listen(at: SocketAddr, names: &[String], whom: &str) -> Result<(TcpListener, Hosts), Error> {
    let bound = |error: std::io::Error| Error::CannotRun(format!("can't listen at {at}: {error}"));
    let listener = TcpListener::bind(at).map_err(bound)?;
    let hosts = Hosts::new(listener.local_addr()?, names);
    if hosts.is_empty() {
        let due = "not on loopback, so --host NAME is due";
        return Err(Error::Usage(format!("--listen {at}: {due}, by which {whom}")));
    }
    Ok((listener, hosts))
}
