// Node's own `crypto`, `URL` and `decodeURIComponent` on the bench. `node peer.mjs PROFILE`.
import crypto from "node:crypto";
import { readStrictly } from "./json.mjs";

class Fault extends Error {} // the question itself was wrong (PPR-5)
class Refused extends Error { // the library says no: words of SPEC section 16
  constructor(kind, requirement) {
    super(kind);
    this.answer = { class: kind, requirement };
  }
}

const fault = (words) => { throw new Fault(words); };

// ---- types of parameters: functions from the JSON value to what the operation takes ----

const LARGEST = Number.MAX_SAFE_INTEGER; // 2^53 - 1
const text = (value) => (typeof value === "string" && !/\p{Surrogate}/u.test(value) ? value : fault("not a text"));
const whole = (low, high) => (value) =>
  (Number.isSafeInteger(value) && value >= low && value <= high ? value : fault(`not from ${low} to ${high}`));
const oneOf = (...choices) => (value) => (choices.includes(value) ? value : fault(`none of ${choices}`));
const octets = (low = 0, high = Infinity) => (value) => {
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(text(value)) || value.includes("\n")) fault("not hexadecimal");
  const bytes = Buffer.from(value, "hex");
  return bytes.length >= low && bytes.length <= high ? bytes : fault("wrong number of bytes");
};
const hexadecimal = (bytes) => bytes.toString("hex").toUpperCase();

// ---- what the library does ----

function ctr({ key, block, data }) {
  const cipher = crypto.createCipheriv("aes-128-ctr", key, block);
  return { data: hexadecimal(Buffer.concat([cipher.update(data), cipher.final()])) };
}

const INITIAL = Buffer.from("A6A6A6A6A6A6A6A6", "hex"); // RFC 3394, section 2.2.3.1

function wrap({ kek, key }) {
  const cipher = crypto.createCipheriv("id-aes128-wrap", kek, INITIAL);
  return { wrapped: hexadecimal(Buffer.concat([cipher.update(key), cipher.final()])) };
}

function unwrap({ kek, wrapped }) {
  const cipher = crypto.createDecipheriv("id-aes128-wrap", kek, INITIAL);
  try {
    return { key: hexadecimal(Buffer.concat([cipher.update(wrapped), cipher.final()])) };
  } catch {
    throw new Refused("corrupted", "KEY-10"); // OpenSSL has no better word
  }
}

function password(hash, key, counter, digits) { // RFC 4226, section 5.3
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = crypto.createHmac(hash, key).update(message).digest();
  const offset = mac[mac.length - 1] & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return { response: String(number % 10 ** digits).padStart(digits, "0") };
}

const hotp = ({ key, counter, digits }) => password("sha1", key, counter, digits);
const totp = ({ key, time, step, digits, hash }) =>
  password(hash.replace("-", ""), key, BigInt(time) / BigInt(step), digits); // BigInt: a double would round up

function decodeOr(kind, requirement, value) {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) throw new Refused(kind, requirement);
    throw error;
  }
}

// As an integrator would write it: the platform takes the URL apart, the second decoding is done by hand.
function parse({ scheme, url }) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol !== `${scheme}:` || parsed.host.toLowerCase() !== "app2app_secure_channel") {
    throw new Refused("bad-url", "A2A-2");
  }
  const get = (name) => parsed.searchParams.get(name) ?? (() => { throw new Refused("bad-url", "A2A-5"); })();
  const raw = ["x-success", "x-error", "x-cancel"].map(get);
  const secure_message = get("secure_message");
  const [x_success, x_error, x_cancel] = raw.map((value) => decodeOr("bad-callback", "A2A-7", value));
  return { x_success, x_error, x_cancel, secure_message, state: parsed.searchParams.get("state") };
}

// ---- the table and the loop: a Map, since an object has "constructor" and others that nobody put there ----

const KEY = octets(16, 16);
const library = {
  "primitive.ctr": [ctr, { key: KEY, block: KEY, data: octets() }],
  "primitive.key_wrap": [wrap, { kek: KEY, key: KEY }],
  "primitive.key_unwrap": [unwrap, { kek: KEY, wrapped: octets(24, 24) }],
  "primitive.hotp": [hotp, { key: octets(1, 128), counter: whole(0, LARGEST), digits: whole(6, 8) }],
  "primitive.totp": [totp, {
    key: octets(1, 128), time: whole(0, LARGEST), step: whole(1, 65535), digits: whole(6, 8),
    hash: oneOf("sha-1", "sha-256", "sha-512"),
  }],
  "primitive.percent_decode": [
    (params) => ({ text: decodeOr("bad-escape", "A2A-26", params.text) }), { text },
  ],
  "app2app.parse": [parse, { scheme: text, platform: oneOf("android", "ios"), url: text }],
};
const profile = process.argv[2];
const hello = () => ({
  protocol: 1, name: "Node", version: process.versions.node, language: "JavaScript", profile,
  operations: [...operations.keys()], injects_time: true, injects_randomness: true,
});
const operations = new Map([
  ["hello", [hello, { protocol: oneOf(1) }]],
  ...["ping", "reset", "drop"].map((name) => [name, [() => ({}), {}]]),
  ...Object.entries(library),
]);

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const same = (names, others) => names.length === others.length && names.every((name) => others.includes(name));

function serve(question, strict) {
  const { op, params } = question;
  const inSession = "session" in question;
  if (!strict) fault("a doubled member, or a number with a fraction or an exponent");
  if (!same(Object.keys(question), ["seq", "op", "params", ...(inSession ? ["session"] : [])])) {
    fault("a question has seq, op, params and perhaps session");
  }
  const [run, types] = operations.get(text(op)) ?? [];
  if (!run) return { unsupported: op }; // PPR-4, before anything about its parameters
  if (op === "drop" || inSession) fault("no such session: there are none here");
  const names = Object.keys(types);
  if (!isObject(params) || !same(Object.keys(params), names)) fault(`params: exactly ${names}`);
  return { ok: run(Object.fromEntries(names.map((name) => [name, types[name](params[name])]))) };
}

function answer(bytes) {
  let seq = null; // null where it can't be read
  try {
    const read = bytes.length > 262144 ? fault("longer than 262144 bytes") : readStrictly(bytes);
    const { value: question, strict } = read;
    if (!isObject(question)) fault("not an object");
    if (typeof question.seq !== "number" || !Number.isInteger(read.seq)) fault("no seq");
    if (read.seq < 0 || read.seq > 0xffffffff) fault("no seq");
    seq = read.seq;
    return { seq, ...serve(question, strict) };
  } catch (error) {
    if (error instanceof Refused) return { seq, refused: error.answer };
    if (error instanceof Fault || error instanceof SyntaxError) return { seq, fault: error.message };
    if (error.code === "ERR_ENCODING_INVALID_ENCODED_DATA") return { seq, fault: "not UTF-8" };
    throw error; // what else the library throws ends the adapter: the run then shows it as a crash
  }
}

// Lines end with LF and nothing else: node:readline would also end one at U+2028.
let begun = Buffer.alloc(0);
process.stdin.on("data", (chunk) => {
  begun = Buffer.concat([begun, chunk]);
  for (let end = begun.indexOf(10); end >= 0; end = begun.indexOf(10)) {
    process.stdout.write(`${JSON.stringify(answer(begun.subarray(0, end)))}\n`);
    begun = begun.subarray(end + 1);
  }
});
