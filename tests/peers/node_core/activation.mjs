// Activation codes, the files that carry them, full activation data, event reactivation counters
// (SPEC.md, sections 28 and 29).
import { cat, hex, integer, isHex, matches, number, Reader, u16, u32, u64, u8, unhex } from './bytes.mjs';
import { aesBlock, cmac, first, kdf, same, seal, sha256, unseal } from './crypto.mjs';
import { as, ensure } from './refuse.mjs';
import { ensureCheckDigit, serialBytes, serialText, withCheckDigit } from './text.mjs';
import { readVector } from './vector.mjs';

const codeKey = (masterKey, serial) => kdf(masterKey, 'acode', serialBytes(serial));

/** SDL-2. */
export const keyCheck = (licenseKey, serial) => first(4, kdf(licenseKey, 'single-check', serialBytes(serial)));

const encrypted = (masterKey, serial, licenseKey) => aesBlock(codeKey(masterKey, serial), licenseKey);

export function writeCode(masterKey, serial, licenseKey, hexadecimal) {
  const n = encrypted(masterKey, serial, licenseKey);
  return hexadecimal ? withCheckDigit(hex(n), 16) : withCheckDigit(String(integer(n)).padStart(39, '0'));
}

/** *activation code*: the number that a code is, in 16 bytes, or in 8 of a short code. */
function readDigits(code, short) {
  const isLong = [/[0-9]{40}/, /[0-9A-Fa-f]{33}/].findIndex((pattern) => matches(code, pattern));
  const isShort = short ? [/[0-9]{20}/, /[0-9A-Fa-f]{16}/].findIndex((pattern) => matches(code, pattern)) : -1;
  const form = isLong >= 0 ? isLong : isShort;
  ensure(form >= 0, 'SDL-4');
  const base = form === 0 ? 10 : 16;
  if (isLong >= 0) ensureCheckDigit(code, base, 'SDL-5');
  const digits = isLong >= 0 ? code.slice(0, -1) : code;
  const n = BigInt(base === 10 ? digits : `0x${digits}`);
  const size = isLong >= 0 ? 16 : 8;
  ensure(n >> BigInt(8 * size) === 0n, 'SDL-6');
  return number(size, n);
}

const decrypted = (masterKey, serial, n) => aesBlock(codeKey(masterKey, serial), n, true);

/** The license key of a code. */
export function readCode(masterKey, serial, code, short) {
  const n = readDigits(code, short);
  if (n.length === 16) return decrypted(masterKey, serial, n);
  return kdf(masterKey, 'acode-short', cat(serialBytes(serial), u64(n.readBigUInt64BE(0))));
}

/** SDL-7; then section 8. */
export function readExport({ file }) {
  const text = file.toString('latin1');
  ensure(matches(text, /(?:[0-9A-F]{2})*\n/), 'SDL-7');
  return { static_vector: hex(readVector(unhex(text.slice(0, -1))).bytes) };
}

/** SDL-9: a code of the two long forms. */
function ensureLogCode(code) {
  as('SDL-9', () => readDigits(code, false));
  ensure(!/[a-f]/.test(code), 'SDL-9');
}

function ensureOnce(seen, serial) {
  ensure(!seen.has(serial), 'SDL-10');
  seen.add(serial);
}

export function readLog({ file }) {
  const text = file.toString('latin1');
  ensure(text.endsWith('\n'), 'SDL-8');
  const seen = new Set();
  const licenses = text.slice(0, -1).split('\n').map((line) => {
    ensure(matches(line, /[0-9A-Z]{3}[0-9]{7} [^ ]*/), 'SDL-9');
    const [serial, code] = line.split(' ');
    ensureLogCode(code);
    ensureOnce(seen, serial);
    return { serial, code };
  });
  return { licenses };
}

export function writeLog({ licenses }) {
  const seen = new Set();
  for (const { serial, code } of licenses) {
    ensureLogCode(code);
    ensureOnce(seen, serial);
  }
  return { file: hex(cat(...licenses.map(({ serial, code }) => `${serial} ${code}\n`))) };
}

// Full activation data.

const MAGIC = '464144';
const [PLAIN, ENCRYPTED] = [0, 1];
const sharedKey = (secret) => kdf(secret, 'full-activation', Buffer.alloc(0));

export function writeFull(serial, licenseKey, vector, counter, secret, nonce) {
  const content = cat(
    serialBytes(serial),
    encrypted(vector.masterKey, serial, licenseKey),
    keyCheck(licenseKey, serial),
    u16(vector.bytes.length),
    vector.bytes,
    u8(counter.length),
    counter,
  );
  const head = cat(Buffer.from(MAGIC, 'hex'), u8(1), u8(secret ? ENCRYPTED : PLAIN));
  if (secret) return hex(cat(head, nonce, seal(sharedKey(secret), nonce, content, head)));
  const checked = cat(head, content);
  return hex(cat(checked, first(8, sha256(checked))));
}

/** What stands behind the head, in clear: CNV-3 to SDL-24. */
function fullContent(text, secret) {
  ensure(isHex(text), 'CNV-3');
  const data = unhex(text);
  ensure(data.length >= 13 && data.length <= 1024, 'SDL-19');
  ensure(hex(data.subarray(0, 3)) === MAGIC, 'SDL-20');
  ensure(data[3] === 1, 'SDL-21');
  ensure(data[4] === (secret ? ENCRYPTED : PLAIN), 'SDL-22');
  if (!secret) {
    const checked = data.subarray(0, -8);
    ensure(same(data.subarray(-8), first(8, sha256(checked))), 'SDL-23');
    return checked.subarray(5);
  }
  ensure(data.length >= 33, 'SDL-42');
  return unseal('SDL-24', sharedKey(secret), data.subarray(5, 17), data.subarray(17), data.subarray(0, 5));
}

export function readFull(text, secret) {
  const reader = new Reader(Buffer.from(fullContent(text, secret)), 'SDL-25');
  const bytes = reader.take(5);
  const serial = as('SDL-25', () => serialText(bytes));
  const [n, check] = [reader.take(16), reader.take(4)];
  const vector = readVector(reader.take(reader.u16()));
  const size = reader.u8();
  ensure(size <= 91, 'SDL-25');
  const counter = reader.take(size).toString('latin1');
  ensure(matches(counter, /[0-9]*/), 'SDL-25');
  reader.end();
  vector.ensurePrefix(serial);
  const licenseKey = decrypted(vector.masterKey, serial, n);
  ensure(same(check, keyCheck(licenseKey, serial)), 'SDL-24');
  return { serial, licenseKey, vector, counter: counter === '' ? null : counter };
}

// The event reactivation counter.

const MAC_BITS = 40n;

const withEvents = (vector) => vector.applications.filter((one) => one.hasEvents);

/** How many digits, without the check digit, so many counters take. */
const digitsFor = (count) => String((1n << BigInt(32 * count + 40)) - 1n).length;

function counterMac(licenseKey, serial, applications, counters) {
  const data = cat(...applications.map(({ index }) => u8(index)), ...counters.map(u32));
  return integer(cmac(kdf(licenseKey, 'erc', serialBytes(serial)), data).subarray(0, 5));
}

/** ERC-1 to ERC-3; `eventOf` tells the next event counter of an application. */
export function writeCounter(vector, licenseKey, serial, eventOf) {
  const applications = withEvents(vector);
  ensure(applications.length > 0, 'ERC-2');
  const counters = applications.map(eventOf);
  ensure(counters.every((counter) => counter <= 4294967295), 'ERC-3');
  const whole = integer(cat(...counters.map(u32)));
  const n = (whole << MAC_BITS) | counterMac(licenseKey, serial, applications, counters);
  return withCheckDigit(String(n).padStart(digitsFor(counters.length), '0'));
}

/** *event reactivation*, but for ERC-7: the applications with events and their counters. */
export function readCounter(vector, licenseKey, serial, text) {
  const applications = withEvents(vector);
  ensure(applications.length > 0, 'ERC-2');
  const size = digitsFor(applications.length) + 1;
  ensure(text.length === size && matches(text, /[0-9]*/), 'ERC-4');
  ensureCheckDigit(text, 10, 'ERC-5');
  const n = BigInt(text.slice(0, -1));
  const bits = 32 * applications.length + 40;
  ensure(n >> BigInt(bits) === 0n, 'ERC-4');
  const bytes = number(bits / 8, n);
  const counters = applications.map((_, i) => bytes.readUInt32BE(4 * i));
  ensure(integer(bytes.subarray(-5)) === counterMac(licenseKey, serial, applications, counters), 'ERC-6');
  return applications.map((application, i) => [application, counters[i]]);
}
