// People talk, each in their own language, end it, come back to it.

import { equal, until } from '../until.mjs';

const HELLO = 'Olá! Onde está a minha encomenda?';

export async function aWholeConversationInTwoLanguages(world) {
  const [ana, sam] = await world.pair();
  await ana.untilIs('active');
  await sam.reads('Hello! Where is my parcel?');
  await sam.readsOriginal(HELLO);

  await sam.write('I will look it up for you.');
  await ana.reads(HELLO, 'Vou verificar isso para si.');

  await ana.write('Muito obrigado, isso ajuda-me imenso!');
  await sam.reads('Hello! Where is my parcel?', 'I will look it up for you.', 'Thank you very much, that helps me a lot!');
  equal('languages', await theirLanguages(sam), ['en', 'en']);
  equal('languages', await theirLanguages(ana), ['pt']);
  await Promise.all([ana.hasSentAll(), sam.hasSentAll()]);
}

const theirLanguages = async (person) =>
  (await person.messages()).filter(({ ours }) => !ours).map(({ language }) => language);

export async function theOriginalIsThereBeforeTheTranslation(world) {
  await world.start();
  world.ollama.hold();
  const [ana, sam] = await world.pair();
  await sam.reads(HELLO);
  equal('is said to be on its way', (await sam.messages())[0].pending, true);

  await sam.write('I will look it up for you.');
  await sam.hasSentAll();
  world.ollama.release();
  await sam.reads('Hello! Where is my parcel?', 'I will look it up for you.');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
}

export async function whatIsNotTranslatedSaysSo(world) {
  const [ana, sam] = await world.pair();
  await sam.write('Nobody has ever taught me how to say this.');
  await ana.reads(HELLO, 'Nobody has ever taught me how to say this.');
  await until('the customer is told', async () => (await ana.messages())[1].untranslated);
  await until('so is who wrote it', async () => (await sam.messages())[1].untranslated);
}

export async function anEndedChatIsReopenedByWritingAgain(world) {
  const [ana, sam] = await world.pair();
  await ana.untilIs('active');
  await sam.end();
  await ana.untilIs('closing');

  await ana.write('Mais uma pergunta, por favor.');
  await ana.untilIs('waiting');
  await sam.help('Ana');
  await ana.untilIs('active');
  await sam.reads('Hello! Where is my parcel?', 'One more question, please.');

  await sam.write('I will look it up for you.');
  await ana.reads(HELLO, 'Mais uma pergunta, por favor.', 'Vou verificar isso para si.');
}

export async function theCustomerEndsIt(world) {
  const [ana, sam] = await world.pair();
  await ana.untilIs('active');
  await ana.end();
  await Promise.all([ana.untilOver(), sam.untilOver()]);
}

export async function aReloadInTheMiddleLosesNothing(world) {
  const [ana, sam] = await world.pair();
  await sam.write('I will look it up for you.');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
  const before = [await ana.texts(), await sam.texts()];

  await Promise.all([ana.page.reload(), sam.page.reload()]);
  await ana.reads(...before[0]);
  await sam.reads(...before[1]);
  await sam.readsOriginal(HELLO);

  await ana.write('Muito obrigado, isso ajuda-me imenso!');
  await sam.reads(...before[1], 'Thank you very much, that helps me a lot!');
}

export async function aDraftSurvivesAReload(world) {
  const [ana, sam] = await world.pair();
  for (const person of [ana, sam]) {
    await person.input.fill('half a sent');
    await person.page.reload();
    await until('the draft is there', async () => (await person.input.inputValue()) === 'half a sent');
  }
}
