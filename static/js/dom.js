// Elements, and the text that goes into them: as text, never as markup.

import { fill, languageName, t } from './text.js';

const LINK = /\bhttps?:\/\/[^\s<>"“”«»]+/gi;
const AFTER_LINK = /[.,;:!?…'’*_\]}。、，！？）」』]+$/; // belongs to the sentence

const FRAME_MAX_MS = 200; // where none comes: the page is not seen

export const byId = (id) => document.getElementById(id);

/** A copy of the only element in a template, with its words. */
export function copy(id) {
  const node = byId(id).content.firstElementChild.cloneNode(true);
  fill(node);
  return node;
}

/** Changes a text only when it differs: in a live region, every change is read out. */
export function say(node, text) {
  if (node.textContent !== (text || '')) node.textContent = text || '';
}

/** The address without the end of the sentence it stands in. A bracket that the address opens itself stays in it. */
function addressIn(found) {
  const address = found.replace(AFTER_LINK, '');
  const isClosed = address.endsWith(')') && address.split(')').length > address.split('(').length;
  return isClosed ? addressIn(address.slice(0, -1)) : address;
}

/** The same, with its links to be followed: web addresses only, which learn nothing of this page. */
export function sayLinked(node, text) {
  if (node.textContent === text) return;
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const href = addressIn(found);
    const link = { href, textContent: href, target: '_blank', rel: 'noopener noreferrer' };
    parts.push(text.slice(end, index), Object.assign(document.createElement('a'), link));
    end = index + href.length;
  }
  node.replaceChildren(...parts, text.slice(end));
}

/** "EN → ES", in the order of the arrow whichever way the page is read. */
export function sayPair(node, pair) {
  if (!node) return;
  node.hidden = !pair;
  say(node, pair && `${pair.from.toUpperCase()} → ${pair.to.toUpperCase()}`);
  if (pair) node.ariaLabel = t('message.pair', { from: languageName(pair.from), to: languageName(pair.to) });
}

/** What a person typed, as the server takes it: no control characters, no half characters, no blank edges. */
export const clean = (text) => text.replace(/[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]|\p{Surrogate}/gu, '').trim();

/** A name: one line, and nothing that turns the direction of what stands beside it. */
export const cleanName = (text) => clean(text.replace(/\s+/g, ' ').replace(/[\u202a-\u202e\u2066-\u2069]/g, ''));

/** Before the next frame, or soon where there are no frames. */
export function soon(then) {
  const go = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    then();
  };
  const frame = requestAnimationFrame(go);
  const timer = setTimeout(go, FRAME_MAX_MS);
}

/** Where fingers write, Enter begins a line: there is no Shift to hold, and a button that sends. */
export const enterSends = () => !matchMedia('(pointer: coarse)').matches;

/** Whether a key sends. While an input method composes, Enter chooses a word (229: Safari says so after the composition). */
export function sends({ key, shiftKey, ctrlKey, metaKey, isComposing, keyCode }) {
  if (key !== 'Enter' || isComposing || keyCode === 229) return false;
  return enterSends() ? !shiftKey : ctrlKey || metaKey;
}

/** A unique name. `randomUUID` exists on HTTPS and localhost only; a desk in a local network may have neither. */
export const unique = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join('-');
