//! `check-app`: the cases that an app can play, which is no process, by a page that tells a person what to do.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::listening::listen;
use super::outcome::{Error, Outcome};
use super::report_folder::{ReportFolder, store, write_json};
use super::selection::Selection;
use super::show;
use super::terminal::Paint;
use super::words::{AN_APP, check_app_again, plural, say};
use crate::io::gateway::app::{self, Effort, Page, Place, Plan};
use crate::io::rng;
use carrier::symbol::Symbol;
use channel::text::hex;
use harness::baseline::Baseline;
use harness::case::{Case, not_offered};
use harness::report::{self, Ended, Failing, Part, Report, Task};
use harness::standing::End;
use harness::suite::{self, Verdict};
use peer::operations::HelloResult;

/// The arguments of `check-app`.
#[derive(Debug, Args)]
pub(super) struct CheckApp {
    #[command(flatten)]
    selection: Selection,
    /// Only cases that ask a person for at most so many things; an activation that no other case goes on with counts three
    /// [default: 3, and 12 where cases are selected]
    #[arg(long, value_name = "N")]
    actions: Option<usize>,
    /// Where the page is served; 0 is any free port. Plain HTTP
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8421")]
    listen: SocketAddr,
    /// A name by which the app calls this program, as it stands in URLs (192.168.1.7:8421); may be repeated, and the first is
    /// that of the callbacks. On loopback its own names are known
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// A part of every path, which nobody can guess: for an app whose white list can't be changed for each run [default: drawn]
    #[arg(long, value_name = "TEXT", value_parser = token)]
    token: Option<String>,
    /// Which version of the app it is, for the report
    #[arg(long, value_name = "TEXT", default_value = "unknown")]
    app_version: String,
    /// Where report and failing cases are written: a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports/last")]
    report: PathBuf,
    /// Failures shown in the terminal (the report has all)
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
}

/// How much a case may ask for: of all of them the short ones, where nobody selects any.
const SHORT: usize = 3;
const LONG: usize = 12;

/// Characters of a token, at least: 128 bits in base64url.
const TOKEN: usize = 22;

fn token(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    match is_plain && (TOKEN..=128).contains(&text.len()) {
        true => Ok(text.to_owned()),
        false => Err(format!("{TOKEN} to 128 letters, digits, - and _")),
    }
}

impl CheckApp {
    pub(super) fn run(self, out: &mut impl Paint) -> Result<Outcome, Error> {
        let (all, claims) = (cases::all(), app::claims(&self.app_version));
        let profile: Vec<_> =
            all.iter().filter(|case| case.role.belongs_to(&claims.profile, &claims.operations)).collect();
        let selected: BTreeSet<_> =
            self.selection.of(&all)?.into_iter().map(|case| case.id.as_str()).collect();
        let plan = Plan::new(&profile, |case| selected.contains(case.id.as_str()), self.most_actions());
        if plan.is_empty() {
            return Err(Error::Usage(self.nothing(&plan)));
        }
        let folder = ReportFolder::claim("--report", &self.report)?;
        let page = self.page(&plan)?;
        self.introduce(out, &plan, &page)?;
        let begin = Instant::now();
        let outcomes =
            page.play(&plan, |outcome| say(&format!("{:<13} {}", outcome.verdict.word(), outcome.id)));
        let ids: Vec<_> = profile.iter().map(|case| case.id.as_str()).collect();
        let part = part(&plan.cases(), &ids, &claims, &outcomes);
        let report = self.report(part);
        store(out, &folder, &report)?;
        self.failures(out, &folder, &outcomes)?;
        let words = report.parts.first().map(Part::conclusion).unwrap_or_default();
        page.ends(format!("The app {words}."))?;
        for part in &report.parts {
            show::table(out, &part.cases)?;
            let (took, filters) = (begin.elapsed(), self.selection.filters());
            let ran = show::Ran { took, seed: 0, filters, shard: None };
            show::verdict(out, &[], part, &ran, &Baseline::default())?;
        }
        ended(&report)
    }

    fn most_actions(&self) -> usize {
        self.actions.unwrap_or(if self.selection.filters().is_some() { LONG } else { SHORT })
    }

    fn nothing(&self, plan: &Plan<'_>) -> String {
        match plan.left_out {
            0 => "none of the selected cases can be seen on an app".to_owned(),
            more => format!(
                "{more} selected case{}, and each asks for more than --actions {}",
                plural(more),
                self.most_actions()
            ),
        }
    }

    fn page(&self, plan: &Plan<'_>) -> Result<Page, Error> {
        let (listener, hosts) = listen(self.listen, &self.hosts, "the app calls this program")?;
        let address = listener.local_addr()?;
        let host = self.hosts.first().map_or_else(|| address.to_string(), |name| name.to_lowercase());
        let token = self.token.clone().unwrap_or_else(drawn);
        Ok(Page::serve(Place { listener, hosts, origin: format!("http://{host}"), token }, plan)?)
    }

    /// Where the page is, and what is ahead.
    fn introduce(&self, out: &mut impl Paint, plan: &Plan<'_>, page: &Page) -> Result<(), Error> {
        let (cases, Effort { actions, activations }) = (plan.len(), plan.effort());
        writeln!(
            out,
            "{cases} case{} can be played by an app, with {actions} thing{} to do and {activations} activation{}.",
            plural(cases),
            plural(actions),
            plural(activations)
        )?;
        if plan.left_out > 0 {
            writeln!(
                out,
                "{} more ask for more than --actions {} each.",
                plan.left_out,
                self.most_actions()
            )?;
        }
        writeln!(out, "\nSet the app up like this:")?;
        for (what, value) in page.setup() {
            writeln!(out, "  {what:<22}{value}")?;
        }
        let drawn = Symbol::write(page.address()).map(|symbol| symbol.to_blocks()).unwrap_or_default();
        writeln!(out, "\n{drawn}\nthe page: {}", page.address())?;
        out.flush()?;
        Ok(())
    }

    fn report(&self, part: Part) -> Report {
        Report {
            report: report::VERSION.into(),
            counterproof: env!("CARGO_PKG_VERSION").into(),
            time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            seed: 0,
            shard: None,
            missing: Vec::new(),
            filters: self.selection.filters(),
            explore: Some(0),
            parts: vec![part],
        }
    }

    /// Stores all failures, and shows the first.
    fn failures(
        &self,
        out: &mut impl Paint,
        folder: &ReportFolder,
        outcomes: &[suite::Outcome],
    ) -> Result<(), Error> {
        let mut shown = 0;
        for outcome in outcomes {
            let Some(failing) = Failing::new(&[AN_APP.to_owned()], 0, outcome) else { continue };
            write_json(&folder.failing().join(report::failing_file(None, &outcome.id)), &failing)?;
            shown += 1;
            if shown <= self.show {
                show::explain(out, outcome, &check_app_again(&outcome.id))?;
            }
        }
        if shown > self.show {
            writeln!(out, "… and {} more; the report has all\n", shown - self.show)?;
        }
        Ok(())
    }
}

fn part(cases: &[&Case], profile: &[&str], claims: &HelloResult, outcomes: &[suite::Outcome]) -> Part {
    let is_left = outcomes.iter().any(|outcome| outcome.verdict == Verdict::NotRun);
    let task = Task {
        commands: [AN_APP, AN_APP],
        number: None,
        claims: &[claims],
        profile,
        not_offered: &not_offered(claims),
        cases,
        ended: if is_left { Ended::Interrupted } else { Ended::Whole },
        baseline: &Baseline::default(),
        explored: None,
    };
    Part::new(task, outcomes)
}

/// As of `check`.
fn ended(report: &Report) -> Result<Outcome, Error> {
    match report.end() {
        End::Good => Ok(Outcome::Good),
        End::Bad => Ok(Outcome::Bad),
        End::HarnessFault => Err(Error::CannotRun("a case or the reference is at fault, see above".into())),
        End::Unfinished { cases: left, .. } => {
            Err(Error::CannotRun(format!("{left} case{} not played: no verdict", plural_of(left))))
        }
    }
}

/// 128 random bits.
fn drawn() -> String {
    let mut bytes = [0; 16];
    rng::system()(&mut bytes);
    hex::encode(&bytes).to_lowercase()
}

fn plural_of(count: u64) -> &'static str {
    plural(usize::try_from(count).unwrap_or(usize::MAX))
}
