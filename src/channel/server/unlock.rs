//! The server's part in unlocking: a client's after wrong PINs, an instance's after wrong signatures.
//! SPEC sections 14 and 15.

use super::License;
use crate::crypto::answer::Subject;
use crate::crypto::response::Moment;
use crate::error::{Found, Refusal, refuse};
use crate::rule::VER_3;
use crate::serial::Sequence;
use crate::wire::data::ensure_unlock_challenge;

impl License {
    /// The response to the challenge that a locked client shows. Changes nothing.
    ///
    /// Refuses, in this order: VER-3, VER-4, UNL-3, UNL-5.
    pub fn generate_unlock_response(&self, sequence: Sequence, challenge: &str) -> Result<String, Refusal> {
        let instance = self.confirmed(sequence)?;
        let rules = self.vector.unlock_application()?;
        ensure_unlock_challenge(challenge)?;
        let subject: &[&[u8]] = &[challenge.as_bytes()];
        let answers = self.answers((sequence, instance), rules, rules.form, Subject::Data(subject));
        Ok(answers.at(Moment::none()))
    }

    /// OPR-1. Refuses with VER-3.
    pub fn unlock_instance(&mut self, sequence: Sequence) -> Result<(), Refusal> {
        match self.instances.get_mut(&sequence) {
            Some(instance) => instance.signature_failures.clear(),
            None => return refuse(VER_3, Found::Number(u64::from(sequence.number()))),
        }
        Ok(())
    }
}
