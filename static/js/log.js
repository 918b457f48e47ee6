// The messages of one room, in the order of their ids; what is not acknowledged yet stands at the end. All are known here;
// `stretch` has the part of them on the page. Events change entries at once, and the page once a frame, however many came.

import { copy, say, sayLinked, sayPair, soon } from './dom.js';
import { openStretch } from './stretch.js';
import { languageName, sentence, t, timeFormat } from './text.js';

const RUSH = 20; // messages between two frames: a backlog is under way
const RUSH_MAX_MS = 250; // and is waited for no longer

/** `role` and `language` are the reader's; `onRetry(entry)` is asked for what failed, `onSeen()` told of new sights. */
export function openLog(node, role, language, onRetry, onSeen) {
  const part = (name) => node.querySelector(`.${name}`);
  const list = part('messages');
  const jump = part('jump');
  const typing = part('typing');
  const upTo = { delivered: 0, read: 0 }; // by the other side
  const byId = new Map();
  const byRef = new Map();
  let latest = new Set(); // the last of one's own in each state: only there it is written
  let entries = []; // { node, id, ref, message, state, held, refused, dirty }: by id, then the outbox as it was written
  let others = ''; // what the other side reads
  let onItsWay = []; // of one's own: they cannot read it yet
  let outage; // why nothing is translated
  let typist; // who writes
  let isComing = false; // an answer that waits for its translation
  let unseen = 0; // came while the reader looked elsewhere
  let rush = 0;
  let planned; // since when the page is to agree with the entries
  let ended = false;

  /** Something the other side has written. */
  const isTheirs = ({ id, message }) => id && message.role !== role && message.role !== 'note';
  const find = (id, ref) => (id && byId.get(id)) || (ref && byRef.get(ref));
  const stretch = openStretch(node, () => entries, draw, seen);

  // When the page changes.

  function plan() {
    if (planned) return;
    planned = performance.now();
    soon(turn);
  }

  function turn() {
    if (!planned) return;
    const isRush = rush > RUSH && performance.now() - planned < RUSH_MAX_MS;
    rush = 0;
    if (isRush) soon(turn);
    else agree();
  }

  function agree() {
    planned = undefined;
    pickLatest();
    stretch.show();
    if (unseen && !stretch.follows()) jump.hidden = false;
    seen();
  }

  function seen() {
    if (stretch.follows()) jump.hidden = true;
    if (jump.hidden) unseen = 0;
    onSeen();
  }

  function change(entry) {
    entry.dirty = true;
    plan();
  }

  function draw(entry) {
    const isNote = entry.message.role === 'note';
    entry.node ??= copy(isNote ? 'note' : 'message');
    if (entry.dirty) (isNote ? paintNote : paint)(entry);
    entry.dirty = false;
  }

  function changeAll() {
    for (const entry of entries) entry.dirty = true;
    plan();
  }

  // What is known.

  /** Puts an entry where its id belongs. */
  function place(entry, id, message) {
    const known = entry.message ? entries.lastIndexOf(entry) : -1;
    entry.message = message;
    if (known < 0 || entry.id !== id) {
      if (known >= 0) entries.splice(known, 1);
      entry.id = id;
      let index = entries.length;
      while (id && index > 0 && !(entries[index - 1].id < id)) index -= 1;
      entries.splice(index, 0, entry);
      if (index !== known) entry.node?.remove();
      if (id) byId.set(id, entry);
      if (entry.ref) byRef.set(entry.ref, entry);
    }
    change(entry);
  }

  const stateOf = ({ id, state }) => (!id ? state : id <= upTo.read ? 'read' : id <= upTo.delivered ? 'delivered' : 'sent');

  /** Of one's own, the last that is read, the last that is delivered, the last that is sent. */
  function pickLatest() {
    const before = latest;
    const states = new Set();
    latest = new Set();
    for (let at = entries.length - 1; at >= 0 && !states.has('read'); at -= 1) {
      const entry = entries[at];
      const state = entry.message.own && entry.id && stateOf(entry);
      if (!state || states.has(state)) continue;
      states.add(state);
      latest.add(entry);
    }
    for (const entry of [...before, ...latest]) entry.dirty ||= before.has(entry) !== latest.has(entry);
  }

  /** Agents are sent the translation beside the original, customers the other way round: kept as the latter. */
  function translate(message, text) {
    const { original_content: original = message.content, original_language: first = message.language } = message;
    const content = text ?? original;
    const written = content === original ? first : language;
    Object.assign(message, { content, language: written, original_content: original, original_language: first });
  }

  /** What stands beside the text: the original, or what the other side reads; nothing if that is the same. */
  function secondOf({ own, content, translated_content: sent, original_content: original }) {
    return own ? sent : original !== content && original;
  }

  /** What stands under a text: what language it is from, or what the other side reads. */
  function label({ own, original_language: from }) {
    const key = own ? 'delivered.as' : role === 'agent' ? 'original' : 'translated';
    return own || !from ? t(`message.${key}`) : t(`message.${key}.from`, { language: languageName(from) });
  }

  /** From which language into which, where it is translated: for agents, who answer for both. */
  function pairOf({ own, content, language: of, original_content: original, original_language: first }, isTranslated) {
    const [from, to] = own ? [of ?? language, others] : [original === content ? of : (first ?? of), language];
    return role === 'agent' && isTranslated && from && to && from !== to ? { from, to } : undefined;
  }

  /** The translation was made by rules: it can be understood, but is clumsy. */
  function markRough(mark, { rough, own }) {
    mark.hidden = !rough;
    const title = rough ? t(own ? 'message.rough.own' : 'message.rough') : '';
    mark.title = title;
    mark.ariaLabel = title;
  }

  function time(at) {
    const date = new Date(at);
    const day = date.toDateString() === new Date().toDateString() ? {} : { day: 'numeric', month: 'short' };
    return at ? timeFormat({ ...day, hour: 'numeric', minute: '2-digit' }).format(date) : '';
  }

  /** Makes the page agree with an entry. */
  function paint(entry) {
    const { node: item, id, message, held, refused } = entry;
    const state = stateOf(entry);
    const { own, content, pending, untranslated, why } = message;
    const isOnItsWay = own && id && onItsWay.includes(id);
    item.className = `message ${message.role === role ? 'ours' : 'theirs'}${own ? ' own' : ''}${message.late ? ' late' : ''}${latest.has(entry) ? ' latest' : ''}`;
    item.dataset.state = state;
    const second = secondOf(message);
    const words = {
      who: own ? t('message.you') : message.from,
      text: content,
      second,
      label: second && label(message),
      pending: isOnItsWay ? t('message.pending.own') : pending && t('message.pending'),
      untranslated: untranslated && !isOnItsWay && `${t(own ? 'message.untranslated.own' : 'message.untranslated')} ${why || ''}`,
      time: time(message.at),
      delivery: own && (refused && !id ? t('message.refused', { why: sentence(refused) }) : t(state === 'held' ? `message.held.${held}` : `message.${state}`)),
    };
    const languages = { text: message.language, second: own ? others : message.original_language };
    for (const name in words) {
      const piece = item.querySelector(`.${name}`);
      (name in languages ? sayLinked : say)(piece, words[name] || '');
      piece.hidden = !words[name];
      if (name in languages) piece.lang = languages[name] ?? '';
    }
    item.querySelector('.both').hidden = !second;
    markRough(item.querySelector('.rough'), message);
    sayPair(item.querySelector('.pair'), pairOf(message, second || pending || isOnItsWay || untranslated));
    item.querySelector('.retry').hidden = ended || (state !== 'refused' && !untranslated);
  }

  function paintNote({ node: item, message: { content, action } }) {
    say(item.querySelector('.text'), content());
    say(item.querySelector('.undo'), action?.());
    item.querySelector('.undo').hidden = ended || !action;
  }

  function follow() {
    stretch.follow();
    plan();
  }

  /** Somebody writes, or has ceased to. */
  function type({ from, is_typing: is }) {
    typist = is && from;
    tell();
  }

  /** What there is to wait for. */
  function tell() {
    const what = typist ? t('message.typing', { name: typist }) : isComing && t('message.coming');
    if (!what && typing.hidden) return;
    typing.hidden = !what;
    say(typing.firstElementChild, what);
    plan();
  }

  jump.onclick = follow;
  list.onclick = ({ target }) => {
    const entry = entries.find(({ node }) => node?.contains(target));
    if (target.matches('.retry')) onRetry(entry);
    if (target.matches('.undo')) entry.message.undo();
  };
  addEventListener('words', () => {
    for (const entry of entries) if (!stretch.has(entry)) entry.node = undefined; // it has the words of before
    changeAll();
    tell();
  });

  function reached(mark, id) {
    const from = upTo[mark];
    if (id <= from) return;
    upTo[mark] = id;
    for (let at = entries.length - 1; at >= 0 && !(entries[at].id <= from); at -= 1) entries[at].dirty = true;
    plan();
  }

  return {
    // The events of the server, by their type.

    room_joined({ first_id: first }) {
      if (first > 1 && !find(first)) part('earlier').hidden = false;
      stretch.goLive();
    },

    /** A message of the server; false if it was known. */
    message(message) {
      const { id, own, role: whose, translated_content: text } = message;
      const entry = find(id, own && message.ref) ?? {};
      const isNew = !entry.id;
      rush += 1;
      // What was previewed comes back without the translation that went with it.
      if (message.untranslated) message.why = outage;
      if (own) message.translated_content ??= entry.message?.translated_content;
      else if (text) translate(message, text);
      place(entry, id, message);
      if (whose !== role) type({});
      if (isNew && !own) unseen += 1;
      return isNew;
    },

    ack({ ref, id }) {
      const entry = find(0, ref);
      if (entry && !entry.id) place(entry, id, entry.message);
    },

    /** A translation that came later, or is asked for again, or the news that there is none (`why` asking failed). */
    translation({ id, pending, untranslated, rough, why, language: written, content, translated_content: text = content }) {
      const entry = find(id);
      if (!entry) return;
      const { message } = entry;
      if (written) message[message.original_language ? 'original_language' : 'language'] = written;
      // Of one's own words it is what the other side reads now, or that they read the words themselves.
      if (message.own) message.translated_content = pending ? message.translated_content : text;
      else if (!pending) translate(message, text);
      const asked = message.asked || (pending && why === undefined);
      const failed = asked && untranslated && !why && t('message.again.failed', { time: time(Date.now()) });
      Object.assign(message, { late: message.late || (message.untranslated && text), pending, untranslated, rough: rough || (pending && message.rough), why: why || failed || (untranslated && outage), asked });
      change(entry);
    },

    typing: type,

    /** What is on its way between the two sides. */
    translating({ own, coming }) {
      const before = onItsWay;
      onItsWay = own;
      for (const id of [...before, ...own]) {
        const entry = find(id);
        if (entry && before.includes(id) !== own.includes(id)) change(entry);
      }
      isComing = coming;
      tell();
    },

    translator({ state }) {
      outage = state === 'ready' ? undefined : sentence({ code: state === 'model_missing' ? state : `translator_${state}` });
    },

    delivered: ({ id }) => reached('delivered', id),
    read: ({ id }) => reached('read', id),

    // What the page has to say.

    /** What the reader reads, where it turns out later, and the other side. */
    reads(code, theirs) {
      language = code;
      others = theirs;
    },

    /** The last of their messages that stands where the reader looks, or 0. */
    seen: () => (stretch.follows() && entries.findLast(isTheirs)?.id) || 0,

    /** How many of their messages are behind this one. */
    behind(id) {
      let count = 0;
      for (let at = entries.length - 1; at >= 0 && !(entries[at].id <= id); at -= 1) {
        if (isTheirs(entries[at])) count += 1;
      }
      return count;
    },

    /** What was said, much as the server told it. */
    messages: () => entries.map((entry) => entry.message).filter((message) => message.role !== 'note'),

    /** What can be read of each message, and how to bring it before the eyes: for the search. */
    texts: () => entries.filter((entry) => entry.message.role !== 'note').map((entry) => ({ entry, texts: { text: entry.message.content, second: secondOf(entry.message) } })),
    reveal(entry) {
      stretch.reveal(entry);
      agree();
      return entry.node;
    },

    /** A line of the page between what was said: words, and perhaps how to undo what they tell. Both may be asked anew. */
    note(content, action, undo) {
      const last = entries.findLast((entry) => entry.id)?.id ?? 0;
      const id = last + (Math.floor(last) + 1 - last) / 2; // before the next message, whatever comes between
      place({}, id, { role: 'note', content, action, undo });
    },

    /** A message of the outbox, as it stands. */
    unsent({ ref, content, more, at, refused, held }) {
      const entry = find(0, ref) ?? { ref };
      if (!entry.message) stretch.follow();
      Object.assign(entry, { refused, held });
      entry.state = refused ? 'refused' : held ? 'held' : 'sending';
      place(entry, undefined, { content, at, role, own: true, translated_content: more?.translated_content });
    },

    /** Nothing leaves or comes any more: what was left open says so. */
    over(why) {
      isComing = false;
      onItsWay = [];
      type({});
      ended = true;
      for (const entry of entries) {
        const { message } = entry;
        if (!entry.id) entry.state = 'over';
        entry.refused ??= why;
        message.untranslated ||= message.pending;
        message.pending = false;
      }
      changeAll();
    },
  };
}
