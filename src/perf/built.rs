//! What was measured: two measurements of different builds, or on different processors, say nothing of each other.

use object::{Object as _, ObjectSection as _};
use serde::{Deserialize, Serialize};

/// A build of this program, and what it ran on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// The compiler, as it names itself.
    pub compiler: String,
    /// Whether it was optimised: a release.
    pub optimised: bool,
    /// What the processor can do that matters here: `aes`, `avx2`, `sha`, …, as the program saw it.
    pub features: Vec<String>,
}

impl Built {
    /// In what it differs from another, as a sentence; none where it doesn't.
    pub fn differs(&self, before: &Self) -> Option<String> {
        let said = |built: &Self| match built.optimised {
            true => format!("{}, features {}", built.compiler, built.features.join(" ")),
            false => format!("{}, not optimised, features {}", built.compiler, built.features.join(" ")),
        };
        (self != before).then(|| format!("{} before, {} now", said(before), said(self)))
    }
}

/// The compiler of a program, as it writes its name into what it compiles.
pub fn compiler(program: &[u8]) -> String {
    let name = |program| {
        let file = object::File::parse(program).ok()?;
        let comments = file.section_by_name(".comment")?.data().ok()?;
        let mut comments = comments.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        comments.find_map(|comment| Some(format!("rustc {}", comment.strip_prefix("rustc version ")?)))
    };
    name(program).unwrap_or_else(|| "unknown".to_owned())
}
