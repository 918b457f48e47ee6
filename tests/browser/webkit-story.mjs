// The main conversation in WebKitGTK, from the first word to the end: `node webkit-story.mjs`. Two people, each with a
// window; what they open must have the size of what is in it, and the focus where they need it next. Pictures go to
// `target/browser`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Ollama } from './ollama.mjs';
import { Server } from './server.mjs';
import { check, equal, until, untilEqual } from './until.mjs';
import { KEYS, Window, screen } from './webkit.mjs';

const PICTURES = fileURLToPath(new URL('../../target/browser/', import.meta.url));
const HELLO = 'Olá! Onde está a minha encomenda?';
const CUSTOMER = '#chat .conversation';
const AGENT = '.pane.current .conversation';

/** A person at their window, and where on the page their chat stands. */
class Person {
  static async come(server, { name, chat, path, ...options }) {
    const person = Object.assign(new Person(), { name, chat });
    person.window = await Window.open(options);
    await person.window.go(server.url + path);
    return person;
  }

  async write(text) {
    await this.window.type(`${this.chat} .composer textarea`, text + KEYS.enter);
  }

  /** Waits until exactly these texts stand there, in this order. */
  async reads(...texts) {
    const shown = (chat) => [...document.querySelectorAll(`${chat} [role=log] .text`)].map((node) => node.textContent);
    await untilEqual(`${this.name} reads`, () => this.window.run(shown, this.chat), texts);
  }

  async untilIs(presence) {
    const shown = (chat) => document.querySelector(chat)?.dataset.presence;
    await until(`${this.name}'s chat is ${presence}`, async () =>
      (await this.window.run(shown, this.chat)) === presence);
  }

  /** What has been opened lies within the window, and is no higher than what stands in it. */
  async opened(selector) {
    await this.window.find(selector);
    await this.picture(selector);
    const [box, inner, room] = await this.window.run((wanted) => {
      const node = document.querySelector(wanted);
      const { top, bottom, left, right, height } = node.getBoundingClientRect();
      const ends = [...node.children].map((child) => child.getBoundingClientRect()).filter((one) => one.height > 0);
      const content = Math.max(...ends.map((one) => one.bottom)) - Math.min(...ends.map((one) => one.top));
      return [{ top, bottom, left, right, height }, content, { width: innerWidth, height: innerHeight }];
    }, selector);
    const fits = box.top >= 0 && box.left >= 0 && box.right <= room.width && box.bottom <= room.height;
    check(`${selector} lies in the window: ${JSON.stringify([box, room])}`, fits);
    check(`${selector} is as high as what is in it, ${inner}: ${box.height}`, box.height < inner + 64);
  }

  async untilHidden(selector) {
    const shown = (wanted) => document.querySelector(wanted)?.checkVisibility() ?? false;
    await until(`${selector} is gone`, async () => !(await this.window.run(shown, selector)));
  }

  async untilFocusIn(selector) {
    const focused = (wanted) => document.activeElement?.matches(wanted) ?? false;
    await until(`${this.name} has the focus in ${selector}`, () => this.window.run(focused, selector));
  }

  async picture(state) {
    mkdirSync(PICTURES, { recursive: true });
    const file = `webkit-${this.name}-${state.replace(/\W+/g, '-')}.png`;
    writeFileSync(PICTURES + file, await this.window.picture());
  }
}

async function talk(ana, sam) {
  await ana.window.type('#start-form #name', 'Ana');
  await ana.window.type('#start-form #content', HELLO);
  await ana.window.click('#start-form button[type=submit]');
  await ana.untilFocusIn(`${CUSTOMER} .composer textarea`);

  await sam.window.type('#profile-form #name', 'Sam');
  await sam.window.click('#profile-form button[type=submit]');
  await sam.window.click('#rooms button.join');
  await sam.reads('Hello! Where is my parcel?');
  await ana.untilIs('active');
  await sam.write('I will look it up for you.');
  await ana.reads(HELLO, 'Vou verificar isso para si.');
  await ana.write('Muito obrigado, isso ajuda-me imenso!');
  await sam.reads('Hello! Where is my parcel?', 'I will look it up for you.', 'Thank you very much, that helps me a lot!');
  await Promise.all([ana.picture('chat'), sam.picture('chat')]);
}

async function previews(sam) {
  await sam.window.type(`${AGENT} .composer textarea`, 'One more question, please.');
  await sam.window.click(`${AGENT} [data-tool=preview]`);
  await sam.window.find(`${AGENT} .preview .draft`);
  await sam.picture('preview');
  await sam.window.press(KEYS.escape);
  await sam.untilHidden(`${AGENT} .preview .draft`);
  await sam.untilFocusIn(`${AGENT} .composer textarea`);
  await sam.window.press(KEYS.enter);
  await sam.window.click(`${AGENT} .dots`);
  await sam.opened(`${AGENT} .menu-list`);
  await sam.window.press(KEYS.escape);
  await sam.untilHidden(`${AGENT} .menu-list`);
}

async function menuAndEnd(ana, sam) {
  await ana.window.click(`${CUSTOMER} .menu-open`);
  await ana.opened('#menu');
  await ana.window.press(KEYS.escape);
  await ana.untilHidden('#menu');
  await ana.window.click(`${CUSTOMER} .chat-head .end`);
  await ana.opened(`${CUSTOMER} dialog`);
  await ana.window.press(KEYS.escape);
  await ana.untilHidden(`${CUSTOMER} dialog`);
  await ana.window.click(`${CUSTOMER} .chat-head .end`);
  await ana.window.click(`${CUSTOMER} dialog .end-yes`);
  await Promise.all([ana.untilIs('over'), sam.untilIs('over')]);
}

const from = performance.now();
const [ollama, display] = [await Ollama.start(), await screen()];
const server = await Server.start({ OLLAMA_URL: ollama.url });
const people = [];
let problem;
try {
  for (const [name, chat, path, width, height] of [
    ['customer', CUSTOMER, '/customer.html', 390, 844],
    ['agent', AGENT, '/agent.html', 1440, 900],
  ]) people.push(await Person.come(server, { name, chat, path, display: display.name, width, height }));
  const [ana, sam] = people;
  await talk(ana, sam);
  await previews(sam);
  await ana.reads(HELLO, 'Vou verificar isso para si.', 'Muito obrigado, isso ajuda-me imenso!', 'Mais uma pergunta, por favor.');
  await menuAndEnd(ana, sam);
  equal('what the server warns of', server.log.match(/ (WARN|ERROR) .*/g) ?? [], []);
} catch (error) {
  problem = error;
  await Promise.all(people.map((person) => person.picture('failed').catch(() => {})));
}
await Promise.all(people.map(({ window }) => window.close()));
display.close();
ollama.stop();
await server.kill();
const took = `${((performance.now() - from) / 1000).toFixed(1)} s`;
console.log(problem ? `FAILED in WebKit (${took}), pictures in ${PICTURES}\n${problem.stack}\n${server.log}` : `ok     the main conversation in WebKit (${took})`);
process.exit(problem ? 1 : 0);
