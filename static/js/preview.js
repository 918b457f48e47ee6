// What the customer would read, before it is sent: shown above the composer, to be corrected, then sent with the original.

import { clean, say } from './dom.js';
import { languageName, sentence, t } from './text.js';

/** Shows the preview of what stands in the composer of a room; asked again while it is open, sends both. */
export default async function preview(room) {
  const { chat, kept } = room;
  const { node } = chat;
  const panel = node.querySelector('.preview');
  const draft = panel.querySelector('.draft');
  const input = node.querySelector('.input');
  const state = panel.querySelector('.preview-state');
  const both = panel.querySelector('.preview-send');
  const content = clean(input.value);
  if (!panel.hidden || !content) {
    (panel.hidden ? input : draft).focus();
    return;
  }

  function close() {
    panel.hidden = true;
    input.readOnly = false;
    room.onSubmit = undefined;
    input.focus();
  }

  /** Both, or what was written alone where there is no translation. */
  function send() {
    const translated = clean(draft.value);
    if (both.disabled || (!draft.hidden && !translated)) return true;
    close();
    chat.write('');
    chat.send(content, translated ? { translated_content: translated } : undefined);
    return true;
  }

  room.onSubmit = send;
  input.readOnly = true; // the two belong together
  draft.value = '';
  draft.hidden = both.disabled = true;
  panel.querySelector('.preview-back').onclick = close;
  panel.onsubmit = (event) => {
    event.preventDefault();
    send();
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
  panel.querySelector('.preview-back').focus();
  const number = (room.previews = (room.previews ?? 0) + 1);
  const answer = await room.ask({ type: 'preview', content });
  if (panel.hidden || room.previews !== number) return;
  panel.classList.remove('translating');
  both.disabled = false;
  const { translated_content: translated, language = kept.language } = answer;
  if (translated) {
    say(state, t('preview.label', { language: languageName(language) }));
    draft.value = translated;
    draft.lang = language;
    draft.hidden = false;
    draft.focus();
    draft.setSelectionRange(0, 0);
  } else {
    say(state, answer.untranslated ? t('preview.untranslated') : sentence(answer));
    say(both, t('preview.alone'));
    both.focus();
  }
}
