// URLs and callbacks between apps (SPEC.md, section 26).
import { hex, matches } from './bytes.mjs';
import * as frame from './frame.mjs';
import { as, ensure, Refusal, refuse } from './refuse.mjs';
import { isShowable, utf8 } from './text.mjs';

const ACTION = 'app2app_secure_channel';
const CALLBACKS = ['x-success', 'x-error', 'x-cancel'];
const NEEDED = [...CALLBACKS, 'secure_message'];
const NAMES = [...NEEDED, 'state'];
const LONGEST_URL = 16384;
const UNRESERVED = /[A-Za-z0-9\-._~]/;
const OTP = '%_OTP_%';
const MASKS = [
  'OTP', 'PlatformName', 'SerialNumber', 'SequenceNumber', 'UserIdentifier', 'Version', 'DeviceIdentifier',
  'RootingStatus', 'State',
];
const MASK = new RegExp(`%_(${MASKS.join('|')})_%`);

const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Each byte that isn't unreserved becomes `%` and two digits. */
function percentEncode(text) {
  return [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return UNRESERVED.test(letter) ? letter : `%${hex(Buffer.of(byte))}`;
    })
    .join('');
}

/** A2A-26, of texts and of bytes. */
function decodedBytes(bytes) {
  const text = bytes.toString('latin1');
  ensure(!/%(?![0-9A-Fa-f]{2})/.test(text), 'A2A-26');
  return Buffer.from(text.replace(/%(..)/g, (_, digits) => String.fromCharCode(parseInt(digits, 16))), 'latin1');
}

export const percentDecode = (text) => utf8(decodedBytes(Buffer.from(text)), 'A2A-26');

export const ensureScheme = (scheme) => ensure(matches(scheme, /[a-z][a-z0-9+.\-]{0,63}/), 'A2A-25');

const ensureState = (state) => ensure(matches(state, /[A-Za-z0-9._~\-]{1,64}/), 'A2A-27');

/** A2A-7 of the decoded form. */
function ensureTemplate(text) {
  ensure(!text.includes(' ') && isShowable(text) && /^[A-Za-z][A-Za-z0-9+.\-]*:/.test(text), 'A2A-7');
}

const ensureNoOtp = (name, text) => ensure(name === 'x-success' || !text.includes(OTP), 'A2A-8');

/** A2A-6, A2A-7, A2A-8. */
function callback(name, raw) {
  ensure(matches(raw, /([A-Za-z0-9._~!'()*\-]|%25[0-9A-Fa-f]{2})+/), 'A2A-6');
  const text = as('A2A-7', () => utf8(decodedBytes(decodedBytes(Buffer.from(raw))), 'A2A-7'));
  ensureTemplate(text);
  ensureNoOtp(name, text);
  return text;
}

/** A2A-1, A2A-2, A2A-3: the values of each of the names, in order. */
function parameters(url, scheme, platform) {
  ensure(url.length <= LONGEST_URL && matches(url, /[\x21-\x7e]*/) && !url.includes('#'), 'A2A-1');
  const head = `${scheme}://`;
  const begin = url.slice(0, head.length);
  ensure(begin === head || (platform === 'ios' && lower(begin) === lower(head)), 'A2A-2');
  const rest = url.slice(head.length);
  ensure(lower(rest).startsWith(`${ACTION}?`), 'A2A-2');
  const parts = rest.slice(ACTION.length + 1).split('&').map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [lower(part), ''] : [lower(part.slice(0, at)), part.slice(at + 1)];
  });
  return parts.filter(([name]) => NAMES.includes(name));
}

const valuesOf = (found, name) => found.filter(([other]) => other === name).map(([, value]) => value);

/** *URL* of section 32. */
export function readUrl(url, scheme, platform) {
  const found = parameters(url, scheme, platform);
  ensure(new Set(found.map(([name]) => name)).size === found.length, 'A2A-4');
  for (const name of NEEDED) ensure(valuesOf(found, name).length === 1, 'A2A-5');
  const [state = null] = valuesOf(found, 'state');
  if (state !== null) ensureState(state);
  const [success, error, cancel] = CALLBACKS.map((name) => callback(name, valuesOf(found, name)[0]));
  const [message] = valuesOf(found, 'secure_message');
  return { x_success: success, x_error: error, x_cancel: cancel, secure_message: message, state };
}

/** A2A-13, A2A-29: x-error of a URL in which something else may be wrong, and its state; null where it has none. */
export function errorCallback(url, scheme, platform) {
  try {
    const found = parameters(url, scheme, platform);
    const values = valuesOf(found, 'x-error');
    if (values.length !== 1) return null;
    const states = valuesOf(found, 'state');
    const isState = states.length === 1 && matches(states[0], /[A-Za-z0-9._~\-]{1,64}/);
    return { x_error: callback('x-error', values[0]), state: isState ? states[0] : null };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** A2A-14. */
export function withErrorCode(template, number) {
  const at = template.indexOf('#');
  const [before, fragment] = at < 0 ? [template, ''] : [template.slice(0, at), template.slice(at)];
  const between = /[?&]$/.test(before) ? '' : before.includes('?') ? '&' : '?';
  return `${before}${between}ErrorCode=${number}${fragment}`;
}

/** A2A-19, A2A-20; `values` has a text for each mask, and what it doesn't have stays. */
export function fill(template, values) {
  return template.replace(new RegExp(MASK.source, 'g'), (whole, mask) =>
    values[mask] === undefined ? whole : percentEncode(values[mask]),
  );
}

/** *templates* of section 32. */
function ensureTemplates({ x_success, x_error, x_cancel }) {
  [x_success, x_error, x_cancel].forEach((text, i) => {
    ensureTemplate(text);
    ensureNoOtp(CALLBACKS[i], text);
    ensure(!new RegExp(`${MASK.source}[A-Za-z0-9\\-._~%]`).test(text), 'A2A-22');
  });
}

export function build({ scheme, x_success, x_error, x_cancel, message, state }) {
  ensureScheme(scheme);
  if (state !== null) ensureState(state);
  ensureTemplates({ x_success, x_error, x_cancel });
  const { type, bytes } = frame.parse(message, 'direct');
  ensure(type === frame.REQUEST, 'CLI-2');
  const values = [x_success, x_error, x_cancel].map((text) => percentEncode(percentEncode(text)));
  const pairs = [...values, hex(bytes)].map((value, i) => `${NEEDED[i]}=${value}`);
  if (state !== null) pairs.push(`state=${state}`);
  const url = `${scheme}://${ACTION}?${pairs.join('&')}`;
  ensure(url.length <= LONGEST_URL, 'A2A-1');
  return { url };
}

export function parse({ scheme, platform, url }) {
  ensureScheme(scheme);
  return readUrl(url, scheme, platform);
}

const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const VALUE = '((?:[A-Za-z0-9\\-._~]|%[0-9A-Fa-f]{2})*)';

/** The values of the masks in `url`, in their order, if it is this template filled in. */
function fitting(template, url) {
  const parts = template.split(new RegExp(MASK.source));
  const pattern = parts.map((part, i) => (i % 2 ? VALUE : quoted(part))).join('');
  const found = new RegExp(`^${pattern}$`).exec(url);
  return found && parts.filter((_, i) => i % 2).map((mask, i) => [mask, found[i + 1]]);
}

/** x-error with a code of one digit where A2A-14 puts it. */
function fittingError(template, url) {
  for (let number = 1; number <= 8; number += 1) {
    const found = fitting(withErrorCode(template, number), url);
    if (found) return { found, number };
  }
  return null;
}

export function read({ x_success, x_error, x_cancel, url }) {
  ensureTemplates({ x_success, x_error, x_cancel });
  const failed = fittingError(x_error, url);
  const succeeded = failed ? null : fitting(x_success, url);
  const found = failed?.found ?? succeeded ?? fitting(x_cancel, url) ?? refuse('A2A-24');
  const values = {};
  for (const [mask, raw] of found) {
    const value = as('A2A-24', () => percentDecode(raw));
    ensure(mask !== 'OTP' || value !== '', 'A2A-24');
    ensure(values[mask] === undefined || values[mask] === value, 'A2A-24');
    values[mask] = value;
  }
  return { outcome: failed ? 'error' : succeeded ? 'success' : 'cancel', error: failed?.number ?? null, values };
}
