// What a page must never do, collected as it runs and held against it at the end: complain, break its policy, ask a
// foreign host. A story that breaks lines or kills servers says which complaints it expects.

/** What Chromium and Firefox say by themselves of calls and sockets that find nobody. */
export const NOBODY_THERE = [
  /^(error|warning): WebSocket connection to /,
  /^error: Failed to load resource: net::ERR_/,
  /^exception: The connection to ws:\S+ was interrupted while the page was loading\./,
  /^exception: Firefox can’t establish a connection to the server at ws:/,
];

export class Watch {
  #expected = [];
  #faults = [];

  /** Requests so far, as `GET /path`; sockets are `WS room` and `WS lobby`. */
  requests = [];

  constructor(page, origin) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#fault(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.#fault(`exception: ${error.stack ?? error}`));
    page.on('request', (request) => this.#asked(request.method(), request.url(), origin));
    page.on('websocket', (socket) => this.#asked('WS', socket.url(), origin));
    page.on('response', (response) => {
      if (response.status() >= 400) this.#fault(`status ${response.status()}: ${response.url()}`);
    });
  }

  /** From here on, these complaints are part of the story. */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** What was not expected. */
  faults() {
    return this.#faults.filter((fault) => !this.#expected.some((pattern) => pattern.test(fault)));
  }

  /** How often something like this was asked for. */
  count(pattern) {
    return this.requests.filter((request) => pattern.test(request)).length;
  }

  #fault(what) {
    this.#faults.push(what);
  }

  #asked(method, url, origin) {
    const { protocol, host, pathname, searchParams } = new URL(url);
    if (protocol === 'data:' || protocol === 'blob:') return;
    if (host !== new URL(origin).host) this.#fault(`foreign request: ${method} ${url}`);
    const what = method === 'WS' ? (searchParams.has('room_id') ? 'room' : 'lobby') : pathname;
    this.requests.push(`${method} ${what}`);
  }
}

/** Runs before any script of the page: a policy that is broken speaks up, wherever it is. */
export function reportViolations() {
  addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI} ${event.sample}`);
  });
}
