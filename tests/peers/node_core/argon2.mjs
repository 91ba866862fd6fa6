// Argon2id (RFC 9106) with one lane. Node's library has BLAKE2b of 64 bytes alone; the shorter ones stand here.
import { createHash } from 'node:crypto';

import { cat } from './bytes.mjs';

const WORDS = 256; // 32-bit words of a block of 1024 bytes
const MASK = (1n << 64n) - 1n;

const IV = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
const SIGMA = [
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
const QUARTERS = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
];

const turned = (x, by) => ((x >> by) | (x << (64n - by))) & MASK;

/** BLAKE2b (RFC 7693) without a key. Called once for each password, so it may be slow. */
function blake2b(size, data) {
  const h = [...IV];
  h[0] ^= 0x01010000n ^ BigInt(size);
  for (let at = 0; at === 0 || at < data.length; at += 128) {
    const block = Buffer.alloc(128);
    data.copy(block, 0, at);
    const m = Array.from({ length: 16 }, (_, i) => block.readBigUInt64LE(8 * i));
    const v = [...h, ...IV];
    v[12] ^= BigInt(Math.min(at + 128, data.length));
    if (at + 128 >= data.length) v[14] ^= MASK;
    for (let round = 0; round < 12; round += 1) {
      QUARTERS.forEach(([a, b, c, d], i) => {
        const [x, y] = [0, 1].map((j) => m[SIGMA[round % 10][2 * i + j]]);
        v[a] = (v[a] + v[b] + x) & MASK;
        v[d] = turned(v[d] ^ v[a], 32n);
        v[c] = (v[c] + v[d]) & MASK;
        v[b] = turned(v[b] ^ v[c], 24n);
        v[a] = (v[a] + v[b] + y) & MASK;
        v[d] = turned(v[d] ^ v[a], 16n);
        v[c] = (v[c] + v[d]) & MASK;
        v[b] = turned(v[b] ^ v[c], 63n);
      });
    }
    h.forEach((word, i) => (h[i] = word ^ v[i] ^ v[i + 8]));
  }
  const out = Buffer.alloc(64);
  h.forEach((word, i) => out.writeBigUInt64LE(word, 8 * i));
  return out.subarray(0, size);
}

const blake512 = (data) => createHash('blake2b512').update(data).digest();

const le32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** H' of RFC 9106, section 3.3, for sizes up to 64 and for 1024. */
function variable(size, data) {
  const start = cat(le32(size), data);
  if (size <= 64) return blake2b(size, start);
  const parts = [];
  let v = blake512(start);
  for (let left = size; ; left -= 32) {
    if (left <= 64) return cat(...parts, v);
    parts.push(v.subarray(0, 32));
    v = blake512(v);
  }
}

// The permutation works on one 1024-byte block, its 64-bit words as pairs of a low and a high half.
const work = new Uint32Array(WORDS);

/** a = a + b + 2 · low(a) · low(b), modulo 2^64: the addition of Argon2's BLAKE2b. */
function blend(a, b) {
  const [x, y] = [work[a], work[b]];
  const [x0, x1, y0, y1] = [x & 0xffff, x >>> 16, y & 0xffff, y >>> 16];
  const middle = x1 * y0 + ((x0 * y0) >>> 16);
  const upper = (middle & 0xffff) + x0 * y1;
  const high = x1 * y1 + Math.floor(middle / 0x10000) + Math.floor(upper / 0x10000);
  const low = Math.imul(x, y) >>> 0;
  const sum = x + y + 2 * low;
  work[a + 1] = work[a + 1] + work[b + 1] + 2 * high + Math.floor(sum / 0x100000000);
  work[a] = sum;
}

/** d = (d ^ a) turned right by `by` of 64 bits. */
function mix(d, a, by) {
  const [low, high] = [work[d] ^ work[a], work[d + 1] ^ work[a + 1]];
  const [l, h] = by >= 32 ? [high, low] : [low, high];
  const rest = by % 32;
  work[d] = rest === 0 ? l : (l >>> rest) | (h << (32 - rest));
  work[d + 1] = rest === 0 ? h : (h >>> rest) | (l << (32 - rest));
}

function quarter(a, b, c, d) {
  blend(a, b);
  mix(d, a, 32);
  blend(c, d);
  mix(b, c, 24);
  blend(a, b);
  mix(d, a, 16);
  blend(c, d);
  mix(b, c, 63);
}

/** The rows, then the columns, of 16 words each: where the word of this number stands. */
const LINES = [];
for (let i = 0; i < 8; i += 1) LINES.push((j) => 16 * i + j);
for (let i = 0; i < 8; i += 1) LINES.push((j) => 2 * i + 16 * (j >> 1) + (j & 1));
const TURNS = LINES.flatMap((place) => QUARTERS.map((turn) => turn.map((j) => 2 * place(j))));

/** The compression G of two blocks, into a third: in place of what is there, or added to it (XOR). */
function compress(one, other, into, over) {
  for (let i = 0; i < WORDS; i += 1) work[i] = one[i] ^ other[i];
  const before = work.slice();
  for (const [a, b, c, d] of TURNS) quarter(a, b, c, d);
  for (let i = 0; i < WORDS; i += 1) into[i] = work[i] ^ before[i] ^ (over ? into[i] : 0);
}

function block(bytes) {
  return Uint32Array.from({ length: WORDS }, (_, i) => bytes.readUInt32LE(4 * i));
}

const EMPTY = new Uint32Array(WORDS);

/** The words that choose the reference blocks of a slice that doesn't look at the password (3.4.1.2). */
function* addresses(pass, slice, blocks, passes, length) {
  const input = new Uint32Array(WORDS);
  const output = new Uint32Array(WORDS);
  [pass, 0, slice, blocks, passes, 2].forEach((value, i) => (input[2 * i] = value));
  for (let i = 0; i < length; i += 1) {
    if (i % 128 === 0) {
      input[12] += 1;
      compress(EMPTY, input, output, false);
      compress(EMPTY, output, output, false);
    }
    yield output[2 * (i % 128)];
  }
}

/** Where the reference block of number `at` stands, by the low word `j1` (3.4.2, one lane). */
function reference(pass, slice, at, offset, quarterSize, j1) {
  const area = (pass === 0 ? slice : 3) * quarterSize + offset - 1;
  const x = Number((BigInt(j1) * BigInt(j1)) >> 32n);
  const back = Number((BigInt(area) * BigInt(x)) >> 32n);
  const start = pass === 0 || slice === 3 ? 0 : (slice + 1) * quarterSize;
  return start + area - 1 - back;
}

export function argon2id(password, salt, memoryKib, iterations, size) {
  const head = [1, size, memoryKib, iterations, 0x13, 2].map(le32);
  const sized = [password, salt, Buffer.alloc(0), Buffer.alloc(0)].flatMap((part) => [le32(part.length), part]);
  const h0 = blake512(cat(...head, ...sized));
  const quarterSize = Math.floor(memoryKib / 4);
  const count = 4 * quarterSize;
  const memory = [0, 1].map((i) => block(variable(1024, cat(h0, le32(i), le32(0)))));
  while (memory.length < count) memory.push(new Uint32Array(WORDS));
  for (let pass = 0; pass < iterations; pass += 1) {
    for (let slice = 0; slice < 4; slice += 1) {
      const blind = pass === 0 && slice < 2 ? addresses(pass, slice, count, iterations, quarterSize) : null;
      for (let offset = 0; offset < quarterSize; offset += 1) {
        const at = slice * quarterSize + offset;
        const chosen = blind?.next().value;
        if (pass === 0 && at < 2) continue;
        const before = memory[(at + count - 1) % count];
        const from = reference(pass, slice, at, offset, quarterSize, chosen ?? before[0]);
        compress(before, memory[from % count], memory[at], pass > 0);
      }
    }
  }
  const last = Buffer.alloc(1024);
  memory[count - 1].forEach((word, i) => last.writeUInt32LE(word, 4 * i));
  return variable(size, last);
}
