// The real server as a child process: on a port of its own, killed and started again when a story wants it.

import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** `DRAGOMAN`, or what was built last. */
export const BINARY = process.env.DRAGOMAN ?? ['release', 'debug']
  .map((profile) => `${ROOT}target/${profile}/dragoman`)
  .filter((path) => existsSync(path))
  .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];

export class Server {
  #child;
  #variables;

  /** All it said. */
  log = '';

  static async start(variables) {
    const server = new Server();
    server.#variables = variables;
    await server.#spawn('0');
    return server;
  }

  /** Dies as from a loss of power. */
  async kill() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    running.delete(this.#child);
  }

  /** Comes back where it was; `changes` are other variables than before. */
  async restart(changes = {}) {
    Object.assign(this.#variables, changes);
    await this.#spawn(String(this.port));
  }

  async #spawn(port) {
    if (!BINARY) throw new Error('no server: set DRAGOMAN, or build one with `cargo build`');
    // Nothing of our own environment, and nothing kept unless a story wants it.
    const env = { ENGINE: 'ollama', STORE: ':memory:', RATE_LIMIT: '0', ...this.#variables, PORT: port };
    const child = spawn(BINARY, [], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(child);
    this.#child = child;
    const url = await new Promise((listens, fails) => {
      child.once('exit', (code) => fails(new Error(`the server ended with ${code}:\n${this.log}`)));
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.log += `${line}\n`;
        const [found] = /http:\/\/\S+?(?=\/)/.exec(line.includes('listening') ? line : '') ?? [];
        if (found) listens(found);
      });
    });
    this.url = url;
    this.port = new URL(url).port;
  }
}
