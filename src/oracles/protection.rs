//! Seal, open, tamper.

use super::choices::Choices;
use super::slow::crypto;
use super::target::Target;
use channel::crypto::keys::Key;

use channel::crypto::protect::{self, ChannelKeys, Direction, HEADER_LENGTH, Protection, open_in_place};
use channel::crypto::{kdf, mac};
use channel::error::Refusal;

/// Choices of keys, header, two bodies and a bit to flip.
pub const PROTECT: Target = Target {
    name: "protect",
    run: protect,
    max_len: 400,
    floor: 4_000,
    seeds: || {
        // A bit of the nonce is flipped; of the tag, the last.
        let seed = |protection: u8, flip: [u8; 2], body: usize| {
            let fixed = [&[protection][..], &flip, &[1, 7], &[7; 16], &[0, protection], &[3; 13]].concat();
            [fixed, vec![0x5A; body]].concat()
        };
        let bodies = [0, 1, 15, 16, 17, 64, 200];
        let of_nonce = (1..=2).flat_map(|protection| bodies.map(|body| seed(protection, [0, 77], body)));
        of_nonce.chain((1..=2).map(|protection| seed(protection, [0, 183], 0))).collect()
    },
    dictionary: &[],
    oracles: &[
        "bytes and tag are those of a second implementation",
        "opening gives back what was sealed, alone and in a batch",
        "a flipped bit, a wrong key, another protection: one refusal, nothing decrypted",
    ],
};

fn protect(data: &[u8]) {
    let mut choices = Choices::new(data);
    let protection = if choices.byte() & 1 == 1 { Protection::HmacSha256 } else { Protection::Cmac };
    let (flip, bent_key) = (usize::from(choices.u16()), usize::from(choices.u16()));
    let (channel, mut header) = (choices.array(), choices.array::<HEADER_LENGTH>());
    header[1] = header[1] & 0xC0 | protection.number();
    let clear = choices.rest();

    let direction = direction(&header);
    let keys = |channel, protection| ChannelKeys::new(&Key::new(channel), protection, direction);
    let right = keys(channel, protection);
    let (sealed, tag) = seal(&right, &header, clear);
    assert_eq!([&header[..], &sealed, &tag].concat(), crypto::seal(&channel, header, clear));
    assert_eq!(open(&right, &header, &sealed, &tag), (Ok(()), clear.to_vec()));
    primitives(&channel, &header, clear);

    let refused = |keys: &ChannelKeys, header: &[u8; HEADER_LENGTH], body: &[u8], tag: &[u8; 8]| {
        let (verdict, left) = open(keys, header, body, tag);
        assert_eq!(verdict.unwrap_err().rule.id, "PRT-4");
        assert_eq!(left, body, "nothing is decrypted before the tag is right");
    };
    let mut whole = [&header[..], &sealed, &tag].concat();
    let bit = flip % (8 * whole.len());
    whole[bit / 8] ^= 1 << (bit % 8);
    let (head, rest) = whole.split_first_chunk().unwrap();
    let (body, foot) = rest.split_last_chunk().unwrap();
    refused(&right, head, body, foot);

    let mut other = channel;
    other[bent_key / 8 % 16] ^= 1 << (bent_key % 8);
    refused(&keys(other, protection), &header, &sealed, &tag);
    let other = if protection == Protection::Cmac { Protection::HmacSha256 } else { Protection::Cmac };
    refused(&keys(channel, other), &header, &sealed, &tag);
}

/// KEY-3 to KEY-5: from an instance for type 0x24, its sequence number being the fifth byte of the nonce.
fn direction(header: &[u8; HEADER_LENGTH]) -> Direction {
    match u16::from_be_bytes([header[0], header[1]]) >> 6 & 0x3F {
        0x24 => Direction::ToServer(header[11]),
        _ => Direction::ToClient,
    }
}

fn seal(keys: &ChannelKeys, header: &[u8; HEADER_LENGTH], clear: &[u8]) -> (Vec<u8>, [u8; 8]) {
    protect::seal(keys, header, clear.to_vec())
}

fn open(
    keys: &ChannelKeys,
    header: &[u8; HEADER_LENGTH],
    sent: &[u8],
    tag: &[u8; 8],
) -> (Result<(), Refusal>, Vec<u8>) {
    let mut body = sent.to_vec();
    let verdict = open_in_place(keys, header, &mut body, tag);
    (verdict, body)
}

fn primitives(key: &[u8; 16], header: &[u8; HEADER_LENGTH], data: &[u8]) {
    assert_eq!(mac::cmac(key, &[data]), crypto::cmac(key, data));
    let (a, b) = data.split_at(data.len() / 2);
    assert_eq!(mac::cmac(key, &[a, b]), mac::cmac(key, &[data]), "in pieces");
    assert_eq!(kdf::kdf::<2>(key, b"label", data).as_flattened(), crypto::kdf(key, "label", data, 256));
    assert_eq!(protect::checksum(header, data), crypto::checksum(header, data));
}
