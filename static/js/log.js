// The messages of one room, in the order of their ids; what is not acknowledged yet stands at the end.

import { copy, say } from './dom.js';
import { languageName, sentence, t } from './text.js';

const AT_END_PX = 60;
const BACKLOG_MS = 600; // the backlog comes in one rush; to have all of it read out would bury the page

/** `role` and `language` are the reader's; `onRetry(ref)` sends a refused message again. */
export function openLog(node, role, language, onRetry) {
  const view = node.querySelector('.log');
  const list = node.querySelector('.messages');
  const jump = node.querySelector('.jump');
  let entries = []; // { node, id, ref, message, state, refused }: by id, then the outbox as it was written
  let atEnd = true;
  let top = 0;

  const find = (id, ref) => entries.find((entry) => (id && entry.id === id) || (ref && entry.ref === ref));

  /** Puts an entry where its id belongs. A node that stands there already is not moved: it would be read out again. */
  function place(entry, id, message) {
    entry.message = message;
    if (!entry.node || entry.id !== id) {
      entries = entries.filter((each) => each !== entry);
      entry.id = id;
      if (id) entry.state = 'sent';
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

  /** Makes the page agree with an entry. */
  function paint({ node: item, message, state, refused }) {
    const { content, translated_content: translated, own, at } = message;
    const part = (name, text, lang) => {
      const piece = item.querySelector(`.${name}`);
      say(piece, text);
      piece.hidden = !text;
      if (lang) piece.lang = lang;
    };
    item.className = `message ${message.role === role ? 'ours' : 'theirs'}${own ? ' own' : ''}`;
    item.dataset.state = state;
    part('who', own ? t('message.you') : message.from);
    // A customer is given one text: in the customer's language, unless it says that it is not translated.
    const asWritten = role === 'agent' || own || message.untranslated;
    const texts = [[content, asWritten ? message.language : language ?? message.language]];
    // The other one of two is less to whoever wrote it, and more to whoever reads it.
    if (translated) texts[own ? 'push' : 'unshift']([translated, own ? '' : language]);
    const [[text, lang], [second, secondLang] = []] = texts;
    part('text', text, lang);
    part('second', second, secondLang);
    part('label', !second ? ''
      : own ? t('message.delivered.as')
      : message.language ? t('message.original.in', { language: languageName(message.language) })
      : t('message.original'));
    part('pending', message.pending && !own ? t('message.pending') : '');
    part('untranslated', message.untranslated && !own ? t('message.untranslated') : '');
    const date = new Date(at);
    const day = date.toDateString() === new Date().toDateString() ? {} : { day: 'numeric', month: 'short' };
    part('time', at ? date.toLocaleString([], { ...day, hour: '2-digit', minute: '2-digit' }) : '');
    const unsent = refused && state !== 'sent';
    part('delivery', !own ? '' : unsent ? t('message.refused', { why: sentence(refused) }) : t(`message.${state}`));
    item.querySelector('.retry').hidden = state !== 'refused';
  }

  function toEnd() {
    view.scrollTop = view.scrollHeight;
    jump.hidden = true;
  }

  jump.onclick = toEnd;
  view.onscroll = () => {
    const near = view.scrollHeight - view.scrollTop - view.clientHeight < AT_END_PX;
    if (near || view.scrollTop < top) atEnd = near; // only a reader scrolls up
    if (atEnd) jump.hidden = true;
    top = view.scrollTop;
  };
  list.onclick = ({ target }) => {
    if (target.matches('.retry')) onRetry(entries.find((entry) => entry.node.contains(target)).ref);
  };
  const resized = new ResizeObserver(() => atEnd && toEnd());
  resized.observe(view);
  resized.observe(list);

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
      place(entry, message.id, message);
      if (isNew && !message.own && !atEnd) jump.hidden = false;
      return isNew;
    },

    ack({ ref, id }) {
      const entry = find(0, ref);
      if (entry && !entry.id) place(entry, id, entry.message);
    },

    /** A translation that came later, or the news that there is none. */
    translation({ id, content, translated_content: translated = content, untranslated }) {
      const entry = find(id);
      if (!entry) return;
      const { message } = entry;
      Object.assign(message, { pending: false, untranslated });
      if (role === 'agent') message.translated_content = translated ?? message.translated_content;
      else if (!message.own) message.content = translated ?? message.content;
      paint(entry);
    },

    // What the page has to say.

    /** The reader's language, where it turns out later. */
    reads: (code) => (language = code),

    /** A message of the outbox, as it stands. */
    unsent({ ref, content, at, refused, held }) {
      const entry = find(0, ref) ?? { ref };
      if (!entry.node) atEnd = true;
      entry.refused = refused;
      entry.state = refused ? 'refused' : held ? 'held' : 'sending';
      place(entry, undefined, { content, at, role, own: true });
    },

    /** Nothing leaves or comes any more: what was left open says so. */
    over(why) {
      for (const entry of entries) {
        const { message } = entry;
        if (!entry.id) entry.state = 'over';
        entry.refused ??= why;
        message.untranslated ||= message.pending;
        message.pending = false;
        paint(entry);
      }
    },
  };
}
