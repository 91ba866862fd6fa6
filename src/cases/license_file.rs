//! The license file: written, and read when it is right. What is bent is in [`super::license_file_bent`].

use super::message_vector::bad_mark;
use super::{negative, positive};
use channel::bytes::Wire;
use channel::crypto::kdf;
use channel::crypto::keys::Key;
use channel::crypto::keywrap;
use channel::license::file;
use channel::rule::{AM1_8, AM1_9, LIF_12, MSV_2, MSV_3, MSV_4, Rule, STV_1, STV_5};
use channel::wire::activation_vector;
use harness::case::{Case, Role};
use harness::forge::file::{Licensed, Sheet};
use harness::setup::{Setup, app, otp_vector};
use harness::trial::{Stop, Trial, fail};
use peer::json::show;
use peer::operations::*;
use peer::protocol::{Array, Bytes, Number};

const WRITE: Role = Role::Primitive("license_file.write");
const READ: Role = Role::Primitive("license_file.read");

/// Three of one prefix, the numbers at their limits, in no order.
pub(super) const SERIALS: [&str; 3] = ["VDS1000120", "VDS0000000", "VDS9999999"];

/// A question to a writer bent, and what refuses it.
type Bend = (&'static str, Rule, fn(&mut LicenseFileWrite));

/// What a writer refuses.
const UNWRITABLE: [Bend; 13] = [
    ("static-vector-empty", STV_1, |write| write.static_vector.0.clear()),
    ("static-vector-binding-2", STV_5, |write| bend_vector(write, 35, 2)),
    ("message-vector-empty", MSV_2, |write| write.message_vector.clear()),
    ("message-vector-lower-case", MSV_2, |write| write.message_vector.make_ascii_lowercase()),
    ("message-vector-check-digit", MSV_3, |write| bend_message_vector(write, '9', '8')),
    ("message-vector-mark", MSV_4, |write| write.message_vector = bad_mark()),
    ("post-activation", AM1_9, |write| write.message_vector = post_activation(app::RESPONSE_ONLY)),
    ("first-of-another-prefix", AM1_8, |write| reprefix(write, 0)),
    ("last-of-another-prefix", AM1_8, |write| reprefix(write, 2)),
    ("serial-twice", LIF_12, |write| repeat(write, 0, 2)),
    ("order-static-vector-before-message-vector", STV_1, |write| {
        write.static_vector.0.clear();
        write.message_vector.clear();
    }),
    ("order-post-activation-before-prefix", AM1_9, |write| {
        write.message_vector = post_activation(app::DISABLED);
        reprefix(write, 0);
    }),
    ("order-prefix-before-serial-twice", AM1_8, |write| {
        repeat(write, 0, 1);
        reprefix(write, 2);
    }),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive(
            "license-file-write",
            WRITE,
            &["LIF-1", "LIF-2", "LIF-3", "LIF-4"],
            "files of 1, 2, 3 and 99 licenses are written in their one form",
            writes,
        ),
        positive(
            "license-file-read",
            READ,
            &["LIF-1"],
            "files of 1, 3 and 99 licenses are read, in their order",
            reads,
        ),
        positive(
            "license-file-read-values",
            READ,
            &["LIF-1"],
            "each parameter of a license at its limits is read",
            reads_values,
        ),
        positive(
            "license-file-activation-vector",
            READ,
            &["LIF-13"],
            "the activation vector is the wrapped license key with its check digit",
            activation_vectors,
        ),
    ];
    cases.extend(UNWRITABLE.map(|(name, rule, bend)| {
        let about = format!("a writer refuses: {name}");
        negative(format!("license-file-write-{name}"), WRITE, rule, about, move |t| unwritable(t, rule, bend))
    }));
    cases
}

fn bend_vector(write: &mut LicenseFileWrite, at: usize, to: u8) {
    if let Some(byte) = write.static_vector.0.get_mut(at) {
        *byte = to;
    }
}

/// The last digit becomes `to`, or `other` where it is that already.
fn bend_message_vector(write: &mut LicenseFileWrite, to: char, other: char) {
    let last = write.message_vector.pop();
    write.message_vector.push(if last == Some(to) { other } else { to });
}

/// The usual message vector with another post-activation application.
pub(super) fn post_activation(application: u8) -> String {
    Setup { post_activation: application, ..Setup::default() }.message_vector().encode()
}

fn reprefix(write: &mut LicenseFileWrite, at: usize) {
    if let Some(license) = write.licenses.get_mut(at) {
        license.serial = license.serial.replace("VDS", "VDT");
    }
}

fn repeat(write: &mut LicenseFileWrite, from: usize, to: usize) {
    let serial = write.licenses.get(from).map(|license| license.serial.clone());
    if let (Some(license), Some(serial)) = (write.licenses.get_mut(to), serial) {
        license.serial = serial;
    }
}

pub(super) fn license(t: &mut Trial<'_>, serial: &str) -> LicenseParameters {
    LicenseParameters {
        serial: serial.into(),
        r#type: "MOBILE1".into(),
        application: "ACTIVATION  ".into(),
        threshold: Number::from(5),
        secure_channel: true,
        license_key: Array(t.random()),
    }
}

/// The parameters of `license_file.write` for these licenses.
pub(super) fn question(t: &mut Trial<'_>, licenses: Vec<LicenseParameters>) -> LicenseFileWrite {
    let setup = Setup::default();
    LicenseFileWrite {
        transport_key: Array(t.random()),
        static_vector: Bytes(setup.vector.to_bytes()),
        message_vector: setup.message_vector().encode(),
        licenses,
        random: Some(RandomFile { file_id: Some(Array(t.random())) }),
    }
}

/// Licenses with every value at a limit.
fn varied(t: &mut Trial<'_>) -> Vec<LicenseParameters> {
    let all = SERIALS.map(|serial| license(t, serial));
    let [mut first, mut second, mut third] = all;
    (first.r#type, first.application, first.threshold) = ("A".into(), "A           ".into(), Number::from(1));
    (second.r#type, second.application) = ("ABCDEFGHIJ012345".into(), "ABCDEFGHIJ09".into());
    (second.threshold, second.secure_channel) = (Number::from(99), false);
    (third.r#type, third.threshold) = ("9".into(), Number::from(10));
    vec![first, second, third]
}

fn writes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let mut files: Vec<Vec<LicenseParameters>> = vec![varied(t)];
    for count in [1u32, 2, 99] {
        files.push((0..count).map(|suffix| license(t, &format!("VDS{:07}", 7 * suffix + 1))).collect());
    }
    for licenses in files {
        let question = question(t, licenses);
        let both = t.accepts("LIF-1", &party, &question)?;
        reads_back(&question, &both.got.file.0)?;
        if let Some(want) = both.want {
            let aim = first_difference(&both.got.file.0, &want.file.0);
            let [got, want] = [both.got, want].map(|file| String::from_utf8_lossy(&file.file.0).into_owned());
            t.same(aim, &got, Some(&want))?;
        }
    }
    t.implied(&["LIF-1", "LIF-2", "LIF-3", "LIF-4"])
}

/// The harness reads what was written, also where the peer drew its own file id.
fn reads_back(question: &LicenseFileWrite, file: &[u8]) -> Result<(), Stop> {
    let read = file::read(&Key::new(question.transport_key.0), file);
    let told = match &read {
        Ok((_, licenses)) => licenses.iter().map(|license| license.serial.to_string()).collect(),
        Err(refusal) => vec![refusal.to_string()],
    };
    let aim = match read {
        Ok(_) => "LIF-1",
        Err(refusal) => match refusal.rule.id {
            "LIF-8" => "LIF-2",
            "LIF-9" => "LIF-3",
            "LIF-11" => "LIF-4",
            _ => "LIF-1",
        },
    };
    let want: Vec<_> = question.licenses.iter().map(|license| license.serial.clone()).collect();
    match told == want {
        true => Ok(()),
        false => Err(fail(aim, format!("a file with {}", show(&want)), show(&told))),
    }
}

/// Which requirement the first difference of two files violates.
fn first_difference(got: &[u8], want: &[u8]) -> &'static str {
    let at = got.iter().zip(want).position(|(a, b)| a != b).unwrap_or_default();
    let before = String::from_utf8_lossy(want.get(..at).unwrap_or_default());
    let line = before.rsplit('\n').next().unwrap_or_default();
    // The member it stands in: what was opened last.
    match line.rsplit(",\"").next().unwrap_or_default() {
        member if member.starts_with("check\":\"") => "LIF-2",
        member if member.starts_with("secret\":\"") => "LIF-3",
        member if member.starts_with("{\"mac\":\"") => "LIF-4",
        _ => "LIF-1",
    }
}

fn unwritable(t: &mut Trial<'_>, rule: Rule, bend: fn(&mut LicenseFileWrite)) -> Result<(), Stop> {
    let party = t.peer_client();
    let licenses = SERIALS.map(|serial| license(t, serial)).to_vec();
    let good = question(t, licenses);
    let mut bad = good.clone();
    bend(&mut bad);
    t.refuses_stateless(rule, &party, &bad)?;
    let both = t.twin(rule.id, &party, &good)?;
    t.same(rule.id, &both.got, both.want.as_ref())
}

/// A right file of these licenses, and its transport key; the reference's.
fn written(
    t: &mut Trial<'_>,
    licenses: Vec<LicenseParameters>,
) -> Result<(LicenseFileWrite, LicenseFileRead), Stop> {
    let reference = t.reference_party();
    let question = question(t, licenses);
    let file = t.agrees("LIF-1", &reference, &question)?.file;
    let transport_key = question.transport_key;
    Ok((question, LicenseFileRead { transport_key, file }))
}

fn reads(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for count in [1u32, 3, 99] {
        // Descending, so that an order of its own would show.
        let licenses = (0..count).rev().map(|suffix| license(t, &format!("VDS{suffix:07}"))).collect();
        let (written, read) = written(t, licenses)?;
        let got = t.agrees("LIF-1", &party, &read)?;
        t.same("LIF-1", &got.static_vector, Some(&written.static_vector))?;
        t.same("LIF-1", &got.message_vector, Some(&written.message_vector))?;
        let serials = |serials: Vec<&String>| serials.into_iter().cloned().collect::<Vec<_>>();
        let want = serials(written.licenses.iter().map(|license| &license.serial).collect());
        t.same("LIF-1", &serials(got.licenses.iter().map(|license| &license.serial).collect()), Some(&want))?;
    }
    Ok(())
}

fn reads_values(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let licenses = varied(t);
    let (written, read) = written(t, licenses)?;
    let got = t.agrees("LIF-1", &party, &read)?;
    for (got, want) in got.licenses.into_iter().zip(written.licenses) {
        let told = LicenseParameters {
            serial: got.serial,
            r#type: got.r#type,
            application: got.application,
            threshold: got.threshold,
            secure_channel: got.secure_channel,
            license_key: got.license_key,
        };
        t.same("LIF-1", &told, Some(&want))?;
    }
    Ok(())
}

fn activation_vectors(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let setup = Setup { vector: otp_vector(), ..Setup::default() };
    let licenses = SERIALS.map(|serial| Licensed::new(serial, t.random()));
    let sheet = Sheet::new(
        t.random(),
        t.random(),
        &setup.vector.to_bytes(),
        &setup.message_vector().encode(),
        &licenses,
    );
    let both = t.accepts("LIF-13", &party, &read(&sheet, sheet.file()))?;
    for (got, license) in both.got.licenses.into_iter().zip(licenses) {
        let serial = license.serial.parse().map_err(|_| Stop::Harness("a serial number".into()))?;
        let wrapping = kdf::wrapping(&setup.vector.master_key, serial);
        let want = activation_vector::encode(&keywrap::wrap(&wrapping, &Key::new(license.key)));
        t.same("LIF-13", &got.activation_vector, Some(&want))?;
    }
    Ok(())
}

/// The parameters of `license_file.read`.
pub(super) fn read(sheet: &Sheet, file: String) -> LicenseFileRead {
    LicenseFileRead { transport_key: Array(sheet.transport), file: Bytes(file.into_bytes()) }
}
