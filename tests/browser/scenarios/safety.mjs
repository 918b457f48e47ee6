// What people write is text, whatever it looks like, and fits every screen.

import { equal, until } from '../until.mjs';

const HELLO = 'Olá! Onde está a minha encomenda?';

const NASTY = '<img src=x onerror=alert(1)><script>alert(2)</script> {{7*7}} javascript:alert(3)';

export async function markupIsText(world) {
  const [ana, sam] = await world.pair({ name: '<b>Ana</b>', content: NASTY });
  await ana.reads(NASTY);
  await sam.reads(NASTY);
  for (const person of [ana, sam]) {
    equal('images and scripts in the log', await person.log.locator('img, script, b').count(), 0);
    equal('links to scripts', await person.page.locator('a[href^="javascript:"]').count(), 0);
  }
}

const LONG = `Donaudampfschifffahrtsgesellschaft${'kapitänsmützenabzeichenverordnung'.repeat(9)} 🧑‍🚀🏳️‍🌈`;

export async function veryLongWordsFitTheSmallestScreen(world) {
  const smallest = { viewport: { width: 320, height: 568 } };
  const ana = await world.customer(smallest);
  await ana.open();
  equal('the form fits', await ana.overflow(), []);
  const sam = await world.agent(smallest);
  await sam.open();
  equal('the profile fits', await sam.overflow(), []);

  const name = 'Wolfeschlegelsteinhausenbergerdorffwelchevoralter';
  await ana.start({ name, content: LONG });
  equal('waiting fits', await ana.overflow(), []);
  await sam.signIn({ name });
  await sam.room(name).waitFor();
  equal('the lobby fits', await sam.overflow(), []);
  await sam.help(name);
  await sam.write(`https://shop.example/${'a'.repeat(300)}`);
  await ana.untilIs('active');
  await until('all is there', async () => (await ana.texts()).length === 2);
  equal('the customer fits', await ana.overflow(), []);
  equal('the agent fits', await sam.overflow(), []);
}

/** What moves on a page, or would as soon as its delay is over. */
async function movesNot(person, when) {
  const moving = await person.page.evaluate(() => document.getAnimations().map(({ animationName, transitionProperty, effect }) =>
    `${animationName ?? transitionProperty} on ${effect.target.className}${effect.pseudoElement ?? ''}`));
  equal(`what moves on the ${person.role}'s page ${when}`, moving, []);
}

export async function whoWantsNoMotionSeesNone(world) {
  await world.start();
  world.ollama.hold();
  const still = { reducedMotion: 'reduce' };
  const ana = await world.customer(still);
  await ana.open();
  await ana.start({ name: 'Ana', content: HELLO });
  await movesNot(ana, 'while she waits');
  const sam = await world.agent(still);
  await sam.open();
  await sam.signIn({ name: 'Sam' });
  await sam.help('Ana');
  await sam.reads(HELLO);
  await ana.input.pressSequentially('half a sent');
  await sam.typing.waitFor();
  await movesNot(sam, 'while she types and the translation is under way');
}
whoWantsNoMotionSeesNone.without = { firefox: 'cannot be asked by its driver for less motion' };

export async function linksAreClickableAndSafe(world) {
  const [ana, sam] = await world.pair();
  await ana.untilIs('active');
  await sam.write('See (https://shop.example/a_(b)), https://shop.example/c?d=(1). ftp://shop.example www.shop.example');
  await until('it has come', async () => (await ana.texts()).length === 2);
  const links = ana.log.getByRole('link');
  const safe = { target: '_blank', rel: 'noopener noreferrer' };
  equal('links', await links.evaluateAll((all) => all.map(({ href, target, rel }) => ({ href, target, rel }))), [
    { href: 'https://shop.example/a_(b)', ...safe },
    { href: 'https://shop.example/c?d=(1)', ...safe },
  ]);

  await ana.page.context().route('https://shop.example/**', (route) => route.fulfill({ body: 'the shop' }));
  const [shop] = await Promise.all([ana.page.waitForEvent('popup'), links.first().click()]);
  await shop.waitForLoadState();
  equal('it has no hold on the page', await shop.evaluate(() => [window.opener, document.referrer]), [null, '']);
}

export async function aPageMaySpeakToItsServerOnly(world) {
  const ana = await world.customer();
  await ana.open();
  ana.watch.expect(/policy violated/, /Refused to |violates the following Content Security Policy/, /foreign request/);
  const blocked = await ana.page.evaluate(async () => {
    const image = new Promise((done) => Object.assign(new Image(), { onload: () => done(false), onerror: () => done(true), src: 'http://127.0.0.2:9/x.png' }));
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.head.append(script);
    const call = fetch('http://127.0.0.2:9/').then(() => false, () => true);
    return [await image, await call, globalThis.ran === undefined];
  });
  equal('blocked', blocked, [true, true, true]);
}

/** Of the page itself nothing is left to scroll, however much stands in it. */
export async function aLongChatScrollsInItsOwnPlace(world) {
  const [ana, sam] = await world.pair();
  for (let number = 1; number <= 12; number += 1) {
    await ana.write(`Esta é a minha pergunta número ${number}, espero que a consiga ler.`);
    await sam.write(`This is our answer number ${number}, we hope that you can read it.`);
    await sam.write(`This is our answer number ${number}00, we hope that you can read it.`);
  }
  await until('all has come', async () => (await ana.texts()).length === 37);
  for (const person of [ana, sam]) {
    const [all, seen] = await person.page.evaluate(() => {
      const { scrollHeight, clientHeight } = document.scrollingElement;
      return [scrollHeight, clientHeight];
    });
    equal(`the height of the ${person.role}'s page`, all, seen);
  }
}
