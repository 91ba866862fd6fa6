// A single-device license at its server (SPEC.md, sections 28 to 30).
import { writeCode, writeCounter, writeFull } from './activation.mjs';
import { derivationMac, ensureDeriving, singleKey } from './binding.mjs';
import { matches, number } from './bytes.mjs';
import { random } from './crypto.mjs';
import { ensureStrong, fresh } from './license.mjs';
import { ensure, refuse } from './refuse.mjs';
import { ensureApplication, ensureData, overData } from './response.mjs';
import { ensureCheckDigit } from './text.mjs';
import { readVector } from './vector.mjs';
import { accepted, ensureUnlocked, follow, resynchronise, verify } from './verify.mjs';

const WINDOWS = ['signature_tries', 'identification_window', 'signature_window', 'first_use_s', 'look_ahead'];

export class SingleLicense {
  constructor(serial, windows) {
    this.serial = serial;
    for (const name of WINDOWS) this[name] = windows[name];
    this.signature_failures = 0;
    this.diversifier = null;
    this.applications = new Map();
  }

  static create(params) {
    const license = new SingleLicense(params.serial, params);
    license.make(params);
    return license;
  }

  /** Section 8, AM1-8, VER-21, VER-22; then key and vector are these. */
  make({ static_vector: bytes, license_key: key }) {
    const vector = readVector(bytes);
    vector.ensurePrefix(this.serial);
    ensureStrong(vector, this, false);
    const goesOn = this.licenseKey?.equals(key) ?? false;
    const before = (one) => (goesOn ? this.vector.application(one.index) : undefined);
    const stays = (one) => isStillThere(before(one), one);
    const state = (one) => (stays(one) ? this.applications.get(one.index) : fresh());
    const applications = new Map(vector.applications.map((one) => [one.index, state(one)]));
    Object.assign(this, { licenseKey: key, vector, applications });
    Object.assign(this, { signature_failures: 0, diversifier: null });
  }

  digest() {
    return { ...this };
  }

  counters() {
    return { signature_failures: this.signature_failures };
  }

  key(index) {
    return singleKey(this.licenseKey, this.serial, index, this.diversifier);
  }

  /** SDL-13, SDL-14. */
  ensureSerial(serial) {
    const hasSuffix = serial.slice(3) === this.serial.slice(3);
    ensure(serial === this.serial || !hasSuffix, 'SDL-13');
    ensure(hasSuffix, 'SDL-14');
  }
}

/** SDL-29. */
function isStillThere(before, now) {
  if (!before) return false;
  const like = (name) => before[name] === now[name];
  return ['algorithm', 'factor', 'step'].every(like) && before.suite?.text === now.suite?.text;
}

function reimport(license, params) {
  license.make(params);
  return {};
}

function generateActivationCode({ vector, serial, licenseKey }, { hexadecimal }) {
  return { code: writeCode(vector.masterKey, serial, licenseKey, hexadecimal) };
}

const counter = ({ vector, licenseKey, serial, applications }) =>
  writeCounter(vector, licenseKey, serial, ({ index }) => applications.get(index).event);

function generateFullActivationData(license, params) {
  const { shared_secret: secret, with_counter: withCounter } = params;
  const carried = withCounter ? counter(license) : '';
  const { serial, licenseKey, vector } = license;
  const nonce = secret && random(params, 'activation_nonce', 12);
  return { data: writeFull(serial, licenseKey, vector, carried, secret, nonce) };
}

function verifyResponse(license, { serial, application: index, data, response, now }) {
  license.ensureSerial(serial);
  ensureUnlocked(license, license);
  const application = ensureApplication(license.vector, index, data);
  ensureData(application, data);
  const state = license.applications.get(index);
  verify(license, license, application, state, license.key(index), overData(data), response, now);
  return {};
}

/** BND-6, BND-8: the diversifier and the digits of the MAC. */
function readDerivationCode(code) {
  ensure(matches(code, /[0-9]{26}/), 'BND-6');
  ensureCheckDigit(code, 10, 'BND-8');
  const d = BigInt(code.slice(0, 17));
  ensure(d >> 56n === 0n, 'BND-6');
  return [number(7, d), code.slice(17, 25)];
}

const DERIVING = { kind: 'response-only' };

function verifyDerivationCode(license, { serial, challenge, code, replace, now }) {
  license.ensureSerial(serial);
  ensureUnlocked(license, license);
  const application = ensureDeriving(license.vector, challenge);
  const [diversifier, mac] = readDerivationCode(code);
  const state = license.applications.get(application.index);
  ensure(!state.outOfSync, 'VER-19');
  const makes = derivationMac(license.licenseKey, license.serial, application, diversifier, challenge);
  const found = accepted(license, application, state, DERIVING, now, mac, makes);
  if (!found) {
    license.signature_failures += 1;
    refuse('BND-9');
  }
  ensure(replace || !license.diversifier || license.diversifier.equals(diversifier), 'BND-11');
  follow(application, state, DERIVING, now, found);
  Object.assign(license, { signature_failures: 0, diversifier });
  return {};
}

function unlock(license) {
  license.signature_failures = 0;
  return {};
}

const resynchroniseSingle = (license, params) =>
  resynchronise(
    license,
    license,
    license.vector,
    (index) => license.applications.get(index),
    (index) => license.key(index),
    params,
  );

export const OPERATIONS = {
  'server.single_reimport': reimport,
  'server.single_generate_activation_code': generateActivationCode,
  'server.single_generate_full_activation_data': generateFullActivationData,
  'server.single_generate_event_reactivation_counter': (license) => ({ event_reactivation_counter: counter(license) }),
  'server.single_verify_response': verifyResponse,
  'server.single_verify_derivation_code': verifyDerivationCode,
  'server.single_unlock': unlock,
  'server.single_resynchronise': resynchroniseSingle,
};
