import {RatchetError} from '../schemas/errors.ts';

interface Server {
  listen(at: {host: string; port: number}): Promise<string>;
}

/** What an operator changes: another process has the port, it is not ours to take, or the host is not this machine's. */
const OF_SETTINGS = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND']);

/** Listens and gives the URL. Where the address cannot be had, throws InvalidInput that names `setting`, which gave it. */
export async function listenOn(
  server: Server,
  {host, port}: {readonly host: string; readonly port: number},
  setting: string,
): Promise<string> {
  try {
    return await server.listen({host, port});
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    if (code === undefined || !OF_SETTINGS.has(code)) throw error;
    throw new RatchetError('InvalidInput', `${setting}: expected an address that is free, got ${message}`);
  }
}
