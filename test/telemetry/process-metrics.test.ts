import {setTimeout as delay} from 'node:timers/promises';
import {Registry} from 'prom-client';
import {expect, test} from 'vitest';
import {processMetrics} from '../../telemetry/process-metrics.ts';

/** In seconds. */
async function lag(registry: Registry, statistic: string): Promise<number> {
  const line = new RegExp(`^nodejs_eventloop_lag_${statistic}_seconds (\\S+)$`, 'm').exec(
    await registry.metrics(),
  );
  return Number(line?.[1]);
}

test('an event loop that had nothing to do does not lag; one that was held up does, until that was read', async () => {
  const registry = new Registry();
  processMetrics(registry);
  await delay(2_200);
  expect(await lag(registry, 'min')).toBeLessThan(0.25);
  // The first look after a reading only tells when it was.
  await delay(1_200);
  const end = Date.now() + 2_000;
  while (Date.now() < end);
  await delay(100);
  expect(await lag(registry, 'max')).toBeGreaterThan(1.2);
  await delay(1_200);
  expect(await lag(registry, 'min')).toBeLessThan(0.25);
});

test('what prom-client measures besides is there', async () => {
  const registry = new Registry();
  processMetrics(registry);
  const text = await registry.metrics();
  for (const name of [
    'process_resident_memory_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ])
    expect(text).toMatch(new RegExp(`^# TYPE ${name} gauge$`, 'm'));
});
