//! A program of bytes drives two licenses and four clients in any order, with a clock of its own, an operator, storage
//! that brings back what it was given, and a postman who may keep, repeat, bend and misdirect everything.

mod program;
mod seeds;
mod storage;

use std::collections::BTreeSet;

use super::both::{ClientPair, ServerPair};
use super::choices::Choices;
use super::slow::data::Data;
use super::target::Target;
use super::world::{APP, App, START};
use seeds::LICENSES;

/// A program: an operation's byte, then its choices.
pub const FLOWS: Target = Target {
    name: "flows",
    run: flows,
    max_len: 400,
    floor: 200,
    seeds: seeds::seeds,
    dictionary: &[],
    oracles: &[
        "every message, code, signature and refusal is what two models of the roles say, byte for byte",
        "no message counter and no sequence number comes twice, a restored backup included",
        "a message is signed at most once per opening, and just as it was shown",
        "a request is accepted at most once, restored or not; a long signature only where that client made it",
        "locked stays locked until it is unlocked: codes, instances, accounts; deactivated stays deactivated",
        "a client that was saved and loaded, and a license taken apart, go on as if nothing had been",
        "BLOBs and states of before bring back what they hold, and no counter that must not go back",
        "a free refusal changes nothing, a counted one exactly one counter",
        "what was not refused gives the same answer and the same state twice",
    ],
};

/// The third client is on the second's device, the fourth takes it for another type, and both of these replace.
const APPS: [App; 4] = [
    APP,
    App { device: 1, apps: None, ..APP },
    App { device: 1, apps: None, replacement: true, ..APP },
    App { device: 1, apps: None, device_type: 8, replacement: true, ..APP },
];
const STEPS: usize = 60;

/// A license, and what it must not do again.
#[derive(Clone)]
struct Server {
    pair: ServerPair,
    /// Long signatures accepted since the backup.
    long: BTreeSet<(u8, String)>,
}

/// What outlives a backup.
#[derive(Default)]
struct Memory {
    /// NON-2: counters of all messages, and the messages.
    counters: BTreeSet<u32>,
    /// Sequence numbers that were given, each once (AM2-3).
    sequences: BTreeSet<u8>,
    /// Requests that were accepted, each once (VER-8).
    accepted: BTreeSet<Vec<u8>>,
}

/// A signature that a client made, over a message or over data.
#[derive(Clone)]
struct Signed {
    server: usize,
    sequence: u8,
    over: Over,
    text: String,
}

#[derive(Clone, PartialEq)]
enum Over {
    Message(Vec<u8>),
    Data(u8, Data),
}

/// Everything that was ever sent.
#[derive(Default)]
struct Post {
    am1: Vec<Vec<u8>>,
    codes: Vec<(usize, String)>,
    messages: Vec<(usize, Vec<u8>)>,
    signed: Vec<Signed>,
    /// Unlock challenges: server and sequence number of the account, the digits.
    challenges: Vec<(usize, u8, String)>,
    unlocks: Vec<(usize, String)>,
}

struct Play<'a> {
    choices: Choices<'a>,
    now: u32,
    servers: [Server; 2],
    backups: [Option<Server>; 2],
    memories: [Memory; 2],
    apps: [ClientPair; 4],
    /// What each client showed last and has not been signed: server and message.
    shown: [Option<(usize, Vec<u8>)>; 4],
    post: Post,
    storage: Storage,
}

/// What servers and clients gave to somebody to keep.
#[derive(Default)]
struct Storage {
    /// Client, state.
    states: Vec<(usize, Vec<u8>)>,
    /// Server, sequence number, index, text.
    blobs: Vec<(usize, u8, u8, String)>,
}

/// Licenses and clients before anything happened.
fn beginning() -> ([Server; 2], [ClientPair; 4]) {
    thread_local! {
        static BEGINNING: ([Server; 2], [ClientPair; 4]) = (
            LICENSES.map(|kind| Server { pair: ServerPair::new(kind), long: BTreeSet::new() }),
            APPS.map(ClientPair::new),
        );
    }
    BEGINNING.with(Clone::clone)
}

fn flows(data: &[u8]) {
    let (servers, apps) = beginning();
    let mut play = Play {
        choices: Choices::new(data),
        now: START,
        backups: [None, None],
        servers,
        memories: Default::default(),
        apps,
        shown: Default::default(),
        post: Post::default(),
        storage: Storage::default(),
    };
    for _ in 0..STEPS {
        if play.choices.is_over() {
            break;
        }
        play.step();
    }
    play.servers.iter().for_each(|server| server.pair.settle());
    play.apps.iter().for_each(ClientPair::settle);
}

/// One of what was sent; the first choice is the last sent.
fn pick<'a, T>(all: &'a [T], choices: &mut Choices<'_>) -> Option<&'a T> {
    let back = choices.below(8);
    all.get(all.len().checked_sub(1 + back)?)
}
