// The customers who wait. Where the list is pushed one day, only `refresh` changes.

import { waitingRooms } from './api.js';
import { byId, copy, say } from './dom.js';
import { languageName, plural, sentence, t } from './text.js';

const SEEN_MS = 3_000;
const HIDDEN_MS = 15_000; // only the number in the title is seen

/** Shows who waits, and gives `{ busy(is), stop() }`. `onJoin(room)` may refuse by throwing what a call throws. */
export function openLobby({ token, onJoin, onCount, onSignedOut }) {
  const list = byId('rooms');
  const rows = new Map(); // by room
  let timer;
  let stopped = false;
  let helping = false; // somebody, so nobody else

  async function refresh() {
    clearTimeout(timer);
    try {
      const rooms = await waitingRooms(token);
      if (stopped) return;
      show(rooms);
      say(byId('lobby-problem'));
    } catch (error) {
      failed(error, t('lobby.unreachable'));
    }
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(refresh, document.hidden ? HIDDEN_MS : SEEN_MS);
  }

  function failed(error, words) {
    if (stopped) return;
    if (error.status === 401) onSignedOut();
    else say(byId('lobby-problem'), words);
  }

  /** Rows that stay keep their elements: the keyboard focus lives in them. */
  function show(rooms) {
    const here = new Set(rooms.map((room) => room.room_id));
    for (const [id, row] of rows) {
      if (here.has(id)) continue;
      row.remove();
      rows.delete(id);
    }
    rooms.forEach((room, place) => {
      const row = rows.get(room.room_id) ?? build(room);
      say(row.querySelector('.room-language'), room.language ? languageName(room.language) : t('lobby.unknown'));
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    });
    paint();
    onCount(rooms.length);
  }

  function build(room) {
    const row = copy('room');
    const button = row.querySelector('button');
    say(row.querySelector('.room-name'), room.customer_name);
    button.setAttribute('aria-label', t('lobby.join.label', { name: room.customer_name }));
    button.onclick = async () => {
      helping = true;
      paint();
      try {
        await onJoin(room);
      } catch (error) {
        helping = false;
        await refresh();
        failed(error, [404, 409].includes(error.status) ? t('lobby.taken') : sentence(error));
      }
    };
    rows.set(room.room_id, row);
    return row;
  }

  function paint() {
    for (const row of rows.values()) row.querySelector('button').disabled = helping;
    say(byId('waiting-count'), plural('lobby.waiting', rows.size));
    say(byId('lobby-hint'), t(rows.size === 0 ? 'lobby.empty' : helping ? 'lobby.busy' : 'lobby.pick'));
  }

  const seen = () => document.hidden || refresh();
  document.addEventListener('visibilitychange', seen);
  refresh();
  return {
    busy(is) {
      helping = is;
      refresh();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
      list.replaceChildren();
    },
  };
}
