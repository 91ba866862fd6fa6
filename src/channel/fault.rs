//! The one switch of the zoo: what this thread does wrong on purpose. Compiled only with feature `zoo`; without it
//! every function here is a constant.

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
}

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
