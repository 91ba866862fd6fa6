//! License files with any defect, under right keys: what is bent before it is sealed has a right secret and a
//! right mac behind it. SPEC section 21.

use channel::crypto::gcm::Gcm;
use channel::crypto::kdf;
use channel::crypto::keys::{Key, Transport};
use channel::crypto::mac::hmac_sha256;
use channel::text::hex;

/// A license to be written.
#[derive(Clone, Debug)]
pub struct Licensed {
    /// Ten characters.
    pub serial: String,
    /// Most instances.
    pub threshold: u32,
    /// Whether it has a payload key.
    pub secure_channel: bool,
    /// Its key.
    pub key: [u8; 16],
}

impl Licensed {
    /// With Secure Channel, for five instances.
    pub fn new(serial: &str, key: [u8; 16]) -> Self {
        Self { serial: serial.into(), threshold: 5, secure_channel: true, key }
    }

    fn before(&self) -> String {
        let Self { serial, threshold, secure_channel, .. } = self;
        format!(
            "{{\"serial\":\"{serial}\",\"type\":\"MOBILE1\",\"application\":\"ACTIVATION  \",\"mode\":\"MA\",\
             \"threshold\":{threshold},\"secure_channel\":{secure_channel},\"secret\":\""
        )
    }
}

/// A file in the making; no line has its LF.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Under which all of it is made.
    pub transport: [u8; 32],
    /// Drawn for the file.
    pub file_id: [u8; 16],
    /// Line 1.
    pub header: String,
    /// The lines of licenses: what stands before the secret, and the key in it.
    pub licenses: Vec<(String, [u8; 16])>,
}

impl Sheet {
    /// A right one.
    pub fn new(
        transport: [u8; 32],
        file_id: [u8; 16],
        static_vector: &[u8],
        message_vector: &str,
        licenses: &[Licensed],
    ) -> Self {
        let check = hex::encode(&kdf::file_check(&Key::new(transport), &file_id));
        let header = format!(
            "{{\"format\":\"counterproof-licenses\",\"version\":1,\"file_id\":\"{}\",\"static_vector\":\"{}\",\
             \"message_vector\":\"{message_vector}\",\"check\":\"{check}\",\"count\":{}}}",
            hex::encode(&file_id),
            hex::encode(static_vector),
            licenses.len()
        );
        let licenses = licenses.iter().map(|license| (license.before(), license.key)).collect();
        Self { transport, file_id, header, licenses }
    }

    fn key(&self) -> Key<Transport, 32> {
        Key::new(self.transport)
    }

    /// The same with other words in a line, counted from 1, before the secret is sealed.
    pub fn bent(&self, line: usize, from: &str, to: &str) -> Self {
        let mut bent = self.clone();
        match line.checked_sub(2) {
            None => bent.header = bent.header.replacen(from, to, 1),
            Some(index) => {
                if let Some((before, _)) = bent.licenses.get_mut(index) {
                    *before = before.replacen(from, to, 1);
                }
            }
        }
        bent
    }

    /// The lines but for the trailer, each secret sealed in its place.
    pub fn lines(&self) -> Vec<String> {
        let lines = Gcm::file_line(&kdf::file_line(&self.key(), &self.file_id));
        let sealed = (2u8..).zip(&self.licenses).map(|(number, (before, key))| {
            let mut secret = *key;
            let nonce = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number];
            let tag = lines.seal(&nonce, before.as_bytes(), &mut secret);
            format!("{before}{}{}\"}}", hex::encode(&secret), hex::encode(&tag))
        });
        std::iter::once(self.header.clone()).chain(sealed).collect()
    }

    /// Lines, each with its LF, and a right trailer without one.
    pub fn closed(&self, lines: &[String]) -> String {
        let mut file: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let key = kdf::file_trailer(&self.key(), &self.file_id);
        let mac = hex::encode(&hmac_sha256(key.expose(), file.as_bytes()));
        file.push_str(&format!("{{\"mac\":\"{mac}\"}}"));
        file
    }

    /// The file.
    pub fn file(&self) -> String {
        self.closed(&self.lines()) + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::Setup;
    use channel::bytes::Wire;
    use channel::license::file;

    #[test]
    fn a_sheet_that_is_not_bent_is_read() {
        let setup = Setup::default();
        let licenses = [
            Licensed::new("VDS0000120", [1; 16]),
            Licensed { secure_channel: false, ..Licensed::new("VDS0000007", [2; 16]) },
        ];
        let vector = setup.vector.to_bytes();
        let sheet = Sheet::new([7; 32], [9; 16], &vector, &setup.message_vector().encode(), &licenses);
        let text = sheet.file();
        let (header, read) = file::read(&Key::new([7; 32]), text.as_bytes()).unwrap();
        assert_eq!((header.static_vector_bytes, header.message_vector), (vector, setup.message_vector()));
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[1].license_key.expose(), read[1].secure_channel, read[1].threshold),
            (&[2; 16], false, 5)
        );
    }
}
