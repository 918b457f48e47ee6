// What people are used to: what has the focus is read, what has ended stays until it is put away, a phone can do it all.

import { check, equal, until, untilEqual } from '../until.mjs';
import { PHONE } from '../world.mjs';

const HELLO = 'Olá! Onde está a minha encomenda?';
const MORE = 'Mais uma pergunta, por favor.';

async function visitor(world, name, options = {}) {
  const person = await world.customer(options);
  await person.open();
  await person.start({ name, content: HELLO });
  return person;
}

/** Two chats of one agent, side by side where there is room. */
async function twoChats(world, options) {
  const [ana, rui] = [await visitor(world, 'Ana'), await visitor(world, 'Rui')];
  const sam = await world.agent(options);
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  await sam.help('Ana');
  await ana.untilLastIs('read'); // who turns away before it is shown has not read it
  await sam.help('Rui');
  await ana.untilIs('active');
  await rui.untilIs('active');
  return [ana, rui, sam];
}

export async function sideBySideOnlyWhatHasTheFocusIsRead(world) {
  const [ana, rui, sam] = await twoChats(world);
  check('both are seen', await sam.pane('Ana').isVisible() && await sam.pane('Rui').isVisible());
  await rui.untilLastIs('read');
  await ana.untilLastIs('read');
  await ana.write(MORE);
  await ana.untilLastIs('delivered');
  await untilEqual('her heading counts it', () => sam.unread('Ana'), 1);
  check('so does the title', (await sam.page.title()).startsWith('(1)'));
  await rui.write(MORE);
  await rui.untilLastIs('read');
  equal('his counts none', await sam.unread('Rui'), 0);
  equal('hers is not read by that', (await ana.messages()).at(-1).state, 'delivered');

  // After a reload, too, what has the focus is read.
  await sam.page.reload();
  await sam.pane('Ana').waitFor();
  await sam.turnTo('Rui');
  await sam.turnTo('Ana');
  await ana.untilLastIs('read');
  await untilEqual('nothing is unread', () => sam.unread('Ana'), 0);
}

export async function whatIsReadOnceIsNotNewAfterAReload(world) {
  const [ana, sam] = await world.pair();
  await ana.untilLastIs('read');
  await sam.showLobby();
  await sam.page.locator('#waiting').focus();
  await ana.write(MORE);
  await untilEqual('one is new', () => sam.unread('Ana'), 1);
  await sam.turnTo('Ana');
  await ana.untilLastIs('read');
  await sam.page.locator('#waiting').focus();
  await sam.page.reload();
  await sam.reads('Hello! Where is my parcel?', 'One more question, please.');
  equal('none is new', await sam.unread('Ana'), 0);
}

export async function anEndedChatStaysListedUntilItIsPutAway(world) {
  const [ana, rui, sam] = await twoChats(world);
  await sam.turnTo('Ana');
  await sam.write('I will look it up for you.');
  await sam.hasSentAll();
  await sam.end();
  await sam.untilOver();
  await rui.end();
  await rui.untilOver();
  await sam.turnTo('Rui');
  await sam.untilOver();

  for (const when of ['at once', 'after a reload']) {
    for (const name of ['Ana', 'Rui']) {
      const pane = sam.pane(name);
      await pane.locator('.onward').waitFor({ state: 'attached' });
      equal(`${name} ${when}`, await pane.locator('li .text').first().textContent(), 'Hello! Where is my parcel?');
    }
    await sam.turnTo('Ana');
    const { content } = await sam.saves(sam.chat.locator('.after [data-save=text]'));
    check(`the transcript, ${when}:\n${content}`, [HELLO, 'I will look it up for you.'].every((text) => content.includes(text)));
    equal(`the tab says so, ${when}`, await sam.page.locator('#tabs .tab-state').allTextContents(), ['Ended', 'Ended']);
    await sam.page.reload();
    await sam.page.locator('.pane').first().waitFor({ state: 'attached' });
  }
  for (const name of ['Ana', 'Rui']) {
    await sam.turnTo(name);
    await sam.onward.click();
    await sam.pane(name).waitFor({ state: 'detached' });
  }
  await sam.page.reload();
  await sam.page.locator('#no-chat').waitFor();
  equal('nothing is listed', await sam.page.locator('.pane').count(), 0);

  // Who signs out leaves nothing behind.
  const eva = await visitor(world, 'Eva');
  await sam.help('Eva');
  await eva.untilIs('active');
  await sam.end();
  await sam.untilOver();
  await sam.showLobby();
  await sam.page.locator('#sign-out').click();
  const kept = await sam.page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  check(`nothing of hers is left: ${kept}`, !kept.includes('Eva') && !kept.includes('encomenda'));
}

const TOUCHED = { viewport: PHONE, hasTouch: true };

export async function aPhoneWritesASecondLine(world) {
  const ana = await visitor(world, 'Ana', TOUCHED);
  check('fingers write', await ana.page.evaluate(() => matchMedia('(pointer: coarse)').matches));
  await ana.input.pressSequentially('Duas');
  await ana.input.press('Enter');
  await ana.input.pressSequentially('linhas');
  equal('a second line', await ana.input.inputValue(), 'Duas\nlinhas');
  equal('the keyboard says so', await ana.input.getAttribute('enterkeyhint'), 'enter');
  equal('nothing is sent', (await ana.texts()).length, 1);
  await ana.chat.locator('.send').tap();
  await ana.reads(HELLO, 'Duas\nlinhas');
}
aPhoneWritesASecondLine.without = { firefox: 'has no fingers' };

const SMALLEST = { viewport: { width: 320, height: 568 }, hasTouch: true };
const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorff von Altona';

/** How many lines of text a heading takes, whatever stands in it. */
const linesOf = (person) => person.chat.locator('.chat-head').evaluate((head) => {
  const tops = new Set();
  const nodes = document.createTreeWalker(head, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const range = new Range();
    range.selectNodeContents(nodes.currentNode);
    const parent = nodes.currentNode.parentElement;
    if (parent.closest('button, option, .avatar') || !parent.checkVisibility()) continue;
    const box = head.querySelector('h1').getBoundingClientRect();
    for (const { top, bottom, width } of range.getClientRects()) {
      const clip = parent.closest('h1, .more, .about')?.getBoundingClientRect() ?? box;
      if (width > 0 && bottom > clip.top && top < clip.bottom - 4) tops.add(Math.round((top + bottom) / 2 / 12));
    }
  }
  return tops.size;
});

export async function onTheSmallestScreenAHeadingHasTwoLines(world) {
  const ana = await world.customer(SMALLEST);
  await ana.open();
  await ana.start({ name: LONG_NAME, content: HELLO });
  equal('while she waits', await linesOf(ana), 2);
  const sam = await world.agent(SMALLEST);
  await sam.open();
  await sam.signIn({ name: 'Sam Featherstonehaugh-Cholmondeley' });
  await sam.help(LONG_NAME);
  await ana.untilIs('active');
  await sam.write('I will look it up for you.');
  await until('it has come', async () => (await ana.texts()).length === 2);
  equal('the customer’s', await linesOf(ana), 2);
  equal('the agent’s', await linesOf(sam), 2);
  equal('both fit', [await ana.overflow(), await sam.overflow()], [[], []]);
  await sam.end();
  await ana.untilIs('closing');
  equal('at the end', await linesOf(ana), 2);
  equal('at the desk', await linesOf(sam), 2);
}
onTheSmallestScreenAHeadingHasTwoLines.without = { firefox: 'has no fingers' };

export async function onAPhoneEveryTabIsWithinReach(world) {
  await world.start({ ROOMS_PER_AGENT: '4' });
  const names = ['Ana', 'Rui', LONG_NAME];
  for (const name of names) await visitor(world, name);
  const sam = await world.agent(SMALLEST);
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  for (const name of names) await sam.help(name);
  const tabs = sam.page.locator('#tabs .tab:visible');
  equal('tabs', await tabs.count(), names.length + 1);
  for (const box of await Promise.all([0, 1, 2, 3].map((place) => tabs.nth(place).boundingBox()))) {
    check(`a tab from ${box.x} to ${box.x + box.width}`, box.x >= 0 && box.x + box.width <= 320 && box.width >= 44 && box.height >= 36);
  }
  await tabs.nth(1).tap();
  await sam.pane('Ana').waitFor();
  check('she is seen', await sam.pane('Ana').isVisible());
  await tabs.nth(0).tap();
  check('the lobby is seen', await sam.page.locator('#waiting').isVisible());
}
onAPhoneEveryTabIsWithinReach.without = { firefox: 'has no fingers' };

export async function theHubCountsAndNamesWhoIsHere(world) {
  const hub = await world.hub();
  await hub.open();
  const [ana, sam] = [hub.column(0), hub.column(1)];
  const people = () => hub.page.locator('#people li').allTextContents();
  await ana.enter('Ana', 'pt');
  await untilEqual('one', people, ['Ana']);
  await sam.enter('Sam', 'en');
  await untilEqual('two', people, ['Ana', 'Sam']);
  const state = hub.page.locator('.state').first();
  await until('the count is of now', async () => (await state.innerText()).includes('2'));

  const other = await world.hub();
  await other.open();
  await other.column(0).enter('Carla', 'es');
  await untilEqual('three', people, ['Ana', 'Carla', 'Sam']);
  await untilEqual('who comes later is told of all', () => other.page.locator('#people li').allTextContents(), ['Ana', 'Carla', 'Sam']);
  await until('the count is of now', async () => (await state.innerText()).includes('3'));

  // Another room: whoever is there, and nobody of here.
  await other.page.locator('#room').fill('Team Berlin');
  await other.page.locator('#room').press('Enter');
  await other.column(0).untilBack();
  await untilEqual('alone there', () => other.page.locator('#people li').allTextContents(), ['Carla']);
  equal('the room', await other.page.locator('#room').inputValue(), 'Team-Berlin');
  await untilEqual('two again', people, ['Ana', 'Sam']);
  await hub.page.locator('#room').focus();
  await untilEqual('rooms to choose from', () => hub.page.locator('#rooms option').evaluateAll((all) => all.map(({ value }) => value).sort()), ['Team-Berlin', 'lobby']);
}
