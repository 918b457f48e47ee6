// Sounds and notifications: both off until somebody wants them, and remembered.

import { byId, say } from './dom.js';
import { t } from './text.js';

const NOTES_HZ = [587, 880]; // a fifth upwards
const NOTE_S = 0.16;
const VOLUME = 0.06;

/** `wishes` keeps what is wanted: `sound`, `alerts`. */
export function openNotes(wishes) {
  const on = (kind) => Boolean(wishes.value[kind]) && (kind === 'sound' || globalThis.Notification?.permission === 'granted');
  let audio;

  function paint() {
    for (const kind of ['sound', 'alerts']) byId(kind).ariaPressed = on(kind);
  }

  /** A browser that wants a click first stays silent until there was one. */
  function ring() {
    if (!on('sound')) return;
    audio ??= new AudioContext();
    audio.resume();
    NOTES_HZ.forEach((hertz, place) => {
      const tone = new OscillatorNode(audio, { frequency: hertz });
      const gain = new GainNode(audio, { gain: 0 });
      const start = audio.currentTime + place * NOTE_S;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(VOLUME, start + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_S * 3);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + NOTE_S * 3);
    });
  }

  function alert(title, tag, onClick) {
    if (!on('alerts') || document.hasFocus()) return;
    try {
      const note = new Notification(title, { tag });
      note.onclick = () => {
        window.focus();
        note.close();
        onClick();
      };
    } catch { /* a phone has them for installed pages only */ }
  }

  async function toggle(kind) {
    const wanted = !on(kind);
    if (kind === 'alerts' && wanted) {
      const allowed = await globalThis.Notification?.requestPermission();
      say(byId('lobby-problem'), allowed === 'granted' ? '' : t(allowed ? 'notes.denied' : 'notes.missing'));
      if (allowed !== 'granted') return;
    }
    wishes.keep({ [kind]: wanted });
    paint();
    if (kind === 'sound') ring();
  }

  paint();
  return {
    toggle,
    room(name, onClick) {
      ring();
      alert(t('notes.room', { name }), 'room', onClick);
    },
    message(name, onClick) {
      ring();
      alert(t('notes.message', { name }), name, onClick);
    },
  };
}
