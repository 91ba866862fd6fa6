//! What every answer is compared with.

use std::fmt::Debug;

use super::slow;
use channel::class::Class;
use channel::error::Refusal;
use harness::spec;

/// The implementation's answer must be the slow one's: the same value, or a refusal by the same requirement,
/// of the class and with the effect that SPEC.md states.
pub(super) fn same<T: PartialEq + Debug>(fast: Result<T, Refusal>, slow: slow::Verdict<T>) {
    match (fast, slow) {
        (Ok(fast), Ok(slow)) => assert_eq!(fast, slow),
        (Err(refusal), Err(id)) => {
            assert_eq!(refusal.rule.id, id, "{refusal}");
            known(refusal);
        }
        (fast, slow) => panic!("{fast:?}, slowly {slow:?}"),
    }
}

/// A refusal is one of SPEC.md.
pub(super) fn known(refusal: Refusal) {
    let requirement = spec::find(refusal.rule.id).expect("a requirement of SPEC.md");
    assert_eq!(requirement.class, Some(refusal.class().word()));
    assert_eq!(requirement.counts, refusal.rule.counts);
    assert!(Class::all().any(|class| class == refusal.class()));
}

/// Whether a call gives the same answer twice.
pub(super) fn twice<T: PartialEq + Debug>(call: impl Fn() -> T) -> T {
    let first = call();
    assert_eq!(first, call(), "the same answer twice");
    first
}
