// Calls of other apps at a client (SPEC.md, section 26, from "Dispatch" on).
import { ensureScheme, errorCallback, readUrl, withErrorCode } from './app2app.mjs';
import { called } from './callback.mjs';
import { readRequest, show, signDisplay } from './client.mjs';
import { ensure, errorNumber, Refusal } from './refuse.mjs';

function setApp2app(client, { random, ...configuration }) {
  ensureScheme(configuration.scheme);
  client.app2app = configuration;
  return {};
}

/** The checks of `dispatch` (A2A-12). `selected` is told the account of the message. */
function opened(client, url, configuration, selected) {
  ensure(configuration.enabled, 'A2A-9');
  const { scheme, platform, white_list: white } = configuration;
  const read = readUrl(url, scheme, platform);
  for (const name of ['x_success', 'x_error', 'x_cancel']) ensure(white.includes(read[name]), 'A2A-10');
  client.ensureNotRooted();
  ensure([...client.accounts.values()].some(({ active }) => active), 'A2A-11');
  const request = readRequest(client, read.secure_message, 'direct', selected);
  ensure(!client.display, 'A2A-28');
  const { found, active } = request;
  return show(client, request, { ...read, serial: found.serial, sequence: active.sequence });
}

function dispatch(client, { url }) {
  const configuration = client.app2app;
  let account = {};
  try {
    const told = opened(client, url, configuration, (selected) => (account = selected));
    return { opened: told, error: null, callback: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const number = errorNumber(error.class);
    const { scheme, platform, white_list: white } = configuration;
    const found = scheme === null ? null : errorCallback(url, scheme, platform);
    const isCalled = found !== null && white.includes(found.x_error);
    const template = isCalled ? withErrorCode(found.x_error, number) : null;
    const callback = isCalled ? called(client.app2app, { ...account, state: found.state }, template) : null;
    return { opened: null, error: { number, class: error.class }, callback };
  }
}

function answer(client, { handle, approved, pin, now }) {
  client.ensureNotRooted();
  const { display } = client;
  ensure(display && display.handle === handle && display.call, 'A2A-16');
  const { call, serial } = display;
  if (client.accounts.get(serial).active.isLocked) {
    client.display = null;
    const error = { number: errorNumber('locked'), class: 'locked' };
    return { callback: called(client.app2app, call, withErrorCode(call.x_error, error.number)), error };
  }
  if (!approved) return { callback: client.endDisplay(), error: null };
  const signature = signDisplay(client, pin, now);
  return { callback: called(client.app2app, call, call.x_success, signature), error: null };
}

export const OPERATIONS = {
  'client.set_app2app': setApp2app,
  'client.dispatch': dispatch,
  'client.answer': answer,
};
