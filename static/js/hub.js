// A page to try the hub with: two people side by side, each in their own language.

import { call, health } from './api.js';
import { byId, clean, cleanName, copy, enterSends, say, sends, soon, unique } from './dom.js';
import { guessLanguage, nativeName, sentence, sorted, t } from './text.js';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const LINES = 500; // kept on the page
const FINAL = [4401, 4403, 4404, 4429];
const ROOM = new URLSearchParams(location.search).get('room') ?? 'lobby';

/** Who somebody is outlives a reload, in this tab only: the secret proves it. */
const remembered = (key) => JSON.parse(sessionStorage.getItem(key) ?? 'null');
const remember = (key, who) => sessionStorage.setItem(key, JSON.stringify(who));

// Who is here, as each column is told: the first that is connected tells the page.

const crowds = [];

/** A borrowed name is another person's than the name itself. */
const keyOf = ({ userId, verified }) => `${verified === false ? '?' : ''}${userId}`;

function paintPeople() {
  const here = crowds.find((each) => each.members > 0);
  const people = here?.people && [...here.people.values()].sort((a, b) => a.username.localeCompare(b.username));
  byId('people').replaceChildren(...(people ?? []).map(({ username, verified }) => {
    const item = document.createElement('li');
    const name = document.createElement('bdi');
    const mark = document.createElement('span');
    name.textContent = username;
    mark.textContent = verified === false ? ` ${t('hub.not-verified')}` : '';
    item.append(name, mark);
    return item;
  }));
  byId('people-hint').hidden = Boolean(people?.length);
  say(byId('people-hint'), t(here ? 'hub.people.crowd' : 'hub.people.nobody'));
}

// Which room it is.

const roomForm = byId('room-form');
roomForm.elements.room.value = ROOM;
roomForm.elements.room.oninput = ({ target }) => (target.value = target.value.replace(/\s+/g, '-'));
roomForm.elements.room.onfocus = async ({ target }) => {
  target.select();
  const { rooms = [] } = await call('/hub/stats').catch(() => ({})); // those who may not know write a name
  byId('rooms').replaceChildren(...rooms.map(({ room, members }) => new Option(`${room} (${members})`, room)));
};
roomForm.onsubmit = (event) => {
  event.preventDefault();
  location.search = new URLSearchParams({ room: roomForm.elements.room.value });
};

function column(place, codes, language) {
  const node = copy('column');
  const key = `dragoman.hub.${place}`;
  const [enter, composer] = node.querySelectorAll('form');
  const state = node.querySelector('.state');
  const frame = node.querySelector('.log');
  const log = node.querySelector('.messages');
  const input = composer.elements.content;
  let who = remembered(key) ?? { user: unique(), name: '', language };
  let socket;
  let after; // the last message seen, and of which log it was
  let attempts = 0;
  let lines = []; // to be written before the next frame
  const here = { members: 0 };
  crowds.push(here);

  enter.elements.name.value = who.name;
  const asWritten = new Option(t('hub.as-written'), '');
  enter.elements.language.replaceChildren(asWritten, ...sorted(codes.map((code) => new Option(nativeName(code), code))));
  enter.elements.language.value = who.language;

  function open() {
    const mine = who;
    const query = new URLSearchParams({ userId: who.user, username: who.name, room: ROOM, people: 1 });
    if (who.language) query.set('language', who.language);
    if (after) query.set('after', after.id);
    const secret = who.secret ? ['bearer', who.secret] : [];
    const next = new WebSocket(`${location.origin.replace('http', 'ws')}/ws?${query}`, secret);
    socket?.close();
    socket = next;
    next.onmessage = ({ data }) => next === socket && heard(mine, JSON.parse(data));
    next.onclose = ({ code }) => next === socket && lost(code);
    say(state, t('hub.connecting'));
  }

  function lost(code) {
    composer.lastElementChild.disabled = true;
    socket = undefined;
    here.members = 0;
    paintPeople();
    if (FINAL.includes(code)) return;
    say(state, t('hub.lost'));
    const most = Math.min(FIRST_RETRY_MS * 2 ** attempts, LAST_RETRY_MS);
    attempts += 1;
    setTimeout(() => socket ?? open(), most * (0.5 + Math.random() / 2));
  }

  /** What comes in a rush is written at once. */
  function add(line) {
    if (lines.push(line) === 1) soon(write);
  }

  function forget() {
    lines = [];
    log.replaceChildren();
  }

  function write() {
    const follows = frame.scrollHeight - frame.scrollTop - frame.clientHeight < 80;
    log.append(...lines.splice(0).slice(-LINES));
    while (log.childElementCount > LINES) log.firstElementChild.remove();
    if (follows) frame.scrollTop = frame.scrollHeight;
  }

  /** How many are here, and who, as far as that is told. */
  function count(mine, event) {
    here.members = event.members;
    here.people = event.people ? new Map(event.people.map((person) => [keyOf(person), person])) : here.people;
    if (event.type === 'join') here.people?.set(keyOf(event), event);
    else if (event.type === 'leave') here.people?.delete(keyOf(event));
    else if (!event.people) here.people = undefined; // a crowd comes and goes in numbers
    say(state, t(mine.verified === false ? 'hub.unverified' : 'hub.here', { room: ROOM, count: here.members }));
    paintPeople();
  }

  function happened(words) {
    const line = copy('happened');
    line.textContent = words;
    add(line);
  }

  function heard(mine, event) {
    switch (event.type) {
      case 'chat':
        after = { id: event.id, log: after?.log };
        said(mine, event);
        break;
      case 'join':
      case 'leave':
        happened(t(`hub.${event.type}`, { name: event.username }));
        count(mine, event);
        break;
      case 'system':
        told(mine, event);
        break;
      case 'error':
        say(state, sentence(event));
    }
  }

  function told(mine, event) {
    switch (event.code) {
      case 'welcome':
        attempts = 0;
        if (event.secret) remember(key, Object.assign(mine, { secret: event.secret }));
        if (after && after.log !== event.log) forget(); // another log: its numbers began anew
        after = { id: after?.log === event.log ? after.id : event.firstId - 1, log: event.log };
        composer.lastElementChild.disabled = false;
        mine.verified = event.verified;
        count(mine, event);
        break;
      case 'members':
        happened(t('hub.members', { joined: event.joined, left: event.left, count: event.members }));
        count(mine, event);
        break;
      case 'gap':
        happened(t('hub.gap', { count: event.to - event.from + 1 }));
    }
  }

  function said(mine, event) {
    const line = copy('said');
    const part = (name, text = '') => say(line.querySelector(name), text);
    const own = event.userId === mine.user && event.verified !== false;
    line.classList.add(...(own ? ['own', 'ours'] : ['theirs']));
    part('.who', event.username);
    part('.mark', event.verified === false ? t('hub.not-verified') : '');
    part('.text', event.content);
    if (event.language) line.querySelector('.text').lang = event.language;
    part('.original', event.original);
    part('.untranslated', event.untranslated ? t('hub.untranslated') : '');
    const rough = line.querySelector('.rough');
    rough.hidden = !event.rough;
    rough.title = rough.ariaLabel = t('hub.rough');
    const at = new Date(event.timestamp);
    line.querySelector('.time').dateTime = event.timestamp;
    part('.time', at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
    add(line);
  }

  enter.onsubmit = (event) => {
    event.preventDefault();
    const name = cleanName(enter.elements.name.value);
    if (!name) return;
    // In another language everything is read anew.
    if (who.language !== enter.elements.language.value) {
      forget();
      after = undefined;
    }
    who = { ...who, name, language: enter.elements.language.value };
    remember(key, who);
    open();
    input.focus();
  };

  composer.onsubmit = (event) => {
    event.preventDefault();
    const content = clean(input.value);
    if (!content || socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: 'chat', content, ref: unique() }));
    input.value = '';
  };

  input.onkeydown = (event) => {
    if (!sends(event)) return;
    event.preventDefault();
    composer.requestSubmit();
  };

  input.enterKeyHint = enterSends() ? 'send' : 'enter';
  if (who.name) open();
  return node;
}

const { languages: codes = [] } = await health().catch(() => ({}));
const first = guessLanguage(codes) ?? 'en';
const second = ['pt', 'es', 'de', 'en'].find((code) => code !== first && codes.includes(code)) ?? '';
byId('columns').append(column('left', codes, first), column('right', codes, second));
document.title = t('hub.title');
