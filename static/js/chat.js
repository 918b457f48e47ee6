// One conversation on the page: heading, messages, composer, and the connection behind them. A page may hold several.

import { endChat } from './api.js';
import { connect } from './connection.js';
import { clean, copy, enterSends, say, sends } from './dom.js';
import { openLog } from './log.js';
import { known, plural, sentence, t } from './text.js';

const LIMIT = 4000; // characters of a message, as the server counts them
const SHOW_LEFT = 400;
const TYPING_AGAIN_MS = 3000;
const CALM_MS = 600; // behind the first event, until what comes is news
const NOWHERE = { send() {}, tell: () => false, retry() {}, stop() {} };
const GROWS = CSS.supports('field-sizing: content'); // a field, with its words, by itself

/**
 * `language` is what this person reads; `onOver` gets the protocol's reason, or the code of a closed connection.
 * `onSubmit(content)` may take what was written upon itself by giving true; `isLooking()` says whether this chat is the one
 * before the reader, `onUnread(count, isNews)` hears how much they have not read. A chat that `isPast` has no connection, and
 * shows what it is told to `recall`.
 */
export function openChat(root, { roomId, token, role, language, session, isPast, isLooking = () => true, onEvent, onOver, onUnread, onSubmit }) {
  const { outbox = [], draft = '' } = session.value;
  const node = copy('conversation');
  const part = (selector) => node.querySelector(selector);
  const input = part('.input');
  const form = part('.composer');
  const dialog = part('dialog');
  const banner = part('.banner');
  const log = openLog(node, role, language, again, look);
  const gone = new AbortController();
  const { signal } = gone;
  let over = false;
  let unread = 0;
  let read = session.value.read ?? 0;
  let told = 0; // of it, to the other side
  let isCalm = false;
  let typedAt = 0;
  let link;

  // Writing.

  /** What stands in the composer: kept over a reload, and counted when it grows long. */
  function write(text) {
    if (input.value !== text) input.value = text;
    session.keep({ draft: text });
    count();
    if (GROWS) return;
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight + 2}px`;
  }

  function count() {
    const left = LIMIT - [...input.value].length;
    part('.count').ariaLive = left % 50 && left > 0 ? 'off' : 'polite'; // not at every stroke
    say(part('.count'), left >= SHOW_LEFT ? '' : left < 0 ? plural('chat.over', -left) : plural('chat.left', left));
  }

  function typing(is) {
    if (is ? Date.now() - typedAt < TYPING_AGAIN_MS : !typedAt) return;
    typedAt = is && Date.now();
    connection.tell({ type: 'typing', is_typing: is });
  }

  function send(content, more) {
    typedAt = 0; // a message says so by itself
    connection.send(content, more);
  }

  input.oninput = () => {
    write(input.value);
    typing(Boolean(clean(input.value)));
  };
  input.onkeydown = (event) => {
    if (!sends(event)) return;
    event.preventDefault();
    form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    input.focus();
    const content = clean(input.value);
    if (!content || [...content].length > LIMIT || onSubmit?.(content)) return;
    write('');
    send(content);
  };

  function again({ id, ref }) {
    if (!id) connection.retry(ref);
    else if (connection.tell({ type: 'retry', id, ref: `${id}` })) log.translation({ id, pending: true });
  }

  // Hearing.

  function tellUnread(count) {
    if (count !== unread) onUnread((unread = count), isCalm);
  }

  /** What the reader has before their eyes is read, and told to be. */
  function look() {
    const isHere = isLooking() && !document.hidden && node.offsetParent;
    const seen = isHere ? log.seen() : 0;
    if (seen > read) session.keep({ read: (read = seen) });
    if (isHere && read > told && connection.tell({ type: 'read', id: read })) told = read;
    tellUnread(log.behind(read));
  }

  function hear(event) {
    const { type, ref } = event;
    log[type]?.(event);
    if (type === 'room_joined') {
      told = 0; // a server that was restarted has forgotten it
      setTimeout(() => (isCalm = true), CALM_MS);
    }
    if (type === 'error') log.translation({ id: Number(ref), untranslated: true, why: sentence(event) }); // of a retry
    // What an agent ended, the customer may reopen on this very connection.
    const lasting = role === 'agent' || event.reason !== 'agent_left';
    if (type === 'chat_ended' && lasting) end(event.reason);
    else onEvent(event);
  }

  /** The style sheet shows it after a while: a connection that is back by then was never gone. */
  const showLink = () => say(banner, link === 'open' ? '' : known(`connection.${link}`) ?? t('connection.retrying'));

  function linked(state, code) {
    link = state;
    if (link !== 'open') log.typing({});
    if (link === 'ended') end(code);
    else showLink();
  }

  document.addEventListener('visibilitychange', look, { signal });
  addEventListener('words', () => {
    count();
    if (!over) showLink();
  }, { signal });

  // Keeping and ending.

  for (const button of node.querySelectorAll('[data-save]')) {
    button.onclick = async () => {
      button.closest('[popover]')?.hidePopover();
      const { save } = await import('./transcript.js');
      await save({ roomId, token, over, format: button.dataset.save, messages: log.messages() });
    };
  }

  part('.end').onclick = () => dialog.showModal();
  part('.end-no').onclick = () => dialog.close();
  part('.end-yes').onclick = async () => {
    say(part('.end-problem'));
    try {
      hear(await endChat(token, roomId));
      dialog.close();
    } catch (error) {
      if (error.status > 400 && error.status < 411) end('closed'); // no room of ours any more
      else say(part('.end-problem'), sentence(error));
    }
  };

  function stop() {
    over = true;
    connection.stop();
  }

  function end(reason, isNews = true) {
    if (over) return;
    const { activeElement: at, body } = document;
    const here = at === body || node.contains(at);
    stop();
    dialog.close();
    say(banner);
    log.over({ code: 'room_closed' });
    form.hidden = part('.end').hidden = true;
    part('.after').hidden = false;
    onOver(reason);
    if (isNews && here) part('.onward').focus(); // somebody may be writing in another chat
  }

  input.enterKeyHint = enterSends() ? 'send' : 'enter';
  const draw = () => outbox.forEach((entry) => log.unsent(entry));
  root.replaceChildren(node);
  draw();
  write(draft);
  const connection = isPast ? NOWHERE : connect({
    roomId, token, outbox, onEvent: hear, onLink: linked,
    onOutbox: () => {
      session.keep({ outbox });
      draw();
    },
  });

  return {
    log,
    node,
    write,
    send,
    tell: connection.tell,
    look,
    focus: () => input.focus(),

    /** What stands above the messages; `presence` is waiting, active, away, closing or over; `who` lends the initial. */
    heading(title, more, presence, who = '') {
      say(part('.title'), title);
      say(part('.more'), more);
      const [initial = ''] = who;
      say(part('.avatar'), initial);
      node.dataset.presence = presence;
    },

    /** The button that stands where the composer was, once it is over. */
    onward(words, action) {
      say(part('.onward'), words);
      part('.onward').onclick = action;
    },

    /** Shows a chat of the past: what was said, and why it ended. */
    recall({ messages, reason }) {
      messages.forEach(log.message);
      end(reason, false);
    },

    /** Takes it off the page. */
    close() {
      stop();
      gone.abort();
      tellUnread(0);
      node.remove();
    },
  };
}
