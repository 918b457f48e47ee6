// The customer's page: a few fields, then the chat. Whoever comes back comes to the same chat, in every tab, until it is
// over and they start anew.

import { call, health } from './api.js';
import { openChat } from './chat.js';
import { byId, clean, cleanName, say, unique } from './dom.js';
import { Session } from './session.js';
import { guessLanguage, known, languageName, languageOptions, locale, nativeName, plural, sentence, t } from './text.js';

const LOOK_AGAIN_MS = 5_000;
const SAID_MS = 15_000;
const session = new Session('dragoman.customer', 'localStorage', { outbox: 'ref' });
const form = byId('start-form');
const problem = byId('start-problem');
const { name, content, language } = form.elements;

let codes = []; // of the languages on offer
let chosen; // their language, if they have said so here
let chat;
let state; // what the server last said
let unread = 0;
let translator = {}; // as the server has it
let said; // a timer: it was said that it is back

function title(count = unread) {
  unread = count;
  document.title = (unread ? `(${unread}) ` : '') + t('start.title');
}

/** Why nothing is translated, or not all. */
const wrong = ({ state, failing = [] } = translator) =>
  (['down', 'model_missing', 'unauthorized', 'quota', null].includes(state) ? 'none' : failing.length > 0 ? 'some' : undefined);

/** How things stand with the translator. That it is back is said once, in the chat. */
function translates(now) {
  const isBack = wrong() === 'none' && !wrong(now);
  translator = now;
  lead();
  const strip = chat?.node.querySelector('.strip');
  if (!strip) return;
  strip.classList.toggle('good', isBack);
  strip.hidden = !isBack && wrong() !== 'none';
  say(strip, strip.hidden ? '' : t(isBack ? 'customer.translated' : 'customer.untranslated'));
  clearTimeout(said);
  if (isBack) said = setTimeout(() => (strip.hidden = true), SAID_MS);
}

/** What the form promises. */
function lead() {
  const pairs = (translator.failing ?? []).map(({ from, to }) => `${from ? languageName(from) : '…'} → ${languageName(to)}`);
  const what = { none: t('start.lead.none'), some: `${t('start.lead')} ${t('start.lead.some', { pairs: pairs.join(', ') })}` };
  say(byId('lead'), what[wrong()] ?? t('start.lead'));
}

function show(id) {
  for (const part of ['start', 'chat']) byId(part).hidden = part !== id;
  delete document.documentElement.dataset.waits;
  form.querySelector('[type=submit]').disabled = false; // the form stood there before this script
}

/** Detection stands first: whoever leaves the field alone has not chosen the language of their browser, and the server
 *  falls back on that by itself. */
function offerLanguages() {
  const { value } = language;
  const guess = guessLanguage(codes);
  const detect = guess ? t('start.detect.else', { language: nativeName(guess) }) : t('start.detect');
  language.replaceChildren(new Option(detect, ''), ...languageOptions(codes));
  language.value = value;
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
  const body = { name: cleanName(name.value), content: clean(content.value), language: language.value || undefined, page_language: locale };
  say(problem);
  try {
    const key = { 'Idempotency-Key': keyFor(body) };
    const { token, room_id: roomId } = await call('/start-chat', undefined, body, key);
    if (token === session.value.token) return; // the other tap was quicker
    session.forget({ token, roomId, language: body.language });
    content.value = '';
    attempt = {};
    resume();
    chat.focus();
  } catch (error) {
    say(problem, known(`start.${error.code}`) ?? sentence(error));
  }
};

function resume() {
  const { token, roomId } = session.value;
  chosen = session.value.language;
  show('chat');
  state = { language: chosen };
  chat = openChat(byId('chat'), {
    roomId, token, role: 'customer', language: chosen, session, onEvent: heard, onOver: over, onUnread: title,
  });
  byId('reads').onchange = ({ target: { value } }) => choose(value);
  change({ status: 'waiting' });
}

/** The language they write and read, for good. */
function choose(code) {
  say(byId('reads-problem'));
  chosen = code;
  if (!chat.tell({ type: 'set_language', language: code, ref: 'language' })) refuse({ code: 'network' });
}

/** Somebody else has changed it, or it was told from what they write: they may know better. */
function changed({ whose, language: now, from, by }) {
  if (whose !== 'customer' || now === chosen) return;
  const words = () => t(`note.yours.${by}`, { language: languageName(now) });
  chat.log.note(words, () => t('note.undo', { language: languageName(from) }), () => choose(from));
}

function refuse(error) {
  say(byId('reads-problem'), sentence(error));
  byId('reads').value = state.language ?? '';
}

function heard(event) {
  const { type, role } = event;
  if (type === 'room_joined' || type === 'room_status') {
    if (event.language) chat.log.reads(event.language);
    change({ place: undefined, ...event, known: true });
  } else if (type === 'language') {
    changed(event);
  } else if (type === 'translator') {
    translates(event);
    change({ translator: wrong() });
  } else if (type === 'chat_ended') { // by the agent
    change({ status: 'closing' });
  } else if (type === 'queue') {
    change({ place: event.place });
  } else if (type === 'presence' && role === 'agent') {
    change({ online: event.online, agent_name: event.name });
  } else if (type === 'message' && role === 'agent') {
    change({ theirs: event.original_language ?? state.theirs, agent_name: state.agent_name ?? event.from });
  } else if (type === 'error' && event.ref === 'language') {
    refuse(event);
  }
}

/** Brings the page up to date with what the server has said. */
function change(news) {
  const before = state;
  if (Object.keys(news).every((key) => news[key] === before[key]) && !news.status) return;
  state = { ...before, ...news };
  const { status, closes_in_ms: left } = news;
  if (left > 0) state.until = Date.now() + left;
  if (status) state.gone = status === 'waiting' && (before.status === 'active' || before.gone);
  if (status && status !== 'active') state.online = undefined;
  if (state.reason === undefined) paint();
}

function paint() {
  const { status, agent_name: agent, gone, place, online, until, language: mine } = state;
  const theirs = state.agent_language ?? state.theirs;
  const time = until && new Date(until).toLocaleTimeString(locale, { hour: 'numeric', minute: '2-digit' });
  const values = { agent, time, theirs: theirs && languageName(theirs), yours: mine && languageName(mine) };
  const more = {
    waiting: gone && agent ? 'gone' : 'more',
    active: online === false ? 'away' : wrong() === 'none' ? 'plain' : theirs && mine && theirs !== mine ? 'both' : 'more',
    closing: time ? 'until' : 'more',
  }[status];
  const named = status !== 'waiting' && agent;
  const queue = status === 'waiting' && !gone && place ? plural('customer.ahead', place - 1) : undefined;
  const presence = status === 'active' && online === false ? 'away' : status;
  chat.heading(named || t(`customer.${status}`), queue ?? t(`customer.${status}.${more}`, values), presence, named || '');
  offerReading();
  tick();
}

/** The language of the reader, who may know better than whoever guessed it. */
function offerReading() {
  const select = byId('reads');
  const { language: mine } = state;
  select.replaceChildren(...languageOptions([...new Set([...codes, mine].filter(Boolean))]));
  if (!mine) select.prepend(new Option(t('chat.reads.unknown'), ''));
  select.value = mine ?? '';
}

/** The time left to reopen the chat: seen, and not read out each second. */
function tick() {
  const { status, until } = state ?? {};
  const left = status === 'closing' ? until - Date.now() : 0;
  const panel = chat?.node.querySelector('.reopen');
  if (!panel) return;
  panel.hidden = !(left > 0);
  say(panel.querySelector('.left'), new Date(Math.max(left, 0)).toLocaleTimeString(locale, { minute: '2-digit', second: '2-digit' }));
}

setInterval(tick, 1000);

/** Back to the form. */
function anew() {
  chat?.close();
  chat = state = undefined;
  show('start');
}

function over(reason) {
  // Long ago, and forgotten by the server: nobody wants to be told.
  if ((reason === 4401 || reason === 4404) && !state.known) {
    session.forget();
    anew();
    return;
  }
  state = { ...state, status: 'over', reason };
  tell();
  tick();
  chat.onward(t('customer.again'), () => {
    session.forget();
    anew();
    content.focus();
  });
}

function tell() {
  const { reason } = state;
  const why = known(`customer.over.${reason}`) ?? known(`connection.${reason}`) ?? t(reason > 0 ? 'connection.ended' : 'customer.over.closed');
  chat.heading(t('customer.over'), why, 'over', state.agent_name);
  say(chat.node.querySelector('.onward'), t('customer.again'));
}

function reword() {
  title();
  lead();
  offerLanguages();
  if (state) (state.reason === undefined ? paint : tell)();
}

addEventListener('words', reword);
reword();
if (session.value.token) resume();
else show('start');
session.onOther(() => {
  anew();
  if (session.value.token) resume();
});

/** What is offered, and nothing is promised that cannot be kept. */
async function look() {
  try {
    const { languages, ...known } = await health();
    codes = languages;
    if (!chat) translates(known.translator);
    reword();
  } catch { /* the form works without */ }
  if (!chat && wrong()) setTimeout(look, LOOK_AGAIN_MS);
}

look();
