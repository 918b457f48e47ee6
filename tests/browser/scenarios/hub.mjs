// The second front door: a room for anybody, each reader in their own language.

import { SCHEMES } from '../browser.mjs';
import { equal } from '../until.mjs';
import { NOBODY_THERE } from '../watch.mjs';
import { World } from '../world.mjs';

const HELLO = { pt: 'Olá! Onde está a minha encomenda?', en: 'Hello! Where is my parcel?' };
const LOOK = { pt: 'Vou verificar isso para si.', en: 'I will look it up for you.' };

async function twoPeople(world, options) {
  const hub = await world.hub(options);
  await hub.open();
  const [ana, sam] = [hub.column(0), hub.column(1)];
  await ana.enter('Ana', 'pt');
  await sam.enter('Sam', 'en');
  return [hub, ana, sam];
}

export async function twoPeopleSideBySideReadTheirOwnLanguage(world) {
  const [, ana, sam] = await twoPeople(world);
  await ana.write(HELLO.pt);
  await sam.reads(HELLO.en);
  await sam.write(LOOK.en);
  await ana.reads(HELLO.pt, LOOK.pt);
  await sam.reads(HELLO.en, LOOK.en);
  equal('the original stands beside it', (await sam.originals())[0], HELLO.pt);
}

export async function nothingIsLostInTheHubWhenALineBreaks(world) {
  const [hub, ana, sam] = await twoPeople(world, { line: true });
  hub.watch.expect(...NOBODY_THERE);
  await ana.write(HELLO.pt);
  await sam.reads(HELLO.en);
  hub.line.cut();
  await Promise.all([ana.untilLost(), sam.untilLost()]);
  hub.line.mend();
  await Promise.all([ana.untilBack(), sam.untilBack()]);
  await sam.write(LOOK.en);
  await ana.reads(HELLO.pt, LOOK.pt);
  await sam.reads(HELLO.en, LOOK.en);
}

export async function theHubFitsTheSmallestScreen(world) {
  const [hub, ana] = await twoPeople(world, { viewport: { width: 320, height: 568 } });
  await ana.write('kapitänsmützenabzeichenverordnung'.repeat(9));
  await ana.reads('kapitänsmützenabzeichenverordnung'.repeat(9));
  equal('nothing stands out', await hub.overflow(), []);
}

export async function theHubBreaksNoRule(world) {
  const [hub, ana, sam] = await twoPeople(world);
  await ana.write(HELLO.pt);
  await sam.reads(HELLO.en);
  for (const colorScheme of SCHEMES) {
    await hub.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    equal(`rules broken, ${colorScheme}`, await World.violations(hub), []);
  }
}
