//! A license file in the making, for vectors: any line may be of any form, and what comes after it is right
//! nevertheless, so that just one thing is wrong. SPEC section 21, written once more.

use serde_json::{Value, json};

use super::super::vector::hex;
use channel::crypto::gcm::Gcm;
use channel::crypto::kdf;
use channel::crypto::keys::{Key, Transport};
use channel::crypto::mac::hmac_sha256;

/// The transport key of the vectors.
pub(super) const TRANSPORT: [u8; 32] = [0x77; 32];
/// Their file id.
pub(super) const FILE_ID: [u8; 16] = [0x11; 16];
/// The license key of line 2; that of line 3 is 16 more in each byte.
const LICENSE_KEY: u8 = 0x50;

fn transport() -> Key<Transport, 32> {
    Key::new(TRANSPORT)
}

/// The license key of a line.
pub(super) fn license_key(line: u8) -> [u8; 16] {
    [LICENSE_KEY.wrapping_add(line.wrapping_sub(2).wrapping_mul(16)); 16]
}

/// A header with its right check; no LF.
pub(super) fn header(static_vector: &[u8], message_vector: &str, count: u32) -> String {
    let check = hex(kdf::file_check(&transport(), &FILE_ID));
    format!(
        "{{\"format\":\"counterproof-licenses\",\"version\":1,\"file_id\":\"{}\",\"static_vector\":\"{}\",\
         \"message_vector\":\"{message_vector}\",\"check\":\"{check}\",\"count\":{count}}}",
        hex(FILE_ID),
        hex(static_vector)
    )
}

/// What stands before the secret's digits in the line of a usual license.
pub(super) fn before(serial: &str) -> String {
    format!(
        "{{\"serial\":\"{serial}\",\"type\":\"MOBILE\",\"application\":\"ACTIVATION  \",\"mode\":\"MA\",\
         \"threshold\":9,\"secure_channel\":true,\"secret\":\""
    )
}

/// The license of this line, whatever stands before its secret, sealed for its place; no LF.
pub(super) fn license(line: u8, before: &str) -> String {
    let mut secret = license_key(line);
    let gcm = Gcm::file_line(&kdf::file_line(&transport(), &FILE_ID));
    let tag = gcm.seal(&nonce(line), before.as_bytes(), &mut secret);
    format!("{before}{}{}\"}}", hex(secret), hex(tag))
}

fn nonce(line: u8) -> [u8; 12] {
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, line]
}

/// Each with its LF.
pub(super) fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// With the right trailer behind, and its LF.
pub(super) fn closed(content: &str) -> String {
    format!("{content}{{\"mac\":\"{}\"}}\n", hex(mac(content)))
}

fn mac(content: &str) -> [u8; 32] {
    hmac_sha256(kdf::file_trailer(&transport(), &FILE_ID).expose(), content.as_bytes())
}

/// The values on the way to a right file: its lines as text, its keys, of each license nonce and associated data.
pub(super) fn between(file: &str) -> Value {
    let all: Vec<&str> = file.lines().collect();
    let licenses = all.iter().zip(1u8..).filter_map(|(text, line)| {
        let (before, _) = text.split_once("\"secret\":\"")?;
        let associated = format!("{before}\"secret\":\"");
        Some(json!({"line": line, "nonce": hex(nonce(line)), "associated_data": associated}))
    });
    json!({"lines": all, "check": hex(kdf::file_check(&transport(), &FILE_ID)),
        "line_key": hex(kdf::file_line(&transport(), &FILE_ID).expose()),
        "trailer_key": hex(kdf::file_trailer(&transport(), &FILE_ID).expose()),
        "licenses": licenses.collect::<Vec<_>>()})
}
