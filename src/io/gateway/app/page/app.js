'use strict';

const $ = (id) => document.getElementById(id);
const make = (name, text, className) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
};
const button = (text, act, className) => {
  const element = make('button', text, className);
  element.type = 'button';
  element.onclick = act;
  return element;
};
const plural = (count, word) => count + ' ' + word + (count === 1 ? '' : 's');

let state;
let shownTask = -1;

// What can't be done any more says nothing: the page shows what is.
async function send(what, body) {
  try {
    await fetch(what, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  } catch {
    $('said').textContent = 'The program does not answer.';
  }
}
const says = (saw, more) => send('said', { task: state.number, saw, ...more });

const isPlayed = (row) => row.verdict !== null;
const colour = (verdict) => verdict === 'pass' ? 'pass' : ['not-testable', 'not-run', 'warn'].includes(verdict) ? 'open' : 'fail';
const next = () => state.rows.findIndex((row) => !isPlayed(row));

function count() {
  const played = state.rows.filter(isPlayed);
  const failed = played.filter((row) => colour(row.verdict) === 'fail').length;
  $('count').textContent = played.length + ' of ' + plural(state.rows.length, 'case') + (failed ? ', ' + failed + ' failed' : '');
  $('progress').max = Math.max(state.rows.length, 1);
  $('progress').value = played.length;
}

// What has the head of the one before stands below it.
function pairs(list, all) {
  list.replaceChildren(...all.flatMap(([head, text], at) =>
    (at > 0 && all[at - 1][0] === head ? [] : [make('dt', head)]).concat(make('dd', text))));
}

function showTask(task) {
  $('now').dataset.kind = task.kind;
  $('now-head').textContent = task.title;
  $('words').textContent = task.words;
  $('carrier').hidden = !task.picture && !task.link;
  $('picture').hidden = !task.picture;
  if (task.picture) $('picture').src = 'data:image/svg+xml,' + encodeURIComponent(task.picture);
  $('link').hidden = !task.link;
  if (task.link) $('link').href = task.link; else $('link').removeAttribute('href');
  $('text').hidden = !(task.message || task.link);
  $('text').open = false;
  $('text').querySelector('code').textContent = task.message ?? task.link ?? '';
  $('data').hidden = task.data.length === 0;
  $('data').replaceChildren(...task.data.map((text) => make('li', text)));
  $('shown').hidden = task.shown.length === 0;
  pairs($('shown'), task.shown);
  $('typed').hidden = !task.field;
  $('typed').reset();
  $('typed').querySelector('span').textContent = task.field ?? '';
  $('reasons').hidden = true;
  $('reasons').replaceChildren(make('legend', 'What does it say?'),
    ...task.reasons.map(([reason, words]) => button(words, () => says('refused', { reason }))));
  // One of several answers stands out before the others nowhere: that would be an answer given.
  const first = task.field || task.answers.length > 1 ? -1 : 0;
  $('answers').replaceChildren(...task.answers.map(([saw, words], at) =>
    button(words, () => {
      if (saw === 'refused') {
        $('reasons').hidden = false;
        $('reasons').querySelector('button').focus();
      } else says(saw);
    }, at === first ? 'first' : '')));
  $('else').replaceChildren(
    button('I can’t tell', () => says('unsure'), 'quiet'),
    button('The app crashed', () => says('crashed'), 'quiet'),
    button('Stop this case', () => send('stop', {}), 'quiet'));
}

function showRest() {
  for (const id of ['carrier', 'data', 'shown', 'typed', 'reasons']) $(id).hidden = true;
  $('else').replaceChildren();
  $('now').dataset.kind = '';
  const at = next();
  const played = state.rows.filter(isPlayed).length;
  if (state.over !== null) {
    $('now-head').textContent = 'Done';
    $('words').textContent = state.over;
    $('answers').replaceChildren();
  } else if (state.playing !== null) {
    $('answers').replaceChildren();
  } else if (at < 0) {
    $('now-head').textContent = 'All cases are played';
    $('words').textContent = 'Finish, and the report is written.';
    $('answers').replaceChildren(button('Finish', () => send('finish', {}), 'first'));
  } else {
    $('now-head').textContent = played ? 'The next case' : 'Ready';
    $('words').textContent = state.rows[at].id + ': ' + state.rows[at].about;
    $('answers').replaceChildren(button(played ? 'Go on' : 'Begin', () => send('play', { row: at }), 'first'));
    if (!played) {
      $('else').textContent = 'First set the app up as it says below. All cases in their order are '
        + plural(state.actions, 'thing') + ' to do, with ' + plural(state.activations, 'activation') + '.';
    }
  }
}

function showList() {
  const areas = new Map();
  state.rows.forEach((row, at) => areas.set(row.area, [...(areas.get(row.area) ?? []), at]));
  const open = new Set([...$('list').querySelectorAll('details[open]')].map((details) => details.dataset.area));
  $('list').replaceChildren(...[...areas].map(([area, places]) => {
    const details = make('details');
    details.dataset.area = area;
    details.open = open.has(area);
    const summary = make('summary', area + ' ');
    summary.append(make('span', places.filter((at) => isPlayed(state.rows[at])).length + ' of ' + places.length));
    const list = make('ul');
    list.append(...places.map((at) => item(state.rows[at], at)));
    details.append(summary, list);
    return details;
  }));
  const left = state.rows.filter((row) => !isPlayed(row)).length;
  $('more').textContent = [
    left && left < state.rows.length ? 'What is not played stands in the report as not run.' : '',
    state.notTestable ? plural(state.notTestable, 'more case') + ' can’t be seen on an app: not testable.' : '',
  ].filter(Boolean).join(' ');
  $('finish').disabled = state.over !== null;
}

function item(row, at) {
  const element = make('li', undefined, 'row');
  const name = make('span', row.id);
  if (row.verdict) name.append(' ', make('span', row.verdict, 'verdict ' + colour(row.verdict)));
  const effort = plural(row.actions, 'thing') + ' to do' + (row.activation === null ? ', with an activation of its own' : '');
  element.append(name, make('small', row.about + '. ' + effort + '.'));
  const play = button(row.verdict ? 'Again' : 'Play', () => { send('play', { row: at }); scrollTo({ top: 0 }); });
  play.setAttribute('aria-label', play.textContent + ' ' + row.id);
  play.disabled = state.playing !== null || state.over !== null;
  element.append(play);
  if (row.why && row.verdict !== 'pass') element.append(make('span', row.why, 'why'));
  return element;
}

let lastList = '';
function show(text) {
  state = JSON.parse(text);
  count();
  const row = state.rows[state.playing];
  $('case').textContent = row ? row.id + ', step ' + (state.done + 1) + ': ' + row.about : '';
  const task = state.task ? state.number : -1;
  if (state.task && task !== shownTask) {
    if (shownTask < 0) $('setup').open = false;
    showTask(state.task);
    $('now-head').focus({ preventScroll: true });
  }
  if (!state.task) showRest();
  shownTask = task;
  if (!$('setup').querySelector('dt')) pairs($('setup').querySelector('dl'), state.setup);
  const last = state.rows[state.last];
  $('said').textContent = last && state.playing === null
    ? last.id + ': ' + last.verdict + (last.why && last.verdict !== 'pass' ? '. ' + last.why : '') : '';
  $('said').className = last ? 'verdict ' + colour(last.verdict) : '';
  const list = JSON.stringify([state.rows.map((row) => row.verdict), state.playing, state.over]);
  if (list !== lastList) showList();
  lastList = list;
}

$('typed').onsubmit = (event) => {
  event.preventDefault();
  says('code', { code: new FormData($('typed')).get('code') });
};
$('finish').onclick = () => send('finish', {});
$('setup').open = true;

const events = new EventSource('events');
events.onmessage = ({ data }) => {
  show(data);
  if (state.over !== null) events.close();
};
