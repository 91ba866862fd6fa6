//! What a peer is started in: the options that `check`, `check-peer` and `replay` share.

use std::path::PathBuf;

use clap::Args;

use super::outcome::Error;
use crate::io::peer::{Launch, Target};

/// What is set for the peers that are started.
#[derive(Debug, Args)]
pub(super) struct Surroundings {
    /// An environment variable for the peers, NAME=VALUE
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The folder in which the peers run
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
}

impl Surroundings {
    /// A peer that is started in them. One behind a socket runs already: nothing can be set for it.
    pub(super) fn of(&self, launch: Launch) -> Result<Launch, Error> {
        let env = self.env.iter().map(variable).collect::<Result<Vec<_>, _>>()?;
        match &launch.target {
            Target::Socket(address) if !env.is_empty() || self.cwd.is_some() => Err(Error::Usage(format!(
                "--env and --cwd are for peers that are started, and {address} runs already; for one of several \
                 peers, name them in its command: --peer 'env NAME=VALUE CMD'"
            ))),
            _ => Ok(Launch { cwd: self.cwd.clone(), env, ..launch }),
        }
    }

    /// The same as arguments: what `replay` needs to start a peer as a run did.
    pub(super) fn arguments(&self) -> Vec<String> {
        let env = self.env.iter().flat_map(|pair| ["--env".to_owned(), pair.clone()]);
        let cwd = self.cwd.iter().flat_map(|cwd| ["--cwd".to_owned(), cwd.display().to_string()]);
        env.chain(cwd).collect()
    }
}

fn variable(pair: &String) -> Result<(String, String), Error> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::Usage(format!("--env {pair}: NAME=VALUE"))),
    }
}
