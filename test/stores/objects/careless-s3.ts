import {createHash} from 'node:crypto';
import {createServer} from 'node:http';
import {addressOf, closed} from './lossy-proxy.ts';

/** Which conditions a server honours; real ones have ignored both, or only If-Match. */
export interface Honours {
  readonly ifNoneMatch: boolean;
  readonly ifMatch: boolean;
}

/** A small S3 server that says yes to everything but the conditions named. */
export async function startCarelessS3(honours: Honours): Promise<{endpoint: string; close(): Promise<void>}> {
  const objects = new Map<string, Buffer>();
  const etag = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;
  const server = createServer((call, reply) => {
    const key = call.url!.split('?')[0]!;
    const there = objects.get(key);
    const answer = (status: number, body: Buffer | string = ''): void => {
      const tag = objects.get(key);
      reply.writeHead(status, {...(tag ? {etag: etag(tag)} : {}), 'content-length': Buffer.byteLength(body)});
      reply.end(call.method === 'HEAD' ? undefined : body);
    };
    const chunks: Buffer[] = [];
    call.on('data', (chunk: Buffer) => chunks.push(chunk));
    call.on('end', () => {
      if (call.method === 'DELETE') {
        objects.delete(key);
        return answer(204);
      }
      if (call.method !== 'PUT') return there ? answer(200, there) : answer(404);
      const {'if-match': ifMatch, 'if-none-match': ifNoneMatch} = call.headers;
      const fails =
        (honours.ifNoneMatch && ifNoneMatch !== undefined && there !== undefined) ||
        (honours.ifMatch && ifMatch !== undefined && (!there || etag(there) !== ifMatch));
      if (fails) return answer(412, '<Error><Code>PreconditionFailed</Code></Error>');
      objects.set(key, Buffer.concat(chunks));
      answer(200);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {endpoint: addressOf(server), close: () => closed(server)};
}
