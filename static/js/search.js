// Looking for words in one conversation: hits are painted, counted and walked through. The browser's own search stays.

import { say } from './dom.js';
import { t } from './text.js';

const WAIT_MS = 150; // for the next key

/** A text as it is compared: without case and accents, letter by letter as long as it was. */
const plain = (text) => [...text].map((letter) => {
  const bare = letter.normalize('NFD')[0].toLowerCase();
  return bare.length === letter.length ? bare : letter;
}).join('');

function* hitsIn(log, words) {
  const nodes = document.createTreeWalker(log, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const { currentNode: node } = nodes;
    if (!node.parentElement.closest('.text, .second') || !node.parentElement.checkVisibility()) continue;
    const text = plain(node.data);
    for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + words.length);
      yield range;
    }
  }
}

/** Opens the search of a room, or goes back to it. */
export default function search({ chat }) {
  const { node } = chat;
  const bar = node.querySelector('.search');
  const field = bar.querySelector('input');
  if (!bar.hidden) {
    field.select();
    return;
  }
  const log = node.querySelector('.messages');
  let hits = [];
  let at = -1;
  let timer;

  /** A browser without highlights still scrolls there, and marks the message. */
  function paint() {
    for (const item of log.querySelectorAll('.found')) item.classList.remove('found');
    const hit = hits[at];
    hit?.startContainer.parentElement.closest('.message').classList.add('found');
    if (CSS.highlights) {
      CSS.highlights.set('hits', new Highlight(...hits));
      CSS.highlights.set('hit', new Highlight(...(hit ? [hit] : [])));
    }
    if (hit) {
      const [{ top }, frame] = [hit.getBoundingClientRect(), node.querySelector('.log').getBoundingClientRect()];
      node.querySelector('.log').scrollTop += top - frame.top - frame.height / 2;
    }
    const words = field.value.trim();
    say(bar.querySelector('.hits'), !words ? '' : hits.length ? t('search.at', { at: at + 1, of: hits.length }) : t('search.none'));
  }

  function look() {
    const words = plain(field.value.trim());
    hits = words ? [...hitsIn(log, words)] : [];
    at = hits.length - 1; // the latest first
    paint();
  }

  function step(by) {
    if (!hits.length) return;
    at = (at + by + hits.length) % hits.length;
    paint();
  }

  function close() {
    changed.disconnect();
    clearTimeout(timer);
    bar.hidden = true;
    hits = [];
    paint();
    chat.focus();
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  };
  const changed = new MutationObserver(() => field.value && later());
  field.oninput = later;
  bar.onkeydown = (event) => {
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && event.target === field) step(event.shiftKey ? 1 : -1);
    else return;
    event.preventDefault();
  };
  bar.querySelector('.earlier-hit').onclick = () => step(-1);
  bar.querySelector('.later-hit').onclick = () => step(1);
  bar.querySelector('.search-close').onclick = close;
  bar.hidden = false;
  changed.observe(log, { childList: true, subtree: true, characterData: true });
  look();
  field.select();
}
