// The agent's page: who I am, and behind that the desk.

import { call, health } from './api.js';
import { openDesk } from './desk.js';
import { byId, cleanName, say } from './dom.js';
import { Session } from './session.js';
import { guessLanguage, languageOptions, sentence, t } from './text.js';

const HEALTH_AGAIN_MS = 3_000;
const OPEN = 'dragoman.open=1';
const session = new Session('dragoman.agent', 'localStorage', { rooms: 'id' });
let strip; // what tells of the translator, once there is something to tell
const form = byId('profile-form');
const problem = byId('profile-problem');
const { name, language, key } = form.elements;

let desk;
let codes = [];

function show(isDesk) {
  byId('desk').hidden = !isDesk;
  byId('profile').hidden = isDesk;
}

function closeDesk() {
  desk?.close();
  desk = undefined;
}

function showProfile(why) {
  closeDesk();
  const { name: mine = '', language: code } = session.value;
  session.forget({ name: mine, language: code });
  name.value ||= mine;
  say(problem, why);
  show(false);
}

/** Who has signed in has done so in every tab, until they close the browser: a cookie without a secret, and without a date,
 *  ends with it; where there are none, the tab alone remembers. */
function isOpen() {
  try {
    return document.cookie.split('; ').includes(OPEN) || sessionStorage.getItem(OPEN);
  } catch {
    return false;
  }
}

function open() {
  try {
    document.cookie = `${OPEN}; path=/; samesite=strict`;
    sessionStorage.setItem(OPEN, '1');
  } catch { /* forbidden: this page remembers by itself */ }
}

function showDesk() {
  show(true);
  desk = openDesk({ session, codes: () => codes, onSignedOut: showProfile, onTranslator: translates });
}

/** How things stand with the translator: where all is well there is nothing to show. */
async function translates(now) {
  if (now.state !== 'ready' || now.failing || now.better || now.engines?.length > 1) strip ??= (await import('./strip.js')).openStrip();
  strip?.show(now);
}

async function offerLanguages() {
  try {
    const { languages, translator } = await health();
    codes = languages;
    translates(translator);
    language.replaceChildren(...languageOptions(codes));
    language.value = session.value.language ?? guessLanguage(codes) ?? codes[0];
    desk?.words();
    say(problem);
  } catch (error) {
    say(problem, sentence(error));
    setTimeout(offerLanguages, HEALTH_AGAIN_MS);
  }
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const me = { name: cleanName(name.value), language: language.value };
  say(problem);
  try {
    const { token } = await call('/set-profile', key.value, me);
    key.value = '';
    session.forget({ token, ...me });
    open();
    showDesk();
    byId('waiting').focus();
  } catch (error) {
    say(problem, sentence(error));
    if (error.status === 401) key.focus();
  }
};

byId('sign-out').onclick = () => {
  showProfile();
  name.focus();
};

offerLanguages();
if (session.value.token && isOpen()) {
  showDesk();
} else {
  const { name: mine = '', language: code, token } = session.value;
  if (token && navigator.cookieEnabled) session.forget({ name: mine, language: code }); // the browser was closed meanwhile
  name.value ||= mine;
  show(false);
}
session.onOther(() => {
  closeDesk();
  if (session.value.token) showDesk();
  else show(false);
});
