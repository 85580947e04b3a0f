import {expect, it} from 'vitest';
import {SharedCpu} from '../../../core/cost/shared-cpu.ts';

it('shares CPU time out among what runs at once, so that the parts sum to what was used', () => {
  let used = 100;
  const cpu = new SharedCpu(() => used);
  used = 103; // nothing runs: nobody's
  const a = cpu.begin();
  used = 105; // a alone: 2
  const b = cpu.begin();
  used = 111; // both: 3 each
  expect(cpu.end(a)).toBe(5);
  used = 115; // b alone: 4
  expect(cpu.used(b)).toBe(7);
  expect(cpu.end(b)).toBe(7);
  expect(5 + 7).toBe(115 - 103);
});
