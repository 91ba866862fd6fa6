//! One more target, which fails: findings can be seen to be found. The bench puts its control here.

use oracles::Target;

/// Fails in two ways, each soon: a process that finds one of them ends, and the next may find the other.
pub const TARGET: Target = Target {
    name: "planted",
    run: planted,
    max_len: 64,
    floor: 1_000,
    seeds: || vec![b"neither".to_vec()],
    dictionary: &[],
    oracles: &["an input doesn't begin with A", "an input doesn't begin with B"],
};

fn planted(data: &[u8]) {
    match data {
        [b'A', ..] => planted_deep(data),
        [b'B', ..] => panic!("VER-7: planted: {} bytes are accepted", data.len()),
        _ => {}
    }
}

#[inline(never)]
fn planted_deep(data: &[u8]) {
    panic!("VER-8: planted: {} bytes are accepted twice", data.len());
}
