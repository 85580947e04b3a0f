import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import type {ChatPiece} from '../../../../serving/clients/providers/chat-model.ts';
import type {Driver} from '../../../../serving/clients/providers/driver.ts';
import {openEndpoint, type Endpoint} from '../../../../serving/clients/providers/endpoint.ts';
import {
  BrokeOffError,
  CircuitOpenError,
  TimedOutError,
} from '../../../../serving/clients/providers/failures.ts';
import {ProviderModel} from '../../../../serving/clients/providers/provider-model.ts';
import {RETRY_POLICY} from '../../../../serving/clients/providers/retries.ts';
import {HELLO} from './asks.ts';

let endpoint: Endpoint;
beforeEach(() => {
  endpoint = openEndpoint({vendor: 'openai', baseUrl: 'http://127.0.0.1:1/v1', environment: {}});
});
afterEach(async () => {
  vi.useRealTimers();
  await endpoint.close();
});

const piece = (content: string, finish: 'stop' | null = null): ChatPiece => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{index: 0, delta: {content}, finish_reason: finish}],
});

type Stream = (signal: AbortSignal) => AsyncIterable<ChatPiece>;

function modelOf(stream: Stream, openDriver?: () => Promise<Driver>): ProviderModel {
  const driver = {
    stream: async (_ask, signal) => stream(signal),
    said: () => null,
  } as Partial<Driver> as Driver;
  return new ProviderModel({
    asked: {vendor: 'openai', model: 'm', endpoint: endpoint.name, keyName: 'K'},
    endpoint,
    openDriver: openDriver ?? (async () => driver),
    timeoutMs: 1000,
    policy: {...RETRY_POLICY, attempts: 1},
    waiting: {random: () => 0, wait: async () => undefined},
  });
}

test('a stream that has begun in time may take as long as it likes', async () => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  const model = modelOf(async function* (signal) {
    yield piece('a');
    vi.advanceTimersByTime(3_600_000);
    signal.throwIfAborted();
    yield piece('b', 'stop');
  });
  expect(await Array.fromAsync(model.stream(HELLO))).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('one that has not is given up, however its SDK ends it', async () => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  const model = modelOf(async function* (signal) {
    vi.advanceTimersByTime(1000);
    if (!signal.aborted) yield piece('a', 'stop');
  });
  await expect(Array.fromAsync(model.stream(HELLO))).rejects.toBeInstanceOf(TimedOutError);
});

test('streams that break off open the circuit too, and one that ends well clears them', async () => {
  let broken = true;
  const model = modelOf(async function* () {
    yield piece('a', broken ? null : 'stop');
    if (broken) throw new Error('cut');
  });
  const read = () => Array.fromAsync(model.stream(HELLO));
  for (let i = 0; i < 4; i++) await expect(read()).rejects.toBeInstanceOf(BrokeOffError);
  broken = false;
  expect(await read()).toHaveLength(1);
  broken = true;
  for (let i = 0; i < 5; i++) await expect(read()).rejects.toBeInstanceOf(BrokeOffError);
  await expect(read()).rejects.toBeInstanceOf(CircuitOpenError);
});

test('who gives up after the finish is told so: the usage is missing', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const model = modelOf(async function* (signal) {
    yield piece('a', 'stop');
    if (!signal.aborted) yield {...piece(''), choices: []};
  });
  await expect(async () => {
    for await (const one of model.stream(HELLO, {signal: controller.signal}))
      if (one.choices.length > 0) controller.abort(reason);
  }).rejects.toBe(reason);
});

test('a driver that could not be loaded is loaded again', async () => {
  let loads = 0;
  const model = modelOf(
    async function* () {},
    async () => {
      loads++;
      throw new Error('no such module');
    },
  );
  for (const one of [1, 2]) {
    await expect(model.complete(HELLO)).rejects.toThrow('no such module');
    expect(loads).toBe(one);
  }
});
