//! The options by which somebody else's gateway is judged: `check` starts this program as the bridge to it, `peer` is that.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::key_file;
use super::outcome::{Error, unreadable};
use super::terminal::show_path;
use super::words::own_peer;
use crate::io::files;
use crate::io::gateway::{Bridge, Crossing, Place, licenses};
use channel::text::hex;

/// How long a case may wait, unless told otherwise: long enough for what is due after 10 seconds.
const WAIT_S: u32 = 15;

/// A gateway, and what is needed to ask it.
#[derive(Clone, Debug, Args)]
pub(super) struct BridgeArguments {
    /// A gateway over HTTP in place of a peer (http://HOST[:PORT]): push, login and provisioning are asked of it
    #[arg(long, value_name = "URL", requires = "api_key", requires = "licenses")]
    gateway: Option<String>,
    /// The key of its back end: 64 hexadecimal digits in a file
    #[arg(long, value_name = "FILE", requires = "gateway")]
    api_key: Option<PathBuf>,
    /// The license file that it has imported (`licenses make --count 160`); the keys in it aren't needed
    #[arg(long, value_name = "FILE", requires = "gateway")]
    licenses: Option<PathBuf>,
    /// Seconds that a case may wait: what takes longer is not-testable. 200 is enough for logins that expire, 3700 for all [default: 15]
    #[arg(long, value_name = "SECONDS", requires = "gateway")]
    wait: Option<u32>,
    /// The command that restarts it and ends; without it, what must outlive a restart is not-testable; with it, cases run one by
    /// one. Like all that a run starts, what it starts itself ends with the run; what a service manager starts doesn't
    #[arg(long, value_name = "CMD", requires = "gateway")]
    restart: Option<String>,
}

impl BridgeArguments {
    /// The command of the bridge, as a shell would split it, if a gateway was named.
    pub(super) fn command(&self) -> Result<Option<String>, Error> {
        let Some(url) = &self.gateway else { return Ok(None) };
        // What is wrong with them is said here, and not by a peer that doesn't answer.
        self.bridge()?;
        let mut words = own_peer()?;
        words.extend(["--gateway".to_owned(), url.clone()]);
        for (option, path) in [("--api-key", &self.api_key), ("--licenses", &self.licenses)] {
            let path = path.as_deref().map(whole).transpose()?;
            words.extend(path.into_iter().flat_map(|path| [option.to_owned(), path]));
        }
        words.extend(self.wait.into_iter().flat_map(|wait| ["--wait".to_owned(), wait.to_string()]));
        words.extend(self.restart.iter().flat_map(|command| ["--restart".to_owned(), command.clone()]));
        let joined = shlex::try_join(words.iter().map(String::as_str));
        joined.map(Some).map_err(|error| Error::Usage(format!("--gateway: {error}")))
    }

    /// The bridge, if a gateway was named and is there.
    pub(super) fn bridge(&self) -> Result<Option<Bridge>, Error> {
        let (Some(url), Some(key), Some(file)) = (&self.gateway, &self.api_key, &self.licenses) else {
            return Ok(None);
        };
        let words = "http://HOST[:PORT], without a path; a TLS endpoint needs a proxy";
        let place = Place::parse(url).map_err(|_| Error::Usage(format!("--gateway {url}: {words}")))?;
        let key = Zeroizing::new(key_file::read::<32>(key, "the key of the back end")?);
        let restart = self.restart.as_deref().map(|command| {
            let split = shlex::split(command).filter(|words| !words.is_empty());
            split.ok_or_else(|| {
                Error::Usage(format!("--restart {command}: no command, or a quote that isn't closed"))
            })
        });
        let restart = restart.transpose()?;
        let text = files::read_text(file).map_err(unreadable)?;
        let licenses = licenses(&text, self.wait.unwrap_or(WAIT_S), restart.is_some());
        let licenses = licenses.map_err(|error| {
            let file = show_path(file);
            Error::Usage(format!("--licenses {file}: {error}; see `counterproof licenses make --count 160`"))
        })?;
        let api_key = Zeroizing::new(hex::encode(&*key));
        let crossing = Crossing { place, api_key, licenses, restart };
        crossing
            .reaches()
            .map_err(|error| Error::CannotRun(format!("{url}: the gateway can't be reached: {error}")))?;
        Ok(Some(Bridge::new(crossing)))
    }

    /// Whether the gateway may be restarted, which other cases must not see.
    pub(super) fn restarts(&self) -> bool {
        self.restart.is_some()
    }

    /// Whether a gateway was named.
    pub(super) fn is_named(&self) -> bool {
        self.gateway.is_some()
    }
}

/// A path that is the same from every folder.
fn whole(path: &Path) -> Result<String, Error> {
    let path = std::path::absolute(path)?;
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::Usage(format!("{}: the path is not UTF-8", show_path(&path))))
}
