//! Sides of limits that no case can decide in an operation, each with its reason.

/// The operation, how the lines of these sides begin, and why none of them can be asked for.
pub(crate) static UNTESTABLE: &[(&str, &[&str], &str)] = &[
    (
        "client.dispatch",
        &["PSH-4 ", "REQ-6 bytes of a gateway string,"],
        "a URL is read as on the direct carrier, on which REQ-4 refuses every gateway string",
    ),
    (
        "client.activate_license",
        &["STV-2 bytes of a static vector, first refused"],
        "AM1 with a vector of 482 bytes is longer than FRM-3 allows",
    ),
    ("server.load_blob", &["BLB-7 hashes, first refused"], "a BLOB with 13 hashes has 187 bytes (BLB-3)"),
];
