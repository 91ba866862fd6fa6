// Strict JSON (RFC 8259) that keeps what JSON.parse loses: doubled members, how a number was written.

/** Beyond this nesting a line has no readable question (section 18 demands 100). */
const DEEPEST = 200;

/** A number as it was written. */
export class Written {
  constructor(text) {
    this.text = text;
  }
}

/** An object: its members in order, doubled ones too. */
export class Members {
  constructor(list) {
    this.list = list;
    this.map = new Map(list);
  }

  get doubled() {
    return this.map.size !== this.list.length;
  }
}

const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail() {
    throw new SyntaxError(`no JSON at ${this.at}`);
  }

  blank() {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at += 1;
  }

  /** Whether `word` comes next; it is read then. */
  next(word) {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  value(depth) {
    if (depth > DEEPEST) this.fail();
    if (this.next('{')) return new Members(this.list('}', depth, () => this.member(depth)));
    if (this.next('[')) return this.list(']', depth, () => this.value(depth + 1));
    if (this.next('"')) return this.string();
    if (this.next('true')) return true;
    if (this.next('false')) return false;
    if (this.next('null')) return null;
    const written = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    written.lastIndex = this.at;
    const found = written.exec(this.text) ?? this.fail();
    this.at = written.lastIndex;
    return new Written(found[0]);
  }

  list(end, depth, one) {
    const list = [];
    this.blank();
    if (this.next(end)) return list;
    for (;;) {
      this.blank();
      list.push(one());
      this.blank();
      if (this.next(end)) return list;
      if (!this.next(',')) this.fail();
    }
  }

  member(depth) {
    if (!this.next('"')) this.fail();
    const name = this.string();
    this.blank();
    if (!this.next(':')) this.fail();
    this.blank();
    return [name, this.value(depth + 1)];
  }

  string() {
    const plain = /[^"\\\u0000-\u001f]*/y;
    let text = '';
    for (;;) {
      plain.lastIndex = this.at;
      text += plain.exec(this.text)[0];
      this.at = plain.lastIndex;
      if (this.next('"')) return text;
      if (!this.next('\\')) this.fail();
      text += this.escape();
    }
  }

  escape() {
    const letter = this.text[this.at] ?? '';
    this.at += 1;
    if (letter !== 'u') return Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : this.fail();
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) this.fail();
    this.at += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }
}

/** The value of a line of UTF-8; throws where it is none. */
export function parse(bytes) {
  const parser = new Parser(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  parser.blank();
  const value = parser.value(0);
  parser.blank();
  if (parser.at !== parser.text.length) parser.fail();
  return value;
}
