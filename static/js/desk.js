// The desk of an agent: who waits, and the open chats, side by side where they fit and one at a time where they do not.

import { call } from './api.js';
import { byId, say } from './dom.js';
import { openLobby } from './lobby.js';
import { openRoom } from './room.js';
import { Session } from './session.js';
import { known, languageOptions, plural, sentence, t } from './text.js';

const PAST_MOST = 12; // chats that are over and stay listed; of more the oldest go
const PAST_MOST_LETTERS = 2_000_000; // of them survive a reload: a browser keeps little more
const ON_A_MAC = /Mac|iP/.test(navigator.platform);

/** `codes()` are the languages on offer, as far as they are known. */
export function openDesk({ session, codes, onSignedOut, onTranslator }) {
  const { token, name } = session.value;
  const desk = byId('desk');
  const problem = byId('lobby-problem');
  const mine = byId('mine');
  const leaving = new AbortController();
  const { signal } = leaving;
  const rooms = [];
  let front; // the chat that is worked in
  let waiting = 0;
  const past = new Session('dragoman.agent.past');
  const wishes = new Session('dragoman.notes', 'localStorage');
  let notes; // sounds and notifications, once somebody wants them

  const reads = () => session.value.language;
  const live = () => rooms.filter((room) => !room.over);
  const find = (id) => rooms.find(({ kept }) => kept.id === id);
  const save = () => session.keep({ rooms: live().map(({ kept }) => kept) });

  // What is seen.

  /** Whether a chat is the one the agent looks at: side by side they all are before their eyes, and one is worked in. */
  function isFront(room) {
    const { activeElement: at, body } = document;
    return room === front && document.hasFocus() && (at === body || room.pane.contains(at));
  }

  function badge(node, key, count) {
    const mark = node.querySelector('.badge');
    say(mark, count ? String(count) : '');
    mark.ariaLabel = plural(key, count);
  }

  function paint() {
    const list = desk.dataset.view === 'list';
    let news = waiting;
    desk.dataset.panes = [...rooms.keys()].map((place) => place + 1).join(' '); // "1 2 3": three, and so at least two
    for (const room of rooms) {
      const { pane, tab, kept, over, unread, chat } = room;
      pane.classList.toggle('current', room === front);
      say(tab.querySelector('.tab-name'), kept.name);
      say(tab.querySelector('.tab-state'), over ? t('desk.ended') : '');
      tab.ariaCurrent = room === front && !list;
      for (const node of [tab, pane]) badge(node, 'desk.unread', unread);
      chat.look();
      news += unread;
    }
    byId('to-lobby').ariaCurrent = list;
    badge(byId('to-lobby'), 'lobby.waiting', waiting);
    byId('no-chat').hidden = rooms.length > 0;
    document.title = `${news ? `(${news}) ` : ''}Dragoman`;
  }

  function changed() {
    save();
    lobby.took(live().length);
    paint();
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
    say(problem);
    try {
      await call('/join-room', token, { room_id: id });
    } catch (error) {
      // Without an answer the room may be ours: its connection will tell. With all places taken, the server names one
      // of our rooms; if we do not have it, the answer to an earlier call was lost.
      const { status, room_id: ours } = error;
      if (ours && !find(ours)) show(open({ id: ours }));
      else if (status) say(problem, sentence(error));
      if (status) return;
    }
    const before = find(id);
    if (before?.over) close(before); // it has come back
    show(find(id) ?? open({ id, name, language }));
  }

  function open(kept) {
    const room = openRoom(kept, shared);
    rooms.push(room);
    byId('side').append(room.pane);
    byId('tabs').append(room.tab);
    room.tab.onclick = () => show(room);
    for (const event of ['focusin', 'click']) {
      room.pane.addEventListener(event, () => {
        if (rooms.includes(room)) front = room;
        paint();
      });
    }
    room.words();
    changed();
    return room;
  }

  function close(room) {
    take(room);
    const place = rooms.indexOf(room);
    rooms.splice(place, 1);
    changed();
    if (room.over) savePast();
    if (front !== room) return;
    front = rooms[place] ?? rooms.at(-1);
    if (front) show(front);
    else showLobby();
  }

  /** Chats that are over stay listed until they are closed, and over a reload. */
  function savePast() {
    const over = rooms.filter((room) => room.over);
    over.slice(0, -PAST_MOST).forEach(close);
    let left = PAST_MOST_LETTERS;
    const kept = over.slice(-PAST_MOST).map((room) => room.past()).reverse();
    past.keep({ rooms: kept.filter((room) => (left -= JSON.stringify(room).length) > 0).reverse() });
  }

  function take({ chat, pane, tab }) {
    chat.close();
    pane.remove();
    tab.remove();
  }

  const shared = {
    token, reads, codes,
    chosen: () => session.value.chosen,
    onReads: speaks,
    onKeep: save,
    onChange: changed,
    onOver: savePast,
    isFront,
    onUnread(room, more) {
      if (more) notes?.message(room.kept.name, () => show(room));
      paint();
    },
    onClose: close,
  };

  // What the agent reads, and how things are called.

  function speaks(code) {
    if (code === reads()) return;
    session.keep({ language: code });
    words();
  }

  function words() {
    say(byId('me'), name);
    mine.replaceChildren(...languageOptions(codes()));
    mine.value = reads();
    for (const room of rooms) room.words();
    paint();
  }

  mine.onchange = () => {
    session.keep({ chosen: true }); // the next chats hear of it too
    speaks(mine.value);
    for (const room of live()) room.setLanguage('agent', reads());
  };

  async function note(kind) {
    const { openNotes } = await import('./notify.js');
    notes ??= openNotes(wishes);
    if (kind) notes.toggle(kind);
  }

  byId('sound').onclick = byId('alerts').onclick = ({ currentTarget }) => note(currentTarget.id);
  if (Object.keys(wishes.value).length > 0) note();

  // By keyboard.

  const keys = {
    KeyL: showLobby,
    KeyJ: () => lobby.next(),
    KeyE: () => front?.over || front?.pane.querySelector('.end').click(),
    KeyP: () => front?.use('preview'),
    KeyC: () => front?.use('canned'),
    KeyF: () => front?.use('search'),
  };

  const toChat = (code) => show(rooms[code.at(-1) - 1]);
  const help = () => byId('keys').showModal();

  function pressed(event) {
    const { target, key, code, altKey, ctrlKey, metaKey } = event;
    if (document.querySelector('dialog[open]')) return;
    if (key === '?' && !target.closest('input, select, textarea')) help();
    let action;
    if (key === 'Enter' && (ctrlKey || metaKey) && target.matches('.input')) action = keys.KeyP;
    // Option writes letters on a Mac, and AltGr elsewhere: Control has to be held there, and must not be here.
    if (altKey && !metaKey && ctrlKey === ON_A_MAC) action = keys[code] ?? (/^Digit[1-9]$/.test(code) && toChat);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // Enter would send
    action(code);
  }

  desk.dataset.view = 'list';
  document.body.classList.toggle('mac', ON_A_MAC);
  byId('to-lobby').onclick = showLobby;
  byId('help').onclick = help;
  addEventListener('keydown', pressed, { signal, capture: true });
  addEventListener('words', words, { signal });
  addEventListener('focus', paint, { signal });
  const lobby = openLobby({
    token,
    reads,
    onJoin: join,
    onTranslator,
    onCount(count) {
      waiting = count;
      paint();
    },
    onNew: ({ customer_name: name }) => notes?.room(name, showLobby),
    onLink(link) {
      if (link === 'ended') onSignedOut(t('profile.expired'));
      else if (link !== 'connecting') say(problem, link === 'open' ? '' : known(`lobby.${link}`) ?? known(`connection.${link}`));
    },
  });
  const ended = past.value.rooms ?? [];
  for (const kept of [...ended, ...(session.value.rooms ?? [])]) open(kept);
  show(live()[0] ?? rooms[0]);
  words();

  return {
    words,

    close() {
      leaving.abort();
      lobby.stop();
      past.forget(); // others may sit here next
      rooms.forEach(take);
    },
  };
}
