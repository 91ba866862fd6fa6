// Verifying responses and signatures, and following the client that makes them (SPEC.md, section 15).
import { hex } from './bytes.mjs';
import { first as firstBytes, sha256 } from './crypto.mjs';
import * as frame from './frame.mjs';
import { firstUse } from './license.mjs';
import { ensure, refuse } from './refuse.mjs';
import {
  ensureApplication, ensureData, overData, overMessage, readResponse, responder, sizedFields,
} from './response.mjs';

const MOST_FIELDS = 12;
const RESYNC_EVENTS = 200;

const isOtp = (over) => over.kind === 'response-only' || over.kind === 'challenge';

/** VER-15. */
const usualReach = (windows, over) =>
  Math.floor((isOtp(over) ? windows.identification_window : windows.signature_window) / 2);

/** The step candidates of VER-13, in their order. */
function* steps(application, state, over, now, reach) {
  if (!application.hasTime) {
    yield 0;
    return;
  }
  const middle = Math.floor(now / application.step) + state.shift;
  const least = Math.max(0, state.last, application.isTimeOnly && isOtp(over) ? state.nextOtp : 0);
  for (let i = 0; i <= reach; i += 1) {
    for (const step of i === 0 ? [middle] : [middle - i, middle + i]) if (step >= least) yield step;
  }
}

/** VER-13 with the reach of VER-15 and VER-16: the first candidate at which `makes` gives what was given, or null. */
export function accepted(windows, application, state, over, now, given, makes) {
  const usual = usualReach(windows, over);
  const reach = state.accepted || !application.hasTime ? usual : Math.max(usual, firstUse(windows, application));
  for (const step of steps(application, state, over, now, reach)) {
    const ahead = application.hasEvents ? windows.look_ahead : 0;
    for (let event = state.event; event <= state.event + ahead; event += 1) {
      if (makes(step, event) === given) return { step, event };
    }
  }
  return null;
}

const fieldsHash = (over) => hex(firstBytes(8, sha256(sizedFields(over.fields))));

/** VER-18, VER-20. */
function ensureNew(application, state, over, { step }) {
  if (over.kind !== 'fields' || !application.isTimeOnly || step !== state.last) return;
  ensure(!state.hashes.includes(fieldsHash(over)), 'VER-18');
  ensure(state.hashes.length < MOST_FIELDS, 'VER-20');
}

/** VER-14, as far as it is about the application. */
export function follow(application, state, over, now, { step, event }) {
  state.accepted = true;
  if (application.hasTime) {
    if (step !== state.last) state.hashes = [];
    state.shift = step - Math.floor(now / application.step);
    state.last = step;
  }
  if (application.hasEvents) state.event = event + 1;
  if (!application.isTimeOnly) return;
  if (isOtp(over)) state.nextOtp = step + 1;
  if (over.kind === 'fields') state.hashes = [...state.hashes, fieldsHash(over)].sort();
}

/**
 * VER-19, *response*, VER-12, VER-18, VER-20; then VER-14. `holder` has the failures, `wrong` refuses in their place.
 */
export function verify(windows, holder, application, state, key, over, response, now, wrong = () => refuse('VER-12')) {
  ensure(!state.outOfSync, 'VER-19');
  const given = readResponse(application, response);
  const found = accepted(windows, application, state, over, now, given, responder(application, key, over));
  if (!found) {
    holder.signature_failures += 1;
    wrong();
  }
  ensureNew(application, state, over, found);
  follow(application, state, over, now, found);
  holder.signature_failures = 0;
}

export const ensureUnlocked = (windows, holder) => ensure(holder.signature_failures < windows.signature_tries, 'VER-5');

/** OPR-6; VER-5 and all behind it. `keyOf` tells the key of the application. */
export function resynchronise(windows, holder, vector, stateOf, keyOf, { application: index, first, second, now }) {
  ensureUnlocked(windows, holder);
  const pair = [first, second];
  const [application] = pair.map(({ data }) => ensureApplication(vector, index, data));
  ensure(application.hasEvents, 'OPR-7');
  for (const { data } of pair) ensureData(application, data);
  const given = pair.map(({ response }) => readResponse(application, response));
  const state = stateOf(index);
  const overs = pair.map(({ data }) => overData(data));
  const makes = overs.map((over) => responder(application, keyOf(index), over));
  const fits = (i, event) => {
    for (const step of steps(application, state, overs[i], now, usualReach(windows, overs[i]))) {
      if (makes[i](step, event) === given[i]) return step;
    }
    return null;
  };
  for (let event = state.event; event <= state.event + RESYNC_EVENTS; event += 1) {
    if (fits(0, event) === null) continue;
    const step = fits(1, event + 1);
    if (step === null) continue;
    follow(application, state, overs[1], now, { step, event: event + 1 });
    state.outOfSync = false;
    holder.signature_failures = 0;
    return {};
  }
  holder.signature_failures += 1;
  return refuse('VER-12');
}

/** VER-6. */
export function ensureFresh(license, time, now) {
  const limit = license.message_age_limit_s;
  ensure(limit === 0 || now <= time + limit, 'VER-6');
}

/** VER-14, of an AM2. */
function confirm(license, instance) {
  const siblings = [...license.instances.values()].filter(({ id }) => id.equals(instance.id));
  for (const one of siblings) {
    if (one !== instance && one.status === 'confirmed') one.status = 'deactivated';
    one.replaces = false;
  }
  instance.status = 'confirmed';
  if (license.verified?.id.equals(instance.id)) license.verified = null;
}

function mayConfirm(license, instance) {
  const taken = [...license.instances.values()].some(
    (one) => one.status === 'confirmed' && one.id.equals(instance.id),
  );
  return instance.status === 'unconfirmed' && (!taken || instance.replaces);
}

export function verifyOfInstance(license, instance, index, over, response, now, wrong) {
  const application = license.vector.application(index);
  const key = license.applicationKey(instance, index);
  verify(license, instance, application, instance.applications.get(index), key, over, response, now, wrong);
}

function verifyMessageSignature(license, { sequence, message, signature, now }) {
  const found = frame.parse(message, 'gateway');
  ensure(found.serial === license.serial, 'VER-1');
  const isAm2 = found.type === frame.AM2;
  ensure(isAm2 || found.type === frame.REQUEST, 'VER-2');
  const instance = license.instance(sequence);
  ensure(isAm2 ? mayConfirm(license, instance) : instance.status === 'confirmed', 'VER-4');
  ensureUnlocked(license, instance);
  ensureFresh(license, found.time, now);
  const hash = sha256(found.bytes);
  const request = license.requests.find((one) => one.hash === hex(hash));
  ensure(isAm2 ? hash.equals(instance.am2Hash) : request, 'VER-7');
  ensure(isAm2 || !request.accepted, 'VER-8');
  const index = isAm2 ? license.post_activation : request.application;
  const over = overMessage(license.vector.application(index), found.bytes);
  verifyOfInstance(license, instance, index, over, signature, now);
  if (isAm2) confirm(license, instance);
  else request.accepted = true;
  return {};
}

function verifyResponse(license, { sequence, application: index, data, response, now }) {
  const instance = license.confirmed(sequence);
  ensureUnlocked(license, instance);
  ensureData(ensureApplication(license.vector, index, data), data);
  verifyOfInstance(license, instance, index, overData(data), response, now);
  return {};
}

function resynchroniseInstance(license, params) {
  const instance = license.confirmed(params.sequence);
  const keyOf = (index) => license.applicationKey(instance, index);
  return resynchronise(license, instance, license.vector, (index) => instance.applications.get(index), keyOf, params);
}

export const OPERATIONS = {
  'server.verify_message_signature': verifyMessageSignature,
  'server.verify_response': verifyResponse,
  'server.resynchronise': resynchroniseInstance,
};
