// Passwords of a single-device client, and the license key that they seal (SPEC.md, section 30).
import { argon2id } from './argon2.mjs';
import { cat, matches, zeros } from './bytes.mjs';
import { kdf, seal, unseal } from './crypto.mjs';
import { ensure, Refusal } from './refuse.mjs';
import { serialBytes } from './text.mjs';

/** *new password*. */
export function ensureNewPassword({ password: rules }, password) {
  ensure(password !== null || !rules.required, 'PWD-1');
  if (password === null) return;
  ensure(matches(password, /[\x20-\x7e]*/), 'PWD-3');
  ensure(password.length >= rules.least && password.length <= rules.most, 'PWD-2');
  ensure(!rules.noWeak || !isWeak(password), 'PWD-4');
}

function isWeak(password) {
  const codes = [...password].map((letter) => letter.charCodeAt(0));
  return [0, 1, -1].some((by) => codes.every((code, i) => i === 0 || code === codes[i - 1] + by));
}

/** PWD-9. */
function sealingKey(platformKey, serial, { salt, memory, iterations }, password) {
  const p = password === null ? zeros(16) : argon2id(Buffer.from(password), salt, memory, iterations, 16);
  return kdf(platformKey, 'single-key', cat(salt, serialBytes(serial), p));
}

const NONCE = zeros(12);

export const sealKey = (platformKey, serial, sealing, password, licenseKey) =>
  seal(sealingKey(platformKey, serial, sealing, password), NONCE, licenseKey);

/** The license key, or null where the password is another. */
export function unsealKey(platformKey, serial, account, password) {
  try {
    return unseal('SDL-33', sealingKey(platformKey, serial, account, password), NONCE, account.sealed);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
