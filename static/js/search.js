// Looking for words in one conversation, in what stands on the page and what does not: hits are painted, counted and walked
// through. The browser's own search stays.

import { say } from './dom.js';
import { t } from './text.js';

const WAIT_MS = 150; // for the next key
const PLAIN = new WeakMap(); // the texts of an entry, as they are compared

/** A text as it is compared: without case and accents, letter by letter as long as it was. */
function plain(text) {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return [...text].map((letter) => {
    const bare = letter.normalize('NFD')[0].toLowerCase();
    return bare.length === letter.length ? bare : letter;
  }).join('');
}

/** The texts of an entry, by the name of the piece of its node they stand in. */
function plainOf(entry, texts) {
  const known = PLAIN.get(entry);
  if (known?.text === texts.text && known.second === texts.second) return known.plain;
  const made = { text: plain(texts.text), second: plain(texts.second || '') };
  PLAIN.set(entry, { ...texts, plain: made });
  return made;
}

/** All places of some words: entry, piece, and where in its text. */
function hitsIn(log, words) {
  const hits = [];
  for (const { entry, texts } of log.texts()) {
    const pieces = plainOf(entry, texts);
    for (const piece in pieces) {
      const text = pieces[piece];
      for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) hits.push({ entry, piece, at });
    }
  }
  return hits;
}

/** Where a hit stands on the page, if it does. Links cut a text into several nodes. */
function rangeOf({ entry, piece, at }, length) {
  const node = entry.node?.isConnected && entry.node.querySelector(`.${piece}`);
  if (!node || !node.checkVisibility()) return [];
  const range = new Range();
  const nodes = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  let passed = 0;
  let begun = false;
  while (nodes.nextNode()) {
    const { currentNode: text } = nodes;
    if (!begun && at < passed + text.length) {
      range.setStart(text, at - passed);
      begun = true;
    }
    if (begun && at + length <= passed + text.length) {
      range.setEnd(text, at + length - passed);
      return [range];
    }
    passed += text.length;
  }
  return []; // the page is about to change
}

/** Opens the search of a room, or goes back to it. */
export default function search({ chat }) {
  const { node, log } = chat;
  const bar = node.querySelector('.search');
  const field = bar.querySelector('input');
  if (!bar.hidden) {
    field.select();
    return;
  }
  const list = node.querySelector('.messages');
  const view = node.querySelector('.log');
  let words = '';
  let hits = [];
  let at = -1;
  let typed; // timers
  let asked;

  /** A browser without highlights still marks the message. */
  function paint() {
    const hit = hits[at];
    for (const item of list.querySelectorAll('.found')) item.classList.toggle('found', item === hit?.entry.node);
    hit?.entry.node?.classList.add('found');
    if (CSS.highlights) {
      CSS.highlights.set('hits', new Highlight(...hits.flatMap((each) => rangeOf(each, words.length))));
      CSS.highlights.set('hit', new Highlight(...(hit ? rangeOf(hit, words.length) : [])));
    }
    say(bar.querySelector('.hits'), !words ? '' : hits.length ? t('search.at', { at: at + 1, of: hits.length }) : t('search.none'));
  }

  /** Brings the hit before the eyes, from however far it is. */
  function go() {
    const hit = hits[at];
    if (hit) {
      const item = log.reveal(hit.entry);
      const [range = item] = rangeOf(hit, words.length);
      const [{ top }, frame] = [range.getBoundingClientRect(), view.getBoundingClientRect()];
      view.scrollTop += top - frame.top - frame.height / 2;
    }
    paint();
  }

  function look() {
    words = plain(field.value.trim());
    hits = words ? hitsIn(log, words) : [];
    at = hits.length - 1; // the latest first
    go();
  }

  /** The page has changed: what was looked at is looked at still. */
  function again() {
    asked = 0;
    const { entry, piece, at: place } = hits[at] ?? {};
    hits = words ? hitsIn(log, words) : [];
    const same = hits.findIndex((hit) => hit.entry === entry && hit.piece === piece && hit.at === place);
    at = same < 0 ? hits.length - 1 : same;
    paint();
  }

  function step(by) {
    if (!hits.length) return;
    at = (at + by + hits.length) % hits.length;
    go();
  }

  function close() {
    changed.disconnect();
    clearTimeout(typed);
    clearTimeout(asked);
    bar.hidden = true;
    words = '';
    hits = [];
    paint();
    chat.focus();
  }

  const changed = new MutationObserver(() => {
    if (words) asked ||= setTimeout(again, WAIT_MS);
  });
  field.oninput = () => {
    clearTimeout(typed);
    typed = setTimeout(look, WAIT_MS);
  };
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
  changed.observe(list, { childList: true, subtree: true, characterData: true });
  look();
  field.select();
}
