/**
 * The program of the page, for browsers, as it is sent: there is no build step. Whatever comes from
 * the store goes into the page as text. Cards are changed in place, so that the keyboard's focus stays.
 */
export const script = String.raw`
'use strict';
(() => {
const hour = 3600000;
const byId = (id) => document.getElementById(id);
const [page, contact, lost, lostSince, summary, list, ask] =
  [document.body, ...['contact', 'lost', 'lost-since', 'summary', 'elections', 'ask'].map(byId)];
const mayStepDown = page.dataset.stepDown === 'yes';
const cards = new Map();
const colours = new Map();
let source, snapshot, offset = 0, every = 5000, sign = 0, signAt = 0, again;

const make = (parent, tag, className = '', text = '') => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  parent.append(made);
  return made;
};
const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const now = () => Date.now() + offset;
const clock = (time) => new Date(time - offset).toLocaleTimeString(undefined, { hour12: false });
const plural = (count, one, many) => count + ' ' + (count === 1 ? one : many);
function lasting(ms) {
  const s = Math.max(0, Math.round(ms / 1000)), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  if (d > 0) return d + ' d ' + (h % 24) + ' h';
  if (h > 0) return h + ' h ' + (m % 60) + ' min';
  return m > 0 ? m + ' min ' + (s % 60) + ' s' : s + ' s';
}
const colour = (id) => {
  if (!colours.has(id)) colours.set(id, 'c' + (colours.size % 8));
  return colours.get(id);
};

function connect() {
  clearTimeout(again);
  source?.close();
  const mine = source = new EventSource('events?timeline');
  sign = performance.now();
  mine.addEventListener('leadership', ({ data }) => {
    snapshot = JSON.parse(data);
    offset = snapshot.now - Date.now();
    every = snapshot.every;
    alive();
    draw();
  });
  mine.addEventListener('heartbeat', () => { if (snapshot) alive(); });
  mine.addEventListener('error', () => {
    if (mine !== source) return;
    noContact();
    if (mine.readyState === 2) again = setTimeout(connect, 3000); // it has given up
  });
}
function alive() {
  sign = performance.now();
  signAt = now();
  page.classList.remove('lost');
  lost.hidden = true;
  contact.className = 'live';
  write(contact, 'Live');
  showCertain();
}
function noContact() {
  if (page.classList.contains('lost')) return;
  page.classList.add('lost');
  write(lostSince, snapshot ? 'What is shown was so at ' + clock(signAt) + '; somebody else may lead by now.' : 'Nothing has come yet.');
  lost.hidden = false;
  contact.className = 'lost';
  write(contact, 'Connection lost');
  document.title = 'Connection lost – Leadership';
  showCertain();
}

function makeCard(name) {
  const root = make(list, 'section', 'card');
  const head = make(root, 'div', 'head');
  const title = make(head, 'h2');
  make(title, 'bdi', '', name);
  title.id = 'election-' + cards.size;
  root.setAttribute('aria-labelledby', title.id);
  const badge = make(head, 'span', 'badge');
  const who = make(root, 'p', 'who');
  const id = make(who, 'bdi');
  const data = make(make(who, 'small'), 'bdi');
  const facts = make(root, 'dl', 'facts');
  const fact = (label) => { make(facts, 'dt', '', label); return make(facts, 'dd'); };
  const since = fact('Since'), token = fact('Token');
  const timeline = make(root, 'div', 'timeline');
  timeline.setAttribute('aria-hidden', 'true'); // the table says the same
  const axis = make(root, 'div', 'axis');
  axis.setAttribute('aria-hidden', 'true');
  for (const text of ['1 h ago', '30 min', 'now']) make(axis, 'span', '', text);
  const fold = () => {
    const whole = make(root, 'details');
    return { whole, summary: make(whole, 'summary') };
  };
  const alone = make(root, 'p', 'alone', 'Queue: nobody waits');
  const queue = fold(), past = fold();
  const order = make(queue.whole, 'ol');
  const table = make(past.whole, 'table');
  const names = make(make(table, 'thead'), 'tr');
  for (const text of ['From', 'For', 'Leader', 'Token']) make(names, 'th', '', text).scope = 'col';
  const rows = make(table, 'tbody');
  const card = { root, name, badge, id, data, since, token, timeline, alone, queue, order, past, rows, drawn: '' };
  if (mayStepDown) {
    const asking = make(root, 'div', 'ask');
    card.button = make(asking, 'button', 'danger', 'Ask to step down…');
    card.button.type = 'button';
    card.button.setAttribute('aria-describedby', title.id);
    card.outcome = make(asking, 'p');
    card.outcome.setAttribute('role', 'status');
    card.button.addEventListener('click', () => question(card));
  }
  return card;
}

function draw() {
  const names = Object.keys(snapshot.elections).sort();
  for (const [name, card] of cards) if (!names.includes(name)) { card.root.remove(); cards.delete(name); }
  for (const name of names) {
    if (!cards.has(name)) cards.set(name, makeCard(name));
    drawCard(cards.get(name), snapshot.elections[name]);
  }
  const states = names.map((name) => cards.get(name).is);
  const count = (is) => states.filter((each) => each === is).length;
  const parts = [plural(names.length, 'election', 'elections')];
  if (count('vacant')) parts.push(count('vacant') + ' without a leader');
  if (count('unknown')) parts.push(count('unknown') + ' not certain');
  write(summary, parts.join(', '));
  document.title = (count('vacant') ? '(' + count('vacant') + ' vacant) ' : '') + 'Leadership';
  tick();
  showCertain();
}

function drawCard(card, state) {
  const { leader, stale, queue = [] } = state;
  card.state = state;
  card.is = stale ? 'unknown' : leader ? 'led' : 'vacant';
  write(card.id, leader ? leader.id : stale ? 'not known' : 'nobody');
  write(card.data, stale ? (leader ? 'led when last seen' : '') + (state.error ? ' (' + state.error + ')' : '') : leader?.data ?? '');
  write(card.token, leader ? leader.token : '–');
  const next = leader && queue[0]?.token === leader.token ? queue.slice(1) : queue;
  card.queue.whole.hidden = next.length === 0;
  card.alone.hidden = state.queue === undefined || next.length > 0;
  write(card.queue.summary, 'Queue: ' + next.length + ' waiting');
  const key = JSON.stringify([next, state.timeline]);
  if (card.drawn === key) return;
  card.drawn = key;
  card.order.replaceChildren();
  for (const each of next) {
    const item = make(card.order, 'li');
    make(item, 'bdi', '', each.id);
    if (each.data) { item.append(' '); make(item, 'bdi', '', each.data); }
  }
  drawPast(card, state.timeline ?? []);
}

function drawPast(card, timeline) {
  card.timeline.replaceChildren();
  card.rows.replaceChildren();
  card.spans = timeline.map((span, index) => {
    const { at, is, id = '', token = '–' } = span;
    const name = is === 'led' ? id : is === 'vacant' ? 'vacant' : 'no contact';
    const bar = make(card.timeline, 'div', 'span ' + (is === 'led' ? colour(id) : is), is === 'led' ? id : '');
    const row = make(card.rows, 'tr');
    make(row, 'td', '', clock(at));
    const duration = make(row, 'td');
    make(make(row, 'td'), 'bdi', '', name);
    make(row, 'td', '', token);
    return { at, until: timeline[index + 1]?.at, bar, duration, name, row };
  });
  for (const { row } of [...card.spans].reverse()) card.rows.append(row); // the newest first
  const terms = timeline.filter(({ is }) => is === 'led').length;
  write(card.past.summary, 'The last hour: ' + plural(terms, 'term', 'terms'));
}

/** What changes as time goes by. Without contact it stands still at the last sign of life. */
function tick() {
  if (!snapshot) return;
  const present = now(), begin = present - hour;
  const known = page.classList.contains('lost') ? signAt : present;
  for (const { state, since, spans } of cards.values()) {
    const began = state.since;
    write(since, began === undefined ? '–' : clock(began) + (state.atLeast ? ' or before (at least ' : ' (') + lasting(known - began) + ')');
    for (const { at, until = known, bar, duration, name, row } of spans) {
      const from = Math.max(at, begin), width = (until - from) / hour * 100;
      bar.hidden = row.hidden = until <= begin;
      bar.style.left = 'min(' + (from - begin) / hour * 100 + '%, 100% - 4px)'; // also what began just now is seen
      bar.style.width = Math.max(0, width) + '%';
      bar.title = name + ', ' + clock(at) + ' to ' + clock(until);
      write(duration, lasting(until - at));
    }
  }
}

/** What holds only as long as there is contact. */
function showCertain() {
  const live = !page.classList.contains('lost');
  for (const { badge, is } of cards.values()) {
    badge.className = 'badge ' + (live ? is : 'unknown');
    const told = is === 'unknown' ? 'no contact with the store' : is;
    write(badge, live || is === 'unknown' ? told : 'was ' + told);
  }
  for (const { button, is, asked } of cards.values())
    if (button) button.disabled = !live || is !== 'led' || asked === true;
}
function question(card) {
  const { leader } = card.state;
  if (!leader) return;
  write(byId('ask-who'), leader.id + ' (token ' + leader.token + ')');
  write(byId('ask-election'), card.name);
  ask.returnValue = '';
  ask.onclose = () => { if (ask.returnValue === 'yes') stepDown(card, leader); };
  ask.showModal();
}
async function stepDown(card, leader) {
  card.asked = true;
  showCertain();
  write(card.outcome, 'Asked ' + leader.id + '; waiting for it …');
  try {
    const response = await fetch('step-down', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: card.name, token: leader.token }),
    });
    const { error } = await response.json();
    write(card.outcome, response.ok ? leader.id + ' has stepped down.' : 'Not done: ' + error + '.');
  } catch {
    write(card.outcome, 'Not known whether it was asked: the connection broke.');
  }
  card.asked = false;
  showCertain();
}
byId('ask-yes').addEventListener('click', () => ask.close('yes'));
byId('ask-no').addEventListener('click', () => ask.close('no'));
setInterval(() => {
  if (performance.now() - sign > every * 2.5) { noContact(); connect(); } // also where nothing told of it
  tick();
}, 1000);
connect();
})();
`;
