// The frame and its protection (SPEC.md, sections 5 to 7).
import { cat, isHex, u16, u32, u8, unhex } from './bytes.mjs';
import { cmac, ctr, first, hmac, kdf, same, sha256 } from './crypto.mjs';
import { ensure, refuse } from './refuse.mjs';
import { serialBytes, serialText } from './text.mjs';

export const AM1 = 0;
export const AM2 = 1;
export const DEACTIVATION = 2;
export const REQUEST = 3;
const RESPONSE = 4;
export const INFORMATION = 0x24;

const HEADER = 15;
const TAG = 8;
const LONGEST = { direct: [535, 'FRM-3'], gateway: [2101, 'FRM-4'] };

/** Makes the checks of a frame and no other. */
export function parse(text, carrier) {
  ensure(isHex(text), 'CNV-3');
  const bytes = unhex(text);
  ensure(bytes.length >= HEADER + TAG, 'FRM-2');
  const [longest, tooLong] = LONGEST[carrier];
  ensure(bytes.length <= longest, tooLong);
  const word = bytes.readUInt16BE(0);
  const [version, type, protection] = [word >> 12, (word >> 6) & 63, word & 63];
  ensure(version === 0, 'FRM-5');
  ensure([AM1, AM2, DEACTIVATION, REQUEST, RESPONSE, INFORMATION].includes(type), 'FRM-6');
  ensure(type !== RESPONSE, 'FRM-7');
  ensure(protection <= 2, 'FRM-8');
  if (type === AM1) ensure(protection === 0, 'FRM-9');
  else ensure(protection !== 0, 'FRM-10');
  const serial = serialText(bytes.subarray(2, 7));
  return { bytes, version, type, protection, serial, ...parts(bytes) };
}

function parts(bytes) {
  const nonce = bytes.subarray(7, HEADER);
  return {
    nonce,
    time: nonce.readUInt32BE(0),
    counter: nonce.readUInt32BE(4),
    body: bytes.subarray(HEADER, -TAG),
    tag: bytes.subarray(-TAG),
    tagged: bytes.subarray(0, -TAG),
  };
}

const header = (type, protection, serial, nonce) => cat(u16((type << 6) | protection), serialBytes(serial), nonce);

/** The checksum of a frame without protection (FRM-11). */
export const checksum = (tagged) => first(TAG, sha256(tagged));

export function unprotected(serial, nonce, body) {
  const tagged = cat(header(AM1, 0, serial, nonce), body);
  return cat(tagged, checksum(tagged));
}

/** KEY-3 to KEY-5. Messages of the client end the context with the sender, the fifth byte of the nonce. */
function keys(channelKey, type, protection, nonce) {
  const sender = type === INFORMATION ? nonce.subarray(4, 5) : Buffer.alloc(0);
  const context = cat(u8(protection), u8(type === INFORMATION ? 1 : 0), sender);
  return {
    encryption: kdf(channelKey, 'enc', context),
    mac: kdf(channelKey, 'mac', context, protection === 1 ? 256 : 128),
  };
}

function tagOf(protection, key, tagged) {
  return first(TAG, protection === 1 ? hmac('sha256', key, tagged) : cmac(key, tagged));
}

const counted = (key, head, nonce, body) => ctr(key, cat(nonce, head.subarray(0, 2), u16(0), u32(0)), body);

export function seal(channelKey, type, protection, serial, nonce, body) {
  const { encryption, mac } = keys(channelKey, type, protection, nonce);
  const head = header(type, protection, serial, nonce);
  const tagged = cat(head, counted(encryption, head, nonce, body));
  return cat(tagged, tagOf(protection, mac, tagged));
}

export function isTagOf(channelKey, { type, protection, nonce, tagged, tag }) {
  return same(tag, tagOf(protection, keys(channelKey, type, protection, nonce).mac, tagged));
}

/** The body in clear (PRT-1, PRT-4). */
export function open(channelKey, frame) {
  if (!isTagOf(channelKey, frame)) refuse('PRT-4');
  const { encryption } = keys(channelKey, frame.type, frame.protection, frame.nonce);
  return counted(encryption, frame.bytes, frame.nonce, frame.body);
}

/** AM1's body (section 9). */
export const FLAG_CHALLENGE = 1;
export const FLAG_VECTOR = 2;

export const policy = (activation, message2, postActivation) =>
  u16((activation << 10) | (message2 << 4) | ((postActivation - 1) << 1));

/** AM1-6. */
export function readPolicy(value, requirement = 'AM1-6') {
  const [activation, messages] = [value >> 10, (value >> 4) & 63];
  ensure([activation, messages].every((one) => one === 1 || one === 2) && (value & 1) === 0, requirement);
  return { activation, messages, postActivation: ((value >> 1) & 7) + 1, value };
}
