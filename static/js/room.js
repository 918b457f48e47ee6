// One chat at the desk: the customer's name, language and presence above it, and tools that are fetched when asked for.

import { openChat } from './chat.js';
import { copy, say, sayPair } from './dom.js';
import { known, languageName, sentence, sorted, t } from './text.js';

/**
 * `kept` is what survives a reload: id, name, language, and what the chat keeps; of a chat that is over also its `past`:
 * messages, and the reason of its end. `desk` has what all chats share: the
 * agent's token and language, the languages on offer, and what is to be done when something changes here.
 */
export function openRoom(kept, desk) {
  const pane = copy('pane');
  const room = { kept, pane, tab: copy('tab'), unread: 0 };
  let online = true;

  const chat = openChat(pane, {
    roomId: kept.id, token: desk.token, role: 'agent', language: desk.reads(),
    session: { value: kept, keep: (fields) => desk.onKeep(Object.assign(kept, fields)) },
    isPast: Boolean(kept.past),
    isLooking: () => desk.isFront(room),
    onEvent: heard,
    onSubmit: (content) => room.onSubmit?.(content),
    onUnread(count, isNews) {
      const more = isNews && count > room.unread;
      room.unread = count;
      desk.onUnread(room, more);
    },
    onOver(reason) {
      room.over = reason;
      chat.onward(t('agent.close'), () => desk.onClose(room));
      changed();
      if (!kept.past) desk.onOver(room);
    },
  });
  const select = pane.querySelector('.theirs-select');
  const problem = pane.querySelector('.room-problem');

  function heard(event) {
    room.onEvent?.(event);
    const { type, ref, language } = event;
    if (type === 'room_joined' && desk.chosen() && language !== desk.reads()) {
      room.setLanguage('agent', desk.reads());
    }
    if (type === 'language' && event.whose === 'customer') changedTheirs(event);
    if (type === 'room_status') desk.onReads(language);
    if (type === 'room_status' || type === 'room_joined') {
      kept.name = event.customer_name;
      kept.language = event.customer_language;
      say(problem);
    } else if (type === 'presence') {
      online = event.online;
    } else if (type === 'error' && ref === 'language') {
      say(problem, sentence(event));
    } else {
      return;
    }
    changed();
  }

  /** The customer's language is another one, by their choice or by what they write; not by one's own choice here. */
  function changedTheirs({ language: now, from, by }) {
    if (now === room.corrected) return;
    const words = () => t(`note.theirs.${by}`, { name: kept.name, language: languageName(now) });
    const back = () => t('note.undo', { language: languageName(from) });
    chat.log.note(words, by === 'detected' ? back : undefined, () => room.setLanguage('customer', from));
  }

  function changed() {
    paint();
    desk.onChange();
  }

  function paint() {
    const { over } = room;
    select.value = kept.language ?? '';
    const presence = over ? 'over' : online ? 'active' : 'away';
    const why = known(`agent.over.${over}`) ?? t('connection.ended');
    chat.log.reads(desk.reads(), kept.language);
    const pair = { from: desk.reads(), to: kept.language };
    sayPair(pane.querySelector('.way'), pair.to && pair.from !== pair.to ? pair : undefined);
    chat.heading(kept.name, over ? why : t(`agent.${presence}`), presence);
    pane.ariaLabel = kept.name;
  }

  select.onchange = () => room.setLanguage('customer', select.value);
  pane.onclick = ({ target }) => {
    const { tool } = target.closest('[data-tool]')?.dataset ?? {};
    if (tool) room.use(tool);
  };
  pane.addEventListener('input', ({ target }) => {
    if (target.matches('.input') && target.value === '/') room.use('canned');
  });
  pane.querySelector('.menu-list').id = `menu-${kept.id}`;
  pane.querySelector('.dots').setAttribute('popovertarget', `menu-${kept.id}`);

  room.chat = chat;
  if (kept.past) chat.recall(kept.past);
  return Object.assign(room, {
    /** What is to be kept of it once it is over. */
    past: () => ({ ...kept, outbox: [], draft: '', past: { messages: chat.log.messages(), reason: room.over } }),

    /** `whose` is `customer` or `agent`; the page shows it when the server says so. */
    setLanguage(whose, language) {
      if (whose === 'customer') room.corrected = language;
      if (!chat.tell({ type: 'set_language', whose, language, ref: 'language' })) paint();
    },

    /** Fetches a tool and begins with it: `preview`, `canned`, `search`. */
    async use(tool) {
      try {
        (await import(`./${tool}.js`)).default(room, desk);
      } catch {
        say(problem, t('error.network'));
      }
    },

    /** Names everything anew: in another language, or with more languages to choose from. */
    words() {
      const options = desk.codes().map((code) => new Option(languageName(code), code));
      select.replaceChildren(select.options[0], ...sorted(options));
      paint();
    },
  });
}
