// Tabs are closed and opened: a chat lives until its customer starts anew, and an agent signs in once.

import { AgentPage, CustomerPage } from '../pages.mjs';
import { equal, until, untilEqual } from '../until.mjs';

const HELLO = 'Olá! Onde está a minha encomenda?';
const MORE = 'Posso mudar a morada de entrega?';

/** The same browser, another tab. */
async function anotherTab(person, Page) {
  const page = await person.page.context().newPage();
  const tab = new Page(page, person);
  await tab.open();
  return tab;
}

export async function aClosedTabLosesNoChat(world) {
  const [ana, sam] = await world.pair();
  await ana.input.fill('half a sent');
  const blank = await ana.page.context().newPage();
  await ana.page.close();
  const again = await anotherTab({ ...ana, page: blank }, CustomerPage);
  await again.reads(HELLO);
  equal('the draft', await again.input.inputValue(), 'half a sent');
  await again.write(MORE);
  await sam.reads('Hello! Where is my parcel?', 'Can I change the delivery address?');
}

export async function allTabsAreOneConversation(world) {
  const early = await world.customer();
  await early.open();
  const ana = await anotherTab(early, CustomerPage);
  await ana.start({ name: 'Ana', content: HELLO });
  await early.reads(HELLO);
  const third = await anotherTab(ana, CustomerPage);
  await third.write(MORE);
  for (const tab of [ana, early, third]) await tab.reads(HELLO, MORE);
  await early.end();
  for (const tab of [ana, early, third]) await tab.untilOver();

  // Who comes back is told so, until they start anew: then nothing of it is left.
  await ana.page.reload();
  await ana.untilOver();
  await ana.onward.click();
  for (const tab of [ana, early, third]) await tab.form.locator('#name').waitFor();
  const kept = await ana.page.evaluate(() => JSON.stringify(localStorage));
  equal('what is kept', /token|encomenda/.test(kept), false);
  await early.page.reload();
  await early.form.locator('#name').waitFor();
}

export async function anAgentSignsInOnce(world) {
  const [ana, sam] = await world.pair();
  const second = await anotherTab(sam, AgentPage);
  await second.reads('Hello! Where is my parcel?');
  await second.write('I will look it up for you.');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
  await untilEqual('what the first tab has', async () => (await sam.texts()).length, 2);
  await second.page.close();
  await sam.write('One more question, please.');
  await ana.reads(HELLO, 'Vou verificar isso para si.', 'Mais uma pergunta, por favor.');

  const third = await anotherTab(sam, AgentPage);
  await third.reads('Hello! Where is my parcel?', 'I will look it up for you.', 'One more question, please.');
  await third.page.locator('#sign-out').click();
  for (const tab of [sam, third]) await tab.form.locator('#name').waitFor();
}

export async function aBrowserThatWasClosedAsksAgain(world) {
  const sam = await world.agent();
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  const blank = await sam.page.context().newPage();
  await sam.page.close();
  await blank.context().clearCookies(); // as if the browser had been closed
  const again = await anotherTab({ ...sam, page: blank }, AgentPage);
  await again.form.locator('#name').waitFor();
  equal('the name', await again.form.locator('#name').inputValue(), 'Sam');
  await until('nothing secret is left', async () => !(await again.page.evaluate(() => localStorage.getItem('dragoman.agent'))).includes('token'));
}
