// The desk of an agent: who waits, and the open chats, side by side where they fit and one at a time where they do not.

import { joinRoom } from './api.js';
import { openChat } from './chat.js';
import { byId, copy, say, unique } from './dom.js';
import { openLobby } from './lobby.js';
import { known, languageName, languageOptions, plural, sentence, t } from './text.js';

const COLUMN_PX = 340; // a chat that is narrower is hard to read
const NO_ANSWER = { type: 'error', code: 'network' };
const ON_A_MAC = /Mac|iP/.test(navigator.platform);

/** `codes` are the languages on offer, where they are known already. */
export function openDesk({ session, codes = [], onSignedOut }) {
  const { token } = session.value;
  const desk = byId('desk');
  const rooms = []; // { kept, pane, tab, chat, unread, online, over, answers }
  const listening = new AbortController();
  const { signal } = listening;
  let front; // the chat that is worked in
  let waiting = 0;
  let places = session.value.places ?? Infinity; // what the server said it has for one agent
  let notes; // sounds and notifications, once asked for

  const mine = () => session.value.language;
  const live = () => rooms.filter((room) => !room.over);
  const byRoom = (id) => rooms.find(({ kept }) => kept.id === id);
  const save = () => session.keep({ rooms: live().map(({ kept }) => kept), places });

  // What is seen.

  function paint() {
    const columns = byId('side').clientWidth >= rooms.length * COLUMN_PX;
    const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
    desk.dataset.layout = columns ? 'columns' : 'tabs';
    document.title = `${waiting + unread ? `(${waiting + unread}) ` : ''}Dragoman`;
    const list = desk.dataset.view === 'list';
    for (const room of rooms) {
      const { pane, tab, kept, unread: count, online } = room;
      pane.hidden = !columns && room !== front;
      pane.classList.toggle('front', room === front);
      tab.ariaCurrent = room === front && !list;
      tab.dataset.online = online;
      say(tab.querySelector('.tab-name'), kept.name);
      badge(tab, count && plural('desk.unread', count), count);
    }
    const waits = byId('to-lobby');
    waits.ariaCurrent = list;
    badge(waits, waiting && plural('lobby.waiting', waiting), waiting);
    byId('no-chat').hidden = rooms.length > 0;
    lobby?.full(live().length >= places);
  }

  function badge(tab, words, count) {
    const mark = tab.querySelector('.badge');
    say(mark, count ? String(count) : '');
    mark.ariaLabel = words || null;
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
    room.chat.look();
    room.chat.focus();
  }

  // The chats.

  async function join({ room_id: id, customer_name: name, language }) {
    say(byId('lobby-problem'));
    try {
      await joinRoom(token, id);
    } catch (error) {
      const { status, code, room_id: other } = error;
      // Without an answer the room may be ours: its connection will tell. So it is where a repeat was refused.
      if (status && other !== id) {
        if (status === 401) return onSignedOut(t('profile.expired'));
        if (code === 'already_in_a_room' && byRoom(other)) places = live().length;
        else if (code === 'already_in_a_room') show(open({ id: other, name: '' })); // whose answer was lost
        save();
        paint();
        const taken = [404, 409].includes(status) ? t('lobby.taken') : sentence(error);
        say(byId('lobby-problem'), known(`lobby.${code}`) ?? taken);
        return;
      }
    }
    show(byRoom(id) ?? open({ id, name, language }));
    save();
  }

  /** `kept` is what survives a reload. */
  function open(kept) {
    const room = { kept, pane: copy('pane'), tab: copy('tab'), unread: 0, online: true, answers: new Map() };
    byId('side').append(room.pane);
    byId('tabs').append(room.tab);
    rooms.push(room);
    room.tab.onclick = () => show(room);
    room.pane.addEventListener('focusin', () => {
      if (front === room) return;
      front = room;
      paint();
    });
    room.chat = openChat(room.pane, {
      roomId: kept.id, token, role: 'agent', language: mine(),
      session: { value: kept, keep: (fields) => Object.assign(kept, fields) && save() },
      onEvent: (event) => heard(room, event),
      onOver: (reason) => over(room, reason),
      onSubmit: (content) => room.onSubmit?.(content),
      onUnread: (count) => {
        if (count > room.unread) notes?.message(kept.name, () => show(room));
        room.unread = count;
        paint();
      },
    });
    room.ask = (event) => ask(room, event);
    room.pane.onclick = ({ target }) => {
      const tool = target.closest('[data-tool]')?.dataset.tool;
      if (tool) use(tool, room);
    };
    room.pane.querySelector('.theirs-select').onchange = ({ target }) => setLanguage(room, 'customer', target.value);
    room.pane.addEventListener('input', ({ target }) => {
      if (target.matches('.input') && target.value === '/') use('canned', room);
    });
    heading(room);
    return room;
  }

  /** Says something that has an answer, and gives that. */
  function ask({ chat, answers }, event) {
    return new Promise((resolve) => {
      const ref = unique();
      answers.set(ref, resolve);
      if (!chat.tell({ ...event, ref })) answered({ answers }, ref, NO_ANSWER);
    });
  }

  function answered({ answers }, ref, event) {
    answers.get(ref)?.(event);
    answers.delete(ref);
  }

  function setLanguage(room, whose, language) {
    if (!room.chat.tell({ type: 'set_language', whose, language })) heading(room);
  }

  function heard(room, event) {
    const { kept } = room;
    answered(room, event.ref, event);
    switch (event.type) {
      case 'room_joined':
        for (const ref of room.answers.keys()) answered(room, ref, NO_ANSWER); // asked of the connection before
        if (session.value.chosen) setLanguage(room, 'agent', mine());
        // and the rest is as in
      case 'room_status':
        kept.name = event.customer_name ?? kept.name;
        kept.language = event.customer_language ?? kept.language;
        if (event.type === 'room_status' && event.agent_language) reads(event.agent_language);
        break;
      case 'message':
        if (event.role !== 'customer' || !event.language || room.told) return;
        kept.language = event.language;
        break;
      case 'presence':
        room.online = event.online;
        break;
      default:
        return;
    }
    save();
    heading(room);
    paint();
  }

  function reads(code) {
    if (code !== mine()) session.keep({ language: code });
    byId('mine').value = code;
    for (const { chat } of rooms) chat.log.reads(code);
  }

  function heading(room) {
    const { kept, online, pane, chat, over: reason } = room;
    const select = pane.querySelector('.theirs-select');
    const language = kept.language ?? '';
    const options = [...new Set([...codes, language])].filter(Boolean);
    if (select.length !== options.length + !language) {
      select.replaceChildren(...languageOptions(options));
      if (!language) select.prepend(new Option(t('lobby.unknown'), ''));
    }
    select.value = language;
    const presence = reason ? 'over' : online ? 'active' : 'away';
    const words = reason ? known(`agent.over.${reason}`) ?? t(`connection.${reason}`) : t(`agent.${presence}`);
    chat?.heading(kept.name, words, presence, kept.name);
    pane.ariaLabel = kept.name;
  }

  function over(room, reason) {
    room.over = reason;
    save();
    if (reason === 'agent_left') {
      close(room);
      return;
    }
    heading(room);
    room.chat.onward(t('agent.close'), () => close(room));
    paint();
  }

  function close(room) {
    room.chat.close();
    room.pane.remove();
    room.tab.remove();
    const place = rooms.indexOf(room);
    rooms.splice(place, 1);
    if (front === room) front = undefined;
    if (rooms.length > 0) show(rooms[Math.min(place, rooms.length - 1)]);
    else showLobby();
  }

  // Tools that not everybody needs are fetched when they are asked for.

  async function use(tool, room = front) {
    if (!room || room.over) return;
    try {
      (await import(`./${tool}.js`)).default(room, { token, mine });
    } catch {
      say(byId('lobby-problem'), t('error.network'));
    }
  }

  async function note(kind) {
    const { openNotes } = await import('./notify.js');
    notes ??= openNotes();
    if (kind) await notes.toggle(kind);
  }

  const keys = {
    KeyL: showLobby,
    KeyJ: () => lobby.next(),
    KeyE: () => front && !front.over && front.pane.querySelector('.end').click(),
    KeyP: () => use('preview'),
    KeyF: () => use('search'),
    KeyC: () => use('canned'),
  };

  function pressed(event) {
    const { target, key, code, altKey, ctrlKey, metaKey } = event;
    if (document.querySelector('dialog[open]')) return;
    if (key === '?' && !target.closest('input, select, textarea')) byId('keys').showModal();
    // Option writes letters on a Mac, and AltGr elsewhere: Control has to be held there, and must not be here.
    if (!altKey || metaKey || ctrlKey !== ON_A_MAC) return;
    const [, digit] = /^Digit([1-9])$/.exec(code) ?? [];
    const action = digit ? () => show(rooms[digit - 1]) : keys[code];
    if (!action) return;
    event.preventDefault();
    action();
  }

  // What stands round it.

  function words() {
    say(byId('me'), session.value.name);
    byId('mine').replaceChildren(...languageOptions([...new Set([...codes, mine()])]));
    byId('mine').value = mine();
    for (const room of rooms) heading(room);
    for (const key of document.querySelectorAll('.alt')) say(key, ON_A_MAC ? '⌃⌥' : 'Alt');
    paint();
  }

  byId('mine').onchange = ({ target }) => {
    session.keep({ chosen: true });
    reads(target.value);
    for (const room of live()) setLanguage(room, 'agent', target.value);
  };
  byId('to-lobby').onclick = showLobby;
  byId('help').onclick = () => byId('keys').showModal();
  for (const kind of ['sound', 'alerts']) byId(kind).onclick = () => note(kind);
  addEventListener('keydown', pressed, { signal });
  addEventListener('words', words, { signal });
  const resized = new ResizeObserver(paint);
  resized.observe(desk);
  desk.dataset.view = 'list';
  let lobby;
  lobby = openLobby({
    token,
    reads: mine,
    onJoin: join,
    onCount: (count) => {
      if (waiting === count) return;
      waiting = count;
      paint();
    },
    onNew: (room) => notes?.room(room.customer_name, showLobby),
    onLink: (link) => {
      if (link === 'ended') onSignedOut(t('profile.expired'));
      else say(byId('lobby-problem'), link === 'open' || link === 'connecting' ? '' : t('lobby.unreachable'));
    },
  });
  for (const kept of session.value.rooms ?? []) open(kept);
  if (rooms.length > 0) show(rooms[0]);
  words();
  try {
    if (Object.keys(localStorage).some((name) => name.startsWith('dragoman.notes.'))) note();
  } catch { /* storage is forbidden */ }

  return {
    speaks(all) {
      codes = all;
      words();
    },

    close() {
      listening.abort();
      resized.disconnect();
      lobby.stop();
      for (const room of rooms) room.chat.close();
      byId('side').querySelectorAll('.pane').forEach((pane) => pane.remove());
      byId('tabs').querySelectorAll('.tab.room-tab').forEach((tab) => tab.remove());
    },
  };
}
