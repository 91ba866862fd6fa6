'use strict';

// Asks the site; what it answers, or why not in `error`.
async function ask(what, body) {
  try {
    const response = await fetch('/site/' + what, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const reply = await response.json();
    return response.ok ? reply : { error: reply.resultCodes.statusCodeEnum };
  } catch {
    return { error: 'the gateway does not answer' };
  }
}

function on(id, act) {
  const form = document.getElementById(id);
  const section = form.closest('section');
  const state = section.querySelector('.state');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    state.textContent = '…';
    const shown = section.querySelector('.shown');
    if (shown) shown.hidden = true;
    await act(section, state, Object.fromEntries(new FormData(form)));
  });
}

// The texts of a message, and its picture.
function show(section, reply, id, message) {
  section.querySelector('.shown').hidden = false;
  section.querySelector('img').src = 'data:image/svg+xml,' + encodeURIComponent(reply.picture);
  section.querySelector('.id').textContent = reply.result[id];
  section.querySelector('.message').textContent = reply.result[message];
}

on('registration', async (section, state, body) => {
  const reply = await ask('registration', body);
  state.textContent = reply.error ?? 'Scan this with the phone, or copy it';
  if (!reply.error) show(section, reply, 'registrationIdentifier', 'licenseActivationMessage');
});

let events;
on('login', async (section, state, body) => {
  events?.close();
  const reply = await ask('login', body);
  if (reply.error) {
    state.textContent = reply.error;
    return;
  }
  show(section, reply, 'challengeKey', 'notificationMessage');
  const challengeKey = reply.result.challengeKey;
  section.querySelector('.cancel').onclick = () => ask('cancel', { challengeKey });
  events = new EventSource('/site/events/' + challengeKey);
  events.onmessage = ({ data }) => {
    state.textContent = data;
    if (data !== 'pending' && data !== 'retrieved') events.close();
  };
});

on('devices', async (section, state, body) => {
  const reply = await ask('devices', body);
  state.textContent = reply.error ?? '';
  const devices = reply.result?.devices ?? [];
  section.querySelector('ul').replaceChildren(...devices.map((device) => {
    const item = document.createElement('li');
    const words = [device.serialNumber, device.description, device.status, device.locked ? 'locked' : ''];
    item.textContent = words.filter(Boolean).join(' · ');
    return item;
  }));
});
