// The static vector (SPEC.md, section 8).
import { Reader } from './bytes.mjs';
import { isQh64, readSuite } from './ocra.mjs';
import { as, ensure, refuse } from './refuse.mjs';
import { isPrefix, prefixNumber } from './text.mjs';

export const RO = 1;
export const CR = 2;
export const SG = 3;
export const MM = 4;
export const UL = 5;
export const MODES = [null, 'RO', 'CR', 'SG', 'MM', 'UL'];

export const PROFILE = 1;
export const HOTP = 2;
export const OCRA = 4;
/** The hash of each algorithm that is TOTP. */
export const TOTP = { 3: 'sha1', 5: 'sha256', 6: 'sha512' };

const TIME = 1;
const EVENT = 2;

const FLAG = { enabled: 1, channel: 2, hexadecimal: 4, checkDigit: 8 };

/** What stands once, in this order: tag → size. */
const COMMON = [[0x01, 2], [0x02, 16], [0x03, 5], [0x04, 1]];
const APPLICATION = 0x10;
const SUITE = 0x11;

export class StaticVector {
  application(index) {
    return this.applications.find((one) => one.index === index);
  }

  /** That of UNL. */
  get unlocking() {
    return this.applications.find((one) => one.mode === UL && one.enabled);
  }

  /** AM1-8. */
  ensurePrefix(serial, requirement = 'AM1-8') {
    ensure(prefixNumber(serial) === this.prefix, requirement);
  }

  /** AM1-9. */
  ensurePostActivation(index, requirement = 'AM1-9') {
    const found = this.application(index);
    const signs = found?.enabled && [SG, MM].includes(found.mode);
    ensure(signs && (found.algorithm !== OCRA || isQh64(found.suite)), requirement);
  }
}

/** The header of a record and its value. */
function record(reader) {
  const [tag, size] = [reader.u8(), reader.u8()];
  return { tag, value: reader.take(size) };
}

const within = (value, least, most) => ensure(value >= least && value <= most, 'STV-5');

function common(vector, tag, value) {
  if (tag === 0x01) {
    vector.prefix = value.readUInt16BE(0);
    ensure(isPrefix(vector.prefix), 'STV-5');
  } else if (tag === 0x02) {
    vector.masterKey = value;
  } else if (tag === 0x03) {
    const [required, least, most, tries, noWeak] = value;
    within(required, 0, 1);
    within(least, 1, 64);
    within(most, least, 64);
    within(tries, 1, 99);
    within(noWeak, 0, 1);
    Object.assign(vector, { tries, password: { required: required === 1, least, most, noWeak: noWeak === 1 } });
  } else {
    within(value[0], 0, 1);
    vector.binding = value[0] === 1;
  }
}

function application(value, reader) {
  ensure(value.length >= 19, 'STV-3');
  const [index, flags, mode, algorithm, factor] = value;
  within(index, 1, 8);
  ensure((flags & 0xf0) === 0, 'STV-5');
  within(mode, RO, UL);
  within(algorithm, 1, 6);
  within(factor, 1, 3);
  const step = value.readUInt16BE(5);
  ensure((step === 0) === (factor === EVENT), 'STV-5');
  const responseLength = value[7];
  within(responseLength, 6, 16);
  const name = value.toString('latin1', 8, 18);
  ensure(/^[A-Z0-9]+ *$/.test(name), 'STV-5');
  within(value[18], 0, 8);
  ensure(value.length === 19 + 2 * value[18], 'STV-3');
  const fields = [];
  for (let at = 19; at < value.length; at += 2) {
    const [least, most] = [value[at], value[at + 1]];
    ensure(least <= most && most <= 64 && most >= 1, 'STV-5');
    fields.push({ least, most });
  }
  const has = Object.fromEntries(Object.entries(FLAG).map(([word, bit]) => [word, (flags & bit) !== 0]));
  const result = { index, ...has, mode, algorithm, factor, step, length: responseLength, name, fields };
  result.hasTime = factor !== EVENT;
  result.hasEvents = factor !== TIME;
  result.isTimeOnly = factor === TIME;
  const suite = algorithm === OCRA ? suiteText(result, reader) : null;
  as('STV-6', () => open(result, suite));
  return result;
}

/** The record that follows an application with algorithm 4. */
function suiteText({ index }, reader) {
  const { tag, value } = record(reader);
  ensure(tag === SUITE, 'STV-4');
  ensure(value.length >= 2 && value.length <= 97, 'STV-3');
  ensure(value[0] === index, 'STV-4');
  return value.toString('latin1', 1);
}

/** The table of section 25. */
function open(found, suiteWritten) {
  if (found.algorithm === PROFILE) return;
  ensure(!found.hexadecimal && !found.checkDigit, 'STV-6');
  if (found.algorithm !== OCRA) {
    const factor = found.algorithm === HOTP ? EVENT : TIME;
    ensure(found.mode === RO && found.factor === factor && found.length <= 8, 'STV-6');
    ensure(found.fields.length === 0 && !found.channel, 'STV-6');
    return;
  }
  const suite = readSuite(suiteWritten);
  found.suite = suite;
  ensure(found.mode === CR || found.mode === SG, 'STV-6');
  ensure(suite.digits >= 6 && suite.digits === found.length, 'STV-6');
  ensure(!suite.password && !suite.session, 'STV-6');
  ensure(suite.counter === found.hasEvents && Boolean(suite.seconds) === found.hasTime, 'STV-6');
  if (found.hasTime) ensure(suite.seconds === found.step, 'STV-6');
  if (found.channel) ensure(isQh64(suite), 'STV-6');
  if (found.mode === CR) ensure(found.fields.length === 0, 'STV-6');
  else if (!isQh64(suite)) ensure(fitsOneField(found.fields, suite.size), 'STV-6');
}

const fitsOneField = (fields, size) => fields.length === 1 && fields[0].least >= 1 && fields[0].most <= size;

export function readVector(bytes) {
  ensure(bytes.length <= 481, 'STV-2');
  const begins = bytes.length >= 4 && bytes.readUInt16BE(0) === 0x3808;
  ensure(begins && bytes.readUInt16BE(2) === bytes.length - 4, 'STV-1');
  const vector = Object.assign(new StaticVector(), { bytes, applications: [] });
  const reader = new Reader(bytes, 'STV-3', 4);
  for (let i = 0; reader.left > 0; i += 1) {
    const { tag, value } = record(reader);
    const [wanted, size] = COMMON[i] ?? [APPLICATION];
    ensure(tag === wanted, 'STV-4');
    if (size !== undefined) {
      ensure(value.length === size, 'STV-3');
      common(vector, tag, value);
      continue;
    }
    const found = application(value, reader);
    ensure(found.index > (vector.applications.at(-1)?.index ?? 0), 'STV-4');
    vector.applications.push(found);
  }
  if (vector.applications.length === 0) refuse('STV-4');
  return vector;
}
