// The front page: where to go, and whether anything is translated.

import { health } from './api.js';
import { openStrip, trouble } from './strip.js';

const AGAIN_MS = 5_000;
const strip = openStrip();

/** Whoever mends it sees that it is mended. */
async function look() {
  const { translator = {} } = await health().catch(() => ({}));
  strip.show(translator);
  if (trouble(translator)) setTimeout(look, AGAIN_MS);
}

look();
