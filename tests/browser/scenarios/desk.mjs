// The tools of an agent: several chats, preview, replies written beforehand, search, and all of it by keyboard.

import { writeFileSync } from 'node:fs';

import { check, equal, until } from '../until.mjs';

const HELLO = 'Olá! Onde está a minha encomenda?';

const REPLIES = [
  { key: 'hello', title: 'Greeting', language: 'en', content: 'Hello and welcome to our shop!', translations: { pt: 'Olá e seja bem-vindo à nossa loja!' } },
  { key: 'look', title: 'Looking it up', language: 'en', content: 'I will look it up for you.' },
];

async function withReplies(world) {
  const file = world.file('replies.json');
  writeFileSync(file, JSON.stringify(REPLIES));
  await world.start({ CANNED_REPLIES: file, ROOMS_PER_AGENT: '3' });
}

export async function aDraftIsLookedAtCorrectedAndSent(world) {
  const [ana, sam] = await world.pair();
  await sam.readsOriginal(HELLO);
  await sam.input.fill('I will look it up for you.');
  await sam.use('preview');
  await until('what she would read', async () => (await sam.draft.inputValue()) === 'Vou verificar isso para si.');
  equal('nothing is sent yet', (await ana.texts()).length, 1);

  const asked = world.ollama.asked.length;
  await sam.draft.fill('Vou já ver isso!');
  await sam.preview.locator('.preview-send').click();
  await ana.reads(HELLO, 'Vou já ver isso!');
  equal('asked of the model since', world.ollama.asked.length, asked);
  await sam.hasSentAll();
  const [, ours] = await sam.messages();
  equal('both stand at the desk', [ours.text, ours.second], ['I will look it up for you.', 'Vou já ver isso!']);
}

export async function termsOfTheGlossaryAreUnderlinedInAPreview(world) {
  const file = world.file('glossary.json');
  writeFileSync(file, JSON.stringify([{ en: 'look', pt: 'verificar' }]));
  await world.start({ GLOSSARY: file });
  const [, sam] = await world.pair();
  await sam.readsOriginal(HELLO);
  await sam.input.fill('I will look it up for you.');
  await sam.use('preview');
  await sam.draft.waitFor();
  const terms = sam.preview.locator('.preview-terms');
  equal('the text once more', await terms.locator('.underlined').textContent(), 'Vou verificar isso para si.');
  equal('what is underlined', await terms.locator('u').allTextContents(), ['verificar']);
  await sam.draft.fill('Vou ver e verificar isso!');
  equal('as it is corrected', await terms.locator('.underlined').textContent(), 'Vou ver e verificar isso!');
  await sam.draft.fill('Vou ver isso!');
  await terms.waitFor({ state: 'hidden' });
  await sam.draft.press('Escape');
  await sam.preview.waitFor({ state: 'hidden' });

  await sam.input.fill('Hello and welcome to our shop!');
  await sam.use('preview');
  await until('an answer', async () => (await sam.preview.locator('.preview-send').isEnabled()));
  equal('without a term', await terms.isVisible(), false);
}

export async function aPreviewIsGivenUp(world) {
  const [ana, sam] = await world.pair();
  await sam.readsOriginal(HELLO);
  await sam.input.fill('I will look it up for you.');
  await sam.use('preview');
  await sam.draft.waitFor();
  await sam.page.keyboard.press('Escape');
  await sam.preview.waitFor({ state: 'hidden' });
  equal('the words are kept', await sam.input.inputValue(), 'I will look it up for you.');
  await sam.untilFocusIn(sam.input);
  await sam.input.press('Enter');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
}

export async function repliesAreSentByKeyboard(world) {
  await withReplies(world);
  const [ana, sam] = await world.pair();
  const { keyboard } = sam.page;
  await sam.readsOriginal(HELLO);
  const asked = world.ollama.asked.length;
  await sam.input.focus();
  await keyboard.type('/');
  await sam.replies.getByRole('option').first().waitFor();
  equal('replies', await sam.replies.getByRole('option').count(), 2);
  await keyboard.type('welc');
  await until('one is left', async () => (await sam.replies.getByRole('option').count()) === 1);
  await keyboard.press('Enter');
  await until('it can be read first', async () => (await sam.input.inputValue()) === 'Hello and welcome to our shop!');
  await keyboard.press('Enter');
  await ana.reads(HELLO, 'Olá e seja bem-vindo à nossa loja!');
  equal('asked of the model for it', world.ollama.asked.length, asked);

  await sam.untilFocusIn(sam.input);
  await keyboard.type('/');
  await sam.replies.getByRole('option').nth(1).waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await keyboard.press('Enter');
  await ana.reads(HELLO, 'Olá e seja bem-vindo à nossa loja!', 'Vou verificar isso para si.');
}

export async function wordsAreFoundInTheConversation(world) {
  const [ana, sam] = await world.pair();
  await ana.untilIs('active');
  for (const number of [1, 2, 3]) await sam.write(`This is our answer number ${number}, we hope that you can read it.`);
  await sam.hasSentAll();
  await sam.use('search');
  await sam.find.locator('input').fill('ANSWER number');
  await sam.hears(/3/, sam.find.locator('.hits'));
  await sam.find.locator('input').fill('encomenda');
  await sam.hears(/1/, sam.find.locator('.hits'));
  await sam.page.keyboard.press('Escape');
  await sam.find.waitFor({ state: 'hidden' });
}

export async function severalChatsStandSideBySide(world) {
  await world.start({ ROOMS_PER_AGENT: '2' });
  const [ana, sam] = await world.pair();
  const [rui, eva] = [await world.customer(), await world.customer()];
  for (const [person, name] of [[rui, 'Rui'], [eva, 'Eva']]) {
    await person.open();
    await person.start({ name, content: HELLO });
  }
  await sam.help('Rui');
  check('both are seen', await sam.pane('Ana').isVisible() && await sam.pane('Rui').isVisible());
  await sam.write('I will look it up for you.');
  await rui.reads(HELLO, 'Vou verificar isso para si.');
  equal('the other is told nothing', (await ana.texts()).length, 1);

  await sam.turnTo('Ana');
  await sam.write('It leaves our warehouse today, and you get the tracking number by e-mail.');
  await until('she reads it', async () => (await ana.texts()).length === 2);
  equal('the first heard nothing more', (await rui.texts()).length, 2);

  // There is no place for a third, as the server says at the latest when asked.
  await sam.showLobby();
  sam.watch.expect(/status 409/, /status of 409/);
  if (await sam.joinButton('Eva').isEnabled()) await sam.joinButton('Eva').click();
  await until('nobody else can be helped', async () => sam.joinButton('Eva').isDisabled());
  await ana.end();
  await ana.untilOver();
  await until('there is a place again', async () => !(await sam.joinButton('Eva').isDisabled()));
  await sam.help('Eva');
  await eva.untilIs('active');

  await sam.page.reload();
  for (const name of ['Rui', 'Eva']) await sam.pane(name).waitFor({ state: 'attached' });
  await sam.turnTo('Rui');
  await sam.reads('Hello! Where is my parcel?', 'I will look it up for you.');
}

export async function everythingHasAShortcut(world) {
  await withReplies(world);
  const ana = await world.customer();
  await ana.open();
  await ana.start({ name: 'Ana', content: HELLO });
  const sam = await world.agent();
  const { keyboard } = sam.page;
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  await sam.room('Ana').waitFor();

  await keyboard.press('?');
  await sam.shortcuts.waitFor();
  await keyboard.press('Escape');
  await sam.shortcuts.waitFor({ state: 'hidden' });

  await keyboard.press('Alt+j');
  await sam.untilFocusIn(sam.input);
  await sam.readsOriginal(HELLO);
  await keyboard.type('I will look it up for you.');
  await keyboard.press('Alt+p');
  await sam.draft.waitFor();
  await sam.untilFocusIn(sam.input);
  await keyboard.press('Enter');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
  await sam.untilFocusIn(sam.input);

  await keyboard.press('Alt+c');
  await sam.replies.getByRole('option').first().waitFor();
  await keyboard.press('Escape');
  await sam.untilFocusIn(sam.input);
  await keyboard.press('Alt+f');
  await sam.untilFocusIn(sam.find.locator('input'));
  await keyboard.press('Escape');
  await keyboard.press('Alt+l');
  await until('the focus is in the lobby', async () => /#waiting|join/.test(await sam.focused()));
  await keyboard.press('Alt+1');
  await sam.untilFocusIn(sam.input);
  await keyboard.press('Alt+e');
  await sam.dialog.waitFor();
  await sam.tabTo('dialog[open] .end-yes');
  await keyboard.press('Enter');
  await ana.untilIs('closing');
}
