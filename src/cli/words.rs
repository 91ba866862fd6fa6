//! Words that several commands say, and how this program is called in them.

use std::io::Write;
use std::path::Path;

use super::outcome::Error;
use harness::case::Case;

/// What the reference is called where no peer was named.
pub(super) const BUILT_IN: &str = "built-in reference";

/// What an app under test is called, where a report names the command of a peer.
pub(super) const AN_APP: &str = "an app";

/// A line on standard error. Who closes that wants no words.
pub(super) fn say(words: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{words}");
}

/// This program as a peer: its own path and `peer`.
pub(super) fn own_peer() -> Result<Vec<String>, Error> {
    let program = std::env::current_exe()?;
    let program =
        program.to_str().ok_or_else(|| Error::CannotRun("the path of this program is not UTF-8".into()))?;
    Ok(vec![program.to_owned(), "peer".to_owned()])
}

/// Every case that this program has: whom each is for, its role says.
pub(super) fn every_case() -> Vec<Case> {
    #[cfg(feature = "serve")]
    return cases::all().into_iter().chain(gatecheck::all()).collect();
    #[cfg(not(feature = "serve"))]
    cases::all()
}

/// How this program was called, for commands that a person is told to type.
pub(super) fn invocation() -> &'static str {
    if std::env::var_os("CARGO").is_some() { "cargo run --release --" } else { "counterproof" }
}

/// The command that plays a failing case again, as a shell takes it.
pub(super) fn again(file: &Path, peers: &[String], with: Vec<String>) -> String {
    let peers = peers.iter().flat_map(|peer| ["--peer".to_owned(), peer.clone()]);
    let words: Vec<String> = std::iter::once(file.display().to_string()).chain(peers).chain(with).collect();
    // Only a NUL can't be quoted, and no argument has one.
    let words = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default();
    format!("{} replay {words}", invocation())
}

/// The command that offers a case to an app again.
pub(super) fn check_app_again(id: &str) -> String {
    format!("{} check-app --case {id}", invocation())
}

/// A `s` where there is not just one.
pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
