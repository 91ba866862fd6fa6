//! Verifying signatures over messages. SPEC section 15.

use super::{License, window};
use crate::check_digit::strip_check_digit;
use crate::crypto::kdf;
use crate::crypto::mac::sha256;
use crate::crypto::response::{Form, find_moment};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{VER_1, VER_2, VER_3, VER_4, VER_5, VER_6, VER_7, VER_8, VER_9, VER_10, VER_11, VER_12};
use crate::serial::Sequence;
use crate::text::hex;
use crate::wire::frame::{Carrier, Frame, Kind, Nonce};

impl License {
    /// Verifies the signature of instance `sequence` over a message this server issued: AM2 (the
    /// confirmation) or a request.
    ///
    /// Refuses, in this order: the frame, VER-1 to VER-12 (VER-12 counts).
    pub fn verify_message_signature(
        &mut self,
        sequence: Sequence,
        message: &str,
        signature: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let bytes = hex::decode(message)?;
        let frame = Frame::decode(&bytes, Carrier::Gateway)?;
        ensure(frame.header.serial == self.serial, VER_1, Found::Nothing)?;
        let kind = frame.header.kind;
        let signable = matches!(kind, Kind::Activation2 | Kind::Request);
        ensure(signable, VER_2, Found::Number(u64::from(kind.number())))?;
        let Some(instance) = self.instances.get(&sequence) else {
            return refuse(VER_3, Found::Number(u64::from(sequence.number())));
        };
        let usable = match kind {
            Kind::Request => instance.confirmed,
            _ => {
                !self.instances.values().any(|other| other.confirmed && other.device.id == instance.device.id)
            }
        };
        ensure(usable, VER_4, Found::Nothing)?;
        let failures = instance.signature_failures.value();
        ensure(failures < self.settings.signature_tries, VER_5, Found::Nothing)?;
        let nonce = Nonce::decode(frame.header.nonce);
        let age = now.saturating_sub(nonce.time);
        ensure(age <= self.settings.message_age_limit_s, VER_6, Found::Number(u64::from(age)))?;

        let application = match kind {
            Kind::Activation2 => {
                ensure(instance.am2 == bytes, VER_7, Found::Nothing)?;
                self.settings.policy.post_activation
            }
            _ => {
                let issued = self.issued.get(&nonce.counter).filter(|it| it.hash == sha256(&[&bytes]));
                let Some(issued) = issued else {
                    return refuse(VER_7, Found::Nothing);
                };
                ensure(
                    !self.accepted.contains(nonce.counter),
                    VER_8,
                    Found::Number(u64::from(nonce.counter)),
                )?;
                ensure(
                    !self.accepted.is_too_old(nonce.counter),
                    VER_9,
                    Found::Number(u64::from(nonce.counter)),
                )?;
                issued.application
            }
        };
        self.accept_signature(sequence, application, &bytes, signature, now)?;
        if kind == Kind::Request {
            self.accepted.insert(nonce.counter);
        } else {
            self.confirm(sequence);
        }
        Ok(())
    }

    /// VER-10 to VER-14, as far as they concern the instance's application.
    fn accept_signature(
        &mut self,
        sequence: Sequence,
        index: u8,
        frame: &[u8],
        signature: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let (rules, instance) = match (self.vector.application(index), self.instances.get_mut(&sequence)) {
            (Some(rules), Some(instance)) => (rules, instance),
            _ => return refuse(VER_7, Found::Nothing),
        };
        let signature = well_formed(rules.form, signature)?;
        let key = kdf::application(
            &self.license_key,
            self.serial,
            sequence,
            index,
            instance.device,
            &instance.salt,
        );
        let mut state = instance.applications.get(&index).copied().unwrap_or_default();
        let Self { settings, .. } = self;
        let moments = window::candidates(rules.factor, state, now, settings.window, settings.look_ahead);
        let Some(moment) = find_moment(&key, rules.form, moments, &[frame], &signature) else {
            instance.signature_failures.count();
            return refuse(VER_12, Found::Nothing);
        };
        window::accept(rules.factor, &mut state, now, moment);
        instance.applications.insert(index, state);
        instance.signature_failures.clear();
        Ok(())
    }

    /// VER-14 for AM2: the instance is usable from here.
    fn confirm(&mut self, sequence: Sequence) {
        if let Some(instance) = self.instances.get_mut(&sequence) {
            instance.confirmed = true;
            let id = instance.device.id;
            self.verified.take_if(|verified| verified.device.id == id);
        }
    }
}

/// VER-10, VER-11: the upper-case digits of a signature of this form.
fn well_formed(form: Form, signature: &str) -> Result<String, Refusal> {
    let digits = form.radix.digits(signature, VER_10)?;
    if digits.len() != usize::from(form.length) {
        return refuse(VER_10, Found::Length(digits.len()));
    }
    if form.check_digit {
        strip_check_digit(&digits, form.radix, VER_11)?;
    }
    Ok(digits)
}
