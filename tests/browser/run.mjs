// Runs the stories in `scenarios/` in a real browser: `node run.mjs [PART OF A NAME]…`, after `npm ci`.
//
// `DRAGOMAN` is the server's binary (else what was built last), `BROWSER` is chromium (else) or firefox, and `CHROMIUM`
// and `FIREFOX` say where they are (else where Debian puts them); for WebKit, see `webkit.mjs`. Each story has a server
// of its own, so they may run in any order; `JOBS` says how many at a time. A story is a function that waits for what
// must come (`until.mjs`) and knows the pages by what people do there (`pages.mjs`). What no page may ever do
// (`watch.mjs`) is held against every story at its end.

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { BROWSER, launch } from './browser.mjs';
import { BINARY } from './server.mjs';
import { World } from './world.mjs';

const LONGEST_MS = 90_000;
const JOBS = Number(process.env.JOBS ?? 2);
const FAILURES_MAX = Number(process.env.FAILURES_MAX ?? 8); // where so much is wrong, the rest says nothing new

const { positionals: wanted } = parseArgs({ allowPositionals: true });

/**
 * Every story: an exported function, its name a sentence. `alone` stands on those that measure, and `without` says of a
 * browser what it lacks for this story.
 */
async function stories() {
  const folder = new URL('scenarios/', import.meta.url);
  const found = [];
  for (const file of readdirSync(folder).sort()) {
    const module = await import(new URL(file, folder));
    for (const [name, tell] of Object.entries(module)) {
      const title = `${file.replace('.mjs', '')}: ${name.replace(/([A-Z])/g, ' $1').toLowerCase()}`;
      found.push({ title, tell, alone: tell.alone ?? false, lacking: tell.without?.[BROWSER] });
    }
  }
  return found.filter(({ title }) => wanted.length === 0 || wanted.some((part) => title.includes(part)));
}

async function tell(browser, { title, tell: story }) {
  const world = new World(browser);
  const from = performance.now();
  let problem;
  let timer;
  const late = new Promise((_, fails) => (timer = setTimeout(() => fails(new Error('took too long')), LONGEST_MS)));
  try {
    await Promise.race([story(world), late]);
    const faults = world.faults();
    if (faults.length > 0) throw new Error(`what a page must not do:\n  ${faults.join('\n  ')}`);
  } catch (error) {
    const pictures = await world.picture(title);
    problem = `${error.stack}\npictures in ${pictures}\nthe server said:\n${world.server?.log ?? ''}`;
    for (const fault of world.faults()) problem += `\n${fault}`;
  }
  clearTimeout(timer);
  await world.end().catch((error) => (problem ??= `the end of it: ${error.stack}`));
  console.log(`${problem ? 'FAILED' : 'ok    '} ${title} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
  return problem && `${title}\n${problem}`;
}

const told = await stories();
for (const { title, lacking } of told) if (lacking) console.log(`none   ${title}: ${BROWSER} ${lacking}`);
const all = told.filter(({ lacking }) => !lacking);
const problems = [];
console.log(`${all.length} stories in ${BROWSER} with ${BINARY}`);
const from = performance.now();
for (const [turn, width] of [[all.filter(({ alone }) => !alone), JOBS], [all.filter(({ alone }) => alone), 1]]) {
  const work = async () => {
    // One each: of all the windows of a Firefox one alone has the focus.
    const browser = await launch();
    while (turn.length > 0 && problems.filter(Boolean).length < FAILURES_MAX) {
      problems.push(await tell(browser, turn.shift()));
    }
    await browser.close();
  };
  await Promise.all(Array.from({ length: width }, work));
}
const failed = problems.filter(Boolean);
for (const problem of failed) console.log(`\n---- ${problem}`);
console.log(`\n${problems.length - failed.length} of ${all.length} in ${((performance.now() - from) / 1000).toFixed(1)} s`);
process.exit(failed.length > 0 || all.length === 0 ? 1 : 0);
