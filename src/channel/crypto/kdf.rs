//! Key derivation: one function per formula of SPEC section 6, and the KDF below them.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use zeroize::Zeroizing;

use super::context::{Direction, Protection};
use super::keys::{
    Application, Channel, ClientState, DeviceCode, FileLine, FileTrailer, Key, License, Master, Platform,
    Sealing, Storage, Transport, Wrapping,
};
use super::mac::{cmac, cmac_256};
use crate::fault;
use crate::serial::{Sequence, Serial};

/// KEY-1: SP 800-108 counter mode with AES-CMAC, without K(0).
///
/// ```text
/// block i = CMAC(key, [i]_8 || label || 00 || context || [L]_16),  i = 1, 2, …;  L = 128 N bits
/// ```
pub fn kdf<const N: usize>(key: &[u8; 16], label: &[u8], context: &[u8]) -> Zeroizing<[[u8; 16]; N]> {
    counter_mode(|parts| cmac(key, parts), label, context)
}

/// A channel key from which several keys are derived: its schedule is made once.
pub(super) struct FromChannel(Cmac<Aes128>);

impl FromChannel {
    /// The keys of this channel.
    pub(super) fn new(channel: &Key<Channel>) -> Self {
        Self(Cmac::new(channel.expose().into()))
    }

    /// KEY-1.
    fn derive<const N: usize>(&self, label: &[u8], context: &[u8]) -> Zeroizing<[[u8; 16]; N]> {
        let cmac = |parts: &[&[u8]]| {
            let mut mac = self.0.clone();
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().into()
        };
        counter_mode(cmac, label, context)
    }

    /// KEY-3.
    pub(super) fn encryption(&self, protection: Protection, direction: Direction) -> Zeroizing<[u8; 16]> {
        let [block] = *self.derive::<1>(encryption_label(), &direction.context(protection));
        Zeroizing::new(block)
    }

    /// KEY-4.
    pub(super) fn cmac_key(&self, direction: Direction) -> Zeroizing<[u8; 16]> {
        let [block] = *self.derive::<1>(mac_label(), &direction.context(Protection::Cmac));
        Zeroizing::new(block)
    }

    /// KEY-5.
    pub(super) fn hmac_key(&self, direction: Direction) -> Zeroizing<[[u8; 16]; 2]> {
        self.derive::<2>(b"mac", &direction.context(Protection::HmacSha256))
    }
}

/// KDF256 of SPEC section 21: the same with AES-256-CMAC.
pub fn kdf_256<const N: usize>(
    key: &Key<Transport, 32>,
    label: &[u8],
    context: &[u8],
) -> Zeroizing<[[u8; 16]; N]> {
    counter_mode(|parts| cmac_256(key.expose(), parts), label, context)
}

fn counter_mode<const N: usize>(
    cmac: impl Fn(&[&[u8]]) -> [u8; 16],
    label: &[u8],
    context: &[u8],
) -> Zeroizing<[[u8; 16]; N]> {
    let bits = u16::try_from(N * 128).unwrap_or(u16::MAX).to_be_bytes();
    let mut blocks = Zeroizing::new([[0; 16]; N]);
    for (i, block) in (1u8..).zip(blocks.iter_mut()) {
        *block = cmac(&[&[i], label, &[0], context, &bits]);
    }
    blocks
}

pub(super) fn derive<Purpose>(key: &[u8; 16], label: &[u8], context: &[u8]) -> Key<Purpose> {
    let [block] = *kdf::<1>(key, label, context);
    Key::new(block)
}

/// KEY-2: the key under which a license key travels in AM1.
pub fn wrapping(master: &Key<Master>, serial: Serial) -> Key<Wrapping> {
    derive(master.expose(), b"wrap", &serial.to_bytes())
}

/// KEY-3: the encryption key of a channel.
pub fn encryption(
    channel: &Key<Channel>,
    protection: Protection,
    direction: Direction,
) -> Zeroizing<[u8; 16]> {
    FromChannel::new(channel).encryption(protection, direction)
}

fn encryption_label() -> &'static [u8] {
    fault::bent("label-enc", b"enc", b"env")
}

/// KEY-4: the MAC key of a channel under protection 2.
pub fn cmac_key(channel: &Key<Channel>, direction: Direction) -> Zeroizing<[u8; 16]> {
    FromChannel::new(channel).cmac_key(direction)
}

fn mac_label() -> &'static [u8] {
    fault::bent("label-mac", b"mac", b"mag")
}

/// What KEY-1 computes the CMAC of for KEY-3 and for KEY-4 under protection 2: 11 or 12 bytes each.
pub(super) fn sub_key_inputs(direction: Direction) -> [Vec<u8>; 2] {
    let context = direction.context(Protection::Cmac);
    [encryption_label(), mac_label()]
        .map(|label| [&[1], label, &[0], &context, &128u16.to_be_bytes()].concat())
}

/// KEY-5: the MAC key of a channel under protection 1, 32 bytes.
pub fn hmac_key(channel: &Key<Channel>, direction: Direction) -> Zeroizing<[[u8; 16]; 2]> {
    FromChannel::new(channel).hmac_key(direction)
}

/// What identifies one client on one device: type 0..=99 and the truncated HMAC of DVC-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    /// The device type, 0..=99.
    pub kind: u8,
    /// The device id.
    pub id: [u8; 5],
}

/// KEY-6: the channel key of AM2; `am1` is the SHA-256 of the whole AM1 that the device code answered.
pub fn am2_channel(license: &Key<License>, serial: Serial, device: Device, am1: &[u8; 32]) -> Key<Channel> {
    let am1 = fault::bent("am2-of-any-am1", am1, &[0; 32]);
    let context = [&serial.to_bytes()[..], &[device.kind], &device.id, am1].concat();
    derive(license.expose(), b"am2", &context)
}

/// AM2-13: by which an account knows its license key again. Not a key: it opens nothing.
pub fn client_check(license: &Key<License>, serial: Serial) -> [u8; 16] {
    let label = fault::bent("label-client-check", b"client-check", b"client-cheek");
    let [check] = *kdf::<1>(license.expose(), label, &serial.to_bytes());
    check
}

/// KEY-7: the key of the device code's MAC.
pub fn device_code(license: &Key<License>) -> Key<DeviceCode> {
    derive(license.expose(), b"device-code", &[])
}

/// KEY-8: the key of one application (index 1..=8) of one instance.
pub fn application(
    license: &Key<License>,
    serial: Serial,
    sequence: Sequence,
    index: u8,
    device: Device,
    salt: &[u8; 13],
) -> Key<Application> {
    let [first, second] = fault::bent("context-app", [sequence.number(), index], [index, sequence.number()]);
    let context = [&serial.to_bytes()[..], &[first, second, device.kind], &device.id, salt].concat();
    derive(license.expose(), b"app", &context)
}

/// LIF-2: what a license file shows of its transport key.
pub fn file_check(transport: &Key<Transport, 32>, file_id: &[u8; 16]) -> [u8; 16] {
    let [check] =
        *kdf_256::<1>(transport, fault::bent("label-file-check", b"file-check", b"file-cheek"), file_id);
    check
}

/// LIF-3: the key of a license file's lines.
pub fn file_line(transport: &Key<Transport, 32>, file_id: &[u8; 16]) -> Key<FileLine, 32> {
    key_256(&kdf_256::<2>(transport, fault::bent("label-file-line", b"file-line", b"file-lime"), file_id))
}

/// LIF-4: the key of a license file's trailer.
pub fn file_trailer(transport: &Key<Transport, 32>, file_id: &[u8; 16]) -> Key<FileTrailer, 32> {
    key_256(&kdf_256::<2>(
        transport,
        fault::bent("label-file-trailer", b"file-trailer", b"file-trainer"),
        file_id,
    ))
}

fn key_256<Purpose>(blocks: &[[u8; 16]; 2]) -> Key<Purpose, 32> {
    let mut bytes = Zeroizing::new([0; 32]);
    for (to, from) in bytes.iter_mut().zip(blocks.as_flattened()) {
        *to = *from;
    }
    Key::new(*bytes)
}

/// BLB-2: the key of one BLOB: sequence 0..=99, index 0..=8.
pub fn blob(storage: &Key<Storage>, serial: Serial, sequence: u8, index: u8) -> Key<Sealing> {
    let [s0, s1, s2, s3, s4] = serial.to_bytes();
    derive(
        storage.expose(),
        fault::bent("label-blob", b"blob", b"blub"),
        &[s0, s1, s2, s3, s4, sequence, index],
    )
}

/// The key of the row that a store keeps of a license beside its BLOBs. Not in SPEC.md: a store is its server's own.
pub fn row(storage: &Key<Storage>, serial: Serial) -> Key<Sealing> {
    derive(storage.expose(), b"row", &serial.to_bytes())
}

/// CST-2: the key of one sealed key; label, place and index as there.
pub fn client_key(
    platform: &Key<Platform>,
    label: &[u8],
    salt: &[u8; 16],
    serial: Serial,
    place: u8,
    index: u8,
) -> Key<Sealing> {
    let index = fault::bent("client-key-index", index, 0);
    let place = fault::bent("client-key-place", place, 0);
    derive(platform.expose(), label, &[&salt[..], &serial.to_bytes(), &[place, index]].concat())
}

/// CST-3: the key of the MAC of a client's state.
pub fn client_state(platform: &Key<Platform>, salt: &[u8; 16]) -> Key<ClientState> {
    derive(platform.expose(), fault::bent("label-client-state", b"client-state", b"client-slate"), salt)
}
