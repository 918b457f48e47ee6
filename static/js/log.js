// The messages of one room, in the order of their ids; what is not acknowledged yet stands at the end.

import { copy, say, sayLinked } from './dom.js';
import { languageName, locale, sentence, t } from './text.js';

const AT_END_PX = 60;
const BACKLOG_MS = 600; // the backlog comes in one rush; to have all of it read out would bury the page

/** `role` and `language` are the reader's; `onRetry(entry)` is asked for what failed, `onSeen()` told of new sights. */
export function openLog(node, role, language, onRetry, onSeen) {
  const view = node.querySelector('.log');
  const list = node.querySelector('.messages');
  const jump = node.querySelector('.jump');
  const typing = node.querySelector('.typing');
  const upTo = { delivered: 0, read: 0 }; // by the other side
  let entries = []; // { node, id, ref, message, state, refused }: by id, then the outbox as it was written
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

  /** Text and language: what is read first, and what stands behind it. An agent has both, a customer the original. */
  function texts({ content, language: written, translated_content: translated, original_content: original, original_language: first, own }) {
    if (original && original !== content) return [content, written, original, first];
    if (!translated) return [content, written];
    return own ? [content, written, translated, others] : [translated, language, content, written];
  }

  function label({ own, late, language: written, original_language: original = written }) {
    const key = own ? 'message.delivered.as' : role === 'agent' ? 'message.original' : 'message.translated';
    const words = own || !original ? t(key) : t(`${key}.from`, { language: languageName(original) });
    return late ? `${words} · ${t('message.late')}` : words;
  }

  /** Makes the page agree with an entry. */
  function paint({ node: item, id, message, state, refused }) {
    const { own, at, why } = message;
    const theirs = (is, key) => (is && !own ? t(`message.${key}`) : '');
    const part = (name, text, lang, put = say) => {
      const piece = item.querySelector(`.${name}`);
      put(piece, text);
      piece.hidden = !text;
      if (lang !== undefined) piece.lang = lang;
    };
    if (id) state = id <= upTo.read ? 'read' : id <= upTo.delivered ? 'delivered' : 'sent';
    item.className = `message ${message.role === role ? 'ours' : 'theirs'}${own ? ' own' : ''}${message.late ? ' late' : ''}`;
    item.dataset.state = state;
    const [text, lang, second, secondLang] = texts(message);
    part('who', own ? t('message.you') : message.from);
    part('text', text, lang ?? '', sayLinked);
    part('second', second, secondLang ?? '', sayLinked);
    part('label', second && label(message));
    item.querySelector('.both').hidden = !second;
    part('pending', theirs(message.pending, 'pending'));
    part('untranslated', theirs(message.untranslated, 'untranslated') + (why ? ` ${why}` : ''));
    const date = new Date(at);
    const day = date.toDateString() === new Date().toDateString() ? {} : { day: 'numeric', month: 'short' };
    part('time', at ? date.toLocaleString(locale, { ...day, hour: 'numeric', minute: '2-digit' }) : '');
    part('delivery', !own ? '' : refused && !id ? t('message.refused', { why: sentence(refused) }) : t(`message.${state}`));
    item.querySelector('.retry').hidden = own ? state !== 'refused' : !message.untranslated;
  }

  function toEnd() {
    view.scrollTop = view.scrollHeight;
    jump.hidden = true;
  }

  /** Somebody writes, or has ceased to. */
  function type({ from, is_typing: is }) {
    typing.hidden = !is;
    say(typing.firstElementChild, is ? t('message.typing', { name: from }) : '');
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

  /** Changes what is known of a translation. */
  function amend(id, change) {
    const entry = find(id);
    if (!entry) return;
    Object.assign(entry.message, change);
    paint(entry);
  }

  function reached(mark, id) {
    const from = upTo[mark];
    upTo[mark] = Math.max(from, id);
    entries.forEach((entry) => entry.id > from && entry.id <= id && paint(entry));
  }

  return {
    // The events of the server, by their type.

    /** The connection stands: once the backlog is in, new messages are read out. */
    room_joined({ first_id: first }) {
      if (first > 1 && !find(first)) node.querySelector('.earlier').hidden = false;
      setTimeout(() => view.setAttribute('aria-live', 'polite'), BACKLOG_MS);
    },

    /** A message of the server; false if it was known. */
    message(message) {
      const entry = find(message.id, message.own && message.ref) ?? {};
      const isNew = !entry.id;
      // What was previewed comes back without the translation that went with it.
      if (message.own) message.translated_content ??= entry.message?.translated_content;
      place(entry, message.id, message);
      if (message.role !== role) type({});
      if (isNew && !message.own && !atEnd) jump.hidden = false;
      return isNew;
    },

    ack({ ref, id }) {
      const entry = find(0, ref);
      if (entry && !entry.id) place(entry, id, entry.message);
    },

    /** A translation that came later, or is asked for again, or the news that there is none. */
    translation({ id, pending = false, untranslated = false, content, translated_content: text = content, ...rest }) {
      const { message } = find(id) ?? {};
      const change = { pending, untranslated, why: '' };
      if (message?.untranslated && text !== undefined) change.late = true;
      if (message && !message.own && role === 'customer' && !pending) {
        const { original_content: original = message.content, original_language: first = message.language } =
          { ...message, ...rest };
        const same = untranslated || text === original;
        Object.assign(change, { original_content: original, original_language: first });
        Object.assign(change, { content: same ? original : text ?? message.content, language: same ? first : language });
      } else if (text !== undefined) {
        change.translated_content = text;
      }
      amend(id, change);
    },

    typing: type,
    delivered: ({ id }) => reached('delivered', id),
    read: ({ id }) => reached('read', id),

    // What the page has to say.

    /** Asking for a translation again was refused. */
    failed: (id, error) => amend(id, { pending: false, untranslated: true, why: sentence(error) }),

    /** The reader's language, where it turns out later, and the other side's. */
    reads(code, theirs) {
      language = code;
      others = theirs;
    },

    /** The last of their messages that stands where the reader looks, or 0. */
    seen: () => (atEnd && entries.findLast((entry) => entry.id && entry.message.role !== role)?.id) || 0,

    /** What stands on the page, as the server told it. */
    messages: () => entries.map((entry) => entry.message),

    /** A message of the outbox, as it stands. */
    unsent({ ref, content, more, at, refused, held }) {
      const entry = find(0, ref) ?? { ref };
      if (!entry.node) atEnd = true;
      entry.refused = refused;
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
