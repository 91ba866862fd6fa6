"""The closed list of refusals: which requirement refuses with which class."""

_CLASSES = {
    "bad-hex": "CNV-3",
    "bad-length": "FRM-2 FRM-3 FRM-4 REQ-11 CAR-2 SDL-19",
    "bad-version": "FRM-5 LIF-7 BLB-4 CST-5 PSH-2 SDL-21 SDL-32",
    "bad-type": "FRM-6 FRM-7",
    "bad-protection": "FRM-8 FRM-9 FRM-10 SDL-22",
    "bad-serial": "SER-2 SER-3 SDL-12",
    "unexpected-type": "CLI-2 VER-2 INF-2",
    "bad-checksum": "FRM-12 SDL-23",
    "wrong-account": "AM1-8 CLI-3 VER-1 IMP-2 SDL-14",
    "wrong-state": "AM1-11 AM1-17 AM2-2 AM2-6 AM2-14 CLI-4 CLI-12 CLI-20 CLI-23 DVC-8 UNL-2 VER-4 "
                   "A2A-16 LGN-13 SDL-27 SDL-38",
    "locked": "AM2-15 CLI-5 CLI-16 VER-5 PWD-7",
    "no-channel": "CLI-6 DEA-2 REQ-13 INF-3",
    "wrong-protection": "AM2-7 CLI-7 INF-7",
    "corrupted": "KEY-10 AM1-16 PRT-4 LIF-9 LIF-11 BLB-5 BLB-8 CST-6 CST-8 SDL-24 SDL-33",
    "stale": "CLI-8 ERC-7 BLB-12",
    "bad-body": "AM1-3 AM1-4 AM1-5 AM1-6 AM2-8 DEA-5 REQ-2 REQ-5 REQ-6 BLB-7 INF-5 SDL-25 SDL-42",
    "bad-charset": "REQ-3",
    "bad-format": "REQ-4 PSH-3",
    "bad-text": "REQ-7 REQ-9 REQ-10",
    "version-too-low": "CLI-9",
    "bad-application": "AM1-9 CLI-10 REQ-12 OTP-2 UNL-3 OPR-7 PSH-6 ERC-2 BND-4 STV-7",
    "bad-data": "OTP-3 OTP-4 UNL-5 ALG-6 ALG-8 BND-5",
    "bad-vector": "AM1-13 STV-1 STV-2 STV-3 STV-4 STV-5 STV-6 MSV-2 MSV-4",
    "no-vector": "AM1-7 SDL-17",
    "rooted": "CLI-1",
    "pin-required": "CLI-14 AM2-16",
    "wrong-pin": "CLI-15 AM2-17 PWD-6",
    "bad-code": "DVC-4 DVC-6 DVC-7 SDL-4 SDL-6 ERC-4 BND-6",
    "bad-check-digit": "DVC-5 VER-11 MSV-3 SDL-5 ERC-5 BND-8",
    "wrong-code": "DVC-11 ERC-6 BND-9",
    "attempts-exhausted": "DVC-10 UNL-6 LGN-22",
    "already-active": "DVC-12 LGN-2 BND-11",
    "threshold-reached": "AM2-4 CLI-22 LGN-3 LGN-23",
    "expired": "DVC-9 VER-6 LGN-9",
    "counter-exhausted": "NON-3 NON-5 AM1-15 ERC-3",
    "unknown-instance": "DEA-3 DEA-6 VER-3",
    "unknown-message": "VER-7",
    "replayed": "VER-8 VER-18 VER-20 INF-4",
    "out-of-sync": "VER-19",
    "bad-signature": "VER-10",
    "wrong-signature": "UNL-7 VER-12",
    "bad-file": "LIF-6 CST-4 CST-7 CST-10 CST-11 SDL-7 SDL-9 SDL-20 SDL-31 SDL-34",
    "cut-file": "LIF-5 SDL-8",
    "wrong-key": "LIF-8",
    "bad-count": "LIF-10",
    "duplicate-serial": "LIF-12 SDL-10",
    "bad-blob": "BLB-3",
    "unknown-blob": "BLB-6",
    "bad-suite": "ALG-5",
    "bad-string": "PSH-4 PSH-5 PSH-10",
    "unknown-session": "LGN-7",
    "already-retrieved": "LGN-8",
    "already-approved": "LGN-10",
    "already-rejected": "LGN-11",
    "already-cancelled": "LGN-12",
    "wrong-user": "LGN-15",
    "bad-picture": "CAR-3 CAR-4 CAR-5 CAR-6",
    "wrong-prefix": "SDL-13",
    "bad-password": "PWD-1 PWD-2 PWD-3 PWD-5",
    "weak-password": "PWD-4",
    "no-binding": "BND-3",
    "weak-settings": "VER-21 VER-22",
    "busy": "CLI-26 A2A-28",
    "bad-url": "A2A-1 A2A-2 A2A-4 A2A-5 A2A-25 A2A-27",
    "bad-callback": "A2A-6 A2A-7 A2A-8 A2A-10 A2A-22 A2A-24",
    "bad-escape": "A2A-26",
    "not-configured": "A2A-9",
    "not-activated": "A2A-11",
}

#: requirement id -> refusal class
CLASS_OF = {requirement: name
            for name, requirements in _CLASSES.items()
            for requirement in requirements.split()}


#: class -> app-to-app error number; the others have none (section 16)
NUMBER_OF = {
    name: number
    for number, names in (
        (1, "pin-required wrong-pin busy"),
        (2, "bad-url bad-callback bad-escape not-configured"),
        (3, "rooted"),
        (4, "no-vector not-activated"),
        (5, "bad-hex bad-length bad-version bad-type bad-protection bad-serial unexpected-type "
            "bad-vector bad-suite"),
        (6, "wrong-account wrong-state no-channel"),
        (7, "bad-checksum wrong-protection corrupted stale bad-body bad-charset bad-format "
            "bad-text version-too-low bad-application bad-data bad-string"),
        (8, "locked"))
    for name in names.split()}


class Refused(Exception):
    """An operation refuses. The requirement alone decides the class."""

    def __init__(self, requirement, detail):
        super().__init__(detail)
        self.requirement = requirement
        self.refusal = CLASS_OF[requirement]
        self.detail = detail
