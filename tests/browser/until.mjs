// Waiting for what must come, and saying what came instead.

import { inspect } from 'node:util';

/** How long a story waits for what must come before it takes it for lost. Nothing ever takes this long. */
export const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 20_000);

/** Asks until the answer is a true one, and gives it. Each question is a round trip to the browser. */
export async function until(what, ask) {
  const from = Date.now();
  let last;
  do {
    last = await ask();
    if (last) return last;
    await new Promise((turn) => setTimeout(turn, 15));
  } while (Date.now() - from < PATIENCE_MS);
  throw new Error(`never came true: ${what}`);
}

/** Asks until the answer equals what is expected. */
export async function untilEqual(what, ask, expected) {
  let last;
  try {
    await until(what, async () => same((last = await ask()), expected));
  } catch {
    throw new Error(`${what}:\nexpected ${show(expected)}\nbut is   ${show(last)}`);
  }
}

export function equal(what, value, expected) {
  if (!same(value, expected)) throw new Error(`${what}:\nexpected ${show(expected)}\nbut is   ${show(value)}`);
}

export function check(what, holds) {
  if (!holds) throw new Error(`not true: ${what}`);
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const show = (value) => inspect(value, { depth: 6, breakLength: 110 });
