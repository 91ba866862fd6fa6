// A license at its server: what it was made with, its instances, the messages it issues (SPEC.md, sections 9 to 13).
import * as accounts from './account.mjs';
import { cat, hex, matches, u32, u8, zeros } from './bytes.mjs';
import { random, sha256, wrap } from './crypto.mjs';
import * as frame from './frame.mjs';
import { ensure, refuse } from './refuse.mjs';
import { ensureForRequest, writeBody } from './request.mjs';
import { unlockResponse } from './response.mjs';
import { ensureCheckDigit } from './text.mjs';
import { CR, MM, MODES, readVector, SG, UL } from './vector.mjs';

export const LAST = 4294967295;
const REMEMBERED = 256;

/** What the server follows of an application (section 22). */
export const fresh = () => ({ accepted: false, outOfSync: false, shift: 0, last: 0, nextOtp: 0, event: 0, hashes: [] });

/** VER-21, VER-22, of all applications each. */
export function ensureStrong(vector, windows, hasChannel) {
  const candidates = vector.applications.filter((one) => one.enabled && one.mode !== UL).map((one) => {
    const forMessages = one.mode === SG || one.mode === MM || (one.mode === CR && hasChannel && one.channel);
    const reach = Math.max(
      one.mode === SG ? 0 : Math.floor(windows.identification_window / 2),
      forMessages ? Math.floor(windows.signature_window / 2) : 0,
    );
    const first = one.hasTime ? Math.max(reach, firstUse(windows, one)) : reach;
    const events = one.hasEvents ? windows.look_ahead + 1 : 1;
    const count = (steps) => BigInt(one.hasTime ? (2 * steps + 1) * events : events);
    const all = (one.hexadecimal ? 16n : 10n) ** BigInt(one.checkDigit ? one.length - 1 : one.length);
    return { all, usual: count(reach), first: count(first) };
  });
  const tries = BigInt(windows.signature_tries);
  for (const { all, usual } of candidates) ensure(tries * usual <= all / 100n, 'VER-21');
  for (const { all, first } of candidates) ensure(tries * first <= all / 20n, 'VER-22');
}

export const firstUse = ({ first_use_s: seconds }, { step }) => Math.min(300, Math.floor(seconds / step));

const FORMATS = ['list', 'challenge', 'free-text'];

/** STV-7: an application to which some request could go. */
function ensureReachable(vector) {
  const reachable = ({ enabled, channel, mode }) => enabled && channel && [SG, MM, CR].includes(mode);
  ensure(vector.applications.some(reachable), 'STV-7');
}

/** What `server.create` gives, or a license file (IMP-1). */
const SETTINGS = [
  'license_key', 'secure_channel', 'activation_protection', 'message_protection', 'post_activation',
  'activation_validity_days', 'message_age_limit_s', 'threshold', 'code_tries', 'signature_tries',
  'identification_window', 'signature_window', 'first_use_s', 'look_ahead',
];

export class License {
  constructor(serial, lastCounter) {
    this.serial = serial;
    this.counter = lastCounter;
    this.lastTime = 0;
    this.am1Time = null;
  }

  /** STV-7, VER-21, VER-22; then everything but the counters and times begins anew (IMP-3). */
  make(settings, vector, params) {
    if (settings.secure_channel) ensureReachable(vector);
    ensureStrong(vector, settings, settings.secure_channel);
    for (const name of SETTINGS) this[name] = settings[name];
    this.vector = vector;
    this.payload = random(params, 'payload_key', 16);
    this.epoch = random(params, 'epoch', 8);
    this.generations = { license: 1, payload: 1 };
    this.code_failures = 0;
    this.nextSequence = 1;
    this.am1 = null;
    this.verified = null;
    this.instances = new Map();
    this.requests = [];
    this.logins = [];
  }

  static create(params) {
    const vector = readVector(params.static_vector);
    vector.ensurePrefix(params.serial);
    vector.ensurePostActivation(params.post_activation);
    const license = new License(params.serial, params.last_counter);
    license.make(params, vector, params);
    return license;
  }

  digest() {
    return { ...this };
  }

  counters() {
    const result = { code_failures: this.code_failures };
    for (const { sequence, signature_failures: failures } of this.instances.values()) {
      result[`signature_failures/${String(sequence).padStart(2, '0')}`] = failures;
    }
    for (const { key, login_failures: failures } of this.logins) result[`login_failures/${key}`] = failures;
    return result;
  }

  /** VER-3. */
  instance(sequence, requirement = 'VER-3') {
    return this.instances.get(sequence) ?? refuse(requirement);
  }

  /** VER-3, VER-4. */
  confirmed(sequence) {
    const found = this.instance(sequence);
    ensure(found.status === 'confirmed', 'VER-4');
    return found;
  }

  applicationKey({ sequence, type, id, salt }, index) {
    return accounts.applicationKey(this.license_key, this.serial, sequence, index, type, id, salt);
  }

  /** NON-1 to NON-3. */
  nextNonce(now) {
    ensure(this.counter < LAST, 'NON-3');
    this.counter += 1;
    this.lastTime = Math.max(now, this.lastTime);
    return cat(u32(this.lastTime), u32(this.counter));
  }

  sealMessage(type, body, now) {
    return frame.seal(this.payload, type, this.message_protection, this.serial, this.nextNonce(now), body);
  }

  /** REQ-13, REQ-12. */
  ensureRequest(index, content) {
    ensure(this.secure_channel, 'REQ-13');
    return ensureForRequest(this.vector, index, content, 'REQ-12');
  }
}

function generateActivation1(license, params) {
  const { with_challenge: withChallenge, with_static_vector: withVector, now } = params;
  ensure(license.am1Time !== LAST, 'AM1-15');
  const time = license.am1Time === null ? now : Math.max(now, license.am1Time + 1);
  let nonce = zeros(8);
  while (withChallenge && nonce.equals(zeros(8))) nonce = random(params, 'challenge', 8);
  const flags = (withChallenge ? frame.FLAG_CHALLENGE : 0) | (withVector ? frame.FLAG_VECTOR : 0);
  const body = cat(
    u8(flags),
    u32(time),
    wrap(accounts.wrappingKey(license.vector.masterKey, license.serial), license.license_key),
    frame.policy(license.activation_protection, license.message_protection, license.post_activation),
    withVector ? license.vector.bytes : '',
  );
  const bytes = frame.unprotected(license.serial, nonce, body);
  Object.assign(license, { am1: { hash: sha256(bytes), time }, am1Time: time, code_failures: 0, verified: null });
  return { message: hex(bytes) };
}

/** DVC-4 to DVC-7. */
function readDeviceCode(text) {
  ensure(matches(text, /[0-9]{26}/), 'DVC-4');
  ensureCheckDigit(text, 10, 'DVC-5');
  const code = accounts.takeDeviceCode(text.slice(0, -1)) ?? refuse('DVC-6');
  ensure(code.type <= 99, 'DVC-7');
  return code;
}

function verifyDeviceCode(license, { device_code: text, replace, now }) {
  const { type, id, mac } = readDeviceCode(text);
  const { am1 } = license;
  ensure(am1, 'DVC-8');
  ensure(now <= am1.time + 86400 * license.activation_validity_days, 'DVC-9');
  ensure(license.code_failures < license.code_tries, 'DVC-10');
  if (mac !== accounts.deviceCodeMac(license.license_key, type, id, am1.hash)) {
    license.code_failures += 1;
    refuse('DVC-11');
  }
  const instances = [...license.instances.values()];
  ensure(replace || !instances.some((one) => one.status === 'confirmed' && one.id.equals(id)), 'DVC-12');
  license.code_failures = 0;
  for (const one of instances) {
    if (one.status === 'unconfirmed' && one.am1Time < am1.time) one.status = 'deactivated';
  }
  const before = license.verified;
  const isIssued = before && before.type === type && before.id.equals(id) && before.issued;
  if (!isIssued) license.verified = { type, id, replace, issued: null };
  return { device_type: type, device_id: hex(id) };
}

function generateActivation2(license, params) {
  const { verified, serial } = license;
  ensure(verified, 'AM2-2');
  if (verified.issued) return { message: hex(verified.issued.message), sequence: verified.issued.sequence };
  const sequence = license.nextSequence;
  ensure(sequence <= license.threshold, 'AM2-4');
  const nonce = license.nextNonce(params.now);
  const { type, id, replace } = verified;
  const salt = random(params, 'instance_salt', 13);
  const hasChannel = license.secure_channel;
  const body = cat(u8(sequence), u8(hasChannel ? 1 : 0), hasChannel ? license.payload : zeros(16), salt);
  const key = accounts.am2Key(license.license_key, serial, type, id, license.am1.hash);
  const message = frame.seal(key, frame.AM2, license.activation_protection, serial, nonce, body);
  license.nextSequence += 1;
  verified.issued = { message, sequence };
  license.instances.set(sequence, {
    sequence,
    type,
    id,
    salt,
    replaces: replace,
    status: 'unconfirmed',
    am1Time: license.am1.time,
    am2Hash: sha256(message),
    signature_failures: 0,
    information: 0,
    applications: new Map(license.vector.applications.map(({ index }) => [index, { ...fresh(), generation: 1 }])),
  });
  return { message: hex(message), sequence };
}

function generateRequest(license, params) {
  const { application, content, now } = params;
  license.ensureRequest(application, content);
  const bytes = license.sealMessage(frame.REQUEST, writeBody(params), now);
  if (FORMATS.includes(content.format)) {
    license.requests.push({ hash: hex(sha256(bytes)), application, accepted: false });
    license.requests.splice(0, license.requests.length - REMEMBERED);
  }
  return { message: hex(bytes) };
}

function generateDeactivation(license, { sequence, now }) {
  ensure(license.secure_channel, 'DEA-2');
  const instance = license.instance(sequence, 'DEA-3');
  const bytes = license.sealMessage(frame.DEACTIVATION, cat(u8(sequence), u8(0)), now);
  instance.status = 'deactivated';
  if (license.verified?.issued?.sequence === sequence) license.verified = null;
  return { message: hex(bytes) };
}

function generateUnlockResponse(license, { sequence, challenge }) {
  const instance = license.confirmed(sequence);
  const application = license.vector.unlocking ?? refuse('UNL-3');
  ensure(matches(challenge, /[0-9]{8}/), 'UNL-5');
  const key = license.applicationKey(instance, application.index);
  return { response: unlockResponse(application, key, challenge) };
}

function unlockInstance(license, { sequence }) {
  license.instance(sequence).signature_failures = 0;
  return {};
}

function tellInstance(license, { sequence }) {
  const two = (value) => String(value).padStart(2, '0');
  const applications = license.vector.applications.map(({ index, name, mode }) => ({
    application: index,
    name: name + two(sequence),
    mode: MODES[mode],
  }));
  return { type: `TYP${two(license.instance(sequence).type)}`, applications };
}

/** OPR-4: nothing of a step up to now is accepted any more. */
function forgetSteps(application, state, now) {
  if (!application.hasTime) return;
  const bound = Math.max(0, Math.floor(now / application.step) + state.shift + 1);
  if (bound > state.last) Object.assign(state, { last: bound, hashes: [] });
}

/** OPR-4, OPR-5. */
export function distrust(application, state, now) {
  forgetSteps(application, state, now);
  if (application.hasEvents) state.outOfSync = true;
}

const JUMP = 1048576;

function restored(license, { highest_sequence: highest, now }) {
  license.counter = Math.min(license.counter + JUMP, LAST);
  license.lastTime = now;
  license.am1Time = Math.max(license.am1Time ?? now, now);
  license.nextSequence = Math.max(license.nextSequence, highest + 1);
  Object.assign(license, { am1: null, verified: null, requests: [], logins: [] });
  for (const { applications } of license.instances.values()) {
    for (const application of license.vector.applications) {
      distrust(application, applications.get(application.index), now);
    }
  }
  return {};
}

export const OPERATIONS = {
  'server.generate_activation1': generateActivation1,
  'server.verify_device_code': verifyDeviceCode,
  'server.generate_activation2': generateActivation2,
  'server.generate_request': generateRequest,
  'server.generate_deactivation': generateDeactivation,
  'server.generate_unlock_response': generateUnlockResponse,
  'server.unlock_instance': unlockInstance,
  'server.instance': tellInstance,
  'server.restored': restored,
};
