import {randomBytes} from 'node:crypto';
import {createServer, type IncomingHttpHeaders} from 'node:http';
import {Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {inspect} from 'node:util';
import {afterEach, beforeAll, beforeEach, describe, expect, test, vi} from 'vitest';
import {seededRandom} from '../../../core/evaluation/statistics/random.ts';
import {startFailingProxy} from '../../../scripts/chaos/failing-proxy.ts';
import type {ObjectStore} from '../../../stores/objects/object-store.ts';
import {openStore} from '../../../stores/objects/open-store.ts';
import {startCarelessS3} from './careless-s3.ts';
import {addressOf, closed, startLossyProxy} from './lossy-proxy.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

const s3 = STORE_KINDS.find((kind) => kind.name === 's3')!;
const text = async (store: ObjectStore, key: string): Promise<string> =>
  new TextDecoder().decode((await store.get(key))!.bytes);
/** The same place, reached by another endpoint. */
const through = (place: OpenedPlace, endpoint: string): Promise<ObjectStore> => {
  const url = new URL(place.url);
  url.searchParams.set('endpoint', endpoint);
  return openStore(url.href);
};

describe('a server that ignores conditions', () => {
  beforeAll(() => {
    process.env['AWS_ACCESS_KEY_ID'] ??= 'any';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'any';
  });

  test.each([
    [
      {ifNoneMatch: false, ifMatch: false},
      /cannot hold pointers: it wrote over an existing object.*If-None-Match/,
    ],
    [
      {ifNoneMatch: false, ifMatch: true},
      /cannot hold pointers: it wrote over an existing object.*If-None-Match/,
    ],
    [{ifNoneMatch: true, ifMatch: false}, /cannot hold pointers: it wrote over a newer object.*stale tag/],
  ])('%j is refused in one line', async (honours, line) => {
    const server = await startCarelessS3(honours);
    try {
      const store = await openStore(`s3://bucket?endpoint=${server.endpoint}`);
      const probe = store.probe();
      await expect(probe).rejects.toMatchObject({name: 'StoreUnfit', retryable: false});
      await expect(probe).rejects.toThrow(line);
      await probe.catch((error: Error) => expect(error.message).not.toContain('\n'));
    } finally {
      await server.close();
    }
  });

  test('and one that honours both is not', async () => {
    const server = await startCarelessS3({ifNoneMatch: true, ifMatch: true});
    try {
      await (await openStore(`s3://bucket?endpoint=${server.endpoint}`)).probe();
    } finally {
      await server.close();
    }
  });
});

describe.skipIf(s3.unavailable !== null)(title('lost answers', s3), () => {
  let place: OpenedPlace;
  let direct: ObjectStore;
  beforeEach(async () => {
    place = await s3.open();
    direct = await openStore(place.url);
  });
  const endpoint = (): string => new URL(place.url).searchParams.get('endpoint')!;

  test('a create-only put whose answer is lost was written, not refused', async () => {
    let armed = true;
    const proxy = await startLossyProxy(
      endpoint(),
      (call) => call.method === 'PUT' && armed && !(armed = false),
    );
    try {
      const store = await through(place, proxy.endpoint);
      expect((await store.put('once', 'mine', {ifNoneMatch: '*'})).status).toBe('written');
      expect(proxy.lost()).toBe(1);
      expect(await store.put('once', 'mine', {ifNoneMatch: '*'})).toEqual({status: 'refused'});
    } finally {
      await proxy.close();
    }
  });

  test('a move whose answer is lost counts once, though others move on before it is sent again', async () => {
    await direct.put('counter', '0');
    const increment = async (store: ObjectStore): Promise<boolean> => {
      const found = (await store.get('counter'))!;
      const next = String(Number(new TextDecoder().decode(found.bytes)) + 1);
      return (await store.put('counter', next, {ifMatch: found.etag})).status === 'written';
    };
    let puts = 0;
    const proxy = await startLossyProxy(endpoint(), async (call) => {
      if (call.method !== 'PUT' || (puts += 1) % 3 !== 0) return false;
      for (let others = 0; others < 3; others += 1) expect(await increment(direct)).toBe(true);
      return true;
    });
    try {
      const store = await through(place, proxy.endpoint);
      for (let done = 0; done < 20;) if (await increment(store)) done += 1;
      expect(proxy.lost()).toBeGreaterThan(3);
      expect(await text(direct, 'counter')).toBe(String(20 + 3 * proxy.lost()));
    } finally {
      await proxy.close();
    }
  });

  test('a body that breaks off is read again; a server that never answers is Unavailable', async () => {
    await direct.put('body', 'x'.repeat(1000));
    let broken = 0;
    const half = createServer((_, reply) => {
      broken += 1;
      reply.writeHead(200, {'content-length': 1000, etag: '"x"'});
      reply.write('x'.repeat(broken < 3 ? 400 : 1000), () => (broken < 3 ? reply.destroy() : reply.end()));
    });
    await new Promise<void>((resolve) => half.listen(0, '127.0.0.1', resolve));
    const store = await through(place, addressOf(half));
    expect((await store.get('body'))!.bytes.length).toBe(1000);
    expect(broken).toBe(3);
    broken = -1000;
    await expect(store.get('body')).rejects.toMatchObject({name: 'Unavailable', retryable: true});
    expect(broken).toBeLessThan(-980);
    await closed(half);
  });
});

describe.skipIf(s3.unavailable !== null)(title('a stream that breaks off', s3), () => {
  let place: OpenedPlace;
  let direct: ObjectStore;
  const bytes = randomBytes(5_000_000);
  beforeEach(async () => {
    place = await s3.open();
    direct = await openStore(place.url);
    await direct.put('body', bytes);
  });
  const endpoint = (): string => new URL(place.url).searchParams.get('endpoint')!;
  const read = async (store: ObjectStore): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of (await store.stream('body'))!) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };

  /** A proxy that cuts the first so many answers after a megabyte, and what was asked of it. */
  async function breaking(times: number, target = endpoint(), meanwhile = async (): Promise<void> => {}) {
    const asked: IncomingHttpHeaders[] = [];
    const proxy = await startLossyProxy(target, async (call) => {
      asked.push(call.headers);
      if (asked.length > times) return false;
      await meanwhile();
      return 1_000_000;
    });
    return {proxy, asked, store: await through(place, proxy.endpoint)};
  }

  test('goes on from where it broke, three times, with the same object', async () => {
    const {proxy, asked, store} = await breaking(3);
    try {
      expect((await read(store)).equals(bytes)).toBe(true);
      const etag = (await direct.get('body'))!.etag;
      expect(asked.map((headers) => headers['if-match'])).toEqual([undefined, etag, etag, etag]);
      const from = asked.map(({range}) => Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')![1]));
      expect(from[1]).toBeGreaterThan(0);
      for (const i of [1, 2, 3]) expect(from[i]! - from[i - 1]!).toBeLessThanOrEqual(1_000_000);
    } finally {
      await proxy.close();
    }
  });

  test('fails the fourth time', async () => {
    const {proxy, asked, store} = await breaking(Infinity);
    try {
      await expect(read(store)).rejects.toMatchObject({name: 'Unavailable', retryable: true});
      expect(asked).toHaveLength(4);
    } finally {
      await proxy.close();
    }
  });

  test('goes on, too, by a server that fails requests as well', async () => {
    const failing = await startFailingProxy({
      target: endpoint(),
      share: 0.3,
      random: seededRandom(6),
      failing: () => true,
    });
    const {proxy, store} = await breaking(3, failing.endpoint);
    try {
      expect((await read(store)).equals(bytes)).toBe(true);
      expect(failing.counts().failed).toBe(2);
    } finally {
      await proxy.close();
      await failing.close();
    }
  });

  test.each([
    ['changed', () => direct.put('body', randomBytes(5_000_000))],
    ['deleted', () => direct.delete('body')],
  ])('of an object that was %s meanwhile fails in one line', async (became, meanwhile) => {
    const {proxy, asked, store} = await breaking(1, endpoint(), async () => void (await meanwhile()));
    try {
      await expect(read(store)).rejects.toMatchObject({
        name: 'Unavailable',
        message: `s3://${new URL(place.url).host}/some/prefix/body at ${proxy.endpoint} was ${became} while it was read: read it again`,
      });
      expect(asked).toHaveLength(2);
    } finally {
      await proxy.close();
    }
  });

  test('asks for nothing more once its reader has failed', async () => {
    const {proxy, asked, store} = await breaking(0);
    try {
      const full = Object.assign(new Error('no space left'), {code: 'ENOSPC'});
      const writing = new Writable({write: (_chunk, _encoding, done) => done(full)});
      await expect(pipeline((await store.stream('body'))!, writing)).rejects.toBe(full);
      expect(asked).toHaveLength(1);
    } finally {
      await proxy.close();
    }
  });

  test.each([
    ['a server that ignores Range', {}, /StoreUnfit: .*expected the bytes from \d+ on, got the whole object/],
    [
      'a checksum that does not hold',
      {'x-amz-checksum-crc32': 'AAAAAA=='},
      /Unavailable: .*Checksum mismatch/,
    ],
  ])('%s ends it', async (what, headers, line) => {
    let asked = 0;
    const breaks = what.startsWith('a server');
    const server = createServer((_, reply) => {
      asked += 1;
      reply.writeHead(200, {'content-length': 300_000, etag: '"x"', ...headers});
      reply.write('x'.repeat(breaks ? 200_000 : 300_000), () => (breaks ? reply.destroy() : reply.end()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const said = await read(await through(place, addressOf(server))).catch(String);
      expect(said).toMatch(line);
      expect(asked).toBe(breaks ? 2 : 1);
    } finally {
      await closed(server);
    }
  });
});

describe('a conditional put that meets another one', () => {
  beforeAll(() => {
    process.env['AWS_ACCESS_KEY_ID'] ??= 'any';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'any';
  });

  test.each([
    ['is sent again', 1, 2],
    ['is sent five times, and is not lost silently', 99, 5],
  ])('%s', async (_, conflicts, sent) => {
    let puts = 0;
    const server = createServer((request, reply) => {
      request.resume().on('end', () => {
        puts += 1;
        if (puts > conflicts) return reply.writeHead(200, {etag: '"x"'}).end();
        const body = '<Error><Code>ConditionalRequestConflict</Code><Message>again</Message></Error>';
        return reply.writeHead(409, {'content-type': 'application/xml'}).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const endpoint = encodeURIComponent(addressOf(server));
      const store = await openStore(`s3://bucket/prefix?endpoint=${endpoint}&region=us-east-1`);
      const put = store.put('pointer', 'one', {ifNoneMatch: '*'});
      if (conflicts === 1) expect(await put).toMatchObject({status: 'written'});
      else await expect(put).rejects.toThrow(/again|ConditionalRequestConflict/);
      expect(puts).toBe(sent);
    } finally {
      await closed(server);
    }
  });
});

describe.skipIf(s3.unavailable !== null)(title('what a user gets wrong', s3), () => {
  let place: OpenedPlace;
  let secret: string | undefined;
  beforeEach(async () => {
    place = await s3.open();
    secret = process.env['AWS_SECRET_ACCESS_KEY'];
  });
  afterEach(() => {
    process.env['AWS_SECRET_ACCESS_KEY'] = secret;
  });

  test('wrong credentials are AccessDenied, without the credentials', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong-secret-value';
    const store = await openStore(place.url);
    for (const ask of [() => store.probe(), () => store.get('x'), () => store.head('x')]) {
      const call = ask();
      await expect(call).rejects.toMatchObject({name: 'AccessDenied', retryable: false});
      await call.catch((error: Error) => {
        expect(error.message).toContain('check the credentials');
        const all = inspect(error, {depth: 9, showHidden: true});
        expect(all).not.toContain('wrong-secret-value');
        expect(all).not.toContain(process.env['AWS_ACCESS_KEY_ID']);
      });
    }
  });

  test('no credentials at all are AccessDenied, at once', async () => {
    const nowhere = {
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    };
    for (const [name, value] of Object.entries(nowhere)) vi.stubEnv(name, value);
    try {
      await expect((await openStore(place.url)).get('x')).rejects.toMatchObject({name: 'AccessDenied'});
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('a bucket that is not there', async () => {
    const store = await openStore(place.url.replace(/ratchet-[0-9a-f-]+/, 'no-such-bucket'));
    await expect(store.probe()).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('NoSuchBucket') as string,
    });
    await expect(store.get('x')).rejects.toMatchObject({name: 'InvalidInput'});
  });

  test('a server that is not there is Unavailable, and named', async () => {
    const store = await through(place, 'http://127.0.0.1:9');
    await expect(store.probe()).rejects.toMatchObject({
      name: 'Unavailable',
      message: expect.stringContaining('http://127.0.0.1:9') as string,
    });
  });
});
