// Responses and signatures, by whichever algorithm (SPEC.md, sections 14 and 25).
import { cat, hex, integer, matches, u16, u64, u8 } from './bytes.mjs';
import { cmacUnder, sha256 } from './crypto.mjs';
import { hotp, isQh64, isQuestion, ocra } from './ocra.mjs';
import { ensure } from './refuse.mjs';
import { length } from './shapes.mjs';
import { checkDigit, ensureCheckDigit } from './text.mjs';
import { CR, HOTP, MM, OCRA, PROFILE, RO, SG, TOTP } from './vector.mjs';

const CHARACTERS = /[\x20-\x7e]*/;

/** What a response is over: its kind, the mode in its input, its fields as bytes. */
export const overMessage = (application, bytes) => ({ kind: 'message', mode: application.mode, fields: [bytes] });

export function overData(data) {
  if (data.kind === 'response-only') return { kind: data.kind, mode: 1, fields: [] };
  if (data.kind === 'challenge') return { kind: data.kind, mode: 2, fields: [Buffer.from(data.challenge)] };
  return { kind: data.kind, mode: 3, fields: data.fields.map((field) => Buffer.from(field)) };
}

const MODES = { 'response-only': [RO, MM], challenge: [CR, MM], fields: [SG, MM] };

/** OTP-2: the application, if it is one for this kind of data. */
export function ensureApplication(vector, index, { kind }) {
  const found = vector.application(index);
  ensure(found?.enabled && MODES[kind].includes(found.mode), 'OTP-2');
  return found;
}

export const ensureChallenge = (challenge, requirement = 'OTP-3') =>
  ensure(matches(challenge, /[0-9]{1,16}/), requirement);

/** OTP-3 or OTP-4, ALG-8. */
export function ensureData(application, data) {
  const suite = application.algorithm === OCRA ? application.suite : null;
  if (data.kind === 'challenge') {
    ensureChallenge(data.challenge);
    ensure(!suite || data.challenge.length <= suite.size, 'ALG-8');
  } else if (data.kind === 'fields') {
    ensure(data.fields.length > 0 && data.fields.length === application.fields.length, 'OTP-4');
    data.fields.forEach((field, i) => {
      const { least, most } = application.fields[i];
      ensure(length(field) >= least && length(field) <= most && matches(field, CHARACTERS), 'OTP-4');
    });
    if (suite && !isQh64(suite)) ensure(isQuestion(suite, data.fields[0]), 'ALG-8');
  }
}

export const sizedFields = (fields) => cat(...fields.flatMap((field) => [u16(field.length), field]));

/** R as text of `size` characters (SIG-1 to SIG-3). */
export function digits(mac, size, hexadecimal, ends) {
  const n = ends ? size - 1 : size;
  const text = hexadecimal ? hex(mac).slice(0, n) : String(integer(mac) % 10n ** BigInt(n)).padStart(n, '0');
  return ends ? text + checkDigit(text, hexadecimal ? 16 : 10) : text;
}

/** The input of SIG-1. */
export function profileInput(mode, index, step, event, size, fields) {
  return cat(u8(1), u8(mode), u8(index), u64(step), u64(event), u8(size), sizedFields(fields));
}

/** ALG-7. */
function question(application, { kind, fields }) {
  if (kind === 'message') return hex(sha256(fields[0]));
  if (kind === 'fields' && isQh64(application.suite)) return hex(sha256(sizedFields(fields)));
  return fields[0].toString('latin1');
}

/** What makes the responses of an application over something, at any step and event. */
export function responder(application, key, over) {
  const { index, algorithm, length: size, hexadecimal, checkDigit: ends, suite } = application;
  if (algorithm === PROFILE) {
    const mac = cmacUnder(key);
    const input = (step, event) => profileInput(over.mode, index, step, event, size, over.fields);
    return (step, event) => digits(mac(input(step, event)), size, hexadecimal, ends);
  }
  if (algorithm === OCRA) {
    const asked = question(application, over);
    return (step, event) => ocra(suite, key, { counter: event, question: asked, step });
  }
  if (algorithm === HOTP) return (_, event) => hotp(key, event, size);
  return (step) => hotp(key, step, size, TOTP[algorithm]);
}

/** Makes one at the clock and the application's event counter, which moves (SIG-4, SIG-5). */
export function respond(application, state, key, over, now) {
  const step = application.hasTime ? Math.floor(now / application.step) : 0;
  const response = responder(application, key, over)(step, application.hasEvents ? state.event : 0);
  if (application.hasEvents) state.event += 1;
  return response;
}

/** UNL-4. */
export function unlockResponse(application, key, challenge) {
  return responder(application, key, { kind: 'unlock', mode: 5, fields: [Buffer.from(challenge)] })(0, 0);
}

/** VER-10, VER-11: the response as it is compared. */
export function readResponse(application, text) {
  const { length: size, hexadecimal, checkDigit: ends } = application;
  ensure(text.length === size && matches(text, hexadecimal ? /[0-9A-Fa-f]*/ : /[0-9]*/), 'VER-10');
  if (ends) ensureCheckDigit(text, hexadecimal ? 16 : 10, 'VER-11');
  return text.toUpperCase();
}
