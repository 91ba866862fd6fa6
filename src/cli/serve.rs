//! `serve`: the gateway of push, login and provisioning, over HTTP in front of a store.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use super::key_file;
use super::licenses::StoreArguments;
use super::listening::listen;
use super::outcome::{Error, Outcome};
use super::terminal::show_path;
use super::words::say;
use crate::io::files;
use crate::io::gateway::{self, CannotServe, Gateway, HookUrl, Settings};
use crate::io::rng;
use crate::io::store::{Sqlite, StoreError};
use ::gateway::limits::Rate;
use channel::text::hex;

/// The arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    store: StoreArguments,
    /// Where to listen; 0 is any free port. Plain HTTP: TLS is for a proxy in front
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// A name by which clients call this server, as it stands in their URLs (login.example or login.example:8443); may be
    /// repeated. On loopback its own names are known
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// The key that the back end shows: 64 hexadecimal digits in a file, drawn where there is none [default: STORE.api-key]
    #[arg(long, value_name = "FILE")]
    api_key: Option<PathBuf>,
    /// Where each notification is sent to, by POST, for a push service (http://…)
    #[arg(long, value_name = "URL", value_parser = hook_url)]
    push_hook: Option<HookUrl>,
    /// Serve a page to try it with, at /: whoever reaches it registers users, asks for logins and sees devices
    #[arg(long)]
    site: bool,
    /// A proxy of yours is in front: who asks is the last address of X-Forwarded-For
    #[arg(long)]
    behind_proxy: bool,
    /// Requests per second that one address may make, and twice as many at once; 0 for any number
    #[arg(long, value_name = "N", default_value_t = 50)]
    address_rate: u32,
    /// The same for one license, by who names it
    #[arg(long, value_name = "N", default_value_t = 10)]
    license_rate: u32,
}

fn hook_url(text: &str) -> Result<HookUrl, String> {
    HookUrl::parse(text).map_err(|_| "http://HOST[:PORT][/PATH]; a TLS endpoint needs a proxy".to_owned())
}

/// As many at once as come back in two seconds.
fn rate(per_second: u32) -> Rate {
    Rate { burst: per_second.saturating_mul(2), per_second }
}

impl Serve {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let key = self.store.key()?.ok_or_else(|| self.store.failed(&StoreError::Missing))?;
        let store = Sqlite::open(self.store.path(), key).map_err(|error| self.store.failed(&error))?;
        let (listener, hosts) = listen(self.listen, &self.hosts, "clients call this server")?;
        let address = listener.local_addr()?;
        let settings = Settings {
            hosts,
            api_key: self.api_key()?,
            hook: self.push_hook.clone(),
            behind_proxy: self.behind_proxy,
            site: self.site,
            address_rate: rate(self.address_rate),
            license_rate: rate(self.license_rate),
        };
        log_to_stderr();
        let failed = |error| match error {
            CannotServe::Store(error) => self.store.failed(&error),
            other => Error::CannotRun(other.to_string()),
        };
        let gateway = Gateway::new(listener, store, settings).map_err(failed)?;
        writeln!(out, "listening on http://{address}")?;
        out.flush()?;
        gateway::serve(gateway).map_err(failed)?;
        Ok(Outcome::Good)
    }

    /// The key of the back end; drawn, where there is none.
    fn api_key(&self) -> Result<Zeroizing<String>, Error> {
        let path = self.api_key.clone().unwrap_or_else(|| self.store.beside("api-key"));
        if !path.exists() {
            let mut key = Zeroizing::new([0; 32]);
            rng::system()(&mut *key);
            let text = Zeroizing::new(format!("{}\n", hex::encode(&*key)));
            match files::create_secret(&path, text.as_bytes()) {
                Ok(()) => say(&format!("counterproof: the key of the back end is in {}", show_path(&path))),
                Err(error) if error.source.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        let key = Zeroizing::new(key_file::read::<32>(&path, "the key of the back end")?);
        Ok(Zeroizing::new(hex::encode(&*key)))
    }
}

/// A line for each request on standard error, with its fields by name. Who closes that loses lines, and no more.
fn log_to_stderr() {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    // There is none yet, but in a test of this function there may be.
    let _ = log.try_init();
}
