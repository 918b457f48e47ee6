// Several engines: rules stand in for a model that is away. Needs Apertium, with English and Spanish; without it, there is
// nothing to see, but where CI=true.

import { existsSync } from 'node:fs';

import { Ollama } from '../ollama.mjs';
import { check, until, untilEqual } from '../until.mjs';
import { World } from '../world.mjs';

const INSTALLED = existsSync('/usr/share/apertium/modes/eng-spa.mode');

const strip = ({ page }) => page.locator('.strip:visible');

const rough = ({ page }) => page.locator('.rough:visible');

export async function rulesStandInForAModelThatIsAwayAndAreMarkedAsRough(world) {
  if (!INSTALLED && process.env.CI !== 'true') return;
  world.ollama = await Ollama.start();
  world.ollama.away = true;
  await world.start({ ENGINE: 'ollama,apertium' });
  await until('both were looked for', () => /does not answer[^]*ready to translate|ready to translate[^]*does not answer/.test(world.server.log));
  const ana = await world.customer({ locale: 'es-ES' });
  await ana.open();
  await ana.start({ name: 'Ana', content: 'Quiero devolver el libro que compré ayer.' });
  const sam = await world.agent();
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  await sam.hears(/Apertium translates, roughly \(≈\)\. Ollama does not answer\./, strip(sam));
  await sam.help('Ana');
  await sam.hears(/I want to give the book that bought yesterday/, sam.log);
  await sam.readsOriginal('Quiero devolver el libro que compré ayer.');
  await untilEqual('what is rough to the agent', () => rough(sam).count(), 1);
  await sam.write('The book arrives tomorrow.');
  await ana.hears(/El libro llega mañana/, ana.log);
  await untilEqual('what is rough to the customer', () => rough(ana).count(), 1);
  check('it says what it means', /reglas/.test(await rough(ana).getAttribute('aria-label')));
  check('the customer is told of no engine', !/Apertium|Ollama/.test(await ana.page.locator('body').innerText()));
  for (const person of [ana, sam]) {
    await untilEqual('what breaks a rule', () => World.violations(person), []);
    await untilEqual('nothing stands out', () => person.overflow(), []);
  }

  world.ollama.away = false;
  await sam.hears(/Translation works again/, strip(sam));
  await ana.write('Una pregunta más, por favor.');
  await sam.hears(/One more question, please\./, sam.log);
  await untilEqual('the model is not rough', () => rough(sam).count(), 2);
}
