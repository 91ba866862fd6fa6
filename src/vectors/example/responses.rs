//! The rows of the responses: confirmation, signatures, those without a message, the unlock response.

use super::license::{Example, MULTI, POLICY, UNLOCK, counting};
use super::table::Table;
use channel::check_digit::Radix;
use channel::crypto::mac::cmac;
use channel::crypto::response::{Form, Moment, response};
use channel::wire::static_vector::{ApplicationRules, Mode};

const CONFIRMATION_TIME: u32 = 1_800_000_090;
const SIGNING_TIME: u32 = 1_800_003_630;
const OTP_TIME: u32 = 1_800_004_000;
const CHALLENGE_RESPONSE_TIME: u32 = 1_800_005_000;
const FIELDS_RESPONSE_TIME: u32 = 1_800_006_000;
const CHALLENGE_SIGNING_TIME: u32 = 1_800_007_230;
/// Index of the application of mode RO.
const RESPONSE_ONLY: u8 = 4;

/// A response without a message.
struct Answer<'a> {
    name: &'a str,
    application: u8,
    /// Its number says the kind (OTP-1).
    mode: Mode,
    now: u32,
    /// Responses that the application made before.
    event: u64,
}

impl Example {
    pub(super) fn confirmation(&self, table: &mut Table, am2: &[u8]) -> Option<()> {
        let rules = self.vector.application(POLICY.post_activation)?;
        table.bytes("application key", self.key(rules.form.index).expose(), "KEY-8");
        table.text("confirmation time", CONFIRMATION_TIME, "input");
        let moment = step(table, "confirmation", rules, CONFIRMATION_TIME);
        self.made(table, "confirmation", "SIG-1", rules.form, moment, &[am2]);
        Some(())
    }

    pub(super) fn signature(&self, table: &mut Table, request: &[u8]) -> Option<()> {
        let rules = self.vector.application(POLICY.post_activation)?;
        table.text("signing time", SIGNING_TIME, "input");
        let moment = step(table, "signature", rules, SIGNING_TIME);
        self.made(table, "signature", "SIG-1", rules.form, moment, &[request]);
        Some(())
    }

    /// Response-only, challenge, data fields.
    pub(super) fn responses(&self, table: &mut Table) -> Option<()> {
        let (application, mode, now) = (RESPONSE_ONLY, Mode::ResponseOnly, OTP_TIME);
        table.text("otp application", application, "input");
        self.answer(table, &Answer { name: "otp", application, mode, now, event: 0 }, &[])?;

        let (application, mode, now) = (MULTI, Mode::ChallengeResponse, CHALLENGE_RESPONSE_TIME);
        let (name, digits) = ("challenge response", "12345678");
        table.text("challenge response application", application, "input");
        table.text("challenge response challenge", digits, "input");
        let answer = Answer { name, application, mode, now, event: 0 };
        self.answer(table, &answer, &[digits.as_bytes()])?;

        let (mode, now) = (Mode::Signature, FIELDS_RESPONSE_TIME);
        let (name, fields) = ("fields response", ["DE02 1250"]);
        table.text("fields response application", application, "input");
        table.text("fields response fields", serde_json::json!(fields), "input");
        let answer = Answer { name, application, mode, now, event: 1 };
        self.answer(table, &answer, &fields.map(str::as_bytes))
    }

    fn answer(&self, table: &mut Table, answer: &Answer<'_>, fields: &[&[u8]]) -> Option<()> {
        let &Answer { name, application, mode, now, event } = answer;
        let rules = self.vector.application(application)?;
        table.text(format!("{name} time"), now, "input");
        table.bytes(format!("{name} key"), self.key(application).expose(), "KEY-8");
        let moment = Moment { event, ..step(table, name, rules, now) };
        if rules.factor.has_event() {
            table.text(format!("{name} event"), event, "SIG-5");
        }
        let form = Form { mode: mode.number(), ..rules.form };
        self.made(table, name, "OTP-1, SIG-1", form, moment, fields);
        Some(())
    }

    /// Over a message, mode MM is mode 4 in the input.
    pub(super) fn challenge_signature(&self, table: &mut Table, request: &[u8]) -> Option<()> {
        let (name, rules) = ("challenge signature", self.vector.application(MULTI)?);
        table.text("challenge signature time", CHALLENGE_SIGNING_TIME, "input");
        table.bytes("challenge signature key", self.key(MULTI).expose(), "KEY-8");
        let moment = Moment { event: 2, ..step(table, name, rules, CHALLENGE_SIGNING_TIME) };
        table.text("challenge signature event", moment.event, "SIG-5");
        self.made(table, name, "SIG-1, SIG-4", rules.form, moment, &[request]);
        Some(())
    }

    pub(super) fn unlocking(&self, table: &mut Table) -> Option<()> {
        let rules = self.vector.application(UNLOCK)?;
        let random: [u8; 8] = counting(0x70);
        let challenge = format!("{:08}", u64::from_be_bytes(random) % 100_000_000);
        table.bytes("unlock random", random, "input");
        table.text("unlock challenge", &challenge, "UNL-1");
        table.text("unlock application", rules.form.index, "section 14: of mode UL");
        table.bytes("unlock key", self.key(UNLOCK).expose(), "KEY-8");
        let fields: [&[u8]; 1] = [challenge.as_bytes()];
        self.made(table, "unlock", "UNL-4, SIG-1", rules.form, Moment { step: 0, event: 0 }, &fields);
        Some(())
    }

    /// Input, R and the response itself.
    fn made(
        &self,
        table: &mut Table,
        name: &str,
        layout: &str,
        form: Form,
        moment: Moment,
        fields: &[&[u8]],
    ) {
        let key = self.key(form.index);
        let mut input = vec![0x01, form.mode, form.index];
        input.extend(moment.step.to_be_bytes());
        input.extend(moment.event.to_be_bytes());
        input.push(form.length);
        for field in fields {
            input.extend(u16::try_from(field.len()).unwrap_or_default().to_be_bytes());
            input.extend(*field);
        }
        table.bytes(format!("{name} input"), &input, layout);
        table.bytes(format!("{name} R"), cmac(key.expose(), &[&input]), "SIG-1");
        let how = match (form.radix, form.check_digit) {
            (Radix::Decimal, false) => "SIG-1",
            (Radix::Hexadecimal, false) => "SIG-2",
            (Radix::Decimal, true) => "SIG-1, SIG-3",
            (Radix::Hexadecimal, true) => "SIG-2, SIG-3",
        };
        let last = if name == "unlock" { "unlock response" } else { name };
        table.text(last, response(&key, form, moment, fields), how);
    }
}

/// The time and event that a response of the example is at (SIG-4).
fn step(table: &mut Table, name: &str, rules: &ApplicationRules, now: u32) -> Moment {
    let step_s = rules.factor.step_s().unwrap_or(1);
    let step = u64::from(now) / u64::from(step_s).max(1);
    table.text(format!("{name} step"), step, format!("SIG-4, {step_s} seconds"));
    Moment { step, event: 0 }
}
