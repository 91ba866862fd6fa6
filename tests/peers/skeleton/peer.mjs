// The skeleton of a peer (SPEC.md section 18): Node, nothing else. It has the loop, the table of operations and all
// ways to say no, and one operation. Copy it, add a function and its row. (JSON.parse keeps the last of a member that
// is there twice; where you need PPR-5 to the letter, bring a parser that tells.)

class Fault extends Error {} // the question itself was wrong (PPR-5)
class Refused extends Error { // the protocol refuses: new Refused("corrupted", "PRT-4"), words of SPEC section 16
  constructor(kind, requirement) {
    super(kind);
    this.answer = { class: kind, requirement };
  }
}

const fault = (words) => { throw new Fault(words); };

// Types of parameters: functions that fault what they do not like.
const text = (value) => (typeof value === "string" && !/\p{Surrogate}/u.test(value) ? value : fault("not a text"));
const boolean = (value) => (typeof value === "boolean" ? value : fault("not true or false"));
const protocol = (value) => (value === 1 ? value : fault("protocol 1 is what there is"));

const hello = () => ({
  protocol: 1, name: "skeleton", version: "1", language: "JavaScript",
  profile: "primitive:primitive.check_digit", // the claim; grows with what passes
  operations: [...operations.keys()], injects_time: true, injects_randomness: true,
});

function checkDigit({ digits, hexadecimal }) { // CNV-4, CNV-5
  const base = hexadecimal ? 16 : 10;
  const kind = hexadecimal ? /^[0-9A-Fa-f]{1,64}$/ : /^[0-9]{1,64}$/;
  if (!kind.test(digits)) fault("digits: 1 to 64 of its kind");
  let p = base;
  for (const digit of digits) p = (2 * ((p + parseInt(digit, base)) % base || base)) % (base + 1);
  return { digit: ((base + 1 - p) % base).toString(base).toUpperCase() };
}

const sessions = new Map(); // name -> client or server, once there are some
// name -> what answers it, the types of its parameters, whether it belongs to a session. A Map: an object has
// "constructor" and others that nobody put there.
const operations = new Map([
  ["hello", { run: hello, types: { protocol } }],
  ["ping", { run: () => ({}), types: {} }],
  ["reset", { run: () => (sessions.clear(), {}), types: {} }],
  ["drop", { run: (_, session) => (sessions.delete(session), {}), types: {}, inSession: true }],
  ["primitive.check_digit", { run: checkDigit, types: { digits: text, hexadecimal: boolean } }],
]);

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const same = (names, others) => names.length === others.length && names.every((name) => others.includes(name));

function serve(question) {
  const { op, params, session } = question;
  const inSession = "session" in question;
  const members = ["seq", "op", "params", ...(inSession ? ["session"] : [])];
  if (!same(Object.keys(question), members)) fault("a question has seq, op, params and perhaps session");
  const operation = operations.get(text(op));
  if (!operation) return { unsupported: op }; // PPR-4, before anything about its parameters
  const names = Object.keys(operation.types);
  if (!isObject(params) || !same(Object.keys(params), names)) fault(`params: exactly ${names}`);
  for (const name of names) operation.types[name](params[name]);
  if (inSession !== (operation.inSession ?? false)) fault("session: exactly where the operation has one");
  if (inSession) { // an operation that creates one wants the opposite of the second half
    const length = [...text(session)].length; // code points
    if (length < 1 || length > 64 || !sessions.has(session)) fault("no such session");
  }
  return { ok: operation.run(params, session) };
}

// JSON.parse keeps the last of doubled members, and forgets how a number was written: so look at the text, too. The
// result is how `seq` was written.
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\]:]|true|false|null/g;
const isWhole = (token) => /^(0|-?[1-9]\d*)$/.test(token);

function written(json, complain) {
  const levels = [];
  let [seq, before, name] = ["", "", null];
  for (const [token] of json.matchAll(tokens)) {
    if (token === "{" || token === "[") levels.push(new Set());
    else if (token === "}" || token === "]") levels.pop();
    else if (token === ":") {
      name = JSON.parse(before);
      if (levels.at(-1).has(name)) complain("a member is there twice");
      levels.at(-1).add(name);
    } else if (/^-?\d/.test(token) && !isWhole(token)) complain(`${token} is not written as a whole number`);
    if (before === ":" && levels.length === 1 && name === "seq") seq = token;
    before = token;
  }
  return seq;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function answer(bytes) {
  let seq = null; // null where it can't be read
  try {
    if (bytes.length > 262144) fault("longer than 262144 bytes");
    const line = utf8.decode(bytes);
    const question = JSON.parse(line);
    if (!isObject(question)) fault("not an object");
    if (!isWhole(written(line, () => {})) || question.seq < 0 || question.seq > 0xffffffff) fault("no seq");
    seq = question.seq;
    written(line, fault);
    return { seq, ...serve(question) };
  } catch (error) {
    if (error instanceof Refused) return { seq, refused: error.answer };
    if (error instanceof Fault || error instanceof SyntaxError) return { seq, fault: error.message };
    if (error.code === "ERR_ENCODING_INVALID_ENCODED_DATA") return { seq, fault: "not UTF-8" };
    throw error; // a mistake of the peer's: end with it on standard error, say nothing wrong
  }
}

// Lines end with LF and nothing else: node:readline would also end one at U+2028, which a title may have.
let begun = Buffer.alloc(0);
process.stdin.on("data", (chunk) => {
  begun = Buffer.concat([begun, chunk]);
  for (let end = begun.indexOf(10); end >= 0; end = begun.indexOf(10)) {
    process.stdout.write(`${JSON.stringify(answer(begun.subarray(0, end)))}\n`);
    begun = begun.subarray(end + 1);
  }
}); // ends with the input, and so does the peer (PPR-8)
