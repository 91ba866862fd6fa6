//! What every page has: its frame, its style, its script, and the policy that keeps everything else out.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

/// How every page of this program begins.
pub const BEGINS: &str = "<!doctype html>\n<!-- Made by counterproof, report html -->";

const STYLE: &str = include_str!("templates/style.css");
const SCRIPT: &str = include_str!("templates/script.js");

/// The frame of a page.
pub(crate) struct Shell {
    /// What a browser may do with the page: use its own style, run the one script, and nothing else.
    pub(crate) policy: String,
    pub(crate) begins: &'static str,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    /// The sections of the page: id and name.
    pub(crate) sections: Vec<(&'static str, &'static str)>,
}

impl Shell {
    pub(crate) fn new(sections: Vec<(&'static str, &'static str)>) -> Self {
        let hash = Base64::encode_string(&Sha256::digest(SCRIPT));
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
        );
        Self { policy, begins: BEGINS, style: STYLE, script: SCRIPT, sections }
    }
}
