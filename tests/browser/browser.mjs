// The browsers: Debian's Chromium and Firefox as they are, with nothing in them that calls home. Firefox is driven by
// WebDriver BiDi, which it speaks by itself; WebKit has a client of its own (`webkit.mjs`).

import { existsSync } from 'node:fs';

import { chromium, firefox } from 'playwright-core';

const CHROMIUM_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const CHROMIUM_ARGUMENTS = [
  // In CI everything is root, and the only pages opened are ours.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const FIREFOX_PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

const KINDS = {
  chromium: {
    places: [process.env.CHROMIUM, ...CHROMIUM_PLACES],
    start: (executablePath) => chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS }),
  },
  firefox: {
    places: [process.env.FIREFOX, ...FIREFOX_PLACES],
    // The channel is how the client tells Firefox as released from one of its own making.
    start: (executablePath, scheme) => firefox.launch({
      executablePath,
      channel: 'moz-firefox',
      firefoxUserPrefs: { 'layout.css.prefers-color-scheme.content-override': scheme === 'dark' ? 0 : 1 },
    }),
  },
};

/** The browser the stories run in. */
export const BROWSER = process.env.BROWSER ?? 'chromium';

/** The schemes a page can be turned to: Firefox has that of its start. */
export const SCHEMES = BROWSER === 'firefox' ? ['light'] : ['light', 'dark'];

export function launch(scheme = 'light') {
  const { places, start } = KINDS[BROWSER];
  const executablePath = places.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error(`no browser: install ${BROWSER}, or set ${BROWSER.toUpperCase()}`);
  return start(executablePath, scheme);
}
