// Without a translator: the pages say so before anybody is disappointed, and how it is mended; and once that it is.

import { Ollama } from '../ollama.mjs';
import { check, until, untilEqual } from '../until.mjs';
import { World } from '../world.mjs';

async function withoutTranslator(world) {
  world.ollama = await Ollama.start();
  world.ollama.away = true;
  await world.start();
  await until('the server knows', () => world.server.log.includes('does not answer'));
}

const strip = ({ page }) => page.locator('.strip:visible');

export async function thePagesSayThatNothingIsTranslatedAndOnceThatAllIs(world) {
  await withoutTranslator(world);
  const front = await world.agent();
  await front.page.goto('/');
  await front.hears(/No translator.*`?ollama serve`? and `?ollama pull llama3\.2/, strip(front));
  const ana = await world.customer({ locale: 'en-GB' });
  await ana.open();
  await ana.hears(/There is no translation right now/, ana.page.locator('#lead'));
  check('nothing is promised', !/You will read the answers in it/.test(await ana.page.locator('#start').innerText()));
  await ana.start({ name: 'Ana', content: 'Olá! Onde está a minha encomenda?', language: 'pt' });
  await ana.hears(/There is no translation right now/, strip(ana));

  const sam = await world.agent();
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  await sam.hears(/No translator.*ollama pull llama3\.2/, strip(sam));
  await sam.help('Ana');
  await sam.reads('Olá! Onde está a minha encomenda?');
  await sam.retry(0);
  await sam.hears(/There is no translator right now\. It is translated as soon as there is one/, sam.log);
  await ana.hears(/Messages arrive as they are written/, ana.chat.locator('.chat-head'));
  for (const person of [front, ana, sam]) {
    await untilEqual('what breaks a rule', () => World.violations(person), []);
    await untilEqual('nothing stands out', () => person.overflow(), []);
  }

  world.ollama.away = false;
  for (const person of [front, ana, sam]) await person.hears(/Translation works again/, strip(person));
  await sam.reads('Hello! Where is my parcel?');
  await ana.page.reload();
  await ana.untilIs('active');
  await untilEqual('nothing is said twice', () => strip(ana).count(), 0);
}

export async function aRetryThatFailsAgainSaysSo(world) {
  const [ana, sam] = await world.pair();
  await ana.write('O xpto não está no zut, como se vê no brum.');
  await until('it is not translated', async () => (await sam.messages()).at(-1).untranslated);
  await sam.retry(1);
  await sam.hears(/Tried again at .*, and it failed again/, sam.log);
}

export async function bothSidesSeeWhatIsOnItsWay(world) {
  const [ana, sam] = await world.pair({ customer: { locale: 'en-GB' } });
  await sam.hears(/EN → PT/, sam.chat.locator('.composer'));
  await sam.hears(/PT → EN/, sam.log);
  world.ollama.hold();
  await ana.write('Posso mudar a morada de entrega?');
  await ana.hears(/Being translated for them/, ana.log);
  await sam.write('I will look it up for you.');
  await sam.hears(/Being translated for them/, sam.log);
  await sam.hears(/Translating/, sam.log);
  await ana.hears(/An answer is there and is being translated for you/, ana.typing);
  await untilEqual('what breaks a rule', () => World.violations(sam), []);
  world.ollama.release();
  await sam.hears(/EN → PT/, sam.log);
  await until('nothing is on its way', async () => !/Being translated/.test(await sam.log.innerText() + await ana.log.innerText()));
  await until('it has come', async () => !(await ana.typing.isVisible()));
}

export async function anAnswerThatIsNotTranslatedSaysSoReadably(world) {
  const [, sam] = await world.pair();
  world.ollama.failing = true;
  await sam.write('Nobody knows these words, I am afraid.');
  await sam.hears(/Not translated: they read what you wrote/, sam.log);
  await untilEqual('what breaks a rule', () => World.violations(sam), []);
  await sam.page.emulateMedia({ colorScheme: 'dark' });
  await untilEqual('what breaks a rule in the dark', () => World.violations(sam), []);
}

export async function aPreviewLeavesTheHandsWhereTheyAre(world) {
  const [ana, sam] = await world.pair();
  const { keyboard } = sam.page;
  world.ollama.hold();
  await sam.input.fill('I will look it up for you.');
  await keyboard.press('Alt+p');
  await sam.preview.waitFor();
  await sam.untilFocusIn(sam.input);
  await keyboard.press('Enter'); // too early: nothing is sent
  world.ollama.release();
  await sam.draft.waitFor();
  await untilEqual('nothing was sent', () => ana.texts(), ['Olá! Onde está a minha encomenda?']);
  await sam.untilFocusIn(sam.input);
  await keyboard.press('Escape');
  await sam.preview.waitFor({ state: 'hidden' });
  await keyboard.press('Alt+p');
  await sam.draft.waitFor();
  await keyboard.press('Enter');
  await ana.reads('Olá! Onde está a minha encomenda?', 'Vou verificar isso para si.');

  world.ollama.away = true; // without a translation, only the button sends
  await sam.input.fill('Nobody knows these words.');
  await keyboard.press('Alt+p');
  await sam.hears(/Send without translation/, sam.preview);
  await keyboard.press('Enter');
  await sam.preview.locator('.preview-send').click();
  await sam.preview.waitFor({ state: 'hidden' });
}
