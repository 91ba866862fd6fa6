//! Both sides of limits that several operations have, in each of them: the last that is allowed is taken, the first that is
//! not is refused. `tests/limits.rs` measures which limits are decided where.

mod calls;
mod data;
mod files;
mod frames;
mod logins;
mod single;
mod states;
mod texts;
mod vectors;

use harness::case::Case;

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vectors::cases();
    cases.extend(files::numbers());
    cases.extend(files::defective());
    cases.extend(files::floors());
    cases.extend(single::cases());
    cases.extend(logins::cases());
    cases.extend(frames::cases());
    cases.extend(calls::cases());
    cases.extend(data::cases());
    cases.extend(states::cases());
    cases.extend(texts::cases());
    cases
}
