// A single-device client (SPEC.md, sections 28 to 30).
import { keyCheck, readCode, readCounter, readFull } from './activation.mjs';
import { derivationMac, diversifierOf, ensureDeriving, singleKey } from './binding.mjs';
import { integer, matches } from './bytes.mjs';
import { random } from './crypto.mjs';
import { ensureNewPassword, sealKey, unsealKey } from './password.mjs';
import { ensure, refuse } from './refuse.mjs';
import { ensureApplication, ensureData, overData, respond } from './response.mjs';
import { prefixText, withCheckDigit } from './text.mjs';
import { readVector } from './vector.mjs';

export class SingleClient {
  constructor(params) {
    this.vector = params.static_vector && readVector(params.static_vector);
    this.platformData = params.platform_data;
    this.platformKey = params.platform_key;
    this.shortCodes = params.short_codes;
    this.isBlocked = params.rooted && params.root_policy === 'block';
    this.resets = params.reset_policy === 'reset';
    this.memory = params.memory_kib;
    this.iterations = params.iterations;
    this.serial = null;
    /** The account that answers, and the kept one. */
    this.account = null;
    this.kept = null;
  }

  static create(params) {
    return new SingleClient(params);
  }

  digest() {
    const { kept } = this;
    return { ...this, kept: kept && { ...kept, keptFailures: kept.password_failures } };
  }

  counters() {
    return this.account ? { password_failures: this.account.password_failures } : {};
  }

  ensureNotRooted() {
    ensure(!this.isBlocked, 'CLI-1');
  }

  /** CLI-1, SDL-27. */
  asked() {
    this.ensureNotRooted();
    return this.account ?? refuse('SDL-27');
  }

  /** CLI-1, SDL-27, PWD-7. */
  askedUnlocked() {
    const account = this.asked();
    ensure(!isLocked(account), 'PWD-7');
    return account;
  }

  seal(licenseKey, password, salt) {
    const sealing = { salt, memory: this.memory, iterations: this.iterations };
    const sealed = sealKey(this.platformKey, this.serial, sealing, password, licenseKey);
    return { ...sealing, sealed, hasPassword: password !== null };
  }

  /** PWD-5, PWD-6: the license key of the account that answers. */
  unseal(password) {
    const { account } = this;
    ensure((password !== null) === account.hasPassword, 'PWD-5');
    if (!account.hasPassword) return unsealKey(this.platformKey, this.serial, account, null) ?? refuse('SDL-33');
    const key = unsealKey(this.platformKey, this.serial, account, password);
    if (key) {
      account.password_failures = 0;
      return key;
    }
    account.password_failures += 1;
    if (this.resets && isLocked(account)) this.wipe();
    return refuse('PWD-6');
  }

  /** The account that answers goes; the kept one, if any, answers again (SDL-39, SDL-41). */
  wipe() {
    if (this.kept) takeOver(this.kept, [this.account]);
    this.account = this.kept;
    this.kept = null;
    if (!this.account) this.serial = null;
  }
}

const isLocked = (account) => account.password_failures >= account.vector.tries;

/** SDL-40. */
function takeOver(account, others) {
  for (const other of others.filter((one) => one && one.check.equals(account.check))) {
    for (const { index, hasEvents } of account.vector.applications) {
      if (hasEvents) account.events.set(index, Math.max(account.events.get(index), other.events.get(index) ?? 0));
    }
    account.bound ||= other.bound;
  }
}

/** What an activation makes, with all its last checks; nothing of the client has changed yet. */
function newAccount(client, { serial, licenseKey, vector, counter }, password) {
  ensureNewPassword(vector, password);
  const account = {
    vector,
    check: keyCheck(licenseKey, serial),
    password_failures: 0,
    events: new Map(vector.applications.map(({ index }) => [index, 0])),
    bound: false,
    proven: false,
    isInvalid: false,
  };
  takeOver(account, [client.account, client.kept]);
  if (counter !== null) {
    const counters = readCounter(vector, licenseKey, serial, counter);
    for (const [{ index }, event] of counters) ensure(event >= account.events.get(index), 'ERC-7');
    for (const [{ index }, event] of counters) account.events.set(index, event);
  }
  return account;
}

function activate(client, params) {
  const { suffix, code, event_reactivation_counter: counter, password } = params;
  client.ensureNotRooted();
  const vector = client.vector ?? refuse('SDL-17');
  const isWhole = suffix === null;
  ensure(isWhole ? matches(params.serial, /[0-9A-Z]{3}[0-9]{7}/) : matches(suffix, /[0-9]{7}/), 'SDL-12');
  const serial = isWhole ? params.serial : prefixText(vector.prefix) + suffix;
  vector.ensurePrefix(serial, 'SDL-13');
  ensure(client.serial === null || client.serial === serial, 'SDL-14');
  const licenseKey = readCode(vector.masterKey, serial, code, client.shortCodes);
  const account = newAccount(client, { serial, licenseKey, vector, counter }, password);
  client.serial = serial;
  Object.assign(account, client.seal(licenseKey, password, random(params, 'password_salt', 16)));
  if (client.kept) takeOver(client.kept, [client.account]);
  else client.kept = client.account;
  client.account = account;
  return { serial, warnings: isWhole ? [] : ['prefix-from-vector'] };
}

function activateOnline(client, params) {
  const { data, shared_secret: secret, password } = params;
  client.ensureNotRooted();
  const full = readFull(data, secret);
  const { serial, licenseKey } = full;
  ensure(client.serial === null || client.serial === serial, 'SDL-14');
  const account = newAccount(client, full, password);
  client.serial = serial;
  Object.assign(account, client.seal(licenseKey, password, random(params, 'password_salt', 16)), { proven: true });
  Object.assign(client, { account, kept: null });
  return { serial };
}

function report(client, { accepted }) {
  const account = client.asked();
  if (account.proven) return {};
  account.isInvalid = !accepted;
  account.proven = accepted;
  if (accepted) client.kept = null;
  return {};
}

function revert(client) {
  client.ensureNotRooted();
  ensure(client.kept, 'SDL-38');
  client.wipe();
  return {};
}

function status({ account, kept, serial }) {
  if (!account) return { state: 0, serial: null, password: false, bound: false, proven: false, kept: false };
  const { hasPassword, bound, proven, isInvalid } = account;
  const state = isLocked(account) ? 2 : isInvalid ? 3 : 1;
  return { state, serial, password: hasPassword, bound, proven, kept: kept !== null };
}

function changePassword(client, params) {
  const account = client.askedUnlocked();
  ensureNewPassword(account.vector, params.new);
  const licenseKey = client.unseal(params.old);
  Object.assign(account, client.seal(licenseKey, params.new, random(params, 'password_salt', 16)));
  return {};
}

/** An application's own event counter, as `respond` moves it. */
const counterOf = (account, index) => ({
  get event() {
    return account.events.get(index);
  },
  set event(value) {
    account.events.set(index, value);
  },
});

function generateResponse(client, { application: index, data, password, now }) {
  const account = client.askedUnlocked();
  const application = ensureApplication(account.vector, index, data);
  ensureData(application, data);
  const licenseKey = client.unseal(password);
  const diversifier = account.bound ? diversifierOf(client.serial, client.platformData) : null;
  const key = singleKey(licenseKey, client.serial, index, diversifier);
  return { response: respond(application, counterOf(account, index), key, overData(data), now) };
}

function generateDerivationCode(client, { challenge, password, now }) {
  const account = client.askedUnlocked();
  const application = ensureDeriving(account.vector, challenge);
  const licenseKey = client.unseal(password);
  const diversifier = diversifierOf(client.serial, client.platformData);
  const makes = derivationMac(licenseKey, client.serial, application, diversifier, challenge);
  const { index, hasTime, hasEvents, step } = application;
  const event = account.events.get(index);
  const mac = makes(hasTime ? Math.floor(now / step) : 0, hasEvents ? event : 0);
  if (hasEvents) account.events.set(index, event + 1);
  return { code: withCheckDigit(String(integer(diversifier)).padStart(17, '0') + mac) };
}

function markBound(client) {
  const account = client.asked();
  ensure(account.vector.binding, 'BND-3');
  account.bound = true;
  return {};
}

export const OPERATIONS = {
  'client.single_activate': activate,
  'client.single_activate_online': activateOnline,
  'client.single_report': report,
  'client.single_revert': revert,
  'client.single_status': status,
  'client.single_change_password': changePassword,
  'client.single_generate_response': generateResponse,
  'client.single_generate_derivation_code': generateDerivationCode,
  'client.single_mark_bound': markBound,
};
