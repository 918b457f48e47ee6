// Lines break, servers die: nothing is lost, nothing comes twice, and everybody is told what is going on.

import { renameSync } from 'node:fs';

import { check, equal, until } from '../until.mjs';
import { NOBODY_THERE } from '../watch.mjs';

const question = (number) => `Esta é a minha pergunta número ${number}, espero que a consiga ler.`;
const answer = (number) => `This is our answer number ${number}, we hope that you can read it.`;

/** Each numbered message in a word: q1 or a1. */
const numbered = (texts) => texts
  .map((text) => /(pergunta|question|resposta|answer) (?:número|number) (\d+)/.exec(text))
  .filter(Boolean)
  .map(([, kind, number]) => (kind === 'pergunta' || kind === 'question' ? 'q' : 'a') + number);

const row = (letter, last) => Array.from({ length: last }, (_, index) => `${letter}${index + 1}`);

/** Waits until both have everything, once, each writer's in order; and both pages in the same order. */
async function bothHaveAll(ana, sam, last) {
  const of = async (person, letter) => numbered(await person.texts()).filter((word) => word[0] === letter);
  for (const person of [ana, sam]) {
    for (const letter of ['q', 'a']) {
      const all = row(letter, last).join();
      await until(`${person.role} has ${all}`, async () => (await of(person, letter)).length >= last);
      equal(`what ${person.role} has`, await of(person, letter), row(letter, last));
    }
    await person.hasSentAll();
  }
  const shown = [numbered(await ana.texts()), numbered(await sam.texts())];
  equal('the customer has them in the order of the agent', shown[0], shown[1]);
}

async function bothWrite(ana, sam, from, to) {
  for (let number = from; number <= to; number += 1) {
    await ana.write(question(number));
    await sam.write(answer(number));
  }
}

export async function theCustomerIsOfflineWhileMessagesFlow(world) {
  const [ana, sam] = await world.pair({ customer: { line: true } });
  await bothWrite(ana, sam, 1, 2);
  await ana.goOffline();
  await ana.untilBanner();
  await bothWrite(ana, sam, 3, 5);
  await ana.comeBack();
  await bothWrite(ana, sam, 6, 7);
  await bothHaveAll(ana, sam, 7);
  await ana.untilCalm();
}

export async function theAgentIsOfflineWhileMessagesFlow(world) {
  const [ana, sam] = await world.pair({ agent: { line: true } });
  await bothWrite(ana, sam, 1, 2);
  await sam.goOffline();
  await sam.untilBanner();
  await bothWrite(ana, sam, 3, 5);
  await sam.comeBack();
  await bothWrite(ana, sam, 6, 7);
  await bothHaveAll(ana, sam, 7);
  await sam.untilCalm();
}

export async function linesBreakAgainAndAgain(world) {
  const [ana, sam] = await world.pair({ customer: { line: true }, agent: { line: true } });
  for (const person of [ana, sam]) person.watch.expect(...NOBODY_THERE);
  for (let number = 1; number <= 9; number += 1) {
    await ana.write(question(number));
    await sam.write(answer(number));
    // Whatever was under way at that moment, an acknowledgement perhaps, is gone.
    const { line } = number % 2 ? ana : sam;
    line.cut();
    line.mend();
  }
  await bothHaveAll(ana, sam, 9);
}

export async function theServerIsKilledAndComesBack(world) {
  await world.start({ STORE: world.file('chats.db') });
  const [ana, sam] = await world.pair();
  for (const person of [ana, sam]) person.watch.expect(...NOBODY_THERE);
  await bothWrite(ana, sam, 1, 3);
  await bothHaveAll(ana, sam, 3);

  await world.server.kill();
  await bothWrite(ana, sam, 4, 5);
  await world.server.restart();
  await bothHaveAll(ana, sam, 5);

  await Promise.all([ana.page.reload(), sam.page.reload()]);
  await bothHaveAll(ana, sam, 5);
  await bothWrite(ana, sam, 6, 6);
  await bothHaveAll(ana, sam, 6);
}

export async function theOutboxSurvivesAReload(world) {
  const [ana, sam] = await world.pair({ customer: { line: true } });
  ana.watch.expect(...NOBODY_THERE);
  ana.line.cut();
  for (const number of [1, 2, 3]) await ana.write(question(number));
  ana.line.mend();
  await ana.page.reload();
  await sam.write(answer(1));
  await until('all questions are there', async () => numbered(await sam.texts()).length >= 4);
  await ana.hasSentAll();
  for (const person of [ana, sam]) {
    equal('questions', numbered(await person.texts()).filter((word) => word[0] === 'q'), row('q', 3));
  }
}

// The server says for good that this chat is not to be had: a sentence, and no more attempts.

/** However long one waits, and whatever wakes the page, it does not try again. */
async function triesNoMore(person) {
  const words = await person.untilOver();
  check(`there is a sentence: ${words}`, words.length > 20);
  const attempts = person.watch.count(/^WS room/);
  await person.page.clock.fastForward('10:00');
  await person.page.evaluate(() => dispatchEvent(new Event('online')));
  await person.page.clock.fastForward('10:00');
  equal('attempts after the end', person.watch.count(/^WS room/), attempts);
}

export async function aTokenThatIsWorthNothingAnyMoreEndsTheRetrying(world) {
  const [ana, sam] = await world.pair({ customer: { clock: true } });
  for (const person of [ana, sam]) person.watch.expect(...NOBODY_THERE);
  await world.server.kill();
  await world.server.restart();
  await triesNoMore(ana);
}

export async function anAgentWhoWasAwayTooLongIsTold(world) {
  await world.start({ AGENT_ABSENCE: '1s' });
  const [ana, sam] = await world.pair({ agent: { line: true, clock: true } });
  sam.watch.expect(...NOBODY_THERE);
  await ana.untilIs('active');
  await sam.goOffline();
  await ana.untilIs('waiting');

  const kim = await world.agent();
  await kim.open();
  await kim.signIn({ name: 'Kim' });
  await kim.help('Ana');
  await ana.untilIs('active');
  await sam.comeBack();
  await triesNoMore(sam);
}

export async function aChatThatEndedMeanwhileIsOver(world) {
  const [ana, sam] = await world.pair({ agent: { line: true, clock: true } });
  await ana.untilIs('active');
  await sam.goOffline();
  await ana.end();
  await ana.untilOver();
  await sam.comeBack();
  await triesNoMore(sam);
}

export async function whatWaitsSaysWhy(world) {
  const store = world.file('chats.db');
  await world.start({ STORE: store, RATE_LIMIT: '30', RATE_BURST: '3' });
  const ana = await world.customer({ line: true, clock: true, locale: 'en-GB' });
  await ana.open();
  await ana.start({ name: 'Ana', content: question(0) });
  await ana.untilIs('waiting');

  await ana.goOffline();
  await ana.write(question(1));
  await ana.hears(/Waiting to be sent: you are offline/, ana.log);
  await ana.comeBack();
  await ana.hasSentAll();

  ana.line.cut();
  ana.watch.expect(...NOBODY_THERE);
  await ana.write(question(2));
  await ana.hears(/Waiting to be sent: not connected right now/, ana.log);
  ana.line.mend();
  await ana.hasSentAll();

  for (const number of [3, 4, 5]) await ana.write(question(number));
  await ana.hears(/Waiting to be sent: many messages in a short time/, ana.log);
  await ana.hasSentAll();

  renameSync(store, `${store}.away`);
  await ana.write(question(6));
  await until('the server knows', () => world.server.log.includes('cannot store'));
  await ana.page.clock.fastForward('00:16'); // no answer comes
  await ana.hears(/Waiting to be sent: the server cannot save anything right now/, ana.log);
  await ana.hears(/What you write is kept and sent later/, ana.banner);
  renameSync(`${store}.away`, store);
  await ana.page.clock.fastForward('00:30');
  await ana.hasSentAll();
  await ana.reads(...[0, 1, 2, 3, 4, 5, 6].map(question));
}
