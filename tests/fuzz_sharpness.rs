//! Whether the oracles of the fuzz targets would notice. In a process of its own: it silences panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use oracles::TARGETS;

/// How sharp the oracles are: each of these checks, left out by the zoo's switch, is missed by some target from
/// its seeds alone; and so is each value that it bends. Left out of the list: checks made without that switch, which
/// nothing can leave out.
#[test]
fn every_check_left_out_is_noticed_from_the_seeds() {
    use channel::fault;

    #[rustfmt::skip]
    const SWITCHED: &[&str] = &[
        "CNV-3", "SER-2", "SER-3", "FRM-3", "FRM-4", "FRM-5", "FRM-9", "FRM-10", "FRM-12",
        "PRT-4", "STV-1", "STV-2", "STV-4", "STV-5", "AM1-3", "AM1-4", "AM1-5", "AM1-8",
        "AM1-9", "AM1-11", "DVC-5", "DVC-6", "DVC-7", "DVC-9", "DVC-10", "DVC-11", "DVC-12",
        "AM2-4", "AM2-7", "AM2-8", "DEA-5", "DEA-6", "CLI-1", "CLI-2", "CLI-5", "CLI-7",
        "CLI-8", "CLI-9", "CLI-10", "CLI-14", "CLI-15", "CLI-16", "REQ-2", "REQ-4", "REQ-5",
        "REQ-6", "REQ-9", "REQ-11", "REQ-12", "OTP-2", "OTP-3", "OTP-4", "UNL-2", "UNL-5",
        "UNL-6", "UNL-7", "VER-1", "VER-2", "VER-4", "VER-5", "VER-6", "VER-7", "VER-8",
        "VER-11", "VER-18", "VER-19", "VER-20", "OPR-7",
        "LIF-5", "LIF-6", "LIF-7", "LIF-8", "LIF-10", "LIF-11", "LIF-12", "MSV-3", "MSV-4", "BLB-3", "BLB-4", "BLB-7",
        "BLB-8", "CST-5", "CST-6", "CST-7", "file-line-alone", "message-vector-mark", "blob-flags", "saved-event",
         "domain-response", "label-enc", "label-mac", "context-app",
        "compare-4",
        "STV-6", "ALG-6", "ALG-8", "truncation-by-first-byte", "truncation-keeps-sign", "truncation-as-of-sha1",
        "hotp-little-endian", "totp-t0", "totp-sha1-for-sha256", "suite-without-zero", "ocra-lower-case",
        "question-zeros-in-front", "odd-digit-low-half", "number-as-ascii", "session-zeros-behind",
        "password-in-clear", "ocra-time-in-seconds", "question-of-one-party", "question-without-header",
        "fields-without-length",
        "PSH-2", "PSH-4", "PSH-5", "PSH-6", "PSH-10", "INF-4", "INF-5", "LGN-2", "LGN-3", "LGN-7", "LGN-8", "LGN-9",
        "LGN-10", "LGN-11", "LGN-12", "LGN-15", "LGN-22", "information-counter-stays", "keeps-no-identity",
        "siblings-approve", "login-counts-nothing", "requesters-are-one", "remembers-format-3",
        "decides-in-60-seconds", "remembers-logins", "signs-notifications",
        "SDL-38", "BND-11", "keeps-no-account", "kept-after-proof", "takes-over-any-key", "reactivation-forgets-events",
        "platform-without-serial",
    ];
    let mut targets: Vec<_> = TARGETS.iter().collect();
    targets.sort_by_key(|target| std::cmp::Reverse(target.floor)); // what is quick may notice first
    let inputs: Vec<_> =
        targets.iter().flat_map(|it| (it.seeds)().into_iter().map(move |seed| (*it, seed))).collect();
    // Which faults each input can notice at all; and with none on, what is made once is made rightly.
    let asked: Vec<_> = inputs.iter().map(|(target, seed)| fault::asked(|| (target.run)(seed))).collect();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let unnoticed: Vec<_> = SWITCHED
        .iter()
        .filter(|id| {
            !inputs.iter().zip(&asked).filter(|(_, asked)| asked.contains(**id)).any(|((target, seed), _)| {
                catch_unwind(AssertUnwindSafe(|| fault::with(id, || (target.run)(seed)))).is_err()
            })
        })
        .collect();
    std::panic::set_hook(hook);
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}
