// A WebSocket: one room's, or without `roomId` the lobby's. It comes back when it breaks, resumes behind the last
// message received, and keeps what was written until the server has it.
//
//   nothing lost    a message stays in the outbox, under its `ref`, until it is acknowledged or comes back
//   nothing twice   the server knows a `ref` again; `after` is the highest id seen in a `message`, never in an ack
//   nothing passed  one message is on its way at a time, so that none overtakes one that has to wait

import { health } from './api.js';
import { unique } from './dom.js';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const STABLE_MS = 5_000; // a connection that lasted less does not calm the retries
const ANSWER_WITHIN_MS = 15_000; // scripts see no pings: only an answer that fails to come shows a dead connection
const ASLEEP_MS = 90_000; // timers that stood still so long: the server has given this connection up

/**
 * `outbox` is the list to keep entries in. The page hears of events, of the link (`connecting`, `open`, `retrying`,
 * `offline`, `crowded`, `store`, or `ended` with a code) and of changes in the outbox.
 */
export function connect({ roomId, token, outbox = [], onEvent, onLink, onOutbox }) {
  let socket;
  let ended = false;
  let joinedAt; // while messages may be sent
  let onItsWay; // the ref of the message sent and not answered
  let after = 0;
  let attempts = 0;
  let heldUntil = 0;
  let heldFor; // the reason
  let timer; // what is waited for: an answer, the next attempt, or leave to go on sending

  function wait(ms, then) {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  }

  function open() {
    drop();
    const query = new URLSearchParams(roomId && { room_id: roomId, after, updates: 1, originals: 1 });
    const mine = new WebSocket(`${location.origin.replace('http', 'ws')}/ws?${query}`, ['bearer', token]);
    mine.onmessage = ({ data }) => mine === socket && received(JSON.parse(data));
    mine.onclose = ({ code }) => mine === socket && closed(code);
    socket = mine;
    wait(ANSWER_WITHIN_MS, silent);
    onLink(heldFor ?? 'connecting');
  }

  /** Forgets the socket; whatever it still says is nobody's. */
  function drop() {
    clearTimeout(timer);
    const old = socket;
    socket = joinedAt = onItsWay = undefined;
    old?.close();
  }

  function reconnect() {
    attempts = 0;
    open();
  }

  /** Why nothing is sent now: offline, retrying, crowded, or what the server said; shown beside what waits. */
  const reason = () => {
    if (!navigator.onLine) return 'offline';
    return heldUntil > Date.now() || (!joinedAt && attempts > 0) ? heldFor : undefined;
  };

  function hold() {
    const why = reason();
    if (outbox.every(({ held }) => held === why)) return;
    outbox.forEach((entry) => (entry.held = why));
    onOutbox();
  }

  function lost(why = 'retrying') {
    if (Date.now() - joinedAt > STABLE_MS) attempts = 0;
    drop();
    const most = Math.min(FIRST_RETRY_MS * 2 ** attempts, LAST_RETRY_MS);
    attempts += 1;
    wait(most * (0.5 + Math.random() / 2), open);
    heldUntil = 0;
    heldFor = why;
    onLink(navigator.onLine ? why : 'offline');
    hold();
  }

  /** No answer has come: the line is dead, or the server can store nothing and acknowledges nothing until it can. */
  async function silent() {
    lost(heldFor === 'store' ? heldFor : undefined);
    const { store } = await health().catch(() => ({}));
    if (store !== 'down' || joinedAt || ended) return;
    heldFor = 'store';
    onLink(heldFor);
    hold();
  }

  function closed(code) {
    if (code < 4400 || code > 4499 || code === 4429) { // too many: the only refusal that time heals
      lost(code === 4429 ? 'crowded' : undefined);
      return;
    }
    stop();
    onLink('ended', code);
  }

  function received(event) {
    switch (event.type) {
      case 'room_joined':
      case 'rooms':
        clearTimeout(timer);
        joinedAt = Date.now();
        heldFor = undefined;
        onLink('open');
        hold();
        break;
      case 'message':
        after = Math.max(after, event.id);
        if (event.own) settled(event.ref);
        break;
      case 'ack':
        settled(event.ref);
        break;
      case 'error':
        refused(event);
        break;
    }
    onEvent(event);
    pump();
  }

  function answered(ref, change) {
    if (ref && onItsWay === ref) {
      clearTimeout(timer);
      onItsWay = undefined;
    }
    const entry = outbox.find((each) => each.ref === ref);
    if (!entry) return;
    change(entry);
    onOutbox();
  }

  function settled(ref) {
    answered(ref, (entry) => outbox.splice(outbox.indexOf(entry), 1));
  }

  /** Refused for now: all wait, in their order. Refused for good: this one stays behind, and says why. */
  function refused({ ref, code, message, retry_after_ms: pause }) {
    answered(ref, (entry) => {
      if (code === 'rate_limited' || pause > 0) {
        heldUntil = Date.now() + (pause ?? 5_000);
        heldFor = { rate_limited: 'often', store_down: 'store' }[code] ?? 'busy';
        hold();
      } else {
        entry.refused = { code, message };
      }
    });
  }

  function pump() {
    const next = outbox.find((entry) => !entry.refused);
    if (!next || !joinedAt || onItsWay || ended) return;
    const pause = heldUntil - Date.now();
    if (pause > 0) {
      wait(pause, pump);
      return;
    }
    const { ref, content, more } = next;
    onItsWay = ref;
    tell({ content, ...more, ref });
    wait(ANSWER_WITHIN_MS, silent);
    if (!next.held) return;
    next.held = undefined;
    onOutbox();
  }

  /** Sends a message, now or later. `more` are fields beside it: `translated_content`, or another `type`. */
  function send(content, more) {
    outbox.push({ ref: unique(), content, more, at: Date.now(), held: reason() });
    onOutbox();
    pump();
  }

  /** Sends what is worth nothing later: at once, or not at all (false). */
  function tell(event) {
    if (joinedAt) socket.send(JSON.stringify(event));
    return Boolean(joinedAt);
  }

  function retry(ref) {
    answered(ref, (entry) => delete entry.refused);
    pump();
  }

  const listening = new AbortController();
  const { signal } = listening;
  let checked = Date.now();
  const check = setInterval(() => {
    if (Date.now() - checked > ASLEEP_MS) reconnect();
    checked = Date.now();
  }, 15_000);
  addEventListener('online', reconnect, { signal });
  addEventListener('offline', () => {
    onLink('offline');
    hold();
  }, { signal });
  document.addEventListener('visibilitychange', () => document.hidden || socket || reconnect(), { signal });

  /** Ends it for good. */
  function stop() {
    ended = true;
    clearInterval(check);
    listening.abort();
    drop();
  }

  hold(); // what was kept may have waited for something else
  open();
  return { send, tell, retry, stop };
}
