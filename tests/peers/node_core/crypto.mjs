// The algorithms of others, as far as Node's library has them, and CMAC and KDF (SPEC.md, KEY-1) upon AES.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { cat, u16, u8, zeros } from './bytes.mjs';
import { refuse } from './refuse.mjs';

const BLOCK = 16;

export const sha256 = (...parts) => createHash('sha256').update(cat(...parts)).digest();
export const hmac = (hash, key, data) => createHmac(hash, key).update(data).digest();
export const first = (size, bytes) => bytes.subarray(0, size);
export const same = (one, other) => one.length === other.length && timingSafeEqual(one, other);

/** The random field `name` of a question, or one that is drawn. */
export const random = (params, name, size) => params.random[name] ?? randomBytes(size);

function run(cipher, data) {
  return cat(cipher.update(data), cipher.final());
}

const aes = (key, mode) => `aes-${8 * key.length}-${mode}`;

export function aesBlock(key, block, decrypts = false) {
  const cipher = (decrypts ? createDecipheriv : createCipheriv)(aes(key, 'ecb'), key, null);
  return run(cipher.setAutoPadding(false), block);
}

/** Twice `block` in the field of RFC 4493. */
function doubled(block) {
  const result = Buffer.alloc(BLOCK);
  for (let i = 0; i < BLOCK; i += 1) result[i] = (block[i] << 1) | ((block[i + 1] ?? 0) >> 7);
  if (block[0] & 0x80) result[BLOCK - 1] ^= 0x87;
  return result;
}

/** AES-CMAC (RFC 4493) under one key for many messages. */
export function cmacUnder(key) {
  const whole = doubled(aesBlock(key, zeros(BLOCK)));
  const padded = doubled(whole);
  const iv = zeros(BLOCK);
  const name = aes(key, 'cbc');
  return (data) => {
    const isWhole = data.length > 0 && data.length % BLOCK === 0;
    const text = Buffer.alloc(isWhole ? data.length : (Math.floor(data.length / BLOCK) + 1) * BLOCK);
    data.copy(text);
    if (!isWhole) text[data.length] = 0x80;
    const mask = isWhole ? whole : padded;
    for (let i = 0, at = text.length - BLOCK; i < BLOCK; i += 1, at += 1) text[at] ^= mask[i];
    return createCipheriv(name, key, iv).setAutoPadding(false).update(text).subarray(-BLOCK);
  };
}

export const cmac = (key, data) => cmacUnder(key)(data);

export function kdf(key, label, context, bits = 128) {
  const mac = cmacUnder(key);
  const blocks = [];
  for (let i = 1; 128 * (i - 1) < bits; i += 1) blocks.push(mac(cat(u8(i), label, u8(0), context, u16(bits))));
  return first(bits / 8, cat(...blocks));
}

export const ctr = (key, block, data) => run(createCipheriv('aes-128-ctr', key, block), data);

/** CTR of `primitive.ctr`: the last 4 bytes of the block count, modulo 2^32, and nothing is carried over. */
export function ctr32(key, block, data) {
  const until = (0x100000000 - block.readUInt32BE(12)) * BLOCK;
  const head = data.subarray(0, until);
  const next = cat(block.subarray(0, 12), zeros(4));
  return cat(ctr(key, block, head), head.length < data.length ? ctr(key, next, data.subarray(until)) : zeros(0));
}

const WRAP_IV = Buffer.alloc(8, 0xa6);

export const wrap = (kek, key) => run(createCipheriv('id-aes128-wrap', kek, WRAP_IV), key);

export function unwrap(kek, wrapped) {
  try {
    return run(createDecipheriv('id-aes128-wrap', kek, WRAP_IV), wrapped);
  } catch {
    return refuse('KEY-10');
  }
}

/** AES-GCM: ciphertext and tag. */
export function seal(key, nonce, content, associated = zeros(0)) {
  const cipher = createCipheriv(aes(key, 'gcm'), key, nonce).setAAD(associated);
  return cat(run(cipher, content), cipher.getAuthTag());
}

/** What `sealed` holds; where it does not open, `requirement` refuses. */
export function unseal(requirement, key, nonce, sealed, associated = zeros(0)) {
  const at = sealed.length - BLOCK;
  const cipher = createDecipheriv(aes(key, 'gcm'), key, nonce, { authTagLength: BLOCK });
  cipher.setAAD(associated).setAuthTag(sealed.subarray(at));
  const content = cipher.update(sealed.subarray(0, at));
  try {
    return cat(content, cipher.final());
  } catch {
    return refuse(requirement);
  }
}
