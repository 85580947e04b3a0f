import {createServer} from 'node:net';

/**
 * The first port from `wanted` upwards that nobody listens on and that is not in `taken`; it is added to `taken`.
 * `wanted` 0 = any. Throws RangeError after 200 tries.
 */
export async function freePort(wanted: number, taken: Set<number>, host = '127.0.0.1'): Promise<number> {
  for (let port = wanted; port < wanted + 200 && port <= 65_535; port++) {
    if (port !== 0 && taken.has(port)) continue;
    const got = await tryToListen(port, host);
    if (got === undefined || taken.has(got)) continue;
    taken.add(got);
    return got;
  }
  throw new RangeError(`no free port from ${wanted} to ${wanted + 199} on ${host}`);
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
