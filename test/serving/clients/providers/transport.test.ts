import {once} from 'node:events';
import {afterEach, expect, test, vi} from 'vitest';
import {endedBy, Transport} from '../../../../serving/clients/providers/transport.ts';
import {TransportError} from '../../../../serving/clients/providers/transport-error.ts';
import {json, vendorServer, type Play} from './vendor-server.ts';

afterEach(() => {
  vi.useRealTimers();
});

const OPTIONS = {idleMs: 1000, maxAnswerBytes: 1 << 30, environment: {}};

async function ask({fetch}: Transport, url: string, signal = new AbortController().signal) {
  const response = await fetch(url, {method: 'POST', body: '{}', ...endedBy(signal).fetchOptions});
  return response as Response & {body: AsyncIterable<Uint8Array>};
}

test('silence is counted from the last piece', async () => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  let write: (text: string) => void = () => undefined;
  const play: Play = (response) => {
    response.writeHead(200);
    response.write('a');
    write = (text) => response.write(text);
  };
  await using server = await vendorServer(play);
  const transport = new Transport(OPTIONS);
  try {
    const pieces = (await ask(transport, server.url)).body[Symbol.asyncIterator]();
    for (const next of ['b', 'c', 'd']) {
      await pieces.next();
      vi.advanceTimersByTime(999);
      write(next);
    }
    await pieces.next();
    const silent = pieces.next();
    vi.advanceTimersByTime(1000);
    await expect(silent).rejects.toMatchObject({fault: 'idle'});
  } finally {
    await transport.close();
  }
});

test('a slow reader makes the vendor wait, and is not taken for silence', async () => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  const megabyte = 'x'.repeat(1 << 20);
  let sent = 0;
  const play: Play = async (response) => {
    response.writeHead(200);
    for (; sent < 64; sent++) if (!response.write(megabyte)) await once(response, 'drain');
    response.end();
  };
  /** Until nothing more gets out. */
  const full = async () => {
    for (let turns = 0, before = sent; turns < 1000; turns++, before = sent) {
      await new Promise(setImmediate);
      if (sent > before) turns = 0;
    }
  };
  await using server = await vendorServer(play);
  const transport = new Transport(OPTIONS);
  try {
    const {body} = await ask(transport, server.url);
    await full();
    expect(sent).toBeLessThan(32);
    vi.advanceTimersByTime(10_500);
    let bytes = 0;
    for await (const piece of body) bytes += piece.length;
    expect(bytes).toBe(64 << 20);
  } finally {
    await transport.close();
  }
});

test('a vendor that was made to wait has all of its time again', async () => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  // As much as is held, and one: behind it nothing is on its way.
  const bytes = (1 << 20) + 1;
  let end: () => void = () => undefined;
  const play: Play = (response) => {
    response.writeHead(200);
    response.write('x'.repeat(bytes));
    end = () => response.end();
  };
  await using server = await vendorServer(play);
  const transport = new Transport(OPTIONS);
  try {
    const {body} = await ask(transport, server.url);
    for (let turn = 0; turn < 1000; turn++) await new Promise(setImmediate);
    vi.advanceTimersByTime(10_500);
    const pieces = body[Symbol.asyncIterator]();
    for (let read = 0; read < bytes;) read += (await pieces.next()).value!.length as number;
    vi.advanceTimersByTime(999);
    end();
    expect((await pieces.next()).done).toBe(true);
  } finally {
    await transport.close();
  }
});

test('no timer is left behind', async () => {
  await using server = await vendorServer(json({}));
  const transport = new Transport({...OPTIONS, idleMs: 600_000});
  const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
  try {
    const before = timers();
    for (let i = 0; i < 20; i++) await (await ask(transport, server.url)).text();
    expect(timers() - before).toBeLessThan(10);
  } finally {
    await transport.close();
  }
});

test('what comes before the answer is not it', async () => {
  const play: Play = (response, received) => {
    response.writeEarlyHints({link: '</a>; rel=preload'});
    return json({a: 1})(response, received);
  };
  await using server = await vendorServer(play);
  const transport = new Transport(OPTIONS);
  try {
    const response = await ask(transport, server.url);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({a: 1});
  } finally {
    await transport.close();
  }
});

test('the environment’s proxy is asked', async () => {
  await using proxy = await vendorServer(json({by: 'proxy'}));
  const transport = new Transport({...OPTIONS, environment: {HTTP_PROXY: proxy.url}});
  try {
    const response = await ask(transport, 'http://vendor.invalid/v1/x');
    expect(await response.json()).toEqual({by: 'proxy'});
  } finally {
    await transport.close();
  }
  const direct = new Transport({...OPTIONS, environment: {HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1'}});
  try {
    await using server = await vendorServer(json({by: 'vendor'}));
    expect(await (await ask(direct, server.url)).json()).toEqual({by: 'vendor'});
  } finally {
    await direct.close();
  }
});

test('closing ends what is being asked', async () => {
  await using server = await vendorServer(() => undefined);
  const transport = new Transport(OPTIONS);
  const asking = ask(transport, server.url);
  while (server.received.length === 0) await new Promise(setImmediate);
  await transport.close();
  await expect(asking).rejects.toBeInstanceOf(TransportError);
});
