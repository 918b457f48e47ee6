// People talk, each in their own language.

import { equal, until } from '../until.mjs';

export async function aWholeConversationInTwoLanguages(world) {
  const [ana, sam] = await world.pair();
  await ana.untilIs('active');
  await sam.reads('Hello! Where is my parcel?');
  equal('the original', (await sam.messages())[0].second, 'Olá! Onde está a minha encomenda?');

  await sam.write('I will look it up for you.');
  await ana.reads('Olá! Onde está a minha encomenda?', 'Vou verificar isso para si.');
  equal('the customer reads one language', (await ana.messages())[1].second, '');

  await ana.write('Muito obrigado, isso ajuda-me imenso!');
  await until('the answer is translated', async () =>
    (await sam.texts())[2] === 'Thank you very much, that helps me a lot!');
  equal('languages', await theirs(sam), ['en', 'en']);
  equal('languages', await theirs(ana), ['pt']);
  await Promise.all([ana.hasSentAll(), sam.hasSentAll()]);
}

const theirs = async (person) => (await person.messages()).filter(({ ours }) => !ours).map(({ language }) => language);
