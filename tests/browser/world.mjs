// The world of one story: a server, a translator and some people, each with a browser profile of their own.

import { mkdtempSync, readFileSync, rmSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { BROWSER } from './browser.mjs';
import { Line } from './line.mjs';
import { Ollama } from './ollama.mjs';
import { AgentPage, CustomerPage, HubPage } from './pages.mjs';
import { Server } from './server.mjs';
import { PATIENCE_MS } from './until.mjs';
import { Watch, reportViolations } from './watch.mjs';

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1440, height: 900 };

const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const FAILED = fileURLToPath(new URL('../../target/browser/', import.meta.url));

export class World {
  #browser;
  #folder;
  #people = [];

  constructor(browser) {
    this.#browser = browser;
  }

  /** Starts the server; a story that wants no other variables than the usual need not. */
  async start(variables = {}) {
    this.ollama ??= await Ollama.start();
    this.server = await Server.start({ OLLAMA_URL: this.ollama.url, ...variables });
    return this.server;
  }

  /** A path for a file of this story, gone with it. */
  file(name) {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'dragoman-browser-'));
    return join(this.#folder, name);
  }

  customer(options) {
    return this.#person(CustomerPage, { locale: 'pt-PT', viewport: PHONE, ...options });
  }

  agent(options) {
    return this.#person(AgentPage, { locale: 'en-GB', viewport: DESKTOP, ...options });
  }

  hub(options) {
    return this.#person(HubPage, { locale: 'en-GB', viewport: DESKTOP, ...options });
  }

  /** A customer whose chat has begun, and the agent who has joined it. */
  async pair({ customer = {}, agent = {}, name = 'Ana', content = 'Olá! Onde está a minha encomenda?' } = {}) {
    const one = await this.customer(customer);
    await one.open();
    await one.start({ name, content });
    const other = await this.agent(agent);
    await other.open();
    await other.signIn({ name: 'Sam' });
    await other.help(name);
    return [one, other];
  }

  /**
   * `line` gives a line that can break, `clock` one that can be put forward (`page.clock`); anything else is for the
   * browser profile.
   */
  async #person(Page, { line: breaks = false, clock = false, ...options }) {
    if (!this.server) await this.start();
    const line = breaks ? await Line.to(this.server.port) : undefined;
    const origin = line?.url ?? this.server.url;
    const context = await this.#browser.newContext({ baseURL: origin, acceptDownloads: true, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.addInitScript(reportViolations);
    const page = await context.newPage();
    if (clock) await page.clock.install();
    const person = new Page(page, { watch: new Watch(page, origin), line, origin });
    this.#people.push(person);
    return person;
  }

  /** What of the accessibility rules this page breaks, a line each. */
  static async violations({ page }) {
    if (BROWSER === 'chromium') {
      // Over the debugger: the page's own policy lets nobody run a text as a script.
      const debug = await page.context().newCDPSession(page);
      await debug.send('Runtime.evaluate', { expression: AXE });
      await debug.detach();
    } else {
      await page.evaluate(AXE);
    }
    const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
    const why = (node) => node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? '';
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${why(node)}`));
  }

  /** What the pages did that they must not. */
  faults() {
    return this.#people.flatMap(({ watch, role }) => watch.faults().map((fault) => `${role}'s page: ${fault}`));
  }

  /** Pictures of what everybody saw when it went wrong. */
  async picture(name) {
    mkdirSync(FAILED, { recursive: true });
    const file = (index, role) => join(FAILED, `${name.replace(/\W+/g, '-')}-${index}-${role}.png`);
    for (const [index, { page, role }] of this.#people.entries()) {
      await page.screenshot({ path: file(index, role), timeout: 5_000 }).catch(() => {});
    }
    return FAILED;
  }

  async end() {
    await Promise.all(this.#people.map(({ page }) => page.context().close()));
    for (const { line } of this.#people) line?.stop();
    await this.server?.kill();
    this.ollama?.stop();
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }
}
