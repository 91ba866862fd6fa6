//! What carries the lines of a peer: the pipes of a process, or a connection. The two differ in how they begin and end;
//! between that, [`super::lines`] needs two ends to write to and read from.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::child::{Gone, Running};
use super::launch::{CannotRun, Launch, Target};
use super::lines::Ends;
use super::socket::Connection;

/// A peer that can be asked.
#[derive(Debug)]
pub(super) enum Link {
    Process(Running),
    Socket(Connection),
}

impl Link {
    /// Starts the process, or connects; `patience` is how long somebody may take to listen.
    pub(super) fn open(launch: &Launch, patience: Duration) -> Result<Self, CannotRun> {
        match &launch.target {
            Target::Command(words) => Running::spawn(launch, words).map(Link::Process),
            Target::Socket(address) => {
                let unreachable =
                    |error: io::Error| CannotRun::Unreachable(address.clone(), error.to_string());
                Connection::open(address, patience).map(Link::Socket).map_err(unreachable)
            }
        }
    }

    /// The process number.
    pub(super) fn id(&self) -> Option<u32> {
        match self {
            Link::Process(running) => Some(running.id()),
            Link::Socket(_) => None,
        }
    }

    /// Both directions of the conversation; `None` after [`Link::close_input`].
    pub(super) fn ends(&self) -> Option<Ends<'_>> {
        match self {
            Link::Process(running) => running.ends(),
            Link::Socket(connection) => connection.ends(),
        }
    }

    /// Where its answers come from.
    pub(super) fn output(&self) -> BorrowedFd<'_> {
        match self {
            Link::Process(running) => running.stdout(),
            Link::Socket(connection) => connection.output(),
        }
    }

    /// Ends its input; what it still says can be read.
    pub(super) fn close_input(&mut self) {
        match self {
            Link::Process(running) => running.close_stdin(),
            Link::Socket(connection) => connection.close_input(),
        }
    }

    /// The last of what it wrote to standard error; of a connection nothing is known.
    pub(super) fn stderr_so_far(&self) -> Vec<u8> {
        match self {
            Link::Process(running) => running.stderr_so_far(),
            Link::Socket(_) => Vec::new(),
        }
    }

    /// Whether the process that was started ended. Behind a socket nobody can see one: there the end of the output is
    /// all there is to wait for.
    pub(super) fn has_ended(&self) -> bool {
        match self {
            Link::Process(running) => running.has_ended(),
            Link::Socket(_) => true,
        }
    }

    /// Gives a process `grace` to end by itself and kills what is left; closes a connection.
    pub(super) fn end(self, grace: Duration) -> Gone {
        match self {
            Link::Process(running) => running.end(grace),
            Link::Socket(_) => Gone { by_itself: false, status: None, stderr: Vec::new() },
        }
    }
}
