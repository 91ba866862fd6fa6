// Information messages and login sessions at the server (SPEC.md, section 27).
import { hex } from './bytes.mjs';
import { random } from './crypto.mjs';
import * as frame from './frame.mjs';
import { ensure, refuse } from './refuse.mjs';
import { writeBody } from './request.mjs';
import { overMessage } from './response.mjs';
import { isChallengeKey } from './text.mjs';
import { ensureFresh, ensureUnlocked, verifyOfInstance } from './verify.mjs';

const MOST_SESSIONS = 256;
const MOST_OF_REQUESTER = 16;
const PENDING_S = 60;
const RETRIEVED_S = 180;
const KNOWN_S = 3600;

/** *information*: the instance, the counter, and what the message says. */
function readInformation(license, { message, now }) {
  const found = frame.parse(message, 'gateway');
  ensure(found.serial === license.serial, 'VER-1');
  ensure(found.type === frame.INFORMATION, 'INF-2');
  ensure(license.secure_channel, 'INF-3');
  const instance = license.confirmed(found.nonce[4]);
  ensureFresh(license, found.time, now);
  ensure(found.protection === license.message_protection, 'INF-7');
  const body = frame.open(license.payload, found);
  const counter = found.nonce.readUIntBE(5, 3);
  ensure(counter > instance.information, 'INF-4');
  ensure(body.length === 6 && body[0] === 1, 'INF-5');
  return { instance, counter, key: hex(body.subarray(1)) };
}

/** INF-6. */
function processInformation(license, params) {
  const { instance, counter, key } = readInformation(license, params);
  instance.information = counter;
  return { sequence: instance.sequence, challenge_key: key };
}

/** LGN-22: that a session has failed is seen from its counter, and from nothing else. */
const statusOf = (license, { status, login_failures: failures }) =>
  status === 'retrieved' && failures >= license.signature_tries ? 'failed' : status;

const isOpen = (license, login) => ['pending', 'retrieved'].includes(statusOf(license, login));

/** LGN-5, LGN-6: before anything else, in each operation of a login. */
function sweep(license, now) {
  license.logins = license.logins.filter(({ start }) => now <= start + KNOWN_S);
  for (const login of license.logins) {
    const limit = { pending: PENDING_S, retrieved: RETRIEVED_S }[statusOf(license, login)];
    if (limit !== undefined && now > login.start + limit) login.status = 'expired';
  }
}

/** LGN-7, where the key alone names the session. */
const session = (license, key) => license.logins.find((one) => one.key === key.toUpperCase()) ?? refuse('LGN-7');

/** PSH-10, LGN-7. */
function asked(license, key) {
  ensure(isChallengeKey(key), 'PSH-10');
  return session(license, key);
}

const OVER = { expired: 'LGN-9', approved: 'LGN-10', rejected: 'LGN-11', cancelled: 'LGN-12', failed: 'LGN-22' };

function ensureGoesOn(license, login) {
  const requirement = OVER[statusOf(license, login)];
  if (requirement) refuse(requirement);
}

/** A request of format 3 as LGN-1 and LGN-14 say. */
const body = (application, content, requirePin) =>
  writeBody({
    carrier: 'gateway',
    application,
    minimum_version: 0,
    require_pin: requirePin,
    template: 0,
    charset: 'utf-8',
    content,
  });

const details = ({ application, service, user, domain }) => ({
  format: 'login',
  service,
  index: application,
  user,
  domain,
});

function start(license, params) {
  const { application, service, user, domain, requester, now } = params;
  sweep(license, now);
  license.ensureRequest(application, { format: 'login' });
  const key = hex(random(params, 'challenge_key', 5));
  ensure(!license.logins.some((one) => one.key === key), 'LGN-2');
  const waiting = license.logins.filter((one) => isOpen(license, one) && one.requester === requester);
  ensure(waiting.length < MOST_OF_REQUESTER, 'LGN-3');
  const isFull = license.logins.length >= MOST_SESSIONS;
  const over = license.logins.find((one) => !isOpen(license, one));
  ensure(!isFull || over, 'LGN-23');
  const login = { key, application, service, user, domain: domain ?? '', requester, start: now, status: 'pending' };
  body(application, details(login), true); // LGN-4: what can't be issued later is refused now
  const told = body(application, { format: 'notification', challenge_key: key }, false);
  const message = license.sealMessage(frame.REQUEST, told, now);
  if (isFull) license.logins.splice(license.logins.indexOf(over), 1);
  license.logins.push({ ...login, login_failures: 0, message: null, sequence: null });
  return { challenge_key: key, message: hex(message) };
}

function retrieve(license, { challenge_key: key, serial, sequence, now }) {
  sweep(license, now);
  ensure(isChallengeKey(key), 'PSH-10');
  ensure(serial === license.serial, 'LGN-7');
  const login = session(license, key);
  license.confirmed(sequence);
  ensureGoesOn(license, login);
  ensure(login.status !== 'retrieved', 'LGN-8');
  const message = license.sealMessage(frame.REQUEST, body(login.application, details(login), true), now);
  Object.assign(login, { status: 'retrieved', message, sequence });
  return { message: hex(message) };
}

function approve(license, { challenge_key: key, user, domain, signature, now }) {
  sweep(license, now);
  const login = asked(license, key);
  ensureGoesOn(license, login);
  ensure(login.status === 'retrieved', 'LGN-13');
  ensure(login.user === user && login.domain === (domain ?? ''), 'LGN-15');
  const instance = license.confirmed(login.sequence);
  ensureUnlocked(license, instance);
  ensureFresh(license, login.message.readUInt32BE(7), now);
  const over = overMessage(license.vector.application(login.application), login.message);
  verifyOfInstance(license, instance, login.application, over, signature, now, () => {
    login.login_failures += 1;
    refuse('VER-12');
  });
  login.status = 'approved';
  return { sequence: login.sequence };
}

function reject(license, params) {
  sweep(license, params.now);
  const told = processInformation(license, params);
  const login = session(license, told.challenge_key);
  ensureGoesOn(license, login);
  ensure(login.status === 'retrieved', 'LGN-13');
  login.status = 'rejected';
  return told;
}

function cancel(license, { challenge_key: key, now }) {
  sweep(license, now);
  const login = asked(license, key);
  ensureGoesOn(license, login);
  login.status = 'cancelled';
  return {};
}

function status(license, { challenge_key: key, now }) {
  sweep(license, now);
  return { status: statusOf(license, asked(license, key)) };
}

export const OPERATIONS = {
  'server.process_information': processInformation,
  'server.login_start': start,
  'server.login_retrieve': retrieve,
  'server.login_approve': approve,
  'server.login_reject': reject,
  'server.login_cancel': cancel,
  'server.login_status': status,
};
