// Bytes: big-endian numbers, putting together and taking apart.
import { refuse } from './refuse.mjs';

export function number(size, value) {
  const bytes = Buffer.alloc(size);
  for (let i = size - 1, rest = BigInt(value); i >= 0; i -= 1, rest >>= 8n) bytes[i] = Number(rest & 255n);
  return bytes;
}

export const u8 = (value) => Buffer.of(value);
export const u16 = (value) => number(2, value);
export const u24 = (value) => number(3, value);
export const u32 = (value) => number(4, value);
export const u64 = (value) => number(8, value);

export function i64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

/** One after the other; texts are ASCII. */
export const cat = (...parts) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));

export const hex = (bytes) => bytes.toString('hex').toUpperCase();
export const unhex = (text) => Buffer.from(text, 'hex');
export const integer = (bytes) => BigInt(`0x${bytes.toString('hex') || '0'}`);
export const isHex = (text) => text.length % 2 === 0 && /^[0-9A-Fa-f]*$/.test(text);
export const zeros = (size) => Buffer.alloc(size);
export const isZero = (bytes) => bytes.every((byte) => byte === 0);

/** `text` is nothing but `pattern`. */
export const matches = (text, pattern) => new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(text);

/** Reads from left to right; what isn't there is refused by `requirement`. */
export class Reader {
  constructor(bytes, requirement, at = 0) {
    Object.assign(this, { bytes, requirement, at });
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(size) {
    if (size > this.left) refuse(this.requirement);
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  u8() {
    return this.take(1)[0];
  }

  u16() {
    return this.take(2).readUInt16BE();
  }

  u32() {
    return this.take(4).readUInt32BE();
  }

  /** A number of 64 bits within 0..=2^53 - 1. */
  count() {
    const value = this.take(8).readBigUInt64BE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) refuse(this.requirement);
    return Number(value);
  }

  end() {
    if (this.left !== 0) refuse(this.requirement);
  }
}
