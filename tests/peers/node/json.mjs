// JSON that says what JSON.parse keeps to itself: a member that is there twice, a number that is not plain digits.

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]|-?[0-9][-+.eE0-9]*/g;

/** The value of a line, whether the protocol allows how it is written, and its `seq` where that is a whole number as it
 * stands there. Throws where it is no JSON. */
export function readStrictly(bytes) {
  const line = utf8.decode(bytes);
  const value = JSON.parse(line); // from here on each token is a whole one
  const open = []; // the names seen so far in each object that is not closed yet
  let strict = true;
  let [name, seq] = [null, null];
  for (const [token, colon] of line.matchAll(TOKENS)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) {
      name = JSON.parse(token.slice(0, -colon.length));
      strict &&= !open.at(-1).has(name);
      open.at(-1).add(name);
    } else if (token[0] !== '"') {
      const isWhole = /^(0|-?[1-9][0-9]*)$/.test(token);
      strict &&= isWhole;
      if (open.length === 1 && name === "seq") seq = isWhole ? Number(token) : null;
    }
  }
  return { value, strict, seq };
}
