// Single-device clients and licenses at rest (SPEC.md, section 28, "At rest").
import { readState, writeState } from './blob.mjs';
import { cat, hex, Reader, u16, u32, u64, u8 } from './bytes.mjs';
import { kdf, random, seal, unseal } from './crypto.mjs';
import { unsealKey } from './password.mjs';
import { as, ensure } from './refuse.mjs';
import { SingleClient } from './single_client.mjs';
import { SingleLicense } from './single_server.mjs';
import { serialBytes, serialText } from './text.mjs';
import { readVector } from './vector.mjs';

const VERSION = 2;
const CLIENT = { magic: '435044', label: 'single-state' };
const LICENSE = { magic: '43504C', label: 'single-license' };

const keyOf = ({ label }, key) => kdf(key, label, Buffer.alloc(0));

function write(kind, key, nonce, content) {
  const head = cat(Buffer.from(kind.magic, 'hex'), u8(VERSION));
  return { state: hex(cat(head, nonce, seal(keyOf(kind, key), nonce, content, head))) };
}

/** SDL-31, SDL-32, SDL-33: a reader of the content. */
function read(kind, key, state) {
  ensure(hex(state.subarray(0, 3)) === kind.magic && state.length >= 33, 'SDL-31');
  ensure(state[3] === VERSION, 'SDL-32');
  const [head, nonce, sealed] = [state.subarray(0, 4), state.subarray(4, 16), state.subarray(16)];
  return new Reader(unseal('SDL-33', keyOf(kind, key), nonce, sealed, head), 'SDL-34');
}

function readSerial(reader) {
  const bytes = reader.take(5);
  return as('SDL-34', () => serialText(bytes));
}

function readOwnVector(reader, serial) {
  const vector = readVector(reader.take(reader.u16()));
  vector.ensurePrefix(serial, 'SDL-34');
  return vector;
}

const within = (value, least, most) => {
  ensure(value >= least && value <= most, 'SDL-34');
  return value;
};

// The client's.

const FLAG = { activated: 1, hasPassword: 2, bound: 4, proven: 8, isInvalid: 16, kept: 32 };
const OWN = ['hasPassword', 'bound', 'proven', 'isInvalid'];

const flagsOf = (account, kept) =>
  OWN.reduce((sum, name) => sum + (account[name] ? FLAG[name] : 0), FLAG.activated + (kept ? FLAG.kept : 0));

function writeAccount({ vector, check, password_failures: failures, salt, memory, iterations, sealed, events }) {
  const counters = vector.applications.map(({ index }) => u64(events.get(index)));
  const head = [u16(vector.bytes.length), vector.bytes, check, u8(failures), salt];
  return cat(...head, u32(memory), u32(iterations), sealed, ...counters);
}

function saveClient(client, params) {
  const { account, kept, serial, platformKey } = client;
  const content = account
    ? cat(
        u8(flagsOf(account, kept)),
        serialBytes(serial),
        writeAccount(account),
        ...(kept ? [u8(flagsOf(kept, null)), writeAccount(kept)] : []),
      )
    : u8(0);
  return write(CLIENT, platformKey, random(params, 'state_nonce', 12), content);
}

/** The flags of an account; `other` is the account that answers, where this is the kept one. */
function readFlags(reader, isKept) {
  const flags = reader.u8();
  ensure((flags & ~63) === 0, 'SDL-34');
  const has = Object.fromEntries(Object.entries(FLAG).map(([name, bit]) => [name, (flags & bit) !== 0]));
  ensure(has.activated || (flags === 0 && !isKept), 'SDL-34');
  ensure(!has.kept || (!has.proven && !isKept), 'SDL-34');
  ensure(!has.isInvalid || !has.proven, 'SDL-34');
  return has;
}

function readAccount(reader, client, has, other) {
  const vector = readOwnVector(reader, client.serial);
  const check = Buffer.from(reader.take(4));
  const failures = within(reader.u8(), 0, has.hasPassword ? vector.tries : 0);
  const salt = Buffer.from(reader.take(16));
  ensure(!other?.salt.equals(salt), 'SDL-34');
  const memory = within(reader.u32(), 8, 65536);
  const iterations = within(reader.u32(), 1, 16);
  const sealed = Buffer.from(reader.take(32));
  const { hasPassword, bound, proven, isInvalid } = has;
  const account = { vector, check, password_failures: failures, salt, memory, iterations, sealed };
  Object.assign(account, { hasPassword, bound, proven, isInvalid });
  ensure(hasPassword || unsealKey(client.platformKey, client.serial, account, null), 'SDL-33');
  account.events = new Map(
    vector.applications.map(({ index, hasEvents }) => [index, within(reader.count(), 0, hasEvents ? Infinity : 0)]),
  );
  return account;
}

function loadClient(params) {
  const client = new SingleClient(params);
  const reader = read(CLIENT, client.platformKey, params.state);
  const has = readFlags(reader, false);
  if (has.activated) {
    client.serial = readSerial(reader);
    client.account = readAccount(reader, client, has, null);
  }
  if (has.kept) client.kept = readAccount(reader, client, readFlags(reader, true), client.account);
  reader.end();
  return client;
}

// The server's.

function saveLicense(license, params) {
  const { serial, licenseKey, vector, diversifier, applications } = license;
  const content = cat(
    serialBytes(serial),
    licenseKey,
    u16(vector.bytes.length),
    vector.bytes,
    u8(license.signature_tries),
    u8(license.identification_window),
    u8(license.signature_window),
    u16(license.first_use_s),
    u8(license.look_ahead),
    u8(license.signature_failures),
    u8(diversifier ? 1 : 0),
    diversifier ?? '',
    ...vector.applications.map(({ index }) => writeState(applications.get(index))),
  );
  return write(LICENSE, params.storage_key, random(params, 'state_nonce', 12), content);
}

function loadLicense({ storage_key: key, state }) {
  const reader = read(LICENSE, key, state);
  const serial = readSerial(reader);
  const licenseKey = Buffer.from(reader.take(16));
  const vector = readOwnVector(reader, serial);
  const windows = {
    signature_tries: within(reader.u8(), 1, 99),
    identification_window: within(reader.u8(), 0, 100),
    signature_window: within(reader.u8(), 0, 100),
    first_use_s: within(reader.u16(), 0, 10800),
    look_ahead: within(reader.u8(), 0, 20),
  };
  const failures = within(reader.u8(), 0, windows.signature_tries);
  const isBound = within(reader.u8(), 0, 1) === 1;
  const diversifier = isBound ? Buffer.from(reader.take(7)) : null;
  const states = vector.applications.map((one) => [one.index, readState(reader, one, false).state]);
  reader.end();
  const license = new SingleLicense(serial, windows);
  const applications = new Map(states);
  return Object.assign(license, { licenseKey, vector, applications, diversifier, signature_failures: failures });
}

export const CREATES = {
  'client.single_create': SingleClient.create,
  'client.single_load': loadClient,
  'server.single_create': SingleLicense.create,
  'server.single_load': loadLicense,
};
export const CLIENT_OPERATIONS = { 'client.single_save': saveClient };
export const LICENSE_OPERATIONS = { 'server.single_save': saveLicense };
