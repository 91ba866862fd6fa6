//! What the tests of the store have in common.

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use channel::bytes::Wire;
use channel::client::{Client, Config, Decision, Installation, Pin, RootPolicy};
use channel::crypto::keys::{Key, Storage, Transport};
use channel::error::Refusal;
use channel::license::file::{License as Line, Writer};
use channel::serial::{Sequence, Serial};
use channel::server::License;
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::data::Data;
use channel::wire::frame::Carrier;
use channel::wire::message_vector::MessageVector;
use channel::wire::request::{Content, Request};
use counterproof::io::store::{Imported, Sqlite, StoreError};
use harness::setup::{self, otp};

pub const NOW: u32 = 1_800_000_000;

/// A folder of its own, removed in the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir();
        let folder = folder.join(format!("counterproof-store-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub fn store(&self) -> PathBuf {
        self.0.join("store.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn storage() -> Key<Storage> {
    Key::new([0x5A; 16])
}

pub fn transport() -> Key<Transport, 32> {
    Key::new([0x77; 32])
}

/// The serial number of the n-th license.
pub fn serial(n: u32) -> Serial {
    format!("VDS{n:07}").parse().unwrap()
}

pub fn message_vector() -> MessageVector {
    let mut vector = setup::message_vector();
    vector.signature_tries = 99;
    // Few candidates: among a hundred, a replayed password fits another step once in ten thousand tries.
    vector.windows.identification = 2;
    vector.windows.first_use_s = 0;
    vector
}

/// A line for the n-th license.
pub fn line(n: u32) -> Line<'static> {
    let mut license_key = [0x33; 16];
    license_key[..4].copy_from_slice(&n.to_be_bytes());
    Line {
        serial: serial(n),
        kind: "MOBILE",
        application: "ACTIVATION  ",
        threshold: 99,
        secure_channel: true,
        license_key: Key::new(license_key),
    }
}

/// A license file with these lines, the header promising `count`.
pub fn file_of(lines: &[Line<'_>], count: usize) -> String {
    file_from([1; 16], lines, count)
}

/// Another file.
pub fn file_with_id(id: [u8; 16], lines: &[Line<'_>]) -> String {
    file_from(id, lines, lines.len())
}

fn file_from(id: [u8; 16], lines: &[Line<'_>], count: usize) -> String {
    let mut out = String::new();
    let vector = setup::otp_vector().to_bytes();
    let (message, count) = (message_vector().encode(), u32::try_from(count).unwrap());
    let mut writer = Writer::new(&transport(), &id, &vector, &message, count, &mut out).unwrap();
    for line in lines {
        writer.license(line, &mut out).unwrap();
    }
    writer.finish(&mut out);
    out
}

/// A license file with licenses of these numbers.
pub fn file(numbers: impl IntoIterator<Item = u32>) -> String {
    let lines: Vec<_> = numbers.into_iter().map(line).collect();
    file_of(&lines, lines.len())
}

pub fn import(store: &mut Sqlite, file: &str, reimport: bool) -> Result<Imported, StoreError> {
    store.import(BufReader::new(file.as_bytes()), &transport(), reimport, |_, _| ())
}

/// A store with licenses 0..n.
pub fn store_of(path: &Path, n: u32) -> Sqlite {
    let mut store = Sqlite::create(path, storage()).unwrap();
    import(&mut store, &file(0..n), false).unwrap();
    store
}

/// An app on its device; the n-th.
pub fn app(n: u8) -> Client {
    let config = Config {
        static_vector: Some(setup::otp_vector()),
        platform_data: vec![n],
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    };
    Client::new(config, Installation { salt: [n; 16], device_type: 7 })
}

/// AM1, device code, AM2; the confirmation is left to be verified: AM2 and its signature.
pub fn begin(
    license: &mut License,
    app: &mut Client,
    salt: [u8; 13],
    now: u32,
) -> (Sequence, String, String) {
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, now).unwrap());
    let code = app.activate_license(&am1).unwrap();
    license.verify_device_code(&code, false, now).unwrap();
    let (sequence, am2) = license.generate_activation2(salt, now).unwrap();
    let am2 = hex::encode(&am2);
    let activated = app.activate_instance(&am2, Pin::Right, now).unwrap();
    (sequence, am2, activated.signature)
}

/// The same to its end.
pub fn activate(license: &mut License, app: &mut Client, salt: [u8; 13], now: u32) -> Sequence {
    let (sequence, am2, signature) = begin(license, app, salt, now);
    license.verify_message_signature(sequence, &am2, &signature, now).unwrap();
    sequence
}

pub fn request(text: &str) -> Request {
    Request {
        minimum_version: 0,
        require_pin: false,
        template: 0,
        charset: Charset::Utf8,
        application: otp::FIELDS,
        content: Content::FreeText { title: "Sign".into(), text: text.into() },
    }
}

pub fn issue(license: &mut License, text: &str, now: u32) -> Result<String, Refusal> {
    Ok(hex::encode(&license.generate_request(&request(text), Carrier::Direct, now)?))
}

pub fn sign(app: &mut Client, message: &str, now: u32) -> String {
    let handle = app.open(message, Carrier::Direct).unwrap().handle.unwrap();
    app.sign(handle, Decision::Approve(Pin::Right), now).unwrap().unwrap()
}

pub fn otp(app: &mut Client, serial: Serial, now: u32) -> String {
    app.generate_response(serial, otp::TIME, &Data::ResponseOnly, Pin::Right, now).unwrap()
}

pub fn event_otp(app: &mut Client, serial: Serial, now: u32) -> String {
    app.generate_response(serial, otp::EVENT, &Data::ResponseOnly, Pin::Right, now).unwrap()
}

pub fn verify_otp(
    license: &mut License,
    sequence: Sequence,
    application: u8,
    otp: &str,
    now: u32,
) -> Result<(), Refusal> {
    license.verify_response(sequence, application, &Data::ResponseOnly, otp, now)
}
