// One conversation on the page: heading, messages, composer, and the connection behind them. A page may hold several.

import { endChat } from './api.js';
import { connect } from './connection.js';
import { clean, copy, say } from './dom.js';
import { openLog } from './log.js';
import { sentence, t } from './text.js';

const LIMIT = 4000; // characters of a message, as the server counts them
const SHOW_LEFT = 400;
const BANNER_AFTER_MS = 1500; // a connection that is back by then was never gone
const GONE = [401, 403, 404, 409, 410];

/** `language` is what this person reads; `onOver` gets the protocol's reason, or the code of a closed connection. */
export function openChat(root, { roomId, token, role, language, session, onEvent, onOver, onUnread }) {
  const { outbox = [], draft = '' } = session.value;
  const node = copy('conversation');
  const part = (selector) => node.querySelector(selector);
  const input = part('.input');
  const form = part('.composer');
  const dialog = part('dialog');
  const banner = part('.banner');
  const log = openLog(node, role, language, (ref) => connection.retry(ref));
  let over = false;
  let unread = 0;
  let bannerTimer;

  // Writing.

  /** What stands in the composer: kept over a reload, and counted when it grows long. */
  function write(text) {
    if (input.value !== text) input.value = text;
    session.keep({ draft: text });
    const left = LIMIT - [...text].length;
    const words = left < 0 ? 'chat.left.none' : 'chat.left';
    say(part('.count'), left < SHOW_LEFT ? t(words, { left, over: -left }) : '');
    if (CSS.supports('field-sizing', 'content')) return;
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight + 2}px`;
  }

  input.oninput = () => write(input.value);
  input.onkeydown = (event) => {
    // While an input method composes, Enter chooses a word (229: Safari says so after the composition has ended).
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    input.focus();
    const content = clean(input.value);
    if (!content || [...content].length > LIMIT) return;
    write('');
    connection.send(content);
  };

  // Hearing.

  function tellUnread(count) {
    if (count !== unread) onUnread((unread = count));
  }

  const seen = () => document.hidden || tellUnread(0);
  document.addEventListener('visibilitychange', seen);

  function hear(event) {
    const isNew = log[event.type]?.(event);
    if (isNew && !event.own && document.hidden) tellUnread(unread + 1);
    // What an agent ended, the customer may reopen on this very connection.
    const lasting = role === 'agent' || event.reason !== 'agent_left';
    if (event.type === 'chat_ended' && lasting) end(event.reason);
    else onEvent(event);
  }

  function linked(link, code) {
    const show = () => say(banner, link === 'open' ? '' : t(`connection.${link === 'offline' ? link : 'retrying'}`));
    if (link === 'ended') {
      end(code);
    } else if (link === 'open' || link === 'offline' || banner.textContent) {
      clearTimeout(bannerTimer);
      bannerTimer = undefined;
      show();
    } else {
      bannerTimer ??= setTimeout(show, BANNER_AFTER_MS);
    }
  }

  // Ending.

  say(part('.end-what'), t(`chat.end.${role}`));
  part('.end').onclick = () => dialog.showModal();
  part('.end-no').onclick = () => dialog.close();
  part('.end-yes').onclick = async () => {
    say(part('.end-problem'));
    try {
      hear(await endChat(token, roomId));
      dialog.close();
    } catch (error) {
      if (GONE.includes(error.status)) end('closed');
      else say(part('.end-problem'), sentence(error));
    }
  };

  function stop() {
    over = true;
    connection.stop();
    clearTimeout(bannerTimer);
    document.removeEventListener('visibilitychange', seen);
    tellUnread(0);
  }

  function end(reason) {
    if (over) return;
    stop();
    dialog.close();
    say(banner);
    log.over({ code: 'room_closed' });
    form.hidden = part('.end').hidden = true;
    part('.after').hidden = false;
    onOver(reason);
    part('.onward').focus();
  }

  const draw = () => outbox.forEach((entry) => log.unsent(entry));
  root.replaceChildren(node);
  draw();
  write(draft);
  const connection = connect({
    roomId, token, outbox, onEvent: hear, onLink: linked,
    onOutbox: () => {
      session.keep({ outbox });
      draw();
    },
  });

  return {
    log,
    send: connection.send,
    tell: connection.tell,
    focus: () => input.focus(),

    /** What stands above the messages; `presence` is waiting, active, closing or over. */
    heading(title, more, presence) {
      say(part('.title'), title);
      say(part('.more'), more);
      node.dataset.presence = presence;
    },

    /** The button that stands where the composer was, once it is over. */
    onward(words, action) {
      say(part('.onward'), words);
      part('.onward').onclick = action;
    },

    /** Takes it off the page. */
    close() {
      stop();
      node.remove();
    },
  };
}
