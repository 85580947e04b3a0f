import {createServer} from 'node:net';
import path from 'node:path';
import {cacheFolder} from '../../stores/read-once.ts';
import {claim, releaseClaim} from './claim.ts';

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
    for (let port = wanted; port < wanted + 200 && port <= 65_535; port++) {
      const got = await tryToListen(wanted === 0 ? 0 : port, host);
      if (got === undefined || claim(this.#claimOf(got))) continue;
      this.#held.add(got);
      return got;
    }
    throw new RangeError(`no free port from ${wanted} to ${wanted + 199} on ${host}`);
  }

  release(): void {
    for (const port of this.#held) releaseClaim(this.#claimOf(port));
    this.#held.clear();
  }

  #claimOf(port: number): string {
    return path.join(this.#folder, `${port}.json`);
  }
}

async function tryToListen(port: number, host: string): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({port, host, exclusive: true}, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
