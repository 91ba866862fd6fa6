//! Spliced: parts of two messages, of the same license or of two. And messages and responses of another user.

use super::messages::{Message, deactivation};
use super::site::Bad;
use super::{Case, Role, negative};
use channel::rule::{DEA_6, PRT_4, VER_12};
use channel::serial::Serial;
use channel::text::hex;
use harness::forge::Plain;
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Number, Pin};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for message in Message::one_of_each() {
        let (name, aim) = (message.name, message.tag_rule());
        let about = format!("{name}: parts of it and of another license's are refused");
        let id = format!("family-{name}-spliced-serials");
        cases.push(negative(id, message.role(), aim, about, move |t| across_serials(t, message)));
        // `open-spliced` has lists.
        if name.starts_with("deactivation") || message.is_request() && name != "request-list-1" {
            let about = format!("{name}: parts of it and of the next of this license are refused");
            let id = format!("family-{name}-spliced-messages");
            cases.push(negative(id, message.role(), aim, about, move |t| across_messages(t, message)));
        }
    }
    cases.extend([
        negative(
            "family-am2-1-of-another-device",
            Role::Client,
            PRT_4,
            "am2-1: AM2 made for another device is refused under protection 1, too",
            another_device,
        ),
        negative(
            "family-deactivation-1-of-a-sibling",
            Role::Client,
            DEA_6,
            "deactivation-1: that of another instance of the license is refused",
            |t| siblings_deactivation(t, 1),
        ),
        negative(
            "family-deactivation-2-of-a-sibling",
            Role::Client,
            DEA_6,
            "deactivation-2: that of another instance of the license is refused",
            |t| siblings_deactivation(t, 2),
        ),
        negative(
            "family-confirmation-of-a-sibling",
            Role::Server,
            VER_12,
            "confirmation: one instance's is not another's",
            siblings_confirmation,
        ),
    ]);
    for (name, application, data) in RESPONSES {
        let about = format!("response {name}: that of another instance or application is refused");
        let id = format!("family-response-{name}-of-a-sibling");
        cases.push(negative(id, Role::Server, VER_12, about, move |t| {
            siblings_response(t, application, &data())
        }));
    }
    cases
}

/// Parts of `a` and `b` in each other's place.
fn splices(a: &[u8], b: &[u8]) -> Vec<Vec<u8>> {
    let part = |bytes: &[u8], from: usize, to: usize| bytes.get(from..to).unwrap_or_default().to_vec();
    let (x, y) = (a.len(), b.len());
    vec![
        [part(a, 0, 15), part(b, 15, y)].concat(),
        [part(a, 0, 15), part(b, 15, y - 8), part(a, x - 8, x)].concat(),
        [part(a, 0, x - 8), part(b, y - 8, y)].concat(),
        [part(a, 0, 2), part(b, 2, 7), part(a, 7, x)].concat(),
        [part(a, 0, 7), part(b, 7, 15), part(a, 15, x)].concat(),
        [part(a, 0, 7), part(b, 7, y)].concat(),
        [part(a, 0, 2), part(b, 2, 15), part(a, 15, x)].concat(),
        [part(a, 0, 15 + 1), part(b, 15 + 1, y)].concat(),
    ]
}

fn across_serials(t: &mut Trial<'_>, message: Message) -> Result<(), Stop> {
    let mut site = message.enter(t)?;
    let other = message.enter_beside(t, &site)?;
    site.beside.extend(Serial::from_bytes(other.plain.serial).ok());
    let (a, b) = (site.bytes(), other.bytes());
    let mut bad: Vec<Bad> = splices(&a, &b).iter().filter_map(|bent| site.sent(bent)).collect();
    // All of the other's under this serial number, sealed under the other's key.
    let stranger = Plain { serial: site.plain.serial, ..other.plain.clone() };
    let sealed = hex::decode(&stranger.message(other.channel.as_ref())).unwrap_or_default();
    bad.extend(site.sent(&sealed).filter(|_| !message.is_am1()));
    site.refuse_all(t, message.tag_rule(), bad)
}

fn across_messages(t: &mut Trial<'_>, message: Message) -> Result<(), Stop> {
    let mut site = message.enter(t)?;
    site.scene.now += 1;
    let (other, _) = message.next(t, &mut site.scene)?;
    let (a, b) = (site.bytes(), hex::decode(&other).unwrap_or_default());
    let bad = splices(&a, &b).iter().filter(|bent| **bent != b).filter_map(|bent| site.sent(bent)).collect();
    site.refuse_all(t, message.tag_rule(), bad)
}

fn another_device(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { activation_protection: 1, ..Setup::default() };
    let mut first = Scene::new(t, Under::Client, setup, Stage::PreActivated)?;
    let mut second = first.another_client(t, Under::Client)?;
    second.activate_license(t)?;
    second.verify_device_code(t)?;
    second.issue_am2(t)?;
    first.verify_device_code(t)?;
    first.issue_am2(t)?;
    let take =
        |message: &str| ClientActivateInstance { message: message.into(), pin: Pin::Right, now: first.now };
    t.refuses(PRT_4, &first.client, &take(&second.am2), &take(&first.am2)).map(|_| ())
}

fn siblings_deactivation(t: &mut Trial<'_>, message_protection: u32) -> Result<(), Stop> {
    let setup = Setup { message_protection, ..Setup::default() };
    let first = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    let mut second = first.another_client(t, Under::Client)?;
    second.play(t, Stage::Confirmed)?;
    let (own, siblings) = (deactivation(t, &second)?, deactivation(t, &first)?);
    let take = |message: &str| ClientDeactivate {
        message: message.into(),
        carrier: peer::protocol::Carrier::Direct,
    };
    t.refuses(DEA_6, &second.client, &take(&siblings), &take(&own)).map(|_| ())
}

fn siblings_confirmation(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut first = Scene::new(t, Under::Server, Setup::default(), Stage::Verified)?;
    first.issue_am2(t)?;
    first.activate_instance(t)?;
    let mut second = first.another_client(t, Under::Server)?;
    second.play(t, Stage::Active)?;
    let good = second.verify(&second.am2, &second.confirmation);
    let bad = second.verify(&second.am2, &first.confirmation);
    t.refuses(VER_12, &second.server, &bad, &good).map(|_| ())
}

/// Name, application, and what the response is over.
type Response = (&'static str, u8, fn() -> Data);

/// A response of every kind.
pub(super) const RESPONSES: [Response; 6] = [
    ("time", otp::TIME, || Data::ResponseOnly {}),
    ("event", otp::EVENT, || Data::ResponseOnly {}),
    ("both", otp::BOTH, || Data::ResponseOnly {}),
    ("challenge", otp::CHALLENGE, || Data::Challenge { challenge: "271828".into() }),
    ("fields", otp::MULTI, || Data::Fields { fields: vec!["12.50".into(), "Zoe".into()] }),
    ("field-event", otp::FIELD_EVENT, || Data::Fields { fields: vec!["12.50".into()] }),
];

fn siblings_response(t: &mut Trial<'_>, application: u8, data: &Data) -> Result<(), Stop> {
    // The smaller the reach, the smaller the chance that a stranger's six digits are right.
    let setup = Setup { first_use_s: 0, ..Setup::otp() };
    let mut first = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    let mut second = first.another_client(t, Under::Server)?;
    second.play(t, Stage::Confirmed)?;
    let (own, siblings) = (first.respond(t, application, data, 0)?, second.respond(t, application, data, 0)?);
    let good = first.verify_response(application, data, &own);
    t.refuses_only(VER_12, &first.server, &first.verify_response(application, data, &siblings))?;
    // The right response, but said to be the sibling's.
    let bad = ServerVerifyResponse { sequence: Number::from(second.sequence), ..good.clone() };
    t.refuses(VER_12, &first.server, &bad, &good).map(|_| ())
}
