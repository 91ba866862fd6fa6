//! The operating system's randomness, drawn in blocks: a call for each nonce would take longer than sealing does.

use std::io::Write as _;

use zeroize::Zeroizing;

/// Fills a buffer with random bytes.
pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;

const BLOCK: usize = 4096;

/// Randomness of the system. Where it has none there is no safe way to go on.
pub fn system() -> Random {
    let mut block = Zeroizing::new([0; BLOCK]);
    let mut used = BLOCK;
    Box::new(move |bytes| {
        for byte in bytes {
            if used == BLOCK {
                fill(&mut *block);
                used = 0;
            }
            if let Some(drawn) = block.get_mut(used) {
                *byte = std::mem::take(drawn);
            }
            used += 1;
        }
    })
}

fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        // Not eprintln!, which fails where nobody reads it.
        let _ = writeln!(std::io::stderr(), "counterproof: no randomness: {error}");
        std::process::exit(3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_blocks_are_the_same() {
        let mut random = system();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3 * BLOCK / 16 {
            let mut bytes = [0; 16];
            random(&mut bytes);
            assert!(seen.insert(bytes));
        }
    }
}
