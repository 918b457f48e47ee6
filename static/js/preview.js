// What the customer would read, before it is sent: shown above the composer, to be corrected, then sent with the original.

import { clean, say, unique } from './dom.js';
import { languageName, sentence, t } from './text.js';

/** The server's answer, or an error event: of a connection that is lost none comes. */
function ask(room, content) {
  return new Promise((resolve) => {
    const ref = unique();
    const lost = () => resolve({ type: 'error', code: 'network' });
    room.onEvent = (event) => {
      if (event.ref === ref) resolve(event);
      else if (event.type === 'room_joined') lost();
    };
    if (!room.chat.tell({ type: 'preview', content, ref })) lost();
  });
}

/** A text with its terms underlined, each wherever it stands; of two at one place the longer. Nothing if it has none. */
function underlined(text, terms) {
  const parts = [];
  let end = 0;
  for (let at = 0; at < text.length;) {
    const term = terms.find((each) => text.startsWith(each, at));
    if (!term) {
      at += 1;
      continue;
    }
    parts.push(text.slice(end, at), Object.assign(document.createElement('u'), { textContent: term }));
    end = at += term.length;
  }
  return end ? [...parts, text.slice(end)] : [];
}

/** Shows the preview of what stands in the composer of a room; asked again while it is open, sends both. */
export default async function preview(room) {
  const { chat, kept } = room;
  const { node } = chat;
  const panel = node.querySelector('.preview');
  const draft = panel.querySelector('.draft');
  const input = node.querySelector('.input');
  const state = panel.querySelector('.preview-state');
  const both = panel.querySelector('.preview-send');
  const shown = panel.querySelector('.preview-terms');
  let terms = [];
  const content = clean(input.value);
  if (!panel.hidden || !content) {
    (panel.hidden ? input : draft).focus();
    return;
  }

  /** A field underlines nothing, so what stands in it stands below it as well, as long as it has a term. */
  function showTerms() {
    const parts = underlined(draft.value, terms);
    shown.hidden = !parts.length;
    shown.querySelector('.underlined').replaceChildren(...parts);
  }

  function close() {
    panel.hidden = true;
    input.readOnly = false;
    room.onSubmit = undefined;
    input.removeEventListener('keydown', leave);
    input.focus();
  }

  function leave(event) {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    close();
  }

  /** Both, or what was written alone where there is no translation: that with the button, never by a quick Enter. */
  function send(isButton = false) {
    const translated = clean(draft.value);
    if (both.disabled || (draft.hidden ? !isButton : !translated)) return true;
    close();
    chat.write('');
    chat.send(content, translated ? { translated_content: translated } : undefined);
    return true;
  }

  room.onSubmit = () => send();
  input.addEventListener('keydown', leave);
  input.readOnly = true; // the two belong together
  draft.value = '';
  draft.hidden = both.disabled = shown.hidden = true;
  draft.oninput = showTerms;
  panel.querySelector('.preview-back').onclick = close;
  panel.onsubmit = (event) => {
    event.preventDefault();
    send(true);
  };
  panel.onkeydown = (event) => {
    const { key, shiftKey, isComposing } = event;
    if (key === 'Escape') close();
    else if (key === 'Enter' && event.target === draft && !shiftKey && !isComposing && event.keyCode !== 229) send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  say(state, t('preview.pending'));
  say(both, t('preview.send'));
  panel.classList.add('translating');
  panel.hidden = false;
  input.focus(); // what was written stays under the hands: Enter sends both as soon as both are there
  const answer = await ask(room, content);
  if (panel.hidden || content !== clean(input.value)) return; // it is another one's by now
  panel.classList.remove('translating');
  both.disabled = false;
  const { translated_content: translated, language = kept.language } = answer;
  if (translated) {
    say(state, t(answer.rough ? 'preview.label.rough' : 'preview.label', { language: languageName(language) }));
    draft.value = translated;
    draft.lang = language;
    draft.hidden = false;
    terms = (answer.terms ?? []).sort((a, b) => b.length - a.length);
    shown.querySelector('.underlined').lang = language;
    showTerms();
  } else {
    say(state, answer.untranslated ? t('preview.untranslated') : sentence(answer));
    say(both, t('preview.alone'));
  }
}
