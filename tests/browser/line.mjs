// The line between one person and the server: a TCP relay that can break, as a phone's does in a tunnel.

import net from 'node:net';

export class Line {
  #relay;
  #pairs = new Set();
  #broken = false;

  static async to(port) {
    const line = new Line();
    line.#relay = net.createServer((near) => line.#connect(near, port));
    await new Promise((listening) => line.#relay.listen(0, '127.0.0.1', listening));
    return line;
  }

  get url() {
    return `http://127.0.0.1:${this.#relay.address().port}`;
  }

  /** Every connection is lost, whatever is under way with it, and no new one comes about until `mend`. */
  cut() {
    this.#broken = true;
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  mend() {
    this.#broken = false;
  }

  stop() {
    this.cut();
    this.#relay.close();
  }

  #connect(near, port) {
    near.on('error', () => {});
    if (this.#broken) {
      near.resetAndDestroy();
      return;
    }
    const far = net.connect({ port, host: '127.0.0.1' });
    const pair = [near, far];
    this.#pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.pipe(to);
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
