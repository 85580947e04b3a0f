import {createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Random} from '../../core/evaluation/statistics/random.ts';

export interface FailingProxy {
  /** `http://host:port` */
  readonly endpoint: string;
  /** Requests so far, and those that got 503 instead of an answer. */
  counts(): {readonly asked: number; readonly failed: number};
  close(): Promise<void>;
}

const BUSY =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate</Message></Error>';

/**
 * An S3 server as others see it when it is overloaded: a share of the requests, while `failing` says so, gets 503 – every
 * second of them once the server has done what it was asked, so that the client cannot know.
 */
export async function startFailingProxy({
  target,
  share,
  random,
  failing,
}: {
  readonly target: string;
  readonly share: number;
  readonly random: Random;
  readonly failing: () => boolean;
}): Promise<FailingProxy> {
  const {hostname, port} = new URL(target);
  let [asked, failed] = [0, 0];
  const server = createServer((call, reply) => {
    asked += 1;
    const fails = failing() && random.next() < share;
    if (fails) failed += 1;
    const busy = (): void => {
      reply.writeHead(503, {'content-type': 'application/xml', 'content-length': Buffer.byteLength(BUSY)});
      reply.end(call.method === 'HEAD' ? undefined : BUSY);
    };
    if (fails && failed % 2 === 0) {
      call.resume().once('end', busy);
      return;
    }
    // The host header stays: it is signed.
    const onward = request(
      {hostname, port, method: call.method, path: call.url, headers: call.headers},
      (answer) => {
        if (fails) {
          answer.resume().once('end', busy);
          return;
        }
        reply.writeHead(answer.statusCode!, answer.rawHeaders);
        answer.pipe(reply);
        answer.once('error', () => reply.destroy());
      },
    );
    onward.on('error', () => reply.destroy());
    reply.once('close', () => onward.destroy());
    call.pipe(onward);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => ({asked, failed}),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
