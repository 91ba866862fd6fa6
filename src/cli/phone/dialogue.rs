//! What a phone shows, and what it asks: the PIN without echo where there is a terminal, else a line of standard input.

use std::io::{BufRead as _, IsTerminal as _, Write};

use clap::Args;
use zeroize::Zeroizing;

use super::kept::Kept;
use crate::cli::outcome::Error;
use crate::cli::words::say;
use channel::class::Class;
use channel::client::{Decision, Shown};
use channel::error::Refusal;
use channel::text::gateway_string::{Details, GatewayString};
use channel::wire::request::Content;

/// Characters of a PIN.
const PIN_LENGTH: std::ops::RangeInclusive<usize> = 4..=16;

/// A decision that stands on the command line.
#[derive(Debug, Args)]
pub(super) struct Decided {
    /// Approve without being asked; the PIN is asked all the same
    #[arg(long, conflicts_with = "reject")]
    approve: bool,
    /// Reject without being asked
    #[arg(long)]
    reject: bool,
}

fn ended() -> Error {
    Error::Usage("standard input has ended before it was answered".into())
}

/// A line of standard input.
fn line(prompt: &str) -> Result<Zeroizing<String>, Error> {
    say(prompt);
    let mut line = Zeroizing::new(String::new());
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(ended());
    }
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A PIN, which nobody sees.
pub(super) fn pin(prompt: &str) -> Result<Zeroizing<String>, Error> {
    match std::io::stdin().is_terminal() {
        true => Ok(Zeroizing::new(rpassword::prompt_password(format!("{prompt}: "))?)),
        false => line(&format!("{prompt}:")),
    }
}

/// A PIN to be, asked twice.
pub(super) fn new_pin() -> Result<Zeroizing<String>, Error> {
    let (first, again) = (pin("choose a PIN")?, pin("the same again")?);
    match (*first == *again, PIN_LENGTH.contains(&first.chars().count())) {
        (false, _) => Err(Error::Usage("these are two PINs".into())),
        (true, false) => Err(Error::Usage("a PIN has 4 to 16 characters".into())),
        (true, true) => Ok(first),
    }
}

impl Decided {
    /// Whether the user approves.
    pub(super) fn approves(&self) -> Result<bool, Error> {
        match (self.approve, self.reject) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => loop {
                match line("approve or reject?")?.trim() {
                    "approve" | "a" => return Ok(true),
                    "reject" | "r" => return Ok(false),
                    _ => {}
                }
            },
        }
    }
}

/// Asks the PIN until it is right or the phone refuses for another reason; each try is kept before it is answered.
pub(super) fn released<T>(
    kept: &mut Kept,
    mut decide: impl FnMut(&mut Kept, Decision) -> Result<T, Refusal>,
) -> Result<Result<T, Refusal>, Error> {
    loop {
        let pin = pin("PIN")?;
        let decision = Decision::Approve(kept.judge(&pin));
        let decided = decide(kept, decision);
        kept.save()?;
        match decided {
            Err(refusal) if refusal.class() == Class::WrongPin => say("wrong PIN"),
            decided => return Ok(decided),
        }
    }
}

/// Shows a request, all of it (CLI-11).
pub(super) fn show(shown: &Shown, out: &mut impl Write) -> Result<(), Error> {
    match &shown.request.content {
        Content::List { title, items } => {
            writeln!(out, "{title}")?;
            items.iter().try_for_each(|(key, value)| writeln!(out, "  {key}: {value}"))?;
        }
        Content::Challenge { challenge, .. } => writeln!(out, "challenge {challenge}")?,
        Content::FreeText { title, text } => writeln!(out, "{title}\n  {text}")?,
        Content::Gateway(GatewayString::Notification { challenge_key }) => {
            writeln!(out, "login {challenge_key}")?;
        }
        Content::Gateway(GatewayString::Details(Details { service, identity, .. })) => {
            writeln!(out, "log in at {service}\n  user: {}", identity.user)?;
            if !identity.domain.is_empty() {
                writeln!(out, "  domain: {}", identity.domain)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
