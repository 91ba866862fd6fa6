//! Verifying signatures over messages. SPEC section 15.

use std::collections::BTreeMap;

use super::window::{self, ApplicationState, Over};
use super::{Instance, License, Status};
use crate::crypto::mac::sha256;
use crate::crypto::response::{Form, Responder};
use crate::error::{Found, Refusal, ensure, fault, refuse};
use crate::rule::{VER_1, VER_2, VER_3, VER_4, VER_6, VER_7, VER_8, VER_9, VER_12, VER_19};
use crate::serial::Sequence;
use crate::state::Counter;
use crate::text::hex;
use crate::wire::frame::{Carrier, Frame, Kind, Nonce};
use crate::wire::message_vector::Windows;
use crate::wire::static_vector::ApplicationRules;

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
        self.accept_response(sequence, form, Over::Message, &[&bytes], signature, now)?;
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
        fields: &[&[u8]],
        typed: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let Some(instance) = self.instances.get(&sequence) else {
            return refuse(VER_3, Found::Nothing);
        };
        let responder = self.responder(sequence, instance, form);
        match self.verifier(sequence, form.index) {
            Some(mut verifier) => verifier.accept_response(&responder, form, over, fields, typed, now),
            None => refuse(VER_3, Found::Nothing),
        }
    }

    /// What is verified with.
    pub(super) fn verifier(&mut self, sequence: Sequence, index: u8) -> Option<Verifier<'_>> {
        let instance = self.instances.get_mut(&sequence)?;
        Some(Verifier {
            rules: self.vector.application(index)?,
            windows: &self.settings.message_vector.windows,
            applications: &mut instance.applications,
            signature_failures: &mut instance.signature_failures,
        })
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

/// An application of one who answers, an instance or a single-device license: its rules, and what verifying changes.
pub(super) struct Verifier<'a> {
    pub(super) rules: &'a ApplicationRules,
    pub(super) windows: &'a Windows,
    pub(super) applications: &'a mut BTreeMap<u8, ApplicationState>,
    pub(super) signature_failures: &'a mut Counter,
}

impl Verifier<'_> {
    /// VER-19, VER-10 to VER-18 and VER-20, with the responder of this form.
    pub(super) fn accept_response(
        &mut self,
        responder: &Responder,
        form: Form,
        over: Over,
        fields: &[&[u8]],
        typed: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let factor = self.rules.factor;
        let mut state = self.applications.get(&form.index).cloned().unwrap_or_default();
        ensure(!state.is_out_of_sync, VER_19, Found::Nothing)?;
        let typed = form.read(typed)?;
        let moments = window::candidates(factor, &state, over, now, self.windows);
        let Some(moment) = responder.find(moments, fields, &typed) else {
            self.signature_failures.count();
            return refuse(VER_12, Found::Nothing);
        };
        let signed = (over == Over::Fields).then(|| hash_of(fields));
        if let Some(fields) = signed {
            window::ensure_unsigned(factor, &state, moment, fields)?;
        }
        window::accept(factor, &mut state, over, now, moment);
        if let Some(fields) = signed {
            window::remember_signed(factor, &mut state, fields);
        }
        self.applications.insert(form.index, state);
        self.signature_failures.clear();
        Ok(())
    }
}

/// Tells lists of fields apart (VER-18): the hash of SPEC section 22.
fn hash_of(fields: &[&[u8]]) -> [u8; 8] {
    let lengths: Vec<[u8; 2]> =
        fields.iter().map(|field| u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes()).collect();
    let parts: Vec<&[u8]> = lengths.iter().zip(fields).flat_map(|(n, field)| [&n[..], field]).collect();
    let [h0, h1, h2, h3, h4, h5, h6, h7, ..] = sha256(&parts);
    [h0, h1, h2, h3, h4, h5, h6, h7]
}
