// The pages as people use them. Everything the stories know about the pages' elements stands here and nowhere else.

import { until, untilEqual } from './until.mjs';
import { NOBODY_THERE } from './watch.mjs';

const hasFocus = async (locator) =>
  (await locator.count()) > 0 && locator.first().evaluate((node) => node === document.activeElement);

/** What both pages have: a conversation, in an element `chat`. */
class ChatPage {
  constructor(page, chat, { watch, line, origin }) {
    Object.assign(this, { page, chat, watch, line, origin });
    this.log = chat.getByRole('log');
    this.input = chat.locator('.composer textarea');
    this.banner = chat.locator('.banner');
    this.typing = chat.locator('.typing');
    this.onward = chat.locator('.onward');
    this.dialog = page.locator('dialog[open]');
  }

  async open() {
    await this.page.goto(this.path);
    await this.turnToWindow();
  }

  /** Takes this window before the others: in Firefox one behind another is told nothing of its focus. */
  async turnToWindow() {
    await until(`the ${this.role}'s window is in front`, async () => {
      await this.page.bringToFront();
      return this.page.evaluate(() => document.hasFocus());
    });
  }

  // Writing.

  async write(content) {
    await this.input.fill(content);
    const isTouched = await this.page.evaluate(() => matchMedia('(pointer: coarse)').matches);
    if (isTouched) await this.chat.locator('.composer .send').click();
    else await this.input.press('Enter');
  }

  /** Asks again for what failed in a message. */
  async retry(index) {
    await this.log.locator('li.message').nth(index).locator('.retry').click();
  }

  // Reading.

  /** The messages as they stand on the page. */
  messages() {
    return this.log.locator('li.message').evaluateAll((items) => items.map((item) => {
      const shown = (selector) => {
        const node = item.querySelector(selector);
        return node && node.textContent && node.checkVisibility() ? node : undefined;
      };
      const text = shown('.text');
      const second = shown('.second');
      return {
        ours: item.classList.contains('ours'),
        text: text?.textContent ?? '',
        language: text?.lang ?? '',
        direction: text ? getComputedStyle(text).direction : '',
        second: second?.textContent ?? '',
        secondLanguage: second?.lang ?? '',
        state: item.dataset.state ?? '',
        pending: Boolean(shown('.pending')),
        untranslated: Boolean(shown('.untranslated')),
      };
    }));
  }

  async texts() {
    return (await this.messages()).map(({ text }) => text);
  }

  /** What the page says between the messages. */
  async notes() {
    const all = await this.log.locator('li.note').allInnerTexts();
    return all.map((text) => text.replace(/\s+/g, ' ').trim());
  }

  /** Waits until exactly these texts stand there, in this order. */
  async reads(...texts) {
    await untilEqual(`${this.role} reads`, () => this.texts(), texts);
  }

  /** Waits until the last message of ours is there for the server, or the other side. */
  async untilLastIs(state) {
    const states = async () => (await this.messages()).filter(({ ours }) => ours).map((message) => message.state);
    await until(`${this.role}'s last message is ${state}`, async () => (await states()).at(-1) === state);
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

  /** Waits for what the heading shows: waiting, active, away, closing or over. */
  async untilIs(presence) {
    const shown = async () => this.chat.getAttribute('data-presence');
    await until(`the ${this.role}'s chat is ${presence}`, async () => (await shown()) === presence);
  }

  async untilBanner() {
    await until(`${this.role} has a banner`, async () => (await this.banner.innerText()).trim());
  }

  async untilCalm() {
    await until(`${this.role} has no banner`, async () => !(await this.banner.innerText()).trim());
  }

  /** Waits until nothing more can be sent, and gives what is said then. */
  async untilOver() {
    await this.onward.waitFor();
    return (await this.chat.locator('.chat-head').innerText()).trim();
  }

  /** Clicks what saves the conversation, and gives the file. */
  async saves(button) {
    const [download] = await Promise.all([this.page.waitForEvent('download'), button.click()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    return { name: download.suggestedFilename(), content: Buffer.concat(chunks).toString() };
  }

  // Ending.

  async openEnd() {
    await this.chat.locator('.chat-head .end').click();
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
    await this.turnToWindow();
    for (let presses = 0; presses < 40; presses += 1) {
      await this.page.keyboard.press(key);
      if (await hasFocus(wanted)) return;
    }
    throw new Error(`${key} never comes to ${wanted}, but is at ${await this.focused()}`);
  }

  async untilFocusIn(locator) {
    await until(`${this.role} has the focus in ${locator}`, () => hasFocus(locator));
  }

  /** The element with the keyboard's focus, in a word. */
  focused() {
    return this.page.evaluate(() => {
      const { activeElement: node } = document;
      return [node.tagName.toLowerCase(), node.id && `#${node.id}`, ...node.classList].filter(Boolean).join(' ');
    });
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
}

export class CustomerPage extends ChatPage {
  role = 'customer';
  path = '/customer.html';

  constructor(page, world) {
    super(page, page.locator('#chat .conversation'), world);
    this.form = page.locator('#start-form');
    this.menu = page.locator('#menu');
  }

  async start({ name, content, language }) {
    await this.form.locator('#name').fill(name);
    await this.form.locator('#content').fill(content);
    if (language) await this.form.locator('#language').selectOption(language);
    await this.form.locator('button[type=submit]').click();
    await this.reads(content);
  }

  async openMenu() {
    await this.chat.locator('.menu-open').click();
    await this.menu.waitFor();
  }

  async closeMenu() {
    await this.page.keyboard.press('Escape');
    await this.menu.waitFor({ state: 'hidden' });
  }

  /** Chooses what to read. */
  async chooses(language) {
    await this.openMenu();
    await this.menu.locator('#reads').selectOption(language);
    await this.closeMenu();
  }

  /** Chooses the language of the page, in the chat. */
  async choosesWords(language) {
    await this.openMenu();
    await this.menu.locator('#words').selectOption(language);
    await this.closeMenu();
  }

  async showOriginal(index) {
    await this.log.locator('li.message').nth(index).locator('summary').click();
  }

  async savesAs(format) {
    await this.openMenu();
    const file = await this.saves(this.menu.locator(`[data-save=${format}]`));
    await this.closeMenu();
    return file;
  }
}

export class AgentPage extends ChatPage {
  role = 'agent';
  path = '/agent.html';

  /** `chat` is the one that is worked in. */
  constructor(page, world) {
    super(page, page.locator('.pane.current .conversation'), world);
    this.form = page.locator('#profile-form');
    this.preview = this.chat.locator('.preview');
    this.draft = this.preview.locator('.draft');
    this.replies = this.chat.locator('.canned');
    this.find = this.chat.locator('.search');
    this.shortcuts = page.locator('#keys');
  }

  async untilProfile() {
    // Offered by the server, a moment after the page.
    await this.form.locator('#language option').first().waitFor({ state: 'attached' });
  }

  async signIn({ name, language, key }) {
    await this.untilProfile();
    await this.form.locator('#name').fill(name);
    if (language) await this.form.locator('#language').selectOption(language);
    if (key) await this.form.locator('#key').fill(key);
    await this.form.locator('button[type=submit]').click();
    await this.page.locator('#rooms').waitFor({ state: 'attached' });
  }

  // The lobby.

  rooms() {
    return this.page.locator('#rooms > li');
  }

  room(customer) {
    return this.rooms().filter({ hasText: customer });
  }

  joinButton(customer) {
    return this.room(customer).locator('button.join');
  }

  /** On a small screen the lobby and the chats share the place. */
  async showLobby() {
    const tab = this.page.locator('#to-lobby');
    if (!(await this.rooms().first().isVisible()) && (await tab.isVisible())) await tab.click();
  }

  async help(customer) {
    await this.showLobby();
    await this.joinButton(customer).click();
    await this.chat.filter({ hasText: customer }).waitFor();
    await this.input.waitFor();
  }

  /** Turns to a chat that is open. */
  async turnTo(customer) {
    await this.turnToWindow();
    const tab = this.page.locator('#tabs .room-tab').filter({ hasText: customer });
    if (await tab.isVisible()) await tab.click();
    else await this.pane(customer).getByRole('log').click({ position: { x: 4, y: 4 } });
    await this.chat.filter({ hasText: customer }).waitFor();
  }

  pane(customer) {
    return this.page.locator('.pane').filter({ hasText: customer });
  }

  // The conversation.

  /** How many messages of a chat are unread, as its heading and its tab say. */
  async unread(customer) {
    const heading = await this.pane(customer).locator('h1 .badge').textContent();
    const tab = await this.page.locator('#tabs .room-tab').filter({ hasText: customer }).locator('.badge').textContent();
    // Read one after the other, so they may differ for a moment; for longer is a fault.
    return heading === tab ? Number(heading) : `${heading} in the heading, ${tab} in the tab`;
  }

  /** Waits until this original stands beside the translation of the customer's first message. */
  async readsOriginal(text) {
    const original = async () => (await this.messages()).find(({ ours }) => !ours)?.second;
    await untilEqual('the original', original, text);
  }

  async setsTheirLanguage(language) {
    await this.chat.locator('.theirs-select').selectOption(language);
  }

  async setsOwnLanguage(language) {
    await this.showLobby();
    await this.page.locator('#mine').selectOption(language);
  }

  async use(tool) {
    await this.chat.locator(`[data-tool=${tool}]`).click();
  }

  async savesAs(format) {
    const button = this.chat.locator(`.menu-list [data-save=${format}]`);
    await this.chat.locator('.dots').click(); // it closes when something was saved
    return this.saves(button);
  }
}

/** The page to try the hub with: two people side by side. */
export class HubPage {
  role = 'hub';

  constructor(page, { watch, line, origin }) {
    Object.assign(this, { page, watch, line, origin });
  }

  overflow = ChatPage.prototype.overflow;

  async open() {
    await this.page.goto('/hub.html');
    await this.page.locator('.column').nth(1).waitFor();
  }

  column(place) {
    const column = this.page.locator('.column').nth(place);
    const texts = (selector) => column.locator(`.message ${selector}`).allTextContents();
    return {
      enter: async (name, language) => {
        await column.locator('.enter input').fill(name);
        await column.locator('.enter select').selectOption(language);
        await column.locator('.enter button').click();
        // Disabled while nobody is connected.
        await column.locator('.composer .send:enabled').waitFor();
      },
      write: async (content) => {
        await column.locator('.composer textarea').fill(content);
        await column.locator('.composer textarea').press('Enter');
      },
      reads: (...expected) => untilEqual(`column ${place} reads`, () => texts('.text'), expected),
      originals: () => texts('.original'),
      untilLost: () => column.locator('.composer .send:disabled').waitFor(),
      untilBack: () => column.locator('.composer .send:enabled').waitFor(),
    };
  }
}
