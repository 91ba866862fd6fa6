// JSON that says what JSON.parse keeps to itself: a member that is there twice, a number that is not plain digits.

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]|-?[0-9][-+.eE0-9]*/g;

/** The value of a line, and whether the protocol allows how it is written. Throws where it is no JSON. */
export function readStrictly(bytes) {
  const line = utf8.decode(bytes);
  const value = JSON.parse(line); // from here on each token is a whole one
  const open = []; // the names seen so far in each object that is not closed yet
  let strict = true;
  for (const [token, colon] of line.matchAll(TOKENS)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length));
      strict &&= !open.at(-1).has(name);
      open.at(-1).add(name);
    } else if (token[0] !== '"') strict &&= !/[.eE]/.test(token);
  }
  return { value, strict };
}
