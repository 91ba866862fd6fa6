//! A program that goes on from where another one has come to. Its steps are played by the reference and taken for drawn
//! ones: what they gave goes into the pools, so that what follows can be about it.

use serde_json::{Value, json};

use super::{Asked, Drawer};
use crate::bend;
use crate::luck::Luck;
use crate::step::{Program, Reference, Step};
use crate::table::{Area, MULTI, SINGLE, Source};
use crate::world::{Context, Pool, Role};
use harness::bend::makes_a_session;

/// Draws that were for nothing before nothing more is drawn.
const IN_VAIN: usize = 4;

/// The first steps of a program, and others behind them up to about this length, with looks at the end.
pub(crate) fn with_another_end(
    seed: u64,
    operations: &[String],
    begins: &[Step],
    length: usize,
) -> Vec<Step> {
    let mut drawer = resumed(seed, operations, begins, begins);
    let mut in_vain = 0;
    while drawer.world.steps.len() < length && in_vain < IN_VAIN {
        if !drawer.goes_on(length) {
            in_vain += 1;
        }
    }
    drawer.looks();
    drawer.world.steps
}

/// One more step behind the first ones of a program, or several of a kind. The names of new sessions are none of the
/// program's.
pub(crate) fn one_more(seed: u64, operations: &[String], program: &Program, keep: usize) -> Vec<Step> {
    let begins = program.steps.get(..keep).unwrap_or(&program.steps);
    let mut drawer = resumed(seed, operations, begins, &program.steps);
    drawer.goes_on(program.steps.len());
    drawer.world.steps.split_off(begins.len().min(drawer.world.steps.len()))
}

/// A step of a program with one parameter bent, or drawn anew. Nothing where there is none, or it can't be.
pub(crate) fn other_parameter(
    seed: u64,
    operations: &[String],
    program: &Program,
    at: usize,
    bent: bool,
) -> Option<Step> {
    let mut step = program.steps.get(at)?.clone();
    let begins = program.steps.get(..at)?;
    let mut drawer = resumed(seed, operations, begins, begins);
    let row = drawer.row_of(&step)?;
    let with = drawer.context_of(&row, &step);
    // What is random is drawn anew for each use (KEY-11), and nothing is learnt from other values of it.
    let names: Vec<String> = step.params.keys().filter(|name| *name != "random").cloned().collect();
    let name = drawer.world.luck.pick(&names)?;
    let old = step.params.get(name)?.clone();
    let new = match bent {
        true => bend::parameter(&mut drawer.world, &with, name, &old)?,
        false => {
            let (_, source) = row.0.params.iter().find(|(known, _)| known == name)?;
            let mut with = with;
            if !matches!(source, Source::Own | Source::As(_)) {
                with.remove(name);
            }
            drawer.made(*source, name, &with)?
        }
    };
    (new != old).then(|| step.params.insert(name.clone(), new));
    Some(step)
}

/// A drawer for which these steps were drawn; `names` are those of a program whose sessions it must not make again.
fn resumed(seed: u64, operations: &[String], begins: &[Step], names: &[Step]) -> Drawer {
    let mut drawer = Drawer::new(Luck::new(seed), operations);
    drawer.world.usual = false;
    drawer.is_about(begins);
    drawer.world.sessions = names.iter().filter_map(number_of).max().unwrap_or(0);
    for step in begins {
        drawer.takes_up(step);
    }
    drawer
}

/// The number in the name of a session, as [`crate::world::World::session`] gives it.
fn number_of(step: &Step) -> Option<usize> {
    let name = step.session.as_deref()?.strip_prefix('s')?;
    let digits: String = name.chars().take_while(char::is_ascii_digit).take(9).collect();
    digits.parse().ok()
}

impl Drawer {
    /// Areas of the kind of licensing that these steps are about.
    fn is_about(&mut self, steps: &[Step]) {
        let single = steps.iter().any(|step| step.op.contains(".single_"));
        if single == self.single {
            return;
        }
        let pool: &[Area] = if single { &SINGLE } else { &MULTI };
        let has = |area: &Area| self.rows.iter().any(|(row, by): &Asked| row.area == *area && by.is_none());
        let pool: Vec<Area> = pool.iter().copied().filter(has).collect();
        let luck: &mut Luck = &mut self.world.luck;
        self.areas = (0..3).filter_map(|_| luck.pick(&pool).copied()).collect();
        self.single = single;
    }

    /// A step that was drawn before.
    fn takes_up(&mut self, step: &Step) {
        let row = self.row_of(step);
        let with = row.map(|row| self.context_of(&row, step));
        let of_server = step.op.starts_with("server.");
        if let Some(now) = step.params.get("now").and_then(Value::as_u64).filter(|_| of_server) {
            self.world.now = u32::try_from(now).unwrap_or(self.world.now);
        }
        let at = self.world.steps.len();
        let result = self.world.play(step.clone()).cloned();
        let (Some((row, _)), Some(mut with), Some(result)) = (row, with, result) else { return };
        let role = row.on.map(Role::word);
        let before = role.and_then(|role| with.get(role).cloned());
        if let (Some(role), Some(session)) = (role, &step.session) {
            with.insert(role.to_owned(), json!(session));
        }
        if row.op == "server.login_start" {
            with.insert("started".into(), json!(self.world.now));
        }
        self.takes(row, with, before, at, &result);
    }

    fn row_of(&self, step: &Step) -> Option<Asked> {
        self.rows.iter().find(|(row, by)| row.op == step.op && *by == step.by).copied()
    }

    /// What goes with a step: its parameters, what goes with that from which they are taken, and what goes with its session.
    fn context_of(&self, row: &Asked, step: &Step) -> Context {
        let mut with = Context::new();
        for (name, value) in &step.params {
            match value.as_object().filter(|_| name == "random") {
                Some(fields) => with.extend(fields.clone()),
                None => drop(with.insert(name.clone(), value.clone())),
            }
        }
        let role = row.0.on;
        if let (Some(role), Some(session), false) = (role, &step.session, makes_a_session(&step.op)) {
            with.insert(role.word().to_owned(), json!(session));
        }
        let from = step.takes_from();
        let is_source = |value: &Value| Reference::of(value).is_some_and(|taken| from.contains(&taken.from));
        let sources = self.world.items.iter().rev().filter(|item| item.with.values().any(is_source));
        let pools = role.map(|role| [role.account(), Pool::Session(role)]);
        let of_session = self.world.items.iter().rev().filter(|item| {
            let is_his = role.is_some_and(|role| {
                let his = item.with.get(role.word());
                his.is_some() && his == with.get(role.word())
            });
            is_his && pools.is_some_and(|pools| pools.contains(&item.pool))
        });
        for item in sources.chain(of_session).map(|item| &item.with).collect::<Vec<_>>() {
            for (name, value) in item {
                with.entry(name).or_insert_with(|| value.clone());
            }
        }
        with
    }
}
