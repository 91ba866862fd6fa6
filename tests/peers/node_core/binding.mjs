// Platform binding, the same at client and server (SPEC.md, section 30), and the keys of a single-device license.
import { cat, integer, u64, u8 } from './bytes.mjs';
import { cmacUnder, first, kdf, sha256 } from './crypto.mjs';
import { as, ensure, refuse } from './refuse.mjs';
import { ensureChallenge } from './response.mjs';
import { serialBytes } from './text.mjs';
import { CR, MM, RO } from './vector.mjs';

/** SDL-1; `diversifier` is null for unbound responses. */
export function singleKey(licenseKey, serial, index, diversifier) {
  const context = cat(serialBytes(serial), u8(index));
  if (!diversifier) return kdf(licenseKey, 'single-app', context);
  return kdf(licenseKey, 'single-bound', cat(context, diversifier));
}

/** BND-1. */
export const diversifierOf = (serial, platformData) => first(7, sha256('platform', serialBytes(serial), platformData));

/** BND-3, BND-4, BND-5: the deriving application. */
export function ensureDeriving(vector, challenge) {
  ensure(vector.binding, 'BND-3');
  const found = vector.applications.find((one) => one.enabled && [RO, CR, MM].includes(one.mode));
  const application = found ?? refuse('BND-4');
  ensure((challenge !== null) === (application.mode === CR), 'BND-5');
  if (challenge !== null) as('BND-5', () => ensureChallenge(challenge));
  return application;
}

/** What makes the 8 digits of a derivation code's MAC, at any step and event (BND-2). */
export function derivationMac(licenseKey, serial, { index }, diversifier, challenge) {
  const mac = cmacUnder(kdf(licenseKey, 'single-derive', cat(serialBytes(serial), u8(index))));
  return (step, event) => {
    const r = mac(cat('derive', diversifier, u8(index), u64(step), u64(event), challenge ?? ''));
    return String(integer(r) % 100000000n).padStart(8, '0');
  };
}
