// A peer in Node's standard library, written from SPEC.md alone. How it is started: README.md beside it.
import { countGenerations, OPERATIONS as BLOBS, pictures } from './blob.mjs';
import { Client, OPERATIONS as CLIENT } from './client.mjs';
import * as clientState from './client_state.mjs';
import { digest } from './digest.mjs';
import { OPERATIONS as DISPATCH } from './dispatch.mjs';
import { Members, parse } from './json.mjs';
import { License, OPERATIONS as LICENSE } from './license.mjs';
import * as licenseFile from './license_file.mjs';
import { OPERATIONS as LOGIN } from './login.mjs';
import { OPERATIONS as SHAPES } from './operations.mjs';
import { OPERATIONS as PRIMITIVES } from './primitives.mjs';
import { Refusal } from './refuse.mjs';
import { Ill, int, own, record, sized, text } from './shapes.mjs';
import { OPERATIONS as SINGLE_CLIENT, SingleClient } from './single_client.mjs';
import { OPERATIONS as SINGLE_LICENSE, SingleLicense } from './single_server.mjs';
import * as singleState from './single_state.mjs';
import { OPERATIONS as VERIFY } from './verify.mjs';

const LONGEST_QUESTION = 262144;

const CREATES = { ...clientState.CREATES, ...licenseFile.CREATES, ...singleState.CREATES };

/** The operations on each kind of session. */
const KINDS = [
  [Client, { ...CLIENT, ...clientState.OPERATIONS, ...DISPATCH }],
  [License, { ...LICENSE, ...VERIFY, ...LOGIN, ...BLOBS, ...licenseFile.OPERATIONS }],
  [SingleClient, { ...SINGLE_CLIENT, ...singleState.CLIENT_OPERATIONS }],
  [SingleLicense, { ...SINGLE_LICENSE, ...singleState.LICENSE_OPERATIONS }],
];

const sessions = new Map();

const GENERAL = {
  hello: () => ({
    protocol: 1,
    name: 'node_core',
    version: '1',
    language: 'JavaScript',
    profile,
    operations: [...offered],
    injects_time: true,
    injects_randomness: true,
  }),
  ping: () => ({}),
  reset: () => {
    sessions.clear();
    return {};
  },
};

const IN_ANY = {
  drop: (_, name) => {
    sessions.delete(name);
    return {};
  },
  state: (session) => ({ digest: digest(session), counters: session.counters() }),
};

const HAS = [GENERAL, IN_ANY, CREATES, PRIMITIVES, ...KINDS.map(([, operations]) => operations)].flatMap(Object.keys);

/** Each profile's operations, besides those that belong to all. */
const PROFILES = {
  'client-core': (name) => name.startsWith('client.'),
  'server-core': (name) => name.startsWith('server.'),
  full: () => true,
};

function profileFromArguments(args) {
  const [name, value, ...rest] = args;
  if (name === undefined) return 'full';
  if (name === '--profile' && own(PROFILES, value) && rest.length === 0) return value;
  console.error(`usage: node peer.mjs [--profile ${Object.keys(PROFILES).join('|')}]`);
  return process.exit(2);
}

const profile = profileFromArguments(process.argv.slice(2));
const offered = new Set(HAS.filter((name) => !name.includes('.') || PROFILES[profile](name)));

function ask(op, name, params) {
  if (own(GENERAL, op)) return GENERAL[op]();
  if (own(PRIMITIVES, op)) return PRIMITIVES[op](params);
  if (own(CREATES, op)) {
    if (sessions.has(name)) throw new Ill('this session is there already');
    sessions.set(name, CREATES[op](params));
    return {};
  }
  const session = sessions.get(name);
  if (!session) throw new Ill('no such session');
  if (own(IN_ANY, op)) return IN_ANY[op](session, name);
  const [, operations] = KINDS.find(([kind]) => session instanceof kind);
  const operation = own(operations, op);
  if (!operation) throw new Ill('a session of another kind');
  const before = session instanceof License ? pictures(session) : null;
  try {
    return operation(session, params);
  } finally {
    if (before) countGenerations(before, pictures(session));
  }
}

/** `seq`, as far as it can be read (section 18); of a doubled one the last. */
function readableSeq(question) {
  try {
    return int(0, 4294967295)(question.map.get('seq'));
  } catch {
    return null;
  }
}

const ENVELOPE = { seq: int(0, 4294967295), op: text, params: (value) => value };

/** The question's name, session and parameters; throws Ill where it is none. */
function read(question) {
  const { op, session, params } = record(ENVELOPE, { session: text })(question);
  if (!offered.has(op)) return { op }; // whatever its session is called, and its parameters
  if (session !== undefined) sized(1, 64)(session);
  const { inSession, read: readParams } = SHAPES.get(op);
  if (inSession !== (session !== undefined)) throw new Ill('with a session, or without one');
  return { op, session, params: readParams(params) };
}

function answerTo(line) {
  let question;
  try {
    question = parse(line);
  } catch {
    return { seq: null, fault: 'no JSON' };
  }
  if (!(question instanceof Members)) return { seq: null, fault: 'no object' };
  const seq = readableSeq(question);
  try {
    const { op, session, params } = read(question);
    return params === undefined ? { seq, unsupported: op } : { seq, ok: ask(op, session, params) };
  } catch (error) {
    if (error instanceof Ill) return { seq, fault: error.message };
    if (!(error instanceof Refusal)) throw error;
    return { seq, refused: { class: error.class, requirement: error.requirement } };
  }
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

/** Lines of bytes as they come; of one that is too long nothing is kept but that it was. */
let begun = [];
let size = 0;

function keep(part) {
  size += part.length;
  if (size <= LONGEST_QUESTION) begun.push(part);
  else begun = [];
}

process.stdin.on('data', (chunk) => {
  let from = 0;
  for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
    keep(chunk.subarray(from, end));
    from = end + 1;
    say(size > LONGEST_QUESTION ? { seq: null, fault: 'too long' } : answerTo(Buffer.concat(begun)));
    [begun, size] = [[], 0];
  }
  keep(chunk.subarray(from));
});
process.stdout.on('error', () => process.exit(1));
