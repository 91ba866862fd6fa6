//! `fuzz coverage`: lines and branches of the reference that seeds, regressions and corpora reach, floor by floor; what
//! they don't; and whether anything fell. For those who work on this repository: it needs a checkout.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::json;
use crate::cli::outcome::{Error, Outcome};
use crate::cli::terminal::show_path;
use crate::io::files::{read_text, write_whole};
use crate::io::fuzz::Checkout;
use crate::io::fuzz::coverage::{Measure, NotMeasured, measure};
use night::coverage::{Floors, Reach, Short, VERSION, below_goal, hundredths, ranges};
use night::record::{Coverage, Share};
use peer::printable::Line;

/// What was reached before, from the top of the repository.
const FLOORS: &str = "fuzz/coverage.json";

/// The arguments.
#[derive(Debug, Args)]
pub(super) struct FuzzCoverage {
    /// A folder with a folder of inputs for each target, to run beside seeds and regressions
    #[arg(long, value_name = "DIR")]
    corpus: Vec<PathBuf>,
    /// Write what is reached now to fuzz/coverage.json: what must not fall from here on
    #[arg(long, conflicts_with = "corpus")]
    write: bool,
    /// The nightly toolchain to build with; without it that of fuzz/toolchain, or the newest
    #[arg(long, value_name = "NAME")]
    toolchain: Option<String>,
    /// Write the result as JSON instead: the floors, and nothing of single lines
    #[arg(long)]
    json: bool,
}

impl FuzzCoverage {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let checkout = Checkout::around(&std::env::current_dir()?)?;
        let toolchain = self.toolchain.map_or_else(|| checkout.toolchain(), Ok)?;
        let root = checkout.root;
        let reach = reach(&root, &toolchain, &self.corpus)?;
        let coverage = reach.coverage();
        let path = root.join(FLOORS);
        let floors = match path.exists() {
            true => serde_json::from_str(&read_text(&path)?)
                .map_err(|error| Error::CannotRun(format!("{}: {error}", show_path(&path))))?,
            false => Floors { coverage: VERSION.into(), floors: Vec::new(), unreached: Default::default() },
        };
        let fallen = floors.fallen(&coverage);
        match self.json {
            true => json::write(out, &coverage)?,
            false => show(out, &reach, &coverage, &floors)?,
        }
        if self.write {
            let text = serde_json::to_string_pretty(&floors.written(&reach))
                .map_err(|error| Error::CannotRun(error.to_string()))?;
            write_whole(&path, format!("{text}\n").as_bytes())?;
            return Ok(Outcome::Good);
        }
        if !self.json {
            fallen.iter().try_for_each(|short| say_short(out, short, "fell", &format!("in {FLOORS}")))?;
        }
        Ok(if fallen.is_empty() { Outcome::Good } else { Outcome::Bad })
    }
}

/// What seeds, regressions and these corpora reach; for a night, too.
pub(super) fn reach(root: &Path, toolchain: &str, corpora: &[PathBuf]) -> Result<Reach, Error> {
    let export = measure(Measure { root, toolchain, corpora })?;
    let root = root.canonicalize()?;
    let folder = root.join("src/channel");
    let reach = Reach::read(&export, &folder.to_string_lossy());
    let reach = reach.map_err(|error| Error::CannotRun(error.to_string()))?;
    Ok(reach.without_faults(|path| read_text(&folder.join(path)))?)
}

impl From<NotMeasured> for Error {
    fn from(error: NotMeasured) -> Self {
        Error::CannotRun(error.to_string())
    }
}

fn show(out: &mut impl Write, reach: &Reach, coverage: &Coverage, floors: &Floors) -> Result<(), Error> {
    writeln!(out, "{:<8} {:>22}  {:>22}", "", "lines", "branches")?;
    let mut all = [Share::default(); 2];
    for floor in &coverage.floors {
        for (sum, share) in all.iter_mut().zip([floor.lines, floor.branches]) {
            sum.reached += share.reached;
            sum.of += share.of;
        }
        writeln!(out, "{:<8} {:>22}  {:>22}", floor.floor, words(floor.lines), words(floor.branches))?;
    }
    let [lines, branches] = all.map(words);
    writeln!(out, "{:<8} {lines:>22}  {branches:>22}", "all")?;
    let mut gaps = reach.gaps().peekable();
    if gaps.peek().is_some() {
        writeln!(out, "\nnot reached, of src/channel:")?;
    }
    for gap in gaps {
        writeln!(out, "  {}", Line(gap.path))?;
        for (what, lines) in [("lines", &gap.lines), ("a branch of", &gap.branches)] {
            if !lines.is_empty() {
                writeln!(out, "    {what} {}", ranges(lines))?;
            }
        }
        if let Some(why) = floors.unreached.get(gap.path) {
            writeln!(out, "    {}", Line(why))?;
        }
    }
    let short = below_goal(coverage);
    short.iter().try_for_each(|short| say_short(out, short, "is below the goal", "aimed at"))
}

fn say_short(out: &mut impl Write, short: &Short, verb: &str, whence: &str) -> Result<(), Error> {
    let Short { floor, what, is, least } = short;
    writeln!(out, "{floor} {verb}: {} of its {what}, {} {whence}", percent(*is), percent(*least))?;
    Ok(())
}

/// `812 of 815   99.63 %`.
fn words(share: Share) -> String {
    format!("{} of {}  {:>8}", share.reached, share.of, percent(hundredths(share)))
}

fn percent(hundredths: u64) -> String {
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}
