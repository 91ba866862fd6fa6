// The types of section 18: each takes a value of json.mjs and gives what the operations work with, or throws Ill.
import { isHex, matches, unhex } from './bytes.mjs';
import { Members, Written } from './json.mjs';

/** The question is none: a fault. */
export class Ill extends Error {}

const ill = (why) => {
  throw new Ill(why);
};

/** Code points, of which no surrogate is one. */
export const length = (text) => [...text].length;

export const int = (least, most) => (value) => {
  if (!(value instanceof Written) || !matches(value.text, /0|-?[1-9][0-9]*/)) ill('a whole number is wanted');
  const number = Number(value.text);
  return number >= least && number <= most ? number : ill(`${value.text} is out of range`);
};

export const bool = (value) => (typeof value === 'boolean' ? value : ill('true or false is wanted'));

export const text = (value) =>
  typeof value === 'string' && !/\p{Surrogate}/u.test(value) ? value : ill('a text is wanted');

export const sized = (least, most) => (value) => {
  const size = length(text(value));
  return size >= least && size <= most ? value : ill('a text of another length is wanted');
};

export const like = (pattern) => (value) =>
  matches(text(value), pattern) ? value : ill('a text of another form is wanted');

export const oneOf = (...words) => (value) => (words.includes(value) ? value : ill(`one of ${words} is wanted`));

export const bytes = (value) => (isHex(text(value)) ? unhex(value) : ill('bytes are wanted'));

export const bytesOf = (least, most = least) => (value) => {
  const found = bytes(value);
  return found.length >= least && found.length <= most ? found : ill('bytes of another length are wanted');
};

export const nullable = (type) => (value) => (value === null ? null : type(value));

export const list = (type, least, most) => (value) => {
  if (!Array.isArray(value) || value.length < least || value.length > most) ill('a list is wanted');
  return value.map(type);
};

export const tuple = (...types) => (value) => {
  if (!Array.isArray(value) || value.length !== types.length) ill('a list of another length is wanted');
  return types.map((type, i) => type(value[i]));
};

/** All of `types`, and perhaps those of `optional`, and nothing else. */
export const record = (types, optional = {}) => (value) => {
  if (!(value instanceof Members)) ill('an object is wanted');
  if (value.doubled) ill('a member is there twice');
  const result = {};
  for (const [name, one] of value.list) {
    const type = own(types, name) ?? own(optional, name) ?? ill('an unknown member');
    result[name] = type(one);
  }
  for (const name of Object.keys(types)) {
    if (!(name in result)) ill(`${name} is missing`);
  }
  return result;
};

/** An object whose member `tag` says which of `kinds` it is. */
export const tagged = (tag, kinds) => (value) => {
  if (!(value instanceof Members)) ill('an object is wanted');
  const kind = value.map.get(tag);
  const types = (typeof kind === 'string' && own(kinds, kind)) || ill(`an unknown ${tag}`);
  return record({ [tag]: text, ...types })(value);
};

export const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);
