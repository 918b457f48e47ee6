// What is measured, printed, and held against what is promised. Told alone, when nothing else runs.

import { gzipSync } from 'node:zlib';

import { check, equal, until } from '../until.mjs';

const SCRIPT_BYTES_MAX = 26_000;

/** Adds up what a page loads, before compression; of scripts also what is sent. */
function scales({ page }) {
  const loaded = new Map();
  page.on('response', (response) => {
    const kind = /\.(html|css|js|json)$/.exec(new URL(response.url()).pathname)?.[1];
    if (kind) loaded.set(response.url(), response.body().then((body) => ({ kind, body })));
  });
  return async () => {
    const sum = { html: 0, css: 0, js: 0, json: 0, zipped: 0, sentJs: 0 };
    for (const { kind, body } of await Promise.all(loaded.values())) {
      sum[kind] += body.length;
      const zipped = gzipSync(body).length;
      sum.zipped += zipped;
      if (kind === 'js') sum.sentJs += zipped;
    }
    return sum;
  };
}

function tell(when, { js, html, css, json, zipped }) {
  console.log(`       ${when}: ${js} bytes of scripts, ${html} HTML, ${css} style, ${json} words; ${zipped} if zipped`);
}

export async function pagesAreLight(world) {
  const [ana, sam] = [await world.customer(), await world.agent()];
  for (const person of [ana, sam]) {
    const weigh = scales(person);
    await person.open();
    await person.page.waitForLoadState('networkidle');
    const first = await weigh();
    tell(`${person.path} at first`, first);
    check(`${person.path} has scripts`, first.js > 1_000);
    const { sentJs } = first;
    check(`${person.path} is sent less than ${SCRIPT_BYTES_MAX} bytes of scripts: ${sentJs}`, sentJs < SCRIPT_BYTES_MAX);
    person.weigh = weigh;
  }
  await ana.start({ name: 'Ana', content: 'Olá! Onde está a minha encomenda?' });
  await sam.signIn({ name: 'Sam' });
  await sam.help('Ana');
  await sam.readsOriginal('Olá! Onde está a minha encomenda?');
  for (const person of [ana, sam]) tell(`${person.path} in a chat`, await person.weigh());
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
