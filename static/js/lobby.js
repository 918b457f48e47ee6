// The customers who wait, as the server tells of them.

import { connect } from './connection.js';
import { byId, copy, say } from './dom.js';
import { languageName, plural, t } from './text.js';

const TICK_MS = 1_000;
const NEW_MS = 10_000; // who has waited longer is no news
const LONG_MS = 5 * 60_000; // a wait that is pointed out

/** "3:07", "1:02:33" */
const clock = (ms) => new Date(Math.max(0, ms)).toISOString().slice(11, 19).replace(/^(00:)?0?/, '');

/**
 * Shows who waits. `reads()` is the agent's language; `onJoin(room)` opens a room; `onCount` hears how many wait, `onNew(room)`
 * who has come, `onLink` how the connection is, `onTranslator` whether anything is translated.
 */
export function openLobby({ token, reads, onJoin, onCount, onNew, onLink, onTranslator }) {
  const list = byId('rooms');
  let entries = []; // { id, room, row, since, told }: who is to be served next first, who is gone last
  let places = 1; // the agent has
  let taken = 0;

  const full = () => taken >= places;

  /** Who is gone keeps their number, and is not the next. */
  const isBefore = (one, other) => (one.online === other.online ? one.number < other.number : one.online);

  function put(room) {
    const { room_id: id, waiting_ms: ms } = room;
    const known = entries.find((entry) => entry.id === id);
    const entry = known ?? { id, row: copy('room') };
    const { row } = Object.assign(entry, { room, since: Date.now() - ms });
    entries = entries.filter((each) => each !== entry);
    let place = entries.length;
    while (place > 0 && isBefore(room, entries[place - 1].room)) place -= 1;
    const next = entries[place]?.row ?? null;
    entries.splice(place, 0, entry);
    // A row that stays where it is may hold the keyboard focus.
    if (!known || row.nextSibling !== next) list.insertBefore(row, next);
    paint(entry);
    // A long list comes in pieces, and all of it again after an interruption.
    if (!room.online || entry.told) return;
    entry.told = true;
    if (ms < NEW_MS) onNew(room);
  }

  function remove(entry) {
    const { row } = entry;
    // The focus goes to the neighbour, not into nowhere.
    const hadFocus = row.contains(document.activeElement);
    const near = row.nextSibling ?? row.previousSibling;
    row.remove();
    if (hadFocus) (near?.querySelector('.join') ?? byId('waiting')).focus();
    entries = entries.filter((each) => each !== entry);
  }

  function hear(event) {
    if (event.type === 'translator') onTranslator(event);
    else rewrite(event);
  }

  function rewrite({ type, room, room_id: gone, rooms = room ? [room] : [], rooms_per_agent: most = places }) {
    const here = ({ id }) => (type === 'rooms' ? rooms.some((each) => each.room_id === id) : id !== gone);
    places = most;
    entries.filter((entry) => !here(entry)).forEach(remove);
    rooms.forEach(put);
    sum();
  }

  function paint({ row, room, since }) {
    const part = (name, text, lang) => {
      const piece = row.querySelector(`.${name}`);
      say(piece, text);
      if (lang) piece.lang = lang;
    };
    const { customer_name: name, language, last_words: words, last_words_translated: translated } = room;
    row.classList.toggle('gone', !room.online);
    part('room-name', name);
    part('room-language', language ? languageName(language) : t('lobby.unknown'));
    part('room-presence', room.online ? '' : t('lobby.away'));
    part('words-of-room', translated ?? words, translated ? reads() : language);
    part('original', translated && translated !== words ? words : '', language);
    const join = row.querySelector('.join');
    join.setAttribute('aria-label', t('lobby.join.label', { name }));
    join.disabled = full();
    join.onclick = () => onJoin(room);
    tick({ row, since });
  }

  function tick({ row, since }) {
    const ms = Date.now() - since;
    say(row.querySelector('.wait'), clock(ms));
    row.classList.toggle('long', ms > LONG_MS);
  }

  function sum() {
    const { length: count } = entries.filter(({ room }) => room.online);
    const none = entries.length > 0 ? 'gone' : 'empty';
    byId('next').disabled = full();
    byId('next').hidden = count === 0;
    say(byId('waiting-count'), plural('lobby.waiting', count));
    say(byId('lobby-hint'), t(count === 0 ? `lobby.${none}` : full() ? 'lobby.full' : 'lobby.pick'));
    onCount(count);
  }

  function paintAll() {
    entries.forEach(paint);
    sum();
  }

  const next = () => full() || (entries[0]?.room.online && onJoin(entries[0].room));

  byId('next').onclick = next;
  const ticking = setInterval(() => entries.forEach(tick), TICK_MS);
  addEventListener('words', paintAll);
  const connection = connect({ token, onEvent: hear, onLink });

  return {
    next,

    /** How many places the agent has taken. */
    took(count) {
      if (taken === count) return;
      taken = count;
      paintAll();
    },

    stop() {
      connection.stop();
      clearInterval(ticking);
      removeEventListener('words', paintAll);
      list.replaceChildren();
    },
  };
}
