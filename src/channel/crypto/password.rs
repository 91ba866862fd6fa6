//! Passwords: Argon2id (RFC 9106), and what a license key rests under. SPEC section 30, PWD-9.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize, Zeroizing};

use super::kdf::derive;
use super::keys::{Key, Platform, Sealing};
use crate::fault;
use crate::serial::Serial;

/// What a guess costs: the client's choice (PWD-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cost {
    /// KiB, 8..=65536.
    pub memory_kib: u32,
    /// 1..=16.
    pub iterations: u32,
}

impl Cost {
    /// A public recommendation of the field: 19 MiB, twice.
    pub const RECOMMENDED: Self = Self { memory_kib: 19_456, iterations: 2 };

    /// Whether both are in their ranges.
    pub fn is_in_range(self) -> bool {
        (8..=65_536).contains(&self.memory_kib) && (1..=16).contains(&self.iterations)
    }
}

/// The password key P: Argon2id, version 13 hexadecimal, one lane, 16 bytes; zeros without a password.
pub fn password_key(password: Option<&str>, salt: &[u8; 16], cost: Cost) -> Zeroizing<[u8; 16]> {
    let mut key = Zeroizing::new([0; 16]);
    let Some(password) = password else { return key };
    let iterations = fault::bent("password-iterations", cost.iterations, 1);
    if let Ok(params) = Params::new(cost.memory_kib, iterations, 1, Some(key.len())) {
        let blocks = Zeroizing::new(vec![Block::new(); params.block_count()]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // A cost in its range, a salt of 16 bytes and 16 bytes to fill are none that it refuses.
        if argon2
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut *key, Memory(blocks))
            .is_err()
        {
            key.zeroize();
        }
    }
    key
}

/// Wiped when it is given back.
struct Memory(Zeroizing<Vec<Block>>);

impl AsMut<[Block]> for Memory {
    fn as_mut(&mut self) -> &mut [Block] {
        &mut self.0
    }
}

/// PWD-9: the key that the license key rests under.
pub fn sealing(
    platform: &Key<Platform>,
    salt: &[u8; 16],
    serial: Serial,
    password: Option<&str>,
    cost: Cost,
) -> Key<Sealing> {
    let key = password_key(password, salt, cost);
    let context = Zeroizing::new([&salt[..], &serial.to_bytes(), &*key].concat());
    derive(platform.expose(), b"single-key", &context)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    /// RFC 9106, section 5.3, with its secret and associated data, which we don't use.
    #[test]
    fn pwd_9_the_vector_of_the_rfc() {
        let mut params = argon2::ParamsBuilder::new();
        params.m_cost(32).t_cost(3).p_cost(4).output_len(32);
        params.data(argon2::AssociatedData::new(&[4; 12]).unwrap());
        let params = params.build().unwrap();
        let mut blocks = vec![Block::new(); params.block_count()];
        let argon2 = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0; 32];
        argon2.hash_password_into_with_memory(&[1; 32], &[2; 16], &mut tag, &mut blocks).unwrap();
        let known = "0D640DF58D78766C08C037A34A8B53C9D01EF0452D75B65EB52520E96B01E659";
        assert_eq!(hex::encode(&tag), known);
    }

    #[test]
    fn pwd_9_each_part_enters() {
        let cost = Cost { memory_kib: 8, iterations: 1 };
        let keys = [
            password_key(Some("1357"), &[1; 16], cost),
            password_key(Some("1358"), &[1; 16], cost),
            password_key(Some("1357"), &[2; 16], cost),
            password_key(Some("1357"), &[1; 16], Cost { memory_kib: 9, ..cost }),
            password_key(Some("1357"), &[1; 16], Cost { iterations: 2, ..cost }),
            password_key(None, &[1; 16], cost),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "{i}");
        }
        assert_eq!(*keys[5], [0; 16]);
        assert!(Cost::RECOMMENDED.is_in_range());
    }
}
