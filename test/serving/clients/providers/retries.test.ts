import {expect, test} from 'vitest';
import {RatchetError} from '../../../../schemas/errors.ts';
import {Circuit} from '../../../../serving/clients/providers/circuit.ts';
import {
  CircuitOpenError,
  ModelNotServedError,
  QuotaExhaustedError,
  RateLimitedError,
  VendorUnavailableError,
  type ProviderFailure,
} from '../../../../serving/clients/providers/failures.ts';
import {RETRY_POLICY, withRetries, type Attempts} from '../../../../serving/clients/providers/retries.ts';
import {RetryBudget} from '../../../../serving/clients/providers/retry-budget.ts';

const DOWN = new VendorUnavailableError('down', {status: 503});

function setting(more: Partial<Attempts> = {}, random = () => 0.5) {
  const waits: number[] = [];
  const asks: number[] = [];
  const attempts: Attempts = {
    budget: new RetryBudget({now: () => 0}),
    circuit: new Circuit({now: () => 0}),
    policy: RETRY_POLICY,
    endpoint: 'openai at https://api',
    signal: undefined,
    whole: true,
    failure: (error) => error as ProviderFailure,
    waiting: {
      random,
      wait: async (ms) => {
        waits.push(ms);
      },
    },
    ...more,
  };
  /** Fails with each in turn, then answers. */
  const ask = (...failures: readonly Error[]): Promise<string> => {
    let i = 0;
    return withRetries(async () => {
      asks.push(i);
      const failure = failures[i++];
      if (failure !== undefined) throw failure;
      return 'answer';
    }, attempts);
  };
  return {ask, asks, waits, attempts};
}

test('three attempts, with a random part of a doubling time between them', async () => {
  const {ask, asks, waits} = setting();
  await expect(ask(DOWN, DOWN, DOWN)).rejects.toBe(DOWN);
  expect(asks).toHaveLength(3);
  expect(waits).toEqual([250, 500]);
});

test('the jitter is full: from nothing to the whole of it', async () => {
  for (const [random, waited] of [
    [0, [0, 0]],
    [0.999, [499.5, 999]],
  ] as const) {
    const {ask, waits} = setting({}, () => random);
    expect(await ask(DOWN, DOWN)).toBe('answer');
    expect(waits).toEqual(waited);
  }
});

test('waits what the vendor asks, as long as that is short', async () => {
  const {ask, waits} = setting();
  const limited = new RateLimitedError('slow down', 3000);
  expect(await ask(limited, new VendorUnavailableError('busy', {status: 503, retryAfterMs: 0}))).toBe(
    'answer',
  );
  expect(waits).toEqual([3000, 0]);
  const long = new RateLimitedError('slow down', 5001);
  await expect(ask(long)).rejects.toBe(long);
  expect(waits).toHaveLength(2);
});

test.each([
  new ModelNotServedError('gone', 'm'),
  new QuotaExhaustedError('no quota'),
  new RatchetError('InvalidInput', 'no'),
  new RatchetError('AccessDenied', 'no'),
  new VendorUnavailableError('no', {status: 500, final: true}),
])('$name is final: $message', async (failure) => {
  const {ask, asks} = setting();
  await expect(ask(failure)).rejects.toBe(failure);
  expect(asks).toHaveLength(1);
});

test('no retry without budget', async () => {
  const {ask, asks} = setting({budget: new RetryBudget({floor: 1, now: () => 0})});
  await expect(ask(DOWN, DOWN, DOWN)).rejects.toBe(DOWN);
  expect(asks).toHaveLength(2);
  await expect(ask(DOWN, DOWN, DOWN)).rejects.toBe(DOWN);
  expect(asks).toHaveLength(3);
});

test('each request earns its part of a retry', async () => {
  const {ask, asks} = setting({budget: new RetryBudget({floor: 0, ratio: 0.5, now: () => 0})});
  await expect(ask(DOWN)).rejects.toBe(DOWN);
  expect(await ask(DOWN)).toBe('answer');
  expect(asks).toHaveLength(3);
});

test('an endpoint that failed several times in a row is not asked', async () => {
  const {ask, asks} = setting();
  await expect(ask(DOWN, DOWN, DOWN)).rejects.toBe(DOWN);
  await expect(ask(DOWN, DOWN, DOWN)).rejects.toBeInstanceOf(CircuitOpenError);
  expect(asks).toHaveLength(5);
  await expect(ask()).rejects.toMatchObject({
    message: 'openai at https://api failed several times in a row and is not asked now: try again in 5 s',
    retryAfterMs: 5000,
  });
  expect(asks).toHaveLength(5);
});

test('a refusal shows that the endpoint works; what is refused here shows nothing', async () => {
  for (const [failure, open] of [
    [new RateLimitedError('slow down', 9000), false],
    [new ModelNotServedError('gone', 'm'), false],
    [new RatchetError('InvalidInput', 'not sent'), true],
  ] as const) {
    const {ask, attempts} = setting({policy: {...RETRY_POLICY, attempts: 1}});
    for (let i = 0; i < 4; i++) await ask(DOWN).catch(() => undefined);
    await expect(ask(failure)).rejects.toBe(failure);
    await ask(DOWN).catch(() => undefined);
    expect(attempts.circuit.enter() > 0).toBe(open);
  }
});

test('a signal ends it, before an attempt, in it and between two, and the circuit doesn’t count it', async () => {
  const reason = new Error('enough');
  const before = setting({signal: AbortSignal.abort(reason)});
  await expect(before.ask()).rejects.toBe(reason);
  expect(before.asks).toEqual([]);

  const controller = new AbortController();
  const {attempts} = setting({signal: controller.signal});
  const within = withRetries(async () => {
    controller.abort(reason);
    throw DOWN;
  }, attempts);
  await expect(within).rejects.toBe(reason);
  for (let i = 0; i < 4; i++) attempts.circuit.failed();
  expect(attempts.circuit.enter()).toBe(0);

  const clock = {now: 0};
  const circuit = new Circuit({failures: 1, openMs: 10, now: () => clock.now});
  circuit.failed();
  clock.now += 10;
  const trying = new AbortController();
  const tried = withRetries(
    async () => {
      trying.abort(reason);
      throw DOWN;
    },
    {...attempts, circuit, signal: trying.signal},
  );
  await expect(tried).rejects.toBe(reason);
  expect(circuit.enter()).toBe(0);

  const between = new AbortController();
  const waiting = {
    random: () => 1,
    wait: async () => {
      between.abort(reason);
      throw new Error('AbortError');
    },
  };
  await expect(setting({signal: between.signal, waiting}).ask(DOWN)).rejects.toBe(reason);
});
