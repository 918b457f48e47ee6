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
 * Shows who waits. `reads()` is the agent's language; `onJoin(room)` opens a room; `onPlaces` hears how
 * many an agent may have, `onCount` how many wait, `onNew(room)` who has come, `onLink` how the connection is.
 */
export function openLobby({ token, reads, onJoin, onPlaces, onCount, onNew, onLink }) {
  const list = byId('rooms');
  const rooms = new Map(); // { room, row, since }, by id
  let full = false;

  const sorted = () => [...rooms.values()].sort((a, b) => a.room.number - b.room.number);

  function put(room) {
    const known = rooms.get(room.room_id);
    const entry = known ?? { row: copy('room') };
    Object.assign(entry, { room, since: Date.now() - room.waiting_ms });
    entry.row.querySelector('.join').onclick = () => onJoin(entry.room);
    rooms.set(room.room_id, entry);
    return !known;
  }

  /** A long list comes in pieces, and all of it again after an interruption. */
  function news(room) {
    if (room.waiting_ms < NEW_MS) onNew(room);
  }

  function remove(id) {
    const { row } = rooms.get(id) ?? {};
    if (row?.contains(document.activeElement)) {
      // Not into nowhere: to the neighbour, or to the heading.
      ((row.nextSibling ?? row.previousSibling)?.querySelector('.join') ?? byId('waiting')).focus();
    }
    row?.remove();
    rooms.delete(id);
  }

  function hear({ type, room, room_id: id, rooms: all, rooms_per_agent: places }) {
    if (type === 'rooms') {
      if (places) onPlaces(places);
      const here = new Set(all.map((each) => each.room_id));
      for (const gone of [...rooms.keys()].filter((each) => !here.has(each))) remove(gone);
      for (const each of all) if (put(each)) news(each);
    } else if (type === 'room_removed') {
      remove(id);
    } else if (room && put(room)) {
      news(room);
    }
    paint();
  }

  /** Rows that stay keep their elements: the keyboard focus lives in them. */
  function paint() {
    sorted().forEach(({ room, row }, place) => {
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
      row.dataset.online = room.online;
      const join = row.querySelector('.join');
      join.setAttribute('aria-label', t('lobby.join.label', { name }));
      join.disabled = full;
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    });
    byId('next').disabled = full;
    byId('next').hidden = rooms.size === 0;
    say(byId('waiting-count'), plural('lobby.waiting', rooms.size));
    say(byId('lobby-hint'), t(rooms.size === 0 ? 'lobby.empty' : full ? 'lobby.full' : 'lobby.pick'));
    onCount(rooms.size);
    tick();
  }

  function tick() {
    for (const { row, since } of rooms.values()) {
      const ms = Date.now() - since;
      say(row.querySelector('.wait'), clock(ms));
      row.classList.toggle('long', ms > LONG_MS);
    }
  }

  function next() {
    const [first] = sorted();
    if (first && !full) onJoin(first.room);
  }

  byId('next').onclick = next;
  const ticking = setInterval(tick, TICK_MS);
  addEventListener('words', paint);
  const connection = connect({ token, onEvent: hear, onLink, onOutbox() {} });

  return {
    next,
    full(is) {
      full = is;
      paint();
    },
    stop() {
      connection.stop();
      clearInterval(ticking);
      removeEventListener('words', paint);
      list.replaceChildren();
    },
  };
}
