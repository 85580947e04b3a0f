import {expect, test} from 'vitest';
import {traceSecond} from '../../../core/identity/trace-id.ts';
import {newTraceId} from '../../../serving/gateway/new-trace-id.ts';

test('ids are of their second and never the same, however many bytes are drawn at once', () => {
  const at = Date.parse('2026-01-02T03:04:05.678Z');
  const ids = Array.from({length: 2000}, () => newTraceId(at));
  expect(new Set(ids).size).toBe(2000);
  expect(new Set(ids.map((id) => traceSecond(id)))).toEqual(new Set([Math.floor(at / 1000)]));
  // Each of the 24 digits takes every value.
  for (let place = 8; place < 32; place++) expect(new Set(ids.map((id) => id[place])).size).toBe(16);
});
