//! `tour`: every flow of the protocol once, with real bytes, for somebody who has never seen it.
//!
//! What is shown is really done: each step is an operation of the peer protocol, asked of the reference in this
//! process, with fixed time and fixed "random" bytes, so that two tours are equal.

mod around;
mod cast;
mod chapters;
mod guide;

use clap::Args;

use super::outcome::{Error, Outcome};
use super::show::{PLAIN, headed, width};
use super::terminal::Paint;
use super::words::invocation;
use guide::Guide;

/// The arguments of `tour`.
#[derive(Debug, Args)]
pub(super) struct Tour {
    /// Only this chapter; the ones before it are gone through without a word
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=chapters::ALL.len() as i64))]
    chapter: Option<u8>,
}

impl Tour {
    pub(super) fn run(self, out: &mut impl Paint) -> Result<Outcome, Error> {
        let mut guide = Guide::new(width());
        for (number, (title, chapter)) in (1u8..).zip(chapters::ALL) {
            guide.begin(number, title);
            chapter(&mut guide)?;
            let text = guide.take();
            if self.chapter.is_none_or(|only| only == number) {
                text.iter().try_for_each(|(style, text)| out.paint(*style, text))?;
            }
        }
        if self.chapter.is_none() {
            let words = format!("That was all. `{} inspect TEXT` explains any of these texts.", invocation());
            headed(out, "", PLAIN, &words)?;
        }
        Ok(Outcome::Good)
    }
}
