//! The one switch of the zoo: what this thread does wrong on purpose. And the one witness of the order of checks: which
//! rules it asks about, one after the other. Compiled only with feature `zoo`; without it every function here is a
//! constant, or does nothing.

#[cfg(feature = "zoo")]
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use crate::rule::Rule;

#[cfg(feature = "zoo")]
thread_local! {
    static ON: Cell<Option<&'static str>> = const { Cell::new(None) };
    /// The faults that were asked for, where somebody wants to know.
    static ASKED: RefCell<Option<BTreeSet<String>>> = const { RefCell::new(None) };
    /// Whether somebody wants to know which checks are made: one look is all that a check costs where nobody does.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static CHECKS: RefCell<Vec<Check>> = const { RefCell::new(Vec::new()) };
}

/// A check that was made.
#[cfg(feature = "zoo")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was asked.
    pub rule: Rule,
    /// Whether it was met. Where nothing but a refusal tells that a rule is asked, this is always false.
    pub holds: bool,
}

/// Runs `work` and tells the checks it made, in order. A refusal that becomes another one is there, too.
#[cfg(feature = "zoo")]
pub fn checks<T>(work: impl FnOnce() -> T) -> (T, Vec<Check>) {
    let before = (WATCHED.replace(true), CHECKS.take());
    let result = work();
    WATCHED.set(before.0);
    (result, CHECKS.replace(before.1))
}

/// A check is made.
#[cfg(feature = "zoo")]
pub(crate) fn saw(rule: Rule, holds: bool) {
    if WATCHED.get() {
        CHECKS.with_borrow_mut(|checks| checks.push(Check { rule, holds }));
    }
}

#[cfg(not(feature = "zoo"))]
pub(crate) fn saw(_: Rule, _: bool) {}

/// Runs `work` with one fault on: the id of a check to leave out, or the name of a `bent` value.
#[cfg(feature = "zoo")]
pub fn with<T>(name: &'static str, work: impl FnOnce() -> T) -> T {
    let before = ON.replace(Some(name));
    let result = work();
    ON.set(before);
    result
}

/// Runs `work` and tells which faults can make a difference to it: those it asked for. Deterministic work does the
/// same with any other one on.
#[cfg(feature = "zoo")]
pub fn asked(work: impl FnOnce()) -> BTreeSet<String> {
    let before = ASKED.replace(Some(BTreeSet::new()));
    work();
    ASKED.replace(before).unwrap_or_default()
}

#[cfg(feature = "zoo")]
fn is_on(name: &str) -> bool {
    ASKED.with_borrow_mut(|asked| {
        if let Some(asked) = asked.as_mut().filter(|asked| !asked.contains(name)) {
            asked.insert(name.to_owned());
        }
    });
    ON.get() == Some(name)
}

#[cfg(not(feature = "zoo"))]
fn is_on(_: &str) -> bool {
    false
}

pub(crate) fn leaves_out(rule: Rule) -> bool {
    is_on(rule.id)
}

/// `right`, unless the fault `name` is on.
pub fn bent<T>(name: &str, right: T, wrong: T) -> T {
    if is_on(name) { wrong } else { right }
}
