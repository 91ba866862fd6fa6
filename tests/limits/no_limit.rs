//! Numbers in what a requirement says that are no limits of anything: versions, types, names of fields and the like.

/// Why a requirement that names a number has no limit here.
pub(crate) fn no_limit(id: &str) -> Option<&'static str> {
    let found = NO_LIMIT.iter().find(|(known, _)| known.contains(&id));
    found.map(|(_, reason)| *reason)
}

static NO_LIMIT: &[(&[&str], &str)] = &[
    (
        &[
            "FRM-5", "FRM-6", "FRM-7", "FRM-8", "FRM-9", "FRM-10", "FRM-12", "AM2-7", "CLI-2", "CLI-7",
            "REQ-4", "INF-2", "INF-7", "PSH-2", "PSH-3", "BLB-4", "BLB-6", "CST-5", "SDL-20", "SDL-21",
            "SDL-22", "SDL-32", "LIF-7",
        ],
        "a version, a type, a protection, a place: each value is a name of something",
    ),
    (
        &["CNV-3", "A2A-6", "SDL-7", "SDL-9"],
        "a form, whose characters are asked one by one where it is read; its lengths are those of other rows",
    ),
    (
        &["STV-1", "STV-4", "DVC-6", "REQ-2"],
        "what is one beyond is refused by the next check with the same class, whichever of the two is asked",
    ),
    (
        &["AM1-5", "AM1-9", "AM2-17", "CLI-10", "SDL-27", "PWD-6", "BND-3", "A2A-28"],
        "a flag, a mode, a state or a record by its number",
    ),
    (&["PRT-4"], "all 8 bytes are compared: the families bend each"),
    (&["AM1-11", "AM1-17", "REQ-7", "A2A-7", "CAR-3"], "a section, a standard or a code point by its number"),
    (&["PWD-4"], "examples of passwords"),
];
