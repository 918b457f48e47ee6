// A page to try the hub with: two people side by side, each in their own language.

import { health } from './api.js';
import { byId, clean, cleanName, copy, say, unique } from './dom.js';
import { guessLanguage, nativeName, sentence, sorted, t } from './text.js';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const LINES = 500; // kept on the page
const FINAL = [4401, 4403, 4404, 4429];
const ROOM = new URLSearchParams(location.search).get('room') ?? 'lobby';

/** Who somebody is outlives a reload, in this tab only: the secret proves it. */
const remembered = (key) => JSON.parse(sessionStorage.getItem(key) ?? 'null');
const remember = (key, who) => sessionStorage.setItem(key, JSON.stringify(who));

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

  enter.elements.name.value = who.name;
  const asWritten = new Option(t('hub.as-written'), '');
  enter.elements.language.replaceChildren(asWritten, ...sorted(codes.map((code) => new Option(nativeName(code), code))));
  enter.elements.language.value = who.language;

  function open() {
    const mine = who;
    const query = new URLSearchParams({ userId: who.user, username: who.name, room: ROOM });
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
    if (FINAL.includes(code)) return;
    say(state, t('hub.lost'));
    const most = Math.min(FIRST_RETRY_MS * 2 ** attempts, LAST_RETRY_MS);
    attempts += 1;
    setTimeout(() => socket ?? open(), most * (0.5 + Math.random() / 2));
  }

  function add(line) {
    const follows = frame.scrollHeight - frame.scrollTop - frame.clientHeight < 80;
    log.append(line);
    while (log.childElementCount > LINES) log.firstElementChild.remove();
    if (follows) frame.scrollTop = frame.scrollHeight;
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
        if (after && after.log !== event.log) log.replaceChildren(); // another log: its numbers began anew
        after = { id: after?.log === event.log ? after.id : event.firstId - 1, log: event.log };
        composer.lastElementChild.disabled = false;
        say(state, t(event.verified ? 'hub.here' : 'hub.unverified', { room: event.room, count: event.members }));
        break;
      case 'members':
        happened(t('hub.members', { joined: event.joined, left: event.left, count: event.members }));
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
      log.replaceChildren();
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
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    composer.requestSubmit();
  };

  if (who.name) open();
  return node;
}

const { languages: codes = [] } = await health().catch(() => ({}));
const first = guessLanguage(codes) ?? 'en';
const second = ['pt', 'es', 'de', 'en'].find((code) => code !== first && codes.includes(code)) ?? '';
byId('columns').append(column('left', codes, first), column('right', codes, second));
document.title = t('hub.title');
