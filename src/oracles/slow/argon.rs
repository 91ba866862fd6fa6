//! Argon2id again, by RFC 9106 with all its inputs, over BLAKE2b by RFC 7693. Shares nothing with
//! [`channel::crypto::password`].

/// RFC 7693, section 2.6: the fractions of SHA-512.
const IV: [u64; 8] = [
    0x6A09_E667_F3BC_C908,
    0xBB67_AE85_84CA_A73B,
    0x3C6E_F372_FE94_F82B,
    0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1,
    0x9B05_688C_2B3E_6C1F,
    0x1F83_D9AB_FB41_BD6B,
    0x5BE0_CD19_137E_2179,
];

/// RFC 7693, section 2.7.
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// Columns, then diagonals.
const QUARTERS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// BLAKE2b without a key, of 1 to 64 bytes.
pub fn blake2b(length: usize, data: &[u8]) -> Vec<u8> {
    let mut h = IV;
    h[0] ^= 0x0101_0000 ^ length as u64;
    let blocks = data.len().div_ceil(128).max(1);
    for number in 0..blocks {
        let part = &data[128 * number..data.len().min(128 * (number + 1))];
        let mut block = [0u8; 128];
        block[..part.len()].copy_from_slice(part);
        let m: Vec<u64> = block.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
        let mut v = [h, IV].concat();
        v[12] ^= (128 * number + part.len()) as u64;
        if number + 1 == blocks {
            v[14] = !v[14];
        }
        for round in 0..12 {
            let order = SIGMA[round % 10];
            for (at, [a, b, c, d]) in QUARTERS.into_iter().enumerate() {
                let (x, y) = (m[order[2 * at]], m[order[2 * at + 1]]);
                v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
                v[d] = (v[d] ^ v[a]).rotate_right(32);
                v[c] = v[c].wrapping_add(v[d]);
                v[b] = (v[b] ^ v[c]).rotate_right(24);
                v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
                v[d] = (v[d] ^ v[a]).rotate_right(16);
                v[c] = v[c].wrapping_add(v[d]);
                v[b] = (v[b] ^ v[c]).rotate_right(63);
            }
        }
        for (at, word) in h.iter_mut().enumerate() {
            *word ^= v[at] ^ v[at + 8];
        }
    }
    h.iter().flat_map(|word| word.to_le_bytes()).take(length).collect()
}

fn le32(n: usize) -> [u8; 4] {
    (n as u32).to_le_bytes()
}

/// H' of section 3.3.
fn long_hash(length: usize, data: &[u8]) -> Vec<u8> {
    let first = [&le32(length)[..], data].concat();
    if length <= 64 {
        return blake2b(length, &first);
    }
    let rounds = length.div_ceil(32) - 2;
    let mut v = blake2b(64, &first);
    let mut out = v[..32].to_vec();
    for _ in 1..rounds {
        v = blake2b(64, &v);
        out.extend(&v[..32]);
    }
    out.extend(blake2b(length - 32 * rounds, &v));
    out
}

type Block = [u64; 128];

fn block_of(bytes: &[u8]) -> Block {
    std::array::from_fn(|at| u64::from_le_bytes(bytes[8 * at..8 * at + 8].try_into().unwrap()))
}

fn xor(a: &Block, b: &Block) -> Block {
    std::array::from_fn(|at| a[at] ^ b[at])
}

/// P of section 3.6 over the words at these places.
fn permute(block: &mut Block, places: [usize; 16]) {
    let mix = |a: u64, b: u64| {
        let product = (a & 0xFFFF_FFFF).wrapping_mul(b & 0xFFFF_FFFF);
        a.wrapping_add(b).wrapping_add(product.wrapping_mul(2))
    };
    for quarter in QUARTERS {
        let [a, b, c, d] = quarter.map(|at| places[at]);
        for (first, second) in [(32, 24), (16, 63)] {
            block[a] = mix(block[a], block[b]);
            block[d] = (block[d] ^ block[a]).rotate_right(first);
            block[c] = mix(block[c], block[d]);
            block[b] = (block[b] ^ block[c]).rotate_right(second);
        }
    }
}

/// G of section 3.5.
fn compress(x: &Block, y: &Block) -> Block {
    let r = xor(x, y);
    let mut z = r;
    for row in 0..8 {
        permute(&mut z, std::array::from_fn(|at| 16 * row + at));
    }
    for column in 0..8 {
        permute(&mut z, std::array::from_fn(|at| 2 * column + 16 * (at / 2) + at % 2));
    }
    xor(&z, &r)
}

/// All inputs of Argon2id.
#[derive(Clone, Copy, Debug)]
pub struct Argon2id<'a> {
    /// P.
    pub password: &'a [u8],
    /// S.
    pub salt: &'a [u8],
    /// K.
    pub secret: &'a [u8],
    /// X.
    pub data: &'a [u8],
    /// p, m in KiB, t, T.
    pub costs: [usize; 4],
}

impl Argon2id<'_> {
    /// The tag, section 3.2.
    pub fn tag(&self) -> Vec<u8> {
        let [lanes, memory, passes, length] = self.costs;
        let mut seed = Vec::new();
        for n in [lanes, length, memory, passes, 0x13, 2] {
            seed.extend(le32(n));
        }
        for part in [self.password, self.salt, self.secret, self.data] {
            seed.extend(le32(part.len()));
            seed.extend(part);
        }
        let h0 = blake2b(64, &seed);
        let segment = memory / (4 * lanes);
        let columns = 4 * segment;
        let begin = |lane: usize, column: usize| {
            block_of(&long_hash(1024, &[&h0[..], &le32(column), &le32(lane)].concat()))
        };
        let mut memory: Vec<Vec<Block>> = (0..lanes)
            .map(|lane| {
                let mut row = vec![[0; 128]; columns];
                (row[0], row[1]) = (begin(lane, 0), begin(lane, 1));
                row
            })
            .collect();
        for (pass, slice) in (0..passes).flat_map(|pass| (0..4).map(move |slice| (pass, slice))) {
            for lane in 0..lanes {
                for at in 0..segment {
                    if pass > 0 || slice > 0 || at > 1 {
                        self.fill(&mut memory, [pass, slice, lane, at], segment);
                    }
                }
            }
        }
        let last = memory.iter().map(|row| row[columns - 1]).reduce(|a, b| xor(&a, &b)).unwrap();
        let bytes: Vec<u8> = last.iter().flat_map(|word| word.to_le_bytes()).collect();
        long_hash(length, &bytes)
    }

    /// One block.
    fn fill(&self, memory: &mut [Vec<Block>], [pass, slice, lane, at]: [usize; 4], segment: usize) {
        let (lanes, columns) = (memory.len(), 4 * segment);
        let column = slice * segment + at;
        let before = memory[lane][(column + columns - 1) % columns];
        let pseudo = if pass == 0 && slice < 2 {
            let mut input = [0; 128];
            let counter = at / 128 + 1;
            let parts = [pass, lane, slice, lanes * columns, self.costs[2], 2, counter];
            input[..7].copy_from_slice(&parts.map(|n| n as u64));
            compress(&[0; 128], &compress(&[0; 128], &input))[at % 128]
        } else {
            before[0]
        };
        let (j1, j2) = (pseudo & 0xFFFF_FFFF, (pseudo >> 32) as usize);
        let from = if pass == 0 && slice == 0 { lane } else { j2 % lanes };
        let finished = if pass == 0 { slice * segment } else { columns - segment };
        let size = match from == lane {
            true => finished + at - 1,
            false => finished - usize::from(at == 0),
        } as u64;
        let x = (j1 * j1) >> 32;
        let back = ((size * x) >> 32) as usize;
        let start = if pass == 0 { 0 } else { (slice + 1) % 4 * segment };
        let place = (start + size as usize - 1 - back) % columns;
        let new = compress(&before, &memory[from][place]);
        memory[lane][column] = if pass == 0 { new } else { xor(&new, &memory[lane][column]) };
    }
}

/// PWD-9: P.
pub fn password_key(password: Option<&str>, salt: &[u8; 16], memory_kib: u32, iterations: u32) -> [u8; 16] {
    let Some(password) = password else { return [0; 16] };
    let costs = [1, memory_kib as usize, iterations as usize, 16];
    let argon = Argon2id { password: password.as_bytes(), salt, secret: &[], data: &[], costs };
    argon.tag().try_into().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use channel::text::hex;

    /// RFC 7693, appendix A.
    #[test]
    fn blake2b_of_abc() {
        let known = "BA80A53F981C4D0D6A2797B69F12F6E94C212F14685AC4B74B12BB6FDBFFA2D17D87C5392AAB792DC252D5DE4533CC9518D38AA8DBF1925AB92386EDD4009923";
        assert_eq!(hex::encode(&blake2b(64, b"abc")), known);
    }

    /// RFC 9106, section 5.3.
    #[test]
    fn argon2id_of_the_rfc() {
        let argon = Argon2id {
            password: &[1; 32],
            salt: &[2; 16],
            secret: &[3; 8],
            data: &[4; 12],
            costs: [4, 32, 3, 32],
        };
        let known = "0D640DF58D78766C08C037A34A8B53C9D01EF0452D75B65EB52520E96B01E659";
        assert_eq!(hex::encode(&argon.tag()), known);
    }
}
