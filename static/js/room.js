// One chat at the desk: the customer's name, language and presence above it, and tools that are fetched when asked for.

import { openChat } from './chat.js';
import { copy, say, unique } from './dom.js';
import { known, languageName, locale, sentence, sorted, t } from './text.js';

const NO_ANSWER = { type: 'error', code: 'network' };

/**
 * `kept` is what survives a reload: id, name, language, and what the chat keeps. `desk` has what all chats share: the
 * agent's token and language, the languages on offer, and what is to be done when something here changes.
 */
export function openRoom(kept, desk) {
  const pane = copy('pane');
  let offered; // the languages to choose from, as they stand there
  const answers = new Map(); // who waits for the answer to which ref
  const room = { kept, pane, tab: copy('tab'), unread: 0, online: true, over: undefined, onSubmit: undefined };

  function answered(ref, event) {
    answers.get(ref)?.(event);
    answers.delete(ref);
  }

  const setLanguage = async (whose, language) => {
    const answer = await room.ask({ type: 'set_language', whose, language });
    if (answer.type !== 'error') return;
    room.paint();
    say(pane.querySelector('.language-problem'), sentence(answer));
  };

  function heard(event) {
    answered(event.ref, event);
    switch (event.type) {
      case 'room_joined':
        for (const ref of answers.keys()) answered(ref, NO_ANSWER); // asked of the connection before
        if (desk.chosen() && event.agent_language !== desk.reads()) setLanguage('agent', desk.reads());
        standing(event);
        break;
      case 'room_status':
        standing(event);
        desk.onReads(event.agent_language ?? desk.reads());
        break;
      case 'message':
        if (event.role !== 'customer' || !event.language || kept.language) return;
        kept.language = event.language;
        break;
      case 'presence':
        room.online = event.online;
        break;
      default:
        return;
    }
    room.paint();
    desk.onChange();
  }

  function standing({ customer_name: name, customer_language: language }) {
    kept.name = name ?? kept.name;
    kept.language = language ?? kept.language;
    for (const ref of answers.keys()) if (ref.startsWith('language-')) answered(ref, {});
  }

  /** Says something that has an answer, and gives that: an error event where it failed. */
  room.ask = (event) => new Promise((resolve) => {
    const ref = `${event.type === 'set_language' ? 'language-' : ''}${unique()}`;
    answers.set(ref, resolve);
    if (!room.chat.tell({ ...event, ref })) answered(ref, NO_ANSWER);
  });

  room.paint = () => {
    const { online, over } = room;
    const language = kept.language ?? '';
    const codes = [...new Set([...desk.codes(), language])].filter(Boolean);
    const unknown = language ? [] : [new Option(t('lobby.unknown'), '')];
    const offer = [locale, unknown.length, ...codes].join();
    if (offered !== offer) {
      // Not without need: somebody may be choosing.
      offered = offer;
      select.replaceChildren(...unknown, ...sorted(codes.map((code) => new Option(languageName(code), code))));
    }
    select.value = language;
    select.disabled = Boolean(over);
    const presence = over ? 'over' : online ? 'active' : 'away';
    const words = over ? known(`agent.over.${over}`) ?? known(`connection.${over}`) ?? t('connection.ended') : t(`agent.${presence}`);
    room.chat.log.reads(desk.reads(), language);
    room.chat.heading(kept.name, words, presence);
    pane.ariaLabel = kept.name;
  };

  /** Tools: preview, canned, search. */
  room.use = async (tool) => {
    if (room.over && tool !== 'search') return;
    try {
      (await import(`./${tool}.js`)).default(room, desk);
    } catch {
      say(pane.querySelector('.language-problem'), t('error.network'));
    }
  };

  room.setLanguage = setLanguage;
  room.chat = openChat(pane, {
    roomId: kept.id, token: desk.token, role: 'agent', language: desk.reads(),
    session: { value: kept, keep: (fields) => desk.onKeep(Object.assign(kept, fields)) },
    onEvent: heard,
    onSubmit: (content) => room.onSubmit?.(content),
    onUnread(count) {
      const more = count > room.unread;
      room.unread = count;
      desk.onUnread(room, more);
    },
    onOver(reason) {
      room.over = reason;
      room.paint();
      room.chat.onward(t('agent.close'), () => desk.onClose(room));
      desk.onOver(room, reason);
    },
  });
  const select = pane.querySelector('.theirs-select');
  const menu = pane.querySelector('.menu-of-chat');
  select.onchange = () => setLanguage('customer', select.value);
  pane.onclick = ({ target }) => {
    const { tool } = target.closest('[data-tool]')?.dataset ?? {};
    if (tool) room.use(tool);
    if (!target.closest('.menu-of-chat summary')) menu.open = false;
  };
  pane.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, target } = event;
    if (key === 'Escape' && menu.open) {
      menu.open = false;
      menu.firstElementChild.focus();
    }
    if (key !== 'Enter' || !(ctrlKey || metaKey) || !target.matches('.input')) return;
    event.preventDefault();
    event.stopPropagation(); // it would be sent
    room.use('preview');
  }, { capture: true });
  pane.addEventListener('input', ({ target }) => {
    if (target.matches('.input') && target.value === '/') room.use('canned');
  });
  room.paint();
  return room;
}
