//! The primitives: published vectors first, then agreement with the reference over lengths and values.

use super::{negative, positive};
use channel::rule::KEY_10;
use channel::text::hex;
use harness::case::{Case, Role};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Number, Operation};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let cmac = Role::Primitive("primitive.cmac");
    let kdf = Role::Primitive("primitive.kdf");
    let ctr = Role::Primitive("primitive.ctr");
    let wrap = Role::Primitive("primitive.key_wrap");
    let unwrap = Role::Primitive("primitive.key_unwrap");
    let digit = Role::Primitive("primitive.check_digit");
    let response = Role::Primitive("primitive.response");
    vec![
        positive("cmac-rfc-4493", cmac, &["KEY-1"], "AES-CMAC gives the four published tags", cmac_rfc_4493),
        positive("cmac-lengths", cmac, &["KEY-1"], "AES-CMAC over every length 0..=65", cmac_lengths),
        positive("kdf-labels", kdf, &["KEY-1"], "KDF with labels and contexts of any length", kdf_lengths),
        positive(
            "kdf-two-blocks",
            kdf,
            &["KEY-1"],
            "256 bits are two blocks with counters 1 and 2",
            kdf_two_blocks,
        ),
        positive("ctr-sp-800-38a", ctr, &["PRT-1"], "AES-CTR gives the published ciphertext", ctr_published),
        positive("ctr-counts", ctr, &["PRT-1"], "the last four bytes count, modulo 2^32", ctr_counts),
        positive(
            "key-wrap-rfc-3394",
            wrap,
            &["KEY-9"],
            "AES Key Wrap gives the published value",
            wrap_published,
        ),
        positive("key-wrap-random", wrap, &["KEY-9"], "AES Key Wrap of random keys", wrap_random),
        negative("key-unwrap-bent", unwrap, KEY_10, "any bit of a wrapped key bent is refused", unwrap_bent),
        positive("check-digit-decimal", digit, &["CNV-4"], "ISO 7064 MOD 11,10", |t| {
            check_digits(t, "CNV-4", false)
        }),
        positive("check-digit-hexadecimal", digit, &["CNV-5"], "MOD 17,16", |t| {
            check_digits(t, "CNV-5", true)
        }),
        positive("response-decimal", response, &["SIG-1"], "decimal responses of every length", |t| {
            responses(t, "SIG-1", false, false)
        }),
        positive(
            "response-hexadecimal",
            response,
            &["SIG-2"],
            "hexadecimal responses of every length",
            |t| responses(t, "SIG-2", true, false),
        ),
        positive("response-check-digit", response, &["SIG-3"], "decimal responses with check digit", |t| {
            responses(t, "SIG-3", false, true)
        }),
        positive(
            "response-check-digit-hexadecimal",
            response,
            &["SIG-3"],
            "hexadecimal ones with check digit",
            |t| responses(t, "SIG-3", true, true),
        ),
        positive(
            "response-fields",
            response,
            &["SIG-1"],
            "where one field ends enters the response",
            response_fields,
        ),
    ]
}

fn array<const N: usize>(text: &str) -> Result<Array<N>, Stop> {
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Array).ok_or_else(|| Stop::Harness(format!("{text} is not {N} bytes")))
}

/// Asks, and compares with the published value, not with the reference.
fn published<Op: Operation>(
    t: &mut Trial<'_>,
    aim: &'static str,
    op: &Op,
    want: Op::Output,
) -> Result<(), Stop> {
    let party = t.peer_client();
    let got = t.agrees(aim, &party, op)?;
    t.same(aim, &got, Some(&want))
}

fn cmac_rfc_4493(t: &mut Trial<'_>) -> Result<(), Stop> {
    let message = "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710";
    for (length, tag) in [
        (0, "BB1D6929E95937287FA37D129B756746"),
        (16, "070A16B46B4D4144F79BDD9DD04A287C"),
        (40, "DFA66747DE9AE63030CA32611497C827"),
        (64, "51F0BEBF7E3B9D92FC49741779363CFE"),
    ] {
        let data = hex::decode(message.get(..2 * length).unwrap_or_default()).unwrap_or_default();
        let op = PrimitiveCmac { key: array("2B7E151628AED2A6ABF7158809CF4F3C")?, data: Bytes(data) };
        published(t, "KEY-1", &op, MacResult { mac: array(tag)? })?;
    }
    Ok(())
}

fn cmac_lengths(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for length in 0..=65 {
        let key = Array(t.random());
        let data: [u8; 65] = t.random();
        let data = Bytes(data.into_iter().take(length).collect());
        t.agrees("KEY-1", &party, &PrimitiveCmac { key, data })?;
    }
    Ok(())
}

fn kdf_lengths(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (label, length) in [
        ("enc", 2),
        ("mac", 2),
        ("wrap", 5),
        ("device-code", 0),
        ("am2", 19),
        ("app", 26),
        ("", 0),
        ("x", 9),
        ("x", 10),
        ("x", 11),
        ("x", 64),
    ] {
        let context: [u8; 64] = t.random();
        let context = Bytes(context.into_iter().take(length).collect());
        let key = Array(t.random());
        t.agrees("KEY-1", &party, &PrimitiveKdf { key, label: label.into(), context, bits: Bits::B128 })?;
    }
    Ok(())
}

fn kdf_two_blocks(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for length in [0, 2, 9, 10, 40] {
        let context: [u8; 40] = t.random();
        let context = Bytes(context.into_iter().take(length).collect());
        let key = Array(t.random());
        t.agrees("KEY-1", &party, &PrimitiveKdf { key, label: "mac".into(), context, bits: Bits::B256 })?;
    }
    Ok(())
}

fn ctr_published(t: &mut Trial<'_>) -> Result<(), Stop> {
    let data =
        hex::decode("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51").unwrap_or_default();
    let sealed =
        hex::decode("874D6191B620E3261BEF6864990DB6CE9806F66B7970FDFF8617187BB9FFFDFF").unwrap_or_default();
    let op = PrimitiveCtr {
        key: array("2B7E151628AED2A6ABF7158809CF4F3C")?,
        block: array("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF")?,
        data: Bytes(data),
    };
    published(t, "PRT-1", &op, DataResult { data: Bytes(sealed) })
}

fn ctr_counts(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (last, length) in
        [("00000000", 0), ("00000000", 1), ("00000000", 47), ("000000FF", 40), ("FFFFFFFF", 48)]
    {
        let block = array(&format!("F0F1F2F3F4F5F6F7F8F9FAFB{last}"))?;
        let key = Array(t.random());
        let data: [u8; 48] = t.random();
        let data = Bytes(data.into_iter().take(length).collect());
        t.agrees("PRT-1", &party, &PrimitiveCtr { key, block, data })?;
    }
    Ok(())
}

fn wrap_published(t: &mut Trial<'_>) -> Result<(), Stop> {
    let op = PrimitiveKeyWrap {
        kek: array("000102030405060708090A0B0C0D0E0F")?,
        key: array("00112233445566778899AABBCCDDEEFF")?,
    };
    published(
        t,
        "KEY-9",
        &op,
        WrapResult { wrapped: array("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")? },
    )
}

fn wrap_random(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for _ in 0..4 {
        let (kek, key) = (Array(t.random()), Array(t.random()));
        t.agrees("KEY-9", &party, &PrimitiveKeyWrap { kek, key })?;
    }
    Ok(())
}

fn unwrap_bent(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let kek = array("000102030405060708090A0B0C0D0E0F")?;
    let good: Array<24> = array("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")?;
    for bit in 0..good.0.len() * 8 {
        let mut wrapped = good;
        if let Some(byte) = wrapped.0.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        t.refuses_stateless(KEY_10, &party, &PrimitiveKeyUnwrap { kek, wrapped })?;
    }
    let both = t.twin(KEY_10.id, &party, &PrimitiveKeyUnwrap { kek, wrapped: good })?;
    t.same("KEY-10", &both.got, Some(&UnwrapResult { key: array("00112233445566778899AABBCCDDEEFF")? }))
}

fn check_digits(t: &mut Trial<'_>, aim: &'static str, hexadecimal: bool) -> Result<(), Stop> {
    let party = t.peer_client();
    if !hexadecimal {
        published(
            t,
            aim,
            &PrimitiveCheckDigit { digits: "0794".into(), hexadecimal },
            DigitResult { digit: "5".into() },
        )?;
    }
    for length in [1, 2, 5, 15, 25, 40, 64] {
        for _ in 0..3 {
            let bytes: [u8; 64] = t.random();
            let digits = bytes.iter().take(length).map(|byte| {
                let digit = u32::from(*byte) % if hexadecimal { 16 } else { 10 };
                char::from_digit(digit, 16).unwrap_or('0').to_ascii_uppercase()
            });
            t.agrees(aim, &party, &PrimitiveCheckDigit { digits: digits.collect(), hexadecimal })?;
        }
    }
    Ok(())
}

fn a_response(t: &mut Trial<'_>, length: u32, hexadecimal: bool, check_digit: bool) -> PrimitiveResponse {
    let step: [u8; 8] = t.random();
    let field: [u8; 60] = t.random();
    PrimitiveResponse {
        key: Array(t.random()),
        mode: Number::from(3),
        application: Number::from(1 + length % 8),
        step: Count(u64::from_be_bytes(step) >> 11),
        event: Count(u64::from(length) << 33),
        length: Number::from(length),
        hexadecimal,
        check_digit,
        fields: vec![Bytes(field.to_vec())],
    }
}

fn responses(t: &mut Trial<'_>, aim: &'static str, hexadecimal: bool, check_digit: bool) -> Result<(), Stop> {
    let party = t.peer_client();
    for length in 6..=16 {
        for mode in 1..=5 {
            let op = a_response(t, length, hexadecimal, check_digit);
            t.agrees(aim, &party, &PrimitiveResponse { mode: Number::from(mode), ..op })?;
        }
    }
    Ok(())
}

fn response_fields(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let op = a_response(t, 8, false, false);
    for fields in [
        vec![],
        vec![""],
        vec!["AB", "CD"],
        vec!["ABCD"],
        vec!["ABCD", ""],
        vec!["01", "02", "03", "04", "05", "06", "07", "08"],
    ] {
        let fields = fields.iter().map(|field| Bytes(hex::decode(field).unwrap_or_default())).collect();
        t.agrees("SIG-1", &party, &PrimitiveResponse { fields, ..op.clone() })?;
    }
    let long = vec![Bytes(vec![0x5A; 2101])];
    t.agrees("SIG-1", &party, &PrimitiveResponse { fields: long, ..op }).map(|_| ())
}
