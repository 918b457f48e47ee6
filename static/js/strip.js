// Whether anything is translated, for people who can do something about it: what is wrong, and the exact command.

import { byId, say } from './dom.js';
import { languageName, t } from './text.js';

const SAID_MS = 15_000;

/** "German → English, Arabic → English": pairs of languages that are not translated for a while. */
export const pairs = (failing) => failing
  .map(({ from, to }) => `${from ? languageName(from) : '…'} → ${languageName(to)}`).join(', ');

/** What is wrong with the translator as `/health` or an event has it, or nothing. */
export const trouble = ({ state, failing = [] }) => {
  if (state === 'down' || state === 'model_missing') return state;
  return failing.length > 0 ? 'failing' : undefined;
};

/** The strip of a page. */
export function openStrip() {
  const node = byId('strip');
  let now = {};
  let wasWrong = false;
  let timer;

  /** Words with `a command` in them. */
  function paint() {
    const { model, failing = [] } = now;
    const wrong = trouble(now);
    const commands = { serve: 'ollama serve', pull: `ollama pull ${model}` };
    const named = { serve: '`serve`', pull: '`pull`', pairs: pairs(failing) };
    const text = wrong ? t(`strip.${wrong}`, named) : wasWrong ? t('strip.ready') : '';
    const parts = text.split('\x60').map((piece, index) => (index % 2
      ? Object.assign(document.createElement('code'), { textContent: commands[piece], dir: 'ltr' }) : piece));
    node.replaceChildren(...parts);
    node.hidden = !text;
    node.classList.toggle('good', !wrong);
  }

  addEventListener('words', paint);

  return {
    /** How things stand with the translator. That it is back is said once, to whom it was gone. */
    show(translator) {
      const before = trouble(now);
      if (before && trouble(translator) === before && now.model === translator.model && before !== 'failing') return;
      now = translator;
      const wrong = trouble(now);
      clearTimeout(timer);
      wasWrong = !wrong && Boolean(before || wasWrong);
      paint();
      if (wasWrong) {
        timer = setTimeout(() => {
          wasWrong = false;
          paint();
        }, SAID_MS);
      }
    },
  };
}
