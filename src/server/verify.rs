//! Verifying signatures over messages. SPEC section 15.

use super::window::{self, Over};
use super::{Instance, License, Status};
use crate::crypto::answer::{Subject, hash_of_fields};
use crate::crypto::mac::sha256;
use crate::crypto::response::Form;
use crate::error::{Found, Refusal, ensure, fault, refuse};
use crate::rule::{VER_1, VER_2, VER_3, VER_4, VER_6, VER_7, VER_8, VER_9, VER_12, VER_19};
use crate::serial::Sequence;
use crate::text::hex;
use crate::wire::frame::{Carrier, Frame, Kind, Nonce};

impl License {
    /// Verifies the signature of instance `sequence` over a message this server issued: AM2 (the
    /// confirmation) or a request.
    ///
    /// Refuses, in this order: the frame, VER-1 to VER-9, VER-19, VER-10 to VER-12 (VER-12 counts).
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
            Kind::Request => instance.status == Status::Confirmed,
            _ => {
                let taken = |other: &Instance| {
                    other.status == Status::Confirmed && other.device.id == instance.device.id
                };
                instance.status == Status::Unconfirmed
                    && (instance.replaces || !self.instances.values().any(taken))
            }
        };
        ensure(usable, VER_4, Found::Nothing)?;
        self.ensure_unlocked(instance)?;
        let nonce = Nonce::decode(frame.header.nonce);
        let age = now.saturating_sub(nonce.time);
        ensure(
            age <= self.settings.message_vector.message_age_limit_s,
            VER_6,
            Found::Number(u64::from(age)),
        )?;

        let application = match kind {
            Kind::Activation2 => {
                ensure(instance.am2 == bytes, VER_7, Found::Nothing)?;
                self.settings.message_vector.policy.post_activation
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
        let Some(form) = self.vector.application(application).map(|rules| rules.form) else {
            return refuse(VER_7, Found::Nothing);
        };
        self.accept_response(sequence, form, Over::Message, Subject::Message(&bytes), signature, now)?;
        if kind == Kind::Request {
            self.accepted.insert(nonce.counter);
        } else {
            self.confirm(sequence);
        }
        Ok(())
    }

    /// VER-19, VER-10 to VER-18 and VER-20, as far as they concern the instance's application.
    pub(super) fn accept_response(
        &mut self,
        sequence: Sequence,
        form: Form,
        over: Over,
        subject: Subject<'_>,
        typed: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let (rules, instance) = match (self.vector.application(form.index), self.instances.get(&sequence)) {
            (Some(rules), Some(instance)) => (rules, instance),
            _ => return refuse(VER_3, Found::Nothing),
        };
        let factor = rules.factor;
        let mut state = instance.applications.get(&form.index).cloned().unwrap_or_default();
        ensure(!state.is_out_of_sync, VER_19, Found::Nothing)?;
        let typed = form.read(typed)?;
        let moments = window::candidates(factor, &state, over, now, &self.settings.message_vector.windows);
        let found = self.answers((sequence, instance), rules, form, subject).find(moments, &typed);
        let Some(instance) = self.instances.get_mut(&sequence) else {
            return refuse(VER_3, Found::Nothing);
        };
        let Some(moment) = found else {
            instance.signature_failures.count();
            return refuse(VER_12, Found::Nothing);
        };
        let signed = match subject {
            Subject::Data(fields) if over == Over::Fields => Some(hash_of(fields)),
            _ => None,
        };
        if let Some(fields) = signed {
            window::ensure_unsigned(factor, &state, moment, fields)?;
        }
        window::accept(factor, &mut state, over, now, moment);
        if let Some(fields) = signed {
            window::remember_signed(factor, &mut state, fields);
        }
        instance.applications.insert(form.index, state);
        instance.signature_failures.clear();
        Ok(())
    }

    /// VER-14 for AM2: the instance is usable from here, and the one it replaces is not.
    fn confirm(&mut self, sequence: Sequence) {
        let Some(id) = self.instances.get(&sequence).map(|instance| instance.device.id) else { return };
        for (other, instance) in self.instances.iter_mut().filter(|(_, it)| it.device.id == id) {
            instance.replaces = fault::bent("abandoned-replaces", false, instance.replaces);
            if *other == sequence {
                instance.status = Status::Confirmed;
                instance.am2.clear();
            } else if instance.status == Status::Confirmed {
                instance.status = fault::bent("replaced-goes-on", Status::Deactivated, instance.status);
            }
        }
        self.verified.take_if(|verified| verified.device.id == id);
    }
}

/// Tells lists of fields apart (VER-18): the hash of SPEC section 22.
fn hash_of(fields: &[&[u8]]) -> [u8; 8] {
    let [h0, h1, h2, h3, h4, h5, h6, h7, ..] = hash_of_fields(fields);
    [h0, h1, h2, h3, h4, h5, h6, h7]
}
