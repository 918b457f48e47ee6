// A chat with a past: thousands of messages, written without a page by the calls a page would make.

/** Runs in a page of the server's origin. Both write in turn, in one language; answers with what their pages keep. */
async function writeBoth(count) {
  const call = async (path, body, token) => {
    const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
    return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  };
  const seat = (token, roomId) => new Promise((joined) => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws?room_id=${roomId}&updates=1`, ['bearer', token]);
    let written = 0;
    let answered;
    socket.onmessage = ({ data }) => {
      const { type, message } = JSON.parse(data);
      if (type === 'room_joined') joined({ write, leave: () => socket.close() });
      if (type === 'error') throw new Error(message);
      if (type === 'ack') answered();
    };
    function write(content) {
      const done = new Promise((resolve) => (answered = resolve));
      socket.send(JSON.stringify({ content, ref: `w${written += 1}` }));
      return done;
    }
  });
  const customer = await call('/start-chat', { name: 'Ana', content: 'Hello! Here I am again, with a long story.', language: 'en' });
  const agent = await call('/set-profile', { name: 'Sam', language: 'en' });
  const { room_id: roomId } = customer;
  await call('/join-room', { room_id: roomId }, agent.token);
  const seats = await Promise.all([seat(customer.token, roomId), seat(agent.token, roomId)]);
  for (let number = 2; number <= count; number += 1) {
    const more = ' and so it went on for a while'.repeat(number % 4);
    await seats[number % 2].write(`Message number ${number} of a long chat${more}.`);
  }
  seats[0].leave();
  globalThis.agentWrites = seats[1].write;
  return {
    roomId,
    customer: { token: customer.token, roomId, language: 'en' },
    agent: { token: agent.token, name: 'Sam', language: 'en', rooms: [{ id: roomId, name: 'Ana', language: 'en' }] },
  };
}

/** Writes a chat of so many messages; `say` writes one more as the agent. */
export async function longChat(world, count) {
  const { page } = await world.hub();
  await page.goto('/');
  const chat = await page.evaluate(writeBoth, count);
  return { ...chat, say: (content) => page.evaluate((text) => globalThis.agentWrites(text), content) };
}

/** Lets a page come back to a chat, as after a reload. */
export async function comesBack(person, kept) {
  const key = `dragoman.${person.role}`;
  await person.page.addInitScript(([name, value]) => {
    for (const storage of [sessionStorage, localStorage]) storage.getItem(name) ?? storage.setItem(name, value);
    document.cookie = 'dragoman.open=1; path=/'; // an agent who has signed in in this browser
  }, [key, JSON.stringify(kept)]);
  await person.open();
}

/** What the page's main thread has done since it was asked last: milliseconds of processor time. */
export async function clockOf({ page }) {
  const debug = await page.context().newCDPSession(page);
  await debug.send('Performance.enable', { timeDomain: 'threadTicks' });
  let before = 0;
  return async () => {
    const { metrics } = await debug.send('Performance.getMetrics');
    const of = (wanted) => metrics.find(({ name }) => name === wanted).value * 1000;
    const now = of('TaskDuration');
    const spent = now - before;
    before = now;
    return spent;
  };
}
