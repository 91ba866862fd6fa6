//! `peer`: the reference over standard input and output, or at a socket; right or wrong. Or a gateway, behind a bridge.

use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;

#[cfg(feature = "serve")]
use super::bridge::BridgeArguments;
use super::outcome::{Error, Outcome};
use super::words::say;
use crate::io::peer::{Address, Listener};
use crate::io::rng;
use peer::engine::Engine;
use peer::protocol::MAX_QUESTION;
use zoo::{Fault, Faulty};

/// The arguments of `peer`.
#[derive(Debug, Args)]
pub(super) struct PeerCommand {
    /// A deliberate fault (`counterproof list --faults`)
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Listen at tcp:HOST:PORT (0 for any free port) or unix:PATH, and print the address: each connection is a peer of
    /// its own. Plain text, for whoever connects
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    listen: Option<Address>,
    /// Connections served side by side; others wait
    #[arg(long, value_name = "N", default_value = "64", requires = "listen")]
    connections: NonZeroUsize,
    #[cfg(feature = "serve")]
    #[command(flatten)]
    bridge: BridgeArguments,
}

impl PeerCommand {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        #[cfg(feature = "serve")]
        if let Some(mut bridge) = self.bridge.bridge()? {
            if self.fault.is_some() || self.listen.is_some() {
                return Err(Error::Usage("--gateway: neither with --fault nor with --listen".into()));
            }
            let input = &mut std::io::stdin().lock();
            return serve(input, out, |line| Some(bridge.answer(line))).map(|_| Outcome::Good);
        }
        let find = |name: &String| {
            let words = format!("--fault {name}: no such fault; `counterproof list --faults` shows them");
            zoo::find(name).ok_or(Error::Usage(words))
        };
        let fault = self.fault.as_ref().map(find).transpose()?;
        match &self.listen {
            None => converse(fault, &mut std::io::stdin().lock(), out),
            Some(address) => listen(address, self.connections, fault, out),
        }
    }
}

fn address(text: &str) -> Result<Address, String> {
    let none = || "tcp:HOST:PORT or unix:PATH".to_owned();
    Address::parse(text).ok_or_else(none)?.map_err(|error| error.to_string())
}

/// Serves connections until the program is killed.
fn listen(
    address: &Address,
    connections: NonZeroUsize,
    fault: Option<Fault>,
    out: &mut impl Write,
) -> Result<Outcome, Error> {
    let refused = |error: std::io::Error| Error::CannotRun(format!("can't listen at {address}: {error}"));
    let listener = Listener::bind(address).map_err(refused)?;
    writeln!(out, "{}", listener.address())?;
    out.flush()?;
    thread::scope(|scope| {
        for _ in 0..connections.get() {
            scope.spawn(|| loop_over_connections(&listener, fault));
        }
    });
    Ok(Outcome::Good)
}

/// One connection after the other. One that is lost is the client's affair.
fn loop_over_connections(listener: &Listener, fault: Option<Fault>) {
    loop {
        match listener.accept() {
            Ok(socket) => {
                let _ = converse(fault, &mut BufReader::new(&socket), &mut &socket);
            }
            Err(error) => {
                say(&format!("counterproof: a connection was not accepted: {error}"));
                thread::sleep(Duration::from_secs(1));
            }
        }
    }
}

/// The reference, with a fault or without, in one conversation.
fn converse(fault: Option<Fault>, input: &mut impl BufRead, out: &mut impl Write) -> Result<Outcome, Error> {
    let mut engine = Engine::new(rng::system());
    let Some(fault) = fault else {
        return serve(input, out, |line| Some(engine.answer(line))).map(|_| Outcome::Good);
    };
    let mut faulty = Faulty::new(engine, fault, clock);
    let Some(rest) = serve(input, out, |line| faulty.answer(line))? else { return Ok(Outcome::Bad) };
    out.write_all(&faulty.ended(&rest).unwrap_or_default())?;
    out.flush()?;
    Ok(Outcome::Good)
}

/// The time, in seconds since 1970.
fn clock() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// Answers line by line until the input ends; what stands after the last line end is no question (PPR-1), and is given
/// back; nothing where the peer ended first. A question that is too long is skipped to its end; the engine sees one byte
/// more than a question has, and says so.
fn serve(
    input: &mut impl BufRead,
    out: &mut impl Write,
    mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Result<Option<Vec<u8>>, Error> {
    let mut line = Vec::with_capacity(4096);
    loop {
        line.clear();
        let limit = u64::try_from(MAX_QUESTION + 1).unwrap_or(u64::MAX);
        std::io::Read::take(&mut *input, limit).read_until(b'\n', &mut line)?;
        let has_end = match line.last() {
            Some(b'\n') => line.pop().is_some(),
            _ => line.len() > MAX_QUESTION && skips_to_line_end(input)?,
        };
        if !has_end {
            return Ok(Some(line));
        }
        let Some(mut answered) = answer(&line) else { return Ok(None) };
        answered.push(b'\n');
        out.write_all(&answered)?;
        out.flush()?;
    }
}

/// Skips the rest of a line: whether it has an end.
fn skips_to_line_end(input: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let read = input.fill_buf()?;
        let length = read.len();
        let end = read.iter().position(|byte| *byte == b'\n');
        input.consume(end.map_or(length, |at| at + 1));
        if end.is_some() || length == 0 {
            return Ok(end.is_some());
        }
    }
}
