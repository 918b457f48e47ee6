// For people who see little, hear the page, or have no mouse.

import { SCHEMES } from '../browser.mjs';
import { equal, until } from '../until.mjs';
import { World } from '../world.mjs';

/** No rule of axe-core is broken, in light nor in dark. */
async function isAccessible(person, state) {
  for (const colorScheme of SCHEMES) {
    await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    equal(`rules broken by ${person.role}, ${state}, ${colorScheme}`, await World.violations(person), []);
  }
}

const HELLO = 'Olá! Onde está a minha encomenda?';

export async function noStateOfTheCustomerBreaksARule(world) {
  const ana = await world.customer({ line: true });
  await ana.open();
  await isAccessible(ana, 'start form');
  await ana.start({ name: 'Ana', content: HELLO });
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
  await ana.showOriginal(1);
  await isAccessible(ana, 'chat');
  await ana.openMenu();
  await isAccessible(ana, 'menu');
  await ana.closeMenu();

  await ana.goOffline();
  await ana.untilBanner();
  await ana.write('Mais uma pergunta, por favor.');
  await isAccessible(ana, 'offline');
  await ana.comeBack();
  await ana.hasSentAll();

  await sam.end();
  await ana.untilIs('closing');
  await isAccessible(ana, 'ended by the agent');
  await ana.openEnd();
  await isAccessible(ana, 'end dialog');
  await ana.confirmEnd();
  await ana.untilOver();
  await isAccessible(ana, 'over');
}

export async function noStateOfTheAgentBreaksARule(world) {
  await world.start({ ROOMS_PER_AGENT: '2' });
  const sam = await world.agent();
  await sam.open();
  await isAccessible(sam, 'profile');
  await sam.signIn({ name: 'Sam' });
  await isAccessible(sam, 'empty lobby');

  const [ana, rui] = [await world.customer(), await world.customer({ locale: 'ar' })];
  for (const [person, name, content] of [[ana, 'Ana', HELLO], [rui, 'Rui', 'مرحبا! أين طردي؟']]) {
    await person.open();
    await person.start({ name, content });
    await sam.room(name).waitFor();
  }
  await isAccessible(sam, 'lobby');

  await sam.help('Ana');
  await sam.write('I will look it up for you.');
  await sam.hasSentAll();
  await isAccessible(sam, 'chat');
  await sam.help('Rui');
  await sam.readsOriginal('مرحبا! أين طردي؟');
  await isAccessible(sam, 'two chats');
  await ana.end();
  await ana.untilOver();
  await sam.turnTo('Ana');
  await sam.untilOver();
  await isAccessible(sam, 'over');
}

export async function noToolOfTheAgentBreaksARule(world) {
  const [, sam] = await world.pair();
  await sam.readsOriginal(HELLO);
  await sam.input.fill('I will look it up for you.');
  await sam.use('preview');
  await sam.draft.waitFor();
  await isAccessible(sam, 'preview');
  await sam.page.keyboard.press('Escape');
  await sam.use('canned');
  await sam.replies.waitFor();
  await isAccessible(sam, 'replies');
  await sam.page.keyboard.press('Escape');
  await sam.use('search');
  await sam.find.locator('input').fill('encomenda');
  await isAccessible(sam, 'search');
  await sam.page.keyboard.press('Escape');
  await sam.page.locator('#help').click();
  await sam.shortcuts.waitFor();
  await isAccessible(sam, 'shortcuts');
  await sam.page.keyboard.press('Escape');
  await sam.openEnd();
  await isAccessible(sam, 'end dialog');
}

export async function theFrontDoorBreaksNoRule(world) {
  const ana = await world.customer();
  await ana.page.goto('/');
  await ana.page.getByRole('link').first().waitFor();
  await isAccessible(ana, 'front door');
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
