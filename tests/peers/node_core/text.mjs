// Check digits, serial numbers, charsets, and the characters that nobody may be shown (SPEC.md, sections 4 and 13).
import { cat, matches, u16, u24 } from './bytes.mjs';
import { as, ensure, refuse } from './refuse.mjs';
import { length } from './shapes.mjs';

/** ISO 7064 MOD 11,10 (CNV-4), or MOD 17,16 (CNV-5). */
export function checkDigit(digits, base = 10) {
  let p = base;
  for (const digit of digits) {
    const s = (p + parseInt(digit, base)) % base || base;
    p = (2 * s) % (base + 1);
  }
  return ((base + 1 - p) % base).toString(base).toUpperCase();
}

export const withCheckDigit = (digits, base = 10) => digits + checkDigit(digits, base);

export function ensureCheckDigit(text, base, requirement) {
  ensure(text.at(-1).toUpperCase() === checkDigit(text.slice(0, -1), base), requirement);
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export const prefixNumber = (serial) =>
  [...serial.slice(0, 3)].reduce((sum, letter) => 40 * sum + DIGITS.indexOf(letter), 0);

export const serialBytes = (serial) => cat(u16(prefixNumber(serial)), u24(Number(serial.slice(3))));

export const isPrefix = (p) => p < 64000 && [p / 1600, (p / 40) % 40, p % 40].every((part) => part < 36);

export function prefixText(p) {
  return [p / 1600, (p / 40) % 40, p % 40].map((part) => DIGITS[Math.floor(part)]).join('');
}

/** The serial number that 5 bytes are (SER-1 to SER-3). */
export function serialText(bytes) {
  const [p, s] = [bytes.readUInt16BE(0), bytes.readUIntBE(2, 3)];
  ensure(isPrefix(p), 'SER-2');
  ensure(s <= 9999999, 'SER-3');
  return prefixText(p) + String(s).padStart(7, '0');
}

/** REQ-9: the table of section 13. */
const REFUSED = `
  0000-001F 007F-009F
  00A0 1680 2000-200A 2028-2029 202F 205F 3000
  00AD 0600-0605 061C 06DD 070F 0890-0891 08E2 180E 200B-200F 202A-202E 2060-2064 2066-206F FEFF FFF9-FFFB 110BD
  110CD 13430-1343F 1BCA0-1BCA3 1D173-1D17A
  034F 115F-1160 17B4-17B5 180B-180D 180F 2065 3164 FE00-FE0F FFA0 FFF0-FFF8
  E000-F8FF
  FDD0-FDEF FFFE-FFFF 1FFFE-1FFFF 2FFFE-2FFFF 3FFFE-3FFFF
  2800 FFFC 13440-13442 16FE4 1BC9D 1D159
  40000-10FFFF`
  .trim()
  .split(/\s+/)
  .map((range) => range.split('-').map((point) => parseInt(point, 16)));

export function isShowable(text) {
  return [...text].every((letter) => {
    const point = letter.codePointAt(0);
    return !REFUSED.some(([least, most = least]) => least <= point && point <= most);
  });
}

export const ensureShowable = (text) => ensure(isShowable(text), 'REQ-9');

/** ISO-8859-15, where it isn't ISO-8859-1 (REQ-8). */
const LATIN9 = new Map([
  [0xa4, '\u20ac'], [0xa6, '\u0160'], [0xa8, '\u0161'], [0xb4, '\u017d'],
  [0xb8, '\u017e'], [0xbc, '\u0152'], [0xbd, '\u0153'], [0xbe, '\u0178'],
]);
const latin9 = (byte) => LATIN9.get(byte) ?? String.fromCharCode(byte);
const FROM_LATIN9 = new Map([...Array(256).keys()].map((byte) => [latin9(byte), byte]));

export const UTF8 = 0;
export const ISO = 1;

export function utf8(bytes, requirement) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse(requirement);
  }
}

export function decodeText(charset, bytes) {
  if (charset === UTF8) return utf8(bytes, 'REQ-7');
  return [...bytes].map(latin9).join('');
}

export function encodeText(charset, text) {
  if (charset === UTF8) return Buffer.from(text);
  return Buffer.from([...text].map((letter) => FROM_LATIN9.get(letter) ?? refuse('REQ-10')));
}

/** A service or user of login details, or a domain, which may be empty (PSH-5). */
export function ensureGatewayField(field, mayBeEmpty = false) {
  ensure(mayBeEmpty || field !== '', 'PSH-5');
  ensure(!field.includes(';'), 'PSH-5');
  ensure(length(field) <= 255, 'PSH-5');
  as('PSH-5', () => ensureShowable(field));
}

export const isChallengeKey = (text) => matches(text, /[0-9A-Fa-f]{10}/);
