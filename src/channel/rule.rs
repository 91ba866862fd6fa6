//! The refusing requirements of `SPEC.md`, one constant each: its id, the class it refuses with, what it counts.
//!
//! `SPEC.md` is where a requirement is *stated*; this table is where the code finds its class, and a test holds
//! the two against each other. Every refusal is made with one of these, so that it always says which
//! requirement decided.
#![allow(missing_docs)] // each constant's documentation is the requirement of that name in SPEC.md

use crate::class::Class;

/// A requirement that refuses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The id in `SPEC.md`, such as `FRM-5`.
    pub id: &'static str,
    /// The refusal class.
    pub class: Class,
    /// The counter that grows by one, or `None` where the refusal is free.
    pub counts: Option<&'static str>,
}

impl Rule {
    const fn free(id: &'static str, class: Class) -> Self {
        Self { id, class, counts: None }
    }

    const fn counted(id: &'static str, class: Class, counter: &'static str) -> Self {
        Self { id, class, counts: Some(counter) }
    }
}

// Text and numbers
pub const CNV_3: Rule = Rule::free("CNV-3", Class::BadHex);

// Serial numbers
pub const SER_2: Rule = Rule::free("SER-2", Class::BadSerial);
pub const SER_3: Rule = Rule::free("SER-3", Class::BadSerial);

// The frame
pub const FRM_2: Rule = Rule::free("FRM-2", Class::BadLength);
pub const FRM_3: Rule = Rule::free("FRM-3", Class::BadLength);
pub const FRM_4: Rule = Rule::free("FRM-4", Class::BadLength);
pub const FRM_5: Rule = Rule::free("FRM-5", Class::BadVersion);
pub const FRM_6: Rule = Rule::free("FRM-6", Class::BadType);
pub const FRM_7: Rule = Rule::free("FRM-7", Class::BadType);
pub const FRM_8: Rule = Rule::free("FRM-8", Class::BadProtection);
pub const FRM_9: Rule = Rule::free("FRM-9", Class::BadProtection);
pub const FRM_10: Rule = Rule::free("FRM-10", Class::BadProtection);
pub const FRM_12: Rule = Rule::free("FRM-12", Class::BadChecksum);

// Keys
pub const KEY_10: Rule = Rule::free("KEY-10", Class::Corrupted);

// Protection
pub const PRT_4: Rule = Rule::free("PRT-4", Class::Corrupted);

// Nonces
pub const NON_3: Rule = Rule::free("NON-3", Class::CounterExhausted);
pub const NON_5: Rule = Rule::free("NON-5", Class::CounterExhausted);

// The static vector
pub const STV_1: Rule = Rule::free("STV-1", Class::BadVector);
pub const STV_2: Rule = Rule::free("STV-2", Class::BadVector);
pub const STV_3: Rule = Rule::free("STV-3", Class::BadVector);
pub const STV_4: Rule = Rule::free("STV-4", Class::BadVector);
pub const STV_5: Rule = Rule::free("STV-5", Class::BadVector);
pub const STV_6: Rule = Rule::free("STV-6", Class::BadVector);
pub const STV_7: Rule = Rule::free("STV-7", Class::BadApplication);

// Activation message 1
pub const AM1_3: Rule = Rule::free("AM1-3", Class::BadBody);
pub const AM1_4: Rule = Rule::free("AM1-4", Class::BadBody);
pub const AM1_5: Rule = Rule::free("AM1-5", Class::BadBody);
pub const AM1_6: Rule = Rule::free("AM1-6", Class::BadBody);
pub const AM1_7: Rule = Rule::free("AM1-7", Class::NoVector);
pub const AM1_8: Rule = Rule::free("AM1-8", Class::WrongAccount);
pub const AM1_9: Rule = Rule::free("AM1-9", Class::BadApplication);
pub const AM1_11: Rule = Rule::free("AM1-11", Class::WrongState);
pub const AM1_13: Rule = Rule::free("AM1-13", Class::BadVector);
pub const AM1_15: Rule = Rule::free("AM1-15", Class::CounterExhausted);
pub const AM1_16: Rule = Rule::free("AM1-16", Class::Corrupted);
pub const AM1_17: Rule = Rule::free("AM1-17", Class::WrongState);

// Device code
pub const DVC_4: Rule = Rule::free("DVC-4", Class::BadCode);
pub const DVC_5: Rule = Rule::free("DVC-5", Class::BadCheckDigit);
pub const DVC_6: Rule = Rule::free("DVC-6", Class::BadCode);
pub const DVC_7: Rule = Rule::free("DVC-7", Class::BadCode);
pub const DVC_8: Rule = Rule::free("DVC-8", Class::WrongState);
pub const DVC_9: Rule = Rule::free("DVC-9", Class::Expired);
pub const DVC_10: Rule = Rule::free("DVC-10", Class::AttemptsExhausted);
pub const DVC_11: Rule = Rule::counted("DVC-11", Class::WrongCode, "code_failures");
pub const DVC_12: Rule = Rule::free("DVC-12", Class::AlreadyActive);

// Activation message 2
pub const AM2_2: Rule = Rule::free("AM2-2", Class::WrongState);
pub const AM2_4: Rule = Rule::free("AM2-4", Class::ThresholdReached);
pub const AM2_6: Rule = Rule::free("AM2-6", Class::WrongState);
pub const AM2_7: Rule = Rule::free("AM2-7", Class::WrongProtection);
pub const AM2_8: Rule = Rule::free("AM2-8", Class::BadBody);
pub const AM2_14: Rule = Rule::free("AM2-14", Class::WrongState);
pub const AM2_15: Rule = Rule::free("AM2-15", Class::Locked);
pub const AM2_16: Rule = Rule::free("AM2-16", Class::PinRequired);
pub const AM2_17: Rule = Rule::counted("AM2-17", Class::WrongPin, "pin_failures");

// Deactivation
pub const DEA_2: Rule = Rule::free("DEA-2", Class::NoChannel);
pub const DEA_3: Rule = Rule::free("DEA-3", Class::UnknownInstance);
pub const DEA_5: Rule = Rule::free("DEA-5", Class::BadBody);
pub const DEA_6: Rule = Rule::free("DEA-6", Class::UnknownInstance);

// The client
pub const CLI_1: Rule = Rule::free("CLI-1", Class::Rooted);
pub const CLI_2: Rule = Rule::free("CLI-2", Class::UnexpectedType);
pub const CLI_3: Rule = Rule::free("CLI-3", Class::WrongAccount);
pub const CLI_4: Rule = Rule::free("CLI-4", Class::WrongState);
pub const CLI_5: Rule = Rule::free("CLI-5", Class::Locked);
pub const CLI_6: Rule = Rule::free("CLI-6", Class::NoChannel);
pub const CLI_7: Rule = Rule::free("CLI-7", Class::WrongProtection);
pub const CLI_8: Rule = Rule::free("CLI-8", Class::Stale);
pub const CLI_9: Rule = Rule::free("CLI-9", Class::VersionTooLow);
pub const CLI_10: Rule = Rule::free("CLI-10", Class::BadApplication);
pub const CLI_12: Rule = Rule::free("CLI-12", Class::WrongState);
pub const CLI_14: Rule = Rule::free("CLI-14", Class::PinRequired);
pub const CLI_15: Rule = Rule::counted("CLI-15", Class::WrongPin, "pin_failures");
pub const CLI_16: Rule = Rule::free("CLI-16", Class::Locked);
pub const CLI_20: Rule = Rule::free("CLI-20", Class::WrongState);
pub const CLI_22: Rule = Rule::free("CLI-22", Class::ThresholdReached);
pub const CLI_23: Rule = Rule::free("CLI-23", Class::WrongState);
pub const CLI_26: Rule = Rule::free("CLI-26", Class::Busy);

// Request body
pub const REQ_2: Rule = Rule::free("REQ-2", Class::BadBody);
pub const REQ_3: Rule = Rule::free("REQ-3", Class::BadCharset);
pub const REQ_4: Rule = Rule::free("REQ-4", Class::BadFormat);
pub const REQ_5: Rule = Rule::free("REQ-5", Class::BadBody);
pub const REQ_6: Rule = Rule::free("REQ-6", Class::BadBody);
pub const REQ_7: Rule = Rule::free("REQ-7", Class::BadText);
pub const REQ_9: Rule = Rule::free("REQ-9", Class::BadText);
pub const REQ_10: Rule = Rule::free("REQ-10", Class::BadText);
pub const REQ_11: Rule = Rule::free("REQ-11", Class::BadLength);
pub const REQ_12: Rule = Rule::free("REQ-12", Class::BadApplication);
pub const REQ_13: Rule = Rule::free("REQ-13", Class::NoChannel);

// Responses without a message
pub const OTP_2: Rule = Rule::free("OTP-2", Class::BadApplication);
pub const OTP_3: Rule = Rule::free("OTP-3", Class::BadData);
pub const OTP_4: Rule = Rule::free("OTP-4", Class::BadData);

// Unlocking a client
pub const UNL_2: Rule = Rule::free("UNL-2", Class::WrongState);
pub const UNL_3: Rule = Rule::free("UNL-3", Class::BadApplication);
pub const UNL_5: Rule = Rule::free("UNL-5", Class::BadData);
pub const UNL_6: Rule = Rule::free("UNL-6", Class::AttemptsExhausted);
pub const UNL_7: Rule = Rule::counted("UNL-7", Class::WrongSignature, "unlock_failures");

// Verifying
pub const VER_1: Rule = Rule::free("VER-1", Class::WrongAccount);
pub const VER_2: Rule = Rule::free("VER-2", Class::UnexpectedType);
pub const VER_3: Rule = Rule::free("VER-3", Class::UnknownInstance);
pub const VER_4: Rule = Rule::free("VER-4", Class::WrongState);
pub const VER_5: Rule = Rule::free("VER-5", Class::Locked);
pub const VER_6: Rule = Rule::free("VER-6", Class::Expired);
pub const VER_7: Rule = Rule::free("VER-7", Class::UnknownMessage);
pub const VER_8: Rule = Rule::free("VER-8", Class::Replayed);
pub const VER_10: Rule = Rule::free("VER-10", Class::BadSignature);
pub const VER_11: Rule = Rule::free("VER-11", Class::BadCheckDigit);
pub const VER_12: Rule = Rule::counted("VER-12", Class::WrongSignature, "signature_failures");
pub const VER_18: Rule = Rule::free("VER-18", Class::Replayed);
pub const VER_19: Rule = Rule::free("VER-19", Class::OutOfSync);
pub const VER_20: Rule = Rule::free("VER-20", Class::Replayed);
pub const VER_21: Rule = Rule::free("VER-21", Class::WeakSettings);
pub const VER_22: Rule = Rule::free("VER-22", Class::WeakSettings);

// The operator's actions
pub const OPR_7: Rule = Rule::free("OPR-7", Class::BadApplication);

// The license file
pub const LIF_5: Rule = Rule::free("LIF-5", Class::CutFile);
pub const LIF_6: Rule = Rule::free("LIF-6", Class::BadFile);
pub const LIF_7: Rule = Rule::free("LIF-7", Class::BadVersion);
pub const LIF_8: Rule = Rule::free("LIF-8", Class::WrongKey);
pub const LIF_9: Rule = Rule::free("LIF-9", Class::Corrupted);
pub const LIF_10: Rule = Rule::free("LIF-10", Class::BadCount);
pub const LIF_11: Rule = Rule::free("LIF-11", Class::Corrupted);
pub const LIF_12: Rule = Rule::free("LIF-12", Class::DuplicateSerial);

// The message vector
pub const MSV_2: Rule = Rule::free("MSV-2", Class::BadVector);
pub const MSV_3: Rule = Rule::free("MSV-3", Class::BadCheckDigit);
pub const MSV_4: Rule = Rule::free("MSV-4", Class::BadVector);

// Import
pub const IMP_2: Rule = Rule::free("IMP-2", Class::WrongAccount);

// BLOBs
pub const BLB_3: Rule = Rule::free("BLB-3", Class::BadBlob);
pub const BLB_4: Rule = Rule::free("BLB-4", Class::BadVersion);
pub const BLB_5: Rule = Rule::free("BLB-5", Class::Corrupted);
pub const BLB_6: Rule = Rule::free("BLB-6", Class::UnknownBlob);
pub const BLB_7: Rule = Rule::free("BLB-7", Class::BadBody);
pub const BLB_8: Rule = Rule::free("BLB-8", Class::Corrupted);
pub const BLB_12: Rule = Rule::free("BLB-12", Class::Stale);

// The client's state
pub const CST_4: Rule = Rule::free("CST-4", Class::BadFile);
pub const CST_5: Rule = Rule::free("CST-5", Class::BadVersion);
pub const CST_6: Rule = Rule::free("CST-6", Class::Corrupted);
pub const CST_7: Rule = Rule::free("CST-7", Class::BadFile);
pub const CST_8: Rule = Rule::free("CST-8", Class::Corrupted);
pub const CST_10: Rule = Rule::free("CST-10", Class::BadFile);
pub const CST_11: Rule = Rule::free("CST-11", Class::BadFile);

// Carriers
pub const CAR_2: Rule = Rule::free("CAR-2", Class::BadLength);
pub const CAR_3: Rule = Rule::free("CAR-3", Class::BadPicture);
pub const CAR_4: Rule = Rule::free("CAR-4", Class::BadPicture);
pub const CAR_5: Rule = Rule::free("CAR-5", Class::BadPicture);
pub const CAR_6: Rule = Rule::free("CAR-6", Class::BadPicture);

// Open algorithms
pub const ALG_5: Rule = Rule::free("ALG-5", Class::BadSuite);
pub const ALG_6: Rule = Rule::free("ALG-6", Class::BadData);
pub const ALG_8: Rule = Rule::free("ALG-8", Class::BadData);

// App-to-app
pub const A2A_1: Rule = Rule::free("A2A-1", Class::BadUrl);
pub const A2A_2: Rule = Rule::free("A2A-2", Class::BadUrl);
pub const A2A_4: Rule = Rule::free("A2A-4", Class::BadUrl);
pub const A2A_5: Rule = Rule::free("A2A-5", Class::BadUrl);
pub const A2A_6: Rule = Rule::free("A2A-6", Class::BadCallback);
pub const A2A_7: Rule = Rule::free("A2A-7", Class::BadCallback);
pub const A2A_8: Rule = Rule::free("A2A-8", Class::BadCallback);
pub const A2A_9: Rule = Rule::free("A2A-9", Class::NotConfigured);
pub const A2A_10: Rule = Rule::free("A2A-10", Class::BadCallback);
pub const A2A_11: Rule = Rule::free("A2A-11", Class::NotActivated);
pub const A2A_16: Rule = Rule::free("A2A-16", Class::WrongState);
pub const A2A_22: Rule = Rule::free("A2A-22", Class::BadCallback);
pub const A2A_24: Rule = Rule::free("A2A-24", Class::BadCallback);
pub const A2A_25: Rule = Rule::free("A2A-25", Class::BadUrl);
pub const A2A_26: Rule = Rule::free("A2A-26", Class::BadEscape);
pub const A2A_27: Rule = Rule::free("A2A-27", Class::BadUrl);
pub const A2A_28: Rule = Rule::free("A2A-28", Class::Busy);

// Push and login: the strings
pub const PSH_2: Rule = Rule::free("PSH-2", Class::BadVersion);
pub const PSH_3: Rule = Rule::free("PSH-3", Class::BadFormat);
pub const PSH_4: Rule = Rule::free("PSH-4", Class::BadString);
pub const PSH_5: Rule = Rule::free("PSH-5", Class::BadString);
pub const PSH_6: Rule = Rule::free("PSH-6", Class::BadApplication);
pub const PSH_10: Rule = Rule::free("PSH-10", Class::BadString);

// The information message
pub const INF_2: Rule = Rule::free("INF-2", Class::UnexpectedType);
pub const INF_3: Rule = Rule::free("INF-3", Class::NoChannel);
pub const INF_4: Rule = Rule::free("INF-4", Class::Replayed);
pub const INF_5: Rule = Rule::free("INF-5", Class::BadBody);
pub const INF_7: Rule = Rule::free("INF-7", Class::WrongProtection);

// The login session
pub const LGN_2: Rule = Rule::free("LGN-2", Class::AlreadyActive);
pub const LGN_3: Rule = Rule::free("LGN-3", Class::ThresholdReached);
pub const LGN_7: Rule = Rule::free("LGN-7", Class::UnknownSession);
pub const LGN_8: Rule = Rule::free("LGN-8", Class::AlreadyRetrieved);
pub const LGN_9: Rule = Rule::free("LGN-9", Class::Expired);
pub const LGN_10: Rule = Rule::free("LGN-10", Class::AlreadyApproved);
pub const LGN_11: Rule = Rule::free("LGN-11", Class::AlreadyRejected);
pub const LGN_12: Rule = Rule::free("LGN-12", Class::AlreadyCancelled);
pub const LGN_13: Rule = Rule::free("LGN-13", Class::WrongState);
pub const LGN_15: Rule = Rule::free("LGN-15", Class::WrongUser);
pub const LGN_22: Rule = Rule::free("LGN-22", Class::AttemptsExhausted);
pub const LGN_23: Rule = Rule::free("LGN-23", Class::ThresholdReached);
// Single-device licensing
pub const SDL_4: Rule = Rule::free("SDL-4", Class::BadCode);
pub const SDL_5: Rule = Rule::free("SDL-5", Class::BadCheckDigit);
pub const SDL_6: Rule = Rule::free("SDL-6", Class::BadCode);
pub const SDL_7: Rule = Rule::free("SDL-7", Class::BadFile);
pub const SDL_8: Rule = Rule::free("SDL-8", Class::CutFile);
pub const SDL_9: Rule = Rule::free("SDL-9", Class::BadFile);
pub const SDL_10: Rule = Rule::free("SDL-10", Class::DuplicateSerial);
pub const SDL_12: Rule = Rule::free("SDL-12", Class::BadSerial);
pub const SDL_13: Rule = Rule::free("SDL-13", Class::WrongPrefix);
pub const SDL_14: Rule = Rule::free("SDL-14", Class::WrongAccount);
pub const SDL_17: Rule = Rule::free("SDL-17", Class::NoVector);
pub const SDL_19: Rule = Rule::free("SDL-19", Class::BadLength);
pub const SDL_20: Rule = Rule::free("SDL-20", Class::BadFile);
pub const SDL_21: Rule = Rule::free("SDL-21", Class::BadVersion);
pub const SDL_22: Rule = Rule::free("SDL-22", Class::BadProtection);
pub const SDL_23: Rule = Rule::free("SDL-23", Class::BadChecksum);
pub const SDL_24: Rule = Rule::free("SDL-24", Class::Corrupted);
pub const SDL_25: Rule = Rule::free("SDL-25", Class::BadBody);
pub const SDL_27: Rule = Rule::free("SDL-27", Class::WrongState);
pub const SDL_31: Rule = Rule::free("SDL-31", Class::BadFile);
pub const SDL_32: Rule = Rule::free("SDL-32", Class::BadVersion);
pub const SDL_33: Rule = Rule::free("SDL-33", Class::Corrupted);
pub const SDL_34: Rule = Rule::free("SDL-34", Class::BadFile);
pub const SDL_38: Rule = Rule::free("SDL-38", Class::WrongState);
pub const SDL_42: Rule = Rule::free("SDL-42", Class::BadBody);

// Event reactivation counter
pub const ERC_2: Rule = Rule::free("ERC-2", Class::BadApplication);
pub const ERC_3: Rule = Rule::free("ERC-3", Class::CounterExhausted);
pub const ERC_4: Rule = Rule::free("ERC-4", Class::BadCode);
pub const ERC_5: Rule = Rule::free("ERC-5", Class::BadCheckDigit);
pub const ERC_6: Rule = Rule::free("ERC-6", Class::WrongCode);
pub const ERC_7: Rule = Rule::free("ERC-7", Class::Stale);

// Passwords
pub const PWD_1: Rule = Rule::free("PWD-1", Class::BadPassword);
pub const PWD_2: Rule = Rule::free("PWD-2", Class::BadPassword);
pub const PWD_3: Rule = Rule::free("PWD-3", Class::BadPassword);
pub const PWD_4: Rule = Rule::free("PWD-4", Class::WeakPassword);
pub const PWD_5: Rule = Rule::free("PWD-5", Class::BadPassword);
pub const PWD_6: Rule = Rule::counted("PWD-6", Class::WrongPin, "password_failures");
pub const PWD_7: Rule = Rule::free("PWD-7", Class::Locked);

// Platform binding
pub const BND_3: Rule = Rule::free("BND-3", Class::NoBinding);
pub const BND_4: Rule = Rule::free("BND-4", Class::BadApplication);
pub const BND_5: Rule = Rule::free("BND-5", Class::BadData);
pub const BND_6: Rule = Rule::free("BND-6", Class::BadCode);
pub const BND_8: Rule = Rule::free("BND-8", Class::BadCheckDigit);
pub const BND_9: Rule = Rule::counted("BND-9", Class::WrongCode, "signature_failures");
pub const BND_11: Rule = Rule::free("BND-11", Class::AlreadyActive);
