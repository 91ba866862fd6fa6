//! What an operator does with a single-device license. SPEC sections 15 and 28.

use super::super::Attempt;
use super::SingleLicense;
use crate::crypto::keys::{Key, License};
use crate::error::{Found, Refusal, refuse};
use crate::fault;
use crate::rule::OPR_7;
use crate::wire::static_vector::ApplicationRules;

impl SingleLicense {
    /// Begins the count of wrong responses anew (OPR-1).
    pub fn unlock(&mut self) {
        self.signature_failures.clear();
    }

    /// OPR-6: finds the event counter of an application again.
    ///
    /// Refuses, in this order: VER-5, OTP-2 of both, OPR-7, OTP-3 or OTP-4 of both, VER-10 and VER-11 of each, VER-12
    /// (which counts).
    pub fn resynchronise(
        &mut self,
        application: u8,
        [first, second]: [Attempt<'_>; 2],
        now: u32,
    ) -> Result<(), Refusal> {
        self.ensure_unlocked()?;
        Attempt::application([&first, &second], &self.vector, application)?;
        let key = self.application_key(application);
        match self.verifier(application) {
            Some(mut verifier) => verifier.resynchronise(&key, [first, second], now),
            None => refuse(OPR_7, Found::Number(application.into())),
        }
    }

    /// SDL-29: the license out of its file once more; the binding ends. STV, AM1-8, VER-21, VER-22.
    pub fn reimport(&mut self, license_key: Key<License>, static_vector: &[u8]) -> Result<(), Refusal> {
        let mut fresh = Self::new(self.serial, license_key, static_vector, self.settings)?;
        let same_key = fresh.license_key == self.license_key;
        if fault::bent("reimport-forgets-accepted", same_key, false) {
            let (before, after) = (&self.vector, &fresh.vector);
            let moves = |rules: &ApplicationRules| {
                let algorithm = Some(rules.algorithm.clone());
                (rules.factor, fault::bent("reimport-any-algorithm", algorithm, None))
            };
            let is_there =
                |index: u8| before.application(index).map(moves) == after.application(index).map(moves);
            fresh.applications = self.applications.clone();
            fresh.applications.retain(is_there);
        }
        if fault::bent("reimport-stays-bound", false, true) {
            fresh.bound = self.bound;
        }
        *self = fresh;
        Ok(())
    }
}
