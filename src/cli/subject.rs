//! Who is judged.

use crate::io::peer::Launch;
use peer::operations::HelloResult;

/// A peer as the user named it.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) launch: Launch,
    pub(super) claims: HelloResult,
}
