// The body of a request, and the gateway strings in it (SPEC.md, sections 13 and 27).
import { cat, Reader, u16, u8 } from './bytes.mjs';
import { ensure, refuse } from './refuse.mjs';
import { ensureChallenge } from './response.mjs';
import { length } from './shapes.mjs';
import {
  decodeText, encodeText, ensureGatewayField, ensureShowable, isChallengeKey, ISO, UTF8,
} from './text.mjs';
import { CR, MM, SG } from './vector.mjs';

const LIST = 0;
const CHALLENGE = 1;
const FREE_TEXT = 2;
const GATEWAY = 3;

const FORMATS = { list: LIST, challenge: CHALLENGE, 'free-text': FREE_TEXT, notification: GATEWAY, login: GATEWAY };
const LONGEST = { direct: 512, gateway: 2078 };

/** CLI-10, REQ-12: an application that may answer a request of this content. */
export function ensureForRequest(vector, index, content, requirement) {
  const found = vector.application(index);
  const modes = content.format === 'challenge' ? [CR, MM] : [SG, MM];
  ensure(found?.enabled && found.channel && modes.includes(found.mode), requirement);
  return found;
}

const ensureTwoDigits = (field) => ensure(/^[0-9]{2}$/.test(field), 'PSH-4');

function ensureField(field, mayBeEmpty) {
  ensure((mayBeEmpty || field !== '') && length(field) <= 255, 'PSH-4');
}

/** *gateway string* of section 32. */
export function readGatewayString(text, application) {
  const fields = text.split(';');
  ensureTwoDigits(fields[0]);
  ensure(fields[0] === '01', 'PSH-2');
  ensureTwoDigits(fields[1] ?? '');
  ensure(['03', '04'].includes(fields[1]), 'PSH-3');
  if (fields[1] === '03') {
    ensure(fields.length === 3 && isChallengeKey(fields[2]), 'PSH-4');
    return { format: 'notification', challenge_key: fields[2].toUpperCase() };
  }
  ensure(fields.length === 6, 'PSH-4');
  const [, , service, index, user, domain] = fields;
  ensureField(service);
  ensure(/^[1-8]$/.test(index), 'PSH-4');
  ensure(Number(index) === application, 'PSH-6');
  ensureField(user);
  ensureField(domain, true);
  return { format: 'login', service, index: Number(index), user, domain };
}

/** PSH-5; the builder of a request for `application` asks PSH-6 as well. */
export function writeGatewayString(content, application = content.index) {
  if (content.format === 'notification') {
    ensure(isChallengeKey(content.challenge_key), 'PSH-5');
    return `01;03;${content.challenge_key.toUpperCase()}`;
  }
  const { service, index, user, domain } = content;
  ensureGatewayField(service);
  ensure(index === application, 'PSH-6');
  ensureGatewayField(user);
  ensureGatewayField(domain, true);
  return `01;04;${service};${index};${user};${domain}`;
}

function writeText(charset, text) {
  const bytes = encodeText(charset, text);
  ensureShowable(text);
  return bytes;
}

function writeString(charset, text) {
  const bytes = writeText(charset, text);
  ensure(bytes.length <= 255, 'REQ-11');
  return cat(u8(bytes.length), bytes);
}

/** A text behind its u16 length. Where that can't be told, the body is too long for any carrier. */
function longText(bytes) {
  ensure(bytes.length <= LONGEST.gateway, 'REQ-11');
  return cat(u16(bytes.length), bytes);
}

function writeContent(charset, content, application) {
  if (FORMATS[content.format] === GATEWAY) return longText(Buffer.from(writeGatewayString(content, application)));
  const title = writeString(charset, content.title);
  if (content.format === 'list') {
    const items = content.items.flat().map((text) => writeString(charset, text));
    return cat(title, u8(content.items.length), ...items);
  }
  if (content.format === 'free-text') return cat(title, longText(writeText(charset, content.text)));
  ensureChallenge(content.challenge);
  return cat(title, u8(content.challenge.length), content.challenge);
}

export function writeBody({ carrier, application, minimum_version, require_pin, template, charset, content }) {
  const [set, format] = [charset === 'utf-8' ? UTF8 : ISO, FORMATS[content.format]];
  ensure(format !== GATEWAY || (carrier === 'gateway' && set === UTF8), 'REQ-4');
  const upper = (minimum_version << 14) | (Number(require_pin) << 13) | (template << 9);
  const control = upper | (set << 6) | (format << 4) | ((application - 1) << 1);
  const body = cat(u16(control), writeContent(set, content, application));
  ensure(body.length <= LONGEST[carrier], 'REQ-11');
  return body;
}

/** *request body* of section 32. */
export function readBody(body, carrier) {
  const reader = new Reader(body, 'REQ-5');
  ensure(body.length >= 2, 'REQ-2');
  const control = reader.u16();
  ensure((control & 1) === 0, 'REQ-2');
  const [charset, format] = [(control >> 6) & 7, (control >> 4) & 3];
  ensure(charset === UTF8 || charset === ISO, 'REQ-3');
  ensure(format !== GATEWAY || (carrier === 'gateway' && charset === UTF8), 'REQ-4');
  const application = ((control >> 1) & 7) + 1;
  const content = CONTENTS[format](reader, charset, application);
  reader.end();
  return {
    minimumVersion: control >> 14,
    require_pin: (control & 0x2000) !== 0,
    template: (control >> 9) & 15,
    application,
    content,
  };
}

function readText(charset, bytes) {
  const text = decodeText(charset, bytes);
  ensureShowable(text);
  return text;
}

const readString = (reader, charset) => readText(charset, reader.take(reader.u8()));

function readLongText(reader, charset) {
  const size = reader.u16();
  ensure(size > 0, 'REQ-6');
  return readText(charset, reader.take(size));
}

function readItem(reader, charset) {
  const key = readString(reader, charset);
  if (key === '') refuse('REQ-6');
  return [key, readString(reader, charset)];
}

const CONTENTS = {
  [LIST](reader, charset) {
    const title = readString(reader, charset);
    const count = reader.u8();
    ensure(count >= 1 && count <= 16, 'REQ-6');
    return { format: 'list', title, items: Array.from({ length: count }, () => readItem(reader, charset)) };
  },
  [CHALLENGE](reader, charset) {
    readString(reader, charset);
    const challenge = readString(reader, charset);
    ensureChallenge(challenge);
    return { format: 'challenge', challenge };
  },
  [FREE_TEXT](reader, charset) {
    const title = readString(reader, charset);
    return { format: 'free-text', title, text: readLongText(reader, charset) };
  },
  [GATEWAY](reader, charset, application) {
    return readGatewayString(readLongText(reader, charset), application);
  },
};
