// What is measured, printed, and held against what is promised. Told alone, when nothing else runs.

import { gzipSync } from 'node:zlib';

import { check, equal, until } from '../until.mjs';

const SCRIPT_BYTES_MAX = 30 * 1024;

/** Everything a page consists of, by its kind: what its HTML names, and every module these name, at once or later. */
async function weigh({ origin, path }) {
  const sum = { html: 0, css: 0, js: 0, zipped: 0 };
  const wanted = [path];
  for (const each of wanted) {
    const response = await fetch(origin + each);
    equal(each, response.status, 200);
    const body = Buffer.from(await response.arrayBuffer());
    sum[/\.(html|css|js)$/.exec(each)[1]] += body.length;
    sum.zipped += gzipSync(body).length;
    const named = /(?:href="|src="|from '|import\('|import ')(\.?\/[\w./-]+\.(?:css|js))['"]/g;
    for (const [, name] of body.toString().matchAll(named)) {
      const { pathname } = new URL(name, origin + each);
      if (!wanted.includes(pathname)) wanted.push(pathname);
    }
  }
  return sum;
}

export async function pagesAreLight(world) {
  for (const person of [await world.customer(), await world.agent()]) {
    const { js, html, css, zipped } = await weigh(person);
    console.log(`       ${person.path}: ${js} bytes of scripts, ${html} HTML, ${css} style, all would be ${zipped} zipped`);
    check(`${person.path} has scripts`, js > 1_000);
    check(`${person.path} has less than ${SCRIPT_BYTES_MAX} bytes of scripts: ${js}`, js < SCRIPT_BYTES_MAX);
  }
}

const ROUNDS = 40;

/** Notes when a text is on the page, and when it has been painted: milliseconds of the clock both pages share. */
async function watchFor(person, text) {
  await person.page.evaluate((wanted) => {
    const now = () => performance.timeOrigin + performance.now();
    const log = document.querySelector('[role=log]');
    globalThis.seen = new Promise((tell) => {
      const look = () => {
        if (![...log.querySelectorAll('p')].some((node) => !node.hidden && node.textContent === wanted)) return;
        observer.disconnect();
        const there = now();
        // The second frame begins when the first has been painted.
        requestAnimationFrame(() => requestAnimationFrame(() => tell({ there, painted: now() })));
      };
      const observer = new MutationObserver(look);
      observer.observe(log, { subtree: true, childList: true, characterData: true, attributes: true });
    });
  }, text);
}

/** Notes when Enter goes down. */
async function watchEnter(person) {
  await person.page.evaluate(() => addEventListener('keydown', (event) => {
    if (event.key === 'Enter') globalThis.pressed = performance.timeOrigin + event.timeStamp;
  }, true));
}

async function timeOf(writer, reader, written, read) {
  await watchFor(reader, read);
  await writer.write(written);
  const { there, painted } = await reader.page.evaluate(() => globalThis.seen);
  const pressed = await writer.page.evaluate(() => globalThis.pressed);
  return { there: there - pressed, painted: painted - pressed };
}

function percentile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
}

export async function fromEnterToTheOtherSide(world) {
  const [ana, sam] = await world.pair();
  await Promise.all([watchEnter(ana), watchEnter(sam)]);
  await ana.untilIs('active');
  const question = (n) => [`Esta é a minha pergunta número ${n}, espero que a consiga ler.`,
    `This is my question number ${n}, I hope that you can read it.`];
  const answer = (n) => [`This is our answer number ${n}, we hope that you can read it.`,
    `Esta é a nossa resposta número ${n}, esperamos que a consiga ler.`];
  for (const [writer, reader, phrase] of [[ana, sam, question], [sam, ana, answer]]) {
    const times = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      times.push(await timeOf(writer, reader, ...phrase(round)));
      await writer.hasSentAll();
    }
    for (const what of ['there', 'painted']) {
      const values = times.map((time) => time[what]);
      const line = `median ${percentile(values, 0.5)} ms, p95 ${percentile(values, 0.95)} ms`;
      console.log(`       ${writer.role} to ${reader.role}, translated, ${what}: ${line} (${ROUNDS} messages)`);
    }
  }
  await until('everything is there', async () => (await sam.texts()).length === 2 * ROUNDS + 1);
  equal('nobody lost any', (await ana.texts()).length, 2 * ROUNDS + 1);
}
fromEnterToTheOtherSide.alone = true;
