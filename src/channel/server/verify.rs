//! Verifying signatures over messages. SPEC section 15.

use super::applications::Applications;
use super::window::{self, ApplicationState, Over};
use super::{Instance, License, Status};
use crate::crypto::answer::{Answers, Subject, hash_of_fields};
use crate::crypto::keys::{Application, Key};
use crate::crypto::mac::sha256;
use crate::crypto::response::{Form, Moment};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{VER_1, VER_2, VER_3, VER_4, VER_7, VER_8, VER_12, VER_19};
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
    /// Refuses, in this order: the frame, VER-1 to VER-8, VER-19, VER-10 to VER-12 (VER-12 counts).
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
        self.ensure_recent(nonce.time, now)?;

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
                ensure(!issued.is_accepted, VER_8, Found::Number(u64::from(nonce.counter)))?;
                issued.application
            }
        };
        let Some(form) = self.vector.application(application).map(|rules| rules.form) else {
            return refuse(VER_7, Found::Nothing);
        };
        self.accept_response(sequence, form, Over::Message, Subject::Message(&bytes), signature, now)?;
        if kind == Kind::Activation2 {
            self.confirm(sequence);
        } else if let Some(issued) = self.issued.get_mut(&nonce.counter) {
            issued.is_accepted = true;
        }
        Ok(())
    }

    /// Verifies the signature of the instance that retrieved them over login details (LGN-16); VER-7 and VER-8 do not
    /// apply.
    ///
    /// Refuses, in this order: VER-3 to VER-6, VER-19, VER-10 to VER-12 (which counts, LGN-17).
    pub(super) fn verify_login(
        &mut self,
        retriever: Sequence,
        (application, message): (u8, &[u8]),
        signature: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let Some(form) = self.vector.application(application).map(|rules| rules.form) else {
            return refuse(VER_12, Found::Nothing);
        };
        self.ensure_unlocked(self.confirmed(retriever)?)?;
        self.ensure_recent(time_of(message), now)?;
        self.accept_response(retriever, form, Over::Message, Subject::Message(message), signature, now)
    }

    /// A fault of the zoo: the same for whichever instance signed.
    pub(super) fn verify_login_of_any(
        &mut self,
        details: (u8, &[u8]),
        signature: &str,
        now: u32,
    ) -> Result<Sequence, Refusal> {
        let instances: Vec<Sequence> = self.instances.keys().copied().collect();
        let verdicts =
            instances.into_iter().map(|it| self.verify_login(it, details, signature, now).map(|()| it));
        verdicts.fold(refuse(VER_12, Found::Nothing), Result::or)
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
        let Some(instance) = self.instances.get(&sequence) else {
            return refuse(VER_3, Found::Nothing);
        };
        let key = self.application_key(sequence, instance, form.index);
        match self.verifier(sequence, form.index) {
            Some(mut verifier) => verifier.accept_response(&key, form, over, subject, typed, now),
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
                instance.forget_am2();
            } else if instance.status == Status::Confirmed {
                instance.status = fault::bent("replaced-goes-on", Status::Deactivated, instance.status);
            }
        }
        self.verified.take_if(|verified| verified.device.id == id);
    }
}

/// The time in a message that this server issued.
fn time_of(message: &[u8]) -> u32 {
    let nonce = message.get(7..15).and_then(|nonce| nonce.try_into().ok());
    Nonce::decode(nonce.unwrap_or_default()).time
}

/// An application of one who answers, an instance or a single-device license: its rules, and what verifying changes.
pub(super) struct Verifier<'a> {
    pub(super) rules: &'a ApplicationRules,
    pub(super) windows: &'a Windows,
    pub(super) applications: &'a mut Applications,
    pub(super) signature_failures: &'a mut Counter,
}

impl Verifier<'_> {
    /// VER-19, VER-10 to VER-18 and VER-20, with the application's key.
    pub(super) fn accept_response(
        &mut self,
        key: &Key<Application>,
        form: Form,
        over: Over,
        subject: Subject<'_>,
        typed: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let factor = self.rules.factor;
        let mut state = self.applications.state(form.index);
        let search = Search { rules: self.rules, windows: self.windows, state: &state };
        let Some(moment) = search.moment(key, form, over, subject, typed, now)? else {
            self.signature_failures.count();
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
        self.applications.insert(form.index, state);
        self.signature_failures.clear();
        Ok(())
    }
}

/// Where the moment of a response is looked for; nothing changes.
struct Search<'a> {
    rules: &'a ApplicationRules,
    windows: &'a Windows,
    state: &'a ApplicationState,
}

impl Search<'_> {
    /// VER-19, VER-10, VER-11; then the first candidate of VER-13 that fits.
    fn moment(
        &self,
        key: &Key<Application>,
        form: Form,
        over: Over,
        subject: Subject<'_>,
        typed: &str,
        now: u32,
    ) -> Result<Option<Moment>, Refusal> {
        ensure(!self.state.is_out_of_sync, VER_19, Found::Nothing)?;
        let typed = form.read(typed)?;
        let moments = window::candidates(self.rules.factor, self.state, over, now, self.windows);
        Ok(Answers::new(key, form, &self.rules.algorithm, subject).find(moments, &typed))
    }
}

/// Tells lists of fields apart (VER-18): the hash of SPEC section 22.
fn hash_of(fields: &[&[u8]]) -> [u8; 8] {
    let [h0, h1, h2, h3, h4, h5, h6, h7, ..] = hash_of_fields(fields);
    [h0, h1, h2, h3, h4, h5, h6, h7]
}
