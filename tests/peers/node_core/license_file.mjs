// License files and message vectors (SPEC.md, section 21).
import { wrappingKey } from './account.mjs';
import { cat, hex, matches, number, unhex } from './bytes.mjs';
import { hmac, kdf, random, same, seal, unseal, wrap } from './crypto.mjs';
import { License } from './license.mjs';
import { ensure, refuse } from './refuse.mjs';
import { ensureCheckDigit, withCheckDigit } from './text.mjs';
import { readVector } from './vector.mjs';

/** The numbers of a message vector: name, bits, what is written as 0, and the most. */
const NUMBERS = [
  ['activation_protection', 1, 1, 2],
  ['message_protection', 1, 1, 2],
  ['post_activation', 3, 1, 8],
  ['activation_validity_days', 14, 0, 9999],
  ['message_age_limit_s', 32, 0, 4294967295],
  ['code_tries', 7, 0, 99, 1],
  ['signature_tries', 7, 0, 99, 1],
  ['identification_window', 7, 0, 100],
  ['signature_window', 7, 0, 100],
  ['first_use_s', 14, 0, 10800],
  ['look_ahead', 5, 0, 20],
];
const MARK = 3n;

export function writeMessageVector(numbers) {
  const bits = NUMBERS.reduce((sum, [name, size, zero]) => (sum << BigInt(size)) | BigInt(numbers[name] - zero), MARK);
  return withCheckDigit(bits.toString(16).toUpperCase().padStart(25, '0'), 16);
}

export function readMessageVector(text) {
  ensure(matches(text, /[0-9A-F]{26}/), 'MSV-2');
  ensureCheckDigit(text, 16, 'MSV-3');
  let rest = BigInt(`0x${text.slice(0, 25)}`);
  const values = {};
  for (const [name, size, zero] of [...NUMBERS].reverse()) {
    values[name] = Number(rest & ((1n << BigInt(size)) - 1n)) + zero;
    rest >>= BigInt(size);
  }
  const isInside = ([name, , zero, most, least = zero]) => values[name] >= least && values[name] <= most;
  ensure(rest === MARK && NUMBERS.every(isInside), 'MSV-4');
  return Object.fromEntries(NUMBERS.map(([name]) => [name, values[name]]));
}

const HEADER = new RegExp(
  '\\{"format":"counterproof-licenses","version":1,"file_id":"([0-9A-F]{32})",'
    + '"static_vector":"((?:[0-9A-F]{2})*)","message_vector":"([0-9A-F]{26})",'
    + '"check":"([0-9A-F]{32})","count":([1-9][0-9]{0,7})\\}',
);
const OTHER_VERSION = /^\{"format":"counterproof-licenses","version":([0-9]{1,9}),/;
const LINE = new RegExp(
  '(\\{"serial":"([0-9A-Z]{3}[0-9]{7})","type":"([A-Z0-9]{1,16})","application":"([A-Z0-9][A-Z0-9 ]{11})",'
    + '"mode":"MA","threshold":([1-9][0-9]?),"secure_channel":(true|false),"secret":")([0-9A-F]{64})"\\}',
);
const TRAILER = /\{"mac":"([0-9A-F]{64})"\}/;
const MOST_LICENSES = 10000000;
const LONGEST_LINE = 2048;

const checkOf = (key, id) => kdf(key, 'file-check', id, 128);
const lineKey = (key, id) => kdf(key, 'file-line', id, 256);
const macOf = (key, id, bytes) => hmac('sha256', kdf(key, 'file-trailer', id, 256), bytes);

/** LIF-13. */
const activationVectorText = (vector, serial, licenseKey) =>
  withCheckDigit(hex(wrap(wrappingKey(vector.masterKey, serial), licenseKey)), 16);

function form(text, pattern) {
  return matches(text, pattern) ? pattern.exec(text) : refuse('LIF-6');
}

/** The lines of a file one after the other, each with its checks of length and end. */
class Lines {
  constructor(file) {
    Object.assign(this, { text: file.toString('latin1'), at: 0 });
  }

  next() {
    const end = this.text.indexOf('\n', this.at);
    const line = this.text.slice(this.at, end < 0 ? undefined : end);
    ensure(line.length <= LONGEST_LINE, 'LIF-6');
    ensure(end >= 0, 'LIF-5');
    this.at = end + 1;
    return line;
  }
}

function readHeader(line, key) {
  const version = OTHER_VERSION.exec(line);
  ensure(!version || version[1] === '1', 'LIF-7');
  const [, id, vectorText, messageVector, check, count] = form(line, HEADER);
  ensure(Number(count) <= MOST_LICENSES, 'LIF-6');
  const fileId = unhex(id);
  ensure(same(unhex(check), checkOf(key, fileId)), 'LIF-8');
  const vector = readVector(unhex(vectorText));
  const numbers = readMessageVector(messageVector);
  vector.ensurePostActivation(numbers.post_activation);
  return { fileId, vector, messageVector, numbers, count: Number(count) };
}

function readLine(line, place, { vector }, sealing) {
  const [, before, serial, type, application, threshold, channel, secret] = form(line, LINE);
  ensure(matches(application, /[A-Z0-9]+ */), 'LIF-6');
  vector.ensurePrefix(serial);
  const licenseKey = unseal('LIF-9', sealing, number(12, place), unhex(secret), cat(before));
  const secureChannel = channel === 'true';
  const told = { serial, type, application, threshold: Number(threshold) };
  return { ...told, secure_channel: secureChannel, license_key: licenseKey };
}

function readTrailer(line, file, begin, key, { fileId, count }, found) {
  const [, mac] = form(line, TRAILER);
  ensure(count === found, 'LIF-10');
  ensure(same(unhex(mac), macOf(key, fileId, file.subarray(0, begin))), 'LIF-11');
}

/** *license file* of section 32. */
function readFile(key, file) {
  const lines = new Lines(file);
  const header = readHeader(lines.next(), key);
  const sealing = lineKey(key, header.fileId);
  const licenses = [];
  for (;;) {
    const begin = lines.at;
    const line = lines.next();
    if (line.startsWith('{"mac":')) {
      readTrailer(line, file, begin, key, header, licenses.length);
      ensure(lines.at === file.length, 'LIF-6');
      break;
    }
    licenses.push(readLine(line, licenses.length + 2, header, sealing));
  }
  ensure(new Set(licenses.map(({ serial }) => serial)).size === licenses.length, 'LIF-12');
  return { ...header, licenses };
}

export function write(params) {
  const { transport_key: key, static_vector: bytes, message_vector: messageVector, licenses } = params;
  const vector = readVector(bytes);
  vector.ensurePostActivation(readMessageVector(messageVector).post_activation);
  for (const { serial } of licenses) vector.ensurePrefix(serial);
  ensure(new Set(licenses.map(({ serial }) => serial)).size === licenses.length, 'LIF-12');
  const id = random(params, 'file_id', 16);
  const head =
    `{"format":"counterproof-licenses","version":1,"file_id":"${hex(id)}","static_vector":"${hex(bytes)}",`
    + `"message_vector":"${messageVector}","check":"${hex(checkOf(key, id))}","count":${licenses.length}}\n`;
  const lines = licenses.map((one, i) => {
    const before =
      `{"serial":"${one.serial}","type":"${one.type}","application":"${one.application}","mode":"MA",`
      + `"threshold":${one.threshold},"secure_channel":${one.secure_channel},"secret":"`;
    return `${before}${hex(seal(lineKey(key, id), number(12, i + 2), one.license_key, cat(before)))}"}\n`;
  });
  const content = cat(head, ...lines);
  return { file: hex(cat(content, `{"mac":"${hex(macOf(key, id, content))}"}\n`)) };
}

export function read({ transport_key: key, file }) {
  const { vector, messageVector, licenses } = readFile(key, file);
  const told = licenses.map((one) => ({
    ...one,
    license_key: hex(one.license_key),
    activation_vector: activationVectorText(vector, one.serial, one.license_key),
  }));
  return { static_vector: hex(vector.bytes), message_vector: messageVector, licenses: told };
}

/** IMP-1 and IMP-3: what a file says of a serial number (IMP-2). */
function settings({ transport_key: key, file }, serial) {
  const { vector, numbers, licenses } = readFile(key, file);
  const found = licenses.find((one) => one.serial === serial) ?? refuse('IMP-2');
  return [{ ...numbers, ...found }, vector];
}

function importLicense(params) {
  const license = new License(params.serial, 0);
  license.make(...settings(params, params.serial), params);
  return license;
}

function reimport(license, params) {
  license.make(...settings(params, license.serial), params);
  return {};
}

export const CREATES = { 'server.create': License.create, 'server.import': importLicense };
export const OPERATIONS = { 'server.reimport': reimport };
