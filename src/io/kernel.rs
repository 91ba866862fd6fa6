//! Which kernel does AES in batches, by the environment: what a test or a peer that was started is told.

use channel::crypto::lanes::Kernel;

/// The variable.
pub const VARIABLE: &str = "COUNTERPROOF_KERNEL";

/// Uses the kernel that the environment names; where it names none, nothing changes.
///
/// # Errors
///
/// In words: no kernel has that name, or this processor doesn't have its instructions.
pub fn by_environment() -> Result<(), String> {
    let Some(name) = std::env::var_os(VARIABLE) else { return Ok(()) };
    let kernel: Kernel =
        name.to_string_lossy().parse().map_err(|no_kernel| format!("{VARIABLE}: {no_kernel}"))?;
    kernel.ask_for().map_err(|not_here| format!("{VARIABLE}: {not_here}"))
}
