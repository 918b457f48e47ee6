// The agent's page: who I am, who waits, and the chat with the one I help.

import { health, joinRoom, setProfile } from './api.js';
import { openChat } from './chat.js';
import { byId, cleanName, say } from './dom.js';
import { openLobby } from './lobby.js';
import { Session } from './session.js';
import { guessLanguage, known, languageName, nativeName, sentence, sorted, t } from './text.js';

const HEALTH_AGAIN_MS = 3_000;
const session = new Session('dragoman.agent');
const form = byId('profile-form');
const problem = byId('profile-problem');
const { name, language, key } = form.elements;

let lobby;
let chat;
const counts = {};

function title(changed) {
  const { unread, waiting } = Object.assign(counts, changed);
  document.title = `${unread ? '• ' : ''}${waiting ? `(${waiting}) ` : ''}Dragoman`;
}

// Who I am.

function showProfile(why) {
  lobby?.stop();
  chat?.close();
  const { name: mine = '', language: code } = session.value;
  session.forget({ name: mine, language: code });
  name.value ||= mine;
  title({ waiting: 0 });
  say(problem, why);
  byId('desk').hidden = true;
  byId('profile').hidden = false;
  if (language.options.length === 0) offerLanguages();
}

async function offerLanguages() {
  try {
    const { languages: codes } = await health();
    const words = (code) => [...new Set([languageName(code), nativeName(code)])].join(' · ');
    language.replaceChildren(...sorted(codes.map((code) => new Option(words(code), code))));
    language.value = session.value.language ?? guessLanguage(codes) ?? codes[0];
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
    const { token } = await setProfile(me, key.value);
    key.value = '';
    session.forget({ token, ...me });
    showDesk();
    byId('waiting').focus();
  } catch (error) {
    say(problem, known(`profile.${error.status}`) ?? sentence(error));
    if (error.status === 401) key.focus();
  }
};

byId('sign-out').onclick = () => {
  showProfile();
  name.focus();
};

// Who waits.

function showDesk() {
  const { token, name: mine, language: code, room } = session.value;
  byId('profile').hidden = true;
  byId('desk').hidden = false;
  say(byId('me'), `${mine} · ${languageName(code)}`);
  lobby?.stop();
  lobby = openLobby({
    token,
    onJoin: join,
    onCount: (count) => title({ waiting: count }),
    onSignedOut: () => showProfile(t('profile.expired')),
  });
  if (room) help(room);
  else showView('list');
}

async function join({ room_id: id, customer_name: customer, language: theirs }) {
  try {
    await joinRoom(session.value.token, id);
  } catch (error) {
    // Without an answer the room may be ours: the connection will tell. So it is where a repeat was refused.
    if (error.status && error.room_id !== id) throw error;
  }
  const room = { id, name: customer, language: theirs };
  session.keep({ room });
  help(room);
  chat.focus();
}

// The chat.

function showView(view) {
  byId('desk').dataset.view = view;
  byId('sign-out').hidden = byId('no-chat').hidden = view === 'chat';
}

function help(room) {
  const { token, language: mine } = session.value;
  showView('chat');
  lobby.busy(true);
  chat = openChat(byId('chat'), {
    roomId: room.id, token, role: 'agent', language: mine, session,
    onEvent: ({ type, role, language: theirs }) => {
      if (type !== 'message' || role !== 'customer' || !theirs || theirs === room.language) return;
      room.language = theirs;
      session.keep({ room });
      heading(room);
    },
    onOver: (reason) => over(room, reason),
    onUnread: (count) => title({ unread: count }),
  });
  heading(room);
}

function heading(room) {
  const yours = languageName(session.value.language);
  const theirs = room.language && languageName(room.language);
  chat.heading(room.name, t(theirs ? 'agent.active' : 'agent.active.unknown', { theirs, yours }), 'active');
}

function over(room, reason) {
  session.keep({ room: undefined, outbox: undefined, draft: undefined });
  chat.heading(room.name, known(`agent.over.${reason}`) ?? t(`connection.${reason}`), 'over');
  chat.onward(t('agent.back'), backToList);
  if (reason === 'agent_left') backToList();
}

function backToList() {
  chat.close();
  lobby.busy(false);
  showView('list');
  byId('waiting').focus();
}

if (session.value.token) showDesk();
else showProfile();
