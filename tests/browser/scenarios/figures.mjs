// What is measured, printed, and held against what is promised. Told alone, when nothing else runs.

import { check, equal, until } from '../until.mjs';

/** The first load of the customer's page, and of any other. */
const FIRST_LOAD = { requests: 6, bytes: 32 * 1024 };
const OTHERS = { requests: 6, bytes: 48 * 1024 };

/** Counts what a page fetches: requests, and bytes on the wire with all heads. */
async function scales({ page }) {
  const debug = await page.context().newCDPSession(page);
  await debug.send('Network.enable');
  const sum = { requests: 0, bytes: 0, paths: [] };
  const asked = new Map();
  debug.on('Network.requestWillBeSent', ({ requestId, request }) => asked.set(requestId, request.url));
  debug.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const { protocol, pathname } = new URL(asked.get(requestId) ?? 'data:');
    if (!protocol.startsWith('http')) return;
    sum.requests += 1;
    sum.bytes += encodedDataLength;
    sum.paths.push(`${pathname} ${encodedDataLength}`);
  });
  return { sum, debug };
}

export async function pagesAreLight(world) {
  const people = [await world.customer(), await world.agent(), await world.hub()];
  for (const person of people) {
    const { sum } = await scales(person);
    await person.open();
    await person.page.waitForLoadState('networkidle');
    console.log(`       ${person.role}: ${sum.requests} requests, ${sum.bytes} bytes on the wire (${sum.paths.join(', ')})`);
    const most = person.role === 'customer' ? FIRST_LOAD : OTHERS;
    check(`the ${person.role}'s page has something to load`, sum.requests > 2);
    check(`the ${person.role}'s page takes ${sum.requests} requests`, sum.requests <= most.requests);
    check(`the ${person.role}'s page takes ${sum.bytes} bytes`, sum.bytes <= most.bytes);
    Object.assign(sum, { requests: 0, bytes: 0, paths: [] });
    await person.open();
    await person.page.waitForLoadState('networkidle');
    console.log(`       again: ${sum.requests} requests, ${sum.bytes} bytes (${sum.paths.join(', ')})`);
    check(`whoever comes again is sent ${sum.bytes} bytes`, sum.bytes < 4096);
  }
}

pagesAreLight.without = { firefox: 'has no scales for what is on the wire' };

/** As the browser's tools call it: two seconds for each request, and 50 KiB a second. */
const SLOW_3G = { offline: false, latency: 2000, downloadThroughput: 50 * 1024, uploadThroughput: 50 * 1024 };
const SHOWN_MS = 4_000;
const USABLE_MS = 6_500; // of two requests, one behind the other, and some bytes

export async function onASlowLineTheFormIsThereSoon(world) {
  const ana = await world.customer();
  const { debug } = await scales(ana);
  await debug.send('Network.emulateNetworkConditions', SLOW_3G);
  const from = Date.now();
  const opened = ana.page.goto(ana.path, { waitUntil: 'commit' });
  await ana.form.locator('#content').waitFor();
  const shown = Date.now() - from;
  equal('in words of the reader', await ana.page.locator('#start h1').innerText(), 'Fale conosco');
  await ana.form.locator('[type=submit]:enabled').waitFor();
  const usable = Date.now() - from;
  await opened;
  console.log(`       on slow 3G: the form shows after ${shown} ms, and can be sent after ${usable} ms`);
  check(`the form shows after ${shown} ms`, shown < SHOWN_MS);
  check(`the form can be sent after ${usable} ms`, usable < USABLE_MS);
  await debug.send('Network.emulateNetworkConditions', { ...SLOW_3G, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await ana.start({ name: 'Ana', content: 'Olá! Onde está a minha encomenda?' });
}
onASlowLineTheFormIsThereSoon.alone = true;
onASlowLineTheFormIsThereSoon.without = { firefox: 'has no slow line' };

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
