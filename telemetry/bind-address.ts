import {isIP} from 'node:net';
import {RatchetError} from '../schemas/errors.ts';

/**
 * Where metrics are served: an IP address (`localhost` is taken for 127.0.0.1, other names are refused, since Temporal's core
 * takes none) and a port of 1 to 65535. Throws InvalidInput that names the variable.
 */
export function bindAddress(variable: string, text: string): {readonly host: string; readonly port: number} {
  const [, name, digits] = /^\[?([^\]]*)\]?:(\d+)$/.exec(text) ?? [];
  const host = name === 'localhost' ? '127.0.0.1' : name;
  const port = Number(digits);
  if (host !== undefined && isIP(host) > 0 && port > 0 && port < 65536) return {host, port};
  throw new RatchetError(
    'InvalidInput',
    `${variable}: expected an IP address and a port as in 127.0.0.1:9464, got "${text}"`,
  );
}
