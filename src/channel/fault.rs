//! The one switch of the zoo: what this thread does wrong on purpose. Compiled only with feature `zoo`; without it
//! every function here is a constant.

use crate::rule::Rule;

#[cfg(feature = "zoo")]
thread_local! {
    static ON: std::cell::Cell<Option<&'static str>> = const { std::cell::Cell::new(None) };
}

/// Runs `work` with one fault on: the id of a check to leave out, or the name of a `bent` value.
#[cfg(feature = "zoo")]
pub fn with<T>(name: &'static str, work: impl FnOnce() -> T) -> T {
    let before = ON.replace(Some(name));
    let result = work();
    ON.set(before);
    result
}

#[cfg(feature = "zoo")]
fn is_on(name: &str) -> bool {
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
