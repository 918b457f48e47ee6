// Takes a picture of every state, light and dark, on a phone and on a desktop, into `target/screenshots`:
//
//     cargo build && cd tests/browser && npm ci && node screenshots.mjs [PART OF A NAME]
//
// to be looked at by a person. Two of them stand in the README; `node screenshots.mjs --readme` takes these anew.

import { mkdirSync, writeFileSync } from 'node:fs';
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

const REPLIES = [
  { key: 'hello', title: 'Greeting', language: 'en', content: 'Hello and welcome to our shop!', translations: { pt: 'Olá e seja bem-vindo à nossa loja!' } },
  { key: 'hours', title: 'Opening hours', language: 'en', content: 'We are here from Monday to Friday, 9 to 17.' },
  { key: 'bye', title: 'Goodbye', language: 'en', content: 'Thank you for your visit. Have a nice day!', translations: { pt: 'Obrigado pela sua visita. Tenha um bom dia!' } },
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
    const replies = world.file('replies.json');
    writeFileSync(replies, JSON.stringify(REPLIES));
    await world.start({ ROOMS_PER_AGENT: '3', CANNED_REPLIES: replies });
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

    const others = [];
    for (const [name, locale, content] of OTHERS) {
      const other = await world.customer({ ...profile, locale });
      others.push(other);
      await other.open();
      await other.start({ name, content });
      await other.hasSentAll();
    }
    await ana.start({ name: 'Ana Lima', content: HELLO });
    await sam.room('Ana').waitFor();
    await this.picture(ana, 'waiting');
    await this.picture(sam, 'lobby');
    await this.talk(ana, sam);
    await this.tools(ana, sam);
    await this.several(sam, others[1]);
    await this.trouble(ana);
    await this.ends(ana, sam);
    await world.end();
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

  async tools(ana, sam) {
    await ana.showOriginal(1);
    await ana.openMenu();
    await this.picture(ana, 'menu');
    await ana.closeMenu();
    await ana.input.pressSequentially('Mais');
    await sam.typing.waitFor();
    await this.picture(sam, 'typing');
    await ana.input.fill('');
    await sam.input.fill('Can I change the delivery address?');
    await sam.use('preview');
    await sam.draft.waitFor();
    await this.picture(sam, 'preview');
    await sam.page.keyboard.press('Escape');
    await sam.input.fill('');
    await sam.use('canned');
    await sam.replies.getByRole('option').first().waitFor();
    await this.picture(sam, 'replies');
    await sam.page.keyboard.press('Escape');
    await sam.use('search');
    await sam.find.locator('input').fill('order');
    await sam.hears(/1/, sam.find.locator('.hits'));
    await this.picture(sam, 'search');
    await sam.page.keyboard.press('Escape');
  }

  async several(sam, noor) {
    await sam.help('نور');
    await sam.write('I will look it up for you.');
    await until('it has come', async () => (await noor.texts()).length === 2);
    await this.picture(noor, 'arabic');
    await sam.readsOriginal('مرحبا! أين طردي؟');
    await this.picture(sam, 'two-chats');
    await sam.showLobby();
    await this.picture(sam, 'lobby-busy');
    await sam.page.locator('#help').click();
    await sam.shortcuts.waitFor();
    await this.picture(sam, 'shortcuts');
    await sam.page.keyboard.press('Escape');
    await noor.end();
    await noor.untilOver();
    await sam.turnTo('نور');
    await sam.untilOver();
    await sam.onward.click();
    await sam.turnTo('Ana');
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
for (const scheme of ['light', 'dark']) {
  const browser = await launch(scheme);
  for (const size of [PHONE, DESKTOP]) await new Album(browser, size, scheme).take();
  await browser.close();
}
console.log(`in ${OUT}`);
