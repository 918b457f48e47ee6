// Who waits, as agents see it.

import { equal, until } from '../until.mjs';

async function visitor(world, name, content = 'Olá! Onde está a minha encomenda?', options = {}) {
  const person = await world.customer(options);
  await person.open();
  await person.start({ name, content });
  return person;
}

export async function theLobbyIsToldAndNeverAsks(world) {
  const sam = await world.agent({ clock: true });
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  const ana = await visitor(world, 'Ana');
  await sam.room('Ana').waitFor();
  const requests = sam.watch.count(/^(GET|POST) /);

  await sam.page.clock.fastForward('01:00');
  await visitor(world, 'Rui');
  await sam.room('Rui').waitFor();
  await sam.page.clock.fastForward('01:00');
  await ana.write('Posso mudar a morada de entrega?');
  await sam.hears(/Can I change the delivery address\?/, sam.room('Ana'));
  await ana.end();
  await until('Ana is gone', async () => (await sam.room('Ana').count()) === 0);
  equal('requests since', sam.watch.count(/^(GET|POST) /), requests);
}

export async function theTitleSaysHowManyWait(world) {
  const sam = await world.agent();
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  await visitor(world, 'Ana');
  await until('one waits', async () => (await sam.page.title()).includes('(1)'));
  await visitor(world, 'Rui');
  await until('two wait', async () => (await sam.page.title()).includes('(2)'));
  await sam.help('Ana');
  await until('one waits', async () => (await sam.page.title()).includes('(1)'));
}

export async function whoHasLeftIsNeitherCountedNorNext(world) {
  const sam = await world.agent();
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  const ana = await visitor(world, 'Ana');
  await sam.room('Ana').waitFor();
  const rui = await visitor(world, 'Rui', 'Can I return an article?', { locale: 'en-GB' });
  await rui.hears(/1 person is ahead of you/);
  await ana.page.goto('about:blank');
  await until('one waits', async () => (await sam.page.title()).includes('(1)'));
  await rui.hears(/You are next/);
  await until('she is last', async () => /Rui[^]*Ana[^]*Away/.test(await sam.page.locator('#rooms').innerText()));
  await ana.page.goBack();
  await rui.hears(/1 person is ahead of you/);
  await ana.page.goto('about:blank');
  await until('one waits', async () => (await sam.page.title()).includes('(1)'));
  await sam.page.locator('#next').click();
  await sam.chat.filter({ hasText: 'Rui' }).waitFor();
}

export async function twoAgentsDoNotHelpTheSameCustomer(world) {
  await visitor(world, 'Ana');
  const [sam, kim] = [await world.agent(), await world.agent()];
  for (const [agent, name] of [[sam, 'Sam'], [kim, 'Kim']]) {
    await agent.open();
    await agent.signIn({ name });
    await agent.room('Ana').waitFor();
  }
  await sam.help('Ana');
  await until('she is taken', async () => (await kim.room('Ana').count()) === 0);
}
