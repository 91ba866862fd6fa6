//! The cryptography again, slow and by hand over single blocks: CMAC by RFC 4493, HMAC by RFC 2104, CTR block
//! by block, key wrap by RFC 3394, and what SPEC.md sections 6, 7 and 14 make of them. Shares only AES and
//! SHA-256 with [`channel::crypto`].

use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128, Aes256};
use sha2::{Digest, Sha256};

use super::oath;
use super::vector::Application;
use super::{Frame, Verdict, check_digit, must};

/// AES-CMAC under one key, RFC 4493; with AES-256, SP 800-38B.
pub struct Cmac<C = Aes128> {
    cipher: C,
    k1: [u8; 16],
}

/// A block cipher of 16 bytes: AES with either key.
pub trait Block: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> {}

impl<C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>> Block for C {}

/// One block.
pub fn encrypt(cipher: &impl Block, block: [u8; 16]) -> [u8; 16] {
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    block.into()
}

fn double(block: [u8; 16]) -> [u8; 16] {
    let n = u128::from_be_bytes(block);
    (n << 1 ^ if n >> 127 == 1 { 0x87 } else { 0 }).to_be_bytes()
}

impl Cmac {
    /// With a key of 16 bytes.
    pub fn new(key: &[u8; 16]) -> Self {
        Self::over(Aes128::new(key.into()))
    }
}

impl<C: Block> Cmac<C> {
    /// Section 2.3: the first subkey; the second is its double.
    fn over(cipher: C) -> Self {
        let k1 = double(encrypt(&cipher, [0; 16]));
        Self { cipher, k1 }
    }

    /// Section 2.4.
    pub fn of(&self, data: &[u8]) -> [u8; 16] {
        let blocks = data.len().div_ceil(16).max(1);
        let mut x = [0; 16];
        for number in 0..blocks {
            let part = &data[16 * number..data.len().min(16 * number + 16)];
            let mut block = [0; 16];
            block[..part.len()].copy_from_slice(part);
            let mut mask = [0; 16];
            if number + 1 == blocks {
                mask = if part.len() == 16 { self.k1 } else { double(self.k1) };
                if part.len() < 16 {
                    block[part.len()] = 0x80;
                }
            }
            let [x_, block, mask] = [x, block, mask].map(u128::from_be_bytes);
            x = encrypt(&self.cipher, (x_ ^ block ^ mask).to_be_bytes());
        }
        x
    }
}

/// RFC 4493 section 2.4.
pub fn cmac(key: &[u8; 16], data: &[u8]) -> [u8; 16] {
    Cmac::new(key).of(data)
}

/// RFC 2104; a key of at most 64 bytes.
pub fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let pad = |byte: u8| -> [u8; 64] { std::array::from_fn(|i| key.get(i).unwrap_or(&0) ^ byte) };
    let inner = Sha256::digest([&pad(0x36)[..], data].concat());
    Sha256::digest([&pad(0x5C)[..], &inner].concat()).into()
}

/// The KDF in counter mode with AES-CMAC (NIST SP 800-108) (KEY-1).
pub fn kdf(key: &[u8; 16], label: &str, context: &[u8], bits: u16) -> Vec<u8> {
    derive(&Cmac::new(key), label, context, bits)
}

/// KEY-1 with AES-256-CMAC: section 21.
pub fn kdf256(key: &[u8; 32], label: &str, context: &[u8], bits: u16) -> Vec<u8> {
    derive(&Cmac::over(Aes256::new(key.into())), label, context, bits)
}

fn derive<C: Block>(mac: &Cmac<C>, label: &str, context: &[u8], bits: u16) -> Vec<u8> {
    let block = |i: u8| mac.of(&[&[i], label.as_bytes(), &[0], context, &bits.to_be_bytes()].concat());
    (1..=(bits / 128) as u8).flat_map(block).collect()
}

/// KEY-1, 128 bits.
pub fn key16(key: &[u8; 16], label: &str, context: &[u8]) -> [u8; 16] {
    kdf(key, label, context, 128).try_into().unwrap()
}

/// RFC 3394 section 2.2.1, for two blocks: KEY-9.
pub fn wrap(kek: &[u8; 16], key: &[u8; 16]) -> [u8; 24] {
    let cipher = Aes128::new(kek.into());
    let (mut a, mut r) = ([0xA6; 8], [[0; 8]; 2]);
    r.as_flattened_mut().copy_from_slice(key);
    for t in 1..=12u64 {
        let at = (t as usize - 1) % 2;
        let block = encrypt(&cipher, [a, r[at]].concat().try_into().unwrap());
        a = (u64::from_be_bytes(block[..8].try_into().unwrap()) ^ t).to_be_bytes();
        r[at].copy_from_slice(&block[8..]);
    }
    [a, r[0], r[1]].concat().try_into().unwrap()
}

/// RFC 3394 section 2.2.2: KEY-10.
pub fn unwrap(kek: &[u8; 16], wrapped: &[u8; 24]) -> Verdict<[u8; 16]> {
    let cipher = Aes128::new(kek.into());
    let mut a = u64::from_be_bytes(wrapped[..8].try_into().unwrap());
    let mut r = [[0; 8]; 2];
    r.as_flattened_mut().copy_from_slice(&wrapped[8..]);
    for t in (1..=12u64).rev() {
        let at = (t as usize - 1) % 2;
        let block: [u8; 16] = [(a ^ t).to_be_bytes(), r[at]].concat().try_into().unwrap();
        let mut block = block.into();
        cipher.decrypt_block(&mut block);
        let block: [u8; 16] = block.into();
        a = u64::from_be_bytes(block[..8].try_into().unwrap());
        r[at].copy_from_slice(&block[8..]);
    }
    must(a == 0xA6A6_A6A6_A6A6_A6A6, "KEY-10")?;
    Ok(r.concat().try_into().unwrap())
}

/// PRT-1: encrypts or decrypts.
pub fn apply_keystream(channel: &[u8; 16], header: &[u8; 15], body: &[u8]) -> Vec<u8> {
    let key = key16(channel, "enc", &context(header));
    let cipher = Aes128::new((&key).into());
    let mut out = Vec::with_capacity(body.len());
    for (j, part) in body.chunks(16).enumerate() {
        let j = u32::try_from(j).unwrap().to_be_bytes();
        let counter = [&header[7..15], &header[..2], &[0, 0], &j].concat();
        let stream = encrypt(&cipher, counter.try_into().unwrap());
        out.extend(part.iter().zip(stream).map(|(byte, key)| byte ^ key));
    }
    out
}

/// KEY-3 to KEY-5: protection and direction; of an information message (type 0x24) who sends it, too.
fn context(header: &[u8; 15]) -> Vec<u8> {
    let protection = header[1] & 0x3F;
    match u16::from_be_bytes([header[0], header[1]]) >> 6 & 0x3F {
        0x24 => vec![protection, 1, header[11]],
        _ => vec![protection, 0],
    }
}

/// PRT-2, PRT-3; the protection is the header's.
pub fn tag(channel: &[u8; 16], header: &[u8; 15], body: &[u8]) -> [u8; 8] {
    let (protection, data) = (header[1] & 0x3F, [&header[..], body].concat());
    let context = context(header);
    if protection == 1 {
        hmac(&kdf(channel, "mac", &context, 256), &data)[..8].try_into().unwrap()
    } else {
        cmac(&key16(channel, "mac", &context), &data)[..8].try_into().unwrap()
    }
}

/// The tag of a message without protection (FRM-11).
pub fn checksum(header: &[u8; 15], body: &[u8]) -> [u8; 8] {
    Sha256::digest([&header[..], body].concat())[..8].try_into().unwrap()
}

/// A whole frame under the channel key, or with the checksum where its header says protection 0.
pub fn seal(channel: &[u8; 16], header: [u8; 15], body: &[u8]) -> Vec<u8> {
    if header[1] & 0x3F == 0 {
        return [&header[..], body, &checksum(&header, body)].concat();
    }
    let sent = apply_keystream(channel, &header, body);
    [&header[..], &sent, &tag(channel, &header, &sent)].concat()
}

/// The body in clear, if the tag is right. PRT-4.
pub fn open(channel: &[u8; 16], frame: &Frame) -> Verdict<Vec<u8>> {
    must(tag(channel, &frame.header, &frame.body) == frame.tag, "PRT-4")?;
    Ok(apply_keystream(channel, &frame.header, &frame.body))
}

/// The key under which a license key travels (KEY-2).
pub fn wrapping_key(master: &[u8; 16], serial: [u8; 5]) -> [u8; 16] {
    key16(master, "wrap", &serial)
}

/// KEY-6. `device` is device type and device id, `am1` the SHA-256 of AM1.
pub fn am2_channel(license: &[u8; 16], serial: [u8; 5], device: [u8; 6], am1: &[u8; 32]) -> [u8; 16] {
    key16(license, "am2", &[&serial[..], &device, am1].concat())
}

/// What KEY-6, AM2-14 and section 23 keep of a frame.
pub fn hash(frame: &[u8]) -> [u8; 32] {
    Sha256::digest(frame).into()
}

/// By which an account knows its license key again (AM2-13).
pub fn client_check(license: &[u8; 16], serial: [u8; 5]) -> [u8; 16] {
    key16(license, "client-check", &serial)
}

/// The key by which one application of an instance responds (KEY-8).
pub fn application_key(
    license: &[u8; 16],
    serial: [u8; 5],
    sequence: u8,
    index: u8,
    device: [u8; 6],
    salt: &[u8; 13],
) -> [u8; 16] {
    key16(license, "app", &[&serial[..], &[sequence, index], &device, salt].concat())
}

/// DVC-2: device type and device id.
pub fn device(kind: u8, salt: &[u8; 16], serial: [u8; 5], platform_data: &[u8]) -> [u8; 6] {
    let id = hmac(salt, &[&serial[..], platform_data].concat());
    [kind, id[0], id[1], id[2], id[3], id[4]]
}

/// DVC-1, DVC-3: the text of the device code for this AM1.
pub fn device_code(license: &[u8; 16], device: [u8; 6], am1: &[u8]) -> String {
    let key = key16(license, "device-code", &[]);
    let mac = u128::from_be_bytes(cmac(&key, &[&device[..], &Sha256::digest(am1)].concat())) >> 92;
    let who = device.iter().fold(0u128, |n, byte| n * 256 + u128::from(*byte));
    let digits = format!("{:025}", who * (1 << 36) + mac);
    let digit = check_digit(&digits, 10);
    format!("{digits}{digit}")
}

/// An application key, ready for either algorithm.
pub struct ApplicationKey {
    key: [u8; 16],
    mac: Cmac,
}

impl ApplicationKey {
    /// KEY-8 has made it.
    pub fn new(key: &[u8; 16]) -> Self {
        Self { key: *key, mac: Cmac::new(key) }
    }
}

/// In place of a mode: the one field is a message, and the mode that of the vector (SIG-4).
pub const MESSAGE: u8 = 0;

/// Section 25, or SIG-1 to SIG-3, with the mode that the kind of data says.
pub fn response(
    ApplicationKey { key, mac }: &ApplicationKey,
    application: &Application,
    mode: u8,
    (step, event): (u64, u64),
    fields: &[&[u8]],
) -> String {
    if application.head[3] != 1 {
        let mode = Some(mode).filter(|mode| *mode != MESSAGE);
        return open_response(key, application, mode, (step, event), fields);
    }
    let mode = if mode == MESSAGE { application.mode() } else { mode };
    let [index, flags, ..] = application.head;
    let mut input = vec![1, mode, index];
    input.extend([step.to_be_bytes(), event.to_be_bytes()].as_flattened());
    input.push(application.length);
    for field in fields {
        input.extend(u16::try_from(field.len()).unwrap().to_be_bytes());
        input.extend(*field);
    }
    let mut r = u128::from_be_bytes(mac.of(&input));
    let base: u8 = if flags & 4 == 0 { 10 } else { 16 };
    let digits = usize::from(application.length) - usize::from(flags & 8 != 0);
    if base == 16 {
        r >>= 4 * (32 - digits);
    }
    let mut text = [b'0'; 16];
    for place in text[..digits].iter_mut().rev() {
        *place = b"0123456789ABCDEF"[(r % u128::from(base)) as usize];
        r /= u128::from(base);
    }
    let mut text = String::from_utf8(text[..digits].to_vec()).unwrap();
    if flags & 8 != 0 {
        text.push(check_digit(&text, u32::from(base)));
    }
    text
}

/// ALG-7: what an application with an open algorithm answers at a moment, to a message or to data of this mode.
fn open_response(
    key: &[u8; 16],
    application: &Application,
    mode: Option<u8>,
    (step, event): (u64, u64),
    fields: &[&[u8]],
) -> String {
    let digits = application.length;
    let Some(suite) = &application.suite else {
        return match application.head[3] {
            2 => oath::hotp(1, key, event, digits),
            3 => oath::hotp(1, key, step, digits),
            5 => oath::hotp(256, key, step, digits),
            _ => oath::hotp(512, key, step, digits),
        };
    };
    let hashed = |data: &[u8]| oath::hash(256, data).iter().map(|byte| format!("{byte:02X}")).collect();
    let question: String = match mode {
        None => hashed(fields[0]),
        Some(3) if suite.is_qh64() => {
            let field = |field: &&[u8]| [&(field.len() as u16).to_be_bytes()[..], field].concat();
            hashed(&fields.iter().flat_map(field).collect::<Vec<u8>>())
        }
        Some(_) => String::from_utf8(fields[0].to_vec()).unwrap(),
    };
    let time = suite.step.map(|seconds| step * u64::from(seconds));
    oath::ocra(suite, key, &question, (suite.counter.then_some(event), None, None, time)).unwrap()
}
