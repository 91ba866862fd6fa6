// BLOBs that the caller keeps (SPEC.md, section 22).
import { cat, hex, i64, Reader, u32, u64, u8 } from './bytes.mjs';
import { kdf, random, seal, unseal } from './crypto.mjs';
import { distrust, LAST } from './license.mjs';
import { ensure, refuse } from './refuse.mjs';
import { serialBytes } from './text.mjs';

const VERSION = 2;
const FURTHEST_SHIFT = 2n ** 40n;
const MOST_HASHES = 12;

/** The key and what is authenticated besides (BLB-2). */
function under({ storage_key: key, serial, sequence, index, epoch }, generation) {
  const context = cat(serialBytes(serial), u8(sequence), u8(index));
  return { key: kdf(key, 'blob', context), associated: cat(u8(VERSION), u32(generation), epoch) };
}

export function writeBlob(place, nonce, generation, content) {
  const { key, associated } = under(place, generation);
  return cat(u8(VERSION), u32(generation), nonce, seal(key, nonce, content, associated)).toString('base64');
}

/** BLB-3, BLB-4, BLB-5. */
export function readBlob(place, text) {
  const bytes = Buffer.from(text, 'base64');
  ensure(bytes.toString('base64') === text && bytes.length >= 33 && bytes.length <= 186, 'BLB-3');
  ensure(bytes[0] === VERSION, 'BLB-4');
  const generation = bytes.readUInt32BE(1);
  const { key, associated } = under(place, generation);
  const content = unseal('BLB-5', key, bytes.subarray(5, 17), bytes.subarray(17), associated);
  return { generation, content };
}

/** An application's content, from its flags on; `key` stands behind them in a BLOB. */
export function writeState({ accepted, outOfSync, shift, last, nextOtp, event, hashes }, key = '') {
  const flags = (accepted ? 1 : 0) | (outOfSync ? 2 : 0);
  const numbers = [i64(shift), u64(last), u64(nextOtp), u64(event), u8(hashes.length)];
  return cat(u8(flags), key, ...numbers, ...hashes.map((hash) => Buffer.from(hash, 'hex')));
}

/** What `writeState` wrote, and the key where one is there (BLB-7). */
export function readState(reader, application, hasKey) {
  const { requirement } = reader;
  const flags = reader.u8();
  ensure((flags & ~3) === 0, requirement);
  const key = hasKey ? reader.take(16) : null;
  const shift = reader.take(8).readBigInt64BE(0);
  ensure(shift >= -FURTHEST_SHIFT && shift <= FURTHEST_SHIFT, requirement);
  const [last, nextOtp, event] = [reader.count(), reader.count(), reader.count()];
  const count = reader.u8();
  ensure(count <= MOST_HASHES, requirement);
  const hashes = Array.from({ length: count }, () => hex(reader.take(8)));
  ensure(hashes.every((hash, i) => i === 0 || hashes[i - 1] < hash), requirement);
  const marks = { accepted: (flags & 1) !== 0, outOfSync: (flags & 2) !== 0 };
  const state = { ...marks, shift: Number(shift), last, nextOtp, event, hashes };
  ensure(application.hasEvents || (!state.outOfSync && event === 0), requirement);
  ensure(application.hasTime || (state.shift === 0 && last === 0), requirement);
  ensure(application.isTimeOnly || (nextOtp === 0 && count === 0), requirement);
  return { state, key };
}

/** The BLOB at a place (BLB-6): its generation, read and written, and its content. */
function place(license, sequence, index) {
  const row = (name, key) => ({
    get: () => license.generations[name],
    set: (generation) => (license.generations[name] = generation),
    content: () => key,
  });
  if (sequence === 0 && index === 0) return row('license', license.license_key);
  if (sequence === 0 && index === 1 && license.secure_channel) return row('payload', license.payload);
  const instance = license.instances.get(sequence);
  const state = instance?.applications.get(index) ?? refuse('BLB-6');
  return {
    get: () => state.generation,
    set: (generation) => (state.generation = generation),
    content: () => writeState(state, license.applicationKey(instance, index)),
    instance,
    state,
  };
}

function sealBlob(license, params) {
  const { get, content } = place(license, params.sequence, params.index);
  const at = { ...params, serial: license.serial, epoch: license.epoch };
  return { blob: writeBlob(at, random(params, 'blob_nonce', 12), get(), content()) };
}

const next = (generation) => Math.min(generation + 1, LAST);

/** BLB-14: of what the server had and what was brought, whatever is further on. */
function merged(mine, brought) {
  const hashes = brought.last >= mine.last ? brought.hashes : mine.hashes;
  const furthest = (name) => Math.max(mine[name], brought[name]);
  return {
    accepted: mine.accepted || brought.accepted,
    outOfSync: mine.outOfSync || brought.outOfSync,
    shift: brought.shift,
    last: furthest('last'),
    nextOtp: furthest('nextOtp'),
    event: furthest('event'),
    hashes,
  };
}

function loadBlob(license, params) {
  const { sequence, index, now } = params;
  const at = place(license, sequence, index);
  const { generation, content } = readBlob({ ...params, serial: license.serial, epoch: license.epoch }, params.blob);
  ensure(generation >= at.get(), 'BLB-12');
  const reader = new Reader(content, 'BLB-7');
  let take;
  if (at.state) {
    const application = license.vector.application(index);
    const { state, key } = readState(reader, application, true);
    reader.end();
    ensure(key.equals(license.applicationKey(at.instance, index)), 'BLB-8');
    take = () => {
      Object.assign(at.state, merged(at.state, state));
      distrust(application, at.state, now);
    };
  } else {
    const key = Buffer.from(reader.take(16));
    reader.end();
    take = () => (license[index === 0 ? 'license_key' : 'payload'] = key);
  }
  if (generation === at.get() && content.equals(at.content())) return {};
  take();
  at.set(next(generation));
  return {};
}

/** What of the BLOBs can change: for BLB-11 compared before and after each operation. */
export function pictures(license) {
  const result = [];
  const key = hex(license.license_key);
  const add = (owner, name, picture) => result.push({ owner, name, generation: owner[name], picture });
  add(license.generations, 'license', key);
  add(license.generations, 'payload', hex(license.payload));
  for (const { applications } of license.instances.values()) {
    for (const state of applications.values()) add(state, 'generation', key + hex(writeState(state)));
  }
  return result;
}

/** BLB-11: one more where the content is another and nothing else has moved the generation. */
export function countGenerations(before, after) {
  const now = new Map(after.map((one) => [one.owner, new Map()]));
  for (const one of after) now.get(one.owner).set(one.name, one);
  for (const { owner, name, generation, picture } of before) {
    const found = now.get(owner)?.get(name);
    if (found && found.picture !== picture && found.generation === generation) owner[name] = next(generation);
  }
}

export const OPERATIONS = { 'server.seal_blob': sealBlob, 'server.load_blob': loadBlob };
