// The digest of a session's state (SPEC.md, section 18, `state`): equal where the state is, the counters left out.
import { hex } from './bytes.mjs';
import { sha256 } from './crypto.mjs';
import { StaticVector } from './vector.mjs';

const COUNTERS = [
  'pin_failures', 'unlock_failures', 'code_failures', 'signature_failures', 'login_failures', 'password_failures',
];

/** One text for each value: what is equal has the same, what is not has another. */
function written(value) {
  if (Buffer.isBuffer(value)) return `b${hex(value)}`;
  if (Array.isArray(value)) return `[${value.map(written)}]`;
  if (value instanceof Map) return sorted([...value].map(([key, one]) => [String(key), one]));
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'none';
  if (value instanceof StaticVector) return written(value.bytes);
  return sorted(Object.entries(value).filter(([key]) => !COUNTERS.includes(key)));
}

const sorted = (entries) =>
  `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${written(one)}`).sort()}}`;

export const digest = (session) => hex(sha256(Buffer.from(written(session.digest()))));
