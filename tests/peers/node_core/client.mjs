// A multi-device client (SPEC.md, sections 9 to 14, 27), without its state at rest and the calls of other apps.
import * as accounts from './account.mjs';
import { cat, hex, isZero, u24, u32, u8, unhex } from './bytes.mjs';
import { called, OFF } from './callback.mjs';
import { random, same, sha256, unwrap } from './crypto.mjs';
import * as frame from './frame.mjs';
import { ensure, refuse } from './refuse.mjs';
import { ensureForRequest, readBody } from './request.mjs';
import {
  ensureApplication, ensureData, overData, overMessage, readResponse, unlockResponse,
} from './response.mjs';
import { isChallengeKey } from './text.mjs';
import { readVector } from './vector.mjs';

export const MOST_ACCOUNTS = 32;
const LAST_INFORMATION = 0xffffff;

export class Client {
  constructor(params, salt, deviceType) {
    this.vector = params.static_vector && readVector(params.static_vector);
    this.platformData = params.platform_data;
    this.deviceType = deviceType;
    this.appVersion = params.app_version;
    this.isBlocked = params.rooted && params.root_policy === 'block';
    this.replacement = params.replacement;
    this.salt = salt;
    /** serial → { active, waiting, pre }, of which those that aren't there are null. */
    this.accounts = new Map();
    this.display = null;
    this.handles = 0;
    this.app2app = OFF;
  }

  static create(params) {
    return new Client(params, random(params, 'installation_salt', 16), params.device_type);
  }

  digest() {
    return { ...this };
  }

  counters() {
    const result = {};
    for (const [serial, { active }] of this.accounts) {
      if (!active) continue;
      result[`pin_failures/${serial}`] = active.pin_failures;
      result[`unlock_failures/${serial}`] = active.unlock_failures;
    }
    return result;
  }

  ensureNotRooted() {
    ensure(!this.isBlocked, 'CLI-1');
  }

  deviceId(serial) {
    return accounts.deviceId(this.salt, serial, this.platformData);
  }

  /** CLI-1, *frame*, CLI-2. */
  frame(text, type, carrier = 'direct') {
    this.ensureNotRooted();
    return this.frameOf(text, type, carrier);
  }

  frameOf(text, type, carrier) {
    const found = frame.parse(text, carrier);
    ensure(found.type === type, 'CLI-2');
    return found;
  }

  /** CLI-3. */
  account(serial) {
    return this.accounts.get(serial) ?? refuse('CLI-3');
  }

  /** CLI-3, CLI-4. */
  active(serial) {
    return this.account(serial).active ?? refuse('CLI-4');
  }

  /** CLI-1, CLI-3, CLI-4. */
  activeAsked(serial) {
    this.ensureNotRooted();
    return this.active(serial);
  }

  /** Closes the message on display and tells which call that ended, filled in (A2A-30). */
  endDisplay() {
    const ended = this.display?.call;
    this.display = null;
    return ended ? called(this.app2app, ended, ended.x_cancel) : null;
  }

  /** The same, if the message was opened on this serial number. */
  endDisplayOf(serial) {
    return this.display?.serial === serial ? this.endDisplay() : null;
  }
}

function activateLicense(client, { message }) {
  const found = client.frame(message, frame.AM1);
  const { serial, body, nonce } = found;
  const account = client.accounts.get(serial);
  ensure(!account?.active || client.replacement, 'AM1-11');
  ensure(!account?.waiting, 'AM1-17');
  ensure(same(found.tag, frame.checksum(found.tagged)), 'FRM-12');
  const flags = body[0] ?? 0;
  const carries = (flags & frame.FLAG_VECTOR) !== 0;
  ensure(body.length >= 31 && (body.length > 31) === carries, 'AM1-3');
  ensure((flags & ~(frame.FLAG_CHALLENGE | frame.FLAG_VECTOR)) === 0, 'AM1-4');
  ensure(isZero(nonce) === ((flags & frame.FLAG_CHALLENGE) === 0), 'AM1-5');
  const policy = frame.readPolicy(body.readUInt16BE(29));
  const carried = carries ? body.subarray(31) : null;
  ensure(carried || client.vector, 'AM1-7');
  ensure(!carried || !client.vector || carried.equals(client.vector.bytes), 'AM1-13');
  const vector = carried ? readVector(carried) : client.vector;
  vector.ensurePrefix(serial);
  vector.ensurePostActivation(policy.postActivation);
  const licenseKey = unwrap(accounts.wrappingKey(vector.masterKey, serial), body.subarray(5, 29));
  ensure(!account?.active || same(accounts.checkValue(licenseKey, serial), account.active.check), 'AM1-16');
  ensure(account || client.accounts.size < MOST_ACCOUNTS, 'CLI-22');
  const pre = { am1Hash: sha256(found.bytes), policy: policy.value, licenseKey, vector };
  client.accounts.set(serial, { active: account?.active ?? null, waiting: null, pre });
  const code = accounts.deviceCode(licenseKey, client.deviceType, client.deviceId(serial), pre.am1Hash);
  return { device_code: code };
}

/** AM2-7, PRT-4, AM2-8: the instance that AM2 makes of a pre-activated account. */
function readAm2(client, found, pre) {
  const { serial } = found;
  const id = client.deviceId(serial);
  ensure(found.protection === frame.readPolicy(pre.policy).activation, 'AM2-7');
  const body = frame.open(accounts.am2Key(pre.licenseKey, serial, client.deviceType, id, pre.am1Hash), found);
  ensure(body.length === 31, 'AM2-8');
  const [sequence, flags] = body;
  const [payload, salt] = [body.subarray(2, 18), body.subarray(18)];
  ensure(sequence >= 1 && sequence <= 99 && flags <= 1, 'AM2-8');
  ensure(flags === 1 || isZero(payload), 'AM2-8');
  const key = ({ index }) =>
    accounts.applicationKey(pre.licenseKey, serial, sequence, index, client.deviceType, id, salt);
  return new accounts.Instance({
    sequence,
    policy: pre.policy,
    counter: found.counter,
    check: accounts.checkValue(pre.licenseKey, serial),
    am2Hash: sha256(found.bytes),
    vector: pre.vector,
    payload: flags === 1 ? Buffer.from(payload) : null,
    applications: pre.vector.applications.map((one) => ({ event: 0, key: key(one) })),
  });
}

function activateInstance(client, { message, pin, now }) {
  const found = client.frame(message, frame.AM2);
  const { serial } = found;
  const account = client.account(serial);
  const { active, pre } = account;
  ensure(pre || account.waiting, 'AM2-6');
  if (account.waiting) {
    ensure(same(sha256(found.bytes), account.waiting.am2Hash), 'AM2-14');
    return confirmation(account.waiting, found, now);
  }
  const made = readAm2(client, found, pre);
  if (active) {
    ensure(!active.isLocked, 'AM2-15');
    ensure(pin !== 'cached', 'AM2-16');
    active.enterPin(pin, () => refuse('AM2-17'));
  }
  Object.assign(account, active ? { waiting: made, pre: null } : { active: made, pre: null });
  return confirmation(made, found, now);
}

/** AM2-10. */
function confirmation(instance, { bytes, serial }, now) {
  const index = instance.policyRead.postActivation;
  const over = overMessage(instance.vector.application(index), bytes);
  return { serial, sequence: instance.sequence, signature: instance.respond(index, over, now) };
}

/**
 * What `open` and `dispatch` ask from section 5 on, up to CLI-10. `selected` is told the account as soon as it is the
 * message's, before CLI-5.
 */
export function readRequest(client, text, carrier, selected = () => {}) {
  const found = client.frameOf(text, frame.REQUEST, carrier);
  const active = client.active(found.serial);
  selected({ serial: found.serial, sequence: active.sequence });
  ensure(!active.isLocked, 'CLI-5');
  ensure(active.payload, 'CLI-6');
  ensure(found.protection === active.policyRead.messages, 'CLI-7');
  const body = frame.open(active.payload, found);
  ensure(found.counter > active.counter, 'CLI-8');
  const request = readBody(body, carrier);
  ensure(request.minimumVersion <= client.appVersion, 'CLI-9');
  ensureForRequest(active.vector, request.application, request.content, 'CLI-10');
  return { found, active, request };
}

/** Puts a message on display (CLI-25) and tells what `open` tells, without the callback. */
export function show(client, { found, active, request }, call) {
  const { application, template, require_pin, content } = request;
  const told = { serial: found.serial, sequence: active.sequence, application, template, require_pin, content };
  if (content.format === 'notification') return { handle: null, ...told };
  client.handles += 1;
  const handle = client.handles;
  client.display = { handle, serial: found.serial, message: found.bytes, application, require_pin, content, call };
  return { handle, ...told };
}

function open(client, { message, carrier }) {
  client.ensureNotRooted();
  const read = readRequest(client, message, carrier);
  if (read.request.content.format === 'notification') return { ...show(client, read, null), callback: null };
  ensure(carrier === 'direct' || !client.display, 'CLI-26');
  const callback = client.endDisplay();
  return { ...show(client, read, null), callback };
}

/** From CLI-14 on: the signature over what is on display, which closes. */
export function signDisplay(client, pin, now) {
  const { serial, message, application, require_pin } = client.display;
  const active = client.accounts.get(serial).active;
  ensure(!require_pin || pin !== 'cached', 'CLI-14');
  active.enterPin(pin, () => refuse('CLI-15'));
  const over = overMessage(active.vector.application(application), message);
  const signature = active.respond(application, over, now);
  client.display = null;
  return signature;
}

function sign(client, { handle, approved, pin, now }) {
  client.ensureNotRooted();
  const { display } = client;
  ensure(display && display.handle === handle && !display.call, 'CLI-12');
  const { active } = client.accounts.get(display.serial);
  ensure(!active.isLocked, 'CLI-16');
  if (!approved) {
    client.display = null;
    return { signature: null };
  }
  const signature = signDisplay(client, pin, now);
  const { format, user, domain } = display.content;
  if (format === 'login') active.identity = { user, domain };
  return { signature };
}

/** In one step the waiting account is the activated one (CLI-21). */
function promote(account) {
  account.active = account.waiting;
  account.waiting = null;
}

function deactivate(client, { message, carrier }) {
  const found = client.frame(message, frame.DEACTIVATION, carrier);
  const { serial } = found;
  const account = client.account(serial);
  ensure(account.active, 'CLI-4');
  let meant = [account.active, account.waiting].filter(Boolean);
  const keep = (holds, requirement) => {
    meant = meant.filter(holds);
    ensure(meant.length > 0, requirement);
  };
  keep((one) => one.payload, 'CLI-6');
  keep((one) => found.protection === one.policyRead.messages, 'CLI-7');
  keep((one) => frame.isTagOf(one.payload, found), 'PRT-4');
  const body = frame.open(meant[0].payload, found);
  ensure(body.length === 2 && body[0] >= 1 && body[0] <= 99 && body[1] === 0, 'DEA-5');
  keep((one) => one.sequence === body[0], 'DEA-6');
  const [hit] = meant;
  ensure(found.counter > hit.counter, 'CLI-8');
  const callback = hit === account.active ? client.endDisplayOf(serial) : null;
  if (hit === account.waiting) account.waiting = null;
  else promote(account);
  if (!account.active && !account.pre) client.accounts.delete(serial);
  return { serial, sequence: hit.sequence, callback };
}

function markConfirmed(client, { message }) {
  const found = client.frame(message, frame.AM2);
  const account = client.account(found.serial);
  ensure(account.active, 'CLI-4');
  if (!account.waiting) return { callback: null };
  ensure(same(sha256(found.bytes), account.waiting.am2Hash), 'CLI-23');
  const callback = client.endDisplayOf(found.serial);
  promote(account);
  return { callback };
}

function remove(client, { serial, what }) {
  client.ensureNotRooted();
  const account = client.account(serial);
  if (what === 'replacement') {
    ensure(account.active && (account.pre || account.waiting), 'CLI-20');
    Object.assign(account, { pre: null, waiting: null });
    return { callback: null };
  }
  const callback = client.endDisplayOf(serial);
  client.accounts.delete(serial);
  return { callback };
}

function generateResponse(client, { serial, application, data, pin, now }) {
  const active = client.activeAsked(serial);
  ensure(!active.isLocked, 'CLI-5');
  ensureData(ensureApplication(active.vector, application, data), data);
  active.enterPin(pin, () => refuse('CLI-15'));
  return { response: active.respond(application, overData(data), now) };
}

function generateUnlockChallenge(client, params) {
  const active = client.activeAsked(params.serial);
  ensure(active.isLocked, 'UNL-2');
  ensure(active.unlock_failures < active.vector.tries, 'UNL-6');
  ensure(active.vector.unlocking, 'UNL-3');
  if (active.challenge === null) {
    const drawn = random(params, 'unlock_challenge', 8).readBigUInt64BE(0);
    active.challenge = String(drawn % 100000000n).padStart(8, '0');
  }
  return { challenge: active.challenge };
}

function unlock(client, { serial, response }) {
  const active = client.activeAsked(serial);
  ensure(active.isLocked && active.challenge !== null, 'UNL-2');
  ensure(active.unlock_failures < active.vector.tries, 'UNL-6');
  const application = active.vector.unlocking;
  const given = readResponse(application, response);
  if (given !== unlockResponse(application, active.key(application.index), active.challenge)) {
    active.unlock_failures += 1;
    refuse('UNL-7');
  }
  Object.assign(active, { pin_failures: 0, unlock_failures: 0, challenge: null });
  return {};
}

function listAccounts(client) {
  client.ensureNotRooted();
  const told = ([serial, { active, waiting, pre }]) => ({
    serial,
    state: active ? (active.isLocked ? 2 : 1) : 4,
    sequence: active?.sequence ?? null,
    waiting: waiting?.sequence ?? null,
    pre_activated: pre !== null,
  });
  return { accounts: [...client.accounts].map(told).sort((a, b) => (a.serial < b.serial ? -1 : 1)) };
}

function generateInformation(client, { serial, challenge_key: key, now }) {
  const active = client.activeAsked(serial);
  ensure(!active.isLocked, 'CLI-5');
  ensure(active.payload, 'CLI-6');
  ensure(isChallengeKey(key), 'PSH-10');
  ensure(active.information < LAST_INFORMATION, 'NON-5');
  active.information += 1;
  const nonce = cat(u32(now), u8(active.sequence), u24(active.information));
  const { messages } = active.policyRead;
  const bytes = frame.seal(active.payload, frame.INFORMATION, messages, serial, nonce, cat(u8(1), unhex(key)));
  return { message: hex(bytes) };
}

function loginIdentity(client, { serial }) {
  const { identity } = client.activeAsked(serial);
  return { user: identity?.user ?? null, domain: identity?.domain ?? null };
}

export const OPERATIONS = {
  'client.activate_license': activateLicense,
  'client.activate_instance': activateInstance,
  'client.open': open,
  'client.close': (client) => ({ callback: client.endDisplay() }),
  'client.sign': sign,
  'client.deactivate': deactivate,
  'client.generate_response': generateResponse,
  'client.generate_unlock_challenge': generateUnlockChallenge,
  'client.unlock': unlock,
  'client.accounts': listAccounts,
  'client.mark_confirmed': markConfirmed,
  'client.remove': remove,
  'client.generate_information': generateInformation,
  'client.login_identity': loginIdentity,
};
