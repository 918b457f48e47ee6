// Who translates, and whether anybody does, for people who can do something about it: what is wrong, and the exact command.

import { byId, say } from './dom.js';
import { languageName, t } from './text.js';

const SAID_MS = 15_000;

/** "German → English, Arabic → English": pairs of languages that are not translated for a while. */
export const pairs = (failing) => failing
  .map(({ from, to }) => `${from ? languageName(from) : '…'} → ${languageName(to)}`).join(', ');

const NAMES = { ollama: 'Ollama', openai: 'OPENAI_URL', libretranslate: 'LibreTranslate', deepl: 'DeepL', apertium: 'Apertium' };
const NOBODY = ['down', 'model_missing', 'unauthorized', 'quota'];

/** Engines that should translate and do not, while another one does: `/health` lists all, an event these alone. */
const passedOver = ({ engine, engines = [], better }) => better
  ?? engines.slice(0, Math.max(0, engines.findIndex(({ name }) => name === engine))).map(({ name, ...rest }) => ({ engine: name, ...rest }));

/** What is wrong with the translator as `/health` or an event has it, or nothing. */
export const trouble = (translator) => {
  const { state, engine, failing = [] } = translator;
  if (NOBODY.includes(state)) return engine === 'ollama' && !['unauthorized', 'quota'].includes(state) ? state : 'none';
  if (failing.length > 0) return 'failing';
  return passedOver(translator).length > 0 ? (engine === 'apertium' ? 'roughly' : 'instead') : undefined;
};

/** "Ollama does not answer." */
const why = ({ engine, state }) => t(`strip.why.${state}`, { engine: NAMES[engine] ?? engine });

/** The strip of a page. */
export function openStrip() {
  const node = byId('strip');
  let now = {};
  let wasWrong = false;
  let timer;

  /** Words with `a command` in them. */
  function paint() {
    const { model, engine, state, failing = [] } = now;
    const wrong = trouble(now);
    const reasons = ['instead', 'roughly'].includes(wrong) ? passedOver(now) : [{ engine, state }];
    const commands = { serve: 'ollama serve', pull: `ollama pull ${model}` };
    const named = { serve: '`serve`', pull: '`pull`', pairs: pairs(failing), engine: NAMES[engine], why: wrong && reasons.map(why).join(' ') };
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
      const isSame = now.model === translator.model && now.engine === translator.engine && now.state === translator.state;
      if (before && trouble(translator) === before && isSame && !['failing', 'instead', 'roughly'].includes(before)) return;
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
