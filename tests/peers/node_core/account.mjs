// What a client has under a serial number (SPEC.md, sections 9 to 12), and the keys of it.
import { cat, u8 } from './bytes.mjs';
import { cmac, first, hmac, kdf } from './crypto.mjs';
import * as frame from './frame.mjs';
import { respond } from './response.mjs';
import { serialBytes, withCheckDigit } from './text.mjs';

export const wrappingKey = (masterKey, serial) => kdf(masterKey, 'wrap', serialBytes(serial));

export const checkValue = (licenseKey, serial) => kdf(licenseKey, 'client-check', serialBytes(serial));

export const deviceId = (salt, serial, platformData) =>
  first(5, hmac('sha256', salt, cat(serialBytes(serial), platformData)));

const DEVICE_ID_BITS = 40n;
const MAC_BITS = 36n;

/** The MAC of a device code (KEY-7, DVC-3) as a number. */
export function deviceCodeMac(licenseKey, type, id, am1Hash) {
  const key = kdf(licenseKey, 'device-code', Buffer.alloc(0));
  return cmac(key, cat(u8(type), id, am1Hash)).readBigUInt64BE(0) >> (64n - MAC_BITS);
}

export function deviceCode(licenseKey, type, id, am1Hash) {
  const whole = (BigInt(type) << DEVICE_ID_BITS) | BigInt(`0x${id.toString('hex')}`);
  const n = (whole << MAC_BITS) | deviceCodeMac(licenseKey, type, id, am1Hash);
  return withCheckDigit(String(n).padStart(25, '0'));
}

/** What the 25 digits of a device code say; null where they are no code (DVC-6). */
export function takeDeviceCode(digits) {
  const n = BigInt(digits);
  if (n >> 83n) return null;
  const id = Buffer.from(((n >> MAC_BITS) & ((1n << DEVICE_ID_BITS) - 1n)).toString(16).padStart(10, '0'), 'hex');
  return { type: Number(n >> (DEVICE_ID_BITS + MAC_BITS)), id, mac: n & ((1n << MAC_BITS) - 1n) };
}

/** KEY-6. */
export const am2Key = (licenseKey, serial, type, id, am1Hash) =>
  kdf(licenseKey, 'am2', cat(serialBytes(serial), u8(type), id, am1Hash));

/** KEY-8. */
export const applicationKey = (licenseKey, serial, sequence, index, type, id, salt) =>
  kdf(licenseKey, 'app', cat(serialBytes(serial), u8(sequence), u8(index), u8(type), id, salt));

/** An instance at its client: what AM2 made of the pre-activated account. */
export class Instance {
  /** `applications`: for each of the vector, its event counter and key. */
  constructor({ sequence, policy, counter, check, am2Hash, vector, payload, applications }) {
    Object.assign(this, { sequence, policy, counter, check, am2Hash, vector, payload, applications });
    Object.assign(this, { pin_failures: 0, unlock_failures: 0, challenge: null, information: 0, identity: null });
  }

  get isLocked() {
    return this.pin_failures >= this.vector.tries;
  }

  get policyRead() {
    return frame.readPolicy(this.policy);
  }

  respond(index, over, now) {
    const application = this.vector.application(index);
    const state = this.applications[this.vector.applications.indexOf(application)];
    return respond(application, state, state.key, over, now);
  }

  key(index) {
    return this.applications[this.vector.applications.findIndex((one) => one.index === index)].key;
  }

  /** What a right, wrong or cached PIN does; `wrong` refuses. */
  enterPin(pin, wrong) {
    if (pin === 'wrong') {
      this.pin_failures += 1;
      wrong();
    }
    if (pin === 'right') this.pin_failures = 0;
  }
}
