//! Any answer into the harness.

use serde_json::{Value, json};

use super::super::target::Target;
use super::super::verdict::twice;
use super::{DICTIONARY, conversation, envelope};
use harness::trial::{Broken, Reply, reply};
use peer::operations::*;
use peer::protocol::{Answer, Operation};

/// Any bytes as the answer to question 7.
pub const PEER_ANSWER: Target = Target {
    name: "peer_answer",
    run: peer_answer,
    max_len: 4_000,
    floor: 1_500,
    seeds: || {
        let results =
            conversation().into_iter().map(|(_, result)| json!({"seq": 7, "ok": result}).to_string());
        let mut seeds: Vec<_> = results.map(String::into_bytes).collect();
        let others: [&[u8]; 8] = [
            br#"{"seq":7,"refused":{"class":"corrupted","requirement":"PRT-4","detail":"words"}}"#,
            br#"{"seq":7,"refused":{"class":"made-up"}}"#,
            br#"{"seq":7,"unsupported":"client.open"}"#,
            br#"{"seq":7,"fault":"words"}"#,
            br#"{"seq":null,"fault":"words"}"#,
            br#"{"seq":8,"ok":{}}"#,
            br#"{"seq":7,"ok":{},"fault":"words"}"#,
            br#"[7,{}]"#,
        ];
        seeds.extend(others.map(<[u8]>::to_vec));
        seeds
    },
    dictionary: DICTIONARY,
    oracles: &[
        "taken for done only where an independent reading finds the result complete, and nothing else",
        "taken for a refusal, a fault, an unsupported only where the line says that and nothing else",
        "the number must be the question's",
        "same verdict twice",
    ],
};

/// How the harness reads a result of one operation: the result written again, or what else the line says.
pub type Reader = fn(&[u8], u32) -> Result<Reply<Value>, Broken>;

/// The readers of all operations, by name.
pub fn readers() -> Vec<(&'static str, Reader)> {
    vec![
        reader::<Hello>(),
        reader::<Ping>(),
        reader::<Reset>(),
        reader::<Drop>(),
        reader::<State>(),
        reader::<PrimitiveCmac>(),
        reader::<PrimitiveCtr>(),
        reader::<PrimitiveKdf>(),
        reader::<PrimitiveKeyWrap>(),
        reader::<PrimitiveKeyUnwrap>(),
        reader::<PrimitiveCheckDigit>(),
        reader::<PrimitiveResponse>(),
        reader::<PrimitiveHotp>(),
        reader::<PrimitiveTotp>(),
        reader::<PrimitiveOcra>(),
        reader::<FrameParse>(),
        reader::<FrameSeal>(),
        reader::<FrameOpen>(),
        reader::<ClientCreate>(),
        reader::<ClientActivateLicense>(),
        reader::<ClientActivateInstance>(),
        reader::<ClientOpen>(),
        reader::<ClientClose>(),
        reader::<ClientSign>(),
        reader::<ClientDeactivate>(),
        reader::<ClientGenerateResponse>(),
        reader::<ClientGenerateUnlockChallenge>(),
        reader::<ClientUnlock>(),
        reader::<ClientAccounts>(),
        reader::<ClientMarkConfirmed>(),
        reader::<ClientRemove>(),
        reader::<ServerCreate>(),
        reader::<ServerGenerateActivation1>(),
        reader::<ServerVerifyDeviceCode>(),
        reader::<ServerGenerateActivation2>(),
        reader::<ServerGenerateRequest>(),
        reader::<ServerVerifyMessageSignature>(),
        reader::<ServerGenerateDeactivation>(),
        reader::<ServerVerifyResponse>(),
        reader::<ServerGenerateUnlockResponse>(),
        reader::<ServerUnlockInstance>(),
        reader::<ServerRestored>(),
        reader::<ServerResynchronise>(),
        reader::<PushRead>(),
        reader::<PushContent>(),
        reader::<ClientGenerateInformation>(),
        reader::<ClientLoginIdentity>(),
        reader::<ServerProcessInformation>(),
        reader::<ServerLoginStart>(),
        reader::<ServerLoginRetrieve>(),
        reader::<ServerLoginApprove>(),
        reader::<ServerLoginReject>(),
        reader::<ServerLoginCancel>(),
        reader::<ServerLoginStatus>(),
    ]
}

/// The name of an operation, and how the harness reads its results.
pub fn reader<Op: Operation>() -> (&'static str, Reader) {
    (Op::NAME, |line, seq| {
        Ok(match reply::<Op::Output>(line, seq)? {
            Reply::Ok(result) => Reply::Ok(serde_json::to_value(result).unwrap()),
            Reply::Refused(refused) => Reply::Refused(refused),
            Reply::Unsupported => Reply::Unsupported,
            Reply::Fault(words) => Reply::Fault(words),
        })
    })
}

fn peer_answer(line: &[u8]) {
    let value: Value = serde_json::from_slice(line).unwrap_or_default();
    let members = envelope(&value).filter(|members| members["seq"] == 7);
    // Where the line is no result, no reader looks at its own type; three of them stand for all.
    let readers = readers();
    let first = readers[line.len() % readers.len()];
    let read = Answer::read(line).is_ok_and(|answer| answer.ok.is_some());
    let is_result = read || value.get("ok").is_some();
    let _ = twice(|| (first.1)(line, 7));
    for (op, read) in readers.iter().take(if is_result { usize::MAX } else { 3 }) {
        match (read(line, 7), members) {
            (Ok(Reply::Ok(result)), Some(members)) => {
                // Hexadecimal may come in either case; all else comes back as it was.
                let (came, read) = (members["ok"].to_string(), result.to_string());
                assert!(came.eq_ignore_ascii_case(&read), "{op}: {came} was read as {read}");
            }
            (Ok(Reply::Refused(refused)), Some(members)) => {
                assert_eq!(members["refused"], serde_json::to_value(refused).unwrap());
            }
            (Ok(Reply::Fault(words)), Some(members)) => assert_eq!(members["fault"], words),
            (Ok(Reply::Unsupported), Some(members)) => assert!(members.contains_key("unsupported")),
            (Ok(reply), None) => panic!("{op}: no answer, and yet {reply:?}"),
            (Err(broken), _) => assert!(matches!(broken, Broken::Violation(_) | Broken::Line(..))),
        }
    }
}
