// For people who see little, hear the page, or have no mouse.

import { equal, until } from '../until.mjs';
import { World } from '../world.mjs';

/** No rule of axe-core is broken, in light nor in dark. */
async function isAccessible(person, state) {
  for (const colorScheme of ['light', 'dark']) {
    await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    equal(`rules broken by ${person.role}, ${state}, ${colorScheme}`, await World.violations(person), []);
  }
}

export async function noStateOfTheCustomerBreaksARule(world) {
  const ana = await world.customer();
  await ana.open();
  await isAccessible(ana, 'start form');
  await ana.start({ name: 'Ana', content: 'Olá! Onde está a minha encomenda?' });
  await isAccessible(ana, 'waiting');

  const sam = await world.agent();
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  await sam.help('Ana');
  await sam.write('I will look it up for you.');
  await sam.write('Nobody has ever taught me how to say this.');
  await until('the answers are there', async () => (await ana.texts()).length === 3);
  await ana.write('Por favor veja https://shop.example/track?id=4711 para mais.');
  await ana.hasSentAll();
  await isAccessible(ana, 'chat');

  await ana.openEnd();
  await isAccessible(ana, 'end dialog');
  await ana.confirmEnd();
  await ana.untilOver();
  await isAccessible(ana, 'ended');
}

export async function noStateOfTheAgentBreaksARule(world) {
  const sam = await world.agent();
  await sam.open();
  await isAccessible(sam, 'profile');
  await sam.signIn({ name: 'Sam' });
  await isAccessible(sam, 'empty lobby');

  const ana = await world.customer();
  await ana.open();
  await ana.start({ name: 'Ana', content: 'Olá! Onde está a minha encomenda?' });
  await sam.room('Ana').waitFor();
  await isAccessible(sam, 'lobby');

  await sam.help('Ana');
  await sam.write('I will look it up for you.');
  await sam.hasSentAll();
  await isAccessible(sam, 'chat');

  await sam.openEnd();
  await isAccessible(sam, 'end dialog');
  await ana.end();
  await sam.untilOver();
  await isAccessible(sam, 'ended');
}

export async function anAgentNeedsNoMouse(world) {
  const ana = await world.customer();
  await ana.open();
  await ana.start({ name: 'Ana', content: 'Olá! Onde está a minha encomenda?' });

  const sam = await world.agent();
  const { keyboard } = sam.page;
  await sam.open();
  await sam.untilProfile();
  await sam.tabTo('#name');
  await keyboard.type('Sam');
  await keyboard.press('Enter');
  await sam.room('Ana').waitFor();
  await sam.tabTo(sam.joinButton('Ana'));
  await keyboard.press('Enter');
  await sam.untilFocusIn(sam.input);

  await keyboard.type('I will look it up for you.');
  await keyboard.press('Enter');
  await ana.reads('Olá! Onde está a minha encomenda?', 'Vou verificar isso para si.');
  await sam.untilFocusIn(sam.input);

  await sam.tabTo('.end', 'Shift+Tab');
  await keyboard.press('Enter');
  await sam.tabTo('.end-yes');
  await keyboard.press('Enter');
  await ana.untilIs('closing');
}

export async function aCustomerNeedsNoMouse(world) {
  const ana = await world.customer();
  const { keyboard } = ana.page;
  await ana.open();
  await ana.tabTo('#name');
  await keyboard.type('Ana');
  await ana.tabTo('#content');
  await keyboard.type('Olá! Onde está a minha encomenda?');
  await ana.tabTo('#start-form button[type=submit]');
  await keyboard.press('Enter');
  await ana.untilFocusIn(ana.input);
  await keyboard.type('Mais uma pergunta, por favor.');
  await keyboard.press('Enter');
  await ana.reads('Olá! Onde está a minha encomenda?', 'Mais uma pergunta, por favor.');
  await ana.hasSentAll();
}
