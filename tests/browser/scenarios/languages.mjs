// Right to left, both directions on one page, and the words of the page itself.

import { check, equal, until, untilEqual } from '../until.mjs';

const HELLO = 'مرحبا! أين طردي؟';

const root = ({ page }) => page.evaluate(() => [document.documentElement.lang, document.documentElement.dir || 'ltr']);

export async function anArabicCustomerWritesFromRightToLeft(world) {
  const [noor, sam] = await world.pair({ customer: { locale: 'ar-EG' }, name: 'نور', content: HELLO });
  equal('the page', await root(noor), ['ar', 'rtl']);
  await sam.reads('Hello! Where is my parcel?');
  await sam.readsOriginal(HELLO);
  await sam.write('I will look it up for you.');
  await noor.reads(HELLO, 'سأتحقق من ذلك من أجلك.');
  equal('directions of the customer', (await noor.messages()).map(({ direction }) => direction), ['rtl', 'rtl']);
  equal('directions of the agent', (await sam.messages()).map(({ direction }) => direction), ['ltr', 'ltr']);
  equal('the language of the answer', (await noor.messages())[1].language, 'ar');

  await noor.input.fill('شكرا');
  equal('the composer turns', await noor.directionOf(noor.input), 'rtl');
  await noor.input.fill('Thanks');
  equal('the composer turns back', await noor.directionOf(noor.input), 'ltr');
}

export async function anAgentReadsFromRightToLeft(world) {
  const [, sam] = await world.pair({ agent: { locale: 'ar-EG' } });
  equal('the page', await root(sam), ['ar', 'rtl']);
  await sam.reads(HELLO);
  await sam.readsOriginal('Olá! Onde está a minha encomenda?');
  equal('direction', (await sam.messages())[0].direction, 'rtl');
  equal('nothing stands out', await sam.overflow(), []);
}

export async function theCustomerShowsTheOriginalOnDemand(world) {
  const [ana, sam] = await world.pair();
  await sam.write('I will look it up for you.');
  await ana.reads('Olá! Onde está a minha encomenda?', 'Vou verificar isso para si.');
  equal('one language at first', (await ana.messages())[1].second, '');
  await ana.showOriginal(1);
  await until('the original', async () => (await ana.messages())[1].second === 'I will look it up for you.');
  equal('its language', (await ana.messages())[1].secondLanguage, 'en');
}

export async function everyPageSpeaksEveryLanguage(world) {
  for (const person of [await world.customer({ locale: 'sv-SE' }), await world.agent({ locale: 'sv-SE' })]) {
    await person.open();
    const heading = person.page.locator('h1:visible').first();
    await heading.waitFor();
    equal('where there is no table for the browser', await root(person), ['en', 'ltr']);
    const titles = new Set();
    for (const language of ['en', 'pt', 'es', 'de', 'fr', 'ar', 'ja']) {
      await person.form.locator('xpath=..').locator('select.words').selectOption(language);
      await untilEqual('the page', () => root(person), [language, language === 'ar' ? 'rtl' : 'ltr']);
      equal(`${person.role} in ${language}: nothing stands out`, await person.overflow(), []);
      titles.add(await heading.innerText());
    }
    equal('titles', titles.size, 7);
    check(`words, not their names: ${[...titles]}`, ![...titles].some((title) => /^\w+\.\w+$/.test(title)));
  }
}

export async function thePageIsSwitchedInTheMiddleOfAChat(world) {
  const [ana] = await world.pair();
  await ana.untilIs('active');
  equal('before', await root(ana), ['pt', 'ltr']);
  await ana.input.fill('half a sent');
  await ana.choosesWords('de');
  await untilEqual('after', () => root(ana), ['de', 'ltr']);
  equal('the draft is kept', await ana.input.inputValue(), 'half a sent');
  await ana.reads('Olá! Onde está a minha encomenda?');
  await ana.page.reload();
  await ana.reads('Olá! Onde está a minha encomenda?');
  await untilEqual('after a reload', () => root(ana), ['de', 'ltr']);
}

export async function aChangeThatWasGuessedIsToldAndTakenBack(world) {
  const [ana, sam] = await world.pair();
  await ana.reads('Olá! Onde está a minha encomenda?');
  await ana.write('Sorry, I think that it is easier for me to write in English.');
  await ana.hasSentAll();
  equal('one line changes nothing', await sam.notes(), []);
  await ana.write('Could you please tell me when my parcel will be here?');
  await untilEqual('the customer is told', () => ana.notes(), ['Parece que agora escreve em inglês, por isso também o lê. Voltar a português']);
  await untilEqual('the agent is told', () => sam.notes(), ['Ana seems to write English now, and reads it. Back to Portuguese']);
  await ana.log.locator('.note .undo').click();
  await untilEqual('the agent is told again', async () => (await sam.notes()).at(-1), 'Ana reads Portuguese now.');
  await sam.write('I will look it up for you.');
  await until('it is read in Portuguese', async () => (await ana.texts()).at(-1) === 'Vou verificar isso para si.');
  equal('lines of the page are not unread', await sam.page.locator('.room-tab .count:visible').count(), 0);
  equal('nothing stands out', [await ana.overflow(), await sam.overflow()], [[], []]);
}
