// A client's state at rest (SPEC.md, section 23).
import { Instance } from './account.mjs';
import { cat, hex, matches, Reader, u16, u24, u32, u64, u8 } from './bytes.mjs';
import { Client, MOST_ACCOUNTS } from './client.mjs';
import { cmac, kdf, random, same, seal, unseal } from './crypto.mjs';
import { readPolicy } from './frame.mjs';
import { as, ensure } from './refuse.mjs';
import { ensureGatewayField, serialBytes, serialText, utf8 } from './text.mjs';
import { readVector } from './vector.mjs';

const MAGIC = '435043';
const VERSION = 2;
const [ACTIVATED, WAITING, PRE_ACTIVATED] = [0, 1, 2];
const FLAG = {
  active: 1, pre: 2, payload: 4, challenge: 8, information: 16, identity: 32, waiting: 64, waitingPayload: 128,
};

const macKey = (platformKey, salt) => kdf(platformKey, 'client-state', salt);

/** Seals and opens the keys of an account (CST-2). */
class Keys {
  constructor(platformKey, salt, nonce, serial) {
    Object.assign(this, { platformKey, salt, nonce, serial });
  }

  key(label, place, index) {
    return kdf(this.platformKey, label, cat(this.salt, serialBytes(this.serial), u8(place), u8(index)));
  }

  seal(label, place, index, key) {
    return seal(this.key(label, place, index), this.nonce, key);
  }

  open(reader, label, place, index) {
    return unseal('CST-8', this.key(label, place, index), this.nonce, reader.take(32));
  }
}

const sized = (bytes) => cat(u16(bytes.length), bytes);

function vectorAndKeys(keys, place, { vector, payload, applications }) {
  const one = ({ event, key }, i) =>
    cat(u64(event), keys.seal('client-application', place, vector.applications[i].index, key));
  return cat(
    sized(vector.bytes),
    payload ? keys.seal('client-payload', place, 0, payload) : '',
    ...applications.map(one),
  );
}

const begin = ({ sequence, policy, counter }) => cat(u8(sequence), u16(policy), u32(counter));

function activated(keys, one) {
  return cat(
    begin(one),
    one.check,
    u8(one.pin_failures),
    u8(one.unlock_failures),
    one.challenge ?? '',
    one.information ? u24(one.information) : '',
    ...(one.identity ? [one.identity.user, one.identity.domain].map((text) => sized(Buffer.from(text))) : []),
    vectorAndKeys(keys, ACTIVATED, one),
  );
}

const preActivated = (keys, { am1Hash, policy, vector, licenseKey }) =>
  cat(am1Hash, u16(policy), sized(vector.bytes), keys.seal('client-license', PRE_ACTIVATED, 0, licenseKey));

function account(client, platformKey, nonce, serial) {
  const { active, waiting, pre } = client.accounts.get(serial);
  const keys = new Keys(platformKey, client.salt, nonce, serial);
  const has = {
    active,
    pre,
    payload: active?.payload,
    challenge: active?.challenge,
    information: active?.information,
    identity: active?.identity,
    waiting,
    waitingPayload: waiting?.payload,
  };
  const flags = Object.entries(FLAG).reduce((sum, [name, bit]) => sum + (has[name] ? bit : 0), 0);
  return cat(
    serialBytes(serial),
    u8(flags),
    active ? activated(keys, active) : '',
    waiting ? cat(begin(waiting), waiting.am2Hash, vectorAndKeys(keys, WAITING, waiting)) : '',
    pre ? preActivated(keys, pre) : '',
  );
}

const byBytes = (one, other) => Buffer.compare(serialBytes(one), serialBytes(other));

function save(client, params) {
  const nonce = random(params, 'state_nonce', 12);
  const serials = [...client.accounts.keys()].sort(byBytes);
  const bytes = cat(
    Buffer.from(MAGIC, 'hex'),
    u8(VERSION),
    nonce,
    client.salt,
    u8(client.deviceType),
    u16(serials.length),
    ...serials.map((serial) => account(client, params.platform_key, nonce, serial)),
  );
  return { state: hex(cat(bytes, cmac(macKey(params.platform_key, client.salt), bytes))) };
}

function readFlags(reader) {
  const flags = reader.u8();
  const has = Object.fromEntries(Object.entries(FLAG).map(([name, bit]) => [name, (flags & bit) !== 0]));
  const needs = (name, other) => ensure(!has[name] || has[other], 'CST-7');
  ensure(has.active || has.pre, 'CST-7');
  ['payload', 'challenge', 'waiting'].forEach((name) => needs(name, 'active'));
  ['information', 'identity'].forEach((name) => needs(name, 'payload'));
  needs('waitingPayload', 'waiting');
  ensure(!has.waiting || !has.pre, 'CST-7');
  return has;
}

function readBegin(reader) {
  const sequence = reader.u8();
  ensure(sequence >= 1 && sequence <= 99, 'CST-7');
  const policy = readPolicy(reader.u16(), 'CST-7').value;
  return { sequence, policy, counter: reader.u32() };
}

function readVectorOf(reader, serial) {
  const vector = readVector(Buffer.from(reader.take(reader.u16())));
  vector.ensurePrefix(serial, 'CST-7');
  return vector;
}

function readKeys(reader, keys, place, vector, hasPayload) {
  const payload = hasPayload ? keys.open(reader, 'client-payload', place, 0) : null;
  const applications = vector.applications.map(({ index, hasEvents }) => {
    const event = reader.count();
    ensure(hasEvents || event === 0, 'CST-7');
    return { event, key: keys.open(reader, 'client-application', place, index) };
  });
  return { vector, payload, applications };
}

function readIdentity(reader) {
  const [user, domain] = [0, 1].map((i) => {
    const text = utf8(reader.take(reader.u16()), 'CST-7');
    as('CST-7', () => ensureGatewayField(text, i === 1));
    return text;
  });
  return { user, domain };
}

function readChallenge(reader) {
  const text = reader.take(8).toString('latin1');
  ensure(matches(text, /[0-9]{8}/), 'CST-7');
  return text;
}

function readInformation(reader) {
  const counter = reader.take(3).readUIntBE(0, 3);
  ensure(counter !== 0, 'CST-7');
  return counter;
}

function readActivated(reader, keys, has) {
  const begun = readBegin(reader);
  const check = Buffer.from(reader.take(16));
  const [pinFailures, unlockFailures] = [reader.u8(), reader.u8()];
  const moving = {
    pin_failures: pinFailures,
    unlock_failures: unlockFailures,
    challenge: has.challenge ? readChallenge(reader) : null,
    information: has.information ? readInformation(reader) : 0,
    identity: has.identity ? readIdentity(reader) : null,
  };
  const vector = readVectorOf(reader, keys.serial);
  ensure(pinFailures <= vector.tries, 'CST-7');
  ensure(unlockFailures <= vector.tries, 'CST-7');
  ensure(!has.challenge || (pinFailures === vector.tries && vector.unlocking), 'CST-11');
  const rest = readKeys(reader, keys, ACTIVATED, vector, has.payload);
  return Object.assign(new Instance({ ...begun, check, am2Hash: null, ...rest }), moving);
}

function readWaiting(reader, keys, has, check) {
  const begun = readBegin(reader);
  const am2Hash = Buffer.from(reader.take(32));
  const vector = readVectorOf(reader, keys.serial);
  vector.ensurePostActivation(readPolicy(begun.policy).postActivation, 'CST-7');
  return new Instance({ ...begun, check, am2Hash, ...readKeys(reader, keys, WAITING, vector, has.waitingPayload) });
}

function readPreActivated(reader, keys) {
  const am1Hash = Buffer.from(reader.take(32));
  const policy = readPolicy(reader.u16(), 'CST-7');
  const vector = readVectorOf(reader, keys.serial);
  vector.ensurePostActivation(policy.postActivation, 'CST-7');
  return { am1Hash, policy: policy.value, licenseKey: keys.open(reader, 'client-license', PRE_ACTIVATED, 0), vector };
}

function readAccount(reader, platformKey, salt, nonce, after) {
  const bytes = reader.take(5);
  const serial = as('CST-7', () => serialText(bytes));
  ensure(after === undefined || byBytes(after, serial) < 0, 'CST-7');
  const keys = new Keys(platformKey, salt, nonce, serial);
  const has = readFlags(reader);
  const active = has.active ? readActivated(reader, keys, has) : null;
  const waiting = has.waiting ? readWaiting(reader, keys, has, active.check) : null;
  return [serial, { active, waiting, pre: has.pre ? readPreActivated(reader, keys) : null }];
}

function load(params) {
  const { platform_key: platformKey, state } = params;
  const client = new Client(params, null, null);
  ensure(hex(state.subarray(0, 3)) === MAGIC && state.length >= 51, 'CST-4');
  ensure(state[3] === VERSION, 'CST-5');
  const [content, mac] = [state.subarray(0, -16), state.subarray(-16)];
  const [nonce, salt] = [content.subarray(4, 16), Buffer.from(content.subarray(16, 32))];
  ensure(same(mac, cmac(macKey(platformKey, salt), content)), 'CST-6');
  const reader = new Reader(content, 'CST-7', 32);
  Object.assign(client, { salt, deviceType: reader.u8() });
  ensure(client.deviceType <= 99, 'CST-7');
  const count = reader.u16();
  ensure(count <= MOST_ACCOUNTS, 'CST-10');
  let after;
  for (let i = 0; i < count; i += 1) {
    const [serial, found] = readAccount(reader, platformKey, salt, nonce, after);
    client.accounts.set(serial, found);
    after = serial;
  }
  reader.end();
  return client;
}

export const CREATES = { 'client.create': Client.create, 'client.load': load };
export const OPERATIONS = { 'client.save': save };
