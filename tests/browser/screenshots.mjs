// Takes a picture of every state, light and dark, on a phone and on a desktop, into `target/screenshots`:
//
//     cargo build && cd tests/browser && npm ci && node screenshots.mjs [PART OF A NAME]
//
// to be looked at by a person. Two of them stand in the README; `node screenshots.mjs --readme` takes these anew.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { launch } from './browser.mjs';
import { until } from './until.mjs';
import { NOBODY_THERE } from './watch.mjs';
import { DESKTOP, PHONE, World } from './world.mjs';

const { values: { readme }, positionals: [wanted = ''] } = parseArgs({
  allowPositionals: true,
  options: { readme: { type: 'boolean' } },
});
const OUT = fileURLToPath(new URL(readme ? 'shots/' : '../../target/screenshots/', import.meta.url));
const FOR_README = ['phone-light-customer-chat', 'desktop-light-agent-chat'];

const HELLO = 'Bom dia, a minha encomenda 4711 ainda não chegou.';
const OTHERS = [
  ['Lucía Fernández', 'es-ES', '¡Hola! ¿Dónde está mi paquete?'],
  ['نور الدين', 'ar-EG', 'مرحبا! أين طردي؟'],
  ['佐藤 花子', 'ja-JP', 'こんにちは。私の荷物はどこですか？'],
];

/** Everything there is to see, at one size and in one scheme. */
class Album {
  constructor(browser, size, scheme) {
    this.world = new World(browser);
    this.prefix = `${size === PHONE ? 'phone' : 'desktop'}-${scheme}`;
    this.profile = { viewport: size, colorScheme: scheme, hasTouch: size === PHONE, deviceScaleFactor: 1 };
  }

  async picture(person, state) {
    const name = `${this.prefix}-${person.role}-${state}`;
    if (readme ? !FOR_README.includes(name) : !name.includes(wanted)) return;
    await person.page.screenshot({ path: `${OUT}${name}.png`, animations: 'disabled', caret: 'hide' });
    console.log(name);
  }

  async take() {
    const { world, profile } = this;
    await world.start({ ROOMS_PER_AGENT: '3', ...this.settings() });
    const ana = await world.customer({ line: true, ...profile });
    const sam = await world.agent(profile);
    ana.watch.expect(...NOBODY_THERE);

    await ana.open();
    await this.picture(ana, 'start');
    await sam.open();
    await sam.untilProfile();
    await this.picture(sam, 'profile');
    await sam.signIn({ name: 'Sam' });
    await this.picture(sam, 'lobby-empty');

    for (const [name, locale, content] of OTHERS) {
      const other = await world.customer({ locale });
      await other.open();
      await other.start({ name, content });
      await other.hasSentAll();
    }
    await ana.start({ name: 'Ana Lima', content: HELLO });
    await sam.room('Ana').waitFor();
    await this.picture(ana, 'waiting');
    await this.picture(sam, 'lobby');
    await this.talk(ana, sam);
    await this.trouble(ana);
    await this.ends(ana, sam);
    await world.end();
  }

  settings() {
    return {};
  }

  async talk(ana, sam) {
    await sam.help('Ana');
    await ana.untilIs('active');
    await sam.write('I will look it up for you.');
    await until('it has come', async () => (await ana.texts()).length === 2);
    await ana.write('Muito obrigado, isso ajuda-me imenso!');
    await sam.write('It leaves our warehouse today, and you get the tracking number by e-mail.');
    await until('it has come', async () => (await ana.texts()).length === 4);
    await ana.write('Posso mudar a morada de entrega?');
    await until('it has come', async () => (await sam.texts()).includes('Can I change the delivery address?'));
    await ana.hasSentAll();
    await this.picture(ana, 'chat');
    await this.picture(sam, 'chat');
    this.world.ollama.hold();
    await ana.write('Mais uma pergunta, por favor.');
    await sam.write('Nobody has ever taught me how to say this.');
    await sam.hasSentAll();
    await until('it has come', async () => (await sam.texts()).length === 7);
    await this.picture(sam, 'pending');
    this.world.ollama.release();
    await until('it has come', async () => (await ana.texts()).length === 7);
    await this.picture(ana, 'untranslated');
    await this.picture(sam, 'untranslated');
  }

  async trouble(ana) {
    await ana.goOffline();
    await ana.untilBanner();
    await ana.write('Por favor veja https://shop.example/track?id=4711 para mais.');
    await this.picture(ana, 'offline');
    await ana.comeBack();
    await ana.hasSentAll();
    await ana.untilCalm();
  }

  async ends(ana, sam) {
    await sam.openEnd();
    await this.picture(sam, 'end-dialog');
    await sam.confirmEnd();
    await ana.untilIs('closing');
    await this.picture(ana, 'closing');
    await ana.write('Mais uma pergunta, por favor.');
    await ana.untilIs('waiting');
    await this.picture(ana, 'reopened');
    await sam.help('Ana');
    await ana.untilIs('active');
    await ana.openEnd();
    await this.picture(ana, 'end-dialog');
    await ana.confirmEnd();
    await Promise.all([ana.untilOver(), sam.untilOver()]);
    await this.picture(ana, 'over');
    await this.picture(sam, 'over');
  }
}

mkdirSync(OUT, { recursive: true });
const browser = await launch();
for (const size of [PHONE, DESKTOP]) {
  for (const scheme of ['light', 'dark']) await new Album(browser, size, scheme).take();
}
await browser.close();
console.log(`in ${OUT}`);
