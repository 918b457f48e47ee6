// The desk of an agent: who waits, and the open chats, side by side where they fit and one at a time where they do not.

import { joinRoom } from './api.js';
import { byId, say } from './dom.js';
import { openLobby } from './lobby.js';
import { languageOptions, plural, sentence, t } from './text.js';

const COLUMN_PX = 340; // a chat that is narrower is hard to read
const ON_A_MAC = /Mac|iP/.test(navigator.platform);

/** `codes()` are the languages on offer, as far as they are known. */
export function openDesk({ session, codes, onSignedOut }) {
  const { token } = session.value;
  const desk = byId('desk');
  const leaving = new AbortController();
  const { signal } = leaving;
  const rooms = [];
  let front; // the chat that is worked in
  let waiting = 0;
  let places = session.value.places ?? Infinity; // for one agent, as far as the server has said
  let notes; // sounds and notifications, once somebody wants them
  let lobby;

  const reads = () => session.value.language;
  const live = () => rooms.filter((room) => !room.over);
  const byRoom = (id) => rooms.find(({ kept }) => kept.id === id);
  const save = () => session.keep({ rooms: live().map(({ kept }) => kept), places });

  // What is seen.

  function badge(tab, key, count) {
    const mark = tab.querySelector('.badge');
    say(mark, count ? String(count) : '');
    mark.ariaLabel = plural(key, count);
  }

  function paint() {
    const columns = byId('side').clientWidth >= rooms.length * COLUMN_PX;
    const list = desk.dataset.view === 'list';
    const news = rooms.reduce((sum, { unread }) => sum + unread, waiting);
    document.title = `${news ? `(${news}) ` : ''}Dragoman`;
    desk.dataset.layout = columns ? 'columns' : 'tabs';
    for (const room of rooms) {
      const { pane, tab, kept, unread } = room;
      pane.hidden = !columns && room !== front;
      pane.classList.toggle('current', room === front);
      tab.ariaCurrent = room === front && !list;
      say(tab.querySelector('.tab-name'), kept.name);
      badge(tab, 'desk.unread', unread);
      room.chat.look();
    }
    byId('to-lobby').ariaCurrent = list;
    badge(byId('to-lobby'), 'lobby.waiting', waiting);
    byId('no-chat').hidden = rooms.length > 0;
  }

  function showLobby() {
    desk.dataset.view = 'list';
    paint();
    (byId('rooms').querySelector('.join:enabled') ?? byId('waiting')).focus();
  }

  function show(room) {
    if (!room) return;
    front = room;
    desk.dataset.view = 'chat';
    paint();
    room.tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    room.chat.focus();
  }

  // The chats.

  async function join({ room_id: id, customer_name: name, language }) {
    say(byId('lobby-problem'));
    try {
      await joinRoom(token, id);
    } catch (error) {
      // Without an answer the room may be ours: its connection will tell. So it is where a repeat was refused.
      if (error.status && error.room_id !== id) {
        refused(error);
        return;
      }
    }
    open({ id, name, language });
  }

  function refused(error) {
    const { status, code, room_id: other } = error;
    if (status === 401) {
      onSignedOut(t('profile.expired'));
      return;
    }
    if (code !== 'already_in_a_room') {
      say(byId('lobby-problem'), [404, 409].includes(status) ? t('lobby.taken') : sentence(error));
    } else if (byRoom(other)) {
      places = live().length; // the lobby says so
    } else {
      open({ id: other, name: '…' }); // ours, but the answer that said so was lost
    }
    changed();
  }

  function changed() {
    save();
    lobby.full(live().length >= places);
    paint();
  }

  const shared = {
    token, reads, codes,
    chosen: () => session.value.chosen,
    onReads: speaks,
    onKeep: save,
    onChange: changed,
    onUnread(room, more) {
      if (more) notes?.message(room.kept.name, () => show(room));
      paint();
    },
    onOver(room, reason) {
      if (reason === 'agent_left') close(room);
      else changed();
    },
    onClose: close,
  };

  /** Opens chats, and shows the first. What a chat needs is fetched with the first one. */
  async function open(...all) {
    let openRoom;
    try {
      ({ openRoom } = await import('./room.js'));
    } catch {
      say(byId('lobby-problem'), t('error.network'));
      return;
    }
    for (const kept of all) if (!signal.aborted && !byRoom(kept.id)) add(openRoom(kept, shared));
    show(byRoom(all[0].id));
    changed();
  }

  function add(room) {
    byId('side').append(room.pane);
    byId('tabs').append(room.tab);
    rooms.push(room);
    room.tab.onclick = () => show(room);
    room.pane.addEventListener('focusin', () => {
      if (front === room) return;
      front = room;
      paint();
    });
  }

  function close(room) {
    room.chat.close();
    room.pane.remove();
    room.tab.remove();
    const place = rooms.indexOf(room);
    rooms.splice(place, 1);
    changed();
    if (front !== room) return;
    front = undefined;
    if (rooms.length > 0) show(rooms[Math.min(place, rooms.length - 1)]);
    else showLobby();
  }

  // What the agent reads, and how they are called.

  function speaks(code) {
    if (code === reads()) return;
    session.keep({ language: code });
    words();
  }

  function words() {
    say(byId('me'), session.value.name);
    byId('mine').replaceChildren(...languageOptions([...new Set([...codes(), reads()])]));
    byId('mine').value = reads();
    for (const key of document.querySelectorAll('.alt')) say(key, ON_A_MAC ? '⌃⌥' : 'Alt');
    for (const room of rooms) room.paint();
    paint();
  }

  byId('mine').onchange = ({ target }) => {
    session.keep({ chosen: true }); // the next chats hear of it too
    speaks(target.value);
    for (const room of live()) room.setLanguage('agent', target.value);
  };

  async function note(kind) {
    const { openNotes } = await import('./notify.js');
    notes ??= openNotes();
    if (kind) notes.toggle(kind);
  }

  for (const kind of ['sound', 'alerts']) {
    byId(kind).onclick = () => note(kind);
    try {
      if (localStorage.getItem(`dragoman.${kind}`)) note();
    } catch { /* storage is forbidden here */ }
  }

  // By keyboard.

  const keys = {
    KeyL: showLobby,
    KeyJ: () => lobby.next(),
    KeyE: () => front?.over || front?.pane.querySelector('.end').click(),
    KeyP: () => front?.use('preview'),
    KeyC: () => front?.use('canned'),
    KeyF: () => front?.use('search'),
  };

  const help = () => byId('keys').showModal();

  addEventListener('keydown', (event) => {
    const { target, key, code, altKey, ctrlKey, metaKey } = event;
    if (document.querySelector('dialog[open]')) return;
    if (key === '?' && !target.closest('input, select, textarea')) help();
    // Option writes letters on a Mac, and AltGr elsewhere: Control has to be held there, and must not be here.
    if (!altKey || metaKey || ctrlKey !== ON_A_MAC) return;
    const [, digit] = /^Digit([1-9])$/.exec(code) ?? [];
    const action = digit ? () => show(rooms[digit - 1]) : keys[code];
    if (!action) return;
    event.preventDefault();
    action();
  }, { signal });

  byId('to-lobby').onclick = showLobby;
  byId('help').onclick = help;
  addEventListener('words', words, { signal });
  const resized = new ResizeObserver(paint);
  resized.observe(desk);
  desk.dataset.view = 'list';
  lobby = openLobby({
    token,
    reads,
    onJoin: join,
    onPlaces: (count) => (places = count),
    onCount(count) {
      waiting = count;
      paint();
    },
    onNew: ({ customer_name: name }) => notes?.room(name, showLobby),
    onLink(link) {
      if (link === 'ended') onSignedOut(t('profile.expired'));
      else if (link !== 'connecting') say(byId('lobby-problem'), link === 'open' ? '' : t('lobby.unreachable'));
    },
  });
  words();
  if (session.value.rooms?.length > 0) open(...session.value.rooms);

  return {
    words,

    close() {
      leaving.abort();
      resized.disconnect();
      lobby.stop();
      for (const { chat, pane, tab } of rooms) {
        chat.close();
        pane.remove();
        tab.remove();
      }
    },
  };
}
