import {randomInt} from 'node:crypto';
import {createServer} from 'node:net';
import path from 'node:path';
import {cacheFolder} from '../host/read-once.ts';
import {claim, releaseClaim} from './claim.ts';

const TRIES = 200;
/**
 * "Any" port is one of these: below those that systems give to outgoing connections (Linux from 32768 on, others from 49152),
 * one of which could take it before the stack's server listens there, and keep it for hours.
 */
const ANY = {from: 15_000, to: 32_000};

/**
 * The ports of one stack. Each is claimed for this process in the user's cache: between the choice of a port and the moment
 * when something listens there, a second stack would choose the same one, and find the first one's server where it looks
 * for its own.
 */
export class HeldPorts {
  readonly #folder: string;
  readonly #held = new Set<number>();

  constructor(folder = path.join(cacheFolder(), 'ports')) {
    this.#folder = folder;
  }

  /**
   * The first port from `wanted` upwards that nobody listens on and no living process has claimed. `wanted` 0 = any.
   * Throws RangeError after 200 tries.
   */
  async take(wanted: number, host = '127.0.0.1'): Promise<number> {
    const from = wanted === 0 ? randomInt(ANY.from, ANY.to) : wanted;
    for (let port = from; port < from + TRIES && port <= 65_535; port++) {
      if (!(await canListen(port, host)) || claim(this.#claimOf(port))) continue;
      this.#held.add(port);
      return port;
    }
    throw new RangeError(`no free port from ${from} to ${from + TRIES - 1} on ${host}`);
  }

  release(): void {
    for (const port of this.#held) releaseClaim(this.#claimOf(port));
    this.#held.clear();
  }

  #claimOf(port: number): string {
    return path.join(this.#folder, `${port}.json`);
  }
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({port, host, exclusive: true}, () => server.close(() => resolve(true)));
  });
}
