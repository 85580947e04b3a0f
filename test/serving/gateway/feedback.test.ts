import {randomBytes} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import {gatewayBed} from './gateway-bed.ts';
import type {TestGateway} from './running-gateway.ts';

const bed = gatewayBed();
const KEEPS = {flushMs: 60_000};

const corrections = async () => (await bed.feedback()).map(({correction}) => correction);
const refusal = (code: string, param: string) => ({status: 400, body: {error: {code, param}}});
const correct = (running: TestGateway, trace: string | null, correction: string) =>
  running.post('/feedback', {trace, correction});

describe('a label', () => {
  test('that the task does not have is refused with those that it has, and nothing of it is kept', async () => {
    const running = await bed.start(KEEPS);
    const {trace} = await running.chat({});
    const answer = await correct(running, trace, 'spamm');
    expect(answer).toMatchObject(refusal('unknown_label', 'correction'));
    expect(answer.body.error?.message).toBe(
      'correction: triage has no such label; expected one of "ham", "spam"',
    );
    expect(await correct(running, trace, 'ham')).toMatchObject({status: 202});
    expect(await correct(running, trace, 'nonsense')).toMatchObject(refusal('unknown_label', 'correction'));
    await bed.stop();
    expect(await corrections()).toEqual(['ham']);
  });

  test('is kept as the release writes it, however the user did', async () => {
    const running = await bed.start(KEEPS);
    const {trace} = await running.chat({});
    expect(await correct(running, trace, ' HAM ')).toMatchObject({status: 202});
    await bed.stop();
    expect(await corrections()).toEqual(['ham']);
  });

  test('is looked at though another gateway gave the answer and the store holds it', async () => {
    const first = await bed.start();
    const {trace} = await first.chat({});
    await bed.stop();
    const other = await bed.start();
    expect(await correct(other, trace, 'nonsense')).toMatchObject(refusal('unknown_label', 'correction'));
    expect(await correct(other, trace, 'ham')).toMatchObject({status: 202});
  });

  test('is no matter of a task that writes freely', async () => {
    const running = await bed.start(KEEPS);
    const {trace} = await running.chat({model: 'mail/subject'});
    expect(await correct(running, trace, 'Lunch at noon')).toMatchObject({status: 202});
    await bed.stop();
    expect(await corrections()).toEqual(['Lunch at noon']);
  });
});

describe('an answer that nobody gave', () => {
  const at = (ms: number) => traceId(Date.now() + ms, randomBytes(12));

  test.each([
    ['an hour ago', -3_600_000],
    ['tomorrow', 86_400_000],
  ])('%s is refused, and nothing is kept', async (_when, ms) => {
    const running = await bed.start();
    expect(await running.post('/feedback', {trace: at(ms), rating: 1})).toMatchObject(
      refusal('unknown_trace', 'trace'),
    );
    await bed.stop();
    expect(await bed.feedback()).toEqual([]);
  });

  test('but that is of this minute is taken: another gateway may hold it', async () => {
    const running = await bed.start();
    expect(await correct(running, at(0), 'ham')).toMatchObject({status: 202});
    await bed.stop();
    expect(await corrections()).toEqual(['ham']);
  });
});
