// What one side is told of the other: their place, presence, typing, and how far they have read.

import { until, untilEqual } from '../until.mjs';

const HELLO = 'Olá! Onde está a minha encomenda?';

export async function whoWaitsKnowsTheirPlace(world) {
  const [ana, rui] = [await world.customer({ locale: 'en-GB' }), await world.customer({ locale: 'en-GB' })];
  await ana.open();
  await ana.start({ name: 'Ana', content: HELLO });
  await ana.hears(/You are next/);
  await rui.open();
  await rui.start({ name: 'Rui', content: HELLO });
  await rui.hears(/1 person is ahead of you/);

  const sam = await world.agent();
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  await sam.help('Ana');
  await rui.hears(/You are next/);
}

export async function typingIsSeenAndEnds(world) {
  const [ana, sam] = await world.pair();
  // The other page is there: who types is shown for a few seconds only.
  await ana.untilLastIs('read');
  for (const [writer, reader] of [[ana, sam], [sam, ana]]) {
    await writer.input.pressSequentially('half a sent');
    await reader.typing.waitFor();
    await writer.input.fill('');
    await reader.typing.waitFor({ state: 'hidden' });
  }
  await sam.input.pressSequentially('I will look');
  await ana.typing.waitFor();
  await sam.write('I will look it up for you.');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
  await ana.typing.waitFor({ state: 'hidden' });
}

export async function messagesAreMarkedAsDeliveredAndRead(world) {
  const [ana, sam] = await world.pair();
  await ana.untilLastIs('read');
  await sam.write('I will look it up for you.');
  await sam.untilLastIs('read');

  // Nobody reads in a tab that is not looked at.
  await hide(ana, true);
  await sam.write('It leaves our warehouse today, and you get the tracking number by e-mail.');
  await sam.untilLastIs('delivered');
  await until('the title counts it', async () => (await ana.page.title()).includes('(1)'));
  await hide(ana, false);
  await sam.untilLastIs('read');
  await until('the title is calm', async () => !(await ana.page.title()).includes('('));
}

/** As if another tab came to the front. */
async function hide({ page }, hidden) {
  await page.evaluate((is) => {
    Object.defineProperty(document, 'hidden', { value: is, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

export async function theOtherSideIsSeenToComeAndGo(world) {
  const [ana, sam] = await world.pair({ customer: { line: true }, agent: { line: true } });
  for (const [gone, other] of [[ana, sam], [sam, ana]]) {
    await other.untilIs('active');
    await gone.goOffline();
    await other.untilIs('away');
    await gone.comeBack();
    await other.untilIs('active');
  }
}

export async function eitherMayChooseTheCustomersLanguage(world) {
  const [ana, sam] = await world.pair();
  await sam.write('I will look it up for you.');
  await ana.reads(HELLO, 'Vou verificar isso para si.');

  await ana.chooses('es');
  await ana.reads(HELLO, 'Voy a comprobarlo para usted.');
  await untilEqual('the agent sees it', () => sam.chat.locator('.theirs-select').inputValue(), 'es');

  await sam.setsTheirLanguage('pt');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
  await ana.page.reload();
  await ana.reads(HELLO, 'Vou verificar isso para si.');
}

export async function theAgentChoosesTheirOwn(world) {
  const [, sam] = await world.pair();
  await sam.reads('Hello! Where is my parcel?');
  await sam.setsOwnLanguage('es');
  await sam.reads('¡Hola! ¿Dónde está mi paquete?');
  await sam.readsOriginal(HELLO);
}

export async function whatFailedIsAskedForAgain(world) {
  await world.start();
  world.ollama.failing = true;
  const [ana, sam] = await world.pair();
  await until('it is said not to be translated', async () => (await sam.messages())[0]?.untranslated);
  world.ollama.failing = false;
  await sam.retry(0);
  await sam.reads('Hello! Where is my parcel?');
  await ana.untilIs('active');
}

export async function whatFailedOfOnesOwnIsAskedForAgain(world) {
  const [ana, sam] = await world.pair();
  await sam.reads('Hello! Where is my parcel?');
  world.ollama.failing = true;
  await sam.write('I will look it up for you.');
  await until('it is said not to be translated', async () => (await sam.messages())[1]?.untranslated);
  world.ollama.failing = false;
  await sam.retry(1);
  await ana.reads(HELLO, 'Vou verificar isso para si.');
  await until('what they read stands there', async () => (await sam.messages())[1].second === 'Vou verificar isso para si.');
}

const BOTH = ['Olá! Onde está a minha encomenda?', 'Hello! Where is my parcel?', 'Vou verificar isso para si.', 'I will look it up for you.'];

export async function bothSidesSaveTheConversation(world) {
  const [ana, sam] = await world.pair();
  await sam.write('I will look it up for you.');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
  await sam.untilLastIs('read');

  const holds = ({ name, content }, ending, words) => until(`${name} holds ${words.join(' + ')}:\n${content}`, () =>
    name.startsWith('chat-') && name.endsWith(ending) && words.every((text) => content.includes(text)));
  await holds(await sam.savesAs('text'), '.txt', BOTH.filter((_, index) => index !== 2));
  await holds(await sam.savesAs('json'), '.json', BOTH.filter((_, index) => index !== 2));
  await holds(await ana.savesAs('text'), '.txt', BOTH.filter((_, index) => index !== 1));
  const { content } = await ana.savesAs('json');
  await until('it is JSON', () => JSON.parse(content).messages.length === 2);

  // Once it is over, the server keeps it to itself.
  await ana.end();
  await ana.untilOver();
  await holds(await ana.saves(ana.chat.locator('.after [data-save=text]')), '.txt', [HELLO, 'Vou verificar']);
}
bothSidesSaveTheConversation.without = { firefox: 'is not told by its driver of files that a page makes' };
