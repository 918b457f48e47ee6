// The stretch of a long log that stands on the page: its end at first, what is earlier or later where the reader scrolls,
// and never more than a page bears. It knows entries by their nodes, and nothing of what they say.
//
//   entries   0 …… from ▓▓▓▓▓▓▓▓▓▓▓▓ to …… length      following: `to` is the length, and the end is in view
//                       on the page

const STEP = 50; // entries that come at a time
const MOST = 200; // on the page; beyond them, those at the far side leave it
const NEAR_PX = 600; // of an edge the next ones come
const AT_END_PX = 60;
const HUSH_MS = 600; // until a screen reader has passed over what is no news

/**
 * `entries()` are all there are, in their order; `draw(entry)` brings an entry's node up to date; `onSeen()` hears that the
 * reader sees something else.
 */
export function openStretch(frame, entries, draw, onSeen) {
  const part = (name) => frame.querySelector(`.${name}`);
  const view = part('log');
  const list = part('messages');
  const [older, newer] = [part('older'), part('newer')];
  let first; // entries at the edges of what stands here
  let last;
  let isTail = true; // nothing is behind them
  let following = true;
  let top = 0; // where the reader was at the last scroll
  let hushed; // a timer, while nothing is read out
  let isLive = false;

  /** What is put here now is no news. */
  function hush() {
    clearTimeout(hushed);
    view.ariaLive = 'off';
    hushed = setTimeout(() => (view.ariaLive = isLive ? 'polite' : 'off'), HUSH_MS);
  }

  /** The range that should stand here: that of before, with what has come within it or, at the end, behind it. */
  function range() {
    const all = entries();
    let from = all.lastIndexOf(first);
    let to = all.lastIndexOf(last) + 1;
    if (following || (isTail && all.length - from <= MOST)) {
      if (all.length - to > STEP) from = -1; // a backlog: its end is enough
      to = all.length;
    }
    if (from < 0) from = to - STEP;
    if (to - from > MOST && following) from = to - STEP;
    return [Math.max(from, 0), to];
  }

  /** Nodes that stand where they should are not moved: they would be read out again. */
  function put(from, to) {
    const all = entries();
    const shown = all.slice(from, to);
    [first, last] = [shown[0], shown.at(-1)];
    isTail = to === all.length;
    shown.forEach(draw);
    const wanted = new Set(shown.map(({ node }) => node));
    for (const node of [...list.children]) if (!wanted.has(node)) node.remove();
    let next = list.firstElementChild;
    for (const { node } of shown) {
      if (node === next) next = next.nextElementSibling;
      else list.insertBefore(node, next);
    }
    offer(older, from > 0);
    offer(newer, !isTail);
  }

  /** A button that goes away leaves the focus to the log. */
  function offer(button, is) {
    if (!is && button === document.activeElement) view.focus();
    button.hidden = !is;
  }

  /** Puts a range here without moving what the reader looks at. */
  function show(from, to) {
    if (following) {
      put(from, to);
      toBottom();
      return;
    }
    const { top: edge } = view.getBoundingClientRect();
    const anchor = [...list.children].find((node) => node.getBoundingClientRect().bottom > edge);
    const before = anchor?.getBoundingClientRect().top;
    put(from, to);
    if (anchor?.isConnected) view.scrollTop += anchor.getBoundingClientRect().top - before;
    top = view.scrollTop;
  }

  function toBottom() {
    view.scrollTop = view.scrollHeight;
    top = view.scrollTop;
  }

  function earlier() {
    const [from, to] = range();
    const begin = Math.max(0, from - STEP);
    hush();
    following &&= to - begin <= MOST;
    show(begin, Math.min(to, begin + MOST));
  }

  function later() {
    const [from, to] = range();
    const end = Math.min(entries().length, to + STEP);
    hush();
    show(Math.max(from, end - MOST), end);
  }

  function scrolled() {
    const left = view.scrollHeight - view.scrollTop - view.clientHeight;
    const atEnd = left < AT_END_PX && isTail;
    if (atEnd || view.scrollTop < top) following = atEnd; // only a reader scrolls up
    top = view.scrollTop;
    if (!older.hidden && top < NEAR_PX) earlier();
    else if (!isTail && left < NEAR_PX) later();
    onSeen();
  }

  view.onscroll = scrolled;
  older.onclick = earlier;
  newer.onclick = later;
  const resized = new ResizeObserver(() => following && toBottom());
  resized.observe(view);
  resized.observe(list);

  return {
    /** Whether the end is in view. */
    follows: () => following,

    /** Whether an entry stands here. */
    has: ({ node }) => Boolean(node?.isConnected),

    /** Brings the page in agreement with the entries. */
    show() {
      show(...range());
      if (following && !older.hidden && view.scrollTop < NEAR_PX) earlier();
    },

    /** From now on the end is to be in view. */
    follow() {
      if (!isTail) first = last = undefined;
      following = true;
    },

    /** Brings an entry here, from wherever it is. */
    reveal(entry) {
      if (this.has(entry)) return;
      const at = entries().indexOf(entry);
      hush();
      following = false;
      put(Math.max(0, at - STEP), Math.min(entries().length, at + STEP));
      top = view.scrollTop;
    },

    /** From now on what comes is news; what comes in the same rush would bury the page if all of it were read out. */
    goLive() {
      isLive = true;
      hush();
    },
  };
}
