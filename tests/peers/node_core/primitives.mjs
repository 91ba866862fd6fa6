// The operations without a session (SPEC.md, section 18).
import { readCode, readExport, readLog, writeCode, writeLog } from './activation.mjs';
import { build, parse, percentDecode, read as readCall } from './app2app.mjs';
import { readBlob, writeBlob } from './blob.mjs';
import { hex } from './bytes.mjs';
import { cmac, ctr32, kdf, random, unwrap, wrap } from './crypto.mjs';
import * as frame from './frame.mjs';
import { read as readFile, readMessageVector, write as writeFile, writeMessageVector } from './license_file.mjs';
import { askOcra, hotp } from './ocra.mjs';
import { ensure } from './refuse.mjs';
import { readGatewayString, writeGatewayString } from './request.mjs';
import { digits, profileInput } from './response.mjs';
import { checkDigit, ensureShowable } from './text.mjs';

function parseFrame({ message, carrier }) {
  const { version, type, protection, serial, nonce, body, tag } = frame.parse(message, carrier);
  return { version, type, protection, serial, nonce: hex(nonce), body: hex(body), tag: hex(tag) };
}

function openFrame({ key, message }) {
  const found = frame.parse(message, 'gateway');
  ensure(found.type !== frame.AM1, 'CLI-2');
  return { body: hex(frame.open(key, found)) };
}

function response({ key, mode, application, step, event, length, hexadecimal, check_digit: ends, fields }) {
  const mac = cmac(key, profileInput(mode, application, step, event, length, fields));
  return { response: digits(mac, length, hexadecimal, ends) };
}

function readString({ text, application }) {
  ensureShowable(text);
  return { content: readGatewayString(text, application) };
}

function openBlob(params) {
  const { generation, content } = readBlob(params, params.blob);
  return { generation, content: hex(content) };
}

export const OPERATIONS = {
  'primitive.cmac': ({ key, data }) => ({ mac: hex(cmac(key, data)) }),
  'primitive.ctr': ({ key, block, data }) => ({ data: hex(ctr32(key, block, data)) }),
  'primitive.kdf': ({ key, label, context, bits }) => ({ key: hex(kdf(key, label, context, bits)) }),
  'primitive.key_wrap': ({ kek, key }) => ({ wrapped: hex(wrap(kek, key)) }),
  'primitive.key_unwrap': ({ kek, wrapped }) => ({ key: hex(unwrap(kek, wrapped)) }),
  'primitive.check_digit': ({ digits: text, hexadecimal }) => ({ digit: checkDigit(text, hexadecimal ? 16 : 10) }),
  'primitive.response': response,
  'primitive.hotp': ({ key, counter, digits: size }) => ({ response: hotp(key, counter, size) }),
  'primitive.totp': ({ key, time, step, digits: size, hash }) => ({
    response: hotp(key, Math.floor(time / step), size, hash.replace('-', '')),
  }),
  'primitive.ocra': (params) => ({ response: askOcra(params) }),
  'primitive.percent_decode': ({ text }) => ({ text: percentDecode(text) }),
  'frame.parse': parseFrame,
  'frame.seal': ({ key, type, protection, serial, nonce, body }) => ({
    message: hex(frame.seal(key, type, protection, serial, nonce, body)),
  }),
  'frame.open': openFrame,
  'message_vector.encode': (numbers) => ({ message_vector: writeMessageVector(numbers) }),
  'message_vector.decode': ({ message_vector: text }) => readMessageVector(text),
  'license_file.write': writeFile,
  'license_file.read': readFile,
  'blob.seal': (params) => ({
    blob: writeBlob(params, random(params, 'blob_nonce', 12), params.generation, params.content),
  }),
  'blob.open': openBlob,
  'app2app.build': build,
  'app2app.parse': parse,
  'app2app.read': readCall,
  'push.read': readString,
  'push.write': ({ content }) => ({ text: writeGatewayString(content) }),
  'activation_code.write': ({ master_key: master, serial, license_key: key, hexadecimal }) => ({
    code: writeCode(master, serial, key, hexadecimal),
  }),
  'activation_code.read': ({ master_key: master, serial, code, short }) => ({
    license_key: hex(readCode(master, serial, code, short)),
  }),
  'export_svf.read': readExport,
  'acode_log.read': readLog,
  'acode_log.write': writeLog,
};
