import {createServer, request, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface LossyProxy {
  /** `http://host:port`: give it to the store instead of the real server's. */
  readonly endpoint: string;
  /** How many answers were lost so far, whole or in part. */
  lost(): number;
  close(): Promise<void>;
}

/**
 * Forwards every request to a real server. Where `loses` says so (asked with the request once the server has done it), it
 * cuts the connection instead of passing the answer on: the client cannot know that its request was carried out. A number
 * says after how many bytes of the body.
 */
export async function startLossyProxy(
  target: string,
  loses: (call: IncomingMessage) => boolean | number | Promise<boolean | number>,
): Promise<LossyProxy> {
  let lost = 0;
  const {hostname, port} = new URL(target);
  const forward = (call: IncomingMessage, reply: ServerResponse): void => {
    // The host header stays: it is signed.
    const onward = request(
      {hostname, port, method: call.method, path: call.url, headers: call.headers},
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          void Promise.resolve(loses(call)).then((cut) => {
            if (cut !== false) lost += 1;
            if (cut === true) {
              reply.destroy();
              return;
            }
            const body = Buffer.concat(chunks);
            reply.writeHead(answer.statusCode!, answer.headers);
            if (cut === false) reply.end(body);
            else reply.write(body.subarray(0, cut), () => reply.destroy());
          });
        });
      },
    );
    onward.on('error', () => reply.destroy());
    call.pipe(onward);
  };
  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {endpoint: addressOf(server), lost: () => lost, close: () => closed(server)};
}

export function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
