// Chats of thousands of messages: what they cost the page, and that nothing of them is missing.

import { check, equal, until, untilEqual } from '../until.mjs';
import { clockOf, comesBack, longChat } from '../long.mjs';

/** Milliseconds of processor time of the main thread, and how many times that where others want the processor, too. */
const GOALS = { 500: 300, 5000: 500, key: 4, message: 8 };
const SLACK = 4;

const ROOM_FOR_ALL = { RATE_LIMIT: '0', MAX_ROOM_TEXT_BYTES: '8MiB' };
const KEYS = 60;
const MESSAGES = 20;

function holds(what, spent, goal) {
  console.log(`       ${what}: ${spent.toFixed(1)} ms of the main thread (goal ${goal})`);
  check(`${what} took ${spent.toFixed(1)} ms, and the goal is ${goal}`, spent < goal * SLACK);
}

const shown = (person) => person.log.locator('li').count();
const lastText = async (person) => (await shown(person)) && (await person.texts()).at(-1);
const number = (text) => Number(/number (\d+) /.exec(text)?.[1] ?? 1);
const view = (person, change) => person.log.evaluate((log, to) => {
  if (to !== undefined) log.scrollTop = to;
  return { top: log.scrollTop, left: log.scrollHeight - log.scrollTop - log.clientHeight };
}, change);

/** Waits until the page has drawn what it had to. */
const calm = (person) => person.page.evaluate(() =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))));

async function untilAtEnd(person, count) {
  await until(`message ${count} is there`, async () => number(await lastText(person)) === count);
  await calm(person);
}

async function measure(world, count) {
  const { customer, agent, say } = await longChat(world, count);
  const [ana, sam] = [await world.customer({ locale: 'en-GB' }), await world.agent()];
  for (const [person, kept] of [[ana, customer], [sam, agent]]) {
    const spent = await clockOf(person);
    await comesBack(person, kept);
    await untilAtEnd(person, count);
    holds(`the ${person.role}'s page with ${count} messages`, await spent(), GOALS[count]);

    await person.input.focus();
    await spent();
    for (let key = 0; key < KEYS; key += 1) await person.page.keyboard.press('a');
    await calm(person);
    holds(`a key of the ${person.role} behind ${count} messages`, await spent() / KEYS, GOALS.key);
  }
  const spent = await clockOf(ana);
  await spent();
  for (let more = 1; more <= MESSAGES; more += 1) {
    await say(`And message number ${count + more} is new.`);
    await calm(ana);
  }
  await untilAtEnd(ana, count + MESSAGES);
  holds(`a message for the customer behind ${count}`, await spent() / MESSAGES, GOALS.message);
}

export async function fiveHundredMessagesAreThereAtOnce(world) {
  await world.start(ROOM_FOR_ALL);
  await measure(world, 500);
}
fiveHundredMessagesAreThereAtOnce.alone = true;
fiveHundredMessagesAreThereAtOnce.without = { firefox: 'tells nobody its processor time' };

export async function fiveThousandMessagesAreThereAtOnce(world) {
  await world.start(ROOM_FOR_ALL);
  await measure(world, 5000);
}
fiveThousandMessagesAreThereAtOnce.alone = true;
fiveThousandMessagesAreThereAtOnce.without = { firefox: 'tells nobody its processor time' };

/** Where a message stands on the screen. */
const topOf = (person, wanted) => person.log.locator('li').filter({ hasText: `number ${wanted} of` }).evaluate((node) => node.getBoundingClientRect().top);

export async function earlierMessagesComeWhereOneScrolls(world) {
  await world.start(ROOM_FOR_ALL);
  const { customer } = await longChat(world, 400);
  const ana = await world.customer({ locale: 'en-GB' });
  await comesBack(ana, customer);
  await untilAtEnd(ana, 400);
  check('the last ones at first', await shown(ana) < 120);
  await until('what comes now is read out', async () => (await ana.log.getAttribute('aria-live')) === 'polite');
  await ana.log.evaluate((log) => {
    globalThis.readOut = 0;
    const additions = new MutationObserver((all) => {
      if (log.ariaLive !== 'off') globalThis.readOut += all.flatMap(({ addedNodes }) => [...addedNodes]).length;
    });
    additions.observe(log.querySelector('.messages'), { childList: true });
  });

  // Each time the top comes near, more stand above it, and what one looks at stays where it is.
  let first = number((await ana.texts())[0]);
  while (first > 1) {
    await view(ana, 300);
    const before = await topOf(ana, first + 1);
    const had = first;
    await until('more are there', async () => (first = number((await ana.texts())[0])) < had);
    const moved = Math.abs(await topOf(ana, had + 1) - before);
    check(`what one looks at moved by ${moved} px`, moved < 2);
    check('the page holds part of it', await shown(ana) <= 200);
  }
  equal('old messages read out', await ana.page.evaluate(() => globalThis.readOut), 0);
  equal('the beginning', (await ana.texts())[0], 'Hello! Here I am again, with a long story.');

  // And down again, by the scroll wheel or the button.
  const newer = ana.page.locator('.newer');
  let last = number(await lastText(ana));
  while (last < 400) {
    const had = last;
    await (had % 2 ? newer.click() : view(ana, 1_000_000));
    await until('more are there', async () => (last = number(await lastText(ana))) > had);
    const numbers = (await ana.texts()).map(number);
    equal('none is left out', numbers, numbers.map((_, index) => numbers[0] + index));
  }
  await newer.waitFor({ state: 'hidden' });
}

export async function whoReadsTheOldIsToldOfTheNew(world) {
  await world.start(ROOM_FOR_ALL);
  const { customer, agent } = await longChat(world, 300);
  const [ana, sam] = [await world.customer({ locale: 'en-GB' }), await world.agent()];
  await comesBack(ana, customer);
  await comesBack(sam, agent);
  await untilAtEnd(ana, 300);
  await untilAtEnd(sam, 300);
  const jump = ana.page.locator('.jump');
  for (let step = 0; step < 3; step += 1) {
    const had = (await ana.texts())[0];
    await view(ana, 0);
    await until('more are there', async () => (await ana.texts())[0] !== had);
  }
  const { top } = await view(ana);
  await sam.write('And message number 301 is new.');
  await jump.waitFor();
  equal('the page stays where it is', (await view(ana)).top, top);
  await until('the title counts it', async () => (await ana.page.title()).includes('(1)'));
  await sam.untilLastIs('delivered');
  await jump.click();
  await untilAtEnd(ana, 301);
  await until('it is in view', async () => (await view(ana)).left < 2);
  await jump.waitFor({ state: 'hidden' });
  await sam.untilLastIs('read');
  await until('the title is calm', async () => !(await ana.page.title()).includes('('));

  // Writing goes to the end as well.
  await view(ana, 0);
  await ana.write('And message number 302 is mine.');
  await untilAtEnd(ana, 302);
  await until('it is in view', async () => (await view(ana)).left < 2);
  await ana.hasSentAll();
}

export async function theSearchFindsWhatIsNotOnThePage(world) {
  await world.start(ROOM_FOR_ALL);
  const { agent } = await longChat(world, 400);
  const sam = await world.agent();
  await comesBack(sam, agent);
  await untilAtEnd(sam, 400);
  await sam.use('search');
  const field = sam.find.locator('input');
  const hits = () => sam.find.locator('.hits').innerText();
  await field.fill('LONG story');
  await untilEqual('hits', hits, '1 of 1');
  const found = sam.log.locator('.found');
  equal('it is there', number(await found.locator('.text').innerText()), 1);
  check('and seen', await found.isVisible());

  await field.fill('message number');
  await untilEqual('hits', hits, '399 of 399');
  equal('the latest first', number(await found.locator('.text').innerText()), 400);
  await field.press('Enter');
  await untilEqual('hits', hits, '398 of 399');
  await field.press('Shift+Enter');
  await field.press('Shift+Enter');
  await untilEqual('around the end', hits, '1 of 399');
  await untilEqual('it is there', async () => number(await found.locator('.text').innerText()), 2);

  // What comes meanwhile moves nobody away.
  await sam.page.keyboard.press('Escape');
  await sam.find.waitFor({ state: 'hidden' });
  await sam.write('And message number 401 is new.');
  await untilAtEnd(sam, 401);
}

export async function aLongChatIsSavedWhole(world) {
  await world.start(ROOM_FOR_ALL);
  const { customer } = await longChat(world, 300);
  const ana = await world.customer({ locale: 'en-GB' });
  await comesBack(ana, customer);
  await untilAtEnd(ana, 300);
  const lines = ({ content }) => content.split('\n').filter((line) => line.includes('Message number')).length;
  equal('by the server', lines(await ana.savesAs('text')), 299);
  await ana.end();
  await ana.untilOver();
  equal('by the page', lines(await ana.saves(ana.chat.locator('.after [data-save=text]'))), 299);
}
