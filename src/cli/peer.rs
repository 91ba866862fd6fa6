//! `peer`: the reference over standard input and output, right or wrong.

use std::io::{BufRead, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use super::outcome::{Error, Outcome};
use crate::io::rng;
use peer::engine::Engine;
use peer::protocol::MAX_QUESTION;
use zoo::Faulty;

/// The arguments of `peer`.
#[derive(Debug, Args)]
pub(super) struct PeerCommand {
    /// A deliberate fault (`counterproof list --faults`)
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
}

impl PeerCommand {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let mut engine = Engine::new(rng::system());
        match &self.fault {
            None => serve(out, |line| Some(engine.answer(line))).map(|_| Outcome::Good),
            Some(name) => {
                let unknown = || {
                    Error::Usage(format!(
                        "--fault {name}: no such fault; `counterproof list --faults` shows them"
                    ))
                };
                let mut faulty = Faulty::new(engine, zoo::find(name).ok_or_else(unknown)?, clock);
                let Some(rest) = serve(out, |line| faulty.answer(line))? else { return Ok(Outcome::Bad) };
                out.write_all(&faulty.ended(&rest).unwrap_or_default())?;
                out.flush()?;
                Ok(Outcome::Good)
            }
        }
    }
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
    out: &mut impl Write,
    mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Result<Option<Vec<u8>>, Error> {
    let mut input = std::io::stdin().lock();
    let mut line = Vec::with_capacity(4096);
    loop {
        line.clear();
        let limit = u64::try_from(MAX_QUESTION + 1).unwrap_or(u64::MAX);
        std::io::Read::take(&mut input, limit).read_until(b'\n', &mut line)?;
        let has_end = match line.last() {
            Some(b'\n') => line.pop().is_some(),
            _ => line.len() > MAX_QUESTION && skips_to_line_end(&mut input)?,
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
