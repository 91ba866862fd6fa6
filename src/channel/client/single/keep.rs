//! The account of before: kept beside a new one until that is proven, since a wrong activation code can't be told from a
//! right one. SPEC section 28, the kept account.

use super::{Account, Kept, SingleClient};
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::SDL_38;
use crate::state::Counter;

impl Kept {
    pub(super) fn new(mut account: Box<Account>) -> Self {
        let password_failures = account.password_failures.value();
        account.password_failures = Counter::default();
        Self { account, password_failures }
    }

    /// The account as it was.
    fn back(self) -> Box<Account> {
        let Self { mut account, password_failures } = self;
        account.password_failures = Counter::of(fault::bent("revert-gives-tries", password_failures, 0));
        account
    }
}

impl SingleClient {
    /// The account of before answers again; the new one, which nothing has proven, is dropped (SDL-39). No password is
    /// asked: the one that comes back is of no use without its own.
    ///
    /// Refuses, in this order: CLI-1, SDL-38.
    pub fn revert(&mut self) -> Result<(), Refusal> {
        self.ensure_not_blocked()?;
        ensure(self.kept.is_some(), SDL_38, Found::Nothing)?;
        self.fall_back();
        Ok(())
    }

    /// SDL-39, SDL-41: the account that answers is gone, and the kept one answers, if there is one.
    pub(super) fn fall_back(&mut self) {
        let (gone, kept) = (self.account.take(), self.kept.take());
        self.account = kept.map(|kept| {
            let mut account = kept.back();
            if let Some(gone) = gone.as_deref() {
                account.take_over(gone);
            }
            account
        });
    }

    /// SDL-35: before a new account answers, the one that does is put aside; where one is kept already, that one stays,
    /// and takes over what belongs to its key (SDL-40).
    pub(super) fn keep(&mut self) {
        let before = fault::bent("keeps-no-account", self.account.take(), None);
        let first = fault::bent("keeps-the-last-account", self.kept.take(), None);
        self.kept = match (first, before) {
            (Some(mut first), Some(before)) => {
                first.account.take_over(&before);
                Some(first)
            }
            (first, before) => first.or_else(|| before.map(Kept::new)),
        };
    }

    /// Those there are.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.account.as_deref().into_iter().chain(self.kept.as_ref().map(|kept| &*kept.account))
    }
}

impl Account {
    /// SDL-40: whether its license key has this check.
    pub(super) fn has_key(&self, check: [u8; 4]) -> bool {
        fault::bent("takes-over-any-key", self.check == check, true)
    }

    /// SDL-40: from an account that goes, what belongs to the license key rather than to the account. Under another key
    /// nothing does.
    fn take_over(&mut self, other: &Account) {
        if !self.has_key(other.check) {
            return;
        }
        for (index, event) in &mut self.events {
            *event = other.events.get(index).copied().unwrap_or(0).max(*event);
        }
        self.bound |= other.bound;
    }
}
