// Right to left, and both directions on one page.

import { equal } from '../until.mjs';

export async function anArabicCustomerWritesFromRightToLeft(world) {
  const [noor, sam] = await world.pair({
    customer: { locale: 'ar-EG' }, name: 'نور', content: 'مرحبا! أين طردي؟',
  });
  await sam.reads('Hello! Where is my parcel?');
  await sam.readsOriginal('مرحبا! أين طردي؟');
  await sam.write('I will look it up for you.');
  await noor.reads('مرحبا! أين طردي؟', 'سأتحقق من ذلك من أجلك.');
  equal('directions of the customer', (await noor.messages()).map(({ direction }) => direction), ['rtl', 'rtl']);
  equal('directions of the agent', (await sam.messages()).map(({ direction }) => direction), ['ltr', 'ltr']);
  equal('the language of the answer', (await noor.messages())[1].language, 'ar');

  await noor.input.fill('شكرا');
  equal('the composer turns', await noor.directionOf(noor.input), 'rtl');
  await noor.input.fill('Thanks');
  equal('the composer turns back', await noor.directionOf(noor.input), 'ltr');
}
