// The parameters of each operation (SPEC.md, section 18).
import {
  bool, bytes, bytesOf, Ill, int, like, list, nullable, oneOf, record, sized, tagged, text, tuple,
} from './shapes.mjs';

const time = int(0, 4294967295);
const count = int(0, Number.MAX_SAFE_INTEGER);
const serial = like(/[0-9A-Z]{3}[0-9]{7}/);
const sequence = int(1, 99);
const index = int(1, 8);
const protection = int(1, 2);
const percent = int(0, 100);
const key = bytesOf(16);
const carrier = oneOf('direct', 'gateway');
const pin = oneOf('right', 'wrong', 'cached');
const platform = oneOf('android', 'ios');
const rootPolicy = oneOf('allow', 'block');
const maybeText = nullable(text);

const gateway = {
  notification: { challenge_key: text },
  login: { service: text, index, user: text, domain: text },
};
const filled = sized(1, Infinity);
const content = tagged('format', {
  list: { title: text, items: list(tuple(filled, text), 1, 16) },
  challenge: { title: text, challenge: text },
  'free-text': { title: text, text: filled },
  ...gateway,
});
const data = tagged('kind', {
  'response-only': {},
  challenge: { challenge: text },
  fields: { fields: list(text, 0, 8) },
});
const attempt = record({ data, response: text });

const vectorNumbers = {
  activation_protection: protection,
  message_protection: protection,
  post_activation: index,
  activation_validity_days: int(0, 9999),
  message_age_limit_s: time,
  code_tries: sequence,
  signature_tries: sequence,
  identification_window: percent,
  signature_window: percent,
  first_use_s: int(0, 10800),
  look_ahead: int(0, 20),
};
const license = record({
  serial,
  type: like(/[0-9A-Z]{1,16}/),
  application: like(/(?=.{12}$)[0-9A-Z][0-9A-Z]* */),
  threshold: sequence,
  secure_channel: bool,
  license_key: key,
});
const logEntry = record({ serial, code: text });
const blobPlace = { storage_key: key, serial, sequence: int(0, 99), index: int(0, 8), epoch: bytesOf(8) };
const templates = { x_success: text, x_error: text, x_cancel: text };

const singleClient = {
  static_vector: nullable(bytes),
  platform_data: bytes,
  platform_key: key,
  short_codes: bool,
  rooted: bool,
  root_policy: rootPolicy,
  reset_policy: oneOf('lock', 'reset'),
  memory_kib: int(8, 65536),
  iterations: int(1, 16),
};
const singleWindows = {
  signature_tries: sequence,
  identification_window: percent,
  signature_window: percent,
  first_use_s: int(0, 10800),
  look_ahead: int(0, 20),
};

const drawn = { payload_key: key, epoch: bytesOf(8) };
const salted = { password_salt: key };
const nonced = { state_nonce: bytesOf(12) };

/** name → [parameters, random fields or null]. */
const SESSIONLESS = {
  hello: [{ protocol: int(1, 1) }],
  ping: [{}],
  reset: [{}],
  'primitive.cmac': [{ key, data: bytes }],
  'primitive.ctr': [{ key, block: key, data: bytes }],
  'primitive.kdf': [{ key, label: like(/[\0-\x7f]*/), context: bytes, bits: int(128, 256) }],
  'primitive.key_wrap': [{ kek: key, key }],
  'primitive.key_unwrap': [{ kek: key, wrapped: bytesOf(24) }],
  'primitive.check_digit': [{ digits: like(/[0-9A-Fa-f]{1,64}/), hexadecimal: bool }],
  'primitive.response': [
    {
      key,
      mode: int(1, 5),
      application: index,
      step: count,
      event: count,
      length: int(6, 16),
      hexadecimal: bool,
      check_digit: bool,
      fields: list(bytes, 0, 8),
    },
  ],
  'primitive.hotp': [{ key: bytesOf(1, 128), counter: count, digits: int(6, 8) }],
  'primitive.totp': [
    {
      key: bytesOf(1, 128),
      time: count,
      step: int(1, 65535),
      digits: int(6, 8),
      hash: oneOf('sha-1', 'sha-256', 'sha-512'),
    },
  ],
  'primitive.ocra': [
    {
      suite: text,
      key: bytesOf(1, 128),
      counter: nullable(count),
      question: text,
      password: maybeText,
      session: nullable(bytes),
      time: nullable(count),
    },
  ],
  'primitive.percent_decode': [{ text }],
  'frame.parse': [{ message: text, carrier }],
  'frame.seal': [
    {
      key,
      type: int(1, 36),
      protection,
      serial,
      nonce: bytesOf(8),
      body: bytesOf(0, 2078),
    },
  ],
  'frame.open': [{ key, message: text }],
  'message_vector.encode': [vectorNumbers],
  'message_vector.decode': [{ message_vector: text }],
  'license_file.write': [
    { transport_key: bytesOf(32), static_vector: bytes, message_vector: text, licenses: list(license, 1, 99) },
    { file_id: key },
  ],
  'license_file.read': [{ transport_key: bytesOf(32), file: bytes }],
  'blob.seal': [{ ...blobPlace, generation: time, content: bytesOf(0, 153) }, { blob_nonce: bytesOf(12) }],
  'blob.open': [{ ...blobPlace, blob: text }],
  'app2app.build': [{ scheme: text, ...templates, message: text, state: maybeText }],
  'app2app.parse': [{ scheme: text, platform, url: text }],
  'app2app.read': [{ ...templates, url: text }],
  'push.read': [{ text, application: index }],
  'push.write': [{ content: tagged('format', gateway) }],
  'activation_code.write': [{ master_key: key, serial, license_key: key, hexadecimal: bool }],
  'activation_code.read': [{ master_key: key, serial, code: text, short: bool }],
  'export_svf.read': [{ file: bytes }],
  'acode_log.read': [{ file: bytes }],
  'acode_log.write': [{ licenses: list(logEntry, 1, 99) }],
};

const IN_SESSION = {
  drop: [{}],
  state: [{}],
  'client.create': [
    {
      static_vector: nullable(bytes),
      platform_data: bytes,
      device_type: int(0, 99),
      app_version: int(0, 3),
      rooted: bool,
      root_policy: rootPolicy,
      replacement: bool,
    },
    { installation_salt: key },
  ],
  'client.activate_license': [{ message: text }],
  'client.activate_instance': [{ message: text, pin, now: time }],
  'client.open': [{ message: text, carrier }],
  'client.close': [{}],
  'client.sign': [{ handle: count, approved: bool, pin, now: time }],
  'client.deactivate': [{ message: text, carrier }],
  'client.generate_response': [{ serial, application: index, data, pin, now: time }],
  'client.generate_unlock_challenge': [{ serial }, { unlock_challenge: bytesOf(8) }],
  'client.unlock': [{ serial, response: text }],
  'client.accounts': [{}],
  'client.mark_confirmed': [{ message: text }],
  'client.remove': [{ serial, what: oneOf('account', 'replacement') }],
  'client.save': [{ platform_key: key }, nonced],
  'client.load': [
    {
      platform_key: key,
      state: bytes,
      static_vector: nullable(bytes),
      platform_data: bytes,
      app_version: int(0, 3),
      rooted: bool,
      root_policy: rootPolicy,
      replacement: bool,
    },
  ],
  'client.set_app2app': [
    {
      enabled: bool,
      scheme: text,
      white_list: list(text, 0, 16),
      platform,
      platform_name: sized(0, 64),
      version: sized(0, 64),
      device_identifier: bytesOf(32),
    },
  ],
  'client.dispatch': [{ url: text }],
  'client.answer': [{ handle: count, approved: bool, pin, now: time }],
  'client.generate_information': [{ serial, challenge_key: text, now: time }],
  'client.login_identity': [{ serial }],
  'server.create': [
    {
      serial,
      license_key: key,
      static_vector: bytes,
      secure_channel: bool,
      ...vectorNumbers,
      threshold: sequence,
      last_counter: time,
    },
    drawn,
  ],
  'server.generate_activation1': [
    { with_challenge: bool, with_static_vector: bool, now: time },
    { challenge: (value) => notZero(bytesOf(8)(value)) },
  ],
  'server.verify_device_code': [{ device_code: text, replace: bool, now: time }],
  'server.generate_activation2': [{ now: time }, { instance_salt: bytesOf(13) }],
  'server.generate_request': [
    {
      now: time,
      carrier,
      application: index,
      minimum_version: int(0, 3),
      require_pin: bool,
      template: int(0, 15),
      charset: oneOf('utf-8', 'iso-8859-15'),
      content,
    },
  ],
  'server.verify_message_signature': [{ sequence, message: text, signature: text, now: time }],
  'server.generate_deactivation': [{ sequence, now: time }],
  'server.verify_response': [{ sequence, application: index, data, response: text, now: time }],
  'server.generate_unlock_response': [{ sequence, challenge: text }],
  'server.unlock_instance': [{ sequence }],
  'server.restored': [{ highest_sequence: int(0, 99), now: time }],
  'server.resynchronise': [{ sequence, application: index, first: attempt, second: attempt, now: time }],
  'server.import': [{ transport_key: bytesOf(32), file: bytes, serial }, drawn],
  'server.reimport': [{ transport_key: bytesOf(32), file: bytes }, drawn],
  'server.instance': [{ sequence }],
  'server.seal_blob': [{ storage_key: key, sequence: int(0, 99), index: int(0, 8) }, { blob_nonce: bytesOf(12) }],
  'server.load_blob': [{ storage_key: key, sequence: int(0, 99), index: int(0, 8), blob: text, now: time }],
  'server.process_information': [{ message: text, now: time }],
  'server.login_start': [
    {
      application: index,
      service: text,
      user: text,
      domain: maybeText,
      requester: sized(1, 64),
      now: time,
    },
    { challenge_key: bytesOf(5) },
  ],
  'server.login_retrieve': [{ challenge_key: text, serial, sequence, now: time }],
  'server.login_approve': [{ challenge_key: text, user: text, domain: maybeText, signature: text, now: time }],
  'server.login_reject': [{ message: text, now: time }],
  'server.login_cancel': [{ challenge_key: text, now: time }],
  'server.login_status': [{ challenge_key: text, now: time }],
  'client.single_create': [singleClient],
  'client.single_activate': [
    { serial: maybeText, suffix: maybeText, code: text, event_reactivation_counter: maybeText, password: maybeText },
    salted,
  ],
  'client.single_activate_online': [{ data: text, shared_secret: nullable(key), password: maybeText }, salted],
  'client.single_report': [{ accepted: bool }],
  'client.single_revert': [{}],
  'client.single_status': [{}],
  'client.single_change_password': [{ old: maybeText, new: maybeText }, salted],
  'client.single_generate_response': [{ application: index, data, password: maybeText, now: time }],
  'client.single_generate_derivation_code': [{ challenge: maybeText, password: maybeText, now: time }],
  'client.single_mark_bound': [{}],
  'client.single_save': [{}, nonced],
  'client.single_load': [{ state: bytes, ...singleClient }],
  'server.single_create': [{ serial, license_key: key, static_vector: bytes, ...singleWindows }],
  'server.single_reimport': [{ license_key: key, static_vector: bytes }],
  'server.single_generate_activation_code': [{ hexadecimal: bool }],
  'server.single_generate_full_activation_data': [
    { shared_secret: nullable(key), with_counter: bool },
    { activation_nonce: bytesOf(12) },
  ],
  'server.single_generate_event_reactivation_counter': [{}],
  'server.single_verify_response': [{ serial, application: index, data, response: text, now: time }],
  'server.single_verify_derivation_code': [
    { serial, challenge: maybeText, code: text, replace: bool, now: time },
  ],
  'server.single_unlock': [{}],
  'server.single_resynchronise': [{ application: index, first: attempt, second: attempt, now: time }],
  'server.single_save': [{ storage_key: key }, nonced],
  'server.single_load': [{ storage_key: key, state: bytes }],
};

function notZero(value) {
  if (value.every((byte) => byte === 0)) throw new Ill('zeros are no challenge');
  return value;
}

/** What the types of single parameters don't say. */
const TOGETHER = {
  'primitive.kdf': ({ bits }) => bits === 128 || bits === 256,
  'primitive.check_digit': ({ digits, hexadecimal }) => hexadecimal || /^[0-9]*$/.test(digits),
  'frame.seal': ({ type }) => [1, 2, 3, 36].includes(type),
  'client.single_activate': ({ serial: whole, suffix }) => (whole === null) !== (suffix === null),
};

const compiled = (table, inSession) =>
  Object.entries(table).map(([name, [types, random]]) => {
    const shape = record(types, random && { random: record({}, random) });
    return [name, { inSession, read: (value) => together(name, { random: {}, ...shape(value) }) }];
  });

function together(name, params) {
  if (Object.hasOwn(TOGETHER, name) && !TOGETHER[name](params)) throw new Ill('these parameters do not go together');
  return params;
}

/** name → whether it is asked in a session, and what reads its parameters. */
export const OPERATIONS = new Map([...compiled(SESSIONLESS, false), ...compiled(IN_SESSION, true)]);
