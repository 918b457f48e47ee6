// Replies written beforehand: a list above the composer, filtered as one types. Picking one puts it into the composer;
// sent unchanged, the server sends it in the customer's language.

import { call } from './api.js';
import { copy, say } from './dom.js';
import { languageName, t } from './text.js';

let replies;

const plain = (text = '') => text.toLocaleLowerCase();

/** Opens the list in a room. */
export default async function canned(room, { token, reads }) {
  const { chat, kept } = room;
  const { node } = chat;
  const panel = node.querySelector('.canned');
  const filter = panel.querySelector('.filter');
  const list = panel.querySelector('.replies');
  const empty = panel.querySelector('.none');
  const input = node.querySelector('.input');
  const slash = input.value === '/';
  let shown = [];
  let at = 0;

  /** What the customer reads, where it has been written. */
  const written = ({ language, content, translations = {} }) =>
    language === kept.language ? content : translations[kept.language];

  /** What the agent reads. */
  const own = ({ language, content, translations = {} }) =>
    language === reads() ? content : translations[reads()] ?? content;

  function paint() {
    const words = plain(filter.value.replace(/^\//, '').trim());
    const begins = (reply) => [reply.key, reply.title].some((text) => plain(text).startsWith(words));
    const has = (reply) => [reply.key, reply.title, reply.content].some((text) => plain(text).includes(words));
    shown = replies.filter(has).sort((a, b) => begins(b) - begins(a));
    at = Math.max(0, Math.min(at, shown.length - 1));
    list.replaceChildren(...shown.map((reply, place) => {
      const option = copy('reply');
      option.id = `${list.id}-${place}`;
      option.ariaSelected = place === at;
      say(option.querySelector('.reply-title'), reply.title ?? reply.key);
      say(option.querySelector('.reply-key'), `/${reply.key}`);
      say(option.querySelector('.reply-text'), reply.content);
      const note = option.querySelector('.reply-note');
      say(note, written(reply) ?? (kept.language ? t('canned.translated', { language: languageName(kept.language) }) : ''));
      if (written(reply)) note.lang = kept.language;
      option.onpointerdown = (event) => event.preventDefault(); // the focus stays where it is
      option.onclick = () => pick(reply);
      return option;
    }));
    empty.hidden = shown.length > 0;
    say(empty, t(replies.length ? 'canned.nothing' : 'canned.none'));
    filter.setAttribute('aria-activedescendant', shown.length ? `${list.id}-${at}` : '');
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  }

  function close(text) {
    panel.hidden = true;
    if (text !== undefined) chat.write(text);
    input.focus();
  }

  function pick(reply) {
    close(own(reply));
    const unchanged = input.value.trim();
    room.onSubmit = (content) => {
      room.onSubmit = undefined;
      if (content !== unchanged) return false;
      chat.write('');
      chat.send(content, { type: 'canned', key: reply.key, translated_content: written(reply) });
      return true;
    };
  }

  function press(event) {
    const { key } = event;
    if (event.isComposing || event.keyCode === 229) return;
    if (key === 'Escape') close(slash ? `/${filter.value}` : undefined);
    else if (key === 'Enter' && shown[at]) pick(shown[at]);
    else if (key === 'Backspace' && !filter.value) close('');
    else if (key === 'ArrowDown' || key === 'ArrowUp') {
      at = (at + (key === 'ArrowDown' ? 1 : shown.length - 1)) % (shown.length || 1);
      paint();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  list.id = `replies-${kept.id}`;
  filter.setAttribute('aria-controls', list.id);
  filter.value = '';
  filter.onkeydown = press;
  filter.oninput = () => {
    at = 0;
    if (replies) paint();
  };
  panel.onfocusout = ({ relatedTarget }) => panel.contains(relatedTarget) || (panel.hidden = true);
  if (slash) chat.write('');
  panel.hidden = false;
  filter.focus();
  try {
    replies ??= (await call('/canned-replies', token)).replies;
    paint();
  } catch (error) {
    empty.hidden = false;
    say(empty, t('canned.unreachable'));
  }
}
