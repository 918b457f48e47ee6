// WebKitGTK, so Safari's engine: a client of WebDriver (https://www.w3.org/TR/webdriver2/) as small as the stories need.
//
// WebKitWebDriver starts Debian's MiniBrowser, which needs a screen: Xvfb makes one. One driver has one window, so each
// person has a driver. Nothing here knows our pages.

import { spawn } from 'node:child_process';
import net from 'node:net';
import { createInterface } from 'node:readline';

import { until } from './until.mjs';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Key that names an element in what a driver says (section 12.1 of the standard). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** Keys that are no character (section 17.4.2). */
export const KEYS = { enter: '\uE007', escape: '\uE00C', tab: '\uE004' };

function start(program, args, options) {
  const child = spawn(program, args, options);
  child.on('error', (error) => { throw error; });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** A screen nobody sees; gives its name. */
export async function screen() {
  const child = start('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise((said) => createInterface({ input: child.stdio[3] }).once('line', said));
  return { name: `:${number}`, close: () => child.kill() };
}

async function freePort() {
  const socket = net.createServer().listen(0, '127.0.0.1');
  await new Promise((listens) => socket.once('listening', listens));
  const { port } = socket.address();
  await new Promise((closed) => socket.close(closed));
  return port;
}

export class Window {
  #driver;
  #base;

  /** A window of this size. */
  static async open({ display, width, height }) {
    const window = new Window();
    const port = await freePort();
    const env = { ...process.env, DISPLAY: display };
    window.#driver = start('WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore' });
    const driver = `http://127.0.0.1:${port}`;
    await until('the driver of WebKit answers', () => fetch(`${driver}/status`).then(({ ok }) => ok, () => false));
    window.#base = driver;
    const { sessionId } = await window.#ask('POST', '/session', { capabilities: { alwaysMatch: {} } });
    window.#base = `${driver}/session/${sessionId}`;
    await window.#ask('POST', '/window/rect', { width, height });
    return window;
  }

  async close() {
    await this.#ask('DELETE', '').catch(() => {});
    this.#driver.kill();
  }

  go(url) {
    return this.#ask('POST', '/url', { url });
  }

  /** Runs a function in the page, and gives what it returns. */
  run(script, ...args) {
    return this.#ask('POST', '/execute/sync', { script: `return (${script})(...arguments)`, args });
  }

  /** Waits until an element is there and can be seen, and gives it. */
  async find(selector) {
    let found;
    await until(`${selector} is seen`, async () => {
      [found] = await this.#ask('POST', '/elements', { using: 'css selector', value: selector });
      return found && (await this.run((node) => node.checkVisibility(), found));
    });
    return `/element/${found[ELEMENT]}`;
  }

  async click(selector) {
    await this.#ask('POST', `${await this.find(selector)}/click`, {});
  }

  /** Types into an element, as a keyboard does. */
  async type(selector, text) {
    await this.#ask('POST', `${await this.find(selector)}/value`, { text });
  }

  /** Presses a key where the focus is. */
  async press(value) {
    const actions = [{ type: 'keyDown', value }, { type: 'keyUp', value }];
    await this.#ask('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  /** A picture of what is seen, as PNG. */
  async picture() {
    // What is painted is behind what is there.
    const script = 'const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => done()))';
    await this.#ask('POST', '/execute/async', { script, args: [] });
    return Buffer.from(await this.#ask('GET', '/screenshot'), 'base64');
  }

  async #ask(method, path, body) {
    const response = await fetch(this.#base + path, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }
}
