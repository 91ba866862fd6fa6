// The callback of a call by another app, filled in (SPEC.md, section 26, "Masks").
import { fill } from './app2app.mjs';
import { hex } from './bytes.mjs';

/** A client that was never given a configuration. */
export const OFF = {
  enabled: false,
  scheme: null,
  white_list: [],
  platform: 'android',
  platform_name: '',
  version: '',
  device_identifier: Buffer.alloc(0),
};

/**
 * A2A-19: a template as it is called under a client's configuration. `call` has the serial number, the sequence number
 * and the state, as far as there are any.
 */
export function called(configuration, call, template, signature) {
  const { platform, platform_name: name, version, device_identifier: device } = configuration;
  return fill(template, {
    OTP: signature,
    PlatformName: name,
    SerialNumber: call.serial ?? '',
    SequenceNumber: call.serial ? String(call.sequence).padStart(2, '0') : '',
    UserIdentifier: '',
    Version: version,
    DeviceIdentifier: platform === 'android' ? hex(device) : '',
    RootingStatus: 'false',
    State: call.state ?? '',
  });
}
