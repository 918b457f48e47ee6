// The customer's page: a few fields, then the chat. A reload comes back to the same chat.

import { health, startChat } from './api.js';
import { openChat } from './chat.js';
import { byId, clean, cleanName, say, unique } from './dom.js';
import { Session } from './session.js';
import { guessLanguage, known, nativeName, sentence, sorted, t } from './text.js';

const session = new Session('dragoman.customer');
const form = byId('start-form');
const problem = byId('start-problem');
const { name, content, language } = form.elements;

let chat;
let state; // what the server last said: status, agent, until when the chat can be reopened

const title = (unread) => (document.title = (unread ? `(${unread}) ` : '') + t('start.title'));

function show(id) {
  for (const part of ['start', 'chat']) byId(part).hidden = part !== id;
}

/** Detection stands first: whoever leaves the field alone has not chosen the language of their browser, and the server
 *  falls back on that by itself. */
async function offerLanguages() {
  const { languages: codes = [] } = await health().catch(() => ({}));
  const guess = guessLanguage(codes);
  const detect = guess ? t('start.detect.else', { language: nativeName(guess) }) : t('start.detect');
  const options = codes.map((code) => Object.assign(new Option(nativeName(code), code), { lang: code }));
  language.replaceChildren(new Option(detect, ''), ...sorted(options));
}

let attempt = {};

/** A second tap sends the same key and gets the same chat; other words are another chat. */
function keyFor(body) {
  const words = JSON.stringify(body);
  if (attempt.words !== words) attempt = { words, key: unique() };
  return attempt.key;
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const body = { name: cleanName(name.value), content: clean(content.value), language: language.value || undefined };
  say(problem);
  try {
    const { token, room_id: roomId } = await startChat(body, keyFor(body));
    if (token === session.value.token) return; // the other tap was quicker
    session.forget({ token, roomId, language: body.language });
    content.value = '';
    attempt = {};
    resume();
    chat.focus();
  } catch (error) {
    say(problem, known(`start.${error.status}`) ?? sentence(error));
  }
};

function resume() {
  const { token, roomId, language: chosen } = session.value;
  show('chat');
  state = {};
  chat = openChat(byId('chat'), {
    roomId, token, role: 'customer', language: chosen, session, onEvent: heard, onOver: over, onUnread: title,
  });
  change({ status: 'waiting' });
}

function heard(event) {
  switch (event.type) {
    case 'room_joined':
      if (event.language) chat.log.reads(event.language);
      change(event);
      break;
    case 'room_status':
      change(event);
      break;
    case 'chat_ended': // by the agent
      change({ ...event, status: 'closing' });
      break;
    case 'message':
      if (event.role === 'agent' && !state.agent) change({ agent_name: event.from });
  }
}

function change({ status = state.status, agent_name: agent = state.agent, closes_in_ms: left }) {
  const gone = status === 'waiting' && (state.status === 'active' || state.gone);
  const until = left > 0 ? new Date(Date.now() + left) : state.until;
  state = { status, agent, gone, until: status === 'closing' ? until : undefined };
  const time = state.until?.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const more = status === 'closing' && time ? '.until' : gone && agent ? '.gone' : '.more';
  const key = `customer.${status}`;
  const title = (agent && known(`${key}.agent`, { agent })) || t(key);
  chat.heading(title, t(key + more, { agent, time }), status);
}

function over(reason) {
  session.forget();
  const why = known(`customer.over.${reason}`) ?? known(`connection.${reason}`) ?? t('customer.over.closed');
  chat.heading(t('customer.over'), why, 'over');
  chat.onward(t('customer.again'), () => {
    chat.close();
    show('start');
    content.focus();
  });
}

title();
offerLanguages();
if (session.value.token) resume();
else show('start');
