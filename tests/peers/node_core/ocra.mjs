// HOTP, TOTP and OCRA (SPEC.md, section 25).
import { createHash } from 'node:crypto';

import { cat, hex, matches, u64, zeros } from './bytes.mjs';
import { hmac } from './crypto.mjs';
import { ensure, refuse } from './refuse.mjs';
import { length } from './shapes.mjs';

/** The last digits of the truncated HMAC (RFC 4226, 5.3). */
function truncated(mac, digits) {
  const value = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(value % 10 ** digits).padStart(digits, '0');
}

export const hotp = (key, counter, digits, hash = 'sha1') => truncated(hmac(hash, key, u64(counter)), digits);

const SUITE = new RegExp(
  'OCRA-1:HOTP-SHA(1|256|512)-(0|[4-9]|10):(C-)?Q([ANH])([0-9]{2})'
    + '(?:-PSHA(1|256|512))?(?:-S([0-9]{3}))?(?:-T([1-9][0-9]?)([SMH]))?',
);
const SECONDS = { S: 1, M: 60, H: 3600 };

/** ALG-5. */
export function readSuite(text) {
  if (!matches(text, SUITE)) refuse('ALG-5');
  const [, hash, digits, counter, format, size, password, session, step, unit] = SUITE.exec(text);
  const suite = {
    text,
    hash: `sha${hash}`,
    digits: Number(digits),
    counter: counter !== undefined,
    format,
    size: Number(size),
    password: password && `sha${password}`,
    session: session && Number(session),
    seconds: step && Number(step) * SECONDS[unit],
  };
  const isStep = step === undefined || Number(step) <= (unit === 'H' ? 48 : 59);
  const isSession = session === undefined || (suite.session >= 1 && suite.session <= 512);
  ensure(suite.size >= 4 && suite.size <= 64 && isStep && isSession, 'ALG-5');
  return suite;
}

export const isQh64 = (suite) => suite.format === 'H' && suite.size === 64;

const LETTERS = { A: /[0-9A-Za-z]*/, N: /[0-9]*/, H: /[0-9A-Fa-f]*/ };

export const isQuestion = (suite, question) => matches(question, LETTERS[suite.format]);

/** ALG-4. */
function questionBytes(format, question) {
  if (format === 'A') return cat(question, zeros(128 - question.length));
  const digits = format === 'N' ? BigInt(question).toString(16) : question;
  return Buffer.from(digits.padEnd(256, '0'), 'hex');
}

/** ALG-3; what the suite doesn't name is not looked at. */
export function ocra(suite, key, { counter, question, password, session, step }) {
  const none = zeros(0);
  const mac = hmac(
    suite.hash,
    key,
    cat(
      suite.text,
      zeros(1),
      suite.counter ? u64(counter) : none,
      questionBytes(suite.format, question),
      suite.password ? createHash(suite.password).update(password).digest() : none,
      suite.session ? cat(zeros(suite.session - session.length), session) : none,
      suite.seconds ? u64(step) : none,
    ),
  );
  return suite.digits === 0 ? hex(mac) : truncated(mac, suite.digits);
}

/** `primitive.ocra`: ALG-5, ALG-6. */
export function askOcra({ suite: text, key, counter, question, password, session, time }) {
  const suite = readSuite(text);
  const pairs = [[counter, suite.counter], [password, suite.password], [session, suite.session], [time, suite.seconds]];
  ensure(pairs.every(([given, named]) => (given !== null) === Boolean(named)), 'ALG-6');
  ensure(question !== '' && length(question) <= 2 * suite.size, 'ALG-6');
  ensure(isQuestion(suite, question), 'ALG-6');
  ensure(session === null || session.length <= suite.session, 'ALG-6');
  const step = time === null ? null : Math.floor(time / suite.seconds);
  return ocra(suite, key, { counter, question, password, session, step });
}
