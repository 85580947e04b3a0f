import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {RatchetError} from '../../../schemas/errors.ts';
import {EnginePool, type Verdict} from '../../../serving/pool/engine-pool.ts';
import type {Served} from '../../../serving/targets/deploy-target.ts';

beforeEach(() => vi.useFakeTimers({toFake: ['Date'], now: 0}));
afterEach(() => vi.useRealTimers());

class Failed extends Error {
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(`${verdict}!`);
    this.verdict = verdict;
  }
}

/** An engine that answers with its name, holds adapters, and can be held up. */
class Engine {
  readonly id: string;
  readonly adapters = new Set<string>();
  /** Questions and adapters, in the order in which they came. */
  readonly log: string[] = [];
  fails: Verdict | null = null;
  unfit: Error | null = null;
  gate: Promise<void> = Promise.resolve();
  closed = 0;

  constructor(id: string) {
    this.id = id;
  }

  get endpoint() {
    return {id: this.id, url: `http://${this.id}`};
  }

  async ask(model: string): Promise<string> {
    this.log.push(`asked as ${model}`);
    await this.gate;
    if (this.fails !== null) throw new Failed(this.fails);
    if (!this.adapters.has(model)) throw new Failed('lost');
    return this.id;
  }

  async give({adapter}: Served): Promise<string> {
    const model = adapter!.digest;
    this.log.push(`given ${model}`);
    await this.gate;
    if (this.unfit !== null) throw this.unfit;
    this.adapters.add(model);
    return model;
  }

  /** Answers and gives nothing until the returned function is called. */
  hold(): () => void {
    const {promise, resolve} = Promise.withResolvers<void>();
    this.gate = promise;
    return resolve;
  }
}

const release = (digest: string) => ({project: 'mail', digest, adapter: {digest}}) as Served;
const ONE = release('one');
const TWO = release('two');

/** A pool over engines that hold `one` already. */
function poolOf(...engines: Engine[]) {
  const counts: number[] = [];
  const pool = new EnginePool<Engine>({
    open: ({id, url}) => {
      const client = engines.find((engine) => engine.id === id)!;
      return {
        url,
        client,
        give: (release) => client.give(release),
        unload: async (model) => void client.log.push(`unload ${model}`),
        close: () => void client.closed++,
      };
    },
    verdict: (error) => (error instanceof Failed ? error.verdict : 'question'),
    downMs: 1000,
    changed: (count) => counts.push(count),
  });
  for (const engine of engines) engine.adapters.add('one');
  pool.members.use(engines.map(({endpoint}) => endpoint));
  const ask = (of = ONE, options?: {signal: AbortSignal}) =>
    pool.ask((engine) => pool.withAdapter(engine, of, () => engine.client.ask(of.adapter!.digest)), options);
  return {pool, ask, counts};
}
const engines = () => [new Engine('a'), new Engine('b'), new Engine('c')] as const;
const inFlight = ({members}: EnginePool<Engine>) => members.all.map((engine) => engine.inFlight);

describe('the next question goes to', () => {
  test('each of those that have nothing to do, in turn', async () => {
    const {ask} = poolOf(...engines());
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual(['a', 'b', 'c', 'a']);
  });

  test('the one with the fewest in flight', async () => {
    const [a, b, c] = engines();
    const {pool, ask} = poolOf(a, b, c);
    const go = [a.hold(), b.hold()];
    const held = [ask(), ask()];
    expect(inFlight(pool)).toEqual([1, 1, 0]);
    expect(pool.idle).toBe(true);
    for (let i = 0; i < 4; i++) expect(await ask()).toBe('c');
    const third = [ask(), ask()];
    expect(inFlight(pool).toSorted()).toEqual([1, 1, 2]);
    expect(pool.idle).toBe(false);
    for (const open of go) open();
    await Promise.all([...held, ...third]);
    expect(inFlight(pool)).toEqual([0, 0, 0]);
  });

  test('the next one where one is down, which is asked last for a while, however busy the others are', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    a.fails = 'down';
    expect(await ask()).toBe('b');
    expect(pool.members.all.map(({lastError}) => lastError)).toEqual(['down!', null]);
    a.fails = null;
    const go = b.hold();
    const held = [ask(), ask(), ask()];
    expect(inFlight(pool)).toEqual([0, 3]);
    expect(pool.idle).toBe(false);
    vi.setSystemTime(1000);
    expect(pool.idle).toBe(true);
    expect(await ask()).toBe('a');
    expect(pool.members.all[0]).toMatchObject({lastError: null, downUntil: 0});
    go();
    expect(await Promise.all(held)).toEqual(['b', 'b', 'b']);
  });

  test('one that is down where all are', async () => {
    const [a, b] = engines();
    const {ask} = poolOf(a, b);
    a.fails = b.fails = 'down';
    await expect(ask()).rejects.toThrow('down!');
    b.fails = null;
    expect(await ask()).toBe('b');
    a.fails = null;
    expect(await ask()).toBe('b');
  });

  test('the next one where one is busy, which is no failure of it', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    a.fails = 'busy';
    expect(await ask()).toBe('b');
    expect(pool.members.all[0]).toMatchObject({lastError: null, downUntil: 0, inFlight: 0});
  });
});

describe('a question that fails', () => {
  test('through its own fault is put to no other engine, and that one is not down', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    a.fails = 'question';
    await expect(ask()).rejects.toThrow('question!');
    expect(b.log).toEqual([]);
    expect(pool.members.all[0]).toMatchObject({lastError: null, downUntil: 0, inFlight: 0});
  });

  test('once nobody waits for it is put to no other engine either', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    a.fails = 'down';
    await expect(ask(ONE, {signal: AbortSignal.abort()})).rejects.toThrow('down!');
    expect(b.log).toEqual([]);
    expect(pool.members.all[0]).toMatchObject({lastError: null, downUntil: 0, inFlight: 0});
  });

  test('at all engines fails as at the last one', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    a.fails = 'down';
    b.fails = 'busy';
    await expect(ask()).rejects.toThrow('busy!');
    expect(inFlight(pool)).toEqual([0, 0]);
  });

  test('where there is no engine says so', async () => {
    await expect(poolOf().ask()).rejects.toMatchObject({
      type: 'Unavailable',
      message: 'no engine is there: try again shortly',
    });
  });
});

describe('an engine that lost an adapter', () => {
  test('is given it once for all that ask, and asked again', async () => {
    const [a] = engines();
    const {ask} = poolOf(a);
    a.adapters.clear();
    expect(await Promise.all([ask(), ask()])).toEqual(['a', 'a']);
    expect(a.log).toEqual(['asked as one', 'asked as one', 'given one', 'asked as one', 'asked as one']);
  });

  test('is given each one that it lost', async () => {
    const [a] = engines();
    const {ask} = poolOf(a);
    a.adapters.clear();
    await Promise.all([ask(ONE), ask(TWO)]);
    expect(a.log.filter((line) => line.startsWith('given'))).toEqual(['given one', 'given two']);
  });

  test('and loses it again is passed over as if it were down', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    a.fails = 'lost';
    expect(await ask()).toBe('b');
    expect(a.log).toEqual(['asked as one', 'given one', 'asked as one']);
    expect(pool.members.all[0]).toMatchObject({lastError: 'lost!', downUntil: 1000});
  });

  test('and cannot be given it fails as the load did, and is given it when it is asked again', async () => {
    const [a] = engines();
    const {ask} = poolOf(a);
    a.adapters.clear();
    a.unfit = new Failed('down');
    await expect(ask()).rejects.toThrow('down!');
    a.unfit = null;
    expect(await ask()).toBe('a');
  });
});

describe('engines that come and go', () => {
  test('are asked at once where nothing is prepared', async () => {
    const [a, b] = engines();
    const {pool, ask, counts} = poolOf(a, b);
    pool.members.use([b.endpoint]);
    expect([await ask(), await ask()]).toEqual(['b', 'b']);
    pool.members.use([a.endpoint, b.endpoint]);
    expect(new Set([await ask(), await ask()])).toEqual(new Set(['a', 'b']));
    expect(counts).toEqual([1, 2, 1, 2]);
    expect(a.closed).toBe(1);
  });

  test('are asked once they have what was prepared, what was prepared meanwhile included', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    pool.members.use([a.endpoint]);
    await pool.members.prepare(ONE);
    const go = b.hold();
    pool.members.use([a.endpoint, b.endpoint]);
    await pool.members.prepare(TWO);
    expect([await ask(), await ask()]).toEqual(['a', 'a']);
    go();
    await vi.waitFor(() => expect(pool.members.all).toHaveLength(2));
    expect(b.log).toEqual(['given one', 'given two']);
  });

  test('are left out while the adapter cannot be loaded, and tried again the next time they are found', async () => {
    const [a, b] = engines();
    const {pool} = poolOf(a, b);
    await pool.members.prepare(ONE);
    pool.members.use([a.endpoint]);
    b.unfit = new RatchetError('AdapterNotServed', 'b answers just as the base does');
    const found = [a.endpoint, b.endpoint];
    pool.members.use(found);
    await vi.waitFor(() =>
      expect(pool.members.outside).toEqual([{url: 'http://b', error: 'b answers just as the base does'}]),
    );
    expect(pool.members.all.map(({id}) => id)).toEqual(['a']);
    b.unfit = null;
    pool.members.use(found);
    await vi.waitFor(() => expect(pool.members.all.map(({id}) => id)).toEqual(['a', 'b']));
    expect(pool.members.outside).toEqual([]);
  });

  test('answer what they were asked before they are closed', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    const go = a.hold();
    const held = ask();
    pool.members.use([b.endpoint]);
    expect(a.closed).toBe(0);
    expect([await ask(), await ask()]).toEqual(['b', 'b']);
    go();
    expect(await held).toBe('a');
    expect(a.closed).toBe(1);
  });

  test('and are gone again before they have it are never asked', async () => {
    const [a, b] = engines();
    const {pool} = poolOf(a, b);
    pool.members.use([a.endpoint]);
    await pool.members.prepare(ONE);
    const go = b.hold();
    pool.members.use([a.endpoint, b.endpoint]);
    pool.members.use([a.endpoint]);
    const before = b.closed;
    go();
    await vi.waitFor(() => expect(b.closed).toBe(before + 1));
    expect(pool.members.all.map(({id}) => id)).toEqual(['a']);
    expect(pool.members.outside).toEqual([]);
  });
});

describe('a release', () => {
  test('is prepared on those that are there; one that is away gets it when it is asked', async () => {
    const [a, b] = engines();
    const {pool, ask} = poolOf(a, b);
    a.unfit = new RatchetError('Unavailable', 'a does not answer');
    await pool.members.prepare(TWO);
    a.unfit = null;
    expect([await ask(TWO), await ask(TWO)].toSorted()).toEqual(['a', 'b']);
    expect(a.log).toEqual(['given two', 'asked as two', 'given two', 'asked as two']);
  });

  test('that is unfit is refused, and no engine that comes is given it', async () => {
    const [a, b] = engines();
    const {pool} = poolOf(a, b);
    pool.members.use([a.endpoint]);
    a.unfit = new RatchetError('DigestMismatch', 'adapter.gguf was exchanged');
    await expect(pool.members.prepare(TWO)).rejects.toMatchObject({type: 'DigestMismatch'});
    pool.members.use([a.endpoint, b.endpoint]);
    expect(pool.members.all.map(({id}) => id)).toEqual(['a', 'b']);
    expect(b.log).toEqual([]);
  });

  test('that is forgotten is unloaded everywhere', async () => {
    const [a, b] = engines();
    const {pool} = poolOf(a, b);
    await pool.members.forget(ONE);
    expect([a.log, b.log]).toEqual([['unload mail@one'], ['unload mail@one']]);
  });
});
