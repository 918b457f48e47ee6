// The messages of one room, in the order of their ids; what is not acknowledged yet stands at the end.

import { copy, say, sayLinked } from './dom.js';
import { languageName, locale, sentence, t } from './text.js';

const AT_END_PX = 60;

/** `role` and `language` are the reader's; `onRetry(entry)` is asked for what failed, `onSeen()` told of new sights. */
export function openLog(node, role, language, onRetry, onSeen) {
  const part = (name) => node.querySelector(`.${name}`);
  const view = part('log');
  const list = part('messages');
  const jump = part('jump');
  const typing = part('typing');
  const upTo = { delivered: 0, read: 0 }; // by the other side
  let entries = []; // { node, id, ref, message, state, held, refused }: by id, then the outbox as it was written
  let others = ''; // what the other side reads
  let atEnd = true;
  let top = 0;

  const find = (id, ref) => entries.find((entry) => (id && entry.id === id) || (ref && entry.ref === ref));

  /** Puts an entry where its id belongs. A node that stands there already is not moved: it would be read out again. */
  function place(entry, id, message) {
    entry.message = message;
    if (!entry.node || entry.id !== id) {
      entries = entries.filter((each) => each !== entry);
      entry.id = id;
      let index = entries.length;
      while (id && index > 0 && !(entries[index - 1].id < id)) index -= 1;
      const next = entries[index]?.node ?? null;
      entries.splice(index, 0, entry);
      if (!entry.node || entry.node.nextSibling !== next) {
        entry.node ??= copy('message');
        list.insertBefore(entry.node, next);
      }
    }
    paint(entry);
  }

  /** Agents are sent the translation beside the original, customers the other way round: kept as the latter. */
  function translate(message, text) {
    const { original_content: original = message.content, original_language: first = message.language } = message;
    const content = text ?? original;
    const written = content === original ? first : language;
    Object.assign(message, { content, language: written, original_content: original, original_language: first });
  }

  /** What stands under a text: what language it is from, or what the other side reads. */
  function label({ own, late, original_language: from }) {
    const key = own ? 'delivered.as' : role === 'agent' ? 'original' : 'translated';
    const words = own || !from ? t(`message.${key}`) : t(`message.${key}.from`, { language: languageName(from) });
    return late ? `${words} · ${t('message.late')}` : words;
  }

  function time(at) {
    const date = new Date(at);
    const day = date.toDateString() === new Date().toDateString() ? {} : { day: 'numeric', month: 'short' };
    return at ? date.toLocaleString(locale, { ...day, hour: 'numeric', minute: '2-digit' }) : '';
  }

  /** Makes the page agree with an entry. */
  function paint({ node: item, id, message, state, held, refused }) {
    const { own, content, translated_content: sent, original_content: original, pending, untranslated, why } = message;
    if (id) state = id <= upTo.read ? 'read' : id <= upTo.delivered ? 'delivered' : 'sent';
    item.className = `message ${message.role === role ? 'ours' : 'theirs'}${own ? ' own' : ''}${message.late ? ' late' : ''}`;
    item.dataset.state = state;
    const second = own ? sent : original !== content && original;
    const words = {
      who: own ? t('message.you') : message.from,
      text: content,
      second,
      label: second && label(message),
      pending: pending && t('message.pending'),
      untranslated: untranslated && `${t('message.untranslated')} ${why ?? ''}`,
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
    item.querySelector('.retry').hidden = state !== 'refused' && !untranslated;
  }

  function toEnd() {
    view.scrollTop = view.scrollHeight;
    jump.hidden = true;
  }

  /** Somebody writes, or has ceased to. */
  function type({ from, is_typing: is }) {
    typing.hidden = !is;
    say(typing.firstElementChild, is && t('message.typing', { name: from }));
    if (atEnd) toEnd();
  }

  jump.onclick = toEnd;
  view.onscroll = () => {
    const near = view.scrollHeight - view.scrollTop - view.clientHeight < AT_END_PX;
    if (near || view.scrollTop < top) atEnd = near; // only a reader scrolls up
    if (atEnd) jump.hidden = true;
    top = view.scrollTop;
    onSeen();
  };
  list.onclick = ({ target }) => {
    if (target.matches('.retry')) onRetry(entries.find((entry) => entry.node.contains(target)));
  };
  const resized = new ResizeObserver(() => atEnd && toEnd());
  resized.observe(view);
  resized.observe(list);
  addEventListener('words', () => entries.forEach(paint));

  function reached(mark, id) {
    const from = upTo[mark];
    upTo[mark] = Math.max(from, id);
    entries.forEach((entry) => entry.id > from && entry.id <= id && paint(entry));
  }

  return {
    // The events of the server, by their type.

    /** The connection stands. The backlog comes in one rush, and would bury the page if all of it were read out. */
    room_joined({ first_id: first }) {
      if (first > 1 && !find(first)) part('earlier').hidden = false;
      setTimeout(() => view.setAttribute('aria-live', 'polite'), 600);
    },

    /** A message of the server; false if it was known. */
    message(message) {
      const { id, own, role: whose, translated_content: text } = message;
      const entry = find(id, own && message.ref) ?? {};
      const isNew = !entry.id;
      // What was previewed comes back without the translation that went with it.
      if (own) message.translated_content ??= entry.message?.translated_content;
      else if (text) translate(message, text);
      place(entry, id, message);
      if (whose !== role) type({});
      if (isNew && !own && !atEnd) jump.hidden = false;
      return isNew;
    },

    ack({ ref, id }) {
      const entry = find(0, ref);
      if (entry && !entry.id) place(entry, id, entry.message);
    },

    /** A translation that came later, or is asked for again, or the news that there is none (`why` asking failed). */
    translation({ id, pending, untranslated, why, content, translated_content: text = content }) {
      const entry = find(id);
      if (!entry) return;
      const { message } = entry;
      // Of one's own words it is what the other side reads now, or that they read the words themselves.
      if (message.own) message.translated_content = pending ? message.translated_content : text;
      else if (!pending) translate(message, text);
      Object.assign(message, { late: message.late || (message.untranslated && text), pending, untranslated, why });
      paint(entry);
    },

    typing: type,
    delivered: ({ id }) => reached('delivered', id),
    read: ({ id }) => reached('read', id),

    // What the page has to say.

    /** What the reader reads, where it turns out later, and the other side. */
    reads(code, theirs) {
      language = code;
      others = theirs;
    },

    /** The last of their messages that stands where the reader looks, or 0. */
    seen: () => (atEnd && entries.findLast((entry) => entry.id && entry.message.role !== role)?.id) || 0,

    /** What stands on the page, much as the server told it. */
    messages: () => entries.map((entry) => entry.message),

    /** A message of the outbox, as it stands. */
    unsent({ ref, content, more, at, refused, held }) {
      const entry = find(0, ref) ?? { ref };
      if (!entry.node) atEnd = true;
      Object.assign(entry, { refused, held });
      entry.state = refused ? 'refused' : held ? 'held' : 'sending';
      place(entry, undefined, { content, at, role, own: true, translated_content: more?.translated_content });
    },

    /** Nothing leaves or comes any more: what was left open says so. */
    over(why) {
      type({});
      for (const entry of entries) {
        const { message } = entry;
        if (!entry.id) entry.state = 'over';
        entry.refused ??= why;
        message.untranslated ||= message.pending;
        message.pending = false;
        paint(entry);
        entry.node.querySelector('.retry').hidden = true;
      }
    },
  };
}
