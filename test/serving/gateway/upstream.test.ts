import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, describe, expect, test} from 'vitest';
import {Upstream} from '../../../serving/gateway/upstream.ts';

const opened: {server: Server; upstream: Upstream}[] = [];

afterEach(() => {
  for (const {server, upstream} of opened.splice(0)) {
    upstream.close();
    server.closeAllConnections();
    server.close();
  }
});

/** An engine that answers as `handle` says, and who asks it. */
async function engine(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  {path = '', timeoutMs = 30_000} = {},
): Promise<{readonly upstream: Upstream; readonly connections: () => number}> {
  let connections = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => handle(request, response));
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  const upstream = new Upstream(`http://127.0.0.1:${port}${path}`, {apiKey: 'k', timeoutMs});
  opened.push({server, upstream});
  return {upstream, connections: () => connections};
}

const STREAM = {'content-type': 'text/event-stream'};

describe('an answer in one piece', () => {
  test('is given with its status, and a key and the base path go along', async () => {
    const {upstream} = await engine(
      ({url, headers, method}, response) => {
        response.writeHead(429, {'content-type': 'application/json'});
        response.end(
          JSON.stringify({url, method, key: headers.authorization, type: headers['content-type']}),
        );
      },
      {path: '/base/v1/'},
    );
    const {status, text} = await upstream.post('/v1/completions', {prompt: 'ä'});
    expect(status).toBe(429);
    expect(JSON.parse(text!)).toEqual({
      url: '/base/v1/completions',
      method: 'POST',
      key: 'Bearer k',
      type: 'application/json',
    });
  });

  test('that does not come is said to be late', async () => {
    const {upstream} = await engine(() => undefined, {timeoutMs: 200});
    await expect(upstream.post('/v1/completions', {})).rejects.toThrow('no answer in 200 ms');
  });

  test('that breaks off is an error, and is not asked for again', async () => {
    let asked = 0;
    const {upstream} = await engine((_, response) => {
      asked++;
      response.writeHead(200, {'content-length': 100});
      response.write('half');
      setImmediate(() => response.destroy());
    });
    await expect(upstream.post('/v1/completions', {})).rejects.toThrow();
    expect(asked).toBe(1);
  });
});

test('a connection that ended before anything was answered is tried once more, and no oftener', async () => {
  let asked = 0;
  const {upstream} = await engine((_, response) => {
    asked++;
    if (asked === 2) response.end('again');
    else response.destroy();
  });
  expect((await upstream.post('/v1/completions', {})).text).toBe('again');
  asked = 2;
  await expect(upstream.post('/v1/completions', {})).rejects.toThrow();
  expect(asked).toBe(4);
});

test('who hangs up gets their own reason, before the answer and in the middle of it', async () => {
  const {upstream} = await engine(({url}, response) => {
    if (url === '/silent') return;
    response.writeHead(200, STREAM);
    response.write('data: 1\n\n');
  });
  const reason = new Error('hung up');
  const before = new AbortController();
  const silent = upstream.post('/silent', {}, {signal: before.signal});
  setTimeout(() => before.abort(reason), 20);
  await expect(silent).rejects.toBe(reason);
  await expect(upstream.post('/silent', {}, {signal: before.signal})).rejects.toBe(reason);

  const middle = new AbortController();
  const read: string[] = [];
  const onEvent = (data: string): void => {
    read.push(data);
    middle.abort(reason);
  };
  await expect(upstream.post('/stream', {}, {signal: middle.signal, onEvent})).rejects.toBe(reason);
  expect(read).toEqual(['1']);
});

describe('a stream', () => {
  test('gives the data of its events, and its connection is used again', async () => {
    const {upstream, connections} = await engine((_, response) => {
      response.writeHead(200, STREAM);
      response.write('data: 1\n\n');
      setImmediate(() => response.end('data: zwölf\n\ndata: [DONE]\n\n'));
    });
    for (let i = 0; i < 5; i++) {
      const events: string[] = [];
      const {text} = await upstream.post('/v1/completions', {}, {onEvent: (data) => events.push(data)});
      expect(text).toBeNull();
      expect(events).toEqual(['1', 'zwölf']);
    }
    expect(connections()).toBeLessThan(5);
  });

  test('gives characters whole, however they are cut, each event when it comes, and none behind the last', async () => {
    let more!: () => void;
    const {upstream} = await engine((_, response) => {
      response.writeHead(200, STREAM);
      const fish = Buffer.from('data: 🐟\n\ndata: ');
      response.write(fish.subarray(0, 8));
      setTimeout(() => response.write(fish.subarray(8)), 20);
      more = () => response.end('last\n\n\ndata:\n\ndata: [DONE]\n\ndata: more\n\n');
    });
    const events: string[] = [];
    await upstream.post(
      '/v1/completions',
      {},
      {
        onEvent(data) {
          events.push(data);
          if (data === '🐟') more();
        },
      },
    );
    expect(events).toEqual(['🐟', 'last']);
  });

  test.each([
    ['goes on', 5],
    ['says nothing more', 60_000],
  ])(
    'that does not end after the last event, but %s, is over, and is ended on the other side',
    async (_, everyMs) => {
      let closed!: () => void;
      const ended = new Promise<void>((resolve) => (closed = resolve));
      const {upstream} = await engine((_request, response) => {
        response.writeHead(200, STREAM);
        response.write('data: 1\n\ndata: [DONE]\n\n');
        const timer = setInterval(() => response.write(': ping\n\n'), everyMs);
        response.on('close', () => (clearInterval(timer), closed()));
      });
      const events: string[] = [];
      const answer = upstream.post('/v1/completions', {}, {onEvent: (data) => events.push(data)});
      expect(await answer).toEqual({status: 200, text: null});
      await ended;
      expect(events).toEqual(['1']);
    },
  );

  test('that breaks off is an error', async () => {
    const {upstream} = await engine((_, response) => {
      response.writeHead(200, STREAM);
      response.write('data: 1\n\n');
      setImmediate(() => response.destroy());
    });
    const events: string[] = [];
    const broken = upstream.post('/v1/completions', {}, {onEvent: (data) => events.push(data)});
    await expect(broken).rejects.toThrow();
    expect(events).toEqual(['1']);
  });

  test('of which an event is refused is ended on the other side, too', async () => {
    let closed!: () => void;
    const ended = new Promise<void>((resolve) => (closed = resolve));
    const {upstream} = await engine((_, response) => {
      response.writeHead(200, STREAM);
      response.on('close', closed);
      const timer = setInterval(() => response.write('data: 1\n\ndata: 2\n\n'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const events: string[] = [];
    const refusing = upstream.post(
      '/v1/completions',
      {},
      {
        onEvent(data) {
          events.push(data);
          throw new Error('no more');
        },
      },
    );
    await expect(refusing).rejects.toThrow('no more');
    await ended;
    expect(events).toEqual(['1']);
  });

  test('of another status than 200 is a text', async () => {
    const {upstream} = await engine((_, response) => {
      response.writeHead(503, STREAM);
      response.end('data: full\n\n');
    });
    const onEvent = (): void => expect.unreachable();
    expect(await upstream.post('/v1/completions', {}, {onEvent})).toMatchObject({
      status: 503,
      text: 'data: full\n\n',
    });
  });
});
