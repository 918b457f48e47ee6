// The customers who wait, as the server tells of them.

import { connect } from './connection.js';
import { byId, copy, say } from './dom.js';
import { languageName, plural, t } from './text.js';

const TICK_MS = 1_000;
const NEW_MS = 10_000; // who has waited longer is no news
const LONG_MS = 5 * 60_000; // a wait that is pointed out

/** "3:07", "1:02:33" */
function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (seconds >= 3_600) parts.unshift(Math.floor(seconds / 3_600));
  return parts.map((part, place) => String(part).padStart(place && 2, '0')).join(':');
}

/**
 * Shows who waits. `reads()` is the agent's language; `onJoin(room)` opens a room; `onPlaces` hears how many an agent may
 * have, `onCount` how many wait, `onNew(room)` who has come, `onLink` how the connection is.
 */
export function openLobby({ token, reads, onJoin, onPlaces, onCount, onNew, onLink }) {
  const list = byId('rooms');
  let entries = []; // { room, row, since }: who is to be served next first
  let full = false;

  function put(room) {
    const known = find(room.room_id);
    const entry = known ?? { row: copy('room') };
    Object.assign(entry, { room, since: Date.now() - room.waiting_ms });
    entry.row.querySelector('.join').onclick = () => onJoin(room);
    entries = entries.filter((each) => each !== entry);
    let place = entries.length;
    while (place > 0 && entries[place - 1].room.number > room.number) place -= 1;
    const next = entries[place]?.row ?? null;
    entries.splice(place, 0, entry);
    // A row that stays where it is may hold the keyboard focus.
    if (!known || entry.row.nextSibling !== next) list.insertBefore(entry.row, next);
    paint(entry);
    // A long list comes in pieces, and all of it again after an interruption.
    if (!known && room.waiting_ms < NEW_MS) onNew(room);
  }

  const find = (id) => entries.find(({ room }) => room.room_id === id);

  function remove({ room: { room_id: id } }) {
    const { row } = find(id);
    if (row.contains(document.activeElement)) {
      // Not into nowhere: to the neighbour, or to the heading.
      ((row.nextSibling ?? row.previousSibling)?.querySelector('.join') ?? byId('waiting')).focus();
    }
    row.remove();
    entries = entries.filter((each) => each.row !== row);
  }

  function hear({ type, room, room_id: id, rooms, rooms_per_agent: places }) {
    if (places) onPlaces(places);
    if (type === 'rooms') {
      const here = new Set(rooms.map((each) => each.room_id));
      entries.filter((entry) => !here.has(entry.room.room_id)).forEach(remove);
      rooms.forEach(put);
    } else if (type === 'room_removed') {
      if (find(id)) remove(find(id));
    } else if (room) {
      put(room);
    }
    sum();
  }

  function paint({ row, room, since }) {
    const part = (name, text, lang) => {
      const piece = row.querySelector(`.${name}`);
      say(piece, text);
      if (lang) piece.lang = lang;
    };
    const { customer_name: name, language, last_words: words, last_words_translated: translated } = room;
    part('room-name', name);
    part('room-language', language ? languageName(language) : t('lobby.unknown'));
    part('room-presence', room.online ? '' : t('lobby.away'));
    part('words-of-room', translated ?? words, translated ? reads() : language);
    part('original', words, language);
    row.querySelector('details').hidden = !translated || translated === words;
    const join = row.querySelector('.join');
    join.setAttribute('aria-label', t('lobby.join.label', { name }));
    join.disabled = full;
    tick({ row, since });
  }

  function tick({ row, since }) {
    const ms = Date.now() - since;
    say(row.querySelector('.wait'), clock(ms));
    row.classList.toggle('long', ms > LONG_MS);
  }

  function sum() {
    const { length: count } = entries;
    byId('next').disabled = full;
    byId('next').hidden = count === 0;
    say(byId('waiting-count'), plural('lobby.waiting', count));
    say(byId('lobby-hint'), t(count === 0 ? 'lobby.empty' : full ? 'lobby.full' : 'lobby.pick'));
    onCount(count);
  }

  function paintAll() {
    entries.forEach(paint);
    sum();
  }

  const next = () => full || (entries.length > 0 && onJoin(entries[0].room));

  byId('next').onclick = next;
  const ticking = setInterval(() => entries.forEach(tick), TICK_MS);
  addEventListener('words', paintAll);
  const connection = connect({ token, onEvent: hear, onLink });

  return {
    next,

    /** Whether the agent has no place for another. */
    full(is) {
      if (full === is) return;
      full = is;
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
