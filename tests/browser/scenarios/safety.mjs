// What people write is text, whatever it looks like, and fits every screen.

import { equal, until } from '../until.mjs';

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

export async function whoWantsNoMotionSeesNone(world) {
  const [ana, sam] = await world.pair({ customer: { reducedMotion: 'reduce' }, agent: { reducedMotion: 'reduce' } });
  await ana.untilIs('active');
  await sam.write('I will look it up for you.');
  for (const person of [ana, sam]) {
    const moving = await person.page.evaluate(() => document.getAnimations()
      .filter((animation) => animation.effect.getComputedTiming().activeDuration > 10)
      .map((animation) => `${animation.animationName ?? animation.transitionProperty} on ${animation.effect.target.className}`));
    equal(`what moves on the ${person.role}'s page`, moving, []);
  }
}
