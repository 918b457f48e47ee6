// The pages as people use them. Everything the stories know about the pages' elements stands here and nowhere else.

import { until, untilEqual } from './until.mjs';
import { NOBODY_THERE } from './watch.mjs';

const hasFocus = async (locator) =>
  (await locator.count()) > 0 && locator.first().evaluate((node) => node === document.activeElement);

/** What both pages have: a conversation. */
class ChatPage {
  constructor(page, { watch, line, origin }) {
    Object.assign(this, { page, watch, line, origin });
    this.log = page.getByRole('log');
    this.input = page.locator('.composer textarea');
    this.dialog = page.locator('dialog[open]');
  }

  async open() {
    await this.page.goto(this.path);
  }

  // Writing.

  async write(content) {
    await this.input.fill(content);
    await this.input.press('Enter');
  }

  // Reading.

  /** The messages as they stand on the page. */
  messages() {
    return this.log.locator('li').evaluateAll((items) => items.map((item) => {
      const shown = (selector) => {
        const node = item.querySelector(selector);
        return node && !node.hidden && node.checkVisibility() ? node : undefined;
      };
      const text = shown('.text');
      return {
        ours: item.classList.contains('ours'),
        text: text?.textContent ?? '',
        second: shown('.second')?.textContent ?? '',
        state: item.dataset.state ?? '',
        untranslated: Boolean(shown('.untranslated')?.textContent),
        pending: Boolean(shown('.pending')?.textContent),
        language: text?.lang ?? '',
        direction: text ? getComputedStyle(text).direction : '',
      };
    }));
  }

  async texts() {
    return (await this.messages()).map(({ text }) => text);
  }

  /** Waits until exactly these texts stand there, in this order. */
  async reads(...texts) {
    await untilEqual(`${this.role} reads`, () => this.texts(), texts);
  }

  /** Waits until every message of ours has reached the server. */
  async hasSentAll() {
    await until(`${this.role} has sent all`, async () => {
      const ours = (await this.messages()).filter((message) => message.ours);
      return ours.length > 0 && ours.every(({ state }) => ['sent', 'delivered', 'read'].includes(state));
    });
  }

  /** Waits for words in a place of the page. */
  async hears(pattern, place = this.page.locator('body')) {
    await until(`${this.role} is told ${pattern}`, async () => pattern.test(await place.innerText()));
  }

  heading() {
    return this.page.locator('.chat-head');
  }

  banner() {
    return this.page.locator('.banner');
  }

  async untilCalm() {
    await until(`${this.role} has no banner`, async () => !(await this.banner().innerText()).trim());
  }

  /** What is said once nothing more can be sent. */
  async untilOver() {
    await until(`${this.role}'s chat is over`, async () => !(await this.input.isVisible()));
    return (await this.page.locator('.conversation').innerText()).trim();
  }

  // Ending.

  async openEnd() {
    await this.page.locator('.chat-head button.end').click();
    await this.dialog.waitFor();
  }

  async confirmEnd() {
    await this.dialog.locator('.end-yes').click();
  }

  async end() {
    await this.openEnd();
    await this.confirmEnd();
  }

  // By keyboard.

  /** Presses Tab until the focus is there. */
  async tabTo(where, key = 'Tab') {
    const wanted = typeof where === 'string' ? this.page.locator(where) : where;
    for (let presses = 0; presses < 40; presses += 1) {
      await this.page.keyboard.press(key);
      if (await hasFocus(wanted)) return;
    }
    throw new Error(`${key} never comes to ${wanted}, but is at ${await this.focused()}`);
  }

  async untilFocusIn(locator) {
    await until(`${this.role} has the focus in ${locator}`, () => hasFocus(locator));
  }

  // Trouble.

  /** Flight mode: the browser knows, and every connection is gone. */
  async goOffline() {
    this.watch.expect(...NOBODY_THERE);
    await this.page.context().setOffline(true);
    this.line.cut();
  }

  async comeBack() {
    this.line.mend();
    await this.page.context().setOffline(false);
  }

  // Looks.

  directionOf(locator) {
    return locator.evaluate((node) => getComputedStyle(node).direction);
  }

  /** What stands out of the screen so that it could be scrolled sideways. */
  overflow() {
    return this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.scrollingElement;
      if (scrollWidth <= clientWidth) return [];
      const wide = [...document.body.querySelectorAll('*')].filter((node) => node.checkVisibility()
        && (node.getBoundingClientRect().right > clientWidth + 1 || node.getBoundingClientRect().left < -1));
      const names = wide.map((node) => node.tagName.toLowerCase() + (node.id && `#${node.id}`)
        + [...node.classList].map((name) => `.${name}`).join(''));
      return [`${scrollWidth} of ${clientWidth}`, ...names];
    });
  }

  /** The element with the keyboard's focus, in a word. */
  focused() {
    return this.page.evaluate(() => {
      const { activeElement: node } = document;
      return [node.tagName.toLowerCase(), node.id && `#${node.id}`, ...node.classList].filter(Boolean).join(' ');
    });
  }
}

export class CustomerPage extends ChatPage {
  role = 'customer';
  path = '/customer.html';

  async start({ name, content, language }) {
    const form = this.page.locator('#start-form');
    await form.locator('#name').fill(name);
    await form.locator('#content').fill(content);
    if (language) await form.locator('#language').selectOption(language);
    await form.locator('button[type=submit]').click();
    await this.reads(content);
  }

  /** Waits for the state the heading shows: waiting, active, closing or over. */
  async untilIs(presence) {
    const conversation = this.page.locator(`.conversation[data-presence=${presence}]`);
    await until(`the chat is ${presence}`, () => conversation.count());
  }
}

export class AgentPage extends ChatPage {
  role = 'agent';
  path = '/agent.html';

  async signIn({ name, language, key }) {
    const form = this.page.locator('#profile-form');
    await form.locator('#name').fill(name);
    await this.untilProfile();
    if (language) await form.locator('#language').selectOption(language);
    if (key) await form.locator('#key').fill(key);
    await form.locator('button[type=submit]').click();
    await this.page.locator('#rooms').waitFor({ state: 'attached' });
  }

  /** The rows of the lobby. */
  rooms() {
    return this.page.locator('#rooms > li');
  }

  room(customer) {
    return this.rooms().filter({ hasText: customer });
  }

  joinButton(customer) {
    return this.room(customer).getByRole('button').first();
  }

  async help(customer) {
    await this.joinButton(customer).click();
    await this.input.waitFor();
  }

  /** From a chat that is over to those who wait. */
  async backToLobby() {
    const onward = this.page.locator('.onward:visible');
    if (await onward.count()) await onward.click();
    await this.rooms().first().waitFor();
  }

  async untilProfile() {
    await this.page.locator('#profile-form #language option').first().waitFor({ state: 'attached' });
  }

  /** Waits until the original of the customer's first message stands beside the translation. */
  async readsOriginal(text) {
    const original = async () => (await this.messages()).find(({ ours }) => !ours)?.second;
    await untilEqual('the original', original, text);
  }
}

