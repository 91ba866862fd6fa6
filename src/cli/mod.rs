//! The command line: one subcommand per file. What a person reads is made here and nowhere else.
//!
//! ```text
//! check check_app check_peer list peer replay fuzz bench report inspect qr licenses selftest spec tour vectors completions man serve phone   the subcommands
//! limits selection subject surroundings   what several of them are told: how long, which cases, whom, in what
//! bridge                        a gateway in place of a peer
//! listening                     where what is served is served
//! edition                       the sets of requirements that are frozen
//! explore differ                the random programs of `check`; what divides several peers
//! report_folder                 what a run leaves behind
//! show climb next_step          what a run looks like; a peer on the ladder, and what to build next
//! terminal json                 whatever is written passes through here; what `--json` writes
//! key_file                      a key in a file of its own
//! outcome words                 how a command ends, and words that several say
//! ```

mod bench;
#[cfg(feature = "serve")]
mod bridge;
mod check;
#[cfg(feature = "serve")]
mod check_app;
mod check_peer;
mod climb;
mod completions;
mod differ;
mod edition;
mod explore;
mod fuzz;
mod inspect;
mod json;
mod key_file;
mod licenses;
mod limits;
mod list;
#[cfg(feature = "serve")]
mod listening;
mod man;
mod next_step;
mod outcome;
mod peer;
#[cfg(feature = "serve")]
mod phone;
mod qr;
mod replay;
mod report;
mod report_folder;
mod selection;
mod selftest;
#[cfg(feature = "serve")]
mod serve;
mod show;
mod spec;
mod subject;
mod surroundings;
mod terminal;
mod tour;
mod vectors;
mod words;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::io::{kernel, signals};
use ::peer::printable::is_harmless;
use outcome::{Error, Outcome};
use terminal::{Guarded, Paint, error_words};
use words::say;

/// Conformance harness and reference implementation for the secure channel of multi-device authenticators.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 yes (conforms to the claimed profile, or fails just as --expect lists; is right); 1 no (a case failed, \
the peer hung or crashed; is refused); 2 usage (an argument makes no sense, or names what isn't there); 3 no answer (no peer, no \
answer to hello, out of time before anything failed, a fault of disk or harness); 130, 143, 129 ended early by Ctrl-C, SIGTERM, SIGHUP.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the suite against a peer (the built-in reference, in a process of its own, if none is named)
    Check(Box<check::Check>),
    /// Run the suite against an app: a page tells a person what to scan, to follow and to look at, and the app calls back
    #[cfg(feature = "serve")]
    CheckApp(check_app::CheckApp),
    /// For the author of a peer that is not done: what is there, what fails, what to build next
    CheckPeer(check_peer::CheckPeer),
    /// List cases, requirements or faults, without running a peer
    List(list::List),
    /// Serve the reference implementation over the peer protocol, or a deliberately wrong one
    Peer(peer::PeerCommand),
    /// Run one stored failing case again, step by step
    Replay(replay::Replay),
    /// Fuzz a peer with random programs; or, in a checkout of this repository, its own implementation
    Fuzz(Box<fuzz::Fuzz>),
    /// Measure the hot path: against references in the same run, or instruction by instruction; tell what got slower
    Bench(bench::Bench),
    /// Make something of the reports that `check` left: a page, a comment for a pull request, what changed, one report of shards
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Explain a message, a code, a vector, a BLOB or a line of a license file, field by field
    Inspect(inspect::Inspect),
    /// Draw a message or a URL as a QR code in the terminal, as SVG or PNG; or read one from a PNG
    Qr(qr::Qr),
    /// Make a license file, import one into a store, show what a store has
    #[command(subcommand)]
    Licenses(licenses::Licenses),
    /// A phone: activate, receive a login and decide, answer another app, scan a transaction
    #[cfg(feature = "serve")]
    #[command(subcommand)]
    Phone(phone::Phone),
    /// Serve push and login, and provisioning, over HTTP in front of a store
    #[cfg(feature = "serve")]
    Serve(serve::Serve),
    /// Run the suite against the zoo of faulty peers: does it notice each, and blame the right requirement?
    Selftest(selftest::Selftest),
    /// Make one page of the specification, with the cases, vectors and code of each requirement
    #[command(subcommand)]
    Spec(spec::Spec),
    /// Every flow once, with real bytes, for somebody who has never seen this protocol
    Tour(tour::Tour),
    /// Write the golden vectors, or compare the committed ones
    #[command(subcommand)]
    Vectors(vectors::Vectors),
    /// Write what a shell needs to complete the arguments of this program
    Completions(completions::Completions),
    /// Write the manual: the page of this program, or those of all its commands into a folder
    Man(man::Manual),
}

impl Command {
    /// Whether it may start peers, which are to end with it.
    fn starts_peers(&self) -> bool {
        match self {
            Command::Check(_) | Command::CheckPeer(_) | Command::Replay(_) | Command::Selftest(_) => true,
            Command::List(_) | Command::Vectors(vectors::Vectors::Run(_)) | Command::Fuzz(_) => true,
            Command::Peer(_) | Command::Inspect(_) | Command::Qr(_) | Command::Licenses(_) => false,
            Command::Bench(_) => false,
            #[cfg(feature = "serve")]
            Command::CheckApp(_) => true,
            #[cfg(feature = "serve")]
            Command::Serve(_) | Command::Phone(_) => false,
            Command::Tour(_) | Command::Vectors(_) | Command::Report(_) | Command::Spec(_) => false,
            Command::Completions(_) | Command::Man(_) => false,
        }
    }
}

/// Runs the command line. What a command writes is guarded (`terminal`), all but the lines of a peer, whose bytes are
/// the protocol, what `qr` draws, and scripts for shells and the manual, which are ours.
pub fn main() -> ExitCode {
    let command = arguments().command;
    // Dropped last, also by a panic: then nothing that was started runs on.
    let _guard = match command.starts_peers().then(signals::install).transpose() {
        Ok(guard) => guard,
        Err(error) => return failed(&error.into()),
    };
    if let Err(error) = kernel::by_environment() {
        return failed(&Error::Usage(error));
    }
    let mut raw = std::io::stdout().lock();
    let result = match command {
        Command::Peer(_) | Command::Qr(_) | Command::Completions(_) | Command::Man(_) => {
            run(command, &mut raw)
        }
        _ => {
            let is_coloured = anstream::AutoStream::choice(&raw) != anstream::ColorChoice::Never;
            let mut guarded = Guarded::new(raw, is_coloured);
            let result = run(command, &mut guarded);
            result.and_then(|outcome| guarded.finish().map(|()| outcome).map_err(Error::from))
        }
    };
    match (signals::interrupted(), result) {
        (Some(signal), _) => {
            say(&format!("counterproof: ended early by {signal}"));
            ExitCode::from(signal.exit_code())
        }
        (None, Ok(outcome)) => ExitCode::from(outcome as u8),
        (None, Err(error)) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    if let Error::NobodyReads = error {
        return ExitCode::SUCCESS;
    }
    say(&error_words(&format!("counterproof: {error}")));
    ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 3 })
}

fn run(command: Command, mut out: &mut dyn Paint) -> Result<Outcome, Error> {
    match command {
        Command::Check(check) => check.run(&mut out),
        #[cfg(feature = "serve")]
        Command::CheckApp(check) => check.run(&mut out),
        Command::CheckPeer(check) => check.run(&mut out),
        Command::List(list) => list.run(&mut out),
        Command::Peer(peer) => peer.run(&mut out),
        Command::Replay(replay) => replay.run(&mut out),
        Command::Fuzz(fuzz) => fuzz.run(&mut out),
        Command::Bench(bench) => bench.run(&mut out),
        Command::Report(report) => report.run(&mut out),
        Command::Inspect(inspect) => inspect.run(&mut out),
        Command::Qr(qr) => qr.run(&mut out),
        Command::Licenses(licenses) => licenses.run(&mut out),
        Command::Selftest(selftest) => selftest.run(&mut out),
        #[cfg(feature = "serve")]
        Command::Serve(serve) => serve.run(&mut out),
        #[cfg(feature = "serve")]
        Command::Phone(phone) => phone.run(&mut out),
        Command::Spec(spec) => spec.run(&mut out),
        Command::Tour(tour) => tour.run(&mut out),
        Command::Vectors(vectors) => vectors.run(&mut out),
        Command::Completions(completions) => completions.run(Arguments::command(), &mut out),
        Command::Man(manual) => manual.run(Arguments::command(), &mut out),
    }
}

/// The arguments, or the end: with help, the version or a usage error, which quotes what was given.
fn arguments() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| {
        let words = error.render().to_string();
        if words.chars().all(|c| c == '\n' || is_harmless(c)) {
            error.exit();
        }
        say(&error_words(&words));
        std::process::exit(error.exit_code());
    })
}
